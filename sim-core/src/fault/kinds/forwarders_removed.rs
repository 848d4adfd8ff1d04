//! A name server that forwards nothing.

use crate::fault::{Deed, FaultKind, PlanError, Target};
use crate::site::HostChange;
use crate::world::blueprint::Blueprint;

use super::levers::{a_host, host};
use super::pick::name_servers as candidates;

/// The kind.
pub(in crate::fault) const KIND: FaultKind = FaultKind {
    name: "forwarders_removed",
    title: "a name server loses its forwarders",
    models: "A conditional forwarder is deleted: the name server answers for itself, or asks the wrong one.",
    shows: "Private names resolve to public addresses or to nothing.",
    target: "a host with a name server",
    amount: None,
    candidates,
    plan,
};

fn plan(lab: &Blueprint, target: &Target, _: &str) -> Result<Deed, PlanError> {
    let id = a_host(target)?;
    let server = lab.hosts.get(id).and_then(|row| row.name_server.as_ref());
    let rules = server.map(|server| server.forwards.clone()).unwrap_or_default();
    if rules.is_empty() {
        return Err(PlanError::Nothing("the name server forwards nothing"));
    }
    let each = rules.into_iter().map(|rule| {
        let domain = rule.domain.clone();
        (
            host(id, HostChange::RemoveForwarder(domain)),
            host(id, HostChange::SetForwarder(rule)),
        )
    });
    let (off, on) = each.unzip();
    Ok(Deed::lasting(off, on))
}
