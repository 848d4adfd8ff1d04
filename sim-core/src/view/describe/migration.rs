//! What the migration service announces, in words.

use crate::migrate::mgn::{
    self, CommandKind, DataReplicationState, InitiationStep, InstallStep, JobInitiator, JobLogEvent,
    LifeCycleState, Notice, StepStatus,
};
use crate::reason::Reason;
use crate::view::{Health, health};

use super::command::kind_text;
use super::{Words, rounded};

/// What was announced.
pub(super) fn sentence(notice: &Notice, words: &Words<'_>) -> String {
    let names = words.names;
    let because = |refusal: &Option<crate::verdict::Refusal>| {
        refusal.as_ref().map_or(String::new(), |refusal| {
            format!("; stopped at {}", words.stopped(refusal))
        })
    };
    match notice {
        Notice::Accepted(CommandKind::InstallAgent) => "the installation of the agent is accepted".to_owned(),
        Notice::Accepted(kind) => format!("{} is accepted", kind_text(*kind)),
        Notice::Refused {
            command,
            exception,
            reason,
        } => format!(
            "{} is refused with {}: {}",
            kind_text(*command),
            exception.as_str(),
            mgn::refusal_text(*reason)
        ),
        Notice::InstallBegan(step) => install(*step).to_owned(),
        Notice::InstallFailed {
            step,
            symptom,
            stopped_by,
        } => format!(
            "the installation fails: {}: {symptom}{}",
            install(*step),
            because(stopped_by)
        ),
        Notice::Installed => "the agent is installed".to_owned(),
        Notice::LifeCycle { from, to } => moved("life cycle", from.map(LifeCycleState::as_str), to.as_str()),
        Notice::Replication { from, to } => {
            moved("replication", from.map(DataReplicationState::as_str), to.as_str())
        }
        Notice::Step { step, status } => step_text(*step, *status),
        Notice::Stalled { error, stopped_by } => format!("stalls: {error}{}", because(stopped_by)),
        Notice::Recovered => "replicates again after the stall".to_owned(),
        Notice::ErrorReported { error, stopped_by } => {
            format!("replication goes on and reports {error}{}", because(stopped_by))
        }
        Notice::ErrorCleared { error } => format!("replication no longer reports {error}"),
        Notice::ReplicatorLaunched { replicator, host } => {
            let (replicator, host) = (names.of(*replicator), names.of(*host));
            if replicator == host {
                format!("gets the replication server {replicator}")
            } else {
                format!("gets the replication server {replicator} on {host}")
            }
        }
        Notice::ReplicatorReplaced { host } => {
            format!("is replaced by a newer one on {}", names.of(*host))
        }
        Notice::ReplicatorRemoved => "is removed with its volumes".to_owned(),
        Notice::InitialSyncDone { size, took } => {
            format!("initial sync of {size} is done after {}", rounded(*took))
        }
        Notice::Rate { rate } => format!("data moves at {rate}"),
        Notice::RateShort { from, rate, needed } => {
            let need = format!("keeping up with its writes takes {needed}");
            format!("replication rate fell from {from} to {rate}: {need}")
        }
        Notice::RateRestored { from, rate } => {
            format!("replication rate rose from {from} to {rate}: it keeps up with its writes")
        }
        Notice::LagGrew { lag, backlog } => {
            let lag = rounded(*lag);
            format!("lag grew to {lag}: {backlog} are written and not in AWS")
        }
        Notice::LagDrained { lasted } => format!("lag is drained after {}", rounded(*lasted)),
        Notice::JobStarted { initiator, servers } => {
            let plural = if *servers == 1 { "" } else { "s" };
            format!("{} begins for {servers} server{plural}", job(*initiator))
        }
        Notice::JobLog {
            event,
            server,
            reason,
        } => {
            let about = server.map_or(String::new(), |server| format!(" for {}", names.of(server)));
            let why = reason.as_ref().map_or(String::new(), |refusal| {
                format!(": {}", words.launch_error(refusal))
            });
            format!("{event}{about}{why}")
        }
        Notice::Launch {
            job,
            status,
            instance,
        } => {
            let on = instance.map_or(String::new(), |host| format!(" as {}", names.of(host)));
            format!("launch is {status}{on} ({})", names.of(*job))
        }
        Notice::PostLaunch { stopped_by: None } => "post-launch actions are done".to_owned(),
        Notice::PostLaunch { stopped_by } => format!("post-launch actions fail{}", because(stopped_by)),
    }
}

fn moved(what: &str, from: Option<&str>, to: &str) -> String {
    match from {
        Some(from) => format!("{what} {from} → {to}"),
        None => format!("{what} {to}"),
    }
}

fn step_text(step: InitiationStep, status: StepStatus) -> String {
    let n = InitiationStep::ALL
        .iter()
        .position(|other| *other == step)
        .map_or(0, |n| n + 1);
    format!("initiation step {n} {step} {status}")
}

/// What a step of the installer does.
pub(in crate::view) const fn install(step: InstallStep) -> &'static str {
    match step {
        InstallStep::DownloadInstaller => "downloads the installer from S3",
        InstallStep::CheckPrerequisites => "checks what the agent needs",
        InstallStep::CheckCredentials => "checks the credentials with MGN",
        InstallStep::DiscoverDisks => "looks for disks",
        InstallStep::DownloadAgent => "downloads the agent from S3",
        InstallStep::BuildModule => "builds the kernel module",
        InstallStep::Register => "registers with MGN",
    }
}

pub(super) const fn job(initiator: JobInitiator) -> &'static str {
    match initiator {
        JobInitiator::StartTest => "test launch",
        JobInitiator::StartCutover => "cutover launch",
        JobInitiator::Diagnostic => "diagnostic launch",
        JobInitiator::Terminate => "termination",
    }
}

/// How good or bad the news is.
pub(super) fn health(notice: &Notice) -> Health {
    match notice {
        Notice::Refused { reason, .. } if *reason == Reason::JobActive => Health::Degraded,
        Notice::Refused { .. } | Notice::InstallFailed { .. } | Notice::Stalled { .. } => Health::Failed,
        Notice::ErrorReported { .. } | Notice::RateShort { .. } | Notice::LagGrew { .. } => Health::Degraded,
        Notice::Installed
        | Notice::Recovered
        | Notice::ErrorCleared { .. }
        | Notice::RateRestored { .. }
        | Notice::LagDrained { .. }
        | Notice::InitialSyncDone { .. } => Health::Good,
        Notice::LifeCycle { to, .. } => match to {
            LifeCycleState::ReadyForTest | LifeCycleState::ReadyForCutover | LifeCycleState::Cutover => {
                Health::Good
            }
            LifeCycleState::NotReady | LifeCycleState::Testing | LifeCycleState::CuttingOver => {
                Health::Working
            }
            LifeCycleState::Stopped
            | LifeCycleState::Disconnected
            | LifeCycleState::Discovered
            | LifeCycleState::PendingInstallation => Health::Idle,
        },
        Notice::Replication { to, .. } => health::of_replication(*to),
        Notice::Step { status, .. } => match status {
            StepStatus::Failed => Health::Failed,
            StepStatus::InProgress => Health::Working,
            StepStatus::Succeeded => Health::Good,
            StepStatus::NotStarted | StepStatus::Skipped => Health::Idle,
        },
        Notice::Launch { status, .. } => health::of_launch(*status),
        Notice::JobLog { event, reason, .. } => match event {
            JobLogEvent::CleanupFail
            | JobLogEvent::SnapshotFail
            | JobLogEvent::ConversionFail
            | JobLogEvent::LaunchFailed => Health::Failed,
            JobLogEvent::UsingPreviousSnapshot | JobLogEvent::ServerSkipped => Health::Degraded,
            JobLogEvent::JobStart
            | JobLogEvent::CleanupStart
            | JobLogEvent::CleanupEnd
            | JobLogEvent::SnapshotStart
            | JobLogEvent::SnapshotEnd
            | JobLogEvent::ConversionStart
            | JobLogEvent::ConversionEnd
            | JobLogEvent::LaunchStart
            | JobLogEvent::JobEnd => reason.map_or(Health::Working, |_| Health::Failed),
        },
        Notice::PostLaunch { stopped_by } => stopped_by.map_or(Health::Good, |_| Health::Failed),
        Notice::JobStarted { .. }
        | Notice::Accepted(_)
        | Notice::InstallBegan(_)
        | Notice::ReplicatorLaunched { .. }
        | Notice::ReplicatorReplaced { .. } => Health::Working,
        Notice::ReplicatorRemoved | Notice::Rate { .. } => Health::Idle,
    }
}
