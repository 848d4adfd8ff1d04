//! What the service announces: the payload of trace records about a migration.
//!
//! # Fidelity
//! Simplified: these are the model's own announcements, finer than what AWS sends. EventBridge's
//! three kinds of events, and their shape, are left out; nothing is lost or late.

use crate::reason::Reason;
use crate::resource::{HostId, JobId, ReplicationServerId, SourceServerId};
use crate::units::{BitRate, DataSize, Span};
use crate::verdict::Refusal;

use super::{
    CommandKind, DataReplicationState, InitiationStep, JobInitiator, JobLogEvent, LaunchStatus,
    LifeCycleState, ReplicationError, StepStatus,
};

/// A step of the agent's installer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum InstallStep {
    /// Download of the installer from S3.
    DownloadInstaller,
    /// Look at operating system, packages, space.
    CheckPrerequisites,
    /// Check of the credentials with MGN.
    CheckCredentials,
    /// Discovery of disks.
    DiscoverDisks,
    /// Download of the agent from S3.
    DownloadAgent,
    /// Build of the kernel module.
    BuildModule,
    /// Registration with MGN.
    Register,
}

/// Something happened in a migration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Notice {
    /// An operation was accepted for the subject.
    Accepted(CommandKind),
    /// An operation was refused for the subject with AWS's exception.
    Refused {
        /// The operation.
        command: CommandKind,
        /// AWS's exception, for example `ConflictException`.
        exception: Exception,
        /// Why.
        reason: Reason,
    },
    /// A step of the installer began.
    InstallBegan(InstallStep),
    /// A step of the installer went wrong and the installation ended.
    InstallFailed {
        /// The step.
        step: InstallStep,
        /// What the installer shows.
        symptom: Reason,
        /// What stopped it.
        stopped_by: Option<Refusal>,
    },
    /// The agent is installed and registered.
    Installed,
    /// The server's life cycle moved.
    LifeCycle {
        /// From.
        from: Option<LifeCycleState>,
        /// To.
        to: LifeCycleState,
    },
    /// The server's replication moved.
    Replication {
        /// From.
        from: Option<DataReplicationState>,
        /// To.
        to: DataReplicationState,
    },
    /// An initiation step changed.
    Step {
        /// The step.
        step: InitiationStep,
        /// Its status now.
        status: StepStatus,
    },
    /// Replication stalled: no data flows.
    Stalled {
        /// AWS's error code.
        error: ReplicationError,
        /// What stopped it, where something did.
        stopped_by: Option<Refusal>,
    },
    /// Replication runs again after a stall.
    Recovered,
    /// Replication reports an error and goes on: `NOT_CONVERGING`, `SNAPSHOTS_FAILURE`.
    ErrorReported {
        /// AWS's error code.
        error: ReplicationError,
        /// What is behind it.
        stopped_by: Option<Refusal>,
    },
    /// An error that replication reported while it went on is over.
    ErrorCleared {
        /// AWS's error code.
        error: ReplicationError,
    },
    /// A replication server was launched for the subject.
    ReplicatorLaunched {
        /// The server.
        replicator: ReplicationServerId,
        /// Its host.
        host: HostId,
    },
    /// A replication server is being replaced by one from a newer image.
    ReplicatorReplaced {
        /// The new host.
        host: HostId,
    },
    /// A replication server and its volumes were removed.
    ReplicatorRemoved,
    /// The initial sync ended.
    InitialSyncDone {
        /// What was copied.
        size: DataSize,
        /// How long it took.
        took: Span,
    },
    /// The rate at which a server's data moves has changed a good deal.
    Rate {
        /// Bits per second on the wire.
        rate: BitRate,
    },
    /// A job was accepted.
    JobStarted {
        /// Who asked.
        initiator: JobInitiator,
        /// How many servers take part.
        servers: u32,
    },
    /// A line of a job's log.
    JobLog {
        /// The event.
        event: JobLogEvent,
        /// The server, where the event is about one.
        server: Option<SourceServerId>,
        /// What went wrong, where something did.
        reason: Option<Refusal>,
    },
    /// What became of a server's launch.
    Launch {
        /// The job.
        job: JobId,
        /// The status now.
        status: LaunchStatus,
        /// The instance, once there is one.
        instance: Option<HostId>,
    },
    /// Post-launch actions of a launched instance ended.
    PostLaunch {
        /// Whether all that must succeed did; what stopped them otherwise.
        stopped_by: Option<Refusal>,
    },
    /// The data of a server that could be launched move more slowly than before, and no longer keep up with its writes.
    RateShort {
        /// The last rate that stood for a while.
        from: BitRate,
        /// Bits per second on the wire.
        rate: BitRate,
        /// What its writes take of them.
        needed: BitRate,
    },
    /// They keep up again.
    RateRestored {
        /// The rate last told.
        from: BitRate,
        /// Bits per second on the wire.
        rate: BitRate,
    },
    /// A copy that could be launched from has been behind for long enough to say so.
    LagGrew {
        /// `LagDuration`.
        lag: Span,
        /// `Backlog`.
        backlog: DataSize,
    },
    /// It is up to date again.
    LagDrained {
        /// For how long it was behind.
        lasted: Span,
    },
}

/// The exceptions with which the API refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum Exception {
    /// `UninitializedAccountException`.
    #[serde(rename = "UninitializedAccountException")]
    UninitializedAccount,
    /// `ResourceNotFoundException`.
    #[serde(rename = "ResourceNotFoundException")]
    ResourceNotFound,
    /// `ValidationException`.
    #[serde(rename = "ValidationException")]
    Validation,
    /// `ConflictException`.
    #[serde(rename = "ConflictException")]
    Conflict,
    /// `ServiceQuotaExceededException`.
    #[serde(rename = "ServiceQuotaExceededException")]
    ServiceQuotaExceeded,
    /// `AccessDeniedException`.
    #[serde(rename = "AccessDeniedException")]
    AccessDenied,
}

impl Exception {
    /// The exception as AWS spells it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::UninitializedAccount => "UninitializedAccountException",
            Self::ResourceNotFound => "ResourceNotFoundException",
            Self::Validation => "ValidationException",
            Self::Conflict => "ConflictException",
            Self::ServiceQuotaExceeded => "ServiceQuotaExceededException",
            Self::AccessDenied => "AccessDeniedException",
        }
    }
}
