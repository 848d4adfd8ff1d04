//! A route leak.

use crate::fault::{Amount, Deed, FaultKind, PlanError, Target};
use crate::proto::bgp::policy::PrefixMatch;
use crate::world::blueprint::Blueprint;
use crate::world::routing::{Origination, SpeakerChange};

use super::levers::{a_router, past_export, speaker};
use super::pick::speakers as candidates;

/// The kind.
pub(in crate::fault) const KIND: FaultKind = FaultKind {
    name: "prefix_leak",
    title: "a router announces what it should not",
    models: "A mistake in an export policy, or a redistribution that it does not know of: a default route or somebody \
            else's prefix goes out as one's own, past the policies of the router's sessions.",
    shows: "Traffic for the prefix turns to the router and mostly ends there; the longest prefix wins, \
            whatever the path is like. Where the neighbour's import policy denies it, the neighbour says by which rule, and \
            nothing moves.",
    target: "a router with BGP",
    amount: Some(Amount {
        default: "0.0.0.0/0",
        meaning: "the prefix",
    }),
    candidates,
    plan,
};

fn plan(lab: &Blueprint, target: &Target, amount: &str) -> Result<Deed, PlanError> {
    let id = a_router(target)?;
    let prefix: ipnet::Ipv4Net = amount
        .parse()
        .map_err(|_| PlanError::amount(amount, "for example 10.0.0.0/8"))?;
    let prefix = prefix.trunc();
    let (mut leak, close) = past_export(lab, id, PrefixMatch::exactly(prefix))?;
    leak.push(speaker(id, SpeakerChange::Originate(Origination::new(prefix))));
    let mut stop = vec![speaker(id, SpeakerChange::Withdraw(vec![prefix]))];
    stop.extend(close);
    Ok(Deed::lasting(leak, stop))
}
