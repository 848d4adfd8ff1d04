//! Lines under headings of which some can be chosen, and the panels that are made of nothing else.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};

use crate::app::Request;
use crate::keymap::{Action, Binding};
use crate::panel::{Context, Outcome, Panel};
use crate::selection::Selection;
use crate::widgets::cursor::{Cursor, Move};
use crate::widgets::table::{self, Align, Column};
use crate::widgets::text;

/// What a line stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Stands {
    /// A thing, a record or a check, which the cursor selects.
    For(Selection),
    /// Something that Enter does.
    Ask(Request),
}

/// A line, and what it stands for; none for headings and for what goes on from the line above.
struct Row {
    line: Line<'static>,
    stands: Option<Stands>,
}

/// Lines under headings.
pub(super) struct Sheet {
    rows: Vec<Row>,
    /// How many cells a line has.
    pub(super) width: u16,
    /// What the filter wants, in lower case.
    wanted: String,
    /// The cells of each row as text, where the table is to be copied.
    copy: Option<Vec<String>>,
}

impl Sheet {
    fn of(width: u16, wanted: &str, is_copied: bool) -> Self {
        Self {
            rows: Vec::new(),
            width,
            wanted: wanted.to_lowercase(),
            copy: is_copied.then(Vec::new),
        }
    }
    /// Whether the filter leaves a row with these parts.
    pub(super) fn holds(&self, parts: &[&str]) -> bool {
        let wanted = &self.wanted;
        wanted.is_empty() || parts.iter().any(|part| part.to_lowercase().contains(wanted))
    }
    /// Whether something is typed into the filter.
    pub(super) fn is_filtered(&self) -> bool {
        !self.wanted.is_empty()
    }
    /// Whether nothing is in it.
    pub(super) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }
    /// A line that only says something.
    pub(super) fn say(&mut self, line: Line<'static>) {
        self.rows.push(Row { line, stands: None });
    }
    /// A line that can be chosen.
    pub(super) fn offer(&mut self, line: Line<'static>, stands: Stands) {
        self.rows.push(Row {
            line,
            stands: Some(stands),
        });
    }
    /// A heading, with an empty line before it where something stands above.
    pub(super) fn heading(&mut self, line: Line<'static>) {
        if !self.rows.is_empty() {
            self.say(Line::default());
        }
        if let Some(copy) = &mut self.copy {
            copy.push(line.to_string());
        }
        self.say(line);
    }
    /// The headings of a table.
    pub(super) fn header(&mut self, columns: &[Column], cx: &Context<'_>) {
        let fitted = table::fit(columns, self.width);
        if let Some(copy) = &mut self.copy {
            let titles: Vec<&str> = columns.iter().map(|it| it.title).collect();
            copy.push(titles.join("\t"));
        }
        let line = table::header(columns, &fitted, cx.look.theme.dim, cx.look.glyphs.ellipsis);
        self.say(line);
    }
    /// A row of a table.
    pub(super) fn row(
        &mut self,
        columns: &[Column],
        mut cell: impl FnMut(usize, u16) -> Line<'static>,
        stands: Stands,
        cx: &Context<'_>,
    ) {
        if let Some(copy) = &mut self.copy {
            let cells: Vec<String> = (0..columns.len())
                .map(|place| cell(place, columns[place].width).to_string().trim().to_owned())
                .collect();
            copy.push(cells.join("\t"));
        }
        let fitted = table::fit(columns, self.width);
        let line = table::row(columns, &fitted, cell, cx.look.glyphs.ellipsis);
        self.offer(line, stands);
    }
    /// A sentence under the line above, with its label, in as many lines as it takes.
    pub(super) fn explain(&mut self, label: Line<'static>, sentence: &str, cx: &Context<'_>) {
        /// Cells before a sentence beside whose label there is no room for it.
        const INDENT: usize = 4;
        let mut indent = label.width();
        let mut label = label;
        if let Some(copy) = &mut self.copy {
            copy.push(format!("\t{label}{sentence}"));
        }
        if indent > usize::from(self.width) / 2 {
            self.say(core::mem::replace(&mut label, Line::raw(" ".repeat(INDENT))));
            indent = INDENT;
        }
        let room = usize::from(self.width).saturating_sub(indent);
        for (n, part) in text::wrap(sentence, room).into_iter().enumerate() {
            let mut line = if n == 0 {
                label.clone()
            } else {
                Line::raw(" ".repeat(indent))
            };
            line.push_span(Span::styled(part, cx.look.theme.text));
            self.say(line);
        }
    }

    /// The places of the lines that can be chosen.
    fn offers(&self) -> Vec<usize> {
        let all = self.rows.iter().enumerate();
        all.filter_map(|(place, row)| row.stands.as_ref().map(|_| place))
            .collect()
    }
    /// The line that is chosen: the cursor's, or the next that can be.
    fn chosen(&self, cursor: &Cursor) -> Option<usize> {
        let offers = self.offers();
        let next = offers.iter().find(|place| **place >= cursor.row());
        next.or_else(|| offers.last()).copied()
    }
    fn at(&self, place: usize) -> Option<&Stands> {
        self.rows.get(place).and_then(|row| row.stands.as_ref())
    }

    /// Draws the lines around the cursor.
    fn draw(&self, area: Rect, buf: &mut Buffer, cursor: &mut Cursor, cx: &Context<'_>) {
        let theme = &cx.look.theme;
        let chosen = self.chosen(cursor);
        if chosen == self.offers().first().copied() {
            // The heading of the first line is shown with it.
            cursor.set(0);
            cursor.window(self.rows.len(), usize::from(area.height));
        }
        cursor.set(chosen.unwrap_or(0));
        let window = cursor.window(self.rows.len(), usize::from(area.height));
        for (y, place) in (0_u16..).zip(window) {
            let Some(row) = self.rows.get(place) else { break };
            let line = text::fit_line(row.line.clone(), usize::from(area.width), cx.look.glyphs.ellipsis);
            let over = match (Some(place) == chosen, cx.focused) {
                (true, true) => Some(theme.cursor),
                (true, false) if row.stands == Some(Stands::For(cx.selected)) => Some(theme.cursor_elsewhere),
                _ => None,
            };
            table::put(buf, area, y, &line, over);
        }
    }

    /// Moves among the lines that can be chosen, or does what Enter does on the one that is.
    fn act(&self, action: Action, cursor: &mut Cursor) -> Outcome {
        let Some(here) = self.chosen(cursor) else {
            return Outcome::Ignored;
        };
        match action {
            Action::Go(how) => {
                cursor.set(here);
                cursor.go(how, self.rows.len());
                let offers = self.offers();
                let wanted = cursor.row();
                let found = match how {
                    Move::Down | Move::PageDown | Move::Bottom => {
                        offers.iter().find(|place| **place >= wanted).or(offers.last())
                    }
                    Move::Up | Move::PageUp | Move::Top => {
                        offers.iter().rfind(|place| **place <= wanted).or(offers.first())
                    }
                };
                let place = found.copied().unwrap_or(here);
                cursor.set(place);
                select(self.at(place))
            }
            Action::Enter => match self.at(here) {
                Some(Stands::For(selection)) => Outcome::Look(*selection),
                Some(Stands::Ask(request)) => Outcome::Ask(request.clone()),
                None => Outcome::Done,
            },
            _ => Outcome::Ignored,
        }
    }

    /// Chooses the line that was clicked, where it can be; a second click is Enter.
    fn click(&self, at: Position, cursor: &mut Cursor) -> Outcome {
        let place = cursor.at_line(usize::from(at.y), self.rows.len());
        let Some((place, stands)) = place.and_then(|place| Some((place, self.at(place)?))) else {
            return Outcome::Done;
        };
        let again = cursor.row() == place;
        cursor.set(place);
        match stands {
            Stands::Ask(request) if again => Outcome::Ask(request.clone()),
            stands => select(Some(stands)),
        }
    }
}

fn select(stands: Option<&Stands>) -> Outcome {
    match stands {
        Some(Stands::For(selection)) => Outcome::Select(*selection),
        Some(Stands::Ask(_)) | None => Outcome::Done,
    }
}

/// What a panel of lines shows.
pub(super) trait Listing {
    /// Its name.
    const TITLE: &'static str;
    /// Whether its rows can be filtered.
    const FILTERS: bool = true;
    /// Writes its lines.
    fn fill(&self, sheet: &mut Sheet, cx: &Context<'_>);
    /// A few words for its border.
    fn note(&self, _cx: &Context<'_>) -> String {
        String::new()
    }
    /// Commands of its own.
    fn bindings(&self) -> &'static [Binding] {
        &[]
    }
    /// Does what a command of its own asks for; `at` is what the cursor is on.
    fn act(&mut self, _action: Action, _at: Option<&Stands>, _cx: &Context<'_>) -> Outcome {
        Outcome::Ignored
    }
}

/// A panel of lines.
#[derive(Debug, Default)]
pub(super) struct Listed<T> {
    what: T,
    cursor: Cursor,
    filter: String,
    /// The width at which it was drawn last: sentences were wrapped at it.
    width: u16,
}

/// Wide enough for every column.
const WHOLE: u16 = 400;

impl<T: Listing> Listed<T> {
    fn sheet(&self, cx: &Context<'_>) -> Sheet {
        let mut sheet = Sheet::of(self.width, &self.filter, false);
        self.what.fill(&mut sheet, cx);
        sheet
    }
}

impl<T: Listing> Panel for Listed<T> {
    fn title(&self) -> &'static str {
        T::TITLE
    }
    fn bindings(&self) -> &'static [Binding] {
        self.what.bindings()
    }
    fn filter(&mut self) -> Option<&mut String> {
        T::FILTERS.then_some(&mut self.filter)
    }
    fn note(&self, cx: &Context<'_>) -> String {
        let own = self.what.note(cx);
        if self.filter.is_empty() {
            return own;
        }
        let found = format!("{} found", self.sheet(cx).offers().len());
        if own.is_empty() {
            found
        } else {
            format!("{found}, {own}")
        }
    }
    fn draw(&mut self, area: Rect, buf: &mut Buffer, cx: &Context<'_>) {
        self.width = area.width;
        self.sheet(cx).draw(area, buf, &mut self.cursor, cx);
    }
    fn act(&mut self, action: Action, cx: &Context<'_>) -> Outcome {
        let sheet = self.sheet(cx);
        let at = sheet.chosen(&self.cursor).and_then(|place| sheet.at(place));
        match self.what.act(action, at, cx) {
            Outcome::Ignored => sheet.act(action, &mut self.cursor),
            outcome => outcome,
        }
    }
    fn click(&mut self, at: Position, cx: &Context<'_>) -> Outcome {
        self.sheet(cx).click(at, &mut self.cursor)
    }
    fn table(&self, cx: &Context<'_>) -> Option<String> {
        let mut sheet = Sheet::of(WHOLE, &self.filter, true);
        self.what.fill(&mut sheet, cx);
        sheet.copy.map(|lines| lines.join("\n") + "\n")
    }
}

/// A column of text.
pub(super) const fn words(title: &str, width: u16, grows: u16, rank: u8) -> Column<'_> {
    Column::new(title, width, grows, rank, Align::Left)
}
/// A column of numbers.
pub(super) const fn numbers(title: &str, width: u16, rank: u8) -> Column<'_> {
    Column::new(title, width, 0, rank, Align::Right)
}
