//! One session: what it sends and when, and what it makes of silence.

use crate::kernel::heartbeat::mix;
use crate::kernel::{Dice, Elision, End, Heartbeat, Jitter, Vital};
use crate::units::{Ppm, SimTime, Span};

use super::fsm::{Diagnostic, Event, State, transition};
use super::io::{Change, Config, Facts, Input, Output, Timer};
use super::packet::{Packet, micros, span};

/// The shortest interval between packets of a session that is not up (RFC 5880 §6.8.3).
const SLOW: Span = Span::secs(1);
/// The shortest interval that this end sends at, whatever is asked for; FRR's.
const SHORTEST: Span = Span::millis(10);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Heartbeats {
    Sent,
    Elided,
}

/// Whether a change of an interval waits for the other end's Final.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Poll {
    None,
    /// It does; until then the values before it hold where they are the more patient.
    Pending {
        old_tx: Span,
        old_rx: Span,
    },
}

/// A session with one neighbour. Plain data: a clone goes on as the original would.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Session {
    config: Config,
    discriminator: u32,
    state: State,
    since: SimTime,
    diagnostic: Diagnostic,
    poll: Poll,
    /// The last packet of the other end that was taken; its discriminator counts only while `knows_remote`.
    remote: Option<Packet>,
    knows_remote: bool,
    heard_at: SimTime,
    transmit: Option<Heartbeat>,
    /// Switched off, it says so until then.
    farewell_until: Option<SimTime>,
    key: u64,
    heartbeats: Heartbeats,
    n_sent: u64,
    n_received: u64,
    n_up: u64,
}

impl Session {
    /// A session that is switched off, with this number of its own, unlike any other's here; zero counts as one. It draws
    /// one number from `dice`, from which all its jitter follows.
    #[must_use]
    pub fn new(config: Config, discriminator: u32, dice: &mut Dice) -> Self {
        Self {
            config,
            discriminator: discriminator.max(1),
            state: State::AdminDown,
            since: SimTime::START,
            diagnostic: Diagnostic::None,
            poll: Poll::None,
            remote: None,
            knows_remote: false,
            heard_at: SimTime::START,
            transmit: None,
            farewell_until: None,
            key: dice.next_u64(),
            heartbeats: Heartbeats::Sent,
            n_sent: 0,
            n_received: 0,
            n_up: 0,
        }
    }

    /// Where it stands.
    #[must_use]
    pub const fn state(&self) -> State {
        self.state
    }
    /// Its number at this end, by which packets find it.
    #[must_use]
    pub const fn discriminator(&self) -> u32 {
        self.discriminator
    }
    /// What is asked of it.
    #[must_use]
    pub const fn config(&self) -> &Config {
        &self.config
    }
    /// When it next wants to be woken, and for which timer. A packet only ever moves a detection later, so a wake that
    /// is pending need not be moved for it; one that comes too early does nothing.
    #[must_use]
    pub fn next_wake(&self) -> Option<(SimTime, Timer)> {
        match self.heartbeats {
            Heartbeats::Elided => None,
            Heartbeats::Sent => [
                self.detection_at().map(|at| (at, Timer::Detection)),
                self.transmit.map(|it| (it.due_at(), Timer::Transmit)),
            ]
            .into_iter()
            .flatten()
            .min(),
        }
    }
    /// What a screen shows of it.
    #[must_use]
    pub fn facts(&self) -> Facts {
        Facts {
            state: self.state,
            since: self.since,
            diagnostic: self.diagnostic,
            remote: self.remote.map_or(State::Down, |it| it.state),
            transmit_interval: self.transmit.map(|it| it.period()),
            detection_time: self.detection_time(),
            n_sent: self.n_sent,
            n_received: self.n_received,
            n_up: self.n_up,
        }
    }

    /// Feeds one input at `now`. Effects go to `out`; nothing else is touched.
    pub fn handle(&mut self, now: SimTime, input: Input, out: &mut Vec<Output>) {
        match input {
            Input::Enable => self.step(now, Event::Enable, out),
            Input::Disable => self.step(now, Event::Disable, out),
            Input::PathDown => self.step(now, Event::PathDown, out),
            Input::Received(packet) => self.received(now, packet, out),
            Input::Wake => self.wake(now, out),
        }
    }

    /// Asks for other intervals. An established session announces them by a Poll, and uses the more patient of old and
    /// new until the other end has answered (RFC 5880 §6.8.3).
    pub fn reconfigure(&mut self, now: SimTime, config: Config, out: &mut Vec<Output>) {
        let old = (self.desired_tx(), self.config.required_min_rx);
        self.config = config;
        if self.state == State::Up && old != (self.desired_tx(), self.config.required_min_rx) {
            self.begin_poll(old);
        }
        self.retime(now);
        if self.state != State::AdminDown {
            self.send(now, Answer::No, out);
        }
    }

    fn begin_poll(&mut self, (old_tx, old_rx): (Span, Span)) {
        self.poll = Poll::Pending { old_tx, old_rx };
    }

    fn received(&mut self, now: SimTime, packet: Packet, out: &mut Vec<Output>) {
        let is_for_another =
            packet.your_discriminator != 0 && packet.your_discriminator != self.discriminator;
        if is_for_another || self.state == State::AdminDown {
            return;
        }
        self.n_received += 1;
        // The same as before, as nearly all are: it says that the other end is there, and no more.
        if self.is_heartbeat(&packet) {
            self.heard_at = now;
            return;
        }
        self.heard_at = now;
        self.remote = Some(packet);
        self.knows_remote = true;
        if packet.is_final {
            self.poll = Poll::None;
        }
        self.retime(now);
        self.step(now, Event::Heard(packet.state), out);
        if packet.poll {
            self.send(now, Answer::Final, out);
        }
    }

    fn wake(&mut self, now: SimTime, out: &mut Vec<Output>) {
        if self.heartbeats == Heartbeats::Elided {
            return;
        }
        if self.detection_at().is_some_and(|at| at <= now) {
            // RFC 5880 §6.8.1: the other end's number is forgotten after a detection time of silence.
            self.knows_remote = false;
            self.step(now, Event::DetectionExpires, out);
        }
        if self.transmit.is_some_and(|it| it.due_at() <= now) {
            self.send(now, Answer::No, out);
            if self.farewell_until.is_some_and(|until| until <= now) {
                (self.transmit, self.farewell_until) = (None, None);
            }
        }
    }

    /// Runs the table for one event, and what follows from it.
    fn step(&mut self, now: SimTime, event: Event, out: &mut Vec<Output>) {
        let from = self.state;
        let (to, diagnostic) = transition(from, event);
        if let Some(diagnostic) = diagnostic {
            self.diagnostic = diagnostic;
        }
        if from == to {
            return;
        }
        let old = (self.desired_tx(), self.config.required_min_rx);
        // Packets get lost: the other end is told for a detection time at least (RFC 5880 §6.8.16).
        self.farewell_until = match to {
            State::AdminDown => self.detection_time().map(|span| now + span),
            State::Down | State::Init | State::Up => None,
        };
        self.state = to;
        self.since = now;
        self.heartbeats = Heartbeats::Sent;
        self.poll = Poll::None;
        match to {
            State::Up => {
                self.n_up += 1;
                // From slow to the interval configured: a change that has to be announced.
                if self.desired_tx() != old.0 {
                    self.begin_poll(old);
                }
            }
            State::AdminDown => self.knows_remote = false,
            State::Down | State::Init => {}
        }
        let diagnostic = self.diagnostic;
        let remote = self.remote.map_or(State::Down, |it| it.state);
        let silence = match event {
            Event::DetectionExpires => Some(now.since(self.heard_at)),
            _ => None,
        };
        out.push(Output::Changed(Change {
            from,
            to,
            diagnostic,
            remote,
            silence,
        }));
        // Who has something new to say says it at once (RFC 5880 §6.8.7).
        self.retime(now);
        self.send(now, Answer::No, out);
    }

    /// The shortest interval at which this end wants to send where it stands.
    fn desired_tx(&self) -> Span {
        let configured = self.config.desired_min_tx.max(SHORTEST);
        match self.state {
            State::Up => configured,
            State::AdminDown | State::Down | State::Init => configured.max(SLOW),
        }
    }

    /// The interval at which packets go out; none where the other end wants none.
    fn transmit_interval(&self) -> Option<Span> {
        let wanted = match self.poll {
            Poll::None => self.desired_tx(),
            // An interval that grows is used once the other end knows.
            Poll::Pending { old_tx, .. } => self.desired_tx().min(old_tx),
        };
        match self.remote {
            Some(remote) if self.knows_remote && remote.required_min_rx_us == 0 => None,
            Some(remote) if self.knows_remote => Some(wanted.max(span(remote.required_min_rx_us))),
            Some(_) | None => Some(wanted),
        }
    }

    /// The silence after which the other end is taken for gone: its multiplier times the agreed interval.
    fn detection_time(&self) -> Option<Span> {
        let remote = self.remote.filter(|_| self.knows_remote)?;
        let hears = match self.poll {
            Poll::None => self.config.required_min_rx,
            // One that shrinks is used once the other end knows.
            Poll::Pending { old_rx, .. } => self.config.required_min_rx.max(old_rx),
        };
        let interval = hears.max(span(remote.desired_min_tx_us));
        Some(interval * u64::from(remote.detect_mult))
    }

    fn detection_at(&self) -> Option<SimTime> {
        match self.state {
            State::Init | State::Up => Some(self.heard_at + self.detection_time()?),
            State::AdminDown | State::Down => None,
        }
    }

    /// RFC 5880 §6.8.7: 75 to 100 %, and not above 90 % where a single packet decides.
    fn jitter(&self) -> Jitter {
        let most = match self.config.detect_mult {
            0 | 1 => Ppm::percent(90),
            _ => Ppm::ONE,
        };
        Jitter {
            least: Ppm::percent(75),
            most,
        }
    }

    fn retime(&mut self, now: SimTime) {
        let interval = match self.state {
            State::AdminDown if self.farewell_until.is_none() => None,
            State::AdminDown | State::Down | State::Init | State::Up => self.transmit_interval(),
        };
        let jitter = self.jitter();
        self.transmit = match (self.transmit, interval) {
            (_, None) => None,
            (Some(mut transmit), Some(interval)) => {
                if transmit.period() != interval {
                    transmit.retime(interval, jitter);
                }
                Some(transmit)
            }
            (None, Some(interval)) => {
                let key = mix(self.key, self.n_sent);
                Some(Heartbeat::new(now, interval, jitter, key))
            }
        };
    }

    fn send(&mut self, now: SimTime, answer: Answer, out: &mut Vec<Output>) {
        if let Some(transmit) = &mut self.transmit {
            transmit.beat(now);
        }
        self.n_sent += 1;
        let is_final = answer == Answer::Final;
        out.push(Output::Send(Packet {
            state: self.state,
            diagnostic: self.diagnostic,
            // A Final is no Poll (RFC 5880 §6.8.7); the next packet polls on.
            poll: self.poll != Poll::None && !is_final,
            is_final,
            control_plane_independent: false,
            demand: false,
            detect_mult: self.config.detect_mult.max(1),
            my_discriminator: self.discriminator,
            your_discriminator: match (self.remote, self.knows_remote) {
                (Some(remote), true) => remote.my_discriminator,
                (Some(_) | None, _) => 0,
            },
            desired_min_tx_us: micros(self.desired_tx()),
            required_min_rx_us: micros(self.config.required_min_rx),
            required_min_echo_rx_us: 0,
        }));
    }

    /// Its packets and its detection, while it is up and no Poll is under way.
    ///
    /// The interval of either end's packets is at most a detection time of the other, below it with jitter, as
    /// [`Elision`] asks.
    #[must_use]
    pub fn vital(&self) -> Option<Vital> {
        let settled = self.state == State::Up
            && self.poll == Poll::None
            && self
                .remote
                .is_some_and(|it| it.state == State::Up && !it.poll && !it.is_final);
        let heartbeat = self.transmit.filter(|_| settled)?;
        let gives_up_at = self.detection_at()?;
        Some(Vital {
            heartbeat,
            gives_up_at,
        })
    }
    /// Whether a packet says no more than that the other end is there, as nearly all do.
    #[must_use]
    pub fn is_heartbeat(&self, packet: &Packet) -> bool {
        self.state == State::Up && self.remote == Some(*packet) && !packet.poll && !packet.is_final
    }
    /// Sends no packets and watches no detection until [`Session::resume`].
    pub fn elide(&mut self) {
        if self.vital().is_some() {
            self.heartbeats = Heartbeats::Elided;
        }
    }
    /// Stands at `at` where it would stand if all packets had been carried. Returns when each of its own was sent that has
    /// not arrived yet, and the packet that it was; it arrives a delay later, unless what ends the elision takes it.
    pub fn resume(&mut self, at: SimTime, end: End, elision: &Elision) -> Vec<SimTime> {
        if self.heartbeats == Heartbeats::Sent {
            return Vec::new();
        }
        self.heartbeats = Heartbeats::Sent;
        let heard = elision.hear(end, at);
        self.n_received += heard.n_arrived;
        if let Some(heard_at) = heard.heard_at {
            self.heard_at = self.heard_at.max(heard_at);
        }
        let Some(transmit) = &mut self.transmit else {
            return Vec::new();
        };
        let sent = elision.send(end, at, transmit);
        self.n_sent += sent.n_arrived + sent.in_flight.len() as u64;
        sent.in_flight
    }
    /// The packet that it sends again and again while it is up: what those under way after [`Session::resume`] are.
    #[must_use]
    pub fn steady_packet(&self) -> Option<Packet> {
        self.vital()?;
        let mut copy = self.clone();
        let mut out = Vec::new();
        copy.send(self.since, Answer::No, &mut out);
        out.into_iter().find_map(|output| match output {
            Output::Send(packet) => Some(packet),
            Output::Changed(_) => None,
        })
    }
}

/// Whether a packet answers a Poll.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answer {
    No,
    Final,
}
