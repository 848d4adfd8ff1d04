//! Security groups and network ACLs.

use std::collections::BTreeMap;

use ipnet::Ipv4Net;

use crate::aws::{AclAction, AclRule, GroupRule, NetworkAcl, RulePeer, SecurityGroup};
use crate::net::PortRange;
use crate::resource::{SecurityGroupId, VpcId};
use crate::scenario::diagnostic::Code;
use crate::scenario::problem::{At, Place, Problem, Problems};
use crate::scenario::read::Entry;
use crate::scenario::sections::{PeerText, ProtocolText, VpcText};

use super::cloud::Draft;
use super::scope::Scope;
use super::vpc::{Implied, implied_name};

/// The numbers that a rule of a network ACL may have.
const ACL_NUMBERS: core::ops::RangeInclusive<u16> = 1..=32_766;
/// The number of the one rule of a default network ACL.
const ACL_DEFAULT: u16 = 100;

fn anywhere() -> Ipv4Net {
    Ipv4Net::default()
}

/// The rule that a new security group has: everything may leave.
pub(super) fn everything() -> GroupRule {
    GroupRule {
        protocol: None,
        ports: PortRange::ALL,
        peer: RulePeer::Prefix(anywhere()),
    }
}

/// Fills the VPC's security groups and network ACLs, those that come with it among them.
pub(super) fn fill(
    entry: &Entry<VpcText>,
    implied: Implied,
    scope: &Scope,
    draft: &mut Draft,
    problems: &mut Problems,
) {
    defaults(&entry.name.value, implied, draft);
    let Some(text) = &entry.body else { return };
    for group in &text.security_groups {
        let (Some(id), Some(body)) = (scope.security_groups.get(&group.name.value), &group.body) else {
            continue;
        };
        let mut rule = |protocol: &ProtocolText, ports, peer: &PeerText| {
            let peer = resolve_peer(peer, scope, problems)?;
            Some(GroupRule {
                protocol: protocol.meant(),
                ports,
                peer,
            })
        };
        let ingress = body
            .ingress
            .iter()
            .filter_map(|text| rule(&text.protocol, text.ports, &text.from))
            .collect();
        let egress = match &body.egress {
            None => vec![everything()],
            Some(rules) => rules
                .iter()
                .filter_map(|text| rule(&text.protocol, text.ports, &text.to))
                .collect(),
        };
        let row = SecurityGroup {
            name: group.name.value.clone(),
            vpc: implied.vpc,
            ingress,
            egress,
        };
        draft.security_groups.set(id, row);
    }
    acls(text, implied.vpc, scope, draft, problems);
}

fn defaults(vpc: &str, implied: Implied, draft: &mut Draft) {
    let own = GroupRule {
        peer: RulePeer::Group(implied.default_security_group),
        ..everything()
    };
    draft.security_groups.set(
        implied.default_security_group,
        SecurityGroup {
            name: implied_name(vpc),
            vpc: implied.vpc,
            ingress: vec![own],
            egress: vec![everything()],
        },
    );
    let all = AclRule {
        number: ACL_DEFAULT,
        action: AclAction::Allow,
        protocol: None,
        ports: PortRange::ALL,
        peer: anywhere(),
    };
    draft.network_acls.set(
        implied.default_network_acl,
        NetworkAcl {
            name: implied_name(vpc),
            vpc: implied.vpc,
            ingress: vec![all],
            egress: vec![all],
        },
    );
}

fn resolve_peer(peer: &PeerText, scope: &Scope, problems: &mut Problems) -> Option<RulePeer> {
    match peer {
        PeerText::Prefix(prefix) => Some(RulePeer::Prefix(*prefix)),
        PeerText::Group(name) => scope.security_groups.find(name, problems).map(RulePeer::Group),
        PeerText::PrefixList(name) => scope.prefix_lists.find(name, problems).map(RulePeer::PrefixList),
    }
}

/// Complains about rules that name a group of a VPC in another Region, or of one that is not
/// peered: AWS refuses both ("Security group rules", Amazon VPC User Guide).
pub(super) fn check_references(
    entry: &Entry<VpcText>,
    scope: &Scope,
    draft: &Draft,
    problems: &mut Problems,
) {
    let Some(text) = &entry.body else { return };
    let Some(vpc) = scope.vpcs.get(&entry.name.value) else {
        return;
    };
    for group in text
        .security_groups
        .iter()
        .filter_map(|group| group.body.as_ref())
    {
        let egress = group.egress.iter().flatten().map(|rule| &rule.to);
        for peer in group.ingress.iter().map(|rule| &rule.from).chain(egress) {
            if let PeerText::Group(name) = peer
                && let Some(other) = scope.security_groups.get(&name.value)
            {
                check_reference(name, vpc, other, draft, problems);
            }
        }
    }
}

fn check_reference(
    name: &At<String>,
    vpc: VpcId,
    group: SecurityGroupId,
    draft: &Draft,
    problems: &mut Problems,
) {
    let Some(other) = draft.security_groups.get(group).map(|row| row.vpc) else {
        return;
    };
    let region = |vpc| draft.vpcs.get(vpc).map(|row| row.region);
    let peered = draft.peerings.iter().any(|(_, row)| {
        (row.requester, row.accepter) == (vpc, other) || (row.accepter, row.requester) == (vpc, other)
    });
    let why = if vpc == other {
        return;
    } else if region(vpc) != region(other) {
        "is in another Region"
    } else if !peered {
        "is in a VPC that is not peered with this one"
    } else {
        return;
    };
    let message = format!("security group `{}` {why}, so a rule cannot name it", name.value);
    problems
        .push(Problem::error(Code::Refused, name.place, message).help("name its block of addresses instead"));
}

fn acls(text: &VpcText, vpc: VpcId, scope: &Scope, draft: &mut Draft, problems: &mut Problems) {
    for acl in &text.network_acls {
        let (Some(id), Some(body)) = (scope.network_acls.get(&acl.name.value), &acl.body) else {
            continue;
        };
        let ingress = body.ingress.iter().map(|rule| {
            let row = acl_rule(
                (rule.number.value, rule.action),
                &rule.protocol,
                rule.ports,
                rule.from,
            );
            (rule.number.place, row)
        });
        let egress = body.egress.iter().map(|rule| {
            let row = acl_rule(
                (rule.number.value, rule.action),
                &rule.protocol,
                rule.ports,
                rule.to,
            );
            (rule.number.place, row)
        });
        let row = NetworkAcl {
            name: acl.name.value.clone(),
            vpc,
            ingress: ordered(ingress, problems),
            egress: ordered(egress, problems),
        };
        draft.network_acls.set(id, row);
    }
}

fn acl_rule(
    (number, action): (u16, AclAction),
    protocol: &ProtocolText,
    ports: PortRange,
    peer: Ipv4Net,
) -> AclRule {
    AclRule {
        number,
        action,
        protocol: protocol.meant(),
        ports,
        peer,
    }
}

/// Rules by ascending number; each number once.
fn ordered(rules: impl Iterator<Item = (Place, AclRule)>, problems: &mut Problems) -> Vec<AclRule> {
    let mut sorted: BTreeMap<u16, (Place, AclRule)> = BTreeMap::new();
    for (place, rule) in rules {
        if !ACL_NUMBERS.contains(&rule.number) {
            let message = format!("{} is not a rule number; they run from 1 to 32766", rule.number);
            problems.push(Problem::error(Code::BadValue, place, message));
        }
        if let Some((first, _)) = sorted.get(&rule.number) {
            let message = format!("there are two rules with the number {}", rule.number);
            problems.push(Problem::error(Code::DuplicateName, place, message).also(*first, "first here"));
            continue;
        }
        sorted.insert(rule.number, (place, rule));
    }
    sorted.into_values().map(|(_, rule)| rule).collect()
}
