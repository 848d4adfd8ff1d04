//! Regions, VPCs and everything in and between them.

use std::net::Ipv4Addr;

use ipnet::Ipv4Net;

use crate::aws::{AclAction, EndpointDirection, PeeringState, PrivateDns, Service};
use crate::identity::Effect;
use crate::net::{Mtu, PortRange, Protocol};
use crate::scenario::problem::{At, Problems};
use crate::scenario::read::{Entries, Need, Read, choices, section};
use crate::scenario::syntax::{Kind, Node};
use crate::units::{BitRate, Ppm, Span};

section! {
    /// A Region, under AWS's name for it.
    RegionText: "a Region `(zones: […])`" {
        zones: Vec<At<String>>,
        not_offered: Entries<Vec<At<String>>>,
    }
}

section! {
    /// A prefix list of the customer's.
    PrefixListText: "a prefix list `(region: …, prefixes: […])`" {
        region: Need<At<String>>,
        prefixes: Vec<At<Ipv4Net>>,
    }
}

section! {
    /// A VPC with everything that lives in it.
    VpcText: "a VPC `(region: …, cidrs: […], …)`" {
        region: Need<At<String>>,
        cidrs: Vec<At<Ipv4Net>>,
        enable_dns_support: Option<bool>,
        enable_dns_hostnames: Option<bool>,
        name_servers: Vec<Ipv4Addr>,
        tls_inspection: Option<InspectionText>,
        main_route_table: Option<At<String>>,
        subnets: Entries<SubnetText>,
        route_tables: Entries<RouteTableText>,
        security_groups: Entries<SecurityGroupText>,
        network_acls: Entries<NetworkAclText>,
        internet_gateway: Option<At<String>>,
        nat_gateways: Entries<NatText>,
        interface_endpoints: Entries<InterfaceEndpointText>,
        gateway_endpoints: Entries<GatewayEndpointText>,
        resolver_endpoints: Entries<ResolverEndpointText>,
    }
}

section! {
    /// A middlebox that opens TLS.
    InspectionText: "TLS inspection `(exempt: […])`" {
        exempt: Vec<String>,
    }
}

section! {
    SubnetText: "a subnet `(zone: …, cidr: …)`" {
        zone: Need<At<String>>,
        cidr: Need<At<Ipv4Net>>,
        route_table: Option<At<String>>,
        network_acl: Option<At<String>>,
    }
}

section! {
    RouteTableText: "a route table `(routes: {…})`" {
        routes: Entries<At<TargetText>>,
        /// The virtual private gateway whose routes go into it.
        propagation: Option<At<String>>,
    }
}

choices! {
    /// Where a route leads.
    TargetText: "a route target such as peering(\"name\")" {
        peering => Peering(At<String>),
        transit_gateway => TransitGateway(At<String>),
        virtual_private_gateway => VirtualPrivateGateway(At<String>),
        internet_gateway => InternetGateway(At<String>),
        nat_gateway => NatGateway(At<String>),
        interface => Interface(At<String>),
        gateway_endpoint => GatewayEndpoint(At<String>),
        local => Local,
        blackhole => Blackhole,
    }
}

/// What a route matches: a block of addresses, or a prefix list by name.
#[derive(Debug, Clone)]
pub(in crate::scenario) enum DestinationOf {
    Prefix(Ipv4Net),
    PrefixList(String),
}

impl DestinationOf {
    /// Reads the text of a destination: whatever is no block of addresses names a prefix list.
    pub(in crate::scenario) fn parse(text: &str) -> Self {
        match text.parse() {
            Ok(net) => Self::Prefix(net),
            Err(_) => Self::PrefixList(text.to_owned()),
        }
    }
}

section! {
    SecurityGroupText: "a security group `(ingress: […], egress: […])`" {
        ingress: Vec<IngressText>,
        /// Everything where left out, as AWS sets up a new group.
        egress: Option<Vec<EgressText>>,
    }
}

choices! {
    /// A protocol, or every one.
    ProtocolText: "a protocol: tcp, udp, icmp or any" {
        tcp => Tcp,
        udp => Udp,
        icmp => Icmp,
        any => Any,
    }
}

impl ProtocolText {
    pub(in crate::scenario) fn meant(&self) -> Option<Protocol> {
        match self {
            Self::Tcp => Some(Protocol::Tcp),
            Self::Udp => Some(Protocol::Udp),
            Self::Icmp => Some(Protocol::Icmp),
            Self::Any => None,
        }
    }
}

/// The other side of a security group's rule: a block of addresses in quotes, `group("name")` or
/// `prefix_list("name")`.
#[derive(Debug, Clone)]
pub(in crate::scenario) enum PeerText {
    Prefix(Ipv4Net),
    Group(At<String>),
    PrefixList(At<String>),
}

impl Read for PeerText {
    const EXPECTED: &'static str =
        "a block of addresses such as \"10.0.0.0/16\", group(\"name\") or prefix_list(\"name\")";
    fn read(node: &Node, problems: &mut Problems) -> Option<Self> {
        if let Kind::Text(_) = node.kind {
            return Ipv4Net::read(node, problems).map(Self::Prefix);
        }
        NamedPeerText::read(node, problems).map(|named| match named {
            NamedPeerText::Group(name) => Self::Group(name),
            NamedPeerText::PrefixList(name) => Self::PrefixList(name),
        })
    }
}

choices! {
    NamedPeerText: "a block of addresses such as \"10.0.0.0/16\", group(\"name\") or prefix_list(\"name\")" {
        group => Group(At<String>),
        prefix_list => PrefixList(At<String>),
    }
}

section! {
    IngressText: "an ingress rule `(protocol: tcp, ports: \"443\", from: …)`" {
        protocol: ProtocolText,
        ports: PortRange,
        from: PeerText,
    }
}

section! {
    EgressText: "an egress rule `(protocol: tcp, ports: \"443\", to: …)`" {
        protocol: ProtocolText,
        ports: PortRange,
        to: PeerText,
    }
}

section! {
    NetworkAclText: "a network ACL `(ingress: […], egress: […])`" {
        ingress: Vec<AclInText>,
        egress: Vec<AclOutText>,
    }
}

section! {
    AclInText: "an ingress rule `(number: 100, action: allow, protocol: tcp, ports: \"443\", from: …)`" {
        number: At<u16>,
        action: AclAction,
        protocol: ProtocolText,
        ports: PortRange,
        from: Ipv4Net,
    }
}

section! {
    AclOutText: "an egress rule `(number: 100, action: allow, protocol: tcp, ports: \"443\", to: …)`" {
        number: At<u16>,
        action: AclAction,
        protocol: ProtocolText,
        ports: PortRange,
        to: Ipv4Net,
    }
}

section! {
    VpcQuotasText: "raised quotas `(routes_per_table: 1000)`" {
        routes_per_table: Option<At<u32>>,
        peerings_per_vpc: Option<At<u32>>,
    }
}

section! {
    PeeringText: "a peering connection `(requester: …, accepter: …)`" {
        requester: Need<At<String>>,
        accepter: Need<At<String>>,
        state: Option<PeeringState>,
        delay: Option<Span>,
        rate: Option<At<BitRate>>,
        loss: Option<Ppm>,
        mtu: Option<Mtu>,
    }
}

section! {
    NatText: "a NAT gateway `(subnet: …)`" {
        subnet: Need<At<String>>,
        address: Option<At<Ipv4Addr>>,
        public_address: Option<Ipv4Addr>,
    }
}

section! {
    StatementText: "a policy statement `(effect: allow, actions: […], resources: […])`" {
        effect: Effect,
        principals: Option<Vec<String>>,
        actions: Option<Vec<String>>,
        resources: Option<Vec<String>>,
    }
}

section! {
    InterfaceEndpointText: "an interface endpoint `(service: …, subnets: […])`" {
        service: Need<At<Service>>,
        /// First label of its names; made up from the lab's name where left out.
        label: Option<At<String>>,
        subnets: Vec<At<String>>,
        addresses: Vec<At<Ipv4Addr>>,
        security_groups: Vec<At<String>>,
        policy: Option<Vec<StatementText>>,
        private_dns: Option<At<PrivateDns>>,
    }
}

section! {
    GatewayEndpointText: "a gateway endpoint `(service: s3, route_tables: […])`" {
        service: Need<At<Service>>,
        route_tables: Vec<At<String>>,
        policy: Option<Vec<StatementText>>,
    }
}

section! {
    ResolverEndpointText: "a Resolver endpoint `(subnets: […], security_groups: […])`" {
        /// Inbound where left out.
        direction: Option<EndpointDirection>,
        subnets: Vec<At<String>>,
        addresses: Vec<At<Ipv4Addr>>,
        security_groups: Vec<At<String>>,
    }
}

section! {
    /// A private hosted zone, under its domain.
    HostedZoneText: "a private hosted zone `(vpcs: […], records: {…})`" {
        vpcs: Vec<At<String>>,
        records: Entries<Vec<Ipv4Addr>>,
        ttl: Option<Span>,
    }
}

choices! {
    /// Whether a Resolver rule sends questions away or keeps them.
    RuleTypeText: "a rule type: forward or system" {
        forward => Forward,
        system => System,
    }
}

section! {
    ResolverRuleText: "a Resolver rule `(domain: …, endpoint: …, targets: […], vpcs: […])`" {
        domain: Need<At<String>>,
        /// Forwarding where left out.
        rule_type: Option<RuleTypeText>,
        endpoint: Option<At<String>>,
        targets: Vec<Ipv4Addr>,
        vpcs: Vec<At<String>>,
    }
}
