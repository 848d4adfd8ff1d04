//! What a person reads when something fails: the installer's text, the service's `rawError`.
//!
//! # Fidelity
//! Simplified: one text for each reason, where real installers print more around it, and in a log
//! as well.
//!
//! Source: "Troubleshooting agent issues" and "Troubleshooting communication errors", AWS Transform
//! MGN User Guide. Texts marked so there are AWS's; Linux's error number, and the wording of
//! expired or skewed signatures and of name resolution, are from memory.

use crate::migrate::ground::{CallFailed, Stage};
use crate::reason::Reason;
use crate::site::OsFamily;

use super::installer::InstallFailure;
use super::server::ReplicationFailure;
use super::{InstallStep, ReplicationError};

/// What the job's log says of a launch that fails with `reason`, where AWS has words of its own.
///
/// Source: "Troubleshooting launch errors", AWS Transform MGN User Guide; the wording after the
/// code is ours.
#[must_use]
pub const fn launch_text(reason: Reason) -> Option<&'static str> {
    match reason {
        Reason::NoSubnetForLaunch => Some(
            "VPCIdNotSpecified: no subnet in the default version of the launch template, and no default VPC",
        ),
        Reason::BootModeMismatch => {
            Some("Source server boot mode is UEFI which is inconsistent with target instance")
        }
        Reason::ConnectionTimedOut => Some("Failed to connect using HTTP channel"),
        _ => None,
    }
}

/// The message with which the API refuses an operation: AWS's where it is known, and what it means.
#[must_use]
pub fn refusal_text(reason: Reason) -> String {
    let message = match reason {
        Reason::AdminRequired => MUST_BE_ADMIN,
        Reason::Uninitialized => NOT_INITIALISED,
        _ => return reason.meaning().to_owned(),
    };
    format!("{message}: {}", reason.meaning())
}

const MUST_BE_ADMIN: &str = "Must be admin user";
const NOT_INITIALISED: &str = "Account not initialized";

/// What the installer shows.
#[must_use]
pub fn install_text(failure: &InstallFailure, os: OsFamily) -> String {
    let program = match (failure.step, os) {
        (InstallStep::DownloadInstaller, OsFamily::Linux) => "wget",
        (InstallStep::DownloadInstaller, OsFamily::Windows) => "Invoke-WebRequest",
        (
            InstallStep::CheckPrerequisites
            | InstallStep::CheckCredentials
            | InstallStep::DiscoverDisks
            | InstallStep::DownloadAgent
            | InstallStep::BuildModule
            | InstallStep::Register,
            _,
        ) => "Error",
    };
    format!("{program}: {}", symptom_text(failure.step, failure.symptom, os))
}

/// The text of a symptom at a step of the installer.
#[must_use]
pub fn symptom_text(step: InstallStep, symptom: Reason, os: OsFamily) -> String {
    let operation = match step {
        InstallStep::CheckCredentials => "GetAgentInstallationAssetsForMgn",
        InstallStep::Register => "RegisterAgentForMgn",
        InstallStep::DownloadInstaller | InstallStep::DownloadAgent => "GetObject",
        InstallStep::CheckPrerequisites | InstallStep::DiscoverDisks | InstallStep::BuildModule => "",
    };
    network_text(symptom, os)
        .or_else(|| service_text(symptom, operation))
        .unwrap_or_else(|| host_text(symptom))
}

/// What the network's failures look like to a client.
fn network_text(symptom: Reason, os: OsFamily) -> Option<String> {
    let urlopen = |text: &str| Some(format!("urlopen error {text}"));
    match (symptom, os) {
        (Reason::ConnectionTimedOut, OsFamily::Linux) => urlopen("[Errno 110] Connection timed out"),
        (Reason::ConnectionTimedOut, OsFamily::Windows) => urlopen("[Errno 10060] Connection timed out"),
        (Reason::ConnectionRefused, OsFamily::Linux) => urlopen("[Errno 111] Connection refused"),
        (Reason::ConnectionRefused, OsFamily::Windows) => urlopen("[Errno 10061] Connection refused"),
        (Reason::ConnectionReset, OsFamily::Linux) => urlopen("[Errno 104] Connection reset by peer"),
        (Reason::ConnectionReset, OsFamily::Windows) => urlopen("[Errno 10054] Connection reset by peer"),
        (Reason::DnsNxDomain | Reason::DnsShadowed | Reason::DnsRuleOverridesZone, OsFamily::Linux) => {
            urlopen("[Errno -2] Name or service not known")
        }
        (
            Reason::DnsTimeout | Reason::DnsServFail | Reason::DnsLoop | Reason::DnsDisabled,
            OsFamily::Linux,
        ) => urlopen("[Errno -3] Temporary failure in name resolution"),
        (
            Reason::DnsNxDomain
            | Reason::DnsShadowed
            | Reason::DnsRuleOverridesZone
            | Reason::DnsTimeout
            | Reason::DnsServFail
            | Reason::DnsLoop
            | Reason::DnsDisabled,
            OsFamily::Windows,
        ) => urlopen("[Errno 11001] getaddrinfo failed"),
        (Reason::CertificateVerifyFailed, _) => {
            urlopen("[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed")
        }
        (Reason::TlsNameMismatch, _) => {
            urlopen("[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: Hostname mismatch")
        }
        _ => None,
    }
}

/// What AWS answers.
fn service_text(symptom: Reason, operation: &str) -> Option<String> {
    let answer = |exception: &str, message: &str| {
        Some(format!(
            "An error occurred ({exception}) when calling the {operation} operation: {message}"
        ))
    };
    match symptom {
        Reason::EndpointPolicyDenied => Some("HTTP Error 403: Forbidden (AccessDenied)".to_owned()),
        Reason::AccessDenied => answer("AccessDeniedException", "not authorized to perform this action"),
        Reason::InvalidSignature => answer(
            "InvalidSignatureException",
            "The request signature we calculated does not match the signature you provided",
        ),
        Reason::ExpiredToken => answer(
            "UnrecognizedClientException",
            "The security token included in the request is invalid or expired",
        ),
        Reason::ClockSkew => answer(
            "InvalidSignatureException",
            "Signature expired or not yet current: check the clock",
        ),
        Reason::Uninitialized => answer("UninitializedAccountException", NOT_INITIALISED),
        Reason::AdminRequired => answer("AccessDeniedException", MUST_BE_ADMIN),
        Reason::RegionMismatch => answer(
            "InvalidSignatureException",
            "Credential should be scoped to a valid Region",
        ),
        Reason::QuotaExceeded => answer(
            "ServiceQuotaExceededException",
            "a quota of source servers is exceeded",
        ),
        _ => None,
    }
}

/// What the installer says of the computer; in the reason's own words where AWS prints no text.
fn host_text(symptom: Reason) -> String {
    match symptom {
        Reason::NotRoot => "You need to have root privileges to run this script".to_owned(),
        Reason::UnsupportedOs => "Installation failed: the operating system is not supported".to_owned(),
        Reason::MissingPackages => {
            "Installation failed: could not install make, gcc, perl, tar, gawk or rpm".to_owned()
        }
        Reason::KernelHeadersMismatch => {
            "Installation failed: kernel-devel/linux-headers do not match the running kernel".to_owned()
        }
        Reason::DiskTooLarge => "Installation failed: volume is larger than 16 TB".to_owned(),
        other => format!("Installation failed: {}", other.meaning()),
    }
}

/// `dataReplicationError.rawError`.
#[must_use]
pub fn raw_error(failure: &ReplicationFailure) -> String {
    let headline = headline(failure.error);
    match (&failure.call, failure.stopped_by) {
        (Some(call), _) => format!("{headline}: {}", call_text(call)),
        (None, Some(refusal)) => format!("{headline}: {}", refusal.reason.meaning()),
        (None, None) => headline.to_owned(),
    }
}

fn call_text(call: &CallFailed) -> String {
    let stage = match call.stage {
        Stage::Resolve => "resolving the name",
        Stage::Connect => "connecting",
        Stage::Tls => "agreeing on TLS",
        Stage::Request => "asking",
    };
    let what = network_text(call.symptom, OsFamily::Linux)
        .or_else(|| service_text(call.symptom, "requested"))
        .unwrap_or_else(|| call.symptom.meaning().to_owned());
    match call.address {
        Some(address) => format!("{stage} at {address}: {what}"),
        None => format!("{stage}: {what}"),
    }
}

/// The console's wording of an error.
#[must_use]
pub const fn headline(error: ReplicationError) -> &'static str {
    match error {
        ReplicationError::AgentNotSeen => "Agent not seen",
        ReplicationError::SnapshotsFailure => "Snapshots failure",
        ReplicationError::NotConverging => "Not converging",
        ReplicationError::UnstableNetwork => "Unstable network",
        ReplicationError::FailedToCreateSecurityGroup => "Failed to create firewall rules",
        ReplicationError::FailedToLaunchReplicationServer => "Failed to launch replication server",
        ReplicationError::FailedToBootReplicationServer => "Failed to boot replication server",
        ReplicationError::FailedToAuthenticateWithService => {
            "Failed to authenticate the replication server with the service"
        }
        ReplicationError::FailedToDownloadReplicationSoftware => "Failed to download replication software",
        ReplicationError::FailedToCreateStagingDisks => "Failed to create staging disks",
        ReplicationError::FailedToAttachStagingDisks => "Failed to attach staging disks",
        ReplicationError::FailedToPairReplicationServerWithAgent => {
            "Failed to pair replication agent with replication server"
        }
        ReplicationError::FailedToConnectAgentToReplicationServer => {
            "Failed to connect agent to replication server"
        }
        ReplicationError::FailedToStartDataTransfer => "Failed to start data transfer",
        ReplicationError::UnsupportedVmConfiguration => "Unsupported VM configuration",
        ReplicationError::LastSnapshotJobFailed => "Last snapshot job failed",
        ReplicationError::FailedToSetupFsxProxy => "Failed to set up FSx proxy",
        ReplicationError::FailedToCreateFsxSnapshot => "Failed to create FSx snapshot",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_symptom_reads_as_the_installer_prints_it() {
        use InstallStep as S;
        use OsFamily::{Linux, Windows};
        let cases = [
            (S::DownloadInstaller, Reason::ConnectionTimedOut, Linux),
            (S::CheckCredentials, Reason::ConnectionTimedOut, Windows),
            (S::DownloadInstaller, Reason::DnsNxDomain, Linux),
            (S::CheckCredentials, Reason::CertificateVerifyFailed, Linux),
            (S::DownloadAgent, Reason::EndpointPolicyDenied, Linux),
            (S::CheckCredentials, Reason::InvalidSignature, Windows),
            (S::CheckPrerequisites, Reason::NotRoot, Linux),
            (S::DiscoverDisks, Reason::TooManyDisks, Linux),
        ];
        let lines: Vec<String> = cases
            .iter()
            .map(|(step, symptom, os)| symptom_text(*step, *symptom, *os))
            .collect();
        insta::assert_snapshot!(lines.join("\n"), @r"
        urlopen error [Errno 110] Connection timed out
        urlopen error [Errno 10060] Connection timed out
        urlopen error [Errno -2] Name or service not known
        urlopen error [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed
        HTTP Error 403: Forbidden (AccessDenied)
        An error occurred (InvalidSignatureException) when calling the GetAgentInstallationAssetsForMgn operation: The request signature we calculated does not match the signature you provided
        You need to have root privileges to run this script
        Installation failed: the server has more disks than MGN supports
        ");
    }
}
