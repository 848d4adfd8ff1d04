//! The window against replayed packets.
//!
//! # Source
//! RFC 4303 section 3.4.3 with the algorithm of RFC 6479: a bitmap behind the highest number seen.
//! # Fidelity
//! Numbers are counted in 64 bits; whether the packet carries all of them or 32 makes no difference here.

/// Why a packet is dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, thiserror::Error)]
pub enum Replayed {
    /// It is further behind the newest than the window reaches.
    #[error("sequence number {sequence} is more than {window} behind {highest}")]
    TooOld {
        /// Its number.
        sequence: u64,
        /// The highest so far.
        highest: u64,
        /// How far the window reaches.
        window: u32,
    },
    /// It was there before.
    #[error("sequence number {0} was seen before")]
    Seen(u64),
    /// Zero is never sent.
    #[error("sequence number 0 is never sent")]
    Zero,
}

/// Which sequence numbers of an SA came in already.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ReplayWindow {
    size: u32,
    highest: u64,
    /// Bit n % 64 of word n / 64, modulo the length, says whether number n was seen.
    seen: Vec<u64>,
}

impl ReplayWindow {
    /// A window of `size` packets, at most 4096 as in the kernel; with 0 nothing is ever refused.
    #[must_use]
    pub fn new(size: u32) -> Self {
        let size = size.min(4_096);
        Self {
            size,
            highest: 0,
            // One word more than the window, so that a new word never holds numbers still inside.
            seen: vec![
                0;
                if size == 0 {
                    0
                } else {
                    size.div_ceil(64) as usize + 1
                }
            ],
        }
    }

    /// How many packets it is wide.
    #[must_use]
    pub const fn size(&self) -> u32 {
        self.size
    }

    /// The highest number so far.
    #[must_use]
    pub const fn highest(&self) -> u64 {
        self.highest
    }

    /// Takes note of a packet whose integrity was checked.
    ///
    /// # Errors
    /// [`Replayed`]: then it is dropped and nothing changes.
    pub fn accept(&mut self, sequence: u64) -> Result<(), Replayed> {
        if sequence == 0 {
            return Err(Replayed::Zero);
        }
        if self.size == 0 {
            self.highest = self.highest.max(sequence);
            return Ok(());
        }
        let words = self.seen.len() as u64;
        let (word, bit) = ((sequence / 64 % words) as usize, 1 << (sequence % 64));
        if sequence > self.highest {
            let fresh = (sequence / 64 - self.highest / 64).min(words);
            for step in 1..=fresh {
                self.seen[((self.highest / 64 + step) % words) as usize] = 0;
            }
            self.highest = sequence;
        } else if self.highest - sequence >= u64::from(self.size) {
            return Err(Replayed::TooOld {
                sequence,
                highest: self.highest,
                window: self.size,
            });
        } else if self.seen[word] & bit != 0 {
            return Err(Replayed::Seen(sequence));
        }
        self.seen[word] |= bit;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn reordering_within_the_window_passes_and_beyond_it_does_not() {
        let mut window = ReplayWindow::new(64);
        assert_eq!(window.accept(1), Ok(()));
        assert_eq!(window.accept(65), Ok(()));
        assert_eq!(window.accept(2), Ok(()));
        assert_eq!(window.accept(2), Err(Replayed::Seen(2)));
        assert_eq!(
            window.accept(1),
            Err(Replayed::TooOld {
                sequence: 1,
                highest: 65,
                window: 64
            })
        );
        assert_eq!(window.accept(0), Err(Replayed::Zero));
    }

    proptest! {
        /// The bitmap does what a set of all numbers would do.
        #[test]
        fn it_agrees_with_a_set(size in 1u32..300, numbers in prop::collection::vec(1u64..2_000, 0..300)) {
            let mut window = ReplayWindow::new(size);
            let (mut seen, mut highest) = (BTreeSet::new(), 0);
            for number in numbers {
                let fresh = (number > highest || highest - number < u64::from(size)) && !seen.contains(&number);
                prop_assert_eq!(window.accept(number).is_ok(), fresh);
                if fresh {
                    seen.insert(number);
                    highest = highest.max(number);
                }
            }
        }
    }
}
