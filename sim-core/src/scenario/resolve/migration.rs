//! The migration: account, replication template, servers, applications and waves.

use std::collections::BTreeMap;

use crate::aws::{GroupRule, RulePeer, SecurityGroup};
use crate::kernel::Arena;
use crate::migrate::ground::PublicAddress;
use crate::migrate::mgn::{
    Account, AdminRole, Application, Config, DataPlaneRouting, Encryption, GroupPolicy, Initialisation,
    InstanceType, KmsKey, LargeStagingDisk, Quotas, ReplicationTemplate, ServerSharing, Wave,
};
use crate::net::{PortRange, Protocol};
use crate::resource::{SecurityGroupId, SubnetId, VpcId};
use crate::scenario::diagnostic::Code;
use crate::scenario::problem::{At, Problem, Problems};
use crate::scenario::sections::{EncryptionText, MigrationText, QuotasText, ReplicationText};
use crate::units::Span;

use super::cloud::Draft;
use super::fleet::Member;
use super::host::{self, Hosts};
use super::scope::Scope;
use super::segment::Segments;
use super::select::Groups;
use super::server;

/// What MGN's own security group is called in a lab.
pub(super) const MGN_GROUP: &str = "mgn-replication-servers";

/// How often MGN replaces a replication server where the lab does not say.
const REPLACE_EVERY: Span = Span::days(14);

/// Gives the group that MGN makes in the staging VPC its place among the names.
pub(super) fn declare_group(scope: &mut Scope) -> SecurityGroupId {
    scope.security_groups.imply(MGN_GROUP.to_owned())
}

/// Fills the migration.
pub(super) fn fill(
    text: &MigrationText,
    members: &[Member<'_>],
    (mgn_group, groups): (SecurityGroupId, &mut Groups),
    (scope, draft, segments, hosts): (&mut Scope, &mut Draft, &mut Segments, &mut Hosts),
    problems: &mut Problems,
) -> Option<Config> {
    let servers = servers(text, members, (scope, draft, segments, hosts), problems);
    fill_groups(text, groups, problems);
    let keys = keys(text, scope, problems);
    let account = account(text, scope, problems);
    let replication = text
        .replication
        .get()
        .and_then(|template| replication(template, mgn_group, scope, draft, problems));
    Some(Config {
        account: account?,
        replication: replication?,
        keys,
        servers: servers?,
        applications: groups
            .of_applications
            .iter()
            .zip(&text.applications)
            .map(|(servers, entry)| Application {
                name: entry.name.value.clone(),
                servers: servers.clone(),
            })
            .collect(),
        waves: groups
            .of_waves
            .iter()
            .zip(&text.waves)
            .map(|(applications, entry)| Wave {
                name: entry.name.value.clone(),
                applications: applications.clone(),
            })
            .collect(),
    })
}

fn account(text: &MigrationText, scope: &Scope, problems: &mut Problems) -> Option<Account> {
    let default_subnet = text
        .default_subnet
        .as_ref()
        .map(|name| scope.subnets.find(name, problems));
    let region = text
        .region
        .get()
        .and_then(|name| scope.regions.find(name, problems));
    Some(Account {
        region: region?,
        initialisation: text.initialisation.unwrap_or(Initialisation::Done),
        operator: text.operator.unwrap_or(AdminRole::Admin),
        quotas: quotas(text.quotas.as_ref()),
        denied_actions: text.denied_actions.clone(),
        default_subnet: match default_subnet {
            None => None,
            Some(found) => Some(found?),
        },
    })
}

pub(super) fn quotas(text: Option<&QuotasText>) -> Quotas {
    let usual = Quotas::default();
    let Some(text) = text else { return usual };
    Quotas {
        active_servers: text.active_servers.unwrap_or(usual.active_servers),
        non_archived_servers: text.non_archived_servers.unwrap_or(usual.non_archived_servers),
        concurrent_jobs: text.concurrent_jobs.unwrap_or(usual.concurrent_jobs),
        servers_per_job: text.servers_per_job.unwrap_or(usual.servers_per_job),
        servers_in_jobs: text.servers_in_jobs.unwrap_or(usual.servers_in_jobs),
        instances: text.instances.unwrap_or(usual.instances),
        staging_storage: text.staging_storage.unwrap_or(usual.staging_storage),
        snapshots: text.snapshots.unwrap_or(usual.snapshots),
    }
}

fn keys(text: &MigrationText, scope: &mut Scope, problems: &mut Problems) -> Vec<KmsKey> {
    let mut keys = Vec::new();
    for entry in &text.keys {
        scope.keys.declare(&entry.name, problems);
        if let Some(body) = &entry.body {
            keys.push(KmsKey {
                name: entry.name.value.clone(),
                policy: body.policy,
            });
        }
    }
    keys
}

fn replication(
    text: &ReplicationText,
    mgn_group: SecurityGroupId,
    scope: &Scope,
    draft: &mut Draft,
    problems: &mut Problems,
) -> Option<ReplicationTemplate> {
    let instance_type = instance_type(text.instance_type.as_ref(), problems);
    let security_groups = scope.security_groups.find_all(&text.security_groups, problems);
    let encryption = match &text.encryption {
        None | Some(EncryptionText::Default) => Some(Encryption::Default),
        Some(EncryptionText::Custom(name)) => scope
            .keys
            .find(name, problems)
            .and_then(|key| u32::try_from(key.index()).ok())
            .map(Encryption::Custom),
    };
    if let Some(every) = text.replace_every {
        check_replacement(every, problems);
    }
    if text.group_policy == Some(GroupPolicy::ListedOnly) && text.security_groups.is_empty() {
        let place = text.staging_subnet.get()?.place;
        problems.push_lacking(Problem::error(
            Code::Refused,
            place,
            "group_policy: listed_only needs at least one of security_groups",
        ));
    }
    let staging_subnet: SubnetId = text
        .staging_subnet
        .get()
        .and_then(|name| scope.subnets.find(name, problems))?;
    let vpc = draft.subnets.get(staging_subnet)?.vpc;
    for (name, group) in text.security_groups.iter().zip(&security_groups) {
        if security_groups.len() == text.security_groups.len()
            && draft
                .security_groups
                .get(*group)
                .is_some_and(|row| row.vpc != vpc)
        {
            let message = format!(
                "security group `{}` belongs to another VPC than the staging subnet",
                name.value
            );
            problems.push(Problem::error(Code::Refused, name.place, message));
        }
    }
    draft.security_groups.set(mgn_group, own_group(vpc));
    Some(ReplicationTemplate {
        staging_subnet,
        routing: text.data_routing.unwrap_or(DataPlaneRouting::PublicIp),
        public_address: text.public_address.unwrap_or(PublicAddress::Assigned),
        throttle: text.throttle.filter(|rate| !rate.is_zero()),
        sharing: text.sharing.unwrap_or(ServerSharing::Shared),
        instance_type: instance_type?,
        large_staging_disk: text.large_staging_disk.unwrap_or(LargeStagingDisk::St1),
        encryption: encryption?,
        group_policy: text.group_policy.unwrap_or(GroupPolicy::MgnAndListed),
        security_groups,
        mgn_group,
        replace_every: text.replace_every.map_or(REPLACE_EVERY, |every| every.value),
    })
}

/// Complains where replication servers would be replaced all the time.
pub(super) fn check_replacement(every: At<Span>, problems: &mut Problems) {
    if every.value < Span::hours(1) {
        problems.push(Problem::error(
            Code::BadValue,
            every.place,
            "replication servers are replaced every hour at most; MGN does it every few weeks",
        ));
    }
}

/// The group that MGN makes: replication traffic in, the service and names out ("Network
/// requirements", AWS Transform MGN User Guide).
fn own_group(vpc: VpcId) -> SecurityGroup {
    let rule = |protocol, port| GroupRule {
        protocol: Some(protocol),
        ports: PortRange::single(port),
        peer: RulePeer::Prefix(ipnet::Ipv4Net::default()),
    };
    SecurityGroup {
        name: MGN_GROUP.to_owned(),
        vpc,
        ingress: vec![rule(Protocol::Tcp, 1500)],
        egress: vec![
            rule(Protocol::Tcp, 443),
            rule(Protocol::Udp, 53),
            rule(Protocol::Tcp, 53),
        ],
    }
}

pub(super) fn instance_type(name: Option<&At<String>>, problems: &mut Problems) -> Option<InstanceType> {
    let Some(name) = name else {
        return InstanceType::named(InstanceType::DEFAULT);
    };
    let found = InstanceType::named(&name.value);
    if found.is_none() {
        unknown_type(name, problems);
    }
    found
}

/// Says that no instance type of this name is known.
pub(super) fn unknown_type(name: &At<String>, problems: &mut Problems) {
    let message = format!("`{}` is not an instance type that is known here", name.value);
    let problem = Problem::error(Code::UnknownValue, name.place, message);
    problems.push_mistyped(problem, &name.value, InstanceType::names());
}

fn servers(
    text: &MigrationText,
    members: &[Member<'_>],
    (scope, draft, segments, hosts): (&Scope, &mut Draft, &mut Segments, &mut Hosts),
    problems: &mut Problems,
) -> Option<Arena<crate::migrate::mgn::ServerConfig, crate::resource::kind::SourceServer>> {
    let mut fleets = BTreeMap::new();
    let mut configs = Arena::new();
    for member in members {
        let (shared, home) = fleets.entry(member.group).or_insert_with(|| {
            let place = member.name.place;
            let host = member.text.host.get();
            let home = host.and_then(|host| host::home(host, place, (scope, draft, segments), problems));
            (server::shared(member.text, text, scope, draft, problems), home)
        });
        let (Some(shared), Some(home), Some(host)) = (shared, home, member.text.host.get()) else {
            continue;
        };
        let place = host::Member {
            id: member.host,
            name: &member.name.value,
            place: member.name.place,
            address: member.address(),
            default_os: server::os_family(member.text),
        };
        host::fill(&place, &host.value, home, (draft, segments, hosts));
        configs.push(server::config(member, shared));
    }
    (configs.len() == members.len()).then_some(configs)
}

/// Applications and waves; a server belongs to one application at most, an application to one wave.
fn fill_groups(text: &MigrationText, groups: &mut Groups, problems: &mut Problems) {
    let mut homes = BTreeMap::new();
    for entry in &text.applications {
        groups.applications.declare(&entry.name, problems);
        let servers = match &entry.body {
            Some(selection) => groups.select(selection, problems),
            None => Vec::new(),
        };
        for server in &servers {
            if let Some(other) = homes.insert(*server, entry.name.value.clone()) {
                let servers = &mut groups.servers.iter();
                let what = servers.find(|(_, id)| id == server).map_or("", |(name, _)| name);
                already(("server", what), ("applications", &other), &entry.name, problems);
                break;
            }
        }
        groups.of_applications.push(servers);
    }
    let mut homes: BTreeMap<u32, String> = BTreeMap::new();
    for entry in &text.waves {
        groups.waves.declare(&entry.name, problems);
        let mut applications = Vec::new();
        for name in entry.body.iter().flatten() {
            let Some(id) = groups.applications.find(name, problems) else {
                continue;
            };
            let id = u32::try_from(id.index()).unwrap_or(u32::MAX);
            if let Some(other) = homes.insert(id, entry.name.value.clone()) {
                let wave = At {
                    value: entry.name.value.clone(),
                    place: name.place,
                };
                already(("application", &name.value), ("waves", &other), &wave, problems);
                continue;
            }
            applications.push(id);
        }
        groups.of_waves.push(applications);
    }
}

fn already(
    (kind, what): (&str, &str),
    (groups, other): (&str, &str),
    here: &At<String>,
    problems: &mut Problems,
) {
    let message = format!(
        "{kind} `{what}` is in two {groups}, `{other}` and `{}`",
        here.value
    );
    problems.push(Problem::error(Code::AlreadyMember, here.place, message));
}
