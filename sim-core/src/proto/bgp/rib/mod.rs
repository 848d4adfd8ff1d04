//! The tables of one router: what it heard, what it uses, what it said.
//!
//! A [`Rib`] takes an [`Input`] at an instant and pushes [`Output`]s. It works on [`Update`](super::Update)s, never on
//! bytes, and knows neither how a session comes up nor how the router reaches a next hop: the one is told to it, for
//! the other it asks its [`NextHops`].
//!
//! ```text
//!   Update ─▶ loop checks ─▶ import policy ─▶ paths of a prefix ─▶ decision ─▶ best ─▶ Fib
//!                                                    ▲                          │
//!                            originate, aggregate ───┘        export policy, reflection, next hop
//!                                                                               │
//!                                       differences to what was sent ─▶ MRAI ─▶ Send
//! ```
//!
//! One entry per prefix holds its paths and, for each peer, what that peer was last told, so that only differences
//! are sent and a withdrawal goes to those alone who heard the prefix. Clones share entries until they are changed.
//!
//! # Fidelity
//! Where routers differ, this one does as FRR 8.4 does: its order of decision steps, its multipath rules, its
//! prefix limit that acts one prefix late, its aggregates, its interval between announcements, for which a withdrawal
//! waits only behind announcements that wait. A best path is not told back to the peer it came from.
//! Confederations, additional paths and damping of prefixes are not modelled.
//! # Source
//! RFC 4271 §3.2 and §9, RFC 4456, RFC 4724, RFC 7313, RFC 8212.

mod aggregate;
mod config;
mod decision;
mod entry;
mod explain;
mod export;
mod import;
mod machine;
mod message;
mod path;
mod peer;
mod resolve;
mod send;
mod session;
#[cfg(test)]
mod tests;

pub use config::{
    AggregateConfig, Config, LimitAction, LimitCounting, LocalAs, MaxPrefix, Multipath, Options, PeerConfig,
    RemovePrivateAs,
};
pub use decision::{DecidedBy, Unshared};
pub use explain::{Candidate, Explanation, PeerCounts, Refused};
pub use machine::Rib;
pub use message::{
    Chosen, Direction, Fate, Forward, Hop, Input, NextHops, Notice, Output, RefreshMark, Refusal, Resolved,
    Used,
};
pub use path::{Freshness, Source};
pub use peer::{PeerId, PeerRow};
