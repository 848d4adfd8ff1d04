//! A session is saved and opened again, and one that is killed is offered back.

use std::fs;
use std::time::{Duration, Instant};

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
    again.press("q");
    again.wait_for_the_end();
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
    again.wait_for("A session was not closed");
    again.wait_for("bgp-two-lines at 00:05:00, one thing done by hand");
    // Not now: it is still there the next time.
    again.press("\u{1b}");
    again.wait_without("A session was not closed");
    again.press("q");
    again.wait_for_the_end();
    let mut third = open(&home, &["open", "data-centre"]);
    third.wait_for("A session was not closed");
    third.press("\r");
    third.wait_for("the session is open, as it was");
    third.wait_for("Causeway  bgp-two-lines");
    third.wait_for("1 fault");
    third.press("q");
    third.wait_for_the_end();
    assert!(home.kept().is_empty());
}
