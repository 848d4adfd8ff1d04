//! What AWS takes for the tunnels of a Site-to-Site VPN connection.
//!
//! # Fidelity
//! Simplified: additional key exchanges (RFC 9370) and limits of traffic selectors are left out. With the DPD action `none`
//! nothing follows from a peer's silence; that AWS asks all the same is left out, since nobody would know.
//!
//! # Source
//! EC2 API Reference, `VpnTunnelOptionsSpecification`; "Tunnel options for your Site-to-Site VPN connection" and
//! "Site-to-Site VPN tunnel initiation options", AWS Site-to-Site VPN User Guide.

use core::ops::RangeInclusive;

use ipnet::Ipv4Net;
use std::net::Ipv4Addr;

use crate::proto::ike::algorithm::{Encryption, Integrity, KeySize, Prf};
use crate::proto::ike::proposal::{Protocol, Transform};
use crate::units::{BitRate, Span};

/// The AS numbers that no customer gateway has, whatever the Region, and those that none has in one of them
/// ("Customer gateway options").
pub const REFUSED_ASNS: [(u32, Option<&str>); 5] = [
    (7_224, None),
    (9_059, Some("eu-west-1")),
    (10_124, Some("ap-northeast-1")),
    // One page prints it with two digits the other way round; both are refused.
    (17_943, Some("ap-southeast-1")),
    (17_493, Some("ap-southeast-1")),
];
/// The customer gateways of a Region ("Site-to-Site VPN quotas").
pub const REGION_CUSTOMER_GATEWAYS: usize = 50;
/// The VPN connections of a Region ("Site-to-Site VPN quotas").
pub const REGION_CONNECTIONS: usize = 50;
/// The accelerated VPN connections of a Region (same page).
pub const REGION_ACCELERATED: usize = 10;
/// The virtual private gateways of a Region (same page).
pub const REGION_GATEWAYS: usize = 5;
/// What a tunnel of standard bandwidth carries in each direction ("Site-to-Site VPN quotas").
pub const TUNNEL_RATE: BitRate = BitRate::bps(1_250_000_000);
/// The lifetimes of phase 1.
pub const PHASE_1: RangeInclusive<Span> = Span::secs(900)..=Span::secs(28_800);
/// The lifetimes of phase 2, which are shorter than that of phase 1, too.
pub const PHASE_2: RangeInclusive<Span> = Span::secs(900)..=Span::secs(3_600);
/// The least rekey margin; the most is half the lifetime of phase 2.
pub const LEAST_MARGIN: Span = Span::secs(60);
/// The most rekey fuzz, in percent of the margin.
pub const MOST_FUZZ: u32 = 100;
/// The widths of the replay window, in packets.
pub const REPLAY_WINDOW: RangeInclusive<u32> = 64..=2_048;
/// Silence after which AWS asks whether the customer's gateway lives; nobody sets it.
pub const DPD_DELAY: Span = Span::secs(10);
/// Questions without an answer after which the customer's gateway is dead to AWS, with either version of IKE.
pub const DPD_QUESTIONS: u32 = 3;
/// The DPD time-out where nothing is said: AWS's guide and the API that modifies tunnels say 40 s, of which 10 s are the
/// silence before the first question; the API that creates them says 30 s.
pub const DPD_TIMEOUT: Span = Span::secs(40);
/// The least DPD time-out.
pub const LEAST_DPD_TIMEOUT: Span = Span::secs(30);
/// The lengths of a pre-shared key, in characters.
pub const KEY_LENGTHS: RangeInclusive<usize> = 8..=64;
/// What inside prefixes are of.
pub const INSIDE: Ipv4Net = Ipv4Net::new_assert(Ipv4Addr::new(169, 254, 0, 0), 16);
/// The length of an inside prefix.
pub const INSIDE_LENGTH: u8 = 30;
/// The inside prefixes that AWS keeps for itself.
pub const RESERVED: [Ipv4Net; 7] = [
    reserved(0, 0),
    reserved(1, 0),
    reserved(2, 0),
    reserved(3, 0),
    reserved(4, 0),
    reserved(5, 0),
    reserved(169, 252),
];
/// The Diffie-Hellman groups of phase 1, by their numbers.
pub const PHASE_1_GROUPS: [RangeInclusive<u16>; 3] = [2..=2, 14..=24, 35..=35];
/// The Diffie-Hellman groups of phase 2 (PFS).
pub const PHASE_2_GROUPS: [RangeInclusive<u16>; 4] = [2..=2, 5..=5, 14..=24, 35..=37];

const fn reserved(third: u8, fourth: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(169, 254, third, fourth), INSIDE_LENGTH)
}

/// Whether AWS takes an algorithm for a phase.
#[must_use]
pub fn takes(protocol: Protocol, transform: Transform) -> bool {
    use KeySize::{Bits128, Bits256};
    match transform {
        Transform::Encryption(Encryption::AesCbc(size) | Encryption::AesGcm16(size)) => {
            matches!(size, Bits128 | Bits256)
        }
        Transform::Integrity(it) => matches!(
            it,
            Integrity::HmacSha1 | Integrity::HmacSha256 | Integrity::HmacSha384 | Integrity::HmacSha512
        ),
        Transform::Prf(it) => matches!(
            it,
            Prf::HmacSha1 | Prf::HmacSha256 | Prf::HmacSha384 | Prf::HmacSha512
        ),
        Transform::Group(group) => {
            let groups = match protocol {
                Protocol::Ike => PHASE_1_GROUPS.as_slice(),
                Protocol::Esp => PHASE_2_GROUPS.as_slice(),
            };
            groups.iter().any(|range| range.contains(&group.number()))
        }
        // Nobody can set how long sequence numbers are, nor that phase 2 goes without a group.
        Transform::SequenceNumbers(_) | Transform::None(_) => true,
        Transform::Encryption(_) | Transform::Foreign(..) => false,
    }
}

/// Whether AWS takes a pre-shared key.
#[must_use]
pub fn takes_key(key: &str) -> bool {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || letter == '.' || letter == '_';
    KEY_LENGTHS.contains(&key.chars().count()) && key.chars().all(is_plain) && !key.starts_with('0')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proto::ike::proposal::Proposal;

    /// The words of a proposal that AWS does not take.
    #[track_caller]
    fn refused(protocol: Protocol, text: &str) -> Vec<String> {
        let proposal = Proposal::parse(protocol, text).expect("it is one");
        let not_taken = |it: &&Transform| !takes(protocol, **it);
        proposal
            .transforms
            .iter()
            .filter(not_taken)
            .map(|it| it.keyword())
            .collect()
    }

    #[test]
    fn each_phase_has_algorithms_and_groups_of_its_own() {
        let nothing: [&str; 0] = [];
        assert_eq!(refused(Protocol::Ike, "aes128-sha1-modp1024"), nothing);
        assert_eq!(refused(Protocol::Ike, "aes256gcm16-prfsha384-ecp384"), nothing);
        assert_eq!(
            refused(Protocol::Ike, "3des-md5-modp1024"),
            ["3des", "prfmd5", "md5"]
        );
        assert_eq!(
            refused(Protocol::Ike, "aes192-sha256-modp1536"),
            ["aes192", "modp1536"]
        );
        assert_eq!(refused(Protocol::Esp, "aes256-sha512-modp1536"), nothing);
        assert_eq!(refused(Protocol::Esp, "aes256-sha256-x25519"), ["x25519"]);
        assert_eq!(refused(Protocol::Ike, "aes256-sha256-mlkem768"), ["mlkem768"]);
        assert_eq!(refused(Protocol::Esp, "aes256-sha256-mlkem768"), nothing);
    }

    #[test]
    fn keys_are_short_and_plain() {
        for key in ["correct.horse", "12345678", "a_b.C_d."] {
            assert!(takes_key(key), "{key}");
        }
        let long = "x".repeat(65);
        for key in [
            "short12",
            "01234567",
            "correct horse",
            "correct-horse",
            long.as_str(),
        ] {
            assert!(!takes_key(key), "{key}");
        }
    }
}
