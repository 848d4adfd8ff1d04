//! A tunnel that is closed.

use crate::fault::{Deed, FaultKind, PlanError, Target};
use crate::world::blueprint::Blueprint;
use crate::world::routing::TunnelChange;

use super::levers::{a_tunnel, tunnel};
use super::pick::tunnels as candidates;

/// The kind.
pub(in crate::fault) const KIND: FaultKind = FaultKind {
    name: "tunnel_down",
    title: "a tunnel is taken down",
    models: "An operator or AWS closes both phases at one end.",
    shows: "The other end is told and takes its interface down; sessions in the tunnel end at once.",
    target: "an IPsec tunnel",
    amount: None,
    candidates,
    plan,
};

fn plan(_: &Blueprint, target: &Target, _: &str) -> Result<Deed, PlanError> {
    let id = a_tunnel(target)?;
    let (down, up) = (tunnel(id, TunnelChange::Down), tunnel(id, TunnelChange::Up));
    Ok(Deed::lasting(vec![down], vec![up]))
}
