//! What a record of the trace says: one payload for everything that can happen in a lab.
//!
//! Every owner announces in its own words ([`mgn::Notice`]); the world adds what happens to
//! packets, names, connections, flows, levers and the runbook, and decides how much each matters.

use std::net::Ipv4Addr;
use std::sync::Arc;

use ipnet::Ipv4Net;

use crate::aws::direct_connect::Learned;
use crate::aws::transit_gateway::Installed;
use crate::aws::virtual_private_gateway;
use crate::kernel;
use crate::migrate::ground::{CallDone, CallFailed, Remote};
use crate::migrate::mgn;
use crate::migrate::mgn::{DataReplicationState, LaunchStatus, StepStatus};
use crate::net::FiveTuple;
use crate::proto::bfd;
use crate::proto::bgp::speaker;
use crate::proto::dns::Name;
use crate::proto::ike;
use crate::proto::ike::replay::Replayed;
use crate::reason::Reason;
use crate::resource::{HostId, ResourceRef};
use crate::units::{BitRate, SimTime, Span};
use crate::verdict::Refusal;

use super::lever::{Lever, LeverError};
use super::network::LinkRef;
use super::routing::{GatewayChange, IgpChange};

/// A record of a lab's trace: about a resource, saying what happened to it.
pub type Record = kernel::Record<ResourceRef, Happening>;

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Happening {
    /// The lab began.
    Started {
        /// The seed of all its dice.
        seed: u64,
    },
    /// Somebody pulled a lever.
    Lever(Arc<Lever>),
    /// A lever of the schedule no longer fitted the lab, and nothing was done.
    LeverRefused {
        /// The lever.
        lever: Arc<Lever>,
        /// Why it was refused.
        why: Arc<LeverError>,
    },
    /// A step of the runbook has what it waits for; it acts after its delay.
    StepReady,
    /// A step of the runbook acted.
    StepActed,
    /// A packet was dropped.
    Dropped {
        /// Who spoke to whom, as the packet was addressed where it was dropped.
        packet: FiveTuple,
        /// What stopped it, and by which rule.
        refusal: Refusal,
    },
    /// A host learned the address of a name.
    Resolved {
        /// The name.
        name: Name,
        /// The address that it uses.
        address: Ipv4Addr,
    },
    /// A call came through.
    CallDone {
        /// Where it went.
        to: Remote,
        /// How it went.
        done: CallDone,
    },
    /// A call went wrong.
    CallFailed {
        /// Where it should have gone.
        to: Remote,
        /// How it went wrong.
        failed: CallFailed,
    },
    /// A held connection was lost.
    HoldLost {
        /// Where it led.
        to: Remote,
        /// What the holder saw, and what stopped it.
        failed: CallFailed,
    },
    /// A lost connection stands again.
    HoldRestored {
        /// Where it leads.
        to: Remote,
    },
    /// A bulk flow was opened.
    FlowOpened {
        /// The host that sends.
        from: HostId,
        /// The host that receives.
        to: HostId,
    },
    /// A bulk flow goes another way, or its way is whole again.
    FlowRouted,
    /// Nothing gets through on a bulk flow's way any more.
    FlowBroken(Refusal),
    /// A bulk flow ended.
    FlowClosed {
        /// The rate that it had last.
        rate: BitRate,
    },
    /// Something happened in the migration.
    Mgn(mgn::Notice),
    /// Something happened in a router's BGP process.
    Bgp(Box<speaker::Notice>),
    /// BFD sees its neighbour in another state.
    Bfd(bfd::Change),
    /// Something happened in a gateway's IKE.
    Ike(Arc<ike::Notice>),
    /// A gateway sends a message of IKE.
    IkeSent(Arc<ike::Summary>),
    /// A Transit Gateway's route table sends a prefix another way.
    TransitRoute {
        /// The prefix.
        prefix: Ipv4Net,
        /// What was installed before, if anything was.
        from: Option<Installed>,
        /// What is installed now, if anything is.
        to: Option<Installed>,
    },
    /// A Direct Connect gateway sends a prefix another way.
    DirectConnectRoute {
        /// The prefix.
        prefix: Ipv4Net,
        /// What it has learned of it, if anything.
        to: Option<Learned>,
    },
    /// A virtual private gateway sends a prefix another way.
    GatewayRoute {
        /// The prefix.
        prefix: Ipv4Net,
        /// What it forwards by now, if anything.
        to: Option<virtual_private_gateway::Installed>,
    },
    /// A tunnel has a security association, and carries packets.
    TunnelProtected {
        /// How packets are protected.
        suite: Arc<ike::proposal::Suite>,
        /// Whether it takes the place of another.
        replaces: bool,
    },
    /// A tunnel has no security association any more, and carries nothing.
    TunnelBare {
        /// Why the last one went.
        reason: Arc<ike::Reason>,
    },
    /// Another router is active for a virtual gateway, or none.
    Gateway(GatewayChange),
    /// Something happened in the interior routing.
    Igp(IgpChange),
    /// A probe did not come through, the first after one that did.
    ProbeLost {
        /// The probe.
        name: Arc<str>,
        /// Whom it tried to reach.
        to: Arc<str>,
        /// When it was sent.
        since: SimTime,
        /// How it went wrong.
        failed: CallFailed,
    },
    /// A probe came through, the first after some that did not.
    ProbeAnswered {
        /// The probe.
        name: Arc<str>,
        /// Whom it reached.
        to: Arc<str>,
        /// For how long none had come through.
        lost_for: Span,
    },
    /// A packet was dropped as it came out of a tunnel, for its sequence number.
    Overtaken {
        /// Who spoke to whom, inside the tunnel.
        packet: FiveTuple,
        /// What stopped it.
        refusal: Refusal,
        /// The security association, by the index that the packet carried.
        spi: u32,
        /// What is wrong with the number.
        why: Replayed,
    },
    /// A bulk flow goes another way than before.
    FlowRerouted {
        /// The links that it crossed, from sender to receiver.
        from: Arc<[LinkRef]>,
        /// The links that it crosses.
        to: Arc<[LinkRef]>,
        /// For how long nothing got through in between.
        stood_for: Span,
    },
}

/// How much something matters to somebody who watches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum Notability {
    /// Part of the daily round.
    Routine,
    /// Worth stopping for.
    Notable,
    /// Something is wrong.
    Alarm,
}

impl Happening {
    /// How much it matters.
    #[must_use]
    pub fn notability(&self) -> Notability {
        match self {
            Self::Resolved { .. }
            | Self::CallDone { .. }
            | Self::Dropped { .. }
            | Self::Overtaken { .. }
            | Self::FlowOpened { .. }
            | Self::FlowClosed { .. }
            | Self::StepReady => Notability::Routine,
            Self::Started { .. }
            | Self::Lever(_)
            | Self::StepActed
            | Self::FlowRouted
            | Self::FlowRerouted { .. }
            | Self::HoldRestored { .. }
            | Self::ProbeAnswered { .. } => Notability::Notable,
            Self::LeverRefused { .. }
            | Self::CallFailed { .. }
            | Self::ProbeLost { .. }
            | Self::HoldLost { .. }
            | Self::FlowBroken(_) => Notability::Alarm,
            Self::Mgn(notice) => migration_notability(notice),
            Self::Bgp(notice) => bgp_notability(notice),
            Self::Bfd(change) if change.is_failure() => Notability::Alarm,
            Self::Bfd(_) | Self::IkeSent(_) => Notability::Routine,
            Self::Ike(notice) => ike_notability(notice),
            Self::TunnelProtected { replaces: false, .. } => Notability::Notable,
            Self::TunnelProtected { replaces: true, .. } => Notability::Routine,
            Self::TunnelBare { .. } => Notability::Alarm,
            Self::TransitRoute { to: Some(_), .. }
            | Self::DirectConnectRoute { to: Some(_), .. }
            | Self::GatewayRoute { to: Some(_), .. } => Notability::Notable,
            Self::TransitRoute { to: None, .. }
            | Self::DirectConnectRoute { to: None, .. }
            | Self::GatewayRoute { to: None, .. } => Notability::Alarm,
            Self::Gateway(GatewayChange::Silent { .. }) => Notability::Alarm,
            Self::Gateway(GatewayChange::Active { .. } | GatewayChange::Awake { .. }) => Notability::Notable,
            Self::Igp(IgpChange::NeighborDown { .. }) => Notability::Alarm,
            Self::Igp(IgpChange::NeighborUp { .. } | IgpChange::Converged { .. }) => Notability::Notable,
        }
    }
    /// What stopped something, where the record says so.
    #[must_use]
    pub fn refusal(&self) -> Option<Refusal> {
        match self {
            Self::Dropped { refusal, .. } | Self::Overtaken { refusal, .. } | Self::FlowBroken(refusal) => {
                Some(*refusal)
            }
            Self::CallFailed { failed, .. }
            | Self::HoldLost { failed, .. }
            | Self::ProbeLost { failed, .. } => failed.stopped_by,
            Self::Mgn(notice) => migration_refusal(notice),
            Self::Started { .. }
            | Self::Lever(_)
            | Self::LeverRefused { .. }
            | Self::StepReady
            | Self::StepActed
            | Self::Resolved { .. }
            | Self::CallDone { .. }
            | Self::HoldRestored { .. }
            | Self::FlowOpened { .. }
            | Self::FlowRouted
            | Self::FlowRerouted { .. }
            | Self::FlowClosed { .. }
            | Self::Bgp(_)
            | Self::Bfd(_)
            | Self::Ike(_)
            | Self::IkeSent(_)
            | Self::TransitRoute { .. }
            | Self::DirectConnectRoute { .. }
            | Self::GatewayRoute { .. }
            | Self::TunnelProtected { .. }
            | Self::TunnelBare { .. }
            | Self::Gateway(_)
            | Self::Igp(_)
            | Self::ProbeAnswered { .. } => None,
        }
    }
    /// The reason that the record gives: the symptom where there is one, else what stopped it.
    #[must_use]
    pub fn reason(&self) -> Option<Reason> {
        match self {
            Self::CallFailed { failed, .. }
            | Self::HoldLost { failed, .. }
            | Self::ProbeLost { failed, .. } => Some(failed.symptom),
            Self::Mgn(
                mgn::Notice::Refused { reason: symptom, .. } | mgn::Notice::InstallFailed { symptom, .. },
            ) => Some(*symptom),
            Self::Bgp(notice) => bgp_reason(notice),
            Self::Ike(notice) if self.notability() == Notability::Alarm => {
                super::routing::tunnel_reason(notice)
            }
            other => other.refusal().map(|refusal| refusal.reason),
        }
    }
}

fn migration_notability(notice: &mgn::Notice) -> Notability {
    use mgn::Notice as N;
    match notice {
        N::InstallBegan(_)
        | N::Rate { .. }
        | N::ReplicatorReplaced { .. }
        | N::ReplicatorRemoved
        | N::ReplicatorLaunched { .. } => Notability::Routine,
        N::Step { status, .. } => match status {
            StepStatus::Failed => Notability::Alarm,
            StepStatus::NotStarted | StepStatus::InProgress | StepStatus::Succeeded | StepStatus::Skipped => {
                Notability::Routine
            }
        },
        N::JobLog { reason, .. } => reason.map_or(Notability::Routine, |_| Notability::Alarm),
        N::Launch { status, .. } => match status {
            LaunchStatus::Pending | LaunchStatus::InProgress => Notability::Routine,
            LaunchStatus::Launched | LaunchStatus::Terminated => Notability::Notable,
            LaunchStatus::Failed => Notability::Alarm,
        },
        N::Replication { to, .. } => match to {
            DataReplicationState::Stalled => Notability::Alarm,
            DataReplicationState::Stopped
            | DataReplicationState::Initiating
            | DataReplicationState::InitialSync
            | DataReplicationState::Backlog
            | DataReplicationState::CreatingSnapshot
            | DataReplicationState::Continuous
            | DataReplicationState::Paused
            | DataReplicationState::Rescan
            | DataReplicationState::Disconnected
            | DataReplicationState::PendingSnapshotShipping
            | DataReplicationState::ShippingSnapshot => Notability::Notable,
        },
        N::PostLaunch { stopped_by } => stopped_by.map_or(Notability::Notable, |_| Notability::Alarm),
        N::Accepted(_)
        | N::Installed
        | N::LifeCycle { .. }
        | N::Recovered
        | N::ErrorCleared { .. }
        | N::InitialSyncDone { .. }
        | N::RateShort { .. }
        | N::RateRestored { .. }
        | N::LagDrained { .. }
        | N::JobStarted { .. } => Notability::Notable,
        N::Refused { .. }
        | N::InstallFailed { .. }
        | N::Stalled { .. }
        | N::ErrorReported { .. }
        | N::LagGrew { .. } => Notability::Alarm,
    }
}

fn migration_refusal(notice: &mgn::Notice) -> Option<Refusal> {
    use mgn::Notice as N;
    match notice {
        N::InstallFailed { stopped_by, .. }
        | N::Stalled { stopped_by, .. }
        | N::ErrorReported { stopped_by, .. }
        | N::PostLaunch { stopped_by } => *stopped_by,
        N::JobLog { reason, .. } => *reason,
        N::Accepted(_)
        | N::Refused { .. }
        | N::InstallBegan(_)
        | N::Installed
        | N::LifeCycle { .. }
        | N::Replication { .. }
        | N::Step { .. }
        | N::Recovered
        | N::ErrorCleared { .. }
        | N::ReplicatorLaunched { .. }
        | N::ReplicatorReplaced { .. }
        | N::ReplicatorRemoved
        | N::InitialSyncDone { .. }
        | N::Rate { .. }
        | N::RateShort { .. }
        | N::RateRestored { .. }
        | N::LagGrew { .. }
        | N::LagDrained { .. }
        | N::JobStarted { .. }
        | N::Launch { .. } => None,
    }
}

/// The reason of a session that ends, or of a path that cannot be used.
fn bgp_reason(notice: &speaker::Notice) -> Option<Reason> {
    use crate::proto::bgp::{rib, session, speaker::Notice as N};
    match notice {
        N::Session(session::Notice::Ended { reason, .. }) => Some(super::routing::meaning(*reason).1),
        N::Routes(rib::Notice::Unreachable { .. }) => Some(Reason::BgpNextHop),
        N::Routes(rib::Notice::LimitReached { .. }) => Some(Reason::BgpMaxPrefixes),
        N::Routes(rib::Notice::NoPolicy { .. }) => Some(Reason::BgpNoPolicy),
        N::Session(
            session::Notice::State { .. }
            | session::Notice::Retained { .. }
            | session::Notice::StaleOver(_)
            | session::Notice::Resting { .. },
        )
        | N::Routes(
            rib::Notice::BestChanged { .. }
            | rib::Notice::Refused { .. }
            | rib::Notice::Lost { .. }
            | rib::Notice::Withdrawn { .. }
            | rib::Notice::WaysChanged { .. }
            | rib::Notice::Outdone { .. },
        )
        | N::Notification { .. }
        | N::Repaired(_) => None,
    }
}

/// Established sessions that end, and sessions that cannot come up, are alarms; new best paths are worth a look.
fn bgp_notability(notice: &speaker::Notice) -> Notability {
    use crate::proto::bgp::session::{self, State};
    use crate::proto::bgp::{rib, speaker::Notice as N};
    match notice {
        N::Session(session::Notice::State { from, to }) => match (from, to) {
            (State::Established, _) => Notability::Alarm,
            (_, State::Established) => Notability::Notable,
            (_, _) => Notability::Routine,
        },
        // Both ends called at once and one connection was given up: no news.
        N::Session(session::Notice::Ended {
            reason: session::Reason::Collision { .. },
            ..
        }) => Notability::Routine,
        N::Session(session::Notice::Ended { .. }) => Notability::Alarm,
        N::Session(session::Notice::Retained { .. } | session::Notice::StaleOver(_)) => Notability::Notable,
        N::Session(session::Notice::Resting { .. }) => Notability::Routine,
        N::Routes(
            rib::Notice::BestChanged { .. } | rib::Notice::NoPolicy { .. } | rib::Notice::Withdrawn { .. },
        ) => Notability::Notable,
        N::Routes(rib::Notice::WaysChanged { left, .. }) if !left.is_empty() => Notability::Notable,
        N::Routes(
            rib::Notice::Refused { .. }
            | rib::Notice::Lost { .. }
            | rib::Notice::WaysChanged { .. }
            | rib::Notice::Outdone { .. },
        ) => Notability::Routine,
        N::Routes(rib::Notice::Unreachable { .. } | rib::Notice::LimitReached { .. })
        | N::Repaired(_)
        | N::Notification { .. } => Notability::Alarm,
    }
}

fn ike_notability(notice: &ike::Notice) -> Notability {
    use crate::proto::ike::Notice as N;
    match notice {
        N::IkeEstablished { .. } | N::NatDetected { .. } | N::SelectorsNarrowed { .. } => Notability::Notable,
        // Another has taken its place, or will at once.
        N::IkeDown {
            reason: ike::Reason::Replaced | ike::Reason::Redundant | ike::Reason::Reauthentication,
            ..
        } => Notability::Notable,
        N::IkeRekeyed { .. }
        | N::TrapInstalled { .. }
        | N::OtherGroupWanted { .. }
        | N::CookieWanted { .. }
        | N::Retransmit { .. } => Notability::Routine,
        N::IkeDown { .. }
        | N::ChildFailed { .. }
        | N::ProposalMismatch { .. }
        | N::VersionMismatch { .. }
        | N::SelectorMismatch { .. }
        | N::AuthenticationFailed(_)
        | N::Undecryptable { .. }
        | N::Refused(_)
        | N::ErrorReceived { .. }
        | N::TooManyHalfOpen { .. }
        | N::OtherGroupSent { .. }
        | N::PeerDead { .. } => Notability::Alarm,
    }
}
