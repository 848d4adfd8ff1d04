//! The list of faults to inject and to heal, over the panels: found by typing, explained while they
//! are chosen.

use crossterm::event::{KeyCode, KeyEvent};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use sim_core::desk::faults::{self, Row};
use sim_core::fault;
use sim_core::view::Health;

use crate::app::Request;
use crate::injection::{Choice, Injected, Order};
use crate::overlay::draw_input;
use crate::theme::Look;
use crate::widgets::cursor::Cursor;
use crate::widgets::input::Input;
use crate::widgets::{popup, table, text};

/// Cells of the column of names; the longest of the catalogue fits.
const NAME: usize = 27;
/// Cells of the column of targets.
const TARGET: usize = 18;
/// Lines that explain the chosen fault.
const EXPLAINED: u16 = 8;
/// Cells of a label.
const LABEL: usize = 7;

/// A line to write on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Field {
    Wanted,
    Amount,
    Lasts,
}

/// What of a row is searched and shown.
fn words(row: &Row<'_>) -> String {
    let choice = row.choice();
    format!("{:<NAME$} {:<TARGET$} {}", choice.kind, choice.target, row.says())
}

/// The list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FaultList {
    active: Vec<Injected>,
    choices: Vec<Choice>,
    wanted: Input,
    amount: Input,
    lasts: Input,
    field: Field,
    cursor: Cursor,
    /// What was wrong with the last order.
    pub complaint: Option<String>,
}

impl FaultList {
    /// What is active, and what can be injected.
    #[must_use]
    pub fn of(active: Vec<Injected>, choices: Vec<Choice>) -> Self {
        Self {
            active,
            choices,
            wanted: Input::default(),
            amount: Input::default(),
            lasts: Input::default(),
            field: Field::Wanted,
            cursor: Cursor::default(),
            complaint: None,
        }
    }

    fn rows(&self) -> Vec<(Row<'_>, Vec<usize>)> {
        faults::found(&self.wanted.text(), &self.active, &self.choices, words)
    }

    fn chosen(&self) -> Option<Row<'_>> {
        self.rows().get(self.cursor.row()).map(|(row, _)| *row)
    }

    /// The fields that say something of the chosen fault.
    fn fields(&self) -> &'static [Field] {
        match self.chosen() {
            Some(row) if row.has_amount() => &[Field::Wanted, Field::Amount, Field::Lasts],
            Some(Row::Choice(_)) => &[Field::Wanted, Field::Lasts],
            Some(Row::Active(_)) | None => &[Field::Wanted],
        }
    }

    /// Takes a key; says what it wants done.
    pub fn key(&mut self, key: KeyEvent) -> Option<Request> {
        let n_rows = self.rows().len();
        match key.code {
            KeyCode::Enter => return self.wish(),
            code if self.cursor.key(code, n_rows) => {}
            _ if self.field == Field::Wanted && self.wanted.is_sign(key, '/') => {}
            KeyCode::Tab => {
                let fields = self.fields();
                let here = fields.iter().position(|field| *field == self.field);
                let next = here.map_or(0, |here| (here + 1) % fields.len());
                self.field = fields.get(next).copied().unwrap_or(Field::Wanted);
            }
            _ => {
                self.complaint = None;
                let input = match self.field {
                    Field::Wanted => &mut self.wanted,
                    Field::Amount => &mut self.amount,
                    Field::Lasts => &mut self.lasts,
                };
                if input.key(key) && self.field == Field::Wanted {
                    self.cursor.set(0);
                }
            }
        }
        if !self.fields().contains(&self.field) {
            self.field = Field::Wanted;
        }
        None
    }

    fn wish(&self) -> Option<Request> {
        Some(match self.chosen()? {
            Row::Active(it) => Request::Heal(it.choice.clone(), it.at),
            Row::Choice(choice) => {
                let takes = |field| self.fields().contains(&field);
                let written = |field, input: &Input| if takes(field) { input.text() } else { String::new() };
                Request::Inject(Order {
                    choice: choice.clone(),
                    amount: written(Field::Amount, &self.amount),
                    lasts: self.lasts.text(),
                })
            }
        })
    }

    /// Draws it over `area`; gives where the place of writing is.
    pub fn draw(&mut self, area: Rect, buf: &mut Buffer, look: &Look) -> (u16, u16) {
        let inner = popup::draw(
            popup::centred(area, 112, area.height.saturating_sub(2)),
            "Inject or heal a fault",
            buf,
            look,
        );
        let explained = EXPLAINED.min(inner.height / 2);
        let told = self.complaint.as_ref();
        let told = told.map_or_else(Vec::new, |told| text::wrap(told, usize::from(inner.width)));
        let ordered = (told.len() as u16).max(1);
        let list = Rect {
            y: inner.y + 1,
            height: inner.height.saturating_sub(explained + 1 + ordered),
            ..inner
        };
        let below = Rect {
            y: list.bottom(),
            height: explained,
            ..inner
        };
        let orders = Rect {
            y: below.bottom(),
            height: ordered,
            ..inner
        };
        let hint = "type a few letters of a fault or of what it is done to";
        let search = draw_input(inner, "/", &self.wanted, hint, buf, look);
        self.draw_rows(list, buf, look);
        self.draw_explained(below, buf, look);
        let written = self.draw_orders(orders, &told, buf, look);
        written.unwrap_or(search)
    }

    fn draw_rows(&mut self, area: Rect, buf: &mut Buffer, look: &Look) {
        let (theme, glyphs) = (&look.theme, &look.glyphs);
        let mut cursor = self.cursor;
        let rows = self.rows();
        if rows.is_empty() {
            let line = Line::styled("  No fault of this lab holds these letters.", theme.dim);
            table::put(buf, area, 0, &line, None);
        }
        for (y, place) in (0_u16..).zip(cursor.window(rows.len(), usize::from(area.height))) {
            let Some((row, places)) = rows.get(place) else {
                break;
            };
            let (mark, style) = match row {
                Row::Active(_) => (glyphs.mark(Health::Failed), theme.bad),
                Row::Choice(_) => (" ", theme.text),
            };
            let mut spans = vec![Span::styled(format!("{mark} "), style)];
            for (n, letter) in words(row).chars().enumerate() {
                let style = match (places.contains(&n), n > NAME + TARGET) {
                    (true, _) => theme.hit,
                    (false, true) => theme.dim,
                    (false, false) => style,
                };
                spans.push(Span::styled(letter.to_string(), style));
            }
            let line = text::fit_line(Line::from(spans), usize::from(area.width), glyphs.ellipsis);
            let over = (place == cursor.row()).then_some(theme.cursor);
            table::put(buf, area, y, &line, over);
        }
        self.cursor = cursor;
    }

    /// What the chosen fault stands for and what is to be seen of it.
    fn draw_explained(&self, area: Rect, buf: &mut Buffer, look: &Look) {
        let theme = &look.theme;
        let width = usize::from(area.width);
        let rule = look.glyphs.border.horizontal_top.repeat(width);
        table::put(buf, area, 0, &Line::styled(rule, theme.dim), None);
        let chosen = self.chosen();
        let kind = chosen.and_then(|row| fault::kind(row.choice().kind));
        let (Some(row), Some(kind)) = (chosen, kind) else {
            return;
        };
        let title = Line::from(vec![
            Span::styled(kind.title, theme.strong),
            Span::styled(format!(": {}", row.choice().target), theme.text),
        ]);
        let mut lines = vec![title];
        for (label, prose) in [("models", kind.models), ("shows", kind.shows)] {
            let parts = text::wrap(prose, width.saturating_sub(LABEL + 1));
            lines.extend(parts.into_iter().enumerate().map(|(n, part)| {
                let label = if n == 0 { label } else { "" };
                Line::from(vec![
                    Span::styled(format!("{label:<LABEL$} "), theme.dim),
                    Span::styled(part, theme.text),
                ])
            }));
        }
        for (y, line) in (1_u16..).zip(&lines) {
            table::put(buf, area, y, line, None);
        }
    }

    /// The last line: how bad and how long, or what was wrong. Gives the place of writing, where it
    /// is there.
    fn draw_orders(&self, area: Rect, told: &[String], buf: &mut Buffer, look: &Look) -> Option<(u16, u16)> {
        let theme = &look.theme;
        if !told.is_empty() {
            for (y, line) in (0_u16..).zip(told) {
                table::put(buf, area, y, &Line::styled(line.clone(), theme.bad), None);
            }
            return None;
        }
        let row = self.chosen()?;
        let amount = fault::kind(row.choice().kind).and_then(|kind| kind.amount);
        let fields = self.fields();
        if fields.len() == 1 {
            let line = Line::styled("Enter heals it", theme.accent);
            table::put(buf, area, 0, &line, None);
            return None;
        }
        let [left, right] = ratatui::layout::Layout::horizontal([
            ratatui::layout::Constraint::Fill(1),
            ratatui::layout::Constraint::Fill(1),
        ])
        .areas(area);
        let hint = "until healed; or 90s, 10m";
        let mut place = None;
        let lasts = draw_input(left, "Tab lasts:", &self.lasts, hint, buf, look);
        if self.field == Field::Lasts {
            place = Some(lasts);
        }
        if let Some(amount) = amount {
            let hint = format!("{}: {}", amount.default, amount.meaning);
            let hint = text::fit(
                &hint,
                usize::from(right.width).saturating_sub(12),
                look.glyphs.ellipsis,
            );
            let amount = draw_input(right, "Tab amount:", &self.amount, &hint, buf, look);
            if self.field == Field::Amount {
                place = Some(amount);
            }
        }
        place
    }
}
