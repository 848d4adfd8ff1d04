//! A host without power.

use crate::fault::{Deed, FaultKind, PlanError, Target};
use crate::site::{HostChange, Power};
use crate::world::blueprint::Blueprint;

use super::levers::{a_host, host};
use super::pick::hosts as candidates;

/// The kind.
pub(in crate::fault) const KIND: FaultKind = FaultKind {
    name: "host_down",
    title: "a host is switched off",
    models: "A computer without power.",
    shows: "What it served is gone, without a word; MGN sees its agent fall silent.",
    target: "a host",
    amount: None,
    candidates,
    plan,
};

pub(super) fn plan(_: &Blueprint, target: &Target, _: &str) -> Result<Deed, PlanError> {
    let id = a_host(target)?;
    let power = |to| vec![host(id, HostChange::Power(to))];
    Ok(Deed::lasting(power(Power::Off), power(Power::On)))
}
