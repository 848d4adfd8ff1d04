//! Regions and their availability zones.
//!
//! # Fidelity
//! Simplified: a Region is a name and its zones. Opting in, zone ids (which zone `a` is one's own),
//! Local and Wavelength Zones and what each Region offers are left out: every service of the model
//! is in every Region.
//!
//! Source: "Regions and zones", Amazon EC2 User Guide; "AWS service endpoints", AWS General
//! Reference.

use crate::resource::RegionId;

/// The Regions of all partitions, as far as they are announced by November 2026; the isolated ones
/// and the latest from memory.
pub const NAMES: &[&str] = &[
    "af-south-1",
    "ap-east-1",
    "ap-east-2",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-south-2",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-southeast-3",
    "ap-southeast-4",
    "ap-southeast-5",
    "ap-southeast-6",
    "ap-southeast-7",
    "ca-central-1",
    "ca-west-1",
    "cn-north-1",
    "cn-northwest-1",
    "eu-central-1",
    "eu-central-2",
    "eu-isoe-west-1",
    "eu-north-1",
    "eu-south-1",
    "eu-south-2",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "eusc-de-east-1",
    "il-central-1",
    "me-central-1",
    "me-south-1",
    "mx-central-1",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-gov-east-1",
    "us-gov-west-1",
    "us-iso-east-1",
    "us-iso-west-1",
    "us-isob-east-1",
    "us-isof-east-1",
    "us-isof-south-1",
    "us-west-1",
    "us-west-2",
];

/// Whether `zone` is named as AWS names the availability zones of `region`: its name and a letter.
#[must_use]
pub fn is_zone_of(region: &str, zone: &str) -> bool {
    zone.strip_prefix(region)
        .is_some_and(|rest| matches!(rest.as_bytes(), [letter] if letter.is_ascii_lowercase()))
}

/// A Region.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Region {
    /// AWS's name, for example `ap-south-1`.
    pub name: String,
}

/// Whether an availability zone works.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub enum ZoneState {
    /// It does.
    Available,
    /// Nothing in it sends or receives: it has lost its power, or its network.
    Lost,
}

/// An availability zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zone {
    /// AWS's name, for example `ap-south-1a`.
    pub name: String,
    /// The Region that it belongs to.
    pub region: RegionId,
    /// The instance types that EC2 does not offer in it, though it does elsewhere.
    pub not_offered: Vec<String>,
    /// Whether it works.
    pub state: ZoneState,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zone_is_its_region_and_a_letter() {
        assert!(is_zone_of("ap-south-1", "ap-south-1a"));
        for other in [
            "ap-south-1",
            "ap-south-1ab",
            "ap-south-11",
            "ap-south-2a",
            "a",
            "",
        ] {
            assert!(!is_zone_of("ap-south-1", other), "{other}");
        }
    }

    #[test]
    fn regions_are_listed_once_in_order() {
        assert!(NAMES.is_sorted_by(|one, next| one < next));
    }
}
