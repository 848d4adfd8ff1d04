//! All AWS resources of a lab, in one plain, cloneable table per kind.

use crate::kernel::Arena;
use crate::resource::kind;

use super::{
    GatewayEndpoint, HostedZone, InterfaceEndpoint, InternetGateway, NatGateway, NetworkAcl,
    NetworkInterface, Peering, PrefixList, Region, ResolverEndpoint, RouteTable, SecurityGroup,
    ServiceEndpoint, Subnet, Vpc, Zone,
};

/// The AWS side of a lab.
#[derive(Debug, Clone, Default)]
pub struct Cloud {
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
    pub interfaces: Arena<NetworkInterface, kind::NetworkInterface>,
    /// Internet gateways.
    pub internet_gateways: Arena<InternetGateway, kind::InternetGateway>,
    /// NAT gateways.
    pub nat_gateways: Arena<NatGateway, kind::NatGateway>,
    /// VPC peering connections.
    pub peerings: Arena<Peering, kind::Peering>,
    /// Interface endpoints.
    pub interface_endpoints: Arena<InterfaceEndpoint, kind::InterfaceEndpoint>,
    /// Gateway endpoints.
    pub gateway_endpoints: Arena<GatewayEndpoint, kind::GatewayEndpoint>,
    /// Public endpoints of AWS services.
    pub services: Arena<ServiceEndpoint, kind::ServiceEndpoint>,
    /// Route 53 private hosted zones.
    pub hosted_zones: Arena<HostedZone, kind::HostedZone>,
    /// Route 53 Resolver inbound endpoints.
    pub resolver_endpoints: Arena<ResolverEndpoint, kind::ResolverEndpoint>,
}
