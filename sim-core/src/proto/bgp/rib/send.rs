//! From single changes to UPDATEs: what has the same attributes goes together.

use std::collections::BTreeMap;
use std::sync::Arc;

use ipnet::Ipv4Net;
use smallvec::SmallVec;

use crate::kernel::Dice;
use crate::proto::bgp::attribute::Attributes;
use crate::proto::bgp::message::{Prefixes, Update};
use crate::units::{SimTime, Span};

use super::message::Output;
use super::peer::{Peer, PeerId};

/// Something that a peer is to be told.
#[derive(Debug, Clone)]
pub(super) struct Change {
    pub(super) peer: PeerId,
    pub(super) prefix: Ipv4Net,
    /// What is said of the prefix; none where it is withdrawn.
    pub(super) attributes: Option<Arc<Attributes>>,
}

/// What peers are to be told in answer to one input: mostly a few things.
pub(super) type Changes = SmallVec<[Change; 8]>;

/// The octets of a message that prefixes may fill, header and lengths taken off (RFC 4271 §4).
const ROOM: usize = 4096 - 19 - 4;
/// The octets of a prefix at most.
const PREFIX: usize = 5;

/// Sends the changes, each peer's together, and begins the peers' intervals.
pub(super) fn flush(
    now: SimTime,
    peers: &mut [Peer],
    dice: Option<&mut Dice>,
    changes: &mut Changes,
    out: &mut Vec<Output>,
) {
    let mut dice = dice;
    // Stable, so that each peer hears of prefixes in the order in which they changed.
    changes.sort_by_key(|change| change.peer);
    for told in changes.chunk_by(|a, b| a.peer == b.peer) {
        let peer = told[0].peer;
        match told {
            [change] => out.push(Output::Send(peer, single(change))),
            _ => pack(told, |update| out.push(Output::Send(peer, update))),
        }
        let row = &mut peers[peer.index()];
        let mrai = row.config.mrai;
        if !mrai.is_zero() {
            row.ready_at = now + jittered(mrai, dice.as_deref_mut());
        }
    }
    changes.clear();
}

/// RFC 4271 §10: between three quarters of the interval and the whole of it; the whole without dice.
fn jittered(mrai: Span, dice: Option<&mut Dice>) -> Span {
    let shortest = Span::nanos(mrai.as_nanos() / 4 * 3);
    dice.map_or(mrai, |dice| dice.span_between(shortest, mrai))
}

fn single(change: &Change) -> Update {
    let prefix = Prefixes::from_elem(change.prefix, 1);
    match &change.attributes {
        None => Update {
            withdrawn: prefix,
            ..Update::default()
        },
        Some(attributes) => Update {
            announced: prefix,
            attributes: Some(attributes.clone()),
            ..Update::default()
        },
    }
}

fn pack(told: &[Change], mut send: impl FnMut(Update)) {
    let gone = told.iter().filter(|change| change.attributes.is_none());
    let gone: Vec<Ipv4Net> = gone.map(|change| change.prefix).collect();
    for withdrawn in gone.chunks(ROOM / PREFIX) {
        send(Update {
            withdrawn: withdrawn.into(),
            ..Update::default()
        });
    }
    let mut groups: Vec<(&Arc<Attributes>, Vec<Ipv4Net>)> = Vec::new();
    let mut by_attributes: BTreeMap<&Attributes, usize> = BTreeMap::new();
    for change in told {
        let Some(attributes) = &change.attributes else {
            continue;
        };
        match groups.last_mut() {
            Some((last, prefixes)) if Arc::ptr_eq(last, attributes) => prefixes.push(change.prefix),
            Some(_) | None => {
                let place = *by_attributes.entry(attributes).or_insert(groups.len());
                match groups.get_mut(place) {
                    Some((_, prefixes)) => prefixes.push(change.prefix),
                    None => groups.push((attributes, vec![change.prefix])),
                }
            }
        }
    }
    for (attributes, prefixes) in groups {
        let room = ROOM.saturating_sub(octets(attributes)) / PREFIX;
        for announced in prefixes.chunks(room.max(1)) {
            send(Update {
                announced: announced.into(),
                attributes: Some(attributes.clone()),
                ..Update::default()
            });
        }
    }
}

/// The octets that the attributes take on the wire at most, AS4_PATH and AS4_AGGREGATOR included.
fn octets(attributes: &Attributes) -> usize {
    let segments = attributes.as_path.segments();
    // Two octets wide and four octets wide, where the peer does not know better.
    let as_path: usize = segments.iter().map(|segment| 4 + 6 * segment.asns.len()).sum();
    let unknown: usize = attributes
        .unknown
        .iter()
        .map(|unknown| 4 + unknown.value.len())
        .sum();
    // The attributes of fixed length with their headers, and the headers of the others.
    let fixed = 4 + 7 + 7 + 7 + 3 + 9 + 11 + 7 + 5 * 4;
    fixed
        + as_path
        + 4 * attributes.communities.len()
        + 4 * attributes.cluster_list.len()
        + 12 * attributes.large_communities.len()
        + unknown
}
