//! One lesson from beginning to end, by names and keys alone.

use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use gui::window::Window;
use sim_core::units::{SimTime, Span};

use crate::driven::{click, now, opened, press, run_until, shows, tells, wait, write};

/// The first flow's way, link by link.
fn way(harness: &Harness<'_, Window>) -> Vec<String> {
    let flows = &harness.state().desk().feed().snapshot.flows;
    flows.first().expect("replication flows").path.clone()
}

#[test]
fn a_link_fails_the_flow_moves_time_goes_back_and_a_branch_differs() {
    let mut harness = opened("onprem-to-aws");
    run_until(&mut harness, "3h");
    let before = way(&harness);
    assert!(before.iter().any(|link| link == "dx-primary"), "{before:?}");
    press(&mut harness, "5");
    assert!(tells(&harness, "dx-primary"), "the flows do not tell their way");

    // A branch on which the line is cut.
    press(&mut harness, "b");
    write(&mut harness, "cut");
    press(&mut harness, "\n");
    assert!(shows(&harness, "Branch cut"), "the timeline has no lane for it");
    press(&mut harness, "i");
    write(&mut harness, "link_down of dx-primary");
    press(&mut harness, "\n");
    assert!(tells(&harness, "link_down of dx-primary is injected"));
    assert_eq!(harness.state().desk().feed().injected.len(), 1);
    run_until(&mut harness, "+5m");
    let after = way(&harness);
    assert_ne!(after, before);
    assert!(after.iter().all(|link| link != "dx-primary"), "{after:?}");
    let told = after.join(", ");
    assert!(tells(&harness, &told), "the window does not show the way {told}");

    // Back by the timeline, and on again by the same way as before.
    let failed_at = SimTime::at(Span::hours(3));
    let lanes = harness.get_by_label("Timeline").rect();
    harness.get_by_label("Timeline").focus();
    harness.run_steps(3);
    harness.key_press(egui::Key::ArrowLeft);
    harness.run_steps(3);
    assert!(
        now(&harness) < failed_at + Span::minutes(5),
        "the timeline at {lanes:?} does not scrub"
    );

    // What was done on the branch is not done on the trunk.
    click(&mut harness, "Branch main");
    assert_eq!(now(&harness), failed_at);
    assert_eq!(harness.state().desk().feed().injected, []);
    run_until(&mut harness, "+5m");
    assert_eq!(way(&harness), before);
    press(&mut harness, "B");
    click(&mut harness, "Compare with cut");
    assert!(tells(&harness, "They part at"));
    assert!(tells(&harness, "dx-primary"));
}

#[test]
fn a_route_of_bgp_is_looked_at_with_its_candidates_and_what_decided() {
    let mut harness = opened("onprem-to-aws");
    run_until(&mut harness, "30m");
    press(&mut harness, "3");
    let sessions = harness.state().desk().feed().snapshot.sessions.clone();
    let first = sessions.first().expect("the lab has BGP sessions");
    assert!(tells(&harness, &first.state.to_string()));
    press(&mut harness, ":");
    write(&mut harness, "Select cgw-1");
    press(&mut harness, "\n");
    press(&mut harness, "4");
    let feed = harness.state().desk().feed();
    let routing = feed.routing.as_ref().expect("a router has routes");
    let rows = routing.tables.iter().flat_map(|table| &table.rows);
    let chosen = rows.into_iter().find(|row| row.paths.len() > 1);
    let chosen = chosen.expect("two lines announce the same").clone();
    assert!(!chosen.decided_by.is_empty());
    let row = format!("{}  {}", chosen.prefix, chosen.leads_to);
    assert!(tells(&harness, &row), "no row begins with {row}");
    assert!(tells(&harness, &chosen.decided_by));
}

#[test]
fn why_and_what_it_led_to_follow_a_fault() {
    let mut harness = opened("bgp-two-lines");
    run_until(&mut harness, "5m");
    press(&mut harness, "i");
    write(&mut harness, "link_down of dx-primary");
    press(&mut harness, "\n");
    let record = harness.state().front();
    assert!(matches!(
        sim_core::desk::Screen::selected(record),
        sim_core::desk::selection::Selection::Record(_)
    ));
    run_until(&mut harness, "+2m");
    let led_to = harness.state().desk().feed().led_to.notable.clone();
    assert!(!led_to.is_empty(), "a link that goes down leads to something");
    let row = &led_to[0].row;
    assert!(tells(&harness, &row.what), "{} is not told", row.what);
    wait(&mut harness, 1);
}
