//! Whatever is selected, in full: a thing's facts, a record with its causes, a check with its cure.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use sim_core::resource::ResourceRef;
use sim_core::view::{Check, Health, Inspection, LogRow};

use crate::format;
use crate::keymap::Action;
use crate::panel::{Context, Home, Outcome, Panel};
use crate::selection::Selection;
use crate::widgets::cursor::Cursor;
use crate::widgets::{table, text};

/// The panel's title.
pub(super) const TITLE: &str = "Detail";

/// The cells of a label.
const LABEL: usize = 14;

/// Whatever is selected.
#[derive(Debug, Default)]
pub(super) struct Detail {
    cursor: Cursor,
    /// What the cursor belongs to: something else is shown from its beginning.
    shown: Selection,
    /// The width at which it was drawn last: long values were wrapped at it.
    width: u16,
}

/// A line and where Enter on it leads.
struct Row {
    line: Line<'static>,
    leads_to: Option<Selection>,
}

/// Collects lines of a given width.
struct Page<'a> {
    rows: Vec<Row>,
    width: usize,
    cx: &'a Context<'a>,
}

impl Page<'_> {
    fn line(&mut self, line: Line<'static>) {
        self.rows.push(Row { line, leads_to: None });
    }
    fn heading(&mut self, title: &str) {
        if title.is_empty() {
            return;
        }
        if !self.rows.is_empty() {
            self.line(Line::default());
        }
        self.line(Line::styled(title.to_owned(), self.cx.look.theme.accent));
    }
    /// A label and its value; a long value goes on under itself.
    fn fact(&mut self, label: &str, value: &str, style: Style, leads_to: Option<Selection>) {
        let theme = &self.cx.look.theme;
        let label_width = LABEL.min(self.width / 2);
        let room = self.width.saturating_sub(label_width + 1);
        for (n, part) in text::wrap(value, room).into_iter().enumerate() {
            let label = if n == 0 {
                text::fit(label, label_width, self.cx.look.glyphs.ellipsis)
            } else {
                String::new()
            };
            let mut spans = vec![
                Span::styled(format!("{label:<label_width$} "), theme.dim),
                Span::styled(part, style),
            ];
            if n == 0 && leads_to.is_some() {
                spans.push(Span::styled(
                    format!(" {}", self.cx.look.glyphs.closed),
                    theme.accent,
                ));
            }
            self.rows.push(Row {
                line: Line::from(spans),
                leads_to: leads_to.filter(|_| n == 0),
            });
        }
    }
}

fn inspection(page: &mut Page<'_>, inspection: &Inspection) {
    let (theme, glyphs) = (&page.cx.look.theme, &page.cx.look.glyphs);
    page.line(Line::from(vec![
        Span::styled(
            format!("{} ", glyphs.mark(inspection.health)),
            theme.health(inspection.health),
        ),
        Span::styled(inspection.name.clone(), theme.strong),
        Span::styled(format!("  {}", inspection.kind), theme.dim),
    ]));
    for section in &inspection.sections {
        page.heading(section.title);
        for fact in &section.facts {
            let style = fact.health.map_or(theme.text, |health| theme.health(health));
            page.fact(
                fact.label,
                &fact.value,
                style,
                fact.leads_to.map(Selection::Resource),
            );
        }
    }
}

/// A record and what led to it, the root first.
fn record(page: &mut Page<'_>, chain: &[LogRow]) {
    let (theme, glyphs) = (&page.cx.look.theme, &page.cx.look.glyphs);
    let Some(row) = chain.last() else {
        page.line(Line::styled("this record is no longer kept", theme.dim));
        return;
    };
    page.line(Line::from(vec![
        Span::styled(format!("{} ", glyphs.mark(row.health)), theme.health(row.health)),
        Span::styled(format!("record {}", row.id.number()), theme.strong),
    ]));
    page.fact("at", &row.at.to_string(), theme.text, None);
    let about = (row.about != ResourceRef::Lab).then_some(Selection::Resource(row.about));
    page.fact(row.about.kind(), &row.subject, theme.text, about);
    page.fact("what", &row.what, theme.text, None);
    page.heading("Because");
    for (depth, row) in chain.iter().enumerate() {
        let sign = if depth == 0 {
            glyphs.mark(row.health)
        } else {
            glyphs.because
        };
        let room = page.width.saturating_sub(text::width(sign) + 1);
        let words = format!("{}  {} {}", format::clock(row.at), row.subject, row.what);
        for (n, part) in text::wrap(&words, room).into_iter().enumerate() {
            let lead = if n == 0 {
                sign.to_owned()
            } else {
                " ".repeat(text::width(sign))
            };
            let line = Line::from(vec![
                Span::styled(format!("{lead} "), theme.health(row.health)),
                Span::styled(part, theme.text),
            ]);
            page.rows.push(Row {
                line,
                leads_to: (n == 0).then_some(Selection::Record(row.id)),
            });
        }
    }
}

fn check(page: &mut Page<'_>, check: &Check) {
    let (theme, glyphs) = (&page.cx.look.theme, &page.cx.look.glyphs);
    let (sign, style) = if check.ok {
        (glyphs.yes, theme.health(Health::Good))
    } else {
        (glyphs.no, theme.health(Health::Failed))
    };
    page.line(Line::from(vec![
        Span::styled(format!("{sign} "), style),
        Span::styled(check.name.clone(), theme.strong),
    ]));
    page.fact("from", &check.from, theme.text, None);
    page.fact("to", &check.to, theme.text, None);
    page.fact("over", &check.over(), theme.text, None);
    page.fact("needed for", &check.purpose, theme.text, None);
    page.heading("Verdict");
    page.fact("found", &check.detail, theme.text, None);
    if let Some(reason) = check.reason {
        page.fact("reason", reason.code(), theme.bad, None);
        page.fact("which means", reason.meaning(), theme.text, None);
    }
    if let Some(at) = &check.at {
        page.fact(
            "stopped at",
            at,
            theme.warning,
            check.about.map(Selection::Resource),
        );
    }
    if let Some(rule) = &check.rule {
        page.fact("rule", rule, theme.text, None);
    }
    if let Some(fix) = &check.fix {
        page.heading("Fix");
        page.fact("change", fix, theme.good, None);
    }
}

impl Detail {
    fn rows(&self, width: u16, cx: &Context<'_>) -> Vec<Row> {
        let mut page = Page {
            rows: Vec::new(),
            width: usize::from(width),
            cx,
        };
        match cx.selected {
            Selection::Resource(_) => {
                if let Some(found) = &cx.feed.inspection {
                    inspection(&mut page, found);
                }
            }
            Selection::Record(_) => record(&mut page, &cx.feed.chain),
            Selection::Check(place) => {
                if let Some(found) = cx.feed.checks().get(place) {
                    check(&mut page, found);
                }
            }
        }
        page.rows
    }
}

impl Panel for Detail {
    fn title(&self) -> &'static str {
        TITLE
    }
    fn home(&self) -> Home {
        Home::Detail
    }

    fn draw(&mut self, area: Rect, buf: &mut Buffer, cx: &Context<'_>) {
        if self.shown != cx.selected {
            self.cursor = Cursor::default();
            self.shown = cx.selected;
        }
        self.width = area.width;
        let rows = self.rows(self.width, cx);
        let window = self.cursor.window(rows.len(), usize::from(area.height));
        for (y, place) in window.enumerate() {
            let Some(row) = rows.get(place) else { break };
            let line = text::fit_line(row.line.clone(), usize::from(area.width), cx.look.glyphs.ellipsis);
            let over = (place == self.cursor.row() && cx.focused).then_some(cx.look.theme.cursor);
            table::put(buf, area, u16::try_from(y).unwrap_or(u16::MAX), &line, over);
        }
    }

    fn act(&mut self, action: Action, cx: &Context<'_>) -> Outcome {
        let rows = self.rows(self.width, cx);
        match action {
            Action::Go(how) => {
                self.cursor.go(how, rows.len());
                Outcome::Done
            }
            Action::Enter | Action::Open => rows
                .get(self.cursor.row())
                .and_then(|row| row.leads_to)
                .map_or(Outcome::Done, Outcome::Look),
            _ => Outcome::Ignored,
        }
    }

    fn click(&mut self, at: Position, cx: &Context<'_>) -> Outcome {
        let rows = self.rows(self.width, cx);
        let Some(place) = self.cursor.at_line(usize::from(at.y), rows.len()) else {
            return Outcome::Done;
        };
        let again = self.cursor.row() == place;
        self.cursor.set(place);
        match rows.get(place).and_then(|row| row.leads_to) {
            Some(leads_to) if again => Outcome::Look(leads_to),
            _ => Outcome::Done,
        }
    }
}
