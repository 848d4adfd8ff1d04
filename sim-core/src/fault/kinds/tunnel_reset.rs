//! A tunnel that begins anew.

use crate::fault::{Deed, FaultKind, PlanError, Target};
use crate::world::blueprint::Blueprint;
use crate::world::routing::TunnelChange;

use super::levers::{a_tunnel, tunnel};
use super::pick::tunnels as candidates;

/// The kind.
pub(in crate::fault) const KIND: FaultKind = FaultKind {
    name: "tunnel_reset",
    title: "a tunnel is reset",
    models: "An operator clears both phases, or the gateway's software restarts them.",
    shows: "Both phases are negotiated anew: a gap of a few round trips, and BGP in the tunnel flaps with \
            it.",
    target: "an IPsec tunnel",
    amount: None,
    candidates,
    plan,
};

fn plan(_: &Blueprint, target: &Target, _: &str) -> Result<Deed, PlanError> {
    let id = a_tunnel(target)?;
    Ok(Deed::at_once(vec![tunnel(id, TunnelChange::Reset)]))
}
