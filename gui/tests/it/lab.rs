//! The window with a shipped lab running behind it.

use std::time::Duration;

use egui::Role;
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use gui::window::Window;
use sim_core::lab::ResourceRef;
use sim_core::units::{SimTime, Span};
use sim_core::view::View;

use crate::driven::{click, now, opened, press, push, shows, tells, wait};

/// One server moves from Region to Region.
const LAB: &str = "region-to-region";

#[test]
fn a_source_server_is_found_selected_and_seen_to_change() {
    let mut harness = opened(LAB);
    push(&mut harness, "app-server");
    let looked_at = harness.state().looked_at();
    assert!(matches!(looked_at, Some(ResourceRef::Host(_))), "{looked_at:?}");
    assert!(!shows(&harness, "NOT_READY"));

    click(&mut harness, "▶ Run");
    // The agent is installed from ten minutes on, which takes some; ten minutes pass each second.
    wait(&mut harness, 3);
    assert!(now(&harness) > SimTime::at(Span::minutes(24)));
    assert!(
        shows(&harness, "NOT_READY"),
        "the inspector does not tell the life cycle"
    );
    assert_eq!(harness.state().looked_at(), looked_at);

    click(&mut harness, "⏸ Pause");
    let paused_at = now(&harness);
    wait(&mut harness, 1);
    assert_eq!(now(&harness), paused_at);
}

#[test]
fn what_comes_and_goes_while_it_runs_keeps_what_is_selected() {
    let mut harness = opened(LAB);
    push(&mut harness, "mgn-endpoint");
    let looked_at = harness.state().looked_at();
    let n_nodes = |harness: &Harness<'_, Window>| View::of(harness.state().session()).topology().nodes.len();
    let before = n_nodes(&harness);
    press(&mut harness, " ");
    wait(&mut harness, 6);
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
fn the_board_and_the_facts_lead_on_and_back() {
    let mut harness = opened(LAB);
    press(&mut harness, "7");
    click(&mut harness, "Show app-server");
    assert!(matches!(
        harness.state().looked_at(),
        Some(ResourceRef::SourceServer(_))
    ));
    // The button of the board does what the change would do.
    push(&mut harness, "Install the agent");
    assert!(
        tells(&harness, "changed; U undoes it"),
        "{:?}",
        harness.state().front().said
    );
    assert_eq!(harness.state().session().n_done(), 1);
    press(&mut harness, "U");
    assert_eq!(harness.state().session().n_done(), 0);

    click(&mut harness, "Show app-server");
    let waves = harness.query_all_by_role_and_label(Role::Link, "wave-1");
    waves.last().expect("the facts name the wave").click();
    harness.run_steps(4);
    // A wave has no place in the picture.
    assert!(matches!(harness.state().looked_at(), Some(ResourceRef::Wave(_))));
    click(&mut harness, "← Back");
    assert!(matches!(
        harness.state().looked_at(),
        Some(ResourceRef::SourceServer(_))
    ));
}

#[test]
fn next_stops_at_the_next_notable_event_and_shows_why() {
    let mut harness = opened(LAB);
    click(&mut harness, "⏭ Next");
    assert!(!harness.state().is_running());
    // Nothing happens before the runbook installs the agent.
    assert_eq!(now(&harness), SimTime::at(Span::minutes(10)));
    assert!(shows(&harness, "What it led to"));
    assert!(shows(&harness, "at 00:10:00.000"));
    press(&mut harness, "[");
    assert_eq!(now(&harness), SimTime::START);
}

#[test]
fn a_frame_without_time_still_goes_on_and_a_lab_stops_at_its_end() {
    let mut harness = opened(LAB);
    press(&mut harness, " ++++++++++++");
    let mut asked = 0;
    harness.state_mut().run(Duration::from_secs(1), &mut || {
        asked += 1;
        false
    });
    // As fast as it can goes on for more than one handful of events.
    assert_eq!(asked, 1);
    assert!(now(&harness) < SimTime::at(Span::days(1)));
    wait(&mut harness, 1);
    assert_eq!(now(&harness), harness.state().session().ends_at());
    assert!(!harness.state().is_running());
    assert!(shows(&harness, "■ At the end"));
}
