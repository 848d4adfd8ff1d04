//! What preflight checks: a matrix of who needs whom, and each check with its verdict and, where it fails, the cure.

use std::collections::BTreeMap;
use std::sync::Arc;

use egui::epaint::TextShape;
use egui::{
    CornerRadius, Galley, Label, Rect, RichText, Role, ScrollArea, Sense, TextStyle, Ui, WidgetInfo, vec2,
};
use sim_core::desk::feed::Feed;
use sim_core::desk::request::Request;
use sim_core::desk::selection::Selection;
use sim_core::view::{Check, CheckStanding, Health};

use super::toolbar;
use crate::ask::{Ask, Cx};
use crate::canvas::health_mark;
use crate::sheet::{Column, Row, Sheet, Tone, cut, marked, plain, state, words};
use crate::theme::Palette;

/// How the checks are shown.
#[derive(Debug, Clone, Default)]
pub(crate) struct PreflightState {
    /// As a list rather than as a matrix.
    pub as_list: bool,
    /// Only those that fail.
    pub only_failed: bool,
}

const CHECKS: [Column; 4] = [
    words("Check", 170.0, 3.0),
    words("From", 90.0, 1.0),
    words("To", 100.0, 1.0),
    words("Verdict", 120.0, 2.0),
];

fn health(feed: &Feed, check: &Check) -> Health {
    match feed.standing(check) {
        Some(CheckStanding::Passes) => Health::Good,
        Some(CheckStanding::Unsettled) => Health::Working,
        Some(CheckStanding::Fails) | None => Health::Failed,
    }
}

/// The buttons, and how many pass.
pub(crate) fn heading(ui: &mut Ui, state: &mut PreflightState, cx: &mut Cx<'_>) {
    toolbar(ui, |ui| {
        ui.selectable_value(&mut state.as_list, false, "Matrix");
        ui.selectable_value(&mut state.as_list, true, "List");
        ui.checkbox(&mut state.only_failed, "Only failing");
        if ui
            .button("Check again")
            .on_hover_text("As the lab is now")
            .clicked()
        {
            cx.request(Request::Recheck);
        }
        let Some(preflight) = &cx.feed.preflight else {
            ui.weak("checking");
            return;
        };
        let passed = preflight.checks.iter().filter(|check| check.ok).count();
        let yet = if preflight.converging { " so far" } else { "" };
        ui.weak(format!("{passed} of {} pass{yet}", preflight.checks.len()));
    });
}

/// The checks as a list: those that fail first.
pub(crate) fn list(feed: &Feed, only_failed: bool) -> Sheet {
    let mut sheet = Sheet::default();
    let mut all: Vec<(usize, &Check)> = feed.checks().iter().enumerate().collect();
    all.retain(|(_, check)| !(only_failed && check.ok));
    all.sort_by_key(|(place, check)| (check.ok, *place));
    let rows = all.into_iter().map(|(place, check)| {
        let health = health(feed, check);
        let verdict = check
            .reason
            .map_or_else(|| check.over(), |reason| reason.code().to_owned());
        let mut row = Row::of(
            Selection::Check(place),
            vec![
                marked(health, &check.name),
                plain(&check.from),
                plain(&check.to),
                state(verdict, health),
            ],
        );
        if let Some(fix) = check.fix.as_ref().filter(|_| !check.ok) {
            row.note("fix", fix, Tone::Of(Health::Good));
        }
        row
    });
    sheet.table("", &CHECKS, rows.collect());
    sheet
}

/// Width of the names at the left, and of a column.
const NAMES: f32 = 150.0;
const CELL: f32 = 34.0;
const ROW: f32 = 26.0;

/// The checks as a matrix: who at the left, whom at the top; in each field the worst of what is checked between the two.
pub(crate) fn matrix(ui: &mut Ui, only_failed: bool, cx: &mut Cx<'_>) {
    let feed = cx.feed;
    let mut fields: BTreeMap<(&str, String), Vec<usize>> = BTreeMap::new();
    let mut lefts: Vec<&str> = Vec::new();
    let mut tops: Vec<String> = Vec::new();
    for (place, check) in feed.checks().iter().enumerate() {
        if only_failed && check.ok {
            continue;
        }
        let top = check
            .port
            .map_or_else(|| check.to.clone(), |port| format!("{}:{port}", check.to));
        if !lefts.contains(&check.from.as_str()) {
            lefts.push(&check.from);
        }
        if !tops.contains(&top) {
            tops.push(top.clone());
        }
        fields.entry((&check.from, top)).or_default().push(place);
    }
    if fields.is_empty() {
        ui.horizontal(|ui| {
            ui.add_space(10.0);
            ui.weak(if feed.preflight.is_some() {
                "Nothing to show."
            } else {
                "Checking."
            });
        });
        return;
    }
    let palette = Palette::of(ui.visuals());
    let body = TextStyle::Body.resolve(ui.style());
    let heads: Vec<Arc<Galley>> = tops.iter().map(|top| head(ui, top, &palette)).collect();
    let longest = heads.iter().map(|it| it.size().x).fold(0.0, f32::max);
    let (across, high) = (longest * SLOPE.cos(), longest * SLOPE.sin() + 12.0);
    ScrollArea::both()
        .id_salt("matrix")
        .auto_shrink(false)
        .show(ui, |ui| {
            ui.spacing_mut().item_spacing = vec2(0.0, 0.0);
            let count = u16::try_from(tops.len()).map_or(f32::MAX, f32::from);
            let wide = count.mul_add(CELL, NAMES + 20.0 + across);
            let (room, _) = ui.allocate_exact_size(vec2(wide, high), Sense::hover());
            for from in lefts {
                ui.horizontal(|ui| {
                    ui.add_space(10.0);
                    let (name, _) = ui.allocate_exact_size(vec2(NAMES, ROW), Sense::hover());
                    let galley = cut(ui, from, body.clone(), palette.text, NAMES - 10.0);
                    let y = name.center().y - galley.size().y / 2.0;
                    ui.painter()
                        .galley(egui::pos2(name.left(), y), galley, palette.text);
                    for top in &tops {
                        let places = fields.get(&(from, top.clone()));
                        field(ui, from, top, places.map_or(&[], Vec::as_slice), &palette, cx);
                    }
                });
            }
            ui.add_space(8.0);
            // Names of columns stay in view, however far down one reads.
            let down = (ui.clip_rect().top() - room.top()).max(0.0);
            let room = room.translate(vec2(0.0, down));
            above(ui, room, &tops, heads, &palette);
        });
}

/// How far from level the names of columns are written: upright they would be hard to read, level they have no room.
const SLOPE: f32 = 0.9;
/// The longest that a name of a column is written; the whole of it is told when it is pointed at.
const HEAD: f32 = 150.0;

fn head(ui: &Ui, top: &str, palette: &Palette) -> Arc<Galley> {
    let small = TextStyle::Small.resolve(ui.style());
    cut(ui, top, small, palette.weak, HEAD)
}

/// The names of the columns, over what lies below them.
fn above(ui: &mut Ui, room: Rect, tops: &[String], heads: Vec<Arc<Galley>>, palette: &Palette) {
    let ground = ui.visuals().panel_fill;
    ui.painter().rect_filled(room, CornerRadius::ZERO, ground);
    let mut left = room.left() + 10.0 + NAMES;
    for (top, galley) in tops.iter().zip(heads) {
        let column = Rect::from_min_max(
            egui::pos2(left, room.top()),
            egui::pos2(left + CELL, room.bottom()),
        );
        left += CELL;
        // What is in the middle of the column is the middle of the letters' left end.
        let half = galley.size().y / 2.0;
        let end = egui::pos2(column.center().x, column.bottom() - 4.0);
        let corner = end - half * vec2(SLOPE.sin(), SLOPE.cos());
        let words = TextShape::new(corner, galley, palette.weak).with_angle(-SLOPE);
        ui.painter().add(words);
        let response = ui.interact(column, ui.scope_id().with(("column", top)), Sense::hover());
        response.widget_info(|| WidgetInfo::labeled(Role::ColumnHeader, true, top));
        response.on_hover_text(top);
    }
}

fn field(ui: &mut Ui, from: &str, top: &str, places: &[usize], palette: &Palette, cx: &mut Cx<'_>) {
    let sense = if places.is_empty() {
        Sense::hover()
    } else {
        Sense::click()
    };
    let (rect, response) = ui.allocate_exact_size(vec2(CELL, ROW), sense);
    let inner = rect.shrink(1.5);
    let checks = cx.feed.checks();
    let of = |place: &usize| checks.get(*place).map(|check| (*place, health(cx.feed, check)));
    let worst = places.iter().filter_map(of).max_by_key(|(_, health)| *health);
    let Some((place, worst)) = worst else {
        ui.painter().rect_filled(
            inner,
            CornerRadius::same(3),
            palette.card_edge.gamma_multiply(0.18),
        );
        return;
    };
    let is_selected = places.iter().any(|it| cx.selected == Selection::Check(*it));
    let color = palette.health(worst);
    let strength = if response.hovered() || is_selected {
        0.45
    } else {
        0.22
    };
    ui.painter()
        .rect_filled(inner, CornerRadius::same(3), color.gamma_multiply(strength));
    if is_selected {
        ui.painter().rect_stroke(
            inner,
            CornerRadius::same(3),
            egui::Stroke::new(1.5, palette.accent),
            egui::StrokeKind::Inside,
        );
    }
    health_mark(ui.painter(), palette, worst, inner.center(), 5.0);
    let said = checks.get(place).map_or(String::new(), |check| {
        check
            .reason
            .map_or_else(|| check.over(), |reason| reason.code().to_owned())
    });
    let name = format!("{from} to {top}: {}, {said}", worst.as_str());
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, is_selected, &name));
    if response.clicked() {
        cx.select(Selection::Check(place));
    }
    response.on_hover_text(name);
}

/// One check in full.
pub(crate) fn detail(ui: &mut Ui, place: usize, cx: &mut Cx<'_>) {
    let feed = cx.feed;
    let Some(check) = feed.checks().get(place) else {
        ui.weak("This check is no more.");
        return;
    };
    let palette = Palette::of(ui.visuals());
    let health = health(feed, check);
    ui.label(RichText::new("Check").small().weak());
    ui.add(Label::new(RichText::new(&check.name).heading()).wrap());
    ui.horizontal(|ui| {
        let (rect, _) = ui.allocate_exact_size(vec2(14.0, 14.0), Sense::hover());
        health_mark(ui.painter(), &palette, health, rect.center(), 5.0);
        ui.label(check.reason.map_or("passes", |reason| reason.code()));
    });
    let mut say = |label: &str, words: &str| {
        if !words.is_empty() {
            ui.add_space(6.0);
            ui.label(RichText::new(label).small().weak());
            ui.add(Label::new(words).wrap());
        }
    };
    say("From", &check.from);
    say("To", &check.to);
    say("For", &check.purpose);
    if check.ok {
        say("Over", &check.over());
    }
    if !check.ok {
        say("Why", &check.detail);
        say("At", check.at.as_deref().unwrap_or_default());
        say("Rule", check.rule.as_deref().unwrap_or_default());
        say("Fix", check.fix.as_deref().unwrap_or_default());
        for blocker in &check.also {
            say(
                "Then",
                &format!("{} at {}: {}", blocker.reason.code(), blocker.at, blocker.detail),
            );
            say("Fix", blocker.fix.as_deref().unwrap_or_default());
        }
    }
    let advice = feed.preflight.iter().flat_map(|it| &it.advice);
    for hint in advice.filter(|it| check.about == Some(it.about)) {
        say("Hint", &hint.detail);
    }
    if !check.ok {
        for change in check.changes.iter().take(8) {
            ui.horizontal_wrapped(|ui| {
                if ui.button("Make this change").clicked() {
                    cx.asks.push(Ask::Lab(Request::Change(change.clone())));
                }
                ui.add(Label::new(RichText::new(change).monospace()).wrap());
            });
        }
    }
    if let Some(about) = check.about {
        ui.add_space(6.0);
        if ui.link("Look at what it is about").clicked() {
            cx.select(Selection::Resource(about));
        }
    }
}
