//! The migration: account, templates, source servers, applications, waves.

use std::net::Ipv4Addr;

use crate::migrate::ground::PublicAddress;
use crate::migrate::mgn::{
    AdminRole, AgentOption, BootMode, DataPlaneRouting, GroupPolicy, Initialisation, KeyPolicy,
    LargeStagingDisk, ManagedPolicy, Secret, ServerSharing,
};
use crate::scenario::problem::{At, Problems};
use crate::scenario::read::{Cycle, Entries, Need, Read, choices, section, wrong_type};
use crate::scenario::syntax::{Kind, Node};
use crate::units::{BitRate, DataSize, Ppm, SimTime, Span};

use super::host::HostText;
use super::plan::SelectionText;

section! {
    MigrationText: "a migration `(region: …, replication: (…), servers: […], …)`" {
        region: Need<At<String>>,
        initialisation: Option<Initialisation>,
        operator: Option<AdminRole>,
        quotas: Option<QuotasText>,
        denied_actions: Vec<String>,
        default_subnet: Option<At<String>>,
        keys: Entries<KeyText>,
        replication: Need<ReplicationText>,
        /// The command line for every server that has none of its own.
        agent: Option<AgentText>,
        /// The launch settings for every server that has none of its own.
        launch: Option<LaunchText>,
        servers: Vec<ServersText>,
        applications: Entries<At<SelectionText>>,
        waves: Entries<Vec<At<String>>>,
    }
}

section! {
    QuotasText: "quotas `(active_servers: 150, …)`" {
        active_servers: Option<u32>,
        non_archived_servers: Option<u32>,
        concurrent_jobs: Option<u32>,
        servers_per_job: Option<u32>,
        servers_in_jobs: Option<u32>,
        instances: Option<u32>,
        staging_storage: Option<DataSize>,
        snapshots: Option<u32>,
    }
}

section! {
    KeyText: "a KMS key `(policy: allows_grants)`" {
        policy: KeyPolicy,
    }
}

section! {
    ReplicationText: "a replication template `(staging_subnet: …, …)`" {
        staging_subnet: Need<At<String>>,
        data_routing: Option<DataPlaneRouting>,
        public_address: Option<PublicAddress>,
        throttle: Option<BitRate>,
        sharing: Option<ServerSharing>,
        instance_type: Option<At<String>>,
        large_staging_disk: Option<LargeStagingDisk>,
        encryption: Option<EncryptionText>,
        group_policy: Option<GroupPolicy>,
        security_groups: Vec<At<String>>,
        replace_every: Option<At<Span>>,
    }
}

choices! {
    EncryptionText: "an encryption: DEFAULT or CUSTOM(\"key\")" {
        DEFAULT => Default,
        CUSTOM => Custom(At<String>),
    }
}

section! {
    AgentText: "the agent's command line `(installer_host: …, endpoint: …, s3_endpoint: …)`" {
        installer_host: Option<At<String>>,
        region: Option<String>,
        endpoint: Option<At<String>>,
        s3_endpoint: Option<At<String>>,
        credentials: Option<CredentialsText>,
        devices: Vec<String>,
        options: Vec<AgentOption>,
    }
}

section! {
    CredentialsText: "credentials `(token: …, policies: […])`" {
        secret: Option<Secret>,
        token: Option<TokenText>,
        policies: Option<Vec<ManagedPolicy>>,
    }
}

choices! {
    TokenText: "a kind of credentials" {
        long_lived => LongLived,
        temporary => Temporary(TemporaryText),
        temporary_without_token => TemporaryWithoutToken,
        instance_profile => InstanceProfile,
    }
}

section! {
    TemporaryText: "temporary credentials `(expires_at: \"12h\")`" {
        expires_at: SimTime,
    }
}

section! {
    LaunchText: "launch settings `(subnet: …, instance_type: …)`" {
        subnet: Option<At<String>>,
        security_groups: Vec<At<String>>,
        instance_type: Option<String>,
        nitro: Option<bool>,
        copy_private_ip: Option<CopyPrivateIpText>,
        post_launch: Vec<PostLaunchText>,
        termination_protection: Option<bool>,
    }
}

/// Whether the private address is kept: `true`, `false`, or a certain address.
#[derive(Debug, Clone, Copy)]
pub(in crate::scenario) enum CopyPrivateIpText {
    No,
    Own,
    This(Ipv4Addr),
}

impl Read for CopyPrivateIpText {
    const EXPECTED: &'static str = "`true`, `false` or an address such as \"10.0.1.10\"";
    fn read(node: &Node, problems: &mut Problems) -> Option<Self> {
        match node.kind {
            Kind::Bool(true) => Some(Self::Own),
            Kind::Bool(false) => Some(Self::No),
            Kind::Text(_) => Ipv4Addr::read(node, problems).map(Self::This),
            _ => wrong_type(node, problems),
        }
    }
}

section! {
    PostLaunchText: "a post-launch action `(name: …)`" {
        name: String,
        must_succeed: Option<bool>,
        takes: Option<Span>,
    }
}

section! {
    /// One source server, or a fleet of them.
    ServersText: "a source server or fleet `(name: …, host: (…), disks: […])`" {
        /// With `{n}` or `{n:02}` for the number of a fleet's member.
        name: Need<At<String>>,
        count: Option<At<u32>>,
        /// The number of the first member.
        first: Option<u32>,
        host: Need<At<HostText>>,
        user_provided_id: Option<At<String>>,
        disks: At<Vec<DiskText>>,
        writes: Option<WritesText>,
        read_rate: Option<Cycle<BitRate>>,
        wire_ratio: Option<Cycle<Ppm>>,
        boot_mode: Option<BootMode>,
        prerequisites: Option<PrerequisitesText>,
        agent: Option<AgentText>,
        launch: Option<LaunchText>,
        tcp_window: Option<DataSize>,
    }
}

section! {
    DiskText: "a disk `(device: \"/dev/sda\", size: \"100GiB\")`" {
        device: String,
        size: At<Cycle<DataSize>>,
        used: Option<Cycle<Ppm>>,
    }
}

choices! {
    WritesText: "a write profile: constant(…), daily(…) or bursts(…)" {
        constant => Constant(Cycle<BitRate>),
        daily => Daily(DailyText),
        bursts => Bursts(BurstsText),
    }
}

section! {
    DailyText: "a daily curve `(hours: [24 rates])`" {
        hours: At<Vec<BitRate>>,
        phase: Option<Span>,
        /// How much later each next member of a fleet begins its day.
        phase_step: Option<Span>,
        /// What share of the curve a member writes; a list is taken in turn.
        scale: Option<Cycle<Ppm>>,
    }
}

section! {
    BurstsText: "bursts `(base: …, burst: …, every: …, lasts: …)`" {
        base: BitRate,
        burst: BitRate,
        every: At<Span>,
        lasts: Span,
        first: Option<Span>,
        /// How much later each next member of a fleet begins its first burst.
        first_step: Option<Span>,
    }
}

section! {
    PrerequisitesText: "what the installer finds `(os: \"Ubuntu 22.04\", …)`" {
        os: Option<String>,
        free_root: Option<DataSize>,
        free_tmp: Option<DataSize>,
        free_memory: Option<DataSize>,
        missing_packages: Vec<String>,
        headers_match: Option<bool>,
        root: Option<bool>,
        secure_boot: Option<bool>,
        other_agent: Option<String>,
    }
}
