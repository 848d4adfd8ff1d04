//! The dashboard put together: a desk with a session on it, and the screen in front of it.

use std::time::Duration;

use crossterm::event::Event;
use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use sim_core::desk::{Desk, Fate};
use sim_core::lab::{Branches, Session};
use sim_core::storage::keeper::Lost;
use sim_core::units::SimTime;
use sim_core::view::View;

use crate::app::App;
use crate::config::{Config, Left};
use crate::guide::Guide;
use crate::player::EVENTS_PER_PICTURE;
use crate::selection::Selection;
use crate::theme::Look;

/// The dashboard.
pub struct Dashboard {
    app: App,
    desk: Desk,
}

impl Dashboard {
    /// Opens it on a session.
    #[must_use]
    pub fn new(session: Session, look: Look) -> Self {
        Self::with(Desk::new(session), look)
    }
    /// Goes on with a session that was saved.
    #[must_use]
    pub fn reopened(branches: Branches, look: Look) -> Self {
        Self::with(Desk::reopened(branches), look)
    }
    fn with(desk: Desk, look: Look) -> Self {
        let mut dashboard = Self {
            app: App::new(look),
            desk,
        };
        dashboard.refresh();
        dashboard
    }
    fn refresh(&mut self) {
        self.desk.refresh(&self.app);
        self.app.set_transport(self.desk.transport().clone());
    }

    /// Leads a newcomer through the first steps.
    pub fn lead(&mut self, guide: Guide) {
        self.app.lead(guide);
    }
    /// What a newcomer is told at present.
    #[must_use]
    pub const fn guide(&self) -> &Guide {
        self.app.guide()
    }
    /// Offers sessions that were not left in order.
    pub fn offer(&mut self, lost: Vec<Lost>) {
        self.app.offer(lost);
    }
    /// What is played, and the screen in front of it.
    pub const fn parts(&mut self) -> (&mut Desk, &mut App) {
        (&mut self.desk, &mut self.app)
    }
    /// What is to go onto the clipboard, once.
    pub fn take_copied(&mut self) -> Option<String> {
        self.desk.take_copied()
    }
    /// Shows a view by its name; false where there is none of that name.
    pub fn show_view(&mut self, name: &str) -> bool {
        let found = self.app.find_view(name);
        if let Some(view) = found {
            self.app.show(view);
            self.refresh();
        }
        found.is_some()
    }
    /// Begins as the settings say, else as the screen was left; says which view there is none of, where one is wanted.
    pub fn set_up(&mut self, config: &Config, left: &Left) -> Option<String> {
        self.app.set_up(config.keys.bindings(), config.layout);
        self.app.set_zoomed(config.view.is_none() && left.zoomed);
        let view = config.view.as_ref().or(left.view.as_ref())?;
        let is_shown = self.show_view(view);
        (!is_shown && config.view.is_some()).then(|| format!("no view is called {view:?}"))
    }
    /// How the screen is left.
    #[must_use]
    pub fn left(&self) -> Left {
        self.app.left()
    }
    /// Says something in the last line until the next key.
    pub fn say(&mut self, message: &str) {
        self.app.say(message);
    }

    /// Takes one input.
    pub fn on_event(&mut self, event: &Event) -> Fate {
        let was_frozen = self.app.is_frozen();
        let request = self.app.on_event(event, self.desk.feed());
        if was_frozen && !self.app.is_frozen() {
            self.refresh();
        }
        if let Some(request) = request
            && self.desk.carry_out(request, &mut self.app) == Fate::Leave
        {
            return Fate::Leave;
        }
        self.app.set_transport(self.desk.transport().clone());
        self.desk.inspect(&self.app);
        Fate::Stay
    }

    /// Goes where the timeline was last asked to go.
    pub fn settle_input(&mut self) {
        self.desk.settle_input(&mut self.app);
        self.app.set_transport(self.desk.transport().clone());
    }

    /// So much wall time has gone by.
    pub fn elapse(&mut self, wall: Duration) {
        if self.desk.is_moving() {
            self.desk.elapse(wall, EVENTS_PER_PICTURE, &mut || false);
            if !self.app.is_frozen() {
                self.refresh();
            }
            self.app.set_transport(self.desk.transport().clone());
            if let Some(words) = self.desk.take_unmet() {
                self.app.say(words);
            }
        }
    }

    /// Does what need not be done before a picture is shown, or was made necessary by what happened since: false where nothing
    /// was left.
    pub fn catch_up(&mut self) -> bool {
        self.desk.catch_up(&self.app)
    }

    /// Whether the picture changes without input.
    #[must_use]
    pub fn is_moving(&self) -> bool {
        self.desk.is_moving()
    }

    /// Runs straight to an instant of the lab.
    pub fn run_to(&mut self, until: SimTime) {
        self.desk.run_to(until, &self.app);
        self.app.set_transport(self.desk.transport().clone());
    }

    /// Selects a thing by its name; false where there is none.
    pub fn select(&mut self, name: &str) -> bool {
        let Some(found) = View::of(self.desk.session()).find(name) else {
            return false;
        };
        self.app.select(Selection::Resource(found));
        self.desk.inspect(&self.app);
        true
    }

    /// Draws everything.
    pub fn draw(&mut self, frame: &mut Frame<'_>) {
        self.app.draw(frame, self.desk.feed());
    }

    /// Draws everything into a buffer of its own.
    #[must_use]
    pub fn picture(&mut self, width: u16, height: u16) -> Buffer {
        let area = Rect::new(0, 0, width, height);
        let mut buf = Buffer::empty(area);
        self.app.draw_into(area, &mut buf, self.desk.feed());
        buf
    }
}

#[cfg(test)]
mod branching;
#[cfg(test)]
mod files;
#[cfg(test)]
mod finding;
#[cfg(test)]
mod looks;
#[cfg(test)]
mod stops;
#[cfg(test)]
mod tests;
