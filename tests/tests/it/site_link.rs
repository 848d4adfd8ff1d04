//! SiteLink: sites reach each other from one Direct Connect location to another.

use sim_core::units::Span;

use crate::on_premises::{at, way};
use crate::private_gateways::path_to;

const T: Span = Span::minutes(5);

/// Two sites in two Regions at one Direct Connect gateway, with a VPC behind it.
fn lab(one: &str, other: &str) -> String {
    format!(
        r#"Lab(
    schema: 1, name: "site-link", title: "SiteLink", duration: "1h",
    regions: {{"eu-central-1": (zones: ["eu-central-1a"]), "us-east-1": (zones: ["us-east-1a"])}},
    vpcs: {{
        "vpc": (
            region: "eu-central-1", cidrs: ["10.1.0.0/16"],
            subnets: {{"a": (zone: "eu-central-1a", cidr: "10.1.1.0/24", route_table: "rt")}},
            route_tables: {{"rt": (propagation: "vgw")}},
            security_groups: {{"sg": (ingress: [(protocol: any, ports: "0-65535", from: "0.0.0.0/0")])}},
        ),
    }},
    segments: {{"east": (prefix: "192.168.10.0/24"), "west": (prefix: "192.168.20.0/24")}},
    hosts: {{
        "app": (subnet: "a", address: "10.1.1.10", security_groups: ["sg"], listens: [tcp(443)]),
        "frankfurt": (segment: "east", address: "192.168.10.10", gateway: "192.168.10.1", listens: [tcp(443)]),
        "ashburn": (segment: "west", address: "192.168.20.10", gateway: "192.168.20.1", listens: [tcp(443)]),
    }},
    virtual_private_gateways: {{"vgw": (vpc: "vpc")}},
    direct_connect_locations: {{
        "EqFR5": (region: "eu-central-1", devices: ["EqFR5-1"]), "EqDC2": (region: "us-east-1", devices: ["EqDC2-1"]),
    }},
    direct_connect_connections: {{
        "dx-fr": (device: "EqFR5-1", router: "dc-fr", rate: "1Gbps"), "dx-dc": (device: "EqDC2-1", router: "dc-us", rate: "1Gbps"),
    }},
    virtual_interfaces: {{
        "vif-fr": (connection: "dx-fr", kind: private, gateway: "dxgw", vlan: 1, address: "169.254.1.2/30", asn: 65001{one}),
        "vif-us": (connection: "dx-dc", kind: private, gateway: "dxgw", vlan: 1, address: "169.254.2.2/30", asn: 65002{other}),
    }},
    direct_connect_gateways: {{"dxgw": (asn: 64600, virtual_private_gateways: {{"v": (virtual_private_gateway: "vgw")}})}},
    routers: {{
        "dc-fr": (
            asn: 65001, segments: {{"east": ("192.168.10.1")}}, announce: ["192.168.10.0/24"],
            neighbors: {{"aws": (link: "vif-fr", remote_as: 64600)}},
        ),
        "dc-us": (
            asn: 65002, segments: {{"west": ("192.168.20.1")}}, announce: ["192.168.20.0/24"],
            neighbors: {{"aws": (link: "vif-us", remote_as: 64600)}},
        ),
    }},
)"#
    )
}

const ON: &str = ", site_link: on";

#[test]
fn linked_sites_reach_each_other_and_the_vpc() {
    let session = at(&lab(ON, ON), T, &[]);
    assert_eq!(
        way(&session, "frankfurt", "ashburn", None),
        "frankfurt east dc-fr vif-fr vif-us dc-us west ashburn | ashburn west dc-us vif-us vif-fr dc-fr east frankfurt"
    );
    assert_eq!(
        path_to(&session, "dc-fr", "192.168.20.0/24").as_deref(),
        Some("64600 65002")
    );
    assert!(way(&session, "frankfurt", "app", None).ends_with(" frankfurt"));
    assert!(way(&session, "app", "ashburn", None).ends_with(" app"));
}

#[test]
fn both_have_to_be_linked() {
    for (one, other) in [("", ""), (ON, ""), ("", ON)] {
        let session = at(&lab(one, other), T, &[]);
        assert_eq!(path_to(&session, "dc-fr", "192.168.20.0/24"), None);
        assert_eq!(path_to(&session, "dc-us", "192.168.10.0/24"), None);
        let text = way(&session, "frankfurt", "ashburn", None);
        assert!(text.contains("NO_ROUTE"), "{text}");
    }
    // Nor is what nobody announced let through: a static route towards AWS leads nowhere.
    let text = lab(ON, "").replace(
        "announce: [\"192.168.10.0/24\"],",
        "announce: [\"192.168.10.0/24\"], static_routes: [(\"192.168.20.0/24\", \"169.254.1.1\")],",
    );
    let session = at(&text, T, &[]);
    let text = way(&session, "frankfurt", "ashburn", None);
    assert!(text.contains("DXGW_ALLOWED_PREFIX"), "{text}");
}

#[test]
fn the_shorter_path_wins_whatever_the_region_once_sites_are_linked() {
    // Both sites announce the same prefix, the one in the VPC's own Region with the longer path.
    let text = |link: &str| {
        lab(link, link)
            .replace(
                "\"192.168.10.0/24\"],",
                "\"192.168.10.0/24\", (prefix: \"172.16.0.0/16\", prepend: [65001])],",
            )
            .replace(
                "\"192.168.20.0/24\"],",
                "\"192.168.20.0/24\", \"172.16.0.0/16\"],",
            )
    };
    let by = |link: &str| {
        let session = at(&text(link), T, &[]);
        way(&session, "app", "172.16.0.1", None)
    };
    assert!(by("").contains(" dxgw vif-fr "), "{}", by(""));
    assert!(by(ON).contains(" dxgw vif-us "), "{}", by(ON));
}

#[test]
fn a_line_that_fails_takes_its_site_with_it() {
    let session = at(&lab(ON, ON), T, &["link_state(\"dx-dc\", down)"]);
    assert_eq!(path_to(&session, "dc-fr", "192.168.20.0/24"), None);
}
