//! Internet gateways and NAT gateways.
//!
//! # Fidelity
//! Simplified: an internet gateway never limits what it carries. A NAT gateway has one address;
//! further ones, egress-only internet gateways and the limits on packets per second are left out.
//! How addresses are translated is simplified in [`super::nat`].
//!
//! Source: "Internet gateways" and "NAT gateways", Amazon VPC User Guide.

use std::net::Ipv4Addr;

use crate::resource::{NetworkInterfaceId, VpcId};

/// An internet gateway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InternetGateway {
    /// The lab's name for it.
    pub name: String,
    /// The VPC that it is attached to.
    pub vpc: VpcId,
}

/// What a NAT gateway connects to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum NatConnectivity {
    /// The internet, with this elastic address.
    Public(Ipv4Addr),
    /// Other private networks, with the interface's own address.
    Private,
}

/// A NAT gateway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NatGateway {
    /// The lab's name for it.
    pub name: String,
    /// Its interface, in the subnet that it lives in.
    pub interface: NetworkInterfaceId,
    /// What it connects to.
    pub connectivity: NatConnectivity,
}
