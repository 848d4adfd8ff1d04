//! Shortest paths from one node of a graph to all others, with every first step that is as good.
//!
//! Source: E. W. Dijkstra, "A note on two problems in connexion with graphs", Numerische Mathematik 1, 1959, as link-state
//! routing protocols use it (RFC 2328 section 16.1).

use core::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use smallvec::{SmallVec, smallvec};

/// A way from one node to the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edge<N, H> {
    /// The next node.
    pub to: N,
    /// What the step costs.
    pub cost: u32,
    /// How the step is taken.
    pub hop: H,
}

/// First steps of ways, in order and each once; seldom more than two.
pub type Hops<H> = SmallVec<[H; 2]>;

/// The shortest way to a node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Way<H> {
    /// What it costs.
    pub cost: u32,
    /// The first steps of all ways that cost no more.
    pub hops: Hops<H>,
}

/// The shortest ways from `from` to every node that can be reached, itself left out.
///
/// Every step costs something; costs add up to [`u32::MAX`] at most.
pub fn shortest_ways<N: Ord + Copy, H: Ord + Copy, E: IntoIterator<Item = Edge<N, H>>>(
    from: N,
    edges: impl Fn(N) -> E,
) -> BTreeMap<N, Way<H>> {
    let mut found: BTreeMap<N, Way<H>> = BTreeMap::new();
    // Nodes that are reached but perhaps not by the shortest way, the nearest first.
    let mut open = BinaryHeap::from([Reverse((0, from))]);
    while let Some(Reverse((so_far, node))) = open.pop() {
        let before = match found.get(&node) {
            Some(way) if way.cost < so_far => continue,
            way => way.map(|way| way.hops.clone()),
        };
        for edge in edges(node) {
            if edge.to == from {
                continue;
            }
            let cost = so_far.saturating_add(edge.cost);
            // The first step is that of the way so far, or this very one.
            let hops = || before.clone().unwrap_or_else(|| smallvec![edge.hop]);
            match found.get_mut(&edge.to) {
                // What is no farther than this node is done.
                Some(way) if way.cost < cost || way.cost <= so_far => {}
                Some(way) if way.cost == cost => {
                    way.hops.extend(hops());
                    way.hops.sort_unstable();
                    way.hops.dedup();
                }
                Some(_) | None => {
                    found.insert(edge.to, Way { cost, hops: hops() });
                    open.push(Reverse((cost, edge.to)));
                }
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    type Graph = Vec<(u8, u8, u32)>;

    fn ways(graph: &Graph, from: u8) -> BTreeMap<u8, Way<u8>> {
        shortest_ways(from, |node| {
            let edges = graph.iter().filter(move |(a, _, _)| *a == node);
            edges.map(|&(_, to, cost)| Edge { to, cost, hop: to })
        })
    }

    #[test]
    fn all_first_steps_that_are_as_good_are_found() {
        // 0 → 1 → 3 and 0 → 2 → 3 cost the same; 0 → 3 costs more.
        let graph = vec![
            (0, 1, 10),
            (0, 2, 5),
            (1, 3, 10),
            (2, 3, 15),
            (0, 3, 21),
            (3, 4, 1),
        ];
        let found = ways(&graph, 0);
        assert_eq!(found[&3].cost, 20);
        assert_eq!(found[&3].hops.as_slice(), [1, 2]);
        assert_eq!(found[&4].hops.as_slice(), [1, 2]);
        assert_eq!(found.get(&0), None);
    }

    proptest! {
        /// As going over all edges again and again finds them (Bellman, Ford).
        #[test]
        fn it_agrees_with_relaxing_every_edge(
            graph in proptest::collection::vec((0u8..8, 0u8..8, 1u32..6), 0..30),
        ) {
            let graph: Graph = graph.into_iter().filter(|(a, b, _)| a != b).collect();
            let mut costs: BTreeMap<u8, u32> = BTreeMap::from([(0, 0)]);
            for _ in 0..8 {
                for &(a, b, cost) in &graph {
                    if let Some(so_far) = costs.get(&a).copied() {
                        let best = costs.entry(b).or_insert(u32::MAX);
                        *best = (*best).min(so_far + cost);
                    }
                }
            }
            let found = ways(&graph, 0);
            for node in 1..8 {
                prop_assert_eq!(found.get(&node).map(|way| way.cost), costs.get(&node).copied());
                // A first step is right where the rest of the way costs the rest.
                let Some(way) = found.get(&node) else { continue };
                for &(a, b, cost) in graph.iter().filter(|(a, _, _)| *a == 0) {
                    let rest = if b == node { Some(0) } else { ways(&graph, b).get(&node).map(|way| way.cost) };
                    let is_best = rest.is_some_and(|rest| cost + rest == way.cost);
                    prop_assert!(!is_best || way.hops.contains(&b), "{a} {b}");
                }
            }
        }
    }
}
