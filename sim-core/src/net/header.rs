//! What a packet says about where it comes from and where it goes.

use core::fmt;
use std::net::Ipv4Addr;

/// The transport protocols that the lab's packets speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum Protocol {
    /// Transmission Control Protocol.
    #[serde(rename = "tcp")]
    Tcp,
    /// User Datagram Protocol.
    #[serde(rename = "udp")]
    Udp,
    /// Internet Control Message Protocol; ports are zero.
    #[serde(rename = "icmp")]
    Icmp,
    /// Encapsulating Security Payload, protocol 50; ports are zero.
    #[serde(rename = "esp")]
    Esp,
    /// Generic Routing Encapsulation, protocol 47 (RFC 2784); ports are zero.
    #[serde(rename = "gre")]
    Gre,
}

impl Protocol {
    /// Its number in IPv4 headers and traffic selectors (IANA, "Protocol Numbers").
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::Icmp => 1,
            Self::Tcp => 6,
            Self::Udp => 17,
            Self::Gre => 47,
            Self::Esp => 50,
        }
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Tcp => "tcp",
            Self::Udp => "udp",
            Self::Icmp => "icmp",
            Self::Esp => "esp",
            Self::Gre => "gre",
        })
    }
}

/// A run of ports, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub struct PortRange {
    /// The lowest port.
    pub from: u16,
    /// The highest port; never below `from`.
    pub to: u16,
}

impl PortRange {
    /// Every port.
    pub const ALL: Self = Self {
        from: 0,
        to: u16::MAX,
    };
    /// The ports from which any client may speak: Linux, Windows and NAT gateways all draw
    /// theirs from this run ("Network ACLs, ephemeral ports", Amazon VPC User Guide).
    pub const EPHEMERAL: Self = Self {
        from: 1024,
        to: u16::MAX,
    };

    /// One port.
    #[must_use]
    pub const fn single(port: u16) -> Self {
        Self { from: port, to: port }
    }
    /// Whether the run holds `port`.
    #[must_use]
    pub const fn contains(self, port: u16) -> bool {
        self.from <= port && port <= self.to
    }
}

impl fmt::Display for PortRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Self::ALL {
            f.pad("all ports")
        } else if self.from == self.to {
            f.pad(&self.from.to_string())
        } else {
            f.pad(&format!("{}-{}", self.from, self.to))
        }
    }
}

/// The five values that tell one conversation from another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub struct FiveTuple {
    /// The sender's address.
    pub source: Ipv4Addr,
    /// The receiver's address.
    pub destination: Ipv4Addr,
    /// The transport protocol.
    pub protocol: Protocol,
    /// The sender's port.
    pub source_port: u16,
    /// The receiver's port.
    pub destination_port: u16,
}

impl FiveTuple {
    /// The same conversation seen from the other side.
    #[must_use]
    pub const fn reversed(self) -> Self {
        Self {
            source: self.destination,
            destination: self.source,
            protocol: self.protocol,
            source_port: self.destination_port,
            destination_port: self.source_port,
        }
    }
    /// The same for both directions of a conversation: the lesser of the two.
    #[must_use]
    pub fn undirected(self) -> Self {
        self.min(self.reversed())
    }
}

impl fmt::Display for FiveTuple {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} {}:{} → {}:{}",
            self.protocol, self.source, self.source_port, self.destination, self.destination_port
        )
    }
}
