//! All AWS resources of a lab, in one plain, cloneable table per kind.
//!
//! # Fidelity
//! Simplified: one account, of which a lab shows what packets, names and requests meet. Subnets
//! shared between accounts, resource policies other than those of endpoints, and every service
//! behind its endpoint are left out.

use std::net::Ipv4Addr;

use crate::kernel::Arena;
use crate::resource::{NetworkInterfaceId, PeeringId, RegionId, ServiceEndpointId, SubnetId, VpcId, kind};

use super::direct_connect::{DirectConnectGateway, VirtualInterface};
use super::quota::Quotas;
use super::{
    Attachment, GatewayEndpoint, HostedZone, InterfaceEndpoint, Interfaces, InternetGateway, NatGateway,
    NetworkAcl, Peering, PeeringState, PrefixList, Region, ResolverEndpoint, ResolverRule, RouteTable,
    SecurityGroup, ServiceEndpoint, Subnet, TransitGateway, TransitGatewayRouteTable, VirtualPrivateGateway,
    Vpc, Zone, ZoneState,
};

/// The AWS side of a lab.
#[derive(Debug, Clone, Default)]
pub struct Cloud {
    /// What AWS has raised.
    pub quotas: Quotas,
    /// Regions.
    pub regions: Arena<Region, kind::Region>,
    /// Availability zones.
    pub zones: Arena<Zone, kind::Zone>,
    /// Virtual private clouds.
    pub vpcs: Arena<Vpc, kind::Vpc>,
    /// Subnets.
    pub subnets: Arena<Subnet, kind::Subnet>,
    /// Route tables.
    pub route_tables: Arena<RouteTable, kind::RouteTable>,
    /// Prefix lists, those that AWS manages among them.
    pub prefix_lists: Arena<PrefixList, kind::PrefixList>,
    /// Security groups.
    pub security_groups: Arena<SecurityGroup, kind::SecurityGroup>,
    /// Network ACLs.
    pub network_acls: Arena<NetworkAcl, kind::NetworkAcl>,
    /// Network interfaces.
    pub interfaces: Interfaces,
    /// Internet gateways.
    pub internet_gateways: Arena<InternetGateway, kind::InternetGateway>,
    /// NAT gateways.
    pub nat_gateways: Arena<NatGateway, kind::NatGateway>,
    /// VPC peering connections.
    pub peerings: Arena<Peering, kind::Peering>,
    /// Transit Gateways.
    pub transit_gateways: Arena<TransitGateway, kind::TransitGateway>,
    /// What is joined to them.
    pub attachments: Arena<Attachment, kind::Attachment>,
    /// Their route tables.
    pub transit_gateway_route_tables: Arena<TransitGatewayRouteTable, kind::TransitGatewayRouteTable>,
    /// Virtual private gateways.
    pub virtual_private_gateways: Arena<VirtualPrivateGateway, kind::VirtualPrivateGateway>,
    /// Direct Connect gateways.
    pub direct_connect_gateways: Arena<DirectConnectGateway, kind::DirectConnectGateway>,
    /// Virtual interfaces.
    pub virtual_interfaces: Arena<VirtualInterface, kind::VirtualInterface>,
    /// Interface endpoints.
    pub interface_endpoints: Arena<InterfaceEndpoint, kind::InterfaceEndpoint>,
    /// Gateway endpoints.
    pub gateway_endpoints: Arena<GatewayEndpoint, kind::GatewayEndpoint>,
    /// Public endpoints of AWS services.
    pub services: Arena<ServiceEndpoint, kind::ServiceEndpoint>,
    /// Route 53 private hosted zones.
    pub hosted_zones: Arena<HostedZone, kind::HostedZone>,
    /// Route 53 Resolver endpoints.
    pub resolver_endpoints: Arena<ResolverEndpoint, kind::ResolverEndpoint>,
    /// Route 53 Resolver rules.
    pub resolver_rules: Arena<ResolverRule, kind::ResolverRule>,
}

impl Cloud {
    /// The VPC that an interface is in.
    #[must_use]
    pub fn vpc_of(&self, interface: NetworkInterfaceId) -> Option<VpcId> {
        let subnet = self.interfaces.get(interface)?.subnet;
        Some(self.subnets.get(subnet)?.vpc)
    }
    /// Whether the availability zone of a subnet works.
    #[must_use]
    pub fn zone_state(&self, subnet: SubnetId) -> Option<ZoneState> {
        let zone = self.subnets.get(subnet)?.zone;
        Some(self.zones.get(zone)?.state)
    }
    /// The interface in `vpc` that holds the private `address`.
    #[must_use]
    pub fn interface_at(&self, vpc: VpcId, address: Ipv4Addr) -> Option<NetworkInterfaceId> {
        self.subnets
            .iter()
            .filter(|(_, subnet)| subnet.vpc == vpc && subnet.cidr.contains(&address))
            .find_map(|(id, _)| self.interfaces.at(id, address))
    }
    /// The active peering connections of `vpc`, each with the VPC on the other side.
    pub fn active_peers(&self, vpc: VpcId) -> impl Iterator<Item = (PeeringId, VpcId)> {
        self.peerings.iter().filter_map(move |(id, peering)| {
            let other = peering.other_side(vpc)?;
            (peering.state == PeeringState::Active).then_some((id, other))
        })
    }
    /// The service in `region`, or in any Region, that a public address belongs to.
    #[must_use]
    pub fn service_at(&self, address: Ipv4Addr, region: Option<RegionId>) -> Option<ServiceEndpointId> {
        self.services
            .iter()
            .find(|(_, service)| {
                region.is_none_or(|region| service.region == region) && service.addresses.contains(&address)
            })
            .map(|(id, _)| id)
    }
}
