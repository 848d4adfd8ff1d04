//! Virtual private gateways: the VPC's own end of Site-to-Site VPN and of private virtual interfaces.
//!
//! ```text
//!   VPC ── virtual private gateway ─┬─ tunnel endpoints of VPN connections
//!    ▲            │                 ├─ private virtual interfaces
//!    └ propagated ┘                 └─ Direct Connect gateway ── private virtual interfaces
//! ```
//!
//! What it learns from one site it tells the others (CloudHub), so that sites reach each other through it; what comes by
//! a Direct Connect gateway reaches the VPC and nothing else.
//!
//! # Fidelity
//! Simplified: a gateway acts like a Transit Gateway, after [`CONVERGENCE`](super::transit_gateway::CONVERGENCE); the
//! aggregate of 1.25 Gbps over all its VPN connections is left out.
//!
//! Sources: "Route tables and Site-to-Site VPN route priority" and "Secure communication between Site-to-Site VPN
//! connections using VPN `CloudHub`", AWS Site-to-Site VPN User Guide; "Allowed prefixes interactions for Direct Connect
//! gateways", AWS Direct Connect User Guide.

mod choice;

use std::net::Ipv4Addr;
use std::sync::Arc;

use ipnet::Ipv4Net;

use crate::net::prefix_table::PrefixTable;
use crate::proto::bgp::{AsPath, Asn};
use crate::reason::Reason;
use crate::resource::{DirectConnectGatewayId, RouterId, VirtualInterfaceId, VirtualPrivateGatewayId, VpcId};
use crate::verdict::{Destination, Refusal, Rule};

pub use choice::{Candidate, Class, best};

use super::transit_gateway::VpnRouting;
use super::{Cloud, Route, RouteOrigin, RouteTarget};

/// The prefixes that a gateway takes over a VPN connection ("Site-to-Site VPN quotas").
pub const PREFIXES: u32 = 100;
/// The static routes of a VPN connection (same page).
pub const STATIC_PREFIXES: usize = 100;
/// The VPN connections of a gateway (same page).
pub const CONNECTIONS: usize = 10;
/// The routes that a gateway propagates into one route table ("Amazon VPC quotas"); what is beyond is missing there
/// without a word.
pub const PROPAGATED: usize = 100;

/// A virtual private gateway.
#[derive(Debug, Clone)]
pub struct VirtualPrivateGateway {
    /// The lab's name for it.
    pub name: String,
    /// The VPC that it is attached to; sites reach each other through one that is attached to none, too.
    pub vpc: Option<VpcId>,
    /// Its AS number.
    pub asn: Asn,
    /// Its VPN connections.
    pub connections: Vec<Connection>,
    /// The Direct Connect gateway that it is behind, where it is.
    pub association: Option<Association>,
    /// What it forwards by at present.
    pub installed: PrefixTable<Installed>,
}

/// A Site-to-Site VPN connection to a virtual private gateway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Connection {
    /// The lab's name for it.
    pub name: String,
    /// The lab's name for its customer gateway.
    pub customer_gateway: String,
    /// Its two tunnel endpoints.
    pub endpoints: Vec<RouterId>,
    /// How it is routed.
    pub routing: VpnRouting,
    /// What is behind it, where somebody wrote that down.
    pub prefixes: Vec<Ipv4Net>,
}

/// A virtual private gateway behind a Direct Connect gateway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Association {
    /// The lab's name for it.
    pub name: String,
    /// The Direct Connect gateway.
    pub gateway: DirectConnectGatewayId,
    /// Which blocks of the VPC the customer is told: those that one of these equals or contains. All where nothing is
    /// said.
    pub allowed: Option<Vec<Ipv4Net>>,
}

/// A way out of a gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum Exit {
    /// Into its VPC.
    Vpc(VpcId),
    /// By a tunnel endpoint.
    Tunnel(RouterId),
    /// By a private virtual interface that ends at it.
    Interface(VirtualInterfaceId),
    /// By the Direct Connect gateway that it is behind.
    DirectConnect(DirectConnectGatewayId),
}

/// What a gateway forwards a prefix by.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Installed {
    /// What it comes from.
    pub class: Class,
    /// Where it leads; several, all of Direct Connect, share the load.
    pub exits: Arc<[Exit]>,
    /// The AS numbers that it has come through.
    pub as_path: AsPath,
}

/// The route that a gateway chose for an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Choice<'a> {
    /// The route as a rule, for evidence.
    pub rule: Rule,
    /// What is installed.
    pub installed: &'a Installed,
}

impl Cloud {
    /// The virtual private gateway of a VPC, of which there is at most one.
    #[must_use]
    pub fn virtual_private_gateway_of(&self, vpc: VpcId) -> Option<VirtualPrivateGatewayId> {
        let mut all = self.virtual_private_gateways.iter();
        all.find(|(_, row)| row.vpc == Some(vpc)).map(|(id, _)| id)
    }
    /// The blocks of the VPC that is attached to a gateway.
    #[must_use]
    pub fn blocks_behind(&self, gateway: &VirtualPrivateGateway) -> &[Ipv4Net] {
        let vpc = gateway.vpc.and_then(|vpc| self.vpcs.get(vpc));
        vpc.map_or(&[], |vpc| &vpc.cidrs)
    }
    /// The virtual private gateways behind a Direct Connect gateway, each with the blocks that it has announced there.
    pub fn private_associations_of(
        &self,
        gateway: DirectConnectGatewayId,
    ) -> impl Iterator<Item = (VirtualPrivateGatewayId, Vec<Ipv4Net>)> {
        self.virtual_private_gateways.iter().filter_map(move |(id, row)| {
            let association = row.association.as_ref().filter(|it| it.gateway == gateway)?;
            let is_allowed = |block: &Ipv4Net| match &association.allowed {
                None => true,
                Some(allowed) => allowed.iter().any(|it| it.contains(block)),
            };
            let blocks = self.blocks_behind(row).iter().copied();
            Some((id, blocks.filter(is_allowed).collect()))
        })
    }
    /// The virtual private gateway behind a Direct Connect gateway whose VPC has the address, where it is announced.
    #[must_use]
    pub fn private_association_for(
        &self,
        gateway: DirectConnectGatewayId,
        address: Ipv4Addr,
    ) -> Option<VirtualPrivateGatewayId> {
        let mut all = self.private_associations_of(gateway);
        all.find(|(_, blocks)| blocks.iter().any(|block| block.contains(&address)))
            .map(|(id, _)| id)
    }
    /// Writes what a gateway has learned into the route tables of its VPC that take it, the lowest prefixes first.
    pub fn propagate(&mut self, gateway: VirtualPrivateGatewayId) {
        let Some(row) = self.virtual_private_gateways.get(gateway) else {
            return;
        };
        let target = RouteTarget::VirtualPrivateGateway(gateway);
        let origin = RouteOrigin::Propagated;
        let learned = row.installed.iter().filter(|(_, it)| it.class != Class::Vpc);
        let route = |(prefix, _)| Route {
            destination: Destination::Prefix(prefix),
            target,
            origin,
        };
        let routes: Vec<Route> = learned.map(route).take(PROPAGATED).collect();
        for (_, table) in self.route_tables.iter_mut() {
            table
                .routes
                .retain(|it| (it.origin, it.target) != (origin, target));
            if table.propagation == Some(gateway) {
                table.routes.extend(&routes);
            }
        }
    }
    /// The route by which a virtual private gateway sends what is for `address`.
    ///
    /// # Errors
    /// [`Reason::NoRoute`] where no route matches.
    pub fn private_route(
        &self,
        gateway: VirtualPrivateGatewayId,
        address: Ipv4Addr,
    ) -> Result<Choice<'_>, Refusal> {
        let no_route = Refusal::by(Reason::NoRoute, Rule::NoGatewayRoute { gateway });
        let row = self.virtual_private_gateways.get(gateway).ok_or(no_route)?;
        let (prefix, installed) = row.installed.longest_match(address).ok_or(no_route)?;
        let rule = Rule::GatewayRoute { gateway, prefix };
        Ok(Choice { rule, installed })
    }
}
