//! How fast a source writes, as steps in time.
//!
//! # Fidelity
//! Simplified: a source writes to all of its disks together, at a rate that is constant between
//! steps and does not depend on whether the agent keeps up. The noise of real writes, and days that
//! differ from each other, are left out.

use super::WriteProfile;
use crate::units::{BitRate, SimTime, Span};

/// A stretch of constant writing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WriteLevel {
    /// What is written to all disks together.
    pub rate: BitRate,
    /// When another level begins; never where nothing is said.
    pub until: Option<SimTime>,
}

impl WriteProfile {
    /// The level at `now`, and when it ends.
    ///
    /// Hours or bursts of the same level as their neighbours are one stretch, so that nobody is
    /// woken for nothing.
    #[must_use]
    pub fn level(&self, now: SimTime) -> WriteLevel {
        match self {
            Self::Constant(rate) => WriteLevel {
                rate: *rate,
                until: None,
            },
            Self::Daily { hours, phase } => daily(hours, *phase, now),
            Self::Bursts {
                base,
                burst,
                every,
                lasts,
                first,
            } => bursts((*base, *burst), (*every, *lasts), *first, now),
        }
    }
}

const HOUR: u128 = Span::hours(1).as_nanos() as u128;

fn daily(hours: &[BitRate], phase: Span, now: SimTime) -> WriteLevel {
    let n_hours = hours.len() as u128;
    let Some(day) = (n_hours > 0).then(|| n_hours * HOUR) else {
        return WriteLevel {
            rate: BitRate::ZERO,
            until: None,
        };
    };
    let now = u128::from(now.as_nanos());
    let into_day = (now + day - u128::from(phase.as_nanos()) % day) % day;
    let hour = (into_day / HOUR) as usize;
    let level = |ahead: usize| hours.get((hour + ahead) % hours.len()).copied();
    let rate = level(0).unwrap_or_default();
    let until = (1..hours.len())
        .find(|&ahead| level(ahead) != Some(rate))
        .and_then(|ahead| instant(now + ahead as u128 * HOUR - into_day % HOUR));
    WriteLevel { rate, until }
}

fn bursts(
    (base, burst): (BitRate, BitRate),
    (every, lasts): (Span, Span),
    first: Span,
    now: SimTime,
) -> WriteLevel {
    let start = SimTime::at(first);
    let constant = |rate| WriteLevel { rate, until: None };
    if lasts.is_zero() || every.is_zero() || base == burst {
        return constant(base);
    }
    if now < start {
        return WriteLevel {
            rate: base,
            until: Some(start),
        };
    }
    if lasts >= every {
        return constant(burst);
    }
    let into = now.since(start).as_nanos() % every.as_nanos();
    let (rate, left) = if into < lasts.as_nanos() {
        (burst, lasts.as_nanos() - into)
    } else {
        (base, every.as_nanos() - into)
    };
    WriteLevel {
        rate,
        until: now.as_nanos().checked_add(left).map(SimTime::from_nanos),
    }
}

fn instant(nanos: u128) -> Option<SimTime> {
    u64::try_from(nanos).ok().map(SimTime::from_nanos)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(profile: &WriteProfile, steps: &[(&str, u64)]) {
        let mut now = SimTime::START;
        for (at, mbps) in steps {
            let level = profile.level(now);
            let at = format!("{at}.000");
            assert_eq!((now.to_string(), level.rate), (at, BitRate::mbps(*mbps)));
            let Some(until) = level.until else { return };
            now = until;
        }
    }

    #[test]
    fn a_day_repeats_and_equal_hours_are_one_stretch() {
        // Busy from 08:00 to 10:00 of a day that begins at 01:00.
        let mut hours = vec![BitRate::mbps(1); 24];
        hours[8] = BitRate::mbps(40);
        hours[9] = BitRate::mbps(40);
        let profile = WriteProfile::Daily {
            hours,
            phase: Span::hours(1),
        };
        check(
            &profile,
            &[
                ("00:00:00", 1),
                ("09:00:00", 40),
                ("11:00:00", 1),
                ("1d 09:00:00", 40),
                ("1d 11:00:00", 1),
            ],
        );
    }

    #[test]
    fn bursts_come_on_top_of_the_base() {
        let profile = WriteProfile::Bursts {
            base: BitRate::mbps(2),
            burst: BitRate::mbps(90),
            every: Span::hours(6),
            lasts: Span::minutes(30),
            first: Span::hours(1),
        };
        check(
            &profile,
            &[
                ("00:00:00", 2),
                ("01:00:00", 90),
                ("01:30:00", 2),
                ("07:00:00", 90),
                ("07:30:00", 2),
            ],
        );
    }

    #[test]
    fn what_never_changes_never_wakes() {
        let flat = WriteProfile::Daily {
            hours: vec![BitRate::mbps(5); 24],
            phase: Span::hours(30),
        };
        assert_eq!(flat.level(SimTime::START).until, None);
        let none = WriteProfile::Daily {
            hours: vec![],
            phase: Span::ZERO,
        };
        assert_eq!(none.level(SimTime::END).rate, BitRate::ZERO);
    }
}
