//! Route choice, security groups, network ACLs and connection tracking, rule by rule.

use std::net::Ipv4Addr;

use ipnet::Ipv4Net;
use proptest::prelude::*;

use crate::net::{FiveTuple, PortRange, Protocol};
use crate::reason::Reason;
use crate::resource::{HostId, NetworkAclId, RouteTableId};
use crate::units::{SimTime, Span};
use crate::verdict::{Destination, Direction, Refusal, Rule};

use super::fixture::*;
use super::tracking::{Connections, Signal, Tracker};
use super::*;

fn flow(source: &str, destination: &str, port: u16) -> FiveTuple {
    FiveTuple {
        source: ip(source),
        destination: ip(destination),
        protocol: Protocol::Tcp,
        source_port: 40_000,
        destination_port: port,
    }
}

/// A cloud with one route table that holds `routes`.
fn table_of(routes: Vec<Route>) -> (Cloud, RouteTableId) {
    let mut fixture = two_regions();
    let table = fixture.cloud.route_tables.push(RouteTable {
        name: "table".to_owned(),
        vpc: fixture.staging,
        propagation: None,
        routes,
    });
    (fixture.cloud, table)
}

fn origin(origin: RouteOrigin, route: Route) -> Route {
    Route { origin, ..route }
}

#[track_caller]
fn chosen(cloud: &Cloud, table: RouteTableId, address: &str) -> RouteTarget {
    cloud.route(table, ip(address)).expect("a route").target
}

#[test]
fn the_longest_prefix_wins() {
    let peer = RouteTarget::Peering(two_regions().peering);
    let gateway = RouteTarget::GatewayEndpoint(two_regions().gateway);
    let (cloud, table) = table_of(vec![
        route("172.16.0.0/12", peer),
        route("172.16.5.0/24", gateway),
    ]);
    assert_eq!(chosen(&cloud, table, "172.16.5.1"), gateway);
    assert_eq!(chosen(&cloud, table, "172.16.6.1"), peer);
    assert_eq!(
        cloud.route(table, ip("192.0.2.1")),
        Err(Refusal::by(Reason::NoRoute, Rule::NoRoute { table }))
    );
}

#[test]
fn local_beats_a_more_specific_propagated_route_but_not_a_static_one() {
    let peer = RouteTarget::Peering(two_regions().peering);
    let local = route("10.0.0.0/16", RouteTarget::Local);
    let propagated = origin(RouteOrigin::Propagated, route("10.0.5.0/24", peer));
    let (cloud, table) = table_of(vec![local, propagated]);
    assert_eq!(chosen(&cloud, table, "10.0.5.1"), RouteTarget::Local);
    let (cloud, table) = table_of(vec![local, route("10.0.5.0/24", peer)]);
    assert_eq!(chosen(&cloud, table, "10.0.5.1"), peer);
    // Elsewhere a propagated route wins by its length like any other.
    let longer = origin(RouteOrigin::Propagated, route("172.31.5.0/24", peer));
    let (cloud, table) = table_of(vec![route("172.31.0.0/16", RouteTarget::Gone), longer]);
    assert_eq!(chosen(&cloud, table, "172.31.5.1"), peer);
}

#[test]
fn static_beats_prefix_list_beats_propagated_at_equal_length() {
    let fixture = two_regions();
    let peer = RouteTarget::Peering(fixture.peering);
    let by_list = Route {
        destination: Destination::PrefixList(fixture.s3_prefixes),
        target: RouteTarget::GatewayEndpoint(fixture.gateway),
        origin: RouteOrigin::Static,
    };
    let propagated = origin(RouteOrigin::Propagated, route("52.219.64.0/22", peer));
    let (cloud, table) = table_of(vec![propagated, by_list]);
    assert_eq!(chosen(&cloud, table, "52.219.64.10"), by_list.target);
    let (cloud, table) = table_of(vec![by_list, route("52.219.64.0/22", peer)]);
    assert_eq!(chosen(&cloud, table, "52.219.64.10"), peer);
    // A default route is shorter than the list's prefixes and loses, a longer static one wins.
    let (cloud, table) = table_of(vec![by_list, route("0.0.0.0/0", peer)]);
    assert_eq!(chosen(&cloud, table, "52.219.64.10"), by_list.target);
}

#[test]
fn overlapping_prefix_lists_have_a_stable_choice() {
    let mut fixture = two_regions();
    let mut second = fixture.cloud.prefix_lists[fixture.s3_prefixes].clone();
    second.name = "customer".to_owned();
    let second = fixture.cloud.prefix_lists.push(second);
    let by = |list, target| Route {
        destination: Destination::PrefixList(list),
        target,
        origin: RouteOrigin::Static,
    };
    let first_list = by(fixture.s3_prefixes, RouteTarget::GatewayEndpoint(fixture.gateway));
    let other_list = by(second, RouteTarget::Peering(fixture.peering));
    for routes in [vec![first_list, other_list], vec![other_list, first_list]] {
        let table = fixture.cloud.route_tables.push(RouteTable {
            name: "table".to_owned(),
            vpc: fixture.staging,
            propagation: None,
            routes,
        });
        assert_eq!(chosen(&fixture.cloud, table, "3.5.208.1"), first_list.target);
    }
}

#[test]
fn a_black_hole_wins_and_drops() {
    let peer = RouteTarget::Peering(two_regions().peering);
    let (cloud, table) = table_of(vec![
        route("172.16.0.0/12", peer),
        route("172.16.5.0/24", RouteTarget::Gone),
    ]);
    let refusal = cloud.route(table, ip("172.16.5.1")).expect_err("dropped");
    assert_eq!(refusal.reason, Reason::BlackholeRoute);
    let destination = Destination::Prefix(net("172.16.5.0/24"));
    assert_eq!(refusal.rule, Some(Rule::Route { table, destination }));
}

#[test]
fn a_group_reference_matches_members_in_the_vpc_and_across_a_peering_in_the_region() {
    let mut fixture = two_regions();
    let (client, server) = (fixture.source_group, fixture.staging_group);
    let attached = Attached::Host(HostId::from_index(0));
    fixture.interface(fixture.source_a, "192.168.1.10", client, attached);
    let server_interface = fixture.interface(fixture.staging_a, "10.0.1.20", server, attached);
    fixture.interface(fixture.staging_a, "10.0.1.21", server, attached);
    let by_group = |group| {
        rule(
            Some(Protocol::Tcp),
            PortRange::single(1500),
            RulePeer::Group(group),
        )
    };
    fixture.cloud.security_groups[server].ingress = vec![by_group(server), by_group(client)];
    let judge = |cloud: &Cloud, source| {
        cloud
            .filter_interface(
                server_interface,
                Direction::Ingress,
                &flow(source, "10.0.1.20", 1500),
            )
            .map(|verdict| verdict.rule)
    };
    let nth = |index| {
        Ok(Rule::SecurityGroupRule {
            group: server,
            direction: Direction::Ingress,
            index,
        })
    };
    assert_eq!(judge(&fixture.cloud, "10.0.1.21"), nth(0));
    let mismatch = Err(Refusal::by(
        Reason::SecurityGroupMismatch,
        Rule::NoSecurityGroupRule {
            group: server,
            direction: Direction::Ingress,
        },
    ));
    assert_eq!(judge(&fixture.cloud, "10.0.1.22"), mismatch, "no such member");
    assert_eq!(judge(&fixture.cloud, "192.168.1.10"), mismatch, "other Region");
    fixture.cloud.vpcs[fixture.source].region = fixture.target_region;
    assert_eq!(judge(&fixture.cloud, "192.168.1.10"), nth(1), "same Region");
    fixture.cloud.peerings[fixture.peering].state = PeeringState::Deleted;
    assert_eq!(judge(&fixture.cloud, "192.168.1.10"), mismatch, "stale");
}

#[test]
fn any_rule_of_any_group_lets_through_and_prefix_lists_count() {
    let mut fixture = two_regions();
    let attached = Attached::Host(HostId::from_index(0));
    let interface = fixture.interface(fixture.staging_a, "10.0.1.20", fixture.endpoint_group, attached);
    let to_s3 = flow("10.0.1.20", "52.219.64.10", 443);
    let judge = |cloud: &Cloud| cloud.filter_interface(interface, Direction::Egress, &to_s3);
    assert_eq!(
        judge(&fixture.cloud).map_err(|r| r.reason),
        Err(Reason::SecurityGroupEmpty)
    );
    let group = fixture.staging_group;
    fixture.cloud.security_groups[group].egress = vec![
        tcp(1500, "0.0.0.0/0"),
        rule(
            Some(Protocol::Tcp),
            PortRange::single(443),
            RulePeer::PrefixList(fixture.s3_prefixes),
        ),
    ];
    let both = vec![fixture.endpoint_group, group];
    fixture.cloud.interfaces.set_security_groups(interface, both);
    let verdict = judge(&fixture.cloud).expect("allowed");
    let (direction, index) = (Direction::Egress, 1);
    let expected = Rule::SecurityGroupRule {
        group,
        direction,
        index,
    };
    assert_eq!((verdict.rule, verdict.tracking), (expected, Tracked::Yes));
}

#[test]
fn what_is_open_both_ways_is_not_tracked() {
    let mut fixture = two_regions();
    let attached = Attached::Host(HostId::from_index(0));
    let group = fixture.staging_group;
    let interface = fixture.interface(fixture.staging_a, "10.0.1.20", group, attached);
    let mut out = flow("10.0.1.20", "192.168.1.10", 443);
    let judge = |cloud: &Cloud, flow: &FiveTuple| {
        cloud
            .filter_interface(interface, Direction::Egress, flow)
            .map(|verdict| verdict.tracking)
    };
    assert_eq!(judge(&fixture.cloud, &out), Ok(Tracked::Yes));
    fixture.cloud.security_groups[group].ingress.push(anything());
    assert_eq!(judge(&fixture.cloud, &out), Ok(Tracked::No));
    out.protocol = Protocol::Icmp;
    assert_eq!(judge(&fixture.cloud, &out), Ok(Tracked::Yes), "ICMP always is");
}

#[test]
fn acl_numbers_decide_whatever_the_order_of_the_list() {
    let mut fixture = two_regions();
    let acl = fixture.staging_acl;
    let deny = AclRule {
        number: 50,
        action: AclAction::Deny,
        protocol: Some(Protocol::Tcp),
        ports: PortRange::single(1500),
        peer: net("192.168.1.0/24"),
    };
    fixture.cloud.network_acls[acl].ingress.push(deny);
    let direction = Direction::Ingress;
    let judge = |cloud: &Cloud, port| {
        let flow = flow("192.168.1.10", "10.0.1.20", port);
        cloud.filter_subnet(acl, direction, &flow)
    };
    let number = |number| Rule::AclRule {
        acl,
        direction,
        number,
    };
    let denied = |rule| Err(Refusal::by(Reason::NetworkAclDenied, rule));
    assert_eq!(judge(&fixture.cloud, 1500), denied(number(50)));
    assert_eq!(judge(&fixture.cloud, 443), Ok(number(100)));
    fixture.cloud.network_acls[acl].ingress.clear();
    assert_eq!(
        judge(&fixture.cloud, 443),
        denied(Rule::AclDefault { acl, direction })
    );
}

fn at(secs: u64) -> SimTime {
    SimTime::at(Span::secs(secs))
}

const TRACKER: Tracker = Tracker::Host(HostId::from_index(0));

#[track_caller]
fn tracked(connections: &mut Connections, flow: &FiveTuple, secs: u64) -> bool {
    connections.pass(TRACKER, flow, Signal::Carry, at(secs)).is_some()
}

#[test]
fn tcp_is_forgotten_after_five_days_of_silence() {
    let mut connections = Connections::default();
    let out = flow("10.0.0.1", "10.0.0.2", 443);
    connections.remember(TRACKER, &out, None, at(0));
    assert!(tracked(&mut connections, &out.reversed(), 1));
    // Both have spoken: 432,000 s from the last packet, at second 1.
    assert!(!tracked(&mut connections.clone(), &out, 432_001));
    assert!(tracked(&mut connections, &out, 432_000));
    assert!(
        tracked(&mut connections, &out, 863_999),
        "each packet counts anew"
    );
}

#[test]
fn a_connection_that_nobody_answers_or_that_closes_is_forgotten_sooner() {
    let mut connections = Connections::default();
    let out = flow("10.0.0.1", "10.0.0.2", 443);
    connections.remember(TRACKER, &out, None, at(0));
    assert!(!tracked(&mut connections.clone(), &out, 120));
    assert!(tracked(&mut connections, &out.reversed(), 119));
    assert!(connections.pass(TRACKER, &out, Signal::Close, at(200)).is_some());
    assert!(!tracked(&mut connections.clone(), &out, 320));
    assert!(
        connections.pass(TRACKER, &out, Signal::Open, at(201)).is_none(),
        "anew"
    );
    assert!(connections.pass(TRACKER, &out, Signal::Reset, at(202)).is_some());
    assert!(!tracked(&mut connections, &out, 203));
}

#[test]
fn udp_lives_thirty_seconds_and_as_a_stream_three_minutes() {
    let mut connections = Connections::default();
    let mut out = flow("10.0.0.1", "10.0.0.2", 53);
    out.protocol = Protocol::Udp;
    connections.remember(TRACKER, &out, None, at(0));
    assert!(!tracked(&mut connections.clone(), &out, 30));
    assert!(tracked(&mut connections, &out.reversed(), 29));
    assert!(tracked(&mut connections.clone(), &out, 29 + 179));
    assert!(!tracked(&mut connections, &out, 29 + 180));
}

#[test]
fn a_held_conversation_does_not_expire() {
    let mut connections = Connections::default();
    let out = flow("10.0.0.1", "10.0.0.2", 1500);
    connections.remember(TRACKER, &out, None, at(0));
    assert!(tracked(&mut connections, &out.reversed(), 0));
    connections.hold(&out.reversed());
    assert!(tracked(&mut connections.clone(), &out, 5_000_000));
    connections.release(&out, at(5_000_000));
    assert!(tracked(&mut connections.clone(), &out, 5_431_999));
    assert!(!tracked(&mut connections, &out, 5_432_000));
}

#[test]
fn the_table_is_bounded_and_sweeps_what_expired() {
    let mut connections = Connections::default();
    let mut out = flow("10.0.0.1", "10.0.0.2", 443);
    for second in 0..10_000_u32 {
        out.source = Ipv4Addr::from(u32::from(ip("10.8.0.0")) + second);
        connections.remember(TRACKER, &out, None, at(u64::from(second)));
    }
    // Each lives 120 s, so about 120 are alive at any instant.
    assert!(connections.len() <= 1 << 10, "{}", connections.len());
    for host in 0..Connections::CAPACITY as u32 + 1 {
        out.source = Ipv4Addr::from(u32::from(ip("11.0.0.0")) + host);
        connections.remember(TRACKER, &out, None, at(20_000));
    }
    assert!(connections.len() <= Connections::CAPACITY);
    assert!(tracked(&mut connections, &out, 20_001), "the youngest stays");
}

fn any_prefix() -> impl Strategy<Value = Ipv4Net> {
    // Few addresses, so that prefixes nest and collide often.
    (0_u32..64, 24_u8..=32).prop_map(|(host, length)| {
        Ipv4Net::new_assert(Ipv4Addr::from(u32::from(ip("203.0.113.0")) + host), length).trunc()
    })
}

proptest! {
    #[test]
    fn route_choice_agrees_with_a_scan_by_length(
        prefixes in prop::collection::btree_map(any_prefix(), any::<bool>(), 0..12),
        host in 0_u32..64,
    ) {
        let peer = RouteTarget::Peering(two_regions().peering);
        let routes: Vec<_> = prefixes
            .iter()
            .map(|(prefix, works)| route(&prefix.to_string(), if *works { peer } else { RouteTarget::Gone }))
            .collect();
        let (cloud, table) = table_of(routes);
        let address = Ipv4Addr::from(u32::from(ip("203.0.113.0")) + host);
        // From the longest length down, the first prefix that is in the table.
        let naive = (24..=32).rev().find_map(|length| {
            let prefix = Ipv4Net::new_assert(address, length).trunc();
            prefixes.get(&prefix).map(|works| (prefix, *works))
        });
        match (cloud.route(table, address), naive) {
            (Ok(choice), Some((prefix, true))) => prop_assert_eq!(choice.matched, prefix),
            (Err(refusal), Some((prefix, false))) => {
                let destination = Destination::Prefix(prefix);
                prop_assert_eq!(refusal, Refusal::by(Reason::BlackholeRoute, Rule::Route { table, destination }));
            }
            (Err(refusal), None) => prop_assert_eq!(refusal.reason, Reason::NoRoute),
            (got, want) => prop_assert!(false, "{:?} for {:?}", got, want),
        }
    }

    #[test]
    fn acl_verdict_agrees_with_a_sorted_scan(
        rules in prop::collection::btree_map(
            1_u16..200,
            (any::<bool>(), any_prefix(), 0_u16..8, 0_u16..8, prop::option::of(any::<bool>())),
            0..10,
        ),
        host in 0_u32..64,
        port in 0_u16..16,
        tcp in any::<bool>(),
    ) {
        let protocol_of = |tcp| if tcp { Protocol::Tcp } else { Protocol::Udp };
        let mut list: Vec<_> = rules
            .iter()
            .map(|(number, (allow, peer, from, span, protocol))| AclRule {
                number: *number,
                action: if *allow { AclAction::Allow } else { AclAction::Deny },
                protocol: protocol.map(protocol_of),
                ports: PortRange { from: *from, to: from + span },
                peer: *peer,
            })
            .collect();
        let mut packet = flow("203.0.113.0", "10.0.1.20", port);
        packet.source = Ipv4Addr::from(u32::from(packet.source) + host);
        packet.protocol = protocol_of(tcp);
        // Ascending by number, as the map is.
        let mut naive = None;
        for rule in &list {
            let about_protocol = rule.protocol.is_none_or(|protocol| protocol == packet.protocol);
            let about_port = (rule.ports.from..=rule.ports.to).contains(&port);
            if naive.is_none() && about_protocol && about_port && rule.peer.contains(&packet.source) {
                naive = Some((rule.action, rule.number));
            }
        }
        list.reverse();
        let mut fixture = two_regions();
        let acl: NetworkAclId = fixture.cloud.network_acls.push(NetworkAcl {
            name: "acl".to_owned(),
            vpc: fixture.staging,
            ingress: list,
            egress: vec![],
        });
        let direction = Direction::Ingress;
        let want = match naive {
            Some((AclAction::Allow, number)) => Ok(Rule::AclRule { acl, direction, number }),
            Some((AclAction::Deny, number)) => Err(Rule::AclRule { acl, direction, number }),
            None => Err(Rule::AclDefault { acl, direction }),
        };
        let got = fixture.cloud.filter_subnet(acl, direction, &packet);
        prop_assert_eq!(got, want.map_err(|rule| Refusal::by(Reason::NetworkAclDenied, rule)));
    }
}
