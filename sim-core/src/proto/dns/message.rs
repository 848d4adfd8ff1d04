//! What comes back for a question; a question is no more than a [`Name`].

use std::net::Ipv4Addr;

use crate::units::Span;
use crate::verdict::Refusal;

use super::Name;

/// The addresses of a name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub struct Answer {
    /// The name asked for.
    pub name: Name,
    /// Its addresses, in the order in which they are to be tried; never empty.
    pub addresses: Vec<Ipv4Addr>,
    /// How long the answer may be kept.
    pub ttl: Span,
}

/// What comes back for a question, where anything does: addresses, or why there are none.
///
/// On the wire a refusal is no more than NXDOMAIN or SERVFAIL; the reason and the component that
/// the lab knows beyond that ride along for traces, and no machine decides by them.
pub type Response = Result<Answer, Refusal>;

/// How long it may be kept that a name does not exist: the time-to-live of the SOA record of a
/// Route 53 zone ("The start of authority (SOA) record that Route 53 creates", Amazon Route 53
/// Developer Guide; RFC 2308 §5).
pub const NEGATIVE_TTL: Span = Span::secs(900);
