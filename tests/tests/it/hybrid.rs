//! A data centre joined to AWS: which way packets take, and when they take another.

use sim_core::analysis::{PathQuestion, Sender, path};
use sim_core::lab::{Keep, Session};
use sim_core::migrate::mgn::LifeCycleState;
use sim_core::net::Protocol;
use sim_core::resource::ResourceRef;
use sim_core::units::{BitRate, SimTime, Span};
use sim_core::view::{Outage, Summary, View};

use crate::small_lab::{BUDGET, blueprint, disturbed};

/// The data centre's router, at an address that it announces.
const DATA_CENTRE: [u8; 4] = [192, 168, 255, 1];

/// A shipped lab with this going wrong.
fn lab(name: &str, failures: &[&str]) -> Session {
    Session::open(disturbed(name, failures), None, Keep::Nothing).expect("the lab begins")
}

/// What a ping from the VPC to the data centre leaves the Transit Gateway's side by, and whether it is answered.
fn way(session: &Session) -> (Vec<String>, bool) {
    let app = session.names().find("app").iter().find_map(|thing| match thing {
        ResourceRef::Host(host) => Some(*host),
        _ => None,
    });
    let question = PathQuestion {
        size_bytes: None,
        from: Sender::Host(app.expect("the host is there")),
        to: DATA_CENTRE.into(),
        protocol: Protocol::Icmp,
        port: 0,
    };
    let report = path(session, question).expect("it has an address");
    let over = ["vif-primary", "vif-secondary", "vpn-1/1", "vpn-1/2"];
    let nodes = report.forward.iter().map(|hop| hop.node.as_str());
    let hops = nodes.filter_map(|node| over.iter().find(|name| node == format!("router {name}")));
    (hops.map(|name| (*name).to_owned()).collect(), report.ok)
}

#[track_caller]
fn check(session: &mut Session, at: Span, expected: &str) {
    session.advance(SimTime::at(at), BUDGET);
    let (hops, ok) = way(session);
    assert!(ok, "{at}: {hops:?}");
    assert_eq!(hops.first().map(String::as_str), Some(expected), "at {at}");
}

const T: Span = Span::minutes(10);

#[test]
fn what_fails_is_gone_round_line_by_line() {
    let failures = [
        "10m:link dx-primary down for 30m",
        "20m:link dx-secondary down for 10m",
    ];
    let mut session = lab("dx-vpn-backup", &failures);
    check(&mut session, Span::minutes(9), "vif-primary");
    // Both gateways act a second after what they hear.
    check(&mut session, T + Span::secs(4), "vif-secondary");
    check(&mut session, Span::minutes(20) + Span::secs(4), "vpn-1/1");
    check(&mut session, Span::minutes(35), "vif-secondary");
    check(&mut session, Span::minutes(45), "vif-primary");
    assert!(session.expectations().iter().all(|it| it.holds));
}

#[test]
fn bfd_finds_a_silent_line_and_without_it_the_hold_time_passes() {
    let mut session = lab("dx-vpn-backup", &["10m:link dx-primary blackhole"]);
    // Three intervals of 300 ms, then a second for each gateway.
    check(&mut session, T + Span::secs(3), "vif-secondary");
    let failures = ["9m:link dx-primary down", "10m:link dx-secondary blackhole"];
    let mut session = lab("dx-vpn-backup", &failures);
    session.advance(SimTime::at(T + Span::secs(55)), BUDGET);
    let (hops, ok) = way(&session);
    assert_eq!(
        (hops.first().map(String::as_str), ok),
        (Some("vif-secondary"), false)
    );
    check(&mut session, T + Span::secs(95), "vpn-1/1");
}

#[test]
fn a_device_that_loses_its_power_takes_its_virtual_interfaces_with_it() {
    let mut session = lab("dx-vpn-backup", &["10m:router EqFR5-1 off for 5m"]);
    check(&mut session, T + Span::secs(3), "vif-secondary");
    check(&mut session, Span::minutes(18), "vif-primary");
}

#[test]
fn one_tunnel_of_two_may_be_silent() {
    let mut session = lab("vpn-two-tunnels", &["10m:link vpn-1/1 uplink blackhole"]);
    session.advance(SimTime::at(Span::minutes(9)), BUDGET);
    assert!(way(&session).1);
    // A hold time of 30 s.
    check(&mut session, T + Span::secs(33), "vpn-1/2");
}

/// A process that is new has announced nothing yet, and one that was frozen has not heard of what changed.
#[test]
fn an_endpoint_that_is_back_announces_what_its_gateway_knows_by_then() {
    for failure in ["5m:router vpn-1/1 off for 1m", "5m:bgp vpn-1/1 freeze for 1m"] {
        let mut session = lab("vpn-two-tunnels", &[failure]);
        session.advance(SimTime::at(Span::minutes(20)), BUDGET);
        // Among them that the VPC is reached by the first tunnel.
        let results = session.expectations();
        assert!(results.iter().all(|it| it.holds), "{failure}: {results:?}");
    }
    let text = r#"Lab(
        schema: 1, base: "vpn-two-tunnels", name: "changed", title: "Changed",
        events: [
            (at: "5m", change: bgp_process("vpn-1/1", freeze)),
            (at: "5m2s", change: disable_propagation("tgw default", "app-attachment")),
            (at: "5m8s", change: bgp_process("vpn-1/1", thaw)),
        ],
        expect: {"nothing is told of the VPC any more": no_route("cgw-1", "10.0.0.0/16")},
    )"#;
    let mut session = Session::open(blueprint(text), None, Keep::Nothing).expect("the lab begins");
    session.advance(SimTime::at(Span::minutes(6)), BUDGET);
    let results = session.expectations();
    assert!(results.iter().all(|it| it.holds), "{results:?}");
}

#[test]
fn what_goes_over_a_line_is_seen_on_the_connection_below_it() {
    let mut session = lab("dx-vpn-backup", &["5m:link dx-primary delay 200ms"]);
    session.advance(SimTime::at(Span::minutes(4)), BUDGET);
    let round_trip = |session: &Session| {
        let app = session.names().find("app");
        let Some(ResourceRef::Host(app)) = app.iter().find(|it| matches!(it, ResourceRef::Host(_))) else {
            panic!("the host is there");
        };
        let question = PathQuestion {
            size_bytes: None,
            from: Sender::Host(*app),
            to: DATA_CENTRE.into(),
            protocol: Protocol::Icmp,
            port: 0,
        };
        let report = path(session, question).expect("it has an address");
        report.round_trip.expect("it is answered")
    };
    assert!(round_trip(&session) < Span::millis(10));
    session.advance(SimTime::at(Span::minutes(6)), BUDGET);
    assert!(round_trip(&session) > Span::millis(400));
}

/// The databases, which are in continuous replication at six hours and write 32 Mbps on the wire each.
const DATABASES: [&str; 2] = ["db-1", "db-2"];

/// The databases' flows go over this at an instant, each at this rate, by what the summary says of their moves.
#[track_caller]
fn moved(summary: &Summary, at: Span, over: &str, mbps: u64) {
    for database in DATABASES {
        let until = SimTime::at(at);
        let mut moves = summary.moves.iter();
        let last = moves.rfind(|it| it.from == database && it.at <= until);
        let last = last.expect("its flow has moved");
        assert!(last.path.iter().any(|link| link == over), "{last:?}");
        assert_eq!((last.rate, last.reason), (BitRate::mbps(mbps), None), "{last:?}");
    }
}

/// What `causeway run onprem-to-aws` tells when this goes wrong between six and eight o'clock.
fn migration(failures: &[&str]) -> Summary {
    let mut session = lab("onprem-to-aws", failures);
    session.advance(session.ends_at(), BUDGET);
    Summary::from(View::of(&session).snapshot())
}

/// The copies fell behind from the failure on, by as much as the databases wrote more than went over `mbps`, and caught up
/// at what the replication server takes; nobody was lost, and all was cut over.
#[track_caller]
fn fell_behind_and_caught_up(summary: &Summary, mbps: u64) {
    const FAILED: Span = Span::hours(2);
    let (from, until) = (
        SimTime::at(Span::hours(6)),
        SimTime::at(Span::hours(8) + Span::minutes(30)),
    );
    let lagged: Vec<&str> = summary.lags.iter().map(|it| it.server.as_str()).collect();
    assert_eq!(lagged, DATABASES);
    for lag in &summary.lags {
        let ended = lag.ended_at.expect("it catches up");
        assert!(
            lag.started_at >= from && lag.started_at < from + Span::secs(3),
            "{lag:?}"
        );
        assert!(ended > from + FAILED && ended < until, "{lag:?}");
        assert_eq!(lag.largest, ended.since(lag.started_at), "{lag:?}");
        // 64 Mbps less what the way carries, halved, for two hours; a byte of disk is 0.4 bytes on the wire.
        let short = (64 - mbps) * 1_000_000 / 2 * FAILED.as_secs() / 8 * 10 / 4;
        let found = lag.largest_backlog.as_bytes();
        assert!(found.abs_diff(short) < short / 1_000, "{found} for {short}");
    }
    assert!(summary.holds(), "{:?}", summary.expectations);
    let states: Vec<_> = summary.servers.iter().map(|it| it.life_cycle_state).collect();
    assert_eq!(states, [Some(LifeCycleState::Cutover); 12]);
    // No connection was lost: only what was sent until the router had another way.
    let cuts = summary.outages.iter().filter(|it| it.root.is_some());
    assert!(cuts.clone().count() >= 2, "{:?}", summary.outages);
    assert!(
        cuts.into_iter()
            .all(|it| it.cause.starts_with("NO_ROUTE_TO_DESTINATION"))
    );
    for outage in &summary.outages {
        assert_eq!(outage.from, "dns", "{outage:?}");
        let ended = outage.ended_at.expect("there is another way");
        assert!(ended.since(outage.started_at) <= Span::secs(3), "{outage:?}");
        let Some(root) = outage.root.as_ref() else {
            // Nobody did anything: a packet met a tunnel while that changed its keys.
            assert!(outage.cause.starts_with("UNKNOWN_SPI"), "{outage:?}");
            assert!(ended.since(outage.started_at) < Span::millis(100), "{outage:?}");
            continue;
        };
        assert!(
            root.subject.starts_with("dx-") && root.at <= outage.started_at,
            "{root:?}"
        );
    }
}

/// The MGN endpoint has an address in each zone, of which the other is still there when one zone is lost: who kept a
/// connection to the lost one opens another, long before the service misses it.
#[test]
fn an_endpoint_in_two_zones_outlives_one_of_them() {
    let mut n_anew = 0;
    for failure in [
        "7h:endpoint_down mgn-endpoint in shared-a for 30m",
        "7h:endpoint_down mgn-endpoint in shared-b for 30m",
        "7h:zone_lost eu-central-1a for 30m",
    ] {
        let lab = disturbed("onprem-to-aws", &[failure]);
        let mut session = Session::open(lab, None, Keep::All).expect("the lab begins");
        session.advance(SimTime::at(Span::hours(8)), BUDGET);
        let outages = View::of(&session).outages();
        let missed = outages.iter().find(|it| it.to.starts_with("mgn."));
        assert!(missed.is_none(), "{failure}: {missed:?}");
        let stalled = outages.iter().find(|it| it.cause.contains("AGENT_NOT_SEEN"));
        assert!(stalled.is_none(), "{failure}: {stalled:?}");
        let rows = session.records().map(|record| View::of(&session).log_row(record));
        n_anew += rows
            .filter(|row| row.what.starts_with("is connected to mgn."))
            .count();
        let root = |outage: &Outage| outage.root.as_ref().expect("a fault led to it").at;
        assert!(
            outages.iter().all(|it| root(it) == SimTime::at(Span::hours(7))),
            "{outages:?}"
        );
    }
    assert!(n_anew > 0, "somebody had the address that is gone");
}

#[test]
fn a_migration_goes_on_over_the_second_line_at_what_that_carries() {
    let summary = migration(&["6h:link dx-primary down for 2h"]);
    moved(&summary, Span::hours(6) + Span::secs(2), "dx-secondary", 25);
    moved(&summary, Span::hours(7), "dx-secondary", 25);
    // Back on the first line each gets half of what the replication server writes: 650 Mbps, of which 40 % on the wire.
    moved(&summary, Span::hours(8) + Span::secs(2), "dx-primary", 130);
    fell_behind_and_caught_up(&summary, 50);
}

#[test]
fn with_both_lines_down_a_migration_goes_on_in_the_tunnels() {
    let failures = [
        "6h:link dx-primary down for 2h",
        "6h:link dx-secondary down for 2h",
    ];
    let summary = migration(&failures);
    moved(&summary, Span::hours(6) + Span::secs(3), "isp-a", 20);
    moved(&summary, Span::hours(8) + Span::secs(2), "dx-primary", 130);
    fell_behind_and_caught_up(&summary, 40);
}

#[test]
fn what_is_on_the_way_during_a_failure_is_what_the_line_carries() {
    let failures = [
        "6h:link dx-primary down for 2h",
        "7h:link dx-secondary down for 30m",
    ];
    let mut session = lab("onprem-to-aws", &failures);
    let mut told = Vec::new();
    for (hour, minute) in [(5, 30), (6, 30), (7, 15), (7, 45), (8, 1), (9, 0)] {
        session.advance(SimTime::at(Span::hours(hour) + Span::minutes(minute)), BUDGET);
        let view = View::of(&session);
        let rate: u64 = view.flows().into_iter().map(|flow| flow.rate.as_bps()).sum();
        let lagging = view
            .servers()
            .into_iter()
            .filter(|it| it.replication_lag > Some(Span::ZERO));
        told.push(((hour, minute), rate / 1_000_000, lagging.count()));
    }
    // Before and long after, no more than what is written; caught up with at all that the replication server takes.
    let expected = [
        ((5, 30), 64, 0),
        ((6, 30), 50, 2),
        ((7, 15), 40, 2),
        ((7, 45), 50, 2),
        ((8, 1), 260, 2),
        ((9, 0), 64, 0),
    ];
    assert_eq!(told, expected);
}
