//! Bidirectional forwarding detection: whether the path to a neighbour works, within a second.
//!
//! Sans-I/O: [`Session::handle`] takes an [`Input`] at an instant and pushes [`Output`]s; whoever drives it carries the
//! packets over UDP and wakes it at [`Session::next_wake`]. [`Packet`] has their octets.
//!
//! ```text
//!   Down ── heard Down ──▶ Init ── heard Init or Up ──▶ Up      Down ── heard Init ──▶ Up
//!    ▲                      │                           │
//!    └── silence, heard AdminDown ◀─────────────────────┴── heard Down
//! ```
//!
//! Each end says how often it can send and how often it can hear. Packets then go at the slower of what one end wants
//! to send and the other can hear; an end that hears none for the other's multiplier times that interval takes the
//! path for down. Not yet up, an end sends once a second at most; each change of an interval is announced by a Poll
//! that the other answers by a Final.
//!
//! # Heartbeats
//! The packets of two ends that are up, over a path that is up, loses nothing and delays each packet alike, can be left
//! out as KEEPALIVEs of BGP can: see [`Elision`](crate::kernel::Elision) and [`Session::vital`].
//!
//! # What this does not do
//! Asynchronous mode in the active role only: no echo function, no demand mode, no authentication. A packet that asks
//! for demand mode is answered as any other; one with authentication is discarded. UDP ports (3784) and the TTL of 255
//! are the carrier's (RFC 5881 §4, §5).
//!
//! # Source
//! RFC 5880 (state machine §6.2, reception §6.8.6, transmission §6.8.7, timers §6.8.2 to §6.8.4), RFC 5881.

mod fsm;
mod io;
mod packet;
mod session;

#[cfg(test)]
mod tests;

pub use fsm::{Diagnostic, Event, State, transition};
pub use io::{Change, Config, Facts, Input, Output, Timer};
pub use packet::{Discard, Packet};
pub use session::Session;
