//! The timers of BGP sessions, and of the BFD beside them.

use crate::proto::bfd;
use crate::proto::bgp::session::{self, Adjacency, HoldPolicy, IdleHold, ZeroHold};
use crate::scenario::diagnostic::Code;
use crate::scenario::problem::{At, Problem, Problems};
use crate::scenario::sections::{BfdText, IdleHoldText, RestText, TimersText};
use crate::units::{Ppm, Span};

/// The largest hold time that OPEN has room for (RFC 4271 section 4.2).
const LONGEST_HOLD: Span = Span::secs(65_535);
/// The smallest hold time but zero (RFC 4271 section 4.2).
const SMALLEST_HOLD: Span = Span::secs(3);

/// The rests before a session starts again.
const RESTS: core::ops::RangeInclusive<Span> = Span::millis(100)..=Span::hours(1);
/// By how much timers may be shortened at most, in percent.
const MOST_JITTER: u32 = 50;

/// Fills the timers of a session.
pub(super) fn fill(text: &TimersText, session: &mut session::Config, problems: &mut Problems) {
    let timers = &mut session.timers;
    let (hold, keepalive) = hold_and_keepalive(text.hold, text.keepalive, problems);
    timers.hold = hold.unwrap_or(timers.hold);
    timers.keepalive = keepalive.unwrap_or(timers.keepalive);
    if let (None, Some(keepalive)) = (text.hold, text.keepalive) {
        keeps_within(keepalive, timers.hold, problems);
    }
    if let Some(retry) = text.connect_retry {
        positive(retry, "the time between attempts to connect", problems);
        timers.connect_retry = retry.value;
    }
    if let Some(delay) = text.delay_open {
        positive(delay, "the time for which OPEN is held back", problems);
        timers.delay_open = Some(delay.value);
    }
    if let Some(IdleHoldText(rest)) = &text.idle_hold {
        timers.idle_hold = idle_hold(rest, timers.idle_hold, problems);
    }
    if let Some(jitter) = text.jitter {
        let shorter = jitter.value.min(MOST_JITTER);
        if shorter < jitter.value {
            let message = format!("a jitter of {} % leaves next to nothing of a timer", jitter.value);
            problems.push(
                Problem::error(Code::BadValue, jitter.place, message)
                    .help("25 is that of RFC 4271 section 10; 50 is the most, and 0 is none"),
            );
        }
        timers.jitter.least = Ppm::percent(100 - shorter);
    }
    let mut policy = HoldPolicy::default();
    if let Some(least) = text.minimum_hold {
        check_hold(least, problems);
        policy.at_least = least.value.max(SMALLEST_HOLD);
        // No hold time is below any minimum, as FRR (`bgp minimum-holdtime`) and BIRD (`min hold time`) have it.
        if !least.value.is_zero() {
            policy.zero = ZeroHold::Refused;
        }
    }
    policy.zero = text.zero_hold.unwrap_or(policy.zero);
    session.hold_policy = policy;
}

/// The hold time and the time between KEEPALIVEs that are written. Where nothing is said of these they are sent three times in
/// a hold time.
pub(super) fn hold_and_keepalive(
    hold: Option<At<Span>>,
    keepalive: Option<At<Span>>,
    problems: &mut Problems,
) -> (Option<Span>, Option<Span>) {
    if let Some(hold) = hold {
        check_hold(hold, problems);
    }
    if let Some(keepalive) = keepalive {
        positive(keepalive, "the time between keepalives", problems);
        if let Some(hold) = hold {
            keeps_within(keepalive, hold.value, problems);
        }
    }
    let third = hold.map(|hold| Span::nanos(hold.value.as_nanos() / 3));
    (hold.map(|it| it.value), keepalive.map(|it| it.value).or(third))
}

/// Complains about a time between KEEPALIVEs that is longer than the hold time.
fn keeps_within(keepalive: At<Span>, hold: Span, problems: &mut Problems) {
    if !hold.is_zero() && keepalive.value > hold {
        let message = format!(
            "a keepalive every {} comes after the hold time of {hold}",
            keepalive.value
        );
        problems.push(Problem::error(Code::BadValue, keepalive.place, message));
    }
}

/// The rest before a session starts again.
fn idle_hold(text: &RestText, defaults: IdleHold, problems: &mut Problems) -> IdleHold {
    let set = |rest: Option<At<Span>>, unless: Span| rest.map_or(unless, |rest| rest.value);
    let initial = set(text.initial, defaults.initial);
    if let Some(rest) = text.initial.filter(|rest| !RESTS.contains(&rest.value)) {
        let message = format!("a session rests for 100ms to 1h, not for {}", rest.value);
        let problem = Problem::error(Code::BadValue, rest.place, message);
        problems.push(
            problem.help("an attempt may fail at once, so without a rest the next would come at once, too"),
        );
    }
    if let Some(longest) = text.longest.filter(|longest| longest.value < initial) {
        let message = format!(
            "a longest rest of {} is shorter than the first, of {initial}",
            longest.value
        );
        let problem = Problem::error(Code::BadValue, longest.place, message);
        problems.push(
            problem
                .help("errors double the rest up to the longest; where the two are equal nothing is damped"),
        );
    }
    for span in [text.longest, text.forget_after].into_iter().flatten() {
        positive(
            span,
            "a longest rest, and how long errors are remembered,",
            problems,
        );
    }
    IdleHold {
        initial,
        // Who asks for a longer rest than the longest by default means every one of them.
        longest: set(text.longest, defaults.longest.max(initial)),
        forget_after: set(text.forget_after, defaults.forget_after),
    }
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
    check_bfd(text.interval, text.multiplier, problems);
    if let Some(interval) = text.interval {
        (config.desired_min_tx, config.required_min_rx) = (interval.value, interval.value);
    }
    if let Some(multiplier) = text.multiplier {
        config.detect_mult = multiplier.value;
    }
    config
}

/// Complains about timers that BFD cannot have.
pub(super) fn check_bfd(interval: Option<At<Span>>, multiplier: Option<At<u8>>, problems: &mut Problems) {
    if let Some(interval) = interval.filter(|it| !BFD_INTERVALS.contains(&it.value)) {
        let message = format!("BFD sends every 10ms to 60s, not every {}", interval.value);
        problems.push(
            Problem::error(Code::BadValue, interval.place, message)
                .help("AWS Direct Connect supports 300ms and more"),
        );
    }
    if let Some(multiplier) = multiplier.filter(|it| it.value == 0) {
        let message = "a multiplier of 0 would find the peer dead at once";
        problems.push(
            Problem::error(Code::BadValue, multiplier.place, message)
                .help("AWS Direct Connect wants 3 at least"),
        );
    }
}

/// Complains about a time that is none, or a year and more.
pub(super) fn positive(span: At<Span>, what: &str, problems: &mut Problems) {
    if span.value.is_zero() || span.value > Span::days(365) {
        let message = format!("{what} is longer than nothing and at most a year");
        problems.push(Problem::error(Code::BadValue, span.place, message));
    }
}
