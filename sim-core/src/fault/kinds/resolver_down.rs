//! A Resolver endpoint that does not answer, or that asks nobody.

use crate::fault::{FaultKind, Target};
use crate::resource::NetworkInterfaceId;
use crate::world::blueprint::Blueprint;

use super::endpoint_down::{plan, with_interfaces};

/// The kind.
pub(in crate::fault) const KIND: FaultKind = FaultKind {
    name: "resolver_down",
    title: "a Resolver endpoint is out",
    models: "The interfaces of an inbound or outbound Resolver endpoint fail, or one of them, which AWS recovers in a while.",
    shows: "Questions to a failed interface are lost, and those that it would ask: forwarders and resolvers try the next one \
            after their time-out, and without any, names fail with SERVFAIL or a time-out.",
    target: "a Resolver endpoint, or one of its interfaces",
    amount: None,
    candidates,
    plan,
};

fn candidates(lab: &Blueprint) -> Vec<Target> {
    let all = lab.cloud.resolver_endpoints.iter();
    let endpoints = all.map(|(id, row)| (id.into(), row.interfaces.as_slice()));
    with_interfaces(lab, endpoints.collect::<Vec<(_, &[NetworkInterfaceId])>>())
}
