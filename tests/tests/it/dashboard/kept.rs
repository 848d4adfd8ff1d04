//! A session is saved and opened again, and one that is killed is offered back.

use std::fs;
use std::time::{Duration, Instant};

use sim_core::storage::kept::glance;

use super::SIZE;
use super::screen::{Home, Screen};

fn open(home: &Home, args: &[&str]) -> Screen {
    Screen::open_with(SIZE, args, |command| {
        home.is_of(command);
        command.cwd(home.folder());
    })
}

/// A lab five minutes in, with a line that somebody broke.
fn broken() -> (Home, Screen) {
    let home = Home::new();
    home.write_config("Config(hints: false)");
    let mut screen = open(&home, &["open", "bgp-two-lines"]);
    screen.wait_for("bgp-two-lines");
    screen.press("u5m\r");
    screen.wait_for("00:05:00.000");
    screen.press("ilink_down dx-primary\r");
    screen.wait_for("is injected");
    (home, screen)
}

#[test]
fn what_is_saved_and_quit_is_opened_as_it_was() {
    let (home, mut screen) = broken();
    screen.press("bother\r");
    screen.wait_for("on other, taken from main");
    screen.press("u+30s\r");
    screen.wait_for("00:05:30.000");
    screen.press("Smine.session.ron\r");
    screen.wait_for("written to mine.session.ron");
    screen.press("q");
    screen.wait_for_the_end();
    assert!(
        home.kept().is_empty(),
        "a session that was left in order leaves nothing"
    );

    let mut again = open(&home, &["open", "mine.session.ron"]);
    again.wait_for("00:05:30.000");
    again.wait_for("1 fault");
    again.press("B");
    again.wait_for("other");
    again.press("U");
    again.wait_without("1 fault");
    // What was undone is not saved: the session is offered at the next start.
    again.press("q");
    again.wait_for("is not saved");
    again.press("\r");
    again.wait_for_the_end();
    assert_eq!(home.kept().len(), 1);
    fs::write(
        home.folder().join("bad.session.ron"),
        "Session(version: 1, lab: 7)",
    )
    .expect("a file");
    let mut bad = open(&home, &["open", "bad.session.ron"]);
    bad.wait_for("bad.session.ron:1:");
}

#[test]
fn a_session_that_is_killed_is_offered_back() {
    let (home, mut screen) = broken();
    // No more than the last second may be lost, so a second later nothing is.
    let since = Instant::now();
    while since.elapsed() < Duration::from_millis(1_500) {
        screen.settle();
    }
    screen.kill();
    assert_eq!(home.kept().len(), 1);

    let mut again = open(&home, &["open", "data-centre"]);
    again.wait_for("A session was left unsaved");
    again.wait_for("bgp-two-lines at 00:05:00, one thing done by hand");
    // Not now: it is still there the next time.
    again.press("\u{1b}");
    again.wait_without("A session was left unsaved");
    again.press("q");
    again.wait_for_the_end();
    let mut third = open(&home, &["open", "data-centre"]);
    third.wait_for("A session was left unsaved");
    third.press("\r");
    third.wait_for("the session is open, as it was");
    third.wait_for("Causeway  bgp-two-lines");
    third.wait_for("1 fault");
    // It is in no file yet: it is asked, and saved on the way out.
    third.press("q");
    third.wait_for("One thing that was done by hand is not saved");
    third.press("mine.session.ron\r");
    third.wait_for_the_end();
    assert!(home.kept().is_empty());
    let (lab, n_done, _) = glance(&home.folder().join("mine.session.ron")).expect("it is written whole");
    assert_eq!((lab.as_str(), n_done), ("bgp-two-lines", 1));
}

/// Killed at any moment, also while it is being written, what is kept is a whole session of no more than a second before.
#[test]
fn whenever_it_is_killed_what_is_kept_is_whole() {
    for after in [0, 40, 150, 400, 700, 930, 970, 1_010, 1_060, 1_120, 1_500, 2_010] {
        let (home, mut screen) = broken();
        // It plays on, so that there is something new to be kept every second.
        screen.press(" ");
        std::thread::sleep(Duration::from_millis(after));
        screen.kill();
        let kept = home.kept();
        let found: Vec<_> = kept.iter().map(|file| glance(file)).collect();
        assert!(found.iter().all(Result::is_ok), "after {after} ms: {kept:?}");
        let n_done = found.iter().flatten().map(|(_, n_done, _)| *n_done).max();
        if after >= 1_500 {
            assert_eq!(n_done, Some(1), "after {after} ms");
        }
    }
}
