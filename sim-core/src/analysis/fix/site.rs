//! What would let a packet through at a site: host firewalls, routers' firewalls, default gateways.

use std::net::Ipv4Addr;

use ipnet::Ipv4Net;

use crate::net::{PortRange, Protocol};
use crate::resource::{HostId, LinkId, RouterId};
use crate::site::{
    FirewallAction, FirewallRule, Host, HostChange, LinkChange, PassRule, Provisioning, RouterChange,
};
use crate::verdict::Direction;
use crate::world::lever::Lever;
use crate::world::network::Station;
use crate::world::routing::RoutingLever;

use super::{Advisor, Fix};
use crate::analysis::wording::pass_rule_text;

impl Advisor<'_> {
    /// The prefix to name for an address, seen from outside of every VPC: its segment's, or its subnet's.
    pub(super) fn prefix_anywhere(&self, address: Ipv4Addr) -> Ipv4Net {
        let segments = self.network.segments.rows().iter().map(|it| it.prefix);
        let subnets = self.cloud.subnets.rows().iter().map(|it| it.cidr);
        let mut all = segments.chain(subnets);
        all.find(|prefix| prefix.contains(&address))
            .unwrap_or_else(|| Ipv4Net::from(address))
    }

    pub(super) fn open_firewall(&self, host: HostId, direction: Direction) -> Option<Fix> {
        let flow = self.problem.flow?;
        let far = self.far_side(direction)?;
        let peer = match self.network.vpc_of(host) {
            Some(vpc) => self.prefix_of(vpc, far),
            None => self.prefix_anywhere(far),
        };
        let rule = FirewallRule {
            direction,
            action: FirewallAction::Allow,
            protocol: Some(flow.protocol),
            ports: PortRange::single(flow.destination_port),
            peer,
        };
        let way = match direction {
            Direction::Ingress => "from",
            Direction::Egress => "to",
        };
        let text = format!(
            "allow {} {} {way} {peer} in the firewall of host {}",
            flow.protocol,
            flow.destination_port,
            self.names.of(host)
        );
        Some(Fix::host(text, host, HostChange::AddFirewallRule(rule)))
    }

    /// What is left to do before a line is available, as if it were done.
    pub(super) fn have_provided(&self, link: LinkId) -> Option<Fix> {
        let row = self.network.links.get(link)?;
        let text = format!("{}: {}", self.names.of(link), row.provisioning.waits_for());
        let change = LinkChange::Provisioning(Provisioning::Available);
        Some(Fix {
            text,
            levers: vec![Lever::Routing(RoutingLever::Link { link, change })],
        })
    }

    pub(super) fn open_router(&self, router: RouterId) -> Option<Fix> {
        let flow = self.problem.flow?;
        let ports = match flow.protocol {
            Protocol::Tcp | Protocol::Udp => PortRange::single(flow.destination_port),
            Protocol::Icmp | Protocol::Esp | Protocol::Gre => PortRange::ALL,
        };
        let rule = PassRule {
            action: FirewallAction::Allow,
            from: None,
            to: None,
            protocol: Some(flow.protocol),
            ports,
            source: self.prefix_anywhere(flow.source),
            destination: self.prefix_anywhere(flow.destination),
        };
        let text = format!(
            "{} in the firewall of router {}",
            pass_rule_text(&rule, self.names),
            self.names.of(router)
        );
        let change = RouterChange::AddFirewallRule(rule);
        Some(Fix {
            text,
            levers: vec![Lever::Routing(RoutingLever::Router { router, change })],
        })
    }

    /// The gateway that its neighbours send by, or else one of the segment's routers.
    pub(super) fn give_gateway(&self, host: HostId) -> Option<Fix> {
        let segment = self.network.hosts.get(host)?.segment_port()?.segment;
        let mut neighbours = self.network.hosts.rows().iter().filter_map(Host::segment_port);
        let used = neighbours.find_map(|port| port.gateway.filter(|_| port.segment == segment));
        let mut stations = self.network.stations.on(segment);
        let shared = || {
            let mut all = self.network.stations.on(segment);
            all.find(|(_, station)| matches!(station, Station::Gateway(_)))
        };
        let routers = || stations.find(|(_, station)| matches!(station, Station::Router(_)));
        let gateway = used.or_else(|| shared().or_else(routers).map(|(address, _)| address))?;
        let text = format!("give host {} the gateway {gateway}", self.names.of(host));
        Some(Fix::host(text, host, HostChange::Gateway(Some(gateway))))
    }
}
