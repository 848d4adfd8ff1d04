//! A router's BGP process: its sessions, its tables and the octets between it and its peers.
//!
//! Sans-I/O: [`Speaker::handle`] takes an [`Input`] at an instant and pushes [`Output`]s. Whoever drives it opens and
//! closes TCP connections, carries octets, wakes it when [`Speaker::session_wake`] and [`Speaker::rib_wake`] say, and
//! answers how next hops are reached.
//!
//! ```text
//!   octets ─▶ frame, decode ─┬─ UPDATE ─▶ rib ─▶ UPDATE, encode ─▶ octets
//!                            └─ others ─▶ session ─▶ encode ─▶ octets
//!                                            └─ up, down ─▶ rib
//! ```
//!
//! # Source
//! RFC 4271 §3: one routing process, a session with each peer.

mod config;
mod machine;
mod message;

pub use config::{Config, PeerSetup, Wanted};
pub use machine::{Room, Speaker};
pub use message::{Input, Notice, Output, Way};
