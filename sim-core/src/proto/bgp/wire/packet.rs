//! A message as it stands on the wire, nothing left out and nothing put right: for captures and for whoever wants to see
//! the octets. What is read can be written again, octet for octet.

use super::super::message::{Family, RouteRefresh};
use super::super::notification::{Code, Notification};
use super::code::{AttributeCode, EXTENDED};
use super::encode::{begin, end};
use super::frame::Kind;
use super::open::{self, CAPABILITIES, EXTENDED_FORM, ParameterForm};
use super::reader::Reader;
use super::update::Sections;
use super::{open_envelope, prefix};

/// A message in its parts, borrowed from the octets that it was read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Packet<'a> {
    /// OPEN.
    Open {
        /// The protocol's version.
        version: u8,
        /// The two-octet AS.
        my_as: u16,
        /// The hold time in seconds.
        hold_time: u16,
        /// The identifier.
        id: u32,
        /// How the optional parameters are written.
        form: ParameterForm,
        /// The optional parameters, in order.
        parameters: Vec<Parameter<'a>>,
    },
    /// UPDATE.
    Update {
        /// Withdrawn routes.
        withdrawn: Vec<RawPrefix<'a>>,
        /// Path attributes, in order.
        attributes: Vec<RawAttribute<'a>>,
        /// Network layer reachability information.
        announced: Vec<RawPrefix<'a>>,
    },
    /// NOTIFICATION.
    Notification {
        /// Code and subcode.
        code: Code,
        /// The data.
        data: &'a [u8],
    },
    /// KEEPALIVE.
    Keepalive,
    /// ROUTE-REFRESH.
    RouteRefresh {
        /// The fixed part.
        refresh: RouteRefresh,
        /// What follows: outbound route filters (RFC 5291).
        filters: &'a [u8],
    },
}

/// An optional parameter of an OPEN.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Parameter<'a> {
    /// Type 2: capabilities, in order.
    Capabilities(Vec<RawCapability<'a>>),
    /// Any other type.
    Other {
        /// The type.
        kind: u8,
        /// The value.
        value: &'a [u8],
    },
}

/// A capability.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RawCapability<'a> {
    /// Its code.
    pub code: u8,
    /// Its value, at most 255 octets.
    pub value: &'a [u8],
}

/// A path attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RawAttribute<'a> {
    /// The flags octet; the extended-length bit in it decides how the length is written.
    pub flags: u8,
    /// The type code.
    pub code: AttributeCode,
    /// The value.
    pub value: &'a [u8],
}

impl<'a> RawAttribute<'a> {
    /// Reads one attribute from the front; none where there is less than it says.
    pub(super) fn read(reader: &mut Reader<'a>) -> Option<Self> {
        let flags = reader.u8()?;
        let code = AttributeCode(reader.u8()?);
        let value = match flags & EXTENDED {
            0 => reader.run_u8()?,
            _ => reader.run_u16()?,
        };
        Some(Self { flags, code, value })
    }
}

/// A prefix with its octets as they came, host bits and all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RawPrefix<'a> {
    /// Its length in bits.
    pub bits: u8,
    /// Its octets, as many as the bits take.
    pub octets: &'a [u8],
}

impl<'a> Packet<'a> {
    /// Takes one message apart, header included.
    ///
    /// # Errors
    /// The NOTIFICATION for a message whose lengths do not fit together. Values are not looked at.
    pub fn read(message: &'a [u8]) -> Result<Self, Notification> {
        let (kind, body) = open_envelope(message)?;
        match kind {
            Kind::Open => read_open(body).ok_or_else(|| Notification::new(Code::OPEN_UNSPECIFIC)),
            Kind::Update => read_update(body).ok_or_else(|| Notification::new(Code::MALFORMED_ATTRIBUTES)),
            Kind::Notification => match body {
                [code, subcode, data @ ..] => {
                    let (code, subcode) = (*code, *subcode);
                    Ok(Self::Notification {
                        code: Code { code, subcode },
                        data,
                    })
                }
                [_] | [] => Err(Notification::new(Code::BAD_LENGTH)),
            },
            Kind::Keepalive => Ok(Self::Keepalive),
            Kind::RouteRefresh => {
                let mut reader = Reader::new(body);
                let refresh = read_refresh(&mut reader).ok_or_else(|| Notification::new(Code::BAD_LENGTH))?;
                Ok(Self::RouteRefresh {
                    refresh,
                    filters: reader.rest(),
                })
            }
        }
    }

    /// Appends the message, header included: after [`Packet::read`], the octets that were read.
    ///
    /// Lengths are written as far as their fields reach; it is for the caller not to build more than that.
    pub fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Open {
                version,
                my_as,
                hold_time,
                id,
                form,
                parameters,
            } => {
                let start = begin(Kind::Open, out);
                out.push(*version);
                out.extend_from_slice(&my_as.to_be_bytes());
                out.extend_from_slice(&hold_time.to_be_bytes());
                out.extend_from_slice(&id.to_be_bytes());
                write_parameters(*form, parameters, out);
                end(start, out);
            }
            Self::Update {
                withdrawn,
                attributes,
                announced,
            } => {
                let start = begin(Kind::Update, out);
                prefixed_u16(out, |out| withdrawn.iter().for_each(|it| it.write(out)));
                prefixed_u16(out, |out| attributes.iter().for_each(|it| it.write(out)));
                announced.iter().for_each(|it| it.write(out));
                end(start, out);
            }
            Self::Notification { code, data } => {
                let start = begin(Kind::Notification, out);
                out.extend_from_slice(&[code.code, code.subcode]);
                out.extend_from_slice(data);
                end(start, out);
            }
            Self::Keepalive => {
                let start = begin(Kind::Keepalive, out);
                end(start, out);
            }
            Self::RouteRefresh { refresh, filters } => {
                let start = begin(Kind::RouteRefresh, out);
                super::encode::refresh(*refresh, out);
                out.extend_from_slice(filters);
                end(start, out);
            }
        }
    }
}

impl RawAttribute<'_> {
    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&[self.flags, self.code.0]);
        match self.flags & EXTENDED {
            0 => out.push(self.value.len() as u8),
            _ => out.extend_from_slice(&(self.value.len() as u16).to_be_bytes()),
        }
        out.extend_from_slice(self.value);
    }
}

impl RawPrefix<'_> {
    fn write(&self, out: &mut Vec<u8>) {
        out.push(self.bits);
        out.extend_from_slice(self.octets);
    }
}

/// Appends what `write` appends, behind its length in two octets.
fn prefixed_u16(out: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) {
    let at = out.len();
    out.extend_from_slice(&[0, 0]);
    write(out);
    super::encode::patch_u16(at, out);
}

fn read_refresh(reader: &mut Reader<'_>) -> Option<RouteRefresh> {
    let (afi, subtype, safi) = (reader.u16()?, reader.u8()?, reader.u8()?);
    let family = Family { afi, safi };
    Some(RouteRefresh { family, subtype })
}

fn read_open(body: &[u8]) -> Option<Packet<'_>> {
    let mut reader = Reader::new(body);
    let version = reader.u8()?;
    let my_as = reader.u16()?;
    let hold_time = reader.u16()?;
    let id = reader.u32()?;
    let (form, mut rest) = open::parameters(&mut reader)?;
    if !reader.is_empty() {
        return None;
    }
    let mut parameters = Vec::new();
    while !rest.is_empty() {
        let (kind, value) = open::parameter(form, &mut rest)?;
        let capabilities = if kind == CAPABILITIES {
            read_capabilities(value)
        } else {
            None
        };
        parameters.push(match capabilities {
            Some(capabilities) => Parameter::Capabilities(capabilities),
            None => Parameter::Other { kind, value },
        });
    }
    Some(Packet::Open {
        version,
        my_as,
        hold_time,
        id,
        form,
        parameters,
    })
}

fn read_capabilities(octets: &[u8]) -> Option<Vec<RawCapability<'_>>> {
    let mut reader = Reader::new(octets);
    let mut capabilities = Vec::new();
    while !reader.is_empty() {
        let (code, value) = open::raw_capability(&mut reader)?;
        capabilities.push(RawCapability { code, value });
    }
    Some(capabilities)
}

fn write_parameters(form: ParameterForm, parameters: &[Parameter<'_>], out: &mut Vec<u8>) {
    let mut octets = Vec::new();
    let mut value = Vec::new();
    for parameter in parameters {
        value.clear();
        let kind = match parameter {
            Parameter::Capabilities(capabilities) => {
                for RawCapability { code, value: it } in capabilities {
                    value.extend_from_slice(&[*code, it.len() as u8]);
                    value.extend_from_slice(it);
                }
                CAPABILITIES
            }
            Parameter::Other { kind, value: it } => {
                value.extend_from_slice(it);
                *kind
            }
        };
        octets.push(kind);
        match form {
            ParameterForm::Plain => octets.push(value.len() as u8),
            ParameterForm::Extended { .. } => {
                octets.extend_from_slice(&(value.len() as u16).to_be_bytes());
            }
        }
        octets.extend_from_slice(&value);
    }
    match form {
        ParameterForm::Plain => out.push(octets.len() as u8),
        ParameterForm::Extended { filler } => {
            out.extend_from_slice(&[filler, EXTENDED_FORM]);
            out.extend_from_slice(&(octets.len() as u16).to_be_bytes());
        }
    }
    out.extend_from_slice(&octets);
}

fn read_update(body: &[u8]) -> Option<Packet<'_>> {
    let sections = Sections::of(body)?;
    let mut reader = Reader::new(sections.attributes);
    let mut attributes = Vec::new();
    while !reader.is_empty() {
        attributes.push(RawAttribute::read(&mut reader)?);
    }
    Some(Packet::Update {
        withdrawn: read_prefixes(sections.withdrawn)?,
        attributes,
        announced: read_prefixes(sections.announced)?,
    })
}

fn read_prefixes(octets: &[u8]) -> Option<Vec<RawPrefix<'_>>> {
    let mut reader = Reader::new(octets);
    let mut prefixes = Vec::new();
    while !reader.is_empty() {
        let bits = reader.u8()?;
        let octets = reader.take(prefix::n_octets(bits))?;
        prefixes.push(RawPrefix { bits, octets });
    }
    Some(prefixes)
}
