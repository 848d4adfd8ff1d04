//! A window on a shipped lab, and the ways in which a person moves it.

use std::time::Duration;

use egui::{Event, Key, Modifiers, PointerButton, Pos2, Role, Vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use gui::theme;
use gui::window::Window;
use sim_core::desk::labs;
use sim_core::units::SimTime;

/// A window on a shipped lab, drawn once.
pub(crate) fn opened(lab: &str) -> Harness<'static, Window> {
    shown(Window::new(labs::open(lab).expect("it ships")))
}

/// A window, drawn once.
pub(crate) fn shown(window: Window) -> Harness<'static, Window> {
    shown_in(window, [1280.0, 800.0])
}

/// A window of that size, drawn once.
pub(crate) fn shown_in(window: Window, size: [f32; 2]) -> Harness<'static, Window> {
    let mut harness = Harness::builder()
        .with_size(size)
        .with_os(egui::os::OperatingSystem::Nix)
        .with_context_setup(theme::setup)
        .build_ui_state(|ui, window: &mut Window| window.frame(ui), window);
    harness.run_steps(4);
    harness
}

/// Whether something is called so.
pub(crate) fn shows(harness: &Harness<'_, Window>, label: &str) -> bool {
    harness.query_all_by_label(label).next().is_some()
}

/// Whether the name of something holds these words.
pub(crate) fn tells(harness: &Harness<'_, Window>, words: &str) -> bool {
    harness.query_all_by_label_contains(words).next().is_some()
}

/// Presses the keys that write these letters, one after the other.
pub(crate) fn press(harness: &mut Harness<'_, Window>, letters: &str) {
    for letter in letters.chars() {
        match letter {
            '\n' => harness.key_press(Key::Enter),
            '\u{1b}' => harness.key_press(Key::Escape),
            ' ' => harness.key_press(Key::Space),
            _ => harness.event(Event::Text(letter.to_string())),
        }
        harness.run_steps(3);
    }
}

/// Writes a text into the line that has the keyboard.
pub(crate) fn write(harness: &mut Harness<'_, Window>, text: &str) {
    harness.event(Event::Text(text.to_owned()));
    harness.run_steps(3);
}

/// Clicks what is called so.
pub(crate) fn click(harness: &mut Harness<'_, Window>, label: &str) {
    harness.get_by_label(label).click();
    harness.run_steps(4);
}

/// Clicks the button that is called so.
pub(crate) fn push(harness: &mut Harness<'_, Window>, label: &str) {
    harness.get_by_role_and_label(Role::Button, label).click();
    harness.run_steps(4);
}

/// Seconds pass outside, thirty frames in each, with all the time that the lab wants.
pub(crate) fn wait(harness: &mut Harness<'_, Window>, seconds: u32) {
    for _ in 0..30 * seconds {
        harness.state_mut().run(Duration::from_secs(1) / 30, &mut || true);
    }
    harness.run_steps(3);
}

/// Runs until what was written after `u`.
pub(crate) fn run_until(harness: &mut Harness<'_, Window>, text: &str) {
    press(harness, "u");
    write(harness, text);
    press(harness, "\n");
    assert!(
        harness.state().is_running(),
        "{:?}",
        harness.state().front().overlay
    );
    for _ in 0..600 {
        if !harness.state().is_running() {
            break;
        }
        harness.state_mut().run(Duration::from_secs(30), &mut || true);
    }
    harness.run_steps(3);
}

/// The lab's present.
pub(crate) fn now(harness: &Harness<'_, Window>) -> SimTime {
    harness.state().session().now()
}

/// Drags with the mouse.
pub(crate) fn drag<S>(harness: &mut Harness<'_, S>, from: Pos2, by: Vec2) {
    let button = |pos, pressed| Event::PointerButton {
        pos,
        button: PointerButton::Primary,
        pressed,
        modifiers: Modifiers::NONE,
    };
    harness.hover_at(from);
    harness.step();
    harness.event(button(from, true));
    harness.step();
    for part in 1..=4_u8 {
        harness.hover_at(from + by * (f32::from(part) / 4.0));
        harness.step();
    }
    harness.event(button(from + by, false));
    harness.run_steps(4);
}

/// Where the middle of a thing of the map is on the screen.
pub(crate) fn place_of(harness: &Harness<'_, Window>, name: &str) -> Pos2 {
    harness.get_by_role_and_label(Role::Button, name).rect().center()
}
