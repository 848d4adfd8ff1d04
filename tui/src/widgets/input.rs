//! One line of text that a person writes.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::text;

/// A line of text and the place in it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Input {
    text: Vec<char>,
    place: usize,
    selected: bool,
}

/// Longer input than this is not kept: nothing that is asked for here is longer.
const LONGEST: usize = 4_000;

impl Input {
    /// A line that already says something.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let text: Vec<char> = text.chars().take(LONGEST).collect();
        let place = text.len();
        Self {
            text,
            place,
            selected: false,
        }
    }
    /// A line that already says something, all of it selected: what is typed next takes its place,
    /// and moving in it keeps it.
    #[must_use]
    pub fn selected(text: &str) -> Self {
        let selected = !text.is_empty();
        Self {
            selected,
            ..Self::of(text)
        }
    }
    /// Whether all of it is selected.
    #[must_use]
    pub const fn is_selected(&self) -> bool {
        self.selected
    }
    /// What was written.
    #[must_use]
    pub fn text(&self) -> String {
        self.text.iter().collect()
    }
    /// How many letters stand before the place.
    #[must_use]
    pub const fn place(&self) -> usize {
        self.place
    }
    /// What of it is shown in so many cells, the place of writing among them, with how many cells stand before that; `cut` stands
    /// where something before is not shown.
    #[must_use]
    pub fn window(&self, cells: usize, cut: &str) -> (String, usize) {
        let wide = |letters: &[char]| text::width(&letters.iter().collect::<String>());
        let before = &self.text[..self.place];
        let first = (0..before.len()).find(|first| wide(&before[*first..]) <= cells);
        let first = first.unwrap_or(before.len());
        if first == 0 {
            return (self.text(), wide(before));
        }
        // One letter more makes room for the sign.
        let first = (first + 1).min(before.len());
        let shown: String = self.text[first..].iter().collect();
        (format!("{cut}{shown}"), text::width(cut) + wide(&before[first..]))
    }
    /// Whether a key is the sign that stands before the line, pressed where nothing is written yet: who presses it to begin to
    /// search does not search for it.
    #[must_use]
    pub fn is_sign(&self, key: KeyEvent, sign: char) -> bool {
        self.text.is_empty() && key.code == KeyCode::Char(sign)
    }
    /// Takes a key; says whether the key was meant for a line of text.
    pub fn key(&mut self, key: KeyEvent) -> bool {
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        let types = matches!(key.code, KeyCode::Char(_)) && !key.modifiers.contains(KeyModifiers::ALT);
        let erases = matches!(key.code, KeyCode::Backspace | KeyCode::Delete);
        if core::mem::take(&mut self.selected) && (erases || (types && !control)) {
            self.text.clear();
            self.place = 0;
        }
        match key.code {
            KeyCode::Char('u') if control => {
                self.text.drain(..self.place);
                self.place = 0;
            }
            KeyCode::Char('w') if control => {
                let word = self.text[..self.place]
                    .iter()
                    .rposition(|letter| *letter != ' ')
                    .and_then(|end| self.text[..end].iter().rposition(|letter| *letter == ' '))
                    .map_or(0, |space| space + 1);
                self.text.drain(word..self.place);
                self.place = word;
            }
            KeyCode::Char(_) if control || key.modifiers.contains(KeyModifiers::ALT) => return false,
            KeyCode::Char(letter) => {
                if self.text.len() < LONGEST {
                    self.text.insert(self.place, letter);
                    self.place += 1;
                }
            }
            KeyCode::Backspace => {
                if let Some(before) = self.place.checked_sub(1) {
                    self.text.remove(before);
                    self.place = before;
                }
            }
            KeyCode::Delete => {
                if self.place < self.text.len() {
                    self.text.remove(self.place);
                }
            }
            KeyCode::Left => self.place = self.place.saturating_sub(1),
            KeyCode::Right => self.place = (self.place + 1).min(self.text.len()),
            KeyCode::Home => self.place = 0,
            KeyCode::End => self.place = self.text.len(),
            _ => return false,
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(input: &mut Input, text: &str) {
        for letter in text.chars() {
            input.key(KeyEvent::from(KeyCode::Char(letter)));
        }
    }

    #[test]
    fn a_line_is_edited_where_the_place_is() {
        let mut input = Input::default();
        typed(&mut input, "server ap-1");
        for code in [KeyCode::Left, KeyCode::Left, KeyCode::Backspace, KeyCode::Home] {
            assert!(input.key(KeyEvent::from(code)));
        }
        typed(&mut input, ">");
        assert_eq!((input.text().as_str(), input.place()), (">server a-1", 1));
        assert!(!input.key(KeyEvent::from(KeyCode::Enter)));
    }

    #[test]
    fn what_is_typed_takes_the_place_of_what_is_selected() {
        let mut input = Input::selected("3h");
        typed(&mut input, "45m");
        assert_eq!(input.text(), "45m");
        let mut input = Input::selected("3h");
        input.key(KeyEvent::from(KeyCode::Home));
        typed(&mut input, "1");
        assert_eq!((input.text().as_str(), input.is_selected()), ("13h", false));
        let mut input = Input::selected("3h");
        input.key(KeyEvent::from(KeyCode::Backspace));
        assert_eq!(input.text(), "");
    }

    #[test]
    fn a_line_that_is_longer_than_its_room_shows_where_one_writes() {
        let long: String = ('a'..='z').cycle().take(300).collect();
        let mut input = Input::default();
        typed(&mut input, &long);
        assert_eq!(input.text(), long, "nothing vanishes");
        let (shown, before) = input.window(10, "…");
        assert_eq!((shown.as_str(), before), ("…fghijklmn", 10));
        input.key(KeyEvent::from(KeyCode::Home));
        let (shown, before) = input.window(10, "…");
        assert!(shown.starts_with("abc") && before == 0);
        assert_eq!(Input::of("short").window(10, "…"), ("short".to_owned(), 5));
    }

    #[test]
    fn control_w_takes_the_last_word() {
        let mut input = Input::of("server app-1 ");
        let control_w = KeyEvent::new(KeyCode::Char('w'), KeyModifiers::CONTROL);
        input.key(control_w);
        assert_eq!(input.text(), "server ");
        input.key(control_w);
        assert_eq!(input.text(), "");
        input.key(control_w);
        assert_eq!(input.text(), "");
    }
}
