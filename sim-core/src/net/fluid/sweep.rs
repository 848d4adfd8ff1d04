//! Settling by a rising level, over the links where something changes and no others.
//!
//! The sweep keeps for every link that it has touched how much its stopped flows take and how
//! many still rise. A link comes up at the level that this gives to each riser; if flows that
//! stop lower have to be counted out first, it comes up again later, higher. Two things
//! happen at a level, in this order, because who stops at a level is decided before who stops:
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

use super::rows::{Demand, FluidLinkId, Part, Rows, Stage, UNSATURATED};
use super::sharing::RateChange;
use crate::units::BitRate;

/// What is to be done with a link when the level gets there. The order matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    Saturate,
    LetGo,
}

/// The working memory of a sweep, empty between two, kept to save allocations.
#[derive(Debug, Clone, Default)]
pub(super) struct Sweep {
    agenda: BinaryHeap<Reverse<(u64, Step, FluidLinkId)>>,
    touched: Vec<FluidLinkId>,
    /// Links that saturate at the present level, until their flows have stopped.
    saturated: Vec<FluidLinkId>,
    /// Flows that have stopped.
    stopped: Vec<u32>,
}

impl Sweep {
    /// Takes a link into the sweep, or brings it up again. Nothing changes on it below `level`.
    pub(super) fn touch(&mut self, rows: &mut Rows, link: FluidLinkId, level: u64) {
        let row = &mut rows.links[link];
        if row.stage == Stage::Untouched {
            row.stage = Stage::Filling;
            (row.stopped, row.rising) = (0, 0);
            for &flow in &row.flows {
                let demand = &rows.demands[flow as usize];
                match demand.part {
                    Part::Stopped => row.stopped += demand.bound,
                    Part::Held | Part::Free => row.rising += 1,
                }
            }
            self.touched.push(link);
            if row.level != UNSATURATED {
                self.agenda.push(Reverse((row.level, Step::LetGo, link)));
            }
        }
        if row.stage == Stage::Filling && row.rising > 0 {
            let level = row.share().max(level);
            if level < row.queued {
                row.queued = level;
                self.agenda.push(Reverse((level, Step::Saturate, link)));
            }
        }
    }

    /// Sets a flow free to rise from `level`, whatever it had before.
    pub(super) fn release(&mut self, rows: &mut Rows, flow: u32, level: u64) {
        let demand = &mut rows.demands[flow as usize];
        demand.part = Part::Free;
        demand.bound = demand.cap;
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
        while let Some(Reverse((level, step, link))) = self.agenda.pop() {
            match step {
                Step::Saturate => {
                    self.fill(rows, link, level);
                    let more = matches!(self.agenda.peek(),
                        Some(&Reverse((next, Step::Saturate, _))) if next == level);
                    if !more {
                        self.stop_saturated(rows, level);
                    }
                }
                Step::LetGo => self.let_go(rows, link, level),
            }
        }
        self.finish(rows, changes);
    }

    /// Counts out the flows that stop on `link` by `level` in any case, and finds out whether it
    /// saturates with the others.
    fn fill(&mut self, rows: &mut Rows, link: FluidLinkId, level: u64) {
        let row = &mut rows.links[link];
        if row.queued != level || row.stage != Stage::Filling {
            return;
        }
        row.queued = UNSATURATED;
        if row.share() <= level {
            for position in 0..row.flows.len() {
                let flow = rows.links[link].flows[position];
                let Demand { bound, cap, part, .. } = rows.demands[flow as usize];
                if part != Part::Stopped && (bound < level || cap <= level) {
                    self.stop(rows, flow, bound);
                }
            }
        }
        let row = &mut rows.links[link];
        if row.share() <= level {
            debug_assert_eq!(
                row.share(),
                level,
                "nothing changes on a link below where it was touched"
            );
            row.stage = Stage::Saturated;
            row.level = level;
            self.saturated.push(link);
        } else {
            self.touch(rows, link, level);
        }
    }

    /// Stops what still rises on the links found to saturate at `level`.
    fn stop_saturated(&mut self, rows: &mut Rows, level: u64) {
        while let Some(link) = self.saturated.pop() {
            for position in 0..rows.links[link].flows.len() {
                let flow = rows.links[link].flows[position];
                let Demand { bound, part, .. } = rows.demands[flow as usize];
                if part == Part::Stopped {
                    continue;
                }
                self.stop(rows, flow, level);
                if part == Part::Held && bound > level {
                    self.touch_path(rows, flow, level);
                }
            }
        }
    }

    fn stop(&mut self, rows: &mut Rows, flow: u32, rate: u64) {
        let demand = &mut rows.demands[flow as usize];
        demand.part = Part::Stopped;
        demand.bound = rate;
        self.stopped.push(flow);
        for hop in &rows.flows[flow as usize].path {
            let row = &mut rows.links[hop.link];
            if row.stage != Stage::Untouched {
                row.stopped += rate;
                row.rising -= 1;
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
            let Demand { bound, cap, part, .. } = rows.demands[flow as usize];
            if part != Part::Held || bound != level || cap == level {
                continue;
            }
            let stays = rows.flows[flow as usize].path.iter().any(|hop| {
                let row = &rows.links[hop.link];
                row.stage == Stage::Untouched && row.level == level
            });
            if !stays {
                self.release(rows, flow, level);
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
            row.load = row.stopped;
        }
        for flow in self.stopped.drain(..) {
            let demand = &mut rows.demands[flow as usize];
            demand.part = Part::Held;
            let old = core::mem::replace(&mut demand.rate, demand.bound);
            if old != demand.bound {
                let new = demand.bound;
                changes.push(RateChange {
                    flow: rows.key(flow),
                    old: BitRate::bps(old),
                    new: BitRate::bps(new),
                });
            }
        }
    }
}
