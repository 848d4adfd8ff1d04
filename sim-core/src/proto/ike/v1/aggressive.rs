//! Aggressive mode: the same as main mode in three messages, the identities in the clear.
//!
//! # Source
//! RFC 2409 section 5.4. That a responder refuses it with a shared key unless told otherwise is strongSwan's: the
//! second message lets anybody try keys against its proof.

use std::net::SocketAddrV4;
use std::sync::Arc;

use super::super::Version;
use super::super::codec;
use super::super::config::{Connection, Phase1Mode};
use super::super::crypt;
use super::super::daemon::{Daemon, Fate};
use super::super::identity::Identity;
use super::super::lifecycle::{HALF_OPEN, send, summarise};
use super::super::notice::{AuthFailure, Notice, Output, Reason};
use super::super::proposal::{self, Protocol};
use super::super::sa::{Answered, IkeSa, State as SaState};
use super::super::wire::{ExchangeType, NotifyType, Payload, Sender, encode_chain};
use super::main_mode::{Aggressive, initial_contact, v1_check_proof};
use super::{Event, Received, Sealed, State};
use crate::units::SimTime;

const MODE: ExchangeType = ExchangeType::AGGRESSIVE;

impl Daemon {
    pub(super) fn v1_begin_aggressive(
        &mut self,
        now: SimTime,
        sa: &mut IkeSa,
        (config, offer): (&Connection, Payload),
        out: &mut Vec<Output>,
    ) {
        // The public value comes with the proposals, so that only the first one's group can be used.
        let first = config.ike.first().and_then(|own| own.stripped().select(own));
        sa.suite = first;
        let (secret, nonce) = (crypt::secret(&mut self.dice), crypt::nonce(&mut self.dice));
        (sa.handshake().secret, sa.handshake().nonce_i) = (secret, nonce.clone());
        let public = sa.v1_public();
        sa.handshake().public_i = public.clone();
        sa.state = SaState::V1(State::AggressiveSent);
        let id = sa.local_id.to_body();
        let payloads = [
            offer,
            Payload::KeV1(public),
            Payload::NonceV1(nonce),
            Payload::IdV1(id),
        ];
        self.v1_ask(now, sa, (MODE, Sealed::No), &payloads, out);
    }

    /// The first message of an SA that the peer begins.
    pub(super) fn v1_aggressive_first(
        &mut self,
        now: SimTime,
        addresses: (SocketAddrV4, SocketAddrV4),
        received: &Received<'_>,
        out: &mut Vec<Output>,
    ) -> Result<(), NotifyType> {
        let bodies = received.seen.sa().ok_or(NotifyType::PAYLOAD_MALFORMED)?;
        let (connection, offer, suite) = self.choose_ike(
            now,
            (addresses, Version::V1),
            codec::offers_v1(bodies, Protocol::Ike),
            out,
        )?;
        let (public, nonce) = received
            .seen
            .ke()
            .zip(received.seen.nonce())
            .ok_or(NotifyType::PAYLOAD_MALFORMED)?;
        let mut sa = self.new_sa(now, connection, Version::V1, addresses);
        sa.role = Sender::Responder;
        (sa.spi_r, sa.spi_i) = (sa.spi_i, received.header.spi_i);
        sa.state = SaState::V1(State::AggressiveReceived);
        sa.suite = Some(suite);
        sa.timers.half_open_at = Some(now + HALF_OPEN);
        let refuses_keys = |it: &Self, connection| {
            let config: Option<&Arc<Connection>> = it.connection(connection);
            config.is_some_and(|config| config.phase1 == Phase1Mode::AggressiveWithoutSharedKey)
        };
        // strongSwan asks in this order (`aggressive_mode.c`): keys at all, the public value's group, the identity.
        if !refuses_keys(self, connection)
            && let Some(group) = suite.group
            && !crypt::is_of_group(group, public)
        {
            self.fail(now, out, connection, Notice::OtherGroupSent { chosen: group });
            return Err(NotifyType::INVALID_PAYLOAD_TYPE);
        }
        let refused = match self.v1_identify(&mut sa, received, Aggressive::Yes) {
            Err(why) => Some(why),
            Ok(()) => refuses_keys(self, sa.connection).then_some(AuthFailure::AggressiveSharedKey),
        };
        if let Some(why) = refused {
            self.fail(now, out, sa.connection, Notice::AuthenticationFailed(why));
            return Err(NotifyType::AUTHENTICATION_FAILED);
        }
        let (secret, own_nonce) = (crypt::secret(&mut self.dice), crypt::nonce(&mut self.dice));
        let handshake = sa.handshake();
        handshake.init_request = encode_chain(&[Payload::SaV1(bodies.to_vec())]).1;
        (handshake.secret, handshake.nonce_i, handshake.nonce_r) =
            (secret, nonce.to_vec(), own_nonce.clone());
        handshake.public_i = public.to_vec();
        let own = sa.v1_public();
        sa.handshake().public_r = own.clone();
        if !self.v1_make_keys(&mut sa, public) {
            return Err(NotifyType::INVALID_PAYLOAD_TYPE);
        }
        let identity = self.connection(sa.connection).map(|config| config.own_identity());
        sa.local_id = identity.unwrap_or(Identity::Any);
        let id = sa.local_id.to_body();
        let mut payloads = vec![
            Payload::SaV1(codec::choice_v1(bodies, &offer, &[])),
            Payload::KeV1(own),
            Payload::NonceV1(own_nonce),
            Payload::IdV1(id.clone()),
        ];
        payloads.extend(self.v1_nat_payloads(&sa));
        payloads.push(Payload::HashV1(sa.v1_proof(sa.role, &id)));
        self.v1_answer(&mut sa, (received, Sealed::No), &payloads, out);
        self.v1_expect(now, &mut sa);
        self.sas.insert(sa.id, Arc::new(sa));
        Ok(())
    }

    /// The second or third message.
    pub(super) fn v1_on_aggressive(
        &mut self,
        now: SimTime,
        sa: &mut IkeSa,
        received: &Received<'_>,
        out: &mut Vec<Output>,
    ) -> Fate {
        let state = sa.v1_state();
        if !sa.v1_step(Event::Aggressive) {
            return Fate::Keep;
        }
        match state {
            State::AggressiveSent => self.v1_aggressive_answered(now, sa, received, out),
            State::AggressiveReceived => {
                let proof = sa.v1_proof(Sender::Initiator, &sa.remote_id.to_body());
                if received.seen.hash() == Some(&proof) {
                    sa.v1.reply = None;
                    sa.answered = None;
                    self.v1_detect_nat(now, sa, received.seen, out);
                    self.v1_up(now, sa, received, out);
                } else {
                    let claimed = sa.remote_id.clone();
                    let why = AuthFailure::SharedKey { claimed };
                    self.fail(now, out, sa.connection, Notice::AuthenticationFailed(why));
                    self.v1_notify(sa, NotifyType::AUTHENTICATION_FAILED, out);
                }
                Fate::Keep
            }
            _ => Fate::Keep,
        }
    }

    fn v1_aggressive_answered(
        &mut self,
        now: SimTime,
        sa: &mut IkeSa,
        received: &Received<'_>,
        out: &mut Vec<Output>,
    ) -> Fate {
        let refuse = |notify| Fate::Close(Reason::Unacceptable(notify));
        let (Some(config), Some(bodies), Some(public), Some(nonce)) = (
            self.connection(sa.connection).cloned(),
            received.seen.sa(),
            received.seen.ke(),
            received.seen.nonce(),
        ) else {
            return refuse(NotifyType::PAYLOAD_MALFORMED);
        };
        let chosen = codec::proposals(&codec::offers_v1(bodies, Protocol::Ike));
        let Some((_, suite)) = proposal::select(&config.ike, &chosen) else {
            self.v1_notify(sa, NotifyType::NO_PROPOSAL_CHOSEN, out);
            return refuse(NotifyType::NO_PROPOSAL_CHOSEN);
        };
        sa.pending = None;
        sa.spi_r = received.header.spi_r;
        sa.suite = Some(suite);
        let handshake = sa.handshake();
        (handshake.nonce_r, handshake.public_r) = (nonce.to_vec(), public.to_vec());
        // Who the responder is is looked at first: what is said against that goes in the clear, as there are no keys yet.
        if let Err(why) = self.v1_check_responder_id(sa, received) {
            self.fail(now, out, sa.connection, Notice::AuthenticationFailed(why));
            self.v1_notify(sa, NotifyType::INVALID_ID_INFORMATION, out);
            return refuse(NotifyType::INVALID_ID_INFORMATION);
        }
        if !self.v1_make_keys(sa, public) {
            self.v1_notify(sa, NotifyType::INVALID_PAYLOAD_TYPE, out);
            return refuse(NotifyType::INVALID_PAYLOAD_TYPE);
        }
        if let Err(why) = v1_check_proof(sa, received) {
            self.fail(now, out, sa.connection, Notice::AuthenticationFailed(why));
            self.v1_notify(sa, NotifyType::AUTHENTICATION_FAILED, out);
            return refuse(NotifyType::AUTHENTICATION_FAILED);
        }
        let nat = self.v1_nat_payloads(sa);
        self.v1_detect_nat(now, sa, received.seen, out);
        let id = sa.local_id.to_body();
        let mut payloads = vec![Payload::HashV1(sa.v1_proof(sa.role, &id))];
        payloads.extend(nat);
        if self.is_only_sa(sa) {
            payloads.push(initial_contact(sa));
        }
        let summary = summarise(MODE, None, 0, &payloads);
        let octets = sa.v1_octets(sa.v1_header(MODE, 0), &payloads, Sealed::Yes);
        send(sa, &octets, summary.clone(), out);
        sa.v1.concluded = Some(Box::new(Answered {
            request: received.digest,
            message_id: 0,
            octets,
            summary,
        }));
        self.v1_up(now, sa, received, out);
        Fate::Keep
    }
}
