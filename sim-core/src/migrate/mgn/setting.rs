//! Changes of settings while the migration runs: what a person repairs or spoils at the console, on
//! a server or in IAM, and what follows from it at once.
//!
//! # Fidelity
//! Simplified: in AWS the replication template is copied to each server when its agent registers,
//! and changed per server afterwards. Here there is one template, and a change of it reaches every
//! server, as if they were all selected and edited together.
//!
//! Source: "Replication settings" and "Launch settings", AWS Transform MGN User Guide: changing the
//! instance type or subnet takes minutes and resumes, changing the encryption starts over.

use std::sync::Arc;

use crate::migrate::ground::{Ground, PublicAddress};
use crate::resource::{ReplicationServerId, SecurityGroupId, SourceServerId, SubnetId};
use crate::units::{BitRate, Span};

use super::installer::Agent;
use super::server::{Replicating, Volumes, choose_disks};
use super::transfer::Transfer;
use super::{
    AdminRole, AgentInstall, DataPlaneRouting, DataReplicationState, Encryption, GroupPolicy, Initialisation,
    InitiationStep, InstanceType, KeyPolicy, LargeStagingDisk, LaunchTemplate, LifeCycleState, Mgn,
    Prerequisites, Quotas, ServerSharing, WriteProfile,
};

/// A change of a migration's settings.
#[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub enum SettingChange {
    /// Of the replication template.
    Template(TemplateChange),
    /// Of the account.
    Account(AccountChange),
    /// Of a customer managed key's policy, by its place in [`Config::keys`](super::Config::keys).
    KeyPolicy {
        /// The key.
        key: u32,
        /// Its policy from now on.
        policy: KeyPolicy,
    },
    /// Of one server.
    Server {
        /// The server.
        server: SourceServerId,
        /// The change.
        change: ServerChange,
    },
}

/// A change of the replication template.
#[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub enum TemplateChange {
    /// Which address agents are handed; they connect again.
    Routing(DataPlaneRouting),
    /// Whether replication servers get a public address; they are replaced.
    PublicAddress(PublicAddress),
    /// Per source server; none is not throttled.
    Throttle(Option<BitRate>),
    /// Whether replication servers launched from now on are shared.
    Sharing(ServerSharing),
    /// The replication servers' type; they are replaced.
    InstanceType(InstanceType),
    /// The type of large staging volumes.
    LargeStagingDisk(LargeStagingDisk),
    /// How staging volumes are encrypted; replication starts over.
    Encryption(Encryption),
    /// Which groups replication servers carry; they are replaced.
    GroupPolicy(GroupPolicy),
    /// The listed groups; replication servers are replaced.
    SecurityGroups(Vec<SecurityGroupId>),
    /// Where replication servers run; they are replaced.
    StagingSubnet(SubnetId),
    /// How often replication servers are replaced, from their next launch on.
    ReplaceEvery(Span),
}

/// A change of the account.
#[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub enum AccountChange {
    /// Whether the service is initialised.
    Initialisation(Initialisation),
    /// Who works at the console.
    Operator(AdminRole),
    /// The quotas in force.
    Quotas(Quotas),
    /// An action is denied to MGN.
    Deny(String),
    /// An action is no longer denied to MGN.
    Allow(String),
    /// The subnet of the Region's default VPC, where it has one.
    DefaultSubnet(Option<SubnetId>),
}

/// A change of one server.
#[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub enum ServerChange {
    /// The command line of the next installation; the endpoint of a running agent, too.
    Install(AgentInstall),
    /// What the installer finds.
    Prerequisites(Prerequisites),
    /// Launch settings.
    Launch(LaunchTemplate),
    /// How fast it writes.
    Writes(WriteProfile),
    /// `--user-provided-id` of the next installation.
    UserProvidedId(Option<String>),
}

impl Mgn {
    /// Makes a change.
    pub(super) fn change_setting(&mut self, change: SettingChange, ground: &mut dyn Ground) {
        match change {
            SettingChange::Template(change) => self.change_template(change, ground),
            SettingChange::Account(change) => self.change_account(change, ground),
            SettingChange::KeyPolicy { key, policy } => {
                if let Some(key) = self.config.keys.get_mut(key as usize) {
                    key.policy = policy;
                }
            }
            SettingChange::Server { server, change } => self.change_server(server, change, ground),
        }
    }

    fn change_template(&mut self, change: TemplateChange, ground: &mut dyn Ground) {
        let template = &mut self.config.replication;
        match change {
            TemplateChange::Routing(routing) => {
                template.routing = routing;
                self.reconnect_all(ground);
            }
            TemplateChange::PublicAddress(public_address) => {
                template.public_address = public_address;
                self.replace_all(ground);
            }
            TemplateChange::Throttle(throttle) => {
                template.throttle = throttle;
                self.cap_all(ground);
            }
            TemplateChange::Sharing(sharing) => template.sharing = sharing,
            TemplateChange::InstanceType(instance_type) => {
                template.instance_type = instance_type;
                self.replace_all(ground);
            }
            TemplateChange::LargeStagingDisk(kind) => {
                template.large_staging_disk = kind;
                self.cap_all(ground);
            }
            TemplateChange::Encryption(encryption) => {
                template.encryption = encryption;
                self.start_all_over(ground);
            }
            TemplateChange::GroupPolicy(policy) => {
                template.group_policy = policy;
                self.replace_all(ground);
            }
            TemplateChange::SecurityGroups(groups) => {
                template.security_groups = groups;
                self.replace_all(ground);
            }
            TemplateChange::StagingSubnet(subnet) => {
                template.staging_subnet = subnet;
                self.replace_all(ground);
            }
            TemplateChange::ReplaceEvery(span) => template.replace_every = span,
        }
    }

    fn ids(&self) -> Vec<SourceServerId> {
        self.servers.ids().collect()
    }
    fn cap_all(&mut self, ground: &mut dyn Ground) {
        let began = ground.cause();
        for id in self.ids() {
            ground.follow_from(began);
            self.servers[id].replication.transfer.settle(ground.now());
            self.set_cap(id, ground);
        }
    }
    fn replace_all(&mut self, ground: &mut dyn Ground) {
        let replicators: Vec<ReplicationServerId> = self.replicators.ids().collect();
        let began = ground.cause();
        for id in replicators {
            ground.follow_from(began);
            self.replace_replicator(id, ground);
        }
    }
    /// Agents that have, or try, a data connection connect again, to the address they are handed
    /// now.
    fn reconnect_all(&mut self, ground: &mut dyn Ground) {
        let connect = InitiationStep::ConnectAgentToReplicationServer;
        let began = ground.cause();
        for id in self.ids() {
            ground.follow_from(began);
            let server = &self.servers[id];
            let past_connect = server.initiation.current.is_none_or(|step| step >= connect);
            if server.replication.wanted == Replicating::Yes && past_connect {
                self.drop_data(id, ground);
                self.initiate(id, connect, ground);
            }
        }
    }
    /// The staging volumes are made anew and everything is copied again.
    fn start_all_over(&mut self, ground: &mut dyn Ground) {
        let began = ground.cause();
        for id in self.ids() {
            ground.follow_from(began);
            let replication = &self.servers[id].replication;
            let begun = replication.volumes != Volumes::None;
            if !begun || !self.servers[id].is_active() {
                continue;
            }
            let paused = self.servers[id].replication.wanted == Replicating::Paused;
            self.stop_initiation(id);
            self.drop_data(id, ground);
            self.delete_snapshots(id);
            self.remove_staging(id, ground);
            let replication = &mut self.servers[id].replication;
            replication.transfer.restart(ground.now());
            replication.copy_began_at = None;
            replication.lagging = false;
            if self.servers[id].life_cycle.state == Some(LifeCycleState::ReadyForTest) {
                self.set_life_cycle(id, LifeCycleState::NotReady, ground);
            }
            if paused {
                self.set_replication_state(id, DataReplicationState::Paused, ground);
            } else {
                self.initiate(id, InitiationStep::Wait, ground);
            }
        }
    }

    fn change_account(&mut self, change: AccountChange, ground: &mut dyn Ground) {
        let account = &mut self.config.account;
        match change {
            AccountChange::Initialisation(initialisation) => account.initialisation = initialisation,
            AccountChange::Operator(operator) => account.operator = operator,
            AccountChange::DefaultSubnet(subnet) => account.default_subnet = subnet,
            AccountChange::Quotas(quotas) => {
                account.quotas = quotas;
                self.snapshots_changed(ground);
            }
            AccountChange::Deny(action) => {
                if !account.denied_actions.contains(&action) {
                    account.denied_actions.push(action);
                }
                self.snapshots_changed(ground);
            }
            AccountChange::Allow(action) => {
                account.denied_actions.retain(|denied| *denied != action);
                self.snapshots_changed(ground);
            }
        }
    }

    fn change_server(&mut self, id: SourceServerId, change: ServerChange, ground: &mut dyn Ground) {
        let Some(server) = self.servers.get_mut(id) else {
            return;
        };
        let config = Arc::make_mut(&mut server.config);
        match change {
            ServerChange::Install(install) => {
                let moved = config.install.endpoint != install.endpoint;
                config.install = install;
                if server.agent == Agent::NotInstalled || matches!(server.agent, Agent::Failed(_)) {
                    choose_disks(config);
                    let rates = (config.wire_ratio, config.read_rate);
                    server.replication.transfer =
                        Transfer::new(&config.disks, rates.0, rates.1, ground.now());
                }
                if moved && server.control.hold().is_some() {
                    self.hold_control(id, ground);
                }
            }
            ServerChange::Prerequisites(found) => {
                server.os = super::os::family(&found.os);
                config.prerequisites = found;
            }
            ServerChange::Launch(launch) => config.launch = launch,
            ServerChange::UserProvidedId(name) => config.user_provided_id = name,
            ServerChange::Writes(writes) => {
                config.writes = writes;
                if server.is_active() {
                    self.writes_changed(id, ground);
                }
            }
        }
    }
}
