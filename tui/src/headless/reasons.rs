//! `causeway reasons`: what the codes mean, and where to look.

use std::fmt::Write as _;
use std::io;

use serde::Serialize;
use sim_core::reason::Reason;

use crate::cli::Format;
use crate::output::{Outcome, Output, paint};
use crate::widgets::text::wrap;

use super::complain_of_name;

/// One code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
struct Row {
    code: &'static str,
    meaning: &'static str,
    look: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Rows {
    reasons: Vec<Row>,
}

impl From<&Reason> for Row {
    fn from(reason: &Reason) -> Self {
        Self {
            code: reason.code(),
            meaning: reason.meaning(),
            look: reason.look(),
        }
    }
}

/// Explains one reason, or all.
///
/// # Errors
/// Where standard output cannot be written.
pub fn reasons(code: Option<&str>, output: &Output) -> io::Result<Outcome> {
    let rows: Vec<Row> = Reason::ALL
        .iter()
        .map(Row::from)
        .filter(|row| code.is_none_or(|code| row.code.eq_ignore_ascii_case(code)))
        .collect();
    if let (Some(code), true) = (code, rows.is_empty()) {
        let codes: Vec<&str> = Reason::ALL.iter().map(|reason| reason.code()).collect();
        return Ok(complain_of_name(
            "no reason has the code",
            code,
            &codes,
            "reasons",
        ));
    }
    match output.format {
        Format::Json => output.json(&Rows { reasons: rows })?,
        Format::Text => output.text(&text(&rows))?,
    }
    Ok(Outcome::Holds)
}

/// Codes are too long for columns beside prose: each stands above what it means.
fn text(rows: &[Row]) -> String {
    /// Prose is easiest to read in lines of this length.
    const LINE: usize = 90;
    let mut text = String::new();
    for row in rows {
        let _ = writeln!(text, "{}", paint::strong(row.code));
        for line in wrap(row.meaning, LINE) {
            let _ = writeln!(text, "  {line}");
        }
        for (number, line) in wrap(row.look, LINE).into_iter().enumerate() {
            let mark = if number == 0 { "→" } else { " " };
            let _ = writeln!(text, "  {} {line}", paint::dim(mark));
        }
        text.push('\n');
    }
    text
}
