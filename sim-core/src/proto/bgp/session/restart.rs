//! Graceful restart as the one that keeps the routes sees it.
//!
//! ```text
//!               session ends, peer may restart         session is up, forwarding preserved
//!   (nothing) ───────────────────────────▶ AwaitsPeer ───────────────────────▶ AwaitsEndOfRib
//!       ▲                                    │ restart time over                   │ End-of-RIB
//!       └────────────────────────────────────┴ not preserved, stopped,            ┴ stale time over
//!                                               or stale time over
//! ```
//!
//! Both times begin when the session is lost, as with FRR: the peer's own restart time bounds how long it is waited for,
//! the stale time how long its routes are kept altogether, which RFC 4724 §4.2 leaves to the one that keeps them.
//!
//! Which ends a peer may be waited for: TCP that ended without a NOTIFICATION (RFC 4724 §4.2); and where both ends set
//! the N bit, a NOTIFICATION other than a hard reset, and a hold timer (RFC 8538 §4). Stops, clears and BFD are told as
//! hard resets, as FRR does, and keep nothing; but BFD's failure may be taken for a restart ([`BfdFailure`]). An
//! interface that goes down is no restart of the peer: FRR and BIRD stop the session and keep nothing.
//!
//! # Source
//! RFC 4724 §4; RFC 8538 §3, §4; RFC 5882 §4.3.

use crate::units::{SimTime, Span};

use super::super::message::GracefulRestart;
use super::super::negotiated::Negotiated;
use super::super::notification::{Code, Notification};
use super::config::{BfdFailure, Config};
use super::io::StaleEnd;
use super::open;
use super::reason::Reason;
use super::timer::Timer;

/// What is kept of a peer that may restart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(super) enum Retention {
    #[default]
    Nothing,
    AwaitsPeer {
        restart_until: SimTime,
        stale_until: SimTime,
    },
    AwaitsEndOfRib {
        stale_until: SimTime,
    },
}

impl Retention {
    pub(super) fn until(self) -> Option<SimTime> {
        Some(self.deadline()?.0)
    }
    /// When what is kept is deleted at the latest, and by which timer.
    pub(super) fn deadline(self) -> Option<(SimTime, Timer)> {
        match self {
            Self::Nothing => None,
            Self::AwaitsPeer {
                restart_until,
                stale_until,
            } => Some((restart_until, Timer::PeerRestart).min((stale_until, Timer::Stale))),
            Self::AwaitsEndOfRib { stale_until } => Some((stale_until, Timer::Stale)),
        }
    }
    /// What follows from a session that comes up with this said by the peer.
    pub(super) fn peer_is_up(&mut self, capability: Option<&GracefulRestart>) -> Option<StaleEnd> {
        match *self {
            Self::AwaitsPeer { stale_until, .. } => {
                if capability.is_some_and(open::preserved_ipv4) {
                    *self = Self::AwaitsEndOfRib { stale_until };
                    return None;
                }
                *self = Self::Nothing;
                Some(StaleEnd::NotPreserved)
            }
            Self::Nothing | Self::AwaitsEndOfRib { .. } => None,
        }
    }
    /// What follows from the peer's End-of-RIB.
    pub(super) fn end_of_rib(&mut self) -> Option<StaleEnd> {
        match self {
            Self::AwaitsEndOfRib { .. } => {
                *self = Self::Nothing;
                Some(StaleEnd::EndOfRib)
            }
            Self::Nothing | Self::AwaitsPeer { .. } => None,
        }
    }
    /// What follows from a stop here.
    pub(super) fn stop(&mut self) -> Option<StaleEnd> {
        match core::mem::take(self) {
            Self::Nothing => None,
            Self::AwaitsPeer { .. } | Self::AwaitsEndOfRib { .. } => Some(StaleEnd::Stopped),
        }
    }
    /// What is over at `now`.
    pub(super) fn expire(&mut self, now: SimTime) -> Option<StaleEnd> {
        let (_, timer) = self.deadline().filter(|(at, _)| *at <= now)?;
        *self = Self::Nothing;
        Some(match timer {
            Timer::Stale => StaleEnd::StaleTimeOver,
            _ => StaleEnd::RestartTimeOver,
        })
    }
}

/// Whether BFD's failure is taken for a restart of the peer.
pub(super) fn spares_bfd(config: &Config, negotiated: &Negotiated) -> bool {
    let keeps = negotiated.graceful_restart.as_ref().is_some_and(open::keeps_ipv4);
    keeps && config.bfd_failure == BfdFailure::MayBeRestart
}

/// What is kept of the peer's routes where a session with these terms ends for this reason.
pub(super) fn kept(now: SimTime, config: &Config, negotiated: &Negotiated, reason: Reason) -> Retention {
    let Some(peer) = &negotiated.graceful_restart else {
        return Retention::Nothing;
    };
    let restart_time = Span::secs(u64::from(peer.restart_time));
    if !open::keeps_ipv4(peer) || restart_time.is_zero() {
        return Retention::Nothing;
    }
    let survives = match reason {
        Reason::Transport(_) => true,
        Reason::Received(told) => told.code != Code::HARD_RESET && open::survives_notification(peer),
        Reason::HoldExpired { .. } | Reason::Malformed(_) | Reason::Unexpected { .. } => {
            open::survives_notification(peer)
        }
        Reason::NotOpened(_)
        | Reason::OpenRefused(_)
        | Reason::NoOpen
        | Reason::Stopped(_)
        | Reason::Cleared
        | Reason::InterfaceDown
        | Reason::Collision { .. } => false,
        Reason::BfdDown => spares_bfd(config, negotiated),
    };
    let stale_time = config
        .capabilities
        .graceful_restart()
        .map_or(restart_time, |own| own.stale_time);
    match survives {
        true => Retention::AwaitsPeer {
            restart_until: now + restart_time,
            stale_until: now + stale_time,
        },
        false => Retention::Nothing,
    }
}

/// The NOTIFICATION as it is sent over a session with these terms: a Cease that must end graceful restart goes inside a
/// hard reset where both ends know it (RFC 8538 §3.1).
pub(super) fn hardened(notification: Notification, negotiated: Option<&Negotiated>) -> Notification {
    let both_know = negotiated
        .and_then(|it| it.graceful_restart.as_ref())
        .is_some_and(open::survives_notification);
    let is_hard = matches!(
        notification.code,
        Code::MAXIMUM_PREFIXES
            | Code::ADMINISTRATIVE_SHUTDOWN
            | Code::PEER_DECONFIGURED
            | Code::ADMINISTRATIVE_RESET
            | Code::OTHER_CONFIGURATION_CHANGE
            | Code::OUT_OF_RESOURCES
            | Code::BFD_DOWN
    );
    if !(both_know && is_hard) {
        return notification;
    }
    let mut data = vec![notification.code.code, notification.code.subcode];
    data.extend(notification.data);
    Notification::with(Code::HARD_RESET, data)
}
