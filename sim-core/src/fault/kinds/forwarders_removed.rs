//! A name server that forwards nothing.

use crate::fault::{Deed, FaultKind, PlanError, Target};
use crate::site::{ForwardRule, HostChange};
use crate::world::blueprint::Blueprint;

use super::begun;
use super::levers::{a_host, host};
use super::pick::name_servers;

/// The kind.
pub(in crate::fault) const KIND: FaultKind = FaultKind {
    name: "forwarders_removed",
    title: "a name server loses its forwarders",
    models: "A conditional forwarder is deleted: the name server answers for itself, or asks the wrong one.",
    shows: "Private names resolve to public addresses or to nothing.",
    target: "a host with a name server that forwards",
    amount: None,
    candidates,
    plan,
};

/// What the name server on a host forwards.
fn rules(lab: &Blueprint, target: &Target) -> Result<Vec<ForwardRule>, PlanError> {
    let row = begun::host(lab, a_host(target)?);
    let server = row.as_ref().and_then(|row| row.name_server.as_ref());
    Ok(server.map(|server| server.forwards.clone()).unwrap_or_default())
}

fn candidates(lab: &Blueprint) -> Vec<Target> {
    let forwards = |target: &Target| rules(lab, target).is_ok_and(|rules| !rules.is_empty());
    name_servers(lab).into_iter().filter(forwards).collect()
}

fn plan(lab: &Blueprint, target: &Target, _: &str) -> Result<Deed, PlanError> {
    let id = a_host(target)?;
    let rules = rules(lab, target)?;
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
