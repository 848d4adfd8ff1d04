//! The forms that a change of the running lab can have, found by a few letters.

use core::cmp::Reverse;

use crate::scenario::change_words;

use super::fuzzy;

/// Where every form stands once, with what it changes.
const DOCUMENTATION: &str = include_str!("../../../docs/scenario-format.md");

/// A form that a change can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Form {
    /// An example of it.
    pub example: &'static str,
    /// What it changes.
    pub of: &'static str,
}

/// Every form that is documented, in the order of the documentation.
#[must_use]
pub fn forms() -> Vec<Form> {
    let words: Vec<&str> = change_words().collect();
    let word =
        |part: &str| part.split('(').next().is_some_and(|it| words.contains(&it)) && part.contains('(');
    let mut forms: Vec<Form> = Vec::new();
    for row in DOCUMENTATION.lines().filter(|line| line.starts_with('|')) {
        let of = row
            .trim_end_matches('|')
            .rsplit('|')
            .next()
            .unwrap_or_default()
            .trim();
        let spans = row.split('`').skip(1).step_by(2);
        for example in spans.filter(|part| word(part)) {
            if forms.iter().all(|it| it.example != example) {
                forms.push(Form { example, of });
            }
        }
    }
    forms
}

/// The forms that hold what is written, up to its bracket, with the places of the letters; the best find first.
#[must_use]
pub fn found<'a>(written: &str, forms: &'a [Form]) -> Vec<(&'a Form, Vec<usize>)> {
    let wanted = written.split('(').next().unwrap_or_default();
    let mut found: Vec<_> = forms
        .iter()
        .filter_map(|form| Some((form, fuzzy::find(wanted, form.example)?)))
        .collect();
    found.sort_by_key(|(_, find)| Reverse(find.score));
    found
        .into_iter()
        .map(|(form, find)| (form, find.places))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_change_has_a_form() {
        let all = forms();
        let has = |word: &str| {
            all.iter()
                .any(|form| form.example.split('(').next() == Some(word))
        };
        let without: Vec<&str> = change_words().filter(|word| !has(word)).collect();
        // These stand in the documentation beside another one that has the same form.
        assert!(without.len() < 40, "{without:?}");
        assert!(has("link_rate") && has("add_route") && all.len() > 80);
    }
}
