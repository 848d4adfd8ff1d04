//! From record to record: the next of a kind, and the one before.

use crate::kernel::RecordId;
use crate::lab::{Notability, Record, Session};
use crate::resource::ResourceRef;
use crate::units::{SimTime, Span};

/// Which records are stopped at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stop {
    /// Every one.
    Any,
    /// Those worth stopping for.
    Notable,
    /// Those about one of these things.
    About(Vec<ResourceRef>),
}

impl Stop {
    /// Whether a record is one of them.
    #[must_use]
    pub fn takes(&self, record: &Record) -> bool {
        match self {
            Self::Any => true,
            Self::Notable => record.what.notability() >= Notability::Notable,
            Self::About(things) => things.contains(&record.subject),
        }
    }
}

/// Turns time back to the last such record before the present. Gives it; none where there is none, and then the lab is at its
/// beginning.
pub fn back(session: &mut Session, stop: &Stop) -> Option<RecordId> {
    if *stop == Stop::Notable {
        return session.seek_notable_before();
    }
    let mut limit = session.now();
    loop {
        let found = session
            .records()
            .rev()
            .find(|record| record.at < limit && stop.takes(record))
            .map(|record| (record.id, record.at));
        if let Some((record, at)) = found {
            session.seek(at);
            return Some(record);
        }
        // What is not kept at the present is kept further back.
        let oldest = session
            .records()
            .next()
            .filter(|oldest| oldest.id > RecordId::FIRST);
        let Some(oldest) = oldest
            .map(|oldest| oldest.at.min(limit))
            .filter(|_| limit > SimTime::START)
        else {
            session.seek(SimTime::START);
            return None;
        };
        limit = SimTime::START + oldest.since(SimTime::at(Span::nanos(1)));
        session.seek(limit);
    }
}

/// Lets things happen until there is such a record, no further than `until` and for at most `budget` events. Gives it.
pub fn on(session: &mut Session, stop: &Stop, until: SimTime, budget: u64) -> Option<RecordId> {
    if *stop == Stop::Notable {
        return session.step_notable(until, budget);
    }
    for _ in 0..budget {
        let before = RecordId::from_number(session.n_records());
        if session.next_event_at().is_none_or(|at| at > until) || !session.step() {
            return None;
        }
        let found = session.records_after(before).find(|record| stop.takes(record));
        if let Some(record) = found {
            return Some(record.id);
        }
    }
    None
}
