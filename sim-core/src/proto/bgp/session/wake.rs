//! When a session has to be woken, and what has come due.

use crate::units::SimTime;

use super::connection::{Cause, Transport};
use super::event::{Event, State};
use super::io::{Half, Output};
use super::machine::{Admin, Heartbeats, Session};
use super::reason::Reason;
use super::timer::Timer;

impl Session {
    /// When it next wants to be woken, and for which timer; none where nothing runs.
    ///
    /// A wake that comes too early does nothing, and a deadline that is armed already only ever moves later through
    /// messages. So whoever drives a session need not move a pending wake as messages come and go: wake it when that
    /// wake is due and ask again.
    #[must_use]
    pub fn next_wake(&self) -> Option<(SimTime, Timer)> {
        let restart_at = match self.admin {
            Admin::Started => None,
            Admin::Stopped { restart_at, .. } => restart_at,
        };
        let mut next = [
            restart_at.map(|at| (at, Timer::Restart)),
            self.rest_until.map(|at| (at, Timer::IdleHold)),
            self.retention.deadline(),
        ]
        .into_iter()
        .flatten()
        .min();
        for half in Half::BOTH {
            let timers = &self.halves[half as usize].timers;
            let beats = match self.heartbeats {
                Heartbeats::Sent => [
                    timers.hold_at().map(|at| (at, Timer::Hold)),
                    timers.keepalive_at().map(|at| (at, Timer::Keepalive)),
                ],
                Heartbeats::Elided => [None, None],
            };
            let others = [
                timers.connect_retry_at.map(|at| (at, Timer::ConnectRetry)),
                timers.delay_open_at.map(|at| (at, Timer::DelayOpen)),
            ];
            next = beats.into_iter().chain(others).flatten().chain(next).min();
        }
        next
    }

    /// Sees to all that is due at `now`.
    pub(super) fn wake(&mut self, now: SimTime, out: &mut Vec<Output>) {
        let is_due = |at: Option<SimTime>| at.is_some_and(|at| at <= now);
        let end = self.retention.expire(now);
        self.end_stale(end, out);
        if let Admin::Stopped { restart_at, .. } = self.admin
            && is_due(restart_at)
        {
            self.admin = Admin::Started;
            self.begin(now, Event::AutomaticStart, Event::AutomaticStartPassive, out);
        }
        if is_due(self.rest_until) {
            self.step(now, Half::Outgoing, Event::IdleHoldExpires, Cause::none(), out);
            let (active, passive) = (Event::AutomaticStartDamped, Event::AutomaticStartDampedPassive);
            self.begin(now, active, passive, out);
        }
        for half in Half::BOTH {
            let timers = self.halves[half as usize].timers;
            if self.heartbeats == Heartbeats::Sent && is_due(timers.hold_at()) {
                self.hold_expired(now, half, out);
                continue;
            }
            if self.heartbeats == Heartbeats::Sent && is_due(timers.keepalive_at()) {
                self.step(now, half, Event::KeepaliveExpires, Cause::none(), out);
            }
            if is_due(timers.connect_retry_at) {
                self.retry_connect(now, half, out);
            }
            if is_due(timers.delay_open_at) {
                self.step(now, half, Event::DelayOpenExpires, Cause::none(), out);
            }
        }
    }

    fn hold_expired(&mut self, now: SimTime, half: Half, out: &mut Vec<Output>) {
        let connection = &self.halves[half as usize];
        let reason = match (connection.state, connection.timers.hold) {
            (State::OpenConfirm | State::Established, Some(hold)) => Reason::HoldExpired { hold },
            (_, _) => Reason::NoOpen,
        };
        self.step(now, half, Event::HoldExpires, Cause::because(reason), out);
    }

    fn retry_connect(&mut self, now: SimTime, half: Half, out: &mut Vec<Output>) {
        // While the peer's connection is under way another one would only collide with it.
        if self.halves[Half::Incoming as usize].transport == Transport::Open {
            let at = now + self.connect_retry();
            self.halves[half as usize].timers.connect_retry_at = Some(at);
            return;
        }
        let outgoing = &self.halves[half as usize];
        let cause = match outgoing.transport {
            Transport::Opening => Cause::silent(Reason::NotOpened(super::OpenFailure::TimedOut)),
            Transport::None | Transport::Open => Cause::none(),
        };
        self.step(now, half, Event::ConnectRetryExpires, cause, out);
    }
}
