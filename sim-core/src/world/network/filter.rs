//! The filters on the way: the host's own firewall, security groups, network ACLs.

use crate::aws::Tracked;
use crate::aws::tracking::{Signal, Tracker};
use crate::net::Protocol;
use crate::reason::Reason;
use crate::resource::{HostId, NetworkInterfaceId, SubnetId};
use crate::site::{FirewallAction, FirewallRule, Host, Port, Power};
use crate::units::Span;
use crate::verdict::{Direction, Refusal, Report, Rule};

use super::link::Crossing;
use super::mtu::{Excess, Limit, fit};
use super::step::{Ground, Outcome, Passed, aged, missing};
use super::{Header, LinkRef, Place, Recipient};

impl Ground<'_> {
    /// Out of a host, through its own firewall, to its interface.
    pub(super) fn leave_host(&mut self, host: HostId, header: &Header) -> Outcome {
        let row = self.network.hosts.get(host).ok_or(missing(host))?;
        running(host, row)?;
        let rule = self.pass_firewall(host, Direction::Egress, header)?;
        let limit = Limit {
            at: host.into(),
            mtu: row.mtu,
            excess: Excess::Cut(Report::Sent),
        };
        let header = &fit(header, limit)?;
        let passed = match &row.port {
            Port::Vpc(interface) => Passed::on(Place::InterfaceEgress(*interface), header)
                .out(*interface)
                .by(rule),
            Port::Segment(port) => self.leave_by_port(host, port, header)?.or_by(rule),
        };
        let crossing = Crossing::over(LinkRef::HostEgress(host), Span::ZERO);
        Ok(passed.within(limit.mtu).across(crossing))
    }

    /// Into a host, through its own firewall. What is not for the host itself it forwards, which
    /// only an interface without source/destination check lets happen.
    pub(super) fn enter_host(&mut self, host: HostId, header: &Header) -> Outcome {
        let row = self.network.hosts.get(host).ok_or(missing(host))?;
        running(host, row)?;
        let limit = Limit::of_wire(host.into(), row.mtu);
        let header = &fit(header, limit)?;
        let rule = self.pass_firewall(host, Direction::Ingress, header)?;
        let passed = match &row.port {
            _ if row.address(&self.network.cloud) == Some(header.flow.destination) => {
                Passed::to(Recipient::Host(host), header)
            }
            Port::Vpc(interface) => Passed::on(Place::HostEgress(host), &aged(header, host)?).out(*interface),
            // A host forwards only where it was made an appliance, which those on segments are not.
            Port::Segment(_) => return Err(Refusal::at(Reason::NotForwarding, host)),
        };
        Ok(passed
            .by(rule)
            .within(limit.mtu)
            .across(Crossing::over(LinkRef::HostIngress(host), Span::ZERO)))
    }

    /// The first rule that matches decides; what none matches passes. A firewall without rules
    /// keeps no state either.
    fn pass_firewall(
        &mut self,
        host: HostId,
        direction: Direction,
        header: &Header,
    ) -> Result<Option<Rule>, Refusal> {
        let Some(row) = self
            .network
            .hosts
            .get(host)
            .filter(|row| !row.firewall.is_empty())
        else {
            return Ok(None);
        };
        let rule = Rule::HostFirewall { host, direction };
        let connections = &mut self.tracking.connections;
        if header.signal != Signal::Error
            && connections
                .pass(Tracker::Host(host), &header.flow, header.signal, self.now)
                .is_some()
        {
            return Ok(Some(rule));
        }
        let matching = row.firewall.iter().find(|rule| matches(rule, direction, header));
        match matching.map(|rule| rule.action) {
            Some(FirewallAction::Drop) => Err(Refusal::by(Reason::HostFirewall, rule)),
            decided @ (Some(FirewallAction::Allow) | None) => {
                if !matches!(header.signal, Signal::Reset | Signal::Error) {
                    connections.remember(Tracker::Host(host), &header.flow, None, self.now);
                }
                Ok(decided.map(|_| rule))
            }
        }
    }

    /// Through the security groups of an interface: what they track passes, everything else by
    /// their rules.
    pub(super) fn pass_groups(
        &mut self,
        interface: NetworkInterfaceId,
        direction: Direction,
        header: &Header,
    ) -> Result<Rule, Refusal> {
        // What is said of a conversation belongs to it ("Path MTU Discovery", Amazon EC2 User Guide: security groups are
        // stateful, so such messages come in without a rule).
        if header.signal == Signal::Error {
            let row = self
                .network
                .cloud
                .interfaces
                .get(interface)
                .ok_or(missing(interface))?;
            if let Some(&group) = row.security_groups.first() {
                return Ok(Rule::ConnectionTracked { group });
            }
        }
        let tracker = Tracker::Interface(interface);
        let connections = &mut self.tracking.connections;
        if let Some(Some(group)) = connections.pass(tracker, &header.flow, header.signal, self.now) {
            return Ok(Rule::ConnectionTracked { group });
        }
        let verdict = self
            .network
            .cloud
            .filter_interface(interface, direction, &header.flow)?;
        if verdict.tracking == Tracked::Yes && header.signal != Signal::Reset {
            connections.remember(tracker, &header.flow, Some(verdict.group), self.now);
        }
        Ok(verdict.rule)
    }

    /// Out of a subnet, through its network ACL, to the router.
    pub(super) fn leave_subnet(&mut self, subnet: SubnetId, header: &Header) -> Outcome {
        let cloud = &self.network.cloud;
        let row = cloud.subnets.get(subnet).ok_or(missing(subnet))?;
        let rule = cloud.filter_subnet(row.network_acl, Direction::Egress, &header.flow)?;
        Ok(Passed::on(Place::Router(subnet), header).out(row.vpc).by(rule))
    }

    /// Into the subnet of an interface, through its network ACL.
    pub(super) fn enter_subnet(&mut self, interface: NetworkInterfaceId, header: &Header) -> Outcome {
        let cloud = &self.network.cloud;
        let subnet = cloud.interfaces.get(interface).ok_or(missing(interface))?.subnet;
        let row = cloud.subnets.get(subnet).ok_or(missing(subnet))?;
        let rule = cloud.filter_subnet(row.network_acl, Direction::Ingress, &header.flow)?;
        Ok(Passed::on(Place::InterfaceIngress(interface), header)
            .out(interface)
            .by(rule))
    }
}

fn running(host: HostId, row: &Host) -> Result<(), Refusal> {
    match row.power {
        Power::On => Ok(()),
        Power::Off | Power::Terminated => Err(Refusal::at(Reason::HostDown, host)),
    }
}

fn matches(rule: &FirewallRule, direction: Direction, header: &Header) -> bool {
    let flow = &header.flow;
    let peer = match direction {
        Direction::Ingress => flow.source,
        Direction::Egress => flow.destination,
    };
    rule.direction == direction
        && rule.protocol.is_none_or(|protocol| protocol == flow.protocol)
        && (flow.protocol == Protocol::Icmp || rule.ports.contains(flow.destination_port))
        && rule.peer.contains(&peer)
}
