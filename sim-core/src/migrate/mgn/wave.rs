//! Applications and waves: the worst of their servers, and how far they have come together.
//!
//! # Fidelity
//! Simplified: everything is computed when asked. Applications and waves are those of the lab for
//! as long as it runs: they are not archived, tagged or described, and a server does not change its
//! application. Archived servers show no alerts.
//!
//! Source: "Applications" and "Waves", AWS Transform MGN User Guide.

use crate::resource::{SourceServerId, WaveId};
use crate::units::SimTime;

use super::server::Listing;
use super::{Alert, LifeCycleState, Mgn, SourceServer};

/// `healthStatus` of an application or wave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum HealthStatus {
    /// Every server is healthy.
    #[serde(rename = "HEALTHY")]
    Healthy,
    /// A server lags.
    #[serde(rename = "LAGGING")]
    Lagging,
    /// A server is stalled.
    #[serde(rename = "ERROR")]
    Error,
}

/// `progressStatus` of an application or wave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum ProgressStatus {
    /// No server has begun.
    #[serde(rename = "NOT_STARTED")]
    NotStarted,
    /// Some have.
    #[serde(rename = "IN_PROGRESS")]
    InProgress,
    /// Every server is cut over.
    #[serde(rename = "COMPLETED")]
    Completed,
}

/// An application's or wave's servers in numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GroupStatus {
    /// The worst of the servers'.
    pub health: HealthStatus,
    /// How far they have come together.
    pub progress: ProgressStatus,
    /// How many servers there are.
    pub servers: u32,
    /// How many of them are cut over.
    pub cut_over: u32,
}

impl Mgn {
    /// An application, by its place in [`Mgn::applications`].
    #[must_use]
    pub fn application_status(&self, application: usize, now: SimTime) -> Option<GroupStatus> {
        let application = self.applications().get(application)?;
        Some(self.group_status(application.servers.iter().copied(), now))
    }
    /// A wave.
    #[must_use]
    pub fn wave_status(&self, wave: WaveId, now: SimTime) -> Option<GroupStatus> {
        let servers = self.wave_servers(wave)?;
        Some(self.group_status(servers, now))
    }
    /// The servers of a wave, application by application.
    #[must_use]
    pub fn wave_servers(&self, wave: WaveId) -> Option<impl Iterator<Item = SourceServerId>> {
        let wave = self.config.waves.get(wave)?;
        let applications = wave
            .applications
            .iter()
            .filter_map(|application| self.applications().get(*application as usize));
        Some(applications.flat_map(|application| application.servers.iter().copied()))
    }

    fn group_status(&self, servers: impl Iterator<Item = SourceServerId>, now: SimTime) -> GroupStatus {
        let mut status = GroupStatus {
            health: HealthStatus::Healthy,
            progress: ProgressStatus::NotStarted,
            servers: 0,
            cut_over: 0,
        };
        let mut begun = 0;
        for server in servers.filter_map(|id| self.server(id)) {
            status.servers += 1;
            status.health = status.health.max(health(server, now));
            begun += u32::from(server.life_cycle().state.is_some());
            status.cut_over += u32::from(server.life_cycle().state == Some(LifeCycleState::Cutover));
        }
        if status.servers > 0 && status.cut_over == status.servers {
            status.progress = ProgressStatus::Completed;
        } else if begun > 0 {
            status.progress = ProgressStatus::InProgress;
        }
        status
    }
}

fn health(server: &SourceServer, now: SimTime) -> HealthStatus {
    if server.listing() == Listing::Archived {
        return HealthStatus::Healthy;
    }
    match server.alert(now) {
        Alert::Healthy | Alert::Launched => HealthStatus::Healthy,
        Alert::Lagging => HealthStatus::Lagging,
        Alert::Stalled => HealthStatus::Error,
    }
}
