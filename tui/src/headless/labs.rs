//! `causeway labs`: the labs that ship inside the program.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::path::Path;

use serde::Serialize;
use sim_core::desk::labs::{LabRow, rows};
use sim_core::scenario::{nearest_shipped, shipped};

use crate::cli::{Format, LabsAction};
use crate::output::{Outcome, Output, complain, paint};
use crate::widgets::text::wrap;

/// A shipped lab.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Lab {
    name: String,
    title: String,
    teaches: String,
    variant_of: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Labs {
    labs: Vec<Lab>,
}

/// Lists, shows or copies shipped labs.
///
/// # Errors
/// Where standard output cannot be written.
pub fn labs(action: Option<&LabsAction>, output: &Output) -> io::Result<Outcome> {
    match action {
        None => list(output),
        Some(LabsAction::Show { name }) => match text_of(name) {
            Ok(text) => output.text(text).map(|()| Outcome::Holds),
            Err(outcome) => Ok(outcome),
        },
        Some(LabsAction::Copy { name, file }) => Ok(match text_of(name) {
            Ok(text) => copy(text, file),
            Err(outcome) => outcome,
        }),
    }
}

fn all() -> Vec<Lab> {
    let row = |lab: LabRow| Lab {
        name: lab.name,
        title: lab.title,
        teaches: lab.teaches,
        variant_of: lab.variant_of,
    };
    rows().into_iter().map(row).collect()
}

fn list(output: &Output) -> io::Result<Outcome> {
    let labs = all();
    match output.format {
        Format::Json => output.json(&Labs { labs })?,
        Format::Text => output.text(&text(&labs))?,
    }
    Ok(Outcome::Holds)
}

/// Whole labs with what they teach, then the variants that break each of them.
fn text(labs: &[Lab]) -> String {
    /// Prose is easiest to read in lines of this length.
    const LINE: usize = 90;
    let mut text = String::new();
    for lab in labs.iter().filter(|lab| lab.variant_of.is_none()) {
        let _ = writeln!(text, "{}  {}", paint::good(&lab.name), paint::strong(&lab.title));
        for line in wrap(&lab.teaches, LINE) {
            let _ = writeln!(text, "  {line}");
        }
        text.push('\n');
    }
    let bases: BTreeSet<&String> = labs.iter().filter_map(|lab| lab.variant_of.as_ref()).collect();
    for base in bases {
        let variants = labs.iter().filter(|lab| lab.variant_of.as_ref() == Some(base));
        let _ = writeln!(text, "{}", paint::strong(&format!("Broken variants of {base}")));
        let width = variants.clone().map(|lab| lab.name.len()).max().unwrap_or(0);
        for lab in variants {
            let gap = " ".repeat(width - lab.name.len());
            let _ = writeln!(text, "  {}{gap}  {}", paint::warning(&lab.name), lab.title);
        }
        text.push('\n');
    }
    text
}

fn text_of(name: &str) -> Result<&'static str, Outcome> {
    if let Some((_, text)) = shipped().iter().find(|(shipped, _)| *shipped == name) {
        return Ok(text);
    }
    let near = nearest_shipped(name).map_or(String::new(), |near| format!("; did you mean `{near}`?"));
    complain(&format!("error: no shipped lab is called `{name}`{near}\n"));
    Err(Outcome::BadInput)
}

/// Writes a new file and never over an old one.
fn copy(text: &str, file: &Path) -> Outcome {
    let written = OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(file)
        .and_then(|mut new| new.write_all(text.as_bytes()));
    match written {
        Ok(()) => Outcome::Holds,
        Err(error) => {
            complain(&format!("error: failed to copy to {}: {error}\n", file.display()));
            Outcome::BadInput
        }
    }
}
