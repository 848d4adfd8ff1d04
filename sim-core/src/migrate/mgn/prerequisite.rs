//! What the installer refuses before it touches the network again: privileges, system, packages,
//! space, disks, credentials.
//!
//! Each check is a pure question with the reason that it fails with, in the order in which the
//! installer asks.
//!
//! # Fidelity
//! Simplified: what a person is most likely to miss is looked at. Python, GRUB, `dhclient`, the
//! space of a separate `/boot`, WMI and .NET, paravirtual guests and what file systems lie on the
//! disks are left out. A clock that is off is found by the service, not here.
//!
//! Source: "Installation requirements" and "Troubleshooting agent issues", AWS Transform MGN User
//! Guide; the order is ours.

use crate::reason::Reason;
use crate::site::OsFamily;
use crate::units::{DataSize, SimTime};

use super::{Credentials, Disk, ManagedPolicy, Prerequisites, Secret, Token, os};

/// Free space needed on the root volume: 2 GB.
pub(super) const ROOT_NEEDED: DataSize = DataSize::bytes(2_000_000_000);
/// Free space needed in `/tmp` on Linux: 1 GB.
pub(super) const TMP_NEEDED: DataSize = DataSize::bytes(1_000_000_000);
/// Free memory needed: 300 MB.
pub(super) const MEMORY_NEEDED: DataSize = DataSize::bytes(300_000_000);
/// The largest disk: 16 TB, read as TiB as EBS does. "Replication FAQ".
const LARGEST_DISK: DataSize = DataSize::tib(16);
/// The smallest disk that replicates. "Troubleshooting", AWS Transform MGN User Guide.
const SMALLEST_DISK: DataSize = DataSize::mib(1);
/// Disks of one agent. "Replication FAQ".
pub(super) const MOST_DISKS: usize = 50;

/// Privileges, system, packages, space.
pub(super) fn system(found: &Prerequisites) -> Result<(), Reason> {
    let linux = os::family(&found.os) == OsFamily::Linux;
    let checks = [
        (!found.root, Reason::NotRoot),
        (!os::is_supported(&found.os), Reason::UnsupportedOs),
        (found.other_agent.is_some(), Reason::ConflictingAgent),
        (linux && found.secure_boot, Reason::SecureBoot),
        (found.free_root < ROOT_NEEDED, Reason::NotEnoughSpace),
        (linux && found.free_tmp < TMP_NEEDED, Reason::NotEnoughSpace),
        (found.free_memory < MEMORY_NEEDED, Reason::NotEnoughMemory),
        (
            linux && !found.missing_packages.is_empty(),
            Reason::MissingPackages,
        ),
    ];
    first(&checks)
}

/// The kernel module: headers of the running kernel.
pub(super) fn kernel_module(found: &Prerequisites) -> Result<(), Reason> {
    let linux = os::family(&found.os) == OsFamily::Linux;
    first(&[(linux && !found.headers_match, Reason::KernelHeadersMismatch)])
}

/// What the installer says of the disks; one that is too small is found only when data moves.
pub(super) fn disks(disks: &[Disk]) -> Result<(), Reason> {
    first(&[
        (disks.len() > MOST_DISKS, Reason::TooManyDisks),
        (
            disks.iter().any(|disk| disk.size > LARGEST_DISK),
            Reason::DiskTooLarge,
        ),
    ])
}

/// A disk below 1 MiB stalls the start of replication.
pub(super) fn disks_can_start(disks: &[Disk]) -> Result<(), Reason> {
    let small = disks.is_empty() || disks.iter().any(|disk| disk.size < SMALLEST_DISK);
    first(&[(small, Reason::DiskTooSmall)])
}

/// What MGN says of the keys of an installation at `now`.
pub(super) fn credentials(keys: &Credentials, now: SimTime) -> Result<(), Reason> {
    let expired = match keys.token {
        Token::LongLived | Token::InstanceProfile => false,
        Token::Temporary { expires_at } => expires_at <= now,
        Token::TemporaryWithoutToken => true,
    };
    let wanted: &[ManagedPolicy] = match keys.token {
        Token::InstanceProfile => &[ManagedPolicy::Ec2Instance, ManagedPolicy::AgentInstallation],
        Token::LongLived | Token::Temporary { .. } | Token::TemporaryWithoutToken => {
            &[ManagedPolicy::AgentInstallation]
        }
    };
    let allowed = keys.policies.iter().any(|policy| wanted.contains(policy));
    first(&[
        (keys.secret == Secret::Mangled, Reason::InvalidSignature),
        (expired, Reason::ExpiredToken),
        (!allowed, Reason::AccessDenied),
    ])
}

fn first(checks: &[(bool, Reason)]) -> Result<(), Reason> {
    match checks.iter().find(|(fails, _)| *fails) {
        Some((_, reason)) => Err(*reason),
        None => Ok(()),
    }
}
