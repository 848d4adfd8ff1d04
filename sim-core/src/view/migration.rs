//! Source servers, waves and jobs, as the MGN console would list them.

use serde::Serialize;

use crate::migrate::mgn::{
    DataReplicationState, Exception, InitiationStep, JobInitiator, JobLogEvent, JobStatus, JobType,
    LaunchStatus, LifeCycleState, ReplicationError, StepStatus,
};
use crate::reason::Reason;
use crate::resource::{HostId, JobId, ReplicationServerId, SourceServerId, WaveId};
use crate::units::{BitRate, DataSize, Ppm, SimTime, Span};

use super::{Health, Quantiles, json};

/// A source server.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Server {
    /// Which one.
    #[serde(skip)]
    pub id: SourceServerId,
    /// Its computer.
    #[serde(skip)]
    pub host: HostId,
    /// Its name.
    pub name: String,
    /// `lifeCycle.state`; none before the service knows the server.
    pub life_cycle_state: Option<LifeCycleState>,
    /// `dataReplicationState`; none before the service knows the server.
    pub data_replication_state: Option<DataReplicationState>,
    /// The initiation step that is running or failed; none before and after initiation.
    pub initiation_step: Option<InitiationStep>,
    /// Every initiation step with its status, in order.
    #[serde(skip)]
    pub steps: Vec<(InitiationStep, StepStatus)>,
    /// AWS's error code: of a stall, or reported while data moves.
    pub error: Option<ReplicationError>,
    /// When the agent was installed.
    #[serde(rename = "installed_s", serialize_with = "json::instant_or_null")]
    pub installed_at: Option<SimTime>,
    /// When the initial sync ended.
    #[serde(rename = "initial_sync_done_s", serialize_with = "json::instant_or_null")]
    pub initial_sync_done_at: Option<SimTime>,
    /// What has been replicated of the initial sync.
    #[serde(rename = "replicated_bytes", serialize_with = "json::size")]
    pub replicated: DataSize,
    /// All of its disks as the service counts them: nothing before it knows them and after finalizing.
    #[serde(rename = "total_bytes", serialize_with = "json::size")]
    pub total: DataSize,
    /// All of its disks.
    #[serde(rename = "disk_bytes", serialize_with = "json::size")]
    pub disks: DataSize,
    /// What was written at the source and is not in AWS yet.
    #[serde(rename = "backlog_bytes", serialize_with = "json::size")]
    pub backlog: DataSize,
    /// How long ago the copy was last up to date; none where it is not launchable.
    #[serde(rename = "lag_s", serialize_with = "json::span_or_null")]
    pub replication_lag: Option<Span>,
    /// The lag at every full minute since its copy was first whole; none where it never was a minute.
    #[serde(rename = "lag")]
    pub lags: Option<Quantiles>,
    /// How fast its data moves, on the wire.
    #[serde(rename = "rate_bps", serialize_with = "json::rate")]
    pub rate: BitRate,
    /// How fast it writes.
    #[serde(rename = "write_rate_bps", serialize_with = "json::rate")]
    pub write_rate: BitRate,
    /// How long until it is continuous at the present rates; none where it never will be.
    #[serde(rename = "eta_s", serialize_with = "json::span_or_null")]
    pub eta: Option<Span>,
    /// How its agent stands, in a few words.
    pub agent: String,
    /// What keeps it from moving, in a sentence, where something does.
    pub trouble: Option<String>,
    /// The replication server that it sends to.
    #[serde(skip)]
    pub replicator: Option<ReplicationServerId>,
    /// The instance of its latest test or cutover launch.
    #[serde(skip)]
    pub instance: Option<HostId>,
    /// The wave that it moves in.
    pub wave: Option<String>,
    /// What its state amounts to.
    pub health: Health,
}

impl Server {
    /// The replicated share of the initial sync; a server that has moved keeps all of it.
    #[must_use]
    pub fn progress(&self) -> Ppm {
        if self.life_cycle_state == Some(LifeCycleState::Cutover) {
            return Ppm::ONE;
        }
        share(self.replicated, self.total)
    }
    /// The same in bytes of its disks.
    #[must_use]
    pub fn copied(&self) -> DataSize {
        DataSize::bytes(self.progress().of(self.disks.as_bytes()))
    }

    /// What a person should do next, in the console's words.
    ///
    /// Source: "Source server details, Next actions", AWS Transform MGN User Guide.
    #[must_use]
    pub const fn next_step(&self) -> &'static str {
        match (self.data_replication_state, self.life_cycle_state) {
            (_, None) => "Install the replication agent",
            (Some(DataReplicationState::Stalled), _) => "Resolve cause of stalled data replication",
            (_, Some(LifeCycleState::Cutover)) => "Mark as archived",
            (_, Some(LifeCycleState::Disconnected)) => "Mark as archived",
            (Some(DataReplicationState::Stopped), _) | (_, Some(LifeCycleState::Stopped)) => {
                "Start data replication"
            }
            (Some(DataReplicationState::Paused), _) => "Resume data replication",
            (_, Some(LifeCycleState::NotReady)) => "Wait for initial sync to complete",
            (_, Some(LifeCycleState::Discovered | LifeCycleState::PendingInstallation)) => {
                "Install the replication agent"
            }
            (_, Some(LifeCycleState::ReadyForTest)) => "Launch test instance",
            (_, Some(LifeCycleState::Testing)) => "Complete testing and mark as 'Ready for cutover'",
            (_, Some(LifeCycleState::ReadyForCutover)) => "Launch cutover instance",
            (_, Some(LifeCycleState::CuttingOver)) => "Finalize cutover",
        }
    }
}

/// `part` of `whole`, nothing where there is nothing to do.
fn share(part: DataSize, whole: DataSize) -> Ppm {
    part_of(part.as_bytes(), whole.as_bytes())
}

/// The same for numbers of any unit.
pub(super) fn part_of(part: u64, whole: u64) -> Ppm {
    if whole == 0 {
        return Ppm::ZERO;
    }
    let ppm = u128::from(part) * 1_000_000 / u128::from(whole);
    Ppm::new(u32::try_from(ppm).unwrap_or(u32::MAX))
}

/// A wave's or application's progress in the console's words.
///
/// Source: "Waves", AWS Transform MGN User Guide.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum WaveProgress {
    /// No server has an agent.
    #[serde(rename = "NOT_STARTED")]
    NotStarted,
    /// Some have.
    #[serde(rename = "IN_PROGRESS")]
    InProgress,
    /// All are cut over.
    #[serde(rename = "COMPLETED")]
    Completed,
}

impl WaveProgress {
    /// The value as AWS spells it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotStarted => "NOT_STARTED",
            Self::InProgress => "IN_PROGRESS",
            Self::Completed => "COMPLETED",
        }
    }
}

/// A wave.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Wave {
    /// Which one.
    #[serde(skip)]
    pub id: WaveId,
    /// Its name.
    pub name: String,
    /// Its servers.
    #[serde(skip)]
    pub servers: Vec<SourceServerId>,
    /// How far it is.
    pub progress: WaveProgress,
    /// How many of its servers are cut over.
    pub n_cut_over: usize,
    /// How many servers it has.
    pub n_servers: usize,
    /// What has been replicated of its servers' initial syncs.
    #[serde(rename = "replicated_bytes", serialize_with = "json::size")]
    pub replicated: DataSize,
    /// All of its servers' disks.
    #[serde(rename = "total_bytes", serialize_with = "json::size")]
    pub total: DataSize,
    /// The worst of its servers.
    pub health: Health,
}

impl Wave {
    /// The replicated share of the initial syncs.
    #[must_use]
    pub fn share(&self) -> Ppm {
        share(self.replicated, self.total)
    }

    /// Sums a wave up from its servers: the worst one decides its health.
    #[must_use]
    pub(super) fn of(id: WaveId, name: String, servers: &[&Server]) -> Self {
        let n_cut_over = servers
            .iter()
            .filter(|server| server.life_cycle_state == Some(LifeCycleState::Cutover))
            .count();
        let n_started = servers
            .iter()
            .filter(|server| server.life_cycle_state.is_some())
            .count();
        let progress = if n_started == 0 {
            WaveProgress::NotStarted
        } else if n_cut_over == servers.len() {
            WaveProgress::Completed
        } else {
            WaveProgress::InProgress
        };
        let sum = |of: &dyn Fn(&Server) -> DataSize| {
            servers
                .iter()
                .fold(DataSize::ZERO, |sum, server| sum + of(server))
        };
        Self {
            id,
            name,
            servers: servers.iter().map(|server| server.id).collect(),
            progress,
            n_cut_over,
            n_servers: servers.len(),
            replicated: sum(&Server::copied),
            total: sum(&|server| server.disks),
            health: Health::worst(servers.iter().map(|server| server.health)),
        }
    }
}

/// A launch or terminate job.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Job {
    /// Which one.
    #[serde(skip)]
    pub id: JobId,
    /// Its name.
    pub name: String,
    /// What it does.
    #[serde(rename = "type")]
    pub kind: JobType,
    /// Who asked.
    pub initiated_by: JobInitiator,
    /// How far it is.
    pub status: JobStatus,
    /// When it began.
    #[serde(rename = "started_s", serialize_with = "json::instant")]
    pub started_at: SimTime,
    /// When it ended.
    #[serde(rename = "ended_s", serialize_with = "json::instant_or_null")]
    pub ended_at: Option<SimTime>,
    /// The servers that take part, with their launches.
    pub participating_servers: Vec<JobServer>,
    /// Its log.
    #[serde(skip)]
    pub log: Vec<JobLine>,
    /// The worst of its launches.
    pub health: Health,
}

/// A server in a job.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct JobServer {
    /// Which one.
    #[serde(skip)]
    pub id: SourceServerId,
    /// Its name.
    pub name: String,
    /// How its launch goes.
    pub launch_status: LaunchStatus,
    /// When it failed; none where it did not.
    #[serde(rename = "failed_s", serialize_with = "json::instant_or_null")]
    pub failed_at: Option<SimTime>,
    /// Why it failed.
    pub reason: Option<Reason>,
    /// What the job's log says of the failure, and where it was stopped.
    pub error: Option<String>,
}

/// An operation that the service refused for a server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RefusedCommand {
    /// When.
    #[serde(rename = "at_s", serialize_with = "json::instant")]
    pub at: SimTime,
    /// The operation, as the API names it or in words where it has no name.
    pub command: &'static str,
    /// The server.
    pub server: String,
    /// AWS's exception.
    pub exception: Exception,
    /// Why.
    pub reason: Reason,
    /// AWS's message where it is known, and what it means.
    pub detail: String,
}

/// Post-launch actions that could not run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FailedAction {
    /// When.
    #[serde(rename = "at_s", serialize_with = "json::instant")]
    pub at: SimTime,
    /// The server whose instance they are of.
    pub server: String,
    /// Why.
    pub reason: Reason,
    /// Where they were stopped, and by which rule.
    pub detail: String,
}

/// A line of a job's log.
#[derive(Debug, Clone, PartialEq)]
pub struct JobLine {
    /// When.
    pub at: SimTime,
    /// What.
    pub event: JobLogEvent,
    /// The server, where it is about one.
    pub server: Option<SourceServerId>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_of_nothing_is_nothing_and_all_is_the_whole() {
        assert_eq!(share(DataSize::ZERO, DataSize::ZERO), Ppm::ZERO);
        assert_eq!(share(DataSize::gib(1), DataSize::gib(4)), Ppm::percent(25));
        assert_eq!(share(DataSize::gib(4), DataSize::gib(4)), Ppm::ONE);
    }
}
