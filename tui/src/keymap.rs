//! The keys of a terminal, told to the list of commands that all screens share.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

pub use sim_core::bindings;
pub use sim_core::desk::commands::{Action, Binding, Code, GLOBAL, Group, Key, PANE_KEYS, letter};

use crate::theme::Glyphs;

/// The key that was pressed, where a command can have it.
#[must_use]
pub fn pressed(event: KeyEvent) -> Option<Key> {
    let mut held = event.modifiers;
    // Shift says nothing about a letter: it shows in the letter.
    if matches!(event.code, KeyCode::Char(_) | KeyCode::BackTab) {
        held.remove(KeyModifiers::SHIFT);
    }
    let control = match held {
        KeyModifiers::CONTROL => true,
        KeyModifiers::NONE => false,
        _ => return None,
    };
    let code = match event.code {
        KeyCode::Char(letter) => Code::Char(letter),
        KeyCode::Up => Code::Up,
        KeyCode::Down => Code::Down,
        KeyCode::Left => Code::Left,
        KeyCode::Right => Code::Right,
        KeyCode::PageUp => Code::PageUp,
        KeyCode::PageDown => Code::PageDown,
        KeyCode::Home => Code::Home,
        KeyCode::End => Code::End,
        KeyCode::Enter => Code::Enter,
        KeyCode::Esc => Code::Esc,
        KeyCode::Tab => Code::Tab,
        KeyCode::BackTab => Code::BackTab,
        KeyCode::F(number) => Code::F(number),
        _ => return None,
    };
    Some(Key { code, control })
}

/// How a key is written on a screen.
#[must_use]
pub fn name(key: Key, glyphs: &Glyphs) -> String {
    match key.code {
        Code::Up => glyphs.up.to_owned(),
        Code::Down => glyphs.down.to_owned(),
        _ => key.to_string(),
    }
}

/// What a key does: the panel's own commands first.
#[must_use]
pub fn action(event: KeyEvent, local: &[Binding], global: &[Binding]) -> Option<Action> {
    sim_core::desk::commands::action_among(pressed(event)?, local, global)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::widgets::cursor::Move;

    #[test]
    fn a_capital_letter_is_a_key_of_its_own_with_shift_held() {
        let shifted = KeyEvent::new(KeyCode::Char('G'), KeyModifiers::SHIFT);
        assert_eq!(action(shifted, &[], GLOBAL), Some(Action::Go(Move::Bottom)));
        let branches = KeyEvent::new(KeyCode::Char('B'), KeyModifiers::SHIFT);
        assert_eq!(action(branches, &[], GLOBAL), Some(Action::Panel(11)));
    }

    #[test]
    fn what_is_held_beside_control_is_another_key() {
        let alt = KeyEvent::new(KeyCode::Char('q'), KeyModifiers::ALT);
        assert_eq!(action(alt, &[], GLOBAL), None);
        let control = KeyEvent::new(KeyCode::Char('p'), KeyModifiers::CONTROL);
        assert_eq!(action(control, &[], GLOBAL), Some(Action::Palette));
    }
}
