//! What drawing on a grid of cells and drawing in points have in common: which of the links that turn in one gap turns
//! where.

/// Deals the links that go up or down in a gap out to lanes, from left to right: side by side where they pass the same
/// rows, and so that they cross little. Each link is the row by which it comes from the left and the one by which it goes
/// on; rows nearer to each other than `apart` count as the same. Gives the lane of each link, and how many there are.
#[must_use]
pub fn deal(turns: &[[i32; 2]], apart: i32) -> (Vec<usize>, usize) {
    let mut order: Vec<usize> = (0..turns.len()).collect();
    // Who goes down turns late if it begins far up, or it would cross those that begin below it.
    order.sort_by_key(|turn| {
        let [from, to] = turns[*turn];
        (to < from, if to < from { from } else { -from })
    });
    let is_same = |a: i32, b: i32| (a - b).abs() < apart;
    let mut taken: Vec<Vec<[i32; 2]>> = Vec::new();
    let mut lane_of = vec![0; turns.len()];
    for turn in order {
        let [from, to] = turns[turn];
        // Who leaves by the row at which another arrives has to turn before it, or the two would look like one.
        let after = |it: &[i32; 2]| is_same(it[0], to) && !is_same(it[1], from);
        let before = |it: &[i32; 2]| is_same(it[1], from) && !is_same(it[0], to);
        let first = taken.iter().rposition(|lane| lane.iter().any(after));
        let last = taken.iter().position(|lane| lane.iter().any(before));
        let is_free = |lane: &Vec<[i32; 2]>| {
            lane.iter()
                .all(|[a, b]| from.max(to) + apart <= *a.min(b) || from.min(to) >= *a.max(b) + apart)
        };
        let fits = |(place, lane): &(usize, &Vec<[i32; 2]>)| {
            first.is_none_or(|first| *place > first) && last.is_none_or(|last| *place < last) && is_free(lane)
        };
        let lane = taken.iter().enumerate().find(fits).map(|(place, _)| place);
        let lane = lane.unwrap_or_else(|| {
            taken.push(Vec::new());
            taken.len() - 1
        });
        taken[lane].push([from, to]);
        lane_of[turn] = lane;
    }
    (lane_of, taken.len())
}

/// Leaves out corners that are none.
pub fn straighten(way: &mut Vec<(i32, i32)>) {
    way.dedup();
    let mut corners: Vec<(i32, i32)> = Vec::new();
    for at in way.drain(..) {
        if let [.., before, last] = corners.as_slice()
            && ((before.0 == last.0 && last.0 == at.0) || (before.1 == last.1 && last.1 == at.1))
        {
            corners.pop();
        }
        corners.push(at);
    }
    *way = corners;
}
