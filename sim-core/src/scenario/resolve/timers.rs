//! The timers of BGP sessions, and of the BFD beside them.

use crate::proto::bfd;
use crate::proto::bgp::session::{self, Adjacency, HoldPolicy};
use crate::scenario::diagnostic::Code;
use crate::scenario::problem::{At, Problem, Problems};
use crate::scenario::sections::{BfdText, TimersText};
use crate::units::Span;

/// The largest hold time that OPEN has room for (RFC 4271 section 4.2).
const LONGEST_HOLD: Span = Span::secs(65_535);
/// The smallest hold time but zero (RFC 4271 section 4.2).
const SMALLEST_HOLD: Span = Span::secs(3);

/// Fills the timers of a session.
pub(super) fn fill(text: &TimersText, session: &mut session::Config, problems: &mut Problems) {
    let timers = &mut session.timers;
    if let Some(hold) = text.hold {
        check_hold(hold, problems);
        timers.hold = hold.value;
        // What is not said follows the hold time: a third of it.
        timers.keepalive = Span::nanos(hold.value.as_nanos() / 3);
    }
    if let Some(keepalive) = text.keepalive {
        positive(keepalive, "the time between keepalives", problems);
        if !timers.hold.is_zero() && keepalive.value > timers.hold {
            let message = format!(
                "a keepalive every {} comes after the hold time of {}",
                keepalive.value, timers.hold
            );
            problems.push(Problem::error(Code::BadValue, keepalive.place, message));
        }
        timers.keepalive = keepalive.value;
    }
    if let Some(retry) = text.connect_retry {
        positive(retry, "the time between attempts to connect", problems);
        timers.connect_retry = retry.value;
    }
    if let Some(delay) = text.delay_open {
        positive(delay, "the time for which OPEN is held back", problems);
        timers.delay_open = Some(delay.value);
    }
    let mut policy = HoldPolicy::default();
    if let Some(least) = text.minimum_hold {
        check_hold(least, problems);
        policy.at_least = least.value.max(SMALLEST_HOLD);
    }
    policy.zero = text.zero_hold.unwrap_or(policy.zero);
    session.hold_policy = policy;
}

fn check_hold(hold: At<Span>, problems: &mut Problems) {
    let is_whole = hold.value.as_nanos().is_multiple_of(Span::secs(1).as_nanos());
    let complaint = if !is_whole {
        "a hold time is a number of whole seconds"
    } else if hold.value > LONGEST_HOLD {
        "OPEN has no room for a hold time above 65535 s"
    } else if !hold.value.is_zero() && hold.value < SMALLEST_HOLD {
        "a hold time of one or two seconds must be refused (RFC 4271 section 4.2)"
    } else {
        return;
    };
    problems.push(
        Problem::error(Code::BadValue, hold.place, complaint)
            .help("write \"0s\" for none, or \"3s\" and more"),
    );
}

/// How often BFD may send, at most and at least.
const BFD_INTERVALS: core::ops::RangeInclusive<Span> = Span::millis(10)..=Span::secs(60);

/// The BFD that a neighbor asks for.
pub(super) fn bfd(
    text: &BfdText,
    (session, adjacency): (&At<String>, Adjacency),
    problems: &mut Problems,
) -> bfd::Config {
    let mut config = bfd::Config::default();
    if adjacency == Adjacency::Multihop {
        let message = format!(
            "`{}` runs over several hops, which BFD does not watch",
            session.value
        );
        problems.push(
            Problem::error(Code::BadValue, session.place, message)
                .help("only neighbours on a link or in a tunnel are watched (RFC 5881)"),
        );
    }
    if let Some(interval) = text.interval {
        if !BFD_INTERVALS.contains(&interval.value) {
            let message = format!("BFD sends every 10ms to 60s, not every {}", interval.value);
            problems.push(
                Problem::error(Code::BadValue, interval.place, message)
                    .help("AWS Direct Connect supports 300ms and more"),
            );
        }
        (config.desired_min_tx, config.required_min_rx) = (interval.value, interval.value);
    }
    if let Some(multiplier) = text.multiplier {
        if multiplier.value == 0 {
            let message = "a multiplier of 0 would find the peer dead at once";
            problems.push(
                Problem::error(Code::BadValue, multiplier.place, message)
                    .help("AWS Direct Connect wants 3 at least"),
            );
        }
        config.detect_mult = multiplier.value;
    }
    config
}

/// Complains about a time that is none, or a year and more.
pub(super) fn positive(span: At<Span>, what: &str, problems: &mut Problems) {
    if span.value.is_zero() || span.value > Span::days(365) {
        let message = format!("{what} is longer than nothing and at most a year");
        problems.push(Problem::error(Code::BadValue, span.place, message));
    }
}
