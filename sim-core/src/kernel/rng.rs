//! Seeded random streams, one for each purpose and owner.
//!
//! A run has one seed. Whoever needs dice asks for the stream of its purpose and its own name, for example
//! `streams.stream("loss", "dx-singapore")`, and keeps the [`Dice`] as part of its state. Each stream has a key of
//! its own, made from seed, purpose and owner alone, so that a new resource, or one that rolls more often, never
//! shifts anybody else's dice.
//!
//! The generator is ChaCha with eight rounds (Bernstein, "ChaCha, a variant of Salsa20", 2008): its output is
//! fixed by its definition and so by contract the same on every machine. The key's four words are [`Digest`]s
//! of (word number, seed, purpose, owner). Dice deal in integers only.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use super::digest::Digest;
use crate::units::{Ppm, Span};

/// The seed of a run, from which every stream follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct Streams {
    /// The seed that the scenario or the person gave.
    pub seed: u64,
}

impl Streams {
    /// The streams of the run seeded with `seed`.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self { seed }
    }

    /// The dice with which `owner` does `purpose`, at their beginning.
    ///
    /// Ask once and keep them: asking again gives the same rolls again.
    #[must_use]
    pub fn stream(self, purpose: &str, owner: &str) -> Dice {
        let mut key = [0; 32];
        for (number, word) in (0u64..).zip(key.chunks_exact_mut(8)) {
            let digest = Digest::of(&(number, self.seed, purpose.as_bytes(), owner.as_bytes()));
            word.copy_from_slice(&digest.value().to_le_bytes());
        }
        Dice {
            generator: ChaCha8Rng::from_seed(key),
        }
    }
}

/// One random stream. A clone rolls the same from here on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dice {
    generator: ChaCha8Rng,
}

impl Dice {
    /// Any 64-bit number, each as likely as the other.
    pub fn next_u64(&mut self) -> u64 {
        self.generator.next_u64()
    }

    /// A number from 0 to `n - 1`, each exactly as likely as the other; 0 if `n` is 0.
    pub fn below(&mut self, n: u64) -> u64 {
        // Lemire, "Fast random integer generation in an interval", 2019: the high half of a product, where the
        // low half tells the few draws that would make some numbers likelier.
        let (mut high, mut low) = widening_mul(self.next_u64(), n);
        if low < n {
            let excess = n.wrapping_neg() % n;
            while low < excess {
                (high, low) = widening_mul(self.next_u64(), n);
            }
        }
        high
    }

    /// A span from `shortest` to `longest`, both included; `shortest` if they are the wrong way round.
    pub fn span_between(&mut self, shortest: Span, longest: Span) -> Span {
        let width = longest.saturating_sub(shortest).as_nanos();
        let extra = match width.checked_add(1) {
            Some(n_values) => self.below(n_values),
            None => self.next_u64(),
        };
        shortest + Span::nanos(extra)
    }

    /// A span that is exponentially distributed around `mean`: how long to wait for what is as likely at any time. At
    /// most about 44 times the mean.
    pub fn exponential(&mut self, mean: Span) -> Span {
        let share = minus_ln(self.next_u64());
        let nanos = (u128::from(mean.as_nanos()) * u128::from(share)) >> FRACTION;
        Span::nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
    }

    /// Whether something of this probability happens.
    ///
    /// It rolls even where the answer is certain, so that a probability raised from zero shifts no later roll.
    pub fn chance(&mut self, probability: Ppm) -> bool {
        self.below(u64::from(Ppm::ONE.as_ppm())) < u64::from(probability.as_ppm())
    }
}

/// Bits behind the point of [`minus_ln`].
const FRACTION: u32 = 32;
/// ln 2 with as many.
const LN_2: u128 = 0xB172_17F8;

/// -ln((n + 1) / 2^64), in whole numbers so that it is the same on every machine: the binary logarithm bit by bit, by
/// squaring (Knuth, "The Art of Computer Programming", volume 1, 1.2.2, exercise 25's method for other bases).
fn minus_ln(n: u64) -> u64 {
    // The number is 2^-halvings times a mantissa from 1 to 2.
    let halvings = if n == u64::MAX {
        0
    } else {
        u64::from((n + 1).leading_zeros()) + 1
    };
    let mut mantissa = match n.checked_add(1) {
        None => 1_u128 << 63,
        Some(n) => u128::from(n) << n.leading_zeros(),
    };
    // The mantissa has 63 bits behind its point from here on.
    let mut log2 = 0_u64;
    for _ in 0..FRACTION {
        mantissa = (mantissa * mantissa) >> 63;
        log2 <<= 1;
        if mantissa >= 1 << 64 {
            mantissa >>= 1;
            log2 |= 1;
        }
    }
    let minus_log2 = (halvings << FRACTION).saturating_sub(log2);
    u64::try_from((u128::from(minus_log2) * LN_2) >> FRACTION).unwrap_or(u64::MAX)
}

fn widening_mul(a: u64, b: u64) -> (u64, u64) {
    let product = u128::from(a) * u128::from(b);
    ((product >> 64) as u64, product as u64)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_logarithm_is_that_of_the_tables() {
        let one = 1_u64 << FRACTION;
        let close = |n, expected: u64| {
            let found = minus_ln(n);
            assert!(found.abs_diff(expected) < 64, "{n}: {found}, not {expected}");
        };
        assert_eq!(minus_ln(u64::MAX), 0);
        // Powers of two: so many times ln 2.
        for power in 0..64 {
            close((1 << power) - 1, u64::try_from(LN_2).expect("it fits") * (64 - power));
        }
        // 2^64 / e, 2^64 / e^2 and 2^64 / 10, whose logarithms are 1, 2 and 2.302585093.
        close(6_786_177_901_268_885_274, one);
        close(2_496_495_334_008_788_799, 2 * one);
        close(1_844_674_407_370_955_161, 9_889_527_671);
    }

    #[test]
    fn waits_are_exponential() {
        let mut dice = Streams::new(1).stream("test", "waits");
        let mean = Span::hours(10);
        let n = 20_000_u64;
        let waits: Vec<Span> = (0..n).map(|_| dice.exponential(mean)).collect();
        let sum: u64 = waits.iter().map(|wait| wait.as_secs()).sum();
        let average = sum / n;
        assert!(
            average.abs_diff(mean.as_secs()) < mean.as_secs() / 50,
            "{average}"
        );
        // Half are shorter than ln 2 of the mean, a share of 1/e longer than it.
        let longer = |than: u64| waits.iter().filter(|wait| wait.as_secs() > than).count() as u64;
        assert!(longer(24_953).abs_diff(n / 2) < n / 50);
        assert!(longer(36_000).abs_diff(7_358) < n / 50);
    }

    fn rolls(dice: &mut Dice, n: usize) -> Vec<u64> {
        (0..n).map(|_| dice.next_u64()).collect()
    }

    #[test]
    fn the_streams_are_pinned() {
        // A change of these values changes every run ever recorded.
        let mut dice = Streams::new(42).stream("loss", "dx-singapore");
        assert_eq!(
            rolls(&mut dice, 2),
            [13_114_571_754_242_405_471, 9_202_688_304_672_907_612]
        );
    }

    #[test]
    fn seed_purpose_and_owner_each_make_another_stream() {
        let roll = |seed, purpose, owner| Streams::new(seed).stream(purpose, owner).next_u64();
        let all = [
            roll(1, "loss", "a"),
            roll(2, "loss", "a"),
            roll(1, "delay", "a"),
            roll(1, "loss", "b"),
            roll(1, "los", "sa"),
            roll(1, "", "lossa"),
        ];
        for (i, a) in all.iter().enumerate() {
            assert!(!all[i + 1..].contains(a));
        }
    }

    #[test]
    fn a_clone_rolls_the_same() {
        let mut dice = Streams::new(1).stream("jitter", "host");
        rolls(&mut dice, 7);
        let mut clone = dice.clone();
        assert_eq!(rolls(&mut dice, 50), rolls(&mut clone, 50));
    }

    #[test]
    fn below_is_even() {
        // 60 000 rolls of a die with six faces: 10 000 each, standard deviation sqrt(60000 × 5/36) ≈ 91; we allow 5.
        let mut dice = Streams::new(7).stream("test", "die");
        let mut counts = [0i64; 6];
        for _ in 0..60_000 {
            counts[dice.below(6) as usize] += 1;
        }
        assert!(
            counts.iter().all(|count| (count - 10_000).abs() < 5 * 91),
            "{counts:?}"
        );
    }

    #[test]
    fn chance_keeps_its_promise() {
        let mut dice = Streams::new(7).stream("test", "coin");
        assert!((0..1_000).all(|_| dice.chance(Ppm::ONE)));
        assert!(!(0..1_000).any(|_| dice.chance(Ppm::ZERO)));
        // 10 000 × 30 % = 3 000, standard deviation sqrt(10000 × 0.3 × 0.7) ≈ 46; we allow 5.
        let hits = (0..10_000).filter(|_| dice.chance(Ppm::percent(30))).count();
        assert!((3_000 - 230..3_000 + 230).contains(&hits), "{hits}");
    }

    #[test]
    fn certainty_rolls_too() {
        let mut certain = Streams::new(7).stream("test", "coin");
        let mut open = certain.clone();
        certain.chance(Ppm::ZERO);
        open.chance(Ppm::percent(50));
        assert_eq!(certain.next_u64(), open.next_u64());
    }

    proptest! {
        #[test]
        fn rolls_stay_within_their_bounds(seed: u64, n: u64, a: u64, b: u64) {
            let mut dice = Streams::new(seed).stream("test", "bounds");
            prop_assert!(dice.below(n) < n.max(1));
            let (a, b) = (Span::nanos(a.min(b)), Span::nanos(a.max(b)));
            let span = dice.span_between(a, b);
            prop_assert!(a <= span && span <= b);
            prop_assert_eq!(dice.span_between(b, a), if a == b { a } else { b });
            dice.span_between(Span::ZERO, Span::MAX);
        }

        /// However often one owner rolls, another's dice fall as before.
        #[test]
        fn dice_are_independent(seed: u64, other in "[a-z]{1,8}", n in 0usize..50) {
            prop_assume!(other != "mine");
            let streams = Streams::new(seed);
            let alone = rolls(&mut streams.stream("loss", "mine"), 20);
            let (mut mine, mut others) = (streams.stream("loss", "mine"), streams.stream("loss", &other));
            let mut together = Vec::new();
            for roll in 0..20 {
                rolls(&mut others, n * (roll % 2));
                together.push(mine.next_u64());
            }
            prop_assert_eq!(alone, together);
        }
    }
}
