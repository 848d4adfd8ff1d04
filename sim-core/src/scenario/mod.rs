//! RON text to a checked lab, with diagnostics that point into the text.
//!
//! Who drives it: the programs, with the text of a file or of a shipped lab; the tests. What comes
//! out is a [`Blueprint`](crate::world::blueprint::Blueprint) in which every name is an id, every
//! default is filled in and nothing is invalid, so nothing further down checks again. What goes
//! wrong comes out as [`Diagnostic`]s, everything at once.
//!
//! ```text
//! text ──syntax──▶ tree with places ──read──▶ sections ──resolve──▶ Blueprint
//!                                     ▲ base, where the lab is laid over another
//! ```
//!
//! Text is untrusted. Sizes, depths and counts are bounded, so that any text is answered quickly
//! and in little memory; nothing here panics. No file is read: bases come from a function.
//!
//! The format is described for users in docs/scenario-format.md.

mod breaks;
mod diagnostic;
mod load;
mod overlay;
mod problem;
mod read;
mod resolve;
mod saved;
mod sections;
mod shipped;
mod source;
mod spoken;
mod syntax;
mod written;

pub use breaks::{Breaks, Symptom};
pub use diagnostic::{Code, Diagnostic, Label, Severity};
pub use load::{BaseText, Bases, Loaded, load, load_bytes};
pub use problem::nearest;
pub(crate) use read::LONGEST_NAME;
pub use saved::{Mark, Moved, SavedBranch, SavedDeed, SavedSession, is_session, read_session};
pub use sections::change_words;
pub use shipped::{DEFAULT_LAB, shipped, shipped_base};
pub use source::{FileContent, Opened, ReadFile, SourceError, Texts, nearest_shipped, open};
pub use spoken::{called_failure, parse_change, parse_failure};
pub use written::to_text;
pub(crate) use written::{policy_text, terms_text};
