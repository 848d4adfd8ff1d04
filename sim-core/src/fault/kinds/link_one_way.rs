//! A link that is silent in one direction.

use crate::fault::{Amount, Deed, FaultKind, PlanError, Target};
use crate::site::{End, LinkChange, Passage};
use crate::world::blueprint::Blueprint;

use super::levers::{a_link, link};
use super::pick::links as candidates;

/// The kind.
pub(in crate::fault) const KIND: FaultKind = FaultKind {
    name: "link_one_way",
    title: "a link carries nothing one way",
    models: "A half-broken pair of fibres or a unidirectional filter: one direction is lost and the other is \
            not.",
    shows: "The end that hears nothing finds it as with a silent link; the other is told by BFD or a \
            NOTIFICATION, or not at all.",
    target: "a link",
    amount: Some(Amount {
        default: "a",
        meaning: "the end whose packets are lost: a or b, in the order in which the lab names them",
    }),
    candidates,
    plan,
};

fn plan(_: &Blueprint, target: &Target, amount: &str) -> Result<Deed, PlanError> {
    let id = a_link(target)?;
    let from = match amount {
        "a" => End::A,
        "b" => End::B,
        other => return Err(PlanError::amount(other, "an end is a or b")),
    };
    let passage = |passage| vec![link(id, LinkChange::Passage { from, passage })];
    Ok(Deed::lasting(passage(Passage::Blocked), passage(Passage::Open)))
}
