//! A way between two places anywhere, around everything that stands: for links of what a person moved.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use egui::{Pos2, Rect, pos2, vec2};

/// Free room beside what stands.
const ROOM: f32 = 12.0;
/// What a corner costs, in points of way.
const CORNER: i64 = 40;
/// How far around both ends ways are sought.
const AROUND: f32 = 400.0;
/// Crossings of lines that are looked at, at most; beyond that the way is a plain one.
const MOST: usize = 250_000;

/// Lines on which a way may run, both ways, and what stands between them.
struct Grid<'a> {
    xs: Vec<f32>,
    ys: Vec<f32>,
    solid: &'a [Rect],
}

/// Where a way leaves one rectangle and comes to another, each with a point before it.
fn ends([a, b]: [Rect; 2]) -> [Pos2; 4] {
    let is_right = b.center().x >= a.center().x;
    let (from, to) = if is_right {
        (a.right_center(), b.left_center())
    } else {
        (a.left_center(), b.right_center())
    };
    let out = vec2(if is_right { ROOM } else { -ROOM }, 0.0);
    [from, from + out, to - out, to]
}

/// A way with two corners, whatever it runs over.
pub(super) fn plain(faces: [Rect; 2]) -> Vec<Pos2> {
    let [from, start, goal, to] = ends(faces);
    let middle = f32::midpoint(start.x, goal.x);
    straightened(vec![
        from,
        start,
        pos2(middle, start.y),
        pos2(middle, goal.y),
        goal,
        to,
    ])
}

/// The corners of a way from one rectangle to another: over level and upright pieces, around `solid`, with few corners. None
/// where there is no way around, or too much to look at.
pub(super) fn way(faces: [Rect; 2], solid: &[Rect]) -> Option<Vec<Pos2>> {
    let [from, start, goal, to] = ends(faces);
    let region = Rect::from_two_pos(start, goal).expand(AROUND);
    let near: Vec<Rect> = solid
        .iter()
        .map(|rect| rect.expand(ROOM / 2.0))
        .filter(|rect| rect.intersects(region))
        .collect();
    let mut grid = Grid {
        xs: vec![start.x, goal.x],
        ys: vec![start.y, goal.y],
        solid: &near,
    };
    for rect in &near {
        grid.xs
            .extend([rect.left() - ROOM / 2.0, rect.right() + ROOM / 2.0]);
        grid.ys
            .extend([rect.top() - ROOM / 2.0, rect.bottom() + ROOM / 2.0]);
    }
    for lines in [&mut grid.xs, &mut grid.ys] {
        lines.sort_by(f32::total_cmp);
        lines.dedup_by(|a, b| (*a - *b).abs() < 0.5);
    }
    let found = if grid.xs.len() * grid.ys.len() <= MOST {
        grid.search(start, goal)
    } else {
        None
    };
    let mut corners = found?;
    corners.insert(0, from);
    corners.push(to);
    Some(straightened(corners))
}

fn straightened(way: Vec<Pos2>) -> Vec<Pos2> {
    let mut corners: Vec<Pos2> = Vec::new();
    for at in way {
        if corners.last().is_some_and(|last| last.distance(at) < 0.5) {
            continue;
        }
        if let [.., before, last] = corners.as_slice() {
            let level = (before.y - last.y).abs() < 0.5 && (last.y - at.y).abs() < 0.5;
            let upright = (before.x - last.x).abs() < 0.5 && (last.x - at.x).abs() < 0.5;
            if level || upright {
                corners.pop();
            }
        }
        corners.push(at);
    }
    corners
}

/// Where a search stands: a crossing of two lines, and whether it was reached along a level line.
type Stand = (usize, usize, bool);

impl Grid<'_> {
    fn at(&self, stand: Stand) -> Pos2 {
        pos2(self.xs[stand.0], self.ys[stand.1])
    }

    fn nearest(lines: &[f32], at: f32) -> usize {
        let found = lines
            .iter()
            .enumerate()
            .min_by(|a, b| (a.1 - at).abs().total_cmp(&(b.1 - at).abs()));
        found.map_or(0, |(place, _)| place)
    }

    fn search(&self, start: Pos2, goal: Pos2) -> Option<Vec<Pos2>> {
        let begin: Stand = (
            Self::nearest(&self.xs, start.x),
            Self::nearest(&self.ys, start.y),
            true,
        );
        let end = (Self::nearest(&self.xs, goal.x), Self::nearest(&self.ys, goal.y));
        let left = |stand: Stand| {
            let at = self.at(stand);
            points((at.x - goal.x).abs() + (at.y - goal.y).abs())
        };
        let mut best: BTreeMap<Stand, (i64, Option<Stand>)> = BTreeMap::from([(begin, (0, None))]);
        let mut waiting = BinaryHeap::from([Reverse((left(begin), 0_i64, begin))]);
        while let Some(Reverse((_, cost, stand))) = waiting.pop() {
            if best.get(&stand).is_some_and(|(least, _)| *least < cost) {
                continue;
            }
            if (stand.0, stand.1) == end && stand.2 {
                let back = std::iter::successors(Some(stand), |stand| {
                    best.get(stand).and_then(|(_, before)| *before)
                });
                let mut corners: Vec<Pos2> = back.map(|stand| self.at(stand)).collect();
                corners.reverse();
                return Some(corners);
            }
            for next in self.beside(stand) {
                let step = points(self.at(stand).distance(self.at(next)));
                let turn = if next.2 == stand.2 { 0 } else { CORNER };
                let cost = cost + step + turn;
                if best.get(&next).is_none_or(|(least, _)| cost < *least) {
                    best.insert(next, (cost, Some(stand)));
                    waiting.push(Reverse((cost + left(next), cost, next)));
                }
            }
        }
        None
    }

    fn beside(&self, (x, y, is_level): Stand) -> impl Iterator<Item = Stand> + '_ {
        let across = [x.checked_sub(1), Some(x + 1).filter(|it| *it < self.xs.len())];
        let along = [y.checked_sub(1), Some(y + 1).filter(|it| *it < self.ys.len())];
        let across = across.into_iter().flatten().map(move |x| (x, y, true));
        let along = along.into_iter().flatten().map(move |y| (x, y, false));
        // Turning without a step ends a way as it has to arrive.
        let turned = std::iter::once((x, y, !is_level));
        let from = self.at((x, y, is_level));
        across
            .chain(along)
            .filter(move |next| self.is_free(from, self.at(*next)))
            .chain(turned)
    }

    fn is_free(&self, from: Pos2, to: Pos2) -> bool {
        let piece = Rect::from_two_pos(from, to);
        !self.solid.iter().any(|rect| rect.shrink(0.5).intersects(piece))
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "layouts are far smaller than 2^31 points"
)]
fn points(length: f32) -> i64 {
    length.round() as i64
}
