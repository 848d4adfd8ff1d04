//! The SA payload: proposals, transforms and their attributes, in both versions' form.
//!
//! # Source
//! RFC 7296 section 3.3; RFC 2408 sections 3.3 to 3.6.

use super::bytes::{DecodeError, Reader, put_counted, put_u16};

/// A proposal with its transforms.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ProposalBody {
    /// Its number; alternatives count up from one.
    pub number: u8,
    /// 1 IKE, 2 AH, 3 ESP.
    pub protocol: u8,
    /// The sender's SPI: nothing for a first IKE SA, eight octets when it is rekeyed, four for ESP.
    pub spi: Vec<u8>,
    /// The algorithms.
    pub transforms: Vec<TransformBody>,
}

/// A transform with its attributes.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TransformBody {
    /// IKEv2: the transform's type. IKEv1: its number among the transforms.
    pub first: u8,
    /// The algorithm; one octet in IKEv1.
    pub id: u16,
    /// What else is to be said, mostly the length of the key.
    pub attributes: Vec<Attribute>,
}

/// An attribute of a transform.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Attribute {
    /// What it is about; 15 bits.
    pub kind: u16,
    /// The value.
    pub value: AttributeValue,
}

/// The value of an attribute, in the form in which it was sent.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum AttributeValue {
    /// Two octets.
    Short(u16),
    /// Any number of octets.
    Long(Vec<u8>),
}

impl Attribute {
    /// An attribute of two octets.
    #[must_use]
    pub const fn short(kind: u16, value: u16) -> Self {
        Self {
            kind,
            value: AttributeValue::Short(value),
        }
    }
    /// The value as a number, where it is one.
    #[must_use]
    pub fn number(&self) -> Option<u64> {
        match &self.value {
            AttributeValue::Short(value) => Some(u64::from(*value)),
            AttributeValue::Long(octets) if octets.len() <= 8 => Some(
                octets
                    .iter()
                    .fold(0, |number, octet| number << 8 | u64::from(*octet)),
            ),
            AttributeValue::Long(_) => None,
        }
    }
}

impl TransformBody {
    /// The number in attribute `kind`.
    #[must_use]
    pub fn attribute(&self, kind: u16) -> Option<u64> {
        self.attributes
            .iter()
            .find(|attribute| attribute.kind == kind)?
            .number()
    }
}

/// Which form substructures have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// RFC 2408.
    V1,
    /// RFC 7296.
    V2,
}

/// What stands in the first octet of a substructure when another follows.
const MORE_PROPOSALS: u8 = 2;
const MORE_TRANSFORMS: u8 = 3;

pub(super) fn decode(reader: &mut Reader<'_>, form: Form) -> Result<Vec<ProposalBody>, DecodeError> {
    let mut proposals = Vec::new();
    loop {
        let more = reader.u8()?;
        reader.u8()?;
        let length = usize::from(reader.u16()?)
            .checked_sub(4)
            .ok_or(reader.malformed())?;
        let mut body = reader.sub(length)?;
        let (number, protocol) = (body.u8()?, body.u8()?);
        let (spi_len, n_transforms) = (body.u8()?, body.u8()?);
        let spi = body.take(usize::from(spi_len))?.to_vec();
        let transforms = (0..n_transforms)
            .map(|index| transform(&mut body, form, index + 1 == n_transforms))
            .collect::<Result<_, _>>()?;
        if !body.is_empty() {
            return Err(body.malformed());
        }
        proposals.push(ProposalBody {
            number,
            protocol,
            spi,
            transforms,
        });
        match (more, reader.is_empty()) {
            (0, true) => return Ok(proposals),
            (MORE_PROPOSALS, false) => {}
            _ => return Err(reader.malformed()),
        }
    }
}

fn transform(reader: &mut Reader<'_>, form: Form, last: bool) -> Result<TransformBody, DecodeError> {
    let more = reader.u8()?;
    if more != if last { 0 } else { MORE_TRANSFORMS } {
        return Err(reader.malformed());
    }
    reader.u8()?;
    let length = usize::from(reader.u16()?)
        .checked_sub(4)
        .ok_or(reader.malformed())?;
    let mut body = reader.sub(length)?;
    let first = body.u8()?;
    let id = match form {
        Form::V1 => {
            let id = u16::from(body.u8()?);
            body.u16()?;
            id
        }
        Form::V2 => {
            body.u8()?;
            body.u16()?
        }
    };
    let mut attributes = Vec::new();
    while !body.is_empty() {
        attributes.push(attribute(&mut body)?);
    }
    Ok(TransformBody {
        first,
        id,
        attributes,
    })
}

fn attribute(reader: &mut Reader<'_>) -> Result<Attribute, DecodeError> {
    let (head, value) = (reader.u16()?, reader.u16()?);
    let kind = head & 0x7fff;
    let value = if head & 0x8000 != 0 {
        AttributeValue::Short(value)
    } else {
        AttributeValue::Long(reader.take(usize::from(value))?.to_vec())
    };
    Ok(Attribute { kind, value })
}

pub(super) fn encode(proposals: &[ProposalBody], form: Form, to: &mut Vec<u8>) {
    for (index, proposal) in proposals.iter().enumerate() {
        let transforms = &proposal.transforms[..proposal.transforms.len().min(usize::from(u8::MAX))];
        let spi = &proposal.spi[..proposal.spi.len().min(usize::from(u8::MAX))];
        let mut body = vec![
            proposal.number,
            proposal.protocol,
            spi.len() as u8,
            transforms.len() as u8,
        ];
        body.extend_from_slice(spi);
        for (index, transform) in transforms.iter().enumerate() {
            let last = index + 1 == transforms.len();
            body.extend_from_slice(&[if last { 0 } else { MORE_TRANSFORMS }, 0]);
            put_counted(&mut body, &transform_body(transform, form), 4);
        }
        let last = index + 1 == proposals.len();
        to.extend_from_slice(&[if last { 0 } else { MORE_PROPOSALS }, 0]);
        put_counted(to, &body, 4);
    }
}

fn transform_body(transform: &TransformBody, form: Form) -> Vec<u8> {
    let mut body = vec![transform.first];
    match form {
        Form::V1 => body.extend_from_slice(&[transform.id as u8, 0, 0]),
        Form::V2 => {
            body.push(0);
            put_u16(&mut body, transform.id);
        }
    }
    for attribute in &transform.attributes {
        match &attribute.value {
            AttributeValue::Short(value) => {
                put_u16(&mut body, attribute.kind | 0x8000);
                put_u16(&mut body, *value);
            }
            AttributeValue::Long(octets) => {
                put_u16(&mut body, attribute.kind & 0x7fff);
                put_counted(&mut body, octets, 0);
            }
        }
    }
    body
}
