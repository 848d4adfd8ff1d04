//! Probabilities and fractions in parts per million.

use core::fmt;
use core::str::FromStr;

use super::quantity::{Grammar, QuantityError};
use super::serde_as_text;

const PPM: Grammar = Grammar {
    units: &[("ppm", 1), ("%", 10_000)],
    listed: "%, ppm",
    example: "0.5%",
    largest: "100%",
};

/// A fraction between nothing and the whole, in parts per million.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Ppm(u32);

impl Ppm {
    /// Nothing.
    pub const ZERO: Self = Self(0);
    /// The whole.
    pub const ONE: Self = Self(1_000_000);

    /// `n` parts per million, cut off at the whole.
    #[must_use]
    pub const fn new(n: u32) -> Self {
        if n > 1_000_000 { Self::ONE } else { Self(n) }
    }
    /// `n` hundredths, cut off at the whole.
    #[must_use]
    pub const fn percent(n: u32) -> Self {
        Self::new(n.saturating_mul(10_000))
    }
    /// The fraction in parts per million.
    #[must_use]
    pub const fn as_ppm(self) -> u32 {
        self.0
    }
    /// `value` times this fraction, rounded down.
    #[must_use]
    pub fn of(self, value: u64) -> u64 {
        let part = u128::from(value) * u128::from(self.0) / 1_000_000;
        u64::try_from(part).unwrap_or(u64::MAX)
    }
}

impl FromStr for Ppm {
    type Err = QuantityError;
    fn from_str(text: &str) -> Result<Self, QuantityError> {
        let parts = if text.trim() == "0" { 0 } else { PPM.parse(text)? };
        match u32::try_from(parts) {
            Ok(parts) if parts <= 1_000_000 => Ok(Self(parts)),
            _ => Err(QuantityError::OutOfRange {
                text: text.to_owned(),
                largest: PPM.largest,
            }),
        }
    }
}

impl fmt::Display for Ppm {
    /// Writes a percentage that parses back: `0.5%`, `40%`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        super::quantity::write_scaled(f, u64::from(self.0), &[("%", 10_000)], 4)
    }
}

serde_as_text!(Ppm, "a fraction such as \"0.5%\"");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fractions_read_and_print() {
        for (text, ppm, printed) in [
            ("0.5%", 5_000, "0.5%"),
            ("40%", 400_000, "40%"),
            ("12ppm", 12, "0.0012%"),
        ] {
            let parts: Ppm = text.parse().expect("a well-formed fraction");
            assert_eq!((parts.as_ppm(), parts.to_string().as_str()), (ppm, printed));
        }
        assert!("101%".parse::<Ppm>().is_err());
        assert_eq!(Ppm::percent(40).of(1_000), 400);
    }
}
