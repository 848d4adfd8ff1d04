//! The columns of the table of servers, and by which of them it is sorted.

use ratatui::text::{Line, Span};
use sim_core::view::Server;

use crate::format;
use crate::panel::Context;
use crate::widgets::bar;
use crate::widgets::table::{self, Align, Column};

const NAME: usize = 0;
const LIFE_CYCLE: usize = 1;
const REPLICATION: usize = 2;
const PROGRESS: usize = 3;
const RATE: usize = 4;
const LAG: usize = 5;
const BACKLOG: usize = 6;
const LEFT: usize = 7;
const CURVE: usize = 8;

/// The columns, in order. Where it gets narrow, those stay that say where a server is and whether it
/// keeps up; how far the first copy is can be told from the states.
pub(super) const COLUMNS: [Column; 9] = [
    Column::new("server", 14, 3, 0, Align::Left),
    Column::new("life cycle", 17, 0, 1, Align::Left),
    Column::new("replication", 17, 1, 2, Align::Left),
    Column::new("progress", 10, 3, 5, Align::Left),
    Column::new("rate", 9, 0, 7, Align::Right),
    Column::new("lag", 7, 0, 3, Align::Right),
    Column::new("backlog", 9, 0, 4, Align::Right),
    Column::new("left", 7, 0, 6, Align::Right),
    Column::new("rate so far", 12, 3, 8, Align::Left),
];

/// By which column the servers are sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Sort {
    /// As in the lab.
    #[default]
    Lab,
    /// What is worst first.
    Health,
    /// The least replicated first.
    Progress,
    /// The fastest first.
    Rate,
    /// The longest lag first.
    Lag,
    /// The largest backlog first.
    Backlog,
}

impl Sort {
    /// The one after it.
    pub(super) const fn next(self) -> Self {
        match self {
            Self::Lab => Self::Health,
            Self::Health => Self::Progress,
            Self::Progress => Self::Rate,
            Self::Rate => Self::Lag,
            Self::Lag => Self::Backlog,
            Self::Backlog => Self::Lab,
        }
    }
    const fn column(self) -> Option<usize> {
        match self {
            Self::Lab => None,
            Self::Health => Some(NAME),
            Self::Progress => Some(PROGRESS),
            Self::Rate => Some(RATE),
            Self::Lag => Some(LAG),
            Self::Backlog => Some(BACKLOG),
        }
    }
    /// Puts the places of `servers` in order; equal ones stay as in the lab.
    pub(super) fn order(self, places: &mut [usize], servers: &[Server]) {
        let down = |key: fn(&Server) -> u64| move |place: &usize| core::cmp::Reverse(key(&servers[*place]));
        match self {
            Self::Lab => {}
            Self::Health => places.sort_by_key(|place| core::cmp::Reverse(servers[*place].health)),
            Self::Progress => places.sort_by_key(|place| servers[*place].progress()),
            Self::Rate => places.sort_by_key(down(|server| server.rate.as_bps())),
            Self::Lag => places.sort_by_key(down(|server| {
                server.replication_lag.map_or(0, |lag| lag.as_nanos())
            })),
            Self::Backlog => places.sort_by_key(down(|server| server.backlog.as_bytes())),
        }
    }
}

/// The headings; the column that the table is sorted by is marked.
pub(super) fn header(fitted: &[(usize, u16)], sort: Sort, cx: &Context<'_>) -> Line<'static> {
    let (theme, glyphs) = (&cx.look.theme, &cx.look.glyphs);
    table::row(
        &COLUMNS,
        fitted,
        |place, _| {
            let title = COLUMNS[place].title;
            if sort.column() == Some(place) {
                Line::styled(format!("{title}{}", glyphs.open), theme.accent)
            } else {
                Line::styled(title, theme.dim)
            }
        },
        glyphs.ellipsis,
    )
}

/// The columns of servers as text, set apart by tabs; bars and curves are for the eye alone.
pub(super) fn text<'a>(servers: impl Iterator<Item = &'a Server>, cx: &Context<'_>) -> String {
    let shown: Vec<usize> = (0..COLUMNS.len()).filter(|place| *place != CURVE).collect();
    let titles: Vec<&str> = shown.iter().map(|place| COLUMNS[*place].title).collect();
    let mut text = titles.join("\t") + "\n";
    for server in servers {
        let cells = shown.iter().map(|place| match *place {
            PROGRESS => format::percent(server.progress()),
            place => cell(server, place, COLUMNS[place].width, cx)
                .to_string()
                .trim()
                .to_owned(),
        });
        text.push_str(&(cells.collect::<Vec<_>>().join("\t") + "\n"));
    }
    text
}

/// What replication does, with how far initiation is.
pub(super) fn replication(server: &Server) -> String {
    let Some(state) = server.data_replication_state else {
        return server.agent.clone();
    };
    match server.initiation_step {
        Some(step) => {
            let n = server
                .steps
                .iter()
                .position(|(other, _)| *other == step)
                .map_or(0, |n| n + 1);
            format!("{state} {n}/{}", server.steps.len())
        }
        None => state.to_string(),
    }
}

/// A server in one line.
pub(super) fn row(server: &Server, fitted: &[(usize, u16)], cx: &Context<'_>) -> Line<'static> {
    let cell = |place, width| cell(server, place, width, cx);
    table::row(&COLUMNS, fitted, cell, cx.look.glyphs.ellipsis)
}

fn cell(server: &Server, place: usize, width: u16, cx: &Context<'_>) -> Line<'static> {
    let (theme, glyphs) = (&cx.look.theme, &cx.look.glyphs);
    let style = theme.health(server.health);
    let or_nothing = |text: Option<String>| Line::styled(text.unwrap_or_default(), theme.text);
    match place {
        NAME => Line::from(vec![
            Span::styled(format!("{} ", glyphs.mark(server.health)), style),
            Span::styled(server.name.clone(), theme.text),
        ]),
        LIFE_CYCLE => Line::styled(
            server.life_cycle_state.map_or("", |state| state.as_str()),
            theme.text,
        ),
        REPLICATION => Line::styled(replication(server), style),
        PROGRESS => {
            let cells = usize::from(width).saturating_sub(5);
            let mut spans = Vec::from(bar::line(server.progress(), cells, (style, theme.dim), glyphs));
            spans.push(Span::styled(
                format!(" {:>4}", format::percent(server.progress())),
                theme.text,
            ));
            Line::from(spans)
        }
        RATE => or_nothing((!server.rate.is_zero()).then(|| format::rate(server.rate))),
        LAG => or_nothing(server.replication_lag.map(format::span)),
        BACKLOG => or_nothing((!server.backlog.is_zero()).then(|| format::size(server.backlog))),
        LEFT => or_nothing(server.eta.map(format::span)),
        CURVE => {
            let values = cx
                .feed
                .history
                .of(server.id)
                .map(|history| history.rate.squeezed(usize::from(width)));
            Line::styled(
                bar::spark(&values.unwrap_or_default(), usize::from(width), glyphs),
                theme.accent,
            )
        }
        _ => Line::default(),
    }
}
