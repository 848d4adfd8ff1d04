//! Edits of the AWS side as text.

use core::fmt::Write as _;

use ipnet::Ipv4Net;

use crate::aws::transit_gateway::TransitChange;
use crate::aws::{
    AclAction, AclRule, Change, DnsAttribute, EndpointState, GroupRule, InterfaceState, NameServers,
    PeeringState, PrivateDns, RouteTarget, RuleChange, RulePeer, SourceDestinationCheck, TlsInspection,
    ZoneState,
};
use crate::identity::{Effect, Policy};
use crate::verdict::{Destination, Direction};

use super::pen::{Pen, addresses, direction_word, list, ports, protocol, quoted, rate};

impl Pen<'_> {
    pub(super) fn network(&self, change: &Change) -> String {
        let pair = |word: &str, one: String, other: String| format!("{word}({one}, {other})");
        match change {
            Change::Peering(id, to) => format!("peering_state({}, {})", self.name(*id), peering_state(*to)),
            Change::Zone(id, state) => {
                let state = match state {
                    ZoneState::Available => "available",
                    ZoneState::Lost => "lost",
                };
                pair("zone_state", self.name(*id), state.to_owned())
            }
            Change::InterfaceState(id, state) => {
                let state = match state {
                    InterfaceState::InService => "in_service",
                    InterfaceState::Failed => "failed",
                };
                pair("eni_state", self.name(*id), state.to_owned())
            }
            Change::PeeringDelay(id, to) => format!("peering_delay({}, \"{to}\")", self.name(*id)),
            Change::PeeringRate(id, to) => format!("peering_rate({}, {})", self.name(*id), rate(*to)),
            Change::PeeringLoss(id, to) => format!("peering_loss({}, \"{to}\")", self.name(*id)),
            Change::AddRoute(id, route) => format!(
                "add_route(table: {}, destination: {}, target: {})",
                self.name(*id),
                self.destination(route.destination),
                self.target(route.target)
            ),
            Change::RemoveRoute(id, destination) => {
                format!(
                    "remove_route({}, {})",
                    self.name(*id),
                    self.destination(*destination)
                )
            }
            Change::Propagation(id, Some(gateway)) => {
                pair("route_propagation", self.name(*id), self.name(*gateway))
            }
            Change::Propagation(id, None) => format!("no_route_propagation({})", self.name(*id)),
            Change::AddGroupRule(id, direction, rule) => {
                let (word, rule) = (direction_word(*direction), self.group_rule(*direction, *rule));
                format!("add_{word}_rule({}, {rule})", self.name(*id))
            }
            Change::RemoveGroupRule(id, direction, rule) => {
                let (word, rule) = (direction_word(*direction), self.group_rule(*direction, *rule));
                format!("remove_{word}_rule({}, {rule})", self.name(*id))
            }
            Change::SetAclRule(id, direction, rule) => {
                let (word, rule) = (direction_word(*direction), acl_rule(*direction, *rule));
                format!("set_acl_{word}_rule({}, {rule})", self.name(*id))
            }
            Change::RemoveAclRule(id, direction, number) => {
                let word = direction_word(*direction);
                format!("remove_acl_{word}_rule({}, {number})", self.name(*id))
            }
            Change::DnsSupport(id, to) => {
                format!("enable_dns_support({}, {})", self.name(*id), attribute(*to))
            }
            Change::DnsHostnames(id, to) => {
                format!("enable_dns_hostnames({}, {})", self.name(*id), attribute(*to))
            }
            Change::NameServers(id, NameServers::AmazonProvided) => {
                format!("name_servers({}, [])", self.name(*id))
            }
            Change::NameServers(id, NameServers::Custom(servers)) => {
                format!("name_servers({}, {})", self.name(*id), addresses(servers))
            }
            Change::TlsInspection(id, TlsInspection::None) => {
                format!("no_tls_inspection({})", self.name(*id))
            }
            Change::TlsInspection(id, TlsInspection::Inspected { exempt }) => {
                let exempt = list(exempt.iter().map(|name| quoted(name)));
                format!("tls_inspection({}, (exempt: {exempt}))", self.name(*id))
            }
            Change::AssociateRouteTable(id, to) => {
                format!("subnet_route_table({}, {})", self.name(*id), self.name(*to))
            }
            Change::AssociateAcl(id, to) => {
                format!("subnet_network_acl({}, {})", self.name(*id), self.name(*to))
            }
            Change::InterfaceEndpoint(id, to) => {
                pair("interface_endpoint", self.name(*id), endpoint_state(*to))
            }
            Change::InterfaceEndpointPolicy(id, to) => {
                pair("interface_endpoint_policy", self.name(*id), policy(to))
            }
            Change::PrivateDns(id, to) => pair("private_dns", self.name(*id), private_dns(*to).to_owned()),
            Change::SourceDestinationCheck(id, to) => {
                pair("source_destination_check", self.name(*id), check(*to).to_owned())
            }
            Change::EndpointGroups(id, to) => {
                pair("endpoint_security_groups", self.name(*id), self.groups(to))
            }
            Change::InterfaceGroups(id, to) => {
                pair("interface_security_groups", self.name(*id), self.groups(to))
            }
            Change::GatewayEndpoint(id, to) => pair("gateway_endpoint", self.name(*id), endpoint_state(*to)),
            Change::GatewayEndpointPolicy(id, to) => {
                pair("gateway_endpoint_policy", self.name(*id), policy(to))
            }
            Change::AssociateGatewayEndpoint(id, to) => {
                pair("associate_gateway_endpoint", self.name(*id), self.name(*to))
            }
            Change::DisassociateGatewayEndpoint(id, to) => {
                pair("disassociate_gateway_endpoint", self.name(*id), self.name(*to))
            }
            Change::AssociateZone(id, to) => pair("associate_zone", self.name(*id), self.name(*to)),
            Change::DissociateZone(id, to) => pair("dissociate_zone", self.name(*id), self.name(*to)),
            Change::ResolverRule(id, RuleChange::Associate(vpc)) => {
                pair("associate_resolver_rule", self.name(*id), self.name(*vpc))
            }
            Change::ResolverRule(id, RuleChange::Disassociate(vpc)) => {
                pair("disassociate_resolver_rule", self.name(*id), self.name(*vpc))
            }
            Change::ResolverRule(id, RuleChange::Targets(to)) => {
                pair("resolver_rule_targets", self.name(*id), addresses(to))
            }
            Change::SetZoneRecord(id, record) => format!(
                "set_zone_record(zone: {}, name: {}, addresses: {}, ttl: \"{}\")",
                self.name(*id),
                quoted(&record.name),
                addresses(&record.addresses),
                record.ttl
            ),
            Change::RemoveZoneRecord(id, name) => pair("remove_zone_record", self.name(*id), quoted(name)),
            Change::Transit(change) => self.transit(change),
        }
    }

    fn transit(&self, change: &TransitChange) -> String {
        let pair = |word: &str, one: String, other: String| format!("{word}({one}, {other})");
        let prefix = |prefix: &Ipv4Net| quoted(&prefix.to_string());
        match change {
            TransitChange::SetRoute(id, route) => {
                let target = route.to.map_or_else(
                    || "blackhole".to_owned(),
                    |to| format!("attachment({})", self.name(to)),
                );
                let (table, destination) = (self.name(*id), prefix(&route.prefix));
                format!("set_transit_route(table: {table}, destination: {destination}, target: {target})")
            }
            TransitChange::RemoveRoute(id, route) => {
                pair("remove_transit_route", self.name(*id), prefix(route))
            }
            TransitChange::Associate(id, to) => pair("associate_transit", self.name(*id), self.name(*to)),
            TransitChange::Disassociate(id) => format!("disassociate_transit({})", self.name(*id)),
            TransitChange::EnablePropagation(id, from) => {
                pair("enable_propagation", self.name(*id), self.name(*from))
            }
            TransitChange::DisablePropagation(id, from) => {
                pair("disable_propagation", self.name(*id), self.name(*from))
            }
            TransitChange::Peering(id, to) => pair(
                "transit_peering_state",
                self.name(*id),
                peering_state(*to).to_owned(),
            ),
            TransitChange::AllowedPrefixes(id, to) => {
                pair("allowed_prefixes", self.name(*id), list(to.iter().map(prefix)))
            }
        }
    }

    fn destination(&self, destination: Destination) -> String {
        match destination {
            Destination::Prefix(prefix) => quoted(&prefix.to_string()),
            Destination::PrefixList(list) => self.name(list),
        }
    }
    fn target(&self, target: RouteTarget) -> String {
        match target {
            RouteTarget::Local => "local".to_owned(),
            RouteTarget::Peering(id) => format!("peering({})", self.name(id)),
            RouteTarget::TransitGateway(id) => format!("transit_gateway({})", self.name(id)),
            RouteTarget::VirtualPrivateGateway(id) => format!("virtual_private_gateway({})", self.name(id)),
            RouteTarget::InternetGateway(id) => format!("internet_gateway({})", self.name(id)),
            RouteTarget::NatGateway(id) => format!("nat_gateway({})", self.name(id)),
            RouteTarget::GatewayEndpoint(id) => format!("gateway_endpoint({})", self.name(id)),
            RouteTarget::NetworkInterface(id) => format!("interface({})", self.name(id)),
            RouteTarget::Gone => "blackhole".to_owned(),
        }
    }
    fn group_rule(&self, direction: Direction, rule: GroupRule) -> String {
        let peer = match rule.peer {
            RulePeer::Prefix(prefix) => quoted(&prefix.to_string()),
            RulePeer::Group(id) => format!("group({})", self.name(id)),
            RulePeer::PrefixList(id) => format!("prefix_list({})", self.name(id)),
        };
        let (protocol, ports, side) = (protocol(rule.protocol), ports(rule.ports), side(direction));
        format!("(protocol: {protocol}{ports}, {side}: {peer})")
    }
}

/// The field that names the other side.
const fn side(direction: Direction) -> &'static str {
    match direction {
        Direction::Ingress => "from",
        Direction::Egress => "to",
    }
}

const fn attribute(attribute: DnsAttribute) -> &'static str {
    match attribute {
        DnsAttribute::On => "true",
        DnsAttribute::Off => "false",
    }
}

const fn peering_state(state: PeeringState) -> &'static str {
    match state {
        PeeringState::PendingAcceptance => "pending_acceptance",
        PeeringState::Active => "active",
        PeeringState::Deleted => "deleted",
        PeeringState::Failed => "failed",
    }
}

fn endpoint_state(state: EndpointState) -> String {
    match state {
        EndpointState::Available => "available",
        EndpointState::Deleted => "deleted",
    }
    .to_owned()
}

const fn private_dns(setting: PrivateDns) -> &'static str {
    match setting {
        PrivateDns::Off => "off",
        PrivateDns::On => "on",
        PrivateDns::InboundResolverOnly => "inbound_resolver_only",
    }
}

fn acl_rule(direction: Direction, rule: AclRule) -> String {
    let action = match rule.action {
        AclAction::Allow => "allow",
        AclAction::Deny => "deny",
    };
    format!(
        "(number: {}, action: {action}, protocol: {}{}, {}: \"{}\")",
        rule.number,
        protocol(rule.protocol),
        ports(rule.ports),
        side(direction),
        rule.peer
    )
}

fn policy(policy: &Policy) -> String {
    let words = |words: &[String]| list(words.iter().map(|word| quoted(word)));
    let statements = policy.statements.iter().map(|statement| {
        let effect = match statement.effect {
            Effect::Allow => "allow",
            Effect::Deny => "deny",
        };
        let mut text = format!("(effect: {effect}");
        for (field, values) in [
            ("principals", &statement.principals),
            ("actions", &statement.actions),
            ("resources", &statement.resources),
        ] {
            // Writing to a string cannot fail.
            let _ = write!(text, ", {field}: {}", words(values));
        }
        text.push(')');
        text
    });
    list(statements)
}

const fn check(check: SourceDestinationCheck) -> &'static str {
    match check {
        SourceDestinationCheck::On => "on",
        SourceDestinationCheck::Off => "off",
    }
}
