//! NOTIFICATION: why a session ends.

/// What went wrong, with the number that stands on the wire (RFC 4271 §4.5 and those named).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub struct Code {
    /// The error code: 1 header, 2 OPEN, 3 UPDATE, 4 hold timer, 5 state machine, 6 Cease, 7 ROUTE-REFRESH.
    pub code: u8,
    /// The subcode; 0 where there is none.
    pub subcode: u8,
}

/// A NOTIFICATION message.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Notification {
    /// What went wrong.
    pub code: Code,
    /// What the RFC asks to be sent along.
    pub data: Vec<u8>,
}

impl Notification {
    /// One without data.
    #[must_use]
    pub const fn new(code: Code) -> Self {
        Self {
            code,
            data: Vec::new(),
        }
    }
    /// One with data.
    #[must_use]
    pub fn with(code: Code, data: impl Into<Vec<u8>>) -> Self {
        Self {
            code,
            data: data.into(),
        }
    }
}

macro_rules! codes {
    ($($name:ident, $code:literal, $subcode:literal, $meaning:literal;)*) => {
        impl Code {
            $(#[doc = $meaning] pub const $name: Self = Self { code: $code, subcode: $subcode };)*

            /// What the code says, in the RFC's words.
            #[must_use]
            pub const fn meaning(self) -> &'static str {
                match (self.code, self.subcode) {
                    $(($code, $subcode) => $meaning,)*
                    (1, _) => "Message Header Error",
                    (2, _) => "OPEN Message Error",
                    (3, _) => "UPDATE Message Error",
                    (4, _) => "Hold Timer Expired",
                    (5, _) => "Finite State Machine Error",
                    (6, _) => "Cease",
                    (7, _) => "ROUTE-REFRESH Message Error",
                    (_, _) => "unknown error",
                }
            }
        }
    };
}

codes! {
    NOT_SYNCHRONIZED, 1, 1, "Message Header Error: Connection Not Synchronized";
    BAD_LENGTH, 1, 2, "Message Header Error: Bad Message Length";
    BAD_TYPE, 1, 3, "Message Header Error: Bad Message Type";
    OPEN_UNSPECIFIC, 2, 0, "OPEN Message Error: Unspecific";
    UNSUPPORTED_VERSION, 2, 1, "OPEN Message Error: Unsupported Version Number";
    BAD_PEER_AS, 2, 2, "OPEN Message Error: Bad Peer AS";
    BAD_IDENTIFIER, 2, 3, "OPEN Message Error: Bad BGP Identifier";
    UNSUPPORTED_PARAMETER, 2, 4, "OPEN Message Error: Unsupported Optional Parameter";
    UNACCEPTABLE_HOLD_TIME, 2, 6, "OPEN Message Error: Unacceptable Hold Time";
    UNSUPPORTED_CAPABILITY, 2, 7, "OPEN Message Error: Unsupported Capability";
    MALFORMED_ATTRIBUTES, 3, 1, "UPDATE Message Error: Malformed Attribute List";
    UNRECOGNIZED_WELL_KNOWN, 3, 2, "UPDATE Message Error: Unrecognized Well-known Attribute";
    MISSING_WELL_KNOWN, 3, 3, "UPDATE Message Error: Missing Well-known Attribute";
    ATTRIBUTE_FLAGS, 3, 4, "UPDATE Message Error: Attribute Flags Error";
    ATTRIBUTE_LENGTH, 3, 5, "UPDATE Message Error: Attribute Length Error";
    INVALID_ORIGIN, 3, 6, "UPDATE Message Error: Invalid ORIGIN Attribute";
    INVALID_NEXT_HOP, 3, 8, "UPDATE Message Error: Invalid NEXT_HOP Attribute";
    OPTIONAL_ATTRIBUTE, 3, 9, "UPDATE Message Error: Optional Attribute Error";
    INVALID_NETWORK, 3, 10, "UPDATE Message Error: Invalid Network Field";
    MALFORMED_AS_PATH, 3, 11, "UPDATE Message Error: Malformed AS_PATH";
    HOLD_TIMER_EXPIRED, 4, 0, "Hold Timer Expired";
    FSM_ERROR, 5, 0, "Finite State Machine Error";
    FSM_IN_OPEN_SENT, 5, 1, "Finite State Machine Error: Unexpected Message in OpenSent State";
    FSM_IN_OPEN_CONFIRM, 5, 2, "Finite State Machine Error: Unexpected Message in OpenConfirm State";
    FSM_IN_ESTABLISHED, 5, 3, "Finite State Machine Error: Unexpected Message in Established State";
    MAXIMUM_PREFIXES, 6, 1, "Cease: Maximum Number of Prefixes Reached";
    ADMINISTRATIVE_SHUTDOWN, 6, 2, "Cease: Administrative Shutdown";
    PEER_DECONFIGURED, 6, 3, "Cease: Peer De-configured";
    ADMINISTRATIVE_RESET, 6, 4, "Cease: Administrative Reset";
    CONNECTION_REJECTED, 6, 5, "Cease: Connection Rejected";
    OTHER_CONFIGURATION_CHANGE, 6, 6, "Cease: Other Configuration Change";
    COLLISION, 6, 7, "Cease: Connection Collision Resolution";
    OUT_OF_RESOURCES, 6, 8, "Cease: Out of Resources";
    HARD_RESET, 6, 9, "Cease: Hard Reset";
    BFD_DOWN, 6, 10, "Cease: BFD Down";
    REFRESH_LENGTH, 7, 1, "ROUTE-REFRESH Message Error: Invalid Message Length";
}

impl core::fmt::Display for Code {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.pad(&format!("{}/{} {}", self.code, self.subcode, self.meaning()))
    }
}
