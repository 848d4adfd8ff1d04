//! A Direct Connect connection without light.

use std::collections::BTreeSet;

use crate::fault::{FaultKind, Target};
use crate::resource::LinkId;
use crate::site::Link;
use crate::world::blueprint::Blueprint;

use super::link_down::plan;

/// The kind.
pub(in crate::fault) const KIND: FaultKind = FaultKind {
    name: "cross_connect_cut",
    title: "a cross-connect is cut",
    models: "The patch between the customer's cage and the Direct Connect device is pulled, in the building \
            of the location.",
    shows: "The connection goes down at both ends, and all of its virtual interfaces with it. Of a link aggregation group \
            the others carry on, as long as they are no fewer than its minimum.",
    target: "a Direct Connect connection, alone or in a link aggregation group",
    amount: None,
    candidates,
    plan,
};

fn candidates(lab: &Blueprint) -> Vec<Target> {
    let interfaces = lab.cloud.virtual_interfaces.rows().iter();
    let carriers: BTreeSet<LinkId> = interfaces.map(|it| it.connection).collect();
    // A group has no cross-connect of its own: each of its connections has one.
    let links = lab.routing.links.iter();
    let bundles: BTreeSet<LinkId> = links.filter_map(|(_, row)| row.member_of).collect();
    let is_connection = |id: LinkId, row: &Link| {
        (carriers.contains(&id) && !bundles.contains(&id))
            || row.member_of.is_some_and(|bundle| carriers.contains(&bundle))
    };
    let links = lab
        .routing
        .links
        .iter()
        .filter(|(id, row)| is_connection(*id, row));
    links.map(|(id, _)| Target::of(lab, id)).collect()
}
