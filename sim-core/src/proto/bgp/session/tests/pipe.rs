//! Two sessions, a TCP good enough for them, and a path that can fail.

use core::fmt::Write as _;
use std::collections::BTreeMap;

use crate::kernel::Streams;
use crate::proto::bgp::session::*;
use crate::proto::bgp::{Asn, Message, RouterId};
use crate::units::{SimTime, Span};

/// What the path does with packets; one under way when it changes meets what it finds on arrival.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Path {
    Up,
    Silent,
    NoRoute,
}

#[derive(Debug, Clone)]
enum Packet {
    Syn,
    SynAck,
    Rst,
    Fin,
    Data(Message),
    EndOfRib,
}

#[derive(Debug, Clone)]
enum Happening {
    Arrives {
        to: usize,
        connection: u64,
        packet: Packet,
    },
    NoRoute {
        side: usize,
        connection: u64,
    },
}

pub(super) struct Pipe {
    pub(super) now: SimTime,
    pub(super) sessions: [Session; 2],
    pub(super) path: Path,
    pub(super) delays: [Span; 2],
    /// Sides whose host answers for a process that does nothing.
    pub(super) frozen: [bool; 2],
    /// Sides on which nothing listens.
    pub(super) dead: [bool; 2],
    queue: BTreeMap<(SimTime, u64), Happening>,
    n: u64,
    /// By side and half.
    slots: [[Option<u64>; 2]; 2],
    pub(super) log: String,
    /// NOTIFICATIONs that arrived: receiver, code, subcode.
    pub(super) notifications: Vec<(char, u8, u8)>,
    pub(super) ups: usize,
}

pub(super) fn at(text: &str) -> SimTime {
    SimTime::at(text.parse().expect("a span"))
}

fn name(side: usize) -> char {
    ['A', 'B'][side]
}

pub(super) fn configs() -> [Config; 2] {
    let (a, b) = ([169, 254, 1, 1].into(), [169, 254, 1, 2].into());
    let id = |last| RouterId([10, 0, 0, last].into());
    let (own, peer) = ((Asn(65_001), a), (Asn(64_512), b));
    let mut both = [Config::new(id(1), own, peer), Config::new(id(2), peer, own)];
    for config in &mut both {
        config.timers.hold = Span::secs(9);
        config.timers.keepalive = Span::secs(3);
        config.timers.connect_retry = Span::secs(1);
    }
    both
}

impl Pipe {
    pub(super) fn new(configs: [Config; 2], seed: u64) -> Self {
        let streams = Streams::new(seed);
        let [a, b] = configs;
        let sessions = [
            Session::new(a, &mut streams.stream("bgp", "a")),
            Session::new(b, &mut streams.stream("bgp", "b")),
        ];
        Self {
            now: SimTime::START,
            sessions,
            path: Path::Up,
            delays: [Span::millis(5), Span::millis(7)],
            frozen: [false; 2],
            dead: [false; 2],
            queue: BTreeMap::new(),
            n: 0,
            slots: [[None; 2]; 2],
            log: String::new(),
            notifications: Vec::new(),
            ups: 0,
        }
    }

    /// Both started, and five seconds later.
    pub(super) fn established(configs: [Config; 2]) -> Self {
        let mut pipe = Self::new(configs, 1);
        pipe.tell(0, Input::Start);
        pipe.tell(1, Input::Start);
        pipe.drive(at("5s"));
        assert_eq!(pipe.states(), [State::Established; 2], "{}", pipe.log);
        pipe.log.clear();
        pipe.notifications.clear();
        pipe
    }

    pub(super) fn states(&self) -> [State; 2] {
        [self.sessions[0].state(), self.sessions[1].state()]
    }

    pub(super) fn tell(&mut self, side: usize, input: Input) {
        let mut out = Vec::new();
        self.sessions[side].handle(self.now, input, &mut out);
        for output in out {
            self.act(side, output);
        }
    }

    /// Runs all that happens up to and including `until`.
    pub(super) fn drive(&mut self, until: SimTime) {
        loop {
            let wake = (0..2)
                .filter(|&side| !self.frozen[side] && !self.dead[side])
                .filter_map(|side| Some((self.sessions[side].next_wake()?.0, side)))
                .min();
            let next = self.queue.first_key_value().map(|(key, _)| key.0);
            match (wake, next) {
                (Some((at, side)), next) if at <= until && next.is_none_or(|next| at < next) => {
                    self.now = self.now.max(at);
                    self.tell(side, Input::Wake);
                }
                (_, Some(next)) if next <= until => {
                    let (key, happening) = self.queue.pop_first().expect("looked at just now");
                    self.now = key.0;
                    self.happen(happening);
                }
                (_, _) => break,
            }
        }
        self.now = self.now.max(until);
    }

    pub(super) fn cut(&mut self, path: Path) {
        self.path = path;
    }

    fn push(&mut self, at: SimTime, happening: Happening) {
        self.n += 1;
        self.queue.insert((at, self.n), happening);
    }

    fn transmit(&mut self, from: usize, connection: u64, packet: Packet) {
        if self.path == Path::Up {
            let to = 1 - from;
            let arrives = Happening::Arrives {
                to,
                connection,
                packet,
            };
            self.push(self.now + self.delays[from], arrives);
        }
    }

    /// A KEEPALIVE sent earlier that is still under way.
    pub(super) fn put_under_way(&mut self, from: usize, sent_at: SimTime) {
        let half = self.sessions[from].carrier().expect("established");
        let connection = self.slots[from][half as usize].expect("its connection is there");
        let packet = Packet::Data(Message::Keepalive);
        let to = 1 - from;
        self.push(
            sent_at + self.delays[from],
            Happening::Arrives {
                to,
                connection,
                packet,
            },
        );
    }

    pub(super) fn send_end_of_rib(&mut self, from: usize) {
        let half = self.sessions[from].carrier().expect("established");
        let connection = self.slots[from][half as usize].expect("its connection is there");
        self.tell(from, Input::UpdateSent);
        self.transmit(from, connection, Packet::EndOfRib);
    }

    /// The process dies and its host closes its connections.
    pub(super) fn kill(&mut self, side: usize) {
        for half in Half::BOTH {
            if let Some(connection) = self.slots[side][half as usize].take() {
                self.transmit(side, connection, Packet::Fin);
            }
        }
        self.dead[side] = true;
    }

    pub(super) fn revive(&mut self, side: usize, config: Config) {
        self.dead[side] = false;
        self.sessions[side] = Session::new(config, &mut Streams::new(99).stream("bgp", "again"));
        self.tell(side, Input::Start);
    }

    fn act(&mut self, side: usize, output: Output) {
        match output {
            Output::Connect => {
                self.n += 1;
                let connection = self.n;
                self.slots[side][Half::Outgoing as usize] = Some(connection);
                match self.path {
                    Path::NoRoute => self.push(self.now, Happening::NoRoute { side, connection }),
                    Path::Up | Path::Silent => self.transmit(side, connection, Packet::Syn),
                }
            }
            Output::Send(half, message) => {
                let connection = self.slots[side][half as usize].expect("sends over what is open");
                self.transmit(side, connection, Packet::Data(message));
            }
            Output::Close(half, closing) => {
                let connection = self.slots[side][half as usize].take();
                let packet = match closing {
                    Closing::Fin => Packet::Fin,
                    Closing::Reset => Packet::Rst,
                    Closing::Forget => return,
                };
                if let Some(connection) = connection {
                    self.transmit(side, connection, packet);
                }
            }
            Output::Up(half, negotiated) => {
                self.ups += 1;
                let hold = negotiated.hold_time.unwrap_or(Span::ZERO);
                self.write(side, &format!("up over {half:?}, hold {hold}"));
            }
            Output::Down(down) => {
                let routes = match down.routes {
                    Fate::Deleted => "routes deleted".to_owned(),
                    Fate::Stale { until } => format!("routes stale until {until}"),
                };
                self.write(side, &format!("down: {}; {routes}", down.reason));
            }
            Output::StaleOver(_) => {}
            Output::Refresh(_) => self.write(side, "peer asks for a refresh"),
            Output::Notice(notice) => self.write(side, &notice.to_string()),
        }
    }

    fn write(&mut self, side: usize, text: &str) {
        writeln!(self.log, "{} {} {text}", self.now, name(side)).expect("text grows");
    }

    fn happen(&mut self, happening: Happening) {
        match happening {
            Happening::NoRoute { side, connection } => {
                if self.slots[side][Half::Outgoing as usize] == Some(connection) {
                    self.tell(side, Input::OpenFailed(OpenFailure::NoRoute));
                }
            }
            Happening::Arrives {
                to,
                connection,
                packet,
            } => {
                if self.path == Path::Up {
                    self.arrive(to, connection, packet);
                }
            }
        }
    }

    fn arrive(&mut self, to: usize, connection: u64, packet: Packet) {
        if self.frozen[to] {
            return;
        }
        let half = Half::BOTH
            .into_iter()
            .find(|&half| self.slots[to][half as usize] == Some(connection));
        match (packet, half) {
            (Packet::Syn, _) if self.dead[to] || self.sessions[to].acceptance() == Acceptance::Refuse => {
                self.transmit(to, connection, Packet::Rst);
            }
            (Packet::Syn, _) => {
                self.slots[to][Half::Incoming as usize] = Some(connection);
                self.transmit(to, connection, Packet::SynAck);
                self.tell(to, Input::Accepted);
            }
            (Packet::SynAck, Some(Half::Outgoing)) => self.tell(to, Input::Opened),
            (Packet::Rst, Some(half)) => {
                self.slots[to][half as usize] = None;
                self.tell(to, Input::OpenFailed(OpenFailure::Refused));
                self.tell(to, Input::Closed(half, Closed::Reset));
            }
            (Packet::Fin, Some(half)) => self.tell(to, Input::Closed(half, Closed::Fin)),
            (Packet::Data(message), Some(half)) => {
                if let Message::Notification(notification) = &message {
                    let code = notification.code;
                    self.notifications.push((name(to), code.code, code.subcode));
                }
                self.tell(to, Input::Message(half, message));
            }
            (Packet::EndOfRib, Some(half)) => {
                self.tell(to, Input::UpdateSeen(half));
                self.tell(to, Input::EndOfRib);
            }
            (Packet::SynAck, None) => self.transmit(to, connection, Packet::Rst),
            (Packet::SynAck, Some(Half::Incoming))
            | (Packet::Rst | Packet::Fin | Packet::Data(_) | Packet::EndOfRib, None) => {}
        }
    }
}
