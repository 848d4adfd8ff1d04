//! What the tables know of a peer.

use std::collections::BTreeSet;
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
    /// What has to be looked at again when it may next be told something.
    pub(super) waiting: BTreeSet<Ipv4Net>,
    /// When it may next be told something.
    pub(super) ready_at: SimTime,
    /// The last translation, because many prefixes share their attributes.
    pub(super) translated: Option<Translated>,
}

#[derive(Debug, Clone)]
pub(super) struct Session {
    /// That of what was negotiated, where it is at hand: it is asked of every peer for every prefix.
    pub(super) kind: PeerKind,
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
            waiting: BTreeSet::new(),
            ready_at: SimTime::START,
            translated: None,
        }
    }
    pub(super) fn may_be_told(&self, now: SimTime) -> bool {
        self.ready_at <= now
    }
}
