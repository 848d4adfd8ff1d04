//! The parts of AWS that packets, names and requests meet: what each is configured as, and the
//! pure decisions that it makes. Knows nothing of the customer's side, of levers or of migration.
//!
//! # Fidelity
//! Simplified: each module says what it leaves out. Common to all: IPv4 only, one account, no path
//! MTU, and whatever is configured takes effect at once.

mod address;
mod change;
mod check;
mod check_resolver;
mod cloud;
pub mod direct_connect;
mod dns;
mod endpoint;
#[cfg(test)]
pub(crate) mod fixture;
mod gateway;
mod host_name;
mod interface;
pub mod latency;
pub mod mtu;
pub mod nat;
mod network_acl;
mod peering;
mod placement;
pub mod quota;
pub mod region;
mod resolver;
mod resolver_rule;
mod route_table;
mod security_group;
mod service;
pub mod tracking;
pub mod transit_gateway;
mod violation;
pub mod virtual_private_gateway;
mod vpc;
pub mod vpn;

pub use address::is_public;
pub use change::{Change, ChangeError};
pub use check::violations;
pub use cloud::Cloud;
pub use dns::{AWS_TTL, AskedBy, Ruling, bucket_in};
pub use endpoint::{EndpointState, GatewayEndpoint, InterfaceEndpoint, PrivateDns};
pub use gateway::{InternetGateway, NatConnectivity, NatGateway};
pub use host_name::{Api, HostName};
pub use interface::{Attached, InterfaceState, Interfaces, NetworkInterface, SourceDestinationCheck};
pub use network_acl::{AclAction, AclRule, NetworkAcl};
pub use peering::{Peering, PeeringState};
pub use placement::{RESERVED_AT_START, usable};
pub use region::{Region, Zone, ZoneState};
pub use resolver::{DnsRecord, EndpointDirection, HostedZone, ResolverEndpoint};
pub use resolver_rule::{ResolverRule, RuleAction, RuleChange};
pub use route_table::{PrefixList, Route, RouteChoice, RouteOrigin, RouteTable, RouteTarget};
pub use security_group::{GroupRule, GroupVerdict, RulePeer, SecurityGroup, Tracked};
pub use service::{Service, ServiceEndpoint};
pub use transit_gateway::{Attachment, AttachmentKind, TransitGateway, TransitGatewayRouteTable};
pub use violation::Violation;
pub use virtual_private_gateway::VirtualPrivateGateway;
pub use vpc::{DnsAttribute, NameServers, Subnet, TlsInspection, Vpc};

#[cfg(test)]
mod check_tests;
#[cfg(test)]
mod tests;
