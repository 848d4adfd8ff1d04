//! Main mode: proposals, then public values, then identities under the keys that follow from both.
//!
//! # Source
//! RFC 2409 section 5.4.

use std::net::SocketAddrV4;
use std::sync::Arc;

use super::super::Version;
use super::super::codec;
use super::super::config::Phase1Mode;
use super::super::crypt;
use super::super::daemon::{Daemon, Fate};
use super::super::identity::Identity;
use super::super::lifecycle::HALF_OPEN;
use super::super::notice::{AuthFailure, Notice, Output, Phase, Reason, Side};
use super::super::proposal::{self, Protocol};
use super::super::sa::{IkeSa, State as SaState};
use super::super::wire::{ExchangeType, IdBody, NotifyBody, NotifyType, Payload, Sender, encode_chain};
use super::{Event, Received, Sealed, State, phase1_terms, shared_key};
use crate::units::SimTime;

const MODE: ExchangeType = ExchangeType::MAIN_MODE;

impl Daemon {
    /// Sends the first message of an SA that we begin, in the mode that is configured.
    pub(in super::super) fn v1_begin(&mut self, now: SimTime, sa: &mut IkeSa, out: &mut Vec<Output>) -> Fate {
        let Some(config) = self.connection(sa.connection).cloned() else {
            return Fate::Close(Reason::Command);
        };
        let offer = codec::offer_v1(&config.ike, &[], phase1_terms(&config));
        let usable = offer.first().is_some_and(|body| !body.transforms.is_empty());
        if !usable || shared_key(&config).is_none() {
            return Fate::Close(Reason::Unacceptable(NotifyType::NO_PROPOSAL_CHOSEN));
        }
        sa.local_id = config.own_identity();
        let payload = Payload::SaV1(offer);
        sa.handshake().init_request = encode_chain(core::slice::from_ref(&payload)).1;
        if config.phase1 == Phase1Mode::Main {
            self.v1_ask(now, sa, (MODE, Sealed::No), &[payload], out);
        } else {
            self.v1_begin_aggressive(now, sa, (&config, payload), out);
        }
        Fate::Keep
    }

    /// The first message of an SA that the peer begins.
    pub(super) fn v1_main_first(
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
        let mut sa = self.new_sa(now, connection, Version::V1, addresses);
        sa.role = Sender::Responder;
        (sa.spi_r, sa.spi_i) = (sa.spi_i, received.header.spi_i);
        sa.state = SaState::V1(State::SaReceived);
        sa.suite = Some(suite);
        sa.timers.half_open_at = Some(now + HALF_OPEN);
        sa.handshake().init_request = encode_chain(&[Payload::SaV1(bodies.to_vec())]).1;
        let answer = [Payload::SaV1(codec::choice_v1(bodies, &offer, &[]))];
        self.v1_answer(&mut sa, (received, Sealed::No), &answer, out);
        self.sas.insert(sa.id, Arc::new(sa));
        Ok(())
    }

    /// A message of main mode after the first.
    pub(super) fn v1_on_main(
        &mut self,
        now: SimTime,
        sa: &mut IkeSa,
        received: &Received<'_>,
        out: &mut Vec<Output>,
    ) -> Fate {
        let state = sa.v1_state();
        if !sa.v1_step(Event::MainMode) {
            return Fate::Keep;
        }
        let taken = match state {
            State::SaSent => self.v1_main_chosen(now, sa, received, out),
            State::KeSent => self.v1_main_exchanged(now, sa, received, out),
            State::IdSent => return self.v1_main_proved(now, sa, received, out),
            State::SaReceived => self.v1_main_exchange(now, sa, received, out),
            State::KeReceived => return self.v1_main_identified(now, sa, received, out),
            State::AggressiveSent
            | State::AggressiveReceived
            | State::Established
            | State::Rekeyed
            | State::Closed => {
                return Fate::Keep;
            }
        };
        match taken {
            Ok(()) => Fate::Keep,
            Err(notify) => {
                self.v1_notify(sa, notify, out);
                if sa.role == Sender::Initiator {
                    return Fate::Close(Reason::Unacceptable(notify));
                }
                sa.v1_step(Event::Refused);
                Fate::Keep
            }
        }
    }

    /// Initiator: the chosen proposal; we send our public value.
    fn v1_main_chosen(
        &mut self,
        now: SimTime,
        sa: &mut IkeSa,
        received: &Received<'_>,
        out: &mut Vec<Output>,
    ) -> Result<(), NotifyType> {
        let config = self
            .connection(sa.connection)
            .cloned()
            .ok_or(NotifyType::NO_PROPOSAL_CHOSEN)?;
        let bodies = received.seen.sa().ok_or(NotifyType::PAYLOAD_MALFORMED)?;
        let chosen = codec::proposals(&codec::offers_v1(bodies, Protocol::Ike));
        let (_, suite) = proposal::select(&config.ike, &chosen).ok_or(NotifyType::NO_PROPOSAL_CHOSEN)?;
        sa.pending = None;
        sa.spi_r = received.header.spi_r;
        sa.suite = Some(suite);
        let (secret, nonce) = (crypt::secret(&mut self.dice), crypt::nonce(&mut self.dice));
        sa.handshake().secret = secret;
        sa.handshake().nonce_i = nonce.clone();
        let public = sa.v1_public();
        sa.handshake().public_i = public.clone();
        let mut payloads = vec![Payload::KeV1(public), Payload::NonceV1(nonce)];
        payloads.extend(self.v1_nat_payloads(sa));
        sa.v1_step(Event::Accepted);
        self.v1_ask(now, sa, (MODE, Sealed::No), &payloads, out);
        Ok(())
    }

    /// Responder: the peer's public value; we send ours, and there are keys.
    fn v1_main_exchange(
        &mut self,
        now: SimTime,
        sa: &mut IkeSa,
        received: &Received<'_>,
        out: &mut Vec<Output>,
    ) -> Result<(), NotifyType> {
        let (public, nonce) = received
            .seen
            .ke()
            .zip(received.seen.nonce())
            .ok_or(NotifyType::PAYLOAD_MALFORMED)?;
        sa.liveness.hear(now);
        let (secret, own_nonce) = (crypt::secret(&mut self.dice), crypt::nonce(&mut self.dice));
        let handshake = sa.handshake();
        (handshake.secret, handshake.nonce_i, handshake.nonce_r) =
            (secret, nonce.to_vec(), own_nonce.clone());
        handshake.public_i = public.to_vec();
        let own = sa.v1_public();
        sa.handshake().public_r = own.clone();
        if !self.v1_make_keys(sa, public) {
            return Err(NotifyType::INVALID_PAYLOAD_TYPE);
        }
        let mut payloads = vec![Payload::KeV1(own), Payload::NonceV1(own_nonce)];
        payloads.extend(self.v1_nat_payloads(sa));
        self.v1_detect_nat(now, sa, received.seen, out);
        self.v1_answer(sa, (received, Sealed::No), &payloads, out);
        sa.v1_step(Event::Accepted);
        Ok(())
    }

    /// Initiator: the peer's public value; we send who we are.
    fn v1_main_exchanged(
        &mut self,
        now: SimTime,
        sa: &mut IkeSa,
        received: &Received<'_>,
        out: &mut Vec<Output>,
    ) -> Result<(), NotifyType> {
        let (public, nonce) = received
            .seen
            .ke()
            .zip(received.seen.nonce())
            .ok_or(NotifyType::PAYLOAD_MALFORMED)?;
        sa.pending = None;
        let handshake = sa.handshake();
        (handshake.nonce_r, handshake.public_r) = (nonce.to_vec(), public.to_vec());
        if !self.v1_make_keys(sa, public) {
            return Err(NotifyType::INVALID_PAYLOAD_TYPE);
        }
        self.v1_detect_nat(now, sa, received.seen, out);
        let id = sa.local_id.to_body();
        let mut payloads = vec![
            Payload::IdV1(id.clone()),
            Payload::HashV1(sa.v1_proof(sa.role, &id)),
        ];
        if self.is_only_sa(sa) {
            payloads.push(initial_contact(sa));
        }
        sa.v1_step(Event::Accepted);
        self.v1_ask(now, sa, (MODE, Sealed::Yes), &payloads, out);
        Ok(())
    }

    /// Responder: who the peer is; we say who we are, and the SA is up.
    fn v1_main_identified(
        &mut self,
        now: SimTime,
        sa: &mut IkeSa,
        received: &Received<'_>,
        out: &mut Vec<Output>,
    ) -> Fate {
        let checked = self.v1_identify(sa, received, Aggressive::No);
        if let Err(why) = checked {
            self.fail(now, out, sa.connection, Notice::AuthenticationFailed(why));
            self.v1_notify(sa, NotifyType::AUTHENTICATION_FAILED, out);
            sa.v1_step(Event::Refused);
            return Fate::Keep;
        }
        let own = self.connection(sa.connection).map(|config| config.own_identity());
        sa.local_id = own.unwrap_or(Identity::Any);
        let id = sa.local_id.to_body();
        let payloads = [
            Payload::IdV1(id.clone()),
            Payload::HashV1(sa.v1_proof(sa.role, &id)),
        ];
        self.v1_answer(sa, (received, Sealed::Yes), &payloads, out);
        self.v1_up(now, sa, received, out);
        Fate::Keep
    }

    /// Initiator: who the peer is; the SA is up.
    fn v1_main_proved(
        &mut self,
        now: SimTime,
        sa: &mut IkeSa,
        received: &Received<'_>,
        out: &mut Vec<Output>,
    ) -> Fate {
        sa.pending = None;
        let checked = self.v1_check_responder_id(sa, received);
        match checked.and_then(|()| v1_check_proof(sa, received)) {
            Ok(()) => {
                self.v1_up(now, sa, received, out);
                Fate::Keep
            }
            Err(why) => {
                self.fail(now, out, sa.connection, Notice::AuthenticationFailed(why));
                // The responder holds the SA for established.
                self.v1_send_delete(sa, out);
                Fate::Close(Reason::Unacceptable(NotifyType::AUTHENTICATION_FAILED))
            }
        }
    }

    /// Whether the responder says that it is who it should be.
    pub(super) fn v1_check_responder_id(
        &self,
        sa: &mut IkeSa,
        received: &Received<'_>,
    ) -> Result<(), AuthFailure> {
        let expected = self
            .connection(sa.connection)
            .map_or(Identity::Any, |config| config.remote_id.clone());
        let claimed = v1_claimed(sa, received).ok_or(AuthFailure::Incomplete)?;
        let identity = Identity::from_body(claimed);
        sa.remote_id = identity.clone();
        if !identity.satisfies(&expected) {
            return Err(AuthFailure::OtherIdentity {
                claimed: identity,
                expected,
            });
        }
        Ok(())
    }

    /// Whether the initiator is somebody whom a connection expects; that connection becomes the SA's.
    pub(super) fn v1_identify(
        &mut self,
        sa: &mut IkeSa,
        received: &Received<'_>,
        aggressive: Aggressive,
    ) -> Result<(), AuthFailure> {
        let claimed = v1_claimed(sa, received).ok_or(AuthFailure::Incomplete)?;
        if aggressive == Aggressive::No
            && received.seen.hash() != Some(&sa.v1_proof(Sender::Initiator, claimed))
        {
            return Err(AuthFailure::SharedKey {
                claimed: Identity::from_body(claimed),
            });
        }
        let identity = Identity::from_body(claimed);
        sa.remote_id = identity.clone();
        match self.v1_peer(sa, &identity, aggressive) {
            Some(connection) => {
                sa.connection = connection;
                Ok(())
            }
            None if self.v1_peer(sa, &identity, aggressive.other()).is_some() => Err(AuthFailure::OtherMode),
            None => Err(AuthFailure::NoMatchingPeer {
                claimed: identity,
                wanted: None,
            }),
        }
    }

    /// Phase 1 is over.
    pub(super) fn v1_up(
        &mut self,
        now: SimTime,
        sa: &mut IkeSa,
        received: &Received<'_>,
        out: &mut Vec<Output>,
    ) {
        if !sa.v1_step(Event::Proved) {
            return;
        }
        self.establish(now, sa, out);
        if let Some(old) = sa.v1.follows.take() {
            let followed = Notice::IkeRekeyed { old, new: sa.id };
            self.tell(out, Some(sa.connection), followed);
        }
        sa.v1.dpd_out = self.dice.below(u64::from(u32::MAX / 2)) as u32;
        let contact = received
            .seen
            .notifies()
            .any(|body| body.kind == NotifyType::INITIAL_CONTACT_V1);
        if contact {
            self.initial_contact(now, sa, out);
        }
        if sa.role == Sender::Responder {
            self.v1_adopt(now, sa, out);
        }
    }

    /// Tells that the peer took none of our phase 1 proposals.
    pub(super) fn v1_told_no_proposal(
        &mut self,
        now: SimTime,
        sa: &IkeSa,
        phase: Phase,
        out: &mut Vec<Output>,
    ) {
        let Some(config) = self.connection(sa.connection).cloned() else {
            return;
        };
        let ours = match phase {
            Phase::Ike => config.ike.clone(),
            Phase::Child => config
                .children
                .first()
                .map(|child| child.esp.clone())
                .unwrap_or_default(),
        };
        let fields = proposal::compare(&ours, &[]);
        self.tell_mismatch(now, sa.connection, (phase, Side::Peer), fields, out);
    }
}

/// Whether it is about aggressive mode, whose first message proves nothing yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Aggressive {
    Yes,
    No,
}

impl Aggressive {
    const fn other(self) -> Self {
        match self {
            Self::Yes => Self::No,
            Self::No => Self::Yes,
        }
    }
}

/// Whether the responder proves what it says it is.
pub(super) fn v1_check_proof(sa: &IkeSa, received: &Received<'_>) -> Result<(), AuthFailure> {
    let claimed = v1_claimed(sa, received).ok_or(AuthFailure::Incomplete)?;
    if received.seen.hash() == Some(&sa.v1_proof(Sender::Responder, claimed)) {
        Ok(())
    } else {
        let claimed = sa.remote_id.clone();
        Err(AuthFailure::SharedKey { claimed })
    }
}

/// Who the peer says it is; in main mode only under the keys.
fn v1_claimed<'a>(sa: &IkeSa, received: &Received<'a>) -> Option<&'a IdBody> {
    let main = matches!(sa.v1_state(), State::IdSent | State::KeReceived);
    if main && received.sealed == Sealed::No {
        return None;
    }
    received.seen.ids().first().copied()
}

/// INITIAL-CONTACT for an SA's own cookies.
pub(super) fn initial_contact(sa: &IkeSa) -> Payload {
    Payload::NotifyV1(NotifyBody {
        protocol: 1,
        spi: [sa.spi_i.to_be_bytes(), sa.spi_r.to_be_bytes()].concat(),
        kind: NotifyType::INITIAL_CONTACT_V1,
        data: Vec::new(),
    })
}
