//! The notation: a text in RON becomes a tree whose every node knows where it stands.
//!
//! RON (Rusty Object Notation) readers that go straight to typed values stop at the first problem
//! and lose positions on the way. A scenario is written by hand and read by strangers, so it is
//! read here into a tree first, from which every field, word and name that is wrong can be
//! reported at once. What is accepted is RON without exponents, type suffixes, characters, byte
//! strings, raw identifiers and the rarer escapes; a property test holds it against the `ron`
//! crate, which must accept whatever is accepted here, but for a byte order mark in front.
//!
//! The text is untrusted: its size, the number of its tokens, the depth of its brackets and the
//! number of mistakes are bounded before anything is built, so neither memory nor the stack can be
//! exhausted, and the time is proportional to the length.
//!
//! Why not a library: the one that reads RON into a tree and goes on after mistakes, `ron2` 0.3
//! (`ast::parse_document_lossy`), was tried on mutated labs and on the slips in the tests here. It
//! never panicked, but every map key without a colon costs it a pass over the whole text (6 s for
//! 160 kB of `{a,a,…}`, extrapolated, half an hour within the bounds above), which only a second
//! parser in front of it could exclude. Its recovery does not follow brackets either: a comma
//! missing after the first field of a named group is told as a missing `)` and again as trailing
//! characters at some later `)`, and a wrong closing bracket three or four times, two of them at
//! the end of the file.

mod escape;
mod lexer;
mod node;
mod parser;
#[cfg(test)]
mod tests;
mod token;

pub(super) use lexer::MOST_BYTES;
pub(super) use node::{Arguments, Field, Kind, Node, shortened};
pub(super) use parser::parse;
