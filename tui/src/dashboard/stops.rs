//! Where the dashboard runs to, and what it says where it cannot.

use std::time::Duration;

use sim_core::units::Span;

use super::tests::{open, press, shows};
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
