//! The five messages of BGP-4, as their meaning; [`wire`](super) knows their octets.

use std::sync::Arc;

use ipnet::Ipv4Net;
use smallvec::SmallVec;

use super::attribute::{Asn, Attributes, RouterId};
use super::notification::Notification;

/// A message of BGP-4.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Message {
    /// Opens a session.
    Open(Open),
    /// Announces and withdraws prefixes.
    Update(Update),
    /// Ends a session.
    Notification(Notification),
    /// Shows that the sender is there.
    Keepalive,
    /// Asks for all routes once more (RFC 2918).
    RouteRefresh(RouteRefresh),
}

/// An address family and what it is for (RFC 4760).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Family {
    /// Address family identifier: 1 for IPv4, 2 for IPv6.
    pub afi: u16,
    /// Subsequent address family identifier: 1 for unicast.
    pub safi: u8,
}

impl Family {
    /// IPv4 unicast, the only family that carries routes in this program.
    pub const IPV4_UNICAST: Self = Self { afi: 1, safi: 1 };
}

/// OPEN: who speaks, and what it can do (RFC 4271 §4.2).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Open {
    /// The protocol's version; 4.
    pub version: u8,
    /// The two-octet My Autonomous System field as it stands on the wire; see [`Open::asn`].
    pub my_as: u16,
    /// The hold time that the sender proposes, in seconds; 0 for none.
    pub hold_time: u16,
    /// The sender's identifier.
    pub id: RouterId,
    /// What the sender can do (RFC 5492), in the order sent.
    pub capabilities: Vec<Capability>,
}

impl Open {
    /// The sender's AS: that of the four-octet capability where it is there (RFC 6793 §4.1).
    #[must_use]
    pub fn asn(&self) -> Asn {
        self.four_octet_as().unwrap_or(Asn(u32::from(self.my_as)))
    }
    /// The AS of the four-octet capability, where it is there.
    #[must_use]
    pub fn four_octet_as(&self) -> Option<Asn> {
        self.capabilities.iter().find_map(|capability| match capability {
            Capability::FourOctetAs(asn) => Some(*asn),
            Capability::Multiprotocol(_)
            | Capability::RouteRefresh
            | Capability::EnhancedRouteRefresh
            | Capability::GracefulRestart(_)
            | Capability::Other { .. } => None,
        })
    }
}

/// Something that a speaker can do (RFC 5492).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Capability {
    /// Code 1: routes of a family (RFC 4760).
    Multiprotocol(Family),
    /// Code 2: sends all routes again when asked (RFC 2918).
    RouteRefresh,
    /// Code 64: keeps forwarding while it restarts (RFC 4724).
    GracefulRestart(GracefulRestart),
    /// Code 65: AS numbers of four octets (RFC 6793).
    FourOctetAs(Asn),
    /// Code 70: marks the ends of a refresh (RFC 7313).
    EnhancedRouteRefresh,
    /// Any other, which is ignored.
    Other {
        /// Its code.
        code: u8,
        /// Its value.
        value: Vec<u8>,
    },
}

/// The graceful restart capability (RFC 4724 §3, RFC 8538 §2).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct GracefulRestart {
    /// The four flag bits, the restart state bit (R) being 8 and the notification bit (N) 4.
    pub flags: u8,
    /// How long the peer should wait for the sender to come back, in seconds; 12 bits.
    pub restart_time: u16,
    /// The families whose forwarding state is kept, each with its flags octet (F is 128).
    pub families: Vec<(Family, u8)>,
}

/// The prefixes of a message: most name one or two, which take no memory of their own.
pub type Prefixes = SmallVec<[Ipv4Net; 3]>;

/// UPDATE for IPv4 unicast, after RFC 7606 has been applied (RFC 4271 §4.3).
///
/// Nothing withdrawn, nothing announced and no attributes make End-of-RIB (RFC 4724 §2).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Update {
    /// The prefixes that are no longer reachable.
    pub withdrawn: Prefixes,
    /// What is said of the prefixes announced; none where none is announced.
    pub attributes: Option<Arc<Attributes>>,
    /// The prefixes announced.
    pub announced: Prefixes,
}

impl Update {
    /// Whether it marks the end of the first exchange of routes.
    #[must_use]
    pub fn is_end_of_rib(&self) -> bool {
        self.withdrawn.is_empty() && self.announced.is_empty() && self.attributes.is_none()
    }
}

impl RouteRefresh {
    /// The subtype of a request.
    pub const REQUEST: u8 = 0;
    /// The subtype that marks the beginning of a refresh (RFC 7313 §4).
    pub const BEGIN: u8 = 1;
    /// The subtype that marks its end.
    pub const END: u8 = 2;
}

/// ROUTE-REFRESH (RFC 2918, RFC 7313).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RouteRefresh {
    /// The family asked for.
    pub family: Family,
    /// The octet between the identifiers: 0 a request, 1 and 2 the marks of RFC 7313.
    pub subtype: u8,
}
