//! A certificate that has ended.

use crate::fault::{Deed, FaultKind, PlanError, Target};
use crate::proto::ike::certificate::{Certified, Terms};
use crate::proto::ike::change::ConnectionChange;
use crate::proto::ike::config::Authentication;
use crate::units::{SimTime, Span};
use crate::world::blueprint::Blueprint;

use super::levers::{a_tunnel, connection, reconfigured};
use super::pick::tunnels;

/// The kind.
pub(in crate::fault) const KIND: FaultKind = FaultKind {
    name: "certificate_expired",
    title: "a certificate expires",
    models: "A certificate that nobody renewed: its end is set to the lab's beginning, and the tunnel is \
            negotiated anew.",
    shows: "IKE_CERTIFICATE_EXPIRED at the end that checks it, with each attempt until it is renewed.",
    target: "an IPsec tunnel with certificates",
    amount: None,
    candidates,
    plan,
};

fn candidates(lab: &Blueprint) -> Vec<Target> {
    let mut all = tunnels(lab);
    all.retain(|target| {
        let found = a_tunnel(target).and_then(|id| connection(lab, id));
        found.is_ok_and(|it| matches!(it.authentication, Authentication::Certificate(_)))
    });
    all
}

fn plan(lab: &Blueprint, target: &Target, _: &str) -> Result<Deed, PlanError> {
    let id = a_tunnel(target)?;
    let own = connection(lab, id)?.authentication.clone();
    let Authentication::Certificate(certified) = &own else {
        return Err(PlanError::Nothing("the tunnel has a key and no certificate"));
    };
    let ended = Certified::meant(Terms {
        not_before: SimTime::START,
        not_after: SimTime::at(Span::nanos(1)),
        ..certified.terms()
    });
    let authentication = |to| ConnectionChange {
        authentication: Some(to),
        ..ConnectionChange::default()
    };
    let expired = Authentication::Certificate(ended.into());
    Ok(reconfigured(id, authentication(expired), authentication(own)))
}
