//! What makes a source server's side of a migration right: the mended prerequisites, credentials and
//! choice of disks, each for the reason with which it was refused.
//!
//! # Fidelity
//! Simplified: a remedy is a setting of the lab. On the source it stands for work of a person, such
//! as staging packages or freeing space, which takes no time here.

use crate::reason::Reason;
use crate::site::OsFamily;
use crate::units::SimTime;

use super::{
    AgentInstall, Credentials, Disk, ManagedPolicy, Prerequisites, Secret, ServerChange, ServerConfig, Token,
    os, prerequisite,
};

/// The setting of a source server behind a refusal.
pub(super) fn setting_at_fault(config: &ServerConfig, reason: Reason) -> String {
    let found = &config.prerequisites;
    let disk = |disk: &Disk| format!("disk {} of {}", disk.device, disk.size);
    match reason {
        Reason::UnsupportedOs => format!("operating system {}", found.os),
        Reason::MissingPackages => format!("missing packages {}", found.missing_packages.join(", ")),
        Reason::NotEnoughSpace => format!("{} free on /, {} in /tmp", found.free_root, found.free_tmp),
        Reason::NotEnoughMemory => format!("{} of memory free", found.free_memory),
        Reason::DiskTooLarge => config
            .disks
            .iter()
            .max_by_key(|it| it.size)
            .map_or_else(String::new, disk),
        Reason::DiskTooSmall => config
            .disks
            .iter()
            .min_by_key(|it| it.size)
            .map_or_else(String::new, disk),
        Reason::TooManyDisks => format!("{} disks", config.disks.len()),
        Reason::ExpiredToken => match config.install.credentials.token {
            Token::Temporary { expires_at } => format!("temporary credentials expire at {expires_at}"),
            Token::TemporaryWithoutToken | Token::LongLived | Token::InstanceProfile => {
                "no session token".to_owned()
            }
        },
        Reason::InvalidSignature => "secret access key".to_owned(),
        Reason::AccessDenied => "policies of the installation's role".to_owned(),
        Reason::RegionMismatch => format!("--region {}", config.install.region),
        Reason::NoSubnetForLaunch => "no subnet in the launch template".to_owned(),
        Reason::BootModeMismatch => format!("instance type {}", config.launch.instance_type),
        other => other.meaning().to_owned(),
    }
}

pub(super) fn mended_prerequisites(
    found: &Prerequisites,
    outcome: Result<(), Reason>,
) -> Option<(String, ServerChange)> {
    let mut mended = found.clone();
    let text = match outcome.err()? {
        Reason::UnsupportedOs => {
            mended.os = match os::family(&found.os) {
                OsFamily::Linux => "Ubuntu 24.04".to_owned(),
                OsFamily::Windows => "Windows Server 2022".to_owned(),
            };
            format!("upgrade {} to a supported system such as {}", found.os, mended.os)
        }
        Reason::NotRoot => {
            mended.root = true;
            "run the installer with root privileges".to_owned()
        }
        Reason::ConflictingAgent => {
            let other = mended.other_agent.take()?;
            format!("remove the agent of {other}")
        }
        Reason::SecureBoot => {
            mended.secure_boot = false;
            "turn Secure Boot off".to_owned()
        }
        Reason::NotEnoughSpace => {
            mended.free_root = mended.free_root.max(prerequisite::ROOT_NEEDED);
            mended.free_tmp = mended.free_tmp.max(prerequisite::TMP_NEEDED);
            "free at least 2 GB on the root volume and 1 GB in /tmp".to_owned()
        }
        Reason::NotEnoughMemory => {
            mended.free_memory = mended.free_memory.max(prerequisite::MEMORY_NEEDED);
            "free at least 300 MB of memory".to_owned()
        }
        Reason::MissingPackages => {
            let missing = core::mem::take(&mut mended.missing_packages).join(", ");
            format!("stage and install {missing} beforehand")
        }
        Reason::KernelHeadersMismatch => {
            mended.headers_match = true;
            "install the kernel headers that match uname -r".to_owned()
        }
        _ => return None,
    };
    Some((text, ServerChange::Prerequisites(mended)))
}

/// The installation with only the disks that can replicate.
pub(super) fn mended_disks(
    config: &ServerConfig,
    outcome: Result<(), Reason>,
) -> Option<(String, ServerChange)> {
    outcome.err()?;
    let fits = |disk: &&Disk| {
        let one = core::slice::from_ref(*disk);
        prerequisite::disks(one)
            .and_then(|()| prerequisite::disks_can_start(one))
            .is_ok()
    };
    let devices: Vec<String> = config
        .disks
        .iter()
        .filter(fits)
        .take(prerequisite::MOST_DISKS)
        .map(|disk| disk.device.clone())
        .collect();
    if devices.is_empty() {
        return None;
    }
    let text = format!(
        "exclude the disk: install with --devices=\"{}\", and move its data by other means",
        devices.join(",")
    );
    Some((
        text,
        ServerChange::Install(AgentInstall {
            devices,
            ..config.install.clone()
        }),
    ))
}

pub(super) fn mended_keys(
    install: &AgentInstall,
    outcome: Result<(), Reason>,
) -> Option<(String, ServerChange)> {
    let keys = &install.credentials;
    let (text, credentials) = match outcome.err()? {
        Reason::InvalidSignature => {
            let text = "enter the secret access key again, as it was issued";
            (
                text,
                Credentials {
                    secret: Secret::Valid,
                    ..keys.clone()
                },
            )
        }
        Reason::ExpiredToken => {
            let token = Token::Temporary {
                expires_at: SimTime::END,
            };
            let text = "issue new temporary credentials and pass their session token";
            (
                text,
                Credentials {
                    token,
                    ..keys.clone()
                },
            )
        }
        Reason::AccessDenied => {
            let policies = vec![ManagedPolicy::AgentInstallation];
            let text = "attach AWSApplicationMigrationAgentInstallationPolicy to the installation's role";
            (
                text,
                Credentials {
                    policies,
                    ..keys.clone()
                },
            )
        }
        _ => return None,
    };
    Some((
        text.to_owned(),
        ServerChange::Install(AgentInstall {
            credentials,
            ..install.clone()
        }),
    ))
}
