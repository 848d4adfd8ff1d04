//! Network ACLs: stateless, numbered lists at a subnet's edge.
//!
//! Source: "Control subnet traffic with network access control lists", Amazon VPC User Guide.

use ipnet::Ipv4Net;

use crate::net::{PortRange, Protocol};
use crate::resource::VpcId;

/// What a rule does with what it matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum AclAction {
    /// Let it through.
    Allow,
    /// Drop it.
    Deny,
}

/// One numbered rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub struct AclRule {
    /// 1 to 32766; the lowest number that matches decides.
    pub number: u16,
    /// What it does.
    pub action: AclAction,
    /// The protocol, or any.
    pub protocol: Option<Protocol>,
    /// The destination ports.
    pub ports: PortRange,
    /// The other side: sources of what comes in, destinations of what goes out.
    pub peer: Ipv4Net,
}

/// A network ACL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NetworkAcl {
    /// The lab's name for it.
    pub name: String,
    /// Its VPC.
    pub vpc: VpcId,
    /// Rules for what enters the subnet, by ascending number.
    pub ingress: Vec<AclRule>,
    /// Rules for what leaves the subnet, by ascending number.
    pub egress: Vec<AclRule>,
}
