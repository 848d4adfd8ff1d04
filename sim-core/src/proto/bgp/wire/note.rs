//! What was wrong with an UPDATE that did not end the session, for whoever wants to explain it.

use core::fmt;
use std::net::Ipv4Addr;

use ipnet::Ipv4Net;

use super::super::attribute::Asn;
use super::super::message::Family;
use super::code::AttributeCode;
use super::path::PathFault;

/// A fault in an UPDATE, and what was done about it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Note {
    /// The attribute at fault; none where the fault is in the prefixes or in the list as a whole.
    pub attribute: Option<AttributeCode>,
    /// What is wrong.
    pub fault: Fault,
    /// What was done.
    pub action: Action,
    /// The rule that asks for it.
    pub source: &'static str,
}

/// What was done about a fault, the mildest first; what ends the session is a NOTIFICATION instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    /// The prefix or family was passed over.
    Ignored,
    /// The attribute was left out, the routes kept (attribute discard).
    Discarded,
    /// The prefixes announced count as withdrawn.
    TreatedAsWithdraw,
}

/// What can be wrong with an UPDATE without ending the session.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Fault {
    /// The value has the wrong length.
    Length {
        /// Its length in octets.
        found: usize,
        /// What it should be.
        expected: Expected,
    },
    /// The Optional and Transitive bits are not those of the attribute.
    Flags {
        /// The flags octet.
        found: u8,
    },
    /// ORIGIN is none of the three.
    Origin(u8),
    /// The segments of the path cannot be read.
    Path(PathFault),
    /// AS number 0 is nobody's.
    ZeroAs,
    /// The path does not begin with the neighbour.
    FirstAs {
        /// What it begins with.
        found: Option<Asn>,
        /// The neighbour.
        expected: Asn,
    },
    /// No host can have this address.
    NextHop(Ipv4Addr),
    /// The next hop is the receiver.
    OwnNextHop(Ipv4Addr),
    /// The next hop is not an IPv4 address.
    NextHopFamily,
    /// The attribute is there more than once.
    Duplicate,
    /// A mandatory attribute is not there.
    Missing,
    /// Well-known by its flags, and yet unknown.
    UnrecognizedWellKnown,
    /// The attribute has no meaning from an external peer.
    FromExternal,
    /// The attribute has no meaning from a peer with four-octet AS numbers.
    FromWideSpeaker,
    /// The attribute has no use on this session.
    NotNegotiated,
    /// The list of attributes ends inside an attribute.
    Overrun,
    /// AS4_PATH has more hops than AS_PATH.
    LongerThanAsPath,
    /// AGGREGATOR names a speaker that does not know four-octet AS numbers, so nothing wide can be of use.
    AggregatedByNarrowSpeaker,
    /// AS4_AGGREGATOR stands alone.
    WithoutAggregator,
    /// Routes of a family that was not agreed upon.
    Family(Family),
    /// A prefix that is no destination of unicast.
    Prefix(Ipv4Net),
}

/// A rule for the length of an attribute's value, in octets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Expected {
    /// This many.
    Exactly(usize),
    /// This many times one or more.
    MultipleOf(usize),
    /// This many or more.
    AtLeast(usize),
}

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exactly(n) => write!(f, "{n}"),
            Self::MultipleOf(n) => write!(f, "a multiple of {n}"),
            Self::AtLeast(n) => write!(f, "at least {n}"),
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Ignored => "ignored",
            Self::Discarded => "discarded",
            Self::TreatedAsWithdraw => "treated as withdraw",
        })
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Length { found, expected } => write!(f, "has {found} octets instead of {expected}"),
            Self::Flags { found } => write!(f, "has the wrong flags, {found:#04x}"),
            Self::Origin(value) => write!(f, "has the unknown value {value}"),
            Self::Path(fault) => write!(f, "{fault}"),
            Self::ZeroAs => f.write_str("names AS 0"),
            Self::FirstAs {
                found: Some(found),
                expected,
            } => write!(f, "begins with AS {found} instead of {expected}"),
            Self::FirstAs {
                found: None,
                expected,
            } => write!(f, "does not begin with AS {expected}"),
            Self::NextHop(address) => write!(f, "is {address}, which no router can have"),
            Self::OwnNextHop(address) => write!(f, "is {address}, the receiver itself"),
            Self::NextHopFamily => f.write_str("has a next hop that is no IPv4 address"),
            Self::Duplicate => f.write_str("is there again"),
            Self::Missing => f.write_str("is missing"),
            Self::UnrecognizedWellKnown => f.write_str("says it is well-known, but is not known"),
            Self::FromExternal => f.write_str("came from an external peer"),
            Self::FromWideSpeaker => f.write_str("came from a peer with four-octet AS numbers"),
            Self::NotNegotiated => f.write_str("has no use on this session"),
            Self::Overrun => f.write_str("the list of attributes ends inside an attribute"),
            Self::LongerThanAsPath => f.write_str("has more hops than AS_PATH"),
            Self::AggregatedByNarrowSpeaker => {
                f.write_str("does not fit the AGGREGATOR, which is not AS_TRANS")
            }
            Self::WithoutAggregator => f.write_str("came without AGGREGATOR"),
            Self::Family(family) => write!(
                f,
                "has routes of AFI {} SAFI {}, which was not agreed upon",
                family.afi, family.safi
            ),
            Self::Prefix(prefix) => write!(f, "{prefix} is no destination of unicast"),
        }
    }
}

/// One sentence: `MULTI_EXIT_DISC has 3 octets instead of 4: treated as withdraw, RFC 7606 §7.4`.
impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(attribute) = self.attribute {
            write!(f, "{attribute} ")?;
        }
        write!(f, "{}: {}, {}", self.fault, self.action, self.source)
    }
}
