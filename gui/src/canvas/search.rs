//! Looking for something by its name, kind or address.

use egui::{Key, TextEdit, Ui};

use crate::topology::{Item, Topology};

/// A field to type in, and what was found.
#[derive(Debug, Default)]
pub(super) struct Search {
    is_open: bool,
    /// Whether the field is to get the keyboard in the next frame.
    wants_focus: bool,
    text: String,
    found: Vec<Item>,
    at: usize,
}

impl Search {
    pub(super) const fn is_open(&self) -> bool {
        self.is_open
    }

    pub(super) fn open(&mut self) {
        self.is_open = true;
        self.wants_focus = true;
        self.text.clear();
        self.found.clear();
        self.at = 0;
    }

    fn close(&mut self) {
        self.is_open = false;
        self.found.clear();
    }

    /// What is marked in the picture.
    pub(super) fn found(&self) -> &[Item] {
        &self.found
    }

    /// Draws the field; gives what Enter leads to.
    pub(super) fn ui(&mut self, ui: &mut Ui, topology: &Topology) -> Option<Item> {
        let mut chosen = None;
        ui.horizontal(|ui| {
            let name = ui.label("Find");
            let field = ui.add(
                TextEdit::singleline(&mut self.text)
                    .desired_width(220.0)
                    .hint_text("name, kind or address"),
            );
            let field = field.labelled_by(name.id);
            // The key that opened the field is no part of what is looked for.
            if self.text == "/" {
                self.text.clear();
            }
            if std::mem::take(&mut self.wants_focus) {
                field.request_focus();
            }
            if field.changed() {
                self.found = matches(topology, &self.text);
                self.at = 0;
            }
            if ui.input(|input| input.key_pressed(Key::Escape)) {
                self.close();
                return;
            }
            if ui.input(|input| input.key_pressed(Key::Enter)) {
                chosen = self.found.get(self.at).copied();
                self.at = (self.at + 1).checked_rem(self.found.len()).unwrap_or(0);
                field.request_focus();
            }
            ui.weak(match (self.text.is_empty(), self.found.len()) {
                (true, _) => String::new(),
                (false, 0) => "nothing".to_owned(),
                (false, n) => format!("{n} found"),
            });
        });
        chosen
    }
}

/// Everything whose name, kind or note has all the words, things first.
fn matches(topology: &Topology, text: &str) -> Vec<Item> {
    let words: Vec<String> = text.split_whitespace().map(str::to_lowercase).collect();
    if words.is_empty() {
        return Vec::new();
    }
    let has = |parts: [&str; 3]| {
        let all = parts.join(" ").to_lowercase();
        words.iter().all(|word| all.contains(word))
    };
    let nodes = topology.numbered_nodes();
    let nodes = nodes.filter(|(_, it)| has([&it.name, it.kind.label(), &it.note]));
    let boxes = topology.numbered_containers();
    let boxes = boxes.filter(|(_, it)| has([&it.name, it.kind.label(), &it.note]));
    let links = topology.numbered_links();
    let links = links.filter(|(_, it)| has([&it.name, &it.kind, &it.note]));
    nodes
        .map(|(id, _)| Item::Node(id))
        .chain(boxes.map(|(id, _)| Item::Container(id)))
        .chain(links.map(|(id, _)| Item::Link(id)))
        .collect()
}
