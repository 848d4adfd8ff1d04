//! Direct Connect gateways and virtual interfaces: what crosses from the customer's side to AWS's and back.
//!
//! ```text
//!   customer router ══ connection ══ device at a location        one or more virtual interfaces on it
//!         └──────── virtual interface ────────┐
//!                                    Direct Connect gateway ── allowed prefixes ── Transit Gateway
//! ```
//!
//! # Fidelity
//! Simplified: transit virtual interfaces only; private and public ones, LAGs, SiteLink, MACsec, jumbo frames and the states
//! while something is being provisioned are left out. A gateway acts like a Transit Gateway, after
//! [`CONVERGENCE`](super::transit_gateway::CONVERGENCE).
//!
//! Sources: "Direct Connect gateways", "Allowed prefixes interactions", "Routing policies and BGP communities", AWS Direct
//! Connect User Guide.

mod edge;

use std::net::Ipv4Addr;
use std::sync::Arc;

use ipnet::Ipv4Net;

use crate::net::prefix_table::PrefixTable;
use crate::proto::bgp::{AsPath, Asn};
use crate::resource::{
    AttachmentId, DirectConnectGatewayId, LinkId, RegionId, RouterId, TransitGatewayId, VirtualInterfaceId,
};

pub use edge::{Preference, choose};

use super::Cloud;

/// The prefixes that AWS takes over one virtual interface ("AWS Direct Connect quotas").
pub const PREFIXES: u32 = 100;
/// The prefixes that a Transit Gateway announces through a Direct Connect gateway (same page).
pub const ALLOWED_PREFIXES: usize = 200;
/// The speeds of a dedicated connection, in Gbps ("Dedicated connections").
pub const DEDICATED_GBPS: [u64; 4] = [1, 10, 100, 400];

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

/// A virtual interface.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VirtualInterface {
    /// The lab's name for it.
    pub name: String,
    /// The connection that it is on.
    pub connection: LinkId,
    /// The Region of the connection's location.
    pub region: RegionId,
    /// The gateway that it leads to.
    pub gateway: DirectConnectGatewayId,
    /// AWS's end of it.
    pub endpoint: RouterId,
    /// Its VLAN (IEEE 802.1Q).
    pub vlan: u16,
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
    /// The virtual interfaces of a Direct Connect gateway.
    pub fn interfaces_of(
        &self,
        gateway: DirectConnectGatewayId,
    ) -> impl Iterator<Item = (VirtualInterfaceId, &VirtualInterface)> {
        self.virtual_interfaces
            .iter()
            .filter(move |(_, row)| row.gateway == gateway)
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
