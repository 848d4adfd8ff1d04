//! Heartbeats whose instants can be told without sending them.
//!
//! A keepalive or a BFD packet says only that its sender is there. Over a path that is up, loses nothing and delays
//! each packet alike, all that matters is which one is missed first, so nobody needs to carry the others. For that
//! the instants must be known without drawing dice one after another: the span before beat `n` is a pure function of
//! a key and `n`. A run that skips beats and asks later comes to the same instants as a run that sent them all.
//!
//! ```text
//!   sent_at        + interval(key, n)   + interval(key, n + 1)
//!      │                   │                     │
//!   beat n − 1          beat n               beat n + 1 …
//! ```
//!
//! The spans come in pairs: the first of a pair is drawn evenly from the range of the jitter, the second is what the first
//! lacks to twice the middle of that range, which is as evenly spread. So each pair takes the same time:
//!
//! ```text
//!   ├── span 2k: 7.9 s ──┼──── span 2k + 1: 9.6 s ────┤      7.5 s to 10 s, 17.5 s a pair
//! ```
//!
//! and skipping costs nothing while it lasts and one division at its end, however many beats were skipped. Whoever begins,
//! or goes on after something else was sent, begins a pair at an instant of its own: two ends that begin together would
//! otherwise meet again after every pair.
//!
//! # Fidelity
//! Each span is evenly distributed over its range, as the RFCs want it, but only one in two is independent of the span
//! before it.

use serde::{Deserialize, Serialize};

use crate::units::{Ppm, SimTime, Span};

/// The share of a period that a beat really waits, drawn anew for each, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Jitter {
    /// The smallest share.
    pub least: Ppm,
    /// The largest share.
    pub most: Ppm,
}

impl Jitter {
    /// The period as it is.
    pub const NONE: Self = Self {
        least: Ppm::ONE,
        most: Ppm::ONE,
    };

    /// The share of `period` that draw `ordinal` of the stream `key` gives.
    #[must_use]
    pub fn apply(self, period: Span, key: u64, ordinal: u64) -> Span {
        within(self.range(period), key, ordinal)
    }
    /// The shortest and the longest share of `period`, in ns.
    fn range(self, period: Span) -> [u64; 2] {
        let most = self.most.of(period.as_nanos());
        [self.least.of(period.as_nanos()).min(most), most]
    }
}

/// Draw `ordinal` of the stream `key`, evenly from a range of ns with both its ends.
fn within([least, most]: [u64; 2], key: u64, ordinal: u64) -> Span {
    if least == most {
        return Span::nanos(most);
    }
    let n_values = u128::from(most - least) + 1;
    let extra = (u128::from(mix(key, ordinal)) * n_values) >> 64;
    Span::nanos(least.saturating_add(extra as u64))
}

/// A 64-bit number for each pair, evenly spread.
///
/// # Source
/// The finalizer of SplitMix64: Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014.
#[must_use]
pub const fn mix(key: u64, ordinal: u64) -> u64 {
    let mut z = key.wrapping_add(ordinal.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15));
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// The beats that a stretch of time held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Beats {
    /// How many.
    pub n: u64,
    /// When the last of them was sent; none where there was none.
    pub last_at: Option<SimTime>,
}

/// A sender's place among its heartbeats.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Heartbeat {
    /// The stream from which its jitter comes.
    key: u64,
    /// The number of the next beat.
    ordinal: u64,
    period: Span,
    jitter: Jitter,
    /// When the sender last showed that it is there, by a beat or otherwise.
    sent_at: SimTime,
    pairing: Pairing,
}

/// Whether the span before the next beat is made up for by the span after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Pairing {
    Kept,
    /// Something was sent at the beginning of the pair, which others may have been sent because of.
    Broken,
}

impl Heartbeat {
    /// Beats every `period` from `now` on, the first one a jittered period later. A period of zero counts as 1 ns.
    #[must_use]
    pub fn new(now: SimTime, period: Span, jitter: Jitter, key: u64) -> Self {
        Self {
            key,
            ordinal: 1,
            period: period.max(Span::nanos(1)),
            jitter,
            sent_at: now,
            pairing: Pairing::Kept,
        }
    }
    /// The period before jitter.
    #[must_use]
    pub const fn period(&self) -> Span {
        self.period
    }
    /// When the sender last showed that it is there.
    #[must_use]
    pub const fn sent_at(&self) -> SimTime {
        self.sent_at
    }
    /// When the next beat is due.
    #[must_use]
    pub fn due_at(&self) -> SimTime {
        self.sent_at + self.interval()
    }
    /// Something else was sent at `now` that shows as much as a beat: the next one waits its span from here, so it is never
    /// due sooner than before.
    pub fn touch(&mut self, now: SimTime) {
        self.sent_at = self.sent_at.max(now);
        if self.ordinal.is_multiple_of(2) {
            self.pairing = Pairing::Broken;
        }
    }
    /// The beat that was due is sent at `now`.
    pub fn beat(&mut self, now: SimTime) {
        self.sent_at = now;
        let n_on = match core::mem::replace(&mut self.pairing, Pairing::Kept) {
            Pairing::Kept => 1,
            // Past the other half, to that of the next pair.
            Pairing::Broken => 3,
        };
        self.ordinal = self.ordinal.wrapping_add(n_on);
    }
    /// Another period and jitter from the next beat on; what was sent stays sent.
    pub fn retime(&mut self, period: Span, jitter: Jitter) {
        self.period = period.max(Span::nanos(1));
        self.jitter = jitter;
    }
    /// Takes all beats due before `until` as sent, each at its instant. One due at `until` is still due.
    pub fn skip_before(&mut self, until: SimTime) -> Beats {
        let mut beats = Beats::default();
        if self.pairing == Pairing::Broken {
            beats.n += self.step_before(until);
        }
        if self.ordinal % 2 == 1 {
            beats.n += self.step_before(until);
        }
        let pair = self.pair().as_nanos();
        let room = until.since(self.sent_at).as_nanos();
        let n_pairs = room.saturating_sub(1) / pair;
        self.sent_at = self.sent_at + Span::nanos(pair.saturating_mul(n_pairs));
        self.ordinal = self.ordinal.wrapping_add(n_pairs.wrapping_mul(2));
        beats.n += n_pairs * 2 + self.step_before(until);
        beats.last_at = (beats.n > 0).then_some(self.sent_at);
        beats
    }
    /// Takes all beats due before `until` as sent to somebody who hears each `delay` later.
    pub fn skip_heard(&mut self, until: SimTime, delay: Span) -> Skipped {
        let arrived = self.skip_before(SimTime::at(until.since_start().saturating_sub(delay)));
        let mut in_flight = Vec::new();
        while self.due_at() < until {
            let due = self.due_at();
            self.beat(due);
            in_flight.push(due);
        }
        Skipped {
            n_arrived: arrived.n,
            heard_at: arrived.last_at.map(|at| at + delay),
            in_flight,
        }
    }
    /// One beat, if it is due before `until`: how many that were.
    fn step_before(&mut self, until: SimTime) -> u64 {
        let due = self.due_at();
        if due >= until {
            return 0;
        }
        self.beat(due);
        1
    }
    fn interval(&self) -> Span {
        let [least, most] = self.range();
        let drawn = within([least, most], self.key, self.ordinal / 2);
        if self.ordinal.is_multiple_of(2) {
            drawn
        } else {
            Span::nanos(most - (drawn.as_nanos() - least))
        }
    }
    /// How long two spans take, the first of them of an even beat.
    fn pair(&self) -> Span {
        let [least, most] = self.range().map(Span::nanos);
        least + most
    }
    /// The shortest and the longest span, in ns: never none at all, which would make time stand still.
    fn range(&self) -> [u64; 2] {
        self.jitter.range(self.period).map(|share| share.max(1))
    }
}

/// Beats that were taken as sent, as they stand at the end of that stretch.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Skipped {
    /// How many have arrived.
    pub n_arrived: u64,
    /// When the last of those arrived; none where none has.
    pub heard_at: Option<SimTime>,
    /// When each of those was sent that has not arrived yet.
    pub in_flight: Vec<SimTime>,
}

/// What one end of a pair shows and expects: its own beats, and when it gives up if it hears nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Vital {
    /// Its place among its beats.
    pub heartbeat: Heartbeat,
    /// When it takes the other end for dead.
    pub gives_up_at: SimTime,
}

/// One of the two ends of an [`Elision`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum End {
    /// The first one handed to [`Elision::plan`].
    First,
    /// The second one.
    Second,
}

/// A pair of ends whose heartbeats are left out from some instant on, and what is needed to tell them later.
///
/// ```text
///   first sends    ●        ●       ●        ●      ◌ due at `at`: not sent yet
///                   ╲        ╲       ╲        ╲
///   second hears     ●        ●       ●        ◌      under way at `at`
///                                             │
///                                             at
/// ```
///
/// # Why it is exact
/// 1. An end's beats depend on its own sends alone: each waits its jittered period from the last thing that it sent.
///    Nothing else is sent while they are left out, by the caller's promise, so the instants are those of a full run.
/// 2. Each arrives a fixed delay later, by the path's promise. So the last one heard at `at` is the last one sent before
///    `at − delay`, plus `delay`; or something under way already that came in as usual, if that is later.
/// 3. Nobody gives up while they are left out: [`Elision::plan`] has compared the first arrival with that instant, and
///    later ones lie at most a period apart, which both protocols keep below the time to give up.
/// 4. A beat sent at `t` counts at `at` where `t < at`, and an arrival likewise: whatever ends the stretch comes before the
///    beats of its own instant, as an event does that was queued before them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Elision {
    beats: [Heartbeat; 2],
    /// From each end to the other.
    delays: [Span; 2],
}

impl Elision {
    /// Whether the beats of a pair can be left out over a path with these delays, `delays[0]` from the first to the
    /// second end. The caller knows that the path is up, loses nothing and keeps its delays until the end.
    ///
    /// None where either would give up before it hears the other's next beat. A beat under way counts as not sent, since
    /// nobody here knows whether it arrives; so with little patience the answer may be another a little later.
    #[must_use]
    pub fn plan(ends: [Vital; 2], delays: [Span; 2]) -> Option<Self> {
        let [first, second] = ends;
        let hears = |end: Vital, peer: Vital, delay: Span| peer.heartbeat.due_at() + delay < end.gives_up_at;
        let is_safe = hears(first, second, delays[1]) && hears(second, first, delays[0]);
        let beats = ends.map(|end| end.heartbeat);
        is_safe.then_some(Self { beats, delays })
    }
    /// Both ends' beats as they stand at `at`.
    #[must_use]
    pub fn beats_at(&self, at: SimTime) -> [Heartbeat; 2] {
        self.beats.map(|mut beats| {
            beats.skip_before(at);
            beats
        })
    }
    /// When `end` sent the last of its beats before `at`, of those left out.
    #[must_use]
    pub fn last_beat(&self, end: End, at: SimTime) -> Option<SimTime> {
        let mut beats = self.beats[end as usize];
        beats.skip_before(at).last_at
    }
    /// Moves `own`, the beats of `end`, to where they stand at `at`.
    pub fn send(&self, end: End, at: SimTime, own: &mut Heartbeat) -> Skipped {
        own.skip_heard(at, self.delays[end as usize])
    }
    /// What `end` has heard of the other by `at`.
    #[must_use]
    pub fn hear(&self, end: End, at: SimTime) -> Skipped {
        let peer = 1 - end as usize;
        let mut beats = self.beats[peer];
        beats.skip_heard(at, self.delays[peer])
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SHARES: Jitter = Jitter {
        least: Ppm::percent(75),
        most: Ppm::ONE,
    };

    #[test]
    fn the_spread_is_pinned() {
        // A change of these values changes every run ever recorded.
        assert_eq!(mix(0, 0), 16_294_208_416_658_607_535);
        assert_eq!(SHARES.apply(Span::secs(10), 42, 0).to_string(), "9.353912197s");
    }

    #[test]
    fn two_spans_in_a_row_are_each_of_the_range_and_make_up_for_each_other() {
        let start = SimTime::from_nanos(1);
        let mut heartbeat = Heartbeat::new(start, Span::secs(10), SHARES, 42);
        let spans: Vec<Span> = (0..4)
            .map(|_| {
                let span = heartbeat.due_at().since(heartbeat.sent_at());
                heartbeat.beat(heartbeat.due_at());
                span
            })
            .collect();
        let drawn = |ordinal| SHARES.apply(Span::secs(10), 42, ordinal);
        let rest = |ordinal| Span::millis(17_500).saturating_sub(drawn(ordinal));
        assert_eq!(spans, [rest(0), drawn(1), rest(1), drawn(2)]);
    }

    #[test]
    fn a_century_of_beats_is_skipped_at_once() {
        let mut heartbeat = Heartbeat::new(SimTime::from_nanos(0), Span::millis(50), SHARES, 7);
        let beats = heartbeat.skip_before(SimTime::at(Span::days(36_500)));
        // 87.5 ms a pair.
        assert_eq!(beats.n, 72_082_285_714);
    }

    #[test]
    fn jitter_is_even_over_its_range() {
        // 10 000 draws over 75 to 100 s in five bins of 5 s: 2 000 each, standard deviation 40; we allow 5.
        let mut counts = [0i64; 5];
        for ordinal in 0..10_000 {
            let span = SHARES.apply(Span::secs(100), 7, ordinal);
            counts[((span.as_secs() - 75) / 5).min(4) as usize] += 1;
        }
        assert!(
            counts.iter().all(|count| (count - 2_000).abs() < 200),
            "{counts:?}"
        );
    }

    proptest! {
        #[test]
        fn skipped_beats_fall_where_sent_ones_do(
            key: u64, period in 1u64..20_000, until in 0u64..2_000_000, jittered: bool, start in 0u64..1_000,
            touched_after in 0usize..5,
        ) {
            let jitter = if jittered { SHARES } else { Jitter::NONE };
            let (start, until) = (SimTime::from_nanos(start), SimTime::from_nanos(until));
            let mut sent = Heartbeat::new(start, Span::nanos(period), jitter, key);
            for _ in 0..touched_after {
                sent.beat(sent.due_at());
                sent.touch(sent.sent_at() + Span::nanos(period / 3));
            }
            let mut skipped = sent;
            let mut expected = Beats::default();
            while sent.due_at() < until {
                let due = sent.due_at();
                sent.beat(due);
                expected = Beats { n: expected.n + 1, last_at: Some(due) };
            }
            prop_assert_eq!(skipped.skip_before(until), expected);
            prop_assert_eq!(skipped, sent);
        }

        #[test]
        fn no_share_leaves_its_range(period: u64, key: u64, ordinal: u64, least in 0u32..=1_000_000) {
            let jitter = Jitter { least: Ppm::new(least), most: Ppm::ONE };
            let span = jitter.apply(Span::nanos(period), key, ordinal);
            prop_assert!(span <= Span::nanos(period));
            prop_assert!(span.as_nanos() >= Ppm::new(least).of(period));
        }
    }
}
