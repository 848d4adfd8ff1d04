//! Communities as people write them: `64512:100`, `no-export`, `64512:1:2`.

use core::str::FromStr;

use crate::proto::bgp::attribute::{Community, LargeCommunity};

/// A text that is no community.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CommunityError {
    /// Neither the name of a well-known community nor two numbers below 65536 with a colon between them.
    #[error("{0:?} is neither a well-known community nor high:low")]
    Community(String),
    /// Not three numbers of 32 bits with colons between them.
    #[error("{0:?} is not a large community, global:local:local")]
    Large(String),
}

impl FromStr for Community {
    type Err = CommunityError;
    fn from_str(text: &str) -> Result<Self, CommunityError> {
        let pair = || {
            let (high, low) = text.split_once(':')?;
            Some(Self::new(high.parse().ok()?, low.parse().ok()?))
        };
        let known = Self::WELL_KNOWN.iter().find(|(name, _)| *name == text);
        known
            .map(|(_, community)| *community)
            .or_else(pair)
            .ok_or_else(|| CommunityError::Community(text.into()))
    }
}

impl FromStr for LargeCommunity {
    type Err = CommunityError;
    fn from_str(text: &str) -> Result<Self, CommunityError> {
        let triple = || {
            let mut numbers = text.split(':').map(|number| number.parse().ok());
            let (global, local_1, local_2) = (numbers.next()??, numbers.next()??, numbers.next()??);
            numbers.next().is_none().then_some(Self {
                global,
                local_1,
                local_2,
            })
        };
        triple().ok_or_else(|| CommunityError::Large(text.into()))
    }
}

macro_rules! serde_as_text {
    ($type:ty) => {
        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text: std::borrow::Cow<'_, str> = serde::Deserialize::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }
    };
}
serde_as_text!(Community);
serde_as_text!(LargeCommunity);

#[cfg(test)]
mod tests {
    use super::Community;

    /// The numbers of IANA's "BGP Well-known Communities", and 0:0 for `internet` as FRR has it.
    #[test]
    fn names_stand_for_the_numbers_of_the_registry() {
        let known = [
            ("internet", 0),
            ("graceful-shutdown", 0xFFFF_0000),
            ("accept-own", 0xFFFF_0001),
            ("route-filter-translated-v4", 0xFFFF_0002),
            ("route-filter-v4", 0xFFFF_0003),
            ("route-filter-translated-v6", 0xFFFF_0004),
            ("route-filter-v6", 0xFFFF_0005),
            ("llgr-stale", 0xFFFF_0006),
            ("no-llgr", 0xFFFF_0007),
            ("accept-own-nexthop", 0xFFFF_0008),
            ("blackhole", 0xFFFF_029A),
            ("no-export", 0xFFFF_FF01),
            ("no-advertise", 0xFFFF_FF02),
            ("no-export-subconfed", 0xFFFF_FF03),
            ("no-peer", 0xFFFF_FF04),
        ];
        for (name, number) in known {
            assert_eq!(name.parse(), Ok(Community(number)));
            assert_eq!(Community(number).to_string(), name);
            let pair = format!("{}:{}", number >> 16, number & 0xFFFF);
            assert_eq!(pair.parse(), Ok(Community(number)));
        }
        assert_eq!("local-as".parse(), Ok(Community::NO_EXPORT_SUBCONFED));
        // Each name of the table is in the list above, or a second one.
        assert_eq!(Community::WELL_KNOWN.len(), known.len() + 1);
    }
}
