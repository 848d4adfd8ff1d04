//! The window: a desk with a session on it, and the screen in front of it.
//!
//! ```text
//! ┌ bar: lab, run, steps, speed, clock ──────────────┐
//! │ tiles: map, board, log, curves …     │ inspector │
//! ├ timeline: branches, what happened ───┴───────────┤
//! └ what was said last, or the keys ─────────────────┘
//! ```
//!
//! It reads no clock and no file: whoever owns the loop says how much time went by ([`Window::run`]), and [`crate::files`] does
//! what has to do with files.

mod exported;
mod pace;
mod remembered;

pub use exported::Export;
pub use remembered::Memory;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Duration;

use egui::{CentralPanel, Context, Frame, Margin, Panel, Ui, Visuals};
use sim_core::desk::commands::{self, Action, Pane};
use sim_core::desk::guide::Guide;
use sim_core::desk::request::{Opening, Question, Request};
use sim_core::desk::selection::Selection;
use sim_core::desk::stepping::Stop;
use sim_core::desk::{Desk, Fate, Screen};
use sim_core::lab::{Branches, ResourceRef, Session};
use sim_core::view::View;

use crate::aside::Aside;
use crate::ask::{Ask, Cx};
use crate::canvas::Placements;
use crate::docking::{Docking, Drawn, Tile};
use crate::front::Front;
use crate::keys::Held;
use crate::overlay::{Browser, ChangeList, Overlay};
use crate::theme::Look;
use crate::tiles::Tiles;
use crate::timeline;
use crate::{bar, keys, trouble};

/// A lab, in its window.
#[derive(Debug)]
pub struct Window {
    desk: Desk,
    front: Front,
    docking: Docking,
    tiles: Tiles,
    /// A folder that is to be read.
    folder: Option<PathBuf>,
    /// A file that is to be written.
    export: Option<Export>,
    look: Option<Look>,
    held: Held,
    leaves: bool,
    /// How long the lab has gone on since what is shown was brought up to date.
    unshown: Duration,
    /// Whether the tiles show what the desk has.
    is_projected: bool,
    aside: Aside,
    /// What was moved by hand on the maps of labs that were shown before this one.
    placements: BTreeMap<String, Placements>,
}

impl Window {
    /// Opens a window on a session, which stands still at first.
    #[must_use]
    pub fn new(session: Session) -> Self {
        Self::with(Desk::new(session))
    }
    /// Opens a window on a session that was saved.
    #[must_use]
    pub fn reopened(branches: Branches) -> Self {
        Self::with(Desk::reopened(branches))
    }
    fn with(desk: Desk) -> Self {
        let mut window = Self {
            desk,
            front: Front::default(),
            docking: Docking::default(),
            tiles: Tiles::default(),
            folder: None,
            export: None,
            look: None,
            held: Held::default(),
            leaves: false,
            unshown: Duration::ZERO,
            is_projected: true,
            aside: Aside::default(),
            placements: BTreeMap::new(),
        };
        window.refresh();
        window
    }

    /// The session that is played.
    #[must_use]
    pub const fn session(&self) -> &Session {
        self.desk.session()
    }
    /// What is played and shown.
    #[must_use]
    pub const fn desk(&self) -> &Desk {
        &self.desk
    }
    /// The screen's state.
    #[must_use]
    pub const fn front(&self) -> &Front {
        &self.front
    }
    /// What is played, and the screen in front of it, for who has to do with files.
    pub const fn parts(&mut self) -> (&mut Desk, &mut Front) {
        (&mut self.desk, &mut self.front)
    }
    /// What is looked at, where it is a thing of the lab; none while it is the whole lab.
    #[must_use]
    pub fn looked_at(&self) -> Option<ResourceRef> {
        match self.front.selected() {
            Selection::Resource(thing) => Some(thing).filter(|thing| *thing != ResourceRef::Lab),
            Selection::Record(_) | Selection::Check(_) => None,
        }
    }
    /// Whether time passes, so that frames are due without anybody touching anything.
    #[must_use]
    pub fn is_running(&self) -> bool {
        self.desk.is_moving()
    }
    /// Whether somebody asked to leave.
    #[must_use]
    pub fn leaves(&self) -> bool {
        self.leaves || self.desk.is_left()
    }
    /// What stands in the frame of the window.
    #[must_use]
    pub fn title(&self) -> String {
        format!("Causeway: {}", self.session().about().title)
    }
    /// A file that is to be written, once.
    pub const fn take_export(&mut self) -> Option<Export> {
        self.export.take()
    }
    /// A folder that is to be read, once.
    pub const fn take_folder(&mut self) -> Option<PathBuf> {
        self.folder.take()
    }
    /// From here on what takes longer than a frame is done beside the frames.
    pub fn work_aside(&mut self, ctx: &Context) {
        self.aside.begin(ctx);
    }
    /// Leads a newcomer through the first steps.
    pub const fn lead(&mut self, guide: Guide) {
        self.front.guide = guide;
    }

    /// One frame, and whatever was asked in it.
    pub fn frame(&mut self, ui: &mut Ui) {
        let mut asks: Vec<Ask> = Vec::new();
        let had_overlay = self.front.overlay.is_some();
        asks.extend(self.held.pressed(ui, had_overlay).into_iter().map(Ask::Do));
        asks.extend(dropped(ui));
        for tile in std::mem::take(&mut self.front.wanted) {
            self.docking.show(tile);
            self.front.active = Some(tile);
            if self.front.zoomed.is_some() {
                self.front.zoomed = Some(tile);
            }
        }
        if self.front.seen.contains(&Tile::Plots) {
            self.tiles.plots.update(&View::of(self.desk.session()));
        }
        let seen = self.draw(ui, &mut asks);
        self.keep_placements();
        let is_new = seen != self.front.seen;
        self.front.seen = seen;
        // Preflight takes its time in a large lab: it is run for who looks at it.
        let is_checked = self.check();
        if is_checked || is_new {
            self.desk.inspect(&self.front);
            self.tiles.renew();
            ui.ctx().request_repaint();
        }
        if asks.is_empty() {
            return;
        }
        for ask in asks {
            self.carry_out(ask, ui.ctx());
        }
        self.desk.settle_input(&mut self.front);
        self.desk.inspect(&self.front);
        self.project();
        if let Some(text) = self.desk.take_copied() {
            ui.ctx().copy_text(text);
        }
        ui.ctx().request_repaint();
    }

    /// Preflight that is due is run, beside the frames where they are not to wait; true where something was found.
    fn check(&mut self) -> bool {
        let is_due = !self.aside.is_busy() && self.front.shows(Pane::Preflight);
        let due = is_due.then(|| self.desk.due_check(&self.front)).flatten();
        let found = match due {
            Some(due) => self.aside.start(due),
            None => self.aside.done(),
        };
        found.is_some_and(|checked| self.desk.take_checked(checked))
    }

    fn draw(&mut self, ui: &mut Ui, asks: &mut Vec<Ask>) -> BTreeSet<Tile> {
        let Self {
            desk,
            front,
            docking,
            tiles,
            ..
        } = self;
        let mut cx = Cx {
            feed: desk.feed(),
            transport: desk.transport(),
            selected: front.selected(),
            asks,
        };
        Panel::top("bar")
            .exact_size(bar::HEIGHT)
            .resizable(false)
            .show(ui, |ui| bar::ui(ui, docking, front, &mut cx));
        guide(ui, front);
        Panel::bottom("line")
            .exact_size(bar::LINE)
            .resizable(false)
            .show(ui, |ui| bar::line(ui, front, &mut cx));
        let stands_below = !docking.has(Tile::Timeline);
        if stands_below {
            Panel::bottom("timeline")
                .exact_size(timeline::height(cx.feed.branches.len()))
                .resizable(false)
                .frame(Frame::new().fill(ui.visuals().extreme_bg_color))
                .show(ui, |ui| tiles.ui(ui, Tile::Timeline, &mut cx));
        }
        let zoomed = front.zoomed;
        let mut drawn = CentralPanel::default()
            .frame(Frame::new().inner_margin(Margin::ZERO).fill(gap(ui.visuals())))
            .show(ui, |ui| {
                let mut one = |ui: &mut Ui, tile| {
                    let fill = ui.visuals().panel_fill;
                    ui.painter().rect_filled(ui.max_rect(), 0.0, fill);
                    tiles.ui(ui, tile, &mut cx);
                };
                match zoomed {
                    Some(tile) => {
                        one(ui, tile);
                        Drawn::of(tile)
                    }
                    None => docking.ui(ui, &mut one),
                }
            })
            .inner;
        drawn.seen.extend(stands_below.then_some(Tile::Timeline));
        if drawn.touched.is_some() {
            front.active = drawn.touched;
        }
        if let Some(mut overlay) = front.overlay.take()
            && overlay.ui(ui, &mut cx)
        {
            front.overlay = Some(overlay);
        }
        if let Some(wrong) = front.trouble.take()
            && trouble::ui(ui, &wrong)
        {
            front.trouble = Some(wrong);
        }
        drawn.seen.into_iter().collect()
    }

    fn carry_out(&mut self, ask: Ask, ctx: &Context) {
        match ask {
            Ask::Select(selection) => {
                self.tiles.map.let_go();
                self.look_at(selection);
            }
            Ask::Item(item) => {
                let selection = self.tiles.map.choose(item);
                self.look_at(selection);
            }
            Ask::Back => self.back(),
            Ask::Do(action) => self.act(action, ctx),
            Ask::Lab(request) => self.request(request, ctx),
            Ask::Show(tile) => self.front.wanted.push(tile),
            Ask::Folder(path) => self.folder = Some(path),
            Ask::Look(look) => self.wear(look, ctx),
            Ask::Question(question, answer) => {
                self.front.overlay = Some(Overlay::prompt(question, &answer));
            }
        }
    }

    /// Looks at something, and at its detail.
    fn look_at(&mut self, selection: Selection) {
        let detail = Tile::Pane(Pane::Detail);
        // What was selected beside it shows there at once; from a list in the same place one goes on in that list.
        let from = self.front.active.unwrap_or(Tile::Pane(Pane::Map));
        let is_other = selection != self.front.selected() || self.tiles.map.has_derived();
        if is_other && self.docking.has(detail) && !self.docking.share(from, detail) {
            self.front.wanted.push(detail);
        }
        self.front.select(selection);
    }

    /// One step back in what is looked at.
    fn back(&mut self) {
        self.tiles.map.let_go();
        self.front.back();
    }

    fn request(&mut self, request: Request, ctx: &Context) {
        self.front.said = None;
        self.front.guide.saw(&request);
        if let Request::Export(name, over) = request {
            self.export(&name, over, ctx);
            return;
        }
        if let Request::RunUntil(text) = &request {
            self.front.last_until.clone_from(text);
        }
        if self.desk.carry_out(request, &mut self.front) == Fate::Leave {
            self.leaves = true;
        }
    }

    /// Does what a key, a button or the palette asks for.
    fn act(&mut self, action: Action, ctx: &Context) {
        self.front.said = None;
        let parts = || self.desk.feed().parts.clone();
        let request = match action {
            Action::Quit if self.desk.feed().n_unsaved > 0 => {
                let question = Question::Leave(self.desk.feed().n_unsaved);
                self.front.overlay = Some(Overlay::prompt(question, ""));
                return;
            }
            Action::Quit => Request::Quit,
            Action::PlayPause => Request::PlayPause,
            Action::Faster => Request::Faster,
            Action::Slower => Request::Slower,
            Action::StepEvent => Request::StepEvent,
            Action::BackRecord => Request::Previous(Stop::Any),
            Action::StepNotable => Request::Next(Stop::Notable),
            Action::StepBack => Request::Previous(Stop::Notable),
            Action::StepAbout | Action::BackAbout if self.desk.feed().parts.is_empty() => {
                self.front
                    .say("nothing is selected that anything could happen to".to_owned());
                return;
            }
            Action::StepAbout => Request::Next(Stop::About(parts())),
            Action::BackAbout => Request::Previous(Stop::About(parts())),
            Action::Why => Request::Why,
            Action::Undo => Request::Undo,
            Action::Restart => Request::Restart,
            Action::Faults => Request::ListFaults,
            Action::Fail => Request::ListFaultsOfSelected,
            Action::Labs => Request::ListLabs,
            Action::Copy => {
                let tile = self.front.active.unwrap_or(Tile::Pane(Pane::Log));
                let Some(text) = self.tiles.text(tile, self.desk.feed()) else {
                    self.front.say(format!("{} has no table to copy", tile.title()));
                    return;
                };
                Request::Copy(text)
            }
            Action::Local(keys::COMPARE) => {
                let current = self.desk.feed().branches.iter().find(|it| it.is_current);
                let pair = current.and_then(|it| Some((it.from.clone()?, it.name.clone())));
                let Some((from, name)) = pair else {
                    let words = "this branch was taken from no other; the list of branches compares any two";
                    self.front.say(words.to_owned());
                    return;
                };
                Request::Compare(from, name)
            }
            other => {
                self.act_here(other, ctx);
                return;
            }
        };
        self.request(request, ctx);
    }

    /// Does what concerns the screen alone.
    fn act_here(&mut self, action: Action, ctx: &Context) {
        let feed = self.desk.feed();
        let overlay = match action {
            Action::Change => Overlay::Change(ChangeList::default()),
            Action::Edit(place) => Overlay::Change(ChangeList::filled(place)),
            Action::Save => Overlay::prompt(Question::Save, &feed.files.session),
            Action::SaveScenario => Overlay::prompt(Question::SaveScenario, &feed.files.scenario),
            Action::OpenFile => {
                let beside = self.front.recent.first().and_then(|file| file.parent());
                self.folder = Some(beside.map_or_else(PathBuf::new, PathBuf::from));
                Overlay::Files(Browser::default())
            }
            Action::Branch => Overlay::prompt(Question::Branch, &feed.free_branch()),
            Action::RunUntil => Overlay::prompt(Question::RunUntil, &self.front.last_until),
            Action::Help => Overlay::help(commands::all(keys::LOCAL)),
            Action::Palette => Overlay::palette(commands::all(keys::LOCAL), feed),
            Action::Panel(number) => {
                let pane = Pane::ALL.get(usize::from(number).wrapping_sub(1));
                self.front.wanted.extend(pane.copied().map(Tile::Pane));
                return;
            }
            Action::Local(keys::EXPORT) => {
                let name = format!("{}.svg", feed.snapshot.overview.lab);
                Overlay::prompt(Question::Export, &name)
            }
            Action::Local(keys::PLOTS) => {
                self.front.wanted.push(Tile::Plots);
                return;
            }
            Action::Local(keys::FIT) => {
                self.tiles.map.fit();
                return;
            }
            Action::Local(keys::FIT_SELECTED) => {
                self.tiles.map.fit_selected();
                return;
            }
            Action::Local(keys::FIND) => {
                self.front.wanted.push(Tile::Pane(Pane::Map));
                self.tiles.map.find();
                return;
            }
            Action::Local(keys::MINIMAP) => {
                self.tiles.map.toggle_minimap();
                return;
            }
            Action::Local(keys::LARGER) => {
                self.tiles.map.zoom_in();
                return;
            }
            Action::Local(keys::SMALLER) => {
                self.tiles.map.zoom_out();
                return;
            }
            Action::Local(keys::PLACE_BACK) => {
                let n = self.tiles.map.place_back();
                self.keep_placements();
                self.front.say(match n {
                    0 => "nothing on the map was moved by hand".to_owned(),
                    1 => "what was moved by hand stands where it stood".to_owned(),
                    n => format!("{n} things stand where they stood before they were moved by hand"),
                });
                return;
            }
            Action::Local(_) => {
                self.docking = Docking::default();
                return;
            }
            Action::Filter => {
                let tile = self.front.active.unwrap_or(Tile::Pane(Pane::Log));
                self.tiles.ask_filter(tile);
                return;
            }
            Action::Freeze => {
                self.front.is_frozen = !self.front.is_frozen;
                let words = if self.front.is_frozen {
                    "what is shown is frozen; the lab goes on"
                } else {
                    "what is shown follows the lab"
                };
                self.front.say(words.to_owned());
                return;
            }
            Action::Zoom => {
                let active = self.front.active.unwrap_or(Tile::Pane(Pane::Map));
                self.front.zoomed = match self.front.zoomed {
                    Some(_) => None,
                    None => Some(active),
                };
                return;
            }
            Action::Timeline => {
                self.tiles.timeline.ask_focus();
                if self.docking.has(Tile::Timeline) {
                    self.front.wanted.push(Tile::Timeline);
                }
                return;
            }
            Action::NextTheme => {
                self.wear(Look::worn(ctx).next(), ctx);
                return;
            }
            Action::Back => {
                if self.front.zoomed.is_some() {
                    self.front.zoomed = None;
                } else if self.front.guide.is_shown() {
                    self.front.guide.dismiss();
                } else {
                    self.back();
                }
                return;
            }
            // The rest is done by the toolkit, or by what was matched before.
            _ => return,
        };
        self.front.overlay = Some(overlay);
    }
}

/// What shows between tiles.
fn gap(visuals: &Visuals) -> egui::Color32 {
    visuals.extreme_bg_color
}

/// Files that were dropped onto the window.
fn dropped(ui: &Ui) -> Vec<Ask> {
    ui.input(|input| {
        let files = input.raw.dropped_files.iter().map(|file| file.path());
        files
            .map(|path| Ask::Lab(Request::Open(Opening::File(path.display().to_string()))))
            .collect()
    })
}

/// The first steps of a newcomer, in a line of their own: the picture that they speak of is not covered.
fn guide(ui: &mut Ui, front: &mut Front) {
    let Some((title, key, words)) = front.guide.words() else {
        return;
    };
    let visuals = ui.visuals();
    let fill = visuals.panel_fill.lerp_to_gamma(visuals.selection.bg_fill, 0.3);
    Panel::top("guide")
        .resizable(false)
        .frame(Frame::new().fill(fill).inner_margin(Margin::symmetric(10, 4)))
        .show(ui, |ui| {
            ui.horizontal_wrapped(|ui| {
                ui.strong(title);
                ui.add_space(10.0);
                ui.monospace(key);
                ui.label(words);
                ui.add_space(10.0);
                if ui.button("No more of this").clicked() {
                    front.guide.dismiss();
                }
            });
        });
}
