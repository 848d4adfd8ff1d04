//! Security groups: lists of what an interface may send and receive.
//!
//! What makes them stateful is in [`super::tracking`]; here one packet is judged by the rules
//! alone. A reference to a group matches the private addresses of the interfaces that carry it, in
//! the same VPC or across an active peering connection within one Region; behind an address
//! translation it does not match, as on AWS.
//!
//! # Fidelity
//! Simplified: ICMP types are not told apart, and references between accounts and IPv6 rules are
//! left out. A rule that refers to a group of a peered VPC ends with the connection, where AWS
//! lists it as stale.
//!
//! Source: "Security group rules" and "Security group referencing", Amazon VPC User Guide.

use std::net::Ipv4Addr;

use ipnet::Ipv4Net;

use crate::net::{FiveTuple, PortRange, Protocol};
use crate::reason::Reason;
use crate::resource::{NetworkInterfaceId, PrefixListId, ResourceRef, SecurityGroupId, VpcId};
use crate::verdict::{Direction, Refusal, Rule};

use super::{Cloud, NetworkInterface};

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

impl SecurityGroup {
    /// The rules of one direction.
    #[must_use]
    pub fn rules(&self, direction: Direction) -> &[GroupRule] {
        match direction {
            Direction::Ingress => &self.ingress,
            Direction::Egress => &self.egress,
        }
    }
    /// The rules of one direction, for changing.
    pub fn rules_mut(&mut self, direction: Direction) -> &mut Vec<GroupRule> {
        match direction {
            Direction::Ingress => &mut self.ingress,
            Direction::Egress => &mut self.egress,
        }
    }
}

impl GroupRule {
    fn covers(&self, flow: &FiveTuple) -> bool {
        self.protocol.is_none_or(|protocol| protocol == flow.protocol)
            && (flow.protocol == Protocol::Icmp || self.ports.contains(flow.destination_port))
    }
    /// Whether the rule lets everything of a protocol pass, from or to anywhere.
    fn is_open_for(&self, protocol: Protocol) -> bool {
        self.protocol.is_none_or(|of| of == protocol)
            && self.ports == PortRange::ALL
            && self.peer == RulePeer::Prefix(Ipv4Net::default())
    }
}

/// What let a packet through an interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct GroupVerdict {
    /// The group of the rule that allowed it.
    pub group: SecurityGroupId,
    /// The rule that allowed it.
    pub rule: Rule,
    /// Whether the connection is to be remembered.
    pub tracking: Tracked,
}

/// Whether a connection is remembered, so that its replies pass whatever the rules say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tracked {
    /// It is remembered.
    Yes,
    /// It is not: the rule that allowed it is open to everywhere and so is the other direction, so
    /// replies pass by the rules. Taking the rule away cuts it at once ("Untracked connections",
    /// Amazon EC2 User Guide).
    No,
}

impl Cloud {
    /// Asks the security groups of an interface about one packet: it passes if any rule of any of
    /// the groups allows it.
    ///
    /// # Errors
    /// [`Reason::SecurityGroupMismatch`], or [`Reason::SecurityGroupEmpty`] where the groups have no
    /// rule in that direction at all.
    pub fn filter_interface(
        &self,
        interface: NetworkInterfaceId,
        direction: Direction,
        flow: &FiveTuple,
    ) -> Result<GroupVerdict, Refusal> {
        let Some(row) = self.interfaces.get(interface) else {
            return Err(Refusal::at(Reason::SecurityGroupEmpty, interface));
        };
        let mut n_rules = 0;
        for &group in &row.security_groups {
            let Some(rules) = self.security_groups.get(group).map(|g| g.rules(direction)) else {
                continue;
            };
            n_rules += rules.len();
            for (index, rule) in (0..).zip(rules) {
                if rule.covers(flow) && self.peer_matches(interface, rule.peer, direction, flow) {
                    return Ok(GroupVerdict {
                        group,
                        rule: Rule::SecurityGroupRule {
                            group,
                            direction,
                            index,
                        },
                        tracking: self.tracking_of(row, rule, direction, flow.protocol),
                    });
                }
            }
        }
        let reason = if n_rules == 0 {
            Reason::SecurityGroupEmpty
        } else {
            Reason::SecurityGroupMismatch
        };
        Err(match row.security_groups.first() {
            Some(&group) => Refusal::by(reason, Rule::NoSecurityGroupRule { group, direction }),
            None => Refusal::at(reason, ResourceRef::from(interface)),
        })
    }

    fn peer_matches(
        &self,
        interface: NetworkInterfaceId,
        peer: RulePeer,
        direction: Direction,
        flow: &FiveTuple,
    ) -> bool {
        let address = match direction {
            Direction::Ingress => flow.source,
            Direction::Egress => flow.destination,
        };
        match peer {
            RulePeer::Prefix(prefix) => prefix.contains(&address),
            RulePeer::PrefixList(list) => self
                .prefix_lists
                .get(list)
                .is_some_and(|list| list.prefixes.iter().any(|prefix| prefix.contains(&address))),
            RulePeer::Group(group) => self
                .vpc_of(interface)
                .is_some_and(|vpc| self.carries_group(vpc, address, group)),
        }
    }

    /// Whether `address`, as seen from `vpc`, is that of an interface that carries `group`.
    fn carries_group(&self, vpc: VpcId, address: Ipv4Addr, group: SecurityGroupId) -> bool {
        let Some(owner) = self.security_groups.get(group).map(|group| group.vpc) else {
            return false;
        };
        let region = |vpc: VpcId| self.vpcs.get(vpc).map(|vpc| vpc.region);
        let visible = owner == vpc
            || (region(owner) == region(vpc) && self.active_peers(vpc).any(|(_, other)| other == owner));
        visible
            && self
                .interface_at(owner, address)
                .and_then(|id| self.interfaces.get(id))
                .is_some_and(|interface| interface.security_groups.contains(&group))
    }

    /// ICMP is always tracked; TCP and UDP are not where both directions are wide open.
    fn tracking_of(
        &self,
        interface: &NetworkInterface,
        allowed_by: &GroupRule,
        direction: Direction,
        protocol: Protocol,
    ) -> Tracked {
        let opposite = match direction {
            Direction::Ingress => Direction::Egress,
            Direction::Egress => Direction::Ingress,
        };
        let open_back = || {
            interface
                .security_groups
                .iter()
                .filter_map(|&group| self.security_groups.get(group))
                .any(|group| {
                    group
                        .rules(opposite)
                        .iter()
                        .any(|rule| rule.is_open_for(protocol))
                })
        };
        let open_out = allowed_by.peer == RulePeer::Prefix(Ipv4Net::default());
        if protocol != Protocol::Icmp && open_out && open_back() {
            Tracked::No
        } else {
            Tracked::Yes
        }
    }
}
