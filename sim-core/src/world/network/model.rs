//! What forwarding reads, and the little that it remembers.

use std::net::Ipv4Addr;
use std::sync::Arc;

use crate::aws::Cloud;
use crate::aws::nat::Translations;
use crate::aws::tracking::Connections;
use crate::kernel::Arena;
use crate::net::Protocol;
use crate::resource::{HostId, VpcId, kind};
use crate::site::{Host, Link, Router, RouterInterface, Segment, Tunnel, VirtualGateway};

use super::segment::Stations;
use super::{Listening, Recipient};

/// Everything that decides where a packet goes: plain data, cloned with the world.
#[derive(Debug, Clone, Default)]
pub struct Network {
    /// The AWS side.
    pub cloud: Cloud,
    /// The computers.
    pub hosts: Arena<Host, kind::Host>,
    /// The routers; branches of a lab share each until one of them changes it.
    pub routers: Arena<Arc<Router>, kind::Router>,
    /// Their interfaces.
    pub router_interfaces: Arena<RouterInterface, kind::RouterInterface>,
    /// The links between them.
    pub links: Arena<Link, kind::Link>,
    /// The tunnels that begin at them.
    pub tunnels: Arena<Tunnel, kind::Tunnel>,
    /// The segments that hosts and routers attach to.
    pub segments: Arena<Segment, kind::Segment>,
    /// The gateways on segments that several routers share.
    pub gateways: Arena<VirtualGateway, kind::VirtualGateway>,
    /// Who has which address on a segment.
    pub stations: Stations,
}

/// What the stateful parts of the network remember of the packets that they saw.
///
/// Traces and preflight checks start with an empty one of their own, so looking never changes what
/// is looked at.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tracking {
    /// The conversations that security groups and hosts' firewalls let through.
    pub connections: Connections,
    /// The translations of NAT gateways.
    pub translations: Translations,
}

/// HTTPS, and HTTP for what redirects to it; what AWS's service endpoints listen on.
const SERVICE_PORTS: &[(Protocol, u16)] = &[(Protocol::Tcp, 443), (Protocol::Tcp, 80)];
/// Interface endpoints of the services of this lab accept HTTPS only.
const ENDPOINT_PORTS: &[(Protocol, u16)] = &[(Protocol::Tcp, 443)];
/// DNS, RFC 1035 §4.2.
const DNS_PORTS: &[(Protocol, u16)] = &[(Protocol::Udp, 53), (Protocol::Tcp, 53)];

impl Network {
    /// The private address of a host.
    #[must_use]
    pub fn address_of(&self, host: HostId) -> Option<Ipv4Addr> {
        self.hosts.get(host)?.address(&self.cloud)
    }
    /// The VPC that a host is in; none for one on a segment.
    #[must_use]
    pub fn vpc_of(&self, host: HostId) -> Option<VpcId> {
        self.cloud.vpc_of(self.hosts.get(host)?.vpc_interface()?)
    }

    /// What `recipient` does with the first packet to a port of its own.
    #[must_use]
    pub fn listening(&self, recipient: Recipient, protocol: Protocol, port: u16) -> Listening {
        match recipient {
            Recipient::Host(host) => self.host_listening(host, protocol, port),
            Recipient::InterfaceEndpoint { .. } => Listening::only(ENDPOINT_PORTS, protocol, port),
            Recipient::Service { .. } => Listening::only(SERVICE_PORTS, protocol, port),
            // An outbound endpoint asks and is not asked.
            Recipient::ResolverEndpoint { .. } if self.resolver_at(recipient).is_none() => Listening::Ignores,
            Recipient::VpcResolver(_) | Recipient::ResolverEndpoint { .. } | Recipient::PublicDns => {
                Listening::only(DNS_PORTS, protocol, port)
            }
            // Its processes answer for themselves.
            Recipient::Router(_) if protocol == Protocol::Icmp => Listening::Answers,
            Recipient::Router(_) => Listening::Refuses,
        }
    }

    fn host_listening(&self, host: HostId, protocol: Protocol, port: u16) -> Listening {
        let Some(row) = self.hosts.get(host) else {
            return Listening::Ignores;
        };
        let serves_dns = row.name_server.is_some() && DNS_PORTS.contains(&(protocol, port));
        // Every host answers pings, where its firewall lets them in.
        if protocol == Protocol::Icmp || serves_dns || row.listens.contains(&(protocol, port)) {
            Listening::Answers
        } else {
            Listening::Refuses
        }
    }
}
