//! A key that differs at one end.

use crate::fault::{Deed, FaultKind, PlanError, Target};
use crate::proto::ike::change::ConnectionChange;
use crate::proto::ike::config::Authentication;
use crate::world::blueprint::Blueprint;

use super::levers::{a_tunnel, connection, reconfigured};
use super::pick::tunnels as candidates;

/// The kind.
pub(in crate::fault) const KIND: FaultKind = FaultKind {
    name: "tunnel_wrong_key",
    title: "a tunnel gets another key",
    models: "The pre-shared key is changed at one end only, and the tunnel negotiated anew.",
    shows: "AUTHENTICATION_FAILED at the next negotiation, with each attempt until both keys are the same.",
    target: "an IPsec tunnel",
    amount: None,
    candidates,
    plan,
};

fn plan(lab: &Blueprint, target: &Target, _: &str) -> Result<Deed, PlanError> {
    let id = a_tunnel(target)?;
    let authentication = |to| ConnectionChange {
        authentication: Some(to),
        ..ConnectionChange::default()
    };
    let other = Authentication::SharedKey("not.the.same.key".into());
    let own = connection(lab, id)?.authentication.clone();
    Ok(reconfigured(id, authentication(other), authentication(own)))
}
