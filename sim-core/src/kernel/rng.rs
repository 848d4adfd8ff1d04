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

    /// Whether something of this probability happens.
    ///
    /// It rolls even where the answer is certain, so that a probability raised from zero shifts no later roll.
    pub fn chance(&mut self, probability: Ppm) -> bool {
        self.below(u64::from(Ppm::ONE.as_ppm())) < u64::from(probability.as_ppm())
    }
}

fn widening_mul(a: u64, b: u64) -> (u64, u64) {
    let product = u128::from(a) * u128::from(b);
    ((product >> 64) as u64, product as u64)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

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
