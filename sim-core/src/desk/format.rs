//! Quantities in the few characters that a column has. Exact forms are those of `crate::units`.

use crate::proto::bgp::rib::DecidedBy;
use crate::units::{BitRate, DataSize, Ppm, SimTime, Span};

pub use crate::units::number_of as number;
use crate::view::{Difference, RibPath, Standing};

/// The two leading units of a span: `3d 04h`, `2h 05m`, `3m 12s`, `45s`, `850ms`.
#[must_use]
pub fn span(span: Span) -> String {
    let secs = span.as_secs();
    let (days, hours, minutes) = (secs / 86_400, secs / 3_600 % 24, secs / 60 % 60);
    match (days, hours, minutes, secs % 60) {
        (0, 0, 0, 0) => match span.as_nanos() {
            0 => "0s".to_owned(),
            nanos if nanos < 1_000_000 => "<1ms".to_owned(),
            nanos => format!("{}ms", nanos / 1_000_000),
        },
        (0, 0, 0, secs) => format!("{secs}s"),
        (0, 0, minutes, secs) => format!("{minutes}m {secs:02}s"),
        (0, hours, minutes, _) => format!("{hours}h {minutes:02}m"),
        (days, hours, _, _) => format!("{days}d {hours:02}h"),
    }
}

/// A span to the millisecond, with all of its units: `5m0.637s`, `637ms`; `<1ms` where there is less.
#[must_use]
pub fn exact(span: Span) -> String {
    let rounded = span.to_the_millisecond();
    if rounded.is_zero() && !span.is_zero() {
        return "<1ms".to_owned();
    }
    rounded.to_string()
}

/// The clock of the lab to the second: `02:03:04`, `3d 02:03:04`.
#[must_use]
pub fn clock(at: SimTime) -> String {
    let mut text = at.to_string();
    text.truncate(text.len().saturating_sub(".000".len()));
    text
}

/// The clock of the lab for a narrow column: to the second on the first day, `02:03:04`, and to the minute later, `12d 02:03`.
#[must_use]
pub fn brief(at: SimTime) -> String {
    let mut text = clock(at);
    if at.since_start() >= Span::days(1) {
        text.truncate(text.len().saturating_sub(":00".len()));
    }
    text
}

/// The clock of the lab to the millisecond: `02:03:04.567`.
#[must_use]
pub fn instant(at: SimTime) -> String {
    at.to_string()
}

/// An instant on an axis on which so much lies between two that are written: no finer than that.
#[must_use]
pub fn axis(at: SimTime, every: Span) -> String {
    if at == SimTime::START {
        return "0".to_owned();
    }
    if every < Span::secs(1) {
        return at.to_string();
    }
    let secs = at.since(SimTime::START).as_secs();
    let (days, hours, minutes, secs) = (secs / 86_400, secs / 3_600 % 24, secs / 60 % 60, secs % 60);
    let day = if days == 0 {
        String::new()
    } else {
        format!("{days}d ")
    };
    if every < Span::minutes(1) {
        format!("{day}{hours:02}:{minutes:02}:{secs:02}")
    } else if every < Span::hours(1) && days == 0 && hours == 0 {
        format!("{minutes}m")
    } else if every < Span::hours(1) {
        format!("{day}{hours}h{minutes:02}")
    } else if every < Span::days(1) && (hours > 0 || days == 0) {
        format!("{day}{hours}h")
    } else {
        format!("{days}d")
    }
}

/// A size with three significant digits: `12.3 GiB`.
#[must_use]
pub fn size(size: DataSize) -> String {
    scaled(
        size.as_bytes(),
        &[
            ("PiB", 1 << 50),
            ("TiB", 1 << 40),
            ("GiB", 1 << 30),
            ("MiB", 1 << 20),
            ("KiB", 1 << 10),
        ],
        "B",
    )
}

/// A rate with three significant digits: `812 Mbps`.
#[must_use]
pub fn rate(rate: BitRate) -> String {
    scaled(
        rate.as_bps(),
        &[
            ("Tbps", 1_000_000_000_000),
            ("Gbps", 1_000_000_000),
            ("Mbps", 1_000_000),
            ("kbps", 1_000),
        ],
        "bps",
    )
}

/// Whole hundredths, rounded down so that `100 %` means all of it.
#[must_use]
pub fn percent(part: Ppm) -> String {
    format!("{}%", part.as_ppm() / 10_000)
}

/// A count with thin groups of three: `1 234 567`.
#[must_use]
pub fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

/// What stands on one side of a comparison.
#[must_use]
pub fn standing(standing: &Standing) -> String {
    match standing {
        Standing::Nothing => "none".to_owned(),
        Standing::State(state) => state.clone(),
        Standing::Span(it) => span(*it),
        Standing::Size(it) => size(*it),
        Standing::Rate(it) => rate(*it),
        Standing::Instant(at) => instant(*at),
        Standing::Count(n) => count(*n),
    }
}

/// What stands on both sides of a comparison, and by how much they differ: to the last unit where they would read alike.
#[must_use]
pub fn sides(difference: &Difference) -> [String; 3] {
    let (left, right) = (standing(&difference.left), standing(&difference.right));
    let by = difference.by().as_ref().map_or_else(String::new, standing);
    if left != right {
        return [left, right, by];
    }
    if let (Standing::Span(left), Standing::Span(right)) = (&difference.left, &difference.right) {
        let (left, right) = (left.to_the_millisecond(), right.to_the_millisecond());
        if left != right {
            return [left.to_string(), right.to_string(), by];
        }
    }
    [exactly(&difference.left), exactly(&difference.right), by]
}

fn exactly(of: &Standing) -> String {
    match of {
        Standing::Span(it) => it.to_string(),
        Standing::Size(it) => format!("{} B", count(it.as_bytes())),
        Standing::Rate(it) => format!("{} bps", count(it.as_bps())),
        Standing::Nothing | Standing::State(_) | Standing::Instant(_) | Standing::Count(_) => standing(of),
    }
}

/// Why a path is the best or is not.
#[must_use]
pub fn verdict(path: &RibPath) -> String {
    match (path.decided_by, path.best) {
        (Some(DecidedBy::OnlyPath), _) => "the only path".to_owned(),
        (Some(step), true) => format!("wins by {step}"),
        (Some(step), false) => {
            let to = path
                .lost_to
                .as_ref()
                .map_or(String::new(), |to| format!("to {to} "));
            let why = path
                .not_along
                .map_or(String::new(), |why| format!("; not along: {why}"));
            format!("loses {to}by {step}{why}")
        }
        (None, _) if !path.usable => "next hop unreachable".to_owned(),
        (None, _) => String::new(),
    }
}

fn scaled(value: u64, units: &[(&str, u64)], smallest: &str) -> String {
    for &(unit, worth) in units {
        if value >= worth {
            // Tenths are enough below a hundred, and nothing is rounded up past what is there.
            let tenths = u128::from(value) * 10 / u128::from(worth);
            return if tenths < 1_000 && !tenths.is_multiple_of(10) {
                format!("{}.{} {unit}", tenths / 10, tenths % 10)
            } else {
                format!("{} {unit}", tenths / 10)
            };
        }
    }
    format!("{value} {smallest}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::Aspect;

    #[test]
    fn spans_keep_their_two_leading_units() {
        let shown: Vec<String> = ["3d4h5m", "2h5m30s", "3m12s", "45s", "850ms", "7us", "0"]
            .iter()
            .map(|text| span(text.parse().expect("a well-formed span")))
            .collect();
        assert_eq!(
            shown,
            ["3d 04h", "2h 05m", "3m 12s", "45s", "850ms", "<1ms", "0s"]
        );
    }

    #[test]
    fn an_instant_in_a_narrow_column_is_whole() {
        let told = |text: &str| brief(SimTime::at(text.parse().expect("a well-formed span")));
        assert_eq!(told("2h3m4.5s"), "02:03:04");
        assert_eq!(told("1d"), "1d 00:00");
        assert_eq!(told("89d23h59m59s"), "89d 23:59");
    }

    #[test]
    fn what_differs_does_not_read_alike() {
        let span = |millis| Standing::Span(Span::millis(millis));
        let sides = |left, right| {
            sides(&Difference {
                aspect: Aspect::Lost,
                name: String::new(),
                left,
                right,
            })
        };
        assert_eq!(sides(span(1_000), span(1_636)), ["1s", "1.636s", "636ms"]);
        assert_eq!(sides(span(1_000), span(3_636)), ["1s", "3s", "2s"]);
        let nanos = |nanos| Standing::Span(Span::nanos(nanos));
        assert_eq!(
            sides(span(1_000), nanos(1_636_530_702)),
            ["1s", "1.637s", "636ms"]
        );
        let apart = [nanos(1_000_000_001), nanos(1_000_000_002)];
        let [one, other] = apart;
        assert_eq!(sides(one, other)[..2], ["1.000000001s", "1.000000002s"]);
        let rate = |bps| Standing::Rate(BitRate::bps(bps));
        assert_eq!(
            sides(rate(1_250_000_000), rate(1_250_000_400)),
            ["1 250 000 000 bps", "1 250 000 400 bps", "400 bps"]
        );
        assert_eq!(number(1, "branch", "branches"), "1 branch");
        assert_eq!(number(0, "hint", "hints"), "0 hints");
    }

    #[test]
    fn sizes_and_rates_keep_three_digits() {
        assert_eq!(size(DataSize::gib(100)), "100 GiB");
        assert_eq!(size(DataSize::mib(12_600)), "12.3 GiB");
        assert_eq!(size(DataSize::bytes(17)), "17 B");
        assert_eq!(rate(BitRate::mbps(812)), "812 Mbps");
        assert_eq!(rate(BitRate::bps(1_250_000_000)), "1.2 Gbps");
    }

    #[test]
    fn an_axis_is_as_fine_as_its_steps() {
        let told = |at: &str, every: &str| {
            let span = |text: &str| text.parse::<Span>().expect("a well-formed span");
            axis(SimTime::at(span(at)), span(every))
        };
        assert_eq!(told("0", "1m"), "0");
        assert_eq!(told("90s", "500ms"), "00:01:30.000");
        assert_eq!(told("90s", "30s"), "00:01:30");
        assert_eq!(told("2m", "1m"), "2m");
        assert_eq!(told("150m", "30m"), "2h30");
        assert_eq!(told("1d6h", "6h"), "1d 6h");
        assert_eq!(told("2d", "6h"), "2d");
        assert_eq!(told("20d", "5d"), "20d");
    }

    #[test]
    fn almost_all_is_not_all() {
        assert_eq!(percent(Ppm::new(999_999)), "99%");
        assert_eq!(percent(Ppm::ONE), "100%");
    }

    #[test]
    fn the_clock_leaves_the_fraction_out() {
        assert_eq!(
            clock(SimTime::at(Span::days(3) + Span::millis(4_567))),
            "3d 00:00:04"
        );
        assert_eq!(count(1_234_567), "1 234 567");
    }
}
