//! Links and tunnels; flows, probes and outages.

use sim_core::desk::feed::Feed;
use sim_core::desk::format;
use sim_core::desk::selection::Selection;
use sim_core::units::Span;
use sim_core::view::{Health, Link, PhaseState, Tunnel};

use crate::sheet::{Cell, Column, Row, Sheet, Tone, marked, numbers, plain, state, strong, weak, words};

const LINKS: [Column; 6] = [
    words("Link", 150.0, 2.0),
    words("State", 80.0, 1.0),
    numbers("Load", 78.0),
    words("Use", 70.0, 1.0),
    numbers("Of", 78.0),
    numbers("Delay", 56.0),
];

const TUNNELS: [Column; 6] = [
    words("Tunnel", 150.0, 2.0),
    words("State", 60.0, 0.0),
    words("Phase 1, new keys in", 150.0, 1.0),
    words("Phase 2, new keys in", 150.0, 1.0),
    words("With", 90.0, 1.0),
    numbers("Since", 84.0),
];

fn link(link: &Link) -> Row {
    let carries = !link.load.is_zero();
    let has_rate = !link.rate.is_zero();
    let or_nothing = |is_so: bool, words: String| if is_so { words } else { String::new() };
    let use_of = if has_rate {
        Cell::Bar(link.utilisation, link.health.max(Health::Good))
    } else {
        plain("")
    };
    Row::of(
        Selection::Resource(link.id),
        vec![
            marked(link.health, &link.name),
            state(&link.state, link.health),
            plain(or_nothing(carries, format::rate(link.load))),
            use_of,
            weak(or_nothing(has_rate, format::rate(link.rate))),
            weak(or_nothing(!link.delay.is_zero(), format::span(link.delay))),
        ],
    )
}

fn phase(of: PhaseState, rekey_in: Option<Span>) -> Cell {
    let health = match of {
        PhaseState::Established => Health::Good,
        PhaseState::Negotiating | PhaseState::Rekeying => Health::Working,
        PhaseState::Down => Health::Idle,
    };
    let left = rekey_in.map_or(String::new(), |left| format!("  {}", format::span(left)));
    state(format!("{}{left}", of.as_str()), health)
}

fn tunnel(it: &Tunnel) -> Row {
    let mut row = Row::of(
        Selection::Resource(it.id.into()),
        vec![
            marked(it.health, &it.name),
            state(it.state.as_str(), it.health),
            phase(it.phase1, it.phase1_rekey_in),
            phase(it.phase2, it.phase2_rekey_in),
            plain(&it.peer),
            weak(format::clock(it.since)),
        ],
    );
    if let Some(reason) = it.reason {
        let detail = it.detail.as_deref().unwrap_or(reason.meaning());
        row.note(reason.code(), detail, Tone::Of(it.health));
    }
    if let Some(fix) = &it.fix {
        row.note("fix", fix, Tone::Of(Health::Good));
    }
    row
}

/// Links and tunnels.
pub(crate) fn links(feed: &Feed) -> Sheet {
    let mut sheet = Sheet::default();
    let lines = feed.snapshot.topology.links.iter().filter(|link| link.is_line());
    sheet.table("", &LINKS, lines.map(link).collect());
    sheet.table("", &TUNNELS, feed.snapshot.tunnels.iter().map(tunnel).collect());
    sheet
}

const PROBES: [Column; 8] = [
    words("Probe", 140.0, 2.0),
    words("From", 90.0, 1.0),
    words("To", 110.0, 1.0),
    numbers("Answered", 110.0),
    numbers("Outages", 60.0),
    numbers("Longest", 70.0),
    numbers("p50", 56.0),
    numbers("p99", 56.0),
];

const FLOWS: [Column; 4] = [
    words("Flow from", 110.0, 1.0),
    words("To", 110.0, 1.0),
    numbers("Rate", 86.0),
    words("Over", 160.0, 3.0),
];

const OUTAGES: [Column; 5] = [
    words("Lost by", 110.0, 1.0),
    words("To", 110.0, 1.0),
    numbers("Since", 84.0),
    numbers("For", 76.0),
    words("Because", 160.0, 3.0),
];

const MOVES: [Column; 4] = [
    numbers("At", 84.0),
    words("Flow", 130.0, 1.0),
    numbers("Rate", 86.0),
    words("Now over", 160.0, 3.0),
];

/// Flows, probes and outages, and where flows went.
pub(crate) fn flows(feed: &Feed) -> Sheet {
    let mut sheet = Sheet::default();
    let snapshot = &feed.snapshot;
    let probes = snapshot.probes.iter().map(|it| {
        let time = |pick: fn(&sim_core::view::Quantiles) -> Span| {
            it.round_trips
                .as_ref()
                .map_or(String::new(), |all| format::span(pick(all)))
        };
        let lost = |words: String| if it.outages > 0 { words } else { String::new() };
        Row::of(
            Selection::Resource(it.id.into()),
            vec![
                marked(it.health, &it.name),
                plain(&it.from),
                plain(format!("{}:{}", it.to, it.port)),
                state(format!("{} of {}", it.answered, it.sent), it.health),
                state(lost(it.outages.to_string()), it.health),
                plain(lost(format::span(it.longest))),
                weak(time(|all| all.p50)),
                weak(time(|all| all.p99)),
            ],
        )
    });
    sheet.table("", &PROBES, probes.collect());
    let flows = snapshot.flows.iter().map(|it| {
        Row::of(
            Selection::Resource(it.id.into()),
            vec![
                strong(&it.from),
                strong(&it.to),
                Cell::Words(format::rate(it.rate), Tone::Accent),
                weak(it.path.join(", ")),
            ],
        )
    });
    sheet.table("", &FLOWS, flows.collect());
    let outages = snapshot.outages.iter().rev().map(|it| {
        let health = if it.ended_at.is_some() {
            Health::Degraded
        } else {
            Health::Failed
        };
        let end = it.ended_at.unwrap_or(feed.now());
        Row::of(
            Selection::Record(it.record),
            vec![
                marked(health, &it.from),
                strong(&it.to),
                weak(format::clock(it.started_at)),
                state(format::span(end.since(it.started_at)), health),
                plain(&it.cause),
            ],
        )
    });
    sheet.table("", &OUTAGES, outages.collect());
    let moves = snapshot.moves.iter().rev().map(|it| {
        let stopped = it.reason.map_or("", |reason| reason.code());
        let over = if it.path.is_empty() {
            stopped.to_owned()
        } else {
            it.path.join(", ")
        };
        Row::of(
            Selection::Record(it.record),
            vec![
                weak(format::clock(it.at)),
                strong(format!("{} to {}", it.from, it.to)),
                plain(format::rate(it.rate)),
                plain(over),
            ],
        )
    });
    sheet.table("Where flows went, the last first", &MOVES, moves.collect());
    sheet
}
