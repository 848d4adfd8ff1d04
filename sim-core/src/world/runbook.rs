//! The runbook: what people do during the lab, and when; and what the lab expects to come true.
//!
//! A step waits for its trigger, then acts once. Conditions are looked at when something that
//! they speak of changes, never by polling.

use crate::migrate::mgn::{Command, DataReplicationState, LifeCycleState, ReplicationError};
use crate::reason::Reason;
use crate::resource::{ResourceRef, RunbookStepId, SourceServerId};
use crate::units::{SimTime, Span};

use super::reach::Question;
use super::routing::RoutingExpected;

/// What a step waits for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Condition {
    /// An instant.
    At(SimTime),
    /// Another step has acted.
    Done(RunbookStepId),
    /// Every one of the servers is in the life-cycle state.
    LifeCycle {
        /// The servers.
        servers: Vec<SourceServerId>,
        /// The state.
        state: LifeCycleState,
    },
    /// Every one of the servers is in the replication state.
    Replication {
        /// The servers.
        servers: Vec<SourceServerId>,
        /// The state.
        state: DataReplicationState,
    },
    /// Every one of the servers has a launched instance from its latest test or cutover job.
    Launched {
        /// The servers.
        servers: Vec<SourceServerId>,
    },
    /// Every one of the conditions holds.
    All(Vec<Condition>),
}

/// One step of the runbook.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RunbookStep {
    /// What it is called.
    pub name: String,
    /// What it waits for.
    pub when: Condition,
    /// How long after that it acts.
    pub delay: Span,
    /// What it does.
    pub command: Command,
}

/// Something that the lab expects; each is looked at when the run ends.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Expectation {
    /// What it is called.
    pub name: String,
    /// What should be true.
    pub what: Expected,
}

/// What should be true.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Expected {
    /// Every one of the servers came to the life-cycle state, by then where an instant is given.
    LifeCycle {
        /// The servers.
        servers: Vec<SourceServerId>,
        /// The state.
        state: LifeCycleState,
        /// The latest instant.
        by: Option<SimTime>,
    },
    /// Every one of the servers finished its initial sync by then.
    InitialSync {
        /// The servers.
        servers: Vec<SourceServerId>,
        /// The latest instant.
        by: SimTime,
    },
    /// None of the servers stalled, or not with this error.
    NoStall {
        /// The servers.
        servers: Vec<SourceServerId>,
        /// The error; any where none is given.
        error: Option<ReplicationError>,
    },
    /// The lag of every one of the servers stayed below this, once it was first continuous.
    LagBelow {
        /// The servers.
        servers: Vec<SourceServerId>,
        /// The bound.
        bound: Span,
    },
    /// Every step of the runbook acted, and none was refused for all of its servers.
    RunbookDone,
    /// Something about routers and their sessions.
    Routing(RoutingExpected),
    /// Somebody reaches somebody when the run ends, or is kept from it.
    Reach {
        /// Who, and whom.
        question: Question,
        /// What keeps them from it; none where they reach each other.
        refused: Option<Reason>,
    },
    /// What somebody sends to somebody when the run ends arrives, and goes this way.
    Way {
        /// Who, and whom.
        question: Question,
        /// What it passes; several where things of different kinds share the name.
        by: Vec<ResourceRef>,
    },
    /// A probe comes through when the run ends, or was never out for as long.
    Probe {
        /// Its place among the lab's probes.
        place: usize,
        /// What every outage is shorter than; none where only the end counts.
        bound: Option<Span>,
    },
}
