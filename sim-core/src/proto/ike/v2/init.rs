//! IKE_SA_INIT: proposals, public values and nonces; from here on there are keys.
//!
//! # Source
//! RFC 7296 sections 1.2, 2.6, 2.7 and 2.23.

use std::net::SocketAddrV4;
use std::sync::Arc;

use super::super::algorithm::Group;
use super::super::config::Connection;
use super::super::crypt::{self, Keys};
use super::super::daemon::{Daemon, Fate};
use super::super::group_choice;
use super::super::lifecycle::{HALF_OPEN, float, send};
use super::super::notice::{Notice, Output, Phase, Reason, Side};
use super::super::proposal::{self, Protocol};
use super::super::sa::{Answered, Flight, IkeSa, Pending, State as SaState, Task};
use super::super::wire::{ExchangeType, Header, Message, NotifyType, Payload, Sender};
use super::super::{Version, codec, nat};
use super::{Event, Payloads, State};
use crate::kernel::Digest;
use crate::units::SimTime;

/// How often the first message is sent anew with another group or cookie before we give up.
const ATTEMPTS: u32 = 5;

/// The keys of an IKE SA from what both sides know then.
pub(super) fn keys((nonce_i, nonce_r): (&[u8], &[u8]), spis: (u64, u64), secret: u64, from: u64) -> Keys {
    Keys::from_seed(Digest::of(&(nonce_i, nonce_r, spis, secret, from)).value())
}

fn nat_payloads(config: &Connection, sa: &IkeSa) -> [Payload; 2] {
    let (source, destination) = nat::own(config, (sa.spi_i, sa.spi_r), sa.local, sa.remote);
    [
        Payload::notify(NotifyType::NAT_DETECTION_SOURCE_IP, source),
        Payload::notify(NotifyType::NAT_DETECTION_DESTINATION_IP, destination),
    ]
}

/// From when on keepalives are sent, where the peer's digests show that we are behind translation.
fn keepalive(now: SimTime, spis: (u64, u64), seen: Payloads<'_>, local: SocketAddrV4) -> Option<SimTime> {
    let destination = seen.notify(NotifyType::NAT_DETECTION_DESTINATION_IP);
    let destination = destination.map(|body| body.data.as_slice());
    nat::hides_us(spis, destination, local).then(|| now + nat::KEEPALIVE)
}

fn shows_nat(spis: (u64, u64), seen: Payloads<'_>, local: SocketAddrV4, remote: SocketAddrV4) -> bool {
    let sources = seen.notifies(NotifyType::NAT_DETECTION_SOURCE_IP);
    let destination = seen.notify(NotifyType::NAT_DETECTION_DESTINATION_IP);
    nat::shows(
        spis,
        (&sources, destination.map(|body| body.data.as_slice())),
        local,
        remote,
    )
}

impl Daemon {
    /// Sends the first message of an SA that we begin.
    pub(in super::super) fn v2_begin(&mut self, now: SimTime, sa: &mut IkeSa, out: &mut Vec<Output>) -> Fate {
        let group = self
            .connection(sa.connection)
            .and_then(|config| group_choice::first_group(&config.ike));
        let nonce = crypt::nonce(&mut self.dice);
        let secret = crypt::secret(&mut self.dice);
        let handshake = sa.handshake();
        (handshake.nonce_i, handshake.secret, handshake.group) = (nonce, secret, group);
        self.v2_send_init(now, sa, out)
    }

    fn v2_send_init(&mut self, now: SimTime, sa: &mut IkeSa, out: &mut Vec<Output>) -> Fate {
        let Some(config) = self.connection(sa.connection).cloned() else {
            return Fate::Close(Reason::Command);
        };
        let handshake = sa.handshake().clone();
        let Some(group) = handshake.group else {
            return Fate::Close(Reason::Unacceptable(NotifyType::NO_PROPOSAL_CHOSEN));
        };
        let offered = group_choice::led_by(&config.ike, Some(group));
        let mut payloads = Vec::new();
        if !handshake.cookie.is_empty() {
            payloads.push(Payload::notify(NotifyType::COOKIE, handshake.cookie.clone()));
        }
        payloads.extend([
            Payload::Sa(codec::offer(&offered, &[])),
            Payload::Ke {
                group: group.number(),
                data: crypt::ke_data(handshake.secret, group),
            },
            Payload::Nonce(handshake.nonce_i),
        ]);
        payloads.extend(nat_payloads(&config, sa));
        sa.next_out = 0;
        let begun = (Task::Phase1, Flight::default());
        self.v2_request(now, sa, (ExchangeType::IKE_SA_INIT, &payloads), begun, out);
        if let Some(pending) = &sa.pending {
            let octets = pending.octets.clone();
            sa.handshake().init_request = octets;
        }
        Fate::Keep
    }

    /// The first message of an SA that the peer begins.
    pub(super) fn v2_on_init_request(
        &mut self,
        now: SimTime,
        addresses: (SocketAddrV4, SocketAddrV4),
        (header, octets): (&Header, &[u8]),
        out: &mut Vec<Output>,
    ) {
        if !header.is_from_initiator() || header.spi_i == 0 || header.spi_r != 0 || header.message_id != 0 {
            return;
        }
        if self.turns_away(now, addresses, (header, octets), Version::V2, out) {
            return;
        }
        let request = Digest::of(octets).value();
        let known = |sa: &&Arc<IkeSa>| {
            let same = |answered: &Answered| answered.message_id == 0 && answered.request == request;
            sa.spi_i == header.spi_i
                && sa.role == Sender::Responder
                && sa.answered.as_deref().is_some_and(same)
        };
        if let Some(sa) = self.sas.values().find(known) {
            // Repeated because our answer was lost.
            if let Some(answered) = sa.answered.as_deref() {
                let mut summary = super::super::Summary::clone(&answered.summary);
                summary.repetition = 1;
                send(sa, &answered.octets, summary.into(), out);
            }
            return;
        }
        match Message::decode(octets) {
            Ok(message) => {
                if let Err(refusal) = self.v2_accept_init(now, addresses, (header, octets), &message, out) {
                    self.v2_answer_without_sa(addresses, header, vec![refusal], out);
                }
            }
            Err(_) => {
                self.tell(out, None, Notice::Refused(NotifyType::INVALID_SYNTAX));
                let refusal = Payload::notify(NotifyType::INVALID_SYNTAX, Vec::new());
                self.v2_answer_without_sa(addresses, header, vec![refusal], out);
            }
        }
    }

    fn v2_accept_init(
        &mut self,
        now: SimTime,
        addresses: (SocketAddrV4, SocketAddrV4),
        (header, octets): (&Header, &[u8]),
        message: &Message,
        out: &mut Vec<Output>,
    ) -> Result<(), Payload> {
        let refuse = |notify| Payload::notify(notify, Vec::new());
        let seen = Payloads(message.payloads());
        if let Some(kind) = seen.critical() {
            return Err(Payload::notify(
                NotifyType::UNSUPPORTED_CRITICAL_PAYLOAD,
                vec![kind],
            ));
        }
        let (Some(bodies), Some((ke_group, public)), Some(nonce)) = (seen.sa(), seen.ke(), seen.nonce())
        else {
            self.tell(out, None, Notice::Refused(NotifyType::INVALID_SYNTAX));
            return Err(refuse(NotifyType::INVALID_SYNTAX));
        };
        let offers = codec::offers(bodies, Protocol::Ike);
        let (connection, offer, suite) = self
            .choose_ike(now, (addresses, Version::V2), offers, out)
            .map_err(refuse)?;
        let group = suite.group.ok_or(refuse(NotifyType::NO_PROPOSAL_CHOSEN))?;
        if group.number() != ke_group {
            // RFC 7296 section 1.3: the group that we want instead, and no state is kept.
            self.tell(
                out,
                Some(connection),
                Notice::Refused(NotifyType::INVALID_KE_PAYLOAD),
            );
            let wanted = group.number().to_be_bytes().to_vec();
            return Err(Payload::notify(NotifyType::INVALID_KE_PAYLOAD, wanted));
        }
        let secret = crypt::secret(&mut self.dice);
        let Some(shared) = crypt::shared(secret, group, public) else {
            return Err(refuse(NotifyType::INVALID_SYNTAX));
        };
        let mut sa = self.new_sa(now, connection, Version::V2, addresses);
        sa.spi_r = sa.spi_i;
        sa.spi_i = header.spi_i;
        sa.role = Sender::Responder;
        sa.state = SaState::V2(State::InitReceived);
        sa.suite = Some(suite);
        sa.timers.half_open_at = Some(now + HALF_OPEN);
        let own_nonce = crypt::nonce(&mut self.dice);
        sa.keys = Some(keys((nonce, &own_nonce), (sa.spi_i, sa.spi_r), shared, 0));
        let mut payloads = vec![
            Payload::Sa(codec::choice(offer.number, suite, Protocol::Ike, &[])),
            Payload::Ke {
                group: ke_group,
                data: crypt::ke_data(secret, group),
            },
            Payload::Nonce(own_nonce.clone()),
        ];
        if let Some(config) = self.connection(connection).cloned() {
            payloads.extend(nat_payloads(&config, &sa));
            let translated = shows_nat((sa.spi_i, 0), seen, sa.local, sa.remote);
            if translated || config.encapsulation == super::super::config::Encapsulation::Forced {
                sa.nat = super::super::NatState::Encapsulated;
                sa.timers.keepalive_at = keepalive(now, (sa.spi_i, 0), seen, sa.local);
                self.tell(out, Some(connection), Notice::NatDetected { sa: sa.id });
            }
        }
        sa.answered = Some(Box::new(Answered {
            request: Digest::of(octets).value(),
            message_id: 0,
            octets: Vec::new(),
            summary: super::summarise(ExchangeType::IKE_SA_INIT, None, 0, &[]),
        }));
        self.v2_respond(&mut sa, (ExchangeType::IKE_SA_INIT, 0), &payloads, out);
        sa.next_in = 1;
        let response = sa
            .answered
            .as_ref()
            .map(|answered| answered.octets.clone())
            .unwrap_or_default();
        let peer_nonce = nonce.to_vec();
        let handshake = sa.handshake();
        (handshake.nonce_i, handshake.nonce_r) = (peer_nonce, own_nonce);
        (handshake.init_request, handshake.init_response) = (octets.to_vec(), response);
        self.sas.insert(sa.id, Arc::new(sa));
        Ok(())
    }

    /// The answer to our first message.
    pub(super) fn v2_on_init_response(
        &mut self,
        now: SimTime,
        sa: &mut IkeSa,
        pending: Pending,
        (header, octets, seen): (&Header, &[u8], Payloads<'_>),
        out: &mut Vec<Output>,
    ) -> Fate {
        let Some(config) = self.connection(sa.connection).cloned() else {
            return Fate::Close(Reason::Command);
        };
        if let Some(body) = seen.notify(NotifyType::COOKIE) {
            sa.handshake().cookie = body.data.clone();
            return self.v2_init_again(now, sa, out);
        }
        if let Some(body) = seen.notify(NotifyType::INVALID_KE_PAYLOAD) {
            let wanted = <[u8; 2]>::try_from(body.data.as_slice())
                .ok()
                .map(u16::from_be_bytes);
            let offered = |group: &Group| group_choice::any_has(&config.ike, *group);
            let Some(group) = wanted.and_then(Group::from_number).filter(offered) else {
                return Fate::Close(Reason::Refused(NotifyType::INVALID_KE_PAYLOAD));
            };
            self.tell(out, Some(sa.connection), Notice::OtherGroupWanted { group });
            sa.handshake().group = Some(group);
            return self.v2_init_again(now, sa, out);
        }
        if let Some(notify) = seen.error() {
            if notify == NotifyType::NO_PROPOSAL_CHOSEN {
                let fields = proposal::compare(&config.ike, &[]);
                self.tell_mismatch(now, sa.connection, (Phase::Ike, Side::Peer), fields, out);
            }
            return Fate::Close(Reason::Refused(notify));
        }
        let (Some(bodies), Some((ke_group, public)), Some(nonce)) = (seen.sa(), seen.ke(), seen.nonce())
        else {
            // RFC 7296 section 2.21.1: an unauthenticated answer that says nothing useful may be forged; keep waiting.
            sa.pending = Some(Box::new(pending));
            return Fate::Keep;
        };
        let chosen = codec::proposals(&codec::offers(bodies, Protocol::Ike));
        let Some((_, suite)) = proposal::select(&config.ike, &chosen) else {
            return Fate::Close(Reason::Unacceptable(NotifyType::NO_PROPOSAL_CHOSEN));
        };
        let handshake = sa.handshake().clone();
        let shared = handshake
            .group
            .filter(|group| group.number() == ke_group && suite.group == Some(*group))
            .and_then(|group| crypt::shared(handshake.secret, group, public));
        let Some(shared) = shared else {
            return Fate::Close(Reason::Unacceptable(NotifyType::INVALID_KE_PAYLOAD));
        };
        if !sa.v2_step(Event::InitAnswered) {
            return Fate::Keep;
        }
        sa.spi_r = header.spi_r;
        sa.suite = Some(suite);
        sa.keys = Some(keys((&handshake.nonce_i, nonce), (sa.spi_i, sa.spi_r), shared, 0));
        let (nonce, response) = (nonce.to_vec(), octets.to_vec());
        let handshake = sa.handshake();
        (handshake.nonce_r, handshake.init_response) = (nonce, response);
        let translated = shows_nat((sa.spi_i, sa.spi_r), seen, sa.local, sa.remote);
        if translated || config.encapsulation == super::super::config::Encapsulation::Forced {
            sa.timers.keepalive_at = keepalive(now, (sa.spi_i, sa.spi_r), seen, sa.local);
            float(sa);
            self.tell(out, Some(sa.connection), Notice::NatDetected { sa: sa.id });
        }
        self.v2_send_auth(now, sa, out)
    }

    fn v2_init_again(&mut self, now: SimTime, sa: &mut IkeSa, out: &mut Vec<Output>) -> Fate {
        let handshake = sa.handshake();
        handshake.attempts += 1;
        if handshake.attempts > ATTEMPTS || !sa.v2_step(Event::InitAgain) {
            return Fate::Close(Reason::Refused(NotifyType::INVALID_KE_PAYLOAD));
        }
        self.v2_send_init(now, sa, out)
    }
}
