//! What a pane wants done.

use std::path::PathBuf;

use sim_core::desk::commands::Action;
use sim_core::desk::feed::Feed;
use sim_core::desk::request::{Question, Request};
use sim_core::desk::selection::Selection;
use sim_core::desk::transport::Transport;

use crate::docking::Tile;
use crate::theme::Look;
use crate::topology::Item;

/// What a pane wants done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ask {
    /// Look at this.
    Select(Selection),
    /// Look at this of the picture, also where the lab has no name for it; at nothing of it where it is none.
    Item(Option<Item>),
    /// Look at what was looked at before.
    Back,
    /// Do what a key would do.
    Do(Action),
    /// Do this to the lab.
    Lab(Request),
    /// Bring this to the front.
    Show(Tile),
    /// Dress the window in this.
    Look(Look),
    /// Read what is in a folder.
    Folder(PathBuf),
    /// Ask for a line, with an answer to begin from.
    Question(Question, String),
}

/// What a pane may look at, and where it says what it wants done.
#[derive(Debug)]
pub struct Cx<'a> {
    /// What there is to show.
    pub feed: &'a Feed,
    /// The clock's controls.
    pub transport: &'a Transport,
    /// What is looked at.
    pub selected: Selection,
    /// What is wanted done.
    pub asks: &'a mut Vec<Ask>,
}

impl Cx<'_> {
    /// Wants something done.
    pub fn ask(&mut self, ask: Ask) {
        self.asks.push(ask);
    }
    /// Wants a command done.
    pub fn act(&mut self, action: Action) {
        self.asks.push(Ask::Do(action));
    }
    /// Wants something done to the lab.
    pub fn request(&mut self, request: Request) {
        self.asks.push(Ask::Lab(request));
    }
    /// Wants something looked at.
    pub fn select(&mut self, selection: Selection) {
        self.asks.push(Ask::Select(selection));
    }
}
