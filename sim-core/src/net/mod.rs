//! Prefixes, packets, links, TCP and the sharing of links by bulk flows. Knows no protocol above
//! TCP and nothing of AWS.

pub mod fib;
pub mod fluid;
mod header;
pub mod mtu;
pub mod prefix_table;
pub mod spf;
pub mod tcp;

pub use header::{FiveTuple, PortRange, Protocol};
pub use ipnet::Ipv4Net;
pub use mtu::{Fragmentation, MssClamp, Mtu};
