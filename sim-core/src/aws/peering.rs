//! VPC peering connections.
//!
//! # Fidelity
//! Simplified: of a connection's states those that last are there; `initiating-request`,
//! `provisioning` and `deleting`, the rejection of a request and its expiry after seven days are
//! left out, and a change of state is there at once. So is the option that lets public host names
//! resolve to private addresses across the connection. Delay, rate and loss are the lab's: AWS promises none of them.
//!
//! Source: "VPC peering basics", Amazon VPC Peering Guide.

use crate::net::Mtu;
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
    /// The largest packet that it carries.
    pub mtu: Mtu,
}

impl Peering {
    /// The VPC on the other side, where `vpc` is one of the two.
    #[must_use]
    pub fn other_side(&self, vpc: VpcId) -> Option<VpcId> {
        if vpc == self.requester {
            Some(self.accepter)
        } else if vpc == self.accepter {
            Some(self.requester)
        } else {
            None
        }
    }
}
