//! Every kind of change is read and written back, in one table that says how each looks.

use crate::scenario::sections::change_words;
use crate::scenario::{load, parse_change, shipped_base, to_text};
use crate::world::blueprint::Blueprint;

/// The first shipped lab with one of everything that a change can name.
const LAB: &str = r#"Lab(
    schema: 1, name: "everything", title: "One of everything", base: "region-to-region",
    vpcs: {
        "target": (
            network_acls: {"staging-acl": (
                ingress: [(number: 100, action: allow, protocol: any, from: "0.0.0.0/0")],
                egress: [(number: 100, action: allow, protocol: any, to: "0.0.0.0/0")],
            )},
        ),
        "admin": (
            internet_gateway: "igw",
            nat_gateways: {"nat": (subnet: "admin-private", public_address: "192.0.2.200")},
            resolver_endpoints: {"outbound": (direction: outbound, subnets: ["admin-private", "admin-private"])},
        ),
    },
    virtual_private_gateways: {"vgw": (vpc: "target")},
    direct_connect_locations: {"EqSG2": (region: "ap-south-1", devices: ["EqSG2-1"])},
    direct_connect_connections: {"dx-1": (device: "EqSG2-1", router: "cgw-1")},
    virtual_interfaces: {"vif-1": (connection: "dx-1", kind: private, virtual_private_gateway: "vgw", vlan: 101,
                                   address: "169.254.101.2/30", asn: 65001)},
    customer_gateways: {"branch": (address: "198.51.100.1")},
    vpn_connections: {"branch-vpn": (
        customer_gateway: "branch", virtual_private_gateway: "vgw", routing: static_routes, prefixes: ["192.168.40.0/24"],
        tunnels: [(outside: "203.0.113.100", inside: "169.254.20.0/30", key: "correct.horse.1"),
                  (outside: "203.0.113.110", inside: "169.254.20.4/30", key: "correct.horse.2")],
    )},
    transit_gateways: {
        "hub": (region: "ap-south-1", asn: 64520, vpcs: {"target-att": (vpc: "target", subnets: ["staging"])}),
        "far": (region: "ap-southeast-1", asn: 64521),
    },
    transit_gateway_peerings: {"hub-far": (a: "hub", b: "far")},
    direct_connect_gateways: {"dxgw": (asn: 64600, transit_gateways: {"dx-att": (transit_gateway: "hub", allowed_prefixes: ["10.0.0.0/16"])})},
    resolver_rules: {"dc": (domain: "dc.example", endpoint: "outbound", targets: ["172.16.10.53"], vpcs: ["source"])},
    hosted_zones: {"corp.example": (vpcs: ["target"], records: {"a.corp.example": ["10.0.1.99"]})},
    links: {"dx-primary": (a: ("cgw-1", "169.254.0.1/30"), b: ("tgw", "169.254.0.2/30"))},
    policies: {"prefer": [(set: (local_pref: 200))]},
    routers: {
        "cgw-1": (asn: 65001, announce: ["10.1.0.0/16"], igp: "dc", segments: {"servers": ("172.16.10.1")},
            firewall: [(from: "servers", action: allow, protocol: any)],
            tunnels: {"vpn-1": (to: "169.254.0.2", from: "dx-primary", inside: "169.254.10.2/30", key: "correct.horse.1")}, neighbors: {"tgw": (link: "dx-primary", remote_as: 64512), "aws": (link: "vif-1", remote_as: 64512)}),
        "tgw": (asn: 64512,
            tunnels: {"vpn-1": (to: "169.254.0.1", inside: "169.254.10.1/30", key: "correct.horse.1")}, neighbors: {"cgw-1": (remote_as: 65001)}),
    },
    segments: {"servers": (prefix: "172.16.10.0/24")},
    hosts: {
        "dns": (subnet: "source-private", name_server: (forwards: {"corp.example": ["10.0.1.53"]})),
        "db": (segment: "servers", address: "172.16.10.21"),
    },
    migration: (
        keys: {"staging-key": (policy: allows_grants)},
        servers: [(name: "app-{n}", count: 3, host: (subnet: "source-private"),
                   disks: [(device: "/dev/sda", size: "8GiB")])],
        applications: {"app": "app-*"},
    ),
)"#;

fn lab() -> Blueprint {
    match load(LAB, "everything.ron", &shipped_base) {
        Ok(loaded) => loaded.blueprint,
        Err(diagnostics) => {
            let text: Vec<String> = diagnostics.iter().map(ToString::to_string).collect();
            panic!("{}", text.join("\n"))
        }
    }
}

/// Changes as they are written; each reads back as itself.
const CHANGES: &[&str] = &[
    r#"peering_state("source-target", deleted)"#,
    r#"peering_state("source-target", pending_acceptance)"#,
    r#"peering_delay("source-target", "32.5ms")"#,
    r#"peering_rate("source-target", "1Gbps")"#,
    r#"peering_rate("source-target", "1234567bps")"#,
    r#"peering_loss("source-target", "0.0001%")"#,
    r#"add_route(table: "staging", destination: "172.16.0.0/16", target: peering("source-target"))"#,
    r#"add_route(table: "admin-private", destination: "0.0.0.0/0", target: internet_gateway("igw"))"#,
    r#"add_route(table: "admin-private", destination: "com.amazonaws.ap-south-1.s3", target: nat_gateway("nat"))"#,
    r#"add_route(table: "admin-private", destination: "10.9.0.0/16", target: interface("admin-workstation"))"#,
    r#"add_route(table: "admin-private", destination: "10.9.0.0/16", target: gateway_endpoint("s3-gateway"))"#,
    r#"add_route(table: "admin-private", destination: "10.9.0.0/16", target: local)"#,
    r#"add_route(table: "admin-private", destination: "10.9.0.0/16", target: blackhole)"#,
    r#"remove_route("staging", "192.168.0.0/16")"#,
    r#"add_ingress_rule("mgn-endpoint-sg", (protocol: tcp, ports: "443", from: "10.0.2.0/24"))"#,
    r#"add_ingress_rule("mgn-endpoint-sg", (protocol: any, from: group("target-server-sg")))"#,
    r#"add_egress_rule("target-server-sg", (protocol: udp, ports: "1024-65535", to: prefix_list("com.amazonaws.ap-south-1.s3")))"#,
    r#"remove_ingress_rule("mgn-endpoint-sg", (protocol: tcp, ports: "443", from: "10.0.1.0/24"))"#,
    r#"remove_egress_rule("target-server-sg", (protocol: any, to: "0.0.0.0/0"))"#,
    r#"set_acl_ingress_rule("staging-acl", (number: 90, action: deny, protocol: tcp, ports: "1500", from: "192.168.0.0/16"))"#,
    r#"set_acl_egress_rule("staging-acl", (number: 90, action: allow, protocol: icmp, to: "192.168.0.0/16"))"#,
    r#"remove_acl_ingress_rule("staging-acl", 100)"#,
    r#"remove_acl_egress_rule("staging-acl", 100)"#,
    r#"enable_dns_support("target", false)"#,
    r#"enable_dns_hostnames("target", true)"#,
    r#"name_servers("target", ["10.0.1.53", "10.0.2.53"])"#,
    r#"name_servers("target", [])"#,
    r#"tls_inspection("source", (exempt: ["amazonaws.com"]))"#,
    r#"no_tls_inspection("source")"#,
    r#"subnet_route_table("staging", "target-private")"#,
    r#"subnet_network_acl("staging", "staging-acl")"#,
    r#"interface_endpoint("mgn-endpoint", deleted)"#,
    r#"interface_endpoint_policy("mgn-endpoint", [(effect: allow, principals: ["*"], actions: ["execute-api:Invoke"], resources: ["arn:aws:execute-api:*"])])"#,
    r#"private_dns("mgn-endpoint", off)"#,
    r#"source_destination_check("admin-workstation", off)"#,
    r#"endpoint_security_groups("mgn-endpoint", ["s3-endpoint-sg", "ec2-endpoint-sg"])"#,
    r#"interface_security_groups("admin-workstation", ["admin default"])"#,
    r#"gateway_endpoint("s3-gateway", available)"#,
    r#"gateway_endpoint_policy("s3-gateway", [(effect: deny, principals: ["*"], actions: ["s3:*"], resources: ["*"])])"#,
    r#"associate_gateway_endpoint("s3-gateway", "target-private")"#,
    r#"disassociate_gateway_endpoint("s3-gateway", "staging")"#,
    r#"associate_zone("corp.example", "source")"#,
    r#"dissociate_zone("corp.example", "target")"#,
    r#"associate_resolver_rule("dc", "admin")"#,
    r#"disassociate_resolver_rule("dc", "source")"#,
    r#"resolver_rule_targets("dc", ["172.16.10.53", "172.16.10.54"])"#,
    r#"set_zone_record(zone: "corp.example", name: "b.corp.example", addresses: ["10.0.1.98"], ttl: "1m")"#,
    r#"remove_zone_record("corp.example", "a.corp.example")"#,
    r#"host_power("admin-workstation", off)"#,
    r#"host_reboot("app-1")"#,
    r#"host_crash("app-1")"#,
    r#"host_new_mac("app-1")"#,
    r#"host_clock("app-1", ahead("7m"))"#,
    r#"host_clock("app-1", synchronised)"#,
    r#"host_trust("app-1", outdated)"#,
    r#"host_mac("app-1", new_at_start)"#,
    r#"host_rate("app-1", "100Mbps")"#,
    r#"host_mtu("app-1", 1400)"#,
    r#"add_firewall_rule("app-1", (direction: egress, action: drop, protocol: tcp, ports: "1500", peer: "0.0.0.0/0"))"#,
    r#"remove_firewall_rule("app-1", (direction: ingress, action: allow, protocol: any, peer: "10.0.0.0/8"))"#,
    r#"set_forwarder(host: "dns", domain: ".", targets: ["10.0.1.53"])"#,
    r#"remove_forwarder("dns", "corp.example")"#,
    r#"set_transit_route(table: "hub default", destination: "10.9.0.0/16", target: attachment("hub-far/hub"))"#,
    r#"set_transit_route(table: "hub default", destination: "10.9.0.0/16", target: blackhole)"#,
    r#"remove_transit_route("hub default", "10.9.0.0/16")"#,
    r#"associate_transit("target-att", "hub default")"#,
    r#"disassociate_transit("target-att")"#,
    r#"enable_propagation("hub default", "target-att")"#,
    r#"disable_propagation("hub default", "target-att")"#,
    r#"transit_peering_state("hub-far/hub", deleted)"#,
    r#"allowed_prefixes("dx-att", ["10.0.0.0/16", "10.1.0.0/16"])"#,
    r#"allowed_prefixes("dx-att", [])"#,
    r#"host_gateway("db", "172.16.10.1")"#,
    r#"no_host_gateway("db")"#,
    r#"host_name_servers("db", ["172.16.10.53", "192.168.1.53"])"#,
    r#"host_name_servers("db", [])"#,
    r#"segment_state("servers", down)"#,
    r#"segment_state("servers", up)"#,
    r#"segment_delay("servers", "120us")"#,
    r#"segment_rate("servers", "1Gbps")"#,
    r#"segment_mtu("servers", 9001)"#,
    r#"data_routing(PUBLIC_IP)"#,
    r#"public_address(assigned)"#,
    r#"throttle("100Mbps")"#,
    r#"no_throttle"#,
    r#"server_sharing(dedicated)"#,
    r#"replication_instance_type("m5.large")"#,
    r#"large_staging_disk(GP3)"#,
    r#"staging_encryption(DEFAULT)"#,
    r#"staging_encryption(CUSTOM("staging-key"))"#,
    r#"replication_group_policy(listed_only)"#,
    r#"replication_security_groups(["target-server-sg"])"#,
    r#"staging_subnet("target-private")"#,
    r#"replace_every("21d")"#,
    r#"initialisation(missing)"#,
    r#"operator(user)"#,
    r#"quotas((active_servers: 20, non_archived_servers: 4000, concurrent_jobs: 20, servers_per_job: 200, servers_in_jobs: 200, instances: 5, staging_storage: "10TiB", snapshots: 100))"#,
    r#"deny_action("ec2:RunInstances")"#,
    r#"allow_action("ec2:RunInstances")"#,
    r#"default_subnet("target-private")"#,
    r#"no_default_subnet"#,
    r#"key_policy("staging-key", denies_grants)"#,
    r#"server_agent("app-1", (installer_host: "a.bucket.b", region: "ap-south-1", endpoint: "c", credentials: (secret: mangled, token: temporary(expires_at: "12h"), policies: [AWSApplicationMigrationAgentInstallationPolicy]), devices: [], options: [no_replication]))"#,
    r#"server_prerequisites("app-1", (os: "Ubuntu 22.04", free_root: "1GiB", free_tmp: "1500MiB", free_memory: "2GiB", missing_packages: ["gcc"], headers_match: true, root: true, secure_boot: false, other_agent: "CloudEndure"))"#,
    r#"server_launch("app-1", (subnet: "target-private", security_groups: ["target-server-sg"], instance_type: "m5.large", nitro: true, copy_private_ip: "192.168.1.10", post_launch: [(name: "install agent", must_succeed: true, takes: "2m")], termination_protection: false))"#,
    r#"server_writes("app-1", constant("2Mbps"))"#,
    r#"server_writes("app-1", bursts(base: "1Mbps", burst: "80Mbps", every: "1h", lasts: "10m", first: "5m"))"#,
    r#"server_writes("app-1", daily(hours: ["0Gbps", "1Mbps", "2Mbps", "3Mbps", "4Mbps", "5Mbps", "6Mbps", "7Mbps", "8Mbps", "9Mbps", "10Mbps", "11Mbps", "12Mbps", "13Mbps", "14Mbps", "15Mbps", "16Mbps", "17Mbps", "18Mbps", "19Mbps", "20Mbps", "21Mbps", "22Mbps", "23Mbps"], phase: "3h"))"#,
    r#"server_user_provided_id("app-1", "cmdb-17")"#,
    r#"no_server_user_provided_id("app-1")"#,
    r#"link_state("dx-primary", down)"#,
    r#"link_state("dx-primary", up)"#,
    r#"link_passage("dx-primary", a, blocked)"#,
    r#"link_passage("dx-primary", b, open)"#,
    r#"link_delay("dx-primary", "12.5ms")"#,
    r#"link_flapping("dx-primary", "10s")"#,
    r#"link_rate("dx-primary", "50Mbps")"#,
    r#"zone_state("ap-south-1a", lost)"#,
    r#"session_timers("cgw-1/tgw", (hold: "30s", keepalive: "10s"))"#,
    r#"session_timers("cgw-1/tgw", (keepalive: "10s"))"#,
    r#"bfd_timers("cgw-1/tgw", (interval: "1s", multiplier: 5))"#,
    r#"bfd_timers("cgw-1/tgw", (multiplier: 5))"#,
    r#"prepend("cgw-1/tgw", 2)"#,
    r#"prepend("cgw-1/tgw", 0)"#,
    r#"session_remote_as("cgw-1/tgw", 65002)"#,
    r#"session_key("cgw-1/tgw", "another.key ")"#,
    r#"session_key("cgw-1/tgw", none)"#,
    r#"session_key("cgw-1/tgw", own)"#,
    r#"eni_state("admin-workstation", failed)"#,
    r#"eni_state("admin-workstation", in_service)"#,
    r#"provisioning("dx-primary", ordering)"#,
    r#"link_jitter("dx-primary", "20ms")"#,
    r#"link_loss("dx-primary", "0.1%")"#,
    r#"link_mtu("dx-primary", 1400)"#,
    r#"interface_mtu("cgw-1:dx-primary", 1400)"#,
    r#"mss_clamp("cgw-1:dx-primary", 1379)"#,
    r#"mss_clamp("cgw-1:dx-primary", to_mtu)"#,
    r#"mss_clamp("cgw-1:dx-primary", off)"#,
    r#"icmp_errors("cgw-1", off)"#,
    r#"icmp_errors("cgw-1", on)"#,
    r#"interface_state("cgw-1:dx-primary", down)"#,
    r#"router_power("cgw-1", off)"#,
    r#"set_static_route("cgw-1", ("10.9.0.0/16", "169.254.0.2"))"#,
    r#"set_static_route("cgw-1", ("10.9.0.0/16", discard, 7))"#,
    r#"remove_static_route("cgw-1", "10.9.0.0/16")"#,
    r#"igp_cost("cgw-1:servers", 25)"#,
    r#"add_router_rule("cgw-1", (from: "servers", to: "dx-primary", action: allow, protocol: tcp, ports: "443", source: "172.16.10.0/24", destination: "10.0.0.0/8"))"#,
    r#"add_router_rule("cgw-1", (from: "vpn-1", action: drop, protocol: any))"#,
    r#"remove_router_rule("cgw-1", (from: "servers", action: allow, protocol: any))"#,
    r#"session("cgw-1/tgw", shutdown)"#,
    r#"session("tgw/cgw-1", soft_in)"#,
    r#"import_policy("cgw-1/tgw", [(match: (prefix: ["10.0.0.0/8 ge 9 le 24", "10.9.0.0/16"], community: ["65001:7", "no-export"], large_community: ["65001:1:2"], as_path: [contains(64512), starts_with([64512, 65010]), ends_with([65010]), exactly([64512]), at_least(1), at_most(5)], origin_as: 65010, med: 5), set: (local_pref: 200, med: 7, origin: egp, next_hop: "169.254.0.2", weight: 3, community_set: ["65001:1"], community_add: ["65001:2"], community_remove: ["65001:3"], large_community_add: ["65001:4:5"], prepend: 2)), (action: deny)])"#,
    r#"import_policy("cgw-1/tgw", none)"#,
    r#"export_policy("cgw-1/tgw", (rules: [(set: (prepend: [65001, 65002]))], default: permit))"#,
    r#"announce("cgw-1", "10.7.0.0/16")"#,
    r#"announce("cgw-1", (prefix: "10.7.0.0/16", med: 50, origin: incomplete, communities: ["65001:9"], prepend: [65020]))"#,
    r#"withdraw("cgw-1", ["10.1.0.0/16", "10.7.0.0/16"])"#,
    r#"bgp_process("cgw-1", freeze)"#,
    r#"bgp_process("cgw-1", terminate)"#,
    r#"tunnel("cgw-1/vpn-1", up)"#,
    r#"tunnel("cgw-1/vpn-1", down)"#,
    r#"tunnel("cgw-1/vpn-1", reset)"#,
    r#"tunnel("tgw/vpn-1", rekey)"#,
    r#"tunnel("tgw/vpn-1", rekey_phase1)"#,
    r#"configure_tunnel("cgw-1/vpn-1", (key: "another.horse"))"#,
    r#"configure_tunnel("cgw-1/vpn-1", (certificate: (subject: "CN=cgw-1, O=Example", issuer: "CN=Example CA")))"#,
    r#"configure_tunnel("tgw/vpn-1", (certificate: (subject: "CN=tgw", names: ["tgw.example.org", "192.0.2.1", "fqdn:C=DE"], issuer: "CN=Example CA", not_before: "10m", not_after: "30d", trusts: ["CN=Example CA", "CN=Old CA"], private_key: other, signature: invalid), local_id: "tgw.example.org", remote_id: "%any"))"#,
    r#"configure_tunnel("tgw/vpn-1", (version: any, mode: aggressive, ike: ["aes256-prfsha512-sha384-modp2048-ecp256", "aes128gcm16-prfsha256-modp2048"], esp: ["aes128-sha1", "aes256gcm16-ecp384"], local_id: "@#01ff", remote_id: "ops@example.org", lifetimes: ("2h", "45m"), reauthentication: "1h30m", margin: "2m", fuzz: 50, dpd: (delay: "0s", timeout: "40s", action: trap), replay_window: 0, start: wait, tries: once, encapsulation: forced, retransmission: (timeout: "2s", base: 150, tries: 3)))"#,
    r#"configure_tunnel("tgw/vpn-1", (version: ikev1, mode: main, reauthentication: "0s", dpd: (action: restart), start: trap, tries: forever, encapsulation: when_nat_detected))"#,
    r#"ike_process("cgw-1", crash)"#,
    r#"ike_process("cgw-1", start)"#,
    r#"install_agent(all)"#,
    r#"start_test(["app-1", "app-3"])"#,
    r#"revert_to_ready_for_test(["app-3", "app-1"])"#,
    r#"mark_ready_for_cutover(all)"#,
    r#"start_cutover(all)"#,
    r#"revert_to_ready_for_cutover(all)"#,
    r#"finalize_cutover(all)"#,
    r#"terminate_target_instances(all)"#,
    r#"pause_replication(all)"#,
    r#"resume_replication(all)"#,
    r#"stop_replication(all)"#,
    r#"start_replication(all)"#,
    r#"retry_data_replication(all)"#,
    r#"route_propagation("staging", "vgw")"#,
    r#"no_route_propagation("staging")"#,
    r#"add_route(table: "staging", destination: "172.17.0.0/16", target: virtual_private_gateway("vgw"))"#,
    r#"failover_test("vif-1", "3h")"#,
    r#"stop_failover_test("vif-1")"#,
    r#"replace_endpoint("branch-vpn/1")"#,
    r#"disconnect_from_service(all)"#,
    r#"mark_as_archived(all)"#,
];

#[test]
fn every_change_reads_back_as_it_is_written() {
    let lab = lab();
    for text in CHANGES {
        let lever = parse_change(text, &lab).unwrap_or_else(|diagnostics| {
            let lines: Vec<String> = diagnostics.iter().map(ToString::to_string).collect();
            panic!("{text}: {}", lines.join("\n"))
        });
        assert_eq!(to_text(&lever, &lab.names, lab.migration.as_ref()), *text);
    }
}

#[test]
fn the_table_above_has_every_word() {
    let word = |text: &&str| text.split('(').next().unwrap_or_default().to_owned();
    let shown: Vec<String> = CHANGES.iter().map(word).collect();
    let missing: Vec<&str> = change_words()
        .filter(|word| !shown.iter().any(|shown| shown == word))
        .collect();
    assert_eq!(missing, Vec::<&str>::new());
}

#[test]
fn waves_applications_and_patterns_are_spelled_out() {
    let lab = lab();
    for text in [
        r#"start_test(wave("wave-1"))"#,
        r#"start_test(application("app"))"#,
        r#"start_test("app-*")"#,
        r#"start_test(["app-2", "app-1", "app-*"])"#,
    ] {
        let lever = parse_change(text, &lab).expect("a change");
        let expected = if text.contains("app-2") {
            r#"start_test(["app-2", "app-1", "app-3"])"#
        } else {
            "start_test(all)"
        };
        assert_eq!(to_text(&lever, &lab.names, None), expected, "{text}");
    }
}

#[test]
fn a_policy_by_name_is_spelled_out() {
    let lab = lab();
    let lever = parse_change(r#"export_policy("cgw-1/tgw", "prefer")"#, &lab).expect("a change");
    assert_eq!(
        to_text(&lever, &lab.names, None),
        r#"export_policy("cgw-1/tgw", [(set: (local_pref: 200))])"#
    );
}
