//! A host whose clock is wrong.

use crate::fault::{Amount, Deed, FaultKind, PlanError, Target, span};
use crate::site::{Clock, HostChange};
use crate::world::blueprint::Blueprint;

use super::levers::{a_host, host};
use super::pick::hosts as candidates;

/// The kind.
pub(in crate::fault) const KIND: FaultKind = FaultKind {
    name: "clock_skew",
    title: "a clock goes wrong",
    models: "A host that loses its time source and drifts.",
    shows: "Signed calls are refused beyond five minutes (RequestTimeTooSkewed); certificates may seem to \
            have ended.",
    target: "a host",
    amount: Some(Amount {
        default: "10m",
        meaning: "how far ahead the clock is",
    }),
    candidates,
    plan,
};

fn plan(lab: &Blueprint, target: &Target, amount: &str) -> Result<Deed, PlanError> {
    let id = a_host(target)?;
    let row = lab
        .hosts
        .get(id)
        .ok_or(PlanError::Nothing("there is no such host"))?;
    let clock = |to| vec![host(id, HostChange::Clock(to))];
    Ok(Deed::lasting(
        clock(Clock::Ahead(span(amount)?)),
        clock(row.clock),
    ))
}
