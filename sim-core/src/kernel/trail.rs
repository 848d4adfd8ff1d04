//! What a run was like at each of its records, in two octets each.
//!
//! The digest of a trace says whether two runs are the same and not where they part. A trail keeps the last sixteen bits of
//! the digest after every record: as the digest goes on from what was before, the trails of two runs differ from the first
//! record on that does, but for one case in 65536. Of long runs every second record is kept, every fourth, and so on, so that
//! a trail is never longer than `MOST` prints.

use std::sync::Arc;

use super::digest::Digest;
use super::trace::RecordId;

/// More prints than this are not kept.
const MOST: usize = 1 << 14;
/// Hexadecimal digits of a print.
const DIGITS: usize = 4;
/// Prints on a line, as they are written.
const ON_A_LINE: usize = 24;

/// The prints of a run's records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trail {
    /// The records whose numbers are multiples of this have prints.
    every: u64,
    /// Clones share them until one goes on.
    prints: Arc<Vec<u16>>,
}

impl Default for Trail {
    fn default() -> Self {
        Self::new()
    }
}

/// The records, by number, among which the first is that is not as it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parting {
    /// The first that may be it.
    pub first: u64,
    /// The last that may be it.
    pub last: u64,
}

impl Trail {
    /// The trail of a run without records.
    #[must_use]
    pub fn new() -> Self {
        Self {
            every: 1,
            prints: Arc::default(),
        }
    }

    /// A record was written, after which the digest is this.
    pub(super) fn note(&mut self, id: RecordId, digest: Digest) {
        if !id.number().is_multiple_of(self.every) {
            return;
        }
        let prints = Arc::make_mut(&mut self.prints);
        let [.., high, low] = digest.value().to_be_bytes();
        prints.push(u16::from_be_bytes([high, low]));
        if prints.len() == MOST {
            self.thin();
        }
    }

    /// Keeps every second print.
    fn thin(&mut self) {
        let kept = self.prints.iter().skip(1).step_by(2).copied().collect();
        self.prints = Arc::new(kept);
        self.every = self.every.saturating_mul(2);
    }

    /// How far apart the records are that have prints.
    #[must_use]
    pub const fn every(&self) -> u64 {
        self.every
    }

    /// How many records it tells of at most.
    #[must_use]
    pub fn reaches(&self) -> u64 {
        self.every
            .saturating_mul(self.prints.len() as u64 + 1)
            .saturating_sub(1)
    }

    /// Where another run parts from this one, of which as many records as `until` are looked at; none where it does not
    /// show.
    #[must_use]
    pub fn parts_from(&self, other: &Self, until: u64) -> Option<Parting> {
        let (mut one, mut other) = (self.clone(), other.clone());
        while one.every < other.every {
            one.thin();
        }
        while other.every < one.every {
            other.thin();
        }
        let every = one.every;
        let n_seen = usize::try_from(until / every).unwrap_or(usize::MAX);
        let lengths = (one.prints.len().min(n_seen), other.prints.len().min(n_seen));
        let mut pairs = one.prints.iter().zip(other.prints.iter()).take(n_seen);
        let parted = pairs.position(|(one, other)| one != other);
        // One of them has ended.
        let parted = parted.or_else(|| (lengths.0 != lengths.1).then(|| lengths.0.min(lengths.1)))?;
        let n_before = every.saturating_mul(parted as u64);
        Some(Parting {
            first: n_before.saturating_add(1),
            last: n_before.saturating_add(every),
        })
    }

    /// How many prints at the beginning are those of another run; none where they are of other records.
    #[must_use]
    pub fn n_shared(&self, other: &Self) -> usize {
        if self.every != other.every {
            return 0;
        }
        let pairs = self.prints.iter().zip(other.prints.iter());
        pairs.take_while(|(one, other)| one == other).count()
    }

    /// The prints after the first `n_shared` as lines of text.
    #[must_use]
    pub fn lines(&self, n_shared: usize) -> Vec<String> {
        let own = self.prints.get(n_shared..).unwrap_or_default();
        let line = |prints: &[u16]| prints.iter().map(|print| format!("{print:0DIGITS$x}")).collect();
        own.chunks(ON_A_LINE).map(line).collect()
    }

    /// A trail from what was written of it, which goes on from the first `n_shared` prints of another; none where that is no
    /// trail.
    #[must_use]
    pub fn read(every: u64, shared: Option<(&Self, usize)>, lines: &[String]) -> Option<Self> {
        let shared = match shared {
            Some((other, n_shared)) => other.prints.get(..n_shared)?,
            None => &[],
        };
        let mut prints = shared.to_vec();
        for line in lines {
            for print in line.as_bytes().chunks(DIGITS) {
                let digits = core::str::from_utf8(print).ok().filter(|it| it.len() == DIGITS)?;
                prints.push(u16::from_str_radix(digits, 16).ok()?);
            }
        }
        (every.is_power_of_two() && prints.len() < MOST).then(|| Self {
            every,
            prints: Arc::new(prints),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The trail of so many records, of which one is another.
    fn trail(n_records: u64, other: Option<u64>) -> Trail {
        let (mut trail, mut digest) = (Trail::new(), Digest::new());
        for number in 1..=n_records {
            digest.add(&(number, other == Some(number)));
            trail.note(RecordId::from_number(number).expect("it is not zero"), digest);
        }
        trail
    }

    #[test]
    fn two_runs_part_at_the_first_record_that_differs() {
        let whole = trail(5_000, None);
        assert_eq!(whole.parts_from(&whole, 5_000), None);
        for number in [1, 2, 1_023, 1_024, 1_025, 5_000] {
            let parting = whole.parts_from(&trail(5_000, Some(number)), 5_000);
            let (first, last) = (number, number);
            assert_eq!(parting, Some(Parting { first, last }));
        }
        // Beyond what is looked at nothing is said, and an end is a difference.
        assert_eq!(whole.parts_from(&trail(5_000, Some(4_000)), 3_999), None);
        let (first, last) = (4_001, 4_001);
        assert_eq!(
            whole.parts_from(&trail(4_000, None), 5_000),
            Some(Parting { first, last })
        );
    }

    #[test]
    fn of_a_long_run_it_is_known_among_few_records() {
        let long = trail(100_000, None);
        assert_eq!(long.every(), 8);
        let parting = long
            .parts_from(&trail(100_000, Some(77_777)), 100_000)
            .expect("they part");
        assert!(parting.first <= 77_777 && 77_777 <= parting.last && parting.last - parting.first == 7);
        // A run that was not as long has finer prints.
        let parting = trail(90_000, None)
            .parts_from(&trail(9_000, Some(8_888)), 9_000)
            .expect("they part");
        assert!(parting.first <= 8_888 && 8_888 <= parting.last);
    }

    #[test]
    fn what_is_written_is_read_as_it_was() {
        for n_records in [0, 1, 23, 24, 25, 5_000, 50_000] {
            let (whole, branch) = (
                trail(n_records, None),
                trail(n_records + 9, Some(n_records.max(10) - 5)),
            );
            let n_shared = branch.n_shared(&whole);
            let lines = branch.lines(n_shared);
            let again = Trail::read(branch.every(), Some((&whole, n_shared)), &lines);
            assert_eq!(again.as_ref(), Some(&branch), "{n_records}");
            assert_eq!(Trail::read(whole.every(), None, &whole.lines(0)), Some(whole));
        }
        for wrong in ["12", "12345", "xyzt", "é12"] {
            assert_eq!(Trail::read(1, None, &[wrong.to_owned()]), None, "{wrong}");
        }
        assert_eq!(Trail::read(3, None, &[]), None);
        assert_eq!(Trail::read(1, Some((&Trail::new(), 1)), &[]), None);
    }
}
