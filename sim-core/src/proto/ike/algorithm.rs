//! The algorithms that two peers can agree on: their numbers on the wire, their names and their sizes.
//!
//! An algorithm is only a name here: nothing is enciphered with it. What it bears on is whether a proposal
//! matches, how long the fields of a message are, and how much a packet grows inside a tunnel.
//!
//! # Source
//! IANA "Internet Key Exchange Version 2 (IKEv2) Parameters" and "Internet Key Exchange (IKE) Attributes";
//! RFC 2407 section 4.4.4 and 4.5 for ESP in IKEv1; keywords and names as strongSwan writes them.

use core::fmt;

pub use super::cipher::{Encryption, KeySize};

/// A pseudo-random function (transform type 2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum Prf {
    /// HMAC with MD5.
    HmacMd5,
    /// HMAC with SHA-1.
    HmacSha1,
    /// XCBC with AES-128.
    AesXcbc,
    /// HMAC with SHA-256.
    HmacSha256,
    /// HMAC with SHA-384.
    HmacSha384,
    /// HMAC with SHA-512.
    HmacSha512,
    /// CMAC with AES-128.
    AesCmac,
}

/// An integrity algorithm (transform type 3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum Integrity {
    /// HMAC-MD5-96.
    HmacMd5,
    /// HMAC-SHA1-96.
    HmacSha1,
    /// AES-XCBC-96.
    AesXcbc,
    /// AES-CMAC-96.
    AesCmac,
    /// HMAC-SHA256-128.
    HmacSha256,
    /// HMAC-SHA384-192.
    HmacSha384,
    /// HMAC-SHA512-256.
    HmacSha512,
    /// HMAC-MD5-128.
    HmacMd5Long,
    /// HMAC-SHA1-160.
    HmacSha1Long,
    /// HMAC-SHA256 cut to 96 bits, as a draft had it; the number is strongSwan's own.
    HmacSha256Short,
}

/// Whether ESP sequence numbers have 64 bits (transform type 5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum SequenceNumbers {
    /// 32 bits.
    Short,
    /// 64 bits.
    Extended,
}

/// The first number for private use in each registry of transforms (RFC 7296 section 3.3.2).
const FIRST_PRIVATE: u16 = 1024;

/// One row of a table: the algorithm, its IKEv2 number, its keyword and its name.
type Row<T> = (T, u16, &'static str, &'static str);

/// Diffie-Hellman groups: number, keyword, name, length of the public value in octets.
const GROUPS: &[(u16, &str, &str, u16)] = &[
    (1, "modp768", "MODP_768", 96),
    (2, "modp1024", "MODP_1024", 128),
    (5, "modp1536", "MODP_1536", 192),
    (14, "modp2048", "MODP_2048", 256),
    (15, "modp3072", "MODP_3072", 384),
    (16, "modp4096", "MODP_4096", 512),
    (17, "modp6144", "MODP_6144", 768),
    (18, "modp8192", "MODP_8192", 1024),
    (19, "ecp256", "ECP_256", 64),
    (20, "ecp384", "ECP_384", 96),
    (21, "ecp521", "ECP_521", 132),
    (22, "modp1024s160", "MODP_1024_160", 128),
    (23, "modp2048s224", "MODP_2048_224", 256),
    (24, "modp2048s256", "MODP_2048_256", 256),
    (25, "ecp192", "ECP_192", 48),
    (26, "ecp224", "ECP_224", 56),
    (27, "ecp224bp", "ECP_224_BP", 56),
    (28, "ecp256bp", "ECP_256_BP", 64),
    (29, "ecp384bp", "ECP_384_BP", 96),
    (30, "ecp512bp", "ECP_512_BP", 128),
    (31, "x25519", "CURVE_25519", 32),
    (32, "x448", "CURVE_448", 56),
    (35, "mlkem512", "ML_KEM_512", 800),
    (36, "mlkem768", "ML_KEM_768", 1184),
    (37, "mlkem1024", "ML_KEM_1024", 1568),
];

/// A group for the key exchange (transform type 4), by its number in the registry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub struct Group(u16);

impl Group {
    /// MODP with 2048 bits.
    pub const MODP_2048: Self = Self(14);
    /// The NIST curve with 256 bits.
    pub const ECP_256: Self = Self(19);

    /// The group of that number, where we know it.
    #[must_use]
    pub fn from_number(number: u16) -> Option<Self> {
        GROUPS.iter().any(|row| row.0 == number).then_some(Self(number))
    }
    /// The number in the registry, the same for IKEv1 and IKEv2.
    #[must_use]
    pub const fn number(self) -> u16 {
        self.0
    }
    fn row(self) -> &'static (u16, &'static str, &'static str, u16) {
        GROUPS
            .iter()
            .find(|row| row.0 == self.0)
            .expect("bug: a group is made only from a row of the table")
    }
    /// The length of the public value in a KE payload, in octets.
    #[must_use]
    pub fn public_len(self) -> usize {
        usize::from(self.row().3)
    }
    /// The keyword in a proposal.
    #[must_use]
    pub fn keyword(self) -> &'static str {
        self.row().1
    }
    pub(super) fn keywords() -> impl Iterator<Item = &'static str> {
        GROUPS.iter().map(|row| row.1)
    }
    pub(super) fn from_keyword(word: &str) -> Option<Self> {
        let word = match word {
            "curve25519" => "x25519",
            "curve448" => "x448",
            other => other,
        };
        GROUPS.iter().find(|row| row.1 == word).map(|row| Self(row.0))
    }
}

impl fmt::Display for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.row().2)
    }
}

const PRFS: &[Row<Prf>] = &[
    (Prf::HmacMd5, 1, "prfmd5", "PRF_HMAC_MD5"),
    (Prf::HmacSha1, 2, "prfsha1", "PRF_HMAC_SHA1"),
    (Prf::AesXcbc, 4, "prfaesxcbc", "PRF_AES128_XCBC"),
    (Prf::HmacSha256, 5, "prfsha256", "PRF_HMAC_SHA2_256"),
    (Prf::HmacSha384, 6, "prfsha384", "PRF_HMAC_SHA2_384"),
    (Prf::HmacSha512, 7, "prfsha512", "PRF_HMAC_SHA2_512"),
    (Prf::AesCmac, 8, "prfaescmac", "PRF_AES128_CMAC"),
];

const INTEGRITIES: &[Row<Integrity>] = &[
    (Integrity::HmacMd5, 1, "md5", "HMAC_MD5_96"),
    (Integrity::HmacSha1, 2, "sha1", "HMAC_SHA1_96"),
    (Integrity::AesXcbc, 5, "aesxcbc", "AES_XCBC_96"),
    (Integrity::HmacMd5Long, 6, "md5_128", "HMAC_MD5_128"),
    (Integrity::HmacSha1Long, 7, "sha1_160", "HMAC_SHA1_160"),
    (Integrity::AesCmac, 8, "aescmac", "AES_CMAC_96"),
    (Integrity::HmacSha256, 12, "sha256", "HMAC_SHA2_256_128"),
    (Integrity::HmacSha384, 13, "sha384", "HMAC_SHA2_384_192"),
    (Integrity::HmacSha512, 14, "sha512", "HMAC_SHA2_512_256"),
    (Integrity::HmacSha256Short, 1027, "sha256_96", "HMAC_SHA2_256_96"),
];

/// The row of `value` in its table.
fn row_of<T: PartialEq + Copy>(table: &'static [Row<T>], value: T) -> &'static Row<T> {
    table
        .iter()
        .find(|row| row.0 == value)
        .expect("bug: every algorithm has a row in its table")
}

impl Prf {
    /// The number of the transform in IKEv2.
    #[must_use]
    pub fn number(self) -> u16 {
        row_of(PRFS, self).1
    }
    /// The function of that number, where we know it.
    #[must_use]
    pub fn from_number(number: u16) -> Option<Self> {
        PRFS.iter().find(|row| row.1 == number).map(|row| row.0)
    }
    /// The keyword in a proposal.
    #[must_use]
    pub fn keyword(self) -> &'static str {
        row_of(PRFS, self).2
    }
    pub(super) fn keywords() -> impl Iterator<Item = &'static str> {
        PRFS.iter().map(|row| row.2)
    }
    pub(super) fn from_keyword(word: &str) -> Option<Self> {
        PRFS.iter().find(|row| row.2 == word).map(|row| row.0)
    }
    /// The length of its output in octets.
    #[must_use]
    pub const fn output_len(self) -> usize {
        match self {
            Self::HmacMd5 | Self::AesXcbc | Self::AesCmac => 16,
            Self::HmacSha1 => 20,
            Self::HmacSha256 => 32,
            Self::HmacSha384 => 48,
            Self::HmacSha512 => 64,
        }
    }
}

impl fmt::Display for Prf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(row_of(PRFS, *self).3)
    }
}

impl Integrity {
    /// The number of the transform in IKEv2.
    #[must_use]
    pub fn number(self) -> u16 {
        row_of(INTEGRITIES, self).1
    }
    /// The algorithm of that number, where we know it.
    #[must_use]
    pub fn from_number(number: u16) -> Option<Self> {
        INTEGRITIES.iter().find(|row| row.1 == number).map(|row| row.0)
    }
    /// The keyword in a proposal.
    #[must_use]
    pub fn keyword(self) -> &'static str {
        row_of(INTEGRITIES, self).2
    }
    pub(super) fn keywords() -> impl Iterator<Item = &'static str> {
        INTEGRITIES.iter().map(|row| row.2)
    }
    pub(super) fn from_keyword(word: &str) -> Option<Self> {
        let word = match word {
            "sha" => "sha1",
            "sha2_256" => "sha256",
            "sha2_256_96" => "sha256_96",
            "sha2_384" => "sha384",
            "sha2_512" => "sha512",
            other => other,
        };
        INTEGRITIES.iter().find(|row| row.2 == word).map(|row| row.0)
    }
    /// The length of its check value in octets.
    #[must_use]
    pub const fn icv_len(self) -> usize {
        match self {
            Self::HmacMd5 | Self::HmacSha1 | Self::AesXcbc | Self::AesCmac | Self::HmacSha256Short => 12,
            Self::HmacSha256 | Self::HmacMd5Long => 16,
            Self::HmacSha1Long => 20,
            Self::HmacSha384 => 24,
            Self::HmacSha512 => 32,
        }
    }
    /// The pseudo-random function that an IKE proposal means when it names none, where it means any.
    #[must_use]
    pub const fn prf(self) -> Option<Prf> {
        Some(match self {
            Self::HmacMd5 | Self::HmacMd5Long => Prf::HmacMd5,
            Self::HmacSha1 | Self::HmacSha1Long => Prf::HmacSha1,
            Self::AesXcbc => Prf::AesXcbc,
            Self::AesCmac => Prf::AesCmac,
            Self::HmacSha256 => Prf::HmacSha256,
            Self::HmacSha384 => Prf::HmacSha384,
            Self::HmacSha512 => Prf::HmacSha512,
            Self::HmacSha256Short => return None,
        })
    }
    /// Whether its number is for private use, so that it means something only to a peer of known make.
    #[must_use]
    pub fn is_private(self) -> bool {
        self.number() >= FIRST_PRIVATE
    }
    /// The value of IKEv1's hash attribute, RFC 2409 appendix A and the registry.
    #[must_use]
    pub const fn v1_hash(self) -> Option<u16> {
        match self {
            Self::HmacMd5 => Some(1),
            Self::HmacSha1 => Some(2),
            Self::HmacSha256 => Some(4),
            Self::HmacSha384 => Some(5),
            Self::HmacSha512 => Some(6),
            Self::AesXcbc
            | Self::AesCmac
            | Self::HmacMd5Long
            | Self::HmacSha1Long
            | Self::HmacSha256Short => None,
        }
    }
    pub(super) fn from_v1_hash(value: u16) -> Option<Self> {
        INTEGRITIES
            .iter()
            .map(|row| row.0)
            .find(|integrity| integrity.v1_hash() == Some(value))
    }
    /// The value of IKEv1's authentication attribute for ESP, RFC 2407 section 4.5 and the registry.
    #[must_use]
    pub const fn v1_esp(self) -> Option<u16> {
        match self {
            Self::HmacMd5 => Some(1),
            Self::HmacSha1 => Some(2),
            Self::HmacSha256 => Some(5),
            Self::HmacSha384 => Some(6),
            Self::HmacSha512 => Some(7),
            Self::AesXcbc => Some(9),
            Self::AesCmac | Self::HmacMd5Long | Self::HmacSha1Long | Self::HmacSha256Short => None,
        }
    }
    pub(super) fn from_v1_esp(value: u16) -> Option<Self> {
        INTEGRITIES
            .iter()
            .map(|row| row.0)
            .find(|integrity| integrity.v1_esp() == Some(value))
    }
}

impl fmt::Display for Integrity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(row_of(INTEGRITIES, *self).3)
    }
}

impl fmt::Display for SequenceNumbers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Short => "NO_EXT_SEQ",
            Self::Extended => "EXT_SEQ",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keywords_and_names_belong_together() {
        for &(number, keyword, ..) in GROUPS {
            let group = Group::from_number(number).expect("a row");
            assert_eq!(Group::from_keyword(keyword), Some(group));
        }
        for &(prf, number, keyword, _) in PRFS {
            assert_eq!(Prf::from_number(number), Some(prf));
            assert_eq!(Prf::from_keyword(keyword), Some(prf));
        }
        for &(integrity, number, keyword, _) in INTEGRITIES {
            assert_eq!(Integrity::from_number(number), Some(integrity));
            assert_eq!(Integrity::from_keyword(keyword), Some(integrity));
        }
    }

    #[test]
    fn names_are_those_of_the_registry() {
        assert_eq!(Encryption::AesCbc(KeySize::Bits256).to_string(), "AES_CBC_256");
        assert_eq!(
            Encryption::AesGcm16(KeySize::Bits128).to_string(),
            "AES_GCM_16_128"
        );
        assert_eq!(
            Encryption::from_keyword("aes256gcm128"),
            Some(Encryption::AesGcm16(KeySize::Bits256))
        );
        assert_eq!(Integrity::HmacSha384.to_string(), "HMAC_SHA2_384_192");
        assert_eq!(Group::MODP_2048.to_string(), "MODP_2048");
        assert_eq!(Encryption::from_keyword("aes+128"), None);
    }
}
