//! An endpoint whose policy allows nothing.

use crate::aws::Change;
use crate::fault::{Deed, FaultKind, PlanError, Target};
use crate::identity::Policy;
use crate::resource::ResourceRef;
use crate::world::blueprint::Blueprint;

use super::levers::{network, only};

/// The kind.
pub(in crate::fault) const KIND: FaultKind = FaultKind {
    name: "endpoint_policy_denied",
    title: "an endpoint policy allows nothing",
    models: "A policy is attached that allows no action.",
    shows: "Connections are made and calls refused, with the action and the resource that were asked for.",
    target: "an interface endpoint",
    amount: None,
    candidates,
    plan,
};

fn candidates(lab: &Blueprint) -> Vec<Target> {
    lab.cloud
        .interface_endpoints
        .ids()
        .map(|id| Target::of(lab, id))
        .collect()
}

fn plan(lab: &Blueprint, target: &Target, _: &str) -> Result<Deed, PlanError> {
    let found = only(target, |thing| match thing {
        ResourceRef::InterfaceEndpoint(id) => Some(id),
        _ => None,
    });
    let id = found?;
    let row = lab.cloud.interface_endpoints.get(id);
    let own = row
        .ok_or(PlanError::Nothing("there is no such endpoint"))?
        .policy
        .clone();
    let nothing = Policy {
        statements: Vec::new(),
    };
    let policy = |to| vec![network(Change::InterfaceEndpointPolicy(id, to))];
    Ok(Deed::lasting(policy(nothing), policy(own)))
}
