//! A Direct Connect connection without light.

use crate::fault::{Deed, FaultKind, PlanError, Target};
use crate::resource::LinkId;
use crate::site::{Carrier, LinkChange};
use crate::world::blueprint::Blueprint;

use super::levers::{a_link, link};

/// The kind.
pub(in crate::fault) const KIND: FaultKind = FaultKind {
    name: "cross_connect_cut",
    title: "a cross-connect is cut",
    models: "The patch between the customer's cage and the Direct Connect device is pulled, in the building \
            of the location.",
    shows: "The connection goes down at both ends, and all of its virtual interfaces with it.",
    target: "a Direct Connect connection",
    amount: None,
    candidates,
    plan,
};

fn candidates(lab: &Blueprint) -> Vec<Target> {
    let mut connections: Vec<LinkId> = lab
        .cloud
        .virtual_interfaces
        .rows()
        .iter()
        .map(|it| it.connection)
        .collect();
    connections.sort_unstable();
    connections.dedup();
    connections.into_iter().map(|id| Target::of(lab, id)).collect()
}

fn plan(_: &Blueprint, target: &Target, _: &str) -> Result<Deed, PlanError> {
    let id = a_link(target)?;
    let carrier = |carrier| vec![link(id, LinkChange::Carrier(carrier))];
    Ok(Deed::lasting(carrier(Carrier::Down), carrier(Carrier::Up)))
}
