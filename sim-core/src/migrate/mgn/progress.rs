//! How far a server's replication has come, as the console's dashboard shows it.
//!
//! Everything here is computed from the account at the instant of the question; nothing is kept up
//! by ticking.
//!
//! # Fidelity
//! Simplified: all disks of a server advance together, in proportion to their sizes. The estimated
//! end holds for present rates, where AWS smooths over a time that it does not name.
//!
//! Source: "Migration dashboard", AWS Transform MGN User Guide.

use crate::units::{BitRate, DataSize, SimTime, Span};

use super::server::{Connection, SourceServer};
use super::transfer::{self, Transfer};
use super::{DataReplicationState, timing};

/// One disk in `dataReplicationInfo.replicatedDisks`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DiskProgress {
    /// `deviceName`.
    pub device: String,
    /// `totalStorageBytes`.
    pub total: DataSize,
    /// `replicatedStorageBytes`.
    pub replicated: DataSize,
    /// `rescannedStorageBytes`.
    pub rescanned: DataSize,
    /// `backloggedStorageBytes`.
    pub backlogged: DataSize,
}

/// How far a server's replication has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// All disks together.
    pub total: DataSize,
    /// What is copied of them.
    pub replicated: DataSize,
    /// What has been read again of them; all where no rescan runs.
    pub rescanned: DataSize,
    /// Written at the source and not yet in AWS.
    pub backlog: DataSize,
    /// `lagDuration`: since the server was last in continuous data protection; none where nothing
    /// can be launched.
    pub lag: Option<Span>,
    /// What the wire carries.
    pub rate: BitRate,
    /// What the source writes to its disks.
    pub writes: BitRate,
    /// `etaDateTime`: when source and copy agree at the present rates; none for never, or where
    /// no data moves.
    pub eta: Option<SimTime>,
    /// `lastSnapshotDateTime`.
    pub last_snapshot: Option<SimTime>,
}

impl SourceServer {
    fn transfer_at(&self, now: SimTime) -> Transfer {
        let mut transfer = self.replication.transfer.clone();
        transfer.settle(now);
        transfer
    }

    /// How far replication has come at `now`, which must not lie before the last event.
    #[must_use]
    pub fn progress(&self, now: SimTime) -> Progress {
        let transfer = self.transfer_at(now);
        let ended = self.replication.state == Some(DataReplicationState::Disconnected)
            || self.replication.state.is_none();
        // AWS: finalizing zeroes the disks' totals.
        let total = if ended {
            DataSize::ZERO
        } else {
            transfer.disk_size()
        };
        let of_total = |size: DataSize| if ended { DataSize::ZERO } else { size };
        Progress {
            total,
            replicated: of_total(transfer.copied()),
            rescanned: of_total(transfer.rescanned()),
            backlog: of_total(transfer.backlog()),
            lag: self.lag(now),
            rate: transfer.rate(),
            writes: transfer.writes(),
            eta: self.eta(now),
            last_snapshot: self.last_snapshot(now),
        }
    }
    /// `lagDuration`: none where nothing can be launched.
    ///
    /// At the very instant at which a backlog has drained it is still the lag before: it ends with
    /// the event that says so.
    #[must_use]
    pub fn lag(&self, now: SimTime) -> Option<Span> {
        self.replication.snapshot_at?;
        Some(transfer::lag(self.replication.transfer.behind_since(), now))
    }
    /// Bytes written at the source that are not yet in AWS.
    #[must_use]
    pub fn backlog(&self, now: SimTime) -> DataSize {
        self.transfer_at(now).backlog()
    }
    /// What the wire carries for this server.
    #[must_use]
    pub fn rate(&self) -> BitRate {
        self.replication.transfer.rate()
    }
    /// `etaDateTime`.
    #[must_use]
    pub fn eta(&self, now: SimTime) -> Option<SimTime> {
        self.replication.flow?;
        let transfer = self.transfer_at(now);
        if transfer.is_behind() {
            transfer.eta()
        } else {
            None
        }
    }
    /// `lastSnapshotDateTime`.
    ///
    /// Snapshots are taken periodically while source and copy agree; they are counted from the
    /// last one that was recorded rather than taken one by one.
    #[must_use]
    pub fn last_snapshot(&self, now: SimTime) -> Option<SimTime> {
        let recorded = self.replication.snapshot_at?;
        let continuous = self.replication.state == Some(DataReplicationState::Continuous)
            && self.replication.failure.is_none();
        if !continuous {
            return Some(recorded);
        }
        let until = self.replication.transfer.behind_since().unwrap_or(now);
        let every = timing::SNAPSHOT_EVERY.as_nanos();
        let taken = until.since(recorded).as_nanos() / every;
        Some(recorded + Span::nanos(taken.saturating_mul(every)))
    }
    /// `elapsedReplicationDuration`: since the first byte, until replication ended.
    #[must_use]
    pub fn elapsed_replication(&self, now: SimTime) -> Option<Span> {
        let since = self.life_cycle.first_byte_at?;
        Some(self.life_cycle.replication_ended_at.unwrap_or(now).since(since))
    }
    /// `lastSeenByServiceDateTime`: now while the agent's connection stands.
    #[must_use]
    pub fn last_seen(&self, now: SimTime) -> Option<SimTime> {
        match self.control {
            Connection::Up(_) => Some(now),
            Connection::Lost(..) | Connection::None => self.last_seen_at,
        }
    }
    /// The progress of each disk: the server's, shared out by size.
    ///
    /// # Fidelity
    /// All disks of a server advance together.
    #[must_use]
    pub fn disks(&self, now: SimTime) -> Vec<DiskProgress> {
        let progress = self.progress(now);
        let whole = u128::from(self.replication.transfer.disk_size().as_bytes()).max(1);
        self.config
            .disks
            .iter()
            .map(|disk| {
                let part = |of: DataSize| {
                    let bytes = u128::from(of.as_bytes()) * u128::from(disk.size.as_bytes()) / whole;
                    DataSize::bytes(u64::try_from(bytes).unwrap_or(u64::MAX))
                };
                DiskProgress {
                    device: disk.device.clone(),
                    total: part(progress.total),
                    replicated: part(progress.replicated),
                    rescanned: part(progress.rescanned),
                    backlogged: part(progress.backlog),
                }
            })
            .collect()
    }
}
