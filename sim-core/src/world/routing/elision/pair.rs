//! Which ends of the lab speak with each other.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::sync::Arc;

use crate::kernel::{Arena, End, Id};
use crate::proto::bgp::rib::PeerId;
use crate::resource::{RouterId, kind};

use super::super::control::{Bgp, Control, peer_at};

/// The kind of ids of pairs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum PairKind {}
/// A pair of the lab.
pub(super) type PairId = Id<PairKind>;

/// What a pair's heartbeats belong to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::world::routing) enum Voice {
    /// BGP sessions.
    Bgp,
    /// The BFD sessions beside them.
    Bfd,
}

/// One end of a pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Seat {
    pub(super) router: RouterId,
    pub(super) peer: PeerId,
}

/// Two ends that speak with each other.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pair {
    pub(super) voice: Voice,
    pub(super) seats: [Seat; 2],
}

impl Pair {
    /// Which of the two ends a router's is; a pair has at most one at each.
    pub(super) fn end_at(&self, router: RouterId) -> Option<End> {
        let place = self.seats.iter().position(|seat| seat.router == router)?;
        Some(ENDS[place])
    }
}

/// Both ends, in their order.
pub(super) const ENDS: [End; 2] = [End::First, End::Second];

/// The pairs that two ends of the lab may make; it never changes.
#[derive(Debug, Default)]
pub(super) struct Pairs {
    pub(super) rows: Vec<Pair>,
    /// By router and peer: the pair of the BGP session, and that of the BFD session.
    by_seat: Vec<Vec<[Option<PairId>; 2]>>,
}

impl Pairs {
    pub(super) fn find(
        control: &Arena<Arc<Control>, kind::Router>,
        router_at: &BTreeMap<Ipv4Addr, RouterId>,
    ) -> Self {
        let bgp_of = |router| control.get(router)?.bgp.as_ref();
        let n_peers = |row: &Arc<Control>| row.bgp.as_ref().map_or(0, |bgp| bgp.setup.transports.len());
        let mut pairs = Self {
            rows: Vec::new(),
            by_seat: control
                .rows()
                .iter()
                .map(|row| vec![[None; 2]; n_peers(row)])
                .collect(),
        };
        for router in control.ids() {
            let n_peers = bgp_of(router).map_or(0, |bgp| bgp.setup.transports.len());
            for peer in (0..n_peers).map(peer_at) {
                let own = Seat { router, peer };
                // From the lower router, so that each pair is found once.
                let far = far_seat(own, bgp_of, router_at).filter(|far| router < far.router);
                let Some(far) = far.filter(|&far| far_seat(far, bgp_of, router_at) == Some(own)) else {
                    continue;
                };
                pairs.add(Voice::Bgp, [own, far]);
                let has_bfd =
                    |seat: Seat| bgp_of(seat.router).is_some_and(|bgp| bgp.bfd(seat.peer).is_some());
                if has_bfd(own) && has_bfd(far) {
                    pairs.add(Voice::Bfd, [own, far]);
                }
            }
        }
        pairs
    }
    fn add(&mut self, voice: Voice, seats: [Seat; 2]) {
        let pair = PairId::from_index(u32::try_from(self.rows.len()).unwrap_or(u32::MAX));
        self.rows.push(Pair { voice, seats });
        for seat in seats {
            let peers = self.by_seat.get_mut(seat.router.index());
            if let Some(slots) = peers.and_then(|peers| peers.get_mut(seat.peer.index())) {
                slots[voice as usize] = Some(pair);
            }
        }
    }
    pub(super) fn of(&self, router: RouterId, peer: PeerId, voice: Voice) -> Option<PairId> {
        self.by_seat.get(router.index())?.get(peer.index())?[voice as usize]
    }
    pub(super) fn get(&self, pair: PairId) -> Option<Pair> {
        self.rows.get(pair.index()).copied()
    }
}

/// The session that answers: that of the router that has the peer's address, with this end's.
fn far_seat<'a>(
    own: Seat,
    bgp_of: impl Fn(RouterId) -> Option<&'a Bgp>,
    router_at: &BTreeMap<Ipv4Addr, RouterId>,
) -> Option<Seat> {
    let transport = *bgp_of(own.router)?.setup.transports.get(own.peer.index())?;
    let router = *router_at.get(&transport.remote)?;
    let peer = bgp_of(router)?.peer_between(transport.remote, transport.local)?;
    Some(Seat { router, peer })
}
