//! What forwarding reads of a packet.

use std::net::Ipv4Addr;

use crate::aws::tracking::Signal;
use crate::net::{FiveTuple, Protocol};

/// What forwarding reads of a packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub struct Header {
    /// Who speaks to whom.
    pub flow: FiveTuple,
    /// What it means to whoever tracks connections.
    pub signal: Signal,
    /// How many routers, NAT gateways and forwarding hosts may still handle the packet.
    pub hop_limit: u8,
    /// The packet inside, where this is the outer one of a tunnel.
    pub inner: Option<Inner>,
}

/// A packet inside another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub struct Inner {
    /// Who speaks to whom.
    pub flow: FiveTuple,
    /// What it means to whoever tracks connections.
    pub signal: Signal,
    /// How many routers may still handle it once it is out.
    pub hop_limit: u8,
    /// The security parameter index that the outer packet carries (RFC 4303 section 2.1).
    pub spi: u32,
}

impl Header {
    /// What every packet starts with; Linux's `ip_default_ttl`, and what AWS's Route Analyzer gives
    /// a path.
    pub const HOP_LIMIT: u8 = 64;
    /// The port from which made-up probes speak: the lowest that Linux draws for clients.
    pub const PROBE_PORT: u16 = 32_768;

    /// A packet in the middle of a conversation.
    #[must_use]
    pub const fn new(flow: FiveTuple) -> Self {
        Self {
            flow,
            signal: Signal::Carry,
            hop_limit: Self::HOP_LIMIT,
            inner: None,
        }
    }
    /// The same packet with another meaning.
    #[must_use]
    pub const fn with(self, signal: Signal) -> Self {
        Self { signal, ..self }
    }
    /// The first packet of a conversation that a client opens, as path traces make it up.
    #[must_use]
    pub fn probe(source: Ipv4Addr, destination: Ipv4Addr, protocol: Protocol, port: u16) -> Self {
        let (source_port, destination_port, signal) = match protocol {
            Protocol::Tcp => (Self::PROBE_PORT, port, Signal::Open),
            Protocol::Udp => (Self::PROBE_PORT, port, Signal::Carry),
            Protocol::Icmp | Protocol::Esp | Protocol::Gre => (0, 0, Signal::Carry),
        };
        Self::new(FiveTuple {
            source,
            destination,
            protocol,
            source_port,
            destination_port,
        })
        .with(signal)
    }
    /// An answer to this packet, starting out afresh.
    #[must_use]
    pub const fn reply(self) -> Self {
        Self::new(self.flow.reversed())
    }
}
