//! Time turned back and on: to an instant, to before what was done by hand, to what was notable.
//!
//! A lab follows from its blueprint, its seed and its journal, so any place of its past is reached by running to it again from
//! the last checkpoint before it. What was done by hand after that place stays in the journal and is done again as time goes
//! on, until something else is done there.

use crate::kernel::RecordId;
use crate::units::{SimTime, Span};
use crate::world::notice::Notability;

use super::session::{Progress, Session};
use super::timeline::{Checkpoints, Deed, Place};

impl Session {
    /// Keeps checkpoints from now on, so that turning time back is quick; without any it means to run from the beginning.
    /// Each costs what a copy of the lab costs, and shares with its neighbours what has not changed between them.
    pub fn keep_checkpoints(&mut self, plan: Checkpoints) {
        self.timeline.keep_checkpoints(plan);
    }
    /// How many checkpoints are kept, with the lab's beginning.
    #[must_use]
    pub const fn n_checkpoints(&self) -> usize {
        self.timeline.n_checkpoints()
    }

    /// Goes to an instant, back or on: everything due up to and with it has happened, and what was done by hand until then is
    /// done.
    pub fn seek(&mut self, at: SimTime) {
        self.begin_from_last(|place| place.at <= at);
        while self.advance(at, u64::MAX) == Progress::OutOfBudget {}
    }

    /// Goes back to before the last thing that was done by hand, and strikes it from the journal, with all that had been done
    /// after it. Gives what it was; none where nothing has been done. A fault that healed because its time was up was healed
    /// by nobody's hand.
    pub fn undo(&mut self) -> Option<Deed> {
        let last = self.done().iter().rposition(Deed::is_by_hand)?;
        let deed = self.journal().get(last)?.clone();
        let before = Place {
            n_steps: deed.after,
            at: deed.at,
            n_done: last,
        };
        self.begin_from_last(|place| place <= before);
        self.timeline.forget_after(before);
        while self.place() < before {
            self.advance(deed.at, before.n_steps - self.world.n_steps());
            if self.world.n_steps() == before.n_steps && self.n_done() == before.n_done {
                self.wait_until(deed.at);
            }
        }
        Some(deed)
    }

    /// Goes back to the last instant before the present at which something worth stopping for was recorded. Gives the last
    /// such record; none where there is none, and then the lab is at its beginning.
    pub fn seek_notable_before(&mut self) -> Option<RecordId> {
        let mut limit = self.now();
        loop {
            let notable = self
                .records()
                .rev()
                .find(|record| record.at < limit && record.what.notability() >= Notability::Notable);
            if let Some((record, at)) = notable.map(|record| (record.id, record.at)) {
                self.seek(at);
                return Some(record);
            }
            // What is not kept at the present is kept further back.
            let oldest = self.records().next().filter(|oldest| oldest.id > RecordId::FIRST);
            let Some(oldest) = oldest
                .map(|oldest| oldest.at.min(limit))
                .filter(|_| limit > SimTime::START)
            else {
                self.seek(SimTime::START);
                return None;
            };
            limit = SimTime::START + oldest.since(SimTime::at(Span::nanos(1)));
            self.seek(limit);
        }
    }

    /// Strikes from the journal what is not done at the present, as if it had never been done.
    pub(super) fn strike_after_present(&mut self) {
        self.timeline.forget_after(self.place());
    }

    /// What is done at the present.
    pub(super) fn done(&self) -> &[Deed] {
        &self.journal()[..self.n_done()]
    }

    /// Takes up the last checkpoint at a place that is `early` enough, unless the present is, and is nearer.
    pub(super) fn begin_from_last(&mut self, early: impl Fn(Place) -> bool) {
        let present = self.place();
        let Some(checkpoint) = self.timeline.last(&early) else {
            return;
        };
        if early(present) && present >= checkpoint.place {
            return;
        }
        self.world = checkpoint.world.clone();
        self.outages = checkpoint.outages.clone();
        self.timeline.went_to(checkpoint.place);
    }
}
