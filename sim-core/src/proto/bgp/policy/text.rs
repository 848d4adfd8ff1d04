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
