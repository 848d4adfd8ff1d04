//! A peering connection that is gone.

use crate::aws::{Change, PeeringState};
use crate::fault::{Deed, FaultKind, PlanError, Target};
use crate::world::blueprint::Blueprint;

use super::levers::{a_peering, network};

/// The kind.
pub(in crate::fault) const KIND: FaultKind = FaultKind {
    name: "peering_down",
    title: "a VPC peering connection is deleted",
    models: "One of the two owners deletes the connection.",
    shows: "Routes to it become blackholes; nothing is told by any protocol.",
    target: "a VPC peering connection",
    amount: None,
    candidates,
    plan,
};

fn candidates(lab: &Blueprint) -> Vec<Target> {
    lab.cloud.peerings.ids().map(|id| Target::of(lab, id)).collect()
}

fn plan(_: &Blueprint, target: &Target, _: &str) -> Result<Deed, PlanError> {
    let id = a_peering(target)?;
    let state = |to| vec![network(Change::Peering(id, to))];
    Ok(Deed::lasting(
        state(PeeringState::Deleted),
        state(PeeringState::Active),
    ))
}
