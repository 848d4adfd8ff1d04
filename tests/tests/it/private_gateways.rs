//! Virtual private gateways: which of several ways they take, what they tell whom, and what they propagate.

use std::collections::BTreeSet;

use sim_core::lab::Session;
use sim_core::proto::bgp::session::State;
use sim_core::scenario::{parse_change, shipped_base};
use sim_core::units::{SimTime, Span};
use sim_core::view::View;

use crate::on_premises::{at, way};
use crate::small_lab::{open, run};

fn cloudhub() -> String {
    shipped_base("cloudhub").expect("it ships").into_owned()
}

/// The AS numbers of the best path that a router has to a prefix, or nothing.
pub(crate) fn path_to(session: &Session, router: &str, prefix: &str) -> Option<String> {
    let prefix = prefix.parse().expect("it is a prefix");
    let rib = View::of(session).rib(router, Some(prefix)).ok()?;
    let rows = rib.prefixes.into_iter().flat_map(|it| it.paths);
    rows.into_iter().find(|it| it.best).map(|it| it.as_path)
}

/// What an inspector says of the routes of a thing.
pub(crate) fn routes(session: &Session, name: &str) -> Vec<String> {
    let view = View::of(session);
    let thing = view.find(name).expect("it is there");
    let facts = view.inspect(thing).sections.into_iter().flat_map(|it| it.facts);
    facts
        .filter(|it| ["route", "static", "propagated"].contains(&it.label))
        .map(|it| it.value)
        .collect()
}

#[test]
fn branches_reach_each_other_and_the_vpc_through_the_gateway() {
    let session = at(&cloudhub(), Span::minutes(5), &[]);
    let text = way(&session, "berlin-till", "paris-till", None);
    assert!(text.contains(" vgw ") && text.ends_with("berlin-till"), "{text}");
    let text = way(&session, "app", "rome-till", None);
    assert!(
        text.starts_with("app app app app-vpc vgw ") && text.ends_with("app"),
        "{text}"
    );
    let path = |prefix| path_to(&session, "berlin", prefix);
    assert_eq!(path("192.168.2.0/24").as_deref(), Some("64512 65002"));
    assert_eq!(path("10.0.0.0/16").as_deref(), Some("64512"));
}

#[test]
fn of_two_branches_with_one_as_number_neither_hears_of_the_other() {
    let text = cloudhub().replace("65003", "65001");
    let session = at(&text, Span::minutes(5), &[]);
    assert_eq!(path_to(&session, "berlin", "192.168.3.0/24"), None);
    assert_eq!(path_to(&session, "rome", "192.168.1.0/24"), None);
    assert!(path_to(&session, "paris", "192.168.3.0/24").is_some());
    let text = way(&session, "berlin-till", "rome-till", None);
    assert!(text.contains("NO_ROUTE"), "{text}");
}

/// The tunnel by which the gateway sends to a prefix.
#[track_caller]
fn tunnel_to(session: &Session, prefix: &str) -> String {
    let all = routes(session, "vgw");
    let route = all.iter().find(|it| it.starts_with(prefix));
    route.expect("the gateway knows the prefix").clone()
}

#[test]
fn one_tunnel_is_used_until_it_fails_and_the_other_is_kept_then() {
    let mut session = at(&cloudhub(), Span::minutes(5), &[]);
    let first = tunnel_to(&session, "192.168.2.0/24");
    let (used, other) = if first.contains("paris/1") {
        ("1", "2")
    } else {
        ("2", "1")
    };
    let apply = |session: &mut Session, change: &str| {
        let lever = parse_change(change, session.blueprint()).expect("it can be said so");
        session.apply(lever).expect("it can be made");
    };
    apply(
        &mut session,
        &format!("link_passage(\"vpn-paris/{used} uplink\", a, blocked)"),
    );
    run(&mut session, SimTime::at(Span::minutes(6)));
    assert_eq!(
        tunnel_to(&session, "192.168.2.0/24"),
        format!("192.168.2.0/24 → vpn-paris/{other} (VPN)")
    );
    apply(
        &mut session,
        &format!("link_passage(\"vpn-paris/{used} uplink\", a, open)"),
    );
    run(&mut session, SimTime::at(Span::minutes(20)));
    // The first tunnel is back, and nobody goes back to it.
    assert!(established(&session, &format!("vpn-paris/{used}/paris")));
    assert_eq!(
        tunnel_to(&session, "192.168.2.0/24"),
        format!("192.168.2.0/24 → vpn-paris/{other} (VPN)")
    );
}

/// Whether a session is established.
pub(crate) fn established(session: &Session, name: &str) -> bool {
    let sessions = View::of(session).bgp_sessions();
    let row = sessions.iter().find(|it| it.name == name).expect("it is there");
    row.state == State::Established
}

#[test]
fn which_tunnel_that_is_the_seed_decides() {
    let of_seed = |seed| {
        let mut session = open(&cloudhub(), seed);
        run(&mut session, SimTime::at(Span::minutes(5)));
        tunnel_to(&session, "192.168.2.0/24")
    };
    let drawn: BTreeSet<String> = (1..=8).map(of_seed).collect();
    assert_eq!(drawn.len(), 2, "{drawn:?}");
    assert_eq!(of_seed(3), of_seed(3));
}

#[test]
fn a_route_table_learns_only_where_propagation_is_on() {
    let text = cloudhub().replace("(propagation: \"vgw\")", "()");
    let session = at(&text, Span::minutes(5), &[]);
    let text = way(&session, "app", "rome-till", None);
    assert!(
        text.contains("NO_ROUTE_TO_DESTINATION at route table private"),
        "{text}"
    );
    // A static route to the gateway does as well.
    let session = at(
        &cloudhub().replace(
            "(propagation: \"vgw\")",
            "(routes: {\"192.168.0.0/16\": virtual_private_gateway(\"vgw\")})",
        ),
        Span::minutes(5),
        &[],
    );
    assert!(way(&session, "app", "rome-till", None).ends_with("app"));
}

#[test]
fn the_local_route_beats_a_more_specific_propagated_one_and_a_static_one_its_like() {
    // Rome announces a part of the VPC's own block.
    let text = cloudhub().replace(
        "announce: [\"192.168.3.0/24\"]",
        "announce: [\"192.168.3.0/24\", \"10.0.1.0/25\"]",
    );
    let session = at(&text, Span::minutes(5), &[]);
    let listed = routes(&session, "private");
    assert!(listed.contains(&"10.0.1.0/25 → vgw".to_owned()), "{listed:?}");
    let text = way(&session, "app", "10.0.1.99", None);
    assert!(!text.contains("vgw"), "{text}");
    // Somebody writes a black hole for what is propagated, too.
    let change = "add_route(table: \"private\", destination: \"192.168.3.0/24\", target: blackhole)";
    let session = at(&cloudhub(), Span::minutes(5), &[change]);
    let text = way(&session, "app", "rome-till", None);
    assert!(text.contains("BAD_STATE_ROUTE"), "{text}");
}

#[test]
fn a_hundred_prefixes_are_propagated_and_the_rest_is_missing_without_a_word() {
    let many = |which: u32, n: u32| {
        let nets = (0..n).map(|it| format!("\"172.{which}.{it}.0/24\""));
        nets.collect::<Vec<_>>().join(", ")
    };
    let text = cloudhub()
        .replace(
            "announce: [\"192.168.1.0/24\"]",
            &format!("announce: [{}]", many(16, 60)),
        )
        .replace(
            "announce: [\"192.168.2.0/24\"]",
            &format!("announce: [{}]", many(17, 60)),
        );
    let session = at(&text, Span::minutes(5), &[]);
    let propagated = routes(&session, "private")
        .iter()
        .filter(|it| it.ends_with("vgw"))
        .count();
    assert_eq!(propagated, 100);
    // The gateway itself knows all of them, the VPC's block and Rome.
    assert_eq!(routes(&session, "vgw").len(), 122);
    assert!(established(&session, "berlin/vgw-1"));
    // More than a hundred from one site end its session.
    let text = cloudhub().replace(
        "announce: [\"192.168.1.0/24\"]",
        &format!("announce: [{}]", many(16, 105)),
    );
    let session = at(&text, Span::minutes(5), &[]);
    assert!(!established(&session, "vpn-berlin/1/berlin"));
}
