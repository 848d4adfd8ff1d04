//! The window with a shipped lab running behind it.

use std::time::Duration;

use egui::{Key, Role};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use gui::theme;
use gui::window::Window;
use sim_core::lab::{Keep, ResourceRef, Session};
use sim_core::scenario::{load, shipped_base};
use sim_core::units::{SimTime, Span};
use sim_core::view::View;

/// One server moves from Region to Region.
const LAB: &str = "region-to-region";

fn opened() -> Harness<'static, Window> {
    let text = shipped_base(LAB).expect("it ships");
    let lab = load(&text, LAB, &shipped_base).expect("it is right");
    let session = Session::open(lab.blueprint, None, Keep::Last(1_000)).expect("it can be built");
    let mut harness = Harness::builder()
        .with_size([1280.0, 800.0])
        .with_os(egui::os::OperatingSystem::Nix)
        .with_context_setup(theme::setup)
        .build_ui_state(|ui, window: &mut Window| window.frame(ui), Window::new(session));
    harness.run();
    harness
}

fn shows(harness: &Harness<'_, Window>, label: &str) -> bool {
    harness.query_all_by_label(label).next().is_some()
}

/// Seconds pass outside, thirty frames in each, with all the time that the lab wants.
fn wait(harness: &mut Harness<'_, Window>, seconds: u32) {
    for _ in 0..30 * seconds {
        harness.state_mut().run(Duration::from_secs(1) / 30, &mut || true);
    }
    harness.step();
}

fn now(harness: &Harness<'_, Window>) -> SimTime {
    harness.state().session().now()
}

#[test]
fn a_source_server_is_found_selected_and_seen_to_change() {
    let mut harness = opened();
    harness.get_by_role_and_label(Role::Button, "app-server").click();
    harness.run();
    let looked_at = harness.state().looked_at();
    assert!(matches!(looked_at, Some(ResourceRef::Host(_))), "{looked_at:?}");
    assert!(shows(&harness, "Install the replication agent"));
    assert!(!shows(&harness, "NOT_READY"));

    harness.get_by_label("▶ Run").click();
    harness.step();
    // The agent is installed from ten minutes on, which takes some; a minute passes each second.
    wait(&mut harness, 25);
    assert!(now(&harness) > SimTime::at(Span::minutes(24)));
    assert!(
        shows(&harness, "NOT_READY"),
        "neither inspector nor strip tells the life cycle"
    );
    assert!(shows(&harness, "Wait for initial sync to complete"));
    assert_eq!(harness.state().looked_at(), looked_at);

    harness.get_by_label("⏸ Pause").click();
    harness.run();
    let paused_at = now(&harness);
    wait(&mut harness, 1);
    assert_eq!(now(&harness), paused_at);
}

#[test]
fn what_comes_and_goes_while_it_runs_keeps_what_is_selected() {
    let mut harness = opened();
    harness
        .get_by_role_and_label(Role::Button, "mgn-endpoint")
        .click();
    harness.run();
    let looked_at = harness.state().looked_at();
    let n_nodes = |harness: &Harness<'_, Window>| View::of(harness.state().session()).topology().nodes.len();
    let before = n_nodes(&harness);
    harness.key_press(Key::Space);
    harness.step();
    wait(&mut harness, 60);
    assert!(
        n_nodes(&harness) > before,
        "no replication server came in an hour"
    );
    assert!(looked_at.is_some());
    assert_eq!(harness.state().looked_at(), looked_at);
    assert!(
        shows(&harness, "interface endpoint"),
        "the inspector tells of something else"
    );
}

#[test]
fn the_strip_stands_below_the_picture_and_covers_none_of_it() {
    let harness = opened();
    let bottom = |label: &str| harness.get_by_label(label).rect().bottom();
    let title = harness.get_by_label("Migration").rect();
    assert!(harness.get_by_label("Topology").rect().bottom() <= title.top());
    assert!(title.bottom() <= harness.get_by_label("Life cycle").rect().top());
    assert!(bottom("Show app-server") <= 800.0, "the row is cut off");
}

#[test]
fn the_strip_and_the_facts_lead_on_and_back() {
    let mut harness = opened();
    harness.get_by_label("Show app-server").click();
    harness.run();
    assert!(matches!(
        harness.state().looked_at(),
        Some(ResourceRef::SourceServer(_))
    ));
    harness.get_by_role_and_label(Role::Link, "wave-1").click();
    harness.run();
    // A wave has no place in the picture.
    assert!(matches!(harness.state().looked_at(), Some(ResourceRef::Wave(_))));
    harness.get_by_label("← Back").click();
    harness.run();
    assert!(matches!(harness.state().looked_at(), Some(ResourceRef::Host(_))));
    harness.key_press(Key::Escape);
    harness.run();
    assert_eq!(harness.state().looked_at(), None);
    assert!(shows(&harness, "What there is"));
}

#[test]
fn next_stops_at_the_next_notable_event_and_says_what_it_was() {
    let mut harness = opened();
    harness.get_by_label("⏭ Next").click();
    harness.step();
    wait(&mut harness, 1);
    harness.run();
    assert!(!harness.state().is_running());
    // Nothing happens before the runbook installs the agent.
    assert_eq!(now(&harness), SimTime::at(Span::minutes(10)));
    assert!(
        harness.query_all_by_label_contains("00:10:00.000").count() >= 2,
        "the clock and the news tell the instant"
    );
}

#[test]
fn a_frame_without_time_still_goes_on_and_a_lab_stops_at_its_end() {
    let mut harness = opened();
    harness.key_press(Key::Space);
    for _ in 0..6 {
        harness.key_press(Key::CloseBracket);
    }
    harness.step();
    let mut asked = 0;
    harness.state_mut().run(Duration::from_secs(1), &mut || {
        asked += 1;
        false
    });
    // A day in one second has more than one handful of events.
    assert_eq!(asked, 1);
    assert!(now(&harness) < SimTime::at(Span::days(1)));
    wait(&mut harness, 4);
    assert_eq!(now(&harness), harness.state().session().ends_at());
    assert!(!harness.state().is_running());
    assert!(shows(&harness, "CUTOVER"));
    assert!(shows(&harness, "100 %"));
}
