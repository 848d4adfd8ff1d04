//! A change of the running lab, over the panels: written as in a scenario, with the forms that there are below.

use crossterm::event::{KeyCode, KeyEvent};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use sim_core::scenario::change_words;

use crate::app::Request;
use crate::overlay::draw_input;
use crate::theme::Look;
use crate::widgets::cursor::Cursor;
use crate::widgets::input::Input;
use crate::widgets::{fuzzy, popup, table, text};

/// Where every form stands once, with what it changes.
const DOCUMENTATION: &str = include_str!("../../docs/scenario-format.md");

/// A form that a change can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Form {
    /// An example of it.
    pub example: &'static str,
    /// What it changes.
    pub of: &'static str,
}

/// Every form that is documented, in the order of the documentation.
#[must_use]
pub fn forms() -> Vec<Form> {
    let words: Vec<&str> = change_words().collect();
    let word =
        |part: &str| part.split('(').next().is_some_and(|it| words.contains(&it)) && part.contains('(');
    let mut forms: Vec<Form> = Vec::new();
    for row in DOCUMENTATION.lines().filter(|line| line.starts_with('|')) {
        let of = row
            .trim_end_matches('|')
            .rsplit('|')
            .next()
            .unwrap_or_default()
            .trim();
        let spans = row.split('`').skip(1).step_by(2);
        for example in spans.filter(|part| word(part)) {
            if forms.iter().all(|it| it.example != example) {
                forms.push(Form { example, of });
            }
        }
    }
    forms
}

/// A line for a change, and the forms that fit what is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeList {
    written: Input,
    cursor: Cursor,
    forms: Vec<Form>,
    /// What was wrong with the last one.
    pub complaint: Option<String>,
}

impl Default for ChangeList {
    fn default() -> Self {
        Self {
            written: Input::default(),
            cursor: Cursor::default(),
            forms: forms(),
            complaint: None,
        }
    }
}

impl ChangeList {
    /// The forms that hold what is written, up to its bracket; the best find first.
    fn found(&self) -> Vec<(&Form, Vec<usize>)> {
        let written = self.written.text();
        let wanted = written.split('(').next().unwrap_or_default();
        let mut found: Vec<_> = self
            .forms
            .iter()
            .filter_map(|form| Some((form, fuzzy::find(wanted, form.example)?)))
            .collect();
        found.sort_by_key(|(_, find)| core::cmp::Reverse(find.score));
        found
            .into_iter()
            .map(|(form, find)| (form, find.places))
            .collect()
    }

    /// Takes a key; says what it wants done.
    pub fn key(&mut self, key: KeyEvent) -> Option<Request> {
        let n_rows = self.found().len();
        match key.code {
            code if self.cursor.key(code, n_rows) => {}
            KeyCode::Enter if self.written.text().contains('(') => {
                return Some(Request::Change(self.written.text()));
            }
            // What is chosen is there to be filled in.
            KeyCode::Enter | KeyCode::Tab => {
                let chosen = self.found().get(self.cursor.row()).map(|(form, _)| form.example);
                if let Some(example) = chosen {
                    self.written = Input::of(example);
                    self.cursor.set(0);
                }
            }
            _ => {
                self.complaint = None;
                if self.written.key(key) {
                    self.cursor.set(0);
                }
            }
        }
        None
    }

    /// Draws it over `area`; gives where the place of writing is.
    pub fn draw(&mut self, area: Rect, buf: &mut Buffer, look: &Look) -> (u16, u16) {
        let inner = popup::draw(popup::centred(area, 100, 20), "Change the lab now", buf, look);
        let place = draw_input(inner, ">", &self.written, "a word such as link_rate", buf, look);
        let width = usize::from(inner.width);
        let second = self.complaint.as_ref().map_or_else(
            || {
                Line::styled(
                    "Enter takes a form from below, then makes the change; U undoes it",
                    look.theme.dim,
                )
            },
            |told| Line::styled(text::fit(told, width, look.glyphs.ellipsis), look.theme.bad),
        );
        table::put(buf, inner, 1, &second, None);
        let mut cursor = self.cursor;
        let found = self.found();
        let rows = cursor.window(found.len(), usize::from(inner.height.saturating_sub(2)));
        for (y, row) in rows.enumerate() {
            let Some((form, places)) = found.get(row) else {
                break;
            };
            let letters = form.example.chars().enumerate().map(|(n, letter)| {
                let style = if places.contains(&n) {
                    look.theme.hit
                } else {
                    look.theme.text
                };
                Span::styled(letter.to_string(), style)
            });
            let mut spans: Vec<Span<'_>> = core::iter::once(Span::raw(" ")).chain(letters).collect();
            let gap = width.saturating_sub(text::width(form.example) + 2 + text::width(form.of));
            if gap > 0 {
                spans.push(Span::raw(" ".repeat(gap)));
                spans.push(Span::styled(form.of, look.theme.dim));
            }
            let over = (row == cursor.row()).then_some(look.theme.cursor);
            table::put(buf, inner, y as u16 + 2, &Line::from(spans), over);
        }
        self.cursor = cursor;
        place
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_change_has_a_form() {
        let all = forms();
        let has = |word: &str| {
            all.iter()
                .any(|form| form.example.split('(').next() == Some(word))
        };
        let without: Vec<&str> = change_words().filter(|word| !has(word)).collect();
        // These stand in the documentation beside another one that has the same form.
        assert!(without.len() < 40, "{without:?}");
        assert!(has("link_rate") && has("add_route") && all.len() > 80);
    }
}
