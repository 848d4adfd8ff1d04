//! More prefixes than a peer takes.

use crate::fault::{Amount, Deed, FaultKind, PlanError, Target};
use crate::world::blueprint::Blueprint;
use crate::world::routing::{Origination, SpeakerChange};

use super::levers::{a_router, speaker};
use super::pick::speakers as candidates;

/// The kind.
pub(in crate::fault) const KIND: FaultKind = FaultKind {
    name: "prefix_flood",
    title: "a router announces too much",
    models: "A summary that is lost: every small prefix goes out by itself, more than the other side takes.",
    shows: "Beyond the limit the other side ends the session with Cease, Maximum Number of Prefixes Reached; \
            it flaps, or stays down until it is cleared.",
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
const FIRST: u32 = 0xC612_0000;

fn plan(_: &Blueprint, target: &Target, amount: &str) -> Result<Deed, PlanError> {
    let id = a_router(target)?;
    let n: u32 = amount
        .parse()
        .map_err(|_| PlanError::amount(amount, "a number of prefixes"))?;
    if n == 0 || n > MOST {
        return Err(PlanError::amount(amount, format!("from 1 to {MOST}")));
    }
    let prefixes: Vec<ipnet::Ipv4Net> = (0..n)
        .filter_map(|place| ipnet::Ipv4Net::new((FIRST + place * 8).into(), 29).ok())
        .collect();
    let each = prefixes
        .iter()
        .map(|prefix| SpeakerChange::Originate(Origination::new(*prefix)));
    let flood = each.map(|change| speaker(id, change)).collect();
    Ok(Deed::lasting(
        flood,
        vec![speaker(id, SpeakerChange::Withdraw(prefixes))],
    ))
}
