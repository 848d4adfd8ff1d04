//! The notation: a text in RON becomes a tree whose every node knows where it stands.
//!
//! RON (Rusty Object Notation) readers that go straight to typed values stop at the first problem
//! and lose positions on the way. A scenario is written by hand and read by strangers, so it is
//! read here into a tree first, from which every field, word and name that is wrong can be
//! reported at once. What is accepted is RON without floats, byte strings and extensions.
//!
//! The text is untrusted: its size, the number of its tokens and the depth of its brackets are
//! bounded before anything is built, so neither memory nor the stack can be exhausted.

mod lexer;
mod node;
mod parser;

pub(super) use lexer::MOST_BYTES;
pub(super) use node::{Arguments, Field, Kind, Node, shortened};
pub(super) use parser::parse;
