//! A gateway endpoint that is gone.

use crate::aws::{Change, EndpointState};
use crate::fault::{Deed, FaultKind, PlanError, Target};
use crate::world::blueprint::Blueprint;

use super::levers::{a_gateway_endpoint, network};

/// The kind.
pub(in crate::fault) const KIND: FaultKind = FaultKind {
    name: "gateway_endpoint_deleted",
    title: "a gateway endpoint is deleted",
    models: "The gateway endpoint and the routes that it added go away.",
    shows: "Hosts without another way out lose S3: staging servers cannot fetch their software.",
    target: "a gateway endpoint",
    amount: None,
    candidates,
    plan,
};

fn candidates(lab: &Blueprint) -> Vec<Target> {
    lab.cloud
        .gateway_endpoints
        .ids()
        .map(|id| Target::of(lab, id))
        .collect()
}

fn plan(_: &Blueprint, target: &Target, _: &str) -> Result<Deed, PlanError> {
    let id = a_gateway_endpoint(target)?;
    let state = |to| vec![network(Change::GatewayEndpoint(id, to))];
    Ok(Deed::lasting(
        state(EndpointState::Deleted),
        state(EndpointState::Available),
    ))
}
