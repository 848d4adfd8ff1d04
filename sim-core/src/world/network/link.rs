//! The links that packets cross and bulk flows share.

use crate::resource::{
    HostId, LinkId, NatGatewayId, NetworkInterfaceId, PeeringId, RouterInterfaceId, VpcId,
};
use crate::site::{Attachment, End};
use crate::units::{BitRate, Ppm, Span};
use crate::verdict::Direction;

use super::Network;

/// One direction of something with a capacity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum LinkRef {
    /// What a host sends.
    HostEgress(HostId),
    /// What a host receives.
    HostIngress(HostId),
    /// One direction of a peering connection.
    Peering {
        /// The connection.
        peering: PeeringId,
        /// The VPC that it enters.
        towards: VpcId,
    },
    /// One direction of one interface of an interface endpoint; it stands for the endpoint's share
    /// of its availability zone.
    Endpoint {
        /// The interface.
        interface: NetworkInterfaceId,
        /// Into or out of the endpoint.
        direction: Direction,
    },
    /// One direction of a NAT gateway, as seen from the VPC.
    NatGateway {
        /// The gateway.
        gateway: NatGatewayId,
        /// Into or out of the VPC.
        direction: Direction,
    },
    /// One direction of a link between two routers.
    Link {
        /// The link.
        link: LinkId,
        /// The end at which packets enter.
        from: End,
    },
    /// One direction of a router's port on a segment.
    SegmentPort {
        /// The router's interface.
        interface: RouterInterfaceId,
        /// Into or out of the router.
        direction: Direction,
    },
}

/// What a link carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Link {
    /// Its capacity.
    pub rate: BitRate,
    /// The share of packets that it loses.
    pub loss: Ppm,
    /// The longest time that chance puts on top of a packet's delay.
    pub jitter: Span,
}

/// An interface endpoint carries 10 Gbps per availability zone and scales to this ("AWS PrivateLink
/// quotas"); the scaling itself is not modelled.
pub const ENDPOINT_RATE: BitRate = BitRate::gbps(100);
/// A NAT gateway carries 5 Gbps and scales to this ("NAT gateway basics"); the scaling itself is
/// not modelled.
pub const NAT_GATEWAY_RATE: BitRate = BitRate::gbps(100);

impl Network {
    /// What a link carries at present; a link of something that is not there carries nothing.
    #[must_use]
    pub fn link(&self, link: LinkRef) -> Link {
        let lossless = |rate| Link {
            rate,
            loss: Ppm::ZERO,
            jitter: Span::ZERO,
        };
        match link {
            LinkRef::HostEgress(host) | LinkRef::HostIngress(host) => lossless(self.host_rate(host)),
            LinkRef::Peering { peering, .. } => {
                self.cloud
                    .peerings
                    .get(peering)
                    .map_or(lossless(BitRate::ZERO), |peering| Link {
                        rate: peering.rate,
                        loss: peering.loss,
                        jitter: Span::ZERO,
                    })
            }
            LinkRef::Endpoint { .. } => lossless(ENDPOINT_RATE),
            LinkRef::NatGateway { .. } => lossless(NAT_GATEWAY_RATE),
            LinkRef::Link { link, .. } => self.links.get(link).map_or(lossless(BitRate::ZERO), |link| Link {
                rate: link.rate,
                loss: link.loss,
                jitter: link.jitter,
            }),
            LinkRef::SegmentPort { interface, .. } => lossless(self.port_rate(interface)),
        }
    }

    /// What a host's port carries: its network card, and on a segment no more than the segment's ports.
    fn host_rate(&self, host: HostId) -> BitRate {
        let Some(row) = self.hosts.get(host) else {
            return BitRate::ZERO;
        };
        let port = row
            .segment_port()
            .and_then(|port| self.segments.get(port.segment));
        port.map_or(row.rate, |segment| row.rate.min(segment.rate))
    }

    fn port_rate(&self, interface: RouterInterfaceId) -> BitRate {
        let row = self.router_interfaces.get(interface);
        let segment = row.and_then(|row| match row.attached {
            Attachment::Segment(segment) => self.segments.get(segment),
            Attachment::Link(_) | Attachment::Tunnel(_) => None,
        });
        segment.map_or(BitRate::ZERO, |segment| segment.rate)
    }
}

/// The delay of a hop, and the link that it crosses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::world) struct Crossing {
    pub(in crate::world) delay: Span,
    pub(in crate::world) link: Option<LinkRef>,
}

impl Crossing {
    pub(super) const fn of(delay: Span) -> Self {
        Self { delay, link: None }
    }
    pub(super) const fn over(link: LinkRef, delay: Span) -> Self {
        Self {
            delay,
            link: Some(link),
        }
    }
}
