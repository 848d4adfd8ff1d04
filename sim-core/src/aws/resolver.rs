//! Route 53: private hosted zones and Resolver endpoints.
//!
//! # Fidelity
//! Simplified: DNS over HTTPS, inbound delegation, query logging and the queries per second that an
//! address takes (about 10,000) are left out; an endpoint is there from the beginning, where AWS
//! takes one to two minutes. Of records there are those of type A, with simple routing.
//!
//! Source: "Resolving DNS queries between VPCs and your network" and "Considerations when working
//! with a private hosted zone", Amazon Route 53 Developer Guide.

use std::net::Ipv4Addr;

use crate::resource::{NetworkInterfaceId, VpcId};
use crate::units::Span;

/// An address record.
#[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct DnsRecord {
    /// The full name, in lower case, without the closing dot.
    pub name: String,
    /// The addresses.
    pub addresses: Vec<Ipv4Addr>,
    /// How long an answer may be kept.
    pub ttl: Span,
}

/// A private hosted zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostedZone {
    /// The domain that it owns, in lower case, without the closing dot.
    pub domain: String,
    /// The VPCs whose resolvers answer from it.
    pub vpcs: Vec<VpcId>,
    /// Its records.
    pub records: Vec<DnsRecord>,
}

/// Which way questions go through a Resolver endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum EndpointDirection {
    /// From outside to the VPC's resolver, as which its interfaces answer.
    Inbound,
    /// From VPCs' resolvers to the outside, as rules say.
    Outbound,
}

/// A Resolver endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResolverEndpoint {
    /// The lab's name for it.
    pub name: String,
    /// Which way it is for.
    pub direction: EndpointDirection,
    /// The VPC that its interfaces are in; an inbound one opens its resolver to the outside.
    pub vpc: VpcId,
    /// Its interfaces; AWS asks for at least two.
    pub interfaces: Vec<NetworkInterfaceId>,
}
