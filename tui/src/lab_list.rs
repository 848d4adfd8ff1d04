//! The labs that ship with the program, over the panels: found by typing, each with what it is for.

use crossterm::event::{KeyCode, KeyEvent};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use sim_core::desk::labs::{self, LabRow};
use sim_core::desk::request::Opening;

use crate::app::Request;
use crate::overlay::{Answer, draw_input};
use crate::theme::Look;
use crate::widgets::cursor::Cursor;
use crate::widgets::input::Input;
use crate::widgets::{popup, table, text};

/// Lines for what the chosen lab teaches.
const EXPLAINED: u16 = 5;
/// Cells of a name.
const NAME: usize = 34;

/// The labs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabList {
    labs: Vec<LabRow>,
    wanted: Input,
    cursor: Cursor,
}

impl LabList {
    /// These labs: whole ones first, each followed by its variants.
    #[must_use]
    pub fn of(labs: Vec<LabRow>) -> Self {
        Self {
            labs: labs::ordered(labs),
            wanted: Input::default(),
            cursor: Cursor::default(),
        }
    }

    fn rows(&self) -> Vec<&LabRow> {
        labs::found(&self.wanted.text(), &self.labs)
    }

    /// Takes a key.
    pub fn key(&mut self, key: KeyEvent) -> Answer {
        let n_rows = self.rows().len();
        match key.code {
            KeyCode::Enter => {
                let chosen = self.rows().get(self.cursor.row()).map(|lab| lab.name.clone());
                return chosen.map_or(Answer::Stay, |name| {
                    Answer::Ask(Request::Open(Opening::Lab(name)))
                });
            }
            code if self.cursor.key(code, n_rows) => {}
            _ if self.wanted.is_sign(key, '/') => {}
            _ => {
                if self.wanted.key(key) {
                    self.cursor.set(0);
                }
            }
        }
        Answer::Stay
    }

    /// Draws it over `area`; gives where the place of writing is.
    pub fn draw(&mut self, area: Rect, buf: &mut Buffer, look: &Look) -> (u16, u16) {
        let (theme, glyphs) = (&look.theme, &look.glyphs);
        let place = popup::centred(area, 116, area.height.saturating_sub(2));
        let title = format!("Labs: {}", self.labs.len());
        let inner = popup::draw(place, &title, buf, look);
        let hint = "type a few letters; Enter opens the lab in the place of this one";
        let writing = draw_input(inner, "/", &self.wanted, hint, buf, look);
        let explained = EXPLAINED.min(inner.height / 2);
        let list = Rect {
            y: inner.y + 1,
            height: inner.height.saturating_sub(explained + 1),
            ..inner
        };
        let mut cursor = self.cursor;
        let rows = self.rows();
        for (y, place) in (0_u16..).zip(cursor.window(rows.len(), usize::from(list.height))) {
            let Some(lab) = rows.get(place) else { break };
            let lead = if lab.variant_of.is_some() { "  " } else { "" };
            let style = if lab.variant_of.is_some() {
                theme.warning
            } else {
                theme.good
            };
            let name = text::fit(&format!(" {lead}{}", lab.name), NAME, glyphs.ellipsis);
            let line = Line::from(vec![
                Span::styled(format!("{name:<NAME$} "), style),
                Span::styled(lab.title.clone(), theme.text),
            ]);
            let line = text::fit_line(line, usize::from(list.width), glyphs.ellipsis);
            let over = (place == cursor.row()).then_some(theme.cursor);
            table::put(buf, list, y, &line, over);
        }
        if let Some(lab) = rows.get(cursor.row()) {
            let below = Rect {
                y: list.bottom(),
                height: explained,
                ..inner
            };
            let rule = glyphs.border.horizontal_top.repeat(usize::from(below.width));
            table::put(buf, below, 0, &Line::styled(rule, theme.dim), None);
            let of = lab.variant_of.as_ref();
            let of = of.map_or(String::new(), |of| format!("A broken variant of {of}. "));
            let words = text::wrap(&format!("{of}{}", lab.teaches), usize::from(below.width));
            for (y, words) in (1_u16..).zip(words) {
                table::put(buf, below, y, &Line::styled(words, theme.text), None);
            }
        }
        self.cursor = cursor;
        writing
    }
}
