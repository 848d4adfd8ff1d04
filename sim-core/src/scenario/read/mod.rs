//! The tree becomes typed sections: every field checked, nothing looked up yet.
//!
//! Each type that may stand in a scenario implements [`Read`]. The macros in `macros.rs` derive it
//! for sections (named fields), words (closed sets of bare words) and choices (words that carry
//! something); `leaf.rs` has texts, numbers, addresses and quantities. A mistake is reported and
//! read past, so that all of a file's mistakes show in one go.

mod container;
mod leaf;
mod macros;

pub(super) use container::{Brief, Cycle, Entries, Entry, Need};
pub(crate) use leaf::LONGEST_NAME;
pub(super) use leaf::{InterfaceAddress, Name, Prose, Unmodelled};
pub(super) use macros::{Fields, choices, section, unknown_word, words};

use super::diagnostic::Code;
use super::problem::{At, Problem, Problems};
use super::syntax::{Arguments, Kind, Node};

/// A type that may stand in a scenario.
pub(super) trait Read: Sized {
    /// What it is called in a complaint: "expected …".
    const EXPECTED: &'static str;

    /// Reads it from `node`; `None` where it is wrong, which has then been reported.
    fn read(node: &Node, problems: &mut Problems) -> Option<Self>;

    /// Reads it from what stands between the brackets of `word(…)`.
    fn read_payload(node: &Node, problems: &mut Problems) -> Option<Self> {
        if let Kind::Group {
            arguments: Arguments::Positional(values),
            ..
        } = &node.kind
            && let [value] = values.as_slice()
        {
            return Self::read(value, problems);
        }
        wrong_type::<Self>(node, problems)
    }

    /// What it is where the field is left out; `None` where it must not be.
    fn absent() -> Option<Self> {
        None
    }

    /// The section with nothing in it, for what another section stands for; `None` for anything else, and where a field
    /// must not be left out.
    fn empty() -> Option<Self> {
        None
    }

    /// What to go on with after it was wrong, so that what stands beside it is still read.
    fn fallback() -> Option<Self> {
        None
    }
}

/// Complains that `node` is not a `T`.
pub(super) fn wrong_type<T: Read>(node: &Node, problems: &mut Problems) -> Option<T> {
    // What is already reported needs no second complaint.
    if !matches!(node.kind, Kind::Bad) {
        problems.push(Problem::error(
            Code::WrongType,
            node.place,
            format!("expected {}, found {}", T::EXPECTED, node.kind.describe()),
        ));
    }
    None
}

impl<T: Read> Read for At<T> {
    const EXPECTED: &'static str = T::EXPECTED;
    fn read(node: &Node, problems: &mut Problems) -> Option<Self> {
        Some(Self {
            value: T::read(node, problems)?,
            place: node.place,
        })
    }
    fn read_payload(node: &Node, problems: &mut Problems) -> Option<Self> {
        let place = match &node.kind {
            Kind::Group {
                arguments: Arguments::Positional(values),
                ..
            } => values.first().map_or(node.place, |value| value.place),
            _ => node.place,
        };
        Some(Self {
            value: T::read_payload(node, problems)?,
            place,
        })
    }
}

impl<T: Read> Read for Option<T> {
    const EXPECTED: &'static str = T::EXPECTED;
    fn read(node: &Node, problems: &mut Problems) -> Option<Self> {
        match node.kind {
            Kind::Absent => Some(None),
            _ => T::read(node, problems).map(Some),
        }
    }
    fn absent() -> Option<Self> {
        Some(None)
    }
    fn fallback() -> Option<Self> {
        Some(None)
    }
}

impl<T: Read> Read for Box<T> {
    const EXPECTED: &'static str = T::EXPECTED;
    fn read(node: &Node, problems: &mut Problems) -> Option<Self> {
        T::read(node, problems).map(Self::new)
    }
    fn read_payload(node: &Node, problems: &mut Problems) -> Option<Self> {
        T::read_payload(node, problems).map(Self::new)
    }
}
