//! The operations of the API, carried out: for each server that may be subject to it.
//!
//! Servers that may not are refused one by one, each with AWS's exception. An operation that starts
//! a job is refused as a whole where a quota of jobs is exceeded.
//!
//! # Fidelity
//! Simplified: AWS refuses a batch as a whole where one of its servers may not take part; here the
//! others go on, so that a rehearsal shows every obstacle at once, and the log of the job that they
//! start says `SERVER_SKIPPED` of those that take no part. `FinalizeCutover` follows the API
//! Reference, where the agent uninstalls itself; the console guide says that it does not.
//!
//! Source: the operations' pages in the MGN API Reference.

use crate::migrate::ground::Ground;
use crate::reason::Reason;
use crate::resource::SourceServerId;
use crate::units::BitRate;
use crate::verdict::Refusal;

use super::installer::Agent;
use super::lifecycle::{self, Instance, JobActivity, Launchable, Refused, Standing};
use super::server::{Connection, Listing, Replicating, Volumes};
use super::timer::ServerTimer;
use super::transfer::Transfer;
use super::{
    AdminRole, Command, CommandKind, DataReplicationState, Exception, Initialisation, InitiationStep,
    JobInitiator, LifeCycleState, Mgn, Notice, timing,
};

impl Mgn {
    /// Carries out an operation.
    pub(super) fn operate(&mut self, command: &Command, ground: &mut dyn Ground) {
        let kind = command.kind;
        let mut servers: Vec<SourceServerId> = Vec::new();
        let mut skipped: Vec<(SourceServerId, Refusal)> = Vec::new();
        let began = ground.cause();
        for &id in &command.servers {
            ground.follow_from(began);
            match self.may_operate(kind, id) {
                Ok(()) if servers.contains(&id) => {}
                Ok(()) => servers.push(id),
                Err(refused) => {
                    refuse(kind, id, refused, ground);
                    skipped.push((id, Refusal::at(refused.1, id)));
                }
            }
        }
        ground.follow_from(began);
        if let Some(initiator) = starts_job(kind) {
            if let Err(refused) = self.may_start_job(servers.len()) {
                for id in servers {
                    ground.follow_from(began);
                    refuse(kind, id, refused, ground);
                }
            } else if !servers.is_empty() {
                self.start_job(kind, initiator, (&servers, &skipped), ground);
            }
            return;
        }
        for id in servers {
            ground.follow_from(began);
            // Quotas are used up one by one.
            match self.within_quota(kind) {
                Ok(()) => {
                    ground.note(id.into(), Notice::Accepted(kind));
                    self.operate_on(kind, id, ground);
                }
                Err(refused) => refuse(kind, id, refused, ground),
            }
        }
    }

    /// The servers for which an operation would be refused now, and why.
    #[must_use]
    pub fn refusals(&self, command: &Command) -> Vec<(SourceServerId, Reason)> {
        let kind = command.kind;
        let mut refused: Vec<(SourceServerId, Reason)> = Vec::new();
        let mut allowed: Vec<SourceServerId> = Vec::new();
        for &id in &command.servers {
            match self.may_operate(kind, id).and_then(|()| self.within_quota(kind)) {
                Ok(()) if allowed.contains(&id) => {}
                Ok(()) => allowed.push(id),
                Err((_, reason)) => refused.push((id, reason)),
            }
        }
        if starts_job(kind).is_some()
            && let Err((_, reason)) = self.may_start_job(allowed.len())
        {
            refused.extend(allowed.into_iter().map(|id| (id, reason)));
        }
        refused
    }

    fn may_operate(&self, kind: CommandKind, id: SourceServerId) -> Result<(), Refused> {
        let Some(server) = self.servers.get(id) else {
            return Err((Exception::ResourceNotFound, Reason::ServerNotFound));
        };
        if kind == CommandKind::InstallAgent {
            // It runs on the computer; the service has no say in it.
            return match server.agent {
                Agent::Installing { .. } => Err((Exception::Conflict, Reason::LifeCycleConflict)),
                Agent::NotInstalled
                | Agent::Failed(_)
                | Agent::Installed { .. }
                | Agent::Unrecognised
                | Agent::Uninstalled => Ok(()),
            };
        }
        let account = &self.config.account;
        match (account.initialisation, account.operator) {
            (Initialisation::Missing, AdminRole::Admin) => {
                return Err((Exception::UninitializedAccount, Reason::Uninitialized));
            }
            (Initialisation::Missing, AdminRole::User) => {
                return Err((Exception::AccessDenied, Reason::AdminRequired));
            }
            (Initialisation::Done, _) => {}
        }
        if server.listing == Listing::Archived {
            return Err((Exception::Conflict, Reason::LifeCycleConflict));
        }
        lifecycle::permitted(kind, &self.standing(id))
    }

    fn standing(&self, id: SourceServerId) -> Standing {
        let server = &self.servers[id];
        Standing {
            life: server.life_cycle.state,
            replication: server.replication.state,
            launchable: match server.is_launchable() {
                true => Launchable::Yes,
                false => Launchable::No,
            },
            job: match server.job {
                Some(_) => JobActivity::Active,
                None => JobActivity::None,
            },
            instance: match &server.launched {
                None => Instance::None,
                Some(launched) if launched.can_be_finalized() => Instance::Ready,
                Some(_) => Instance::Unfinished,
            },
        }
    }

    fn within_quota(&self, kind: CommandKind) -> Result<(), Refused> {
        let exceeded = kind == CommandKind::StartReplication
            && self.usage.active >= self.config.account.quotas.active_servers;
        if exceeded {
            return Err((Exception::ServiceQuotaExceeded, Reason::QuotaExceeded));
        }
        Ok(())
    }

    fn may_start_job(&self, n_servers: usize) -> Result<(), Refused> {
        let quotas = &self.config.account.quotas;
        let n_servers = u32::try_from(n_servers).unwrap_or(u32::MAX);
        let exceeded = n_servers > quotas.servers_per_job
            || self.usage.jobs >= quotas.concurrent_jobs
            || self.usage.servers_in_jobs.saturating_add(n_servers) > quotas.servers_in_jobs;
        if exceeded {
            return Err((Exception::ServiceQuotaExceeded, Reason::QuotaExceeded));
        }
        Ok(())
    }

    fn operate_on(&mut self, kind: CommandKind, id: SourceServerId, ground: &mut dyn Ground) {
        let now = ground.now();
        match kind {
            CommandKind::InstallAgent => self.install(id, ground),
            CommandKind::RevertToReadyForTest => {
                let life_cycle = &mut self.servers[id].life_cycle;
                life_cycle.last_test.reverted_at = Some(now);
                self.set_life_cycle(id, LifeCycleState::ReadyForTest, ground);
            }
            CommandKind::MarkReadyForCutover => {
                self.servers[id].life_cycle.last_test.finalized_at = Some(now);
                self.set_life_cycle(id, LifeCycleState::ReadyForCutover, ground);
            }
            CommandKind::RevertToReadyForCutover => {
                self.servers[id].life_cycle.last_cutover.reverted_at = Some(now);
                self.set_life_cycle(id, LifeCycleState::ReadyForCutover, ground);
            }
            CommandKind::FinalizeCutover => {
                self.servers[id].life_cycle.last_cutover.finalized_at = Some(now);
                self.leave_service(id, LifeCycleState::Cutover, ground);
            }
            CommandKind::PauseReplication => self.pause(id, ground),
            CommandKind::ResumeReplication => self.resume(id, ground),
            CommandKind::StopReplication => self.stop(id, ground),
            CommandKind::StartReplication => {
                self.remove_staging(id, ground);
                self.start_replication(id, ground);
            }
            CommandKind::RetryDataReplication => self.retry_initiation(id, ground),
            CommandKind::DisconnectFromService => {
                self.leave_service(id, LifeCycleState::Disconnected, ground)
            }
            CommandKind::MarkAsArchived => {
                self.servers[id].listing = Listing::Archived;
                self.usage.non_archived = self.usage.non_archived.saturating_sub(1);
            }
            // These start a job.
            CommandKind::StartTest | CommandKind::StartCutover | CommandKind::TerminateTargetInstances => {}
        }
    }

    /// The agent has registered: replication begins, or waits for a person.
    pub(super) fn begin_service(&mut self, id: SourceServerId, ground: &mut dyn Ground) {
        let server = &mut self.servers[id];
        server.life_cycle = super::LifeCycle {
            added_to_service_at: Some(ground.now()),
            state: server.life_cycle.state,
            ..super::LifeCycle::default()
        };
        if self.installs_without_replication(id) {
            self.set_life_cycle(id, LifeCycleState::Stopped, ground);
            self.set_replication_state(id, DataReplicationState::Stopped, ground);
        } else {
            self.remove_staging(id, ground);
            self.start_replication(id, ground);
        }
    }

    /// Replication begins from zero.
    fn start_replication(&mut self, id: SourceServerId, ground: &mut dyn Ground) {
        let now = ground.now();
        self.set_timer(id, ServerTimer::Cleanup, None);
        self.usage.active = self.usage.active.saturating_add(1);
        let server = &mut self.servers[id];
        let config = &server.config;
        server.replication.transfer = Transfer::new(&config.disks, config.wire_ratio, config.read_rate, now);
        server.replication.copy_began_at = None;
        server.replication.lagging = false;
        server.replication.wanted = Replicating::Yes;
        server.life_cycle.replication_ended_at = None;
        self.set_life_cycle(id, LifeCycleState::NotReady, ground);
        self.initiate(id, InitiationStep::Wait, ground);
    }

    /// Replication ends, and what was replicated is given up.
    pub(super) fn end_replication(&mut self, id: SourceServerId, ground: &mut dyn Ground) {
        self.stop_initiation(id);
        self.drop_data(id, ground);
        self.set_timer(id, ServerTimer::Writes, None);
        self.set_timer(id, ServerTimer::Snapshot, None);
        self.delete_snapshots(id);
        if self.servers[id].is_active() {
            self.usage.active = self.usage.active.saturating_sub(1);
        }
        let server = &mut self.servers[id];
        server.replication.wanted = Replicating::No;
        server
            .replication
            .transfer
            .set_writes(BitRate::ZERO, ground.now());
        server.replication.transfer.restart(ground.now());
        server.replication.failure = None;
        server.replication.news = super::server::StallNews::Settled;
    }

    fn pause(&mut self, id: SourceServerId, ground: &mut dyn Ground) {
        self.stop_initiation(id);
        self.drop_data(id, ground);
        self.servers[id].replication.wanted = Replicating::Paused;
        self.clear_failure(id, ground);
        self.set_timer(id, ServerTimer::Snapshot, None);
        self.set_replication_state(id, DataReplicationState::Paused, ground);
    }
    fn resume(&mut self, id: SourceServerId, ground: &mut dyn Ground) {
        self.servers[id].replication.wanted = Replicating::Yes;
        let replication = &self.servers[id].replication;
        let replicator = replication.replicator.and_then(|id| self.replicators.get(id));
        let ready = replicator.is_some_and(super::Replicator::is_ready);
        let from = match replicator {
            Some(_) if ready && replication.volumes != Volumes::None => {
                InitiationStep::PairReplicationServerWithAgent
            }
            Some(_) => InitiationStep::LaunchReplicationServer,
            None => InitiationStep::Wait,
        };
        self.initiate(id, from, ground);
    }
    fn stop(&mut self, id: SourceServerId, ground: &mut dyn Ground) {
        self.end_replication(id, ground);
        self.clean_up_later(id, ground);
        self.set_life_cycle(id, LifeCycleState::Stopped, ground);
        self.set_replication_state(id, DataReplicationState::Stopped, ground);
    }
    fn clean_up_later(&mut self, id: SourceServerId, ground: &mut dyn Ground) {
        let takes = self.servers[id].draw(timing::CLEANUP);
        self.set_timer(id, ServerTimer::Cleanup, Some(ground.now() + takes));
    }
    /// Staging resources of a server that no longer replicates are removed.
    pub(super) fn cleanup_timer(&mut self, id: SourceServerId, ground: &mut dyn Ground) {
        self.remove_staging(id, ground);
    }

    /// `FinalizeCutover` or `DisconnectFromService`: replication ends for good, staging resources
    /// are removed, and the agent uninstalls itself where it can be told to.
    fn leave_service(&mut self, id: SourceServerId, to: LifeCycleState, ground: &mut dyn Ground) {
        self.end_replication(id, ground);
        self.clean_up_later(id, ground);
        self.servers[id].life_cycle.replication_ended_at = Some(ground.now());
        if matches!(self.servers[id].control, Connection::Up(_)) {
            let takes = self.servers[id].draw(timing::UNINSTALL);
            self.set_timer(id, ServerTimer::Uninstall, Some(ground.now() + takes));
        }
        self.set_life_cycle(id, to, ground);
        self.set_replication_state(id, DataReplicationState::Disconnected, ground);
    }
    /// The agent has uninstalled itself.
    pub(super) fn uninstall_timer(&mut self, id: SourceServerId, ground: &mut dyn Ground) {
        let server = &mut self.servers[id];
        if let Some(hold) = core::mem::take(&mut server.control).hold() {
            ground.release(hold);
        }
        server.last_seen_at = Some(ground.now());
        server.agent = Agent::Uninstalled;
    }
}

/// Whom a job is started by, where the operation starts one.
const fn starts_job(kind: CommandKind) -> Option<JobInitiator> {
    match kind {
        CommandKind::StartTest => Some(JobInitiator::StartTest),
        CommandKind::StartCutover => Some(JobInitiator::StartCutover),
        CommandKind::TerminateTargetInstances => Some(JobInitiator::Terminate),
        CommandKind::InstallAgent
        | CommandKind::RevertToReadyForTest
        | CommandKind::MarkReadyForCutover
        | CommandKind::RevertToReadyForCutover
        | CommandKind::FinalizeCutover
        | CommandKind::PauseReplication
        | CommandKind::ResumeReplication
        | CommandKind::StopReplication
        | CommandKind::StartReplication
        | CommandKind::RetryDataReplication
        | CommandKind::DisconnectFromService
        | CommandKind::MarkAsArchived => None,
    }
}

fn refuse(kind: CommandKind, id: SourceServerId, (exception, reason): Refused, ground: &mut dyn Ground) {
    let notice = Notice::Refused {
        command: kind,
        exception,
        reason,
    };
    ground.note(id.into(), notice);
}
