//! A link that carries smaller packets than its ends believe.

use crate::fault::{Amount, Deed, FaultKind, PlanError, Target};
use crate::net::Mtu;
use crate::site::{LinkChange, RouterChange};
use crate::world::blueprint::Blueprint;

use super::levers::{a_link, link, router, row};
use super::pick::links as candidates;

/// The kind.
pub(in crate::fault) const KIND: FaultKind = FaultKind {
    name: "mtu_lowered",
    title: "a link carries smaller packets",
    models: "A provider who moves the circuit to other equipment, a tunnel or a label that somebody adds on the way: \
             the interfaces at both ends go on with the MTU that they had.",
    shows: "Sessions, pings and small requests go on; full segments and large datagrams vanish, and nobody is told: an \
            MTU black hole.",
    target: "a link",
    amount: Some(Amount {
        default: "1400",
        meaning: "the largest packet that it carries, in bytes",
    }),
    candidates,
    plan,
};

fn plan(lab: &Blueprint, target: &Target, amount: &str) -> Result<Deed, PlanError> {
    let id = a_link(target)?;
    let own = row(lab, id)?;
    let mtu = amount.parse().ok().and_then(|bytes: u16| Mtu::new(bytes));
    let range = || format!("an MTU is {} to {} bytes", Mtu::SMALLEST, Mtu::LARGEST);
    let mtu = mtu.ok_or_else(|| PlanError::amount(amount, range()))?;
    // The interfaces keep what they take the link to carry.
    let keep = [own.a, own.b].into_iter().filter_map(|interface| {
        let row = lab.routing.interfaces.get(interface)?;
        let mtu = row.mtu.unwrap_or(own.mtu);
        Some(router(row.router, RouterChange::Mtu { interface, mtu }))
    });
    let mut breaks: Vec<_> = keep.collect();
    breaks.push(link(id, LinkChange::Mtu(mtu)));
    Ok(Deed::lasting(breaks, vec![link(id, LinkChange::Mtu(own.mtu))]))
}
