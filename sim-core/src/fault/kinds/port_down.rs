//! An interface that is shut.

use crate::fault::{Deed, FaultKind, PlanError, Target};
use crate::site::{AdminState, RouterChange};
use crate::world::blueprint::Blueprint;

use super::levers::{an_interface, router};
use super::pick::interfaces as candidates;

/// The kind.
pub(in crate::fault) const KIND: FaultKind = FaultKind {
    name: "port_down",
    title: "a port goes down",
    models: "An interface that is shut by hand, or whose optic fails at one end.",
    shows: "The interface and what is behind it go down; the far end of a link sees the light go out, that \
            of a tunnel or segment does not.",
    target: "a router interface",
    amount: None,
    candidates,
    plan,
};

fn plan(lab: &Blueprint, target: &Target, _: &str) -> Result<Deed, PlanError> {
    let interface = an_interface(target)?;
    let row = lab.routing.interfaces.get(interface);
    let owner = row
        .ok_or(PlanError::Nothing("there is no such interface"))?
        .router;
    let admin = |admin| vec![router(owner, RouterChange::Interface { interface, admin })];
    Ok(Deed::lasting(
        admin(AdminState::Disabled),
        admin(AdminState::Enabled),
    ))
}
