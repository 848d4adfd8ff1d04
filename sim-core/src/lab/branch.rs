//! A tree of branches: the same lab from the same beginning, with other things done by hand.
//!
//! A branch is a session of its own. It shares with the one it was taken from the checkpoints and the journal up to there, so
//! taking one costs what a copy of the lab costs.

use std::collections::{BTreeMap, VecDeque};

use crate::kernel::Observer;
use crate::resource::ResourceRef;
use crate::scenario::{LONGEST_NAME, Moved};
use crate::units::SimTime;
use crate::world::notice::{Happening, Record};

use super::session::{Progress, Session};
use super::timeline::{Deed, Place};

/// Branches by their names.
#[derive(Debug, Clone)]
pub struct Branches {
    all: BTreeMap<String, Branch>,
    current: String,
    session: Session,
    moved: Moved,
}

/// A branch that is not the current one keeps its session here.
#[derive(Debug, Clone)]
struct Branch {
    from: Option<String>,
    began_at: SimTime,
    session: Option<Session>,
}

/// A branch as a list shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BranchRow {
    /// Its name.
    pub name: String,
    /// The branch that it was taken from; none for the first.
    pub from: Option<String>,
    /// The instant at which it was taken.
    pub began_at: SimTime,
    /// Its present.
    pub now: SimTime,
    /// How much was done by hand, with what both have.
    pub n_done: usize,
}

/// Why something cannot be done to branches.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BranchError {
    /// There is one of that name.
    #[error("there is a branch {name:?} already")]
    Taken {
        /// The name.
        name: String,
    },
    /// There is none of that name.
    #[error("there is no branch {name:?}; there are {known}")]
    Unknown {
        /// The name.
        name: String,
        /// Those that there are.
        known: String,
    },
    /// A name of nothing but blanks.
    #[error("a branch needs a name")]
    Nameless,
    /// A name that no file could hold.
    #[error("a branch's name has at most {LONGEST_NAME} characters, none of which is a control character")]
    Unwritable,
    /// The current one is to be deleted.
    #[error("{name:?} is the current branch; switch to another one first")]
    Current {
        /// Its name.
        name: String,
    },
}

/// Two branches at one instant, the earlier of their presents, or each at its own.
#[derive(Debug, Clone)]
pub struct Compared {
    /// The first as it was then.
    pub left: Session,
    /// The other as it was then.
    pub right: Session,
    /// Where the two are.
    pub presents: (SimTime, SimTime),
    /// Where they first part; none where the same has happened.
    pub parting: Option<Parting>,
}

/// The first record in which two branches differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parting {
    /// Of the first branch; none where nothing more is recorded there.
    pub left: Option<Record>,
    /// Of the other.
    pub right: Option<Record>,
}

impl Parting {
    /// The instant from which on they differ.
    #[must_use]
    pub fn at(&self) -> Option<SimTime> {
        let both = self.left.iter().chain(&self.right);
        both.map(|record| record.at).min()
    }
}

impl Branches {
    /// The tree that has a session as its only branch.
    #[must_use]
    pub fn new(session: Session, name: impl Into<String>) -> Self {
        let current = name.into();
        let first = Branch {
            from: None,
            began_at: SimTime::START,
            session: None,
        };
        Self {
            all: BTreeMap::from([(current.clone(), first)]),
            current,
            session,
            moved: Moved::new(),
        }
    }
    /// A tree of branches that were made before; `fresh` stands in where there are none.
    pub(super) fn of(
        branches: impl Iterator<Item = (String, Option<String>, SimTime, Session)>,
        current: &str,
        fresh: Session,
    ) -> Self {
        let mut all = BTreeMap::new();
        for (name, from, began_at, session) in branches {
            let session = Some(session);
            let branch = Branch {
                from,
                began_at,
                session,
            };
            all.insert(name, branch);
        }
        let session = all.get_mut(current).and_then(|branch| branch.session.take());
        Self {
            all,
            current: current.to_owned(),
            session: session.unwrap_or(fresh),
            moved: Moved::new(),
        }
    }
    /// What was moved by hand on the map: it is kept with the session, and means nothing to the lab.
    #[must_use]
    pub const fn moved(&self) -> &Moved {
        &self.moved
    }
    /// Something was moved by hand on the map.
    pub fn set_moved(&mut self, moved: Moved) {
        self.moved = moved;
    }
    /// Every branch with its session, each after the one that it was taken from.
    #[must_use]
    pub fn sessions(&self) -> Vec<(BranchRow, &Session)> {
        let mut left = self.rows();
        let mut sorted: Vec<(BranchRow, &Session)> = Vec::new();
        while !left.is_empty() {
            let is_next = |row: &mut BranchRow| {
                let from = row.from.as_ref();
                from.is_none_or(|from| sorted.iter().any(|(it, _)| it.name == *from))
            };
            let next: Vec<BranchRow> = left.extract_if(.., is_next).collect();
            if next.is_empty() {
                break;
            }
            for row in next {
                let session = self.all.get(&row.name).and_then(|it| it.session.as_ref());
                sorted.push((row, session.unwrap_or(&self.session)));
            }
        }
        sorted
    }
    /// The name of the current branch.
    #[must_use]
    pub fn current(&self) -> &str {
        &self.current
    }
    /// The session of the current branch.
    #[must_use]
    pub const fn session(&self) -> &Session {
        &self.session
    }
    /// The session of the current branch, to go on with.
    pub const fn session_mut(&mut self) -> &mut Session {
        &mut self.session
    }
    /// Every branch, by name.
    #[must_use]
    pub fn rows(&self) -> Vec<BranchRow> {
        let row = |(name, branch): (&String, &Branch)| {
            let session = branch.session.as_ref().unwrap_or(&self.session);
            BranchRow {
                name: name.clone(),
                from: branch.from.clone(),
                began_at: branch.began_at,
                now: session.now(),
                n_done: session.n_done(),
            }
        };
        self.all.iter().map(row).collect()
    }

    /// Takes a branch of the current one at its present. The current one stays so.
    ///
    /// # Errors
    /// Where there is one of that name, or it is blank.
    pub fn branch(&mut self, name: impl Into<String>) -> Result<(), BranchError> {
        let name = self.free(name.into())?;
        let branch = Branch {
            from: Some(self.current.clone()),
            began_at: self.session.now(),
            session: Some(self.session.clone()),
        };
        self.all.insert(name, branch);
        Ok(())
    }

    /// Calls a branch by another name. Its own name is no error.
    ///
    /// # Errors
    /// Where there is none of that name, or the other one is taken or blank.
    pub fn rename(&mut self, name: &str, to: impl Into<String>) -> Result<(), BranchError> {
        let to = to.into();
        if !self.all.contains_key(name) {
            return Err(self.unknown(name));
        }
        if to == name {
            return Ok(());
        }
        let to = self.free(to)?;
        for branch in self.all.values_mut() {
            if branch.from.as_deref() == Some(name) {
                branch.from = Some(to.clone());
            }
        }
        if self.current == name {
            self.current.clone_from(&to);
        }
        if let Some(branch) = self.all.remove(name) {
            self.all.insert(to, branch);
        }
        Ok(())
    }

    /// Forgets a branch. Those that were taken from it stand where it stood: taken from the one that it was taken from.
    ///
    /// # Errors
    /// Where there is none of that name, or it is the current one.
    pub fn delete(&mut self, name: &str) -> Result<(), BranchError> {
        if self.current == name {
            let name = name.to_owned();
            return Err(BranchError::Current { name });
        }
        let Some(gone) = self.all.remove(name) else {
            return Err(self.unknown(name));
        };
        for branch in self.all.values_mut() {
            if branch.from.as_deref() == Some(name) {
                branch.from.clone_from(&gone.from);
            }
        }
        Ok(())
    }

    /// The name, where a branch may get it.
    fn free(&self, name: String) -> Result<String, BranchError> {
        if name.trim().is_empty() {
            Err(BranchError::Nameless)
        } else if name.chars().count() > LONGEST_NAME || name.chars().any(char::is_control) {
            Err(BranchError::Unwritable)
        } else if self.all.contains_key(&name) {
            Err(BranchError::Taken { name })
        } else {
            Ok(name)
        }
    }

    /// Makes another branch the current one.
    ///
    /// # Errors
    /// Where there is none of that name.
    pub fn switch(&mut self, name: &str) -> Result<(), BranchError> {
        let Some(next) = self.all.get_mut(name) else {
            return Err(self.unknown(name));
        };
        // The current branch has none to take, and stays.
        if let Some(session) = next.session.take() {
            let before = core::mem::replace(&mut self.session, session);
            let before_name = core::mem::replace(&mut self.current, name.to_owned());
            if let Some(branch) = self.all.get_mut(&before_name) {
                branch.session = Some(before);
            }
        }
        Ok(())
    }

    /// Compares two branches at the earlier of their presents. Both stay where they are.
    ///
    /// # Errors
    /// Where there is none of a name.
    pub fn compare(&self, left: &str, right: &str) -> Result<Compared, BranchError> {
        let (mut left, mut right) = (self.find(left)?.clone(), self.find(right)?.clone());
        let presents = (left.now(), right.now());
        let at = presents.0.min(presents.1);
        left.seek(at);
        right.seek(at);
        let parting = parting(&left, &right);
        Ok(Compared {
            left,
            right,
            presents,
            parting,
        })
    }

    /// Compares two branches, each at its own present; where they part is looked for up to the earlier of the two. Both stay
    /// where they are.
    ///
    /// # Errors
    /// Where there is none of a name.
    pub fn compare_ends(&self, left: &str, right: &str) -> Result<Compared, BranchError> {
        let compared = self.compare(left, right)?;
        Ok(Compared {
            left: self.find(left)?.clone(),
            right: self.find(right)?.clone(),
            ..compared
        })
    }

    fn find(&self, name: &str) -> Result<&Session, BranchError> {
        let branch = self.all.get(name).ok_or_else(|| self.unknown(name))?;
        Ok(branch.session.as_ref().unwrap_or(&self.session))
    }
    fn unknown(&self, name: &str) -> BranchError {
        let known: Vec<&str> = self.all.keys().map(String::as_str).collect();
        BranchError::Unknown {
            name: name.to_owned(),
            known: known.join(", "),
        }
    }
}

/// Records that have not been compared yet.
#[derive(Debug)]
struct News {
    /// Up to this one both sides have the same.
    common: u64,
    records: VecDeque<Record>,
}

impl Observer<ResourceRef, Happening> for News {
    fn record(&mut self, record: &Record) {
        if record.id.number() > self.common {
            self.records.push_back(record.clone());
        }
    }
}

/// Where two sessions with one lab that are at one instant part. Both are run again from their last checkpoints before other
/// things were done by hand, record by record.
fn parting(left: &Session, right: &Session) -> Option<Parting> {
    let (mine, others) = (left.done(), right.done());
    let n_common = mine
        .iter()
        .zip(others)
        .take_while(|(one, other)| one == other)
        .count();
    let next = [mine.get(n_common), others.get(n_common)];
    let place = |deed: &Deed| Place {
        n_steps: deed.after,
        at: deed.at,
        n_done: n_common,
    };
    let first = next.into_iter().flatten().map(place).min()?;
    let at = left.now();
    let mut sessions = [left, right].map(|session| {
        let mut session = session.clone();
        session.begin_from_last(|place| place <= first);
        session
    });
    // One may begin further back than the other.
    let common = sessions.iter().map(Session::n_records).max()?;
    let mut news = sessions.each_ref().map(|_| News {
        common,
        records: VecDeque::new(),
    });
    loop {
        for (session, news) in sessions.iter_mut().zip(&mut news) {
            while news.records.is_empty()
                && session.advance_watched(at, 1, &mut [&mut *news]) == Progress::OutOfBudget
            {}
        }
        let [left, right] = news.each_mut().map(|news| news.records.pop_front());
        if left != right {
            return Some(Parting { left, right });
        }
        left.as_ref()?;
    }
}
