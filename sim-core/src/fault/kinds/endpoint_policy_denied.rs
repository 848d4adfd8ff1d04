//! An endpoint whose policy allows nothing.

use crate::aws::Change;
use crate::fault::{Deed, FaultKind, PlanError, Target};
use crate::identity::Policy;
use crate::world::blueprint::Blueprint;

use super::begun;
use super::levers::{an_endpoint, network};
use super::pick::interface_endpoints as candidates;

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

fn plan(lab: &Blueprint, target: &Target, _: &str) -> Result<Deed, PlanError> {
    let cloud = begun::cloud(lab);
    let id = an_endpoint(target)?;
    let row = cloud.interface_endpoints.get(id);
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
