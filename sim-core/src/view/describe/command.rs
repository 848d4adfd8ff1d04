//! Operations of the migration in words.

use crate::migrate::mgn::{Command, CommandKind};
use crate::world::names::Names;

/// An operation as the API names it, or in words where it has no name.
pub(in crate::view) const fn kind_text(kind: CommandKind) -> &'static str {
    match kind {
        CommandKind::InstallAgent => "install the agent",
        CommandKind::StartTest => "StartTest",
        CommandKind::RevertToReadyForTest => "revert to READY_FOR_TEST",
        CommandKind::MarkReadyForCutover => "mark as READY_FOR_CUTOVER",
        CommandKind::StartCutover => "StartCutover",
        CommandKind::RevertToReadyForCutover => "revert to READY_FOR_CUTOVER",
        CommandKind::FinalizeCutover => "FinalizeCutover",
        CommandKind::TerminateTargetInstances => "TerminateTargetInstances",
        CommandKind::PauseReplication => "PauseReplication",
        CommandKind::ResumeReplication => "ResumeReplication",
        CommandKind::StopReplication => "StopReplication",
        CommandKind::StartReplication => "StartReplication",
        CommandKind::RetryDataReplication => "RetryDataReplication",
        CommandKind::DisconnectFromService => "DisconnectFromService",
        CommandKind::MarkAsArchived => "MarkAsArchived",
    }
}

/// An operation with its servers; a long list is cut to its first ones.
pub(in crate::view) fn command_text(command: &Command, names: &Names) -> String {
    const SHOWN: usize = 3;
    let mut servers: Vec<String> = command
        .servers
        .iter()
        .take(SHOWN)
        .map(|server| names.of(*server))
        .collect();
    if let Some(more) = command.servers.len().checked_sub(SHOWN).filter(|more| *more > 0) {
        servers.push(format!("{more} more"));
    }
    format!("{} for {}", kind_text(command.kind), servers.join(", "))
}
