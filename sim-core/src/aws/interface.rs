//! Elastic network interfaces.

use std::net::Ipv4Addr;

use crate::resource::{
    HostId, InterfaceEndpointId, NatGatewayId, ResolverEndpointId, SecurityGroupId, SubnetId,
};

/// What an interface belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum Attached {
    /// An instance.
    Host(HostId),
    /// An interface endpoint.
    Endpoint(InterfaceEndpointId),
    /// A Resolver inbound endpoint.
    Resolver(ResolverEndpointId),
    /// A NAT gateway.
    NatGateway(NatGatewayId),
    /// Nothing any more: what it belonged to was terminated or deleted.
    Nothing,
}

/// Whether an interface drops packets that are neither from nor to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum SourceDestinationCheck {
    /// The default.
    On,
    /// For appliances that forward.
    Off,
}

/// A network interface.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NetworkInterface {
    /// The lab's name for it.
    pub name: String,
    /// Its subnet.
    pub subnet: SubnetId,
    /// Its private address.
    pub address: Ipv4Addr,
    /// Its public address, where it has one.
    pub public_address: Option<Ipv4Addr>,
    /// Its security groups; never empty.
    pub security_groups: Vec<SecurityGroupId>,
    /// What it belongs to.
    pub attached: Attached,
    /// Whether it refuses to forward.
    pub source_destination_check: SourceDestinationCheck,
}
