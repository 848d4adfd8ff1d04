//! What waits in the queue, and what the world has to tell a migration.

use std::sync::Arc;

use crate::kernel::RecordId;
use crate::migrate::ground::{Actor, CallId, CallOutcome, HoldEvent, HoldId};
use crate::resource::{FlowId, RouterId, RunbookStepId, VirtualGatewayId};
use crate::units::BitRate;

use super::lever::Lever;
use super::packet::Packet;
use super::relay::RelayId;
use super::routing::{Hub, RouterTimer};

/// An event and the record that brought it about.
#[derive(Debug, Clone)]
pub(super) struct Planned {
    pub(super) cause: Option<RecordId>,
    pub(super) event: Event,
}

/// Something that is going to happen.
#[derive(Debug, Clone)]
pub(super) enum Event {
    /// An actor of the migration wanted to be woken.
    Wake(Actor),
    /// A packet reaches its next place.
    Packet(Box<Packet>),
    /// A call's present wait is over.
    Call(CallId),
    /// A name server's wait for another one is over.
    Relay(RelayId),
    /// The holder of a connection notices that it is gone, or that it stands again.
    Hold(HoldId),
    /// A change of the lab's schedule, by its place.
    Scheduled(usize),
    /// What follows from an earlier change.
    Lever(Arc<Lever>),
    /// An instant that steps of the runbook wait for.
    Instant,
    /// A step of the runbook acts.
    Step(RunbookStepId),
    /// A machine of a router is looked at.
    Router(RouterId, RouterTimer),
    /// A gateway acts on what it has learned.
    Hub(Hub),
    /// A router forwards by what its area has known for a while.
    Igp(RouterId),
    /// A silence in an area may have lasted for the dead interval.
    Area(usize),
    /// A backup has waited long enough to take a virtual gateway over.
    Gateway(VirtualGatewayId),
    /// A probe is due, by its place.
    Probe(usize),
}

impl Event {
    /// Whether this comes before all else at its instant. A gateway's clock is set anew whenever it looks at anything, and
    /// less often where questions are left out: when it was set must not decide what it meets.
    pub(super) const fn comes_first(&self) -> bool {
        matches!(self, Self::Router(_, RouterTimer::Ike))
    }
}

/// Who started a call or a flow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Owner {
    /// An actor of the migration.
    Actor(Actor),
    /// A probe of the lab, by its place.
    Prober(usize),
    /// Somebody who looks at the lab and is no part of it.
    Probe,
}

/// What the world tells a migration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Report {
    /// The wake-up that the actor asked for.
    Wake(Actor),
    /// A call ended.
    CallDone {
        actor: Actor,
        call: CallId,
        outcome: CallOutcome,
    },
    /// A held connection was lost or stands again.
    Hold {
        actor: Actor,
        hold: HoldId,
        event: HoldEvent,
    },
    /// A flow has a new rate.
    FlowRate {
        actor: Actor,
        flow: FlowId,
        rate: BitRate,
    },
}
