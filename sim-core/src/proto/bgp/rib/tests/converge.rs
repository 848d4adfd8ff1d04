//! Networks that settle where they should, whatever the order of messages and failures.

use std::sync::Arc;

use proptest::prelude::*;

use crate::proto::bgp::attribute::Community;
use crate::proto::bgp::policy::{Action, Match, Policy, Rule, Set};
use crate::proto::bgp::rib::*;
use crate::units::Span;

use super::lab::*;

const PREFIX: &str = "20.0.0.0/16";

#[test]
fn a_ring_goes_round_the_other_way_when_it_breaks() {
    let mut lab = Lab::default();
    let nodes = [1, 2, 3, 4].map(|n| lab.add(router(n, n as u8)));
    for (index, &node) in nodes.iter().enumerate() {
        lab.join(
            (node, PeerConfig::default()),
            (nodes[(index + 1) % 4], PeerConfig::default()),
        );
    }
    lab.originate(0, PREFIX);
    lab.drive();
    let paths = |lab: &Lab| [1, 2, 3].map(|node| lab.as_path(node, PREFIX).unwrap_or_default());
    assert_eq!(paths(&lab), ["1", "2 1", "1"]);
    lab.down(3, Fate::Dropped);
    lab.drive();
    assert_eq!(paths(&lab), ["1", "2 1", "3 2 1"]);
    lab.withdraw(0, PREFIX);
    lab.drive();
    assert_eq!(paths(&lab), ["", "", ""]);
    assert!(
        lab.ribs.iter().all(|rib| rib.explain(net(PREFIX)).is_none()),
        "nothing is left behind"
    );
}

/// Labovitz and others, "Delayed Internet Routing Convergence" (2000): after a withdrawal a clique tries ever longer
/// paths before it gives up, at the pace of the interval between sendings.
#[test]
fn a_clique_explores_paths_before_it_gives_a_prefix_up() {
    let gathers = Span::millis(50);
    for (mrai, at_least, at_most) in [(0, 0, 1), (5, 5, 6)] {
        let config = PeerConfig {
            mrai: Span::secs(mrai),
            ..PeerConfig::default()
        };
        let mut lab = Lab::default();
        let gathering = |asn: u32| {
            let mut config = router(asn, asn as u8);
            config.options.coalesce = Some(gathers);
            config
        };
        let origin = lab.add(gathering(99));
        let nodes = [1, 2, 3, 4].map(|asn| lab.add(gathering(asn)));
        lab.join((origin, config.clone()), (nodes[0], config.clone()));
        for (index, &node) in nodes.iter().enumerate() {
            for &other in &nodes[index + 1..] {
                lab.join((node, config.clone()), (other, config.clone()));
            }
        }
        lab.originate(origin, PREFIX);
        lab.drive();
        lab.now = lab.now + Span::secs(60);
        let begun_at = lab.now;
        lab.notices.clear();
        lab.withdraw(origin, PREFIX);
        lab.drive();
        assert!(lab.ribs.iter().all(|rib| rib.best(net(PREFIX)).is_none()));
        let took = lab.now - begun_at;
        assert!(
            (Span::secs(at_least)..=Span::secs(at_most)).contains(&took),
            "{took}"
        );
        let moves = |node: usize| {
            lab.notices
                .iter()
                .filter(|(of, it)| *of == node && is_move(it))
                .count()
        };
        assert!(
            nodes[1..].iter().any(|&node| moves(node) > 0),
            "somebody tries a path that is gone already"
        );
    }
}

fn is_move(notice: &Notice) -> bool {
    matches!(notice, Notice::BestChanged { to: Some(_), .. })
}

/// How a session looks from its first end: towards a customer, a peer or a provider (Gao and Rexford, 2001).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Relation {
    Customer,
    Peer,
    Provider,
}

impl Relation {
    fn config(self) -> PeerConfig {
        let tag = |relation: Self| Community::new(65_000, relation as u16 + 1);
        let import = Rule {
            set: Set {
                local_pref: Some([200, 150, 100][self as usize]),
                community_set: Some(vec![tag(self)]),
                ..Set::default()
            },
            ..Rule::default()
        };
        let deny = Rule {
            condition: Match {
                community: vec![tag(Self::Peer), tag(Self::Provider)],
                ..Match::default()
            },
            action: Action::Deny,
            ..Rule::default()
        };
        let export = if self == Self::Customer {
            vec![]
        } else {
            vec![deny]
        };
        let policy = |rules| {
            Some(Arc::new(Policy {
                rules,
                ..Policy::default()
            }))
        };
        PeerConfig {
            import: policy(vec![import]),
            export: policy(export),
            strip_communities: true,
            ..PeerConfig::default()
        }
    }
    fn reversed(self) -> Self {
        [Self::Provider, Self::Peer, Self::Customer][self as usize]
    }
}

/// What every router uses in the end, found by asking all of them again and again: the neighbour and the path.
fn fixpoint(n: usize, edges: &[(usize, usize, Relation)], down: &[bool]) -> Vec<Option<Vec<usize>>> {
    let mut used: Vec<Option<(Relation, Vec<usize>)>> = vec![None; n];
    loop {
        let mut next: Vec<Option<(Relation, Vec<usize>)>> = vec![None; n];
        next[0] = Some((Relation::Customer, vec![]));
        for (node, next) in next.iter_mut().enumerate().skip(1) {
            let live = edges.iter().zip(down).filter(|(_, down)| !**down);
            let sides =
                live.flat_map(|(&(a, b, relation), _)| [(a, b, relation), (b, a, relation.reversed())]);
            let offers = sides.filter_map(|(me, from, relation)| {
                let (learned, path) = used[from].as_ref().filter(|_| me == node)?;
                let passes = *learned == Relation::Customer || relation == Relation::Provider;
                let mut path = path.clone();
                path.insert(0, from);
                (passes && !path.contains(&node)).then_some((relation, path))
            });
            *next = offers.min_by_key(|(relation, path)| (*relation, path.len(), path[0]));
        }
        if next == used {
            return used.into_iter().map(|it| it.map(|(_, path)| path)).collect();
        }
        used = next;
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    /// Random hierarchies settle at their one stable state, also after sessions went and came.
    #[test]
    fn a_hierarchy_settles_where_it_must(
        n in 4usize..12,
        picks in proptest::collection::vec((0usize..100, 0usize..100, 0u8..3), 4..24),
        origin in 0usize..12,
        flaps in proptest::collection::vec((0usize..24, proptest::bool::ANY), 0..8),
        gathers: bool,
    ) {
        // Node 0 originates; a permutation puts it anywhere in the hierarchy. Providers come before customers.
        let rank = |node: usize| (node + origin) % n;
        let mut edges: Vec<(usize, usize, Relation)> = Vec::new();
        for (a, b, kind) in picks {
            let (a, b) = (a % n, b % n);
            let known = edges.iter().any(|&(x, y, _)| (x, y) == (a, b) || (x, y) == (b, a));
            if a == b || known {
                continue;
            }
            let (above, below) = if rank(a) < rank(b) { (a, b) } else { (b, a) };
            edges.push((above, below, if kind == 0 { Relation::Peer } else { Relation::Customer }));
        }
        let mut lab = Lab::default();
        for node in 0..n {
            let mut config = router(node as u32 + 1, node as u8 + 1);
            config.options.coalesce = gathers.then_some(Span::ZERO);
            lab.add(config);
        }
        lab.originate(0, PREFIX);
        for &(a, b, relation) in &edges {
            lab.join((a, relation.config()), (b, relation.reversed().config()));
        }
        let mut down = vec![false; edges.len()];
        for (session, settles) in flaps {
            if let Some(is_down) = down.get_mut(session) {
                *is_down = !*is_down;
                if *is_down { lab.down(session, Fate::Dropped) } else { lab.up(session) }
            }
            if settles { lab.drive() } else { lab.deliver(); }
        }
        lab.drive();
        let expected = fixpoint(n, &edges, &down);
        for (node, path) in expected.iter().enumerate() {
            let asns = path.as_ref().map(|path| {
                path.iter().map(|node| (node + 1).to_string()).collect::<Vec<_>>().join(" ")
            });
            prop_assert_eq!(lab.as_path(node, PREFIX), asns, "at {}", node);
        }
    }
}

#[test]
fn a_clone_goes_its_own_way() {
    let mut lab = Lab::default();
    let (a, b) = (lab.add(router(1, 1)), lab.add(router(2, 2)));
    lab.join((a, PeerConfig::default()), (b, PeerConfig::default()));
    lab.originate(a, PREFIX);
    lab.drive();
    let kept = lab.ribs[b].clone();
    lab.withdraw(a, PREFIX);
    lab.drive();
    assert_eq!(lab.ribs[b].prefixes().count(), 0);
    assert_eq!(kept.prefixes().count(), 1);
}

/// As in the field: hot potato, then the session to the own exit goes.
#[test]
fn inside_an_as_each_router_leaves_by_its_nearest_exit() {
    let mut lab = Lab::default();
    let (far, b, c, d) = (
        lab.add(router(1, 9)),
        lab.add(router(2, 2)),
        lab.add(router(2, 3)),
        lab.add(router(2, 4)),
    );
    let own = PeerConfig {
        next_hop_self: true,
        ..PeerConfig::default()
    };
    let exits = [b, c].map(|exit| lab.join((far, PeerConfig::default()), (exit, PeerConfig::default())));
    let inner = [(b, c), (b, d), (c, d)].map(|(x, y)| lab.join((x, own.clone()), (y, own.clone())));
    let [to_b, to_c] = [inner[1], inner[2]].map(|session| lab.sessions[session].addresses[0]);
    lab.grounds[d].costs.extend([(to_b, Some(20)), (to_c, Some(5))]);
    lab.originate(far, PREFIX);
    lab.drive();
    assert_eq!(lab.best(d, PREFIX).next_hop, to_c);
    lab.down(exits[1], Fate::Dropped);
    lab.drive();
    assert_eq!(lab.best(d, PREFIX).next_hop, to_b);
    assert_eq!(lab.best(c, PREFIX).next_hop, lab.sessions[inner[0]].addresses[0]);
}
