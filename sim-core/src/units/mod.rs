//! Instants, spans, sizes and rates, and the way people write them.
//!
//! Everything is an integer: simulated time is `u64` nanoseconds since the lab began, sizes are
//! bytes, rates are bits per second, probabilities are parts per million. Nothing here is a
//! float, so sums never drift and every machine orders two instants the same way.
//!
//! People write `"2h30m"`, `"500GiB"`, `"1.25Gbps"` and `"0.5%"`; each type parses that form
//! ([`core::str::FromStr`]), prints it ([`core::fmt::Display`]) and reads it from scenario text.

mod distribution;
mod ppm;
mod quantity;
mod rate;
mod size;
mod time;

pub use distribution::{Bars, Distribution};
pub use ppm::Ppm;
pub use quantity::QuantityError;
pub use rate::BitRate;
pub use size::DataSize;
pub use time::{SimTime, Span};

/// So many of something in words: `1 prefix`, `14 prefixes`.
#[must_use]
pub fn number_of(n: impl core::fmt::Display, one: &str, several: &str) -> String {
    let n = n.to_string();
    let what = if n == "1" { one } else { several };
    format!("{n} {what}")
}

/// Reads a unit from text and writes it back as text, so that a file holds `"30s"` and never a
/// bare number whose unit has to be guessed.
macro_rules! serde_as_text {
    ($type:ty, $expects:literal) => {
        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Text;
                impl serde::de::Visitor<'_> for Text {
                    type Value = $type;
                    fn expecting(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                        f.write_str($expects)
                    }
                    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<$type, E> {
                        text.parse().map_err(E::custom)
                    }
                }
                deserializer.deserialize_str(Text)
            }
        }
        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }
    };
}
use serde_as_text;

#[cfg(test)]
mod tests {
    use super::number_of;

    #[test]
    fn one_is_told_as_one() {
        assert_eq!(number_of(1_u32, "prefix", "prefixes"), "1 prefix");
        assert_eq!(number_of(0_usize, "prefix", "prefixes"), "0 prefixes");
        assert_eq!(number_of(14_u64, "prefix", "prefixes"), "14 prefixes");
    }
}
