//! A small cloud for tests: the two Regions of an isolated migration.
//!
//! ```text
//! ap-southeast-1                     ap-south-1
//! source 192.168.0.0/16 ── peering ── staging 10.0.0.0/16
//!   source-a 192.168.1.0/24            staging-a 10.0.1.0/24 (zone a): MGN, EC2 and S3 endpoints
//!                                      staging-b 10.0.2.0/24 (zone b): MGN endpoint's second interface
//!                                      S3 gateway endpoint in the table of staging-a
//! ```

use std::net::Ipv4Addr;

use ipnet::Ipv4Net;

use crate::identity::Policy;
use crate::net::{PortRange, Protocol};
use crate::resource::*;
use crate::units::{BitRate, Ppm, Span};
use crate::verdict::Destination;

use super::*;

pub(crate) fn net(text: &str) -> Ipv4Net {
    text.parse().expect("a prefix")
}

pub(crate) fn ip(text: &str) -> Ipv4Addr {
    text.parse().expect("an address")
}

pub(crate) const MGN_LABEL: &str = "vpce-0aaaaaaaaaaaaaaa1-abcdefgh";
pub(crate) const EC2_LABEL: &str = "vpce-0bbbbbbbbbbbbbbb2-abcdefgh";
pub(crate) const S3_LABEL: &str = "vpce-0cccccccccccccccc-abcdefgh";

/// The cloud and the ids of what is in it.
#[derive(Debug)]
pub(crate) struct Fixture {
    pub(crate) cloud: Cloud,
    pub(crate) target_region: RegionId,
    pub(crate) zone_b: ZoneId,
    pub(crate) source: VpcId,
    pub(crate) staging: VpcId,
    pub(crate) source_a: SubnetId,
    pub(crate) staging_a: SubnetId,
    pub(crate) staging_b: SubnetId,
    pub(crate) source_table: RouteTableId,
    pub(crate) staging_table: RouteTableId,
    pub(crate) source_group: SecurityGroupId,
    pub(crate) staging_group: SecurityGroupId,
    pub(crate) endpoint_group: SecurityGroupId,
    pub(crate) source_acl: NetworkAclId,
    pub(crate) staging_acl: NetworkAclId,
    pub(crate) staging_b_acl: NetworkAclId,
    pub(crate) peering: PeeringId,
    pub(crate) s3_prefixes: PrefixListId,
    pub(crate) mgn: InterfaceEndpointId,
    pub(crate) ec2: InterfaceEndpointId,
    pub(crate) s3: InterfaceEndpointId,
    pub(crate) gateway: GatewayEndpointId,
    pub(crate) mgn_service: ServiceEndpointId,
    pub(crate) s3_service: ServiceEndpointId,
}

pub(crate) const fn rule(protocol: Option<Protocol>, ports: PortRange, peer: RulePeer) -> GroupRule {
    GroupRule {
        protocol,
        ports,
        peer,
    }
}

pub(crate) fn tcp(port: u16, peer: &str) -> GroupRule {
    rule(
        Some(Protocol::Tcp),
        PortRange::single(port),
        RulePeer::Prefix(net(peer)),
    )
}

pub(crate) fn anything() -> GroupRule {
    rule(None, PortRange::ALL, RulePeer::Prefix(net("0.0.0.0/0")))
}

pub(crate) fn allow_all(number: u16) -> AclRule {
    AclRule {
        number,
        action: AclAction::Allow,
        protocol: None,
        ports: PortRange::ALL,
        peer: net("0.0.0.0/0"),
    }
}

pub(crate) fn route(destination: &str, target: RouteTarget) -> Route {
    Route {
        destination: Destination::Prefix(net(destination)),
        target,
        origin: match target {
            RouteTarget::Local => RouteOrigin::Local,
            _ => RouteOrigin::Static,
        },
    }
}

impl Fixture {
    pub(crate) fn interface(
        &mut self,
        subnet: SubnetId,
        address: &str,
        group: SecurityGroupId,
        attached: Attached,
    ) -> NetworkInterfaceId {
        self.cloud.interfaces.push(NetworkInterface {
            name: address.to_owned(),
            subnet,
            address: ip(address),
            public_address: None,
            security_groups: vec![group],
            attached,
            source_destination_check: SourceDestinationCheck::On,
        })
    }

    fn endpoint(&mut self, service: Service, label: &str, addresses: &[&str]) -> InterfaceEndpointId {
        let id = self.cloud.interface_endpoints.next_id();
        let interfaces = (addresses.iter())
            .map(|address| {
                let subnet = if self.cloud.subnets[self.staging_a].cidr.contains(&ip(address)) {
                    self.staging_a
                } else {
                    self.staging_b
                };
                self.interface(subnet, address, self.endpoint_group, Attached::Endpoint(id))
            })
            .collect();
        self.cloud.interface_endpoints.push(InterfaceEndpoint {
            name: format!("{service}-endpoint"),
            label: label.to_owned(),
            service,
            region: self.target_region,
            vpc: self.staging,
            interfaces,
            policy: Policy::full_access(),
            private_dns: match service {
                Service::S3 => PrivateDns::Off,
                _ => PrivateDns::On,
            },
            state: EndpointState::Available,
        })
    }
}

fn vpc(cloud: &mut Cloud, name: &str, region: RegionId, cidr: &str) -> (VpcId, RouteTableId, NetworkAclId) {
    let id = cloud.vpcs.next_id();
    let table = cloud.route_tables.push(RouteTable {
        name: format!("{name}-rt"),
        vpc: id,
        propagation: None,
        routes: vec![route(cidr, RouteTarget::Local)],
    });
    let acl = acl(cloud, name, id);
    let default_security_group = cloud.security_groups.push(SecurityGroup {
        name: format!("{name}-default"),
        vpc: id,
        ingress: vec![rule(
            None,
            PortRange::ALL,
            RulePeer::Group(cloud.security_groups.next_id()),
        )],
        egress: vec![anything()],
    });
    cloud.vpcs.push(Vpc {
        name: name.to_owned(),
        region,
        cidrs: vec![net(cidr)],
        dns_support: DnsAttribute::On,
        dns_hostnames: DnsAttribute::On,
        name_servers: NameServers::AmazonProvided,
        main_route_table: table,
        default_security_group,
        tls_inspection: TlsInspection::None,
    });
    (id, table, acl)
}

fn acl(cloud: &mut Cloud, name: &str, vpc: VpcId) -> NetworkAclId {
    cloud.network_acls.push(NetworkAcl {
        name: format!("{name}-acl"),
        vpc,
        ingress: vec![allow_all(100)],
        egress: vec![allow_all(100)],
    })
}

fn group(
    cloud: &mut Cloud,
    name: &str,
    vpc: VpcId,
    ingress: Vec<GroupRule>,
    egress: Vec<GroupRule>,
) -> SecurityGroupId {
    cloud.security_groups.push(SecurityGroup {
        name: name.to_owned(),
        vpc,
        ingress,
        egress,
    })
}

pub(crate) fn subnet(
    cloud: &mut Cloud,
    vpc: VpcId,
    zone: ZoneId,
    cidr: &str,
    (route_table, network_acl): (RouteTableId, NetworkAclId),
) -> SubnetId {
    cloud.subnets.push(Subnet {
        name: cidr.to_owned(),
        vpc,
        zone,
        cidr: net(cidr),
        route_table,
        network_acl,
    })
}

fn zone(cloud: &mut Cloud, name: &str, region: RegionId) -> ZoneId {
    let name = name.to_owned();
    cloud.zones.push(Zone {
        name,
        region,
        not_offered: Vec::new(),
        state: ZoneState::Available,
    })
}

fn region(cloud: &mut Cloud, name: &str) -> RegionId {
    let name = name.to_owned();
    cloud.regions.push(Region { name })
}

fn service(cloud: &mut Cloud, service: Service, region: RegionId, address: &str) -> ServiceEndpointId {
    cloud.services.push(ServiceEndpoint {
        service,
        region,
        addresses: vec![ip(address)],
    })
}

/// The cloud as it works.
pub(crate) fn two_regions() -> Fixture {
    let mut cloud = Cloud::default();
    let c = &mut cloud;
    let source_region = region(c, "ap-southeast-1");
    let target_region = region(c, "ap-south-1");
    let source_zone = zone(c, "ap-southeast-1a", source_region);
    let (zone_a, zone_b) = (
        zone(c, "ap-south-1a", target_region),
        zone(c, "ap-south-1b", target_region),
    );
    let (source, source_table, source_acl) = vpc(c, "source", source_region, "192.168.0.0/16");
    let (staging, staging_table, staging_acl) = vpc(c, "staging", target_region, "10.0.0.0/16");
    let staging_b_acl = acl(c, "staging-b", staging);
    let source_a = subnet(
        c,
        source,
        source_zone,
        "192.168.1.0/24",
        (source_table, source_acl),
    );
    let staging_a = subnet(c, staging, zone_a, "10.0.1.0/24", (staging_table, staging_acl));
    let staging_b = subnet(c, staging, zone_b, "10.0.2.0/24", (staging_table, staging_b_acl));
    let source_group = group(c, "source-sg", source, vec![], vec![anything()]);
    let staging_group = group(
        c,
        "staging-sg",
        staging,
        vec![tcp(1500, "192.168.0.0/16")],
        vec![anything()],
    );
    let from_both = vec![tcp(443, "192.168.0.0/16"), tcp(443, "10.0.0.0/16")];
    let endpoint_group = group(c, "vpce-sg", staging, from_both, vec![]);
    let peering = c.peerings.push(Peering {
        name: "pcx".to_owned(),
        requester: source,
        accepter: staging,
        state: PeeringState::Active,
        delay: Span::millis(30),
        rate: BitRate::gbps(5),
        mtu: super::mtu::PEERING_BETWEEN_REGIONS,
        loss: Ppm::ZERO,
    });
    let to_peer = RouteTarget::Peering(peering);
    c.route_tables[source_table]
        .routes
        .push(route("10.0.0.0/16", to_peer));
    c.route_tables[staging_table]
        .routes
        .push(route("192.168.0.0/16", to_peer));
    let s3_prefixes = c.prefix_lists.push(PrefixList {
        name: "com.amazonaws.ap-south-1.s3".to_owned(),
        region: target_region,
        service: Some(Service::S3),
        prefixes: vec![net("3.5.208.0/22"), net("52.219.64.0/22")],
    });
    let gateway = c.gateway_endpoints.push(GatewayEndpoint {
        name: "s3-gateway".to_owned(),
        service: Service::S3,
        region: target_region,
        vpc: staging,
        prefix_list: s3_prefixes,
        route_tables: vec![staging_table],
        policy: Policy::full_access(),
        state: EndpointState::Available,
    });
    c.route_tables[staging_table].routes.push(Route {
        destination: Destination::PrefixList(s3_prefixes),
        target: RouteTarget::GatewayEndpoint(gateway),
        origin: RouteOrigin::Static,
    });
    let mgn_service = service(c, Service::Mgn, target_region, "13.234.10.1");
    service(c, Service::Ec2, target_region, "13.234.10.2");
    let s3_service = service(c, Service::S3, target_region, "52.219.64.10");
    let nothing = InterfaceEndpointId::from_index(0);
    let mut fixture = Fixture {
        cloud,
        target_region,
        zone_b,
        source,
        staging,
        source_a,
        staging_a,
        staging_b,
        source_table,
        staging_table,
        source_group,
        staging_group,
        endpoint_group,
        source_acl,
        staging_acl,
        staging_b_acl,
        peering,
        s3_prefixes,
        mgn: nothing,
        ec2: nothing,
        s3: nothing,
        gateway,
        mgn_service,
        s3_service,
    };
    fixture.mgn = fixture.endpoint(Service::Mgn, MGN_LABEL, &["10.0.1.5", "10.0.2.5"]);
    fixture.ec2 = fixture.endpoint(Service::Ec2, EC2_LABEL, &["10.0.1.6"]);
    fixture.s3 = fixture.endpoint(Service::S3, S3_LABEL, &["10.0.1.7"]);
    fixture
}
