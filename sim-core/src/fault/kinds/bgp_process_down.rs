//! A BGP process that is gone.

use crate::fault::{Deed, FaultKind, PlanError, Target};
use crate::world::blueprint::Blueprint;
use crate::world::routing::SpeakerChange;

use super::levers::{a_router, speaker};
use super::pick::speakers as candidates;

/// The kind.
pub(in crate::fault) const KIND: FaultKind = FaultKind {
    name: "bgp_process_down",
    title: "a BGP process ends",
    models: "A crash of the routing software: its host closes its connections.",
    shows: "Neighbours see the connection close and withdraw at once, or keep the routes as stale where \
            graceful restart was agreed.",
    target: "a router with BGP",
    amount: None,
    candidates,
    plan,
};

fn plan(_: &Blueprint, target: &Target, _: &str) -> Result<Deed, PlanError> {
    let id = a_router(target)?;
    let (down, up) = (
        speaker(id, SpeakerChange::Stop),
        speaker(id, SpeakerChange::Start),
    );
    Ok(Deed::lasting(vec![down], vec![up]))
}
