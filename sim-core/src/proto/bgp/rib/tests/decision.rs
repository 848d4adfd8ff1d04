//! Each step of the decision process, its options, and that it is an order.

use std::sync::Arc;

use proptest::prelude::*;

use crate::proto::bgp::attribute::{Attributes, Origin, RouterId};
use crate::proto::bgp::rib::*;

use super::lab::*;

/// A router in AS 65000 with external and internal neighbours, whose paths to one prefix a test hands in.
pub(super) struct Bench {
    pub(super) lab: Lab,
    pub(super) hub: usize,
    pub(super) sessions: Vec<usize>,
}

pub(super) const PREFIX: &str = "172.16.0.0/12";

/// Neighbours by AS and identifier; those of AS 65000 are internal.
pub(super) fn bench(options: Options, neighbours: &[(u32, u8)]) -> Bench {
    let mut lab = Lab::default();
    let mut config = router(65_000, 1);
    config.options = options;
    let hub = lab.add(config);
    let sessions = neighbours.iter().map(|&(asn, id)| {
        let neighbour = lab.add(router(asn, id));
        lab.join((hub, PeerConfig::default()), (neighbour, PeerConfig::default()))
    });
    let sessions = sessions.collect();
    lab.queue.clear();
    Bench { lab, hub, sessions }
}

impl Bench {
    pub(super) fn hear(&mut self, neighbour: usize, change: impl FnOnce(&mut Attributes)) {
        let session = &self.lab.sessions[self.sessions[neighbour]];
        let mut attributes = Attributes::new(session.addresses[1]);
        let (_, peer) = session.ends[0];
        let asn = self.lab.ribs[session.ends[1].0].config().asn.0;
        attributes.as_path = if asn == 65_000 { path(&[7]) } else { path(&[asn]) };
        change(&mut attributes);
        let update = announce(PREFIX, attributes);
        self.lab.input(self.hub, Input::Update { peer, update });
        self.lab.queue.clear();
    }
    fn show(&self) -> String {
        self.lab.show(self.hub, PREFIX)
    }
}

/// Two paths that are alike but for what `better` changes in the second, which must win by `step` though it came
/// second, and has the higher identifier and address.
#[track_caller]
fn check_step(asns: [u32; 2], better: impl FnOnce(&mut Attributes), step: DecidedBy) {
    let mut bench = bench(Options::default(), &[(asns[0], 2), (asns[1], 3)]);
    bench.hear(0, |attributes| {
        attributes.med = Some(50);
        attributes.as_path = path(&[asns[0].min(64_999), 8]);
        attributes.origin = Origin::Egp;
    });
    bench.hear(1, |attributes| {
        attributes.med = Some(50);
        attributes.as_path = path(&[asns[1].min(64_999), 8]);
        attributes.origin = Origin::Egp;
        better(attributes);
    });
    let explanation = bench.lab.ribs[bench.hub]
        .explain(net(PREFIX))
        .expect("there are paths");
    let [loser, winner] = &explanation.candidates[..] else {
        panic!("two paths: {explanation:?}");
    };
    assert!(winner.is_best, "{}", bench.show());
    assert_eq!((explanation.decided_by, loser.lacked), (Some(step), Some(step)));
}

#[test]
fn each_step_decides_where_the_ones_before_are_equal() {
    check_step(
        [65_000, 65_000],
        |it| it.local_pref = Some(101),
        DecidedBy::LocalPref,
    );
    check_step(
        [64_600, 64_600],
        |it| it.as_path = path(&[64_600]),
        DecidedBy::AsPathLength,
    );
    check_step([64_600, 64_600], |it| it.origin = Origin::Igp, DecidedBy::Origin);
    check_step([64_600, 64_600], |it| it.med = Some(49), DecidedBy::Med);
    check_step([64_600, 64_600], |it| it.med = None, DecidedBy::Med);
    check_step([65_000, 64_600], |_| {}, DecidedBy::ExternalOverInternal);
    check_step(
        [65_000, 65_000],
        |it| it.originator_id = Some(RouterId(addr("1.1.1.1"))),
        DecidedBy::RouterId,
    );
}

#[test]
fn weight_comes_before_local_preference() {
    let mut lab = Lab::default();
    let hub = lab.add(router(65_000, 1));
    let heavy = PeerConfig {
        weight: 10,
        ..PeerConfig::default()
    };
    for (id, config) in [(2, PeerConfig::default()), (3, heavy)] {
        let neighbour = lab.add(router(65_000, id));
        let session = lab.join((hub, config), (neighbour, PeerConfig::default()));
        let mut attributes = Attributes::new(lab.sessions[session].addresses[1]);
        attributes.local_pref = Some(200 - u32::from(id));
        let update = announce(PREFIX, attributes);
        let (_, peer) = lab.sessions[session].ends[0];
        lab.input(hub, Input::Update { peer, update });
    }
    assert_eq!(
        lab.show(hub, PREFIX),
        "  peer 0 [] lost by weight\n> peer 1 [] won by weight"
    );
    lab.originate(hub, PREFIX);
    assert!(
        lab.show(hub, PREFIX).ends_with("> local [] won by weight"),
        "{}",
        lab.show(hub, PREFIX)
    );
}

#[test]
fn the_nearer_next_hop_wins_and_one_out_of_reach_is_no_path() {
    let mut bench = bench(Options::default(), &[(65_000, 2), (65_000, 3)]);
    bench.hear(0, |_| {});
    bench.hear(1, |_| {});
    assert_eq!(
        bench.show(),
        "> peer 0 [7] won by router id\n  peer 1 [7] lost by router id"
    );
    let near = bench.lab.sessions[bench.sessions[0]].addresses[1];
    bench.lab.grounds[bench.hub].costs.insert(near, Some(5));
    bench.lab.input(bench.hub, Input::NextHopsChanged);
    assert_eq!(
        bench.show(),
        "  peer 0 [7] lost by IGP metric\n> peer 1 [7] won by IGP metric"
    );
    let far = bench.lab.sessions[bench.sessions[1]].addresses[1];
    bench.lab.grounds[bench.hub].costs.insert(far, None);
    bench.lab.input(bench.hub, Input::NextHopsChanged);
    assert_eq!(
        bench.show(),
        "> peer 0 [7] won by next hop reachable\n  peer 1 [7] lost by next hop reachable"
    );
}

#[test]
fn an_external_next_hop_has_to_be_on_a_link_unless_the_session_is_multihop() {
    for (multihop, is_best) in [(false, false), (true, true)] {
        let mut lab = Lab::default();
        let hub = lab.add(router(65_000, 1));
        let other = lab.add(router(64_600, 2));
        let config = PeerConfig {
            multihop,
            ..PeerConfig::default()
        };
        let session = lab.join((hub, config), (other, PeerConfig::default()));
        let address = lab.sessions[session].addresses[1];
        lab.grounds[hub].costs.insert(address, Some(10));
        lab.originate(other, PREFIX);
        lab.drive();
        assert_eq!(lab.ribs[hub].best(net(PREFIX)).is_some(), is_best);
    }
}

/// RFC 4456 §9 and the last steps.
#[test]
fn the_shorter_cluster_list_then_the_lower_address() {
    let mut bench = bench(Options::default(), &[(65_000, 2), (65_000, 3)]);
    let reflected = |n: u8| {
        move |attributes: &mut Attributes| {
            attributes.originator_id = Some(RouterId(addr("1.1.1.1")));
            attributes.cluster_list = (0..n).map(|n| addr(&format!("9.9.9.{n}"))).collect();
        }
    };
    bench.hear(0, reflected(2));
    bench.hear(1, reflected(1));
    assert_eq!(
        bench.show(),
        "  peer 0 [7] lost by cluster list length\n> peer 1 [7] won by cluster list length"
    );
    bench.hear(1, reflected(2));
    assert_eq!(
        bench.show(),
        "> peer 0 [7] won by peer address\n  peer 1 [7] lost by peer address"
    );
}

#[test]
fn med_is_compared_within_a_neighbour_as_unless_always() {
    let meds = |options: Options| {
        let mut bench = bench(options, &[(64_520, 2), (64_520, 3), (64_530, 4)]);
        for (neighbour, med) in [(0, 210), (1, 30), (2, 20)] {
            bench.hear(neighbour, |attributes| attributes.med = Some(med));
        }
        bench.show()
    };
    assert_eq!(
        meds(Options::default()),
        "  peer 0 [64520] lost by MED\n> peer 1 [64520] won by router id\n  peer 2 [64530] lost by router id"
    );
    let always = Options {
        always_compare_med: true,
        ..Options::default()
    };
    assert_eq!(
        meds(always),
        "  peer 0 [64520] lost by MED\n  peer 1 [64520] lost by MED\n> peer 2 [64530] won by MED"
    );
}

/// The circle of RFC 3345: b beats a by MED, c beats b and a beats c by identifier.
#[test]
fn without_deterministic_med_the_order_of_arrival_decides() {
    let winner = |deterministic_med: bool, order: [usize; 3]| {
        let options = Options {
            deterministic_med,
            ..Options::default()
        };
        let mut bench = bench(options, &[(64_520, 2), (64_520, 4), (64_530, 3)]);
        for neighbour in order {
            let med = [20, 10, 0][neighbour];
            bench.hear(neighbour, |attributes| attributes.med = Some(med));
        }
        bench.lab.best(bench.hub, PREFIX).as_path.to_string()
            + &bench.lab.best(bench.hub, PREFIX).next_hop.to_string()
    };
    let orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];
    let with: Vec<String> = orders.map(|order| winner(true, order)).into();
    assert!(with.iter().all(|it| it == "6453010.0.0.10"), "{with:?}");
    let without = orders.map(|order| winner(false, order));
    assert!(without.iter().any(|it| *it != without[0]), "{without:?}");
}

#[test]
fn a_missing_med_is_best_unless_worst() {
    for (missing_med_worst, expected) in [(false, "> peer 0"), (true, "  peer 0")] {
        let options = Options {
            missing_med_worst,
            ..Options::default()
        };
        let mut bench = bench(options, &[(64_520, 2), (64_520, 3)]);
        bench.hear(0, |_| {});
        bench.hear(1, |attributes| attributes.med = Some(5));
        assert!(bench.show().starts_with(expected), "{}", bench.show());
    }
}

#[test]
fn the_path_in_use_stays_unless_identifiers_are_compared() {
    let options = Options {
        compare_router_id: false,
        ..Options::default()
    };
    let mut oldest = bench(options, &[(64_520, 9), (64_530, 3)]);
    oldest.hear(0, |_| {});
    oldest.hear(1, |_| {});
    assert_eq!(
        oldest.show(),
        "> peer 0 [64520] won by oldest path\n  peer 1 [64530] lost by oldest path"
    );
    let mut by_id = bench(Options::default(), &[(64_520, 9), (64_530, 3)]);
    by_id.hear(0, |_| {});
    by_id.hear(1, |_| {});
    assert_eq!(
        by_id.show(),
        "  peer 0 [64520] lost by router id\n> peer 1 [64530] won by router id"
    );
}

#[track_caller]
fn check_multipath(multipath: Multipath, neighbours: &[(u32, u8)], expected: &str) {
    let options = Options {
        multipath,
        ..Options::default()
    };
    let mut bench = bench(options, neighbours);
    for neighbour in 0..neighbours.len() {
        bench.hear(neighbour, |_| {});
    }
    let marks: String = bench
        .show()
        .lines()
        .filter_map(|line| line.chars().next())
        .collect();
    assert_eq!(marks, expected, "{}", bench.show());
}

#[test]
fn equal_paths_are_used_together_up_to_the_limit() {
    let limits = |ebgp, ibgp, as_path_relax| Multipath {
        ebgp,
        ibgp,
        as_path_relax,
    };
    let same = [(64_520, 2), (64_520, 3), (64_520, 4)];
    check_multipath(limits(1, 1, false), &same, ">  ");
    check_multipath(limits(2, 1, false), &same, ">= ");
    check_multipath(limits(8, 1, false), &same, ">==");
    let mixed = [(64_520, 2), (64_530, 3), (64_520, 4)];
    check_multipath(limits(8, 1, false), &mixed, "> =");
    check_multipath(limits(8, 1, true), &mixed, ">==");
    let internal = [(65_000, 2), (65_000, 3)];
    check_multipath(limits(8, 1, false), &internal, "> ");
    check_multipath(limits(1, 2, false), &internal, ">=");
    check_multipath(limits(8, 8, true), &[(64_520, 2), (65_000, 3)], "> ");
}

/// As FRR 8.4.4 does: `bgp_best_selection` skips who has the best path's next hop, `bgp_path_info_mpath_update` who has
/// that of the path taken before it.
#[test]
fn a_repeated_next_hop_takes_no_place_in_the_set_and_no_second_share() {
    let mut options = Options::default();
    options.multipath.ibgp = 3;
    let neighbours = [(65_000, 2), (65_000, 3), (65_000, 4), (65_000, 5)];
    // Which neighbour's address each announces as its next hop, the marks in the set, and the addresses packets go to.
    let cases = [
        // A reflector repeats the second exit: its place goes to the fourth.
        ([0, 1, 1, 3], ">= =", vec![0, 1, 3]),
        // It repeats the best, which has the lowest address.
        ([0, 0, 2, 3], "> ==", vec![0, 2, 3]),
        // The best has not the lowest address.
        ([1, 1, 0, 3], "> ==", vec![1, 0, 3]),
    ];
    for (next_hops, marks, ways) in cases {
        let mut bench = bench(options.clone(), &neighbours);
        let address = |bench: &Bench, of: usize| bench.lab.sessions[bench.sessions[of]].addresses[1];
        for (neighbour, of) in next_hops.into_iter().enumerate() {
            let next_hop = address(&bench, of);
            bench.hear(neighbour, |attributes| attributes.next_hop = next_hop);
        }
        let shown = bench.show();
        let found: String = shown.lines().filter_map(|line| line.chars().next()).collect();
        assert_eq!(found, marks, "{shown}");
        let ways: Vec<_> = ways.into_iter().map(|of| address(&bench, of)).collect();
        assert_eq!(bench.lab.ways(bench.hub, PREFIX), ways, "{shown}");
    }
}

#[derive(Debug, Clone)]
struct Heard {
    local_pref: u32,
    path: Vec<u32>,
    origin: Origin,
    med: Option<u32>,
}

fn heard() -> impl Strategy<Value = Heard> {
    let origin = prop_oneof![Just(Origin::Igp), Just(Origin::Egp), Just(Origin::Incomplete)];
    let path = proptest::collection::vec(1u32..4, 1..3);
    (100u32..102, path, origin, proptest::option::of(0u32..3)).prop_map(|(local_pref, path, origin, med)| {
        Heard {
            local_pref,
            path,
            origin,
            med,
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    /// With deterministic MED and identifiers compared, neither the order of arrival nor what was there before
    /// has a say; and the path chosen loses to no other by a step that they share.
    #[test]
    fn the_choice_does_not_depend_on_the_order_of_arrival(
        paths in proptest::collection::vec(heard(), 1..7),
        order in Just((0..7usize).collect::<Vec<_>>()).prop_shuffle(),
        always_compare_med: bool,
        missing_med_worst: bool,
    ) {
        let neighbours: Vec<(u32, u8)> = (0..paths.len()).map(|n| {
            (if n % 3 == 2 { 65_000 } else { 64_500 + n as u32 % 2 }, 40 - n as u8)
        }).collect();
        let run = |order: &[usize]| {
            let options = Options { always_compare_med, missing_med_worst, ..Options::default() };
            let mut bench = bench(options, &neighbours);
            for &n in order.iter().filter(|&&n| n < paths.len()) {
                bench.hear(n, |attributes| {
                    let heard = &paths[n];
                    attributes.local_pref = Some(heard.local_pref);
                    attributes.as_path = path(&heard.path);
                    attributes.origin = heard.origin;
                    attributes.med = heard.med;
                });
            }
            let explanation = bench.lab.ribs[bench.hub].explain(net(PREFIX)).expect("there are paths");
            let mut candidates = explanation.candidates;
            candidates.sort_by_key(|it| it.source);
            (candidates, explanation.decided_by)
        };
        let straight = run(&(0..paths.len()).collect::<Vec<_>>());
        prop_assert_eq!(&straight, &run(&order));
        prop_assert_eq!(straight.0.iter().filter(|it| it.is_best).count(), 1);
        prop_assert!(straight.0.iter().all(|it| it.is_best != it.lacked.is_some()));
    }
}

#[test]
fn a_change_of_the_best_says_from_where_to_where_and_why() {
    let mut bench = bench(Options::default(), &[(64_520, 2), (64_530, 3)]);
    bench.hear(0, |attributes| attributes.as_path = path(&[64_520, 8]));
    bench.lab.notices.clear();
    bench.hear(1, |_| {});
    let (_, notice) = bench.lab.notices.pop().expect("something is told");
    let sessions = &bench.lab.sessions;
    let chosen = |n: usize| {
        Some(Chosen {
            source: Source::Peer(sessions[n].ends[0].1),
            next_hop: sessions[n].addresses[1],
        })
    };
    assert_eq!(
        notice,
        Notice::BestChanged {
            prefix: net(PREFIX),
            from: chosen(0),
            to: chosen(1),
            decided_by: Some(DecidedBy::AsPathLength),
            lacked: Some(DecidedBy::AsPathLength),
        }
    );
    assert_eq!(bench.lab.notices, [], "one change is told once");
    let unused = Arc::new(PeerConfig::default());
    assert_eq!(
        bench.lab.ribs[bench.hub].peer_config(sessions[0].ends[0].1),
        Some(&unused)
    );
}

/// What was told of paths that are not the best, since the last time.
fn losers(bench: &mut Bench) -> Vec<(DecidedBy, std::net::Ipv4Addr, Used)> {
    let notices = core::mem::take(&mut bench.lab.notices).into_iter();
    let lost = notices.filter_map(|(_, notice)| match notice {
        Notice::Lost { to, lacked, used, .. } => Some((lacked, to.next_hop, used)),
        _ => None,
    });
    lost.collect()
}

#[test]
fn a_path_that_comes_and_loses_is_told_with_what_it_loses_to() {
    let mut options = Options::default();
    options.multipath.ebgp = 2;
    let mut bench = bench(options, &[(10, 2), (20, 3), (20, 4)]);
    let [first, second] = [0, 1].map(|place: usize| bench.lab.sessions[bench.sessions[place]].addresses[1]);
    bench.hear(0, |_| {});
    assert_eq!(losers(&mut bench), vec![]);
    // Longer than the best.
    bench.hear(1, |attributes| attributes.as_path = path(&[20, 8]));
    assert_eq!(
        losers(&mut bench),
        vec![(DecidedBy::AsPathLength, first, Used::NotUsed)]
    );
    // Among its own neighbour AS it is another than the best that it loses to.
    bench.hear(2, |attributes| {
        attributes.as_path = path(&[20, 8]);
        attributes.med = Some(9);
    });
    assert_eq!(losers(&mut bench), vec![(DecidedBy::Med, second, Used::NotUsed)]);
    // The same once more is no news; nor is the best that becomes worse told as one that came and lost.
    bench.hear(1, |attributes| attributes.as_path = path(&[20, 8]));
    assert_eq!(losers(&mut bench), vec![]);
    bench.hear(0, |attributes| attributes.as_path = path(&[10, 8, 9]));
    assert_eq!(losers(&mut bench), vec![]);
    // As good as the best, which is used, too.
    bench.hear(2, |attributes| attributes.as_path = path(&[20, 8]));
    assert_eq!(
        losers(&mut bench),
        vec![(DecidedBy::RouterId, second, Used::AlongWithBest)]
    );
}
