//! Policy as data: what a router does to the routes of one session in one direction.
//!
//! A [`Policy`] is a list of rules; the first whose [`Match`] holds decides and its [`Set`] changes the route. The
//! tables of [`rib`](super::rib) apply them; nothing here knows a peer. A policy that holds no rule permits
//! everything, which is not the same as having none (RFC 8212).

mod rule;
mod text;

pub use rule::{Action, AsPathMatch, Decided, Match, Policy, PrefixMatch, Prepend, Rule, Set};
pub use text::CommunityError;
