//! Regions and their availability zones.

use crate::resource::RegionId;

/// A Region.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Region {
    /// AWS's name, for example `ap-south-1`.
    pub name: String,
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
}
