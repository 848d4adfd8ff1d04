//! Simulated instants and spans.

use core::fmt;
use core::ops::{Add, AddAssign, Mul, Sub};
use core::str::FromStr;

use super::quantity::{Grammar, QuantityError};
use super::serde_as_text;

const NANOS_PER_SEC: u64 = 1_000_000_000;

const SPAN: Grammar = Grammar {
    units: &[
        ("ns", 1),
        ("us", 1_000),
        ("µs", 1_000),
        ("ms", 1_000_000),
        ("s", NANOS_PER_SEC),
        ("m", 60 * NANOS_PER_SEC),
        ("min", 60 * NANOS_PER_SEC),
        ("h", 3_600 * NANOS_PER_SEC),
        ("d", 86_400 * NANOS_PER_SEC),
        ("w", 604_800 * NANOS_PER_SEC),
    ],
    listed: "ns, us, ms, s, m, h, d, w",
    example: "2h30m",
    largest: "about 584 years",
};

/// A length of simulated time, in whole nanoseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Span(u64);

impl Span {
    /// No time at all.
    pub const ZERO: Self = Self(0);
    /// The longest span, about 584 years.
    pub const MAX: Self = Self(u64::MAX);

    /// `n` nanoseconds.
    #[must_use]
    pub const fn nanos(n: u64) -> Self {
        Self(n)
    }
    /// `n` microseconds, saturating.
    #[must_use]
    pub const fn micros(n: u64) -> Self {
        Self(n.saturating_mul(1_000))
    }
    /// `n` milliseconds, saturating.
    #[must_use]
    pub const fn millis(n: u64) -> Self {
        Self(n.saturating_mul(1_000_000))
    }
    /// `n` seconds, saturating.
    #[must_use]
    pub const fn secs(n: u64) -> Self {
        Self(n.saturating_mul(NANOS_PER_SEC))
    }
    /// `n` minutes, saturating.
    #[must_use]
    pub const fn minutes(n: u64) -> Self {
        Self::secs(n.saturating_mul(60))
    }
    /// `n` hours, saturating.
    #[must_use]
    pub const fn hours(n: u64) -> Self {
        Self::secs(n.saturating_mul(3_600))
    }
    /// `n` days of 24 hours, saturating.
    #[must_use]
    pub const fn days(n: u64) -> Self {
        Self::secs(n.saturating_mul(86_400))
    }
    /// The span in nanoseconds.
    #[must_use]
    pub const fn as_nanos(self) -> u64 {
        self.0
    }
    /// The span in whole seconds, rounded down.
    #[must_use]
    pub const fn as_secs(self) -> u64 {
        self.0 / NANOS_PER_SEC
    }
    /// The span in seconds, for output only: the model never computes with floats.
    #[must_use]
    pub fn as_secs_f64(self) -> f64 {
        self.0 as f64 / NANOS_PER_SEC as f64
    }
    /// Whether this is no time at all.
    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }
    /// The difference, or zero where `other` is longer.
    #[must_use]
    pub const fn saturating_sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl Add for Span {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl AddAssign for Span {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Mul<u64> for Span {
    type Output = Self;
    fn mul(self, times: u64) -> Self {
        Self(self.0.saturating_mul(times))
    }
}

impl FromStr for Span {
    type Err = QuantityError;
    fn from_str(text: &str) -> Result<Self, QuantityError> {
        // A bare zero needs no unit.
        if text.trim() == "0" {
            return Ok(Self::ZERO);
        }
        SPAN.parse(text).map(Self)
    }
}

impl Span {
    /// The nearest whole number of milliseconds.
    #[must_use]
    pub const fn to_the_millisecond(self) -> Self {
        const MILLI: u64 = 1_000_000;
        Self::nanos(self.0.saturating_add(MILLI / 2) / MILLI * MILLI)
    }
}

impl fmt::Display for Span {
    /// Writes an exact form that parses back: `2h30m`, `1.5ms`, `0s`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.0;
        if rest == 0 {
            return f.pad("0s");
        }
        if rest < NANOS_PER_SEC {
            return super::quantity::write_scaled(f, rest, &[("ms", 1_000_000), ("us", 1_000), ("ns", 1)], 6);
        }
        let mut text = String::new();
        for (unit, worth) in [("d", 86_400), ("h", 3_600), ("m", 60)] {
            let worth = worth * NANOS_PER_SEC;
            if rest >= worth {
                text.push_str(&format!("{}{unit}", rest / worth));
                rest %= worth;
            }
        }
        let (secs, nanos) = (rest / NANOS_PER_SEC, rest % NANOS_PER_SEC);
        if nanos > 0 {
            let fraction = format!("{nanos:09}");
            text.push_str(&format!("{secs}.{}s", fraction.trim_end_matches('0')));
        } else if secs > 0 {
            text.push_str(&format!("{secs}s"));
        }
        f.pad(&text)
    }
}

serde_as_text!(Span, "a span of time such as \"2h30m\"");

/// An instant of simulated time: nanoseconds since the lab began.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct SimTime(u64);

impl SimTime {
    /// The instant at which every lab begins.
    pub const START: Self = Self(0);
    /// The last instant that can be told.
    pub const END: Self = Self(u64::MAX);

    /// The instant `nanos` nanoseconds after the beginning.
    #[must_use]
    pub const fn from_nanos(nanos: u64) -> Self {
        Self(nanos)
    }
    /// The instant `span` after the beginning.
    #[must_use]
    pub const fn at(span: Span) -> Self {
        Self(span.0)
    }
    /// Nanoseconds since the beginning.
    #[must_use]
    pub const fn as_nanos(self) -> u64 {
        self.0
    }
    /// The span since the beginning.
    #[must_use]
    pub const fn since_start(self) -> Span {
        Span(self.0)
    }
    /// Seconds since the beginning, for output only.
    #[must_use]
    pub fn as_secs_f64(self) -> f64 {
        self.since_start().as_secs_f64()
    }
    /// The span from `earlier` to here, or zero where `earlier` is later.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Span {
        Span(self.0.saturating_sub(earlier.0))
    }
}

impl Add<Span> for SimTime {
    type Output = Self;
    fn add(self, span: Span) -> Self {
        Self(self.0.saturating_add(span.0))
    }
}

impl Sub for SimTime {
    type Output = Span;
    fn sub(self, earlier: Self) -> Span {
        self.since(earlier)
    }
}

impl fmt::Display for SimTime {
    /// Writes `1d 02:03:04.567`, leaving out the days of the first day.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let millis = self.0 / 1_000_000;
        let (secs, millis) = (millis / 1_000, millis % 1_000);
        let (days, secs) = (secs / 86_400, secs % 86_400);
        let clock = format!(
            "{:02}:{:02}:{:02}.{millis:03}",
            secs / 3_600,
            secs / 60 % 60,
            secs % 60
        );
        if days == 0 {
            f.pad(&clock)
        } else {
            f.pad(&format!("{days}d {clock}"))
        }
    }
}

impl SimTime {
    /// Reads an instant as it is shown: `00:05:10`, `1d 02:03:04.567`. Nothing where the text is no such clock.
    #[must_use]
    pub fn from_clock(text: &str) -> Option<Self> {
        let (days, clock) = match text.split_once('d') {
            Some((days, clock)) => (days, clock.trim_start()),
            None => ("0", text),
        };
        let number = |text: &str| {
            let is_one = !text.is_empty() && text.bytes().all(|it| it.is_ascii_digit());
            is_one.then(|| text.parse::<u64>().ok()).flatten()
        };
        let parts: Vec<&str> = clock.split(':').collect();
        let [hours, minutes, secs] = parts.as_slice() else {
            return None;
        };
        let (secs, fraction) = secs.split_once('.').unwrap_or((secs, "0"));
        let nanos = (1..=9)
            .contains(&fraction.len())
            .then(|| number(&format!("{fraction:0<9}")))??;
        let (hours, minutes, secs) = (number(hours)?, number(minutes)?, number(secs)?);
        if minutes >= 60 || secs >= 60 {
            return None;
        }
        let hours = number(days)?.checked_mul(24)?.checked_add(hours)?;
        let secs = hours.checked_mul(3_600)?.checked_add(minutes * 60 + secs)?;
        secs.checked_mul(NANOS_PER_SEC)?.checked_add(nanos).map(Self)
    }
}

impl serde::Serialize for SimTime {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.since_start().serialize(serializer)
    }
}

impl<'de> serde::Deserialize<'de> for SimTime {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Span::deserialize(deserializer).map(Self::at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, nanos: u64, printed: &str) {
        let span: Span = text.parse().expect("a well-formed span");
        assert_eq!(span.as_nanos(), nanos);
        assert_eq!(span.to_string(), printed);
        assert_eq!(printed.parse(), Ok(span), "the printed form parses back");
    }

    #[test]
    fn an_instant_is_read_as_it_is_shown() {
        for (text, span) in [
            ("00:05:10.000", Span::secs(310)),
            ("00:05:10", Span::secs(310)),
            ("1d 02:03:04.567", Span::millis(93_784_567)),
            ("26:00:00", Span::hours(26)),
            ("0:0:0.5", Span::millis(500)),
        ] {
            assert_eq!(SimTime::from_clock(text), Some(SimTime::at(span)), "{text}");
        }
        let at = SimTime::at(Span::millis(93_784_567));
        assert_eq!(SimTime::from_clock(&at.to_string()), Some(at));
        for text in [
            "",
            "10:00",
            "2h30m",
            "1:2:3:4",
            "00:60:00",
            "00:00:60",
            "a:b:c",
            "-1:00:00",
            "00:00:",
            "00:00:1.",
            "+1:0:0",
            "99999999999999d 00:00:00",
            "00:00:00.1234567890",
        ] {
            assert_eq!(SimTime::from_clock(text), None, "{text}");
        }
    }

    #[test]
    fn spans_read_and_print() {
        check("90s", 90 * NANOS_PER_SEC, "1m30s");
        check("2h30m", 9_000 * NANOS_PER_SEC, "2h30m");
        check("1.5h", 5_400 * NANOS_PER_SEC, "1h30m");
        check("3d", 259_200 * NANOS_PER_SEC, "3d");
        check("30ms", 30_000_000, "30ms");
        check("1.25 s", 1_250_000_000, "1.25s");
        check("0", 0, "0s");
        check("7ns", 7, "7ns");
    }

    #[test]
    fn malformed_spans_say_what_is_wrong() {
        let error = |text: &str| text.parse::<Span>().expect_err("malformed").to_string();
        assert_eq!(error(""), "expected a quantity such as \"2h30m\", found nothing");
        assert_eq!(
            error("90"),
            "\"90\" has no unit; write one of ns, us, ms, s, m, h, d, w"
        );
        assert!(error("5 fortnights").starts_with("unknown unit \"fortnights\""));
        assert!(error("-5s").starts_with("expected a number"));
        assert!(error("99999999999999999d").contains("out of range"));
        assert!(error("1.2.3s").starts_with("expected a number"));
    }

    #[test]
    fn instants_print_as_a_clock() {
        assert_eq!(SimTime::at(Span::millis(3_723_004)).to_string(), "01:02:03.004");
        assert_eq!(
            SimTime::at(Span::days(2) + Span::secs(1)).to_string(),
            "2d 00:00:01.000"
        );
    }
}
