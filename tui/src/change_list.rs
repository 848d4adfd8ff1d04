//! A change of the running lab, over the panels: written as in a scenario, with the forms that there are below.

use crossterm::event::{KeyCode, KeyEvent};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use sim_core::desk::changes::{self, Form, forms};

use crate::app::Request;
use crate::overlay::draw_input;
use crate::theme::Look;
use crate::widgets::cursor::Cursor;
use crate::widgets::input::Input;
use crate::widgets::{popup, table, text};

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
    /// With the form at that place to be filled in.
    #[must_use]
    pub fn filled(place: usize) -> Self {
        let list = Self::default();
        let form = list.forms.get(place);
        Self {
            written: form.map_or_else(Input::default, |form| Input::of(&form.example)),
            ..list
        }
    }
    fn found(&self) -> Vec<(&Form, Vec<usize>)> {
        changes::found(&self.written.text(), &self.forms)
    }

    /// Takes a key; says what it wants done.
    pub fn key(&mut self, key: KeyEvent) -> Option<Request> {
        let n_rows = self.found().len();
        match key.code {
            code if self.cursor.key(code, n_rows) => {}
            KeyCode::Enter if changes::is_change(&self.written.text(), &self.forms) => {
                return Some(Request::Change(self.written.text()));
            }
            // What is chosen is there to be filled in.
            KeyCode::Enter | KeyCode::Tab => {
                let chosen = self
                    .found()
                    .get(self.cursor.row())
                    .map(|(form, _)| form.example.clone());
                if let Some(example) = chosen {
                    self.written = Input::of(&example);
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
        let (told, style) = self.complaint.as_ref().map_or_else(
            || {
                let told = "Enter takes a form from below, then makes the change; U undoes it";
                (vec![told.to_owned()], look.theme.dim)
            },
            |told| (text::wrap(told, width), look.theme.bad),
        );
        let n_told = told.len();
        for (y, line) in (1_u16..).zip(told) {
            table::put(buf, inner, y, &Line::styled(line, style), None);
        }
        let mut cursor = self.cursor;
        let found = self.found();
        if found.is_empty() {
            let words = " No change is called so. i injects and heals faults, U undoes.";
            let line = Line::styled(words, look.theme.dim);
            table::put(buf, inner, n_told as u16 + 1, &line, None);
        }
        let rows = cursor.window(found.len(), usize::from(inner.height).saturating_sub(1 + n_told));
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
            let gap = width.saturating_sub(text::width(&form.example) + 2 + text::width(form.of));
            if gap > 0 {
                spans.push(Span::raw(" ".repeat(gap)));
                spans.push(Span::styled(form.of, look.theme.dim));
            }
            let over = (row == cursor.row()).then_some(look.theme.cursor);
            table::put(buf, inner, (y + n_told) as u16 + 1, &Line::from(spans), over);
        }
        self.cursor = cursor;
        place
    }
}
