//! MP_REACH_NLRI and MP_UNREACH_NLRI: the families that came later, and IPv4 unicast in their dress.

use std::net::Ipv4Addr;

use super::super::super::message::Family;
use super::super::super::notification::{Code, Notification};
use super::super::reader::{Reader, exactly_u32};

/// The value of an MP_REACH_NLRI (RFC 4760 §3).
#[derive(Debug, Clone, Copy)]
pub(super) struct MpReach<'a> {
    pub(super) family: Family,
    pub(super) next_hop: NextHop,
    pub(super) prefixes: &'a [u8],
}

/// The next hop in an MP_REACH_NLRI.
#[derive(Debug, Clone, Copy)]
pub(super) enum NextHop {
    V4(Ipv4Addr),
    /// Of another family, or more than one.
    Other,
}

/// The value of an MP_UNREACH_NLRI (RFC 4760 §4).
#[derive(Debug, Clone, Copy)]
pub(super) struct MpUnreach<'a> {
    pub(super) family: Family,
    pub(super) prefixes: &'a [u8],
}

/// What answers a field that cannot be read: the prefixes of the message are then unknown, which nothing can mend
/// (RFC 7606 §7.11, RFC 4760 §7).
pub(super) fn invalid() -> Notification {
    Notification::new(Code::OPTIONAL_ATTRIBUTE)
}

fn family(reader: &mut Reader<'_>) -> Option<Family> {
    let (afi, safi) = (reader.u16()?, reader.u8()?);
    Some(Family { afi, safi })
}

impl<'a> MpReach<'a> {
    pub(super) fn read(value: &'a [u8]) -> Result<Self, Notification> {
        let reach = Self::fields(value).ok_or_else(invalid)?;
        let (family, next_hop, prefixes) = reach;
        let next_hop = match next_hop.len() {
            4 => exactly_u32(next_hop).map_or(NextHop::Other, |bits| NextHop::V4(Ipv4Addr::from(bits))),
            // One IPv6 address or two.
            16 | 32 => NextHop::Other,
            // Without prefixes nothing is reached over it, as FRR and BIRD see it.
            _ if family == Family::IPV4_UNICAST && !prefixes.is_empty() => return Err(invalid()),
            _ => NextHop::Other,
        };
        Ok(Self {
            family,
            next_hop,
            prefixes,
        })
    }
    fn fields(value: &'a [u8]) -> Option<(Family, &'a [u8], &'a [u8])> {
        let mut reader = Reader::new(value);
        let family = family(&mut reader)?;
        let next_hop = reader.run_u8()?;
        // The octet that was once the number of SNPAs is to be ignored.
        reader.u8()?;
        Some((family, next_hop, reader.rest()))
    }
}

impl<'a> MpUnreach<'a> {
    pub(super) fn read(value: &'a [u8]) -> Result<Self, Notification> {
        let mut reader = Reader::new(value);
        let family = family(&mut reader).ok_or_else(invalid)?;
        Ok(Self {
            family,
            prefixes: reader.rest(),
        })
    }
}
