//! Amounts of data.

use core::fmt;
use core::ops::{Add, AddAssign};
use core::str::FromStr;

use super::quantity::{Grammar, QuantityError, write_scaled};
use super::serde_as_text;

const KIB: u64 = 1 << 10;
const MIB: u64 = 1 << 20;
const GIB: u64 = 1 << 30;
const TIB: u64 = 1 << 40;
const PIB: u64 = 1 << 50;

const SIZE: Grammar = Grammar {
    units: &[
        ("B", 1),
        ("KiB", KIB),
        ("MiB", MIB),
        ("GiB", GIB),
        ("TiB", TIB),
        ("PiB", PIB),
        ("kB", 1_000),
        ("KB", 1_000),
        ("MB", 1_000_000),
        ("GB", 1_000_000_000),
        ("TB", 1_000_000_000_000),
        ("PB", 1_000_000_000_000_000),
    ],
    listed: "B, KiB, MiB, GiB, TiB, PiB, kB, MB, GB, TB, PB",
    example: "500GiB",
    largest: "16383PiB",
};

/// An amount of data, in whole bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct DataSize(u64);

impl DataSize {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// `n` bytes.
    #[must_use]
    pub const fn bytes(n: u64) -> Self {
        Self(n)
    }
    /// `n` mebibytes, saturating.
    #[must_use]
    pub const fn mib(n: u64) -> Self {
        Self(n.saturating_mul(MIB))
    }
    /// `n` gibibytes, saturating.
    #[must_use]
    pub const fn gib(n: u64) -> Self {
        Self(n.saturating_mul(GIB))
    }
    /// `n` tebibytes, saturating.
    #[must_use]
    pub const fn tib(n: u64) -> Self {
        Self(n.saturating_mul(TIB))
    }
    /// The amount in bytes.
    #[must_use]
    pub const fn as_bytes(self) -> u64 {
        self.0
    }
    /// Whether this is nothing.
    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }
    /// What is left after taking `other` away, or nothing.
    #[must_use]
    pub const fn saturating_sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl Add for DataSize {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl AddAssign for DataSize {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl core::iter::Sum for DataSize {
    fn sum<I: Iterator<Item = Self>>(sizes: I) -> Self {
        sizes.fold(Self::ZERO, Add::add)
    }
}

impl FromStr for DataSize {
    type Err = QuantityError;
    fn from_str(text: &str) -> Result<Self, QuantityError> {
        SIZE.parse(text).map(Self)
    }
}

impl fmt::Display for DataSize {
    /// Writes the largest binary unit with up to two decimals: `1.5TiB`, `500GiB`, `12B`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_scaled(
            f,
            self.0,
            &[
                ("PiB", PIB),
                ("TiB", TIB),
                ("GiB", GIB),
                ("MiB", MIB),
                ("KiB", KIB),
                ("B", 1),
            ],
            2,
        )
    }
}

serde_as_text!(DataSize, "an amount of data such as \"500GiB\"");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_read_and_print() {
        for (text, bytes, printed) in [
            ("500GiB", 500 * GIB, "500GiB"),
            ("2TiB", 2 * TIB, "2TiB"),
            ("1.5 TiB", TIB + TIB / 2, "1.5TiB"),
            ("1MB", 1_000_000, "976.56KiB"),
            ("512B", 512, "512B"),
        ] {
            let size: DataSize = text.parse().expect("a well-formed size");
            assert_eq!((size.as_bytes(), size.to_string().as_str()), (bytes, printed));
        }
        assert!("500".parse::<DataSize>().is_err());
        assert!("500Gb".parse::<DataSize>().is_err());
    }
}
