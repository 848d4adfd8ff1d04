//! What a broken variant of a lab breaks, and what then should be seen.

use ipnet::Ipv4Net;

use crate::migrate::mgn::{CommandKind, Exception, InitiationStep, InstallStep, ReplicationError};
use crate::reason::Reason;
use crate::resource::ResourceRef;

/// What a lab breaks on purpose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Breaks {
    /// The precondition of an isolated migration, for example `P7`; docs/scenario-format.md lists
    /// them.
    pub precondition: String,
    /// What a run shows.
    pub symptom: Symptom,
    /// The component that preflight names, where one is to blame; several where things of
    /// different kinds share the name.
    pub components: Vec<ResourceRef>,
    /// The reason that preflight gives, where it can tell beforehand.
    pub reason: Option<Reason>,
}

/// How a broken precondition shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Symptom {
    /// The installation of the agent fails.
    Install {
        /// At this step.
        step: InstallStep,
        /// With what the installer shows.
        reason: Reason,
    },
    /// Replication stalls.
    Stall {
        /// With AWS's error.
        error: ReplicationError,
        /// At this initiation step, where it stalls during initiation.
        step: Option<InitiationStep>,
    },
    /// Replication goes on and reports an error.
    Reports {
        /// AWS's error.
        error: ReplicationError,
    },
    /// The service refuses an operation.
    Refused {
        /// The operation.
        operation: CommandKind,
        /// AWS's exception.
        exception: Exception,
    },
    /// A launch job fails for the server.
    LaunchFailed {
        /// Why.
        reason: Reason,
    },
    /// The instance starts, but an action on it that must succeed does not.
    PostLaunchFailed {
        /// Why.
        reason: Reason,
    },
    /// A BGP session is not up at the end.
    Session {
        /// Its name.
        session: String,
        /// Why.
        reason: Reason,
    },
    /// A tunnel is down at the end, or could not replace its keys.
    Tunnel {
        /// Its name.
        tunnel: String,
        /// Why.
        reason: Reason,
    },
    /// A router heard of a prefix and cannot use the path.
    NoPath {
        /// The router's name.
        router: String,
        /// The prefix.
        prefix: Ipv4Net,
        /// Why.
        reason: Reason,
    },
    /// Something that the lab expects does not come true.
    Fails {
        /// What it is called.
        expectation: String,
    },
    /// A conversation that the lab expects is not answered.
    Unreachable {
        /// Who begins it, by name.
        from: String,
        /// With whom, as the expectation says.
        to: String,
        /// Why.
        reason: Reason,
    },
}
