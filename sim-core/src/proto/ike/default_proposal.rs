//! What strongSwan means by the word `default` in a list of proposals.
//!
//! # Source
//! strongSwan documentation, "swanctl.conf", `proposals` and `esp_proposals`: what is at least as strong as 128 bits
//! before what is not, without MD5, DES and the groups that are called weak there; for IKE a proposal of classic ciphers
//! and one of combined modes, for ESP a classic one.
//! # Fidelity
//! The order within a strength is that of the plugins that are loaded; here, that of a build with OpenSSL.

use super::proposal::{Proposal, ProposalError, Protocol};

const KEY_EXCHANGE: &str = "prfsha256-prfsha384-prfsha512-prfaesxcbc-prfsha1-\
     ecp256-ecp384-ecp521-ecp256bp-ecp384bp-ecp512bp-x25519-x448-modp3072-modp4096-modp6144-modp8192-modp2048";
const IKE_CLASSIC: &str = "aes128-aes192-aes256-3des-sha256-sha384-sha512-sha1-aesxcbc";
const IKE_COMBINED: &str = "aes128gcm16-aes192gcm16-aes256gcm16-chacha20poly1305-\
     aes128gcm12-aes192gcm12-aes256gcm12-aes128gcm8-aes192gcm8-aes256gcm8";
const ESP: &str = "aes128-aes192-aes256-sha256-sha384-sha512-sha1-aesxcbc";

/// The word.
pub const WORD: &str = "default";

/// Reads one entry of a list of proposals, which may stand for several.
///
/// # Errors
/// As [`Proposal::parse`].
pub fn read(protocol: Protocol, text: &str) -> Result<Vec<Proposal>, ProposalError> {
    if !text.trim().eq_ignore_ascii_case(WORD) {
        return Proposal::parse(protocol, text).map(|proposal| vec![proposal]);
    }
    let meant: Vec<String> = match protocol {
        Protocol::Ike => [IKE_CLASSIC, IKE_COMBINED]
            .map(|ciphers| format!("{ciphers}-{KEY_EXCHANGE}"))
            .into(),
        Protocol::Esp => vec![ESP.to_owned()],
    };
    meant.iter().map(|text| Proposal::parse(protocol, text)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_is_two_proposals_of_ike_and_one_of_esp() {
        let ike = read(Protocol::Ike, "default").expect("a word");
        let first: Vec<_> = ike.iter().map(|it| it.transforms[0].to_string()).collect();
        assert_eq!(first, ["AES_CBC_128", "AES_GCM_16_128"]);
        let esp = read(Protocol::Esp, "Default").expect("in any case");
        assert_eq!(esp.len(), 1);
        assert_eq!(esp[0].groups().count(), 0, "no PFS");
        assert_eq!(read(Protocol::Esp, "aes128-sha256").expect("one").len(), 1);
        assert!(read(Protocol::Esp, "defaults").is_err());
    }
}
