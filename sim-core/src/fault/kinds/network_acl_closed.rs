//! A network ACL that denies all.

use crate::aws::{AclAction, AclRule, Change};
use crate::fault::{Deed, FaultKind, PlanError, Target};
use crate::net::PortRange;
use crate::verdict::Direction;
use crate::world::blueprint::Blueprint;

use super::begun;
use super::levers::{an_acl, network};

/// The kind.
pub(in crate::fault) const KIND: FaultKind = FaultKind {
    name: "network_acl_closed",
    title: "a network ACL denies everything",
    models: "A deny rule with the lowest number, meant for an attacker and written too wide.",
    shows: "Everything into and out of its subnets is dropped in both directions, established connections \
            too.",
    target: "a network ACL",
    amount: None,
    candidates,
    plan,
};

fn candidates(lab: &Blueprint) -> Vec<Target> {
    let cloud = begun::cloud(lab);
    cloud.network_acls.ids().map(|id| Target::of(lab, id)).collect()
}

/// Before any rule that people number by tens and hundreds.
const FIRST: u16 = 1;

fn plan(lab: &Blueprint, target: &Target, _: &str) -> Result<Deed, PlanError> {
    let cloud = begun::cloud(lab);
    let id = an_acl(target)?;
    let rule = AclRule {
        number: FIRST,
        action: AclAction::Deny,
        protocol: None,
        ports: PortRange::ALL,
        peer: ipnet::Ipv4Net::default(),
    };
    let row = cloud.network_acls.get(id);
    let ways = [Direction::Ingress, Direction::Egress];
    let taken = |way| row.is_some_and(|row| row.rules(way).iter().any(|rule| rule.number == FIRST));
    if ways.into_iter().any(taken) {
        return Err(PlanError::Nothing("the network ACL has a rule 1 already"));
    }
    let off = ways
        .map(|way| network(Change::SetAclRule(id, way, rule)))
        .to_vec();
    let on = ways
        .map(|way| network(Change::RemoveAclRule(id, way, FIRST)))
        .to_vec();
    Ok(Deed::lasting(off, on))
}
