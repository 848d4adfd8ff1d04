//! The network as packets, traces and preflight checks meet it: one forwarding function over the
//! tables as they are at an instant.
//!
//! [`step`] takes a packet one place further and says by which rule; [`walk`] and [`round_trip`]
//! are that function repeated, so a traced path can never disagree with what real packets do. The
//! event loop drives `step` and gives the delays of its hops to the clock; nothing here waits, draws
//! dice or remembers anything outside [`Tracking`].
//!
//! Simplified relative to AWS: packets are dropped silently wherever a filter or a missing route
//! stops them (as AWS does; the ICMP errors of real routers are not made up); what is
//! too large is told of where path MTU discovery needs it ([`discover`]), without a packet of its own; an interface is a single queue without bursts or packet-rate limits; the internet is one hop
//! away from every internet gateway.

mod device;
mod edge;
mod filter;
mod firewall;
mod header;
mod hop;
mod link;
mod model;
mod mtu;
mod names;
mod path;
mod place;
mod segment;
mod step;
mod transit;

pub use edge::PUBLIC_DNS;
pub use header::{Header, Inner};
pub use hop::{Hop, Next, Step};
pub use link::{ENDPOINT_RATE, Link, LinkRef, NAT_GATEWAY_RATE};
pub use model::{Network, Tracking};
pub use mtu::{MOST_STEPS, Told, discover};
pub use names::{
    Asked, Asker, DNS_PORT, LookUp, LookUpFailure, Resolution, Resolver, look_up, resolve_at, seen,
};
pub use path::{Path, PathEnd, RoundTrip, round_trip, walk};
pub use place::{Door, GatewaySide, Listening, Place, Recipient};
pub use segment::{Station, Stations};
pub(super) use step::pass;
pub use step::{RESOLVER_LINK_LOCAL, step};

#[cfg(test)]
mod fixture;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
