//! What stands in a column of its own place, which column that is, and in which order.

use std::collections::VecDeque;

use crate::view::topology::{ContainerKind, NodeKind, Place, Topology};

/// Something that stands in a column: a segment, a VPC, a thing of its own, or the way of a link past a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unit {
    /// None for a link's way.
    pub(super) place: Option<Place>,
    pub(super) column: usize,
    /// Units of one Region stay together.
    pub(super) group: usize,
}

/// A part of a link, between units of neighbouring columns or of the same one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Hop {
    pub(super) link: usize,
    /// The one further left first.
    pub(super) ends: [usize; 2],
}

/// Units in columns with what runs between them.
#[derive(Debug, Clone, Default)]
pub(super) struct Graph {
    pub(super) units: Vec<Unit>,
    /// Units by column, from top to bottom.
    pub(super) columns: Vec<Vec<usize>>,
    pub(super) hops: Vec<Hop>,
    /// The Region of each group, by its place among the containers, where it has one.
    pub(super) regions: Vec<Option<usize>>,
}

/// Sweeps through the columns, there and back. More of them bring nothing in the labs that ship.
const SWEEPS: usize = 4;

/// Which of the three parts of a lab a unit is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Site,
    Gateway,
    Vpc,
}

impl Graph {
    pub(super) fn of(topology: &Topology) -> Self {
        let mut graph = Self::default();
        let mut parts = Vec::new();
        let unit_of = graph.add_units(topology, &mut parts);
        let mut edges = Vec::new();
        for (link, row) in topology.links.iter().enumerate() {
            let ends = row.ends.map(|end| match end {
                Place::Container(place) => unit_of.0.get(place).copied().flatten(),
                Place::Node(place) => unit_of.1.get(place).copied().flatten(),
            });
            if let [Some(a), Some(b)] = ends
                && a != b
            {
                edges.push((link, [a, b]));
            }
        }
        graph.rank(&parts, &edges);
        graph.lay_hops(&edges);
        graph.order();
        graph
    }

    /// Adds what stands in columns; gives the unit of each container and of each node.
    fn add_units(
        &mut self,
        topology: &Topology,
        parts: &mut Vec<Part>,
    ) -> (Vec<Option<usize>>, Vec<Option<usize>>) {
        let mut of_container = vec![None; topology.containers.len()];
        let mut of_node = vec![None; topology.nodes.len()];
        // Group 0 is of no Region.
        self.regions.push(None);
        let mut group_of = vec![0; topology.containers.len()];
        for (place, container) in topology.containers.iter().enumerate() {
            let above = container.parent.and_then(|parent| group_of.get(parent)).copied();
            group_of[place] = match container.kind {
                ContainerKind::Region => {
                    self.regions.push(Some(place));
                    self.regions.len() - 1
                }
                ContainerKind::Vpc | ContainerKind::Subnet | ContainerKind::Segment => above.unwrap_or(0),
            };
            let part = match container.kind {
                ContainerKind::Segment => Part::Site,
                ContainerKind::Vpc => Part::Vpc,
                ContainerKind::Region => continue,
                ContainerKind::Subnet => {
                    of_container[place] = container.parent.and_then(|parent| of_container[parent]);
                    continue;
                }
            };
            of_container[place] = Some(self.units.len());
            parts.push(part);
            self.units.push(Unit {
                place: Some(Place::Container(place)),
                column: 0,
                group: group_of[place],
            });
        }
        for (place, node) in topology.nodes.iter().enumerate() {
            let within = node.parent.and_then(|parent| of_container[parent]);
            let part = match (node.kind, within) {
                (NodeKind::VirtualPrivateGateway | NodeKind::TransitGateway, _) => Part::Gateway,
                (_, Some(unit)) => {
                    of_node[place] = Some(unit);
                    continue;
                }
                (_, None) => Part::Site,
            };
            of_node[place] = Some(self.units.len());
            parts.push(part);
            self.units.push(Unit {
                place: Some(Place::Node(place)),
                column: 0,
                group: node.parent.map_or(0, |parent| group_of[parent]),
            });
        }
        (of_container, of_node)
    }

    /// Sites by how far they are from the segments, then gateways, then VPCs.
    fn rank(&mut self, parts: &[Part], edges: &[(usize, [usize; 2])]) {
        let n_units = self.units.len();
        let mut neighbours = vec![Vec::new(); n_units];
        for (_, [a, b]) in edges {
            neighbours[*a].push(*b);
            neighbours[*b].push(*a);
        }
        let has = |part| parts.contains(&part);
        // Where there are VPCs alone, those that are joined stand side by side.
        let only_vpcs = !has(Part::Site) && !has(Part::Gateway);
        let walked = |unit: usize| parts[unit] == Part::Site || only_vpcs;
        let is_segment = |unit: usize| matches!(self.units[unit].place, Some(Place::Container(_)));
        let mut ranks: Vec<Option<usize>> = vec![None; n_units];
        let segments: Vec<usize> = (0..n_units)
            .filter(|unit| walked(*unit) && is_segment(*unit))
            .collect();
        let mut queue: VecDeque<usize> = if only_vpcs {
            VecDeque::from_iter(segments.first().copied())
        } else {
            segments.into()
        };
        for unit in &queue {
            ranks[*unit] = Some(0);
        }
        loop {
            while let Some(unit) = queue.pop_front() {
                let next = ranks[unit].map_or(0, |rank| rank + 1);
                for neighbour in neighbours[unit].iter().copied().filter(|it| walked(*it)) {
                    if ranks[neighbour].is_none() {
                        ranks[neighbour] = Some(next);
                        queue.push_back(neighbour);
                    }
                }
            }
            // What is not joined to them begins anew, the best joined first: it is the middle of something.
            let left = (0..n_units).filter(|unit| walked(*unit) && ranks[*unit].is_none());
            let Some(next) = left.min_by_key(|unit| core::cmp::Reverse(neighbours[*unit].len())) else {
                break;
            };
            ranks[next] = Some(0);
            queue.push_back(next);
        }
        let sites = ranks.iter().flatten().max().map_or(0, |last| last + 1);
        let gateways = sites + usize::from(has(Part::Gateway));
        for (unit, part) in parts.iter().enumerate() {
            self.units[unit].column = match (part, ranks[unit]) {
                (_, Some(rank)) => rank,
                (Part::Gateway, None) => sites,
                (Part::Vpc | Part::Site, None) => gateways,
            };
        }
        let n_columns = self.units.iter().map(|unit| unit.column + 1).max().unwrap_or(0);
        self.columns = vec![Vec::new(); n_columns];
        for (place, unit) in self.units.iter().enumerate() {
            self.columns[unit.column].push(place);
        }
        for column in &mut self.columns {
            column.sort_by_key(|unit| self.units[*unit].group);
        }
    }

    /// Cuts links into parts between neighbouring columns.
    fn lay_hops(&mut self, edges: &[(usize, [usize; 2])]) {
        for (link, ends) in edges {
            let mut ends = *ends;
            ends.sort_by_key(|unit| self.units[*unit].column);
            let [mut from, to] = ends;
            while self.units[from].column + 1 < self.units[to].column {
                let column = self.units[from].column + 1;
                let way = self.units.len();
                self.units.push(Unit {
                    place: None,
                    column,
                    group: self.units[to].group,
                });
                self.columns[column].push(way);
                self.hops.push(Hop {
                    link: *link,
                    ends: [from, way],
                });
                from = way;
            }
            self.hops.push(Hop {
                link: *link,
                ends: [from, to],
            });
        }
    }

    /// Orders each column by where the neighbours stand in the one before, and after.
    fn order(&mut self) {
        let mut beside: Vec<[Vec<usize>; 2]> = vec![<[Vec<usize>; 2]>::default(); self.units.len()];
        for hop in &self.hops {
            let [a, b] = hop.ends;
            if self.units[a].column != self.units[b].column {
                beside[a][1].push(b);
                beside[b][0].push(a);
            }
        }
        let mut place_of = vec![0; self.units.len()];
        let note = |column: &[usize], place_of: &mut Vec<usize>| {
            for (place, unit) in column.iter().enumerate() {
                place_of[*unit] = place;
            }
        };
        for column in &self.columns {
            note(column, &mut place_of);
        }
        let n_columns = self.columns.len();
        for sweep in 0..SWEEPS {
            for n in 0..n_columns {
                let (column, side) = if sweep % 2 == 0 {
                    (n, 0)
                } else {
                    (n_columns - 1 - n, 1)
                };
                // In thousandths, so that no float decides an order.
                let wanted = |unit: usize| {
                    let all = &beside[unit][side];
                    let sum: usize = all.iter().map(|it| place_of[*it]).sum();
                    (sum * 1_000)
                        .checked_div(all.len())
                        .unwrap_or(place_of[unit] * 1_000)
                };
                let mut units = core::mem::take(&mut self.columns[column]);
                // Stable: what wants the same place keeps its order.
                units.sort_by_key(|unit| (self.units[*unit].group, wanted(*unit)));
                note(&units, &mut place_of);
                self.columns[column] = units;
            }
        }
    }
}
