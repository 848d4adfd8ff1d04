//! Transit Gateways: attachments, route tables, and the choice among the routes that attachments propagate.
//!
//! ```text
//!   VPC ── attachment ─┐ association: which table is asked for traffic from it
//!                      ├─▶ route table ──▶ attachment ──▶ VPC, VPN tunnel, peer
//!   VPN ── attachment ─┘ propagation: into which tables its prefixes go
//! ```
//!
//! # Fidelity
//! Simplified: prefix lists, policy tables, Connect attachments over a VPC, multicast and sharing between accounts are left
//! out; an attachment is available from the beginning and a change takes effect after [`CONVERGENCE`]. Network ACLs of
//! an attachment's subnets filter what leaves the gateway towards the VPC and not what enters it.
//!
//! Sources: "How transit gateways work", "Transit gateway attachments to a VPC", "Transit gateway peering attachments",
//! Amazon VPC Transit Gateways.

mod change;
mod choice;
mod table;

use ipnet::Ipv4Net;

use crate::net::Mtu;
use crate::proto::bgp::Asn;
use crate::resource::{
    AttachmentId, RegionId, RouterId, SubnetId, TransitGatewayId, TransitGatewayRouteTableId, VpcId, ZoneId,
};
use crate::units::Span;

pub use change::TransitChange;
pub use choice::{Candidate, Class, choose};
pub use table::{Installed, TransitChoice, TransitGatewayRouteTable, TransitRoute, VpcBlocks};

use super::direct_connect::Association;
use super::mtu::{self, PathMtuDiscovery};
use super::{Cloud, PeeringState};

/// How long a gateway takes to act on what it has learned. AWS publishes no figure; its own examples show seconds.
pub const CONVERGENCE: Span = Span::secs(1);
/// The AS number of a gateway that is not given one ("Create a transit gateway").
pub const DEFAULT_ASN: u32 = 64_512;
/// The AS numbers that a gateway may have ("Create a transit gateway").
pub const ASNS: [core::ops::RangeInclusive<u32>; 2] = [64_512..=65_534, 4_200_000_000..=4_294_967_294];

/// Whether a gateway spreads flows over VPN tunnels that lead to the same prefix alike ("VPN ECMP support").
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum VpnEcmp {
    /// It does, where the tunnels' routes come by BGP.
    On,
    /// It keeps to one.
    Off,
}

/// The Transit Gateways of a Region ("Transit gateway quotas", Amazon VPC Transit Gateways).
pub const GATEWAYS_PER_REGION: usize = 5;
/// The Transit Gateways that one VPC is attached to (same page).
pub const GATEWAYS_PER_VPC: usize = 5;

/// A Transit Gateway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransitGateway {
    /// The lab's name for it.
    pub name: String,
    /// Its Region.
    pub region: RegionId,
    /// Its AS number towards VPN and peers of BGP.
    pub asn: Asn,
    /// Whether it spreads flows over VPN tunnels.
    pub vpn_ecmp: VpnEcmp,
    /// The blocks from which the ends of private tunnels have their addresses ("Transit gateway CIDR blocks").
    pub cidrs: Vec<Ipv4Net>,
    /// Which packets that are too large it reports.
    pub path_mtu_discovery: PathMtuDiscovery,
}

/// Whether a VPC attachment keeps both directions of a flow in one availability zone ("Appliance mode").
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum ApplianceMode {
    /// One zone for each flow, chosen by the flow and kept in both directions.
    Enabled,
    /// The zone that the traffic comes from, where the attachment has a subnet in it.
    Disabled,
}

/// Something joined to a Transit Gateway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// The lab's name for it.
    pub name: String,
    /// The gateway.
    pub gateway: TransitGatewayId,
    /// What is joined.
    pub kind: AttachmentKind,
    /// The table that is asked for traffic from it; without one nothing is forwarded.
    pub association: Option<TransitGatewayRouteTableId>,
    /// Where the tunnels end that ride on it.
    pub underlay: Option<RouterId>,
}

/// What an attachment joins to its gateway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AttachmentKind {
    /// A VPC, by at most one subnet in each availability zone.
    Vpc {
        /// The VPC.
        vpc: VpcId,
        /// The subnets.
        subnets: Vec<SubnetId>,
        /// Whether flows keep to one zone.
        appliance_mode: ApplianceMode,
    },
    /// A Site-to-Site VPN connection, or a Connect attachment, whose tunnels are of GRE.
    Vpn {
        /// Its two tunnel endpoints, or the peers of a Connect attachment.
        endpoints: Vec<RouterId>,
        /// How it is routed.
        routing: VpnRouting,
        /// What its tunnels are, and run over.
        overlay: Overlay,
    },
    /// A Direct Connect gateway.
    DirectConnect(Association),
    /// One half of a peering attachment; the other is the peer gateway's.
    Peering {
        /// The other half.
        peer: AttachmentId,
        /// Where it is in its life.
        state: PeeringState,
        /// One way between the two gateways.
        delay: Span,
    },
}

/// What the tunnels of an attachment are, and run over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum Overlay {
    /// IPsec between public addresses.
    PublicVpn,
    /// IPsec between private addresses, over another attachment ("Private IP AWS Site-to-Site VPN with AWS Direct
    /// Connect").
    PrivateVpn {
        /// That attachment.
        transport: AttachmentId,
    },
    /// GRE over another attachment ("Connect attachments and Connect peers").
    Connect {
        /// That attachment.
        transport: AttachmentId,
    },
}

impl Overlay {
    /// The attachment that the tunnels ride on; none where that is the internet.
    #[must_use]
    pub const fn transport(self) -> Option<AttachmentId> {
        match self {
            Self::PublicVpn => None,
            Self::PrivateVpn { transport } | Self::Connect { transport } => Some(transport),
        }
    }
}

/// How a Site-to-Site VPN connection is routed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum VpnRouting {
    /// By BGP in each tunnel.
    Bgp,
    /// By routes that somebody writes down.
    Static,
}

/// A way out of a gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub struct Exit {
    /// By which attachment.
    pub attachment: AttachmentId,
    /// Of a VPN attachment, by which tunnel endpoint.
    pub endpoint: Option<RouterId>,
}

impl Attachment {
    /// Whether its tunnels are of GRE: what is behind such a one is told by BGP alone ("Connect attachments and Connect
    /// peers").
    #[must_use]
    pub const fn is_connect(&self) -> bool {
        matches!(
            self.kind,
            AttachmentKind::Vpn {
                overlay: Overlay::Connect { .. },
                ..
            }
        )
    }
    /// Whether it joins this VPC to this gateway.
    #[must_use]
    pub fn joins(&self, gateway: TransitGatewayId, vpc: VpcId) -> bool {
        let of_vpc = matches!(self.kind, AttachmentKind::Vpc { vpc: joined, .. } if joined == vpc);
        self.gateway == gateway && of_vpc
    }
    /// The largest packet that goes through it.
    #[must_use]
    pub const fn mtu(&self) -> Mtu {
        match self.kind {
            AttachmentKind::Vpn { .. } => mtu::TRANSIT_VPN,
            AttachmentKind::Vpc { .. }
            | AttachmentKind::DirectConnect(_)
            | AttachmentKind::Peering { .. } => mtu::TRANSIT_GATEWAY,
        }
    }
    /// How routes from it rank.
    #[must_use]
    pub const fn class(&self) -> Class {
        match self.kind {
            AttachmentKind::Vpc { .. } => Class::Vpc,
            AttachmentKind::Vpn {
                overlay: Overlay::Connect { .. },
                ..
            } => Class::Connect,
            AttachmentKind::Vpn {
                overlay: Overlay::PrivateVpn { .. },
                ..
            } => Class::PrivateVpn,
            AttachmentKind::Vpn {
                overlay: Overlay::PublicVpn,
                ..
            } => Class::Vpn,
            AttachmentKind::DirectConnect(_) => Class::DirectConnect,
            AttachmentKind::Peering { .. } => Class::Peering,
        }
    }
}

impl Cloud {
    /// Whether an address is of a gateway's own blocks.
    #[must_use]
    pub fn owns_address(&self, gateway: TransitGatewayId, address: std::net::Ipv4Addr) -> bool {
        let row = self.transit_gateways.get(gateway);
        row.is_some_and(|row| row.cidrs.iter().any(|cidr| cidr.contains(&address)))
    }
    /// The attachment that joins a VPC to a gateway.
    #[must_use]
    pub fn attachment_of(&self, gateway: TransitGatewayId, vpc: VpcId) -> Option<AttachmentId> {
        let mut all = self.attachments.iter();
        all.find(|(_, row)| row.joins(gateway, vpc)).map(|(id, _)| id)
    }
    /// The subnet of a VPC attachment that stands in a zone.
    #[must_use]
    pub fn attachment_subnet(&self, subnets: &[SubnetId], zone: ZoneId) -> Option<SubnetId> {
        let stands_in = |subnet: &&SubnetId| self.subnets.get(**subnet).map(|row| row.zone) == Some(zone);
        subnets.iter().find(stands_in).copied()
    }
    /// What an attachment propagates by itself: the blocks of its VPC. Peering attachments propagate nothing, and what
    /// comes by BGP is learned elsewhere.
    #[must_use]
    pub fn own_prefixes(&self, attachment: &Attachment) -> &[Ipv4Net] {
        match attachment.kind {
            AttachmentKind::Vpc { vpc, .. } => self.vpcs.get(vpc).map_or(&[], |row| &row.cidrs),
            AttachmentKind::Vpn { .. }
            | AttachmentKind::DirectConnect(_)
            | AttachmentKind::Peering { .. } => &[],
        }
    }
}
