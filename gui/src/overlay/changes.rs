//! A change of the running lab: written as in a scenario, with the forms that there are below.

use std::sync::Arc;

use egui::{Button, Galley, RichText, TextStyle, Ui};
use sim_core::desk::changes::{Form, forms, found, is_change};
use sim_core::desk::request::Request;

use super::{Cursor, complain, letters, rows};
use crate::ask::Cx;
use crate::sheet::cut;

/// A line for a change, and the forms that fit what is written.
#[derive(Debug, Clone)]
pub struct ChangeList {
    written: String,
    forms: Vec<Form>,
    cursor: Cursor,
    /// What was wrong with the last one.
    pub complaint: Option<String>,
}

impl Default for ChangeList {
    fn default() -> Self {
        Self {
            written: String::new(),
            forms: forms(),
            cursor: Cursor::default(),
            complaint: None,
        }
    }
}

impl ChangeList {
    /// With the form at that place to be filled in.
    pub fn filled(place: usize) -> Self {
        let list = Self::default();
        let form = list.forms.get(place);
        Self {
            written: form.map_or_else(String::new, |form| form.example.clone()),
            ..list
        }
    }
    pub(super) fn ui(&mut self, ui: &mut Ui, cx: &mut Cx<'_>) -> bool {
        self.cursor.keys(ui, found(&self.written, &self.forms).len());
        let is_entered = Cursor::is_entered(ui);
        let hint = "a word such as link_rate";
        if letters(ui, "Change", &mut self.written, hint) {
            self.cursor = Cursor::default();
            self.complaint = None;
        }
        let is_written = is_change(&self.written, &self.forms);
        ui.horizontal(|ui| {
            let make = ui.add_enabled(is_written, Button::new("Make the change"));
            if (make.clicked() || is_entered) && is_written {
                cx.request(Request::Change(self.written.clone()));
            }
            ui.weak("Take a form from below and fill it in; U undoes what was done.");
        });
        complain(ui, self.complaint.as_ref());
        ui.add_space(4.0);
        let mut cursor = self.cursor;
        let all = found(&self.written, &self.forms);
        let height = ui.available_height().min(380.0);
        let clicked = rows(ui, &mut cursor, all.len(), height, |ui, place, is_here| {
            let (form, _) = &all[place];
            let button = Button::new(RichText::new(&form.example).monospace())
                .shortcut_text(beside(ui, &form.example, form.of))
                .selected(is_here && !is_written)
                .frame_when_inactive(is_here && !is_written)
                .truncate()
                .min_size(egui::vec2(ui.available_width(), 22.0));
            ui.add(button).on_hover_text(form.of)
        });
        let taken = clicked.or((is_entered && !is_written).then_some(cursor.row));
        let taken = taken
            .and_then(|place| all.get(place))
            .map(|(form, _)| form.example.clone());
        self.cursor = cursor;
        if let Some(example) = taken {
            self.written = example;
            self.cursor = Cursor::default();
        }
        true
    }
}

/// What a form is about, as much of it as has room beside the form itself.
fn beside(ui: &Ui, example: &str, of: &str) -> Arc<Galley> {
    let color = ui.visuals().weak_text_color();
    let font = TextStyle::Monospace.resolve(ui.style());
    let form = ui
        .painter()
        .layout_no_wrap(example.to_owned(), font, color)
        .size()
        .x;
    let edges = 2.0 * (ui.spacing().button_padding.x + ui.spacing().item_spacing.x);
    let room = (ui.available_width() - form - edges).max(0.0);
    cut(ui, of, TextStyle::Small.resolve(ui.style()), color, room)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_there_whole_beside_what_it_is_about() {
        let context = egui::Context::default();
        let mut output = context.run_ui(egui::RawInput::default(), |ui| {
            ui.set_max_width(800.0);
            for form in forms() {
                let font = TextStyle::Monospace.resolve(ui.style());
                let example = form.example.clone();
                let galley = ui.painter().layout_no_wrap(example, font, egui::Color32::WHITE);
                let beside = beside(ui, &form.example, form.of);
                assert!(galley.size().x + beside.size().x < 800.0, "{}", form.example);
            }
        });
        output.textures_delta.clear();
    }
}
