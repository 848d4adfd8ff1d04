//! BGP-4: what two routers say to each other about prefixes, and what each makes of it.
//!
//! Everything here is sans-I/O: machines that take an input at an instant and push outputs. Who carries their bytes,
//! what a link is and when time passes is known to `world` alone.
//!
//! ```text
//!              bytes ▼                                   ▲ bytes
//!   wire     decode, RFC 7606 ──▶ message        message ──▶ encode
//!   session    one per peer: state machine, timers, collision, capabilities, notifications
//!                │ Up(negotiated), Update, Down                ▲ Update
//!                ▼                                             │
//!   rib        Adj-RIB-In ─▶ policy ─▶ decision ─▶ Loc-RIB ─▶ policy ─▶ Adj-RIB-Out (MRAI)
//!                                                    │
//!   speaker    the composition of the above          ▼ next hops for the FIB
//! ```
//!
//! # Source
//! RFC 4271, and the RFCs named at each part.

pub mod attribute;
pub mod message;
pub mod negotiated;
pub mod notification;
pub mod policy;
pub mod rib;
pub mod session;
pub mod speaker;
pub mod wire;

pub use attribute::{
    Aggregator, AsPath, Asn, Asns, Attributes, Communities, Community, LargeCommunity, Origin, RouterId,
    Segment, SegmentKind, UnknownAttribute,
};
pub use message::{Capability, Family, GracefulRestart, Message, Open, Prefixes, RouteRefresh, Update};
pub use negotiated::{AsWidth, Negotiated, PeerKind};
pub use notification::{Code, Notification};

/// Where a speaker listens (RFC 4271 section 2).
pub const PORT: u16 = 179;
