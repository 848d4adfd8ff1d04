//! What is asked of a session, checked and in the model's own terms.

use std::net::Ipv4Addr;

use crate::kernel::Jitter;
use crate::units::Span;

use super::super::attribute::{Asn, RouterId};
use super::super::negotiated::PeerKind;
use super::timer;

/// Who opens the TCP connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Initiative {
    /// Whoever comes first.
    #[default]
    Both,
    /// The peer alone: this end only listens.
    Passive,
}

/// Whether the peer stands on the other end of a link of this router.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Adjacency {
    /// It does; eBGP without multihop.
    #[default]
    Direct,
    /// Routers may stand between.
    Multihop,
}

/// Whether a direct eBGP session ends at once when its interface goes down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum FastFailover {
    /// At once; what routers do unless told otherwise.
    #[default]
    On,
    /// Not before the hold timer says so.
    Off,
}

/// How the segments of the connection are authenticated; TCP checks it, a session only words its advice by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Authentication {
    /// Not at all.
    #[default]
    None,
    /// By a key and RFC 2385 (MD5). A segment with another key's digest is dropped without an answer.
    Md5,
}

/// What is made of BFD's failure where graceful restart was agreed on: BFD that shares its fate with the control plane, as
/// all of the lab's does (its C bit is clear), cannot tell a path that is dead from a peer that restarts (RFC 5882
/// section 4.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum BfdFailure {
    /// The path is dead, and so are the peer's routes: RFC 5882 section 4.3.2.2, and FRR unless told otherwise.
    #[default]
    PathIsDead,
    /// The peer may be restarting: its routes are kept for its restart time, as Direct Connect does.
    MayBeRestart,
}

/// What this end does about graceful restart (RFC 4724).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum GracefulRestartMode {
    /// It does not announce it and keeps nothing.
    Off,
    /// It keeps the routes of a peer that restarts, and does not preserve its own forwarding; FRR's default.
    #[default]
    Helper,
    /// It also preserves its own forwarding while it restarts.
    Full,
}

/// Graceful restart in numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct GracefulRestartConfig {
    /// What this end does about it.
    pub mode: GracefulRestartMode,
    /// How long the peer should wait for this end to come back; up to 4095 s.
    pub restart_time: Span,
    /// How long after the end of the session stale routes are kept at most, whether the peer is back or not.
    pub stale_time: Span,
}

impl Default for GracefulRestartConfig {
    /// FRR's defaults: helper, 120 s, 360 s.
    fn default() -> Self {
        Self {
            mode: GracefulRestartMode::Helper,
            restart_time: Span::secs(120),
            stale_time: Span::secs(360),
        }
    }
}

/// Whether capabilities stand in OPEN (RFC 5492).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Capabilities {
    /// None at all: an old speaker, with AS numbers of two octets.
    None,
    /// IPv4 unicast, route refresh, AS numbers of four octets, and graceful restart if it is on.
    Offered(GracefulRestartConfig),
}

impl Default for Capabilities {
    fn default() -> Self {
        Self::Offered(GracefulRestartConfig::default())
    }
}

impl Capabilities {
    /// Graceful restart, where it is on.
    #[must_use]
    pub fn graceful_restart(&self) -> Option<GracefulRestartConfig> {
        match self {
            Self::None => None,
            Self::Offered(config) => match config.mode {
                GracefulRestartMode::Off => None,
                GracefulRestartMode::Helper | GracefulRestartMode::Full => Some(*config),
            },
        }
    }
}

/// The spans of a session's timers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Timers {
    /// The hold time proposed, in whole seconds; zero proposes none.
    pub hold: Span,
    /// The time between keepalives asked for; a third of the hold time at most is used.
    pub keepalive: Span,
    /// How long between attempts to open the TCP connection.
    pub connect_retry: Span,
    /// How long OPEN is held back once TCP is up; none for not at all.
    pub delay_open: Option<Span>,
    /// How long the session rests in Idle before it starts again.
    pub idle_hold: IdleHold,
    /// The jitter of connect retry, keepalive and idle hold.
    pub jitter: Jitter,
}

impl Default for Timers {
    fn default() -> Self {
        Self {
            hold: timer::HOLD,
            keepalive: timer::KEEPALIVE,
            connect_retry: timer::CONNECT_RETRY,
            delay_open: None,
            idle_hold: IdleHold::default(),
            jitter: timer::JITTER,
        }
    }
}

/// The damping of a peer that comes and goes (RFC 4271 §8.1.1, DampPeerOscillations).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct IdleHold {
    /// The rest after a session that ended without an error.
    pub initial: Span,
    /// The longest rest. Each error doubles the rest up to it; damping is off where it is not above `initial`.
    pub longest: Span,
    /// A session that was up for so long makes the errors before it forgotten.
    pub forget_after: Span,
}

impl Default for IdleHold {
    fn default() -> Self {
        Self {
            initial: timer::IDLE_HOLD,
            longest: timer::LONGEST_IDLE_HOLD,
            forget_after: timer::FORGET_AFTER,
        }
    }
}

/// Whether a peer may propose to do without a hold time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum ZeroHold {
    /// It may.
    #[default]
    Accepted,
    /// It may not, as with AWS Direct Connect.
    Refused,
}

/// Which hold times are accepted in a peer's OPEN.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct HoldPolicy {
    /// The smallest one, zero apart; three seconds at least.
    pub at_least: Span,
    /// What about zero.
    pub zero: ZeroHold,
}

impl Default for HoldPolicy {
    fn default() -> Self {
        Self {
            at_least: timer::SMALLEST_HOLD,
            zero: ZeroHold::Accepted,
        }
    }
}

/// What is asked of a session.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Config {
    /// The router's own AS.
    pub own_as: Asn,
    /// The AS that it says it is of towards this peer, where that is another (`local-as`).
    pub local_as: Option<Asn>,
    /// The AS that the peer has to be of.
    pub peer_as: Asn,
    /// The router's identifier.
    pub id: RouterId,
    /// The address of this end.
    pub local_address: Ipv4Addr,
    /// The address of the peer.
    pub peer_address: Ipv4Addr,
    /// Who opens the TCP connection.
    pub initiative: Initiative,
    /// Whether the peer is a neighbour on a link.
    pub adjacency: Adjacency,
    /// What an interface that goes down does to the session.
    pub fast_failover: FastFailover,
    /// What is made of BFD's failure where the peer may restart.
    pub bfd_failure: BfdFailure,
    /// How segments are authenticated.
    pub authentication: Authentication,
    /// What OPEN offers.
    pub capabilities: Capabilities,
    /// Which hold times are accepted.
    pub hold_policy: HoldPolicy,
    /// The timers.
    pub timers: Timers,
}

impl Config {
    /// A session from `local` to `peer` with what routers do unless told otherwise.
    #[must_use]
    pub fn new(id: RouterId, local: (Asn, Ipv4Addr), peer: (Asn, Ipv4Addr)) -> Self {
        Self {
            own_as: local.0,
            local_as: None,
            peer_as: peer.0,
            id,
            local_address: local.1,
            peer_address: peer.1,
            initiative: Initiative::default(),
            adjacency: Adjacency::default(),
            fast_failover: FastFailover::default(),
            bfd_failure: BfdFailure::default(),
            authentication: Authentication::default(),
            capabilities: Capabilities::default(),
            hold_policy: HoldPolicy::default(),
            timers: Timers::default(),
        }
    }
    /// The AS that this end says it is of.
    #[must_use]
    pub fn spoken_as(&self) -> Asn {
        self.local_as.unwrap_or(self.own_as)
    }
    /// Interior or exterior, by the router's own AS.
    #[must_use]
    pub fn kind(&self) -> PeerKind {
        if self.own_as == self.peer_as {
            PeerKind::Ibgp
        } else {
            PeerKind::Ebgp
        }
    }
}
