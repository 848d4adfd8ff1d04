//! The session: its two connections, its rest between attempts, and what goes on around them.

use std::sync::Arc;

use crate::kernel::Dice;
use crate::kernel::heartbeat::mix;
use crate::units::{SimTime, Span};

use super::super::message::Message;
use super::super::negotiated::Negotiated;
use super::super::notification::{Code, Notification};
use super::config::Config;
use super::connection::{Cause, Connection, Transport};
use super::event::{Event, State};
use super::facts::Traffic;
use super::io::{Down, Fate, Half, Input, Notice, Output, StaleEnd};
use super::open::{self, Restarted};
use super::reason::{Reason, StopReason};
use super::restart::{self, Retention};
use super::timer::SHORTEST_CONNECT_RETRY;

/// How often the rest can double.
const MOST_DOUBLINGS: u32 = 16;

/// What is wanted of the session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Admin {
    Started,
    Stopped {
        /// Why; none where it never was started.
        reason: Option<StopReason>,
        /// When it starts again by itself.
        restart_at: Option<SimTime>,
    },
}

/// What becomes of a connection that the peer opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Acceptance {
    /// It is taken.
    Take,
    /// It takes the place of the incoming connection that is there: forget that one, then hand in [`Input::Accepted`].
    Replace,
    /// Nobody wants it: reset it.
    Refuse,
}

/// Whether heartbeats are left out at the moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Heartbeats {
    Sent,
    Elided,
}

/// A session with one configured peer. Plain data: a clone goes on as the original would.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Session {
    pub(super) config: Arc<Config>,
    /// The stream of its jitter, and how many keys and spans were drawn from it.
    key: u64,
    n_draws: u64,
    pub(super) restarted: Restarted,
    pub(super) admin: Admin,
    pub(super) halves: [Connection; 2],
    pub(super) rest_until: Option<SimTime>,
    /// How often the rest doubles.
    pub(super) doublings: u32,
    pub(super) retention: Retention,
    pub(super) heartbeats: Heartbeats,
    /// The RFC's ConnectRetryCounter.
    pub(super) retries: u64,
    shown: State,
    shown_rest: Option<SimTime>,
    pub(super) since: SimTime,
    pub(super) last: Option<(SimTime, Reason)>,
    /// Why attempts failed, as told last, and whether the latest one failed alike.
    pub(super) told: [Option<Reason>; 2],
    pub(super) repeats: bool,
    pub(super) n_established: u64,
    pub(super) counters: Traffic,
    heard_end_of_rib: bool,
}

impl Session {
    /// A session that is not started yet. It draws one number from `dice`, which should be its own stream; all its
    /// jitter follows from that.
    #[must_use]
    pub fn new(config: Config, dice: &mut Dice) -> Self {
        Self {
            config: Arc::new(config),
            key: dice.next_u64(),
            n_draws: 0,
            restarted: Restarted::No,
            admin: Admin::Stopped {
                reason: None,
                restart_at: None,
            },
            halves: Default::default(),
            rest_until: None,
            doublings: 0,
            retention: Retention::Nothing,
            heartbeats: Heartbeats::Sent,
            retries: 0,
            shown: State::Idle,
            shown_rest: None,
            since: SimTime::START,
            last: None,
            told: [None; 2],
            repeats: false,
            n_established: 0,
            counters: Traffic::default(),
            heard_end_of_rib: false,
        }
    }

    /// What is asked of it.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.config
    }
    /// Asks something else of it from the next connection on; [`StopReason::ConfigurationChange`] brings that about.
    pub fn reconfigure(&mut self, config: Config) {
        self.config = Arc::new(config);
    }
    /// Whether its OPEN says that this end has restarted, from the next one on.
    pub fn declare(&mut self, restarted: Restarted) {
        self.restarted = restarted;
    }
    /// Where it stands: the connection that got furthest.
    #[must_use]
    pub fn state(&self) -> State {
        self.halves[0].state.max(self.halves[1].state)
    }
    /// Since when it stands there.
    #[must_use]
    pub fn since(&self) -> SimTime {
        self.since
    }
    /// The connection over which routes flow, while it is established.
    #[must_use]
    pub fn carrier(&self) -> Option<Half> {
        Half::BOTH
            .into_iter()
            .find(|&half| self.halves[half as usize].state == State::Established)
    }
    /// What was negotiated, while it is established.
    #[must_use]
    pub fn negotiated(&self) -> Option<&Arc<Negotiated>> {
        self.halves[self.carrier()? as usize].negotiated.as_ref()
    }
    /// What ended it last or kept it from coming up, and when.
    #[must_use]
    pub fn last_reason(&self) -> Option<(SimTime, Reason)> {
        self.last
    }
    /// Whether the peer has said in this session that it has restarted and waits for no End-of-RIB (RFC 4724 §4.1).
    #[must_use]
    pub fn peer_restarted(&self) -> bool {
        let negotiated = self.negotiated().and_then(|it| it.graceful_restart.as_ref());
        negotiated.is_some_and(open::says_restarted)
    }
    /// Whether the peer's End-of-RIB came in this session.
    #[must_use]
    pub fn heard_end_of_rib(&self) -> bool {
        self.heard_end_of_rib
    }
    /// Whether what comes over a connection is read.
    #[must_use]
    pub fn hears(&self, half: Half) -> bool {
        self.halves[half as usize].transport == Transport::Open
    }
    /// What becomes of a connection that the peer would open now.
    #[must_use]
    pub fn acceptance(&self) -> Acceptance {
        let incoming = self.halves[Half::Incoming as usize].transport;
        if self.carrier().is_some() {
            // RFC 4724 §5: a new connection shows that the peer restarted, where it may.
            let restarts = self.negotiated().is_some_and(|it| it.graceful_restart.is_some());
            return match (restarts, incoming) {
                (false, _) => Acceptance::Refuse,
                (true, Transport::Open) => Acceptance::Replace,
                (true, Transport::None | Transport::Opening) => Acceptance::Take,
            };
        }
        match (self.admin, self.halves[Half::Outgoing as usize].state, incoming) {
            (Admin::Stopped { .. }, _, _) => Acceptance::Refuse,
            (Admin::Started, _, Transport::Open) => Acceptance::Replace,
            // Idle hears no one.
            (Admin::Started, State::Idle, _) => Acceptance::Refuse,
            (
                Admin::Started,
                State::Connect | State::Active | State::OpenSent | State::OpenConfirm | State::Established,
                Transport::None | Transport::Opening,
            ) => Acceptance::Take,
        }
    }

    /// Feeds one input at `now`. Effects go to `out`; nothing else is touched.
    pub fn handle(&mut self, now: SimTime, input: Input, out: &mut Vec<Output>) {
        match input {
            // The two that come with every UPDATE: a store and no more.
            Input::UpdateSeen(half) if self.halves[half as usize].state == State::Established => {
                self.counters.received.updates += 1;
                self.halves[half as usize].timers.heard_at = now;
                return;
            }
            Input::UpdateSent => return self.note_update_sent(now),
            Input::Start => self.start(now, out),
            Input::Stop(reason) => self.stop(now, reason, out),
            Input::Clear => self.clear(now, out),
            Input::Opened => self.opened(now, out),
            Input::OpenFailed(why) => {
                let outgoing = &mut self.halves[Half::Outgoing as usize];
                if outgoing.transport == Transport::Opening {
                    outgoing.transport = Transport::None;
                    let cause = Cause::because(Reason::NotOpened(why));
                    self.step(now, Half::Outgoing, Event::TcpFails, cause, out);
                }
            }
            Input::Accepted => self.accepted(now, out),
            Input::Closed(half, how) => self.closed(now, half, how, out),
            Input::Message(half, message) => self.received(now, half, message, out),
            Input::UpdateSeen(half) => {
                self.counters.received.updates += 1;
                self.unexpected_or(now, half, Event::Update, out);
            }
            Input::Malformed(half, notification) => self.malformed(now, half, notification, out),
            Input::EndOfRib => {
                self.heard_end_of_rib = true;
                let end = self.retention.end_of_rib();
                self.end_stale(end, out);
            }
            Input::BfdDown => {
                if let Some(half) = self.carrier() {
                    let spares = self
                        .negotiated()
                        .is_some_and(|terms| restart::spares_bfd(&self.config, terms));
                    let (event, cause) = match spares {
                        true => (Event::TcpFails, Cause::silent(Reason::BfdDown)),
                        false => {
                            let told = Notification::new(Code::BFD_DOWN);
                            (Event::AutomaticStop, Cause::telling(Reason::BfdDown, told))
                        }
                    };
                    self.step(now, half, event, cause, out);
                }
            }
            Input::InterfaceDown => self.interface_down(now, out),
            Input::InterfaceUp => self.interface_up(now, out),
            Input::Wake => self.wake(now, out),
        }
        self.show(now, out);
    }

    fn note_update_sent(&mut self, now: SimTime) {
        self.counters.sent.updates += 1;
        if let Some(half) = self.carrier()
            && let Some(heartbeat) = &mut self.halves[half as usize].timers.keepalive
        {
            heartbeat.touch(now);
        }
    }

    /// Tells a change of state, unless it is one of an attempt that goes as the one before.
    fn show(&mut self, now: SimTime, out: &mut Vec<Output>) {
        let (from, to) = (self.shown, self.state());
        if from != to {
            self.shown = to;
            self.since = now;
            if !self.repeats {
                out.push(Output::Notice(Notice::State { from, to }));
            }
        }
        if self.shown_rest != self.rest_until {
            self.shown_rest = self.rest_until;
            if let Some(until) = self.rest_until
                && to == State::Idle
                && !self.repeats
            {
                out.push(Output::Notice(Notice::Resting { until }));
            }
        }
    }

    pub(super) fn go_up(&mut self, half: Half, out: &mut Vec<Output>) {
        let Some(negotiated) = self.halves[half as usize].negotiated.clone() else {
            return;
        };
        self.n_established += 1;
        self.told = [None; 2];
        self.repeats = false;
        self.heard_end_of_rib = false;
        self.rest_until = None;
        let end = self.retention.peer_is_up(negotiated.graceful_restart.as_ref());
        out.push(Output::Up(half, negotiated));
        self.end_stale(end, out);
    }

    pub(super) fn release_routes(&mut self, now: SimTime, half: Half, cause: &Cause, out: &mut Vec<Output>) {
        if now.since(self.since) >= self.config.timers.idle_hold.forget_after {
            self.doublings = 0;
        }
        self.heartbeats = Heartbeats::Sent;
        let Some(negotiated) = self.halves[half as usize].negotiated.as_ref() else {
            return;
        };
        let state = State::Established;
        let reason = cause.reason.unwrap_or(Reason::Unexpected { state });
        self.retention = restart::kept(now, &self.config, negotiated, reason);
        let until = self.retention.until();
        let routes = until.map_or(Fate::Deleted, |until| Fate::Stale { until });
        out.push(Output::Down(Down { reason, routes }));
        if let Some(until) = until {
            out.push(Output::Notice(Notice::Retained { until }));
        }
    }

    pub(super) fn end_stale(&mut self, end: Option<StaleEnd>, out: &mut Vec<Output>) {
        if let Some(end) = end {
            out.push(Output::StaleOver(end));
            out.push(Output::Notice(Notice::StaleOver(end)));
        }
    }

    pub(super) fn notify(&mut self, half: Half, notification: Notification, out: &mut Vec<Output>) {
        let connection = &self.halves[half as usize];
        if connection.transport != Transport::Open {
            return;
        }
        let notification = match connection.state {
            State::Established => restart::hardened(notification, connection.negotiated.as_deref()),
            State::Idle | State::Connect | State::Active | State::OpenSent | State::OpenConfirm => {
                notification
            }
        };
        self.send(half, Message::Notification(notification), out);
    }

    pub(super) fn damp(&mut self, half: Half, cause: &Cause) {
        let is_peers_attempt =
            half == Half::Incoming && self.halves[half as usize].state != State::Established;
        if !is_peers_attempt && cause.reason.is_some_and(Reason::is_error) {
            self.doublings = (self.doublings + 1).min(MOST_DOUBLINGS);
        }
    }

    /// Lets the outgoing half rest before its next attempt, where one is wanted.
    pub(super) fn rest_if_idle(&mut self, now: SimTime) {
        let is_idle = self.halves[Half::Outgoing as usize].state == State::Idle;
        let wants_rest = is_idle && self.admin == Admin::Started && self.carrier().is_none();
        if !wants_rest || self.rest_until.is_some() {
            return;
        }
        let config = self.config.timers.idle_hold;
        let longest = config.longest.max(config.initial);
        let span = (config.initial * (1 << self.doublings)).min(longest);
        let until = now + self.jittered(span);
        self.rest_until = Some(until);
    }

    /// How long until TCP is tried again.
    pub(super) fn connect_retry(&mut self) -> Span {
        let span = self.config.timers.connect_retry.max(SHORTEST_CONNECT_RETRY);
        self.jittered(span)
    }
    /// A key of its own for another stream.
    pub(super) fn next_key(&mut self) -> u64 {
        self.n_draws += 1;
        mix(self.key, self.n_draws)
    }
    pub(super) fn jittered(&mut self, span: Span) -> Span {
        let key = self.next_key();
        self.config.timers.jitter.apply(span, key, 0)
    }
}
