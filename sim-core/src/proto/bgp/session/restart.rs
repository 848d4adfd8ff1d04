//! Graceful restart as the one that keeps the routes sees it.
//!
//! ```text
//!               session ends, peer may restart         session is up, forwarding preserved
//!   (nothing) ───────────────────────────▶ AwaitsPeer ───────────────────────▶ AwaitsEndOfRib
//!       ▲                                    │ restart time over                   │ End-of-RIB
//!       └────────────────────────────────────┴ not preserved, stopped ─────────────┴ stale time over
//! ```
//!
//! Which ends a peer may be waited for: TCP that ended without a NOTIFICATION (RFC 4724 §4.2); and where both ends set
//! the N bit, a NOTIFICATION other than a hard reset, and a hold timer (RFC 8538 §4). Stops, clears and BFD are told as
//! hard resets, as FRR does, and keep nothing; but BFD's failure may be taken for a restart ([`BfdFailure`]).
//!
//! # Source
//! RFC 4724 §4; RFC 8538 §3, §4; RFC 5882 §4.3.

use crate::units::{SimTime, Span};

use super::super::message::GracefulRestart;
use super::super::negotiated::Negotiated;
use super::super::notification::{Code, Notification};
use super::config::{BfdFailure, Config};
use super::io::{Fate, StaleEnd};
use super::open;
use super::reason::Reason;

/// What is kept of a peer that may restart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(super) enum Retention {
    #[default]
    Nothing,
    AwaitsPeer {
        until: SimTime,
    },
    AwaitsEndOfRib {
        until: SimTime,
    },
}

impl Retention {
    pub(super) fn until(self) -> Option<SimTime> {
        match self {
            Self::Nothing => None,
            Self::AwaitsPeer { until } | Self::AwaitsEndOfRib { until } => Some(until),
        }
    }
    /// What follows from a session that comes up with this said by the peer.
    pub(super) fn peer_is_up(
        &mut self,
        now: SimTime,
        capability: Option<&GracefulRestart>,
        stale_time: Span,
    ) -> Option<StaleEnd> {
        match self {
            Self::AwaitsPeer { .. } => {
                if capability.is_some_and(open::preserved_ipv4) {
                    *self = Self::AwaitsEndOfRib {
                        until: now + stale_time,
                    };
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
        let end = match *self {
            Self::AwaitsPeer { until } if until <= now => StaleEnd::RestartTimeOver,
            Self::AwaitsEndOfRib { until } if until <= now => StaleEnd::StaleTimeOver,
            Self::Nothing | Self::AwaitsPeer { .. } | Self::AwaitsEndOfRib { .. } => return None,
        };
        *self = Self::Nothing;
        Some(end)
    }
}

/// Whether BFD's failure is taken for a restart of the peer.
pub(super) fn spares_bfd(config: &Config, negotiated: &Negotiated) -> bool {
    let keeps = negotiated.graceful_restart.as_ref().is_some_and(open::keeps_ipv4);
    keeps && config.bfd_failure == BfdFailure::MayBeRestart
}

/// What becomes of the peer's routes where a session with these terms ends for this reason.
pub(super) fn fate(now: SimTime, config: &Config, negotiated: &Negotiated, reason: Reason) -> Fate {
    let Some(peer) = &negotiated.graceful_restart else {
        return Fate::Deleted;
    };
    let restart_time = Span::secs(u64::from(peer.restart_time));
    if !open::keeps_ipv4(peer) || restart_time.is_zero() {
        return Fate::Deleted;
    }
    let survives = match reason {
        Reason::Transport(_) | Reason::InterfaceDown => true,
        Reason::Received(told) => told.code != Code::HARD_RESET && open::survives_notification(peer),
        Reason::HoldExpired { .. } | Reason::Malformed(_) | Reason::Unexpected { .. } => {
            open::survives_notification(peer)
        }
        Reason::NotOpened(_)
        | Reason::OpenRefused(_)
        | Reason::NoOpen
        | Reason::Stopped(_)
        | Reason::Cleared
        | Reason::Collision { .. } => false,
        Reason::BfdDown => spares_bfd(config, negotiated),
    };
    match survives {
        true => Fate::Stale {
            until: now + restart_time,
        },
        false => Fate::Deleted,
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
