//! A BGP session whose key differs at one end.

use crate::fault::{Deed, FaultKind, PlanError, Target};
use crate::world::blueprint::Blueprint;
use crate::world::routing::{SessionChange, SessionKey};

use super::levers::{a_session, session};
use super::pick::sessions as candidates;

/// The kind.
pub(in crate::fault) const KIND: FaultKind = FaultKind {
    name: "session_wrong_key",
    title: "a BGP session gets another key",
    models: "The TCP MD5 key is changed at one end only, or pasted with a space behind it.",
    shows: "Each end drops what the other sends (TCP_AUTHENTICATION): the session ends with Hold Timer Expired, and no \
            connection is made until both keys are the same.",
    target: "a BGP session, at the router that has it wrong",
    amount: None,
    candidates,
    plan,
};

fn plan(_: &Blueprint, target: &Target, _: &str) -> Result<Deed, PlanError> {
    let id = a_session(target)?;
    let key = |key| vec![session(id, SessionChange::Key(key))];
    Ok(Deed::lasting(
        key(SessionKey::Other("not.the.same.key".into())),
        key(SessionKey::Configured),
    ))
}
