//! What was done to a lab, in words.

use crate::analysis::wording::{acl_rule_text, destination_text, group_rule_text, target_text};
use crate::aws::transit_gateway::TransitChange;
use crate::aws::{
    Change, DnsAttribute, EndpointState, InterfaceState, NameServers, PeeringState, PrivateDns, RuleChange,
    SourceDestinationCheck, TlsInspection, ZoneState,
};
use crate::resource::SecurityGroupId;
use crate::site::{Clock, HostChange, MacAddress, Power, TrustStore};
use crate::verdict::Direction;
use crate::world::lever::{Lever, LeverError};
use crate::world::names::Names;

use super::setting::setting_text;
use super::{Words, command_text};

/// What was done, or why it could not be, in words.
pub(in crate::view) fn done_or_refused(
    lever: &Lever,
    refused: Option<&LeverError>,
    words: &Words<'_>,
) -> String {
    let what = lever_text(lever, words);
    refused.map_or_else(
        || what.clone(),
        |why| format!("cannot be changed ({what}): {why}"),
    )
}

/// What was done, in words.
pub(in crate::view) fn lever_text(lever: &Lever, words: &Words<'_>) -> String {
    match lever {
        Lever::Network(change) => network(change, words),
        Lever::Host { change, .. } => host(change),
        Lever::Command(command) => format!("somebody asks: {}", command_text(command, words.names)),
        Lever::Migration(change) => setting_text(change, words.names),
        Lever::Routing(lever) => super::routing::lever_text(lever, words),
    }
}

fn network(change: &Change, words: &Words<'_>) -> String {
    let names = words.names;
    match change {
        Change::Peering(_, state) => format!("becomes {}", peering(*state)),
        Change::Zone(_, ZoneState::Lost) => "is lost: nothing in it sends or receives".to_owned(),
        Change::Zone(_, ZoneState::Available) => "is available again".to_owned(),
        Change::InterfaceState(_, InterfaceState::Failed) => {
            "fails: nothing leaves it and nothing comes in".to_owned()
        }
        Change::InterfaceState(_, InterfaceState::InService) => "works again".to_owned(),
        Change::PeeringDelay(_, delay) => format!("now takes {delay} one way"),
        Change::PeeringRate(_, rate) => format!("now carries {rate}"),
        Change::PeeringLoss(_, loss) => format!("now loses {loss} of all packets"),
        Change::AddRoute(_, route) => format!(
            "gets the route {} → {}",
            destination_text(route.destination, names),
            target_text(route.target, names)
        ),
        Change::RemoveRoute(_, destination) => {
            format!("loses the route for {}", destination_text(*destination, names))
        }
        Change::Propagation(_, Some(gateway)) => format!("takes the routes of {}", names.of(*gateway)),
        Change::Propagation(_, None) => "takes no propagated routes any more".to_owned(),
        Change::AddGroupRule(_, direction, rule) => {
            format!(
                "gets the {} rule {}",
                side(*direction),
                group_rule_text(*direction, rule, names)
            )
        }
        Change::RemoveGroupRule(_, direction, rule) => {
            format!(
                "loses the {} rule {}",
                side(*direction),
                group_rule_text(*direction, rule, names)
            )
        }
        Change::SetAclRule(_, direction, rule) => {
            format!(
                "gets the {} {}",
                side(*direction),
                acl_rule_text(*direction, rule)
            )
        }
        Change::RemoveAclRule(_, direction, number) => {
            format!("loses the {} rule {number}", side(*direction))
        }
        Change::DnsSupport(_, attribute) => format!("has enableDnsSupport turned {}", on_off(*attribute)),
        Change::DnsHostnames(_, attribute) => {
            format!("has enableDnsHostnames turned {}", on_off(*attribute))
        }
        Change::NameServers(_, servers) => format!("now hands out {}", name_servers(servers)),
        Change::TlsInspection(_, inspection) => tls_inspection(inspection).to_owned(),
        Change::AssociateRouteTable(_, table) => {
            format!("is associated with route table {}", names.of(*table))
        }
        Change::AssociateAcl(_, acl) => format!("is associated with network ACL {}", names.of(*acl)),
        Change::InterfaceEndpoint(_, state) | Change::GatewayEndpoint(_, state) => {
            format!("is {}", endpoint(*state))
        }
        Change::InterfaceEndpointPolicy(..) | Change::GatewayEndpointPolicy(..) => {
            "gets another endpoint policy".to_owned()
        }
        Change::PrivateDns(_, private_dns) => format!("has private DNS {}", private_dns_text(*private_dns)),
        Change::EndpointGroups(_, groups) | Change::InterfaceGroups(_, groups) => {
            format!("gets the security groups {}", group_names(groups, words))
        }
        Change::SourceDestinationCheck(_, check) => match check {
            SourceDestinationCheck::On => "checks source and destination".to_owned(),
            SourceDestinationCheck::Off => "no longer checks source and destination".to_owned(),
        },
        Change::AssociateGatewayEndpoint(_, table) => {
            format!("is associated with route table {}", names.of(*table))
        }
        Change::DisassociateGatewayEndpoint(_, table) => {
            format!("is no longer associated with route table {}", names.of(*table))
        }
        Change::AssociateZone(_, vpc) => format!("is associated with VPC {}", names.of(*vpc)),
        Change::DissociateZone(_, vpc) => format!("is no longer associated with VPC {}", names.of(*vpc)),
        Change::ResolverRule(_, change) => match change {
            RuleChange::Associate(vpc) => format!("is associated with VPC {}", names.of(*vpc)),
            RuleChange::Disassociate(vpc) => format!("is no longer associated with VPC {}", names.of(*vpc)),
            RuleChange::Targets(to) => {
                let targets: Vec<String> = to.iter().map(ToString::to_string).collect();
                format!("now asks {}", targets.join(", "))
            }
        },
        Change::SetZoneRecord(_, record) => {
            let addresses: Vec<String> = record.addresses.iter().map(ToString::to_string).collect();
            format!("now says that {} is {}", record.name, addresses.join(", "))
        }
        Change::RemoveZoneRecord(_, name) => format!("no longer knows {name}"),
        Change::Transit(change) => transit_text(change, names),
    }
}

fn transit_text(change: &TransitChange, names: &Names) -> String {
    match change {
        TransitChange::SetRoute(_, route) => {
            let to = route.to.map_or_else(|| "nowhere".to_owned(), |to| names.of(to));
            format!("gets the static route {} → {to}", route.prefix)
        }
        TransitChange::RemoveRoute(_, prefix) => format!("loses its static route for {prefix}"),
        TransitChange::Associate(_, table) => format!("is associated with {}", names.of(*table)),
        TransitChange::Disassociate(_) => "is associated with no route table any more".to_owned(),
        TransitChange::EnablePropagation(_, from) => {
            format!("takes what {} propagates", names.of(*from))
        }
        TransitChange::DisablePropagation(_, from) => {
            format!("no longer takes what {} propagates", names.of(*from))
        }
        TransitChange::Peering(_, state) => format!("becomes {}", peering(*state)),
        TransitChange::AllowedPrefixes(_, allowed) => {
            let all: Vec<String> = allowed.iter().map(ToString::to_string).collect();
            match all.as_slice() {
                [] => "allows no prefix any more".to_owned(),
                some => format!("now allows {}", some.join(", ")),
            }
        }
    }
}

fn host(change: &HostChange) -> String {
    match change {
        HostChange::Power(power) => power_text(*power).to_owned(),
        HostChange::Reboot => "is restarted".to_owned(),
        HostChange::Crash => "crashes and comes back".to_owned(),
        HostChange::NewMac => "gets another MAC address".to_owned(),
        HostChange::Clock(clock) => match clock {
            Clock::Synchronised => "has its clock synchronised".to_owned(),
            Clock::Ahead(span) => format!("has its clock set {span} ahead"),
            Clock::Behind(span) => format!("has its clock set {span} behind"),
        },
        HostChange::Mac(MacAddress::Stable) => "keeps its MAC address from now on".to_owned(),
        HostChange::Mac(MacAddress::NewAtStart) => "will have another MAC address at each start".to_owned(),
        HostChange::Trust(TrustStore::AmazonRoots) => "trusts the Amazon root certificates".to_owned(),
        HostChange::Trust(TrustStore::Outdated) => "no longer trusts the Amazon root certificates".to_owned(),
        HostChange::Rate(rate) => format!("has a network interface of {rate}"),
        HostChange::Mtu(mtu) => format!("sends and takes in packets of at most {mtu} bytes"),
        HostChange::AddFirewallRule(_) => "gets a firewall rule".to_owned(),
        HostChange::RemoveFirewallRule(_) => "loses a firewall rule".to_owned(),
        HostChange::SetForwarder(rule) => format!("now forwards questions for {}", domain(&rule.domain)),
        HostChange::Gateway(Some(to)) => format!("now sends by the gateway {to}"),
        HostChange::Gateway(None) => "has no default gateway any more".to_owned(),
        HostChange::NameServers(to) => {
            let servers: Vec<String> = to.iter().map(ToString::to_string).collect();
            format!("now asks {}", servers.join(", "))
        }
        HostChange::RemoveForwarder(name) => format!("no longer forwards questions for {}", domain(name)),
    }
}

fn domain(domain: &str) -> &str {
    if domain.is_empty() { "every name" } else { domain }
}

const fn power_text(power: Power) -> &'static str {
    match power {
        Power::On => "is turned on",
        Power::Off => "is turned off",
        Power::Terminated => "is terminated",
    }
}

/// The state of a peering connection as AWS spells it.
pub(in crate::view) const fn peering(state: PeeringState) -> &'static str {
    match state {
        PeeringState::PendingAcceptance => "pending-acceptance",
        PeeringState::Active => "active",
        PeeringState::Deleted => "deleted",
        PeeringState::Failed => "failed",
    }
}

/// The state of an endpoint as AWS spells it.
pub(in crate::view) const fn endpoint(state: EndpointState) -> &'static str {
    match state {
        EndpointState::Available => "available",
        EndpointState::Deleted => "deleted",
    }
}

/// The word of an attribute.
pub(in crate::view) const fn on_off(attribute: DnsAttribute) -> &'static str {
    match attribute {
        DnsAttribute::On => "on",
        DnsAttribute::Off => "off",
    }
}

/// The words of a private DNS setting.
pub(in crate::view) const fn private_dns_text(private_dns: PrivateDns) -> &'static str {
    match private_dns {
        PrivateDns::Off => "off",
        PrivateDns::On => "on",
        PrivateDns::InboundResolverOnly => "on for the inbound Resolver endpoint only",
    }
}

/// The name servers of DHCP options.
pub(in crate::view) fn name_servers(servers: &NameServers) -> String {
    match servers {
        NameServers::AmazonProvided => "AmazonProvidedDNS".to_owned(),
        NameServers::Custom(addresses) => {
            let addresses: Vec<String> = addresses.iter().map(ToString::to_string).collect();
            addresses.join(", ")
        }
    }
}

const fn tls_inspection(inspection: &TlsInspection) -> &'static str {
    match inspection {
        TlsInspection::None => "no longer opens TLS",
        TlsInspection::Inspected { .. } => "opens TLS on its way out",
    }
}

const fn side(direction: Direction) -> &'static str {
    match direction {
        Direction::Ingress => "inbound",
        Direction::Egress => "outbound",
    }
}

fn group_names(groups: &[SecurityGroupId], words: &Words<'_>) -> String {
    let names: Vec<String> = groups.iter().map(|group| words.names.of(*group)).collect();
    names.join(", ")
}
