//! The runbook at work: which steps have what they wait for.
//!
//! A step waits for the conjunction of its conditions. Each condition counts how many of the
//! servers that it speaks of are as it wants them; a notice about a server moves only the counters
//! of the conditions that name that server, and nothing is ever polled. A step whose conditions all
//! hold at one instant is ready; what it does is up to [`super::World`].
//!
//! "A launched instance from its latest job" is true from the notice that the instance was launched
//! until the next launch or termination of it is accepted.

use std::collections::BTreeMap;

use crate::kernel::Arena;
use crate::migrate::mgn::{
    CommandKind, DataReplicationState, Exception, LaunchStatus, LifeCycleState, Notice,
};
use crate::reason::Reason;
use crate::resource::{ResourceRef, RunbookStepId, SourceServerId, kind};
use crate::units::SimTime;

use super::runbook::{Condition, RunbookStep};

/// Where a step is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum StepState {
    /// It waits for its conditions.
    Waiting,
    /// Its conditions have come true; it acts at that instant.
    Ready {
        /// The instant.
        acts_at: SimTime,
    },
    /// It acted at that instant.
    Acted {
        /// The instant.
        at: SimTime,
    },
}

/// One condition that is not a conjunction, and how far it is from true.
#[derive(Debug, Clone)]
struct Leaf {
    step: RunbookStepId,
    wants: Wants,
    missing: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wants {
    Instant,
    Step,
    LifeCycle(LifeCycleState),
    Replication(DataReplicationState),
    Launched,
}

#[derive(Debug, Clone)]
struct Progress {
    state: StepState,
    /// How many of its leaves are not true at present.
    open: usize,
    /// How many servers its operation was accepted and refused for.
    answers: Answers,
}

/// How the service answered the operation of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Answers {
    /// For how many servers it was accepted.
    pub(super) accepted: u32,
    /// For how many it was refused.
    pub(super) refused: u32,
    /// The first refusal.
    pub(super) why: Option<(Exception, Reason)>,
}

/// What the conditions know of a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Seen {
    life_cycle: Option<LifeCycleState>,
    replication: Option<DataReplicationState>,
    launched: Option<Launched>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Launched;

impl Seen {
    fn is(self, wants: Wants) -> bool {
        match wants {
            Wants::LifeCycle(state) => self.life_cycle == Some(state),
            Wants::Replication(state) => self.replication == Some(state),
            Wants::Launched => self.launched.is_some(),
            Wants::Instant | Wants::Step => false,
        }
    }
}

/// How far the runbook has come.
#[derive(Debug, Clone, Default)]
pub(super) struct Conductor {
    steps: Vec<Progress>,
    leaves: Vec<Leaf>,
    /// The leaves that name a server, ascending.
    of_server: BTreeMap<SourceServerId, Vec<usize>>,
    /// The leaves that wait for a step.
    of_step: BTreeMap<RunbookStepId, Vec<usize>>,
    /// The leaves that wait for an instant.
    of_instant: Vec<(SimTime, usize)>,
    servers: BTreeMap<SourceServerId, Seen>,
    /// The step whose operation is being answered.
    acting: Option<RunbookStepId>,
}

impl Conductor {
    /// Nothing has happened yet.
    pub(super) fn new(runbook: &Arena<RunbookStep, kind::RunbookStep>) -> Self {
        let mut conductor = Self::default();
        for (id, step) in runbook.iter() {
            conductor.steps.push(Progress {
                state: StepState::Waiting,
                open: 0,
                answers: Answers::default(),
            });
            conductor.add(id, &step.when);
        }
        conductor
    }

    fn add(&mut self, step: RunbookStepId, condition: &Condition) {
        let place = self.leaves.len();
        let (wants, servers) = match condition {
            Condition::All(conditions) => {
                for condition in conditions {
                    self.add(step, condition);
                }
                return;
            }
            Condition::At(at) => {
                self.of_instant.push((*at, place));
                (Wants::Instant, None)
            }
            Condition::Done(other) => {
                self.of_step.entry(*other).or_default().push(place);
                (Wants::Step, None)
            }
            Condition::LifeCycle { servers, state } => (Wants::LifeCycle(*state), Some(servers)),
            Condition::Replication { servers, state } => (Wants::Replication(*state), Some(servers)),
            Condition::Launched { servers } => (Wants::Launched, Some(servers)),
        };
        let mut missing = 1;
        if let Some(servers) = servers {
            let mut named = servers.clone();
            named.sort_unstable();
            named.dedup();
            missing = named.len();
            for server in named {
                self.of_server.entry(server).or_default().push(place);
            }
        }
        if missing > 0
            && let Some(progress) = self.steps.get_mut(step.index())
        {
            progress.open += 1;
        }
        self.leaves.push(Leaf { step, wants, missing });
    }

    /// Where a step is.
    pub(super) fn state(&self, step: RunbookStepId) -> Option<StepState> {
        self.steps.get(step.index()).map(|progress| progress.state)
    }
    /// The instants that steps wait for.
    pub(super) fn instants(&self) -> impl Iterator<Item = SimTime> {
        self.of_instant.iter().map(|(at, _)| *at)
    }
    /// The steps that wait for nothing.
    pub(super) fn ready_at_once(&self) -> Vec<RunbookStepId> {
        (0..)
            .zip(&self.steps)
            .filter(|(_, progress)| progress.open == 0)
            .map(|(place, _)| RunbookStepId::from_index(place))
            .collect()
    }
    /// A step will act at that instant.
    pub(super) fn plan(&mut self, step: RunbookStepId, acts_at: SimTime) {
        if let Some(progress) = self.steps.get_mut(step.index()) {
            progress.state = StepState::Ready { acts_at };
        }
    }

    /// An instant that steps wait for has come; `ready` gets the steps that waited for nothing else.
    pub(super) fn on_instant(&mut self, now: SimTime, ready: &mut Vec<RunbookStepId>) {
        let due: Vec<usize> = self
            .of_instant
            .iter()
            .filter(|(at, _)| *at <= now)
            .map(|(_, place)| *place)
            .collect();
        self.of_instant.retain(|(at, _)| *at > now);
        for place in due {
            self.fill(place, ready);
        }
    }
    /// How the operation of a step was answered.
    pub(super) fn answers(&self, step: RunbookStepId) -> Option<Answers> {
        self.steps.get(step.index()).map(|progress| progress.answers)
    }
    /// A step acts: until it has, every answer is to its operation.
    pub(super) fn on_acting(&mut self, step: RunbookStepId) {
        self.acting = Some(step);
    }
    fn on_answer(&mut self, notice: &Notice) {
        let Some(progress) = self.acting.and_then(|step| self.steps.get_mut(step.index())) else {
            return;
        };
        let answers = &mut progress.answers;
        if let Notice::Accepted(_) = notice {
            answers.accepted += 1;
        }
        if let Notice::Refused {
            exception, reason, ..
        } = notice
        {
            answers.refused += 1;
            answers.why.get_or_insert((*exception, *reason));
        }
    }
    /// A step acted.
    pub(super) fn on_acted(&mut self, step: RunbookStepId, now: SimTime, ready: &mut Vec<RunbookStepId>) {
        self.acting = None;
        if let Some(progress) = self.steps.get_mut(step.index()) {
            progress.state = StepState::Acted { at: now };
        }
        for place in self.of_step.remove(&step).unwrap_or_default() {
            self.fill(place, ready);
        }
    }
    /// The migration announced something.
    pub(super) fn on_notice(
        &mut self,
        subject: ResourceRef,
        notice: &Notice,
        ready: &mut Vec<RunbookStepId>,
    ) {
        let ResourceRef::SourceServer(server) = subject else {
            return;
        };
        self.on_answer(notice);
        if !self.of_server.contains_key(&server) {
            return;
        }
        let seen = self.servers.entry(server).or_default();
        let before = *seen;
        match notice {
            Notice::LifeCycle { to, .. } => seen.life_cycle = Some(*to),
            Notice::Replication { to, .. } => seen.replication = Some(*to),
            Notice::Launch { status, .. } => {
                seen.launched = match status {
                    LaunchStatus::Launched => Some(Launched),
                    LaunchStatus::Pending
                    | LaunchStatus::InProgress
                    | LaunchStatus::Failed
                    | LaunchStatus::Terminated => None,
                }
            }
            Notice::Accepted(
                CommandKind::StartTest | CommandKind::StartCutover | CommandKind::TerminateTargetInstances,
            ) => seen.launched = None,
            Notice::Accepted(_)
            | Notice::Refused { .. }
            | Notice::InstallBegan(_)
            | Notice::InstallFailed { .. }
            | Notice::Installed
            | Notice::Step { .. }
            | Notice::Stalled { .. }
            | Notice::Recovered
            | Notice::ErrorReported { .. }
            | Notice::ErrorCleared { .. }
            | Notice::ReplicatorLaunched { .. }
            | Notice::ReplicatorReplaced { .. }
            | Notice::ReplicatorRemoved
            | Notice::InitialSyncDone { .. }
            | Notice::Rate { .. }
            | Notice::RateShort { .. }
            | Notice::RateRestored { .. }
            | Notice::LagGrew { .. }
            | Notice::LagDrained { .. }
            | Notice::JobStarted { .. }
            | Notice::JobLog { .. }
            | Notice::PostLaunch { .. } => return,
        }
        let after = *seen;
        for place in self.of_server.get(&server).cloned().unwrap_or_default() {
            let Some(wants) = self.leaves.get(place).map(|leaf| leaf.wants) else {
                continue;
            };
            match (before.is(wants), after.is(wants)) {
                (false, true) => self.fill(place, ready),
                (true, false) => self.empty(place),
                (true, true) | (false, false) => {}
            }
        }
    }

    /// One more of what a leaf waits for is there.
    fn fill(&mut self, place: usize, ready: &mut Vec<RunbookStepId>) {
        let Some(leaf) = self.leaves.get_mut(place) else {
            return;
        };
        leaf.missing = leaf.missing.saturating_sub(1);
        if leaf.missing > 0 {
            return;
        }
        let step = leaf.step;
        let Some(progress) = self.steps.get_mut(step.index()) else {
            return;
        };
        progress.open = progress.open.saturating_sub(1);
        if progress.open == 0 && progress.state == StepState::Waiting {
            ready.push(step);
        }
    }
    /// One of what a leaf waits for is there no more.
    fn empty(&mut self, place: usize) {
        let Some(leaf) = self.leaves.get_mut(place) else {
            return;
        };
        leaf.missing += 1;
        if leaf.missing == 1
            && let Some(progress) = self.steps.get_mut(leaf.step.index())
        {
            progress.open += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::migrate::mgn::Command;
    use crate::resource::JobId;
    use crate::units::Span;

    fn server(n: u32) -> SourceServerId {
        SourceServerId::from_index(n)
    }
    fn step(n: u32) -> RunbookStepId {
        RunbookStepId::from_index(n)
    }
    fn conductor(conditions: Vec<Condition>) -> Conductor {
        let runbook = conditions
            .into_iter()
            .map(|when| RunbookStep {
                name: "step".to_owned(),
                when,
                delay: Span::ZERO,
                command: Command {
                    kind: CommandKind::StartTest,
                    servers: vec![server(0)],
                },
            })
            .collect();
        Conductor::new(&runbook)
    }
    fn tell(conductor: &mut Conductor, n: u32, notice: Notice) -> Vec<RunbookStepId> {
        let mut ready = Vec::new();
        conductor.on_notice(server(n).into(), &notice, &mut ready);
        ready
    }
    fn now(state: LifeCycleState) -> Notice {
        Notice::LifeCycle {
            from: None,
            to: state,
        }
    }
    fn launch(status: LaunchStatus) -> Notice {
        Notice::Launch {
            job: JobId::from_index(0),
            status,
            instance: None,
        }
    }

    #[test]
    fn every_server_has_to_be_in_the_state_at_once() {
        use LifeCycleState::{NotReady, ReadyForTest};
        let servers = vec![server(0), server(1)];
        let state = ReadyForTest;
        let mut conductor = conductor(vec![Condition::LifeCycle { servers, state }]);
        assert_eq!(tell(&mut conductor, 0, now(ReadyForTest)), []);
        assert_eq!(tell(&mut conductor, 0, now(NotReady)), []);
        assert_eq!(tell(&mut conductor, 1, now(ReadyForTest)), []);
        assert_eq!(tell(&mut conductor, 7, now(ReadyForTest)), [], "not one of them");
        assert_eq!(tell(&mut conductor, 0, now(ReadyForTest)), [step(0)]);
        conductor.plan(step(0), SimTime::START);
        assert_eq!(tell(&mut conductor, 0, now(NotReady)), []);
        assert_eq!(tell(&mut conductor, 0, now(ReadyForTest)), [], "a step acts once");
    }

    #[test]
    fn a_new_job_takes_the_launched_instance_back() {
        let servers = vec![server(0)];
        let at = SimTime::at(Span::secs(9));
        let both = Condition::All(vec![Condition::Launched { servers }, Condition::At(at)]);
        let mut conductor = conductor(vec![both]);
        assert_eq!(tell(&mut conductor, 0, launch(LaunchStatus::Launched)), []);
        let accepted = Notice::Accepted(CommandKind::StartCutover);
        assert_eq!(tell(&mut conductor, 0, accepted), []);
        let mut ready = Vec::new();
        conductor.on_instant(at, &mut ready);
        assert_eq!(ready, []);
        assert_eq!(tell(&mut conductor, 0, launch(LaunchStatus::Launched)), [step(0)]);
    }

    #[test]
    fn steps_follow_each_other() {
        let mut conductor = conductor(vec![
            Condition::All(Vec::new()),
            Condition::Done(step(0)),
            Condition::Done(step(1)),
        ]);
        assert_eq!(conductor.ready_at_once(), [step(0)]);
        let mut ready = Vec::new();
        let at = SimTime::at(Span::secs(1));
        conductor.plan(step(0), at);
        assert_eq!(conductor.state(step(0)), Some(StepState::Ready { acts_at: at }));
        let refused = Notice::Refused {
            command: CommandKind::StartTest,
            exception: Exception::ResourceNotFound,
            reason: Reason::ServerNotFound,
        };
        conductor.on_acting(step(0));
        tell(&mut conductor, 0, refused);
        tell(&mut conductor, 1, Notice::Accepted(CommandKind::StartTest));
        conductor.on_acted(step(0), at, &mut ready);
        tell(&mut conductor, 1, refused);
        let answers = Answers {
            accepted: 1,
            refused: 1,
            why: Some((Exception::ResourceNotFound, Reason::ServerNotFound)),
        };
        assert_eq!(
            conductor.answers(step(0)),
            Some(answers),
            "the last one is somebody else's"
        );
        assert_eq!(ready, [step(1)]);
        conductor.on_acted(step(1), at, &mut ready);
        conductor.on_acted(step(2), at, &mut ready);
        assert_eq!(ready, [step(1), step(2)]);
        assert_eq!(conductor.state(step(2)), Some(StepState::Acted { at }));
    }
}
