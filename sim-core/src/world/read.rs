//! What can be read of a lab, by those who look at it and by those who judge it.

use crate::kernel::{Digest, Keep, Trace};
use crate::migrate::ground::Ground as _;
use crate::migrate::mgn::Mgn;
use crate::reason::Reason;
use crate::resource::{FlowId, HostId, ResourceRef, RunbookStepId, SourceServerId};
use crate::site::MacAddress;
use crate::units::{BitRate, SimTime, Span};
use crate::verdict::Refusal;

use super::conductor::StepState;
use super::detour::FlowMove;
use super::names::Names;
use super::network::{LinkRef, Network, Tracking};
use super::notice::Happening;
use super::observation::{ExpectationResult, FailedActions, Judge, Observed, RefusedOperation};
use super::run::World;

/// What a link that bulk flows have used carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LinkLoad {
    /// The link.
    pub link: LinkRef,
    /// What it can carry.
    pub capacity: BitRate,
    /// What it carries at present.
    pub load: BitRate,
}

/// A bulk flow that is open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenFlow {
    /// Which one.
    pub id: FlowId,
    /// The host that sends.
    pub from: HostId,
    /// What receives: nothing while no connection can be made.
    pub to: Option<ResourceRef>,
    /// The port that is called; none where what was called answers.
    pub port: Option<u16>,
    /// How fast it is.
    pub rate: BitRate,
    /// The links that it crosses, from sender to receiver; none while it is cut.
    pub path: Vec<LinkRef>,
    /// The data of its largest segments, in bytes.
    pub mss_bytes: u16,
}

/// How much is going on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Activity {
    /// Events that wait in the queue.
    pub pending: usize,
    /// Calls on their way.
    pub calls: usize,
    /// Connections held open.
    pub holds: usize,
    /// Bulk flows that are open.
    pub flows: usize,
}

impl World {
    /// The present.
    #[must_use]
    pub const fn now(&self) -> SimTime {
        self.terrain.now()
    }
    /// When the next event is due, if nothing is done to the lab before.
    #[must_use]
    pub fn next_event_at(&self) -> Option<SimTime> {
        if self.terrain.flows.is_dirty() {
            return Some(self.now());
        }
        self.terrain.queue.peek_time()
    }
    /// Whether nothing is going to happen any more by itself.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.terrain.queue.is_empty() && !self.terrain.flows.is_dirty()
    }
    /// How many events have happened.
    #[must_use]
    pub const fn n_events(&self) -> u64 {
        self.n_events
    }
    /// How often the lab has moved on: events, and the settling of flows between them.
    #[must_use]
    pub const fn n_steps(&self) -> u64 {
        self.n_steps
    }
    /// How many packets are on their way.
    #[must_use]
    pub const fn n_packets(&self) -> u64 {
        self.terrain.n_packets
    }
    /// How much is going on.
    #[must_use]
    pub fn activity(&self) -> Activity {
        Activity {
            pending: self.terrain.queue.len(),
            calls: self.terrain.calls.len(),
            holds: self.terrain.holds.len(),
            flows: self.terrain.flows.len(),
        }
    }
    /// The digest of every record written so far: equal for equal runs.
    #[must_use]
    pub const fn trace_hash(&self) -> Digest {
        self.terrain.trace.digest()
    }
    /// The records, as far as they are kept.
    #[must_use]
    pub const fn trace(&self) -> &Trace<ResourceRef, Happening> {
        &self.terrain.trace
    }
    /// Keeps more or fewer records in memory from now on; a fresh lab keeps none.
    pub fn set_keep(&mut self, keep: Keep) {
        self.terrain.trace.set_keep(keep);
    }

    /// The seed of all dice.
    #[must_use]
    pub const fn seed(&self) -> u64 {
        self.terrain.streams.seed
    }
    /// The network as it is.
    #[must_use]
    pub const fn network(&self) -> &Network {
        &self.terrain.network
    }
    /// What the network's stateful parts remember.
    #[must_use]
    pub const fn tracking(&self) -> &Tracking {
        &self.terrain.tracking
    }
    /// The migration, where the lab has one.
    #[must_use]
    pub const fn mgn(&self) -> Option<&Mgn> {
        self.mgn.as_ref()
    }
    /// The name of everything, instances launched since included.
    #[must_use]
    pub fn names(&self) -> &Names {
        &self.terrain.names
    }
    /// Whether a host runs and its clock is near enough to AWS's for its signatures.
    ///
    /// # Errors
    /// [`Reason::HostDown`] or [`Reason::ClockSkew`].
    pub fn host_ready(&self, host: HostId) -> Result<(), Refusal> {
        self.terrain.host_ready(host)
    }
    /// Whether a host keeps the MAC address by which the migration recognises it.
    ///
    /// # Errors
    /// [`Reason::MacChanged`].
    pub fn identity_lasts(&self, host: HostId) -> Result<(), Refusal> {
        match self.network().hosts.get(host).map(|row| row.mac) {
            Some(MacAddress::NewAtStart) => Err(Refusal::at(Reason::MacChanged, host)),
            Some(MacAddress::Stable) | None => Ok(()),
        }
    }
    /// Where a step of the runbook is.
    #[must_use]
    pub fn step_state(&self, step: RunbookStepId) -> Option<StepState> {
        self.terrain.runbook.conductor.state(step)
    }
    /// What was seen of a server so far.
    #[must_use]
    pub fn observed(&self, server: SourceServerId) -> Option<&Observed> {
        self.terrain.observations.of(server)
    }
    /// The operations that the service refused so far, in order.
    #[must_use]
    pub fn refused_operations(&self) -> &[RefusedOperation] {
        self.terrain.observations.refused()
    }
    /// The post-launch actions that failed so far, in order.
    #[must_use]
    pub fn failed_actions(&self) -> &[FailedActions] {
        self.terrain.observations.failed_actions()
    }
    /// A bulk flow's rate; zero for one that is closed.
    #[must_use]
    pub fn flow_rate(&self, flow: FlowId) -> BitRate {
        self.terrain.flow_rate(flow)
    }
    /// What cuts a bulk flow's way, where something does.
    #[must_use]
    pub fn flow_refusal(&self, flow: FlowId) -> Option<Refusal> {
        self.terrain.flow_refusal(flow)
    }
    /// The link that limits a bulk flow, where one does.
    #[must_use]
    pub fn flow_bottleneck(&self, flow: FlowId) -> Option<LinkRef> {
        self.terrain.flows.bottleneck(flow)
    }
    /// The bulk flows that are open, in the order in which they were opened.
    pub fn open_flows(&self) -> impl Iterator<Item = OpenFlow> {
        self.terrain.flows.open()
    }
    /// The ways that flows of the migration took instead of others, in order; the last ones of very many.
    pub fn flow_moves(&self) -> impl Iterator<Item = &FlowMove> {
        self.terrain.flows.moves()
    }
    /// What the links carry that bulk flows have used.
    pub fn link_loads(&self) -> impl Iterator<Item = LinkLoad> {
        self.terrain
            .flows
            .loads()
            .map(|(link, capacity, load)| LinkLoad { link, capacity, load })
    }

    /// How each of the lab's expectations stands at present.
    #[must_use]
    pub fn expectations(&self) -> Vec<ExpectationResult> {
        let lag_now =
            |server: SourceServerId| -> Option<Span> { self.mgn.as_ref()?.server(server)?.lag(self.now()) };
        let conductor = &self.terrain.runbook.conductor;
        let steps_left = self
            .terrain
            .runbook
            .steps
            .iter()
            .filter(|(id, _)| !matches!(conductor.state(*id), Some(StepState::Acted { .. })))
            .map(|(_, step)| step.name.as_str())
            .collect();
        let answers = self
            .terrain
            .runbook
            .steps
            .iter()
            .filter_map(|(id, step)| Some((step.name.as_str(), conductor.answers(id)?)))
            .collect();
        let judge = Judge {
            now: self.now(),
            observations: &self.terrain.observations,
            names: &self.terrain.names,
            lag_now: &lag_now,
            steps_left,
            answers,
            routing: &|expected| self.judge_routing(expected),
            reach: &|question, refused| self.judge_reach(question, refused),
            way: &|question, by| self.judge_way(question, by),
            probe: &|place, bound| self.judge_probe(place, bound),
            was_out: &|place, bound| self.probe_was_out(place, bound),
        };
        self.expectations
            .iter()
            .map(|expectation| judge.judge(expectation))
            .collect()
    }
}
