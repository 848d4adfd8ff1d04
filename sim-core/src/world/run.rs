//! The running lab: pops one event at a time and hands it to its owner.
//!
//! ```text
//! queue ─▶ event ─▶ owner ─▶ records, new events, reports to the migration
//!                     ▲                                   │
//!                     └──────── mgn::Input ◀──────────────┘ (before the next event)
//! after the last event of an instant: flows are settled, rates reported
//! ```

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::kernel::{Observer, RecordId};
use crate::migrate::ground::Actor;
use crate::migrate::mgn::{self, Mgn};
use crate::resource::{ResourceRef, RunbookStepId, SourceServerId};
use crate::site::{HostChange, Power};
use crate::units::{DataSize, SimTime};

use super::edits::Before;
use super::event::{Event, Planned, Report};
use super::lever::{Lever, LeverError};
use super::notice::Happening;
use super::routing::Bound;
use super::runbook::Expectation;
use super::terrain::Terrain;

/// Somebody who is told every record of a lab as it is written.
pub type LabObserver<'a> = &'a mut dyn Observer<ResourceRef, Happening>;

/// A lab at one instant: plain data, and what is going to happen to it.
///
/// A clone is a branch: it goes its own way from here. The same blueprint, seed and levers give the
/// same records, byte for byte, whoever watches.
#[derive(Debug, Clone)]
pub struct World {
    pub(super) terrain: Terrain,
    pub(super) mgn: Option<Mgn>,
    pub(super) schedule: Arc<Vec<(SimTime, Lever)>>,
    /// The place in it that was reached last, and the record of what began there.
    pub(super) begun: Option<(usize, RecordId)>,
    /// What of the schedule the lab refused when it was due, by its place, and why.
    pub(super) refused: BTreeMap<usize, Arc<LeverError>>,
    pub(super) expectations: Arc<Vec<Expectation>>,
    pub(super) n_events: u64,
    pub(super) n_steps: u64,
}

/// Why a run came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RunEnd {
    /// Everything due up to and with the instant asked for has happened.
    Reached,
    /// As many events have happened as were allowed.
    BudgetSpent,
}

impl World {
    /// Lets everything happen that is due up to and with `until`, but no more than `budget` events,
    /// and shows `observers` every record.
    pub fn run_until(&mut self, until: SimTime, budget: u64, observers: &mut [LabObserver<'_>]) -> RunEnd {
        self.terrain.trace.deliver(observers);
        for _ in 0..budget {
            if !self.step_event(until, observers) {
                if until > self.now() {
                    self.terrain.queue.advance_to(until);
                }
                return RunEnd::Reached;
            }
        }
        RunEnd::BudgetSpent
    }

    /// Whether nothing happens any more up to and with an instant.
    #[must_use]
    pub fn rests_until(&self, at: SimTime) -> bool {
        !self.terrain.flows.is_dirty() && self.next_event_at().is_none_or(|next| next > at)
    }

    /// Lets the next event happen, if it is due no later than `until`. False if there is none.
    pub fn step_event(&mut self, until: SimTime, observers: &mut [LabObserver<'_>]) -> bool {
        let dirty = self.terrain.flows.is_dirty() || self.terrain.probers.is_stale();
        let latest = if dirty { self.now() } else { until };
        match self.terrain.queue.pop_until(latest) {
            Some((_, Planned { cause, event })) => {
                self.n_events += 1;
                self.terrain.cause = cause;
                self.handle(event);
            }
            None if dirty => self.terrain.settle(),
            None => return false,
        }
        self.n_steps += 1;
        self.tell_migration();
        self.terrain.trace.deliver(observers);
        true
    }

    pub(super) fn handle(&mut self, event: Event) {
        let terrain = &mut self.terrain;
        match event {
            Event::Wake(actor) => {
                terrain.wakes.remove(&actor);
                terrain.report(Report::Wake(actor));
            }
            Event::Packet(packet) => {
                terrain.n_packets -= 1;
                terrain.advance(packet);
            }
            Event::Call(call) => terrain.on_call_timer(call),
            Event::Relay(relay) => terrain.on_relay_timer(relay),
            Event::Hold(hold) => terrain.on_hold(hold),
            Event::Router(router, timer) => terrain.on_router_timer(router, timer),
            Event::Hub(hub) => terrain.on_hub(hub),
            Event::Igp(router) => terrain.on_igp(router),
            Event::Area(area) => terrain.on_area(area),
            Event::Gateway(gateway) => terrain.on_gateway(gateway),
            Event::Probe(place) => terrain.on_probe_due(place),
            Event::Scheduled(place) => {
                let schedule = self.schedule.clone();
                if let Some((at, lever)) = schedule.get(place) {
                    // What is done to one thing at one instant is one fault: both directions of a link, say.
                    let goes_on = |(before, record): (usize, RecordId)| {
                        let (began_at, first) = schedule.get(before)?;
                        let is_one = before + 1 == place && began_at == at;
                        (is_one && first.subject() == lever.subject()).then_some(record)
                    };
                    let began = self.begun.and_then(goes_on);
                    terrain.cause = began;
                    let (record, refused) = self.pull_planned(lever);
                    self.refused.extend(refused.map(|why| (place, why)));
                    self.begun = Some((place, began.unwrap_or(record)));
                }
            }
            Event::Lever(lever) => {
                self.pull_planned(&lever);
            }
            Event::Instant => {
                let mut ready = Vec::new();
                let now = terrain.now();
                terrain.runbook.conductor.on_instant(now, &mut ready);
                terrain.get_ready(&ready);
            }
            Event::Step(step) => self.act(step),
        }
    }

    /// Pulls a lever that was planned; a lab that is not as it was thought to be refuses it, and says why.
    fn pull_planned(&mut self, lever: &Lever) -> (RecordId, Option<Arc<LeverError>>) {
        match self.pull(lever, Bound::Before) {
            Ok(record) => (record, None),
            Err(why) => {
                let why = Arc::new(why);
                let refused = Happening::LeverRefused {
                    lever: Arc::new(lever.clone()),
                    why: Arc::clone(&why),
                };
                (self.terrain.record(lever.subject(), refused), Some(why))
            }
        }
    }

    /// Why the lab refused what stands at a place of its schedule when that was due; none where it was done, or is ahead.
    #[must_use]
    pub fn refusal_of_planned(&self, place: usize) -> Option<&LeverError> {
        self.refused.get(&place).map(Arc::as_ref)
    }

    /// A step of the runbook acts.
    fn act(&mut self, step: RunbookStepId) {
        let terrain = &mut self.terrain;
        let Some(command) = terrain.runbook.steps.get(step).map(|row| row.command.clone()) else {
            return;
        };
        terrain.record(step, Happening::StepActed);
        terrain.runbook.conductor.on_acting(step);
        let (now, acted) = (terrain.now(), terrain.cause);
        self.tell(mgn::Input::Command(command));
        let terrain = &mut self.terrain;
        terrain.cause = acted;
        let mut ready = Vec::new();
        terrain.runbook.conductor.on_acted(step, now, &mut ready);
        terrain.get_ready(&ready);
    }

    /// Makes everything this branch's own.
    ///
    /// A clone shares the state of its routers with the original until either changes it, which makes branching cheap
    /// and the first steps after it dearer. Who is about to run far pays once, here. What happens is the same.
    pub fn detach(&mut self) {
        self.terrain.detach_routers();
    }

    /// Pulls a lever now.
    ///
    /// # Errors
    /// Where the lever speaks of something that is not there or already so; nothing was changed.
    pub fn apply(&mut self, lever: &Lever) -> Result<RecordId, LeverError> {
        self.apply_after(None, lever)
    }

    /// Pulls a lever now that is part of what began with a record.
    ///
    /// # Errors
    /// As above.
    pub fn apply_after(&mut self, began: Option<RecordId>, lever: &Lever) -> Result<RecordId, LeverError> {
        self.terrain.cause = began;
        let record = self.pull(lever, self.terrain.bound())?;
        self.tell_migration();
        Ok(record)
    }

    /// Pulls a lever at the present, of which so much has happened already.
    pub(super) fn pull(&mut self, lever: &Lever, bound: Bound) -> Result<RecordId, LeverError> {
        let terrain = &mut self.terrain;
        terrain.glimpse_probes();
        let before = Before::of(&terrain.network, lever);
        match lever {
            Lever::Network(change) => terrain.network.cloud.apply(change)?,
            Lever::Host { host, change } => {
                let row = terrain.network.hosts.get_mut(*host);
                row.ok_or(LeverError::NoSuchHost)?.apply(change)?;
            }
            Lever::Routing(lever) => terrain.check_routing(lever)?,
            Lever::Command(_) | Lever::Migration(_) if self.mgn.is_none() => {
                return Err(LeverError::NoMigration);
            }
            Lever::Command(_) | Lever::Migration(_) => {}
        }
        let happening = Happening::Lever(Arc::new(lever.clone()));
        let record = terrain.record(lever.subject(), happening);
        terrain.routers.note_disturbed(lever.subject(), record);
        if let Some(before) = before {
            terrain.edits.note(record, before);
        }
        match lever {
            Lever::Network(_) => {
                self.network_changed(record);
                self.terrain.stir_hubs();
            }
            Lever::Routing(lever) => {
                terrain.rouse_for_lever(lever, bound);
                terrain.pull_routing(lever, record);
                self.network_changed(record);
            }
            Lever::Host { host, change } => {
                self.network_changed(record);
                if let Some(change) = seen_by_mgn(change) {
                    let host = *host;
                    self.tell(mgn::Input::HostChanged { host, change });
                    if starts(change) && self.identity_lasts(host).is_err() {
                        let change = mgn::HostChange::MacChanged;
                        self.tell(mgn::Input::HostChanged { host, change });
                    }
                }
            }
            Lever::Command(command) => self.tell(mgn::Input::Command(command.clone())),
            Lever::Migration(change) => self.tell(mgn::Input::Setting(change.clone())),
        }
        Ok(record)
    }

    /// What stands is looked at again by the new tables.
    fn network_changed(&mut self, because: RecordId) {
        let terrain = &mut self.terrain;
        terrain.cause = Some(because);
        terrain.review_holds(None);
        terrain.cause = Some(because);
        terrain.reroute_flows(None);
        terrain.cause = Some(because);
        terrain.probe_ways_changed();
    }

    /// Tells the migration all that has been reported, and what that leads to.
    pub(super) fn tell_migration(&mut self) {
        while let Some((cause, report)) = self.terrain.inbox.pop_front() {
            self.terrain.cause = cause;
            let input = match report {
                Report::Wake(actor) => mgn::Input::Wake(actor),
                Report::CallDone { actor, call, outcome } => mgn::Input::CallDone { actor, call, outcome },
                Report::Hold { actor, hold, event } => mgn::Input::Hold { actor, hold, event },
                Report::FlowRate { actor, flow, rate } => mgn::Input::FlowRate { actor, flow, rate },
            };
            self.tell(input);
        }
    }

    fn tell(&mut self, input: mgn::Input) {
        let Some(mgn) = &mut self.mgn else {
            return;
        };
        let server = server_of(&input);
        if let Some(server) = server {
            look_at_lag(mgn, &mut self.terrain, server);
        }
        mgn.handle(input, &mut self.terrain);
        if let Some(server) = server {
            look_at_lag(mgn, &mut self.terrain, server);
        }
    }
}

/// Between two inputs of its own a server's lag and its backlog only grow, or only fall: their peaks are at the ends.
fn look_at_lag(mgn: &Mgn, terrain: &mut Terrain, id: SourceServerId) {
    if terrain.observations.watches_lag(id)
        && let Some(server) = mgn.server(id)
    {
        let now = terrain.now();
        let lag = server.lag(now).unwrap_or_default();
        let backlog = if lag.is_zero() {
            DataSize::ZERO
        } else {
            server.backlog(now)
        };
        terrain.observations.on_lag(now, id, lag, backlog);
    }
}

fn server_of(input: &mgn::Input) -> Option<SourceServerId> {
    let actor = match input {
        mgn::Input::Wake(actor)
        | mgn::Input::CallDone { actor, .. }
        | mgn::Input::FlowRate { actor, .. }
        | mgn::Input::Hold { actor, .. } => *actor,
        mgn::Input::Command(_) | mgn::Input::HostChanged { .. } | mgn::Input::Setting(_) => return None,
    };
    match actor {
        Actor::Server(server) => Some(server),
        Actor::Service | Actor::Replicator(_) | Actor::Job(_) => None,
    }
}

/// Whether a computer has started with it.
const fn starts(change: mgn::HostChange) -> bool {
    use mgn::HostChange as C;
    match change {
        C::PowerOn | C::Crashed | C::Rebooted => true,
        C::PowerOff | C::MacChanged => false,
    }
}

/// What a migration hears of a change to a computer.
fn seen_by_mgn(change: &HostChange) -> Option<mgn::HostChange> {
    match change {
        HostChange::Power(Power::On) => Some(mgn::HostChange::PowerOn),
        HostChange::Power(Power::Off | Power::Terminated) => Some(mgn::HostChange::PowerOff),
        HostChange::Reboot => Some(mgn::HostChange::Rebooted),
        HostChange::Crash => Some(mgn::HostChange::Crashed),
        HostChange::NewMac => Some(mgn::HostChange::MacChanged),
        HostChange::Mac(_)
        | HostChange::Clock(_)
        | HostChange::Trust(_)
        | HostChange::Rate(_)
        | HostChange::Mtu(_)
        | HostChange::AddFirewallRule(_)
        | HostChange::RemoveFirewallRule(_)
        | HostChange::SetForwarder(_)
        | HostChange::RemoveForwarder(_)
        | HostChange::Gateway(_)
        | HostChange::NameServers(_) => None,
    }
}
