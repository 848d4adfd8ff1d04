//! A session that begins anew.

use crate::fault::{Deed, FaultKind, PlanError, Target};
use crate::world::blueprint::Blueprint;
use crate::world::routing::SessionChange;

use super::levers::{a_session, session};
use super::pick::sessions as candidates;

/// The kind.
pub(in crate::fault) const KIND: FaultKind = FaultKind {
    name: "session_reset",
    title: "a BGP session is reset",
    models: "An operator clears the session, or a software fault closes its connection.",
    shows: "A NOTIFICATION (Cease), routes gone at once, and the session back after its connect timers.",
    target: "a BGP session",
    amount: None,
    candidates,
    plan,
};

fn plan(_: &Blueprint, target: &Target, _: &str) -> Result<Deed, PlanError> {
    let id = a_session(target)?;
    Ok(Deed::at_once(vec![session(id, SessionChange::Reset)]))
}
