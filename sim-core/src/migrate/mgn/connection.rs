//! The two connections that an agent holds: TCP 443 to the service, TCP 1500 to its replication
//! server.
//!
//! An agent whose connection to the service goes silent opens another after a minute, to whatever address the name then
//! leads to; only where none gets through for about fifteen minutes is it `AGENT_NOT_SEEN`. Losing the second
//! stalls it with the error of the CONNECT step. When a lost connection is back, the rest of the
//! checklist runs again and the backlog drains. Losing the data connection several times within an
//! hour is reported as `UNSTABLE_NETWORK`.
//!
//! # Fidelity
//! Simplified: an agent that is not seen moves no data, although its data connection may still
//! stand: the service is taken to end its session. The up to five data connections of an agent are
//! held as one. When AWS calls a network unstable it does not say, nor how long an agent waits on a silent connection; both
//! are ours.
//!
//! Source: "Network requirements" and "Common replication errors", AWS Transform MGN User Guide.

use crate::migrate::ground::{Actor, CallFailed, Ground, Hold, HoldEvent, HoldId, Remote};
use crate::reason::Reason;
use crate::resource::{HostId, SourceServerId};
use crate::units::SimTime;
use crate::verdict::Refusal;

use super::installer::Agent;
use super::server::{Connection, Identity, Purpose, Replicating, SourcePower};
use super::service::{HostChange, HostRole};
use super::timer::ServerTimer;
use super::{DataReplicationState, InitiationStep, Mgn, ReplicationError, StepStatus, timing};

impl Mgn {
    /// Keeps the data connection that was just opened.
    pub(super) fn hold_data(&mut self, id: SourceServerId, ground: &mut dyn Ground) {
        let Ok(address) = self.data_address(id, ground) else {
            return;
        };
        let hold = Hold {
            from: self.servers[id].config.host,
            to: Remote::Address(address),
            port: timing::DATA_PORT,
            anew_after: timing::DATA_LOST_AFTER,
            lost_after: timing::DATA_LOST_AFTER,
            retry_every: timing::DATA_RETRY_EVERY,
        };
        let hold = ground.hold(Actor::Server(id), hold);
        let before = core::mem::replace(&mut self.servers[id].replication.data, Connection::Up(hold));
        if let Some(before) = before.hold() {
            ground.release(before);
        }
    }

    /// A held connection was lost, or came back.
    pub(super) fn hold_changed(
        &mut self,
        id: SourceServerId,
        hold: HoldId,
        event: HoldEvent,
        ground: &mut dyn Ground,
    ) {
        let Some(server) = self.servers.get(id) else {
            return;
        };
        let is_control = server.control.hold() == Some(hold);
        let is_data = server.replication.data.hold() == Some(hold);
        match (event, is_control, is_data) {
            (HoldEvent::Lost(failed), true, _) => self.control_lost(id, hold, failed, ground),
            (HoldEvent::Restored, true, _) => self.control_restored(id, hold, ground),
            (HoldEvent::Lost(failed), _, true) => self.data_lost(id, hold, failed, ground),
            (HoldEvent::Restored, _, true) => {
                self.servers[id].replication.data = Connection::Up(hold);
                self.reconnect(id, ground);
            }
            (HoldEvent::Lost(_) | HoldEvent::Restored, false, false) => {}
        }
    }

    fn control_lost(
        &mut self,
        id: SourceServerId,
        hold: HoldId,
        failed: CallFailed,
        ground: &mut dyn Ground,
    ) {
        let now = ground.now().as_nanos();
        let server = &mut self.servers[id];
        server.control = Connection::Lost(hold, failed);
        server.last_seen_at = Some(SimTime::from_nanos(
            now.saturating_sub(timing::AGENT_LOST_AFTER.as_nanos()),
        ));
        if server.replication.wanted == Replicating::Yes {
            // The checklist stands still where it is until the agent is heard of again.
            server.forget_calls(|purpose| matches!(purpose, Purpose::Initiate(_)));
            server.initiation.next_attempt_at = None;
            self.set_timer(id, ServerTimer::Initiation, None);
            self.stop_flow(id, ground);
            let stopped_by = failed.stopped_by;
            self.stall(
                id,
                ReplicationError::AgentNotSeen,
                (Some(failed), stopped_by),
                ground,
            );
        }
    }

    fn control_restored(&mut self, id: SourceServerId, hold: HoldId, ground: &mut dyn Ground) {
        let server = &mut self.servers[id];
        server.control = Connection::Up(hold);
        server.last_seen_at = None;
        if server.replication.wanted != Replicating::Yes {
            return;
        }
        match server.initiation.current {
            // The checklist was under way, and goes on where it stood still.
            Some(step) => self.initiate(id, step, ground),
            None => self.reconnect(id, ground),
        }
    }

    fn data_lost(&mut self, id: SourceServerId, hold: HoldId, failed: CallFailed, ground: &mut dyn Ground) {
        let now = ground.now();
        let replication = &mut self.servers[id].replication;
        replication.data = Connection::Lost(hold, failed);
        let (losses, since) = replication.losses;
        replication.losses = if now.since(since) <= timing::UNSTABLE_WITHIN {
            (losses.saturating_add(1), since)
        } else {
            (1, now)
        };
        if replication.wanted != Replicating::Yes {
            return;
        }
        let error = if replication.losses.0 >= timing::UNSTABLE_LOSSES {
            ReplicationError::UnstableNetwork
        } else {
            ReplicationError::FailedToConnectAgentToReplicationServer
        };
        self.stop_initiation(id);
        self.stop_flow(id, ground);
        self.set_step(
            id,
            InitiationStep::ConnectAgentToReplicationServer,
            StepStatus::Failed,
            ground,
        );
        // An agent that is not seen stays that.
        let seen = matches!(self.servers[id].control, Connection::Up(_));
        if seen || self.servers[id].replication.state != Some(DataReplicationState::Stalled) {
            self.stall(id, error, (Some(failed), failed.stopped_by), ground);
        }
    }

    /// Both connections stand again: the end of the checklist, and data moves.
    pub(super) fn reconnect(&mut self, id: SourceServerId, ground: &mut dyn Ground) {
        let server = &self.servers[id];
        let busy = server.initiation.current.is_some() || server.replication.flow.is_some();
        if server.replication.wanted != Replicating::Yes || busy {
            return;
        }
        match (server.control, server.replication.data) {
            (Connection::Up(_), Connection::Up(_)) => {
                self.set_step(
                    id,
                    InitiationStep::ConnectAgentToReplicationServer,
                    StepStatus::Succeeded,
                    ground,
                );
                self.initiate(id, InitiationStep::StartDataTransfer, ground);
            }
            (Connection::Up(_), Connection::None) => {
                self.initiate(id, InitiationStep::LaunchReplicationServer, ground);
            }
            (Connection::Up(_), Connection::Lost(_, failed)) => {
                let error = ReplicationError::FailedToConnectAgentToReplicationServer;
                self.stall(id, error, (Some(failed), failed.stopped_by), ground);
            }
            (Connection::None | Connection::Lost(..), _) => {}
        }
    }

    /// Something happened to a computer.
    pub(super) fn host_changed(&mut self, host: HostId, change: HostChange, ground: &mut dyn Ground) {
        match self.hosts.get(&host) {
            Some(HostRole::Source(id)) => self.source_changed(*id, change, ground),
            Some(HostRole::Replicator(id)) => match change {
                HostChange::PowerOff | HostChange::Crashed => self.replicator_down(*id, ground),
                HostChange::PowerOn | HostChange::Rebooted | HostChange::MacChanged => {}
            },
            None => {}
        }
    }

    fn source_changed(&mut self, id: SourceServerId, change: HostChange, ground: &mut dyn Ground) {
        match change {
            HostChange::PowerOff => {
                self.servers[id].power = SourcePower::Off;
                self.writes_changed(id, ground);
            }
            HostChange::PowerOn => {
                self.servers[id].power = SourcePower::On;
                self.writes_changed(id, ground);
            }
            HostChange::Rebooted => {}
            HostChange::Crashed => self.rescan(id, ground),
            HostChange::MacChanged => self.unrecognised(id, ground),
        }
    }

    /// The service derives a server's identity from its MAC address: it no longer knows this one.
    fn unrecognised(&mut self, id: SourceServerId, ground: &mut dyn Ground) {
        let server = &mut self.servers[id];
        server.identity = Identity::Changed;
        if server.life_cycle.state.is_none() {
            return;
        }
        if matches!(server.agent, Agent::Installed { .. }) {
            server.agent = Agent::Unrecognised;
        }
        server.last_seen_at = Some(ground.now());
        if let Some(hold) = core::mem::take(&mut server.control).hold() {
            ground.release(hold);
        }
        if self.servers[id].replication.wanted == Replicating::Yes {
            self.stop_initiation(id);
            self.drop_data(id, ground);
            let refusal = Refusal::at(Reason::MacChanged, id);
            self.stall(id, ReplicationError::AgentNotSeen, (None, Some(refusal)), ground);
        }
    }
}
