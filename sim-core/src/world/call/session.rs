//! The caller's side of a connection: connecting, agreeing on TLS, asking.
//!
//! TLS 1.3 takes one round trip before the request can be sent, TLS 1.2 takes two (RFC 8446 section
//! 2, RFC 5246 section 7.3). Requests to AWS's endpoints go over TLS 1.3; replication servers speak
//! TLS 1.2 on TCP 1500 ("Replication FAQ", MGN User Guide).

use std::net::Ipv4Addr;

use crate::aws::tracking::Signal;
use crate::migrate::ground::{Request, Stage};
use crate::net::mtu::TCP_HEADERS;
use crate::net::tcp::{Client, Event as TcpEvent, Step as TcpStep};
use crate::net::{FiveTuple, Protocol};
use crate::reason::Reason;
use crate::units::SimTime;
use crate::verdict::Refusal;

use super::super::line::Mss;
use super::super::network::{Header, Recipient};
use super::super::packet::Content;
use super::super::terrain::Terrain;
use super::{Exchange, Phase, Progress};

/// A connection on its way from SYN to answer.
#[derive(Debug, Clone)]
pub(super) struct Session {
    client: Client,
    pub(super) flow: FiveTuple,
    /// How many exchanges of the connection are done.
    round: u8,
    stage: Stage,
    /// Who is at the far end, known from its first reply on.
    pub(super) remote: Option<Recipient>,
    /// What the far end thought of the request when it came there.
    pub(super) verdict: Result<(), Refusal>,
    /// The data of the largest segment that each end may send, in bytes: what the other announced, as it arrived.
    pub(super) mss: Mss,
    /// When the caller waits no longer, where that is not TCP's to say.
    give_up_at: Option<SimTime>,
}

impl Session {
    pub(super) fn next_wake(&self) -> Option<SimTime> {
        match (self.client.next_wake(), self.give_up_at) {
            (Some(wake), Some(give_up)) => Some(wake.min(give_up)),
            (wake, give_up) => wake.or(give_up),
        }
    }
    /// The size of the packets by which the far end answers a round.
    pub(super) fn answer_bytes(&self, request: &Request, round: u8) -> Option<u16> {
        let full = self.mss.server.saturating_add(TCP_HEADERS);
        match request {
            Request::Echo(size) => Some(size.bytes().min(full)),
            // A chain of certificates fills more than one segment.
            Request::Api { .. } | Request::PinnedTls if round == 0 => Some(full),
            Request::Connect | Request::Api { .. } | Request::PinnedTls => None,
        }
    }
    /// The size of the packets by which the caller asks.
    fn question_bytes(&self, request: &Request) -> Option<u16> {
        match request {
            Request::Echo(size) => Some(size.bytes().min(self.mss.client.saturating_add(TCP_HEADERS))),
            Request::Connect | Request::Api { .. } | Request::PinnedTls => None,
        }
    }
    fn question(&self, request: &Request) -> Header {
        let header = Header::new(self.flow);
        self.question_bytes(request)
            .map_or(header, |bytes| header.sized(bytes))
    }
    /// Whether the exchange under way is the one that carries the request.
    pub(super) fn asks(&self) -> bool {
        self.stage == Stage::Request
    }
}

/// How many round trips a request takes after the connection stands: for TLS, and in all.
const fn rounds(request: &Request) -> (u8, u8) {
    match request {
        Request::Connect => (0, 0),
        Request::Echo(_) => (0, 1),
        Request::PinnedTls => (2, 2),
        Request::Api { .. } => (1, 2),
    }
}

impl Terrain {
    /// Connects to the first of the addresses; the others are tried after it.
    pub(super) fn connect(&mut self, exchange: &mut Exchange, addresses: &[Ipv4Addr]) -> Progress {
        exchange.addresses = addresses.iter().copied().collect();
        self.connect_next(exchange)
            .unwrap_or_else(|| exchange.fail(Stage::Resolve, Reason::DnsNxDomain, None))
    }

    fn connect_next(&mut self, exchange: &mut Exchange) -> Option<Progress> {
        let destination = exchange.addresses.pop_front()?;
        let host = exchange.call.from;
        let flow = FiveTuple {
            source: self.private_address(host)?,
            destination,
            protocol: Protocol::Tcp,
            source_port: self.client_port(host),
            destination_port: exchange.call.port,
        };
        let (client, steps) = Client::open(self.now(), exchange.call.connect_timeout);
        exchange.address = Some(destination);
        exchange.loss = None;
        let own = self.mss_of(host);
        let give_up_at = match exchange.call.request {
            Request::Echo(_) => Some(self.now() + exchange.call.connect_timeout),
            Request::Connect | Request::Api { .. } | Request::PinnedTls => None,
        };
        let session = Session {
            client,
            flow,
            round: 0,
            stage: Stage::Connect,
            remote: None,
            verdict: Ok(()),
            mss: Mss {
                client: own,
                server: own,
            },
            give_up_at,
        };
        Some(self.on_session_steps(exchange, session, steps))
    }

    /// The connection's timer expired.
    pub(super) fn on_session_timer(&mut self, exchange: &mut Exchange) -> Progress {
        let Phase::Session(mut session) = exchange.take_phase() else {
            return Progress::Going;
        };
        if session.give_up_at.is_some_and(|at| at <= self.now()) {
            return exchange.fail_in_silence(session.stage, Reason::ConnectionTimedOut);
        }
        let steps = session.client.wake(self.now());
        self.on_session_steps(exchange, session, steps)
    }

    /// A packet of the far end's arrived.
    pub(super) fn on_session_packet(
        &mut self,
        exchange: &mut Exchange,
        header: Header,
        content: Content,
    ) -> Progress {
        let Phase::Session(mut session) = exchange.take_phase() else {
            return Progress::Going;
        };
        let event = match content {
            _ if header.flow != session.flow.reversed() => None,
            Content::SynAck => {
                if let Some(announced) = header.mss_bytes {
                    session.mss.client = session.mss.client.min(announced);
                }
                Some(TcpEvent::SynAck)
            }
            Content::Reset => Some(TcpEvent::Reset),
            Content::Answer(round) => (round == session.round).then_some(TcpEvent::Acknowledged),
            Content::Syn
            | Content::Ack
            | Content::Finish
            | Content::Question(_)
            | Content::Reply(_)
            | Content::Segment(_) => None,
        };
        let steps = event.map_or(&[][..], |event| session.client.handle(self.now(), event));
        self.on_session_steps(exchange, session, steps)
    }

    fn on_session_steps(
        &mut self,
        exchange: &mut Exchange,
        mut session: Session,
        steps: &'static [TcpStep],
    ) -> Progress {
        let header = Header::new(session.flow);
        for step in steps {
            match step {
                TcpStep::SendSyn => {
                    let announcing = header.with(Signal::Open).announcing(session.mss.client);
                    exchange.push(announcing, Content::Syn);
                }
                TcpStep::SendAck => exchange.push(header, Content::Ack),
                TcpStep::SendSegment => {
                    let question = session.question(&exchange.call.request);
                    exchange.push(question, Content::Segment(session.round));
                }
                TcpStep::SendFin => exchange.push(header.with(Signal::Close), Content::Finish),
                TcpStep::Connected => {
                    exchange.loss = None;
                    if let Some(end) = self.go_on(exchange, &mut session) {
                        return end;
                    }
                }
                TcpStep::Delivered => {
                    exchange.loss = None;
                    if let Err(end) = self.check_answer(exchange, &mut session) {
                        return end;
                    }
                    session.round += 1;
                    if let Some(end) = self.go_on(exchange, &mut session) {
                        return end;
                    }
                }
                TcpStep::Refused => {
                    let by = session
                        .remote
                        .map(|remote| Refusal::at(Reason::ConnectionRefused, remote.resource()));
                    return self.next_address_or(exchange, Reason::ConnectionRefused, by);
                }
                TcpStep::TimedOut if session.stage == Stage::Connect => {
                    let by = exchange.loss.map(|loss| loss.refusal);
                    return self.next_address_or(exchange, Reason::ConnectionTimedOut, by);
                }
                TcpStep::TimedOut => {
                    return exchange.fail_in_silence(session.stage, Reason::ConnectionTimedOut);
                }
                TcpStep::Broken => {
                    return exchange.fail_in_silence(session.stage, Reason::ConnectionReset);
                }
            }
        }
        exchange.phase = Phase::Session(session);
        Progress::Going
    }

    /// What comes after a round: the next one, the answer's bulk, or the end.
    fn go_on(&mut self, exchange: &mut Exchange, session: &mut Session) -> Option<Progress> {
        let (tls, all) = rounds(&exchange.call.request);
        let header = Header::new(session.flow);
        session.stage = if session.round < tls {
            Stage::Tls
        } else {
            Stage::Request
        };
        if session.round < all {
            session.client.handle(self.now(), TcpEvent::Send);
            let question = session.question(&exchange.call.request);
            exchange.push(question, Content::Segment(session.round));
            return None;
        }
        if let Some(progress) = self.download(exchange, session) {
            return Some(progress);
        }
        session.client.handle(self.now(), TcpEvent::Close);
        exchange.push(header.with(Signal::Close), Content::Finish);
        Some(self.done(exchange, session))
    }

    /// What the caller finds in the answer to the present round.
    fn check_answer(&mut self, exchange: &mut Exchange, session: &mut Session) -> Result<(), Progress> {
        let (tls, all) = rounds(&exchange.call.request);
        let round = session.round + 1;
        let found = if round == tls {
            self.check_certificate(&exchange.call, session)
        } else if round == all {
            session.verdict
        } else {
            Ok(())
        };
        found.map_err(|refusal| {
            session.client.handle(self.now(), TcpEvent::Close);
            let header = Header::new(session.flow).with(Signal::Close);
            exchange.push(header, Content::Finish);
            exchange.fail(session.stage, refusal.reason, Some(refusal))
        })
    }

    fn next_address_or(
        &mut self,
        exchange: &mut Exchange,
        symptom: Reason,
        stopped_by: Option<Refusal>,
    ) -> Progress {
        let failed = exchange.fail(Stage::Connect, symptom, stopped_by);
        self.connect_next(exchange).unwrap_or(failed)
    }
}
