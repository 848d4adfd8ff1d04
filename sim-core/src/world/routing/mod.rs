//! The routers' processes and what carries them: BGP over TCP over the lab's own packets, and interfaces that come
//! and go.
//!
//! A process never learns from the lab that its peer is gone: it learns it as a real one does, because its interface
//! lost the carrier, its segments were not acknowledged or were reset, its hold timer ran out, or BFD said so.
//!
//! ```text
//!   lever ─▶ link, router ─▶ interface up, down ─▶ connected and static routes ─▶ next hops
//!                                   │                                               │
//!   packet ─▶ connection ─▶ octets ─▶ speaker ◀─────────────────────────────────────┘
//!                ▲                      │ octets, routes, notices
//!                └──────────────────────┘
//! ```
//!
//! # Fidelity
//! Heartbeats between two ends that are well are not carried, and nobody can tell; see `elision` for the exceptions.
//! A process takes no time for what it does. A segment of a routing protocol does not queue behind bulk data.

mod agenda;
mod aside;
mod bfd;
mod blueprint;
mod command;
mod connection;
mod control;
mod datagram;
mod diagnosis;
mod elision;
mod expectation;
mod flapping;
mod gateway;
mod hub;
mod igp;
mod interface;
mod ipsec;
mod outside;
mod process;
mod read;
mod settlement;
mod silence;
mod tunnel;
mod upkeep;
mod wake;

pub use blueprint::{BgpProcess, LinkSpec, Routing, SessionRow, Transport};
pub use command::{Origination, RoutingLever, RoutingLeverError, SessionChange, SessionKey, SpeakerChange};
pub(super) use connection::SignedSegment;
pub(super) use control::Routers;
pub use control::{Capture, Process};
pub use diagnosis::{Diagnosis, Layer, meaning};
pub(super) use elision::Bound;
pub use expectation::RoutingExpected;
pub use gateway::{GatewayChange, GatewayRead};
pub(super) use hub::Hub;
pub use igp::{CONVERGENCE, COST, DEAD_INTERVAL, Igp, IgpChange, IgpNeighbor, IgpProcess, IgpRead};
pub use ipsec::{IkeChange, IkeProcess, Protected};
pub use outside::{OutsideChange, Unread};
pub use read::{FibEntry, SessionRead, UnusablePath};
pub(in crate::world) use tunnel::reason as tunnel_reason;
pub use tunnel::{TunnelChange, TunnelDiagnosis, TunnelRead};
pub use upkeep::{TEST, TESTS, Upkeep};
pub(super) use wake::RouterTimer;
