//! Two gateways with a tunnel over an underlay that they only see as a default route, and BGP through the tunnel.

use std::net::Ipv4Addr;
use std::sync::Arc;

use crate::kernel::{Id, Keep};
use crate::net::Protocol;
use crate::proto::bfd;
use crate::proto::bgp::rib::{self, PeerConfig, PeerId};
use crate::proto::bgp::session::{self, State};
use crate::proto::bgp::speaker::{self, PeerSetup, Wanted};
use crate::proto::bgp::{Asn, RouterId};
use crate::proto::ike::config::{Action, Encapsulation};
use crate::proto::ike::{Child, Connection};
use crate::reason::Reason;
use crate::resource::{LinkId, RouterId as Router, TunnelId};
use crate::site::{End, LinkChange, Passage, StaticRoute};
use crate::units::{SimTime, Span};
use crate::world::blueprint::Blueprint;
use crate::world::lever::Lever;
use crate::world::network::{Header, Next, Place, Tracking, step, walk};
use crate::world::routing::{IkeProcess, LinkSpec, Origination, Protected, Routing, RoutingLever, Transport};
use crate::world::{Happening, World};

fn address(text: &str) -> Ipv4Addr {
    text.parse().expect("an address")
}
fn net(text: &str) -> ipnet::Ipv4Net {
    text.parse().expect("a prefix")
}
fn at(secs: u64) -> SimTime {
    SimTime::at(Span::secs(secs))
}

pub(super) struct Lab {
    pub(super) world: World,
    pub(super) gateways: [Router; 2],
    tunnels: [TunnelId; 2],
    pub(super) far_link: LinkId,
}

/// `a` 198.51.100.1 ── internet ── 203.0.113.1 `b`, a tunnel between them with 169.254.10.0/30 inside.
pub(super) fn lab(keys: [&str; 2]) -> Lab {
    lab_with(keys, Encapsulation::WhenNatDetected)
}

/// The same, with what the first of the two does about ESP in UDP.
fn lab_with(keys: [&str; 2], encapsulation: Encapsulation) -> Lab {
    let mut routing = Routing::default();
    let towards = |via: &str| {
        vec![StaticRoute {
            prefix: net("0.0.0.0/0"),
            via: Some(address(via)),
            metric: 0,
        }]
    };
    let a = routing.add_router(Vec::new(), towards("198.51.100.2"));
    let b = routing.add_router(Vec::new(), towards("203.0.113.2"));
    let internet = routing.add_router(Vec::new(), Vec::new());
    let spec = LinkSpec {
        delay: Span::millis(10),
        ..LinkSpec::default()
    };
    routing.connect(
        (a, net("198.51.100.1/30")),
        (internet, net("198.51.100.2/30")),
        spec,
    );
    let far_link = routing.connect(
        (internet, net("203.0.113.2/30")),
        (b, net("203.0.113.1/30")),
        spec,
    );
    let mut tunnels = Vec::new();
    let ends = [
        (a, "198.51.100.1", "169.254.10.2/30"),
        (b, "203.0.113.1", "169.254.10.1/30"),
    ];
    for (place, (router, outer, inner)) in ends.into_iter().enumerate() {
        let far = ends[1 - place];
        let (local, remote) = (address(outer), address(far.1));
        let tunnel = routing.add_tunnel(router, net(inner), (local, remote));
        let mut connection = Connection::route_based("vpn", local, remote, keys[place]);
        if place == 0 {
            connection.encapsulation = encapsulation;
        } else {
            // As AWS's side does: it waits to be called.
            let mut child = Child::route_based("vpn");
            (child.start_action, child.dpd_action) = (Action::Clear, Action::Clear);
            connection.children = vec![Arc::new(child)];
        }
        let name = if place == 0 { "a" } else { "b" };
        routing.run_ike(
            router,
            IkeProcess {
                name: name.to_owned(),
                connections: vec![Arc::new(connection)],
                tunnels: vec![Protected {
                    connection: Id::from_index(0),
                    child: Id::from_index(0),
                    tunnel,
                }],
            },
        );
        tunnels.push(tunnel);
        let asn = Asn(65_001 + place as u32);
        let id = RouterId(Ipv4Addr::from([10, 0, 0, 1 + place as u8]));
        let (local, remote) = (net(inner).addr(), net(far.2).addr());
        let own = net(&format!("10.{}.0.0/16", 1 + place));
        let config = speaker::Config {
            rib: Arc::new(rib::Config::new(asn, id)),
            peers: vec![PeerSetup {
                session: session::Config::new(id, (asn, local), (Asn(65_002 - place as u32), remote)),
                routes: Arc::new(PeerConfig::default()),
                subnet: Some(net(inner).trunc()),
                wanted: Wanted::Up,
            }],
            originate: vec![(own, Origination::new(own).attributes())],
        };
        let transport = Transport {
            local,
            remote,
            hop_limit: 1,
            least_hop_limit: 0,
            key: None,
        };
        routing.run_bgp(router, name, config, vec![transport]);
    }
    let mut blueprint = Blueprint::empty("tunnel");
    for (id, name) in [(a, "a"), (b, "b"), (internet, "internet")] {
        blueprint.names.insert(id, name);
    }
    blueprint.routing = routing;
    let mut world = World::build(&blueprint, 1).expect("the lab can be built");
    world.set_keep(Keep::All);
    Lab {
        world,
        gateways: [a, b],
        tunnels: [tunnels[0], tunnels[1]],
        far_link,
    }
}

fn state(world: &World, router: Router) -> Option<State> {
    let (speaker, _) = world.speaker(router)?;
    speaker
        .session(PeerId::from_index(0))
        .map(session::Session::state)
}

fn told(world: &World) -> String {
    let is_told = |record: &&crate::world::Record| !matches!(record.what, Happening::IkeSent(_));
    let line = |record: &crate::world::Record| {
        format!(
            "{} {} {:?} {:?}\n",
            record.id.number(),
            record.at,
            record.subject,
            record.what
        )
    };
    world.trace().records().filter(is_told).map(line).collect()
}

#[test]
fn bgp_comes_up_through_a_tunnel_that_ike_brought_up() {
    let Lab {
        mut world,
        gateways: [a, b],
        tunnels,
        ..
    } = lab(["secret", "secret"]);
    let probe = Header::probe(
        address("169.254.10.2"),
        address("169.254.10.1"),
        Protocol::Icmp,
        0,
    );
    let walked = |world: &World| {
        walk(
            world.network(),
            &mut Tracking::default(),
            world.now(),
            Place::RouterEgress(a),
            &probe,
        )
    };
    // Without a security association nothing gets in.
    let mut bare = lab(["secret", "other"]).world;
    bare.run_until(at(120), u64::MAX, &mut []);
    let refusal = walked(&bare).refusal().map(|refusal| refusal.reason);
    assert_eq!(refusal, Some(Reason::NoRoute), "the tunnel's interface is down");
    assert_ne!(state(&bare, a), Some(State::Established));
    world.run_until(at(60), u64::MAX, &mut []);
    assert_eq!(state(&world, a), Some(State::Established), "{}", told(&world));
    assert_eq!(state(&world, b), Some(State::Established));
    let path = walked(&world);
    assert_eq!(path.delay(), Span::millis(20));
    let through: Vec<_> = path.hops.iter().map(|hop| world.names().of(hop.node)).collect();
    assert_eq!(through, ["a", "a", "internet", "b", "b"]);
    // Hours later the keys have been replaced many times, and the session never noticed.
    world.run_until(at(20 * 3_600), u64::MAX, &mut []);
    let renewed = |record: &crate::world::Record| {
        record.subject == tunnels[0].into()
            && matches!(record.what, Happening::TunnelProtected { replaces: true, .. })
    };
    assert!(world.trace().records().filter(|record| renewed(record)).count() > 15);
    let lost = |record: &&crate::world::Record| {
        // Before the tunnel was up BGP's first packets took the default route, and did not get far.
        let late = record.at > at(1);
        late && matches!(
            &record.what,
            Happening::TunnelBare { .. } | Happening::Dropped { .. }
        )
    };
    assert_eq!(
        world.trace().records().filter(lost).count(),
        0,
        "{}",
        told(&world)
    );
    assert_eq!(state(&world, a), Some(State::Established));
}

#[test]
fn a_silent_underlay_is_found_by_dpd_or_the_hold_timer_and_comes_back() {
    let Lab {
        mut world,
        gateways: [a, _],
        far_link,
        ..
    } = lab(["secret", "secret"]);
    world.run_until(at(60), u64::MAX, &mut []);
    let block = |world: &mut World, passage| {
        for from in [End::A, End::B] {
            let change = LinkChange::Passage { from, passage };
            let lever = RoutingLever::Link {
                link: far_link,
                change,
            };
            world.apply(&Lever::Routing(lever)).expect("the link is there");
        }
    };
    block(&mut world, Passage::Blocked);
    world.run_until(at(60 + 91), u64::MAX, &mut []);
    assert_ne!(state(&world, a), Some(State::Established), "{}", told(&world));
    world.run_until(at(600), u64::MAX, &mut []);
    block(&mut world, Passage::Open);
    world.run_until(at(1_200), u64::MAX, &mut []);
    assert_eq!(state(&world, a), Some(State::Established), "{}", told(&world));
}

#[test]
fn esp_goes_in_udp_where_one_end_wants_it_and_else_as_itself() {
    let udp = |port| (Protocol::Udp, port);
    for (encapsulation, outer) in [
        (Encapsulation::WhenNatDetected, (Protocol::Esp, 0)),
        (Encapsulation::Forced, udp(4500)),
    ] {
        let Lab {
            mut world, gateways, ..
        } = lab_with(["secret", "secret"], encapsulation);
        world.run_until(at(60), u64::MAX, &mut []);
        for (router, [from, to]) in gateways
            .into_iter()
            .zip([["169.254.10.2", "169.254.10.1"], ["169.254.10.1", "169.254.10.2"]])
        {
            let probe = Header::probe(address(from), address(to), Protocol::Icmp, 0);
            let (mut place, mut header, mut seen) = (Place::RouterEgress(router), probe, Vec::new());
            let mut tracking = Tracking::default();
            while let Next::Forward { to, header: next } =
                step(world.network(), &mut tracking, world.now(), place, &header).next
            {
                (place, header) = (to, next);
                let flow = header.flow;
                seen.extend(header.inner.map(|_| (flow.protocol, flow.destination_port)));
            }
            assert!(seen.len() > 2 && seen.iter().all(|it| *it == outer), "{seen:?}");
        }
        let lost = |record: &&crate::world::Record| {
            record.at > at(1) && matches!(record.what, Happening::Dropped { .. })
        };
        assert_eq!(world.trace().records().filter(lost).count(), 0);
    }
}

#[test]
fn bfd_finds_a_silent_link_within_a_second() {
    let mut routing = Routing::default();
    let ends = [("169.254.0.1/30", 0u8), ("169.254.0.2/30", 1)];
    let ids = [
        routing.add_router(Vec::new(), Vec::new()),
        routing.add_router(Vec::new(), Vec::new()),
    ];
    let link = routing.connect(
        (ids[0], net(ends[0].0)),
        (ids[1], net(ends[1].0)),
        LinkSpec::default(),
    );
    for (place, router) in ids.into_iter().enumerate() {
        let asn = Asn(65_001 + place as u32);
        let id = RouterId(Ipv4Addr::from([10, 0, 0, 1 + place as u8]));
        let (local, remote) = (net(ends[place].0).addr(), net(ends[1 - place].0).addr());
        let config = speaker::Config {
            rib: Arc::new(rib::Config::new(asn, id)),
            peers: vec![PeerSetup {
                session: session::Config::new(id, (asn, local), (Asn(65_002 - place as u32), remote)),
                routes: Arc::new(PeerConfig::default()),
                subnet: Some(net(ends[place].0).trunc()),
                wanted: Wanted::Up,
            }],
            originate: Vec::new(),
        };
        let transport = Transport {
            local,
            remote,
            hop_limit: 1,
            least_hop_limit: 0,
            key: None,
        };
        routing.run_bgp(router, "r", config, vec![transport]);
        routing.watch_by_bfd(router, PeerId::from_index(0), bfd::Config::default());
    }
    let blueprint = Blueprint {
        routing,
        ..Blueprint::empty("bfd")
    };
    let mut world = World::build(&blueprint, 1).expect("the lab can be built");
    world.set_keep(Keep::All);
    world.run_until(at(30), u64::MAX, &mut []);
    assert_eq!(
        state(&world, ids[0]),
        Some(State::Established),
        "{}",
        told(&world)
    );
    for from in [End::A, End::B] {
        let change = LinkChange::Passage {
            from,
            passage: Passage::Blocked,
        };
        let lever = RoutingLever::Link { link, change };
        world.apply(&Lever::Routing(lever)).expect("the link is there");
    }
    world.run_until(SimTime::at(Span::millis(30_550)), u64::MAX, &mut []);
    assert_eq!(state(&world, ids[0]), Some(State::Established));
    world.run_until(SimTime::at(Span::millis(30_950)), u64::MAX, &mut []);
    assert_ne!(
        state(&world, ids[0]),
        Some(State::Established),
        "{}",
        told(&world)
    );
}
