//! An attachment whose prefixes go nowhere.

use crate::aws::Change;
use crate::aws::transit_gateway::TransitChange;
use crate::fault::{Deed, FaultKind, PlanError, Target};
use crate::world::blueprint::Blueprint;

use super::begun;
use super::levers::{an_attachment, network};

/// The kind.
pub(in crate::fault) const KIND: FaultKind = FaultKind {
    name: "transit_propagation_removed",
    title: "an attachment propagates no more",
    models: "Propagation into the Transit Gateway route tables is turned off, by hand or by a template.",
    shows: "A second later the tables have no route to what is behind the attachment, and peers of BGP hear \
            the withdrawal.",
    target: "a Transit Gateway attachment",
    amount: None,
    candidates,
    plan,
};

fn candidates(lab: &Blueprint) -> Vec<Target> {
    let cloud = begun::cloud(lab);
    let tables = cloud.transit_gateway_route_tables.rows();
    let propagates = |id| tables.iter().any(|row| row.propagations.contains(&id));
    let all = cloud.attachments.ids().filter(|id| propagates(*id));
    all.map(|id| Target::of(lab, id)).collect()
}

fn plan(lab: &Blueprint, target: &Target, _: &str) -> Result<Deed, PlanError> {
    let cloud = begun::cloud(lab);
    let id = an_attachment(target)?;
    let tables = cloud.transit_gateway_route_tables.iter();
    let tables = tables.filter(|(_, row)| row.propagations.contains(&id));
    let (off, on) = tables
        .map(|(table, _)| {
            let transit = |change| network(Change::Transit(change));
            (
                transit(TransitChange::DisablePropagation(table, id)),
                transit(TransitChange::EnablePropagation(table, id)),
            )
        })
        .unzip();
    Ok(Deed::lasting(off, on))
}
