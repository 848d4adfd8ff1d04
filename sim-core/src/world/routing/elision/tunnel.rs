//! What a gateway hears of its peer by heartbeats that come out of a tunnel, though they are left out.
//!
//! A gateway that hears anything through a tunnel does not ask whether its peer lives (RFC 3706 section 5.4, RFC 7296
//! section 2.4). So before its IKE does anything it is told when something would have come last.

use crate::kernel::End;
use crate::net::tcp::ACK_DELAY;
use crate::proto::ike;
use crate::resource::RouterId;
use crate::units::{SimTime, Span};

use super::super::super::terrain::Terrain;
use super::pair::{ENDS, Pair};
use super::{Elided, Voice};

impl Terrain {
    /// A gateway's IKE is about to do something.
    pub(in crate::world::routing) fn hear_tunnels_of(&mut self, router: RouterId) {
        if self.routers.elisions.is_idle() {
            return;
        }
        let now = self.now();
        for pair in self.routers.elisions.across(router) {
            let elisions = &self.routers.elisions;
            let (Some(row), Some(elided)) = (elisions.pairs.get(pair), elisions.get(pair).cloned()) else {
                continue;
            };
            self.hear_tunnels(row, &elided, now);
        }
    }

    /// Tells the gateways at both ends of a pair what came out of their tunnels before `until`.
    pub(super) fn hear_tunnels(&mut self, row: Pair, elided: &Elided, until: SimTime) {
        for (seat, end) in row.seats.into_iter().zip(ENDS) {
            let (Some(spi_in), Some(heard_at)) =
                (elided.towards(end).spi, elided.heard(row.voice, end, until))
            else {
                continue;
            };
            if let Some(ike) = self.ike_mut(seat.router) {
                let input = ike::Input::Traffic { spi_in };
                ike.daemon.handle(heard_at, input, &mut Vec::new());
            }
        }
    }
}

impl Elided {
    /// When the last packet came to `end` before `until`, of those left out.
    pub(super) fn heard(&self, voice: Voice, end: End, until: SimTime) -> Option<SimTime> {
        let delay = self.towards(end).delay;
        let sent_at = self.elision.last_beat(other(end), before(until, delay));
        let beats = sent_at.map(|at| at + delay);
        match voice {
            Voice::Bgp => beats.max(self.acknowledged(end, until)),
            Voice::Bfd => beats,
        }
    }

    /// When the last acknowledgement came that did not travel with a beat.
    fn acknowledged(&self, end: End, until: SimTime) -> Option<SimTime> {
        let [there, back] = [end as usize, 1 - end as usize].map(|way| self.ways[way].delay);
        let sent_at = self
            .elision
            .last_beat(end, before(until, there + ACK_DELAY + back))?;
        let (heard_at, due_at) = (sent_at + there, sent_at + there + ACK_DELAY);
        // A beat of the peer's that takes it along comes later than any acknowledgement before it.
        let company = self.elision.last_beat(other(end), due_at);
        company.is_none_or(|at| at < heard_at).then_some(due_at + back)
    }
}

fn before(at: SimTime, span: Span) -> SimTime {
    SimTime::at(at.since_start().saturating_sub(span))
}

const fn other(end: End) -> End {
    match end {
        End::First => End::Second,
        End::Second => End::First,
    }
}
