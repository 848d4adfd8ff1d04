//! MTUs: what fits, what is told that it does not, and what vanishes.

use proptest::prelude::*;
use sim_core::analysis::{Discovery, WayMtu};
use sim_core::lab::Session;
use sim_core::net::{Mtu, Protocol};
use sim_core::scenario::{Code, load, shipped_base};
use sim_core::units::{SimTime, Span};
use sim_core::view::{PathReport, PathWords, View};
use sim_core::world::Happening;

use crate::on_premises::at;
use crate::small_lab::{open, run};

/// Two segments of jumbo frames with routers between, and a narrow link in the middle.
const LAB: &str = r#"Lab(
    schema: 1, name: "narrow", title: "Narrow", duration: "2m",
    segments: {
        "in": (prefix: "192.168.10.0/24", mtu: 9001), "out": (prefix: "192.168.20.0/24", mtu: 9001),
    },
    hosts: {
        "app": (segment: "in", address: "192.168.10.21", gateway: "192.168.10.1", listens: [tcp(443)], APP),
        "web": (segment: "out", address: "192.168.20.21", gateway: "192.168.20.1", listens: [tcp(443)]),
    },
    links: {"wan": (a: ("near", "172.16.0.1/30"), b: ("far", "172.16.0.2/30"), mtu: 1400)},
    routers: {
        "near": (
            segments: {"in": ("192.168.10.1")}, static_routes: [("192.168.20.0/24", "172.16.0.2")], NEAR,
        ),
        "far": (segments: {"out": ("192.168.20.1")}, static_routes: [("192.168.10.0/24", "172.16.0.1")]),
    },
    probes: {
        "small": (from: "app", to: "web", port: 443),
        "large": (from: "app", to: "web", port: 443, size: 9001),
    },
    expect: {"small": answered("small"), "large": answered("large")},
)"#;

fn narrow(app: &str, near: &str) -> String {
    let text = LAB.replace("APP", app).replace("NEAR", near);
    text.replace(", )", ")").replace(", ,", ",")
}

#[track_caller]
fn path(session: &Session, over: Protocol, size: Option<u16>) -> PathReport {
    let words = PathWords {
        from: "app",
        to: "web",
        proto: Some(over),
        port: (over == Protocol::Tcp).then_some(443),
        size: size.and_then(Mtu::new),
    };
    View::of(session).path(&words).expect("both ends are known")
}

fn way(way: Option<&WayMtu>) -> String {
    let Some(way) = way else { return "none".to_owned() };
    format!(
        "{} at {:?}, {:?} by {:?}, MSS {:?}",
        way.mtu_bytes, way.narrowest, way.discovery, way.silenced_by, way.mss_bytes
    )
}

/// What became of the probes: `small +, large -`.
fn probes(session: &Session) -> String {
    let goals = View::of(session).goals().into_iter();
    let signs = goals.map(|goal| format!("{} {}", goal.name, if goal.holds { "+" } else { "-" }));
    signs.collect::<Vec<_>>().join(", ")
}

#[test]
fn a_sender_that_is_told_sends_smaller_packets() {
    let session = at(&narrow("", ""), Span::minutes(1), &[]);
    assert_eq!(probes(&session), "small +, large +");
    let report = path(&session, Protocol::Tcp, None);
    insta::assert_snapshot!(way(report.forward_mtu.as_ref()), @r#"1400 at Some("router interface near:wan"), Works by None, MSS Some(8961)"#);
    insta::assert_snapshot!(way(report.return_mtu.as_ref()), @r#"1400 at Some("router interface far:wan"), Works by None, MSS Some(8961)"#);
    // A packet of its own size is dropped, and one that fits is not.
    let too_large = path(&session, Protocol::Icmp, Some(1401));
    assert_eq!(too_large.reason.map(|reason| reason.code()), Some("MTU_EXCEEDED"));
    assert!(path(&session, Protocol::Icmp, Some(1400)).ok);
    // TCP sends it again, in what fits: that is no failure.
    let again = path(&session, Protocol::Tcp, Some(1401));
    assert_eq!(
        (again.ok, again.reason, again.sent_again_bytes),
        (true, None, Some(1400))
    );
    assert_eq!(path(&session, Protocol::Tcp, Some(1400)).sent_again_bytes, None);
}

#[test]
fn a_router_without_icmp_errors_is_a_black_hole_until_it_clamps() {
    let text = narrow("", "icmp_errors: off");
    let session = at(&text, Span::minutes(1), &[]);
    assert_eq!(probes(&session), "small +, large -");
    let report = path(&session, Protocol::Tcp, None);
    insta::assert_snapshot!(way(report.forward_mtu.as_ref()), @r#"1400 at Some("router interface near:wan"), BlackHole by Some("router interface near:wan"), MSS Some(8961)"#);
    let unheard = path(&session, Protocol::Tcp, Some(1401));
    assert_eq!((unheard.ok, unheard.sent_again_bytes), (false, None));
    for cure in [
        r#"mss_clamp("near:wan", to_mtu)"#,
        r#"mss_clamp("near:in", 1360)"#,
        r#"icmp_errors("near", on)"#,
        r#"link_mtu("wan", 9001)"#,
        r#"host_mtu("app", 1400)"#,
    ] {
        let session = at(&text, Span::minutes(1), &[cure]);
        assert_eq!(probes(&session), "small +, large +", "{cure}");
        let there = path(&session, Protocol::Tcp, None).forward_mtu;
        assert!(
            there.is_some_and(|way| way.discovery != Discovery::BlackHole),
            "{cure}"
        );
    }
}

#[test]
fn a_firewall_that_lets_no_icmp_in_eats_the_message() {
    let rule = r#"firewall: [(direction: ingress, action: drop, protocol: icmp, ports: "0-65535")]"#;
    let session = at(&narrow(rule, ""), Span::minutes(1), &[]);
    assert_eq!(probes(&session), "small +, large -");
    let report = path(&session, Protocol::Tcp, None);
    insta::assert_snapshot!(way(report.forward_mtu.as_ref()), @r#"1400 at Some("router interface near:wan"), BlackHole by Some("host app"), MSS Some(8961)"#);
}

#[test]
fn a_link_that_carries_less_than_its_ends_believe_is_told_of_by_nobody() {
    let fault = r#"faults: {"moved": (kind: mtu_lowered, of: "wan", amount: "1300", at: "45s")}, probes: {"#;
    let text = narrow("mtu: 1400", "").replace("probes: {", fault);
    let mut session = open(&text, 1);
    run(&mut session, SimTime::at(Span::secs(30)));
    assert_eq!(probes(&session), "small +, large +");
    run(&mut session, SimTime::at(Span::secs(90)));
    assert_eq!(probes(&session), "small +, large -");
    let there = path(&session, Protocol::Tcp, None).forward_mtu;
    insta::assert_snapshot!(way(there.as_ref()), @r#"1300 at Some("link wan"), BlackHole by Some("link wan"), MSS Some(1360)"#);
}

/// Of a packet that is asked for by its size the same is said everywhere: it is too large, and its sender hears of it or not.
#[test]
fn what_is_said_of_a_large_packet_does_not_contradict_itself() {
    let discovery = |from: &str, to: &str, size: u16| {
        let text = shipped_base("dx-vpn-backup").expect("it ships");
        let session = at(&text, Span::minutes(5), &[]);
        let words = PathWords {
            from,
            to,
            proto: Some(Protocol::Tcp),
            port: Some(443),
            size: Mtu::new(size),
        };
        let report = View::of(&session).path(&words).expect("both ends are known");
        let way = report.forward_mtu.expect("small ones arrive");
        (report.ok, way.discovery)
    };
    assert_eq!(discovery("app", "office", 1_500), (true, Discovery::NotNeeded));
    assert_eq!(discovery("app", "office", 9_001), (true, Discovery::Works));
    assert_eq!(discovery("office", "app", 9_001), (true, Discovery::Works));
}

/// The lab of the migration from on premises, with both lines of Direct Connect cut at two hours for an hour.
fn failed_over(tunnels: &str, router: &str) -> Session {
    let text = format!(
        r#"Lab(
    schema: 1, base: "onprem-to-aws", name: "failed-over", title: "Failed over", duration: "4h",
    routers: {{"cgw-1": ({router} tunnels: {{"tunnel-1": ({tunnels}), "tunnel-2": ({tunnels})}})}},
    probes: {{
        "small": (from: "db-1", to: "mgn.eu-central-1.amazonaws.com", port: 443, every: "10s", after: "5m"),
    }},
    runbook: {{"wave 1: install": (at: "10m", run: install_agent(wave("wave-1")))}},
    faults: {{"both lines": (kind: link_down, of: ["dx-primary", "dx-secondary"], at: "2h", lasts: "1h")}},
    expect: {{"small": answered("small")}},
)"#
    );
    let mut session = open(&text, 1);
    run(&mut session, SimTime::at(Span::hours(4)));
    session
}

/// Why flows were broken between two hours and three, and whether any was at its end.
fn broken(session: &Session) -> Vec<String> {
    let during = session.records().filter(|record| {
        let since = record.at.since_start();
        since > Span::minutes(121) && since < Span::minutes(179)
    });
    let mut reasons: Vec<String> = during
        .filter_map(|record| match record.what {
            Happening::FlowBroken(refusal) => Some(refusal.reason.to_string()),
            _ => None,
        })
        .collect();
    reasons.dedup();
    reasons
}

#[test]
fn after_a_failover_to_vpn_full_segments_vanish_where_nothing_clamps_them() {
    // As it ships, the tunnels clamp and the router tells: nothing vanishes.
    assert_eq!(broken(&failed_over("", "")), Vec::<String>::new());
    let session = failed_over("mss_clamp: off", "icmp_errors: off,");
    let text: Vec<String> = session
        .records()
        .filter_map(|record| match record.what {
            Happening::FlowBroken(refusal) => {
                Some(format!("{} {}", refusal.reason, session.names().of(refusal.at)))
            }
            _ => None,
        })
        .collect();
    let vanished = text
        .iter()
        .any(|line| line.starts_with("MTU_EXCEEDED cgw-1/tunnel-"));
    assert!(vanished, "{text:?}");
    // When the lines are back, so is the data.
    let flows = View::of(&session).flows();
    assert!(!flows.is_empty());
    assert!(flows.iter().all(|flow| !flow.rate.is_zero()), "{flows:?}");
}

#[test]
fn values_that_cannot_be_are_complained_of() {
    let said = |text: &str| {
        let diagnostics = match load(text, "mtu", &shipped_base) {
            Ok(loaded) => loaded.warnings,
            Err(diagnostics) => diagnostics,
        };
        let lines = diagnostics.into_iter().map(|it| {
            assert!(
                matches!(it.code, Code::BadValue | Code::Refused | Code::WrongType),
                "{it}"
            );
            format!("{} ({})", it.message, it.help.unwrap_or_default())
        });
        lines.collect::<Vec<_>>().join("; ")
    };
    let over = |overlay: &str| {
        let base = r#"schema: 1, base: "onprem-to-aws", name: "wrong", title: "Wrong""#;
        said(&format!("Lab({base}, {overlay})"))
    };
    let all = [
        said(&narrow("mtu: 100", "")),
        said(&narrow("mtu: 65536", "")),
        said(&narrow("mtu: \"1500\"", "")),
        over(r#"virtual_interfaces: {"vif-primary": (mtu: 9001)}"#),
        over(r#"routers: {"cgw-1": (tunnels: {"tunnel-1": (mss_clamp: 40)})}"#),
        over(r#"changes: [mss_clamp("cgw-1:tunnel-1", on)]"#),
    ];
    insta::assert_snapshot!(all.join("\n"), @r#"
    100 is no MTU (an MTU is 576 to 9216 bytes, and 1500 on Ethernet without jumbo frames)
    expected an MTU such as 1500, found the number 65536 ()
    expected an MTU such as 1500, found the text "1500" ()
    a virtual interface of this kind has no MTU of 9001 (write 1500, or 8500 for jumbo frames)
    40 is no MSS (an MSS is 536 to 9176 bytes: an MTU less 40 bytes of headers)
    expected an MSS such as 1379, to_mtu or off, found the word `on` ()
    "#);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    /// A flow's segments never exceed what its way carries whole, and where ICMP comes back it flows.
    #[test]
    fn the_segments_of_a_flow_fit_its_way(peering in 600_u16..9_216, host in 600_u16..9_216) {
        let text = format!(
            r#"Lab(
    schema: 1, base: "region-to-region", name: "sized", title: "Sized", duration: "1d",
    peerings: {{"source-target": (mtu: {peering})}},
    changes: [host_mtu("app-server", {host})],
)"#
        );
        let mut session = open(&text, 1);
        let mut seen = 0;
        for hour in 1..=24 {
            run(&mut session, SimTime::at(Span::hours(hour)));
            for flow in View::of(&session).flows() {
                seen += 1;
                prop_assert!(flow.mss_bytes + 40 <= peering.min(host), "{flow:?}");
                prop_assert!(!flow.rate.is_zero());
            }
        }
        prop_assert!(seen > 0);
    }
}
