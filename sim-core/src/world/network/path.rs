//! Whole paths: `step` repeated, without waiting.

use crate::net::Fragmentation;
use crate::units::{SimTime, Span};
use crate::verdict::Refusal;

use super::step::{Packet, step_of};
use super::{Header, Hop, LinkRef, Network, Next, Place, Recipient, Step, Tracking};

/// How a path ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum PathEnd {
    /// The packet arrived.
    Delivered {
        /// At whom.
        to: Recipient,
        /// With which header; gateways may have rewritten it.
        header: Header,
    },
    /// The packet was dropped.
    Dropped(Refusal),
}

/// One packet's way through the network as it is at one instant.
#[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct Path {
    /// What happened at each place, the one where it ended included.
    pub hops: Vec<Hop>,
    /// How it ended.
    pub end: PathEnd,
}

impl Path {
    /// The sum of the delays.
    #[must_use]
    pub fn delay(&self) -> Span {
        self.hops.iter().fold(Span::ZERO, |sum, hop| sum + hop.delay)
    }
    /// The links that it crosses, in order; what a bulk flow on it shares with others.
    pub fn links(&self) -> impl Iterator<Item = LinkRef> {
        self.hops.iter().filter_map(|hop| hop.link)
    }
    /// Who received the packet, where it arrived.
    #[must_use]
    pub const fn delivered(&self) -> Option<(Recipient, Header)> {
        match self.end {
            PathEnd::Delivered { to, header } => Some((to, header)),
            PathEnd::Dropped(_) => None,
        }
    }
    /// Says better what stopped the packet, where it was dropped.
    pub(in crate::world) fn refine(&mut self, better: impl FnOnce(Refusal) -> Refusal) {
        let PathEnd::Dropped(refusal) = &mut self.end else {
            return;
        };
        let refined = better(*refusal);
        if refined != *refusal {
            *refusal = refined;
            if let Some(last) = self.hops.last_mut() {
                last.rule = refined.rule;
            }
        }
    }
    /// What stopped the packet, where it was dropped.
    #[must_use]
    pub const fn refusal(&self) -> Option<Refusal> {
        match self.end {
            PathEnd::Delivered { .. } => None,
            PathEnd::Dropped(refusal) => Some(refusal),
        }
    }
}

/// A packet's way, and that of the answer.
#[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct RoundTrip {
    /// There.
    pub forward: Path,
    /// And back, where the packet arrived.
    pub back: Option<Path>,
}

impl RoundTrip {
    /// What stopped the packet or the answer, where something did.
    #[must_use]
    pub fn refusal(&self) -> Option<Refusal> {
        match &self.back {
            None => self.forward.refusal(),
            Some(back) => back.refusal(),
        }
    }
    /// The hops of both ways, in order.
    pub fn hops(&self) -> impl Iterator<Item = &Hop> {
        let back = self.back.iter().flat_map(|back| &back.hops);
        self.forward.hops.iter().chain(back)
    }
    /// The sum of the delays of both ways.
    #[must_use]
    pub fn delay(&self) -> Span {
        self.forward.delay() + self.back.as_ref().map_or(Span::ZERO, Path::delay)
    }
    /// Who received the packet, where the packet and the answer both arrived.
    #[must_use]
    pub fn answered_by(&self) -> Option<Recipient> {
        self.back.as_ref()?.delivered()?;
        self.forward.delivered().map(|(to, _)| to)
    }
}

/// Follows a packet from `from` until it arrives or is dropped, by the tables as they are at `now`; but an end of a tunnel
/// takes it by a security association, too, that it has yet to hear of, as long as the message about it is on its way.
///
/// Ends for every network: the hop limit falls at everything that can send a packet round.
#[must_use]
pub fn walk(network: &Network, tracking: &mut Tracking, now: SimTime, from: Place, header: &Header) -> Path {
    let mut hops = Vec::new();
    let (mut at, mut header) = (from, *header);
    loop {
        let Step { hop, next } = step_of(network, (tracking, now), at, &header, Packet::Ahead);
        hops.push(hop);
        match next {
            Next::Forward {
                to,
                header: rewritten,
            } => (at, header) = (to, rewritten),
            Next::Deliver { to, header } => {
                return Path {
                    hops,
                    end: PathEnd::Delivered { to, header },
                };
            }
            Next::Drop(refusal) => {
                return Path {
                    hops,
                    end: PathEnd::Dropped(refusal),
                };
            }
        }
    }
}

/// Follows a packet to its recipient, and the answer from there back.
#[must_use]
pub fn round_trip(
    network: &Network,
    tracking: &mut Tracking,
    now: SimTime,
    from: Place,
    header: &Header,
) -> RoundTrip {
    let forward = walk(network, tracking, now, from, header);
    let back = forward.delivered().map(|(to, arrived)| {
        let mut reply = arrived.reply();
        // A SYN is answered with what the other end takes in, and what may not be cut with as much as it carried.
        reply.mss_bytes = arrived.mss_bytes.map(|_| network.end_mtu(to).mss());
        if header.fragmentation == Fragmentation::Forbidden {
            reply = reply.sized(header.size_bytes);
        }
        walk(network, tracking, now, to.origin(), &reply)
    });
    RoundTrip { forward, back }
}
