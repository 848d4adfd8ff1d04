//! Launch and terminate jobs, and their logs.
//!
//! A job takes its servers along side by side; each goes at its own pace, and the job is completed
//! when the last one is done, even where some failed.
//!
//! # Fidelity
//! Simplified: a job is accepted and starts in the same instant, so that `PENDING` is never seen.
//! Nobody launches in AWS Support's stead (`DIAGNOSTIC`). That a failed launch leaves the server in
//! `TESTING` or `CUTTING_OVER` until a person acts is ours: AWS does not say.
//!
//! Source: "Job" and "`JobLog`", MGN API Reference.

use std::collections::BTreeSet;

use crate::migrate::ground::{Actor, CallId, Ground};
use crate::resource::{HostId, JobId, SourceServerId};
use crate::units::SimTime;
use crate::verdict::Refusal;

use super::{
    CommandKind, JobInitiator, JobLogEvent, JobStatus, JobType, LaunchStatus, LifeCycleState, Mgn, Notice,
};

/// A line of a job's log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JobLogLine {
    /// `logDateTime`.
    pub at: SimTime,
    /// `event`.
    pub event: JobLogEvent,
    /// `sourceServerID`.
    pub server: Option<SourceServerId>,
    /// `conversionServerID` or `targetInstanceID`.
    pub instance: Option<HostId>,
    /// What `rawError` is about.
    pub reason: Option<Refusal>,
}

/// What a participant is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// The previous instance is being removed.
    CleaningUp,
    /// A snapshot is being taken.
    Snapshotting,
    /// No up-to-date snapshot can be taken; the job gives it some time.
    AwaitingSnapshot,
    /// The conversion server boots.
    ConversionBooting(HostId),
    /// The conversion server makes the which of its calls.
    ConversionCalling(HostId, CallId, usize),
    /// It converts.
    Converting(HostId),
    /// The instance is being launched.
    Launching,
    /// The instance is being terminated.
    Terminating,
    /// Nothing is left to do.
    Done,
}

/// `participatingServers[]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Participant {
    pub(super) server: SourceServerId,
    pub(super) status: LaunchStatus,
    pub(super) stage: Stage,
    pub(super) data_as_of: Option<SimTime>,
    pub(super) instance: Option<HostId>,
    pub(super) failure: Option<Refusal>,
}

impl Participant {
    /// The server.
    #[must_use]
    pub fn server(&self) -> SourceServerId {
        self.server
    }
    /// `launchStatus`.
    #[must_use]
    pub fn status(&self) -> LaunchStatus {
        self.status
    }
    /// The instant of the snapshot that was launched from.
    #[must_use]
    pub fn data_as_of(&self) -> Option<SimTime> {
        self.data_as_of
    }
    /// The instance that was launched.
    #[must_use]
    pub fn instance(&self) -> Option<HostId> {
        self.instance
    }
    /// Why it failed.
    #[must_use]
    pub fn failure(&self) -> Option<Refusal> {
        self.failure
    }
}

/// A job.
#[derive(Debug, Clone)]
pub struct Job {
    pub(super) initiator: JobInitiator,
    pub(super) status: JobStatus,
    pub(super) started_at: SimTime,
    pub(super) ended_at: Option<SimTime>,
    pub(super) participants: Vec<Participant>,
    pub(super) log: Vec<JobLogLine>,
    wakes: BTreeSet<(SimTime, usize)>,
    asked: Option<SimTime>,
}

impl Job {
    /// `type`.
    #[must_use]
    pub fn job_type(&self) -> JobType {
        match self.initiator {
            JobInitiator::StartTest | JobInitiator::StartCutover | JobInitiator::Diagnostic => {
                JobType::Launch
            }
            JobInitiator::Terminate => JobType::Terminate,
        }
    }
    /// `initiatedBy`.
    #[must_use]
    pub fn initiator(&self) -> JobInitiator {
        self.initiator
    }
    /// `status`.
    #[must_use]
    pub fn status(&self) -> JobStatus {
        self.status
    }
    /// `creationDateTime`.
    #[must_use]
    pub fn started_at(&self) -> SimTime {
        self.started_at
    }
    /// `endDateTime`.
    #[must_use]
    pub fn ended_at(&self) -> Option<SimTime> {
        self.ended_at
    }
    /// `participatingServers`.
    #[must_use]
    pub fn participants(&self) -> &[Participant] {
        &self.participants
    }
    /// When a participant failed; none where it did not.
    #[must_use]
    pub fn failed_at(&self, participant: &Participant) -> Option<SimTime> {
        let failure = participant.failure?;
        let of_it =
            |line: &&JobLogLine| line.server == Some(participant.server) && line.reason == Some(failure);
        self.log.iter().rev().find(of_it).map(|line| line.at)
    }
    /// The log, oldest line first.
    #[must_use]
    pub fn log(&self) -> &[JobLogLine] {
        &self.log
    }
    /// The wish that must be told to the world, where it differs from the last one told.
    pub(super) fn wish(&mut self) -> Option<Option<SimTime>> {
        let earliest = self.wakes.first().map(|(at, _)| *at);
        if earliest == self.asked {
            return None;
        }
        self.asked = earliest;
        Some(earliest)
    }
}

/// One server in one job.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seat {
    pub(super) job: JobId,
    pub(super) number: usize,
    pub(super) server: SourceServerId,
}

impl Mgn {
    /// Starts a job for servers that may all take part; its log names the ones that may not.
    pub(super) fn start_job(
        &mut self,
        kind: CommandKind,
        initiator: JobInitiator,
        (servers, skipped): (&[SourceServerId], &[(SourceServerId, Refusal)]),
        ground: &mut dyn Ground,
    ) {
        let now = ground.now();
        let id = self.jobs.push(Job {
            initiator,
            status: JobStatus::Started,
            started_at: now,
            ended_at: None,
            participants: servers.iter().map(|server| new_participant(*server)).collect(),
            log: Vec::new(),
            wakes: BTreeSet::new(),
            asked: None,
        });
        let n_servers = u32::try_from(servers.len()).unwrap_or(u32::MAX);
        self.usage.jobs = self.usage.jobs.saturating_add(1);
        self.usage.servers_in_jobs = self.usage.servers_in_jobs.saturating_add(n_servers);
        let began = ground.cause();
        for &server in servers {
            ground.follow_from(began);
            ground.note(server.into(), Notice::Accepted(kind));
            self.servers[server].job = Some(id);
            self.mark_initiated(server, initiator, ground);
        }
        ground.follow_from(began);
        let notice = Notice::JobStarted {
            initiator,
            servers: n_servers,
        };
        ground.note(id.into(), notice);
        self.log(id, JobLogEvent::JobStart, None, (None, None), ground);
        let began = ground.cause();
        for &(server, why) in skipped {
            ground.follow_from(began);
            let what = (None, Some(why));
            self.log(id, JobLogEvent::ServerSkipped, Some(server), what, ground);
        }
        for (number, &server) in servers.iter().enumerate() {
            ground.follow_from(began);
            let seat = Seat {
                job: id,
                number,
                server,
            };
            self.begin_participant(seat, ground);
        }
    }

    /// The life cycle moves when the call is accepted, not when the job is done.
    fn mark_initiated(&mut self, id: SourceServerId, initiator: JobInitiator, ground: &mut dyn Ground) {
        let now = Some(ground.now());
        let life_cycle = &mut self.servers[id].life_cycle;
        match initiator {
            JobInitiator::StartTest => {
                life_cycle.last_test.initiated_at = now;
                self.set_life_cycle(id, LifeCycleState::Testing, ground);
            }
            JobInitiator::StartCutover => {
                life_cycle.last_cutover.initiated_at = now;
                self.set_life_cycle(id, LifeCycleState::CuttingOver, ground);
            }
            JobInitiator::Diagnostic | JobInitiator::Terminate => {}
        }
    }

    /// Adds a line to the log.
    pub(super) fn log(
        &mut self,
        job: JobId,
        event: JobLogEvent,
        server: Option<SourceServerId>,
        (instance, reason): (Option<HostId>, Option<Refusal>),
        ground: &mut dyn Ground,
    ) {
        self.jobs[job].log.push(JobLogLine {
            at: ground.now(),
            event,
            server,
            instance,
            reason,
        });
        let notice = Notice::JobLog {
            event,
            server,
            reason,
        };
        ground.note(job.into(), notice);
    }

    /// The participant's present stage ends then.
    pub(super) fn stage_until(&mut self, seat: Seat, stage: Stage, at: Option<SimTime>) {
        let job = &mut self.jobs[seat.job];
        if let Some(participant) = job.participants.get_mut(seat.number) {
            participant.stage = stage;
        }
        if let Some(at) = at {
            job.wakes.insert((at, seat.number));
        }
        self.touch(Actor::Job(seat.job));
    }

    /// Stages of a job have ended.
    pub(super) fn job_woken(&mut self, id: JobId, ground: &mut dyn Ground) {
        self.jobs[id].asked = None;
        self.touch(Actor::Job(id));
        let now = ground.now();
        while let Some(&(at, number)) = self.jobs[id].wakes.first() {
            if at > now {
                break;
            }
            self.jobs[id].wakes.pop_first();
            if let Some(participant) = self.jobs[id].participants.get(number) {
                let (server, stage) = (participant.server, participant.stage);
                self.stage_over(
                    Seat {
                        job: id,
                        number,
                        server,
                    },
                    stage,
                    ground,
                );
            }
        }
    }

    /// A participant is done, well or badly; with the last one the job is completed.
    pub(super) fn participant_done(
        &mut self,
        seat: Seat,
        status: LaunchStatus,
        failure: Option<Refusal>,
        ground: &mut dyn Ground,
    ) {
        let job = &mut self.jobs[seat.job];
        let Some(participant) = job.participants.get_mut(seat.number) else {
            return;
        };
        participant.status = status;
        participant.stage = Stage::Done;
        participant.failure = failure;
        let notice = Notice::Launch {
            job: seat.job,
            status,
            instance: participant.instance,
        };
        ground.note(seat.server.into(), notice);
        self.servers[seat.server].job = None;
        self.usage.servers_in_jobs = self.usage.servers_in_jobs.saturating_sub(1);
        let job = &self.jobs[seat.job];
        if job
            .participants
            .iter()
            .all(|participant| participant.stage == Stage::Done)
        {
            self.log(seat.job, JobLogEvent::JobEnd, None, (None, None), ground);
            let job = &mut self.jobs[seat.job];
            job.status = JobStatus::Completed;
            job.ended_at = Some(ground.now());
            self.usage.jobs = self.usage.jobs.saturating_sub(1);
        }
    }
}

fn new_participant(server: SourceServerId) -> Participant {
    Participant {
        server,
        status: LaunchStatus::Pending,
        stage: Stage::Done,
        data_as_of: None,
        instance: None,
        failure: None,
    }
}
