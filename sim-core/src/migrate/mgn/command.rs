//! What a person asks of the service.
//!
//! # Fidelity
//! Simplified: of the API's operations those that move a migration on are there. Deletion, tagging,
//! waves and applications made at run time, import, export, and whatever is set rather than done
//! ([`super::setting`] has that) are left out. Running the installer is no operation of AWS's: a
//! person does it on the source.

use crate::resource::SourceServerId;

/// An operation, named as the API names it where it has one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum CommandKind {
    /// Run the agent's installer on the source servers.
    InstallAgent,
    /// `StartTest`.
    StartTest,
    /// `ChangeServerLifeCycleState` to `READY_FOR_TEST`: revert the test.
    RevertToReadyForTest,
    /// `ChangeServerLifeCycleState` to `READY_FOR_CUTOVER`.
    MarkReadyForCutover,
    /// `StartCutover`.
    StartCutover,
    /// `ChangeServerLifeCycleState` back to `READY_FOR_CUTOVER`: revert the cutover.
    RevertToReadyForCutover,
    /// `FinalizeCutover`.
    FinalizeCutover,
    /// `TerminateTargetInstances`.
    TerminateTargetInstances,
    /// `PauseReplication`.
    PauseReplication,
    /// `ResumeReplication`.
    ResumeReplication,
    /// `StopReplication`.
    StopReplication,
    /// `StartReplication`.
    StartReplication,
    /// `RetryDataReplication`.
    RetryDataReplication,
    /// `DisconnectFromService`.
    DisconnectFromService,
    /// `MarkAsArchived`.
    MarkAsArchived,
}

/// An operation on servers, in the order in which they are named.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub struct Command {
    /// The operation.
    pub kind: CommandKind,
    /// The servers.
    pub servers: Vec<SourceServerId>,
}
