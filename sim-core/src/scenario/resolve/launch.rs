//! Launch settings: where and as what a migrated server starts.

use std::net::Ipv4Addr;

use crate::migrate::mgn::{CopyPrivateIp, LaunchTemplate, PostLaunchAction};
use crate::resource::{SecurityGroupId, SubnetId, VpcId};
use crate::scenario::diagnostic::Code;
use crate::scenario::problem::{At, Place, Problem, Problems};
use crate::scenario::sections::{CopyPrivateIpText, LaunchText};
use crate::units::Span;

use super::cloud::Draft;
use super::endpoint::MOST_GROUPS;
use super::scope::Scope;

/// How long a post-launch action runs where the lab does not say.
const ACTION_TAKES: Span = Span::minutes(2);
/// Post-launch actions of a template ("Service quotas", AWS Transform MGN User Guide).
const MOST_ACTIONS: usize = 100;
/// The type that instances are launched as where the lab does not say.
const INSTANCE_TYPE: &str = "m5.large";

/// Families that came before Nitro and cannot boot with UEFI ("Instances built on the AWS Nitro
/// System", Amazon EC2 User Guide).
const BEFORE_NITRO: &[&str] = &[
    "c1", "c3", "c4", "d2", "g3", "h1", "i2", "i3", "m1", "m2", "m3", "m4", "p2", "p3", "r3", "r4", "t1",
    "t2", "x1", "x1e",
];

/// Where subnets and groups are looked up: in a lab that is being read, or in a finished one.
pub(super) trait Places {
    fn subnet(&self, name: &At<String>, problems: &mut Problems) -> Option<SubnetId>;
    fn group(&self, name: &At<String>, problems: &mut Problems) -> Option<SecurityGroupId>;
    fn vpc_of_subnet(&self, subnet: SubnetId) -> Option<VpcId>;
    fn vpc_of_group(&self, group: SecurityGroupId) -> Option<VpcId>;
}

/// A lab that is being read.
pub(super) struct Drafted<'l> {
    pub(super) scope: &'l Scope,
    pub(super) draft: &'l Draft,
}

impl Places for Drafted<'_> {
    fn subnet(&self, name: &At<String>, problems: &mut Problems) -> Option<SubnetId> {
        self.scope.subnets.find(name, problems)
    }
    fn group(&self, name: &At<String>, problems: &mut Problems) -> Option<SecurityGroupId> {
        self.scope.security_groups.find(name, problems)
    }
    fn vpc_of_subnet(&self, subnet: SubnetId) -> Option<VpcId> {
        self.draft.subnets.get(subnet).map(|row| row.vpc)
    }
    fn vpc_of_group(&self, group: SecurityGroupId) -> Option<VpcId> {
        self.draft.security_groups.get(group).map(|row| row.vpc)
    }
}

/// The template that `texts` make: each setting from the first text that has it.
///
/// A server that keeps its own address gets an unspecified one here; the address is known once all
/// interfaces have theirs.
pub(super) fn template(
    texts: [Option<&LaunchText>; 2],
    places: &dyn Places,
    place: Place,
    problems: &mut Problems,
) -> Option<LaunchTemplate> {
    let texts = || texts.into_iter().flatten();
    let subnet = match texts().find_map(|text| text.subnet.as_ref()) {
        None => None,
        Some(name) => Some(places.subnet(name, problems)?),
    };
    let names = texts()
        .map(|text| text.security_groups.as_slice())
        .find(|groups| !groups.is_empty())
        .unwrap_or_default();
    let actions = texts()
        .map(|text| text.post_launch.as_slice())
        .find(|actions| !actions.is_empty())
        .unwrap_or_default();
    let fits = problems.at_most(MOST_ACTIONS, actions.len(), place, "post-launch actions")
        & problems.at_most(MOST_GROUPS, names.len(), place, "security groups of an interface");
    if !fits {
        return None;
    }
    let instance_type = texts()
        .find_map(|text| text.instance_type.clone())
        .unwrap_or_else(|| INSTANCE_TYPE.to_owned());
    let family = instance_type.split('.').next().unwrap_or_default();
    Some(LaunchTemplate {
        security_groups: groups(names, subnet, places, problems),
        subnet,
        nitro: texts()
            .find_map(|text| text.nitro)
            .unwrap_or_else(|| !BEFORE_NITRO.contains(&family)),
        instance_type,
        copy_private_ip: match texts().find_map(|text| text.copy_private_ip.as_ref()) {
            None | Some(CopyPrivateIpText::No) => CopyPrivateIp::No,
            Some(CopyPrivateIpText::Own) => CopyPrivateIp::Keep(Ipv4Addr::UNSPECIFIED),
            Some(CopyPrivateIpText::This(address)) => CopyPrivateIp::Keep(*address),
        },
        post_launch: actions
            .iter()
            .map(|action| PostLaunchAction {
                name: action.name.clone(),
                must_succeed: action.must_succeed.unwrap_or(true),
                takes: action.takes.unwrap_or(ACTION_TAKES),
            })
            .collect(),
        termination_protection: texts()
            .find_map(|text| text.termination_protection)
            .unwrap_or(false),
    })
}

fn groups(
    names: &[At<String>],
    subnet: Option<SubnetId>,
    places: &dyn Places,
    problems: &mut Problems,
) -> Vec<SecurityGroupId> {
    let vpc = subnet.and_then(|subnet| places.vpc_of_subnet(subnet));
    let mut groups = Vec::new();
    for name in names {
        let Some(group) = places.group(name, problems) else {
            continue;
        };
        if vpc.is_some() && places.vpc_of_group(group).is_some_and(|home| vpc != Some(home)) {
            let message = format!(
                "security group `{}` belongs to another VPC than the target subnet",
                name.value
            );
            problems.push(Problem::error(Code::Refused, name.place, message));
        }
        groups.push(group);
    }
    groups
}
