//! Finding out whether addresses are translated on the path.
//!
//! Each side sends digests of the addresses and ports as it sees them; the other compares them with what the packet
//! says. What does not fit shows that something on the path rewrites.
//!
//! # Source
//! RFC 7296 section 2.23; RFC 3947 section 3.2; RFC 3948.

use std::net::SocketAddrV4;

use super::config::{Connection, Encapsulation};
use super::crypt;
use crate::kernel::Digest;
use crate::units::Span;

/// The digest of an address as one side of an SA sees it; 20 octets, as SHA-1 has.
pub(super) fn digest((spi_i, spi_r): (u64, u64), address: SocketAddrV4) -> Vec<u8> {
    let seed = Digest::of(&(spi_i, spi_r, address.ip().octets(), address.port()));
    crypt::stretch(seed.value(), 20)
}

/// Our digests: of the source and of the destination of what we send.
pub(super) fn own(
    config: &Connection,
    spis: (u64, u64),
    local: SocketAddrV4,
    remote: SocketAddrV4,
) -> (Vec<u8>, Vec<u8>) {
    let source = match config.encapsulation {
        Encapsulation::WhenNatDetected => digest(spis, local),
        // A digest of what cannot be an address on the path makes the peer see translation.
        Encapsulation::Forced => digest(spis, SocketAddrV4::new(std::net::Ipv4Addr::UNSPECIFIED, 0)),
    };
    (source, digest(spis, remote))
}

/// How long after the last one a keepalive is sent by who is behind translation, so that it is not forgotten: the default
/// of RFC 3948 section 4.
pub(super) const KEEPALIVE: Span = Span::secs(20);
/// What is in a keepalive (RFC 3948 section 2.3).
pub const KEEPALIVE_OCTETS: [u8; 1] = [0xff];

/// Whether our address is another one where the peer is, by its digest of where it sends to.
pub(super) fn hides_us(spis: (u64, u64), destination: Option<&[u8]>, local: SocketAddrV4) -> bool {
    destination.is_some_and(|destination| destination != digest(spis, local))
}

/// Whether the peer's digests show translation: `sources` are of where it sent from, `destination` of where to.
pub(super) fn shows(
    spis: (u64, u64),
    (sources, destination): (&[&[u8]], Option<&[u8]>),
    local: SocketAddrV4,
    remote: SocketAddrV4,
) -> bool {
    let Some(destination) = destination else {
        return false;
    };
    let source_fits = sources.iter().any(|source| *source == digest(spis, remote));
    !source_fits || destination != digest(spis, local)
}
