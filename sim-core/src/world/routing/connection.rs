//! The TCP connections under BGP sessions: segments in packets, hop by hop through the lab's own tables.

use std::net::Ipv4Addr;
use std::sync::Arc;

use crate::aws::tracking::Signal;
use crate::kernel::Digest;
use crate::net::tcp::{self, Kind, Segment, Stream, StreamOutput, StreamState};
use crate::net::{FiveTuple, Protocol};
use crate::proto::bgp::PORT;
use crate::proto::bgp::rib::PeerId;
use crate::proto::bgp::session::{self, Acceptance, Closing, Half, OpenFailure};
use crate::proto::bgp::speaker;
use crate::reason::Reason;
use crate::resource::{RouterId, RouterInterfaceId};
use crate::site::Attachment;
use crate::verdict::{Refusal, RouteSource};

use super::super::network::{self, Header, Place};
use super::super::packet::{Load, Loss};
use super::super::terrain::Terrain;
use super::blueprint::Transport;
use super::control::{Connection, Process};
use super::elision::Voice;
use super::wake::RouterTimer;

/// A segment and the key by which it is authenticated (RFC 2385).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::world) struct SignedSegment {
    pub(in crate::world) segment: Segment,
    pub(in crate::world) key: Option<Digest>,
}

/// What happens to a stream.
enum Act {
    Receive(Segment),
    Send(Arc<[u8]>),
    Wake,
    Close,
    Abort,
}

impl Terrain {
    /// The process wants a connection to its peer.
    pub(super) fn open_connection(&mut self, router: RouterId, peer: PeerId) {
        let now = self.now();
        let Some(transport) = self.transport(router, peer) else {
            return;
        };
        if let Some(failure) = self.no_way(router, &transport) {
            let input = session::Input::OpenFailed(failure);
            return self.tell_bgp(router, speaker::Input::Session(peer, input));
        }
        let Some(bgp) = self.bgp_mut(router) else {
            return;
        };
        let mut out = Vec::new();
        let connection = Connection::new(Stream::connect(now, &mut out), bgp.client_port(), PORT);
        bgp.put(peer, Half::Outgoing, Some(connection));
        self.carry_out(router, peer, Half::Outgoing, out);
        self.plan_wake(router, RouterTimer::Stream(peer, Half::Outgoing));
    }

    /// What keeps the very first packet from leaving, as a call to `connect` would say at once.
    fn no_way(&self, router: RouterId, transport: &Transport) -> Option<OpenFailure> {
        let row = self.network.routers.get(router)?;
        let interface = match self.interface_towards(router, transport) {
            Some(interface) => interface,
            None => {
                let Some((_, route)) = row.fib.lookup(transport.remote) else {
                    return Some(OpenFailure::NoRoute);
                };
                route.hops.first()?.interface
            }
        };
        match self.network.interface_that_works(interface) {
            Ok(_) => None,
            Err(refusal) if refusal.reason == Reason::TunnelUnprotected => Some(OpenFailure::NoTunnel),
            Err(_) => Some(OpenFailure::NoRoute),
        }
    }

    /// The interface on whose link, or in whose tunnel, a peer is that may be no more than one hop away; a route that leads
    /// there by others is of no use. What speaks between the inside addresses of a tunnel speaks in the tunnel, however many
    /// hops it may take.
    pub(super) fn interface_towards(
        &self,
        router: RouterId,
        transport: &Transport,
    ) -> Option<RouterInterfaceId> {
        let mut interfaces = self.network.routers.get(router)?.interfaces.iter().copied();
        let joins = |id: &RouterInterfaceId| {
            let row = self.network.router_interfaces.get(*id);
            row.is_some_and(|row| {
                row.address.addr() == transport.local && row.address.contains(&transport.remote)
            })
        };
        interfaces.find(joins).filter(|id| {
            let row = self.network.router_interfaces.get(*id);
            let is_tunnel = row.is_some_and(|row| matches!(row.attached, Attachment::Tunnel(_)));
            transport.hop_limit == 1 || is_tunnel
        })
    }

    /// The process sends octets.
    pub(super) fn send_octets(&mut self, router: RouterId, peer: PeerId, half: Half, octets: Arc<[u8]>) {
        self.act_on(router, peer, half, Act::Send(octets));
    }

    /// The process is done with a connection, or gives up opening it.
    pub(super) fn close_connection(&mut self, router: RouterId, peer: PeerId, half: Half, how: Closing) {
        match how {
            Closing::Fin => self.act_on(router, peer, half, Act::Close),
            Closing::Reset => self.act_on(router, peer, half, Act::Abort),
            Closing::Forget => {}
        }
        let Some(bgp) = self.bgp_mut(router) else {
            return;
        };
        if let Some(connection) = bgp.take(peer, half)
            && connection.stream.state() == StreamState::Closing
        {
            bgp.aside.linger(peer, connection);
            self.plan_wake(router, RouterTimer::Aside);
        }
    }

    pub(super) fn wake_connection(&mut self, router: RouterId, peer: PeerId, half: Half) {
        self.act_on(router, peer, half, Act::Wake);
    }

    fn act_on(&mut self, router: RouterId, peer: PeerId, half: Half, act: Act) {
        let now = self.now();
        let mut out = core::mem::take(&mut self.routers.stream_out);
        if let Some(bgp) = self.bgp_mut(router)
            && let Some(connection) = bgp.connection_mut(peer, half)
        {
            let stream = &mut connection.stream;
            match act {
                Act::Receive(segment) => stream.receive(now, segment, &mut out),
                Act::Send(octets) => stream.send(now, octets, &mut out),
                Act::Wake => stream.wake(now, &mut out),
                Act::Close => stream.close(now, &mut out),
                Act::Abort => stream.abort(&mut out),
            }
        }
        let done = self.carry_out(router, peer, half, out);
        self.routers.stream_out = done;
        self.plan_wake(router, RouterTimer::Stream(peer, half));
    }

    /// Does what a stream wants done, and hands the emptied list back.
    fn carry_out(
        &mut self,
        router: RouterId,
        peer: PeerId,
        half: Half,
        mut out: Vec<StreamOutput>,
    ) -> Vec<StreamOutput> {
        for output in out.drain(..) {
            match output {
                StreamOutput::Transmit(segment) => self.transmit(router, peer, half, segment),
                StreamOutput::Octets(octets) => self.hand_up(router, peer, half, octets),
                StreamOutput::Up => {
                    let input = match half {
                        Half::Outgoing => session::Input::Opened,
                        Half::Incoming => session::Input::Accepted,
                    };
                    self.tell_bgp(router, speaker::Input::Session(peer, input));
                }
                StreamOutput::Closed(how) => self.on_closed(router, peer, half, how),
            }
        }
        out
    }

    /// Octets for the process, which reads them at once if it can.
    fn hand_up(&mut self, router: RouterId, peer: PeerId, half: Half, octets: Arc<[u8]>) {
        let Some(bgp) = self.bgp_of(router) else {
            return;
        };
        match bgp.process {
            Process::Running => {
                let octets = &octets[..];
                self.tell_bgp(router, speaker::Input::Octets { peer, half, octets });
            }
            Process::Frozen | Process::Outside => {
                let bgp = self.bgp_mut(router);
                if let Some(connection) = bgp.and_then(|bgp| bgp.connection_mut(peer, half)) {
                    connection.unread.push(octets);
                }
            }
            Process::Stopped => {}
        }
    }

    pub(super) fn on_closed(&mut self, router: RouterId, peer: PeerId, half: Half, how: tcp::Closed) {
        let Some(bgp) = self.bgp_mut(router) else {
            return;
        };
        match bgp.process {
            Process::Running | Process::Stopped => {
                bgp.take(peer, half);
            }
            Process::Frozen | Process::Outside => {
                if let Some(connection) = bgp.connection_mut(peer, half) {
                    connection.ended = Some(how);
                }
                return;
            }
        }
        let input = match (how, half) {
            (tcp::Closed::Refused, _) => session::Input::OpenFailed(OpenFailure::Refused),
            (tcp::Closed::Unanswered, Half::Outgoing) => session::Input::OpenFailed(OpenFailure::TimedOut),
            // The process was never told of it.
            (tcp::Closed::Unanswered, Half::Incoming) => return,
            (tcp::Closed::TimedOut, _) => session::Input::Closed(half, session::Closed::TimedOut),
            (tcp::Closed::Reset, _) => session::Input::Closed(half, session::Closed::Reset),
            (tcp::Closed::Finished, _) => session::Input::Closed(half, session::Closed::Fin),
        };
        match how {
            tcp::Closed::Unanswered | tcp::Closed::TimedOut => self.blame_silence(router, peer),
            tcp::Closed::Refused | tcp::Closed::Reset | tcp::Closed::Finished => {}
        }
        self.tell_bgp(router, speaker::Input::Session(peer, input));
    }

    /// Sends a segment of a connection.
    fn transmit(&mut self, router: RouterId, peer: PeerId, half: Half, segment: Segment) {
        let found = self.bgp_of(router).and_then(|bgp| {
            let connection = bgp.connection(peer, half)?;
            let ports = (connection.local_port, connection.remote_port);
            Some((*bgp.transports.get(peer.index())?, ports))
        });
        if let Some((transport, ports)) = found {
            self.post(router, &transport, ports, segment);
        }
    }

    pub(super) fn post(
        &mut self,
        router: RouterId,
        transport: &Transport,
        ports: (u16, u16),
        segment: Segment,
    ) {
        let signal = match segment.kind {
            Kind::Syn => Signal::Open,
            Kind::Fin | Kind::Reset => Signal::Close,
            Kind::SynAck | Kind::Data => Signal::Carry,
        };
        let header = transport.header(ports).with(signal);
        // Its own prefix leads to its interface, down or not: it does not leave by another one, least of all in clear.
        if !self.leads_to_link(router, transport.remote) {
            let bound = self.interface_towards(router, transport);
            if let Some(refusal) = bound.and_then(|it| self.network.interface_that_works(it).err()) {
                return self.drop_at_router(header, refusal);
            }
        }
        let key = transport.key;
        let load = Load::Segment(SignedSegment { segment, key });
        self.send_load(Place::RouterEgress(router), header, load);
    }

    /// Whether the router has the address on a link of its own, as far as its table says: that link then works.
    fn leads_to_link(&self, router: RouterId, address: Ipv4Addr) -> bool {
        let fib = self.network.routers.get(router).map(|row| &row.fib);
        let route = fib.and_then(|fib| fib.lookup(address));
        route.is_some_and(|(_, route)| route.source == RouteSource::Connected)
    }

    /// A segment has come to a router.
    pub(in crate::world) fn on_segment(&mut self, router: RouterId, header: Header, signed: SignedSegment) {
        let FiveTuple {
            source,
            destination,
            source_port,
            destination_port,
            ..
        } = header.flow;
        let Some(peer) = self
            .bgp_of(router)
            .and_then(|bgp| bgp.peer_between(destination, source))
        else {
            return self.refuse_segment(router, &header, &signed.segment);
        };
        let Some(transport) = self.transport(router, peer) else {
            return;
        };
        if let Some(reason) = unacceptable(&transport, &header, &signed) {
            let refusal = Refusal::at(reason, router);
            self.cause = self.done_to_session(router, peer).or(self.cause);
            return self.drop_at_router(header, refusal);
        }
        self.credit_heal(router, peer);
        self.rouse_end(router, peer, Voice::Bgp);
        let half = if destination_port == PORT {
            Half::Incoming
        } else {
            Half::Outgoing
        };
        let ports = (destination_port, source_port);
        let Some(bgp) = self.bgp_of(router) else {
            return;
        };
        let known = bgp
            .connection(peer, half)
            .is_some_and(|it| (it.local_port, it.remote_port) == ports && it.ended.is_none());
        if known {
            return self.act_on(router, peer, half, Act::Receive(signed.segment));
        }
        if self.take_aside(router, peer, ports, &signed.segment) {
            return;
        }
        if signed.segment.kind == Kind::Syn && destination_port == PORT {
            self.accept(router, peer, source_port);
        } else {
            self.refuse_segment(router, &header, &signed.segment);
        }
    }

    /// A peer calls.
    fn accept(&mut self, router: RouterId, peer: PeerId, remote_port: u16) {
        let now = self.now();
        let Some(transport) = self.transport(router, peer) else {
            return;
        };
        let Some(bgp) = self.bgp_mut(router) else {
            return;
        };
        let acceptance = match bgp.process {
            Process::Frozen => return self.queue_call(router, peer, remote_port),
            Process::Running => bgp.speaker.acceptance(peer),
            Process::Outside if bgp.is_engaged(peer) => Acceptance::Refuse,
            Process::Outside => Acceptance::Replace,
            Process::Stopped => Acceptance::Refuse,
        };
        match acceptance {
            Acceptance::Refuse => {
                return self.post(router, &transport, (PORT, remote_port), Segment::reset());
            }
            Acceptance::Take => {}
            Acceptance::Replace => {
                bgp.take(peer, Half::Incoming);
            }
        }
        let Some(bgp) = self.bgp_mut(router) else {
            return;
        };
        let mut out = Vec::new();
        let connection = Connection::new(Stream::accept(now, &mut out), PORT, remote_port);
        bgp.put(peer, Half::Incoming, Some(connection));
        self.carry_out(router, peer, Half::Incoming, out);
        self.plan_wake(router, RouterTimer::Stream(peer, Half::Incoming));
    }

    /// Nobody here knows the connection: the host says so (RFC 9293 section 3.10.7.1).
    fn refuse_segment(&mut self, router: RouterId, header: &Header, segment: &Segment) {
        if segment.kind == Kind::Reset {
            return;
        }
        let back = header.reply();
        let load = Load::Segment(SignedSegment {
            segment: Segment::reset(),
            key: None,
        });
        self.send_load(Place::RouterEgress(router), back, load);
    }

    fn drop_at_router(&mut self, header: Header, refusal: Refusal) {
        let happening = super::super::notice::Happening::Dropped {
            packet: header.flow,
            refusal,
        };
        let because = self.cause;
        let record = self.record(refusal.at, happening);
        let loss = Loss {
            refusal,
            record,
            because,
        };
        self.note_loss(header.flow, loss);
    }

    pub(super) fn transport(&self, router: RouterId, peer: PeerId) -> Option<Transport> {
        self.bgp_of(router)?.transports.get(peer.index()).copied()
    }
}

impl Transport {
    /// What a segment in the middle of a connection between these ports starts with.
    pub(super) const fn header(&self, (source_port, destination_port): (u16, u16)) -> Header {
        let flow = FiveTuple {
            source: self.local,
            destination: self.remote,
            protocol: Protocol::Tcp,
            source_port,
            destination_port,
        };
        Header {
            hop_limit: self.hop_limit,
            ..Header::new(flow)
        }
    }
}

/// Why a host drops a segment without a word.
fn unacceptable(transport: &Transport, header: &network::Header, signed: &SignedSegment) -> Option<Reason> {
    if header.hop_limit < transport.least_hop_limit {
        Some(Reason::TtlSecurity)
    } else if signed.key != transport.key {
        Some(Reason::TcpAuthentication)
    } else {
        None
    }
}
