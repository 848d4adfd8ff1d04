//! A pair whose heartbeats were left out stands where it would stand if they had been carried.
//!
//! Its sessions are put at the latest instant at which nothing of theirs was under way. From there on they and their
//! connections are run by the same code as ever, on a queue of their own, up to the present; what that leaves to be done
//! goes into the lab's queue.
//!
//! ```text
//!      skipped at once              run again      present
//!   ├──────────────────────────────┼──────────────┤
//!   since                        quiet             ╲ what is left to be done: the lab's queue
//! ```

use crate::kernel::{EventQueue, RecordId};
use crate::proto::bfd;
use crate::proto::bgp::rib::PeerId;
use crate::proto::bgp::speaker;
use crate::resource::RouterId;
use crate::units::{SimTime, Span};

use super::super::super::event::{Event, Planned};
use super::super::super::terrain::Terrain;
use super::super::command::RoutingLever;
use super::super::wake::RouterTimer;
use super::pair::{ENDS, Pair, PairId, Seat, Voice};
use super::{Bound, Carried, Elided};
use crate::site::RouterChange;

/// Whether the present is the lab's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Clock {
    #[default]
    Present,
    /// What was left out is being run again.
    TurnedBack,
}

impl Terrain {
    /// What of the present has happened already, where nothing happens right now.
    pub(in crate::world) fn bound(&self) -> Bound {
        match self.queue.peek_time() {
            Some(at) if at == self.now() => Bound::Before,
            Some(_) | None => Bound::Through,
        }
    }
    /// Something is about to happen to a session and perhaps to others of its router.
    pub(in crate::world::routing) fn rouse_for(&mut self, router: RouterId, input: &speaker::Input<'_>) {
        if self.routers.elisions.is_idle() {
            return;
        }
        let now = self.now();
        let bgp = self.bgp_of(router);
        if bgp.is_some_and(|bgp| !bgp.speaker.keeps_to_session(now, input)) {
            self.rouse_across(router, Bound::Before);
        }
    }
    /// Something is about to happen to a router.
    pub(in crate::world::routing) fn rouse_across(&mut self, router: RouterId, bound: Bound) {
        self.rouse_all_across(&[router], bound);
    }
    fn rouse_all_across(&mut self, routers: &[RouterId], bound: Bound) {
        let n_watches = self.routers.elisions.watches.n_posts();
        for &router in routers {
            self.rouse_watches_across(router, bound);
            for pair in self.routers.elisions.across(router) {
                self.rouse(pair, bound);
            }
        }
        // What a gateway does at this instant it would have done before anything else.
        if bound == Bound::Before && self.routers.elisions.watches.n_posts() < n_watches {
            self.look_at_roused_gateways();
        }
    }
    /// Something is about to happen to an end.
    pub(in crate::world::routing) fn rouse_end(&mut self, router: RouterId, peer: PeerId, voice: Voice) {
        if let Some(pair) = self.routers.elisions.elided_at(router, peer, voice) {
            self.rouse(pair, Bound::Before);
        }
    }
    /// Somebody looks at the wire from now on.
    pub(in crate::world) fn rouse_all(&mut self, bound: Bound) {
        while let Some(post) = self.routers.elisions.watches.first() {
            self.rouse_watch(post, bound);
        }
        let n_pairs = self.routers.elisions.elided.len();
        for place in 0..n_pairs {
            let pair = PairId::from_index(u32::try_from(place).unwrap_or(u32::MAX));
            self.rouse(pair, bound);
        }
    }
    /// A lever is about to be pulled.
    pub(in crate::world) fn rouse_for_lever(&mut self, lever: &RoutingLever, bound: Bound) {
        if self.routers.elisions.is_idle() {
            return;
        }
        let touched = self.touched_by(lever);
        self.rouse_all_across(&touched, bound);
    }

    /// The routers whose sessions, interfaces or tables a lever may touch at once.
    fn touched_by(&self, lever: &RoutingLever) -> Vec<RouterId> {
        let at = |interface| {
            self.network
                .router_interfaces
                .get(interface)
                .map(|row| row.router)
        };
        let neighbours = |router: RouterId| {
            let row = self.network.routers.get(router);
            let interfaces = row.into_iter().flat_map(|row| row.interfaces.iter().copied());
            interfaces.filter_map(|interface| {
                let (link, end) = self.network.link_at(interface)?;
                at(self.network.links.get(link)?.interface(end.other()))
            })
        };
        // What goes over a port of the router ends elsewhere.
        let over_ports = |router: RouterId| {
            let row = self.network.routers.get(router);
            let interfaces = row.into_iter().flat_map(|row| row.interfaces.iter().copied());
            let ports = interfaces.filter_map(|interface| self.network.link_at(interface));
            let over = ports.flat_map(|(link, _)| self.network.links_over(link));
            over.flat_map(|row| [row.a, row.b]).filter_map(at)
        };
        match lever {
            RoutingLever::Link { link, .. } => {
                let row = self.network.links.get(*link);
                let over = self.network.links_over(*link);
                let ends = row.into_iter().chain(over).flat_map(|row| [row.a, row.b]);
                ends.filter_map(at).collect()
            }
            RoutingLever::Router { router, change } => match change {
                RouterChange::Running(_) | RouterChange::Interface { .. } => {
                    let near = core::iter::once(*router).chain(neighbours(*router));
                    near.chain(over_ports(*router)).collect()
                }
                RouterChange::SetStaticRoute(_)
                | RouterChange::RemoveStaticRoute(_)
                | RouterChange::Cost { .. }
                | RouterChange::Mtu { .. }
                | RouterChange::MssClamp { .. }
                | RouterChange::IcmpErrors(_)
                | RouterChange::AddFirewallRule(_)
                | RouterChange::RemoveFirewallRule(_) => vec![*router],
            },
            RoutingLever::Speaker { router, .. } | RoutingLever::Ike { router, .. } => vec![*router],
            RoutingLever::Tunnel { tunnel, .. } => {
                let row = self.network.tunnels.get(*tunnel);
                row.map(|row| row.router).into_iter().collect()
            }
            RoutingLever::Upkeep(upkeep) => self.end_kept_up(upkeep).into_iter().collect(),
            RoutingLever::Segment { segment, .. } => {
                self.network.routers_on(*segment).filter_map(at).collect()
            }
            RoutingLever::Session { session, .. } | RoutingLever::Outside { session, .. } => {
                let row = self.routers.sessions.get(*session);
                row.map(|row| row.router).into_iter().collect()
            }
        }
    }

    /// An end's timer comes due while its heartbeats are left out: true where that was so.
    pub(in crate::world::routing) fn sleeps(&mut self, router: RouterId, timer: RouterTimer) -> bool {
        let (peer, voice) = match timer {
            RouterTimer::Session(peer) => (peer, Voice::Bgp),
            RouterTimer::Bfd(peer) => (peer, Voice::Bfd),
            RouterTimer::Stream(..) | RouterTimer::Aside | RouterTimer::Tables | RouterTimer::Ike => {
                return false;
            }
        };
        let Some(pair) = self.routers.elisions.elided_at(router, peer, voice) else {
            return false;
        };
        self.blame_silence(router, peer);
        let cause = self.cause;
        let elisions = &mut self.routers.elisions;
        let end = elisions.pairs.get(pair).and_then(|row| row.end_at(router));
        let slot = elisions.elided.get_mut(pair.index()).and_then(Option::as_mut);
        if let (Some(end), Some(elided)) = (end, slot) {
            std::sync::Arc::make_mut(elided).causes[end as usize] = Some(cause);
        }
        true
    }

    /// Puts a pair where it stands at the present, and lets it go on as usual.
    fn rouse(&mut self, pair: PairId, bound: Bound) {
        let Some(row) = self.routers.elisions.pairs.get(pair) else {
            return;
        };
        let Some(elided) = self.routers.elisions.get(pair).cloned() else {
            return;
        };
        self.rouse_watches_around(row, &elided, bound);
        self.routers.elisions.take(pair);
        let because = self.cause;
        let until = bound.until(self.now());
        match elided.connection {
            Some(carried) => self.rouse_bgp(row, &elided, carried, until),
            None => self.rouse_bfd(row, &elided, until),
        }
        self.cause = because;
    }

    fn rouse_bgp(&mut self, row: Pair, elided: &Elided, carried: Carried, until: SimTime) {
        let from = elided.quiet_before(carried.patience, until);
        self.hear_tunnels(row, elided, from);
        for (seat, end) in row.seats.into_iter().zip(ENDS) {
            let bgp = self.bgp_mut(seat.router);
            if let Some(session) = bgp.and_then(|bgp| bgp.speaker.session_mut(seat.peer)) {
                let under_way = session.resume(from, end, &elided.elision);
                debug_assert!(under_way.is_empty(), "bug: something was under way at {from}");
            }
        }
        if from == until {
            return self.rearm(row, elided, RouterTimer::Session);
        }
        let lab = self.begin_replay(from);
        self.rearm(row, elided, RouterTimer::Session);
        self.replay_until(until);
        self.end_replay(lab);
    }

    fn rouse_bfd(&mut self, row: Pair, elided: &Elided, until: SimTime) {
        self.hear_tunnels(row, elided, until);
        let mut under_way: Vec<(SimTime, Seat)> = Vec::new();
        for (seat, end) in row.seats.into_iter().zip(ENDS) {
            let bgp = self.bgp_mut(seat.router);
            if let Some(session) = bgp.and_then(|bgp| bgp.bfd_mut(seat.peer)) {
                let sent = session.resume(until, end, &elided.elision);
                under_way.extend(sent.into_iter().map(|at| (at, seat)));
            }
        }
        under_way.sort_unstable();
        if let Some(&(first, _)) = under_way.first() {
            let lab = self.begin_replay(first);
            for (at, seat) in under_way {
                self.replay_until(at);
                self.queue.advance_to(at);
                self.cause = self.cause_at(row, elided, seat);
                let packet = self.bgp_of(seat.router).and_then(|bgp| bgp.bfd(seat.peer));
                if let Some(packet) = packet.and_then(bfd::Session::steady_packet) {
                    self.send_bfd(seat.router, seat.peer, &packet);
                }
            }
            self.replay_until(until);
            self.end_replay(lab);
        }
        self.rearm(row, elided, RouterTimer::Bfd);
    }

    /// What would have woken an end does again, unless it is still going to.
    fn rearm(&mut self, row: Pair, elided: &Elided, timer: impl Fn(PeerId) -> RouterTimer) {
        for seat in row.seats {
            self.cause = self.cause_at(row, elided, seat);
            self.plan_wake(seat.router, timer(seat.peer));
        }
    }

    /// What caused an end's timer to be set, and so its beats.
    fn cause_at(&self, row: Pair, elided: &Elided, seat: Seat) -> Option<RecordId> {
        let end = row.end_at(seat.router)?;
        elided.causes[end as usize].flatten()
    }

    /// Whether what happens now is what was left out, carried on a clock of its own.
    pub(in crate::world) fn is_turned_back(&self) -> bool {
        self.routers.elisions.clock == Clock::TurnedBack
    }

    /// Turns the clock back to `from`, with nothing to be done; the lab's own queue is kept aside.
    pub(super) fn begin_replay(&mut self, from: SimTime) -> EventQueue<Planned> {
        debug_assert_eq!(self.routers.elisions.clock, Clock::Present);
        self.routers.elisions.clock = Clock::TurnedBack;
        let mut queue = EventQueue::new();
        queue.advance_to(from);
        core::mem::replace(&mut self.queue, queue)
    }

    /// Runs all that is due before `until`.
    pub(super) fn replay_until(&mut self, until: SimTime) {
        let Some(latest) = until.as_nanos().checked_sub(1).map(SimTime::from_nanos) else {
            return;
        };
        while let Some((_, Planned { cause, event })) = self.queue.pop_until(latest) {
            self.cause = cause;
            match event {
                Event::Packet(packet) => {
                    self.n_packets -= 1;
                    self.advance(packet);
                }
                Event::Router(router, timer) => self.look_at_due(router, timer),
                // No heartbeat leads to any of these.
                Event::Wake(_)
                | Event::Call(_)
                | Event::Relay(_)
                | Event::Hold(_)
                | Event::Scheduled(_)
                | Event::Lever(_)
                | Event::Instant
                | Event::Hub(_)
                | Event::Gateway(_)
                | Event::Igp(_)
                | Event::Area(_)
                | Event::Probe(_)
                | Event::Step(_) => {}
            }
        }
    }

    /// The lab's own queue goes on, with what the replay has left to be done.
    pub(super) fn end_replay(&mut self, lab: EventQueue<Planned>) {
        self.routers.elisions.clock = Clock::Present;
        let mut left = core::mem::replace(&mut self.queue, lab);
        while let Some((at, planned)) = left.pop() {
            self.plan(at.max(self.now()), planned);
        }
    }
}

impl Elided {
    /// The latest instant no later than `until` at which nothing was under way between the two ends, nor waited for: long
    /// enough after a beat of either, and just before the next.
    fn quiet_before(&self, patience: Span, until: SimTime) -> SimTime {
        let mut back = patience * 4;
        loop {
            let start = SimTime::at(until.since_start().saturating_sub(back)).max(self.since);
            let mut beats = self.elision.beats_at(start);
            let mut found = (start == self.since).then_some(start);
            let mut sent_at = beats.iter().map(|it| it.sent_at()).max().unwrap_or(start);
            loop {
                let [first, second] = &mut beats;
                let next = if first.due_at() <= second.due_at() {
                    first
                } else {
                    second
                };
                let due = next.due_at();
                let gap_ends = due.min(until);
                if sent_at < self.since || sent_at + patience < gap_ends {
                    found = Some(gap_ends);
                }
                if due >= until {
                    break;
                }
                next.beat(due);
                sent_at = due;
            }
            match found {
                Some(quiet) => return quiet,
                None => back = back * 4,
            }
        }
    }
}
