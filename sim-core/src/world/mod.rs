//! The running lab: all state as plain data, and the loop that hands each event to its owner.

pub mod blueprint;
pub mod lever;
pub mod names;
pub mod network;
pub mod runbook;
