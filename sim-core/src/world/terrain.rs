//! Everything in a lab but the migration: the ground that it stands on, and the clock.

use std::collections::{BTreeMap, VecDeque};
use std::net::Ipv4Addr;
use std::sync::Arc;

use crate::kernel::{Dice, EventQueue, RecordId, Streams, TimerId, Trace};
use crate::migrate::ground::Actor;
use crate::resource::{HostId, ResourceRef, RunbookStepId, VpcId, kind};
use crate::units::{SimTime, Span};

use super::call::Calls;
use super::conductor::Conductor;
use super::edits::Edits;
use super::event::{Event, Planned, Report};
use super::flow::Flows;
use super::hold::Holds;
use super::names::Names;
use super::network::{Asker, LinkRef, Network, Tracking};
use super::notice::Happening;
use super::observation::Observations;
use super::packet::Jitter;
use super::prober::Probers;
use super::relay::Relays;
use super::replay::Sequences;
use super::routing::Routers;
use super::runbook::RunbookStep;
use crate::kernel::Arena;

/// The runbook as it was written, and how far it has come.
#[derive(Debug, Clone)]
pub(super) struct Runbook {
    pub(super) steps: Arc<Arena<RunbookStep, kind::RunbookStep>>,
    pub(super) conductor: Conductor,
}

/// Everything in a lab but the migration.
#[derive(Debug, Clone)]
pub(super) struct Terrain {
    pub(super) network: Network,
    pub(super) tracking: Tracking,
    pub(super) names: Arc<Names>,
    pub(super) streams: Streams,
    pub(super) queue: EventQueue<Planned>,
    pub(super) trace: Trace<ResourceRef, Happening>,
    /// The record that brought about what happens now.
    pub(super) cause: Option<RecordId>,
    /// Packets that wait in the queue.
    pub(super) n_packets: u64,
    /// What the migration is to be told before the next event.
    pub(super) inbox: VecDeque<(Option<RecordId>, Report)>,
    pub(super) wakes: BTreeMap<Actor, TimerId>,
    pub(super) ports: BTreeMap<Asker, u16>,
    pub(super) link_dice: BTreeMap<LinkRef, Dice>,
    /// Of each direction of a link that jitters or did.
    pub(super) jitter: BTreeMap<LinkRef, Jitter>,
    /// Of what goes through tunnels.
    pub(super) sequences: Sequences,
    pub(super) calls: Calls,
    pub(super) probers: Probers,
    pub(super) relays: Relays,
    pub(super) holds: Holds,
    pub(super) flows: Flows,
    /// What was edited, for whoever asks what a refusal follows from.
    pub(super) edits: Edits,
    pub(super) runbook: Runbook,
    pub(super) observations: Observations,
    /// What runs on the routers, and what they know of their interfaces.
    pub(super) routers: Routers,
}

impl Terrain {
    /// The present.
    pub(super) const fn now(&self) -> SimTime {
        self.queue.now()
    }
    /// Writes a record, which becomes the cause of what follows in this step.
    pub(super) fn record(&mut self, subject: impl Into<ResourceRef>, what: Happening) -> RecordId {
        let id = self.trace.record(self.now(), self.cause, subject.into(), what);
        self.cause = Some(id);
        id
    }
    /// Lets `event` happen at `at`, caused by what happens now.
    pub(super) fn at(&mut self, at: SimTime, event: Event) {
        let cause = self.cause;
        self.plan(at, Planned { cause, event });
    }
    /// Lets an event happen at `at`.
    pub(super) fn plan(&mut self, at: SimTime, planned: Planned) {
        if planned.event.comes_first() {
            self.queue.schedule_first(at, planned);
        } else {
            self.queue.schedule(at, planned);
        }
    }
    /// Lets `event` happen `delay` from now.
    pub(super) fn after(&mut self, delay: Span, event: Event) {
        self.at(self.now() + delay, event);
    }
    /// Lets `event` happen `delay` from now unless it is taken back.
    pub(super) fn timer(&mut self, delay: Span, event: Event) -> TimerId {
        self.timer_at(self.now() + delay, event)
    }
    /// Lets `event` happen at `at` unless it is taken back.
    pub(super) fn timer_at(&mut self, at: SimTime, event: Event) -> TimerId {
        let cause = self.cause;
        self.queue.schedule_cancellable(at, Planned { cause, event })
    }
    /// Tells the migration something once this event is over.
    pub(super) fn report(&mut self, report: Report) {
        self.inbox.push_back((self.cause, report));
    }

    /// The private address of a host.
    pub(super) fn private_address(&self, host: HostId) -> Option<Ipv4Addr> {
        self.network.address_of(host)
    }
    /// The public address of a host, where it has one.
    pub(super) fn public_address_of(&self, host: HostId) -> Option<Ipv4Addr> {
        let interface = self.network.hosts.get(host)?.vpc_interface()?;
        self.network.cloud.interfaces.get(interface)?.public_address
    }
    /// The VPC that a host is in; none for one on a segment.
    pub(super) fn vpc_of(&self, host: HostId) -> Option<VpcId> {
        self.network.vpc_of(host)
    }

    /// Steps of the runbook have what they wait for: they act after their delays.
    pub(super) fn get_ready(&mut self, ready: &[RunbookStepId]) {
        let cause = self.cause;
        for &step in ready {
            let Some(delay) = self.runbook.steps.get(step).map(|row| row.delay) else {
                continue;
            };
            let acts_at = self.now() + delay;
            self.runbook.conductor.plan(step, acts_at);
            self.cause = cause;
            self.record(step, Happening::StepReady);
            self.at(acts_at, Event::Step(step));
        }
        self.cause = cause;
    }
}
