//! A peering of Transit Gateways that is gone.

use crate::aws::Change;
use crate::aws::transit_gateway::TransitChange;
use crate::aws::{AttachmentKind, PeeringState};
use crate::fault::{Deed, FaultKind, PlanError, Target};
use crate::world::blueprint::Blueprint;

use super::levers::{an_attachment, network};

/// The kind.
pub(in crate::fault) const KIND: FaultKind = FaultKind {
    name: "transit_peering_down",
    title: "a Transit Gateway peering is deleted",
    models: "The peering attachment between two Transit Gateways is deleted, or never accepted again.",
    shows: "Static routes over it drop what matches; nothing is told by any protocol.",
    target: "a Transit Gateway peering attachment",
    amount: None,
    candidates,
    plan,
};

fn candidates(lab: &Blueprint) -> Vec<Target> {
    let all = lab.cloud.attachments.iter();
    let all = all.filter(|(_, row)| matches!(row.kind, AttachmentKind::Peering { .. }));
    all.map(|(id, _)| Target::of(lab, id)).collect()
}

fn plan(_: &Blueprint, target: &Target, _: &str) -> Result<Deed, PlanError> {
    let id = an_attachment(target)?;
    let state = |to| vec![network(Change::Transit(TransitChange::Peering(id, to)))];
    Ok(Deed::lasting(
        state(PeeringState::Deleted),
        state(PeeringState::Active),
    ))
}
