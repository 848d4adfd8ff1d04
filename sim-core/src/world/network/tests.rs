//! Whole paths through the two Regions of an isolated migration.

use crate::aws::fixture::{ip, net, route, tcp};
use crate::aws::*;
use crate::net::{PortRange, Protocol};
use crate::reason::Reason;
use crate::resource::{ResourceRef, SubnetId};
use crate::site::{FirewallAction, FirewallRule, Power};
use crate::units::{BitRate, Span};
use crate::verdict::{Direction, Refusal, Rule};

use super::fixture::{Lab, lab};
use super::*;

#[track_caller]
fn refused(trip: &RoundTrip, reason: Reason, at: impl Into<ResourceRef>) -> Refusal {
    let refusal = trip.refusal().expect("the packet is stopped");
    assert_eq!((refusal.reason, refusal.at), (reason, at.into()));
    refusal
}

#[test]
fn replication_data_crosses_the_peering_and_comes_back() {
    let lab = lab();
    let trip = lab.tcp(lab.source, "10.0.1.20", 1500);
    assert_eq!(trip.answered_by(), Some(Recipient::Host(lab.replicator)));
    // Host, interface, subnet edge, router, peering, subnet edge, interface, host.
    let nodes: Vec<_> = trip.forward.hops.iter().map(|hop| hop.node.kind()).collect();
    assert_eq!(
        nodes,
        [
            "host",
            "network interface",
            "subnet",
            "VPC",
            "VPC peering connection",
            "subnet",
            "network interface",
            "host"
        ]
    );
    // 30 ms each way is all there is: the peering's own delay.
    assert_eq!(trip.delay(), Span::millis(60));
    let peering = lab.aws.peering;
    assert_eq!(
        trip.forward.links().collect::<Vec<_>>(),
        [
            LinkRef::HostEgress(lab.source),
            LinkRef::Peering {
                peering,
                towards: lab.aws.staging
            },
            LinkRef::HostIngress(lab.replicator)
        ]
    );
    let rates: Vec<_> = (trip.forward.links())
        .map(|link| lab.network.link(link).rate)
        .collect();
    assert_eq!(rates, [BitRate::gbps(1), BitRate::gbps(5), BitRate::gbps(1)]);
}

#[test]
fn every_hop_names_the_rule_that_let_it_pass() {
    let lab = lab();
    let trip = lab.tcp(lab.source, "10.0.1.20", 1500);
    let rules: Vec<_> = trip.forward.hops.iter().map(|hop| hop.rule).collect();
    let group = |group, direction, index| {
        Some(Rule::SecurityGroupRule {
            group,
            direction,
            index,
        })
    };
    let acl = |acl, direction| {
        Some(Rule::AclRule {
            acl,
            direction,
            number: 100,
        })
    };
    let route = Rule::Route {
        table: lab.aws.source_table,
        destination: crate::verdict::Destination::Prefix(net("10.0.0.0/16")),
    };
    assert_eq!(
        rules,
        [
            None,
            group(lab.aws.source_group, Direction::Egress, 0),
            acl(lab.aws.source_acl, Direction::Egress),
            Some(route),
            None,
            acl(lab.aws.staging_acl, Direction::Ingress),
            group(lab.aws.staging_group, Direction::Ingress, 0),
            None
        ]
    );
    assert_eq!(trip.forward.hops[3].table, Some(lab.aws.source_table));
    let back = trip.back.expect("an answer");
    assert_eq!(
        back.hops[1].rule,
        Some(Rule::ConnectionTracked {
            group: lab.aws.staging_group
        })
    );
}

#[test]
fn an_endpoint_answers_across_the_peering_though_its_group_has_no_egress_rule() {
    let lab = lab();
    let trip = lab.tcp(lab.source, "10.0.2.5", 443);
    let Some(Recipient::InterfaceEndpoint { endpoint, .. }) = trip.answered_by() else {
        panic!("the endpoint answers: {trip:?}");
    };
    assert_eq!(endpoint, lab.aws.mgn);
    // Peering 30 ms and endpoint 0.05 ms, there and back.
    assert_eq!(trip.delay(), Span::micros(2 * 30_050));
}

#[test]
fn a_missing_group_rule_a_missing_route_and_an_acl_are_told_apart() {
    let mut broken = lab();
    let at = broken.aws.staging_group;
    broken.network.cloud.security_groups[at].ingress = vec![tcp(22, "0.0.0.0/0")];
    let trip = broken.tcp(broken.source, "10.0.1.20", 1500);
    let refusal = refused(&trip, Reason::SecurityGroupMismatch, at);
    let direction = Direction::Ingress;
    assert_eq!(
        refusal.rule,
        Some(Rule::NoSecurityGroupRule { group: at, direction })
    );
    broken.network.cloud.security_groups[at].ingress.clear();
    refused(
        &broken.tcp(broken.source, "10.0.1.20", 1500),
        Reason::SecurityGroupEmpty,
        at,
    );

    let mut broken = lab();
    let table = broken.aws.staging_table;
    broken.network.cloud.route_tables[table]
        .routes
        .retain(|route| route.origin == RouteOrigin::Local);
    let trip = broken.tcp(broken.source, "10.0.1.20", 1500);
    assert!(trip.forward.delivered().is_some(), "only the way back is missing");
    let refusal = refused(&trip, Reason::NoRoute, table);
    assert_eq!(refusal.rule, Some(Rule::NoRoute { table }));

    let mut broken = lab();
    let acl = broken.aws.staging_acl;
    broken.network.cloud.network_acls[acl].egress = vec![AclRule {
        number: 10,
        action: AclAction::Allow,
        protocol: Some(Protocol::Tcp),
        ports: PortRange::single(443),
        peer: net("0.0.0.0/0"),
    }];
    // The replies go to an ephemeral port, which a stateless list must allow by itself.
    let refusal = refused(
        &broken.tcp(broken.source, "10.0.1.20", 1500),
        Reason::NetworkAclDenied,
        acl,
    );
    let direction = Direction::Egress;
    assert_eq!(refusal.rule, Some(Rule::AclDefault { acl, direction }));
}

#[test]
fn acls_do_not_apply_within_a_subnet() {
    let mut lab = lab();
    let neighbour = lab.host(lab.aws.staging_a, "10.0.1.21", lab.aws.staging_group);
    lab.network.cloud.network_acls[lab.aws.staging_acl]
        .ingress
        .clear();
    lab.network.cloud.network_acls[lab.aws.staging_acl].egress.clear();
    assert!(lab.tcp(neighbour, "10.0.1.5", 443).answered_by().is_some());
    let trip = lab.tcp(neighbour, "10.0.2.5", 443);
    refused(&trip, Reason::NetworkAclDenied, lab.aws.staging_acl);
}

#[test]
fn zones_add_delay() {
    let lab = lab();
    let within = lab.walk(lab.replicator, "10.0.1.5", Protocol::Tcp, 443).delay();
    let across = lab.walk(lab.replicator, "10.0.2.5", Protocol::Tcp, 443).delay();
    assert_eq!((within, across), (Span::micros(150 + 50), Span::micros(500 + 50)));
}

#[test]
fn a_peering_that_is_not_active_is_a_black_hole() {
    let mut lab = lab();
    for state in [
        PeeringState::PendingAcceptance,
        PeeringState::Deleted,
        PeeringState::Failed,
    ] {
        lab.network.cloud.peerings[lab.aws.peering].state = state;
        let trip = lab.tcp(lab.source, "10.0.1.20", 1500);
        refused(&trip, Reason::BlackholeRoute, lab.aws.source_table);
    }
}

#[test]
fn peering_carries_nothing_for_third_parties() {
    let mut lab = lab();
    let to_peer = RouteTarget::Peering(lab.aws.peering);
    lab.network.cloud.route_tables[lab.aws.source_table]
        .routes
        .push(route("0.0.0.0/0", to_peer));
    let peering = lab.aws.peering;
    for beyond in ["172.16.0.10", "52.219.64.10", "203.0.113.9"] {
        let refusal = refused(
            &lab.tcp(lab.source, beyond, 443),
            Reason::PeeringAddressRestriction,
            peering,
        );
        assert_eq!(refusal.rule, Some(Rule::PeeringBoundary { peering }));
    }
}

#[test]
fn a_gateway_endpoint_serves_its_own_vpc_by_tcp() {
    let mut lab = lab();
    let trip = lab.tcp(lab.replicator, "52.219.64.10", 443);
    let door = Door::GatewayEndpoint(lab.aws.gateway);
    let service = lab.aws.s3_service;
    assert_eq!(trip.answered_by(), Some(Recipient::Service { service, door }));
    let path = lab.walk(lab.replicator, "52.219.64.10", Protocol::Udp, 443);
    assert_eq!(
        path.refusal().map(|r| r.reason),
        Some(Reason::GatewayEndpointProtocol)
    );
    refused(
        &lab.tcp(lab.source, "52.219.64.10", 443),
        Reason::NoRoute,
        lab.aws.source_table,
    );
    lab.network.cloud.gateway_endpoints[lab.aws.gateway].state = EndpointState::Deleted;
    refused(
        &lab.tcp(lab.replicator, "52.219.64.10", 443),
        Reason::BlackholeRoute,
        lab.aws.staging_table,
    );
}

#[test]
fn a_gateway_endpoint_turns_away_sources_from_outside_its_vpc() {
    let mut lab = lab();
    // An appliance in the staging VPC that forwards for the source VPC; the peering itself would
    // not let this packet in, so it starts at the appliance.
    let appliance = lab.host(lab.aws.staging_a, "10.0.1.30", lab.aws.staging_group);
    let interface = lab.interface(appliance);
    (lab.network.cloud.interfaces).set_source_destination_check(interface, SourceDestinationCheck::Off);
    let header = lab.header(lab.source, "52.219.64.10", Protocol::Tcp, 443);
    let path = walk(
        &lab.network,
        &mut Tracking::default(),
        crate::units::SimTime::START,
        Place::HostEgress(appliance),
        &header,
    );
    let refusal = path.refusal().expect("stopped");
    assert_eq!(
        (refusal.reason, refusal.at),
        (Reason::GatewayEndpointFromOutside, lab.aws.gateway.into())
    );
}

#[test]
fn only_its_own_vpc_reaches_a_resolver_and_nothing_filters_that() {
    let mut lab = lab();
    let group = lab.aws.staging_group;
    lab.network.cloud.security_groups[group].egress.clear();
    lab.network.cloud.security_groups[group].ingress.clear();
    lab.network.cloud.network_acls[lab.aws.staging_acl].egress.clear();
    lab.network.cloud.network_acls[lab.aws.staging_acl]
        .ingress
        .clear();
    for resolver in ["10.0.0.2", "169.254.169.253"] {
        let header = lab.header(lab.replicator, resolver, Protocol::Udp, 53);
        let trip = round_trip(
            &lab.network,
            &mut Tracking::default(),
            crate::units::SimTime::START,
            Place::HostEgress(lab.replicator),
            &header,
        );
        assert_eq!(trip.answered_by(), Some(Recipient::VpcResolver(lab.aws.staging)));
    }
    let from_outside = lab.tcp(lab.source, "10.0.0.2", 53);
    refused(&from_outside, Reason::ResolverNotReachable, lab.aws.staging);
    lab.network.cloud.vpcs[lab.aws.staging].dns_support = DnsAttribute::Off;
    refused(
        &lab.tcp(lab.replicator, "10.0.0.2", 53),
        Reason::DnsDisabled,
        lab.aws.staging,
    );
}

#[test]
fn hosts_that_are_down_and_addresses_that_nobody_has() {
    let mut lab = lab();
    refused(
        &lab.tcp(lab.source, "10.0.1.99", 1500),
        Reason::UnknownDestination,
        lab.aws.staging,
    );
    lab.network.hosts[lab.replicator].power = Power::Off;
    refused(
        &lab.tcp(lab.source, "10.0.1.20", 1500),
        Reason::HostDown,
        lab.replicator,
    );
    let interface = lab.interface(lab.replicator);
    lab.network.cloud.interfaces.release(interface);
    refused(
        &lab.tcp(lab.source, "10.0.1.20", 1500),
        Reason::UnknownDestination,
        lab.aws.staging,
    );
}

#[test]
fn a_hosts_own_firewall_is_stateful_and_its_first_match_decides() {
    let mut lab = lab();
    let rule = |direction, action, ports| FirewallRule {
        direction,
        action,
        protocol: Some(Protocol::Tcp),
        ports,
        peer: net("0.0.0.0/0"),
    };
    lab.network.hosts[lab.source].firewall = vec![
        rule(Direction::Egress, FirewallAction::Allow, PortRange::single(1500)),
        rule(Direction::Egress, FirewallAction::Drop, PortRange::ALL),
        rule(Direction::Ingress, FirewallAction::Drop, PortRange::ALL),
    ];
    assert!(lab.tcp(lab.source, "10.0.1.20", 1500).answered_by().is_some());
    let refusal = refused(
        &lab.tcp(lab.source, "10.0.1.5", 443),
        Reason::HostFirewall,
        lab.source,
    );
    let direction = Direction::Egress;
    assert_eq!(
        refusal.rule,
        Some(Rule::HostFirewall {
            host: lab.source,
            direction
        })
    );
}

#[test]
fn taking_a_rule_away_stops_new_connections_and_not_tracked_ones() {
    let mut lab = lab();
    let mut tracking = Tracking::default();
    let now = crate::units::SimTime::START;
    let open = lab.header(lab.source, "10.0.1.20", Protocol::Tcp, 1500);
    let place = Place::HostEgress(lab.source);
    let first = round_trip(&lab.network, &mut tracking, now, place, &open);
    assert!(first.answered_by().is_some());
    lab.network.cloud.security_groups[lab.aws.staging_group]
        .ingress
        .clear();
    let data = Header::new(open.flow);
    let second = round_trip(&lab.network, &mut tracking, now, place, &data);
    assert!(second.answered_by().is_some(), "the connection is tracked");
    let mut other = open;
    other.flow.source_port += 1;
    let third = round_trip(&lab.network, &mut tracking, now, place, &other);
    refused(&third, Reason::SecurityGroupEmpty, lab.aws.staging_group);
    let five_days = now + Span::secs(432_000);
    let late = round_trip(&lab.network, &mut tracking, five_days, place, &data);
    refused(&late, Reason::SecurityGroupEmpty, lab.aws.staging_group);
}

/// A public subnet in the staging VPC with an internet gateway and a NAT gateway at 10.0.9.4.
fn with_internet(lab: &mut Lab) -> (SubnetId, crate::resource::NatGatewayId) {
    let vpc = lab.aws.staging;
    let cloud = &mut lab.network.cloud;
    let gateway = cloud.internet_gateways.push(InternetGateway {
        name: "igw".to_owned(),
        vpc,
    });
    let table = cloud.route_tables.push(RouteTable {
        name: "public-rt".to_owned(),
        vpc,
        propagation: None,
        routes: vec![
            route("10.0.0.0/16", RouteTarget::Local),
            route("0.0.0.0/0", RouteTarget::InternetGateway(gateway)),
        ],
    });
    let subnet = crate::aws::fixture::subnet(
        cloud,
        vpc,
        lab.aws.zone_b,
        "10.0.9.0/24",
        (table, lab.aws.staging_b_acl),
    );
    let nat = cloud.nat_gateways.next_id();
    let interface = cloud.interfaces.push(NetworkInterface {
        name: "nat".to_owned(),
        subnet,
        address: ip("10.0.9.4"),
        public_address: None,
        security_groups: vec![],
        attached: Attached::NatGateway(nat),
        source_destination_check: SourceDestinationCheck::Off,
    });
    cloud.nat_gateways.push(NatGateway {
        name: "nat".to_owned(),
        interface,
        connectivity: NatConnectivity::Public(ip("198.51.100.7")),
    });
    let staging_table = lab.aws.staging_table;
    (cloud.route_tables[staging_table].routes).push(route("0.0.0.0/0", RouteTarget::NatGateway(nat)));
    (subnet, nat)
}

#[test]
fn a_nat_gateway_speaks_for_the_private_subnets_of_its_vpc() {
    let mut lab = lab();
    with_internet(&mut lab);
    let trip = lab.tcp(lab.replicator, "13.234.10.1", 443);
    let (to, header) = trip.forward.delivered().expect("arrives");
    let service = lab.aws.mgn_service;
    let door = Door::Internet;
    assert_eq!(to, Recipient::Service { service, door });
    assert_eq!(header.flow.source, ip("198.51.100.7"), "the elastic address");
    let (back, header) = trip.back.and_then(|back| back.delivered()).expect("comes back");
    assert_eq!(back, Recipient::Host(lab.replicator));
    assert_eq!(header.flow.destination, ip("10.0.1.20"));
    assert_eq!(header.flow.destination_port, Header::PROBE_PORT);
}

#[test]
fn a_nat_gateway_serves_no_source_from_elsewhere() {
    let mut lab = lab();
    let (_, nat) = with_internet(&mut lab);
    let header = lab.header(lab.source, "13.234.10.1", Protocol::Tcp, 443);
    let mut tracking = Tracking::default();
    let now = crate::units::SimTime::START;
    let at = Place::NatGateway(nat);
    let refusal = walk(&lab.network, &mut tracking, now, at, &header).refusal();
    assert_eq!(refusal, Some(Refusal::at(Reason::NatRequiresSourceInVpc, nat)));
    let mut unasked = header;
    unasked.flow.destination = ip("10.0.9.4");
    let refusal = walk(&lab.network, &mut tracking, now, at, &unasked).refusal();
    assert_eq!(refusal, Some(Refusal::at(Reason::UnknownDestination, nat)));
}

#[test]
fn an_internet_gateway_needs_public_addresses_on_both_sides() {
    let mut lab = lab();
    let (public_subnet, _) = with_internet(&mut lab);
    let host = lab.host(public_subnet, "10.0.9.10", lab.aws.staging_group);
    let gateway = crate::resource::InternetGatewayId::from_index(0);
    refused(
        &lab.tcp(host, "13.234.10.1", 443),
        Reason::NoPublicAddress,
        gateway,
    );
    let interface = lab.interface(host);
    (lab.network.cloud.interfaces).set_public_address(interface, Some(ip("198.51.100.9")));
    assert!(lab.tcp(host, "13.234.10.1", 443).answered_by().is_some());
    refused(
        &lab.tcp(host, "172.20.0.1", 443),
        Reason::PrivateDestinationAtInternetGateway,
        gateway,
    );
}

#[test]
fn a_public_address_leads_in_through_the_internet_gateway() {
    let mut lab = lab();
    let (public_subnet, _) = with_internet(&mut lab);
    let host = lab.host(public_subnet, "10.0.9.10", lab.aws.source_group);
    let interface = lab.interface(host);
    (lab.network.cloud.interfaces).set_public_address(interface, Some(ip("198.51.100.9")));
    lab.network.cloud.security_groups[lab.aws.source_group].ingress = vec![tcp(22, "0.0.0.0/0")];
    let header = Header::probe(ip("13.234.10.1"), ip("198.51.100.9"), Protocol::Tcp, 22);
    let path = walk(
        &lab.network,
        &mut Tracking::default(),
        crate::units::SimTime::START,
        Place::Internet,
        &header,
    );
    assert_eq!(path.delivered().map(|(to, _)| to), Some(Recipient::Host(host)));
}

#[test]
fn packets_that_go_round_in_circles_die_of_their_hop_limit() {
    let mut lab = lab();
    let appliance = lab.host(lab.aws.staging_b, "10.0.2.30", lab.aws.endpoint_group);
    let interface = lab.interface(appliance);
    (lab.network.cloud.interfaces).set_source_destination_check(interface, SourceDestinationCheck::Off);
    let group = lab.aws.endpoint_group;
    lab.network.cloud.security_groups[group].ingress = vec![fixture_anything()];
    lab.network.cloud.security_groups[group].egress = vec![fixture_anything()];
    // The appliance's own subnet sends what it forwards back to it.
    lab.network.cloud.route_tables[lab.aws.staging_table]
        .routes
        .push(route("172.16.0.0/12", RouteTarget::NetworkInterface(interface)));
    let path = lab.walk(lab.replicator, "172.16.0.1", Protocol::Tcp, 22);
    assert_eq!(path.refusal().map(|r| r.reason), Some(Reason::HopLimit));
    (lab.network.cloud.interfaces).set_source_destination_check(interface, SourceDestinationCheck::On);
    refused(
        &lab.tcp(lab.replicator, "172.16.0.1", 22),
        Reason::SourceDestinationCheck,
        interface,
    );
}

fn fixture_anything() -> GroupRule {
    crate::aws::fixture::anything()
}

#[test]
fn who_listens_where() {
    let lab = lab();
    let host = Recipient::Host(lab.replicator);
    let listening = |to, port| lab.network.listening(to, Protocol::Tcp, port);
    assert_eq!(listening(host, 1500), Listening::Answers);
    assert_eq!(listening(host, 22), Listening::Refuses);
    let resolver = Recipient::VpcResolver(lab.aws.staging);
    assert_eq!(listening(resolver, 53), Listening::Answers);
    assert_eq!(listening(resolver, 443), Listening::Ignores);
}
