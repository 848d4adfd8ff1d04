//! What connects a host to the network: an interface in a VPC, or a network card on a segment.

use std::net::Ipv4Addr;

use ipnet::Ipv4Net;

use crate::aws::Cloud;
use crate::resource::{NetworkInterfaceId, SegmentId};

use super::Host;

/// What connects a host to the network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Port {
    /// An interface in a subnet of a VPC, which holds the address.
    Vpc(NetworkInterfaceId),
    /// A network card on a segment of a site.
    Segment(SegmentPort),
}

/// A network card on a segment, and by what its host sends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SegmentPort {
    /// The segment.
    pub segment: SegmentId,
    /// The host's address, in the segment's prefix.
    pub address: Ipv4Addr,
    /// The default gateway, an address on the segment; without one only routes lead away from it.
    pub gateway: Option<Ipv4Addr>,
    /// Routes of the host's own.
    pub routes: Vec<HostRoute>,
    /// The name servers that the host asks, in order.
    pub name_servers: Vec<Ipv4Addr>,
}

/// A route of a host's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub struct HostRoute {
    /// What it matches.
    pub prefix: Ipv4Net,
    /// Where it leads to, an address on the segment.
    pub via: Ipv4Addr,
}

impl SegmentPort {
    /// The route off the segment that an address meets: the longest of the host's own, else the default gateway.
    #[must_use]
    pub fn route(&self, destination: Ipv4Addr) -> Option<HostRoute> {
        let own = self
            .routes
            .iter()
            .filter(|route| route.prefix.contains(&destination));
        let longest = own.max_by_key(|route| route.prefix.prefix_len()).copied();
        longest.or(self.gateway.map(|via| HostRoute {
            prefix: Ipv4Net::default(),
            via,
        }))
    }
}

impl Host {
    /// Its interface, where it is in a VPC.
    #[must_use]
    pub const fn vpc_interface(&self) -> Option<NetworkInterfaceId> {
        match &self.port {
            Port::Vpc(interface) => Some(*interface),
            Port::Segment(_) => None,
        }
    }
    /// Its network card, where it is on a segment.
    #[must_use]
    pub const fn segment_port(&self) -> Option<&SegmentPort> {
        match &self.port {
            Port::Vpc(_) => None,
            Port::Segment(port) => Some(port),
        }
    }
    /// Its private address.
    #[must_use]
    pub fn address(&self, cloud: &Cloud) -> Option<Ipv4Addr> {
        match &self.port {
            Port::Vpc(interface) => cloud.interfaces.get(*interface).map(|row| row.address),
            Port::Segment(port) => Some(port.address),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_of_a_hosts_routes_wins_over_its_gateway() {
        let address = |text: &str| text.parse::<Ipv4Addr>().expect("an address");
        let route = |prefix: &str, via: &str| HostRoute {
            prefix: prefix.parse().expect("a prefix"),
            via: address(via),
        };
        let mut port = SegmentPort {
            segment: SegmentId::from_index(0),
            address: address("192.168.10.21"),
            gateway: Some(address("192.168.10.1")),
            routes: vec![
                route("10.0.0.0/8", "192.168.10.2"),
                route("10.1.0.0/16", "192.168.10.3"),
            ],
            name_servers: Vec::new(),
        };
        let via = |port: &SegmentPort, to: &str| port.route(address(to)).map(|route| route.via);
        assert_eq!(via(&port, "10.1.2.3"), Some(address("192.168.10.3")));
        assert_eq!(via(&port, "10.2.0.1"), Some(address("192.168.10.2")));
        assert_eq!(via(&port, "198.51.100.1"), Some(address("192.168.10.1")));
        port.gateway = None;
        assert_eq!(via(&port, "198.51.100.1"), None);
    }
}
