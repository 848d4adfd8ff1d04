//! Probes: how long somebody could not be reached.

use sim_core::lab::{Keep, Lost, Session};
use sim_core::units::{SimTime, Span};
use sim_core::view::View;

use crate::small_lab::{disturbed, open, run};

/// A router between two segments, and probes across it.
const LAB: &str = r#"Lab(
    schema: 1, name: "probed", title: "Probed", duration: "2m",
    segments: {
        "in": (prefix: "192.168.10.0/24", name_servers: ["192.168.20.53"]),
        "out": (prefix: "192.168.20.0/24"),
    },
    hosts: {
        "app": (segment: "in", address: "192.168.10.21", gateway: "192.168.10.1"),
        "web": (segment: "out", address: "192.168.20.21", gateway: "192.168.20.1", listens: [tcp(443)]),
        "dns": (
            segment: "out", address: "192.168.20.53", gateway: "192.168.20.1",
            name_server: (zones: {"dc.example": {"web.dc.example": ["192.168.20.21"]}}, forwards: {}),
        ),
    },
    routers: {"core": (segments: {"in": ("192.168.10.1"), "out": ("192.168.20.1")})},
    probes: {
        "by address": (from: "app", to: "web", port: 443, every: "2s"),
        "closed": (from: "app", to: "web", port: 444, every: "30s"),
    },
    events: [EVENTS],
    expect: {
        "answered": answered("by address"),
        "short": outage_below("by address", "10s"),
        "closed": answered("closed"),
    },
)"#;

/// What a lab told of its outages, and how its expectations stand, after these events.
#[track_caller]
fn told(events: &str) -> (Vec<String>, Vec<String>) {
    let mut session = open(&LAB.replace("EVENTS", events), 1);
    let end = session.ends_at();
    run(&mut session, end);
    let view = View::of(&session);
    let outages = view.outages().into_iter().map(|it| {
        let ended = it
            .ended_at
            .map_or("on".to_owned(), |at| at.since_start().to_string());
        let (began, why) = (it.started_at.since_start(), it.cause);
        format!("{began} to {ended}: {} to {}: {why}", it.from, it.to)
    });
    let goals = view.goals().into_iter().map(|goal| {
        let sign = if goal.holds { "+" } else { "-" };
        format!("{sign} {}", goal.detail)
    });
    (outages.collect(), goals.collect())
}

const CLOSED: &str = "0s to on: app to web: CONNECTION_REFUSED, host web: the destination answered that nothing listens on the port";

#[test]
fn what_always_comes_through_has_no_outage_and_what_never_does_is_said_to() {
    let (outages, goals) = told("");
    assert_eq!(outages, [CLOSED]);
    assert_eq!(
        goals,
        [
            "+ by address: 60 of 60 came through",
            "+ by address: no outage, 60 of 60 came through",
            "- closed: 0 of 4 came through",
        ]
    );
}

#[test]
fn an_outage_lasts_from_the_cut_to_the_instant_at_which_the_way_is_whole_again() {
    let cut = |at: &str, state: &str| format!(r#"(at: "{at}", change: segment_state("out", {state})),"#);
    let (outages, goals) = told(&(cut("29s", "down") + &cut("37s", "up")));
    assert_eq!(
        outages,
        [
            CLOSED,
            "29s to 37s: app to web: NO_ROUTE_TO_DESTINATION, router core: no route matches",
        ]
    );
    assert_eq!(goals[0], "+ by address: 56 of 60 came through");
    assert_eq!(
        goals[1],
        "+ by address: the longest outage took 8s, 56 of 60 came through"
    );
    // However short it is, and whether or not a probe is out.
    let (outages, goals) = told(&(cut("29200ms", "down") + &cut("29203ms", "up")));
    assert_eq!(
        outages[1],
        "29.2s to 29.203s: app to web: NO_ROUTE_TO_DESTINATION, router core: no route matches"
    );
    assert_eq!(
        goals[1],
        "+ by address: the longest outage took 3ms, 60 of 60 came through"
    );
    let (_, goals) = told(&(cut("29s", "down") + &cut("39s", "up")));
    assert_eq!(
        goals[1],
        "- by address: the longest outage took 10s, not less than 10s"
    );
    // One that is not over counts as long as it has lasted.
    let (outages, goals) = told(&cut("1m59s", "down"));
    assert!(
        outages[1].starts_with("1m59s to on: "),
        "the last probe still waits: {outages:?}"
    );
    assert!(goals[0].starts_with("- by address: none has come through since 00:01:59.000: "));
    let (_, goals) = told(&cut("1m45s", "down"));
    assert!(goals[0].starts_with("- by address: none has come through since 00:01:45.000: "));
    assert_eq!(
        goals[1],
        "- by address: the longest outage took 15s, not less than 10s"
    );
}

#[test]
fn a_host_without_power_sends_none() {
    let power = |at: &str, state: &str| format!(r#"(at: "{at}", change: host_power("app", {state})),"#);
    let (outages, goals) = told(&(power("29s", "off") + &power("1m29s", "on")));
    assert_eq!(outages, [CLOSED]);
    assert_eq!(goals[1], "+ by address: no outage, 30 of 30 came through");
}

#[test]
fn a_name_that_cannot_be_looked_up_is_an_outage_and_others_are_left_out_meanwhile() {
    let text = LAB
        .replace("to: \"web\", port: 443", "to: \"web.dc.example\", port: 443")
        .replace(
            "EVENTS",
            r#"(at: "0s", change: host_power("dns", off)), (at: "31s", change: host_power("dns", on))"#,
        );
    let mut session = open(&text, 1);
    let end = session.ends_at();
    run(&mut session, end);
    let view = View::of(&session);
    let told: Vec<String> = view
        .log_after(None)
        .filter(|row| row.what.contains("by address"))
        .map(|row| format!("{} {}", row.at.since_start(), row.what))
        .collect();
    // The one name server is asked twice, for 5 s each time; the question of 35 s is answered.
    assert_eq!(
        told,
        [
            "10s cannot reach web.dc.example (probe \"by address\"): DNS_TIMEOUT while resolving the name; stopped at \
             host dns: the destination host is not running",
            "35.0004s reaches web.dc.example again (probe \"by address\"), after 30s",
        ]
    );
    let goals = view.goals();
    assert_eq!(goals[0].detail, "by address: 43 of 46 came through");
}

/// A probe of an endpoint says so by its name, and is lost when that endpoint is.
#[test]
fn the_probe_of_mgn_is_lost_with_its_endpoint_and_no_other() {
    for (endpoint, is_lost) in [
        ("mgn-endpoint", true),
        ("ec2-endpoint", false),
        ("s3-endpoint", false),
    ] {
        let failure = format!("5m:endpoint_down {endpoint} for 20m");
        let lab = disturbed("onprem-to-aws", &[&failure]);
        let mut session = Session::open(lab, None, Keep::Nothing).expect("the lab begins");
        run(&mut session, SimTime::at(Span::minutes(40)));
        let mgn = |to: &Lost| matches!(to, Lost::Probe { name, .. } if **name == *"MGN is reached");
        let lost = session.outages().iter().any(|outage| mgn(&outage.to));
        assert_eq!(lost, is_lost, "{endpoint}: {:?}", session.outages());
    }
}
