//! Which operation is allowed when, and with which exception it is refused otherwise.
//!
//! A pure table: state in, verdict out. A server may be marked as ready for cutover without a test,
//! as the API allows.
//!
//! # Fidelity
//! Simplified: of what an operation may depend on, states, launchability, jobs and launched
//! instances decide; permissions of whoever calls are left out. `ChangeServerLifeCycleState` is
//! three operations here, one for each way that the console offers. That a test may be started from
//! `READY_FOR_CUTOVER`, and from where a cutover may, is from memory.
//!
//! Source: the operations' pages in the MGN API Reference.

use crate::reason::Reason;

use super::{CommandKind, DataReplicationState, Exception, LifeCycleState};

/// Whether a job works on a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum JobActivity {
    None,
    Active,
}

/// What of a server an operation depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Standing {
    /// None before the agent has registered.
    pub(super) life: Option<LifeCycleState>,
    /// None before the agent has registered.
    pub(super) replication: Option<DataReplicationState>,
    /// `lagDuration` is not null.
    pub(super) launchable: Launchable,
    pub(super) job: JobActivity,
    pub(super) instance: Instance,
}

/// Whether a launchable snapshot exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Launchable {
    No,
    Yes,
}

/// What there is of a launched instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Instance {
    None,
    /// Launched; a post-launch action that must succeed has not.
    Unfinished,
    /// Launched; nothing stands in the way of finalizing.
    Ready,
}

/// A refusal: AWS's exception and the reason behind it.
pub(super) type Refused = (Exception, Reason);

const CONFLICT: Result<(), Refused> = Err((Exception::Conflict, Reason::LifeCycleConflict));
const JOB_ACTIVE: Result<(), Refused> = Err((Exception::Conflict, Reason::JobActive));
const NOT_LAUNCHABLE: Result<(), Refused> = Err((Exception::Validation, Reason::NotLaunchable));
const INVALID: Result<(), Refused> = Err((Exception::Validation, Reason::LifeCycleConflict));

/// Whether a server in this standing may be subject to the operation.
pub(super) fn permitted(kind: CommandKind, standing: &Standing) -> Result<(), Refused> {
    use LifeCycleState::{
        Cutover, CuttingOver, Disconnected, ReadyForCutover, ReadyForTest, Stopped, Testing,
    };
    if kind == CommandKind::InstallAgent {
        return Ok(());
    }
    let Some(life) = standing
        .life
        .filter(|life| *life != LifeCycleState::PendingInstallation)
    else {
        return Err((Exception::ResourceNotFound, Reason::ServerNotFound));
    };
    let only = |states: &[LifeCycleState]| if states.contains(&life) { Ok(()) } else { CONFLICT };
    match kind {
        CommandKind::InstallAgent => Ok(()),
        CommandKind::StartTest => launch(standing, life, &[ReadyForTest, Testing, ReadyForCutover]),
        CommandKind::StartCutover => launch(standing, life, &[ReadyForCutover, CuttingOver]),
        CommandKind::MarkReadyForCutover => launch(standing, life, &[ReadyForTest, Testing]),
        CommandKind::RevertToReadyForTest => launch(standing, life, &[Testing, ReadyForCutover]),
        CommandKind::RevertToReadyForCutover => launch(standing, life, &[CuttingOver]),
        CommandKind::FinalizeCutover => {
            only(&[CuttingOver])?;
            idle(standing)?;
            match standing.instance {
                Instance::None => CONFLICT,
                Instance::Unfinished => Err((Exception::Conflict, Reason::PostLaunchActionPending)),
                Instance::Ready => Ok(()),
            }
        }
        CommandKind::TerminateTargetInstances => {
            if [Testing, CuttingOver, Cutover].contains(&life) {
                return CONFLICT;
            }
            idle(standing)?;
            if standing.instance == Instance::None {
                INVALID
            } else {
                Ok(())
            }
        }
        CommandKind::PauseReplication => only_replicating(standing, Held::Never),
        CommandKind::ResumeReplication => match standing.replication {
            Some(DataReplicationState::Paused) => Ok(()),
            _ => CONFLICT,
        },
        CommandKind::StopReplication => {
            idle(standing)?;
            only_replicating(standing, Held::Allowed)
        }
        CommandKind::StartReplication => only(&[Stopped]),
        CommandKind::RetryDataReplication => match standing.replication {
            Some(DataReplicationState::Stalled) => Ok(()),
            _ => INVALID,
        },
        CommandKind::DisconnectFromService => {
            if [Disconnected, Cutover].contains(&life) {
                return CONFLICT;
            }
            idle(standing)
        }
        CommandKind::MarkAsArchived => only(&[Disconnected, Cutover]),
    }
}

/// An operation that launches, or moves between launches.
fn launch(standing: &Standing, life: LifeCycleState, from: &[LifeCycleState]) -> Result<(), Refused> {
    if life == LifeCycleState::NotReady && standing.launchable == Launchable::No {
        return NOT_LAUNCHABLE;
    }
    if !from.contains(&life) {
        return CONFLICT;
    }
    if standing.launchable == Launchable::No {
        return NOT_LAUNCHABLE;
    }
    idle(standing)
}

fn idle(standing: &Standing) -> Result<(), Refused> {
    match standing.job {
        JobActivity::None => Ok(()),
        JobActivity::Active => JOB_ACTIVE,
    }
}

/// Whether a paused server counts as replicating.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Held {
    Never,
    Allowed,
}

fn only_replicating(standing: &Standing, held: Held) -> Result<(), Refused> {
    match standing.replication {
        Some(
            DataReplicationState::Initiating
            | DataReplicationState::InitialSync
            | DataReplicationState::Backlog
            | DataReplicationState::CreatingSnapshot
            | DataReplicationState::Continuous
            | DataReplicationState::Rescan
            | DataReplicationState::Stalled
            | DataReplicationState::PendingSnapshotShipping
            | DataReplicationState::ShippingSnapshot,
        ) => Ok(()),
        Some(DataReplicationState::Paused) if held == Held::Allowed => Ok(()),
        Some(
            DataReplicationState::Paused | DataReplicationState::Stopped | DataReplicationState::Disconnected,
        )
        | None => CONFLICT,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KINDS: &[CommandKind] = &[
        CommandKind::StartTest,
        CommandKind::RevertToReadyForTest,
        CommandKind::MarkReadyForCutover,
        CommandKind::StartCutover,
        CommandKind::RevertToReadyForCutover,
        CommandKind::FinalizeCutover,
        CommandKind::TerminateTargetInstances,
        CommandKind::PauseReplication,
        CommandKind::ResumeReplication,
        CommandKind::StopReplication,
        CommandKind::StartReplication,
        CommandKind::RetryDataReplication,
        CommandKind::DisconnectFromService,
        CommandKind::MarkAsArchived,
    ];

    fn shown(kind: CommandKind, standing: &Standing) -> String {
        match permitted(kind, standing) {
            Ok(()) => "ok".to_owned(),
            Err((exception, reason)) => format!("{exception:?}: {reason}"),
        }
    }

    /// A server as it usually is in this state, with an instance where there may be one.
    fn usual(life: LifeCycleState) -> Standing {
        use DataReplicationState as R;
        use LifeCycleState as L;
        let (replication, launchable) = match life {
            L::Stopped => (R::Stopped, Launchable::No),
            L::NotReady | L::Discovered | L::PendingInstallation => (R::InitialSync, Launchable::No),
            L::ReadyForTest | L::Testing | L::ReadyForCutover | L::CuttingOver => {
                (R::Continuous, Launchable::Yes)
            }
            L::Cutover | L::Disconnected => (R::Disconnected, Launchable::No),
        };
        Standing {
            life: Some(life),
            replication: Some(replication),
            launchable,
            job: JobActivity::None,
            instance: Instance::Ready,
        }
    }

    #[test]
    fn every_operation_in_every_state() {
        let mut table = String::new();
        for life in LifeCycleState::ALL {
            table.push_str(&format!("{life}\n"));
            for kind in KINDS {
                table.push_str(&format!(
                    "    {:<26}{}\n",
                    format!("{kind:?}"),
                    shown(*kind, &usual(*life))
                ));
            }
        }
        insta::assert_snapshot!(table);
    }

    #[test]
    fn replication_operations_look_at_the_replication_state() {
        let mut table = String::new();
        for replication in DataReplicationState::ALL {
            let standing = Standing {
                replication: Some(*replication),
                ..usual(LifeCycleState::ReadyForTest)
            };
            let row: Vec<String> = [
                CommandKind::PauseReplication,
                CommandKind::ResumeReplication,
                CommandKind::StopReplication,
                CommandKind::RetryDataReplication,
            ]
            .iter()
            .map(|kind| shown(*kind, &standing))
            .collect();
            table.push_str(&format!("{replication}: {}\n", row.join(" | ")));
        }
        insta::assert_snapshot!(table);
    }

    #[test]
    fn a_running_job_and_an_unfinished_action_stand_in_the_way() {
        let busy = Standing {
            job: JobActivity::Active,
            ..usual(LifeCycleState::CuttingOver)
        };
        assert_eq!(permitted(CommandKind::FinalizeCutover, &busy), JOB_ACTIVE);
        assert_eq!(permitted(CommandKind::StartCutover, &busy), JOB_ACTIVE);
        let unfinished = Standing {
            instance: Instance::Unfinished,
            ..usual(LifeCycleState::CuttingOver)
        };
        assert_eq!(
            permitted(CommandKind::FinalizeCutover, &unfinished),
            Err((Exception::Conflict, Reason::PostLaunchActionPending))
        );
        assert_eq!(
            permitted(CommandKind::StartTest, &Standing { life: None, ..busy }),
            Err((Exception::ResourceNotFound, Reason::ServerNotFound))
        );
    }
}
