//! Faults to inject and to heal: found by a few letters, explained while they are chosen.

use egui::{Button, Label, RichText, TextEdit, Ui};
use sim_core::desk::faults::{self, Row};
use sim_core::desk::injection::{Choice, Injected, Order};
use sim_core::desk::request::Request;
use sim_core::fault;

use super::{Cursor, complain, letters, rows};
use crate::ask::Cx;

/// Faults to inject and to heal.
#[derive(Debug, Clone)]
pub struct FaultList {
    active: Vec<Injected>,
    choices: Vec<Choice>,
    wanted: String,
    amount: String,
    lasts: String,
    cursor: Cursor,
    /// What was wrong with the last order.
    pub complaint: Option<String>,
}

fn words(row: &Row<'_>) -> String {
    let choice = row.choice();
    format!("{} of {}  {}", choice.kind, choice.target, row.says())
}

impl FaultList {
    pub(super) fn of(active: Vec<Injected>, choices: Vec<Choice>) -> Self {
        Self {
            active,
            choices,
            wanted: String::new(),
            amount: String::new(),
            lasts: String::new(),
            cursor: Cursor::default(),
            complaint: None,
        }
    }

    pub(super) fn ui(&mut self, ui: &mut Ui, cx: &mut Cx<'_>) -> bool {
        let n_rows = faults::found(&self.wanted, &self.active, &self.choices, words).len();
        self.cursor.keys(ui, n_rows);
        let is_entered = Cursor::is_entered(ui);
        let hint = "a few letters of a fault or of what it is done to";
        if letters(ui, "Fault", &mut self.wanted, hint) {
            self.cursor = Cursor::default();
            self.complaint = None;
        }
        ui.add_space(4.0);
        let height = (ui.available_height() - 210.0).clamp(120.0, 320.0);
        let mut cursor = self.cursor;
        let found = faults::found(&self.wanted, &self.active, &self.choices, words);
        if found.is_empty() {
            ui.weak("No fault of this lab holds these letters.");
        }
        rows(ui, &mut cursor, found.len(), height, |ui, place, is_here| {
            let (row, _) = &found[place];
            let choice = row.choice();
            let name = format!("{} of {}", choice.kind, choice.target);
            let name = match row {
                Row::Active(_) => RichText::new(format!("Heal {name}")).strong(),
                Row::Choice(_) => RichText::new(name),
            };
            let button = Button::new(name)
                .shortcut_text(RichText::new(row.says()).small())
                .selected(is_here)
                .frame_when_inactive(is_here)
                .truncate()
                .min_size(egui::vec2(ui.available_width(), 22.0));
            ui.add(button)
        });
        let chosen = found.get(cursor.row).map(|(row, _)| *row);
        let mut request = None;
        if let Some(row) = chosen {
            ui.separator();
            explained(ui, row);
            request = orders(ui, row, &mut self.amount, &mut self.lasts, is_entered);
        }
        self.cursor = cursor;
        complain(ui, self.complaint.as_ref());
        if let Some(request) = request {
            self.complaint = None;
            cx.request(request);
        }
        true
    }
}

/// What the chosen fault stands for and what is to be seen of it.
fn explained(ui: &mut Ui, row: Row<'_>) {
    let Some(kind) = fault::kind(row.choice().kind) else {
        return;
    };
    ui.label(RichText::new(format!("{}: {}", kind.title, row.choice().target)).strong());
    for (label, prose) in [("Models", kind.models), ("Shows", kind.shows)] {
        ui.horizontal_top(|ui| {
            ui.add_sized([56.0, 16.0], Label::new(RichText::new(label).weak()));
            ui.add(Label::new(prose).wrap());
        });
    }
}

/// How bad and how long, and the button that does it.
fn orders(
    ui: &mut Ui,
    row: Row<'_>,
    amount: &mut String,
    lasts: &mut String,
    is_entered: bool,
) -> Option<Request> {
    let mut request = None;
    ui.horizontal(|ui| match row {
        Row::Active(it) => {
            if ui.button("Heal it").clicked() || is_entered {
                request = Some(Request::Heal(it.choice.clone(), it.at));
            }
        }
        Row::Choice(choice) => {
            let label = ui.label("Lasts");
            let edit = TextEdit::singleline(lasts)
                .hint_text("until healed; or 90s, 10m")
                .desired_width(180.0);
            ui.add(edit).labelled_by(label.id);
            let takes = fault::kind(choice.kind).and_then(|kind| kind.amount.as_ref());
            if let Some(takes) = takes {
                let label = ui.label("Amount");
                let hint = format!("{}: {}", takes.default, takes.meaning);
                let edit = TextEdit::singleline(amount).hint_text(hint).desired_width(220.0);
                ui.add(edit).labelled_by(label.id);
            }
            if ui.button("Inject it").clicked() || is_entered {
                request = Some(Request::Inject(Order {
                    choice: choice.clone(),
                    amount: if takes.is_some() {
                        amount.clone()
                    } else {
                        String::new()
                    },
                    lasts: lasts.clone(),
                }));
            }
        }
    });
    request
}
