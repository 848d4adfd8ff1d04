//! The timers of a session: their defaults, and the deadlines of a connection.
//!
//! A deadline is stored where it is needed and compared when somebody looks. The hold timer is the instant of the
//! last message and a span, so that a message costs a store and no timer is moved for it; see [`Session::next_wake`].
//!
//! [`Session::next_wake`]: super::Session::next_wake

use crate::kernel::{Heartbeat, Jitter};
use crate::units::{Ppm, SimTime, Span};

/// HoldTime proposed unless told otherwise.
/// # Source
/// RFC 4271 §10.
pub const HOLD: Span = Span::secs(90);
/// KeepaliveTime: a third of the hold time.
/// # Source
/// RFC 4271 §10.
pub const KEEPALIVE: Span = Span::secs(30);
/// ConnectRetryTime.
/// # Source
/// RFC 4271 §10.
pub const CONNECT_RETRY: Span = Span::secs(120);
/// The shortest time between attempts to open TCP, whatever is asked for: an attempt can fail at once.
pub const SHORTEST_CONNECT_RETRY: Span = Span::millis(100);
/// The hold time while the peer's OPEN is awaited: "a HoldTimer value of 4 minutes is suggested".
/// # Source
/// RFC 4271 §8.2.2.
pub const OPEN_HOLD: Span = Span::minutes(4);
/// The smallest hold time but zero.
/// # Source
/// RFC 4271 §4.2.
pub const SMALLEST_HOLD: Span = Span::secs(3);
/// The rest in Idle before an automatic start.
/// # Fidelity
/// The RFC leaves it open; a second is what FRR takes (`BGP_INIT_START_TIMER`).
pub const IDLE_HOLD: Span = Span::secs(1);
/// The longest rest of a peer that is damped.
/// # Fidelity
/// Two minutes, as in FRR (`bgp_fsm.c`: `bgp_stop_with_error`, 8.4.4) and in the RFC's example (RFC 4271 §8.1.1).
pub const LONGEST_IDLE_HOLD: Span = Span::secs(120);
/// How long a session has to be up for its earlier errors to be forgotten.
/// # Fidelity
/// Left open by the RFC; implementations differ.
pub const FORGET_AFTER: Span = Span::secs(30);
/// The jitter of all timers that have one: 75 to 100 %.
/// # Source
/// RFC 4271 §10.
pub const JITTER: Jitter = Jitter {
    least: Ppm::percent(75),
    most: Ppm::ONE,
};

/// A timer of a session. "When …" says what its end means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Timer {
    /// When the peer was silent for the hold time.
    Hold,
    /// When the peer has to hear that this end is there.
    Keepalive,
    /// When TCP is tried again.
    ConnectRetry,
    /// When OPEN is held back no longer.
    DelayOpen,
    /// When the rest in Idle is over.
    IdleHold,
    /// When a session that was stopped for too many prefixes starts again.
    Restart,
    /// When a peer that restarts has not come back in the time that it promised.
    PeerRestart,
    /// When stale routes are kept no longer.
    Stale,
}

/// The timers of one connection that run; those that do not are `None`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(super) struct Deadlines {
    pub(super) connect_retry_at: Option<SimTime>,
    pub(super) delay_open_at: Option<SimTime>,
    /// The hold time; it runs from `heard_at`.
    pub(super) hold: Option<Span>,
    /// When a message came that shows that the peer is there.
    pub(super) heard_at: SimTime,
    pub(super) keepalive: Option<Heartbeat>,
}

impl Deadlines {
    pub(super) fn hold_at(&self) -> Option<SimTime> {
        Some(self.heard_at + self.hold?)
    }
    pub(super) fn keepalive_at(&self) -> Option<SimTime> {
        Some(self.keepalive.as_ref()?.due_at())
    }
}
