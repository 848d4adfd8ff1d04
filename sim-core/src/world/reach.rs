//! Whether somebody reaches somebody at the present instant: the first packet of a conversation and its answer, followed
//! by the tables as they are.

use std::net::Ipv4Addr;

use crate::net::mtu::TCP_HEADERS;
use crate::net::{Mtu, Protocol};
use crate::proto::dns::Name;
use crate::reason::Reason;
use crate::resource::{HostId, ResourceRef, RouterId};
use crate::verdict::{Refusal, Rule};

use super::names::Names;
use super::network::{
    Header, Hop, Listening, MOST_STEPS, Network, Place, Recipient, RoundTrip, Told, Tracking, look_up,
    round_trip,
};
use super::run::World;

/// Who sends the first packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Sender {
    /// A host.
    Host(HostId),
    /// A router, from the address of the interface by which it sends, as `ping` on a router does.
    Router(RouterId),
}

impl Sender {
    /// Where its packets begin and from which address; none where it is not known or has no address.
    fn origin(self, network: &Network, to: Ipv4Addr) -> Option<(Place, Ipv4Addr)> {
        match self {
            Self::Host(id) => Some((Place::HostEgress(id), network.address_of(id)?)),
            Self::Router(id) => Some((Place::RouterEgress(id), network.address_towards(id, to)?)),
        }
    }
    /// The sender as a thing of the lab.
    #[must_use]
    pub fn resource(self) -> ResourceRef {
        match self {
            Self::Host(id) => id.into(),
            Self::Router(id) => id.into(),
        }
    }
}

/// Whom it wants to reach.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Target {
    /// An address.
    Address(Ipv4Addr),
    /// A host, at its private address.
    Host(HostId),
    /// A router, at its first loopback or, without any, its lowest address.
    Router(RouterId),
    /// Whatever a DNS name leads to, as the sender's name servers answer it.
    Name(Name),
}

impl Target {
    /// As the lab calls it.
    #[must_use]
    pub fn text(&self, names: &Names) -> String {
        match self {
            Self::Address(address) => address.to_string(),
            Self::Host(id) => names.of(*id),
            Self::Router(id) => names.of(*id),
            Self::Name(name) => name.to_string(),
        }
    }
}

/// A conversation that is tried.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Question {
    /// Who begins it.
    pub from: Sender,
    /// With whom.
    pub to: Target,
    /// The transport protocol.
    pub protocol: Protocol,
    /// The destination port; zero for ICMP.
    pub port: u16,
    /// How large the packets are, in bytes, that may not be cut; small ones where nothing is said.
    pub size_bytes: Option<u16>,
}

/// What is asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PathQuestion {
    /// Who sends.
    pub from: Sender,
    /// The address that it sends to.
    pub to: Ipv4Addr,
    /// The transport protocol.
    pub protocol: Protocol,
    /// The destination port; zero for ICMP.
    pub port: u16,
    /// How large the packets are, in bytes, that may not be cut; small ones where nothing is said. Those of TCP are sent once
    /// the connection stands.
    pub size_bytes: Option<u16>,
}

/// The first packet of a conversation that is tried, and what came of it.
#[derive(Debug, Clone)]
pub struct Opening {
    /// Where it begins.
    pub from: Place,
    /// The packet.
    pub header: Header,
    /// The largest packet that the sender's own interface takes.
    pub sender_mtu: Mtu,
    /// What the filters remember of it.
    pub tracking: Tracking,
    /// Its way, and that of the answer.
    pub trip: RoundTrip,
}

/// What becomes of a conversation that is tried.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Reach {
    /// The way of the packet, and that of the answer.
    pub trip: RoundTrip,
    /// What stopped it; none where it was answered.
    pub refusal: Option<Refusal>,
}

impl World {
    /// Sends the first packet of a conversation; none where the sender is not known or has no address.
    #[must_use]
    pub fn opening(&self, question: &PathQuestion) -> Option<Opening> {
        let network = self.network();
        let (from, source) = question.from.origin(network, question.to)?;
        let sender_mtu = match question.from {
            Sender::Host(host) => network.end_mtu(Recipient::Host(host)),
            Sender::Router(router) => network.end_mtu(Recipient::Router(router)),
        };
        let header = Header::probe(source, question.to, question.protocol, question.port);
        let header = match (question.protocol, question.size_bytes) {
            (Protocol::Tcp, _) => header.announcing(sender_mtu.mss()),
            (_, Some(size_bytes)) => header.sized(size_bytes),
            (_, None) => header,
        };
        let mut tracking = Tracking::default();
        let trip = round_trip(network, &mut tracking, self.now(), from, &header);
        Some(Opening {
            from,
            header,
            sender_mtu,
            tracking,
            trip,
        })
    }

    /// Goes on with a conversation, as far as the question asks.
    #[must_use]
    pub fn try_out(&self, question: &PathQuestion, opening: Opening) -> Reach {
        let Opening {
            from,
            header,
            mut tracking,
            mut trip,
            ..
        } = opening;
        self.refine(&mut trip, &header);
        let listening = trip
            .forward
            .delivered()
            .map(|(to, header)| (to, self.listening(to, header.flow)));
        let refused = match listening {
            Some((to, Listening::Refuses)) => Some(Refusal::at(Reason::ConnectionRefused, to.resource())),
            Some((to, Listening::Ignores)) => Some(Refusal::at(Reason::ConnectionTimedOut, to.resource())),
            Some((_, Listening::Answers)) | None => None,
        };
        let refusal = trip.refusal().or(refused);
        if let (None, Protocol::Tcp, Some(size_bytes)) = (refusal, question.protocol, question.size_bytes) {
            let data = Header::new(header.flow).sized(size_bytes);
            trip = round_trip(self.network(), &mut tracking, self.now(), from, &data);
            self.refine(&mut trip, &data);
        }
        let refusal = refusal.or(trip.refusal());
        Reach { trip, refusal }
    }

    /// Says of a packet that found no route what a router knows of why.
    fn refine(&self, trip: &mut RoundTrip, header: &Header) {
        let (source, to) = (header.flow.source, header.flow.destination);
        trip.forward.refine(|refusal| self.terrain.refined(refusal, to));
        if let Some(back) = &mut trip.back {
            back.refine(|refusal| self.terrain.refined(refusal, source));
        }
    }

    /// Tries a conversation with an address, as a sender does that sends no more than its interface and the connection's MSS
    /// let it, and less as soon as it hears that its packets are too large; none where the sender is not known or has no address.
    fn reach(&self, question: &Question, to: Ipv4Addr) -> Option<Reach> {
        let question = PathQuestion {
            from: question.from,
            to,
            protocol: question.protocol,
            port: question.port,
            size_bytes: question.size_bytes,
        };
        self.settled(question).map(|(reach, _)| reach)
    }

    /// What becomes of a conversation whose senders send less as soon as they hear that their packets are too large, and how
    /// large those are in the end.
    #[must_use]
    pub fn settled(&self, mut question: PathQuestion) -> Option<(Reach, Option<u16>)> {
        for _ in 0..MOST_STEPS {
            let opening = self.opening(&question)?;
            let largest = self.largest_sent(&question, &opening);
            question.size_bytes = question.size_bytes.map(|bytes| bytes.min(largest));
            let (from, source) = (opening.from, opening.header.flow.source);
            let reach = self.try_out(&question, opening);
            let Some(rule @ Rule::Mtu { mtu_bytes, .. }) = reach.refusal.and_then(|refusal| refusal.rule)
            else {
                return Some((reach, question.size_bytes));
            };
            let (from, sender) = match (&reach.trip.back, reach.trip.forward.delivered()) {
                (Some(_), Some((far, arrived))) => (far.origin(), arrived.flow.destination),
                (None, _) | (Some(_), None) => (from, source),
            };
            if self.network().told(self.now(), from, sender, rule) != Told::Heard {
                return Some((reach, question.size_bytes));
            }
            question.size_bytes = Some(mtu_bytes);
        }
        None
    }

    /// The largest packet that the sender puts on its wire in a conversation that begins so.
    fn largest_sent(&self, question: &PathQuestion, opening: &Opening) -> u16 {
        let own = opening.sender_mtu.bytes();
        let announced = opening
            .trip
            .back
            .as_ref()
            .and_then(|back| back.delivered()?.1.mss_bytes);
        match (question.protocol, announced) {
            (Protocol::Tcp, Some(mss)) => own.min(mss.saturating_add(TCP_HEADERS)),
            (_, _) => own,
        }
    }

    /// The address of a target as the sender finds it: of several that a name leads to, the first that answers.
    ///
    /// # Errors
    /// What keeps its name from being resolved.
    fn address_for(&self, question: &Question) -> Result<Ipv4Addr, Refusal> {
        let network = self.network();
        let unknown = |thing: ResourceRef| Refusal::at(Reason::UnknownDestination, thing);
        match &question.to {
            Target::Address(address) => Ok(*address),
            Target::Host(id) => network.address_of(*id).ok_or(unknown((*id).into())),
            Target::Router(id) => {
                let row = network.routers.get(*id);
                let address = row.and_then(|row| row.loopbacks.first().or(row.addresses.first()));
                address.copied().ok_or(unknown((*id).into()))
            }
            Target::Name(name) => match question.from {
                Sender::Host(host) => {
                    let answer = look_up(network, self.now(), host, name, Protocol::Udp).outcome;
                    let answer = answer.map_err(|failure| failure.stopped_by)?;
                    let found = self.first_that_answers(&answer.addresses, |to| PathQuestion {
                        from: question.from,
                        to,
                        protocol: question.protocol,
                        port: question.port,
                        size_bytes: None,
                    });
                    found.ok_or(Refusal::at(Reason::DnsNxDomain, host))
                }
                // A router asks no name server.
                Sender::Router(router) => Err(Refusal::at(Reason::DnsTimeout, router)),
            },
        }
    }

    /// Of the addresses that a name leads to, the one that a client comes to that tries them in order: the first that answers,
    /// or, where none does, the first; none where there is none.
    #[must_use]
    pub fn first_that_answers(
        &self,
        addresses: &[Ipv4Addr],
        question: impl Fn(Ipv4Addr) -> PathQuestion,
    ) -> Option<Ipv4Addr> {
        let (first, others) = addresses.split_first()?;
        if others.is_empty() {
            return Some(*first);
        }
        let answers = |to: &Ipv4Addr| {
            let question = question(*to);
            let reach = (self.opening(&question)).map(|opening| self.try_out(&question, opening));
            reach.is_some_and(|reach| reach.refusal.is_none())
        };
        addresses.iter().copied().find(answers).or(Some(*first))
    }

    /// How it stands that what somebody sends to somebody arrives by one of these.
    pub(super) fn judge_way(&self, question: &Question, by: &[ResourceRef]) -> Result<String, String> {
        let names = self.names();
        let (who, whom) = (names.of(question.from.resource()), question.to.text(names));
        let wanted = by.first().map_or_else(String::new, |thing| names.of(*thing));
        let lost = |refusal: Refusal| format!("what {who} sends to {whom} is lost: {}", refusal.reason);
        let to = self.address_for(question).map_err(lost)?;
        let reach = self.reach(question, to);
        let unknown = Refusal::at(Reason::UnknownDestination, question.from.resource());
        let forward = reach.ok_or_else(|| lost(unknown))?.trip.forward;
        if let Some(refusal) = forward.refusal() {
            return Err(lost(refusal));
        }
        let passes = |hop: &Hop| by.iter().any(|thing| hop.touches(*thing));
        if forward.hops.iter().any(passes) {
            return Ok(format!("{who} sends to {whom} by {wanted}"));
        }
        let places = forward.hops.iter().map(|hop| names.of(hop.node));
        let mut way: Vec<String> = places.collect();
        way.dedup();
        Err(format!(
            "{who} sends to {whom} by {}, not by {wanted}",
            way.join(", ")
        ))
    }

    /// The address that a question leads to, where it is found, and what keeps it from an answer.
    fn answer(&self, question: &Question) -> (Option<Ipv4Addr>, Option<Refusal>) {
        match self.address_for(question) {
            Err(refusal) => (None, Some(refusal)),
            Ok(address) => {
                let reach = self.reach(question, address);
                let unknown = Refusal::at(Reason::UnknownDestination, question.from.resource());
                (Some(address), reach.map_or(Some(unknown), |reach| reach.refusal))
            }
        }
    }

    /// The way of a question and that of its answer; none where its name leads nowhere.
    #[must_use]
    pub fn trip(&self, question: &Question) -> Option<RoundTrip> {
        let to = self.address_for(question).ok()?;
        self.reach(question, to).map(|reach| reach.trip)
    }

    /// What keeps a question from being answered now; none where it is answered.
    #[must_use]
    pub fn refused(&self, question: &Question) -> Option<Refusal> {
        self.answer(question).1
    }

    /// How it stands that somebody reaches somebody, or that this very reason keeps them from it.
    pub(super) fn judge_reach(&self, question: &Question, refused: Option<Reason>) -> Result<String, String> {
        let names = self.names();
        let (to, refusal) = self.answer(question);
        let who = names.of(question.from.resource());
        let named = question.to.text(names);
        let whom = match (&question.to, to) {
            (Target::Name(_), Some(address)) => format!("{named} ({address})"),
            _ => named,
        };
        let over = match question.protocol {
            Protocol::Icmp | Protocol::Esp | Protocol::Gre => question.protocol.to_string(),
            Protocol::Tcp | Protocol::Udp => format!("{} {}", question.protocol, question.port),
        };
        let over = match question.size_bytes {
            Some(bytes) => format!("{over} in packets of {bytes} bytes"),
            None => over,
        };
        match (refusal, refused) {
            (None, None) => Ok(format!("{who} reaches {whom} by {over}")),
            (None, Some(_)) => Err(format!("{who} reaches {whom} by {over}")),
            (Some(found), refused) => {
                let at = match found.at {
                    ResourceRef::Lab => String::new(),
                    at => format!(" at {} {}", at.kind(), names.of(at)),
                };
                let text = format!("{who} cannot reach {whom} by {over}: {}{at}", found.reason);
                if refused == Some(found.reason) {
                    Ok(text)
                } else {
                    Err(text)
                }
            }
        }
    }
}
