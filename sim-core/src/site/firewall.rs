//! What a router lets through, and behind which of its addresses it hides others.
//!
//! # Fidelity
//! The firewall looks at what the router forwards; what is for the router itself or from it passes. It is stateful: the
//! first packet of a conversation meets the rules, and everything that follows passes as long as the conversation is
//! remembered, for as long as Linux's connection tracking does (see [`crate::aws::tracking`]). A packet in the middle of
//! a TCP connection that the firewall did not see begin is dropped whatever the rules say, as firewalls do that are
//! sold as such (Linux would take it up: `nf_conntrack_tcp_loose`). Two routers share no state, and one that loses its
//! power forgets all of it. Fragments, and what firewalls look for inside packets, are left out.

use ipnet::Ipv4Net;

use crate::net::{FiveTuple, PortRange, Protocol};
use crate::resource::RouterInterfaceId;

use super::FirewallAction;

/// A rule of a router's firewall; the first that matches decides, and what none matches is dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub struct PassRule {
    /// What it does.
    pub action: FirewallAction,
    /// The interface by which packets come in; any where none is named.
    pub from: Option<RouterInterfaceId>,
    /// The interface by which they leave; any where none is named.
    pub to: Option<RouterInterfaceId>,
    /// The protocol, or any.
    pub protocol: Option<Protocol>,
    /// The destination ports.
    pub ports: PortRange,
    /// Who sends.
    pub source: Ipv4Net,
    /// Who receives.
    pub destination: Ipv4Net,
}

impl PassRule {
    /// Whether it decides about a packet that comes in and leaves by these interfaces.
    #[must_use]
    pub fn matches(&self, from: RouterInterfaceId, to: RouterInterfaceId, flow: &FiveTuple) -> bool {
        let has_ports = match flow.protocol {
            Protocol::Tcp | Protocol::Udp => self.ports.contains(flow.destination_port),
            Protocol::Icmp | Protocol::Esp | Protocol::Gre => true,
        };
        self.from.is_none_or(|it| it == from)
            && self.to.is_none_or(|it| it == to)
            && self.protocol.is_none_or(|it| it == flow.protocol)
            && has_ports
            && self.source.contains(&flow.source)
            && self.destination.contains(&flow.destination)
    }
}

/// Hides senders behind the address of the interface by which their packets leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub struct SourceNat {
    /// The interface.
    pub interface: RouterInterfaceId,
    /// Who is hidden.
    pub source: Ipv4Net,
}
