//! What is told of paths that are used together, and of those that are not; and of circles among paths.

use crate::proto::bgp::rib::*;

use super::decision::{Bench, PREFIX, bench};
use super::lab::*;

impl Bench {
    fn address(&self, of: usize) -> std::net::Ipv4Addr {
        self.lab.sessions[self.sessions[of]].addresses[1]
    }
    fn chosen(&self, of: usize) -> Chosen {
        let (_, peer) = self.lab.sessions[self.sessions[of]].ends[0];
        Chosen {
            source: Source::Peer(peer),
            next_hop: self.address(of),
        }
    }
    fn withdraw(&mut self, neighbour: usize) {
        let (_, peer) = self.lab.sessions[self.sessions[neighbour]].ends[0];
        let update = crate::proto::bgp::message::Update {
            withdrawn: [net(PREFIX)].into_iter().collect(),
            ..Default::default()
        };
        self.lab.input(self.hub, Input::Update { peer, update });
    }
    fn explanation(&self) -> Explanation {
        let explained = self.lab.ribs[self.hub].explain(net(PREFIX));
        explained.expect("there are paths")
    }
    /// What was told of changed ways since the last time.
    fn ways_told(&mut self) -> Vec<Notice> {
        let notices = core::mem::take(&mut self.lab.notices).into_iter();
        let told = notices.map(|(_, notice)| notice);
        told.filter(|notice| matches!(notice, Notice::WaysChanged { .. }))
            .collect()
    }
}

/// The second loses to the first by MED, which is of one neighbour AS; the third loses to the second by identifier, and would
/// beat the first.
#[test]
fn in_a_circle_a_path_lost_to_the_one_that_it_was_compared_with() {
    let mut options = Options::default();
    (options.deterministic_med, options.compare_router_id) = (false, true);
    let mut bench = bench(options, &[(64_501, 4), (64_501, 2), (64_502, 3)]);
    bench.hear(0, |attributes| attributes.med = Some(10));
    bench.hear(1, |attributes| attributes.med = Some(30));
    bench.lab.notices.clear();
    bench.hear(2, |attributes| attributes.med = Some(20));
    let (winner, rival) = (bench.chosen(0), bench.chosen(1));
    let told = bench.lab.notices.iter().find_map(|(_, notice)| match notice {
        Notice::Lost { to, lacked, .. } => Some((*to, *lacked)),
        _ => None,
    });
    assert_eq!(told, Some((rival, DecidedBy::RouterId)));
    let stands: Vec<_> = bench.explanation().candidates;
    let stands: Vec<_> = stands
        .iter()
        .map(|it| (it.is_best, it.lacked, it.behind_best, it.behind))
        .collect();
    let (med, router_id) = (Some(DecidedBy::Med), Some(DecidedBy::RouterId));
    assert_eq!(
        stands,
        [
            (true, None, None, None),
            (false, med, med, Some(winner.source)),
            (false, router_id, router_id, Some(rival.source)),
        ]
    );
}

/// The best until now is put back by another path than the one that is the best then.
#[test]
fn in_a_circle_the_best_before_lost_to_another_than_the_best_now() {
    let mut options = Options::default();
    (options.deterministic_med, options.compare_router_id) = (false, true);
    let mut bench = bench(options, &[(64_501, 4), (64_502, 3), (64_501, 2)]);
    bench.hear(0, |attributes| attributes.med = Some(10));
    bench.hear(1, |attributes| attributes.med = Some(20));
    assert_eq!(
        bench.explanation().candidates.iter().position(|it| it.is_best),
        Some(1)
    );
    bench.lab.notices.clear();
    bench.hear(2, |attributes| attributes.med = Some(30));
    // The newest goes first: it beats the second, and loses to the first.
    let moves = bench.lab.notices.iter().any(|(_, notice)| {
        matches!(notice, Notice::BestChanged { to, lacked: None, .. } if *to == Some(bench.chosen(0)))
    });
    assert!(moves, "{:?}", bench.lab.notices);
    let outdone = Notice::Outdone {
        prefix: net(PREFIX),
        path: bench.chosen(1),
        to: bench.chosen(2),
        lacked: DecidedBy::RouterId,
    };
    assert!(bench.lab.notices.iter().any(|(_, notice)| *notice == outdone));
}

#[test]
fn a_path_as_good_as_the_best_says_why_it_is_not_used_along() {
    let why = |multipath: Multipath, neighbours: &[(u32, u8)], repeats: bool| {
        let mut bench = bench(
            Options {
                multipath,
                ..Options::default()
            },
            neighbours,
        );
        for neighbour in 0..neighbours.len() {
            let last = neighbour + 1 == neighbours.len();
            let next_hop = bench.address(if last && repeats { 1 } else { neighbour });
            bench.hear(neighbour, |attributes| {
                attributes.next_hop = next_hop;
                if last && neighbours[neighbour].0 == 65_000 {
                    attributes.as_path = path(&[8]);
                }
            });
        }
        let candidates = bench.explanation().candidates;
        let last = candidates.last().expect("there are paths");
        assert!(
            candidates
                .iter()
                .all(|it| !it.is_multipath || it.unshared.is_none())
        );
        last.unshared
    };
    let limits = |ebgp, ibgp, as_path_relax| Multipath {
        ebgp,
        ibgp,
        as_path_relax,
    };
    let same = [(64_520, 2), (64_520, 3), (64_520, 4)];
    assert_eq!(why(limits(3, 1, false), &same, false), None);
    assert_eq!(why(limits(2, 1, false), &same, false), Some(Unshared::Limit));
    assert_eq!(why(limits(3, 1, false), &same, true), Some(Unshared::NextHop));
    // One way alone is what is asked for, and no news.
    assert_eq!(why(limits(1, 1, false), &same, false), None);
    let mixed = [(64_520, 2), (64_520, 3), (64_530, 4)];
    assert_eq!(
        why(limits(3, 1, false), &mixed, false),
        Some(Unshared::NeighbourAs)
    );
    assert_eq!(why(limits(3, 1, true), &mixed, false), None);
    let internal = [(65_000, 2), (65_000, 3), (65_000, 4)];
    assert_eq!(why(limits(1, 3, false), &internal, false), Some(Unshared::AsPath));
}

#[test]
fn what_joins_and_leaves_the_set_is_told() {
    let multipath = Multipath {
        ebgp: 2,
        ..Multipath::default()
    };
    let options = Options {
        compare_router_id: true,
        multipath,
        ..Options::default()
    };
    let mut bench = bench(options, &[(10, 5), (10, 4), (10, 3), (10, 2)]);
    let ways = |bench: &Bench, best: usize, along: &[usize], left: &[usize]| {
        let all = |of: &[usize]| of.iter().map(|&of| bench.chosen(of)).collect();
        vec![Notice::WaysChanged {
            prefix: net(PREFIX),
            best: bench.chosen(best),
            along: all(along),
            left: all(left),
        }]
    };
    bench.hear(3, |_| {});
    // That it is used along is told of the path that came.
    bench.hear(2, |_| {});
    assert_eq!(bench.ways_told(), []);
    // The lower next hop takes the place.
    bench.hear(1, |_| {});
    assert_eq!(bench.ways_told(), ways(&bench, 3, &[1], &[2]));
    // What goes makes room for what was left out.
    bench.withdraw(1);
    assert_eq!(bench.ways_told(), ways(&bench, 3, &[2], &[1]));
    bench.withdraw(2);
    assert_eq!(bench.ways_told(), ways(&bench, 3, &[], &[2]));
    // The best changes, and the one before is used along.
    bench.withdraw(3);
    bench.hear(0, |_| {});
    assert_eq!(bench.ways_told(), []);
    bench.hear(3, |_| {});
    assert_eq!(bench.ways_told(), ways(&bench, 3, &[0], &[]));
    // The best goes, and what was used along is all: the change of the best says so.
    bench.withdraw(3);
    assert_eq!(bench.ways_told(), []);
}
