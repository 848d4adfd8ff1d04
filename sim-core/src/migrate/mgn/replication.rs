//! The replication of a server once data moves: copying, draining, keeping up, falling behind.
//!
//! ```text
//! INITIATING ─▶ INITIAL_SYNC ─▶ BACKLOG ─▶ CREATING_SNAPSHOT ─▶ CONTINUOUS ◀─▶ BACKLOG
//!      ▲                                                            │  ▲
//!      │ connection back, server replaced                     crash │  │ read, drained
//!      └────────────────────── STALLED ◀── connection lost          └▶ RESCAN
//! ```
//! The phase is never stored twice: it follows from what is left to do ([`Transfer`]) and from
//! whether a launchable snapshot exists. While source and copy agree, the flow is capped at what
//! the writes need, so that an idle server leaves the wire to others; as soon as something is left
//! to send, it may take all that its ends can send.
//!
//! [`Transfer`]: super::transfer::Transfer
//!
//! `NOT_CONVERGING` and `SNAPSHOTS_FAILURE` are errors of a replication that goes on: data moves, so
//! the state is not `STALLED`, and the trace says that they are reported, not that the server stalls.
//!
//! # Fidelity
//! Simplified: data are a flow that is fluid and exact, not blocks: which blocks, from which disk
//! and in what order does not matter. The throughput model and the rule for `NOT_CONVERGING` are
//! ours. States follow from sums, so that what AWS announces after a time of its own ("lagging")
//! comes after [`LAG_GRACE`](super::timing::LAG_GRACE). A server restarts into a rescan only after
//! a crash or a reinstallation: disks that are added or resized are left out.
//!
//! Source: "`DataReplicationInfo`", MGN API Reference; "Replication FAQ", AWS Transform MGN User
//! Guide.

use crate::migrate::ground::{Actor, CallFailed, FlowSpec, Ground};
use crate::reason::Reason;
use crate::resource::{FlowId, SourceServerId};
use crate::units::{BitRate, Ppm};
use crate::verdict::Refusal;

use super::server::{Connection, Replicating, ReplicationFailure, SourcePower, StallNews};
use super::timer::ServerTimer;
use super::transfer::Link;
use super::{DataReplicationState, LifeCycleState, Mgn, Notice, ReplicationError, staging, timing};

impl Mgn {
    /// The first bytes may move: opens the flow, and says in which phase the server is.
    pub(super) fn begin_transfer(&mut self, id: SourceServerId, ground: &mut dyn Ground) {
        let now = ground.now();
        self.stop_flow(id, ground);
        self.clear_failure(id, ground);
        let server = &mut self.servers[id];
        server.life_cycle.first_byte_at.get_or_insert(now);
        if server.replication.transfer.is_copying() {
            server.replication.copy_began_at.get_or_insert(now);
        }
        let Some(to) = server
            .replication
            .replicator
            .and_then(|replicator| self.replicators.get(replicator))
            .and_then(|replicator| replicator.host)
        else {
            return;
        };
        server.replication.transfer.set_link(Link::Up, now);
        server.replication.lagging = server.replication.transfer.has_backlog();
        self.refresh_writes(id, ground);
        let cap = self.flow_cap(id);
        let server = &mut self.servers[id];
        let flow = ground.open_flow(
            Actor::Server(id),
            FlowSpec {
                from: server.config.host,
                to,
                port: timing::DATA_PORT,
                streams: timing::STREAMS,
                window: server.config.tcp_window,
                cap,
            },
        );
        server.replication.flow = Some(flow);
        server.replication.cap = cap;
        // Nothing may be left to send: then no rate is ever told, and what happens next is known now.
        self.follow_transfer(id, ground);
        self.begin_convergence(id, ground);
    }

    /// Takes the flow away: nothing moves until initiation or a returning connection opens one.
    pub(super) fn stop_flow(&mut self, id: SourceServerId, ground: &mut dyn Ground) {
        let now = ground.now();
        let replication = &mut self.servers[id].replication;
        if let Some(flow) = replication.flow.take() {
            ground.close_flow(flow);
        }
        replication.told.on_stopped(replication.transfer.rate(), now);
        replication.transfer.set_rate(BitRate::ZERO, now);
        replication.transfer.set_link(Link::Down, now);
        replication.cap = BitRate::ZERO;
        let timers = [
            ServerTimer::Progress,
            ServerTimer::Snapshot,
            ServerTimer::Lag,
            ServerTimer::Converge,
        ];
        for timer in timers {
            self.set_timer(id, timer, None);
        }
        self.set_busy(id, ground);
    }

    /// What the ends can send: throttle, volumes, instance, disks; and no more than the writes
    /// where nothing else is left to send.
    fn flow_cap(&self, id: SourceServerId) -> BitRate {
        let server = &self.servers[id];
        let template = &self.config.replication;
        let transfer = &server.replication.transfer;
        let n_busy = server
            .replication
            .replicator
            .and_then(|replicator| self.replicators.get(replicator))
            .map_or(1, |replicator| {
                let others = replicator.busy.len() - usize::from(replicator.busy.contains(&id));
                others as u64 + 1
            });
        let ratio = u64::from(server.config.wire_ratio.as_ppm());
        let whole = u64::from(Ppm::ONE.as_ppm());
        let written = staging::volumes_rate(&server.config.disks, template.large_staging_disk)
            .min(template.instance_type.ebs.scaled(1, n_busy));
        let limit = template
            .throttle
            .unwrap_or(BitRate::MAX)
            .min(written.scaled(ratio, whole));
        if transfer.is_copying() {
            limit.min(transfer.copy_read_limit())
        } else if transfer.has_backlog() {
            limit.min(server.config.read_rate.scaled(ratio, whole))
        } else {
            limit.min(transfer.writes_on_wire())
        }
    }
    /// Tells the world what the ends can send, where that has changed.
    pub(super) fn set_cap(&mut self, id: SourceServerId, ground: &mut dyn Ground) {
        let cap = self.flow_cap(id);
        let replication = &mut self.servers[id].replication;
        if let Some(flow) = replication.flow
            && replication.cap != cap
        {
            replication.cap = cap;
            ground.cap_flow(flow, cap);
        }
    }

    /// The world moves the flow at another rate.
    pub(super) fn flow_rate(
        &mut self,
        id: SourceServerId,
        flow: FlowId,
        rate: BitRate,
        ground: &mut dyn Ground,
    ) {
        let Some(server) = self.servers.get_mut(id) else {
            return;
        };
        if server.replication.flow != Some(flow) {
            return;
        }
        let before = server.replication.transfer.rate();
        server.replication.transfer.set_rate(rate, ground.now());
        self.note_rate(id, before, rate, ground);
        self.follow_transfer(id, ground);
    }

    /// The source writes at another rate.
    pub(super) fn writes_changed(&mut self, id: SourceServerId, ground: &mut dyn Ground) {
        self.refresh_writes(id, ground);
        self.follow_transfer(id, ground);
    }
    /// Reads the write profile, and asks to be woken when it changes.
    pub(super) fn refresh_writes(&mut self, id: SourceServerId, ground: &mut dyn Ground) {
        let now = ground.now();
        let server = &mut self.servers[id];
        let level = server.config.writes.level(now);
        let (rate, until) = match (server.replication.wanted, server.power) {
            (Replicating::Yes | Replicating::Paused, SourcePower::On) => (level.rate, level.until),
            (Replicating::No, _) | (_, SourcePower::Off) => (BitRate::ZERO, None),
        };
        // Before the first byte everything is still to be copied: a write changes nothing.
        let counted = server.replication.copy_began_at.is_some() || !server.replication.transfer.is_copying();
        let rate = if counted { rate } else { BitRate::ZERO };
        server.replication.transfer.set_writes(rate, now);
        self.set_timer(id, ServerTimer::Writes, if counted { until } else { None });
    }

    /// Something about the transfer changed: caps the flow, and computes what happens next.
    pub(super) fn follow_transfer(&mut self, id: SourceServerId, ground: &mut dyn Ground) {
        let now = ground.now();
        self.servers[id].replication.transfer.settle(now);
        if self.servers[id].replication.flow.is_none() {
            return;
        }
        self.enter_phase(id, ground);
        self.set_cap(id, ground);
        let server = &self.servers[id];
        let progress_at = server.replication.transfer.next_change();
        let behind = server.replication.transfer.behind_since();
        let lag_at = match (server.replication.state, behind) {
            (Some(DataReplicationState::Continuous), Some(since)) if !server.replication.lagging => {
                Some(since + timing::LAG_GRACE)
            }
            _ => self.lag_due(id).map(|due| due.max(now)),
        };
        self.set_timer(id, ServerTimer::Progress, progress_at);
        self.set_timer(id, ServerTimer::Lag, lag_at);
    }

    /// The copy, a scan or the backlog has run out.
    pub(super) fn progress_timer(&mut self, id: SourceServerId, ground: &mut dyn Ground) {
        self.follow_transfer(id, ground);
    }

    /// A backlog has lasted: the server lags.
    pub(super) fn lag_timer(&mut self, id: SourceServerId, ground: &mut dyn Ground) {
        self.servers[id].replication.transfer.settle(ground.now());
        self.tell_lag(id, ground);
        let replication = &mut self.servers[id].replication;
        let was_continuous = replication.state == Some(DataReplicationState::Continuous);
        if was_continuous && replication.transfer.is_behind() {
            replication.lagging = true;
            self.begin_convergence(id, ground);
        }
        self.follow_transfer(id, ground);
    }

    /// Moves to the phase that follows from what is left to do.
    pub(super) fn enter_phase(&mut self, id: SourceServerId, ground: &mut dyn Ground) {
        let now = ground.now();
        let replication = &mut self.servers[id].replication;
        if !replication.transfer.is_behind() {
            replication.lagging = false;
            self.tell_drained(id, ground);
        }
        let replication = &self.servers[id].replication;
        let transfer = &replication.transfer;
        let launchable = replication.snapshot_at.is_some();
        let state = if transfer.is_copying() {
            DataReplicationState::InitialSync
        } else if transfer.is_scanning() {
            DataReplicationState::Rescan
        } else if replication.lagging
            || (!launchable && transfer.has_backlog() && !self.is_creating_snapshot(id))
        {
            DataReplicationState::Backlog
        } else if launchable {
            DataReplicationState::Continuous
        } else {
            DataReplicationState::CreatingSnapshot
        };
        let was = self.servers[id].replication.state;
        if was == Some(state) {
            return;
        }
        if was == Some(DataReplicationState::InitialSync) && state != DataReplicationState::InitialSync {
            self.note_initial_sync(id, ground);
        }
        self.set_replication_state(id, state, ground);
        if !self.servers[id].replication.transfer.is_behind() {
            self.converged(id, ground);
        }
        match state {
            DataReplicationState::CreatingSnapshot => {
                let takes = self.servers[id].draw(timing::FIRST_SNAPSHOT_TAKES);
                self.set_timer(id, ServerTimer::Snapshot, Some(now + takes));
            }
            DataReplicationState::Continuous => self.snapshot_on_return(id, ground),
            DataReplicationState::Stopped
            | DataReplicationState::Initiating
            | DataReplicationState::InitialSync
            | DataReplicationState::Backlog
            | DataReplicationState::Paused
            | DataReplicationState::Rescan
            | DataReplicationState::Stalled
            | DataReplicationState::Disconnected
            | DataReplicationState::PendingSnapshotShipping
            | DataReplicationState::ShippingSnapshot => {}
        }
        self.set_busy(id, ground);
    }
    fn is_creating_snapshot(&self, id: SourceServerId) -> bool {
        self.servers[id].replication.state == Some(DataReplicationState::CreatingSnapshot)
    }

    fn note_initial_sync(&mut self, id: SourceServerId, ground: &mut dyn Ground) {
        let now = ground.now();
        let server = &mut self.servers[id];
        server.life_cycle.initial_sync_done_at = Some(now);
        let began_at = server.replication.copy_began_at.unwrap_or(now);
        let notice = Notice::InitialSyncDone {
            size: server.replication.transfer.disk_size(),
            took: now.since(began_at),
        };
        ground.note(id.into(), notice);
    }

    /// Opens the window in which there must come to be less left to send.
    fn begin_convergence(&mut self, id: SourceServerId, ground: &mut dyn Ground) {
        let replication = &mut self.servers[id].replication;
        if !replication.transfer.is_behind() {
            return;
        }
        replication.converge_from = replication.transfer.left();
        if self.servers[id].timers.get(ServerTimer::Converge).is_none() {
            let at = ground.now() + timing::CONVERGE_WITHIN;
            self.set_timer(id, ServerTimer::Converge, Some(at));
        }
    }
    /// The window is over: replication converges where less is left than at its beginning.
    ///
    /// The state stays what it is and data goes on moving; `NOT_CONVERGING` is only reported.
    pub(super) fn converge_timer(&mut self, id: SourceServerId, ground: &mut dyn Ground) {
        let replication = &mut self.servers[id].replication;
        if replication.flow.is_none() {
            return;
        }
        replication.transfer.settle(ground.now());
        let left = replication.transfer.left();
        let converges = left == 0 || left < replication.converge_from;
        let reported = replication
            .failure
            .is_some_and(|failure| failure.error == ReplicationError::NotConverging);
        if !converges && !reported {
            let refusal = Refusal::at(Reason::NotConverging, id);
            self.report(id, ReplicationError::NotConverging, refusal, ground);
        } else if converges && reported {
            self.clear_failure(id, ground);
        }
        self.begin_convergence(id, ground);
    }

    /// Source and copy agree: there is nothing to converge.
    fn converged(&mut self, id: SourceServerId, ground: &mut dyn Ground) {
        self.set_timer(id, ServerTimer::Converge, None);
        let failure = self.servers[id].replication.failure;
        if failure.is_some_and(|failure| failure.error == ReplicationError::NotConverging) {
            self.clear_failure(id, ground);
        }
    }

    /// Moves the replication state and announces it.
    pub(super) fn set_replication_state(
        &mut self,
        id: SourceServerId,
        to: DataReplicationState,
        ground: &mut dyn Ground,
    ) {
        let from = self.servers[id].replication.state;
        if from == Some(to) {
            return;
        }
        if from == Some(DataReplicationState::Continuous) {
            // The last periodic snapshot is recorded while it can still be told.
            let last = self.servers[id].last_snapshot(ground.now());
            self.servers[id].replication.snapshot_at = last;
        }
        self.servers[id].replication.state = Some(to);
        ground.note(id.into(), Notice::Replication { from, to });
    }

    /// No data flows and a person has to act, or a retry has to succeed.
    pub(super) fn stall(
        &mut self,
        id: SourceServerId,
        error: ReplicationError,
        (call, stopped_by): (Option<CallFailed>, Option<Refusal>),
        ground: &mut dyn Ground,
    ) {
        self.set_replication_state(id, DataReplicationState::Stalled, ground);
        self.watch_lag(id, ground.now());
        if self.set_failure(id, error, (call, stopped_by), ground) {
            self.servers[id].replication.news = StallNews::Open;
            ground.note(id.into(), Notice::Stalled { error, stopped_by });
        }
    }
    /// Something is wrong although data moves: the state stays what it is.
    pub(super) fn report(
        &mut self,
        id: SourceServerId,
        error: ReplicationError,
        stopped_by: Refusal,
        ground: &mut dyn Ground,
    ) {
        let stopped_by = Some(stopped_by);
        if self.set_failure(id, error, (None, stopped_by), ground) {
            ground.note(id.into(), Notice::ErrorReported { error, stopped_by });
        }
    }
    /// Sets `dataReplicationError`; whether it is another than the one that stood.
    fn set_failure(
        &mut self,
        id: SourceServerId,
        error: ReplicationError,
        (call, stopped_by): (Option<CallFailed>, Option<Refusal>),
        ground: &mut dyn Ground,
    ) -> bool {
        let standing = &mut self.servers[id].replication.failure;
        let same = standing.is_some_and(|failure| failure.error == error && failure.stopped_by == stopped_by);
        if !same {
            *standing = Some(ReplicationFailure {
                error,
                call,
                stopped_by,
                since: ground.now(),
            });
        }
        !same
    }
    /// The error that stands is over.
    pub(super) fn clear_failure(&mut self, id: SourceServerId, ground: &mut dyn Ground) {
        let replication = &mut self.servers[id].replication;
        let was = replication.failure.take();
        if replication.news == StallNews::Open {
            replication.news = StallNews::Settled;
            ground.note(id.into(), Notice::Recovered);
        } else if let Some(ReplicationFailure { error, .. }) = was {
            ground.note(id.into(), Notice::ErrorCleared { error });
        }
    }

    /// All blocks are to be read again: the agent's map of changes is lost.
    pub(super) fn rescan(&mut self, id: SourceServerId, ground: &mut dyn Ground) {
        let replication = &mut self.servers[id].replication;
        if replication.transfer.is_copying() || replication.wanted == Replicating::No {
            // The copy reads every block anyway.
            return;
        }
        replication.transfer.begin_rescan(ground.now());
        self.follow_transfer(id, ground);
    }
    /// A reinstalled agent begins with a rescan, over a new connection.
    pub(super) fn rescan_after_reinstall(&mut self, id: SourceServerId, ground: &mut dyn Ground) {
        self.rescan(id, ground);
        let server = &self.servers[id];
        let stalled = server.replication.state == Some(DataReplicationState::Stalled);
        if stalled && server.replication.wanted == Replicating::Yes && server.initiation.current.is_none() {
            self.reconnect(id, ground);
        }
    }

    /// Moves the life cycle and announces it.
    pub(super) fn set_life_cycle(&mut self, id: SourceServerId, to: LifeCycleState, ground: &mut dyn Ground) {
        let state = &mut self.servers[id].life_cycle.state;
        let from = *state;
        if from != Some(to) {
            *state = Some(to);
            ground.note(id.into(), Notice::LifeCycle { from, to });
        }
    }
    /// Lets the data connection go, and with it the flow.
    pub(super) fn drop_data(&mut self, id: SourceServerId, ground: &mut dyn Ground) {
        self.stop_flow(id, ground);
        let data = core::mem::take(&mut self.servers[id].replication.data);
        if let Connection::Up(hold) | Connection::Lost(hold, _) = data {
            ground.release(hold);
        }
    }
}
