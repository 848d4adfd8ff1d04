//! The screen in front of the desk: what is looked at, what lies over the panes, what was said last.

use std::collections::BTreeSet;
use std::path::PathBuf;

use sim_core::desk::Screen;
use sim_core::desk::commands::Pane;
use sim_core::desk::guide::Guide;
use sim_core::desk::injection::{Choice, Injected};
use sim_core::desk::labs::LabRow;
use sim_core::desk::request::Question;
use sim_core::desk::selection::Selection;
use sim_core::scenario::{Diagnostic, Texts};

use crate::docking::Tile;
use crate::overlay::Overlay;

/// Steps of the trail that are kept.
const LONGEST_TRAIL: usize = 64;

/// What was said last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// The words.
    pub words: String,
    /// Whether they complain.
    pub is_complaint: bool,
}

/// A file that cannot be opened, with all that is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// The file.
    pub file: String,
    /// What is wrong in a sentence, where no place in the text is.
    pub words: String,
    /// Everything that is wrong with its text.
    pub diagnostics: Vec<Diagnostic>,
    /// The texts that these point into.
    pub texts: Texts,
}

/// The state of the screen.
#[derive(Debug, Default)]
pub struct Front {
    selected: Selection,
    /// What was looked at before, the latest last.
    trail: Vec<Selection>,
    /// What lies over the panes.
    pub overlay: Option<Overlay>,
    /// What was said last.
    pub said: Option<Said>,
    /// What is wrong with a file that was to be opened.
    pub trouble: Option<Trouble>,
    /// The tiles that were seen in the last frame.
    pub seen: BTreeSet<Tile>,
    /// Tiles that are to be brought to the front.
    pub wanted: Vec<Tile>,
    /// The tile that was touched last: what a filter and a copy are for.
    pub active: Option<Tile>,
    /// The tile that fills the window, where one does.
    pub zoomed: Option<Tile>,
    /// What the person wrote the last time that a run was asked for.
    pub last_until: String,
    /// What a newcomer is told.
    pub guide: Guide,
    /// Whether what is shown stays while the lab goes on.
    pub is_frozen: bool,
    /// Labs and sessions that were open before, the latest first.
    pub recent: Vec<PathBuf>,
}

impl Front {
    /// One step back: what was looked at before, at last the lab itself.
    pub fn back(&mut self) {
        self.selected = self.trail.pop().unwrap_or_default();
    }
    /// Whether something was looked at before.
    #[must_use]
    pub fn has_trail(&self) -> bool {
        !self.trail.is_empty()
    }
}

impl Screen for Front {
    fn selected(&self) -> Selection {
        self.selected
    }
    fn select(&mut self, selection: Selection) {
        if selection != self.selected {
            self.trail.push(self.selected);
            let too_many = self.trail.len().saturating_sub(LONGEST_TRAIL);
            self.trail.drain(..too_many);
            self.selected = selection;
        }
    }
    fn shows(&self, pane: Pane) -> bool {
        let tile = Tile::Pane(pane);
        self.seen.contains(&tile) || self.wanted.contains(&tile)
    }
    fn show(&mut self, pane: Pane) {
        self.wanted.push(Tile::Pane(pane));
    }
    fn say(&mut self, words: String) {
        self.said = Some(Said {
            words,
            is_complaint: false,
        });
    }
    fn complain(&mut self, words: String) {
        match self.overlay.as_mut().and_then(Overlay::complaint) {
            Some(complaint) => *complaint = Some(words),
            None => {
                self.said = Some(Said {
                    words,
                    is_complaint: true,
                });
            }
        }
    }
    fn understood(&mut self) {
        self.overlay = None;
    }
    fn ask(&mut self, question: Question) {
        self.overlay = Some(Overlay::prompt(question, ""));
    }
    fn list_faults(&mut self, active: Vec<Injected>, choices: Vec<Choice>) {
        self.overlay = Some(Overlay::faults(active, choices));
    }
    fn list_labs(&mut self, labs: Vec<LabRow>) {
        self.overlay = Some(Overlay::labs(labs));
    }
    fn forgotten(&mut self) {
        if matches!(&self.overlay, Some(Overlay::Offer(lost)) if lost.is_empty()) {
            self.overlay = None;
        }
    }
}
