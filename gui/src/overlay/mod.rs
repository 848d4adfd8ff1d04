//! What lies over the panes for a while: help, the command palette, questions and lists to choose from.

mod browser;
mod changes;
mod faults;
mod labs;
mod lists;
mod prompt;

use std::borrow::Cow;

use egui::{Id, Key, Label, Modal, Modifiers, RichText, ScrollArea, TextEdit, Ui};
use sim_core::desk::commands::Command;
use sim_core::desk::feed::Feed;
use sim_core::desk::injection::{Choice, Injected};
use sim_core::desk::labs::LabRow;
use sim_core::desk::request::{Opening, Question, Request};
use sim_core::storage::keeper::Lost;

use crate::ask::{Ask, Cx};

pub use browser::{Browser, Folder};
pub use changes::ChangeList;
pub use faults::FaultList;
pub use labs::LabList;
pub use lists::{Help, Palette};
pub use prompt::Prompt;

/// What lies over the panes.
#[derive(Debug, Clone)]
pub enum Overlay {
    /// Every key, by heading.
    Help(Help),
    /// Every command, the best find first.
    Palette(Palette),
    /// A question.
    Prompt(Prompt),
    /// Faults to inject and to heal.
    Faults(FaultList),
    /// Labs to open.
    Labs(LabList),
    /// A change of the lab.
    Change(ChangeList),
    /// Sessions that were not left in order.
    Offer(Vec<Lost>),
    /// Files to open.
    Files(Browser),
}

impl Overlay {
    /// Every key.
    #[must_use]
    pub fn help(commands: Vec<Command>) -> Self {
        Self::Help(Help::of(commands))
    }
    /// Every command, and everything that can be looked at.
    #[must_use]
    pub fn palette(commands: Vec<Command>, feed: &Feed) -> Self {
        Self::Palette(Palette::of(commands, feed))
    }
    /// A question, with an answer that what is typed takes the place of.
    #[must_use]
    pub fn prompt(question: Question, answer: &str) -> Self {
        Self::Prompt(Prompt::of(question, answer))
    }
    /// Faults to inject and to heal.
    #[must_use]
    pub fn faults(active: Vec<Injected>, choices: Vec<Choice>) -> Self {
        Self::Faults(FaultList::of(active, choices))
    }
    /// Labs to open.
    #[must_use]
    pub fn labs(labs: Vec<LabRow>) -> Self {
        Self::Labs(LabList::of(labs))
    }
    /// Where it says what was wrong with the last answer.
    pub fn complaint(&mut self) -> Option<&mut Option<String>> {
        match self {
            Self::Prompt(it) => Some(&mut it.complaint),
            Self::Faults(it) => Some(&mut it.complaint),
            Self::Change(it) => Some(&mut it.complaint),
            Self::Files(it) => Some(&mut it.complaint),
            Self::Help(_) | Self::Palette(_) | Self::Labs(_) | Self::Offer(_) => None,
        }
    }

    /// Draws it; false once it goes.
    pub(crate) fn ui(&mut self, ui: &Ui, cx: &mut Cx<'_>) -> bool {
        let mut stays = true;
        let screen = ui.ctx().content_rect().size();
        let shown = Modal::new(Id::unique("overlay"))
            .frame(egui::Frame::popup(ui.style()).inner_margin(16.0))
            .show(ui.ctx(), |ui| {
                let (width, title): (f32, Cow<'_, str>) = match self {
                    Self::Help(_) => (620.0, "Keys".into()),
                    Self::Palette(_) => (560.0, "Commands".into()),
                    Self::Prompt(it) => (520.0, it.question.title().into()),
                    Self::Faults(_) => (860.0, "Inject or heal a fault".into()),
                    Self::Labs(_) => (860.0, "Labs".into()),
                    Self::Change(_) => (820.0, "Change the lab now".into()),
                    Self::Offer(_) => (620.0, "A session was not closed".into()),
                    Self::Files(_) => (680.0, "Open a lab or a session".into()),
                };
                ui.set_width(width.min(screen.x - 60.0));
                ui.set_max_height((screen.y - 120.0).max(200.0));
                ui.heading(title.as_ref());
                ui.add_space(6.0);
                stays = match self {
                    Self::Help(it) => it.ui(ui),
                    Self::Palette(it) => it.ui(ui, cx),
                    Self::Prompt(it) => it.ui(ui, cx),
                    Self::Faults(it) => it.ui(ui, cx),
                    Self::Labs(it) => it.ui(ui, cx),
                    Self::Change(it) => it.ui(ui, cx),
                    Self::Offer(lost) => offer(ui, lost, cx),
                    Self::Files(it) => it.ui(ui, cx),
                };
            });
        stays && !shown.should_close()
    }
}

/// Sessions that can be gone on with, or thrown away.
fn offer(ui: &mut Ui, lost: &mut Vec<Lost>, cx: &mut Cx<'_>) -> bool {
    let told = "The program ended while this was open. Nothing is lost but the last second.";
    ui.add(Label::new(told).wrap());
    ui.add_space(6.0);
    let mut stays = true;
    // Enter goes on with the first, the latest, unless another button has the keyboard.
    let is_free = ui.memory(|memory| memory.focused()).is_none();
    let mut is_entered = is_free && Cursor::is_entered(ui);
    lost.retain(|it| {
        let mut is_kept = true;
        ui.horizontal_wrapped(|ui| {
            let is_chosen = core::mem::take(&mut is_entered);
            if ui.button("Go on with it").clicked() || is_chosen {
                cx.asks
                    .push(Ask::Lab(Request::Open(Opening::Left(it.file.clone()))));
                stays = false;
            }
            if ui.button("Throw it away").clicked() {
                cx.asks.push(Ask::Lab(Request::Forget(it.file.clone())));
                is_kept = false;
            }
            ui.label(&it.says);
        });
        is_kept
    });
    ui.add_space(6.0);
    if ui.button("Not now: it stays").clicked() {
        stays = false;
    }
    stays && !lost.is_empty()
}

/// A place in a list that is chosen from by the arrows, and Enter.
#[derive(Debug, Clone, Copy, Default)]
struct Cursor {
    row: usize,
    moved: bool,
}

impl Cursor {
    /// Moves by the arrows, before a line of letters takes them.
    fn keys(&mut self, ui: &Ui, n_rows: usize) {
        let last = n_rows.saturating_sub(1);
        ui.input_mut(|input| {
            for (key, step) in [
                (Key::ArrowDown, 1_isize),
                (Key::ArrowUp, -1),
                (Key::PageDown, 10),
                (Key::PageUp, -10),
            ] {
                while input.consume_key(Modifiers::NONE, key) {
                    self.row = self.row.saturating_add_signed(step).min(last);
                    self.moved = true;
                }
            }
        });
        self.row = self.row.min(last);
    }
    /// Whether what is under it was chosen by Enter.
    fn is_entered(ui: &Ui) -> bool {
        ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Enter))
    }
}

/// A line of letters that has the keyboard. Whether it changed.
fn letters(ui: &mut Ui, label: &str, text: &mut String, hint: &str) -> bool {
    let mut changed = false;
    ui.horizontal(|ui| {
        let label = ui.label(label);
        let edit = TextEdit::singleline(text)
            .hint_text(hint)
            .desired_width(f32::INFINITY);
        let response = ui.add(edit).labelled_by(label.id);
        if ui.memory(|memory| memory.focused()).is_none() {
            response.request_focus();
        }
        changed = response.changed();
    });
    changed
}

/// Rows to choose from, each by `row`, which says whether it was clicked. Gives the one that was.
fn rows(
    ui: &mut Ui,
    cursor: &mut Cursor,
    n_rows: usize,
    height: f32,
    mut row: impl FnMut(&mut Ui, usize, bool) -> egui::Response,
) -> Option<usize> {
    let mut clicked = None;
    ScrollArea::vertical()
        .max_height(height)
        .auto_shrink([false, true])
        .show(ui, |ui| {
            for place in 0..n_rows {
                let response = row(ui, place, place == cursor.row);
                if place == cursor.row && cursor.moved {
                    response.scroll_to_me(None);
                    cursor.moved = false;
                }
                if response.clicked() {
                    cursor.row = place;
                    clicked = Some(place);
                }
            }
        });
    clicked
}

/// What was wrong with the last answer.
fn complain(ui: &mut Ui, complaint: Option<&String>) {
    if let Some(complaint) = complaint {
        let palette = crate::theme::Palette::of(ui.visuals());
        let color = palette.health(sim_core::view::Health::Failed);
        ui.add_space(4.0);
        ui.add(Label::new(RichText::new(complaint).color(color)).wrap());
    }
}
