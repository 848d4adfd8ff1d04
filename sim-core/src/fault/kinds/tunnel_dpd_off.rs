//! A gateway that does not ask.

use crate::fault::{Deed, FaultKind, PlanError, Target};
use crate::proto::ike::change::ConnectionChange;
use crate::units::Span;
use crate::world::blueprint::Blueprint;
use crate::world::routing::TunnelChange;

use super::levers::{a_tunnel, connection, tunnel};
use super::pick::tunnels as candidates;

/// The kind.
pub(in crate::fault) const KIND: FaultKind = FaultKind {
    name: "tunnel_dpd_off",
    title: "dead peer detection is off",
    models: "A gateway that never asks whether its peer lives.",
    shows: "Nothing, until the path fails silently: then the tunnel stays up and carries packets into \
            nowhere until its keys are due.",
    target: "an IPsec tunnel",
    amount: None,
    candidates,
    plan,
};

fn plan(lab: &Blueprint, target: &Target, _: &str) -> Result<Deed, PlanError> {
    let id = a_tunnel(target)?;
    let delay = |delay| {
        let change = ConnectionChange {
            dpd_delay: Some(delay),
            ..ConnectionChange::default()
        };
        vec![tunnel(id, TunnelChange::Configure(change.into()))]
    };
    let own = connection(lab, id)?.dpd_delay;
    Ok(Deed::lasting(delay(Span::ZERO), delay(own)))
}
