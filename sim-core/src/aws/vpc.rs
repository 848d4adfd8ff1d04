//! Virtual private clouds and their subnets.
//!
//! # Fidelity
//! Simplified: IPv4 only. Of DHCP options there are the name servers; tenancy, flow logs, blocked
//! public access and shared subnets are left out. TLS inspection is a property of the VPC here,
//! where in life it is a proxy or firewall on the way. It sees what leaves the VPC's own address
//! blocks: a peer, and endpoints of a central VPC included. What stays within them, such as a
//! replication server's calls to an interface endpoint of its own VPC, is not inspected, as no route
//! leads it through a middlebox.
//!
//! Source: "How Amazon VPC works" and "DNS attributes for your VPC", Amazon VPC User Guide.

use std::net::Ipv4Addr;

use ipnet::Ipv4Net;

use crate::resource::{NetworkAclId, RegionId, RouteTableId, SecurityGroupId, VpcId, ZoneId};

/// Whether one of a VPC's two DNS attributes is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum DnsAttribute {
    /// The attribute is true.
    On,
    /// The attribute is false.
    Off,
}

/// Which name servers the VPC's DHCP options hand to its hosts.
#[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub enum NameServers {
    /// `AmazonProvidedDNS`: the Route 53 Resolver at the VPC's base address plus two.
    AmazonProvided,
    /// The customer's own, asked in this order.
    Custom(Vec<Ipv4Addr>),
}

/// A middlebox that opens TLS on its way out of the VPC.
#[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub enum TlsInspection {
    /// Nothing opens TLS.
    None,
    /// Everything but the exempt names (and their subdomains) is opened and re-signed by an
    /// authority that only the customer's own machines may trust.
    Inspected {
        /// Domain suffixes that pass unopened.
        exempt: Vec<String>,
    },
}

/// A VPC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vpc {
    /// The lab's name for it.
    pub name: String,
    /// Its Region.
    pub region: RegionId,
    /// Primary CIDR block first, then the secondary ones.
    pub cidrs: Vec<Ipv4Net>,
    /// `enableDnsSupport`; on by default.
    pub dns_support: DnsAttribute,
    /// `enableDnsHostnames`; off by default in a VPC that is not the default one.
    pub dns_hostnames: DnsAttribute,
    /// The name servers of its DHCP options.
    pub name_servers: NameServers,
    /// Used by subnets that name no route table of their own.
    pub main_route_table: RouteTableId,
    /// Given to interfaces for which no security group is named.
    pub default_security_group: SecurityGroupId,
    /// Whether TLS is opened on the way out.
    pub tls_inspection: TlsInspection,
}

impl Vpc {
    /// The address of the VPC's own resolver: the primary block's base plus two.
    #[must_use]
    pub fn resolver_address(&self) -> Option<Ipv4Addr> {
        let base = u32::from(self.cidrs.first()?.network());
        Some(Ipv4Addr::from(base.checked_add(2)?))
    }
    /// Whether one of the VPC's blocks holds `address`.
    #[must_use]
    pub fn contains(&self, address: Ipv4Addr) -> bool {
        self.cidrs.iter().any(|cidr| cidr.contains(&address))
    }
}

/// A subnet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subnet {
    /// The lab's name for it.
    pub name: String,
    /// Its VPC.
    pub vpc: VpcId,
    /// Its availability zone.
    pub zone: ZoneId,
    /// Its block, inside one of the VPC's.
    pub cidr: Ipv4Net,
    /// The route table that it is associated with, the VPC's main one among them.
    pub route_table: RouteTableId,
    /// The network ACL that it is associated with.
    pub network_acl: NetworkAclId,
}
