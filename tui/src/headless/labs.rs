//! `causeway labs`: the labs that ship inside the program.

use std::fs::OpenOptions;
use std::io::{self, IsTerminal, Write};
use std::path::Path;

use comfy_table::ContentArrangement;
use serde::Serialize;
use sim_core::scenario::{load, shipped, shipped_base};

use crate::cli::{Format, LabsAction};
use crate::nearest::nearest;
use crate::output::{Outcome, Output, complain, table};

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
    // A shipped lab that cannot be read is caught by the tests; here it is simply not listed.
    let read = |(name, text): &(&str, &str)| {
        let about = load(text, name, &shipped_base).ok()?.blueprint.about;
        Some(Lab {
            name: about.name,
            title: about.title,
            teaches: about.teaches,
            variant_of: about.variant_of,
        })
    };
    shipped().iter().filter_map(read).collect()
}

fn list(output: &Output) -> io::Result<Outcome> {
    let labs = all();
    match output.format {
        Format::Json => output.json(&Labs { labs })?,
        Format::Text => {
            let mut table = table(["lab", "title", "teaches"]);
            // Prose is broken into lines for files and pipes, too.
            if !io::stdout().is_terminal() {
                table
                    .set_content_arrangement(ContentArrangement::Dynamic)
                    .set_width(100);
            }
            for lab in labs {
                let name = match &lab.variant_of {
                    Some(base) => format!("{}\n  breaks {base}", lab.name),
                    None => lab.name,
                };
                table.add_row([name, lab.title, lab.teaches]);
            }
            output.text(&format!("{table}\n"))?;
        }
    }
    Ok(Outcome::Holds)
}

fn text_of(name: &str) -> Result<&'static str, Outcome> {
    if let Some((_, text)) = shipped().iter().find(|(shipped, _)| *shipped == name) {
        return Ok(text);
    }
    let near = nearest(name, shipped().iter().map(|(name, _)| *name));
    let near = near.map_or(String::new(), |near| format!("; did you mean `{near}`?"));
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
