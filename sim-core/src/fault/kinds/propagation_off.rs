//! A VPC route table that takes no routes from the virtual private gateway.

use crate::aws::Change;
use crate::fault::{Deed, FaultKind, PlanError, Target};
use crate::world::blueprint::Blueprint;

use super::begun;
use super::levers::{a_route_table, network};

/// The kind.
pub(in crate::fault) const KIND: FaultKind = FaultKind {
    name: "propagation_off",
    title: "a route table takes no propagated routes",
    models: "Route propagation is turned off in a VPC's route table, or never turned on in the one that took its place.",
    shows: "What the virtual private gateway learned is gone from the table: packets come in from the data centre, and the \
            answers find no route.",
    target: "a route table of a VPC with propagation",
    amount: None,
    candidates,
    plan,
};

fn candidates(lab: &Blueprint) -> Vec<Target> {
    let cloud = begun::cloud(lab);
    let all = cloud.route_tables.iter();
    let propagated = all.filter(|(_, row)| row.propagation.is_some());
    propagated.map(|(id, _)| Target::of(lab, id)).collect()
}

fn plan(lab: &Blueprint, target: &Target, _: &str) -> Result<Deed, PlanError> {
    let cloud = begun::cloud(lab);
    let id = a_route_table(target)?;
    let from = cloud.route_tables.get(id).and_then(|row| row.propagation);
    let takes = |from| vec![network(Change::Propagation(id, from))];
    Ok(Deed::lasting(takes(None), takes(from)))
}
