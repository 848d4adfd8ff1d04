//! Facts about computers.

use crate::resource::HostId;
use crate::site::{Clock, FirewallAction, OsFamily, Port, Power, SegmentPort, TrustStore};
use crate::view::Health;
use crate::view::describe::Words;
use crate::view::facts::Facts;
use crate::view::places::power_text;
use crate::world::network::Station;

use super::network;

pub(super) fn host(id: HostId, words: &Words<'_>, facts: &mut Facts) {
    let Some(host) = words.network.hosts.get(id) else {
        return;
    };
    let health = match host.power {
        Power::On => Health::Good,
        Power::Off => Health::Failed,
        Power::Terminated => Health::Idle,
    };
    facts.judge("state", power_text(host.power), health);
    facts.add(
        "system",
        match host.os {
            OsFamily::Linux => "Linux",
            OsFamily::Windows => "Windows",
        },
    );
    match &host.port {
        Port::Vpc(interface) => network::interface(*interface, words, facts),
        Port::Segment(port) => segment_port(port, words, facts),
    }
    facts.add("carries", host.rate);
    match host.clock {
        Clock::Synchronised => {}
        Clock::Ahead(span) => facts.judge("clock", format!("{span} ahead"), Health::Degraded),
        Clock::Behind(span) => facts.judge("clock", format!("{span} behind"), Health::Degraded),
    }
    if host.trust == TrustStore::Outdated {
        facts.judge("trust", "no Amazon root certificates", Health::Degraded);
    }
    for (protocol, port) in &host.listens {
        facts.add("listens on", format!("{protocol} {port}"));
    }
    facts.section("Firewall");
    for rule in &host.firewall {
        let action = match rule.action {
            FirewallAction::Allow => "allow",
            FirewallAction::Drop => "drop",
        };
        let protocol = rule
            .protocol
            .map_or("all traffic".to_owned(), |protocol| protocol.to_string());
        let (side, way) = match rule.direction {
            crate::verdict::Direction::Ingress => ("inbound", "from"),
            crate::verdict::Direction::Egress => ("outbound", "to"),
        };
        facts.add(
            side,
            format!("{action} {protocol} {} {way} {}", rule.ports, rule.peer),
        );
    }
    if let Some(server) = &host.name_server {
        facts.section("Name server");
        for zone in &server.zones {
            facts.add(
                "answers for",
                format!("{} by itself, {} names", zone.domain, zone.records.len()),
            );
        }
        for rule in &server.forwards {
            let targets: Vec<String> = rule.targets.iter().map(ToString::to_string).collect();
            let domain = if rule.domain.is_empty() {
                "every name"
            } else {
                &rule.domain
            };
            facts.add("forwards", format!("{domain} to {}", targets.join(", ")));
        }
    }
}

fn segment_port(port: &SegmentPort, words: &Words<'_>, facts: &mut Facts) {
    facts.add("address", port.address);
    facts.lead("segment", words.names.of(port.segment), port.segment);
    match port.gateway {
        Some(gateway) => match words.network.stations.at(port.segment, gateway) {
            Some(Station::Router(id)) => {
                facts.lead("gateway", format!("{gateway} {}", words.names.of(id)), id);
            }
            Some(Station::Gateway(id)) => {
                let active = words.active_for(id);
                facts.lead("gateway", format!("{gateway} {active}"), id);
            }
            Some(Station::Host(_)) | None => {
                facts.judge("gateway", format!("{gateway}: no router's"), Health::Degraded);
            }
        },
        None => facts.judge("gateway", "none: nothing leaves the segment", Health::Degraded),
    }
    for route in &port.routes {
        facts.add("route", format!("{} by {}", route.prefix, route.via));
    }
    for server in &port.name_servers {
        facts.add("name server", server);
    }
}
