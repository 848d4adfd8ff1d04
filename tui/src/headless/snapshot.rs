//! `causeway snapshot`: the dashboard as a picture, drawn by the very code that draws it on a terminal.

use std::path::Path;
use std::time::Duration;

use crossterm::event::{Event, KeyCode, KeyEvent};
use sim_core::units::{SimTime, Span};

use crate::dashboard::Dashboard;
use crate::output::{Outcome, complain};
use crate::palette::Palette;
use crate::panels;
use crate::svg;
use crate::theme::{Letters, Look};
use sim_core::storage::whole_file;

/// A lab that a key made run is shown where it stops: it passes so much wall time at once.
const FRAME: Duration = Duration::from_secs(1);

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
    /// The name of the view; none for the one that is shown first.
    pub view: Option<&'a str>,
    /// The colours.
    pub theme: Palette,
    /// Keys that are pressed before: names such as `Enter` and `Left`, or letters that are typed.
    pub press: &'a [String],
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
    let mut dashboard = Dashboard::new(session, Look::of(wish.theme, Letters::Unicode));
    dashboard.run_to(SimTime::at(wish.at));
    dashboard.catch_up();
    if let Some(name) = wish.select
        && !dashboard.select(name)
    {
        complain(&format!("error: nothing in the lab is called `{name}`\n"));
        return Outcome::BadInput;
    }
    if let Some(view) = wish.view
        && !dashboard.show_view(view)
    {
        let told = panels::no_view(view).unwrap_or_else(|| format!("the view `{view}` cannot be shown"));
        complain(&format!("error: {told}\n"));
        return Outcome::BadInput;
    }
    for keys in wish.press {
        press(&mut dashboard, keys, wish.size);
    }
    dashboard.catch_up();
    let picture = dashboard.picture(wish.size.0, wish.size.1);
    let title = format!("The Causeway dashboard on the lab {} after {}", wish.lab, wish.at);
    let paper = if wish.theme == Palette::Light {
        svg::Paper::LIGHT
    } else {
        svg::Paper::DARK
    };
    match whole_file::write(wish.out, svg::picture(&picture, &title, paper)) {
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

/// Presses a key that is called by its name, or types letters. What a key does may depend on what is drawn.
fn press(dashboard: &mut Dashboard, keys: &str, (width, height): (u16, u16)) {
    let named = match keys {
        "Enter" => Some(KeyCode::Enter),
        "Esc" => Some(KeyCode::Esc),
        "Tab" => Some(KeyCode::Tab),
        "Up" => Some(KeyCode::Up),
        "Down" => Some(KeyCode::Down),
        "Left" => Some(KeyCode::Left),
        "Right" => Some(KeyCode::Right),
        _ => None,
    };
    let typed = keys.chars().map(KeyCode::Char);
    let codes: Vec<KeyCode> = named.map_or_else(|| typed.collect(), |code| vec![code]);
    for code in codes {
        let _ = dashboard.picture(width, height);
        dashboard.on_event(&Event::Key(KeyEvent::from(code)));
        dashboard.settle_input();
        while dashboard.is_moving() {
            dashboard.elapse(FRAME);
        }
    }
}
