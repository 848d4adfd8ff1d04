//! What the screens draw: read-only rows with ids, values and [`Health`], the same for terminal,
//! window and reports.
//!
//! Nothing here holds a colour, a cut string or a place on a screen; a screen holds no logic of the
//! lab. Rows that programs read serialise to the documented JSON. Who asks: the front ends, once for
//! each picture that they draw.

mod compare;
mod consequences;
mod control;
mod conversation;
mod counterpart;
mod describe;
mod dns;
mod endurance;
mod facts;
mod fleet;
mod gateways;
mod grounds;
mod health;
mod hubs;
mod inspect;
mod json;
mod log;
mod look;
pub mod map;
mod mend;
mod migration;
mod neighbours;
mod outlook;
mod overview;
mod path;
mod places;
mod preflight;
mod probes;
mod resolution;
mod rib;
mod routing;
mod running;
mod sessions;
mod snapshot;
mod summary;
#[cfg(test)]
mod tests;
mod topology;
mod traffic;
mod tunnel_cure;
mod tunnels;
mod why;

pub use compare::{Aspect, Comparison, Difference, Standing};
pub use consequences::{Consequence, Consequences};
pub use control::{ControlMessage, ControlProtocol};
pub use conversation::Conversation;
pub use dns::{NameAnswer, NameRow, NameSource};
pub use facts::{Fact, Inspection, Section};
pub use gateways::Gateway;
pub use grounds::{Building, Grounds, LinkEnds, RouterPart};
pub use health::Health;
pub use log::LogRow;
pub use look::View;
pub use migration::{FailedAction, Job, JobLine, JobServer, RefusedCommand, Server, Wave, WaveProgress};
pub use neighbours::Neighbour;
pub use overview::Overview;
pub use path::{PathError, PathReport, PathWords};
pub use preflight::{Advice, Blocker, Check, Preflight, Standing as CheckStanding};
pub use probes::{Probe, Quantiles};
pub use resolution::{Question, Resolution};
pub use rib::{Rib, RibError, RibPath, RibPrefix, kind_text};
pub use routing::{RouteRow, Routing, RoutingOwner, RoutingTable};
pub use sessions::BgpSession;
pub use snapshot::Snapshot;
pub use summary::Summary;
pub use topology::{Container, ContainerKind, Link, Node, NodeKind, Place, Topology};
pub use traffic::{Fault, Flow, Goal, Lag, Move, Outage, OutageRoot};
pub use tunnels::{PhaseState, Tunnel, TunnelState};
pub use why::NotTold;
