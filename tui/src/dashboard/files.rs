//! What the dashboard writes, and when it asks before.

use std::fs;
use std::path::PathBuf;

use sim_core::desk::session_text;
use sim_core::lab::Checkpoints;
use sim_core::scenario::read_session;
use sim_core::storage::keeper::Keeper;
use sim_core::units::Span;

use super::tests::{open, press, shows, text as text_of};
use super::*;
use crate::headless::{SCREEN_KEEP, session};
use crate::palette::Palette;
use crate::theme::Letters;

/// A folder of a test's own.
fn folder(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("causeway-files-{name}-{}", std::process::id()));
    fs::create_dir_all(&folder).expect("a folder for a test");
    folder
}

fn run_errands(dashboard: &mut Dashboard) {
    let (desk, screen) = dashboard.parts();
    Keeper::default().run_errands(desk, screen);
}

#[test]
fn a_file_that_is_there_is_asked_about_before_it_is_written_over() {
    let folder = folder("over");
    for (key, file) in [("S", "mine.session.ron"), ("W", "mine.ron")] {
        let mut dashboard = open();
        let file = folder.join(file);
        let answer = |dashboard: &mut Dashboard, answer: &str| {
            press(dashboard, answer);
            run_errands(dashboard);
        };
        fs::write(&file, "not to be lost").expect("a file for a test");
        let save = format!("{key}{}\n", file.display());
        answer(&mut dashboard, &save);
        shows(&mut dashboard, "Write over ");
        let read = || fs::read_to_string(&file).expect("it is there");
        assert_eq!(read(), "not to be lost");
        answer(&mut dashboard, "\u{1b}");
        assert_eq!(read(), "not to be lost", "Esc leaves it");
        answer(&mut dashboard, &save);
        answer(&mut dashboard, "\n");
        shows(&mut dashboard, "written to ");
        assert_ne!(read(), "not to be lost");
        // What was written from here is written again.
        answer(&mut dashboard, &save);
        shows(&mut dashboard, "written to ");
    }
    fs::remove_dir_all(folder).expect("the folder is this test's");
}

#[test]
fn who_leaves_is_asked_about_a_file_that_is_there_and_leaves_only_once_it_is_written() {
    let folder = folder("leave");
    let file = folder.join("mine.session.ron");
    fs::write(&file, "not to be lost").expect("a file for a test");
    let mut dashboard = open();
    press(&mut dashboard, "ehost_rate(\"app-server\", \"1Gbps\")\n");
    let leave = format!("q{}\n", file.display());
    press(&mut dashboard, &leave);
    run_errands(&mut dashboard);
    shows(&mut dashboard, "Write over ");
    // A later save leaves nothing.
    press(&mut dashboard, "\u{1b}");
    press(
        &mut dashboard,
        &format!("S{}\n", folder.join("other.session.ron").display()),
    );
    run_errands(&mut dashboard);
    assert!(!dashboard.parts().0.is_left());
    press(&mut dashboard, "ehost_rate(\"app-server\", \"2Gbps\")\n");
    press(&mut dashboard, &leave);
    run_errands(&mut dashboard);
    press(&mut dashboard, "\n");
    run_errands(&mut dashboard);
    assert!(dashboard.parts().0.is_left());
    fs::remove_dir_all(folder).expect("the folder is this test's");
}

/// What lies on the lanes of other branches is known from the file, before any of them is shown.
#[test]
fn a_session_that_is_opened_again_has_the_lanes_that_it_had() {
    let session = session("bgp-two-lines", None, &[], SCREEN_KEEP).expect("a shipped lab");
    let look = Look::of(Palette::Terminal, Letters::Unicode);
    let mut dashboard = Dashboard::new(session, look);
    dashboard.run_to(SimTime::at(Span::minutes(5)));
    press(&mut dashboard, "b\nilink_down dx-primary\n");
    dashboard.run_to(SimTime::at(Span::minutes(8)));
    press(&mut dashboard, "Bg\n");
    let text = session_text(dashboard.desk.tree());
    let (loaded, saved) = read_session(text.as_bytes(), "mine.ron").expect("it was just written");
    let again = Branches::reopen(loaded.blueprint, &saved, SCREEN_KEEP, Checkpoints::default());
    let mut again = Dashboard::reopened(again.expect("it opens").branches, look);
    let lanes = |dashboard: &mut Dashboard| -> Vec<String> {
        let screen = text_of(dashboard, 120, 40);
        screen.lines().skip(36).take(3).map(str::to_owned).collect()
    };
    assert_eq!(again.desk.feed().branches, dashboard.desk.feed().branches);
    assert_eq!(lanes(&mut again), lanes(&mut dashboard));
}
