//! The dashboard's state and how input changes it.
//!
//! Knows no clock, no file and no running lab: it is told what there is ([`Feed`], [`Transport`])
//! and answers input with what it wants done ([`Request`]). Drawing is in [`crate::screen`].

use crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::{Position, Rect};
use sim_core::units::SimTime;

use crate::feed::Feed;
use crate::injection::{Choice, Injected, Order};
use crate::keymap::{self, Action, Binding, Group};
use crate::overlay::{Answer, Command, Overlay};
use crate::panel::{Context, Outcome, Panel};
use crate::panels;
use crate::selection::Selection;
use crate::theme::Look;
use crate::transport::Transport;
use crate::widgets::cursor::Move;

/// What the screen wants done to the lab.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Request {
    /// Leave the program.
    Quit,
    /// Let the clock run, or stop it.
    PlayPause,
    /// Run faster.
    Faster,
    /// Run slower.
    Slower,
    /// Handle one event.
    StepEvent,
    /// Run to the next notable event.
    StepNotable,
    /// Go back to the last notable event before now.
    StepBack,
    /// Take back what was done by hand last.
    Undo,
    /// Run until this, as a person wrote it.
    RunUntil(String),
    /// Begin again with the same seed.
    Restart,
    /// Run preflight again.
    Recheck,
    /// List what can be injected and what is active.
    ListFaults,
    /// Inject a fault.
    Inject(Order),
    /// Heal the fault that was injected at that instant.
    Heal(Choice, SimTime),
}

/// A panel and where it was drawn last.
pub(crate) struct Placed {
    pub(crate) panel: Box<dyn Panel>,
    /// Border included; empty where it is hidden.
    pub(crate) area: Rect,
    /// Inside the border.
    pub(crate) inner: Rect,
    /// When it had the focus last; of panels that share a place the latest is shown.
    pub(crate) focused_at: u64,
}

/// The dashboard's state.
pub struct App {
    pub(crate) panels: Vec<Placed>,
    pub(crate) focus: usize,
    pub(crate) zoomed: bool,
    pub(crate) overlay: Option<Overlay>,
    /// The focused panel's filter is being written.
    pub(crate) filtering: bool,
    pub(crate) look: Look,
    pub(crate) transport: Transport,
    /// One line about what happened last, until the next key.
    pub(crate) message: Option<String>,
    pub(crate) frozen: bool,
    /// Where tabs were drawn last: what a click on one focuses.
    pub(crate) tabs: Vec<(Rect, usize)>,
    /// Whether the log and what is selected share a place, as on small screens.
    pub(crate) detail_hides_log: bool,
    selected: Selection,
    /// What was looked at before, the latest last.
    trail: Vec<Selection>,
    n_focused: u64,
    last_until: String,
}

/// Steps of the trail that are kept.
const LONGEST_TRAIL: usize = 64;

impl App {
    /// The dashboard as it opens: nothing chosen, the migration in focus.
    #[must_use]
    pub fn new(look: Look) -> Self {
        let panels: Vec<Placed> = panels::all()
            .into_iter()
            .map(|panel| Placed {
                panel,
                area: Rect::ZERO,
                inner: Rect::ZERO,
                focused_at: 0,
            })
            .collect();
        let mut app = Self {
            panels,
            focus: 0,
            zoomed: false,
            overlay: None,
            filtering: false,
            look,
            transport: Transport::default(),
            message: None,
            frozen: false,
            tabs: Vec::new(),
            detail_hides_log: false,
            selected: Selection::default(),
            trail: Vec::new(),
            n_focused: 0,
            last_until: String::new(),
        };
        // Panels that come first are the ones to see where several share a place.
        for panel in (0..app.panels.len()).rev() {
            app.focus_on(panel);
        }
        app.focus_on(panels::FIRST_FOCUS);
        app
    }

    /// What is looked at.
    #[must_use]
    pub const fn selected(&self) -> Selection {
        self.selected
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
    /// What was asked for was not understood.
    pub fn complain(&mut self, complaint: String) {
        match &mut self.overlay {
            Some(Overlay::RunUntil(prompt)) => prompt.complaint = Some(complaint),
            Some(Overlay::Faults(list)) => list.complaint = Some(complaint),
            Some(Overlay::Help(_) | Overlay::Palette(_)) | None => self.message = Some(complaint),
        }
    }
    /// What was asked for was understood.
    pub fn understood(&mut self) {
        self.overlay = None;
    }
    /// Lists faults to heal and to inject.
    pub fn list_faults(&mut self, active: Vec<Injected>, choices: Vec<Choice>) {
        self.overlay = Some(Overlay::faults(active, choices));
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
        match event {
            Event::Key(key) if key.kind != KeyEventKind::Release => self.on_key(*key, feed),
            Event::Mouse(mouse) => self.on_mouse(*mouse, feed),
            Event::Paste(_) | Event::Key(_) | Event::Resize(..) | Event::FocusGained | Event::FocusLost => {
                None
            }
        }
    }

    fn on_key(&mut self, key: KeyEvent, feed: &Feed) -> Option<Request> {
        self.message = None;
        if keymap::action(key, &[]) == Some(Action::Quit) && key.code != KeyCode::Char('q') {
            return Some(Request::Quit);
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
                Answer::RunUntil(text) => {
                    self.last_until.clone_from(&text);
                    Some(Request::RunUntil(text))
                }
                Answer::Inject(order) => Some(Request::Inject(order)),
                Answer::Heal(choice, at) => Some(Request::Heal(choice, at)),
            };
        }
        if self.filtering {
            self.on_filter_key(key);
            return None;
        }
        let action = keymap::action(key, self.local())?;
        self.act(action, feed)
    }

    fn on_filter_key(&mut self, key: KeyEvent) {
        let Some(filter) = self
            .panels
            .get_mut(self.focus)
            .and_then(|placed| placed.panel.filter())
        else {
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

    /// Does what a key or the palette asks for.
    fn act(&mut self, action: Action, feed: &Feed) -> Option<Request> {
        match action {
            Action::Quit => return Some(Request::Quit),
            Action::PlayPause => return Some(Request::PlayPause),
            Action::Faster => return Some(Request::Faster),
            Action::Slower => return Some(Request::Slower),
            Action::StepEvent => return Some(Request::StepEvent),
            Action::StepNotable => return Some(Request::StepNotable),
            Action::StepBack => return Some(Request::StepBack),
            Action::Undo => return Some(Request::Undo),
            Action::Restart => return Some(Request::Restart),
            Action::Faults => return Some(Request::ListFaults),
            Action::RunUntil => self.overlay = Some(Overlay::run_until(&self.last_until)),
            Action::Help => self.overlay = Some(Overlay::help(self.commands())),
            Action::Palette => self.overlay = Some(Overlay::palette(self.commands())),
            Action::Freeze => {
                self.frozen = !self.frozen;
                self.say(if self.frozen {
                    "the screen is frozen; the lab goes on"
                } else {
                    "the screen follows the lab"
                });
            }
            Action::Zoom => self.zoomed = !self.zoomed,
            Action::NextPanel => self.focus_on((self.focus + 1) % self.panels.len()),
            Action::PreviousPanel => {
                self.focus_on((self.focus + self.panels.len() - 1) % self.panels.len());
            }
            Action::Panel(number) => {
                let panel = usize::from(number).wrapping_sub(1);
                if panel < self.panels.len() {
                    self.focus_on(panel);
                }
            }
            Action::Filter => {
                let placed = self.panels.get_mut(self.focus);
                self.filtering = placed.is_some_and(|placed| placed.panel.filter().is_some());
            }
            Action::Back => self.back(),
            Action::Go(_) | Action::Open | Action::Close | Action::Enter | Action::Local(_) => {
                return self.hand_to_panel(self.focus, feed, |panel, cx| panel.act(action, cx));
            }
        }
        None
    }

    /// One step back: an open filter, the zoom, then what was looked at before. Never quits.
    fn back(&mut self) {
        let filter = self
            .panels
            .get_mut(self.focus)
            .and_then(|placed| placed.panel.filter());
        if let Some(filter) = filter.filter(|filter| !filter.is_empty()) {
            filter.clear();
        } else if self.zoomed {
            self.zoomed = false;
        } else if let Some(before) = self.trail.pop() {
            self.selected = before;
        }
    }

    fn hand_to_panel(
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
                self.reveal_detail();
                None
            }
            Outcome::Look(selection) => {
                self.select(selection);
                if let Some(detail) = self.detail() {
                    self.focus_on(detail);
                }
                None
            }
            Outcome::Recheck => Some(Request::Recheck),
        }
    }

    fn on_mouse(&mut self, mouse: MouseEvent, feed: &Feed) -> Option<Request> {
        let at = Position::new(mouse.column, mouse.row);
        if self.overlay.is_some() {
            if mouse.kind == MouseEventKind::Down(MouseButton::Left) {
                self.overlay = None;
            }
            return None;
        }
        let over = self.panels.iter().position(|placed| placed.area.contains(at));
        match mouse.kind {
            MouseEventKind::Down(MouseButton::Left) => {
                self.message = None;
                if let Some((_, panel)) = self.tabs.iter().find(|(tab, _)| tab.contains(at)) {
                    self.focus_on(*panel);
                    return None;
                }
                let panel = over?;
                self.focus_on(panel);
                let inner = self.panels.get(panel)?.inner;
                if !inner.contains(at) {
                    return None;
                }
                let at = Position::new(at.x - inner.x, at.y - inner.y);
                self.hand_to_panel(panel, feed, |panel, cx| panel.click(at, cx))
            }
            MouseEventKind::ScrollUp | MouseEventKind::ScrollDown => {
                let how = if mouse.kind == MouseEventKind::ScrollUp {
                    Move::Up
                } else {
                    Move::Down
                };
                self.hand_to_panel(over?, feed, |panel, cx| panel.act(Action::Go(how), cx))
            }
            MouseEventKind::Down(_)
            | MouseEventKind::Up(_)
            | MouseEventKind::Drag(_)
            | MouseEventKind::Moved
            | MouseEventKind::ScrollLeft
            | MouseEventKind::ScrollRight => None,
        }
    }

    fn detail(&self) -> Option<usize> {
        self.panels
            .iter()
            .position(|placed| placed.panel.title() == panels::DETAIL)
    }

    /// Shows what is selected without taking the focus there; the focused panel is never hidden.
    pub fn reveal_detail(&mut self) {
        self.n_focused += 1;
        let detail = self.detail().and_then(|detail| self.panels.get_mut(detail));
        if let Some(placed) = detail {
            placed.focused_at = self.n_focused;
        }
    }

    /// Shows a record that was just stepped to: in detail where the log stays visible beside it.
    pub fn reveal_news(&mut self) {
        if !self.detail_hides_log {
            self.reveal_detail();
        }
    }

    /// Gives the focus to a panel.
    pub fn focus_on(&mut self, panel: usize) {
        self.n_focused += 1;
        if let Some(placed) = self.panels.get_mut(panel) {
            placed.focused_at = self.n_focused;
            self.focus = panel;
            self.filtering = false;
        }
    }

    /// Commands of the focused panel.
    pub(crate) fn local(&self) -> &'static [Binding] {
        self.panels
            .get(self.focus)
            .map_or(&[], |placed| placed.panel.bindings())
    }

    /// Every command that is valid now.
    fn commands(&self) -> Vec<Command> {
        let bound = self.local().iter().chain(keymap::GLOBAL);
        let mut commands: Vec<Command> = bound.map(|binding| Command::of(binding, &self.look)).collect();
        for ((number, placed), key) in (1_u8..).zip(&self.panels).zip(keymap::PANEL_KEYS) {
            commands.push(Command {
                action: Action::Panel(number),
                title: format!("Go to {}", placed.panel.title()),
                keys: key.to_string(),
                group: Group::Screen,
            });
        }
        commands
    }
}
