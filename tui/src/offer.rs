//! What is left of sessions that were not left in order, over the panels: to go on with, or to throw away.

use crossterm::event::{KeyCode, KeyEvent};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use sim_core::desk::request::Opening;
use sim_core::storage::keeper::Lost;

use crate::app::Request;
use crate::overlay::Answer;
use crate::theme::Look;
use crate::widgets::cursor::{Cursor, Move};
use crate::widgets::{popup, table, text};

/// The sessions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    all: Vec<Lost>,
    cursor: Cursor,
}

impl Offer {
    /// Offers these.
    #[must_use]
    pub fn of(all: Vec<Lost>) -> Self {
        let cursor = Cursor::default();
        Self { all, cursor }
    }

    /// Takes a key.
    pub fn key(&mut self, key: KeyEvent) -> Answer {
        let n_rows = self.all.len();
        let chosen = || self.all.get(self.cursor.row()).map(|it| it.file.clone());
        match key.code {
            KeyCode::Up | KeyCode::Char('k') => self.cursor.go(Move::Up, n_rows),
            KeyCode::Down | KeyCode::Char('j') => self.cursor.go(Move::Down, n_rows),
            KeyCode::Enter => {
                return chosen().map_or(Answer::Leave, |file| {
                    Answer::Ask(Request::Open(Opening::Left(file)))
                });
            }
            KeyCode::Char('x') => {
                let Some(file) = chosen() else {
                    return Answer::Leave;
                };
                self.all.remove(self.cursor.row());
                self.cursor.set(0);
                return Answer::Ask(Request::Forget(file));
            }
            _ => {}
        }
        Answer::Stay
    }
    /// Whether there is none any more.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Draws it over `area`; gives where the place of writing is.
    pub fn draw(&mut self, area: Rect, buf: &mut Buffer, look: &Look) -> (u16, u16) {
        let wide = usize::from(popup::centred(area, 90, 1).width).saturating_sub(2);
        // Of the one under the cursor all is told.
        let chosen = self.all.get(self.cursor.row());
        let whole = chosen.filter(|it| text::width(&it.says) + 1 > wide);
        let whole = whole.map_or_else(Vec::new, |it| text::wrap(&it.says, wide));
        let n_rows = u16::try_from(self.all.len().min(8)).unwrap_or(8);
        let height = n_rows + 6 + whole.len() as u16;
        let inner = popup::draw(
            popup::centred(area, 90, height),
            "A session was left unsaved",
            buf,
            look,
        );
        let told = "It was left without being saved, or the program ended while it was open.";
        let width = usize::from(inner.width);
        table::put(
            buf,
            inner,
            0,
            &Line::styled(text::fit(told, width, look.glyphs.ellipsis), look.theme.text),
            None,
        );
        let mut cursor = self.cursor;
        for (y, row) in cursor.window(self.all.len(), 8).enumerate() {
            let Some(it) = self.all.get(row) else { break };
            let line = Line::styled(
                text::fit(&format!(" {}", it.says), width, look.glyphs.ellipsis),
                look.theme.strong,
            );
            let over = (row == cursor.row()).then_some(look.theme.cursor);
            table::put(buf, inner, y as u16 + 2, &line, over);
        }
        self.cursor = cursor;
        for (y, line) in (n_rows + 3..).zip(whole) {
            table::put(buf, inner, y, &Line::styled(line, look.theme.text), None);
        }
        let keys = [
            ("Enter", "go on with it"),
            ("x", "throw it away"),
            ("Esc", "not now: it stays"),
        ];
        let spans = keys.iter().flat_map(|(key, does)| {
            [
                Span::styled(format!("{key} "), look.theme.strong),
                Span::styled(format!("{does}   "), look.theme.dim),
            ]
        });
        let line = Line::from(spans.collect::<Vec<_>>());
        table::put(buf, inner, inner.height.saturating_sub(1), &line, None);
        (inner.x, inner.y + 2)
    }
}
