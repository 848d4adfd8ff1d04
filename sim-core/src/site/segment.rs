//! A segment: a LAN of a site, on which hosts and routers reach each other without a router between them.
//!
//! # Fidelity
//! A segment is one switch that delivers every frame to whom it is for after the same delay; what it carries is limited
//! at each port, not in the switch. There is no ARP: who has an address answers at once, and nobody has it twice.
//! Switches that fail are told by the segment's carrier, which all of its ports see. The VLAN is a label.

use ipnet::Ipv4Net;

use crate::net::Mtu;
use crate::units::{BitRate, Span};

use super::Carrier;

/// A segment of a site.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Segment {
    /// The prefix that its addresses are of.
    pub prefix: Ipv4Net,
    /// The VLAN that it is (IEEE 802.1Q, 1 to 4094), where one is told.
    pub vlan: Option<u16>,
    /// The time from any port to any other.
    pub delay: Span,
    /// What each of its ports carries in each direction.
    pub rate: BitRate,
    /// What the ports see of it.
    pub carrier: Carrier,
    /// The largest packet that its switch carries.
    pub mtu: Mtu,
}

/// One edit of a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub enum SegmentChange {
    /// All of its ports gain or lose the carrier.
    Carrier(Carrier),
    /// Another time from port to port.
    Delay(Span),
    /// Another capacity of each port.
    Rate(BitRate),
    /// Another largest packet.
    Mtu(Mtu),
}

impl Segment {
    /// Makes an edit.
    pub const fn apply(&mut self, change: SegmentChange) {
        match change {
            SegmentChange::Carrier(carrier) => self.carrier = carrier,
            SegmentChange::Delay(delay) => self.delay = delay,
            SegmentChange::Rate(rate) => self.rate = rate,
            SegmentChange::Mtu(mtu) => self.mtu = mtu,
        }
    }
}
