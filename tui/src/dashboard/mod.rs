//! The dashboard put together: what is played, what is shown, how input changes both.

mod requests;

use std::path::PathBuf;
use std::time::Duration;

use crossterm::event::Event;
use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use sim_core::kernel::RecordId;
use sim_core::lab::{Branches, Session};
use sim_core::resource::ResourceRef;
use sim_core::units::SimTime;
use sim_core::view::{Consequences, Health, View};

use crate::app::App;
use crate::feed::{Feed, Names};
use crate::guide::Guide;
use crate::injection::{self, Choice};
use crate::offer::Lost;
use crate::panels;
use crate::player::Player;
use crate::selection::Selection;
use crate::theme::Look;

/// Whether the dashboard goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It does.
    Stay,
    /// Somebody left.
    Leave,
}

/// What is to be done with files, by who has them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Errand {
    /// Write a file, whole or not at all.
    Save {
        /// Its name.
        path: PathBuf,
        /// What is in it.
        text: String,
    },
    /// Open a lab or a session.
    Open(PathBuf),
    /// Go on with what is left of a session.
    GoOn(PathBuf),
    /// Throw away what is left of a session.
    Forget(PathBuf),
}

/// The dashboard.
pub struct Dashboard {
    app: App,
    player: Player,
    feed: Feed,
    /// The last record that the feed has.
    seen: Option<RecordId>,
    /// What the feed's inspection and causes are about.
    shown: Option<Selection>,
    /// Everything that can be injected into this lab.
    choices: Vec<Choice>,
    /// How sessions and tunnels stood, and what had been done, when preflight was run last.
    checked: Option<Vec<Health>>,
    /// Where the timeline was asked to go since the last picture.
    sought: Option<SimTime>,
    /// What is to go onto the clipboard.
    copied: Option<String>,
    errands: Vec<Errand>,
}

impl Dashboard {
    /// Opens it on a session.
    #[must_use]
    pub fn new(session: Session, look: Look) -> Self {
        let mut dashboard = Self {
            app: App::new(look),
            feed: first_feed(&session),
            choices: injection::choices(session.blueprint()),
            player: Player::new(session),
            seen: None,
            shown: None,
            checked: None,
            sought: None,
            copied: None,
            errands: Vec::new(),
        };
        dashboard.refresh();
        dashboard
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
    /// Goes on with a session that was saved.
    #[must_use]
    pub fn reopened(branches: Branches, look: Look) -> Self {
        let mut dashboard = Self::new(branches.session().clone(), look);
        dashboard.player = Player::with(branches);
        dashboard.refresh();
        dashboard
    }
    /// Offers sessions that were not left in order.
    pub fn offer(&mut self, lost: Vec<Lost>) {
        self.app.offer(lost);
    }
    /// What is to be done with files, once.
    pub fn take_errands(&mut self) -> Vec<Errand> {
        core::mem::take(&mut self.errands)
    }
    /// The session with its branches, to be kept.
    #[must_use]
    pub const fn tree(&self) -> &Branches {
        self.player.tree()
    }
    /// What is to go onto the clipboard, once.
    pub fn take_copied(&mut self) -> Option<String> {
        self.copied.take()
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
    /// Says something in the last line until the next key.
    pub fn say(&mut self, message: &str) {
        self.app.say(message);
    }

    /// Takes one input.
    pub fn on_event(&mut self, event: &Event) -> Fate {
        let request = self.app.on_event(event, &self.feed);
        if let Some(request) = request
            && self.carry_out(request) == Fate::Leave
        {
            return Fate::Leave;
        }
        self.app.set_transport(self.player.transport().clone());
        self.inspect();
        Fate::Stay
    }

    /// So much wall time has gone by.
    pub fn elapse(&mut self, wall: Duration) {
        if self.player.is_moving() {
            self.player.elapse(wall, &mut self.feed.history);
            if !self.app.is_frozen() || !self.player.is_moving() {
                self.refresh();
            }
        }
    }

    /// Does what need not be done before a picture is shown, or was made necessary by what happened since: false where nothing
    /// was left.
    pub fn catch_up(&mut self) -> bool {
        // While the lab runs only who looks at it needs it at every change.
        let can_wait = self.feed.preflight.is_some() && self.app.view() != panels::PREFLIGHT;
        if (can_wait && self.is_moving()) || self.checked.as_ref() == Some(&self.standing()) {
            return false;
        }
        self.check();
        true
    }

    /// What preflight is run again for when it changes: how sessions, tunnels and links stand, what lasts of faults, and
    /// whether the lab is settled.
    fn standing(&self) -> Vec<Health> {
        let snapshot = &self.feed.snapshot;
        let is_settled = self.feed.now() >= self.player.session().settled_at();
        let settled = if is_settled { Health::Good } else { Health::Working };
        let sessions = snapshot.sessions.iter().map(|it| it.health);
        let tunnels = snapshot.tunnels.iter().map(|it| it.health);
        let links = snapshot.topology.links.iter().map(|it| it.health);
        let faults = self.feed.injected.iter().map(|_| Health::Failed);
        let all = sessions.chain(tunnels).chain(links).chain(faults);
        core::iter::once(settled).chain(all).collect()
    }

    fn check(&mut self) {
        self.checked = Some(self.standing());
        self.feed.preflight = Some(View::of(self.player.session()).preflight());
    }

    /// Whether the picture changes without input.
    #[must_use]
    pub fn is_moving(&self) -> bool {
        self.player.is_moving()
    }

    /// Runs straight to an instant of the lab.
    pub fn run_to(&mut self, until: SimTime) {
        let (feed, seen) = (&mut self.feed, &mut self.seen);
        // Its own for the while, because the feed takes the news meanwhile.
        let mut history = core::mem::take(&mut feed.history);
        self.player
            .run_to(until, &mut history, |session| take_news(feed, seen, session));
        feed.history = history;
        self.refresh();
    }

    /// Selects a thing by its name; false where there is none.
    pub fn select(&mut self, name: &str) -> bool {
        let Some(found) = View::of(self.player.session()).find(name) else {
            return false;
        };
        self.app.select(Selection::Resource(found));
        self.inspect();
        true
    }

    /// Draws everything.
    pub fn draw(&mut self, frame: &mut Frame<'_>) {
        self.app.draw(frame, &self.feed);
    }

    /// Draws everything into a buffer of its own.
    #[must_use]
    pub fn picture(&mut self, width: u16, height: u16) -> Buffer {
        let area = Rect::new(0, 0, width, height);
        let mut buf = Buffer::empty(area);
        self.app.draw_into(area, &mut buf, &self.feed);
        buf
    }

    /// Brings what is shown up to date with the lab.
    fn refresh(&mut self) {
        take_news(&mut self.feed, &mut self.seen, self.player.session());
        self.feed.injected = self.player.injected();
        self.feed.branches = self.player.branches();
        let session = self.player.session();
        self.feed.deeds = session.journal().iter().map(|deed| deed.at).collect();
        self.app.set_transport(self.player.transport().clone());
        self.shown = None;
        self.inspect();
    }

    /// Brings what is selected, and what only one view shows, up to date.
    fn inspect(&mut self) {
        let selected = self.app.selected();
        let view = View::of(self.player.session());
        if self.app.view() == panels::DNS {
            self.feed.names = Names {
                rows: view.name_rows(),
                answers: view.name_answers(ANSWERS),
            };
        }
        if self.shown == Some(selected) {
            return;
        }
        self.shown = Some(selected);
        self.feed.inspection = None;
        self.feed.chain.clear();
        self.feed.led_to = Consequences::default();
        let mut routes_of = None;
        let about = match selected {
            Selection::Resource(thing) => {
                self.feed.inspection = Some(view.inspect(thing));
                routes_of = view.routing(thing);
                Some(thing)
            }
            Selection::Record(record) => {
                self.feed.chain = view.causes(record);
                self.feed.led_to = view.consequences(record);
                self.feed.chain.last().map(|row| row.about)
            }
            Selection::Check(place) => self.feed.checks().get(place).and_then(|check| check.about),
        };
        let about = about.filter(|about| *about != ResourceRef::Lab);
        self.feed.parts = about.map_or_else(Vec::new, |about| view.parts_of(about));
        let topology = &self.feed.snapshot.topology;
        self.feed.neighbours = about.map_or_else(Vec::new, |about| topology.neighbours(about));
        // A source server fails as its host does; of everything else only what is done to it itself is meant.
        let is_meant = |choice: &&Choice| match about {
            Some(ResourceRef::SourceServer(_)) => choice.things.iter().any(|it| self.feed.parts.contains(it)),
            Some(about) => choice.things.contains(&about),
            None => false,
        };
        self.feed.choices = self.choices.iter().filter(is_meant).cloned().collect();
        if self.feed.routing_owners.is_empty() {
            self.feed.routing_owners = view.routing_owners();
        }
        let before = self.feed.routing.as_ref().map(|routing| routing.id);
        let before = || before.and_then(|thing| view.routing(thing));
        self.feed.routing = routes_of.or_else(before).or_else(|| view.first_routing());
    }
}

/// Answers of name servers that are shown.
const ANSWERS: usize = 200;

fn first_feed(session: &Session) -> Feed {
    let view = View::of(session);
    Feed::new(view.snapshot())
}

fn take_news(feed: &mut Feed, seen: &mut Option<RecordId>, session: &Session) {
    let view = View::of(session);
    let news: Vec<_> = view.log_after(*seen).collect();
    if let Some(last) = news.last() {
        *seen = Some(last.id);
    }
    feed.advance(view.snapshot(), news);
}

#[cfg(test)]
mod looks;
#[cfg(test)]
mod tests;
