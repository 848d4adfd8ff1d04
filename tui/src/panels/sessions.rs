//! BGP sessions: with whom, whether they are up and since when, what was exchanged, and what stops them.

use ratatui::text::Line;
use sim_core::proto::bgp::session::State;
use sim_core::view::BgpSession;

use super::sheet::{Listing, Sheet, Stands};
use crate::format;
use crate::panel::Context;
use crate::selection::Selection;
use crate::widgets::table::{Align, Column};

/// BGP sessions.
#[derive(Debug, Default)]
pub(super) struct Sessions;

const COLUMNS: [Column; 9] = [
    Column::new("", 1, 0, 0, Align::Left),
    Column::new("session", 14, 2, 0, Align::Left),
    Column::new("AS", 6, 0, 5, Align::Right),
    Column::new("state", 11, 0, 1, Align::Left),
    Column::new("since", 9, 0, 4, Align::Right),
    Column::new("in", 4, 0, 2, Align::Right),
    Column::new("out", 4, 0, 3, Align::Right),
    Column::new("BFD", 8, 0, 7, Align::Left),
    Column::new("peer", 15, 1, 6, Align::Left),
];

fn cell(session: &BgpSession, place: usize, cx: &Context<'_>) -> Line<'static> {
    let (theme, glyphs) = (&cx.look.theme, &cx.look.glyphs);
    let style = theme.health(session.health);
    match place {
        0 => Line::styled(glyphs.mark(session.health), style),
        1 => Line::styled(session.name.clone(), theme.strong),
        2 => Line::styled(session.peer_as.to_string(), theme.text),
        3 => Line::styled(session.state.to_string(), style),
        4 => Line::styled(format::brief(session.since), theme.dim),
        5 => Line::styled(session.received.to_string(), theme.text),
        6 => Line::styled(session.advertised.to_string(), theme.text),
        7 => Line::styled(session.bfd.clone().unwrap_or_default(), theme.dim),
        _ => Line::styled(session.peer.to_string(), theme.dim),
    }
}

impl Listing for Sessions {
    const TITLE: &'static str = "BGP";
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
    fn fill(&self, sheet: &mut Sheet, cx: &Context<'_>) {
        let (theme, glyphs) = (&cx.look.theme, &cx.look.glyphs);
        let all = cx.feed.snapshot.sessions.iter();
        let rows: Vec<&BgpSession> = all
            .filter(|it| {
                let state = it.state.to_string();
                sheet.holds(&[&it.name, &state, it.reason.map_or("", |reason| reason.code())])
            })
            .collect();
        if rows.is_empty() {
            let words = if sheet.is_filtered() {
                "No session holds these letters."
            } else {
                "This lab has no BGP sessions."
            };
            sheet.say(Line::styled(words, theme.dim));
            return;
        }
        sheet.header(&COLUMNS, cx);
        for session in rows {
            let here = Stands::For(Selection::Resource(session.id.into()));
            sheet.row(&COLUMNS, |column, _| cell(session, column, cx), here, cx);
            let label = |word: &str, style| Line::styled(format!("  {} {word} ", glyphs.because), style);
            if let (Some(reason), Some(detail)) = (session.reason, &session.detail) {
                let style = theme.health(session.health);
                sheet.explain(label(reason.code(), style), detail, cx);
            }
            if let Some(fix) = &session.fix {
                sheet.explain(label("fix", theme.good), fix, cx);
            }
        }
    }
}
