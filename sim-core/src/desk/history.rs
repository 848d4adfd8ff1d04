//! How a few numbers went from the lab's beginning to now, for sparklines and plots.
//!
//! Instants are put into buckets of equal width; when the last one is full, neighbours are merged
//! and the width doubles, so a history never takes more room and always covers the whole run.
//!
//! The lab's own clock says when the numbers are read: at the beginning of every bucket. However
//! fast a lab is played, and however it is stepped, its curves are therefore the same.

use std::collections::BTreeMap;

use crate::resource::{ResourceRef, SourceServerId};
use crate::units::{BitRate, Ppm, SimTime, Span};
use crate::view::{Probe, Server, Snapshot, View};

/// Buckets of a series; even, because they are merged in pairs.
const BUCKETS: usize = 120;

/// The width that a bucket begins with.
const FIRST_WIDTH: Span = Span::secs(1);

/// One number over the whole run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Series {
    width: u64,
    values: Vec<u64>,
    /// How many of them are of the past: time may have been turned back.
    n_past: usize,
    /// When it was read first, in nanoseconds: of a session that was reopened nothing is known from before.
    read_from: Option<u64>,
}

impl Default for Series {
    fn default() -> Self {
        Self {
            width: FIRST_WIDTH.as_nanos(),
            values: Vec::new(),
            n_past: 0,
            read_from: None,
        }
    }
}

impl Series {
    /// The values up to the present, oldest first, evenly spaced.
    #[must_use]
    pub fn values(&self) -> &[u64] {
        &self.values[..self.n_past]
    }

    /// How many of the first values stand for a time at which nothing was read.
    #[must_use]
    pub fn n_unknown(&self) -> usize {
        let from = self.read_from.unwrap_or(0) / self.width;
        usize::try_from(from).unwrap_or(usize::MAX).min(self.n_past)
    }

    /// How long each of them stands for.
    #[must_use]
    pub const fn width(&self) -> Span {
        Span::nanos(self.width)
    }

    /// The number is `value` at `at`; instants must not go back. Since the last time it was told,
    /// it is taken to have been what it was then.
    pub fn push(&mut self, at: SimTime, value: u64) {
        let from = at.as_nanos();
        self.read_from = Some(self.read_from.map_or(from, |first| first.min(from)));
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
            // The highest of its time, so that a short peak is still seen. One that was read before says the same again.
            *last = value.max(*last);
        }
        self.n_past = bucket + 1;
    }

    /// When the bucket after that of `at` begins.
    fn next_after(&self, at: SimTime) -> SimTime {
        let begin = at.as_nanos() / self.width * self.width;
        SimTime::START + Span::nanos(begin.saturating_add(self.width))
    }

    /// The present is `at`; what was read of later instants is kept for when it comes again.
    fn turn_to(&mut self, at: SimTime) {
        let bucket = usize::try_from(at.as_nanos() / self.width).unwrap_or(usize::MAX);
        self.n_past = self.values.len().min(bucket.saturating_add(1));
    }
    /// What was read of instants after the present does not come again.
    fn forget_ahead(&mut self) {
        self.values.truncate(self.n_past);
    }

    fn halve(&mut self) {
        self.width = self.width.saturating_mul(2);
        self.values = self
            .values
            .chunks(2)
            .map(|pair| pair.iter().copied().max().unwrap_or(0))
            .collect();
        self.n_past = self.n_past.div_ceil(2);
    }

    /// `cells` values from the beginning to now: each the highest of its part.
    #[must_use]
    pub fn squeezed(&self, cells: usize) -> Vec<u64> {
        let values = self.values();
        if cells == 0 || values.len() <= cells {
            return values.to_vec();
        }
        (0..cells)
            .map(|cell| {
                let (from, to) = (cell * values.len() / cells, (cell + 1) * values.len() / cells);
                values[from..to].iter().copied().max().unwrap_or(0)
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

/// What is so at an instant of the numbers that a history keeps.
#[derive(Debug, Clone, Default)]
pub struct Reading<'a> {
    /// The servers that move.
    pub servers: &'a [Server],
    /// The share of what it can carry that each link carries, of those that carry something.
    pub links: BTreeMap<ResourceRef, Ppm>,
    /// The probes.
    pub probes: &'a [Probe],
}

impl<'a> Reading<'a> {
    /// That of a picture of the lab.
    #[must_use]
    pub fn of(snapshot: &'a Snapshot) -> Self {
        Self {
            servers: &snapshot.servers,
            links: (snapshot.topology.links.iter())
                .map(|link| (link.id, link.utilisation))
                .filter(|(_, share)| *share > Ppm::ZERO)
                .collect(),
            probes: &snapshot.probes,
        }
    }
}

/// The numbers of a lab.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct History {
    servers: BTreeMap<SourceServerId, ServerHistory>,
    /// Of each link that ever carried something: the share of what it can carry, in millionths.
    links: BTreeMap<ResourceRef, Series>,
    /// Of each probe that was ever answered: the median round trip until then, in microseconds.
    probes: BTreeMap<String, Series>,
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
    /// Takes note of what a session has at present, the instant that was [due](Self::due_at).
    pub fn note_of(&mut self, view: &View<'_>) {
        let reading = Reading {
            servers: &view.servers(),
            links: view.link_shares(),
            probes: &view.probes(),
        };
        self.note(view.now(), &reading);
    }
    /// Takes note of what is so at `now`, the instant that was [due](Self::due_at).
    pub fn note(&mut self, now: SimTime, reading: &Reading<'_>) {
        let servers = reading.servers;
        for (&link, &share) in &reading.links {
            if share > Ppm::ZERO {
                self.links.entry(link).or_default();
            }
        }
        for (link, series) in &mut self.links {
            let share = reading.links.get(link).copied().unwrap_or(Ppm::ZERO);
            series.push(now, u64::from(share.as_ppm()));
        }
        for probe in reading.probes {
            if let Some(times) = &probe.round_trips {
                let median = times.p50.as_nanos() / 1_000;
                self.probes
                    .entry(probe.name.clone())
                    .or_default()
                    .push(now, median);
            }
        }
        for server in servers {
            let history = self.servers.entry(server.id).or_default();
            history.rate.push(now, server.rate.as_bps());
            let lag = server.replication_lag.map_or(0, |lag| lag.as_nanos() / 1_000_000);
            history.lag.push(now, lag);
            history.backlog.push(now, server.backlog.as_bytes());
        }
        let all = servers.iter().map(|server| server.rate).sum::<BitRate>();
        self.rate.push(now, all.as_bps());
        self.due_at = self.rate.next_after(now);
    }
    fn each(&mut self) -> impl Iterator<Item = &mut Series> {
        self.servers
            .values_mut()
            .flat_map(|it| [&mut it.rate, &mut it.lag, &mut it.backlog])
            .chain(self.links.values_mut())
            .chain(self.probes.values_mut())
            .chain([&mut self.rate])
    }
    /// Time was turned to `now`.
    pub fn turn_to(&mut self, now: SimTime) {
        self.each().for_each(|series| series.turn_to(now));
        self.due_at = self.rate.next_after(now);
    }
    /// Something was done at the present: what comes is not what was read of it before.
    pub fn forget_ahead(&mut self) {
        self.each().for_each(Series::forget_ahead);
    }
    /// Of each link that ever carried something the share of what it can carry, in millionths.
    #[must_use]
    pub const fn links(&self) -> &BTreeMap<ResourceRef, Series> {
        &self.links
    }
    /// Of each probe that was ever answered the median round trip until then, in microseconds.
    #[must_use]
    pub const fn probes(&self) -> &BTreeMap<String, Series> {
        &self.probes
    }
    /// The numbers of a server.
    #[must_use]
    pub fn of(&self, server: SourceServerId) -> Option<&ServerHistory> {
        self.servers.get(&server)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn what_was_before_the_first_reading_is_not_known() {
        let mut series = Series::default();
        assert_eq!(series.n_unknown(), 0);
        series.push(at(100), 5);
        assert_eq!((series.values().len(), series.n_unknown()), (101, 100));
        // Twice as long a bucket.
        series.push(at(200), 5);
        assert_eq!((series.values().len(), series.n_unknown()), (101, 50));
        series.turn_to(at(10));
        assert_eq!(series.n_unknown(), series.values().len());
        series.push(at(10), 5);
        assert_eq!(series.n_unknown(), 5);
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
    fn what_lies_ahead_is_kept_until_something_else_is_done() {
        let mut series = Series::default();
        for (secs, value) in [(0, 5), (1, 6), (2, 7), (3, 8)] {
            series.push(at(secs), value);
        }
        series.turn_to(at(1));
        assert_eq!(series.values(), [5, 6]);
        series.push(at(2), 7);
        assert_eq!(series.values(), [5, 6, 7]);
        series.turn_to(at(3));
        assert_eq!(series.values(), [5, 6, 7, 8]);
        series.turn_to(at(1));
        series.forget_ahead();
        series.push(at(3), 1);
        assert_eq!(series.values(), [5, 6, 6, 1]);
    }

    #[test]
    fn the_end_of_time_fits() {
        let mut series = Series::default();
        series.push(SimTime::END, 1);
        assert!(series.values().len() <= BUCKETS);
    }
}
