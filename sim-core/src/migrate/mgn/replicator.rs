//! Replication servers: launched in the staging area subnet, shared by about fifteen disks, replaced
//! from time to time.
//!
//! ```text
//! launch ─▶ Booting ─▶ Authenticating ─▶ Downloading ─▶ Ready ─▶ … ─▶ Removed
//!              ▲             └──────┬──────┘               │
//!              │                  Failed                   │ every `replace_every`
//!              └────── Unlaunched ◀────────────────────────┘
//! ```
//! A replacement needs MGN, S3 and EC2 once more: an opening in an isolated network that was closed
//! after the installation shows only then, as a stall weeks later.
//!
//! # Fidelity
//! Simplified: that the old instance goes before the new one comes is ours, and so is the fixed
//! time between replacements, where AWS says "periodically". Disks alone decide who shares a
//! server, first come, first served; once together, servers stay together. AWS's change to larger
//! instance types for many disks is left out: the type is the template's.
//!
//! Source: "Replication server settings" and "Network requirements", AWS Transform MGN User Guide.

use std::collections::BTreeSet;

use crate::migrate::ground::{Actor, CallFailed, CallId, CallOutcome, Ground};
use crate::resource::{HostId, ReplicationServerId, SourceServerId};
use crate::units::SimTime;
use crate::verdict::Refusal;

use super::endpoints::{Bucket, Caller};
use super::server::{Replicating, Volumes};
use super::service::HostRole;
use super::timer::{ReplicatorTimer, ReplicatorTimers};
use super::{DataReplicationState, GroupPolicy, InitiationStep, Mgn, Notice, ServerSharing, timing};

/// What a replication server downloads, in order.
const DOWNLOADS: [Bucket; 3] = [Bucket::Repository, Bucket::Internal, Bucket::InternalHashes];

/// Where a replication server is on its way to work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Stage {
    /// Its instance could not be launched yet; the servers that wait for it try again.
    Unlaunched,
    /// Its operating system starts.
    Booting,
    /// It calls MGN.
    Authenticating(CallId),
    /// It calls S3, for the which of its downloads.
    Downloading(CallId, usize),
    /// It works.
    Ready,
    /// A step failed and is tried again.
    Failed(StageFailure),
    /// It is gone.
    Removed,
}

/// Why a replication server does not work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StageFailure {
    /// The initiation step that failed.
    pub step: InitiationStep,
    /// The call that failed, where one did.
    pub call: Option<CallFailed>,
    /// What stopped it.
    pub stopped_by: Option<Refusal>,
}

/// A replication server.
#[derive(Debug, Clone)]
pub struct Replicator {
    pub(super) host: Option<HostId>,
    pub(super) stage: Stage,
    pub(super) members: BTreeSet<SourceServerId>,
    /// Members that are catching up, and share what the instance writes to EBS.
    pub(super) busy: BTreeSet<SourceServerId>,
    pub(super) disks: u32,
    pub(super) capacity: u32,
    /// How many instances it has had.
    pub(super) generation: u32,
    pub(super) launched_at: Option<SimTime>,
    pub(super) timers: ReplicatorTimers,
}

impl Replicator {
    /// Its instance, while it has one.
    #[must_use]
    pub fn host(&self) -> Option<HostId> {
        self.host
    }
    /// The source servers whose data it receives.
    #[must_use]
    pub fn members(&self) -> &BTreeSet<SourceServerId> {
        &self.members
    }
    /// How many source disks it has volumes for.
    #[must_use]
    pub fn n_disks(&self) -> u32 {
        self.disks
    }
    /// Whether it works.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.stage == Stage::Ready
    }
    /// Whether it is gone.
    #[must_use]
    pub fn is_removed(&self) -> bool {
        self.stage == Stage::Removed
    }
    /// Why it does not work, where a step failed.
    #[must_use]
    pub fn failure(&self) -> Option<&StageFailure> {
        match &self.stage {
            Stage::Failed(failure) => Some(failure),
            Stage::Unlaunched
            | Stage::Booting
            | Stage::Authenticating(_)
            | Stage::Downloading(..)
            | Stage::Ready
            | Stage::Removed => None,
        }
    }
    /// How many instances it has had: one more with each replacement.
    #[must_use]
    pub fn generation(&self) -> u32 {
        self.generation
    }
    /// When its present instance was launched.
    #[must_use]
    pub fn launched_at(&self) -> Option<SimTime> {
        self.launched_at
    }
    /// When a failed step is tried again.
    #[must_use]
    pub fn next_attempt_at(&self) -> Option<SimTime> {
        self.timers.get(ReplicatorTimer::Retry)
    }
    /// When it will be replaced by one from a newer image.
    #[must_use]
    pub fn replaced_at(&self) -> Option<SimTime> {
        self.timers.get(ReplicatorTimer::Replace)
    }
    fn room(&self) -> u32 {
        self.capacity.saturating_sub(self.disks)
    }
}

impl Mgn {
    /// Takes a place on a shared replication server, where there is one.
    pub(super) fn join_shared(&mut self, id: SourceServerId) {
        if self.config.replication.sharing == ServerSharing::Dedicated {
            return;
        }
        let wanted = self.n_disks(id);
        let first = (wanted, ReplicationServerId::from_index(0));
        if let Some(&(_, replicator)) = self.room.range(first..).next() {
            self.join(id, replicator);
        }
    }
    fn n_disks(&self, id: SourceServerId) -> u32 {
        u32::try_from(self.servers[id].config.disks.len()).unwrap_or(u32::MAX)
    }
    fn join(&mut self, id: SourceServerId, replicator: ReplicationServerId) {
        let wanted = self.n_disks(id);
        self.servers[id].replication.replicator = Some(replicator);
        let row = &mut self.replicators[replicator];
        self.room.remove(&(row.room(), replicator));
        row.members.insert(id);
        row.disks = row.disks.saturating_add(wanted);
        if row.room() > 0 {
            self.room.insert((row.room(), replicator));
        }
    }

    /// Launches a replication server for `id` and whoever joins later.
    pub(super) fn launch_replicator(
        &mut self,
        id: SourceServerId,
        ground: &mut dyn Ground,
    ) -> Result<(), Refusal> {
        let most = self.config.replication.instance_type.max_volumes;
        let capacity = match self.config.replication.sharing {
            ServerSharing::Shared => timing::DISKS_PER_SHARED_SERVER.min(most).max(self.n_disks(id)),
            ServerSharing::Dedicated => self.n_disks(id),
        };
        let replicator = self.replicators.next_id();
        let host = self.launch_replicator_instance(replicator, 1, ground)?;
        let row = Replicator {
            host: Some(host),
            stage: Stage::Booting,
            members: BTreeSet::new(),
            busy: BTreeSet::new(),
            disks: 0,
            capacity,
            generation: 1,
            launched_at: Some(ground.now()),
            timers: ReplicatorTimers::default(),
        };
        self.replicators.push(row);
        ground.note(id.into(), Notice::ReplicatorLaunched { replicator, host });
        self.join(id, replicator);
        self.boot_replicator(id, replicator, ground);
        Ok(())
    }

    fn launch_replicator_instance(
        &mut self,
        replicator: ReplicationServerId,
        generation: u32,
        ground: &mut dyn Ground,
    ) -> Result<HostId, Refusal> {
        self.may_run_instance()?;
        let number = replicator.index() + 1;
        let name = match generation {
            1 => format!("mgn-replication-server-{number}"),
            _ => format!("mgn-replication-server-{number}.{generation}"),
        };
        let host = ground.launch(self.replication_server_spec(name))?;
        self.usage.instances += 1;
        self.hosts.insert(host, HostRole::Replicator(replicator));
        Ok(host)
    }

    /// The security groups of replication and conversion servers.
    pub(super) fn staging_groups(&self) -> Vec<crate::resource::SecurityGroupId> {
        let template = &self.config.replication;
        let own = match template.group_policy {
            GroupPolicy::MgnAndListed => Some(template.mgn_group),
            GroupPolicy::ListedOnly => None,
        };
        own.into_iter()
            .chain(template.security_groups.iter().copied())
            .collect()
    }

    fn boot_replicator(&mut self, by: SourceServerId, id: ReplicationServerId, ground: &mut dyn Ground) {
        let now = ground.now();
        let boot = self.servers[by].draw(timing::BOOT_TAKES);
        let replace_every = self.config.replication.replace_every;
        let row = &mut self.replicators[id];
        row.stage = Stage::Booting;
        row.timers.set(ReplicatorTimer::Boot, Some(now + boot));
        row.timers.set(ReplicatorTimer::Retry, None);
        let replaced_at = (!replace_every.is_zero()).then(|| now + replace_every);
        row.timers.set(ReplicatorTimer::Replace, replaced_at);
        self.touch(Actor::Replicator(id));
    }

    /// A deadline of a replication server has come.
    pub(super) fn replicator_woken(&mut self, id: ReplicationServerId, ground: &mut dyn Ground) {
        let now = ground.now();
        if self.replicators[id].timers.take_due(ReplicatorTimer::Boot, now) {
            self.authenticate(id, ground);
            self.mirror(id, ground);
        }
        if self.replicators[id].timers.take_due(ReplicatorTimer::Retry, now) {
            self.retry_stage(id, ground);
        }
        if self.replicators[id]
            .timers
            .take_due(ReplicatorTimer::Replace, now)
        {
            self.replace_replicator(id, ground);
        }
    }

    fn authenticate(&mut self, id: ReplicationServerId, ground: &mut dyn Ground) {
        let Some(host) = self.replicators[id].host else {
            return;
        };
        let call = self.endpoints.session(Caller::service(host));
        let call = ground.call(Actor::Replicator(id), call);
        self.replicators[id].stage = Stage::Authenticating(call);
    }
    fn download(&mut self, id: ReplicationServerId, number: usize, ground: &mut dyn Ground) {
        let (Some(host), Some(bucket)) = (self.replicators[id].host, DOWNLOADS.get(number)) else {
            return;
        };
        let call = self.endpoints.object(Caller::service(host), *bucket);
        let call = ground.call(Actor::Replicator(id), call);
        self.replicators[id].stage = Stage::Downloading(call, number);
    }

    /// A call of a replication server ended.
    pub(super) fn replicator_call_done(
        &mut self,
        id: ReplicationServerId,
        call: CallId,
        outcome: CallOutcome,
        ground: &mut dyn Ground,
    ) {
        let Some(stage) = self.replicators.get(id).map(|row| &row.stage) else {
            return;
        };
        let (step, next) = match stage {
            Stage::Authenticating(mine) if *mine == call => (InitiationStep::AuthenticateWithService, 0),
            Stage::Downloading(mine, number) if *mine == call => {
                (InitiationStep::DownloadReplicationSoftware, number + 1)
            }
            Stage::Unlaunched
            | Stage::Booting
            | Stage::Authenticating(_)
            | Stage::Downloading(..)
            | Stage::Ready
            | Stage::Failed(_)
            | Stage::Removed => return,
        };
        match outcome {
            Err(call) => self.fail_stage(id, step, call, ground),
            Ok(_) if next < DOWNLOADS.len() => self.download(id, next, ground),
            Ok(_) => self.replicators[id].stage = Stage::Ready,
        }
        self.mirror(id, ground);
    }

    fn fail_stage(
        &mut self,
        id: ReplicationServerId,
        step: InitiationStep,
        call: CallFailed,
        ground: &mut dyn Ground,
    ) {
        let row = &mut self.replicators[id];
        row.stage = Stage::Failed(StageFailure {
            step,
            call: Some(call),
            stopped_by: call.stopped_by,
        });
        row.timers
            .set(ReplicatorTimer::Retry, Some(ground.now() + timing::RETRY_EVERY));
        self.touch(Actor::Replicator(id));
    }

    fn retry_stage(&mut self, id: ReplicationServerId, ground: &mut dyn Ground) {
        let step = self.replicators[id].failure().map(|failure| failure.step);
        let began = ground.cause();
        for member in self.replicators[id].members.clone() {
            ground.follow_from(began);
            let initiation = &mut self.servers[member].initiation;
            if initiation.current == step && step.is_some() {
                initiation.attempts = initiation.attempts.saturating_add(1);
                initiation.next_attempt_at = None;
            }
        }
        match step {
            Some(InitiationStep::AuthenticateWithService) => self.authenticate(id, ground),
            Some(_) => self.download(id, 0, ground),
            None => {}
        }
    }

    /// A person asks for a retry: what failed is tried at once, and a call that is under way is
    /// made again, since it may have begun before what stood in its way was removed.
    pub(super) fn retry_replicator(&mut self, id: ReplicationServerId, ground: &mut dyn Ground) {
        self.replicators[id].timers.set(ReplicatorTimer::Retry, None);
        self.touch(Actor::Replicator(id));
        match self.replicators[id].stage {
            Stage::Authenticating(_) => self.authenticate(id, ground),
            Stage::Downloading(..) => self.download(id, 0, ground),
            Stage::Failed(_) => self.retry_stage(id, ground),
            Stage::Unlaunched | Stage::Booting | Stage::Ready | Stage::Removed => {}
        }
    }

    /// Shows everybody who waits for the replication server where it is.
    fn mirror(&mut self, id: ReplicationServerId, ground: &mut dyn Ground) {
        let began = ground.cause();
        for member in self.replicators[id].members.clone() {
            ground.follow_from(began);
            self.follow_replicator(member, ground);
        }
    }

    /// Replaces the instance by one from a newer image: its servers go through the checklist again.
    pub(super) fn replace_replicator(&mut self, id: ReplicationServerId, ground: &mut dyn Ground) {
        if self.replicators[id].is_removed() {
            return;
        }
        self.terminate_replicator_instance(id, ground);
        self.replicators[id].stage = Stage::Unlaunched;
        self.replicators[id].timers.clear();
        self.touch(Actor::Replicator(id));
        let began = ground.cause();
        for member in self.replicators[id].members.clone() {
            ground.follow_from(began);
            let replication = &self.servers[member].replication;
            if replication.wanted == Replicating::Yes {
                self.drop_data(member, ground);
                self.initiate(member, InitiationStep::LaunchReplicationServer, ground);
            }
        }
    }

    /// Launches the next instance of a replication server that lost its own.
    pub(super) fn relaunch_replicator(
        &mut self,
        by: SourceServerId,
        id: ReplicationServerId,
        ground: &mut dyn Ground,
    ) -> Result<(), Refusal> {
        let generation = self.replicators[id].generation + 1;
        let host = self.launch_replicator_instance(id, generation, ground)?;
        let row = &mut self.replicators[id];
        row.host = Some(host);
        row.generation = generation;
        row.launched_at = Some(ground.now());
        ground.note(id.into(), Notice::ReplicatorReplaced { host });
        self.boot_replicator(by, id, ground);
        Ok(())
    }

    fn terminate_replicator_instance(&mut self, id: ReplicationServerId, ground: &mut dyn Ground) {
        if let Some(host) = self.replicators[id].host.take() {
            ground.terminate(host);
            self.hosts.remove(&host);
            self.usage.instances = self.usage.instances.saturating_sub(1);
        }
    }

    /// Removes a server's staging resources, and its replication server with the last of them.
    pub(super) fn remove_staging(&mut self, id: SourceServerId, ground: &mut dyn Ground) {
        let replication = &mut self.servers[id].replication;
        if let Volumes::Created(size) = replication.volumes {
            self.usage.staging_storage = self.usage.staging_storage.saturating_sub(size);
            replication.volumes = Volumes::None;
        }
        let Some(replicator) = replication.replicator.take() else {
            return;
        };
        let disks = self.n_disks(id);
        let row = &mut self.replicators[replicator];
        self.room.remove(&(row.room(), replicator));
        row.members.remove(&id);
        row.busy.remove(&id);
        row.disks = row.disks.saturating_sub(disks);
        if row.members.is_empty() {
            self.terminate_replicator_instance(replicator, ground);
            let row = &mut self.replicators[replicator];
            row.stage = Stage::Removed;
            row.timers.clear();
            self.touch(Actor::Replicator(replicator));
            ground.note(replicator.into(), Notice::ReplicatorRemoved);
        } else if row.room() > 0 {
            self.room.insert((row.room(), replicator));
        }
    }

    /// Takes note of whether a server catches up, which decides how many share the instance's path
    /// to EBS.
    pub(super) fn set_busy(&mut self, id: SourceServerId, ground: &mut dyn Ground) {
        let server = &self.servers[id];
        let Some(replicator) = server.replication.replicator else {
            return;
        };
        let catching_up = match server.replication.state {
            Some(
                DataReplicationState::InitialSync
                | DataReplicationState::Backlog
                | DataReplicationState::Rescan,
            ) => server.replication.flow.is_some(),
            Some(
                DataReplicationState::Stopped
                | DataReplicationState::Initiating
                | DataReplicationState::CreatingSnapshot
                | DataReplicationState::Continuous
                | DataReplicationState::Paused
                | DataReplicationState::Stalled
                | DataReplicationState::Disconnected
                | DataReplicationState::PendingSnapshotShipping
                | DataReplicationState::ShippingSnapshot,
            )
            | None => false,
        };
        let row = &mut self.replicators[replicator];
        let changed = if catching_up {
            row.busy.insert(id)
        } else {
            row.busy.remove(&id)
        };
        if changed {
            // A handful at most: a shared replication server has about fifteen disks.
            let others: Vec<SourceServerId> = row.busy.iter().copied().filter(|other| *other != id).collect();
            let began = ground.cause();
            for other in others {
                ground.follow_from(began);
                self.set_cap(other, ground);
            }
        }
    }

    /// An instance that runs replication went down: the service puts another in its place.
    pub(super) fn replicator_down(&mut self, id: ReplicationServerId, ground: &mut dyn Ground) {
        if self.replicators.get(id).is_some_and(|row| row.host.is_some()) {
            self.replace_replicator(id, ground);
        }
    }
}
