//! What is played and what is shown of it, kept together; and what a screen has to answer to.

use core::mem;
use std::path::PathBuf;
use std::time::Duration;

use crate::kernel::RecordId;
use crate::lab::{Branches, Deed, Session};
use crate::resource::ResourceRef;
use crate::scenario::Moved;
use crate::units::SimTime;
use crate::view::{Consequences, Health, Preflight, View};

use super::commands::Pane;
use super::feed::{Feed, Names};
use super::format::clock;
use super::injection::{self, Choice, Injected};
use super::labs::LabRow;
use super::player::Player;
use super::request::{Opening, Over, Question, Writes};
use super::selection::Selection;
use super::transport::Transport;

/// Whether the program goes on.
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
        /// What that is.
        what: Writes,
        /// Whether a file that is there already may go.
        over: Over,
    },
    /// Open a lab or a session.
    Open(PathBuf),
    /// Go on with what is left of a session.
    GoOn(PathBuf),
    /// Throw away what is left of a session.
    Forget(PathBuf),
}

/// What a desk asks of the screen in front of it.
pub trait Screen {
    /// What is looked at.
    fn selected(&self) -> Selection;
    /// Looks at something else.
    fn select(&mut self, selection: Selection);
    /// Whether a pane is to be seen: what only one of them shows is read where it is.
    fn shows(&self, pane: Pane) -> bool;
    /// Shows a pane.
    fn show(&mut self, pane: Pane);
    /// Says something in a line, until the next input.
    fn say(&mut self, message: String);
    /// What was asked for was not understood, or cannot be done.
    fn complain(&mut self, complaint: String);
    /// What was asked for was understood: the question goes.
    fn understood(&mut self);
    /// Asks a person.
    fn ask(&mut self, question: Question);
    /// Lists faults to heal and to inject.
    fn list_faults(&mut self, active: Vec<Injected>, choices: Vec<Choice>);
    /// Lists labs to open.
    fn list_labs(&mut self, labs: Vec<LabRow>);
    /// What is left of a session was thrown away.
    fn forgotten(&mut self);
}

/// What is played, and what is shown of it.
#[derive(Debug)]
pub struct Desk {
    pub(super) player: Player,
    pub(super) feed: Feed,
    /// The last record that the feed has.
    pub(super) seen: Option<RecordId>,
    /// What the feed's inspection and causes are about.
    shown: Option<Selection>,
    /// Everything that can be injected into this lab.
    pub(super) choices: Vec<Choice>,
    /// How sessions and tunnels stood, and what had been done, when preflight was run last.
    pub(super) checked: Option<Vec<Health>>,
    /// Where the timeline was asked to go since the last picture.
    pub(super) sought: Option<SimTime>,
    /// What is to go onto the clipboard.
    pub(super) copied: Option<String>,
    pub(super) errands: Vec<Errand>,
    /// The files that were written from here: they are written again without a question.
    pub(super) written: Vec<PathBuf>,
    /// How many labs and sessions were opened so far.
    pub(super) opened: u64,
    /// What was done in each branch, as it stands in a file.
    pub(super) saved: Journals,
    /// The same, on its way into one.
    pub(super) saving: Option<Journals>,
    pub(super) leaving: Leaving,
    /// What is opened in the session's place once it is said what becomes of that.
    pub(super) waiting: Option<Opening>,
}

/// Preflight that is due: of the lab as it was when it came to be.
#[derive(Debug)]
pub struct DueCheck {
    session: Session,
    standing: Vec<Health>,
    opened: u64,
}

impl DueCheck {
    /// Runs it.
    #[must_use]
    pub fn run(self) -> Checked {
        Checked {
            preflight: View::of(&self.session).preflight(),
            standing: self.standing,
            opened: self.opened,
        }
    }
}

/// What preflight found.
#[derive(Debug)]
pub struct Checked {
    preflight: Preflight,
    standing: Vec<Health>,
    opened: u64,
}

/// What was done by hand in each branch.
pub(super) type Journals = Vec<(String, Vec<Deed>)>;

/// Whether the session is being left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Leaving {
    /// It is not.
    No,
    /// Once it is saved.
    OnceSaved,
    /// It makes place for what is to be opened once it is saved.
    ReplacedOnceSaved,
    /// It is.
    Now,
}

pub(super) fn journals(player: &Player) -> Journals {
    let all = player.tree().sessions().into_iter();
    all.map(|(row, session)| (row.name, session.journal().to_vec()))
        .collect()
}

impl Desk {
    /// A desk with a session on it, standing still.
    #[must_use]
    pub fn new(session: Session) -> Self {
        Self::with(Player::new(session))
    }
    /// A desk with a session on it that was saved.
    #[must_use]
    pub fn reopened(branches: Branches) -> Self {
        Self::with(Player::with(branches))
    }
    fn with(player: Player) -> Self {
        Self {
            saved: journals(&player),
            saving: None,
            leaving: Leaving::No,
            waiting: None,
            feed: first_feed(player.session()),
            choices: injection::choices(player.session().blueprint()),
            player,
            seen: None,
            shown: None,
            checked: None,
            sought: None,
            copied: None,
            errands: Vec::new(),
            written: Vec::new(),
            opened: 0,
        }
    }
    /// What there is to show.
    #[must_use]
    pub const fn feed(&self) -> &Feed {
        &self.feed
    }
    /// The session that is played.
    #[must_use]
    pub const fn session(&self) -> &Session {
        self.player.session()
    }
    /// The session with its branches, to be kept.
    #[must_use]
    pub const fn tree(&self) -> &Branches {
        self.player.tree()
    }
    /// Something was moved by hand on the map: it is saved with the session.
    pub fn set_moved(&mut self, moved: Moved) {
        self.player.set_moved(moved);
    }
    /// The clock's controls.
    #[must_use]
    pub const fn transport(&self) -> &Transport {
        self.player.transport()
    }
    /// How many things were done by hand, in all branches, that are in no file: a branch that was taken is one, and where
    /// things were only undone or renamed, that is. What a branch has from the one that it was taken from counts once.
    #[must_use]
    pub fn n_unsaved(&self) -> usize {
        let now = journals(&self.player);
        if now == self.saved {
            return 0;
        }
        let saved: Vec<&Deed> = self.saved.iter().flat_map(|(_, journal)| journal).collect();
        let mut deeds: Vec<&Deed> = Vec::new();
        for deed in now.iter().flat_map(|(_, journal)| journal) {
            if !saved.contains(&deed) && !deeds.contains(&deed) {
                deeds.push(deed);
            }
        }
        let is_new = |name: &str| self.saved.iter().all(|(saved, _)| saved != name);
        // The first one comes with the lab.
        let n_branches = now.iter().skip(1).filter(|(name, _)| is_new(name)).count();
        (deeds.len() + n_branches).max(1)
    }
    /// The session is in no file, whatever it was opened from.
    pub fn forget_file(&mut self) {
        self.saved.clear();
        self.feed.n_unsaved = self.n_unsaved();
    }
    /// Whether the session was to be left once it is saved, and is.
    #[must_use]
    pub fn is_left(&self) -> bool {
        self.leaving == Leaving::Now
    }
    /// Everything that can be injected into this lab.
    #[must_use]
    pub fn choices(&self) -> &[Choice] {
        &self.choices
    }
    /// What is to be done with files, once.
    pub fn take_errands(&mut self) -> Vec<Errand> {
        mem::take(&mut self.errands)
    }
    /// What is to go onto the clipboard, once.
    pub fn take_copied(&mut self) -> Option<String> {
        self.copied.take()
    }
    /// Whether the picture changes without input.
    #[must_use]
    pub fn is_moving(&self) -> bool {
        self.player.is_moving()
    }
    /// So much wall time has gone by: the lab goes on, for about `budget` events and as many again as long as `more` says that
    /// there is time for them. What is shown follows by [`Desk::refresh`].
    pub fn elapse(&mut self, wall: Duration, budget: u64, more: &mut dyn FnMut() -> bool) {
        self.player.elapse(wall, budget, more, &mut self.feed.history);
    }

    /// What the lab ran until and was not so until its end, in a sentence; once.
    pub fn take_unmet(&mut self) -> Option<String> {
        let unmet = self.player.take_unmet()?;
        let end = clock(self.player.session().now());
        Some(format!("{unmet}: that was not so until the lab's end at {end}"))
    }

    /// Does what need not be done before a picture is shown, or was made necessary by what happened since: false where nothing
    /// was left.
    pub fn catch_up(&mut self, screen: &dyn Screen) -> bool {
        let due = self.due_check(screen).map(DueCheck::run);
        due.is_some_and(|checked| self.take_checked(checked))
    }

    /// What [`Desk::catch_up`] would do, to be done elsewhere: preflight of a large lab takes longer than a frame.
    #[must_use]
    pub fn due_check(&self, screen: &dyn Screen) -> Option<DueCheck> {
        // While the lab runs only who looks at it needs it at every change.
        let can_wait = self.feed.preflight.is_some() && !screen.shows(Pane::Preflight);
        let standing = self.standing();
        // Routes move without that anything else changes: once the lab stands still, what is looked at is of this instant.
        let is_of_now = self
            .feed
            .preflight
            .as_ref()
            .is_some_and(|it| it.at == self.feed.now());
        let is_current = is_of_now || self.is_moving() || !screen.shows(Pane::Preflight);
        let is_same = is_current && self.checked.as_ref() == Some(&standing);
        let is_done = (can_wait && self.is_moving()) || is_same;
        (!is_done).then(|| DueCheck {
            session: self.player.session().clone(),
            standing,
            opened: self.opened,
        })
    }

    /// What was done elsewhere; false where it is of a lab that is not on the desk any more.
    pub fn take_checked(&mut self, checked: Checked) -> bool {
        if checked.opened != self.opened {
            return false;
        }
        self.checked = Some(checked.standing);
        self.feed.preflight = Some(checked.preflight);
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

    pub(super) fn check(&mut self) {
        self.checked = Some(self.standing());
        self.feed.preflight = Some(View::of(self.player.session()).preflight());
    }

    /// Runs straight to an instant of the lab.
    pub fn run_to(&mut self, until: SimTime, screen: &dyn Screen) {
        let (feed, seen) = (&mut self.feed, &mut self.seen);
        // Its own for the while, because the feed takes the news meanwhile.
        let mut history = core::mem::take(&mut feed.history);
        self.player
            .run_to(until, &mut history, |session| take_news(feed, seen, session));
        feed.history = history;
        self.refresh(screen);
    }

    /// Brings what is shown up to date with the lab.
    pub fn refresh(&mut self, screen: &dyn Screen) {
        take_news(&mut self.feed, &mut self.seen, self.player.session());
        self.feed.injected = self.player.injected();
        self.feed.branches = self.player.branches();
        self.feed.n_unsaved = self.n_unsaved();
        let session = self.player.session();
        self.feed.deeds = session.journal().iter().map(|deed| deed.at).collect();
        self.shown = None;
        self.inspect(screen);
    }

    /// Brings what is selected, and what only one view shows, up to date.
    pub fn inspect(&mut self, screen: &dyn Screen) {
        let selected = screen.selected();
        let view = View::of(self.player.session());
        if screen.shows(Pane::Dns) {
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
        // A line that nothing is done to by itself, as that of a virtual interface in its connection, fails by its ends.
        if self.feed.choices.is_empty() && matches!(about, Some(ResourceRef::Link(_))) {
            let parts = &self.feed.parts;
            let of_ends = self
                .choices
                .iter()
                .filter(|choice| choice.things.iter().any(|it| parts.contains(it)));
            self.feed.choices = of_ends.cloned().collect();
        }
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

pub(super) fn first_feed(session: &Session) -> Feed {
    let view = View::of(session);
    Feed {
        planned: session.blueprint().breakages.as_slice().into(),
        ..Feed::new(view.snapshot())
    }
}

fn take_news(feed: &mut Feed, seen: &mut Option<RecordId>, session: &Session) {
    let view = View::of(session);
    let news: Vec<_> = view.log_after(*seen).collect();
    if let Some(last) = news.last() {
        *seen = Some(last.id);
    }
    feed.advance(view.snapshot(), news);
}
