//! A router that hangs with its lasers on.

use crate::fault::{Deed, FaultKind, PlanError, Target};
use crate::site::{End, LinkChange, Passage};
use crate::world::blueprint::Blueprint;

use super::levers::{a_router, link};
use super::pick::routers as candidates;

/// The kind.
pub(in crate::fault) const KIND: FaultKind = FaultKind {
    name: "router_silent",
    title: "a router hangs",
    models: "A router whose forwarding stops while its lasers stay on: neighbours see nothing wrong with \
            their interfaces.",
    shows: "As with silent links on every side at once: BFD, hold times and dead peer detection find it.",
    target: "a router",
    amount: None,
    candidates,
    plan,
};

fn plan(lab: &Blueprint, target: &Target, _: &str) -> Result<Deed, PlanError> {
    let id = a_router(target)?;
    let owner = |interface| lab.routing.interfaces.get(interface).map(|row| row.router);
    let links = lab.routing.links.iter();
    let own = links.filter(|(_, row)| row.over.is_none() && [row.a, row.b].map(owner).contains(&Some(id)));
    let own: Vec<_> = own.map(|(link, _)| link).collect();
    if own.is_empty() {
        return Err(PlanError::Nothing("the router is on no link"));
    }
    let both = |passage| {
        let ends = own.iter().flat_map(|&id| [(id, End::A), (id, End::B)]);
        ends.map(|(id, from)| link(id, LinkChange::Passage { from, passage }))
            .collect()
    };
    Ok(Deed::lasting(both(Passage::Blocked), both(Passage::Open)))
}
