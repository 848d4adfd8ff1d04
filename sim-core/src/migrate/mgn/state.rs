//! States, steps and errors, spelled as AWS spells them.
//!
//! # Fidelity
//! Not simplified: the values are all that AWS lists, but for `SETUP_FSX_PROXY`. Those of
//! replication without agents and of FSx storage are there to be read and never reached.
//!
//! Source: "`LifeCycle`", "`DataReplicationInfo`", "`DataReplicationInitiationStep`",
//! "`DataReplicationError`", "Job" and "`JobLog`", MGN API Reference.

macro_rules! aws_enum {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        pub enum $name {
            $($(#[$vdoc])* #[serde(rename = $text)] $variant,)*
        }

        impl $name {
            /// All values, in the order of AWS's documentation.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The value as AWS spells it.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }
        }

        impl core::fmt::Display for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.pad(self.as_str())
            }
        }
    };
}

aws_enum! {
    /// `lifeCycle.state` of a source server.
    LifeCycleState {
        /// Replication was stopped, or the agent was installed with `--no-replication`.
        Stopped = "STOPPED",
        /// The agent is registered; the initial sync is not finished, or stalled.
        NotReady = "NOT_READY",
        /// A launchable snapshot exists.
        ReadyForTest = "READY_FOR_TEST",
        /// A test launch was accepted.
        Testing = "TESTING",
        /// Marked as ready by a person.
        ReadyForCutover = "READY_FOR_CUTOVER",
        /// A cutover launch was accepted.
        CuttingOver = "CUTTING_OVER",
        /// The cutover was finalized; there is no way back.
        Cutover = "CUTOVER",
        /// Disconnected from the service.
        Disconnected = "DISCONNECTED",
        /// Found by a vCenter client; replication has not begun.
        Discovered = "DISCOVERED",
        /// Known from an import only; no agent yet.
        PendingInstallation = "PENDING_INSTALLATION",
    }
}

aws_enum! {
    /// `dataReplicationInfo.dataReplicationState` of a source server.
    DataReplicationState {
        /// Nothing replicates and nothing is kept.
        Stopped = "STOPPED",
        /// The initiation steps are running.
        Initiating = "INITIATING",
        /// The first full copy of all blocks.
        InitialSync = "INITIAL_SYNC",
        /// Changed blocks are queued.
        Backlog = "BACKLOG",
        /// The first launchable snapshots are being made.
        CreatingSnapshot = "CREATING_SNAPSHOT",
        /// Continuous data protection.
        Continuous = "CONTINUOUS",
        /// Paused by a person; staging resources are kept.
        Paused = "PAUSED",
        /// All blocks are read again and the differences sent.
        Rescan = "RESCAN",
        /// No data flows and a person has to act.
        Stalled = "STALLED",
        /// Ended by disconnecting or finalizing.
        Disconnected = "DISCONNECTED",
        /// Agentless: a snapshot waits to be shipped.
        PendingSnapshotShipping = "PENDING_SNAPSHOT_SHIPPING",
        /// Agentless: a snapshot is being shipped.
        ShippingSnapshot = "SHIPPING_SNAPSHOT",
    }
}

aws_enum! {
    /// `dataReplicationInitiation.steps[].name`, in the order in which they run.
    InitiationStep {
        /// Queued.
        Wait = "WAIT",
        /// The staging security group.
        CreateSecurityGroup = "CREATE_SECURITY_GROUP",
        /// The replication server's instance.
        LaunchReplicationServer = "LAUNCH_REPLICATION_SERVER",
        /// Its operating system.
        BootReplicationServer = "BOOT_REPLICATION_SERVER",
        /// TCP 443 to MGN.
        AuthenticateWithService = "AUTHENTICATE_WITH_SERVICE",
        /// TCP 443 to S3.
        DownloadReplicationSoftware = "DOWNLOAD_REPLICATION_SOFTWARE",
        /// One volume per source disk.
        CreateStagingDisks = "CREATE_STAGING_DISKS",
        /// Attached to the replication server.
        AttachStagingDisks = "ATTACH_STAGING_DISKS",
        /// MGN tells agent and server of each other.
        PairReplicationServerWithAgent = "PAIR_REPLICATION_SERVER_WITH_AGENT",
        /// TCP 1500.
        ConnectAgentToReplicationServer = "CONNECT_AGENT_TO_REPLICATION_SERVER",
        /// First bytes.
        StartDataTransfer = "START_DATA_TRANSFER",
    }
}

aws_enum! {
    /// `dataReplicationInitiation.steps[].status`.
    StepStatus {
        /// Not begun.
        NotStarted = "NOT_STARTED",
        /// Running.
        InProgress = "IN_PROGRESS",
        /// Done.
        Succeeded = "SUCCEEDED",
        /// Failed.
        Failed = "FAILED",
        /// Not needed.
        Skipped = "SKIPPED",
    }
}

aws_enum! {
    /// `dataReplicationError.error`.
    ReplicationError {
        /// The agent is silent.
        AgentNotSeen = "AGENT_NOT_SEEN",
        /// Snapshots cannot be made.
        SnapshotsFailure = "SNAPSHOTS_FAILURE",
        /// Writes outrun replication.
        NotConverging = "NOT_CONVERGING",
        /// Loss or flaps.
        UnstableNetwork = "UNSTABLE_NETWORK",
        /// Step 2.
        FailedToCreateSecurityGroup = "FAILED_TO_CREATE_SECURITY_GROUP",
        /// Step 3.
        FailedToLaunchReplicationServer = "FAILED_TO_LAUNCH_REPLICATION_SERVER",
        /// Step 4.
        FailedToBootReplicationServer = "FAILED_TO_BOOT_REPLICATION_SERVER",
        /// Step 5.
        FailedToAuthenticateWithService = "FAILED_TO_AUTHENTICATE_WITH_SERVICE",
        /// Step 6.
        FailedToDownloadReplicationSoftware = "FAILED_TO_DOWNLOAD_REPLICATION_SOFTWARE",
        /// Step 7.
        FailedToCreateStagingDisks = "FAILED_TO_CREATE_STAGING_DISKS",
        /// Step 8.
        FailedToAttachStagingDisks = "FAILED_TO_ATTACH_STAGING_DISKS",
        /// Step 9.
        FailedToPairReplicationServerWithAgent = "FAILED_TO_PAIR_REPLICATION_SERVER_WITH_AGENT",
        /// Step 10.
        FailedToConnectAgentToReplicationServer = "FAILED_TO_CONNECT_AGENT_TO_REPLICATION_SERVER",
        /// Step 11.
        FailedToStartDataTransfer = "FAILED_TO_START_DATA_TRANSFER",
        /// Agentless only.
        UnsupportedVmConfiguration = "UNSUPPORTED_VM_CONFIGURATION",
        /// Agentless only.
        LastSnapshotJobFailed = "LAST_SNAPSHOT_JOB_FAILED",
        /// FSx for NetApp ONTAP storage only.
        FailedToSetupFsxProxy = "FAILED_TO_SETUP_FSX_PROXY",
        /// FSx for NetApp ONTAP storage only.
        FailedToCreateFsxSnapshot = "FAILED_TO_CREATE_FSX_SNAPSHOT",
    }
}

aws_enum! {
    /// `job.type`.
    JobType {
        /// Launches instances.
        Launch = "LAUNCH",
        /// Terminates instances.
        Terminate = "TERMINATE",
    }
}

aws_enum! {
    /// `job.initiatedBy`.
    JobInitiator {
        /// A test launch.
        StartTest = "START_TEST",
        /// A cutover launch.
        StartCutover = "START_CUTOVER",
        /// AWS Support.
        Diagnostic = "DIAGNOSTIC",
        /// Termination of launched instances.
        Terminate = "TERMINATE",
    }
}

aws_enum! {
    /// `job.status`; a job completes even where servers failed.
    JobStatus {
        /// Accepted.
        Pending = "PENDING",
        /// Running.
        Started = "STARTED",
        /// Over.
        Completed = "COMPLETED",
    }
}

aws_enum! {
    /// `job.participatingServers[].launchStatus`.
    LaunchStatus {
        /// Not begun.
        Pending = "PENDING",
        /// Running.
        InProgress = "IN_PROGRESS",
        /// The instance runs.
        Launched = "LAUNCHED",
        /// It does not.
        Failed = "FAILED",
        /// It was terminated.
        Terminated = "TERMINATED",
    }
}

aws_enum! {
    /// `event` of a job's log.
    ///
    /// # Fidelity
    /// AWS also lists `JOB_CANCEL`; no operation of its API cancels a job, and nothing here does.
    JobLogEvent {
        /// The job begins.
        JobStart = "JOB_START",
        /// A server was asked for and takes no part.
        ServerSkipped = "SERVER_SKIPPED",
        /// The previous instance is being removed.
        CleanupStart = "CLEANUP_START",
        /// It is gone.
        CleanupEnd = "CLEANUP_END",
        /// It could not be removed.
        CleanupFail = "CLEANUP_FAIL",
        /// A snapshot is being taken.
        SnapshotStart = "SNAPSHOT_START",
        /// It was taken.
        SnapshotEnd = "SNAPSHOT_END",
        /// It could not be taken.
        SnapshotFail = "SNAPSHOT_FAIL",
        /// An older one is used: the launch succeeds with older data.
        UsingPreviousSnapshot = "USING_PREVIOUS_SNAPSHOT",
        /// The conversion server works.
        ConversionStart = "CONVERSION_START",
        /// It is done.
        ConversionEnd = "CONVERSION_END",
        /// It failed.
        ConversionFail = "CONVERSION_FAIL",
        /// The instance is being launched.
        LaunchStart = "LAUNCH_START",
        /// It was not.
        LaunchFailed = "LAUNCH_FAILED",
        /// The job ends.
        JobEnd = "JOB_END",
    }
}

impl InitiationStep {
    /// The error that a failure of this step is reported as; waiting does not fail.
    #[must_use]
    pub const fn error(self) -> Option<ReplicationError> {
        Some(match self {
            Self::Wait => return None,
            Self::CreateSecurityGroup => ReplicationError::FailedToCreateSecurityGroup,
            Self::LaunchReplicationServer => ReplicationError::FailedToLaunchReplicationServer,
            Self::BootReplicationServer => ReplicationError::FailedToBootReplicationServer,
            Self::AuthenticateWithService => ReplicationError::FailedToAuthenticateWithService,
            Self::DownloadReplicationSoftware => ReplicationError::FailedToDownloadReplicationSoftware,
            Self::CreateStagingDisks => ReplicationError::FailedToCreateStagingDisks,
            Self::AttachStagingDisks => ReplicationError::FailedToAttachStagingDisks,
            Self::PairReplicationServerWithAgent => ReplicationError::FailedToPairReplicationServerWithAgent,
            Self::ConnectAgentToReplicationServer => {
                ReplicationError::FailedToConnectAgentToReplicationServer
            }
            Self::StartDataTransfer => ReplicationError::FailedToStartDataTransfer,
        })
    }
}
