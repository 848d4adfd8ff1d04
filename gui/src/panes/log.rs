//! What happened, and for what was chosen: why, back to its root, and what it led to, as a tree.

use egui::{Align, Label, Layout, RichText, Role, ScrollArea, Sense, TextStyle, Ui, WidgetInfo, vec2};
use sim_core::desk::commands::Action;
use sim_core::desk::format;
use sim_core::desk::selection::Selection;
use sim_core::view::LogRow;

use super::toolbar;
use crate::ask::Cx;
use crate::canvas::health_mark;
use crate::docking::{Tile, id};
use crate::sheet::{back, cut};
use crate::theme::Palette;
use sim_core::desk::commands::Pane;

/// Height of a row.
const ROW: f32 = 21.0;

/// How the log is shown.
#[derive(Debug, Clone, Default)]
pub(crate) struct LogState {
    /// Whether what is routine is shown too.
    pub shows_all: bool,
    /// Only rows that hold these letters.
    pub wanted: String,
    /// Whether the letters are to be written from the next frame on.
    pub is_asked: bool,
}

/// Draws the log, the latest last.
pub(crate) fn ui(ui: &mut Ui, state: &mut LogState, cx: &mut Cx<'_>) {
    let feed = cx.feed;
    toolbar(ui, |ui| {
        ui.checkbox(&mut state.shows_all, "Routine too");
        let label = ui.label("Filter");
        let edit = egui::TextEdit::singleline(&mut state.wanted)
            .id(id(Tile::Pane(Pane::Log), "filter"))
            .hint_text("letters of a row")
            .desired_width(140.0);
        let response = ui.add(edit).labelled_by(label.id);
        if state.is_asked {
            response.request_focus();
            state.is_asked = false;
        }
        if ui
            .button("Back")
            .on_hover_text("To the notable record before ([)")
            .clicked()
        {
            cx.act(Action::StepBack);
        }
        if ui
            .button("Next")
            .on_hover_text("To the next notable record (])")
            .clicked()
        {
            cx.act(Action::StepNotable);
        }
    });
    let wanted = state.wanted.trim().to_lowercase();
    let rows: Vec<&LogRow> = feed
        .log
        .iter()
        .filter(|row| state.shows_all || row.notable)
        .filter(|row| {
            wanted.is_empty()
                || row.subject.to_lowercase().contains(&wanted)
                || row.what.to_lowercase().contains(&wanted)
        })
        .collect();
    if rows.is_empty() {
        ui.horizontal(|ui| {
            ui.add_space(10.0);
            ui.weak("Nothing notable has happened yet: run the lab, or step to what happens next.");
        });
        return;
    }
    ui.spacing_mut().item_spacing.y = 0.0;
    ScrollArea::vertical()
        .id_salt("log")
        .auto_shrink(false)
        .stick_to_bottom(true)
        .show_rows(ui, ROW, rows.len(), |ui, visible| {
            for row in rows.get(visible).unwrap_or_default() {
                if line(ui, row, 0, cx.selected == Selection::Record(row.id)) {
                    cx.select(Selection::Record(row.id));
                }
            }
        });
}

/// A record in a line; whether it was clicked.
pub(crate) fn line(ui: &mut Ui, row: &LogRow, depth: usize, is_selected: bool) -> bool {
    let palette = Palette::of(ui.visuals());
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::click());
    if !ui.is_rect_visible(rect) {
        return false;
    }
    back(ui, rect, is_selected, response.hovered() || response.has_focus());
    let name = format!("{}  {}: {}", row.at, row.subject, row.what);
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, is_selected, &name));
    let small = TextStyle::Monospace.resolve(ui.style());
    let body = TextStyle::Body.resolve(ui.style());
    let mut left = rect.left() + 10.0;
    let middle = rect.center().y;
    let mut put = |ui: &Ui, words: &str, font: egui::FontId, color, width: f32| {
        let galley = cut(ui, words, font, color, width);
        let size = galley.size();
        ui.painter()
            .galley(egui::pos2(left, middle - size.y / 2.0), galley, color);
        left += size.x + 8.0;
        left
    };
    let after = put(ui, &row.at.to_string(), small, palette.weak, 140.0);
    let indent = 16.0 * u8::try_from(depth.min(12)).map_or(0.0, f32::from);
    let center = egui::pos2(after + indent + 6.0, middle);
    health_mark(ui.painter(), &palette, row.health, center, 4.5);
    left = after + indent + 18.0;
    let room = rect.right() - 10.0;
    let mut put = |words: &str, color| {
        let galley = cut(ui, words, body.clone(), color, (room - left).max(10.0));
        let size = galley.size();
        ui.painter()
            .galley(egui::pos2(left, middle - size.y / 2.0), galley, color);
        left += size.x + 8.0;
    };
    put(&row.subject, palette.text);
    put(&row.what, palette.weak);
    let is_clicked = response.clicked();
    response.on_hover_text(name);
    is_clicked
}

/// Why a record came about, back to its root, and what it led to.
pub(crate) fn causes(ui: &mut Ui, cx: &mut Cx<'_>) {
    let feed = cx.feed;
    let Some(here) = feed.chain.last() else { return };
    ui.label(RichText::new("Record").small().weak());
    ui.add(Label::new(RichText::new(&here.subject).heading()).wrap());
    ui.add(Label::new(&here.what).wrap());
    ui.weak(format!("at {}", here.at));
    if let Some(reason) = here.reason {
        ui.add_space(4.0);
        ui.add(Label::new(format!("{}: {}", reason.code(), reason.meaning())).wrap());
    }
    ui.horizontal_wrapped(|ui| {
        if ui
            .button("Go there")
            .on_hover_text("Turn the lab to this instant")
            .clicked()
        {
            cx.asks
                .push(crate::ask::Ask::Lab(sim_core::desk::request::Request::Seek(
                    here.at,
                )));
        }
        if ui.button(format!("Look at {}", here.subject)).clicked() {
            cx.asks
                .push(crate::ask::Ask::Select(Selection::Resource(here.about)));
        }
    });
    tree_heading(ui, "Why", "from the root to here");
    for (depth, row) in feed.chain.iter().enumerate() {
        if told(ui, row, depth, row.id == here.id) {
            cx.asks.push(crate::ask::Ask::Select(Selection::Record(row.id)));
        }
        if let Some(origin) = &row.origin {
            ui.weak(origin);
        }
    }
    tree_heading(ui, "What it led to", "until now");
    if feed.led_to.notable.is_empty() {
        ui.weak("nothing notable");
    }
    for it in &feed.led_to.notable {
        if told(ui, &it.row, it.depth, false) {
            cx.asks
                .push(crate::ask::Ask::Select(Selection::Record(it.row.id)));
        }
    }
    if feed.led_to.n_routine > 0 {
        let n = feed.led_to.n_routine;
        let records = if n == 1 { "record" } else { "records" };
        ui.weak(format!("and {n} routine {records}"));
    }
}

fn tree_heading(ui: &mut Ui, title: &str, note: &str) {
    ui.add_space(10.0);
    ui.horizontal(|ui| {
        ui.strong(title);
        ui.weak(note);
    });
}

/// A record in as many lines as it takes, set in by its depth; whether it was clicked.
fn told(ui: &mut Ui, row: &LogRow, depth: usize, is_here: bool) -> bool {
    let palette = Palette::of(ui.visuals());
    let mut is_clicked = false;
    ui.with_layout(Layout::left_to_right(Align::TOP), |ui| {
        ui.add_space(12.0 * u8::try_from(depth.min(8)).map_or(0.0, f32::from));
        let (rect, _) = ui.allocate_exact_size(vec2(12.0, 17.0), Sense::hover());
        health_mark(ui.painter(), &palette, row.health, rect.center(), 4.5);
        let words = format!("{}  {} {}", format::clock(row.at), row.subject, row.what);
        let words = RichText::new(words);
        let words = if is_here { words.strong() } else { words };
        let label = Label::new(words).wrap().sense(Sense::click());
        is_clicked = ui.add(label).clicked();
    });
    is_clicked
}
