//! The canvas as a widget: pointer and keys in, selection out.

use egui::emath::TSTransform;
use egui::{Align2, Area, Event, Frame, Id, Key, Order, Pos2, Rect, Role, Sense, Ui, Vec2, WidgetInfo, vec2};

use super::camera::Camera;
use super::draw::Scene;
use super::layout::{HEADER, Layout, Placements};
use super::minimap;
use super::neighbour::{self, Towards};
use super::overlay::Overlay;
use super::pick::pick;
use super::search::Search;
use crate::theme::Palette;
use crate::topology::{Item, LinkId, Place, Topology};

/// Narrower than this on the screen, a node is hit by position only and not listed for keyboards,
/// screen readers and tests.
const NAMED: f32 = 16.0;
/// With more things than these, tiny ones have no names: they are reached by coming closer, by the tree, and by a search.
const CROWD: usize = 500;
/// How far from a link's line the pointer still means it, in points on the screen.
const REACH: f32 = 6.0;
/// Scale gained per point of wheel travel, in parts of an octave.
const WHEEL: f32 = 1.0 / 180.0;
/// The picture never becomes smaller than this part of its size when it just fits.
const SMALLEST_PART: f32 = 0.5;
/// Scale gained per press of plus or minus.
const STEP: f32 = 1.25;

/// The picture and the camera on it.
#[derive(Debug)]
pub struct Canvas {
    /// What the person chose to see; none while everything is shown, however large it is or becomes.
    chosen: Option<Camera>,
    /// The camera of the latest frame.
    shown: Option<Camera>,
    /// A part of the picture to be shown whole in the next frame.
    wanted: Option<Rect>,
    /// How much larger the picture is to become in the next frame, about its middle.
    larger: f32,
    overlay: Overlay,
    placements: Placements,
    /// What the pointer drags elsewhere.
    dragged: Option<Place>,
    search: Search,
    shows_minimap: bool,
    /// Whether `/`, `z` and `m` are its own.
    takes_letters: bool,
}

impl Default for Canvas {
    fn default() -> Self {
        Self {
            chosen: None,
            shown: None,
            wanted: None,
            larger: 1.0,
            overlay: Overlay::default(),
            placements: Placements::default(),
            dragged: None,
            search: Search::default(),
            shows_minimap: true,
            takes_letters: true,
        }
    }
}

impl Canvas {
    /// In a window whose commands have those letters: only what moves the selection is its own.
    #[must_use]
    pub const fn without_letters(mut self) -> Self {
        self.takes_letters = false;
        self
    }
    /// Shows the whole picture from the next frame on.
    pub fn fit(&mut self) {
        self.chosen = None;
    }

    /// Shows one thing as large as it goes in the next frame.
    pub fn fit_item(&mut self, layout: &Layout, item: Item) {
        let rect = match item {
            Item::Container(id) => layout.rect(Place::Container(id)),
            // With something around it, to see where it is.
            Item::Node(id) => layout.rect(Place::Node(id)).expand(160.0),
            Item::Link(id) => Rect::from_points(layout.path(id)).expand(60.0),
        };
        self.wanted = rect.is_finite().then_some(rect);
    }

    /// Shows the picture that much larger from the next frame on, about what is in its middle.
    pub fn zoom_by(&mut self, factor: f32) {
        self.larger *= factor;
    }

    /// Points on the screen per point of the picture; none before the first frame.
    #[must_use]
    pub fn scale(&self) -> Option<f32> {
        self.shown.map(|camera| camera.scale())
    }

    /// What is drawn over the picture from the next frame on.
    pub fn set_overlay(&mut self, overlay: Overlay) {
        self.overlay = overlay;
    }

    /// What is drawn over the picture.
    #[must_use]
    pub const fn overlay(&self) -> &Overlay {
        &self.overlay
    }

    /// What the person put elsewhere.
    #[must_use]
    pub const fn placements(&self) -> &Placements {
        &self.placements
    }

    /// Puts everything where it was in a session that was kept; the layout follows when it is made anew.
    pub fn set_placements(&mut self, placements: Placements) {
        self.placements = placements;
    }

    /// Opens the field in which one looks for something by name.
    pub fn open_search(&mut self) {
        self.search.open();
    }

    /// Shows or hides the small picture of all of it.
    pub const fn toggle_minimap(&mut self) {
        self.shows_minimap = !self.shows_minimap;
    }

    /// Draws the picture over all the room there is, and changes the selection and the layout as the person asks.
    pub fn ui(&mut self, ui: &mut Ui, topology: &Topology, layout: &mut Layout, selected: &mut Option<Item>) {
        let (response, painter) = ui.allocate_painter(ui.available_size(), Sense::click_and_drag());
        let view = response.rect;
        self.keys(ui, topology, layout, selected, view);
        let before = self.camera(layout, view.size());
        let mut camera = before;
        let to_screen = camera.to_screen(view.min);
        if response.drag_started() {
            let at = response
                .interact_pointer_pos()
                .map(|at| at - response.drag_delta());
            self.dragged = at.and_then(|at| self.handle_at(topology, layout, to_screen, at));
        }
        if response.dragged() {
            match self.dragged {
                Some(place) => {
                    let by = response.drag_delta() / camera.scale();
                    self.move_place(topology, layout, place, by);
                    // Everything else stays where it is while something moves.
                    self.chosen = Some(camera);
                }
                None => camera.pan(response.drag_delta()),
            }
        }
        if response.drag_stopped() {
            self.dragged = None;
        }
        let least = Camera::fitting(layout.bounds(), view.size()).scale() * SMALLEST_PART;
        let larger = std::mem::replace(&mut self.larger, 1.0);
        if larger != 1.0 {
            camera.zoom_about((view.size() / 2.0).to_pos2(), larger, least);
        }
        zoom(ui, view, &mut camera, least);
        if self.shows_minimap
            && let Some(at) = minimap::ui(ui, layout, &minimap::View::of(view, camera.to_screen(view.min)))
        {
            camera.look_at(at, view.size());
        }
        if camera != before {
            self.chosen = Some(camera);
        }
        self.shown = Some(camera);
        let to_screen = camera.to_screen(view.min);
        let reach = REACH / camera.scale();
        let under =
            |pointer: Pos2, layout: &Layout| pick(topology, layout, to_screen.inverse() * pointer, reach);
        let pointer = ui
            .rect_contains_pointer(view)
            .then(|| ui.ctx().pointer_latest_pos())
            .flatten();
        let hovered = pointer.and_then(|at| under(at, layout));
        let clicked_node = named_nodes(ui, topology, layout, to_screen, view, *selected);
        let at_click = response.interact_pointer_pos().and_then(|at| under(at, layout));
        if clicked_node.is_some() {
            *selected = clicked_node;
        } else if response.clicked() {
            *selected = at_click;
        }
        if response.double_clicked() {
            match at_click {
                Some(item @ Item::Container(_)) => self.fit_item(layout, item),
                Some(Item::Node(_) | Item::Link(_)) | None => self.fit(),
            }
        }
        let scene = Scene {
            topology,
            layout,
            overlay: &self.overlay,
            palette: Palette::of(ui.visuals()),
            painter,
            to_screen,
            selected: *selected,
            hovered,
            found: self.search.found(),
        };
        scene.draw();
        if self.shows_minimap {
            minimap::draw(&scene, &minimap::View::of(view, to_screen));
        }
        response.widget_info(|| WidgetInfo {
            // Boxes and links are no widgets of their own: what is selected is told as the value of the whole.
            current_text_value: selected.map(|item| told(topology, item)),
            ..WidgetInfo::labeled(Role::Canvas, true, "Topology")
        });
        if let Some(Item::Link(id)) = hovered
            && self.dragged.is_none()
        {
            response.on_hover_ui_at_pointer(|ui| link_words(ui, topology, id));
        }
        self.search_field(ui, topology, layout, selected, view);
    }

    /// What a drag from here moves: a thing by itself, or a box by its title.
    fn handle_at(
        &self,
        topology: &Topology,
        layout: &Layout,
        to_screen: TSTransform,
        at: Pos2,
    ) -> Option<Place> {
        let point = to_screen.inverse() * at;
        match pick(topology, layout, point, 0.0)? {
            Item::Node(id) => layout.tile(id).map(|_| Place::Node(id)),
            Item::Container(id) => {
                let place = Place::Container(id);
                let rect = layout.rect(place);
                #[expect(clippy::cast_precision_loss, reason = "a header is a few points high")]
                let title = rect.with_max_y(rect.top() + HEADER as f32);
                let is_title = title.contains(point) && to_screen.scaling * rect.width() > 40.0;
                is_title.then(|| layout.movable(topology, place)).flatten()
            }
            Item::Link(_) => None,
        }
    }

    /// Puts a place elsewhere, and everything that hangs on it with it.
    pub fn move_place(&mut self, topology: &Topology, layout: &mut Layout, place: Place, by: Vec2) {
        self.placements.shift(topology, place, by);
        *layout = Layout::placed(topology, &self.placements);
    }

    fn camera(&mut self, layout: &Layout, size: Vec2) -> Camera {
        if let Some(rect) = self.wanted.take() {
            self.chosen = Some(Camera::fitting(rect, size));
        }
        self.chosen
            .unwrap_or_else(|| Camera::fitting(layout.bounds(), size))
    }

    /// Keys of the map: arrows go to the nearest thing, page keys out of a box and into it, `z` shows what is selected.
    fn keys(
        &mut self,
        ui: &Ui,
        topology: &Topology,
        layout: &Layout,
        selected: &mut Option<Item>,
        view: Rect,
    ) {
        if ui.ctx().text_edit_focused() {
            return;
        }
        let pressed = |key| ui.input(|input| input.modifiers.is_none() && input.key_pressed(key));
        let letter = |key| self.takes_letters && pressed(key);
        let (finds, fits, hides) = (letter(Key::Slash), letter(Key::Z), letter(Key::M));
        if finds {
            self.search.open();
        }
        if fits && let Some(item) = *selected {
            self.fit_item(layout, item);
        }
        if hides {
            self.toggle_minimap();
        }
        // Where lists stand beside it, arrows are theirs while one of them has the keyboard.
        if !self.takes_letters && ui.memory(|memory| memory.focused()).is_some() {
            return;
        }
        let towards = [
            (Key::ArrowLeft, Towards::Left),
            (Key::ArrowRight, Towards::Right),
            (Key::ArrowUp, Towards::Up),
            (Key::ArrowDown, Towards::Down),
            (Key::PageUp, Towards::Out),
            (Key::PageDown, Towards::In),
        ];
        for (key, towards) in towards {
            if pressed(key)
                && let Some(next) = neighbour::next(topology, layout, *selected, towards)
            {
                *selected = Some(next);
                self.bring_into_view(layout, next, view);
            }
        }
    }

    fn bring_into_view(&mut self, layout: &Layout, item: Item, view: Rect) {
        let (Some(mut camera), Some(at)) = (self.shown, middle(layout, item)) else {
            return;
        };
        let shown = camera.to_screen(view.min) * at;
        if !view.shrink(24.0).contains(shown) {
            camera.look_at(at, view.size());
            self.chosen = Some(camera);
        }
    }

    fn search_field(
        &mut self,
        ui: &mut Ui,
        topology: &Topology,
        layout: &Layout,
        selected: &mut Option<Item>,
        view: Rect,
    ) {
        if !self.search.is_open() {
            return;
        }
        let shown = Area::new(Id::unique("find"))
            .order(Order::Foreground)
            .pivot(Align2::CENTER_TOP)
            .fixed_pos(view.center_top() + vec2(0.0, 10.0))
            .show(ui.ctx(), |ui| {
                Frame::popup(ui.style())
                    .show(ui, |ui| self.search.ui(ui, topology))
                    .inner
            });
        if let Some(item) = shown.inner {
            *selected = Some(item);
            self.fit_item(layout, item);
        }
    }
}

/// What is selected, in words.
fn told(topology: &Topology, item: Item) -> String {
    let (kind, name, health) = match item {
        Item::Container(id) => topology
            .container(id)
            .map(|it| (it.kind.label(), it.name.as_str(), it.health)),
        Item::Node(id) => topology
            .node(id)
            .map(|it| (it.kind.label(), it.name.as_str(), it.health)),
        Item::Link(id) => topology
            .link(id)
            .map(|it| (it.kind.as_str(), it.name.as_str(), it.health)),
    }
    .unwrap_or_default();
    format!("{kind} {name}, {}", health.as_str())
}

/// What a link is, where the pointer is on it.
fn link_words(ui: &mut Ui, topology: &Topology, id: LinkId) {
    let Some(link) = topology.link(id) else { return };
    ui.strong(&link.name);
    ui.label(format!("{} · {}", link.kind, link.health.as_str()));
    let ends = link.ends().map(|end| topology.name(Item::from(end)));
    if let [Some(a), Some(b)] = ends {
        ui.label(format!("{a} to {b}"));
    }
    if !link.note.is_empty() {
        ui.weak(&link.note);
    }
}

/// The middle of something in the picture.
fn middle(layout: &Layout, item: Item) -> Option<Pos2> {
    let rect = match item {
        Item::Container(id) => layout.rect(Place::Container(id)),
        Item::Node(id) => layout.rect(Place::Node(id)),
        Item::Link(id) => Rect::from_points(layout.path(id)),
    };
    rect.is_finite().then(|| rect.center())
}

/// Wheel and pinch zoom about the pointer, plus and minus about the middle.
fn zoom(ui: &Ui, view: Rect, camera: &mut Camera, least: f32) {
    let typing = ui.ctx().text_edit_focused();
    let (wheel, pinch, keys) = ui.input(|input| {
        // With Control held they are for the size of all letters, which is the toolkit's. Each press tells what was held then.
        let is_plain = |wanted: Key| {
            input.events.iter().any(|event| {
                matches!(event, Event::Key { key, pressed: true, modifiers, .. }
                    if *key == wanted && !modifiers.ctrl && !modifiers.command)
            })
        };
        let pressed = |key| !typing && is_plain(key);
        let keys = match (pressed(Key::Plus) || pressed(Key::Equals), pressed(Key::Minus)) {
            (true, false) => STEP,
            (false, true) => 1.0 / STEP,
            (true, true) | (false, false) => 1.0,
        };
        (input.smooth_scroll_delta().y, input.zoom_delta(), keys)
    });
    let origin = view.min.to_vec2();
    if keys != 1.0 {
        camera.zoom_about(view.center() - origin, keys, least);
    }
    let Some(pointer) = ui
        .ctx()
        .pointer_latest_pos()
        .filter(|_| ui.rect_contains_pointer(view))
    else {
        return;
    };
    let factor = pinch * (wheel * WHEEL).exp2();
    if factor != 1.0 {
        camera.zoom_about(pointer - origin, factor, least);
    }
}

/// Gives every node a name for keyboards and screen readers, in a large lab every one that is large enough; the one that was
/// clicked.
fn named_nodes(
    ui: &Ui,
    topology: &Topology,
    layout: &Layout,
    to_screen: TSTransform,
    view: Rect,
    selected: Option<Item>,
) -> Option<Item> {
    let mut clicked = None;
    let is_crowded = topology.nodes().len() > CROWD;
    for (id, node) in topology.numbered_nodes() {
        let rect = to_screen * layout.rect(Place::Node(id));
        let is_tiny = is_crowded && rect.width() < NAMED;
        if is_tiny || !rect.intersects(view) {
            continue;
        }
        let item = Item::Node(id);
        let response = ui.interact(
            rect.intersect(view),
            ui.scope_id().with(("node", id.index())),
            Sense::click(),
        );
        response.widget_info(|| WidgetInfo::selected(Role::Button, true, selected == Some(item), &node.name));
        if response.clicked() {
            clicked = Some(item);
        }
        response.on_hover_ui(|ui| {
            ui.strong(&node.name);
            ui.label(format!("{} · {}", node.kind.label(), node.health.as_str()));
            if !node.note.is_empty() {
                ui.weak(&node.note);
            }
        });
    }
    clicked
}
