//! How a few numbers went from the lab's beginning to now, for sparklines.
//!
//! Instants are put into buckets of equal width; when the last one is full, neighbours are merged
//! and the width doubles, so a history never takes more room and always covers the whole run.
//!
//! The lab's own clock says when the numbers are read: at the beginning of every bucket. However
//! fast a lab is played, and however it is stepped, its curves are therefore the same.

use std::collections::BTreeMap;

use sim_core::resource::SourceServerId;
use sim_core::units::{SimTime, Span};
use sim_core::view::{Health, Server};

/// Buckets of a series; even, because they are merged in pairs.
const BUCKETS: usize = 120;

/// The width that a bucket begins with.
const FIRST_WIDTH: Span = Span::secs(1);

/// One number over the whole run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Series {
    width: u64,
    values: Vec<u64>,
}

impl Default for Series {
    fn default() -> Self {
        Self {
            width: FIRST_WIDTH.as_nanos(),
            values: Vec::new(),
        }
    }
}

impl Series {
    /// The values, oldest first, evenly spaced.
    #[must_use]
    pub fn values(&self) -> &[u64] {
        &self.values
    }

    /// The number is `value` at `at`; instants must not go back. Since the last time it was told,
    /// it is taken to have been what it was then.
    pub fn push(&mut self, at: SimTime, value: u64) {
        let mut bucket = usize::try_from(at.as_nanos() / self.width).unwrap_or(usize::MAX);
        while bucket >= BUCKETS {
            self.halve();
            bucket /= 2;
        }
        let before = self.values.last().copied().unwrap_or(0);
        while self.values.len() < bucket {
            self.values.push(before);
        }
        if self.values.len() == bucket {
            self.values.push(value);
        } else if let Some(last) = self.values.get_mut(bucket) {
            // The highest of its time, so that a short peak is still seen.
            *last = value.max(*last);
        }
    }

    /// When the bucket after that of `at` begins.
    fn next_after(&self, at: SimTime) -> SimTime {
        let begin = at.as_nanos() / self.width * self.width;
        SimTime::START + Span::nanos(begin.saturating_add(self.width))
    }

    /// Forgets the bucket of `at` and those after it.
    fn forget_from(&mut self, at: SimTime) {
        let bucket = usize::try_from(at.as_nanos() / self.width).unwrap_or(usize::MAX);
        self.values.truncate(bucket);
    }

    fn halve(&mut self) {
        self.width = self.width.saturating_mul(2);
        self.values = self
            .values
            .chunks(2)
            .map(|pair| pair.iter().copied().max().unwrap_or(0))
            .collect();
    }

    /// `cells` values from the beginning to now: each the highest of its part.
    #[must_use]
    pub fn squeezed(&self, cells: usize) -> Vec<u64> {
        if cells == 0 || self.values.len() <= cells {
            return self.values.clone();
        }
        (0..cells)
            .map(|cell| {
                let (from, to) = (
                    cell * self.values.len() / cells,
                    (cell + 1) * self.values.len() / cells,
                );
                self.values[from..to].iter().copied().max().unwrap_or(0)
            })
            .collect()
    }
}

/// The numbers of one server.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ServerHistory {
    /// Bits per second on the wire.
    pub rate: Series,
    /// Milliseconds.
    pub lag: Series,
    /// Bytes.
    pub backlog: Series,
}

/// The numbers of a lab.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct History {
    servers: BTreeMap<SourceServerId, ServerHistory>,
    due_at: SimTime,
    /// Bits per second on the wire, all servers together.
    pub rate: Series,
}

impl History {
    /// The next instant at which the numbers are to be read.
    #[must_use]
    pub fn due_at(&self) -> SimTime {
        self.due_at
    }
    /// Takes note of what is so at `now`, the instant that was [due](Self::due_at).
    pub fn note(&mut self, now: SimTime, servers: &[Server]) {
        for server in servers {
            let history = self.servers.entry(server.id).or_default();
            history.rate.push(now, server.rate.as_bps());
            let lag = server.replication_lag.map_or(0, |lag| lag.as_nanos() / 1_000_000);
            history.lag.push(now, lag);
            history.backlog.push(now, server.backlog.as_bytes());
        }
        let all = servers
            .iter()
            .map(|server| server.rate)
            .sum::<sim_core::units::BitRate>();
        self.rate.push(now, all.as_bps());
        self.due_at = self.rate.next_after(now);
    }
    /// Time was turned back to `now`, at which this is so.
    pub fn turn_back(&mut self, now: SimTime, servers: &[Server]) {
        for history in self.servers.values_mut() {
            for series in [&mut history.rate, &mut history.lag, &mut history.backlog] {
                series.forget_from(now);
            }
        }
        self.rate.forget_from(now);
        self.note(now, servers);
    }
    /// The numbers of a server.
    #[must_use]
    pub fn of(&self, server: SourceServerId) -> Option<&ServerHistory> {
        self.servers.get(&server)
    }
}

/// Where on the way from the lab's beginning to its end something notable happened: the worst of
/// each stretch of equal length.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Milestones {
    end: SimTime,
    stretches: Vec<Option<Health>>,
}

/// Finer than the cells of any screen.
const STRETCHES: usize = 1_000;

impl Milestones {
    /// Nothing has happened yet on the way to `end`.
    #[must_use]
    pub fn until(end: SimTime) -> Self {
        Self {
            end,
            stretches: vec![None; STRETCHES],
        }
    }
    /// Something notable happened; what comes after the end counts for the last stretch.
    pub fn note(&mut self, at: SimTime, health: Health) {
        let place = self.stretch_of(at);
        if let Some(stretch) = self.stretches.get_mut(place) {
            *stretch = (*stretch).max(Some(health));
        }
    }
    /// Time was turned back: what comes after the stretch of `now` has not happened.
    pub fn forget_after(&mut self, now: SimTime) {
        let first = self.stretch_of(now) + 1;
        self.stretches[first..].fill(None);
    }
    fn stretch_of(&self, at: SimTime) -> usize {
        let place = u128::from(at.as_nanos()) * STRETCHES as u128 / u128::from(self.end.as_nanos().max(1));
        usize::try_from(place).unwrap_or(usize::MAX).min(STRETCHES - 1)
    }
    /// The worst in each of `cells` parts of the way.
    #[must_use]
    pub fn in_cells(&self, cells: usize) -> Vec<Option<Health>> {
        let mut worst = vec![None; cells];
        for (place, stretch) in self.stretches.iter().enumerate() {
            if let Some(cell) = worst.get_mut(place * cells / STRETCHES) {
                *cell = (*stretch).max(*cell);
            }
        }
        worst
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn milestones_keep_the_worst_of_each_part() {
        let mut milestones = Milestones::until(at(100));
        milestones.note(at(10), Health::Good);
        milestones.note(at(12), Health::Failed);
        milestones.note(at(60), Health::Working);
        milestones.note(at(500), Health::Idle);
        assert_eq!(
            milestones.in_cells(4),
            [
                Some(Health::Failed),
                None,
                Some(Health::Working),
                Some(Health::Idle)
            ]
        );
        assert_eq!(milestones.in_cells(0), []);
        milestones.forget_after(at(12));
        assert_eq!(milestones.in_cells(4), [Some(Health::Failed), None, None, None]);
    }

    fn at(secs: u64) -> SimTime {
        SimTime::at(Span::secs(secs))
    }

    #[test]
    fn a_gap_holds_the_value_before_it() {
        let mut series = Series::default();
        series.push(at(0), 5);
        series.push(at(3), 7);
        series.push(at(3), 8);
        assert_eq!(series.values(), [5, 5, 5, 8]);
        series.push(at(4), 1);
        assert_eq!(series.values(), [5, 5, 5, 8, 1]);
    }

    #[test]
    fn a_long_run_keeps_its_peaks_in_the_same_room() {
        let mut series = Series::default();
        for secs in 0..1_000 {
            series.push(at(secs), u64::from(secs == 500) * 9 + 1);
        }
        // 1000 s need buckets of 16 s, the first power of two with 120 or fewer of them.
        assert_eq!(series.values().len(), 63);
        // The peak at 500 s is in the 31st: 500 / 16 = 31.25.
        assert_eq!(series.values()[31], 10);
        assert_eq!(series.values().iter().filter(|value| **value == 10).count(), 1);
        assert_eq!(series.squeezed(7).len(), 7);
        assert_eq!(series.squeezed(7).iter().max(), Some(&10));
    }

    #[test]
    fn the_end_of_time_fits() {
        let mut series = Series::default();
        series.push(SimTime::END, 1);
        assert!(series.values().len() <= BUCKETS);
    }
}
