//! What is proposed where the obvious words would be wrong: the text says what the change does, and whose setting it is.

use std::collections::BTreeSet;

use sim_core::kernel::Keep;
use sim_core::lab::Session;
use sim_core::reason::Reason;
use sim_core::scenario::{parse_change, shipped_base};
use sim_core::units::{SimTime, Span};
use sim_core::view::{Check, View};

use crate::small_lab::blueprint;

#[track_caller]
fn settled(lab: &str) -> Session {
    settled_text(&shipped_base(lab).expect("it ships"))
}

#[track_caller]
fn settled_text(text: &str) -> Session {
    let mut session = Session::open(blueprint(text), None, Keep::Nothing).expect("the lab begins");
    session.advance(session.settled_at(), u64::MAX);
    session
}

/// The check of that name that fails in a lab.
#[track_caller]
fn failed(lab: &str, name: &str) -> Check {
    let checks = View::of(&settled(lab)).preflight().checks;
    let found = checks.into_iter().find(|it| it.name == name && !it.ok);
    found.unwrap_or_else(|| panic!("{lab}: {name} passes"))
}

#[track_caller]
fn fix(lab: &str, name: &str) -> String {
    failed(lab, name).fix.expect("something mends it")
}

#[test]
fn a_block_that_is_not_allowed_is_to_be_allowed_at_either_end_of_the_tunnel() {
    for tunnel in ["cgw-1/tunnel-1", "vpn-1/1"] {
        let check = failed("dx-private-vpn-block-not-allowed", &format!("tunnel {tunnel}"));
        assert_eq!(
            check.fix.as_deref(),
            Some("add 10.99.0.0/24 to the allowed prefixes of dx-attachment")
        );
        assert_eq!(
            check.changes,
            [r#"allowed_prefixes("dx-attachment", ["10.0.0.0/16", "10.99.0.0/24"])"#]
        );
    }
}

#[test]
fn site_link_is_turned_on_at_the_other_end() {
    let check = failed("dx-sitelink-one-side", "Frankfurt calls Ashburn");
    let fix = check.fix.unwrap_or_default();
    assert!(fix.starts_with("turn SiteLink on for vif-ashburn"), "{fix}");
    let overlay = r#"virtual_interfaces: {"vif-ashburn": (site_link: on)}"#;
    assert_eq!(check.overlay.as_deref(), Some(overlay));
}

#[test]
fn a_limit_of_awss_is_met_by_announcing_less() {
    for (lab, sessions, router) in [
        ("dx-too-many-prefixes", ["cgw-1/dx-1", "vif-1/cgw-1"], "cgw-1"),
        (
            "cloudhub-too-many-prefixes",
            ["berlin/vgw-1", "vpn-berlin/1/berlin"],
            "berlin",
        ),
    ] {
        for session in sessions {
            let check = failed(lab, &format!("BGP session {session}"));
            let fix = check.fix.unwrap_or_default();
            assert!(
                fix.starts_with(&format!("summarise what {router} announces")),
                "{fix}"
            );
            assert!(!fix.contains("max_prefix") && !fix.contains("reset"), "{fix}");
            let overlay = check.overlay.unwrap_or_default();
            assert!(
                overlay.starts_with(&format!("routers: {{\"{router}\": (announce: [")),
                "{overlay}"
            );
        }
    }
}

#[test]
fn a_static_route_is_not_widened_to_addresses_of_others() {
    let check = failed("dx-static-vpn-beats-it", "and come back by Direct Connect");
    let fix = check.fix.unwrap_or_default();
    assert!(
        fix.starts_with(
            "remove the static route 192.168.0.0/16 from main, and let the VPN connection route by BGP"
        ),
        "{fix}"
    );
    assert_eq!(
        check.changes,
        [r#"remove_transit_route("main", "192.168.0.0/16")"#]
    );
}

#[test]
fn sites_of_one_as_number_are_told_of_the_loop() {
    let check = failed("cloudhub-same-asn", "berlin calls paris");
    assert_eq!(check.at.as_deref(), Some("router paris"));
    let rule = check.rule.unwrap_or_default();
    assert!(
        rule.starts_with("BGP AS loop: berlin finds its own AS 65001"),
        "{rule}"
    );
    assert!(fix("cloudhub-same-asn", "berlin calls paris").starts_with("give paris an AS number of its own"));
}

#[test]
fn a_session_under_a_failover_test_waits_for_its_end() {
    let mut session = settled("dx-two-locations");
    let test = parse_change(r#"failover_test("vif-1", "1h")"#, session.blueprint()).expect("it can be said");
    session.apply(test).expect("it begins");
    session.advance(SimTime::at(Span::minutes(6)), u64::MAX);
    let sessions = View::of(&session).bgp_sessions();
    for name in ["cgw-1/dx-1", "vif-1/cgw-1"] {
        let found = sessions.iter().find(|it| it.name == name).expect("it is there");
        assert_eq!(found.reason, Some(Reason::BgpShutdown), "{found:?}");
        let fix = found.fix.as_deref().unwrap_or_default();
        assert!(
            fix.starts_with(r#"stop_failover_test("vif-1"), or wait"#),
            "{fix}"
        );
    }
}

/// A shipped lab with these changes, as it is looked at.
#[track_caller]
fn changed(lab: &str, changes: &[&str]) -> Session {
    settled_text(&format!(
        "Lab(schema: 1, base: {lab:?}, name: \"changed\", title: \"Changed\", changes: [{}])",
        changes.join(", ")
    ))
}

const NO_PROPAGATION: &str = r#"disable_propagation("tgw default", "dx-attachment")"#;
const NO_VPN: &str = r#"disable_propagation("tgw default", "vpn-1")"#;
const STATIC: &str =
    r#"set_transit_route(table: "tgw default", destination: "192.168.0.0/16", target: attachment("vpn-1"))"#;
const NOT_ALLOWED: &str = r#"allowed_prefixes("dx-attachment", ["10.9.0.0/16"])"#;

/// What is too large for a VPN connection should not go by it: what leads it there is named, and mends all.
#[test]
fn who_keeps_packets_from_direct_connect_is_named_and_not_the_vpn_behind_it() {
    let table = "Transit Gateway route table tgw default";
    for (broken, at, rule, cure) in [
        (
            NO_PROPAGATION,
            table,
            "192.168.0.0/16 → vpn-1/1 and vpn-1/2 (propagated); dx-attachment does not propagate into the table",
            r#"enable_propagation("tgw default", "dx-attachment")"#,
        ),
        (
            STATIC,
            table,
            "192.168.0.0/16 → vpn-1/1 (static), before what dx-attachment propagates",
            r#"remove_transit_route("tgw default", "192.168.0.0/16")"#,
        ),
        (
            NOT_ALLOWED,
            "Transit Gateway attachment dx-attachment",
            "allowed prefixes 10.9.0.0/16 alone",
            r#"allowed_prefixes("dx-attachment", ["10.9.0.0/16", "10.0.0.0/16"])"#,
        ),
    ] {
        for lab in ["onprem-to-aws", "dx-vpn-backup"] {
            let preflight = View::of(&changed(lab, &[broken])).preflight();
            assert!(!preflight.ok, "{lab}: {broken}");
            for check in preflight.checks.iter().filter(|check| !check.ok) {
                let told = (check.at.as_deref(), check.rule.as_deref());
                assert_eq!(told, (Some(at), Some(rule)), "{lab}: {}", check.name);
                assert_eq!(check.changes, [cure], "{lab}: {}", check.name);
            }
            let mended = View::of(&changed(lab, &[broken, cure])).preflight();
            assert!(mended.ok, "{lab}: {broken}: {:#?}", mended.checks);
        }
    }
}

/// However much is broken at once, nobody is told to write a route that only sets the next trap: a static one to a VPN
/// connection goes before what Direct Connect propagates.
#[test]
fn no_cure_is_a_trap_of_its_own() {
    let breaks = [
        NO_PROPAGATION,
        NO_VPN,
        NOT_ALLOWED,
        r#"remove_route("staging", "192.168.0.0/16")"#,
        r#"remove_ingress_rule("endpoint-sg", (protocol: tcp, ports: "443", from: "192.168.0.0/16"))"#,
        r#"disassociate_transit("target-attachment")"#,
    ];
    let every = (1_u32..1 << breaks.len()).filter(|chosen| (2..=3).contains(&chosen.count_ones()));
    for chosen in every {
        let chosen = breaks
            .iter()
            .enumerate()
            .filter(|(place, _)| chosen >> place & 1 == 1);
        let mut changes: Vec<String> = chosen.map(|(_, it)| (*it).to_owned()).collect();
        let broken = changes.clone();
        for _ in 0..broken.len() + 2 {
            let borrowed: Vec<&str> = changes.iter().map(String::as_str).collect();
            let preflight = View::of(&changed("onprem-to-aws", &borrowed)).preflight();
            let failed = preflight.checks.iter().filter(|check| !check.ok);
            let cures =
                failed.flat_map(|it| it.changes.iter().chain(it.also.iter().flat_map(|it| &it.changes)));
            let mut news: Vec<String> = Vec::new();
            for cure in cures {
                assert!(!cure.starts_with("set_transit_route"), "{broken:?}: {cure}");
                if !news.contains(cure) {
                    news.push(cure.clone());
                }
            }
            if news.is_empty() {
                assert!(
                    preflight.ok,
                    "{broken:?} with {changes:?}: {:#?}",
                    preflight.checks
                );
                break;
            }
            changes.extend(news);
        }
    }
}

#[test]
fn a_firewall_that_sees_one_direction_alone_is_not_to_blame() {
    let check = failed("transit-no-appliance-mode", "the client calls the server");
    assert_eq!(
        (check.at.as_deref(), check.rule.as_deref()),
        (
            Some("Transit Gateway attachment inspection-attachment"),
            Some("appliance mode off")
        )
    );
}

/// Words and change say the same, at either end and of the sessions above.
#[test]
fn where_both_ends_wait_the_customers_begins() {
    let checks = View::of(&settled("vpn-both-wait")).preflight().checks;
    for check in checks
        .iter()
        .filter(|it| !it.ok && it.name.starts_with("tunnel "))
    {
        let n = if check.name.ends_with('1') { 1 } else { 2 };
        let own = format!("cgw-1/tunnel-{n}");
        let fix = check.fix.as_deref().unwrap_or_default();
        assert!(
            fix.starts_with(&format!("let {own} begin: start: start")),
            "{fix}"
        );
        let configure = format!(r#"configure_tunnel("{own}", (start: start))"#);
        assert_eq!(check.changes, [configure, format!(r#"tunnel("{own}", reset)"#)]);
    }
    assert_eq!(
        checks
            .iter()
            .filter(|it| it.name.starts_with("tunnel ") && !it.ok)
            .count(),
        4
    );
}

/// Each row of what is modelled says where it is written down.
#[test]
fn each_part_that_is_modelled_names_its_source() {
    let page = include_str!("../../../docs/fidelity.md");
    let rows = page
        .lines()
        .filter(|line| line.starts_with("| ") && !line.starts_with("| Part"));
    let mut n = 0;
    for row in rows {
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        let [part, _, _, _, source, module] = cells.as_slice() else {
            panic!("{row}")
        };
        assert!(!source.is_empty() && module.starts_with('`'), "{part}: {source}");
        n += 1;
    }
    assert!(n > 25, "{n} rows");
}

/// Nothing is proposed to AWS that AWS does not take: the customer's end is mended, and why.
#[test]
fn algorithms_that_aws_refuses_are_mended_at_the_customers_end() {
    let lab = |tunnels: &str, changes: &str| {
        format!(
            r#"Lab(schema: 1, base: "vpn-one-router", name: "weak", title: "Weak algorithms",
            routers: {{"cgw-1": (tunnels: {{{tunnels}}})}}, changes: [{changes}])"#
        )
    };
    let weak = r#""tunnel-1": (ike: ["3des-sha1-modp1024"]), "tunnel-2": (ike: ["aes192-md5-modp1536"], esp: ["aes256-sha256-x25519"])"#;
    let session = settled_text(&lab(weak, ""));
    let failed: Vec<Check> = View::of(&session).preflight().checks;
    let failed: Vec<&Check> = failed
        .iter()
        .filter(|it| !it.ok && it.name.starts_with("tunnel "))
        .collect();
    assert_eq!(failed.len(), 4);
    let mut changes = BTreeSet::new();
    for check in failed {
        let fix = check.fix.as_deref().unwrap_or_default();
        assert!(
            fix.contains("let ike of cgw-1/tunnel-") && fix.contains(": AWS does not take "),
            "{fix}"
        );
        changes.extend(check.changes.iter().cloned());
    }
    assert!(
        changes.iter().all(|change| change.contains("cgw-1/tunnel-")),
        "{changes:?}"
    );
    // What is pasted is taken, and leaves the group of the next keys, of which the same is true.
    let pasted: Vec<String> = changes.into_iter().collect();
    let session = settled_text(&lab(weak, &pasted.join(", ")));
    let checks = View::of(&session).preflight().checks;
    let failed: Vec<&Check> = checks.iter().filter(|it| !it.ok).collect();
    let [next] = failed.as_slice() else {
        panic!("{failed:?}");
    };
    assert_eq!(next.name, "next keys of cgw-1/tunnel-2");
    let all = [pasted, next.changes.clone()].concat();
    let session = settled_text(&lab(weak, &all.join(", ")));
    assert!(View::of(&session).preflight().ok);
}

/// A route to the far end's outer address that leads into the tunnel is named, and so is what leads past it.
#[test]
fn a_tunnel_that_its_own_route_leads_into_is_led_past() {
    let lab = |changes: &str| {
        format!(
            r#"Lab(schema: 1, base: "vpn-one-router", name: "circle", title: "A tunnel in itself",
            routers: {{"cgw-1": (static_routes: [("203.0.113.0/24", "169.254.10.1")])}}, changes: [{changes}])"#
        )
    };
    let session = settled_text(&lab(""));
    let checks = View::of(&session).preflight().checks;
    let check = checks
        .iter()
        .find(|it| it.name == "tunnel vpn-1/1")
        .expect("it is there");
    assert_eq!(
        check.detail,
        "IKE does not get to cgw-1 and back: cgw-1 reaches 203.0.113.100, the outer address of the far end of cgw-1/tunnel-1, \
         by 203.0.113.0/24, which leads into the tunnel itself"
    );
    let fix = "give cgw-1 a route to 203.0.113.100/32 by the line that cgw-1/tunnel-1 runs over";
    assert_eq!(check.fix.as_deref(), Some(fix));
    let change = r#"set_static_route("cgw-1", ("203.0.113.100/32", "198.51.100.2"))"#;
    assert_eq!(check.changes, [change]);
    let session = settled_text(&lab(change));
    let checks = View::of(&session).preflight().checks;
    assert!(checks.iter().any(|it| it.name == "tunnel vpn-1/1" && it.ok));
}

/// Where a session is down over which a route would be told, that is what the route waits for.
#[test]
fn a_route_that_nobody_tells_waits_for_the_session() {
    for name in [
        "the office calls the application",
        "the application calls the office",
    ] {
        let fix = fix("dx-too-many-prefixes", name);
        let begins =
            "mend BGP session cgw-1/dx-1 first, over which the route is told: summarise what cgw-1 announces";
        assert!(fix.starts_with(begins), "{fix}");
    }
}

/// Preflight's checks of a shipped lab after a piece of its text is replaced, those that fail.
#[track_caller]
fn failed_after(lab: &str, from: &str, to: &str) -> Vec<Check> {
    let text = shipped_base(lab).expect("it ships");
    assert!(text.contains(from), "{from}");
    let checks = View::of(&settled_text(&text.replace(from, to)))
        .preflight()
        .checks;
    checks.into_iter().filter(|it| !it.ok).collect()
}

/// Behind source NAT a security group sees the router.
#[test]
fn source_nat_is_looked_through_and_leaves_answers_alone() {
    let hidden = failed_after(
        "dx-vpn-backup",
        "bgp: (multipath: (ebgp: 2)),",
        r#"bgp: (multipath: (ebgp: 2)), nat: [(to: "vif-primary", source: "192.168.10.0/24")],"#,
    );
    let named = |name: &str| {
        let found = hidden.iter().find(|it| it.name == name);
        found.unwrap_or_else(|| panic!("{name} passes"))
    };
    let asks = named("the office calls the application");
    assert_eq!(
        asks.changes,
        [r#"add_ingress_rule("app-sg", (protocol: tcp, ports: "443", from: "169.254.101.2/32"))"#]
    );
    // What answers a conversation that came in is not hidden.
    let mut failing = hidden.iter().map(|it| it.name.as_str());
    assert_eq!(
        failing.find(|name| *name == "the application calls the office"),
        None
    );
}

/// AWS's options narrow what a connection's tunnels are for: of the two ends AWS's is the one that leaves something out.
#[test]
fn who_protects_everything_is_not_to_blame_for_what_awss_end_leaves_out() {
    let narrowed = failed_after(
        "vpn-static",
        "routing: static_routes,",
        r#"routing: static_routes, remote_ipv4_network_cidr: "10.9.0.0/16","#,
    );
    let check = narrowed
        .iter()
        .find(|it| it.reason == Some(Reason::TunnelSelectors))
        .unwrap_or_else(|| panic!("{narrowed:#?}"));
    let fix = check.fix.as_deref().unwrap_or_default();
    assert!(
        fix.starts_with("leave local_ipv4_network_cidr and remote_ipv4_network_cidr of vpn-1 out"),
        "{check:#?}"
    );
    assert_eq!(
        check.overlay.as_deref(),
        Some(
            r#"vpn_connections: {"vpn-1": (local_ipv4_network_cidr: None, remote_ipv4_network_cidr: None)}"#
        )
    );
    let whole = failed_after(
        "vpn-static",
        "routing: static_routes,",
        r#"routing: static_routes, local_ipv4_network_cidr: "192.168.0.0/16", remote_ipv4_network_cidr: "10.0.0.0/16","#,
    );
    let selectors = whole
        .iter()
        .filter(|it| it.reason == Some(Reason::TunnelSelectors));
    assert_eq!(selectors.count(), 0, "{whole:#?}");
}
