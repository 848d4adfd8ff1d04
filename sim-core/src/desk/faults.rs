//! The list of faults to heal and to inject, found by a few letters.

use core::cmp::Reverse;

use crate::fault;

use super::format;
use super::fuzzy;
use super::injection::{Choice, Injected};

/// A row of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Row<'a> {
    /// One that lasts, to be healed.
    Active(&'a Injected),
    /// One that can be injected.
    Choice(&'a Choice),
}

impl<'a> Row<'a> {
    /// The kind and what it is done to.
    #[must_use]
    pub const fn choice(&self) -> &'a Choice {
        match self {
            Self::Active(it) => &it.choice,
            Self::Choice(it) => it,
        }
    }
    /// Since when it lasts, or what its kind is.
    #[must_use]
    pub fn says(&self) -> String {
        match self {
            Self::Active(it) => {
                let heals = it.heals_at.map(|at| format!(", heals {}", format::clock(at)));
                format!("since {}{}", format::clock(it.at), heals.unwrap_or_default())
            }
            Self::Choice(it) => fault::kind(it.kind).map_or("", |kind| kind.title).to_owned(),
        }
    }
    /// Whether how bad it is can be said.
    #[must_use]
    pub fn has_amount(&self) -> bool {
        match self {
            Self::Active(_) => false,
            Self::Choice(it) => fault::kind(it.kind).is_some_and(|kind| kind.amount.is_some()),
        }
    }
}

/// The rows whose `words` hold the wanted letters, with the places of these: first what is active, then what can be injected,
/// in both the best find first.
pub fn found<'a>(
    wanted: &str,
    active: &'a [Injected],
    choices: &'a [Choice],
    words: impl Fn(&Row<'a>) -> String,
) -> Vec<(Row<'a>, Vec<usize>)> {
    // "link_down of dx-primary" is what both screens say of a fault, whatever stands between the two in a row.
    let words_of_it = wanted.split_whitespace().filter(|word| *word != "of");
    let wanted = words_of_it.collect::<Vec<_>>().join(" ");
    let active = active.iter().map(Row::Active);
    let mut found: Vec<_> = active
        .chain(choices.iter().map(Row::Choice))
        .filter_map(|row| Some((row, fuzzy::find(&wanted, &words(&row))?)))
        .collect();
    // Stable, so equal finds keep the order of the catalogue.
    found.sort_by_key(|(row, find)| (matches!(row, Row::Choice(_)), Reverse(find.score)));
    found.into_iter().map(|(row, find)| (row, find.places)).collect()
}
