//! BGP-4 in octets: the codec.
//!
//! A pure function each way, driven by the session: [`frame`] finds a message in the stream, [`decode`] turns it into its
//! meaning or into the NOTIFICATION that ends the session, [`encode`] writes one. What both OPENs agreed upon is the
//! [`Dialect`]. An UPDATE's lesser faults do not end the session (RFC 7606); they come back as [`Note`]s.
//!
//! ```text
//!   stream ──frame──▶ message ──decode──▶ Decoded { message, also, notes } | Notification
//!                        └─────Packet::read ◀──▶ write: the same octets, for whoever looks at the wire
//! ```
//!
//! It does not know what the session expects of an OPEN beyond [`verify_open`], nor whether a next hop is on a link or
//! whether the path has a loop: that is for the RIB.
//!
//! # Fidelity
//! IPv4 unicast alone has routes; other families are read over. No message is longer than 4096 octets (RFC 8654 is not
//! offered), nothing has path identifiers (RFC 7911 neither), and there are no confederations. Where FRR 8.4 and BIRD 2
//! answer differently, RFC 7606 decides between the two.
//!
//! # Source
//! RFC 4271, 7606, 6793, 4760, 5492, 9072, 2918, 7313, 4724, 4456, 1997, 8092, 7607.

use std::net::Ipv4Addr;

use super::attribute::Asn;
use super::message::{Message, RouteRefresh, Update};
use super::negotiated::{AsWidth, Negotiated, PeerKind};
use super::notification::{Code, Notification};

mod code;
mod encode;
mod frame;
mod note;
mod open;
mod packet;
mod path;
mod prefix;
mod reader;
mod refresh;
#[cfg(test)]
mod tests;
mod update;

pub use code::AttributeCode;
pub use encode::encode;
pub use frame::{Framing, HEADER_LEN, MAX_LEN, frame, is_keepalive, is_update};
pub use note::{Action, Expected, Fault, Note};
pub use open::{OpenExpectation, ParameterForm, verify_open};
pub use packet::{Packet, Parameter, RawAttribute, RawCapability, RawPrefix};
pub use path::PathFault;
pub use prefix::is_destination;

use frame::Kind;

/// What has to be known of a session to read and write its messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dialect {
    /// How wide AS numbers are.
    pub as_width: AsWidth,
    /// Which attributes have a meaning.
    pub kind: PeerKind,
    /// The receiver's own address, which cannot be a next hop.
    pub local_address: Ipv4Addr,
    /// Whether a path has to begin with the neighbour.
    pub first_as: FirstAs,
}

/// What AS an external peer's path has to begin with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FirstAs {
    /// Any, or none: as FRR 8 and BIRD do unless told otherwise.
    Any,
    /// This one, the peer's (RFC 4271 §6.3 allows the check; `enforce-first-as`).
    Is(Asn),
}

impl Dialect {
    /// What holds until the OPENs are exchanged.
    pub const INITIAL: Self = Self {
        as_width: AsWidth::Two,
        kind: PeerKind::Ebgp,
        local_address: Ipv4Addr::UNSPECIFIED,
        first_as: FirstAs::Any,
    };

    /// What holds on an established session; a path may begin with any AS.
    #[must_use]
    pub const fn of(session: &Negotiated) -> Self {
        Self {
            as_width: session.as_width,
            kind: session.kind,
            local_address: session.local_address,
            first_as: FirstAs::Any,
        }
    }
}

/// What a message says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decoded {
    /// The message, after RFC 7606 has been applied.
    ///
    /// An UPDATE that says nothing of IPv4 unicast has attributes but no prefixes, so that it is no End-of-RIB.
    pub message: Message,
    /// The announcement in MP_REACH_NLRI, where the message has another one beside it with a next hop of its own.
    pub also: Option<Box<Update>>,
    /// What was wrong with an UPDATE, in the order found.
    pub notes: Vec<Note>,
}

impl From<Message> for Decoded {
    fn from(message: Message) -> Self {
        Self {
            message,
            also: None,
            notes: Vec::new(),
        }
    }
}

/// Reads one message, header included.
///
/// # Errors
/// The NOTIFICATION to answer with before the session ends.
pub fn decode(message: &[u8], dialect: &Dialect) -> Result<Decoded, Notification> {
    let (kind, body) = open_envelope(message)?;
    match kind {
        Kind::Open => open::decode(body).map(|open| Message::Open(open).into()),
        Kind::Update => update::decode(body, dialect),
        Kind::Notification => Ok(Message::Notification(notification(body)?).into()),
        Kind::Keepalive => Ok(Message::Keepalive.into()),
        Kind::RouteRefresh => {
            let refresh: RouteRefresh = refresh::decode(message, body)?;
            Ok(Message::RouteRefresh(refresh).into())
        }
    }
}

/// The kind and the body of a message that takes up all of the octets given.
fn open_envelope(message: &[u8]) -> Result<(Kind, &[u8]), Notification> {
    // Who calls with more or less than one message has not framed it.
    let bad_length = || Notification::with(Code::BAD_LENGTH, (message.len() as u16).to_be_bytes());
    let (kind, len) = frame::header(message)?.ok_or_else(bad_length)?;
    match message.get(HEADER_LEN..) {
        Some(body) if message.len() == len => Ok((kind, body)),
        Some(_) | None => Err(bad_length()),
    }
}

fn notification(body: &[u8]) -> Result<Notification, Notification> {
    match body {
        [code, subcode, data @ ..] => {
            let (code, subcode) = (*code, *subcode);
            Ok(Notification::with(Code { code, subcode }, data))
        }
        [_] | [] => Err(Notification::new(Code::BAD_LENGTH)),
    }
}
