//! IKEv1: phase 1 by main or aggressive mode, quick mode for CHILD_SAs, and notes that nobody answers.
//!
//! This file finds the SA of a message, opens and closes messages, and proves that their sender has the key; the
//! modes are in files of their own.
//!
//! # Source
//! RFC 2408 sections 2.4, 4 and 5; RFC 2409 sections 5 to 5.7.
//! # Fidelity
//! Proofs by shared key only. What is repeated, and what of it is answered again, follows strongSwan.

mod aggressive;
mod fsm;
mod informational;
mod main_mode;
mod message;
mod quick;

use informational::ask_liveness;
use main_mode::Aggressive;
use message::{Payloads, Received, Sealed};

pub use fsm::{Event, State, Verdict, transition};

use std::net::SocketAddrV4;
use std::sync::Arc;

use super::config::{Authentication, Connection, ConnectionId};
use super::crypt::{self, Keys};
use super::daemon::{Daemon, Fate};
use super::identity::Identity;
use super::lifecycle::{Agreed, send, summarise};
use super::notice::{Notice, Output, Reason, Summary};
use super::proposal::Suite;
use super::sa::{Answered, IkeSa, SaId, Task};
use super::wire::{Body, ExchangeType, Header, Message, NotifyBody, NotifyType, Payload, Sender};
use super::{Version, codec, nat};
use crate::kernel::Digest;
use crate::units::{SimTime, Span};

/// What only IKEv1's SAs have.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Extra {
    /// Our last answer that the peer has to answer in turn, repeated until it does.
    reply: Option<Box<Reply>>,
    /// Quick modes that we answered and that lack their third message.
    quick: Vec<Quick>,
    /// The last answer of the peer that we took, and what we sent upon it.
    concluded: Option<Box<Answered>>,
    /// The number of our next question after the peer.
    dpd_out: u32,
    /// How many questions after the peer, and answers to its own, were sent.
    n_liveness_notes: u32,
    /// The SA whose children it has, as long as it is not up and may yet fail to follow that one.
    follows: Option<SaId>,
}

/// An answer that is repeated.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Reply {
    octets: Vec<u8>,
    summary: Arc<Summary>,
    repetitions: u32,
    at: SimTime,
}

/// A quick mode that we answered.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Quick {
    message_id: u32,
    nonces: (Vec<u8>, Vec<u8>),
    agreed: QuickAgreed,
}

/// What will be installed.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct QuickAgreed {
    child: super::ChildId,
    spis: (u32, u32),
    local: Vec<super::selector::Selector>,
    remote: Vec<super::selector::Selector>,
    suite: Suite,
    key: u64,
}

impl QuickAgreed {
    fn into_agreed(self, replaces: Option<super::ChildSaId>) -> Agreed {
        Agreed {
            child: self.child,
            spi_in: self.spis.0,
            spi_out: self.spis.1,
            local: self.local,
            remote: self.remote,
            suite: self.suite,
            key: self.key,
            replaces,
            life: None,
        }
    }
}

impl Extra {
    pub(super) fn next_wake(&self) -> Option<SimTime> {
        self.reply.as_ref().map(|reply| reply.at)
    }
}

/// The shared key of a connection; IKEv1 knows no other proof here.
fn shared_key(config: &Connection) -> Option<&str> {
    match &config.authentication {
        Authentication::SharedKey(key) => Some(key),
        Authentication::Certificate(_) => None,
    }
}

/// What goes with phase 1's algorithms.
fn phase1_terms(config: &Connection) -> codec::V1Terms {
    codec::V1Terms {
        life: config.lifetime.life,
        method: 1,
    }
}

impl Daemon {
    pub(super) fn v1_on_message(
        &mut self,
        now: SimTime,
        addresses: (SocketAddrV4, SocketAddrV4),
        (header, octets): (&Header, &[u8]),
        out: &mut Vec<Output>,
    ) {
        let begins = header.spi_r == 0
            && (header.exchange == ExchangeType::MAIN_MODE || header.exchange == ExchangeType::AGGRESSIVE);
        if begins {
            if self.turns_away(now, addresses, (header, octets), Version::V1, out) {
                return;
            }
            self.v1_on_first(now, addresses, (header, octets), out);
            return;
        }
        if let Some(id) = self.v1_sa(header) {
            self.with_sa(now, id, out, |daemon, sa, out| {
                daemon.v1_on_known(now, sa, addresses, (header, octets), out)
            });
        }
    }

    /// The SA that a message belongs to.
    pub(super) fn v1_sa(&self, header: &Header) -> Option<SaId> {
        let ours = |sa: &&Arc<IkeSa>| {
            let begun = sa.spi_r == header.spi_r || (sa.spi_r == 0 && sa.role == Sender::Initiator);
            sa.version() == Version::V1 && sa.spi_i == header.spi_i && begun
        };
        self.sas.values().find(ours).map(|sa| sa.id)
    }

    /// The first message of an SA that the peer begins.
    fn v1_on_first(
        &mut self,
        now: SimTime,
        addresses: (SocketAddrV4, SocketAddrV4),
        (header, octets): (&Header, &[u8]),
        out: &mut Vec<Output>,
    ) {
        let digest = Digest::of(octets).value();
        let known = |sa: &&Arc<IkeSa>| {
            let same = |answered: &Answered| answered.request == digest;
            sa.spi_i == header.spi_i
                && sa.role == Sender::Responder
                && sa.answered.as_deref().is_some_and(same)
        };
        if let Some(sa) = self.sas.values().find(known) {
            if let Some(answered) = sa.answered.as_deref() {
                resend(sa, answered, out);
            }
            return;
        }
        let message = match Message::decode(octets) {
            Ok(message) => message,
            Err(_) => {
                self.v1_refuse_first(addresses, header, NotifyType::PAYLOAD_MALFORMED, out);
                return;
            }
        };
        let received = Received {
            header,
            digest,
            seen: Payloads(message.payloads()),
            sealed: Sealed::No,
        };
        let result = if header.exchange == ExchangeType::MAIN_MODE {
            self.v1_main_first(now, addresses, &received, out)
        } else {
            self.v1_aggressive_first(now, addresses, &received, out)
        };
        if let Err(notify) = result {
            self.v1_refuse_first(addresses, header, notify, out);
        }
    }

    /// Refuses an SA before there is one.
    fn v1_refuse_first(
        &mut self,
        (local, remote): (SocketAddrV4, SocketAddrV4),
        header: &Header,
        notify: NotifyType,
        out: &mut Vec<Output>,
    ) {
        let message_id = self.message_id();
        let payloads = vec![Payload::NotifyV1(NotifyBody {
            protocol: 1,
            spi: Vec::new(),
            kind: notify,
            data: Vec::new(),
        })];
        let exchange = ExchangeType::INFORMATIONAL_V1;
        let summary = summarise(exchange, None, message_id, &payloads);
        let message = Message {
            header: Header {
                exchange,
                flags: 0,
                message_id,
                ..*header
            },
            body: Body::Payloads(payloads),
        };
        out.push(Output::Send(super::Datagram {
            sa: None,
            from: local,
            to: remote,
            octets: message.encode(),
            summary,
        }));
    }

    /// An IKEv1 message id: random, and never zero.
    fn message_id(&mut self) -> u32 {
        1 + self.dice.below(u64::from(u32::MAX)) as u32
    }

    /// A message of an SA that we know.
    fn v1_on_known(
        &mut self,
        now: SimTime,
        sa: &mut IkeSa,
        addresses: (SocketAddrV4, SocketAddrV4),
        (header, octets): (&Header, &[u8]),
        out: &mut Vec<Output>,
    ) -> Fate {
        let digest = Digest::of(octets).value();
        if let Some(answered) = sa
            .answered
            .as_deref()
            .filter(|answered| answered.request == digest)
        {
            resend(sa, answered, out);
            return Fate::Keep;
        }
        if let Some(concluded) = sa
            .v1
            .concluded
            .as_deref()
            .filter(|concluded| concluded.request == digest)
        {
            // The peer repeats an answer because what we sent upon it was lost.
            if header.exchange != ExchangeType::MAIN_MODE {
                resend(sa, concluded, out);
            }
            return Fate::Keep;
        }
        let (payloads, sealed) = match self.v1_open(now, sa, (header, octets), out) {
            Some(opened) => opened,
            None => {
                // Not to be answered by notes about notes, which would never end.
                if header.exchange != ExchangeType::INFORMATIONAL_V1 {
                    self.v1_notify(sa, NotifyType::PAYLOAD_MALFORMED, out);
                }
                return Fate::Keep;
            }
        };
        let received = Received {
            header,
            digest,
            seen: Payloads(&payloads),
            sealed,
        };
        // Once there are keys, only who has them can move the peer.
        if sa.is_connecting() || (sa.nat == super::NatState::Encapsulated && sealed == Sealed::Yes) {
            (sa.local, sa.remote) = addresses;
        }
        let fate = match header.exchange {
            ExchangeType::MAIN_MODE => self.v1_on_main(now, sa, &received, out),
            ExchangeType::AGGRESSIVE => self.v1_on_aggressive(now, sa, &received, out),
            ExchangeType::QUICK_MODE => self.v1_on_quick(now, sa, &received, out),
            ExchangeType::INFORMATIONAL_V1 => self.v1_on_informational(now, sa, &received, out),
            _ => Fate::Keep,
        };
        match fate {
            Fate::Keep => self.v1_run_queue(now, sa, out),
            close @ Fate::Close(_) => close,
        }
    }

    /// Opens a message; nothing if it cannot be read.
    fn v1_open(
        &mut self,
        now: SimTime,
        sa: &IkeSa,
        (header, octets): (&Header, &[u8]),
        out: &mut Vec<Output>,
    ) -> Option<(Vec<Payload>, Sealed)> {
        match (Message::decode(octets).ok()?.body, &sa.keys) {
            (Body::Payloads(payloads), _) => Some((payloads, Sealed::No)),
            (Body::EncryptedV1 { first, data }, Some(keys)) => {
                match crypt::open_v1(keys, header, first, &data) {
                    Ok(payloads) => Some((payloads, Sealed::Yes)),
                    Err(_) => {
                        let exchange = header.exchange;
                        let notice = Notice::Undecryptable { exchange };
                        // In main mode the keys follow from the shared key, so this is how another one shows.
                        if sa.is_established() {
                            self.tell(out, Some(sa.connection), notice);
                        } else {
                            self.fail(now, out, sa.connection, notice);
                        }
                        None
                    }
                }
            }
            (Body::EncryptedV1 { .. }, None) => None,
        }
    }

    /// Sends something that nobody answers; enclosed and proved as soon as there are keys.
    fn v1_inform(&mut self, sa: &IkeSa, payloads: Vec<Payload>, out: &mut Vec<Output>) {
        let message_id = self.message_id();
        inform_by(sa, message_id, payloads, out);
    }

    /// Sends an error.
    fn v1_notify(&mut self, sa: &IkeSa, notify: NotifyType, out: &mut Vec<Output>) {
        let body = NotifyBody {
            protocol: 1,
            spi: Vec::new(),
            kind: notify,
            data: Vec::new(),
        };
        self.v1_inform(sa, vec![Payload::NotifyV1(body)], out);
    }

    /// Sends a message of phase 1 to which an answer is due.
    fn v1_ask(
        &mut self,
        now: SimTime,
        sa: &mut IkeSa,
        (exchange, sealed): (ExchangeType, Sealed),
        payloads: &[Payload],
        out: &mut Vec<Output>,
    ) {
        let summary = summarise(exchange, None, 0, payloads);
        let octets = sa.v1_octets(sa.v1_header(exchange, 0), payloads, sealed);
        self.transmit(
            now,
            sa,
            (octets, summary),
            (Task::Phase1, super::sa::Flight::default()),
            out,
        );
    }

    /// Answers a message of phase 1 or quick mode, and keeps the answer for a repetition of it.
    fn v1_answer(
        &mut self,
        sa: &mut IkeSa,
        (received, sealed): (&Received<'_>, Sealed),
        payloads: &[Payload],
        out: &mut Vec<Output>,
    ) {
        let (exchange, message_id) = (received.header.exchange, received.header.message_id);
        let summary = summarise(exchange, None, message_id, payloads);
        let octets = sa.v1_octets(sa.v1_header(exchange, message_id), payloads, sealed);
        send(sa, &octets, summary.clone(), out);
        sa.answered = Some(Box::new(Answered {
            request: received.digest,
            message_id,
            octets,
            summary,
        }));
    }

    /// Repeats the last answer until the peer goes on.
    fn v1_expect(&mut self, now: SimTime, sa: &mut IkeSa) {
        let wait = self
            .connection(sa.connection)
            .map_or(Span::secs(4), |config| config.retransmission.wait(0));
        sa.v1.reply = sa.answered.as_ref().map(|answered| {
            Box::new(Reply {
                octets: answered.octets.clone(),
                summary: answered.summary.clone(),
                repetitions: 0,
                at: now + wait,
            })
        });
    }

    /// Does what is due on an SA of this version alone.
    pub(super) fn v1_wake(&mut self, now: SimTime, sa: &mut IkeSa, out: &mut Vec<Output>) -> Fate {
        if sa.liveness.gives_up(now) {
            return self.give_up(now, sa, out);
        }
        let retransmission = self.connection(sa.connection).map(|config| config.retransmission);
        if let (Some(reply), Some(retransmission)) = (&mut sa.v1.reply, retransmission)
            && reply.at <= now
        {
            if reply.repetitions >= retransmission.tries {
                sa.v1.reply = None;
                sa.v1.quick.clear();
                return Fate::Keep;
            }
            reply.repetitions += 1;
            reply.at = now + retransmission.wait(reply.repetitions);
            let summary = Summary {
                repetition: reply.repetitions,
                ..Summary::clone(&reply.summary)
            };
            let (n, octets) = (reply.repetitions, reply.octets.clone());
            send(sa, &octets, summary.into(), out);
            self.tell(out, Some(sa.connection), Notice::Retransmit { sa: sa.id, n });
        }
        Fate::Keep
    }

    /// Begins the next task, if no request is under way and the SA is up.
    pub(super) fn v1_run_queue(&mut self, now: SimTime, sa: &mut IkeSa, out: &mut Vec<Output>) -> Fate {
        while sa.pending.is_none() && sa.v1_state() == State::Established {
            match sa.queue.pop_front() {
                None => break,
                Some(Task::Child(task)) => self.v1_quick(now, sa, task, out),
                Some(Task::DeleteChild(id, reason)) => self.v1_delete_child(now, sa, (id, reason), out),
                Some(Task::Delete(reason)) => return self.v1_delete(now, sa, reason, out),
                Some(Task::Dpd) => ask_liveness(sa, out),
                // The handshake is over, and new keys without it are not to be had.
                Some(Task::Phase1 | Task::Auth | Task::Rekey(_)) => {}
            }
        }
        Fate::Keep
    }

    /// Makes the keys from what both sides know then; false if the peer's public value is of no use.
    fn v1_make_keys(&mut self, sa: &mut IkeSa, peer_public: &[u8]) -> bool {
        let Some(config) = self.connection(sa.connection).cloned() else {
            return false;
        };
        let Some(group) = sa.suite.and_then(|suite| suite.group) else {
            return false;
        };
        let handshake = sa.handshake().clone();
        let (Some(shared), Some(key)) = (
            crypt::shared(handshake.secret, group, peer_public),
            shared_key(&config),
        ) else {
            return false;
        };
        // RFC 2409 section 5: with a shared key, that key is part of all others.
        let skeyid = Digest::of(&(key, handshake.nonce_i.as_slice(), handshake.nonce_r.as_slice())).value();
        sa.keys = Some(Keys::from_seed(
            Digest::of(&(skeyid, shared, sa.spi_i, sa.spi_r)).value(),
        ));
        true
    }

    /// The connection that expects that identity at these addresses, in that mode.
    fn v1_peer(&self, sa: &IkeSa, claimed: &Identity, mode: Aggressive) -> Option<ConnectionId> {
        let candidates = self.candidates((sa.local, sa.remote), Version::V1);
        self.best_fit(&candidates, claimed, |config| {
            let configured = match config.phase1 {
                super::config::Phase1Mode::Main => Aggressive::No,
                _ => Aggressive::Yes,
            };
            configured == mode
        })
    }

    fn v1_nat_payloads(&self, sa: &IkeSa) -> Vec<Payload> {
        let Some(config) = self.connection(sa.connection) else {
            return Vec::new();
        };
        let (source, destination) = nat::own(config, (sa.spi_i, sa.spi_r), sa.local, sa.remote);
        // RFC 3947 section 3.2: the destination's digest first.
        vec![Payload::NatDV1(destination), Payload::NatDV1(source)]
    }

    /// Looks for translation on the path; as the side that began, moves to the other port.
    fn v1_detect_nat(&mut self, now: SimTime, sa: &mut IkeSa, seen: Payloads<'_>, out: &mut Vec<Output>) {
        let digests = seen.nat_digests();
        let Some((destination, sources)) = digests.split_first() else {
            return;
        };
        let translated = nat::shows(
            (sa.spi_i, sa.spi_r),
            (sources, Some(destination)),
            sa.local,
            sa.remote,
        );
        let forced = self
            .connection(sa.connection)
            .is_some_and(|config| config.encapsulation == super::config::Encapsulation::Forced);
        if translated || forced {
            self.tell(out, Some(sa.connection), Notice::NatDetected { sa: sa.id });
            let hidden = nat::hides_us((sa.spi_i, sa.spi_r), Some(destination), sa.local);
            sa.timers.keepalive_at = hidden.then(|| now + nat::KEEPALIVE);
            match sa.role {
                Sender::Initiator => super::lifecycle::float(sa),
                Sender::Responder => sa.nat = super::NatState::Encapsulated,
            }
        }
    }
}

/// Sends something that nobody answers, with this message id.
fn inform_by(sa: &IkeSa, message_id: u32, payloads: Vec<Payload>, out: &mut Vec<Output>) {
    let exchange = ExchangeType::INFORMATIONAL_V1;
    let (payloads, sealed) = if sa.keys.is_some() {
        let mut proved = vec![Payload::HashV1(sa.v1_hash(message_id, &[], &payloads))];
        proved.extend(payloads);
        (proved, Sealed::Yes)
    } else {
        (payloads, Sealed::No)
    };
    let summary = summarise(exchange, None, message_id, &payloads);
    let octets = sa.v1_octets(sa.v1_header(exchange, message_id), &payloads, sealed);
    send(sa, &octets, summary, out);
}

fn resend(sa: &IkeSa, answered: &Answered, out: &mut Vec<Output>) {
    if answered.octets.is_empty() {
        return;
    }
    let summary = Summary {
        repetition: 1,
        ..Summary::clone(&answered.summary)
    };
    send(sa, &answered.octets, summary.into(), out);
}
