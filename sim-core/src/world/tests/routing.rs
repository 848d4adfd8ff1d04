//! Routers that speak BGP over the lab's own packets.

use std::sync::Arc;

use ipnet::Ipv4Net;

use crate::kernel::Keep;
use crate::proto::bgp::rib::{self, PeerConfig};
use crate::proto::bgp::session;
use crate::proto::bgp::speaker::{self, PeerSetup, Wanted};
use crate::proto::bgp::{Asn, RouterId};
use crate::resource::{LinkId, RouterId as Router};
use crate::site::{Carrier, End, LinkChange, Passage};
use crate::units::{SimTime, Span};
use crate::world::blueprint::Blueprint;
use crate::world::lever::Lever;
use crate::world::routing::{LinkSpec, Origination, Routing, RoutingLever, Transport};
use crate::world::{Record, World};

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
fn pair() -> (World, [Router; 2], LinkId) {
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
    let mut world = World::build(&blueprint, 1).expect("the lab can be built");
    world.set_keep(Keep::All);
    (world, [a, b], link)
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
