//! VPC endpoints: interface endpoints (PrivateLink) and gateway endpoints.
//!
//! Source: "Access an AWS service using an interface VPC endpoint" and "Gateway endpoints", AWS
//! PrivateLink Guide.

use crate::identity::Policy;
use crate::resource::{NetworkInterfaceId, PrefixListId, RegionId, RouteTableId, VpcId};

use super::Service;

/// Where an endpoint is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum EndpointState {
    /// It answers.
    Available,
    /// It was deleted; its names no longer resolve and its interfaces are gone.
    Deleted,
}

/// Whether the service's own public name resolves to the endpoint inside the VPC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum PrivateDns {
    /// No: only the endpoint's own names lead to it.
    Off,
    /// Yes, for everybody who asks the VPC's resolver.
    On,
    /// Only for questions that come through a Resolver inbound endpoint (S3 only).
    InboundResolverOnly,
}

/// An interface endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InterfaceEndpoint {
    /// The lab's name for it.
    pub name: String,
    /// The first label of its names: `vpce-` id, a dash and a suffix, as in
    /// `vpce-011cabf6ef5343038-v8dgdsnl`.
    pub label: String,
    /// The service that it leads to.
    pub service: Service,
    /// The Region that it and the service are in.
    pub region: RegionId,
    /// The VPC that it lives in.
    pub vpc: VpcId,
    /// One interface per chosen subnet, at most one per availability zone.
    pub interfaces: Vec<NetworkInterfaceId>,
    /// What may be asked through it.
    pub policy: Policy,
    /// Whether the public name resolves to it.
    pub private_dns: PrivateDns,
    /// Where it is in its life.
    pub state: EndpointState,
}

/// A gateway endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GatewayEndpoint {
    /// The lab's name for it.
    pub name: String,
    /// S3 or `DynamoDB`.
    pub service: Service,
    /// The Region that it and the service are in.
    pub region: RegionId,
    /// The VPC that it serves.
    pub vpc: VpcId,
    /// The service's addresses.
    pub prefix_list: PrefixListId,
    /// The tables that hold its route.
    pub route_tables: Vec<RouteTableId>,
    /// What may be asked through it.
    pub policy: Policy,
    /// Where it is in its life.
    pub state: EndpointState,
}
