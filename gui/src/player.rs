//! Lets a session's time pass as a person asked, a little for each frame.
//!
//! Whoever drives it says how much of the person's time went by and how long a frame may take; it
//! reads no clock itself. A lab that is too busy for the speed that was asked for plays slower rather
//! than stall the window.

use std::time::Duration;

use sim_core::lab::{Progress, Session};
use sim_core::units::SimTime;

use crate::playback::{Pace, Playback, Speed};

/// Events between two looks at whether the frame has time for more.
const HANDFUL: u64 = 128;

/// A session and how its time passes.
#[derive(Debug)]
pub struct Player {
    session: Session,
    pace: Pace,
    speed: Speed,
}

impl Player {
    /// A session that stands still where it is.
    #[must_use]
    pub fn new(session: Session) -> Self {
        Self {
            session,
            pace: Pace::Paused,
            speed: Speed::default(),
        }
    }

    /// The session.
    #[must_use]
    pub const fn session(&self) -> &Session {
        &self.session
    }

    /// Where it stands.
    #[must_use]
    pub fn playback(&self) -> Playback {
        Playback {
            now: self.session.now(),
            ends_at: self.session.ends_at(),
            pace: self.pace,
            speed: self.speed,
        }
    }

    /// Lets time pass, or stops it.
    pub const fn set_pace(&mut self, pace: Pace) {
        self.pace = pace;
    }

    /// Lets time pass faster or slower.
    pub const fn set_speed(&mut self, speed: Speed) {
        self.speed = speed;
    }

    /// Goes on by what `elapsed` of the person's time is at the present speed, for as long as `more`
    /// says that there is time for another handful of events. Stops at the lab's end; asked to run
    /// from there, it goes on beyond.
    pub fn run(&mut self, elapsed: Duration, more: &mut dyn FnMut() -> bool) {
        match self.pace {
            Pace::Paused => {}
            Pace::Running => self.play(elapsed, more),
            Pace::Seeking => self.seek(more),
        }
    }

    /// The instant that one does not play past unasked.
    fn limit(&self) -> SimTime {
        let end = self.session.ends_at();
        if self.session.now() < end {
            end
        } else {
            SimTime::END
        }
    }

    fn play(&mut self, elapsed: Duration, more: &mut dyn FnMut() -> bool) {
        let limit = self.limit();
        let target = (self.session.now() + self.speed.scaled(elapsed)).min(limit);
        while self.session.advance(target, HANDFUL) == Progress::OutOfBudget {
            if !more() {
                return;
            }
        }
        if target == limit {
            self.pace = Pace::Paused;
        }
    }

    fn seek(&mut self, more: &mut dyn FnMut() -> bool) {
        let limit = self.limit();
        loop {
            let found = self.session.step_notable(limit, HANDFUL).is_some();
            let over = self.session.next_event_at().is_none_or(|at| at > limit);
            if found || over {
                self.pace = Pace::Paused;
                return;
            }
            if !more() {
                return;
            }
        }
    }
}
