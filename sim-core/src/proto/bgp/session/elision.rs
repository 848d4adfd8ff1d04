//! KEEPALIVEs that nobody has to carry.
//!
//! Between two established sessions over a path that is up, loses nothing and delays every packet alike, KEEPALIVEs
//! change nothing but the instant of the last message heard and the counters. [`Elision::plan`] looks whether that
//! holds for a pair, [`Session::elide`] stops both ends from sending and from watching, and [`Elision::resume`] puts
//! each where it would be, when the path changes or either end has something to say. What came before in between is
//! told by [`Heartbeat`], whose instants are a pure function of a key and a number.
//!
//! ```text
//!   A sends   ●        ●       ●        ●      ◌ not yet sent at `at`: still due
//!              ╲        ╲       ╲        ╲
//!   B hears     ●        ●       ●        ◌      under way at `at`: InFlight
//!                                             │
//!                                             at
//! ```
//!
//! # Why it is exact
//! 1. An end's KEEPALIVE instants depend on its own sends alone: each waits `jitter(key, n)` of its period from the last
//!    message that it sent. No UPDATE is sent while elided, by the caller's promise, so skipping gives the same instants.
//! 2. Every one sent arrives `delay` later, by the path's promise. So what was heard last at `at` is the last one sent
//!    before `at − delay`, plus `delay`, or a message that was under way already and came in as usual, if that is later.
//! 3. No hold timer expires while elided: arrivals lie at most a keepalive time apart, which is at most a third of the
//!    hold time (a second where that is below one), and `plan` has compared the first of them with the hold timer.
//! 4. One sent at `t` counts at `at` where `t < at`, and one that arrives at `t` likewise: whatever ends the elision comes
//!    before the heartbeats of its own instant, as an event does that was queued before them.
//!
//! After `resume` the hold timer and all later KEEPALIVEs stand as if each had been carried. No record tells of a
//! KEEPALIVE, so the trace is the same too.

use crate::kernel::Heartbeat;
use crate::units::{SimTime, Span};

use super::fsm::State;
use super::machine::{Heartbeats, Session};

/// One of the two ends of an elision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum End {
    /// The first session handed to [`Elision::plan`].
    First,
    /// The second one.
    Second,
}

/// The KEEPALIVEs of one end that were sent before an elision ended and have not arrived.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct InFlight {
    /// When each was sent; it arrives a delay later, unless what ended the elision takes it.
    pub sent_at: Vec<SimTime>,
}

/// Two sessions whose KEEPALIVEs are left out, and what is needed to tell them later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Elision {
    beats: [Heartbeat; 2],
    /// From each end to the other.
    delays: [Span; 2],
}

impl Elision {
    /// Whether the KEEPALIVEs of two ends of one session can be left out, over a path with these delays (`delays[0]` from
    /// the first to the second). The caller knows that the path is up, loses nothing, keeps its delays until
    /// [`Elision::resume`], and that no UPDATE waits to be sent.
    ///
    /// None where either is not established, has no keepalives to leave out, or has missed one already.
    #[must_use]
    pub fn plan(first: &Session, second: &Session, delays: [Span; 2]) -> Option<Self> {
        let beats = [first.heartbeat()?, second.heartbeat()?];
        let hears = |hold_at: SimTime, peer: Heartbeat, delay: Span| peer.due_at() + delay < hold_at;
        let is_safe =
            hears(first.hold_at()?, beats[1], delays[1]) && hears(second.hold_at()?, beats[0], delays[0]);
        is_safe.then_some(Self { beats, delays })
    }

    /// Puts one end where it stands at `at`. Both have to be, before either is told anything else.
    pub fn resume(&self, end: End, at: SimTime, session: &mut Session) -> InFlight {
        let (own, peer) = match end {
            End::First => (0, 1),
            End::Second => (1, 0),
        };
        session.resume(at, self.delays[own], (self.beats[peer], self.delays[peer]))
    }
}

/// The instant before which something has to be sent to have arrived before `at`.
fn before(at: SimTime, delay: Span) -> SimTime {
    SimTime::at(at.since_start().saturating_sub(delay))
}

impl Session {
    /// Where it stands among its KEEPALIVEs, while it is established and sends some.
    #[must_use]
    pub fn heartbeat(&self) -> Option<Heartbeat> {
        self.halves[self.carrier()? as usize].timers.keepalive
    }
    /// When its hold timer expires if nothing comes, while it is established.
    #[must_use]
    pub fn hold_at(&self) -> Option<SimTime> {
        self.halves[self.carrier()? as usize].timers.hold_at()
    }
    /// Sends no KEEPALIVEs and watches no hold timer until [`Elision::resume`]; for both ends of an [`Elision`].
    pub fn elide(&mut self) {
        if self.heartbeat().is_some() {
            self.heartbeats = Heartbeats::Elided;
        }
    }

    fn resume(&mut self, at: SimTime, to_peer: Span, (mut peer, from_peer): (Heartbeat, Span)) -> InFlight {
        let mut in_flight = InFlight::default();
        if self.heartbeats == Heartbeats::Sent {
            return in_flight;
        }
        self.heartbeats = Heartbeats::Sent;
        let heard = peer.skip_before(before(at, from_peer));
        self.counters.received.keepalives += heard.n;
        for connection in &mut self.halves {
            let timers = &mut connection.timers;
            if connection.state != State::Established {
                continue;
            }
            if let Some(last_at) = heard.last_at {
                timers.heard_at = timers.heard_at.max(last_at + from_peer);
            }
            let Some(own) = &mut timers.keepalive else {
                continue;
            };
            self.counters.sent.keepalives += own.skip_before(before(at, to_peer)).n;
            while own.due_at() < at {
                let due = own.due_at();
                own.beat(due);
                self.counters.sent.keepalives += 1;
                in_flight.sent_at.push(due);
            }
        }
        in_flight
    }
}
