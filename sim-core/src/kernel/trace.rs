//! What happened, in order, and why.
//!
//! The model writes a [`Record`] for everything worth telling: it says when, on what, what, and which earlier
//! record caused it, so that a chain of causes can be walked back to its beginning. The kernel does not know what
//! a subject or a payload is; the world chooses both (`S`, `P`).
//!
//! [`Trace`] hands out the ids, keeps the running [`Digest`] of every record ever written (this is the trace hash
//! of a run), and keeps as many records in memory as it was told to ([`Keep`]). It is plain data: a clone goes on
//! independently from the same point, and shares what is old with it.
//!
//! [`Observer`]s are not part of it. Whoever runs the model opens the feed, and after each event lets the
//! trace [`deliver`](Trace::deliver) what is new. An observer sees records and nothing else, so it cannot disturb
//! a run: the digest is the same with none and with three.

use core::hash::Hash;
use core::num::NonZeroU64;
use serde::{Deserialize, Serialize};

use super::digest::Digest;
use super::shared::Shared;
use super::trail::Trail;
use crate::units::SimTime;

/// The name of a record: its number in the run, the first being 1.
///
/// `Option<RecordId>` takes no more room than the id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RecordId(NonZeroU64);

impl RecordId {
    /// The first record of a run.
    pub const FIRST: Self = Self(NonZeroU64::MIN);

    /// The record numbered `number`; there is none numbered zero.
    #[must_use]
    pub const fn from_number(number: u64) -> Option<Self> {
        match NonZeroU64::new(number) {
            Some(number) => Some(Self(number)),
            None => None,
        }
    }

    /// The record's number in the run, the first being 1.
    #[must_use]
    pub const fn number(self) -> u64 {
        self.0.get()
    }

    const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Record<S, P> {
    /// Its number in the run.
    pub id: RecordId,
    /// When it happened.
    pub at: SimTime,
    /// The record that brought it about; none for what the scenario or a person did.
    pub cause: Option<RecordId>,
    /// What it happened to.
    pub subject: S,
    /// What happened.
    pub what: P,
}

/// Somebody who is told every record as it is written.
pub trait Observer<S, P> {
    /// Takes note of `record`.
    fn record(&mut self, record: &Record<S, P>);
}

/// How many records a [`Trace`] keeps in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Keep {
    /// None: only the digest is wanted.
    #[default]
    Nothing,
    /// Every one of them; memory grows with the run.
    All,
    /// The latest so many.
    Last(usize),
}

impl Keep {
    const fn limit(self) -> usize {
        match self {
            Self::Nothing => 0,
            Self::All => usize::MAX,
            Self::Last(limit) => limit,
        }
    }
}

/// Whether somebody will call [`Trace::deliver`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Feed {
    Closed,
    /// The latest so many records have not been delivered.
    Open {
        undelivered: usize,
    },
}

/// The records of a run.
#[derive(Debug, Clone)]
pub struct Trace<S, P> {
    next: RecordId,
    digest: Digest,
    trail: Trail,
    keep: Keep,
    feed: Feed,
    /// Consecutive records, ending with the latest.
    kept: Shared<Record<S, P>>,
}

impl<S: Hash, P: Hash> Trace<S, P> {
    /// Writes a record and names it.
    ///
    /// `cause` is a record of the same run, and so an earlier one.
    pub fn record(&mut self, at: SimTime, cause: Option<RecordId>, subject: S, what: P) -> RecordId {
        let id = self.next;
        debug_assert!(
            cause < Some(id),
            "bug: a record cannot be caused by one that comes after it"
        );
        self.next = id.next();
        let record = Record {
            id,
            at,
            cause,
            subject,
            what,
        };
        self.digest.add(&record);
        self.trail.note(id, self.digest);
        match &mut self.feed {
            Feed::Closed if self.keep == Keep::Nothing => return id,
            Feed::Closed => {}
            Feed::Open { undelivered } => *undelivered += 1,
        }
        self.kept.push(record);
        self.trim();
        id
    }
}

impl<S, P> Trace<S, P> {
    /// A trace without records.
    #[must_use]
    pub fn new(keep: Keep) -> Self {
        Self {
            next: RecordId::FIRST,
            digest: Digest::new(),
            trail: Trail::new(),
            keep,
            feed: Feed::Closed,
            kept: Shared::new(),
        }
    }

    /// The digest of every record written so far: the trace hash.
    #[must_use]
    pub const fn digest(&self) -> Digest {
        self.digest
    }

    /// What the digest was after each record, or after some of them.
    #[must_use]
    pub const fn trail(&self) -> &Trail {
        &self.trail
    }

    /// How many records have been written, kept or not.
    #[must_use]
    pub const fn n_written(&self) -> u64 {
        self.next.number() - 1
    }

    /// The id that the next record will have.
    #[must_use]
    pub const fn next_id(&self) -> RecordId {
        self.next
    }

    /// Keeps more or fewer records from now on; what is too much is forgotten at once.
    pub fn set_keep(&mut self, keep: Keep) {
        self.keep = keep;
        self.trim();
    }

    /// The record named `id`, if it has been written and is still kept.
    #[must_use]
    pub fn get(&self, id: RecordId) -> Option<&Record<S, P>> {
        let from_latest = self.next.number().checked_sub(id.number())?;
        let place = self.kept.len().checked_sub(usize::try_from(from_latest).ok()?)?;
        self.kept.get(place)
    }

    /// The kept records, oldest first.
    pub fn records(&self) -> impl DoubleEndedIterator<Item = &Record<S, P>> + ExactSizeIterator {
        self.kept.from(0)
    }

    /// The kept records after `seen` (all for `None`), oldest first: what a reader who stopped there has missed.
    pub fn after(&self, seen: Option<RecordId>) -> impl DoubleEndedIterator<Item = &Record<S, P>> {
        let seen = seen.map_or(0, RecordId::number);
        let n_missed = self.n_written().saturating_sub(seen);
        let n_missed = usize::try_from(n_missed).map_or(self.kept.len(), |n| n.min(self.kept.len()));
        self.kept.from(self.kept.len() - n_missed)
    }

    /// The record named `id` and those that led to it, nearest first, as far back as they are kept.
    pub fn causes(&self, id: RecordId) -> impl Iterator<Item = &Record<S, P>> {
        core::iter::successors(self.get(id), |record| self.get(record.cause?))
    }

    /// Holds every record from now on until it is [delivered](Self::deliver), whatever else is kept.
    pub fn open_feed(&mut self) {
        if self.feed == Feed::Closed {
            self.feed = Feed::Open { undelivered: 0 };
        }
    }

    /// Stops holding records for delivery.
    pub fn close_feed(&mut self) {
        self.feed = Feed::Closed;
        self.trim();
    }

    /// Shows `observers` each record written since the last delivery, in order. Call it after every event, so that
    /// no more than one event's records are held; with the feed closed there is nothing to show.
    pub fn deliver(&mut self, observers: &mut [&mut dyn Observer<S, P>]) {
        let Feed::Open { undelivered } = &mut self.feed else {
            return;
        };
        if *undelivered == 0 {
            return;
        }
        for record in self.kept.from(self.kept.len() - *undelivered) {
            for observer in observers.iter_mut() {
                observer.record(record);
            }
        }
        *undelivered = 0;
        self.trim();
    }

    fn trim(&mut self) {
        let undelivered = match self.feed {
            Feed::Closed => 0,
            Feed::Open { undelivered } => undelivered,
        };
        let room = self.keep.limit().max(undelivered);
        if self.kept.len() > room {
            self.kept.forget(self.kept.len() - room);
        }
    }
}

impl<S, P> Default for Trace<S, P> {
    fn default() -> Self {
        Self::new(Keep::default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Span;

    type Row = (u64, Option<u64>, &'static str, u32);

    const RUN: [Row; 4] = [
        (0, None, "link", 1),
        (5, Some(1), "session", 2),
        (5, Some(2), "route", 3),
        (9, None, "link", 4),
    ];

    fn traced(keep: Keep, rows: &[Row]) -> Trace<&'static str, u32> {
        let mut trace = Trace::new(keep);
        for &(at, cause, subject, what) in rows {
            let cause = cause.and_then(RecordId::from_number);
            trace.record(SimTime::at(Span::secs(at)), cause, subject, what);
        }
        trace
    }

    fn numbers<'a>(records: impl Iterator<Item = &'a Record<&'static str, u32>>) -> Vec<u64> {
        records.map(|record| record.id.number()).collect()
    }

    #[test]
    fn an_optional_id_costs_nothing() {
        assert_eq!(size_of::<Option<RecordId>>(), 8);
    }

    #[test]
    fn equal_runs_have_equal_digests_whatever_is_kept() {
        let digest = traced(Keep::Nothing, &RUN).digest();
        assert_eq!(traced(Keep::Nothing, &RUN).digest(), digest);
        assert_eq!(traced(Keep::All, &RUN).digest(), digest);
        assert_eq!(traced(Keep::Last(1), &RUN).digest(), digest);
    }

    #[test]
    fn a_change_of_any_field_changes_the_digest() {
        let digest = traced(Keep::Nothing, &RUN).digest();
        for place in 0..RUN.len() {
            let (at, cause, subject, what) = RUN[place];
            let other_cause = if cause.is_some() || place == 0 {
                None
            } else {
                Some(1)
            };
            let mut changes = vec![
                (at + 1, cause, subject, what),
                (at, cause, "tunnel", what),
                (at, cause, subject, what + 1),
            ];
            if other_cause != cause {
                changes.push((at, other_cause, subject, what));
            }
            for change in changes {
                let mut run = RUN;
                run[place] = change;
                assert_ne!(
                    traced(Keep::Nothing, &run).digest(),
                    digest,
                    "{change:?} at {place}"
                );
            }
        }
        assert_ne!(traced(Keep::Nothing, &RUN[..3]).digest(), digest);
        let swapped = [RUN[0], RUN[1], RUN[3], RUN[2]];
        assert_ne!(traced(Keep::Nothing, &swapped).digest(), digest);
    }

    #[test]
    fn no_more_is_kept_than_was_asked_for() {
        assert_eq!(numbers(traced(Keep::Nothing, &RUN).records()), []);
        assert_eq!(numbers(traced(Keep::Last(2), &RUN).records()), [3, 4]);
        let mut trace = traced(Keep::All, &RUN);
        assert_eq!(numbers(trace.records()), [1, 2, 3, 4]);
        assert_eq!(numbers(trace.after(RecordId::from_number(3))), [4]);
        assert_eq!(numbers(trace.after(None)), [1, 2, 3, 4]);
        trace.set_keep(Keep::Last(2));
        assert_eq!(numbers(trace.after(RecordId::from_number(1))), [3, 4]);
        assert_eq!(trace.n_written(), 4);
    }

    #[test]
    fn records_are_found_by_id_while_they_are_kept() {
        let trace = traced(Keep::Last(3), &RUN);
        let what = |number| {
            trace
                .get(RecordId::from_number(number)?)
                .map(|record| record.what)
        };
        assert_eq!(
            [what(1), what(2), what(4), what(5)],
            [None, Some(2), Some(4), None]
        );
    }

    #[test]
    fn causes_lead_back_to_the_beginning() {
        let trace = traced(Keep::All, &RUN);
        let third = RecordId::from_number(3).expect("three is not zero");
        assert_eq!(numbers(trace.causes(third)), [3, 2, 1]);
    }

    #[test]
    fn observers_see_each_record_once_and_change_nothing() {
        #[derive(Default)]
        struct Seen(Vec<u64>);
        impl Observer<&'static str, u32> for Seen {
            fn record(&mut self, record: &Record<&'static str, u32>) {
                self.0.push(record.id.number());
            }
        }

        for keep in [Keep::Nothing, Keep::Last(1), Keep::All] {
            let mut seen = Seen::default();
            let mut trace = Trace::new(keep);
            trace.record(SimTime::START, None, "before", 0);
            trace.open_feed();
            for what in 1..=6 {
                trace.record(SimTime::START, None, "after", what);
                if what % 3 == 0 {
                    trace.deliver(&mut [&mut seen]);
                }
            }
            assert_eq!(seen.0, [2, 3, 4, 5, 6, 7]);
            trace.deliver(&mut [&mut seen]);
            assert_eq!(seen.0.len(), 6);

            let unobserved: Vec<Row> = (0..=6)
                .map(|w| (0, None, if w == 0 { "before" } else { "after" }, w))
                .collect();
            assert_eq!(trace.digest(), traced(keep, &unobserved).digest());
            assert_eq!(
                numbers(trace.records()),
                numbers(traced(keep, &unobserved).records())
            );
        }
    }
}
