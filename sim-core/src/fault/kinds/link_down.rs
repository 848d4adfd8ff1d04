//! A link without light.

use crate::fault::{Deed, FaultKind, PlanError, Target};
use crate::site::{Carrier, LinkChange};
use crate::world::blueprint::Blueprint;

use super::levers::{a_link, link};
use super::pick::links as candidates;

/// The kind.
pub(in crate::fault) const KIND: FaultKind = FaultKind {
    name: "link_down",
    title: "a link goes down",
    models: "A cable that is pulled, a failed optic, a port that the provider shuts: both ends lose the \
            light.",
    shows: "Both interfaces go down at once, and every session over the link with them; routes move within a \
            round trip or two.",
    target: "a link",
    amount: None,
    candidates,
    plan,
};

pub(super) fn plan(_: &Blueprint, target: &Target, _: &str) -> Result<Deed, PlanError> {
    let id = a_link(target)?;
    let carrier = |carrier| vec![link(id, LinkChange::Carrier(carrier))];
    Ok(Deed::lasting(carrier(Carrier::Down), carrier(Carrier::Up)))
}
