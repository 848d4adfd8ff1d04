//! The numbers of path attributes, and the flags that each must have.

use core::fmt;

/// Optional: not every speaker has to know the attribute.
pub(super) const OPTIONAL: u8 = 0x80;
/// Transitive: to be passed on even if not understood.
pub(super) const TRANSITIVE: u8 = 0x40;
/// Partial: somebody on the way did not understand it.
pub(super) const PARTIAL: u8 = 0x20;
/// Extended length: the length takes two octets.
pub(super) const EXTENDED: u8 = 0x10;

/// The type code of a path attribute (RFC 4271 §4.3 and the IANA registry).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AttributeCode(pub u8);

macro_rules! attributes {
    ($($name:ident, $number:literal, $text:literal, $flags:expr;)*) => {
        impl AttributeCode {
            $(#[doc = $text] pub const $name: Self = Self($number);)*

            /// The Optional and Transitive bits of an attribute that this program knows.
            pub(super) const fn flags(self) -> Option<u8> {
                match self.0 {
                    $($number => Some($flags),)*
                    _ => None,
                }
            }
            const fn name(self) -> Option<&'static str> {
                match self.0 {
                    $($number => Some($text),)*
                    _ => None,
                }
            }
        }
    };
}

attributes! {
    ORIGIN, 1, "ORIGIN", TRANSITIVE;
    AS_PATH, 2, "AS_PATH", TRANSITIVE;
    NEXT_HOP, 3, "NEXT_HOP", TRANSITIVE;
    MED, 4, "MULTI_EXIT_DISC", OPTIONAL;
    LOCAL_PREF, 5, "LOCAL_PREF", TRANSITIVE;
    ATOMIC_AGGREGATE, 6, "ATOMIC_AGGREGATE", TRANSITIVE;
    AGGREGATOR, 7, "AGGREGATOR", OPTIONAL | TRANSITIVE;
    COMMUNITIES, 8, "COMMUNITIES", OPTIONAL | TRANSITIVE;
    ORIGINATOR_ID, 9, "ORIGINATOR_ID", OPTIONAL;
    CLUSTER_LIST, 10, "CLUSTER_LIST", OPTIONAL;
    MP_REACH, 14, "MP_REACH_NLRI", OPTIONAL;
    MP_UNREACH, 15, "MP_UNREACH_NLRI", OPTIONAL;
    EXTENDED_COMMUNITIES, 16, "EXTENDED_COMMUNITIES", OPTIONAL | TRANSITIVE;
    AS4_PATH, 17, "AS4_PATH", OPTIONAL | TRANSITIVE;
    AS4_AGGREGATOR, 18, "AS4_AGGREGATOR", OPTIONAL | TRANSITIVE;
    AIGP, 26, "AIGP", OPTIONAL;
    LARGE_COMMUNITY, 32, "LARGE_COMMUNITY", OPTIONAL | TRANSITIVE;
    ONLY_TO_CUSTOMER, 35, "ONLY_TO_CUSTOMER", OPTIONAL | TRANSITIVE;
}

/// The name of the RFC that defines it, or its number.
impl fmt::Display for AttributeCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.pad(name),
            None => f.pad(&format!("attribute {}", self.0)),
        }
    }
}
