//! The EC2 instance types that replication servers may be.
//!
//! # Fidelity
//! Simplified: a type is what its network and its path to EBS carry for long; burst credits, packet rates, processors and
//! memory are left out, and only the types that MGN's users choose are listed.
//!
//! Source: "Specifications for Amazon EC2 general purpose instances", "Amazon EBS-optimized instance
//! types" and "Amazon EBS volume limits for Amazon EC2 instances", Amazon EC2 documentation, as
//! remembered in November 2026.

use crate::units::BitRate;

/// An instance type, with what its network and EBS paths carry.
#[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct InstanceType {
    /// AWS's name, for example `t3.small`.
    pub name: String,
    /// What the network carries for long, both directions each.
    pub network: BitRate,
    /// What the path to EBS carries for long.
    pub ebs: BitRate,
    /// How many volumes can be attached.
    pub max_volumes: u32,
}

const fn mbps(n: u64) -> BitRate {
    BitRate::mbps(n)
}

/// Name, baseline of the network, baseline of the path to EBS, volumes that can be attached beside
/// the root volume.
const INSTANCE_TYPES: &[(&str, BitRate, BitRate, u32)] = &[
    ("t3.small", mbps(128), mbps(174), 26),
    ("t3.medium", mbps(256), mbps(260), 26),
    ("t3.large", mbps(512), mbps(347), 26),
    ("m4.large", mbps(450), mbps(450), 39),
    ("m5.large", mbps(750), mbps(650), 26),
    ("m5.xlarge", mbps(1_250), mbps(1_150), 26),
    ("m5.2xlarge", mbps(2_500), mbps(2_300), 26),
    ("m5.4xlarge", mbps(5_000), mbps(4_750), 26),
    ("c5.large", mbps(750), mbps(650), 26),
    ("c5.xlarge", mbps(1_250), mbps(1_150), 26),
];

impl InstanceType {
    /// The type that the replication template has unless told otherwise.
    pub const DEFAULT: &'static str = "t3.small";

    /// The type of that name, where it is known here.
    #[must_use]
    pub fn named(wanted: &str) -> Option<Self> {
        let (name, network, ebs, max_volumes) = INSTANCE_TYPES.iter().find(|(name, ..)| *name == wanted)?;
        Some(Self {
            name: (*name).to_owned(),
            network: *network,
            ebs: *ebs,
            max_volumes: *max_volumes,
        })
    }
    /// The names of all types that are known here.
    pub fn names() -> impl Iterator<Item = &'static str> {
        INSTANCE_TYPES.iter().map(|(name, ..)| *name)
    }
}
