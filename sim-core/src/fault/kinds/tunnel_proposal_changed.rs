//! Algorithms that the other end lacks.

use crate::fault::{Amount, Deed, FaultKind, PlanError, Target};
use crate::proto::ike::change::ConnectionChange;
use crate::proto::ike::proposal::{Proposal, Protocol};
use crate::world::blueprint::Blueprint;

use super::levers::{a_tunnel, connection, reconfigured};
use super::pick::tunnels as candidates;

/// The kind.
pub(in crate::fault) const KIND: FaultKind = FaultKind {
    name: "tunnel_proposal_changed",
    title: "a tunnel gets other algorithms",
    models: "A hardening of one end: only what the other does not have is left, and the tunnel is negotiated \
            anew.",
    shows: "NO_PROPOSAL_CHOSEN, told field by field, until both have something in common.",
    target: "an IPsec tunnel",
    amount: Some(Amount {
        default: "aes256gcm16-prfsha512-ecp521",
        meaning: "what phase 1 may still use, as strongSwan writes it",
    }),
    candidates,
    plan,
};

fn plan(lab: &Blueprint, target: &Target, amount: &str) -> Result<Deed, PlanError> {
    let id = a_tunnel(target)?;
    let parsed = Proposal::parse(Protocol::Ike, amount);
    let only = parsed.map_err(|error| PlanError::amount(amount, error))?;
    let ike = |all| ConnectionChange {
        ike: Some(all),
        ..ConnectionChange::default()
    };
    let own = connection(lab, id)?.ike.clone();
    Ok(reconfigured(id, ike(vec![only]), ike(own)))
}
