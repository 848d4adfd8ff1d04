//! The sharing itself: what is asked for, and settling it.

use super::rows::{
    Demand, FlowKey, FluidLinkId, LARGEST_CAPACITY, LinkRow, Pending, Rows, Stage, UNSATURATED,
};
use super::sweep::Sweep;
use crate::units::BitRate;

/// A flow whose rate settling has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateChange {
    /// The flow.
    pub flow: FlowKey,
    /// Its rate before; zero for one that has just been opened.
    pub old: BitRate,
    /// Its rate from now on.
    pub new: BitRate,
}

/// Links, the flows over them, and each flow's max-min fair rate.
///
/// Shape: whatever is asked for (links, flows, caps, paths) is only noted; [`settle`](Self::settle)
/// brings all rates up to date at once, so that a hundred changes at one instant cost one settling.
/// Rates and loads are those of the last settling, except that what leaves a link leaves its load
/// at once. Everything is plain data: a clone is an independent sharing in the same state.
///
/// See the [module](super) for what the rates are, exactly.
///
/// # Panics
/// Methods that take a link panic for one that this sharing never had. An operation on a flow
/// that has been closed does nothing.
#[derive(Debug, Clone, Default)]
pub struct Sharing {
    rows: Rows,
    /// Flows with something pending, each once, and perhaps flows closed since.
    asked: Vec<u32>,
    /// Links whose saturation may have changed other than by a pending flow.
    disturbed: Vec<(FluidLinkId, Disturbance)>,
    sweep: Sweep,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Disturbance {
    Resized,
    /// A flow left it while it was saturated.
    Left,
}

impl Sharing {
    /// No links, no flows.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a link that flows may share. The largest capacity is one less than [`BitRate::MAX`],
    /// which stands for no limit; that counts as the largest.
    pub fn add_link(&mut self, capacity: BitRate) -> FluidLinkId {
        let capacity = capacity.as_bps().min(LARGEST_CAPACITY);
        self.rows.links.push(LinkRow::new(capacity))
    }

    /// Changes what a link can carry; zero stops all flows over it.
    pub fn set_capacity(&mut self, link: FluidLinkId, capacity: BitRate) {
        let row = &mut self.rows.links[link];
        let capacity = capacity.as_bps().min(LARGEST_CAPACITY);
        if row.capacity != capacity {
            row.capacity = capacity;
            self.disturbed.push((link, Disturbance::Resized));
        }
    }

    /// Opens a flow over `path` that would take `cap` if it were alone ([`BitRate::MAX`]: as much
    /// as there is).
    ///
    /// A link that occurs more than once in the path counts once. A flow over no link at all gets
    /// its cap.
    pub fn open(&mut self, path: &[FluidLinkId], cap: BitRate) -> FlowKey {
        let flow = self.rows.occupy(cap.as_bps());
        self.join(flow.place() as u32, path);
        flow
    }

    /// Changes what a flow would take if it were alone.
    pub fn set_cap(&mut self, flow: FlowKey, cap: BitRate) {
        let Some(place) = self.rows.place(flow) else {
            return;
        };
        let pending = &mut self.rows.flows[place as usize].pending;
        match pending {
            Pending::Joined => self.rows.demands[place as usize].cap = cap.as_bps(),
            Pending::Cap(asked) => *asked = cap.as_bps(),
            Pending::Nothing => {
                *pending = Pending::Cap(cap.as_bps());
                self.asked.push(place);
            }
        }
    }

    /// Takes a flow from its path to another one. It is the same flow: if its rate comes out as
    /// it was, no change is reported.
    pub fn set_path(&mut self, flow: FlowKey, path: &[FluidLinkId]) {
        if let Some(place) = self.rows.place(flow) {
            if let Pending::Cap(cap) = self.rows.flows[place as usize].pending {
                self.rows.demands[place as usize].cap = cap;
            }
            self.leave(place);
            self.join(place, path);
        }
    }

    /// Closes a flow. It is not reported by the next settling; those that gain by it are.
    pub fn close(&mut self, flow: FlowKey) {
        if let Some(place) = self.rows.place(flow) {
            self.leave(place);
            self.rows.vacate(place);
        }
    }

    /// The flow's rate, or zero once it is closed.
    #[must_use]
    pub fn rate(&self, flow: FlowKey) -> BitRate {
        let place = self.rows.place(flow);
        BitRate::bps(place.map_or(0, |place| self.rows.demands[place as usize].rate))
    }

    /// What a link can carry.
    #[must_use]
    pub fn capacity(&self, link: FluidLinkId) -> BitRate {
        BitRate::bps(self.rows.links[link].capacity)
    }

    /// What a link carries: the sum of the rates of the flows over it.
    #[must_use]
    pub fn load(&self, link: FluidLinkId) -> BitRate {
        BitRate::bps(self.rows.links[link].load)
    }

    /// The level at which a link saturates: no flow over it gets more. `None` where the link
    /// limits nobody.
    #[must_use]
    pub fn fair_share(&self, link: FluidLinkId) -> Option<BitRate> {
        let level = self.rows.links[link].level;
        (level != UNSATURATED).then_some(BitRate::bps(level))
    }

    /// The link that limits a flow: the first of its path that saturates at the flow's rate.
    /// `None` for a flow that gets its cap on links that would give it more.
    #[must_use]
    pub fn bottleneck(&self, flow: FlowKey) -> Option<FluidLinkId> {
        let place = self.rows.place(flow)? as usize;
        let rate = self.rows.demands[place].rate;
        let mut links = self.rows.flows[place].path.iter().map(|hop| hop.link);
        links.find(|&link| self.rows.links[link].level == rate)
    }

    /// Brings all rates up to date with what has been asked for, and fills `changes` with the flows
    /// whose rate is another now, in the order of their keys.
    pub fn settle(&mut self, changes: &mut Vec<RateChange>) {
        changes.clear();
        for (link, disturbance) in self.disturbed.drain(..) {
            let row = &self.rows.links[link];
            match disturbance {
                Disturbance::Resized if row.level == UNSATURATED && row.has_room_at(row.load) => {}
                Disturbance::Resized => self.sweep.touch(&mut self.rows, link, 0),
                // Nothing changes below the level at which it used to saturate.
                Disturbance::Left => {
                    let level = row.level;
                    self.sweep.touch(&mut self.rows, link, level);
                }
            }
        }
        let mut asked = core::mem::take(&mut self.asked);
        for place in asked.drain(..) {
            let pending = core::mem::replace(&mut self.rows.flows[place as usize].pending, Pending::Nothing);
            let demand = &mut self.rows.demands[place as usize];
            match pending {
                Pending::Nothing => {}
                Pending::Cap(cap) => {
                    let old = core::mem::replace(&mut demand.cap, cap);
                    let rate = demand.rate;
                    let held_below_both = rate < old && rate < cap;
                    if !held_below_both && old != cap {
                        self.apply(place, rate, rate.min(cap), changes);
                    }
                }
                Pending::Joined => self.apply(place, 0, 0, changes),
            }
        }
        self.asked = asked;
        let n_applied = changes.len();
        self.sweep.run(&mut self.rows, changes);
        if n_applied == 0 {
            changes.sort_unstable_by_key(|change| change.flow);
        } else {
            merge(changes);
        }
    }

    /// Gives a flow its cap where all its links have room for it in place of the `carried` of it
    /// that they carry; otherwise leaves it to the sweep, from level `from`.
    fn apply(&mut self, place: u32, carried: u64, from: u64, changes: &mut Vec<RateChange>) {
        let rows = &mut self.rows;
        let Demand { rate, cap, .. } = rows.demands[place as usize];
        let path = &rows.flows[place as usize].path;
        let roomy = path.iter().all(|hop| {
            let link = &rows.links[hop.link];
            link.stage == Stage::Untouched
                && link.level == UNSATURATED
                && (link.load - carried)
                    .checked_add(cap)
                    .is_some_and(|load| link.has_room_at(load))
        });
        if !roomy {
            self.sweep.release(rows, place, from, carried);
            return;
        }
        for hop in path {
            let load = &mut rows.links[hop.link].load;
            *load = *load - carried + cap;
        }
        rows.set_rate(place, cap);
        if rate != cap {
            changes.push(RateChange {
                flow: rows.key(place),
                old: BitRate::bps(rate),
                new: BitRate::bps(cap),
            });
        }
    }

    fn join(&mut self, place: u32, path: &[FluidLinkId]) {
        self.rows.enlist(place, path);
        let pending = &mut self.rows.flows[place as usize].pending;
        if *pending == Pending::Nothing {
            self.asked.push(place);
        }
        *pending = Pending::Joined;
    }

    fn leave(&mut self, place: u32) {
        let carried = match self.rows.flows[place as usize].pending {
            Pending::Joined => 0,
            Pending::Nothing | Pending::Cap(_) => self.rows.demands[place as usize].rate,
        };
        while let Some(link) = self.rows.delist_last(place) {
            let row = &mut self.rows.links[link];
            row.load -= carried;
            if row.level != UNSATURATED {
                self.disturbed.push((link, Disturbance::Left));
            }
        }
    }
}

/// Sorts changes by flow, and makes one of two that follow each other on the same flow: one that
/// got its cap at first, and less when others were settled after it.
fn merge(changes: &mut Vec<RateChange>) {
    changes.sort_by_key(|change| change.flow);
    changes.dedup_by(|later, earlier| {
        let same = later.flow == earlier.flow;
        if same {
            earlier.new = later.new;
        }
        same
    });
    changes.retain(|change| change.old != change.new);
}
