//! IKE_AUTH: both prove who they are, and the first CHILD_SA comes with it.
//!
//! # Source
//! RFC 7296 sections 1.2 and 2.15.
//! # Fidelity
//! A signature counts as method 14 (RFC 7427) without its algorithm identifier.

use super::super::Version;
use super::super::certificate::{CERTIFICATE_ENCODING, Certificate, CertificateError};
use super::super::config::{Authentication, Connection, ConnectionId};
use super::super::crypt::{self, Keys, Signature};
use super::super::daemon::{Daemon, Fate};
use super::super::identity::Identity;
use super::super::notice::{AuthFailure, Notice, Output, Proof, Reason};
use super::super::sa::{Flight, IkeSa, Pending, Task};
use super::super::wire::{ExchangeType, Header, IdBody, NotifyType, Payload, Sender};
use super::child::First;
use super::{Event, Payloads};
use crate::kernel::Digest;
use crate::units::SimTime;

/// How proofs are marked: shared key, digital signature.
const METHOD_SHARED_KEY: u8 = 2;
const METHOD_SIGNATURE: u8 = 14;

/// What one side's proof covers: its first message, the other's nonce, its identity.
fn signed(sa: &IkeSa, keys: &Keys, of: Sender, id: &IdBody) -> Vec<u8> {
    let Some(handshake) = &sa.handshake else {
        return Vec::new();
    };
    let (message, nonce) = match of {
        Sender::Initiator => (&handshake.init_request, &handshake.nonce_r),
        Sender::Responder => (&handshake.init_response, &handshake.nonce_i),
    };
    let identity = Digest::of(&(keys.prove, of == Sender::Initiator, id.kind, id.data.as_slice()));
    [message.as_slice(), nonce, &identity.value().to_be_bytes()].concat()
}

fn shared_key_proof(key: &str, octets: &[u8], len: usize) -> Vec<u8> {
    crypt::stretch(Digest::of(&(key, octets)).value(), len)
}

impl Daemon {
    /// Our proof, with the certificate where there is one.
    fn v2_prove(&self, sa: &IkeSa, connection: ConnectionId) -> Option<Vec<Payload>> {
        let (config, keys) = (self.connection(connection)?, sa.keys?);
        let octets = signed(sa, &keys, sa.role, &sa.local_id.to_body());
        Some(match &config.authentication {
            Authentication::SharedKey(key) => {
                let len = sa
                    .suite
                    .and_then(|suite| suite.prf)
                    .map_or(32, |prf| prf.output_len());
                vec![Payload::Auth {
                    method: METHOD_SHARED_KEY,
                    data: shared_key_proof(key, &octets, len),
                }]
            }
            Authentication::Certificate(own) => vec![
                Payload::Cert {
                    encoding: CERTIFICATE_ENCODING,
                    data: own.certificate.encode(),
                },
                Payload::Auth {
                    method: METHOD_SIGNATURE,
                    data: crypt::sign(own.secret, &octets).to_octets().to_vec(),
                },
            ],
        })
    }

    /// Checks the peer's proof of being `claimed`.
    fn v2_check(
        &self,
        now: SimTime,
        sa: &IkeSa,
        connection: ConnectionId,
        (claimed, seen): (&IdBody, Payloads<'_>),
    ) -> Result<(), AuthFailure> {
        let (Some(config), Some(keys), Some((method, proof))) =
            (self.connection(connection), sa.keys, seen.auth())
        else {
            return Err(AuthFailure::Incomplete);
        };
        let octets = signed(sa, &keys, sa.role.other(), claimed);
        let identity = Identity::from_body(claimed);
        match (&config.authentication, method) {
            (Authentication::SharedKey(key), METHOD_SHARED_KEY) => {
                if shared_key_proof(key, &octets, proof.len().max(8)) == proof {
                    Ok(())
                } else {
                    Err(AuthFailure::SharedKey { claimed: identity })
                }
            }
            (Authentication::Certificate(own), METHOD_SIGNATURE) => {
                let lacks = |fault| AuthFailure::Certificate(own.rejected(None, vec![fault], &identity));
                let data = seen.cert().ok_or_else(|| lacks(CertificateError::Missing))?;
                let certificate =
                    Certificate::decode(data).ok_or_else(|| lacks(CertificateError::Malformed))?;
                if let Some(rejected) = own.rejects(&certificate, now, &identity) {
                    return Err(AuthFailure::Certificate(rejected));
                }
                let signature = proof.try_into().map(Signature::from_octets);
                match signature {
                    Ok(signature) if crypt::verify(certificate.public_key, &octets, signature) => Ok(()),
                    _ => Err(AuthFailure::Signature { claimed: identity }),
                }
            }
            (expected, _) => Err(AuthFailure::Method {
                expected: Proof::of(expected),
            }),
        }
    }

    /// Sends our identity and proof, and asks for the first CHILD_SA.
    pub(super) fn v2_send_auth(&mut self, now: SimTime, sa: &mut IkeSa, out: &mut Vec<Output>) -> Fate {
        let Some(config) = self.connection(sa.connection).cloned() else {
            return Fate::Close(Reason::Command);
        };
        sa.local_id = config.own_identity();
        let Some(proof) = self.v2_prove(sa, sa.connection) else {
            return Fate::Close(Reason::Command);
        };
        let mut payloads = vec![Payload::IdInitiator(sa.local_id.to_body())];
        if self.is_only_sa(sa) {
            payloads.push(Payload::notify(NotifyType::INITIAL_CONTACT, Vec::new()));
        }
        // A pattern is what any answer is compared with, and cannot be asked for.
        if !config.remote_id.has_wildcards() {
            payloads.push(Payload::IdResponder(config.remote_id.to_body()));
        }
        payloads.extend(proof);
        // The first child that waits comes with the proof; IKE SAs without any are not begun.
        let first = sa.queue.iter().position(|task| matches!(task, Task::Child(_)));
        let mut flight = Flight::default();
        if let Some(Task::Child(task)) = first.and_then(|at| sa.queue.get(at)).cloned() {
            flight.spi = u64::from(self.child_spi());
            payloads.extend(self.v2_child_offer(sa, &task, &flight, First::Yes));
        }
        self.v2_request(
            now,
            sa,
            (ExchangeType::IKE_AUTH, &payloads),
            (Task::Auth, flight),
            out,
        );
        Fate::Keep
    }

    /// The peer's identity and proof.
    pub(super) fn v2_on_auth_request(
        &mut self,
        now: SimTime,
        sa: &mut IkeSa,
        header: &Header,
        seen: Payloads<'_>,
        out: &mut Vec<Output>,
    ) -> Fate {
        if !sa.v2_step(Event::AuthAsked) {
            return self.v2_refuse(sa, header, NotifyType::INVALID_SYNTAX, out);
        }
        let (Some(claimed), Some(_)) = (seen.id(Sender::Initiator), seen.auth()) else {
            self.v2_refuse(sa, header, NotifyType::INVALID_SYNTAX, out);
            return Fate::Close(Reason::Unacceptable(NotifyType::INVALID_SYNTAX));
        };
        let wanted = seen.id(Sender::Responder).map(Identity::from_body);
        let who = Identity::from_body(claimed);
        sa.remote_id = who.clone();
        let checked = match self.v2_peer(sa, &who, wanted.as_ref()) {
            Err(why) => Err(why),
            Ok(connection) => {
                sa.connection = connection;
                self.v2_check(now, sa, connection, (claimed, seen))
            }
        };
        if let Err(why) = checked {
            self.fail(now, out, sa.connection, Notice::AuthenticationFailed(why));
            self.v2_refuse(sa, header, NotifyType::AUTHENTICATION_FAILED, out);
            return Fate::Close(Reason::Unacceptable(NotifyType::AUTHENTICATION_FAILED));
        }
        let own = self
            .connection(sa.connection)
            .map(|config| config.identity_for(wanted));
        sa.local_id = own.unwrap_or(Identity::Any);
        let Some(proof) = self.v2_prove(sa, sa.connection) else {
            return Fate::Close(Reason::Command);
        };
        let mut payloads = vec![Payload::IdResponder(sa.local_id.to_body())];
        payloads.extend(proof);
        sa.v2_step(Event::Proved);
        let nonces = sa.handshake.clone().unwrap_or_default();
        self.establish(now, sa, out);
        if seen.notify(NotifyType::INITIAL_CONTACT).is_some() {
            self.initial_contact(now, sa, out);
        }
        let mut agreed = None;
        if seen.sa().is_some() {
            let asked = super::child::Asked {
                seen,
                rekeys: None,
                first: First::Yes,
                nonces: (&nonces.nonce_i, &nonces.nonce_r),
            };
            match self.v2_answer_child(now, sa, &asked, out) {
                Ok((answer, child)) => {
                    payloads.extend(answer);
                    agreed = Some(child);
                }
                Err(refusal) => payloads.push(refusal),
            }
        }
        self.v2_respond(sa, (header.exchange, header.message_id), &payloads, out);
        if let Some(agreed) = agreed {
            self.install(now, sa, agreed, out);
        }
        Fate::Keep
    }

    /// The connection that expects these identities at these addresses.
    fn v2_peer(
        &self,
        sa: &IkeSa,
        claimed: &Identity,
        wanted: Option<&Identity>,
    ) -> Result<ConnectionId, AuthFailure> {
        let candidates = self.candidates((sa.local, sa.remote), Version::V2);
        let is_us = |config: &Connection| match (&config.local_id, wanted) {
            (None | Some(Identity::Any), _) | (_, None) => true,
            (Some(own), Some(wanted)) => wanted.satisfies(own),
        };
        if let Some(found) = self.best_fit(&candidates, claimed, is_us) {
            return Ok(found);
        }
        let claimed = claimed.clone();
        // Where only one could be meant, it can be said what that one expects.
        let only = match candidates.as_slice() {
            [only] => self.connection(*only),
            _ => None,
        };
        Err(match only.filter(|config| is_us(config)) {
            Some(config) => AuthFailure::OtherIdentity {
                claimed,
                expected: config.remote_id.clone(),
            },
            None => AuthFailure::NoMatchingPeer {
                claimed,
                wanted: wanted.cloned(),
            },
        })
    }

    /// The answer to our proof.
    pub(super) fn v2_on_auth_response(
        &mut self,
        now: SimTime,
        sa: &mut IkeSa,
        pending: Pending,
        seen: Payloads<'_>,
        out: &mut Vec<Output>,
    ) -> Fate {
        if !sa.v2_step(Event::AuthAnswered) {
            return Fate::Keep;
        }
        let (Some(claimed), Some(_)) = (seen.id(Sender::Responder), seen.auth()) else {
            let notify = seen.error().unwrap_or(NotifyType::INVALID_SYNTAX);
            if notify == NotifyType::AUTHENTICATION_FAILED {
                let failed = Notice::AuthenticationFailed(AuthFailure::RefusedByPeer);
                self.fail(now, out, sa.connection, failed);
            }
            return Fate::Close(Reason::Refused(notify));
        };
        let who = Identity::from_body(claimed);
        sa.remote_id = who.clone();
        let expected = self
            .connection(sa.connection)
            .map(|config| config.remote_id.clone());
        let checked = match expected {
            Some(expected) if !who.satisfies(&expected) => Err(AuthFailure::OtherIdentity {
                claimed: who,
                expected,
            }),
            _ => self.v2_check(now, sa, sa.connection, (claimed, seen)),
        };
        if let Err(why) = checked {
            self.fail(now, out, sa.connection, Notice::AuthenticationFailed(why));
            // RFC 7296 section 2.21.2: the responder holds the SA for established, so that it has to be told.
            let refusal = Payload::notify(NotifyType::AUTHENTICATION_FAILED, Vec::new());
            let reason = Reason::Unacceptable(NotifyType::AUTHENTICATION_FAILED);
            let last = (Task::Delete(reason.clone()), Flight::default());
            self.v2_request(now, sa, (ExchangeType::INFORMATIONAL, &[refusal]), last, out);
            return Fate::Close(reason);
        }
        sa.v2_step(Event::Proved);
        let nonces = sa.handshake.clone().unwrap_or_default();
        self.establish(now, sa, out);
        let first = sa.queue.iter().position(|task| matches!(task, Task::Child(_)));
        if let Some(Task::Child(task)) = first.and_then(|at| sa.queue.remove(at)) {
            let answer = super::child::Answer {
                task,
                flight: pending.flight,
                first: First::Yes,
                nonces: (nonces.nonce_i, nonces.nonce_r),
            };
            // A refused child leaves the IKE SA as it is.
            let _ = self.v2_take_child(now, sa, &answer, seen, out);
        }
        Fate::Keep
    }
}
