//! The algorithms that two peers can agree on: their numbers on the wire, their names and their sizes.
//!
//! An algorithm is only a name here: nothing is enciphered with it. What it bears on is whether a proposal
//! matches, how long the fields of a message are, and how much a packet grows inside a tunnel.
//!
//! # Source
//! IANA "Internet Key Exchange Version 2 (IKEv2) Parameters" and "Internet Key Exchange (IKE) Attributes";
//! RFC 2407 section 4.4.4 and 4.5 for ESP in IKEv1; keywords and names as strongSwan writes them.

use core::fmt;

/// The length of a symmetric key, for ciphers that come in several.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum KeySize {
    /// 128 bits.
    Bits128,
    /// 192 bits.
    Bits192,
    /// 256 bits.
    Bits256,
}

impl KeySize {
    /// The length in bits.
    #[must_use]
    pub const fn bits(self) -> u16 {
        match self {
            Self::Bits128 => 128,
            Self::Bits192 => 192,
            Self::Bits256 => 256,
        }
    }
    /// The size with that many bits.
    #[must_use]
    pub const fn from_bits(bits: u16) -> Option<Self> {
        match bits {
            128 => Some(Self::Bits128),
            192 => Some(Self::Bits192),
            256 => Some(Self::Bits256),
            _ => None,
        }
    }
}

/// An encryption algorithm (transform type 1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum Encryption {
    /// Single DES.
    Des,
    /// Triple DES in CBC mode.
    TripleDes,
    /// No encryption, ESP only.
    Null,
    /// AES in CBC mode.
    AesCbc(KeySize),
    /// AES in counter mode.
    AesCtr(KeySize),
    /// AES-CCM with a check value of 8 octets.
    AesCcm8(KeySize),
    /// AES-CCM with a check value of 12 octets.
    AesCcm12(KeySize),
    /// AES-CCM with a check value of 16 octets.
    AesCcm16(KeySize),
    /// AES-GCM with a check value of 8 octets.
    AesGcm8(KeySize),
    /// AES-GCM with a check value of 12 octets.
    AesGcm12(KeySize),
    /// AES-GCM with a check value of 16 octets.
    AesGcm16(KeySize),
    /// Camellia in CBC mode.
    CamelliaCbc(KeySize),
    /// ChaCha20 with Poly1305.
    Chacha20Poly1305,
}

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
}

/// Whether ESP sequence numbers have 64 bits (transform type 5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum SequenceNumbers {
    /// 32 bits.
    Short,
    /// 64 bits.
    Extended,
}

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
    (Integrity::AesCmac, 8, "aescmac", "AES_CMAC_96"),
    (Integrity::HmacSha256, 12, "sha256", "HMAC_SHA2_256_128"),
    (Integrity::HmacSha384, 13, "sha384", "HMAC_SHA2_384_192"),
    (Integrity::HmacSha512, 14, "sha512", "HMAC_SHA2_512_256"),
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
    pub(super) fn from_keyword(word: &str) -> Option<Self> {
        PRFS.iter().find(|row| row.2 == word).map(|row| row.0)
    }
    /// The length of its output in octets.
    #[must_use]
    pub const fn len(self) -> usize {
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
    pub(super) fn from_keyword(word: &str) -> Option<Self> {
        let word = match word {
            "sha" => "sha1",
            "sha2_256" => "sha256",
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
            Self::HmacMd5 | Self::HmacSha1 | Self::AesXcbc | Self::AesCmac => 12,
            Self::HmacSha256 => 16,
            Self::HmacSha384 => 24,
            Self::HmacSha512 => 32,
        }
    }
    /// The pseudo-random function that an IKE proposal means when it names none.
    #[must_use]
    pub const fn prf(self) -> Prf {
        match self {
            Self::HmacMd5 => Prf::HmacMd5,
            Self::HmacSha1 => Prf::HmacSha1,
            Self::AesXcbc => Prf::AesXcbc,
            Self::AesCmac => Prf::AesCmac,
            Self::HmacSha256 => Prf::HmacSha256,
            Self::HmacSha384 => Prf::HmacSha384,
            Self::HmacSha512 => Prf::HmacSha512,
        }
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
            Self::AesXcbc | Self::AesCmac => None,
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
            Self::AesCmac => None,
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

/// A cipher without its key size: IKEv2 number, keyword (`@` stands for the size), name, IKEv1 phase 1 number,
/// ESP transform number in IKEv1.
struct Cipher {
    v2: u16,
    keyword: &'static str,
    name: &'static str,
    v1_ike: Option<u16>,
    v1_esp: Option<u16>,
    with: fn(KeySize) -> Encryption,
}

const CIPHERS: &[Cipher] = &[
    cipher((2, "des", "DES_CBC"), (Some(1), Some(2)), |_| Encryption::Des),
    cipher((3, "3des", "3DES_CBC"), (Some(5), Some(3)), |_| {
        Encryption::TripleDes
    }),
    cipher((11, "null", "NULL"), (None, Some(11)), |_| Encryption::Null),
    cipher((12, "aes@", "AES_CBC"), (Some(7), Some(12)), Encryption::AesCbc),
    cipher((13, "aes@ctr", "AES_CTR"), (None, Some(13)), Encryption::AesCtr),
    cipher(
        (14, "aes@ccm8", "AES_CCM_8"),
        (None, Some(14)),
        Encryption::AesCcm8,
    ),
    cipher(
        (15, "aes@ccm12", "AES_CCM_12"),
        (None, Some(15)),
        Encryption::AesCcm12,
    ),
    cipher(
        (16, "aes@ccm16", "AES_CCM_16"),
        (None, Some(16)),
        Encryption::AesCcm16,
    ),
    cipher(
        (18, "aes@gcm8", "AES_GCM_8"),
        (None, Some(18)),
        Encryption::AesGcm8,
    ),
    cipher(
        (19, "aes@gcm12", "AES_GCM_12"),
        (None, Some(19)),
        Encryption::AesGcm12,
    ),
    cipher(
        (20, "aes@gcm16", "AES_GCM_16"),
        (None, Some(20)),
        Encryption::AesGcm16,
    ),
    cipher(
        (23, "camellia@", "CAMELLIA_CBC"),
        (Some(8), Some(22)),
        Encryption::CamelliaCbc,
    ),
    cipher(
        (28, "chacha20poly1305", "CHACHA20_POLY1305"),
        (None, None),
        |_| Encryption::Chacha20Poly1305,
    ),
];

const fn cipher(
    (v2, keyword, name): (u16, &'static str, &'static str),
    (v1_ike, v1_esp): (Option<u16>, Option<u16>),
    with: fn(KeySize) -> Encryption,
) -> Cipher {
    Cipher {
        v2,
        keyword,
        name,
        v1_ike,
        v1_esp,
        with,
    }
}

impl Cipher {
    /// The algorithm with the size that the peer named, or without one where it has none.
    fn sized(&self, bits: Option<u16>) -> Option<Encryption> {
        let sized = self.keyword.contains('@');
        match (sized, bits) {
            (true, Some(bits)) => KeySize::from_bits(bits).map(self.with),
            (true, None) | (false, Some(_)) => None,
            (false, None) => Some((self.with)(KeySize::Bits128)),
        }
    }
}

impl Encryption {
    fn row(self) -> &'static Cipher {
        let size = self.key_size().unwrap_or(KeySize::Bits128);
        CIPHERS
            .iter()
            .find(|cipher| (cipher.with)(size) == self)
            .expect("bug: every cipher has a row in its table")
    }
    /// The key size, where the cipher comes in several.
    #[must_use]
    pub const fn key_size(self) -> Option<KeySize> {
        match self {
            Self::Des | Self::TripleDes | Self::Null | Self::Chacha20Poly1305 => None,
            Self::AesCbc(size)
            | Self::AesCtr(size)
            | Self::AesCcm8(size)
            | Self::AesCcm12(size)
            | Self::AesCcm16(size)
            | Self::AesGcm8(size)
            | Self::AesGcm12(size)
            | Self::AesGcm16(size)
            | Self::CamelliaCbc(size) => Some(size),
        }
    }
    /// The number of the transform in IKEv2.
    #[must_use]
    pub fn number(self) -> u16 {
        self.row().v2
    }
    /// The number of the cipher in IKEv1's phase 1, where it has one.
    #[must_use]
    pub fn v1_ike(self) -> Option<u16> {
        self.row().v1_ike
    }
    /// The number of the ESP transform in IKEv1, where it has one.
    #[must_use]
    pub fn v1_esp(self) -> Option<u16> {
        self.row().v1_esp
    }
    /// The cipher of that IKEv2 number and key length.
    #[must_use]
    pub fn from_number(number: u16, key_bits: Option<u16>) -> Option<Self> {
        let row = CIPHERS.iter().find(|cipher| cipher.v2 == number)?;
        row.sized(key_bits)
    }
    pub(super) fn from_v1_ike(number: u16, key_bits: Option<u16>) -> Option<Self> {
        let row = CIPHERS.iter().find(|cipher| cipher.v1_ike == Some(number))?;
        row.sized(key_bits)
    }
    pub(super) fn from_v1_esp(number: u16, key_bits: Option<u16>) -> Option<Self> {
        let row = CIPHERS.iter().find(|cipher| cipher.v1_esp == Some(number))?;
        row.sized(key_bits)
    }
    pub(super) fn from_keyword(word: &str) -> Option<Self> {
        // strongSwan also takes the check value's length in bits, and no size for 128.
        let word = match word {
            "aes" => "aes128",
            "camellia" => "camellia128",
            other => other,
        };
        let word = [("gcm64", "gcm8"), ("gcm96", "gcm12"), ("gcm128", "gcm16")]
            .into_iter()
            .chain([("ccm64", "ccm8"), ("ccm96", "ccm12"), ("ccm128", "ccm16")])
            .find(|(bits, _)| word.ends_with(bits))
            .map_or(word.to_owned(), |(bits, octets)| word.replace(bits, octets));
        CIPHERS
            .iter()
            .find_map(|cipher| match cipher.keyword.split_once('@') {
                None => (cipher.keyword == word).then(|| (cipher.with)(KeySize::Bits128)),
                Some((before, after)) => {
                    let bits = word.strip_prefix(before)?.strip_suffix(after)?;
                    let size = KeySize::from_bits(bits.parse().ok()?)?;
                    // "+128" parses as a number, but is no keyword.
                    (bits == size.bits().to_string()).then(|| (cipher.with)(size))
                }
            })
    }
    /// The keyword in a proposal.
    #[must_use]
    pub fn keyword(self) -> String {
        let size = self
            .key_size()
            .map_or(String::new(), |size| size.bits().to_string());
        self.row().keyword.replace('@', &size)
    }
    /// Whether it protects integrity too (RFC 5282), so that no integrity algorithm goes with it.
    #[must_use]
    pub const fn is_combined(self) -> bool {
        match self {
            Self::AesCcm8(_)
            | Self::AesCcm12(_)
            | Self::AesCcm16(_)
            | Self::AesGcm8(_)
            | Self::AesGcm12(_)
            | Self::AesGcm16(_)
            | Self::Chacha20Poly1305 => true,
            Self::Des
            | Self::TripleDes
            | Self::Null
            | Self::AesCbc(_)
            | Self::AesCtr(_)
            | Self::CamelliaCbc(_) => false,
        }
    }
    /// The length of the initialisation vector in octets.
    #[must_use]
    pub const fn iv_len(self) -> usize {
        match self {
            Self::Null => 0,
            Self::AesCbc(_) | Self::CamelliaCbc(_) => 16,
            Self::Des
            | Self::TripleDes
            | Self::AesCtr(_)
            | Self::AesCcm8(_)
            | Self::AesCcm12(_)
            | Self::AesCcm16(_)
            | Self::AesGcm8(_)
            | Self::AesGcm12(_)
            | Self::AesGcm16(_)
            | Self::Chacha20Poly1305 => 8,
        }
    }
    /// What the enciphered text is a multiple of, in octets.
    #[must_use]
    pub const fn block_len(self) -> usize {
        match self {
            Self::AesCbc(_) | Self::CamelliaCbc(_) => 16,
            Self::Des | Self::TripleDes => 8,
            Self::Null
            | Self::AesCtr(_)
            | Self::AesCcm8(_)
            | Self::AesCcm12(_)
            | Self::AesCcm16(_)
            | Self::AesGcm8(_)
            | Self::AesGcm12(_)
            | Self::AesGcm16(_)
            | Self::Chacha20Poly1305 => 1,
        }
    }
    /// The length of the check value of a combined mode in octets; zero for the others.
    #[must_use]
    pub const fn icv_len(self) -> usize {
        match self {
            Self::AesCcm8(_) | Self::AesGcm8(_) => 8,
            Self::AesCcm12(_) | Self::AesGcm12(_) => 12,
            Self::AesCcm16(_) | Self::AesGcm16(_) | Self::Chacha20Poly1305 => 16,
            Self::Des
            | Self::TripleDes
            | Self::Null
            | Self::AesCbc(_)
            | Self::AesCtr(_)
            | Self::CamelliaCbc(_) => 0,
        }
    }
}

impl fmt::Display for Encryption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.row().name;
        match self.key_size() {
            Some(size) => f.pad(&format!("{name}_{}", size.bits())),
            None => f.pad(name),
        }
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
        for size in [KeySize::Bits128, KeySize::Bits192, KeySize::Bits256] {
            for cipher in CIPHERS {
                let encryption = (cipher.with)(size);
                let bits = encryption.key_size().map(KeySize::bits);
                assert_eq!(Encryption::from_number(cipher.v2, bits), Some(encryption));
                assert_eq!(Encryption::from_keyword(&encryption.keyword()), Some(encryption));
                if let Some(number) = encryption.v1_esp() {
                    assert_eq!(Encryption::from_v1_esp(number, bits), Some(encryption));
                }
            }
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
