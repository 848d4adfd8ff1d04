//! The parts of AWS that packets, names and requests meet: what each is configured as, and the
//! pure decisions that it makes. Knows nothing of the customer's side, of levers or of migration.

mod cloud;
mod endpoint;
mod gateway;
mod interface;
mod network_acl;
mod peering;
mod region;
mod resolver;
mod route_table;
mod security_group;
mod service;
mod vpc;

pub use cloud::Cloud;
pub use endpoint::{EndpointState, GatewayEndpoint, InterfaceEndpoint, PrivateDns};
pub use gateway::{InternetGateway, NatConnectivity, NatGateway};
pub use interface::{Attached, NetworkInterface, SourceDestinationCheck};
pub use network_acl::{AclAction, AclRule, NetworkAcl};
pub use peering::{Peering, PeeringState};
pub use region::{Region, Zone};
pub use resolver::{DnsRecord, HostedZone, ResolverEndpoint};
pub use route_table::{PrefixList, Route, RouteOrigin, RouteTable, RouteTarget};
pub use security_group::{GroupRule, RulePeer, SecurityGroup};
pub use service::{Service, ServiceEndpoint};
pub use vpc::{DnsAttribute, NameServers, Subnet, TlsInspection, Vpc};
