//! Faults of the catalogue: when they come, how long they last, and what they are done to.

use crate::fault::{self, FaultKind};
use crate::scenario::problem::{At, Problems};
use crate::scenario::read::{Need, Read, section, unknown_word, wrong_type};
use crate::scenario::syntax::{Kind, Node};
use crate::units::{SimTime, Span};

section! {
    /// A fault that comes at an instant, again and again, or by chance.
    FaultText: "a fault `(kind: link_down, of: \"dx-primary\", at: \"6h\", lasts: \"2h\")`" {
        kind: Need<At<FaultWord>>,
        of: Need<At<NamesText>>,
        amount: Option<At<String>>,
        at: Option<At<SimTime>>,
        lasts: Option<At<Span>>,
        every: Option<At<Span>>,
        times: Option<At<u32>>,
        /// How long it holds on average: it comes by chance.
        between: Option<At<Span>>,
        /// How long a repair takes on average.
        repair: Option<At<Span>>,
    }
}

/// The name of a kind of fault.
#[derive(Debug, Clone, Copy)]
pub(in crate::scenario) struct FaultWord(pub(in crate::scenario) &'static FaultKind);

impl Read for FaultWord {
    const EXPECTED: &'static str = "a kind of fault such as link_down";
    fn read(node: &Node, problems: &mut Problems) -> Option<Self> {
        let Kind::Word(word) = &node.kind else {
            return wrong_type(node, problems);
        };
        let found = fault::kind(word);
        if found.is_none() {
            let known = fault::CATALOGUE.iter().map(|kind| kind.name);
            unknown_word("a kind of fault", word, node.place, known, problems);
        }
        found.map(Self)
    }
}

/// One name, or a list of names.
#[derive(Debug, Clone)]
pub(in crate::scenario) struct NamesText(pub(in crate::scenario) Vec<At<String>>);

impl Read for NamesText {
    const EXPECTED: &'static str = "a name or a list of names";
    fn read(node: &Node, problems: &mut Problems) -> Option<Self> {
        match &node.kind {
            Kind::List(_) => Read::read(node, problems).map(Self),
            _ => At::read(node, problems).map(|name| Self(vec![name])),
        }
    }
}
