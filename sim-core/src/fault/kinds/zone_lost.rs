//! An availability zone and all that stands in it.

use crate::aws::{Change, ZoneState};
use crate::fault::{Deed, FaultKind, PlanError, Target};
use crate::world::blueprint::Blueprint;

use super::levers::{a_zone, network};

/// The kind.
pub(in crate::fault) const KIND: FaultKind = FaultKind {
    name: "zone_lost",
    title: "an availability zone is lost",
    models: "A power failure or a cut-off network of one of a Region's zones.",
    shows: "Nothing in the zone answers: servers, endpoints' and resolvers' interfaces, the attachments' subnets there. \
            What has a second zone goes on by it.",
    target: "an availability zone",
    amount: None,
    candidates,
    plan,
};

/// Zones that something stands in.
fn candidates(lab: &Blueprint) -> Vec<Target> {
    let cloud = &lab.cloud;
    let is_used = |zone| cloud.subnets.iter().any(|(_, subnet)| subnet.zone == zone);
    let zones = cloud.zones.ids().filter(|zone| is_used(*zone));
    zones.map(|id| Target::of(lab, id)).collect()
}

fn plan(_: &Blueprint, target: &Target, _: &str) -> Result<Deed, PlanError> {
    let id = a_zone(target)?;
    let state = |to| vec![network(Change::Zone(id, to))];
    Ok(Deed::lasting(state(ZoneState::Lost), state(ZoneState::Available)))
}
