//! Initiation: the eleven steps from a registered agent to the first byte.
//!
//! ```text
//! WAIT ─ CREATE_SECURITY_GROUP ─ LAUNCH ─ BOOT ─ AUTHENTICATE ─ DOWNLOAD      the replication server
//!   ─ CREATE_STAGING_DISKS ─ ATTACH_STAGING_DISKS                             EC2, from it
//!   ─ PAIR ─ CONNECT ─ START_DATA_TRANSFER                                    the agent
//! ```
//! A step that fails stalls the server with `FAILED_TO_<step>`, and is tried again by itself. The
//! attempts in between are counted and not announced: what a person sees is the failed step, the
//! number of attempts and the next instant, until an attempt succeeds or fails for another reason.
//! Steps 4 to 6 belong to the replication server; everybody who waits for it sees them.
//!
//! # Fidelity
//! Simplified: how long a step takes is drawn from ranges of our own, and a failed step is tried
//! again every ten minutes, where AWS says only that it is. That steps 7 and 8 fail where EC2
//! cannot be reached is ours. A replication server that was launched always boots.
//! `SETUP_FSX_PROXY` is left out with FSx storage, and so is an agent's loss of its change map in a
//! network break: a lost connection leaves a backlog, never a rescan.
//!
//! Source: "Data replication initiation", MGN API Reference; "Common replication errors", AWS
//! Transform MGN User Guide. What each step asks of the network is from the same guide's "Network
//! requirements".

use crate::migrate::ground::{CallFailed, CallOutcome, Ground};
use crate::reason::Reason;
use crate::resource::SourceServerId;
use crate::units::{SimTime, Span};
use crate::verdict::Refusal;

use super::endpoints::Caller;
use super::replicator::Stage;
use super::server::{Connection, Identity, Purpose, Replicating, Volumes};
use super::timer::ServerTimer;
use super::{
    DataPlaneRouting, DataReplicationState, Encryption, InitiationStep, KeyPolicy, Mgn, Notice,
    ReplicationError, StepStatus, prerequisite, staging, timing,
};

/// How many steps there are.
pub const N_STEPS: usize = InitiationStep::ALL.len();

/// `dataReplicationInitiation`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Initiation {
    pub(super) started_at: Option<SimTime>,
    pub(super) statuses: [StepStatus; N_STEPS],
    pub(super) current: Option<InitiationStep>,
    pub(super) attempts: u32,
    pub(super) next_attempt_at: Option<SimTime>,
}

impl Default for Initiation {
    fn default() -> Self {
        Self {
            started_at: None,
            statuses: [StepStatus::NotStarted; N_STEPS],
            current: None,
            attempts: 0,
            next_attempt_at: None,
        }
    }
}

impl Initiation {
    /// `startDateTime`.
    #[must_use]
    pub fn started_at(&self) -> Option<SimTime> {
        self.started_at
    }
    /// `steps`, in order.
    pub fn steps(&self) -> impl ExactSizeIterator<Item = (InitiationStep, StepStatus)> {
        InitiationStep::ALL.iter().copied().zip(self.statuses)
    }
    /// The step that runs or has failed.
    #[must_use]
    pub fn current(&self) -> Option<InitiationStep> {
        self.current
    }
    /// How often the present step has been tried.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.attempts
    }
    /// `nextAttemptDateTime`, while a failed step waits.
    #[must_use]
    pub fn next_attempt_at(&self) -> Option<SimTime> {
        self.next_attempt_at
    }
    /// The status of a step.
    #[must_use]
    pub fn status(&self, step: InitiationStep) -> StepStatus {
        self.statuses
            .get(step as usize)
            .copied()
            .unwrap_or(StepStatus::NotStarted)
    }
    fn set(&mut self, step: InitiationStep, status: StepStatus) {
        if let Some(slot) = self.statuses.get_mut(step as usize) {
            *slot = status;
        }
    }
}

/// The step after this one.
fn after(step: InitiationStep) -> Option<InitiationStep> {
    InitiationStep::ALL.get(step as usize + 1).copied()
}

impl Mgn {
    /// Begins the checklist at `from`: the steps before it keep what they are, the others are new.
    pub(super) fn initiate(&mut self, id: SourceServerId, from: InitiationStep, ground: &mut dyn Ground) {
        self.stop_initiation(id);
        let server = &mut self.servers[id];
        let unseen = match (server.identity, server.control) {
            (Identity::Known, Connection::Up(_)) => None,
            (Identity::Known, Connection::Lost(_, failed)) => Some((Some(failed), failed.stopped_by)),
            (Identity::Known, Connection::None) => Some((None, None)),
            // Only another installation helps.
            (Identity::Changed, _) => Some((None, Some(Refusal::at(Reason::MacChanged, id)))),
        };
        if let Some(cause) = unseen {
            // The checklist begins when the agent is heard of.
            server.initiation.current = Some(from);
            return self.stall(id, ReplicationError::AgentNotSeen, cause, ground);
        }
        let initiation = &mut self.servers[id].initiation;
        initiation.started_at = Some(ground.now());
        for step in InitiationStep::ALL.iter().skip(from as usize) {
            initiation.set(*step, StepStatus::NotStarted);
        }
        self.servers[id].replication.failure = None;
        self.set_replication_state(id, DataReplicationState::Initiating, ground);
        self.enter_step(id, from, ground);
    }
    /// Forgets whatever the checklist was waiting for.
    pub(super) fn stop_initiation(&mut self, id: SourceServerId) {
        self.set_timer(id, ServerTimer::Initiation, None);
        let server = &mut self.servers[id];
        server.forget_calls(|purpose| matches!(purpose, Purpose::Initiate(_)));
        server.initiation.current = None;
        server.initiation.attempts = 0;
        server.initiation.next_attempt_at = None;
    }

    fn enter_step(&mut self, id: SourceServerId, step: InitiationStep, ground: &mut dyn Ground) {
        let initiation = &mut self.servers[id].initiation;
        initiation.current = Some(step);
        initiation.attempts = 0;
        initiation.next_attempt_at = None;
        self.set_step(id, step, StepStatus::InProgress, ground);
        self.attempt_step(id, step, ground);
    }

    /// Tries the present step, for the first time or again.
    pub(super) fn attempt_step(&mut self, id: SourceServerId, step: InitiationStep, ground: &mut dyn Ground) {
        let initiation = &mut self.servers[id].initiation;
        initiation.attempts = initiation.attempts.saturating_add(1);
        initiation.next_attempt_at = None;
        match step {
            InitiationStep::Wait => self.step_takes(id, timing::WAIT_TAKES, ground),
            InitiationStep::CreateSecurityGroup => match self.may("ec2:CreateSecurityGroup") {
                Ok(()) => self.step_takes(id, (timing::GROUP_TAKES, timing::GROUP_TAKES), ground),
                Err(refusal) => self.step_refused(id, step, refusal, ground),
            },
            InitiationStep::LaunchReplicationServer => self.launch_step(id, ground),
            InitiationStep::BootReplicationServer
            | InitiationStep::AuthenticateWithService
            | InitiationStep::DownloadReplicationSoftware => self.follow_replicator(id, ground),
            InitiationStep::CreateStagingDisks => self.create_disks_step(id, ground),
            InitiationStep::AttachStagingDisks => self.attach_disks_step(id, ground),
            InitiationStep::PairReplicationServerWithAgent => {
                let call = self
                    .endpoints
                    .agent_session(self.agent_caller(id), &self.servers[id].config.install);
                self.call(id, Purpose::Initiate(step), call, ground);
            }
            InitiationStep::ConnectAgentToReplicationServer => self.connect_step(id, ground),
            InitiationStep::StartDataTransfer => {
                match prerequisite::disks_can_start(&self.servers[id].config.disks) {
                    Ok(()) => self.step_takes(id, (timing::START_TAKES, timing::START_TAKES), ground),
                    Err(reason) => self.step_refused(id, step, Refusal::at(reason, id), ground),
                }
            }
        }
    }

    fn step_takes(&mut self, id: SourceServerId, range: (Span, Span), ground: &mut dyn Ground) {
        let takes = self.servers[id].draw(range);
        self.set_timer(id, ServerTimer::Initiation, Some(ground.now() + takes));
    }

    /// The present step has taken its time, or a failed one is due again.
    pub(super) fn initiation_timer(&mut self, id: SourceServerId, ground: &mut dyn Ground) {
        let initiation = &self.servers[id].initiation;
        let Some(step) = initiation.current else {
            return;
        };
        if initiation.next_attempt_at.is_some() {
            self.attempt_step(id, step, ground);
        } else {
            self.step_done(id, step, StepStatus::Succeeded, ground);
        }
    }

    fn launch_step(&mut self, id: SourceServerId, ground: &mut dyn Ground) {
        let step = InitiationStep::LaunchReplicationServer;
        if self.servers[id].replication.replicator.is_none() {
            self.join_shared(id);
        }
        let assigned = self.servers[id].replication.replicator;
        let row = assigned.and_then(|replicator| self.replicators.get(replicator));
        let launched = match (assigned, row.map(|row| &row.stage)) {
            (Some(replicator), Some(Stage::Unlaunched)) => self.relaunch_replicator(id, replicator, ground),
            (Some(_), Some(_)) => return self.step_done(id, step, StepStatus::Skipped, ground),
            (None, _) | (_, None) => self.launch_replicator(id, ground),
        };
        match launched {
            Ok(()) => self.step_takes(id, timing::LAUNCH_TAKES, ground),
            Err(refusal) => self.step_refused(id, step, refusal, ground),
        }
    }

    /// Brings steps 4 to 6 to where the replication server is.
    pub(super) fn follow_replicator(&mut self, id: SourceServerId, ground: &mut dyn Ground) {
        let server = &self.servers[id];
        let (Some(step), Some(replicator)) = (server.initiation.current, server.replication.replicator)
        else {
            return;
        };
        if !matches!(server.control, Connection::Up(_)) {
            return;
        }
        let Some(reached) = self
            .replicators
            .get(replicator)
            .map(|replicator| &replicator.stage)
        else {
            return;
        };
        let at = match reached {
            Stage::Unlaunched | Stage::Booting => Some(InitiationStep::BootReplicationServer),
            Stage::Authenticating(_) => Some(InitiationStep::AuthenticateWithService),
            Stage::Downloading(..) => Some(InitiationStep::DownloadReplicationSoftware),
            Stage::Ready | Stage::Removed => None,
            Stage::Failed(failure) => {
                if failure.step == step {
                    let failure = failure.clone();
                    self.fail_step(id, step, failure.call, failure.stopped_by, ground);
                    return;
                }
                Some(failure.step)
            }
        };
        let own = matches!(
            step,
            InitiationStep::BootReplicationServer
                | InitiationStep::AuthenticateWithService
                | InitiationStep::DownloadReplicationSoftware
        );
        if own && at.is_none_or(|at| step < at) {
            self.step_done(id, step, StepStatus::Succeeded, ground);
        }
    }

    fn replicator_caller(&self, id: SourceServerId) -> Option<Caller> {
        let replicator = self.replicators.get(self.servers[id].replication.replicator?)?;
        replicator.host.map(Caller::service)
    }

    fn create_disks_step(&mut self, id: SourceServerId, ground: &mut dyn Ground) {
        let step = InitiationStep::CreateStagingDisks;
        if self.servers[id].replication.volumes != Volumes::None {
            return self.step_done(id, step, StepStatus::Skipped, ground);
        }
        match (self.may_create_disks(id), self.replicator_caller(id)) {
            (Err(refusal), _) => self.step_refused(id, step, refusal, ground),
            (Ok(()), Some(caller)) => {
                let call = self.endpoints.ec2(caller, "ec2:CreateVolume");
                self.call(id, Purpose::Initiate(step), call, ground);
            }
            (Ok(()), None) => self.step_refused(id, step, Refusal::at(Reason::HostDown, id), ground),
        }
    }

    fn may_create_disks(&self, id: SourceServerId) -> Result<(), Refusal> {
        self.may("ec2:CreateVolume")?;
        if let Encryption::Custom(key) = self.config.replication.encryption {
            let key = self.config.keys.get(key as usize);
            if key.is_none_or(|key| key.policy == KeyPolicy::DeniesGrants) {
                return Err(Refusal::at(Reason::KmsGrantDenied, self.config.account.region));
            }
        }
        let size = staging::size(&self.servers[id].config.disks);
        let quota = self.config.account.quotas.staging_storage;
        self.fits(
            self.usage.staging_storage.as_bytes(),
            size.as_bytes(),
            quota.as_bytes(),
        )
    }

    fn attach_disks_step(&mut self, id: SourceServerId, ground: &mut dyn Ground) {
        let step = InitiationStep::AttachStagingDisks;
        let n_disks = self.servers[id].config.disks.len() as u64;
        let most = u64::from(self.config.replication.instance_type.max_volumes);
        let allowed = self
            .may("ec2:AttachVolume")
            .and_then(|()| self.fits(0, n_disks, most));
        match (allowed, self.replicator_caller(id)) {
            (Err(refusal), _) => self.step_refused(id, step, refusal, ground),
            (Ok(()), Some(caller)) => {
                let call = self.endpoints.ec2(caller, "ec2:AttachVolume");
                self.call(id, Purpose::Initiate(step), call, ground);
            }
            (Ok(()), None) => self.step_refused(id, step, Refusal::at(Reason::HostDown, id), ground),
        }
    }

    fn connect_step(&mut self, id: SourceServerId, ground: &mut dyn Ground) {
        let step = InitiationStep::ConnectAgentToReplicationServer;
        match self.data_address(id, ground) {
            Ok(address) => {
                let call = self.agent_caller(id).data(address);
                self.call(id, Purpose::Initiate(step), call, ground);
            }
            Err(refusal) => self.step_refused(id, step, refusal, ground),
        }
    }

    /// The address of the replication server that the agent is handed.
    pub(super) fn data_address(
        &self,
        id: SourceServerId,
        ground: &mut dyn Ground,
    ) -> Result<std::net::Ipv4Addr, Refusal> {
        let Some(caller) = self.replicator_caller(id) else {
            return Err(Refusal::at(Reason::HostDown, id));
        };
        let address = match self.config.replication.routing {
            DataPlaneRouting::PrivateIp => ground.address(caller.host),
            DataPlaneRouting::PublicIp => ground.public_address(caller.host),
        };
        address.ok_or_else(|| match self.config.replication.routing {
            DataPlaneRouting::PrivateIp => Refusal::at(Reason::HostDown, caller.host),
            DataPlaneRouting::PublicIp => Refusal::at(Reason::PublicDataRouting, id),
        })
    }

    /// A call of the present step ended.
    pub(super) fn initiation_call_done(
        &mut self,
        id: SourceServerId,
        step: InitiationStep,
        outcome: CallOutcome,
        ground: &mut dyn Ground,
    ) {
        if self.servers[id].initiation.current != Some(step) {
            return;
        }
        if let Err(call) = outcome {
            let stopped_by = self.connect_cause(id, step, &call);
            return self.fail_step(id, step, Some(call), stopped_by, ground);
        }
        match step {
            InitiationStep::CreateStagingDisks => {
                let size = staging::size(&self.servers[id].config.disks);
                self.usage.staging_storage += size;
                self.servers[id].replication.volumes = Volumes::Created(size);
                self.step_takes(id, timing::CREATE_DISKS_TAKES, ground);
            }
            InitiationStep::AttachStagingDisks => self.step_takes(id, timing::ATTACH_DISKS_TAKES, ground),
            InitiationStep::PairReplicationServerWithAgent => self.step_takes(id, timing::PAIR_TAKES, ground),
            InitiationStep::ConnectAgentToReplicationServer => {
                self.hold_data(id, ground);
                self.step_done(id, step, StepStatus::Succeeded, ground);
            }
            InitiationStep::Wait
            | InitiationStep::CreateSecurityGroup
            | InitiationStep::LaunchReplicationServer
            | InitiationStep::BootReplicationServer
            | InitiationStep::AuthenticateWithService
            | InitiationStep::DownloadReplicationSoftware
            | InitiationStep::StartDataTransfer => {}
        }
    }

    /// What stopped a call; where it only says that a public address cannot be reached from an
    /// isolated network, the cause is that the agent was handed one.
    fn connect_cause(&self, id: SourceServerId, step: InitiationStep, call: &CallFailed) -> Option<Refusal> {
        let handed_public = step == InitiationStep::ConnectAgentToReplicationServer
            && self.config.replication.routing == DataPlaneRouting::PublicIp;
        let unreachable = call.stopped_by.is_none_or(|refusal| {
            matches!(
                refusal.reason,
                Reason::NoRoute | Reason::NoPublicAddress | Reason::UnknownDestination
            )
        });
        if handed_public && unreachable {
            return Some(Refusal::at(Reason::PublicDataRouting, id));
        }
        call.stopped_by
    }

    pub(super) fn set_step(
        &mut self,
        id: SourceServerId,
        step: InitiationStep,
        status: StepStatus,
        ground: &mut dyn Ground,
    ) {
        let initiation = &mut self.servers[id].initiation;
        if initiation.status(step) != status {
            initiation.set(step, status);
            ground.note(id.into(), Notice::Step { step, status });
        }
    }

    /// A step is over; a stall that it caused is, too.
    pub(super) fn step_done(
        &mut self,
        id: SourceServerId,
        step: InitiationStep,
        status: StepStatus,
        ground: &mut dyn Ground,
    ) {
        if self.servers[id].replication.state == Some(DataReplicationState::Stalled) {
            self.clear_failure(id, ground);
            self.set_replication_state(id, DataReplicationState::Initiating, ground);
        }
        self.set_step(id, step, status, ground);
        match after(step) {
            Some(next) => self.enter_step(id, next, ground),
            None => {
                self.stop_initiation(id);
                self.begin_transfer(id, ground);
            }
        }
    }

    pub(super) fn step_refused(
        &mut self,
        id: SourceServerId,
        step: InitiationStep,
        refusal: Refusal,
        ground: &mut dyn Ground,
    ) {
        self.fail_step(id, step, None, Some(refusal), ground);
    }

    /// A step failed: the server stalls, and the step is tried again later.
    pub(super) fn fail_step(
        &mut self,
        id: SourceServerId,
        step: InitiationStep,
        call: Option<CallFailed>,
        stopped_by: Option<Refusal>,
        ground: &mut dyn Ground,
    ) {
        let Some(error) = step.error() else {
            return;
        };
        let retry_at = ground.now() + timing::RETRY_EVERY;
        let server = &mut self.servers[id];
        server.initiation.next_attempt_at = Some(retry_at);
        let replicators = matches!(
            step,
            InitiationStep::BootReplicationServer
                | InitiationStep::AuthenticateWithService
                | InitiationStep::DownloadReplicationSoftware
        );
        if replicators {
            // The replication server tries again for everybody.
            let replicator = server.replication.replicator;
            server.initiation.next_attempt_at = replicator
                .and_then(|id| self.replicators.get(id))
                .and_then(super::Replicator::next_attempt_at);
        } else {
            self.set_timer(id, ServerTimer::Initiation, Some(retry_at));
        }
        self.set_step(id, step, StepStatus::Failed, ground);
        self.stall(id, error, (call, stopped_by), ground);
    }

    /// `RetryDataReplication`: the present step at once, or the pairing where data flowed before.
    ///
    /// It begins with the agent's next handshake: an agent that is not seen begins when it is.
    pub(super) fn retry_initiation(&mut self, id: SourceServerId, ground: &mut dyn Ground) {
        let server = &self.servers[id];
        if server.replication.wanted != Replicating::Yes || !matches!(server.control, Connection::Up(_)) {
            return;
        }
        let from = match self.servers[id].initiation.current {
            Some(step) => step,
            None => {
                self.drop_data(id, ground);
                InitiationStep::PairReplicationServerWithAgent
            }
        };
        let replicator = self.servers[id].replication.replicator;
        if let Some(replicator) = replicator {
            self.retry_replicator(replicator, ground);
        }
        if self.servers[id].replication.state == Some(DataReplicationState::Stalled) {
            self.initiate(id, from, ground);
        }
    }
}
