//! Text to a checked lab, by way of its bases.

use core::str::Utf8Error;
use std::borrow::Cow;

use crate::units::DataSize;
use crate::world::blueprint::{Blueprint, LabSource};

use super::breaks::Breaks;
use super::diagnostic::{Code, Diagnostic, Severity};
use super::overlay;
use super::problem::{At, Files, Place, Problem, Problems};
use super::read::Read;
use super::resolve;
use super::sections::LabText;
use super::syntax::{self, Arguments, Kind, Node};

/// How many labs may be laid over each other.
const MOST_LAYERS: usize = 8;

/// Where the labs that others build on are found.
///
/// Implemented for functions from names to texts, so that the core reads no files: the terminal
/// program looks beside the file and among the shipped labs.
pub trait Bases {
    /// The text of the lab of that name.
    fn find(&self, name: &str) -> Option<BaseText<'_>>;
}

/// The text of a lab that another builds on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BaseText<'a> {
    /// All of it.
    Whole(Cow<'a, str>),
    /// It is larger than a scenario can be: its size in bytes, where it is known.
    TooLarge(Option<u64>),
}

impl<F: Fn(&str) -> Option<Cow<'static, str>>> Bases for F {
    fn find(&self, name: &str) -> Option<BaseText<'_>> {
        self(name).map(BaseText::Whole)
    }
}

/// A lab that was read without errors.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The checked lab.
    pub blueprint: Blueprint,
    /// What it breaks on purpose.
    pub breaks: Option<Breaks>,
    /// What is probably not meant.
    pub warnings: Vec<Diagnostic>,
}

/// Reads a lab that is called `file_name` in diagnostics.
///
/// # Errors
/// Everything that is wrong with the text or its bases, sorted by position, warnings among them.
pub fn load(text: &str, file_name: &str, bases: &dyn Bases) -> Result<Loaded, Vec<Diagnostic>> {
    load_into(&mut Files::default(), text, file_name, bases)
}

/// As [`load`], and leaves the texts that were read in `files`.
pub(super) fn load_into(
    files: &mut Files,
    text: &str,
    file_name: &str,
    bases: &dyn Bases,
) -> Result<Loaded, Vec<Diagnostic>> {
    let mut problems = Problems::default();
    let resolved = layered(text, file_name, bases, files, &mut problems)
        .and_then(|lab| resolve::resolve(&lab, &mut problems));
    let failed = problems.any_error();
    let diagnostics = problems.into_diagnostics(files);
    match resolved {
        Some(resolved) if !failed => Ok(Loaded {
            blueprint: Blueprint {
                source: LabSource {
                    name: file_name.to_owned(),
                    texts: files.texts(),
                },
                origins: files.origins(resolved.written),
                ..resolved.blueprint
            },
            breaks: resolved.breaks,
            warnings: diagnostics,
        }),
        _ => Err(diagnostics),
    }
}

/// Reads a lab from bytes, which may not be text at all.
///
/// # Errors
/// As [`load`]; also where the bytes are not UTF-8.
pub fn load_bytes(bytes: &[u8], file_name: &str, bases: &dyn Bases) -> Result<Loaded, Vec<Diagnostic>> {
    match core::str::from_utf8(bytes) {
        Ok(text) => load(text, file_name, bases),
        Err(error) => Err(vec![not_text(file_name, error)]),
    }
}

/// What is said of bytes that are no text.
pub(super) fn not_text(file_name: &str, error: Utf8Error) -> Diagnostic {
    let at = error.valid_up_to();
    Diagnostic {
        severity: Severity::Error,
        code: Code::NotText,
        message: format!("byte {at} is not UTF-8, so this is no text file"),
        file: file_name.to_owned(),
        labels: Vec::new(),
        help: Some("save the file as UTF-8".to_owned()),
    }
}

/// What is said of a file that is larger than a scenario can be, which was not read.
pub(super) fn too_large(file_name: &str, size: Option<u64>) -> Diagnostic {
    Diagnostic {
        severity: Severity::Error,
        code: Code::TooLarge,
        message: too_large_text(size),
        file: file_name.to_owned(),
        labels: Vec::new(),
        help: None,
    }
}

fn too_large_text(size: Option<u64>) -> String {
    let most = DataSize::bytes(syntax::MOST_BYTES as u64);
    let n_most = most.as_bytes();
    match size {
        Some(n_bytes) => {
            let size = DataSize::bytes(n_bytes);
            format!("the file has {n_bytes} bytes ({size}); a scenario has at most {n_most} ({most})")
        }
        None => format!("the file has more than the {n_most} bytes ({most}) that a scenario may have"),
    }
}

/// The lab with everything that its bases say where it says nothing itself.
fn layered(
    text: &str,
    file_name: &str,
    bases: &dyn Bases,
    files: &mut Files,
    problems: &mut Problems,
) -> Option<LabText> {
    let mut layers = vec![layer(text, file_name, files, problems)?];
    let mut names: Vec<String> = Vec::new();
    while let Some(base) = layers.last().and_then(overlay::base_of) {
        let base = At::<String>::read(base, problems)?;
        let unknown = |why: &str| {
            let message = format!("there is no lab `{}` to build on{why}", base.value);
            Problem::error(Code::UnknownBase, base.place, message)
        };
        if names.contains(&base.value) || names.len() >= MOST_LAYERS {
            problems.push(unknown(
                ": labs build on each other in a circle, or too many deep",
            ));
            return None;
        }
        let text = match bases.find(&base.value) {
            Some(BaseText::Whole(text)) => text,
            Some(BaseText::TooLarge(size)) => {
                push_too_large(size, &base.value, files, problems);
                return None;
            }
            None if is_path(&base.value) => {
                problems.push(unknown("").help(
                    "a base is a name, without folder or `.ron`: that of a lab that ships with the \
                     program, or of a file beside this one",
                ));
                return None;
            }
            None => {
                let shipped = super::shipped::SHIPPED.iter().map(|(name, _)| *name);
                problems.push_mistyped(unknown(""), &base.value, shipped);
                return None;
            }
        };
        layers.push(layer(&text, &base.value, files, problems)?);
        names.push(base.value);
    }
    let whole = layers
        .into_iter()
        .rev()
        .reduce(|under, over| overlay::lay(over, under, problems))?;
    LabText::read(&whole, problems)
}

/// Whether what should name a lab names a file.
fn is_path(name: &str) -> bool {
    name.ends_with(".ron") || name.contains(['/', '\\'])
}

/// The tree of one file.
fn layer(text: &str, file_name: &str, files: &mut Files, problems: &mut Problems) -> Option<Node> {
    if text.len() > syntax::MOST_BYTES {
        push_too_large(Some(text.len() as u64), file_name, files, problems);
        return None;
    }
    let file = files.push(file_name, text.to_owned());
    let node = syntax::parse(files.text(file), file, problems)?;
    check_head(&node, problems).then_some(node)
}

fn push_too_large(size: Option<u64>, file_name: &str, files: &mut Files, problems: &mut Problems) {
    let beginning = Place {
        file: files.push(file_name, String::new()),
        start: 0,
        end: 0,
    };
    problems.push(Problem::error(Code::TooLarge, beginning, too_large_text(size)));
}

/// Complains where the file is no `Lab(…)` at all, so that not every field is called unknown.
fn check_head(node: &Node, problems: &mut Problems) -> bool {
    match &node.kind {
        Kind::Group {
            name: Some(name),
            arguments: Arguments::Named(_),
        } if name == "Lab" => true,
        other => {
            let message = format!("expected `Lab(schema: 1, …)`, found {}", other.describe());
            let place = Place {
                end: node.place.end.min(node.place.start.saturating_add(16)),
                ..node.place
            };
            problems.push(Problem::error(Code::WrongType, place, message));
            false
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::{shipped, shipped_base};

    #[test]
    fn shipped_labs_are_ron_to_others_too() {
        for (name, text) in shipped() {
            assert_eq!(ron::from_str::<ron::Value>(text).err(), None, "{name}");
        }
    }

    #[test]
    fn every_shipped_lab_loads_without_a_word() {
        for (name, text) in shipped() {
            let loaded = load(text, name, &shipped_base);
            let complaints: Vec<String> = match &loaded {
                // What is broken on purpose may be warned of.
                Ok(loaded) if loaded.breaks.is_some() => Vec::new(),
                Ok(loaded) => loaded.warnings.iter().map(ToString::to_string).collect(),
                Err(diagnostics) => diagnostics.iter().map(ToString::to_string).collect(),
            };
            assert_eq!(complaints, Vec::<String>::new());
            let named = loaded.map(|loaded| loaded.blueprint.about.name);
            assert_eq!(named.ok().as_deref(), Some(*name));
        }
    }
}
