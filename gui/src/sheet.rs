//! Rows in columns, one or several tables below each other, with one filter and one scroll bar.
//!
//! The rows are painted, only those in view: a row is one widget with one name, so that a keyboard, a screen reader and a test
//! reach it as a whole, and tables with different columns share a scroll bar.

use egui::{
    Align2, Color32, CornerRadius, FontId, Galley, Key, Rect, RichText, Role, ScrollArea, Sense, TextEdit,
    TextStyle, Ui, WidgetInfo, pos2, vec2,
};
use sim_core::desk::request::Request;
use sim_core::desk::selection::Selection;
use sim_core::units::Ppm;
use sim_core::view::Health;
use std::sync::Arc;

use crate::ask::{Ask, Cx};
use crate::canvas::health_mark;
use crate::docking::{Tile, id};
use crate::theme::{Palette, part};

/// Height of a row.
const ROW: f32 = 22.0;
/// Between two columns.
const GAP: f32 = 12.0;
/// A table with more rows is long.
const LONG: usize = 100;
/// How far above and below the view the rows of a long table are there.
const NEAR: f32 = 10.0 * ROW;
/// Left and right of a table.
const MARGIN: f32 = 10.0;

/// How loud a cell is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// As text.
    Plain,
    /// As a name.
    Strong,
    /// As what stands beside.
    Weak,
    /// As what is selected.
    Accent,
    /// As how something does.
    Of(Health),
}

/// What is in a cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    /// Words.
    Words(String, Tone),
    /// The sign of how something does, before words.
    Mark(Health, String),
    /// A share as a bar.
    Bar(Ppm, Health),
}

impl Cell {
    fn words(&self) -> String {
        match self {
            Self::Words(words, _) | Self::Mark(_, words) => words.clone(),
            Self::Bar(share, _) => sim_core::desk::format::percent(*share),
        }
    }
}

/// A name.
pub fn strong(words: impl Into<String>) -> Cell {
    Cell::Words(words.into(), Tone::Strong)
}
/// Text.
pub fn plain(words: impl Into<String>) -> Cell {
    Cell::Words(words.into(), Tone::Plain)
}
/// What stands beside.
pub fn weak(words: impl Into<String>) -> Cell {
    Cell::Words(words.into(), Tone::Weak)
}
/// How something does, in words.
pub fn state(words: impl Into<String>, health: Health) -> Cell {
    Cell::Words(words.into(), Tone::Of(health))
}
/// The sign of how something does, and its name.
pub fn marked(health: Health, words: impl Into<String>) -> Cell {
    Cell::Mark(health, words.into())
}

/// A column: its heading, its least width, how much of what is left it takes, and whether it is set at the right.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Column {
    heading: &'static str,
    width: f32,
    grows: f32,
    is_right: bool,
}

/// A column of words.
#[must_use]
pub const fn words(heading: &'static str, width: f32, grows: f32) -> Column {
    Column {
        heading,
        width,
        grows,
        is_right: false,
    }
}
/// A column of numbers.
#[must_use]
pub const fn numbers(heading: &'static str, width: f32) -> Column {
    Column {
        heading,
        width,
        grows: 0.0,
        is_right: true,
    }
}

/// A row, and what a click on it does.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    cells: Vec<Cell>,
    ask: Option<Ask>,
    stands_for: Option<Selection>,
    notes: Vec<(String, String, Tone)>,
}

impl Row {
    /// A row that a click does nothing on.
    #[must_use]
    pub const fn new(cells: Vec<Cell>) -> Self {
        Self {
            cells,
            ask: None,
            stands_for: None,
            notes: Vec::new(),
        }
    }
    /// A row that stands for something.
    #[must_use]
    pub fn of(selection: Selection, cells: Vec<Cell>) -> Self {
        Self {
            stands_for: Some(selection),
            ask: Some(Ask::Select(selection)),
            ..Self::new(cells)
        }
    }
    /// A row that leads to something which many rows lead to.
    #[must_use]
    pub fn leads_to(selection: Selection, cells: Vec<Cell>) -> Self {
        Self {
            ask: Some(Ask::Select(selection)),
            ..Self::new(cells)
        }
    }
    /// A row that has something done to the lab.
    #[must_use]
    pub fn asks(request: Request, cells: Vec<Cell>) -> Self {
        Self {
            ask: Some(Ask::Lab(request)),
            ..Self::new(cells)
        }
    }
    /// With a line below that explains it.
    pub fn note(&mut self, label: impl Into<String>, words: impl Into<String>, tone: Tone) {
        self.notes.push((label.into(), words.into(), tone));
    }
    fn name(&self) -> String {
        let words = self.cells.iter().map(Cell::words);
        let words: Vec<String> = words.filter(|it| !it.is_empty()).collect();
        words.join("  ")
    }
    fn holds(&self, wanted: &str) -> bool {
        wanted.is_empty()
            || self
                .cells
                .iter()
                .any(|cell| cell.words().to_lowercase().contains(wanted))
            || self
                .notes
                .iter()
                .any(|(_, words, _)| words.to_lowercase().contains(wanted))
    }
}

/// One table.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// What stands above it, where anything does.
    pub title: String,
    /// Its columns.
    pub columns: &'static [Column],
    /// What stands above them.
    pub headings: Vec<String>,
    /// Its rows.
    pub rows: Vec<Row>,
}

/// One or several tables.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Sheet {
    tables: Vec<Table>,
}

impl Sheet {
    /// Adds a table; one without rows is left out.
    pub fn table(&mut self, title: &str, columns: &'static [Column], rows: Vec<Row>) {
        let headings = columns.iter().map(|column| column.heading.to_owned());
        self.table_headed(title, (columns, headings.collect()), rows);
    }
    /// The same, with something else above its columns.
    pub fn table_headed(
        &mut self,
        title: &str,
        (columns, headings): (&'static [Column], Vec<String>),
        rows: Vec<Row>,
    ) {
        if !rows.is_empty() {
            self.tables.push(Table {
                title: title.to_owned(),
                columns,
                headings,
                rows,
            });
        }
    }
    /// As text: a line for each row, cells set apart by tabs.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::new();
        for table in &self.tables {
            text.push_str(&table.headings.join("\t"));
            text.push('\n');
            for row in &table.rows {
                let words: Vec<String> = row.cells.iter().map(Cell::words).collect();
                text.push_str(&words.join("\t"));
                text.push('\n');
            }
        }
        text
    }

    /// Only the rows that hold these letters.
    #[must_use]
    pub fn filtered(mut self, wanted: &str) -> Self {
        for table in &mut self.tables {
            table.rows.retain(|row| row.holds(wanted));
        }
        self.tables.retain(|table| !table.rows.is_empty());
        self
    }

    /// Draws it; `empty` where there is nothing.
    pub fn ui(&self, ui: &mut Ui, tile: Tile, empty: &str, cx: &mut Cx<'_>) {
        if self.tables.is_empty() {
            ui.add_space(8.0);
            ui.horizontal(|ui| {
                ui.add_space(MARGIN);
                let words = empty;
                ui.add(egui::Label::new(RichText::new(words).weak()).wrap());
            });
            return;
        }
        ScrollArea::vertical()
            .id_salt(id(tile, "rows"))
            .auto_shrink(false)
            .show(ui, |ui| {
                for table in &self.tables {
                    table.ui(ui, cx);
                }
                ui.add_space(6.0);
            });
    }
}

/// The line of letters by which the rows of a tile are found.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// The letters.
    pub wanted: String,
    /// Whether it is to be written in from the next frame on.
    pub is_asked: bool,
}

impl Filter {
    /// The letters as rows are compared with them.
    #[must_use]
    pub fn letters(&self) -> String {
        self.wanted.trim().to_lowercase()
    }

    /// Draws the line, where it is of use.
    pub fn ui(&mut self, ui: &mut Ui, tile: Tile) {
        let has_focus = ui.memory(|memory| memory.has_focus(id(tile, "filter")));
        if !self.is_asked && !has_focus && self.wanted.is_empty() {
            return;
        }
        ui.horizontal(|ui| {
            ui.add_space(MARGIN);
            let label = ui.label("Filter");
            let edit = TextEdit::singleline(&mut self.wanted)
                .id(id(tile, "filter"))
                .hint_text("letters of a row")
                .desired_width(180.0);
            let response = ui.add(edit).labelled_by(label.id);
            if self.is_asked {
                response.request_focus();
                self.is_asked = false;
            }
            if response.lost_focus() && ui.input(|input| input.key_pressed(Key::Escape)) {
                self.wanted.clear();
            }
        });
    }
}

impl Table {
    fn widths(&self, room: f32) -> Vec<f32> {
        // Where the room is too small the last columns are left out.
        let mut fitting = 0;
        let mut least = 0.0;
        for column in self.columns {
            if fitting > 1 && least + column.width > room {
                break;
            }
            least += column.width + GAP;
            fitting += 1;
        }
        let columns = &self.columns[..fitting];
        let grows: f32 = columns.iter().map(|column| column.grows).sum();
        let left = (room - least).max(0.0);
        let share = if grows > 0.0 { left / grows } else { 0.0 };
        columns
            .iter()
            .map(|column| column.grows.mul_add(share, column.width))
            .collect()
    }

    fn ui(&self, ui: &mut Ui, cx: &mut Cx<'_>) {
        let palette = Palette::of(ui.visuals());
        let room = ui.available_width();
        let widths = self.widths(2.0f32.mul_add(-MARGIN, room));
        ui.spacing_mut().item_spacing.y = 0.0;
        if !self.title.is_empty() {
            ui.add_space(8.0);
            ui.horizontal(|ui| {
                ui.add_space(MARGIN);
                ui.label(RichText::new(&self.title).strong());
            });
        }
        let (head, _) = ui.allocate_exact_size(vec2(room, 22.0), Sense::hover());
        if ui.is_rect_visible(head) {
            let small = TextStyle::Small.resolve(ui.style());
            for ((rect, column), heading) in self.cells(head, &widths).zip(&self.headings) {
                let galley = cut(ui, heading, small.clone(), palette.weak, rect.width());
                put(ui, rect, galley, column.is_right);
            }
        }
        // Of a long table only what is near the view is made into widgets: who goes on by the keyboard takes the view along.
        let is_long = self.rows.len() > LONG;
        let near = ui.clip_rect().expand(NEAR).y_range();
        let mut left_out = 0.0;
        for row in &self.rows {
            let top = ui.cursor().top() + left_out;
            if is_long && row.notes.is_empty() && !(near.contains(top) || near.contains(top + ROW)) {
                left_out += ROW;
                continue;
            }
            if left_out > 0.0 {
                ui.add_space(left_out);
                left_out = 0.0;
            }
            self.row(ui, row, &widths, cx);
        }
        if left_out > 0.0 {
            ui.add_space(left_out);
        }
    }

    fn cells<'a>(&'a self, row: Rect, widths: &'a [f32]) -> impl Iterator<Item = (Rect, &'a Column)> + 'a {
        let mut left = row.left() + MARGIN;
        widths.iter().zip(self.columns).map(move |(width, column)| {
            let rect = Rect::from_x_y_ranges(left..=left + width, row.y_range());
            left += width + GAP;
            (rect, column)
        })
    }

    fn row(&self, ui: &mut Ui, row: &Row, widths: &[f32], cx: &mut Cx<'_>) {
        let palette = &Palette::of(ui.visuals());
        let room = ui.available_width();
        let body = TextStyle::Body.resolve(ui.style());
        let notes: Vec<Arc<Galley>> = row
            .notes
            .iter()
            .map(|(label, words, tone)| {
                let color = tone_of(*tone, palette);
                let words = if label.is_empty() {
                    words.clone()
                } else {
                    format!("{label}: {words}")
                };
                ui.painter()
                    .layout(words, body.clone(), color, (room - 2.0 * MARGIN - 22.0).max(80.0))
            })
            .collect();
        let below: f32 = notes.iter().map(|galley| galley.size().y + 3.0).sum();
        let sense = if row.ask.is_some() {
            Sense::click()
        } else {
            Sense::hover()
        };
        let (rect, response) = ui.allocate_exact_size(vec2(room, ROW + below), sense);
        if !ui.is_rect_visible(rect) {
            return;
        }
        let is_selected = row.stands_for == Some(cx.selected);
        let is_pointed_at = row.ask.is_some() && (response.hovered() || response.has_focus());
        back(ui, rect, is_selected, is_pointed_at);
        let role = if row.ask.is_some() {
            Role::Button
        } else {
            Role::Label
        };
        response.widget_info(|| WidgetInfo::selected(role, true, is_selected, row.name()));
        let line = rect.with_max_y(rect.top() + ROW);
        for ((rect, column), cell) in self.cells(line, widths).zip(&row.cells) {
            draw(ui, rect, column, cell, &body, palette);
        }
        let mut y = line.bottom();
        for galley in notes {
            let size = galley.size();
            ui.painter()
                .galley(pos2(rect.left() + MARGIN + 18.0, y), galley, palette.text);
            y += size.y + 3.0;
        }
        if response.gained_focus() {
            response.scroll_to_me(None);
        }
        if response.clicked()
            && let Some(ask) = &row.ask
        {
            cx.ask(ask.clone());
        }
    }
}

/// The colour of a tone.
#[must_use]
pub fn tone_of(tone: Tone, palette: &Palette) -> Color32 {
    match tone {
        Tone::Plain | Tone::Strong => palette.text,
        Tone::Weak => palette.weak,
        Tone::Accent => palette.accent,
        Tone::Of(health) => palette.health(health),
    }
}

fn draw(ui: &Ui, rect: Rect, column: &Column, cell: &Cell, body: &FontId, palette: &Palette) {
    match cell {
        Cell::Words(words, tone) => {
            let galley = cut(ui, words, body.clone(), tone_of(*tone, palette), rect.width());
            put(ui, rect, galley, column.is_right);
        }
        Cell::Mark(health, words) => {
            let center = rect.left_center() + vec2(6.0, 0.0);
            health_mark(ui.painter(), palette, *health, center, 4.5);
            let rest = rect.with_min_x(rect.left() + 17.0);
            let galley = cut(ui, words, body.clone(), palette.text, rest.width());
            put(ui, rest, galley, false);
        }
        Cell::Bar(share, health) => {
            let track = rect.shrink2(vec2(0.0, 7.5));
            let round = CornerRadius::from(track.height() / 2.0);
            ui.painter().rect_filled(track, round, palette.card_edge);
            if share.as_ppm() > 0 {
                let width = (track.width() * part(*share)).max(track.height());
                let filled = track.with_max_x(track.left() + width);
                ui.painter().rect_filled(filled, round, palette.health(*health));
            }
        }
    }
}

/// What lies behind a row that is selected, or else pointed at.
pub(crate) fn back(ui: &Ui, row: Rect, is_selected: bool, is_pointed_at: bool) {
    let palette = Palette::of(ui.visuals());
    let fill = if is_selected {
        palette.accent.gamma_multiply(0.16)
    } else if is_pointed_at {
        palette.card_edge.gamma_multiply(0.45)
    } else {
        return;
    };
    let inner = row.shrink2(vec2(3.0, 0.0));
    ui.painter().rect_filled(inner, CornerRadius::same(4), fill);
}

/// Words in one line, cut where there is no more room.
pub(crate) fn cut(ui: &Ui, words: &str, font: FontId, color: Color32, width: f32) -> Arc<Galley> {
    let mut job = egui::text::LayoutJob::simple_singleline(words.to_owned(), font, color);
    job.wrap = egui::text::TextWrapping::truncate_at_width(width.max(1.0));
    ui.painter().layout_job(job)
}

fn put(ui: &Ui, rect: Rect, galley: Arc<Galley>, is_right: bool) {
    let align = if is_right {
        Align2::RIGHT_CENTER
    } else {
        Align2::LEFT_CENTER
    };
    let place = align.align_size_within_rect(galley.size(), rect);
    ui.painter().galley(place.min, galley, Color32::PLACEHOLDER);
}
