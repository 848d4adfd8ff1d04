//! The numbers of the protocol: payloads, exchanges, notifications.
//!
//! # Source
//! IANA "Internet Key Exchange Version 2 (IKEv2) Parameters"; RFC 2408 section 3.1 and 3.14.1 for IKEv1.

use core::fmt;

/// Makes a newtype over a number with named values, printed by name.
macro_rules! numbers {
    ($(#[$doc:meta])* $type:ident($repr:ty) { $($(#[$value_doc:meta])* $name:ident = $number:literal, $text:literal;)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        pub struct $type(pub $repr);
        impl $type {
            $($(#[$value_doc])* pub const $name: Self = Self($number);)*
        }
        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self.0 {
                    $($number => f.pad($text),)*
                    other => f.pad(&format!("({other})")),
                }
            }
        }
    };
}

numbers! {
    /// What an exchange is for.
    ExchangeType(u8) {
        /// IKEv1 main mode.
        MAIN_MODE = 2, "IDENTITY_PROTECTION";
        /// IKEv1 aggressive mode.
        AGGRESSIVE = 4, "AGGRESSIVE";
        /// IKEv1 informational.
        INFORMATIONAL_V1 = 5, "INFORMATIONAL";
        /// IKEv1 quick mode.
        QUICK_MODE = 32, "QUICK_MODE";
        /// IKEv2, the first.
        IKE_SA_INIT = 34, "IKE_SA_INIT";
        /// IKEv2, the second.
        IKE_AUTH = 35, "IKE_AUTH";
        /// IKEv2, for more SAs and for new keys.
        CREATE_CHILD_SA = 36, "CREATE_CHILD_SA";
        /// IKEv2, for all else.
        INFORMATIONAL = 37, "INFORMATIONAL";
    }
}

numbers! {
    /// What a notification says. IKEv1's errors share the numbers up to 16383, with names of their own.
    NotifyType(u16) {
        /// A payload has the critical bit and is unknown.
        UNSUPPORTED_CRITICAL_PAYLOAD = 1, "UNSUPPORTED_CRITICAL_PAYLOAD";
        /// No SA has these SPIs.
        INVALID_IKE_SPI = 4, "INVALID_IKE_SPI";
        /// The major version is not spoken here.
        INVALID_MAJOR_VERSION = 5, "INVALID_MAJOR_VERSION";
        /// The message is malformed.
        INVALID_SYNTAX = 7, "INVALID_SYNTAX";
        /// The message id is outside the window.
        INVALID_MESSAGE_ID = 9, "INVALID_MESSAGE_ID";
        /// ESP came for an SPI that nobody has.
        INVALID_SPI = 11, "INVALID_SPI";
        /// None of the proposals is acceptable.
        NO_PROPOSAL_CHOSEN = 14, "NO_PROPOSAL_CHOSEN";
        /// IKEv1: the message cannot be read, mostly because it was enciphered with another key.
        PAYLOAD_MALFORMED = 16, "PAYLOAD_MALFORMED";
        /// The key exchange is of another group than the one wanted, which is the data.
        INVALID_KE_PAYLOAD = 17, "INVALID_KE_PAYLOAD";
        /// IKEv1: the selectors or the identity are not acceptable.
        INVALID_ID_INFORMATION = 18, "INVALID_ID_INFORMATION";
        /// IKEv1: the hash does not fit.
        INVALID_HASH_INFORMATION = 23, "INVALID_HASH_INFORMATION";
        /// The peer is not who it should be.
        AUTHENTICATION_FAILED = 24, "AUTHENTICATION_FAILED";
        /// No further CHILD_SA on this IKE SA.
        NO_ADDITIONAL_SAS = 35, "NO_ADDITIONAL_SAS";
        /// The selectors have nothing in common.
        TS_UNACCEPTABLE = 38, "TS_UNACCEPTABLE";
        /// Not now: the other side is busy with something that this would disturb.
        TEMPORARY_FAILURE = 43, "TEMPORARY_FAILURE";
        /// The CHILD_SA to be rekeyed does not exist.
        CHILD_SA_NOT_FOUND = 44, "CHILD_SA_NOT_FOUND";
        /// This is the only IKE SA between the two.
        INITIAL_CONTACT = 16384, "INITIAL_CONTACT";
        /// Digest of the sender's address and port.
        NAT_DETECTION_SOURCE_IP = 16388, "NAT_DETECTION_SOURCE_IP";
        /// Digest of the receiver's address and port.
        NAT_DETECTION_DESTINATION_IP = 16389, "NAT_DETECTION_DESTINATION_IP";
        /// What the responder wants to see again before it keeps any state.
        COOKIE = 16390, "COOKIE";
        /// The CHILD_SA that this replaces is the one with this SPI.
        REKEY_SA = 16393, "REKEY_SA";
        /// IKEv1's INITIAL-CONTACT, RFC 2407 section 4.6.3.3.
        INITIAL_CONTACT_V1 = 24578, "INITIAL_CONTACT";
        /// IKEv1 dead peer detection: are you there? RFC 3706.
        R_U_THERE = 36136, "R_U_THERE";
        /// IKEv1 dead peer detection: I am.
        R_U_THERE_ACK = 36137, "R_U_THERE_ACK";
    }
}

impl NotifyType {
    /// IKEv1's INVALID-PAYLOAD-TYPE, RFC 2408 section 3.14.1: the number has another name in IKEv2, by which strongSwan shows
    /// it.
    pub const INVALID_PAYLOAD_TYPE: Self = Self::UNSUPPORTED_CRITICAL_PAYLOAD;

    /// Whether it says that something failed, RFC 7296 section 3.10.1.
    #[must_use]
    pub const fn is_error(self) -> bool {
        self.0 < 16384
    }
}

/// The payload types, by their numbers. IKEv1 and IKEv2 use different ones.
pub mod payload_type {
    /// No further payload.
    pub const NONE: u8 = 0;
    /// IKEv1: security association.
    pub const SA_V1: u8 = 1;
    /// IKEv1: key exchange.
    pub const KE_V1: u8 = 4;
    /// IKEv1: identification.
    pub const ID_V1: u8 = 5;
    /// IKEv1: certificate.
    pub const CERT_V1: u8 = 6;
    /// IKEv1: certificate request.
    pub const CERTREQ_V1: u8 = 7;
    /// IKEv1: hash.
    pub const HASH_V1: u8 = 8;
    /// IKEv1: signature.
    pub const SIG_V1: u8 = 9;
    /// IKEv1: nonce.
    pub const NONCE_V1: u8 = 10;
    /// IKEv1: notification.
    pub const NOTIFY_V1: u8 = 11;
    /// IKEv1: delete.
    pub const DELETE_V1: u8 = 12;
    /// IKEv1: vendor id.
    pub const VENDOR_V1: u8 = 13;
    /// IKEv1: NAT detection, RFC 3947.
    pub const NAT_D_V1: u8 = 20;
    /// IKEv2: security association.
    pub const SA: u8 = 33;
    /// IKEv2: key exchange.
    pub const KE: u8 = 34;
    /// IKEv2: identification of the initiator.
    pub const ID_I: u8 = 35;
    /// IKEv2: identification of the responder.
    pub const ID_R: u8 = 36;
    /// IKEv2: certificate.
    pub const CERT: u8 = 37;
    /// IKEv2: certificate request.
    pub const CERTREQ: u8 = 38;
    /// IKEv2: authentication.
    pub const AUTH: u8 = 39;
    /// IKEv2: nonce.
    pub const NONCE: u8 = 40;
    /// IKEv2: notification.
    pub const NOTIFY: u8 = 41;
    /// IKEv2: delete.
    pub const DELETE: u8 = 42;
    /// IKEv2: vendor id.
    pub const VENDOR: u8 = 43;
    /// IKEv2: traffic selectors of the initiator.
    pub const TS_I: u8 = 44;
    /// IKEv2: traffic selectors of the responder.
    pub const TS_R: u8 = 45;
    /// IKEv2: the encrypted rest.
    pub const SK: u8 = 46;
}
