//! Direct Connect gateways and virtual interfaces: what crosses from the customer's side to AWS's and back.
//!
//! ```text
//!   customer router ══ connection ══ device at a location        one or more virtual interfaces on it
//!         └──────── virtual interface ────────┐
//!                                    Direct Connect gateway ── allowed prefixes ── Transit Gateway, or
//!                                                                                  virtual private gateways
//! ```
//!
//! # Fidelity
//! Simplified: a public virtual interface leads to tunnel endpoints only, not to other services; MACsec is left out. A
//! gateway acts like a Transit Gateway, after [`CONVERGENCE`](super::transit_gateway::CONVERGENCE).
//!
//! Sources: "Direct Connect gateways", "Allowed prefixes interactions", "Routing policies and BGP communities", AWS Direct
//! Connect User Guide.

mod edge;

use core::ops::RangeInclusive;
use std::net::Ipv4Addr;
use std::sync::Arc;

use ipnet::Ipv4Net;

use crate::net::prefix_table::PrefixTable;
use crate::proto::bgp::{AsPath, Asn};
use crate::resource::{
    AttachmentId, DirectConnectGatewayId, LinkId, RegionId, RouterId, TransitGatewayId, VirtualInterfaceId,
    VirtualPrivateGatewayId,
};
use crate::units::{BitRate, SimTime, Span};

pub use edge::{Preference, choose};

use super::Cloud;

/// The prefixes that AWS takes over one virtual interface ("AWS Direct Connect quotas").
pub const PREFIXES: u32 = 100;
/// How many may be allocated to it ("Inbound prefix controls").
pub const ALLOCATED_PREFIXES: u32 = 1_000;
/// What is allocated to all virtual interfaces of one Direct Connect gateway (same page).
pub const GATEWAY_PREFIXES: u32 = 10_000;
/// The prefixes that AWS takes over a public virtual interface (same page).
pub const PUBLIC_PREFIXES: u32 = 1_000;
/// AWS's own AS number, that of its end of a public virtual interface ("Routing policies and BGP communities").
pub const AWS_ASN: u32 = 7_224;
/// The length of the AS path of what AWS announces over a public virtual interface, at least (same page).
pub const PUBLIC_PATH: usize = 3;
/// With AWS's number in front, the community of what AWS announces from the virtual interface's own Region (same page).
pub const SAME_REGION: u32 = 8_100;
/// And of what it announces from the same continent (same page).
pub const SAME_CONTINENT: u32 = 8_200;
/// With AWS's number in front, the community by which the customer keeps a prefix within the virtual interface's own Region
/// (same page). With 7224:9300, or without any, it is known in all of them.
pub const LOCAL_REGION: u32 = 9_100;
/// And the one by which it keeps a prefix on the same continent (same page).
pub const LOCAL_CONTINENT: u32 = 9_200;
/// The prefixes that a Transit Gateway announces through a Direct Connect gateway (same page).
pub const ALLOWED_PREFIXES: usize = 200;
/// The Transit Gateways behind one Direct Connect gateway (same page).
pub const TRANSIT_GATEWAYS: usize = 6;
/// The virtual private gateways behind one Direct Connect gateway (same page).
pub const PRIVATE_GATEWAYS: usize = 20;
/// The virtual interfaces of one Direct Connect gateway (same page).
pub const GATEWAY_INTERFACES: usize = 30;
/// The lengths of a BGP key, in characters ("Create a virtual interface").
pub const KEY_LENGTHS: RangeInclusive<usize> = 6..=80;
/// The least interval of BFD at AWS's end ("Specific BGP settings").
pub const BFD_INTERVAL: Span = Span::millis(300);
/// The least multiplier of BFD at AWS's end (same page).
pub const BFD_MULTIPLIER: u8 = 3;
/// The speeds of a dedicated connection, in Gbps ("Dedicated connections").
pub const DEDICATED_GBPS: [u64; 4] = [1, 10, 100, 400];
/// The speeds of hosted connections, in Mbps ("Hosted connections").
pub const HOSTED_MBPS: [u64; 11] = [50, 100, 200, 300, 400, 500, 1_000, 2_000, 5_000, 10_000, 25_000];
/// The connections of one location ("AWS Direct Connect quotas").
pub const LOCATION_CONNECTIONS: usize = 10;
/// The link aggregation groups of one Region (same page).
pub const LAGS: usize = 10;
/// The connections of a link aggregation group (same page).
pub const LAG_MEMBERS: usize = 4;
/// The connections of a link aggregation group of large ports (same page).
pub const LARGE_LAG_MEMBERS: usize = 2;
/// A port from which on a group takes fewer.
pub const LARGE_PORT: BitRate = BitRate::gbps(100);
/// The private and public virtual interfaces of a dedicated connection or group (same page).
pub const PRIVATE_INTERFACES: usize = 50;
/// The transit virtual interfaces of a dedicated connection or group (same page).
pub const TRANSIT_INTERFACES: usize = 4;
/// All virtual interfaces of a dedicated connection or group (same page).
pub const INTERFACES: usize = 51;

/// A Direct Connect gateway.
#[derive(Debug, Clone)]
pub struct DirectConnectGateway {
    /// The lab's name for it.
    pub name: String,
    /// Its AS number.
    pub asn: Asn,
    /// What it has learned over its virtual interfaces, by prefix.
    pub installed: PrefixTable<Learned>,
}

/// What a Direct Connect gateway has learned of a prefix.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Learned {
    /// The virtual interfaces that lead there; several share the load.
    pub exits: Arc<[VirtualInterfaceId]>,
    /// The AS numbers that the best has come through.
    pub as_path: AsPath,
    /// MULTI_EXIT_DISC of the best.
    pub med: Option<u32>,
}

/// Where a virtual interface ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Terminus {
    /// A transit one, or a private one: at a Direct Connect gateway.
    DirectConnectGateway(DirectConnectGatewayId),
    /// A private one: at a virtual private gateway of the location's own Region.
    VirtualPrivateGateway(VirtualPrivateGatewayId),
    /// A public one: at the edge of AWS's network, where its public addresses are.
    PublicEdge,
}

/// Whether a virtual interface takes part in `SiteLink`: sites reach each other from one location to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SiteLink {
    /// It does.
    On,
    /// It leads to what is behind its gateway and nowhere else.
    Off,
}

/// A virtual interface.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VirtualInterface {
    /// The lab's name for it.
    pub name: String,
    /// The connection that it is on.
    pub connection: LinkId,
    /// The Region of the connection's location.
    pub region: RegionId,
    /// Where it ends.
    pub ends_at: Terminus,
    /// AWS's end of it.
    pub endpoint: RouterId,
    /// Its VLAN (IEEE 802.1Q).
    pub vlan: u16,
    /// Whether it leads to other sites, too.
    pub site_link: SiteLink,
    /// Until when its failover test lasts, where one is on.
    pub testing: Option<SimTime>,
}

/// A Transit Gateway behind a Direct Connect gateway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Association {
    /// The Direct Connect gateway.
    pub gateway: DirectConnectGatewayId,
    /// What the customer is told, word for word, whether or not any VPC has it.
    pub allowed: Vec<Ipv4Net>,
}

impl Cloud {
    /// The virtual interfaces that end somewhere.
    pub fn interfaces_at(
        &self,
        end: Terminus,
    ) -> impl Iterator<Item = (VirtualInterfaceId, &VirtualInterface)> {
        self.virtual_interfaces
            .iter()
            .filter(move |(_, row)| row.ends_at == end)
    }
    /// The Transit Gateways behind a Direct Connect gateway, each with the attachment and what it allows.
    pub fn associations_of(
        &self,
        gateway: DirectConnectGatewayId,
    ) -> impl Iterator<Item = (AttachmentId, TransitGatewayId, &Association)> {
        self.attachments
            .iter()
            .filter_map(move |(id, row)| match &row.kind {
                super::AttachmentKind::DirectConnect(association) if association.gateway == gateway => {
                    Some((id, row.gateway, association))
                }
                _ => None,
            })
    }
    /// The virtual interface by which what comes in by another one for `address` goes on to a site, where both are linked
    /// and nothing behind the gateway is announced that matches longer.
    #[must_use]
    pub fn site_for(&self, from: VirtualInterfaceId, address: Ipv4Addr) -> Option<VirtualInterfaceId> {
        let linked = |id| {
            let row = self.virtual_interfaces.get(id);
            row.filter(|row| row.site_link == SiteLink::On)
        };
        let Terminus::DirectConnectGateway(gateway) = linked(from)?.ends_at else {
            return None;
        };
        let installed = &self.direct_connect_gateways.get(gateway)?.installed;
        let (prefix, learned) = installed.longest_match(address)?;
        let allowed = self.associations_of(gateway);
        let allowed = allowed.flat_map(|(_, _, it)| it.allowed.iter().copied());
        let blocks = self.private_associations_of(gateway).flat_map(|(_, it)| it);
        let behind = allowed.chain(blocks).filter(|it| it.contains(&address));
        if behind.map(|it| it.prefix_len()).max() >= Some(prefix.prefix_len()) {
            return None;
        }
        let mut exits = learned.exits.iter().copied();
        exits.find(|exit| *exit != from && linked(*exit).is_some())
    }
    /// The attachment by which what comes over Direct Connect for `address` goes on: that of the longest allowed prefix.
    #[must_use]
    pub fn association_for(
        &self,
        gateway: DirectConnectGatewayId,
        address: Ipv4Addr,
    ) -> Option<AttachmentId> {
        let holds = |it: &Association| {
            let prefixes = it.allowed.iter().filter(|prefix| prefix.contains(&address));
            prefixes.map(Ipv4Net::prefix_len).max()
        };
        let all = self.associations_of(gateway);
        all.filter_map(|(id, _, it)| Some((holds(it)?, id)))
            .max_by_key(|(length, _)| *length)
            .map(|(_, id)| id)
    }
}
