//! Virtual gateways: one address on a segment that several routers share by VRRP, so that hosts need not know which of
//! them works.
//!
//! # Fidelity
//! Advertisements are not carried packet by packet: the instants at which they are sent and heard are known from when
//! the active router took over, and what follows from one that stays out happens when the RFC says. A router whose
//! interface is switched off says nothing to the others, as one whose power fails: the advertisement with priority 0,
//! by which a router gives its role up, is not sent. Nobody owns the virtual address as its own (priority 255). The
//! active router answers for the virtual address (Accept_Mode is on). A lab begins with its elections over.
//!
//! # Source
//! RFC 9568: "active" is what RFC 5798 called "master". Times are in centiseconds, as there.

use std::net::Ipv4Addr;

use crate::resource::{RouterInterfaceId, SegmentId};
use crate::units::Span;

/// The unit in which VRRP counts (RFC 9568 section 6.1).
const CENTISECOND: Span = Span::millis(10);

/// The advertisement interval unless somebody says otherwise (RFC 9568 section 6.1).
pub const ADVERTISEMENT_INTERVAL: Span = Span::secs(1);
/// The longest advertisement interval: 4095 centiseconds (RFC 9568 section 5.2.7).
pub const LONGEST_ADVERTISEMENT_INTERVAL: Span = Span::millis(40_950);
/// The priority of a router that is not told any (RFC 9568 section 6.1).
pub const PRIORITY: u8 = 100;

/// What a router does that would be the better one, where another is active.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum Preemption {
    /// It takes over.
    On,
    /// It waits until the other is gone.
    Off,
}

/// A router that may be the gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Member {
    /// Its interface on the segment.
    pub interface: RouterInterfaceId,
    /// The address of that interface.
    pub address: Ipv4Addr,
    /// How much it wants to be, from 1 to 254.
    pub priority: u8,
    /// Whether it takes over from one that wants it less.
    pub preemption: Preemption,
}

impl Member {
    /// By what the better one of two is told: priority, then address (RFC 9568 section 6.4.3).
    #[must_use]
    pub const fn rank(&self) -> (u8, Ipv4Addr) {
        (self.priority, self.address)
    }
}

/// A virtual gateway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VirtualGateway {
    /// The segment.
    pub segment: SegmentId,
    /// The address that hosts send by.
    pub address: Ipv4Addr,
    /// The time between two advertisements of the active router.
    pub advertisement_interval: Span,
    /// The routers that share it.
    pub members: Vec<Member>,
    /// The interface of the active router at present, where there is one.
    pub active: Option<RouterInterfaceId>,
}

impl VirtualGateway {
    /// How long a router of this priority hears nothing before it takes over: three advertisements, and the less it
    /// wants to the longer (RFC 9568 section 6.1, Skew_Time and Active_Down_Interval).
    #[must_use]
    pub fn down_interval(&self, priority: u8) -> Span {
        let interval = self.advertisement_interval.as_nanos() / CENTISECOND.as_nanos();
        let skew = (256 - u64::from(priority)) * interval / 256;
        CENTISECOND * (3 * interval + skew)
    }
    /// One of its routers.
    #[must_use]
    pub fn member(&self, interface: RouterInterfaceId) -> Option<&Member> {
        self.members.iter().find(|member| member.interface == interface)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_less_a_router_wants_the_longer_it_waits() {
        let mut gateway = VirtualGateway {
            segment: SegmentId::from_index(0),
            address: Ipv4Addr::new(192, 168, 10, 1),
            advertisement_interval: ADVERTISEMENT_INTERVAL,
            members: Vec::new(),
            active: None,
        };
        // (256 - 100) × 100 / 256 = 60 centiseconds, rounded down.
        assert_eq!(gateway.down_interval(PRIORITY), Span::millis(3_600));
        assert_eq!(gateway.down_interval(254), Span::millis(3_000));
        assert_eq!(gateway.down_interval(1), Span::millis(3_990));
        gateway.advertisement_interval = Span::millis(100);
        assert_eq!(gateway.down_interval(PRIORITY), Span::millis(360));
    }
}
