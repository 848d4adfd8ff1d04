//! What the two ends of a session found that they have in common.

use std::net::Ipv4Addr;

use crate::units::Span;

use super::attribute::{Asn, RouterId};
use super::message::GracefulRestart;

/// Whether the two ends are in one AS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum PeerKind {
    /// Interior: both in one AS.
    Ibgp,
    /// Exterior: in two.
    Ebgp,
}

/// How many octets an AS number has in AS_PATH and AGGREGATOR on this session (RFC 6793).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AsWidth {
    /// Two: the peer knows no better, and says the rest in AS4_PATH and AS4_AGGREGATOR.
    Two,
    /// Two: this end did not say that it knows better, and the peer did. What it says in AS4_PATH and AS4_AGGREGATOR is
    /// not looked at, as with FRR, for a speaker of four octets has no business to send them (RFC 6793 §4.1).
    Narrowed,
    /// Four.
    Four,
}

/// What holds for an established session.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Negotiated {
    /// Interior or exterior.
    pub kind: PeerKind,
    /// The AS that the local end speaks as, which `local-as` may have changed.
    pub local_as: Asn,
    /// The peer's AS.
    pub peer_as: Asn,
    /// The peer's identifier.
    pub peer_id: RouterId,
    /// The address at the local end: what eBGP announces as next hop.
    pub local_address: Ipv4Addr,
    /// The peer's address.
    pub peer_address: Ipv4Addr,
    /// The hold time, the smaller of the two; none for zero.
    pub hold_time: Option<Span>,
    /// The time between keepalives; none without a hold time.
    pub keepalive: Option<Span>,
    /// The width of AS numbers.
    pub as_width: AsWidth,
    /// Whether the peer sends its routes again when asked.
    pub route_refresh: bool,
    /// What the peer says of its restarts, where it says something.
    pub graceful_restart: Option<GracefulRestart>,
}
