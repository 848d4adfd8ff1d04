//! Whether heartbeats are left out or carried, a lab tells the same.

use std::fmt::Write as _;
use std::net::Ipv4Addr;
use std::sync::Arc;

use ipnet::Ipv4Net;
use proptest::prelude::*;

use crate::kernel::{Id, Keep};
use crate::proto::bfd;
use crate::proto::bgp::rib::{self, PeerConfig, PeerId};
use crate::proto::bgp::session::{self, State};
use crate::proto::bgp::speaker::{self, PeerSetup, Wanted};
use crate::proto::bgp::{Asn, RouterId};
use crate::proto::ike::change::ConnectionChange;
use crate::resource::{BgpSessionId, LinkId, RouterId as Router, TunnelId};
use crate::site::{AdminState, Carrier, End, LinkChange, Passage, RouterChange, Running, StaticRoute};
use crate::units::{Ppm, SimTime, Span};
use crate::world::blueprint::Blueprint;
use crate::world::lever::Lever;
use crate::world::routing::{
    Capture, IgpProcess, IkeChange, LinkSpec, Origination, Routing, RoutingLever, SessionChange,
    SpeakerChange, Transport, TunnelChange,
};
use crate::world::{Happening, World};

pub(super) fn net(text: &str) -> Ipv4Net {
    text.parse().expect("a prefix")
}
pub(super) fn host(text: &str) -> Ipv4Addr {
    text.parse().expect("an address")
}
pub(super) fn at(secs: u64) -> SimTime {
    SimTime::at(Span::secs(secs))
}

/// How many kinds of levers are pulled.
const N_LEVERS: u8 = 33;

/// A lab, and what levers can be pulled in it.
#[derive(Clone)]
pub(super) struct Ground {
    pub(super) world: World,
    pub(super) routers: Vec<Router>,
    pub(super) links: Vec<LinkId>,
    /// Routes that may come and go, with the router that has them.
    pub(super) routes: Vec<(Router, StaticRoute)>,
}

/// One session of a router: with whom, over which addresses, and how far its packets get.
pub(super) struct Line<'a> {
    pub(super) local: &'a str,
    pub(super) remote: &'a str,
    pub(super) peer_as: u32,
    pub(super) hop_limit: u8,
    pub(super) keepalive: Span,
}

/// How often BGP says that it is there, where nothing else is asked for.
const KEEPALIVE: Span = Span::secs(10);

pub(super) fn run_bgp(routing: &mut Routing, router: Router, name: &str, asn: u32, lines: &[Line<'_>]) {
    let number = u8::try_from(router.index()).expect("few routers") + 1;
    let id = RouterId(Ipv4Addr::from([10, 0, 0, number]));
    let own = Ipv4Net::new(Ipv4Addr::from([10, number, 0, 0]), 16).expect("a length");
    let setup = |line: &Line<'_>| {
        let (local, remote) = (host(line.local), host(line.remote));
        let mut session = session::Config::new(id, (Asn(asn), local), (Asn(line.peer_as), remote));
        session.timers.hold = line.keepalive * 3;
        session.timers.keepalive = line.keepalive;
        session.timers.connect_retry = Span::secs(20);
        PeerSetup {
            session,
            routes: Arc::new(PeerConfig::default()),
            subnet: None,
            wanted: Wanted::Up,
        }
    };
    let transport = |line: &Line<'_>| Transport {
        local: host(line.local),
        remote: host(line.remote),
        hop_limit: line.hop_limit,
        least_hop_limit: 0,
        key: None,
    };
    let config = speaker::Config {
        rib: Arc::new(rib::Config::new(Asn(asn), id)),
        peers: lines.iter().map(setup).collect(),
        originate: vec![(own, Origination::new(own).attributes())],
    };
    routing.run_bgp(router, name, config, lines.iter().map(transport).collect());
}

pub(super) fn build(routing: Routing, names: &[(Router, &str)], seed: u64) -> World {
    let mut blueprint = Blueprint::empty("elision");
    for (id, name) in names {
        blueprint.names.insert(*id, *name);
    }
    blueprint.routing = routing;
    let mut world = World::build(&blueprint, seed).expect("the lab can be built");
    world.set_keep(Keep::All);
    world
}

/// Two routers on a link of 3 ms, with BFD beside their session.
fn pair(seed: u64) -> Ground {
    let mut routing = Routing::default();
    let routers = [(); 2].map(|()| routing.add_router(Vec::new(), Vec::new()));
    let ends = ["169.254.0.1", "169.254.0.2"];
    let delay = Span::millis(3);
    let spec = LinkSpec {
        delay,
        ..LinkSpec::default()
    };
    let on = |place: usize| {
        (
            routers[place],
            Ipv4Net::new(host(ends[place]), 30).expect("a length"),
        )
    };
    let link = routing.connect(on(0), on(1), spec);
    for (place, router) in routers.into_iter().enumerate() {
        let line = Line {
            local: ends[place],
            remote: ends[1 - place],
            peer_as: 65_002 - place as u32,
            hop_limit: 1,
            keepalive: KEEPALIVE,
        };
        run_bgp(
            &mut routing,
            router,
            ["a", "b"][place],
            65_001 + place as u32,
            &[line],
        );
        routing.watch_by_bfd(router, PeerId::from_index(0), bfd::Config::default());
    }
    let world = build(routing, &[(routers[0], "a"), (routers[1], "b")], seed);
    Ground {
        world,
        routers: routers.to_vec(),
        links: vec![link],
        routes: Vec::new(),
    }
}

/// Three routers in a ring. `a` and `c` speak iBGP between loopbacks by way of `b`, or over their own link while a
/// static route says so; `b` speaks eBGP with both, and with a peer that is never there.
fn ring(seed: u64) -> Ground {
    let mut routing = Routing::default();
    let route = |to: &str, via: &str| StaticRoute {
        prefix: net(to),
        via: Some(host(via)),
        metric: 1,
    };
    let a = routing.add_router(
        vec![host("192.0.2.1")],
        vec![route("192.0.2.3/32", "169.254.0.2")],
    );
    let b = routing.add_router(
        Vec::new(),
        vec![
            route("192.0.2.1/32", "169.254.0.1"),
            route("192.0.2.3/32", "169.254.0.6"),
        ],
    );
    let c = routing.add_router(
        vec![host("192.0.2.3")],
        vec![route("192.0.2.1/32", "169.254.0.5")],
    );
    let spec = |millis| LinkSpec {
        delay: Span::millis(millis),
        ..LinkSpec::default()
    };
    let links = vec![
        routing.connect((a, net("169.254.0.1/30")), (b, net("169.254.0.2/30")), spec(1)),
        routing.connect((b, net("169.254.0.5/30")), (c, net("169.254.0.6/30")), spec(20)),
        routing.connect((c, net("169.254.0.9/30")), (a, net("169.254.0.10/30")), spec(50)),
        routing.connect((b, net("169.254.0.13/30")), (c, net("169.254.0.14/30")), spec(2)),
    ];
    let line = |local, remote, peer_as, hop_limit| Line {
        local,
        remote,
        peer_as,
        hop_limit,
        keepalive: KEEPALIVE,
    };
    run_bgp(
        &mut routing,
        a,
        "a",
        65_001,
        &[
            line("192.0.2.1", "192.0.2.3", 65_001, 64),
            line("169.254.0.1", "169.254.0.2", 65_002, 1),
        ],
    );
    run_bgp(
        &mut routing,
        b,
        "b",
        65_002,
        &[
            line("169.254.0.2", "169.254.0.1", 65_001, 1),
            line("169.254.0.5", "169.254.0.6", 65_001, 1),
            line("169.254.0.13", "169.254.0.14", 65_009, 1),
        ],
    );
    run_bgp(
        &mut routing,
        c,
        "c",
        65_001,
        &[
            line("192.0.2.3", "192.0.2.1", 65_001, 64),
            line("169.254.0.6", "169.254.0.5", 65_002, 1),
        ],
    );
    routing.watch_by_bfd(b, PeerId::from_index(1), bfd::Config::default());
    routing.watch_by_bfd(c, PeerId::from_index(1), bfd::Config::default());
    let world = build(routing, &[(a, "a"), (b, "b"), (c, "c")], seed);
    let routes = vec![
        (a, route("192.0.2.3/32", "169.254.0.9")),
        (c, route("192.0.2.1/32", "169.254.0.10")),
        (a, route("192.0.2.3/32", "169.254.0.2")),
        (c, route("192.0.2.1/32", "169.254.0.5")),
    ];
    Ground {
        world,
        routers: vec![a, b, c],
        links,
        routes,
    }
}

/// Four routers of one area in a ring. Those across from each other speak iBGP between loopbacks, by whichever way the
/// interior routing finds; each forwards by a change after a time of its own.
fn area(seed: u64) -> Ground {
    let mut routing = Routing::default();
    let loopback = |place: usize| format!("192.0.2.{}", place + 1);
    let routers = [0, 1, 2, 3].map(|place| routing.add_router(vec![host(&loopback(place))], Vec::new()));
    let mut links = Vec::new();
    for place in 0..4 {
        let prefix = |last| net(&format!("169.254.{place}.{last}/30"));
        let (near, far) = (routers[place], routers[(place + 1) % 4]);
        let spec = LinkSpec {
            delay: Span::millis(1 + 7 * place as u64),
            ..LinkSpec::default()
        };
        links.push(routing.connect((near, prefix(1)), (far, prefix(2)), spec));
    }
    routing.igp.areas.push("ring".to_owned());
    for (place, router) in routers.into_iter().enumerate() {
        let process = IgpProcess {
            area: 0,
            convergence: Span::millis(300 * place as u64),
            announce: Vec::new(),
            passive: std::collections::BTreeSet::new(),
        };
        routing.igp.processes.insert(router, Arc::new(process));
        let (local, remote) = (loopback(place), loopback((place + 2) % 4));
        let line = Line {
            local: &local,
            remote: &remote,
            peer_as: 65_001,
            hop_limit: 64,
            keepalive: KEEPALIVE,
        };
        run_bgp(&mut routing, router, ["a", "b", "c", "d"][place], 65_001, &[line]);
    }
    let names = [
        (routers[0], "a"),
        (routers[1], "b"),
        (routers[2], "c"),
        (routers[3], "d"),
    ];
    Ground {
        world: build(routing, &names, seed),
        routers: routers.to_vec(),
        links,
        routes: Vec::new(),
    }
}

/// BGP through a tunnel that IKE keeps up.
fn tunnel() -> Ground {
    let lab = super::tunnels::lab(["secret", "secret"]);
    Ground {
        world: lab.world,
        routers: lab.gateways.to_vec(),
        links: vec![LinkId::from_index(0), lab.far_link],
        routes: Vec::new(),
    }
}

impl Ground {
    /// The lever of this number; each says what it does to what is chosen by `which`.
    pub(super) fn lever(&self, number: u8, which: usize) -> RoutingLever {
        let link = self.links[which % self.links.len()];
        let router = self.routers[which % self.routers.len()];
        let session = BgpSessionId::from_index(
            u32::try_from(which % self.world.bgp_sessions().count().max(1)).unwrap_or(0),
        );
        let prefix = Ipv4Net::new(Ipv4Addr::from([172, 16, which as u8, 0]), 24).expect("a length");
        let on_link = |change| RoutingLever::Link { link, change };
        let on_router = |change| RoutingLever::Router { router, change };
        let on_process = |change| RoutingLever::Speaker { router, change };
        let passage = |from, passage| on_link(LinkChange::Passage { from, passage });
        let on_ike = |change| RoutingLever::Ike { router, change };
        let n_tunnels = self.world.tunnels().count() as u32;
        let n_connections = u32::try_from(self.n_connections(router)).unwrap_or(0).max(1);
        let (connection, child) = (Id::from_index(which as u32 % n_connections), Id::from_index(0));
        match number % N_LEVERS {
            0 => passage(End::A, Passage::Blocked),
            1 => passage(End::B, Passage::Blocked),
            2 => passage(End::A, Passage::Open),
            3 => passage(End::B, Passage::Open),
            4 => on_link(LinkChange::Carrier(Carrier::Down)),
            5 => on_link(LinkChange::Carrier(Carrier::Up)),
            6 => on_link(LinkChange::Loss(Ppm::percent(30))),
            7 | 8 => on_link(LinkChange::Loss(Ppm::ZERO)),
            9 => on_link(LinkChange::Delay(Span::millis(1 + 37 * (which as u64 % 9)))),
            10 => RoutingLever::Session {
                session,
                change: SessionChange::Reset,
            },
            11 => on_process(SpeakerChange::Originate(Origination::new(prefix))),
            12 => on_process(SpeakerChange::Withdraw(vec![prefix])),
            13 => on_process(SpeakerChange::Freeze),
            14 => on_process(SpeakerChange::Thaw),
            15 => on_router(RouterChange::Running(Running::Off)),
            16 | 17 => on_router(RouterChange::Running(Running::Running)),
            18 => on_process(SpeakerChange::Stop),
            19 => on_process(SpeakerChange::Start),
            20 | 21 if !self.routes.is_empty() => {
                let (router, route) = self.routes[which % self.routes.len()];
                let change = RouterChange::SetStaticRoute(route);
                RoutingLever::Router { router, change }
            }
            22 => on_ike(IkeChange::RekeyChild { connection, child }),
            23 => on_ike(IkeChange::Rekey { connection }),
            24 => on_ike(IkeChange::Crash),
            25 => on_ike(IkeChange::Start),
            26 => {
                let row = self.world.network().routers.get(router).expect("it is there");
                let interface = row.interfaces[which % row.interfaces.len()];
                let cost = 1 + u32::from(number) % 30;
                on_router(RouterChange::Cost { interface, cost })
            }
            27 => on_ike(IkeChange::Terminate { connection }),
            28 => on_ike(IkeChange::Initiate { connection, child }),
            29 => on_ike(IkeChange::TerminateChild { connection, child }),
            31 => on_link(LinkChange::Jitter(Span::millis(25 * (which as u64 % 9)))),
            32 => on_link(LinkChange::Jitter(Span::ZERO)),
            30 if n_tunnels > 0 => RoutingLever::Tunnel {
                tunnel: TunnelId::from_index(which as u32 % n_tunnels),
                change: TunnelChange::Configure(Box::new(ConnectionChange {
                    dpd_delay: Some(Span::secs(which as u64 % 12)),
                    ..ConnectionChange::default()
                })),
            },
            _ => {
                let row = self.world.network().routers.get(router).expect("it is there");
                let interface = row.interfaces[which % row.interfaces.len()];
                let admin = match which % 3 {
                    0 => AdminState::Disabled,
                    _ => AdminState::Enabled,
                };
                on_router(RouterChange::Interface { interface, admin })
            }
        }
    }
    fn n_connections(&self, router: Router) -> usize {
        let ike = self.world.ike(router);
        let named = |n: &usize| ike.is_some_and(|ike| ike.connection(Id::from_index(*n as u32)).is_some());
        (0..).take_while(named).count()
    }
    /// Everything that was told, and how all sessions, gateways and tables stand, before and after all are roused.
    pub(super) fn told(&self) -> String {
        let mut text = String::new();
        for record in self.world.trace().records() {
            let cause = record.cause.map(|it| it.number());
            let _ = writeln!(
                text,
                "{} {} {:?} {:?} <- {cause:?}",
                record.id.number(),
                record.at,
                record.subject,
                record.what
            );
        }
        let mut roused = self.world.clone();
        roused.carry_all();
        for world in [&self.world, &roused] {
            for (id, _) in world.bgp_sessions() {
                let _ = writeln!(text, "{:?} {:?}", world.session_facts(id), world.bfd_facts(id));
            }
        }
        for &router in &self.routers {
            let fib: Vec<_> = self.world.fib(router).collect();
            let _ = writeln!(text, "{fib:?}\n{:?}", roused.ike(router));
        }
        text
    }
}

/// The first line in which two texts differ.
pub(super) fn difference(carried: &str, elided: &str) -> Option<String> {
    let mut lines = carried.lines().zip(elided.lines());
    let found = lines.find(|(carried, elided)| carried != elided);
    match found {
        Some((carried, elided)) => {
            // Some lines are long.
            let same = carried
                .bytes()
                .zip(elided.bytes())
                .take_while(|(one, other)| one == other);
            let from = same.count().saturating_sub(400);
            let [carried, elided] = [carried, elided].map(|line| {
                let rest = line.chars().skip(from);
                rest.take(800).collect::<String>()
            });
            Some(format!("carried: {carried}\nelided:  {elided}"))
        }
        None => (carried != elided).then(|| format!("{carried}\n-----\n{elided}")),
    }
}

/// Runs a lab twice with these levers, each after a pause in milliseconds and odd nanoseconds. None where both runs tell
/// the same.
pub(super) fn compare(ground: &Ground, levers: &[(u64, u8, usize)]) -> Option<String> {
    let (mut carried, mut elided) = (ground.clone(), ground.clone());
    carried.world.carry_all();
    let mut until = at(60);
    for (place, &(pause, number, which)) in levers.iter().enumerate() {
        until = until + Span::nanos(pause * 1_000_000 + 1_234_567 + place as u64);
        let lever = Lever::Routing(ground.lever(number, which));
        let results = [&mut carried, &mut elided].map(|ground| {
            ground.world.run_until(until, u64::MAX, &mut []);
            match number % (N_LEVERS + 3) {
                // Twice as likely off as on.
                on if on == N_LEVERS => ground.world.set_capture(Capture::On),
                off if off > N_LEVERS => ground.world.set_capture(Capture::Off),
                _ => return Some(ground.world.apply(&lever)),
            }
            None
        });
        assert_eq!(results[0], results[1]);
    }
    for ground in [&mut carried, &mut elided] {
        ground.world.run_until(until + Span::secs(300), u64::MAX, &mut []);
    }
    difference(&carried.told(), &elided.told())
}

/// As many quiet days as a migration may have to be rehearsed for, and how many events they take.
pub(super) fn quiet_days(ground: &mut Ground) -> u64 {
    let before = ground.world.n_events();
    ground
        .world
        .run_until(SimTime::at(Span::days(90)), u64::MAX, &mut []);
    ground.world.n_events() - before
}

#[test]
fn ninety_quiet_days_take_a_handful_of_events() {
    let mut ground = pair(1);
    assert!(quiet_days(&mut ground) < 300);
    assert_eq!(ground.world.n_left_out(), 2);
    let sessions: Vec<BgpSessionId> = ground.world.bgp_sessions().map(|(id, _)| id).collect();
    let facts = ground.world.session_facts(sessions[0]).expect("it is there");
    assert_eq!(facts.state, State::Established);
    // Every 7.5 to 10 s.
    assert!((777_600..1_036_800).contains(&facts.sent.keepalives), "{facts:?}");
    // An hour with all of them carried, for comparison: it would be 2 160 times as many.
    let mut carried = pair(1);
    carried.world.carry_all();
    carried.world.run_until(at(3_600), u64::MAX, &mut []);
    assert!(carried.world.n_events() > 50_000, "{}", carried.world.n_events());
}

#[test]
fn a_failure_after_ninety_quiet_days_is_found_in_time() {
    let mut ground = pair(7);
    quiet_days(&mut ground);
    let link = ground.links[0];
    for from in [End::A, End::B] {
        let passage = Passage::Blocked;
        let change = LinkChange::Passage { from, passage };
        let lever = RoutingLever::Link { link, change };
        ground
            .world
            .apply(&Lever::Routing(lever))
            .expect("the link is there");
    }
    let cut_at = ground.world.now();
    ground.world.run_until(cut_at + Span::secs(1), u64::MAX, &mut []);
    let mut changes = ground
        .world
        .records_of(|what| matches!(what, Happening::Bfd(change) if change.is_failure()));
    let found_at = changes.next().expect("BFD finds it").at;
    let took = found_at.since(cut_at);
    // Three intervals of 300 ms after the last packet, which came at most an interval before.
    assert!(took > Span::millis(600) && took <= Span::millis(903), "{took}");
}

#[test]
fn who_looks_at_the_wire_sees_every_heartbeat_and_changes_nothing() {
    let mut looked_at = pair(3);
    let mut unseen = looked_at.clone();
    looked_at.world.run_until(at(100), u64::MAX, &mut []);
    assert_eq!(looked_at.world.n_left_out(), 2);
    looked_at.world.set_capture(Capture::On);
    assert_eq!(looked_at.world.n_left_out(), 0);
    looked_at.world.run_until(at(200), u64::MAX, &mut []);
    looked_at.world.set_capture(Capture::Off);
    for ground in [&mut looked_at, &mut unseen] {
        ground.world.run_until(at(300), u64::MAX, &mut []);
    }
    assert!(looked_at.world.n_events() > unseen.world.n_events() + 1_000);
    assert_eq!(looked_at.world.n_left_out(), 2);
    assert_eq!(difference(&unseen.told(), &looked_at.told()), None);
}

#[test]
fn sessions_over_several_hops_and_through_a_tunnel_are_left_out_too() {
    let mut ground = ring(1);
    ground.world.run_until(at(120), u64::MAX, &mut []);
    assert_eq!(ground.world.n_left_out(), 4, "three sessions, and BFD beside one");
    let mut ground = area(1);
    ground.world.run_until(at(120), u64::MAX, &mut []);
    assert_eq!(ground.world.n_left_out(), 2);
    let mut ground = tunnel();
    ground.world.run_until(at(120), u64::MAX, &mut []);
    assert_eq!(ground.world.n_left_out(), 1);
    let before = ground.world.n_events();
    ground.world.run_until(at(120 + 3_000), u64::MAX, &mut []);
    let n_events = ground.world.n_events() - before;
    assert!(n_events < 20, "{n_events}");
    assert_eq!(ground.world.n_watched(), 1);
}

pub(super) fn pauses() -> impl Strategy<Value = Vec<(u64, u8, usize)>> {
    let pause = prop_oneof![3 => 0u64..40_000, 1 => 0u64..400, 1 => 40_000u64..400_000];
    proptest::collection::vec((pause, any::<u8>(), 0usize..64), 1..12)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_pair_tells_the_same(seed in 0u64..1_000, levers in pauses()) {
        prop_assert_eq!(compare(&pair(seed), &levers), None);
    }
    #[test]
    fn a_ring_tells_the_same(seed in 0u64..1_000, levers in pauses()) {
        prop_assert_eq!(compare(&ring(seed), &levers), None);
    }
    #[test]
    fn an_area_tells_the_same(seed in 0u64..1_000, levers in pauses()) {
        prop_assert_eq!(compare(&area(seed), &levers), None);
    }
    #[test]
    fn a_tunnel_tells_the_same(levers in pauses()) {
        prop_assert_eq!(compare(&tunnel(), &levers), None);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    /// Keys are replaced every hour; who sends by old ones, or asks for a peer that was heard, would show it.
    #[test]
    fn a_tunnel_with_new_keys_tells_the_same(
        hours in 0u64..10_000_000, pauses in [0u64..400_000, 0u64..100_000], key in 22u8..24, which: bool,
    ) {
        let levers = [(hours, key, usize::from(which)), (pauses[0], 7, 0), (pauses[1], 0, 1)];
        prop_assert_eq!(compare(&tunnel(), &levers), None);
    }
}
