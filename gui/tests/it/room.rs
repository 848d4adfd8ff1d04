//! What has the room that it needs: nothing covers the picture, stands on a second line or leaves its column.

use egui::{Event, MouseWheelUnit, Role, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable};
use gui::window::Window;
use sim_core::desk::Screen as _;
use sim_core::desk::guide::Guide;
use sim_core::desk::labs;
use sim_core::desk::selection::Selection;
use sim_core::view::View;

use crate::driven::{
    click, drag, opened, place_of, press, push, run_until, shown, shown_in, shows, tells, write,
};

#[test]
fn the_first_steps_cover_nothing_of_the_map() {
    let mut window = Window::new(labs::open("onprem-to-aws").expect("it ships"));
    window.lead(Guide::FIRST);
    let mut harness = shown(window);
    let map = harness.get_by_role_and_label(Role::Canvas, "Topology").rect();
    let said = harness.get_by_label("1 of 3: play").rect();
    let button = harness.get_by_label("No more of this").rect();
    assert!(
        !map.intersects(said) && !map.intersects(button),
        "{map:?} {said:?}"
    );
    push(&mut harness, "No more of this");
    let larger = harness.get_by_role_and_label(Role::Canvas, "Topology").rect();
    assert!(larger.height() > map.height());
}

#[test]
fn all_kinds_of_curves_are_chosen_on_one_line() {
    let mut harness = opened("onprem-to-aws");
    press(&mut harness, "P");
    let top = |name: &str| harness.get_by_label(name).rect().center().y;
    assert!((top("Throughput") - top("Histogram")).abs() < 1.0);
}

#[test]
fn what_is_in_something_stands_to_the_right_of_it_in_the_tree() {
    let mut harness = opened("onprem-to-aws");
    press(&mut harness, "T");
    let left = |name: &str| {
        let all = harness.query_all_by_label(name).map(|it| it.rect().left());
        all.fold(0.0_f32, f32::max)
    };
    assert!(left("shared-a") > left("target"), "a box in a box");
    let servers = harness
        .query_all_by_label("mgn-endpoint")
        .map(|it| it.rect().left());
    let inner = servers.fold(f32::MAX, f32::min);
    assert!(inner > left("shared-a") + 8.0, "{inner} in {}", left("shared-a"));
}

#[test]
fn columns_of_the_matrix_are_called_by_their_names_and_stay_in_view() {
    let mut harness = opened("onprem-to-aws");
    press(&mut harness, "8");
    harness.run_steps(4);
    let head = |harness: &Harness<'_, Window>| {
        harness
            .get_by_role_and_label(Role::ColumnHeader, "vpn-1/1:500")
            .rect()
    };
    let before = head(&harness);
    harness.hover_at(before.center() + vec2(0.0, before.height() / 2.0 + 60.0));
    harness.step();
    harness.event(Event::MouseWheel {
        unit: MouseWheelUnit::Point,
        delta: vec2(0.0, -300.0),
        phase: egui::TouchPhase::Move,
        source: egui::MouseWheelSource::Unknown,
        modifiers: egui::Modifiers::NONE,
    });
    harness.run_steps(30);
    let first = harness.query_by_label_contains("cgw-1/tunnel-1 to vpn-1/1:500");
    let is_gone = first.is_none_or(|it| it.rect().bottom() < before.bottom());
    assert!(is_gone, "it was scrolled");
    assert_eq!(head(&harness), before);
}

#[test]
fn the_map_is_made_larger_and_smaller_by_keys() {
    let mut harness = opened("onprem-to-aws");
    let width =
        |harness: &Harness<'_, Window>| harness.get_by_role_and_label(Role::Button, "tgw").rect().width();
    let fitted = width(&harness);
    press(&mut harness, ">");
    assert!(width(&harness) > 1.2 * fitted);
    press(&mut harness, "<");
    assert!((width(&harness) - fitted).abs() < 1.0);
}

#[test]
fn what_was_moved_by_hand_goes_back_at_a_command() {
    let mut harness = opened("onprem-to-aws");
    let before = place_of(&harness, "tgw");
    drag(&mut harness, before, vec2(0.0, 60.0));
    assert!((place_of(&harness, "tgw") - before).length() > 40.0);
    assert!(!harness.state().desk().tree().moved().is_empty());
    press(&mut harness, ":");
    write(&mut harness, "moved by hand");
    press(&mut harness, "\n");
    assert!(
        tells(&harness, "stands where it stood"),
        "{:?}",
        harness.state().front().said
    );
    assert!(harness.state().desk().tree().moved().is_empty());
    assert!((place_of(&harness, "tgw") - before).length() < 1.0);
}

#[test]
fn every_column_of_the_board_is_in_view() {
    let window = Window::new(labs::open("onprem-to-aws").expect("it ships"));
    let mut harness = shown_in(window, [1600.0, 1000.0]);
    press(&mut harness, "7");
    run_until(&mut harness, "1h10m");
    let card = harness.get_by_label("Show db-1").rect();
    let first = harness.get_by_label("Show app-1").rect();
    // Seven of them, and what is between them, stand beside the detail.
    let all = first.left() + 7.0 * (card.left() - first.left());
    assert!(all < 1_190.0, "they end at {all}");
    click(&mut harness, "Show db-1");
}

#[test]
fn a_line_that_fails_by_its_ends_alone_offers_these() {
    let mut harness = opened("onprem-to-aws");
    let links = View::of(harness.state().session()).topology().links;
    let line = links
        .iter()
        .find(|it| it.name == "vif-primary" && it.is_line())
        .expect("it is there")
        .id;
    let (desk, front) = harness.state_mut().parts();
    front.select(Selection::Resource(line));
    desk.inspect(front);
    press(&mut harness, "f");
    assert!(tells(&harness, "port_down of cgw-1:vif-primary"));
}

#[test]
fn what_is_selected_on_the_map_is_told_and_a_link_tells_of_itself_where_it_is_pointed_at() {
    let window = Window::new(labs::open("onprem-to-aws").expect("it ships"));
    let mut harness = shown_in(window, [1600.0, 2000.0]);
    let value = |harness: &Harness<'_, Window>| {
        let map = harness.get_by_role_and_label(Role::Canvas, "Topology");
        map.accesskit_node().value()
    };
    assert_eq!(value(&harness), None);
    push(&mut harness, "cgw-1");
    harness.key_press(egui::Key::PageUp);
    harness.run_steps(4);
    let told = value(&harness).expect("something is selected");
    assert!(told.starts_with("Site On premises"), "{told}");
    assert!(shows(&harness, "Holds") && shows(&harness, "Segment servers"));
    press(&mut harness, "\u{1b}");
    assert!(value(&harness).is_some_and(|told| told.starts_with("Router cgw-1")));
    // What the detail names is gone to, also where the lab has no name for it.
    click(&mut harness, "Site On premises");
    assert_eq!(value(&harness), Some(told));

    // Somewhere beside the Transit Gateway the attachment of the VPC leaves it.
    let gateway = harness.get_by_role_and_label(Role::Button, "tgw").rect();
    let mut steps = 0..30_u8;
    let is_told = steps.any(|step| {
        let down = f32::from(step) / 30.0 * gateway.height();
        harness.hover_at(gateway.right_top() + vec2(30.0, down));
        harness.run_steps(40);
        tells(&harness, "tgw to target") || tells(&harness, "target to tgw")
    });
    assert!(is_told);
}
