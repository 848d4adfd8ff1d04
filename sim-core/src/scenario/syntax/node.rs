//! The tree that a text becomes.

use crate::scenario::problem::Place;

/// A value and where it stands.
#[derive(Debug, Clone)]
pub(in crate::scenario) struct Node {
    pub(in crate::scenario) kind: Kind,
    pub(in crate::scenario) place: Place,
}

/// What a value is.
#[derive(Debug, Clone)]
pub(in crate::scenario) enum Kind {
    /// Something that was already complained about.
    Bad,
    /// `None`.
    Absent,
    /// `true` or `false`.
    Bool(bool),
    /// A number as it is written, without underscores.
    Number(String),
    /// `"text"`.
    Text(String),
    /// A bare word.
    Word(String),
    /// `[a, b]`.
    List(Vec<Node>),
    /// `{ key: value }`.
    Map(Vec<(Node, Node)>),
    /// `(…)` or `word(…)`.
    Group {
        /// The word in front.
        name: Option<String>,
        /// What stands between the brackets.
        arguments: Arguments,
    },
}

/// What stands between round brackets.
#[derive(Debug, Clone)]
pub(in crate::scenario) enum Arguments {
    /// `field: value` pairs; also empty brackets.
    Named(Vec<Field>),
    /// Values alone.
    Positional(Vec<Node>),
}

/// `name: value`.
#[derive(Debug, Clone)]
pub(in crate::scenario) struct Field {
    pub(in crate::scenario) name: String,
    pub(in crate::scenario) place: Place,
    pub(in crate::scenario) value: Node,
}

impl Kind {
    /// What a person calls a value of this kind.
    pub(in crate::scenario) fn describe(&self) -> String {
        match self {
            Self::Bad => "something unreadable".to_owned(),
            Self::Absent => "`None`".to_owned(),
            Self::Bool(value) => format!("`{value}`"),
            Self::Number(text) => format!("the number {}", shortened(text)),
            Self::Text(text) => format!("the text {:?}", shortened(text)),
            Self::Word(word) => format!("the word `{}`", shortened(word)),
            Self::List(_) => "a list in `[ ]`".to_owned(),
            Self::Map(_) => "a map in `{ }`".to_owned(),
            Self::Group { name: Some(name), .. } => format!("`{}(…)`", shortened(name)),
            Self::Group { name: None, .. } => "a group in `( )`".to_owned(),
        }
    }
}

/// Enough of `text` to recognise it.
pub(in crate::scenario) fn shortened(text: &str) -> String {
    match text.char_indices().nth(48) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or_default()),
        None => text.to_owned(),
    }
}
