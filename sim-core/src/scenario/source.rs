//! Where a lab comes from: a shipped one by its name, else a file, whose bases lie beside it or ship.
//!
//! Both programs open labs by this. Files are read by whoever asks, through a function, so that the
//! core touches none.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::diagnostic::Diagnostic;
use super::load::{BaseText, Bases, Loaded, load_into, not_text, too_large};
use super::problem::{Files, nearest};
use super::shipped::{SHIPPED, shipped_base};
use super::syntax::MOST_BYTES;

/// What is in a file, as far as a scenario can have it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileContent {
    /// All of it.
    Whole(Vec<u8>),
    /// It is larger than a scenario can be: its size in bytes, where it is known.
    TooLarge(Option<u64>),
}

impl FileContent {
    /// Reads a file whose system says that it has `length` bytes. What is too large is not read;
    /// a pipe, which has no length, is read up to the limit.
    ///
    /// # Errors
    /// As the reader says.
    pub fn read(length: u64, file: impl Read) -> io::Result<Self> {
        let most = MOST_BYTES as u64;
        if length > most {
            return Ok(Self::TooLarge(Some(length)));
        }
        let mut bytes = Vec::new();
        let n_read = file.take(most + 1).read_to_end(&mut bytes)?;
        Ok(if n_read > MOST_BYTES {
            Self::TooLarge(None)
        } else {
            Self::Whole(bytes)
        })
    }
}

/// How a program reads a file.
pub type ReadFile<'a> = dyn Fn(&Path) -> io::Result<FileContent> + 'a;

/// The texts that diagnostics point into, by the names of their files.
pub type Texts = BTreeMap<String, String>;

/// A lab that was read, with the texts that its warnings point into.
#[derive(Debug, Clone)]
pub struct Opened {
    /// The lab.
    pub loaded: Loaded,
    /// The texts.
    pub texts: Texts,
}

/// Why there is no lab.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// Neither a shipped lab nor a file has that name.
    #[error("no file and no shipped lab is called `{name}`{}", or_meant(*nearest))]
    Unknown {
        /// The name as written.
        name: String,
        /// The shipped lab that was probably meant.
        nearest: Option<&'static str>,
    },
    /// The file cannot be read.
    #[error("failed to read {path}: {error}")]
    Unreadable {
        /// The file as it was named.
        path: String,
        /// What the system says.
        error: io::Error,
    },
    /// The text is wrong.
    #[error("{}", lines(diagnostics))]
    Invalid {
        /// Everything that is wrong with it.
        diagnostics: Vec<Diagnostic>,
        /// The texts that they point into.
        texts: Texts,
    },
}

fn or_meant(near: Option<&str>) -> String {
    near.map_or(String::new(), |near| format!("; did you mean `{near}`?"))
}

/// One line for each.
fn lines(diagnostics: &[Diagnostic]) -> String {
    let lines: Vec<String> = diagnostics.iter().map(ToString::to_string).collect();
    lines.join("\n")
}

/// The shipped lab whose name is nearest to `name`, if one is near enough to be meant.
#[must_use]
pub fn nearest_shipped(name: &str) -> Option<&'static str> {
    let names: Vec<&'static str> = SHIPPED.iter().map(|(shipped, _)| *shipped).collect();
    nearest(name, &names)
}

/// Opens the lab called `name`: a shipped one where one is called so, else the file.
///
/// # Errors
/// Where there is none of that name, it cannot be read, or its text is wrong.
pub fn open(name: &str, read: &ReadFile<'_>) -> Result<Opened, SourceError> {
    if let Some((_, text)) = SHIPPED.iter().find(|(shipped, _)| *shipped == name) {
        return loaded(text.as_bytes(), name, &shipped_base);
    }
    let path = Path::new(name);
    let content = read(path).map_err(|error| {
        // What is written like a path is one; a bare word is more likely a mistyped name.
        let like_a_path = path.components().count() > 1 || path.extension().is_some();
        if error.kind() == io::ErrorKind::NotFound && !like_a_path {
            SourceError::Unknown {
                name: name.to_owned(),
                nearest: nearest_shipped(name),
            }
        } else {
            SourceError::Unreadable {
                path: name.to_owned(),
                error,
            }
        }
    })?;
    match content {
        FileContent::Whole(bytes) => loaded(&bytes, name, &Beside { lab: path, read }),
        FileContent::TooLarge(size) => Err(SourceError::Invalid {
            diagnostics: vec![too_large(name, size)],
            texts: Texts::new(),
        }),
    }
}

fn loaded(bytes: &[u8], name: &str, bases: &dyn Bases) -> Result<Opened, SourceError> {
    let text = core::str::from_utf8(bytes).map_err(|error| SourceError::Invalid {
        diagnostics: vec![not_text(name, error)],
        texts: Texts::new(),
    })?;
    let mut files = Files::default();
    match load_into(&mut files, text, name, bases) {
        Ok(loaded) => Ok(Opened {
            texts: files.texts_of(&loaded.warnings),
            loaded,
        }),
        Err(diagnostics) => Err(SourceError::Invalid {
            texts: files.texts_of(&diagnostics),
            diagnostics,
        }),
    }
}

/// Bases lie beside a lab's own file, so that a copy of a shipped lab can be changed, or ship.
struct Beside<'a> {
    lab: &'a Path,
    read: &'a ReadFile<'a>,
}

impl Bases for Beside<'_> {
    fn find(&self, name: &str) -> Option<BaseText<'_>> {
        let content = beside(self.lab, name).and_then(|path| (self.read)(&path).ok());
        let text = match content {
            Some(FileContent::TooLarge(size)) => return Some(BaseText::TooLarge(size)),
            Some(FileContent::Whole(bytes)) => String::from_utf8(bytes).ok(),
            None => None,
        };
        text.map(Cow::Owned)
            .or_else(|| shipped_base(name))
            .map(BaseText::Whole)
    }
}

/// The file of a base beside a lab's own; none for a name that would lead out of its folder.
fn beside(lab: &Path, base: &str) -> Option<PathBuf> {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "-_".contains(letter);
    let named = !base.is_empty() && base.chars().all(plain);
    named.then(|| lab.with_file_name(format!("{base}.ron")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::DEFAULT_LAB;

    fn no_file(_: &Path) -> io::Result<FileContent> {
        Err(io::ErrorKind::NotFound.into())
    }

    fn whole(text: &str) -> io::Result<FileContent> {
        Ok(FileContent::Whole(text.as_bytes().to_vec()))
    }

    #[track_caller]
    fn check_refused(name: &str, read: &ReadFile<'_>, begins: &str) {
        let told = open(name, read).expect_err("there is no such lab").to_string();
        assert!(told.starts_with(begins), "{told}");
    }

    #[test]
    fn every_shipped_lab_opens_and_only_broken_ones_are_warned_of() {
        assert!(open(DEFAULT_LAB, &no_file).is_ok());
        for (name, _) in SHIPPED {
            let opened = open(name, &no_file).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!(opened.loaded.blueprint.about.name, *name);
            if opened.loaded.breaks.is_none() {
                assert_eq!(opened.loaded.warnings, [], "{name}");
            }
        }
    }

    #[test]
    fn a_mistyped_name_is_told_the_nearest_and_a_path_what_the_system_says() {
        check_refused(
            "region-to-regoin",
            &no_file,
            "no file and no shipped lab is called `region-to-regoin`; did you mean `region-to-region`?",
        );
        check_refused(
            "something-else",
            &no_file,
            "no file and no shipped lab is called `something-else`",
        );
        check_refused("labs/mine.ron", &no_file, "failed to read labs/mine.ron: ");
    }

    #[test]
    fn mistakes_point_into_the_text_that_has_them() {
        let file = |path: &Path| match path.to_str() {
            Some("mine.ron") => whole("Lab(schema: 1, base: \"under\", name: \"mine\", title: \"Mine\")"),
            Some("under.ron") => whole("Lab(schema: 1, nmae: \"under\")"),
            _ => no_file(path),
        };
        let error = open("mine.ron", &file).expect_err("the base is wrong");
        let SourceError::Invalid { diagnostics, texts } = error else {
            panic!("{error}");
        };
        let named: Vec<&str> = diagnostics.iter().map(|it| it.file.as_str()).collect();
        assert_eq!(named, ["under"]);
        assert_eq!(
            texts.get("under").map(String::as_str),
            Some("Lab(schema: 1, nmae: \"under\")")
        );
    }

    #[test]
    fn a_base_is_looked_for_beside_the_file_and_never_outside_its_folder() {
        assert_eq!(
            beside(Path::new("labs/mine.ron"), "good-one"),
            Some(PathBuf::from("labs/good-one.ron"))
        );
        assert_eq!(beside(Path::new("labs/mine.ron"), "../secret"), None);
        let over = |path: &Path| match path.to_str() {
            Some("mine.ron") => {
                whole("Lab(schema: 1, name: \"mine\", title: \"Mine\", base: \"region-to-region\")")
            }
            _ => no_file(path),
        };
        let opened = open("mine.ron", &over).expect("the base ships");
        assert_eq!(opened.loaded.blueprint.about.name, "mine");
    }

    #[test]
    fn what_is_too_large_is_told_with_its_size_and_the_limit() {
        let huge = |_: &Path| FileContent::read(100 << 20, io::repeat(b' '));
        check_refused(
            "huge.ron",
            &huge,
            "error[scenario::too-large]: the file has 104857600 bytes (100MiB); a scenario has at most 8388608 (8MiB)",
        );
        let pipe = |_: &Path| FileContent::read(0, io::repeat(b' '));
        check_refused(
            "pipe",
            &pipe,
            "error[scenario::too-large]: the file has more than the 8388608 bytes (8MiB) that a scenario may have",
        );
        let base = |path: &Path| match path.to_str() {
            Some("mine.ron") => whole("Lab(schema: 1, name: \"mine\", title: \"Mine\", base: \"under\")"),
            _ => huge(path),
        };
        check_refused(
            "mine.ron",
            &base,
            "error[scenario::too-large]: the file has 104857600 bytes (100MiB); a scenario has at most 8388608 (8MiB) (under",
        );
    }
}
