//! The tables behind [`Sharing`](super::Sharing): links, flows, and who is on what.

use crate::kernel::{Arena, Id};

/// Names the table of links in the type of its ids: one direction of a physical link, a tunnel,
/// a disk or whatever else flows share.
#[derive(Debug, Clone)]
pub enum FluidLink {}

/// One thing of limited capacity that flows share.
pub type FluidLinkId = Id<FluidLink>;

/// Names one flow from its opening to its closing.
///
/// A place is used again after a flow has closed, with the next generation, so an old key never
/// reaches a new flow. Orders by place, which is the order of opening while nothing closes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FlowKey {
    place: u32,
    generation: u32,
}

impl FlowKey {
    /// The flow's place: small, dense, its own as long as the flow is open. For callers that
    /// keep what they know about flows in a table.
    #[must_use]
    pub const fn place(self) -> usize {
        self.place as usize
    }
}

/// The level of a link that does not saturate.
pub(super) const UNSATURATED: u64 = u64::MAX;

/// A link of this capacity still saturates below [`UNSATURATED`].
pub(super) const LARGEST_CAPACITY: u64 = UNSATURATED - 1;

/// Where a link stands in the sweep under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// Nothing on it has changed.
    Untouched,
    /// Some of its flows are still rising, or it never saturates.
    Filling,
    /// It saturated at its `level`.
    Saturated,
}

#[derive(Debug, Clone)]
pub(super) struct LinkRow {
    pub(super) capacity: u64,
    /// Sum of the rates of the flows on it.
    pub(super) load: u64,
    /// Where it saturates, or [`UNSATURATED`].
    pub(super) level: u64,
    /// Places of the flows on it, in no particular order.
    pub(super) flows: Vec<u32>,
    pub(super) stage: Stage,
    /// Sweep: sum of the rates of those flows that are known to have stopped.
    pub(super) stopped: u64,
    /// Sweep: how many others there are.
    pub(super) rising: u64,
    /// Sweep: the lowest level at which it is to be looked at again.
    pub(super) queued: u64,
}

impl LinkRow {
    pub(super) fn new(capacity: u64) -> Self {
        Self {
            capacity,
            load: 0,
            level: UNSATURATED,
            flows: Vec::new(),
            stage: Stage::Untouched,
            stopped: 0,
            rising: 0,
            queued: UNSATURATED,
        }
    }
    /// Whether it has a unit to spare for each of its flows at that load, so that it certainly
    /// does not saturate.
    pub(super) fn has_room_at(&self, load: u64) -> bool {
        load.checked_add(self.flows.len() as u64)
            .is_some_and(|load| load <= self.capacity)
    }
    /// The level that its capacity gives to each rising flow: never above the one at which it
    /// saturates, and exactly that one once all flows that stop earlier are known to have stopped.
    pub(super) fn share(&self) -> u64 {
        (self.capacity - self.stopped)
            .checked_div(self.rising)
            .unwrap_or(UNSATURATED)
    }
}

/// A flow's part in the sweep under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// Expected to stop at the rate that it has.
    Held,
    /// May stop elsewhere.
    Free,
}

/// Where a flow stops if no link stops it earlier than expected.
///
/// All that most looks at a flow need, kept apart so that it is close together in memory.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reach {
    /// The rate at which it stops.
    pub(super) bound: u64,
    /// The first level at which it does not count as rising: the next one for a flow that links
    /// hold at `bound`, `bound` itself for one that has its cap or has stopped in this sweep.
    pub(super) done_at: u64,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Demand {
    /// The rate of the last settling.
    pub(super) rate: u64,
    pub(super) cap: u64,
    pub(super) part: Part,
}

/// What has been asked for since the last settling.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pending {
    Nothing,
    /// Another cap.
    Cap(u64),
    /// The flow is new on its path, which does not carry it yet.
    Joined,
}

/// One link of a path, and where the flow stands in that link's list.
#[derive(Debug, Clone, Copy)]
pub(super) struct Hop {
    pub(super) link: FluidLinkId,
    position: u32,
}

#[derive(Debug, Clone)]
pub(super) struct FlowRow {
    generation: u32,
    open: bool,
    pub(super) pending: Pending,
    pub(super) path: Vec<Hop>,
}

/// All links and flows. Keeps `flows` of a link and `path` of a flow in step.
#[derive(Debug, Clone, Default)]
pub(super) struct Rows {
    pub(super) links: Arena<LinkRow, FluidLink>,
    pub(super) flows: Vec<FlowRow>,
    pub(super) demands: Vec<Demand>,
    pub(super) reaches: Vec<Reach>,
    vacant: Vec<u32>,
}

impl Rows {
    /// The place of an open flow.
    pub(super) fn place(&self, flow: FlowKey) -> Option<u32> {
        self.flows
            .get(flow.place())
            .is_some_and(|row| row.open && row.generation == flow.generation)
            .then_some(flow.place)
    }
    pub(super) fn key(&self, place: u32) -> FlowKey {
        FlowKey {
            place,
            generation: self.flows[place as usize].generation,
        }
    }
    /// Takes a place for a flow that is nowhere yet.
    pub(super) fn occupy(&mut self, cap: u64) -> FlowKey {
        let demand = Demand {
            rate: 0,
            cap,
            part: Part::Held,
        };
        let place = if let Some(place) = self.vacant.pop() {
            self.demands[place as usize] = demand;
            place
        } else {
            let place = u32::try_from(self.flows.len()).expect("bug: fewer than 2^32 flows are open");
            self.demands.push(demand);
            self.reaches.push(Reach { bound: 0, done_at: 0 });
            self.flows.push(FlowRow {
                generation: 0,
                open: false,
                pending: Pending::Nothing,
                path: Vec::new(),
            });
            place
        };
        self.flows[place as usize].open = true;
        self.key(place)
    }
    /// Gives a flow its rate, with which it is held from now on.
    pub(super) fn set_rate(&mut self, place: u32, rate: u64) {
        let demand = &mut self.demands[place as usize];
        demand.rate = rate;
        demand.part = Part::Held;
        self.reaches[place as usize] = Reach {
            bound: rate,
            done_at: demand.cap.min(rate.saturating_add(1)),
        };
    }
    /// Gives the place of a flow that is nowhere any more to the next one.
    pub(super) fn vacate(&mut self, place: u32) {
        let row = &mut self.flows[place as usize];
        row.open = false;
        row.pending = Pending::Nothing;
        row.generation = row.generation.wrapping_add(1);
        self.vacant.push(place);
    }
    /// Puts a flow on each link of `path` once.
    pub(super) fn enlist(&mut self, place: u32, path: &[FluidLinkId]) {
        let hops = &mut self.flows[place as usize].path;
        for &link in path {
            if hops.iter().any(|hop| hop.link == link) {
                continue;
            }
            let flows = &mut self.links[link].flows;
            hops.push(Hop {
                link,
                position: flows.len() as u32,
            });
            flows.push(place);
        }
    }
    /// Takes a flow off the last link of its path; gives that link, or `None` when it is off all.
    pub(super) fn delist_last(&mut self, place: u32) -> Option<FluidLinkId> {
        let Hop { link, position } = self.flows[place as usize].path.pop()?;
        let flows = &mut self.links[link].flows;
        flows.swap_remove(position as usize);
        if let Some(&moved) = flows.get(position as usize) {
            let hops = &mut self.flows[moved as usize].path;
            if let Some(hop) = hops.iter_mut().find(|hop| hop.link == link) {
                hop.position = position;
            }
        }
        Some(link)
    }
}
