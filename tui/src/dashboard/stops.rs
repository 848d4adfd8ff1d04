//! Where the dashboard runs to, and what it says where it cannot.

use std::time::Duration;

use sim_core::units::Span;

use super::tests::{open, opened, press, shows};
use super::*;

fn runs(dashboard: &mut Dashboard) {
    let mut n_pictures = 0;
    while dashboard.is_moving() {
        dashboard.elapse(Duration::from_millis(1));
        n_pictures += 1;
        // At the speed of play it would be some thousand.
        assert!(n_pictures < 500, "it runs as fast as it can");
    }
}

#[test]
fn what_never_comes_true_is_run_for_as_fast_as_can_be_and_told() {
    let mut dashboard = open();
    press(&mut dashboard, "userver app-server is DISCONNECTED\n");
    runs(&mut dashboard);
    let end = dashboard.desk.session().ends_at();
    assert_eq!(dashboard.desk.session().now(), end);
    shows(
        &mut dashboard,
        "server app-server is DISCONNECTED: that was not so until the lab's end",
    );
    // What comes true is not told of.
    press(&mut dashboard, "R");
    press(&mut dashboard, "userver app-server INITIAL_SYNC\n");
    runs(&mut dashboard);
    assert!(dashboard.desk.session().now() < end);
    assert_eq!(dashboard.desk.take_unmet(), None);
}

#[test]
fn an_instant_after_the_labs_end_leads_to_the_end_and_says_so() {
    let mut dashboard = open();
    let end = dashboard.desk.session().ends_at();
    press(&mut dashboard, "u99999d\n");
    shows(&mut dashboard, "and runs no further");
    runs(&mut dashboard);
    assert_eq!(dashboard.desk.session().now(), end);
    press(&mut dashboard, "u99999d\n");
    shows(&mut dashboard, "and is there");
    assert_eq!(dashboard.desk.session().now(), end);
}

#[test]
fn a_step_with_nothing_ahead_stays_where_it_is() {
    let mut dashboard = open();
    while {
        let before = dashboard.desk.session().now();
        press(&mut dashboard, "]");
        dashboard.desk.session().now() > before
    } {}
    shows(
        &mut dashboard,
        "nothing notable happens from here to the lab's end",
    );
    let (now, hash) = {
        let session = dashboard.desk.session();
        (session.now(), session.trace_hash())
    };
    assert!(now < dashboard.desk.session().ends_at());
    press(&mut dashboard, "]");
    assert_eq!(dashboard.desk.session().now(), now);
    assert_eq!(dashboard.desk.session().trace_hash(), hash);
    // It goes on from there.
    press(&mut dashboard, " ");
    dashboard.elapse(Duration::from_secs(1));
    assert!(dashboard.desk.session().now() > now + Span::ZERO);
}

#[test]
fn an_instant_is_sought_as_it_is_shown_and_one_that_is_there_says_so() {
    let mut dashboard = open();
    press(&mut dashboard, "u00:05:10.000\n");
    runs(&mut dashboard);
    assert_eq!(dashboard.desk.session().now(), SimTime::at(Span::secs(310)));
    press(&mut dashboard, "u+0s\n");
    shows(&mut dashboard, "the lab is at 00:05:10 already");
}

#[test]
fn the_key_bar_has_the_keys_of_what_lies_over_the_panels() {
    for (keys, words) in [
        ("?", " a-z find  Esc back"),
        (":", " Enter do it  Esc back"),
        ("u", " Enter go there  Esc back"),
        ("b", " Enter take the branch  Esc back"),
        ("S", " Enter save  Esc back"),
        ("e", " Enter take the form, then make the change  Esc back"),
    ] {
        let mut dashboard = open();
        press(&mut dashboard, keys);
        shows(&mut dashboard, words);
    }
}

#[test]
fn a_command_that_has_no_key_is_not_in_the_key_bar() {
    let mut dashboard = open();
    shows(&mut dashboard, " Space run");
    let config = crate::config::parse("Config(keys: {\"play_pause\": []})");
    let left = crate::config::Left::default();
    assert_eq!(dashboard.set_up(&config.expect("it is right"), &left), None);
    let screen = super::tests::text(&mut dashboard, 120, 40);
    assert!(!screen.contains("? run"), "{screen}");
    assert!(screen.contains("? help"), "{screen}");
}

#[test]
fn what_happens_first_on_a_branch_later_than_they_part_is_told_with_its_instant() {
    let mut dashboard = opened("dx-vpn-backup");
    let steps = [
        "u5m\n",
        "ilink_silent dx-primary\n",
        "u+1m\n",
        "u4m\n",
        "bpulled\n",
        "ilink_down dx-primary\n",
        "u6m\n",
    ];
    for keys in steps {
        press(&mut dashboard, keys);
        runs(&mut dashboard);
    }
    press(&mut dashboard, "Bg\n");
    press(&mut dashboard, "u6m\n");
    runs(&mut dashboard);
    press(&mut dashboard, "BGc");
    shows(
        &mut dashboard,
        "They part at 00:04:00.000; what happens first on each:",
    );
    shows(
        &mut dashboard,
        "main: dx-primary silently drops what enters at end A, at 00:05:00.000",
    );
    shows(
        &mut dashboard,
        "pulled: dx-primary goes down: both interfaces lose the carrier ",
    );
}

#[test]
fn what_forbids_an_outage_has_not_failed_before_anything_was_sent() {
    let mut dashboard = opened("dx-vpn-backup");
    press(&mut dashboard, "E");
    shows(
        &mut dashboard,
        "the office is never out for five seconds  not yet",
    );
    assert!(!super::tests::text(&mut dashboard, 120, 40).contains('✘'));
    // What was out for too long is lost for good.
    press(&mut dashboard, "u5m\n");
    runs(&mut dashboard);
    for fault in ["dx-primary", "dx-secondary", "isp-a"] {
        press(&mut dashboard, &format!("ilink_down {fault}\n"));
    }
    press(&mut dashboard, "u+1m\n");
    runs(&mut dashboard);
    shows(&mut dashboard, "✘ the office is never out for five seconds");
}

#[test]
fn what_a_question_says_is_whole_on_the_smallest_screen() {
    let mut dashboard = open();
    press(&mut dashboard, "u");
    let screen = super::tests::text(&mut dashboard, 60, 16);
    for words in ["that instant of the lab", "┃past ", "┃fails "] {
        assert!(screen.contains(words), "no {words:?} in\n{screen}");
    }
    let mut dashboard = opened("dx-vpn-backup");
    press(&mut dashboard, "ilink_down dx-primary\nLhybrid-dns\n");
    shows(&mut dashboard, "saves the session in it, and goes on.");
}
