//! The keys of a keyboard, told to the list of commands that all screens share.

use egui::{Event, Key as Pressed, Modifiers, Ui};
use sim_core::bindings;
use sim_core::desk::commands::{self, Action, Binding, Code, Key, control, letter};

/// Bring the curves to the front.
pub const PLOTS: u8 = 0;
/// Show the whole map.
pub const FIT: u8 = 1;
/// Show what is selected as large as it goes.
pub const FIT_SELECTED: u8 = 2;
/// Put every pane back to its first place.
pub const ARRANGE: u8 = 3;
/// Look for something on the map.
pub const FIND: u8 = 4;
/// Show or hide the small picture of the whole map.
pub const MINIMAP: u8 = 5;

/// Compare the branch that is shown with the one that it was taken from.
pub const COMPARE: u8 = 4;

/// The commands that only a window has.
pub const LOCAL: &[Binding] = bindings! {
    Action::Local(PLOTS), [letter('P')], Views, "Show Plots";
    Action::Local(FIT), [letter('o')], Here, "Show the whole map";
    Action::Local(FIT_SELECTED), [letter('O')], Here, "Show what is selected as large as it goes";
    Action::Local(COMPARE), [letter('c')], Here, "Compare the branch with the one that it was taken from";
    Action::Local(FIND), [control('f')], Here, "Find something on the map";
    Action::Local(MINIMAP), [letter('m')], Here, "Show or hide the small picture of the whole map";
    Action::Local(ARRANGE), [], Screen, "Put every pane back to its first place";
};

/// What was pressed since the last frame, in order, as commands. Their events are taken, so that nothing else acts on them too.
///
/// While a text is written, only what has Control held is a command, and nothing while something lies over the panes.
pub fn pressed(ui: &Ui, has_overlay: bool) -> Vec<Action> {
    let typing = ui.ctx().text_edit_focused();
    let has_focus = ui.ctx().memory(|memory| memory.focused().is_some());
    let mut found = Vec::new();
    ui.input_mut(|input| {
        input.events.retain(|event| {
            // To copy is no way to leave.
            let Some(key) = key_of(event).filter(|key| *key != commands::control('c')) else {
                return true;
            };
            let is_meant = if has_overlay {
                false
            } else if typing {
                key.control
            } else {
                // A focused button takes these for itself.
                !(has_focus && matches!(key.code, Code::Enter | Code::Char(' ')))
            };
            let action = is_meant.then(|| commands::action(key, LOCAL)).flatten();
            // What moves a cursor in a list, and Tab, is done by the toolkit.
            let action = action.filter(|action| {
                !matches!(
                    action,
                    Action::Go(_)
                        | Action::Open
                        | Action::Close
                        | Action::Enter
                        | Action::NextPanel
                        | Action::PreviousPanel
                )
            });
            found.extend(action);
            action.is_none()
        });
        // The toolkit would take the key beside the sign that it wrote.
        if !found.is_empty() {
            input
                .events
                .retain(|event| !matches!(event, Event::Key { key: Pressed::Plus | Pressed::Equals | Pressed::Minus, modifiers, .. } if modifiers.is_none() || modifiers.shift_only()));
        }
    });
    found
}

/// The key that an event says was pressed. What writes something says so by what it writes.
fn key_of(event: &Event) -> Option<Key> {
    match event {
        Event::Text(text) => {
            let mut letters = text.chars();
            let one = letters.next().filter(|it| *it != ' ')?;
            letters.next().is_none().then(|| letter(one))
        }
        Event::Key {
            key,
            pressed: true,
            modifiers,
            ..
        } => {
            if modifiers.command || modifiers.ctrl {
                let name = key.name();
                let mut letters = name.chars();
                let one = letters.next().filter(char::is_ascii_alphabetic)?;
                let is_letter = letters.next().is_none();
                return is_letter.then(|| commands::control(one.to_ascii_lowercase()));
            }
            if !matches!(*modifiers, Modifiers::NONE | Modifiers::SHIFT) {
                return None;
            }
            let code = match key {
                Pressed::Space => Code::Char(' '),
                Pressed::Escape => Code::Esc,
                Pressed::Enter => Code::Enter,
                Pressed::F1 => Code::F(1),
                _ => return None,
            };
            Some(commands::plain(code))
        }
        _ => None,
    }
}

/// The keys of a command as they are written.
#[must_use]
pub fn names(keys: &[Key]) -> String {
    let names: Vec<String> = keys.iter().map(ToString::to_string).collect();
    names.join(" ")
}
