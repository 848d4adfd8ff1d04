//! A gateway behind a router's source NAT: IKE and ESP in UDP go through it, and BGP goes in them.

use sim_core::lab::{Happening, Keep, Session};
use sim_core::net::Protocol;
use sim_core::reason::Reason;
use sim_core::scenario::{load, shipped_base};
use sim_core::units::{SimTime, Span};
use sim_core::view::{Health, PathWords, View};

use crate::small_lab::{BUDGET, blueprint};

/// `cgw` 10.0.0.2 ── `nat` 198.51.100.1 ── `net` ── 203.0.113.1 `tgw`.
fn lab(here: &str, there: &str, nat: &str, rest: &str) -> String {
    format!(
        r#"Lab(schema: 1, name: "translated", title: "Translated", duration: "4h",
            links: {{
                "inner": (a: ("cgw", "10.0.0.2/30"), b: ("nat", "10.0.0.1/30"), delay: "1ms"),
                "near": (a: ("nat", "198.51.100.1/30"), b: ("net", "198.51.100.2/30"), delay: "5ms"),
                "far": (a: ("net", "203.0.113.2/30"), b: ("tgw", "203.0.113.1/30"), delay: "10ms"),
            }},
            routers: {{
                "cgw": (asn: 65001, static_routes: [("0.0.0.0/0", "10.0.0.1")], announce: ["192.168.0.0/16"],
                    tunnels: {{"vpn": (to: "203.0.113.1", inside: "169.254.10.2/30", key: "correct.horse.battery", {here})}},
                    neighbors: {{"tgw": (tunnel: "vpn", remote_as: 64512)}}),
                "nat": (static_routes: [("0.0.0.0/0", "198.51.100.2")], nat: ["near"], {nat}),
                "net": (),
                "tgw": (asn: 64512, static_routes: [("0.0.0.0/0", "203.0.113.2")], announce: ["10.9.0.0/16"],
                    tunnels: {{"vpn": (to: "198.51.100.1", inside: "169.254.10.1/30", key: "correct.horse.battery", version: any, {there})}},
                    neighbors: {{"cgw": (tunnel: "vpn", remote_as: 65001)}}),
            }},
            {rest})"#
    )
}

#[track_caller]
fn all_well(session: &Session, when: &str) {
    let view = View::of(session);
    for tunnel in view.tunnels() {
        let seen = (tunnel.reason, tunnel.health);
        assert_eq!(seen, (None, Health::Good), "{when}: {tunnel:?}");
    }
    for bgp in view.bgp_sessions() {
        let seen = (bgp.state.to_string(), bgp.n_established, bgp.received);
        assert_eq!(seen, ("Established".to_owned(), 1, 1), "{when}: {bgp:?}");
    }
}

#[test]
fn bgp_comes_up_and_stays_up_through_a_tunnel_behind_translation() {
    for version in ["ikev2", "ikev1"] {
        let short = r#"lifetimes: ("1h", "20m"), margin: "2m""#;
        let text = lab(
            &format!("version: {version}, {short}"),
            &format!("start: wait, {short}"),
            "",
            "",
        );
        let loaded = load(&text, "test", &shipped_base).expect("it is right");
        let warnings: Vec<String> = loaded.warnings.iter().map(ToString::to_string).collect();
        assert!(warnings.is_empty(), "{warnings:?}");
        let mut session = Session::open(loaded.blueprint, None, Keep::All).expect("the lab begins");
        for minutes in [1, 10, 30, 65, 125, 235] {
            session.advance(SimTime::at(Span::minutes(minutes)), BUDGET);
            all_well(&session, &format!("{version} after {minutes} minutes"));
        }
        let view = View::of(&session);
        let ends: Vec<(String, Option<bool>)> = view
            .tunnels()
            .into_iter()
            .map(|it| (it.peer, it.udp_encapsulation))
            .collect();
        assert_eq!(
            ends,
            [("tgw".to_owned(), Some(true)), ("cgw".to_owned(), Some(true))]
        );
        // Nothing is lost on the way but what came before the tunnel did.
        let late = session.records().find(|record| {
            record.at > SimTime::at(Span::secs(10)) && matches!(record.what, Happening::Dropped { .. })
        });
        assert!(late.is_none(), "{version}: {late:?}");
        for (from, to) in [("cgw", "169.254.10.1"), ("tgw", "169.254.10.2")] {
            let words = PathWords {
                from,
                to,
                proto: Some(Protocol::Icmp),
                port: None,
                size: None,
            };
            let report = view.path(&words).expect("both ends are known");
            assert!(report.ok, "{version}, {from}: {report:?}");
            let rows = report.forward.iter().chain(&report.back);
            let nodes: Vec<&str> = rows.map(|row| row.node.as_str()).collect();
            assert!(
                nodes.iter().filter(|node| **node == "router nat").count() >= 2,
                "{nodes:?}"
            );
        }
    }
}

/// With nothing else to send, one octet every 20 s keeps the router from forgetting who is behind it, so that the other end can
/// still call after an hour.
#[test]
fn a_quiet_tunnel_is_kept_alive() {
    for version in ["ikev2", "ikev1"] {
        let quiet = r#"dpd: (delay: "0s")"#;
        let rest = r#"events: [(at: "5m", change: session("cgw/tgw", shutdown)), (at: "5m", change: session("tgw/cgw", shutdown)),
            (at: "50m", change: tunnel("tgw/vpn", rekey))]"#;
        let text = lab(
            &format!("version: {version}, {quiet}"),
            &format!("start: wait, {quiet}"),
            "",
            rest,
        );
        let mut session = Session::open(blueprint(&text), None, Keep::All).expect("the lab begins");
        session.advance(SimTime::at(Span::minutes(52)), BUDGET);
        let rekeyed = session.records().any(|record| {
            let replaced = matches!(record.what, Happening::TunnelProtected { replaces: true, .. });
            replaced && record.at > SimTime::at(Span::minutes(50))
        });
        assert!(rekeyed, "{version}");
        for tunnel in View::of(&session).tunnels() {
            assert_eq!(
                (tunnel.reason, tunnel.health),
                (None, Health::Good),
                "{version}: {tunnel:?}"
            );
        }
    }
}

/// A router that starts again has forgotten whom it hid; what the one behind it says next shows the peer where it is.
#[test]
fn a_router_that_forgot_is_told_again() {
    let rest = r#"events: [(at: "10m", change: router_power("nat", off)), (at: "10m5s", change: router_power("nat", on))]"#;
    for version in ["ikev2", "ikev1"] {
        let text = lab(&format!("version: {version}"), "start: wait", "", rest);
        let mut session = Session::open(blueprint(&text), None, Keep::Nothing).expect("the lab begins");
        session.advance(SimTime::at(Span::minutes(30)), BUDGET);
        all_well(&session, version);
    }
}

#[test]
fn a_firewall_that_drops_what_ike_moves_to_is_found() {
    let firewall =
        r#"firewall: [(action: drop, protocol: udp, ports: "4500"), (action: allow, protocol: any)]"#;
    let text = lab("", "start: wait", firewall, "");
    let mut session = Session::open(blueprint(&text), None, Keep::Nothing).expect("the lab begins");
    session.advance(SimTime::at(Span::minutes(5)), BUDGET);
    for tunnel in View::of(&session).tunnels() {
        assert_eq!(tunnel.reason, Some(Reason::RouterFirewall), "{tunnel:?}");
    }
}

/// Who calls from outside gets no further than the router, which is nobody's trouble once the other end has called.
#[test]
fn both_ends_may_call() {
    for version in ["ikev2", "ikev1"] {
        let version = format!("version: {version}");
        let mut session = Session::open(blueprint(&lab(&version, "", "", "")), None, Keep::Nothing)
            .expect("the lab begins");
        for minutes in [1, 10, 120] {
            session.advance(SimTime::at(Span::minutes(minutes)), BUDGET);
            all_well(&session, &format!("{version} after {minutes} minutes"));
        }
    }
}
