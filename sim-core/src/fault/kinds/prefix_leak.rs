//! A route leak.

use crate::fault::{Amount, Deed, FaultKind, PlanError, Target};
use crate::world::blueprint::Blueprint;
use crate::world::routing::{Origination, SpeakerChange};

use super::levers::{a_router, speaker};
use super::pick::speakers as candidates;

/// The kind.
pub(in crate::fault) const KIND: FaultKind = FaultKind {
    name: "prefix_leak",
    title: "a router announces what it should not",
    models: "A redistribution without a filter: a default route or somebody else's prefix goes out as one's \
            own.",
    shows: "Traffic for the prefix turns to the router and mostly ends there; the longest prefix wins, \
            whatever the path is like.",
    target: "a router with BGP",
    amount: Some(Amount {
        default: "0.0.0.0/0",
        meaning: "the prefix",
    }),
    candidates,
    plan,
};

fn plan(_: &Blueprint, target: &Target, amount: &str) -> Result<Deed, PlanError> {
    let id = a_router(target)?;
    let prefix: ipnet::Ipv4Net = amount
        .parse()
        .map_err(|_| PlanError::amount(amount, "for example 10.0.0.0/8"))?;
    let leak = SpeakerChange::Originate(Origination::new(prefix.trunc()));
    let stop = SpeakerChange::Withdraw(vec![prefix.trunc()]);
    Ok(Deed::lasting(vec![speaker(id, leak)], vec![speaker(id, stop)]))
}
