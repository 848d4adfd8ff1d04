//! The canvas as a widget: pointer and keys in, selection out.

use egui::{Key, Rect, Role, Sense, Ui, Vec2, WidgetInfo};

use super::camera::Camera;
use super::draw::Scene;
use super::layout::Layout;
use super::pick::pick;
use crate::theme::Palette;
use crate::topology::{Item, Place, Topology};

/// Narrower than this on the screen, a node is hit by position only and not listed for keyboards,
/// screen readers and tests.
const NAMED: f32 = 24.0;
/// How far from a link's line the pointer still means it, in points on the screen.
const REACH: f32 = 6.0;
/// Scale gained per point of wheel travel, in parts of an octave.
const WHEEL: f32 = 1.0 / 180.0;
/// The picture never becomes smaller than this part of its size when it just fits.
const SMALLEST_PART: f32 = 0.5;
/// Scale gained per press of plus or minus.
const STEP: f32 = 1.25;

/// The picture and the camera on it.
#[derive(Debug, Default)]
pub struct Canvas {
    /// What the person chose to see; none while everything is shown, however large it is or becomes.
    chosen: Option<Camera>,
    /// The camera of the latest frame.
    shown: Option<Camera>,
    /// A place to be shown whole in the next frame.
    wanted: Option<Place>,
    overlay: super::overlay::Overlay,
}

impl Canvas {
    /// Shows the whole picture from the next frame on.
    pub fn fit(&mut self) {
        self.chosen = None;
    }

    /// Shows one place as large as it goes in the next frame.
    pub fn fit_place(&mut self, place: Place) {
        self.wanted = Some(place);
    }

    /// Points on the screen per point of the picture; none before the first frame.
    #[must_use]
    pub fn scale(&self) -> Option<f32> {
        self.shown.map(|camera| camera.scale())
    }

    /// Draws the picture over all the room there is, and changes the selection as the person asks.
    pub fn ui(&mut self, ui: &mut Ui, topology: &Topology, layout: &Layout, selected: &mut Option<Item>) {
        let (response, painter) = ui.allocate_painter(ui.available_size(), Sense::click_and_drag());
        let view = response.rect;
        let before = self.camera(layout, view.size());
        let mut camera = before;
        if response.dragged() {
            camera.pan(response.drag_delta());
        }
        let least = Camera::fitting(layout.bounds(), view.size()).scale() * SMALLEST_PART;
        zoom(ui, view, &mut camera, least);
        if camera != before {
            self.chosen = Some(camera);
        }
        self.shown = Some(camera);

        let to_screen = camera.to_screen(view.min);
        let under = |pointer| {
            pick(
                topology,
                layout,
                to_screen.inverse() * pointer,
                REACH / camera.scale(),
            )
        };
        let overlay = self.overlay.clone();
        let mut scene = Scene {
            topology,
            layout,
            palette: Palette::of(ui.visuals()),
            painter,
            to_screen,
            selected: *selected,
            overlay: &overlay,
            found: &[],
            hovered: ui
                .rect_contains_pointer(view)
                .then(|| ui.ctx().pointer_latest_pos())
                .flatten()
                .and_then(under),
        };
        let clicked_node = named_nodes(ui, &scene);
        let at_click = response.interact_pointer_pos().and_then(under);
        if clicked_node.is_some() {
            *selected = clicked_node;
        } else if response.clicked() {
            *selected = at_click;
        }
        if response.double_clicked() {
            match at_click {
                Some(Item::Container(id)) => self.fit_place(Place::Container(id)),
                Some(Item::Node(_) | Item::Link(_)) | None => self.fit(),
            }
        }
        scene.selected = *selected;
        scene.draw();
        response.widget_info(|| WidgetInfo::labeled(Role::Canvas, true, "Topology"));
    }

    fn camera(&mut self, layout: &Layout, size: Vec2) -> Camera {
        if let Some(place) = self.wanted.take() {
            self.chosen = Some(Camera::fitting(layout.rect(place), size));
        }
        self.chosen
            .unwrap_or_else(|| Camera::fitting(layout.bounds(), size))
    }
}

/// Wheel and pinch zoom about the pointer, plus and minus about the middle.
fn zoom(ui: &Ui, view: Rect, camera: &mut Camera, least: f32) {
    let typing = ui.ctx().text_edit_focused();
    let (wheel, pinch, keys) = ui.input(|input| {
        let pressed = |key| !typing && input.key_pressed(key);
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

/// Gives every node that is large enough a name for keyboards and screen readers; the one that was clicked.
fn named_nodes(ui: &Ui, scene: &Scene<'_>) -> Option<Item> {
    let view = scene.painter.clip_rect();
    let mut clicked = None;
    for (id, node) in scene.topology.numbered_nodes() {
        let Some(rect) = scene
            .visible(Place::Node(id))
            .filter(|rect| rect.width() >= NAMED)
        else {
            continue;
        };
        let item = Item::Node(id);
        let response = ui.interact(
            rect.intersect(view),
            ui.scope_id().with(("node", id.index())),
            Sense::click(),
        );
        response.widget_info(|| {
            WidgetInfo::selected(Role::Button, true, scene.selected == Some(item), &node.name)
        });
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
