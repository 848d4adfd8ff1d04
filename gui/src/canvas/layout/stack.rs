//! In which order units stand below each other, and at which height: near to what they are joined to, so that links are
//! short and cross little, with every box around what is in it and around nothing else.

use super::measure::{HEADER, PADDING};
use super::plan::{Child, Plan};
use crate::topology::Place;

/// Free rows on either side of a unit, of a link's way and of a box.
const AROUND_UNIT: i32 = 14;
const AROUND_WAY: i32 = 9;
const AROUND_BOX: i32 = 14;
/// Sweeps through the columns while the order is sought.
const SWEEPS: usize = 12;
/// Rounds in which units are drawn to what they are joined to, once the order is found.
const ROUNDS: usize = 10;
/// Beyond this many units no two are tried the other way round.
const FEW: usize = 400;
/// How often neighbours are tried the other way round.
const TRIALS: usize = 4;

/// Which way rows are counted while things are stacked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Down,
    Up,
}

/// Who is joined to whom, in the column before, in the same and in the one after.
struct Joins {
    left: Vec<Vec<usize>>,
    right: Vec<Vec<usize>>,
    same: Vec<Vec<usize>>,
    /// The others in a box of one column.
    mates: Vec<Vec<usize>>,
}

/// Orders the plan and gives the upper edge of each unit.
pub(super) fn stack(plan: &mut Plan) -> Vec<i32> {
    let joins = joins(plan);
    let mut rows = plan.place(&vec![None; plan.units.len()]);
    let mut best: Option<(usize, Vec<Vec<Child>>)> = None;
    let keep = |plan: &Plan, best: &mut Option<(usize, Vec<Vec<Child>>)>| {
        let n = plan.crossings();
        if best.as_ref().is_none_or(|(least, _)| n < *least) {
            *best = Some((n, plan.clusters.iter().map(|it| it.children.clone()).collect()));
        }
    };
    keep(plan, &mut best);
    // Of very many the first sweeps bring nearly everything, and each costs.
    let share = if plan.units.len() > FEW { 3 } else { 1 };
    for sweep in 0..SWEEPS / share {
        let sides: &[&Vec<Vec<usize>>] = match sweep % 3 {
            0 => &[&joins.left, &joins.same],
            1 => &[&joins.right, &joins.same],
            _ => &[&joins.left, &joins.right, &joins.same],
        };
        let centres: Vec<i32> = (0..plan.units.len())
            .map(|unit| {
                mean(
                    sides
                        .iter()
                        .flat_map(|side| &side[unit])
                        .map(|it| plan.centre(&rows, *it)),
                )
                .unwrap_or_else(|| plan.centre(&rows, unit))
            })
            .collect();
        plan.sort(0, &centres);
        let wanted: Vec<Option<i32>> = centres
            .iter()
            .zip(&plan.units)
            .map(|(at, unit)| Some(at - unit.block.size.1 / 2))
            .collect();
        rows = plan.place(&wanted);
        keep(plan, &mut best);
    }
    if let Some((_, order)) = best {
        for (cluster, children) in plan.clusters.iter_mut().zip(order) {
            cluster.children = children;
        }
    }
    if plan.units.len() <= FEW {
        plan.swap();
    }
    rows = plan.place(&vec![None; plan.units.len()]);
    for round in 0..ROUNDS / share {
        let wanted: Vec<Option<i32>> = (0..plan.units.len())
            .map(|unit| {
                let is_at_the_end = joins.left[unit].is_empty() || joins.right[unit].is_empty();
                // All at once would pull each other to and fro: what has one side alone follows what has two.
                if round % 2 == 1 && !is_at_the_end {
                    return Some(rows[unit]);
                }
                let near = [&joins.left, &joins.right]
                    .into_iter()
                    .filter_map(|side| mean(side[unit].iter().map(|it| plan.centre(&rows, *it))));
                let near = near.chain(mean(joins.mates[unit].iter().map(|it| plan.centre(&rows, *it))));
                let at = mean(near).unwrap_or_else(|| plan.centre(&rows, unit));
                Some(at - plan.middle(unit))
            })
            .collect();
        rows = plan.place(&wanted);
    }
    let top = rows.iter().min().copied().unwrap_or(0);
    rows.iter().map(|row| row - top).collect()
}

fn mean(all: impl Iterator<Item = i32>) -> Option<i32> {
    let (sum, n) = all.fold((0_i64, 0_i64), |(sum, n), it| (sum + i64::from(it), n + 1));
    i32::try_from(sum.checked_div(n)?).ok()
}

fn joins(plan: &Plan) -> Joins {
    let empty = || vec![Vec::new(); plan.units.len()];
    let mut joins = Joins {
        left: empty(),
        right: empty(),
        same: empty(),
        mates: empty(),
    };
    for hop in &plan.hops {
        let [a, b] = hop.ends;
        if plan.units[a].column == plan.units[b].column {
            joins.same[a].push(b);
            joins.same[b].push(a);
        } else {
            joins.right[a].push(b);
            joins.left[b].push(a);
        }
    }
    for cluster in plan
        .clusters
        .iter()
        .skip(1)
        .filter(|it| it.columns.0 == it.columns.1)
    {
        let units = cluster.children.iter().filter_map(|child| match child {
            Child::Unit(unit) => plan.units[*unit].place.map(|_| *unit),
            Child::Cluster(_) => None,
        });
        let units: Vec<usize> = units.collect();
        for unit in &units {
            joins.mates[*unit] = units.iter().copied().filter(|it| it != unit).collect();
        }
    }
    // What is in a VPC stands beside the gateway at its edge, whatever else that is joined to.
    for unit in 0..plan.units.len() {
        let cluster = &plan.clusters[plan.units[unit].cluster];
        let is_content = cluster.container.map(Place::Container) == plan.units[unit].place;
        for child in cluster
            .children
            .iter()
            .filter(|_| is_content && cluster.container.is_some())
        {
            if let Child::Unit(edge) = *child
                && plan.units[edge].place.is_some()
                && plan.units[edge].column < plan.units[unit].column
            {
                joins.left[unit].push(edge);
            }
        }
    }
    joins
}

impl Plan {
    /// How far below its upper edge the middle of a unit's links is.
    pub(super) fn middle(&self, unit: usize) -> i32 {
        let (from, to) = self.units[unit].band;
        i32::midpoint(from, to)
    }

    fn centre(&self, rows: &[i32], unit: usize) -> i32 {
        rows[unit] + self.middle(unit)
    }

    /// Sorts what is in a cluster, and in those in it, by the rows that its units want; gives the mean of them.
    fn sort(&mut self, cluster: usize, centres: &[i32]) -> (i64, i64) {
        let mut children: Vec<(i64, i64, Child)> = Vec::new();
        for child in self.clusters[cluster].children.clone() {
            let (sum, n) = match child {
                Child::Unit(unit) => (i64::from(centres[unit]), 1),
                Child::Cluster(inner) => self.sort(inner, centres),
            };
            children.push((sum, n, child));
        }
        // Stable: what wants the same place keeps its order.
        children.sort_by_key(|(sum, n, _)| sum / (*n).max(1));
        self.clusters[cluster].children = children.iter().map(|(_, _, child)| *child).collect();
        children
            .iter()
            .fold((0, 0), |all, (sum, n, _)| (all.0 + sum, all.1 + n))
    }

    /// The place of each unit from top to bottom, over all columns.
    fn places(&self) -> Vec<usize> {
        let mut places = vec![0; self.units.len()];
        let mut left = vec![Child::Cluster(0)];
        let mut n = 0;
        while let Some(child) = left.pop() {
            match child {
                Child::Unit(unit) => {
                    places[unit] = n;
                    n += 1;
                }
                Child::Cluster(cluster) => left.extend(self.clusters[cluster].children.iter().rev()),
            }
        }
        places
    }

    /// How often parts of links cross in the gaps between columns.
    fn crossings(&self) -> usize {
        let places = self.places();
        let mut by_gap: Vec<Vec<(usize, usize)>> = vec![Vec::new(); self.n_columns];
        let mut within: Vec<(usize, usize, usize)> = Vec::new();
        let mut ends_at = vec![0_usize; self.units.len()];
        for hop in &self.hops {
            let [a, b] = hop.ends;
            ends_at[a] += 1;
            ends_at[b] += 1;
            if self.units[a].column == self.units[b].column {
                within.push((
                    self.units[a].column,
                    places[a].min(places[b]),
                    places[a].max(places[b]),
                ));
            } else {
                by_gap[self.units[a].column].push((places[a], places[b]));
            }
        }
        let tangled = self.passed(&within, &places, &ends_at);
        by_gap.into_iter().map(inversions).sum::<usize>() * 4 + tangled
    }

    /// How many ends of links lie between the two ends of those that stay within a column, which pass them on the side.
    fn passed(&self, within: &[(usize, usize, usize)], places: &[usize], ends_at: &[usize]) -> usize {
        if within.is_empty() {
            return 0;
        }
        // Of each column the places of its units, each with how many links end at those before it.
        let mut columns: Vec<Vec<(usize, usize)>> = vec![Vec::new(); self.n_columns];
        let mut order: Vec<usize> = (0..self.units.len()).collect();
        order.sort_unstable_by_key(|unit| places[*unit]);
        for unit in order {
            let column = &mut columns[self.units[unit].column];
            let before = column.last().map_or(0, |(_, n)| *n);
            column.push((places[unit], before + ends_at[unit]));
        }
        let up_to = |column: usize, place: usize| {
            let at = columns[column].partition_point(|(it, _)| *it < place);
            (at, at.checked_sub(1).map_or(0, |at| columns[column][at].1))
        };
        let between = |(column, top, bottom): &(usize, usize, usize)| {
            let (at, _) = up_to(*column, *top);
            let through_top = columns[*column].get(at).map_or(0, |(_, n)| *n);
            up_to(*column, *bottom).1.saturating_sub(through_top)
        };
        within.iter().map(between).sum()
    }

    /// Tries neighbours the other way round, as long as fewer links cross.
    fn swap(&mut self) {
        let mut least = self.crossings();
        for _ in 0..TRIALS {
            let before = least;
            for cluster in 0..self.clusters.len() {
                for at in 1..self.clusters[cluster].children.len() {
                    if least == 0 {
                        return;
                    }
                    self.clusters[cluster].children.swap(at - 1, at);
                    let n = self.crossings();
                    if n < least {
                        least = n;
                    } else {
                        self.clusters[cluster].children.swap(at - 1, at);
                    }
                }
            }
            if least == before {
                return;
            }
        }
    }

    /// Stacks everything in its order, each as near to the row that it wants as the others let it: half way between what
    /// pushing down and what pushing up gives, which is free of overlaps as both are.
    fn place(&self, wanted: &[Option<i32>]) -> Vec<i32> {
        let down = self.pushed(wanted, Way::Down);
        let seen: Vec<Option<i32>> = wanted
            .iter()
            .zip(&down)
            .map(|(wanted, row)| Some(wanted.unwrap_or(*row)))
            .collect();
        let up = self.pushed(&seen, Way::Up);
        down.iter()
            .zip(up)
            .map(|(down, up)| i32::midpoint(*down, up))
            .collect()
    }

    fn pushed(&self, wanted: &[Option<i32>], way: Way) -> Vec<i32> {
        let mut rows = vec![0; self.units.len()];
        let mut free = vec![i32::MIN / 2; self.n_columns];
        self.push_cluster(0, wanted, way, &mut free, &mut rows);
        match way {
            Way::Down => rows,
            Way::Up => rows
                .iter()
                .zip(&self.units)
                .map(|(row, unit)| -(row + unit.block.size.1))
                .collect(),
        }
    }

    /// Puts what is in a cluster below what is there; gives the rows that its box takes. Upwards all rows are negative, so
    /// that below is above.
    fn push_cluster(
        &self,
        cluster: usize,
        wanted: &[Option<i32>],
        way: Way,
        free: &mut [i32],
        rows: &mut [i32],
    ) -> (i32, i32) {
        let (mut top, mut bottom) = (i32::MAX, i32::MIN);
        let children = &self.clusters[cluster].children;
        let in_order: Vec<Child> = match way {
            Way::Down => children.clone(),
            Way::Up => children.iter().rev().copied().collect(),
        };
        for child in in_order {
            let (from, to) = match child {
                Child::Unit(id) => {
                    let unit = &self.units[id];
                    let (height, around) = (
                        unit.block.size.1,
                        if unit.place.is_some() {
                            AROUND_UNIT
                        } else {
                            AROUND_WAY
                        },
                    );
                    let row = wanted[id].map(|row| match way {
                        Way::Down => row,
                        Way::Up => -(row + height),
                    });
                    let least = free[unit.column] + around;
                    let row = row.map_or(least.max(0), |row| row.max(least));
                    rows[id] = row;
                    free[unit.column] = row + height + around;
                    (row, row + height)
                }
                Child::Cluster(inner) => {
                    let (first, last) = self.clusters[inner].columns;
                    let (before, after) = match way {
                        Way::Down => (HEADER, PADDING),
                        Way::Up => (PADDING, HEADER),
                    };
                    let start = free[first..=last].iter().max().copied().unwrap_or(0) + AROUND_BOX;
                    // What is inside keeps its distance to the edge by itself.
                    free[first..=last].fill(start + before - AROUND_WAY);
                    let (from, to) = self.push_cluster(inner, wanted, way, free, rows);
                    let (from, to) = (from - before, to + after);
                    free[first..=last].fill(to + AROUND_BOX);
                    (from, to)
                }
            };
            top = top.min(from);
            bottom = bottom.max(to);
        }
        (top, bottom)
    }
}

/// How many pairs are the other way round at the end than at the beginning.
fn inversions(mut ends: Vec<(usize, usize)>) -> usize {
    ends.sort_unstable();
    let order: Vec<usize> = ends.into_iter().map(|(_, to)| to).collect();
    sorted(order).1
}

fn sorted(all: Vec<usize>) -> (Vec<usize>, usize) {
    if all.len() < 2 {
        return (all, 0);
    }
    let mut left = all;
    let right = left.split_off(left.len() / 2);
    let ((left, a), (right, b)) = (sorted(left), sorted(right));
    let mut n = a + b;
    let mut merged = Vec::with_capacity(left.len() + right.len());
    let (mut i, mut j) = (0, 0);
    while i < left.len() || j < right.len() {
        if j == right.len() || (i < left.len() && left[i] <= right[j]) {
            merged.push(left[i]);
            i += 1;
        } else {
            merged.push(right[j]);
            n += left.len() - i;
            j += 1;
        }
    }
    (merged, n)
}
