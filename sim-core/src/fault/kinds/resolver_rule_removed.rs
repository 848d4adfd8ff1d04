//! A Resolver rule that no VPC goes by any more.

use crate::aws::{Change, RuleChange};
use crate::fault::{Deed, FaultKind, PlanError, Target};
use crate::world::blueprint::Blueprint;

use super::begun;
use super::levers::{a_rule, network};

/// The kind.
pub(in crate::fault) const KIND: FaultKind = FaultKind {
    name: "resolver_rule_removed",
    title: "a Resolver rule is disassociated from its VPCs",
    models: "Somebody removes the rule that sends a domain to the data centre's name servers.",
    shows: "In the VPCs the domain's names do not exist any more, or mean what the public DNS says.",
    target: "a Resolver rule that is associated with a VPC",
    amount: None,
    candidates,
    plan,
};

fn candidates(lab: &Blueprint) -> Vec<Target> {
    let cloud = begun::cloud(lab);
    let all = cloud.resolver_rules.iter();
    let all = all.filter(|(_, row)| !row.vpcs.is_empty());
    all.map(|(id, _)| Target::of(lab, id)).collect()
}

fn plan(lab: &Blueprint, target: &Target, _: &str) -> Result<Deed, PlanError> {
    let cloud = begun::cloud(lab);
    let id = a_rule(target)?;
    let row = cloud.resolver_rules.get(id);
    let vpcs = row.map(|row| row.vpcs.clone()).unwrap_or_default();
    let (off, on) = vpcs
        .into_iter()
        .map(|vpc| {
            let rule = |change| network(Change::ResolverRule(id, change));
            (
                rule(RuleChange::Disassociate(vpc)),
                rule(RuleChange::Associate(vpc)),
            )
        })
        .unzip();
    Ok(Deed::lasting(off, on))
}
