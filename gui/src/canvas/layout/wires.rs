//! Where links run: out of a side of a unit, along its row into the gap, there up or down, and into the next unit.
//!
//! ```text
//!   unit │ edges of boxes │ names of links │ lanes │ edges of boxes │ unit
//! ```

use sim_core::view::map::{Sides, Turn, deal, straighten};

use super::measure::PADDING;
use super::plan::{Child, Hop, Plan};

/// From link to link at a side of a unit: a name above it and a few words below have to fit.
pub(super) const PITCH: i32 = 26;
/// From lane to lane.
const LANE: i32 = 12;
/// Free room on either side of the lanes.
const MARGIN: i32 = 14;
/// The least width of a gap between columns.
const LEAST_GAP: i32 = 40;
/// Rounds in which the ends of links are drawn to each other.
const ROUNDS: usize = 4;

/// Everything in points: where columns and boxes begin and end, and the corners of links.
#[derive(Debug, Clone, Default)]
pub(super) struct Drawn {
    /// The left and right edge of each column.
    pub(super) columns: Vec<(i32, i32)>,
    /// The left and right edge of each cluster.
    pub(super) clusters: Vec<(i32, i32)>,
    /// The corners of each link, by its place in the topology.
    pub(super) ways: Vec<Vec<(i32, i32)>>,
    /// Where there is room for each link's name: from where to where, and the row of the link; nothing for those without.
    pub(super) names: Vec<Option<(i32, i32, i32)>>,
}

/// The gap that a hop runs through: the one between its columns, and for two of one column the one on their right, or on
/// their left where they are the last.
fn gap_of(plan: &Plan, [a, b]: [usize; 2]) -> usize {
    let (one, other) = (plan.units[a].column, plan.units[b].column);
    let is_last = one + 1 == plan.n_columns;
    if one == other && is_last { one } else { one + 1 }
}

/// How many links end at the busier side of each unit.
pub(super) fn busiest(plan: &Plan) -> Vec<i32> {
    let mut sides = vec![[0, 0]; plan.units.len()];
    for hop in &plan.hops {
        let gap = gap_of(plan, hop.ends);
        for end in hop.ends {
            sides[end][usize::from(plan.units[end].column < gap)] += 1;
        }
    }
    sides.iter().map(|[left, right]| *left.max(right)).collect()
}

/// Which hops end at which side of each unit: the left and the right one.
fn sides(plan: &Plan) -> Vec<[Vec<usize>; 2]> {
    let mut sides = vec![<[Vec<usize>; 2]>::default(); plan.units.len()];
    for (place, hop) in plan.hops.iter().enumerate() {
        let gap = gap_of(plan, hop.ends);
        for end in hop.ends {
            sides[end][usize::from(plan.units[end].column < gap)].push(place);
        }
    }
    sides
}

/// The rows at which hops end, at their first and at their second unit.
fn ports(plan: &Plan, tops: &[i32]) -> Vec<[i32; 2]> {
    let sides = sides(plan);
    let middle = |unit: usize| tops[unit] + plan.middle(unit);
    let mut rows: Vec<[i32; 2]> = plan.hops.iter().map(|hop| hop.ends.map(middle)).collect();
    let end_of = |hop: usize, unit: usize| usize::from(plan.hops[hop].ends[0] != unit);
    for round in 0..ROUNDS {
        for (unit, sides) in sides.iter().enumerate() {
            let (from, to) = plan.units[unit].band;
            let (from, to) = (tops[unit] + from, tops[unit] + to);
            for side in sides {
                if plan.units[unit].place.is_none() || side.is_empty() {
                    continue;
                }
                let mut hops: Vec<(i32, i32, usize)> = side
                    .iter()
                    .map(|hop| {
                        let end = end_of(*hop, unit);
                        let other = plan.hops[*hop].ends[1 - end];
                        // Where several lead to one unit they keep their order there, too.
                        let order = if round == 0 {
                            middle(other)
                        } else {
                            rows[*hop][1 - end]
                        };
                        (order, rows[*hop][1 - end], *hop)
                    })
                    .collect();
                hops.sort_by_key(|(order, _, hop)| (*order, *hop));
                let wanted: Vec<i32> = hops.iter().map(|(_, row, _)| *row).collect();
                for ((_, _, hop), row) in hops.iter().zip(spread(&wanted, (from, to))) {
                    rows[*hop][end_of(*hop, unit)] = row;
                }
            }
        }
    }
    rows
}

/// Rows near to those that are wanted, in their order, not too near to each other and within a band.
fn spread(wanted: &[i32], (from, to): (i32, i32)) -> Vec<i32> {
    let n = i32::try_from(wanted.len()).unwrap_or(1);
    let step = if n > 1 {
        PITCH.min((to - from) / (n - 1))
    } else {
        PITCH
    };
    let mut down: Vec<i32> = Vec::with_capacity(wanted.len());
    for (at, row) in (0..).zip(wanted) {
        let row = (*row).clamp(from + at * step, (to - (n - 1 - at) * step).max(from + at * step));
        down.push(down.last().map_or(row, |before| row.max(before + step)));
    }
    let mut up: Vec<i32> = Vec::with_capacity(wanted.len());
    for (at, row) in (0..).zip(wanted.iter().rev()) {
        let at = n - 1 - at;
        let row = (*row).clamp(from + at * step, (to - (n - 1 - at) * step).max(from + at * step));
        up.push(up.last().map_or(row, |below| row.min(below - step)));
    }
    up.reverse();
    down.iter()
        .zip(up)
        .map(|(down, up)| i32::midpoint(*down, up))
        .collect()
}

/// What stands in a gap, from left to right.
#[derive(Debug, Clone, Copy, Default)]
struct Gap {
    ends: i32,
    names: i32,
    lanes: i32,
    begins: i32,
    from: i32,
}

/// Runs every link, with a name of that width or none, and says where everything is from left to right.
pub(super) fn run(plan: &Plan, tops: &[i32], name_widths: &[i32], title_widths: &[i32]) -> Drawn {
    let rows = ports(plan, tops);
    let n_gaps = plan.n_columns + 1;
    let mut gaps = vec![Gap::default(); n_gaps];
    let mut lane_of = vec![0; plan.hops.len()];
    let mut by_gap: Vec<Vec<usize>> = vec![Vec::new(); n_gaps];
    for (place, hop) in plan.hops.iter().enumerate() {
        by_gap[gap_of(plan, hop.ends)].push(place);
    }
    for (gap, hops) in by_gap.iter().enumerate() {
        let is_straight =
            |hop: &&usize| rows[**hop][0] == rows[**hop][1] && !is_within(plan, &plan.hops[**hop]);
        let turning: Vec<usize> = hops.iter().filter(|hop| !is_straight(hop)).copied().collect();
        let turn = |hop: &usize| {
            let column = |end: usize| plan.units[plan.hops[*hop].ends[end]].column;
            Turn {
                rows: rows[*hop],
                sides: Sides::of([column(0), column(1)], gap),
            }
        };
        let turns: Vec<Turn> = turning.iter().map(turn).collect();
        let (lanes, n) = deal(&turns, 8);
        for (hop, lane) in turning.iter().zip(lanes) {
            lane_of[*hop] = i32::try_from(lane).unwrap_or(0);
        }
        gaps[gap].lanes = i32::try_from(n).unwrap_or(0) * LANE;
        let named = hops.iter().filter(|hop| begins(plan, &plan.hops[**hop], gap));
        gaps[gap].names = named
            .map(|hop| name_widths[plan.hops[*hop].link])
            .max()
            .unwrap_or(0);
    }
    let depths = depths(plan);
    for (cluster, row) in plan.clusters.iter().enumerate().skip(1) {
        let (first, last) = row.columns;
        gaps[first].begins = gaps[first].begins.max(depths[cluster].0 * PADDING);
        gaps[last + 1].ends = gaps[last + 1].ends.max(depths[cluster].1 * PADDING);
    }
    let mut drawn = Drawn::default();
    let widths = column_widths(plan, title_widths, &gaps);
    let mut x = 0;
    for (column, width) in widths.iter().enumerate() {
        gaps[column].from = x;
        x += gap_width(&gaps[column], column > 0);
        drawn.columns.push((x, x + width));
        x += width;
    }
    if let Some(last) = gaps.last_mut() {
        last.from = x;
    }
    drawn.clusters = plan
        .clusters
        .iter()
        .zip(&depths)
        .map(|(cluster, (left, right))| {
            let (first, last) = cluster.columns;
            let at = |column: usize| drawn.columns.get(column).copied().unwrap_or_default();
            (at(first).0 - left * PADDING, at(last).1 + right * PADDING)
        })
        .collect();
    drawn.ways = vec![Vec::new(); name_widths.len()];
    drawn.names = vec![None; name_widths.len()];
    for (place, hop) in plan.hops.iter().enumerate() {
        let gap = gap_of(plan, hop.ends);
        let lane = gaps[gap].from + gaps[gap].ends + gaps[gap].names + MARGIN + lane_of[place] * LANE;
        let [from, to] = rows[place];
        let edge = |unit: usize| {
            let row = &plan.units[unit];
            let (left, right) = extent(plan, &drawn.columns, unit);
            if row.column < gap {
                right - row.inset
            } else {
                left + row.inset
            }
        };
        drawn.ways[hop.link].extend([
            (edge(hop.ends[0]), from),
            (lane, from),
            (lane, to),
            (edge(hop.ends[1]), to),
        ]);
        if begins(plan, hop, gap) && name_widths[hop.link] > 0 {
            let left = gaps[gap].from + gaps[gap].ends + 4;
            drawn.names[hop.link] = Some((left, left + gaps[gap].names - 4, from));
        }
    }
    for way in &mut drawn.ways {
        straighten(way);
    }
    drawn
}

/// The left and right edge of a unit: in the middle of its column, or over all of it where it is a box or a way.
pub(super) fn extent(plan: &Plan, columns: &[(i32, i32)], unit: usize) -> (i32, i32) {
    let row = &plan.units[unit];
    let (left, right) = columns.get(row.column).copied().unwrap_or_default();
    match row.place {
        None => (left, right),
        Some(_) => {
            let spare = right - left - row.block.size.0;
            let is_box = matches!(row.place, Some(crate::topology::Place::Container(_)));
            let left = left
                + if is_box && row.column + 1 == plan.n_columns {
                    0
                } else if is_box && row.column == 0 {
                    spare
                } else {
                    spare / 2
                };
            (left, left + row.block.size.0)
        }
    }
}

/// Whether a hop stays within a column.
fn is_within(plan: &Plan, hop: &Hop) -> bool {
    plan.units[hop.ends[0]].column == plan.units[hop.ends[1]].column
}

/// Whether a hop is the first of its link, seen from the left, and leaves to the right.
fn begins(plan: &Plan, hop: &Hop, gap: usize) -> bool {
    let first = &plan.units[hop.ends[0]];
    first.place.is_some() && first.column < gap
}

fn gap_width(gap: &Gap, is_inner: bool) -> i32 {
    let lanes = if gap.lanes > 0 {
        gap.lanes - LANE + 2 * MARGIN
    } else {
        0
    };
    let inner = gap.names + lanes;
    let least = if is_inner {
        LEAST_GAP.max(MARGIN + inner - lanes)
    } else {
        0
    };
    gap.ends + inner.max(least) + gap.begins
}

/// How many edges of boxes each cluster has on its left and on its right, its own with those of the boxes in it.
fn depths(plan: &Plan) -> Vec<(i32, i32)> {
    let mut depths = vec![(1, 1); plan.clusters.len()];
    // A cluster comes after the one that it is in.
    for (cluster, row) in plan.clusters.iter().enumerate().rev() {
        for child in &row.children {
            if let Child::Cluster(inner) = child {
                let (first, last) = plan.clusters[*inner].columns;
                let (left, right) = depths[*inner];
                let own: &mut (i32, i32) = &mut depths[cluster];
                if first == row.columns.0 {
                    own.0 = own.0.max(left + 1);
                }
                if last == row.columns.1 {
                    own.1 = own.1.max(right + 1);
                }
            }
        }
    }
    depths
}

/// The widths of all columns: of what stands in them, and wide enough for the titles of the boxes over them.
fn column_widths(plan: &Plan, title_widths: &[i32], gaps: &[Gap]) -> Vec<i32> {
    let mut widths = vec![1; plan.n_columns];
    for unit in &plan.units {
        let width = &mut widths[unit.column];
        *width = unit.block.size.0.max(*width);
    }
    for (cluster, title) in plan.clusters.iter().zip(title_widths) {
        let (first, last) = cluster.columns;
        let Some(columns) = widths.get(first..=last) else {
            continue;
        };
        let between: i32 = (first + 1..=last).map(|gap| gap_width(&gaps[gap], true)).sum();
        let missing = title - columns.iter().sum::<i32>() - between - 2 * PADDING;
        if missing > 0 {
            let n = i32::try_from(last - first + 1).unwrap_or(1);
            for width in &mut widths[first..=last] {
                *width += missing / n + 1;
            }
        }
    }
    widths
}
