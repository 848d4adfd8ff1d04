//! Two sides of an SA that do nothing but ask each other whether they live, over a path that loses nothing.
//!
//! ```text
//!   first   asks ╲      ╱ hears ├──────── delay ────────┤ asks ╲      ╱
//!                 ╲    ╱                                         ╲    ╱
//!   second         hears, answers                                 hears, answers
//! ```
//!
//! Nobody has to carry such questions: when a side asks follows from what it heard, and that from when the other asked.
//! So it can be told at any later instant how many there were and where both sides stand. Message ids of IKEv2 and
//! sequence numbers of IKEv1 are counted on; the ids of IKEv1's notes follow from the keys and their number and need no
//! dice.

use std::net::SocketAddrV4;
use std::sync::Arc;

use super::daemon::{Daemon, Input};
use super::liveness::{Liveness, Manner};
use super::sa::{IkeSa, SaId, State, Version};
use super::wire::Sender;
use super::{v1, v2};
use crate::kernel::End;
use crate::units::{SimTime, Span};

/// One side of an SA while it rests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Side {
    pub(super) liveness: Liveness,
    pub(super) manner: Manner,
    /// IKEv2: how long an answer may take before the question is repeated.
    pub(super) timeout: Option<Span>,
}

impl Side {
    /// Whether all its questions are answered in time over a path that takes so long there and back.
    ///
    /// A path that takes a good part of the delay would have something under way most of the time.
    fn is_answered_within(&self, round_trip: Span) -> bool {
        let Manner { delay, patience } = self.manner;
        let is_heard = self.liveness.unanswered_since().is_none();
        let limits = [patience, self.timeout];
        let is_in_time = limits.into_iter().flatten().all(|limit| round_trip < limit);
        is_heard && (delay.is_zero() || (is_in_time && round_trip * 4 <= delay))
    }
}

/// Two sides of an SA that do nothing but ask each other whether they live.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Vigil {
    sides: [Side; 2],
    /// From each end to the other.
    delays: [Span; 2],
}

/// Where one side stands after questions that nobody carried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stand {
    pub(super) liveness: Liveness,
    /// How many questions it asked.
    pub(super) n_asked: u64,
    /// How many of the other's it answered.
    pub(super) n_answered: u64,
}

/// Where both sides stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// The instant, just before what is due at it.
    pub at: SimTime,
    /// Both sides.
    pub sides: [Stand; 2],
}

/// When something other than IKE's own messages last came to an end before an instant.
pub type Heard<'a> = dyn Fn(End, SimTime) -> Option<SimTime> + 'a;

impl Vigil {
    /// None if a question might come to be repeated, or nobody asks any.
    pub(super) fn plan(sides: [Side; 2], delays: [Span; 2]) -> Option<Self> {
        let round_trip = delays[0] + delays[1];
        let asks = |side: &Side| side.liveness.look_at.is_some() && !side.manner.delay.is_zero();
        let is_safe = sides.iter().all(|side| side.is_answered_within(round_trip));
        (is_safe && sides.iter().any(asks)).then_some(Self { sides, delays })
    }

    /// Where both sides stood at the latest instant no later than `until` at which nothing was under way.
    ///
    /// Where nothing else is heard the two soon do the same again and again, so that as many rounds as fit are taken at
    /// once. Otherwise this takes a step or two for each time that either side would have looked.
    #[must_use]
    pub fn stand(&self, until: SimTime, heard: Option<&Heard<'_>>) -> Standing {
        let mut run = Run {
            vigil: self,
            sides: self.sides.map(|side| side.liveness),
            n_asked: [0; 2],
            under_way: Vec::new(),
        };
        let mut rounds = heard.is_none().then(Rounds::default);
        let mut quiet = run.standing(until);
        while let Some(at) = run.next_at().filter(|&at| at < until) {
            if run.under_way.is_empty() {
                if let Some(skip) = rounds.as_mut().and_then(|rounds| rounds.look(at, &run)) {
                    run.skip(skip, until.since(at));
                    rounds = None;
                    continue;
                }
                quiet = run.standing(at);
            }
            run.step(at, heard);
        }
        if run.under_way.is_empty() {
            quiet = run.standing(until);
        }
        quiet
    }
}

/// A question or the answer to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Word {
    Question,
    Answer,
}

/// A vigil as it goes on.
struct Run<'a> {
    vigil: &'a Vigil,
    sides: [Liveness; 2],
    n_asked: [u64; 2],
    /// What is under way, when it arrives and at which end.
    under_way: Vec<(SimTime, usize, Word)>,
}

impl Run<'_> {
    fn standing(&self, at: SimTime) -> Standing {
        let stand = |end: usize| Stand {
            liveness: self.sides[end],
            n_asked: self.n_asked[end],
            n_answered: self.n_asked[1 - end],
        };
        Standing {
            at,
            sides: [stand(0), stand(1)],
        }
    }
    fn next_at(&self) -> Option<SimTime> {
        let wakes = self.sides.iter().filter_map(Liveness::next_wake);
        wakes.chain(self.under_way.iter().map(|&(at, ..)| at)).min()
    }
    /// What happens next: what is due comes before what comes in at the same instant.
    fn step(&mut self, now: SimTime, heard: Option<&Heard<'_>>) {
        match [0, 1].into_iter().find(|&end| self.sides[end].is_due(now)) {
            Some(end) => self.wake(now, end, heard),
            None => self.arrive(now),
        }
    }
    fn wake(&mut self, now: SimTime, end: usize, heard: Option<&Heard<'_>>) {
        let side = &mut self.sides[end];
        let which = if end == 0 { End::First } else { End::Second };
        if let Some(at) = heard.and_then(|heard| heard(which, now)) {
            side.hear(at);
        }
        let is_dead = side.gives_up(now);
        debug_assert!(!is_dead, "bug: a question that was answered counts as not heard");
        let (is_due, own) = (side.look_at.is_some_and(|at| at <= now), &self.vigil.sides[end]);
        if is_due && side.asks(now, own.manner) {
            self.n_asked[end] += 1;
            self.send(now, end, Word::Question);
        }
    }
    fn arrive(&mut self, now: SimTime) {
        let Some(place) = self.under_way.iter().position(|&(at, ..)| at == now) else {
            return;
        };
        let (_, end, word) = self.under_way.remove(place);
        self.sides[end].hear(now);
        if word == Word::Question {
            self.send(now, end, Word::Answer);
        }
    }
    fn send(&mut self, now: SimTime, from: usize, word: Word) {
        let at = now + self.vigil.delays[from];
        self.under_way.push((at, 1 - from, word));
    }
    /// Takes as many rounds as fit into `room`.
    fn skip(&mut self, round: Round, room: Span) {
        let n = room.as_nanos() / round.length.as_nanos();
        self.sides = self.sides.map(|side| side.later(round.length * n));
        for (n_asked, more) in self.n_asked.iter_mut().zip(round.n_asked) {
            *n_asked += more * n;
        }
    }
}

/// After what time a vigil is where it was, and how many questions that takes.
#[derive(Debug, Clone, Copy)]
struct Round {
    length: Span,
    n_asked: [u64; 2],
}

/// Looks for an instant at which a vigil is where it was before.
///
/// # Source
/// Brent, "An improved Monte Carlo factorization algorithm", 1980: the instant that is compared with moves on after 1, 2,
/// 4 … looks, so that what happens before the first round, and how long that is, need not be known.
#[derive(Debug, Default)]
struct Rounds {
    mark: Option<(SimTime, [Liveness; 2], [u64; 2])>,
    n_looks: u64,
    limit: u64,
}

impl Rounds {
    fn look(&mut self, now: SimTime, run: &Run<'_>) -> Option<Round> {
        if let Some((at, sides, n_asked)) = self.mark
            && at < now
            && sides.map(|side| side.later(now.since(at))) == run.sides
        {
            return Some(Round {
                length: now.since(at),
                n_asked: [0, 1].map(|end| run.n_asked[end] - n_asked[end]),
            });
        }
        self.n_looks += 1;
        if self.n_looks > self.limit {
            self.mark = Some((now, run.sides, run.n_asked));
            (self.n_looks, self.limit) = (0, self.limit * 2 + 1);
        }
        None
    }
}

/// An SA at its gateway that has nothing to do but to see whether the peer lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Resting {
    /// Which.
    pub sa: SaId,
    /// Our address and port.
    pub local: SocketAddrV4,
    /// The peer's.
    pub remote: SocketAddrV4,
    version: Version,
    role: Sender,
    spis: (u64, u64),
    /// The message ids of the next requests out and in.
    message_ids: (u32, u32),
    side: Side,
}

/// Whether an SA is up and neither asks nor is about to ask anything.
fn is_free(sa: &IkeSa) -> bool {
    sa.is_established() && sa.pending.is_none() && sa.queue.is_empty() && sa.v1_awaits_nothing()
}

impl Resting {
    fn of(sa: &IkeSa, config: &super::Connection) -> Option<Self> {
        let version = sa.version();
        let timeout = match version {
            Version::V1 => None,
            Version::V2 => Some(config.retransmission.wait(0)),
        };
        is_free(sa).then(|| Self {
            sa: sa.id,
            local: sa.local,
            remote: sa.remote,
            version,
            role: sa.role,
            spis: (sa.spi_i, sa.spi_r),
            message_ids: (sa.next_out, sa.next_in),
            side: Side {
                liveness: sa.liveness,
                manner: Manner::of(config, version),
                timeout,
            },
        })
    }
    /// Whether the other is the same SA as the peer has it.
    #[must_use]
    pub fn is_with(&self, other: &Self) -> bool {
        let fits = (self.version, self.spis, self.role) == (other.version, other.spis, other.role.other());
        let swapped = (other.message_ids.1, other.message_ids.0);
        fits && (self.local, self.remote, self.message_ids) == (other.remote, other.local, swapped)
    }
    /// The vigil of both sides over a path with these delays, `delays[0]` from here to the peer, if they ask each other
    /// and need nobody to carry it. The caller knows that the path loses nothing and keeps its delays.
    #[must_use]
    pub fn vigil(&self, peer: &Self, delays: [Span; 2]) -> Option<Vigil> {
        Vigil::plan([self.side, peer.side], delays)
    }
}

impl Daemon {
    /// The SAs that have nothing to do but to see whether their peers live.
    pub fn resting(&self) -> impl Iterator<Item = Resting> {
        let rests = |sa: &Arc<IkeSa>| Resting::of(sa, self.connection(sa.connection)?);
        self.sas.values().filter_map(rests)
    }
    /// Nobody looks whether the peer of an SA lives until it is resumed.
    pub fn suspend(&mut self, sa: SaId) {
        if let Some(sa) = self.sas.get_mut(&sa) {
            Arc::make_mut(sa).liveness.stop();
        }
    }
    /// Puts one side of an SA where it stands after questions that nobody carried.
    pub fn resume(&mut self, sa: SaId, stand: &Stand) {
        let Some(sa) = self.sas.get_mut(&sa).map(Arc::make_mut) else {
            return;
        };
        sa.liveness = stand.liveness;
        // Both count in 32 bits, round and round.
        let (n_asked, n_answered) = (stand.n_asked as u32, stand.n_answered as u32);
        match sa.version() {
            Version::V1 => sa.v1_skip_liveness(n_asked, n_answered),
            Version::V2 => sa.v2_skip_liveness(n_asked, n_answered),
        }
    }
    /// What a message on an SA may change: an SA that is being replaced has successors.
    fn near(&self, id: SaId) -> Vec<SaId> {
        let is_settled = |sa: &IkeSa| match sa.state {
            State::V1(state) => state == v1::State::Established,
            State::V2(state) => state == v2::State::Established,
        };
        let Some(sa) = self.sas.get(&id).filter(|sa| !is_settled(sa)) else {
            return vec![id];
        };
        let all = self.sas.values();
        let near = all.filter(|other| other.connection == sa.connection);
        near.map(|other| other.id).collect()
    }
    /// The SAs that something which comes in, or is asked for, may change. Time does to those that are
    /// [due](Self::sas_due).
    #[must_use]
    pub fn touched(&self, now: SimTime, input: &Input<'_>) -> Vec<SaId> {
        match input {
            Input::Wake => self.sas_due(now),
            Input::Traffic { spi_in } => self.sa_that_takes(*spi_in).into_iter().collect(),
            Input::Packet { .. } if self.traps.is_empty() => Vec::new(),
            Input::Datagram { local, octets, .. } => match self.agreed_sa(*local, octets) {
                Some(id) => self.near(id),
                // A new SA may take the place of any other.
                None => self.sas.keys().copied().collect(),
            },
            Input::Start
            | Input::Initiate { .. }
            | Input::Terminate { .. }
            | Input::TerminateChild { .. }
            | Input::Rekey { .. }
            | Input::Reauthenticate { .. }
            | Input::Packet { .. }
            | Input::RekeyChild { .. }
            | Input::Configure { .. }
            | Input::Crash => self.sas.keys().copied().collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn side(delay: u64, first_look: u64, patience: Option<u64>) -> Side {
        Side {
            liveness: {
                let mut liveness = Liveness::new(SimTime::START);
                liveness.look_at = (delay > 0).then(|| SimTime::from_nanos(first_look));
                liveness
            },
            manner: Manner {
                delay: Span::nanos(delay),
                patience: patience.map(Span::nanos),
            },
            timeout: patience.is_none().then_some(Span::nanos(4_000)),
        }
    }

    #[test]
    fn a_century_is_told_at_once() {
        let delay = Span::secs(10).as_nanos();
        let sides = [delay, delay + 20].map(|first_look| Side {
            timeout: Some(Span::secs(4)),
            ..side(delay, first_look, None)
        });
        let vigil = Vigil::plan(sides, [Span::millis(20); 2]).expect("it is short enough");
        let [first, second] = vigil.stand(SimTime::at(Span::days(36_500)), None).sides;
        // Both ask before they hear of it, and so do they ever after: a delay and a round trip after they did before.
        assert_eq!((first.n_asked, second.n_asked), (314_103_585, 314_103_585));
    }

    proptest! {
        /// Whether as many rounds as fit are taken at once or each by itself.
        #[test]
        fn rounds_are_all_alike(
            delays in [0u64..12, 8u64..12], looks in [0u64..2_000, 0u64..2_000], ways in [0u64..130, 0u64..130],
            is_v1: bool, patience in 300u64..9_000, until in 0u64..200_000,
        ) {
            let patience = is_v1.then_some(patience);
            let sides = [0, 1].map(|end| side(delays[end] * 100, looks[end], patience));
            let Some(vigil) = Vigil::plan(sides, ways.map(Span::nanos)) else {
                return Ok(());
            };
            let until = SimTime::from_nanos(until);
            let nothing: &Heard<'_> = &|_, _| None;
            prop_assert_eq!(vigil.stand(until, None), vigil.stand(until, Some(nothing)));
        }
    }
}
