//! Heartbeats that nobody has to carry: KEEPALIVEs of BGP and control packets of BFD between two ends of the lab, and
//! what two gateways' IKE asks each other to see whether the peer lives, while they are well and the path between them
//! is.
//!
//! ```text
//!                     both ends quiet, the way lossless both ways
//!   carried ─────────────────────────────────────────────────────────▶ left out
//!      ▲                                                                  │
//!      └── roused: something is about to touch an end, or the way ◀───────┘
//! ```
//!
//! While a pair's heartbeats are left out it has nothing in the queue. Whatever could make a difference rouses the pair
//! before it happens: both ends are put where they would stand by now, what they said last is carried by the same code
//! as ever on a clock of its own ([`rouse`]), and what of it is still under way goes into the lab's queue. So whatever
//! comes then meets the same sessions, connections and packets as if nothing had been left out, and rousing a pair for
//! nothing costs a few events and changes nothing.
//!
//! The beats of BGP and BFD are known beforehand, one by one. A question of IKE's follows from when its sender last heard
//! of the peer, so those of two gateways are told by a small machine of their own ([`ike::Vigil`](crate::proto::ike::Vigil)):
//! with nothing inside the tunnel it soon goes round in circles, of which any number is taken at once; with sessions
//! inside that are left out, too, it takes a step for each time that a gateway would have looked.
//!
//! Who rouses whom:
//!
//! - A lever on a link, a router or a process: all pairs that end at or go through the routers that it touches.
//! - An input of a BGP process that may bring or take a route: all pairs that end at or go through its router, as any of
//!   its peers may be sent an UPDATE and what it forwards by may change.
//! - A segment, or a BFD packet that says something new: the pair that it belongs to.
//! - What a gateway's IKE is told, what it has to do by the clock, and a packet that comes out of its tunnel: the gateways
//!   that share the IKE SA which that is for; where it may be about any SA, all that ask this gateway.
//! - A security association that comes or goes: all pairs that end at or go through the gateway.
//! - Sessions through a tunnel, when they begin to be left out and when they are roused: first the gateways at its ends.
//! - [`Capture::On`](super::Capture): all.
//!
//! # Fidelity
//! What is left out and what is carried tell the same, but where two things fall on the same nanosecond: then a beat of
//! that instant comes after whatever happens in it. A lever that somebody pulls between two steps of a run comes after
//! all that was due at its instant.
//!
//! Carried always: heartbeats over links that lose packets, through a tunnel that neither end is the gateway of, of
//! connections that send segments again because their path is longer than their patience, and what gateways ask each
//! other through another tunnel, over a path that takes a quarter of the time after which they ask, or longer than they
//! wait for an answer. A gateway knows of what would have come through its tunnels when its IKE does anything
//! ([`tunnel`]).

mod facts;
mod pair;
mod plan;
mod rouse;
mod tunnel;
mod watch;
mod way;

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;
use std::sync::Arc;

use crate::kernel::{Arena, RecordId};
use crate::proto::bgp::rib::PeerId;
use crate::resource::{RouterId, kind};
use crate::units::{SimTime, Span};

use super::control::Control;
use pair::{PairId, Pairs};
use rouse::Clock;
use watch::Watches;
use way::Way;

pub(super) use pair::Voice;

/// The pairs of the lab, and which of them are left out at present.
#[derive(Debug, Clone, Default)]
pub(in crate::world) struct Elisions {
    pairs: Arc<Pairs>,
    /// By pair.
    elided: Vec<Option<Arc<Elided>>>,
    /// The pairs left out that end at or go through each router.
    crossing: BTreeSet<(RouterId, PairId)>,
    /// The routers that run IKE, by their addresses.
    gateways: Arc<BTreeMap<Ipv4Addr, RouterId>>,
    /// What IKE's gateways ask each other and nobody carries at present.
    watches: Watches,
    clock: Clock,
}

/// A pair whose heartbeats are left out.
#[derive(Debug, Clone)]
struct Elided {
    elision: crate::kernel::Elision,
    since: SimTime,
    /// From each end to the other.
    ways: [Way; 2],
    /// What carries BGP; none for BFD.
    connection: Option<Carried>,
    /// What each end's timer would have named as its cause, once it has come due.
    causes: [Option<Option<RecordId>>; 2],
}

const TICK: Span = Span::nanos(1);

/// The connection under a BGP session whose heartbeats are left out.
#[derive(Debug, Clone, Copy)]
struct Carried {
    /// How long after a send both ends have nothing left to do for it.
    patience: Span,
}

/// What has happened of an instant at which a pair is roused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::world) enum Bound {
    /// Nothing of it: beats of the instant are still to come.
    Before,
    /// All of it.
    Through,
}

impl Bound {
    /// What is due before this has happened.
    fn until(self, now: SimTime) -> SimTime {
        match self {
            Self::Before => now,
            Self::Through => now + TICK,
        }
    }
}

impl Elided {
    /// The way by which packets come to an end.
    fn towards(&self, end: crate::kernel::End) -> &Way {
        &self.ways[1 - end as usize]
    }
}

impl Elisions {
    pub(super) fn new(
        control: &Arena<Arc<Control>, kind::Router>,
        router_at: &BTreeMap<Ipv4Addr, RouterId>,
    ) -> Self {
        let pairs = Arc::new(Pairs::find(control, router_at));
        let has_ike = |router: RouterId| control.get(router).is_some_and(|row| row.ike.is_some());
        let gateways = router_at.iter().filter(|&(_, &router)| has_ike(router));
        Self {
            elided: vec![None; pairs.rows.len()],
            pairs,
            gateways: Arc::new(gateways.map(|(&address, &router)| (address, router)).collect()),
            ..Self::default()
        }
    }
    fn is_idle(&self) -> bool {
        self.crossing.is_empty() && self.watches.is_idle()
    }
    fn get(&self, pair: PairId) -> Option<&Arc<Elided>> {
        self.elided.get(pair.index())?.as_ref()
    }
    /// The pair that an end belongs to, where it is left out at present.
    fn elided_at(&self, router: RouterId, peer: PeerId, voice: Voice) -> Option<PairId> {
        if self.is_idle() {
            return None;
        }
        let pair = self.pairs.of(router, peer, voice)?;
        self.get(pair).map(|_| pair)
    }
    /// The router at the other end of a session, where both ends are of the lab and name each other.
    pub(super) fn far_router(&self, router: RouterId, peer: PeerId) -> Option<RouterId> {
        let pair = self.pairs.get(self.pairs.of(router, peer, Voice::Bgp)?)?;
        let seats = pair.seats.into_iter().map(|seat| seat.router);
        seats.into_iter().find(|it| *it != router)
    }
    /// The pairs left out that end at or go through a router.
    fn across(&self, router: RouterId) -> Vec<PairId> {
        let first = (router, PairId::from_index(0));
        let all = self.crossing.range(first..);
        all.take_while(|(at, _)| *at == router)
            .map(|&(_, pair)| pair)
            .collect()
    }
    fn put(&mut self, pair: PairId, elided: Elided) {
        let routers = elided.ways.iter().flat_map(|way| way.routers.iter());
        self.crossing.extend(routers.map(|&router| (router, pair)));
        if let Some(slot) = self.elided.get_mut(pair.index()) {
            *slot = Some(Arc::new(elided));
        }
    }
    fn take(&mut self, pair: PairId) -> Option<Arc<Elided>> {
        let elided = self.elided.get_mut(pair.index())?.take()?;
        for router in elided.ways.iter().flat_map(|way| way.routers.iter()) {
            self.crossing.remove(&(*router, pair));
        }
        Some(elided)
    }
}
