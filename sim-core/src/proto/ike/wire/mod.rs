//! Messages in their wire form: the header, the chain of payloads, and the two ways of enclosing what is secret.
//!
//! Decoding is total: any octets give a message or a [`DecodeError`]. What decodes encodes to the same octets,
//! provided that reserved fields were zero.
//!
//! # Source
//! RFC 7296 section 3; RFC 2408 section 3 for IKEv1.
//! # Fidelity
//! Reserved octets and the critical bit of payloads that everybody knows are read past and written as zero, as the
//! RFCs ask. An octet of IKEv1's transform number that counts transforms is kept as it came.

mod bytes;
mod number;
mod payload;
mod sa;

pub use bytes::DecodeError;
pub use number::{ExchangeType, NotifyType, payload_type};
pub use payload::{Criticality, DeleteBody, IdBody, NotifyBody, Payload, SelectorBody};
pub use sa::{Attribute, AttributeValue, ProposalBody, TransformBody};

use bytes::{Reader, put_counted, put_u32};

/// The length of a header in octets.
pub const HEADER_LEN: usize = 28;
/// What precedes IKE messages on port 4500, so that they are not taken for ESP: RFC 3948 section 2.2.
pub const NON_ESP_MARKER: [u8; 4] = [0; 4];

/// IKEv2: the sender is the original initiator of the SA.
const FLAG_INITIATOR: u8 = 0x08;
/// IKEv2: this answers a request.
const FLAG_RESPONSE: u8 = 0x20;
/// IKEv1: all behind the header is enciphered.
const FLAG_ENCRYPTED_V1: u8 = 0x01;

/// What every message begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Header {
    /// The initiator's SPI, in IKEv1 its cookie.
    pub spi_i: u64,
    /// The responder's; zero in the first message.
    pub spi_r: u64,
    /// Major version in the high four bits, minor in the low.
    pub version: u8,
    /// What the exchange is for.
    pub exchange: ExchangeType,
    /// The flags, whose meaning depends on the version.
    pub flags: u8,
    /// The message id.
    pub message_id: u32,
}

/// IKEv2's version octet.
pub const VERSION_2: u8 = 0x20;
/// IKEv1's version octet.
pub const VERSION_1: u8 = 0x10;

impl Header {
    /// The major version.
    #[must_use]
    pub const fn major(&self) -> u8 {
        self.version >> 4
    }
    /// IKEv2: whether this answers a request.
    #[must_use]
    pub const fn is_response(&self) -> bool {
        self.flags & FLAG_RESPONSE != 0
    }
    /// IKEv2: whether the sender is the original initiator of the SA.
    #[must_use]
    pub const fn is_from_initiator(&self) -> bool {
        self.flags & FLAG_INITIATOR != 0
    }
    /// The flags of an IKEv2 message.
    #[must_use]
    pub const fn v2_flags(from: Sender, direction: Direction) -> u8 {
        let from = match from {
            Sender::Initiator => FLAG_INITIATOR,
            Sender::Responder => 0,
        };
        match direction {
            Direction::Request => from,
            Direction::Response => from | FLAG_RESPONSE,
        }
    }
}

/// Which side of an SA sends: who once began it, or the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum Sender {
    /// Who began it.
    Initiator,
    /// The other.
    Responder,
}

impl Sender {
    /// The other side.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Initiator => Self::Responder,
            Self::Responder => Self::Initiator,
        }
    }
}

/// Whether a message asks or answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum Direction {
    /// It asks.
    Request,
    /// It answers.
    Response,
}

/// What follows the header.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Body {
    /// Payloads; the last of them may be [`Payload::Encrypted`].
    Payloads(Vec<Payload>),
    /// IKEv1: payloads enciphered as a whole.
    EncryptedV1 {
        /// The type of the first payload inside.
        first: u8,
        /// The enciphered payloads.
        data: Vec<u8>,
    },
}

/// A message.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Message {
    /// The header.
    pub header: Header,
    /// The rest.
    pub body: Body,
}

impl Message {
    /// Reads the header alone, for an answer to what cannot be read further.
    ///
    /// # Errors
    /// [`DecodeError::ShortHeader`].
    pub fn decode_header(octets: &[u8]) -> Result<Header, DecodeError> {
        Self::split_header(octets)
            .map(|(header, ..)| header)
            .map_err(|_| DecodeError::ShortHeader)
    }

    fn split_header(octets: &[u8]) -> Result<(Header, u8, u32, Reader<'_>), DecodeError> {
        let mut reader = Reader::new(octets, payload_type::NONE);
        let (spi_i, spi_r) = (reader.u64()?, reader.u64()?);
        let (first, version) = (reader.u8()?, reader.u8()?);
        let (exchange, flags) = (ExchangeType(reader.u8()?), reader.u8()?);
        let header = Header {
            spi_i,
            spi_r,
            version,
            exchange,
            flags,
            message_id: reader.u32()?,
        };
        let length = reader.u32()?;
        Ok((header, first, length, reader))
    }

    /// Reads a message, which begins with its header: the marker of port 4500 is already off.
    ///
    /// # Errors
    /// Every [`DecodeError`] but that for critical payloads, which depend on who reads.
    pub fn decode(octets: &[u8]) -> Result<Self, DecodeError> {
        let (header, first, told, mut reader) =
            Self::split_header(octets).map_err(|_| DecodeError::ShortHeader)?;
        if told as usize != octets.len() {
            return Err(DecodeError::Length {
                told,
                found: octets.len(),
            });
        }
        let encrypted = match header.major() {
            1 => header.flags & FLAG_ENCRYPTED_V1 != 0,
            2 => false,
            other => return Err(DecodeError::MajorVersion(other)),
        };
        let body = if encrypted {
            Body::EncryptedV1 {
                first,
                data: reader.rest(),
            }
        } else {
            let (payloads, rest) = decode_chain(first, &reader.rest())?;
            if !rest.is_empty() {
                return Err(DecodeError::Trailing);
            }
            Body::Payloads(payloads)
        };
        Ok(Self { header, body })
    }

    /// The message as octets.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let (first, body) = match &self.body {
            Body::Payloads(payloads) => encode_chain(payloads),
            Body::EncryptedV1 { first, data } => (*first, data.clone()),
        };
        let flags = match self.body {
            Body::Payloads(_) => self.header.flags,
            Body::EncryptedV1 { .. } => self.header.flags | FLAG_ENCRYPTED_V1,
        };
        let mut octets = Vec::with_capacity(HEADER_LEN + body.len());
        octets.extend_from_slice(&self.header.spi_i.to_be_bytes());
        octets.extend_from_slice(&self.header.spi_r.to_be_bytes());
        octets.extend_from_slice(&[first, self.header.version, self.header.exchange.0, flags]);
        put_u32(&mut octets, self.header.message_id);
        put_u32(&mut octets, (HEADER_LEN + body.len()) as u32);
        octets.extend_from_slice(&body);
        octets
    }

    /// The payloads that can be seen without a key.
    #[must_use]
    pub fn payloads(&self) -> &[Payload] {
        match &self.body {
            Body::Payloads(payloads) => payloads,
            Body::EncryptedV1 { .. } => &[],
        }
    }
}

/// Reads a chain of payloads whose first has type `first`; returns it with the octets that follow it.
///
/// # Errors
/// Those of the payloads in it.
pub fn decode_chain(first: u8, octets: &[u8]) -> Result<(Vec<Payload>, Vec<u8>), DecodeError> {
    let mut reader = Reader::new(octets, first);
    let mut payloads = Vec::new();
    let mut kind = first;
    while kind != payload_type::NONE {
        let (next, flags) = (reader.u8()?, reader.u8()?);
        let length = usize::from(reader.u16()?)
            .checked_sub(4)
            .ok_or(DecodeError::Malformed(kind))?;
        let content = reader.take(length)?;
        if kind == payload_type::SK {
            // RFC 7296 section 3.14: it is the last, and its "next" is the type of the first inside.
            payloads.push(Payload::Encrypted {
                first: next,
                data: content.to_vec(),
            });
            break;
        }
        payloads.push(Payload::decode(kind, flags, content)?);
        kind = next;
    }
    Ok((payloads, reader.rest()))
}

/// The octets of a chain of payloads, with the type of the first.
#[must_use]
pub fn encode_chain(payloads: &[Payload]) -> (u8, Vec<u8>) {
    let mut octets = Vec::new();
    let first = payloads.first().map_or(payload_type::NONE, Payload::kind);
    for (index, payload) in payloads.iter().enumerate() {
        let next = match payload {
            Payload::Encrypted { first, .. } => *first,
            _ => payloads.get(index + 1).map_or(payload_type::NONE, Payload::kind),
        };
        let mut content = Vec::new();
        payload.encode(&mut content);
        octets.extend_from_slice(&[next, payload.critical_octet()]);
        put_counted(&mut octets, &content, 4);
    }
    (first, octets)
}
