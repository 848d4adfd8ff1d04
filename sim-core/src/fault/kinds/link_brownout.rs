//! A link with less capacity.

use crate::fault::{Amount, Deed, FaultKind, PlanError, Target, share};
use crate::site::LinkChange;
use crate::world::blueprint::Blueprint;

use super::levers::{a_link, link, row};
use super::pick::links as candidates;

/// The kind.
pub(in crate::fault) const KIND: FaultKind = FaultKind {
    name: "link_brownout",
    title: "a link carries less",
    models: "A member of a bundle lost inside the provider's network, or a policer set too low.",
    shows: "Nothing goes down. Bulk flows slow to their share of what is left, and the lag of replication \
            grows.",
    target: "a link",
    amount: Some(Amount {
        default: "10%",
        meaning: "what is left of the rate each way",
    }),
    candidates,
    plan,
};

fn plan(lab: &Blueprint, target: &Target, amount: &str) -> Result<Deed, PlanError> {
    let id = a_link(target)?;
    let own = row(lab, id)?.rate;
    let left = own.scaled(share(amount)?.as_ppm().into(), 1_000_000);
    if left.is_zero() {
        return Err(PlanError::amount(
            amount,
            "a link that carries nothing is down; use link_silent",
        ));
    }
    let rate = |rate| vec![link(id, LinkChange::Rate(rate))];
    Ok(Deed::lasting(rate(left), rate(own)))
}
