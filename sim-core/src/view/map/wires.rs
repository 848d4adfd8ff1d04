//! Where links run: out of a side of a unit, along its row into the gap, there up or down, and into the next.

use super::Wire;
use super::columns::Graph;
use super::grid::Standing;
use super::lanes::{Sides, Turn, deal, straighten};

/// A gap between two columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Gap {
    pub(super) from: i32,
    pub(super) width: i32,
}

/// Which hops end at which side of each unit.
pub(super) struct Ports {
    /// Of the left and of the right side: the hop, and the unit at its other end.
    sides: Vec<[Vec<(usize, usize)>; 2]>,
}

/// The gap that a hop runs through: the one between its columns, and for two of one column the one on their right, or on
/// their left where they are the last.
fn gap_of(graph: &Graph, [a, b]: [usize; 2]) -> usize {
    let (one, other) = (graph.units[a].column, graph.units[b].column);
    let is_last = one + 1 == graph.columns.len();
    if one == other && is_last { one } else { one + 1 }
}

/// How many links may turn in each gap.
pub(super) fn turning(graph: &Graph) -> Vec<i32> {
    let mut all = vec![0; graph.columns.len() + 1];
    for hop in &graph.hops {
        all[gap_of(graph, hop.ends)] += 1;
    }
    all
}

impl Ports {
    pub(super) fn of(graph: &Graph) -> Self {
        let mut sides = vec![<[Vec<(usize, usize)>; 2]>::default(); graph.units.len()];
        for (place, hop) in graph.hops.iter().enumerate() {
            let gap = gap_of(graph, hop.ends);
            for (end, other) in [(hop.ends[0], hop.ends[1]), (hop.ends[1], hop.ends[0])] {
                let side = usize::from(graph.units[end].column < gap);
                sides[end][side].push((place, other));
            }
        }
        Self { sides }
    }
    /// How many hops end at the busier side.
    pub(super) fn most(&self, unit: usize) -> i32 {
        let sides = &self.sides[unit];
        i32::try_from(sides[0].len().max(sides[1].len())).unwrap_or(1)
    }
    /// The row at which a unit would stand if it followed its neighbours alone.
    pub(super) fn wanted(&self, unit: usize, standings: &[Standing]) -> i32 {
        let all = self.sides[unit].iter().flatten();
        let mut rows: Vec<i32> = all.map(|(_, other)| standings[*other].area.middle().1).collect();
        let own = &standings[unit].area;
        if rows.is_empty() {
            return own.y;
        }
        rows.sort_unstable();
        rows[rows.len() / 2] - own.height / 2
    }
    /// The rows at which the hops of each unit's sides end, by hop: of its first end and of its second.
    fn rows(&self, graph: &Graph, standings: &[Standing]) -> Vec<[i32; 2]> {
        let mut rows = vec![[0; 2]; graph.hops.len()];
        // In the second round each side with room to spare moves its ends to the rows that those across have.
        for round in 0..2 {
            for (unit, sides) in self.sides.iter().enumerate() {
                let standing = &standings[unit];
                for side in sides {
                    let end_of = |hop: usize| usize::from(graph.hops[hop].ends[0] != unit);
                    let mut hops = side.clone();
                    // Who is further up goes out further up; what is alike keeps its order.
                    hops.sort_by_key(|(hop, other)| match round {
                        0 => standings[*other].area.middle().1,
                        _ => rows[*hop][1 - end_of(*hop)],
                    });
                    let n = i32::try_from(hops.len()).unwrap_or(1).max(1);
                    let (top, room) = if standing.is_box {
                        (standing.area.y + 1, standing.area.height - 2)
                    } else {
                        (standing.area.y, standing.area.height)
                    };
                    let spare = (room - n).max(0);
                    let across = hops
                        .get(hops.len() / 2)
                        .map(|(hop, _)| rows[*hop][1 - end_of(*hop)]);
                    let first = match across {
                        Some(across) if round > 0 => (across - n / 2).clamp(top, top + spare),
                        _ => top + spare / 2,
                    };
                    for (n, (hop, _)) in (0..).zip(hops) {
                        rows[hop][end_of(hop)] = first + n.min((room - 1).max(0));
                    }
                }
            }
        }
        rows
    }
}

/// Runs every link from end to end.
pub(super) fn run(graph: &Graph, ports: &Ports, standings: &[Standing], gaps: &[Gap]) -> Vec<Wire> {
    let rows = ports.rows(graph, standings);
    let lanes = lanes(graph, &rows, gaps);
    let mut wires: Vec<Wire> = Vec::new();
    for (place, hop) in graph.hops.iter().enumerate() {
        let gap = gap_of(graph, hop.ends);
        let edge = |unit: usize| {
            let area = &standings[unit].area;
            match (graph.units[unit].column < gap, graph.units[unit].place) {
                // A link's own way goes on through the column.
                (true, None) => gaps[gap].from - 1,
                (true, Some(_)) => area.x + area.width,
                (false, None) => gaps[gap].from + gaps[gap].width,
                (false, Some(_)) => area.x - 1,
            }
        };
        let [from, to] = rows[place];
        let way = [
            (edge(hop.ends[0]), from),
            (lanes[place], from),
            (lanes[place], to),
            (edge(hop.ends[1]), to),
        ];
        match wires.last_mut() {
            // The parts of one link come one after the other.
            Some(wire) if wire.link == hop.link => wire.way.extend(way),
            _ => wires.push(Wire {
                link: hop.link,
                way: way.into(),
            }),
        }
    }
    for wire in &mut wires {
        straighten(&mut wire.way);
    }
    wires
}

/// The column in which each hop goes up or down: side by side where they pass the same rows.
fn lanes(graph: &Graph, rows: &[[i32; 2]], gaps: &[Gap]) -> Vec<i32> {
    let mut lanes = vec![0; graph.hops.len()];
    for (gap, cells) in gaps.iter().enumerate() {
        let hops = (0..graph.hops.len()).filter(|hop| gap_of(graph, graph.hops[*hop].ends) == gap);
        let (turning, straight): (Vec<usize>, Vec<usize>) = hops.partition(|hop| {
            let ends = graph.hops[*hop].ends;
            rows[*hop][0] != rows[*hop][1] || graph.units[ends[0]].column == graph.units[ends[1]].column
        });
        let middle = cells.from + cells.width / 2;
        for hop in straight {
            lanes[hop] = middle;
        }
        let turn = |hop: &usize| {
            let column = |end: usize| graph.units[graph.hops[*hop].ends[end]].column;
            Turn {
                rows: rows[*hop],
                sides: Sides::of([column(0), column(1)], gap),
            }
        };
        let turns: Vec<Turn> = turning.iter().map(turn).collect();
        let (lane_of, n_lanes) = deal(&turns, 1);
        let n_lanes = i32::try_from(n_lanes).unwrap_or(1).max(1);
        let room = (cells.width - 2).max(1);
        for (hop, lane) in turning.into_iter().zip(lane_of) {
            let lane = i32::try_from(lane).unwrap_or(0);
            // In the middle of the gap, two cells from each other where that fits.
            let step = if n_lanes * 2 <= room { 2 } else { 1 };
            let first = cells.from + 1 + (room - (n_lanes - 1) * step - 1).max(0) / 2;
            lanes[hop] = first + (lane * step).min(room - 1);
        }
    }
    lanes
}
