//! What CloudWatch shows of a migration, computed when asked.
//!
//! # Fidelity
//! Simplified: values are those of the instant of the question, where CloudWatch keeps points of a
//! period and is late by minutes.
//!
//! Source: "Monitoring with CloudWatch", AWS Transform MGN User Guide; the metrics' names are from
//! memory.

use crate::units::{DataSize, Distribution, SimTime, Span};

use super::server::Listing;
use super::{DataReplicationState, Mgn, SourceServer};

/// The metrics of one server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ServerMetrics {
    /// `LagDuration`.
    pub lag: Option<Span>,
    /// `Backlog`.
    pub backlog: DataSize,
    /// `DurationSinceLastTest`: since the last test was begun.
    pub since_last_test: Option<Span>,
    /// `ElapsedReplicationDuration`.
    pub elapsed_replication: Option<Span>,
}

/// The metrics of the account in the Region.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Metrics {
    /// `TotalSourceServerCount`: registered, and not archived.
    pub servers: u32,
    /// `ActiveSourceServerCount`: replicating.
    pub active: u32,
    /// Servers in continuous data protection.
    pub continuous: u32,
    /// Servers that are stalled.
    pub stalled: u32,
    /// Servers from which an instance can be launched.
    pub launchable: u32,
    /// Sum of all backlogs.
    pub backlog: DataSize,
    /// The longest lag of all.
    pub longest_lag: Span,
}

impl SourceServer {
    /// `LagDuration` at every full minute since the server's copy was first whole; empty where it never was a minute.
    #[must_use]
    pub fn lag_points(&self, now: SimTime) -> Distribution {
        let transfer = &self.replication.transfer;
        match (self.progress(now).lag, transfer.behind_since()) {
            // Whoever replicates no longer does not lag: the account ends where that began.
            (None, Some(ended_at)) => transfer.lag_points(ended_at),
            (Some(_), _) | (None, None) => transfer.lag_points(now),
        }
    }

    /// The server's metrics at `now`.
    #[must_use]
    pub fn metrics(&self, now: SimTime) -> ServerMetrics {
        let progress = self.progress(now);
        let tested_at = self.life_cycle().last_test.initiated_at;
        ServerMetrics {
            lag: progress.lag,
            backlog: progress.backlog,
            since_last_test: tested_at.map(|at| now.since(at)),
            elapsed_replication: self.elapsed_replication(now),
        }
    }
}

impl Mgn {
    /// The account's metrics at `now`: one look at each server.
    #[must_use]
    pub fn metrics(&self, now: SimTime) -> Metrics {
        let mut metrics = Metrics::default();
        for (_, server) in self.servers() {
            if server.life_cycle().state.is_none() || server.listing() == Listing::Archived {
                continue;
            }
            let progress = server.progress(now);
            let state = server.data_replication_state();
            metrics.servers += 1;
            metrics.active += u32::from(server.is_active());
            metrics.continuous += u32::from(state == Some(DataReplicationState::Continuous));
            metrics.stalled += u32::from(state == Some(DataReplicationState::Stalled));
            metrics.launchable += u32::from(server.is_launchable());
            metrics.backlog += progress.backlog;
            metrics.longest_lag = metrics.longest_lag.max(progress.lag.unwrap_or_default());
        }
        metrics
    }
}
