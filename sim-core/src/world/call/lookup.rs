//! The caller's side of a name's resolution: whom it asks, how often, and what it gives up on.
//!
//! The name servers are those that the VPC's DHCP options hand out. Each is asked in turn for
//! [`TRY_FOR`], the whole list [`ATTEMPTS`] times. A server that could not find out (SERVFAIL) is
//! passed over at once; "no such name" is an answer.
//!
//! Source: `resolv.conf(5)` (`timeout` 5 s, `attempts` 2, at most three name servers).

use std::net::Ipv4Addr;

use crate::aws::NameServers;
use crate::aws::tracking::Signal;
use crate::migrate::ground::Stage;
use crate::net::tcp::{Client, Event as TcpEvent, Step as TcpStep};
use crate::net::{FiveTuple, Protocol};
use crate::proto::dns::{Answer, Name};
use crate::reason::Reason;
use crate::resource::HostId;
use crate::units::{SimTime, Span};
use crate::verdict::Refusal;

use super::super::network::{DNS_PORT, Header, seen};
use super::super::notice::Happening;
use super::super::packet::Content;
use super::super::terrain::Terrain;
use super::{Exchange, Phase, Progress, Software};

/// How long one server is given to answer.
const TRY_FOR: Span = Span::secs(5);
/// How often the whole list is asked.
const ATTEMPTS: usize = 2;
/// How many name servers a host takes notice of.
const MOST_SERVERS: usize = 3;

/// How the present server is being asked.
#[derive(Debug, Clone)]
enum Over {
    Udp,
    /// It has answered over UDP and is to answer over TCP too.
    Tcp {
        client: Client,
        found: Answer,
    },
}

/// A name on its way to an address.
#[derive(Debug, Clone)]
pub(super) struct Lookup {
    name: Name,
    servers: Vec<Ipv4Addr>,
    n_asked: usize,
    flow: FiveTuple,
    over: Over,
    give_up_at: SimTime,
    /// What the last server said that could not find out.
    failed: Option<Refusal>,
}

impl Lookup {
    pub(super) fn next_wake(&self) -> SimTime {
        match &self.over {
            Over::Udp => self.give_up_at,
            Over::Tcp { client, .. } => client
                .next_wake()
                .map_or(self.give_up_at, |at| at.min(self.give_up_at)),
        }
    }
    fn question(&self) -> Content {
        Content::Question(self.name.clone())
    }
}

impl Terrain {
    fn has_own_name_servers(&self, host: HostId) -> bool {
        if self
            .network
            .hosts
            .get(host)
            .is_some_and(|row| row.segment_port().is_some())
        {
            return true;
        }
        let vpc = self.vpc_of(host).and_then(|vpc| self.network.cloud.vpcs.get(vpc));
        vpc.is_some_and(|vpc| matches!(vpc.name_servers, NameServers::Custom(_)))
    }

    /// Begins to look a name up.
    pub(super) fn look_up(&mut self, exchange: &mut Exchange, name: Name) -> Progress {
        let flow = FiveTuple {
            source: Ipv4Addr::UNSPECIFIED,
            destination: Ipv4Addr::UNSPECIFIED,
            protocol: Protocol::Udp,
            source_port: 0,
            destination_port: DNS_PORT,
        };
        let mut servers = self.network.name_servers_of(exchange.call.from);
        servers.truncate(MOST_SERVERS);
        let lookup = Lookup {
            name,
            servers,
            n_asked: 0,
            flow,
            over: Over::Udp,
            give_up_at: self.now(),
            failed: None,
        };
        self.ask_next(exchange, lookup)
    }

    fn ask_next(&mut self, exchange: &mut Exchange, mut lookup: Lookup) -> Progress {
        let host = exchange.call.from;
        let n_servers = lookup.servers.len();
        let server = lookup.n_asked.checked_rem(n_servers).and_then(|place| {
            let wanted = lookup.n_asked < n_servers * ATTEMPTS;
            lookup.servers.get(place).filter(|_| wanted)
        });
        let (Some(&server), Some(source)) = (server, self.private_address(host)) else {
            return match lookup.failed {
                Some(refusal) => exchange.fail(Stage::Resolve, Reason::DnsServFail, Some(refusal)),
                None => exchange.fail_in_silence(Stage::Resolve, Reason::DnsTimeout),
            };
        };
        lookup.n_asked += 1;
        lookup.over = Over::Udp;
        lookup.give_up_at = self.now() + TRY_FOR;
        lookup.flow = FiveTuple {
            source,
            destination: server,
            protocol: Protocol::Udp,
            source_port: self.client_port(host),
            destination_port: DNS_PORT,
        };
        exchange.push(Header::new(lookup.flow), lookup.question());
        exchange.phase = Phase::Lookup(lookup);
        Progress::Going
    }

    /// The present server was given time enough, or the connection to it wants something.
    pub(super) fn on_lookup_timer(&mut self, exchange: &mut Exchange) -> Progress {
        let now = self.now();
        let Phase::Lookup(mut lookup) = exchange.take_phase() else {
            return Progress::Going;
        };
        if lookup.give_up_at <= now {
            return match lookup.over {
                Over::Udp => self.ask_next(exchange, lookup),
                Over::Tcp { .. } => exchange.fail_in_silence(Stage::Resolve, Reason::DnsTimeout),
            };
        }
        let steps = match &mut lookup.over {
            Over::Udp => &[],
            Over::Tcp { client, .. } => client.wake(now),
        };
        self.on_lookup_steps(exchange, lookup, steps)
    }

    /// A packet of a name server's arrived.
    pub(super) fn on_lookup_packet(
        &mut self,
        exchange: &mut Exchange,
        header: Header,
        content: Content,
    ) -> Progress {
        let now = self.now();
        let Phase::Lookup(mut lookup) = exchange.take_phase() else {
            return Progress::Going;
        };
        // An answer to an earlier question finds nobody who waits for it.
        if header.flow != lookup.flow.reversed() {
            exchange.phase = Phase::Lookup(lookup);
            return Progress::Going;
        }
        match (&mut lookup.over, content) {
            (Over::Udp, Content::Reply(Ok(answer))) => {
                let host = exchange.call.from;
                if exchange.software == Software::Replication && self.has_own_name_servers(host) {
                    self.ask_over_tcp(exchange, lookup, answer)
                } else {
                    self.found(exchange, answer)
                }
            }
            (Over::Udp, Content::Reply(Err(refusal))) => match seen(refusal.reason) {
                Reason::DnsNxDomain => exchange.fail(Stage::Resolve, Reason::DnsNxDomain, Some(refusal)),
                _ => {
                    // Where silence made a name server fail, what caused the silence is told.
                    let silent = refusal.reason == Reason::DnsServFail;
                    let loss = exchange.loss.filter(|_| silent).map(|loss| loss.refusal);
                    lookup.failed = Some(loss.unwrap_or(refusal));
                    self.ask_next(exchange, lookup)
                }
            },
            (Over::Tcp { client, .. }, content) => {
                let steps = match content {
                    Content::SynAck => client.handle(now, TcpEvent::SynAck),
                    Content::Reset => client.handle(now, TcpEvent::Reset),
                    Content::Reply(_) => client.handle(now, TcpEvent::Acknowledged),
                    Content::Syn
                    | Content::Ack
                    | Content::Finish
                    | Content::Question(_)
                    | Content::Segment(_)
                    | Content::Answer(_) => &[],
                };
                self.on_lookup_steps(exchange, lookup, steps)
            }
            (Over::Udp, _) => {
                exchange.phase = Phase::Lookup(lookup);
                Progress::Going
            }
        }
    }

    fn ask_over_tcp(&mut self, exchange: &mut Exchange, mut lookup: Lookup, found: Answer) -> Progress {
        let (client, steps) = Client::open(self.now(), TRY_FOR);
        lookup.flow = FiveTuple {
            protocol: Protocol::Tcp,
            source_port: self.client_port(exchange.call.from),
            ..lookup.flow
        };
        lookup.give_up_at = self.now() + TRY_FOR;
        lookup.over = Over::Tcp { client, found };
        self.on_lookup_steps(exchange, lookup, steps)
    }

    fn on_lookup_steps(
        &mut self,
        exchange: &mut Exchange,
        mut lookup: Lookup,
        steps: &'static [TcpStep],
    ) -> Progress {
        let now = self.now();
        let header = Header::new(lookup.flow);
        for step in steps {
            match step {
                TcpStep::SendSyn => exchange.push(header.with(Signal::Open), Content::Syn),
                TcpStep::SendAck => exchange.push(header, Content::Ack),
                TcpStep::SendSegment => exchange.push(header, lookup.question()),
                TcpStep::SendFin => exchange.push(header.with(Signal::Close), Content::Finish),
                TcpStep::Connected => {
                    if let Over::Tcp { client, .. } = &mut lookup.over {
                        client.handle(now, TcpEvent::Send);
                        exchange.push(header, lookup.question());
                    }
                }
                TcpStep::Delivered => {
                    exchange.push(header.with(Signal::Close), Content::Finish);
                    if let Over::Tcp { found, .. } = lookup.over {
                        return self.found(exchange, found);
                    }
                }
                TcpStep::Refused | TcpStep::Broken | TcpStep::TimedOut => {
                    return exchange.fail_in_silence(Stage::Resolve, Reason::DnsTimeout);
                }
            }
        }
        exchange.phase = Phase::Lookup(lookup);
        Progress::Going
    }

    fn found(&mut self, exchange: &mut Exchange, answer: Answer) -> Progress {
        let Some(&address) = answer.addresses.first() else {
            return exchange.fail(Stage::Resolve, Reason::DnsNxDomain, None);
        };
        let (host, now) = (exchange.call.from, self.now());
        let addresses = answer.addresses.clone();
        let name = answer.name.clone();
        self.calls.remember(host, answer, now);
        self.record(host, Happening::Resolved { name, address });
        self.connect(exchange, &addresses)
    }
}
