//! Private virtual interfaces: at a virtual private gateway, and by a Direct Connect gateway.

use sim_core::units::Span;

use crate::on_premises::{at, way};
use crate::private_gateways::{path_to, routes};

/// Two VPCs, each with a gateway, a data centre with a line to AWS, and a branch with a VPN connection to the first.
fn lab(interface: &str, gateways: &str) -> String {
    format!(
        r#"Lab(
    schema: 1, name: "private", title: "Private", duration: "1h",
    regions: {{"eu-central-1": (zones: ["eu-central-1a"])}},
    vpcs: {{
        "one": (
            region: "eu-central-1", cidrs: ["10.1.0.0/16"],
            subnets: {{"one-a": (zone: "eu-central-1a", cidr: "10.1.1.0/24", route_table: "one-rt")}},
            route_tables: {{"one-rt": (propagation: "vgw-1")}},
            security_groups: {{"one-sg": (ingress: [(protocol: any, ports: "0-65535", from: "0.0.0.0/0")])}},
        ),
        "two": (
            region: "eu-central-1", cidrs: ["10.2.0.0/16"],
            subnets: {{"two-a": (zone: "eu-central-1a", cidr: "10.2.1.0/24", route_table: "two-rt")}},
            route_tables: {{"two-rt": (propagation: "vgw-2")}},
            security_groups: {{"two-sg": (ingress: [(protocol: any, ports: "0-65535", from: "0.0.0.0/0")])}},
        ),
    }},
    segments: {{
        "servers": (prefix: "192.168.10.0/24"), "tills": (prefix: "192.168.20.0/24"),
    }},
    hosts: {{
        "app-1": (subnet: "one-a", address: "10.1.1.10", security_groups: ["one-sg"], listens: [tcp(443)]),
        "app-2": (subnet: "two-a", address: "10.2.1.10", security_groups: ["two-sg"], listens: [tcp(443)]),
        "server": (segment: "servers", address: "192.168.10.10", gateway: "192.168.10.1", listens: [tcp(443)]),
        "till": (segment: "tills", address: "192.168.20.10", gateway: "192.168.20.1", listens: [tcp(443)]),
    }},
    virtual_private_gateways: {{"vgw-1": (vpc: "one"), "vgw-2": (vpc: "two", asn: 64513)}},
    direct_connect_locations: {{"EqFR5": (region: "eu-central-1", devices: ["EqFR5-1"])}},
    direct_connect_connections: {{"dx": (device: "EqFR5-1", router: "dc", rate: "1Gbps")}},
    virtual_interfaces: {{"vif": (connection: "dx", kind: private, {interface}, vlan: 101,
                                  address: "169.254.101.2/30", asn: 65001)}},
    direct_connect_gateways: {{{gateways}}},
    customer_gateways: {{"branch": (address: "198.51.100.1", asn: 65002)}},
    vpn_connections: {{
        "vpn": (
            customer_gateway: "branch", virtual_private_gateway: "vgw-1",
            tunnels: [
                (outside: "203.0.113.100", inside: "169.254.10.0/30", key: "correct.horse.battery"),
                (outside: "203.0.113.110", inside: "169.254.10.4/30", key: "staple.correct.horse"),
            ],
        ),
    }},
    internet: {{"isp": (router: "branch", address: "198.51.100.1/30")}},
    routers: {{
        "dc": (
            asn: 65001, segments: {{"servers": ("192.168.10.1")}}, announce: ["192.168.10.0/24"],
            neighbors: {{"aws": (link: "vif", remote_as: 64512)}},
        ),
        "branch": (
            asn: 65002, segments: {{"tills": ("192.168.20.1")}}, announce: ["192.168.20.0/24"],
            tunnels: {{
                "t-1": (to: "203.0.113.100", inside: "169.254.10.2/30", key: "correct.horse.battery"),
                "t-2": (to: "203.0.113.110", inside: "169.254.10.6/30", key: "staple.correct.horse"),
            }},
            neighbors: {{
                "vgw-1": (tunnel: "t-1", remote_as: 64512), "vgw-2": (tunnel: "t-2", remote_as: 64512),
            }},
        ),
    }},
)"#
    )
}

const T: Span = Span::minutes(5);

fn at_gateway() -> String {
    lab(r#"virtual_private_gateway: "vgw-1""#, "")
}

fn by_direct_connect(associations: &str) -> String {
    let gateways = format!(r#""dxgw": (virtual_private_gateways: {{{associations}}})"#);
    lab(r#"gateway: "dxgw""#, &gateways)
}

const BOTH: &str = r#""a": (virtual_private_gateway: "vgw-1"), "b": (virtual_private_gateway: "vgw-2")"#;

#[test]
fn at_a_virtual_private_gateway_it_reaches_the_vpc_and_takes_part_in_cloudhub() {
    let session = at(&at_gateway(), T, &[]);
    assert_eq!(
        way(&session, "server", "app-1", None),
        "server servers dc vif vgw-1 one-a app-1 app-1 | app-1 app-1 one-a one vgw-1 vif dc servers server"
    );
    assert!(way(&session, "till", "server", None).ends_with("till"));
    assert_eq!(
        path_to(&session, "dc", "192.168.20.0/24").as_deref(),
        Some("64512 65002")
    );
    assert_eq!(path_to(&session, "dc", "10.2.0.0/16"), None);
}

#[test]
fn by_a_direct_connect_gateway_it_reaches_vpcs_and_nothing_else() {
    let session = at(&by_direct_connect(BOTH), T, &[]);
    assert!(way(&session, "server", "app-1", None).ends_with("server"));
    assert!(way(&session, "server", "app-2", None).ends_with("server"));
    assert!(way(&session, "app-2", "server", None).ends_with("app-2"));
    // Neither the branch behind the first gateway, nor from one VPC to the other.
    assert_eq!(path_to(&session, "dc", "192.168.20.0/24"), None);
    assert_eq!(path_to(&session, "branch", "192.168.10.0/24"), None);
    let text = way(&session, "app-1", "app-2", None);
    assert!(
        text.contains("NO_ROUTE_TO_DESTINATION at route table one-rt"),
        "{text}"
    );
    let text = way(&session, "till", "server", None);
    assert!(text.contains("NO_ROUTE"), "{text}");
}

#[test]
fn a_supernet_that_the_customer_announces_joins_the_vpcs_that_it_covers() {
    let text =
        by_direct_connect(BOTH).replace("\"192.168.10.0/24\"],", "\"192.168.10.0/24\", \"10.0.0.0/8\"],");
    let session = at(&text, T, &[]);
    assert_eq!(
        way(&session, "app-1", "app-2", None),
        "app-1 app-1 one-a one vgw-1 dxgw vgw-2 two-a app-2 app-2 | app-2 app-2 two-a two vgw-2 dxgw vgw-1 one-a app-1 app-1"
    );
}

#[test]
fn an_allowed_prefix_lets_whole_blocks_through() {
    let with = |allowed: &str| {
        let text = format!(r#""a": (virtual_private_gateway: "vgw-1", allowed_prefixes: [{allowed}])"#);
        let session = at(&by_direct_connect(&text), T, &[]);
        path_to(&session, "dc", "10.1.0.0/16")
    };
    assert_eq!(with("\"10.0.0.0/14\"").as_deref(), Some("64512"));
    assert_eq!(with("\"10.1.0.0/16\"").as_deref(), Some("64512"));
    // Narrower than the VPC's block: nothing, and not a part of it.
    assert_eq!(with("\"10.1.1.0/24\""), None);
}

#[test]
fn direct_connect_goes_before_vpn_and_a_longer_prefix_before_both() {
    // Both announce the same prefix, the branch with the shorter path.
    let text = at_gateway()
        .replace(
            "announce: [\"192.168.10.0/24\"]",
            "announce: [(prefix: \"172.16.0.0/16\", prepend: [65001, 65001])]",
        )
        .replace(
            "announce: [\"192.168.20.0/24\"]",
            "announce: [\"172.16.0.0/16\", \"172.16.5.0/24\"]",
        );
    let session = at(&text, T, &[]);
    let listed = routes(&session, "vgw-1");
    assert_eq!(
        listed.first().map(String::as_str),
        Some("10.1.0.0/16 → one (VPC)")
    );
    assert_eq!(
        listed.get(1).map(String::as_str),
        Some("172.16.0.0/16 → vif (Direct Connect)")
    );
    assert!(
        listed
            .get(2)
            .is_some_and(|it| it.starts_with("172.16.5.0/24 → vpn/")),
        "{listed:?}"
    );
    // With the line gone, VPN takes over.
    let session = at(&text, T, &["link_state(\"dx\", down)"]);
    let listed = routes(&session, "vgw-1");
    assert!(
        listed
            .get(1)
            .is_some_and(|it| it.starts_with("172.16.0.0/16 → vpn/")),
        "{listed:?}"
    );
}

#[test]
fn a_static_vpn_route_goes_after_direct_connect_and_before_vpn_by_bgp() {
    let fixed = at_gateway()
        .replace(
            "customer_gateway: \"branch\", virtual_private_gateway: \"vgw-1\",",
            "customer_gateway: \"branch\", virtual_private_gateway: \"vgw-1\", routing: static_routes,
             prefixes: [\"192.168.20.0/24\", \"192.168.10.0/24\"],",
        )
        .replace(
            "\"vgw-1\": (tunnel: \"t-1\", remote_as: 64512), \"vgw-2\": (tunnel: \"t-2\", remote_as: 64512),",
            "",
        )
        .replace(
            "asn: 65002, segments",
            "static_routes: [(\"10.1.0.0/16\", \"169.254.10.1\")], segments",
        )
        .replace(
            "\"192.168.20.1\")}, announce: [\"192.168.20.0/24\"],",
            "\"192.168.20.1\")},",
        );
    let session = at(&fixed, T, &[]);
    let listed = routes(&session, "vgw-1");
    assert!(
        listed.contains(&"192.168.10.0/24 → vif (Direct Connect)".to_owned()),
        "{listed:?}"
    );
    assert!(
        listed.iter().any(|it| it.starts_with("192.168.20.0/24 → vpn/")),
        "{listed:?}"
    );
    assert!(way(&session, "app-1", "till", None).ends_with("app-1"));
    // Sites are told of no static route: CloudHub is a matter of BGP.
    assert_eq!(path_to(&session, "dc", "192.168.20.0/24"), None);
    // A tunnel that dies silently is found by DPD, and the other one taken.
    let used = listed
        .iter()
        .find(|it| it.starts_with("192.168.20.0/24"))
        .expect("it is there");
    let (dead, other) = if used.contains("vpn/1") {
        ("1", "vpn/2")
    } else {
        ("2", "vpn/1")
    };
    let change = format!("link_passage(\"vpn/{dead} uplink\", a, blocked)");
    let session = at(&fixed, Span::minutes(5), &[&change]);
    let listed = routes(&session, "vgw-1");
    assert!(
        listed.contains(&format!("192.168.20.0/24 → {other} (static VPN)")),
        "{listed:?}"
    );
}

#[test]
fn more_than_a_hundred_prefixes_end_the_session() {
    let nets: Vec<String> = (0..105).map(|it| format!("\"172.16.{it}.0/24\"")).collect();
    let text = at_gateway().replace(
        "announce: [\"192.168.10.0/24\"]",
        &format!("announce: [{}]", nets.join(", ")),
    );
    let session = at(&text, T, &[]);
    assert_eq!(path_to(&session, "dc", "10.1.0.0/16"), None);
}
