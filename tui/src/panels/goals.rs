//! What the lab expects to come true, and whether it holds as things stand; and what was disturbed.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::format;
use crate::keymap::Action;
use crate::panel::{Context, Home, Outcome, Panel};
use crate::widgets::cursor::Cursor;
use crate::widgets::{table, text};

/// What the lab expects.
#[derive(Debug, Default)]
pub(super) struct Goals {
    cursor: Cursor,
    n_lines: usize,
}

fn lines(width: usize, cx: &Context<'_>) -> Vec<Line<'static>> {
    let (theme, glyphs) = (&cx.look.theme, &cx.look.glyphs);
    let snapshot = &cx.feed.snapshot;
    let mut lines = Vec::new();
    let mut put = |sign: &str, style: Style, words: String, more: Style| {
        for (n, part) in text::wrap(&words, width.saturating_sub(2))
            .into_iter()
            .enumerate()
        {
            let sign = if n == 0 {
                format!("{sign} ")
            } else {
                "  ".to_owned()
            };
            lines.push(Line::from(vec![
                Span::styled(sign, style),
                Span::styled(part, more),
            ]));
        }
    };
    for goal in &snapshot.goals {
        // Until the lab ends, what does not hold yet may still come true.
        let (sign, style) = if goal.holds {
            (glyphs.yes, theme.good)
        } else {
            (glyphs.no, theme.warning)
        };
        put(sign, style, goal.name.clone(), theme.text);
        if !goal.detail.is_empty() {
            put(" ", style, goal.detail.clone(), theme.dim);
        }
    }
    for outage in &snapshot.outages {
        let until = outage.ended_at.map_or("now".to_owned(), format::clock);
        let words = format!(
            "{} {} {} from {} to {until}: {}",
            outage.from,
            glyphs.arrow,
            outage.to,
            format::clock(outage.started_at),
            outage.cause
        );
        put("!", theme.bad, words, theme.text);
    }
    for fault in &snapshot.faults {
        put(
            "!",
            theme.warning,
            format!("{} {} {}", format::clock(fault.at), fault.target, fault.what),
            theme.text,
        );
    }
    lines
}

impl Panel for Goals {
    fn title(&self) -> &'static str {
        "Goals"
    }
    fn home(&self) -> Home {
        Home::Verdict
    }
    fn note(&self, cx: &Context<'_>) -> String {
        let goals = &cx.feed.snapshot.goals;
        let held = goals.iter().filter(|goal| goal.holds).count();
        format!("{held} of {} hold", goals.len())
    }

    fn draw(&mut self, area: Rect, buf: &mut Buffer, cx: &Context<'_>) {
        let lines = lines(usize::from(area.width), cx);
        self.n_lines = lines.len();
        let window = self.cursor.window(lines.len(), usize::from(area.height));
        for (y, place) in window.enumerate() {
            let Some(line) = lines.get(place) else { break };
            let over = (place == self.cursor.row() && cx.focused).then_some(cx.look.theme.cursor);
            table::put(buf, area, u16::try_from(y).unwrap_or(u16::MAX), line, over);
        }
        if lines.is_empty() {
            table::put(
                buf,
                area,
                0,
                &Line::styled("this lab expects nothing", cx.look.theme.dim),
                None,
            );
        }
    }

    fn act(&mut self, action: Action, _cx: &Context<'_>) -> Outcome {
        match action {
            Action::Go(how) => {
                self.cursor.go(how, self.n_lines);
                Outcome::Done
            }
            _ => Outcome::Ignored,
        }
    }

    fn click(&mut self, at: Position, _cx: &Context<'_>) -> Outcome {
        if let Some(place) = self.cursor.at_line(usize::from(at.y), self.n_lines) {
            self.cursor.set(place);
        }
        Outcome::Done
    }
}
