//! Prefixes as UPDATE carries them: a length in bits, and as many octets as that takes.

use std::net::Ipv4Addr;

use ipnet::Ipv4Net;

/// Why a run of prefixes cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PrefixFault {
    /// The octets end inside a prefix.
    Truncated,
    /// More than 32 bits.
    TooLong,
}

/// Appends the prefixes in `octets` to `out`, bits beyond the length cleared.
pub(super) fn read(mut octets: &[u8], out: &mut Vec<Ipv4Net>) -> Result<(), PrefixFault> {
    if octets.is_empty() {
        return Ok(());
    }
    // Most prefixes take four or five octets.
    out.reserve(octets.len() / 5 + 1);
    while let Some((&bits, rest)) = octets.split_first() {
        let (value, rest) = rest
            .split_at_checked(n_octets(bits))
            .ok_or(PrefixFault::Truncated)?;
        let mut address = [0; 4];
        let (head, _) = address
            .split_at_mut_checked(value.len())
            .ok_or(PrefixFault::TooLong)?;
        head.copy_from_slice(value);
        let prefix = Ipv4Net::new(Ipv4Addr::from(address), bits).map_err(|_| PrefixFault::TooLong)?;
        out.push(prefix.trunc());
        octets = rest;
    }
    Ok(())
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

/// Whether unicast can be sent there: not into multicast, loopback, "this network" or broadcast. The default route can.
pub(super) fn is_destination(prefix: Ipv4Net) -> bool {
    let address = prefix.network();
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
