//! What a person sets up before a migration: account, templates, source servers, waves.
//!
//! # Fidelity
//! Simplified: what is here is all that can be set. Of the launch settings, disposition,
//! right-sizing, licensing, tags, volume types, the second interface and a boot mode that differs
//! from the source's are left out: the instance type is the one that is named. A post-launch action
//! is a name and the time that it takes.
//!
//! Source: "Replication settings template", "Launch settings", "Installation requirements" and
//! "Service quotas", AWS Transform MGN User Guide.

use std::net::Ipv4Addr;

use crate::kernel::Arena;
use crate::migrate::ground::PublicAddress;
use crate::resource::{HostId, RegionId, SecurityGroupId, SourceServerId, SubnetId, kind};
use crate::units::{BitRate, DataSize, Ppm, SimTime, Span};

use super::InstanceType;

/// Everything about a migration that is known before it starts.
#[derive(Debug, Clone)]
pub struct Config {
    /// The account and Region that the servers move to.
    pub account: Account,
    /// How replication is set up for every server.
    pub replication: ReplicationTemplate,
    /// The customer managed keys that the template may name.
    pub keys: Vec<KmsKey>,
    /// The servers, in the order of the lab.
    pub servers: Arena<ServerConfig, kind::SourceServer>,
    /// Applications: servers that belong together.
    pub applications: Vec<Application>,
    /// Waves: applications that move together.
    pub waves: Arena<Wave, kind::Wave>,
}

/// Whether MGN has been initialised in the Region.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum Initialisation {
    /// Roles and templates exist.
    Done,
    /// They do not: every call is refused with `UninitializedAccountException`.
    Missing,
}

/// Whether the person at the console may initialise the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum AdminRole {
    /// An administrator.
    Admin,
    /// Somebody else: first use is refused with `AccessDeniedException`.
    User,
}

/// The account that the servers move to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// The target Region.
    pub region: RegionId,
    /// Whether the service was initialised there.
    pub initialisation: Initialisation,
    /// Who works at the console.
    pub operator: AdminRole,
    /// Quotas in force.
    pub quotas: Quotas,
    /// EC2 actions that a service control policy denies to MGN, for example `ec2:RunInstances`,
    /// `ec2:CreateSecurityGroup`, `ec2:CreateSnapshot`.
    pub denied_actions: Vec<String>,
    /// Whether the Region has a default VPC for launches that name no subnet; its subnet.
    pub default_subnet: Option<SubnetId>,
}

/// Quotas per account and Region.
///
/// Defaults from "Service quotas", AWS Transform MGN User Guide (November 2026); the EC2 and EBS
/// ones are per account and differ, so that the defaults here are generous.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct Quotas {
    /// Source servers that replicate at the same time.
    pub active_servers: u32,
    /// Source servers that are not archived.
    pub non_archived_servers: u32,
    /// Jobs in progress.
    pub concurrent_jobs: u32,
    /// Source servers in one job.
    pub servers_per_job: u32,
    /// Source servers in all active jobs.
    pub servers_in_jobs: u32,
    /// EC2 instances that may run for replication and conversion.
    pub instances: u32,
    /// EBS storage for staging, in all.
    pub staging_storage: DataSize,
    /// EBS snapshots.
    pub snapshots: u32,
}

impl Default for Quotas {
    fn default() -> Self {
        Self {
            active_servers: 150,
            non_archived_servers: 4_000,
            concurrent_jobs: 20,
            servers_per_job: 200,
            servers_in_jobs: 200,
            instances: 1_000,
            staging_storage: DataSize::tib(10_000),
            snapshots: 100_000,
        }
    }
}

/// Whether agents are handed the public or the private address of a replication server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum DataPlaneRouting {
    /// `PRIVATE_IP`, for networks without internet.
    #[serde(rename = "PRIVATE_IP")]
    PrivateIp,
    /// `PUBLIC_IP`, AWS's default.
    #[serde(rename = "PUBLIC_IP")]
    PublicIp,
}

/// Whether servers share replication servers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum ServerSharing {
    /// About fifteen source disks to a replication server.
    Shared,
    /// One replication server for each source server.
    Dedicated,
}

/// The staging volume type for disks of 500 GiB and more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum LargeStagingDisk {
    /// Throughput-optimised magnetic, the default.
    #[serde(rename = "ST1")]
    St1,
    /// General-purpose SSD.
    #[serde(rename = "GP3")]
    Gp3,
}

/// How staging volumes are encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum Encryption {
    /// With the account's default EBS key.
    #[serde(rename = "DEFAULT")]
    Default,
    /// With a customer managed key, by its place in [`Config::keys`].
    #[serde(rename = "CUSTOM")]
    Custom(u32),
}

/// Whether a key's policy lets MGN's service-linked role create grants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum KeyPolicy {
    /// It does.
    AllowsGrants,
    /// It does not.
    DeniesGrants,
}

/// A customer managed KMS key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KmsKey {
    /// The lab's name for it.
    pub name: String,
    /// What its policy allows.
    pub policy: KeyPolicy,
}

/// Which security groups replication servers carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum GroupPolicy {
    /// MGN's own group (1500 in; 443, 53 out), and the listed ones beside it.
    MgnAndListed,
    /// Only the listed ones.
    ListedOnly,
}

/// The replication settings template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplicationTemplate {
    /// The subnet in which replication and conversion servers run.
    pub staging_subnet: SubnetId,
    /// Which address agents are handed.
    pub routing: DataPlaneRouting,
    /// Whether replication servers get a public address.
    pub public_address: PublicAddress,
    /// Per source server; `None` is not throttled.
    pub throttle: Option<BitRate>,
    /// Whether replication servers are shared.
    pub sharing: ServerSharing,
    /// The replication servers' type.
    pub instance_type: InstanceType,
    /// The staging volume type of large disks.
    pub large_staging_disk: LargeStagingDisk,
    /// How staging volumes are encrypted.
    pub encryption: Encryption,
    /// Which groups replication servers carry.
    pub group_policy: GroupPolicy,
    /// The listed groups.
    pub security_groups: Vec<SecurityGroupId>,
    /// MGN's own group, made in the staging VPC when the first server is initiated.
    pub mgn_group: SecurityGroupId,
    /// How often MGN replaces a replication server by one from a newer image. AWS says
    /// "periodically"; the default of 14 days is ours.
    pub replace_every: Span,
}

/// A secret access key, right or mangled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum Secret {
    /// As issued.
    Valid,
    /// Mangled, as by pasting into a Windows command prompt.
    Mangled,
}

/// Whether credentials are temporary, and complete.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum Token {
    /// Long-lived keys of a user (`AKIA…`).
    LongLived,
    /// Temporary keys (`ASIA…`) with their session token, good until then.
    Temporary {
        /// The instant at which they expire.
        expires_at: SimTime,
    },
    /// Temporary keys whose session token was left out.
    TemporaryWithoutToken,
    /// The instance's own profile.
    InstanceProfile,
}

/// The managed policies that matter to an installation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum ManagedPolicy {
    /// `AWSApplicationMigrationAgentInstallationPolicy`.
    #[serde(rename = "AWSApplicationMigrationAgentInstallationPolicy")]
    AgentInstallation,
    /// `AWSApplicationMigrationServiceEc2InstancePolicy`.
    #[serde(rename = "AWSApplicationMigrationServiceEc2InstancePolicy")]
    Ec2Instance,
}

/// The credentials with which an agent is installed.
#[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct Credentials {
    /// Whether the secret is right.
    pub secret: Secret,
    /// Whether they are temporary.
    pub token: Token,
    /// What they allow.
    pub policies: Vec<ManagedPolicy>,
}

/// A flag of the installer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum AgentOption {
    /// `--no-replication`: install, and begin later.
    NoReplication,
}

/// How the agent is installed on a server: the command line.
#[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct AgentInstall {
    /// The host of the installer's URL, rewritten or not, in lower case.
    pub installer_host: String,
    /// `--region`.
    pub region: String,
    /// `--endpoint`, where given.
    pub endpoint: Option<String>,
    /// `--s3-endpoint`, where given.
    pub s3_endpoint: Option<String>,
    /// The credentials.
    pub credentials: Credentials,
    /// `--devices`: the disks to replicate; all of them where empty.
    pub devices: Vec<String>,
    /// Further flags.
    pub options: Vec<AgentOption>,
}

/// What the installer looks for on the source.
///
/// Source: "Installation requirements", AWS Transform MGN User Guide.
#[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct Prerequisites {
    /// The operating system and version, for example `Ubuntu 22.04`.
    pub os: String,
    /// Free space on the root volume; 2 GB are needed.
    pub free_root: DataSize,
    /// Free space in `/tmp`; 1 GB is needed on Linux.
    pub free_tmp: DataSize,
    /// Free memory; 300 MB are needed.
    pub free_memory: DataSize,
    /// Packages of `make gcc perl tar gawk rpm` and `kernel-headers` that are not there.
    pub missing_packages: Vec<String>,
    /// The kernel release of the installed headers and the running kernel agree.
    pub headers_match: bool,
    /// The installer runs as root (Administrator on Windows).
    pub root: bool,
    /// Secure Boot is on.
    pub secure_boot: bool,
    /// Another agent that cannot coexist: CloudEndure or Elastic Disaster Recovery.
    pub other_agent: Option<String>,
}

/// A disk of a source server.
#[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct Disk {
    /// The device, for example `/dev/sda`.
    pub device: String,
    /// Its size; all of it is read.
    pub size: DataSize,
    /// The share that holds data; blocks never written compress to almost nothing.
    pub used: Ppm,
}

/// How fast a server writes to its disks.
#[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub enum WriteProfile {
    /// Always the same.
    Constant(BitRate),
    /// A level for each hour of the day, repeated daily. The lab begins at hour 0; the curve is
    /// shifted by `phase` so that a fleet does not move in lockstep.
    Daily {
        /// 24 levels.
        hours: Vec<BitRate>,
        /// How much later than midnight this server's day begins.
        phase: Span,
    },
    /// A base level with bursts on top.
    Bursts {
        /// The level between bursts.
        base: BitRate,
        /// The level during a burst.
        burst: BitRate,
        /// From the beginning of one burst to that of the next.
        every: Span,
        /// How long a burst lasts; shorter than `every`.
        lasts: Span,
        /// When the first burst begins.
        first: Span,
    },
}

/// Whether the launched instance keeps the source's private address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum CopyPrivateIp {
    /// It gets a free one.
    No,
    /// It keeps this one.
    Keep(Ipv4Addr),
}

/// How a machine boots.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum BootMode {
    /// Legacy BIOS.
    #[serde(rename = "LEGACY_BIOS")]
    LegacyBios,
    /// UEFI, which needs a Nitro instance type.
    #[serde(rename = "UEFI")]
    Uefi,
}

/// An action that runs on the launched instance.
#[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct PostLaunchAction {
    /// Its name.
    pub name: String,
    /// Whether the cutover can be finalized without it.
    pub must_succeed: bool,
    /// How long it runs.
    pub takes: Span,
}

/// Launch settings of one server.
#[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct LaunchTemplate {
    /// The subnet of the launched instance; none needs a default VPC.
    pub subnet: Option<SubnetId>,
    /// Its groups; the VPC's default group where empty.
    pub security_groups: Vec<SecurityGroupId>,
    /// Its type.
    pub instance_type: String,
    /// Whether its type is a Nitro one.
    pub nitro: bool,
    /// Whether it keeps the private address.
    pub copy_private_ip: CopyPrivateIp,
    /// What runs on it after the launch.
    pub post_launch: Vec<PostLaunchAction>,
    /// Whether previous instances are protected from termination.
    pub termination_protection: bool,
}

/// A source server.
#[derive(Debug, Clone)]
pub struct ServerConfig {
    /// The lab's name for it.
    pub name: String,
    /// The computer.
    pub host: HostId,
    /// `--user-provided-id`, where given.
    pub user_provided_id: Option<String>,
    /// Its disks.
    pub disks: Vec<Disk>,
    /// How fast it writes.
    pub writes: WriteProfile,
    /// How fast its disks can be read beside the production load.
    pub read_rate: BitRate,
    /// What a byte of disk becomes on the wire after compression: 0.3 to 1.0 of it.
    pub wire_ratio: Ppm,
    /// How it boots.
    pub boot_mode: BootMode,
    /// What the installer finds.
    pub prerequisites: Prerequisites,
    /// The command line.
    pub install: AgentInstall,
    /// Launch settings.
    pub launch: LaunchTemplate,
    /// The TCP window of each of the agent's connections.
    pub tcp_window: DataSize,
}

/// Servers that belong together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Application {
    /// Its name.
    pub name: String,
    /// Its servers; a server belongs to one application at most.
    pub servers: Vec<SourceServerId>,
}

/// Applications that move together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wave {
    /// Its name.
    pub name: String,
    /// Its applications, by their place in [`Config::applications`].
    pub applications: Vec<u32>,
}
