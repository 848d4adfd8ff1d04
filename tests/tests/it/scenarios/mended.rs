//! Cures of the broken variants, for which preflight proposes none because nothing is migrated.

/// What mends each broken variant without a migration, laid over it.
pub(super) const MENDED: &[(&str, &str)] = &[
    (
        "bgp-wrong-remote-as",
        r#"routers: {"cgw-1": (neighbors: {"primary": (remote_as: 64512)})}"#,
    ),
    (
        "bgp-hold-time",
        r#"routers: {"tgw": (neighbors: {"primary": (timers: (minimum_hold: "6s"))})}"#,
    ),
    (
        "bgp-md5-key",
        r#"routers: {"tgw": (neighbors: {"primary": (password: "correct horse")})}"#,
    ),
    (
        "bgp-ttl-security",
        r#"routers: {"cgw-1": (neighbors: {"primary": (ttl_security: 1)})}"#,
    ),
    (
        "bgp-prefix-limit",
        r#"routers: {"tgw": (neighbors: {"primary": (max_prefix: 5)})}"#,
    ),
    (
        "bgp-no-loopback-route",
        r#"routers: {"core": (static_routes: [("192.168.255.2/32", "172.16.0.6")])}"#,
    ),
    (
        "bgp-no-next-hop-self",
        r#"routers: {"core": (static_routes: [("192.168.255.2/32", "172.16.0.6"), ("169.254.0.0/30", "172.16.0.6")])}"#,
    ),
    (
        "dx-too-many-prefixes",
        r#"routers: {"cgw-1": (announce: ["192.168.0.0/16"])}"#,
    ),
    (
        "dx-allowed-prefix-missing",
        r#"direct_connect_gateways: {"dxgw": (transit_gateways: {"dx-attachment": (allowed_prefixes: ["10.0.0.0/16", "10.1.0.0/16"])})}"#,
    ),
    (
        "dx-allowed-prefix-narrower",
        r#"changes: [allowed_prefixes("dx-attachment", ["10.0.0.0/16"])]"#,
    ),
    (
        "dx-private-vpn-block-not-allowed",
        r#"changes: [allowed_prefixes("dx-attachment", ["10.99.0.0/24"])]"#,
    ),
    (
        "dx-connect-no-multihop",
        r#"routers: {"cgw-1": (neighbors: {"connect-1": (multihop: 2), "connect-2": (multihop: 2)})}"#,
    ),
    (
        "dx-connect-one-session",
        r#"routers: {"cgw-1": (neighbors: {"connect-2": (address: "169.254.200.3", source: "169.254.200.1", remote_as: 64512, multihop: 2, timers: (hold: "30s"), export: "own")})}"#,
    ),
    (
        "dx-sitelink-one-side",
        r#"virtual_interfaces: {"vif-ashburn": (site_link: on)}"#,
    ),
    (
        "dx-md5-key",
        r#"routers: {"cgw-1": (neighbors: {"dx-1": (password: "correct.horse.battery")})}"#,
    ),
    ("dx-wrong-asn", r#"virtual_interfaces: {"vif-1": (asn: 65001)}"#),
    (
        "dx-not-accepted",
        r#"virtual_interfaces: {"vif-1": (provisioning: available)}"#,
    ),
    (
        "dx-no-bfd",
        r#"routers: {"cgw-1": (neighbors: {"dx-1": (bfd: (interval: "300ms", multiplier: 3)), "dx-2": (bfd: (interval: "300ms", multiplier: 3))})}"#,
    ),
    (
        "dx-graceful-restart",
        r#"routers: {"cgw-1": (neighbors: {"dx-1": (graceful_restart: helper), "dx-2": (graceful_restart: helper)})}"#,
    ),
    (
        "dx-one-device",
        r#"direct_connect_connections: {"dx-2": (device: "EqFR5-2")}"#,
    ),
    (
        "dx-lag-min-links",
        r#"direct_connect_lags: {"dx-1": (min_links: 1)}"#,
    ),
    (
        "dx-more-specific-over-vpn",
        r#"routers: {"cgw-1": (neighbors: {"tgw-1": (export: "own"), "tgw-2": (export: "own")})}"#,
    ),
    (
        "dx-static-vpn-beats-it",
        r#"transit_gateways: {"tgw": (route_tables: {"main": (routes: {"192.168.0.0/16": None, "192.0.0.0/8": attachment("vpn-1")})})}"#,
    ),
    (
        "dx-prepending-across-regions",
        r#"policies: {"own, first": [(match: (prefix: ["192.168.0.0/16"]), set: (community_add: ["7224:7300"])), (action: deny)]}"#,
    ),
    (
        "dx-asymmetric-firewalls",
        r#"routers: {"cgw-1": (neighbors: {"dx-1": (export: "own, first"), "dx-2": (export: "own, first")}), "cgw-2": (neighbors: {"dx-3": (export: "own"), "dx-4": (export: "own")})}"#,
    ),
    (
        "dx-acl-ephemeral",
        r#"changes: [set_acl_egress_rule("app-acl", (number: 110, action: allow, protocol: tcp, ports: "1024-65535", to: "192.168.0.0/16"))]"#,
    ),
    (
        "dx-supernet-leak",
        r#"routers: {"cgw-1": (announce: ["192.168.0.0/16"])}"#,
    ),
    (
        "vpn-one-tunnel",
        r#"routers: {"cgw-1": (tunnels: {"tunnel-2": (to: "203.0.113.110", inside: "169.254.10.6/30", key: "staple.correct.horse")}, neighbors: {"tgw-2": (tunnel: "tunnel-2", remote_as: 64512, timers: (hold: "30s"), export: "own")})}"#,
    ),
    (
        "vpn-both-wait",
        r#"routers: {"cgw-1": (tunnels: {"tunnel-1": (start: start), "tunnel-2": (start: start)})}"#,
    ),
    (
        "vpn-not-restarted",
        r#"routers: {"cgw-1": (tunnels: {"tunnel-1": (dpd: (action: restart)), "tunnel-2": (dpd: (action: restart))})}"#,
    ),
    (
        "vpn-unequal-paths",
        r#"routers: {"cgw-1": (neighbors: {"tgw-2": (export: "own")})}"#,
    ),
    (
        "vpn-med-ignored",
        r#"routers: {"cgw-1": (neighbors: {"tgw-1": (import: None)})}"#,
    ),
    (
        "vpn-static-next-hop",
        r#"changes: [set_static_route("cgw-1", ("169.254.0.0/16", discard))]"#,
    ),
    (
        "vpn-policy-based",
        r#"routers: {"cgw-1": (tunnels: {"tunnel-1": (local_selectors: ["192.168.0.0/16"]), "tunnel-2": (local_selectors: ["192.168.0.0/16"])})}"#,
    ),
    (
        "cloudhub-same-asn",
        r#"customer_gateways: {"paris": (asn: 65002)}, routers: {"paris": (asn: 65002)}"#,
    ),
    (
        "cloudhub-too-many-prefixes",
        r#"routers: {"berlin": (announce: ["192.168.1.0/24", "172.16.0.0/16"])}"#,
    ),
    (
        "cloudhub-propagation-limit",
        r#"changes: [add_route(table: "private", destination: "192.168.0.0/16", target: virtual_private_gateway("vgw"))]"#,
    ),
    (
        "transit-peering-no-static-route",
        r#"changes: [set_transit_route(table: "virginia-routes", destination: "10.1.0.0/16", target: attachment("atlantic/tgw-virginia"))]"#,
    ),
    (
        "transit-peering-not-accepted",
        r#"transit_gateway_peerings: {"atlantic": (state: active)}"#,
    ),
    (
        "transit-zone-without-subnet",
        r#"transit_gateways: {"tgw": (vpcs: {"app-attachment": (subnets: ["tgw-a", "tgw-b"])})}"#,
    ),
    (
        "transit-overlapping-vpcs",
        r#"vpcs: {"shipping": (cidrs: ["10.4.0.0/16"], subnets: {"shipping-hosts": (cidr: "10.4.2.0/24"), "shipping-tgw": (cidr: "10.4.254.0/28")})}, hosts: {"shipping-host": (address: "10.4.2.10")}"#,
    ),
    (
        "transit-spokes-not-propagated",
        r#"changes: [enable_propagation("shared services", "stock-attachment")]"#,
    ),
    (
        "transit-edge-to-edge",
        r#"vpcs: {"guest-vpc": (route_tables: {"guest-table": (routes: {"192.168.0.0/16": transit_gateway("tgw")})})}, transit_gateways: {"tgw": (vpcs: {"guest-attachment": (vpc: "guest-vpc", subnets: ["guest-tgw"])})}, direct_connect_gateways: {"dxgw": (transit_gateways: {"dx-attachment": (allowed_prefixes: ["10.0.0.0/16", "10.1.0.0/16"])})}"#,
    ),
    (
        "transit-no-appliance-mode",
        r#"transit_gateways: {"tgw": (vpcs: {"inspection-attachment": (appliance_mode: on)})}"#,
    ),
    (
        "transit-group-reference",
        r#"changes: [add_ingress_rule("shared-sg", (protocol: tcp, ports: "443", from: "10.1.0.0/16"))]"#,
    ),
    ("transit-jumbo-dropped", r#"hosts: {"sales-host": (mtu: 8500)}"#),
    (
        "dx-jumbo-static-route",
        r#"vpcs: {"app-vpc": (route_tables: {"private": (propagation: "vgw", routes: {"192.168.0.0/16": None})})}"#,
    ),
    (
        "hybrid-dns-no-forwarder",
        r#"changes: [set_forwarder(host: "dns", domain: "amazonaws.com", targets: ["10.0.3.10", "10.0.4.10"])]"#,
    ),
    (
        "hybrid-dns-inbound-sg",
        r#"changes: [add_ingress_rule("inbound-sg", (protocol: udp, ports: "53", from: "192.168.0.0/16"))]"#,
    ),
    (
        "hybrid-dns-endpoint-sg",
        r#"changes: [endpoint_security_groups("s3-endpoint", ["endpoint-sg"])]"#,
    ),
    (
        "hybrid-dns-zone-shadows",
        r#"changes: [set_zone_record(zone: "app.cloud.example", name: "app.cloud.example", addresses: ["10.0.1.10"])]"#,
    ),
    (
        "hybrid-dns-loop",
        r#"changes: [remove_forwarder("vpc-dns", "cloud.example"), set_forwarder(host: "dns", domain: "cloud.example", targets: ["10.0.3.10", "10.0.4.10"])]"#,
    ),
    (
        "hybrid-dns-gateway-endpoint",
        r#"vpcs: {"app-vpc": (interface_endpoints: {"s3-endpoint": (service: s3, subnets: ["shared-a", "shared-b"], security_groups: ["endpoint-sg"], private_dns: on)})}"#,
    ),
    (
        "hybrid-dns-zone-shadows-public",
        r#"hosted_zones: {"amazonaws.com": None, "app.amazonaws.com": (vpcs: ["app-vpc"], records: {"app.amazonaws.com": ["10.0.1.10"]})}"#,
    ),
    (
        "hybrid-dns-rule-not-associated",
        r#"changes: [associate_resolver_rule("office names", "app-vpc")]"#,
    ),
    (
        "hybrid-dns-rule-loop",
        r#"resolver_rules: {"AWS names": (domain: "amazonaws.com", rule_type: system, vpcs: ["app-vpc"])}"#,
    ),
    (
        "hybrid-dns-rule-overrides-zone",
        r#"hosted_zones: {"office.example": None, "portal.office.example": (vpcs: ["app-vpc"], records: {"portal.office.example": ["10.0.1.10"]})}"#,
    ),
    (
        "hybrid-dns-outbound-sg",
        r#"changes: [add_egress_rule("outbound-sg", (protocol: udp, ports: "53", to: "192.168.10.53/32"))]"#,
    ),
    (
        "ipsec-wrong-key",
        r#"routers: {"tgw": (tunnels: {"vpn-1": (key: "battery.horse.correct")})}"#,
    ),
    (
        "ipsec-proposal-mismatch",
        r#"routers: {"tgw": (tunnels: {"vpn-1": (ike: ["aes256-sha256-modp2048", "aes256-sha256-modp1024"])})}"#,
    ),
    (
        "ipsec-pfs-mismatch",
        r#"routers: {"tgw": (tunnels: {"vpn-1": (esp: ["aes256-sha256-modp2048-modp3072"])})}"#,
    ),
    (
        "ipsec-no-route-to-peer",
        r#"routers: {"cgw-1": (static_routes: [("203.0.113.1/32", "198.51.100.2")])}"#,
    ),
    (
        "data-centre-no-gateway",
        r#"changes: [host_gateway("app-1", "192.168.10.1")]"#,
    ),
    (
        "data-centre-firewall-rule",
        r#"changes: [add_router_rule("fw-1", (to: "line-1", action: allow, protocol: udp, ports: "53", source: "192.168.20.53/32"))]"#,
    ),
    (
        "data-centre-asymmetric",
        r#"routers: {"fw-1": (neighbors: {"tgw": (export: None)}), "fw-2": (neighbors: {"tgw": (export: "longer")})}"#,
    ),
    (
        "ipsec-certificate-expired",
        r#"routers: {"cgw-1": (tunnels: {"vpn-1": (certificate: (not_after: "3h"))})}"#,
    ),
    (
        "ipsec-certificate-untrusted",
        r#"routers: {"tgw": (tunnels: {"vpn-1": (certificate: (trusts: ["CN=Example CA", "CN=Old CA"]))})}"#,
    ),
    (
        "ipsec-certificate-identity",
        r#"routers: {"tgw": (tunnels: {"vpn-1": (remote_id: "CN=cgw-1.example.com")})}"#,
    ),
];
