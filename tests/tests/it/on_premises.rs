//! Data centres: hosts on segments behind routers.

use sim_core::lab::Session;
use sim_core::net::Protocol;
use sim_core::scenario::parse_change;
use sim_core::units::{SimTime, Span};
use sim_core::view::{PathReport, PathWords, View};

use crate::small_lab::{open, run};

/// Two segments behind one router, which a link joins with the cloud.
const SITE: &str = r#"Lab(
    schema: 1, name: "site", title: "Site", duration: "10m",
    segments: {
        "servers": (prefix: "192.168.10.0/24", vlan: 10),
        "services": (prefix: "192.168.20.0/24", delay: "1ms"),
    },
    hosts: {
        "app-1": (segment: "servers", address: "192.168.10.21", gateway: "192.168.10.1", listens: [tcp(443)]),
        "app-2": (
            segment: "servers", address: "192.168.10.22", gateway: "192.168.10.1", listens: [tcp(443)],
            routes: [("10.0.0.0/16", "192.168.10.2")],
        ),
        "db": (segment: "services", address: "192.168.20.31", gateway: "192.168.20.1", listens: [tcp(5432)]),
        "lonely": (segment: "services", address: "192.168.20.60", listens: [tcp(443)]),
    },
    links: {
        "wan": (a: ("core-1", "172.16.0.1/30"), b: ("cloud", "172.16.0.2/30")),
        "spare": (a: ("core-2", "172.16.0.5/30"), b: ("cloud", "172.16.0.6/30")),
    },
    routers: {
        "core-1": (
            segments: {"servers": ("192.168.10.1"), "services": ("192.168.20.1")},
            static_routes: [("10.0.0.0/16", "172.16.0.2")],
        ),
        "core-2": (segments: {"servers": ("192.168.10.2")}, static_routes: [("10.0.0.0/16", "172.16.0.6")]),
        "cloud": (loopbacks: ["10.0.255.1"], static_routes: [("192.168.0.0/16", "172.16.0.1")]),
    },
)"#;

/// A session at an instant, after these changes.
#[track_caller]
fn at(text: &str, instant: Span, changes: &[&str]) -> Session {
    let mut session = open(text, 1);
    for change in changes {
        let lever = parse_change(change, session.blueprint()).unwrap_or_else(|wrong| panic!("{wrong:?}"));
        session.apply(lever).expect("it can be made");
    }
    run(&mut session, SimTime::at(instant));
    session
}

#[track_caller]
fn report(session: &Session, from: &str, to: &str, port: Option<u16>) -> PathReport {
    let words = PathWords {
        from,
        to,
        proto: port.map(|_| Protocol::Tcp),
        port,
    };
    View::of(session).path(&words).expect("both ends are known")
}

/// Where packets go and where answers come back, or what stops them: `app-1 servers core-1 | core-1 servers app-1`.
#[track_caller]
fn way(session: &Session, from: &str, to: &str, port: Option<u16>) -> String {
    let report = report(session, from, to, port);
    let places = |rows: &[sim_core::analysis::HopRow]| {
        // `host app-1` is `app-1`.
        let names = rows
            .iter()
            .map(|row| row.node.rsplit(' ').next().unwrap_or_default());
        names.collect::<Vec<_>>().join(" ")
    };
    let mut text = places(&report.forward);
    if !report.back.is_empty() {
        text.push_str(&format!(" | {}", places(&report.back)));
    }
    if let (Some(reason), Some(at)) = (report.reason, report.at) {
        text.push_str(&format!(": {reason} at {at}"));
    }
    text
}

#[track_caller]
fn check(session: &Session, from: &str, to: &str, port: Option<u16>, expected: &str) {
    assert_eq!(way(session, from, to, port), expected);
}

#[test]
fn within_a_segment_packets_go_straight_and_elsewhere_by_the_gateway() {
    let session = at(SITE, Span::secs(1), &[]);
    check(
        &session,
        "app-1",
        "app-2",
        Some(443),
        "app-1 servers app-2 | app-2 servers app-1",
    );
    check(
        &session,
        "app-1",
        "db",
        Some(5432),
        "app-1 servers core-1 services db | db services core-1 servers app-1",
    );
    // A host's own route wins over its gateway, so the answer comes by another router than the question.
    check(
        &session,
        "app-2",
        "cloud",
        None,
        "app-2 servers core-2 cloud | cloud core-1 servers app-2",
    );
    // 50 us at each crossing of the servers' segment, 1 ms at each of the services'.
    let round_trip = report(&session, "app-1", "db", Some(5432)).round_trip;
    assert_eq!(round_trip, Some(Span::micros(2 * 1_050)));
}

#[test]
fn what_nobody_takes_is_dropped_with_a_reason() {
    let session = at(SITE, Span::secs(1), &[]);
    check(
        &session,
        "lonely",
        "app-1",
        Some(443),
        "lonely: HOST_HAS_NO_GATEWAY at host lonely",
    );
    // The answer of a host without a gateway is lost just so.
    check(
        &session,
        "app-1",
        "lonely",
        Some(443),
        "app-1 servers core-1 services lonely | lonely: HOST_HAS_NO_GATEWAY at host lonely",
    );
    check(
        &session,
        "app-1",
        "192.168.10.99",
        Some(443),
        "app-1 servers: ARP_UNANSWERED at segment servers",
    );
    let astray = at(
        SITE,
        Span::secs(1),
        &[r#"host_gateway("app-1", "192.168.10.22")"#],
    );
    check(
        &astray,
        "app-1",
        "db",
        Some(5432),
        "app-1 servers app-2: HOST_DOES_NOT_FORWARD at host app-2",
    );
    let cured = at(
        SITE,
        Span::secs(1),
        &[r#"host_gateway("lonely", "192.168.20.1")"#],
    );
    check(
        &cured,
        "lonely",
        "app-1",
        Some(443),
        "lonely services core-1 servers app-1 | app-1 servers core-1 services lonely",
    );
}

#[test]
fn a_segment_that_is_down_takes_its_routes_along() {
    let session = at(SITE, Span::secs(1), &[r#"segment_state("services", down)"#]);
    check(
        &session,
        "app-1",
        "db",
        Some(5432),
        "app-1 servers core-1: NO_ROUTE_TO_DESTINATION at router core-1",
    );
    check(
        &session,
        "db",
        "app-1",
        Some(443),
        "db: LINK_DOWN at segment services",
    );
    let back = at(
        SITE,
        Span::secs(1),
        &[
            r#"segment_state("services", down)"#,
            r#"segment_state("services", up)"#,
        ],
    );
    assert!(report(&back, "app-1", "db", Some(5432)).ok);
}

#[test]
fn a_router_without_its_port_is_no_gateway() {
    let session = at(
        SITE,
        Span::secs(1),
        &[r#"interface_state("core-1:servers", down)"#],
    );
    check(
        &session,
        "app-1",
        "db",
        Some(5432),
        "app-1 servers core-1: BAD_STATE at router interface core-1:servers",
    );
}
