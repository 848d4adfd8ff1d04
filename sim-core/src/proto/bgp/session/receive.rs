//! What a session makes of TCP and of the messages that come over it.

use std::sync::Arc;

use crate::units::SimTime;

use super::super::message::{Message, Open};
use super::super::notification::{Code, Notification};
use super::collision::Outcome;
use super::connection::{Cause, Connection, Transport};
use super::event::{Event, State};
use super::io::{Closing, Half, Output};
use super::machine::{Acceptance, Session};
use super::open;
use super::reason::{Closed, OpenError, Reason, Told};

impl Session {
    pub(super) fn opened(&mut self, now: SimTime, out: &mut Vec<Output>) {
        let outgoing = &mut self.halves[Half::Outgoing as usize];
        if outgoing.transport == Transport::Opening {
            outgoing.transport = Transport::Open;
            self.step(now, Half::Outgoing, Event::TcpRequestAcked, Cause::none(), out);
        }
    }

    pub(super) fn accepted(&mut self, now: SimTime, out: &mut Vec<Output>) {
        if self.acceptance() == Acceptance::Refuse {
            out.push(Output::Close(Half::Incoming, Closing::Reset));
            return;
        }
        let replaced = Reason::Transport(Closed::Replaced);
        if let Some(half) = self.carrier() {
            self.step(now, half, Event::TcpFails, Cause::silent(replaced), out);
        }
        if self.halves[Half::Incoming as usize].transport == Transport::Open {
            self.step(now, Half::Incoming, Event::TcpFails, Cause::silent(replaced), out);
        }
        self.halves[Half::Incoming as usize] = Connection {
            state: State::Active,
            transport: Transport::Open,
            ..Connection::default()
        };
        self.step(now, Half::Incoming, Event::TcpConfirmed, Cause::none(), out);
    }

    pub(super) fn closed(&mut self, now: SimTime, half: Half, how: Closed, out: &mut Vec<Output>) {
        let connection = &mut self.halves[half as usize];
        if connection.transport != Transport::Open {
            return;
        }
        match how {
            // The other direction is still to be closed.
            Closed::Fin => {}
            Closed::Reset | Closed::TimedOut | Closed::Replaced => connection.transport = Transport::None,
        }
        let cause = Cause::because(Reason::Transport(how));
        self.step(now, half, Event::TcpFails, cause, out);
    }

    pub(super) fn received(&mut self, now: SimTime, half: Half, message: Message, out: &mut Vec<Output>) {
        if self.halves[half as usize].transport != Transport::Open {
            return;
        }
        self.counters.received.count(&message);
        match message {
            Message::Open(open) => self.received_open(now, half, &open, out),
            Message::Keepalive => self.unexpected_or(now, half, Event::Keepalive, out),
            Message::Update(_) => self.unexpected_or(now, half, Event::Update, out),
            Message::Notification(notification) => {
                let event = match notification.code {
                    Code::UNSUPPORTED_VERSION => Event::NotificationVersionError,
                    Code { .. } => Event::Notification,
                };
                let cause = Cause::because(Reason::Received(Told::of(&notification)));
                self.step(now, half, event, cause, out);
            }
            Message::RouteRefresh(refresh) => match self.halves[half as usize].state {
                // RFC 2918 §4: ignored where this end has not said that it understands it.
                State::Established if self.negotiated().is_some_and(|it| it.route_refresh) => {
                    out.push(Output::Refresh(refresh));
                }
                State::Established => {}
                State::Idle | State::Connect | State::Active | State::OpenSent | State::OpenConfirm => {
                    self.unexpected_or(now, half, Event::Update, out);
                }
            },
        }
    }

    /// A message that some states take and others do not.
    pub(super) fn unexpected_or(&mut self, now: SimTime, half: Half, event: Event, out: &mut Vec<Output>) {
        let state = self.halves[half as usize].state;
        let goes_on = match event {
            Event::Keepalive => matches!(state, State::OpenConfirm | State::Established),
            _ => state == State::Established,
        };
        let cause = match goes_on {
            true => Cause::none(),
            false => Cause::because(Reason::Unexpected { state }),
        };
        self.step(now, half, event, cause, out);
    }

    fn received_open(&mut self, now: SimTime, half: Half, open: &Open, out: &mut Vec<Output>) {
        let connection = &self.halves[half as usize];
        let event = match (connection.state, connection.timers.delay_open_at) {
            (State::OpenSent, _) => Event::Open,
            (State::Connect | State::Active, Some(_)) => Event::OpenWithDelayRunning,
            (state, _) => {
                let cause = Cause::because(Reason::Unexpected { state });
                return self.step(now, half, Event::Open, cause, out);
            }
        };
        if let Err(refusal) = open::check(&self.config, open) {
            let cause = Cause::telling(Reason::OpenRefused(refusal.error), refusal.notification);
            return self.step(now, half, Event::OpenError, cause, out);
        }
        match self.resolve_collision(now, half, open, out) {
            Outcome::Ended => {}
            Outcome::GoesOn => {
                let negotiated = Some(Arc::new(open::negotiate(&self.config, open)));
                let cause = Cause {
                    negotiated,
                    ..Cause::none()
                };
                self.step(now, half, event, cause, out);
                if event == Event::OpenWithDelayRunning {
                    self.end_unopened(now, half, out);
                }
            }
        }
    }

    pub(super) fn malformed(
        &mut self,
        now: SimTime,
        half: Half,
        notification: Notification,
        out: &mut Vec<Output>,
    ) {
        if self.halves[half as usize].transport != Transport::Open {
            return;
        }
        let code = notification.code;
        let (event, reason) = match code.code {
            1 => (Event::HeaderError, Reason::Malformed(code)),
            2 => (Event::OpenError, Reason::OpenRefused(OpenError::Malformed(code))),
            _ => (Event::UpdateError, Reason::Malformed(code)),
        };
        self.step(now, half, event, Cause::telling(reason, notification), out);
    }
}
