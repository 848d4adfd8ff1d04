//! Whether gateways' questions after each other are left out or carried, a lab tells the same.

use std::sync::Arc;

use proptest::prelude::*;

use super::elision::{Ground, Line, at, build, compare, difference, host, net, pauses, quiet_days, run_bgp};
use crate::kernel::Id;
use crate::proto::ike::config::{Action, Lifetime, Versions};
use crate::proto::ike::{Child, Connection, Notice};
use crate::resource::{RouterId as Router, TunnelId};
use crate::site::{End, LinkChange, Passage, StaticRoute};
use crate::units::{SimTime, Span};
use crate::world::Happening;
use crate::world::event::Event;
use crate::world::lever::Lever;
use crate::world::routing::{Capture, IkeChange, IkeProcess, LinkSpec, Protected, Routing, RoutingLever};

/// A tunnel from the hub to a peer of its own.
#[derive(Debug, Clone, Copy)]
struct Spoke {
    versions: Versions,
    /// The silence after which the hub asks, and after which the peer does; zero for never.
    ask_after: [Span; 2],
    /// From the first question to giving up, in IKEv1.
    timeout: Span,
    /// How long a packet takes from the peer to where all meet.
    delay: Span,
    lifetime: Lifetime,
    /// What the peer does when the hub is found dead. Where that is to call it, it does so soon after the beginning, too,
    /// so that there are two SAs.
    peer: Action,
    /// How often BGP inside says that it is there; none where there is none.
    keepalive: Option<Span>,
}

const NEVER: Lifetime = Lifetime {
    rekey: Span::ZERO,
    random: Span::ZERO,
    life: Span::ZERO,
};

const SHORT: Lifetime = Lifetime {
    rekey: Span::secs(60),
    random: Span::secs(20),
    life: Span::secs(80),
};

impl Default for Spoke {
    fn default() -> Self {
        Self {
            versions: Versions::V2,
            ask_after: [Span::secs(10); 2],
            timeout: Span::secs(30),
            delay: Span::millis(10),
            lifetime: NEVER,
            // As AWS's side does: it waits to be called.
            peer: Action::Clear,
            keepalive: None,
        }
    }
}

/// `hub` 198.51.100.1 ── internet ── 203.0.113.1, .5 … its peers, a tunnel to each with 169.254.10.0/30, 169.254.11.0/30
/// … inside.
fn star(seed: u64, spokes: &[Spoke]) -> Ground {
    far_star(seed, Span::millis(10), spokes)
}

/// The same, where the hub is so far from where all meet.
fn far_star(seed: u64, delay: Span, spokes: &[Spoke]) -> Ground {
    let mut routing = Routing::default();
    let towards = |via: &str| {
        vec![StaticRoute {
            prefix: net("0.0.0.0/0"),
            via: Some(host(via)),
            metric: 0,
        }]
    };
    let spec = |delay| LinkSpec {
        delay,
        ..LinkSpec::default()
    };
    let hub = routing.add_router(Vec::new(), towards("198.51.100.2"));
    let internet = routing.add_router(Vec::new(), Vec::new());
    let outside = "198.51.100.1";
    let mut ground = vec![(hub, "hub"), (internet, "internet")];
    let mut links = vec![routing.connect(
        (hub, net("198.51.100.1/30")),
        (internet, net("198.51.100.2/30")),
        spec(delay),
    )];
    let (mut connections, mut tunnels, mut inner) = (Vec::new(), Vec::new(), Vec::new());
    for (place, spoke) in spokes.iter().enumerate() {
        let address = |n: usize| format!("203.0.113.{}", place * 4 + n);
        let inside = |n: usize| format!("169.254.{}.{n}", 10 + place);
        let peer = routing.add_router(Vec::new(), towards(&address(2)));
        ground.push((peer, ["b", "c", "d"][place]));
        let on = |router, n| (router, net(&format!("{}/30", address(n))));
        // What two tunnels do is not to fall on the same instant, which no order is promised for.
        let delay = spoke.delay + Span::nanos(1_237 * place as u64);
        links.push(routing.connect(on(internet, 2), on(peer, 1), spec(delay)));
        let connection = |own: usize, local: &str, remote: &str, actions| {
            let mut connection = Connection::route_based("vpn", host(local), host(remote), "secret");
            (connection.versions, connection.lifetime) = (spoke.versions, spoke.lifetime);
            (connection.dpd_delay, connection.dpd_timeout) = (spoke.ask_after[own], spoke.timeout);
            let mut child = Child::route_based("vpn");
            (child.start_action, child.dpd_action) = actions;
            child.lifetime = spoke.lifetime;
            connection.children = vec![Arc::new(child)];
            Arc::new(connection)
        };
        let far = address(1);
        let protected = |connection: usize, tunnel| Protected {
            connection: Id::from_index(connection as u32),
            child: Id::from_index(0),
            tunnel,
        };
        let subnet = |n| net(&format!("{}/30", inside(n)));
        let tunnel = routing.add_tunnel(hub, subnet(2), (host(outside), host(&far)));
        connections.push(connection(0, outside, &far, (Action::Start, Action::Start)));
        tunnels.push(protected(place, tunnel));
        let tunnel = routing.add_tunnel(peer, subnet(1), (host(&far), host(outside)));
        let process = IkeProcess {
            name: far.clone(),
            connections: vec![connection(1, &far, outside, (Action::Clear, spoke.peer))],
            tunnels: vec![protected(0, tunnel)],
        };
        routing.run_ike(peer, process);
        if let Some(keepalive) = spoke.keepalive {
            let line = |own, other, peer_as| (inside(own), inside(other), peer_as, keepalive);
            inner.push(line(2, 1, 65_001 + place as u32));
            run(
                &mut routing,
                (peer, &far),
                65_001 + place as u32,
                &[line(1, 2, 65_000)],
            );
        }
    }
    let process = IkeProcess {
        name: "hub".to_owned(),
        connections,
        tunnels,
    };
    routing.run_ike(hub, process);
    if !inner.is_empty() {
        run(&mut routing, (hub, "hub"), 65_000, &inner);
    }
    let routers: Vec<Router> = ground.iter().map(|(router, _)| *router).collect();
    let mut world = build(routing, &ground, seed);
    let callers = spokes.iter().zip(&routers[2..]);
    for (place, (_, &router)) in callers
        .enumerate()
        .filter(|(_, (it, _))| it.peer == Action::Start)
    {
        // Each at an odd instant, so that what the two SAs do falls on none together.
        world.run_until(
            SimTime::from_nanos(5_000_321 * (place as u64 + 1)),
            u64::MAX,
            &mut [],
        );
        let (connection, child) = (Id::from_index(0), Id::from_index(0));
        let change = IkeChange::Initiate { connection, child };
        let lever = Lever::Routing(RoutingLever::Ike { router, change });
        world.apply(&lever).expect("it is a gateway");
    }
    Ground {
        world,
        routers,
        links,
        routes: Vec::new(),
    }
}

fn run(
    routing: &mut Routing,
    (router, name): (Router, &str),
    asn: u32,
    lines: &[(String, String, u32, Span)],
) {
    let line = |(local, remote, peer_as, keepalive): &'_ (String, String, u32, Span)| {
        let (peer_as, keepalive) = (*peer_as, *keepalive);
        (local.clone(), remote.clone(), peer_as, keepalive)
    };
    let lines: Vec<_> = lines.iter().map(line).collect();
    let lines: Vec<Line<'_>> = lines
        .iter()
        .map(|(local, remote, peer_as, keepalive)| Line {
            local,
            remote,
            peer_as: *peer_as,
            hop_limit: 1,
            keepalive: *keepalive,
        })
        .collect();
    run_bgp(routing, router, name, asn, &lines);
}

fn block(ground: &mut Ground, link: usize) {
    for from in [End::A, End::B] {
        let passage = Passage::Blocked;
        let lever = RoutingLever::Link {
            link: ground.links[link],
            change: LinkChange::Passage { from, passage },
        };
        let lever = Lever::Routing(lever);
        ground.world.apply(&lever).expect("the link is there");
    }
}

#[test]
fn ninety_quiet_days_of_two_tunnels_take_a_handful_of_events() {
    for versions in [Versions::V1, Versions::V2] {
        let spoke = Spoke {
            versions,
            ..Spoke::default()
        };
        let mut ground = star(1, &[spoke; 2]);
        let n_events = quiet_days(&mut ground);
        assert!(n_events < 300, "{versions:?}: {n_events}");
        assert_eq!(ground.world.n_watched(), 2);
        // An hour with all of them carried, for comparison: it would be 2 160 times as many.
        let mut carried = star(1, &[spoke; 2]);
        carried.world.carry_all();
        carried.world.run_until(at(3_600), u64::MAX, &mut []);
        assert!(carried.world.n_events() > 4_000, "{}", carried.world.n_events());
    }
}

/// With BGP inside that speaks less often than gateways ask, and keys that are replaced every hour.
#[test]
fn quiet_days_with_sessions_inside_take_what_new_keys_take() {
    let spoke = Spoke {
        keepalive: Some(Span::secs(30)),
        lifetime: Lifetime::with_margin(Span::hours(1), Span::secs(270), 100),
        ..Spoke::default()
    };
    let mut ground = star(1, &[spoke; 2]);
    ground.world.run_until(at(60), u64::MAX, &mut []);
    let before = ground.world.n_events();
    ground
        .world
        .run_until(SimTime::at(Span::days(1)), u64::MAX, &mut []);
    let n_events = ground.world.n_events() - before;
    assert_eq!(ground.world.n_watched(), 2);
    assert!(n_events < 10_000, "{n_events}");
}

/// What was told after a cut that came so long after the beginning.
fn told_after_cut(spoke: Spoke, cut_at: SimTime) -> Vec<String> {
    let mut ground = star(3, &[spoke]);
    ground.world.run_until(cut_at, u64::MAX, &mut []);
    block(&mut ground, 1);
    ground
        .world
        .run_until(cut_at + Span::secs(400), u64::MAX, &mut []);
    let records = ground.world.trace().records();
    let told = records.filter(|record| record.at >= cut_at && matches!(record.what, Happening::Ike(_)));
    told.map(|record| format!("{} {:?}", record.at - cut_at, record.what))
        .collect()
}

#[test]
fn a_cut_after_ninety_quiet_days_is_found_as_after_one_round() {
    for versions in [Versions::V1, Versions::V2] {
        let spoke = Spoke {
            versions,
            ..Spoke::default()
        };
        // Each side asks a delay and a round trip of 40 ms after it did before.
        let round = Span::millis(10_040);
        let n_rounds = Span::days(90).as_nanos() / round.as_nanos();
        let early = at(100);
        let late = early + round * n_rounds;
        for after in [0, 3, 9, 10, 15].map(Span::secs) {
            let (early, late) = (
                told_after_cut(spoke, early + after),
                told_after_cut(spoke, late + after),
            );
            assert!(
                early.iter().any(|line| line.contains("PeerDead")),
                "{versions:?}: {early:?}"
            );
            assert_eq!(early, late, "{versions:?} {after}");
        }
    }
}

#[test]
fn who_looks_at_the_wire_sees_every_question_and_changes_nothing() {
    for versions in [Versions::V1, Versions::V2] {
        let spoke = Spoke {
            versions,
            ..Spoke::default()
        };
        let mut looked_at = star(5, &[spoke]);
        let mut unseen = looked_at.clone();
        looked_at.world.run_until(at(100), u64::MAX, &mut []);
        assert_eq!(looked_at.world.n_watched(), 1);
        let before = looked_at.world.trace().records().len();
        looked_at.world.set_capture(Capture::On);
        assert_eq!(looked_at.world.n_watched(), 0);
        looked_at.world.run_until(at(200), u64::MAX, &mut []);
        looked_at.world.set_capture(Capture::Off);
        for ground in [&mut looked_at, &mut unseen] {
            ground.world.run_until(at(300), u64::MAX, &mut []);
        }
        assert_eq!(looked_at.world.n_watched(), 1);
        let n_seen = looked_at.world.trace().records().len() - before;
        // Both sides ask every 10 s, and answer.
        assert!((36..=40).contains(&n_seen), "{n_seen}");
        // What is left of the text without the records is how everything stands.
        let stands = |ground: &Ground| {
            let told = ground.told();
            let all = told.lines().filter(|line| !line.contains(" <- "));
            all.map(|line| format!("{line}\n")).collect::<String>()
        };
        assert_eq!(difference(&stands(&unseen), &stands(&looked_at)), None);
    }
}

/// What the second tunnel's gateways ask each other, and when.
fn asked(spokes: [Spoke; 2]) -> Vec<String> {
    let mut ground = star(9, &spokes);
    ground.world.set_capture(Capture::On);
    ground.world.run_until(at(300), u64::MAX, &mut []);
    let ends: Vec<_> = [2, 3].map(|n| TunnelId::from_index(n).into()).to_vec();
    let told = ground
        .world
        .trace()
        .records()
        .filter_map(|record| match &record.what {
            Happening::IkeSent(summary) if ends.contains(&record.subject) => Some(format!(
                "{} {:?} {:?}",
                record.at.as_nanos(),
                record.subject,
                (&summary.payloads, &summary.notifies, summary.direction)
            )),
            _ => None,
        });
    told.collect()
}

/// Both ask at the same pace, so that each is due to ask just when the other's question comes in. Which is first must not
/// depend on when the gateway's clock was set, which another tunnel has a say in.
#[test]
fn what_a_gateway_asks_does_not_depend_on_its_other_tunnels() {
    for versions in [Versions::V1, Versions::V2] {
        let spoke = Spoke {
            versions,
            ..Spoke::default()
        };
        let silent = Spoke {
            ask_after: [Span::ZERO; 2],
            ..spoke
        };
        let alone = asked([silent, spoke]);
        assert!(alone.len() > 100, "{alone:?}");
        // The first tunnel came up a few microseconds sooner, and its gateway asks as much sooner.
        assert_eq!(alone, asked([spoke, spoke]));
    }
}

/// Keys of both ends are replaced at the same nanosecond where nothing lies between them, and one of the two is told of
/// first. When each clock was set must not decide which, as a clock is set less often where questions are left out.
#[test]
fn keys_that_end_at_once_are_told_of_in_the_same_order() {
    for versions in [Versions::V1, Versions::V2] {
        for (ask_after, peer) in [([1_000; 2], Action::Clear), ([722; 2], Action::Start)] {
            let spoke = Spoke {
                versions,
                ask_after: ask_after.map(Span::millis),
                delay: Span::ZERO,
                lifetime: SHORT,
                peer,
                ..Spoke::default()
            };
            for seed in 0..8 {
                let ground = far_star(seed, Span::ZERO, &[spoke]);
                assert_eq!(compare(&ground, &[(200_000, 7, 0)]), None, "{spoke:?} {seed}");
            }
        }
    }
}

/// A packet of a peer's that is given up on goes through `internet` at the very instant at which the hub repeats a question,
/// as nothing lies between those two. Whether the hub's clock was set before the packet was sent must not decide which is
/// first, as another spoke's questions have it set more often.
#[test]
fn what_a_clock_does_comes_before_what_passes_at_the_same_instant() {
    let slow = Spoke {
        versions: Versions::V1,
        ask_after: [Span::secs(1), Span::secs(10)],
        ..Spoke::default()
    };
    let spokes = [
        Spoke {
            delay: Span::millis(41),
            ..Spoke::default()
        },
        slow,
        Spoke {
            delay: Span::millis(67),
            peer: Action::Start,
            ..slow
        },
    ];
    let ground = far_star(8, Span::ZERO, &spokes);
    let levers = [
        (60_974, 139, 0),
        (307_063, 43, 0),
        (9_036, 165, 11),
        (92, 215, 32),
    ];
    assert_eq!(compare(&ground, &levers), None);
}

/// A lever that was planned for the very instant at which a question is asked finds it under way, left out or not.
#[test]
fn a_question_goes_out_before_what_happens_at_its_instant() {
    for versions in [Versions::V1, Versions::V2] {
        let spoke = Spoke {
            versions,
            ..Spoke::default()
        };
        let ground = star(5, &[spoke]);
        let mut looked_at = ground.clone();
        looked_at.world.set_capture(Capture::On);
        looked_at.world.run_until(at(200), u64::MAX, &mut []);
        let questions = looked_at
            .world
            .records_of(|what| matches!(what, Happening::IkeSent(_)))
            .filter(|record| record.at > at(100) && record.subject == TunnelId::from_index(0).into());
        let asked_at: Vec<SimTime> = questions.map(|record| record.at).collect();
        assert!(asked_at.len() > 8, "{asked_at:?}");
        for asked_at in asked_at {
            let (mut carried, mut elided) = (ground.clone(), ground.clone());
            carried.world.carry_all();
            for ground in [&mut carried, &mut elided] {
                let change = LinkChange::Passage {
                    from: End::A,
                    passage: Passage::Blocked,
                };
                let link = ground.links[0];
                let lever = Lever::Routing(RoutingLever::Link { link, change });
                ground.world.terrain.at(asked_at, Event::Lever(Arc::new(lever)));
                ground
                    .world
                    .run_until(asked_at + Span::secs(100), u64::MAX, &mut []);
            }
            assert_eq!(difference(&carried.told(), &elided.told()), None, "{asked_at}");
        }
    }
}

/// What came out of a tunnel while one SA had it is not heard again by the SA that takes its place.
#[test]
fn what_came_out_of_a_tunnel_counts_for_the_association_that_had_it() {
    let spoke = |pace, delay, lifetime| Spoke {
        ask_after: [Span::secs(pace); 2],
        delay: Span::millis(delay),
        lifetime,
        ..Spoke::default()
    };
    let with_bgp = Spoke {
        keepalive: Some(Span::secs(3)),
        ..spoke(1, 295, SHORT)
    };
    let ground = star(240, &[with_bgp, spoke(10, 143, SHORT), spoke(10, 10, NEVER)]);
    assert_eq!(compare(&ground, &[(0, 7, 0)]), None);
}

/// A key's end follows from what its negotiation was owed to, whether somebody is roused for it or not.
#[test]
fn what_is_settled_after_a_loss_is_owed_to_what_healed_it() {
    let spoke = |versions, delay, lifetime, peer| Spoke {
        versions,
        delay: Span::millis(delay),
        lifetime,
        peer,
        ..Spoke::default()
    };
    let spokes = [
        spoke(Versions::V1, 10, SHORT, Action::Clear),
        spoke(Versions::V2, 10, NEVER, Action::Start),
        spoke(Versions::V1, 0, NEVER, Action::Clear),
    ];
    let ground = far_star(460, Span::millis(10), &spokes);
    assert_eq!(compare(&ground, &[(28_151, 100, 5), (2_027, 102, 29)]), None);
}

/// Two ends that both begin anew for each SA whose peer is found dead, at once and always: with patience for no answer, each
/// SA dies a delay after the last that was heard. As many as may be half open keep them from doubling each time.
#[test]
fn ends_that_both_begin_anew_do_not_double_their_associations() {
    let spoke = Spoke {
        versions: Versions::V1,
        ask_after: [Span::secs(7); 2],
        timeout: Span::secs(7),
        delay: Span::ZERO,
        peer: Action::Start,
        ..Spoke::default()
    };
    let mut ground = far_star(246, Span::millis(10), &[spoke]);
    let is_up = |what: &Happening| matches!(what, Happening::Ike(notice) if matches!(**notice, Notice::IkeEstablished { .. }));
    let counts: Vec<usize> = (1..=60)
        .map(|tens| {
            ground.world.run_until(at(tens * 10), u64::MAX, &mut []);
            let n_begun = ground.world.records_of(is_up).count();
            assert!(n_begun < 10_000, "{n_begun} after {tens}0 s");
            n_begun
        })
        .collect();
    // As many again in the same time, where it would be 2^43 times as many.
    assert!(counts[59] < 4 * counts[29], "{counts:?}");
}

fn spoke() -> impl Strategy<Value = Spoke> {
    let versions = prop_oneof![Just(Versions::V1), Just(Versions::V2)];
    let delay = || prop_oneof![2 => Just(10_000u64), 1 => Just(0), 1 => Just(1_000), 3 => 400u64..12_000];
    // As often as not both ask at the same pace.
    let delays = (delay(), delay(), any::<bool>())
        .prop_map(|(own, other, is_same)| [own, if is_same { own } else { other }].map(Span::millis));
    let timeout = prop_oneof![3 => Just(30u64), 1 => Just(0), 1 => 5u64..20].prop_map(Span::secs);
    let way = prop_oneof![2 => Just(10u64), 1 => Just(0), 2 => 1u64..600].prop_map(Span::millis);
    let lives = prop_oneof![3 => Just(NEVER), 1 => Just(SHORT)];
    let peer = prop_oneof![3 => Just(Action::Clear), 1 => Just(Action::Start)];
    let keepalive =
        prop_oneof![2 => Just(None), 1 => Just(Some(3u64)), 1 => Just(Some(10)), 1 => Just(Some(30))];
    (versions, delays, timeout, way, lives, peer, keepalive).prop_map(
        |(versions, ask_after, timeout, delay, lifetime, peer, keepalive)| Spoke {
            versions,
            ask_after,
            timeout,
            delay,
            lifetime,
            peer,
            // Both ends of a session hear each other under an SA of their own, at the same instants, if there are two.
            keepalive: keepalive.map(Span::secs).filter(|_| peer == Action::Clear),
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_star_tells_the_same(
        seed in 0u64..1_000, is_near: bool, spokes in proptest::collection::vec(spoke(), 1..=3), levers in pauses(),
    ) {
        let delay = Span::millis(if is_near { 0 } else { 10 });
        prop_assert_eq!(compare(&far_star(seed, delay, &spokes), &levers), None);
    }
    /// Nothing happens but what gateways do by themselves, to the end.
    #[test]
    fn a_star_left_alone_tells_the_same(
        seed in 0u64..1_000, spokes in proptest::collection::vec(spoke(), 1..=3), wait in 0u64..4_000_000,
    ) {
        prop_assert_eq!(compare(&star(seed, &spokes), &[(wait, 7, 0)]), None);
    }
}
