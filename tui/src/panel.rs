//! What a panel is: a part of the screen with a title, a list, commands of its own.
//!
//! A panel draws from the [`Feed`] and keeps only where its cursor is. To add one, write its file in
//! `panels/` and add a line to the list there.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use sim_core::desk::request::Question;

use crate::app::Request;
use crate::feed::Feed;
use crate::keymap::{Action, Binding};
use crate::selection::Selection;
use crate::theme::Look;

/// Which place a panel has of its own where there is room for that; all but the detail can be the view in the middle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Home {
    /// None: it is seen as the view in the middle alone.
    View,
    /// On the left, narrow.
    Tree,
    /// Below the middle.
    Log,
    /// On the right, or below: what is selected, always there.
    Detail,
}

/// What a panel may look at while it draws or acts.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// What there is to show.
    pub feed: &'a Feed,
    /// How it is shown.
    pub look: &'a Look,
    /// What is selected on the whole screen.
    pub selected: Selection,
    /// Whether keys go to this panel.
    pub focused: bool,
}

/// What came of an action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The panel has nothing to do with it.
    Ignored,
    /// Done.
    Done,
    /// This is to be selected.
    Select(Selection),
    /// This is to be selected and looked at closely.
    Look(Selection),
    /// This is to be done to the lab or to the screen.
    Ask(Request),
    /// This is to be asked, with an answer that what is typed takes the place of.
    Question(Question, String),
}

/// A part of the screen.
pub trait Panel {
    /// Its name, in its border.
    fn title(&self) -> &'static str;
    /// Where it lives.
    fn home(&self) -> Home {
        Home::View
    }
    /// Commands of its own.
    fn bindings(&self) -> &'static [Binding] {
        &[]
    }
    /// A few words for the right end of its border, such as how many rows the filter left.
    fn note(&self, _cx: &Context<'_>) -> String {
        String::new()
    }
    /// Draws what is inside its border.
    fn draw(&mut self, area: Rect, buf: &mut Buffer, cx: &Context<'_>);
    /// Does what a key or the palette asks for.
    fn act(&mut self, action: Action, cx: &Context<'_>) -> Outcome;
    /// Somebody clicked at a place inside its border, counted from its corner.
    fn click(&mut self, at: Position, cx: &Context<'_>) -> Outcome;
    /// Shows only rows that hold `text`; `None` where it has no rows to choose from.
    fn filter(&mut self) -> Option<&mut String> {
        None
    }
    /// Its table as text: a line for each row, cells set apart by tabs; `None` where it has none.
    fn table(&self, _cx: &Context<'_>) -> Option<String> {
        None
    }
}
