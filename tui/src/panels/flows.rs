//! What moves: bulk flows with their ways, probes with what came through, and what was lost.

use ratatui::text::Line;
use sim_core::view::{Flow, Health, Outage, Probe};

use super::sheet::{Listing, Sheet, Stands, numbers, words};
use crate::format;
use crate::panel::Context;
use crate::selection::Selection;
use crate::widgets::table::Column;

/// Flows and probes.
#[derive(Debug, Default)]
pub(super) struct Flows;

const FLOWS: [Column; 4] = [
    words("flow from", 12, 1, 0),
    words("to", 12, 1, 0),
    numbers("rate", 9, 0),
    words("over", 20, 3, 1),
];

const PROBES: [Column; 9] = [
    words("", 1, 0, 0),
    words("probe", 14, 2, 0),
    words("from", 10, 1, 4),
    words("to", 12, 1, 2),
    numbers("answered", 15, 0),
    numbers("outages", 7, 1),
    numbers("longest", 7, 3),
    numbers("p50", 6, 5),
    numbers("p99", 6, 6),
];

const OUTAGES: [Column; 6] = [
    words("", 1, 0, 0),
    words("lost by", 12, 1, 0),
    words("to", 12, 1, 0),
    numbers("since", 9, 1),
    numbers("for", 8, 0),
    words("because", 20, 6, 2),
];

fn flow_cell(flow: &Flow, place: usize, cx: &Context<'_>) -> Line<'static> {
    let theme = &cx.look.theme;
    match place {
        0 => Line::styled(flow.from.clone(), theme.strong),
        1 => Line::styled(flow.to.clone(), theme.text),
        2 => Line::styled(format::rate(flow.rate), theme.accent),
        _ => Line::styled(flow.path.join(", "), theme.dim),
    }
}

fn probe_cell(probe: &Probe, place: usize, cx: &Context<'_>) -> Line<'static> {
    let (theme, glyphs) = (&cx.look.theme, &cx.look.glyphs);
    let style = theme.health(probe.health);
    let quantiles = probe.round_trips;
    match place {
        0 => Line::styled(glyphs.mark(probe.health), style),
        1 => Line::styled(probe.name.clone(), theme.strong),
        2 => Line::styled(probe.from.clone(), theme.text),
        3 => Line::styled(format!("{}:{}", probe.to, probe.port), theme.text),
        4 => Line::styled(format!("{} of {}", probe.answered, probe.sent), style),
        5 if probe.outages > 0 => Line::styled(probe.outages.to_string(), style),
        6 if probe.outages > 0 => Line::styled(format::span(probe.longest), theme.text),
        7 => Line::styled(
            quantiles.map_or(String::new(), |it| format::span(it.p50)),
            theme.dim,
        ),
        8 => Line::styled(
            quantiles.map_or(String::new(), |it| format::span(it.p99)),
            theme.dim,
        ),
        _ => Line::default(),
    }
}

fn outage_cell(outage: &Outage, place: usize, cx: &Context<'_>) -> Line<'static> {
    let (theme, glyphs) = (&cx.look.theme, &cx.look.glyphs);
    let health = if outage.ended_at.is_some() {
        Health::Degraded
    } else {
        Health::Failed
    };
    let style = theme.health(health);
    let end = outage.ended_at.unwrap_or(cx.feed.now());
    match place {
        0 => Line::styled(glyphs.mark(health), style),
        1 => Line::styled(outage.from.clone(), theme.strong),
        2 => Line::styled(outage.to.clone(), theme.text),
        3 => Line::styled(format::brief(outage.started_at), theme.dim),
        4 => Line::styled(format::span(end.since(outage.started_at)), style),
        _ => Line::styled(outage.cause.clone(), theme.text),
    }
}

impl Listing for Flows {
    const TITLE: &'static str = "Flows";
    fn note(&self, cx: &Context<'_>) -> String {
        let snapshot = &cx.feed.snapshot;
        let failing = snapshot.probes.iter().filter(|it| it.health == Health::Failed);
        let flows = format::number(snapshot.flows.len(), "flow", "flows");
        match (snapshot.probes.len(), failing.count()) {
            (0, _) => flows,
            (n, 0) => format!("{flows}, {}", format::number(n, "probe", "probes")),
            (1, _) => format!("{flows}, the one probe fails"),
            (n, failing) => format!("{flows}, {failing} of {n} probes fail"),
        }
    }
    fn fill(&self, sheet: &mut Sheet, cx: &Context<'_>) {
        let snapshot = &cx.feed.snapshot;
        let probes: Vec<&Probe> = (snapshot.probes.iter())
            .filter(|it| sheet.holds(&[&it.name, &it.from, &it.to]))
            .collect();
        if !probes.is_empty() {
            sheet.header(&PROBES, cx);
        }
        for probe in probes {
            let stands = Stands::For(Selection::Resource(probe.id.into()));
            let cell = |column, _| probe_cell(probe, column, cx);
            sheet.row(&PROBES, cell, stands, cx);
        }
        let flows: Vec<&Flow> = (snapshot.flows.iter())
            .filter(|it| sheet.holds(&[&it.from, &it.to, &it.path.join(" ")]))
            .collect();
        if !flows.is_empty() {
            blank(sheet);
            sheet.header(&FLOWS, cx);
        }
        for flow in flows {
            let stands = Stands::For(Selection::Resource(flow.id.into()));
            sheet.row(&FLOWS, |column, _| flow_cell(flow, column, cx), stands, cx);
        }
        let outages: Vec<&Outage> = (snapshot.outages.iter().rev())
            .filter(|it| sheet.holds(&[&it.from, &it.to, &it.cause]))
            .collect();
        if !outages.is_empty() {
            blank(sheet);
            sheet.header(&OUTAGES, cx);
        }
        for outage in outages {
            let stands = Stands::For(Selection::Record(outage.record));
            sheet.row(&OUTAGES, |column, _| outage_cell(outage, column, cx), stands, cx);
        }
        if sheet.is_empty() {
            let words = if sheet.is_filtered() {
                "No flow, probe or outage holds these letters."
            } else {
                "Nothing flows at present, and the lab has no probes."
            };
            sheet.say(Line::styled(words, cx.look.theme.dim));
        }
    }
}

/// An empty line between two tables.
pub(super) fn blank(sheet: &mut Sheet) {
    if !sheet.is_empty() {
        sheet.say(Line::default());
    }
}
