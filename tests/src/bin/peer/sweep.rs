//! All single and double link failures of a hybrid network: which endpoints still reach which.
//!
//! A failure changes little. What is as far as before is not measured again, tables change where a way did, and only what
//! meets a changed entry is looked up again: by the product's own shortest paths and forwarding tables.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::path::PathBuf;

use anyhow::ensure;
use serde::Deserialize;
use serde_json::json;
use sim_core::net::Ipv4Net;
use sim_core::net::prefix_table::{Keeps, PrefixTable};
use sim_core::net::spf::{Edge, shortest_ways};

use crate::input;
use crate::measure::{Clock, Fnv, Report, Spread, Unit};

#[derive(Debug, clap::Args)]
/// All single and double link failures of a network: what still reaches what
pub(crate) struct Args {
    /// Nodes with what they announce, and the links between them
    #[arg(long)]
    topology: PathBuf,
    /// Only every so manieth scenario
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    every: u32,
    /// How often it is measured
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    reps: u32,
}

#[derive(Debug, Deserialize)]
struct Topology {
    endpoints: Vec<usize>,
    address: Vec<Ipv4Addr>,
    nodes: Vec<Node>,
    links: Vec<Link>,
}

#[derive(Debug, Deserialize)]
struct Node {
    transit: bool,
    cloud_side: bool,
    announces: Vec<Announced>,
}

#[derive(Debug, Deserialize)]
struct Announced {
    prefix: Ipv4Net,
    scope: Scope,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Scope {
    All,
    Cloud,
}

#[derive(Debug, Clone, Copy, Deserialize)]
struct Link {
    a: usize,
    b: usize,
    cost: u32,
}

pub(crate) fn run(args: &Args, clock: Clock) -> anyhow::Result<Report> {
    let topology: Topology = input::read(&args.topology)?;
    ensure!(
        topology.nodes.len() <= Nodes::BITS as usize,
        "more nodes than a set of them holds"
    );
    let start = Sweep::new(&topology);
    let mut outcome = start.clone().run(args.every);
    let mut rates = Vec::new();
    for _ in 0..args.reps {
        let sweep = start.clone();
        let (again, time) = clock.time(|| sweep.run(args.every));
        rates.push(again.len() as f64 / time.as_secs_f64());
        outcome = again;
    }
    let mut hash = Fnv::default();
    for (scenario, n_pairs) in &outcome {
        hash.add(&format!("{scenario},{n_pairs}\n"));
    }
    let params = json!({ "topology": input::name(&args.topology), "every": args.every });
    Report::new("sweep", params, Spread::of(rates)?, Unit::PerSecond)?
        .with("answer", hash.digits())?
        .with("scenarios", outcome.len())
}

/// No way leads there.
const FAR: u32 = u32::MAX;

/// Nodes, each a bit.
type Nodes = u128;

const fn bit(node: usize) -> Nodes {
    1 << node
}

/// What a node does with a packet for a prefix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// It announces the prefix itself.
    Own,
    /// It hands it to a neighbour.
    Via(usize),
}

/// A prefix, and who announces it.
#[derive(Debug, Clone)]
struct Prefix {
    net: Ipv4Net,
    scope: Scope,
    /// Places in the list of announcers.
    announcers: Vec<usize>,
}

/// How far every node is from each announcer.
type Distances = Vec<Vec<u32>>;

#[derive(Debug, Clone)]
struct Sweep<'t> {
    topology: &'t Topology,
    /// By node: neighbour, cost and link.
    neighbours: Vec<Vec<(usize, u32, usize)>>,
    announcers: Vec<usize>,
    prefixes: Vec<Prefix>,
    /// With all links.
    whole: Distances,
    /// By link that failed and announcer, where that makes a difference.
    single: Vec<BTreeMap<usize, Vec<u32>>>,
    /// The tables with all links.
    tables: Vec<PrefixTable<Way>>,
    /// By endpoint and node: what the node does with a packet to it, with all links.
    lookups: Vec<Vec<Option<Way>>>,
}

impl<'t> Sweep<'t> {
    fn new(topology: &'t Topology) -> Self {
        let mut neighbours = vec![Vec::new(); topology.nodes.len()];
        for (id, link) in topology.links.iter().enumerate() {
            neighbours[link.a].push((link.b, link.cost, id));
            neighbours[link.b].push((link.a, link.cost, id));
        }
        let announces = |node: &usize| !topology.nodes[*node].announces.is_empty();
        let announcers: Vec<usize> = (0..topology.nodes.len()).filter(announces).collect();
        let mut by_net: BTreeMap<Ipv4Net, Prefix> = BTreeMap::new();
        for (place, &node) in announcers.iter().enumerate() {
            for announced in &topology.nodes[node].announces {
                let prefix = by_net.entry(announced.prefix).or_insert_with(|| Prefix {
                    net: announced.prefix,
                    scope: announced.scope,
                    announcers: Vec::new(),
                });
                prefix.announcers.push(place);
            }
        }
        Self {
            neighbours,
            announcers,
            prefixes: by_net.into_values().collect(),
            topology,
            whole: Vec::new(),
            single: Vec::new(),
            tables: Vec::new(),
            lookups: Vec::new(),
        }
    }

    /// How far everybody is from an announcer without some links: ways begin and end anywhere and lead through transit
    /// nodes.
    fn measure(&self, announcer: usize, failed: &[usize]) -> Vec<u32> {
        let from = self.announcers[announcer];
        let ways = shortest_ways(from, |node| {
            let may_pass = node == from || self.topology.nodes[node].transit;
            let neighbours = may_pass.then(|| self.neighbours[node].iter());
            let live = neighbours.into_iter().flatten();
            live.filter(|(_, _, link)| !failed.contains(link))
                .map(|&(to, cost, _)| Edge { to, cost, hop: () })
        });
        let mut found = vec![FAR; self.topology.nodes.len()];
        for (node, way) in ways {
            found[node] = way.cost;
        }
        found[from] = 0;
        found
    }

    /// Whether a link is on a shortest way: without it some distance may be another.
    fn is_used(&self, distances: &[u32], announcer: usize, link: usize) -> bool {
        let Link { a, b, cost } = self.topology.links[link];
        let carries = |near: usize, far: usize| {
            let may_pass = near == self.announcers[announcer] || self.topology.nodes[near].transit;
            may_pass && distances[near] != FAR && distances[far] == distances[near].saturating_add(cost)
        };
        carries(a, b) || carries(b, a)
    }

    /// The announcer's distances without these links, where they differ from those with all.
    fn without(&self, announcer: usize, failed: &[usize]) -> Option<Cow<'_, [u32]>> {
        match *failed {
            [link] => {
                let used = self.is_used(&self.whole[announcer], announcer, link);
                used.then(|| self.measure(announcer, failed).into())
            }
            [first, second] => {
                let (one, other) = (
                    self.single[first].get(&announcer),
                    self.single[second].get(&announcer),
                );
                match (one, other) {
                    (None, None) => None,
                    (Some(one), _) if !self.is_used(one, announcer, second) => Some(one.into()),
                    (_, Some(other)) if !self.is_used(other, announcer, first) => Some(other.into()),
                    _ => Some(self.measure(announcer, failed).into()),
                }
            }
            _ => None,
        }
    }

    /// What a node does with packets for a prefix.
    fn way(&self, node: usize, prefix: &Prefix, distances: &[&[u32]], failed: &[usize]) -> Option<Way> {
        if prefix.scope == Scope::Cloud && !self.topology.nodes[node].cloud_side {
            return None;
        }
        let reach = prefix
            .announcers
            .iter()
            .map(|&place| (distances[place][node], self.announcers[place], place));
        let (distance, announcer, place) = reach.min()?;
        if distance == FAR {
            return None;
        }
        if announcer == node {
            return Some(Way::Own);
        }
        let live = self.neighbours[node]
            .iter()
            .filter(|(_, _, link)| !failed.contains(link));
        let steps = live.filter(|(to, ..)| *to == announcer || self.topology.nodes[*to].transit);
        let costs = steps.map(|&(to, cost, _)| (cost.saturating_add(distances[place][to]), to));
        costs.min().map(|(_, to)| Way::Via(to))
    }

    /// The pairs that work in each scenario.
    fn run(mut self, every: u32) -> Vec<(usize, usize)> {
        let n_links = self.topology.links.len();
        self.whole = (0..self.announcers.len())
            .map(|it| self.measure(it, &[]))
            .collect();
        let distances: Vec<&[u32]> = self.whole.iter().map(Vec::as_slice).collect();
        let table = |node| {
            let mut table = PrefixTable::default();
            for prefix in &self.prefixes {
                if let Some(way) = self.way(node, prefix, &distances, &[]) {
                    table.insert(prefix.net, way);
                }
            }
            table
        };
        let tables: Vec<PrefixTable<Way>> = (0..self.topology.nodes.len()).map(table).collect();
        let look = |address: &Ipv4Addr| tables.iter().map(|table| looked_up(table, *address)).collect();
        self.lookups = self.topology.address.iter().map(look).collect();
        self.tables = tables;
        self.single = (0..n_links)
            .map(|link| {
                let all = 0..self.announcers.len();
                all.filter_map(|it| Some((it, self.without(it, &[link])?.into_owned())))
                    .collect()
            })
            .collect();
        let singles = (0..n_links).map(|link| vec![link]);
        let pairs = (0..n_links).flat_map(|one| (one + 1..n_links).map(move |other| vec![one, other]));
        let chosen = singles
            .chain(pairs)
            .enumerate()
            .filter(|(place, _)| place % every as usize == 0);
        let chosen: Vec<(usize, Vec<usize>)> = chosen.collect();
        chosen
            .into_iter()
            .map(|(place, failed)| (place, self.scenario(&failed)))
            .collect()
    }

    /// How many ordered pairs of endpoints work without these links.
    fn scenario(&mut self, failed: &[usize]) -> usize {
        let measured: Vec<Option<Cow<'_, [u32]>>> = (0..self.announcers.len())
            .map(|it| self.without(it, failed))
            .collect();
        let distances: Vec<&[u32]> = measured
            .iter()
            .zip(&self.whole)
            .map(|(new, old)| new.as_deref().unwrap_or(old))
            .collect();
        // A node's way changes where its own distance or a neighbour's does, and at the ends of what failed.
        let near = |node: usize| {
            bit(node)
                | self.neighbours[node]
                    .iter()
                    .fold(0, |all, (to, ..)| all | bit(*to))
        };
        let ends = failed.iter().fold(0, |all, &link| {
            let Link { a, b, .. } = self.topology.links[link];
            all | bit(a) | bit(b)
        });
        let touched: Vec<Nodes> = measured
            .iter()
            .zip(&self.whole)
            .map(|(new, old)| {
                let moved = new
                    .iter()
                    .flat_map(|new| (0..new.len()).filter(|&node| new[node] != old[node]));
                moved.fold(0, |all, node| all | near(node))
            })
            .collect();
        let mut changed: Vec<(usize, Ipv4Net, Option<Way>)> = Vec::new();
        for prefix in &self.prefixes {
            let mut nodes = prefix
                .announcers
                .iter()
                .fold(ends, |all, &place| all | touched[place]);
            while nodes != 0 {
                let node = nodes.trailing_zeros() as usize;
                nodes &= nodes - 1;
                let way = self.way(node, prefix, &distances, failed);
                if self.tables[node].get(prefix.net).copied() != way {
                    changed.push((node, prefix.net, way));
                }
            }
        }
        let before = self.change(&changed);
        let n_working = self.count(&before);
        self.change(&before);
        n_working
    }

    /// Writes entries, and says what was there.
    fn change(&mut self, entries: &[(usize, Ipv4Net, Option<Way>)]) -> Vec<(usize, Ipv4Net, Option<Way>)> {
        let mut before = Vec::with_capacity(entries.len());
        for &(node, net, way) in entries {
            let table = &mut self.tables[node];
            before.push((node, net, table.get(net).copied()));
            match way {
                Some(way) => table.insert(net, way),
                None => {
                    table.with(net, |_| ((), Keeps::No));
                }
            }
        }
        before
    }

    /// Ordered pairs that work by the tables as they are; only where entries changed are tables asked again.
    fn count(&self, changed: &[(usize, Ipv4Net, Option<Way>)]) -> usize {
        let mut n_working = 0;
        let mut asked = Vec::new();
        for (place, (&to, &address)) in self
            .topology
            .endpoints
            .iter()
            .zip(&self.topology.address)
            .enumerate()
        {
            asked.clone_from(&self.lookups[place]);
            for (node, ..) in changed.iter().filter(|(_, net, _)| net.contains(&address)) {
                asked[*node] = looked_up(&self.tables[*node], address);
            }
            n_working += self.arrivals(to, &asked);
        }
        n_working
    }

    /// How many other endpoints' packets arrive at one, by what every node does with them.
    fn arrivals(&self, to: usize, asked: &[Option<Way>]) -> usize {
        /// A node whose packets are not known to arrive or to be lost.
        const OPEN: u8 = 0;
        const ARRIVES: u8 = 1;
        const LOST: u8 = 2;
        let mut fate = vec![OPEN; asked.len()];
        fate[to] = ARRIVES;
        let mut n_arrivals = 0;
        let mut passed: Vec<usize> = Vec::new();
        for &from in &self.topology.endpoints {
            let mut at = from;
            passed.clear();
            let end = loop {
                if fate[at] != OPEN {
                    break fate[at];
                }
                passed.push(at);
                // Who is met again on the way goes in a circle.
                fate[at] = LOST;
                match asked[at] {
                    Some(Way::Via(next)) => at = next,
                    Some(Way::Own) | None => break LOST,
                }
            };
            for &node in &passed {
                fate[node] = end;
            }
            n_arrivals += usize::from(end == ARRIVES && from != to);
        }
        n_arrivals
    }
}

fn looked_up(table: &PrefixTable<Way>, address: Ipv4Addr) -> Option<Way> {
    table.longest_match(address).map(|(_, way)| *way)
}
