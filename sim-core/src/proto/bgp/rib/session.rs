//! What follows when a session comes or goes, restarts, or is asked for its routes once more.
//!
//! # Source
//! RFC 4724 §4, RFC 2918, RFC 7313 §4.

use std::sync::Arc;

use ipnet::Ipv4Net;

use crate::kernel::Id;
use crate::proto::bgp::attribute::Attributes;
use crate::proto::bgp::message::{Family, Update};
use crate::proto::bgp::negotiated::{Negotiated, PeerKind};
use crate::proto::bgp::policy::Policy;
use crate::units::SimTime;

use super::entry::Entry;
use super::export::PathMemo;
use super::import::Admission;
use super::machine::{Call, Rib};
use super::message::{Direction, Fate, Notice, Output};
use super::path::{Freshness, Source};
use super::peer::{PeerId, Session};

/// The restart state bit of the graceful restart capability's flags (RFC 4724 §3).
const RESTARTS: u8 = 8;

impl Rib {
    pub(super) fn peer_up(
        &mut self,
        call: &mut Call<'_>,
        peer: PeerId,
        negotiated: Arc<Negotiated>,
        subnet: Option<Ipv4Net>,
    ) {
        if self.is_up(peer) {
            self.peer_down(call, peer, Fate::Dropped);
        }
        // RFC 4724 §4.2: without the F bit the peer has not kept its forwarding state.
        let restart = negotiated.graceful_restart.as_ref();
        let is_kept = restart.is_some_and(|restart| {
            let mut families = restart.families.iter();
            families.any(|&(family, flags)| family == Family::IPV4_UNICAST && flags & 0x80 != 0)
        });
        let marks_end = restart.is_some();
        if !is_kept {
            self.sweep(call, peer, Freshness::Stale);
        }
        let row = &mut self.peers[peer.index()];
        row.session = Some(Session {
            kind: negotiated.kind,
            local_address: negotiated.local_address,
            negotiated,
            subnet,
            is_complete: false,
        });
        (row.over_limit, row.ready_at) = (false, SimTime::START);
        self.translated[peer.index()] = None;
        self.tell_missing_policies(call, peer);
        if self.selects_at.is_some() {
            return self.select_if_complete(call);
        }
        self.tell_all(call, peer);
        self.flush(call);
        if marks_end {
            call.out.push(Output::Send(peer, Update::default()));
        }
    }

    /// RFC 8212: without a policy nothing goes over an external session, which nobody but its operator can see.
    fn tell_missing_policies(&self, call: &mut Call<'_>, peer: PeerId) {
        let row = &self.peers[peer.index()];
        let is_external = row.session.as_ref().is_some_and(|it| it.kind == PeerKind::Ebgp);
        if !(is_external && self.config.options.ebgp_requires_policy) {
            return;
        }
        let ways = [
            (Direction::Import, row.config.import.is_none()),
            (Direction::Export, row.config.export.is_none()),
        ];
        for (direction, _) in ways.into_iter().filter(|(_, is_missing)| *is_missing) {
            call.out
                .push(Output::Notice(Notice::NoPolicy { peer, direction }));
        }
    }

    /// Tells a peer everything that it has not been told.
    pub(super) fn tell_all(&mut self, call: &mut Call<'_>, peer: PeerId) {
        self.each(
            call,
            |_| true,
            |turn, prefix, entry| {
                turn.tell(peer, prefix, entry, &mut PathMemo::default());
            },
        );
        if self.peers[peer.index()].config.default_originate {
            self.at(call, Ipv4Net::default(), |turn, prefix, entry| {
                turn.tell(peer, prefix, entry, &mut PathMemo::default());
            });
        }
    }

    pub(super) fn repeat(&mut self, call: &mut Call<'_>, peer: PeerId) {
        if self.selects_at.is_some() {
            return;
        }
        self.waiting.take(peer);
        self.each(
            call,
            |_| true,
            |turn, prefix, entry| turn.repeat(peer, prefix, entry),
        );
    }

    pub(super) fn peer_down(&mut self, call: &mut Call<'_>, peer: PeerId, routes: Fate) {
        let row = &mut self.peers[peer.index()];
        row.session = None;
        row.n_sent = 0;
        (row.over_limit, row.was_told_of_limit) = (false, false);
        self.translated[peer.index()] = None;
        self.waiting.take(peer);
        let concerns = |entry: &Entry| {
            entry.told(peer).is_some()
                || entry.place(Source::Peer(peer)).is_some()
                || entry.received.iter().any(|(from, _)| *from == peer)
        };
        self.withdrawing(call, peer, 1, |rib, call| {
            rib.each(call, concerns, |turn, prefix, entry| {
                if let Some(told) = entry.sent.get_mut(peer.index()) {
                    *told = None;
                }
                entry.forget_received(peer);
                let Some(place) = entry.place(Source::Peer(peer)) else {
                    return;
                };
                let path = &mut entry.paths[place];
                // RFC 4724 §4.2: what was stale already does not outlive a second loss.
                if routes == Fate::Kept && path.freshness != Freshness::Stale {
                    path.freshness = Freshness::Stale;
                } else {
                    turn.remove(Source::Peer(peer), prefix, entry);
                }
            });
        });
        self.select_if_complete(call);
    }

    pub(super) fn end_of_rib(&mut self, call: &mut Call<'_>, peer: PeerId) {
        if let Some(session) = &mut self.peers[peer.index()].session {
            session.is_complete = true;
        }
        self.sweep(call, peer, Freshness::Stale);
        self.select_if_complete(call);
    }

    /// Marks all paths from a peer.
    pub(super) fn age(&mut self, call: &mut Call<'_>, peer: PeerId, freshness: Freshness) {
        let source = Source::Peer(peer);
        self.each(
            call,
            |entry| entry.place(source).is_some(),
            |_, _, entry| {
                if let Some(place) = entry.place(source) {
                    entry.paths[place].freshness = freshness;
                }
            },
        );
    }

    /// Takes away the paths from a peer that are still marked so.
    pub(super) fn sweep(&mut self, call: &mut Call<'_>, peer: PeerId, freshness: Freshness) {
        let source = Source::Peer(peer);
        let concerns = |entry: &Entry| {
            let mut paths = entry.paths.iter();
            paths.any(|path| path.source == source && path.freshness == freshness)
        };
        self.withdrawing(call, peer, 1, |rib, call| {
            rib.each(call, concerns, |turn, prefix, entry| {
                entry.forget_received(peer);
                turn.remove(source, prefix, entry);
            });
        });
    }

    /// Does `work`, and where it takes away so many of the peer's paths says how many, ahead of what follows from that.
    pub(super) fn withdrawing(
        &mut self,
        call: &mut Call<'_>,
        peer: PeerId,
        least: u32,
        work: impl FnOnce(&mut Self, &mut Call<'_>),
    ) {
        let n_paths = |rib: &Self| rib.peers[peer.index()].n_paths;
        let (before, place) = (n_paths(self), call.out.len());
        work(self, call);
        let prefixes = before.saturating_sub(n_paths(self));
        if prefixes >= least {
            let notice = Notice::Withdrawn { peer, prefixes };
            call.out.insert(place, Output::Notice(notice));
        }
    }

    pub(super) fn set_policy(
        &mut self,
        call: &mut Call<'_>,
        peer: PeerId,
        direction: Direction,
        policy: Option<Arc<Policy>>,
    ) {
        self.translated[peer.index()] = None;
        let config = Arc::make_mut(&mut self.peers[peer.index()].config);
        match direction {
            Direction::Import => config.import = policy,
            Direction::Export => config.export = policy,
        }
        if !self.is_up(peer) {
            return;
        }
        match direction {
            Direction::Import => self.soft_in(call, peer),
            Direction::Export if self.selects_at.is_none() => self.tell_all(call, peer),
            Direction::Export => {}
        }
    }

    pub(super) fn soft_in(&mut self, call: &mut Call<'_>, peer: PeerId) {
        let row = &self.peers[peer.index()];
        if row.config.soft_reconfig {
            self.admit_again(call, peer);
        } else if row
            .session
            .as_ref()
            .is_some_and(|session| session.negotiated.route_refresh)
        {
            call.out.push(Output::AskRefresh(peer));
        }
    }

    pub(super) fn admit_again(&mut self, call: &mut Call<'_>, peer: PeerId) {
        let kept = |entry: &Entry| entry.received.iter().any(|(from, _)| *from == peer);
        let mut last: Option<(Arc<Attributes>, Admission)> = None;
        self.each(call, kept, |turn, prefix, entry| {
            let found = entry.received.iter().find(|(from, _)| *from == peer);
            let Some((_, attributes)) = found else {
                return;
            };
            if last.as_ref().is_none_or(|(of, _)| !Arc::ptr_eq(of, attributes)) {
                let admission = Admission::new(turn, peer, attributes.clone());
                last = admission.map(|admission| (attributes.clone(), admission));
            }
            if let Some((_, admission)) = &mut last {
                turn.receive(peer, prefix, entry, admission);
            }
        });
    }

    /// Ends the wait of a restart once every peer that is to be waited for has marked its end.
    ///
    /// # Source
    /// RFC 4724 §4.1: not waited for are peers that do not offer graceful restart, and those that restart themselves.
    /// Peers whose sessions are not up yet may be of either kind, unless all are up.
    pub(super) fn select_if_complete(&mut self, call: &mut Call<'_>) {
        let sessions = || self.peers.iter().filter_map(|row| row.session.as_ref());
        let is_done = |session: &Session| {
            let restart = session.negotiated.graceful_restart.as_ref();
            session.is_complete || restart.is_none_or(|restart| restart.flags & RESTARTS != 0)
        };
        let all_up = self.peers.iter().all(|row| row.session.is_some());
        let is_over = sessions().all(is_done) && (all_up || sessions().any(|session| session.is_complete));
        if self.selects_at.is_some() && is_over {
            self.select_all(call);
        }
    }

    pub(super) fn select_all(&mut self, call: &mut Call<'_>) {
        self.selects_at = None;
        self.each(call, |_| true, |turn, prefix, entry| turn.settle(prefix, entry));
        for index in 0..self.peers.len() {
            let peer = Id::from_index(index as u32);
            if self.is_up(peer) {
                self.tell_all(call, peer);
            }
        }
        self.flush(call);
        for (index, row) in self.peers.iter().enumerate() {
            let session = row.session.as_ref();
            if session.is_some_and(|session| session.negotiated.graceful_restart.is_some()) {
                let peer = Id::from_index(index as u32);
                call.out.push(Output::Send(peer, Update::default()));
            }
        }
    }
}
