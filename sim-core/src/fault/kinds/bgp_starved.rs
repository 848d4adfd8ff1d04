//! A BGP process that is starved.

use crate::fault::{Deed, FaultKind, PlanError, Target};
use crate::world::blueprint::Blueprint;
use crate::world::routing::SpeakerChange;

use super::levers::{a_router, speaker};
use super::pick::speakers as candidates;

/// The kind.
pub(in crate::fault) const KIND: FaultKind = FaultKind {
    name: "bgp_starved",
    title: "a BGP process hangs",
    models: "A control plane without processor time: TCP still acknowledges, and no KEEPALIVE is sent.",
    shows: "Every session of the router ends with Hold Timer Expired at its neighbours, which BFD in \
            hardware would not have noticed.",
    target: "a router with BGP",
    amount: None,
    candidates,
    plan,
};

fn plan(_: &Blueprint, target: &Target, _: &str) -> Result<Deed, PlanError> {
    let id = a_router(target)?;
    let (down, up) = (
        speaker(id, SpeakerChange::Freeze),
        speaker(id, SpeakerChange::Thaw),
    );
    Ok(Deed::lasting(vec![down], vec![up]))
}
