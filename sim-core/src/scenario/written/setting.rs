//! Changes of the migration's settings as text.

use crate::migrate::ground::PublicAddress;
use crate::migrate::mgn::{
    AccountChange, AdminRole, AgentInstall, AgentOption, CopyPrivateIp, Credentials, DataPlaneRouting,
    Encryption, GroupPolicy, Initialisation, KeyPolicy, LargeStagingDisk, LaunchTemplate, ManagedPolicy,
    Prerequisites, Quotas, Secret, ServerChange, ServerSharing, SettingChange, TemplateChange, Token,
    WriteProfile,
};

use super::pen::{Pen, list, quoted, rate, size};

impl Pen<'_> {
    pub(super) fn setting(&self, change: &SettingChange) -> String {
        match change {
            SettingChange::Template(change) => self.template(change),
            SettingChange::Account(change) => self.account(change),
            SettingChange::KeyPolicy { key, policy } => {
                format!("key_policy({}, {})", self.key(*key), key_policy(*policy))
            }
            SettingChange::Server { server, change } => self.server(&self.name(*server), change),
        }
    }

    /// The name of a key, by its place in the list.
    fn key(&self, key: u32) -> String {
        let named = self.migration.and_then(|config| config.keys.get(key as usize));
        quoted(named.map_or("", |key| key.name.as_str()))
    }

    fn template(&self, change: &TemplateChange) -> String {
        match change {
            TemplateChange::Routing(DataPlaneRouting::PrivateIp) => "data_routing(PRIVATE_IP)".to_owned(),
            TemplateChange::Routing(DataPlaneRouting::PublicIp) => "data_routing(PUBLIC_IP)".to_owned(),
            TemplateChange::PublicAddress(PublicAddress::None) => "public_address(none)".to_owned(),
            TemplateChange::PublicAddress(PublicAddress::Assigned) => "public_address(assigned)".to_owned(),
            TemplateChange::Throttle(None) => "no_throttle".to_owned(),
            TemplateChange::Throttle(Some(to)) => format!("throttle({})", rate(*to)),
            TemplateChange::Sharing(ServerSharing::Shared) => "server_sharing(shared)".to_owned(),
            TemplateChange::Sharing(ServerSharing::Dedicated) => "server_sharing(dedicated)".to_owned(),
            TemplateChange::InstanceType(to) => format!("replication_instance_type({})", quoted(&to.name)),
            TemplateChange::LargeStagingDisk(LargeStagingDisk::St1) => "large_staging_disk(ST1)".to_owned(),
            TemplateChange::LargeStagingDisk(LargeStagingDisk::Gp3) => "large_staging_disk(GP3)".to_owned(),
            TemplateChange::Encryption(Encryption::Default) => "staging_encryption(DEFAULT)".to_owned(),
            TemplateChange::Encryption(Encryption::Custom(key)) => {
                format!("staging_encryption(CUSTOM({}))", self.key(*key))
            }
            TemplateChange::GroupPolicy(GroupPolicy::MgnAndListed) => {
                "replication_group_policy(mgn_and_listed)".to_owned()
            }
            TemplateChange::GroupPolicy(GroupPolicy::ListedOnly) => {
                "replication_group_policy(listed_only)".to_owned()
            }
            TemplateChange::SecurityGroups(groups) => {
                format!("replication_security_groups({})", self.groups(groups))
            }
            TemplateChange::StagingSubnet(subnet) => format!("staging_subnet({})", self.name(*subnet)),
            TemplateChange::ReplaceEvery(span) => format!("replace_every(\"{span}\")"),
        }
    }

    fn account(&self, change: &AccountChange) -> String {
        match change {
            AccountChange::Initialisation(Initialisation::Done) => "initialisation(done)".to_owned(),
            AccountChange::Initialisation(Initialisation::Missing) => "initialisation(missing)".to_owned(),
            AccountChange::Operator(AdminRole::Admin) => "operator(admin)".to_owned(),
            AccountChange::Operator(AdminRole::User) => "operator(user)".to_owned(),
            AccountChange::Quotas(to) => quotas(to),
            AccountChange::Deny(action) => format!("deny_action({})", quoted(action)),
            AccountChange::Allow(action) => format!("allow_action({})", quoted(action)),
            AccountChange::DefaultSubnet(None) => "no_default_subnet".to_owned(),
            AccountChange::DefaultSubnet(Some(subnet)) => format!("default_subnet({})", self.name(*subnet)),
        }
    }

    fn server(&self, server: &str, change: &ServerChange) -> String {
        match change {
            ServerChange::Install(to) => format!("server_agent({server}, {})", agent(to)),
            ServerChange::Prerequisites(to) => {
                format!("server_prerequisites({server}, {})", prerequisites(to))
            }
            ServerChange::Launch(to) => format!("server_launch({server}, {})", self.launch(to)),
            ServerChange::Writes(to) => format!("server_writes({server}, {})", writes(to)),
            ServerChange::UserProvidedId(Some(id)) => {
                format!("server_user_provided_id({server}, {})", quoted(id))
            }
            ServerChange::UserProvidedId(None) => format!("no_server_user_provided_id({server})"),
        }
    }

    fn launch(&self, to: &LaunchTemplate) -> String {
        let mut fields = Vec::new();
        fields.extend(to.subnet.map(|subnet| format!("subnet: {}", self.name(subnet))));
        if !to.security_groups.is_empty() {
            fields.push(format!("security_groups: {}", self.groups(&to.security_groups)));
        }
        fields.push(format!("instance_type: {}", quoted(&to.instance_type)));
        fields.push(format!("nitro: {}", to.nitro));
        if let CopyPrivateIp::Keep(address) = to.copy_private_ip {
            fields.push(format!("copy_private_ip: \"{address}\""));
        }
        let actions = to.post_launch.iter().map(|action| {
            let (name, must, takes) = (quoted(&action.name), action.must_succeed, action.takes);
            format!("(name: {name}, must_succeed: {must}, takes: \"{takes}\")")
        });
        fields.push(format!("post_launch: {}", list(actions)));
        fields.push(format!("termination_protection: {}", to.termination_protection));
        group(&fields)
    }
}

fn group(fields: &[String]) -> String {
    format!("({})", fields.join(", "))
}

const fn key_policy(policy: KeyPolicy) -> &'static str {
    match policy {
        KeyPolicy::AllowsGrants => "allows_grants",
        KeyPolicy::DeniesGrants => "denies_grants",
    }
}

fn quotas(to: &Quotas) -> String {
    format!(
        "quotas((active_servers: {}, non_archived_servers: {}, concurrent_jobs: {}, servers_per_job: {}, \
         servers_in_jobs: {}, instances: {}, staging_storage: {}, snapshots: {}))",
        to.active_servers,
        to.non_archived_servers,
        to.concurrent_jobs,
        to.servers_per_job,
        to.servers_in_jobs,
        to.instances,
        size(to.staging_storage),
        to.snapshots
    )
}

fn agent(to: &AgentInstall) -> String {
    let mut fields = vec![
        format!("installer_host: {}", quoted(&to.installer_host)),
        format!("region: {}", quoted(&to.region)),
    ];
    fields.extend(
        to.endpoint
            .as_ref()
            .map(|name| format!("endpoint: {}", quoted(name))),
    );
    fields.extend(
        to.s3_endpoint
            .as_ref()
            .map(|name| format!("s3_endpoint: {}", quoted(name))),
    );
    fields.push(format!("credentials: {}", credentials(&to.credentials)));
    fields.push(format!(
        "devices: {}",
        list(to.devices.iter().map(|device| quoted(device)))
    ));
    let options = to.options.iter().map(|option| match option {
        AgentOption::NoReplication => "no_replication".to_owned(),
    });
    fields.push(format!("options: {}", list(options)));
    group(&fields)
}

fn credentials(to: &Credentials) -> String {
    let secret = match to.secret {
        Secret::Valid => "valid",
        Secret::Mangled => "mangled",
    };
    let token = match to.token {
        Token::LongLived => "long_lived".to_owned(),
        Token::Temporary { expires_at } => format!("temporary(expires_at: \"{}\")", expires_at.since_start()),
        Token::TemporaryWithoutToken => "temporary_without_token".to_owned(),
        Token::InstanceProfile => "instance_profile".to_owned(),
    };
    let policies = to.policies.iter().map(|policy| {
        match policy {
            ManagedPolicy::AgentInstallation => "AWSApplicationMigrationAgentInstallationPolicy",
            ManagedPolicy::Ec2Instance => "AWSApplicationMigrationServiceEc2InstancePolicy",
        }
        .to_owned()
    });
    format!("(secret: {secret}, token: {token}, policies: {})", list(policies))
}

fn prerequisites(to: &Prerequisites) -> String {
    let mut fields = vec![
        format!("os: {}", quoted(&to.os)),
        format!("free_root: {}", size(to.free_root)),
        format!("free_tmp: {}", size(to.free_tmp)),
        format!("free_memory: {}", size(to.free_memory)),
        format!(
            "missing_packages: {}",
            list(to.missing_packages.iter().map(|name| quoted(name)))
        ),
        format!("headers_match: {}", to.headers_match),
        format!("root: {}", to.root),
        format!("secure_boot: {}", to.secure_boot),
    ];
    fields.extend(
        to.other_agent
            .as_ref()
            .map(|agent| format!("other_agent: {}", quoted(agent))),
    );
    group(&fields)
}

fn writes(to: &WriteProfile) -> String {
    match to {
        WriteProfile::Constant(level) => format!("constant({})", rate(*level)),
        WriteProfile::Daily { hours, phase } => {
            let hours = list(hours.iter().map(|level| rate(*level)));
            format!("daily(hours: {hours}, phase: \"{phase}\")")
        }
        WriteProfile::Bursts {
            base,
            burst,
            every,
            lasts,
            first,
        } => format!(
            "bursts(base: {}, burst: {}, every: \"{every}\", lasts: \"{lasts}\", first: \"{first}\")",
            rate(*base),
            rate(*burst)
        ),
    }
}
