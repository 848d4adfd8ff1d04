//! Settling by a rising level, over the links where something changes and no others.
//!
//! The sweep keeps for every link that it has touched how much its stopped flows take and how
//! many still rise. A link comes up at the level that this gives to each riser. If it turns out
//! that flows which count as risers stop lower, they are counted out and the link comes up again
//! later, higher. Two things happen at a level, in this order, because who stops at a level is
//! decided before anybody does:
//!
//! 1. *Saturate.* The links that saturate here are found, all of them, and then their flows stop.
//!    A flow that was held to go higher is pulled down, and its other links are touched.
//! 2. *Let go.* A link that used to saturate here and does not any more looks at the flows that
//!    it used to stop. One that no other link stops here is set free, and its other links are
//!    touched.
//!
//! A link touched at some level certainly saturates above it: it saturated above before, since it
//! carried the flow in question past this level or let it stand here.

use core::cmp::Reverse;
use std::collections::BinaryHeap;
use std::collections::binary_heap::PeekMut;

use super::rows::{Demand, FluidLinkId, LinkRow, Part, Reach, Rows, Stage, UNSATURATED};
use super::sharing::RateChange;
use crate::units::BitRate;

/// What is to be done with a link when the level gets there. The order matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Saturate,
    LetGo,
}

/// A link to be looked at. Orders by level, then step, then link; one number, so that the heap
/// compares without branching.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Entry(u128);

impl Entry {
    fn new(level: u64, step: Step, link: FluidLinkId) -> Self {
        let step = match step {
            Step::Saturate => 0,
            Step::LetGo => 1,
        };
        Self(u128::from(level) << 64 | step << 32 | link.index() as u128)
    }
    fn level(self) -> u64 {
        (self.0 >> 64) as u64
    }
    fn step(self) -> Step {
        if self.0 >> 32 & 1 == 0 {
            Step::Saturate
        } else {
            Step::LetGo
        }
    }
    fn link(self) -> FluidLinkId {
        FluidLinkId::from_index(self.0 as u32)
    }
}

/// The working memory of a sweep, empty between two, kept to save allocations.
#[derive(Debug, Clone, Default)]
pub(super) struct Sweep {
    agenda: BinaryHeap<Reverse<Entry>>,
    touched: Vec<FluidLinkId>,
    /// Links that saturate at the present level, until their flows have stopped.
    saturated: Vec<FluidLinkId>,
    /// Flows that have been set free or pulled down, with what the links of their path have of
    /// them in their load.
    moved: Vec<(u32, u64)>,
}

impl Sweep {
    /// Takes a link into the sweep, or brings it up again. Nothing changes on it below `level`.
    pub(super) fn touch(&mut self, rows: &mut Rows, link: FluidLinkId, level: u64) {
        let row = &mut rows.links[link];
        if row.stage == Stage::Untouched {
            row.stage = Stage::Filling;
            (row.stopped, row.rising) = (0, row.flows.len() as u64);
            self.touched.push(link);
            if row.level != UNSATURATED {
                self.agenda
                    .push(Reverse(Entry::new(row.level, Step::LetGo, link)));
            }
        }
        if row.stage == Stage::Filling && row.rising > 0 {
            let level = row.share().max(level);
            if level < row.queued {
                row.queued = level;
                self.agenda.push(Reverse(Entry::new(level, Step::Saturate, link)));
            }
        }
    }

    /// Sets a flow free to rise from `level`, whatever it had before. The links of its path have
    /// `carried` of it in their load.
    pub(super) fn release(&mut self, rows: &mut Rows, flow: u32, level: u64, carried: u64) {
        let demand = &mut rows.demands[flow as usize];
        demand.part = Part::Free;
        rows.reaches[flow as usize] = Reach {
            bound: demand.cap,
            done_at: demand.cap,
        };
        self.moved.push((flow, carried));
        self.touch_path(rows, flow, level);
    }

    fn touch_path(&mut self, rows: &mut Rows, flow: u32, level: u64) {
        for hop in 0..rows.flows[flow as usize].path.len() {
            let link = rows.flows[flow as usize].path[hop].link;
            self.touch(rows, link, level);
        }
    }

    /// Lets the level rise until everything has stopped, and adds the flows whose rate has
    /// changed to `changes`.
    pub(super) fn run(&mut self, rows: &mut Rows, changes: &mut Vec<RateChange>) {
        let mut level = 0;
        loop {
            let next = self.agenda.peek().map(|&Reverse(entry)| entry);
            // Who saturates here has to be known in full before anybody stops.
            let found_all = next.is_none_or(|entry| entry.level() > level || entry.step() == Step::LetGo);
            if found_all && !self.saturated.is_empty() {
                self.stop_saturated(rows, level);
                continue;
            }
            let Some(entry) = next else {
                break;
            };
            level = entry.level();
            match entry.step() {
                Step::Saturate => self.fill(rows, entry.link(), level),
                Step::LetGo => {
                    self.agenda.pop();
                    self.let_go(rows, entry.link(), level);
                }
            }
        }
        self.finish(rows, changes);
    }

    /// Takes `link` off the agenda at `level`: counts out the flows that stop on it by then in
    /// any case, and finds out whether it saturates with the others or comes up again later.
    fn fill(&mut self, rows: &mut Rows, link: FluidLinkId, level: u64) {
        let Some(top) = self.agenda.peek_mut() else {
            return;
        };
        let row = &mut rows.links[link];
        if row.queued != level || row.stage != Stage::Filling || row.rising == 0 {
            PeekMut::pop(top);
            return;
        }
        if row.share() <= level {
            count_out(row, &rows.reaches, level);
        }
        let share = row.share();
        if share > level {
            row.queued = share;
            if share == UNSATURATED {
                PeekMut::pop(top);
            } else {
                replace(top, Entry::new(share, Step::Saturate, link));
            }
            return;
        }
        debug_assert_eq!(
            share, level,
            "nothing changes on a link below where it was touched"
        );
        row.stage = Stage::Saturated;
        row.level = level;
        self.saturated.push(link);
        PeekMut::pop(top);
    }

    /// Stops what still rises on the links found to saturate at `level`. What is held there anyway
    /// needs nothing.
    fn stop_saturated(&mut self, rows: &mut Rows, level: u64) {
        while let Some(link) = self.saturated.pop() {
            for position in 0..rows.links[link].flows.len() {
                let flow = rows.links[link].flows[position];
                let Reach { bound, done_at } = rows.reaches[flow as usize];
                if done_at <= level || bound == level {
                    continue;
                }
                stop(rows, flow, level);
                let Demand { rate, part, .. } = rows.demands[flow as usize];
                if part == Part::Held {
                    self.moved.push((flow, rate));
                    self.touch_path(rows, flow, level);
                }
            }
        }
    }

    /// Sets free what `link` used to stop at `level`, if it does not any more and nothing else does.
    fn let_go(&mut self, rows: &mut Rows, link: FluidLinkId, level: u64) {
        if rows.links[link].stage == Stage::Saturated {
            return;
        }
        for position in 0..rows.links[link].flows.len() {
            let flow = rows.links[link].flows[position];
            let Reach { bound, done_at } = rows.reaches[flow as usize];
            if bound != level || done_at <= level {
                continue;
            }
            let stays = rows.flows[flow as usize].path.iter().any(|hop| {
                let row = &rows.links[hop.link];
                row.stage != Stage::Filling && row.level == level
            });
            if !stays {
                let carried = rows.demands[flow as usize].rate;
                self.release(rows, flow, level, carried);
            }
        }
    }

    fn finish(&mut self, rows: &mut Rows, changes: &mut Vec<RateChange>) {
        for link in self.touched.drain(..) {
            let row = &mut rows.links[link];
            if row.stage == Stage::Filling {
                row.level = UNSATURATED;
            }
            row.stage = Stage::Untouched;
            row.queued = UNSATURATED;
        }
        for (flow, carried) in self.moved.drain(..) {
            let old = rows.demands[flow as usize].rate;
            let new = rows.reaches[flow as usize].bound;
            rows.set_rate(flow, new);
            if new != carried {
                for hop in &rows.flows[flow as usize].path {
                    // The sum is right in the end; on the way there it may pass either bound.
                    let load = &mut rows.links[hop.link].load;
                    *load = load.wrapping_sub(carried).wrapping_add(new);
                }
            }
            if new != old {
                changes.push(RateChange {
                    flow: rows.key(flow),
                    old: BitRate::bps(old),
                    new: BitRate::bps(new),
                });
            }
        }
    }
}

/// Puts an entry in the place of the one on top, which costs less than taking that one off first.
fn replace(mut top: PeekMut<'_, Reverse<Entry>>, entry: Entry) {
    *top = Reverse(entry);
}

/// Finds out anew which flows on a link have stopped at `level`.
fn count_out(row: &mut LinkRow, reaches: &[Reach], level: u64) {
    (row.stopped, row.rising) = (0, 0);
    for &flow in &row.flows {
        let Reach { bound, done_at } = reaches[flow as usize];
        let done = done_at <= level;
        row.stopped += if done { bound } else { 0 };
        row.rising += u64::from(!done);
    }
}

/// Stops a flow that the links on its path count as rising.
fn stop(rows: &mut Rows, flow: u32, level: u64) {
    rows.reaches[flow as usize] = Reach {
        bound: level,
        done_at: level,
    };
    for hop in &rows.flows[flow as usize].path {
        let row = &mut rows.links[hop.link];
        if row.stage == Stage::Filling {
            row.stopped += level;
            row.rising -= 1;
        }
    }
}
