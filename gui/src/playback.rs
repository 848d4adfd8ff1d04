//! How fast the lab's time passes, and what a person asks of it.

use sim_core::lab::ResourceRef;
use sim_core::units::{SimTime, Span};

/// Simulated seconds per second of the person's, and the words for it.
const LADDER: [(u64, &str); 7] = [
    (1, "1×"),
    (10, "10×"),
    (60, "1 min/s"),
    (600, "10 min/s"),
    (3_600, "1 h/s"),
    (21_600, "6 h/s"),
    (86_400, "1 d/s"),
];

/// How much simulated time passes in a second of the person's: one of a few steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Speed(usize);

impl Default for Speed {
    /// A minute each second: a migration of hours passes in minutes.
    fn default() -> Self {
        Self(2)
    }
}

impl Speed {
    /// All speeds, slowest first.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..LADDER.len()).map(Self)
    }
    /// The next faster one, or this one if there is none.
    #[must_use]
    pub fn faster(self) -> Self {
        Self((self.0 + 1).min(LADDER.len() - 1))
    }
    /// The next slower one, or this one if there is none.
    #[must_use]
    pub const fn slower(self) -> Self {
        Self(self.0.saturating_sub(1))
    }
    /// The words for it.
    #[must_use]
    pub fn label(self) -> &'static str {
        LADDER.get(self.0).map_or("", |(_, label)| label)
    }
    /// How much simulated time passes while `elapsed` passes outside.
    #[must_use]
    pub fn scaled(self, elapsed: std::time::Duration) -> Span {
        let factor = LADDER.get(self.0).map_or(1, |(factor, _)| *factor);
        let nanos = elapsed.as_nanos().saturating_mul(u128::from(factor));
        Span::nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
    }
}

/// Whether the lab's time passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// It stands still.
    Paused,
    /// It passes at the chosen speed.
    Running,
    /// It passes as fast as it can until something notable happens.
    Seeking,
}

impl Pace {
    /// What the run button and the space bar ask for.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Paused => Self::Running,
            Self::Running | Self::Seeking => Self::Paused,
        }
    }
}

/// Where a running lab stands, as the bar shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Playback {
    /// The lab's time.
    pub now: SimTime,
    /// When the lab ends.
    pub ends_at: SimTime,
    /// Whether it passes.
    pub pace: Pace,
    /// How fast it passes when it does.
    pub speed: Speed,
}

/// What a person asks of the running lab. [`crate::window::Window`] carries it out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    /// Let time pass, or stop it.
    SetPace(Pace),
    /// Let it pass faster or slower.
    SetSpeed(Speed),
    /// Tell of a thing, and show where it is if it has a place in the picture.
    Look(ResourceRef),
    /// Tell of what is selected again.
    LookBack,
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_frame_at_a_minute_each_second_is_two_seconds() {
        // A thirtieth of a second times sixty.
        let frame = Duration::from_nanos(33_333_333);
        assert_eq!(Speed::default().scaled(frame), Span::nanos(1_999_999_980));
    }

    #[test]
    fn the_ladder_ends_at_both_ends() {
        let speeds: Vec<Speed> = Speed::all().collect();
        assert_eq!(
            speeds.first().map(|speed| speed.slower()),
            speeds.first().copied()
        );
        assert_eq!(speeds.last().map(|speed| speed.faster()), speeds.last().copied());
        assert!(
            speeds
                .windows(2)
                .all(|pair| pair[0].faster() == pair[1] && pair[1].slower() == pair[0])
        );
    }
}
