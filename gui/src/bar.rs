//! The bar at the top: which lab, how its time passes, what can be opened; and the line at the bottom that says what was done.

use egui::text::{LayoutJob, TextFormat};
use egui::{Align, Button, FontId, Label, Layout, RichText, Ui};
use sim_core::desk::commands::{Action, GLOBAL, Group};
use sim_core::desk::format;
use sim_core::desk::request::{Opening, Request};
use sim_core::desk::transport::{Motion, Speed};

use crate::ask::{Ask, Cx};
use crate::docking::{self, Docking};
use crate::front::Front;
use crate::keys;
use crate::theme::{Look, Palette};

/// Height of the bar.
pub(crate) const HEIGHT: f32 = 44.0;
/// Height of the line at the bottom.
pub(crate) const LINE: f32 = 24.0;

/// Draws the bar.
pub(crate) fn ui(ui: &mut Ui, docking: &Docking, front: &Front, cx: &mut Cx<'_>) {
    ui.horizontal_centered(|ui| {
        menu(ui, front, cx);
        ui.separator();
        clockwork(ui, cx);
        ui.separator();
        clock(ui, cx);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            button(ui, "?", Action::Help, cx);
            button(ui, "Commands", Action::Palette, cx);
            let panes = ui.menu_button("Panes", |ui| docking::menu(ui, docking));
            if let Some(tile) = panes.inner.flatten() {
                cx.ask(Ask::Show(tile));
            }
            let overview = &cx.feed.snapshot.overview;
            let branch = cx.feed.branches.iter().find(|it| it.is_current);
            let branch = branch.filter(|_| cx.feed.branches.len() > 1);
            let on = branch.map_or(String::new(), |it| format!("  ·  {}", it.name));
            let title = format!("{}{on}", overview.title);
            ui.add(Label::new(RichText::new(title).weak()).truncate());
        });
    });
}

/// A button for a command, with its keys.
fn button(ui: &mut Ui, words: &str, action: Action, cx: &mut Cx<'_>) {
    if ui.button(words).on_hover_text(hint(action)).clicked() {
        cx.act(action);
    }
}

/// A command in words, with its keys.
fn hint(action: Action) -> String {
    let all = keys::LOCAL.iter().chain(GLOBAL);
    let found = all.into_iter().find(|binding| binding.action == action);
    found.map_or(String::new(), |it| {
        format!("{} ({})", it.title, keys::names(it.keys))
    })
}

/// What can be opened, saved and done to the lab.
fn menu(ui: &mut Ui, front: &Front, cx: &mut Cx<'_>) {
    ui.menu_button(RichText::new("Causeway").strong(), |ui| {
        ui.set_min_width(300.0);
        let mut item = |ui: &mut Ui, action: Action| {
            let mut all = GLOBAL.iter().chain(keys::LOCAL);
            let found = all.find(|binding| binding.action == action);
            let Some(found) = found else { return };
            let keys = RichText::new(keys::names(&found.keys[..1])).small();
            if ui.add(Button::new(found.title).shortcut_text(keys)).clicked() {
                cx.act(action);
                ui.close();
            }
        };
        for action in [
            Action::Labs,
            Action::OpenFile,
            Action::Save,
            Action::SaveScenario,
            Action::Local(keys::EXPORT),
        ] {
            item(ui, action);
        }
        ui.separator();
        for binding in GLOBAL.iter().filter(|it| it.group == Group::Lab) {
            let is_above = matches!(
                binding.action,
                Action::Labs | Action::OpenFile | Action::Save | Action::SaveScenario
            );
            if !is_above {
                item(ui, binding.action);
            }
        }
        ui.separator();
        for action in [Action::Undo, Action::Restart, Action::Quit] {
            item(ui, action);
        }
        ui.separator();
        ui.weak("Look");
        let worn = Look::worn(ui.ctx());
        for look in Look::ALL {
            if ui.radio(look == worn, look.label()).clicked() {
                cx.ask(Ask::Look(look));
                ui.close();
            }
        }
        if !front.recent.is_empty() {
            ui.separator();
            ui.weak("Open again");
            for file in front.recent.iter().take(8) {
                let name = file
                    .file_name()
                    .map_or_else(String::new, |it| it.to_string_lossy().into_owned());
                if ui
                    .button(name)
                    .on_hover_text(file.display().to_string())
                    .clicked()
                {
                    let request = Request::Open(Opening::File(file.display().to_string()));
                    cx.asks.push(Ask::Lab(request));
                    ui.close();
                }
            }
        }
    })
    .response
    .on_hover_text("Open, save, change");
}

/// Run, pause, steps and speed.
fn clockwork(ui: &mut Ui, cx: &mut Cx<'_>) {
    button(ui, "⏮", Action::StepBack, cx);
    let label = match cx.transport.motion {
        Motion::Playing => "⏸ Pause",
        Motion::Paused => "▶ Run",
        Motion::Ended => "■ At the end",
    };
    let play = Button::new(label).min_size(egui::vec2(84.0, 0.0));
    if ui.add(play).on_hover_text(hint(Action::PlayPause)).clicked() {
        cx.act(Action::PlayPause);
    }
    button(ui, "⏭ Next", Action::StepNotable, cx);
    button(ui, "−", Action::Slower, cx);
    let speed = match cx.transport.speed {
        Speed::Times(times) => format!("×{}", format::count(u64::from(times))),
        Speed::Unlimited => "max".to_owned(),
    };
    ui.add_sized(
        [72.0, 20.0],
        Label::new(RichText::new(speed).monospace()).selectable(false),
    )
    .on_hover_text("How much faster than a wall clock");
    button(ui, "+", Action::Faster, cx);
    button(ui, "Until…", Action::RunUntil, cx);
}

/// The lab's time, its fraction of a second less loud, and how much of the lab that is.
fn clock(ui: &mut Ui, cx: &Cx<'_>) {
    let palette = Palette::of(ui.visuals());
    let now = cx.feed.now().to_string();
    let (whole, fraction) = now.split_at(now.rfind('.').unwrap_or(now.len()));
    let mut text = LayoutJob::default();
    let font = |size| FontId::monospace(size);
    text.append(whole, 0.0, TextFormat::simple(font(16.0), palette.text));
    text.append(fraction, 0.0, TextFormat::simple(font(12.0), palette.weak));
    ui.add(Label::new(text).selectable(false));
    match &cx.transport.until {
        Some(until) => ui.label(RichText::new(format!("until {until}")).color(palette.accent)),
        None => ui.weak(format!("of {}", cx.feed.snapshot.overview.duration)),
    };
}

/// Draws the line at the bottom: what was said last, else the keys that are most of use.
pub(crate) fn line(ui: &mut Ui, front: &Front, cx: &mut Cx<'_>) {
    let palette = Palette::of(ui.visuals());
    ui.horizontal_centered(|ui| {
        ui.add_space(4.0);
        if let Some(said) = &front.said {
            let color = if said.is_complaint {
                palette.health(sim_core::view::Health::Failed)
            } else {
                palette.text
            };
            ui.add(Label::new(RichText::new(&said.words).color(color)).truncate());
            return;
        }
        ui.spacing_mut().item_spacing.x = 5.0;
        for binding in GLOBAL {
            let (Some(word), Some(key)) = (binding.bar, binding.keys.first()) else {
                continue;
            };
            // Tab is the toolkit's, and so goes from part to part by itself.
            if binding.action == Action::NextPanel {
                continue;
            }
            if ui.available_width() < 110.0 {
                break;
            }
            let key = RichText::new(key.to_string()).monospace().color(palette.accent);
            let response = ui.add(Label::new(key).selectable(false));
            let word = ui.add(
                Label::new(RichText::new(word).small().weak())
                    .selectable(false)
                    .sense(egui::Sense::click()),
            );
            if word.clicked() || response.clicked() {
                cx.act(binding.action);
            }
            ui.add_space(6.0);
        }
    });
}
