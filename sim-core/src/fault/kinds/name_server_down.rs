//! A name server without power.

use crate::fault::{Deed, FaultKind, PlanError, Target};
use crate::site::{HostChange, Power};
use crate::world::blueprint::Blueprint;

use super::levers::{a_host, host};

/// The kind.
pub(in crate::fault) const KIND: FaultKind = FaultKind {
    name: "name_server_down",
    title: "a name server goes down",
    models: "The host of a name server is switched off.",
    shows: "Names no longer resolve once they are no longer remembered; what has its addresses goes on.",
    target: "a host with a name server",
    amount: None,
    candidates,
    plan,
};

fn candidates(lab: &Blueprint) -> Vec<Target> {
    let all = lab.hosts.iter().filter(|(_, row)| row.name_server.is_some());
    all.map(|(id, _)| Target::of(lab, id)).collect()
}

fn plan(_: &Blueprint, target: &Target, _: &str) -> Result<Deed, PlanError> {
    let id = a_host(target)?;
    let power = |to| vec![host(id, HostChange::Power(to))];
    Ok(Deed::lasting(power(Power::Off), power(Power::On)))
}
