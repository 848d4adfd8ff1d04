//! KEEPALIVEs that are left out and told later.

use proptest::prelude::*;

use super::pipe::{Path, Pipe, configs};
use crate::kernel::{Elision, End, Jitter, Vital};
use crate::proto::bgp::session::*;
use crate::units::{SimTime, Span};

/// What can be seen of a pair.
fn seen(pipe: &Pipe) -> (String, Vec<Facts>, Vec<Option<Vital>>) {
    let facts = pipe.sessions.iter().map(Session::facts).collect();
    let vitals = pipe.sessions.iter().map(Session::vital).collect();
    (pipe.log.clone(), facts, vitals)
}

/// Leaves out all KEEPALIVEs from now until `until`, at which instant something else is about to happen.
fn elide(pipe: &mut Pipe, until: SimTime) {
    let vitals = pipe
        .sessions
        .each_ref()
        .map(|session| session.vital().expect("established"));
    let elision = Elision::plan(vitals, pipe.delays).expect("both are well");
    for session in &mut pipe.sessions {
        session.elide();
    }
    assert!(
        pipe.sessions.iter().all(|session| session.next_wake().is_none()),
        "nothing is to be done"
    );
    pipe.drive(until);
    for (side, end) in [End::First, End::Second].into_iter().enumerate() {
        for sent_at in pipe.sessions[side].resume(until, end, &elision) {
            pipe.put_under_way(side, sent_at);
        }
    }
}

fn jittered(jitter: Jitter) -> [Config; 2] {
    let mut configs = configs();
    for config in &mut configs {
        config.timers.jitter = jitter;
    }
    configs
}

fn pair(seed: u64, jitter: Jitter, delays: [Span; 2]) -> Pipe {
    let mut pipe = Pipe::new(jittered(jitter), seed);
    pipe.delays = delays;
    pipe.tell(0, Input::Start);
    pipe.tell(1, Input::Start);
    pipe.drive(SimTime::at(Span::secs(5)));
    pipe
}

#[test]
fn ninety_quiet_days_cost_nothing_until_they_are_asked_for() {
    let mut pipe = pair(1, Jitter::NONE, [Span::millis(5); 2]);
    elide(&mut pipe, SimTime::at(Span::days(90)));
    let facts = pipe.sessions[0].facts();
    assert_eq!(facts.state, State::Established);
    // A KEEPALIVE every 3 s for 90 days, less the first seconds.
    assert_eq!(facts.sent.keepalives, 2_592_001);
}

#[test]
fn a_peer_that_has_missed_something_already_is_not_elided() {
    let mut pipe = pair(1, Jitter::NONE, [Span::millis(5); 2]);
    pipe.cut(Path::Silent);
    pipe.drive(SimTime::at(Span::secs(8)));
    pipe.cut(Path::Up);
    let vitals = pipe
        .sessions
        .each_ref()
        .map(|session| session.vital().expect("established"));
    // Heard last at 3 s: the hold timers end at 12 s, and the next KEEPALIVEs leave at 9 s.
    assert_eq!(Elision::plan(vitals, [Span::millis(3_100); 2]), None);
    assert!(Elision::plan(vitals, pipe.delays).is_some());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// A pair whose path is cut at any instant finds it at the same instant, and tells the same, whether its
    /// KEEPALIVEs were carried before or not.
    #[test]
    fn elided_and_carried_keepalives_tell_the_same(
        seed: u64,
        even: bool,
        quiet_from_ms in 5_000u64..20_000,
        quiet_for_us in 0u64..60_000_000,
        delays_us in [0u64..2_000_000, 0u64..2_000_000],
    ) {
        let jitter = if even { Jitter::NONE } else { timer::JITTER };
        let delays = delays_us.map(Span::micros);
        let mut carried = pair(seed, jitter, delays);
        prop_assume!(carried.states() == [State::Established; 2]);
        let from = SimTime::at(Span::millis(quiet_from_ms));
        // An odd nanosecond keeps the cut from the instants of even beats, whose order is the carrier's to decide.
        let until = from + Span::micros(quiet_for_us) + Span::nanos(1);
        carried.drive(from);
        let mut elided = pair(seed, jitter, delays);
        elided.drive(from);

        carried.drive(until);
        elide(&mut elided, until);
        prop_assert_eq!(seen(&carried), seen(&elided));
        for pipe in [&mut carried, &mut elided] {
            pipe.cut(Path::Silent);
            pipe.drive(until + Span::secs(12));
        }
        prop_assert!(carried.log.contains("hold timer expired"));
        prop_assert_eq!(seen(&carried), seen(&elided));
    }

    /// The same for a path that goes on: KEEPALIVEs under way arrive, and later ones fall where they would.
    #[test]
    fn what_follows_an_elision_is_the_same(seed: u64, quiet_for_us in 0u64..60_000_000) {
        let delays = [Span::millis(40), Span::millis(900)];
        let mut carried = pair(seed, timer::JITTER, delays);
        let mut elided = pair(seed, timer::JITTER, delays);
        let until = carried.now + Span::micros(quiet_for_us) + Span::nanos(1);
        carried.drive(until);
        elide(&mut elided, until);
        for pipe in [&mut carried, &mut elided] {
            pipe.drive(until + Span::secs(30));
        }
        prop_assert_eq!(seen(&carried), seen(&elided));
    }
}
