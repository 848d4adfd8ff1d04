//! How long many things took, as a histogram.

use hdrhistogram::Histogram;

use super::Span;

/// How long things took, to three significant digits; the least and the longest exactly.
#[derive(Debug, Clone, Default)]
pub struct Distribution(Option<Kept>);

#[derive(Debug, Clone)]
struct Kept {
    histogram: Histogram<u32>,
    least: Span,
    longest: Span,
}

impl Distribution {
    /// Counts one more, in whole microseconds.
    pub fn add(&mut self, span: Span) {
        self.add_many(span, 1);
    }

    /// Counts so many more that took the same, in whole microseconds.
    pub fn add_many(&mut self, span: Span, n: u32) {
        /// Significant digits that are kept.
        const DIGITS: u8 = 3;
        if n == 0 {
            return;
        }
        let kept = match &mut self.0 {
            Some(kept) => kept,
            None => match Histogram::new(DIGITS) {
                Ok(histogram) => self.0.insert(Kept {
                    histogram,
                    least: span,
                    longest: span,
                }),
                Err(_) => return,
            },
        };
        // It grows as it has to; what would not fit into memory is left out.
        if kept.histogram.record_n(span.as_nanos() / 1_000, n).is_ok() {
            kept.least = kept.least.min(span);
            kept.longest = kept.longest.max(span);
        }
    }

    /// What this share of them took at most; none where there are none.
    ///
    /// Of the values that cannot be told apart any more it is the roundest, so that a second is a second.
    #[must_use]
    pub fn quantile(&self, share: f64) -> Option<Span> {
        let kept = self.0.as_ref().filter(|it| !it.histogram.is_empty())?;
        let highest = kept.histogram.value_at_quantile(share);
        let value = roundest(kept.histogram.lowest_equivalent(highest), highest);
        Some(Span::micros(value).max(kept.least).min(kept.longest))
    }

    /// How they are spread: bars of one width, from the least to the longest, at most so many. Those at the ends hold
    /// something, where there is anything.
    #[must_use]
    pub fn bars(&self, most: u32) -> Bars {
        let Some(Kept { histogram, .. }) = self.0.as_ref().filter(|it| !it.histogram.is_empty()) else {
            return Bars::default();
        };
        // What is kept of a value to three digits stands for several: the least of them.
        let kept = |value| histogram.lowest_equivalent(value);
        let (least, longest) = (kept(histogram.min()), kept(histogram.max()));
        let width = (longest - least) / u64::from(most.max(1)) + 1;
        let mut counts: Vec<u64> = Vec::new();
        for value in histogram.iter_recorded() {
            let at = kept(value.value_iterated_to()).clamp(least, longest) - least;
            let place = usize::try_from(at / width).unwrap_or(usize::MAX);
            if counts.len() <= place {
                counts.resize(place.saturating_add(1), 0);
            }
            counts[place] += value.count_since_last_iteration();
        }
        Bars {
            from: Span::micros(least),
            width: Span::micros(width),
            counts,
        }
    }
}

/// The number from `least` to `most` that ends in the most zeros.
fn roundest(least: u64, most: u64) -> u64 {
    let (mut found, mut unit) = (most, 1_u64);
    while let Some(wider) = unit.checked_mul(10)
        && most / wider * wider >= least.max(1)
    {
        (found, unit) = (most / wider * wider, wider);
    }
    found
}

/// A histogram with bars of one width.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Bars {
    /// Where the first begins.
    pub from: Span,
    /// How wide each is.
    pub width: Span,
    /// How many things fell into each.
    pub counts: Vec<u64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantile_is_a_value_that_was_counted_as_far_as_that_is_known() {
        for span in [
            Span::ZERO,
            Span::micros(7),
            Span::millis(20),
            Span::millis(140),
            Span::secs(1),
            Span::secs(41),
            Span::minutes(5),
            Span::nanos(1_800_250_576),
        ] {
            let mut all = Distribution::default();
            all.add_many(span, 3);
            for share in [0.0, 0.5, 0.99, 1.0] {
                assert_eq!(all.quantile(share), Some(span));
            }
        }
        // Others beside it change nothing of a round one.
        let mut all = Distribution::default();
        all.add(Span::millis(3));
        all.add_many(Span::secs(1), 3);
        all.add(Span::minutes(10));
        assert_eq!(all.quantile(0.5), Some(Span::secs(1)));
        assert_eq!((roundest(999_936, 1_000_447), roundest(0, 0)), (1_000_000, 0));
    }

    #[test]
    fn bars_hold_everything_and_no_more_than_there_is_room_for() {
        let mut all = Distribution::default();
        assert_eq!(all.bars(10), Bars::default());
        all.add_many(Span::millis(20), 5);
        let one = all.bars(10);
        assert_eq!(
            (one.counts.as_slice(), one.from),
            ([5].as_slice(), Span::millis(20))
        );
        all.add_many(Span::millis(21), 3);
        all.add(Span::millis(140));
        for most in [1, 2, 7, 30] {
            let bars = all.bars(most);
            assert!(bars.counts.len() <= most as usize, "{bars:?}");
            assert_eq!(bars.counts.iter().sum::<u64>(), 9);
            assert!(bars.counts.first().is_some_and(|n| *n >= 5), "{bars:?}");
            assert!(bars.counts.last().is_some_and(|n| *n > 0), "{bars:?}");
        }
        assert_eq!(all.bars(30).counts.last(), Some(&1));
    }
}
