//! The model of Causeway.
pub mod units;
