//! A session that plays: how far wall time moves the lab, what it runs until, stepping, restart.
//!
//! Knows no clock: it is told how much wall time has gone by.

use std::time::Duration;

use sim_core::kernel::RecordId;
use sim_core::lab::{Progress, Session, Until, UntilError};
use sim_core::units::{SimTime, Span};

use crate::transport::{Motion, Speed, Transport};

/// Events between two looks at the screen: well under a picture's time on any machine.
const EVENTS_PER_PICTURE: u64 = 20_000;

/// Events after which a search for something notable gives the screen a turn.
const EVENTS_PER_SEARCH: u64 = 2_000_000;

/// A session that plays.
#[derive(Debug)]
pub struct Player {
    session: Session,
    transport: Transport,
    until: Option<Until>,
}

impl Player {
    /// A session at its beginning, standing still.
    #[must_use]
    pub fn new(session: Session) -> Self {
        Self {
            session,
            transport: Transport::default(),
            until: None,
        }
    }
    /// The session.
    #[must_use]
    pub const fn session(&self) -> &Session {
        &self.session
    }
    /// The clock's controls.
    #[must_use]
    pub const fn transport(&self) -> &Transport {
        &self.transport
    }
    /// Whether the lab moves with wall time.
    #[must_use]
    pub fn is_moving(&self) -> bool {
        self.transport.motion == Motion::Playing
    }

    /// When the lab ends: at its own end, or later where somebody asked for it.
    fn end(&self) -> SimTime {
        match self.until {
            Some(Until::Instant(at)) => at.max(self.session.ends_at()),
            Some(Until::LifeCycle(..) | Until::Replication(..)) | None => self.session.ends_at(),
        }
    }

    /// Lets the lab run, or stops it.
    pub fn play_pause(&mut self) {
        self.transport.motion = match self.transport.motion {
            Motion::Playing => Motion::Paused,
            Motion::Paused => Motion::Playing,
            Motion::Ended => Motion::Ended,
        };
        self.settle();
    }
    /// Runs faster.
    pub fn faster(&mut self) {
        self.transport.speed = self.transport.speed.faster();
    }
    /// Runs slower.
    pub fn slower(&mut self) {
        self.transport.speed = self.transport.speed.slower();
    }
    /// Handles one event, if one is due before the end; false where none is.
    pub fn step_event(&mut self) -> bool {
        self.transport.motion = Motion::Paused;
        let due = self.session.next_event_at().is_some_and(|at| at <= self.end());
        let stepped = due && self.session.step();
        self.settle();
        stepped
    }
    /// Runs to the next notable event; gives its record where there is one before the end.
    pub fn step_notable(&mut self) -> Option<RecordId> {
        self.transport.motion = Motion::Paused;
        let end = self.end();
        let found = self.session.step_notable(end, EVENTS_PER_SEARCH);
        let exhausted = self.session.next_event_at().is_none_or(|at| at > end);
        if found.is_none() && exhausted {
            self.session.advance(end, EVENTS_PER_PICTURE);
        }
        self.settle();
        found
    }
    /// Begins again with the same seed.
    pub fn restart(&mut self) {
        // What could be opened once can be opened again; were it not so, the lab simply goes on.
        if let Ok(session) = self.session.restarted() {
            self.session = session;
            self.until = None;
            self.transport.until = None;
            self.transport.motion = Motion::Paused;
        }
    }
    /// Runs straight to an instant, in so many strides; after each `stride` may look, so that
    /// curves have something to show.
    pub fn run_to(&mut self, until: SimTime, strides: u64, mut stride: impl FnMut(&Session)) {
        let from = self.session.now();
        let whole = until.since(from).as_nanos();
        for n in 1..=strides.max(1) {
            let part = u128::from(whole) * u128::from(n) / u128::from(strides.max(1));
            let at = from + Span::nanos(u64::try_from(part).unwrap_or(u64::MAX));
            while self.session.advance(at, EVENTS_PER_PICTURE) == Progress::OutOfBudget {}
            stride(&self.session);
        }
        self.settle();
    }

    /// Runs until what a person wrote: `2h30m`, `+15m`, `server app-1 READY_FOR_TEST`. Gives what
    /// there is to say where that is so already.
    ///
    /// # Errors
    /// Where it is not understood.
    pub fn run_until(&mut self, text: &str) -> Result<Option<String>, UntilError> {
        let text = text.trim();
        let until = Until::parse(text, self.session.now(), self.session.names())?;
        if self.session.is_at(until) {
            return Ok(Some(format!("{text}: that is so already")));
        }
        self.until = Some(until);
        self.transport.until = Some(text.to_owned());
        self.transport.motion = Motion::Playing;
        Ok(None)
    }

    /// So much wall time has gone by.
    pub fn elapse(&mut self, wall: Duration) {
        if !self.is_moving() {
            return;
        }
        let limit = match self.transport.speed {
            Speed::Unlimited => SimTime::END,
            Speed::Times(times) => {
                let nanos = wall.as_nanos().saturating_mul(u128::from(times));
                self.session.now() + Span::nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
            }
        }
        .min(self.end());
        match self.until {
            Some(until) => {
                self.session.run_to(until, limit, EVENTS_PER_PICTURE);
                if self.session.is_at(until) {
                    self.until = None;
                    self.transport.until = None;
                    self.transport.motion = Motion::Paused;
                } else if self.session.next_event_at().is_none_or(|at| at > limit) {
                    // Nothing is left to do before the limit, so time itself goes there.
                    self.session.advance(limit, EVENTS_PER_PICTURE);
                }
            }
            None => {
                self.session.advance(limit, EVENTS_PER_PICTURE);
            }
        }
        self.settle();
    }

    /// Says that the end has come, where it has.
    fn settle(&mut self) {
        if self.session.now() >= self.end() {
            self.until = None;
            self.transport.until = None;
            self.transport.motion = Motion::Ended;
        }
    }
}
