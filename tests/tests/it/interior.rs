//! The interior gateway protocol: who forwards by which way, and when.

use sim_core::lab::Session;
use sim_core::units::{SimTime, Span};
use sim_core::view::{RibPrefix, View};

use crate::on_premises::{at, check, way};
use crate::small_lab::{open, run};

/// A square with a segment on either side: `left` and `right` reach each other by `top` or, a little further, `bottom`.
const SQUARE: &str = r#"Lab(
    schema: 1, name: "square", title: "Square", duration: "10m",
    segments: {"west": (prefix: "192.168.1.0/24"), "east": (prefix: "192.168.2.0/24")},
    hosts: {
        "w": (segment: "west", address: "192.168.1.21", gateway: "192.168.1.1", listens: [tcp(443)]),
        "e": (segment: "east", address: "192.168.2.21", gateway: "192.168.2.1", listens: [tcp(443)]),
    },
    links: {
        "left-top": (a: ("left", "172.16.0.1/30"), b: ("top", "172.16.0.2/30")),
        "top-right": (a: ("top", "172.16.0.5/30"), b: ("right", "172.16.0.6/30")),
        "left-bottom": (a: ("left", "172.16.0.9/30"), b: ("bottom", "172.16.0.10/30"), cost: 15),
        "bottom-right": (a: ("bottom", "172.16.0.13/30"), b: ("right", "172.16.0.14/30"), cost: 15),
        "wan": (a: ("right", "169.254.0.1/30"), b: ("cloud", "169.254.0.2/30")),
    },
    routers: {
        "left": (igp: "dc", loopbacks: ["192.168.255.1"], segments: {"west": ("192.168.1.1")}),
        "top": (igp: "dc", loopbacks: ["192.168.255.2"]),
        "bottom": (igp: "dc", loopbacks: ["192.168.255.3"]),
        "right": (
            igp: (area: "dc", announce: ["10.0.0.0/16"]), loopbacks: ["192.168.255.4"],
            segments: {"east": ("192.168.2.1")},
            static_routes: [("10.0.0.0/16", "169.254.0.2")],
        ),
        "cloud": (loopbacks: ["10.0.255.1"], static_routes: [("192.168.0.0/16", "169.254.0.1")]),
    },
)"#;

/// A router's entry for a prefix, as `rib` shows it.
fn entry(session: &Session, router: &str, prefix: &str) -> Option<RibPrefix> {
    let prefix = prefix.parse().expect("a prefix");
    View::of(session)
        .rib(router, Some(prefix))
        .ok()
        .and_then(|rib| rib.prefixes.into_iter().find(|row| row.prefix == prefix))
}

#[test]
fn packets_go_by_the_shortest_way_and_by_the_next_one_when_it_fails() {
    let session = at(SQUARE, Span::secs(1), &[]);
    check(
        &session,
        "w",
        "e",
        None,
        "w west left top right east e | e east right top left west w",
    );
    // What another protocol knows is announced where the router is told to, what lies behind a foreign link is not.
    check(
        &session,
        "w",
        "cloud",
        None,
        "w west left top right cloud | cloud right top left west w",
    );
    assert!(entry(&session, "left", "169.254.0.0/30").is_none());
    let down = &[r#"link_state("top-right", down)"#];
    // Until it has had its time a router forwards as before.
    let early = at(SQUARE, Span::millis(900), down);
    assert_eq!(
        way(&early, "w", "e", None),
        "w west left top: LINK_DOWN at link top-right"
    );
    let late = at(SQUARE, Span::millis(1_100), down);
    check(
        &late,
        "w",
        "e",
        None,
        "w west left bottom right east e | e east right bottom left west w",
    );
    let back = at(
        SQUARE,
        Span::secs(3),
        &[down[0], r#"link_state("top-right", up)"#],
    );
    check(
        &back,
        "w",
        "e",
        None,
        "w west left top right east e | e east right top left west w",
    );
}

#[test]
fn ways_that_cost_the_same_are_used_at_once() {
    let session = at(SQUARE, Span::secs(3), &[r#"igp_cost("left:left-top", 20)"#]);
    let row = entry(&session, "left", "192.168.2.0/24").expect("a route");
    assert_eq!(row.fib.len(), 2, "{row:?}");
    assert_eq!(
        row.source.map(|source| source.to_string()).as_deref(),
        Some("IGP")
    );
    // Only the way out of this interface costs more; the answer comes as before.
    let dearer = at(SQUARE, Span::secs(3), &[r#"igp_cost("left:left-top", 21)"#]);
    check(
        &dearer,
        "w",
        "e",
        None,
        "w west left bottom right east e | e east right top left west w",
    );
}

#[test]
fn silence_is_noticed_after_the_dead_interval() {
    let changes = &[r#"link_passage("top-right", b, blocked)"#];
    let before = at(SQUARE, Span::millis(40_900), changes);
    // Questions get through, answers do not.
    let stopped = "w west left top right east e | e east right: LINK_BLACKHOLE at link top-right";
    assert_eq!(way(&before, "w", "e", None), stopped);
    let after = at(SQUARE, Span::millis(41_100), changes);
    check(
        &after,
        "w",
        "e",
        None,
        "w west left bottom right east e | e east right bottom left west w",
    );
    let told: Vec<String> = View::of(&after)
        .log_after(None)
        .filter(|row| row.what.contains("IGP"))
        .map(|row| format!("{} {} {}", row.at.since_start(), row.subject, row.what))
        .collect();
    assert_eq!(
        told[..3],
        [
            "40s top:top-right gives its IGP neighbour right:top-right up after 40s of silence",
            "40s right:top-right gives its IGP neighbour top:top-right up after 40s of silence",
            "41s left forwards by the IGP's new ways: 3 routes changed",
        ]
    );
    // What heals in time was never noticed.
    let mut session = at(SQUARE, Span::secs(30), changes);
    let heal = sim_core::scenario::parse_change(r#"link_passage("top-right", b, open)"#, session.blueprint());
    session.apply(heal.expect("well formed")).expect("it can be made");
    run(&mut session, SimTime::at(Span::secs(120)));
    assert!(
        View::of(&session)
            .log_after(None)
            .all(|row| !row.what.contains("IGP"))
    );
}

#[test]
fn routers_that_learn_at_different_times_send_packets_round_in_circles() {
    // `top` notices at once, `left` only after five seconds: what comes back to it is sent to `top` again.
    let text = SQUARE
        .replace(
            r#""top": (igp: "dc""#,
            r#""top": (igp: (area: "dc", convergence: "100ms")"#,
        )
        .replace(
            r#""left": (igp: "dc""#,
            r#""left": (igp: (area: "dc", convergence: "5s")"#,
        );
    let changes = &[r#"link_state("top-right", down)"#];
    let circle = at(&text, Span::secs(2), changes);
    let told = way(&circle, "w", "e", None);
    assert!(
        told.contains("left top left top") && told.contains("MAX_HOPS_EXCEEDED"),
        "{told}"
    );
    let settled = at(&text, Span::secs(6), changes);
    check(
        &settled,
        "w",
        "e",
        None,
        "w west left bottom right east e | e east right bottom left west w",
    );
}

#[test]
fn what_a_router_announces_for_others_goes_with_its_own_route() {
    let session = at(
        SQUARE,
        Span::secs(3),
        &[r#"remove_static_route("right", "10.0.0.0/16")"#],
    );
    assert!(entry(&session, "left", "10.0.0.0/16").is_none());
    let back = &[
        r#"remove_static_route("right", "10.0.0.0/16")"#,
        r#"set_static_route("right", ("10.0.0.0/16", "169.254.0.2"))"#,
    ];
    let session = at(SQUARE, Span::secs(3), back);
    assert!(entry(&session, "left", "10.0.0.0/16").is_some());
    // With its link gone the route's next hop is, too.
    let cut = at(SQUARE, Span::secs(3), &[r#"link_state("wan", down)"#]);
    assert_eq!(
        way(&cut, "w", "cloud", None),
        "w west left: NO_ROUTE_TO_DESTINATION at router left"
    );
}

/// Two routers that hear each other over a segment only.
const SIDE_BY_SIDE: &str = r#"Lab(
    schema: 1, name: "side", title: "Side", duration: "10m",
    segments: {"core": (prefix: "172.16.9.0/29"), "servers": (prefix: "192.168.10.0/24")},
    routers: {
        "one": (igp: "dc", loopbacks: ["192.168.255.1"], segments: {"core": ("172.16.9.1"), "servers": ("192.168.10.1")}),
        "two": (igp: "dc", loopbacks: ["192.168.255.2"], segments: {"core": (address: "172.16.9.2", cost: 5)}),
    },
)"#;

#[test]
fn a_router_that_dies_on_a_segment_is_missed_after_the_dead_interval() {
    let session = at(SIDE_BY_SIDE, Span::secs(1), &[]);
    check(
        &session,
        "two",
        "192.168.10.1",
        None,
        "two core one | one core two",
    );
    let off = &[r#"router_power("two", off)"#];
    assert!(entry(&at(SIDE_BY_SIDE, Span::secs(40), off), "one", "192.168.255.2/32").is_some());
    assert!(entry(&at(SIDE_BY_SIDE, Span::secs(42), off), "one", "192.168.255.2/32").is_none());
    // A router that switches its own interface off tells so.
    let quiet = &[r#"interface_state("two:core", down)"#];
    assert!(entry(&at(SIDE_BY_SIDE, Span::secs(2), quiet), "one", "192.168.255.2/32").is_none());
    // One that comes back forwards by nothing that it knew before.
    let mut session = at(SIDE_BY_SIDE, Span::secs(50), off);
    let on = sim_core::scenario::parse_change(r#"router_power("two", on)"#, session.blueprint());
    session.apply(on.expect("well formed")).expect("it can be made");
    run(&mut session, SimTime::at(Span::millis(50_500)));
    assert!(entry(&session, "two", "192.168.10.0/24").is_none());
    run(&mut session, SimTime::at(Span::secs(52)));
    assert!(entry(&session, "two", "192.168.10.0/24").is_some());
}

#[test]
fn nobody_is_heard_by_a_passive_interface_though_its_prefix_is_announced() {
    let passive = SIDE_BY_SIDE.replace("cost: 5", "passive: true");
    let session = at(&passive, Span::secs(1), &[]);
    assert!(entry(&session, "one", "192.168.255.2/32").is_none());
    assert!(entry(&session, "two", "192.168.10.0/24").is_none());
    let hosts = SIDE_BY_SIDE.replace(
        r#""servers": ("192.168.10.1")"#,
        r#""servers": (address: "192.168.10.1", passive: true)"#,
    );
    assert!(entry(&at(&hosts, Span::secs(1), &[]), "two", "192.168.10.0/24").is_some());
}

/// Two borders that both know the cloud's prefix, and a core that asks the nearer one.
const BORDERS: &str = r#"Lab(
    schema: 1, name: "borders", title: "Borders", duration: "10m",
    links: {
        "near": (a: ("core", "172.16.0.1/30"), b: ("border-1", "172.16.0.2/30"), cost: 10),
        "far": (a: ("core", "172.16.0.5/30"), b: ("border-2", "172.16.0.6/30"), cost: 20),
        "dx-1": (a: ("border-1", "169.254.0.1/30"), b: ("tgw", "169.254.0.2/30")),
        "dx-2": (a: ("border-2", "169.254.0.5/30"), b: ("tgw", "169.254.0.6/30")),
    },
    routers: {
        "core": (
            asn: 65001, igp: "dc", loopbacks: ["192.168.255.1"], announce: ["192.168.0.0/16"],
            neighbors: {
                "border-1": (remote_as: 65001, address: "192.168.255.2", source: "192.168.255.1"),
                "border-2": (remote_as: 65001, address: "192.168.255.3", source: "192.168.255.1"),
            },
        ),
        "border-1": (
            asn: 65001, igp: "dc", loopbacks: ["192.168.255.2"],
            neighbors: {
                "core": (remote_as: 65001, address: "192.168.255.1", source: "192.168.255.2", next_hop_self: true),
                "tgw": (link: "dx-1", remote_as: 64512),
            },
        ),
        "border-2": (
            asn: 65001, igp: "dc", loopbacks: ["192.168.255.3"],
            neighbors: {
                "core": (remote_as: 65001, address: "192.168.255.1", source: "192.168.255.3", next_hop_self: true),
                "tgw": (link: "dx-2", remote_as: 64512),
            },
        ),
        "tgw": (
            asn: 64512, loopbacks: ["10.0.255.1"], announce: ["10.0.0.0/16"],
            neighbors: {
                "border-1": (link: "dx-1", remote_as: 65001),
                "border-2": (link: "dx-2", remote_as: 65001),
            },
        ),
    },
    expect: {
        "the nearer border": route("core", "10.0.0.0/16", "near", igp_metric),
    },
)"#;

#[test]
fn the_way_to_the_next_hop_decides_between_paths_of_bgp() {
    let mut session = open(BORDERS, 1);
    run(&mut session, SimTime::at(Span::secs(60)));
    let goals = View::of(&session).goals();
    assert!(goals.iter().all(|goal| goal.holds), "{goals:?}");
    let lever = sim_core::scenario::parse_change(r#"igp_cost("core:near", 30)"#, session.blueprint());
    session
        .apply(lever.expect("well formed"))
        .expect("it can be made");
    run(&mut session, SimTime::at(Span::secs(62)));
    let row = entry(&session, "core", "10.0.0.0/16").expect("a route");
    assert_eq!(row.interfaces, ["core:far"], "{row:?}");
    // Without its way to the other border the core's session with it ends, and the first one is used again.
    let lever = sim_core::scenario::parse_change(r#"link_state("far", down)"#, session.blueprint());
    session
        .apply(lever.expect("well formed"))
        .expect("it can be made");
    run(&mut session, SimTime::at(Span::secs(64)));
    let row = entry(&session, "core", "10.0.0.0/16").expect("a route");
    assert_eq!(row.interfaces, ["core:near"], "{row:?}");
}
