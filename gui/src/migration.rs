//! The strip at the bottom: a row for each server that moves, and what last happened.

use egui::{
    Align, CornerRadius, Label, Layout, Rect, RichText, Role, ScrollArea, Sense, Ui, UiBuilder, WidgetInfo,
    vec2,
};
use sim_core::lab::ResourceRef;
use sim_core::units::{BitRate, DataSize, Span};
use sim_core::view::{LogRow, Server};

use crate::canvas::health_mark;
use crate::picture::share;
use crate::theme::{Palette, part};

/// Height of a row.
const ROW: f32 = 24.0;
/// Height of what stands above the rows: title and headings.
const HEAD: f32 = 52.0;
/// Rows shown at once; more are reached by scrolling.
const MOST_ROWS: usize = 6;

/// What a row shows, in order, with the width that it takes. Where the window is too narrow the last
/// ones are left out.
const COLUMNS: [(Column, &str, f32); 9] = [
    (Column::Server, "Server", 170.0),
    (Column::LifeCycle, "Life cycle", 150.0),
    (Column::Replication, "Replication", 190.0),
    (Column::Progress, "Initial sync", 180.0),
    (Column::Lag, "Lag", 76.0),
    (Column::Backlog, "Backlog", 84.0),
    (Column::Rate, "Rate", 90.0),
    (Column::Wave, "Wave", 84.0),
    (Column::Next, "Next", 230.0),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Column {
    Server,
    LifeCycle,
    Replication,
    Progress,
    Lag,
    Backlog,
    Rate,
    Wave,
    Next,
}

/// Height of the strip for so many servers.
pub(crate) fn height(n_servers: usize) -> f32 {
    let rows = u8::try_from(n_servers.clamp(1, MOST_ROWS)).unwrap_or(1);
    f32::from(rows).mul_add(ROW, HEAD + 10.0)
}

/// Draws the strip; the server whose row was clicked.
pub(crate) fn ui(ui: &mut Ui, servers: &[Server], news: Option<&LogRow>) -> Option<ResourceRef> {
    ui.take_available_space();
    ui.spacing_mut().item_spacing.y = 0.0;
    title(ui, servers.len(), news);
    let widths = shown(ui.available_width());
    let (headings, _) = ui.allocate_exact_size(vec2(ui.available_width(), 20.0), Sense::hover());
    for (_, heading, rect) in cells(headings, widths) {
        ui.put_left(rect, RichText::new(heading).small().weak());
    }
    let mut clicked = None;
    ScrollArea::vertical()
        .auto_shrink(false)
        .min_scrolled_height(ROW)
        .show_rows(ui, ROW, servers.len(), |ui, visible| {
            for server in servers.get(visible).unwrap_or_default() {
                if row(ui, server, widths) {
                    clicked = Some(server.id.into());
                }
            }
        });
    clicked
}

/// What the strip is, and on the right the latest news.
fn title(ui: &mut Ui, n_servers: usize, news: Option<&LogRow>) {
    ui.allocate_ui_with_layout(
        vec2(ui.available_width(), 28.0),
        Layout::left_to_right(Align::Center),
        |ui| {
            ui.strong("Migration");
            ui.weak(match n_servers {
                1 => "1 server".to_owned(),
                n => format!("{n} servers"),
            });
            let Some(news) = news else { return };
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let text = format!("{}  {}: {}", news.at, news.subject, news.what);
                ui.add(Label::new(RichText::new(&text).weak()).truncate())
                    .on_hover_text(text);
                let palette = Palette::of(ui.visuals());
                let (rect, _) = ui.allocate_exact_size(vec2(12.0, 12.0), Sense::hover());
                health_mark(ui.painter(), &palette, news.health, rect.center(), 4.5);
            });
        },
    );
}

/// The columns for which there is room.
fn shown(width: f32) -> &'static [(Column, &'static str, f32)] {
    let mut room = width;
    let fitting = COLUMNS
        .iter()
        .take_while(|(.., column)| {
            room -= column;
            room >= 0.0
        })
        .count();
    COLUMNS.get(..fitting).unwrap_or_default()
}

/// The columns with their places in a row.
fn cells(
    row: Rect,
    columns: &'static [(Column, &'static str, f32)],
) -> impl Iterator<Item = (Column, &'static str, Rect)> {
    let mut left = row.left();
    columns.iter().map(move |&(column, heading, width)| {
        let cell = Rect::from_x_y_ranges(left..=left + width - 10.0, row.y_range());
        left += width;
        (column, heading, cell)
    })
}

/// One server; whether it was clicked.
fn row(ui: &mut Ui, server: &Server, columns: &'static [(Column, &'static str, f32)]) -> bool {
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::click());
    let palette = Palette::of(ui.visuals());
    if response.hovered() || response.has_focus() {
        ui.painter()
            .rect_filled(rect, CornerRadius::same(4), palette.card_edge.gamma_multiply(0.5));
    }
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("Show {}", server.name)));
    for (column, _, cell) in cells(rect, columns) {
        match column {
            Column::Server => {
                let mark = cell.left_center() + vec2(6.0, 0.0);
                health_mark(ui.painter(), &palette, server.health, mark, 5.0);
                let name = RichText::new(&server.name).color(palette.text);
                ui.put_left(cell.with_min_x(cell.left() + 18.0), name);
            }
            Column::Progress => progress(ui, server, cell),
            Column::LifeCycle
            | Column::Replication
            | Column::Lag
            | Column::Backlog
            | Column::Rate
            | Column::Wave
            | Column::Next => {
                ui.put_left(cell, RichText::new(text(column, server)).color(palette.text));
            }
        }
    }
    response.clicked()
}

/// What a column says of a server, where words say it.
fn text(column: Column, server: &Server) -> String {
    let none = || "–".to_owned();
    match column {
        Column::Server | Column::Progress => String::new(),
        Column::LifeCycle => server.life_cycle_state.map_or_else(none, |it| it.to_string()),
        Column::Replication => match (server.error, server.initiation_step) {
            (Some(error), _) => error.to_string(),
            (None, Some(step)) => step.to_string(),
            (None, None) => server
                .data_replication_state
                .map_or_else(none, |it| it.to_string()),
        },
        Column::Lag => server.replication_lag.map_or_else(none, whole),
        Column::Backlog if server.backlog == DataSize::ZERO => none(),
        Column::Backlog => server.backlog.to_string(),
        Column::Rate if server.rate == BitRate::ZERO => none(),
        Column::Rate => server.rate.to_string(),
        Column::Wave => server.wave.clone().unwrap_or_else(none),
        Column::Next => server.next_step().to_owned(),
    }
}

/// A bar with the replicated share of the initial sync.
fn progress(ui: &mut Ui, server: &Server, cell: Rect) {
    let palette = Palette::of(ui.visuals());
    let done = server.progress();
    let track = cell.with_max_x(cell.right() - 46.0).shrink2(vec2(0.0, 8.5));
    let round = CornerRadius::from(track.height() / 2.0);
    ui.painter().rect_filled(track, round, palette.card_edge);
    if done.as_ppm() > 0 {
        let filled = track.with_max_x(track.width().mul_add(part(done), track.left()));
        ui.painter()
            .rect_filled(filled, round, palette.health(server.health));
    }
    ui.put_left(
        cell.with_min_x(track.right() + 8.0),
        RichText::new(share(done)).color(palette.text),
    );
}

/// A span in whole seconds, which is what a lag is worth knowing to.
fn whole(span: Span) -> String {
    Span::secs(span.as_secs()).to_string()
}

/// Words at a place.
trait PutLeft {
    /// Puts words at the left of `rect`, cut where it ends.
    fn put_left(&mut self, rect: Rect, words: RichText);
}

impl PutLeft for Ui {
    fn put_left(&mut self, rect: Rect, words: RichText) {
        let place = UiBuilder::new()
            .max_rect(rect)
            .layout(Layout::left_to_right(Align::Center));
        self.scope_builder(place, |ui| ui.add(Label::new(words).selectable(false).truncate()));
    }
}
