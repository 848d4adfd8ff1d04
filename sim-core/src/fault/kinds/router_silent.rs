//! A router that hangs with its lasers on.

use crate::fault::{Deed, FaultKind, PlanError, Target};
use crate::site::{RouterChange, Running};
use crate::world::blueprint::Blueprint;

use super::levers::{a_router, router};
use super::pick::routers as candidates;

/// The kind.
pub(in crate::fault) const KIND: FaultKind = FaultKind {
    name: "router_silent",
    title: "a router hangs",
    models: "A router that passes nothing on and answers nothing while its lasers stay on: neighbours see nothing \
             wrong with their interfaces.",
    shows: "As with silent links on every side at once: BFD, hold times, the IGP's dead interval, VRRP's down \
            interval and dead peer detection find it.",
    target: "a router",
    amount: None,
    candidates,
    plan,
};

fn plan(_: &Blueprint, target: &Target, _: &str) -> Result<Deed, PlanError> {
    let id = a_router(target)?;
    let running = |to| vec![router(id, RouterChange::Running(to))];
    Ok(Deed::lasting(running(Running::Hung), running(Running::Running)))
}
