//! A source server as the service knows it.
//!
//! # Fidelity
//! Simplified: of a source server's properties those that decide something are there. CPUs, memory,
//! interfaces, tags and the identity in EC2 or VMware are left out. A computer is recognised by
//! whether its MAC addresses have changed, not by their values.

use std::sync::Arc;

use crate::kernel::Dice;
use crate::migrate::ground::{CallFailed, CallId, HoldId};
use crate::resource::{FlowId, HostId, JobId, ReplicationServerId};
use crate::site::OsFamily;
use crate::units::{BitRate, DataSize, SimTime, Span};
use crate::verdict::Refusal;

use super::initiation::Initiation;
use super::installer::Agent;
use super::lag::Told;
use super::launched::LaunchedInstance;
use super::timer::ServerTimers;
use super::transfer::Transfer;
use super::{
    DataReplicationState, InitiationStep, InstallStep, LifeCycleState, ReplicationError, ServerConfig, os,
};

/// Whether the console lists a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Listing {
    /// Among the active ones.
    Active,
    /// Only among the archived ones.
    Archived,
}

/// Whether the source computer runs, as far as writing to its disks goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SourcePower {
    /// It writes as its profile says.
    On,
    /// It writes nothing.
    Off,
}

/// `lifeCycle` of a source server: its state and when things happened to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LifeCycle {
    /// The state; none before the agent has registered.
    pub state: Option<LifeCycleState>,
    /// `addedToServiceDateTime`.
    pub added_to_service_at: Option<SimTime>,
    /// `firstByteDateTime`.
    pub first_byte_at: Option<SimTime>,
    /// When the initial sync last ended.
    pub initial_sync_done_at: Option<SimTime>,
    /// When replication ended for good.
    pub replication_ended_at: Option<SimTime>,
    /// `lastTest`.
    pub last_test: Launches,
    /// `lastCutover`.
    pub last_cutover: Launches,
}

/// `lastTest` or `lastCutover`: when it was begun, taken back and finished.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Launches {
    /// `initiated`.
    pub initiated_at: Option<SimTime>,
    /// `reverted`.
    pub reverted_at: Option<SimTime>,
    /// `finalized`.
    pub finalized_at: Option<SimTime>,
}

/// `dataReplicationError`, and what the lab knows beyond it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReplicationFailure {
    /// AWS's error code.
    pub error: ReplicationError,
    /// What the service or the agent saw, where it was a call that failed.
    pub call: Option<CallFailed>,
    /// What stopped it.
    pub stopped_by: Option<Refusal>,
    /// Since when.
    pub since: SimTime,
}

/// A held connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Connection {
    /// There is none.
    #[default]
    None,
    /// It stands.
    Up(HoldId),
    /// It is lost and tried again.
    Lost(HoldId, CallFailed),
}

impl Connection {
    pub(super) fn hold(self) -> Option<HoldId> {
        match self {
            Self::None => None,
            Self::Up(hold) | Self::Lost(hold, _) => Some(hold),
        }
    }
}

/// What a pending call of a server is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// A step of the installer; which of its calls.
    Install(InstallStep, usize),
    /// A step of initiation.
    Initiate(InitiationStep),
    /// Post-launch actions.
    PostLaunch,
}

/// Whether the data of a server moves, as far as the service and people want it to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Replicating {
    /// Not begun, stopped or disconnected.
    No,
    /// Wanted.
    Yes,
    /// Paused by a person.
    Paused,
}

/// Whether people were told of a stall and not yet of its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum StallNews {
    /// Nothing was told, or its end was, too.
    Settled,
    /// Its end is still to be told.
    Open,
}

/// Whether the service recognises the computer by its MAC address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Identity {
    /// It does.
    Known,
    /// The address changed since the agent was registered.
    Changed,
}

/// The replication of one server.
#[derive(Debug, Clone)]
pub(super) struct Replication {
    pub(super) wanted: Replicating,
    pub(super) state: Option<DataReplicationState>,
    pub(super) failure: Option<ReplicationFailure>,
    pub(super) news: StallNews,
    pub(super) transfer: Transfer,
    pub(super) replicator: Option<ReplicationServerId>,
    pub(super) flow: Option<FlowId>,
    /// What the flow was last capped at, in bits per second.
    pub(super) cap: BitRate,
    /// What was announced of its rate and its lag.
    pub(super) told: Told,
    pub(super) data: Connection,
    /// Losses of the data connection in the present window, and when the window began.
    pub(super) losses: (u32, SimTime),
    /// When the present full copy began.
    pub(super) copy_began_at: Option<SimTime>,
    /// The latest instant of which a launchable snapshot exists; see `snapshot`.
    pub(super) snapshot_at: Option<SimTime>,
    /// Whether the server is said to lag.
    pub(super) lagging: bool,
    /// What was left to send when the window to converge began.
    pub(super) converge_from: u128,
    pub(super) volumes: Volumes,
}

/// Whether a server's staging volumes exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Volumes {
    /// They do not.
    None,
    /// They do, and count against the quota with this size.
    Created(DataSize),
}

/// A source server.
#[derive(Debug, Clone)]
pub struct SourceServer {
    /// Shared between the clones of a lab until one of them changes it.
    pub(super) config: Arc<ServerConfig>,
    pub(super) os: OsFamily,
    pub(super) agent: Agent,
    pub(super) control: Connection,
    /// When the service last heard of the agent, while it does not.
    pub(super) last_seen_at: Option<SimTime>,
    pub(super) power: SourcePower,
    pub(super) identity: Identity,
    pub(super) listing: Listing,
    pub(super) duplicates: u32,
    pub(super) life_cycle: LifeCycle,
    pub(super) replication: Replication,
    pub(super) initiation: Initiation,
    pub(super) launched: Option<LaunchedInstance>,
    pub(super) job: Option<JobId>,
    /// Instances launched so far, which numbers their names.
    pub(super) n_launches: u32,
    pub(super) timers: ServerTimers,
    pub(super) calls: Vec<(CallId, Purpose)>,
    pub(super) dice: Dice,
}

/// Leaves only the disks that `--devices` names.
///
/// # Fidelity
/// The installer adds the boot disk by itself; here `--devices` says all.
pub(super) fn choose_disks(config: &mut ServerConfig) {
    let devices = &config.install.devices;
    if !devices.is_empty() {
        config.disks.retain(|disk| devices.contains(&disk.device));
    }
}

impl SourceServer {
    pub(super) fn new(mut config: ServerConfig, dice: Dice) -> Self {
        let start = SimTime::START;
        choose_disks(&mut config);
        let transfer = Transfer::new(&config.disks, config.wire_ratio, config.read_rate, start);
        Self {
            os: os::family(&config.prerequisites.os),
            config: Arc::new(config),
            agent: Agent::NotInstalled,
            control: Connection::None,
            last_seen_at: None,
            power: SourcePower::On,
            identity: Identity::Known,
            listing: Listing::Active,
            duplicates: 0,
            life_cycle: LifeCycle::default(),
            replication: Replication {
                wanted: Replicating::No,
                state: None,
                failure: None,
                news: StallNews::Settled,
                transfer,
                replicator: None,
                flow: None,
                cap: BitRate::ZERO,
                told: Told::default(),
                data: Connection::None,
                losses: (0, start),
                copy_began_at: None,
                snapshot_at: None,
                lagging: false,
                converge_from: 0,
                volumes: Volumes::None,
            },
            initiation: Initiation::default(),
            launched: None,
            job: None,
            n_launches: 0,
            timers: ServerTimers::default(),
            calls: Vec::new(),
            dice,
        }
    }

    /// Whether it counts as replicating against the quota: its data moves, or may again at once.
    pub(super) fn is_active(&self) -> bool {
        match self.replication.wanted {
            Replicating::Yes | Replicating::Paused => true,
            Replicating::No => false,
        }
    }
    /// A span from a range, drawn with the server's own dice.
    pub(super) fn draw(&mut self, (shortest, longest): (Span, Span)) -> Span {
        self.dice.span_between(shortest, longest)
    }
    /// Takes note of a call, so that its outcome finds its purpose.
    pub(super) fn expect_call(&mut self, call: CallId, purpose: Purpose) {
        self.calls.push((call, purpose));
    }
    /// The purpose of a call that ended; none where nobody waits for it any more.
    pub(super) fn take_call(&mut self, call: CallId) -> Option<Purpose> {
        let at = self.calls.iter().position(|(id, _)| *id == call)?;
        Some(self.calls.swap_remove(at).1)
    }
    /// Stops waiting for the calls that the installer, or the initiation, has under way.
    pub(super) fn forget_calls(&mut self, which: fn(Purpose) -> bool) {
        self.calls.retain(|(_, purpose)| !which(*purpose));
    }

    /// The set-up, with the changes made since.
    #[must_use]
    pub fn config(&self) -> &ServerConfig {
        &self.config
    }
    /// The source computer.
    #[must_use]
    pub fn host(&self) -> HostId {
        self.config.host
    }
    /// The family of operating systems.
    #[must_use]
    pub fn os(&self) -> OsFamily {
        self.os
    }
    /// How the agent's installation stands.
    #[must_use]
    pub fn agent(&self) -> &Agent {
        &self.agent
    }
    /// Whether the console lists it.
    #[must_use]
    pub fn listing(&self) -> Listing {
        self.listing
    }
    /// Further entries that the console shows for the same computer: it was registered again
    /// without the identity that it had, because its MAC address changed and no
    /// `--user-provided-id` tied the agent to the old entry.
    #[must_use]
    pub fn duplicates(&self) -> u32 {
        self.duplicates
    }
    /// `lifeCycle`.
    #[must_use]
    pub fn life_cycle(&self) -> &LifeCycle {
        &self.life_cycle
    }
    /// `dataReplicationState`; none before the agent has registered.
    #[must_use]
    pub fn data_replication_state(&self) -> Option<DataReplicationState> {
        self.replication.state
    }
    /// `dataReplicationInitiation`.
    #[must_use]
    pub fn initiation(&self) -> &Initiation {
        &self.initiation
    }
    /// `dataReplicationError`.
    #[must_use]
    pub fn failure(&self) -> Option<&ReplicationFailure> {
        self.replication.failure.as_ref()
    }
    /// `replicatorId`.
    #[must_use]
    pub fn replicator(&self) -> Option<ReplicationServerId> {
        self.replication.replicator
    }
    /// The flow that carries its data, while one does.
    #[must_use]
    pub fn flow(&self) -> Option<FlowId> {
        self.replication.flow
    }
    /// The instance of its latest test or cutover, until it is terminated.
    #[must_use]
    pub fn launched(&self) -> Option<&LaunchedInstance> {
        self.launched.as_ref()
    }
    /// The job that it takes part in at present.
    #[must_use]
    pub fn job(&self) -> Option<JobId> {
        self.job
    }
    /// Whether a launchable snapshot exists: `lagDuration` is not null.
    #[must_use]
    pub fn is_launchable(&self) -> bool {
        self.replication.snapshot_at.is_some()
    }
}
