//! Why a connection or a session ended, by layer and field, and what to do about it.

use core::fmt;

use crate::units::Span;

use super::super::attribute::{Asn, RouterId};
use super::super::message::Family;
use super::super::notification::{Code, Notification};
use super::Half;
use super::event::State;

/// Why TCP could not be opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum OpenFailure {
    /// No route to the peer's address, or no address of this end to send from.
    NoRoute,
    /// The way to the peer goes through a tunnel that has no security association.
    NoTunnel,
    /// The peer's host answered that nobody listens, or that it does not want this connection.
    Refused,
    /// No answer came.
    TimedOut,
}

/// How TCP ended a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum Closed {
    /// The peer closed it in order.
    Fin,
    /// The peer's host reset it.
    Reset,
    /// What was sent was not acknowledged for too long.
    TimedOut,
    /// The peer opened another one in its place.
    Replaced,
}

/// Which stop was asked for from above.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum StopReason {
    /// An operator shut the session down: Cease/2.
    Shutdown,
    /// The peer was removed from the configuration: Cease/3.
    Deconfigured,
    /// The configuration changed in a way that needs a new session, which starts by itself: Cease/6.
    ConfigurationChange,
    /// The peer sent more prefixes than allowed: Cease/1.
    MaxPrefixes {
        /// How many are allowed.
        limit: u32,
        /// After how long the session starts again; none for not before an operator clears it.
        restart_after: Option<Span>,
    },
    /// There is no room for what the peer sends; the session starts again by itself: Cease/8.
    OutOfResources,
    /// The process dies and its host closes the connections, without a NOTIFICATION.
    ProcessEnds,
    /// The process is ended in order: Cease/3, but nothing where graceful restart was agreed, so that the peer keeps the
    /// routes (FRR, `bgpd.c`: `bgp_terminate`, 8.4.4).
    ProcessTerminates,
}

impl StopReason {
    /// What the peer is told.
    #[must_use]
    pub const fn code(self) -> Option<Code> {
        match self {
            Self::Shutdown => Some(Code::ADMINISTRATIVE_SHUTDOWN),
            Self::Deconfigured | Self::ProcessTerminates => Some(Code::PEER_DECONFIGURED),
            Self::ConfigurationChange => Some(Code::OTHER_CONFIGURATION_CHANGE),
            Self::MaxPrefixes { .. } => Some(Code::MAXIMUM_PREFIXES),
            Self::OutOfResources => Some(Code::OUT_OF_RESOURCES),
            Self::ProcessEnds => None,
        }
    }
    /// What the peer is told, with the family and the limit where it said too much (RFC 4486 §4).
    pub(super) fn notification(self) -> Option<Notification> {
        let data = match self {
            Self::MaxPrefixes { limit, .. } => {
                let Family { afi, safi } = Family::IPV4_UNICAST;
                let parts = [&afi.to_be_bytes()[..], &[safi], &limit.to_be_bytes()];
                parts.concat()
            }
            Self::Shutdown
            | Self::Deconfigured
            | Self::ConfigurationChange
            | Self::OutOfResources
            | Self::ProcessEnds
            | Self::ProcessTerminates => Vec::new(),
        };
        Some(Notification::with(self.code()?, data))
    }
}

/// What was wrong with the peer's OPEN, by field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum OpenError {
    /// Another version than 4.
    Version {
        /// The version offered.
        offered: u8,
    },
    /// The peer is of another AS.
    PeerAs {
        /// The AS that it says.
        offered: Asn,
        /// The AS configured.
        configured: Asn,
    },
    /// The two-octet field and the four-octet capability name different numbers.
    AsDisagrees {
        /// The number in the field.
        field: u16,
        /// The number in the capability.
        capability: Asn,
    },
    /// Zero, or this end's own identifier within one AS (RFC 6286 §2.2).
    Identifier {
        /// The identifier offered.
        offered: RouterId,
    },
    /// Less than is accepted.
    HoldTime {
        /// The hold time offered, in seconds.
        offered_secs: u16,
        /// The smallest accepted.
        at_least: Span,
    },
    /// No address family in common.
    Family,
    /// It could not be read.
    Malformed(Code),
}

/// A NOTIFICATION's code, with what a hard reset wraps (RFC 8538 §3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub struct Told {
    /// The code on the wire.
    pub code: Code,
    /// The code inside a hard reset.
    pub wrapped: Option<Code>,
}

impl Told {
    /// What `notification` tells.
    #[must_use]
    pub fn of(notification: &Notification) -> Self {
        let wrapped = match (
            notification.code == Code::HARD_RESET,
            notification.data.as_slice(),
        ) {
            (true, &[code, subcode, ..]) => Some(Code { code, subcode }),
            (true | false, _) => None,
        };
        Self {
            code: notification.code,
            wrapped,
        }
    }
    /// The code that counts: the wrapped one, if there is one.
    #[must_use]
    pub fn meant(self) -> Code {
        self.wrapped.unwrap_or(self.code)
    }
}

/// Why a connection or a session ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum Reason {
    /// TCP could not be opened.
    NotOpened(OpenFailure),
    /// TCP ended.
    Transport(Closed),
    /// The peer's OPEN was refused here.
    OpenRefused(OpenError),
    /// A message could not be read, or said something impossible.
    Malformed(Code),
    /// A message came that the state does not allow.
    Unexpected {
        /// The state.
        state: State,
    },
    /// The peer ended it.
    Received(Told),
    /// The peer was silent for the hold time.
    HoldExpired {
        /// The hold time.
        hold: Span,
    },
    /// TCP came up and the peer sent no OPEN for four minutes.
    NoOpen,
    /// Stopped from above.
    Stopped(StopReason),
    /// An operator asked for a new session: Cease/4.
    Cleared,
    /// BFD found the peer unreachable: Cease/10 (RFC 9384).
    BfdDown,
    /// The interface towards the peer went down.
    InterfaceDown,
    /// Two connections met and the other one was kept (RFC 4271 §6.8).
    Collision {
        /// The one that was kept.
        kept: Half,
    },
}

impl Reason {
    /// Whether it counts as an error that lengthens the rest before the next attempt.
    #[must_use]
    pub fn is_error(self) -> bool {
        match self {
            Self::OpenRefused(_)
            | Self::Malformed(_)
            | Self::Unexpected { .. }
            | Self::HoldExpired { .. }
            | Self::NoOpen => true,
            Self::Received(told) => told.code != Code::COLLISION,
            Self::NotOpened(_)
            | Self::Transport(_)
            | Self::Stopped(_)
            | Self::Cleared
            | Self::BfdDown
            | Self::InterfaceDown
            | Self::Collision { .. } => false,
        }
    }

    /// What to look at or change, as a sentence.
    #[must_use]
    pub fn advice(self) -> &'static str {
        match self {
            Self::NotOpened(OpenFailure::NoRoute) => "give this router a route to the peer's address",
            Self::NotOpened(OpenFailure::NoTunnel) => "bring up the tunnel that leads to the peer first",
            Self::NotOpened(OpenFailure::Refused) => {
                "configure the session on the peer, with this end's address, and start it there"
            }
            Self::NotOpened(OpenFailure::TimedOut) => {
                "check the path, filters on TCP port 179, TTL security, and that both ends have the same MD5 key: \
                 a segment with another key is dropped without an answer"
            }
            Self::Transport(Closed::Fin | Closed::Reset) => {
                "look why the peer's BGP process closed the connection"
            }
            Self::Transport(Closed::TimedOut) => "look for loss or a filter on the path to the peer",
            Self::Transport(Closed::Replaced) => "nothing: the peer restarted and is back",
            Self::OpenRefused(error) => error.advice(),
            Self::Malformed(_) => "capture the message: the peer's software and this one read it differently",
            Self::Unexpected { .. } => "look at the peer's software: it sent a message too early or too late",
            Self::Received(told) => received_advice(told.meant()),
            Self::HoldExpired { .. } => "look for a silent failure of the path, or a peer that hangs",
            Self::NoOpen => "look whether a BGP process answers behind the peer's port 179",
            Self::Stopped(StopReason::Shutdown) => "start the session when it is wanted",
            Self::Stopped(StopReason::MaxPrefixes {
                restart_after: None, ..
            }) => "have the peer announce fewer prefixes or raise the limit, then clear the session",
            Self::Stopped(StopReason::MaxPrefixes {
                restart_after: Some(_),
                ..
            }) => {
                "have the peer announce fewer prefixes or raise the limit: the session starts again by itself"
            }
            Self::Stopped(StopReason::OutOfResources) => "lessen what is announced to this router",
            Self::Stopped(
                StopReason::Deconfigured
                | StopReason::ConfigurationChange
                | StopReason::ProcessEnds
                | StopReason::ProcessTerminates,
            )
            | Self::Cleared
            | Self::Collision { .. } => {
                "nothing: it was asked for, or happens when both ends connect at once"
            }
            Self::BfdDown => "look for a silent failure of the path to the peer",
            Self::InterfaceDown => "bring the link back",
        }
    }
}

impl OpenError {
    const fn advice(self) -> &'static str {
        match self {
            Self::Version { .. } => "have the peer speak BGP version 4",
            Self::PeerAs { .. } => {
                "set the peer AS here, or the peer's own or local AS, so that the two are equal"
            }
            Self::AsDisagrees { .. } => "look at the peer's software: its OPEN contradicts itself",
            Self::Identifier { .. } => "give each router an identifier of its own, other than 0.0.0.0",
            Self::HoldTime { .. } => "raise the peer's hold time or lower the minimum here",
            Self::Family => "activate IPv4 unicast on both ends",
            Self::Malformed(_) => "capture the OPEN: it cannot be read",
        }
    }
}

fn received_advice(code: Code) -> &'static str {
    match code {
        Code::BAD_PEER_AS => {
            "the peer expects another AS: compare its configured peer AS with this router's AS"
        }
        Code::BAD_IDENTIFIER => "give this router an identifier of its own, other than 0.0.0.0",
        Code::UNACCEPTABLE_HOLD_TIME => "raise the hold time here: the peer asks for more",
        Code::UNSUPPORTED_CAPABILITY => "offer what the peer needs, or have it need less",
        Code::HOLD_TIMER_EXPIRED => "the peer heard nothing from here: look at the path towards it",
        Code::MAXIMUM_PREFIXES => {
            "announce fewer prefixes or have the peer's limit raised, then have the session cleared at the peer where it \
             does not try again by itself"
        }
        Code::ADMINISTRATIVE_SHUTDOWN => {
            "the peer's operator stopped the session; it has to be started there"
        }
        Code::PEER_DECONFIGURED | Code::CONNECTION_REJECTED => "have the session configured at the peer",
        Code::BFD_DOWN => "look for a silent failure of the path to the peer",
        Code { .. } => "look at the peer's log for what it found wrong",
    }
}

impl fmt::Display for OpenFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::NoRoute => "no route to the peer",
            Self::NoTunnel => "the tunnel to the peer has no security association",
            Self::Refused => "TCP connection refused by the peer",
            Self::TimedOut => "TCP connection timed out: no answer from the peer",
        })
    }
}

impl fmt::Display for Closed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Fin => "the peer closed the TCP connection",
            Self::Reset => "the peer's host reset the TCP connection",
            Self::TimedOut => "TCP gave up: the peer's host acknowledges nothing",
            Self::Replaced => "the peer opened another connection",
        })
    }
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Version { offered } => write!(f, "peer offers version {offered}, this end speaks 4"),
            Self::PeerAs { offered, configured } => {
                write!(f, "peer says AS {offered}, configured {configured}")
            }
            Self::AsDisagrees { field, capability } => {
                write!(
                    f,
                    "peer says AS {field} in My AS and {capability} in its four-octet capability"
                )
            }
            Self::Identifier { offered } => {
                write!(f, "peer's identifier {offered} is zero or this router's own")
            }
            Self::HoldTime {
                offered_secs,
                at_least,
            } => {
                write!(
                    f,
                    "peer offers hold time {offered_secs}s, at least {at_least} is accepted"
                )
            }
            Self::Family => f.write_str("peer does not offer IPv4 unicast"),
            Self::Malformed(code) => write!(f, "{code}"),
        }
    }
}

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.wrapped {
            Some(wrapped) => write!(f, "{wrapped} (hard reset)"),
            None => write!(f, "{}", self.code),
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotOpened(failure) => write!(f, "{failure}"),
            Self::Transport(closed) => write!(f, "{closed}"),
            Self::OpenRefused(error) => write!(f, "OPEN refused: {error}"),
            Self::Malformed(code) => write!(f, "the peer sent what cannot be accepted: {code}"),
            Self::Unexpected { state } => write!(f, "the peer sent a message that {state} does not allow"),
            Self::Received(told) => write!(f, "the peer sent {told}"),
            Self::HoldExpired { hold } => write!(f, "hold timer expired: nothing heard for {hold}"),
            Self::NoOpen => f.write_str("TCP came up and the peer sent no OPEN"),
            Self::Stopped(StopReason::Shutdown) => f.write_str("shut down by the operator"),
            Self::Stopped(StopReason::Deconfigured) => f.write_str("removed from the configuration"),
            Self::Stopped(StopReason::ConfigurationChange) => f.write_str("its configuration changed"),
            Self::Stopped(StopReason::MaxPrefixes {
                restart_after: None, ..
            }) => f.write_str("the peer sent more prefixes than allowed"),
            Self::Stopped(StopReason::MaxPrefixes {
                restart_after: Some(span),
                ..
            }) => write!(
                f,
                "the peer sent more prefixes than allowed; next attempt in {span}"
            ),
            Self::Stopped(StopReason::OutOfResources) => f.write_str("no room for the peer's routes"),
            Self::Stopped(StopReason::ProcessEnds) => f.write_str("the BGP process ends"),
            Self::Stopped(StopReason::ProcessTerminates) => f.write_str("the BGP process is ended in order"),
            Self::Cleared => f.write_str("cleared by the operator"),
            Self::BfdDown => f.write_str("BFD found the peer unreachable"),
            Self::InterfaceDown => f.write_str("the interface towards the peer is down"),
            Self::Collision { kept: Half::Outgoing } => {
                f.write_str("both ends connected at once; the connection opened here was kept")
            }
            Self::Collision { kept: Half::Incoming } => {
                f.write_str("both ends connected at once; the connection opened by the peer was kept")
            }
        }
    }
}
