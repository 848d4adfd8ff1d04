//! One of a session's connections, and the actions of the table on it.

use std::sync::Arc;

use crate::kernel::Heartbeat;
use crate::units::SimTime;

use super::super::message::Message;
use super::super::negotiated::Negotiated;
use super::super::notification::{Code, Notification};
use super::config::Initiative;
use super::event::{Action, DelayOpen, Event, State};
use super::fsm;
use super::io::{Closing, Half, Notice, Output};
use super::machine::Session;
use super::open;
use super::reason::{Closed, Reason};
use super::timer::{Deadlines, OPEN_HOLD};

/// What TCP does for a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(super) enum Transport {
    #[default]
    None,
    Opening,
    Open,
}

/// One connection: a place in the table, and its timers.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub(super) struct Connection {
    pub(super) state: State,
    pub(super) transport: Transport,
    pub(super) timers: Deadlines,
    pub(super) negotiated: Option<Arc<Negotiated>>,
}

/// What comes along with an event.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Cause {
    /// Why the connection ends, if it does.
    pub(super) reason: Option<Reason>,
    /// What the peer is told.
    pub(super) notification: Option<Notification>,
    /// What the two OPENs have in common.
    pub(super) negotiated: Option<Arc<Negotiated>>,
    /// How TCP is closed; in order unless said otherwise.
    pub(super) closing: Option<Closing>,
}

impl Cause {
    /// Nothing to say.
    pub(super) fn none() -> Self {
        Self::default()
    }
    /// For this reason, and without a NOTIFICATION of its own.
    pub(super) fn because(reason: Reason) -> Self {
        Self {
            reason: Some(reason),
            ..Self::default()
        }
    }
    /// For this reason, which the peer is told.
    pub(super) fn telling(reason: Reason, notification: Notification) -> Self {
        Self {
            notification: Some(notification),
            ..Self::because(reason)
        }
    }
    /// For this reason, and nothing can be sent.
    pub(super) fn silent(reason: Reason) -> Self {
        Self {
            closing: Some(Closing::Forget),
            ..Self::because(reason)
        }
    }
}

impl Session {
    /// Runs the table for one event of one connection, and what follows from it.
    pub(super) fn step(
        &mut self,
        now: SimTime,
        half: Half,
        event: Event,
        cause: Cause,
        out: &mut Vec<Output>,
    ) {
        let connection = &self.halves[half as usize];
        let from = connection.state;
        let delay = match (connection.timers.delay_open_at, self.config.timers.delay_open) {
            (Some(_), _) => DelayOpen::Running,
            (None, Some(_)) => DelayOpen::Set,
            (None, None) => DelayOpen::Off,
        };
        let (to, actions) = fsm::transition(from, event, delay);
        if let Some(reason) = cause.reason
            && !actions.is_empty()
        {
            self.tell_end(now, half, reason, out);
        }
        for &action in actions {
            self.perform(now, half, action, &cause, out);
        }
        let connection = &mut self.halves[half as usize];
        connection.state = to;
        // An incoming connection without TCP is none: to listen is the outgoing half's.
        if half == Half::Incoming && connection.transport == Transport::None {
            *connection = Connection::default();
        }
        if to == State::Established && from != State::Established {
            self.end_other(now, half, out);
        }
        self.rest_if_idle(now);
    }

    /// Gives up the connection that is not `kept`.
    pub(super) fn end_other(&mut self, now: SimTime, kept: Half, out: &mut Vec<Output>) {
        let reason = Reason::Collision { kept };
        let cause = Cause::telling(reason, Notification::new(Code::COLLISION));
        self.step(now, kept.other(), Event::CollisionDump, cause, out);
    }

    fn tell_end(&mut self, now: SimTime, half: Half, reason: Reason, out: &mut Vec<Output>) {
        let state = self.halves[half as usize].state;
        let is_collision = matches!(reason, Reason::Collision { .. });
        if is_collision {
            if state >= State::OpenSent && !self.repeats {
                out.push(Output::Notice(Notice::Ended { half, state, reason }));
            }
            return;
        }
        self.last = Some((now, reason));
        // Where both ends try, two reasons can take turns.
        if self.told.contains(&Some(reason)) && state != State::Established {
            self.repeats = true;
            return;
        }
        self.told = [Some(reason), self.told[0]];
        self.repeats = false;
        out.push(Output::Notice(Notice::Ended { half, state, reason }));
    }

    fn perform(&mut self, now: SimTime, half: Half, action: Action, cause: &Cause, out: &mut Vec<Output>) {
        let connection = &mut self.halves[half as usize];
        match action {
            Action::ForgetRetries => self.retries = 0,
            Action::CountRetry => self.retries = self.retries.saturating_add(1),
            Action::Damp => self.damp(half, cause),
            Action::AllowStart => self.rest_until = None,
            Action::StartConnectRetry => {
                if half == Half::Outgoing && self.config.initiative == Initiative::Both {
                    let at = now + self.connect_retry();
                    self.halves[half as usize].timers.connect_retry_at = Some(at);
                }
            }
            Action::StopConnectRetry => connection.timers.connect_retry_at = None,
            Action::OpenTransport => {
                connection.transport = Transport::Opening;
                out.push(Output::Connect);
            }
            Action::DropTransport => self.drop_transport(half, cause, out),
            Action::StartDelayOpen => {
                connection.timers.delay_open_at = self.config.timers.delay_open.map(|span| now + span);
            }
            Action::StopDelayOpen => connection.timers.delay_open_at = None,
            Action::SendOpen => {
                let open = open::offer(&self.config, self.restarted);
                self.send(half, Message::Open(open), out);
            }
            Action::StartOpenHold => {
                connection.timers.hold = Some(OPEN_HOLD);
                connection.timers.heard_at = now;
            }
            Action::Negotiate => connection.negotiated.clone_from(&cause.negotiated),
            Action::StartHold => {
                connection.timers.hold = connection.negotiated.as_ref().and_then(|it| it.hold_time);
                connection.timers.heard_at = now;
            }
            Action::RestartHold => connection.timers.heard_at = now,
            Action::SendKeepalive => self.send_keepalive(now, half, out),
            Action::Notify => {
                if let Some(notification) = cause.notification.clone() {
                    self.notify(half, notification, out);
                }
            }
            Action::NotifyFsmError => {
                let code = match connection.state {
                    State::OpenSent => Code::FSM_IN_OPEN_SENT,
                    State::OpenConfirm => Code::FSM_IN_OPEN_CONFIRM,
                    State::Established => Code::FSM_IN_ESTABLISHED,
                    State::Idle | State::Connect | State::Active => Code::FSM_ERROR,
                };
                self.notify(half, Notification::new(code), out);
            }
            Action::NotifyHoldExpired => self.notify(half, Notification::new(Code::HOLD_TIMER_EXPIRED), out),
            Action::GoUp => self.go_up(half, out),
            Action::ReleaseRoutes => self.release_routes(now, half, cause, out),
            Action::StopTimers => {
                connection.timers = Deadlines::default();
                connection.negotiated = None;
            }
        }
    }

    fn drop_transport(&mut self, half: Half, cause: &Cause, out: &mut Vec<Output>) {
        let connection = &mut self.halves[half as usize];
        match connection.transport {
            Transport::None => {}
            Transport::Opening => out.push(Output::Close(half, Closing::Forget)),
            Transport::Open => match cause.reason {
                // The carrier has put the new connection in its place already.
                Some(Reason::Transport(Closed::Replaced)) if half == Half::Incoming => {}
                Some(_) | None => out.push(Output::Close(half, cause.closing.unwrap_or(Closing::Fin))),
            },
        }
        connection.transport = Transport::None;
    }

    fn send_keepalive(&mut self, now: SimTime, half: Half, out: &mut Vec<Output>) {
        let connection = &mut self.halves[half as usize];
        if let Some(heartbeat) = &mut connection.timers.keepalive {
            heartbeat.beat(now);
        } else if let Some(period) = connection.negotiated.as_ref().and_then(|it| it.keepalive) {
            let key = self.next_key();
            let heartbeat = Heartbeat::new(now, period, self.config.timers.jitter, key);
            self.halves[half as usize].timers.keepalive = Some(heartbeat);
        }
        self.send(half, Message::Keepalive, out);
    }

    pub(super) fn send(&mut self, half: Half, message: Message, out: &mut Vec<Output>) {
        self.counters.sent.count(&message);
        out.push(Output::Send(half, message));
    }
}
