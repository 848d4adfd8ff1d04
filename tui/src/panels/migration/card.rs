//! A server with all there is to say, where few servers leave the room for it.

use ratatui::text::{Line, Span};
use sim_core::migrate::mgn::StepStatus;
use sim_core::view::{Health, Server};

use crate::format;
use crate::history::Series;
use crate::panel::Context;
use crate::widgets::{bar, text};

/// The lines of a card.
pub(super) const HEIGHT: usize = 7;

const LABEL: usize = 9;
const VALUE: usize = 10;

/// A server as a card.
pub(super) fn lines(server: &Server, width: u16, cx: &Context<'_>) -> Vec<Line<'static>> {
    let width = usize::from(width);
    let history = cx.feed.history.of(server.id);
    let (rate, lag, backlog) = (
        (!server.rate.is_zero()).then(|| format::rate(server.rate)),
        server.replication_lag.map(format::span),
        (!server.backlog.is_zero()).then(|| format::size(server.backlog)),
    );
    let lines = vec![
        head(server, width, cx),
        progress(server, width, cx),
        initiation(server, cx),
        curve("rate", rate, history.map(|history| &history.rate), width, cx),
        curve("lag", lag, history.map(|history| &history.lag), width, cx),
        curve(
            "backlog",
            backlog,
            history.map(|history| &history.backlog),
            width,
            cx,
        ),
        next(server, cx),
    ];
    let fit = |line| text::fit_line(line, width, cx.look.glyphs.ellipsis);
    lines.into_iter().map(fit).collect()
}

fn head(server: &Server, width: usize, cx: &Context<'_>) -> Line<'static> {
    let (theme, glyphs) = (&cx.look.theme, &cx.look.glyphs);
    let style = theme.health(server.health);
    let mut spans = vec![
        Span::styled(format!("{} ", glyphs.mark(server.health)), style),
        Span::styled(server.name.clone(), theme.strong),
    ];
    let mut states = Vec::new();
    if let Some(state) = server.life_cycle_state {
        states.push(Span::styled(state.as_str(), theme.text));
    }
    if let Some(state) = server.data_replication_state {
        if !states.is_empty() {
            states.push(Span::styled(format!(" {} ", glyphs.dot), theme.dim));
        }
        states.push(Span::styled(state.as_str(), style));
    }
    if states.is_empty() {
        states.push(Span::styled(server.agent.clone(), style));
    }
    let taken: usize = spans.iter().chain(&states).map(Span::width).sum();
    spans.push(Span::raw(" ".repeat(width.saturating_sub(taken).max(2))));
    spans.extend(states);
    Line::from(spans)
}

fn progress(server: &Server, width: usize, cx: &Context<'_>) -> Line<'static> {
    let (theme, glyphs) = (&cx.look.theme, &cx.look.glyphs);
    let words = format!(
        " {:>4}  {} of {}",
        format::percent(server.progress()),
        format::size(server.copied()),
        format::size(server.disks)
    );
    let cells = width.saturating_sub(2 + text::width(&words));
    let mut spans = vec![Span::raw("  ")];
    let style = theme.health(server.health);
    spans.extend(bar::progress(
        server.progress(),
        cells,
        (style, theme.dim),
        glyphs,
    ));
    spans.push(Span::styled(words, theme.text));
    Line::from(spans)
}

/// The eleven initiation steps as signs, with the name of the one that runs or failed.
fn initiation(server: &Server, cx: &Context<'_>) -> Line<'static> {
    let (theme, glyphs) = (&cx.look.theme, &cx.look.glyphs);
    let mut spans = vec![Span::styled(format!("  {:<LABEL$}", "steps"), theme.dim)];
    for (_, status) in &server.steps {
        let (sign, style) = match status {
            StepStatus::NotStarted => (glyphs.mark(Health::Idle), theme.dim),
            StepStatus::InProgress => (glyphs.mark(Health::Working), theme.working),
            StepStatus::Succeeded => (glyphs.yes, theme.good),
            StepStatus::Failed => (glyphs.no, theme.bad),
            StepStatus::Skipped => (glyphs.dot, theme.dim),
        };
        spans.push(Span::styled(sign, style));
    }
    if let Some(error) = server.error {
        spans.push(Span::styled(format!("  {error}"), theme.bad));
    } else if let Some(step) = server.initiation_step {
        spans.push(Span::styled(format!("  {step}"), theme.working));
    }
    Line::from(spans)
}

fn curve(
    label: &str,
    value: Option<String>,
    series: Option<&Series>,
    width: usize,
    cx: &Context<'_>,
) -> Line<'static> {
    let (theme, glyphs) = (&cx.look.theme, &cx.look.glyphs);
    let cells = width.saturating_sub(2 + LABEL + VALUE + 2);
    let values = series.map(|series| series.squeezed(cells)).unwrap_or_default();
    let value = value.unwrap_or_else(|| "-".to_owned());
    Line::from(vec![
        Span::styled(format!("  {label:<LABEL$}"), theme.dim),
        Span::styled(format!("{value:<VALUE$}"), theme.text),
        Span::raw("  "),
        Span::styled(bar::spark(&values, values.len().min(cells), glyphs), theme.accent),
    ])
}

fn next(server: &Server, cx: &Context<'_>) -> Line<'static> {
    let theme = &cx.look.theme;
    if let Some(trouble) = &server.trouble {
        return Line::from(vec![
            Span::styled(format!("  {:<LABEL$}", "trouble"), theme.dim),
            Span::styled(trouble.clone(), theme.bad),
        ]);
    }
    let mut spans = vec![
        Span::styled(format!("  {:<LABEL$}", "next"), theme.dim),
        Span::styled(server.next_step(), theme.accent),
    ];
    if let Some(eta) = server.eta {
        spans.push(Span::styled(format!("  {} left", format::span(eta)), theme.text));
    }
    Line::from(spans)
}
