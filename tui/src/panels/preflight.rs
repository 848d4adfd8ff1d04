//! The connections that the lab needs, each with its verdict and, where it fails, the cure.

use std::collections::BTreeSet;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};
use sim_core::view::Check;

use crate::app::Request;
use crate::format;
use crate::keymap::{Action, Binding, bindings, letter};
use crate::panel::{Context, Outcome, Panel};
use crate::selection::Selection;
use crate::widgets::cursor::Cursor;
use crate::widgets::{table, text};

/// The connections that the lab needs.
#[derive(Debug, Default)]
pub(super) struct PreflightPanel {
    cursor: Cursor,
    filter: String,
    only_failed: bool,
}

const RECHECK: u8 = 0;
const ONLY_FAILED: u8 = 1;

const BINDINGS: &[Binding] = bindings! {
    Action::Local(RECHECK), [letter('p')], Here, "Check again as the lab is now", "check again";
    Action::Local(ONLY_FAILED), [letter('a')], Here, "Show all checks, or only those that fail", "only failing";
};

impl PreflightPanel {
    /// The places of the checks that are shown: those that fail first.
    fn rows(&self, cx: &Context<'_>) -> Vec<usize> {
        let wanted = self.filter.to_lowercase();
        let checks = cx.feed.checks().iter().enumerate();
        checks
            .filter(|(_, check)| !(self.only_failed && check.ok))
            .filter(|(_, check)| {
                wanted.is_empty()
                    || [&check.name, &check.from, &check.to, &check.purpose]
                        .iter()
                        .any(|field| field.to_lowercase().contains(&wanted))
            })
            .map(|(place, check)| (check.ok, place))
            .collect::<BTreeSet<_>>()
            .into_iter()
            .map(|(_, place)| place)
            .collect()
    }
}

fn line_of(check: &Check, width: usize, cx: &Context<'_>) -> Line<'static> {
    let (theme, glyphs) = (&cx.look.theme, &cx.look.glyphs);
    let (sign, style) = cx.look.sign_of(cx.feed.standing(check));
    let mut spans = vec![
        Span::styled(format!("{sign} "), style),
        Span::styled(check.name.clone(), theme.text),
    ];
    match &check.reason {
        Some(reason) => spans.push(Span::styled(format!("  {}", reason.code()), style)),
        None => spans.push(Span::styled(format!("  {}", check.over()), theme.dim)),
    }
    text::fit_line(Line::from(spans), width, glyphs.ellipsis)
}

impl Panel for PreflightPanel {
    fn title(&self) -> &'static str {
        "Preflight"
    }
    fn bindings(&self) -> &'static [Binding] {
        BINDINGS
    }
    fn filter(&mut self) -> Option<&mut String> {
        Some(&mut self.filter)
    }
    fn note(&self, cx: &Context<'_>) -> String {
        let Some(preflight) = &cx.feed.preflight else {
            return String::new();
        };
        let passed = preflight.checks.iter().filter(|check| check.ok).count();
        let hints = match preflight.advice.len() {
            0 => String::new(),
            n => format!(", {}", format::number(n, "hint", "hints")),
        };
        let so_far = if preflight.converging {
            "not yet converged, "
        } else {
            ""
        };
        format!(
            "{so_far}{passed} of {} at {}{hints}",
            preflight.checks.len(),
            format::clock(preflight.at)
        )
    }

    fn draw(&mut self, area: Rect, buf: &mut Buffer, cx: &Context<'_>) {
        let (theme, glyphs) = (&cx.look.theme, &cx.look.glyphs);
        let rows = self.rows(cx);
        let checks = cx.feed.checks();
        let width = usize::from(area.width);
        // What the check under the cursor says is written out below the list.
        let here = rows.get(self.cursor.row()).and_then(|place| checks.get(*place));
        let mut words: Vec<Line<'static>> = Vec::new();
        if let Some(check) = here {
            let mut say = |label: &str, value: &str, style| {
                for (n, line) in text::wrap(value, width.saturating_sub(6)).into_iter().enumerate() {
                    let label = if n == 0 { label } else { "" };
                    words.push(Line::from(vec![
                        Span::styled(format!("{label:<6}"), theme.dim),
                        Span::styled(line, style),
                    ]));
                }
            };
            if check.ok {
                say("to", &check.to, theme.text);
                say("for", &check.purpose, theme.text);
            } else {
                if cx.feed.preflight.as_ref().is_some_and(|it| it.converging) {
                    let words = "routers and gateways are still finding their ways; it is checked again";
                    say("yet", words, theme.working);
                }
                say("why", &check.detail, theme.text);
                if let Some(at) = &check.at {
                    say("at", at, theme.warning);
                }
                if let Some(rule) = &check.rule {
                    say("rule", rule, theme.text);
                }
                if let Some(fix) = &check.fix {
                    say("fix", fix, theme.good);
                }
                for blocker in &check.also {
                    say(
                        "then",
                        &format!("{} at {}", blocker.reason.code(), blocker.at),
                        theme.warning,
                    );
                    if let Some(fix) = &blocker.fix {
                        say("fix", fix, theme.good);
                    }
                }
            }
            let advice = cx.feed.preflight.iter().flat_map(|it| &it.advice);
            for hint in advice.filter(|it| check.about == Some(it.about)) {
                say("hint", &hint.detail, theme.warning);
            }
        }
        let words_height = words.len().min(usize::from(area.height) / 2);
        let list = usize::from(area.height).saturating_sub(words_height + usize::from(words_height > 0));
        let window = self.cursor.window(rows.len(), list);
        for (y, row) in window.enumerate() {
            let Some(check) = rows.get(row).and_then(|place| checks.get(*place)) else {
                break;
            };
            let over = match (row == self.cursor.row(), cx.focused) {
                (true, true) => Some(theme.cursor),
                (true, false) if cx.selected == Selection::Check(rows[row]) => Some(theme.cursor_elsewhere),
                _ => None,
            };
            table::put(
                buf,
                area,
                u16::try_from(y).unwrap_or(u16::MAX),
                &line_of(check, width, cx),
                over,
            );
        }
        if words_height > 0 {
            let rule = Line::styled(glyphs.border.horizontal_top.repeat(width), theme.border);
            let below = u16::try_from(list.min(rows.len())).unwrap_or(u16::MAX);
            table::put(buf, area, below, &rule, None);
            for (y, line) in words.iter().enumerate() {
                table::put(
                    buf,
                    area,
                    below + 1 + u16::try_from(y).unwrap_or(u16::MAX),
                    line,
                    None,
                );
            }
        }
        if rows.is_empty() {
            let line = match &cx.feed.preflight {
                None => "checking",
                Some(preflight) if preflight.checks.is_empty() => "this lab has nothing to check",
                Some(_) => "no check matches",
            };
            table::put(buf, area, 0, &Line::styled(line, theme.dim), None);
        }
    }

    fn table(&self, cx: &Context<'_>) -> Option<String> {
        let checks = cx.feed.checks();
        let line = |check: &Check| {
            let verdict = check.reason.map_or("ok", |reason| reason.code());
            let parts = [&check.name, &check.from, &check.to, verdict, &check.detail];
            parts.join("\t") + "\n"
        };
        let rows = self.rows(cx).into_iter().filter_map(|place| checks.get(place));
        let head = "check\tfrom\tto\tverdict\tfound\n".to_owned();
        Some(core::iter::once(head).chain(rows.map(line)).collect())
    }
    fn act(&mut self, action: Action, cx: &Context<'_>) -> Outcome {
        let rows = self.rows(cx);
        let select = |cursor: &Cursor| {
            rows.get(cursor.row())
                .map_or(Outcome::Done, |place| Outcome::Select(Selection::Check(*place)))
        };
        match action {
            Action::Go(how) => {
                self.cursor.go(how, rows.len());
                select(&self.cursor)
            }
            Action::Why => select(&self.cursor),
            Action::Enter => rows
                .get(self.cursor.row())
                .map_or(Outcome::Done, |place| Outcome::Look(Selection::Check(*place))),
            Action::Local(RECHECK) => Outcome::Ask(Request::Recheck),
            Action::Local(ONLY_FAILED) => {
                self.only_failed = !self.only_failed;
                self.cursor.set(0);
                Outcome::Done
            }
            _ => Outcome::Ignored,
        }
    }

    fn click(&mut self, at: Position, cx: &Context<'_>) -> Outcome {
        let rows = self.rows(cx);
        let Some(row) = self.cursor.at_line(usize::from(at.y), rows.len()) else {
            return Outcome::Done;
        };
        self.cursor.set(row);
        rows.get(row)
            .map_or(Outcome::Done, |place| Outcome::Select(Selection::Check(*place)))
    }
}
