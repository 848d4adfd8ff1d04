//! How large packets may be on a way, where it is narrowest, and whether its sender finds that out.

use serde::Serialize;

use crate::net::Mtu;
use crate::net::mtu::TCP_HEADERS;
use crate::verdict::Rule;
use crate::world::World;
use crate::world::network::{Header, MOST_STEPS, Place, Told, Tracking, discover, walk};

use super::wording::thing_text;

/// What comes of path MTU discovery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Discovery {
    /// What the sender sends, of itself or as it is asked to, fits: there is nothing to find out.
    NotNeeded,
    /// The sender hears that its packets are too large, and sends smaller ones.
    Works,
    /// It does not: its large packets vanish.
    BlackHole,
}

/// How large packets may be on a way.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
pub struct WayMtu {
    /// The largest that arrives whole.
    pub mtu_bytes: u16,
    /// Where larger ones end; none where the sender sends none.
    pub narrowest: Option<String>,
    /// Whether the sender finds out.
    pub discovery: Discovery,
    /// Where it does not: what drops large packets silently, or keeps the message from it.
    pub silenced_by: Option<String>,
    /// Of TCP, the data of the largest segment that the sender sends after the connection's beginning.
    pub mss_bytes: Option<u16>,
}

/// What is asked of a way: its beginning, and a packet in the middle of a conversation that the filters know.
#[derive(Debug, Clone, Copy)]
pub(super) struct Way {
    pub(super) from: Place,
    pub(super) header: Header,
    /// The largest packet that the sender's own interface takes.
    pub(super) largest: Mtu,
    /// How large its packets are, in bytes, where somebody asks for such.
    pub(super) asked: Option<u16>,
}

/// How large packets may be on a way; none where even a small one does not arrive.
pub(super) fn way_mtu(world: &World, tracking: &mut Tracking, way: &Way) -> Option<WayMtu> {
    let (network, names, now) = (world.network(), world.names(), world.now());
    let Way {
        from,
        header,
        largest,
        asked,
    } = *way;
    let (mut mtu_bytes, mut narrowest, mut arrives) = (largest.bytes(), None, false);
    for _ in 0..MOST_STEPS {
        let path = walk(network, tracking, now, from, &header.sized(mtu_bytes));
        let Some(refusal) = path.refusal() else {
            arrives = true;
            break;
        };
        let Some(Rule::Mtu {
            at, mtu_bytes: less, ..
        }) = refusal.rule
        else {
            return None;
        };
        (mtu_bytes, narrowest) = (less, Some(at));
    }
    let sent = header.mss_bytes.map(|mss| mss.saturating_add(TCP_HEADERS));
    let sent = asked.or(sent).unwrap_or(largest.bytes());
    let (found, path) = discover(network, tracking, now, from, &header.sized(sent));
    let silenced_by = path.refusal().and_then(|refusal| {
        let told = network.told(now, from, header.flow.source, refusal.rule?);
        Some(match told {
            Told::Heard | Told::Withheld => refusal.at,
            Told::Lost(lost) => lost.at,
        })
    });
    arrives.then(|| WayMtu {
        mtu_bytes,
        narrowest: narrowest.map(|at| thing_text(at, names)),
        discovery: match silenced_by {
            Some(_) => Discovery::BlackHole,
            None if found == sent => Discovery::NotNeeded,
            None => Discovery::Works,
        },
        silenced_by: silenced_by.map(|at| thing_text(at, names)),
        mss_bytes: header.mss_bytes,
    })
}
