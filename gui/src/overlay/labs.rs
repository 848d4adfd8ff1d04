//! The labs that ship with the program, each with what it is for.

use egui::{Button, Label, RichText, Ui};
use sim_core::desk::labs::{self, LabRow};
use sim_core::desk::request::{Opening, Request};

use super::{Cursor, letters, rows};
use crate::ask::Cx;

/// The labs.
#[derive(Debug, Clone)]
pub struct LabList {
    labs: Vec<LabRow>,
    wanted: String,
    cursor: Cursor,
}

impl LabList {
    pub(super) fn of(labs: Vec<LabRow>) -> Self {
        Self {
            labs: labs::ordered(labs),
            wanted: String::new(),
            cursor: Cursor::default(),
        }
    }
    pub(super) fn ui(&mut self, ui: &mut Ui, cx: &mut Cx<'_>) -> bool {
        self.cursor.keys(ui, labs::found(&self.wanted, &self.labs).len());
        let is_entered = Cursor::is_entered(ui);
        if letters(ui, "Lab", &mut self.wanted, "a few letters of a name or a title") {
            self.cursor = Cursor::default();
        }
        ui.add_space(4.0);
        let mut cursor = self.cursor;
        let all = labs::found(&self.wanted, &self.labs);
        let height = (ui.available_height() - 130.0).clamp(120.0, 400.0);
        let clicked = rows(ui, &mut cursor, all.len(), height, |ui, place, is_here| {
            let lab = all[place];
            let lead = if lab.variant_of.is_some() { "    " } else { "" };
            let button = Button::new(format!("{lead}{}", lab.name))
                .shortcut_text(RichText::new(&lab.title).small())
                .selected(is_here)
                .frame_when_inactive(is_here)
                .truncate()
                .min_size(egui::vec2(ui.available_width(), 22.0));
            ui.add(button)
        });
        let mut stays = true;
        if let Some(lab) = all.get(cursor.row) {
            ui.separator();
            ui.strong(&lab.title);
            let of = lab.variant_of.as_ref();
            let of = of.map_or(String::new(), |of| format!("A broken variant of {of}. "));
            ui.add(Label::new(format!("{of}{}", lab.teaches)).wrap());
            ui.horizontal(|ui| {
                if ui.button("Open the lab").clicked() || is_entered {
                    cx.request(Request::Open(Opening::Lab(lab.name.clone())));
                    stays = false;
                }
                ui.weak("in the place of this one");
            });
        }
        // A second click on the row that is chosen opens it.
        if clicked.is_some_and(|place| place == self.cursor.row)
            && ui.input(|input| input.pointer.button_double_clicked(egui::PointerButton::Primary))
            && let Some(lab) = all.get(cursor.row)
        {
            cx.request(Request::Open(Opening::Lab(lab.name.clone())));
            stays = false;
        }
        self.cursor = cursor;
        stays
    }
}
