//! The session: its two connections, its rest between attempts, and what goes on around them.

use std::sync::Arc;

use crate::kernel::Dice;
use crate::kernel::heartbeat::mix;
use crate::units::{SimTime, Span};

use super::super::message::{Message, Open};
use super::super::negotiated::{Negotiated, PeerKind};
use super::super::notification::{Code, Notification};
use super::collision::Outcome;
use super::config::{Adjacency, Config, FastFailover, Initiative};
use super::connection::{Cause, Connection, Transport};
use super::facts::Traffic;
use super::fsm::{Event, State};
use super::io::{Down, Fate, Half, Input, Notice, Output, StaleEnd};
use super::open::{self, Restarted};
use super::reason::{Closed, OpenError, Reason, StopReason, Told};
use super::restart::{self, Retention};

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
    doublings: u32,
    pub(super) retention: Retention,
    pub(super) heartbeats: Heartbeats,
    /// The RFC's ConnectRetryCounter.
    pub(super) retries: u64,
    shown: State,
    shown_rest: Option<SimTime>,
    pub(super) since: SimTime,
    pub(super) last: Option<(SimTime, Reason)>,
    /// What the trace was told last of a failing attempt, and whether the one after failed alike.
    pub(super) told: Option<(Half, Reason)>,
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
            told: None,
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
                    let cause = Cause::telling(Reason::BfdDown, Notification::new(Code::BFD_DOWN));
                    self.step(now, half, Event::AutomaticStop, cause, out);
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
            let between_tries = |state| matches!(state, State::Connect | State::Active);
            if !(self.repeats || between_tries(from) && between_tries(to)) {
                out.push(Output::Notice(Notice::State { from, to }));
            }
        }
        if self.shown_rest != self.rest_until {
            self.shown_rest = self.rest_until;
            if let Some(until) = self.rest_until
                && !self.repeats
            {
                out.push(Output::Notice(Notice::Resting { until }));
            }
        }
    }

    fn start(&mut self, now: SimTime, out: &mut Vec<Output>) {
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

    fn stop(&mut self, now: SimTime, reason: StopReason, out: &mut Vec<Output>) {
        let (event, admin) = match reason {
            StopReason::Shutdown | StopReason::Deconfigured | StopReason::ProcessEnds => {
                (Event::ManualStop, Some(None))
            }
            StopReason::MaxPrefixes { restart_after } => {
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
        let notification = reason.code().map(Notification::new);
        self.end_all(now, event, Reason::Stopped(reason), notification, out);
        if admin.is_some() {
            let end = self.retention.stop();
            self.end_stale(end, out);
        }
        self.told = None;
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
            cause.notification.clone_from(&notification);
            self.step(now, half, event, cause, out);
        }
    }

    fn clear(&mut self, now: SimTime, out: &mut Vec<Output>) {
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
                self.told = None;
                if !was_open {
                    self.begin(now, Event::ManualStart, Event::ManualStartPassive, out);
                }
            }
        }
    }

    fn opened(&mut self, now: SimTime, out: &mut Vec<Output>) {
        let outgoing = &mut self.halves[Half::Outgoing as usize];
        if outgoing.transport == Transport::Opening {
            outgoing.transport = Transport::Open;
            self.step(now, Half::Outgoing, Event::TcpRequestAcked, Cause::none(), out);
        }
    }

    fn accepted(&mut self, now: SimTime, out: &mut Vec<Output>) {
        if self.acceptance() == Acceptance::Refuse {
            out.push(Output::Close(Half::Incoming, super::Closing::Reset));
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

    fn closed(&mut self, now: SimTime, half: Half, how: Closed, out: &mut Vec<Output>) {
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

    fn received(&mut self, now: SimTime, half: Half, message: Message, out: &mut Vec<Output>) {
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
    fn unexpected_or(&mut self, now: SimTime, half: Half, event: Event, out: &mut Vec<Output>) {
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
            }
        }
    }

    fn malformed(&mut self, now: SimTime, half: Half, notification: Notification, out: &mut Vec<Output>) {
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

    fn interface_down(&mut self, now: SimTime, out: &mut Vec<Output>) {
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
    fn interface_up(&mut self, now: SimTime, out: &mut Vec<Output>) {
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

    pub(super) fn go_up(&mut self, now: SimTime, half: Half, out: &mut Vec<Output>) {
        let Some(negotiated) = self.halves[half as usize].negotiated.clone() else {
            return;
        };
        self.n_established += 1;
        self.told = None;
        self.repeats = false;
        self.heard_end_of_rib = false;
        self.rest_until = None;
        let stale_time = self
            .config
            .capabilities
            .graceful_restart()
            .map_or(Span::ZERO, |it| it.stale_time);
        let end = self
            .retention
            .peer_is_up(now, negotiated.graceful_restart.as_ref(), stale_time);
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
        let routes = restart::fate(now, negotiated, reason);
        out.push(Output::Down(Down { reason, routes }));
        self.retention = match routes {
            Fate::Deleted => Retention::Nothing,
            Fate::Stale { until } => {
                out.push(Output::Notice(Notice::Retained { until }));
                Retention::AwaitsPeer { until }
            }
        };
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
