//! Packets on their way, hop by hop.
//!
//! Each hop is an event: the packet meets the tables as they are when it gets there. Hops that
//! take no time are made at once. A link may lose the packet, by dice of its own; whatever else
//! stops it is said by [`network::step`]. A dropped packet leaves a record, and the conversation
//! that it belongs to remembers what dropped it: nobody in the lab can see that, but "why" can.
//!
//! Simplified: packets do not queue; what they take from the links that bulk flows
//! share is left out.

use std::sync::Arc;

use crate::kernel::{Dice, RecordId};
use crate::migrate::ground::CallId;
use crate::net::Fragmentation;
use crate::proto::dns::{Name, Response};
use crate::reason::Reason;
use crate::resource::ResourceRef;
use crate::units::{Ppm, SimTime, Span};
use crate::verdict::Refusal;

use super::event::Event;
use super::names::Names;
use super::network::{self, Asker, Header, LinkRef, Next, Place, Recipient};
use super::notice::Happening;
use super::relay::RelayId;
use super::replay::{Overtaken, tunnel_out_of};
use super::routing::SignedSegment;
use super::terrain::Terrain;

/// The ports from which Linux speaks as a client: `ip_local_port_range` ("IP Sysctl").
const CLIENT_PORTS: (u16, u16) = (32_768, 60_999);

/// The conversation that a packet belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Conversation {
    /// A call's own.
    Call(CallId),
    /// A name server's, with the server that it asks on behalf of somebody.
    Relay(RelayId),
}

/// Which of a conversation's two ends sent a packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sender {
    /// The one that opened it.
    Client,
    /// The one that answers.
    Server,
}

/// What a packet carries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Content {
    /// SYN.
    Syn,
    /// SYN-ACK.
    SynAck,
    /// An acknowledgement that nobody waits for.
    Ack,
    /// RST.
    Reset,
    /// FIN.
    Finish,
    /// A question to a name server.
    Question(Name),
    /// A name server's reply.
    Reply(Response),
    /// The client's part of the exchange that has this number in the connection, from 0.
    Segment(u8),
    /// The server's part of it.
    Answer(u8),
}

/// What a packet is apart from where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Letter {
    pub(super) conversation: Conversation,
    pub(super) sender: Sender,
    pub(super) content: Content,
}

/// What a packet is apart from where it is and how it is addressed.
#[derive(Debug, Clone)]
pub(super) enum Load {
    /// A part of a call, or of a name server's own question.
    Letter(Letter),
    /// A segment of a connection between two routers' processes.
    Segment(SignedSegment),
    /// A datagram between two routers' processes.
    Datagram(Arc<[u8]>),
}

/// A packet on its way.
#[derive(Debug, Clone)]
pub(super) struct Packet {
    header: Header,
    stop: Stop,
    load: Load,
    /// In a tunnel, its number in the security association that it goes by.
    sequence: Option<u64>,
}

/// Where the packet gets to when its event happens.
#[derive(Debug, Clone, Copy)]
enum Stop {
    At(Place),
    Arrives(Recipient),
}

/// One direction of a link that takes now longer, now shorter: a queue, in which nothing overtakes.
#[derive(Debug, Clone)]
pub(super) struct Jitter {
    dice: Dice,
    last: SimTime,
}

impl Jitter {
    const fn new(dice: Dice) -> Self {
        let last = SimTime::START;
        Self { dice, last }
    }
}

/// A packet that was dropped, and the record of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Loss {
    pub(super) refusal: Refusal,
    pub(super) record: RecordId,
    /// What the record follows from.
    pub(super) because: Option<RecordId>,
}

impl Terrain {
    /// Sends a packet on its way.
    pub(super) fn send(&mut self, from: Place, header: Header, letter: Letter) {
        let header = match header.fragmentation {
            Fragmentation::Allowed => header,
            // The sender hears of what is too large within a round trip, and sends it again in smaller packets: only the
            // size that it ends with is on the way.
            Fragmentation::Forbidden => {
                let now = self.now();
                let found = network::discover(&self.network, &mut self.tracking, now, from, &header);
                header.sized(found.0)
            }
        };
        self.send_load(from, header, Load::Letter(letter));
    }

    /// Sends a packet that carries this on its way.
    pub(super) fn send_load(&mut self, from: Place, header: Header, load: Load) {
        // That it is dropped at once is no reason for what else its sender does.
        let because = self.cause;
        self.advance(Box::new(Packet {
            header,
            stop: Stop::At(from),
            load,
            sequence: None,
        }));
        self.cause = because;
    }

    /// Takes a packet as far as it gets without waiting.
    pub(super) fn advance(&mut self, mut packet: Box<Packet>) {
        let now = self.now();
        loop {
            let place = match packet.stop {
                Stop::At(place) => place,
                Stop::Arrives(recipient) => {
                    let Packet { header, load, .. } = *packet;
                    return match load {
                        Load::Letter(letter) => self.arrive(recipient, header, letter),
                        Load::Segment(_) | Load::Datagram(_) => {
                            self.arrive_at_router(recipient, header, load)
                        }
                    };
                }
            };
            let outcome = network::pass(&self.network, &mut self.tracking, now, place, &packet.header);
            let passed = match outcome {
                Ok(passed) => passed,
                Err(refusal) => return self.refuse_packet(place, &packet, refusal),
            };
            let line = passed.crossing.link.map(|link| (link, self.network.link(link)));
            if let Some((link, line)) = line
                && self.loses(link, line.loss)
            {
                let (node, _) = self.network.described(place);
                self.blame_line(link);
                return self.drop_packet(&packet, Refusal::at(Reason::PacketLost, node));
            }
            match passed.next {
                Next::Drop(refusal) => return self.refuse_packet(place, &packet, refusal),
                Next::Forward { to, header } => {
                    match (packet.header.inner, header.inner) {
                        (None, Some(_)) => packet.sequence = self.number(to, &header),
                        (Some(inner), None) => {
                            if let Err(overtaken) = self.leaves_tunnel(to, &packet, inner.spi) {
                                return self.drop_overtaken(&packet, overtaken);
                            }
                        }
                        (None, None) | (Some(_), Some(_)) => {}
                    }
                    packet.stop = Stop::At(to);
                    packet.header = header;
                }
                Next::Deliver { to, header } => {
                    packet.stop = Stop::Arrives(to);
                    packet.header = header;
                }
            }
            // A process never answers within its neighbour's own sending, however short the way.
            let between_processes = match packet.load {
                Load::Letter(_) => false,
                Load::Segment(_) | Load::Datagram(_) => passed.crossing.link.is_some(),
            };
            let jitter = line.map_or(Span::ZERO, |(link, line)| self.jitter(link, line.jitter));
            let delay = passed.crossing.delay + jitter;
            if !delay.is_zero() || between_processes {
                self.n_packets += 1;
                let arrives_at = match passed.crossing.link {
                    Some(link) => self.in_order(link, self.now() + delay),
                    None => self.now() + delay,
                };
                self.at(arrives_at, Event::Packet(packet));
                return;
            }
        }
    }

    /// What a line loses by chance it loses because of what was done to it.
    fn blame_line(&mut self, line: LinkRef) {
        if let LinkRef::Link { link, .. } = line
            && let Some(&because) = self.routers.causes.get(&link.into())
        {
            self.cause = Some(because);
        }
    }

    /// Whether a link loses what crosses it now.
    fn loses(&mut self, link: LinkRef, loss: Ppm) -> bool {
        if loss == Ppm::ZERO {
            return false;
        }
        let streams = self.streams;
        let names = &self.names;
        self.link_dice
            .entry(link)
            .or_insert_with(|| streams.stream("loss", &link_name(names, link)))
            .chance(loss)
    }

    /// What chance puts on top of the delay of a packet that crosses a link now.
    fn jitter(&mut self, link: LinkRef, longest: Span) -> Span {
        if longest.is_zero() {
            return Span::ZERO;
        }
        let streams = self.streams;
        let names = &self.names;
        self.jitter
            .entry(link)
            .or_insert_with(|| Jitter::new(streams.stream("jitter", &link_name(names, link))))
            .dice
            .span_between(Span::ZERO, longest)
    }

    /// Whether all that enters a link from now on comes out, and after the same time.
    pub(super) fn is_steady(&self, link: LinkRef) -> bool {
        let line = self.network.link(link);
        let is_caught_up = || self.jitter.get(&link).is_none_or(|it| it.last <= self.now());
        line.loss == Ppm::ZERO && line.jitter.is_zero() && is_caught_up()
    }

    /// When a packet that would arrive at `at` does: not before what entered a jittering link ahead of it.
    fn in_order(&mut self, link: LinkRef, at: SimTime) -> SimTime {
        let Some(line) = self.jitter.get_mut(&link) else {
            return at;
        };
        line.last = line.last.max(at);
        line.last
    }

    /// The number that a packet gets as it goes into a tunnel.
    fn number(&mut self, to: Place, outer: &Header) -> Option<u64> {
        match to {
            Place::RouterEgress(router) if !self.is_turned_back() => {
                self.sequences.number(&self.network, router, outer)
            }
            _ => None,
        }
    }

    /// A packet comes out of a tunnel, unless too many have overtaken it there.
    fn leaves_tunnel(&mut self, to: Place, packet: &Packet, spi: u32) -> Result<(), Overtaken> {
        let Some((row, tunnel)) = tunnel_out_of(&self.network, to) else {
            return Ok(());
        };
        let router = row.router;
        if let Some(number) = packet.sequence {
            self.sequences.accept(tunnel, spi, number)?;
        }
        self.note_traffic(router, packet.header.flow, spi);
        Ok(())
    }

    fn drop_overtaken(&mut self, packet: &Packet, overtaken: Overtaken) {
        let Overtaken { refusal, spi, why } = overtaken;
        let happening = Happening::Overtaken {
            packet: packet.header.inner.map_or(packet.header.flow, |inner| inner.flow),
            refusal,
            spi,
            why,
        };
        self.tell_dropped(packet, refusal, happening);
    }

    /// What a place is set to drops a packet: where an edit made it so, the edit does.
    fn refuse_packet(&mut self, place: Place, packet: &Packet, refusal: Refusal) {
        if let Some(edit) = self.edit_behind_drop(place, &packet.header) {
            self.cause = Some(edit);
        }
        self.drop_packet(packet, refusal);
    }

    fn drop_packet(&mut self, packet: &Packet, refusal: Refusal) {
        let refusal = self.refined(refusal, packet.header.flow.destination);
        let happening = Happening::Dropped {
            packet: packet.header.flow,
            refusal,
        };
        self.tell_dropped(packet, refusal, happening);
    }

    fn tell_dropped(&mut self, packet: &Packet, refusal: Refusal, happening: Happening) {
        let to = packet.header.flow.destination;
        if let Some(because) = self.routers.blamed(&refusal, Some(to)) {
            self.cause = Some(because);
        }
        let because = self.cause;
        let record = self.record(refusal.at, happening);
        let loss = Loss {
            refusal,
            record,
            because,
        };
        let flow = packet.header.inner.map_or(packet.header.flow, |inner| inner.flow);
        match &packet.load {
            Load::Letter(letter) => self.lose(letter.conversation, loss),
            Load::Segment(_) => self.note_loss(flow, loss),
            Load::Datagram(octets) => {
                self.note_loss(flow, loss);
                self.settlement_lost(octets, record);
            }
        }
        if let (Reason::TunnelUnprotected, ResourceRef::Tunnel(tunnel)) = (refusal.reason, refusal.at) {
            self.want_tunnel(tunnel, flow);
        }
    }

    /// A conversation learns what dropped a packet of its.
    pub(super) fn lose(&mut self, conversation: Conversation, loss: Loss) {
        match conversation {
            Conversation::Call(call) => self.on_call_loss(call, loss),
            Conversation::Relay(relay) => self.on_relay_loss(relay, loss),
        }
    }

    /// Routers' processes speak to nobody but each other; whoever else gets such a segment ignores it.
    fn arrive_at_router(&mut self, recipient: Recipient, header: Header, load: Load) {
        let Recipient::Router(router) = recipient else {
            return;
        };
        match load {
            Load::Segment(segment) => self.on_segment(router, header, segment),
            Load::Datagram(octets) => self.on_datagram(router, header, &octets),
            Load::Letter(_) => {}
        }
    }

    fn arrive(&mut self, recipient: Recipient, header: Header, letter: Letter) {
        match (letter.sender, letter.conversation) {
            (Sender::Client, _) => self.on_request(recipient, header, letter),
            (Sender::Server, Conversation::Call(call)) => self.on_call_packet(call, header, letter.content),
            (Sender::Server, Conversation::Relay(relay)) => self.on_relay_packet(relay, letter.content),
        }
    }

    /// The port from which somebody speaks next as a client.
    pub(super) fn next_client_port(&self, who: impl Into<Asker>) -> u16 {
        self.ports.get(&who.into()).copied().unwrap_or(CLIENT_PORTS.0)
    }

    /// The next port from which somebody speaks as a client.
    pub(super) fn client_port(&mut self, who: impl Into<Asker>) -> u16 {
        let (first, last) = CLIENT_PORTS;
        let next = self.ports.entry(who.into()).or_insert(first);
        let port = *next;
        *next = if port >= last { first } else { port + 1 };
        port
    }
}

/// The name under which a link has its dice.
fn link_name(names: &Names, link: LinkRef) -> String {
    let (of, way) = match link {
        LinkRef::HostEgress(host) => (names.of(host), "egress".to_owned()),
        LinkRef::HostIngress(host) => (names.of(host), "ingress".to_owned()),
        LinkRef::Peering { peering, towards } => (names.of(peering), names.of(towards)),
        LinkRef::Endpoint { interface, direction } => (names.of(interface), format!("{direction:?}")),
        LinkRef::NatGateway { gateway, direction } => (names.of(gateway), format!("{direction:?}")),
        LinkRef::Link { link, from } => (names.of(link), format!("{from:?}")),
        LinkRef::SegmentPort { interface, direction } => (names.of(interface), format!("{direction:?}")),
    };
    format!("{of}/{way}")
}
