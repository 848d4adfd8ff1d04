//! The client's states, and the connection that goes through them.

use super::retransmission::{RetransmissionTimer, Verdict};
use crate::units::{SimTime, Span};

/// Where a client's connection stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    /// A SYN is out.
    SynSent,
    /// Connected, with nothing under way.
    Idle,
    /// Connected, with a segment unacknowledged.
    Sending,
    /// Over.
    Closed,
}

/// What happens to a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Event {
    /// A SYN-ACK came in.
    SynAck,
    /// A reset came in.
    Reset,
    /// The segment under way was acknowledged, mostly by the answer to it.
    Acknowledged,
    /// The caller has something to send.
    Send,
    /// The caller closes the connection.
    Close,
    /// The retransmission timer expired.
    TimerExpired,
    /// The caller's own time-out for connecting expired.
    CallerTimedOut,
}

/// Whether the retransmission timer allows another try.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Patience {
    /// It does.
    Left,
    /// It does not.
    Spent,
}

/// What is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// Send a SYN, which asks for a SYN-ACK.
    SendSyn,
    /// Send the acknowledgement that opens the connection.
    SendAck,
    /// Send the segment that is under way.
    SendSegment,
    /// Send a FIN.
    SendFin,
    /// The caller is connected.
    Connected,
    /// What the caller sent was acknowledged.
    Delivered,
    /// Nothing listens there.
    Refused,
    /// The connection was broken.
    Broken,
    /// Nothing answered in time.
    TimedOut,
}

/// What `event` does to a connection in `state`: RFC 9293 section 3.10.
#[must_use]
pub const fn transition(state: State, event: Event, patience: Patience) -> (State, &'static [Step]) {
    use Event as E;
    use State::{Closed, Idle, Sending, SynSent};
    match (state, event, patience) {
        (SynSent, E::SynAck, _) => (Idle, &[Step::SendAck, Step::Connected]),
        (SynSent, E::Reset, _) => (Closed, &[Step::Refused]),
        (SynSent, E::TimerExpired, Patience::Left) => (SynSent, &[Step::SendSyn]),
        (SynSent, E::TimerExpired, Patience::Spent) | (SynSent, E::CallerTimedOut, _) => {
            (Closed, &[Step::TimedOut])
        }
        (Idle, E::Send, _) => (Sending, &[Step::SendSegment]),
        (Sending, E::Acknowledged, _) => (Idle, &[Step::Delivered]),
        (Sending, E::TimerExpired, Patience::Left) => (Sending, &[Step::SendSegment]),
        (Sending, E::TimerExpired, Patience::Spent) => (Closed, &[Step::TimedOut]),
        (Idle | Sending, E::Reset, _) => (Closed, &[Step::Broken]),
        // The listener did not get the acknowledgement of its SYN-ACK: section 3.10.7.4.
        (Idle | Sending, E::SynAck, _) => (state, &[Step::SendAck]),
        (Idle | Sending, E::Close, _) => (Closed, &[Step::SendFin]),
        (SynSent, E::Close, _) => (Closed, &[]),
        // A caller waits for one answer before it sends the next; it has connected in time, or
        // has nothing under way; late packets find nobody.
        (SynSent, E::Acknowledged | E::Send, _)
        | (Idle, E::Acknowledged | E::TimerExpired | E::CallerTimedOut, _)
        | (Sending, E::Send | E::CallerTimedOut, _)
        | (Closed, _, _) => (state, &[]),
    }
}

/// A client's end of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Client {
    state: State,
    timer: RetransmissionTimer,
    connect_by: SimTime,
}

impl Client {
    /// Begins to connect; the caller waits no longer than `connect_timeout`.
    #[must_use]
    pub fn open(now: SimTime, connect_timeout: Span) -> (Self, &'static [Step]) {
        let mut timer = RetransmissionTimer::default();
        timer.sent(now);
        let client = Self {
            state: State::SynSent,
            timer,
            connect_by: now + connect_timeout,
        };
        (client, &[Step::SendSyn])
    }
    /// Where the connection stands.
    #[must_use]
    pub const fn state(&self) -> State {
        self.state
    }
    /// Takes a packet or a wish of the caller's.
    pub fn handle(&mut self, now: SimTime, event: Event) -> &'static [Step] {
        let patience = match (self.state, event) {
            (State::SynSent, Event::TimerExpired) => self.timer.syn_verdict(),
            _ => self.timer.data_verdict(now),
        };
        let patience = match patience {
            Verdict::Again => Patience::Left,
            Verdict::GiveUp => Patience::Spent,
        };
        let before = self.state;
        let (state, steps) = transition(before, event, patience);
        self.state = state;
        match (before, state) {
            (State::SynSent, State::SynSent) | (State::Sending, State::Sending) => {
                if event == Event::TimerExpired {
                    self.timer.sent_again(now);
                }
            }
            (State::SynSent | State::Sending, State::Idle) => self.timer.answered(now),
            (State::Idle, State::Sending) => self.timer.sent(now),
            (_, State::Closed) => self.timer.stop(),
            (State::Idle, _) | (State::Closed, _) | (_, State::SynSent | State::Sending) => {}
        }
        steps
    }
    /// Lets whatever is due by `now` expire; too early it does nothing.
    pub fn wake(&mut self, now: SimTime) -> &'static [Step] {
        if self.state == State::SynSent && self.connect_by <= now {
            self.handle(now, Event::CallerTimedOut)
        } else if self.timer.due().is_some_and(|due| due <= now) {
            self.handle(now, Event::TimerExpired)
        } else {
            &[]
        }
    }
    /// When the client next wants to be woken.
    #[must_use]
    pub fn next_wake(&self) -> Option<SimTime> {
        let due = self.timer.due();
        match self.state {
            State::SynSent => Some(due.map_or(self.connect_by, |due| due.min(self.connect_by))),
            State::Idle | State::Sending | State::Closed => due,
        }
    }
}

#[cfg(test)]
mod tests {
    use core::fmt::Write as _;

    use super::super::SYN_PATIENCE;
    use super::*;

    fn at(secs: u64) -> SimTime {
        SimTime::at(Span::secs(secs))
    }

    #[test]
    fn every_state_decides_every_event() {
        let states = [State::SynSent, State::Idle, State::Sending, State::Closed];
        let events = [
            Event::SynAck,
            Event::Reset,
            Event::Acknowledged,
            Event::Send,
            Event::Close,
            Event::TimerExpired,
            Event::CallerTimedOut,
        ];
        let mut table = String::new();
        for state in states {
            for event in events {
                let left = transition(state, event, Patience::Left);
                let spent = transition(state, event, Patience::Spent);
                if left == (state, &[]) && spent == left {
                    continue;
                }
                let _ = writeln!(table, "{state:?} {event:?} → {:?} {:?}", left.0, left.1);
                if spent != left {
                    let _ = writeln!(
                        table,
                        "{state:?} {event:?}, patience spent → {:?} {:?}",
                        spent.0, spent.1
                    );
                }
            }
        }
        insta::assert_snapshot!(table, @"
        SynSent SynAck → Idle [SendAck, Connected]
        SynSent Reset → Closed [Refused]
        SynSent Close → Closed []
        SynSent TimerExpired → SynSent [SendSyn]
        SynSent TimerExpired, patience spent → Closed [TimedOut]
        SynSent CallerTimedOut → Closed [TimedOut]
        Idle SynAck → Idle [SendAck]
        Idle Reset → Closed [Broken]
        Idle Send → Sending [SendSegment]
        Idle Close → Closed [SendFin]
        Sending SynAck → Sending [SendAck]
        Sending Reset → Closed [Broken]
        Sending Acknowledged → Idle [Delivered]
        Sending Close → Closed [SendFin]
        Sending TimerExpired → Sending [SendSegment]
        Sending TimerExpired, patience spent → Closed [TimedOut]
        ");
    }

    /// Lets time pass without an answer, and tells when SYNs went out and how it ended.
    fn in_silence(connect_timeout: Span) -> (Vec<u64>, SimTime, &'static [Step]) {
        let (mut client, steps) = Client::open(at(0), connect_timeout);
        assert_eq!(steps, [Step::SendSyn]);
        let mut syns = vec![0];
        loop {
            let now = client.next_wake().expect("a SYN is out");
            match client.wake(now) {
                [Step::SendSyn] => syns.push(now.since_start().as_secs()),
                end => return (syns, now, end),
            }
        }
    }

    #[test]
    fn syns_go_out_at_doubling_intervals_until_127_seconds() {
        let (syns, ended_at, end) = in_silence(Span::hours(1));
        assert_eq!(syns, [0, 1, 3, 7, 15, 31, 63]);
        assert_eq!(
            (ended_at, end),
            (SimTime::at(SYN_PATIENCE), &[Step::TimedOut][..])
        );
    }

    #[test]
    fn an_impatient_caller_gives_up_first() {
        let (syns, ended_at, end) = in_silence(Span::secs(10));
        assert_eq!(syns, [0, 1, 3, 7]);
        assert_eq!((ended_at, end), (at(10), &[Step::TimedOut][..]));
    }

    #[test]
    fn a_lost_segment_is_sent_again() {
        let (mut client, _) = Client::open(at(0), Span::secs(10));
        let after_50_ms = SimTime::at(Span::millis(50));
        assert_eq!(
            client.handle(after_50_ms, Event::SynAck),
            [Step::SendAck, Step::Connected]
        );
        assert_eq!(client.next_wake(), None);
        assert_eq!(client.handle(after_50_ms, Event::Send), [Step::SendSegment]);
        // 50 ms + 4 × 25 ms is below the 200 ms that Linux waits at least.
        let due = SimTime::at(Span::millis(250));
        assert_eq!(client.next_wake(), Some(due));
        assert_eq!(client.wake(after_50_ms), [], "too early");
        assert_eq!(client.wake(due), [Step::SendSegment]);
        assert_eq!(client.next_wake(), Some(SimTime::at(Span::millis(650))));
        assert_eq!(client.handle(at(2), Event::Acknowledged), [Step::Delivered]);
        assert_eq!(client.handle(at(3), Event::Reset), [Step::Broken]);
        assert_eq!(client.next_wake(), None);
    }
}
