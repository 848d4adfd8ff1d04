//! What a decision was, and which rule made it.
//!
//! Filters, route tables and policies answer with a [`Rule`], so that every screen can point at
//! the very line that let something through or stopped it.

use crate::reason::Reason;
use crate::resource::{
    GatewayEndpointId, HostId, InterfaceEndpointId, NetworkAclId, PeeringId, PrefixListId, ResourceRef,
    RouteTableId, RouterId, SecurityGroupId, TransitGatewayRouteTableId, VirtualGatewayId,
    VirtualPrivateGatewayId,
};
use std::net::Ipv4Addr;

use ipnet::Ipv4Net;

/// Into or out of the thing that holds the rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum Direction {
    /// Towards the interface or subnet.
    Ingress,
    /// Away from the interface or subnet.
    Egress,
}

/// What a route leads to matching addresses by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum Destination {
    /// One prefix.
    Prefix(Ipv4Net),
    /// Every prefix of a list.
    PrefixList(PrefixListId),
}

/// Who offers a route to a router; the earlier is trusted more.
///
/// # Source
/// FRR user guide, "Administrative Distance Metrics": connected 0, static 1, eBGP 20, OSPF 110, iBGP 200.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum RouteSource {
    /// The router has an interface in the prefix.
    Connected,
    /// Somebody wrote it down.
    Static,
    /// BGP, from another AS.
    Ebgp,
    /// The interior gateway protocol of the router's area.
    Igp,
    /// BGP, from within the AS.
    Ibgp,
}

impl RouteSource {
    /// Whether next hops are looked up among its routes: those that lead through one's own network.
    #[must_use]
    pub const fn is_interior(self) -> bool {
        match self {
            Self::Connected | Self::Static | Self::Igp => true,
            Self::Ebgp | Self::Ibgp => false,
        }
    }
}

impl core::fmt::Display for RouteSource {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.pad(match self {
            Self::Connected => "connected",
            Self::Static => "static",
            Self::Ebgp => "eBGP",
            Self::Igp => "IGP",
            Self::Ibgp => "iBGP",
        })
    }
}

/// Whether the sender of a packet that was too large is told so (ICMP type 3 code 4, RFC 1191 section 4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum Report {
    /// A message is sent to it; whether it arrives is another matter.
    Sent,
    /// The packet is dropped silently.
    Withheld,
}

/// The rule or route that decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum Rule {
    /// A route of a table.
    Route {
        /// The table.
        table: RouteTableId,
        /// The route's destination; there is one route per destination and table.
        destination: Destination,
    },
    /// No route of the table matched.
    NoRoute {
        /// The table.
        table: RouteTableId,
    },
    /// A route of a Transit Gateway's route table.
    TransitRoute {
        /// The table.
        table: TransitGatewayRouteTableId,
        /// The prefix that matched.
        prefix: Ipv4Net,
    },
    /// No route of a Transit Gateway's route table matched.
    NoTransitRoute {
        /// The table.
        table: TransitGatewayRouteTableId,
    },
    /// A route of a virtual private gateway.
    GatewayRoute {
        /// The gateway.
        gateway: VirtualPrivateGatewayId,
        /// The prefix that matched.
        prefix: Ipv4Net,
    },
    /// No route of a virtual private gateway matched.
    NoGatewayRoute {
        /// The gateway.
        gateway: VirtualPrivateGatewayId,
    },
    /// A rule of a security group, by its place in the list.
    SecurityGroupRule {
        /// The group.
        group: SecurityGroupId,
        /// Which of its two lists.
        direction: Direction,
        /// The rule's place in the list, from 0.
        index: u32,
    },
    /// The packet belongs to a connection that a security group tracks.
    ConnectionTracked {
        /// The group.
        group: SecurityGroupId,
    },
    /// None of a security group's rules matched; the group named is the interface's first.
    NoSecurityGroupRule {
        /// The group.
        group: SecurityGroupId,
        /// Which of its two lists.
        direction: Direction,
    },
    /// A numbered rule of a network ACL.
    AclRule {
        /// The list.
        acl: NetworkAclId,
        /// Which of its two lists.
        direction: Direction,
        /// The rule's number.
        number: u16,
    },
    /// The closing `*` rule of a network ACL, which denies.
    AclDefault {
        /// The list.
        acl: NetworkAclId,
        /// Which of its two lists.
        direction: Direction,
    },
    /// A statement of an interface endpoint's policy, by its place, or none of them.
    InterfaceEndpointPolicy {
        /// The endpoint.
        endpoint: InterfaceEndpointId,
        /// The statement's place, from 0.
        statement: Option<u32>,
    },
    /// A statement of a gateway endpoint's policy, by its place, or none of them.
    GatewayEndpointPolicy {
        /// The endpoint.
        endpoint: GatewayEndpointId,
        /// The statement's place, from 0.
        statement: Option<u32>,
    },
    /// The peering connection's own rule: no transit, no edge-to-edge routing.
    PeeringBoundary {
        /// The connection.
        peering: PeeringId,
    },
    /// A route of a router's forwarding table.
    FibRoute {
        /// The router.
        router: RouterId,
        /// The prefix that matched.
        prefix: Ipv4Net,
        /// Who offered the route.
        source: RouteSource,
    },
    /// No route of a router's forwarding table matched.
    NoFibRoute {
        /// The router.
        router: RouterId,
    },
    /// No route of a router's forwarding table matched, but it heard of the destination by BGP: it has no way to the next hop.
    NoWayToNextHop {
        /// The router.
        router: RouterId,
        /// The prefix that it heard of.
        prefix: Ipv4Net,
        /// The next hop.
        next_hop: Ipv4Addr,
    },
    /// The host's own firewall.
    HostFirewall {
        /// The host.
        host: HostId,
        /// Into or out of the host.
        direction: Direction,
    },
    /// A route of a host on a segment: one of its own, or its default gateway.
    HostRoute {
        /// The host.
        host: HostId,
        /// The prefix that matched.
        prefix: Ipv4Net,
    },
    /// A rule of a router's firewall, by its place in the list, or none of them.
    RouterFirewall {
        /// The router.
        router: RouterId,
        /// The rule's place, from 0.
        index: Option<u32>,
    },
    /// The packet belongs to a conversation that a router's firewall tracks.
    RouterTracked {
        /// The router.
        router: RouterId,
    },
    /// A router hides the sender behind the address of an interface.
    SourceNat {
        /// The router.
        router: RouterId,
    },
    /// The router that is active for a virtual gateway.
    VirtualGateway {
        /// The gateway.
        gateway: VirtualGatewayId,
    },
    /// Neither a route nor a default gateway of a host on a segment leads off it.
    NoHostRoute {
        /// The host.
        host: HostId,
    },
    /// The packet was larger than what a thing carries.
    Mtu {
        /// The thing.
        at: ResourceRef,
        /// The largest packet that it carries, in bytes.
        mtu_bytes: u16,
        /// The size of this one, in bytes.
        size_bytes: u16,
        /// Whether its sender is told.
        report: Report,
    },
}

impl Rule {
    /// The component that holds the rule.
    #[must_use]
    pub fn component(self) -> ResourceRef {
        match self {
            Self::Route { table, .. } | Self::NoRoute { table } => table.into(),
            Self::TransitRoute { table, .. } | Self::NoTransitRoute { table } => table.into(),
            Self::GatewayRoute { gateway, .. } | Self::NoGatewayRoute { gateway } => gateway.into(),
            Self::SecurityGroupRule { group, .. }
            | Self::ConnectionTracked { group }
            | Self::NoSecurityGroupRule { group, .. } => group.into(),
            Self::AclRule { acl, .. } | Self::AclDefault { acl, .. } => acl.into(),
            Self::InterfaceEndpointPolicy { endpoint, .. } => endpoint.into(),
            Self::GatewayEndpointPolicy { endpoint, .. } => endpoint.into(),
            Self::PeeringBoundary { peering } => peering.into(),
            Self::HostFirewall { host, .. } | Self::HostRoute { host, .. } | Self::NoHostRoute { host } => {
                host.into()
            }
            Self::VirtualGateway { gateway } => gateway.into(),
            Self::Mtu { at, .. } => at,
            Self::FibRoute { router, .. }
            | Self::NoFibRoute { router }
            | Self::NoWayToNextHop { router, .. }
            | Self::RouterFirewall { router, .. }
            | Self::RouterTracked { router }
            | Self::SourceNat { router } => router.into(),
        }
    }
}

/// Something was stopped: why, where, and by which rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub struct Refusal {
    /// What kind of thing went wrong.
    pub reason: Reason,
    /// The component that stopped it.
    pub at: ResourceRef,
    /// The rule that decided, where one did.
    pub rule: Option<Rule>,
}

impl Refusal {
    /// A refusal by the component itself.
    #[must_use]
    pub fn at(reason: Reason, at: impl Into<ResourceRef>) -> Self {
        Self {
            reason,
            at: at.into(),
            rule: None,
        }
    }
    /// A refusal by a rule.
    #[must_use]
    pub fn by(reason: Reason, rule: Rule) -> Self {
        Self {
            reason,
            at: rule.component(),
            rule: Some(rule),
        }
    }
}
