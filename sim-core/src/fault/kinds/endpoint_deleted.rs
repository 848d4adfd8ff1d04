//! An interface endpoint that is gone.

use crate::aws::{Change, EndpointState};
use crate::fault::{Deed, FaultKind, PlanError, Target};
use crate::world::blueprint::Blueprint;

use super::levers::{an_endpoint, network};
use super::pick::interface_endpoints as candidates;

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

fn plan(_: &Blueprint, target: &Target, _: &str) -> Result<Deed, PlanError> {
    let id = an_endpoint(target)?;
    let state = |to| vec![network(Change::InterfaceEndpoint(id, to))];
    Ok(Deed::lasting(
        state(EndpointState::Deleted),
        state(EndpointState::Available),
    ))
}
