//! What forwarding reads of a packet.

use std::net::Ipv4Addr;

use crate::aws::tracking::Signal;
use crate::net::{FiveTuple, Fragmentation, Protocol};

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
    /// How large the packet is, in bytes, its own header included; of several fragments, the largest.
    pub size_bytes: u16,
    /// Whether it may be cut.
    pub fragmentation: Fragmentation,
    /// Of a SYN and its answer, the largest segment that the sender takes in, as it was left by what the packet passed.
    pub mss_bytes: Option<u16>,
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
    /// How large it is, in bytes.
    pub size_bytes: u16,
    /// Whether it may be cut once it is out.
    pub fragmentation: Fragmentation,
    /// The largest segment that its sender takes in, of a SYN and its answer.
    pub mss_bytes: Option<u16>,
}

impl Header {
    /// What every packet starts with; Linux's `ip_default_ttl`, and what AWS's Route Analyzer gives
    /// a path.
    pub const HOP_LIMIT: u8 = 64;
    /// The size of a packet that carries next to nothing, in bytes: it fits everywhere.
    pub const SMALL: u16 = 64;
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
            size_bytes: Self::SMALL,
            fragmentation: Fragmentation::Allowed,
            mss_bytes: None,
        }
    }
    /// The same packet, this large, and not to be cut on the way.
    #[must_use]
    pub const fn sized(self, size_bytes: u16) -> Self {
        Self {
            size_bytes,
            fragmentation: Fragmentation::Forbidden,
            ..self
        }
    }
    /// The same packet with an announcement of how large segments may be.
    #[must_use]
    pub const fn announcing(self, mss_bytes: u16) -> Self {
        Self {
            mss_bytes: Some(mss_bytes),
            ..self
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
