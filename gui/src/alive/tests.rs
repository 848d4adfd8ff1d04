use sim_core::lab::{Keep, Session};
use sim_core::scenario::{load, parse_failure, shipped_base};
use sim_core::units::SimTime;
use sim_core::view::Conversation;

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

fn asked(from: &str, to: &str, port: u16) -> Conversation {
    Conversation {
        from: from.to_owned(),
        to: to.to_owned(),
        port: Some(port),
        over: Vec::new(),
    }
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
    followed.look(&view, (&topology, &atlas), vec![asked("office", "app", 443)]);
    let (forward, back, _, stop) = followed.first();
    assert_eq!(
        told(&topology, &forward),
        "office servers —cgw-1:servers— cgw-1 —isp-a— internet —vpn-1/2 uplink— vpn-1/2 —vpn-1/2— tgw —app-attachment— \
         tgw-a app-vpc app app"
    );
    assert!(stop.is_none());
    assert!(!back.is_empty());
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
        followed.look(&view, (&topology, &atlas), vec![asked("dns", "10.0.3.5", 443)]);
    }
    let view = View::of(&session);
    let (topology, _, _) = drawn(&view);
    let (forward, _, before, stop) = followed.first();
    let (before, now) = (told(&topology, &before), told(&topology, &forward));
    assert!(before.contains("—vif-primary— vif-primary"), "{before}");
    assert!(now.contains("—vif-secondary— vif-secondary"), "{now}");
    assert!(stop.is_none());
}

#[test]
fn a_way_that_ends_too_early_says_where_and_why_and_what_lost_by_it_is_shaded() {
    let failures = ["8m:router_down cgw-1"];
    let mut session = lab("onprem-to-aws", &failures, 7);
    session.advance(SimTime::at(Span::minutes(30)), u64::MAX);
    let view = View::of(&session);
    let (topology, things, atlas) = drawn(&view);
    let mut followed = Followed::default();
    followed.look(&view, (&topology, &atlas), vec![asked("dns", "10.0.3.5", 443)]);
    let (.., stop) = followed.first();
    let stop = stop.expect("nothing gets through");
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

/// The way of a running flow is drawn from host to host, there and back; and what it was before is known from the lab itself,
/// whenever one begins to look.
#[test]
fn a_flow_is_drawn_whole_and_beside_what_it_was_before_the_failover() {
    let mut session = lab("onprem-to-aws", &["121m:link_down dx-primary"], 120);
    let ways = |session: &Session| {
        let view = View::of(session);
        let (topology, _, atlas) = drawn(&view);
        let mut followed = Followed::default();
        let host = view.find("db-1").expect("a server of the lab");
        followed.look_at(&view, (&topology, &atlas), host);
        followed.look_back(&view, (&topology, &atlas));
        let (forward, back, before, stop) = followed.first();
        assert!(stop.is_none(), "{stop:?}");
        (
            told(&topology, &forward),
            told(&topology, &back),
            told(&topology, &before),
        )
    };
    let (forward, back, before) = ways(&session);
    assert!(
        forward.starts_with("db-1 ") && forward.ends_with("mgn-replication-server-1"),
        "{forward}"
    );
    assert!(forward.contains("—vif-primary—"), "{forward}");
    assert!(
        back.starts_with("mgn-replication-server-1 ") && back.ends_with(" db-1"),
        "{back}"
    );
    assert_eq!(before, "");
    session.advance(SimTime::at(Span::minutes(123)), u64::MAX);
    let (after, _, was) = ways(&session);
    assert!(after.contains("—vif-secondary—"), "{after}");
    assert_eq!(was, forward);
}

#[test]
fn a_server_whose_connections_are_cut_is_drawn_up_to_where_and_why() {
    let failures = ["120m:router_down cgw-1"];
    let session = lab("onprem-to-aws", &failures, 135);
    let view = View::of(&session);
    let (topology, things, atlas) = drawn(&view);
    let mut followed = Followed::default();
    let server = view.find("db-1").expect("a server of the lab");
    followed.look_at(&view, (&topology, &atlas), server);
    let (.., stop) = followed.first();
    let stop = stop.expect("nothing gets through");
    assert_eq!(topology.name(stop.at), Some("cgw-1"), "{stop:?}");
    let mut overlay = Overlay::default();
    blast(&view, (&topology, &things, &atlas), &mut overlay);
    followed.fill(&mut overlay);
    assert!(!overlay.stops.is_empty());
}

#[test]
fn every_probe_of_a_host_is_drawn() {
    let text = r#"Lab(schema: 1, base: "onprem-to-aws", name: "probes", title: "Probes",
        probes: {"one": (from: "app-1", to: "10.0.3.10", port: 53, every: "1s"),
                 "two": (from: "app-1", to: "10.0.3.5", port: 443, every: "1s")})"#;
    let blueprint = load(text, "probes", &shipped_base)
        .expect("it is right")
        .blueprint;
    let mut session = Session::open(blueprint, None, Keep::Last(1_000)).expect("it opens");
    session.advance(SimTime::at(Span::minutes(4)), u64::MAX);
    let view = View::of(&session);
    let (topology, _, atlas) = drawn(&view);
    let mut followed = Followed::default();
    let host = view.find("app-1").expect("a server of the lab");
    followed.look_at(&view, (&topology, &atlas), host);
    assert!(followed.n_ways() >= 2);
    // One of them alone, where that is selected.
    let probe = view.find("two").expect("a probe of the lab");
    followed.look_at(&view, (&topology, &atlas), probe);
    assert_eq!(followed.n_ways(), 1);
    let of: Vec<&str> = view.parts_of(probe).iter().map(|part| part.kind()).collect();
    assert_eq!(of, ["probe", "host"]);
    let (forward, ..) = followed.first();
    let last = forward.last().copied();
    assert!(
        matches!(last, Some(Item::Node(_))),
        "{}",
        told(&topology, &forward)
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
