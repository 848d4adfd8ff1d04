//! One session: a lab, where it is, and what was done to it.

use std::sync::Arc;

use crate::fault::{self, Act};
use crate::kernel::{Digest, Keep, RecordId};
use crate::migrate::mgn::Command;
use crate::reason::Reason;
use crate::units::{SimTime, Span};
use crate::world::blueprint::{About, Blueprint, Written};
use crate::world::lever::{Lever, LeverError};
use crate::world::names::Names;
use crate::world::notice::{Notability, Record};
use crate::world::{BuildError, ExpectationResult, LabObserver, RunEnd, World};

use super::outage::{Outage, Outages};
use super::timeline::{Deed, Place, Timeline};
use super::until::Until;

/// How long the routers of a lab have to find their ways before somebody looks: two hold times of AWS's Direct Connect and
/// some more.
const SETTLES_IN: Span = Span::minutes(5);

/// What is planned sooner than this is part of how the lab begins.
const LEAST_QUIET: Span = Span::secs(30);

/// How far an [`advance`](Session::advance) came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Progress {
    /// Simulated time is where it was asked to be.
    Reached,
    /// The budget is spent; ask again to go on.
    OutOfBudget,
}

/// Something that disturbs the lab: written in its scenario, or done by a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Disturbance<'a> {
    /// When it is, or was, done.
    pub at: SimTime,
    /// What is done.
    pub lever: &'a Lever,
    /// Why the lab refused it when it was due, where it did: nothing was done then.
    pub refused: Option<&'a LeverError>,
}

/// A session with a lab.
///
/// A clone goes its own way from here.
#[derive(Debug, Clone)]
pub struct Session {
    blueprint: Arc<Blueprint>,
    seed: u64,
    keep: Keep,
    pub(super) world: World,
    pub(super) outages: Outages,
    pub(super) timeline: Timeline,
}

impl Session {
    /// Opens a lab at its first instant.
    ///
    /// `seed` takes the place of the lab's own; `keep` says how many records stay in memory.
    ///
    /// # Errors
    /// Where a change of the lab's overlay does not fit it.
    pub fn open(mut blueprint: Blueprint, seed: Option<u64>, keep: Keep) -> Result<Self, BuildError> {
        // The seed says when what comes by chance does, so that it is known from the first instant on.
        let hazards = core::mem::take(&mut blueprint.hazards);
        let end = SimTime::at(blueprint.duration);
        for hazard in &hazards {
            let seed = seed.unwrap_or(blueprint.seed);
            let by_chance = fault::expand(core::slice::from_ref(hazard), seed, end);
            blueprint.breakages.extend(fault::breakages(&by_chance));
            let written = Written::Chance(hazard.name.clone());
            blueprint.disturb(by_chance, &written, Some(&hazard.fault));
        }
        blueprint.schedule.sort_by_key(|(at, _)| *at);
        Self::begin(Arc::new(blueprint), seed, keep)
    }

    fn begin(blueprint: Arc<Blueprint>, seed: Option<u64>, keep: Keep) -> Result<Self, BuildError> {
        let seed = seed.unwrap_or(blueprint.seed);
        let mut world = World::build(&blueprint, seed)?;
        world.set_keep(keep);
        let timeline = Timeline::new(&world);
        Ok(Self {
            blueprint,
            seed,
            keep,
            world,
            outages: Outages::default(),
            timeline,
        })
    }

    /// The same lab with the same seed, from its first instant, with nothing done to it.
    ///
    /// # Errors
    /// None that opening it did not give.
    pub fn restarted(&self) -> Result<Self, BuildError> {
        Self::begin(self.blueprint.clone(), Some(self.seed), self.keep)
    }

    /// What the lab says about itself.
    #[must_use]
    pub fn about(&self) -> &About {
        &self.blueprint.about
    }
    /// The checked lab.
    #[must_use]
    pub fn blueprint(&self) -> &Blueprint {
        &self.blueprint
    }
    /// The seed of all dice.
    #[must_use]
    pub const fn seed(&self) -> u64 {
        self.seed
    }
    /// The present.
    #[must_use]
    pub const fn now(&self) -> SimTime {
        self.world.now()
    }
    /// When the lab ends unless it is asked to go on.
    #[must_use]
    pub fn ends_at(&self) -> SimTime {
        SimTime::at(self.blueprint.duration)
    }
    /// The instant at which the lab is looked at where nobody names one: its beginning, or a while later where routers
    /// and gateways have to find out first what they reach.
    #[must_use]
    pub fn settled_at(&self) -> SimTime {
        let (routing, cloud) = (&self.blueprint.routing, &self.blueprint.cloud);
        let is_still = routing.sessions.is_empty()
            && routing.tunnels.is_empty()
            && routing.gateways.is_empty()
            && routing.igp.processes.is_empty()
            && cloud.transit_gateways.is_empty()
            && cloud.virtual_private_gateways.is_empty();
        if is_still {
            return SimTime::START;
        }
        // What the lab has planned to go wrong is looked at by asking for a later instant.
        let mut planned = self.blueprint.schedule.iter().map(|(at, _)| *at);
        let disturbed = planned.find(|at| *at > SimTime::at(LEAST_QUIET));
        let before = disturbed.map_or(SimTime::END, |at| {
            SimTime::START + at.since(SimTime::at(Span::secs(1)))
        });
        SimTime::at(SETTLES_IN).min(self.ends_at()).min(before)
    }
    /// When something happens next, if nothing is done before.
    #[must_use]
    pub fn next_event_at(&self) -> Option<SimTime> {
        let deed = self.timeline.next_deed().map(|deed| deed.at);
        let heals_at = Some(self.heals_at()).filter(|at| *at < SimTime::END);
        self.world
            .next_event_at()
            .into_iter()
            .chain(deed)
            .chain(heals_at)
            .min()
    }
    /// How many events have happened.
    #[must_use]
    pub const fn n_events(&self) -> u64 {
        self.world.n_events()
    }
    /// How many steps the lab has made: its events, and the settling of flows between them.
    #[must_use]
    pub const fn n_steps(&self) -> u64 {
        self.world.n_steps()
    }
    /// The digest of every record so far, as sixteen hexadecimal digits when printed.
    #[must_use]
    pub const fn trace_hash(&self) -> Digest {
        self.world.trace_hash()
    }
    /// The name of everything.
    #[must_use]
    pub fn names(&self) -> &Names {
        self.world.names()
    }
    /// The lab itself, for those who project or judge it.
    #[must_use]
    pub(crate) const fn world(&self) -> &World {
        &self.world
    }

    /// Lets time go on to `until`, or for at most `budget` events.
    pub fn advance(&mut self, until: SimTime, budget: u64) -> Progress {
        self.advance_watched(until, budget, &mut [])
    }

    /// As [`advance`](Self::advance), showing `observers` every record.
    pub fn advance_watched(
        &mut self,
        until: SimTime,
        budget: u64,
        observers: &mut [LabObserver<'_>],
    ) -> Progress {
        let mut left = budget;
        loop {
            if self.redo(until) {
                continue;
            }
            let stop = self.heals_at().min(until);
            let before = self.world.n_steps();
            let most = left.min(self.timeline.room(before));
            let mut all: Vec<LabObserver<'_>> = vec![&mut self.outages];
            for observer in &mut *observers {
                all.push(&mut **observer);
            }
            let end = self.world.run_until(stop, most, &mut all);
            left -= self.world.n_steps() - before;
            self.timeline.note(&self.world, &self.outages);
            match end {
                // What was done again at this instant may have been the healing.
                RunEnd::Reached if self.is_due() || self.heal_due() => {}
                RunEnd::Reached if stop >= until => return Progress::Reached,
                RunEnd::Reached => {}
                RunEnd::BudgetSpent if left == 0 => return Progress::OutOfBudget,
                RunEnd::BudgetSpent => {}
            }
        }
    }

    /// Lets the next event happen, or what was done by hand there before. False if nothing is going to happen any more.
    pub fn step(&mut self) -> bool {
        self.step_within(SimTime::END)
    }

    fn step_within(&mut self, until: SimTime) -> bool {
        if self.redo(until) {
            return true;
        }
        let heals_at = self.heals_at();
        let stepped = self
            .world
            .step_event(until.min(heals_at), &mut [&mut self.outages]);
        self.timeline.note(&self.world, &self.outages);
        if !stepped && heals_at <= until && heals_at < SimTime::END {
            self.wait_until(heals_at);
            return self.heal_due();
        }
        stepped
    }

    /// Does again what was done by hand at the present place of the timeline, if that is no later than `until`.
    fn redo(&mut self, until: SimTime) -> bool {
        let Some(deed) = self.timeline.due(&self.world).filter(|deed| deed.at <= until) else {
            return false;
        };
        let deed = deed.clone();
        self.wait_until(deed.at);
        let mut first = None;
        for lever in &deed.levers {
            let redone = self.world.apply_after(first, lever);
            debug_assert!(
                redone.is_ok(),
                "bug: what could be done once can be done again: {redone:?}"
            );
            first = first.or(redone.ok());
        }
        self.timeline.redone();
        true
    }

    /// Whether something was done by hand at the present place of the timeline, and is to be done again.
    fn is_due(&self) -> bool {
        (self.timeline.due(&self.world)).is_some_and(|deed| deed.at <= self.now())
    }

    /// Lets time go on to an instant before which nothing happens any more.
    pub(super) fn wait_until(&mut self, at: SimTime) {
        if self.now() < at {
            let before = self.world.n_steps();
            self.world.run_until(at, 1, &mut [&mut self.outages]);
            debug_assert_eq!(
                self.world.n_steps(),
                before,
                "bug: something happens before {at:?}"
            );
        }
    }

    /// Steps until something worth stopping for is recorded, no further than `until` and for at
    /// most `budget` events. The first such record, where there was one.
    pub fn step_notable(&mut self, until: SimTime, budget: u64) -> Option<RecordId> {
        for _ in 0..budget {
            let before = self.world.trace().n_written();
            if !self.step_within(until) {
                return None;
            }
            let seen = RecordId::from_number(before);
            let notable = |record: &&Record| record.what.notability() >= Notability::Notable;
            if let Some(record) = self.world.trace().after(seen).find(notable) {
                return Some(record.id);
            }
        }
        None
    }

    /// Runs until `until` holds, no further than `limit` and for at most `budget` events.
    pub fn run_to(&mut self, until: &Until, limit: SimTime, budget: u64) -> Progress {
        if let Until::Instant(at) = until {
            return self.advance((*at).min(limit), budget);
        }
        for _ in 0..budget {
            if until.holds(&self.world) {
                return Progress::Reached;
            }
            if !self.step_within(limit) {
                return Progress::Reached;
            }
        }
        Progress::OutOfBudget
    }

    /// Whether `until` holds at present.
    #[must_use]
    pub fn is_at(&self, until: &Until) -> bool {
        until.holds(&self.world)
    }

    /// Pulls a lever now and writes it into the journal, from which everything goes that was done after the present
    /// before time was turned back.
    ///
    /// # Errors
    /// Where the lever does not fit the lab; nothing was changed.
    pub fn apply(&mut self, lever: Lever) -> Result<RecordId, LeverError> {
        if let Lever::Command(command) = &lever
            && let Some(reason) = self.refuses(command)
        {
            return Err(LeverError::MgnRefuses { reason });
        }
        self.pull(Act::Change(lever.clone()), vec![lever])
    }

    /// The same for what a journal says: it was done, whatever came of it.
    pub(super) fn apply_again(&mut self, lever: Lever) -> Result<RecordId, LeverError> {
        self.pull(Act::Change(lever.clone()), vec![lever])
    }

    /// Why MGN would refuse an operation for every server that it is for.
    fn refuses(&self, command: &Command) -> Option<Reason> {
        let refused = self.world.mgn()?.refusals(command);
        let is_refused = |server| refused.iter().any(|(id, _)| id == server);
        let (_, reason) = refused.first()?;
        command.servers.iter().all(is_refused).then_some(*reason)
    }

    /// Pulls the levers of an act and writes it into the journal, with those of them that could be pulled. Done in part is
    /// done: what was changed has to be healed some time.
    pub(super) fn pull(&mut self, act: Act, levers: Vec<Lever>) -> Result<RecordId, LeverError> {
        let place = self.place();
        let (mut first, mut trouble, mut pulled) = (None, None, Vec::new());
        for lever in levers {
            match self.world.apply_after(first, &lever) {
                Ok(record) => {
                    first = first.or(Some(record));
                    pulled.push(lever);
                }
                Err(error) => trouble = trouble.or(Some(error)),
            }
        }
        match (first, trouble) {
            (None, Some(error)) => Err(error),
            (first, _) => {
                self.timeline.done(place, act, pulled);
                Ok(first.unwrap_or(RecordId::FIRST))
            }
        }
    }

    /// What was done by hand, by time: all of it, also where the present is before it.
    #[must_use]
    pub fn journal(&self) -> &[Deed] {
        self.timeline.journal()
    }
    /// How many entries of the journal are done at the present.
    #[must_use]
    pub const fn n_done(&self) -> usize {
        self.timeline.n_done()
    }
    /// Where on its timeline the session is.
    pub(super) fn place(&self) -> Place {
        self.timeline.place(&self.world)
    }

    /// The records that are kept, oldest first.
    pub fn records(&self) -> impl DoubleEndedIterator<Item = &Record> + ExactSizeIterator {
        self.world.trace().records()
    }
    /// The kept records after `seen`, oldest first.
    pub fn records_after(&self, seen: Option<RecordId>) -> impl DoubleEndedIterator<Item = &Record> {
        self.world.trace().after(seen)
    }
    /// How many records have been written, kept or not.
    #[must_use]
    pub const fn n_records(&self) -> u64 {
        self.world.trace().n_written()
    }
    /// A record, if it is kept.
    #[must_use]
    pub fn record(&self, id: RecordId) -> Option<&Record> {
        self.world.trace().get(id)
    }
    /// A record and those that led to it, from the root cause to it, as far as they are kept.
    #[must_use]
    pub fn causes(&self, id: RecordId) -> Vec<&Record> {
        let mut chain: Vec<&Record> = self.world.trace().causes(id).collect();
        chain.reverse();
        chain
    }

    /// How each of the lab's expectations stands.
    #[must_use]
    pub fn expectations(&self) -> Vec<ExpectationResult> {
        self.world.expectations()
    }
    /// The connections that were lost and the servers that stalled so far.
    #[must_use]
    pub fn outages(&self) -> &[Outage] {
        self.outages.all()
    }
    /// What disturbs the lab: what its scenario has planned, and what was done by hand, by time.
    #[must_use]
    pub fn disturbances(&self) -> Vec<Disturbance<'_>> {
        let planned = self.blueprint.schedule.iter().enumerate();
        let planned = planned.map(|(place, (at, lever))| Disturbance {
            at: *at,
            lever,
            refused: self.world.refusal_of_planned(place),
        });
        let by_hand = self.journal().iter().flat_map(|deed| {
            let levers = deed.levers.iter();
            levers.map(|lever| Disturbance {
                at: deed.at,
                lever,
                refused: None,
            })
        });
        let mut all: Vec<_> = planned.chain(by_hand).collect();
        all.sort_by_key(|it| it.at);
        all
    }
}
