//! How the lab's clock is made to run, as the screen shows it.

use core::fmt;

/// Whether the lab's clock runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Motion {
    /// It stands still.
    Paused,
    /// It runs.
    Playing,
    /// It came to the lab's end.
    Ended,
}

/// How much faster than a wall clock the lab's clock runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Speed {
    /// So many times.
    Times(u32),
    /// As fast as the machine can.
    Unlimited,
}

/// The speeds that keys step through: a second is a second, a minute, an hour, a day …
const SPEEDS: [Speed; 12] = [
    Speed::Times(1),
    Speed::Times(10),
    Speed::Times(60),
    Speed::Times(300),
    Speed::Times(600),
    Speed::Times(1_800),
    Speed::Times(3_600),
    Speed::Times(14_400),
    Speed::Times(86_400),
    Speed::Times(300_000),
    Speed::Times(1_000_000),
    Speed::Unlimited,
];

impl Speed {
    /// The speed at which a lab is opened: ten minutes in a second.
    pub const DEFAULT: Self = Self::Times(600);

    /// The next faster one, or itself.
    #[must_use]
    pub fn faster(self) -> Self {
        SPEEDS.into_iter().find(|speed| *speed > self).unwrap_or(self)
    }
    /// The next slower one, or itself.
    #[must_use]
    pub fn slower(self) -> Self {
        SPEEDS
            .into_iter()
            .rev()
            .find(|speed| *speed < self)
            .unwrap_or(self)
    }
}

impl fmt::Display for Speed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Times(times) => f.pad(&crate::desk::format::count(u64::from(*times))),
            Self::Unlimited => f.pad("max"),
        }
    }
}

/// The clock's controls as they stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transport {
    /// Whether the clock runs.
    pub motion: Motion,
    /// How fast.
    pub speed: Speed,
    /// What it runs to, where somebody said so.
    pub until: Option<String>,
}

impl Default for Transport {
    fn default() -> Self {
        Self {
            motion: Motion::Paused,
            speed: Speed::DEFAULT,
            until: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn speeds_go_up_and_down_and_stop_at_the_ends() {
        let mut speed = Speed::Times(1);
        for _ in 0..20 {
            speed = speed.faster();
        }
        assert_eq!(speed, Speed::Unlimited);
        assert_eq!(speed.slower(), Speed::Times(1_000_000));
        assert_eq!(Speed::Times(1).slower(), Speed::Times(1));
        assert_eq!(Speed::Times(700).faster(), Speed::Times(1_800));
    }
}
