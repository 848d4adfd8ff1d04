//! What drawing on a grid of cells and drawing in points have in common: which of the links that turn in one gap turns
//! where.

/// A link that goes up or down in a gap between two columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Turn {
    /// The rows at which it begins and ends.
    pub rows: [i32; 2],
    /// From which sides of the gap it comes.
    pub sides: Sides,
}

/// From which sides of a gap a link comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Sides {
    /// It begins on the left and ends on the right.
    Through,
    /// Both of its ends are on the left.
    Left,
    /// Both of its ends are on the right.
    Right,
}

impl Sides {
    /// From the columns of a link's two ends and the gap that it turns in, which is the one before the column of its number.
    #[must_use]
    pub const fn of([from, to]: [usize; 2], gap: usize) -> Self {
        match (from < gap, to < gap) {
            (true, true) => Self::Left,
            (false, false) => Self::Right,
            (true, false) | (false, true) => Self::Through,
        }
    }
}

/// Two level pieces in one row would look like one link: this is worse than any crossing.
const SAME_ROW: usize = 50;
/// Rounds in which neighbours change their places, at most.
const ROUNDS: usize = 24;

impl Turn {
    /// The rows by which it comes from the left.
    fn left(&self) -> &[i32] {
        match self.sides {
            Sides::Through => &self.rows[..1],
            Sides::Left => &self.rows,
            Sides::Right => &[],
        }
    }
    /// The rows by which it goes on to the right.
    fn right(&self) -> &[i32] {
        match self.sides {
            Sides::Through => &self.rows[1..],
            Sides::Left => &[],
            Sides::Right => &self.rows,
        }
    }
    fn span(&self) -> (i32, i32) {
        let [from, to] = self.rows;
        (from.min(to), from.max(to))
    }
    fn passes(&self, row: i32) -> bool {
        let (top, bottom) = self.span();
        row > top && row < bottom
    }
    /// How often the two cross where this one turns further left.
    fn before(&self, other: &Self, apart: i32) -> usize {
        let own = other.left().iter().filter(|row| self.passes(**row)).count();
        let others = self.right().iter().filter(|row| other.passes(**row)).count();
        let is_same = |row: &i32| other.left().iter().any(|it| (it - row).abs() < apart);
        let same = self.right().iter().filter(|row| is_same(row)).count();
        own + others + SAME_ROW * same
    }
}

/// Deals the links that go up or down in a gap out to lanes, from left to right: side by side where they pass the same
/// rows, and so that they cross little. Rows nearer to each other than `apart` count as the same. Gives the lane of each
/// link, and how many there are.
#[must_use]
pub fn deal(turns: &[Turn], apart: i32) -> (Vec<usize>, usize) {
    let mut order: Vec<usize> = (0..turns.len()).collect();
    // Who goes down turns late if it begins far up, or it would cross those that begin below it.
    order.sort_by_key(|turn| {
        let [from, to] = turns[*turn].rows;
        (to < from, if to < from { from } else { -from })
    });
    let mut is_settled = false;
    for _ in 0..ROUNDS {
        if is_settled {
            break;
        }
        is_settled = true;
        for at in 1..order.len() {
            let (a, b) = (&turns[order[at - 1]], &turns[order[at]]);
            if b.before(a, apart) < a.before(b, apart) {
                order.swap(at - 1, at);
                is_settled = false;
            }
        }
    }
    let mut lane_of = vec![0; turns.len()];
    let mut n_lanes = 0;
    for (n, turn) in order.iter().enumerate() {
        let own = &turns[*turn];
        let (top, bottom) = own.span();
        // Those that pass no row near to each other cross nowhere, whichever turns first.
        let meets = |other: &Turn| {
            let (other_top, other_bottom) = other.span();
            top < other_bottom + apart && other_top < bottom + apart
        };
        let (mut least, mut taken) = (0, Vec::new());
        for other in order.iter().take(n).filter(|it| meets(&turns[**it])) {
            taken.push(lane_of[*other]);
            // Behind those that have to turn before it; of the others it only has to keep clear.
            let raises = lane_of[*other] >= least;
            if raises && turns[*other].before(own, apart) < own.before(&turns[*other], apart) {
                least = lane_of[*other] + 1;
            }
        }
        taken.sort_unstable();
        let lane = taken
            .iter()
            .fold(least, |lane, it| if *it == lane { lane + 1 } else { lane });
        lane_of[*turn] = lane;
        n_lanes = n_lanes.max(lane + 1);
    }
    (lane_of, n_lanes)
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

#[cfg(test)]
mod tests {
    use super::*;

    fn through(from: i32, to: i32) -> Turn {
        Turn {
            rows: [from, to],
            sides: Sides::Through,
        }
    }

    #[test]
    fn a_fan_opens_without_a_crossing_and_far_turns_share_a_lane() {
        // From the rows of one thing to those of five, two above, one straight on, two below.
        let fan = [through(10, 0), through(11, 5), through(13, 18), through(14, 25)];
        let (lanes, n) = deal(&fan, 1);
        assert!(lanes[0] < lanes[1] || fan[0].before(&fan[1], 1) == fan[1].before(&fan[0], 1));
        assert_eq!(n, 2);
        let crossings: usize = (0..fan.len())
            .flat_map(|a| (0..fan.len()).map(move |b| (a, b)))
            .filter(|(a, b)| lanes[*a] < lanes[*b])
            .map(|(a, b)| fan[a].before(&fan[b], 1))
            .sum();
        assert_eq!(crossings, 0);
    }

    #[test]
    fn who_leaves_by_the_row_at_which_another_arrives_turns_after_it() {
        let turns = [through(0, 5), through(5, 9)];
        let (lanes, _) = deal(&turns, 1);
        assert!(lanes[1] < lanes[0], "{lanes:?}");
    }

    #[test]
    fn one_that_returns_stays_within_those_that_go_far() {
        let returns = Turn {
            rows: [4, 6],
            sides: Sides::Left,
        };
        // The one that goes on passes both rows of the other, and so has to turn after it.
        let (lanes, _) = deal(&[through(0, 10), returns], 1);
        assert!(lanes[1] < lanes[0], "{lanes:?}");
    }
}
