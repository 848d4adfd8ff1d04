//! What the console says of a server at a glance: the alert column and the next step.
//!
//! # Fidelity
//! Simplified: alert column and next step only, of the columns and tabs that the console has.
//!
//! Source: "Source servers page" and "Migration dashboard", AWS Transform MGN User Guide.

use crate::units::SimTime;

use super::server::{Listing, SourceServer};
use super::{DataReplicationState, LifeCycleState};

/// The alert column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum Alert {
    /// Blank: healthy, nothing launched.
    Healthy,
    /// Healthy, and an instance is launched.
    Launched,
    /// Lag, backlog or rescan: temporary.
    Lagging,
    /// Stalled, or an error is reported although data moves. That the second is shown like the first
    /// is ours.
    Stalled,
}

/// The next step that the console proposes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum NextStep {
    /// The initial sync runs.
    WaitForInitialSync,
    /// Replication is not started.
    StartReplication,
    /// Ready for testing.
    LaunchTest,
    /// Testing.
    CompleteTesting,
    /// Ready for cutover; the test instance is still there.
    TerminateAndLaunchCutover,
    /// Ready for cutover.
    LaunchCutover,
    /// Cutting over.
    FinalizeCutover,
    /// Stalled.
    ResolveStall,
    /// Lagging, before a test.
    WaitForLagThenTest,
    /// Lagging, before a cutover.
    WaitForLagThenCutover,
    /// Nothing is left but to hide it.
    MarkAsArchived,
}

impl NextStep {
    /// The step in the console's words.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::WaitForInitialSync => "Wait for initial sync to complete",
            Self::StartReplication => "Start data replication",
            Self::LaunchTest => "Launch test instance",
            Self::CompleteTesting => "Complete testing and mark as 'Ready for cutover'",
            Self::TerminateAndLaunchCutover => "Terminate launched instance, Launch cutover instance",
            Self::LaunchCutover => "Launch cutover instance",
            Self::FinalizeCutover => "Finalize cutover",
            Self::ResolveStall => "Resolve cause of stalled data replication",
            Self::WaitForLagThenTest => "Wait for lag to disappear, then Launch test instance",
            Self::WaitForLagThenCutover => "Wait for lag to disappear, then Launch cutover instance",
            Self::MarkAsArchived => "Mark as archived",
        }
    }
}

impl core::fmt::Display for NextStep {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.pad(self.text())
    }
}

impl SourceServer {
    /// The alert column at `now`.
    #[must_use]
    pub fn alert(&self, now: SimTime) -> Alert {
        use DataReplicationState as S;
        match self.data_replication_state() {
            Some(S::Stalled) => Alert::Stalled,
            // Something is wrong although data moves: not converging, or no snapshots.
            Some(S::Continuous | S::InitialSync | S::Backlog | S::Rescan) if self.failure().is_some() => {
                Alert::Stalled
            }
            Some(S::Backlog | S::Rescan) => Alert::Lagging,
            Some(S::Continuous) if self.lag(now).is_some_and(|lag| !lag.is_zero()) => Alert::Lagging,
            Some(
                S::Stopped
                | S::Initiating
                | S::InitialSync
                | S::CreatingSnapshot
                | S::Continuous
                | S::Paused
                | S::Disconnected
                | S::PendingSnapshotShipping
                | S::ShippingSnapshot,
            )
            | None => match self.launched() {
                Some(_) => Alert::Launched,
                None => Alert::Healthy,
            },
        }
    }

    /// The next step at `now`; none before the agent has registered and for archived servers.
    #[must_use]
    pub fn next_step(&self, now: SimTime) -> Option<NextStep> {
        use LifeCycleState as L;
        let life = self.life_cycle().state?;
        if self.listing() == Listing::Archived {
            return None;
        }
        if self.data_replication_state() == Some(DataReplicationState::Stalled) {
            return Some(NextStep::ResolveStall);
        }
        let lagging = self.alert(now) == Alert::Lagging;
        Some(match life {
            L::NotReady => NextStep::WaitForInitialSync,
            L::Stopped | L::Discovered | L::PendingInstallation => NextStep::StartReplication,
            L::ReadyForTest if lagging => NextStep::WaitForLagThenTest,
            L::ReadyForTest => NextStep::LaunchTest,
            L::Testing => NextStep::CompleteTesting,
            L::ReadyForCutover if lagging => NextStep::WaitForLagThenCutover,
            L::ReadyForCutover if self.launched().is_some() => NextStep::TerminateAndLaunchCutover,
            L::ReadyForCutover => NextStep::LaunchCutover,
            L::CuttingOver => NextStep::FinalizeCutover,
            L::Cutover | L::Disconnected => NextStep::MarkAsArchived,
        })
    }
}
