//! What ESP in tunnel mode adds to a packet: a function of the negotiated suite alone.
//!
//! ```text
//! outer IPv4 header · UDP header, behind a NAT · SPI, sequence number · IV · packet, padding, pad length, next header · ICV
//! ```
//!
//! # Source
//! RFC 4303 section 2 (the layout; padding to the cipher's block, and to 4 octets at least), RFC 3948 section 2.1 (UDP);
//! initialisation vectors and check values: RFC 3602 (AES-CBC), RFC 2451 (DES, 3DES), RFC 3686 (AES-CTR), RFC 4106
//! (AES-GCM), RFC 4309 (AES-CCM), RFC 5529 (Camellia), RFC 7634 (ChaCha20-Poly1305), RFC 2404 and RFC 4868 (HMAC).

use crate::net::Mtu;

use super::NatState;
use super::algorithm::Integrity;
use super::cipher::Encryption;
use super::proposal::Suite;

/// An IPv4 header without options.
const OUTER: u16 = 20;
/// A UDP header.
const UDP: u16 = 8;
/// SPI and sequence number.
const ESP: u16 = 8;
/// Pad length and next header.
const TRAILER: u16 = 2;
/// More than any suite adds to a packet, in bytes.
pub const MOST_OVERHEAD: u16 = 128;

impl Encryption {
    /// The length of the initialisation vector, of the block that is padded to, and of the check value, in octets.
    const fn layout(self) -> (u16, u16, u16) {
        match self {
            Self::Des | Self::TripleDes | Self::CastCbc | Self::BlowfishCbc(_) => (8, 8, 0),
            Self::Null => (0, 4, 0),
            Self::AesCbc(_) | Self::CamelliaCbc(_) => (16, 16, 0),
            Self::AesCtr(_) => (8, 4, 0),
            Self::AesCcm8(_) | Self::AesGcm8(_) => (8, 4, 8),
            Self::AesCcm12(_) | Self::AesGcm12(_) => (8, 4, 12),
            Self::AesCcm16(_) | Self::AesGcm16(_) | Self::Chacha20Poly1305 | Self::NullAesGmac(_) => {
                (8, 4, 16)
            }
        }
    }
}

impl Integrity {
    /// The length of the check value in octets.
    const fn check_value(self) -> u16 {
        match self {
            Self::HmacMd5 | Self::HmacSha1 | Self::AesXcbc | Self::AesCmac | Self::HmacSha256Short => 12,
            Self::HmacSha256 | Self::HmacMd5Long => 16,
            Self::HmacSha1Long => 20,
            Self::HmacSha384 => 24,
            Self::HmacSha512 => 32,
        }
    }
}

impl Suite {
    /// What surrounds the part that is padded, and the block that it is padded to, in bytes.
    fn frame(&self, nat: NatState) -> (u16, u16) {
        let (vector, block, combined) = self.encryption.layout();
        let udp = match nat {
            NatState::Direct => 0,
            NatState::Encapsulated => UDP,
        };
        let check = self.integrity.map_or(0, Integrity::check_value);
        (OUTER + udp + ESP + vector + combined + check, block)
    }

    /// The size of the packet that carries one of `inner` bytes.
    #[must_use]
    pub fn outer_bytes(&self, nat: NatState, inner: u16) -> u16 {
        let (around, block) = self.frame(nat);
        let padded = inner.saturating_add(TRAILER).checked_next_multiple_of(block);
        padded.unwrap_or(u16::MAX).saturating_add(around)
    }

    /// The largest packet whose carrier is no larger than `outer`.
    #[must_use]
    pub fn mtu(&self, nat: NatState, outer: Mtu) -> Mtu {
        let (around, block) = self.frame(nat);
        let room = outer.bytes().saturating_sub(around);
        Mtu::documented((room - room % block).saturating_sub(TRAILER))
    }
}

#[cfg(test)]
mod tests {
    use super::super::cipher::KeySize;
    use super::*;

    fn suite(encryption: Encryption, integrity: Option<Integrity>) -> Suite {
        Suite {
            encryption,
            integrity,
            prf: None,
            group: None,
            sequence_numbers: None,
        }
    }

    /// The table of "Best practices for an AWS Site-to-Site VPN customer gateway device": MTU and MSS for IPv4, without
    /// and behind a NAT.
    #[test]
    fn the_mtu_of_a_tunnel_is_what_aws_publishes() {
        let gcm = Encryption::AesGcm16(KeySize::Bits256);
        let cbc = Encryption::AesCbc(KeySize::Bits128);
        let cases = [
            (gcm, None, (1446, 1406), (1438, 1398)),
            (cbc, Some(Integrity::HmacSha1), (1438, 1398), (1422, 1382)),
            (cbc, Some(Integrity::HmacSha256), (1438, 1398), (1422, 1382)),
            (cbc, Some(Integrity::HmacSha384), (1422, 1382), (1422, 1382)),
            (cbc, Some(Integrity::HmacSha512), (1422, 1382), (1406, 1366)),
        ];
        for (encryption, integrity, direct, encapsulated) in cases {
            let suite = suite(encryption, integrity);
            for (nat, expected) in [(NatState::Direct, direct), (NatState::Encapsulated, encapsulated)] {
                let mtu = suite.mtu(nat, Mtu::ETHERNET);
                assert_eq!((mtu.bytes(), mtu.mss()), expected, "{suite:?} {nat:?}");
            }
        }
    }

    #[test]
    fn what_the_mtu_lets_in_fits_the_carrier_and_one_byte_more_does_not() {
        let sizes = [KeySize::Bits128, KeySize::Bits192, KeySize::Bits256];
        let ciphers = sizes.into_iter().flat_map(|size| {
            [
                Encryption::AesCbc(size),
                Encryption::AesCtr(size),
                Encryption::AesCcm8(size),
                Encryption::AesCcm12(size),
                Encryption::AesGcm8(size),
                Encryption::AesGcm16(size),
                Encryption::CamelliaCbc(size),
                Encryption::TripleDes,
                Encryption::Null,
            ]
        });
        for encryption in ciphers {
            for integrity in [None, Some(Integrity::HmacMd5), Some(Integrity::HmacSha512)] {
                let suite = suite(encryption, integrity);
                for nat in [NatState::Direct, NatState::Encapsulated] {
                    for outer in 576..=2000 {
                        let outer = Mtu::documented(outer);
                        let inner = suite.mtu(nat, outer).bytes();
                        assert!(suite.outer_bytes(nat, inner) <= outer.bytes());
                        assert!(suite.outer_bytes(nat, inner + 1) > outer.bytes());
                        assert!(outer.bytes() - inner <= MOST_OVERHEAD);
                    }
                }
            }
        }
    }
}
