//! Network ACLs: stateless, numbered lists at a subnet's edge.
//!
//! Where they do not apply (within one subnet, and to the VPC's own resolver) is decided by who
//! carries the packet.
//!
//! # Fidelity
//! Simplified: IPv4 rules only, and ICMP types are not told apart. A changed rule applies to the
//! next packet.
//!
//! Source: "Control subnet traffic with network access control lists", Amazon VPC User Guide.

use ipnet::Ipv4Net;

use crate::net::{FiveTuple, PortRange, Protocol};
use crate::reason::Reason;
use crate::resource::{NetworkAclId, VpcId};
use crate::verdict::{Direction, Refusal, Rule};

use super::Cloud;

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

impl AclRule {
    fn matches(&self, direction: Direction, flow: &FiveTuple) -> bool {
        let peer = match direction {
            Direction::Ingress => flow.source,
            Direction::Egress => flow.destination,
        };
        self.protocol.is_none_or(|protocol| protocol == flow.protocol)
            && (flow.protocol == Protocol::Icmp || self.ports.contains(flow.destination_port))
            && self.peer.contains(&peer)
    }
}

impl NetworkAcl {
    /// The rules of one direction.
    #[must_use]
    pub fn rules(&self, direction: Direction) -> &[AclRule] {
        match direction {
            Direction::Ingress => &self.ingress,
            Direction::Egress => &self.egress,
        }
    }
    /// The rules of one direction, for changing.
    pub fn rules_mut(&mut self, direction: Direction) -> &mut Vec<AclRule> {
        match direction {
            Direction::Ingress => &mut self.ingress,
            Direction::Egress => &mut self.egress,
        }
    }
}

impl Cloud {
    /// Asks a network ACL about one packet: the matching rule with the lowest number decides, and
    /// what none matches is denied by the closing `*` rule.
    ///
    /// # Errors
    /// [`Reason::NetworkAclDenied`] by the rule that denied.
    pub fn filter_subnet(
        &self,
        acl: NetworkAclId,
        direction: Direction,
        flow: &FiveTuple,
    ) -> Result<Rule, Refusal> {
        let default = Rule::AclDefault { acl, direction };
        let winner = self
            .network_acls
            .get(acl)
            .and_then(|list| {
                list.rules(direction)
                    .iter()
                    .filter(|rule| rule.matches(direction, flow))
                    .min_by_key(|rule| rule.number)
            })
            .ok_or(Refusal::by(Reason::NetworkAclDenied, default))?;
        let rule = Rule::AclRule {
            acl,
            direction,
            number: winner.number,
        };
        match winner.action {
            AclAction::Allow => Ok(rule),
            AclAction::Deny => Err(Refusal::by(Reason::NetworkAclDenied, rule)),
        }
    }
}
