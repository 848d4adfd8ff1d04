//! When heartbeats can be left out.

use crate::kernel::{Elision, Vital};
use crate::net::tcp::ACK_DELAY;
use crate::proto::bgp::rib::PeerId;
use crate::resource::RouterId;
use crate::units::Span;

use super::super::super::network::Header;
use super::super::super::terrain::Terrain;
use super::super::control::{Bgp, Capture, Connection, Process};
use super::pair::{ENDS, Pair, PairId, Seat, Voice};
use super::rouse::Clock;
use super::{Bound, Carried, Elided};

/// A BGP session that has nothing to do but to say that it is there.
#[derive(Debug, Clone, Copy)]
struct Resting {
    vital: Vital,
    ports: (u16, u16),
    /// How long its connection waits for an acknowledgement.
    timeout: Span,
}

impl Bgp {
    fn resting(&self, peer: PeerId) -> Option<Resting> {
        if self.process != Process::Running {
            return None;
        }
        let wakes = self.wakes.get(peer.index())?;
        if wakes.streams != [None, None] {
            return None;
        }
        let session = self.speaker.session(peer)?;
        let (vital, half) = (session.vital()?, session.carrier()?);
        let is_alone = self.connections.get(peer.index())?.iter().flatten().count() == 1;
        let connection = self
            .connection(peer, half)
            .filter(|it| is_alone && it.is_at_rest())?;
        Some(Resting {
            vital,
            ports: (connection.local_port, connection.remote_port),
            timeout: connection.stream.measured_timeout()?,
        })
    }
}

impl Connection {
    fn is_at_rest(&self) -> bool {
        self.stream.is_quiet() && self.unread.is_empty() && self.ended.is_none()
    }
}

impl Terrain {
    /// Leaves out the heartbeats that an end belongs to from now on, if nothing stands against it.
    pub(in crate::world::routing) fn try_to_elide(&mut self, router: RouterId, peer: PeerId, voice: Voice) {
        if self.routers.capture == Capture::On || self.routers.elisions.clock == Clock::TurnedBack {
            return;
        }
        let elisions = &self.routers.elisions;
        let Some(pair) = elisions.pairs.of(router, peer, voice) else {
            return;
        };
        if elisions.get(pair).is_some() {
            return;
        }
        let Some(row) = elisions.pairs.get(pair) else {
            return;
        };
        match voice {
            Voice::Bgp => self.try_to_elide_bgp(pair, row),
            Voice::Bfd => self.try_to_elide_bfd(pair, row),
        }
    }

    fn try_to_elide_bgp(&mut self, pair: PairId, row: Pair) {
        let resting = |seat: Seat| self.bgp_of(seat.router)?.resting(seat.peer);
        let [Some(first), Some(second)] = row.seats.map(resting) else {
            return;
        };
        if first.ports != (second.ports.1, second.ports.0) {
            return;
        }
        // Segments that are signed by another key are dropped: that they go unheard has to be found out.
        let [own, other] = row.seats.map(|seat| self.transport(seat.router, seat.peer)?.key);
        if own != other {
            return;
        }
        let headers = [(row.seats[0], first), (row.seats[1], second)].map(|(seat, end)| {
            let transport = self.transport(seat.router, seat.peer)?;
            Some(transport.header(end.ports))
        });
        let ends = [first.vital, second.vital];
        let Some(mut elided) = self.planned(row, headers, ends) else {
            return;
        };
        let [there, back] = [&elided.ways[0], &elided.ways[1]].map(|way| way.delay);
        // Who waits less than an answer takes sends everything twice.
        if first.timeout.min(second.timeout) <= there + back + ACK_DELAY {
            return;
        }
        elided.connection = Some(Carried {
            patience: first.timeout.max(second.timeout),
        });
        for seat in row.seats {
            let bgp = self.bgp_mut(seat.router);
            if let Some(session) = bgp.and_then(|bgp| bgp.speaker.session_mut(seat.peer)) {
                session.elide();
            }
        }
        // Whatever else a session waits for, it waits for with its heartbeats.
        let waits = |seat: &Seat| {
            let bgp = self.bgp_of(seat.router);
            bgp.is_some_and(|bgp| bgp.speaker.session_wake(seat.peer).is_some())
        };
        if row.seats.iter().any(waits) {
            let now = self.now();
            for (seat, end) in row.seats.into_iter().zip(ENDS) {
                let bgp = self.bgp_mut(seat.router);
                if let Some(session) = bgp.and_then(|bgp| bgp.speaker.session_mut(seat.peer)) {
                    session.resume(now, end, &elided.elision);
                }
            }
            return;
        }
        self.leave_out(pair, row, elided);
    }

    /// Gateways whose tunnels the pair speaks through hear of it otherwise from now on.
    fn leave_out(&mut self, pair: PairId, row: Pair, elided: Elided) {
        self.rouse_watches_around(row, &elided, Bound::Before);
        self.routers.elisions.put(pair, elided);
        for seat in row.seats {
            self.try_to_watch(seat.router);
        }
    }

    fn try_to_elide_bfd(&mut self, pair: PairId, row: Pair) {
        let vital = |seat: Seat| self.bgp_of(seat.router)?.bfd(seat.peer)?.vital();
        let [Some(first), Some(second)] = row.seats.map(vital) else {
            return;
        };
        let headers = row.seats.map(|seat| {
            let transport = self.transport(seat.router, seat.peer)?;
            Some(super::super::bfd::header(&transport))
        });
        let Some(elided) = self.planned(row, headers, [first, second]) else {
            return;
        };
        for seat in row.seats {
            let bgp = self.bgp_mut(seat.router);
            if let Some(session) = bgp.and_then(|bgp| bgp.bfd_mut(seat.peer)) {
                session.elide();
            }
        }
        self.leave_out(pair, row, elided);
    }

    fn planned(&self, row: Pair, headers: [Option<Header>; 2], ends: [Vital; 2]) -> Option<Elided> {
        let [first, second] = row.seats.map(|seat| seat.router);
        let there = self.lossless_way(first, second, headers[0]?)?;
        let back = self.lossless_way(second, first, headers[1]?)?;
        Some(Elided {
            elision: Elision::plan(ends, [there.delay, back.delay])?,
            since: self.now(),
            ways: [there, back],
            connection: None,
            causes: [None; 2],
        })
    }
}
