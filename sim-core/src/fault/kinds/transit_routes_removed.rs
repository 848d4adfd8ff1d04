//! A table without its static routes.

use crate::aws::Change;
use crate::aws::transit_gateway::TransitChange;
use crate::fault::{Deed, FaultKind, PlanError, Target};
use crate::world::blueprint::Blueprint;

use super::begun;
use super::levers::{a_transit_table, network};

/// The kind.
pub(in crate::fault) const KIND: FaultKind = FaultKind {
    name: "transit_routes_removed",
    title: "a Transit Gateway table loses its static routes",
    models: "Somebody cleans up a route table and takes too much.",
    shows: "What only static routes led to is dropped: peers of the gateway, and what a static VPN \
            connection reaches.",
    target: "a Transit Gateway route table with static routes",
    amount: None,
    candidates,
    plan,
};

fn candidates(lab: &Blueprint) -> Vec<Target> {
    let cloud = begun::cloud(lab);
    let all = cloud.transit_gateway_route_tables.iter();
    let all = all.filter(|(_, row)| !row.fixed.is_empty());
    all.map(|(id, _)| Target::of(lab, id)).collect()
}

fn plan(lab: &Blueprint, target: &Target, _: &str) -> Result<Deed, PlanError> {
    let cloud = begun::cloud(lab);
    let id = a_transit_table(target)?;
    let row = cloud.transit_gateway_route_tables.get(id);
    let routes = row.map(|row| row.fixed.clone()).unwrap_or_default();
    let (off, on) = routes
        .into_iter()
        .map(|route| {
            let transit = |change| network(Change::Transit(change));
            (
                transit(TransitChange::RemoveRoute(id, route.prefix)),
                transit(TransitChange::SetRoute(id, route)),
            )
        })
        .unzip();
    Ok(Deed::lasting(off, on))
}
