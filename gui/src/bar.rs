//! The bar at the top: which lab, how its time passes, and how to see all of it.

use egui::text::{LayoutJob, TextFormat};
use egui::{Align, Button, ComboBox, FontId, Layout, RichText, Ui};

use crate::canvas::Canvas;
use crate::playback::{Command, Pace, Playback, Speed};
use crate::theme::Palette;

/// Height of the bar.
pub(crate) const HEIGHT: f32 = 46.0;

/// Draws the bar; what the person asked of the running lab.
pub(crate) fn ui(ui: &mut Ui, title: &str, playback: Option<Playback>, canvas: &mut Canvas) -> Vec<Command> {
    let mut asked = Vec::new();
    ui.horizontal_centered(|ui| {
        ui.label(RichText::new("Causeway").heading().strong());
        ui.separator();
        ui.label(title);
        ui.separator();
        asked = controls(ui, playback);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            egui::widgets::global_theme_preference_buttons(ui);
            if ui.button("Fit").on_hover_text("Show everything (F)").clicked() {
                canvas.fit();
            }
        });
    });
    asked
}

/// Run, pause and speed; there to be seen but switched off while no lab is running behind the picture.
fn controls(ui: &mut Ui, playback: Option<Playback>) -> Vec<Command> {
    let mut asked = Vec::new();
    let pace = playback.map_or(Pace::Paused, |playback| playback.pace);
    let speed = playback.map(|playback| playback.speed).unwrap_or_default();
    ui.add_enabled_ui(playback.is_some(), |ui| {
        let label = match pace {
            Pace::Paused => "▶ Run",
            Pace::Running | Pace::Seeking => "⏸ Pause",
        };
        let button = ui
            .add(Button::new(label).min_size(egui::vec2(84.0, 0.0)))
            .on_hover_text("Run or pause (space)")
            .on_disabled_hover_text("No lab is running behind this picture");
        if button.clicked() {
            asked.push(Command::SetPace(pace.other()));
        }
        let next = ui
            .button("⏭ Next")
            .on_hover_text("Run to the next notable event (full stop)");
        if next.clicked() {
            asked.push(Command::SetPace(Pace::Seeking));
        }
        let name = ui.label("Speed");
        let choices = ComboBox::from_id_salt("speed")
            .selected_text(speed.label())
            .width(84.0)
            .show_ui(ui, |ui| {
                for choice in Speed::all() {
                    if ui.selectable_label(choice == speed, choice.label()).clicked() {
                        asked.push(Command::SetSpeed(choice));
                    }
                }
            });
        choices.response.labelled_by(name.id);
    });
    if let Some(playback) = playback {
        ui.separator();
        clock(ui, playback);
    }
    asked
}

/// The lab's time, its fraction of a second less loud, and how much of the lab that is.
fn clock(ui: &mut Ui, playback: Playback) {
    let palette = Palette::of(ui.visuals());
    let now = playback.now.to_string();
    let (whole, fraction) = now.split_at(now.rfind('.').unwrap_or(now.len()));
    let mut text = LayoutJob::default();
    let font = |size| FontId::monospace(size);
    text.append(whole, 0.0, TextFormat::simple(font(16.0), palette.text));
    text.append(fraction, 0.0, TextFormat::simple(font(12.0), palette.weak));
    ui.label(text);
    ui.weak(format!("of {}", playback.ends_at.since_start()));
}
