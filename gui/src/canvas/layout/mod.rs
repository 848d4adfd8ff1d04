//! Where everything stands: a pure function of the topology, in whole points.
//!
//! Units (boxes with all that is in them, and things by themselves) stand in columns, from the sites on the left to the
//! VPCs on the right, within a column near to what they are joined to. Links run in the gaps between columns, so that they
//! cross little and never run over anything. Link ends are resolved here, once, so that a frame never searches.

mod detour;
mod measure;
mod placements;
mod plan;
mod rank;
mod stack;
mod wires;

use egui::{Pos2, Rect, pos2, vec2};
use sim_core::view::map::Cells;

use crate::topology::{Item, LinkId, Place, Topology};

use measure::{Block, small_width, title_width};
pub(super) use measure::{CAPTION, HEADER, title_kind};
pub use placements::Placements;
use plan::{Child, Plan};
use wires::PITCH;

/// Names of links longer than this are cut.
const WIDEST_NAME: i32 = 116;
/// Room beside a link's name for what it carries or what is wrong with it.
const BESIDE_NAME: i32 = 30;

/// Links between the same two outermost places, drawn as one when everything is tiny.
#[derive(Debug, Clone, PartialEq)]
pub struct Bundle {
    /// From the middle of one place to the middle of the other.
    pub ends: [Pos2; 2],
    /// The links in it.
    pub links: Vec<LinkId>,
}

/// Where everything stands. Indices are those of the topology's ids.
#[derive(Debug, Clone, PartialEq)]
pub struct Layout {
    containers: Vec<Rect>,
    nodes: Vec<Rect>,
    /// The tile of each thing that stands by itself.
    tiles: Vec<Option<Rect>>,
    links: Vec<Vec<Pos2>>,
    names: Vec<Option<Rect>>,
    bundles: Vec<Bundle>,
    bounds: Rect,
}

impl Layout {
    /// Lays out a topology.
    #[must_use]
    pub fn of(topology: &Topology) -> Self {
        let mut plan = Plan::of(topology);
        plan.measure(topology);
        let tops = stack::stack(&mut plan);
        let name_widths: Vec<i32> = topology
            .numbered_links()
            .map(|(id, _)| match link_name(topology, id) {
                "" => 0,
                name => (small_width(name) + BESIDE_NAME).min(WIDEST_NAME),
            })
            .collect();
        let title_widths: Vec<i32> = plan
            .clusters
            .iter()
            .map(|it| {
                it.container
                    .and_then(|id| topology.container(id))
                    .map_or(0, title_width)
            })
            .collect();
        let drawn = wires::run(&plan, &tops, &name_widths, &title_widths);
        let mut layout = Self {
            containers: vec![Rect::NOTHING; topology.containers().len()],
            nodes: vec![Rect::NOTHING; topology.nodes().len()],
            tiles: vec![None; topology.nodes().len()],
            links: drawn
                .ways
                .iter()
                .map(|way| way.iter().map(|&at| point(at)).collect())
                .collect(),
            names: drawn.names.iter().map(|name| name.map(name_room)).collect(),
            bundles: Vec::new(),
            bounds: Rect::ZERO,
        };
        layout.put_units(&plan, &tops, &drawn);
        layout.put_cluster(&plan, 0, &drawn);
        layout.measure_bounds(topology);
        layout
    }

    fn measure_bounds(&mut self, topology: &Topology) {
        self.bundles = bundle(topology, self);
        let ways = self.links.iter().filter(|way| !way.is_empty());
        let ways = ways.map(|way| Rect::from_points(way));
        let places = topology.top().iter().map(|&place| self.rect(place));
        self.bounds = places.chain(ways).reduce(Rect::union).unwrap_or(Rect::ZERO);
    }

    fn put_units(&mut self, plan: &Plan, tops: &[i32], drawn: &wires::Drawn) {
        for (unit, row) in plan.units.iter().enumerate() {
            let (left, _) = wires::extent(plan, &drawn.columns, unit);
            for (place, area) in &row.block.spots {
                let area = Cells {
                    x: area.x + left,
                    y: area.y + tops[unit],
                    ..*area
                };
                self.put(*place, rect(area));
            }
            if let Some(Place::Node(id)) = row.place
                && let Some(slot) = self.tiles.get_mut(id.index())
            {
                let (width, height) = row.block.size;
                *slot = Some(rect(Cells {
                    x: left + row.inset,
                    y: tops[unit],
                    width: width - 2 * row.inset,
                    height: height - CAPTION,
                }));
            }
        }
    }

    fn put(&mut self, place: Place, rect: Rect) {
        let slot = match place {
            Place::Container(id) => self.containers.get_mut(id.index()),
            Place::Node(id) => self.nodes.get_mut(id.index()),
        };
        if let Some(slot) = slot {
            *slot = rect;
        }
    }

    /// Draws a cluster's edge around what is in it; gives the rows that it takes.
    fn put_cluster(&mut self, plan: &Plan, cluster: usize, drawn: &wires::Drawn) -> Rect {
        let mut inside = Rect::NOTHING;
        for child in &plan.clusters[cluster].children {
            inside = inside.union(match child {
                Child::Unit(unit) => match plan.units[*unit].place {
                    Some(Place::Node(id)) => self.rect(Place::Node(id)),
                    Some(Place::Container(_)) => self.around(&plan.units[*unit].block),
                    None => continue,
                },
                Child::Cluster(inner) => self.put_cluster(plan, *inner, drawn),
            });
        }
        let Some(id) = plan.clusters[cluster].container else {
            return inside;
        };
        let (left, right) = drawn.clusters[cluster];
        let around = Rect::from_min_max(
            pos2(whole(left), inside.top() - whole(HEADER)),
            pos2(whole(right), inside.bottom() + whole(measure::PADDING)),
        );
        self.put(Place::Container(id), around);
        around
    }

    /// What the places of a block cover.
    fn around(&self, block: &Block) -> Rect {
        let all = block.spots.iter().map(|(place, _)| self.rect(*place));
        all.reduce(Rect::union).unwrap_or(Rect::NOTHING)
    }

    /// Where a place stands; nothing for an id of another topology.
    #[must_use]
    pub fn rect(&self, place: Place) -> Rect {
        let found = match place {
            Place::Container(id) => self.containers.get(id.index()),
            Place::Node(id) => self.nodes.get(id.index()),
        };
        found.copied().unwrap_or(Rect::NOTHING)
    }
    /// The tile of a thing that stands by itself; its words stand below it.
    #[must_use]
    pub fn tile(&self, node: crate::topology::NodeId) -> Option<Rect> {
        self.tiles.get(node.index()).copied().flatten()
    }
    /// The corners of a link, from one end to the other; none where both ends stand in one box that nothing divides.
    #[must_use]
    pub fn path(&self, link: LinkId) -> &[Pos2] {
        self.links.get(link.index()).map_or(&[], Vec::as_slice)
    }
    /// Where the words of a link stand, its name in the upper half; none where it says nothing that its ends do not.
    #[must_use]
    pub fn name_room(&self, link: LinkId) -> Option<Rect> {
        self.names.get(link.index()).copied().flatten()
    }
    /// What to draw in place of links when everything is tiny.
    #[must_use]
    pub fn bundles(&self) -> &[Bundle] {
        &self.bundles
    }
    /// What the whole picture covers.
    #[must_use]
    pub const fn bounds(&self) -> Rect {
        self.bounds
    }
}

impl Plan {
    /// Measures all units, once it is known how many links end at each.
    fn measure(&mut self, topology: &Topology) {
        let busiest = wires::busiest(self);
        for (at, unit) in self.units.iter_mut().enumerate() {
            let ports = busiest[at] * PITCH;
            let is_content = self.clusters[unit.cluster].container.map(Place::Container) == unit.place;
            unit.block = match unit.place {
                None => Block {
                    size: (0, 1),
                    spots: Vec::new(),
                },
                Some(place @ Place::Node(id)) => match topology.node(id) {
                    Some(node) => Block::tile(place, node, ports),
                    None => Block::default(),
                },
                Some(Place::Container(id)) if is_content => match topology.container(id) {
                    Some(container) => Block::content(topology, container, ports),
                    None => Block::default(),
                },
                Some(place @ Place::Container(_)) => Block::of(topology, place, ports),
            };
            let height = unit.block.size.1;
            (unit.band, unit.inset) = match unit.place {
                None => ((0, 0), 0),
                Some(Place::Node(_)) => {
                    let half = PITCH / 2;
                    let tile = height - CAPTION;
                    ((half, tile - half), (unit.block.size.0 - measure::TILE) / 2)
                }
                Some(Place::Container(_)) if is_content => ((6, height - 6), 0),
                Some(Place::Container(_)) => ((HEADER.min(height / 2), (height - 10).max(height / 2)), 0),
            };
        }
    }
}

/// What a link's name says beside the names of its ends; nothing where that is nothing.
#[must_use]
pub fn link_name(topology: &Topology, id: LinkId) -> &str {
    let Some(link) = topology.link(id) else {
        return "";
    };
    let ends = link
        .ends()
        .map(|end| topology.name(Item::from(end)).unwrap_or_default());
    let mut rest = link.name.as_str();
    for end in ends.into_iter().filter(|end| !end.is_empty()) {
        let own = rest.strip_prefix(end);
        // Only a whole name is left out: `target-attachment` is no `-attachment` of `target`.
        let own = own.filter(|own| own.is_empty() || own.starts_with(['/', ':', ' ']));
        rest = own.map_or(rest, |own| own.trim_start_matches(['/', ':', ' ']));
    }
    let [a, b] = ends;
    let is_both = |first: &str, second: &str| {
        let between = rest.strip_prefix(first).and_then(|it| it.strip_suffix(second));
        between.is_some_and(|it| it.len() <= 1)
    };
    if ends.contains(&rest) || is_both(a, b) || is_both(b, a) {
        ""
    } else {
        rest
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "layouts are far smaller than a float is precise"
)]
const fn whole(points: i32) -> f32 {
    points as f32
}

const fn point((x, y): (i32, i32)) -> Pos2 {
    pos2(whole(x), whole(y))
}

fn rect(area: Cells) -> Rect {
    Rect::from_min_size(
        point((area.x, area.y)),
        vec2(whole(area.width), whole(area.height)),
    )
}

/// The room for a link's words: from where to where, above and below its row.
fn name_room((left, right, row): (i32, i32, i32)) -> Rect {
    Rect::from_min_max(
        point((left, row - PITCH / 2)),
        point((right, row + PITCH / 2 - 1)),
    )
}

/// Links by the pair of outermost places that they join, in the order of the first link of each.
fn bundle(topology: &Topology, layout: &Layout) -> Vec<Bundle> {
    let outermost = |place: Place| topology.ancestors(place).last().map_or(place, Place::Container);
    let mut by_pair: std::collections::BTreeMap<[Place; 2], Vec<LinkId>> = std::collections::BTreeMap::new();
    for (id, link) in topology.numbered_links() {
        let mut pair = link.ends().map(outermost);
        pair.sort_unstable();
        if pair[0] != pair[1] {
            by_pair.entry(pair).or_default().push(id);
        }
    }
    by_pair
        .into_iter()
        .map(|(pair, links)| Bundle {
            ends: pair.map(|place| layout.rect(place).center()),
            links,
        })
        .collect()
}

#[cfg(test)]
mod tests;
