//! An interior gateway protocol: the routers of an area know of each other's links and prefixes, and each forwards by
//! the shortest ways.
//!
//! ```text
//!   interface, link, segment ─▶ adjacency lost: at once, or silence for the dead interval ─┐
//!   connected prefixes, routes to be announced ────────────────────────────────────────────┴▶ what the area knows
//!                                                                                              │ convergence
//!                                                   forwarding tables ◀── shortest ways ◀──────┘ of each router
//! ```
//!
//! # Fidelity
//! A link-state protocol in the manner of OSPF within one area (RFC 2328), of which only what follows from it is
//! modelled: no packet of it is carried. What one router sees all of its area know at once; each router forwards by it
//! after a time of its own, so that routers disagree for a while where these times differ. An adjacency that an end
//! sees go (its interface went down, or lost the carrier) is lost at once; one over which nothing comes any more is lost
//! after the dead interval. It forms as soon as both ends hear each other. Each side of a step has the cost of the
//! interface by which it leaves. A link between two areas, or to a router without an area, belongs to none: what is
//! behind it is announced where the router is told to. A lab begins converged.

mod database;
mod process;
mod read;

pub(super) use process::State;
pub use process::{Igp, IgpChange, IgpProcess};
pub use read::{IgpNeighbor, IgpRead};

use crate::units::Span;

/// What a step over an interface costs where nobody says otherwise: what IS-IS counts for any
/// (ISO/IEC 10589, default metric).
pub const COST: u32 = 10;
/// How long after a change a router forwards by it, where nobody says otherwise: a choice of the model, between the
/// tenths of a second of tuned routers and the seconds of others.
pub const CONVERGENCE: Span = Span::secs(1);
/// How long nothing is heard before a neighbour is given up (RFC 2328 appendix C.3, RouterDeadInterval, four times the
/// HelloInterval of 10 s).
pub const DEAD_INTERVAL: Span = Span::secs(40);
