//! IKEv2: every exchange is a request and an answer, and each side has one request under way at a time.
//!
//! This file is the window of messages and what opens and closes them; the exchanges are in `init`, `auth`, `child`,
//! `rekey` and `informational`.
//!
//! # Source
//! RFC 7296 sections 2.1 to 2.5 and 2.21.

mod auth;
mod child;
mod child_answer;
mod fsm;
mod informational;
mod init;
mod rekey;

pub use fsm::{Event, State, Verdict, transition};

use std::net::SocketAddrV4;
use std::sync::Arc;

use super::crypt::{self, OpenError};
use super::daemon::{Daemon, Fate, v2_header};
use super::lifecycle::{send, summarise};
use super::notice::{Notice, Output, Reason};
use super::sa::{Answered, Flight, IkeSa, SaId, State as SaState, Task};
use super::wire::{
    Body, Criticality, DecodeError, DeleteBody, Direction, ExchangeType, Header, IdBody, Message, NotifyBody,
    NotifyType, Payload, ProposalBody, SelectorBody, Sender,
};
use crate::kernel::Digest;
use crate::units::SimTime;

/// The payloads of a message, by what is looked for in them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Payloads<'a>(pub(super) &'a [Payload]);

impl<'a> Payloads<'a> {
    fn find<T>(self, wanted: impl Fn(&'a Payload) -> Option<T>) -> Option<T> {
        self.0.iter().find_map(wanted)
    }
    fn sa(self) -> Option<&'a [ProposalBody]> {
        self.find(|payload| match payload {
            Payload::Sa(proposals) => Some(proposals.as_slice()),
            _ => None,
        })
    }
    fn ke(self) -> Option<(u16, &'a [u8])> {
        self.find(|payload| match payload {
            Payload::Ke { group, data } => Some((*group, data.as_slice())),
            _ => None,
        })
    }
    fn nonce(self) -> Option<&'a [u8]> {
        self.find(|payload| match payload {
            // RFC 7296 section 2.10 and 3.9: 16 to 256 octets.
            Payload::Nonce(data) if (16..=256).contains(&data.len()) => Some(data.as_slice()),
            _ => None,
        })
    }
    fn id(self, of: Sender) -> Option<&'a IdBody> {
        self.find(|payload| match (payload, of) {
            (Payload::IdInitiator(id), Sender::Initiator) | (Payload::IdResponder(id), Sender::Responder) => {
                Some(id)
            }
            _ => None,
        })
    }
    fn auth(self) -> Option<(u8, &'a [u8])> {
        self.find(|payload| match payload {
            Payload::Auth { method, data } => Some((*method, data.as_slice())),
            _ => None,
        })
    }
    fn cert(self) -> Option<&'a [u8]> {
        self.find(|payload| match payload {
            Payload::Cert { encoding, data } if *encoding == super::certificate::CERTIFICATE_ENCODING => {
                Some(data.as_slice())
            }
            _ => None,
        })
    }
    fn selectors(self, of: Sender) -> Option<&'a [SelectorBody]> {
        self.find(|payload| match (payload, of) {
            (Payload::SelectorsInitiator(list), Sender::Initiator)
            | (Payload::SelectorsResponder(list), Sender::Responder) => Some(list.as_slice()),
            _ => None,
        })
    }
    fn notify(self, kind: NotifyType) -> Option<&'a NotifyBody> {
        self.find(|payload| match payload {
            Payload::Notify(body) if body.kind == kind => Some(body),
            _ => None,
        })
    }
    fn notifies(self, kind: NotifyType) -> Vec<&'a [u8]> {
        let each = self.0.iter().filter_map(|payload| match payload {
            Payload::Notify(body) if body.kind == kind => Some(body.data.as_slice()),
            _ => None,
        });
        each.collect()
    }
    /// The first error that is notified.
    fn error(self) -> Option<NotifyType> {
        self.find(|payload| match payload {
            Payload::Notify(body) if body.kind.is_error() => Some(body.kind),
            _ => None,
        })
    }
    fn deletes(self) -> impl Iterator<Item = &'a DeleteBody> {
        self.0.iter().filter_map(|payload| match payload {
            Payload::Delete(body) => Some(body),
            _ => None,
        })
    }
    /// The first unknown payload that must be known.
    fn critical(self) -> Option<u8> {
        self.find(|payload| match payload {
            Payload::Unknown {
                kind,
                critical: Criticality::MustBeKnown,
                ..
            } => Some(*kind),
            _ => None,
        })
    }
}

impl IkeSa {
    pub(super) fn v2_state(&self) -> State {
        match self.state {
            SaState::V2(state) => state,
            SaState::V1(_) => State::Closed,
        }
    }

    /// Lets an event happen; false if it may not happen now.
    fn v2_step(&mut self, event: Event) -> bool {
        match transition(self.v2_state(), event) {
            Verdict::To(state) => {
                self.state = SaState::V2(state);
                true
            }
            Verdict::Refuse(_) | Verdict::Ignore => false,
        }
    }
}

impl Daemon {
    /// Sends a request on an SA.
    fn v2_request(
        &mut self,
        now: SimTime,
        sa: &mut IkeSa,
        (exchange, payloads): (ExchangeType, &[Payload]),
        (task, flight): (Task, Flight),
        out: &mut Vec<Output>,
    ) {
        let message_id = sa.next_out;
        sa.next_out = sa.next_out.wrapping_add(1);
        let summary = summarise(exchange, Some(Direction::Request), message_id, payloads);
        let octets = v2_enclose(
            sa,
            v2_header(sa, exchange, message_id, Direction::Request),
            payloads,
        );
        self.transmit(now, sa, (octets, summary), (task, flight), out);
    }

    /// Answers a request on an SA, and keeps the answer for a repetition of it.
    fn v2_respond(
        &mut self,
        sa: &mut IkeSa,
        (exchange, message_id): (ExchangeType, u32),
        payloads: &[Payload],
        out: &mut Vec<Output>,
    ) {
        let summary = summarise(exchange, Some(Direction::Response), message_id, payloads);
        let octets = v2_enclose(
            sa,
            v2_header(sa, exchange, message_id, Direction::Response),
            payloads,
        );
        send(sa, &octets, summary.clone(), out);
        let request = sa.answered.as_ref().map_or(0, |answered| answered.request);
        sa.answered = Some(Box::new(Answered {
            request,
            message_id,
            octets,
            summary,
        }));
    }

    /// Answers a request for which no SA is kept.
    pub(super) fn v2_answer_without_sa(
        &mut self,
        (local, remote): (SocketAddrV4, SocketAddrV4),
        header: &Header,
        payloads: Vec<Payload>,
        out: &mut Vec<Output>,
    ) {
        let summary = summarise(
            header.exchange,
            Some(Direction::Response),
            header.message_id,
            &payloads,
        );
        let answer = Message {
            header: Header {
                version: super::wire::VERSION_2,
                flags: Header::v2_flags(
                    if header.is_from_initiator() {
                        Sender::Responder
                    } else {
                        Sender::Initiator
                    },
                    Direction::Response,
                ),
                ..*header
            },
            body: Body::Payloads(payloads),
        };
        let octets = answer.encode();
        let marker: &[u8] = if local.port() == super::PORT_NAT {
            &super::wire::NON_ESP_MARKER
        } else {
            &[]
        };
        out.push(Output::Send(super::notice::Datagram {
            sa: None,
            from: local,
            to: remote,
            octets: [marker, &octets].concat(),
            summary,
        }));
    }

    pub(super) fn v2_on_message(
        &mut self,
        now: SimTime,
        addresses: (SocketAddrV4, SocketAddrV4),
        (header, octets): (&Header, &[u8]),
        out: &mut Vec<Output>,
    ) {
        if header.exchange == ExchangeType::IKE_SA_INIT && !header.is_response() {
            self.v2_on_init_request(now, addresses, (header, octets), out);
            return;
        }
        let Some(id) = self.v2_sa(header) else {
            return;
        };
        self.with_sa(now, id, out, |daemon, sa, out| {
            if header.is_response() {
                daemon.v2_on_response(now, sa, addresses, (header, octets), out)
            } else {
                daemon.v2_on_request(now, sa, addresses, (header, octets), out)
            }
        });
    }

    /// The SA that a message belongs to.
    pub(super) fn v2_sa(&self, header: &Header) -> Option<SaId> {
        // RFC 7296 section 3.1: the flag tells whose SPI is whose, so that our own messages sent back do not fit.
        let from = if header.is_from_initiator() {
            Sender::Initiator
        } else {
            Sender::Responder
        };
        let ours = |sa: &&Arc<IkeSa>| {
            let begun =
                sa.spi_r == header.spi_r || (sa.spi_r == 0 && header.exchange == ExchangeType::IKE_SA_INIT);
            sa.version() == super::Version::V2 && sa.spi_i == header.spi_i && begun && sa.role == from.other()
        };
        self.sas.values().find(ours).map(|sa| sa.id)
    }

    /// Opens a message of an SA: its payloads, those inside the encrypted one included.
    ///
    /// `Err(None)` if it must be ignored, `Err(Some)` if it is authentic and cannot be understood.
    fn v2_open(
        &mut self,
        sa: &IkeSa,
        (header, octets): (&Header, &[u8]),
        out: &mut Vec<Output>,
    ) -> Result<Vec<Payload>, Option<DecodeError>> {
        let message = Message::decode(octets).map_err(|_| None)?;
        let (Some(keys), Some(suite)) = (&sa.keys, &sa.suite) else {
            return Ok(message.payloads().to_vec());
        };
        if header.exchange == ExchangeType::IKE_SA_INIT {
            return Ok(message.payloads().to_vec());
        }
        // RFC 7296 section 2.4: nothing outside the encrypted payload is to be believed.
        let Some(Payload::Encrypted { first, data }) = message.payloads().last() else {
            return Err(None);
        };
        match crypt::open(keys, suite, header, sa.role.other(), (*first, data)) {
            Ok(payloads) => Ok(payloads),
            Err(OpenError::Malformed(error)) => Err(Some(error)),
            Err(OpenError::Forged) => {
                let exchange = header.exchange;
                self.tell(out, Some(sa.connection), Notice::Undecryptable { exchange });
                Err(None)
            }
        }
    }

    fn v2_on_request(
        &mut self,
        now: SimTime,
        sa: &mut IkeSa,
        addresses: (SocketAddrV4, SocketAddrV4),
        (header, octets): (&Header, &[u8]),
        out: &mut Vec<Output>,
    ) -> Fate {
        // RFC 7296 section 2.1: a request that was answered before is answered again in the same way.
        if let Some(answered) = &sa.answered
            && header.message_id == answered.message_id
            && header.message_id.wrapping_add(1) == sa.next_in
            && answered.request == Digest::of(octets).value()
        {
            let mut summary = super::Summary::clone(&answered.summary);
            summary.repetition = 1;
            send(sa, &answered.octets.clone(), summary.into(), out);
            return Fate::Keep;
        }
        if header.message_id != sa.next_in {
            return Fate::Keep;
        }
        let payloads = match self.v2_open(sa, (header, octets), out) {
            Ok(payloads) => payloads,
            Err(None) => return Fate::Keep,
            Err(Some(_)) => return self.v2_refuse_malformed(sa, header, octets, out),
        };
        self.v2_heard(now, sa, addresses);
        sa.next_in = sa.next_in.wrapping_add(1);
        sa.answered = Some(Box::new(Answered {
            request: Digest::of(octets).value(),
            message_id: header.message_id,
            octets: Vec::new(),
            summary: summarise(header.exchange, Some(Direction::Response), header.message_id, &[]),
        }));
        let seen = Payloads(&payloads);
        if let Some(kind) = seen.critical() {
            self.tell(
                out,
                Some(sa.connection),
                Notice::Refused(NotifyType::UNSUPPORTED_CRITICAL_PAYLOAD),
            );
            let refusal = Payload::notify(NotifyType::UNSUPPORTED_CRITICAL_PAYLOAD, vec![kind]);
            self.v2_respond(sa, (header.exchange, header.message_id), &[refusal], out);
            return Fate::Keep;
        }
        let fate = match header.exchange {
            ExchangeType::IKE_AUTH => self.v2_on_auth_request(now, sa, header, seen, out),
            ExchangeType::CREATE_CHILD_SA => self.v2_on_create_child(now, sa, header, seen, out),
            ExchangeType::INFORMATIONAL => self.v2_on_informational(now, sa, header, seen, out),
            _ => self.v2_refuse(sa, header, NotifyType::INVALID_SYNTAX, out),
        };
        match fate {
            Fate::Keep => self.v2_run_queue(now, sa, out),
            close @ Fate::Close(_) => close,
        }
    }

    /// Answers with an error and nothing else.
    fn v2_refuse(
        &mut self,
        sa: &mut IkeSa,
        header: &Header,
        notify: NotifyType,
        out: &mut Vec<Output>,
    ) -> Fate {
        let refusal = Payload::notify(notify, Vec::new());
        self.v2_respond(sa, (header.exchange, header.message_id), &[refusal], out);
        Fate::Keep
    }

    /// RFC 7296 section 2.21.3: an authentic message that is malformed ends the SA on both sides.
    fn v2_refuse_malformed(
        &mut self,
        sa: &mut IkeSa,
        header: &Header,
        octets: &[u8],
        out: &mut Vec<Output>,
    ) -> Fate {
        self.tell(
            out,
            Some(sa.connection),
            Notice::Refused(NotifyType::INVALID_SYNTAX),
        );
        sa.next_in = sa.next_in.wrapping_add(1);
        sa.answered = Some(Box::new(Answered {
            request: Digest::of(octets).value(),
            message_id: header.message_id,
            octets: Vec::new(),
            summary: summarise(header.exchange, None, header.message_id, &[]),
        }));
        self.v2_refuse(sa, header, NotifyType::INVALID_SYNTAX, out);
        Fate::Close(Reason::Unacceptable(NotifyType::INVALID_SYNTAX))
    }

    /// Takes note that the peer lives, and from where it speaks.
    fn v2_heard(&mut self, now: SimTime, sa: &mut IkeSa, (local, remote): (SocketAddrV4, SocketAddrV4)) {
        sa.liveness.hear(now);
        // RFC 7296 section 2.23: where translation moved the peer, we follow authentic messages.
        if sa.nat == super::NatState::Encapsulated || sa.is_connecting() {
            (sa.local, sa.remote) = (local, remote);
        }
    }

    fn v2_on_response(
        &mut self,
        now: SimTime,
        sa: &mut IkeSa,
        addresses: (SocketAddrV4, SocketAddrV4),
        (header, octets): (&Header, &[u8]),
        out: &mut Vec<Output>,
    ) -> Fate {
        if sa.pending.as_ref().is_none_or(|pending| {
            pending.message_id != header.message_id || pending.summary.exchange != header.exchange
        }) {
            return Fate::Keep;
        }
        let payloads = match self.v2_open(sa, (header, octets), out) {
            Ok(payloads) => payloads,
            Err(None) => return Fate::Keep,
            Err(Some(_)) => return Fate::Close(Reason::Unacceptable(NotifyType::INVALID_SYNTAX)),
        };
        let seen = Payloads(&payloads);
        // RFC 7296 section 2.5: a response with a critical payload that is unknown is ignored.
        if seen.critical().is_some() {
            return Fate::Keep;
        }
        let Some(pending) = sa.pending.take() else {
            return Fate::Keep;
        };
        self.v2_heard(now, sa, addresses);
        if let Some(notify) = seen.error() {
            self.tell_error(sa, header.exchange, notify, out);
        }
        let fate = match pending.task.clone() {
            Task::Phase1 => self.v2_on_init_response(now, sa, *pending, (header, octets, seen), out),
            Task::Auth => self.v2_on_auth_response(now, sa, *pending, seen, out),
            Task::Child(task) => self.v2_on_child_response(now, sa, (task, *pending), seen, out),
            Task::Rekey(_) => self.v2_on_rekey_response(now, sa, *pending, seen, out),
            Task::DeleteChild(id, reason) => {
                self.v2_child_deleted(now, sa, (id, reason), out);
                Fate::Keep
            }
            Task::Delete(reason) => Fate::Close(reason),
            Task::Dpd => Fate::Keep,
        };
        match fate {
            Fate::Keep => self.v2_run_queue(now, sa, out),
            close @ Fate::Close(_) => close,
        }
    }

    /// Begins the next task, if no request is under way and the SA is up.
    pub(super) fn v2_run_queue(&mut self, now: SimTime, sa: &mut IkeSa, out: &mut Vec<Output>) -> Fate {
        while sa.pending.is_none() {
            let may = match sa.v2_state() {
                State::Established => true,
                // What is left to do on an SA that has a successor is to delete it.
                State::Rekeyed => sa.queue.iter().any(|task| matches!(task, Task::Delete(_))),
                State::InitSent
                | State::AuthSent
                | State::InitReceived
                | State::Rekeying
                | State::Deleting
                | State::Closed => false,
            };
            let Some(task) = sa.queue.pop_front().filter(|_| may) else {
                break;
            };
            match task {
                Task::Child(task) => self.v2_create_child(now, sa, task, out),
                Task::Rekey(group) => self.v2_rekey(now, sa, group, out),
                Task::DeleteChild(id, reason) => self.v2_delete_child(now, sa, (id, reason), out),
                Task::Delete(reason) => {
                    sa.v2_step(Event::DeleteBegun);
                    self.v2_send_delete(now, sa, reason, out);
                }
                Task::Dpd => {
                    let exchange = ExchangeType::INFORMATIONAL;
                    self.v2_request(now, sa, (exchange, &[]), (Task::Dpd, Flight::default()), out);
                }
                // Both are sent by the handshake itself.
                Task::Phase1 | Task::Auth => {}
            }
        }
        Fate::Keep
    }

    /// Runs what an SA other than the one in hand has to do.
    fn v2_kick(&mut self, now: SimTime, id: SaId, out: &mut Vec<Output>) {
        self.with_sa(now, id, out, |daemon, sa, out| daemon.v2_run_queue(now, sa, out));
    }
}

/// The octets of a message, its payloads enclosed where the SA has keys for that.
fn v2_enclose(sa: &IkeSa, header: Header, payloads: &[Payload]) -> Vec<u8> {
    let payloads = match (&sa.keys, &sa.suite) {
        (Some(keys), Some(suite)) if header.exchange != ExchangeType::IKE_SA_INIT => {
            vec![crypt::seal(keys, suite, &header, sa.role, payloads)]
        }
        _ => payloads.to_vec(),
    };
    let message = Message {
        header,
        body: Body::Payloads(payloads),
    };
    message.encode()
}
