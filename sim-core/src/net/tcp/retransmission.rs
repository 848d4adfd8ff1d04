//! The retransmission timer: how long to wait for an answer, and when to stop asking.

use crate::units::{SimTime, Span};

/// The time-out before any round trip was measured: RFC 6298 section 2.1.
const INITIAL_TIMEOUT: Span = Span::secs(1);
/// The time-out of the first data after a SYN that had to be sent again: RFC 6298 section 5.7.
const TIMEOUT_AFTER_LOST_SYN: Span = Span::secs(3);
/// The shortest time-out. RFC 6298 section 2.4 says a second; Linux takes 200 ms (`TCP_RTO_MIN`).
const SHORTEST_TIMEOUT: Span = Span::millis(200);
/// The longest time-out, `TCP_RTO_MAX` of Linux; RFC 6298 section 2.5 allows any from 60 s.
const LONGEST_TIMEOUT: Span = Span::secs(120);
/// How often a SYN is sent again: `tcp_syn_retries` of Linux.
const SYN_RETRIES: u32 = 6;
/// How long a SYN goes unanswered before Linux gives up: 1 + 2 + 4 + 8 + 16 + 32 + 64 s, with
/// `tcp_syn_linear_timeouts` at 0 as before Linux 6.5.
pub const SYN_PATIENCE: Span = Span::secs(127);
/// How long data go unacknowledged before Linux gives up, at the first time-out past it:
/// `tcp_retries2` is 15 and "yields a hypothetical timeout of 924.6 seconds" ("IP Sysctl").
const DATA_PATIENCE: Span = Span::millis(924_600);
/// The same for what a process sent last before it closed the connection: `tcp_orphan_retries` is 0, which Linux takes for
/// 8 as long as the time-out is below [`LONGEST_TIMEOUT`] ("IP Sysctl"; `tcp_orphan_retries()`), and 9 time-outs from
/// [`SHORTEST_TIMEOUT`] on, each twice as long as the one before, make 102.2 s.
const ORPHAN_PATIENCE: Span = Span::millis(102_200);

/// What the timer has learned of the path: RFC 6298 section 2.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct RoundTrip {
    smoothed: Span,
    variation: Span,
}

/// What is being waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Waiting {
    Nothing,
    /// Something unanswered, sent for the first time at `since` and so often in all.
    For {
        since: SimTime,
        n_sent: u32,
        due: SimTime,
    },
}

/// Whether something may be sent once more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Verdict {
    Again,
    GiveUp,
}

/// The retransmission timer of one connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RetransmissionTimer {
    timeout: Span,
    round_trip: Option<RoundTrip>,
    waiting: Waiting,
}

impl Default for RetransmissionTimer {
    fn default() -> Self {
        Self {
            timeout: INITIAL_TIMEOUT,
            round_trip: None,
            waiting: Waiting::Nothing,
        }
    }
}

impl RetransmissionTimer {
    /// When what was sent last is to be sent again, or given up.
    #[must_use]
    pub const fn due(&self) -> Option<SimTime> {
        match self.waiting {
            Waiting::Nothing => None,
            Waiting::For { due, .. } => Some(due),
        }
    }
    /// Something new was sent.
    pub(super) fn sent(&mut self, now: SimTime) {
        self.waiting = Waiting::For {
            since: now,
            n_sent: 1,
            due: now + self.timeout,
        };
    }
    /// The same was sent again: the time-out doubles (RFC 6298 section 5.5).
    pub(super) fn sent_again(&mut self, now: SimTime) {
        if let Waiting::For { n_sent, due, .. } = &mut self.waiting {
            self.timeout = (self.timeout * 2).min(LONGEST_TIMEOUT);
            *n_sent += 1;
            *due = now + self.timeout;
        }
    }
    /// It was answered. Only what was sent once measures the path (RFC 6298 section 3).
    pub(super) fn answered(&mut self, now: SimTime) {
        let Waiting::For { since, n_sent, .. } = self.waiting else {
            return;
        };
        self.waiting = Waiting::Nothing;
        if n_sent == 1 {
            self.measure(now.since(since));
        } else if self.round_trip.is_none() {
            self.timeout = TIMEOUT_AFTER_LOST_SYN;
        }
    }
    /// It was answered by somebody who may have held the answer back, which measures the path only where nothing else
    /// has.
    pub(super) fn answered_late(&mut self, now: SimTime) {
        match self.round_trip {
            Some(_) => self.waiting = Waiting::Nothing,
            None => self.answered(now),
        }
    }
    /// How long it waits for an answer, once the path has been measured.
    #[must_use]
    pub const fn measured_timeout(&self) -> Option<Span> {
        match self.round_trip {
            Some(_) => Some(self.timeout),
            None => None,
        }
    }
    /// Progress ends the doubling: Linux measures even what was sent again, by its timestamps (RFC 7323 section 4).
    pub(super) fn forget_doubling(&mut self) {
        if let Some(learned) = self.round_trip {
            self.timeout = learned.timeout();
        }
    }
    /// Nothing is waited for any more.
    pub(super) const fn stop(&mut self) {
        self.waiting = Waiting::Nothing;
    }
    /// Whether a SYN that is due may be sent again.
    pub(super) fn syn_verdict(&self) -> Verdict {
        match self.waiting {
            Waiting::For { n_sent, .. } if n_sent <= SYN_RETRIES => Verdict::Again,
            Waiting::For { .. } | Waiting::Nothing => Verdict::GiveUp,
        }
    }
    /// Whether a segment that is due may be sent again.
    pub(super) fn data_verdict(&self, now: SimTime) -> Verdict {
        self.verdict_within(DATA_PATIENCE, now)
    }
    /// Whether one that is due may be sent again, where no process waits for it any more.
    pub(super) fn orphan_verdict(&self, now: SimTime) -> Verdict {
        self.verdict_within(ORPHAN_PATIENCE, now)
    }
    fn verdict_within(&self, patience: Span, now: SimTime) -> Verdict {
        match self.waiting {
            Waiting::For { since, .. } if now.since(since) < patience => Verdict::Again,
            Waiting::For { .. } | Waiting::Nothing => Verdict::GiveUp,
        }
    }

    /// RFC 6298 sections 2.2 and 2.3 with alpha 1/8, beta 1/4 and K 4.
    fn measure(&mut self, sample: Span) {
        let learned = match self.round_trip {
            None => RoundTrip {
                smoothed: sample,
                variation: part(sample, 1, 2),
            },
            Some(RoundTrip { smoothed, variation }) => {
                let error = smoothed.saturating_sub(sample) + sample.saturating_sub(smoothed);
                RoundTrip {
                    smoothed: part(smoothed, 7, 8) + part(sample, 1, 8),
                    variation: part(variation, 3, 4) + part(error, 1, 4),
                }
            }
        };
        self.round_trip = Some(learned);
        self.timeout = learned.timeout();
    }
}

impl RoundTrip {
    /// RFC 6298 section 2.3.
    fn timeout(self) -> Span {
        (self.smoothed + self.variation * 4).clamp(SHORTEST_TIMEOUT, LONGEST_TIMEOUT)
    }
}

fn part(span: Span, numerator: u64, denominator: u64) -> Span {
    let nanos = u128::from(span.as_nanos()) * u128::from(numerator) / u128::from(denominator);
    Span::nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(n: u64) -> SimTime {
        SimTime::at(Span::millis(n))
    }

    /// 100 ms measured: 100 + 4 × 50 = 300 ms. Then 140 ms: variation 37.5 + 10 = 47.5, smoothed
    /// 87.5 + 17.5 = 105, so 105 + 190 = 295 ms.
    #[test]
    fn round_trips_set_the_timeout() {
        let mut timer = RetransmissionTimer::default();
        timer.sent(ms(0));
        assert_eq!(timer.due(), Some(ms(1_000)));
        timer.answered(ms(100));
        timer.sent(ms(200));
        assert_eq!(timer.due(), Some(ms(500)));
        timer.answered(ms(340));
        timer.sent(ms(1_000));
        assert_eq!(timer.due(), Some(ms(1_295)));
    }

    #[test]
    fn a_short_path_waits_200_ms_all_the_same() {
        let mut timer = RetransmissionTimer::default();
        timer.sent(ms(0));
        timer.answered(ms(1));
        timer.sent(ms(1));
        assert_eq!(timer.due(), Some(ms(201)));
    }

    #[test]
    fn an_answer_to_a_repeated_syn_measures_nothing() {
        let mut timer = RetransmissionTimer::default();
        timer.sent(ms(0));
        timer.sent_again(ms(1_000));
        timer.answered(ms(1_010));
        timer.sent(ms(2_000));
        assert_eq!(timer.due(), Some(ms(5_000)));
    }

    /// How often data are sent again before they are given up, and when that is.
    fn given_up(judge: impl Fn(&RetransmissionTimer, SimTime) -> Verdict) -> (u32, SimTime) {
        let mut timer = RetransmissionTimer::default();
        timer.sent(ms(0));
        timer.answered(ms(1));
        timer.sent(ms(0));
        let mut retries = 0;
        loop {
            let due = timer.due().expect("something is waited for");
            match judge(&timer, due) {
                Verdict::GiveUp => return (retries, due),
                Verdict::Again => timer.sent_again(due),
            }
            retries += 1;
        }
    }

    /// From 200 ms doubling: the tenth wait would be 102.4 s, the next 204.8 s, cut to 120 s. The
    /// sums run 0.2, 0.6 … 102.2 × 2 + 0.2 = 204.6, then + 120 each: 924.6 s is passed after 204.6
    /// + 6 × 120.
    #[test]
    fn data_are_given_up_at_the_first_timeout_past_924_600_ms() {
        assert_eq!(given_up(RetransmissionTimer::data_verdict), (15, ms(924_600)));
    }

    /// Linux: eight retries where the process has closed the connection.
    #[test]
    fn what_a_process_left_behind_is_given_up_sooner() {
        assert_eq!(given_up(RetransmissionTimer::orphan_verdict), (8, ms(102_200)));
    }
}
