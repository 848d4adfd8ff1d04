//! A LAN without its switch.

use crate::fault::{Deed, FaultKind, PlanError, Target};
use crate::site::{Carrier, SegmentChange};
use crate::world::blueprint::Blueprint;

use super::levers::{a_segment, segment};

/// The kind.
pub(in crate::fault) const KIND: FaultKind = FaultKind {
    name: "segment_down",
    title: "a segment goes down",
    models: "The switch of a LAN is without power.",
    shows: "Every interface on it goes down; virtual gateways elect nobody, hosts reach nobody.",
    target: "a segment",
    amount: None,
    candidates,
    plan,
};

fn candidates(lab: &Blueprint) -> Vec<Target> {
    lab.routing.segments.ids().map(|id| Target::of(lab, id)).collect()
}

fn plan(_: &Blueprint, target: &Target, _: &str) -> Result<Deed, PlanError> {
    let id = a_segment(target)?;
    let carrier = |to| vec![segment(id, SegmentChange::Carrier(to))];
    Ok(Deed::lasting(carrier(Carrier::Down), carrier(Carrier::Up)))
}
