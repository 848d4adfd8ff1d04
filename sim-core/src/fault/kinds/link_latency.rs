//! A link with a longer delay.

use crate::fault::{Amount, Deed, FaultKind, PlanError, Target, span};
use crate::site::LinkChange;
use crate::world::blueprint::Blueprint;

use super::levers::{a_link, link, row};
use super::pick::links as candidates;

/// The kind.
pub(in crate::fault) const KIND: FaultKind = FaultKind {
    name: "link_latency",
    title: "a link takes longer",
    models: "A detour in the provider's network, or queues that have filled.",
    shows: "Round trips and negotiations take longer; sessions stay up while detection times allow it.",
    target: "a link",
    amount: Some(Amount {
        default: "50ms",
        meaning: "added to the time from end to end",
    }),
    candidates,
    plan,
};

fn plan(lab: &Blueprint, target: &Target, amount: &str) -> Result<Deed, PlanError> {
    let id = a_link(target)?;
    let own = row(lab, id)?.delay;
    let delay = |delay| vec![link(id, LinkChange::Delay(delay))];
    Ok(Deed::lasting(delay(own + span(amount)?), delay(own)))
}
