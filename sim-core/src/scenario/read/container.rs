//! Lists, maps of named things, values that vary over a fleet.

use crate::scenario::diagnostic::Code;
use crate::scenario::problem::{At, Problem, Problems};
use crate::scenario::syntax::{Kind, Node};

use super::{Name, Read, wrong_type};

/// A field that must be there, without which the rest of its section can still be looked at.
#[derive(Debug, Clone)]
pub(in crate::scenario) struct Need<T>(Option<T>);

impl<T> Need<T> {
    pub(in crate::scenario) const fn of(value: T) -> Self {
        Self(Some(value))
    }
    /// The value; where it is missing, that has been reported.
    pub(in crate::scenario) fn get(&self) -> Option<&T> {
        self.0.as_ref()
    }
}

impl<T: Read> Read for Need<T> {
    const EXPECTED: &'static str = T::EXPECTED;
    fn read(node: &Node, problems: &mut Problems) -> Option<Self> {
        Some(Self(T::read(node, problems)))
    }
    fn fallback() -> Option<Self> {
        Some(Self(None))
    }
}

impl<T: Read> Read for Vec<T> {
    const EXPECTED: &'static str = "a list in `[ ]`";
    fn read(node: &Node, problems: &mut Problems) -> Option<Self> {
        let Kind::List(values) = &node.kind else {
            problems.cut();
            return wrong_type(node, problems);
        };
        let read: Self = values
            .iter()
            .filter_map(|value| T::read(value, problems))
            .collect();
        if read.len() < values.len() {
            problems.cut();
        }
        Some(read)
    }
    fn absent() -> Option<Self> {
        Some(Self::new())
    }
    fn fallback() -> Option<Self> {
        Some(Self::new())
    }
}

/// Something whose fields may also stand without their names, in the order of the declaration:
/// `("cgw-1", "169.254.0.1/30")`.
#[derive(Debug, Clone)]
pub(in crate::scenario) struct Brief<T>(pub(in crate::scenario) T);

impl<T: Read> Read for Brief<T> {
    const EXPECTED: &'static str = T::EXPECTED;
    fn read(node: &Node, problems: &mut Problems) -> Option<Self> {
        match &node.kind {
            Kind::Group { name: None, .. } => T::read_payload(node, problems).map(Self),
            _ => wrong_type(node, problems),
        }
    }
}

/// One thing of a map from names to things.
#[derive(Debug, Clone)]
pub(in crate::scenario) struct Entry<T> {
    /// Its name.
    pub(in crate::scenario) name: At<String>,
    /// What is said about it; where it is missing, that has been reported.
    pub(in crate::scenario) body: Option<T>,
}

/// A map from names to things, in the order of the text.
#[derive(Debug, Clone)]
pub(in crate::scenario) struct Entries<T>(Vec<Entry<T>>);

impl<T> Entries<T> {
    pub(in crate::scenario) const fn of(entries: Vec<Entry<T>>) -> Self {
        Self(entries)
    }
    pub(in crate::scenario) fn iter(&self) -> core::slice::Iter<'_, Entry<T>> {
        self.0.iter()
    }
}

impl<T> Default for Entries<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'e, T> IntoIterator for &'e Entries<T> {
    type Item = &'e Entry<T>;
    type IntoIter = core::slice::Iter<'e, Entry<T>>;
    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<T: Read> Read for Entries<T> {
    const EXPECTED: &'static str = "a map in `{ }` from names in quotes to what they name";
    fn read(node: &Node, problems: &mut Problems) -> Option<Self> {
        let Kind::Map(pairs) = &node.kind else {
            problems.cut();
            return wrong_type(node, problems);
        };
        let mut entries: Vec<Entry<T>> = Vec::with_capacity(pairs.len());
        let mut seen = std::collections::BTreeMap::new();
        for (key, value) in pairs {
            let name = At::<Name>::read(key, problems);
            let body = T::read(value, problems);
            let Some(At {
                value: Name(name),
                place,
            }) = name
            else {
                problems.cut();
                continue;
            };
            if let Some(first) = seen.insert(name.clone(), place) {
                problems.push(
                    Problem::error(Code::DuplicateName, place, format!("`{name}` is there twice"))
                        .also(first, "first here"),
                );
                continue;
            }
            entries.push(Entry {
                name: At { value: name, place },
                body,
            });
        }
        Some(Self(entries))
    }
    fn absent() -> Option<Self> {
        Some(Self::default())
    }
    fn fallback() -> Option<Self> {
        Some(Self::default())
    }
}

/// One value for all members of a fleet, or a list that the members take in turn.
#[derive(Debug, Clone)]
pub(in crate::scenario) struct Cycle<T>(Vec<T>);

impl<T: Clone> Cycle<T> {
    /// The value of member `index`.
    pub(in crate::scenario) fn of(&self, index: usize) -> Option<T> {
        self.0.get(index % self.0.len().max(1)).cloned()
    }
}

impl<T: Read> Read for Cycle<T> {
    const EXPECTED: &'static str = T::EXPECTED;
    fn read(node: &Node, problems: &mut Problems) -> Option<Self> {
        let Kind::List(values) = &node.kind else {
            return T::read(node, problems).map(|value| Self(vec![value]));
        };
        if values.is_empty() {
            problems.push(Problem::error(
                Code::BadValue,
                node.place,
                format!(
                    "expected {}, or a list of at least one that the fleet takes in turn",
                    T::EXPECTED
                ),
            ));
            return None;
        }
        let read: Vec<T> = values
            .iter()
            .filter_map(|value| T::read(value, problems))
            .collect();
        (read.len() == values.len()).then_some(Self(read))
    }
}
