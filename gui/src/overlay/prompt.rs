//! A question with a line for the answer.

use egui::{RichText, Ui};
use sim_core::desk::request::Question;

use super::{Cursor, complain, letters};
use crate::ask::Cx;

/// A question with a line for the answer.
#[derive(Debug, Clone)]
pub struct Prompt {
    /// What is asked.
    pub question: Question,
    answer: String,
    /// What was wrong with the last answer.
    pub complaint: Option<String>,
    is_fresh: bool,
}

impl Prompt {
    pub(super) fn of(question: Question, answer: &str) -> Self {
        Self {
            question,
            answer: answer.to_owned(),
            complaint: None,
            is_fresh: true,
        }
    }
    pub(super) fn ui(&mut self, ui: &mut Ui, cx: &mut Cx<'_>) -> bool {
        let is_entered = Cursor::is_entered(ui);
        if letters(ui, "Answer", &mut self.answer, self.question.hint()) {
            self.complaint = None;
        }
        if self.is_fresh {
            self.is_fresh = false;
            select_all(ui, &self.answer);
        }
        for line in self.question.help() {
            ui.label(RichText::new(*line).monospace().small().weak());
        }
        complain(ui, self.complaint.as_ref());
        ui.add_space(6.0);
        let mut stays = true;
        ui.horizontal(|ui| {
            if ui.button("Do it").clicked() || is_entered {
                cx.request(self.question.request(self.answer.clone()));
            }
            if ui.button("Cancel").clicked() {
                stays = false;
            }
        });
        stays
    }
}

/// What stands in the focused line is taken the place of by what is typed.
fn select_all(ui: &Ui, text: &str) {
    let Some(id) = ui.memory(|memory| memory.focused()) else {
        return;
    };
    let mut state = egui::text_edit::TextEditState::load(ui.ctx(), id).unwrap_or_default();
    let end = egui::text::CCursor::new(text.chars().count());
    state.cursor.set_char_range(Some(egui::text::CCursorRange::two(
        egui::text::CCursor::new(0),
        end,
    )));
    state.store(ui.ctx(), id);
}
