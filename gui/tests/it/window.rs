use egui::{Event, Key, Modifiers, MouseWheelSource, MouseWheelUnit, PointerButton, Pos2, TouchPhase, Vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use gui::app::App;
use gui::playback::{Command, Pace, Playback, Speed};
use gui::theme;
use gui::topology::{Health, Item, Topology};
use sim_core::units::{SimTime, Span};

use crate::fixture::two_regions;

fn window(app: App) -> Harness<'static, App> {
    let mut harness = Harness::builder()
        .with_size([1200.0, 720.0])
        .with_os(egui::os::OperatingSystem::Nix)
        .with_context_setup(theme::setup)
        .build_ui_state(|ui, app: &mut App| app.frame(ui), app);
    harness.run();
    harness
}

fn click_at(harness: &mut Harness<'_, App>, pos: Pos2) {
    harness.hover_at(pos);
    harness.step();
    for pressed in [true, false] {
        let button = PointerButton::Primary;
        harness.event(Event::PointerButton {
            pos,
            button,
            pressed,
            modifiers: Modifiers::NONE,
        });
        harness.step();
    }
    harness.run();
}

/// The words of the inspector are labels; a node of the canvas is a button.
fn shows(harness: &Harness<'_, App>, label: &str) -> bool {
    harness.query_all_by_label(label).next().is_some()
}

#[test]
fn a_node_is_found_by_its_name_and_selecting_it_tells_how_it_does_and_where_it_is() {
    let picture = two_regions();
    let mut harness = window(App::new(picture.topology));
    assert!(
        shows(&harness, "What there is"),
        "with nothing selected the panel speaks of the whole lab"
    );
    harness.get_by_role_and_label(egui::Role::Button, "web-1").click();
    harness.run();
    assert_eq!(harness.state().selected(), Some(Item::Node(picture.web)));
    for words in [
        "192.168.1.10",
        "degraded",
        "Subnet servers",
        "VPC source",
        "Region ap-southeast-1",
    ] {
        assert!(shows(&harness, words), "the inspector does not say {words:?}");
    }
    assert!(!shows(&harness, "What there is"));
}

#[test]
fn the_inspector_leads_from_a_node_to_its_box_and_on_to_a_link() {
    let picture = two_regions();
    let mut harness = window(App::new(picture.topology));
    harness.get_by_role_and_label(egui::Role::Button, "web-1").click();
    harness.run();
    harness.get_by_label("VPC source").click();
    harness.run();
    harness.get_by_label("VPC peering connection pcx-target").click();
    harness.run();
    assert_eq!(harness.state().selected(), Some(Item::Link(picture.peering)));
    assert!(shows(&harness, "420Mbps"));
    harness.key_press(Key::Escape);
    harness.run();
    assert_eq!(harness.state().selected(), None);
}

#[test]
fn the_wheel_zooms_about_the_pointer_and_f_shows_everything_again() {
    let mut harness = window(App::new(two_regions().topology));
    let fitted = harness.state().scale().expect("drawn once");
    let web = |harness: &Harness<'_, App>| harness.get_by_role_and_label(egui::Role::Button, "web-1").rect();
    let before = web(&harness);
    harness.hover_at(before.center());
    harness.event(Event::MouseWheel {
        unit: MouseWheelUnit::Point,
        delta: Vec2::new(0.0, 90.0),
        phase: TouchPhase::Move,
        source: MouseWheelSource::Wheel,
        modifiers: Modifiers::NONE,
    });
    // The tooltip of the node under the pointer fades in meanwhile.
    harness.run_steps(20);
    let after = web(&harness);
    // Half of the 180 points that make an octave.
    let zoomed = harness.state().scale().expect("drawn") / fitted;
    assert!((zoomed - 2.0_f32.sqrt()).abs() < 0.01, "zoomed {zoomed} times");
    assert!(
        after.center().distance(before.center()) < 1.0,
        "{before:?} moved to {after:?}"
    );
    harness.key_press(Key::F);
    harness.run_steps(20);
    assert_eq!(harness.state().scale(), Some(fitted));
}

#[test]
fn clicking_beside_everything_lets_go() {
    let picture = two_regions();
    let mut harness = window(App::new(picture.topology));
    harness.get_by_role_and_label(egui::Role::Button, "web-1").click();
    harness.run();
    let corner = harness.get_by_label("Topology").rect().left_bottom() + Vec2::new(3.0, -3.0);
    click_at(&mut harness, corner);
    assert_eq!(harness.state().selected(), None);
}

#[test]
fn news_of_the_same_things_keeps_the_selection_and_other_things_do_not() {
    let picture = two_regions();
    let mut harness = window(App::new(picture.topology.clone()));
    harness.get_by_role_and_label(egui::Role::Button, "web-1").click();
    harness.run();
    let mut news = picture.topology;
    news.node_mut(picture.web).expect("it is there").health = Health::Failed;
    harness.state_mut().set_topology(news);
    harness.run();
    assert_eq!(harness.state().selected(), Some(Item::Node(picture.web)));
    assert!(shows(&harness, "failed"));
    harness.state_mut().set_topology(Topology::new("another lab"));
    harness.run();
    assert_eq!(harness.state().selected(), None);
}

#[test]
fn an_empty_lab_says_so() {
    let harness = window(App::new(Topology::new("nothing")));
    assert!(shows(&harness, "This lab is empty: there is nothing to draw."));
}

#[test]
fn the_controls_wait_for_a_running_lab_and_then_ask_what_was_pressed() {
    let mut harness = window(App::new(two_regions().topology));
    harness.get_by_label("▶ Run").click();
    harness.key_press(Key::Space);
    harness.run();
    assert_eq!(harness.state_mut().take_commands(), []);

    let paused = Playback {
        now: SimTime::START + Span::secs(90),
        ends_at: SimTime::START + Span::days(3),
        pace: Pace::Paused,
        speed: Speed::default(),
    };
    harness.state_mut().set_playback(Some(paused));
    harness.run();
    harness.get_by_label("▶ Run").click();
    harness.run();
    harness.key_press(Key::CloseBracket);
    harness.run();
    assert_eq!(
        harness.state_mut().take_commands(),
        [
            Command::SetPace(Pace::Running),
            Command::SetSpeed(Speed::default().faster())
        ]
    );

    harness.state_mut().set_playback(Some(Playback {
        pace: Pace::Running,
        ..paused
    }));
    harness.run();
    harness.get_by_label("⏸ Pause").click();
    harness.run();
    assert_eq!(
        harness.state_mut().take_commands(),
        [Command::SetPace(Pace::Paused)]
    );
}
