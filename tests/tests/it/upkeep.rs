//! What AWS does to its own ends: failover tests of virtual interfaces, and the replacement of tunnel endpoints.

use sim_core::lab::Session;
use sim_core::scenario::{parse_change, shipped_base};
use sim_core::units::{SimTime, Span};
use sim_core::view::{NodeKind, View};

use crate::on_premises::{at, way};
use crate::private_gateways::established;
use crate::small_lab::run;

/// A shipped lab that lasts for a day.
fn lab(name: &str) -> String {
    let text = shipped_base(name).expect("it ships");
    text.replace("duration: \"1h\"", "duration: \"1d\"")
}

#[track_caller]
fn apply(session: &mut Session, change: &str) -> Result<(), String> {
    let lever = parse_change(change, session.blueprint()).expect("it can be said so");
    session.apply(lever).map(|_| ()).map_err(|why| why.to_string())
}

/// What an inspector says of something under a label.
fn fact(session: &Session, name: &str, label: &str) -> Option<String> {
    let view = View::of(session);
    let all = session.names().find(name).iter();
    let facts = all.flat_map(|thing| view.inspect(*thing).sections);
    let mut facts = facts.flat_map(|it| it.facts);
    facts.find(|it| it.label == label).map(|it| it.value)
}

/// The state of a virtual interface in the run's nodes, and in its links.
fn state(session: &Session, name: &str) -> (String, String) {
    let topology = View::of(session).topology();
    let nodes = topology.nodes.into_iter();
    let mut routers = nodes.filter(|node| node.name == name && node.kind == NodeKind::Router);
    let mut links = topology.links.into_iter().filter(|link| link.name == name);
    let both = routers.next().zip(links.next()).expect("it is there");
    (both.0.state, both.1.state)
}

/// While its failover is tested, and else.
fn tested() -> (String, String) {
    ("testing".to_owned(), "testing".to_owned())
}
fn untested() -> (String, String) {
    ("running".to_owned(), "up".to_owned())
}

/// By which way packets leave for the data centre: the first of these that they cross.
fn goes_by(session: &Session) -> &'static str {
    let text = way(session, "app", "192.168.255.1", None);
    let ways = ["vif-primary", "vif-secondary", "vpn-1/1", "vpn-1/2"];
    ways.into_iter().find(|it| text.contains(it)).unwrap_or("nothing")
}

#[test]
fn a_failover_test_shuts_one_peering_and_brings_it_back() {
    let mut session = at(&lab("dx-vpn-backup"), Span::minutes(5), &[]);
    apply(&mut session, "failover_test(\"vif-primary\")").expect("it can be tested");
    assert!(
        fact(&session, "vif-primary", "failover test")
            .is_some_and(|it| it.contains("testing until 03:05:00"))
    );
    assert_eq!(state(&session, "vif-primary"), tested());
    assert_eq!(state(&session, "vif-secondary"), untested());
    run(&mut session, SimTime::at(Span::minutes(6)));
    assert_eq!(goes_by(&session), "vif-secondary");
    assert!(!established(&session, "cgw-1/dx-1"));
    let refused = apply(&mut session, "failover_test(\"vif-primary\", \"10m\")");
    assert_eq!(
        refused.unwrap_err(),
        "a failover test of the virtual interface is on"
    );
    // Three hours, where nothing is said.
    run(&mut session, SimTime::at(Span::minutes(184)));
    assert_eq!(goes_by(&session), "vif-secondary");
    run(&mut session, SimTime::at(Span::minutes(190)));
    assert_eq!(goes_by(&session), "vif-primary");
    assert_eq!(fact(&session, "vif-primary", "failover test"), None);
    assert_eq!(state(&session, "vif-primary"), untested());
}

#[test]
fn a_failover_test_can_be_stopped_and_begun_anew() {
    let mut session = at(&lab("dx-vpn-backup"), Span::minutes(5), &[]);
    let refused = apply(&mut session, "stop_failover_test(\"vif-primary\")");
    assert_eq!(
        refused.unwrap_err(),
        "no failover test of the virtual interface is on"
    );
    apply(&mut session, "failover_test(\"vif-primary\", \"1h\")").expect("it can be tested");
    run(&mut session, SimTime::at(Span::minutes(10)));
    apply(&mut session, "stop_failover_test(\"vif-primary\")").expect("it is on");
    run(&mut session, SimTime::at(Span::minutes(14)));
    assert_eq!(goes_by(&session), "vif-primary");
    // The end of the first test does not end the second.
    apply(&mut session, "failover_test(\"vif-primary\", \"2h\")").expect("it can be tested");
    run(&mut session, SimTime::at(Span::minutes(100)));
    assert_eq!(goes_by(&session), "vif-secondary");
    run(&mut session, SimTime::at(Span::minutes(140)));
    assert_eq!(goes_by(&session), "vif-primary");
}

/// The MEDs that the customer's router has for the VPC's prefix, by the tunnels' neighbors.
fn meds(session: &Session, neighbors: [&str; 2]) -> [Option<u32>; 2] {
    let prefix = "10.0.0.0/16".parse().expect("it is a prefix");
    let rib = View::of(session)
        .rib("cgw-1", Some(prefix))
        .expect("it speaks BGP");
    let paths: Vec<_> = rib.prefixes.into_iter().flat_map(|it| it.paths).collect();
    neighbors.map(|name| paths.iter().find(|it| it.from == name).and_then(|it| it.med))
}

#[test]
fn an_endpoint_that_is_replaced_is_away_for_minutes_and_announced_before() {
    let mut session = at(&lab("vpn-two-tunnels"), Span::minutes(5), &[]);
    let names = ["tgw-1", "tgw-2"];
    assert_eq!(meds(&session, names), [Some(100), Some(100)]);
    apply(&mut session, "replace_endpoint(\"vpn-1/1\")").expect("it can be replaced");
    let refused = apply(&mut session, "replace_endpoint(\"vpn-1/2\")");
    assert!(refused.unwrap_err().contains("one at a time"));
    // The customer's router is told to prefer the other tunnel before the first goes.
    run(&mut session, SimTime::at(Span::minutes(5) + Span::secs(10)));
    assert_eq!(meds(&session, names), [Some(100), Some(50)]);
    assert!(established(&session, "cgw-1/tgw-1"));
    // Then it goes in silence: the hold time passes at the customer's end.
    run(&mut session, SimTime::at(Span::minutes(5) + Span::secs(65)));
    assert!(!established(&session, "cgw-1/tgw-1") && established(&session, "cgw-1/tgw-2"));
    assert_eq!(
        goes_by(&session),
        "vpn-1/2",
        "{}",
        way(&session, "app", "192.168.255.1", None)
    );
    // Within minutes it is back, at the same address, and announces what it did.
    run(&mut session, SimTime::at(Span::minutes(20)));
    assert!(established(&session, "cgw-1/tgw-1"));
    assert_eq!(meds(&session, names), [Some(100), Some(100)]);
    apply(&mut session, "replace_endpoint(\"vpn-1/2\")").expect("it is the other one's turn");
}

#[test]
fn an_endpoint_that_lost_its_power_announces_again_what_it_did() {
    let changes = ["router_power(\"vpn-1/1\", off)", "router_power(\"vpn-1/1\", on)"];
    let mut session = at(&lab("vpn-two-tunnels"), Span::minutes(5), &[]);
    apply(&mut session, changes[0]).expect("it can be turned off");
    run(&mut session, SimTime::at(Span::minutes(8)));
    apply(&mut session, changes[1]).expect("it can be turned on");
    run(&mut session, SimTime::at(Span::minutes(20)));
    assert_eq!(meds(&session, ["tgw-1", "tgw-2"]), [Some(100), Some(100)]);
}

#[test]
fn of_two_tunnels_to_a_virtual_private_gateway_the_first_is_preferred_by_med() {
    let text = lab("vpn-two-tunnels")
        .replace("transit_gateway: \"tgw\"", "virtual_private_gateway: \"vgw\"")
        .replace(
            "    transit_gateways: {",
            "    virtual_private_gateways: {\"vgw\": (vpc: \"app-vpc\")},\n    transit_gateways: {",
        );
    let mut session = at(&text, Span::minutes(5), &[]);
    let names = ["tgw-1", "tgw-2"];
    assert_eq!(meds(&session, names), [Some(100), Some(200)]);
    apply(&mut session, "replace_endpoint(\"vpn-1/1\")").expect("it can be replaced");
    run(&mut session, SimTime::at(Span::minutes(5) + Span::secs(10)));
    assert_eq!(meds(&session, names), [Some(100), Some(50)]);
}
