//! What is wrong with a scenario, as plain data that any screen can draw.
//!
//! A diagnostic points into the text, names what was found, says what was possible and, where a
//! name or word is only mistyped, suggests the nearest one. Nothing here renders: the terminal
//! program and the window draw these, headless commands print them as JSON.

use core::fmt;
use core::ops::Range;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The lab cannot be built.
    Error,
    /// The lab can be built, but something in it is probably not meant.
    Warning,
}

impl Severity {
    /// The word in front of a message.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

macro_rules! codes {
    ($($variant:ident, $code:literal, $meaning:literal;)*) => {
        /// What kind of thing is wrong; each has an example under `tests/bad/`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $(#[doc = $meaning] $variant,)*
        }

        impl Code {
            /// All codes, in the order of the documentation.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The code as a path that programs match on.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => concat!("scenario::", $code),)* }
            }
            /// What the code means, in one sentence.
            #[must_use]
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$variant => $meaning,)* }
            }
        }
    };
}

codes! {
    // The text
    NotText, "not-text", "The file is not UTF-8 text.";
    TooLarge, "too-large", "The file is larger than a scenario can be.";
    TooDeep, "too-deep", "Brackets are nested deeper than any scenario needs.";
    TooMany, "too-many", "There is more of something than a lab can hold.";
    Empty, "empty", "The file holds no lab.";
    Syntax, "syntax", "The text does not follow the notation.";
    // The fields
    UnknownField, "unknown-field", "A section has no field of that name.";
    MissingField, "missing-field", "A section lacks a field that it needs.";
    DuplicateField, "duplicate-field", "A field is given twice.";
    WrongType, "wrong-type", "A value is of another kind than the field takes.";
    UnknownValue, "unknown-value", "A word is none of those that the field takes.";
    BadValue, "bad-value", "A value is of the right kind but makes no sense.";
    // The names
    UnknownSchema, "unknown-schema", "The format version is one that this program does not read.";
    UnknownBase, "unknown-base", "The lab that this one builds on does not exist, or builds on this one.";
    UnknownName, "unknown-name", "Nothing of that name and kind is in the lab.";
    DuplicateName, "duplicate-name", "Two things of one kind have the same name.";
    // What AWS itself would refuse
    Overlap, "overlap", "Blocks of addresses overlap where they must not.";
    NotInside, "not-inside", "An address, block or zone lies outside what has to hold it.";
    AddressTaken, "address-taken", "An address is reserved or already in use.";
    NoRoom, "no-room", "A subnet has too few addresses for what is put into it.";
    Refused, "refused", "AWS refuses such a configuration.";
    // The migration and its plan
    AlreadyMember, "already-member", "A server is in two applications, or an application in two waves.";
    Circular, "circular", "Steps of the runbook wait for each other.";
    NothingMatches, "nothing-matches", "A pattern matches no server.";
    // Probably not meant
    AfterEnd, "after-end", "Something happens only after the lab has ended.";
    BothWait, "both-wait", "Both ends of a session or a tunnel wait for the other one to begin.";
    NoPeer, "no-peer", "A BGP session leads to nobody who would answer it.";
    UnknownRegion, "unknown-region", "A Region or availability zone has a name that AWS does not have.";
    EndpointForm, "endpoint-form", "An endpoint option is written in a form that the agent cannot use.";
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// One place in the text, with what there is to say about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// Bytes of the file's text.
    pub span: Range<usize>,
    /// The line on which it begins, from 1.
    pub line: usize,
    /// The column at which it begins, in characters from 1.
    pub column: usize,
    /// What there is to say; may be empty.
    pub text: String,
}

/// One thing that is wrong with a scenario.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// What kind of thing it is.
    pub code: Code,
    /// What is wrong, naming what was found.
    pub message: String,
    /// The file, as it was called when it was loaded; that of the base where the base is wrong.
    pub file: String,
    /// Places in the file; the first is where the problem is, others help to understand it. Empty
    /// where there is no text to point at.
    pub labels: Vec<Label>,
    /// The way out, where there is a likely one.
    pub help: Option<String>,
}

impl Diagnostic {
    /// What is wrong and the way out, for who sees the text anyway.
    #[must_use]
    pub fn told_briefly(&self) -> String {
        match &self.help {
            Some(help) => format!("{}; {help}", self.message),
            None => self.message.clone(),
        }
    }
}

impl fmt::Display for Diagnostic {
    /// One line without the source text: `error[code]: message (file:line:column); help: …`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}[{}]: {} ({}",
            self.severity.as_str(),
            self.code,
            self.message,
            self.file
        )?;
        if let Some(label) = self.labels.first() {
            write!(f, ":{}:{}", label.line, label.column)?;
        }
        f.write_str(")")?;
        match &self.help {
            Some(help) => write!(f, "; help: {help}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Code;

    #[test]
    fn codes_are_unique_paths() {
        let mut codes: Vec<_> = Code::ALL.iter().map(|code| code.as_str()).collect();
        assert!(codes.iter().all(|code| code.starts_with("scenario::")));
        let n_codes = codes.len();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), n_codes);
    }
}
