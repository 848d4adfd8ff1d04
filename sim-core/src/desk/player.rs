//! A session that plays: how far wall time moves the lab, what it runs until, stepping, restart.
//!
//! Knows no clock: it is told how much wall time has gone by. On its way it stops at every instant at
//! which a [`History`] is due, so that curves do not depend on how fast a lab is played.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use crate::kernel::RecordId;
use crate::lab::{BranchError, Branches, Checkpoints, Lever, Progress, Session, Until, UntilError};
use crate::scenario::Moved;
use crate::units::{SimTime, Span};
use crate::view::{Comparison, View};

use crate::desk::feed::{Branch, Compared, Feed};
use crate::desk::history::History;
use crate::desk::injection::{self, Choice, Injected, Order};
use crate::desk::marks::Marks;
use crate::desk::stepping::{self, Stop};
use crate::desk::transport::{Motion, Speed, Transport};

/// Events between two looks at the screen: well under a picture's time on any machine.
pub const EVENTS_PER_PICTURE: u64 = 20_000;

/// Events after which a search for something notable gives the screen a turn.
const EVENTS_PER_SEARCH: u64 = 2_000_000;

/// What reading the numbers for the curves costs beside what it costs for each server, in events.
const READING: u64 = 20;

/// What stops a lab on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Aim {
    /// Only the instant.
    Instant,
    /// The first event after which this holds.
    Until(Until),
    /// The first such record.
    Record(Stop),
}

/// What came of asking to run until something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RunUntil {
    /// It runs.
    Runs,
    /// It was in the past, and time was turned back.
    WentBack,
    /// It is so already.
    IsSo,
    /// The lab is at that instant already.
    IsThere(SimTime),
    /// It lies after the lab's end at this instant, and the lab runs to there.
    ToEnd(SimTime),
    /// It lies after the lab's end at this instant, and the lab is there.
    IsAtEnd(SimTime),
}

/// What is kept of a branch that is not played.
#[derive(Debug, Clone, Default)]
struct Aside {
    history: History,
    marks: Arc<Marks>,
}

/// The name of the branch that a lab begins with.
pub const FIRST_BRANCH: &str = "main";

/// A session that plays, with its branches.
#[derive(Debug)]
pub struct Player {
    branches: Branches,
    /// Of every branch that is not played.
    aside: BTreeMap<String, Aside>,
    transport: Transport,
    until: Option<Until>,
    /// Whether it runs there as fast as it can, whatever the speed.
    hurries: bool,
    /// What was not so until the lab's end, as a person wrote it, until that is told.
    unmet: Option<String>,
}

impl Player {
    /// A session at its beginning, standing still.
    #[must_use]
    pub fn new(mut session: Session) -> Self {
        session.keep_checkpoints(Checkpoints::default());
        Self {
            ..Self::with(Branches::new(session, FIRST_BRANCH))
        }
    }
    /// A tree of branches that was saved, standing still.
    #[must_use]
    pub fn with(branches: Branches) -> Self {
        let others = branches.sessions().into_iter();
        let others = others.filter(|(row, _)| row.name != branches.current());
        let aside = others.map(|(row, session)| {
            let marks = Arc::new(Marks::of(session));
            let history = History::default();
            (row.name, Aside { history, marks })
        });
        Self {
            aside: aside.collect(),
            branches,
            transport: Transport::default(),
            until: None,
            hurries: false,
            unmet: None,
        }
    }
    /// All branches.
    #[must_use]
    pub const fn tree(&self) -> &Branches {
        &self.branches
    }
    /// Something was moved by hand on the map.
    pub fn set_moved(&mut self, moved: Moved) {
        self.branches.set_moved(moved);
    }
    /// The session.
    #[must_use]
    pub const fn session(&self) -> &Session {
        self.branches.session()
    }
    /// The clock's controls.
    #[must_use]
    pub const fn transport(&self) -> &Transport {
        &self.transport
    }
    /// Whether the lab moves with wall time.
    #[must_use]
    pub fn is_moving(&self) -> bool {
        self.transport.motion == Motion::Playing
    }

    /// When the lab ends.
    fn end(&self) -> SimTime {
        self.session().ends_at()
    }
    /// What the lab ran until and was not so until its end, as a person wrote it; once.
    pub fn take_unmet(&mut self) -> Option<String> {
        self.unmet.take()
    }

    /// Lets the lab run, or stops it.
    pub fn play_pause(&mut self) {
        self.transport.motion = match self.transport.motion {
            Motion::Playing => Motion::Paused,
            Motion::Paused => Motion::Playing,
            Motion::Ended => Motion::Ended,
        };
        self.settle();
    }
    /// Runs faster.
    pub fn faster(&mut self) {
        self.transport.speed = self.transport.speed.faster();
    }
    /// Runs slower.
    pub fn slower(&mut self) {
        self.transport.speed = self.transport.speed.slower();
    }
    /// Handles one event, if one is due before the end; false where none is.
    pub fn step_event(&mut self, history: &mut History) -> bool {
        self.transport.motion = Motion::Paused;
        let due_at = self.session().next_event_at().filter(|at| *at <= self.end());
        if let Some(at) = due_at {
            while history.due_at() < at {
                self.branches
                    .session_mut()
                    .advance(history.due_at(), EVENTS_PER_PICTURE);
                self.read(history);
            }
        }
        let stepped = due_at.is_some() && self.branches.session_mut().step();
        self.settle();
        stepped
    }
    /// Runs to the next such record; gives it where there is one before the end. Where there is none it stays where it is, and
    /// where none was found yet, where it was looked for.
    pub fn step(&mut self, stop: Stop, history: &mut History) -> Option<RecordId> {
        self.transport.motion = Motion::Paused;
        let before = self.session().clone();
        let found = self.go(&Aim::Record(stop), self.end(), EVENTS_PER_SEARCH, history);
        if found.is_none() && self.session().now() >= self.end() {
            *self.branches.session_mut() = before;
            history.turn_to(self.session().now());
        }
        self.settle();
        found
    }
    /// Begins again with the same seed.
    pub fn restart(&mut self) {
        // What could be opened once can be opened again; were it not so, the lab simply goes on.
        if let Ok(session) = self.session().restarted() {
            let moved = self.branches.moved().clone();
            *self = Self {
                transport: self.transport.clone(),
                ..Self::new(session)
            };
            self.set_moved(moved);
            self.stop();
        }
    }
    /// Goes back to the last such record before now; gives it, or goes to the beginning where there is none.
    pub fn step_back(&mut self, stop: &Stop, history: &mut History) -> Option<RecordId> {
        let found = stepping::back(self.branches.session_mut(), stop);
        self.turned(history);
        found
    }
    /// Goes to an instant where the lab was before; from there it runs to `at` as fast as it can, where that is further.
    pub fn seek(&mut self, at: SimTime, marks: &Marks, history: &mut History) {
        let (at, known) = (at.min(self.end()), marks.known_until());
        self.branches.session_mut().seek(at.min(known));
        self.turned(history);
        if at > known {
            self.until = Some(Until::Instant(at));
            self.transport.until = Some(crate::desk::format::clock(at));
            self.transport.motion = Motion::Playing;
            self.hurries = true;
        }
    }
    /// Goes back to before what was done by hand last, as if it had never been done. False where nothing was.
    pub fn undo(&mut self, history: &mut History) -> bool {
        let undone = self.branches.session_mut().undo().is_some();
        self.turned(history);
        undone
    }
    fn turned(&mut self, history: &mut History) {
        self.stop();
        history.turn_to(self.session().now());
        self.settle();
    }
    fn stop(&mut self) {
        self.until = None;
        self.hurries = false;
        self.transport.until = None;
        self.transport.motion = Motion::Paused;
    }
    /// Takes a branch under a name at the present and goes on with it; what is played so far stays as it is.
    ///
    /// # Errors
    /// Where there is one of that name.
    pub fn branch(&mut self, name: &str, feed: &Feed) -> Result<(), BranchError> {
        self.branches.branch(name)?;
        self.aside.insert(name.to_owned(), self.put_aside(feed));
        Ok(())
    }
    /// Calls a branch by another name.
    ///
    /// # Errors
    /// Where there is none of that name, or the other one cannot be given.
    pub fn rename(&mut self, name: &str, to: &str) -> Result<(), BranchError> {
        self.branches.rename(name, to)?;
        if let Some(aside) = self.aside.remove(name) {
            self.aside.insert(to.to_owned(), aside);
        }
        Ok(())
    }
    /// Forgets a branch.
    ///
    /// # Errors
    /// Where there is none of that name, or it is the one that is played.
    pub fn delete(&mut self, name: &str) -> Result<(), BranchError> {
        self.branches.delete(name)?;
        self.aside.remove(name);
        Ok(())
    }
    fn put_aside(&self, feed: &Feed) -> Aside {
        Aside {
            history: feed.history.clone(),
            marks: Arc::new(feed.marks.clone()),
        }
    }
    /// Goes on with another branch; the feed gets what is known of it.
    ///
    /// # Errors
    /// Where there is none of that name.
    pub fn switch(&mut self, name: &str, feed: &mut Feed) -> Result<(), BranchError> {
        let before = self.branches.current().to_owned();
        self.branches.switch(name)?;
        if before == name {
            return Ok(());
        }
        let aside = self.put_aside(feed);
        self.aside.insert(before, aside);
        let next = self.aside.remove(name).unwrap_or_default();
        (feed.history, feed.marks) = (next.history, Arc::unwrap_or_clone(next.marks));
        self.turned(&mut feed.history);
        Ok(())
    }
    /// The name of the branch that is played.
    #[must_use]
    pub fn current_branch(&self) -> &str {
        self.branches.current()
    }
    /// Every branch, each before those that were taken from it.
    #[must_use]
    pub fn branches(&self) -> Vec<Branch> {
        let mut rows: Vec<Branch> = (self.branches.sessions().into_iter())
            .map(|(row, session)| Branch {
                breakages: session.breakages_by_hand(),
                is_current: row.name == self.branches.current(),
                marks: self
                    .aside
                    .get(&row.name)
                    .map(|it| it.marks.clone())
                    .unwrap_or_default(),
                name: row.name,
                from: row.from,
                began_at: row.began_at,
                now: row.now,
                n_done: row.n_done,
            })
            .collect();
        let mut ordered: Vec<Branch> = Vec::new();
        while !rows.is_empty() {
            // After the last that belongs to the one it was taken from.
            let is_next = |row: &Branch| {
                row.from
                    .as_ref()
                    .is_none_or(|from| ordered.iter().any(|it| it.name == *from))
            };
            let next = rows.iter().position(is_next).unwrap_or(0);
            ordered.push(rows.remove(next));
        }
        ordered
    }
    /// Compares two branches at the earlier of their presents.
    ///
    /// # Errors
    /// Where there is none of a name.
    pub fn compare(&self, left: &str, right: &str) -> Result<Compared, BranchError> {
        let compared = self.branches.compare(left, right)?;
        Ok(Self::compared((left, right), &compared))
    }
    /// The same, each at its own present.
    ///
    /// # Errors
    /// Where there is none of a name.
    pub fn compare_ends(&self, left: &str, right: &str) -> Result<Compared, BranchError> {
        let compared = self.branches.compare_ends(left, right)?;
        Ok(Self::compared((left, right), &compared))
    }
    fn compared((left, right): (&str, &str), compared: &crate::lab::Compared) -> Compared {
        Compared {
            left: left.to_owned(),
            right: right.to_owned(),
            rows: Comparison::of(compared),
        }
    }
    /// The faults that were injected and last, the latest first.
    #[must_use]
    pub fn injected(&self) -> Vec<Injected> {
        injection::active(self.session())
    }
    /// Injects a fault now. Gives the record of what it did.
    ///
    /// # Errors
    /// In a sentence, where it cannot be done.
    pub fn inject(&mut self, order: &Order) -> Result<RecordId, String> {
        injection::inject(self.branches.session_mut(), order)
    }
    /// Makes a change now. Gives the record of it.
    ///
    /// # Errors
    /// In a sentence, where it does not fit the lab.
    pub fn change(&mut self, lever: Lever) -> Result<RecordId, String> {
        let session = self.branches.session_mut();
        session.apply(lever).map_err(|error| error.to_string())
    }
    /// Heals a fault now that was injected at that instant. Gives the record of what that did.
    ///
    /// # Errors
    /// In a sentence, where it cannot be done.
    pub fn heal(&mut self, choice: &Choice, at: SimTime) -> Result<RecordId, String> {
        injection::heal(self.branches.session_mut(), choice, at)
    }
    /// Runs straight to an instant; after each stretch `look` may take the news, before older
    /// records are forgotten.
    pub fn run_to(&mut self, until: SimTime, history: &mut History, mut look: impl FnMut(&Session)) {
        while self.session().now() < until || self.session().next_event_at().is_some_and(|at| at <= until) {
            self.go(&Aim::Instant, until, EVENTS_PER_PICTURE, history);
            look(self.session());
        }
        self.settle();
    }

    /// Lets the lab go on to `limit` or to what is aimed at, for about as many events as `budget`,
    /// and reads the numbers wherever they are due. Gives the notable record that it came to.
    fn go(&mut self, aim: &Aim, limit: SimTime, budget: u64, history: &mut History) -> Option<RecordId> {
        let mut left = budget;
        loop {
            let stop = history.due_at().min(limit);
            let before = self.session().n_events();
            match aim {
                Aim::Instant => {}
                Aim::Until(until) => {
                    self.branches.session_mut().run_to(until, stop, left);
                    if self.session().is_at(until) {
                        return None;
                    }
                }
                Aim::Record(kind) => {
                    let found = stepping::on(self.branches.session_mut(), kind, stop, left);
                    if found.is_some() {
                        return found;
                    }
                }
            }
            left = left.saturating_sub(self.session().n_events() - before);
            let before = self.session().n_events();
            // What was aimed at does not come before `stop`, so time itself goes there.
            if self.branches.session_mut().advance(stop, left) == Progress::OutOfBudget {
                return None;
            }
            left = left.saturating_sub(self.session().n_events() - before);
            if stop == history.due_at() {
                left = left.saturating_sub(self.read(history));
            }
            if stop >= limit || left == 0 {
                return None;
            }
        }
    }

    /// Reads the numbers that are due; says what that cost, in events.
    fn read(&self, history: &mut History) -> u64 {
        let view = View::of(self.session());
        history.note_of(&view);
        READING + view.servers().len() as u64
    }

    /// Runs until what a person wrote: `2h30m`, `+15m`, `server app-1 READY_FOR_TEST`; or goes back where
    /// that is a past instant.
    ///
    /// # Errors
    /// Where it is not understood.
    pub fn run_until(&mut self, text: &str, history: &mut History) -> Result<RunUntil, UntilError> {
        let text = text.trim();
        let mut until = Until::parse(text, self.session())?;
        let end = self.end();
        let is_after = matches!(until, Until::Instant(at) if at > end);
        if is_after {
            if self.session().now() >= end {
                return Ok(RunUntil::IsAtEnd(end));
            }
            until = Until::Instant(end);
        }
        if let Until::Instant(at) = until
            && at < self.session().now()
        {
            self.branches.session_mut().seek(at);
            self.turned(history);
            return Ok(RunUntil::WentBack);
        }
        if self.session().is_at(&until) {
            return Ok(match until {
                Until::Instant(at) => RunUntil::IsThere(at),
                Until::When(_) => RunUntil::IsSo,
            });
        }
        // Whoever names an instant or a state wants to be there.
        self.hurries = true;
        self.until = Some(until);
        let said = text.strip_prefix("until ").unwrap_or(text).trim_start();
        self.transport.motion = Motion::Playing;
        if is_after {
            self.transport.until = Some(crate::desk::format::clock(end));
            return Ok(RunUntil::ToEnd(end));
        }
        self.transport.until = Some(said.to_owned());
        Ok(RunUntil::Runs)
    }

    /// So much wall time has gone by: the lab goes on, for about `budget` events and as many again as long as `more` says that
    /// there is time for them.
    pub fn elapse(
        &mut self,
        wall: Duration,
        budget: u64,
        more: &mut dyn FnMut() -> bool,
        history: &mut History,
    ) {
        if !self.is_moving() {
            return;
        }
        let limit = match self.transport.speed {
            _ if self.hurries => SimTime::END,
            Speed::Unlimited => SimTime::END,
            Speed::Times(times) => {
                let nanos = wall.as_nanos().saturating_mul(u128::from(times));
                self.session().now() + Span::nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
            }
        }
        .min(self.end());
        let (aim, limit) = match &self.until {
            None => (Aim::Instant, limit),
            Some(Until::Instant(at)) => (Aim::Instant, limit.min(*at)),
            Some(until @ Until::When(_)) => (Aim::Until(until.clone()), limit),
        };
        loop {
            self.go(&aim, limit, budget, history);
            let is_there = self
                .until
                .as_ref()
                .is_some_and(|until| self.session().is_at(until));
            let is_done =
                self.session().now() >= limit && self.session().next_event_at().is_none_or(|at| at > limit);
            if is_there || is_done || !more() {
                break;
            }
        }
        if self
            .until
            .as_ref()
            .is_some_and(|until| self.session().is_at(until))
        {
            self.stop();
        }
        self.settle();
    }

    /// Says that the end has come, where it has.
    fn settle(&mut self) {
        if self.session().now() >= self.end() {
            if let Some(until @ Until::When(_)) = &self.until
                && !self.session().is_at(until)
            {
                self.unmet = self.transport.until.take();
            }
            self.stop();
            self.transport.motion = Motion::Ended;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desk::labs;

    /// A lab at its beginning, and its history with what is so there.
    fn opened() -> (Player, History) {
        let session = labs::open("region-to-region").expect("a shipped lab");
        let mut history = History::default();
        history.note_of(&View::of(&session));
        (Player::new(session), history)
    }

    /// The history after so many hours of the lab, played at the first speed for which `wanted`.
    fn played(hours: u64, frame: Duration, wanted: impl Fn(Speed) -> bool) -> History {
        let (mut player, mut history) = opened();
        while !wanted(player.transport.speed) {
            player.faster();
        }
        player
            .run_until(&format!("{hours}h"), &mut history)
            .expect("an instant");
        // Played, not sought.
        player.hurries = false;
        while player.is_moving() {
            player.elapse(frame, EVENTS_PER_PICTURE, &mut || false, &mut history);
        }
        history
    }

    #[test]
    fn curves_do_not_depend_on_how_a_lab_is_played() {
        let frame = Duration::from_millis(33);
        let slow = played(3, frame, |speed| speed >= Speed::DEFAULT);
        assert!(slow.rate.values().iter().any(|rate| *rate > 0));
        assert_eq!(played(3, frame, |speed| speed == Speed::Unlimited), slow);
        let fast = played(3, Duration::from_millis(7), |speed| {
            speed == Speed::Times(1_000_000)
        });
        assert_eq!(fast, slow);

        let (mut stepped, mut history) = opened();
        let end = SimTime::at(Span::hours(3));
        while stepped.session().next_event_at().is_some_and(|at| at <= end) {
            stepped.step_event(&mut history);
        }
        stepped.run_to(end, &mut history, |_| {});
        assert_eq!(history, slow);

        let (mut sought, mut history) = opened();
        while sought.session().now() < SimTime::at(Span::hours(2)) {
            sought.step(Stop::Notable, &mut history);
        }
        sought.run_to(end, &mut history, |_| {});
        assert_eq!(history, slow);
    }
}
