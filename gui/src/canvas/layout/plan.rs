//! What stands where in the large: units in columns, the boxes around them, and the parts of links between columns.
//!
//! ```text
//!   sites         between           the cloud
//!  ╭────────────╮ ╭──────────╮ ╭──────────────────────────────╮
//!  │ lan  cgw-1 │ │ location │ │ dxgw  ╭ Region ────────────╮ │
//!  ╰────────────╯ ╰──────────╯ │       │ vpn  tgw  ╭ VPC ─╮ │ │
//!                  internet    │       │           ╰──────╯ │ │
//!                              ╰───────┴────────────────────┴─╯
//! ```

use crate::topology::{Container, ContainerId, ContainerKind, Place, Topology};

use super::measure::{Block, is_at_the_edge};
use super::rank;

/// Something that stands in a column by itself: a box with all that is in it, a thing, or the way of a link past a column.
#[derive(Debug, Clone, Default)]
pub(super) struct Unit {
    /// None for a link's way.
    pub(super) place: Option<Place>,
    /// The box around it.
    pub(super) cluster: usize,
    pub(super) column: usize,
    pub(super) block: Block,
    /// The rows between which links end at it, seen from its upper edge.
    pub(super) band: (i32, i32),
    /// How far inside its left and right edge links end.
    pub(super) inset: i32,
}

/// A box that other units and boxes stand in, over one or more columns; the first is the whole picture.
#[derive(Debug, Clone, Default)]
pub(super) struct Cluster {
    pub(super) container: Option<ContainerId>,
    pub(super) parent: Option<usize>,
    /// From top to bottom.
    pub(super) children: Vec<Child>,
    /// The first and last column of what is in it.
    pub(super) columns: (usize, usize),
}

/// What stands in a cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Child {
    Unit(usize),
    Cluster(usize),
}

/// A part of a link between units of neighbouring columns, or of the same one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Hop {
    pub(super) link: usize,
    /// The one further left first.
    pub(super) ends: [usize; 2],
}

/// All of it.
#[derive(Debug, Clone, Default)]
pub(super) struct Plan {
    pub(super) units: Vec<Unit>,
    pub(super) clusters: Vec<Cluster>,
    pub(super) n_columns: usize,
    pub(super) hops: Vec<Hop>,
    /// The unit of each container and of each node.
    unit_of: [Vec<Option<usize>>; 2],
}

/// Whether other boxes and things stand beside each other in a box, rather than packed.
fn is_cluster(topology: &Topology, container: &Container) -> bool {
    let holds_edge = || {
        container.children().iter().any(|place| match place {
            Place::Node(id) => topology.node(*id).is_some_and(|node| is_at_the_edge(node.kind)),
            Place::Container(_) => false,
        })
    };
    match container.kind {
        ContainerKind::Cloud | ContainerKind::Region | ContainerKind::Site | ContainerKind::Location => {
            !container.children().is_empty()
        }
        ContainerKind::Vpc => holds_edge(),
        ContainerKind::Segment | ContainerKind::Zone | ContainerKind::Subnet => false,
    }
}

impl Plan {
    pub(super) fn of(topology: &Topology) -> Self {
        let mut plan = Self {
            unit_of: [
                vec![None; topology.containers().len()],
                vec![None; topology.nodes().len()],
            ],
            clusters: vec![Cluster::default()],
            ..Self::default()
        };
        for &place in topology.top() {
            plan.add(topology, place, 0);
        }
        let edges = plan.edges(topology);
        rank::columns(topology, &mut plan, &edges);
        plan.span(0);
        plan.lay_hops(&edges);
        plan
    }

    /// The unit in which a place stands.
    pub(super) fn unit(&self, place: Place) -> Option<usize> {
        let [of_container, of_node] = &self.unit_of;
        match place {
            Place::Container(id) => of_container.get(id.index()).copied().flatten(),
            Place::Node(id) => of_node.get(id.index()).copied().flatten(),
        }
    }

    fn note(&mut self, place: Place, unit: usize) {
        let [of_container, of_node] = &mut self.unit_of;
        let slot = match place {
            Place::Container(id) => of_container.get_mut(id.index()),
            Place::Node(id) => of_node.get_mut(id.index()),
        };
        if let Some(slot) = slot {
            *slot = Some(unit);
        }
    }

    fn add(&mut self, topology: &Topology, place: Place, within: usize) {
        let container = match place {
            Place::Container(id) => topology.container(id).map(|container| (id, container)),
            Place::Node(_) => None,
        };
        let Some((id, container)) = container.filter(|(_, it)| is_cluster(topology, it)) else {
            let unit = self.push(place, within);
            self.note_all(topology, place, unit);
            return;
        };
        let cluster = self.clusters.len();
        self.clusters.push(Cluster {
            container: Some(id),
            parent: Some(within),
            ..Cluster::default()
        });
        self.clusters[within].children.push(Child::Cluster(cluster));
        if container.kind == ContainerKind::Vpc {
            let unit = self.push(place, cluster);
            self.note_all(topology, place, unit);
            for &child in container.children() {
                if let Place::Node(node) = child
                    && topology.node(node).is_some_and(|node| is_at_the_edge(node.kind))
                {
                    let unit = self.push(child, cluster);
                    self.note(child, unit);
                }
            }
            return;
        }
        let before = self.units.len();
        for &child in container.children() {
            self.add(topology, child, cluster);
        }
        // A link that ends at the box ends at the first thing in it.
        self.note(place, before);
    }

    fn push(&mut self, place: Place, cluster: usize) -> usize {
        let unit = self.units.len();
        self.units.push(Unit {
            place: Some(place),
            cluster,
            ..Unit::default()
        });
        self.clusters[cluster].children.push(Child::Unit(unit));
        unit
    }

    fn note_all(&mut self, topology: &Topology, place: Place, unit: usize) {
        let mut left = vec![place];
        while let Some(place) = left.pop() {
            self.note(place, unit);
            if let Place::Container(id) = place {
                let children = topology.container(id).map_or(&[][..], Container::children);
                left.extend(children);
            }
        }
    }

    /// Links between different units, each with its two units.
    fn edges(&self, topology: &Topology) -> Vec<(usize, [usize; 2])> {
        let all = topology.links().iter().enumerate();
        all.filter_map(|(link, row)| {
            let [a, b] = row.ends().map(|end| self.unit(end));
            let (a, b) = (a?, b?);
            (a != b).then_some((link, [a, b]))
        })
        .collect()
    }

    /// Which columns each cluster covers.
    fn span(&mut self, cluster: usize) -> (usize, usize) {
        let mut span: Option<(usize, usize)> = None;
        for child in self.clusters[cluster].children.clone() {
            let (first, last) = match child {
                Child::Unit(unit) => (self.units[unit].column, self.units[unit].column),
                Child::Cluster(inner) => self.span(inner),
            };
            span = Some(span.map_or((first, last), |(a, b)| (a.min(first), b.max(last))));
        }
        let span = span.unwrap_or_default();
        self.clusters[cluster].columns = span;
        span
    }

    /// The clusters around a unit, innermost first.
    pub(super) fn around(&self, unit: usize) -> impl Iterator<Item = usize> + '_ {
        std::iter::successors(Some(self.units[unit].cluster), |&it| self.clusters[it].parent)
    }

    /// Cuts links into parts between neighbouring columns.
    fn lay_hops(&mut self, edges: &[(usize, [usize; 2])]) {
        for (link, ends) in edges {
            let mut ends = *ends;
            ends.sort_by_key(|unit| self.units[*unit].column);
            let [mut from, to] = ends;
            let first = from;
            while self.units[from].column + 1 < self.units[to].column {
                let column = self.units[from].column + 1;
                // A way past a column stays in the innermost box of one of its ends that covers the column.
                let covers = |it: &usize| {
                    let (first, last) = self.clusters[*it].columns;
                    *it == 0 || (first..=last).contains(&column)
                };
                let of = |unit| self.around(unit).find(covers).unwrap_or(0);
                let cluster = of(to).max(of(first));
                let way = self.units.len();
                self.units.push(Unit {
                    cluster,
                    column,
                    ..Unit::default()
                });
                self.clusters[cluster].children.push(Child::Unit(way));
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
}
