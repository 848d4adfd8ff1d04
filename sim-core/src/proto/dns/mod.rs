//! DNS: names, questions for IPv4 addresses, answers that may be kept for a while, and the choice
//! of the most specific domain.
//!
//! Who answers what is decided by the owners of zones and forwarders, further up; who carries the
//! packets, by the world.
//!
//! # Fidelity
//! Simplified: every record type but A, delegation step by step (the public DNS is one server that
//! knows everything), CNAME, EDNS, DNSSEC, truncation and the wire form are left out.
//!
//! Source: RFC 1034, RFC 1035, RFC 2308.

mod cache;
mod message;
mod name;

pub use cache::Cache;
pub use message::{Answer, NEGATIVE_TTL, Response};
pub use name::{Name, NameError, is_within, most_specific};
