//! What a job does with one server: remove the old instance, snapshot, convert, launch.
//!
//! ```text
//! [CLEANUP] ─▶ SNAPSHOT ─▶ CONVERSION in the staging subnet ─▶ LAUNCH in the target subnet
//!                  │            │ needs MGN, S3 and EC2 on 443
//!                  └ lagging: USING_PREVIOUS_SNAPSHOT, the launch succeeds with older data
//! ```
//!
//! # Fidelity
//! Simplified: the attempts that a job makes at a conversion are not modelled: the first failure
//! counts. A conversion server runs for each participant, and always boots. EC2 always has capacity
//! for the launched instance, whose blocks are all there at once, where they load lazily from the
//! snapshot; only the first boot takes longer for it.
//!
//! Source: "`JobLog`", MGN API Reference; "Troubleshooting launch errors", AWS Transform MGN User
//! Guide.

use crate::migrate::ground::{Actor, Call, CallId, CallOutcome, Ground};
use crate::reason::Reason;
use crate::resource::{HostId, JobId};
use crate::units::Span;
use crate::verdict::Refusal;

use super::endpoints::{Bucket, Caller};
use super::job::{Seat, Stage};
use super::launched::LaunchedInstance;
use super::{DataReplicationState, JobInitiator, JobLogEvent, LaunchStatus, Mgn, timing};

/// How many calls a conversion server makes.
const CONVERSION_CALLS: usize = 3;

impl Mgn {
    /// The first thing that a job does with a server.
    pub(super) fn begin_participant(&mut self, seat: Seat, ground: &mut dyn Ground) {
        if let Some(participant) = self.jobs[seat.job].participants.get_mut(seat.number) {
            participant.status = LaunchStatus::InProgress;
        }
        if self.jobs[seat.job].initiator == JobInitiator::Terminate {
            return self.begin_termination(seat, ground);
        }
        let Some(previous) = self.servers[seat.server]
            .launched
            .as_ref()
            .map(LaunchedInstance::host)
        else {
            self.stage_until(seat, Stage::CleaningUp, None);
            return self.begin_snapshot(seat, ground);
        };
        self.log_seat(seat, JobLogEvent::CleanupStart, (Some(previous), None), ground);
        if self.servers[seat.server].config.launch.termination_protection {
            let refusal = Refusal::at(Reason::TerminationProtection, previous);
            return self.fail(seat, JobLogEvent::CleanupFail, refusal, ground);
        }
        self.stage_for(seat, Stage::CleaningUp, timing::INSTANCE_CLEANUP, ground);
    }

    fn begin_termination(&mut self, seat: Seat, ground: &mut dyn Ground) {
        let host = self.servers[seat.server]
            .launched
            .as_ref()
            .map(LaunchedInstance::host);
        match host {
            Some(host) if self.servers[seat.server].config.launch.termination_protection => {
                let refusal = Refusal::at(Reason::TerminationProtection, host);
                self.fail(seat, JobLogEvent::CleanupFail, refusal, ground);
            }
            _ => self.stage_for(seat, Stage::Terminating, timing::TERMINATION_TAKES, ground),
        }
    }

    fn stage_for(&mut self, seat: Seat, stage: Stage, range: (Span, Span), ground: &mut dyn Ground) {
        let takes = self.servers[seat.server].draw(range);
        self.stage_until(seat, stage, Some(ground.now() + takes));
    }
    fn log_seat(
        &mut self,
        seat: Seat,
        event: JobLogEvent,
        what: (Option<HostId>, Option<Refusal>),
        ground: &mut dyn Ground,
    ) {
        self.log(seat.job, event, Some(seat.server), what, ground);
    }
    fn fail(&mut self, seat: Seat, event: JobLogEvent, refusal: Refusal, ground: &mut dyn Ground) {
        self.log_seat(seat, event, (None, Some(refusal)), ground);
        self.participant_done(seat, LaunchStatus::Failed, Some(refusal), ground);
    }

    /// The participant's stage has taken its time.
    pub(super) fn stage_over(&mut self, seat: Seat, stage: Stage, ground: &mut dyn Ground) {
        match stage {
            Stage::CleaningUp => {
                self.terminate_launched(seat.server, ground);
                self.log_seat(seat, JobLogEvent::CleanupEnd, (None, None), ground);
                self.begin_snapshot(seat, ground);
            }
            Stage::Snapshotting => {
                self.set_data_as_of(seat, Some(ground.now()));
                self.log_seat(seat, JobLogEvent::SnapshotEnd, (None, None), ground);
                self.begin_conversion(seat, ground);
            }
            Stage::AwaitingSnapshot => self.use_previous_snapshot(seat, ground),
            Stage::ConversionBooting(host) => self.conversion_call(seat, host, 0, ground),
            Stage::Converting(host) => {
                self.log_seat(seat, JobLogEvent::ConversionEnd, (Some(host), None), ground);
                self.terminate_conversion(host, ground);
                self.begin_launch(seat, ground);
            }
            Stage::Launching => self.launched(seat, ground),
            Stage::Terminating => {
                self.terminate_launched(seat.server, ground);
                self.participant_done(seat, LaunchStatus::Terminated, None, ground);
            }
            Stage::ConversionCalling(..) | Stage::Done => {}
        }
    }

    fn begin_snapshot(&mut self, seat: Seat, ground: &mut dyn Ground) {
        self.log_seat(seat, JobLogEvent::SnapshotStart, (None, None), ground);
        let server = &mut self.servers[seat.server];
        server.replication.transfer.settle(ground.now());
        let up_to_date = server.replication.state == Some(DataReplicationState::Continuous)
            && !server.replication.transfer.is_behind();
        if up_to_date && self.may_snapshot_server(seat.server).is_ok() {
            return self.stage_for(seat, Stage::Snapshotting, timing::SNAPSHOT_TAKES, ground);
        }
        let gives_up_at = ground.now() + timing::SNAPSHOT_GIVES_UP_AFTER;
        self.stage_until(seat, Stage::AwaitingSnapshot, Some(gives_up_at));
    }

    fn use_previous_snapshot(&mut self, seat: Seat, ground: &mut dyn Ground) {
        let why = match self.may_snapshot_server(seat.server) {
            Err(refusal) => Some(refusal),
            Ok(()) => self.servers[seat.server]
                .failure()
                .and_then(|failure| failure.stopped_by),
        };
        self.log_seat(seat, JobLogEvent::SnapshotFail, (None, why), ground);
        let Some(last) = self.servers[seat.server].last_snapshot(ground.now()) else {
            // Replication was given up while the job ran.
            let refusal = Refusal::at(Reason::NotLaunchable, seat.server);
            return self.participant_done(seat, LaunchStatus::Failed, Some(refusal), ground);
        };
        self.set_data_as_of(seat, Some(last));
        self.log_seat(seat, JobLogEvent::UsingPreviousSnapshot, (None, None), ground);
        self.begin_conversion(seat, ground);
    }
    fn set_data_as_of(&mut self, seat: Seat, at: Option<crate::units::SimTime>) {
        if let Some(participant) = self.jobs[seat.job].participants.get_mut(seat.number) {
            participant.data_as_of = at;
        }
    }

    fn begin_conversion(&mut self, seat: Seat, ground: &mut dyn Ground) {
        self.log_seat(seat, JobLogEvent::ConversionStart, (None, None), ground);
        match self.launch_conversion(seat, ground) {
            Ok(host) => {
                self.stage_for(
                    seat,
                    Stage::ConversionBooting(host),
                    timing::CONVERSION_BOOT,
                    ground,
                );
            }
            Err(refusal) => self.fail(seat, JobLogEvent::ConversionFail, refusal, ground),
        }
    }
    fn launch_conversion(&mut self, seat: Seat, ground: &mut dyn Ground) -> Result<HostId, Refusal> {
        self.may_run_instance()?;
        let number = self.n_conversions.saturating_add(1);
        let name = format!("mgn-conversion-server-{number}");
        let host = ground.launch(self.conversion_server_spec(seat.server, name))?;
        self.n_conversions = number;
        self.usage.instances = self.usage.instances.saturating_add(1);
        Ok(host)
    }
    fn terminate_conversion(&mut self, host: HostId, ground: &mut dyn Ground) {
        ground.terminate(host);
        self.usage.instances = self.usage.instances.saturating_sub(1);
    }

    fn conversion_call(&mut self, seat: Seat, host: HostId, number: usize, ground: &mut dyn Ground) {
        let caller = Caller {
            host,
            os: self.servers[seat.server].os,
        };
        let call: Call = match number {
            0 => self.endpoints.session(caller),
            1 => self.endpoints.object(caller, Bucket::Internal),
            _ => self.endpoints.ec2(caller, "ec2:AttachVolume"),
        };
        let call = ground.call(Actor::Job(seat.job), call);
        self.stage_until(seat, Stage::ConversionCalling(host, call, number), None);
    }

    /// A call of a conversion server ended.
    pub(super) fn job_call_done(
        &mut self,
        job: JobId,
        call: CallId,
        outcome: CallOutcome,
        ground: &mut dyn Ground,
    ) {
        let Some(participants) = self.jobs.get(job).map(super::Job::participants) else {
            return;
        };
        let found =
            participants
                .iter()
                .enumerate()
                .find_map(|(number, participant)| match participant.stage {
                    Stage::ConversionCalling(host, mine, made) if mine == call => {
                        let server = participant.server;
                        Some((Seat { job, number, server }, host, made))
                    }
                    _ => None,
                });
        let Some((seat, host, made)) = found else {
            return;
        };
        match outcome {
            Err(failed) => {
                self.terminate_conversion(host, ground);
                let refusal = failed.stopped_by.unwrap_or(Refusal::at(failed.symptom, host));
                self.fail(seat, JobLogEvent::ConversionFail, refusal, ground);
            }
            Ok(_) if made + 1 < CONVERSION_CALLS => self.conversion_call(seat, host, made + 1, ground),
            Ok(_) => {
                let range = timing::conversion(self.servers[seat.server].os);
                self.stage_for(seat, Stage::Converting(host), range, ground);
            }
        }
    }

    fn begin_launch(&mut self, seat: Seat, ground: &mut dyn Ground) {
        self.log_seat(seat, JobLogEvent::LaunchStart, (None, None), ground);
        match self.launch_target(seat, ground) {
            Ok(host) => {
                if let Some(participant) = self.jobs[seat.job].participants.get_mut(seat.number) {
                    participant.instance = Some(host);
                }
                let range = timing::launch(self.servers[seat.server].os);
                self.stage_for(seat, Stage::Launching, range, ground);
            }
            Err(refusal) => self.fail(seat, JobLogEvent::LaunchFailed, refusal, ground),
        }
    }

    fn launch_target(&mut self, seat: Seat, ground: &mut dyn Ground) -> Result<HostId, Refusal> {
        self.may("ec2:RunInstances")?;
        let server = &self.servers[seat.server];
        let suffix = match self.jobs[seat.job].initiator {
            JobInitiator::StartCutover => "cutover",
            JobInitiator::StartTest | JobInitiator::Diagnostic | JobInitiator::Terminate => "test",
        };
        let number = server.n_launches.saturating_add(1);
        let name = match number {
            1 => format!("{}-{suffix}", server.config.name),
            _ => format!("{}-{suffix}-{number}", server.config.name),
        };
        let host = ground.launch(self.launched_instance_spec(seat.server, name)?)?;
        self.servers[seat.server].n_launches = number;
        Ok(host)
    }

    fn launched(&mut self, seat: Seat, ground: &mut dyn Ground) {
        let job = &self.jobs[seat.job];
        let initiator = job.initiator;
        let Some(participant) = job.participants.get(seat.number) else {
            return;
        };
        if let Some(host) = participant.instance {
            let launched =
                LaunchedInstance::new(host, seat.job, initiator, participant.data_as_of, ground.now());
            self.begin_first_boot(seat.server, launched, ground);
        }
        self.participant_done(seat, LaunchStatus::Launched, None, ground);
    }
}
