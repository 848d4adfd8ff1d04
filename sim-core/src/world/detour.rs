//! Which ways the flows of a migration have taken, one after the other, and how fast each was there.
//!
//! Noted as it happens, so that who looks at a lab's end still reads where its data went when a line failed.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::kernel::RecordId;
use crate::reason::Reason;
use crate::resource::{FlowId, HostId};
use crate::units::{BitRate, SimTime};

use super::network::LinkRef;

/// So many moves are remembered, the last ones: a line that flaps for months must not fill the memory.
const MOST_MOVES: usize = 2_048;

/// A bulk flow of a migration took another way, or came to stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlowMove {
    /// When.
    pub at: SimTime,
    /// The flow.
    pub flow: FlowId,
    /// The host that sends.
    pub from: HostId,
    /// The host that receives.
    pub to: HostId,
    /// The links that it crosses from now on, from sender to receiver; none where it stands.
    pub path: Arc<[LinkRef]>,
    /// Its fair share of them, once all that moved at this instant had moved.
    pub rate: BitRate,
    /// Why it stands, where it does.
    pub stopped_by: Option<Reason>,
    /// The record of the move, from which the chain of causes can be asked.
    pub record: RecordId,
}

/// The moves so far, in order.
#[derive(Debug, Clone, Default)]
pub(super) struct Moves {
    all: VecDeque<FlowMove>,
}

impl Moves {
    /// One more; of a flow that moves twice at an instant only the last one counts.
    pub(super) fn push(&mut self, one: FlowMove) {
        let is_earlier = |it: &FlowMove| it.at == one.at && it.flow == one.flow;
        let of_instant = self.all.iter().rev().take_while(|it| it.at == one.at).count();
        let first = self.all.len() - of_instant;
        if let Some(place) = self.all.range(first..).position(is_earlier) {
            self.all.remove(first + place);
        }
        if self.all.len() == MOST_MOVES {
            self.all.pop_front();
        }
        self.all.push_back(one);
    }
    /// The rates of an instant are settled.
    pub(super) fn settle(&mut self, now: SimTime, rate: impl Fn(FlowId) -> BitRate) {
        let of_instant = self.all.iter_mut().rev().take_while(|it| it.at == now);
        of_instant.for_each(|it| it.rate = rate(it.flow));
    }
    /// All of them, in order.
    pub(super) fn iter(&self) -> impl Iterator<Item = &FlowMove> {
        self.all.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Id;
    use crate::units::Span;

    fn move_of(flow: u32, at: u64) -> FlowMove {
        FlowMove {
            at: SimTime::at(Span::secs(at)),
            flow: Id::from_index(flow),
            from: Id::from_index(0),
            to: Id::from_index(1),
            path: Arc::new([]),
            rate: BitRate::ZERO,
            stopped_by: None,
            record: RecordId::FIRST,
        }
    }

    #[test]
    fn a_flow_moves_once_at_an_instant_and_gets_the_rate_that_it_ends_with() {
        let mut moves = Moves::default();
        for (flow, at) in [(0, 1), (0, 2), (1, 2), (0, 2)] {
            moves.push(move_of(flow, at));
        }
        moves.settle(SimTime::at(Span::secs(2)), |_| BitRate::mbps(25));
        let told: Vec<_> = moves.iter().map(|it| (it.flow.index(), it.rate)).collect();
        let mbps = BitRate::mbps;
        assert_eq!(told, [(0, mbps(0)), (1, mbps(25)), (0, mbps(25))]);
    }

    #[test]
    fn the_last_moves_are_remembered() {
        let mut moves = Moves::default();
        (0..=MOST_MOVES as u64).for_each(|at| moves.push(move_of(0, at)));
        assert_eq!(moves.iter().count(), MOST_MOVES);
        let first = moves.iter().next().expect("there are some");
        assert_eq!(first.at, SimTime::at(Span::secs(1)));
    }
}
