//! A security group that lets nobody in.

use crate::aws::Change;
use crate::fault::{Deed, FaultKind, PlanError, Target};
use crate::verdict::Direction;
use crate::world::blueprint::Blueprint;

use super::begun;
use super::levers::{a_group, network};

/// The kind.
pub(in crate::fault) const KIND: FaultKind = FaultKind {
    name: "security_group_closed",
    title: "a security group loses its inbound rules",
    models: "A rule set is replaced by an empty one.",
    shows: "New connections to whatever has the group alone are dropped in silence; what is tracked goes on.",
    target: "a security group",
    amount: None,
    candidates,
    plan,
};

fn candidates(lab: &Blueprint) -> Vec<Target> {
    let cloud = begun::cloud(lab);
    let all = cloud.security_groups.iter();
    let all = all.filter(|(_, row)| !row.rules(Direction::Ingress).is_empty());
    all.map(|(id, _)| Target::of(lab, id)).collect()
}

fn plan(lab: &Blueprint, target: &Target, _: &str) -> Result<Deed, PlanError> {
    let cloud = begun::cloud(lab);
    let id = a_group(target)?;
    let row = cloud.security_groups.get(id);
    let rules = row
        .map(|row| row.rules(Direction::Ingress).to_vec())
        .unwrap_or_default();
    let (off, on) = rules
        .into_iter()
        .map(|rule| {
            (
                network(Change::RemoveGroupRule(id, Direction::Ingress, rule)),
                network(Change::AddGroupRule(id, Direction::Ingress, rule)),
            )
        })
        .unzip();
    Ok(Deed::lasting(off, on))
}
