//! What the tables know of a peer.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;
use std::sync::Arc;

use ipnet::Ipv4Net;

use crate::kernel::Id;
use crate::proto::bgp::attribute::Attributes;
use crate::proto::bgp::negotiated::{Negotiated, PeerKind};
use crate::units::SimTime;

use super::config::PeerConfig;
use super::path::Source;

/// What a [`PeerId`] counts: the peers of one router.
#[derive(Debug)]
pub enum PeerRow {}

/// A peer of the router, in the order in which they were added.
pub type PeerId = Id<PeerRow>;

/// Looked at for every peer whenever something changes, so it holds no more than that takes.
#[derive(Debug, Clone)]
pub(super) struct Peer {
    pub(super) config: Arc<PeerConfig>,
    /// There while the session is established.
    pub(super) session: Option<Session>,
    /// How many prefixes have a path from it.
    pub(super) n_paths: u32,
    /// How many prefixes it has been told.
    pub(super) n_sent: u32,
    /// It announced too much, and its session is about to end.
    pub(super) over_limit: bool,
    /// It announced too much, which was told and has no other consequence.
    pub(super) was_told_of_limit: bool,
    /// When it may next be told something.
    pub(super) ready_at: SimTime,
}

#[derive(Debug, Clone)]
pub(super) struct Session {
    // The next two are those of what was negotiated, where they are at hand: they are asked of every peer for every prefix.
    pub(super) kind: PeerKind,
    pub(super) local_address: Ipv4Addr,
    pub(super) negotiated: Arc<Negotiated>,
    pub(super) subnet: Option<Ipv4Net>,
    /// It has sent End-of-RIB.
    pub(super) is_complete: bool,
}

/// What a path's attributes become on the way to the peer.
#[derive(Debug, Clone)]
pub(super) struct Translated {
    pub(super) source: Source,
    pub(super) rule: Option<u32>,
    pub(super) from: Arc<Attributes>,
    pub(super) to: Arc<Attributes>,
}

impl Peer {
    pub(super) fn new(config: Arc<PeerConfig>) -> Self {
        Self {
            config,
            session: None,
            n_paths: 0,
            n_sent: 0,
            over_limit: false,
            was_told_of_limit: false,
            ready_at: SimTime::START,
        }
    }
    pub(super) fn may_be_told(&self, now: SimTime) -> bool {
        self.ready_at <= now
    }
}

/// Prefixes of which peers are to hear when they may next be told something.
///
/// One for all peers: mostly it is empty, and then no peer has to be asked.
#[derive(Debug, Clone, Default)]
pub(super) struct Waiting(BTreeSet<(PeerId, Ipv4Net)>);

impl Waiting {
    pub(super) fn insert(&mut self, peer: PeerId, prefix: Ipv4Net) {
        self.0.insert((peer, prefix));
    }
    /// Whether something waits for a peer.
    pub(super) fn is_for(&self, peer: PeerId) -> bool {
        self.from(peer).is_some_and(|first| first == peer)
    }
    /// The peers for which something waits, in order.
    pub(super) fn peers(&self) -> impl Iterator<Item = PeerId> {
        core::iter::successors(self.from(Id::from_index(0)), |peer| self.from(after(*peer)))
    }
    /// Takes out what waits for a peer, in order.
    pub(super) fn take(&mut self, peer: PeerId) -> Vec<Ipv4Net> {
        let rest = self.0.range((peer, Ipv4Net::default())..);
        let its = rest.take_while(|(of, _)| *of == peer);
        let taken: Vec<Ipv4Net> = its.map(|(_, prefix)| *prefix).collect();
        for &prefix in &taken {
            self.0.remove(&(peer, prefix));
        }
        taken
    }
    /// The first peer for which something waits, from this one on.
    fn from(&self, peer: PeerId) -> Option<PeerId> {
        let mut rest = self.0.range((peer, Ipv4Net::default())..);
        rest.next().map(|(peer, _)| *peer)
    }
}

fn after(peer: PeerId) -> PeerId {
    Id::from_index(u32::try_from(peer.index() + 1).unwrap_or(u32::MAX))
}
