//! A peer that is expected in another autonomous system than it is in.

use crate::fault::{Amount, Deed, FaultKind, PlanError, Target};
use crate::proto::bgp::Asn;
use crate::world::blueprint::Blueprint;
use crate::world::routing::SessionChange;

use super::levers::{a_session, session};
use super::pick::sessions as candidates;

/// The kind.
pub(in crate::fault) const KIND: FaultKind = FaultKind {
    name: "session_wrong_asn",
    title: "a router expects its neighbour in another AS",
    models: "A digit that was mistyped when the neighbour was configured anew, or a copied template.",
    shows: "The session ends with 6/6 and does not come back: each OPEN is refused with 2/2, bad peer AS.",
    target: "a BGP session, at the router that has it wrong",
    amount: Some(Amount {
        default: "64999",
        meaning: "the AS number that is expected",
    }),
    candidates,
    plan,
};

fn plan(lab: &Blueprint, target: &Target, amount: &str) -> Result<Deed, PlanError> {
    let id = a_session(target)?;
    let asn: u32 = amount.parse().map_err(|error| PlanError::amount(amount, error))?;
    if asn == 0 {
        return Err(PlanError::amount(amount, "AS 0 is no autonomous system"));
    }
    let row = lab.routing.sessions.get(id);
    let process = row.and_then(|row| lab.routing.bgp.get(row.router)?.as_ref());
    let own = row.zip(process).and_then(|(row, process)| {
        let setup = process.config.peers.get(row.peer.index())?;
        Some(setup.session.peer_as)
    });
    let own = own.ok_or(PlanError::Nothing("there is no such session"))?;
    let expects = |asn| vec![session(id, SessionChange::RemoteAs(asn))];
    Ok(Deed::lasting(expects(Asn(asn)), expects(own)))
}
