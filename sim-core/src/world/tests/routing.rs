//! Routers that speak BGP over the lab's own packets.

use std::sync::Arc;

use ipnet::Ipv4Net;

use crate::kernel::Keep;
use crate::net::tcp::Closed;
use crate::proto::bgp::rib::{self, PeerConfig};
use crate::proto::bgp::session;
use crate::proto::bgp::speaker::{self, PeerSetup, Wanted};
use crate::proto::bgp::{Asn, Code, RouterId};
use crate::resource::{BgpSessionId, LinkId, RouterId as Router};
use crate::site::{Carrier, End, LinkChange, Passage};
use crate::units::{SimTime, Span};
use crate::world::blueprint::Blueprint;
use crate::world::lever::{Lever, LeverError};
use crate::world::routing::{
    LinkSpec, Origination, OutsideChange, Process, Routing, RoutingLever, RoutingLeverError, SpeakerChange,
    Transport, Unread,
};
use crate::world::{Happening, Record, World};

fn net(text: &str) -> Ipv4Net {
    text.parse().expect("a prefix")
}

fn speaker(
    asn: u32,
    id: [u8; 4],
    link: (&str, &str),
    peer_as: u32,
    own: &str,
) -> (speaker::Config, Vec<Transport>) {
    let (asn, id) = (Asn(asn), RouterId(id.into()));
    let (local, remote) = (net(link.0).addr(), net(link.1).addr());
    let session = session::Config::new(id, (asn, local), (Asn(peer_as), remote));
    let config = speaker::Config {
        rib: Arc::new(rib::Config::new(asn, id)),
        peers: vec![PeerSetup {
            session,
            routes: Arc::new(PeerConfig::default()),
            subnet: Some(net(link.0).trunc()),
            wanted: Wanted::Up,
        }],
        originate: vec![(net(own), Origination::new(net(own)).attributes())],
    };
    let transport = Transport {
        local,
        remote,
        hop_limit: 1,
        least_hop_limit: 0,
        key: None,
    };
    (config, vec![transport])
}

/// Two routers of two autonomous systems on one link.
fn blueprint() -> (Blueprint, [Router; 2], LinkId) {
    let mut routing = Routing::default();
    let a = routing.add_router(Vec::new(), Vec::new());
    let b = routing.add_router(Vec::new(), Vec::new());
    let ends = ("169.254.0.1/30", "169.254.0.2/30");
    let link = routing.connect((a, net(ends.0)), (b, net(ends.1)), LinkSpec::default());
    let (config, transports) = speaker(65_001, [10, 0, 0, 1], ends, 64_512, "10.1.0.0/16");
    routing.run_bgp(a, "a", config, transports);
    let (config, transports) = speaker(64_512, [10, 0, 0, 2], (ends.1, ends.0), 65_001, "10.2.0.0/16");
    routing.run_bgp(b, "b", config, transports);
    let mut blueprint = Blueprint::empty("pair");
    for (id, name) in [(a, "a"), (b, "b")] {
        blueprint.names.insert(id, name);
    }
    blueprint.names.insert(link, "a-b");
    blueprint.routing = routing;
    (blueprint, [a, b], link)
}

fn pair() -> (World, [Router; 2], LinkId) {
    let (blueprint, routers, link) = blueprint();
    let mut world = World::build(&blueprint, 1).expect("the lab can be built");
    world.set_keep(Keep::All);
    (world, routers, link)
}

fn at(millis: u64) -> SimTime {
    SimTime::at(Span::millis(millis))
}

fn told(world: &World) -> String {
    let line = |record: &Record| {
        format!(
            "{} {} {:?} {:?} <- {:?}\n",
            record.id.number(),
            record.at,
            record.subject,
            record.what,
            record.cause.map(|it| it.number())
        )
    };
    world.trace().records().map(line).collect()
}

fn established(world: &World) -> usize {
    let up = |(_, session): &(_, crate::world::routing::SessionRead<'_>)| {
        let state = session
            .speaker
            .session(session.row.peer)
            .map(session::Session::state);
        state == Some(session::State::Established)
    };
    world.bgp_sessions().filter(up).count()
}

#[test]
fn two_routers_exchange_their_prefixes() {
    let (mut world, [a, b], _) = pair();
    world.run_until(at(5_000), u64::MAX, &mut []);
    assert_eq!(established(&world), 2, "{}", told(&world));
    let routes = |router| -> Vec<String> {
        world
            .fib(router)
            .map(|entry| format!("{} {}", entry.prefix, entry.route.source))
            .collect()
    };
    assert_eq!(routes(a), ["10.2.0.0/16 eBGP", "169.254.0.0/30 connected"]);
    assert_eq!(routes(b), ["10.1.0.0/16 eBGP", "169.254.0.0/30 connected"]);
}

#[test]
fn a_lost_carrier_is_seen_at_once_and_a_silent_link_by_the_hold_timer() {
    let (mut world, _, link) = pair();
    world.run_until(at(5_000), u64::MAX, &mut []);
    let mut silent = world.clone();
    let pull = |world: &mut World, change| {
        let lever = Lever::Routing(RoutingLever::Link { link, change });
        world.apply(&lever).expect("the link is there");
    };
    pull(&mut world, LinkChange::Carrier(Carrier::Down));
    assert_eq!(established(&world), 0);
    for from in [End::A, End::B] {
        let passage = Passage::Blocked;
        pull(&mut silent, LinkChange::Passage { from, passage });
    }
    silent.run_until(at(60_000), u64::MAX, &mut []);
    assert_eq!(established(&silent), 2);
    // Both heard the other last at most a keepalive ago.
    silent.run_until(at(5_000 + 90_000), u64::MAX, &mut []);
    assert_eq!(established(&silent), 0, "{}", told(&silent));
}

/// The pair, with somebody outside of the lab in the place of the first router's process.
fn pair_with_outsider() -> (World, BgpSessionId, [Router; 2]) {
    let (mut blueprint, routers, _) = blueprint();
    blueprint.routing.begin_bgp_as(routers[0], Process::Outside);
    let world = World::build(&blueprint, 1).expect("the lab can be built");
    let session = world
        .session_with(routers[0], rib::PeerId::from_index(0))
        .expect("the first router has one session");
    (world, session, routers)
}

fn outside(world: &mut World, session: BgpSessionId, change: OutsideChange) -> Result<(), LeverError> {
    let lever = Lever::Routing(RoutingLever::Outside { session, change });
    world.apply(&lever).map(|_| ())
}

#[test]
fn an_outsider_says_octets_and_hears_what_is_answered() {
    let (mut world, session, [_, b]) = pair_with_outsider();
    let nonsense: Arc<[u8]> = [0; 19].into();
    let say = OutsideChange::Say(nonsense);
    let early = outside(&mut world, session, say.clone());
    assert_eq!(early, Err(LeverError::Routing(RoutingLeverError::Connection)));
    outside(&mut world, session, OutsideChange::Call).expect("nobody has called");
    world.run_until(at(1_000), u64::MAX, &mut []);
    outside(&mut world, session, say).expect("the connection stands");
    world.run_until(at(2_000), u64::MAX, &mut []);
    let heard: Vec<Unread> = world.unread(session).collect();
    let ends: Vec<_> = heard.iter().map(|it| it.ended).collect();
    assert_eq!(ends, [Some(Closed::Finished)]);
    // An OPEN, then NOTIFICATION 1/1: the marker was not all ones.
    let octets = &heard[0].octets;
    assert_eq!(octets[18], 1);
    assert_eq!(octets[octets.len() - 3..], [3, 1, 1]);
    // Sessions of the lab's own processes are not to be spoken for.
    let own = world.session_with(b, rib::PeerId::from_index(0));
    let refused = outside(
        &mut world,
        own.expect("the second router has one session"),
        OutsideChange::Call,
    );
    assert_eq!(refused, Err(LeverError::Routing(RoutingLeverError::NotOutside)));
}

#[test]
fn a_frozen_process_learns_later_what_reached_its_host() {
    let (mut world, [a, _], _) = pair();
    world.run_until(at(5_000), u64::MAX, &mut []);
    let speaker = |world: &mut World, change| {
        let lever = Lever::Routing(RoutingLever::Speaker { router: a, change });
        world.apply(&lever).expect("the process is in a state for that");
    };
    speaker(&mut world, SpeakerChange::Freeze);
    world.run_until(at(100_000), u64::MAX, &mut []);
    // The other router's hold timer ran out; this one does not know.
    let told = |world: &World| -> Vec<speaker::Way> {
        let way = |record: &Record| match &record.what {
            Happening::Bgp(notice) => match **notice {
                speaker::Notice::Notification { way, code, .. } if code == Code::HOLD_TIMER_EXPIRED => {
                    Some(way)
                }
                _ => None,
            },
            _ => None,
        };
        world.trace().records().filter_map(way).collect()
    };
    assert_eq!(told(&world), [speaker::Way::Sent]);
    speaker(&mut world, SpeakerChange::Thaw);
    assert_eq!(told(&world), [speaker::Way::Sent, speaker::Way::Received]);
    world.run_until(at(300_000), u64::MAX, &mut []);
    assert_eq!(established(&world), 2);
}

#[test]
fn beats_across_a_link_that_jitters_are_carried_one_by_one() {
    let (mut world, _, link) = pair();
    let jitter = |span| {
        let change = LinkChange::Jitter(span);
        Lever::Routing(RoutingLever::Link { link, change })
    };
    let events_of_an_hour = |world: &mut World| {
        let before = world.n_events();
        world.run_until(world.now() + Span::hours(1), u64::MAX, &mut []);
        world.n_events() - before
    };
    world.run_until(at(5_000), u64::MAX, &mut []);
    assert!(events_of_an_hour(&mut world) < 20);
    world.apply(&jitter(Span::millis(40))).expect("it fits");
    assert!(events_of_an_hour(&mut world) > 200);
    assert_eq!(established(&world), 2, "{}", told(&world));
    world.apply(&jitter(Span::ZERO)).expect("it fits");
    events_of_an_hour(&mut world);
    assert!(events_of_an_hour(&mut world) < 20);
}
