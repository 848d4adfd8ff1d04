//! What a session remembers of its way: what was done by hand, and checkpoints from which to begin again.

use std::sync::Arc;

use crate::fault::Act;
use crate::units::SimTime;
use crate::world::World;
use crate::world::lever::Lever;

use super::outage::Outages;

/// Which checkpoints a session keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Checkpoints {
    /// Steps of the lab between two of a short run; it doubles whenever there would be more than [`most`](Self::most). To turn
    /// time back, no more steps than that are made anew.
    pub every: u64,
    /// How many there are at most, whatever the length of the run: two at least.
    pub most: usize,
}

impl Default for Checkpoints {
    fn default() -> Self {
        Self {
            every: 1 << 10,
            most: 128,
        }
    }
}

/// A place on a session's timeline. Two places of one timeline come one after the other in all three.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    /// How many steps have been made.
    pub n_steps: u64,
    /// What time it is.
    pub at: SimTime,
    /// How many entries of the journal are done.
    pub n_done: usize,
}

/// Something that was done by hand: an entry of the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deed {
    /// When.
    pub at: SimTime,
    /// After how many steps of the lab, which tells places of one instant apart.
    pub after: u64,
    /// What was done.
    pub act: Act,
    /// The levers that this pulled.
    pub levers: Vec<Lever>,
}

/// The lab as it was somewhere.
#[derive(Debug)]
pub(super) struct Checkpoint {
    pub place: Place,
    pub world: World,
    pub outages: Outages,
}

/// What was done by hand, how much of it is done at the present, and checkpoints along the way.
#[derive(Debug, Clone)]
pub(super) struct Timeline {
    journal: Vec<Deed>,
    n_done: usize,
    /// By place; the first is the lab's beginning. Clones of a session share them.
    checkpoints: Vec<Arc<Checkpoint>>,
    /// None where no more than the beginning is kept.
    plan: Option<Checkpoints>,
}

impl Timeline {
    /// The timeline of a lab at its beginning.
    pub(super) fn new(world: &World) -> Self {
        let mut timeline = Self {
            journal: Vec::new(),
            n_done: 0,
            checkpoints: Vec::new(),
            plan: None,
        };
        timeline.checkpoints.push(Arc::new(Checkpoint {
            place: timeline.place(world),
            world: world.clone(),
            outages: Outages::default(),
        }));
        timeline
    }
    /// Keeps such checkpoints from now on.
    pub(super) fn keep_checkpoints(&mut self, plan: Checkpoints) {
        self.plan = Some(Checkpoints {
            every: plan.every.max(1),
            most: plan.most.max(2),
        });
    }

    pub(super) fn journal(&self) -> &[Deed] {
        &self.journal
    }
    pub(super) const fn n_done(&self) -> usize {
        self.n_done
    }
    pub(super) const fn n_checkpoints(&self) -> usize {
        self.checkpoints.len()
    }
    /// The checkpoints, by place.
    pub(super) fn checkpoints(&self) -> impl Iterator<Item = (Place, &World)> {
        self.checkpoints.iter().map(|it| (it.place, &it.world))
    }
    /// Where on this timeline a world is that is at its present.
    pub(super) fn place(&self, world: &World) -> Place {
        Place {
            n_steps: world.n_steps(),
            at: world.now(),
            n_done: self.n_done,
        }
    }

    /// What was done next, seen from the present.
    pub(super) fn next_deed(&self) -> Option<&Deed> {
        self.journal.get(self.n_done)
    }
    /// What was done next, where that was after as many steps as have been made.
    pub(super) fn due(&self, world: &World) -> Option<&Deed> {
        self.next_deed().filter(|deed| deed.after == world.n_steps())
    }
    /// How many steps may be made before this has to be looked at again. At least one: where the next deed comes after as
    /// many steps as have been made, nothing happens before it.
    pub(super) fn room(&self, n_steps: u64) -> u64 {
        let to_deed = self.next_deed().map_or(u64::MAX, |deed| deed.after - n_steps);
        let to_checkpoint = self
            .plan
            .map_or(u64::MAX, |plan| plan.every - n_steps % plan.every);
        to_deed.min(to_checkpoint).max(1)
    }

    /// The next entry of the journal has been done again.
    pub(super) fn redone(&mut self) {
        self.n_done += 1;
    }
    /// Something was done by hand at a place; what had been done after it is no more.
    pub(super) fn done(&mut self, place: Place, act: Act, levers: Vec<Lever>) {
        self.forget_after(place);
        self.journal.push(Deed {
            at: place.at,
            after: place.n_steps,
            act,
            levers,
        });
        self.n_done += 1;
    }
    /// Nothing after a place, which is the present or after it, has happened.
    pub(super) fn forget_after(&mut self, place: Place) {
        self.journal.truncate(place.n_done);
        let n_before = self.n_until(|it| it <= place);
        self.checkpoints.truncate(n_before);
    }

    /// Keeps a checkpoint, where one is due and there is none.
    pub(super) fn note(&mut self, world: &World, outages: &Outages) {
        let Some(mut plan) = self.plan else {
            return;
        };
        if !world.n_steps().is_multiple_of(plan.every) {
            return;
        }
        let place = self.place(world);
        let here = self.n_until(|it| it.n_steps < place.n_steps);
        if (self.checkpoints.get(here)).is_some_and(|it| it.place.n_steps == place.n_steps) {
            return;
        }
        let checkpoint = Checkpoint {
            place,
            world: world.clone(),
            outages: outages.clone(),
        };
        self.checkpoints.insert(here, Arc::new(checkpoint));
        while self.checkpoints.len() > plan.most {
            plan.every = plan.every.saturating_mul(2);
            let kept = |it: &Arc<Checkpoint>| it.place.n_steps.is_multiple_of(plan.every);
            self.checkpoints.retain(kept);
        }
        self.plan = Some(plan);
    }

    /// The last checkpoint at a place that is `early` enough.
    pub(super) fn last(&self, early: impl Fn(Place) -> bool) -> Option<Arc<Checkpoint>> {
        let n_early = self.n_until(early);
        self.checkpoints.get(n_early.checked_sub(1)?).cloned()
    }
    /// The present is at a place where the lab was before.
    pub(super) fn went_to(&mut self, place: Place) {
        self.n_done = place.n_done;
    }

    fn n_until(&self, early: impl Fn(Place) -> bool) -> usize {
        self.checkpoints.partition_point(|it| early(it.place))
    }
}
