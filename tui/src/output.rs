//! Results on standard output, everything else on standard error.

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use comfy_table::{Cell, CellAlignment, Color, ContentArrangement, Table, TableComponent, presets};
use serde::Serialize;
use sim_core::view::Health;

use crate::cli::{Format, When};

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It did what was asked, and what the lab expects holds.
    Holds,
    /// It ran, and something that the lab expects does not hold.
    DoesNotHold,
    /// Bad input or usage.
    BadInput,
}

impl Outcome {
    /// Holds or not.
    #[must_use]
    pub const fn of(holds: bool) -> Self {
        if holds { Self::Holds } else { Self::DoesNotHold }
    }
    /// The worse of two: bad input before anything else.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let weight = |outcome| match outcome {
            Self::Holds => 0,
            Self::DoesNotHold => 1,
            Self::BadInput => 2,
        };
        if weight(other) > weight(self) { other } else { self }
    }
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        Self::from(match outcome {
            Outcome::Holds => 0,
            Outcome::DoesNotHold => 1,
            Outcome::BadInput => 2,
        })
    }
}

/// Where results go, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Output {
    /// For people or for programs.
    pub format: Format,
}

impl Output {
    /// Sets colours for the whole program and gives the way out.
    #[must_use]
    pub fn new(format: Format, color: When) -> Self {
        match color {
            When::Auto => {}
            When::Always => anstream::ColorChoice::Always.write_global(),
            When::Never => anstream::ColorChoice::Never.write_global(),
        }
        Self { format }
    }

    /// Writes text for people; a reader who has gone away is not an error.
    ///
    /// # Errors
    /// Where standard output cannot be written for another reason.
    pub fn text(&self, text: &str) -> io::Result<()> {
        forgive_closed_pipe(anstream::stdout().lock().write_all(text.as_bytes()))
    }

    /// Writes one JSON document.
    ///
    /// # Errors
    /// Where standard output cannot be written.
    pub fn json<T: Serialize>(&self, value: &T) -> io::Result<()> {
        let mut text = serde_json::to_string_pretty(value)?;
        text.push('\n');
        forgive_closed_pipe(io::stdout().lock().write_all(text.as_bytes()))
    }
}

fn forgive_closed_pipe(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

/// Writes to standard error; there is nobody to tell where that fails.
pub fn complain(text: &str) {
    let _ = anstream::stderr().lock().write_all(text.as_bytes());
}

/// How wide tables are where there is no terminal that says it.
const WIDTH: u16 = 120;

/// A table with a line below its headings, no wider than the terminal.
#[must_use]
pub fn table<H: Into<Cell>>(headings: impl IntoIterator<Item = H>) -> Table {
    let headings: Vec<Cell> = headings.into_iter().map(Into::into).collect();
    let mut table = Table::new();
    table
        .load_preset(presets::NOTHING)
        .set_style(TableComponent::HeaderLines, '─')
        .set_style(TableComponent::MiddleHeaderIntersections, '─')
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_header(headings)
        // Colours are taken out again on the way where they are not wanted.
        .enforce_styling();
    // The width of a terminal is asked for by the table itself.
    if !io::stdout().is_terminal() {
        table.set_width(WIDTH);
    }
    table
}

/// A cell that says how well something does.
#[must_use]
pub fn cell(health: Health, text: &str) -> Cell {
    let cell = Cell::new(text);
    match health {
        Health::Idle => cell,
        Health::Good => cell.fg(Color::DarkGreen),
        Health::Working => cell.fg(Color::DarkBlue),
        Health::Degraded => cell.fg(Color::DarkYellow),
        Health::Failed => cell.fg(Color::DarkRed),
    }
}

/// A cell with a number.
#[must_use]
pub fn right(text: &str) -> Cell {
    Cell::new(text).set_alignment(CellAlignment::Right)
}

/// Words with a meaning, coloured where colours are wanted.
pub mod paint {
    use clap::builder::styling::{AnsiColor, Style};

    fn painted(style: Style, text: &str) -> String {
        format!("{style}{text}{style:#}")
    }
    /// It does what it should.
    #[must_use]
    pub fn good(text: &str) -> String {
        painted(AnsiColor::Green.on_default(), text)
    }
    /// It will need somebody.
    #[must_use]
    pub fn warning(text: &str) -> String {
        painted(AnsiColor::Yellow.on_default(), text)
    }
    /// Somebody has to act.
    #[must_use]
    pub fn bad(text: &str) -> String {
        painted(AnsiColor::Red.on_default().bold(), text)
    }
    /// A heading.
    #[must_use]
    pub fn strong(text: &str) -> String {
        painted(Style::new().bold(), text)
    }
    /// What can be overlooked.
    #[must_use]
    pub fn dim(text: &str) -> String {
        painted(Style::new().dimmed(), text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_outcome_decides() {
        let all = [Outcome::Holds, Outcome::BadInput, Outcome::DoesNotHold];
        assert_eq!(
            all.into_iter().fold(Outcome::Holds, Outcome::and),
            Outcome::BadInput
        );
        assert_eq!(Outcome::of(false).and(Outcome::Holds), Outcome::DoesNotHold);
    }
}
