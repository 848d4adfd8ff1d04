//! What silence is to blame on, and what its end is owed to.
//!
//! A process that hears nothing does not know why; the lab does. Silence that somebody notices came of the packet that was
//! lost last. Where a packet gets through again after the place that lost it was changed, what comes of that came of the
//! change, and not of the clock by which somebody happened to try again.
//!
//! ```text
//!   lever ─▶ packet lost ─▶ hold timer, DPD … ─▶ session down, tries again
//!   lever that heals ─▶ first packet that gets through ─▶ session up, routes
//! ```

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use crate::kernel::RecordId;
use crate::net::{FiveTuple, Protocol};
use crate::proto::bgp::session::State;
use crate::proto::bgp::{self, rib::PeerId};
use crate::proto::ike;
use crate::reason::Reason;
use crate::resource::{LinkId, ResourceRef, RouterId, TunnelId};
use crate::site::{End, LinkChange, Passage};

use super::super::network::{self, Header, LinkRef, Place, Tracking};
use super::super::packet::Loss;
use super::super::terrain::Terrain;
use super::control::Process;

/// The latest packet of IKE's that was lost between two gateways, by the address of the one that has not got over it and
/// that of the other.
pub(super) type LostQuestions = BTreeMap<(Ipv4Addr, Ipv4Addr), Loss>;

impl Terrain {
    /// A packet between two processes was dropped: silence that either of them notices later is to blame on it.
    pub(in crate::world) fn note_loss(&mut self, flow: FiveTuple, loss: Loss) {
        for (local, remote) in [(flow.source, flow.destination), (flow.destination, flow.source)] {
            let Some(&router) = self.routers.router_at.get(&local) else {
                continue;
            };
            if is_ike(&flow) {
                self.routers.lost_questions.insert((local, remote), loss);
            }
            let Some(bgp) = self.bgp_mut(router) else {
                continue;
            };
            if let Some(peer) = bgp.peer_between(local, remote)
                && let Some(trouble) = bgp.troubles.get_mut(peer.index())
            {
                trouble.lost = Some(loss);
            }
        }
    }

    /// What comes of silence was brought about by the packet that was lost, or by what keeps packets on their way for
    /// longer than they are waited for, and not by the clock.
    pub(super) fn blame_silence(&mut self, router: RouterId, peer: PeerId) {
        let lost = self
            .bgp_of(router)
            .and_then(|bgp| bgp.troubles.get(peer.index())?.lost);
        let lost = lost.map(|loss| loss.record);
        let because = lost.max(self.slows(router, peer));
        if let Some(because) = because.or_else(|| self.mutes(router, peer)) {
            self.cause = Some(because);
        }
    }

    /// What was last done to a link by which packets of a peer come, where that slows them.
    fn slows(&self, router: RouterId, peer: PeerId) -> Option<RecordId> {
        if self.routers.slowed.is_empty() {
            return None;
        }
        let transport = self.transport(router, peer)?;
        let &far = self.routers.router_at.get(&transport.remote)?;
        let header = Header::probe(transport.remote, transport.local, Protocol::Tcp, bgp::PORT);
        let (tracking, from) = (&mut Tracking::default(), Place::RouterEgress(far));
        let path = network::walk(&self.network, tracking, self.now(), from, &header);
        let crossed = path.hops.iter().flat_map(|hop| {
            let left_by = match hop.egress {
                Some(ResourceRef::RouterInterface(interface)) => self.network.link_at(interface),
                _ => None,
            };
            let carrier = match hop.link {
                Some(LinkRef::Link { link, .. }) => Some(link),
                _ => None,
            };
            [left_by.map(|(link, _)| link), carrier]
        });
        let slowed = crossed.filter_map(|link| self.routers.slowed.get(&link?));
        slowed.max().copied()
    }

    /// A link's delay or jitter is about to become another.
    pub(super) fn note_slowed(&mut self, link: LinkId, change: LinkChange, record: RecordId) {
        let Some(row) = self.network.links.get(link) else {
            return;
        };
        let grows = match change {
            LinkChange::Delay(to) => to > row.delay,
            LinkChange::Jitter(to) => to > row.jitter,
            LinkChange::Carrier(_)
            | LinkChange::Provisioning(_)
            | LinkChange::Passage { .. }
            | LinkChange::Rate(_)
            | LinkChange::Loss(_)
            | LinkChange::Mtu(_)
            | LinkChange::Flapping(_) => return,
        };
        if grows {
            self.routers.slowed.insert(link, record);
        } else {
            self.routers.slowed.remove(&link);
        }
    }

    /// What keeps a peer from speaking whose packets would get through.
    fn mutes(&self, router: RouterId, peer: PeerId) -> Option<RecordId> {
        let remote = self.transport(router, peer)?.remote;
        let &far = self.routers.router_at.get(&remote)?;
        let is_frozen = self.bgp_of(far)?.process == Process::Frozen;
        let done = self.routers.disturbed.get(&ResourceRef::Router(far));
        done.copied().filter(|_| is_frozen)
    }

    /// Which record tells why a session was refused that tries again and again.
    pub(super) fn refused_in(&self, router: RouterId, peer: PeerId) -> Option<RecordId> {
        self.bgp_of(router)?.troubles.get(peer.index())?.refused_in
    }

    /// What was last done to a session, at either end.
    pub(super) fn done_to_session(&self, router: RouterId, peer: PeerId) -> Option<RecordId> {
        let near = self.transport(router, peer)?;
        let ends = self.routers.sessions.iter().filter(|(_, row)| {
            let transport = self.transport(row.router, row.peer);
            let is_far = transport.is_some_and(|far| (far.local, far.remote) == (near.remote, near.local));
            is_far || (row.router, row.peer) == (router, peer)
        });
        let done = ends.filter_map(|(id, _)| self.routers.disturbed.get(&ResourceRef::BgpSession(id)));
        done.max().copied()
    }

    /// A packet from a peer has got through: where those before it were lost, what comes of it is owed to what healed.
    pub(super) fn credit_heal(&mut self, router: RouterId, peer: PeerId) {
        let Some(trouble) = self
            .bgp_of(router)
            .and_then(|bgp| bgp.troubles.get(peer.index()).copied())
        else {
            return;
        };
        let heal = trouble.lost.and_then(|loss| self.healed_by(loss));
        // BFD may have got over it before.
        if let Some(heal) = heal.map(|heal| trouble.healed.map_or(heal, |step| step.max(heal))) {
            // A session that is up may have its heartbeats left out, and nobody can tell when the first of them got
            // through.
            if self.is_established(router, peer) {
                return self.owe_to(heal);
            }
            if let Some(trouble) = self
                .bgp_mut(router)
                .and_then(|bgp| bgp.troubles.get_mut(peer.index()))
            {
                (trouble.lost, trouble.healed) = (None, Some(heal));
            }
            self.cause = Some(heal);
        } else if let Some(heal) = trouble.healed {
            self.owe_to(heal);
        }
    }

    /// The same for BFD, which gets over it beside BGP.
    pub(super) fn credit_heal_to_bfd(&mut self, router: RouterId, peer: PeerId) {
        let trouble = self
            .bgp_of(router)
            .and_then(|bgp| bgp.troubles.get(peer.index()).copied());
        let back = trouble.and_then(|trouble| trouble.interface_back);
        if let Some(heal) = self.recovers(router, peer).max(back) {
            self.owe_to(heal);
        }
    }

    /// The interface towards a peer that BFD watches has come back, or gone: that the peer is heard again is owed to what
    /// brought it back, and not to the clock of the heartbeats, which goes on all the while.
    pub(super) fn note_interface_back(&mut self, router: RouterId, peer: PeerId, back: Option<RecordId>) {
        let watched = self.bgp_of(router).is_some_and(|bgp| bgp.bfd(peer).is_some());
        let trouble = self
            .bgp_mut(router)
            .and_then(|bgp| bgp.troubles.get_mut(peer.index()));
        if let Some(trouble) = trouble {
            trouble.interface_back = back.filter(|_| watched);
        }
    }

    /// How far the two ends have got over what was lost between them: the latest record of it.
    pub(super) fn recovers(&self, router: RouterId, peer: PeerId) -> Option<RecordId> {
        let trouble = self.bgp_of(router)?.troubles.get(peer.index()).copied()?;
        let heal = trouble.lost.and_then(|loss| self.healed_by(loss));
        heal.max(trouble.healed)
    }

    /// They have got a step further: what comes next comes of that.
    pub(super) fn note_recovery(&mut self, router: RouterId, peer: PeerId, step: RecordId) {
        let trouble = self
            .bgp_mut(router)
            .and_then(|bgp| bgp.troubles.get_mut(peer.index()));
        if let Some(trouble) = trouble {
            trouble.healed = Some(step);
        }
    }

    /// A peer that is silent at the other end of a tunnel was asked in vain: what follows came of what lost the question.
    pub(super) fn blame_lost_question(&mut self, tunnel: TunnelId) {
        let Some(row) = self.network.tunnels.get(tunnel) else {
            return;
        };
        let between = &(row.local, row.remote);
        let lost = self.routers.lost_questions.get(between).map(|loss| loss.record);
        // The peer may have been heard since, with a question of its own.
        let before = self.routers.got_over.get(between).copied();
        self.cause = self.cause.max(lost).max(before);
    }

    /// The same for IKE, of a packet from one gateway to another that more follows from than that both live.
    pub(super) fn credit_heal_to_ike(&mut self, local: Ipv4Addr, remote: Ipv4Addr) {
        let loss = self.routers.lost_questions.get(&(local, remote)).copied();
        if let Some((loss, heal)) = loss.and_then(|loss| Some((loss, self.healed_by(loss)?))) {
            self.routers.lost_questions.remove(&(local, remote));
            self.routers.got_over.insert((local, remote), loss.record);
            self.cause = Some(heal);
        }
    }

    /// What follows from something older than the heal follows from the heal: without it nothing would have come of it.
    fn owe_to(&mut self, heal: RecordId) {
        if self.cause.is_none_or(|cause| cause < heal) {
            self.cause = Some(heal);
        }
    }

    fn is_established(&self, router: RouterId, peer: PeerId) -> bool {
        let session = self.bgp_of(router).and_then(|bgp| bgp.speaker.session(peer));
        session.is_some_and(|session| session.state() == State::Established)
    }

    /// What was done since to the place that lost a packet, where it loses nothing any more.
    fn healed_by(&self, loss: Loss) -> Option<RecordId> {
        let changed = self.routers.changed_at(&loss.refusal)?;
        if changed <= loss.record {
            return None;
        }
        match (loss.refusal.reason, loss.refusal.at) {
            (Reason::LinkSilent, ResourceRef::Link(link)) => {
                let row = self.network.links.get(link)?;
                let carries = [End::A, End::B]
                    .into_iter()
                    .all(|end| row.passage(end) == Passage::Open);
                carries.then_some(changed)
            }
            _ => Some(changed),
        }
    }
}

const fn is_ike(flow: &FiveTuple) -> bool {
    matches!(flow.protocol, Protocol::Udp) && matches!(flow.destination_port, ike::PORT | ike::PORT_NAT)
}
