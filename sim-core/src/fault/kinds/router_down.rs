//! A router without power.

use crate::fault::{Deed, FaultKind, PlanError, Target};
use crate::site::{RouterChange, Running};
use crate::world::blueprint::Blueprint;

use super::levers::{a_router, router};
use super::pick::routers as candidates;

/// The kind.
pub(in crate::fault) const KIND: FaultKind = FaultKind {
    name: "router_down",
    title: "a router goes down",
    models: "A loss of power, or a restart: its interfaces go down and all that it knew is gone.",
    shows: "Neighbours see the light go out and move at once; what is only reached through others is found \
            by timers.",
    target: "a router",
    amount: None,
    candidates,
    plan,
};

fn plan(_: &Blueprint, target: &Target, _: &str) -> Result<Deed, PlanError> {
    let id = a_router(target)?;
    let running = |running| vec![router(id, RouterChange::Running(running))];
    Ok(Deed::lasting(running(Running::Off), running(Running::Running)))
}
