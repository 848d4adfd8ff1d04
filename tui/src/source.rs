//! Where labs come from: a file, or the ones that ship inside the program.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use sim_core::scenario::{Diagnostic, Loaded, load_bytes, shipped, shipped_base};

use crate::diagnostics::{self, Sources};
use crate::nearest::nearest;

/// More bytes of a file than any scenario has are not read.
const MOST_READ: u64 = 64 << 20;

/// Why there is no lab.
#[derive(Debug)]
pub enum SourceError {
    /// Neither a file nor a shipped lab has that name; the nearest shipped one.
    Unknown(String, Option<&'static str>),
    /// The file cannot be read.
    Unreadable(String, io::Error),
    /// The text is wrong.
    Invalid(Vec<Diagnostic>, Sources),
}

impl SourceError {
    /// What to tell a person.
    #[must_use]
    pub fn render(&self) -> String {
        match self {
            Self::Unknown(name, near) => {
                let near = near.map_or(String::new(), |near| format!("; did you mean `{near}`?"));
                format!(
                    "error: there is no file `{name}` and no shipped lab of that name{near}\n\
                     help: `causeway labs` lists the shipped ones\n"
                )
            }
            Self::Unreadable(path, error) => format!("error: failed to read {path}: {error}\n"),
            Self::Invalid(diagnostics, sources) => diagnostics::render(diagnostics, sources),
        }
    }
}

/// A lab that was read, with the texts that its warnings point into.
#[derive(Debug)]
pub struct Opened {
    /// The lab.
    pub loaded: Loaded,
    /// The texts.
    pub sources: Sources,
}

/// Reads a lab: a shipped one where the name is that of one, else a file.
///
/// # Errors
/// Where there is none, it cannot be read, or it is wrong.
pub fn open(lab: &str) -> Result<Opened, SourceError> {
    let (bytes, folder) = bytes_of(lab)?;
    // Bases are looked for beside the file first, so that a copy of a shipped lab can be changed.
    let base = |name: &str| -> Option<Cow<'static, str>> { base_of(name, folder.as_deref()) };
    load_bytes(&bytes, lab, &base)
        .map(|loaded| Opened {
            sources: sources_of(&loaded.warnings, lab, &bytes, &base),
            loaded,
        })
        .map_err(|diagnostics| {
            let sources = sources_of(&diagnostics, lab, &bytes, &base);
            SourceError::Invalid(diagnostics, sources)
        })
}

fn bytes_of(lab: &str) -> Result<(Vec<u8>, Option<std::path::PathBuf>), SourceError> {
    if let Some((_, text)) = shipped().iter().find(|(name, _)| *name == lab) {
        return Ok((text.as_bytes().to_vec(), None));
    }
    let path = Path::new(lab);
    let unreadable = |error| SourceError::Unreadable(lab.to_owned(), error);
    match File::open(path) {
        Ok(file) => {
            let mut bytes = Vec::new();
            file.take(MOST_READ).read_to_end(&mut bytes).map_err(unreadable)?;
            Ok((bytes, path.parent().map(Path::to_owned)))
        }
        // What looks like a path is told as one; a bare word is more likely a mistyped name.
        Err(error) if error.kind() == io::ErrorKind::NotFound && !looks_like_path(lab) => {
            let names = shipped().iter().map(|(name, _)| *name);
            Err(SourceError::Unknown(lab.to_owned(), nearest(lab, names)))
        }
        Err(error) => Err(unreadable(error)),
    }
}

fn looks_like_path(lab: &str) -> bool {
    lab.contains(['/', '\\']) || lab.ends_with(".ron")
}

fn base_of(name: &str, folder: Option<&Path>) -> Option<Cow<'static, str>> {
    // A base is a name, never a path: a lab cannot reach out of its own folder.
    let plain = name
        .chars()
        .all(|letter| letter.is_ascii_alphanumeric() || "-_".contains(letter));
    let beside = folder.filter(|_| plain).and_then(|folder| {
        let file = File::open(folder.join(name).with_extension("ron")).ok()?;
        let mut text = String::new();
        file.take(MOST_READ).read_to_string(&mut text).ok()?;
        Some(Cow::Owned(text))
    });
    beside.or_else(|| shipped_base(name))
}

/// The texts of the files that diagnostics name.
fn sources_of(
    diagnostics: &[Diagnostic],
    lab: &str,
    bytes: &[u8],
    base: &dyn Fn(&str) -> Option<Cow<'static, str>>,
) -> Sources {
    let mut sources = Sources::new();
    for diagnostic in diagnostics {
        if sources.contains_key(&diagnostic.file) {
            continue;
        }
        let text = if diagnostic.file == lab {
            core::str::from_utf8(bytes).ok().map(str::to_owned)
        } else {
            base(&diagnostic.file).map(Cow::into_owned)
        };
        if let Some(text) = text {
            sources.insert(diagnostic.file.clone(), text);
        }
    }
    sources
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistyped_name_is_told_the_nearest_lab() {
        let error = open("region-to-regoin").expect_err("no such lab");
        assert!(error.render().contains("did you mean `region-to-region`?"));
    }

    #[test]
    fn a_missing_file_is_told_as_a_file() {
        let error = open("no/such/lab.ron").expect_err("no such file");
        assert!(
            error
                .render()
                .starts_with("error: failed to read no/such/lab.ron")
        );
    }

    #[test]
    fn every_shipped_lab_opens_and_only_broken_ones_are_warned_of() {
        for (name, _) in shipped() {
            let opened = open(name).unwrap_or_else(|error| panic!("{name}: {}", error.render()));
            if opened.loaded.breaks.is_none() {
                assert_eq!(opened.loaded.warnings, [], "{name}");
            }
        }
    }
}
