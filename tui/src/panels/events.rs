//! The log: one sentence for each record of the trace, with its cause at hand.

use std::collections::BTreeSet;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};
use sim_core::kernel::RecordId;
use sim_core::view::LogRow;

use crate::feed::Feed;
use crate::format;
use crate::keymap::{Action, Binding, bindings, letter};
use crate::panel::{Context, Home, Outcome, Panel};
use crate::selection::Selection;
use crate::widgets::cursor::{Cursor, Move};
use crate::widgets::{table, text};

/// Which rows are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Show {
    /// Those worth stopping for.
    #[default]
    Notable,
    /// All.
    All,
}

/// The log.
#[derive(Debug)]
pub(super) struct Events {
    cursor: Cursor,
    show: Show,
    /// Whether the cursor stays on the latest row.
    follows: bool,
    /// The record under the cursor, which stays there while others come and go.
    anchor: Option<RecordId>,
    filter: String,
}

impl Default for Events {
    fn default() -> Self {
        Self {
            cursor: Cursor::default(),
            show: Show::default(),
            follows: true,
            anchor: None,
            filter: String::new(),
        }
    }
}

const SHOW_ALL: u8 = 0;
const TO_CAUSE: u8 = 1;

const BINDINGS: &[Binding] = bindings! {
    Action::Local(SHOW_ALL), [letter('a')], Here, "Show all records, or only notable ones", "all/notable";
    Action::Local(TO_CAUSE), [letter('c')], Here, "Go to the cause of the record", "cause";
};

impl Events {
    fn rows<'a>(&self, feed: &'a Feed) -> Vec<&'a LogRow> {
        let wanted = self.filter.to_lowercase();
        feed.log
            .iter()
            .filter(|row| self.show == Show::All || row.notable)
            .filter(|row| {
                wanted.is_empty()
                    || row.subject.to_lowercase().contains(&wanted)
                    || row.what.to_lowercase().contains(&wanted)
            })
            .collect()
    }

    fn select(&self, rows: &[&LogRow]) -> Outcome {
        rows.get(self.cursor.row())
            .map_or(Outcome::Done, |row| Outcome::Select(Selection::Record(row.id)))
    }

    /// Puts the cursor on the cause, showing all rows where it is hidden by the choice of notable ones.
    fn go_to_cause(&mut self, cx: &Context<'_>) -> Outcome {
        let here = self
            .rows(cx.feed)
            .get(self.cursor.row())
            .and_then(|row| row.cause);
        let Some(cause) = here else { return Outcome::Done };
        let place = |events: &Self| events.rows(cx.feed).iter().position(|row| row.id == cause);
        let found = place(self).or_else(|| {
            self.show = Show::All;
            place(self)
        });
        if let Some(found) = found {
            self.cursor.set(found);
            self.anchor = Some(cause);
            self.follows = false;
        }
        Outcome::Select(Selection::Record(cause))
    }
}

impl Panel for Events {
    fn title(&self) -> &'static str {
        "Log"
    }
    fn home(&self) -> Home {
        Home::Log
    }
    fn bindings(&self) -> &'static [Binding] {
        BINDINGS
    }
    fn filter(&mut self) -> Option<&mut String> {
        Some(&mut self.filter)
    }
    fn note(&self, cx: &Context<'_>) -> String {
        let shown = self.rows(cx.feed).len();
        let frozen = match (self.follows, shown.saturating_sub(self.cursor.row() + 1)) {
            (true, _) | (false, 0) => String::new(),
            (false, below) => format!("stands still, {below} below, "),
        };
        match self.show {
            Show::All if self.filter.is_empty() => format!("{frozen}all {shown}"),
            Show::All => format!("{frozen}{shown} of {}", cx.feed.log.len()),
            Show::Notable => format!("{frozen}{shown} notable of {}", cx.feed.log.len()),
        }
    }
    fn table(&self, cx: &Context<'_>) -> Option<String> {
        let line = |row: &&LogRow| {
            let reason = row.reason.map_or("", |reason| reason.code());
            format!("{}\t{}\t{}\t{reason}\n", row.at, row.subject, row.what)
        };
        let rows = self.rows(cx.feed);
        Some(
            core::iter::once("at\tsubject\twhat\treason\n".to_owned())
                .chain(rows.iter().map(line))
                .collect(),
        )
    }

    fn draw(&mut self, area: Rect, buf: &mut Buffer, cx: &Context<'_>) {
        let (theme, glyphs) = (&cx.look.theme, &cx.look.glyphs);
        let rows = self.rows(cx.feed);
        if self.follows {
            self.cursor.go(Move::Bottom, rows.len());
        } else if let Some(anchor) = self.anchor {
            self.cursor.set(rows.partition_point(|row| row.id < anchor));
        }
        self.anchor = rows.get(self.cursor.row()).map(|row| row.id);
        let chain: BTreeSet<RecordId> = cx.feed.chain.iter().map(|row| row.id).collect();
        let window = self.cursor.window(rows.len(), usize::from(area.height));
        let shown = rows.get(window.clone()).unwrap_or_default();
        let widest = shown.iter().map(|row| text::width(&row.subject)).max();
        let subject = widest.unwrap_or(0).clamp(4, usize::from(area.width / 3).max(4));
        for (y, place) in window.enumerate() {
            let Some(row) = rows.get(place) else { break };
            let name = text::fit(&row.subject, subject, glyphs.ellipsis);
            // A record on the way to the selected one is marked as its cause.
            let leads = chain.contains(&row.id) && cx.selected != Selection::Record(row.id);
            let (sign, style) = if leads {
                (glyphs.because, theme.hit)
            } else {
                (glyphs.mark(row.health), theme.health(row.health))
            };
            let line = Line::from(vec![
                Span::styled(format!("{} ", format::instant(row.at)), theme.dim),
                Span::styled(format!("{sign} "), style),
                Span::styled(
                    format!("{name}{}  ", " ".repeat(subject - text::width(&name))),
                    theme.strong,
                ),
                Span::styled(row.what.clone(), theme.text),
            ]);
            let line = text::fit_line(line, usize::from(area.width), glyphs.ellipsis);
            let over = match (place == self.cursor.row(), cx.focused) {
                (true, true) => Some(theme.cursor),
                (true, false) if cx.selected == Selection::Record(row.id) => Some(theme.cursor_elsewhere),
                _ => None,
            };
            table::put(buf, area, u16::try_from(y).unwrap_or(u16::MAX), &line, over);
        }
        if rows.is_empty() {
            let line = if cx.feed.log.is_empty() {
                "nothing has happened yet: Space runs the lab, ] steps to the next notable event"
            } else {
                "no record matches"
            };
            let line = text::fit(line, usize::from(area.width), glyphs.ellipsis);
            table::put(buf, area, 0, &Line::styled(line, theme.dim), None);
        }
    }

    fn act(&mut self, action: Action, cx: &Context<'_>) -> Outcome {
        let rows = self.rows(cx.feed);
        match action {
            Action::Go(how) => {
                self.cursor.go(how, rows.len());
                self.follows = self.cursor.row() + 1 >= rows.len();
                self.anchor = rows.get(self.cursor.row()).map(|row| row.id);
                self.select(&rows)
            }
            Action::Enter => rows
                .get(self.cursor.row())
                .map_or(Outcome::Done, |row| Outcome::Look(Selection::Record(row.id))),
            Action::Local(SHOW_ALL) => {
                let here = rows.get(self.cursor.row()).map(|row| row.id);
                self.show = match self.show {
                    Show::Notable => Show::All,
                    Show::All => Show::Notable,
                };
                // The same record, or the last one before it.
                let place = self.rows(cx.feed).iter().rposition(|row| Some(row.id) <= here);
                self.cursor.set(place.unwrap_or(0));
                self.anchor = None;
                Outcome::Done
            }
            Action::Local(TO_CAUSE) => self.go_to_cause(cx),
            _ => Outcome::Ignored,
        }
    }

    fn click(&mut self, at: Position, cx: &Context<'_>) -> Outcome {
        let rows = self.rows(cx.feed);
        let Some(place) = self.cursor.at_line(usize::from(at.y), rows.len()) else {
            return Outcome::Done;
        };
        self.cursor.set(place);
        self.anchor = rows.get(place).map(|row| row.id);
        self.follows = place + 1 >= rows.len();
        self.select(&rows)
    }
}
