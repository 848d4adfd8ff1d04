//! BFD beside BGP: each session that asks for it has a BFD session over the same addresses.
//!
//! # Fidelity
//! As with FRR, BFD is a process of its own: it goes on while BGP's is frozen, and is told when BGP's ends. Only
//! sessions between neighbours on a link are watched (RFC 5881), not those over several hops (RFC 5883).

use std::net::SocketAddrV4;
use std::sync::Arc;

use crate::kernel::Streams;
use crate::proto::bfd::{self, Packet, Session};
use crate::proto::bgp::rib::PeerId;
use crate::proto::bgp::{session, speaker};
use crate::resource::RouterId;
use crate::units::Span;

use super::super::network::Header;
use super::super::notice::Happening;
use super::super::terrain::Terrain;
use super::blueprint::Transport;
use super::control::Bgp;
use super::datagram::Datagram;
use super::elision::Voice;
use super::wake::RouterTimer;

/// Where BFD control packets go (RFC 5881 section 4).
pub(super) const PORT: u16 = 3_784;
/// Where they come from: the first of the ports that RFC 5881 section 4 allows.
const SOURCE_PORT: u16 = 49_152;
/// With what hop limit they start, and have to arrive (RFC 5881 section 5).
const HOP_LIMIT: u8 = 255;

impl Bgp {
    /// The BFD sessions that the configuration asks for, at rest.
    pub(super) fn bfd_sessions(
        configs: &[Option<bfd::Config>],
        streams: Streams,
        name: &str,
    ) -> Vec<Option<Session>> {
        let number = |place: usize| u32::try_from(place + 1).unwrap_or(u32::MAX);
        configs
            .iter()
            .enumerate()
            .map(|(place, config)| {
                let mut dice = streams.stream("bfd", &format!("{name}/{place}"));
                config.map(|config| Session::new(config, number(place), &mut dice))
            })
            .collect()
    }
    pub(super) fn bfd(&self, peer: PeerId) -> Option<&Session> {
        self.bfd.get(peer.index())?.as_ref()
    }
    pub(super) fn bfd_mut(&mut self, peer: PeerId) -> Option<&mut Session> {
        self.bfd.get_mut(peer.index())?.as_mut()
    }
}

impl Terrain {
    /// Tells a BFD session something, and does what it wants done.
    pub(super) fn tell_bfd(&mut self, router: RouterId, peer: PeerId, input: bfd::Input) {
        let now = self.now();
        match input {
            // A heartbeat that was under way when they began to be left out counts as any other.
            bfd::Input::Received(_) | bfd::Input::Wake => {}
            bfd::Input::Enable | bfd::Input::Disable | bfd::Input::PathDown => {
                self.rouse_end(router, peer, Voice::Bfd);
            }
        }
        self.with_bfd(router, peer, |session, out| session.handle(now, input, out));
    }

    /// A BFD session is given other timers.
    pub(super) fn change_bfd(
        &mut self,
        router: RouterId,
        peer: PeerId,
        (interval, multiplier): (Option<Span>, Option<u8>),
    ) {
        let now = self.now();
        self.rouse_end(router, peer, Voice::Bfd);
        self.with_bfd(router, peer, |session, out| {
            let mut config = *session.config();
            if let Some(interval) = interval {
                (config.desired_min_tx, config.required_min_rx) = (interval, interval);
            }
            config.detect_mult = multiplier.unwrap_or(config.detect_mult);
            session.reconfigure(now, config, out);
        });
        self.try_to_elide(router, peer, Voice::Bfd);
    }

    /// Does something with a BFD session, and what the session wants done.
    fn with_bfd(
        &mut self,
        router: RouterId,
        peer: PeerId,
        act: impl FnOnce(&mut Session, &mut Vec<bfd::Output>),
    ) {
        let mut out = Vec::new();
        let Some(session) = self.bgp_mut(router).and_then(|bgp| bgp.bfd_mut(peer)) else {
            return;
        };
        act(session, &mut out);
        let because = self.cause;
        for output in out {
            self.cause = because;
            match output {
                bfd::Output::Send(packet) => self.send_bfd(router, peer, &packet),
                bfd::Output::Changed(change) => self.on_bfd_change(router, peer, change),
            }
        }
        self.cause = because;
        self.plan_wake(router, RouterTimer::Bfd(peer));
    }

    pub(super) fn send_bfd(&mut self, router: RouterId, peer: PeerId, packet: &Packet) {
        let Some(transport) = self.transport(router, peer) else {
            return;
        };
        // It is bound to its interface (RFC 5881 section 4).
        let bound = self.interface_towards(router, &transport);
        if bound.is_some_and(|interface| self.network.interface_that_works(interface).is_err()) {
            return;
        }
        let datagram = datagram(&transport, packet.encode().as_slice().into());
        self.send_datagram(router, datagram);
    }

    fn on_bfd_change(&mut self, router: RouterId, peer: PeerId, change: bfd::Change) {
        if let Some(session) = self.session_of(router, peer) {
            let record = self.record(session, Happening::Bfd(change));
            if change.to == bfd::State::Up {
                if self.recovers(router, peer).is_some() {
                    self.note_recovery(router, peer, record);
                }
                self.note_interface_back(router, peer, None);
            }
        }
        if change.is_failure() {
            self.tell_bgp(router, speaker::Input::Session(peer, session::Input::BfdDown));
        }
    }

    /// A control packet has come.
    pub(super) fn on_bfd(&mut self, router: RouterId, header: Header, octets: &[u8]) {
        // RFC 5881 section 5: from farther than the link it is thrown away.
        if header.hop_limit != HOP_LIMIT {
            return;
        }
        let flow = header.flow;
        let peer = self
            .bgp_of(router)
            .and_then(|bgp| bgp.peer_between(flow.destination, flow.source));
        if let (Some(peer), Ok(packet)) = (peer, Packet::decode(octets)) {
            let session = self.bgp_of(router).and_then(|bgp| bgp.bfd(peer));
            if session.is_some_and(|session| !session.is_heartbeat(&packet)) {
                self.rouse_end(router, peer, Voice::Bfd);
                self.credit_heal_to_bfd(router, peer);
            }
            self.tell_bfd(router, peer, bfd::Input::Received(packet));
            self.try_to_elide(router, peer, Voice::Bfd);
        }
    }

    /// All BFD sessions of a router start or end with the BGP process that asked for them.
    pub(super) fn tell_all_bfd(&mut self, router: RouterId, input: bfd::Input) {
        let n_peers = self.bgp_of(router).map_or(0, |bgp| bgp.bfd.len());
        for peer in (0..n_peers).map(super::control::peer_at) {
            self.tell_bfd(router, peer, input);
        }
    }
}

/// What a control packet starts with.
pub(super) fn header(transport: &Transport) -> Header {
    datagram(transport, [].into()).header()
}

fn datagram(transport: &Transport, octets: Arc<[u8]>) -> Datagram {
    Datagram {
        from: SocketAddrV4::new(transport.local, SOURCE_PORT),
        to: SocketAddrV4::new(transport.remote, PORT),
        hop_limit: HOP_LIMIT,
        octets,
    }
}
