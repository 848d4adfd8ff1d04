//! The labs that ship with the program, each with what it is for.

use core::cmp::Reverse;

use crate::lab::Session;
use crate::scenario::{load, shipped, shipped_base};

use super::{KEEP, fuzzy};

/// A lab.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabRow {
    /// Its name.
    pub name: String,
    /// Its title.
    pub title: String,
    /// What it teaches.
    pub teaches: String,
    /// The lab that it is a broken variant of.
    pub variant_of: Option<String>,
}

/// The shipped labs, in the order in which they ship.
#[must_use]
pub fn rows() -> Vec<LabRow> {
    // A shipped lab that cannot be read is caught by the tests; here it is simply not listed.
    let read = |(name, text): &(&str, &str)| {
        let about = load(text, name, &shipped_base).ok()?.blueprint.about;
        Some(LabRow {
            name: about.name,
            title: about.title,
            teaches: about.teaches,
            variant_of: about.variant_of,
        })
    };
    shipped().iter().filter_map(read).collect()
}

/// Opens a shipped lab.
///
/// # Errors
/// In a sentence, where there is none of that name, or it does not open.
pub fn open(name: &str) -> Result<Session, String> {
    let (_, text) = shipped()
        .iter()
        .find(|(shipped, _)| *shipped == name)
        .ok_or_else(|| format!("no shipped lab is called {name}"))?;
    let loaded = load(text, name, &shipped_base).map_err(|_| format!("{name} cannot be read"))?;
    Session::open(loaded.blueprint, None, KEEP).map_err(|error| error.to_string())
}

/// Whole labs first, each followed by its variants.
#[must_use]
pub fn ordered(labs: Vec<LabRow>) -> Vec<LabRow> {
    let (whole, variants): (Vec<LabRow>, Vec<LabRow>) =
        labs.into_iter().partition(|lab| lab.variant_of.is_none());
    let mut ordered = Vec::new();
    for lab in whole {
        let own = variants
            .iter()
            .filter(|it| it.variant_of.as_ref() == Some(&lab.name));
        let own: Vec<LabRow> = own.cloned().collect();
        ordered.push(lab);
        ordered.extend(own);
    }
    // A variant of a variant stands at the end.
    let rest: Vec<LabRow> = variants.into_iter().filter(|it| !ordered.contains(it)).collect();
    ordered.extend(rest);
    ordered
}

/// The labs whose name or title holds the wanted letters, the best find first.
#[must_use]
pub fn found<'a>(wanted: &str, labs: &'a [LabRow]) -> Vec<&'a LabRow> {
    let words = |lab: &LabRow| format!("{} {}", lab.name, lab.title);
    let mut found: Vec<_> = labs
        .iter()
        .filter_map(|lab| Some((fuzzy::find(wanted, &words(lab))?.score, lab)))
        .collect();
    // Stable, so equal finds keep their order.
    found.sort_by_key(|(score, _)| Reverse(*score));
    found.into_iter().map(|(_, lab)| lab).collect()
}
