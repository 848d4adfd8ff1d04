//! Shipped labs with a few edits: deleted, doubled and swapped parts, values of other fields, hostile
//! values, parts of other labs. An edit is kept where the lab still loads with it.

use std::cell::Cell;
use std::sync::LazyLock;

use proptest::prelude::*;
use proptest::sample::Index;
use sim_core::scenario::{load, shipped, shipped_base};

use super::{Trial, check_memory, live_through, outlive, runner};

/// What a token is, as far as it matters to what can stand in its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    Text,
    Word,
    Open,
    Close,
    Punctuation,
}

fn class(token: &str) -> Class {
    match token.as_bytes() {
        [b'"', ..] => Class::Text,
        [b'(' | b'[' | b'{'] => Class::Open,
        [b')' | b']' | b'}'] => Class::Close,
        [b',' | b':'] => Class::Punctuation,
        _ => Class::Word,
    }
}

/// The tokens of a lab, without white space and comments.
fn tokens(text: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '"' => quoted(rest),
            '/' if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            _ if first.is_whitespace() => first.len_utf8(),
            _ if is_of_word(first) => rest.find(|it| !is_of_word(it)).unwrap_or(rest.len()),
            _ => first.len_utf8(),
        };
        let (token, after) = rest.split_at(length);
        if !first.is_whitespace() && !token.starts_with("//") {
            tokens.push(token.to_owned());
        }
        rest = after;
    }
    tokens
}

fn is_of_word(it: char) -> bool {
    it.is_alphanumeric() || matches!(it, '_' | '-' | '+' | '.')
}

/// The length of a text in quotes.
fn quoted(rest: &str) -> usize {
    let mut escaped = false;
    for (at, it) in rest.char_indices().skip(1) {
        match it {
            '"' if !escaped => return at + 1,
            _ => escaped = it == '\\' && !escaped,
        }
    }
    rest.len()
}

/// Shipped labs as tokens, and all tokens that there are, each once.
struct Labs {
    labs: Vec<Vec<String>>,
    fields: Vec<Vec<Field>>,
    full: Vec<String>,
    pool: Vec<String>,
}

static LABS: LazyLock<Labs> = LazyLock::new(|| {
    let labs: Vec<Vec<String>> = shipped().iter().map(|(_, text)| tokens(text)).collect();
    let mut pool: Vec<String> = labs.concat();
    pool.sort_unstable();
    pool.dedup();
    let full = tokens(&shipped_base("region-to-region").unwrap_or_default());
    let fields = labs.iter().map(|tokens| fields(tokens)).collect();
    Labs {
        labs,
        fields,
        full,
        pool,
    }
});

/// Values that are at the edge of what can be meant, or beyond it.
const HOSTILE_TEXTS: &[&str] = &[
    "",
    " ",
    "0",
    "-1",
    "*",
    "all",
    "é\u{202e}\u{0}",
    "0B",
    "1B",
    "16383PiB",
    "18446744073709551615B",
    "0bps",
    "1bps",
    "18000000Tbps",
    "0s",
    "1ns",
    "584y",
    "213503d",
    "18446744073s",
    "0%",
    "100%",
    "0.0001%",
    "101%",
    "0.0.0.0",
    "255.255.255.255",
    "224.0.0.1",
    "127.0.0.1",
    "169.254.169.253",
    "0.0.0.0/0",
    "10.0.0.0/32",
    "10.0.0.0/8",
    "0-65535",
    "65535",
    "65536",
    "{n}",
    "{n:99}",
    "..",
    ".",
    "a.b.",
    "ap-south-1",
    "region-to-region",
];
const HOSTILE_WORDS: &[&str] = &[
    "0",
    "1",
    "2",
    "64",
    "400",
    "65535",
    "65536",
    "4294967295",
    "18446744073709551615",
    "18446744073709551616",
    "-1",
    "1.5",
    "1e400",
    "0x10",
    "true",
    "false",
    "None",
    "any",
    "all",
    "deleted",
    "available",
    "off",
    "r#x",
];

const NUMBERS: &[&str] = &[
    "0",
    "1",
    "2",
    "3",
    "7",
    "10",
    "24",
    "60",
    "99",
    "128",
    "254",
    "255",
    "256",
    "500",
    "1500",
    "9999",
    "65535",
    "10000000",
    "4294967296",
    "18446744073709551615",
    "99999999999999999999999",
];

/// One edit of a lab's tokens. What is picked is picked among what the edit can be made on.
#[derive(Debug, Clone)]
enum Edit {
    /// A token goes.
    Delete(Index),
    /// A field or entry goes, its name and its value.
    DeleteField(Index),
    /// A field or entry is written once more.
    Double(Index),
    /// Two tokens of one class change places.
    Swap(Index, Index),
    /// A token becomes one of its class from another lab.
    Replace(Index, Index),
    /// A value becomes a hostile one of its class.
    Hostile(Index, Index),
    /// A number, or the number of a quantity, becomes another.
    Number(Index, Index),
    /// A field's value becomes that of a field of the same name in another lab.
    Revalue(Index, Index),
    /// A field or entry of another lab is put beside one that is in a field of the same name.
    Insert(Index, Index),
    /// A bracket and all in it becomes one of another lab.
    Splice(Index, Index, Index),
}

fn edit() -> impl Strategy<Value = Edit> {
    let at = any::<Index>;
    prop_oneof![
        1 => at().prop_map(Edit::Delete),
        3 => at().prop_map(Edit::DeleteField),
        1 => at().prop_map(Edit::Double),
        2 => (at(), at()).prop_map(|(one, other)| Edit::Swap(one, other)),
        1 => (at(), at()).prop_map(|(one, with)| Edit::Replace(one, with)),
        2 => (at(), at()).prop_map(|(one, with)| Edit::Hostile(one, with)),
        6 => (at(), at()).prop_map(|(one, with)| Edit::Number(one, with)),
        6 => (at(), at()).prop_map(|(one, with)| Edit::Revalue(one, with)),
        6 => (at(), at()).prop_map(|(one, with)| Edit::Insert(one, with)),
        1 => (at(), at(), at()).prop_map(|(one, lab, with)| Edit::Splice(one, lab, with)),
    ]
}

/// A shipped lab with those of the edits with which it loads, and how many these are. Every other
/// one is the Region-to-Region lab, which says most itself.
fn edited(lab: Index, edits: &[Edit], trial: &Trial) -> (String, usize) {
    let labs = &LABS.labs;
    let lab = lab.index(2 * labs.len());
    let mut tokens = labs.get(lab).unwrap_or(&LABS.full).clone();
    let mut kept = 0;
    for edit in edits {
        let mut edited = tokens.clone();
        make(edit, &mut edited);
        if edited != tokens && trial.load(&edited.join(" ")).is_some() {
            (tokens, kept) = (edited, kept + 1);
        }
    }
    (tokens.join(" "), kept)
}

fn pick<'a, T>(from: &'a [T], at: &Index) -> Option<&'a T> {
    (!from.is_empty()).then(|| &from[at.index(from.len())])
}

/// The places of tokens of which something is true.
fn places(tokens: &[String], is: impl Fn(usize) -> bool) -> Vec<usize> {
    (0..tokens.len()).filter(|&at| is(at)).collect()
}

/// The end of the value that begins at a place: past a bracket's partner, and past a word's bracket.
fn end_of_value(tokens: &[String], begin: usize) -> usize {
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate().skip(begin) {
        match class(token) {
            Class::Open => depth += 1,
            Class::Close if depth <= 1 => return at + depth,
            Class::Close => depth -= 1,
            Class::Punctuation if depth == 0 => return at,
            Class::Text | Class::Word | Class::Punctuation => {}
        }
    }
    tokens.len()
}

/// A field or entry of a lab, `name: value`.
#[derive(Debug, Clone)]
struct Field {
    /// The name of the field that it is in; none at the top.
    of: Option<String>,
    name: String,
    /// Where its name is.
    begin: usize,
    /// Where its value ends.
    end: usize,
}

/// The fields and entries of a lab, those inside others after them.
fn fields(tokens: &[String]) -> Vec<Field> {
    let begins = places(tokens, |at| tokens.get(at + 1).is_some_and(|next| next == ":"));
    let mut fields: Vec<Field> = Vec::new();
    let mut open: Vec<(usize, String)> = Vec::new();
    for begin in begins {
        open.retain(|(end, _)| *end > begin);
        let (name, end) = (tokens[begin].clone(), end_of_value(tokens, begin + 2));
        fields.push(Field {
            of: open.last().map(|(_, name)| name.clone()),
            name: name.clone(),
            begin,
            end,
        });
        open.push((end, name));
    }
    fields
}

/// The fields of all shipped labs for which something is true, as tokens.
fn donors(is: impl Fn(&Field) -> bool) -> Vec<&'static [String]> {
    let labs = LABS.labs.iter().zip(&LABS.fields);
    labs.flat_map(|(tokens, fields)| fields.iter().map(move |field| (tokens, field)))
        .filter(|(_, field)| is(field))
        .map(|(tokens, field)| &tokens[field.begin..field.end])
        .collect()
}

fn make(edit: &Edit, tokens: &mut Vec<String>) {
    match edit {
        Edit::Delete(at) => {
            tokens.remove(at.index(tokens.len()));
        }
        Edit::Swap(one, other) => {
            let one = one.index(tokens.len());
            let like = places(tokens, |at| class(&tokens[at]) == class(&tokens[one]));
            if let Some(&other) = pick(&like, other) {
                tokens.swap(one, other);
            }
        }
        Edit::Replace(at, with) => {
            let at = at.index(tokens.len());
            let like = places(&LABS.pool, |it| class(&LABS.pool[it]) == class(&tokens[at]));
            if let Some(&with) = pick(&like, with) {
                tokens[at].clone_from(&LABS.pool[with]);
            }
        }
        Edit::Splice(at, lab, with) => {
            let donor = &LABS.labs[lab.index(LABS.labs.len())];
            let opens = |tokens: &[String]| places(tokens, |at| class(&tokens[at]) == Class::Open);
            if let (Some(&at), Some(&with)) = (pick(&opens(tokens), at), pick(&opens(donor), with)) {
                let end = end_of_value(tokens, at);
                let with = donor[with..end_of_value(donor, with)].to_vec();
                tokens.splice(at..end, with);
            }
        }
        Edit::Hostile(at, with) => {
            let is_value = |at: usize| tokens.get(at + 1).is_none_or(|next| next != ":");
            let values = places(tokens, |at| {
                is_value(at) && matches!(class(&tokens[at]), Class::Text | Class::Word)
            });
            if let Some(&at) = pick(&values, at) {
                tokens[at] = match class(&tokens[at]) {
                    Class::Text => format!("{:?}", HOSTILE_TEXTS[with.index(HOSTILE_TEXTS.len())]),
                    _ => HOSTILE_WORDS[with.index(HOSTILE_WORDS.len())].to_owned(),
                };
            }
        }
        Edit::Number(at, with) => {
            let numbered = places(tokens, |at| tokens[at].contains(|it: char| it.is_ascii_digit()));
            if let Some(&at) = pick(&numbered, at) {
                tokens[at] = renumbered(&tokens[at], NUMBERS[with.index(NUMBERS.len())]);
            }
        }
        Edit::DeleteField(at) => {
            if let Some(Field { begin, end, .. }) = pick(&fields(tokens), at) {
                let comma = usize::from(tokens.get(*end).is_some_and(|next| next == ","));
                tokens.drain(begin..&(end + comma));
            }
        }
        Edit::Double(at) => {
            if let Some(Field { begin, end, .. }) = pick(&fields(tokens), at) {
                put(tokens, *begin, tokens[*begin..*end].to_vec());
            }
        }
        Edit::Revalue(at, with) => {
            if let Some(field) = pick(&fields(tokens), at)
                && let Some(with) = pick(&donors(|donor| donor.name == field.name), with)
            {
                tokens.splice(field.begin..field.end, with.iter().cloned());
            }
        }
        Edit::Insert(at, with) => {
            if let Some(field) = pick(&fields(tokens), at)
                && let Some(with) = pick(&donors(|donor| donor.of == field.of), with)
            {
                put(tokens, field.begin, with.to_vec());
            }
        }
    }
}

/// A token with its first number replaced.
fn renumbered(token: &str, number: &str) -> String {
    let is_digit = |it: char| it.is_ascii_digit();
    let begin = token.find(is_digit).unwrap_or(0);
    let (before, rest) = token.split_at(begin);
    let after = rest.trim_start_matches(is_digit);
    format!("{before}{number}{after}")
}

/// Puts a field in front of another one.
fn put(tokens: &mut Vec<String>, at: usize, mut field: Vec<String>) {
    field.push(",".to_owned());
    tokens.splice(at..at, field);
}

#[test]
fn labs_survive_being_taken_apart() {
    for (name, text) in shipped() {
        let rejoined = tokens(text).join(" ");
        let fate = load(&rejoined, name, &shipped_base).map(|loaded| loaded.blueprint.about.name);
        assert_eq!(
            fate.ok().as_deref(),
            Some(*name),
            "the edits begin from a whole lab"
        );
    }
}

/// Any token of any shipped lab.
pub(super) fn any_token() -> impl Strategy<Value = String> {
    let pool = &LABS.pool;
    any::<Index>().prop_map(|at| pool[at.index(pool.len())].clone())
}

#[test]
fn edited_labs_run() {
    let edits = prop::collection::vec(edit(), 1..16);
    let n_edits = Cell::new((0, 0));
    runner(50)
        .run(&(any::<Index>(), edits), |(lab, edits)| {
            let wanted = edits.len();
            let kept = outlive(move |trial| {
                let (text, kept) = edited(lab, &edits, trial);
                live_through(&text, trial);
                kept
            })?;
            let (all_wanted, all_kept) = n_edits.get();
            n_edits.set((all_wanted + wanted, all_kept + kept));
            Ok(())
        })
        .unwrap_or_else(|error| panic!("{error}"));
    let (wanted, kept) = n_edits.get();
    assert!(
        kept * 6 > wanted,
        "labs load with only {kept} of {wanted} edits: they are too rough to find anything"
    );
    check_memory();
}
