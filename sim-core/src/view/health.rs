//! How well something does, in the few shades that a screen can tell apart.

use crate::migrate::mgn::{DataReplicationState, LaunchStatus, LifeCycleState};

/// How well something does; the later of two is the one that a person should hear of first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Health {
    /// It is there and nothing is asked of it.
    #[default]
    Idle,
    /// It does what it should.
    Good,
    /// It is on its way to that.
    Working,
    /// It does less than it should, or will need somebody soon.
    Degraded,
    /// It does not work and somebody has to act.
    Failed,
}

impl Health {
    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Good => "good",
            Self::Working => "working",
            Self::Degraded => "degraded",
            Self::Failed => "failed",
        }
    }
    /// The worst of several, idle where there are none.
    #[must_use]
    pub fn worst(all: impl IntoIterator<Item = Self>) -> Self {
        all.into_iter().max().unwrap_or_default()
    }
}

/// The health of a source server, as the console's alert column would have it: a red mark where
/// replication stalled, a yellow one where data waits.
///
/// Source: "Source servers page", AWS Transform MGN User Guide.
#[must_use]
pub(super) const fn of_server(
    life_cycle: Option<LifeCycleState>,
    replication: Option<DataReplicationState>,
) -> Health {
    match (life_cycle, replication) {
        (_, Some(DataReplicationState::Stalled)) => Health::Failed,
        // The service knows the server, and nothing replicates it any more because it has moved.
        (Some(LifeCycleState::Cutover), _) => Health::Good,
        (Some(LifeCycleState::Disconnected), _) => Health::Idle,
        (_, Some(replication)) => of_replication(replication),
        (Some(_) | None, None) => Health::Idle,
    }
}

/// The health of a server's replication.
#[must_use]
pub(super) const fn of_replication(state: DataReplicationState) -> Health {
    match state {
        DataReplicationState::Stalled => Health::Failed,
        DataReplicationState::Continuous => Health::Good,
        DataReplicationState::Backlog | DataReplicationState::Rescan | DataReplicationState::Paused => {
            Health::Degraded
        }
        DataReplicationState::Initiating
        | DataReplicationState::InitialSync
        | DataReplicationState::CreatingSnapshot
        | DataReplicationState::PendingSnapshotShipping
        | DataReplicationState::ShippingSnapshot => Health::Working,
        DataReplicationState::Stopped | DataReplicationState::Disconnected => Health::Idle,
    }
}

/// The health of one server's launch.
#[must_use]
pub(super) const fn of_launch(status: LaunchStatus) -> Health {
    match status {
        LaunchStatus::Pending | LaunchStatus::Terminated => Health::Idle,
        LaunchStatus::InProgress => Health::Working,
        LaunchStatus::Launched => Health::Good,
        LaunchStatus::Failed => Health::Failed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_is_what_needs_somebody_first() {
        assert_eq!(
            Health::worst([Health::Good, Health::Failed, Health::Working]),
            Health::Failed
        );
        assert_eq!(Health::worst([Health::Idle, Health::Good]), Health::Good);
        assert_eq!(Health::worst([]), Health::Idle);
    }

    #[test]
    fn a_stall_outweighs_every_life_cycle_state() {
        for life_cycle in LifeCycleState::ALL {
            assert_eq!(
                of_server(Some(*life_cycle), Some(DataReplicationState::Stalled)),
                Health::Failed
            );
        }
    }

    #[test]
    fn a_finalized_server_is_good_although_nothing_replicates_it() {
        assert_eq!(
            of_server(
                Some(LifeCycleState::Cutover),
                Some(DataReplicationState::Disconnected)
            ),
            Health::Good
        );
    }
}
