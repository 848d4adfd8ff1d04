//! Changes of the migration's settings in words.

use crate::migrate::ground::PublicAddress;
use crate::migrate::mgn::{
    AccountChange, AdminRole, DataPlaneRouting, Encryption, GroupPolicy, Initialisation, KeyPolicy,
    LargeStagingDisk, ServerChange, ServerSharing, SettingChange, TemplateChange,
};
use crate::resource::{SecurityGroupId, SubnetId};
use crate::world::names::Names;

/// A change of a setting.
pub(super) fn setting_text(change: &SettingChange, names: &Names) -> String {
    match change {
        SettingChange::Template(change) => format!("replication template: {}", template(change, names)),
        SettingChange::Account(change) => account(change, names),
        SettingChange::KeyPolicy { key, policy } => {
            let policy = match policy {
                KeyPolicy::AllowsGrants => "allows",
                KeyPolicy::DeniesGrants => "denies",
            };
            format!("the policy of KMS key {} {policy} grants to MGN", key + 1)
        }
        SettingChange::Server { server, change } => {
            let what = match change {
                ServerChange::Install(_) => "the agent's command line",
                ServerChange::Prerequisites(_) => "what the installer finds",
                ServerChange::Launch(_) => "launch settings",
                ServerChange::Writes(_) => "how fast it writes",
                ServerChange::UserProvidedId(_) => "--user-provided-id",
            };
            format!("{}: {what} changed", names.of(*server))
        }
    }
}

fn template(change: &TemplateChange, names: &Names) -> String {
    match change {
        TemplateChange::Routing(DataPlaneRouting::PrivateIp) => "data routing PRIVATE_IP".to_owned(),
        TemplateChange::Routing(DataPlaneRouting::PublicIp) => "data routing PUBLIC_IP".to_owned(),
        TemplateChange::PublicAddress(PublicAddress::None) => "no public addresses".to_owned(),
        TemplateChange::PublicAddress(PublicAddress::Assigned) => "public addresses".to_owned(),
        TemplateChange::Throttle(Some(rate)) => format!("throttled to {rate} per server"),
        TemplateChange::Throttle(None) => "not throttled".to_owned(),
        TemplateChange::Sharing(ServerSharing::Shared) => "shared replication servers".to_owned(),
        TemplateChange::Sharing(ServerSharing::Dedicated) => "dedicated replication servers".to_owned(),
        TemplateChange::InstanceType(kind) => format!("replication servers of type {}", kind.name),
        TemplateChange::LargeStagingDisk(LargeStagingDisk::St1) => "large staging disks ST1".to_owned(),
        TemplateChange::LargeStagingDisk(LargeStagingDisk::Gp3) => "large staging disks GP3".to_owned(),
        TemplateChange::Encryption(Encryption::Default) => "encryption DEFAULT".to_owned(),
        TemplateChange::Encryption(Encryption::Custom(key)) => format!("encryption CUSTOM, key {}", key + 1),
        TemplateChange::GroupPolicy(GroupPolicy::MgnAndListed) => {
            "MGN's security group and the listed ones".to_owned()
        }
        TemplateChange::GroupPolicy(GroupPolicy::ListedOnly) => "only the listed security groups".to_owned(),
        TemplateChange::SecurityGroups(groups) => format!("security groups {}", groups_text(groups, names)),
        TemplateChange::StagingSubnet(subnet) => format!("staging area subnet {}", names.of(*subnet)),
        TemplateChange::ReplaceEvery(span) => format!("replication servers are replaced every {span}"),
    }
}

fn account(change: &AccountChange, names: &Names) -> String {
    match change {
        AccountChange::Initialisation(Initialisation::Done) => "MGN is initialised".to_owned(),
        AccountChange::Initialisation(Initialisation::Missing) => "MGN is not initialised".to_owned(),
        AccountChange::Operator(AdminRole::Admin) => "an administrator works at the console".to_owned(),
        AccountChange::Operator(AdminRole::User) => {
            "somebody without administrator rights works at the console".to_owned()
        }
        AccountChange::Quotas(_) => "other quotas are in force".to_owned(),
        AccountChange::Deny(action) => format!("{action} is denied to MGN"),
        AccountChange::Allow(action) => format!("{action} is allowed to MGN"),
        AccountChange::DefaultSubnet(subnet) => {
            let subnet: Option<SubnetId> = *subnet;
            subnet.map_or_else(
                || "the Region has no default VPC".to_owned(),
                |subnet| format!("launches default to subnet {}", names.of(subnet)),
            )
        }
    }
}

fn groups_text(groups: &[SecurityGroupId], names: &Names) -> String {
    let groups: Vec<String> = groups.iter().map(|group| names.of(*group)).collect();
    groups.join(", ")
}
