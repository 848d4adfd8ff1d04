//! Every key, and every command.

use core::cmp::Reverse;

use egui::{Button, Label, RichText, ScrollArea, Ui};
use sim_core::desk::commands::{Action, Command, Group, Pane};
use sim_core::desk::feed::Feed;
use sim_core::desk::selection::Selection;
use sim_core::desk::{changes, commands, fuzzy};

use super::{Cursor, letters, rows};
use crate::ask::{Ask, Cx};
use crate::docking::Tile;
use crate::keys;

/// Every key, by heading.
#[derive(Debug, Clone)]
pub struct Help {
    commands: Vec<Command>,
    wanted: String,
}

impl Help {
    pub(super) fn of(commands: Vec<Command>) -> Self {
        let is_meant = |it: &Command| !keys::is_toolkits(it.action);
        Self {
            commands: commands.into_iter().filter(is_meant).collect(),
            wanted: String::new(),
        }
    }
    pub(super) fn ui(&mut self, ui: &mut Ui) -> bool {
        letters(ui, "Find", &mut self.wanted, "type to find a key");
        ui.add_space(4.0);
        let wanted = self.wanted.to_lowercase();
        let height = ui.available_height().min(560.0);
        ScrollArea::vertical()
            .max_height(height)
            .auto_shrink([false, true])
            .show(ui, |ui| {
                for group in Group::ALL {
                    let commands: Vec<&Command> = self
                        .commands
                        .iter()
                        .filter(|it| it.group == group)
                        .filter(|it| {
                            it.title.to_lowercase().contains(&wanted)
                                || keys::names(&it.keys).to_lowercase().contains(&wanted)
                        })
                        .collect();
                    if commands.is_empty() {
                        continue;
                    }
                    ui.add_space(8.0);
                    ui.strong(group.title());
                    for command in commands {
                        ui.horizontal(|ui| {
                            let keys = RichText::new(keys::names(&command.keys)).monospace();
                            ui.add_sized([120.0, 18.0], Label::new(keys).selectable(false));
                            ui.label(&command.title);
                        });
                    }
                }
                ui.add_space(8.0);
                ui.strong("Pointer");
                for words in [
                    "On the map: drag moves, the wheel zooms, a double click shows a box or everything.",
                    "On the timeline: drag takes the lab along, the wheel shows less or more.",
                    "Tabs: drag them to arrange the panes; the cross closes, Panes brings back.",
                    "Ctrl + and Ctrl - make everything larger and smaller, Ctrl 0 as it was.",
                ] {
                    ui.add(Label::new(words).wrap());
                }
            });
        true
    }
}

/// A line of the palette.
#[derive(Debug, Clone)]
struct Line {
    title: String,
    note: String,
    ask: Ask,
}

impl Line {
    /// How good a find it is; a change is also found by what it changes.
    fn find(&self, wanted: &str) -> Option<u32> {
        let titled = fuzzy::find(wanted, &self.title).map(|find| find.score);
        titled.or_else(|| {
            let is_so = matches!(self.ask, Ask::Do(Action::Edit(_)))
                && changes::is_described(wanted, &self.title, &self.note);
            is_so.then_some(0)
        })
    }
}

/// Every command, and everything that can be looked at.
#[derive(Debug, Clone)]
pub struct Palette {
    lines: Vec<Line>,
    wanted: String,
    cursor: Cursor,
}

/// Letters of what a change is about.
const LONGEST_NOTE: usize = 60;
/// Lines that are shown at once.
const MOST: usize = 200;

impl Palette {
    pub(super) fn of(commands: Vec<Command>, feed: &Feed) -> Self {
        let commands = Help::of(commands).commands.into_iter().map(|it| Line {
            title: it.title,
            note: keys::names(&it.keys),
            ask: Ask::Do(it.action),
        });
        let things = feed.things().into_iter().map(|(id, name)| Line {
            title: format!("Select {name}"),
            note: id.kind().to_owned(),
            ask: Ask::Select(Selection::Resource(id)),
        });
        let forms = changes::forms().into_iter().enumerate();
        let forms = forms.map(|(place, form)| Line {
            title: format!("Edit {}", form.example),
            note: form.of.chars().take(LONGEST_NOTE).collect(),
            ask: Ask::Do(Action::Edit(place)),
        });
        Self {
            lines: commands.chain(things).chain(forms).collect(),
            wanted: String::new(),
            cursor: Cursor::default(),
        }
    }
    fn found(&self) -> Vec<Line> {
        let mut found: Vec<_> = self
            .lines
            .iter()
            .filter_map(|line| Some((line.find(&self.wanted)?, line)))
            .collect();
        // What was written whole comes first. Stable, so equal finds keep their order.
        let is_whole = |line: &Line| line.title.eq_ignore_ascii_case(self.wanted.trim());
        found.sort_by_key(|(score, line)| (!is_whole(line), Reverse(*score)));
        found
            .into_iter()
            .take(MOST)
            .map(|(_, line)| line.clone())
            .collect()
    }
    pub(super) fn ui(&mut self, ui: &mut Ui, cx: &mut Cx<'_>) -> bool {
        self.cursor.keys(ui, self.found().len());
        let is_entered = Cursor::is_entered(ui);
        if letters(
            ui,
            "Command",
            &mut self.wanted,
            "a few letters of a command or of a name",
        ) {
            self.cursor = Cursor::default();
        }
        ui.add_space(4.0);
        let found = self.found();
        if found.is_empty() {
            ui.weak(commands::NOT_FOUND);
        }
        let height = ui.available_height().min(420.0);
        let clicked = rows(ui, &mut self.cursor, found.len(), height, |ui, place, is_here| {
            let line = &found[place];
            let button = Button::new(&line.title)
                .shortcut_text(RichText::new(&line.note).small())
                .selected(is_here)
                .frame_when_inactive(is_here)
                .truncate()
                .min_size(egui::vec2(ui.available_width(), 22.0));
            ui.add(button)
        });
        let chosen = clicked.or(is_entered.then_some(self.cursor.row));
        if let Some(line) = chosen.and_then(|place| found.get(place)) {
            if matches!(line.ask, Ask::Select(_)) {
                cx.ask(Ask::Show(Tile::Pane(Pane::Detail)));
            }
            cx.ask(line.ask.clone());
            return false;
        }
        true
    }
}
