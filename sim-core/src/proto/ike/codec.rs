//! Between proposals, selectors and their wire forms.
//!
//! # Source
//! RFC 7296 sections 3.3 and 3.13; RFC 2409 appendix A and RFC 2407 sections 4.4 to 4.6 for IKEv1.

use std::net::Ipv4Addr;

use super::algorithm::{Encryption, Group, Integrity, KeySize, Prf, SequenceNumbers};
use super::proposal::{Kind, Proposal, Protocol, Suite, Transform};
use super::selector::Selector;
use super::wire::{Attribute, AttributeValue, IdBody, ProposalBody, SelectorBody, TransformBody};
use crate::net::{Ipv4Net, PortRange};
use crate::units::Span;

/// The key length attribute, in both versions' IKE transforms.
const KEY_LENGTH: u16 = 14;

const fn protocol_number(protocol: Protocol) -> u8 {
    match protocol {
        Protocol::Ike => 1,
        Protocol::Esp => 3,
    }
}

/// An offered proposal with what a choice of it has to repeat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Offer {
    pub(super) number: u8,
    /// IKEv1: the number of the transform.
    pub(super) transform: u8,
    pub(super) spi: Vec<u8>,
    pub(super) proposal: Proposal,
    /// IKEv1: the length of life, where one was told.
    pub(super) life: Option<Span>,
}

pub(super) fn proposals(offers: &[Offer]) -> Vec<Proposal> {
    offers.iter().map(|offer| offer.proposal.clone()).collect()
}

// ---- IKEv2

fn transform_to_v2(transform: Transform) -> TransformBody {
    let (id, key_bits) = match transform {
        Transform::Encryption(encryption) => (encryption.number(), encryption.key_size().map(KeySize::bits)),
        Transform::Prf(prf) => (prf.number(), None),
        Transform::Integrity(integrity) => (integrity.number(), None),
        Transform::Group(group) => (group.number(), None),
        Transform::SequenceNumbers(SequenceNumbers::Short) | Transform::None(_) => (0, None),
        Transform::SequenceNumbers(SequenceNumbers::Extended) => (1, None),
        Transform::Foreign(_, id) => (id, None),
    };
    TransformBody {
        first: transform.kind().number(),
        id,
        attributes: key_bits
            .map(|bits| Attribute::short(KEY_LENGTH, bits))
            .into_iter()
            .collect(),
    }
}

fn transform_from_v2(body: &TransformBody) -> Transform {
    let kind = Kind::from_number(body.first);
    let key_bits = body
        .attribute(KEY_LENGTH)
        .and_then(|bits| u16::try_from(bits).ok());
    let unknown_attributes = body
        .attributes
        .iter()
        .any(|attribute| attribute.kind != KEY_LENGTH);
    let known = match kind {
        // RFC 7296 section 3.3.6: an attribute that is not understood makes the transform unacceptable.
        _ if unknown_attributes => None,
        Kind::Encryption => Encryption::from_number(body.id, key_bits).map(Transform::Encryption),
        Kind::Prf => Prf::from_number(body.id).map(Transform::Prf),
        Kind::Integrity if body.id == 0 => Some(Transform::None(kind)),
        Kind::Integrity => Integrity::from_number(body.id).map(Transform::Integrity),
        Kind::Group if body.id == 0 => Some(Transform::None(kind)),
        Kind::Group => Group::from_number(body.id).map(Transform::Group),
        Kind::SequenceNumbers => match body.id {
            0 => Some(Transform::SequenceNumbers(SequenceNumbers::Short)),
            1 => Some(Transform::SequenceNumbers(SequenceNumbers::Extended)),
            _ => None,
        },
        Kind::Other(_) => None,
    };
    known.unwrap_or(Transform::Foreign(kind, body.id))
}

/// Our proposals as they are offered, numbered from one.
pub(super) fn offer(proposals: &[Proposal], spi: &[u8]) -> Vec<ProposalBody> {
    (1u8..)
        .zip(proposals)
        .map(|(number, proposal)| body(number, proposal, spi))
        .collect()
}

fn body(number: u8, proposal: &Proposal, spi: &[u8]) -> ProposalBody {
    ProposalBody {
        number,
        protocol: protocol_number(proposal.protocol),
        spi: spi.to_vec(),
        transforms: proposal.transforms.iter().copied().map(transform_to_v2).collect(),
    }
}

/// What was chosen, as it is answered.
pub(super) fn choice(number: u8, suite: Suite, protocol: Protocol, spi: &[u8]) -> Vec<ProposalBody> {
    vec![body(number, &suite.to_proposal(protocol), spi)]
}

/// What is offered for that protocol.
pub(super) fn offers(bodies: &[ProposalBody], protocol: Protocol) -> Vec<Offer> {
    let of_protocol = bodies
        .iter()
        .filter(|body| body.protocol == protocol_number(protocol));
    of_protocol
        .map(|body| Offer {
            number: body.number,
            transform: 0,
            spi: body.spi.clone(),
            proposal: Proposal {
                protocol,
                transforms: body.transforms.iter().map(transform_from_v2).collect(),
            },
            life: None,
        })
        .collect()
}

/// Selectors as they are sent.
pub(super) fn selectors(list: &[Selector]) -> Vec<SelectorBody> {
    list.iter()
        .map(|selector| SelectorBody {
            kind: 7,
            protocol: selector.protocol,
            ports: (selector.ports.from, selector.ports.to),
            addresses: [selector.first.octets(), selector.last.octets()].concat(),
        })
        .collect()
}

/// The IPv4 selectors among those that were sent.
pub(super) fn selectors_from(list: &[SelectorBody]) -> Vec<Selector> {
    list.iter()
        .filter_map(|body| {
            let octets: [u8; 8] = body.addresses.as_slice().try_into().ok()?;
            let [a, b, c, d, e, f, g, h] = octets;
            Some(Selector {
                first: Ipv4Addr::new(a, b, c, d),
                last: Ipv4Addr::new(e, f, g, h),
                protocol: body.protocol,
                ports: PortRange {
                    from: body.ports.0,
                    to: body.ports.1,
                },
            })
            .filter(|_| body.kind == 7)
        })
        .collect()
}

// ---- IKEv1

/// Phase 1 attributes.
mod phase1 {
    pub(super) const ENCRYPTION: u16 = 1;
    pub(super) const HASH: u16 = 2;
    pub(super) const METHOD: u16 = 3;
    pub(super) const GROUP: u16 = 4;
    pub(super) const LIFE_TYPE: u16 = 11;
    pub(super) const LIFE: u16 = 12;
}

/// Phase 2 attributes.
mod phase2 {
    pub(super) const LIFE_TYPE: u16 = 1;
    pub(super) const LIFE: u16 = 2;
    pub(super) const GROUP: u16 = 3;
    pub(super) const MODE: u16 = 4;
    pub(super) const INTEGRITY: u16 = 5;
    pub(super) const KEY_LENGTH: u16 = 6;
    pub(super) const SEQUENCE_NUMBERS: u16 = 11;
}

/// The value of the attribute for sequence numbers of 64 bits, RFC 4304 section 2; without it they have 32.
const EXTENDED: u16 = 1;

/// What a transform of IKEv1 tells beyond the algorithms.
#[derive(Debug, Clone, Copy)]
pub(super) struct V1Terms {
    /// How long the SA lives; zero when nothing is told.
    pub(super) life: Span,
    /// Phase 1: 1 shared key, 3 RSA signatures. Phase 2: 1 tunnel, 3 tunnel in UDP.
    pub(super) method: u16,
}

fn life(kind: u16, value: u16, life: Span) -> impl Iterator<Item = Attribute> {
    let secs = life.as_secs().min(u64::from(u32::MAX)) as u32;
    let value = match u16::try_from(secs) {
        Ok(short) => Attribute::short(value, short),
        Err(_) => Attribute {
            kind: value,
            value: AttributeValue::Long(secs.to_be_bytes().to_vec()),
        },
    };
    [Attribute::short(kind, 1), value]
        .into_iter()
        .filter(move |_| secs > 0)
}

fn phase1_transform(number: u8, proposal: &Proposal, terms: V1Terms) -> TransformBody {
    let mut attributes = Vec::new();
    let named = proposal
        .of(Kind::Encryption)
        .find_map(|transform| match transform {
            Transform::Encryption(encryption) => encryption.v1_ike().map(|id| (id, encryption.key_size())),
            _ => None,
        });
    if let Some((id, key_size)) = named {
        attributes.push(Attribute::short(phase1::ENCRYPTION, id));
        attributes.extend(key_size.map(|size| Attribute::short(KEY_LENGTH, size.bits())));
    }
    // IKEv1 has no pseudo-random function of its own: it is the hash's.
    let hash = proposal
        .of(Kind::Integrity)
        .find_map(|transform| match transform {
            Transform::Integrity(integrity) => integrity.v1_hash(),
            _ => None,
        });
    attributes.extend(hash.map(|hash| Attribute::short(phase1::HASH, hash)));
    attributes.extend(first_group(phase1::GROUP, proposal));
    attributes.push(Attribute::short(phase1::METHOD, terms.method));
    attributes.extend(life(phase1::LIFE_TYPE, phase1::LIFE, terms.life));
    TransformBody {
        first: number,
        id: 1,
        attributes,
    }
}

/// None where the cipher has no number, since that number is the transform's own.
fn phase2_transform(number: u8, proposal: &Proposal, terms: V1Terms) -> Option<TransformBody> {
    let Some(Transform::Encryption(encryption)) = proposal.of(Kind::Encryption).next() else {
        return None;
    };
    let id = encryption.v1_esp()?;
    let bits = encryption.key_size().map(KeySize::bits);
    let mut attributes: Vec<_> = bits
        .map(|bits| Attribute::short(phase2::KEY_LENGTH, bits))
        .into_iter()
        .collect();
    if let Some(Transform::Integrity(integrity)) = proposal.of(Kind::Integrity).next() {
        let number = integrity.v1_esp();
        attributes.extend(number.map(|number| Attribute::short(phase2::INTEGRITY, number)));
    }
    attributes.extend(first_group(phase2::GROUP, proposal));
    attributes.push(Attribute::short(phase2::MODE, terms.method));
    attributes.extend(life(phase2::LIFE_TYPE, phase2::LIFE, terms.life));
    let extended = Transform::SequenceNumbers(SequenceNumbers::Extended);
    if proposal.transforms.contains(&extended) {
        attributes.push(Attribute::short(phase2::SEQUENCE_NUMBERS, EXTENDED));
    }
    Some(TransformBody {
        first: number,
        id,
        attributes,
    })
}

fn first_group(kind: u16, proposal: &Proposal) -> Option<Attribute> {
    let group = proposal.groups().next()?;
    Some(Attribute::short(kind, group.number()))
}

/// Our proposals as IKEv1 offers them: one proposal, a transform for each. A transform says one algorithm of each kind, the
/// first; one that IKEv1 has no number for is left out of it, as strongSwan 5.9.8 does.
pub(super) fn offer_v1(proposals: &[Proposal], spi: &[u8], terms: V1Terms) -> Vec<ProposalBody> {
    let Some(protocol) = proposals.first().map(|proposal| proposal.protocol) else {
        return Vec::new();
    };
    let transforms = (1u8..)
        .zip(proposals)
        .filter_map(|(number, proposal)| match protocol {
            Protocol::Ike => Some(phase1_transform(number, proposal, terms)),
            Protocol::Esp => phase2_transform(number, proposal, terms),
        });
    // strongSwan counts phase 1's proposals from zero in the answer and from one in the offer; both are right.
    vec![ProposalBody {
        number: 1,
        protocol: protocol_number(protocol),
        spi: spi.to_vec(),
        transforms: transforms.collect(),
    }]
}

/// What was chosen, as IKEv1 answers it: the offered transform again, alone.
pub(super) fn choice_v1(bodies: &[ProposalBody], offer: &Offer, spi: &[u8]) -> Vec<ProposalBody> {
    let chosen = bodies.iter().find(|body| body.number == offer.number);
    chosen
        .map(|body| ProposalBody {
            spi: spi.to_vec(),
            transforms: body
                .transforms
                .iter()
                .filter(|transform| transform.first == offer.transform)
                .take(1)
                .cloned()
                .collect(),
            ..body.clone()
        })
        .into_iter()
        .collect()
}

/// What is offered for that protocol, a proposal for each transform.
pub(super) fn offers_v1(bodies: &[ProposalBody], protocol: Protocol) -> Vec<Offer> {
    let of_protocol = bodies
        .iter()
        .filter(|body| body.protocol == protocol_number(protocol));
    let each = of_protocol.flat_map(|body| body.transforms.iter().map(move |transform| (body, transform)));
    each.map(|(body, transform)| Offer {
        number: body.number,
        transform: transform.first,
        spi: body.spi.clone(),
        proposal: Proposal {
            protocol,
            transforms: match protocol {
                Protocol::Ike => phase1_algorithms(transform),
                Protocol::Esp => phase2_algorithms(transform),
            },
        },
        life: match protocol {
            Protocol::Ike => told_life(transform, phase1::LIFE_TYPE, phase1::LIFE),
            Protocol::Esp => told_life(transform, phase2::LIFE_TYPE, phase2::LIFE),
        },
    })
    .collect()
}

fn told_life(transform: &TransformBody, kind: u16, value: u16) -> Option<Span> {
    // Type 1 is seconds; kilobytes are not modelled.
    (transform.attribute(kind) == Some(1)).then(|| transform.attribute(value).map(Span::secs))?
}

fn short(transform: &TransformBody, kind: u16) -> Option<u16> {
    transform
        .attribute(kind)
        .and_then(|value| u16::try_from(value).ok())
}

fn or_foreign(found: Option<Transform>, kind: Kind, number: u16) -> Transform {
    found.unwrap_or(Transform::Foreign(kind, number))
}

fn phase1_algorithms(transform: &TransformBody) -> Vec<Transform> {
    let mut found = Vec::new();
    if let Some(number) = short(transform, phase1::ENCRYPTION) {
        let encryption = Encryption::from_v1_ike(number, short(transform, KEY_LENGTH));
        found.push(or_foreign(
            encryption.map(Transform::Encryption),
            Kind::Encryption,
            number,
        ));
    }
    if let Some(number) = short(transform, phase1::HASH) {
        let integrity = Integrity::from_v1_hash(number);
        let prf = integrity.and_then(Integrity::prf);
        found.push(or_foreign(prf.map(Transform::Prf), Kind::Prf, number));
        found.push(or_foreign(
            integrity.map(Transform::Integrity),
            Kind::Integrity,
            number,
        ));
    }
    if let Some(number) = short(transform, phase1::GROUP) {
        found.push(or_foreign(
            Group::from_number(number).map(Transform::Group),
            Kind::Group,
            number,
        ));
    }
    found
}

fn phase2_algorithms(transform: &TransformBody) -> Vec<Transform> {
    let encryption = Encryption::from_v1_esp(transform.id, short(transform, phase2::KEY_LENGTH));
    let mut found = vec![or_foreign(
        encryption.map(Transform::Encryption),
        Kind::Encryption,
        transform.id,
    )];
    if let Some(number) = short(transform, phase2::INTEGRITY) {
        let integrity = Integrity::from_v1_esp(number);
        found.push(or_foreign(
            integrity.map(Transform::Integrity),
            Kind::Integrity,
            number,
        ));
    }
    if let Some(number) = short(transform, phase2::GROUP) {
        found.push(or_foreign(
            Group::from_number(number).map(Transform::Group),
            Kind::Group,
            number,
        ));
    }
    // strongSwan looks at whether the attribute is there, not at its value.
    let numbers = match short(transform, phase2::SEQUENCE_NUMBERS) {
        Some(_) => SequenceNumbers::Extended,
        None => SequenceNumbers::Short,
    };
    found.push(Transform::SequenceNumbers(numbers));
    found
}

/// A selector as quick mode sends it.
pub(super) fn selector_to_id(selector: &Selector) -> IdBody {
    let (first, last) = (selector.first.octets(), selector.last.octets());
    let hosts = u32::from(selector.first) ^ u32::from(selector.last);
    let is_prefix = hosts & hosts.wrapping_add(1) == 0 && u32::from(selector.first) & hosts == 0;
    let (kind, data) = if selector.first == selector.last {
        (1, first.to_vec())
    } else if is_prefix {
        (4, [first, (!hosts).to_be_bytes()].concat())
    } else {
        (7, [first, last].concat())
    };
    IdBody {
        kind,
        protocol: selector.protocol,
        // A range of ports cannot be told, only its first one, as strongSwan does; zero means all of them.
        port: selector.ports.from,
        data,
    }
}

/// The selector that quick mode sent.
pub(super) fn selector_from_id(id: &IdBody) -> Option<Selector> {
    let address = |at: usize| {
        let octets = id.data.get(at..at + 4)?;
        <[u8; 4]>::try_from(octets).ok().map(Ipv4Addr::from)
    };
    let base = match (id.kind, id.data.len()) {
        (1, 4) => Selector::host(address(0)?),
        (4, 8) => {
            let prefix = Ipv4Net::with_netmask(address(0)?, address(4)?).ok()?;
            Selector::prefix(prefix)
        }
        (7, 8) => Selector {
            first: address(0)?,
            last: address(4)?,
            ..Selector::ANY
        },
        _ => return None,
    };
    Some(Selector {
        protocol: id.protocol,
        ports: if id.port == 0 {
            PortRange::ALL
        } else {
            PortRange::single(id.port)
        },
        ..base
    })
}
