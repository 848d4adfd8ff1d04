//! Gateways that ask each other whether they live, and need nobody to carry it.
//!
//! While a watch is kept, neither gateway's clock looks after that SA's peer ([`ike::Daemon::suspend`]). Whatever is
//! about to touch the SA on either side rouses the watch before it happens: both sides are put where they stood at the
//! latest instant at which nothing was under way, and from there on they are run by the same code as ever.
//!
//! What comes out of the tunnels of the SA by sessions that are left out, too, counts as heard: those sessions do not
//! change while the watch is kept.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddrV4;
use std::sync::Arc;

use crate::kernel::End;
use crate::proto::ike::{self, Resting, SaId, Vigil};
use crate::resource::RouterId;
use crate::units::SimTime;

use super::super::super::terrain::Terrain;
use super::super::control::Capture;
use super::super::ipsec;
use super::super::wake::RouterTimer;
use super::pair::{ENDS, Pair};
use super::rouse::Clock;
use super::{Bound, Elided, Voice};

/// An IKE SA at its gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Post {
    router: RouterId,
    sa: SaId,
}

/// Two gateways that ask each other over a path that loses nothing.
#[derive(Debug, Clone)]
struct Watch {
    vigil: Vigil,
    posts: [Post; 2],
    /// The routers that their messages touch; some may come twice.
    routers: Vec<RouterId>,
}

/// The watches that are kept at present.
#[derive(Debug, Clone, Default)]
pub(super) struct Watches {
    /// By either post.
    rows: BTreeMap<Post, Arc<Watch>>,
    /// By the routers that their messages touch, with the first post of each.
    crossing: BTreeSet<(RouterId, Post)>,
}

impl Watches {
    pub(super) fn is_idle(&self) -> bool {
        self.rows.is_empty()
    }
    /// Two for each watch.
    pub(super) fn n_posts(&self) -> usize {
        self.rows.len()
    }
    #[cfg(test)]
    pub(super) fn n_kept(&self) -> usize {
        self.n_posts() / 2
    }
    fn across(&self, router: RouterId) -> Vec<Post> {
        let first = Post {
            router: RouterId::from_index(0),
            sa: SaId::from_index(0),
        };
        let all = self.crossing.range((router, first)..);
        all.take_while(|(at, _)| *at == router)
            .map(|&(_, post)| post)
            .collect()
    }
    pub(super) fn first(&self) -> Option<Post> {
        self.rows.keys().next().copied()
    }
    fn put(&mut self, watch: Watch) {
        let crossing = watch.routers.iter().map(|&router| (router, watch.posts[0]));
        self.crossing.extend(crossing);
        let (posts, watch) = (watch.posts, Arc::new(watch));
        self.rows.extend(posts.map(|post| (post, watch.clone())));
    }
    fn take(&mut self, post: Post) -> Option<Arc<Watch>> {
        let watch = self.rows.get(&post)?.clone();
        for post in watch.posts {
            self.rows.remove(&post);
        }
        for &router in &watch.routers {
            self.crossing.remove(&(router, watch.posts[0]));
        }
        Some(watch)
    }
}

/// What comes to one end of a watch by sessions that are left out, and since when it has come to that SA.
type Inside = Vec<(Arc<Elided>, Voice, End, SimTime)>;

impl Terrain {
    /// From now on nobody carries what a gateway and its peers ask each other, where nothing stands against it.
    pub(in crate::world::routing) fn try_to_watch(&mut self, router: RouterId) {
        if self.routers.capture == Capture::On || self.routers.elisions.clock == Clock::TurnedBack {
            return;
        }
        let Some(ike) = self.ike_of(router) else {
            return;
        };
        let is_free = |own: &Resting| {
            let post = Post { router, sa: own.sa };
            !self.routers.elisions.watches.rows.contains_key(&post)
        };
        let resting: Vec<Resting> = ike.daemon.resting().filter(is_free).collect();
        for own in resting {
            if let Some(watch) = self.watch(router, own) {
                for post in watch.posts {
                    if let Some(ike) = self.ike_mut(post.router) {
                        ike.daemon.suspend(post.sa);
                    }
                }
                self.routers.elisions.watches.put(watch);
            }
        }
    }

    fn watch(&self, router: RouterId, own: Resting) -> Option<Watch> {
        let far = *self.routers.elisions.gateways.get(own.remote.ip())?;
        let peer = self
            .ike_of(far)?
            .daemon
            .resting()
            .find(|peer| own.is_with(peer))?;
        let way = |from, to, (local, remote): (SocketAddrV4, SocketAddrV4)| {
            let way = self.lossless_way(from, to, ipsec::header(local, remote))?;
            // IKE inside another tunnel would have to be told apart from what that one hears.
            way.spi.is_none().then_some(way)
        };
        let there = way(router, far, (own.local, own.remote))?;
        let back = way(far, router, (own.remote, own.local))?;
        Some(Watch {
            vigil: own.vigil(&peer, [there.delay, back.delay])?,
            posts: [
                Post { router, sa: own.sa },
                Post {
                    router: far,
                    sa: peer.sa,
                },
            ],
            routers: there.routers.into_iter().chain(back.routers).collect(),
        })
    }

    /// A gateway's IKE is about to be told something.
    pub(in crate::world::routing) fn rouse_for_ike(&mut self, router: RouterId, input: &ike::Input<'_>) {
        if self.routers.elisions.watches.is_idle() {
            return;
        }
        let now = self.now();
        let touched = self.ike_of(router).map(|ike| ike.daemon.touched(now, input));
        for sa in touched.unwrap_or_default() {
            self.rouse_watch(Post { router, sa }, Bound::Before);
        }
    }
    /// Something is about to happen to a router that IKE's messages may go through.
    pub(super) fn rouse_watches_across(&mut self, router: RouterId, bound: Bound) {
        for post in self.routers.elisions.watches.across(router) {
            self.rouse_watch(post, bound);
        }
    }
    /// Sessions inside a tunnel begin to be left out, or no longer are.
    pub(super) fn rouse_watches_around(&mut self, row: Pair, elided: &Elided, bound: Bound) {
        if self.routers.elisions.watches.is_idle() {
            return;
        }
        for (seat, end) in row.seats.into_iter().zip(ENDS) {
            let spi_in = elided.towards(end).spi;
            let ike = self.ike_of(seat.router);
            if let Some(sa) = spi_in.and_then(|spi_in| ike?.daemon.sa_that_takes(spi_in)) {
                let router = seat.router;
                self.rouse_watch(Post { router, sa }, bound);
            }
        }
    }

    /// Puts both ends of a watch where they stand at the present, and lets them go on as usual.
    pub(super) fn rouse_watch(&mut self, post: Post, bound: Bound) {
        let Some(watch) = self.routers.elisions.watches.take(post) else {
            return;
        };
        let because = self.cause;
        let until = bound.until(self.now());
        let inside = watch.posts.map(|post| self.inside(post));
        let heard = |end: End, until: SimTime| {
            let all = inside[end as usize].iter();
            let heard = |(elided, voice, at, since): &(Arc<Elided>, Voice, End, SimTime)| {
                let heard_at = elided.heard(*voice, *at, until)?;
                (*since <= heard_at).then_some(heard_at)
            };
            all.filter_map(heard).max()
        };
        let is_alone = inside.iter().all(Vec::is_empty);
        let heard: Option<&ike::Heard<'_>> = if is_alone { None } else { Some(&heard) };
        let standing = watch.vigil.stand(until, heard);
        for (post, stand) in watch.posts.iter().zip(&standing.sides) {
            if let Some(ike) = self.ike_mut(post.router) {
                ike.daemon.resume(post.sa, stand);
            }
        }
        let begin = |terrain: &mut Self| {
            for post in watch.posts {
                terrain.plan_wake(post.router, RouterTimer::Ike);
            }
        };
        if standing.at == until {
            begin(self);
        } else {
            let (lab, told) = (self.begin_replay(standing.at), self.trace.next_id());
            begin(self);
            self.replay_until(until);
            self.end_replay(lab);
            debug_assert_eq!(self.trace.next_id(), told, "bug: something was told too late");
        }
        self.cause = because;
    }

    /// The sessions that are left out and whose packets come in under an SA, with the end that they come to.
    fn inside(&self, post: Post) -> Inside {
        let elisions = &self.routers.elisions;
        let Some(ike) = self.ike_of(post.router) else {
            return Inside::new();
        };
        let all = elisions.across(post.router).into_iter();
        let within = all.filter_map(|pair| {
            let (row, elided) = (elisions.pairs.get(pair)?, elisions.get(pair)?);
            let end = row.end_at(post.router)?;
            let (sa, since) = ike.daemon.holder(elided.towards(end).spi?)?;
            (sa == post.sa).then(|| (elided.clone(), row.voice, end, since))
        });
        within.collect()
    }
}
