//! Where a message ends in the stream of octets that TCP delivers.

use super::super::notification::{Code, Notification};

/// The octets before a message's body: marker, length, type.
pub const HEADER_LEN: usize = 19;
/// The longest message, without the extension of RFC 8654.
pub const MAX_LEN: usize = 4096;
pub(super) const MARKER: [u8; 16] = [0xFF; 16];

/// The kinds of message, by the number in the header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Open,
    Update,
    Notification,
    Keepalive,
    RouteRefresh,
}

impl Kind {
    pub(super) const fn number(self) -> u8 {
        match self {
            Self::Open => 1,
            Self::Update => 2,
            Self::Notification => 3,
            Self::Keepalive => 4,
            Self::RouteRefresh => 5,
        }
    }
    const fn of(number: u8) -> Option<Self> {
        match number {
            1 => Some(Self::Open),
            2 => Some(Self::Update),
            3 => Some(Self::Notification),
            4 => Some(Self::Keepalive),
            5 => Some(Self::RouteRefresh),
            _ => None,
        }
    }
    /// Whether a message of this kind may be so long in all.
    ///
    /// A ROUTE-REFRESH that is too long has an error of its own (RFC 7313 §5), which its decoder reports.
    const fn allows(self, len: usize) -> bool {
        match self {
            Self::Open => len >= 29,
            Self::Update => len >= 23,
            Self::Notification => len >= 21,
            Self::Keepalive => len == HEADER_LEN,
            Self::RouteRefresh => len >= 23,
        }
    }
}

/// What the octets at hand begin with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Framing {
    /// Less than a message; wait for more.
    NeedMore,
    /// A whole message.
    Message {
        /// How many octets it takes, header included.
        len: usize,
    },
    /// Something that is no message; this is the answer, and the session's end.
    Broken(Notification),
}

/// Finds the first message in a stream of octets.
///
/// An error in the header is told as soon as the header is there, whether or not the rest ever comes.
///
/// # Source
/// RFC 4271 §4.1 and §6.1.
#[must_use]
pub fn frame(stream: &[u8]) -> Framing {
    match header(stream) {
        Ok(None) => Framing::NeedMore,
        Ok(Some((_, len))) if stream.len() < len => Framing::NeedMore,
        Ok(Some((_, len))) => Framing::Message { len },
        Err(notification) => Framing::Broken(notification),
    }
}

/// Whether a whole message is an UPDATE.
#[must_use]
pub fn is_update(message: &[u8]) -> bool {
    matches!(header(message), Ok(Some((Kind::Update, _))))
}

/// Whether octets are one whole KEEPALIVE and nothing else.
#[must_use]
pub fn is_keepalive(octets: &[u8]) -> bool {
    matches!(header(octets), Ok(Some((Kind::Keepalive, len))) if len == octets.len())
}

/// The kind and the length that the header gives, once it is there.
pub(super) fn header(stream: &[u8]) -> Result<Option<(Kind, usize)>, Notification> {
    let Some(header) = stream.first_chunk::<HEADER_LEN>() else {
        return Ok(None);
    };
    let (marker, rest) = header.split_at(MARKER.len());
    if marker != MARKER {
        return Err(Notification::new(Code::NOT_SYNCHRONIZED));
    }
    let &[high, low, number] = rest else {
        return Ok(None);
    };
    let Some(kind) = Kind::of(number) else {
        return Err(Notification::with(Code::BAD_TYPE, [number]));
    };
    let len = usize::from(u16::from_be_bytes([high, low]));
    if !(HEADER_LEN..=MAX_LEN).contains(&len) || !kind.allows(len) {
        return Err(Notification::with(Code::BAD_LENGTH, [high, low]));
    }
    Ok(Some((kind, len)))
}
