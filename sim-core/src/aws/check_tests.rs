//! One broken cloud per check.

use crate::resource::{HostId, ResourceRef};
use crate::units::Span;

use super::fixture::{Fixture, allow_all, ip, net, route, subnet, tcp, two_regions};
use super::*;

/// Breaks the fixture and compares what is found with the expected codes, in order.
#[track_caller]
fn check(expected: &[&str], break_it: impl FnOnce(&mut Fixture)) -> Vec<Violation> {
    let mut fixture = two_regions();
    break_it(&mut fixture);
    let found = violations(&fixture.cloud);
    let codes: Vec<_> = found.iter().map(Violation::code).collect();
    assert_eq!(codes, expected, "{found:#?}");
    found
}

#[test]
fn the_fixture_is_sound() {
    check(&[], |_| {});
}

#[test]
fn a_violation_says_what_and_where() {
    let mut vpc = None;
    let found = check(&["vpc-cidr-size"], |f| {
        f.cloud.vpcs[f.source].cidrs[0] = net("192.160.0.0/12");
        vpc = Some(f.source);
    });
    assert_eq!(
        found[0].to_string(),
        "a VPC's CIDR block is between /16 and /28, 192.160.0.0/12 is not"
    );
    assert_eq!(Some(found[0].subject()), vpc.map(ResourceRef::from));
}

#[test]
fn vpc_blocks() {
    check(&["vpc-cidr-size", "vpc-cidr-overlap"], |f| {
        f.cloud.vpcs[f.staging].cidrs.push(net("10.0.9.0/29"));
    });
    check(&["vpc-cidr-range"], |f| {
        f.cloud.vpcs[f.staging].cidrs.push(net("172.16.0.0/16"));
    });
    check(&[], |f| {
        f.cloud.vpcs[f.staging].cidrs.push(net("10.1.0.0/16"));
        f.cloud.vpcs[f.staging].cidrs.push(net("100.64.0.0/16"));
    });
    check(&["vpc-cidr-count"], |f| {
        for third in 1..=5 {
            let block = net(&format!("10.{third}.0.0/16"));
            f.cloud.vpcs[f.staging].cidrs.push(block);
        }
    });
}

#[test]
fn subnets() {
    let with = |cidr: &'static str| {
        move |f: &mut Fixture| {
            let both = (f.staging_table, f.staging_acl);
            subnet(&mut f.cloud, f.staging, f.zone_b, cidr, both);
        }
    };
    check(&[], with("10.0.3.0/28"));
    check(&["subnet-size"], with("10.0.3.0/29"));
    check(&["subnet-outside-vpc"], with("10.1.0.0/24"));
    check(&["subnet-overlap"], with("10.0.1.128/25"));
    check(
        &["subnet-elsewhere", "subnet-elsewhere", "subnet-elsewhere"],
        |f| {
            let both = (f.source_table, f.source_acl);
            let zone = f.cloud.subnets[f.source_a].zone;
            subnet(&mut f.cloud, f.staging, zone, "10.0.3.0/24", both);
        },
    );
}

#[test]
fn addresses() {
    let with = |address: &'static str| {
        move |f: &mut Fixture| {
            let attached = Attached::Host(HostId::from_index(0));
            f.interface(f.staging_a, address, f.staging_group, attached);
        }
    };
    check(&[], with("10.0.1.4"));
    check(&["address-reserved"], with("10.0.1.3"));
    check(&["address-reserved"], with("10.0.1.255"));
    check(&["address-outside-subnet"], with("10.0.2.4"));
    check(&["address-taken"], with("10.0.1.5"));
    check(&["address-taken"], |f| {
        for id in f.cloud.interfaces.ids().take(2) {
            let public = Some(ip("198.51.100.1"));
            f.cloud.interfaces.set_public_address(id, public);
        }
    });
}

#[test]
fn filters_and_their_quotas() {
    check(&["security-group-rules"], |f| {
        let rules = (1..=61).map(|port| tcp(port, "10.0.0.0/8"));
        f.cloud.security_groups[f.staging_group].ingress = rules.collect();
    });
    check(&["security-group-count"; 2], |f| {
        let mut ids = f.cloud.interfaces.ids();
        let (one, other) = (ids.next().expect("one"), ids.next().expect("two"));
        let six = vec![f.endpoint_group; 6];
        f.cloud.interfaces.set_security_groups(one, six);
        f.cloud.interfaces.set_security_groups(other, vec![]);
    });
    check(&["security-group-elsewhere"], |f| {
        let id = f.cloud.interfaces.ids().next().expect("one");
        let foreign = vec![f.source_group];
        f.cloud.interfaces.set_security_groups(id, foreign);
    });
    check(&["acl-number", "acl-number-twice", "acl-number"], |f| {
        let rules = [0, 100, 100, 32_766, 32_767].map(allow_all);
        f.cloud.network_acls[f.staging_acl].ingress = rules.to_vec();
    });
    check(&["acl-rules"], |f| {
        f.cloud.network_acls[f.staging_acl].egress = (1..=41).map(allow_all).collect();
    });
}

#[test]
fn routes() {
    let with = |destination: &'static str| {
        move |f: &mut Fixture| {
            let target = RouteTarget::Peering(f.peering);
            let table = &mut f.cloud.route_tables[f.staging_table];
            table.routes.push(route(destination, target));
        }
    };
    check(&[], with("0.0.0.0/0"));
    check(&["route-twice"], with("192.168.0.0/16"));
    check(&["route-within-local"], with("10.0.3.0/24"));
    check(&["route-within-local"], with("10.0.1.0/24"));
    check(&["route-forbidden"], with("169.254.170.0/24"));
    check(&[], |f| {
        let appliance = f.cloud.interface_endpoints[f.mgn].interfaces[0];
        let target = RouteTarget::NetworkInterface(appliance);
        let table = &mut f.cloud.route_tables[f.staging_table];
        table.routes.push(route("10.0.2.0/24", target));
    });
    check(&["route-target-elsewhere"], |f| {
        let foreign = f.cloud.interface_endpoints[f.mgn].interfaces[0];
        let target = RouteTarget::NetworkInterface(foreign);
        let table = &mut f.cloud.route_tables[f.source_table];
        table.routes.push(route("172.16.0.0/12", target));
    });
    check(&["routes"], |f| {
        let table = &mut f.cloud.route_tables[f.source_table];
        let many = (0..500_u32).map(|n| {
            let prefix = format!("172.{}.{}.0/24", 16 + n / 256, n % 256);
            route(&prefix, RouteTarget::Gone)
        });
        table.routes.extend(many);
    });
}

#[test]
fn peerings() {
    check(&["peering-overlap"], |f| {
        // Even an unused secondary block counts.
        f.cloud.vpcs[f.source].cidrs.push(net("192.0.2.0/24"));
        f.cloud.vpcs[f.staging].cidrs.push(net("192.0.2.128/25"));
    });
    check(&["peering-twice"], |f| {
        let mut second = f.cloud.peerings[f.peering].clone();
        std::mem::swap(&mut second.requester, &mut second.accepter);
        f.cloud.peerings.push(second);
    });
    check(&[], |f| {
        let mut second = f.cloud.peerings[f.peering].clone();
        second.state = PeeringState::Deleted;
        f.cloud.peerings.push(second);
    });
    check(&["route-target-elsewhere", "peering-with-itself"], |f| {
        f.cloud.peerings[f.peering].accepter = f.source;
    });
}

#[test]
fn endpoints() {
    check(&["endpoint-zone-twice"], |f| {
        let group = vec![f.endpoint_group];
        let attached = Attached::Endpoint(f.mgn);
        let third = f.cloud.place_interface(f.staging_a, group, attached, None);
        let third = third.expect("a free address");
        f.cloud.interface_endpoints[f.mgn].interfaces.push(third);
    });
    check(&["endpoint-elsewhere"], |f| {
        f.cloud.interface_endpoints[f.mgn].interfaces.clear();
    });
    check(&["endpoint-region", "endpoint-elsewhere"], |f| {
        f.cloud.interface_endpoints[f.s3].vpc = f.source;
    });
    check(&["gateway-endpoint-twice"], |f| {
        let mut second = f.cloud.gateway_endpoints[f.gateway].clone();
        second.name = "second".to_owned();
        f.cloud.gateway_endpoints.push(second);
    });
    check(&["gateway-endpoint-service"], |f| {
        f.cloud.gateway_endpoints[f.gateway].service = Service::Ec2;
    });
    check(&["gateway-endpoint-elsewhere"], |f| {
        let tables = &mut f.cloud.gateway_endpoints[f.gateway].route_tables;
        tables.push(f.source_table);
    });
    check(&["endpoints"], |f| {
        let row = f.cloud.interface_endpoints[f.s3].clone();
        for _ in 0..48 {
            f.cloud.interface_endpoints.push(row.clone());
        }
    });
}

#[test]
fn private_dns() {
    let second = |f: &mut Fixture, private_dns| {
        let mut row = f.cloud.interface_endpoints[f.mgn].clone();
        row.private_dns = private_dns;
        f.cloud.interface_endpoints.push(row);
    };
    check(&["private-dns-twice"], |f| second(f, PrivateDns::On));
    check(&[], |f| second(f, PrivateDns::Off));
    check(&["inbound-only-service"], |f| {
        f.cloud.interface_endpoints[f.mgn].private_dns = PrivateDns::InboundResolverOnly;
    });
    let inbound_only =
        |f: &mut Fixture| f.cloud.interface_endpoints[f.s3].private_dns = PrivateDns::InboundResolverOnly;
    check(&[], inbound_only);
    check(&["inbound-only-without-gateway"], |f| {
        inbound_only(f);
        f.cloud.gateway_endpoints[f.gateway].state = EndpointState::Deleted;
    });
    let zone = |domain: &str, f: &Fixture| HostedZone {
        domain: domain.to_owned(),
        vpcs: vec![f.staging],
        records: vec![],
    };
    check(&["private-dns-zone"], |f| {
        let zone = zone("mgn.ap-south-1.amazonaws.com", f);
        f.cloud.hosted_zones.push(zone);
    });
    check(
        &["hosted-zone-twice", "record-outside-zone", "record-shape"],
        |f| {
            let mut zone = zone("example.com", f);
            f.cloud.hosted_zones.push(zone.clone());
            for name in ["a.example.org", "b.example.com"] {
                zone.records.push(DnsRecord {
                    name: name.to_owned(),
                    addresses: vec![],
                    ttl: Span::secs(60),
                });
            }
            f.cloud.hosted_zones.push(zone);
        },
    );
}

#[test]
fn resolver_endpoints_have_at_least_two_addresses_of_their_vpc() {
    let with = |n_interfaces: usize| {
        move |f: &mut Fixture| {
            let id = f.cloud.resolver_endpoints.next_id();
            let place = |_| {
                let group = vec![f.endpoint_group];
                let attached = Attached::Resolver(id);
                let placed = f.cloud.place_interface(f.staging_a, group, attached, None);
                placed.expect("a free address")
            };
            let interfaces = (0..n_interfaces).map(place).collect();
            f.cloud.resolver_endpoints.push(ResolverEndpoint {
                name: "inbound".to_owned(),
                direction: EndpointDirection::Inbound,
                vpc: f.staging,
                interfaces,
            });
        }
    };
    check(&["resolver-interfaces"], with(1));
    check(&[], with(2));
    check(&["resolver-interfaces"], with(7));
    check(&["resolver-elsewhere"], |f| {
        with(2)(f);
        for (_, row) in f.cloud.resolver_endpoints.iter_mut() {
            row.vpc = f.source;
        }
    });
}

#[test]
fn resolver_rules_forward_through_an_outbound_endpoint_of_their_region() {
    let with = |edit: fn(&mut Fixture, &mut ResolverRule)| {
        move |f: &mut Fixture| {
            let id = f.cloud.resolver_endpoints.next_id();
            let interfaces = [f.staging_a, f.staging_a].map(|subnet| {
                let attached = Attached::Resolver(id);
                let placed = f
                    .cloud
                    .place_interface(subnet, vec![f.endpoint_group], attached, None);
                placed.expect("a free address")
            });
            f.cloud.resolver_endpoints.push(ResolverEndpoint {
                name: "outbound".to_owned(),
                direction: EndpointDirection::Outbound,
                vpc: f.staging,
                interfaces: interfaces.to_vec(),
            });
            let mut rule = ResolverRule {
                name: "corp".to_owned(),
                domain: "corp.example".to_owned(),
                action: RuleAction::Forward {
                    endpoint: id,
                    targets: vec![ip("192.168.1.53")],
                },
                vpcs: vec![f.staging],
            };
            edit(f, &mut rule);
            f.cloud.resolver_rules.push(rule);
        }
    };
    check(&[], with(|_, _| {}));
    check(
        &["resolver-rule-inbound"],
        with(|f, _| {
            for (_, row) in f.cloud.resolver_endpoints.iter_mut() {
                row.direction = EndpointDirection::Inbound;
            }
        }),
    );
    check(
        &["resolver-targets"],
        with(|_, rule| {
            if let RuleAction::Forward { targets, .. } = &mut rule.action {
                targets.clear();
            }
        }),
    );
    check(
        &["resolver-rule-elsewhere"],
        with(|f, rule| rule.vpcs.push(f.source)),
    );
    check(
        &["resolver-rule-twice"],
        with(|f, rule| {
            f.cloud.resolver_rules.push(rule.clone());
        }),
    );
    check(
        &["resolver-endpoints"],
        with(|f, _| {
            let row = f.cloud.resolver_endpoints.rows()[0].clone();
            for _ in 0..4 {
                f.cloud.resolver_endpoints.push(row.clone());
            }
        }),
    );
}
