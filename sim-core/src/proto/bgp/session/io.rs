//! What goes into a session and what comes out.

use std::sync::Arc;

use crate::units::SimTime;

use super::super::message::{Message, RouteRefresh};
use super::super::negotiated::Negotiated;
use super::super::notification::Notification;
use super::event::State;
use super::reason::{Closed, OpenFailure, Reason, StopReason};

/// Which of the two connections that a pair of speakers can have: each end may open one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum Half {
    /// Opened by this end.
    Outgoing,
    /// Opened by the peer.
    Incoming,
}

impl Half {
    /// Both, in the order in which they are served.
    pub const BOTH: [Self; 2] = [Self::Outgoing, Self::Incoming];

    /// The other one.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Outgoing => Self::Incoming,
            Self::Incoming => Self::Outgoing,
        }
    }
}

/// What a session is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// The session is wanted. Where it was stopped, it starts at once.
    Start,
    /// The session is not wanted any more, for this reason.
    Stop(StopReason),
    /// End the session and begin anew; also ends a rest, and a stop for too many prefixes.
    Clear,
    /// The connection that was asked for by [`Output::Connect`] is up.
    Opened,
    /// It could not be opened.
    OpenFailed(OpenFailure),
    /// The peer's connection is up. Ask [`Session::acceptance`](super::Session::acceptance) before.
    Accepted,
    /// TCP ended a connection that was up.
    Closed(Half, Closed),
    /// A message was received, any but UPDATE.
    Message(Half, Message),
    /// An UPDATE was received and can be read. It counts where [`Session::carrier`](super::Session::carrier) is this
    /// half, then as before.
    UpdateSeen(Half),
    /// What was received cannot be read, and this is what the RFC asks to be answered.
    Malformed(Half, Notification),
    /// An UPDATE was sent to the peer, which shows it that this end is there.
    UpdateSent,
    /// The peer marked the end of its first exchange of routes.
    EndOfRib,
    /// BFD found the peer unreachable.
    BfdDown,
    /// The interface towards the peer went down.
    InterfaceDown,
    /// It came up.
    InterfaceUp,
    /// It is time to look at the timers. Too early does no harm.
    Wake,
}

/// How a connection is to be closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Closing {
    /// In order, once what was sent has gone.
    Fin,
    /// By a reset: the peer's connection is not wanted.
    Reset,
    /// By forgetting it: TCP has ended it already, or nothing can be sent.
    Forget,
}

/// What becomes of the peer's routes when the session ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum Fate {
    /// They are deleted.
    Deleted,
    /// They are kept as stale; those that were stale already are deleted (RFC 4724 §4.2).
    Stale {
        /// When they are deleted if the peer does not come back.
        until: SimTime,
    },
}

/// A session that was established has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct Down {
    /// Why.
    pub reason: Reason,
    /// What becomes of the peer's routes.
    pub routes: Fate,
}

/// Why stale routes are kept no longer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum StaleEnd {
    /// The peer has said everything: what it has not said again is gone.
    EndOfRib,
    /// The peer did not come back in the time that it promised.
    RestartTimeOver,
    /// They were kept for as long as this end keeps any.
    StaleTimeOver,
    /// The peer came back and did not preserve its forwarding.
    NotPreserved,
    /// The session was stopped here.
    Stopped,
}

/// What a session wants done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// Open a TCP connection to the peer; [`Input::Opened`] or [`Input::OpenFailed`] answers. An attempt under way
    /// is given up first by [`Output::Close`].
    Connect,
    /// Send a message.
    Send(Half, Message),
    /// Close a connection, or give up opening it; nothing more is heard of it.
    Close(Half, Closing),
    /// The session is established over this connection.
    Up(Half, Arc<Negotiated>),
    /// It has ended.
    Down(Down),
    /// The peer's stale routes are to be deleted.
    StaleOver(StaleEnd),
    /// The peer asks for all routes once more.
    Refresh(RouteRefresh),
    /// Something worth a record.
    Notice(Notice),
}

/// Something worth a record in the trace.
///
/// The first attempt is told state by state, until the next one fails as it did; from then on no attempt that goes alike is
/// told, and the present state is among the [`Facts`](super::Facts).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub enum Notice {
    /// The session is in another state.
    State {
        /// Where it was.
        from: State,
        /// Where it is.
        to: State,
    },
    /// A connection failed or was given up.
    Ended {
        /// Which.
        half: Half,
        /// Where it stood.
        state: State,
        /// Why.
        reason: Reason,
    },
    /// The peer's routes are kept as stale until then.
    Retained {
        /// When they are deleted if the peer does not come back.
        until: SimTime,
    },
    /// Stale routes are kept no longer.
    StaleOver(StaleEnd),
    /// The session rests before the next attempt.
    Resting {
        /// Until when.
        until: SimTime,
    },
}

impl core::fmt::Display for StaleEnd {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.pad(match self {
            Self::EndOfRib => "the peer has sent all its routes",
            Self::RestartTimeOver => "the peer did not come back within its restart time",
            Self::StaleTimeOver => "the peer has not sent all its routes within the stale time",
            Self::NotPreserved => "the peer came back without its forwarding state",
            Self::Stopped => "the session was stopped",
        })
    }
}

impl core::fmt::Display for Notice {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::State { from, to } => write!(f, "{from} → {to}"),
            Self::Ended { state, reason, .. } => write!(f, "{state} ended: {reason}"),
            Self::Retained { until } => write!(f, "routes kept as stale until {until}"),
            Self::StaleOver(end) => write!(f, "stale routes deleted: {end}"),
            Self::Resting { until } => write!(f, "next attempt at {until}"),
        }
    }
}
