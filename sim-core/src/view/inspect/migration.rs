//! Facts about source servers, replication servers, jobs, waves and steps of the runbook.

use crate::analysis::wording::thing_text;
use crate::migrate::mgn::{
    self, Agent, DataReplicationState, FirstBoot, LaunchStatus, PostLaunch, StepStatus,
};
use crate::resource::{JobId, ReplicationServerId, SourceServerId, WaveId};
use crate::units::SimTime;
use crate::verdict::Refusal;
use crate::view::describe::{Words, rounded};
use crate::view::facts::Facts;
use crate::view::{Health, Quantiles, fleet, health};

/// The service at one instant, with words for what it holds.
pub(super) struct Service<'a> {
    pub(super) mgn: &'a mgn::Mgn,
    pub(super) now: SimTime,
    pub(super) words: Words<'a>,
}

impl Service<'_> {
    fn refusal(&self, refusal: &Refusal, facts: &mut Facts) {
        facts.judge("reason", refusal.reason, Health::Failed);
        facts.add("which means", refusal.reason.meaning());
        facts.lead("stopped at", thing_text(refusal.at, self.words.names), refusal.at);
        facts.add("rule", self.words.stopped(refusal));
        facts.add("look", refusal.reason.look());
    }

    pub(super) fn server(&self, id: SourceServerId, facts: &mut Facts) {
        let Some(server) = self.mgn.server(id) else { return };
        let names = self.words.names;
        let wave = fleet::waves_of(self.mgn).get(&id).copied();
        let failed = fleet::failed_launches(self.mgn);
        let row = fleet::server(id, server, (wave, failed.get(&id)), &self.words, self.now);
        facts.add("next", row.next_step());
        if let Some(state) = row.life_cycle_state {
            facts.add("life cycle", state);
        }
        if let Some(state) = row.data_replication_state {
            facts.judge("replication", state, health::of_replication(state));
        }
        facts.lead("host", names.of(server.host()), server.host());
        if let Some(wave) = wave {
            facts.lead("wave", names.of(wave), wave);
        }
        facts.add("agent", fleet::agent_text(server.agent()));
        if let Agent::Failed(failure) = server.agent() {
            facts.section("Installation failed");
            facts.judge(
                "installer says",
                mgn::install_text(failure, server.os()),
                Health::Failed,
            );
            if let Some(refusal) = &failure.stopped_by {
                self.refusal(refusal, facts);
            }
        }
        if let Some(failure) = server.failure() {
            let stalled = server.data_replication_state() == Some(DataReplicationState::Stalled);
            facts.section(if stalled {
                "Stalled"
            } else {
                "Replicates with an error"
            });
            let how = if stalled { Health::Failed } else { Health::Degraded };
            facts.judge("error", failure.error, how);
            facts.add("rawError", mgn::raw_error(failure));
            facts.add("since", failure.since);
            if let Some(refusal) = &failure.stopped_by {
                self.refusal(refusal, facts);
            }
        }
        self.replication(server, facts);
        self.initiation(server, facts);
        self.launched(server, facts);
        facts.section("Disks");
        for disk in server.disks(self.now) {
            facts.add(
                "disk",
                format!("{}  {} of {}", disk.device, disk.replicated, disk.total),
            );
        }
    }

    fn replication(&self, server: &mgn::SourceServer, facts: &mut Facts) {
        let progress = server.progress(self.now);
        facts.section("Replication");
        facts.add("copied", format!("{} of {}", progress.replicated, progress.total));
        facts.add("rate", progress.rate);
        facts.add("writes", progress.writes);
        facts.add("backlog", progress.backlog);
        match progress.lag {
            Some(lag) => facts.add("lag", rounded(lag)),
            None => facts.add("lag", "none: not launchable yet"),
        }
        if let Some(lags) = Quantiles::of(&server.lag_points(self.now)) {
            facts.add(
                "lag so far",
                format!(
                    "median {}, 99 % {}, longest {}",
                    rounded(lags.p50),
                    rounded(lags.p99),
                    rounded(lags.max)
                ),
            );
        }
        if let Some(eta) = progress.eta {
            facts.add("agrees in", rounded(eta.since(self.now)));
        }
        if let Some(at) = progress.last_snapshot {
            facts.add("last snapshot", at);
        }
        if let Some(replicator) = server.replicator() {
            facts.lead("sends to", self.words.names.of(replicator), replicator);
        }
        if let Some(flow) = server.flow() {
            facts.lead("over", self.words.names.of(flow), flow);
        }
    }

    fn initiation(&self, server: &mgn::SourceServer, facts: &mut Facts) {
        let initiation = server.initiation();
        if initiation.started_at().is_none() {
            return;
        }
        facts.section("Initiation");
        for (step, status) in initiation.steps() {
            let health = match status {
                StepStatus::NotStarted | StepStatus::Skipped => Health::Idle,
                StepStatus::InProgress => Health::Working,
                StepStatus::Succeeded => Health::Good,
                StepStatus::Failed => Health::Failed,
            };
            facts.judge(status.as_str(), step, health);
        }
        if let Some(at) = initiation.next_attempt_at() {
            facts.add("next attempt", at);
        }
    }

    fn launched(&self, server: &mgn::SourceServer, facts: &mut Facts) {
        let Some(launched) = server.launched() else { return };
        let names = self.words.names;
        facts.section("Launched instance");
        facts.lead("instance", names.of(launched.host()), launched.host());
        facts.lead("job", names.of(launched.job()), launched.job());
        facts.add("launched", launched.launched_at());
        if let Some(at) = launched.data_as_of() {
            facts.add("data as of", at);
        }
        match launched.first_boot() {
            FirstBoot::Waiting => facts.judge("first boot", "WAITING", Health::Working),
            FirstBoot::Succeeded => facts.judge("first boot", "SUCCEEDED", Health::Good),
        }
        match launched.post_launch() {
            PostLaunch::NotStarted => {}
            PostLaunch::Contacting(_) => facts.judge("actions", "waiting for the SSM Agent", Health::Working),
            PostLaunch::Unreachable(refusal) => {
                facts.judge("actions", "the SSM Agent cannot be reached", Health::Failed);
                self.refusal(&refusal, facts);
            }
            PostLaunch::Running(place) => {
                let name = server.config().launch.post_launch.get(place);
                let name = name.map_or("running", |action| action.name.as_str());
                facts.judge("action", name, Health::Working);
            }
            PostLaunch::Succeeded => facts.judge("actions", "all succeeded", Health::Good),
        }
    }

    pub(super) fn replicator(&self, id: ReplicationServerId, facts: &mut Facts) {
        let Some(replicator) = self.mgn.replicator(id) else {
            return;
        };
        let names = self.words.names;
        if replicator.is_removed() {
            facts.add("state", "removed");
        } else if replicator.is_ready() {
            facts.judge("state", "ready", Health::Good);
        } else {
            facts.judge("state", "being made ready", Health::Working);
        }
        if let Some(host) = replicator.host() {
            facts.lead("host", names.of(host), host);
        }
        facts.add("disks", replicator.n_disks());
        facts.add("generation", replicator.generation());
        if let Some(at) = replicator.replaced_at() {
            facts.add("replaced at", at);
        }
        if let Some(failure) = replicator.failure() {
            facts.section("Failed");
            facts.judge("step", failure.step, Health::Failed);
            if let Some(refusal) = &failure.stopped_by {
                self.refusal(refusal, facts);
            }
        }
        facts.section("Serves");
        for server in replicator.members() {
            facts.lead("server", names.of(*server), *server);
        }
    }

    pub(super) fn job(&self, id: JobId, facts: &mut Facts) {
        let Some(job) = self.mgn.job(id) else { return };
        let names = self.words.names;
        facts.add("type", job.job_type());
        facts.add("initiatedBy", job.initiator());
        facts.add("status", job.status());
        facts.add("started", job.started_at());
        if let Some(at) = job.ended_at() {
            facts.add("ended", at);
        }
        facts.section("Servers");
        for participant in job.participants() {
            let text = format!("{}  {}", names.of(participant.server()), participant.status());
            facts.lead("server", text, participant.server());
            if let (LaunchStatus::Failed, Some(refusal)) = (participant.status(), participant.failure()) {
                self.refusal(&refusal, facts);
            }
        }
        facts.section("Log");
        for line in job.log() {
            let about = line
                .server
                .map_or(String::new(), |server| format!("  {}", names.of(server)));
            facts.add("", format!("{}  {}{about}", line.at, line.event));
        }
    }

    pub(super) fn wave(&self, id: WaveId, facts: &mut Facts) {
        let membership = fleet::waves_of(self.mgn);
        facts.section("Servers");
        for (server, state) in self.mgn.servers() {
            if membership.get(&server) == Some(&id) {
                let life_cycle = state
                    .life_cycle()
                    .state
                    .map_or("no agent yet", |state| state.as_str());
                let text = format!("{}  {life_cycle}", self.words.names.of(server));
                facts.lead("server", text, server);
            }
        }
    }
}
