//! VPC peering connections.
//!
//! Source: "VPC peering basics", Amazon VPC Peering Guide.

use crate::resource::VpcId;
use crate::units::{BitRate, Ppm, Span};

/// Where a peering connection is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum PeeringState {
    /// Asked for and not yet accepted: carries nothing.
    #[serde(rename = "pending-acceptance")]
    PendingAcceptance,
    /// Carries traffic.
    #[serde(rename = "active")]
    Active,
    /// Deleted: routes to it are black holes.
    #[serde(rename = "deleted")]
    Deleted,
    /// Refused, for example because the blocks of the two VPCs overlap.
    #[serde(rename = "failed")]
    Failed,
}

/// A peering connection between two VPCs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Peering {
    /// The lab's name for it.
    pub name: String,
    /// The VPC that asked.
    pub requester: VpcId,
    /// The VPC that was asked.
    pub accepter: VpcId,
    /// Where it is in its life.
    pub state: PeeringState,
    /// One-way delay between the two VPCs.
    pub delay: Span,
    /// What it carries in each direction; AWS states no limit of its own.
    pub rate: BitRate,
    /// The share of packets that it loses.
    pub loss: Ppm,
}
