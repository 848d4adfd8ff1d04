//! A host that restarts.

use crate::fault::{Deed, FaultKind, PlanError, Target};
use crate::site::HostChange;
use crate::world::blueprint::Blueprint;

use super::levers::{a_host, host};
use super::pick::hosts as candidates;

/// The kind.
pub(in crate::fault) const KIND: FaultKind = FaultKind {
    name: "host_crash",
    title: "a host crashes",
    models: "A kernel panic: the computer restarts by itself.",
    shows: "Connections end; an agent reads its disks again before it goes on.",
    target: "a host",
    amount: None,
    candidates,
    plan,
};

fn plan(_: &Blueprint, target: &Target, _: &str) -> Result<Deed, PlanError> {
    let id = a_host(target)?;
    Ok(Deed::at_once(vec![host(id, HostChange::Crash)]))
}
