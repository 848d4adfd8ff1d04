//! Heartbeats that nobody has to carry: KEEPALIVEs of BGP and control packets of BFD between two ends of the lab, while
//! they are well and the path between them is.
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
//! Who rouses whom:
//!
//! - A lever on a link, a router or a process: all pairs that end at or go through the routers that it touches.
//! - An input of a BGP process that may bring or take a route: all pairs that end at or go through its router, as any of
//!   its peers may be sent an UPDATE and what it forwards by may change.
//! - A segment, or a BFD packet that says something new: the pair that it belongs to.
//! - A security association that comes or goes: all pairs that end at or go through the gateway.
//! - [`Capture::On`](super::Capture): all.
//!
//! # Fidelity
//! What is left out and what is carried tell the same, but where two things fall on the same nanosecond: then a beat of
//! that instant comes after whatever happens in it. A lever that somebody pulls between two steps of a run comes after
//! all that was due at its instant.
//!
//! Carried always: heartbeats over links that lose packets, through a tunnel that neither end is the gateway of, of
//! connections that send segments again because their path is longer than their patience, and questions of IKE's whether
//! a peer lives. A gateway knows of what would have come through its tunnels when its IKE does anything ([`tunnel`]).

mod facts;
mod pair;
mod plan;
mod rouse;
mod tunnel;
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

impl Elisions {
    pub(super) fn new(
        control: &Arena<Arc<Control>, kind::Router>,
        router_at: &BTreeMap<Ipv4Addr, RouterId>,
    ) -> Self {
        let pairs = Arc::new(Pairs::find(control, router_at));
        Self {
            elided: vec![None; pairs.rows.len()],
            pairs,
            crossing: BTreeSet::new(),
        }
    }
    fn is_idle(&self) -> bool {
        self.crossing.is_empty()
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
