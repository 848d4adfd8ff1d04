//! Changes of the migration's settings: what is typed becomes a change.

use crate::migrate::mgn::{
    AccountChange, CopyPrivateIp, Encryption, ServerChange, SettingChange, TemplateChange,
};
use crate::resource::{SecurityGroupId, SourceServerId, SubnetId, VpcId, kind};
use crate::scenario::diagnostic::Code;
use crate::scenario::problem::{At, Problem, Problems};
use crate::scenario::sections::{AccountText, EncryptionText, ServerText, TemplateText};

use super::change::Known;
use super::launch::{self, Places};
use super::migration;
use super::server;

impl Places for Known<'_> {
    fn subnet(&self, name: &At<String>, problems: &mut Problems) -> Option<SubnetId> {
        self.find::<kind::Subnet>(name, problems)
    }
    fn group(&self, name: &At<String>, problems: &mut Problems) -> Option<SecurityGroupId> {
        self.find::<kind::SecurityGroup>(name, problems)
    }
    fn vpc_of_subnet(&self, subnet: SubnetId) -> Option<VpcId> {
        self.cloud.subnets.get(subnet).map(|row| row.vpc)
    }
    fn vpc_of_group(&self, group: SecurityGroupId) -> Option<VpcId> {
        self.cloud.security_groups.get(group).map(|row| row.vpc)
    }
}

/// A change of the replication template.
pub(super) fn template(
    text: &TemplateText,
    known: &Known<'_>,
    problems: &mut Problems,
) -> Option<TemplateChange> {
    Some(match text {
        TemplateText::DataRouting(routing) => TemplateChange::Routing(*routing),
        TemplateText::PublicAddress(address) => TemplateChange::PublicAddress(*address),
        TemplateText::Throttle(rate) if rate.is_zero() => TemplateChange::Throttle(None),
        TemplateText::Throttle(rate) => TemplateChange::Throttle(Some(*rate)),
        TemplateText::NoThrottle => TemplateChange::Throttle(None),
        TemplateText::ServerSharing(sharing) => TemplateChange::Sharing(*sharing),
        TemplateText::InstanceType(name) => {
            TemplateChange::InstanceType(migration::instance_type(Some(name), problems)?)
        }
        TemplateText::LargeStagingDisk(disk) => TemplateChange::LargeStagingDisk(*disk),
        TemplateText::Encryption(EncryptionText::Default) => TemplateChange::Encryption(Encryption::Default),
        TemplateText::Encryption(EncryptionText::Custom(name)) => {
            TemplateChange::Encryption(Encryption::Custom(key(name, known, problems)?))
        }
        TemplateText::GroupPolicy(policy) => TemplateChange::GroupPolicy(*policy),
        TemplateText::SecurityGroups(names) => {
            TemplateChange::SecurityGroups(known.find_all::<kind::SecurityGroup>(names, problems)?)
        }
        TemplateText::StagingSubnet(name) => TemplateChange::StagingSubnet(known.subnet(name, problems)?),
        TemplateText::ReplaceEvery(every) => {
            migration::check_replacement(*every, problems);
            TemplateChange::ReplaceEvery(every.value)
        }
    })
}

/// A change of the account or of a key.
pub(super) fn account(
    text: &AccountText,
    known: &Known<'_>,
    problems: &mut Problems,
) -> Option<SettingChange> {
    Some(SettingChange::Account(match text {
        AccountText::Initialisation(initialisation) => AccountChange::Initialisation(*initialisation),
        AccountText::Operator(role) => AccountChange::Operator(*role),
        AccountText::Quotas(quotas) => AccountChange::Quotas(migration::quotas(Some(quotas))),
        AccountText::DenyAction(action) => AccountChange::Deny(action.clone()),
        AccountText::AllowAction(action) => AccountChange::Allow(action.clone()),
        AccountText::DefaultSubnet(name) => AccountChange::DefaultSubnet(Some(known.subnet(name, problems)?)),
        AccountText::NoDefaultSubnet => AccountChange::DefaultSubnet(None),
        AccountText::KeyPolicy(of) => {
            return Some(SettingChange::KeyPolicy {
                key: key(&of.name, known, problems)?,
                policy: of.value,
            });
        }
    }))
}

/// A change of one server.
pub(super) fn server(
    text: &ServerText,
    known: &Known<'_>,
    problems: &mut Problems,
) -> Option<(SourceServerId, ServerChange)> {
    Some(match text {
        ServerText::Agent(of) => {
            let region = known
                .config
                .and_then(|config| known.cloud.regions.get(config.account.region))
                .map_or("", |region| region.name.as_str());
            let install = server::install(Some(&of.value), None, region, problems);
            (known.server(&of.name, problems)?, ServerChange::Install(install))
        }
        ServerText::Prerequisites(of) => {
            let server = known.server(&of.name, problems)?;
            let found = server::prerequisites(Some(&of.value), known.os(server));
            (server, ServerChange::Prerequisites(found))
        }
        ServerText::Launch(of) => {
            let server = known.server(&of.name, problems)?;
            let mut template = launch::template([Some(&of.value), None], known, of.name.place, problems)?;
            if let CopyPrivateIp::Keep(address) = &mut template.copy_private_ip
                && address.is_unspecified()
            {
                *address = known.address(server)?;
            }
            (server, ServerChange::Launch(template))
        }
        ServerText::Writes(of) => {
            server::check_writes(&of.value, problems);
            let writes = server::writes(Some(&of.value), 0);
            (known.server(&of.name, problems)?, ServerChange::Writes(writes))
        }
        ServerText::UserProvidedId(of) => (
            known.server(&of.name, problems)?,
            ServerChange::UserProvidedId(Some(of.value.clone())),
        ),
        ServerText::NoUserProvidedId(name) => {
            (known.server(name, problems)?, ServerChange::UserProvidedId(None))
        }
    })
}

/// A key by its name, as its place in the list.
fn key(name: &At<String>, known: &Known<'_>, problems: &mut Problems) -> Option<u32> {
    let keys = known
        .config
        .map(|config| config.keys.as_slice())
        .unwrap_or_default();
    let found = keys.iter().position(|key| key.name == name.value);
    if found.is_none() {
        let message = format!("there is no KMS key named `{}`", name.value);
        let options = keys.iter().map(|key| key.name.as_str());
        problems.push_mistyped(
            Problem::error(Code::UnknownName, name.place, message),
            &name.value,
            options,
        );
    }
    found.and_then(|place| u32::try_from(place).ok())
}
