//! Every source server on its way: life cycle, replication, progress, rate, lag, backlog, time left.
//!
//! A few servers are shown as cards with their curves, many as a table under their waves.

mod card;
mod columns;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};
use sim_core::view::{Server, Snapshot, Wave};

use crate::format;
use crate::keymap::{Action, Binding, bindings, letter};
use crate::panel::{Context, Outcome, Panel};
use crate::selection::Selection;
use crate::widgets::cursor::Cursor;
use crate::widgets::{bar, table};

use columns::Sort;

/// Every source server on its way.
#[derive(Debug, Default)]
pub(super) struct Migration {
    cursor: Cursor,
    filter: String,
    sort: Sort,
    /// Where each row was drawn last, for clicks: cards are higher than rows.
    lines: Vec<usize>,
}

const SORT: u8 = 0;

const BINDINGS: &[Binding] = bindings! {
    Action::Local(SORT), [letter('s')], Here, "Sort by the next column", "sort";
};

/// A row: a wave or a server, by their places in the snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Row {
    Wave(usize),
    Server(usize),
}

impl Migration {
    fn rows(&self, snapshot: &Snapshot) -> Vec<Row> {
        let wanted = self.filter.to_lowercase();
        let shown = |server: &Server| {
            wanted.is_empty()
                || server.name.to_lowercase().contains(&wanted)
                || server
                    .life_cycle_state
                    .is_some_and(|state| state.as_str().to_lowercase().contains(&wanted))
                || server
                    .data_replication_state
                    .is_some_and(|state| state.as_str().to_lowercase().contains(&wanted))
                || server
                    .error
                    .is_some_and(|error| error.as_str().to_lowercase().contains(&wanted))
        };
        let servers_of = |wave: Option<&Wave>| {
            let mut servers: Vec<usize> = (0..snapshot.servers.len())
                .filter(|place| {
                    let server = &snapshot.servers[*place];
                    shown(server) && server.wave.as_deref() == wave.map(|wave| wave.name.as_str())
                })
                .collect();
            self.sort.order(&mut servers, &snapshot.servers);
            servers.into_iter().map(Row::Server)
        };
        let mut rows = Vec::new();
        for (place, wave) in snapshot.waves.iter().enumerate() {
            let mut servers = servers_of(Some(wave)).peekable();
            if servers.peek().is_some() {
                rows.push(Row::Wave(place));
                rows.extend(servers);
            }
        }
        rows.extend(servers_of(None));
        rows
    }

    fn selection(&self, snapshot: &Snapshot, rows: &[Row]) -> Option<Selection> {
        let resource = match rows.get(self.cursor.row())? {
            Row::Wave(place) => snapshot.waves.get(*place)?.id.into(),
            Row::Server(place) => snapshot.servers.get(*place)?.id.into(),
        };
        Some(Selection::Resource(resource))
    }

    fn draw_cards(&mut self, area: Rect, buf: &mut Buffer, cx: &Context<'_>, rows: &[Row]) {
        let mut y = 0;
        for (place, row) in rows.iter().enumerate() {
            let here = place == self.cursor.row();
            let lines = match row {
                Row::Wave(wave) => vec![wave_line(&cx.feed.snapshot.waves[*wave], area.width, cx)],
                Row::Server(server) => {
                    let server = &cx.feed.snapshot.servers[*server];
                    card::lines(server, area.width, cx)
                }
            };
            for (n, line) in lines.iter().enumerate() {
                let over = (here && cx.focused && n == 0).then_some(cx.look.theme.cursor);
                table::put(buf, area, y, line, over);
                self.lines.push(place);
                y += 1;
            }
            if matches!(row, Row::Server(_)) {
                self.lines.push(place);
                y += 1;
            }
        }
    }

    fn draw_table(&mut self, area: Rect, buf: &mut Buffer, cx: &Context<'_>, rows: &[Row]) {
        let fitted = table::fit(&columns::COLUMNS, area.width);
        table::put(buf, area, 0, &columns::header(&fitted, self.sort, cx), None);
        let body = Rect {
            y: area.y + 1,
            height: area.height.saturating_sub(1),
            ..area
        };
        // A click on the headings means no row.
        self.lines.push(usize::MAX);
        let window = self.cursor.window(rows.len(), usize::from(body.height));
        for (y, place) in window.enumerate() {
            let Some(row) = rows.get(place) else { break };
            let line = match row {
                Row::Wave(wave) => wave_line(&cx.feed.snapshot.waves[*wave], area.width, cx),
                Row::Server(server) => columns::row(&cx.feed.snapshot.servers[*server], &fitted, cx),
            };
            let over = match (place == self.cursor.row(), cx.focused) {
                (true, true) => Some(cx.look.theme.cursor),
                (true, false) if Some(cx.selected) == self.selection(&cx.feed.snapshot, rows) => {
                    Some(cx.look.theme.cursor_elsewhere)
                }
                _ => None,
            };
            table::put(buf, body, u16::try_from(y).unwrap_or(u16::MAX), &line, over);
            self.lines.push(place);
        }
    }
}

/// A wave in one line, above its servers.
fn wave_line(wave: &Wave, width: u16, cx: &Context<'_>) -> Line<'static> {
    let (theme, glyphs) = (&cx.look.theme, &cx.look.glyphs);
    let mut spans = vec![
        Span::styled(format!("{} ", glyphs.open), theme.accent),
        Span::styled(wave.name.clone(), theme.strong),
        Span::styled(
            format!(
                "  {}  {}/{} cut over  ",
                wave.progress.as_str(),
                wave.n_cut_over,
                wave.n_servers
            ),
            theme.dim,
        ),
    ];
    let taken: usize = spans.iter().map(Span::width).sum();
    let cells = usize::from(width).saturating_sub(taken + 5).min(24);
    if cells >= 6 {
        spans.extend(bar::line(
            wave.share(),
            cells,
            (theme.health(wave.health), theme.dim),
            glyphs,
        ));
        spans.push(Span::styled(
            format!(" {:>4}", format::percent(wave.share())),
            theme.text,
        ));
    }
    Line::from(spans)
}

impl Panel for Migration {
    fn title(&self) -> &'static str {
        "Migration"
    }
    fn bindings(&self) -> &'static [Binding] {
        BINDINGS
    }
    fn filter(&mut self) -> Option<&mut String> {
        Some(&mut self.filter)
    }
    fn note(&self, cx: &Context<'_>) -> String {
        let servers = &cx.feed.snapshot.servers;
        let total = servers.iter().map(|server| server.rate).sum();
        let shown = self.rows(&cx.feed.snapshot);
        let shown = shown.iter().filter(|row| matches!(row, Row::Server(_))).count();
        if servers.is_empty() {
            return String::new();
        }
        let mut note = if shown == servers.len() {
            format!("{shown} servers")
        } else {
            format!("{shown} of {} servers", servers.len())
        };
        if servers.len() == 1 && shown == 1 {
            note = "1 server".to_owned();
        }
        if servers.iter().any(|server| !server.rate.is_zero()) {
            note.push_str(&format!("  {}", format::rate(total)));
        }
        note
    }

    fn table(&self, cx: &Context<'_>) -> Option<String> {
        let servers = &cx.feed.snapshot.servers;
        let rows = self.rows(&cx.feed.snapshot);
        let shown = rows.iter().filter_map(|row| match row {
            Row::Server(place) => servers.get(*place),
            Row::Wave(_) => None,
        });
        Some(columns::text(shown, cx))
    }
    fn draw(&mut self, area: Rect, buf: &mut Buffer, cx: &Context<'_>) {
        let rows = self.rows(&cx.feed.snapshot);
        self.lines.clear();
        if rows.is_empty() {
            let line = if cx.feed.snapshot.servers.is_empty() {
                "This lab migrates no servers: there is nothing for MGN to do."
            } else {
                "No server holds these letters."
            };
            table::put(buf, area, 0, &Line::styled(line, cx.look.theme.dim), None);
            return;
        }
        self.cursor.window(rows.len(), usize::from(area.height));
        let servers = rows.iter().filter(|row| matches!(row, Row::Server(_))).count();
        let cards = servers * (card::HEIGHT + 1) + rows.len() - servers;
        // The last card needs no empty line below it.
        if cards <= usize::from(area.height) + 1 {
            self.draw_cards(area, buf, cx, &rows);
        } else {
            self.draw_table(area, buf, cx, &rows);
        }
    }

    fn act(&mut self, action: Action, cx: &Context<'_>) -> Outcome {
        let snapshot = &cx.feed.snapshot;
        let rows = self.rows(snapshot);
        match action {
            Action::Go(how) => {
                self.cursor.go(how, rows.len());
                self.selection(snapshot, &rows)
                    .map_or(Outcome::Done, Outcome::Select)
            }
            Action::Enter => self
                .selection(snapshot, &rows)
                .map_or(Outcome::Done, Outcome::Look),
            Action::Local(SORT) => {
                self.sort = self.sort.next();
                Outcome::Done
            }
            _ => Outcome::Ignored,
        }
    }

    fn click(&mut self, at: Position, cx: &Context<'_>) -> Outcome {
        let rows = self.rows(&cx.feed.snapshot);
        let place = self.lines.get(usize::from(at.y)).copied();
        let Some(place) = place.filter(|place| *place < rows.len()) else {
            return Outcome::Done;
        };
        self.cursor.set(place);
        self.selection(&cx.feed.snapshot, &rows)
            .map_or(Outcome::Done, Outcome::Select)
    }
}
