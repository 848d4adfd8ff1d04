//! Sections, words and choices: the three shapes that a scenario is made of.

use crate::scenario::diagnostic::Code;
use crate::scenario::problem::{Place, Problem, Problems};
use crate::scenario::syntax::{Arguments, Field, Kind, Node};

use super::{Read, wrong_type};

/// Complains about a word that is none of `options`.
pub(in crate::scenario) fn unknown_word<'o>(
    expected: &str,
    word: &str,
    place: Place,
    options: impl IntoIterator<Item = &'o str>,
    problems: &mut Problems,
) {
    let message = format!("`{word}` is not {expected}");
    problems.push_mistyped(Problem::error(Code::UnknownValue, place, message), word, options);
}

/// The fields of one section while it is being read.
pub(in crate::scenario) struct Fields<'n> {
    section: &'static str,
    place: Place,
    /// In the order of the declaration: the name, and the node where the text has it.
    slots: Vec<(&'static str, Option<&'n Node>)>,
}

impl<'n> Fields<'n> {
    /// Sorts the fields of `node` by name; `None` where it is no group, which has then been
    /// reported.
    pub(in crate::scenario) fn named<T: Read>(
        node: &'n Node,
        names: &[&'static str],
        problems: &mut Problems,
    ) -> Option<Self> {
        match &node.kind {
            Kind::Group {
                arguments: Arguments::Named(fields),
                ..
            } => {
                let mut sorted = Self::empty(T::EXPECTED, node.place, names);
                for field in fields {
                    sorted.put(field, problems);
                }
                Some(sorted)
            }
            _ => wrong_type::<T>(node, problems).and(None),
        }
    }

    /// As [`Self::named`], but values without names are also taken, in the order of the
    /// declaration: `life_cycle(all, CUTOVER)`.
    pub(in crate::scenario) fn payload<T: Read>(
        node: &'n Node,
        names: &[&'static str],
        problems: &mut Problems,
    ) -> Option<Self> {
        let Kind::Group {
            arguments: Arguments::Positional(values),
            ..
        } = &node.kind
        else {
            return Self::named::<T>(node, names, problems);
        };
        // One group in the brackets is the section itself: `word((field: value))`.
        if let [only] = values.as_slice()
            && matches!(
                &only.kind,
                Kind::Group {
                    name: None,
                    arguments: Arguments::Named(_)
                }
            )
        {
            return Self::named::<T>(only, names, problems);
        }
        let mut sorted = Self::empty(T::EXPECTED, node.place, names);
        for (index, value) in values.iter().enumerate() {
            match sorted.slots.get_mut(index) {
                Some((_, slot)) => *slot = Some(value),
                None => problems.push(Problem::error(
                    Code::WrongType,
                    value.place,
                    format!(
                        "{} takes at most {}: {}",
                        T::EXPECTED,
                        names.len(),
                        names.join(", ")
                    ),
                )),
            }
        }
        Some(sorted)
    }

    fn empty(section: &'static str, place: Place, names: &[&'static str]) -> Self {
        Self {
            section,
            place,
            slots: names.iter().map(|name| (*name, None)).collect(),
        }
    }

    fn put(&mut self, field: &'n Field, problems: &mut Problems) {
        let section = self.section;
        match self.slots.iter_mut().find(|(name, _)| *name == field.name) {
            Some((_, slot @ None)) => *slot = Some(&field.value),
            Some((_, Some(first))) => problems.push(
                Problem::error(
                    Code::DuplicateField,
                    field.place,
                    format!("`{}` is given twice", field.name),
                )
                .also(first.place, "first here"),
            ),
            None => {
                let message = format!("{section} has no field `{}`", field.name);
                let names = self.slots.iter().map(|(name, _)| *name);
                let problem = Problem::error(Code::UnknownField, field.place, message);
                problems.push_mistyped(problem, &field.name, names);
            }
        }
    }

    /// Reads the field of that name.
    pub(in crate::scenario) fn read<T: Read>(&self, name: &str, problems: &mut Problems) -> Option<T> {
        let node = self
            .slots
            .iter()
            .find(|(slot, _)| *slot == name)
            .and_then(|(_, node)| *node);
        if let Some(node) = node {
            return T::read(node, problems).or_else(T::fallback);
        }
        T::absent().or_else(|| {
            let message = format!("{} needs the field `{name}`", self.section);
            problems.push_missing(self.place, message, T::EXPECTED);
            T::fallback()
        })
    }
}

/// A struct whose fields stand by name between round brackets.
macro_rules! section {
    (
        $(#[$meta:meta])*
        $name:ident: $expected:literal { $($(#[$fmeta:meta])* $field:ident: $type:ty,)* }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone)]
        pub(in crate::scenario) struct $name {
            $($(#[$fmeta])* pub(in crate::scenario) $field: $type,)*
        }

        impl $name {
            /// The names of its fields.
            pub(in crate::scenario) const FIELDS: &[&str] = &[$(stringify!($field),)*];

            pub(in crate::scenario) fn from_fields(
                fields: &$crate::scenario::read::Fields<'_>,
                problems: &mut $crate::scenario::problem::Problems,
            ) -> Option<Self> {
                // Every field is read before the first failure counts.
                $(let $field: Option<$type> = fields.read(stringify!($field), problems);)*
                Some(Self { $($field: $field?,)* })
            }
        }

        impl $crate::scenario::read::Read for $name {
            const EXPECTED: &'static str = $expected;
            fn empty() -> Option<Self> {
                Some(Self { $($field: <$type>::absent().or_else(<$type>::fallback)?,)* })
            }
            fn read(
                node: &$crate::scenario::syntax::Node,
                problems: &mut $crate::scenario::problem::Problems,
            ) -> Option<Self> {
                let fields = $crate::scenario::read::Fields::named::<Self>(node, Self::FIELDS, problems)?;
                Self::from_fields(&fields, problems)
            }
            fn read_payload(
                node: &$crate::scenario::syntax::Node,
                problems: &mut $crate::scenario::problem::Problems,
            ) -> Option<Self> {
                let fields = $crate::scenario::read::Fields::payload::<Self>(node, Self::FIELDS, problems)?;
                Self::from_fields(&fields, problems)
            }
        }
    };
}
pub(in crate::scenario) use section;

/// Bare words for the variants of an enum of the model, and back.
macro_rules! words {
    ($($type:ident: $expected:literal { $($word:ident => $variant:ident,)* })*) => {
        $(impl $crate::scenario::read::Read for $type {
            const EXPECTED: &'static str = $expected;
            fn read(
                node: &$crate::scenario::syntax::Node,
                problems: &mut $crate::scenario::problem::Problems,
            ) -> Option<Self> {
                match &node.kind {
                    $($crate::scenario::syntax::Kind::Word(word) if word == stringify!($word) => {
                        Some(Self::$variant)
                    })*
                    $crate::scenario::syntax::Kind::Word(word) => {
                        let options = [$(stringify!($word),)*];
                        $crate::scenario::read::unknown_word(
                            $expected, word, node.place, options, problems,
                        );
                        None
                    }
                    _ => $crate::scenario::read::wrong_type(node, problems),
                }
            }
        })*
    };
}
pub(in crate::scenario) use words;

/// An enum whose variants are words that may carry a value in brackets.
macro_rules! choices {
    (
        $(#[$meta:meta])*
        $name:ident: $expected:literal { $($(#[$vmeta:meta])* $word:ident => $variant:ident $(($type:ty))?,)* }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone)]
        pub(in crate::scenario) enum $name {
            $($(#[$vmeta])* $variant $(($type))?,)*
        }

        impl $name {
            /// The words of all variants.
            pub(in crate::scenario) const WORDS: &[&str] = &[$(stringify!($word),)*];
        }

        impl $crate::scenario::read::Read for $name {
            const EXPECTED: &'static str = $expected;
            fn read(
                node: &$crate::scenario::syntax::Node,
                problems: &mut $crate::scenario::problem::Problems,
            ) -> Option<Self> {
                use $crate::scenario::syntax::Kind;
                let (Kind::Word(word) | Kind::Group { name: Some(word), .. }) = &node.kind else {
                    return $crate::scenario::read::wrong_type(node, problems);
                };
                match word.as_str() {
                    $(stringify!($word) => {
                        $crate::scenario::read::choices!(@arm node problems $variant $(($type))?)
                    })*
                    word => {
                        let options = Self::WORDS.iter().copied();
                        $crate::scenario::read::unknown_word(
                            $expected, word, node.place, options, problems,
                        );
                        None
                    }
                }
            }
        }
    };
    (@arm $node:ident $problems:ident $variant:ident) => {
        match $node.kind {
            Kind::Word(_) => Some(Self::$variant),
            _ => $crate::scenario::read::wrong_type($node, $problems),
        }
    };
    (@arm $node:ident $problems:ident $variant:ident ($type:ty)) => {
        <$type as $crate::scenario::read::Read>::read_payload($node, $problems).map(Self::$variant)
    };
}
pub(in crate::scenario) use choices;
