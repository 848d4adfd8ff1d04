//! Links with what they carry, tunnels with both of their phases, and what stops those that are down.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};
use sim_core::resource::ResourceRef;
use sim_core::units;
use sim_core::view::{Health, Link, PhaseState, Tunnel, TunnelState};

use super::sheet::{Sheet, numbers, words};
use crate::format;
use crate::keymap::Action;
use crate::panel::{Context, Home, Outcome, Panel};
use crate::selection::Selection;
use crate::widgets::bar;
use crate::widgets::cursor::Cursor;
use crate::widgets::table::{self, Column};

/// Links and tunnels.
#[derive(Debug, Default)]
pub(super) struct Links {
    cursor: Cursor,
    filter: String,
    /// The width at which it was drawn last: sentences were wrapped at it.
    width: u16,
}

const LINKS: [Column; 8] = [
    words("", 1, 0, 0),
    words("link", 16, 2, 0),
    words("state", 10, 1, 0),
    numbers("load", 8, 2),
    words("use", 10, 0, 3),
    numbers("", 4, 1),
    numbers("of", 8, 5),
    numbers("delay", 6, 4),
];

const TUNNELS: [Column; 7] = [
    words("", 1, 0, 0),
    words("tunnel", 14, 2, 0),
    words("state", 5, 0, 0),
    words("phase 1, new keys in", 20, 0, 1),
    words("phase 2, new keys in", 20, 0, 2),
    words("with", 10, 1, 3),
    numbers("since", 9, 4),
];

/// Whether a link has a row here. A tunnel has rows of its own, and what else has no rate is an end of a line that is here
/// already.
fn is_line(link: &Link) -> bool {
    match link.id {
        ResourceRef::Tunnel(_) => false,
        ResourceRef::Attachment(_) => true,
        _ => !link.rate.is_zero(),
    }
}

fn link_cell(link: &Link, place: usize, width: u16, cx: &Context<'_>) -> Line<'static> {
    let (theme, glyphs) = (&cx.look.theme, &cx.look.glyphs);
    let style = theme.health(link.health);
    let carries = !link.load.is_zero();
    match place {
        0 => Line::styled(glyphs.mark(link.health), style),
        1 => Line::styled(link.name.clone(), theme.strong),
        2 => Line::styled(link.state.clone(), style),
        3 if carries => Line::styled(format::rate(link.load), theme.text),
        4 if !link.rate.is_zero() => {
            let [full, empty] = bar::line(
                link.utilisation,
                usize::from(width),
                (theme.accent, theme.dim),
                glyphs,
            );
            Line::from(vec![full, empty])
        }
        5 if carries => Line::styled(format::percent(link.utilisation), theme.text),
        6 if !link.rate.is_zero() => Line::styled(format::rate(link.rate), theme.dim),
        7 if !link.delay.is_zero() => Line::styled(format::span(link.delay), theme.dim),
        _ => Line::default(),
    }
}

fn phase(state: PhaseState, rekey_in: Option<units::Span>, cx: &Context<'_>) -> Line<'static> {
    let theme = &cx.look.theme;
    let style = match state {
        PhaseState::Established => theme.good,
        PhaseState::Negotiating | PhaseState::Rekeying => theme.working,
        PhaseState::Down => theme.dim,
    };
    let mut line = Line::styled(state.as_str(), style);
    if let Some(left) = rekey_in {
        line.push_span(Span::styled(format!(" {}", format::span(left)), theme.dim));
    }
    line
}

fn tunnel_cell(tunnel: &Tunnel, place: usize, cx: &Context<'_>) -> Line<'static> {
    let (theme, glyphs) = (&cx.look.theme, &cx.look.glyphs);
    let style = theme.health(tunnel.health);
    match place {
        0 => Line::styled(glyphs.mark(tunnel.health), style),
        1 => Line::styled(tunnel.name.clone(), theme.strong),
        2 => Line::styled(tunnel.state.as_str(), style),
        3 => phase(tunnel.phase1, tunnel.phase1_rekey_in, cx),
        4 => phase(tunnel.phase2, tunnel.phase2_rekey_in, cx),
        5 => Line::styled(tunnel.peer.clone(), theme.text),
        _ => Line::styled(format::clock(tunnel.since), theme.dim),
    }
}

impl Links {
    fn holds(&self, parts: &[&str]) -> bool {
        let wanted = self.filter.to_lowercase();
        wanted.is_empty() || parts.iter().any(|part| part.to_lowercase().contains(&wanted))
    }

    fn sheet(&self, cx: &Context<'_>) -> Sheet {
        let (theme, glyphs, width) = (&cx.look.theme, &cx.look.glyphs, self.width);
        let snapshot = &cx.feed.snapshot;
        let mut sheet = Sheet::default();
        let lines = snapshot.topology.links.iter().filter(|link| is_line(link));
        let lines: Vec<&Link> = lines
            .filter(|link| self.holds(&[&link.name, &link.state]))
            .collect();
        let fitted = table::fit(&LINKS, width);
        if !lines.is_empty() {
            sheet.heading(table::header(&LINKS, &fitted, theme.dim, glyphs.ellipsis));
        }
        for link in lines {
            let cell = |column, width| link_cell(link, column, width, cx);
            let line = table::row(&LINKS, &fitted, cell, glyphs.ellipsis);
            sheet.offer(line, Selection::Resource(link.id));
        }
        let tunnels = snapshot.tunnels.iter();
        let tunnels: Vec<&Tunnel> = tunnels
            .filter(|it| self.holds(&[&it.name, it.state.as_str(), &it.peer]))
            .collect();
        let fitted = table::fit(&TUNNELS, width);
        if !tunnels.is_empty() {
            sheet.heading(table::header(&TUNNELS, &fitted, theme.dim, glyphs.ellipsis));
        }
        for tunnel in tunnels {
            let cell = |column, _| tunnel_cell(tunnel, column, cx);
            let line = table::row(&TUNNELS, &fitted, cell, glyphs.ellipsis);
            sheet.offer(line, Selection::Resource(tunnel.id.into()));
            let label = |word: &str, style| {
                Line::from(vec![
                    Span::raw("  "),
                    Span::styled(format!("{} {word} ", glyphs.because), style),
                ])
            };
            if let Some(reason) = tunnel.reason {
                let detail = tunnel.detail.as_deref().unwrap_or(reason.meaning());
                let style = theme.health(tunnel.health);
                sheet.explain(label(reason.code(), style), detail, width, cx);
            }
            if let Some(fix) = tunnel.fix.as_deref() {
                sheet.explain(label("fix", theme.good), fix, width, cx);
            }
        }
        if sheet.is_empty() {
            let words = if self.filter.is_empty() {
                "This lab has no links and no tunnels."
            } else {
                "No link and no tunnel holds these letters."
            };
            sheet.say(Line::styled(words, theme.dim));
        }
        sheet
    }
}

impl Panel for Links {
    fn title(&self) -> &'static str {
        "Links"
    }
    fn home(&self) -> Home {
        Home::Main
    }
    fn filter(&mut self) -> Option<&mut String> {
        Some(&mut self.filter)
    }
    fn note(&self, cx: &Context<'_>) -> String {
        let snapshot = &cx.feed.snapshot;
        let lines = snapshot.topology.links.iter().filter(|link| is_line(link));
        let failed = lines.filter(|link| link.health == Health::Failed).count();
        let up = snapshot.tunnels.iter().filter(|it| it.state == TunnelState::Up);
        let mut words = Vec::new();
        match failed {
            0 => {}
            1 => words.push("1 link down".to_owned()),
            n => words.push(format!("{n} links down")),
        }
        if !snapshot.tunnels.is_empty() {
            words.push(format!("{} of {} tunnels up", up.count(), snapshot.tunnels.len()));
        }
        words.join(", ")
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
