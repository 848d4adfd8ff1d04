//! What all parts share, and the changes of hosts and the operations.

use std::net::Ipv4Addr;

use crate::migrate::mgn::{self, Command};
use crate::net::{PortRange, Protocol};
use crate::resource::{ResourceRef, SecurityGroupId};
use crate::scenario::sections::COMMANDS;
use crate::site::{Clock, FirewallAction, FirewallRule, HostChange, MacAddress, Power, TrustStore};
use crate::units::{BitRate, DataSize};
use crate::verdict::Direction;
use crate::world::lever::Lever;
use crate::world::names::Names;

/// The lever as a change in the notation of scenarios, for example
/// `peering_state("source-target", deleted)`. The migration gives KMS keys their names.
#[must_use]
pub fn to_text(lever: &Lever, names: &Names, migration: Option<&mgn::Config>) -> String {
    let pen = Pen { names, migration };
    match lever {
        Lever::Network(change) => pen.network(change),
        Lever::Host { host, change } => pen.host(&pen.name(*host), change),
        Lever::Command(command) => pen.command(command),
        Lever::Migration(change) => pen.setting(change),
        Lever::Routing(lever) => pen.routing(lever),
    }
}

/// Text in quotes.
pub(in crate::scenario) fn quoted(text: &str) -> String {
    format!("{text:?}")
}

pub(super) fn list(parts: impl IntoIterator<Item = String>) -> String {
    format!("[{}]", parts.into_iter().collect::<Vec<_>>().join(", "))
}

pub(super) fn addresses(addresses: &[Ipv4Addr]) -> String {
    list(addresses.iter().map(|address| quoted(&address.to_string())))
}

/// A rate that reads back exactly; the form for people may round.
pub(super) fn rate(rate: BitRate) -> String {
    let bps = rate.as_bps();
    let units = [
        ("Gbps", 1_000_000_000),
        ("Mbps", 1_000_000),
        ("kbps", 1_000),
        ("bps", 1),
    ];
    let fits = units.iter().find(|(_, worth)| bps.is_multiple_of(*worth));
    let (unit, worth) = fits.copied().unwrap_or(("bps", 1));
    quoted(&format!("{}{unit}", bps / worth))
}

/// A size that reads back exactly.
pub(super) fn size(size: DataSize) -> String {
    let bytes = size.as_bytes();
    let units = [
        ("TiB", 1 << 40),
        ("GiB", 1 << 30),
        ("MiB", 1 << 20),
        ("KiB", 1 << 10),
        ("B", 1),
    ];
    let fits = units.iter().find(|(_, worth)| bytes.is_multiple_of(*worth));
    let (unit, worth) = fits.copied().unwrap_or(("B", 1));
    quoted(&format!("{}{unit}", bytes / worth))
}

pub(super) const fn protocol(protocol: Option<Protocol>) -> &'static str {
    match protocol {
        None => "any",
        Some(Protocol::Tcp) => "tcp",
        Some(Protocol::Udp) => "udp",
        Some(Protocol::Icmp) => "icmp",
        Some(Protocol::Esp) => "esp",
        Some(Protocol::Gre) => "gre",
    }
}

/// `, ports: "443"`, or nothing where every port is meant.
pub(super) fn ports(ports: PortRange) -> String {
    if ports == PortRange::ALL {
        String::new()
    } else {
        format!(", ports: {}", quoted(&ports.to_string()))
    }
}

pub(super) const fn direction_word(direction: Direction) -> &'static str {
    match direction {
        Direction::Ingress => "ingress",
        Direction::Egress => "egress",
    }
}

/// Writes with the names of one lab.
pub(super) struct Pen<'n> {
    pub(super) names: &'n Names,
    pub(super) migration: Option<&'n mgn::Config>,
}

impl Pen<'_> {
    pub(super) fn name(&self, resource: impl Into<ResourceRef>) -> String {
        quoted(&self.names.of(resource))
    }
    pub(super) fn groups(&self, groups: &[SecurityGroupId]) -> String {
        list(groups.iter().map(|group| self.name(*group)))
    }
    fn host(&self, host: &str, change: &HostChange) -> String {
        match change {
            HostChange::Power(to) => format!("host_power({host}, {})", power(*to)),
            HostChange::Reboot => format!("host_reboot({host})"),
            HostChange::Crash => format!("host_crash({host})"),
            HostChange::NewMac => format!("host_new_mac({host})"),
            HostChange::Clock(to) => format!("host_clock({host}, {})", clock(*to)),
            HostChange::Mac(to) => format!("host_mac({host}, {})", mac(*to)),
            HostChange::Trust(to) => format!("host_trust({host}, {})", trust(*to)),
            HostChange::Rate(to) => format!("host_rate({host}, {})", rate(*to)),
            HostChange::Mtu(to) => format!("host_mtu({host}, {to})"),
            HostChange::AddFirewallRule(rule) => {
                format!("add_firewall_rule({host}, {})", firewall_rule(*rule))
            }
            HostChange::RemoveFirewallRule(rule) => {
                format!("remove_firewall_rule({host}, {})", firewall_rule(*rule))
            }
            HostChange::SetForwarder(rule) => format!(
                "set_forwarder(host: {host}, domain: {}, targets: {})",
                quoted(domain(&rule.domain)),
                addresses(&rule.targets)
            ),
            HostChange::Gateway(Some(to)) => format!("host_gateway({host}, {})", quoted(&to.to_string())),
            HostChange::Gateway(None) => format!("no_host_gateway({host})"),
            HostChange::NameServers(to) => {
                let servers = list(to.iter().map(|server| quoted(&server.to_string())));
                format!("host_name_servers({host}, {servers})")
            }
            HostChange::RemoveForwarder(of) => format!("remove_forwarder({host}, {})", quoted(domain(of))),
        }
    }

    fn command(&self, command: &Command) -> String {
        let word = COMMANDS
            .iter()
            .find(|(_, kind)| *kind == command.kind)
            .map_or("", |(word, _)| *word);
        let n_servers = self
            .names
            .iter()
            .filter(|(resource, _)| matches!(resource, ResourceRef::SourceServer(_)))
            .count();
        let in_order = command.servers.is_sorted_by(|one, other| one < other);
        if n_servers > 0 && command.servers.len() == n_servers && in_order {
            return format!("{word}(all)");
        }
        format!(
            "{word}({})",
            list(command.servers.iter().map(|server| self.name(*server)))
        )
    }
}

/// The root of all names is written as a dot.
fn domain(domain: &str) -> &str {
    if domain.is_empty() { "." } else { domain }
}

const fn power(power: Power) -> &'static str {
    match power {
        Power::On => "on",
        Power::Off => "off",
        Power::Terminated => "terminated",
    }
}

const fn mac(mac: MacAddress) -> &'static str {
    match mac {
        MacAddress::Stable => "stable",
        MacAddress::NewAtStart => "new_at_start",
    }
}
const fn trust(trust: TrustStore) -> &'static str {
    match trust {
        TrustStore::AmazonRoots => "amazon_roots",
        TrustStore::Outdated => "outdated",
    }
}

fn clock(clock: Clock) -> String {
    match clock {
        Clock::Synchronised => "synchronised".to_owned(),
        Clock::Ahead(span) => format!("ahead(\"{span}\")"),
        Clock::Behind(span) => format!("behind(\"{span}\")"),
    }
}

fn firewall_rule(rule: FirewallRule) -> String {
    let action = match rule.action {
        FirewallAction::Allow => "allow",
        FirewallAction::Drop => "drop",
    };
    format!(
        "(direction: {}, action: {action}, protocol: {}{}, peer: \"{}\")",
        direction_word(rule.direction),
        protocol(rule.protocol),
        ports(rule.ports),
        rule.peer
    )
}
