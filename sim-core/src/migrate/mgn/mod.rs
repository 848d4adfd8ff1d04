//! The Application Migration Service (MGN): agents, replication servers, staging, life cycle,
//! jobs.

mod command;
mod config;
mod notice;
mod state;

pub use command::{Command, CommandKind};
pub use config::{
    Account, AdminRole, AgentInstall, AgentOption, Application, BootMode, Config, CopyPrivateIp, Credentials,
    DataPlaneRouting, Disk, Encryption, GroupPolicy, Initialisation, InstanceType, KeyPolicy, KmsKey,
    LargeStagingDisk, LaunchTemplate, ManagedPolicy, PostLaunchAction, Prerequisites, Quotas,
    ReplicationTemplate, Secret, ServerConfig, ServerSharing, Token, Wave, WriteProfile,
};
pub use notice::{Exception, InstallStep, Notice};
pub use state::{
    DataReplicationState, InitiationStep, JobInitiator, JobLogEvent, JobStatus, JobType, LaunchStatus,
    LifeCycleState, ReplicationError, StepStatus,
};
