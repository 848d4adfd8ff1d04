//! The model of Causeway.
pub mod kernel;
pub mod units;
