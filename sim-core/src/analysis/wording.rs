//! Rules and routes in the words of the console.

use ipnet::Ipv4Net;

use crate::aws::transit_gateway::{Class, Exit, Installed};
use crate::aws::virtual_private_gateway;
use crate::aws::{AclAction, AclRule, GroupRule, RouteTarget, RulePeer};
use crate::net::Protocol;
use crate::resource::{ResourceRef, RouterInterfaceId};
use crate::site::{FirewallAction, PassRule};
use crate::verdict::{Destination, Direction, Report, Rule};
use crate::world::names::Names;
use crate::world::network::Network;

fn side(direction: Direction) -> (&'static str, &'static str) {
    match direction {
        Direction::Ingress => ("inbound", "from"),
        Direction::Egress => ("outbound", "to"),
    }
}

fn protocol_text(protocol: Option<Protocol>) -> String {
    protocol.map_or_else(|| "all traffic".to_owned(), |protocol| protocol.to_string())
}

/// A security group's rule: `tcp 443 from 10.0.1.0/24`.
#[must_use]
pub fn group_rule_text(direction: Direction, rule: &GroupRule, names: &Names) -> String {
    let peer = match rule.peer {
        RulePeer::Prefix(prefix) => prefix.to_string(),
        RulePeer::Group(group) => names.of(group),
        RulePeer::PrefixList(list) => names.of(list),
    };
    let (_, preposition) = side(direction);
    match rule.protocol {
        None => format!("all traffic {preposition} {peer}"),
        Some(protocol) => format!("{protocol} {} {preposition} {peer}", rule.ports),
    }
}

/// A network ACL's rule: `rule 100 deny tcp 443 from 10.0.1.0/24`.
#[must_use]
pub fn acl_rule_text(direction: Direction, rule: &AclRule) -> String {
    let action = match rule.action {
        AclAction::Allow => "allow",
        AclAction::Deny => "deny",
    };
    let (_, preposition) = side(direction);
    let what = protocol_text(rule.protocol);
    let ports = rule
        .protocol
        .map_or_else(String::new, |_| format!(" {}", rule.ports));
    format!(
        "rule {} {action} {what}{ports} {preposition} {}",
        rule.number, rule.peer
    )
}

/// A rule of a router's firewall: `allow tcp 443 from core-1:servers 192.168.10.0/24 to 10.0.0.0/16`.
#[must_use]
pub fn pass_rule_text(rule: &PassRule, names: &Names) -> String {
    let action = match rule.action {
        FirewallAction::Allow => "allow",
        FirewallAction::Drop => "drop",
    };
    let what = match rule.protocol {
        None | Some(Protocol::Icmp | Protocol::Esp | Protocol::Gre) => protocol_text(rule.protocol),
        Some(protocol) => format!("{protocol} {}", rule.ports),
    };
    let end = |preposition: &str, interface: Option<RouterInterfaceId>, prefix: Ipv4Net| {
        let interface = interface.map(|id| names.of(id));
        let prefix = (prefix.prefix_len() > 0).then(|| prefix.to_string());
        let parts: Vec<String> = interface.into_iter().chain(prefix).collect();
        match parts.as_slice() {
            [] => String::new(),
            parts => format!(" {preposition} {}", parts.join(" ")),
        }
    };
    let (from, to) = (
        end("from", rule.from, rule.source),
        end("to", rule.to, rule.destination),
    );
    format!("{action} {what}{from}{to}")
}

/// Where a route leads, by name.
#[must_use]
pub fn target_text(target: RouteTarget, names: &Names) -> String {
    match target {
        RouteTarget::Local => "local".to_owned(),
        RouteTarget::Gone => "blackhole".to_owned(),
        RouteTarget::Peering(id) => names.of(id),
        RouteTarget::TransitGateway(id) => names.of(id),
        RouteTarget::VirtualPrivateGateway(id) => names.of(id),
        RouteTarget::InternetGateway(id) => names.of(id),
        RouteTarget::NatGateway(id) => names.of(id),
        RouteTarget::GatewayEndpoint(id) => names.of(id),
        RouteTarget::NetworkInterface(id) => names.of(id),
    }
}

/// What a route matches: a prefix, or a prefix list's name.
#[must_use]
pub fn destination_text(destination: Destination, names: &Names) -> String {
    match destination {
        Destination::Prefix(prefix) => prefix.to_string(),
        Destination::PrefixList(list) => names.of(list),
    }
}

/// Where a route of a Transit Gateway's table leads and what it comes from.
#[must_use]
pub fn transit_route_text(route: &Installed, names: &Names) -> String {
    let name = |exit: &Exit| {
        exit.endpoint
            .map_or_else(|| names.of(exit.attachment), |it| names.of(it))
    };
    let exits: Vec<String> = route.exits.iter().map(name).collect();
    let leads = if exits.is_empty() {
        "blackhole".to_owned()
    } else {
        exits.join(" and ")
    };
    let comes_from = match route.class {
        Class::Static => "static",
        Class::Vpc
        | Class::DirectConnect
        | Class::Connect
        | Class::PrivateVpn
        | Class::Vpn
        | Class::Peering => "propagated",
    };
    format!("→ {leads} ({comes_from})")
}

/// Where a route of a virtual private gateway leads and what it comes from.
#[must_use]
pub fn gateway_route_text(route: &virtual_private_gateway::Installed, names: &Names) -> String {
    use virtual_private_gateway::{Class, Exit};
    let name = |exit: &Exit| match *exit {
        Exit::Vpc(id) => names.of(id),
        Exit::Tunnel(id) => names.of(id),
        Exit::Interface(id) => names.of(id),
        Exit::DirectConnect(id) => names.of(id),
    };
    let exits: Vec<String> = route.exits.iter().map(name).collect();
    let comes_from = match route.class {
        Class::Vpc => "VPC",
        Class::DirectConnect => "Direct Connect",
        Class::StaticVpn => "static VPN",
        Class::BgpVpn => "VPN",
    };
    format!("→ {} ({comes_from})", exits.join(" and "))
}

/// The rule that decided, as it stands in the component that holds it.
#[must_use]
pub fn rule_text(rule: Rule, network: &Network, names: &Names) -> String {
    let cloud = &network.cloud;
    match rule {
        Rule::Route { table, destination } => {
            let target = cloud
                .route_tables
                .get(table)
                .and_then(|table| table.routes.iter().find(|route| route.destination == destination))
                .map_or_else(|| "gone".to_owned(), |route| target_text(route.target, names));
            format!("{} → {target}", destination_text(destination, names))
        }
        Rule::NoRoute { .. } | Rule::NoTransitRoute { .. } | Rule::NoGatewayRoute { .. } => {
            "no route matches".to_owned()
        }
        Rule::GatewayRoute { gateway, prefix } => {
            let row = cloud.virtual_private_gateways.get(gateway);
            let route = row.and_then(|row| row.installed.get(prefix));
            let leads = route.map_or_else(|| "gone".to_owned(), |route| gateway_route_text(route, names));
            format!("{prefix} {leads}")
        }
        Rule::TransitRoute { table, prefix } => {
            let table = cloud.transit_gateway_route_tables.get(table);
            let route = table.and_then(|table| table.installed.get(prefix));
            let leads = route.map_or_else(|| "gone".to_owned(), |route| transit_route_text(route, names));
            format!("{prefix} {leads}")
        }
        Rule::SecurityGroupRule {
            group,
            direction,
            index,
        } => {
            let (word, _) = side(direction);
            let text = cloud
                .security_groups
                .get(group)
                .and_then(|group| group.rules(direction).get(index as usize))
                .map_or_else(
                    || "a removed rule".to_owned(),
                    |rule| group_rule_text(direction, rule, names),
                );
            format!("{word} {text}")
        }
        Rule::ConnectionTracked { .. } => "tracked connection".to_owned(),
        Rule::NoSecurityGroupRule { direction, .. } => format!("no {} rule matches", side(direction).0),
        Rule::AclRule {
            acl,
            direction,
            number,
        } => {
            let text = cloud
                .network_acls
                .get(acl)
                .and_then(|acl| acl.rules(direction).iter().find(|rule| rule.number == number))
                .map_or_else(|| format!("rule {number}"), |rule| acl_rule_text(direction, rule));
            format!("{} {text}", side(direction).0)
        }
        Rule::AclDefault { direction, .. } => format!("{} rule * deny", side(direction).0),
        Rule::InterfaceEndpointPolicy { statement, .. } | Rule::GatewayEndpointPolicy { statement, .. } => {
            match statement {
                Some(statement) => format!("policy statement {}", statement + 1),
                None => "no policy statement allows it".to_owned(),
            }
        }
        Rule::PeeringBoundary { .. } => "peering is not transitive".to_owned(),
        Rule::HostFirewall { direction, .. } => format!("{} firewall rule", side(direction).0),
        Rule::FibRoute { prefix, source, .. } => format!("{source} route {prefix}"),
        Rule::NoFibRoute { .. } => "no route matches".to_owned(),
        Rule::NoWayToNextHop { prefix, next_hop, .. } => {
            format!("path to {prefix}, but no route to its next hop {next_hop}")
        }
        Rule::HostRoute { prefix, .. } if prefix.prefix_len() == 0 => "default gateway".to_owned(),
        Rule::HostRoute { prefix, .. } => format!("route {prefix}"),
        Rule::RouterFirewall { router, index } => {
            let rules = network.routers.get(router).and_then(|row| row.firewall.as_ref());
            match index {
                None => "no firewall rule allows it".to_owned(),
                Some(index) => rules.and_then(|rules| rules.get(index as usize)).map_or_else(
                    || "a removed firewall rule".to_owned(),
                    |rule| format!("firewall rule {}: {}", index + 1, pass_rule_text(rule, names)),
                ),
            }
        }
        Rule::RouterTracked { .. } => "packet of a tracked conversation".to_owned(),
        Rule::SourceNat { .. } => "source NAT".to_owned(),
        Rule::VirtualGateway { gateway } => format!("active for {}", names.of(gateway)),
        Rule::Mtu {
            mtu_bytes,
            size_bytes,
            report,
            ..
        } => {
            let told = match report {
                Report::Sent => "the sender is told by ICMP",
                Report::Withheld => "the sender is not told",
            };
            format!("MTU {mtu_bytes}, packet of {size_bytes} bytes, {told}")
        }
        Rule::NoHostRoute { .. } => "no gateway and no route".to_owned(),
    }
}

/// A thing and its kind: `security group vpce-mgn-sg`.
#[must_use]
pub fn thing_text(thing: ResourceRef, names: &Names) -> String {
    match thing {
        ResourceRef::Lab => "the lab".to_owned(),
        thing => format!("{} {}", thing.kind(), names.of(thing)),
    }
}
