//! Keys of one's own: what a settings file calls keys and commands, and the list of commands with other keys.

use core::str::FromStr;

use super::commands::{Action, Binding, Code, GLOBAL, Key, PANE_KEYS, control, letter, plain};

/// What a settings file calls a command: `play_pause`, `step_notable`, `go_up`.
#[must_use]
pub fn name_of(action: Action) -> String {
    let mut name = String::new();
    for sign in format!("{action:?}").chars() {
        if sign.is_ascii_uppercase() && !name.is_empty() {
            name.push('_');
        }
        if sign.is_ascii_alphanumeric() {
            name.extend(sign.to_lowercase());
        }
    }
    name
}

/// The command of that name, of those that are valid everywhere.
#[must_use]
pub fn named(name: &str) -> Option<Action> {
    let all = GLOBAL.iter().map(|binding| binding.action);
    all.into_iter().find(|action| name_of(*action) == name)
}

/// A text that names no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a key is a letter or sign, Space, Enter, Esc, Tab, Shift-Tab, Up, Down, Left, Right, Home, End, PgUp, PgDn, F1 to F12, or Ctrl- and a letter"
)]
pub struct KeyError;

impl FromStr for Key {
    type Err = KeyError;

    /// Reads what [`Key`] is written as.
    fn from_str(text: &str) -> Result<Self, KeyError> {
        let mut signs = text.chars();
        if let (Some(sign), None) = (signs.next(), signs.next()) {
            return Ok(letter(sign));
        }
        if let Some(held) = text.strip_prefix("Ctrl-") {
            let mut signs = held.chars();
            return match (signs.next(), signs.next()) {
                (Some(sign), None) => Ok(control(sign.to_ascii_lowercase())),
                _ => Err(KeyError),
            };
        }
        let number = || text.strip_prefix('F')?.parse().ok();
        let code = match text {
            "Space" => Code::Char(' '),
            "Enter" => Code::Enter,
            "Esc" => Code::Esc,
            "Tab" => Code::Tab,
            "Shift-Tab" => Code::BackTab,
            "Up" => Code::Up,
            "Down" => Code::Down,
            "Left" => Code::Left,
            "Right" => Code::Right,
            "Home" => Code::Home,
            "End" => Code::End,
            "PgUp" => Code::PageUp,
            "PgDn" => Code::PageDown,
            _ => match number() {
                Some(number @ 1..=12) => Code::F(number),
                _ => return Err(KeyError),
            },
        };
        Ok(plain(code))
    }
}

/// Two commands have one key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{key} is the key of {first} and of {second}")]
pub struct Clash {
    key: Key,
    first: String,
    second: String,
}

/// The commands that are valid everywhere, some with other keys than by themselves. `Ctrl-c` leaves the program whatever is
/// said.
///
/// The keys are kept for as long as the program runs.
///
/// # Errors
/// Where a key would mean two things.
pub fn rebound(own: &[(Action, Vec<Key>)]) -> Result<Vec<Binding>, Clash> {
    let all: Vec<Binding> = GLOBAL
        .iter()
        .map(|binding| {
            let found = own.iter().rfind(|(action, _)| *action == binding.action);
            let Some((action, keys)) = found else {
                return *binding;
            };
            let mut keys = keys.clone();
            if *action == Action::Quit && !keys.contains(&control('c')) {
                keys.push(control('c'));
            }
            Binding {
                keys: Vec::leak(keys),
                ..*binding
            }
        })
        .collect();
    let mut taken: Vec<(Key, String)> = PANE_KEYS
        .iter()
        .map(|key| (letter(*key), format!("the view {key}")))
        .collect();
    for binding in &all {
        for key in binding.keys {
            let name = name_of(binding.action);
            match taken.iter().find(|(it, _)| it == key) {
                Some((_, first)) if *first != name => {
                    return Err(Clash {
                        key: *key,
                        first: first.clone(),
                        second: name,
                    });
                }
                Some(_) | None => taken.push((*key, name)),
            }
        }
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desk::commands::{Move, action_among};

    #[test]
    fn every_command_has_a_name_of_its_own_and_every_key_is_read_as_it_is_written() {
        let mut names: Vec<String> = GLOBAL.iter().map(|it| name_of(it.action)).collect();
        assert!(names.contains(&"play_pause".to_owned()) && names.contains(&"go_page_up".to_owned()));
        let n_names = names.len();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), n_names);
        for binding in GLOBAL {
            assert_eq!(named(&name_of(binding.action)), Some(binding.action));
            for key in binding.keys {
                assert_eq!(key.to_string().parse(), Ok(*key), "{key}");
            }
        }
        for text in ["", "Ctrl-", "Ctrl-ab", "F0", "F13", "Hyper"] {
            assert_eq!(text.parse::<Key>(), Err(KeyError), "{text}");
        }
    }

    #[test]
    fn another_key_takes_the_place_of_the_own_one_and_no_key_means_two_things() {
        let own = [(Action::PlayPause, vec![letter('p'), plain(Code::F(5))])];
        let all = rebound(&own).expect("the keys are free");
        let meant = |key: Key| action_among(key, &[], &all);
        assert_eq!(meant(letter('p')), Some(Action::PlayPause));
        assert_eq!(meant(letter(' ')), None);
        assert_eq!(meant(plain(Code::Up)), Some(Action::Go(Move::Up)));
        let clash = rebound(&[(Action::PlayPause, vec![letter('q')])]).expect_err("q leaves");
        assert_eq!(clash.to_string(), "q is the key of play_pause and of quit");
        let clash = rebound(&[(Action::PlayPause, vec![letter('1')])]).expect_err("1 shows the map");
        assert_eq!(clash.to_string(), "1 is the key of the view 1 and of play_pause");
        let all = rebound(&[(Action::Quit, vec![letter('Q')])]).expect("the key is free");
        assert_eq!(action_among(control('c'), &[], &all), Some(Action::Quit));
    }
}
