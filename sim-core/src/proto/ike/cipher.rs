//! Encryption algorithms, which come with a key size, and whose numbers differ between the versions.
//!
//! # Source
//! As for [`algorithm`](super::algorithm); RFC 5282 for combined modes.

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
    /// CAST-128 in CBC mode, with its longest key.
    CastCbc,
    /// Blowfish in CBC mode.
    BlowfishCbc(KeySize),
    /// No encryption, and AES-GMAC for integrity (RFC 4543), ESP only.
    NullAesGmac(KeySize),
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
    // It could have shorter keys, for which there is no keyword.
    cipher((6, "cast128", "CAST_CBC"), (Some(6), Some(6)), |_| {
        Encryption::CastCbc
    }),
    cipher(
        (7, "blowfish@", "BLOWFISH_CBC"),
        (Some(3), Some(7)),
        Encryption::BlowfishCbc,
    ),
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
        (21, "aes@gmac", "NULL_AES_GMAC"),
        (None, Some(23)),
        Encryption::NullAesGmac,
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
        let size = bits.map_or(Some(KeySize::Bits128), KeySize::from_bits)?;
        let sized = (self.with)(size);
        (sized.key_size().map(KeySize::bits) == bits).then_some(sized)
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
    /// The key size, where there can be others.
    #[must_use]
    pub const fn key_size(self) -> Option<KeySize> {
        match self {
            Self::Des | Self::TripleDes | Self::Null | Self::Chacha20Poly1305 => None,
            Self::CastCbc => Some(KeySize::Bits128),
            Self::AesCbc(size)
            | Self::BlowfishCbc(size)
            | Self::AesCtr(size)
            | Self::AesCcm8(size)
            | Self::AesCcm12(size)
            | Self::AesCcm16(size)
            | Self::AesGcm8(size)
            | Self::AesGcm12(size)
            | Self::AesGcm16(size)
            | Self::CamelliaCbc(size)
            | Self::NullAesGmac(size) => Some(size),
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
    pub(super) fn keywords() -> Vec<String> {
        let sizes = [KeySize::Bits128, KeySize::Bits192, KeySize::Bits256];
        let mut all: Vec<String> = CIPHERS
            .iter()
            .flat_map(|cipher| sizes.map(|size| (cipher.with)(size).keyword()))
            .collect();
        all.dedup();
        all
    }
    pub(super) fn from_keyword(word: &str) -> Option<Self> {
        // strongSwan also takes the check value's length in bits, and no size for 128.
        let word = match word {
            "aes" => "aes128",
            "camellia" => "camellia128",
            "blowfish" => "blowfish128",
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
            | Self::Chacha20Poly1305
            | Self::NullAesGmac(_) => true,
            Self::Des
            | Self::TripleDes
            | Self::Null
            | Self::AesCbc(_)
            | Self::AesCtr(_)
            | Self::CastCbc
            | Self::BlowfishCbc(_)
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
            | Self::CastCbc
            | Self::BlowfishCbc(_)
            | Self::AesCtr(_)
            | Self::AesCcm8(_)
            | Self::AesCcm12(_)
            | Self::AesCcm16(_)
            | Self::AesGcm8(_)
            | Self::AesGcm12(_)
            | Self::AesGcm16(_)
            | Self::Chacha20Poly1305
            | Self::NullAesGmac(_) => 8,
        }
    }
    /// What the enciphered text is a multiple of, in octets.
    #[must_use]
    pub const fn block_len(self) -> usize {
        match self {
            Self::AesCbc(_) | Self::CamelliaCbc(_) => 16,
            Self::Des | Self::TripleDes | Self::CastCbc | Self::BlowfishCbc(_) => 8,
            Self::Null
            | Self::AesCtr(_)
            | Self::AesCcm8(_)
            | Self::AesCcm12(_)
            | Self::AesCcm16(_)
            | Self::AesGcm8(_)
            | Self::AesGcm12(_)
            | Self::AesGcm16(_)
            | Self::Chacha20Poly1305
            | Self::NullAesGmac(_) => 1,
        }
    }
    /// The length of the check value of a combined mode in octets; zero for the others.
    #[must_use]
    pub const fn icv_len(self) -> usize {
        match self {
            Self::AesCcm8(_) | Self::AesGcm8(_) => 8,
            Self::AesCcm12(_) | Self::AesGcm12(_) => 12,
            Self::AesCcm16(_) | Self::AesGcm16(_) | Self::Chacha20Poly1305 | Self::NullAesGmac(_) => 16,
            Self::Des
            | Self::TripleDes
            | Self::Null
            | Self::AesCbc(_)
            | Self::AesCtr(_)
            | Self::CastCbc
            | Self::BlowfishCbc(_)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_keywords_belong_together() {
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
}
