//! The service as a whole: its tables, and the door through which everything that happens comes in.
//!
//! [`Mgn`] is plain data: it can be cloned, and it acts only on the [`Ground`] that it is handed.
//! The world drives it: every wake-up, finished call, changed rate, lost connection and operation
//! is one [`Input`], and nothing is ever polled. A change touches the one server that it is about,
//! and where replication servers are shared its few neighbours.
//!
//! # Fidelity
//! Simplified: one account and Region. Agent-based replication only: no vCenter client, no
//! connector, no FSx storage. The service's own control plane never fails or throttles.

use std::collections::{BTreeMap, BTreeSet};

use crate::kernel::{Arena, Streams};
use crate::migrate::ground::{Actor, Call, CallId, CallOutcome, Ground, HoldEvent, HoldId};
use crate::resource::{FlowId, HostId, JobId, ReplicationServerId, SourceServerId, WaveId, kind};
use crate::units::{BitRate, SimTime};

use super::endpoints::Endpoints;
use super::job::Job;
use super::quota::Usage;
use super::replicator::Replicator;
use super::server::{Purpose, SourceServer};
use super::timer::ServerTimer;
use super::{Account, Application, Command, Config, KmsKey, ReplicationTemplate, SettingChange, Wave};

/// Something that happens to the service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// A person asks for an operation.
    Command(Command),
    /// The instant that an actor asked to be woken at has come.
    Wake(Actor),
    /// A call ended.
    CallDone {
        /// Whose it was.
        actor: Actor,
        /// Which.
        call: CallId,
        /// How it ended.
        outcome: CallOutcome,
    },
    /// A flow moves at another rate.
    FlowRate {
        /// Whose it is.
        actor: Actor,
        /// Which.
        flow: FlowId,
        /// The rate now.
        rate: BitRate,
    },
    /// A held connection was lost, or came back.
    Hold {
        /// Whose it is.
        actor: Actor,
        /// Which.
        hold: HoldId,
        /// What became of it.
        event: HoldEvent,
    },
    /// Something happened to a computer.
    HostChanged {
        /// The computer.
        host: HostId,
        /// What.
        change: HostChange,
    },
    /// A setting of the migration was changed.
    Setting(SettingChange),
}

/// What can happen to a computer, as far as a migration is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum HostChange {
    /// It was shut down.
    PowerOff,
    /// It was started again.
    PowerOn,
    /// It crashed and came back, or was reset: the agent's map of changed blocks is lost.
    Crashed,
    /// It was restarted in good order: on most systems replication goes on where it was.
    Rebooted,
    /// Its MAC address changed, from which the service derives its identity.
    MacChanged,
}

/// What a computer is to the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum HostRole {
    Source(SourceServerId),
    Replicator(ReplicationServerId),
}

/// Config without the servers, which keep their own.
#[derive(Debug, Clone)]
pub(super) struct Settings {
    pub(super) account: Account,
    pub(super) replication: ReplicationTemplate,
    pub(super) keys: Vec<KmsKey>,
    pub(super) applications: Vec<Application>,
    pub(super) waves: Arena<Wave, kind::Wave>,
}

/// The Application Migration Service in one account and Region.
#[derive(Debug, Clone)]
pub struct Mgn {
    pub(super) config: Settings,
    pub(super) endpoints: Endpoints,
    pub(super) servers: Arena<SourceServer, kind::SourceServer>,
    pub(super) replicators: Arena<Replicator, kind::ReplicationServer>,
    pub(super) jobs: Arena<Job, kind::Job>,
    pub(super) hosts: BTreeMap<HostId, HostRole>,
    pub(super) usage: Usage,
    /// Shared replication servers by how many more disks they take.
    pub(super) room: BTreeSet<(u32, ReplicationServerId)>,
    /// Conversion servers launched so far, which numbers their names.
    pub(super) n_conversions: u32,
    /// Whose deadlines may have changed since the last input.
    touched: Vec<Actor>,
}

impl Mgn {
    /// The service before anything has happened.
    ///
    /// `region` is the target Region's name, for example `ap-south-1`; each server draws from a
    /// stream of `streams` of its own.
    #[must_use]
    pub fn new(config: Config, region: &str, streams: Streams) -> Self {
        let servers: Arena<SourceServer, kind::SourceServer> = config
            .servers
            .rows()
            .iter()
            .map(|server| {
                let dice = streams.stream("mgn", &server.name);
                SourceServer::new(server.clone(), dice)
            })
            .collect();
        let hosts = servers
            .iter()
            .map(|(id, server)| (server.config.host, HostRole::Source(id)))
            .collect();
        Self {
            config: Settings {
                account: config.account,
                replication: config.replication,
                keys: config.keys,
                applications: config.applications,
                waves: config.waves,
            },
            endpoints: Endpoints::new(region),
            servers,
            replicators: Arena::new(),
            jobs: Arena::new(),
            hosts,
            usage: Usage::default(),
            room: BTreeSet::new(),
            n_conversions: 0,
            touched: Vec::new(),
        }
    }

    /// Takes one input at `ground.now()`.
    ///
    /// Inputs about actors, calls, flows or connections that are no longer waited for do nothing.
    pub fn handle(&mut self, input: Input, ground: &mut dyn Ground) {
        match input {
            Input::Command(command) => self.operate(&command, ground),
            Input::Wake(actor) => self.woken(actor, ground),
            Input::CallDone { actor, call, outcome } => self.call_done(actor, call, outcome, ground),
            Input::FlowRate { actor, flow, rate } => {
                if let Actor::Server(id) = actor {
                    self.flow_rate(id, flow, rate, ground);
                }
            }
            Input::Hold { actor, hold, event } => {
                if let Actor::Server(id) = actor {
                    self.hold_changed(id, hold, event, ground);
                }
            }
            Input::HostChanged { host, change } => self.host_changed(host, change, ground),
            Input::Setting(change) => self.change_setting(change, ground),
        }
        self.tell_wishes(ground);
    }

    fn woken(&mut self, actor: Actor, ground: &mut dyn Ground) {
        match actor {
            Actor::Service => {}
            Actor::Server(id) => {
                if let Some(server) = self.servers.get_mut(id) {
                    server.timers.woken();
                    self.touched.push(actor);
                    self.server_woken(id, ground);
                }
            }
            Actor::Replicator(id) => {
                if let Some(replicator) = self.replicators.get_mut(id) {
                    replicator.timers.woken();
                    self.touched.push(actor);
                    self.replicator_woken(id, ground);
                }
            }
            Actor::Job(id) => {
                if self.jobs.get(id).is_some() {
                    self.job_woken(id, ground);
                }
            }
        }
    }

    fn server_woken(&mut self, id: SourceServerId, ground: &mut dyn Ground) {
        type Due = (ServerTimer, fn(&mut Mgn, SourceServerId, &mut dyn Ground));
        // In the order of `ServerTimer`, which is the order within an instant.
        const DUE: &[Due] = &[
            (ServerTimer::Install, Mgn::install_timer),
            (ServerTimer::Writes, Mgn::writes_changed),
            (ServerTimer::Progress, Mgn::progress_timer),
            (ServerTimer::Snapshot, Mgn::snapshot_timer),
            (ServerTimer::Lag, Mgn::lag_timer),
            (ServerTimer::Converge, Mgn::converge_timer),
            (ServerTimer::Initiation, Mgn::initiation_timer),
            (ServerTimer::Uninstall, Mgn::uninstall_timer),
            (ServerTimer::Cleanup, Mgn::cleanup_timer),
            (ServerTimer::FirstBoot, Mgn::first_boot_timer),
            (ServerTimer::PostLaunch, Mgn::post_launch_timer),
        ];
        for (timer, act) in DUE {
            if self.servers[id].timers.take_due(*timer, ground.now()) {
                act(self, id, ground);
            }
        }
    }

    fn call_done(&mut self, actor: Actor, call: CallId, outcome: CallOutcome, ground: &mut dyn Ground) {
        match actor {
            Actor::Service => {}
            Actor::Server(id) => {
                let purpose = self.servers.get_mut(id).and_then(|server| server.take_call(call));
                match purpose {
                    None => {}
                    Some(Purpose::Install(step, number)) => {
                        self.install_call_done(id, (step, number), outcome, ground);
                    }
                    Some(Purpose::Initiate(step)) => self.initiation_call_done(id, step, outcome, ground),
                    Some(Purpose::PostLaunch) => self.post_launch_call_done(id, outcome, ground),
                }
            }
            Actor::Replicator(id) => self.replicator_call_done(id, call, outcome, ground),
            Actor::Job(id) => self.job_call_done(id, call, outcome, ground),
        }
    }

    /// Starts a call for a server.
    pub(super) fn call(&mut self, id: SourceServerId, purpose: Purpose, call: Call, ground: &mut dyn Ground) {
        let call = ground.call(Actor::Server(id), call);
        self.servers[id].expect_call(call, purpose);
    }
    /// Sets or clears a deadline of a server.
    pub(super) fn set_timer(&mut self, id: SourceServerId, timer: ServerTimer, at: Option<SimTime>) {
        self.servers[id].timers.set(timer, at);
        self.touch(Actor::Server(id));
    }
    /// Takes note that an actor's deadlines may have changed.
    pub(super) fn touch(&mut self, actor: Actor) {
        if self.touched.last() != Some(&actor) {
            self.touched.push(actor);
        }
    }
    fn tell_wishes(&mut self, ground: &mut dyn Ground) {
        let mut touched = core::mem::take(&mut self.touched);
        for &actor in &touched {
            let wish = match actor {
                Actor::Service => None,
                Actor::Server(id) => self.servers.get_mut(id).and_then(|server| server.timers.wish()),
                Actor::Replicator(id) => {
                    let replicator = self.replicators.get_mut(id);
                    replicator.and_then(|replicator| replicator.timers.wish())
                }
                Actor::Job(id) => self.jobs.get_mut(id).and_then(Job::wish),
            };
            if let Some(at) = wish {
                ground.wake(actor, at);
            }
        }
        // The same room is used for the next input.
        touched.clear();
        self.touched = touched;
    }

    /// The account's settings, with the changes made since.
    #[must_use]
    pub fn account(&self) -> &Account {
        &self.config.account
    }
    /// The replication settings template, with the changes made since.
    #[must_use]
    pub fn template(&self) -> &ReplicationTemplate {
        &self.config.replication
    }
    /// The customer managed keys, with the changes made since.
    #[must_use]
    pub fn keys(&self) -> &[KmsKey] {
        &self.config.keys
    }
    /// What counts against the quotas.
    #[must_use]
    pub fn usage(&self) -> &Usage {
        &self.usage
    }
    /// A source server, where there is one of that id.
    #[must_use]
    pub fn server(&self, id: SourceServerId) -> Option<&SourceServer> {
        self.servers.get(id)
    }
    /// All source servers, in order.
    pub fn servers(
        &self,
    ) -> impl DoubleEndedIterator<Item = (SourceServerId, &SourceServer)> + ExactSizeIterator {
        self.servers.iter()
    }
    /// A replication server, where there is one of that id.
    #[must_use]
    pub fn replicator(&self, id: ReplicationServerId) -> Option<&Replicator> {
        self.replicators.get(id)
    }
    /// All replication servers there have been, in order.
    pub fn replicators(
        &self,
    ) -> impl DoubleEndedIterator<Item = (ReplicationServerId, &Replicator)> + ExactSizeIterator {
        self.replicators.iter()
    }
    /// A job, where there is one of that id.
    #[must_use]
    pub fn job(&self, id: JobId) -> Option<&Job> {
        self.jobs.get(id)
    }
    /// All jobs, in order.
    pub fn jobs(&self) -> impl DoubleEndedIterator<Item = (JobId, &Job)> + ExactSizeIterator {
        self.jobs.iter()
    }
    /// The applications, in the order of the lab.
    #[must_use]
    pub fn applications(&self) -> &[Application] {
        &self.config.applications
    }
    /// The waves, in the order of the lab.
    pub fn waves(&self) -> impl DoubleEndedIterator<Item = (WaveId, &Wave)> + ExactSizeIterator {
        self.config.waves.iter()
    }
}
