//! The map driven as people drive it: found by name, gone through by key, moved by hand.

use egui::{CentralPanel, Frame, Key, Pos2, Role, Vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use gui::canvas::{Canvas, Layout};
use gui::theme;
use gui::topology::{ContainerKind, Item, NodeId, NodeKind, Place, Topology};

use crate::driven::drag;

/// The canvas with all that it needs, and nothing else.
struct Map {
    topology: Topology,
    layout: Layout,
    canvas: Canvas,
    selected: Option<Item>,
    router: NodeId,
    gateway: NodeId,
}

fn map() -> Map {
    let mut topology = Topology::new("lab");
    let site = topology.add_container(None, ContainerKind::Site, "On premises", "");
    let lan = topology.add_container(Some(site), ContainerKind::Segment, "lan", "10.1.0.0/24");
    topology.add_node(Some(lan), NodeKind::Host, "till", "10.1.0.10");
    let router = topology.add_node(Some(site), NodeKind::Router, "cgw-1", "192.0.2.1");
    let cloud = topology.add_container(None, ContainerKind::Cloud, "", "");
    let region = topology.add_container(Some(cloud), ContainerKind::Region, "eu-central-1", "");
    let gateway = topology.add_node(Some(region), NodeKind::TransitGateway, "tgw", "AS 64512");
    topology.add_link([Place::Node(router), Place::Container(lan)], "port", "cgw-1:lan");
    topology.add_link([Place::Node(router), Place::Node(gateway)], "link", "dx-primary");
    Map {
        layout: Layout::of(&topology),
        topology,
        canvas: Canvas::default(),
        selected: None,
        router,
        gateway,
    }
}

fn window() -> Harness<'static, Map> {
    let mut harness = Harness::builder()
        .with_size([1000.0, 700.0])
        .with_os(egui::os::OperatingSystem::Nix)
        .with_context_setup(theme::setup)
        .build_ui_state(
            |ui, map: &mut Map| {
                CentralPanel::default().frame(Frame::NONE).show(ui, |ui| {
                    map.canvas
                        .ui(ui, &map.topology, &mut map.layout, &mut map.selected);
                });
            },
            map(),
        );
    harness.run();
    harness
}

fn press(harness: &mut Harness<'_, Map>, key: Key) {
    harness.key_press(key);
    harness.run();
}

#[test]
fn arrows_go_from_thing_to_thing() {
    let mut harness = window();
    let (router, gateway) = (harness.state().router, harness.state().gateway);
    harness.get_by_role_and_label(Role::Button, "cgw-1").click();
    harness.run();
    assert_eq!(harness.state().selected, Some(Item::Node(router)));
    press(&mut harness, Key::ArrowRight);
    assert_eq!(harness.state().selected, Some(Item::Node(gateway)));
    press(&mut harness, Key::ArrowLeft);
    assert_eq!(harness.state().selected, Some(Item::Node(router)));
    press(&mut harness, Key::PageUp);
    assert!(matches!(harness.state().selected, Some(Item::Container(_))));
}

/// The size of all letters is the toolkit's; the map stays fitted to the room that it has.
#[test]
fn plus_with_control_held_does_not_move_the_picture() {
    let mut harness = window();
    let plus = |harness: &mut Harness<'_, Map>, modifiers| {
        harness.key_press_modifiers(modifiers, Key::Plus);
        harness.run();
    };
    for _ in 0..2 {
        plus(&mut harness, egui::Modifiers::CTRL);
    }
    let scale = harness.state().canvas.scale();
    harness.state_mut().canvas.fit();
    harness.run();
    assert_eq!(
        harness.state().canvas.scale(),
        scale,
        "it was fitted all the time"
    );
    plus(&mut harness, egui::Modifiers::NONE);
    assert!(harness.state().canvas.scale() > scale);
}

#[test]
fn what_is_selected_is_shown_large() {
    let mut harness = window();
    let before = harness.state().canvas.scale().expect("it was drawn");
    harness.get_by_role_and_label(Role::Button, "tgw").click();
    harness.run();
    press(&mut harness, Key::Z);
    let rect = harness.get_by_role_and_label(Role::Button, "tgw").rect();
    assert!(rect.center().distance(Pos2::new(500.0, 350.0)) < 2.0, "{rect:?}");
    assert!(harness.state().canvas.scale().expect("drawn") >= before);
}

#[test]
fn a_search_marks_what_it_finds_and_enter_leads_to_it() {
    let mut harness = window();
    press(&mut harness, Key::Slash);
    harness
        .get_by_role_and_label(Role::TextInput, "Find")
        .type_text("transit");
    harness.run();
    assert!(harness.query_by_label("1 found").is_some());
    press(&mut harness, Key::Enter);
    let gateway = harness.state().gateway;
    assert_eq!(harness.state().selected, Some(Item::Node(gateway)));
    harness.key_press(Key::Escape);
    harness.run();
    assert!(harness.query_by_label("1 found").is_none());
}

#[test]
fn a_thing_is_moved_by_hand_and_everything_else_is_not() {
    let mut harness = window();
    let rect =
        |harness: &Harness<'_, Map>, name: &str| harness.get_by_role_and_label(Role::Button, name).rect();
    let (router, gateway) = (rect(&harness, "cgw-1"), rect(&harness, "tgw"));
    let by = Vec2::new(0.0, 90.0);
    drag(&mut harness, router.center_top() + Vec2::new(0.0, 20.0), by);
    let moved = rect(&harness, "cgw-1").center() - router.center();
    assert!((moved - by).length() < 3.0, "moved by {moved:?}");
    assert!((rect(&harness, "tgw").center() - gateway.center()).length() < 1.0);
    assert_eq!(harness.state().canvas.placements().len(), 1);
}

#[test]
fn a_drag_beside_everything_moves_the_picture_and_shows_all_of_it_small() {
    let mut harness = window();
    assert!(harness.query_by_label("Overview of the map").is_none());
    let before = harness.get_by_role_and_label(Role::Button, "cgw-1").rect();
    drag(&mut harness, Pos2::new(10.0, 690.0), Vec2::new(300.0, -20.0));
    let after = harness.get_by_role_and_label(Role::Button, "cgw-1").rect();
    assert!((after.center() - before.center() - Vec2::new(300.0, -20.0)).length() < 2.0);
    assert!(harness.state().canvas.placements().is_empty());
    assert!(
        harness.query_by_label("Overview of the map").is_some(),
        "part of it is out of view now"
    );
    press(&mut harness, Key::M);
    assert!(harness.query_by_label("Overview of the map").is_none());
}
