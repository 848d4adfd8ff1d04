//! `causeway check`: reads labs and says what is wrong with them.

use std::io;

use crate::cli::Format;
use crate::diagnostics::{self, Report, Row};
use crate::output::{Outcome, Output, complain};
use crate::source::{self, SourceError};

/// Reads every lab; one that is wrong does not keep the others from being read.
///
/// # Errors
/// Where standard output cannot be written.
pub fn check(labs: &[String], output: &Output) -> io::Result<Outcome> {
    let mut outcome = Outcome::Holds;
    let mut rows: Vec<Row> = Vec::new();
    let mut words = String::new();
    for lab in labs {
        match source::open(lab) {
            Ok(opened) => {
                rows.extend(opened.loaded.warnings.iter().map(Row::from));
                complain_to_people(
                    &diagnostics::render(&opened.loaded.warnings, &opened.texts),
                    output,
                );
                words.push_str(&format!("{lab}: ok\n"));
            }
            Err(error) => {
                outcome = Outcome::BadInput;
                rows.extend(error_rows(&error));
                complain_to_people(&source::render(&error), output);
            }
        }
    }
    match output.format {
        Format::Text => output.text(&words)?,
        Format::Json => output.json(&Report {
            ok: outcome == Outcome::Holds,
            diagnostics: rows,
        })?,
    }
    Ok(outcome)
}

/// Programs have it all in the document.
fn complain_to_people(text: &str, output: &Output) {
    if output.format == Format::Text {
        complain(text);
    }
}

fn error_rows(error: &SourceError) -> Vec<Row> {
    match error {
        SourceError::Invalid { diagnostics, .. } => diagnostics.iter().map(Row::from).collect(),
        SourceError::Unknown { name, nearest } => {
            let help = nearest.map(|near| format!("did you mean `{near}`?"));
            vec![Row::unread(name, "no file and no shipped lab of that name", help)]
        }
        SourceError::Unreadable { path, error } => vec![Row::unread(path, &error.to_string(), None)],
    }
}
