//! Whatever is selected, in full: a thing's facts, a record with its causes, a check with its cure.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use sim_core::fault;
use sim_core::resource::ResourceRef;
use sim_core::view::{Check, Consequences, Health, Inspection, LogRow};

use crate::app::Request;
use crate::format;
use crate::keymap::Action;
use crate::panel::{Context, Home, Outcome, Panel};
use crate::selection::Selection;
use crate::widgets::cursor::Cursor;
use crate::widgets::{table, text};

/// Neighbours that are told of.
const NEIGHBOURS: usize = 16;
/// Records that are told of.
const RECENT: usize = 8;

/// The cells of a label.
const LABEL: usize = 14;

/// Whatever is selected.
#[derive(Debug, Default)]
pub(super) struct Detail {
    cursor: Cursor,
    /// What the cursor belongs to: something else is shown from its beginning.
    shown: Selection,
    /// Shows only lines that hold this.
    filter: String,
    /// The width at which it was drawn last: long values were wrapped at it.
    width: u16,
}

/// What Enter on a line does.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Lead {
    /// Looks at something.
    To(Selection),
    /// Does something.
    Ask(Request),
}

/// A line and where Enter on it leads.
struct Row {
    line: Line<'static>,
    leads_to: Option<Lead>,
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
                leads_to: leads_to.filter(|_| n == 0).map(Lead::To),
            });
        }
    }
    /// What stands beside the selected thing.
    fn neighbours(&mut self) {
        let (theme, glyphs) = (&self.cx.look.theme, &self.cx.look.glyphs);
        let all = &self.cx.feed.neighbours;
        if all.is_empty() {
            return;
        }
        self.heading("Beside it");
        // What does badly is told of first; what is alike keeps its order.
        let mut shown: Vec<_> = all.iter().collect();
        shown.sort_by_key(|it| core::cmp::Reverse(it.health.max(Health::Good)));
        for it in shown.into_iter().take(NEIGHBOURS) {
            let line = Line::from(vec![
                Span::styled(format!("{} ", glyphs.mark(it.health)), theme.health(it.health)),
                Span::styled(it.name.clone(), theme.text),
                Span::styled(format!("  {}", it.by), theme.dim),
                Span::styled(format!(" {}", glyphs.closed), theme.accent),
            ]);
            self.rows.push(Row {
                line,
                leads_to: Some(Lead::To(Selection::Resource(it.id))),
            });
        }
        if all.len() > NEIGHBOURS {
            self.line(Line::styled(
                format!("  and {} more", all.len() - NEIGHBOURS),
                theme.dim,
            ));
        }
    }
    /// What happened last to the selected thing and to what belongs to it.
    fn recent(&mut self) {
        let glyphs = &self.cx.look.glyphs;
        let rows: Vec<&LogRow> = self.cx.feed.recent().take(RECENT).collect();
        if rows.is_empty() {
            return;
        }
        self.heading("What happened to it, the last first");
        for row in rows {
            let sign = glyphs.mark(row.health);
            let words = format!("{}  {}", format::clock(row.at), row.what);
            self.told(row, sign, &words);
        }
    }
    /// What is added to a line, set in below it.
    fn note(&mut self, words: &str) {
        for part in text::wrap(words, self.width.saturating_sub(4)) {
            self.line(Line::styled(format!("    {part}"), self.cx.look.theme.dim));
        }
    }
    /// A record in as many lines as it takes.
    fn told(&mut self, row: &LogRow, sign: &str, words: &str) {
        let theme = &self.cx.look.theme;
        let room = self.width.saturating_sub(text::width(sign) + 1);
        for (n, part) in text::wrap(words, room).into_iter().enumerate() {
            let lead = if n == 0 {
                sign.to_owned()
            } else {
                " ".repeat(text::width(sign))
            };
            let line = Line::from(vec![
                Span::styled(format!("{lead} "), theme.health(row.health)),
                Span::styled(part, theme.text),
            ]);
            self.rows.push(Row {
                line,
                leads_to: (n == 0).then_some(Lead::To(Selection::Record(row.id))),
            });
        }
    }
    /// What can be done to the selected thing.
    fn deeds(&mut self) {
        let (theme, glyphs) = (&self.cx.look.theme, &self.cx.look.glyphs);
        let feed = self.cx.feed;
        if feed.choices.is_empty() {
            return;
        }
        self.heading("What can be done to it");
        for choice in &feed.choices {
            let active = feed.injected.iter().find(|it| it.choice == *choice);
            let kind = fault::kind(choice.kind);
            let (lead, name, style, request) = match active {
                Some(it) => (
                    glyphs.mark(Health::Good),
                    format!("heal {}", choice.kind),
                    theme.good,
                    Request::Heal(choice.clone(), it.at),
                ),
                None => (
                    glyphs.deed,
                    choice.kind.to_owned(),
                    theme.warning,
                    Request::Offer(choice.clone()),
                ),
            };
            // Of several that fail together the name is no longer that of the selected thing.
            let of = if choice.things.len() > 1 {
                format!(" of {}", choice.target)
            } else {
                String::new()
            };
            let line = Line::from(vec![
                Span::styled(format!("{lead} "), style),
                Span::styled(name, theme.text),
                Span::styled(of, theme.text),
                Span::styled(format!("  {}", kind.map_or("", |kind| kind.title)), theme.dim),
            ]);
            self.rows.push(Row {
                line,
                leads_to: Some(Lead::Ask(request)),
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

/// More that follows from a record is counted.
const MOST_CONSEQUENCES: usize = 60;
/// How far what follows is set in.
const DEEPEST: usize = 6;

/// A record, what led to it, the root first, and what it led to.
fn record(page: &mut Page<'_>, chain: &[LogRow], led_to: &Consequences) {
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
        let words = format!("{}  {} {}", format::instant(row.at), row.subject, row.what);
        page.told(row, sign, &words);
        if let Some(origin) = &row.origin {
            page.note(origin);
        }
    }
    if led_to.notable.is_empty() {
        return;
    }
    page.heading("Led to");
    for it in led_to.notable.iter().take(MOST_CONSEQUENCES) {
        let row = &it.row;
        let sign = format!("{}{}", " ".repeat(it.depth.min(DEEPEST)), glyphs.mark(row.health));
        let words = format!("{}  {} {}", format::instant(row.at), row.subject, row.what);
        page.told(row, &sign, &words);
    }
    let n_more = led_to.notable.len().saturating_sub(MOST_CONSEQUENCES) + led_to.n_routine;
    if n_more > 0 {
        page.line(Line::styled(format!("and {n_more} more records"), theme.dim));
    }
}

fn check(page: &mut Page<'_>, check: &Check) {
    let theme = &page.cx.look.theme;
    let (sign, style) = page.cx.look.sign_of(page.cx.feed.standing(check));
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
                page.deeds();
                page.neighbours();
                page.recent();
            }
            Selection::Record(_) => record(&mut page, &cx.feed.chain, &cx.feed.led_to),
            Selection::Check(place) => {
                if let Some(found) = cx.feed.checks().get(place) {
                    check(&mut page, found);
                }
            }
        }
        let wanted = self.filter.to_lowercase();
        let holds = |row: &Row| row.line.to_string().to_lowercase().contains(&wanted);
        let mut rows = page.rows;
        if !wanted.is_empty() {
            // The first says what is looked at.
            let mut n = 0;
            rows.retain(|row| {
                n += 1;
                n == 1 || holds(row)
            });
        }
        rows
    }
}

impl Panel for Detail {
    fn title(&self) -> &'static str {
        "Detail"
    }
    fn home(&self) -> Home {
        Home::Detail
    }

    fn draw(&mut self, area: Rect, buf: &mut Buffer, cx: &Context<'_>) {
        if self.shown != cx.selected {
            self.cursor = Cursor::default();
            self.shown = cx.selected;
            self.filter.clear();
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
                .and_then(|row| row.leads_to.clone())
                .map_or(Outcome::Done, follow),
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
        match rows.get(place).and_then(|row| row.leads_to.clone()) {
            Some(leads_to) if again => follow(leads_to),
            _ => Outcome::Done,
        }
    }
    fn filter(&mut self) -> Option<&mut String> {
        Some(&mut self.filter)
    }
    fn table(&self, cx: &Context<'_>) -> Option<String> {
        let rows = self.rows(WIDE, cx);
        Some(rows.iter().map(|row| format!("{}\n", row.line)).collect())
    }
}

/// A width at which nothing is broken into lines.
const WIDE: u16 = 400;

fn follow(lead: Lead) -> Outcome {
    match lead {
        Lead::To(selection) => Outcome::Look(selection),
        Lead::Ask(request) => Outcome::Ask(request),
    }
}
