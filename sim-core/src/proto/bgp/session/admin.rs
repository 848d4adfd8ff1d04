//! What is asked of a session from above: start, stop, clear, and news of its interface.

use crate::units::SimTime;

use super::super::negotiated::PeerKind;
use super::super::notification::{Code, Notification};
use super::config::{Adjacency, FastFailover, Initiative};
use super::connection::{Cause, Transport};
use super::event::Event;
use super::io::{Half, Output};
use super::machine::{Admin, Session};
use super::reason::{Reason, StopReason};

impl Session {
    pub(super) fn start(&mut self, now: SimTime, out: &mut Vec<Output>) {
        match self.admin {
            Admin::Started => {}
            Admin::Stopped { .. } => {
                self.admin = Admin::Started;
                self.doublings = 0;
                self.begin(now, Event::ManualStart, Event::ManualStartPassive, out);
            }
        }
    }

    /// Leaves Idle, by one event or by the other where the peer has the initiative.
    pub(super) fn begin(&mut self, now: SimTime, active: Event, passive: Event, out: &mut Vec<Output>) {
        self.rest_until = None;
        let incoming_is_under_way = self.halves[Half::Incoming as usize].transport == Transport::Open;
        let event = match self.config.initiative {
            Initiative::Both if !incoming_is_under_way => active,
            Initiative::Both | Initiative::Passive => passive,
        };
        self.step(now, Half::Outgoing, event, Cause::none(), out);
    }

    pub(super) fn stop(&mut self, now: SimTime, reason: StopReason, out: &mut Vec<Output>) {
        let (event, admin) = match reason {
            StopReason::Shutdown
            | StopReason::Deconfigured
            | StopReason::ProcessEnds
            | StopReason::ProcessTerminates => (Event::ManualStop, Some(None)),
            StopReason::MaxPrefixes { restart_after, .. } => {
                (Event::AutomaticStop, Some(restart_after.map(|span| now + span)))
            }
            StopReason::ConfigurationChange => (Event::ManualStop, None),
            StopReason::OutOfResources => (Event::AutomaticStop, None),
        };
        if let Some(restart_at) = admin {
            let reason = Some(reason);
            self.admin = Admin::Stopped { reason, restart_at };
            self.rest_until = None;
        }
        let notification = reason.notification();
        self.end_all(now, event, Reason::Stopped(reason), notification, out);
        if admin.is_some() {
            let end = self.retention.stop();
            self.end_stale(end, out);
        }
        self.told = [None; 2];
    }

    fn end_all(
        &mut self,
        now: SimTime,
        event: Event,
        reason: Reason,
        notification: Option<Notification>,
        out: &mut Vec<Output>,
    ) {
        self.repeats = false;
        for half in Half::BOTH {
            let mut cause = Cause::because(reason);
            let negotiated = self.halves[half as usize].negotiated.as_deref();
            let keeps = negotiated.is_some_and(|it| it.graceful_restart.is_some());
            if !(keeps && reason == Reason::Stopped(StopReason::ProcessTerminates)) {
                cause.notification.clone_from(&notification);
            }
            self.step(now, half, event, cause, out);
        }
    }

    pub(super) fn clear(&mut self, now: SimTime, out: &mut Vec<Output>) {
        match self.admin {
            Admin::Stopped {
                reason: Some(StopReason::MaxPrefixes { .. }),
                ..
            } => self.start(now, out),
            Admin::Stopped { .. } => {}
            Admin::Started => {
                let was_open = self.halves.iter().any(|half| half.transport == Transport::Open);
                self.doublings = 0;
                let notification = Some(Notification::new(Code::ADMINISTRATIVE_RESET));
                self.end_all(now, Event::ManualStop, Reason::Cleared, notification, out);
                self.told = [None; 2];
                if !was_open {
                    self.begin(now, Event::ManualStart, Event::ManualStartPassive, out);
                }
            }
        }
    }

    pub(super) fn interface_down(&mut self, now: SimTime, out: &mut Vec<Output>) {
        let config = &self.config;
        let ends = config.adjacency == Adjacency::Direct
            && config.fast_failover == FastFailover::On
            && config.kind() == PeerKind::Ebgp;
        if !ends {
            return;
        }
        for half in Half::BOTH {
            if self.halves[half as usize].transport != Transport::None {
                self.step(
                    now,
                    half,
                    Event::TcpFails,
                    Cause::silent(Reason::InterfaceDown),
                    out,
                );
            }
        }
    }

    /// What failed for want of the link is tried again at once.
    pub(super) fn interface_up(&mut self, now: SimTime, out: &mut Vec<Output>) {
        let for_want_of_link = matches!(
            self.last,
            Some((
                _,
                Reason::InterfaceDown | Reason::NotOpened(_) | Reason::Transport(_)
            ))
        );
        if self.config.adjacency == Adjacency::Multihop || !for_want_of_link {
            return;
        }
        if self.rest_until.is_some() {
            self.rest_until = Some(now);
        }
        let retry = &mut self.halves[Half::Outgoing as usize].timers.connect_retry_at;
        if retry.is_some() {
            *retry = Some(now);
        }
        self.wake(now, out);
    }
}
