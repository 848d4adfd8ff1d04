//! What stands in for cryptography: the same roles and the same lengths, with numbers of 64 bits.
//!
//! Who can read and who can forge is modelled, not asserted. Two peers compute a common secret by a Diffie-Hellman
//! exchange in a small field; keys are digests of it, of the nonces and, in IKEv1, of the shared key. A message is
//! masked with a stream made from its key and closed with a check value, so that a daemon without the key meets noise
//! that does not decode or a check that fails, and one that lacks the shared key or the private key cannot compute
//! the proof that the other side expects. Nothing in a message says whether it was made with the right key.
//!
//! # Fidelity
//! Not cryptography: 61 bits are broken in a moment by whoever wants to. Real key lengths, real ciphers and the cost
//! of computing them are left out, and so are attacks on them. What an algorithm's name changes is the length of the
//! fields and whether two proposals match. Certificates: see [`super::certificate`].
//! # Source
//! The places of the keys: RFC 7296 sections 2.13 to 2.15 and 2.17, RFC 2409 section 5; signatures after Schnorr,
//! "Efficient signature generation by smart cards", 1991.

use super::algorithm::Group;
use super::proposal::Suite;
use super::wire::{self, DecodeError, Header, Payload, Sender};
use crate::kernel::{Dice, Digest};

/// The field: a Mersenne prime, and a generator of its multiplicative group.
const PRIME: u64 = (1 << 61) - 1;
const GENERATOR: u64 = 37;
const ORDER: u64 = PRIME - 1;

const fn mul(a: u64, b: u64, modulus: u64) -> u64 {
    ((a as u128 * b as u128) % modulus as u128) as u64
}

const fn pow(mut base: u64, mut exponent: u64) -> u64 {
    let mut result = 1;
    base %= PRIME;
    while exponent > 0 {
        if exponent & 1 == 1 {
            result = mul(result, base, PRIME);
        }
        base = mul(base, base, PRIME);
        exponent >>= 1;
    }
    result
}

/// Octets that follow from `seed`, as many as wanted.
#[must_use]
pub(super) fn stretch(seed: u64, len: usize) -> Vec<u8> {
    let mut octets = Vec::with_capacity(len + 8);
    let mut counter = 0u64;
    while octets.len() < len {
        octets.extend_from_slice(&Digest::of(&(seed, counter)).value().to_be_bytes());
        counter += 1;
    }
    octets.truncate(len);
    octets
}

/// A random number of octets.
pub(super) fn nonce(dice: &mut Dice) -> Vec<u8> {
    stretch(dice.next_u64(), 32)
}

/// A private key: never zero.
pub(super) fn secret(dice: &mut Dice) -> u64 {
    1 + dice.below(ORDER - 1)
}

/// The public key that belongs to a private one.
#[must_use]
pub(super) fn public_of(secret: u64) -> u64 {
    pow(GENERATOR, secret % ORDER)
}

/// The public value of a key exchange, as long as those of its group are.
pub(super) fn ke_data(secret: u64, group: Group) -> Vec<u8> {
    let public = public_of(secret);
    let mut data = public.to_be_bytes().to_vec();
    data.extend(stretch(public, group.public_len().saturating_sub(8)));
    data
}

/// Whether a peer's public value is as long as those of the group are.
pub(super) fn is_of_group(group: Group, peer: &[u8]) -> bool {
    peer.len() == group.public_len()
}

/// The secret that both sides of a key exchange share, where the peer's value is of the group.
pub(super) fn shared(secret: u64, group: Group, peer: &[u8]) -> Option<u64> {
    let (first, _) = peer.split_first_chunk::<8>()?;
    is_of_group(group, peer).then(|| pow(u64::from_be_bytes(*first), secret))
}

/// A signature.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, serde::Serialize, serde::Deserialize,
)]
pub struct Signature {
    commitment: u64,
    response: u64,
}

impl Signature {
    pub(super) fn to_octets(self) -> [u8; 16] {
        (u128::from(self.commitment) << 64 | u128::from(self.response)).to_be_bytes()
    }
    pub(super) fn from_octets(octets: [u8; 16]) -> Self {
        let both = u128::from_be_bytes(octets);
        Self {
            commitment: (both >> 64) as u64,
            response: both as u64,
        }
    }
}

/// Signs octets.
#[must_use]
pub(super) fn sign(secret: u64, octets: &[u8]) -> Signature {
    // A commitment that follows from key and text needs no dice, and never repeats for another text.
    let nonce = Digest::of(&(secret, octets)).value() % ORDER;
    let commitment = pow(GENERATOR, nonce);
    let challenge = Digest::of(&(commitment, octets)).value() % ORDER;
    let product = mul(challenge, secret % ORDER, ORDER);
    Signature {
        commitment,
        response: ((u128::from(nonce) + u128::from(product)) % u128::from(ORDER)) as u64,
    }
}

/// Whether the holder of that public key's secret signed those octets.
#[must_use]
pub(super) fn verify(public_key: u64, octets: &[u8], signature: Signature) -> bool {
    let challenge = Digest::of(&(signature.commitment, octets)).value() % ORDER;
    pow(GENERATOR, signature.response) == mul(signature.commitment % PRIME, pow(public_key, challenge), PRIME)
}

/// The keys of an IKE SA.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Keys {
    /// From which the keys of children and of the next IKE SA follow: SK_d, SKEYID_d.
    pub(super) derive: u64,
    /// With which messages are closed: SK_e and SK_a, SKEYID_e.
    pub(super) seal: u64,
    /// With which identities are proved: SK_p, SKEYID and SKEYID_a.
    pub(super) prove: u64,
}

impl Keys {
    /// From a seed: SKEYSEED, SKEYID.
    pub(super) fn from_seed(seed: u64) -> Self {
        Self {
            derive: Digest::of(&(seed, "d")).value(),
            seal: Digest::of(&(seed, "e")).value(),
            prove: Digest::of(&(seed, "p")).value(),
        }
    }
}

/// The check value over a message, and the stream that masks it.
fn mask(key: u64, octets: &[u8], iv: &[u8]) -> Vec<u8> {
    let stream = stretch(Digest::of(&(key, iv)).value(), octets.len());
    octets
        .iter()
        .zip(stream)
        .map(|(octet, mask)| octet ^ mask)
        .collect()
}

fn check_value(key: u64, header: &Header, first: u8, iv_and_text: &[u8], len: usize) -> Vec<u8> {
    let seed = Digest::of(&(key, header, first, iv_and_text)).value();
    stretch(seed, len)
}

fn direction_key(keys: &Keys, from: Sender) -> u64 {
    Digest::of(&(keys.seal, from == Sender::Initiator)).value()
}

/// Encloses payloads in an encrypted payload: vector, masked text with padding, check value.
pub(super) fn seal(
    keys: &Keys,
    suite: &Suite,
    header: &Header,
    from: Sender,
    payloads: &[Payload],
) -> Payload {
    let key = direction_key(keys, from);
    let (first, mut text) = wire::encode_chain(payloads);
    let block = suite.encryption.block_len();
    let padding = (block - (text.len() + 1) % block) % block;
    text.extend(core::iter::repeat_n(0, padding));
    text.push(padding as u8);
    let iv = stretch(
        Digest::of(&(key, header, text.as_slice())).value(),
        suite.encryption.iv_len(),
    );
    let mut data = iv.clone();
    data.extend(mask(key, &text, &iv));
    let icv = check_value(key, header, first, &data, suite.icv_len());
    data.extend(icv);
    Payload::Encrypted { first, data }
}

/// Why a message's secret part stays closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OpenError {
    /// The check value fails: another key, or somebody changed it.
    Forged,
    /// The key fits, but what is inside does not decode.
    Malformed(DecodeError),
}

/// Opens what [`seal`] closed.
pub(super) fn open(
    keys: &Keys,
    suite: &Suite,
    header: &Header,
    from: Sender,
    (first, data): (u8, &[u8]),
) -> Result<Vec<Payload>, OpenError> {
    let key = direction_key(keys, from);
    let text_end = data.len().checked_sub(suite.icv_len()).ok_or(OpenError::Forged)?;
    let (closed, icv) = data.split_at(text_end);
    if icv != check_value(key, header, first, closed, suite.icv_len()) {
        return Err(OpenError::Forged);
    }
    let (iv, masked) = closed
        .split_at_checked(suite.encryption.iv_len())
        .ok_or(OpenError::Forged)?;
    let text = mask(key, masked, iv);
    let malformed = OpenError::Malformed(DecodeError::Malformed(wire::payload_type::SK));
    let (padding, text) = text.split_last().ok_or(malformed)?;
    let end = text.len().checked_sub(usize::from(*padding)).ok_or(malformed)?;
    match wire::decode_chain(first, &text[..end]).map_err(OpenError::Malformed)? {
        (payloads, rest) if rest.is_empty() => Ok(payloads),
        _ => Err(OpenError::Malformed(DecodeError::Trailing)),
    }
}

/// Encloses IKEv1 payloads; there is no check value, so only decoding and the hash inside tell a wrong key.
pub(super) fn seal_v1(keys: &Keys, suite: &Suite, header: &Header, payloads: &[Payload]) -> wire::Body {
    let (first, mut text) = wire::encode_chain(payloads);
    let block = suite.encryption.block_len();
    let padding = (block - text.len() % block) % block;
    text.extend(core::iter::repeat_n(0, padding));
    wire::Body::EncryptedV1 {
        first,
        data: mask(keys.seal, &text, &v1_vector(header)),
    }
}

fn v1_vector(header: &Header) -> Vec<u8> {
    [&header.message_id.to_be_bytes()[..], &[header.exchange.0]].concat()
}

/// Opens what [`seal_v1`] closed.
pub(super) fn open_v1(
    keys: &Keys,
    header: &Header,
    first: u8,
    data: &[u8],
) -> Result<Vec<Payload>, DecodeError> {
    let text = mask(keys.seal, data, &v1_vector(header));
    let (payloads, padding) = wire::decode_chain(first, &text)?;
    // Noise that happens to look like a chain fails here: padding is zero and no longer than a block.
    if padding.len() >= 16 || padding.iter().any(|octet| *octet != 0) {
        return Err(DecodeError::Trailing);
    }
    match payloads
        .iter()
        .find(|payload| matches!(payload, Payload::Unknown { .. }))
    {
        Some(unknown) => Err(DecodeError::Malformed(unknown.kind())),
        None => Ok(payloads),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Streams;
    use crate::proto::ike::proposal::{Proposal, Protocol};
    use crate::proto::ike::wire::{ExchangeType, VERSION_2};

    #[test]
    fn both_sides_of_an_exchange_share_a_secret_and_nobody_else_does() {
        let mut dice = Streams::new(1).stream("test", "crypt");
        let (a, b, eve) = (secret(&mut dice), secret(&mut dice), secret(&mut dice));
        let group = Group::MODP_2048;
        let ours = shared(a, group, &ke_data(b, group));
        assert!(ours.is_some());
        assert_eq!(ours, shared(b, group, &ke_data(a, group)));
        assert_ne!(ours, shared(eve, group, &ke_data(a, group)));
        assert_eq!(
            shared(a, Group::ECP_256, &ke_data(b, group)),
            None,
            "another group's value"
        );
        assert_eq!(ke_data(a, group).len(), 256);
    }

    #[test]
    fn a_signature_needs_the_secret() {
        let signature = sign(12345, b"text");
        assert!(verify(public_of(12345), b"text", signature));
        assert!(!verify(public_of(12345), b"other", signature));
        assert!(!verify(public_of(54321), b"text", signature));
        assert_eq!(Signature::from_octets(signature.to_octets()), signature);
    }

    #[test]
    fn only_the_key_opens_what_it_closed() {
        let header = Header {
            spi_i: 1,
            spi_r: 2,
            version: VERSION_2,
            exchange: ExchangeType::IKE_AUTH,
            flags: 8,
            message_id: 1,
        };
        for text in [
            "aes256-sha256-modp2048",
            "aes128gcm16-prfsha256-ecp256",
            "3des-md5-modp1024",
        ] {
            let own = Proposal::parse(Protocol::Ike, text).expect("a proposal");
            let suite = own.select(&own).expect("itself");
            let keys = Keys::from_seed(7);
            let inside = vec![Payload::Nonce(vec![1, 2, 3])];
            let Payload::Encrypted { first, mut data } =
                seal(&keys, &suite, &header, Sender::Initiator, &inside)
            else {
                panic!("sealing makes an encrypted payload");
            };
            let opened = |keys: &Keys, from, data: &[u8]| open(keys, &suite, &header, from, (first, data));
            assert_eq!(opened(&keys, Sender::Initiator, &data), Ok(inside));
            assert_eq!(
                opened(&Keys::from_seed(8), Sender::Initiator, &data),
                Err(OpenError::Forged)
            );
            assert_eq!(
                opened(&keys, Sender::Responder, &data),
                Err(OpenError::Forged),
                "reflected"
            );
            let block = suite.encryption.block_len();
            assert_eq!(
                (data.len() - suite.encryption.iv_len() - suite.icv_len()) % block,
                0
            );
            data[0] ^= 1;
            assert_eq!(opened(&keys, Sender::Initiator, &data), Err(OpenError::Forged));
        }
    }
}
