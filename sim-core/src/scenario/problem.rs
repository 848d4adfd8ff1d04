//! Collects what is wrong while a scenario is read, and turns it into diagnostics at the end.

use std::collections::BTreeMap;

use crate::units::SimTime;
use crate::world::blueprint::{Called, Origin, Written};
use crate::world::lever::Lever;

use super::diagnostic::{Code, Diagnostic, Label, Severity};

/// More than these are not shown: the rest is most likely a consequence.
const MOST_SHOWN: usize = 100;
/// Names that are compared with a mistyped one; comparing is the dearest thing that is done here.
const MOST_OPTIONS: usize = 2_000;
/// A longer name was not mistyped.
const LONGEST_MISTYPED: usize = 64;

/// A run of bytes in one of the files that make up a lab.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    /// Which file: 0 is the one that was asked for, its bases follow.
    pub(super) file: u8,
    /// The first byte.
    pub(super) start: u32,
    /// One past the last byte.
    pub(super) end: u32,
}

/// A value and where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct At<T> {
    pub(super) value: T,
    pub(super) place: Place,
}

/// One thing that is wrong, before its places are turned into lines and columns.
#[derive(Debug, Clone)]
pub(super) struct Problem {
    severity: Severity,
    code: Code,
    message: String,
    labels: Vec<(Place, String)>,
    help: Option<String>,
}

impl Problem {
    pub(super) fn error(code: Code, place: Place, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            code,
            message: message.into(),
            labels: vec![(place, String::new())],
            help: None,
        }
    }
    pub(super) fn warning(code: Code, place: Place, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Warning,
            ..Self::error(code, place, message)
        }
    }
    /// Says something at the place itself.
    pub(super) fn label(mut self, text: impl Into<String>) -> Self {
        if let Some((_, label)) = self.labels.first_mut() {
            *label = text.into();
        }
        self
    }
    /// Points at a second place.
    pub(super) fn also(mut self, place: Place, text: impl Into<String>) -> Self {
        self.labels.push((place, text.into()));
        self
    }
    /// The label in the file that it is told in: of a mistake that takes two, the one that lies over
    /// the other made it, because what lies below was right by itself.
    fn told_at(&self) -> Option<&(Place, String)> {
        self.labels.iter().min_by_key(|(place, _)| place.file)
    }
    pub(super) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// Suggests the option that is nearest to what was written, or lists them all where there are few.
fn suggestion<'n>(written: &str, options: impl IntoIterator<Item = &'n str>) -> Option<String> {
    let mut options: Vec<&str> = options.into_iter().take(MOST_OPTIONS).collect();
    if let Some(best) = nearest(written, &options) {
        return Some(format!("did you mean `{best}`?"));
    }
    options.sort_unstable();
    options.dedup();
    match options.len() {
        0 => None,
        1..=16 => Some(format!("possible: {}", options.join(", "))),
        n => {
            let shown: Vec<&str> = options.iter().take(12).copied().collect();
            Some(format!("possible: {} and {} more", shown.join(", "), n - 12))
        }
    }
}

/// The option that differs least from what was written, if one is near enough to be meant.
#[must_use]
pub fn nearest<'n>(written: &str, options: &[&'n str]) -> Option<&'n str> {
    // Distances are quadratic in length: a name that long was not mistyped.
    if written.len() > LONGEST_MISTYPED {
        return None;
    }
    let folded = written.to_lowercase();
    let near = |option: &str| 1 + option.len().min(written.len()) / 4;
    options
        .iter()
        .filter(|option| option.len().abs_diff(written.len()) <= near(option))
        .map(|option| {
            let distance = strsim::damerau_levenshtein(&folded, &option.to_lowercase());
            // Of two that are as near, the one that begins alike is meant: people mistype ends.
            let alike = written
                .chars()
                .zip(option.chars())
                .take_while(|(a, b)| a == b)
                .count();
            (distance, core::cmp::Reverse(alike), *option)
        })
        .filter(|(distance, _, option)| *distance <= near(option))
        .min()
        .map(|(_, _, option)| option)
}

/// All that is wrong so far.
#[derive(Debug, Default)]
pub(super) struct Problems {
    found: Vec<Problem>,
    /// Whether a part of the text could not be taken in, so that names in it are not known.
    cut: bool,
    /// What overlays add, by the place of what is said about it.
    newcomers: BTreeMap<Place, Newcomer>,
    /// The names of each map that something was added to.
    known: Vec<Vec<String>>,
}

/// A name that is in an overlay's map and not in the same map of its base.
#[derive(Debug)]
struct Newcomer {
    name: At<String>,
    /// Which of [`Problems::known`] are the names beside it.
    known: usize,
    /// Whether it has been said that it is probably mistyped.
    told: bool,
}

impl Problems {
    pub(super) fn push(&mut self, problem: Problem) {
        // Past the limit only the count matters, and one more is enough to tell.
        if !self.full() || (problem.severity == Severity::Error && !self.any_error()) {
            self.found.push(problem);
        }
    }
    /// Adds a problem unless it has been told of the same place: one word may be read for several things.
    pub(super) fn push_once(&mut self, problem: Problem) {
        let place = |problem: &Problem| problem.labels.first().map(|(place, _)| *place);
        let is_it = |other: &Problem| other.message == problem.message && place(other) == place(&problem);
        if !self.found.iter().any(is_it) {
            self.push(problem);
        }
    }
    /// Adds a problem with a word or name that is none of `options`, suggesting the nearest.
    pub(super) fn push_mistyped<'n>(
        &mut self,
        problem: Problem,
        written: &str,
        options: impl IntoIterator<Item = &'n str>,
    ) {
        if self.cut && matches!(problem.code, Code::UnknownName | Code::NothingMatches) {
            return;
        }
        let suggested = if self.full() {
            None
        } else {
            suggestion(written, options)
        };
        self.push(match suggested {
            Some(help) => problem.help(help),
            None => problem,
        });
    }
    /// Takes note of what an overlay adds to a map of its base: names with the places of what is said
    /// about them, and the names that the map has already.
    pub(super) fn note_newcomers(&mut self, added: Vec<(At<String>, Place)>, known: Vec<String>) {
        if added.is_empty() || known.is_empty() {
            return;
        }
        let beside = self.known.len();
        self.known.push(known);
        self.newcomers.extend(added.into_iter().map(|(name, place)| {
            let newcomer = Newcomer {
                name,
                known: beside,
                told: false,
            };
            (place, newcomer)
        }));
    }
    /// Adds a problem with a section that lacks a field. What an overlay adds under nearly a name of
    /// its base was meant to change that: it lacks no field, its name is mistyped.
    pub(super) fn push_missing(&mut self, place: Place, message: String, expected: &str) {
        if let Some(newcomer) = self.newcomers.get_mut(&place) {
            if newcomer.told {
                return;
            }
            let known: Vec<&str> = self
                .known
                .get(newcomer.known)
                .map(|names| names.iter().take(MOST_OPTIONS).map(String::as_str).collect())
                .unwrap_or_default();
            let At { value: name, place } = &newcomer.name;
            if self.found.len() <= MOST_SHOWN
                && let Some(meant) = nearest(name, &known)
            {
                newcomer.told = true;
                let message = format!("`{name}` is not in the base, and {message}");
                let problem = Problem::error(Code::MissingField, *place, message);
                self.push(problem.help(format!("did you mean `{meant}`?")));
                return;
            }
        }
        let problem = Problem::error(Code::MissingField, place, message);
        self.push(problem.help(format!("it takes {expected}")));
    }
    /// Adds a problem that is about too little being there. Where a part of the text could not be
    /// taken in, that is most likely what is lacking, and no news.
    pub(super) fn push_lacking(&mut self, problem: Problem) {
        if !self.cut {
            self.push(problem);
        }
    }
    /// From here on things may be missing because what should give them was wrong: that a name is
    /// unknown is then no news.
    pub(super) fn cut(&mut self) {
        self.cut = true;
    }
    /// Whether a list may be shorter than it was written.
    pub(super) fn is_cut(&self) -> bool {
        self.cut
    }
    /// Complains where there are more than `most` of something, and says whether there are not.
    pub(super) fn at_most(&mut self, most: usize, found: usize, place: Place, what: &str) -> bool {
        if found > most {
            let message = format!("{found} {what} are more than the {most} that are possible");
            self.push(Problem::error(Code::TooMany, place, message));
        }
        found <= most
    }
    fn full(&self) -> bool {
        self.found.len() > MOST_SHOWN
    }
    pub(super) fn any_error(&self) -> bool {
        self.found
            .iter()
            .any(|problem| problem.severity == Severity::Error)
    }
    /// Everything that was found, sorted by file and position.
    pub(super) fn into_diagnostics(mut self, files: &Files) -> Vec<Diagnostic> {
        let more = self.found.len() > MOST_SHOWN;
        self.found
            .sort_by_key(|problem| problem.told_at().map(|(place, _)| *place));
        self.found.truncate(MOST_SHOWN);
        let mut diagnostics: Vec<Diagnostic> = self
            .found
            .into_iter()
            .map(|problem| files.diagnostic(problem))
            .collect();
        if let Some(last) = diagnostics.last_mut()
            && more
        {
            let note = "there are more problems than are shown";
            last.help = Some(match last.help.take() {
                Some(help) => format!("{help} ({note})"),
                None => note.to_owned(),
            });
        }
        diagnostics
    }
}

/// The texts that make up a lab: the one asked for, then its bases.
#[derive(Debug, Default)]
pub(super) struct Files {
    files: Vec<File>,
}

#[derive(Debug)]
struct File {
    name: String,
    text: String,
    /// The byte at which each line begins.
    lines: Vec<usize>,
}

impl Files {
    pub(super) fn push(&mut self, name: &str, text: String) -> u8 {
        let lines = core::iter::once(0)
            .chain(text.match_indices('\n').map(|(at, _)| at + 1))
            .collect();
        self.files.push(File {
            name: name.to_owned(),
            text,
            lines,
        });
        u8::try_from(self.files.len() - 1).unwrap_or(u8::MAX)
    }
    pub(super) fn text(&self, file: u8) -> &str {
        self.files.get(usize::from(file)).map_or("", |file| &file.text)
    }
    /// The texts of the files that diagnostics point into.
    pub(super) fn texts_of(&self, diagnostics: &[Diagnostic]) -> BTreeMap<String, String> {
        let pointed_into = |file: &&File| {
            diagnostics
                .iter()
                .any(|it| it.file == file.name && !it.labels.is_empty())
        };
        let mut texts = BTreeMap::new();
        for file in self.files.iter().filter(pointed_into) {
            texts
                .entry(file.name.clone())
                .or_insert_with(|| file.text.clone());
        }
        texts
    }
    /// All texts, by the names of their files.
    pub(super) fn texts(&self) -> BTreeMap<String, String> {
        let pair = |file: &File| (file.name.clone(), file.text.clone());
        self.files.iter().map(pair).collect()
    }
    /// The same with lines in place of places.
    pub(super) fn origins(&self, written: Vec<(SimTime, Lever, Place, Option<Called>)>) -> Vec<Origin> {
        let lines = written.into_iter().filter_map(|(at, lever, place, fault)| {
            let file = self.files.get(usize::from(place.file))?;
            let line = file.label(place, String::new())?.line;
            let written = Written::Line {
                file: file.name.clone(),
                line,
            };
            Some(Origin {
                at,
                lever,
                written,
                fault,
            })
        });
        lines.collect()
    }
    fn diagnostic(&self, problem: Problem) -> Diagnostic {
        let home = problem.told_at().map_or(0, |(place, _)| place.file);
        Diagnostic {
            severity: problem.severity,
            code: problem.code,
            message: problem.message,
            file: self
                .files
                .get(usize::from(home))
                .map_or_else(String::new, |file| file.name.clone()),
            labels: problem
                .labels
                .into_iter()
                // A place in another file would be drawn into the wrong text.
                .filter(|(place, _)| place.file == home)
                .filter_map(|(place, text)| self.files.get(usize::from(home))?.label(place, text))
                .collect(),
            help: problem.help,
        }
    }
}

impl File {
    fn label(&self, place: Place, text: String) -> Option<Label> {
        let start = (place.start as usize).min(self.text.len());
        let end = (place.end as usize).clamp(start, self.text.len());
        let line = self.lines.partition_point(|begin| *begin <= start);
        let begin = *self.lines.get(line.checked_sub(1)?)?;
        Some(Label {
            span: start..end,
            line,
            column: self
                .text
                .get(begin..start)
                .map_or(1, |before| before.chars().count() + 1),
            text,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters() {
        let mut files = Files::default();
        let file = files.push("a.ron", "é é\nxü?z".to_owned());
        let mut problems = Problems::default();
        let at = |start, end| Place { file, start, end };
        problems.push(Problem::error(Code::Syntax, at(9, 10), "b"));
        problems.push(Problem::error(Code::Syntax, at(3, 5), "a"));
        let places: Vec<_> = problems
            .into_diagnostics(&files)
            .iter()
            .flat_map(|diagnostic| &diagnostic.labels)
            .map(|label| (label.line, label.column, label.span.clone()))
            .collect();
        // Sorted; `é` is two bytes and one column.
        assert_eq!(places, [(1, 3, 3..5), (2, 3, 9..10)]);
    }

    #[test]
    fn the_nearest_option_is_suggested_only_when_it_is_near() {
        let options = ["source-target", "source-admin"];
        assert_eq!(nearest("source-traget", &options), Some("source-target"));
        assert_eq!(nearest("SOURCE-ADMIN", &options), Some("source-admin"));
        assert_eq!(nearest("vpn", &options), None);
    }
}
