//! KEEPALIVEs that nobody has to carry: see "Heartbeats" in [`super`].

use crate::kernel::{Elision, End, Vital};
use crate::units::SimTime;

use super::event::State;
use super::machine::{Heartbeats, Session};

impl Session {
    /// Its KEEPALIVEs and its hold timer, while it is established and has both.
    ///
    /// The keepalive time is at most a third of the hold time and so far below it, as [`Elision`] asks.
    #[must_use]
    pub fn vital(&self) -> Option<Vital> {
        let timers = &self.halves[self.carrier()? as usize].timers;
        Some(Vital {
            heartbeat: timers.keepalive?,
            gives_up_at: timers.hold_at()?,
        })
    }
    /// Sends no KEEPALIVEs and watches no hold timer until [`Session::resume`].
    pub fn elide(&mut self) {
        if self.vital().is_some() {
            self.heartbeats = Heartbeats::Elided;
        }
    }
    /// Stands at `at` where it would stand if all KEEPALIVEs had been carried. Returns when each of its own was sent that
    /// has not arrived yet; it arrives a delay later, unless what ends the elision takes it.
    pub fn resume(&mut self, at: SimTime, end: End, elision: &Elision) -> Vec<SimTime> {
        if self.heartbeats == Heartbeats::Sent {
            return Vec::new();
        }
        self.heartbeats = Heartbeats::Sent;
        let heard = elision.hear(end, at);
        self.counters.received.keepalives += heard.n_arrived;
        let mut in_flight = Vec::new();
        for connection in &mut self.halves {
            if connection.state != State::Established {
                continue;
            }
            let timers = &mut connection.timers;
            if let Some(heard_at) = heard.heard_at {
                timers.heard_at = timers.heard_at.max(heard_at);
            }
            if let Some(own) = &mut timers.keepalive {
                let sent = elision.send(end, at, own);
                self.counters.sent.keepalives += sent.n_arrived + sent.in_flight.len() as u64;
                in_flight = sent.in_flight;
            }
        }
        in_flight
    }
}
