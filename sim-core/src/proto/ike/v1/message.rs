//! A message of IKEv1: what is looked for in it, how it is enclosed, and the hashes that prove its sender.
//!
//! # Source
//! RFC 2409 sections 5, 5.5 and 5.7 for the hashes.

use super::super::crypt;
use super::super::sa::{IkeSa, State as SaState};
use super::super::wire::{
    Body, DeleteBody, ExchangeType, Header, IdBody, Message, NotifyBody, Payload, ProposalBody, Sender,
    VERSION_1,
};
use super::{Event, State, Verdict, transition};
use crate::kernel::Digest;

/// The payloads of a message, by what is looked for in them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Payloads<'a>(pub(super) &'a [Payload]);

impl<'a> Payloads<'a> {
    fn find<T>(self, wanted: impl Fn(&'a Payload) -> Option<T>) -> Option<T> {
        self.0.iter().find_map(wanted)
    }
    pub(super) fn sa(self) -> Option<&'a [ProposalBody]> {
        self.find(|payload| match payload {
            Payload::SaV1(proposals) => Some(proposals.as_slice()),
            _ => None,
        })
    }
    pub(super) fn ke(self) -> Option<&'a [u8]> {
        self.find(|payload| match payload {
            Payload::KeV1(data) => Some(data.as_slice()),
            _ => None,
        })
    }
    pub(super) fn nonce(self) -> Option<&'a [u8]> {
        self.find(|payload| match payload {
            // RFC 2409 section 5: 8 to 256 octets.
            Payload::NonceV1(data) if (8..=256).contains(&data.len()) => Some(data.as_slice()),
            _ => None,
        })
    }
    pub(super) fn hash(self) -> Option<&'a [u8]> {
        self.find(|payload| match payload {
            Payload::HashV1(data) => Some(data.as_slice()),
            _ => None,
        })
    }
    pub(super) fn ids(self) -> Vec<&'a IdBody> {
        let each = self.0.iter().filter_map(|payload| match payload {
            Payload::IdV1(id) => Some(id),
            _ => None,
        });
        each.collect()
    }
    pub(super) fn nat_digests(self) -> Vec<&'a [u8]> {
        let each = self.0.iter().filter_map(|payload| match payload {
            Payload::NatDV1(data) => Some(data.as_slice()),
            _ => None,
        });
        each.collect()
    }
    pub(super) fn notifies(self) -> impl Iterator<Item = &'a NotifyBody> {
        self.0.iter().filter_map(|payload| match payload {
            Payload::NotifyV1(body) => Some(body),
            _ => None,
        })
    }
    pub(super) fn deletes(self) -> impl Iterator<Item = &'a DeleteBody> {
        self.0.iter().filter_map(|payload| match payload {
            Payload::DeleteV1(body) => Some(body),
            _ => None,
        })
    }
}

/// A message that came in, opened.
pub(super) struct Received<'a> {
    pub(super) header: &'a Header,
    pub(super) digest: u64,
    pub(super) seen: Payloads<'a>,
    pub(super) sealed: Sealed,
}

/// Whether a message was enclosed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sealed {
    Yes,
    No,
}

impl IkeSa {
    pub(in super::super) fn v1_state(&self) -> State {
        match self.state {
            SaState::V1(state) => state,
            SaState::V2(_) => State::Closed,
        }
    }
    /// Lets an event happen; false if it may not happen now.
    pub(super) fn v1_step(&mut self, event: Event) -> bool {
        match transition(self.v1_state(), event) {
            Verdict::To(state) => {
                self.state = SaState::V1(state);
                true
            }
            Verdict::Ignore => false,
        }
    }
    pub(super) fn hash_len(&self) -> usize {
        self.suite
            .and_then(|suite| suite.prf)
            .map_or(20, |prf| prf.output_len())
    }
    pub(super) fn v1_header(&self, exchange: ExchangeType, message_id: u32) -> Header {
        Header {
            spi_i: self.spi_i,
            spi_r: self.spi_r,
            version: VERSION_1,
            exchange,
            flags: 0,
            message_id,
        }
    }
    /// The octets of a message, enclosed where `keys` are given.
    pub(super) fn v1_octets(&self, header: Header, payloads: &[Payload], sealed: Sealed) -> Vec<u8> {
        let body = match (sealed, &self.keys, &self.suite) {
            (Sealed::Yes, Some(keys), Some(suite)) => crypt::seal_v1(keys, suite, &header, payloads),
            _ => Body::Payloads(payloads.to_vec()),
        };
        Message { header, body }.encode()
    }
    /// HASH(1) to HASH(3): that the sender has the key and nobody changed what follows.
    pub(super) fn v1_hash(&self, message_id: u32, nonces: &[&[u8]], rest: &[Payload]) -> Vec<u8> {
        let prove = self.keys.map_or(0, |keys| keys.prove);
        let (first, octets) = super::super::wire::encode_chain(rest);
        let seed = Digest::of(&(prove, message_id, nonces, first, octets.as_slice())).value();
        crypt::stretch(seed, self.hash_len())
    }
    /// HASH_I or HASH_R: that a side is who it says.
    pub(super) fn v1_proof(&self, of: Sender, id: &IdBody) -> Vec<u8> {
        let prove = self.keys.map_or(0, |keys| keys.prove);
        let Some(handshake) = &self.handshake else {
            return Vec::new();
        };
        let publics = (handshake.public_i.as_slice(), handshake.public_r.as_slice());
        let exchanged = (
            publics,
            (self.spi_i, self.spi_r),
            handshake.init_request.as_slice(),
        );
        let seed = Digest::of(&(
            prove,
            of == Sender::Initiator,
            exchanged,
            id.kind,
            id.data.as_slice(),
        ))
        .value();
        crypt::stretch(seed, self.hash_len())
    }
    /// Our public value in the group that was agreed on.
    pub(super) fn v1_public(&self) -> Vec<u8> {
        let group = self.suite.and_then(|suite| suite.group);
        let secret = self.handshake.as_ref().map_or(0, |handshake| handshake.secret);
        group
            .map(|group| crypt::ke_data(secret, group))
            .unwrap_or_default()
    }
}
