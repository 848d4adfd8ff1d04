//! Files to open: the folders and labs of a folder, and a line for a path.
//!
//! A list of our own in place of the system's dialog: it needs no service of the desktop, works over a forwarded display, can be
//! driven by tests and keyboards like everything else, and stops no frame while it is open.

use std::path::{Path, PathBuf};

use egui::{Button, RichText, Ui};
use sim_core::desk::request::{Opening, Request};

use super::{Cursor, complain, letters, rows};
use crate::ask::{Ask, Cx};

/// What is in a folder.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Folder {
    /// The folder.
    pub path: PathBuf,
    /// Folders in it, by name.
    pub folders: Vec<String>,
    /// Labs and sessions in it, by name.
    pub files: Vec<String>,
}

/// Files to open.
#[derive(Debug, Clone, Default)]
pub struct Browser {
    /// What is in the folder that is shown; none before it was read.
    pub folder: Option<Folder>,
    written: String,
    cursor: Cursor,
    /// Why a file cannot be opened.
    pub complaint: Option<String>,
}

impl Browser {
    pub(super) fn ui(&mut self, ui: &mut Ui, cx: &mut Cx<'_>) -> bool {
        let folder = self.folder.clone().unwrap_or_default();
        let wanted = self.written.to_lowercase();
        let holds = |name: &&String| wanted.contains('/') || name.to_lowercase().contains(&wanted);
        let up = folder.path.parent().map(Path::to_owned);
        let mut entries: Vec<(String, PathBuf, bool)> = Vec::new();
        if let Some(up) = up.filter(|_| wanted.is_empty()) {
            entries.push(("..".to_owned(), up, true));
        }
        let folders = folder.folders.iter().filter(holds);
        entries.extend(folders.map(|name| (format!("{name}/"), folder.path.join(name), true)));
        let files = folder.files.iter().filter(holds);
        entries.extend(files.map(|name| (name.clone(), folder.path.join(name), false)));

        self.cursor.keys(ui, entries.len());
        let is_entered = Cursor::is_entered(ui);
        if letters(ui, "File", &mut self.written, "letters of a name, or a path") {
            self.cursor = Cursor::default();
            self.complaint = None;
        }
        ui.label(RichText::new(folder.path.display().to_string()).small().weak());
        ui.add_space(4.0);
        let height = (ui.available_height() - 60.0).clamp(120.0, 380.0);
        let mut cursor = self.cursor;
        let clicked = rows(ui, &mut cursor, entries.len(), height, |ui, place, is_here| {
            let (name, _, is_folder) = &entries[place];
            let note = match (*is_folder, name.ends_with(".session.ron")) {
                (true, _) => "folder",
                (false, true) => "session",
                (false, false) => "lab",
            };
            let button = Button::new(name)
                .shortcut_text(RichText::new(note).small())
                .selected(is_here)
                .frame_when_inactive(is_here)
                .min_size(egui::vec2(ui.available_width(), 22.0));
            ui.add(button)
        });
        self.cursor = cursor;
        if entries.is_empty() && !self.written.contains('/') {
            ui.weak("No lab, session or folder here holds these letters.");
        }
        complain(ui, self.complaint.as_ref());
        let is_path = self.written.contains('/');
        let mut chosen = clicked;
        ui.horizontal(|ui| {
            if ui.button("Open").clicked() || is_entered {
                if is_path {
                    cx.request(Request::Open(Opening::File(self.written.trim().to_owned())));
                } else {
                    chosen = Some(cursor.row);
                }
            }
        });
        if let Some((_, path, is_folder)) = chosen.and_then(|place| entries.get(place)) {
            if *is_folder {
                self.written.clear();
                self.cursor = Cursor::default();
                cx.ask(Ask::Folder(path.clone()));
            } else {
                cx.request(Request::Open(Opening::File(path.display().to_string())));
            }
        }
        true
    }
}
