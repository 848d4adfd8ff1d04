//! A Direct Connect connection without light.

use crate::fault::{FaultKind, Target};
use crate::resource::LinkId;
use crate::world::blueprint::Blueprint;

use super::link_down::plan;

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
