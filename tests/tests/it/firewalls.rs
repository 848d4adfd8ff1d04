//! Routers' firewalls and source NAT.

use sim_core::lab::Session;
use sim_core::net::Protocol;
use sim_core::scenario::parse_change;
use sim_core::units::{SimTime, Span};
use sim_core::view::{PathReport, PathWords, View};

use crate::on_premises::{at, check, way};
use crate::small_lab::{open, run};

/// Two firewalls side by side between an inner segment and an outer one; only the first is used.
const PAIR: &str = r#"Lab(
    schema: 1, name: "pair", title: "Pair", duration: "1h",
    segments: {"inside": (prefix: "192.168.10.0/24"), "outside": (prefix: "10.0.9.0/24")},
    hosts: {
        "app": (segment: "inside", address: "192.168.10.21", gateway: "192.168.10.1", listens: [tcp(443), udp(514)]),
        "other": (segment: "inside", address: "192.168.10.22", gateway: "192.168.10.1", listens: [tcp(443)]),
        "web": (segment: "outside", address: "10.0.9.21", gateway: "10.0.9.1", listens: [tcp(443), tcp(80), udp(53)]),
    },
    routers: {
        "fw-1": (
            segments: {"inside": ("192.168.10.1"), "outside": ("10.0.9.1")},
            firewall: [
                (action: drop, protocol: tcp, ports: "80", source: "192.168.10.22/32"),
                (action: allow, from: "inside", to: "outside", protocol: tcp, ports: "80-443", destination: "10.0.0.0/8"),
                (action: allow, from: "inside", protocol: udp, ports: "53"),
            ],
        ),
        "fw-2": (
            segments: {"inside": ("192.168.10.2"), "outside": ("10.0.9.2")},
            firewall: [(action: allow, from: "inside", protocol: any)],
        ),
    },
)"#;

#[track_caller]
fn asked(session: &Session, from: &str, to: &str, proto: Protocol, port: Option<u16>) -> PathReport {
    let words = PathWords {
        from,
        to,
        proto: Some(proto),
        port,
        size: None,
    };
    View::of(session).path(&words).expect("both ends are known")
}

/// What stopped a packet, and by which rule.
#[track_caller]
fn stopped(report: &PathReport) -> String {
    let rows = if report.back.is_empty() {
        &report.forward
    } else {
        &report.back
    };
    let last = rows.last().expect("it goes somewhere");
    let reason = report
        .reason
        .map_or("answered".to_owned(), |reason| reason.to_string());
    match &last.matched {
        Some(rule) => format!("{reason} by {rule}"),
        None => reason,
    }
}

#[test]
fn what_begins_meets_the_rules_and_what_answers_passes() {
    let session = at(PAIR, Span::secs(1), &[]);
    let report = asked(&session, "app", "web", Protocol::Tcp, Some(443));
    assert!(report.ok, "{report:?}");
    let matched = |rows: &[sim_core::analysis::HopRow]| {
        let rules = rows
            .iter()
            .filter(|row| row.node == "router fw-1")
            .filter_map(|row| row.matched.clone());
        rules.collect::<Vec<_>>()
    };
    assert_eq!(
        matched(&report.forward),
        [
            "connected route 10.0.9.0/24",
            "firewall rule 2: allow tcp 80-443 from fw-1:inside to fw-1:outside 10.0.0.0/8",
        ]
    );
    assert_eq!(
        matched(&report.back),
        [
            "connected route 192.168.10.0/24",
            "packet of a tracked conversation"
        ]
    );
    assert!(asked(&session, "app", "web", Protocol::Udp, Some(53)).ok);
    for (from, to, proto, port, expected) in [
        // The first rule that matches decides, for whom it is.
        (
            "other",
            "web",
            Protocol::Tcp,
            80,
            "ROUTER_FIREWALL by firewall rule 1: drop tcp 80 from 192.168.10.22/32",
        ),
        (
            "app",
            "web",
            Protocol::Tcp,
            22,
            "ROUTER_FIREWALL by no firewall rule allows it",
        ),
        (
            "app",
            "web",
            Protocol::Udp,
            443,
            "ROUTER_FIREWALL by no firewall rule allows it",
        ),
        // By which interface a packet comes in counts.
        (
            "web",
            "app",
            Protocol::Tcp,
            443,
            "ROUTER_FIREWALL by no firewall rule allows it",
        ),
    ] {
        assert_eq!(stopped(&asked(&session, from, to, proto, Some(port))), expected);
    }
    let ping = asked(&session, "app", "web", Protocol::Icmp, None);
    assert_eq!(stopped(&ping), "ROUTER_FIREWALL by no firewall rule allows it");
    // What is for the router itself is none of the firewall's.
    assert!(asked(&session, "app", "fw-1", Protocol::Icmp, None).ok);
    assert!(asked(&session, "fw-1", "web", Protocol::Icmp, None).ok);
}

#[test]
fn an_answer_by_another_firewall_than_the_question_is_dropped() {
    let astray = at(PAIR, Span::secs(1), &[r#"host_gateway("web", "10.0.9.2")"#]);
    check(
        &astray,
        "app",
        "web",
        Some(443),
        "app inside fw-1 fw-1 outside web | web outside fw-2 fw-2: ASYMMETRIC_STATEFUL at router fw-2",
    );
    // So are answers to datagrams, which are hardly told from questions.
    let report = asked(&astray, "app", "web", Protocol::Udp, Some(53));
    assert_eq!(stopped(&report), "ASYMMETRIC_STATEFUL");
    // Nobody asked for this one: it is refused by the rules.
    let report = asked(&astray, "web", "app", Protocol::Udp, Some(514));
    assert_eq!(stopped(&report), "ROUTER_FIREWALL by no firewall rule allows it");
    let both = &[
        r#"host_gateway("web", "10.0.9.2")"#,
        r#"host_gateway("app", "192.168.10.2")"#,
    ];
    let by_the_other = at(PAIR, Span::secs(1), both);
    check(
        &by_the_other,
        "app",
        "web",
        Some(443),
        "app inside fw-2 fw-2 outside web | web outside fw-2 fw-2 inside app",
    );
}

#[test]
fn rules_come_and_go() {
    let ssh = r#"(action: allow, from: "inside", protocol: tcp, ports: "22")"#;
    let with = format!(r#"add_router_rule("fw-1", {ssh})"#);
    let without = format!(r#"remove_router_rule("fw-1", {ssh})"#);
    let refused =
        "app inside fw-1 fw-1 outside web | web outside fw-1 fw-1 inside app: CONNECTION_REFUSED at host web";
    assert_eq!(
        way(&at(PAIR, Span::secs(1), &[&with]), "app", "web", Some(22)),
        refused
    );
    let gone = at(PAIR, Span::secs(1), &[&with, &without]);
    assert_eq!(
        way(&gone, "app", "web", Some(22)),
        "app inside fw-1 fw-1: ROUTER_FIREWALL at router fw-1"
    );
    // A new rule comes first.
    let drop = r#"add_router_rule("fw-1", (action: drop, protocol: tcp))"#;
    let closed = at(PAIR, Span::secs(1), &[drop]);
    assert_eq!(
        way(&closed, "app", "web", Some(443)),
        "app inside fw-1 fw-1: ROUTER_FIREWALL at router fw-1"
    );
    let mut session = open(PAIR, 1);
    let refusal = |session: &mut Session, change: &str| {
        let lever = parse_change(change, session.blueprint()).expect("well formed");
        session.apply(lever).expect_err("it does not fit").to_string()
    };
    assert_eq!(
        refusal(&mut session, &without),
        "there is no such rule in the router's firewall"
    );
    let twice = r#"add_router_rule("fw-2", (action: allow, from: "inside", protocol: any))"#;
    assert_eq!(
        refusal(&mut session, twice),
        "such a rule is already in the router's firewall"
    );
    run(&mut session, SimTime::at(Span::secs(1)));
}

/// A branch behind one public address.
const HIDDEN: &str = r#"Lab(
    schema: 1, name: "hidden", title: "Hidden", duration: "1h",
    segments: {"branch": (prefix: "192.168.10.0/24"), "guests": (prefix: "192.168.20.0/24"), "far": (prefix: "203.0.113.0/24")},
    hosts: {
        "pc-1": (segment: "branch", address: "192.168.10.21", gateway: "192.168.10.1", listens: [tcp(22)]),
        "pc-2": (segment: "branch", address: "192.168.10.22", gateway: "192.168.10.1"),
        "guest": (segment: "guests", address: "192.168.20.21", gateway: "192.168.20.1"),
        "web": (segment: "far", address: "203.0.113.21", gateway: "203.0.113.1", listens: [tcp(443), udp(53)]),
    },
    links: {"wan": (a: ("edge", "198.51.100.1/30"), b: ("isp", "198.51.100.2/30"))},
    routers: {
        "edge": (
            segments: {"branch": ("192.168.10.1"), "guests": ("192.168.20.1")},
            static_routes: [("0.0.0.0/0", "198.51.100.2")],
            nat: [(to: "wan", source: "192.168.10.0/24")],
            firewall: [(action: allow, to: "wan", protocol: any)],
        ),
        // It knows the edge's public address, and nothing of what is behind it.
        "isp": (segments: {"far": ("203.0.113.1")}),
    },
)"#;

#[test]
fn senders_are_hidden_behind_the_address_by_which_they_leave() {
    let session = at(HIDDEN, Span::secs(1), &[]);
    let there = "pc-1 branch edge edge edge isp far web | web far isp edge edge branch pc-1";
    check(&session, "pc-1", "web", Some(443), there);
    for (proto, port) in [(Protocol::Udp, Some(53)), (Protocol::Icmp, None)] {
        let report = asked(&session, "pc-2", "web", proto, port);
        assert!(report.ok, "{report:?}");
    }
    let report = asked(&session, "pc-1", "web", Protocol::Tcp, Some(443));
    let rules: Vec<String> = report
        .forward
        .iter()
        .filter_map(|row| row.matched.clone())
        .collect();
    assert_eq!(
        rules,
        [
            "default gateway",
            "static route 0.0.0.0/0",
            "firewall rule 1: allow all traffic to edge:wan",
            "source NAT",
            "connected route 203.0.113.0/24",
        ]
    );
    // Who is not hidden gets no answer: nobody outside has a way to an inner address.
    check(
        &session,
        "guest",
        "web",
        Some(443),
        "guest guests edge edge isp far web | web far isp: NO_ROUTE_TO_DESTINATION at router isp",
    );
    // From outside only the router itself can be reached.
    check(
        &session,
        "web",
        "198.51.100.1",
        Some(22),
        "web far isp edge | edge isp far web: CONNECTION_REFUSED at router edge",
    );
}

/// A source server of the Region-to-Region lab in a plant of its own, without a gateway and behind a firewall that lets
/// nothing through.
const PLANT: &str = r#"Lab(
    schema: 1, base: "region-to-region", name: "plant", title: "Plant",
    segments: {"plant": (prefix: "192.168.77.0/24", name_servers: ["192.168.77.53"])},
    hosts: {
        "plant-dns": (segment: "plant", address: "192.168.77.53", name_server: (zones: {
            "amazonaws.com": {
                "aws-application-migration-service-ap-south-1.bucket.vpce-011cabf6ef5343038-v8dgdsnl.s3.ap-south-1.vpce.amazonaws.com": ["10.0.1.10"],
                "vpce-0c5a3de2f1b647a98-k2m4x7qz.mgn.ap-south-1.vpce.amazonaws.com": ["10.0.1.10"],
            },
        })),
    },
    links: {"line": (a: ("fw", "172.31.0.1/30"), b: ("far", "172.31.0.2/30"))},
    routers: {
        "fw": (segments: {"plant": ("192.168.77.1")}, static_routes: [("10.0.0.0/8", "172.31.0.2")], firewall: []),
        "far": (),
    },
    migration: (servers: [(
        name: "app-server", host: (segment: "plant", address: "192.168.77.10"),
        disks: [(device: "/dev/xvda", size: "30GiB")],
    )]),
    runbook: {}, expect: {},
)"#;

#[test]
fn preflight_proposes_a_gateway_and_a_rule_for_a_source_server_behind_a_firewall() {
    let mut session = open(PLANT, 1);
    let mut told = Vec::new();
    for _ in 0..3 {
        let report = sim_core::analysis::preflight(&session);
        let checks = report
            .checks
            .iter()
            .filter(|check| check.name == "app-server: download of the installer");
        let finding = checks
            .into_iter()
            .find_map(|check| check.finding.clone())
            .expect("it does not come through");
        let fix = finding.fix.as_ref();
        let text = fix.map_or("nothing", |fix| fix.text.as_str());
        told.push(format!("{} at {}: {text}", finding.reason, finding.at_text));
        for lever in fix.into_iter().flat_map(|fix| fix.levers.clone()) {
            session.apply(lever).expect("what is proposed can be done");
        }
    }
    assert_eq!(
        told,
        [
            "HOST_HAS_NO_GATEWAY at host app-server: give host app-server the gateway 192.168.77.1",
            "ROUTER_FIREWALL at router fw: allow tcp 443 from 192.168.77.0/24 to 10.0.1.0/24 in the firewall of router fw",
            "NO_ROUTE_TO_DESTINATION at router far: nothing",
        ]
    );
}
