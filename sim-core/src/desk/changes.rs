//! The forms that a change of the running lab can have, found by a few letters.

use core::cmp::Reverse;

use crate::scenario::change_words;

use super::fuzzy;

/// Where every form stands once, with what it changes.
const DOCUMENTATION: &str = include_str!("../../../docs/scenario-format.md");

/// A form that a change can have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Form {
    /// An example of it.
    pub example: String,
    /// What it changes.
    pub of: &'static str,
}

/// Every form that is documented, in the order of the documentation.
///
/// A row of the documentation writes the first of several forms out: a word that follows it alone (`remove_ingress_rule`
/// after `add_ingress_rule("sg", …)`) takes the same arguments, and a value that follows it (`up` after
/// `link_state("l", down)`) the place of the last one.
#[must_use]
pub fn forms() -> Vec<Form> {
    let words: Vec<&str> = change_words().collect();
    let mut forms: Vec<Form> = Vec::new();
    let section = DOCUMENTATION.split("\n## Changes\n").nth(1).unwrap_or_default();
    let section = section.split("\n## ").next().unwrap_or_default();
    for row in section.lines().filter(|line| line.starts_with('|')) {
        let mut cells = row.trim_matches('|').split(" | ").map(str::trim);
        let (written, of) = (cells.next().unwrap_or_default(), cells.next().unwrap_or_default());
        let mut last: Option<(&str, &str)> = None;
        for span in written.split('`').skip(1).step_by(2) {
            let word = span.split('(').next().unwrap_or_default();
            let example = match last {
                _ if words.contains(&word) && span.contains('(') => {
                    last = Some((word, &span[word.len()..]));
                    span.to_owned()
                }
                Some((_, arguments)) if words.contains(&word) && !word.starts_with(TAKES_NOTHING) => {
                    format!("{word}{arguments}")
                }
                _ if words.contains(&word) => span.to_owned(),
                Some((word, arguments)) if is_value(span) => format!("{word}{}", ends_with(arguments, span)),
                _ => continue,
            };
            if forms.iter().all(|it| it.example != example) {
                forms.push(Form { example, of });
            }
        }
    }
    forms
}

/// Whether what is written is a change, as far as can be seen: some take no arguments.
#[must_use]
pub fn is_change(written: &str, forms: &[Form]) -> bool {
    written.contains('(') || forms.iter().any(|form| form.example == written.trim())
}

/// What takes something away whole needs no arguments, where none are written.
const TAKES_NOTHING: &str = "no_";

fn is_value(span: &str) -> bool {
    let is_word = |span: &str| {
        span.bytes()
            .all(|it| it.is_ascii_lowercase() || it == b'_' || it.is_ascii_digit())
    };
    span == "[]" || (!span.is_empty() && is_word(span))
}

/// The arguments with another value in the last place.
fn ends_with(arguments: &str, value: &str) -> String {
    let mut depth = 0_u32;
    let mut begins = 1;
    for (place, letter) in arguments.char_indices() {
        match letter {
            '(' | '[' => depth += 1,
            ')' | ']' => depth = depth.saturating_sub(1),
            ',' if depth == 1 => begins = place + 1,
            _ => {}
        }
    }
    let (kept, last) = arguments.split_at(begins);
    let last = last.trim_start();
    let space = if begins == 1 { "" } else { " " };
    let named = last.split_once(": ").filter(|(name, _)| is_value(name));
    let name = named.map_or_else(String::new, |(name, _)| format!("{name}: "));
    format!("{kept}{space}{name}{value})")
}

/// Whether a person who writes these words may mean a change: each stands in its form or in what it changes, and of a long one its
/// beginning will do, as "association" finds `associate_zone`.
#[must_use]
pub fn is_described(wanted: &str, example: &str, of: &str) -> bool {
    const LONG: usize = 8;
    const ENDING: usize = 3;
    let name = example.split('(').next().unwrap_or_default();
    let text = format!("{name} {of}").to_lowercase();
    let mut words = wanted.split_whitespace().map(str::to_lowercase);
    words.all(|word| {
        let word = word.strip_suffix('s').unwrap_or(&word);
        let n = word.chars().count();
        let kept = if n < LONG { n } else { n - ENDING };
        text.contains(&word.chars().take(kept).collect::<String>())
    })
}

/// The forms that hold what is written, up to its bracket, with the places of the letters; the best find first, and last those
/// of which only what they change is called so.
#[must_use]
pub fn found<'a>(written: &str, forms: &'a [Form]) -> Vec<(&'a Form, Vec<usize>)> {
    let wanted = written.split('(').next().unwrap_or_default();
    let mut found: Vec<_> = forms
        .iter()
        .filter_map(|form| Some((form, fuzzy::find(wanted, &form.example)?)))
        .collect();
    found.sort_by_key(|(_, find)| Reverse(find.score));
    let only_described = |form: &&Form| {
        fuzzy::find(wanted, &form.example).is_none() && is_described(wanted, &form.example, form.of)
    };
    let described = forms.iter().filter(only_described);
    found.extend(described.map(|form| (form, fuzzy::Find::default())));
    found
        .into_iter()
        .map(|(form, find)| (form, find.places))
        .collect()
}

#[cfg(test)]
mod tests {
    use crate::scenario::{Code, load, parse_change, shipped_base};

    use super::*;

    #[test]
    fn every_change_has_a_form_and_is_found_by_typing_its_word() {
        let all = forms();
        for word in change_words() {
            let found = found(word, &all);
            let (first, _) = found
                .first()
                .unwrap_or_else(|| panic!("nothing is found for {word}"));
            let is_it = |form: &Form| form.example.split('(').next() == Some(word);
            assert!(is_it(first), "{word} finds {first:?}");
            assert!(!first.of.is_empty(), "{first:?}");
        }
    }

    #[test]
    fn a_form_is_found_by_the_noun_for_what_it_does() {
        let all = forms();
        for (wanted, word) in [
            ("association", "associate_transit"),
            ("associations", "associate_resolver_rule"),
            ("prepending", "prepend"),
            ("forwarding", "set_forwarder"),
            ("security group rule", "add_ingress_rule"),
        ] {
            let found = found(wanted, &all);
            let mut names = found.iter().map(|(form, _)| form.example.split('(').next());
            assert!(names.any(|name| name == Some(word)), "{wanted} finds {found:?}");
        }
    }

    #[test]
    fn a_form_is_found_by_what_it_changes() {
        let all = forms();
        for (word, change) in [
            ("proposal", "configure_tunnel"),
            ("certificate", "configure_tunnel"),
            ("security group", "add_ingress_rule"),
        ] {
            let mut found = found(word, &all).into_iter();
            assert!(found.any(|(form, _)| form.example.starts_with(change)), "{word}");
        }
    }

    /// What is taken from the list can be made as it stands, but for the names, which are those of a lab.
    #[test]
    fn every_form_is_one_that_can_be_written() {
        let text = shipped_base("region-to-region").expect("it ships");
        let lab = load(&text, "test", &shipped_base).expect("it is right").blueprint;
        let named = |code: Code| matches!(code, Code::UnknownName | Code::Refused);
        let all = forms();
        let mut wrong = Vec::new();
        for form in all.iter().filter(|form| !form.example.contains('…')) {
            assert!(is_change(&form.example, &all));
            let told = parse_change(&form.example, &lab).err().into_iter().flatten();
            wrong.extend(
                told.filter(|it| !named(it.code))
                    .map(|it| format!("{}: {it}", form.example)),
            );
        }
        assert_eq!(wrong, Vec::<String>::new());
    }

    #[test]
    fn what_follows_a_form_takes_its_arguments_or_the_place_of_its_last() {
        let all = forms();
        let has = |example: &str| all.iter().any(|form| form.example == example);
        for example in [
            "link_state(\"l\", up)",
            "start_test(all)",
            "start_cutover(all)",
            "export_policy(\"r/n\", \"name\")",
            "import_policy(\"r/n\", none)",
            "session(\"r/n\", soft_in)",
            "remove_ingress_rule(\"sg\", (protocol: tcp, ports: \"443\", from: \"10.0.1.0/24\"))",
            "set_transit_route(table: \"t\", destination: \"10.0.0.0/8\", target: blackhole)",
            "name_servers(\"vpc\", [])",
            "no_throttle",
            "session_timers(\"r/n\", (hold: \"30s\", keepalive: \"10s\"))",
            "bfd_timers(\"r/n\", (interval: \"300ms\", multiplier: 3))",
            "prepend(\"r/n\", 2)",
        ] {
            assert!(has(example), "{example}");
        }
    }
}
