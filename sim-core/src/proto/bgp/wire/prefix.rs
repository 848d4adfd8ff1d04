//! Prefixes as UPDATE carries them: a length in bits, and as many octets as that takes.

use std::net::Ipv4Addr;

use ipnet::Ipv4Net;

use super::super::message::Prefixes;

/// Why a run of prefixes cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PrefixFault {
    /// The octets end inside a prefix.
    Truncated,
    /// More than 32 bits.
    TooLong,
}

/// Appends the prefixes in `octets` to `out`, bits beyond the length cleared.
pub(super) fn read(mut octets: &[u8], out: &mut Prefixes) -> Result<(), PrefixFault> {
    if octets.is_empty() {
        return Ok(());
    }
    // Most prefixes take four or five octets.
    out.reserve(octets.len().div_ceil(5));
    while let Some((&bits, rest)) = octets.split_first() {
        let n = n_octets(bits);
        // Four octets at once where there are four: what is too much is cleared with the host bits.
        let address = match rest.first_chunk() {
            Some(&four) => u32::from_be_bytes(four),
            None => short(rest),
        };
        octets = rest.get(n..).ok_or(PrefixFault::Truncated)?;
        let prefix = network(address, bits).ok_or(PrefixFault::TooLong)?;
        out.push(prefix);
    }
    Ok(())
}

/// The number whose first octets are these, fewer than four.
fn short(octets: &[u8]) -> u32 {
    let mut four = [0; 4];
    for (to, from) in four.iter_mut().zip(octets) {
        *to = *from;
    }
    u32::from_be_bytes(four)
}

/// The prefix of so many bits that holds the address; none for more than 32.
fn network(address: u32, bits: u8) -> Option<Ipv4Net> {
    let host_bits = 32_u32.checked_sub(u32::from(bits))?;
    let mask = u32::MAX.checked_shl(host_bits).unwrap_or(0);
    Ipv4Net::new(Ipv4Addr::from(address & mask), bits).ok()
}

/// Appends one prefix to `out`.
pub(super) fn write(prefix: Ipv4Net, out: &mut Vec<u8>) {
    let bits = prefix.prefix_len();
    let address = prefix.network().octets();
    let [a, b, c, d] = address;
    // A fixed-size copy per length is what makes this cheap.
    match n_octets(bits) {
        0 => out.push(bits),
        1 => out.extend_from_slice(&[bits, a]),
        2 => out.extend_from_slice(&[bits, a, b]),
        3 => out.extend_from_slice(&[bits, a, b, c]),
        _ => out.extend_from_slice(&[bits, a, b, c, d]),
    }
}

/// How many octets a prefix takes behind its length.
pub(super) const fn n_octets(bits: u8) -> usize {
    (bits as usize).div_ceil(8)
}

/// Whether unicast can be sent to a prefix, host bits cleared: not into multicast, loopback, "this network" or broadcast.
/// The default route can be.
#[must_use]
pub fn is_destination(prefix: Ipv4Net) -> bool {
    let address = prefix.addr();
    match address.octets() {
        [0, ..] => address.is_unspecified(),
        [127 | 224..=239, ..] => false,
        [255, 255, 255, 255] => false,
        [_, ..] => true,
    }
}

/// Whether a router can have the address, as a next hop must (RFC 4271 §6.3).
pub(super) const fn is_host(address: Ipv4Addr) -> bool {
    !matches!(address.octets(), [0 | 127 | 224.., ..])
}
