//! The payloads of a message, one variant each.
//!
//! # Source
//! RFC 7296 sections 3.3 to 3.14; RFC 2408 section 3 and RFC 2407 section 4.6 for IKEv1.

use super::bytes::{DecodeError, Reader, put_u16, put_u32};
use super::number::{NotifyType, payload_type as pt};
use super::sa::{self, Form, ProposalBody};

/// IKEv1's domain of interpretation for IPsec, and the only situation in it.
const DOI_IPSEC: u32 = 1;
const SITUATION_IDENTITY_ONLY: u32 = 1;

/// An identification.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct IdBody {
    /// Its type: 1 an IPv4 address, 2 a domain name, 3 an e-mail address, 11 a key id, and others.
    pub kind: u8,
    /// IKEv1 only: the IP protocol.
    pub protocol: u8,
    /// IKEv1 only: the port.
    pub port: u16,
    /// The identity itself.
    pub data: Vec<u8>,
}

/// A notification.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct NotifyBody {
    /// Which protocol's SA it is about; 0 for none.
    pub protocol: u8,
    /// That SA.
    pub spi: Vec<u8>,
    /// What it says.
    pub kind: NotifyType,
    /// What goes with it.
    pub data: Vec<u8>,
}

/// SAs that go away.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct DeleteBody {
    /// 1 IKE, 3 ESP.
    pub protocol: u8,
    /// The length of each SPI.
    pub spi_len: u8,
    /// The sender's inbound SPIs; for IKEv2's own SA none, since the header names it.
    pub spis: Vec<Vec<u8>>,
}

/// A selector as it is on the wire.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SelectorBody {
    /// 7 for IPv4, 8 for IPv6.
    pub kind: u8,
    /// The IP protocol, 0 for any.
    pub protocol: u8,
    /// First and last port.
    pub ports: (u16, u16),
    /// First and last address, one after the other.
    pub addresses: Vec<u8>,
}

/// One payload.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Payload {
    /// Proposals.
    Sa(Vec<ProposalBody>),
    /// A public value of the key exchange.
    Ke {
        /// The group it is of.
        group: u16,
        /// The value.
        data: Vec<u8>,
    },
    /// Who the initiator says it is.
    IdInitiator(IdBody),
    /// Who the responder says it is, or whom the initiator wants.
    IdResponder(IdBody),
    /// A certificate.
    Cert {
        /// How it is encoded.
        encoding: u8,
        /// The certificate.
        data: Vec<u8>,
    },
    /// Whose certificates are wanted.
    CertReq {
        /// How they are to be encoded.
        encoding: u8,
        /// The authorities.
        data: Vec<u8>,
    },
    /// The proof of identity.
    Auth {
        /// 1 RSA, 2 shared key, 14 digital signature.
        method: u8,
        /// The proof.
        data: Vec<u8>,
    },
    /// A nonce.
    Nonce(Vec<u8>),
    /// A notification.
    Notify(NotifyBody),
    /// SAs that go away.
    Delete(DeleteBody),
    /// What an implementation says about itself.
    Vendor(Vec<u8>),
    /// What the initiator's side of the CHILD_SA holds.
    SelectorsInitiator(Vec<SelectorBody>),
    /// What the responder's side of the CHILD_SA holds.
    SelectorsResponder(Vec<SelectorBody>),
    /// The encrypted rest of the message.
    Encrypted {
        /// The type of the first payload inside.
        first: u8,
        /// Vector, enciphered payloads, check value.
        data: Vec<u8>,
    },
    /// IKEv1: proposals.
    SaV1(Vec<ProposalBody>),
    /// IKEv1: a public value of the key exchange.
    KeV1(Vec<u8>),
    /// IKEv1: an identity, or in quick mode a selector.
    IdV1(IdBody),
    /// IKEv1: a certificate.
    CertV1 {
        /// How it is encoded.
        encoding: u8,
        /// The certificate.
        data: Vec<u8>,
    },
    /// IKEv1: a proof of knowing the key.
    HashV1(Vec<u8>),
    /// IKEv1: a signature.
    SigV1(Vec<u8>),
    /// IKEv1: a nonce.
    NonceV1(Vec<u8>),
    /// IKEv1: a notification.
    NotifyV1(NotifyBody),
    /// IKEv1: SAs that go away.
    DeleteV1(DeleteBody),
    /// IKEv1: what an implementation says about itself.
    VendorV1(Vec<u8>),
    /// IKEv1: digest of an address and port.
    NatDV1(Vec<u8>),
    /// Anything else, passed by.
    Unknown {
        /// Its type.
        kind: u8,
        /// Whether the sender set the critical bit.
        critical: Criticality,
        /// Its content.
        data: Vec<u8>,
    },
}

/// Whether an unknown payload may be passed by, RFC 7296 section 2.5.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Criticality {
    /// It may.
    MayBeSkipped,
    /// Who does not know it must refuse the message.
    MustBeKnown,
}

impl Payload {
    /// A notification without an SPI.
    #[must_use]
    pub const fn notify(kind: NotifyType, data: Vec<u8>) -> Self {
        Self::Notify(NotifyBody {
            protocol: 0,
            spi: Vec::new(),
            kind,
            data,
        })
    }

    /// Its type's number.
    #[must_use]
    pub const fn kind(&self) -> u8 {
        match self {
            Self::Sa(_) => pt::SA,
            Self::Ke { .. } => pt::KE,
            Self::IdInitiator(_) => pt::ID_I,
            Self::IdResponder(_) => pt::ID_R,
            Self::Cert { .. } => pt::CERT,
            Self::CertReq { .. } => pt::CERTREQ,
            Self::Auth { .. } => pt::AUTH,
            Self::Nonce(_) => pt::NONCE,
            Self::Notify(_) => pt::NOTIFY,
            Self::Delete(_) => pt::DELETE,
            Self::Vendor(_) => pt::VENDOR,
            Self::SelectorsInitiator(_) => pt::TS_I,
            Self::SelectorsResponder(_) => pt::TS_R,
            Self::Encrypted { .. } => pt::SK,
            Self::SaV1(_) => pt::SA_V1,
            Self::KeV1(_) => pt::KE_V1,
            Self::IdV1(_) => pt::ID_V1,
            Self::CertV1 { .. } => pt::CERT_V1,
            Self::HashV1(_) => pt::HASH_V1,
            Self::SigV1(_) => pt::SIG_V1,
            Self::NonceV1(_) => pt::NONCE_V1,
            Self::NotifyV1(_) => pt::NOTIFY_V1,
            Self::DeleteV1(_) => pt::DELETE_V1,
            Self::VendorV1(_) => pt::VENDOR_V1,
            Self::NatDV1(_) => pt::NAT_D_V1,
            Self::Unknown { kind, .. } => *kind,
        }
    }

    /// Its usual abbreviation.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Sa(_) | Self::SaV1(_) => "SA",
            Self::Ke { .. } | Self::KeV1(_) => "KE",
            Self::IdInitiator(_) => "IDi",
            Self::IdResponder(_) => "IDr",
            Self::IdV1(_) => "ID",
            Self::Cert { .. } | Self::CertV1 { .. } => "CERT",
            Self::CertReq { .. } => "CERTREQ",
            Self::Auth { .. } => "AUTH",
            Self::HashV1(_) => "HASH",
            Self::SigV1(_) => "SIG",
            Self::Nonce(_) | Self::NonceV1(_) => "No",
            Self::Notify(_) | Self::NotifyV1(_) => "N",
            Self::Delete(_) | Self::DeleteV1(_) => "D",
            Self::Vendor(_) | Self::VendorV1(_) => "V",
            Self::SelectorsInitiator(_) => "TSi",
            Self::SelectorsResponder(_) => "TSr",
            Self::Encrypted { .. } => "SK",
            Self::NatDV1(_) => "NAT-D",
            Self::Unknown { .. } => "?",
        }
    }

    pub(super) const fn critical_octet(&self) -> u8 {
        match self {
            Self::Unknown {
                critical: Criticality::MustBeKnown,
                ..
            } => 0x80,
            _ => 0,
        }
    }

    /// Reads the content of a payload of type `kind`; `flags` is its second octet.
    pub(super) fn decode(kind: u8, flags: u8, content: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(content, kind);
        let payload = Self::decode_v2(kind, &mut reader)
            .or_else(|| Self::decode_v1(kind, &mut reader))
            .unwrap_or_else(|| {
                Ok(Self::Unknown {
                    kind,
                    critical: if flags & 0x80 == 0 {
                        Criticality::MayBeSkipped
                    } else {
                        Criticality::MustBeKnown
                    },
                    data: reader.rest(),
                })
            })?;
        if reader.is_empty() {
            Ok(payload)
        } else {
            Err(reader.malformed())
        }
    }

    fn decode_v2(kind: u8, reader: &mut Reader<'_>) -> Option<Result<Self, DecodeError>> {
        Some(match kind {
            pt::SA => sa::decode(reader, Form::V2).map(Self::Sa),
            pt::KE => ke(reader),
            pt::ID_I => id(reader).map(Self::IdInitiator),
            pt::ID_R => id(reader).map(Self::IdResponder),
            pt::CERT => coded(reader).map(|(encoding, data)| Self::Cert { encoding, data }),
            pt::CERTREQ => coded(reader).map(|(encoding, data)| Self::CertReq { encoding, data }),
            pt::AUTH => auth(reader),
            pt::NONCE => Ok(Self::Nonce(reader.rest())),
            pt::NOTIFY => notify(reader).map(Self::Notify),
            pt::DELETE => delete(reader).map(Self::Delete),
            pt::VENDOR => Ok(Self::Vendor(reader.rest())),
            pt::TS_I => selectors(reader).map(Self::SelectorsInitiator),
            pt::TS_R => selectors(reader).map(Self::SelectorsResponder),
            _ => return None,
        })
    }

    fn decode_v1(kind: u8, reader: &mut Reader<'_>) -> Option<Result<Self, DecodeError>> {
        Some(match kind {
            pt::SA_V1 => sa_v1(reader),
            pt::KE_V1 => Ok(Self::KeV1(reader.rest())),
            pt::ID_V1 => id_v1(reader).map(Self::IdV1),
            pt::CERT_V1 => coded(reader).map(|(encoding, data)| Self::CertV1 { encoding, data }),
            pt::HASH_V1 => Ok(Self::HashV1(reader.rest())),
            pt::SIG_V1 => Ok(Self::SigV1(reader.rest())),
            pt::NONCE_V1 => Ok(Self::NonceV1(reader.rest())),
            pt::NOTIFY_V1 => doi(reader).and_then(|()| notify(reader)).map(Self::NotifyV1),
            pt::DELETE_V1 => doi(reader).and_then(|()| delete(reader)).map(Self::DeleteV1),
            pt::VENDOR_V1 => Ok(Self::VendorV1(reader.rest())),
            pt::NAT_D_V1 => Ok(Self::NatDV1(reader.rest())),
            _ => return None,
        })
    }

    /// The content, without the payload's header.
    pub(super) fn encode(&self, to: &mut Vec<u8>) {
        match self {
            Self::Sa(proposals) => sa::encode(proposals, Form::V2, to),
            Self::SaV1(proposals) => {
                put_u32(to, DOI_IPSEC);
                put_u32(to, SITUATION_IDENTITY_ONLY);
                sa::encode(proposals, Form::V1, to);
            }
            Self::Ke { group, data } => {
                put_u16(to, *group);
                put_u16(to, 0);
                to.extend_from_slice(data);
            }
            Self::IdInitiator(id) | Self::IdResponder(id) => {
                to.extend_from_slice(&[id.kind, 0, 0, 0]);
                to.extend_from_slice(&id.data);
            }
            Self::IdV1(id) => {
                to.extend_from_slice(&[id.kind, id.protocol]);
                put_u16(to, id.port);
                to.extend_from_slice(&id.data);
            }
            Self::Cert { encoding, data }
            | Self::CertReq { encoding, data }
            | Self::CertV1 { encoding, data } => {
                to.push(*encoding);
                to.extend_from_slice(data);
            }
            Self::Auth { method, data } => {
                to.extend_from_slice(&[*method, 0, 0, 0]);
                to.extend_from_slice(data);
            }
            Self::Nonce(data)
            | Self::NonceV1(data)
            | Self::Vendor(data)
            | Self::VendorV1(data)
            | Self::KeV1(data)
            | Self::HashV1(data)
            | Self::SigV1(data)
            | Self::NatDV1(data)
            | Self::Encrypted { data, .. }
            | Self::Unknown { data, .. } => to.extend_from_slice(data),
            Self::Notify(body) => put_notify(to, body),
            Self::NotifyV1(body) => {
                put_u32(to, DOI_IPSEC);
                put_notify(to, body);
            }
            Self::Delete(body) => put_delete(to, body),
            Self::DeleteV1(body) => {
                put_u32(to, DOI_IPSEC);
                put_delete(to, body);
            }
            Self::SelectorsInitiator(list) | Self::SelectorsResponder(list) => put_selectors(to, list),
        }
    }
}

fn ke(reader: &mut Reader<'_>) -> Result<Payload, DecodeError> {
    let group = reader.u16()?;
    reader.u16()?;
    Ok(Payload::Ke {
        group,
        data: reader.rest(),
    })
}

fn id(reader: &mut Reader<'_>) -> Result<IdBody, DecodeError> {
    let kind = reader.u8()?;
    reader.take(3)?;
    Ok(IdBody {
        kind,
        protocol: 0,
        port: 0,
        data: reader.rest(),
    })
}

fn id_v1(reader: &mut Reader<'_>) -> Result<IdBody, DecodeError> {
    Ok(IdBody {
        kind: reader.u8()?,
        protocol: reader.u8()?,
        port: reader.u16()?,
        data: reader.rest(),
    })
}

fn coded(reader: &mut Reader<'_>) -> Result<(u8, Vec<u8>), DecodeError> {
    Ok((reader.u8()?, reader.rest()))
}

fn auth(reader: &mut Reader<'_>) -> Result<Payload, DecodeError> {
    let method = reader.u8()?;
    reader.take(3)?;
    Ok(Payload::Auth {
        method,
        data: reader.rest(),
    })
}

fn doi(reader: &mut Reader<'_>) -> Result<(), DecodeError> {
    if reader.u32()? == DOI_IPSEC {
        Ok(())
    } else {
        Err(reader.malformed())
    }
}

fn sa_v1(reader: &mut Reader<'_>) -> Result<Payload, DecodeError> {
    doi(reader)?;
    if reader.u32()? != SITUATION_IDENTITY_ONLY {
        return Err(reader.malformed());
    }
    sa::decode(reader, Form::V1).map(Payload::SaV1)
}

fn notify(reader: &mut Reader<'_>) -> Result<NotifyBody, DecodeError> {
    let (protocol, spi_len) = (reader.u8()?, reader.u8()?);
    let kind = NotifyType(reader.u16()?);
    Ok(NotifyBody {
        protocol,
        spi: reader.take(usize::from(spi_len))?.to_vec(),
        kind,
        data: reader.rest(),
    })
}

fn delete(reader: &mut Reader<'_>) -> Result<DeleteBody, DecodeError> {
    let (protocol, spi_len) = (reader.u8()?, reader.u8()?);
    let n_spis = reader.u16()?;
    if spi_len == 0 && n_spis != 0 {
        return Err(reader.malformed());
    }
    let spis = (0..n_spis)
        .map(|_| reader.take(usize::from(spi_len)).map(<[u8]>::to_vec))
        .collect::<Result<_, _>>()?;
    Ok(DeleteBody {
        protocol,
        spi_len,
        spis,
    })
}

fn selectors(reader: &mut Reader<'_>) -> Result<Vec<SelectorBody>, DecodeError> {
    let n_selectors = reader.u8()?;
    reader.take(3)?;
    (0..n_selectors)
        .map(|_| {
            let (kind, protocol) = (reader.u8()?, reader.u8()?);
            let length = usize::from(reader.u16()?)
                .checked_sub(8)
                .ok_or(reader.malformed())?;
            Ok(SelectorBody {
                kind,
                protocol,
                ports: (reader.u16()?, reader.u16()?),
                addresses: reader.take(length)?.to_vec(),
            })
        })
        .collect()
}

fn put_notify(to: &mut Vec<u8>, body: &NotifyBody) {
    let spi = &body.spi[..body.spi.len().min(usize::from(u8::MAX))];
    to.extend_from_slice(&[body.protocol, spi.len() as u8]);
    put_u16(to, body.kind.0);
    to.extend_from_slice(spi);
    to.extend_from_slice(&body.data);
}

fn put_delete(to: &mut Vec<u8>, body: &DeleteBody) {
    to.extend_from_slice(&[body.protocol, body.spi_len]);
    put_u16(to, body.spis.len().min(usize::from(u16::MAX)) as u16);
    for spi in &body.spis {
        to.extend_from_slice(spi);
    }
}

fn put_selectors(to: &mut Vec<u8>, list: &[SelectorBody]) {
    let list = &list[..list.len().min(usize::from(u8::MAX))];
    to.extend_from_slice(&[list.len() as u8, 0, 0, 0]);
    for selector in list {
        to.extend_from_slice(&[selector.kind, selector.protocol]);
        put_u16(to, (selector.addresses.len() + 8) as u16);
        put_u16(to, selector.ports.0);
        put_u16(to, selector.ports.1);
        to.extend_from_slice(&selector.addresses);
    }
}
