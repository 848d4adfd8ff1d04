//! A change of the running lab: written as in a scenario, with the forms that there are below.

use egui::{Button, RichText, Ui};
use sim_core::desk::changes::{Form, forms, found, is_change};
use sim_core::desk::request::Request;

use super::{Cursor, complain, letters, rows};
use crate::ask::Cx;

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
                .shortcut_text(RichText::new(form.of).small())
                .selected(is_here && !is_written)
                .frame_when_inactive(is_here && !is_written)
                .truncate()
                .min_size(egui::vec2(ui.available_width(), 22.0));
            ui.add(button)
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
