//! More prefixes than a peer takes.

use std::net::Ipv4Addr;

use ipnet::Ipv4Net;

use crate::fault::{Amount, Deed, FaultKind, PlanError, Target};
use crate::proto::bgp::policy::PrefixMatch;
use crate::world::blueprint::Blueprint;
use crate::world::routing::{Origination, SpeakerChange};

use super::levers::{a_router, past_export, speaker};
use super::pick::speakers as candidates;

/// The kind.
pub(in crate::fault) const KIND: FaultKind = FaultKind {
    name: "prefix_flood",
    title: "a router announces too much",
    models: "A summary that is lost, or a filter: every small prefix goes out by itself, past the export policies of the \
            router's sessions, more than the other side takes.",
    shows: "Beyond the limit the other side ends the session with Cease, Maximum Number of Prefixes Reached; \
            it flaps, or stays down until it is cleared. Where the neighbour's import policy denies them, the neighbour \
            says by which rule, and nothing is counted.",
    target: "a router with BGP",
    amount: Some(Amount {
        default: "101",
        meaning: "how many prefixes, out of 198.18.0.0/15, which is kept for tests (RFC 2544)",
    }),
    candidates,
    plan,
};

/// The most prefixes at once: each is a lever.
const MOST: u32 = 2_000;
/// Kept for tests (RFC 2544).
const BLOCK: Ipv4Net = Ipv4Net::new_assert(Ipv4Addr::new(198, 18, 0, 0), 15);
/// The length of each prefix.
const LENGTH: u8 = 29;

fn plan(lab: &Blueprint, target: &Target, amount: &str) -> Result<Deed, PlanError> {
    let id = a_router(target)?;
    let n: u32 = amount
        .parse()
        .map_err(|_| PlanError::amount(amount, "a number of prefixes"))?;
    if n == 0 || n > MOST {
        return Err(PlanError::amount(amount, format!("from 1 to {MOST}")));
    }
    let prefixes: Vec<Ipv4Net> = BLOCK
        .subnets(LENGTH)
        .into_iter()
        .flatten()
        .take(n as usize)
        .collect();
    let all = PrefixMatch {
        prefix: BLOCK,
        ge: Some(LENGTH),
        le: Some(LENGTH),
    };
    let (mut flood, close) = past_export(lab, id, all)?;
    let each = prefixes.iter().copied();
    flood.extend(each.map(|prefix| speaker(id, SpeakerChange::Originate(Origination::new(prefix)))));
    let mut stop = vec![speaker(id, SpeakerChange::Withdraw(prefixes))];
    stop.extend(close);
    Ok(Deed::lasting(flood, stop))
}
