//! How long many things took, as a histogram.

use hdrhistogram::Histogram;

use super::Span;

/// How long things took, to three significant digits.
#[derive(Debug, Clone, Default)]
pub struct Distribution(Option<Histogram<u32>>);

impl Distribution {
    /// Counts one more, in whole microseconds.
    pub fn add(&mut self, span: Span) {
        self.add_many(span, 1);
    }

    /// Counts so many more that took the same, in whole microseconds.
    pub fn add_many(&mut self, span: Span, n: u32) {
        /// Significant digits that are kept.
        const DIGITS: u8 = 3;
        let histogram = match &mut self.0 {
            Some(histogram) => histogram,
            None => match Histogram::new(DIGITS) {
                Ok(fresh) => self.0.insert(fresh),
                Err(_) => return,
            },
        };
        // It grows as it has to; what would not fit into memory is left out.
        let _ = histogram.record_n(span.as_nanos() / 1_000, n);
    }

    /// What this share of them took at most; none where there are none.
    #[must_use]
    pub fn quantile(&self, share: f64) -> Option<Span> {
        let histogram = self.0.as_ref().filter(|it| !it.is_empty())?;
        let value = histogram.value_at_quantile(share).min(histogram.max());
        Some(Span::micros(value))
    }
}
