//! A link that loses by chance.

use crate::fault::{Amount, Deed, FaultKind, PlanError, Target, share};
use crate::site::LinkChange;
use crate::world::blueprint::Blueprint;

use super::levers::{a_link, link, row};
use super::pick::links as candidates;

/// The kind.
pub(in crate::fault) const KIND: FaultKind = FaultKind {
    name: "link_loss",
    title: "a link loses packets",
    models: "A dirty connector, an overloaded hop, a policer that drops.",
    shows: "Heartbeats are lost by chance: BFD and dead peer detection give up when enough in a row are, and \
            sessions flap.",
    target: "a link",
    amount: Some(Amount {
        default: "5%",
        meaning: "the share that is lost each way",
    }),
    candidates,
    plan,
};

fn plan(lab: &Blueprint, target: &Target, amount: &str) -> Result<Deed, PlanError> {
    let id = a_link(target)?;
    let own = row(lab, id)?.loss;
    let loss = |loss| vec![link(id, LinkChange::Loss(loss))];
    Ok(Deed::lasting(loss(share(amount)?), loss(own)))
}
