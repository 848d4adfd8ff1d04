//! An interface endpoint that carries nothing.

use crate::aws::{Change, InterfaceState};
use crate::fault::{Deed, FaultKind, PlanError, Target};
use crate::resource::{NetworkInterfaceId, ResourceRef};
use crate::world::blueprint::Blueprint;

use super::levers::network;

/// The kind.
pub(in crate::fault) const KIND: FaultKind = FaultKind {
    name: "endpoint_down",
    title: "a VPC endpoint is out",
    models: "The interfaces of an interface endpoint fail, or the one in one availability zone.",
    shows: "Its names still lead to it, and connections to a failed interface time out; those who hold another address of it \
            go on.",
    target: "an interface endpoint, or one of its interfaces",
    amount: None,
    candidates,
    plan,
};

fn candidates(lab: &Blueprint) -> Vec<Target> {
    let all = lab.cloud.interface_endpoints.iter();
    let endpoints = all.map(|(id, row)| (id.into(), row.interfaces.as_slice()));
    with_interfaces(lab, endpoints.collect::<Vec<(_, &[NetworkInterfaceId])>>())
}

/// Each of these endpoints, and where it has several interfaces each of those.
pub(super) fn with_interfaces(
    lab: &Blueprint,
    endpoints: Vec<(ResourceRef, &[NetworkInterfaceId])>,
) -> Vec<Target> {
    let mut all = Vec::new();
    for (endpoint, interfaces) in endpoints {
        all.push(Target {
            name: lab.names.of(endpoint),
            things: interfaces.iter().map(|id| (*id).into()).collect(),
        });
        if interfaces.len() > 1 {
            all.extend(interfaces.iter().map(|id| Target::of(lab, *id)));
        }
    }
    all
}

pub(super) fn plan(_: &Blueprint, target: &Target, _: &str) -> Result<Deed, PlanError> {
    let interfaces = target.things.iter().filter_map(|thing| match thing {
        ResourceRef::NetworkInterface(id) => Some(*id),
        _ => None,
    });
    let interfaces: Vec<NetworkInterfaceId> = interfaces.collect();
    if interfaces.is_empty() {
        return Err(PlanError::Nothing("the endpoint has no interface"));
    }
    let all = |to| {
        let each = interfaces.iter();
        each.map(|id| network(Change::InterfaceState(*id, to))).collect()
    };
    Ok(Deed::lasting(
        all(InterfaceState::Failed),
        all(InterfaceState::InService),
    ))
}
