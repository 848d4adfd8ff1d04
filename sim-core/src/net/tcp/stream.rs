//! One end of a connection that carries octets both ways for a long time, as BGP's does.
//!
//! Whoever carries its segments drives it: segments, wishes of the process above and the clock go in; segments to
//! send and news for the process come out.
//!
//! ```text
//!  connect ─▶ SynSent ──SYN-ACK──▶ Open ──close──▶ Closing ──all acknowledged──▶ Closed
//!  accept  ─▶ SynReceived ──ACK──▶  │                  │
//!                                   └─ RST, FIN, or patience spent ─▶ Closed
//! ```
//!
//! # Fidelity
//! Sequence numbers start at zero and count octets (a FIN counts one). There are no windows, neither the receiver's
//! nor congestion's: routing protocols send little. An acknowledgement waits 40 ms for something to travel with;
//! Linux's quick acknowledgements at the start of a connection are left out. An end that hears a FIN closes at once,
//! so there is no half-closed state and no TIME-WAIT. The path is measured once, by the handshake, or by the first
//! octets where that was repeated: so the time-out does not depend on heartbeats, which may be left out.
//!
//! # Source
//! RFC 9293 section 3.10, RFC 6298, RFC 1122 section 4.2.3.2 (delayed acknowledgements).

use std::collections::BTreeMap;
use std::sync::Arc;

use super::retransmission::{RetransmissionTimer, Verdict};
use super::unacknowledged::Unacknowledged;
use crate::units::{SimTime, Span};

/// The octets that one segment carries at most: Ethernet's 1500 less 40 for headers (RFC 9293 section 3.7.1).
pub const MAX_SEGMENT: usize = 1_460;
/// How long an acknowledgement waits for company: Linux's `TCP_DELACK_MIN`; RFC 1122 allows up to 500 ms.
pub const ACK_DELAY: Span = Span::millis(40);
/// Segments kept that came before their turn; more are dropped, and sent again by their sender.
const MOST_EARLY: usize = 64;

/// What a segment is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Opens a connection.
    Syn,
    /// Answers that.
    SynAck,
    /// Carries octets, or only an acknowledgement where it carries none.
    Data,
    /// The sender has nothing more to send.
    Fin,
    /// There is no such connection, or no longer.
    Reset,
}

/// A segment on the wire.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Segment {
    /// What it is for.
    pub kind: Kind,
    /// The number of its first octet.
    pub seq: u64,
    /// The number of the octet that its sender expects next.
    pub ack: u64,
    /// What it carries.
    pub octets: Arc<[u8]>,
}

impl Segment {
    fn bare(kind: Kind, seq: u64, ack: u64) -> Self {
        Self {
            kind,
            seq,
            ack,
            octets: Arc::new([]),
        }
    }
    /// What a host answers that knows nothing of the connection (RFC 9293 section 3.10.7.1).
    #[must_use]
    pub fn reset() -> Self {
        Self::bare(Kind::Reset, 0, 0)
    }
    /// The number after its last octet; a FIN counts as one.
    fn end(&self) -> u64 {
        let fin = match self.kind {
            Kind::Fin => 1,
            Kind::Syn | Kind::SynAck | Kind::Data | Kind::Reset => 0,
        };
        self.seq + self.octets.len() as u64 + fin
    }
}

/// Where an end stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StreamState {
    /// A SYN is out.
    SynSent,
    /// A SYN came in and was answered.
    SynReceived,
    /// Octets flow.
    Open,
    /// The process is done; what it sent last is still to be acknowledged.
    Closing,
    /// Over.
    Closed,
}

/// How a connection came to its end, as the process above learns it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum Closed {
    /// Nobody listens there.
    Refused,
    /// Nobody answered the first segment for so long that the kernel gave up, or an answered call came to nothing.
    Unanswered,
    /// What was sent went unacknowledged for so long that the kernel gave up.
    TimedOut,
    /// The far end knows nothing of the connection, or broke it.
    Reset,
    /// The far end is done.
    Finished,
}

/// What a stream wants of the world.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StreamOutput {
    /// Send a segment.
    Transmit(Segment),
    /// Tell the process that the connection stands.
    Up,
    /// Hand octets to the process, in order.
    Octets(Arc<[u8]>),
    /// Tell the process that it is over.
    Closed(Closed),
}

/// One end of a connection.
#[derive(Debug, Clone)]
pub struct Stream {
    state: StreamState,
    next: u64,
    received: u64,
    unacknowledged: Unacknowledged,
    early: BTreeMap<u64, Segment>,
    timer: RetransmissionTimer,
    ack_due: Option<SimTime>,
    unacked_octets: usize,
}

impl Stream {
    fn begin(now: SimTime, state: StreamState) -> Self {
        let mut timer = RetransmissionTimer::default();
        timer.sent(now);
        Self {
            state,
            next: 0,
            received: 0,
            unacknowledged: Unacknowledged::default(),
            early: BTreeMap::new(),
            timer,
            ack_due: None,
            unacked_octets: 0,
        }
    }
    /// Begins to connect: sends a SYN.
    #[must_use]
    pub fn connect(now: SimTime, out: &mut Vec<StreamOutput>) -> Self {
        out.push(StreamOutput::Transmit(Segment::bare(Kind::Syn, 0, 0)));
        Self::begin(now, StreamState::SynSent)
    }
    /// Answers a SYN.
    #[must_use]
    pub fn accept(now: SimTime, out: &mut Vec<StreamOutput>) -> Self {
        out.push(StreamOutput::Transmit(Segment::bare(Kind::SynAck, 0, 0)));
        Self::begin(now, StreamState::SynReceived)
    }
    /// Where it stands.
    #[must_use]
    pub const fn state(&self) -> StreamState {
        self.state
    }
    /// Whether everything sent has been acknowledged and nothing waits to be.
    #[must_use]
    pub fn is_quiet(&self) -> bool {
        self.state == StreamState::Open && self.unacknowledged.is_empty() && self.ack_due.is_none()
    }
    /// How long it waits for an acknowledgement before it sends again; none until it has measured the path.
    #[must_use]
    pub const fn measured_timeout(&self) -> Option<Span> {
        self.timer.measured_timeout()
    }
    /// When it next wants to be woken.
    #[must_use]
    pub fn next_wake(&self) -> Option<SimTime> {
        match (self.timer.due(), self.ack_due) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (due, None) | (None, due) => due,
        }
    }

    /// Sends octets, as soon as the connection stands; nothing where the process is done.
    pub fn send(&mut self, now: SimTime, octets: Arc<[u8]>, out: &mut Vec<StreamOutput>) {
        match self.state {
            StreamState::SynSent | StreamState::SynReceived | StreamState::Open => {}
            StreamState::Closing | StreamState::Closed => return,
        }
        if octets.len() <= MAX_SEGMENT {
            self.push(now, Kind::Data, octets, out);
        } else {
            for part in octets.chunks(MAX_SEGMENT) {
                self.push(now, Kind::Data, part.into(), out);
            }
        }
    }
    /// The process is done: what was sent still arrives, then the connection ends.
    pub fn close(&mut self, now: SimTime, out: &mut Vec<StreamOutput>) {
        match self.state {
            StreamState::Open | StreamState::SynReceived => {
                self.push(now, Kind::Fin, Arc::new([]), out);
                self.state = StreamState::Closing;
            }
            StreamState::SynSent => self.end(),
            StreamState::Closing | StreamState::Closed => {}
        }
    }
    /// Ends the connection at once; the far end is told where it knows of it.
    pub fn abort(&mut self, out: &mut Vec<StreamOutput>) {
        match self.state {
            StreamState::Open | StreamState::SynReceived | StreamState::Closing => {
                let reset = Segment::bare(Kind::Reset, self.next, self.received);
                out.push(StreamOutput::Transmit(reset));
            }
            StreamState::SynSent | StreamState::Closed => {}
        }
        self.end();
    }

    /// Lets whatever is due by `now` happen; too early it does nothing.
    pub fn wake(&mut self, now: SimTime, out: &mut Vec<StreamOutput>) {
        if self.ack_due.is_some_and(|due| due <= now) {
            self.acknowledge(out);
        }
        if self.timer.due().is_none_or(|due| due > now) {
            return;
        }
        let verdict = match self.state {
            StreamState::SynSent | StreamState::SynReceived => self.timer.syn_verdict(),
            StreamState::Open => self.timer.data_verdict(now),
            StreamState::Closing | StreamState::Closed => self.timer.orphan_verdict(now),
        };
        match verdict {
            Verdict::GiveUp => {
                let how = match self.state {
                    StreamState::SynSent | StreamState::SynReceived => Closed::Unanswered,
                    StreamState::Open | StreamState::Closing | StreamState::Closed => Closed::TimedOut,
                };
                self.fail(how, out);
            }
            Verdict::Again => {
                self.timer.sent_again(now);
                let again = match self.state {
                    StreamState::SynSent => Some(Segment::bare(Kind::Syn, 0, 0)),
                    StreamState::SynReceived => Some(Segment::bare(Kind::SynAck, 0, 0)),
                    StreamState::Open | StreamState::Closing | StreamState::Closed => {
                        let ack = self.received;
                        self.unacknowledged
                            .first()
                            .map(|first| Segment { ack, ..first.clone() })
                    }
                };
                out.extend(again.map(StreamOutput::Transmit));
            }
        }
    }

    /// Takes a segment.
    pub fn receive(&mut self, now: SimTime, segment: Segment, out: &mut Vec<StreamOutput>) {
        match (self.state, segment.kind) {
            (StreamState::Closed, _) => {}
            (StreamState::SynSent, Kind::Reset) => self.fail(Closed::Refused, out),
            (StreamState::SynReceived, Kind::Reset) => self.fail(Closed::Unanswered, out),
            (StreamState::Open | StreamState::Closing, Kind::Reset) => self.fail(Closed::Reset, out),
            (StreamState::SynSent, Kind::SynAck) => {
                self.opened(now, out);
                self.acknowledge(out);
                // What the process wanted to send meanwhile goes now.
                let waiting: Vec<Segment> = self.unacknowledged.iter().cloned().collect();
                if !waiting.is_empty() {
                    self.timer.sent(now);
                }
                out.extend(waiting.into_iter().map(StreamOutput::Transmit));
            }
            (StreamState::SynSent, Kind::Syn | Kind::Data | Kind::Fin) => {}
            // The far end did not hear the answer, or the acknowledgement of it (RFC 9293 section 3.10.7.4).
            (StreamState::SynReceived, Kind::Syn) => {
                out.push(StreamOutput::Transmit(Segment::bare(Kind::SynAck, 0, 0)));
            }
            (StreamState::Open | StreamState::Closing, Kind::Syn | Kind::SynAck) => self.acknowledge(out),
            (StreamState::SynReceived, Kind::SynAck) => {}
            (StreamState::SynReceived | StreamState::Open | StreamState::Closing, Kind::Data | Kind::Fin) => {
                if self.state == StreamState::SynReceived {
                    self.opened(now, out);
                }
                self.take_acknowledgement(now, segment.ack);
                self.take(now, segment, out);
            }
        }
    }

    fn opened(&mut self, now: SimTime, out: &mut Vec<StreamOutput>) {
        self.state = StreamState::Open;
        self.timer.answered(now);
        if !self.unacknowledged.is_empty() {
            self.timer.sent(now);
        }
        out.push(StreamOutput::Up);
    }

    fn push(&mut self, now: SimTime, kind: Kind, octets: Arc<[u8]>, out: &mut Vec<StreamOutput>) {
        let segment = Segment {
            kind,
            seq: self.next,
            ack: self.received,
            octets,
        };
        self.next = segment.end();
        if self.unacknowledged.is_empty() && self.state == StreamState::Open {
            self.timer.sent(now);
        }
        self.unacknowledged.push(segment.clone());
        match self.state {
            // It travels with the acknowledgement that opens the connection.
            StreamState::SynSent => {}
            StreamState::SynReceived | StreamState::Open | StreamState::Closing | StreamState::Closed => {
                self.acknowledged();
                out.push(StreamOutput::Transmit(segment));
            }
        }
    }

    fn take_acknowledgement(&mut self, now: SimTime, ack: u64) {
        let mut any = false;
        while self
            .unacknowledged
            .first()
            .is_some_and(|first| first.end() <= ack)
        {
            self.unacknowledged.pop();
            any = true;
        }
        if !any {
            return;
        }
        self.timer.answered_late(now);
        self.timer.forget_doubling();
        if !self.unacknowledged.is_empty() {
            self.timer.sent(now);
        } else if self.state == StreamState::Closing {
            self.end();
        }
    }

    fn take(&mut self, now: SimTime, segment: Segment, out: &mut Vec<StreamOutput>) {
        if segment.kind == Kind::Data && segment.octets.is_empty() {
            return;
        }
        if segment.seq > self.received {
            if self.early.len() < MOST_EARLY {
                self.early.insert(segment.seq, segment);
            }
            // Duplicate acknowledgements tell the sender what is missing.
            return self.acknowledge(out);
        }
        if segment.end() <= self.received {
            return self.acknowledge(out);
        }
        self.deliver(now, segment, out);
        while let Some((&seq, _)) = self.early.first_key_value() {
            if seq > self.received {
                break;
            }
            let Some((_, segment)) = self.early.pop_first() else {
                break;
            };
            if segment.end() > self.received {
                self.deliver(now, segment, out);
            }
        }
    }

    fn deliver(&mut self, now: SimTime, segment: Segment, out: &mut Vec<StreamOutput>) {
        if self.state == StreamState::Closed {
            return;
        }
        self.received = segment.end();
        match segment.kind {
            Kind::Fin => {
                let fin = Segment::bare(Kind::Fin, self.next, self.received);
                out.push(StreamOutput::Transmit(fin));
                self.fail(Closed::Finished, out);
            }
            Kind::Data | Kind::Syn | Kind::SynAck | Kind::Reset => {
                self.unacked_octets += segment.octets.len();
                out.push(StreamOutput::Octets(segment.octets));
                // RFC 1122 section 4.2.3.2: at least every second full segment at once.
                if self.unacked_octets >= 2 * MAX_SEGMENT {
                    self.acknowledge(out);
                } else if self.ack_due.is_none() {
                    self.ack_due = Some(now + ACK_DELAY);
                }
            }
        }
    }

    fn acknowledge(&mut self, out: &mut Vec<StreamOutput>) {
        self.acknowledged();
        let ack = Segment::bare(Kind::Data, self.next, self.received);
        out.push(StreamOutput::Transmit(ack));
    }
    /// Something that carries an acknowledgement has been sent.
    const fn acknowledged(&mut self) {
        self.ack_due = None;
        self.unacked_octets = 0;
    }
    /// The end is news to a process only while it still cares.
    fn fail(&mut self, how: Closed, out: &mut Vec<StreamOutput>) {
        let cares = match self.state {
            StreamState::SynSent | StreamState::SynReceived | StreamState::Open => true,
            StreamState::Closing | StreamState::Closed => false,
        };
        self.end();
        if cares {
            out.push(StreamOutput::Closed(how));
        }
    }
    fn end(&mut self) {
        self.state = StreamState::Closed;
        self.timer.stop();
        self.ack_due = None;
        self.unacknowledged.clear();
        self.early.clear();
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use proptest::prelude::*;

    use super::*;

    /// Two ends and what is on its way between them.
    struct Pair {
        now: SimTime,
        ends: [Option<Stream>; 2],
        heard: [Vec<u8>; 2],
        news: [Vec<StreamOutput>; 2],
        on_way: Vec<(SimTime, usize, Segment)>,
        /// Which of the coming segments are lost, in the order of sending.
        losses: VecDeque<bool>,
    }

    const DELAY: Span = Span::millis(5);

    impl Pair {
        fn new(losses: impl IntoIterator<Item = bool>) -> Self {
            let mut pair = Self {
                now: SimTime::at(Span::ZERO),
                ends: [None, None],
                heard: [Vec::new(), Vec::new()],
                news: [Vec::new(), Vec::new()],
                on_way: Vec::new(),
                losses: losses.into_iter().collect(),
            };
            let mut out = Vec::new();
            pair.ends[0] = Some(Stream::connect(pair.now, &mut out));
            pair.carry(0, out);
            pair
        }
        fn carry(&mut self, from: usize, out: Vec<StreamOutput>) {
            for output in out {
                match output {
                    StreamOutput::Transmit(segment) => {
                        if !self.losses.pop_front().unwrap_or(false) {
                            self.on_way.push((self.now + DELAY, 1 - from, segment));
                        }
                    }
                    StreamOutput::Octets(octets) => self.heard[from].extend_from_slice(&octets),
                    news => self.news[from].push(news),
                }
            }
        }
        fn act(&mut self, end: usize, act: impl FnOnce(&mut Stream, SimTime, &mut Vec<StreamOutput>)) {
            let mut out = Vec::new();
            if let Some(stream) = &mut self.ends[end] {
                act(stream, self.now, &mut out);
            }
            self.carry(end, out);
        }
        fn run(&mut self, until: SimTime) {
            loop {
                let arrival = self.on_way.iter().map(|(at, ..)| *at).min();
                let wake = self.ends.iter().flatten().filter_map(Stream::next_wake).min();
                let Some(at) = [arrival, wake]
                    .into_iter()
                    .flatten()
                    .min()
                    .filter(|&at| at <= until)
                else {
                    break;
                };
                self.now = at;
                if let Some(place) = self.on_way.iter().position(|(due, ..)| *due == at) {
                    let (_, to, segment) = self.on_way.remove(place);
                    let mut out = Vec::new();
                    match &mut self.ends[to] {
                        Some(stream) => stream.receive(at, segment, &mut out),
                        None if segment.kind == Kind::Syn => {
                            self.ends[to] = Some(Stream::accept(at, &mut out));
                        }
                        None => out.push(StreamOutput::Transmit(Segment::reset())),
                    }
                    self.carry(to, out);
                } else {
                    for end in 0..2 {
                        self.act(end, |stream, now, out| stream.wake(now, out));
                    }
                }
            }
            self.now = until;
        }
    }

    fn at(millis: u64) -> SimTime {
        SimTime::at(Span::millis(millis))
    }

    #[test]
    fn a_connection_opens_carries_and_closes() {
        let mut pair = Pair::new([]);
        pair.run(at(20));
        assert_eq!(pair.news, [[StreamOutput::Up], [StreamOutput::Up]]);
        pair.act(0, |stream, now, out| stream.send(now, Arc::from(*b"open"), out));
        pair.act(1, |stream, now, out| {
            stream.send(now, Arc::from(vec![7; 4_000]), out)
        });
        pair.run(at(200));
        assert_eq!(
            (pair.heard[1].as_slice(), pair.heard[0].len()),
            (&b"open"[..], 4_000)
        );
        assert!(pair.ends.iter().flatten().all(Stream::is_quiet));
        pair.act(0, |stream, now, out| stream.close(now, out));
        pair.run(at(400));
        assert_eq!(pair.news[1].last(), Some(&StreamOutput::Closed(Closed::Finished)));
        assert!(
            pair.ends
                .iter()
                .flatten()
                .all(|end| end.state() == StreamState::Closed)
        );
    }

    #[test]
    fn silence_ends_a_connection_after_linux_patience() {
        let mut pair = Pair::new([]);
        pair.run(at(20));
        pair.losses = core::iter::repeat_n(true, 100).collect();
        pair.act(0, |stream, now, out| stream.send(now, Arc::from(*b"hello"), out));
        pair.run(at(900_000));
        assert_eq!(pair.news[0].last(), Some(&StreamOutput::Up), "it still tries");
        pair.run(at(1_200_000));
        assert_eq!(pair.news[0].last(), Some(&StreamOutput::Closed(Closed::TimedOut)));
    }

    #[test]
    fn a_host_that_forgot_the_connection_resets_it() {
        let mut pair = Pair::new([]);
        pair.run(at(20));
        pair.ends[1] = None;
        pair.act(0, |stream, now, out| stream.send(now, Arc::from(*b"hello"), out));
        pair.run(at(100));
        assert_eq!(pair.news[0].last(), Some(&StreamOutput::Closed(Closed::Reset)));
    }

    proptest! {
        /// Whatever is lost on the way, each end hears what the other said, once and in order.
        #[test]
        fn nothing_is_lost_doubled_or_reordered(
            losses in proptest::collection::vec(proptest::bool::weighted(0.3), 0..60),
            writes in proptest::collection::vec((0usize..2, 0u64..300, 1usize..3_000), 0..20),
        ) {
            let mut pair = Pair::new(losses);
            let mut said = [Vec::new(), Vec::new()];
            for (place, (end, pause, length)) in writes.into_iter().enumerate() {
                let octets = vec![place as u8; length];
                if pair.ends[end].is_some() {
                    said[end].extend_from_slice(&octets);
                    pair.act(end, |stream, now, out| stream.send(now, octets.into(), out));
                }
                let until = pair.now + Span::millis(pause);
                pair.run(until);
            }
            // Longer than all of it takes where each segment in turn is lost as often as one may be.
            pair.run(at(30_000_000));
            // Seven SYNs in a row may be lost: then nobody hears anything, and who called is told so. A segment may be lost
            // too often later: then the rest is never heard.
            let has_closed = |how| pair.news.iter().any(|news| news.contains(&StreamOutput::Closed(how)));
            if has_closed(Closed::Unanswered) {
                prop_assert_eq!(&pair.heard[0], &Vec::<u8>::new());
            } else if has_closed(Closed::TimedOut) || has_closed(Closed::Reset) {
                prop_assert!(said[0].starts_with(&pair.heard[1]));
                prop_assert!(said[1].starts_with(&pair.heard[0]));
            } else {
                prop_assert_eq!(&pair.heard[1], &said[0]);
                prop_assert_eq!(&pair.heard[0], &said[1]);
            }
        }
    }
}
