//! `causeway snapshot`: the dashboard as a picture, drawn by the very code that draws it on a terminal.

use std::fs;
use std::path::Path;

use sim_core::units::{SimTime, Span};

use crate::dashboard::Dashboard;
use crate::output::{Outcome, complain};
use crate::palette::Palette;
use crate::svg;
use crate::theme::{Letters, Look};

/// What is to be drawn.
pub struct Wish<'a> {
    /// The lab.
    pub lab: &'a str,
    /// The instant.
    pub at: Span,
    /// Columns and rows.
    pub size: (u16, u16),
    /// The name of what is selected.
    pub select: Option<&'a str>,
    /// The file.
    pub out: &'a Path,
}

/// Draws the dashboard into a file.
#[must_use]
pub fn snapshot(wish: &Wish<'_>) -> Outcome {
    let session = match super::session(wish.lab, None, &[], super::SCREEN_KEEP) {
        Ok(session) => session,
        Err(outcome) => return outcome,
    };
    let mut dashboard = Dashboard::new(session, Look::of(Palette::Terminal, Letters::Unicode));
    dashboard.run_to(SimTime::at(wish.at));
    dashboard.catch_up();
    if let Some(name) = wish.select
        && !dashboard.select(name)
    {
        complain(&format!("error: nothing in the lab is called `{name}`\n"));
        return Outcome::BadInput;
    }
    let picture = dashboard.picture(wish.size.0, wish.size.1);
    let title = format!("The Causeway dashboard on the lab {} after {}", wish.lab, wish.at);
    match fs::write(wish.out, svg::picture(&picture, &title)) {
        Ok(()) => Outcome::Holds,
        Err(error) => {
            complain(&format!(
                "error: failed to write {}: {error}\n",
                wish.out.display()
            ));
            Outcome::BadInput
        }
    }
}
