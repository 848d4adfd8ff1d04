//! The routes of what is selected: where each prefix leads, what the route comes from, and what made
//! it the one.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};
use sim_core::view::{RouteRow, RoutingTable};

use super::sheet::{Sheet, words};
use crate::keymap::Action;
use crate::panel::{Context, Home, Outcome, Panel};
use crate::selection::Selection;
use crate::widgets::cursor::Cursor;
use crate::widgets::table::{self, Column};

/// The routes of what is selected.
#[derive(Debug, Default)]
pub(super) struct Routes {
    cursor: Cursor,
    filter: String,
    /// The width at which it was drawn last.
    width: u16,
}

const COLUMNS: [Column; 5] = [
    words("", 1, 0, 0),
    words("prefix", 18, 0, 0),
    words("leads to", 18, 2, 0),
    words("source", 14, 0, 1),
    words("decided by", 20, 2, 2),
];

fn cell(row: &RouteRow, place: usize, cx: &Context<'_>) -> Line<'static> {
    let (theme, glyphs) = (&cx.look.theme, &cx.look.glyphs);
    let style = theme.health(row.health);
    match place {
        0 => Line::styled(glyphs.mark(row.health), style),
        1 => Line::styled(row.prefix.clone(), theme.strong),
        2 => Line::styled(row.leads_to.clone(), theme.text),
        3 => Line::styled(row.source.clone(), theme.text),
        _ => Line::styled(row.decided_by.clone(), theme.dim),
    }
}

impl Routes {
    fn rows<'a>(&self, table: &'a RoutingTable) -> Vec<&'a RouteRow> {
        let wanted = self.filter.to_lowercase();
        let holds = |row: &&RouteRow| {
            let parts = [&row.prefix, &row.leads_to, &row.source];
            wanted.is_empty() || parts.iter().any(|part| part.to_lowercase().contains(&wanted))
        };
        table.rows.iter().filter(holds).collect()
    }

    fn sheet(&self, cx: &Context<'_>) -> Sheet {
        let (theme, glyphs) = (&cx.look.theme, &cx.look.glyphs);
        let mut sheet = Sheet::default();
        let fitted = table::fit(&COLUMNS, self.width);
        let tables = cx.feed.routing.iter().flat_map(|routing| &routing.tables);
        for (n, table) in tables.enumerate() {
            sheet.heading(Line::from(vec![
                Span::styled(table.name.clone(), theme.accent),
                Span::styled(format!("  {}", table.note), theme.dim),
            ]));
            if n == 0 {
                sheet.say(table::header(&COLUMNS, &fitted, theme.dim, glyphs.ellipsis));
            }
            let rows = self.rows(table);
            if rows.is_empty() {
                sheet.say(Line::styled("  no route", theme.dim));
            }
            for row in rows {
                let line = table::row(
                    &COLUMNS,
                    &fitted,
                    |column, _| cell(row, column, cx),
                    glyphs.ellipsis,
                );
                sheet.offer(line, Selection::Resource(table.id));
            }
        }
        if sheet.is_empty() {
            let words = "Nothing in this lab has routes.";
            sheet.say(Line::styled(words, theme.dim));
        }
        sheet
    }
}

impl Panel for Routes {
    fn title(&self) -> &'static str {
        "Routes"
    }
    fn home(&self) -> Home {
        Home::Main
    }
    fn filter(&mut self) -> Option<&mut String> {
        Some(&mut self.filter)
    }
    fn note(&self, cx: &Context<'_>) -> String {
        let routing = cx.feed.routing.as_ref();
        routing.map_or(String::new(), |routing| {
            let n_rows: usize = routing.tables.iter().map(|table| table.rows.len()).sum();
            format!("{} {}, {n_rows} routes", routing.id.kind(), routing.name)
        })
    }

    fn draw(&mut self, area: Rect, buf: &mut Buffer, cx: &Context<'_>) {
        self.width = area.width;
        self.sheet(cx).draw(area, buf, &mut self.cursor, cx);
    }
    fn act(&mut self, action: Action, cx: &Context<'_>) -> Outcome {
        self.sheet(cx).act(action, &mut self.cursor)
    }
    fn click(&mut self, at: Position, cx: &Context<'_>) -> Outcome {
        self.sheet(cx).click(at, &mut self.cursor)
    }
}
