use sim_core::lab::{Keep, Session};
use sim_core::scenario::{load, parse_failure, shipped_base};
use sim_core::units::SimTime;

use super::*;
use crate::picture::picture;

/// A shipped lab with failures, at a minute.
fn lab(name: &str, failures: &[&str], minute: u64) -> Session {
    let text = shipped_base(name).expect("it ships");
    let mut loaded = load(&text, name, &shipped_base).expect("it is right");
    for failure in failures {
        let levers = parse_failure(failure, &loaded.blueprint).expect("it can be read");
        loaded.blueprint.schedule.extend(levers);
    }
    let mut session = Session::open(loaded.blueprint, None, Keep::Last(10_000)).expect("it opens");
    session.advance(SimTime::at(Span::minutes(minute)), u64::MAX);
    session
}

fn drawn(view: &View<'_>) -> (Topology, Things, Atlas) {
    let (topology, things) = picture("lab", &view.topology(), &view.servers());
    let atlas = Atlas::of(&topology, &things);
    (topology, things, atlas)
}

fn told(topology: &Topology, steps: &[Item]) -> String {
    let name = |item: &Item| match item {
        Item::Link(_) => format!("—{}—", topology.name(*item).unwrap_or_default()),
        _ => topology.name(*item).unwrap_or_default().to_owned(),
    };
    steps.iter().map(name).collect::<Vec<_>>().join(" ")
}

#[test]
fn a_way_leads_over_the_links_that_packets_take_there_and_back() {
    let session = lab("vpn-two-routers", &[], 4);
    let view = View::of(&session);
    let (topology, _, atlas) = drawn(&view);
    let mut followed = Followed::default();
    followed.look(&view, (&topology, &atlas), ("office", "app"), Some(443));
    assert_eq!(
        told(&topology, &followed.forward),
        "office servers —cgw-1:servers— cgw-1 —isp-a— internet —vpn-1/2 uplink— vpn-1/2 —vpn-1/2— tgw —app-attachment— \
         tgw-a app-vpc app app"
    );
    assert!(followed.stop.is_none());
    assert!(!followed.back.is_empty());
    let mut overlay = Overlay::default();
    followed.fill(&mut overlay);
    assert_eq!(overlay.routes.len(), 2);
}

#[test]
fn after_a_failover_the_way_before_is_still_there_to_be_compared() {
    let failure = ["8m:link_down dx-primary"];
    let mut session = lab("onprem-to-aws", &failure, 7);
    let mut followed = Followed::default();
    for minute in [7, 9] {
        session.advance(SimTime::at(Span::minutes(minute)), u64::MAX);
        let view = View::of(&session);
        let (topology, _, atlas) = drawn(&view);
        followed.look(&view, (&topology, &atlas), ("dns", "10.0.3.5"), Some(443));
    }
    let view = View::of(&session);
    let (topology, _, _) = drawn(&view);
    let (before, now) = (
        told(&topology, &followed.before),
        told(&topology, &followed.forward),
    );
    assert!(before.contains("—vif-primary— vif-primary"), "{before}");
    assert!(now.contains("—vif-secondary— vif-secondary"), "{now}");
    assert!(followed.stop.is_none());
}

#[test]
fn a_way_that_ends_too_early_says_where_and_why_and_what_lost_by_it_is_shaded() {
    let failures = ["8m:router_down cgw-1"];
    let mut session = lab("onprem-to-aws", &failures, 7);
    session.advance(SimTime::at(Span::minutes(30)), u64::MAX);
    let view = View::of(&session);
    let (topology, things, atlas) = drawn(&view);
    let mut followed = Followed::default();
    followed.look(&view, (&topology, &atlas), ("dns", "10.0.3.5"), Some(443));
    let stop = followed.stop.expect("nothing gets through");
    assert!(!stop.why.is_empty());
    let mut overlay = Overlay::default();
    blast(&view, (&topology, &things, &atlas), &mut overlay);
    let names = |items: &[Item]| -> Vec<String> {
        items
            .iter()
            .filter_map(|it| topology.name(*it))
            .map(str::to_owned)
            .collect()
    };
    assert_eq!(names(&overlay.faults), ["cgw-1"]);
    assert!(
        names(&overlay.lost).contains(&"dns".to_owned()),
        "{:?}",
        names(&overlay.lost)
    );
}

#[test]
fn packets_are_those_of_which_there_is_a_record_and_only_of_protocols_that_are_wanted() {
    let session = lab("onprem-to-aws", &[], 1);
    let view = View::of(&session);
    let (topology, things, atlas) = drawn(&view);
    let count = |shown: &[Protocol]| {
        let mut overlay = Overlay::default();
        let shown = shown.iter().copied().collect();
        packets(
            &view,
            (&topology, &things, &atlas),
            &shown,
            Span::minutes(1),
            &mut overlay,
        );
        assert!(
            overlay
                .packets
                .iter()
                .all(|packet| shown.contains(&packet.protocol))
        );
        overlay.packets.len()
    };
    assert_eq!(count(&[]), 0);
    assert_eq!(count(&[Protocol::Ike]), 8);
    assert!(count(&[Protocol::Bgp]) > 0);
    assert!(count(&Protocol::ALL) <= MOST_PACKETS);
}

#[test]
fn a_packet_is_on_the_link_that_it_has_come_to() {
    let mut topology = Topology::new("lab");
    let nodes = ["a", "b", "c"].map(|name| topology.add_node(None, NodeKind::Router, name, ""));
    let places = nodes.map(Place::Node);
    let first = topology.add_link([places[0], places[1]], "link", "one");
    let second = topology.add_link([places[2], places[1]], "link", "two");
    let atlas = Atlas::of(&topology, &Things::default());
    let way = atlas.way(&topology, places[0], places[2]);
    assert_eq!(way, [(first, false), (second, true)]);
    let at =
        |secs| on_the_way(&way, Span::secs(secs), Span::secs(10), Protocol::Bgp).expect("it is somewhere");
    assert_eq!(
        (at(2).link, at(2).part, at(2).is_back),
        (first, Ppm::percent(40), false)
    );
    assert_eq!(
        (at(10).link, at(10).part, at(10).is_back),
        (second, Ppm::percent(100), true)
    );
}
