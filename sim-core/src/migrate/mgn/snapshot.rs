//! Snapshots of staging volumes: the first, which makes a server launchable, and the periodic ones.
//!
//! # Fidelity
//! Simplified: periodic snapshots are not taken one by one: while source and copy agree, one every
//! [`SNAPSHOT_EVERY`](super::timing::SNAPSHOT_EVERY) exists by computation, where AWS adapts how
//! often it takes them. A server's first snapshots count at once for all that are kept of it, and
//! neither size nor the time that EBS needs depends on what has changed.
//!
//! Source: "Replication FAQ", AWS Transform MGN User Guide.

use crate::migrate::ground::Ground;
use crate::resource::SourceServerId;
use crate::verdict::Refusal;

use super::timer::ServerTimer;
use super::{DataReplicationState, LifeCycleState, Mgn, ReplicationError, timing};

impl Mgn {
    fn n_snapshots(&self, id: SourceServerId) -> u32 {
        let n_disks = u32::try_from(self.servers[id].config.disks.len()).unwrap_or(u32::MAX);
        n_disks.saturating_mul(timing::SNAPSHOTS_KEPT)
    }

    /// Whether the next snapshot of a server may be taken.
    pub(super) fn may_snapshot_server(&self, id: SourceServerId) -> Result<(), Refusal> {
        let wanted = match self.servers[id].replication.snapshot_at {
            // It replaces the oldest one.
            Some(_) => 0,
            None => self.n_snapshots(id),
        };
        self.may_snapshot(wanted)
    }

    /// The first snapshots are done, or failed ones are due again.
    pub(super) fn snapshot_timer(&mut self, id: SourceServerId, ground: &mut dyn Ground) {
        let now = ground.now();
        if let Err(refusal) = self.may_snapshot_server(id) {
            self.report(id, ReplicationError::SnapshotsFailure, refusal, ground);
            return self.set_timer(id, ServerTimer::Snapshot, Some(now + timing::RETRY_EVERY));
        }
        let failed = self.servers[id]
            .failure()
            .is_some_and(|failure| failure.error == ReplicationError::SnapshotsFailure);
        if failed {
            self.clear_failure(id, ground);
        }
        let replication = &mut self.servers[id].replication;
        match replication.state {
            Some(DataReplicationState::CreatingSnapshot) => {
                replication.snapshot_at = Some(now);
                self.usage.snapshots = self.usage.snapshots.saturating_add(self.n_snapshots(id));
                self.enter_phase(id, ground);
                if self.servers[id].life_cycle.state == Some(LifeCycleState::NotReady) {
                    self.set_life_cycle(id, LifeCycleState::ReadyForTest, ground);
                }
                self.follow_transfer(id, ground);
            }
            Some(DataReplicationState::Continuous) => replication.snapshot_at = Some(now),
            _ => {}
        }
    }

    /// A server that is continuous again gets a snapshot at once.
    pub(super) fn snapshot_on_return(&mut self, id: SourceServerId, ground: &mut dyn Ground) {
        match self.may_snapshot_server(id) {
            Ok(()) => self.servers[id].replication.snapshot_at = Some(ground.now()),
            Err(_) => self.set_timer(id, ServerTimer::Snapshot, Some(ground.now())),
        }
    }

    /// Whether snapshots may be taken has changed: servers that rely on periodic ones find out at
    /// the next of them.
    pub(super) fn snapshots_changed(&mut self, ground: &mut dyn Ground) {
        let now = ground.now();
        let ids: Vec<SourceServerId> = self.servers.ids().collect();
        let began = ground.cause();
        for id in ids {
            ground.follow_from(began);
            let server = &self.servers[id];
            if server.replication.state != Some(DataReplicationState::Continuous) {
                continue;
            }
            let last = server.last_snapshot(now).unwrap_or(now);
            self.servers[id].replication.snapshot_at = Some(last);
            let next = (last + timing::SNAPSHOT_EVERY).max(now);
            self.set_timer(id, ServerTimer::Snapshot, Some(next));
        }
    }

    /// A server's snapshots are deleted.
    pub(super) fn delete_snapshots(&mut self, id: SourceServerId) {
        if self.servers[id].replication.snapshot_at.take().is_some() {
            self.usage.snapshots = self.usage.snapshots.saturating_sub(self.n_snapshots(id));
        }
    }
}
