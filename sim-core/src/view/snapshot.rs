//! Everything that a screen shows of one instant.

use super::{
    BgpSession, FailedAction, Fault, Flow, Gateway, Goal, Job, Lag, Move, Outage, Overview, Probe,
    RefusedCommand, Server, Topology, Tunnel, Wave,
};

/// Everything that a screen shows of one instant.
#[derive(Debug, Clone, PartialEq)]
pub struct Snapshot {
    /// The lab as a whole.
    pub overview: Overview,
    /// What there is, and where.
    pub topology: Topology,
    /// Source servers, in the order of the lab.
    pub servers: Vec<Server>,
    /// Waves, in the order of the lab.
    pub waves: Vec<Wave>,
    /// Jobs, in the order in which they began.
    pub jobs: Vec<Job>,
    /// Operations that the service refused so far, in order.
    pub refusals: Vec<RefusedCommand>,
    /// Post-launch actions that failed so far, in order.
    pub failed_actions: Vec<FailedAction>,
    /// Bulk flows that are running, in the order in which they began.
    pub flows: Vec<Flow>,
    /// The ways that flows of the migration took instead of others, in order; the last ones of very many.
    pub moves: Vec<Move>,
    /// The times during which servers lagged by a minute or more, by server, in the order in which they began.
    pub lags: Vec<Lag>,
    /// Disturbances so far, in order.
    pub faults: Vec<Fault>,
    /// Outages so far, in the order in which they began.
    pub outages: Vec<Outage>,
    /// BGP sessions, in the order of the lab.
    pub sessions: Vec<BgpSession>,
    /// IPsec tunnels, in the order of the lab.
    pub tunnels: Vec<Tunnel>,
    /// Virtual gateways, in the order of the lab.
    pub gateways: Vec<Gateway>,
    /// Probes, in the order of the lab.
    pub probes: Vec<Probe>,
    /// What the lab expects.
    pub goals: Vec<Goal>,
}
