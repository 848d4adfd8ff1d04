//! Principals, and the policies that say what they may do.

mod policy;

pub use policy::{Decision, Effect, Policy, Statement};
