//! What a screen shows of a session.

use std::net::Ipv4Addr;
use std::sync::Arc;

use crate::units::SimTime;

use super::super::attribute::Asn;
use super::super::message::Message;
use super::super::negotiated::Negotiated;
use super::event::State;
use super::io::Half;
use super::machine::{Admin, Session};
use super::reason::{Reason, StopReason};

/// How many messages of each kind went one way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, serde::Serialize, serde::Deserialize)]
pub struct Counters {
    /// OPEN.
    pub opens: u64,
    /// UPDATE.
    pub updates: u64,
    /// NOTIFICATION.
    pub notifications: u64,
    /// KEEPALIVE, those left out included.
    pub keepalives: u64,
    /// ROUTE-REFRESH.
    pub route_refreshes: u64,
}

impl Counters {
    pub(super) fn count(&mut self, message: &Message) {
        match message {
            Message::Open(_) => self.opens += 1,
            Message::Update(_) => self.updates += 1,
            Message::Notification(_) => self.notifications += 1,
            Message::Keepalive => self.keepalives += 1,
            Message::RouteRefresh(_) => self.route_refreshes += 1,
        }
    }
}

/// The counters of both ways.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(super) struct Traffic {
    pub(super) sent: Counters,
    pub(super) received: Counters,
}

/// What a screen shows of a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// Where it stands.
    pub state: State,
    /// Since when.
    pub since: SimTime,
    /// The peer's address.
    pub peer_address: Ipv4Addr,
    /// The AS that the peer is to be of.
    pub peer_as: Asn,
    /// What was negotiated, while it is established.
    pub negotiated: Option<Arc<Negotiated>>,
    /// Which connection carries it, while it is established.
    pub carrier: Option<Half>,
    /// How often it came up.
    pub n_established: u64,
    /// What was sent.
    pub sent: Counters,
    /// What was received.
    pub received: Counters,
    /// What ended it last or kept it from coming up, and when; [`Reason`] has the words and the advice.
    pub last: Option<(SimTime, Reason)>,
    /// The end of its rest in Idle, while it rests.
    pub rest_until: Option<SimTime>,
    /// When the peer's stale routes are given up, while there are any.
    pub stale_until: Option<SimTime>,
}

impl Session {
    /// Whether anybody wants it: it was started, and not stopped since.
    #[must_use]
    pub fn is_wanted(&self) -> bool {
        self.admin == Admin::Started
    }
    /// Why it was stopped, and when it starts again by itself where it does; none while it is wanted, or where nobody
    /// started it yet.
    #[must_use]
    pub fn stopped(&self) -> Option<(StopReason, Option<SimTime>)> {
        match self.admin {
            Admin::Started => None,
            Admin::Stopped { reason, restart_at } => Some((reason?, restart_at)),
        }
    }
    /// What a screen shows of it.
    #[must_use]
    pub fn facts(&self) -> Facts {
        Facts {
            state: self.state(),
            since: self.since,
            peer_address: self.config.peer_address,
            peer_as: self.config.peer_as,
            negotiated: self.negotiated().cloned(),
            carrier: self.carrier(),
            n_established: self.n_established,
            sent: self.counters.sent,
            received: self.counters.received,
            last: self.last,
            rest_until: self.rest_until,
            stale_until: self.retention.until(),
        }
    }
}
