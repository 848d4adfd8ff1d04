//! Where a lab comes from: a shipped one by its name, else a file, whose bases lie beside it or ship.
//!
//! Files are read by whoever asks, through [`Files`], so this decides without touching any.

use std::borrow::Cow;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use sim_core::scenario::{Diagnostic, Loaded, load_bytes, shipped, shipped_base};

/// The lab that opens when none is named.
pub const DEFAULT_LAB: &str = "region-to-region";

/// The longest word that is taken for a mistyped name.
const LONGEST_MISTYPED: usize = 64;

/// Reads files.
pub trait Files {
    /// All of a file.
    ///
    /// # Errors
    /// As the system says.
    fn read(&self, path: &Path) -> io::Result<Vec<u8>>;
}

impl<F: Fn(&Path) -> io::Result<Vec<u8>>> Files for F {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        self(path)
    }
}

/// Why there is no lab. Displayed, it is what to tell the person.
#[derive(Debug)]
pub enum SourceError {
    /// Neither a shipped lab nor a file has that name.
    Unknown {
        /// The name as written.
        name: String,
        /// The shipped lab that was probably meant.
        nearest: Option<&'static str>,
    },
    /// The file cannot be read.
    Unreadable {
        /// The file as it was named.
        path: String,
        /// What the system says.
        error: io::Error,
    },
    /// The text is wrong.
    Invalid(Vec<Diagnostic>),
}

impl fmt::Display for SourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown { name, nearest } => {
                write!(f, "error: there is no shipped lab and no file called `{name}`")?;
                match nearest {
                    Some(nearest) => write!(f, "; did you mean `{nearest}`?"),
                    None => f.write_str("; `causeway labs` lists the shipped ones"),
                }
            }
            Self::Unreadable { path, error } => write!(f, "error: {path}: {error}"),
            Self::Invalid(diagnostics) => f.write_str(&lines(diagnostics)),
        }
    }
}

impl std::error::Error for SourceError {}

/// Diagnostics as compilers print them, one to a line: `file:line:column: error[code]: message; help`.
#[must_use]
pub fn lines(diagnostics: &[Diagnostic]) -> String {
    let line = |it: &Diagnostic| {
        let place = it.labels.first().map_or_else(
            || it.file.clone(),
            |label| format!("{}:{}:{}", it.file, label.line, label.column),
        );
        let help = it.help.as_ref().map_or(String::new(), |help| format!("; {help}"));
        format!(
            "{place}: {}[{}]: {}{help}",
            it.severity.as_str(),
            it.code,
            it.message
        )
    };
    let lines: Vec<String> = diagnostics.iter().map(line).collect();
    lines.join("\n")
}

/// Reads the lab called `name`.
///
/// # Errors
/// Where there is none of that name, it cannot be read, or its text is wrong.
pub fn open(name: &str, files: &dyn Files) -> Result<Loaded, SourceError> {
    if let Some((_, text)) = shipped().iter().find(|(shipped, _)| *shipped == name) {
        return load_bytes(text.as_bytes(), name, &shipped_base).map_err(SourceError::Invalid);
    }
    let path = Path::new(name);
    let bytes = files.read(path).map_err(|error| {
        // What is written like a path is one; a bare word is more likely a mistyped name.
        let like_a_path = path.components().count() > 1 || path.extension().is_some();
        if error.kind() == io::ErrorKind::NotFound && !like_a_path {
            SourceError::Unknown {
                name: name.to_owned(),
                nearest: nearest(name),
            }
        } else {
            SourceError::Unreadable {
                path: name.to_owned(),
                error,
            }
        }
    })?;
    let base = |base: &str| -> Option<Cow<'static, str>> {
        let beside = beside(path, base)
            .and_then(|path| files.read(&path).ok())
            .and_then(|bytes| String::from_utf8(bytes).ok());
        beside.map(Cow::Owned).or_else(|| shipped_base(base))
    };
    load_bytes(&bytes, name, &base).map_err(SourceError::Invalid)
}

/// The file of a base beside a lab's own; none for a name that would lead out of its folder.
fn beside(lab: &Path, base: &str) -> Option<PathBuf> {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "-_".contains(letter);
    let named = !base.is_empty() && base.chars().all(plain);
    named.then(|| lab.with_file_name(format!("{base}.ron")))
}

/// The shipped lab whose name differs least, if one is near enough to be meant.
fn nearest(name: &str) -> Option<&'static str> {
    if name.len() > LONGEST_MISTYPED {
        return None;
    }
    shipped()
        .iter()
        .map(|(shipped, _)| (strsim::damerau_levenshtein(name, shipped), *shipped))
        .filter(|(distance, shipped)| *distance <= 1 + shipped.len() / 4)
        .min()
        .map(|(_, shipped)| shipped)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn no_file(_: &Path) -> io::Result<Vec<u8>> {
        Err(io::ErrorKind::NotFound.into())
    }

    #[test]
    fn the_default_lab_ships() {
        let loaded = open(DEFAULT_LAB, &no_file).expect("it loads");
        assert_eq!(loaded.blueprint.about.name, DEFAULT_LAB);
    }

    #[test]
    fn a_mistyped_name_suggests_the_nearest() {
        let error = open("region-to-regoin", &no_file).expect_err("there is none");
        assert_eq!(
            error.to_string(),
            "error: there is no shipped lab and no file called `region-to-regoin`; did you mean `region-to-region`?"
        );
    }

    #[test]
    fn a_path_is_not_taken_for_a_name() {
        let error = open("labs/region-to-regoin.ron", &no_file).expect_err("there is none");
        assert!(
            error
                .to_string()
                .starts_with("error: labs/region-to-regoin.ron: "),
            "{error}"
        );
    }

    #[test]
    fn mistakes_are_told_by_line_and_column() {
        let file = |_: &Path| Ok(b"Lab(\n    schema: 1,\n    nmae: \"mine\",\n)".to_vec());
        let error = open("mine.ron", &file).expect_err("it is wrong").to_string();
        assert!(
            error
                .lines()
                .any(|line| line.starts_with("mine.ron:3:5: error[scenario::unknown-field]: ")),
            "{error}"
        );
    }

    #[test]
    fn a_base_is_looked_for_beside_the_file_and_never_outside_its_folder() {
        assert_eq!(
            beside(Path::new("labs/mine.ron"), "good-one"),
            Some(PathBuf::from("labs/good-one.ron"))
        );
        assert_eq!(beside(Path::new("labs/mine.ron"), "../secret"), None);
        let over = |path: &Path| {
            if path == Path::new("mine.ron") {
                Ok(b"Lab(schema: 1, name: \"mine\", title: \"Mine\", base: \"region-to-region\")".to_vec())
            } else {
                no_file(path)
            }
        };
        let loaded = open("mine.ron", &over).expect("the base ships");
        assert_eq!(loaded.blueprint.about.name, "mine");
    }
}
