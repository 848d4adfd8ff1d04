//! What screens read, of every shipped lab.

use crate::kernel::Keep;
use crate::lab::Session;
use crate::net::Protocol;
use crate::resource::ResourceRef;
use crate::scenario::{load, shipped, shipped_base};
use crate::units::{SimTime, Span};

use crate::proto::bgp::rib::DecidedBy;
use crate::proto::bgp::session::State;
use crate::reason::Reason;
use crate::world::routing::Layer;

use super::{Health, NodeKind, PathError, PathWords, Summary, View};

fn session(name: &str) -> Session {
    let (_, text) = shipped()
        .iter()
        .find(|(shipped, _)| *shipped == name)
        .expect("a shipped lab");
    let loaded = load(text, name, &shipped_base).expect("a shipped lab is right");
    Session::open(loaded.blueprint, None, Keep::All).expect("a shipped lab opens")
}

/// Far enough for every stage of a small lab, and not too long for the large ones.
fn ran(name: &str) -> Session {
    let mut session = session(name);
    session.advance(SimTime::at(Span::days(2)), 4_000);
    session
}

/// A flow that carries something is well; one that is cut has failed.
#[test]
fn a_flow_does_as_well_as_it_carries() {
    let mut session = session("onprem-to-aws");
    session.advance(SimTime::at(Span::hours(2)), u64::MAX);
    let flow = View::of(&session).flows().remove(0);
    assert!(!flow.rate.is_zero());
    let health = |session: &Session| View::of(session).inspect(ResourceRef::Flow(flow.id)).health;
    assert_eq!(health(&session), Health::Good);
    let order = crate::fault::Order {
        kind: "router_down",
        target: "cgw-1".to_owned(),
        amount: String::new(),
        lasts: None,
    };
    session.inject(order).expect("the router is up");
    session.advance(session.now() + Span::secs(1), u64::MAX);
    assert_eq!(health(&session), Health::Failed);
}

#[test]
fn every_record_of_every_shipped_lab_is_told_with_names() {
    for (name, _) in shipped() {
        let session = ran(name);
        for row in View::of(&session).log_after(None) {
            let told = format!("{} {}", row.subject, row.what);
            assert!(!row.subject.is_empty() && !row.what.is_empty(), "{name}: {row:?}");
            assert!(!told.contains("unnamed"), "{name}: {told}");
            assert!(!row.what.ends_with('.'), "{name}: {told}");
        }
    }
}

#[test]
fn everything_that_has_a_name_can_be_inspected() {
    for (name, _) in shipped() {
        let session = ran(name);
        let view = View::of(&session);
        // The large labs hold more of the same: every seventh thing is enough of them.
        let every = if session.names().iter().count() > 500 {
            7
        } else {
            1
        };
        for (thing, _) in session.names().iter().step_by(every) {
            // A closed flow and a terminated host still have something to say.
            let inspection = view.inspect(thing);
            assert!(!inspection.sections.is_empty(), "{name}: nothing about {thing:?}");
            for fact in inspection.sections.iter().flat_map(|section| &section.facts) {
                assert!(
                    !fact.value.is_empty(),
                    "{name}: {thing:?} has no {:?}",
                    fact.label
                );
                assert!(
                    !fact.value.contains("unnamed"),
                    "{name}: {thing:?}: {}",
                    fact.value
                );
            }
        }
        assert!(!view.inspect(ResourceRef::Lab).sections.is_empty());
    }
}

#[test]
fn the_topology_holds_together() {
    for (name, _) in shipped() {
        let topology = View::of(&ran(name)).topology();
        for (place, container) in topology.containers.iter().enumerate() {
            assert!(
                container.parent.is_none_or(|parent| parent < place),
                "{name}: {container:?}"
            );
        }
        for node in &topology.nodes {
            let Some(parent) = node.parent else {
                // What is of no Region and on no segment alone.
                let alone = [
                    NodeKind::Router,
                    NodeKind::DirectConnectGateway,
                    NodeKind::VirtualPrivateGateway,
                ];
                assert!(alone.contains(&node.kind), "{name}: {node:?}");
                continue;
            };
            let parent = topology.containers.get(parent).expect("a node has a place");
            assert!(parent.health >= node.health, "{name}: {parent:?} hides {node:?}");
        }
    }
}

#[test]
fn a_server_is_followed_from_nothing_to_cutover() {
    let mut session = session("region-to-region");
    let server = |session: &Session| View::of(session).servers().remove(0);
    let before = server(&session);
    assert_eq!((before.life_cycle_state, before.health), (None, Health::Idle));
    assert_eq!(before.next_step(), "Install the replication agent");
    session.advance(SimTime::at(Span::minutes(40)), u64::MAX);
    let syncing = server(&session);
    assert_eq!(syncing.health, Health::Working);
    assert!(syncing.progress().as_ppm() > 0 && !syncing.rate.is_zero() && syncing.eta.is_some());
    assert_eq!(View::of(&session).flows()[0].rate, syncing.rate);
    session.advance(session.ends_at(), u64::MAX);
    let moved = server(&session);
    assert_eq!(
        (moved.health, moved.progress()),
        (Health::Good, crate::units::Ppm::ONE)
    );
    assert_eq!(moved.copied(), moved.disks);
    assert!(Summary::from(View::of(&session).snapshot()).holds());
}

#[test]
fn a_path_is_asked_by_names_and_addresses() {
    let session = session("region-to-region");
    let ask = |from: &str, to: &str, port: u16| {
        let words = PathWords {
            from,
            to,
            proto: Some(Protocol::Tcp),
            port: Some(port),
            size: None,
        };
        View::of(&session).path(&words)
    };
    let works = ask("app-server", "mgn-endpoint", 443).expect("both are there");
    assert!(works.ok && works.reason.is_none());
    let blocked = ask("app-server", "mgn-endpoint", 22).expect("both are there");
    assert!(!blocked.ok && blocked.reason.is_some() && blocked.at.is_some());
    assert_eq!(
        ask("app-servre", "10.0.1.4", 443),
        Err(PathError::NoSuchSender {
            name: "app-servre".to_owned(),
            near: Some("app-server".to_owned()),
        })
    );
    assert!(matches!(
        ask("app-server", "nothing", 443),
        Err(PathError::NoSuchTarget { near: None, .. })
    ));
}

#[test]
fn every_candidate_says_what_it_lacked() {
    let session = ran("bgp-decision");
    let view = View::of(&session);
    let rib = view.rib("hub", None).expect("the router is there");
    assert_eq!((rib.asn, rib.node.as_str()), (Some(65_001), "hub"));
    let told: Vec<String> = rib
        .prefixes
        .iter()
        .filter(|row| row.paths.len() > 1)
        .map(|row| {
            let paths = row.paths.iter().map(|path| {
                let sign = if path.best { "*" } else { "" };
                let step = path.decided_by.map_or("none", DecidedBy::as_str);
                format!("{sign}{} {step}", path.from)
            });
            let paths: Vec<String> = paths.collect();
            format!("{} via {}: {}", row.prefix, row.fib.join(" "), paths.join(", "))
        })
        .collect();
    assert_eq!(
        told,
        [
            "10.1.0.0/16 via 172.16.0.10: *isp-b weight, isp-a1 weight",
            "10.2.0.0/16 via 172.16.0.2: *isp-a1 local preference, isp-b local preference",
            "10.3.0.0/16 via 172.16.0.10: *isp-b AS path length, isp-a1 AS path length",
            "10.4.0.0/16 via 172.16.0.10: *isp-b origin, isp-a1 origin",
            "10.5.0.0/16 via 172.16.0.6: *isp-a2 MED, isp-a1 MED",
            "10.6.0.0/16 via 172.16.0.2: *isp-a1 router id, isp-b router id",
            "10.7.0.0/16 via 172.16.0.10: *isp-b eBGP over iBGP, west eBGP over iBGP",
            "10.8.0.0/16 via 172.16.1.2: *west IGP metric, east IGP metric",
        ]
    );
    let connected = rib.prefixes.iter().filter(|row| row.fib == ["connected"]).count();
    assert_eq!(connected, 5, "each link of the router");
}

/// The second tunnel's path loses against the first one's, of the same AS, by router identifier; behind the best it stands by
/// local preference, as that one does.
#[test]
fn losers_are_told_by_the_step_at_which_they_stand_behind_the_best() {
    let mut session = session("onprem-to-aws");
    session.advance(session.settled_at(), u64::MAX);
    let rib = View::of(&session).rib("cgw-1", "10.0.0.0/16".parse().ok());
    let rib = rib.expect("the router has the prefix");
    let steps = rib.prefixes.iter().flat_map(|row| &row.paths);
    let steps: Vec<(&str, u32, Option<DecidedBy>)> = steps
        .map(|path| (path.from.as_str(), path.local_pref, path.decided_by))
        .collect();
    let by = Some(DecidedBy::LocalPref);
    assert_eq!(
        steps,
        [
            ("dx-1", 300, by),
            ("dx-2", 200, by),
            ("tgw-1", 100, by),
            ("tgw-2", 100, by)
        ]
    );
}

#[test]
fn routes_that_are_not_there_are_said_to_be_missing() {
    let session = ran("bgp-two-lines");
    let view = View::of(&session);
    let ask = |router: &str, prefix: &str| {
        view.rib(router, prefix.parse().ok())
            .map(|rib| rib.prefixes.len())
    };
    assert_eq!(ask("tgw", "192.168.0.0/16"), Ok(1));
    let missing = ask("tgw", "192.168.7.0/24").expect_err("no such route");
    assert_eq!(
        missing.to_string(),
        "tgw has no route for 192.168.7.0/24; 192.168.0.0/16 covers it"
    );
    let unknown = ask("tgv", "").expect_err("no such router");
    assert_eq!(
        unknown.to_string(),
        "no router is called `tgv`; did you mean `tgw`?"
    );
}

/// What each broken variant says of the session that it breaks: layer and reason at both ends.
#[test]
fn a_session_that_is_down_says_which_layer_stops_it() {
    let told = |lab: &str| -> Vec<String> {
        let session = ran(lab);
        let rows = View::of(&session).bgp_sessions();
        let down = rows.into_iter().filter(|row| row.state != State::Established);
        down.map(|row| {
            assert!(row.fix.is_some() && row.detail.is_some(), "{row:?}");
            let (layer, reason) = (row.layer.map(Layer::as_str), row.reason.map(Reason::code));
            format!("{} {}", layer.unwrap_or_default(), reason.unwrap_or_default())
        })
        .collect()
    };
    let both = |what: &str| vec![what.to_owned(), what.to_owned()];
    assert_eq!(told("bgp-two-lines"), Vec::<String>::new());
    assert_eq!(told("bgp-wrong-remote-as"), both("OPEN BGP_BAD_PEER_AS"));
    assert_eq!(told("bgp-hold-time"), both("OPEN BGP_UNACCEPTABLE_HOLD_TIME"));
    assert_eq!(told("bgp-md5-key"), both("TCP MD5 TCP_AUTHENTICATION"));
    assert_eq!(told("bgp-ttl-security"), both("TTL TTL_SECURITY"));
    assert_eq!(told("bgp-prefix-limit"), both("session BGP_MAXIMUM_PREFIXES"));
    assert_eq!(
        told("bgp-no-loopback-route"),
        both("routing NO_ROUTE_TO_DESTINATION")
    );
}

#[test]
fn a_path_may_begin_and_end_at_a_router() {
    let mut session = session("bgp-two-lines");
    let ask = |session: &Session, port| {
        let words = PathWords {
            from: "cgw-1",
            to: "tgw",
            proto: None,
            port,
            size: None,
        };
        View::of(session).path(&words).expect("both are there")
    };
    session.advance(SimTime::at(Span::minutes(5)), u64::MAX);
    let path = ask(&session, None);
    assert!(path.ok, "{path:?}");
    assert_eq!(path.proto, Protocol::Icmp);
    assert_eq!(path.forward[0].matched.as_deref(), Some("eBGP route 10.0.0.0/16"));
    assert_eq!(
        path.forward[0].egress.as_deref(),
        Some("router interface cgw-1:dx-primary")
    );
    session.advance(SimTime::at(Span::minutes(12)), u64::MAX);
    let path = ask(&session, None);
    assert_eq!(
        path.forward[0].egress.as_deref(),
        Some("router interface cgw-1:dx-backup")
    );
    assert_eq!(ask(&session, Some(22)).reason, Some(Reason::ConnectionRefused));
}

#[test]
fn routers_and_links_are_in_the_picture_with_what_ails_them() {
    let mut session = session("bgp-two-lines");
    session.advance(SimTime::at(Span::minutes(12)), u64::MAX);
    let topology = View::of(&session).topology();
    let nodes: Vec<(&str, Health)> = topology
        .nodes
        .iter()
        .map(|it| (it.name.as_str(), it.health))
        .collect();
    assert_eq!(nodes, [("cgw-1", Health::Degraded), ("tgw", Health::Degraded)]);
    let links: Vec<(&str, &str)> = topology
        .links
        .iter()
        .map(|it| (it.name.as_str(), it.state.as_str()))
        .collect();
    assert_eq!(links, [("dx-primary", "down"), ("dx-backup", "up")]);
    for name in ["cgw-1", "dx-primary", "cgw-1:dx-primary", "cgw-1/primary"] {
        let view = View::of(&session);
        let thing = view.find(name).expect("it has a name");
        let inspection = view.inspect(thing);
        assert!(!inspection.sections.is_empty(), "{name}");
        assert!(
            inspection.health >= Health::Degraded,
            "{name}: {:?}",
            inspection.health
        );
    }
}

#[test]
fn the_messages_of_a_session_are_counted_alike_at_both_ends_however_long_it_is_quiet() {
    let mut session = session("bgp-two-lines");
    for until in [Span::minutes(9), Span::days(36_500)] {
        session.advance(SimTime::at(until), u64::MAX);
        let view = View::of(&session);
        let said = |name: &str, label: &str| {
            let row = view.bgp_sessions().into_iter().find(|row| row.name == name);
            let sections = view
                .inspect(row.expect("a session of the lab").id.into())
                .sections;
            let mut facts = sections.iter().flat_map(|section| &section.facts);
            let fact = facts.find(|fact| fact.label == label);
            let value = fact.expect("it is shown").value.clone();
            let of_kind = |kind: &str| {
                let mut counts = value.split(", ");
                let count = counts.find_map(|count| count.strip_suffix(kind)?.trim().parse::<u64>().ok());
                count.expect("it was said")
            };
            [of_kind("UPDATE"), of_kind("KEEPALIVE")]
        };
        // Its line is never cut, so that nothing is lost on the way; one message may be under way.
        let (this, other) = ("cgw-1/backup", "tgw/backup");
        for (from, to) in [(this, other), (other, this)] {
            let (sent, heard) = (said(from, "sent"), said(to, "heard"));
            assert_eq!(sent[0], heard[0]);
            assert!(sent[1].abs_diff(heard[1]) <= 1, "{sent:?} {heard:?}");
        }
    }
}

/// What is told of a thing of the lab, but for its routes.
#[track_caller]
fn told_of(session: &Session, name: &str) -> String {
    let things = session.names().find(name);
    let thing = *things.first().expect("a thing of the lab");
    let sections = View::of(session).inspect(thing).sections;
    let facts = sections
        .iter()
        .filter(|section| section.title != "Routes")
        .flat_map(|section| {
            let line = |label: &str, value: &str| format!("{label}: {value}");
            let facts = section
                .facts
                .iter()
                .map(move |fact| line(fact.label, &fact.value));
            [format!("[{}]", section.title)].into_iter().chain(facts)
        });
    facts.collect::<Vec<_>>().join("\n")
}

#[test]
fn what_a_data_centre_is_made_of_can_be_inspected() {
    let mut session = session("data-centre");
    session.advance(SimTime::at(Span::minutes(7)), u64::MAX);
    let told =
        ["app-1", "servers", "servers/192.168.10.1", "core-2", "fw-1"].map(|name| told_of(&session, name));
    insta::assert_snapshot!(told.join("\n\n"), @r"
    []
    state: running
    system: Linux
    address: 192.168.10.21
    segment: servers
    gateway: 192.168.10.1 core-2:servers
    name server: 192.168.20.53
    carries: 5Gbps
    listens on: tcp 443
    [Probes]
    to: api tcp 443 every 1s
    answered in: 10ms
    so far: 412 of 415 came through
    outages: 1, the longest 2.6s
    to: db tcp 5432 every 1s
    answered in: 200us
    so far: 412 of 415 came through
    outages: 1, the longest 2.6s

    []
    state: up
    prefix: 192.168.10.0/24
    VLAN: 10
    each port carries: 10Gbps
    delay: 50us
    [On it]
    gateway: 192.168.10.1 core-2:servers
    router: 192.168.10.2 core-1:servers
    router: 192.168.10.3 core-2:servers
    host: 192.168.10.21 app-1
    host: 192.168.10.22 app-2

    []
    state: active
    active: core-2:servers
    since: 00:05:02.600
    address: 192.168.10.1
    segment: servers
    advertised every: 1s
    [Shared by]
    down: core-1:servers priority 120, waits 3.53s
    active: core-2:servers priority 100, waits 3.6s

    []
    state: running
    loopback: 192.168.255.2
    [Interfaces]
    link: core-2:core-1-core-2 172.16.0.2/30
    link: core-2:core-2-fw-1 172.16.0.9/30
    link: core-2:core-2-fw-2 172.16.0.17/30
    segment: core-2:servers 192.168.10.3/24
    segment: core-2:services 192.168.20.3/24
    [Interior routing]
    area: dc
    converges in: 1s
    neighbour: fw-1:core-2-fw-1 by core-2:core-2-fw-1, cost 10
    neighbour: fw-2:core-2-fw-2 by core-2:core-2-fw-2, cost 50

    []
    state: running
    AS: 65001
    identifier: 192.168.255.11
    BGP process: running
    loopback: 192.168.255.11
    [Interfaces]
    link: fw-1:core-1-fw-1 172.16.0.6/30
    link: fw-1:core-2-fw-1 172.16.0.10/30
    link: fw-1:line-1 169.254.0.1/30
    [Interior routing]
    area: dc
    converges in: 1s
    neighbour: core-2:core-2-fw-1 by fw-1:core-2-fw-1, cost 10
    announces: 10.0.0.0/16
    [BGP sessions]
    up: tgw AS 64512 Established 1 in, 1 out
    [Firewall]
    rule: 1: allow tcp 443 from fw-1:line-1 to 192.168.10.21/32
    rule: 2: allow tcp 443 from 192.168.10.0/24 to fw-1:line-1
    rule: 3: allow udp 53 from 192.168.20.53/32 to fw-1:line-1
    rule: 4: allow tcp 53 from 192.168.20.53/32 to fw-1:line-1
    otherwise: drop
    ");
}

#[test]
fn what_there_is_one_of_is_told_as_one() {
    let mut session = session("dx-vpn-backup");
    session.seek(SimTime::at(Span::minutes(5)));
    let told = told_of(&session, "cgw-1/dx-1");
    for fact in ["received: 1 prefix", "advertised: 1 prefix", "came up: 1 time"] {
        assert!(told.lines().any(|line| line == fact), "no {fact:?} in\n{told}");
    }
}

#[test]
fn an_agent_is_installed_in_plain_words() {
    let session = ran("region-to-region");
    let view = View::of(&session);
    let told: Vec<String> = view.log_after(None).map(|row| row.what).collect();
    assert!(
        told.iter()
            .any(|what| what == "the installation of the agent is accepted")
    );
    assert!(
        told.iter()
            .any(|what| what == "gets the replication server mgn-replication-server-1")
    );
}
