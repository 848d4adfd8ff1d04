//! The names and resources that agents, replication servers and launched instances call.
//!
//! # Fidelity
//! Simplified: object keys beside the installer's are ours, which matters little because policies
//! are written per bucket; each bucket is asked for one object. Dual-stack names are left out.
//!
//! Source: "Network requirements", AWS Transform MGN User Guide; the buckets are the list there,
//! and that of the Amazon Linux repository is in "Network requirements" of Elastic Disaster
//! Recovery.

use std::sync::Arc;

use crate::migrate::ground::{Call, Remote, Request, Signing};
use crate::resource::HostId;
use crate::site::OsFamily;
use crate::units::{DataSize, Span};

use super::{AgentInstall, timing};

/// TCP port of all AWS services.
pub(super) const HTTPS: u16 = 443;

/// A bucket of the service's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bucket {
    /// `aws-application-migration-service-<region>`: installers.
    Installer,
    /// `aws-application-migration-service-hashes-<region>`.
    InstallerHashes,
    /// `aws-mgn-clients-<region>`: agents.
    Clients,
    /// `aws-mgn-clients-hashes-<region>`.
    ClientsHashes,
    /// `aws-mgn-internal-<region>`: replication and conversion software.
    Internal,
    /// `aws-mgn-internal-hashes-<region>`.
    InternalHashes,
    /// `amazon-ssm-<region>`: the SSM Agent.
    Ssm,
    /// `al2023-repos-<region>-de612dc2`: packages of Amazon Linux 2023.
    Repository,
}

impl Bucket {
    fn name(self, region: &str) -> String {
        match self {
            Self::Installer => format!("aws-application-migration-service-{region}"),
            Self::InstallerHashes => format!("aws-application-migration-service-hashes-{region}"),
            Self::Clients => format!("aws-mgn-clients-{region}"),
            Self::ClientsHashes => format!("aws-mgn-clients-hashes-{region}"),
            Self::Internal => format!("aws-mgn-internal-{region}"),
            Self::InternalHashes => format!("aws-mgn-internal-hashes-{region}"),
            Self::Ssm => format!("amazon-ssm-{region}"),
            Self::Repository => format!("al2023-repos-{region}-de612dc2"),
        }
    }
    const fn key(self, os: OsFamily) -> &'static str {
        match (self, os) {
            (Self::Installer, OsFamily::Linux) => "latest/linux/aws-replication-installer-init",
            (Self::Installer, OsFamily::Windows) => "latest/windows/AwsReplicationWindowsInstaller.exe",
            (Self::InstallerHashes, OsFamily::Linux) => "latest/linux/aws-replication-installer-init.sha512",
            (Self::InstallerHashes, OsFamily::Windows) => {
                "latest/windows/AwsReplicationWindowsInstaller.exe.sha512"
            }
            (Self::Clients, OsFamily::Linux) => "latest/linux/aws-replication-agent",
            (Self::Clients, OsFamily::Windows) => "latest/windows/aws-replication-agent",
            (Self::ClientsHashes, OsFamily::Linux) => "latest/linux/aws-replication-agent.sha512",
            (Self::ClientsHashes, OsFamily::Windows) => "latest/windows/aws-replication-agent.sha512",
            (Self::Internal, OsFamily::Linux) => "latest/linux/replication-software",
            (Self::Internal, OsFamily::Windows) => "latest/windows/conversion-software",
            (Self::InternalHashes, OsFamily::Linux) => "latest/linux/replication-software.sha512",
            (Self::InternalHashes, OsFamily::Windows) => "latest/windows/conversion-software.sha512",
            (Self::Ssm, OsFamily::Linux) => "latest/linux_amd64/amazon-ssm-agent.rpm",
            (Self::Ssm, OsFamily::Windows) => "latest/windows_amd64/AmazonSSMAgentSetup.exe",
            (Self::Repository, OsFamily::Linux | OsFamily::Windows) => {
                "core/mirrors/latest/x86_64/mirror.list"
            }
        }
    }
    const fn size(self) -> DataSize {
        match self {
            Self::Installer => timing::INSTALLER_SIZE,
            Self::Clients => timing::AGENT_SIZE,
            Self::Internal => timing::REPLICATION_SOFTWARE_SIZE,
            Self::Ssm => timing::SSM_AGENT_SIZE,
            Self::Repository => timing::REPOSITORY_SIZE,
            Self::InstallerHashes | Self::ClientsHashes | Self::InternalHashes => timing::SMALL_ANSWER,
        }
    }
}

/// A client's way of calling: who, and with what patience.
#[derive(Debug, Clone, Copy)]
pub(super) struct Caller {
    /// The host.
    pub(super) host: HostId,
    /// Its family of operating systems.
    pub(super) os: OsFamily,
}

impl Caller {
    /// An instance that the service runs: Linux.
    pub(super) const fn service(host: HostId) -> Self {
        Self {
            host,
            os: OsFamily::Linux,
        }
    }
    fn call(self, to: Remote, port: u16, request: Request) -> Call {
        let connect_timeout: Span = timing::connect_timeout(self.os);
        Call {
            from: self.host,
            to,
            port,
            request,
            connect_timeout,
        }
    }
    /// TLS on TCP 1500 with the certificate that the service handed to both ends.
    pub(super) fn data(self, to: std::net::Ipv4Addr) -> Call {
        self.call(Remote::Address(to), timing::DATA_PORT, Request::PinnedTls)
    }
}

/// The names of one Region's services, made once.
#[derive(Debug, Clone)]
pub(super) struct Endpoints {
    region: Arc<str>,
    mgn: Arc<str>,
    ec2: Arc<str>,
    ssm: Arc<str>,
    any: Arc<str>,
    session: Arc<str>,
}

impl Endpoints {
    /// The names of the Region called `region`, for example `ap-south-1`.
    pub(super) fn new(region: &str) -> Self {
        Self {
            region: region.into(),
            mgn: format!("mgn.{region}.amazonaws.com").into(),
            ec2: format!("ec2.{region}.amazonaws.com").into(),
            ssm: format!("ssm.{region}.amazonaws.com").into(),
            any: "*".into(),
            session: format!("arn:aws:execute-api:{region}:*:*/POST/CreateSessionForMgn").into(),
        }
    }
    /// The Region's name.
    pub(super) fn region(&self) -> &str {
        &self.region
    }
    /// Where an agent finds the service: `--endpoint`, or the name that it builds from `--region`.
    pub(super) fn agent_mgn(&self, install: &AgentInstall) -> Arc<str> {
        match &install.endpoint {
            Some(endpoint) => endpoint.as_str().into(),
            None if install.region == *self.region => self.mgn.clone(),
            None => format!("mgn.{}.amazonaws.com", install.region).into(),
        }
    }
    /// The host of the installer's URL, rewritten for the S3 interface endpoint of that name.
    pub(super) fn installer_host(&self, endpoint: &str) -> String {
        format!("{}.bucket.{endpoint}", Bucket::Installer.name(&self.region))
    }
    fn api(&self, caller: Caller, to: Arc<str>, action: &'static str) -> Call {
        let request = Request::Api {
            action,
            resource: self.any.clone(),
            signing: Signing::SigV4,
            answer: timing::SMALL_ANSWER,
        };
        caller.call(Remote::Name(to), HTTPS, request)
    }
    /// A request of the installer to MGN.
    pub(super) fn mgn_as_agent(&self, caller: Caller, install: &AgentInstall, action: &'static str) -> Call {
        self.api(caller, self.agent_mgn(install), action)
    }
    /// The session that an agent opens with MGN.
    pub(super) fn agent_session(&self, caller: Caller, install: &AgentInstall) -> Call {
        self.session_at(caller, self.agent_mgn(install))
    }
    /// The session that a replication or conversion server opens with MGN.
    pub(super) fn session(&self, caller: Caller) -> Call {
        self.session_at(caller, self.mgn.clone())
    }
    fn session_at(&self, caller: Caller, to: Arc<str>) -> Call {
        let request = Request::Api {
            action: "execute-api:Invoke",
            resource: self.session.clone(),
            signing: Signing::SigV4,
            answer: timing::SMALL_ANSWER,
        };
        caller.call(Remote::Name(to), HTTPS, request)
    }
    /// A request to EC2.
    pub(super) fn ec2(&self, caller: Caller, action: &'static str) -> Call {
        self.api(caller, self.ec2.clone(), action)
    }
    /// A request of the SSM Agent.
    pub(super) fn ssm(&self, caller: Caller) -> Call {
        self.api(caller, self.ssm.clone(), "ssm:UpdateInstanceInformation")
    }
    /// The download of an object by a client inside the Region.
    pub(super) fn object(&self, caller: Caller, bucket: Bucket) -> Call {
        let name = bucket.name(&self.region);
        let host = format!("{name}.s3.{}.amazonaws.com", self.region);
        Self::get(caller, &name, &host, bucket)
    }
    /// The download of an object by the agent's installer, which knows of `--s3-endpoint`.
    pub(super) fn object_as_agent(&self, caller: Caller, install: &AgentInstall, bucket: Bucket) -> Call {
        let name = bucket.name(&install.region);
        let host = match &install.s3_endpoint {
            Some(endpoint) => format!("{name}.bucket.{endpoint}"),
            None => format!("{name}.s3.{}.amazonaws.com", install.region),
        };
        Self::get(caller, &name, &host, bucket)
    }
    /// The download of the installer, or of its hash, from the host of the installer's URL.
    ///
    /// The hash lies in a bucket of its own: the same host with the other bucket's name.
    pub(super) fn installer(&self, caller: Caller, install: &AgentInstall, bucket: Bucket) -> Call {
        let host = &install.installer_host;
        let (named, rest) = host.split_once('.').unwrap_or((host, ""));
        let name = match (bucket, named.strip_prefix("aws-application-migration-service-")) {
            (Bucket::InstallerHashes, Some(region)) => bucket.name(region),
            _ => named.to_owned(),
        };
        Self::get(caller, &name, &format!("{name}.{rest}"), bucket)
    }
    fn get(caller: Caller, bucket: &str, host: &str, kind: Bucket) -> Call {
        let request = Request::Api {
            action: "s3:GetObject",
            resource: format!("arn:aws:s3:::{bucket}/{}", kind.key(caller.os)).into(),
            signing: Signing::Anonymous,
            answer: kind.size(),
        };
        caller.call(Remote::Name(host.into()), HTTPS, request)
    }
}

/// The Region that a host name of AWS's speaks of: the label after the service's.
pub(super) fn region_of(host: &str, service: &str) -> Option<String> {
    let mut labels = host.split('.').skip_while(|label| *label != service);
    labels.next()?;
    labels.next().map(ToOwned::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_region_is_the_label_after_the_service() {
        let check = |host, region: Option<&str>| {
            assert_eq!(region_of(host, "mgn").as_deref(), region, "{host}");
        };
        check("mgn.ap-south-1.amazonaws.com", Some("ap-south-1"));
        check("vpce-0a-b1.mgn.eu-west-1.vpce.amazonaws.com", Some("eu-west-1"));
        check("example.org", None);
    }
}
