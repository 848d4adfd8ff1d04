//! Where a packet can be, and who can receive it.

use std::net::Ipv4Addr;

use crate::net::Protocol;
use crate::resource::{
    AttachmentId, DirectConnectGatewayId, GatewayEndpointId, HostId, InterfaceEndpointId, InternetGatewayId,
    NatGatewayId, NetworkInterfaceId, PeeringId, ResolverEndpointId, ResourceRef, RouterId,
    RouterInterfaceId, SegmentId, ServiceEndpointId, SubnetId, VirtualPrivateGatewayId, VpcId, ZoneId,
};
use crate::site::NextHop;
use crate::verdict::Direction;

/// Where a packet is. Each place asks at most one filter or table.
///
/// ```text
/// host → interface → subnet edge → router ┬→ subnet edge → interface → host
///                                         ├→ peering → …
///                                         ├→ NAT gateway → subnet edge → router → …
///                                         ├→ internet gateway → internet → …
///                                         └→ gateway endpoint → service
///
/// host → segment ┬→ host
///                └→ customer's router → link → router → …
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum Place {
    /// In the sending host, before its own firewall.
    HostEgress(HostId),
    /// At an interface, on the way out: source check and security groups.
    InterfaceEgress(NetworkInterfaceId),
    /// At the edge of a subnet, on the way out: network ACL.
    SubnetEgress(SubnetId),
    /// At the VPC's router, with the route table of the subnet that the packet comes from.
    Router(SubnetId),
    /// On a peering connection.
    Peering {
        /// The connection.
        peering: PeeringId,
        /// The VPC that it is entering.
        towards: VpcId,
    },
    /// At a Transit Gateway.
    TransitGateway {
        /// The attachment that it came in by.
        attachment: AttachmentId,
        /// The availability zone that it came from, where it came from a VPC.
        zone: Option<ZoneId>,
    },
    /// At a Direct Connect gateway.
    DirectConnectGateway {
        /// The gateway.
        gateway: DirectConnectGatewayId,
        /// Into AWS or out of it.
        direction: Direction,
    },
    /// At a virtual private gateway.
    VirtualPrivateGateway {
        /// The gateway.
        gateway: VirtualPrivateGatewayId,
        /// From where the packet came.
        from: GatewaySide,
    },
    /// At a NAT gateway.
    NatGateway(NatGatewayId),
    /// At an internet gateway.
    InternetGateway {
        /// The gateway.
        gateway: InternetGatewayId,
        /// Into or out of the VPC.
        direction: Direction,
    },
    /// On the internet.
    Internet,
    /// At a gateway endpoint.
    GatewayEndpoint {
        /// The endpoint.
        endpoint: GatewayEndpointId,
        /// Into or out of the VPC.
        direction: Direction,
    },
    /// At a VPC's own resolver, with an answer on its way back.
    Resolver(VpcId),
    /// At the edge of an interface's subnet, on the way in: network ACL.
    SubnetIngress(NetworkInterfaceId),
    /// At an interface, on the way in: security groups.
    InterfaceIngress(NetworkInterfaceId),
    /// At the receiving host, before its own firewall.
    HostIngress(HostId),
    /// In a router, with a packet of its own.
    RouterEgress(RouterId),
    /// At a router, by one of its interfaces.
    RouterIngress(RouterInterfaceId),
    /// At the firewall of a router, between the interface by which the packet came and the one by which it leaves.
    Firewall {
        /// By which it came.
        from: RouterInterfaceId,
        /// By which it leaves, and to which neighbour.
        to: NextHop,
    },
    /// At a router that hides the sender behind the interface by which the packet leaves.
    SourceNat {
        /// By which it leaves, and to which neighbour.
        to: NextHop,
    },
    /// On a segment, to be handed to whoever has this address there.
    Segment {
        /// The segment.
        segment: SegmentId,
        /// The receiver's own address, or that of the next hop.
        to: Ipv4Addr,
    },
}

/// A side of a virtual private gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum GatewaySide {
    /// Its VPC.
    Vpc,
    /// A site: a VPN connection, or a virtual interface that ends at it.
    Site,
    /// A Direct Connect gateway, which leads into the VPC and nowhere else.
    DirectConnect,
}

/// The way by which a packet reached a service's public address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum Door {
    /// Through a gateway endpoint.
    GatewayEndpoint(GatewayEndpointId),
    /// Over the internet.
    Internet,
}

/// Who received a packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum Recipient {
    /// A host.
    Host(HostId),
    /// An interface endpoint, through one of its interfaces.
    InterfaceEndpoint {
        /// The endpoint.
        endpoint: InterfaceEndpointId,
        /// The interface.
        interface: NetworkInterfaceId,
    },
    /// An AWS service at its public address.
    Service {
        /// The service.
        service: ServiceEndpointId,
        /// The way by which the packet came.
        door: Door,
    },
    /// The resolver of a VPC, at its base address plus two or 169.254.169.253.
    VpcResolver(VpcId),
    /// A Resolver inbound endpoint, through one of its interfaces.
    ResolverEndpoint {
        /// The endpoint.
        endpoint: ResolverEndpointId,
        /// The interface.
        interface: NetworkInterfaceId,
    },
    /// The public DNS.
    PublicDns,
    /// A router.
    Router(RouterId),
}

impl Recipient {
    /// The place from which the recipient's answers start.
    #[must_use]
    pub const fn origin(self) -> Place {
        match self {
            Self::Host(host) => Place::HostEgress(host),
            Self::InterfaceEndpoint { interface, .. } | Self::ResolverEndpoint { interface, .. } => {
                Place::InterfaceEgress(interface)
            }
            Self::Service {
                door: Door::GatewayEndpoint(endpoint),
                ..
            } => Place::GatewayEndpoint {
                endpoint,
                direction: Direction::Ingress,
            },
            Self::Service {
                door: Door::Internet, ..
            }
            | Self::PublicDns => Place::Internet,
            Self::VpcResolver(vpc) => Place::Resolver(vpc),
            Self::Router(router) => Place::RouterEgress(router),
        }
    }
    /// The recipient as a thing of the lab; the public DNS is outside and belongs to none.
    #[must_use]
    pub fn resource(self) -> ResourceRef {
        match self {
            Self::Host(host) => host.into(),
            Self::InterfaceEndpoint { endpoint, .. } => endpoint.into(),
            Self::Service { service, .. } => service.into(),
            Self::VpcResolver(vpc) => vpc.into(),
            Self::ResolverEndpoint { endpoint, .. } => endpoint.into(),
            Self::PublicDns => ResourceRef::Lab,
            Self::Router(router) => router.into(),
        }
    }
}

/// What a recipient does with the first packet to one of its ports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum Listening {
    /// It answers.
    Answers,
    /// It answers that nothing listens there.
    Refuses,
    /// It does not answer.
    Ignores,
}

impl Listening {
    /// What those do who serve only a fixed set of ports and ignore everything else.
    pub(super) fn only(serves: &[(Protocol, u16)], protocol: Protocol, port: u16) -> Self {
        if serves.contains(&(protocol, port)) {
            Self::Answers
        } else {
            Self::Ignores
        }
    }
}
