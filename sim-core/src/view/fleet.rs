//! Reads servers, waves and jobs out of the service's state.

use std::collections::BTreeMap;

use crate::migrate::mgn;
use crate::resource::{SourceServerId, WaveId};
use crate::units::{DataSize, SimTime};
use crate::verdict::Refusal;
use crate::world::names::Names;

use super::describe::Words;
use super::health::{of_launch, of_server};
use super::migration::{Job, JobLine, JobServer, Server, Wave};
use super::{Health, Quantiles};

/// Which wave each server moves in.
pub(super) fn waves_of(service: &mgn::Mgn) -> BTreeMap<SourceServerId, WaveId> {
    let mut waves = BTreeMap::new();
    for (id, wave) in service.waves() {
        for application in &wave.applications {
            let members = usize::try_from(*application)
                .ok()
                .and_then(|place| service.applications().get(place));
            for server in members.iter().flat_map(|application| &application.servers) {
                waves.insert(*server, id);
            }
        }
    }
    waves
}

/// A launch or termination that failed.
#[derive(Debug, Clone, Copy)]
pub(super) struct FailedLaunch {
    pub(super) initiator: mgn::JobInitiator,
    pub(super) failure: Refusal,
}

/// The servers whose latest job failed for them, with why.
pub(super) fn failed_launches(service: &mgn::Mgn) -> BTreeMap<SourceServerId, FailedLaunch> {
    let mut failed = BTreeMap::new();
    for (_, job) in service.jobs() {
        for participant in job.participants() {
            match participant.failure() {
                None => failed.remove(&participant.server()),
                Some(failure) => failed.insert(
                    participant.server(),
                    FailedLaunch {
                        initiator: job.initiator(),
                        failure,
                    },
                ),
            };
        }
    }
    failed
}

/// A server as it is at `now`.
pub(super) fn server(
    id: SourceServerId,
    server: &mgn::SourceServer,
    (wave, failed_launch): (Option<WaveId>, Option<&FailedLaunch>),
    words: &Words<'_>,
    now: SimTime,
) -> Server {
    let names = words.names;
    let progress = server.progress(now);
    let life_cycle = server.life_cycle();
    let failed_install = matches!(server.agent(), mgn::Agent::Failed(_));
    let failing = words.launch_trouble(server, failed_launch);
    let health = if failed_install || failing.is_some() {
        Health::Failed
    } else if matches!(server.agent(), mgn::Agent::Installing { .. }) {
        Health::Working
    } else {
        of_server(life_cycle.state, server.data_replication_state())
    };
    let disks = server
        .config()
        .disks
        .iter()
        .fold(DataSize::ZERO, |sum, disk| sum + disk.size);
    Server {
        id,
        host: server.host(),
        name: names.of(id),
        life_cycle_state: life_cycle.state,
        data_replication_state: server.data_replication_state(),
        initiation_step: server.initiation().current(),
        steps: server.initiation().steps().collect(),
        error: server.failure().map(|failure| failure.error),
        installed_at: life_cycle.added_to_service_at,
        initial_sync_done_at: life_cycle.initial_sync_done_at,
        replicated: progress.replicated,
        total: progress.total,
        disks,
        backlog: progress.backlog,
        replication_lag: progress.lag,
        lags: Quantiles::of(&server.lag_points(now)),
        rate: progress.rate,
        write_rate: progress.writes,
        eta: progress.eta.map(|eta| eta.since(now)),
        agent: agent_text(server.agent()),
        trouble: words.trouble(server).or(failing),
        replicator: server.replicator(),
        instance: server.launched().map(mgn::LaunchedInstance::host),
        wave: wave.map(|wave| names.of(wave)),
        health,
    }
}

/// How the agent stands, in a few words.
pub(super) fn agent_text(agent: &mgn::Agent) -> String {
    match agent {
        mgn::Agent::NotInstalled => "not installed".to_owned(),
        mgn::Agent::Installing { step, .. } => super::describe::install_text(*step).to_owned(),
        mgn::Agent::Failed(failure) => format!("installation failed: {}", failure.symptom),
        mgn::Agent::Installed { .. } => "installed".to_owned(),
        mgn::Agent::Unrecognised => "not recognised: its MAC address changed".to_owned(),
        mgn::Agent::Uninstalled => "uninstalled".to_owned(),
    }
}

/// The waves, summed up from their servers.
pub(super) fn waves(service: &mgn::Mgn, servers: &[Server], names: &Names) -> Vec<Wave> {
    let membership = waves_of(service);
    service
        .waves()
        .map(|(id, _)| {
            let members: Vec<&Server> = servers
                .iter()
                .filter(|server| membership.get(&server.id) == Some(&id))
                .collect();
            Wave::of(id, names.of(id), &members)
        })
        .collect()
}

/// The jobs, in the order in which they began.
pub(super) fn jobs(service: &mgn::Mgn, words: &Words<'_>) -> Vec<Job> {
    let names = words.names;
    service
        .jobs()
        .map(|(id, job)| {
            let servers: Vec<JobServer> = job
                .participants()
                .iter()
                .map(|participant| JobServer {
                    id: participant.server(),
                    name: names.of(participant.server()),
                    launch_status: participant.status(),
                    failed_at: job.failed_at(participant),
                    reason: participant.failure().map(|refusal| refusal.reason),
                    error: participant.failure().map(|refusal| words.launch_error(&refusal)),
                })
                .collect();
            Job {
                id,
                name: names.of(id),
                kind: job.job_type(),
                initiated_by: job.initiator(),
                status: job.status(),
                started_at: job.started_at(),
                ended_at: job.ended_at(),
                health: Health::worst(servers.iter().map(|server| of_launch(server.launch_status))),
                participating_servers: servers,
                log: job
                    .log()
                    .iter()
                    .map(|line| JobLine {
                        at: line.at,
                        event: line.event,
                        server: line.server,
                    })
                    .collect(),
            }
        })
        .collect()
}
