//! Lines under headings of which some stand for things: what panels with several tables are made of.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::Line;

use crate::keymap::Action;
use crate::panel::{Context, Outcome};
use crate::selection::Selection;
use crate::widgets::cursor::{Cursor, Move};
use crate::widgets::table::{self, Align, Column};
use crate::widgets::text;

/// A line, and what it stands for; none for headings and for what goes on from the line above.
struct Row {
    line: Line<'static>,
    stands_for: Option<Selection>,
}

/// Lines under headings.
#[derive(Default)]
pub(super) struct Sheet {
    rows: Vec<Row>,
}

impl Sheet {
    /// Whether nothing is in it.
    pub(super) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }
    /// A line that only says something.
    pub(super) fn say(&mut self, line: Line<'static>) {
        self.rows.push(Row {
            line,
            stands_for: None,
        });
    }
    /// A line that can be chosen.
    pub(super) fn offer(&mut self, line: Line<'static>, stands_for: Selection) {
        self.rows.push(Row {
            line,
            stands_for: Some(stands_for),
        });
    }
    /// A heading, with an empty line before it where something stands above.
    pub(super) fn heading(&mut self, line: Line<'static>) {
        if !self.rows.is_empty() {
            self.say(Line::default());
        }
        self.say(line);
    }
    /// A sentence under the line above, with its label, in as many lines as it takes.
    pub(super) fn explain(&mut self, label: Line<'static>, sentence: &str, width: u16, cx: &Context<'_>) {
        /// Cells before a sentence beside whose label there is no room for it.
        const INDENT: usize = 4;
        let mut indent = label.width();
        let mut label = label;
        if indent > usize::from(width) / 2 {
            self.say(core::mem::replace(&mut label, Line::raw(" ".repeat(INDENT))));
            indent = INDENT;
        }
        let room = usize::from(width).saturating_sub(indent);
        for (n, part) in text::wrap(sentence, room).into_iter().enumerate() {
            let mut line = if n == 0 {
                label.clone()
            } else {
                Line::raw(" ".repeat(indent))
            };
            line.push_span(ratatui::text::Span::styled(part, cx.look.theme.text));
            self.say(line);
        }
    }

    /// The places of the lines that can be chosen.
    fn offers(&self) -> Vec<usize> {
        let all = self.rows.iter().enumerate();
        all.filter_map(|(place, row)| row.stands_for.map(|_| place))
            .collect()
    }
    /// The line that is chosen: the cursor's, or the next that can be.
    fn chosen(&self, cursor: &Cursor) -> Option<usize> {
        let offers = self.offers();
        let next = offers.iter().find(|place| **place >= cursor.row());
        next.or_else(|| offers.last()).copied()
    }
    fn at(&self, place: usize) -> Option<Selection> {
        self.rows.get(place).and_then(|row| row.stands_for)
    }

    /// Draws the lines around the cursor.
    pub(super) fn draw(&self, area: Rect, buf: &mut Buffer, cursor: &mut Cursor, cx: &Context<'_>) {
        let theme = &cx.look.theme;
        let chosen = self.chosen(cursor);
        if chosen == self.offers().first().copied() {
            // The heading of the first line is shown with it.
            cursor.set(0);
            cursor.window(self.rows.len(), usize::from(area.height));
        }
        cursor.set(chosen.unwrap_or(0));
        let window = cursor.window(self.rows.len(), usize::from(area.height));
        for (y, place) in (0_u16..).zip(window) {
            let Some(row) = self.rows.get(place) else { break };
            let line = text::fit_line(row.line.clone(), usize::from(area.width), cx.look.glyphs.ellipsis);
            let over = match (Some(place) == chosen, cx.focused) {
                (true, true) => Some(theme.cursor),
                (true, false) if row.stands_for == Some(cx.selected) => Some(theme.cursor_elsewhere),
                _ => None,
            };
            table::put(buf, area, y, &line, over);
        }
    }

    /// Moves among the lines that can be chosen, or looks at the one that is.
    pub(super) fn act(&self, action: Action, cursor: &mut Cursor) -> Outcome {
        let Some(here) = self.chosen(cursor) else {
            return Outcome::Ignored;
        };
        match action {
            Action::Go(how) => {
                cursor.set(here);
                cursor.go(how, self.rows.len());
                let offers = self.offers();
                let wanted = cursor.row();
                let found = match how {
                    Move::Down | Move::PageDown | Move::Bottom => {
                        offers.iter().find(|place| **place >= wanted).or(offers.last())
                    }
                    Move::Up | Move::PageUp | Move::Top => {
                        offers.iter().rfind(|place| **place <= wanted).or(offers.first())
                    }
                };
                let place = found.copied().unwrap_or(here);
                cursor.set(place);
                self.at(place).map_or(Outcome::Done, Outcome::Select)
            }
            Action::Enter => self.at(here).map_or(Outcome::Done, Outcome::Look),
            _ => Outcome::Ignored,
        }
    }

    /// Chooses the line that was clicked, where it can be.
    pub(super) fn click(&self, at: Position, cursor: &mut Cursor) -> Outcome {
        let place = cursor.at_line(usize::from(at.y), self.rows.len());
        let Some((place, thing)) = place.and_then(|place| Some((place, self.at(place)?))) else {
            return Outcome::Done;
        };
        cursor.set(place);
        Outcome::Select(thing)
    }
}

/// A column of text.
pub(super) const fn words(title: &'static str, width: u16, grows: u16, rank: u8) -> Column {
    Column::new(title, width, grows, rank, Align::Left)
}
/// A column of numbers.
pub(super) const fn numbers(title: &'static str, width: u16, rank: u8) -> Column {
    Column::new(title, width, 0, rank, Align::Right)
}
