//! The running lab: all state as plain data, and the loop that hands each event to its owner.
//!
//! [`World`] is built from a checked [`blueprint`], runs until an instant, takes [`lever`]s and can
//! be cloned at any time. It stands under the migration as its ground: calls, held connections and
//! bulk flows through the [`network`] as it is at each instant. Who drives it: the session in `lab`,
//! and nobody below it.
//!
//! What it does not do: it knows no fault kinds, no scenario text and nobody who watches. What is
//! simplified relative to real networks is said in each module.

pub mod blueprint;
mod build;
mod call;
mod conductor;
mod detour;
mod edits;
mod event;
mod flow;
mod ground;
mod hold;
pub mod lever;
mod line;
pub mod names;
pub mod network;
pub mod notice;
mod observation;
mod packet;
mod probe;
pub mod prober;
pub mod reach;
mod read;
mod relay;
mod replay;
pub mod routing;
mod run;
pub mod runbook;
mod terrain;
mod turn;

#[cfg(test)]
mod tests;

pub use build::BuildError;
pub use call::Software;
pub use conductor::StepState;
pub use detour::FlowMove;
pub use notice::{Happening, Notability, Record};
pub use observation::{ExpectationResult, FailedActions, LagEpisode, Observed, RefusedOperation, Stall};
pub use probe::{Probe, moves_tables};
pub use read::{Activity, LinkLoad, OpenFlow};
pub use run::{LabObserver, RunEnd, World};
