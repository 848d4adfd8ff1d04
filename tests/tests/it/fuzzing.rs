//! No text crashes it: whatever a scenario says, it is refused with diagnostics that point into it,
//! or it loads, builds, is looked at and runs.
//!
//! Four kinds of text are tried: any characters at all; words of the notation in any order; shipped
//! labs with a few edits (deleted, doubled and swapped parts, values of other fields, hostile
//! values, parts of other labs), each of which is kept where the lab still loads with it; and a lab
//! to which anything that can be done is done at any time. The cases are the same in every run;
//! `PROPTEST_CASES` asks for more of them.

mod deeds;
mod edits;
mod routers;
mod segments;

use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::Duration;

use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed, TestCaseError, TestRunner};
use sim_core::analysis;
use sim_core::lab::{Blueprint, Keep, Session};
use sim_core::scenario::{Diagnostic, Severity, load, load_bytes, shipped_base};
use sim_core::units::SimTime;
use sim_core::view::{NodeKind, View};

/// Events for which a lab runs before and after it was disturbed.
const EVENTS: u64 = 600;
/// More diagnostics than that help nobody.
const MOST_DIAGNOSTICS: usize = 200;
/// A case takes milliseconds; one that takes this long, on however busy a machine, hangs.
const HANGS_AFTER: Duration = Duration::from_secs(120);

/// What became of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Refused,
    NotBuilt,
    Ran,
}

/// The text that is being tried, for whoever has to say which one it was.
#[derive(Clone, Default)]
struct Trial(Arc<Mutex<String>>);

impl Trial {
    fn load(&self, text: &str) -> Option<Blueprint> {
        text.clone_into(&mut self.0.lock().expect("nobody panics while writing"));
        match load(text, "fuzz", &shipped_base) {
            Ok(loaded) => Some(loaded.blueprint),
            Err(diagnostics) => {
                check_diagnostics(text, &diagnostics);
                None
            }
        }
    }
}

/// Does with a text everything that the programs do with it.
fn live_through(text: &str, trial: &Trial) -> Fate {
    let Some(blueprint) = trial.load(text) else {
        return Fate::Refused;
    };
    let Ok(mut session) = Session::open(blueprint, None, Keep::Last(200)) else {
        return Fate::NotBuilt;
    };
    let mut again = session.clone();
    look(&session);
    for _ in 0..EVENTS / 100 {
        session.advance(SimTime::END, 100);
    }
    again.advance(SimTime::END, EVENTS / 100 * 100);
    assert_eq!(session.trace_hash(), again.trace_hash(), "slices change nothing");
    look(&session);
    let findings = analysis::preflight(&session).checks.into_iter();
    let fixes = findings.filter_map(|check| check.finding?.fix);
    for lever in fixes.flat_map(|fix| fix.levers).take(50) {
        // One that an earlier one has made needless may be refused.
        let _ = session.apply(lever);
    }
    session.advance(SimTime::END, EVENTS);
    look(&session);
    Fate::Ran
}

/// Draws everything that a screen could.
fn look(session: &Session) {
    let view = View::of(session);
    let snapshot = view.snapshot();
    assert_eq!(snapshot.overview.now, session.now());
    assert_eq!(view.preflight().at, session.now());
    for row in view.log_after(None) {
        assert!(!row.what.is_empty(), "{row:?}");
        assert!(view.causes(row.id).len() <= 200, "no more than are kept");
        assert_eq!(view.inspect(row.about).about, row.about);
    }
    let routers = snapshot
        .topology
        .nodes
        .iter()
        .filter(|node| node.kind == NodeKind::Router);
    for router in routers.take(20) {
        let rib = view.rib(&router.name, None).expect("the router is there");
        assert!(
            rib.prefixes
                .iter()
                .all(|row| row.paths.iter().filter(|path| path.best).count() <= 1)
        );
    }
    for expectation in session.expectations() {
        assert!(!expectation.detail.is_empty(), "{expectation:?}");
    }
}

/// A refusal says something, and points into the text.
fn check_diagnostics(text: &str, diagnostics: &[Diagnostic]) {
    assert!(diagnostics.iter().any(|it| it.severity == Severity::Error));
    assert!(diagnostics.len() <= MOST_DIAGNOSTICS, "{}", diagnostics.len());
    for diagnostic in diagnostics {
        assert!(!diagnostic.to_string().is_empty());
        assert!(diagnostic.message.len() < 10_000, "{}", diagnostic.message.len());
        for label in diagnostic.labels.iter().filter(|_| diagnostic.file == "fuzz") {
            assert!(text.get(label.span.clone()).is_some(), "{diagnostic}");
            assert!(label.line >= 1 && label.column >= 1, "{diagnostic}");
        }
    }
}

/// Lives beside the test, so that neither a panic nor a hang ends the search for the smallest text
/// that causes it.
fn outlive<T: Send + 'static>(life: impl FnOnce(&Trial) -> T + Send + 'static) -> Result<T, TestCaseError> {
    let (tell, told) = mpsc::channel();
    let trial = Trial::default();
    let its = trial.clone();
    let life = thread::spawn(move || {
        let _ = tell.send(life(&its));
    });
    let how = match told.recv_timeout(HANGS_AFTER) {
        Ok(fate) => return Ok(fate),
        Err(mpsc::RecvTimeoutError::Timeout) => "hangs".to_owned(),
        Err(mpsc::RecvTimeoutError::Disconnected) => {
            let panic = life.join().err();
            let words = panic.as_ref().and_then(|panic| {
                let fixed = panic.downcast_ref::<&str>().map(ToString::to_string);
                fixed.or_else(|| panic.downcast_ref::<String>().cloned())
            });
            format!("panics, {}", words.unwrap_or_default())
        }
    };
    let text = trial.0.lock().map(|text| text.clone()).unwrap_or_default();
    Err(TestCaseError::fail(format!("{how}:\n{text}")))
}

/// A runner whose cases are the same in every run.
fn runner(cases: u32) -> TestRunner {
    let wanted = std::env::var("PROPTEST_CASES").ok();
    TestRunner::new(Config {
        cases: wanted.and_then(|cases| cases.parse().ok()).unwrap_or(cases),
        rng_seed: RngSeed::Fixed(0x0ca5_e3a7),
        failure_persistence: None,
        max_shrink_iters: 400,
        ..Config::default()
    })
}

/// The most memory that this process ever had, where the system tells.
fn peak_memory_kib() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

#[track_caller]
fn check_memory() {
    if let Some(peak) = peak_memory_kib() {
        assert!(peak < 2 << 20, "{peak} KiB");
    }
}

#[test]
fn any_characters_are_answered() {
    let bytes = prop::collection::vec(any::<u8>(), 0..200);
    let text = prop_oneof!["\\PC*", "[ -~\\n]{0,200}", "Lab\\([ -~\\n]{0,200}\\)"];
    runner(200)
        .run(&(text, bytes), |(text, bytes)| {
            if let Err(diagnostics) = load_bytes(&bytes, "fuzz", &shipped_base) {
                prop_assert!(!diagnostics.is_empty());
            }
            outlive(move |trial| live_through(&text, trial)).map(|_| ())
        })
        .unwrap_or_else(|error| panic!("{error}"));
}

#[test]
fn words_of_the_notation_in_any_order_are_answered() {
    let words = prop::collection::vec(edits::any_token(), 0..80).prop_map(|words| words.join(" "));
    let text = (words, any::<bool>()).prop_map(|(words, whole)| match whole {
        true => format!("Lab(schema: 1, name: \"fuzz\", title: \"Fuzz\", {words})"),
        false => words,
    });
    runner(200)
        .run(&text, |text| {
            outlive(move |trial| live_through(&text, trial)).map(|_| ())
        })
        .unwrap_or_else(|error| panic!("{error}"));
}

// Bugs that were found this way.

#[test]
fn disks_of_any_size_are_added_up() {
    // Two of these are more bytes than 64 bits count.
    let lab = deeds::EVERYTHING
        .replace("EVENTS", "")
        .replace("8GiB", "16000PiB");
    assert_eq!(live_through(&lab, &Trial::default()), Fate::Ran);
}
