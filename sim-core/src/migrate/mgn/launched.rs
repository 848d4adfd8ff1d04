//! The launched instance of a server: its first boot, and the actions that run on it afterwards.
//!
//! Post-launch actions need SSM: the agent is fetched from S3 and registers with Systems Manager,
//! from the target subnet. Where it cannot, the instance stands, and the actions never start. The
//! agent goes on trying.
//!
//! # Fidelity
//! Simplified: a first boot succeeds (`UNKNOWN` and `STOPPED` do not occur), and an action whose
//! agent is reached succeeds after its time. Actions run in the order of the list, which stands for
//! AWS's order numbers. EC2's status checks and Windows' activation are left out.
//!
//! Source: "Post-launch settings", AWS Transform MGN User Guide.

use crate::migrate::ground::{CallOutcome, Ground};
use crate::resource::{HostId, JobId, SourceServerId};
use crate::units::SimTime;
use crate::verdict::Refusal;

use super::endpoints::{Bucket, Caller};
use super::server::Purpose;
use super::timer::ServerTimer;
use super::{JobInitiator, Mgn, Notice, timing};

/// `launchedInstance.firstBoot`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FirstBoot {
    /// `WAITING`.
    Waiting,
    /// `SUCCEEDED`.
    Succeeded,
}

/// How the post-launch actions stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PostLaunch {
    /// There are none, or the instance has not booted yet.
    NotStarted,
    /// The SSM Agent is being fetched (0) or registers (1).
    Contacting(usize),
    /// It cannot be reached through SSM, and goes on trying.
    Unreachable(Refusal),
    /// The action of that place runs.
    Running(usize),
    /// All have succeeded.
    Succeeded,
}

/// `launchedInstance`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LaunchedInstance {
    host: HostId,
    job: JobId,
    initiator: JobInitiator,
    launched_at: SimTime,
    data_as_of: Option<SimTime>,
    first_boot: FirstBoot,
    post_launch: PostLaunch,
    /// How many actions must succeed before the cutover can be finalized, counted from the first.
    required: usize,
    /// What was last said to keep SSM away, so that it is said once.
    told: Option<Refusal>,
}

impl LaunchedInstance {
    pub(super) fn new(
        host: HostId,
        job: JobId,
        initiator: JobInitiator,
        data_as_of: Option<SimTime>,
        launched_at: SimTime,
    ) -> Self {
        Self {
            host,
            job,
            initiator,
            launched_at,
            data_as_of,
            first_boot: FirstBoot::Waiting,
            post_launch: PostLaunch::NotStarted,
            required: 0,
            told: None,
        }
    }
    /// The instance.
    #[must_use]
    pub fn host(&self) -> HostId {
        self.host
    }
    /// The job that launched it.
    #[must_use]
    pub fn job(&self) -> JobId {
        self.job
    }
    /// Whether it is a test or a cutover instance.
    #[must_use]
    pub fn initiator(&self) -> JobInitiator {
        self.initiator
    }
    /// When it was launched.
    #[must_use]
    pub fn launched_at(&self) -> SimTime {
        self.launched_at
    }
    /// The instant of the source whose data it holds.
    #[must_use]
    pub fn data_as_of(&self) -> Option<SimTime> {
        self.data_as_of
    }
    /// `firstBoot`.
    #[must_use]
    pub fn first_boot(&self) -> FirstBoot {
        self.first_boot
    }
    /// How the post-launch actions stand.
    #[must_use]
    pub fn post_launch(&self) -> PostLaunch {
        self.post_launch
    }
    /// Whether every action that must succeed has.
    #[must_use]
    pub fn can_be_finalized(&self) -> bool {
        match self.post_launch {
            PostLaunch::Succeeded => true,
            PostLaunch::Running(number) => number >= self.required,
            PostLaunch::NotStarted | PostLaunch::Contacting(_) | PostLaunch::Unreachable(_) => {
                self.required == 0
            }
        }
    }
}

impl Mgn {
    /// The instance is there, and boots for the first time.
    pub(super) fn begin_first_boot(
        &mut self,
        id: SourceServerId,
        mut launched: LaunchedInstance,
        ground: &mut dyn Ground,
    ) {
        let server = &mut self.servers[id];
        let actions = &server.config.launch.post_launch;
        launched.required = actions
            .iter()
            .rposition(|action| action.must_succeed)
            .map_or(0, |last| last + 1);
        server.launched = Some(launched);
        let takes = server.draw(timing::first_boot(server.os));
        self.set_timer(id, ServerTimer::FirstBoot, Some(ground.now() + takes));
    }

    /// The instance has booted: its actions begin.
    pub(super) fn first_boot_timer(&mut self, id: SourceServerId, ground: &mut dyn Ground) {
        let server = &mut self.servers[id];
        let Some(launched) = &mut server.launched else {
            return;
        };
        launched.first_boot = FirstBoot::Succeeded;
        if !server.config.launch.post_launch.is_empty() {
            self.contact_ssm(id, 0, ground);
        }
    }

    fn contact_ssm(&mut self, id: SourceServerId, number: usize, ground: &mut dyn Ground) {
        let server = &mut self.servers[id];
        let Some(launched) = &mut server.launched else {
            return;
        };
        launched.post_launch = PostLaunch::Contacting(number);
        let caller = Caller {
            host: launched.host,
            os: server.os,
        };
        let call = match number {
            0 => self.endpoints.object(caller, Bucket::Ssm),
            _ => self.endpoints.ssm(caller),
        };
        self.call(id, Purpose::PostLaunch, call, ground);
    }

    /// A call of the SSM Agent ended.
    pub(super) fn post_launch_call_done(
        &mut self,
        id: SourceServerId,
        outcome: CallOutcome,
        ground: &mut dyn Ground,
    ) {
        let Some(launched) = &mut self.servers[id].launched else {
            return;
        };
        let PostLaunch::Contacting(number) = launched.post_launch else {
            return;
        };
        match outcome {
            Ok(_) if number == 0 => self.contact_ssm(id, 1, ground),
            Ok(_) => self.run_action(id, 0, ground),
            Err(failed) => {
                let refusal = failed
                    .stopped_by
                    .unwrap_or(Refusal::at(failed.symptom, launched.host));
                let stopped_by = Some(refusal);
                launched.post_launch = PostLaunch::Unreachable(refusal);
                if launched.told != stopped_by {
                    launched.told = stopped_by;
                    ground.note(id.into(), Notice::PostLaunch { stopped_by });
                }
                let retry_at = ground.now() + timing::RETRY_EVERY;
                self.set_timer(id, ServerTimer::PostLaunch, Some(retry_at));
            }
        }
    }

    fn run_action(&mut self, id: SourceServerId, number: usize, ground: &mut dyn Ground) {
        let server = &mut self.servers[id];
        let Some(launched) = &mut server.launched else {
            return;
        };
        match server.config.launch.post_launch.get(number) {
            Some(action) => {
                launched.post_launch = PostLaunch::Running(number);
                let ends_at = ground.now() + action.takes;
                self.set_timer(id, ServerTimer::PostLaunch, Some(ends_at));
            }
            None => {
                launched.post_launch = PostLaunch::Succeeded;
                ground.note(id.into(), Notice::PostLaunch { stopped_by: None });
            }
        }
    }

    /// An action has ended, or SSM is tried again.
    pub(super) fn post_launch_timer(&mut self, id: SourceServerId, ground: &mut dyn Ground) {
        match self.servers[id]
            .launched
            .as_ref()
            .map(LaunchedInstance::post_launch)
        {
            Some(PostLaunch::Running(number)) => self.run_action(id, number + 1, ground),
            Some(PostLaunch::Unreachable(_)) => self.contact_ssm(id, 0, ground),
            Some(PostLaunch::NotStarted | PostLaunch::Contacting(_) | PostLaunch::Succeeded) | None => {}
        }
    }

    /// Terminates the launched instance of a server, where it has one.
    pub(super) fn terminate_launched(&mut self, id: SourceServerId, ground: &mut dyn Ground) {
        self.set_timer(id, ServerTimer::FirstBoot, None);
        self.set_timer(id, ServerTimer::PostLaunch, None);
        let server = &mut self.servers[id];
        server.forget_calls(|purpose| purpose == Purpose::PostLaunch);
        if let Some(launched) = server.launched.take() {
            ground.terminate(launched.host);
        }
    }
}
