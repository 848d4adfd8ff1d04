//! A session that is not wanted.

use crate::fault::{Deed, FaultKind, PlanError, Target};
use crate::world::blueprint::Blueprint;
use crate::world::routing::SessionChange;

use super::levers::{a_session, session};
use super::pick::sessions as candidates;

/// The kind.
pub(in crate::fault) const KIND: FaultKind = FaultKind {
    name: "session_shutdown",
    title: "a BGP session is shut down",
    models: "Maintenance, or a mistake in it: one end no longer wants the session.",
    shows: "A NOTIFICATION (administrative shutdown): the other end withdraws what it had from it and moves.",
    target: "a BGP session",
    amount: None,
    candidates,
    plan,
};

fn plan(_: &Blueprint, target: &Target, _: &str) -> Result<Deed, PlanError> {
    let id = a_session(target)?;
    let (down, up) = (
        session(id, SessionChange::Shutdown),
        session(id, SessionChange::Start),
    );
    Ok(Deed::lasting(vec![down], vec![up]))
}
