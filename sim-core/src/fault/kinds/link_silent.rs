//! A link that is up and silent.

use crate::fault::{Deed, FaultKind, PlanError, Target};
use crate::site::{End, LinkChange, Passage};
use crate::world::blueprint::Blueprint;

use super::levers::{a_link, link};
use super::pick::links as candidates;

/// The kind.
pub(in crate::fault) const KIND: FaultKind = FaultKind {
    name: "link_silent",
    title: "a link carries nothing, unseen",
    models: "A fault between the two ends, in the provider's network: the light stays on, and nothing comes \
            through either way.",
    shows: "Interfaces stay up. BFD finds it after its detection time, BGP without it after the hold time, \
            dead peer detection after its delay and timeout.",
    target: "a link",
    amount: None,
    candidates,
    plan,
};

fn plan(_: &Blueprint, target: &Target, _: &str) -> Result<Deed, PlanError> {
    let id = a_link(target)?;
    let both = |passage| {
        let ends = [End::A, End::B].into_iter();
        ends.map(|from| link(id, LinkChange::Passage { from, passage }))
            .collect()
    };
    Ok(Deed::lasting(both(Passage::Blocked), both(Passage::Open)))
}
