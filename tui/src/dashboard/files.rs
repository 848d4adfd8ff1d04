//! What the dashboard writes, and when it asks before.

use std::fs;
use std::path::PathBuf;

use sim_core::storage::keeper::Keeper;

use super::tests::{open, press, shows};
use super::*;

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
