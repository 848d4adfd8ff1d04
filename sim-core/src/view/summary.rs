//! The summary of a run: what `run` prints.

use serde::Serialize;

use crate::units::SimTime;

use super::{
    BgpSession, FailedAction, Fault, Flow, Gateway, Goal, Job, Lag, Link, Move, Node, Outage, Probe,
    RefusedCommand, Server, Snapshot, Tunnel, Wave, json,
};

/// The summary of a run.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Summary {
    /// The lab.
    pub lab: String,
    /// The version of the scenario format.
    pub schema: u32,
    /// The seed.
    pub seed: u64,
    /// The instant at which the run ended.
    #[serde(rename = "ended_s", serialize_with = "json::instant")]
    pub ended_at: SimTime,
    /// Events handled.
    pub events: u64,
    /// The digest of every record.
    pub trace_hash: String,
    /// Things.
    pub nodes: Vec<Node>,
    /// Links.
    pub links: Vec<Link>,
    /// IPsec tunnels.
    pub tunnels: Vec<Tunnel>,
    /// Virtual gateways.
    pub gateways: Vec<Gateway>,
    /// BGP sessions.
    pub sessions: Vec<BgpSession>,
    /// Source servers.
    pub servers: Vec<Server>,
    /// Waves.
    pub waves: Vec<Wave>,
    /// Jobs.
    pub jobs: Vec<Job>,
    /// Operations that the service refused.
    pub refusals: Vec<RefusedCommand>,
    /// Post-launch actions that failed.
    pub failed_actions: Vec<FailedAction>,
    /// Bulk flows that are running.
    pub flows: Vec<Flow>,
    /// The ways that flows of the migration took instead of others, in order; the last ones of very many.
    pub moves: Vec<Move>,
    /// The times during which servers lagged by a minute or more, by server, in the order in which they began.
    pub lags: Vec<Lag>,
    /// Probes.
    pub probes: Vec<Probe>,
    /// Disturbances.
    pub faults: Vec<Fault>,
    /// Connections that were lost, and stalls of servers.
    pub outages: Vec<Outage>,
    /// What the lab expects.
    pub expectations: Vec<Goal>,
}

impl Summary {
    /// Whether everything that the lab expects holds.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.expectations.iter().all(|goal| goal.holds)
    }
}

impl From<Snapshot> for Summary {
    fn from(snapshot: Snapshot) -> Self {
        Self {
            lab: snapshot.overview.lab,
            schema: snapshot.overview.schema,
            seed: snapshot.overview.seed,
            ended_at: snapshot.overview.now,
            events: snapshot.overview.events,
            trace_hash: snapshot.overview.trace_hash,
            nodes: snapshot.topology.nodes,
            links: snapshot.topology.links,
            tunnels: snapshot.tunnels,
            gateways: snapshot.gateways,
            probes: snapshot.probes,
            sessions: snapshot.sessions,
            servers: snapshot.servers,
            waves: snapshot.waves,
            jobs: snapshot.jobs,
            refusals: snapshot.refusals,
            failed_actions: snapshot.failed_actions,
            flows: snapshot.flows,
            moves: snapshot.moves,
            lags: snapshot.lags,
            faults: snapshot.faults,
            outages: snapshot.outages,
            expectations: snapshot.goals,
        }
    }
}
