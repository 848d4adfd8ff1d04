//! A box with its rows, measured from the inside out.

use crate::view::Health;
use crate::view::topology::{Node, NodeKind, Place, Topology};

use super::grid::Level;
use super::{Cells, Form, Spot};

/// Cells of a row's name at most.
const LABEL: i32 = 20;
/// Things that keep their names in a row of signs, because they do badly.
const NAMED: usize = 4;

/// A box: its height, and where everything in it stands, seen from its corner.
#[derive(Debug, Clone, Default)]
pub(super) struct Block {
    pub(super) height: i32,
    pub(super) spots: Vec<Spot>,
}

/// Cells that a text takes.
pub(super) fn letters(text: &str) -> i32 {
    i32::try_from(text.chars().count()).unwrap_or(i32::MAX / 4)
}

/// A thing with its sign and its name.
fn chip(node: &Node, widest: i32) -> i32 {
    (letters(&node.name) + 2).min(widest)
}

fn is_inside(node: &Node) -> bool {
    !matches!(
        node.kind,
        NodeKind::VirtualPrivateGateway | NodeKind::TransitGateway
    )
}

/// What a box holds: the row of what is in it directly, and a row for each box in it.
fn rows(topology: &Topology, container: usize) -> Vec<(Option<usize>, Vec<usize>)> {
    let things = |within: usize| -> Vec<usize> {
        let all = topology.nodes_in(Some(within));
        all.filter(|(_, node)| is_inside(node))
            .map(|(place, _)| place)
            .collect()
    };
    let own = Some((None, things(container))).filter(|(_, own)| !own.is_empty());
    let inner = topology.containers_in(Some(container));
    let inner = inner.map(|(place, _)| (Some(place), things(place)));
    own.into_iter().chain(inner).collect()
}

/// The width at which every row is one line.
pub(super) fn widest(topology: &Topology, container: usize) -> i32 {
    let rows = rows(topology, container);
    let label = label_width(topology, &rows);
    let line = |row: &(Option<usize>, Vec<usize>)| {
        let things = row.1.iter().filter_map(|place| topology.nodes.get(*place));
        things.map(|node| letters(&node.name) + 4).sum::<i32>() + label
    };
    let title = topology.containers.get(container);
    let title = title.map_or(0, |it| letters(&it.name) + letters(&it.caption) + 8);
    rows.iter().map(line).max().unwrap_or(0).max(title) + 4
}

fn label_width(topology: &Topology, rows: &[(Option<usize>, Vec<usize>)]) -> i32 {
    let names = rows
        .iter()
        .filter_map(|(row, _)| topology.containers.get((*row)?));
    let longest = names.map(|it| letters(&it.name) + 1).max().unwrap_or(0);
    longest.min(LABEL)
}

impl Block {
    /// A box of that width, at least so high.
    pub(super) fn of(
        topology: &Topology,
        container: usize,
        (width, least): (i32, i32),
        level: Level,
    ) -> Self {
        let mut block = Self::default();
        let rows = rows(topology, container);
        // Labels leave half of a narrow box to what they name.
        let label = label_width(topology, &rows).min((width - 4) / 2).max(0);
        let (left, right) = (2, width - 2);
        let mut y = 1;
        for (row, things) in rows {
            if level == Level::Dense && things.is_empty() {
                continue;
            }
            let from = if row.is_some() { left + label } else { left };
            let begin = y;
            let is_empty = things.is_empty();
            let place = block.spots.len();
            y = block.fill(topology, &things, (from, right, y), level);
            if let Some(row) = row {
                let spot = Spot {
                    place: Place::Container(row),
                    form: Form::Row,
                    area: Cells {
                        x: 1,
                        y: begin,
                        width: width - 2,
                        height: y - begin,
                    },
                    name: if is_empty { width - 4 } else { label - 1 },
                };
                block.spots.insert(place, spot);
            }
        }
        block.height = (y + 1).max(least).max(3);
        let whole = Spot {
            place: Place::Container(container),
            form: Form::Box,
            area: Cells {
                x: 0,
                y: 0,
                width,
                height: block.height,
            },
            name: width - 4,
        };
        block.spots.insert(0, whole);
        block
    }

    /// Puts things into lines between two columns; gives the row after the last line.
    fn fill(
        &mut self,
        topology: &Topology,
        things: &[usize],
        (from, to, mut y): (i32, i32, i32),
        level: Level,
    ) -> i32 {
        let room = (to - from).max(3);
        let mut things: Vec<(usize, &Node)> = things
            .iter()
            .filter_map(|place| Some((*place, topology.nodes.get(*place)?)))
            .collect();
        let widths: i32 = things.iter().map(|(_, node)| chip(node, room) + 2).sum();
        let as_signs = level != Level::Named && widths > room;
        let mut n_named = if as_signs { NAMED } else { usize::MAX };
        if as_signs {
            // Stable: what does badly comes first, the rest keeps its order.
            things.sort_by_key(|(_, node)| node.health < Health::Degraded);
        }
        let mut x = from;
        for (place, node) in things {
            let is_named = !as_signs || (node.health >= Health::Degraded && n_named > 0);
            n_named = n_named.saturating_sub(usize::from(is_named));
            let (form, width, gap) = if is_named {
                (Form::Chip, chip(node, room), 2)
            } else {
                (Form::Dot, 1, 0)
            };
            if x > from && x + width > to {
                x = from;
                y += 1;
            }
            self.spots.push(Spot {
                place: Place::Node(place),
                form,
                area: Cells {
                    x,
                    y,
                    width,
                    height: 1,
                },
                name: (width - 2).max(0),
            });
            x += width + gap;
        }
        y + 1
    }
}
