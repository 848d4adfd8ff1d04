//! Panes, overlays and keys, each by its name.

use egui::{Event, Key, Modifiers, Role};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable};
use gui::docking::{Docking, Tile};
use gui::window::Window;
use sim_core::desk::commands::{Code, GLOBAL, Pane};
use sim_core::desk::labs;
use sim_core::view::View;

use crate::driven::{
    click, drag, now, opened, place_of, press, push, run_until, shown_in, shows, tells, write,
};

#[test]
fn every_pane_comes_to_the_front_by_its_key() {
    let mut harness = opened("onprem-to-aws");
    for tile in Tile::all() {
        press(&mut harness, &tile.key().to_string());
        assert!(
            harness.state().front().seen.contains(&tile),
            "{} is not seen",
            tile.title()
        );
    }
}

#[test]
fn what_is_selected_brings_its_detail_to_the_front_but_not_before_the_list_it_was_selected_in() {
    let mut harness = opened("onprem-to-aws");
    let is_seen = |harness: &Harness<'_, Window>| {
        let detail = Tile::Pane(Pane::Detail);
        harness.state().front().seen.contains(&detail)
    };
    press(&mut harness, "9");
    assert!(!is_seen(&harness), "the list of faults stands before it");
    press(&mut harness, ":");
    write(&mut harness, "Select cgw-1");
    press(&mut harness, "\n");
    harness.run_steps(3);
    assert!(is_seen(&harness));
}

#[test]
fn a_pane_is_closed_and_comes_back_by_the_list_of_panes() {
    let mut docking = Docking::default();
    let missing = Tile::Pane(Pane::Tree);
    assert!(!docking.has(missing));
    docking.show(missing);
    assert!(docking.has(missing));
    let text = ron::to_string(&docking).expect("it can be written");
    let again: Docking = ron::from_str(&text).expect("it can be read");
    assert!(Tile::all().all(|tile| again.has(tile) == docking.has(tile)));

    let mut harness = opened("region-to-region");
    push(&mut harness, "Panes");
    harness.get_by_label_contains("Tree").click();
    harness.run_steps(4);
    assert!(harness.state().front().seen.contains(&missing));
}

#[test]
fn the_timeline_becomes_a_tile_and_scrubs_there() {
    let mut harness = opened("onprem-to-aws");
    let docked = |harness: &Harness<'_, Window>| harness.state().memory(&harness.ctx).docking;
    assert!(!docked(&harness).has(Tile::Timeline));
    push(&mut harness, "Panes");
    let named = |label: Option<String>| label.is_some_and(|label| label.starts_with("Timeline"));
    let buttons = harness.get_all_by_role(Role::Button);
    let listed = { buttons }.rfind(|it| named(it.accesskit_node().label()));
    listed.expect("it is in the list").click();
    harness.run_steps(6);
    let arranged = docked(&harness);
    assert!(arranged.has(Tile::Timeline));
    let text = ron::to_string(&arranged).expect("it can be written");
    assert_eq!(ron::from_str::<Docking>(&text).expect("it can be read"), arranged);
    // Its tab is called so, too.
    let all = harness.query_all_by_label("Timeline").map(|it| it.rect());
    let lanes = all
        .max_by(|a, b| a.area().total_cmp(&b.area()))
        .expect("it is drawn");
    run_until(&mut harness, "3h");
    let reached = now(&harness);
    drag(
        &mut harness,
        lanes.left_top() + egui::vec2(220.0, 14.0),
        egui::vec2(20.0, 0.0),
    );
    assert!(now(&harness) != reached, "{lanes:?} does not scrub");
    press(&mut harness, "t");
    assert!(harness.state().front().seen.contains(&Tile::Timeline));
}

#[test]
fn help_lists_every_command_with_its_key_and_is_found_by_typing() {
    let mut harness = opened("region-to-region");
    press(&mut harness, "?");
    for binding in GLOBAL {
        let by_toolkit = binding.keys.iter().any(|key| {
            matches!(
                key.code,
                Code::Up
                    | Code::Down
                    | Code::Left
                    | Code::Right
                    | Code::PageUp
                    | Code::PageDown
                    | Code::Enter
                    | Code::Tab
                    | Code::BackTab
                    | Code::Home
                    | Code::End
            )
        });
        assert!(
            by_toolkit || shows(&harness, binding.title),
            "{} is not listed",
            binding.title
        );
    }
    write(&mut harness, "branch here");
    assert!(shows(&harness, "Take a branch here, under a name"));
    assert!(!shows(&harness, "Run faster"));
    press(&mut harness, "\u{1b}");
    assert!(harness.state().front().overlay.is_none());
}

#[test]
fn the_palette_finds_commands_and_things_by_a_few_letters() {
    let mut harness = opened("onprem-to-aws");
    harness.key_press_modifiers(Modifiers::CTRL, Key::P);
    harness.run_steps(3);
    assert!(harness.state().front().overlay.is_some());
    write(&mut harness, "show mig");
    press(&mut harness, "\n");
    harness.run_steps(4);
    assert!(
        harness
            .state()
            .front()
            .seen
            .contains(&Tile::Pane(Pane::Migration))
    );
    // Also where another name begins so, and stands before it.
    for name in ["vif-primary", "vpn-1/1", "app-1"] {
        press(&mut harness, ":");
        write(&mut harness, &format!("select {name}"));
        press(&mut harness, "\n");
        let thing = harness.state().looked_at().expect("something is selected");
        assert_eq!(View::of(harness.state().session()).inspect(thing).name, name);
        assert!(shows(&harness, "Beside it"));
    }
}

#[test]
fn a_change_that_does_not_fit_is_told_in_place_and_one_that_fits_is_made() {
    let mut harness = opened("bgp-two-lines");
    press(&mut harness, "e");
    write(&mut harness, "link_rate(\"no-such-link\", \"50Mbps\")");
    press(&mut harness, "\n");
    assert!(tells(&harness, "there is no link named `no-such-link`"));
    press(&mut harness, "\u{1b}e");
    write(&mut harness, "link_rate(\"dx-primary\", \"50Mbps\")");
    press(&mut harness, "\n");
    assert!(tells(&harness, "changed; U undoes it"));
    assert_eq!(harness.state().session().n_done(), 1);
    press(&mut harness, "U");
    assert_eq!(harness.state().session().n_done(), 0);
}

#[test]
fn a_lab_of_the_list_takes_the_place_of_this_one() {
    let mut harness = opened("region-to-region");
    press(&mut harness, "L");
    write(&mut harness, "bgp-two-lines");
    press(&mut harness, "\n");
    assert_eq!(harness.state().session().about().name, "bgp-two-lines");
    assert_eq!(
        harness.state().title(),
        format!("Causeway: {}", harness.state().session().about().title)
    );
}

#[test]
fn letters_that_are_written_are_no_commands() {
    let mut harness = opened("region-to-region");
    press(&mut harness, "0/");
    write(&mut harness, "q");
    assert!(!harness.state().leaves());
    press(&mut harness, "\u{1b}");
    harness.event(Event::PointerGone);
    click(&mut harness, "Timeline");
    press(&mut harness, "q");
    assert!(harness.state().leaves());
}

#[test]
fn what_is_typed_faster_than_frames_come_is_for_what_the_keys_before_it_opened() {
    let mut harness = opened("onprem-to-aws");
    // All at once, as a slow frame brings it.
    for letter in "ilink_down of dx-primary".chars() {
        harness.event(Event::Text(letter.to_string()));
    }
    harness.key_press(Key::Enter);
    for letter in "bmine".chars() {
        harness.event(Event::Text(letter.to_string()));
    }
    harness.key_press(Key::Enter);
    harness.run_steps(20);
    let injected = &harness.state().desk().feed().injected;
    let named: Vec<(&str, &str)> = injected
        .iter()
        .map(|it| (it.choice.kind, it.choice.target.as_str()))
        .collect();
    assert_eq!(named, [("link_down", "dx-primary")]);
    assert!(shows(&harness, "Branch mine"));
}

#[test]
fn a_filter_shows_the_rows_that_hold_its_letters() {
    let mut harness = opened("onprem-to-aws");
    press(&mut harness, "3");
    assert!(tells(&harness, "cgw-1/tgw-1"));
    press(&mut harness, "/");
    write(&mut harness, "cgw-1/dx");
    assert!(tells(&harness, "cgw-1/dx-1"));
    assert!(harness.query_all_by_label_contains("vpn-1/1/").next().is_none());
}

#[test]
fn preflight_is_a_matrix_whose_fields_lead_to_the_check_and_its_cure() {
    let mut harness = opened("onprem-no-return-route");
    run_until(&mut harness, "20m");
    press(&mut harness, "8");
    harness.run_steps(4);
    let failing = harness.query_all_by_label_contains(": failed, ").next();
    let name = failing.and_then(|node| {
        use egui_kittest::kittest::NodeT;
        node.accesskit_node().label()
    });
    let name = name.expect("a broken lab has a check that fails, or it is not settled yet");
    harness.get_by_label(&name).click_accesskit();
    harness.run_steps(4);
    assert!(shows(&harness, "Why"));
    assert!(shows(&harness, "Fix"));
}

#[test]
fn round_trips_are_shown_as_a_histogram_and_curves_are_named_above_them() {
    let mut harness = opened("onprem-to-aws");
    run_until(&mut harness, "5m");
    press(&mut harness, "P");
    push(&mut harness, "Round trip");
    let probes = View::of(harness.state().session()).probes();
    let answered = probes.iter().find(|probe| probe.round_trips.is_some());
    let name = answered.expect("a probe was answered").name.clone();
    assert!(tells(&harness, &name), "no curve is called {name}");
    push(&mut harness, "Histogram");
    assert!(shows(&harness, &format!("Histogram of round trips of {name}")));
    assert!(tells(&harness, "half within"));
    let bars = View::of(harness.state().session()).round_trip_bars(&name, 40);
    let answered = answered.map(|probe| probe.answered);
    assert_eq!(bars.map(|bars| bars.counts.iter().sum()), answered);
}

#[test]
fn what_is_in_a_box_of_the_tree_is_hidden_by_closing_it() {
    let mut harness = opened("region-to-region");
    press(&mut harness, "Tz");
    let vpc = View::of(harness.state().session())
        .topology()
        .containers
        .iter()
        .find(|it| it.kind == sim_core::view::ContainerKind::Subnet)
        .map(|it| it.name.clone())
        .expect("the lab has subnets");
    assert!(shows(&harness, &format!("Close {vpc}")));
    let before = harness.query_all_by_role(egui::Role::Button).count();
    push(&mut harness, &format!("Close {vpc}"));
    assert!(shows(&harness, &format!("Open {vpc}")));
    assert!(harness.query_all_by_role(egui::Role::Button).count() < before);
    push(&mut harness, &format!("Open {vpc}"));
    assert_eq!(harness.query_all_by_role(egui::Role::Button).count(), before);
}

#[test]
fn a_screen_with_two_pixels_to_a_point_shows_the_same() {
    let window = || Window::new(labs::open("onprem-to-aws").expect("it ships"));
    let plain = shown_in(window(), [800.0, 500.0]);
    let mut fine = shown_in(window(), [1600.0, 1000.0]);
    // Both have as many points now.
    fine.set_pixels_per_point(2.0);
    fine.run_steps(4);
    let (before, after) = (place_of(&plain, "cgw-1"), place_of(&fine, "cgw-1"));
    assert!((after - before).length() < 1.0, "{after:?} and not {before:?}");
}
