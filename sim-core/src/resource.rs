//! The one list of things that a lab is made of, and the ids that name them.
//!
//! Every tier speaks of resources by typed id; what an id's row holds is known only to the module
//! that owns it. [`ResourceRef`] ("any one thing in the lab") is what traces, refusals, selections
//! and inspectors share. A new kind of resource is one line here.

use crate::kernel::Id;

macro_rules! resources {
    ($($(#[$doc:meta])* $kind:ident, $id:ident, $label:literal;)*) => {
        /// Marker types that tell ids of different kinds apart.
        pub mod kind {
            $($(#[$doc])* #[derive(Debug, Clone, Copy)] pub enum $kind {})*
        }
        $($(#[$doc])* pub type $id = Id<kind::$kind>;)*

        /// Any one thing in the lab.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        pub enum ResourceRef {
            /// The lab as a whole.
            Lab,
            $($(#[$doc])* $kind($id),)*
        }

        impl ResourceRef {
            /// The kind in the field's own words, as shown to people.
            #[must_use]
            pub const fn kind(self) -> &'static str {
                match self {
                    Self::Lab => "lab",
                    $(Self::$kind(_) => $label,)*
                }
            }
        }

        $(impl From<$id> for ResourceRef {
            fn from(id: $id) -> Self {
                Self::$kind(id)
            }
        })*
    };
}

resources! {
    /// A Region of the cloud.
    Region, RegionId, "Region";
    /// An availability zone of a Region.
    Zone, ZoneId, "availability zone";
    /// A virtual private cloud.
    Vpc, VpcId, "VPC";
    /// A subnet of a VPC.
    Subnet, SubnetId, "subnet";
    /// A VPC's route table.
    RouteTable, RouteTableId, "route table";
    /// A list of prefixes that routes and rules name as one.
    PrefixList, PrefixListId, "prefix list";
    /// A security group.
    SecurityGroup, SecurityGroupId, "security group";
    /// A network access control list.
    NetworkAcl, NetworkAclId, "network ACL";
    /// An elastic network interface.
    NetworkInterface, NetworkInterfaceId, "network interface";
    /// An internet gateway.
    InternetGateway, InternetGatewayId, "internet gateway";
    /// A NAT gateway.
    NatGateway, NatGatewayId, "NAT gateway";
    /// A VPC peering connection.
    Peering, PeeringId, "VPC peering connection";
    /// A Transit Gateway.
    TransitGateway, TransitGatewayId, "Transit Gateway";
    /// Something joined to a Transit Gateway.
    Attachment, AttachmentId, "Transit Gateway attachment";
    /// A route table of a Transit Gateway.
    TransitGatewayRouteTable, TransitGatewayRouteTableId, "Transit Gateway route table";
    /// A virtual private gateway.
    VirtualPrivateGateway, VirtualPrivateGatewayId, "virtual private gateway";
    /// A Direct Connect gateway.
    DirectConnectGateway, DirectConnectGatewayId, "Direct Connect gateway";
    /// A virtual interface of a Direct Connect connection.
    VirtualInterface, VirtualInterfaceId, "virtual interface";
    /// An interface endpoint (PrivateLink).
    InterfaceEndpoint, InterfaceEndpointId, "interface endpoint";
    /// A gateway endpoint.
    GatewayEndpoint, GatewayEndpointId, "gateway endpoint";
    /// A public endpoint of an AWS service in one Region.
    ServiceEndpoint, ServiceEndpointId, "AWS service";
    /// A Route 53 private hosted zone.
    HostedZone, HostedZoneId, "private hosted zone";
    /// A Route 53 Resolver endpoint.
    ResolverEndpoint, ResolverEndpointId, "Resolver endpoint";
    /// A computer: an EC2 instance or a machine of the customer's.
    Host, HostId, "host";
    /// A source server as MGN knows it.
    SourceServer, SourceServerId, "source server";
    /// A replication server in a staging area subnet.
    ReplicationServer, ReplicationServerId, "replication server";
    /// A launch or terminate job of MGN.
    Job, JobId, "MGN job";
    /// A wave of applications that move together.
    Wave, WaveId, "wave";
    /// A bulk flow of data.
    Flow, FlowId, "flow";
    /// A step of the lab's runbook.
    RunbookStep, RunbookStepId, "runbook step";
    /// A router.
    Router, RouterId, "router";
    /// An interface of a router.
    RouterInterface, RouterInterfaceId, "router interface";
    /// A link between two routers.
    Link, LinkId, "link";
    /// An IPsec tunnel, as one of its two gateways has it.
    Tunnel, TunnelId, "IPsec tunnel";
    /// A BGP session, as one of its two speakers has it.
    BgpSession, BgpSessionId, "BGP session";
    /// A segment (LAN) of a site, to which hosts and routers attach.
    Segment, SegmentId, "segment";
    /// A gateway address on a segment that several routers share (VRRP).
    VirtualGateway, VirtualGatewayId, "virtual gateway";
    /// A Route 53 Resolver rule.
    ResolverRule, ResolverRuleId, "Resolver rule";
    /// What is sent again and again to see for how long it gets no answer.
    Probe, ProbeId, "probe";
}
