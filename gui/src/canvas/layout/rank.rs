//! In which column each unit stands: sites on the left, what lies between in the middle, the cloud on the right, each with
//! what is nearest to the other side last. Where that makes a picture much too high, sites and VPCs stand in more columns.

use std::collections::VecDeque;

use crate::topology::{ContainerKind, NodeKind, Place, Topology};

use super::measure::Block;
use super::plan::Plan;

/// Sites beyond this many stand in columns by their number, not by what they are joined to.
const FEW_SITES: usize = 6;
/// What a unit takes beside its own height, about.
const BESIDE: i32 = 60;
/// The height that a picture may have in any case.
const LOW: i32 = 900;

/// Which part of the picture a unit is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    /// In a site or a segment, by the number of its group.
    Site(usize),
    /// By itself, somewhere between.
    Between,
    /// In the cloud, from 0 at its left edge to 3 for VPCs.
    Cloud(usize),
}

/// Columns of the cloud: Direct Connect gateways, AWS's ends of tunnels, gateways, VPCs.
const CLOUD: usize = 4;

struct Ranking {
    parts: Vec<Part>,
    neighbours: Vec<Vec<usize>>,
    /// The Region of each unit, by its cluster.
    regions: Vec<Option<usize>>,
    heights: Vec<i32>,
    is_box: Vec<bool>,
    is_router: Vec<bool>,
}

/// Gives every unit its column.
pub(super) fn columns(topology: &Topology, plan: &mut Plan, edges: &[(usize, [usize; 2])]) {
    let mut neighbours = vec![Vec::new(); plan.units.len()];
    for (_, [a, b]) in edges {
        neighbours[*a].push(*b);
        neighbours[*b].push(*a);
    }
    let is_box = |place: Option<Place>| matches!(place, Some(Place::Container(_)));
    let is_router = |place: Option<Place>| match place {
        Some(Place::Node(id)) => topology
            .node(id)
            .is_some_and(|node| matches!(node.kind, NodeKind::Router | NodeKind::Firewall)),
        Some(Place::Container(_)) | None => false,
    };
    let ranking = Ranking {
        is_box: plan.units.iter().map(|unit| is_box(unit.place)).collect(),
        is_router: plan.units.iter().map(|unit| is_router(unit.place)).collect(),
        parts: parts(topology, plan),
        neighbours,
        regions: regions(topology, plan),
        heights: heights(topology, plan),
    };
    let columns = ranking.columns();
    // Columns in which nothing stands are left out.
    let mut used: Vec<usize> = columns.clone();
    used.sort_unstable();
    used.dedup();
    for (unit, column) in plan.units.iter_mut().zip(columns) {
        unit.column = used.binary_search(&column).unwrap_or(0);
    }
    plan.n_columns = used.len();
}

fn kind_of(topology: &Topology, plan: &Plan, cluster: usize) -> Option<ContainerKind> {
    Some(topology.container(plan.clusters[cluster].container?)?.kind)
}

fn parts(topology: &Topology, plan: &Plan) -> Vec<Part> {
    let of = |unit: usize| {
        let around = |kind| {
            plan.around(unit)
                .find(|it| kind_of(topology, plan, *it) == Some(kind))
        };
        if let Some(site) = around(ContainerKind::Site) {
            return Part::Site(site);
        }
        match plan.units[unit].place {
            Some(Place::Container(id)) => match topology.container(id).map(|it| it.kind) {
                Some(ContainerKind::Segment | ContainerKind::Site) => Part::Site(plan.clusters.len() + unit),
                Some(ContainerKind::Location) | None => Part::Between,
                Some(
                    ContainerKind::Cloud
                    | ContainerKind::Region
                    | ContainerKind::Vpc
                    | ContainerKind::Zone
                    | ContainerKind::Subnet,
                ) => Part::Cloud(3),
            },
            Some(Place::Node(id)) => match topology.node(id).map(|it| it.kind) {
                Some(NodeKind::DirectConnectGateway) => Part::Cloud(0),
                Some(NodeKind::TunnelEndpoint) => Part::Cloud(1),
                Some(NodeKind::TransitGateway | NodeKind::VirtualPrivateGateway) => Part::Cloud(2),
                _ if around(ContainerKind::Region).is_some() => Part::Cloud(2),
                _ if around(ContainerKind::Cloud).is_some() => Part::Cloud(0),
                _ => Part::Between,
            },
            None => Part::Between,
        }
    };
    (0..plan.units.len()).map(of).collect()
}

fn regions(topology: &Topology, plan: &Plan) -> Vec<Option<usize>> {
    let of = |unit| {
        plan.around(unit)
            .find(|it| kind_of(topology, plan, *it) == Some(ContainerKind::Region))
    };
    (0..plan.units.len()).map(of).collect()
}

fn heights(topology: &Topology, plan: &Plan) -> Vec<i32> {
    let of = |place: Option<Place>| match place {
        Some(place @ Place::Container(_)) => Block::of(topology, place, 0).size.1,
        Some(Place::Node(_)) | None => 80,
    };
    plan.units.iter().map(|unit| of(unit.place) + BESIDE).collect()
}

impl Ranking {
    fn columns(&self) -> Vec<usize> {
        let has = |wanted: fn(&Part) -> bool| self.parts.iter().any(wanted);
        let has_cloud = has(|part| matches!(part, Part::Cloud(_)));
        let has_sites = has(|part| matches!(part, Part::Site(_)));
        let mut columns = vec![0; self.parts.len()];
        if !has_sites && !has_cloud {
            let all: Vec<usize> = (0..self.parts.len()).collect();
            for (unit, rank) in self.chain(&all) {
                columns[unit] = rank;
            }
            return columns;
        }
        let after = if has_cloud || self.sites().len() > FEW_SITES {
            let after = self.strips(&mut columns);
            let n = self.between(&mut columns, after);
            after + n
        } else {
            self.across(&mut columns)
        };
        self.cloud(&mut columns, after);
        columns
    }

    /// The sites, each with its units, in order.
    fn sites(&self) -> Vec<Vec<usize>> {
        let mut sites: Vec<(usize, Vec<usize>)> = Vec::new();
        for (unit, part) in self.parts.iter().enumerate() {
            if let Part::Site(site) = part {
                match sites.iter_mut().find(|(it, _)| it == site) {
                    Some((_, units)) => units.push(unit),
                    None => sites.push((*site, vec![unit])),
                }
            }
        }
        sites.into_iter().map(|(_, units)| units).collect()
    }

    /// How far each unit of a site is from its segments, and how many columns that makes.
    fn within(&self, site: &[usize]) -> (Vec<(usize, usize)>, usize) {
        let mut ranks: Vec<Option<usize>> = vec![None; self.parts.len()];
        let mut queue: VecDeque<usize> = site.iter().copied().filter(|it| self.is_box[*it]).collect();
        if queue.is_empty() {
            queue.extend(site.first());
        }
        for unit in &queue {
            ranks[*unit] = Some(0);
        }
        while let Some(unit) = queue.pop_front() {
            for next in self.neighbours[unit].iter().filter(|it| site.contains(it)) {
                if ranks[*next].is_none() {
                    ranks[*next] = ranks[unit].map(|rank| rank + 1);
                    queue.push_back(*next);
                }
            }
        }
        let ranked: Vec<(usize, usize)> = site
            .iter()
            .map(|unit| (*unit, ranks[*unit].unwrap_or(0)))
            .collect();
        let n = ranked.iter().map(|(_, rank)| rank + 1).max().unwrap_or(0);
        (ranked, n)
    }

    /// Sites below each other, in as many strips as keep the picture low; gives the column after them.
    fn strips(&self, columns: &mut [usize]) -> usize {
        let sites = self.sites();
        let ranked: Vec<_> = sites.iter().map(|site| self.within(site)).collect();
        let widest = ranked.iter().map(|(_, n)| *n).max().unwrap_or(0);
        let heights: Vec<i32> = ranked
            .iter()
            .map(|(ranked, n)| {
                let of = |rank| {
                    let own = ranked.iter().filter(|(_, it)| *it == rank);
                    own.map(|(unit, _)| self.heights[*unit]).sum::<i32>()
                };
                (0..*n).map(of).max().unwrap_or(0)
            })
            .collect();
        let strips = strips(&heights, self.height());
        for ((ranked, n), strip) in ranked.iter().zip(&strips) {
            for (unit, rank) in ranked {
                // Routers stand at the right edge of their strip, where links leave it.
                columns[*unit] = strip * widest + rank + if *rank > 0 { widest - n } else { 0 };
            }
        }
        strips.iter().max().map_or(0, |last| (last + 1) * widest)
    }

    /// What stands between, by itself; gives how many columns it takes.
    fn between(&self, columns: &mut [usize], after: usize) -> usize {
        let all: Vec<usize> = (0..self.parts.len())
            .filter(|it| self.parts[*it] == Part::Between)
            .collect();
        let is_customers = |unit: &usize| {
            let joins = &self.neighbours[*unit];
            let is_site = |it: &usize| matches!(self.parts[*it], Part::Site(_));
            let is_between = |it: &usize| self.parts[*it] == Part::Between;
            // A router without a segment stands where the others of the customer's do.
            after == 0
                && joins.iter().any(is_between)
                && !joins.iter().any(is_site)
                && !joins
                    .iter()
                    .any(|it| matches!(self.parts[*it], Part::Cloud(0 | 2)))
                && self.is_router[*unit]
        };
        let first: Vec<usize> = all.iter().copied().filter(is_customers).collect();
        for unit in &all {
            columns[*unit] = after + usize::from(!first.is_empty() && !first.contains(unit));
        }
        usize::from(!all.is_empty()) + usize::from(!first.is_empty() && first.len() < all.len())
    }

    /// The first site on the left, those that it is joined to on the right of it, and so on; gives the column after them.
    fn across(&self, columns: &mut [usize]) -> usize {
        let mut groups = self.sites();
        let n_sites = groups.len();
        let loose = (0..self.parts.len()).filter(|it| self.parts[*it] == Part::Between);
        groups.extend(loose.map(|unit| vec![unit]));
        let group_of = |unit: usize| groups.iter().position(|group| group.contains(&unit));
        let mut far: Vec<Option<usize>> = vec![None; groups.len()];
        for start in 0..groups.len() {
            if far[start].is_some() {
                continue;
            }
            far[start] = Some(0);
            let mut queue = VecDeque::from([start]);
            while let Some(group) = queue.pop_front() {
                for next in groups[group].iter().flat_map(|unit| &self.neighbours[*unit]) {
                    if let Some(next) = group_of(*next)
                        && far[next].is_none()
                    {
                        far[next] = far[group].map(|it| it + 1);
                        queue.push_back(next);
                    }
                }
            }
        }
        let ranked: Vec<_> = groups.iter().map(|group| self.within(group)).collect();
        let n = far.iter().flatten().max().map_or(0, |last| last + 1);
        let mut first = 0;
        for step in 0..n {
            let here = |it: &usize| far[*it] == Some(step);
            let width = (0..groups.len())
                .filter(here)
                .map(|it| ranked[it].1)
                .max()
                .unwrap_or(0);
            for group in (0..groups.len()).filter(here) {
                for (unit, rank) in &ranked[group].0 {
                    let is_mirrored = group < n_sites && step > 0;
                    columns[*unit] = first
                        + if is_mirrored {
                            ranked[group].1 - 1 - rank
                        } else {
                            *rank
                        };
                }
            }
            first += width;
        }
        first
    }

    /// A chain from one end to the other: units by how far they are from the one that is furthest from all.
    fn chain(&self, all: &[usize]) -> Vec<(usize, usize)> {
        let mut ranks: Vec<Option<usize>> = vec![None; self.parts.len()];
        for &start in all {
            if ranks[start].is_some() {
                continue;
            }
            let reached = self.distances(start);
            let furthest = |from: &[Option<usize>]| from.iter().flatten().max().copied().unwrap_or(0);
            let here = (0..reached.len()).filter(|unit| reached[*unit].is_some());
            let ends = here.map(|unit| (core::cmp::Reverse(furthest(&self.distances(unit))), unit));
            let first = ends.min().map_or(start, |(_, unit)| unit);
            for (unit, distance) in self.distances(first).into_iter().enumerate() {
                ranks[unit] = distance.or(ranks[unit]);
            }
        }
        all.iter()
            .map(|unit| (*unit, ranks[*unit].unwrap_or(0)))
            .collect()
    }

    fn distances(&self, from: usize) -> Vec<Option<usize>> {
        let mut far = vec![None; self.parts.len()];
        far[from] = Some(0);
        let mut queue = VecDeque::from([from]);
        while let Some(unit) = queue.pop_front() {
            for next in &self.neighbours[unit] {
                if far[*next].is_none() {
                    far[*next] = far[unit].map(|it: usize| it + 1);
                    queue.push_back(*next);
                }
            }
        }
        far
    }

    fn cloud(&self, columns: &mut [usize], after: usize) {
        let mut vpcs: Vec<usize> = Vec::new();
        let mut has_gateways = false;
        for (unit, part) in self.parts.iter().enumerate() {
            match part {
                Part::Cloud(3) => vpcs.push(unit),
                Part::Cloud(at) => {
                    columns[unit] = after + at;
                    has_gateways = true;
                }
                Part::Site(_) | Part::Between => {}
            }
        }
        let first = after + CLOUD - 1;
        let mut regions: Vec<Option<usize>> = vpcs.iter().map(|unit| self.regions[*unit]).collect();
        regions.dedup();
        if has_gateways || after > 0 {
            let heights: Vec<i32> = vpcs.iter().map(|unit| self.heights[*unit]).collect();
            for (unit, strip) in vpcs.iter().zip(strips(&heights, self.height())) {
                columns[*unit] = first + strip;
            }
        } else if regions.len() > 1 {
            // Regions that only peerings join stand side by side.
            for unit in &vpcs {
                let region = regions.iter().position(|it| *it == self.regions[*unit]);
                columns[*unit] = first + region.unwrap_or(0);
            }
        } else if let Some(middle) = vpcs.first() {
            for (unit, far) in self.distances(*middle).into_iter().enumerate() {
                columns[unit] = first + far.unwrap_or(0);
            }
        }
    }

    /// How high the picture is to be: what all of it takes, in the shape of a screen.
    fn height(&self) -> i32 {
        let area: i64 = self.heights.iter().map(|it| i64::from(*it) * 420).sum();
        i32::try_from((area / 2).isqrt()).unwrap_or(LOW).max(LOW)
    }
}

/// Deals what is so high out to strips, in order and about evenly, so that none is much higher than that.
fn strips(heights: &[i32], most: i32) -> Vec<usize> {
    let total: i32 = heights.iter().sum();
    let n = total.div_euclid(most.max(1)) + 1;
    let share = (total / n).max(1);
    let mut above = 0;
    let strip = |height: &i32| {
        let strip = ((above + height / 2) / share).min(n - 1);
        above += height;
        usize::try_from(strip).unwrap_or(0)
    };
    heights.iter().map(strip).collect()
}
