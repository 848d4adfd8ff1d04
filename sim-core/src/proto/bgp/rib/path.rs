//! One path to a prefix, with what the decision process looks at made ready.

use std::net::Ipv4Addr;
use std::sync::Arc;

use crate::proto::bgp::attribute::{Asn, Attributes, Origin, RouterId};
use crate::proto::bgp::negotiated::{Negotiated, PeerKind};
use crate::units::SimTime;

use super::config::{Config, Options};
use super::decision::DecidedBy;
use super::message::{Chosen, Hop};
use super::peer::PeerId;

/// Where a path came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Source {
    /// The router originates the prefix.
    Local,
    /// The router sums up what lies within the prefix.
    Aggregate,
    /// A peer announced it.
    Peer(PeerId),
}

/// Whether the peer still stands by a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Freshness {
    /// It does.
    Fresh,
    /// It is sending its routes once more and has not come to this one (RFC 7313).
    Refreshing,
    /// Its session was lost and it has not announced it again (RFC 4724).
    Stale,
}

/// The weight of the router's own paths, as FRR has it.
pub(super) const OWN_WEIGHT: u32 = 32_768;

/// A path to a prefix.
#[derive(Debug, Clone)]
pub(super) struct Path {
    pub(super) source: Source,
    /// After import policy.
    pub(super) attributes: Arc<Attributes>,
    /// The cost to the next hop; none if there is no way.
    pub(super) metric: Option<u32>,
    pub(super) freshness: Freshness,
    /// When it came as it is.
    pub(super) since: SimTime,
    /// The rule of the import policy that let it in.
    pub(super) rule: Option<u32>,
    pub(super) rank: Rank,
    /// It is the one in use.
    pub(super) selected: bool,
    /// It is used along with the best.
    pub(super) multipath: bool,
    /// It lost within its neighbour AS in the decision under way.
    pub(super) beaten: bool,
    /// What it was compared with and lost to in the latest decision.
    pub(super) lost: Option<Defeat>,
}

/// A comparison that was lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Defeat {
    /// The path that was preferred, by where it came from.
    pub(super) to: Source,
    /// The step that decided.
    pub(super) by: DecidedBy,
}

/// What the decision process compares, read from the attributes once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Rank {
    pub(super) weight: u32,
    pub(super) local_pref: u32,
    pub(super) n_hops: u32,
    pub(super) origin: Origin,
    /// With a missing one replaced.
    pub(super) med: u32,
    pub(super) neighbour: Option<Asn>,
    pub(super) kind: Kind,
    /// ORIGINATOR_ID, or the identifier of the peer.
    pub(super) router_id: RouterId,
    pub(super) n_clusters: u32,
    pub(super) peer_address: Ipv4Addr,
    pub(super) peer_as: Asn,
}

/// From the router itself, or over which kind of session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Own,
    External,
    Internal,
}

impl Rank {
    fn new(options: &Options, attributes: &Attributes, weight: u32) -> Self {
        let no_med = if options.missing_med_worst { u32::MAX } else { 0 };
        Self {
            weight,
            local_pref: attributes.local_pref.unwrap_or(options.default_local_pref),
            n_hops: attributes.as_path.n_hops(),
            origin: attributes.origin,
            med: attributes.med.unwrap_or(no_med),
            neighbour: attributes.as_path.neighbour(),
            kind: Kind::Own,
            router_id: RouterId(Ipv4Addr::UNSPECIFIED),
            n_clusters: attributes.cluster_list.len() as u32,
            peer_address: Ipv4Addr::UNSPECIFIED,
            peer_as: Asn(0),
        }
    }
    /// Of the router's own path.
    pub(super) fn own(config: &Config, attributes: &Attributes, weight: u32) -> Self {
        Self {
            router_id: config.id,
            peer_as: config.asn,
            ..Self::new(&config.options, attributes, weight)
        }
    }
    /// Of a path from a peer.
    pub(super) fn of(options: &Options, from: &Negotiated, attributes: &Attributes, weight: u32) -> Self {
        let kind = match from.kind {
            PeerKind::Ebgp => Kind::External,
            PeerKind::Ibgp => Kind::Internal,
        };
        Self {
            kind,
            router_id: attributes.originator_id.unwrap_or(from.peer_id),
            peer_address: from.peer_address,
            peer_as: from.peer_as,
            ..Self::new(options, attributes, weight)
        }
    }
}

impl Path {
    /// One that has just come, not yet decided upon.
    pub(super) fn new(source: Source, attributes: Arc<Attributes>, rank: Rank, since: SimTime) -> Self {
        Self {
            source,
            attributes,
            metric: Some(0),
            freshness: Freshness::Fresh,
            since,
            rule: None,
            rank,
            selected: false,
            multipath: false,
            beaten: false,
            lost: None,
        }
    }
    pub(super) fn is_valid(&self) -> bool {
        self.metric.is_some()
    }
    pub(super) fn chosen(&self) -> Chosen {
        let (source, next_hop) = (self.source, self.attributes.next_hop);
        Chosen { source, next_hop }
    }
    /// Its next hop; none for the router's own.
    pub(super) fn hop(&self) -> Option<Hop> {
        match self.source {
            Source::Local | Source::Aggregate => None,
            Source::Peer(peer) => Some(Hop {
                address: self.attributes.next_hop,
                peer,
                metric: self.metric?,
            }),
        }
    }
}
