//! Data moved at a rate that changes from time to time, exactly.

use crate::units::{BitRate, DataSize, SimTime};

/// A byte is eight bits, and a bit per second moves one of these units in a nanosecond.
const UNITS_PER_BYTE: u128 = 8 * 1_000_000_000;

/// An amount of data that is moved at a piecewise constant rate.
///
/// What is left is kept in billionths of a bit, the amount that one bit per second moves in one
/// nanosecond. So nothing is rounded however often the rate changes: a transfer that is interrupted
/// a million times is done in the same nanosecond as one that is not.
///
/// The owner schedules an event at [`completes_at`](Self::completes_at), and schedules it anew
/// after every [`set_rate`](Self::set_rate) and [`add`](Self::add). Calls are made in the order of
/// time; an instant before the last one counts as the last one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Transfer {
    left: u128,
    rate: BitRate,
    at: SimTime,
}

impl Transfer {
    /// A transfer of `size` that stands still at `now`.
    #[must_use]
    pub fn new(size: DataSize, now: SimTime) -> Self {
        Self {
            left: units(size),
            rate: BitRate::ZERO,
            at: now,
        }
    }

    /// Moves what its rate moves until `now`.
    pub fn advance(&mut self, now: SimTime) {
        let elapsed = now.since(self.at).as_nanos();
        self.left = self
            .left
            .saturating_sub(u128::from(self.rate.as_bps()) * u128::from(elapsed));
        self.at = self.at.max(now);
    }

    /// Goes on at `rate` from `now`.
    pub fn set_rate(&mut self, now: SimTime, rate: BitRate) {
        self.advance(now);
        self.rate = rate;
    }

    /// Puts `size` more behind what is left at `now`: a backlog that grows.
    pub fn add(&mut self, now: SimTime, size: DataSize) {
        self.advance(now);
        self.left = self.left.saturating_add(units(size));
    }

    /// The rate at which it is moving.
    #[must_use]
    pub const fn rate(&self) -> BitRate {
        self.rate
    }

    /// What is left at `now`, a byte that is only partly moved included.
    #[must_use]
    pub fn left(&self, now: SimTime) -> DataSize {
        let mut then = *self;
        then.advance(now);
        DataSize::bytes(u64::try_from(then.left.div_ceil(UNITS_PER_BYTE)).unwrap_or(u64::MAX))
    }

    /// The first instant at which nothing is left, if the rate stays: never before the last call.
    /// `None` if it stands still with data left, or past the last instant that can be told.
    #[must_use]
    pub fn completes_at(&self) -> Option<SimTime> {
        if self.left == 0 {
            return Some(self.at);
        }
        if self.rate.is_zero() {
            return None;
        }
        let span = self.left.div_ceil(u128::from(self.rate.as_bps()));
        let nanos = u128::from(self.at.as_nanos()).checked_add(span)?;
        u64::try_from(nanos).ok().map(SimTime::from_nanos)
    }

    /// Whether nothing was left at the last call.
    #[must_use]
    pub const fn is_complete(&self) -> bool {
        self.left == 0
    }
}

fn units(size: DataSize) -> u128 {
    u128::from(size.as_bytes()) * UNITS_PER_BYTE
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Span;
    use proptest::prelude::*;

    fn at(nanos: u64) -> SimTime {
        SimTime::from_nanos(nanos)
    }

    /// 100 MB is 800 Mbit. Two seconds at 100 Mbps move 200 Mbit; the other 600 take three
    /// seconds at 200 Mbps.
    #[test]
    fn a_transfer_takes_what_the_arithmetic_says() {
        let mut transfer = Transfer::new(DataSize::bytes(100_000_000), SimTime::START);
        assert_eq!(transfer.completes_at(), None);
        transfer.set_rate(SimTime::START, BitRate::mbps(100));
        assert_eq!(transfer.completes_at(), Some(SimTime::at(Span::secs(8))));
        let now = SimTime::at(Span::secs(2));
        transfer.set_rate(now, BitRate::mbps(200));
        assert_eq!(transfer.left(now), DataSize::bytes(75_000_000));
        let end = SimTime::at(Span::secs(5));
        assert_eq!(transfer.completes_at(), Some(end));
        transfer.advance(end);
        assert!(transfer.is_complete());
    }

    /// A backlog of 10 bytes, drained at 8 bps: after 4 seconds 6 bytes are left; 2 more make 8.
    #[test]
    fn a_backlog_grows_and_drains() {
        let mut backlog = Transfer::new(DataSize::bytes(10), SimTime::START);
        backlog.set_rate(SimTime::START, BitRate::bps(8));
        backlog.add(SimTime::at(Span::secs(4)), DataSize::bytes(2));
        assert_eq!(backlog.completes_at(), Some(SimTime::at(Span::secs(12))));
    }

    #[test]
    fn what_takes_longer_than_time_itself_never_completes() {
        let mut transfer = Transfer::new(DataSize::bytes(u64::MAX), at(u64::MAX - 1));
        transfer.set_rate(at(u64::MAX - 1), BitRate::bps(1));
        assert_eq!(transfer.completes_at(), None);
        transfer.set_rate(at(u64::MAX), BitRate::MAX);
        assert_eq!(transfer.completes_at(), None);
        transfer.advance(at(0));
        assert_eq!(transfer.completes_at(), None);
    }

    proptest! {
        /// Stopping to look changes nothing, and completion is the first instant with nothing left.
        #[test]
        fn interruptions_lose_nothing(
            bytes in 1..1_000_000_u64,
            bps in 1..10_000_000_000_u64,
            looks in proptest::collection::vec(0..1_000_000_u64, 0..20),
        ) {
            let mut transfer = Transfer::new(DataSize::bytes(bytes), SimTime::START);
            transfer.set_rate(SimTime::START, BitRate::bps(bps));
            let end = transfer.completes_at().expect("a rate above zero");
            let expected = (u128::from(bytes) * 8_000_000_000).div_ceil(u128::from(bps));
            prop_assert_eq!(u128::from(end.as_nanos()), expected);
            let mut now = 0;
            for look in looks {
                now = (now + look).min(end.as_nanos() - 1);
                transfer.set_rate(at(now), BitRate::bps(bps));
                prop_assert!(!transfer.is_complete());
                prop_assert_eq!(transfer.completes_at(), Some(end));
            }
            prop_assert!(!transfer.left(at(end.as_nanos() - 1)).is_zero());
            prop_assert!(transfer.left(end).is_zero());
        }
    }
}
