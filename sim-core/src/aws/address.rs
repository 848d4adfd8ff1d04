//! Which addresses are public, and which are free.
//!
//! # Fidelity
//! Simplified: IPv4 only. AWS's own public ranges are not told from anybody else's.

use std::net::Ipv4Addr;

use ipnet::Ipv4Net;

/// Address blocks that are not routed on the internet ("IANA IPv4 Special-Purpose Address
/// Registry", RFC 6890): this host, private use (RFC 1918), shared (RFC 6598), loopback, link-local,
/// multicast and reserved.
const NOT_PUBLIC: [Ipv4Net; 8] = [
    net([0, 0, 0, 0], 8),
    net([10, 0, 0, 0], 8),
    net([100, 64, 0, 0], 10),
    net([127, 0, 0, 0], 8),
    net([169, 254, 0, 0], 16),
    net([172, 16, 0, 0], 12),
    net([192, 168, 0, 0], 16),
    net([224, 0, 0, 0], 3),
];

const fn net(octets: [u8; 4], length: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(octets[0], octets[1], octets[2], octets[3]), length)
}

/// Whether an address can be reached over the internet.
#[must_use]
pub fn is_public(address: Ipv4Addr) -> bool {
    !NOT_PUBLIC.iter().any(|block| block.contains(&address))
}
