//! Links with what they carry, tunnels with both of their phases, and what stops those that are down.

use ratatui::text::{Line, Span};
use sim_core::units;
use sim_core::view::{Health, Link, PhaseState, Tunnel, TunnelState};

use super::sheet::{Listing, Sheet, Stands, numbers, words};
use crate::format;
use crate::panel::Context;
use crate::selection::Selection;
use crate::widgets::bar;
use crate::widgets::table::Column;

/// Links and tunnels.
#[derive(Debug, Default)]
pub(super) struct Links;

const LINKS: [Column; 8] = [
    words("", 1, 0, 0),
    words("link", 16, 2, 0),
    words("state", 10, 1, 0),
    numbers("load", 9, 2),
    words("use", 10, 0, 3),
    numbers("", 4, 1),
    numbers("of", 9, 5),
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
        _ => Line::styled(format::brief(tunnel.since), theme.dim),
    }
}

impl Listing for Links {
    const TITLE: &'static str = "Links";
    fn note(&self, cx: &Context<'_>) -> String {
        let snapshot = &cx.feed.snapshot;
        let lines = snapshot.topology.links.iter().filter(|link| link.is_line());
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

    fn fill(&self, sheet: &mut Sheet, cx: &Context<'_>) {
        let (theme, glyphs) = (&cx.look.theme, &cx.look.glyphs);
        let snapshot = &cx.feed.snapshot;
        let lines = snapshot.topology.links.iter().filter(|link| link.is_line());
        let lines: Vec<&Link> = lines
            .filter(|link| sheet.holds(&[&link.name, &link.state]))
            .collect();
        if !lines.is_empty() {
            sheet.header(&LINKS, cx);
        }
        for link in lines {
            let cell = |column, width| link_cell(link, column, width, cx);
            sheet.row(&LINKS, cell, Stands::For(Selection::Resource(link.id)), cx);
        }
        let tunnels = snapshot.tunnels.iter();
        let tunnels: Vec<&Tunnel> = tunnels
            .filter(|it| sheet.holds(&[&it.name, it.state.as_str(), &it.peer]))
            .collect();
        if !tunnels.is_empty() {
            if !sheet.is_empty() {
                sheet.say(Line::default());
            }
            sheet.header(&TUNNELS, cx);
        }
        for tunnel in tunnels {
            let cell = |column, _| tunnel_cell(tunnel, column, cx);
            sheet.row(
                &TUNNELS,
                cell,
                Stands::For(Selection::Resource(tunnel.id.into())),
                cx,
            );
            let label = |word: &str, style| {
                Line::from(vec![
                    Span::raw("  "),
                    Span::styled(format!("{} {word} ", glyphs.because), style),
                ])
            };
            if let Some(reason) = tunnel.reason {
                let detail = tunnel.detail.as_deref().unwrap_or(reason.meaning());
                let style = theme.health(tunnel.health);
                sheet.explain(label(reason.code(), style), detail, cx);
            }
            if let Some(fix) = tunnel.fix.as_deref() {
                sheet.explain(label("fix", theme.good), fix, cx);
            }
        }
        if sheet.is_empty() {
            let words = if sheet.is_filtered() {
                "No link and no tunnel holds these letters."
            } else {
                "This lab has no links and no tunnels."
            };
            sheet.say(Line::styled(words, theme.dim));
        }
    }
}
