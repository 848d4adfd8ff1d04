//! How things are found by typing.

use super::tests::{open, opened, press, shows, text};
use super::*;
use sim_core::resource::ResourceRef;

#[track_caller]
fn lacks(dashboard: &mut Dashboard, unwanted: &str) {
    let screen = text(dashboard, 120, 40);
    assert!(!screen.contains(unwanted), "{unwanted:?} in\n{screen}");
}

/// The sign before the line is pressed by who wants to search, and not searched for.
#[test]
fn the_sign_of_a_line_is_not_searched_for() {
    let mut dashboard = open();
    press(&mut dashboard, "?/faster");
    shows(&mut dashboard, "Run faster");
    lacks(&mut dashboard, "Run slower");
    press(&mut dashboard, "\u{1b}L/bgp-two");
    shows(&mut dashboard, "bgp-two-lines");
    lacks(&mut dashboard, "tunnel-");
    press(&mut dashboard, "\u{1b}i/host_down");
    lacks(&mut dashboard, "No fault of this lab holds these letters");
    press(&mut dashboard, "\u{1b}::faster");
    shows(&mut dashboard, "Run faster");
}

#[test]
fn the_detail_is_filtered_as_every_view_is() {
    let mut dashboard = open();
    assert!(dashboard.select("app-server"));
    press(&mut dashboard, "D");
    shows(&mut dashboard, "What can be done to it");
    press(&mut dashboard, "/host_");
    lacks(&mut dashboard, "What can be done to it");
    shows(&mut dashboard, "host_");
    // What is typed is no command.
    press(&mut dashboard, "q");
    press(&mut dashboard, "\u{1b}");
    shows(&mut dashboard, "What can be done to it");
}

#[test]
fn the_palette_knows_sessions_and_changes_and_whole_words() {
    let mut dashboard = opened("ipsec-bgp");
    for (typed, first) in [
        ("cgw-1/tgw", "Select cgw-1/tgw"),
        ("start", "Restart with the same seed"),
        ("proposal", "Edit configure_tunnel("),
        ("heal", "Inject a fault, or heal one"),
        ("certificate", "Edit configure_tunnel("),
        ("fail dx-7", "No command, thing or change has these letters."),
    ] {
        press(&mut dashboard, &format!(":{typed}"));
        shows(&mut dashboard, first);
        press(&mut dashboard, "\u{1b}");
    }
    press(&mut dashboard, ":Select cgw-1/tgw\n");
    let selected = dashboard.app.selected();
    assert!(
        matches!(selected, Selection::Resource(ResourceRef::BgpSession(_))),
        "{selected:?}"
    );
    press(&mut dashboard, ":Edit link_mtu\n");
    shows(&mut dashboard, "Change the lab now");
    shows(&mut dashboard, "> link_mtu(");
    press(&mut dashboard, "\u{1b}eproposal");
    shows(&mut dashboard, "configure_tunnel(");
}
