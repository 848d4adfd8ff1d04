//! What the shipped labs of hybrid networks outlive: one thing fails after another, and two probes measure the outage.

use sim_core::lab::{Keep, Session};
use sim_core::scenario::{parse_failure, shipped_base};
use sim_core::units::{SimTime, Span};
use sim_core::view::View;

use crate::small_lab::{BUDGET, blueprint};

/// What failed is back, and BGP with it.
const UNTIL: Span = Span::minutes(9);

/// The longest outage of the lab's two probes with this going wrong, as the lab's own expectations tell it.
fn outages(name: &str, failures: &[&str]) -> String {
    let mut lab = blueprint(&shipped_base(name).expect("it ships"));
    for failure in failures {
        let levers = parse_failure(failure, &lab).expect("it can be said so");
        lab.schedule.extend(levers);
    }
    lab.schedule.sort_by_key(|(at, _)| *at);
    let mut session = Session::open(lab, None, Keep::Nothing).expect("the lab begins");
    session.advance(SimTime::at(UNTIL), BUDGET);
    let goals = View::of(&session).goals();
    let told = goals.iter().filter_map(|goal| {
        let (_, told) = goal.detail.split_once(": ")?;
        let told = told.split(',').next()?;
        Some(told.strip_prefix("the longest outage took ").unwrap_or(told))
    });
    told.collect::<Vec<_>>().join(" | ")
}

fn table(labs: &[&str], failures: &[&[&str]]) -> String {
    let mut lines = Vec::new();
    for failure in failures {
        lines.push(failure.join(", "));
        let told = labs
            .iter()
            .map(|lab| format!("    {lab:<28}{}", outages(lab, failure)));
        lines.extend(told);
    }
    lines.join("\n")
}

#[test]
fn each_rung_of_the_direct_connect_ladder_outlives_more() {
    let labs = ["dx-single", "dx-two-ports", "dx-two-locations", "dx-maximum"];
    let failures: &[&[&str]] = &[
        &["2m:link dx-1 blackhole for 3m"],
        &["2m:router EqFR5-1 off for 3m"],
        &["2m:router cgw-1 off for 3m"],
    ];
    insta::assert_snapshot!(table(&labs, failures), @r"
    2m:link dx-1 blackhole for 3m
        dx-single                   3m12.891s | 3m12.891s
        dx-two-ports                1.849s | 1.849s
        dx-two-locations            1.849s | 1.849s
        dx-maximum                  1.849s | 1.849s
    2m:router EqFR5-1 off for 3m
        dx-single                   3m2s | 3m2s
        dx-two-ports                1s | 1s
        dx-two-locations            1s | 1s
        dx-maximum                  1s | 1s
    2m:router cgw-1 off for 3m
        dx-single                   3m2s | 3m2s
        dx-two-ports                3m2s | 3m2s
        dx-two-locations            3m2s | 3m2s
        dx-maximum                  2.6s | 2.6s
    ");
    // The whole of a location, and more than that.
    insta::assert_snapshot!(table(
        &["dx-two-ports", "dx-maximum"],
        &[&["2m:router EqFR5-1 off for 3m", "2m:router EqFR5-2 off for 3m"]],
    ), @r"
    2m:router EqFR5-1 off for 3m, 2m:router EqFR5-2 off for 3m
        dx-two-ports                3m2s | 3m2s
        dx-maximum                  1s | 1s
    ");
    insta::assert_snapshot!(table(&["dx-maximum"], &[
        &["2m:router EqFR5-1 off for 3m", "2m:router EqFR5-2 off for 3m", "3m:router IXFR6-1 off for 1m"],
        &["2m:router EqFR5-1 off for 3m", "2m:router EqFR5-2 off for 3m", "3m:router cgw-1 off for 1m"],
        &["2m:interface cgw-1:servers down for 3m"],
        &["2m:interface cgw-1:core down for 3m"],
    ]), @r"
    2m:router EqFR5-1 off for 3m, 2m:router EqFR5-2 off for 3m, 3m:router IXFR6-1 off for 1m
        dx-maximum                  1s | 1s
    2m:router EqFR5-1 off for 3m, 2m:router EqFR5-2 off for 3m, 3m:router cgw-1 off for 1m
        dx-maximum                  2.6s | 2.6s
    2m:interface cgw-1:servers down for 3m
        dx-maximum                  2.6s | 2.6s
    2m:interface cgw-1:core down for 3m
        dx-maximum                  no outage | no outage
    ");
    insta::assert_snapshot!(table(&["dx-two-locations"], &[
        &["2m:router EqFR5-1 off for 3m", "3m:router IXFR6-1 off for 1m"],
    ]), @r"
    2m:router EqFR5-1 off for 3m, 3m:router IXFR6-1 off for 1m
        dx-two-locations            1m2s | 1m2s
    ");
}

#[test]
fn a_second_customer_gateway_outlives_a_router_and_its_line() {
    let labs = ["vpn-one-router", "vpn-two-routers"];
    let failures: &[&[&str]] = &[
        &["2m:link vpn-1/1 uplink blackhole for 3m"],
        &["2m:router cgw-1 off for 3m"],
        &["2m:link isp-a down for 3m"],
    ];
    insta::assert_snapshot!(table(&labs, failures), @r"
    2m:link vpn-1/1 uplink blackhole for 3m
        vpn-one-router              25.437s | 25.437s
        vpn-two-routers             25.437s | 25.437s
    2m:router cgw-1 off for 3m
        vpn-one-router              3m1.027s | 3m1.027s
        vpn-two-routers             25.437s | 25.437s
    2m:link isp-a down for 3m
        vpn-one-router              3m6.307s | 3m6.307s
        vpn-two-routers             25.437s | 25.437s
    ");
}

#[test]
fn static_routes_follow_dead_peer_detection() {
    let failures: &[&[&str]] = &[&["2m:link vpn-1/1 uplink blackhole for 3m"]];
    insta::assert_snapshot!(table(&["vpn-static"], failures), @r"
    2m:link vpn-1/1 uplink blackhole for 3m
        vpn-static                  40.028s | 40.028s
    ");
}

#[test]
fn however_direct_connect_is_steered_the_second_line_takes_over() {
    let labs = [
        "dx-steered-by-communities",
        "dx-steered-by-prefix-length",
        "dx-steered-by-prepending",
    ];
    let failures: &[&[&str]] = &[
        &["2m:link dx-primary blackhole for 3m"],
        &[
            "2m:link dx-primary down for 3m",
            "3m:link dx-secondary down for 1m",
        ],
    ];
    insta::assert_snapshot!(table(&labs, failures), @r"
    2m:link dx-primary blackhole for 3m
        dx-steered-by-communities   1.849s | 1.849s
        dx-steered-by-prefix-length 1.849s | 1.849s
        dx-steered-by-prepending    1.849s | 1.849s
    2m:link dx-primary down for 3m, 3m:link dx-secondary down for 1m
        dx-steered-by-communities   2s | 2s
        dx-steered-by-prefix-length 2s | 2s
        dx-steered-by-prepending    2s | 2s
    ");
}
