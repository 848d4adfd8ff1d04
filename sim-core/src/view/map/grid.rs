//! From units in columns to cells: how wide columns are, how high units, and where each stands.

use crate::view::topology::{Place, Topology};

use super::block::{Block, letters, widest};
use super::columns::Graph;
use super::wires::{self, Gap, Ports};
use super::{Cells, Form, Map, Spot};

/// How much is drawn of what stands in boxes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Level {
    /// Everything with its name.
    Named,
    /// Signs where the names do not fit in one line.
    Signs,
    /// The same, and no row for a subnet in which nothing stands.
    Dense,
}

impl Level {
    pub(super) const ALL: [Self; 3] = [Self::Named, Self::Signs, Self::Dense];
}

/// Cells of a gap between columns in which nothing has to turn.
const GAP: i32 = 2;
/// Cells of a gap beyond which more bring nothing: a link's name fits.
const WIDEST_GAP: i32 = 26;
/// How the room is shared out: from what everybody likes to what is left on a small screen.
struct Share {
    /// Letters of a thing's name.
    name: i32,
    /// Cells of a gap for links that turn.
    lanes: i32,
    /// The narrowest that a box gets.
    least: i32,
    /// What boxes are to get beyond that, on average.
    more: i32,
}

const fn share(name: i32, lanes: i32, least: i32, more: i32) -> Share {
    Share {
        name,
        lanes,
        least,
        more,
    }
}

const SHARES: [Share; 9] = [
    share(24, 8, 16, 40),
    share(20, 6, 16, 30),
    share(16, 5, 14, 20),
    share(13, 4, 14, 14),
    share(12, 4, 12, 8),
    share(9, 4, 12, 6),
    share(9, 3, 11, 4),
    share(7, 3, 11, 2),
    share(7, 1, 11, 0),
];
/// Rounds in which units are drawn to their neighbours.
const ROUNDS: usize = 6;

/// Where a unit stands, and the rows of its two sides at which links end.
pub(super) struct Standing {
    pub(super) area: Cells,
    pub(super) is_box: bool,
}

/// How wide columns and gaps are.
struct Widths {
    columns: Vec<i32>,
    /// Before each column and after the last.
    gaps: Vec<i32>,
}

fn container_of(graph: &Graph, unit: usize) -> Option<usize> {
    match graph.units.get(unit)?.place? {
        Place::Container(place) => Some(place),
        Place::Node(_) => None,
    }
}

/// The widths of columns of things, and the least of those with boxes.
fn least_columns(topology: &Topology, graph: &Graph, share: &Share, wanted: &[i32]) -> Vec<i32> {
    let of = |(units, wanted): (&Vec<usize>, &i32)| {
        let names = units.iter().filter_map(|unit| match graph.units[*unit].place? {
            Place::Node(place) => topology.nodes.get(place),
            Place::Container(_) => None,
        });
        let names = names.map(|node| letters(&node.name).min(share.name) + 4);
        let least = if *wanted > 0 { share.least.min(*wanted) } else { 1 };
        names.max().unwrap_or(0).max(least)
    };
    graph.columns.iter().zip(wanted).map(of).collect()
}

fn widths(topology: &Topology, graph: &Graph, width: i32) -> Widths {
    let n_columns = graph.columns.len();
    let turning = wires::turning(graph);
    let gaps_of = |lanes: i32| -> Vec<i32> {
        let gap = |(gap, n): (usize, &i32)| match (gap > 0 && gap < n_columns, *n) {
            (false, 0) => 0,
            // One link more does not turn, as a rule.
            (_, n) => GAP + (n - 1).clamp(0, lanes),
        };
        turning.iter().enumerate().map(gap).collect()
    };
    let boxes = |column: &Vec<usize>| -> i32 {
        let all = column.iter().filter_map(|unit| container_of(graph, *unit));
        all.map(|container| widest(topology, container))
            .max()
            .unwrap_or(0)
    };
    let wanted: Vec<i32> = graph.columns.iter().map(boxes).collect();
    let n_boxes = i32::try_from(wanted.iter().filter(|it| **it > 0).count()).unwrap_or(0);
    let left = |columns: &[i32], gaps: &[i32]| width - columns.iter().sum::<i32>() - gaps.iter().sum::<i32>();
    let mut widths = Widths {
        columns: Vec::new(),
        gaps: Vec::new(),
    };
    for share in &SHARES {
        widths = Widths {
            columns: least_columns(topology, graph, share, &wanted),
            gaps: gaps_of(share.lanes),
        };
        if left(&widths.columns, &widths.gaps) >= n_boxes * share.more {
            break;
        }
    }
    let Widths { columns, gaps } = &mut widths;
    // Boxes get the same, as long as they want more.
    let mut spare = left(columns, gaps);
    loop {
        let wanting: Vec<usize> = (0..n_columns).filter(|it| columns[*it] < wanted[*it]).collect();
        let n = i32::try_from(wanting.len()).unwrap_or(1);
        if n == 0 || spare < n {
            break;
        }
        for column in wanting {
            let more = (spare / n).min(wanted[column] - columns[column]);
            columns[column] += more;
        }
        spare = left(columns, gaps);
    }
    let spare = left(columns, gaps);
    let inner = i32::try_from(n_columns).unwrap_or(1) - 1;
    for gap in gaps.iter_mut().skip(1).take(n_columns.saturating_sub(1)) {
        *gap += (spare / inner.max(1)).clamp(0, (WIDEST_GAP - *gap).max(0));
    }
    widths
}

/// Lays everything out.
pub(super) fn lay_out(topology: &Topology, graph: &Graph, size: (i32, i32), level: Level) -> Map {
    let widths = widths(topology, graph, size.0);
    let ports = Ports::of(graph);
    let mut standings: Vec<Standing> = Vec::new();
    let mut blocks: Vec<Block> = Vec::new();
    for (unit, row) in graph.units.iter().enumerate() {
        let n_ports = ports.most(unit);
        let width = widths.columns[row.column];
        let (width, block) = match row.place {
            None => (width, Block::default()),
            Some(Place::Container(container)) => {
                let width = width.min(widest(topology, container));
                (width, Block::of(topology, container, (width, n_ports + 2), level))
            }
            Some(Place::Node(node)) => {
                let name = topology.nodes.get(node).map_or(0, |it| letters(&it.name));
                let width = (name + 4).min(width);
                let area = Cells {
                    x: 0,
                    y: 0,
                    width,
                    height: n_ports.max(1),
                };
                let spot = Spot {
                    place: Place::Node(node),
                    form: Form::Device,
                    area,
                    name: width - 4,
                };
                let block = Block {
                    height: area.height,
                    spots: vec![spot],
                };
                (width, block)
            }
        };
        standings.push(Standing {
            area: Cells {
                x: 0,
                y: 0,
                width,
                height: block.height.max(1),
            },
            is_box: matches!(row.place, Some(Place::Container(_))),
        });
        blocks.push(block);
    }
    let gaps = place_columns(graph, &widths, &mut standings);
    stack(graph, &ports, &mut standings, size.1);
    let mut spots = Vec::new();
    for (standing, block) in standings.iter().zip(&blocks) {
        spots.extend(block.spots.iter().map(|spot| Spot {
            area: Cells {
                x: spot.area.x + standing.area.x,
                y: spot.area.y + standing.area.y,
                ..spot.area
            },
            ..*spot
        }));
    }
    let wires = wires::run(graph, &ports, &standings, &gaps);
    let right = standings.iter().map(|it| it.area.x + it.area.width);
    let bottom = standings.iter().map(|it| it.area.y + it.area.height);
    Map {
        size: (right.max().unwrap_or(0), bottom.max().unwrap_or(0)),
        spots,
        wires,
    }
}

/// Gives each unit its columns of cells; gives where the gaps are.
fn place_columns(graph: &Graph, widths: &Widths, standings: &mut [Standing]) -> Vec<Gap> {
    let mut gaps = Vec::new();
    let mut x = 0;
    for (column, units) in graph.columns.iter().enumerate() {
        gaps.push(Gap {
            from: x,
            width: widths.gaps[column],
        });
        x += widths.gaps[column];
        let is_last = column + 1 == graph.columns.len();
        for unit in units {
            let standing = &mut standings[*unit];
            // What is narrower stands in the middle of its column, or at the gap where all links come from.
            let spare = widths.columns[column] - standing.area.width;
            standing.area.x = x + if is_last || column == 0 { 0 } else { spare / 2 };
        }
        x += widths.columns[column];
    }
    gaps.push(Gap {
        from: x,
        width: widths.gaps.last().copied().unwrap_or(0),
    });
    gaps
}

/// Stacks the units of each column, each as near to the rows of its neighbours as the others let it.
fn stack(graph: &Graph, ports: &Ports, standings: &mut [Standing], height: i32) {
    let taken = |units: &[usize], standings: &[Standing]| -> i32 {
        units.iter().map(|unit| standings[*unit].area.height).sum()
    };
    let spaces: Vec<i32> = graph
        .columns
        .iter()
        .map(|units| {
            let n = i32::try_from(units.len()).unwrap_or(0);
            // An empty row between neighbours, where there is room for that.
            i32::from(taken(units, standings) + n - 1 <= height)
        })
        .collect();
    for (column, units) in graph.columns.iter().enumerate() {
        let mut y = 0;
        for unit in units {
            standings[*unit].area.y = y;
            y += standings[*unit].area.height + spaces[column];
        }
    }
    for round in 0..ROUNDS {
        for n in 0..graph.columns.len() {
            let column = if round % 2 == 0 {
                n
            } else {
                graph.columns.len() - 1 - n
            };
            let units = &graph.columns[column];
            let wanted: Vec<i32> = units.iter().map(|unit| ports.wanted(*unit, standings)).collect();
            // Down from the first, then up from the last, so that nobody leaves the screen for it.
            let mut y = 0;
            for (unit, wanted) in units.iter().zip(wanted) {
                standings[*unit].area.y = y.max(wanted);
                y = standings[*unit].area.y + standings[*unit].area.height + spaces[column];
            }
            let mut bottom = (y - spaces[column]).min(height.max(taken(units, standings)));
            for unit in units.iter().rev() {
                let area = &mut standings[*unit].area;
                area.y = area.y.min(bottom - area.height).max(0);
                bottom = area.y - spaces[column];
            }
            // Where even that is too much for the screen, they follow each other downwards.
            let mut y = 0;
            for unit in units {
                let area = &mut standings[*unit].area;
                area.y = area.y.max(y);
                y = area.y + area.height + spaces[column];
            }
        }
    }
    let top = standings.iter().map(|it| it.area.y).min().unwrap_or(0);
    for standing in standings {
        standing.area.y -= top;
    }
}
