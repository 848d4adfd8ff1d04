//! Time that is taken back, branches, and what becomes of work that is not saved.

use crossterm::event::{KeyCode, KeyEvent};
use sim_core::units::Span;

use super::tests::{open, open_two_lines, press, shows};
use super::*;

/// The lab and its faults after three more minutes.
fn three_minutes_on(dashboard: &mut Dashboard) -> (String, usize) {
    press(dashboard, "u+3m\n");
    while dashboard.is_moving() {
        dashboard.elapse(Duration::from_millis(33));
    }
    let hash = dashboard.desk.feed().snapshot.overview.trace_hash.clone();
    (hash, dashboard.desk.feed().snapshot.faults.len())
}

#[test]
fn time_goes_back_and_what_was_done_by_hand_is_done_again_or_taken_back() {
    let mut dashboard = open_two_lines();
    dashboard.run_to(SimTime::at(Span::minutes(5)));
    let mut quiet = open_two_lines();
    quiet.run_to(SimTime::at(Span::minutes(5)));
    let quiet = three_minutes_on(&mut quiet);
    press(&mut dashboard, "ilink_loss\t20%\t1m30s\n");
    let with_fault = three_minutes_on(&mut dashboard);
    assert!(with_fault.1 > quiet.1);

    press(&mut dashboard, "u5m30s\n");
    shows(&mut dashboard, "00:05:30.000");
    shows(&mut dashboard, "what was done by hand after it happens again");
    assert_eq!(dashboard.desk.feed().injected.len(), 1);
    assert!(
        dashboard
            .desk
            .feed()
            .log
            .iter()
            .all(|row| row.at <= dashboard.desk.feed().now())
    );
    press(&mut dashboard, "u-1m\n");
    shows(&mut dashboard, "00:04:30.000");
    assert_eq!(dashboard.desk.feed().injected, []);
    dashboard.run_to(SimTime::at(Span::minutes(5)));
    assert_eq!(dashboard.desk.feed().injected.len(), 1);
    assert_eq!(three_minutes_on(&mut dashboard), with_fault);
    assert_eq!(dashboard.desk.feed().injected, []);
    let n_records = dashboard.desk.session().n_records();
    let ids: Vec<u64> = dashboard
        .desk
        .feed()
        .log
        .iter()
        .map(|row| row.id.number())
        .collect();
    assert!(ids.iter().copied().eq(1..=n_records), "{ids:?}");

    // It healed by itself, so what was done by hand last is the fault.
    press(&mut dashboard, "U");
    shows(&mut dashboard, "back at 00:05:00");
    shows(&mut dashboard, "00:05:00.000");
    assert_eq!(dashboard.desk.feed().injected, []);
    assert_eq!(three_minutes_on(&mut dashboard), quiet);
    press(&mut dashboard, "U");
    shows(&mut dashboard, "nothing was done by hand until now");
}

/// A branch is work, too; what it has from the one that it was taken from counts once.
#[test]
fn branches_are_asked_about_and_counted_once() {
    let n_unsaved = |dashboard: &mut Dashboard| dashboard.parts().0.n_unsaved();
    let mut dashboard = open();
    press(&mut dashboard, "bfirst\n");
    assert_eq!(n_unsaved(&mut dashboard), 1);
    press(&mut dashboard, "q");
    shows(&mut dashboard, "One thing that was done by hand is not saved");
    press(
        &mut dashboard,
        "\u{1b}ehost_rate(\"app-server\", \"1Gbps\")\nbsecond\n",
    );
    assert_eq!(n_unsaved(&mut dashboard), 3);
    press(&mut dashboard, "Smine.session.ron\n");
    let (desk, screen) = dashboard.parts();
    desk.take_errands();
    desk.saved(std::path::Path::new("mine.session.ron"), Ok(()), screen);
    assert_eq!(desk.n_unsaved(), 0);
    press(&mut dashboard, "ehost_rate(\"app-server\", \"2Gbps\")\n");
    assert_eq!(n_unsaved(&mut dashboard), 1);
}

/// What could not be read again is not taken.
#[test]
fn a_branch_has_a_name_that_a_file_can_hold() {
    let mut dashboard = open();
    press(&mut dashboard, "b");
    press(&mut dashboard, &"x".repeat(129));
    press(&mut dashboard, "\n");
    shows(&mut dashboard, "at most 128 characters");
    assert_eq!(dashboard.parts().0.tree().sessions().len(), 1);
}

#[test]
fn what_was_branched_is_compared_from_the_view_itself() {
    let mut dashboard = open_two_lines();
    press(&mut dashboard, "C");
    shows(&mut dashboard, "One branch so far");
    press(&mut dashboard, "bcut\ni");
    press(&mut dashboard, "link dx-primary down\n");
    press(&mut dashboard, "C");
    shows(&mut dashboard, "Enter compares");
    press(&mut dashboard, "\n");
    shows(&mut dashboard, "They part at");
}

#[test]
fn branches_are_renamed_and_deleted_after_a_question() {
    let mut dashboard = open_two_lines();
    dashboard.run_to(SimTime::at(Span::minutes(5)));
    press(&mut dashboard, "b\n");
    dashboard.run_to(SimTime::at(Span::minutes(6)));
    press(&mut dashboard, "BGcBGr");
    shows(&mut dashboard, "Rename try-1");
    press(&mut dashboard, "main\n");
    shows(&mut dashboard, "there is a branch \"main\" already");
    press(&mut dashboard, "\u{8}\u{8}\u{8}\u{8}slow line\n");
    shows(&mut dashboard, "try-1 is called slow line from now on");
    press(&mut dashboard, "C");
    shows(&mut dashboard, "slow line");
    // Not the one that is shown, and nothing without a second key.
    press(&mut dashboard, "BGx\n");
    shows(&mut dashboard, "switch to another one first");
    press(&mut dashboard, "\u{1b}Bgx");
    shows(&mut dashboard, "Delete main?");
    press(&mut dashboard, "\u{1b}");
    assert_eq!(dashboard.desk.tree().rows().len(), 2);
    press(&mut dashboard, "x\n");
    shows(&mut dashboard, "main is deleted");
    let rows = dashboard.desk.tree().rows();
    assert_eq!(
        (rows.len(), rows[0].name.as_str(), &rows[0].from),
        (1, "slow line", &None)
    );
    assert_eq!(dashboard.desk.feed().comparison, None);
    press(&mut dashboard, "b");
    shows(&mut dashboard, "try-1");
}

/// What was done by hand is in no file: it is asked what becomes of it.
#[test]
fn who_leaves_what_is_not_saved_is_asked() {
    let mut dashboard = open();
    press(&mut dashboard, "ehost_rate(\"app-server\", \"1Gbps\")\n");
    let key = |code| Event::Key(KeyEvent::from(code));
    assert_eq!(dashboard.on_event(&key(KeyCode::Char('q'))), Fate::Stay);
    shows(&mut dashboard, "One thing that was done by hand is not saved");
    press(&mut dashboard, "\u{1b}");
    assert_eq!(dashboard.on_event(&key(KeyCode::Char('q'))), Fate::Stay);
    press(&mut dashboard, "mine.session.ron\n");
    let (desk, screen) = dashboard.parts();
    assert_eq!((desk.take_errands().len(), desk.is_left()), (1, false));
    desk.saved(std::path::Path::new("mine.session.ron"), Ok(()), screen);
    assert!(desk.is_left() && desk.n_unsaved() == 0);
    // What is saved is left at once.
    assert_eq!(dashboard.on_event(&key(KeyCode::Char('q'))), Fate::Leave);
}

#[test]
fn what_is_not_saved_is_left_without_a_name() {
    let mut dashboard = open();
    press(&mut dashboard, "ehost_rate(\"app-server\", \"1Gbps\")\n");
    let key = |code| Event::Key(KeyEvent::from(code));
    assert_eq!(dashboard.on_event(&key(KeyCode::Char('q'))), Fate::Stay);
    assert_eq!(dashboard.on_event(&key(KeyCode::Enter)), Fate::Leave);
    assert_eq!(dashboard.parts().0.n_unsaved(), 1);
}

/// Another lab in the place of what is not saved: that is asked about, and opened once it is answered.
#[test]
fn what_is_not_saved_is_asked_about_before_something_else_takes_its_place() {
    let change = "ehost_rate(\"app-server\", \"1Gbps\")\n";
    let other = "Lbgp-two-lines\n";
    let mut dashboard = open();
    // Nothing was done: nothing is asked.
    press(&mut dashboard, other);
    shows(&mut dashboard, "bgp-two-lines is open");
    let name = |dashboard: &mut Dashboard| dashboard.parts().0.session().blueprint().about.name.clone();
    let mut dashboard = open();
    let first = name(&mut dashboard);
    press(&mut dashboard, change);
    press(&mut dashboard, other);
    shows(&mut dashboard, "One thing that was done by hand is not saved");
    press(&mut dashboard, "\u{1b}");
    assert_eq!(name(&mut dashboard), first, "Esc stays");
    // A later save opens nothing.
    let saved_in = std::path::Path::new("mine.session.ron");
    press(&mut dashboard, other);
    press(&mut dashboard, "mine.session.ron\n");
    let (desk, screen) = dashboard.parts();
    assert_eq!(desk.take_errands().len(), 1);
    desk.saved(saved_in, Err(std::io::Error::other("the disk is full")), screen);
    assert_eq!(name(&mut dashboard), first, "what could not be saved stays");
    shows(&mut dashboard, "the disk is full");
    press(&mut dashboard, "\n");
    let (desk, screen) = dashboard.parts();
    assert_eq!(desk.take_errands().len(), 1);
    desk.saved(saved_in, Ok(()), screen);
    assert_eq!(name(&mut dashboard), "bgp-two-lines");
    // Without a name it is let go.
    let mut dashboard = open();
    press(&mut dashboard, change);
    press(&mut dashboard, other);
    press(&mut dashboard, "\n");
    assert_eq!(name(&mut dashboard), "bgp-two-lines");
    assert_eq!(dashboard.parts().0.n_unsaved(), 0);
}
