//! Connections held open: lost when nothing gets through for too long, found again by retrying.
//!
//! The heartbeats on a held connection are not sent one by one. As long as its way is whole there
//! is nothing to tell, so it costs nothing; when the network changes, the way is looked at again.
//!
//! ```text
//!           way cut              silent for lost_after            retry gets through
//!   Whole ───────────▶ Silent ───────────────────────────▶ Lost ──────────────────────▶ Whole
//!     ▲                  │ ▲ every retry_every,              │ ▲ every retry_every,
//!     │                  └─┘ from anew_after on              └─┘ from the loss on
//!     └──────────────────┘ way whole again, or another connection gets through
//! ```
//!
//! The last heartbeat before a cut came through up to a third of `lost_after` before it (three
//! missed ones make a loss), by the holder's own dice. A retry asks for the name again and opens a
//! new connection to the first of its addresses that takes one, so that it meets the rules as they are then; a connection that stands is carried
//! by what stateful filters remember.
//!
//! Simplified: single lost packets on a lossy link lose no connection.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use crate::kernel::{Dice, RecordId, TimerId};
use crate::migrate::ground::{Actor, CallFailed, Hold, HoldEvent, HoldId, Remote, Stage};
use crate::net::Protocol;
use crate::proto::dns::Name;
use crate::reason::Reason;
use crate::resource::HostId;
use crate::units::{SimTime, Span};
use crate::verdict::Refusal;

use super::event::{Event, Report};
use super::line::Line;
use super::network::{self, Header, Place, Tracking};
use super::notice::Happening;
use super::terrain::Terrain;

/// Heartbeats that have to fail in a row before a connection counts as lost.
const MISSED_HEARTBEATS: u64 = 3;

#[derive(Debug, Clone)]
enum State {
    Whole {
        line: Line,
    },
    Silent {
        /// The connection that stood, if one ever did.
        line: Option<Line>,
        failed: CallFailed,
        since: SimTime,
        lost_at: SimTime,
        /// What cut it, whatever else has changed since.
        because: Option<RecordId>,
        /// What comes first: another connection that gets through, or the loss.
        timer: TimerId,
    },
    Lost {
        since: SimTime,
        retry: Option<TimerId>,
    },
}

#[derive(Debug, Clone)]
struct Held {
    actor: Actor,
    hold: Hold,
    state: State,
}

/// All held connections.
#[derive(Debug, Clone, Default)]
pub(super) struct Holds {
    next: u64,
    live: BTreeMap<HoldId, Held>,
    dice: BTreeMap<HostId, Dice>,
}

impl Holds {
    /// How many connections are held.
    pub(super) fn len(&self) -> usize {
        self.live.len()
    }
    /// Whether any connection is held.
    pub(super) fn any(&self) -> bool {
        !self.live.is_empty()
    }
}

impl Terrain {
    /// Begins to hold a connection that stands.
    pub(super) fn start_hold(&mut self, actor: Actor, hold: Hold) -> HoldId {
        let id = HoldId(self.holds.next);
        self.holds.next += 1;
        let state = match self.reach(&hold) {
            Ok(line) => State::Whole { line },
            // It was cut since it was made, and nobody has noticed yet.
            Err(refusal) => self.fall_silent(id, &hold, None, refusal),
        };
        self.holds.live.insert(id, Held { actor, hold, state });
        id
    }

    /// Lets a connection go.
    pub(super) fn end_hold(&mut self, id: HoldId) {
        match self.holds.live.remove(&id).map(|held| held.state) {
            Some(State::Whole { line }) => self.close_line(&line),
            Some(State::Silent { line, timer, .. }) => {
                self.queue.cancel(timer);
                if let Some(line) = line {
                    self.close_line(&line);
                }
            }
            Some(State::Lost {
                retry: Some(timer), ..
            }) => {
                self.queue.cancel(timer);
            }
            Some(State::Lost { retry: None, .. }) | None => {}
        }
    }

    /// Looks at the way of every held connection again, or of those that touch one host.
    pub(super) fn review_holds(&mut self, host: Option<HostId>) {
        let touches = |held: &Held, host| match &held.state {
            State::Whole { line } | State::Silent { line: Some(line), .. } => line.touches(host),
            State::Silent { line: None, .. } | State::Lost { .. } => true,
        };
        let reviewed: Vec<HoldId> = self
            .holds
            .live
            .iter()
            .filter(|(_, held)| host.is_none_or(|host| touches(held, host)))
            .map(|(id, _)| *id)
            .collect();
        let cause = self.cause;
        for id in reviewed {
            self.cause = cause;
            if let Some(mut held) = self.holds.live.remove(&id) {
                held.state = self.review(id, &held.hold, held.state);
                self.holds.live.insert(id, held);
            }
        }
        self.cause = cause;
    }

    fn review(&mut self, id: HoldId, hold: &Hold, state: State) -> State {
        match state {
            State::Whole { line } => match self.cut_of(&line) {
                None => State::Whole { line },
                Some(refusal) => self.fall_silent(id, hold, Some(line), refusal),
            },
            State::Silent {
                line: Some(line),
                since,
                lost_at,
                because,
                timer,
                ..
            } => {
                self.queue.cancel(timer);
                match self.cut_of(&line) {
                    None => State::Whole { line },
                    Some(refusal) => State::Silent {
                        failed: failure(Some(&line), refusal),
                        line: Some(line),
                        since,
                        lost_at,
                        because,
                        timer: self.plan_silence(id, hold, since, lost_at),
                    },
                }
            }
            State::Silent { line: None, .. } => state,
            State::Lost { since, retry } => {
                let whole = self.would_reach(hold);
                match (whole, retry) {
                    (true, None) => State::Lost {
                        since,
                        retry: Some(self.plan_retry(id, hold, since)),
                    },
                    (false, Some(timer)) => {
                        self.queue.cancel(timer);
                        State::Lost { since, retry: None }
                    }
                    (true, Some(_)) | (false, None) => State::Lost { since, retry },
                }
            }
        }
    }

    /// Nothing gets through any more; the holder will notice.
    fn fall_silent(&mut self, id: HoldId, hold: &Hold, line: Option<Line>, refusal: Refusal) -> State {
        let since = self.now();
        let lost_at = since + self.silence_before_loss(hold);
        let to = line.as_ref().map(Line::address);
        State::Silent {
            failed: failure(line.as_ref(), refusal),
            line,
            since,
            lost_at,
            because: self.culprit(self.cause, Some(refusal), to),
            timer: self.plan_silence(id, hold, since, lost_at),
        }
    }

    /// What the holder of a silent connection notices next.
    fn plan_silence(&mut self, id: HoldId, hold: &Hold, since: SimTime, lost_at: SimTime) -> TimerId {
        let first = since + hold.anew_after;
        let anew = (first < lost_at && self.would_reach(hold)).then(|| self.next_retry(hold, first));
        self.timer_at(anew.map_or(lost_at, |anew| anew.min(lost_at)), Event::Hold(id))
    }

    /// The holder notices something: that the connection is lost, or that a retry gets through.
    pub(super) fn on_hold(&mut self, id: HoldId) {
        let Some(mut held) = self.holds.live.remove(&id) else {
            return;
        };
        let (actor, to) = (held.actor, held.hold.to.clone());
        let from = held.hold.from;
        let now = self.now();
        let event = match held.state {
            State::Whole { .. } => None,
            State::Silent {
                line,
                failed,
                since,
                lost_at,
                because,
                ..
            } if now < lost_at => {
                held.state = self.try_anew(id, &held.hold, (line, failed), (since, lost_at, because));
                None
            }
            State::Silent {
                line,
                failed,
                because,
                ..
            } => {
                self.cause = because.or(self.cause);
                if let Some(line) = line {
                    self.close_line(&line);
                }
                held.state = State::Lost {
                    since: now,
                    retry: None,
                };
                Some(HoldEvent::Lost(failed))
            }
            State::Lost { since, .. } => match self.reach(&held.hold) {
                Ok(line) => {
                    held.state = State::Whole { line };
                    Some(HoldEvent::Restored)
                }
                Err(_) => {
                    held.state = State::Lost { since, retry: None };
                    None
                }
            },
        };
        if let Some(event) = event {
            self.record(
                from,
                match event {
                    HoldEvent::Lost(failed) => Happening::HoldLost { to, failed },
                    HoldEvent::Restored => Happening::HoldRestored { to },
                },
            );
            self.report(Report::Hold {
                actor,
                hold: id,
                event,
            });
        }
        // A new connection may get through where the old one did not.
        held.state = self.review(id, &held.hold, held.state);
        self.holds.live.insert(id, held);
    }

    /// Another connection in the place of one that is silent.
    fn try_anew(
        &mut self,
        id: HoldId,
        hold: &Hold,
        (line, failed): (Option<Line>, CallFailed),
        (since, lost_at, because): (SimTime, SimTime, Option<RecordId>),
    ) -> State {
        match self.reach(hold) {
            Ok(other) => {
                if let Some(line) = line {
                    self.close_line(&line);
                }
                self.record(hold.from, Happening::HoldRestored { to: hold.to.clone() });
                State::Whole { line: other }
            }
            Err(_) => State::Silent {
                line,
                failed,
                since,
                lost_at,
                because,
                timer: self.timer_at(lost_at, Event::Hold(id)),
            },
        }
    }

    fn cut_of(&mut self, line: &Line) -> Option<Refusal> {
        let trip = self.look_at_line(line);
        if Self::is_whole(line, &trip) {
            return None;
        }
        Some(
            trip.refusal()
                .unwrap_or(Refusal::at(Reason::ConnectionReset, line.client)),
        )
    }

    /// From the cut to the loss: the holder counts from the last heartbeat that came through.
    fn silence_before_loss(&mut self, hold: &Hold) -> Span {
        let interval = Span::nanos(hold.lost_after.as_nanos() / MISSED_HEARTBEATS);
        let (streams, names) = (self.streams, &self.names);
        let since_last = self
            .holds
            .dice
            .entry(hold.from)
            .or_insert_with(|| streams.stream("heartbeat", &names.of(hold.from)))
            .span_between(Span::ZERO, interval);
        hold.lost_after.saturating_sub(since_last)
    }

    /// The holder's next retry: those before it are known to fail.
    fn plan_retry(&mut self, id: HoldId, hold: &Hold, since: SimTime) -> TimerId {
        let at = self.next_retry(hold, since + Span::nanos(hold.retry_every.as_nanos().max(1)));
        self.timer_at(at, Event::Hold(id))
    }

    /// The next retry after now: there is one at `first`, and then every so often.
    fn next_retry(&self, hold: &Hold, first: SimTime) -> SimTime {
        let now = self.now();
        if now < first {
            return first;
        }
        let every = hold.retry_every.as_nanos().max(1);
        let n_failed = now.since(first).as_nanos() / every;
        first + Span::nanos(every) * (n_failed + 1)
    }

    /// Opens a connection to the first of the addresses that takes one.
    fn reach(&mut self, hold: &Hold) -> Result<Line, Refusal> {
        let mut first_refusal = None;
        for address in self.addresses_now(hold)? {
            match self.open_line(hold.from, address, hold.port) {
                Ok((line, _)) => return Ok(line),
                Err(refusal) => first_refusal = first_refusal.or(Some(refusal)),
            }
        }
        Err(first_refusal.unwrap_or(Refusal::at(Reason::DnsNxDomain, hold.from)))
    }

    /// Whether a new connection would get through; it is not made.
    fn would_reach(&self, hold: &Hold) -> bool {
        let (Ok(addresses), Some(source)) = (self.addresses_now(hold), self.private_address(hold.from))
        else {
            return false;
        };
        let from = Place::HostEgress(hold.from);
        addresses.into_iter().any(|address| {
            let header = Header::probe(source, address, Protocol::Tcp, hold.port);
            let tracking = &mut Tracking::default();
            let trip = network::round_trip(&self.network, tracking, self.now(), from, &header);
            trip.answered_by().is_some_and(|remote| {
                self.network.listening(remote, Protocol::Tcp, hold.port) == network::Listening::Answers
            })
        })
    }

    /// The addresses that the holder would find at present, in the order in which it tries them.
    fn addresses_now(&self, hold: &Hold) -> Result<Vec<Ipv4Addr>, Refusal> {
        let name = match &hold.to {
            Remote::Address(address) => return Ok(vec![*address]),
            Remote::Name(name) => name,
        };
        let unknown = Refusal::at(Reason::DnsNxDomain, hold.from);
        let name: Name = name.parse().map_err(|_| unknown)?;
        let look_up = network::look_up(&self.network, self.now(), hold.from, &name, Protocol::Udp);
        let answer = look_up.outcome.map_err(|failure| failure.stopped_by)?;
        Ok(answer.addresses)
    }
}

fn failure(line: Option<&Line>, refusal: Refusal) -> CallFailed {
    CallFailed {
        stage: Stage::Request,
        symptom: Reason::ConnectionTimedOut,
        stopped_by: Some(refusal),
        address: line.map(Line::address),
    }
}
