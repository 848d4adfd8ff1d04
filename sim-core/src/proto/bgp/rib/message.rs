//! What the tables are told, what they answer, and whom they ask.

use std::net::Ipv4Addr;
use std::sync::Arc;

use ipnet::Ipv4Net;
use serde::{Deserialize, Serialize};

use crate::proto::bgp::attribute::{Asn, Attributes};
use crate::proto::bgp::message::Update;
use crate::proto::bgp::negotiated::Negotiated;
use crate::proto::bgp::policy::Policy;
use crate::units::SimTime;

use super::config::{LimitAction, MaxPrefix};
use super::decision::DecidedBy;
use super::path::Source;
use super::peer::PeerId;

/// Something that happens to the tables.
#[derive(Debug, Clone)]
pub enum Input {
    /// A session is established.
    PeerUp {
        /// With whom.
        peer: PeerId,
        /// What holds on it.
        negotiated: Arc<Negotiated>,
        /// The prefix of the link that it runs over, which decides whether third-party next hops may be announced.
        subnet: Option<Ipv4Net>,
    },
    /// A session is gone.
    PeerDown {
        /// With whom.
        peer: PeerId,
        /// What becomes of what the peer announced.
        routes: Fate,
    },
    /// A peer announced and withdrew prefixes; End-of-RIB comes as [`Input::EndOfRib`].
    Update {
        /// Which.
        peer: PeerId,
        /// What it said, after RFC 7606.
        update: Update,
    },
    /// A peer has sent all its routes once (RFC 4724 §2).
    EndOfRib(PeerId),
    /// A peer wants all routes once more (RFC 2918).
    RefreshRequested(PeerId),
    /// A peer begins to send its routes once more (RFC 7313 §4).
    RefreshBegun(PeerId),
    /// A peer has sent its routes once more; what was not among them is gone (RFC 7313 §4).
    RefreshEnded(PeerId),
    /// The router announces a prefix of its own, or changes what it says of it. The next hop is of no meaning.
    Originate(Ipv4Net, Arc<Attributes>),
    /// The router no longer announces a prefix of its own.
    Withdraw(Ipv4Net),
    /// A policy is replaced and applied.
    SetPolicy {
        /// To whose session.
        peer: PeerId,
        /// Which way.
        direction: Direction,
        /// The policy from now on.
        policy: Option<Arc<Policy>>,
    },
    /// The import policy is applied once more, to the routes kept or to those the peer is asked for.
    SoftIn(PeerId),
    /// Everything is sent to the peer once more.
    SoftOut(PeerId),
    /// Ways to next hops may have changed.
    NextHopsChanged,
    /// The peer has not come back, or has not finished, in time: its stale routes go.
    StaleExpired(PeerId),
    /// The router restarts with its forwarding state kept: no path is selected before every restarting peer's
    /// End-of-RIB, or this instant (RFC 4724 §4.1).
    Restarting {
        /// The latest instant.
        until: SimTime,
    },
    /// An instant named by [`Rib::next_wake`](super::Rib::next_wake) may have come.
    Wake,
}

/// What becomes of a peer's routes when its session ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fate {
    /// They go.
    Dropped,
    /// They stay in use and are marked stale (RFC 4724 §4.2).
    Kept,
}

/// From a peer or to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// From it.
    Import,
    /// To it.
    Export,
}

/// Something that the tables want done or known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// An UPDATE for the peer, small enough for one message. The empty one is End-of-RIB.
    Send(PeerId, Update),
    /// The routes sent to the peer in answer to its request begin or end here; for peers that know RFC 7313.
    MarkRefresh(PeerId, RefreshMark),
    /// The peer is to be asked for its routes (RFC 2918).
    AskRefresh(PeerId),
    /// How packets to the prefix are forwarded has changed.
    Fib(Ipv4Net, Forward),
    /// A peer announced too much, and the session is to act.
    MaxPrefix(PeerId, MaxPrefix),
    /// Something worth telling.
    Notice(Notice),
}

/// Which end of a refresh.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RefreshMark {
    /// Its beginning (BoRR).
    Begin,
    /// Its end (EoRR).
    End,
}

/// What BGP knows of forwarding to a prefix.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub enum Forward {
    /// Nothing: no path, or the router's own prefix.
    #[default]
    Nowhere,
    /// Packets that match nothing within the aggregate are dropped.
    Discard,
    /// To the next hop of the best path, and to those of paths as good.
    Via {
        /// The best path's.
        best: Hop,
        /// Of the other paths in the multipath set, by address, each address once.
        others: Vec<Hop>,
    },
}

/// A way out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hop {
    /// The next hop.
    pub address: Ipv4Addr,
    /// The peer that announced it.
    pub peer: PeerId,
    /// The cost of the way to it.
    pub metric: u32,
}

/// Something that happened in the tables.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Notice {
    /// Another path is used, or the one used says something else.
    BestChanged {
        /// The prefix.
        prefix: Ipv4Net,
        /// The path used before; none where there was none.
        from: Option<Chosen>,
        /// The path used now; none where there is none.
        to: Option<Chosen>,
        /// The step that put it before the next best.
        decided_by: Option<DecidedBy>,
        /// The step at which the path used before loses to it, if that path is still there and does.
        lacked: Option<DecidedBy>,
    },
    /// A prefix announced by a peer is not used.
    Refused {
        /// The peer.
        peer: PeerId,
        /// The prefix.
        prefix: Ipv4Net,
        /// Why.
        why: Refusal,
    },
    /// A path is kept but cannot be used, because there is no way to its next hop.
    Unreachable {
        /// The peer that announced it.
        peer: PeerId,
        /// The prefix.
        prefix: Ipv4Net,
        /// The next hop.
        next_hop: Ipv4Addr,
    },
    /// A peer announced more prefixes than it may.
    LimitReached {
        /// The peer.
        peer: PeerId,
        /// How many it may.
        limit: u32,
        /// What follows.
        action: LimitAction,
    },
    /// A peer's path came, or came otherwise, and another one is better.
    Lost {
        /// The peer that announced it.
        peer: PeerId,
        /// The prefix.
        prefix: Ipv4Net,
        /// The path that it loses to: the best, or a better one of the same neighbour AS where that is settled first.
        to: Chosen,
        /// The step by which.
        lacked: DecidedBy,
        /// What is made of it all the same.
        used: Used,
    },
    /// A session is up over which nothing goes one way, because there is no policy and one is required (RFC 8212).
    NoPolicy {
        /// The peer.
        peer: PeerId,
        /// Which way.
        direction: Direction,
    },
    /// Paths of a peer's are gone: its session ended, or it took several back at once.
    Withdrawn {
        /// The peer.
        peer: PeerId,
        /// How many.
        prefixes: u32,
    },
    /// Packets go by other paths than before along with the best, and no other notice tells.
    WaysChanged {
        /// The prefix.
        prefix: Ipv4Net,
        /// The best path.
        best: Chosen,
        /// What is used along with it, by address; nothing where it is alone.
        along: Vec<Chosen>,
        /// What was used until now and is not any more.
        left: Vec<Chosen>,
    },
    /// The path used before loses, but not to the one that is used now, which it would beat.
    Outdone {
        /// The prefix.
        prefix: Ipv4Net,
        /// The path used before.
        path: Chosen,
        /// The path that it loses to.
        to: Chosen,
        /// The step by which.
        lacked: DecidedBy,
    },
}

/// What is made of a path that is not the best.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Used {
    /// Nothing: it is kept for the day when the better ones go.
    NotUsed,
    /// Packets go by it, too, as by the best.
    AlongWithBest,
}

impl Hop {
    /// The path that leads there.
    pub(super) const fn chosen(&self) -> Chosen {
        Chosen {
            source: Source::Peer(self.peer),
            next_hop: self.address,
        }
    }
}

/// The path in use, and where it leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Chosen {
    /// Where it came from.
    pub source: Source,
    /// Its next hop; unspecified for the router's own.
    pub next_hop: Ipv4Addr,
}

/// Why a prefix that a peer announced is not used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Refusal {
    /// Its AS_PATH holds the own AS more often than allowed (RFC 4271 §9).
    AsLoop {
        /// The AS that is there.
        asn: Asn,
        /// How often.
        times: u32,
    },
    /// This router brought it into the AS (RFC 4456 §8).
    OwnOriginator,
    /// It has been through this router's cluster (RFC 4456 §8).
    OwnCluster,
    /// The import policy denies it.
    Policy {
        /// The rule that decided; none for the default.
        rule: Option<u32>,
    },
    /// There is no import policy, and one is required (RFC 8212).
    NoPolicy,
    /// Its next hop is this router.
    OwnNextHop,
    /// The peer had announced as much as it may.
    OverLimit,
}

impl core::fmt::Display for Refusal {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::AsLoop { asn, times } => {
                let often = if *times == 1 {
                    "is".to_owned()
                } else {
                    format!("is {times} times")
                };
                write!(f, "AS {asn} {often} in its AS_PATH already")
            }
            Self::OwnOriginator => f.write_str("this router brought it into the AS"),
            Self::OwnCluster => f.write_str("it has been through this router's cluster"),
            Self::Policy { rule: Some(rule) } => {
                write!(f, "rule {} of the import policy denies it", rule + 1)
            }
            Self::Policy { rule: None } => f.write_str("the import policy's default denies it"),
            Self::NoPolicy => f.write_str("there is no import policy, and one is required (RFC 8212)"),
            Self::OwnNextHop => f.write_str("its next hop is this router"),
            Self::OverLimit => f.write_str("the peer has announced as much as it may"),
        }
    }
}

/// What knows the ways to next hops: the router's tables, whatever they are made of.
pub trait NextHops {
    /// The way to `address`, if there is one that does not itself come from BGP.
    fn resolve(&self, address: Ipv4Addr) -> Option<Resolved>;
    /// Whether `address` is one of the router's own.
    fn is_own(&self, address: Ipv4Addr) -> bool;
}

/// The way to a next hop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Resolved {
    /// What it costs; 0 on a connected link.
    pub metric: u32,
    /// Whether it is on a connected link.
    pub connected: bool,
}
