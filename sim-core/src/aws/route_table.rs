//! Route tables and prefix lists.
//!
//! Source: "Configure route tables" and "Route priority", Amazon VPC User Guide.

use ipnet::Ipv4Net;

use crate::resource::{
    GatewayEndpointId, InternetGatewayId, NatGatewayId, NetworkInterfaceId, PeeringId, RegionId, VpcId,
};
use crate::verdict::Destination;

use super::Service;

/// A list of prefixes that routes and rules name as one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrefixList {
    /// The name, for example `com.amazonaws.ap-south-1.s3` for AWS's own.
    pub name: String,
    /// The Region in which it can be named.
    pub region: RegionId,
    /// The service whose public addresses it holds, where AWS manages it.
    pub service: Option<Service>,
    /// The prefixes.
    pub prefixes: Vec<Ipv4Net>,
}

/// Where a route sends packets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum RouteTarget {
    /// Inside the VPC.
    Local,
    /// Over a peering connection.
    Peering(PeeringId),
    /// To the internet.
    InternetGateway(InternetGatewayId),
    /// Through address translation.
    NatGateway(NatGatewayId),
    /// To S3 or `DynamoDB` through a gateway endpoint.
    GatewayEndpoint(GatewayEndpointId),
    /// To an appliance.
    NetworkInterface(NetworkInterfaceId),
    /// To something that has been deleted: the route is a black hole.
    Gone,
}

/// How a route came into the table; static ones win over propagated ones of the same prefix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum RouteOrigin {
    /// The local route of a CIDR block (`CreateRouteTable`).
    Local,
    /// Made by a person (`CreateRoute`), or by associating a gateway endpoint.
    Static,
    /// Learned from a virtual private gateway (`EnableVgwRoutePropagation`).
    Propagated,
}

/// One route.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub struct Route {
    /// What it matches.
    pub destination: Destination,
    /// Where it leads.
    pub target: RouteTarget,
    /// How it came here.
    pub origin: RouteOrigin,
}

/// A route table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RouteTable {
    /// The lab's name for it.
    pub name: String,
    /// Its VPC.
    pub vpc: VpcId,
    /// Its routes: the local ones first, then in the order they came.
    pub routes: Vec<Route>,
}
