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
pub const COMPARE: u8 = 6;
/// Draw the map into a file.
pub const EXPORT: u8 = 7;
/// Show the map larger.
pub const LARGER: u8 = 8;
/// Show the map smaller.
pub const SMALLER: u8 = 9;
/// Put what was moved by hand back to where the layout has it.
pub const PLACE_BACK: u8 = 10;

/// The commands that only a window has.
pub const LOCAL: &[Binding] = bindings! {
    Action::Local(PLOTS), [letter('P')], Views, "Show Plots";
    Action::Local(FIT), [letter('o')], Here, "Show the whole map";
    Action::Local(FIT_SELECTED), [letter('O')], Here, "Show what is selected as large as it goes";
    Action::Local(LARGER), [letter('>')], Here, "Show the map larger";
    Action::Local(SMALLER), [letter('<')], Here, "Show the map smaller";
    Action::Local(PLACE_BACK), [], Here, "Put what was moved by hand on the map back to where it stood";
    Action::Local(COMPARE), [letter('c')], Here, "Compare the branch with the one that it was taken from";
    Action::Local(FIND), [control('f')], Here, "Find something on the map";
    Action::Local(MINIMAP), [letter('m')], Here, "Show or hide the small picture of the whole map";
    Action::Local(EXPORT), [letter('X')], Here, "Draw the map into a file: SVG, PNG, Mermaid, Graphviz";
    Action::Local(ARRANGE), [], Screen, "Put every pane back to its first place";
};

/// Frames that may pass until a line of letters that was asked for has the keyboard.
const FRAMES: u8 = 4;

/// Input that came too early: what is typed after a key that opens a line of letters is meant for that line, also where a slow
/// frame brings both at once.
#[derive(Debug, Default)]
pub struct Held {
    events: Vec<Event>,
    /// Frames to wait for a line of letters.
    awaits: u8,
}

impl Held {
    /// What was pressed since the last frame, in order, as commands. Their events are taken, so that nothing else acts on them
    /// too.
    ///
    /// While a text is written, only what has Control held is a command, and nothing while something lies over the panes.
    pub fn pressed(&mut self, ui: &Ui, has_overlay: bool) -> Vec<Action> {
        let typing = ui.ctx().text_edit_focused();
        let has_focus = ui.ctx().memory(|memory| memory.focused().is_some());
        if typing {
            self.awaits = 0;
        }
        let mut found = Vec::new();
        ui.input_mut(|input| {
            let late = std::mem::take(&mut input.events);
            let all = std::mem::take(&mut self.events).into_iter().chain(late);
            // Once something was opened or closed, what follows is for what comes then.
            let mut holds = self.awaits > 0;
            for event in all {
                if holds && is_typed(&event) {
                    self.events.push(event);
                    continue;
                }
                let action = match key_of(&event) {
                    // To copy is no way to leave.
                    Some(key) if key != commands::control('c') => {
                        holds |= has_overlay && matches!(key.code, Code::Enter | Code::Esc);
                        meant(key, typing, has_overlay, has_focus)
                    }
                    _ => None,
                };
                match action {
                    Some(action) => {
                        if opens(action) {
                            self.awaits = FRAMES;
                            holds = true;
                        }
                        found.push(action);
                    }
                    None => input.events.push(event),
                }
            }
            // The toolkit would take the key beside the sign that it wrote.
            if !found.is_empty() {
                input.events.retain(|event| !is_sign(event));
            }
        });
        self.awaits = self.awaits.saturating_sub(1);
        if !self.events.is_empty() || self.awaits > 0 {
            ui.ctx().request_repaint();
        }
        found
    }
}

/// The command that a key is, where it is one here.
fn meant(key: Key, typing: bool, has_overlay: bool, has_focus: bool) -> Option<Action> {
    let is_meant = if has_overlay {
        false
    } else if typing {
        key.control
    } else {
        // A focused button takes these for itself.
        !(has_focus && matches!(key.code, Code::Enter | Code::Char(' ')))
    };
    let action = is_meant.then(|| commands::action(key, LOCAL)).flatten();
    action.filter(|action| !is_toolkits(*action))
}

/// Whether the toolkit does it: what moves a cursor in a list is done by the pointer, Tab and the arrows.
pub(crate) const fn is_toolkits(action: Action) -> bool {
    matches!(
        action,
        Action::Go(_)
            | Action::Open
            | Action::Close
            | Action::Enter
            | Action::NextPanel
            | Action::PreviousPanel
    )
}

/// Whether a command opens a line of letters.
const fn opens(action: Action) -> bool {
    matches!(
        action,
        Action::Faults
            | Action::Fail
            | Action::Labs
            | Action::Change
            | Action::Edit(_)
            | Action::Save
            | Action::SaveScenario
            | Action::OpenFile
            | Action::Branch
            | Action::RunUntil
            | Action::Help
            | Action::Palette
            | Action::Filter
            | Action::Local(EXPORT)
    )
}

const fn is_typed(event: &Event) -> bool {
    matches!(event, Event::Text(_) | Event::Paste(_) | Event::Key { .. })
}

fn is_sign(event: &Event) -> bool {
    match event {
        Event::Key { key, modifiers, .. } => {
            matches!(key, Pressed::Plus | Pressed::Equals | Pressed::Minus)
                && (modifiers.is_none() || modifiers.shift_only())
        }
        _ => false,
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_commands_are_the_same_and_no_key_means_two_things() {
        for (at, binding) in LOCAL.iter().enumerate() {
            let global = commands::GLOBAL.iter().filter(|it| !is_toolkits(it.action));
            for other in LOCAL.iter().skip(at + 1).chain(global) {
                assert_ne!(binding.action, other.action);
                let key = binding.keys.iter().find(|key| other.keys.contains(key));
                assert_eq!(key, None, "{} and {}", binding.title, other.title);
            }
        }
    }
}
