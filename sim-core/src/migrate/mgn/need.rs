//! Everything that a migration will ask of network, hosts and account, told beforehand.
//!
//! The calls are built by the same functions that the agents, replication servers, conversion
//! servers and launched instances call with, and the settings are looked at by the same functions
//! that refuse later. A preflight that runs them therefore finds what the run will find.
//!
//! # Fidelity
//! Simplified: as the model is. What the model does not ask of the network (activation of Windows,
//! say) is not in the list, although a real migration needs it.
//!
//! Source: "Network requirements", AWS Transform MGN User Guide.

use std::net::Ipv4Addr;

use crate::aws::Service;
use crate::migrate::ground::{Call, InstanceSpec, PublicAddress};
use crate::reason::Reason;
use crate::resource::{HostId, ResourceRef, SourceServerId};
use crate::site::OsFamily;
use crate::units::{DataSize, SimTime};
use crate::verdict::Refusal;

use super::endpoints::{Bucket, Caller};
use super::installer::Agent;
use super::remedy::{mended_disks, mended_keys, mended_prerequisites, setting_at_fault};
use super::{
    AccountChange, AgentInstall, BootMode, CopyPrivateIp, DataPlaneRouting, Encryption, Initialisation,
    KeyPolicy, LaunchTemplate, Mgn, Quotas, ServerChange, ServerSharing, SettingChange, TemplateChange,
    prerequisite, staging, timing,
};

/// A connection that a migration needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Need {
    /// What it is for.
    pub purpose: &'static str,
    /// The call that will be made.
    pub call: Call,
    /// The AWS service that it is made to; none for a replication server.
    pub service: Option<Service>,
}

/// A setting that a migration needs to be right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// What is looked at.
    pub what: &'static str,
    /// What it is about.
    pub subject: ResourceRef,
    /// Whether it is right.
    pub outcome: Result<(), Refusal>,
    /// The value that is wrong, in the words of the console.
    pub rule: Option<String>,
    /// What makes it right: in words, and exactly.
    pub remedy: Option<(String, SettingChange)>,
}

const fn need(purpose: &'static str, service: Service, call: Call) -> Need {
    Need {
        purpose,
        call,
        service: Some(service),
    }
}

impl Mgn {
    /// The name of the target Region.
    #[must_use]
    pub fn region_name(&self) -> &str {
        self.endpoints.region()
    }

    /// What the installer and the agent on a source server call, in the order in which they do.
    #[must_use]
    pub fn agent_needs(&self, id: SourceServerId) -> Vec<Need> {
        let Some(server) = self.servers.get(id) else {
            return Vec::new();
        };
        let (caller, install, names) = (self.agent_caller(id), &server.config.install, &self.endpoints);
        vec![
            need(
                "download of the installer",
                Service::S3,
                names.installer(caller, install, Bucket::Installer),
            ),
            need(
                "hash of the installer",
                Service::S3,
                names.installer(caller, install, Bucket::InstallerHashes),
            ),
            need(
                "check of the credentials",
                Service::Mgn,
                names.mgn_as_agent(caller, install, "mgn:GetAgentInstallationAssetsForMgn"),
            ),
            need(
                "download of the agent",
                Service::S3,
                names.object_as_agent(caller, install, Bucket::Clients),
            ),
            need(
                "hash of the agent",
                Service::S3,
                names.object_as_agent(caller, install, Bucket::ClientsHashes),
            ),
            need(
                "agent's session with MGN",
                Service::Mgn,
                names.agent_session(caller, install),
            ),
        ]
    }

    /// What a replication server on `host` calls.
    #[must_use]
    pub fn replication_server_needs(&self, host: HostId) -> Vec<Need> {
        let (caller, names) = (Caller::service(host), &self.endpoints);
        vec![
            need("authentication with MGN", Service::Mgn, names.session(caller)),
            need(
                "operating system packages",
                Service::S3,
                names.object(caller, Bucket::Repository),
            ),
            need(
                "replication software",
                Service::S3,
                names.object(caller, Bucket::Internal),
            ),
            need(
                "hash of the replication software",
                Service::S3,
                names.object(caller, Bucket::InternalHashes),
            ),
            need(
                "staging disks",
                Service::Ec2,
                names.ec2(caller, "ec2:CreateVolume"),
            ),
            need(
                "attachment of staging disks",
                Service::Ec2,
                names.ec2(caller, "ec2:AttachVolume"),
            ),
        ]
    }

    /// What a conversion server of a source server on `host` calls.
    #[must_use]
    pub fn conversion_server_needs(&self, id: SourceServerId, host: HostId) -> Vec<Need> {
        let Some(server) = self.servers.get(id) else {
            return Vec::new();
        };
        let (caller, names) = (Caller { host, os: server.os }, &self.endpoints);
        vec![
            need("session with MGN", Service::Mgn, names.session(caller)),
            need(
                "conversion software",
                Service::S3,
                names.object(caller, Bucket::Internal),
            ),
            need(
                "attachment of converted disks",
                Service::Ec2,
                names.ec2(caller, "ec2:AttachVolume"),
            ),
        ]
    }

    /// What a launched instance of a source server on `host` calls for its post-launch actions;
    /// nothing where it has none.
    #[must_use]
    pub fn launched_instance_needs(&self, id: SourceServerId, host: HostId) -> Vec<Need> {
        let Some(server) = self.servers.get(id) else {
            return Vec::new();
        };
        if server.config.launch.post_launch.is_empty() {
            return Vec::new();
        }
        let (caller, names) = (Caller { host, os: server.os }, &self.endpoints);
        vec![
            need(
                "download of the SSM Agent",
                Service::S3,
                names.object(caller, Bucket::Ssm),
            ),
            need("post-launch actions", Service::Ssm, names.ssm(caller)),
        ]
    }

    /// The data connection of a source server's agent to a replication server.
    #[must_use]
    pub fn data_need(&self, id: SourceServerId, to: Ipv4Addr) -> Need {
        Need {
            purpose: "replicated data",
            call: self.agent_caller(id).data(to),
            service: None,
        }
    }

    /// The instance that the next replication server will be.
    #[must_use]
    pub fn replication_server_spec(&self, name: String) -> InstanceSpec {
        let template = &self.config.replication;
        InstanceSpec {
            name,
            subnet: template.staging_subnet,
            instance_type: Some(template.instance_type.name.clone()),
            security_groups: self.staging_groups(),
            address: None,
            public_address: template.public_address,
            os: OsFamily::Linux,
            rate: template.instance_type.network,
            listens: vec![timing::DATA_PORT],
        }
    }

    /// The instance that the conversion server of a source server will be.
    #[must_use]
    pub fn conversion_server_spec(&self, id: SourceServerId, name: String) -> InstanceSpec {
        let os = self.servers.get(id).map_or(OsFamily::Linux, |server| server.os);
        InstanceSpec {
            os,
            listens: Vec::new(),
            // The service takes one that there is.
            instance_type: None,
            ..self.replication_server_spec(name)
        }
    }

    /// The instance that a source server will be launched as.
    ///
    /// # Errors
    /// Where the launch settings do not make an instance.
    pub fn launched_instance_spec(&self, id: SourceServerId, name: String) -> Result<InstanceSpec, Refusal> {
        let server = self
            .servers
            .get(id)
            .ok_or(Refusal::at(Reason::NotLaunchable, id))?;
        let launch = &server.config.launch;
        let subnet = launch
            .subnet
            .or(self.config.account.default_subnet)
            .ok_or(Refusal::at(Reason::NoSubnetForLaunch, id))?;
        if server.config.boot_mode == BootMode::Uefi && !launch.nitro {
            return Err(Refusal::at(Reason::BootModeMismatch, id));
        }
        Ok(InstanceSpec {
            name,
            subnet,
            // Sized to fit, from what the zone has: right-sizing is not modelled.
            instance_type: None,
            security_groups: launch.security_groups.clone(),
            address: match launch.copy_private_ip {
                CopyPrivateIp::No => None,
                CopyPrivateIp::Keep(address) => Some(address),
            },
            public_address: PublicAddress::None,
            os: server.os,
            rate: timing::LAUNCHED_NETWORK,
            listens: Vec::new(),
        })
    }

    /// The settings of the account and the template that a migration needs to be right.
    #[must_use]
    pub fn account_conditions(&self) -> Vec<Condition> {
        let mut conditions = vec![self.initialised(), self.key_grants()];
        conditions.extend(ACTIONS.iter().map(|(action, what)| self.permitted(action, what)));
        conditions.extend(self.quota_conditions());
        conditions
    }

    fn initialised(&self) -> Condition {
        let account = &self.config.account;
        let missing = account.initialisation == Initialisation::Missing;
        let refusal = Refusal::at(Reason::Uninitialized, account.region);
        let text = format!(
            "initialise MGN in {} as an administrator",
            self.endpoints.region()
        );
        let change = SettingChange::Account(AccountChange::Initialisation(Initialisation::Done));
        Condition {
            what: "MGN is initialised",
            subject: account.region.into(),
            outcome: if missing { Err(refusal) } else { Ok(()) },
            rule: missing.then(|| "UninitializedAccountException".to_owned()),
            remedy: missing.then_some((text, change)),
        }
    }

    fn key_grants(&self) -> Condition {
        let region = self.config.account.region;
        let denying = match self.config.replication.encryption {
            Encryption::Default => None,
            Encryption::Custom(key) => self
                .config
                .keys
                .get(key as usize)
                .filter(|it| it.policy == KeyPolicy::DeniesGrants)
                .map(|it| (key, it)),
        };
        Condition {
            what: "staging disks can be encrypted",
            subject: region.into(),
            outcome: match denying {
                Some(_) => Err(Refusal::at(Reason::KmsGrantDenied, region)),
                None => Ok(()),
            },
            rule: denying.map(|(_, key)| format!("policy of key {}", key.name)),
            remedy: denying.map(|(key, row)| {
                let policy = KeyPolicy::AllowsGrants;
                let text = format!(
                    "allow kms:CreateGrant for the MGN service-linked role in the policy of key {}",
                    row.name
                );
                (text, SettingChange::KeyPolicy { key, policy })
            }),
        }
    }

    fn permitted(&self, action: &str, what: &'static str) -> Condition {
        let outcome = self.may(action);
        let denied_by = self.denied_by(action).cloned();
        let remedy = denied_by.clone().map(|denied| {
            let text = format!("allow {denied} for MGN in the service control policy");
            (text, SettingChange::Account(AccountChange::Allow(denied)))
        });
        Condition {
            what,
            subject: self.config.account.region.into(),
            outcome,
            rule: denied_by.map(|denied| format!("service control policy denies {denied}")),
            remedy,
        }
    }

    /// The settings of one server that a migration needs to be right, at `now`.
    #[must_use]
    pub fn server_conditions(&self, id: SourceServerId, now: SimTime) -> Vec<Condition> {
        let Some(server) = self.servers.get(id) else {
            return Vec::new();
        };
        let config = &server.config;
        let found = &config.prerequisites;
        let prerequisites = prerequisite::system(found).and_then(|()| prerequisite::kernel_module(found));
        let disks =
            prerequisite::disks(&config.disks).and_then(|()| prerequisite::disks_can_start(&config.disks));
        let keys = &config.install.credentials;
        let credentials = prerequisite::credentials(keys, now)
            .and_then(|()| prerequisite::credentials(keys, now + timing::longest_installation(server.os)));
        let launch = self.launched_instance_spec(id, config.name.clone()).map(|_| ());
        let condition =
            |what, outcome: Result<(), Reason>, remedy: Option<(String, ServerChange)>| Condition {
                what,
                subject: id.into(),
                rule: outcome.err().map(|reason| setting_at_fault(config, reason)),
                outcome: outcome.map_err(|reason| Refusal::at(reason, id)),
                remedy: remedy.map(|(text, change)| (text, SettingChange::Server { server: id, change })),
            };
        let mut conditions = Vec::new();
        // What the installer asks for matters only until it has run: the expiry of its keys, say,
        // does not stop a running agent.
        if matches!(
            server.agent,
            Agent::NotInstalled | Agent::Installing { .. } | Agent::Failed(_)
        ) {
            conditions.push(condition(
                "the installer's prerequisites",
                prerequisites,
                mended_prerequisites(found, prerequisites),
            ));
            conditions.push(condition(
                "disks that can replicate",
                disks,
                mended_disks(config, disks),
            ));
            conditions.push(condition(
                "credentials of the installation",
                credentials,
                mended_keys(&config.install, credentials),
            ));
            conditions.push(condition(
                "one Region throughout",
                self.same_region(&config.install),
                self.mended_region(&config.install),
            ));
        }
        conditions.push(condition(
            "launch settings",
            launch.map_err(|it| it.reason),
            self.mended_launch(id, launch),
        ));
        conditions
    }

    fn mended_region(&self, install: &AgentInstall) -> Option<(String, ServerChange)> {
        self.same_region(install).err()?;
        let region = self.endpoints.region();
        let mended = AgentInstall {
            region: region.to_owned(),
            ..install.clone()
        };
        // Where `--region` is not all that differs, it is the endpoint that leads elsewhere: left
        // out, the agent asks for the Region's own name.
        let (text, mended) = match self.same_region(&mended) {
            Ok(()) => (format!("install with --region {region}"), mended),
            Err(_) => (
                format!("install with --region {region} and an --endpoint in {region}, or with none"),
                AgentInstall {
                    endpoint: None,
                    ..mended
                },
            ),
        };
        Some((text, ServerChange::Install(mended)))
    }

    fn mended_launch(
        &self,
        id: SourceServerId,
        outcome: Result<(), Refusal>,
    ) -> Option<(String, ServerChange)> {
        let launch = &self.servers.get(id)?.config.launch;
        let template = &self.config.replication;
        match outcome.err()?.reason {
            Reason::NoSubnetForLaunch => {
                // Another server's launch subnet is the likeliest; staging always exists.
                let subnet = self.servers.rows().iter().find_map(|it| it.config.launch.subnet);
                let subnet = subnet.or(Some(template.staging_subnet));
                let text =
                    "name a subnet in the launch template and make that version the default".to_owned();
                Some((
                    text,
                    ServerChange::Launch(LaunchTemplate {
                        subnet,
                        ..launch.clone()
                    }),
                ))
            }
            Reason::BootModeMismatch => {
                let text = "choose a Nitro instance type such as m5.large in the launch template".to_owned();
                let launch = LaunchTemplate {
                    instance_type: "m5.large".to_owned(),
                    nitro: true,
                    ..launch.clone()
                };
                Some((text, ServerChange::Launch(launch)))
            }
            _ => None,
        }
    }

    /// Launch settings of a server without its post-launch actions, where it has some.
    #[must_use]
    pub fn without_post_launch(&self, id: SourceServerId) -> Option<(String, SettingChange)> {
        let config = &self.servers.get(id)?.config;
        if config.launch.post_launch.is_empty() {
            return None;
        }
        let launch = LaunchTemplate {
            post_launch: Vec::new(),
            ..config.launch.clone()
        };
        let text = format!(
            "remove the post-launch actions of {}, or give its launch subnet an interface endpoint for ssm",
            config.name
        );
        let change = ServerChange::Launch(launch);
        Some((text, SettingChange::Server { server: id, change }))
    }

    /// The room under the account's quotas that what is still to be replicated needs.
    fn quota_conditions(&self) -> Vec<Condition> {
        let quotas = self.config.account.quotas;
        let waiting = || {
            self.servers
                .rows()
                .iter()
                .filter(|it| it.replication.replicator.is_none())
        };
        let n_disks: u64 = waiting().map(|it| it.config.disks.len() as u64).sum();
        let n_servers = waiting().count() as u64;
        let replicators = match self.config.replication.sharing {
            ServerSharing::Dedicated => n_servers,
            ServerSharing::Shared => n_disks.div_ceil(u64::from(timing::DISKS_PER_SHARED_SERVER)),
        };
        // A conversion server runs beside them during each launch.
        let instances = u64::from(self.usage.instances) + replicators + 1;
        let to_come: DataSize = waiting().map(|it| staging::size(&it.config.disks)).sum();
        let storage = (self.usage.staging_storage + to_come).as_bytes();
        let snapshots = u64::from(self.usage.snapshots) + n_disks * u64::from(timing::SNAPSHOTS_KEPT);
        let raise = |n: u64, quota: u32| u32::try_from(n).unwrap_or(u32::MAX).max(quota);
        vec![
            self.quota(
                ("quota of instances", instances, quotas.instances.into()),
                Quotas {
                    instances: raise(instances, quotas.instances),
                    ..quotas
                },
            ),
            self.quota(
                (
                    "quota of staging storage (bytes)",
                    storage,
                    quotas.staging_storage.as_bytes(),
                ),
                Quotas {
                    staging_storage: DataSize::bytes(storage).max(quotas.staging_storage),
                    ..quotas
                },
            ),
            self.quota(
                ("quota of snapshots", snapshots, quotas.snapshots.into()),
                Quotas {
                    snapshots: raise(snapshots, quotas.snapshots),
                    ..quotas
                },
            ),
        ]
    }

    fn quota(&self, (what, needed, quota): (&'static str, u64, u64), raised: Quotas) -> Condition {
        let outcome = self.fits(0, needed, quota);
        let short = outcome.is_err();
        let change = SettingChange::Account(AccountChange::Quotas(raised));
        Condition {
            what,
            subject: self.config.account.region.into(),
            outcome,
            rule: short.then(|| format!("{quota} allowed, {needed} needed")),
            remedy: short.then(|| (format!("request a {what} of at least {needed}"), change)),
        }
    }

    /// What makes agents be handed an address that they can reach, where they are not now.
    #[must_use]
    pub fn private_routing(&self) -> Option<(String, SettingChange)> {
        let public = self.config.replication.routing == DataPlaneRouting::PublicIp;
        let text = "set data routing to PRIVATE_IP in the replication template".to_owned();
        let change = SettingChange::Template(TemplateChange::Routing(DataPlaneRouting::PrivateIp));
        public.then_some((text, change))
    }

    /// The address at which agents will reach a replication server that has these.
    #[must_use]
    pub fn handed_address(&self, private: Option<Ipv4Addr>, public: Option<Ipv4Addr>) -> Option<Ipv4Addr> {
        match self.config.replication.routing {
            DataPlaneRouting::PrivateIp => private,
            DataPlaneRouting::PublicIp => public,
        }
    }
}

/// The EC2 actions that MGN needs to be allowed, and what for.
const ACTIONS: [(&str, &str); 5] = [
    ("ec2:CreateSecurityGroup", "MGN may create security groups"),
    ("ec2:RunInstances", "MGN may launch instances"),
    ("ec2:CreateVolume", "MGN may create volumes"),
    ("ec2:AttachVolume", "MGN may attach volumes"),
    ("ec2:CreateSnapshot", "MGN may create snapshots"),
];
