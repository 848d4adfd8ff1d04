//! A link whose delay is never the same twice.

use crate::fault::{Amount, Deed, FaultKind, PlanError, Target, span};
use crate::site::LinkChange;
use crate::world::blueprint::Blueprint;

use super::levers::{a_link, link, row};
use super::pick::links as candidates;

/// The kind.
pub(in crate::fault) const KIND: FaultKind = FaultKind {
    name: "link_jitter",
    title: "a link jitters",
    models: "Queues that fill and drain, a radio link that sends again, a shared line in the evening.",
    shows: "Round trips spread; BFD goes down where a heartbeat comes later than its detection time.",
    target: "a link",
    amount: Some(Amount {
        default: "30ms",
        meaning: "the longest that a packet takes on top of the link's delay",
    }),
    candidates,
    plan,
};

fn plan(lab: &Blueprint, target: &Target, amount: &str) -> Result<Deed, PlanError> {
    let id = a_link(target)?;
    let own = row(lab, id)?.jitter;
    let jitter = |jitter| vec![link(id, LinkChange::Jitter(jitter))];
    Ok(Deed::lasting(jitter(span(amount)?), jitter(own)))
}
