//! OPEN in octets: the fixed part, optional parameters, capabilities.

use std::net::Ipv4Addr;

use super::super::attribute::{Asn, RouterId};
use super::super::message::{Capability, Family, GracefulRestart, Open};
use super::super::negotiated::PeerKind;
use super::super::notification::{Code, Notification};
use super::reader::Reader;

/// The version of the protocol that this is.
pub(super) const VERSION: u8 = 4;
/// The optional parameter that holds capabilities (RFC 5492 §4).
pub(super) const CAPABILITIES: u8 = 2;
/// The parameter type that marks the longer form (RFC 9072 §2).
pub(super) const EXTENDED_FORM: u8 = 255;

/// What the lengths of optional parameters are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ParameterForm {
    /// One octet each.
    Plain,
    /// Two octets each (RFC 9072). The octet where the plain form has its length is 255 if the sender does as it should.
    Extended {
        /// That octet; not 0.
        filler: u8,
    },
}

/// Reads the body of an OPEN.
///
/// What depends on what the receiver expects is left to [`verify_open`].
pub(super) fn decode(body: &[u8]) -> Result<Open, Notification> {
    let malformed = || Notification::new(Code::OPEN_UNSPECIFIC);
    let mut reader = Reader::new(body);
    let version = reader.u8().ok_or_else(malformed)?;
    if version != VERSION {
        // RFC 4271 §6.2: two octets with the largest version that the receiver supports.
        return Err(Notification::with(Code::UNSUPPORTED_VERSION, [0, VERSION]));
    }
    let my_as = reader.u16().ok_or_else(malformed)?;
    let hold_time = reader.u16().ok_or_else(malformed)?;
    let id = reader.u32().ok_or_else(malformed)?;
    let (form, mut parameters) = parameters(&mut reader).ok_or_else(malformed)?;
    let mut capabilities = Vec::new();
    while !parameters.is_empty() {
        let whole = parameters.rest();
        let (kind, value) = parameter(form, &mut parameters).ok_or_else(malformed)?;
        if kind != CAPABILITIES {
            let len = whole.len() - parameters.rest().len();
            let data = whole.get(..len).unwrap_or(whole);
            return Err(Notification::with(Code::UNSUPPORTED_PARAMETER, data));
        }
        read_capabilities(value, &mut capabilities)?;
    }
    let open = Open {
        version,
        my_as,
        hold_time,
        id: RouterId(Ipv4Addr::from(id)),
        capabilities,
    };
    check(&open)?;
    Ok(open)
}

/// The form and the octets of the optional parameters; none where there is less than the lengths say.
///
/// What lies behind them is nobody's, and as FRR and BIRD do it is passed over.
pub(super) fn parameters<'a>(reader: &mut Reader<'a>) -> Option<(ParameterForm, Reader<'a>)> {
    let len = reader.u8()?;
    if len != 0 && reader.rest().first() == Some(&EXTENDED_FORM) {
        reader.u8()?;
        let form = ParameterForm::Extended { filler: len };
        return Some((form, Reader::new(reader.run_u16()?)));
    }
    let octets = reader.take(usize::from(len))?;
    Some((ParameterForm::Plain, Reader::new(octets)))
}

/// The type and the value of the next optional parameter.
pub(super) fn parameter<'a>(form: ParameterForm, reader: &mut Reader<'a>) -> Option<(u8, &'a [u8])> {
    let kind = reader.u8()?;
    let value = match form {
        ParameterForm::Plain => reader.run_u8()?,
        ParameterForm::Extended { .. } => reader.run_u16()?,
    };
    Some((kind, value))
}

/// What is wrong with an OPEN whoever receives it.
fn check(open: &Open) -> Result<(), Notification> {
    let wide = open.four_octet_as();
    // RFC 7607 §2: nobody is AS 0, in whichever of several capabilities it stands.
    if open.capabilities.contains(&Capability::FourOctetAs(Asn(0))) {
        return Err(Notification::with(Code::BAD_PEER_AS, [0; 4]));
    }
    if open.my_as == 0 {
        return Err(Notification::new(Code::BAD_PEER_AS));
    }
    match wide {
        // RFC 6793 §4.1: the field is the number itself where that fits, and AS_TRANS is no number to have.
        Some(asn) if asn.two_octets() != open.my_as && u32::from(open.my_as) != Asn::TRANS.0 => {
            return Err(Notification::with(Code::BAD_PEER_AS, asn.0.to_be_bytes()));
        }
        Some(Asn::TRANS) => {
            return Err(Notification::with(Code::BAD_PEER_AS, Asn::TRANS.0.to_be_bytes()));
        }
        Some(_) | None => {}
    }
    if open.id.0.is_unspecified() {
        return Err(Notification::with(Code::BAD_IDENTIFIER, open.id.0.octets()));
    }
    // RFC 4271 §4.2: zero, or three seconds and more.
    if matches!(open.hold_time, 1 | 2) {
        return Err(Notification::with(
            Code::UNACCEPTABLE_HOLD_TIME,
            open.hold_time.to_be_bytes(),
        ));
    }
    Ok(())
}

/// What the receiver of an OPEN expects of the sender.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenExpectation {
    /// Interior or exterior.
    pub kind: PeerKind,
    /// The AS that the peer is configured with.
    pub peer_as: Asn,
    /// The receiver's own identifier.
    pub local_id: RouterId,
}

/// Compares an OPEN that [`decode`](super::decode) let through with what is expected of the peer.
///
/// # Errors
/// The NOTIFICATION to answer with: Bad Peer AS, Bad BGP Identifier, Unsupported Capability.
///
/// # Source
/// RFC 4271 §6.2, RFC 6286 §2.2, RFC 5492 §5. A peer that lists no family at all is taken to speak IPv4 unicast.
pub fn verify_open(open: &Open, expected: &OpenExpectation) -> Result<(), Notification> {
    if open.asn() != expected.peer_as {
        // As FRR does: the field as it came.
        return Err(Notification::with(Code::BAD_PEER_AS, open.my_as.to_be_bytes()));
    }
    match expected.kind {
        PeerKind::Ibgp if open.id == expected.local_id => {
            return Err(Notification::with(Code::BAD_IDENTIFIER, open.id.0.octets()));
        }
        PeerKind::Ibgp | PeerKind::Ebgp => {}
    }
    let families: Vec<Family> = open.capabilities.iter().filter_map(family).collect();
    if families.is_empty() || families.contains(&Family::IPV4_UNICAST) {
        return Ok(());
    }
    // The families offered, none of which is of use, as they came.
    let mut data = Vec::new();
    for family in families {
        write_capability(&Capability::Multiprotocol(family), &mut data);
    }
    Err(Notification::with(Code::UNSUPPORTED_CAPABILITY, data))
}

fn family(capability: &Capability) -> Option<Family> {
    match capability {
        Capability::Multiprotocol(family) => Some(*family),
        Capability::RouteRefresh
        | Capability::FourOctetAs(_)
        | Capability::EnhancedRouteRefresh
        | Capability::GracefulRestart(_)
        | Capability::Other { .. } => None,
    }
}

/// The code and the value of the next capability.
pub(super) fn raw_capability<'a>(reader: &mut Reader<'a>) -> Option<(u8, &'a [u8])> {
    let code = reader.u8()?;
    let value = reader.run_u8()?;
    Some((code, value))
}

fn read_capabilities(octets: &[u8], out: &mut Vec<Capability>) -> Result<(), Notification> {
    let malformed = || Notification::new(Code::OPEN_UNSPECIFIC);
    let mut reader = Reader::new(octets);
    while !reader.is_empty() {
        let (code, value) = raw_capability(&mut reader).ok_or_else(malformed)?;
        out.push(capability(code, value).ok_or_else(malformed)?);
    }
    Ok(())
}

/// A capability, or none where its length is wrong.
fn capability(code: u8, value: &[u8]) -> Option<Capability> {
    let other = || Capability::Other {
        code,
        value: value.to_vec(),
    };
    let of_groups = |n: usize| value.len().is_multiple_of(n).then(other);
    match code {
        1 => match *value {
            [high, low, _, safi] => {
                let afi = u16::from_be_bytes([high, low]);
                Some(Capability::Multiprotocol(Family { afi, safi }))
            }
            _ => None,
        },
        2 => value.is_empty().then_some(Capability::RouteRefresh),
        // Extended next hop encoding (RFC 8950) and extended messages (RFC 8654): read, not used.
        5 => of_groups(6),
        6 => value.is_empty().then(other),
        // Roles (RFC 9234) and host names: the same.
        9 => (value.len() == 1).then(other),
        73 => match value {
            [n, rest @ ..] if rest.len() > usize::from(*n) => Some(other()),
            _ => None,
        },
        64 => graceful_restart(value).map(Capability::GracefulRestart),
        65 => {
            let number = <[u8; 4]>::try_from(value).ok()?;
            Some(Capability::FourOctetAs(Asn(u32::from_be_bytes(number))))
        }
        // Path identifiers (RFC 7911) and long-lived graceful restart (RFC 9494).
        69 => of_groups(4),
        70 => value.is_empty().then_some(Capability::EnhancedRouteRefresh),
        71 => of_groups(7),
        _ => Some(other()),
    }
}

fn graceful_restart(value: &[u8]) -> Option<GracefulRestart> {
    let mut reader = Reader::new(value);
    let head = reader.u16()?;
    let mut families = Vec::new();
    while !reader.is_empty() {
        let (afi, safi) = (reader.u16()?, reader.u8()?);
        families.push((Family { afi, safi }, reader.u8()?));
    }
    Some(GracefulRestart {
        flags: (head >> 12) as u8,
        restart_time: head & 0x0FFF,
        families,
    })
}

/// Appends the body of an OPEN: all capabilities in one optional parameter, as RFC 5492 §4 recommends.
///
/// Capabilities that do not fit a message are left out.
pub(super) fn encode(open: &Open, out: &mut Vec<u8>) {
    /// What a message leaves for capabilities in the longer form.
    const ROOM: usize = super::MAX_LEN - 29 - 6;
    out.push(open.version);
    out.extend_from_slice(&open.my_as.to_be_bytes());
    out.extend_from_slice(&open.hold_time.to_be_bytes());
    out.extend_from_slice(&open.id.0.octets());
    let mut capabilities = Vec::new();
    for capability in &open.capabilities {
        let len = capabilities.len();
        write_capability(capability, &mut capabilities);
        if capabilities.len() > ROOM {
            capabilities.truncate(len);
        }
    }
    match u8::try_from(capabilities.len() + 2) {
        Ok(2) => out.push(0),
        Ok(len) if len < EXTENDED_FORM => out.extend_from_slice(&[len, CAPABILITIES, len - 2]),
        Ok(_) | Err(_) => {
            // RFC 9072 §2: 255 twice, then lengths of two octets.
            let len = capabilities.len() as u16;
            out.extend_from_slice(&[EXTENDED_FORM, EXTENDED_FORM]);
            out.extend_from_slice(&(len + 3).to_be_bytes());
            out.push(CAPABILITIES);
            out.extend_from_slice(&len.to_be_bytes());
        }
    }
    out.extend_from_slice(&capabilities);
}

/// Appends a capability; one whose value is longer than its length can say is left out.
fn write_capability(capability: &Capability, out: &mut Vec<u8>) {
    match capability {
        Capability::Multiprotocol(Family { afi, safi }) => {
            out.extend_from_slice(&[1, 4]);
            out.extend_from_slice(&afi.to_be_bytes());
            out.extend_from_slice(&[0, *safi]);
        }
        Capability::RouteRefresh => out.extend_from_slice(&[2, 0]),
        Capability::EnhancedRouteRefresh => out.extend_from_slice(&[70, 0]),
        Capability::FourOctetAs(asn) => {
            out.extend_from_slice(&[65, 4]);
            out.extend_from_slice(&asn.0.to_be_bytes());
        }
        Capability::GracefulRestart(restart) => {
            let Ok(len) = u8::try_from(2 + 4 * restart.families.len()) else {
                return;
            };
            out.extend_from_slice(&[64, len]);
            let head = u16::from(restart.flags & 0x0F) << 12 | restart.restart_time & 0x0FFF;
            out.extend_from_slice(&head.to_be_bytes());
            for (Family { afi, safi }, flags) in &restart.families {
                out.extend_from_slice(&afi.to_be_bytes());
                out.extend_from_slice(&[*safi, *flags]);
            }
        }
        Capability::Other { code, value } => {
            let Ok(len) = u8::try_from(value.len()) else {
                return;
            };
            out.extend_from_slice(&[*code, len]);
            out.extend_from_slice(value);
        }
    }
}
