//! A router that tells nobody that a packet was too large.

use crate::fault::{Deed, FaultKind, PlanError, Target};
use crate::site::{IcmpErrors, RouterChange};
use crate::world::blueprint::Blueprint;

use super::levers::{a_router, router};
use super::pick::routers as candidates;

/// The kind.
pub(in crate::fault) const KIND: FaultKind = FaultKind {
    name: "icmp_blocked",
    title: "a router sends no ICMP errors",
    models: "A hardening guide that is followed to the letter: no ip unreachables.",
    shows: "Nothing, as long as every packet fits. Where one does not, its sender never hears of it: connections that \
            are not clamped begin, and hang.",
    target: "a router",
    amount: None,
    candidates,
    plan,
};

fn plan(lab: &Blueprint, target: &Target, _: &str) -> Result<Deed, PlanError> {
    let id = a_router(target)?;
    let own = lab.routing.routers.get(id).map(|row| row.icmp_errors);
    let own = own.ok_or(PlanError::Nothing("there is no such router"))?;
    let errors = |errors| vec![router(id, RouterChange::IcmpErrors(errors))];
    Ok(Deed::lasting(errors(IcmpErrors::Off), errors(own)))
}
