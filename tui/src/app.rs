//! The dashboard's state and how input changes it.
//!
//! Knows no clock, no file and no running lab: it is told what there is ([`Feed`], [`Transport`])
//! and answers input with what it wants done ([`Request`]). Drawing is in [`crate::screen`].

use crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind};
use ratatui::layout::{Position, Rect};
use sim_core::desk::Screen;
use sim_core::desk::commands::Pane;
use sim_core::desk::labs::LabRow;
pub use sim_core::desk::request::{Question, Request};
use sim_core::storage::keeper::Lost;

use crate::change_list::ChangeList;
use crate::config::Left;
use crate::feed::Feed;
use crate::guide::Guide;
use crate::injection::{Choice, Injected};
use crate::keymap::{self, Action, Binding, Code};
use crate::layout::Shares;
use crate::offer::Offer;
use crate::overlay::{Answer, Command, Overlay};
use crate::panel::{Context, Home, Outcome, Panel};
use crate::panels;
use crate::selection::Selection;
use crate::stepping::Stop;
use crate::theme::Look;
use crate::timeline::{Scrub, Timeline};
use crate::transport::Transport;
use crate::widgets::cursor::Move;

/// A panel and where it was drawn last.
pub(crate) struct Placed {
    pub(crate) panel: Box<dyn Panel>,
    /// Border included; empty where it is hidden.
    pub(crate) area: Rect,
    /// Inside the border.
    pub(crate) inner: Rect,
}

/// What keys go to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Focus {
    /// A panel, by its place.
    Panel(usize),
    /// The timeline.
    Timeline,
}

/// The dashboard's state.
pub struct App {
    pub(crate) panels: Vec<Placed>,
    /// The panel in the middle.
    pub(crate) view: usize,
    pub(crate) focus: Focus,
    pub(crate) zoomed: bool,
    /// How much room the parts beside the view have.
    pub(crate) shares: Shares,
    /// The commands that are valid everywhere, with their keys.
    pub(crate) global: Vec<Binding>,
    pub(crate) overlay: Option<Overlay>,
    /// The focused panel's filter is being written.
    pub(crate) filtering: bool,
    pub(crate) look: Look,
    pub(crate) transport: Transport,
    pub(crate) timeline: Timeline,
    /// The pointer is held on the timeline.
    pub(crate) scrubs: bool,
    /// What a newcomer is told, until it was done or dismissed.
    pub(crate) guide: Guide,
    /// One line about what happened last, until the next key.
    pub(crate) message: Option<String>,
    pub(crate) frozen: bool,
    /// Where the names of views were drawn last: what a click on one shows.
    pub(crate) tabs: Vec<(Rect, usize)>,
    pub(crate) timeline_area: Rect,
    selected: Selection,
    /// What was looked at before, the latest last.
    trail: Vec<Selection>,
    last_until: String,
}

/// Steps of the trail that are kept.
const LONGEST_TRAIL: usize = 64;

impl App {
    /// The dashboard as it opens: nothing chosen, the map in the middle.
    #[must_use]
    pub fn new(look: Look) -> Self {
        let panels: Vec<Placed> = panels::all()
            .into_iter()
            .map(|panel| Placed {
                panel,
                area: Rect::ZERO,
                inner: Rect::ZERO,
            })
            .collect();
        Self {
            panels,
            view: panels::FIRST_VIEW,
            focus: Focus::Panel(panels::FIRST_VIEW),
            zoomed: false,
            shares: Shares::default(),
            global: keymap::GLOBAL.to_vec(),
            overlay: None,
            filtering: false,
            look,
            transport: Transport::default(),
            timeline: Timeline::default(),
            scrubs: false,
            guide: Guide::default(),
            message: None,
            frozen: false,
            tabs: Vec::new(),
            timeline_area: Rect::ZERO,
            selected: Selection::default(),
            trail: Vec::new(),
            last_until: String::new(),
        }
    }

    /// What is looked at.
    #[must_use]
    pub const fn selected(&self) -> Selection {
        self.selected
    }
    /// The view in the middle, by its place in [`panels::all`].
    #[must_use]
    pub const fn view(&self) -> usize {
        self.view
    }
    /// How it looks.
    #[must_use]
    pub const fn look(&self) -> &Look {
        &self.look
    }
    /// Uses these keys and so much room for each part from now on.
    pub fn set_up(&mut self, global: Vec<Binding>, shares: Shares) {
        (self.global, self.shares) = (global, shares);
    }
    /// How the screen is left.
    #[must_use]
    pub fn left(&self) -> Left {
        Left {
            theme: Some(self.look.palette),
            view: self.panels.get(self.view).map(|it| it.panel.title().to_owned()),
            zoomed: self.zoomed,
        }
    }
    /// Lets the view fill the screen, or not.
    pub fn set_zoomed(&mut self, zoomed: bool) {
        self.zoomed = zoomed;
    }
    /// Leads a newcomer.
    pub fn lead(&mut self, guide: Guide) {
        self.guide = guide;
    }
    /// What a newcomer is told at present.
    #[must_use]
    pub const fn guide(&self) -> &Guide {
        &self.guide
    }
    /// The clock's controls are so now.
    pub fn set_transport(&mut self, transport: Transport) {
        self.transport = transport;
    }
    /// Says something in the last line until the next key.
    pub fn say(&mut self, message: impl Into<String>) {
        self.message = Some(message.into());
    }
    /// Whether the shown picture is to stay while the lab goes on.
    #[must_use]
    pub const fn is_frozen(&self) -> bool {
        self.frozen
    }
    /// Offers sessions that were not left in order.
    pub fn offer(&mut self, lost: Vec<Lost>) {
        if !lost.is_empty() {
            self.overlay = Some(Overlay::Offer(Offer::of(lost)));
        }
    }
    /// Selects something from outside, for example for a picture.
    pub fn select(&mut self, selection: Selection) {
        if selection != self.selected {
            self.trail.push(self.selected);
            let too_many = self.trail.len().saturating_sub(LONGEST_TRAIL);
            self.trail.drain(..too_many);
            self.selected = selection;
        }
    }

    /// Takes one input; says what it wants done.
    pub fn on_event(&mut self, event: &Event, feed: &Feed) -> Option<Request> {
        let request = match event {
            Event::Key(key) if key.kind != KeyEventKind::Release => self.on_key(*key, feed),
            Event::Mouse(mouse) => self.on_mouse(*mouse, feed),
            Event::Paste(_) | Event::Key(_) | Event::Resize(..) | Event::FocusGained | Event::FocusLost => {
                None
            }
        };
        if let Some(request) = &request {
            self.guide.saw(request);
        }
        request
    }

    fn on_key(&mut self, key: KeyEvent, feed: &Feed) -> Option<Request> {
        self.message = None;
        // A letter may be meant for what is being written.
        let is_written =
            keymap::pressed(key).is_some_and(|it| !it.control && matches!(it.code, Code::Char(_)));
        if !is_written && keymap::action(key, &[], &self.global) == Some(Action::Quit) {
            // Who presses it again at the question means it.
            let is_asked = matches!(&self.overlay, Some(Overlay::Prompt(it)) if it.asks_to_leave());
            return if is_asked {
                Some(Request::Quit)
            } else {
                self.act(Action::Quit, feed)
            };
        }
        if let Some(overlay) = &mut self.overlay {
            return match overlay.key(key) {
                Answer::Stay => None,
                Answer::Leave => {
                    self.overlay = None;
                    None
                }
                Answer::Do(action) => {
                    self.overlay = None;
                    self.act(action, feed)
                }
                Answer::Ask(request) => {
                    if let Request::RunUntil(text) = &request {
                        self.last_until.clone_from(text);
                    }
                    Some(request)
                }
            };
        }
        if self.filtering {
            self.on_filter_key(key);
            return None;
        }
        let action = keymap::action(key, self.local(), &self.global)?;
        self.act(action, feed)
    }

    fn on_filter_key(&mut self, key: KeyEvent) {
        let Some(filter) = self.focused_filter() else {
            self.filtering = false;
            return;
        };
        match key.code {
            KeyCode::Esc => {
                filter.clear();
                self.filtering = false;
            }
            KeyCode::Enter => self.filtering = false,
            _ => {
                let mut input = crate::widgets::input::Input::of(filter);
                input.key(key);
                *filter = input.text();
            }
        }
    }

    fn focused_filter(&mut self) -> Option<&mut String> {
        let Focus::Panel(panel) = self.focus else {
            return None;
        };
        self.panels.get_mut(panel)?.panel.filter()
    }

    /// Does what a key or the palette asks for.
    fn act(&mut self, action: Action, feed: &Feed) -> Option<Request> {
        match action {
            Action::Quit if feed.n_unsaved > 0 => {
                self.overlay = Some(Overlay::prompt(Question::Leave(feed.n_unsaved), ""));
            }
            Action::Quit => return Some(Request::Quit),
            Action::PlayPause => return Some(Request::PlayPause),
            Action::Faster => return Some(Request::Faster),
            Action::Slower => return Some(Request::Slower),
            Action::StepEvent => return Some(Request::StepEvent),
            Action::BackRecord => return Some(Request::Previous(Stop::Any)),
            Action::StepNotable => return Some(Request::Next(Stop::Notable)),
            Action::StepBack => return Some(Request::Previous(Stop::Notable)),
            Action::StepAbout | Action::BackAbout if feed.parts.is_empty() => {
                self.say("nothing is selected that anything could happen to");
            }
            Action::StepAbout => return Some(Request::Next(Stop::About(feed.parts.clone()))),
            Action::BackAbout => return Some(Request::Previous(Stop::About(feed.parts.clone()))),
            Action::Why => {
                // Asked of the row under the cursor, where a list has not selected it yet.
                if let Focus::Panel(panel) = self.focus {
                    self.hand_to_panel(panel, feed, |panel, cx| panel.act(Action::Why, cx));
                }
                self.zoomed = false;
                self.focus = Focus::Panel(self.detail());
                return Some(Request::Why);
            }
            Action::Undo => return Some(Request::Undo),
            Action::Restart => return Some(Request::Restart),
            Action::Faults => return Some(Request::ListFaults),
            Action::Fail => return Some(Request::ListFaultsOfSelected),
            Action::Labs => return Some(Request::ListLabs),
            Action::Change => self.overlay = Some(Overlay::Change(ChangeList::default())),
            Action::Save => self.overlay = Some(Overlay::prompt(Question::Save, &feed.files.session)),
            Action::SaveScenario => {
                self.overlay = Some(Overlay::prompt(Question::SaveScenario, &feed.files.scenario));
            }
            Action::OpenFile => self.overlay = Some(Overlay::prompt(Question::OpenFile, "")),
            Action::Branch => {
                self.overlay = Some(Overlay::prompt(Question::Branch, &feed.free_branch()));
            }
            Action::RunUntil => self.overlay = Some(Overlay::prompt(Question::RunUntil, &self.last_until)),
            Action::Help => self.overlay = Some(Overlay::help(self.commands())),
            Action::Palette => {
                let mut commands = self.commands();
                commands.extend(Command::things(feed));
                self.overlay = Some(Overlay::palette(commands));
            }
            Action::Select(place) => {
                if let Some((id, _)) = feed.things().get(place) {
                    self.select(Selection::Resource(*id));
                }
            }
            Action::Edit(place) => self.overlay = Some(Overlay::Change(ChangeList::filled(place))),
            Action::Copy => return self.copy(feed),
            Action::NextTheme => {
                self.look = self.look.next();
                self.say(format!("theme {}", self.look.palette.as_str()));
            }
            Action::Freeze => {
                self.frozen = !self.frozen;
                self.say(if self.frozen {
                    "the screen is frozen; the lab goes on"
                } else {
                    "the screen follows the lab"
                });
            }
            Action::Zoom => self.zoomed = !self.zoomed,
            Action::Timeline => self.focus = Focus::Timeline,
            Action::NextPanel => self.turn_focus(1),
            Action::PreviousPanel => self.turn_focus(-1),
            Action::Panel(number) => self.show(usize::from(number).wrapping_sub(1)),
            Action::Filter => {
                if self.focus == Focus::Timeline {
                    self.focus = Focus::Panel(self.view);
                }
                self.filtering = self.focused_filter().is_some();
            }
            Action::Back => self.back(),
            Action::Go(_) | Action::Open | Action::Close if self.focus == Focus::Timeline => {
                return self.scrub(action, feed);
            }
            Action::Go(_) | Action::Open | Action::Close | Action::Enter | Action::Local(_) => {
                let Focus::Panel(panel) = self.focus else {
                    self.focus = Focus::Panel(self.view);
                    return None;
                };
                return self.hand_to_panel(panel, feed, |panel, cx| panel.act(action, cx));
            }
        }
        None
    }

    /// Moves the lab along the timeline.
    fn scrub(&mut self, action: Action, feed: &Feed) -> Option<Request> {
        let scrub = match action {
            Action::Open => Scrub::By(1),
            Action::Close => Scrub::By(-1),
            Action::Go(Move::PageDown) => Scrub::By(10),
            Action::Go(Move::PageUp) => Scrub::By(-10),
            Action::Go(Move::Top) => Scrub::ToStart,
            Action::Go(Move::Bottom) => Scrub::ToKnown,
            Action::Go(Move::Up) => {
                self.timeline.zoom(true, feed.now());
                return None;
            }
            _ => {
                self.timeline.zoom(false, feed.now());
                return None;
            }
        };
        Some(Request::Seek(self.timeline.scrubbed(scrub, feed)))
    }

    fn copy(&self, feed: &Feed) -> Option<Request> {
        let panel = match self.focus {
            Focus::Panel(panel) => panel,
            Focus::Timeline => self.view,
        };
        let cx = self.context(feed);
        let own = self.panels.get(panel)?.panel.table(&cx);
        // What has no table leaves the view's.
        own.or_else(|| self.panels.get(self.view)?.panel.table(&cx))
            .map(Request::Copy)
    }

    fn context<'a>(&'a self, feed: &'a Feed) -> Context<'a> {
        Context {
            feed,
            look: &self.look,
            selected: self.selected,
            focused: true,
        }
    }

    /// One step back: an open filter, the zoom, another part of the screen, then what was looked at before. Never quits.
    fn back(&mut self) {
        let view = Focus::Panel(self.view);
        let filter = self.focused_filter();
        if let Some(filter) = filter.filter(|filter| !filter.is_empty()) {
            filter.clear();
        } else if self.zoomed {
            self.zoomed = false;
        } else if self.focus != view {
            self.focus = view;
        } else if self.guide.is_shown() {
            self.guide.dismiss();
        } else if let Some(before) = self.trail.pop() {
            self.selected = before;
        }
    }

    pub(crate) fn hand_to_panel(
        &mut self,
        panel: usize,
        feed: &Feed,
        hand: impl FnOnce(&mut dyn Panel, &Context<'_>) -> Outcome,
    ) -> Option<Request> {
        let cx = Context {
            feed,
            look: &self.look,
            selected: self.selected,
            focused: true,
        };
        let placed = self.panels.get_mut(panel)?;
        match hand(placed.panel.as_mut(), &cx) {
            Outcome::Ignored | Outcome::Done => None,
            Outcome::Select(selection) => {
                // Walking through a list leaves no trail, or Esc would walk back row by row.
                self.selected = selection;
                None
            }
            Outcome::Look(selection) => {
                self.select(selection);
                self.zoomed = false;
                self.focus = Focus::Panel(self.detail());
                None
            }
            Outcome::Ask(request) => Some(request),
            Outcome::Question(question, answer) => {
                self.overlay = Some(Overlay::prompt(question, &answer));
                None
            }
        }
    }

    pub(crate) fn at_home(&self, home: Home) -> usize {
        let found = self.panels.iter().position(|it| it.panel.home() == home);
        found.unwrap_or(self.view)
    }
    fn detail(&self) -> usize {
        self.at_home(Home::Detail)
    }

    /// The view of that name, by its place in the list of all.
    #[must_use]
    pub fn find_view(&self, name: &str) -> Option<usize> {
        let mut all = self.panels.iter();
        all.position(|it| it.panel.title().eq_ignore_ascii_case(name))
    }
    /// Shows a view in the middle, or goes to the detail.
    pub fn show(&mut self, panel: usize) {
        let Some(placed) = self.panels.get(panel) else {
            return;
        };
        self.filtering = false;
        self.focus = Focus::Panel(panel);
        if placed.panel.home() == Home::Detail {
            self.zoomed = false;
        } else {
            self.view = panel;
        }
    }

    /// Goes to the next part of the screen, or the one before.
    fn turn_focus(&mut self, step: isize) {
        self.filtering = false;
        let seen = |panel: &usize| self.panels.get(*panel).is_some_and(|it| !it.area.is_empty());
        let others = [
            self.at_home(Home::Tree),
            self.view,
            self.at_home(Home::Log),
            self.detail(),
        ];
        let mut parts: Vec<Focus> = Vec::new();
        for panel in others.into_iter().filter(seen).map(Focus::Panel) {
            if !parts.contains(&panel) {
                parts.push(panel);
            }
        }
        parts.push(Focus::Timeline);
        let here = parts.iter().position(|part| *part == self.focus).unwrap_or(0);
        let n = parts.len();
        let next = if step > 0 { here + 1 } else { here + n - 1 } % n;
        self.focus = parts[next];
    }

    /// Gives the focus to a panel that is seen.
    pub(crate) fn focus_on(&mut self, panel: usize) {
        self.focus = Focus::Panel(panel);
        self.filtering = false;
    }

    /// Commands of the focused panel.
    pub(crate) fn local(&self) -> &'static [Binding] {
        match self.focus {
            Focus::Panel(panel) => self
                .panels
                .get(panel)
                .map_or(&[], |placed| placed.panel.bindings()),
            Focus::Timeline => &[],
        }
    }

    /// Every command that is valid now.
    fn commands(&self) -> Vec<Command> {
        let all = sim_core::desk::commands::all_among(self.local(), &self.global).into_iter();
        all.map(|command| Command::of(command, &self.look)).collect()
    }

    /// Where a click on the timeline leads.
    pub(crate) fn timeline_click(&mut self, at: Position, feed: &Feed) -> Option<Request> {
        self.focus = Focus::Timeline;
        self.filtering = false;
        let branch = self.timeline.branch_at(at).map(str::to_owned);
        let is_other = |name: &String| feed.branches.iter().any(|it| it.name == *name && !it.is_current);
        if let Some(name) = branch.filter(is_other) {
            return Some(Request::Switch(name));
        }
        let at = self.timeline.instant_at(at)?;
        self.scrubs = true;
        Some(Request::Seek(at))
    }
}

impl Screen for App {
    fn selected(&self) -> Selection {
        self.selected
    }
    fn select(&mut self, selection: Selection) {
        self.select(selection);
    }
    fn shows(&self, pane: Pane) -> bool {
        Pane::ALL.get(self.view) == Some(&pane)
    }
    fn show(&mut self, pane: Pane) {
        self.show(pane as usize);
    }
    fn say(&mut self, message: String) {
        self.message = Some(message);
    }
    fn complain(&mut self, complaint: String) {
        match &mut self.overlay {
            Some(Overlay::Prompt(prompt)) => prompt.complaint = Some(complaint),
            Some(Overlay::Faults(list)) => list.complaint = Some(complaint),
            Some(Overlay::Change(list)) => list.complaint = Some(complaint),
            Some(Overlay::Help(_) | Overlay::Palette(_) | Overlay::Labs(_) | Overlay::Offer(_)) | None => {
                self.message = Some(complaint);
            }
        }
    }
    fn understood(&mut self) {
        self.overlay = None;
    }
    fn ask(&mut self, question: Question) {
        self.overlay = Some(Overlay::prompt(question, ""));
    }
    fn list_faults(&mut self, active: Vec<Injected>, choices: Vec<Choice>) {
        self.overlay = Some(Overlay::faults(active, choices));
    }
    fn list_labs(&mut self, labs: Vec<LabRow>) {
        self.overlay = Some(Overlay::labs(labs));
    }
    /// The offer goes when nothing is left of it.
    fn forgotten(&mut self) {
        if matches!(&self.overlay, Some(Overlay::Offer(offer)) if offer.is_empty()) {
            self.overlay = None;
        }
    }
}
