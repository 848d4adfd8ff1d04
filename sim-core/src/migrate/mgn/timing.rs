//! How long things take and how large they are, each number with where it comes from.
//!
//! "AWS" names the document. "From memory" is what practitioners see and no document says.
//! "Model" is our own choice where nothing is published. A pair is a range from which each server
//! draws with its own dice.
//!
//! # Fidelity
//! Simplified: a duration is drawn evenly from its range, where real ones have a long tail; it
//! depends on the operating system at most, not on load, Region or instance. Sizes of downloads are
//! round figures.

use crate::site::OsFamily;
use crate::units::{BitRate, DataSize, Ppm, Span};

/// How long a Linux client waits for a connection: six retransmitted SYNs, `tcp_syn_retries`.
/// From memory.
const CONNECT_TIMEOUT_LINUX: Span = Span::secs(127);
/// How long a Windows client waits for a connection. From memory.
const CONNECT_TIMEOUT_WINDOWS: Span = Span::secs(21);

/// How long a client on this family of operating systems waits for a connection.
pub(super) const fn connect_timeout(os: OsFamily) -> Span {
    match os {
        OsFamily::Linux => CONNECT_TIMEOUT_LINUX,
        OsFamily::Windows => CONNECT_TIMEOUT_WINDOWS,
    }
}

// The installer.

/// Size of the installer. Model.
pub(super) const INSTALLER_SIZE: DataSize = DataSize::mib(10);
/// Size of the agent's package. Model.
pub(super) const AGENT_SIZE: DataSize = DataSize::mib(80);
/// Size of a hash, or of an answer of the service. Model.
pub(super) const SMALL_ANSWER: DataSize = DataSize::bytes(4_096);
/// Looking at the prerequisites. Model.
pub(super) const PREREQUISITES_TAKE: Span = Span::secs(10);
/// Discovery of disks. Model.
pub(super) const DISCOVERY_TAKES: Span = Span::secs(15);
/// Build of the kernel module on Linux: the slow part of an installation of 3 to 10 minutes.
/// From memory.
pub(super) const MODULE_BUILD_LINUX: (Span, Span) = (Span::minutes(3), Span::minutes(10));
/// How long an installation takes at most between the check of the keys and the last request that
/// is signed with them, beside the module's build: time for downloads. Model.
const INSTALLATION_DOWNLOADS: Span = Span::minutes(5);
/// Installation of the driver on Windows. From memory.
pub(super) const DRIVER_INSTALL_WINDOWS: (Span, Span) = (Span::minutes(1), Span::minutes(3));
/// How long an agent that is told to uninstall itself takes. AWS: "within 10 minutes",
/// `FinalizeCutover`, MGN API Reference.
pub(super) const UNINSTALL: (Span, Span) = (Span::minutes(1), Span::minutes(10));

// Initiation. The steps add up to 5 to 15 minutes. From memory; their shares are ours.

/// How long a failed step waits before the service tries it again. AWS repeats it by itself and
/// does not say how often. Model.
pub(super) const RETRY_EVERY: Span = Span::minutes(10);
/// `WAIT`. Model.
pub(super) const WAIT_TAKES: (Span, Span) = (Span::secs(20), Span::secs(60));
/// `CREATE_SECURITY_GROUP`. Model.
pub(super) const GROUP_TAKES: Span = Span::secs(5);
/// `LAUNCH_REPLICATION_SERVER`. Model.
pub(super) const LAUNCH_TAKES: (Span, Span) = (Span::secs(20), Span::secs(60));
/// `BOOT_REPLICATION_SERVER`, from the launch on. Model.
pub(super) const BOOT_TAKES: (Span, Span) = (Span::secs(90), Span::minutes(4));
/// `CREATE_STAGING_DISKS`, after the request. Model.
pub(super) const CREATE_DISKS_TAKES: (Span, Span) = (Span::secs(20), Span::secs(90));
/// `ATTACH_STAGING_DISKS`, after the request. Model.
pub(super) const ATTACH_DISKS_TAKES: (Span, Span) = (Span::secs(15), Span::secs(60));
/// `PAIR_REPLICATION_SERVER_WITH_AGENT`, after the agent was heard: the handshake loop. Model.
pub(super) const PAIR_TAKES: (Span, Span) = (Span::secs(10), Span::secs(60));
/// `START_DATA_TRANSFER`. Model.
pub(super) const START_TAKES: Span = Span::secs(10);
/// Size of the replication software. Model.
pub(super) const REPLICATION_SOFTWARE_SIZE: DataSize = DataSize::mib(150);
/// Size of what a replication server takes from the Amazon Linux 2023 repository. Model.
pub(super) const REPOSITORY_SIZE: DataSize = DataSize::mib(40);

// Connections.

/// Silence after which an agent is not seen any more: about 15 minutes. From memory.
pub(super) const AGENT_LOST_AFTER: Span = Span::minutes(15);
/// How long an agent waits on a connection to the service that has gone silent before it opens another. Model.
pub(super) const AGENT_ANEW_AFTER: Span = Span::secs(60);
/// How often an agent calls the service again: its handshake loop. Model.
pub(super) const AGENT_RETRY_EVERY: Span = Span::secs(30);
/// Silence after which the data connection on TCP 1500 counts as lost. Model.
pub(super) const DATA_LOST_AFTER: Span = Span::minutes(2);
/// How often a lost data connection is tried again. Model.
pub(super) const DATA_RETRY_EVERY: Span = Span::secs(60);
/// Losses of the data connection within [`UNSTABLE_WITHIN`] after which the network is called
/// unstable. Model.
pub(super) const UNSTABLE_LOSSES: u32 = 3;
/// See [`UNSTABLE_LOSSES`]. Model.
pub(super) const UNSTABLE_WITHIN: Span = Span::hours(1);

// Replication.

/// Parallel TCP connections of an agent. AWS: "Replication FAQ", up to five.
pub(super) const STREAMS: u32 = 5;
/// The port of replication servers. AWS: "Network requirements".
pub const DATA_PORT: u16 = 1500;
/// Source disks on a shared replication server: "about 15". AWS: "Replication template".
pub(super) const DISKS_PER_SHARED_SERVER: u32 = 15;
/// The share of a disk that is sent even where it was never written: markers of empty blocks.
/// Model.
pub(super) const LEAST_USED: Ppm = Ppm::new(1_000);
/// How long a backlog lasts before a server that was continuous is said to lag, so that a hiccup
/// does not change the state. Model.
pub(super) const LAG_GRACE: Span = Span::minutes(1);
/// The window at whose end there must be less left to send than at its beginning; otherwise
/// replication is not converging. A day, because AWS has write rates averaged over a day or more
/// ("Replication FAQ"), and write rates follow the day. Model.
pub(super) const CONVERGE_WITHIN: Span = Span::hours(24);
/// Making the first launchable snapshots. EBS promises no time. Model.
pub(super) const FIRST_SNAPSHOT_TAKES: (Span, Span) = (Span::minutes(1), Span::minutes(5));
/// From one periodic snapshot to the next. AWS: "adaptive", not tunable. Model.
pub(super) const SNAPSHOT_EVERY: Span = Span::minutes(10);
/// Snapshots kept for each disk: 5 to 7. AWS: "Replication FAQ".
pub(super) const SNAPSHOTS_KEPT: u32 = 5;
/// From finalizing, disconnecting or stopping until staging resources are gone. AWS: "within 90
/// minutes", `FinalizeCutover`, MGN API Reference.
pub(super) const CLEANUP: (Span, Span) = (Span::minutes(10), Span::minutes(90));

// Jobs.

/// Removal of the previous test or cutover instance. Model.
pub(super) const INSTANCE_CLEANUP: (Span, Span) = (Span::secs(30), Span::minutes(2));
/// The snapshot that a launch begins with: usually below a minute. AWS: "Replication FAQ".
pub(super) const SNAPSHOT_TAKES: (Span, Span) = (Span::secs(20), Span::secs(60));
/// How long a launch waits for an up-to-date snapshot before it takes the previous one. Model.
pub(super) const SNAPSHOT_GIVES_UP_AFTER: Span = Span::minutes(10);
/// Boot of the conversion server. Model.
pub(super) const CONVERSION_BOOT: (Span, Span) = (Span::secs(45), Span::secs(90));
/// The conversion proper: 2 to 15 minutes; Linux sources are the quick ones. From memory.
const CONVERSION_LINUX: (Span, Span) = (Span::minutes(2), Span::minutes(10));
/// See [`CONVERSION_LINUX`]. From memory.
const CONVERSION_WINDOWS: (Span, Span) = (Span::minutes(5), Span::minutes(15));
/// Launch of the instance, after the conversion. Together with the steps before it a job takes 5
/// to 20 minutes on Linux and 10 to 45 on Windows. From memory.
const LAUNCH_LINUX: (Span, Span) = (Span::minutes(1), Span::minutes(5));
/// See [`LAUNCH_LINUX`]. From memory.
const LAUNCH_WINDOWS: (Span, Span) = (Span::minutes(2), Span::minutes(15));
/// First boot of a launched Linux instance, whose blocks load lazily from a snapshot. From memory.
const FIRST_BOOT_LINUX: (Span, Span) = (Span::minutes(1), Span::minutes(4));
/// First boot of a launched Windows instance: up to 45 minutes. AWS: "Troubleshooting launch
/// errors".
const FIRST_BOOT_WINDOWS: (Span, Span) = (Span::minutes(5), Span::minutes(45));
/// Termination of a launched instance. Model.
pub(super) const TERMINATION_TAKES: (Span, Span) = (Span::secs(30), Span::minutes(2));
/// Size of the SSM Agent that post-launch actions need. Model.
pub(super) const SSM_AGENT_SIZE: DataSize = DataSize::mib(30);

/// What the network interface of a launched instance carries: a current general-purpose instance's
/// burst. Model.
pub(super) const LAUNCHED_NETWORK: BitRate = BitRate::gbps(10);

/// How long the conversion takes.
pub(super) const fn conversion(os: OsFamily) -> (Span, Span) {
    match os {
        OsFamily::Linux => CONVERSION_LINUX,
        OsFamily::Windows => CONVERSION_WINDOWS,
    }
}

/// How long the launch takes.
pub(super) const fn launch(os: OsFamily) -> (Span, Span) {
    match os {
        OsFamily::Linux => LAUNCH_LINUX,
        OsFamily::Windows => LAUNCH_WINDOWS,
    }
}

/// How long the first boot takes.
pub(super) const fn first_boot(os: OsFamily) -> (Span, Span) {
    match os {
        OsFamily::Linux => FIRST_BOOT_LINUX,
        OsFamily::Windows => FIRST_BOOT_WINDOWS,
    }
}

/// How long the installation's keys are needed: until the agent has registered.
pub(super) fn longest_installation(os: OsFamily) -> Span {
    let build = match os {
        OsFamily::Linux => MODULE_BUILD_LINUX,
        OsFamily::Windows => DRIVER_INSTALL_WINDOWS,
    };
    PREREQUISITES_TAKE + DISCOVERY_TAKES + build.1 + INSTALLATION_DOWNLOADS
}
