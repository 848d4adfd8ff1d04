//! What AWS would refuse to create.
//!
//! # Fidelity
//! Simplified: codes and wording are ours; AWS answers each API call with an error code of its own.
//! What AWS refuses and this does not is said in [`super::check`].

use std::net::Ipv4Addr;

use ipnet::Ipv4Net;

use crate::resource::{
    GatewayEndpointId, HostedZoneId, InterfaceEndpointId, NetworkAclId, NetworkInterfaceId, PeeringId,
    ResolverEndpointId, ResolverRuleId, ResourceRef, RouteTableId, SecurityGroupId, SubnetId, VpcId, ZoneId,
};
use crate::verdict::{Destination, Direction};

use super::quota;

/// One thing in a cloud that AWS would refuse.
///
/// The messages name no resources: whoever shows one knows the names, and [`Violation::subject`]
/// and the fields say which they are.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize, thiserror::Error,
)]
pub enum Violation {
    /// A VPC's block is not between /16 and /28, or its address is not the first of the block.
    #[error("a VPC's CIDR block is between /16 and /28, {cidr} is not")]
    VpcCidrSize { vpc: VpcId, cidr: Ipv4Net },
    /// A VPC has no block, or too many.
    #[error("a VPC has 1 to {} CIDR blocks, this one has {count}", quota::CIDRS_PER_VPC)]
    VpcCidrCount { vpc: VpcId, count: usize },
    /// Two blocks of one VPC overlap.
    #[error("the VPC's CIDR blocks {one} and {other} overlap")]
    VpcCidrsOverlap {
        vpc: VpcId,
        one: Ipv4Net,
        other: Ipv4Net,
    },
    /// A secondary block is from another private range than the primary one.
    #[error(
        "a secondary CIDR block cannot be from another RFC 1918 range than the primary one: {cidr} beside {primary}"
    )]
    VpcCidrRange {
        vpc: VpcId,
        primary: Ipv4Net,
        cidr: Ipv4Net,
    },
    /// A subnet's block is not between /16 and /28.
    #[error("a subnet's CIDR block is between /16 and /28, {cidr} is not")]
    SubnetSize { subnet: SubnetId, cidr: Ipv4Net },
    /// A subnet is not inside one block of its VPC.
    #[error("{cidr} is not inside a CIDR block of the subnet's VPC")]
    SubnetOutsideVpc { subnet: SubnetId, cidr: Ipv4Net },
    /// Two subnets of a VPC overlap.
    #[error("{cidr} overlaps {other_cidr} of another subnet of the VPC")]
    SubnetsOverlap {
        subnet: SubnetId,
        cidr: Ipv4Net,
        other: SubnetId,
        other_cidr: Ipv4Net,
    },
    /// A subnet is in a zone of another Region, or uses another VPC's route table or network ACL.
    #[error("the subnet and its {} do not belong together", used.kind())]
    SubnetElsewhere { subnet: SubnetId, used: ResourceRef },
    /// An interface's address is not in its subnet.
    #[error("{address} is not in the subnet's {cidr}")]
    AddressOutsideSubnet {
        interface: NetworkInterfaceId,
        address: Ipv4Addr,
        cidr: Ipv4Net,
    },
    /// An interface's address is one that AWS keeps.
    #[error("{address} is reserved: AWS keeps the first four addresses and the last of a subnet")]
    AddressReserved {
        interface: NetworkInterfaceId,
        address: Ipv4Addr,
    },
    /// Two interfaces have one address.
    #[error("{address} belongs to another network interface")]
    AddressTaken {
        interface: NetworkInterfaceId,
        address: Ipv4Addr,
        other: NetworkInterfaceId,
    },
    /// An interface has no security group, or too many.
    #[error(
        "a network interface has 1 to {} security groups, this one has {count}",
        quota::GROUPS_PER_INTERFACE
    )]
    GroupCount {
        interface: NetworkInterfaceId,
        count: usize,
    },
    /// An interface carries a group of another VPC.
    #[error("the security group belongs to another VPC than the network interface")]
    GroupElsewhere {
        interface: NetworkInterfaceId,
        group: SecurityGroupId,
    },
    /// A security group has too many rules.
    #[error(
        "a security group has at most {} rules in each direction, this one has {count}",
        quota::RULES_PER_GROUP
    )]
    GroupRules {
        group: SecurityGroupId,
        direction: Direction,
        count: usize,
    },
    /// A network ACL has too many rules.
    #[error(
        "a network ACL has at most {} rules in each direction, this one has {count}",
        quota::RULES_PER_ACL
    )]
    AclRules {
        acl: NetworkAclId,
        direction: Direction,
        count: usize,
    },
    /// A rule's number is out of range.
    #[error(
        "rule numbers are between 1 and {}, {number} is not",
        quota::ACL_NUMBER_AT_MOST
    )]
    AclNumber {
        acl: NetworkAclId,
        direction: Direction,
        number: u16,
    },
    /// Two rules of one direction have one number.
    #[error("two rules have the number {number}")]
    AclNumberTwice {
        acl: NetworkAclId,
        direction: Direction,
        number: u16,
    },
    /// A table has two routes to one destination.
    #[error("the route table has two routes to one destination")]
    RouteTwice {
        table: RouteTableId,
        destination: Destination,
    },
    /// A table has too many routes.
    #[error(
        "a route table has at most {most} routes and {} propagated ones, this one has {count}",
        quota::PROPAGATED_ROUTES_PER_TABLE
    )]
    Routes {
        table: RouteTableId,
        count: usize,
        most: usize,
    },
    /// A static route is more specific than the local route and not for a whole subnet by way of an
    /// interface or NAT gateway.
    #[error(
        "a route more specific than the local route must be for exactly one subnet, and lead to a network interface or NAT gateway"
    )]
    RouteWithinLocal {
        table: RouteTableId,
        destination: Destination,
    },
    /// A route's destination is inside 169.254.168.0/22, which AWS keeps for its own services.
    #[error("routes to addresses in 169.254.168.0/22 are not allowed")]
    RouteForbidden {
        table: RouteTableId,
        destination: Destination,
    },
    /// A route leads to something of another VPC.
    #[error("the route leads to something that does not belong to the table's VPC")]
    RouteTargetElsewhere {
        table: RouteTableId,
        destination: Destination,
    },
    /// A peering connects a VPC with itself.
    #[error("a VPC cannot be peered with itself")]
    PeeringWithItself { peering: PeeringId },
    /// The two VPCs of a peering have overlapping blocks.
    #[error("VPCs with overlapping CIDR blocks cannot be peered: {one} and {other}")]
    PeeringOverlap {
        peering: PeeringId,
        one: Ipv4Net,
        other: Ipv4Net,
    },
    /// Two VPCs are peered twice.
    #[error("the two VPCs are already peered")]
    PeeringTwice { peering: PeeringId, other: PeeringId },
    /// A VPC has too many peerings.
    #[error("a VPC has at most {most} active peering connections, this one has {count}")]
    Peerings { vpc: VpcId, count: usize, most: usize },
    /// A VPC has too many interface endpoints.
    #[error(
        "a VPC has at most {} interface endpoints, this one has {count}",
        quota::ENDPOINTS_PER_VPC
    )]
    Endpoints { vpc: VpcId, count: usize },
    /// An endpoint has two interfaces in one availability zone.
    #[error("an interface endpoint has at most one subnet in each availability zone")]
    EndpointZoneTwice {
        endpoint: InterfaceEndpointId,
        zone: ZoneId,
    },
    /// An endpoint has no interface, or one outside its VPC.
    #[error("an interface endpoint needs a subnet of its own VPC")]
    EndpointElsewhere { endpoint: InterfaceEndpointId },
    /// An endpoint is for a service in another Region than its VPC.
    #[error("an endpoint serves its VPC's own Region")]
    EndpointRegion { endpoint: ResourceRef },
    /// Two endpoints of one VPC claim one public name.
    #[error("private DNS is already on for {domain} in this VPC")]
    PrivateDnsTwice {
        endpoint: InterfaceEndpointId,
        other: InterfaceEndpointId,
        domain: String,
    },
    /// A hosted zone of the VPC claims the public name.
    #[error("a private hosted zone of the VPC already owns {domain}")]
    PrivateDnsZone {
        endpoint: InterfaceEndpointId,
        zone: HostedZoneId,
        domain: String,
    },
    /// Private DNS for inbound endpoints only exists for S3.
    #[error("private DNS for inbound Resolver endpoints only exists for S3")]
    InboundOnlyService { endpoint: InterfaceEndpointId },
    /// Private DNS for inbound endpoints only needs a gateway endpoint for the rest.
    #[error("private DNS for inbound Resolver endpoints only needs an S3 gateway endpoint in the same VPC")]
    InboundOnlyWithoutGateway { endpoint: InterfaceEndpointId },
    /// Gateway endpoints exist only for S3 and DynamoDB.
    #[error("gateway endpoints exist for s3 and dynamodb only")]
    GatewayService { endpoint: GatewayEndpointId },
    /// A table has two gateway endpoints of one service.
    #[error("the route table already has a gateway endpoint for this service")]
    GatewayTwice {
        endpoint: GatewayEndpointId,
        other: GatewayEndpointId,
        table: RouteTableId,
    },
    /// A gateway endpoint is associated with another VPC's table.
    #[error("the route table belongs to another VPC than the gateway endpoint")]
    GatewayTableElsewhere {
        endpoint: GatewayEndpointId,
        table: RouteTableId,
    },
    /// Two hosted zones of one VPC own one domain.
    #[error("another private hosted zone of the VPC owns the same domain")]
    ZonesTwice { zone: HostedZoneId, other: HostedZoneId },
    /// A record's name is not in its zone.
    #[error("{name} is not in the zone's domain")]
    RecordOutsideZone { zone: HostedZoneId, name: String },
    /// A record has no address, or its name occurs twice.
    #[error("each name has one record with at least one address, {name} has not")]
    RecordShape { zone: HostedZoneId, name: String },
    /// A Resolver endpoint has too few or too many interfaces.
    #[error(
        "a Resolver endpoint has {} to {} addresses, this one has {count}",
        quota::RESOLVER_INTERFACES_AT_LEAST,
        quota::RESOLVER_INTERFACES_AT_MOST
    )]
    ResolverInterfaces {
        endpoint: ResolverEndpointId,
        count: usize,
    },
    /// A Resolver endpoint has an interface outside its VPC.
    #[error("a Resolver endpoint's addresses are in its own VPC")]
    ResolverElsewhere { endpoint: ResolverEndpointId },
    /// A Region has too many Resolver endpoints.
    #[error(
        "a Region has at most {} Resolver endpoints",
        quota::RESOLVER_ENDPOINTS_PER_REGION
    )]
    ResolverEndpoints { endpoint: ResolverEndpointId },
    /// A Region has too many rules, or too many associations of rules with VPCs.
    #[error(
        "a Region has at most {} Resolver rules and {} associations of rules with VPCs",
        quota::RESOLVER_RULES_PER_REGION,
        quota::RESOLVER_RULE_ASSOCIATIONS_PER_REGION
    )]
    ResolverRules { rule: ResolverRuleId },
    /// A FORWARD rule goes through an inbound endpoint.
    #[error("a forwarding rule needs an outbound Resolver endpoint")]
    ResolverRuleInbound { rule: ResolverRuleId },
    /// A FORWARD rule has no target, or too many.
    #[error(
        "a forwarding rule has 1 to {} targets, this one has {count}",
        quota::RESOLVER_TARGETS_AT_MOST
    )]
    ResolverTargets { rule: ResolverRuleId, count: usize },
    /// A rule is associated with a VPC of another Region.
    #[error("a Resolver rule is for VPCs of its own Region")]
    ResolverRuleElsewhere { rule: ResolverRuleId },
    /// Two rules of a VPC are for one domain.
    #[error("another Resolver rule of the VPC is for the same domain")]
    ResolverRulesTwice {
        rule: ResolverRuleId,
        other: ResolverRuleId,
    },
}

macro_rules! by_variant {
    ($($variant:ident: $code:literal, $subject:ident;)*) => {
        impl Violation {
            /// The code that programs match on.
            #[must_use]
            pub const fn code(&self) -> &'static str {
                match self { $(Self::$variant { .. } => $code,)* }
            }
            /// The resource that would not be created.
            #[must_use]
            pub fn subject(&self) -> ResourceRef {
                match self { $(Self::$variant { $subject, .. } => (*$subject).into(),)* }
            }
        }
    };
}

by_variant! {
    VpcCidrSize: "vpc-cidr-size", vpc;
    VpcCidrCount: "vpc-cidr-count", vpc;
    VpcCidrsOverlap: "vpc-cidr-overlap", vpc;
    VpcCidrRange: "vpc-cidr-range", vpc;
    SubnetSize: "subnet-size", subnet;
    SubnetOutsideVpc: "subnet-outside-vpc", subnet;
    SubnetsOverlap: "subnet-overlap", subnet;
    SubnetElsewhere: "subnet-elsewhere", subnet;
    AddressOutsideSubnet: "address-outside-subnet", interface;
    AddressReserved: "address-reserved", interface;
    AddressTaken: "address-taken", interface;
    GroupCount: "security-group-count", interface;
    GroupElsewhere: "security-group-elsewhere", interface;
    GroupRules: "security-group-rules", group;
    AclRules: "acl-rules", acl;
    AclNumber: "acl-number", acl;
    AclNumberTwice: "acl-number-twice", acl;
    RouteTwice: "route-twice", table;
    Routes: "routes", table;
    RouteWithinLocal: "route-within-local", table;
    RouteForbidden: "route-forbidden", table;
    RouteTargetElsewhere: "route-target-elsewhere", table;
    PeeringWithItself: "peering-with-itself", peering;
    PeeringOverlap: "peering-overlap", peering;
    PeeringTwice: "peering-twice", peering;
    Peerings: "peerings", vpc;
    Endpoints: "endpoints", vpc;
    EndpointZoneTwice: "endpoint-zone-twice", endpoint;
    EndpointElsewhere: "endpoint-elsewhere", endpoint;
    EndpointRegion: "endpoint-region", endpoint;
    PrivateDnsTwice: "private-dns-twice", endpoint;
    PrivateDnsZone: "private-dns-zone", endpoint;
    InboundOnlyService: "inbound-only-service", endpoint;
    InboundOnlyWithoutGateway: "inbound-only-without-gateway", endpoint;
    GatewayService: "gateway-endpoint-service", endpoint;
    GatewayTwice: "gateway-endpoint-twice", endpoint;
    GatewayTableElsewhere: "gateway-endpoint-elsewhere", endpoint;
    ZonesTwice: "hosted-zone-twice", zone;
    RecordOutsideZone: "record-outside-zone", zone;
    RecordShape: "record-shape", zone;
    ResolverInterfaces: "resolver-interfaces", endpoint;
    ResolverElsewhere: "resolver-elsewhere", endpoint;
    ResolverEndpoints: "resolver-endpoints", endpoint;
    ResolverRules: "resolver-rules", rule;
    ResolverRuleInbound: "resolver-rule-inbound", rule;
    ResolverTargets: "resolver-targets", rule;
    ResolverRuleElsewhere: "resolver-rule-elsewhere", rule;
    ResolverRulesTwice: "resolver-rule-twice", rule;
}
