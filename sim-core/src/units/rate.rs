//! Rates of data.

use core::fmt;
use core::ops::Add;
use core::str::FromStr;

use super::quantity::{Grammar, QuantityError, write_scaled};
use super::serde_as_text;
use super::{DataSize, Span};

const RATE: Grammar = Grammar {
    units: &[
        ("bps", 1),
        ("kbps", 1_000),
        ("Kbps", 1_000),
        ("Mbps", 1_000_000),
        ("Gbps", 1_000_000_000),
        ("Tbps", 1_000_000_000_000),
        ("B/s", 8),
        ("kB/s", 8_000),
        ("KB/s", 8_000),
        ("MB/s", 8_000_000),
        ("GB/s", 8_000_000_000),
        ("KiB/s", 8 << 10),
        ("MiB/s", 8 << 20),
        ("GiB/s", 8 << 30),
    ],
    listed: "bps, kbps, Mbps, Gbps, Tbps, B/s, kB/s, MB/s, GB/s, KiB/s, MiB/s, GiB/s",
    example: "1.25Gbps",
    largest: "about 18 million Tbps",
};

/// A rate of data, in whole bits per second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct BitRate(u64);

impl BitRate {
    /// Nothing moves.
    pub const ZERO: Self = Self(0);
    /// No limit.
    pub const MAX: Self = Self(u64::MAX);

    /// `n` bits per second.
    #[must_use]
    pub const fn bps(n: u64) -> Self {
        Self(n)
    }
    /// `n` megabits per second, saturating.
    #[must_use]
    pub const fn mbps(n: u64) -> Self {
        Self(n.saturating_mul(1_000_000))
    }
    /// `n` gigabits per second, saturating.
    #[must_use]
    pub const fn gbps(n: u64) -> Self {
        Self(n.saturating_mul(1_000_000_000))
    }
    /// The rate in bits per second.
    #[must_use]
    pub const fn as_bps(self) -> u64 {
        self.0
    }
    /// Whether nothing moves.
    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }
    /// What this rate moves in `span`, in whole bytes, rounded down.
    #[must_use]
    pub fn over(self, span: Span) -> DataSize {
        let bytes = u128::from(self.0) * u128::from(span.as_nanos()) / 8_000_000_000;
        DataSize::bytes(u64::try_from(bytes).unwrap_or(u64::MAX))
    }
    /// The shortest span in which this rate moves all of `size`; `None` where it never does.
    #[must_use]
    pub fn time_for(self, size: DataSize) -> Option<Span> {
        if size.is_zero() {
            return Some(Span::ZERO);
        }
        if self.0 == 0 {
            return None;
        }
        let nanos = (u128::from(size.as_bytes()) * 8_000_000_000).div_ceil(u128::from(self.0));
        u64::try_from(nanos).ok().map(Span::nanos)
    }
    /// The rate multiplied by `numerator / denominator`, rounded down, saturating.
    ///
    /// A zero denominator stands for "no limit".
    #[must_use]
    pub fn scaled(self, numerator: u64, denominator: u64) -> Self {
        if denominator == 0 {
            return Self::MAX;
        }
        let scaled = u128::from(self.0) * u128::from(numerator) / u128::from(denominator);
        Self(u64::try_from(scaled).unwrap_or(u64::MAX))
    }
    /// What is left after taking `other` away, or nothing.
    #[must_use]
    pub const fn saturating_sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl Add for BitRate {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl core::iter::Sum for BitRate {
    fn sum<I: Iterator<Item = Self>>(rates: I) -> Self {
        rates.fold(Self::ZERO, Add::add)
    }
}

impl FromStr for BitRate {
    type Err = QuantityError;
    fn from_str(text: &str) -> Result<Self, QuantityError> {
        RATE.parse(text).map(Self)
    }
}

impl fmt::Display for BitRate {
    /// Writes the largest decimal unit with up to two decimals: `1.25Gbps`, `640Mbps`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_scaled(
            f,
            self.0,
            &[
                ("Tbps", 1_000_000_000_000),
                ("Gbps", 1_000_000_000),
                ("Mbps", 1_000_000),
                ("kbps", 1_000),
                ("bps", 1),
            ],
            2,
        )
    }
}

serde_as_text!(BitRate, "a data rate such as \"1.25Gbps\"");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_read_and_print() {
        for (text, bps, printed) in [
            ("1.25Gbps", 1_250_000_000, "1.25Gbps"),
            ("100 Mbps", 100_000_000, "100Mbps"),
            ("40MB/s", 320_000_000, "320Mbps"),
            ("0bps", 0, "0bps"),
        ] {
            let rate: BitRate = text.parse().expect("a well-formed rate");
            assert_eq!((rate.as_bps(), rate.to_string().as_str()), (bps, printed));
        }
    }

    #[test]
    fn moving_a_size_takes_the_span_that_moves_it() {
        let rate = BitRate::mbps(100);
        let span = rate
            .time_for(DataSize::bytes(12_500_000))
            .expect("a rate above zero");
        assert_eq!(span, Span::secs(1));
        assert_eq!(rate.over(span), DataSize::bytes(12_500_000));
        assert_eq!(BitRate::ZERO.time_for(DataSize::bytes(1)), None);
        assert_eq!(
            BitRate::bps(3).time_for(DataSize::bytes(1)),
            Some(Span::nanos(2_666_666_667))
        );
    }
}
