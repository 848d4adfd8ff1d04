//! An attachment that no table is asked for.

use crate::aws::Change;
use crate::aws::transit_gateway::TransitChange;
use crate::fault::{Deed, FaultKind, PlanError, Target};
use crate::world::blueprint::Blueprint;

use super::begun;
use super::levers::{an_attachment, network};

/// The kind.
pub(in crate::fault) const KIND: FaultKind = FaultKind {
    name: "transit_association_removed",
    title: "an attachment loses its association",
    models: "A change of Transit Gateway route tables that is made halfway: no table is asked for traffic \
            from the attachment.",
    shows: "What comes from the attachment is dropped at the gateway; what goes to it still arrives.",
    target: "a Transit Gateway attachment",
    amount: None,
    candidates,
    plan,
};

fn candidates(lab: &Blueprint) -> Vec<Target> {
    let cloud = begun::cloud(lab);
    let all = cloud
        .attachments
        .iter()
        .filter(|(_, row)| row.association.is_some());
    all.map(|(id, _)| Target::of(lab, id)).collect()
}

fn plan(lab: &Blueprint, target: &Target, _: &str) -> Result<Deed, PlanError> {
    let cloud = begun::cloud(lab);
    let id = an_attachment(target)?;
    let table = cloud.attachments.get(id).and_then(|row| row.association);
    let table = table.ok_or(PlanError::Nothing("the attachment has no association"))?;
    let transit = |change| vec![network(Change::Transit(change))];
    Ok(Deed::lasting(
        transit(TransitChange::Disassociate(id)),
        transit(TransitChange::Associate(id, table)),
    ))
}
