//! Accelerated VPN: the long way is AWS's own, without chance and loss.

use sim_core::scenario::{load, shipped_base};
use sim_core::units::Span;
use sim_core::view::View;

use crate::small_lab::{open, run};

fn lab(fields: &str) -> String {
    format!(
        "Lab(schema: 1, base: \"vpn-one-router\", name: \"far\", title: \"Far\", duration: \"10m\", events: [], \
         vpn_connections: {{\"vpn-1\": ({fields})}})"
    )
}

/// The middle and the slowest round trip of the first probe.
fn round_trips(fields: &str) -> (Span, Span) {
    let mut session = open(&lab(fields), 1);
    let end = session.ends_at();
    run(&mut session, end);
    let trips = View::of(&session).probes().swap_remove(0).round_trips;
    trips.map(|it| (it.p50, it.max)).expect("it was answered")
}

#[test]
fn acceleration_takes_jitter_away_and_the_delay_that_the_lab_says() {
    let uplink = r#"uplink: (delay: "30ms", jitter: "40ms", accelerated_delay: "20ms")"#;
    let (middle, slowest) = round_trips(uplink);
    assert!(
        middle > Span::millis(80) && slowest > Span::millis(100),
        "{middle} {slowest}"
    );
    let (middle, slowest) = round_trips(&format!("{uplink}, acceleration: on"));
    assert!(
        middle > Span::millis(40) && slowest < Span::millis(75),
        "{middle} {slowest}"
    );
}

#[test]
fn aws_refuses_what_it_does_not_accelerate() {
    let told = |fields: &str| -> Vec<String> {
        let found = load(&lab(fields), "far.ron", &shipped_base);
        let found = found.err().into_iter().flatten();
        found.map(|it| it.message).collect()
    };
    assert_eq!(told("acceleration: on"), Vec::<String>::new());
    assert_eq!(
        told("acceleration: on, transit_gateway: None, virtual_private_gateway: \"vgw\"")
            .first()
            .map(String::as_str),
        Some("a VPN connection to a virtual private gateway is not accelerated")
    );
}
