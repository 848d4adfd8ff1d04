//! An interface endpoint that is gone.

use crate::aws::{Change, EndpointState};
use crate::fault::{Deed, FaultKind, PlanError, Target};
use crate::resource::ResourceRef;
use crate::world::blueprint::Blueprint;

use super::levers::{network, only};

/// The kind.
pub(in crate::fault) const KIND: FaultKind = FaultKind {
    name: "endpoint_deleted",
    title: "a VPC endpoint is deleted",
    models: "Somebody deletes an interface endpoint that nothing seemed to use.",
    shows: "Its names lead to public addresses again, or nowhere; connections through it end.",
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

fn plan(_: &Blueprint, target: &Target, _: &str) -> Result<Deed, PlanError> {
    let found = only(target, |thing| match thing {
        ResourceRef::InterfaceEndpoint(id) => Some(id),
        _ => None,
    });
    let id = found?;
    let state = |to| vec![network(Change::InterfaceEndpoint(id, to))];
    Ok(Deed::lasting(
        state(EndpointState::Deleted),
        state(EndpointState::Available),
    ))
}
