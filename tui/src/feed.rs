//! What the screen shows: one snapshot of the lab for each picture, the log so far, and how the
//! numbers went.

use std::collections::VecDeque;

use sim_core::units::SimTime;
use sim_core::view::{Check, Inspection, LogRow, Preflight, Routing, Snapshot};

use crate::history::{History, Milestones};
use crate::injection::Injected;

/// Log rows that are kept; older ones are forgotten.
const LONGEST_LOG: usize = 20_000;

/// What the screen shows.
#[derive(Debug, Clone)]
pub struct Feed {
    /// The lab now.
    pub snapshot: Snapshot,
    /// The log, oldest first.
    pub log: VecDeque<LogRow>,
    /// What preflight found last; none before it was asked.
    pub preflight: Option<Preflight>,
    /// How the numbers went.
    pub history: History,
    /// Where something notable happened.
    pub milestones: Milestones,
    /// What is selected, where it is a thing of the lab.
    pub inspection: Option<Inspection>,
    /// The causes of the selected record, the root first and the record last.
    pub chain: Vec<LogRow>,
    /// The routes of what is selected, or of what had some and was selected before.
    pub routing: Option<Routing>,
    /// The faults that were injected by hand and last, the latest first.
    pub injected: Vec<Injected>,
}

impl Feed {
    /// The first picture of a lab.
    #[must_use]
    pub fn new(snapshot: Snapshot) -> Self {
        let mut history = History::default();
        history.note(snapshot.overview.now, &snapshot.servers);
        let milestones = Milestones::until(SimTime::at(snapshot.overview.duration));
        Self {
            snapshot,
            log: VecDeque::new(),
            preflight: None,
            history,
            milestones,
            inspection: None,
            chain: Vec::new(),
            routing: None,
            injected: Vec::new(),
        }
    }
    /// The lab has moved on. Its history is written by who moves it, at the instants that are due.
    pub fn advance(&mut self, snapshot: Snapshot, news: impl IntoIterator<Item = LogRow>) {
        self.snapshot = snapshot;
        for row in news {
            if row.notable {
                self.milestones.note(row.at, row.health);
            }
            self.log.push_back(row);
        }
        let too_many = self.log.len().saturating_sub(LONGEST_LOG);
        self.log.drain(..too_many);
    }
    /// Time was turned back to an instant at which so many records have been written.
    pub fn turn_back(&mut self, now: SimTime, n_records: u64) {
        let n_left = self.log.partition_point(|row| row.id.number() <= n_records);
        self.log.truncate(n_left);
        self.milestones.forget_after(now);
    }
    /// What preflight checked; nothing before it was asked.
    #[must_use]
    pub fn checks(&self) -> &[Check] {
        self.preflight.as_ref().map_or(&[], |preflight| &preflight.checks)
    }
    /// The present instant of the lab.
    #[must_use]
    pub const fn now(&self) -> SimTime {
        self.snapshot.overview.now
    }
}
