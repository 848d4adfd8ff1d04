//! A tree of branches, saved and opened again.
//!
//! What is saved is the journal of each branch and where its present is; opening runs every branch again. Marks along the way
//! say whether that went as it did before. Where it did not, because the program has changed since, what was done by hand is
//! done at the instants at which it was done, and the first mark that differs is told.

use crate::kernel::Parting;
use crate::scenario::{Mark, SavedBranch, SavedDeed, SavedSession};
use crate::units::SimTime;
use crate::world::BuildError;
use crate::world::blueprint::Blueprint;

use super::branch::Branches;
use super::injection::{InjectError, Injected, is_by_hand};
use super::session::{Progress, Session};
use super::timeline::{Checkpoints, Place};
use super::{Act, Deed, Keep};

/// Where a branch that was run again is not as it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Departure {
    /// The branch.
    pub branch: String,
    /// The last instant at which it was known to be as before.
    pub same_until: SimTime,
    /// How many records were as before.
    pub n_same: u64,
    /// The first instant at which it is known to differ.
    pub differs_at: SimTime,
    /// Among which records the first is that is not as it was; none where none shows that is another.
    pub record: Option<Parting>,
    /// Whether the file says what the trace was like at each record.
    pub has_trail: bool,
    /// How many records the branch had, as far as the file says.
    pub n_before: u64,
    /// What could not be done again, in a sentence.
    pub lost: Vec<String>,
}

/// A session that was opened again.
#[derive(Debug, Clone)]
pub struct Reopened {
    /// The branches.
    pub branches: Branches,
    /// Where they are not as they were; none where all is as before.
    pub departures: Vec<Departure>,
}

impl Branches {
    /// What is to be saved.
    #[must_use]
    pub fn saved(&self) -> SavedSession {
        let branches = self.sessions().into_iter().map(|(row, session)| SavedBranch {
            name: row.name,
            from: row.from,
            began_at: row.began_at,
            now: session.now(),
            n_steps: session.n_steps(),
            n_done: session.n_done(),
            journal: session.journal().iter().map(saved_deed).collect(),
            marks: session.marks(),
            trail: Some(session.world().trace().trail().clone()),
        });
        SavedSession {
            lab: self.session().blueprint().source.clone(),
            seed: self.session().seed(),
            current: self.current().to_owned(),
            branches: branches.collect(),
            moved: self.moved().clone(),
        }
    }

    /// Opens a saved session: runs each of its branches again to its present.
    ///
    /// # Errors
    /// Where a change of the lab's overlay does not fit it.
    pub fn reopen(
        blueprint: Blueprint,
        saved: &SavedSession,
        keep: Keep,
        checkpoints: Checkpoints,
    ) -> Result<Reopened, BuildError> {
        let mut fresh = Session::open(blueprint, Some(saved.seed), keep)?;
        fresh.keep_checkpoints(checkpoints);
        let mut departures = Vec::new();
        let mut all: Vec<(&SavedBranch, Session)> = Vec::new();
        for branch in &saved.branches {
            // What it has in common with one that was run already is not run again.
            let begins = all
                .iter()
                .map(|(other, session)| (forks_at(other, branch), session));
            let begins = begins.max_by_key(|(place, _)| *place);
            let mut replay = match begins {
                Some((place, session)) => Replay::begin(session, place, branch),
                None => Replay::begin(&fresh, present_of(branch), branch),
            };
            replay.run();
            if replay.departure.is_some() {
                // From another past nobody begins.
                all.insert(0, (branch, replay.session));
            } else {
                all.push((branch, replay.session));
            }
            departures.extend(replay.departure);
        }
        let sessions = all.into_iter().map(|(branch, session)| {
            let (name, from) = (branch.name.clone(), branch.from.clone());
            (name, from, branch.began_at, session)
        });
        let mut branches = Self::of(sessions, &saved.current, fresh);
        branches.set_moved(saved.moved.clone());
        Ok(Reopened { branches, departures })
    }
}

fn saved_deed(deed: &Deed) -> SavedDeed {
    SavedDeed {
        at: deed.at,
        after: deed.after,
        act: deed.act.clone(),
    }
}

/// The last place up to which two branches are the same.
fn forks_at(one: &SavedBranch, other: &SavedBranch) -> Place {
    let both = one.journal.iter().zip(&other.journal);
    let n_common = both.take_while(|(one, other)| one == other).count();
    let parts = |branch: &SavedBranch| {
        let next = branch
            .journal
            .get(n_common)
            .map(|deed| place_before(deed, n_common));
        next.unwrap_or(present_of(branch))
    };
    parts(one).min(parts(other))
}

const fn place_before(deed: &SavedDeed, n_done: usize) -> Place {
    Place {
        n_steps: deed.after,
        at: deed.at,
        n_done,
    }
}

const fn present_of(branch: &SavedBranch) -> Place {
    Place {
        n_steps: branch.n_steps,
        at: branch.now,
        n_done: branch.n_done,
    }
}

impl Session {
    /// What the trace was like at each checkpoint, and is now.
    fn marks(&self) -> Vec<Mark> {
        let mark = |place: Place, n_records: u64, hash: String| Mark {
            at: place.at,
            n_steps: place.n_steps,
            n_done: place.n_done,
            n_records,
            hash,
        };
        let here = self.place();
        let before = self.timeline.checkpoints().filter(|(place, _)| *place < here);
        let mut all: Vec<Mark> = before
            .map(|(place, world)| {
                let n_records = world.trace().n_written();
                mark(place, n_records, world.trace_hash().to_string())
            })
            .collect();
        all.push(mark(here, self.n_records(), self.trace_hash().to_string()));
        all
    }

    /// Lets time go on to a place, or to its instant where that cannot be reached.
    fn go_to(&mut self, place: Place) {
        while self.place() < place {
            let before = (self.place(), self.n_done());
            let left = place.n_steps.saturating_sub(self.n_steps());
            self.advance(place.at, left);
            if self.n_steps() == place.n_steps && self.now() < place.at && self.world.rests_until(place.at) {
                self.wait_until(place.at);
            }
            if (self.place(), self.n_done()) == before {
                return;
            }
        }
    }
}

/// A branch that is run again.
struct Replay<'b> {
    branch: &'b SavedBranch,
    session: Session,
    /// How many entries of the journal have been seen to.
    n_seen: usize,
    /// The last place that was as before.
    same: (SimTime, u64),
    departure: Option<Departure>,
}

impl<'b> Replay<'b> {
    /// Begins at the last checkpoint of another session before `limit`, up to which it is the same.
    fn begin(other: &Session, limit: Place, branch: &'b SavedBranch) -> Self {
        let mut session = other.clone();
        session.begin_from_last(|place| place <= limit);
        session.strike_after_present();
        let same = (session.now(), session.n_records());
        Self {
            branch,
            n_seen: session.n_done(),
            session,
            same,
            departure: None,
        }
    }

    fn run(&mut self) {
        let branch = self.branch;
        let begins = self.session.place();
        let mut marks = branch.marks.iter().peekable();
        for (n_before, deed) in branch.journal.iter().enumerate().skip(self.n_seen) {
            let place = place_before(deed, n_before);
            while let Some(mark) = marks.next_if(|mark| place_of(mark) <= place) {
                if place_of(mark) >= begins {
                    self.check(mark);
                }
            }
            self.go_to(place);
            let is_there = self.session.n_steps() == deed.after && self.session.now() == deed.at;
            if !is_there && is_by_hand(&deed.act) {
                self.differs(deed.at);
            }
            self.redo(deed);
        }
        for mark in marks.filter(|mark| place_of(mark) >= begins) {
            self.check(mark);
        }
        let present = present_of(branch);
        if self.departure.is_some() {
            self.session.seek(branch.now);
            return;
        }
        // Things that were done by hand may lie ahead of the present.
        self.session.begin_from_last(|place| place <= present);
        self.session.go_to(present);
        if self.session.place() != present {
            self.differs(branch.now);
        }
    }

    fn go_to(&mut self, place: Place) {
        if self.departure.is_some() {
            // Steps are not to be counted on any more, instants are.
            while self.session.advance(place.at, u64::MAX) == Progress::OutOfBudget {}
        } else {
            self.session.go_to(place);
        }
    }

    fn redo(&mut self, deed: &SavedDeed) {
        let n_done = self.session.n_done();
        let done = match &deed.act {
            Act::Change(lever) => self.session.apply_again(lever.clone()).map_err(InjectError::from),
            Act::Inject(order) => self.session.inject(order.clone()),
            Act::Heal { order, since, .. } if is_by_hand(&deed.act) => self.session.heal(&Injected {
                order: order.clone(),
                since: *since,
            }),
            // It comes by itself.
            Act::Heal { .. } => {
                if self.session.now() == deed.at {
                    self.session.heal_due();
                }
                return;
            }
        };
        if let Err(error) = done {
            self.differs(deed.at);
            if let Some(departure) = &mut self.departure {
                departure.lost.push(error.to_string());
            }
        } else if self.session.n_done() == n_done {
            self.differs(deed.at);
        }
    }

    fn check(&mut self, mark: &Mark) {
        if self.departure.is_some() {
            return;
        }
        self.session.go_to(place_of(mark));
        let is_same = self.session.place() == place_of(mark)
            && self.session.n_records() == mark.n_records
            && self.session.trace_hash().to_string() == mark.hash;
        if is_same {
            self.same = (mark.at, mark.n_records);
        } else {
            self.differs(mark.at);
        }
    }

    fn differs(&mut self, at: SimTime) {
        let (same_until, n_same) = self.same;
        let (before, now) = (self.branch.trail.as_ref(), self.session.world().trace().trail());
        let mut marks = self.branch.marks.iter();
        let n_before = marks.find(|mark| mark.at >= at).map_or(0, |mark| mark.n_records);
        // A mark that tells of more records than the trail has is not as it was written.
        let is_known = before.is_none_or(|before| n_before <= before.reaches());
        let until = if is_known {
            self.session.n_records().max(n_before)
        } else {
            self.session.n_records()
        };
        let record = before.and_then(|before| before.parts_from(now, until));
        self.departure.get_or_insert_with(|| Departure {
            branch: self.branch.name.clone(),
            same_until,
            n_same,
            differs_at: at,
            record,
            has_trail: before.is_some(),
            n_before: self.branch.marks.last().map_or(0, |mark| mark.n_records),
            lost: Vec::new(),
        });
    }
}

const fn place_of(mark: &Mark) -> Place {
    Place {
        n_steps: mark.n_steps,
        at: mark.at,
        n_done: mark.n_done,
    }
}
