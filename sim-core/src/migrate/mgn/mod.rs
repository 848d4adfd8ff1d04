//! The Application Migration Service (MGN): agents, replication servers, staging, life cycle,
//! jobs.
//!
//! What a person sets up is [`Config`]; the running service is [`Mgn`], which takes [`Input`]s and
//! acts on a [`Ground`](crate::migrate::ground::Ground). Since 2026 the service is called AWS
//! Transform MGN; its API, endpoints and enums still say `mgn`.
//!
//! A source server's way, and the file that says what happens on it:
//!
//! ```text
//! installer ─▶ initiation ─▶ replication ─▶ snapshot ─▶ job/launch ─▶ operation (finalize)
//! ```
//!
//! # Fidelity
//! Simplified: each module says what it leaves out or decides where AWS is silent; `timing` has
//! the durations. Common to all: one account and Region, and agents only: no snapshots shipped from
//! vCenter, no connector, no import of inventories.

// The vocabulary.
mod command;
mod config;
mod instance_type;
mod notice;
mod state;

// The service.
mod endpoints;
mod quota;
mod server;
mod service;
mod timer;
mod timing;

// From the installer to the first byte.
mod initiation;
mod installer;
mod os;
mod prerequisite;
mod replicator;
mod staging;

// Data.
mod connection;
mod progress;
mod replication;
mod snapshot;
mod transfer;
mod writes;

// Life cycle.
mod job;
mod lag;
mod launch;
mod launched;
mod lifecycle;
mod operation;
mod option;
mod setting;

// What a person reads.
mod console;
mod metrics;
mod need;
mod remedy;
mod symptom;
mod wave;

#[cfg(test)]
mod tests;

pub use command::{Command, CommandKind};
pub use config::{
    Account, AdminRole, AgentInstall, AgentOption, Application, BootMode, Config, CopyPrivateIp, Credentials,
    DataPlaneRouting, Disk, Encryption, GroupPolicy, Initialisation, KeyPolicy, KmsKey, LargeStagingDisk,
    LaunchTemplate, ManagedPolicy, PostLaunchAction, Prerequisites, Quotas, ReplicationTemplate, Secret,
    ServerConfig, ServerSharing, Token, Wave, WriteProfile,
};
pub use console::{Alert, NextStep};
pub use initiation::{Initiation, N_STEPS};
pub use installer::{Agent, InstallFailure};
pub use instance_type::InstanceType;
pub use job::{Job, JobLogLine, Participant};
pub use launched::{FirstBoot, LaunchedInstance, PostLaunch};
pub use metrics::{Metrics, ServerMetrics};
pub use need::{Condition, Need};
pub use notice::{Exception, InstallStep, Notice};
pub use progress::{DiskProgress, Progress};
pub use quota::Usage;
pub use replicator::{Replicator, StageFailure};
pub use server::{Launches, LifeCycle, Listing, ReplicationFailure, SourceServer};
pub use service::{HostChange, Input, Mgn};
pub use setting::{AccountChange, ServerChange, SettingChange, TemplateChange};
pub use state::{
    DataReplicationState, InitiationStep, JobInitiator, JobLogEvent, JobStatus, JobType, LaunchStatus,
    LifeCycleState, ReplicationError, StepStatus,
};
pub use symptom::{headline, install_text, launch_text, raw_error, refusal_text, symptom_text};
pub use timing::DATA_PORT;
pub use wave::{GroupStatus, HealthStatus, ProgressStatus};
pub use writes::WriteLevel;
