//! Data centres: hosts on segments behind routers.

use proptest::prelude::*;
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
pub(crate) fn at(text: &str, instant: Span, changes: &[&str]) -> Session {
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
        size: None,
    };
    View::of(session).path(&words).expect("both ends are known")
}

/// Where packets go and where answers come back, or what stops them: `app-1 servers core-1 | core-1 servers app-1`.
#[track_caller]
pub(crate) fn way(session: &Session, from: &str, to: &str, port: Option<u16>) -> String {
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
pub(crate) fn check(session: &Session, from: &str, to: &str, port: Option<u16>, expected: &str) {
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

/// Three routers share the gateway of the servers' segment.
const SHARED: &str = r#"Lab(
    schema: 1, name: "shared", title: "Shared", duration: "10m",
    segments: {"servers": (prefix: "192.168.10.0/24"), "out": (prefix: "192.168.20.0/24")},
    hosts: {
        "app": (segment: "servers", address: "192.168.10.21", gateway: "192.168.10.1"),
        "far": (segment: "out", address: "192.168.20.21", gateway: "192.168.20.4", listens: [tcp(443)]),
    },
    routers: {
        "r-200": (segments: {
            "servers": (address: "192.168.10.2", gateway: "192.168.10.1", priority: 200), "out": ("192.168.20.2"),
        }),
        "r-150": (segments: {
            "servers": (address: "192.168.10.3", gateway: "192.168.10.1", priority: 150), "out": ("192.168.20.3"),
        }),
        "r-100": (segments: {
            "servers": (address: "192.168.10.4", gateway: "192.168.10.1"), "out": ("192.168.20.4"),
        }),
    },
)"#;

/// Who was active for the first gateway of a lab, and since when, after these changes at their instants.
#[track_caller]
fn turns(text: &str, changes: &[(Span, &str)], until: Span) -> Vec<String> {
    let mut session = open(text, 1);
    for (instant, change) in changes {
        run(&mut session, SimTime::at(*instant));
        let lever = parse_change(change, session.blueprint()).unwrap_or_else(|wrong| panic!("{wrong:?}"));
        session.apply(lever).expect("it can be made");
    }
    run(&mut session, SimTime::at(until));
    let view = View::of(&session);
    let told = view
        .log_after(None)
        .filter(|row| row.subject == "servers/192.168.10.1");
    told.map(|row| format!("{} {}", row.at.since_start(), row.what))
        .collect()
}

#[test]
fn a_backup_takes_over_when_it_has_heard_nothing_for_its_down_interval() {
    // The last advertisement was sent at 60 s and heard 50 us later; 3 s + (256 - 150) × 1 s / 256, in centiseconds.
    let told = turns(
        SHARED,
        &[(Span::millis(60_500), r#"router_power("r-200", off)"#)],
        Span::secs(120),
    );
    assert_eq!(
        told,
        [
            "1m0.5s r-200:servers no longer advertises: nobody is active",
            "1m3.41005s r-150:servers has heard nothing for its down interval, and is active",
        ]
    );
    // What is due at the very instant of the failure is not sent.
    let told = turns(
        SHARED,
        &[(Span::secs(60), r#"interface_state("r-200:servers", down)"#)],
        Span::secs(120),
    );
    assert_eq!(
        told[1],
        "1m2.41005s r-150:servers has heard nothing for its down interval, and is active"
    );
    // Two at once: the third waits longer.
    let both = [
        (Span::secs(60), r#"router_power("r-200", off)"#),
        (Span::secs(60), r#"router_power("r-150", off)"#),
    ];
    let told = turns(SHARED, &both, Span::secs(120));
    assert_eq!(
        told[1],
        "1m2.60005s r-100:servers has heard nothing for its down interval, and is active"
    );
}

#[test]
fn a_router_that_hangs_is_replaced_as_one_without_power_and_yields_to_nobody_lesser_once_it_is_awake() {
    let hangs = r#"router_power("r-200", hung)"#;
    let wakes = r#"router_power("r-200", on)"#;
    let told = turns(
        SHARED,
        &[(Span::millis(60_500), hangs), (Span::secs(120), wakes)],
        Span::secs(200),
    );
    assert_eq!(
        told,
        [
            "1m0.5s r-200:servers no longer advertises: nobody is active",
            "1m3.41005s r-150:servers has heard nothing for its down interval, and is active",
            "2m r-200:servers takes over from r-150:servers: its priority is higher",
        ]
    );
    // Nobody has noticed.
    let told = turns(
        SHARED,
        &[(Span::secs(60), hangs), (Span::secs(62), wakes)],
        Span::secs(200),
    );
    assert_eq!(told[1..], ["1m2s r-200:servers advertises again, and is active"]);
    // A backup that heard nothing believes that it is active, and hears of its better once it is awake.
    let backup = [
        (Span::secs(60), r#"router_power("r-150", hung)"#),
        (Span::secs(120), r#"router_power("r-150", on)"#),
        (Span::secs(180), r#"router_power("r-200", off)"#),
    ];
    let told = turns(SHARED, &backup, Span::secs(300));
    assert_eq!(
        told[1..],
        ["3m2.41005s r-150:servers has heard nothing for its down interval, and is active"]
    );
}

#[test]
fn a_better_router_takes_over_once_it_is_back_unless_it_may_not() {
    let changes = [
        (Span::secs(60), r#"router_power("r-200", off)"#),
        (Span::secs(120), r#"router_power("r-200", on)"#),
    ];
    let told = turns(SHARED, &changes, Span::secs(300));
    // 3 s + (256 - 200) × 1 s / 256 after it came up, and at once from then on.
    assert_eq!(
        told[2..],
        ["2m3.21s r-200:servers takes over from r-150:servers: its priority is higher"]
    );
    let patient = SHARED.replace("priority: 200", "priority: 200, preempt: false");
    let told = turns(&patient, &changes, Span::secs(300));
    assert_eq!(told.len(), 2, "{told:?}");
    // It is still next when the other one goes.
    let mut changes = changes.to_vec();
    changes.push((Span::secs(200), r#"router_power("r-150", off)"#));
    let told = turns(&patient, &changes, Span::secs(300));
    assert!(
        told[3].ends_with("r-200:servers has heard nothing for its down interval, and is active"),
        "{told:?}"
    );
}

#[test]
fn a_router_that_is_back_before_anybody_noticed_still_waits_its_turn() {
    let changes = [
        (Span::secs(60), r#"interface_state("r-200:servers", down)"#),
        (Span::secs(61), r#"interface_state("r-200:servers", up)"#),
    ];
    let told = turns(SHARED, &changes, Span::secs(120));
    assert_eq!(
        told[1..],
        [
            "1m2.41005s r-150:servers has heard nothing for its down interval, and is active",
            "1m4.21s r-200:servers takes over from r-150:servers: its priority is higher",
        ]
    );
}

#[test]
fn after_a_failure_of_the_whole_segment_the_election_begins_anew() {
    let changes = [
        (Span::secs(60), r#"segment_state("servers", down)"#),
        (Span::secs(90), r#"segment_state("servers", up)"#),
    ];
    let told = turns(SHARED, &changes, Span::secs(120));
    assert_eq!(
        told,
        [
            "1m r-200:servers no longer advertises: nobody is active",
            "1m33.21s r-200:servers has heard nothing for its down interval, and is active",
        ]
    );
}

#[test]
fn of_equal_routers_the_higher_address_decides() {
    let equal = SHARED
        .replace(", priority: 200", "")
        .replace(", priority: 150", "");
    let told = turns(
        &equal,
        &[(Span::secs(60), r#"router_power("r-100", off)"#)],
        Span::secs(120),
    );
    assert!(told[0].starts_with("1m r-100:servers"), "{told:?}");
    assert!(told[1].starts_with("1m2.60005s r-150:servers"), "{told:?}");
}

#[test]
fn between_failure_and_take_over_packets_for_the_gateway_are_lost() {
    let off = &[r#"router_power("r-200", off)"#];
    let lost = at(SHARED, Span::secs(1), off);
    check(
        &lost,
        "app",
        "far",
        Some(443),
        "app servers: GATEWAY_HAS_NO_ACTIVE_ROUTER at virtual gateway servers/192.168.10.1",
    );
    let found = at(SHARED, Span::secs(4), off);
    check(
        &found,
        "app",
        "far",
        Some(443),
        "app servers r-150 out far | far out r-100 servers app",
    );
    // The active router answers for the address itself; like any router it is pinged where nothing else is said.
    for to in ["192.168.10.1", "servers/192.168.10.1"] {
        check(&found, "app", to, None, "app servers r-150 | r-150 servers app");
    }
}

#[test]
fn a_change_of_the_active_router_is_caused_by_what_brought_it_about() {
    let mut session = at(SHARED, Span::secs(10), &[r#"router_power("r-200", off)"#]);
    run(&mut session, SimTime::at(Span::secs(20)));
    let view = View::of(&session);
    let took_over = view
        .log_after(None)
        .find(|row| row.what.contains("is active"))
        .expect("it took over");
    let chain: Vec<String> = view
        .causes(took_over.id)
        .iter()
        .map(|row| row.what.clone())
        .collect();
    assert_eq!(
        chain,
        [
            "loses its power",
            "r-200:servers no longer advertises: nobody is active",
        ]
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    /// Whatever comes and goes: once nothing has for a while, the best that works is active, or nobody is.
    #[test]
    fn in_the_end_the_best_router_that_works_is_active(
        turns in proptest::collection::vec((0_u64..5_000, 0_usize..3, any::<bool>()), 0..24),
    ) {
        let routers = ["r-200", "r-150", "r-100"];
        let mut works = [true; 3];
        let mut session = open(SHARED, 1);
        let mut now = Span::ZERO;
        for (wait, router, on) in turns {
            now += Span::millis(wait);
            run(&mut session, SimTime::at(now));
            works[router] = on;
            let state = if on { "up" } else { "down" };
            let change = format!("interface_state(\"{}:servers\", {state})", routers[router]);
            let lever = parse_change(&change, session.blueprint()).expect("well formed");
            session.apply(lever).expect("it can be made");
        }
        run(&mut session, SimTime::at(now + Span::secs(10)));
        let expected = routers.iter().zip(works).find(|(_, works)| *works);
        let expected = expected.map(|(router, _)| format!("{router}:servers"));
        prop_assert_eq!(&View::of(&session).gateways()[0].active, &expected);
    }
}

/// A name server of the site's own, and another one that knows one more zone.
fn with_names() -> String {
    SITE.replace(
        r#""lonely": ("#,
        r#""dns-1": (
            segment: "services", address: "192.168.20.53", gateway: "192.168.20.1",
            name_server: (
                zones: {"dc.example": {"db.dc.example": ["192.168.20.31"], "app.dc.example": ["192.168.10.22"]}},
                forwards: {"lab.dc.example": ["192.168.10.53"], "example.com": ["192.168.20.99", "192.168.10.53"]},
            ),
        ),
        "dns-2": (
            segment: "servers", address: "192.168.10.53", gateway: "192.168.10.1",
            name_server: (zones: {"lab.dc.example": {"x.lab.dc.example": ["10.0.255.1"]}, "example.com": {"example.com": ["10.0.255.1"]}}),
        ),
        "lonely": ("#,
    )
    .replace(r#"vlan: 10)"#, r#"vlan: 10, name_servers: ["192.168.20.53"])"#)
}

/// What a name leads to, and who answered, or why not.
#[track_caller]
fn resolved(session: &Session, from: &str, name: &str) -> String {
    let resolution = report(session, from, name, Some(443))
        .resolution
        .expect("a name was asked for");
    match (
        resolution.addresses.as_slice(),
        resolution.answered_by,
        resolution.reason,
    ) {
        ([address, ..], Some(by), _) => format!("{address} by {by}"),
        (_, _, Some(reason)) => format!("{reason} at {}", resolution.at.unwrap_or_default()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn hosts_on_segments_ask_the_sites_own_name_servers() {
    let session = at(&with_names(), Span::secs(1), &[]);
    for (name, expected) in [
        ("db.dc.example", "192.168.20.31 by host dns-1"),
        // The most specific wins: a forwarder within the zone.
        ("x.lab.dc.example", "10.0.255.1 by host dns-2"),
        ("nothing.dc.example", "DNS_NXDOMAIN at host dns-1"),
        // The first target is nobody's, the second answers.
        ("example.com", "10.0.255.1 by host dns-2"),
        // Nobody forwards it, and nothing leads to the public DNS.
        ("example.org", "NO_ROUTE_TO_DESTINATION at router core-1"),
    ] {
        assert_eq!(resolved(&session, "app-1", name), expected, "{name}");
    }
    let told = report(&session, "app-2", "db.dc.example", Some(5432));
    assert!(told.ok, "{told:?}");
    // A host without any name server resolves nothing.
    assert_eq!(
        resolved(&session, "db", "db.dc.example"),
        "DNS_TIMEOUT at host db"
    );
    let asking = at(
        &with_names(),
        Span::secs(1),
        &[r#"host_name_servers("db", ["192.168.20.53"])"#],
    );
    assert_eq!(
        resolved(&asking, "db", "db.dc.example"),
        "192.168.20.31 by host dns-1"
    );
}

#[test]
fn a_lab_can_expect_who_reaches_whom() {
    let expect = r#"expect: {
        "straight": reaches("app-1", "app-2", tcp(443)),
        "by name": reaches("app-1", "db.dc.example", tcp(5432)),
        "a ping": reaches("app-1", "cloud"),
        "from a router": reaches("core-1", "192.168.10.21"),
        "nothing listens": cannot_reach("app-1", "db", tcp(22), CONNECTION_REFUSED),
        "another reason": cannot_reach("lonely", "app-1", tcp(443), CONNECTION_REFUSED),
        "no gateway": cannot_reach("lonely", "app-1", tcp(443), HOST_HAS_NO_GATEWAY),
        "too much": reaches("app-1", "db", tcp(22)),
        "too little": cannot_reach("app-1", "db", tcp(5432), LINK_DOWN),
        "no such name": cannot_reach("app-1", "x.dc.example", tcp(22), DNS_NXDOMAIN),
    },
)"#;
    let text = with_names();
    let text = format!("{}\n    {expect}", text.trim_end().trim_end_matches(')'));
    let session = at(&text, Span::secs(1), &[]);
    let told: Vec<String> = View::of(&session)
        .goals()
        .into_iter()
        .map(|goal| {
            format!(
                "{} {}: {}",
                if goal.holds { "+" } else { "-" },
                goal.name,
                goal.detail
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            "+ straight: app-1 reaches app-2 by tcp 443",
            "+ by name: app-1 reaches db.dc.example (192.168.20.31) by tcp 5432",
            "+ a ping: app-1 reaches cloud by icmp",
            "+ from a router: core-1 reaches 192.168.10.21 by icmp",
            "+ nothing listens: app-1 cannot reach db by tcp 22: CONNECTION_REFUSED at host db",
            "- another reason: lonely cannot reach app-1 by tcp 443: HOST_HAS_NO_GATEWAY at host lonely",
            "+ no gateway: lonely cannot reach app-1 by tcp 443: HOST_HAS_NO_GATEWAY at host lonely",
            "- too much: app-1 cannot reach db by tcp 22: CONNECTION_REFUSED at host db",
            "- too little: app-1 reaches db by tcp 5432",
            "+ no such name: app-1 cannot reach x.dc.example by tcp 22: DNS_NXDOMAIN at host dns-1",
        ]
    );
}
