//! Security groups: stateful lists of what an interface may send and receive.
//!
//! Source: "Security group rules", Amazon VPC User Guide.

use ipnet::Ipv4Net;

use crate::net::{PortRange, Protocol};
use crate::resource::{PrefixListId, SecurityGroupId, VpcId};

/// Who the other side of a rule is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum RulePeer {
    /// Addresses of a prefix.
    Prefix(Ipv4Net),
    /// Interfaces that carry a group.
    Group(SecurityGroupId),
    /// Addresses of a prefix list.
    PrefixList(PrefixListId),
}

/// One rule; security groups only allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub struct GroupRule {
    /// The protocol, or any.
    pub protocol: Option<Protocol>,
    /// The destination ports.
    pub ports: PortRange,
    /// The other side.
    pub peer: RulePeer,
}

/// A security group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecurityGroup {
    /// The lab's name for it.
    pub name: String,
    /// Its VPC.
    pub vpc: VpcId,
    /// What its interfaces may receive.
    pub ingress: Vec<GroupRule>,
    /// What its interfaces may send.
    pub egress: Vec<GroupRule>,
}
