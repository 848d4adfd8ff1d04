//! The session with one peer: from nothing to an exchange of routes, and why not.
//!
//! Sans-I/O: [`Session::handle`] takes an [`Input`] at an instant and pushes [`Output`]s. It deals in messages as
//! values; whoever drives it encodes and decodes them, opens and closes TCP, and hands UPDATEs to the tables. It wakes
//! the session at [`Session::next_wake`].
//!
//! ```text
//!              ┌ Half::Outgoing: state, timers ┐      each half runs the table of `fsm`
//!   Session ───┤                               ├──▶   of two that get to OpenConfirm one is kept (`collision`)
//!              └ Half::Incoming: state, timers ┘      one that is Established carries the session
//! ```
//!
//! The outgoing half is the peer's own state machine: it starts, retries and rests. The incoming half exists while the
//! peer's connection does. While it is under way the outgoing half opens no connection of its own.
//!
//! # Heartbeats
//! Between two established sessions over a path that is up, loses nothing and delays every packet alike, KEEPALIVEs change
//! nothing but the instant at which each end heard the other last, and the counters. Where besides no UPDATE has to be sent,
//! they can be left out: plan an [`Elision`](crate::kernel::Elision) from [`Session::vital`] of both, tell both
//! [`Session::elide`], and [`Session::resume`] both before the path changes or either is told anything. Hold timers and
//! later KEEPALIVEs then stand as if each had been carried; no record tells of one, so the trace is the same too.
//!
//! # What this does not do
//! TCP, MD5 and TTL security are the carrier's; what they prevent shows here as a connection that is not opened. Routes
//! are the tables': a session says when they flow, when they are deleted, and when they are kept as stale.
//!
//! # Fidelity
//! Once Established, a speaker accepts no other connection of that peer (a real one accepts it, reads OPEN and answers
//! Cease/7), unless graceful restart is agreed: then it takes the place of the old one (RFC 4724 §5).
//!
//! # Source
//! RFC 4271 §6, §8, §10; RFC 4724 and RFC 8538 (graceful restart); RFC 5492 (capabilities); RFC 6286 (identifiers);
//! RFC 6608 (state machine errors); RFC 9384 (BFD Cease). What they leave open is FRR's: see [`timer`].

mod admin;
mod collision;
mod config;
mod connection;
mod elision;
mod event;
mod facts;
pub mod fsm;
mod io;
mod machine;
pub mod open;
mod reason;
mod receive;
mod restart;
pub mod timer;
mod wake;

#[cfg(test)]
mod tests;

pub use config::{
    Adjacency, Authentication, BfdFailure, Capabilities, Config, FastFailover, GracefulRestartConfig,
    GracefulRestartMode, HoldPolicy, IdleHold, Initiative, Timers, ZeroHold,
};
pub use event::{Action, DelayOpen, Event, State};
pub use facts::{Counters, Facts};
pub use io::{Closing, Down, Fate, Half, Input, Notice, Output, StaleEnd};
pub use machine::{Acceptance, Session};
pub use open::Restarted;
pub use reason::{Closed, OpenError, OpenFailure, Reason, StopReason, Told};
