//! BGP sessions: with whom, whether they are up and since when, what was exchanged, and what stops them.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::Line;
use sim_core::proto::bgp::session::State;
use sim_core::view::BgpSession;

use crate::format;
use crate::keymap::Action;
use crate::panel::{Context, Home, Outcome, Panel};
use crate::selection::Selection;
use crate::widgets::cursor::Cursor;
use crate::widgets::table::{self, Align, Column};

/// BGP sessions.
#[derive(Debug, Default)]
pub(super) struct Sessions {
    cursor: Cursor,
    filter: String,
}

const COLUMNS: [Column; 8] = [
    Column::new("", 1, 0, 0, Align::Left),
    Column::new("session", 14, 2, 0, Align::Left),
    Column::new("AS", 6, 0, 5, Align::Right),
    Column::new("state", 11, 0, 1, Align::Left),
    Column::new("since", 9, 0, 4, Align::Right),
    Column::new("in", 4, 0, 2, Align::Right),
    Column::new("out", 4, 0, 3, Align::Right),
    Column::new("reason", 22, 3, 6, Align::Left),
];

impl Sessions {
    fn rows<'a>(&self, cx: &Context<'a>) -> Vec<&'a BgpSession> {
        let wanted = self.filter.to_lowercase();
        let all = cx.feed.snapshot.sessions.iter();
        all.filter(|session| {
            let state = session.state.to_string().to_lowercase();
            wanted.is_empty() || session.name.to_lowercase().contains(&wanted) || state.contains(&wanted)
        })
        .collect()
    }

    fn cell(session: &BgpSession, place: usize, cx: &Context<'_>) -> Line<'static> {
        let (theme, glyphs) = (&cx.look.theme, &cx.look.glyphs);
        let style = theme.health(session.health);
        match place {
            0 => Line::styled(glyphs.mark(session.health), style),
            1 => Line::styled(session.name.clone(), theme.strong),
            2 => Line::styled(session.peer_as.to_string(), theme.text),
            3 => Line::styled(session.state.to_string(), style),
            4 => Line::styled(format::clock(session.since), theme.dim),
            5 => Line::styled(session.received.to_string(), theme.text),
            6 => Line::styled(session.advertised.to_string(), theme.text),
            _ => Line::styled(session.reason.map_or("", |reason| reason.code()), style),
        }
    }
}

fn chosen(rows: &[&BgpSession], place: usize) -> Option<Selection> {
    rows.get(place)
        .map(|session| Selection::Resource(session.id.into()))
}

impl Panel for Sessions {
    fn title(&self) -> &'static str {
        "Sessions"
    }
    fn home(&self) -> Home {
        Home::Main
    }
    fn filter(&mut self) -> Option<&mut String> {
        Some(&mut self.filter)
    }
    fn note(&self, cx: &Context<'_>) -> String {
        let all = &cx.feed.snapshot.sessions;
        let up = all
            .iter()
            .filter(|session| session.state == State::Established)
            .count();
        if all.is_empty() {
            String::new()
        } else {
            format!("{up} of {} up", all.len())
        }
    }

    fn draw(&mut self, area: Rect, buf: &mut Buffer, cx: &Context<'_>) {
        let (theme, ellipsis) = (&cx.look.theme, cx.look.glyphs.ellipsis);
        let rows = self.rows(cx);
        if rows.is_empty() {
            let line = Line::styled("No BGP sessions.", theme.dim);
            table::put(buf, area, 0, &line, None);
            return;
        }
        let fitted = table::fit(&COLUMNS, area.width);
        let header = table::header(&COLUMNS, &fitted, theme.dim, ellipsis);
        table::put(buf, area, 0, &header, None);
        let window = self
            .cursor
            .window(rows.len(), usize::from(area.height.saturating_sub(1)));
        for (y, place) in (1_u16..).zip(window) {
            let Some(session) = rows.get(place) else { break };
            let line = table::row(
                &COLUMNS,
                &fitted,
                |column, _| Self::cell(session, column, cx),
                ellipsis,
            );
            let here = Selection::Resource(session.id.into());
            let over = match (place == self.cursor.row(), cx.focused) {
                (true, true) => Some(theme.cursor),
                (true, false) if cx.selected == here => Some(theme.cursor_elsewhere),
                _ => None,
            };
            table::put(buf, area, y, &line, over);
        }
    }

    fn act(&mut self, action: Action, cx: &Context<'_>) -> Outcome {
        let rows = self.rows(cx);
        match action {
            Action::Go(how) => {
                self.cursor.go(how, rows.len());
                chosen(&rows, self.cursor.row()).map_or(Outcome::Done, Outcome::Select)
            }
            Action::Enter => chosen(&rows, self.cursor.row()).map_or(Outcome::Done, Outcome::Look),
            _ => Outcome::Ignored,
        }
    }

    fn click(&mut self, at: Position, cx: &Context<'_>) -> Outcome {
        let rows = self.rows(cx);
        // The first line is the headings.
        let Some(line) = usize::from(at.y).checked_sub(1) else {
            return Outcome::Done;
        };
        let Some(place) = self.cursor.at_line(line, rows.len()) else {
            return Outcome::Done;
        };
        self.cursor.set(place);
        chosen(&rows, place).map_or(Outcome::Done, Outcome::Select)
    }
}
