//! A saved session.

use crate::fault::HealedBy;
use crate::scenario::problem::{At, Problems};
use crate::scenario::read::{Name, Need, Read, section, words, wrong_type};
use crate::scenario::syntax::{Kind, Node};
use crate::units::{SimTime, Span};

use super::change::ChangeText;
use super::fault::FaultWord;

section! {
    SessionText: "a session `Session(version: 1, lab: …, branches: […])`" {
        version: Need<At<u32>>,
        /// The lab as it was asked for.
        lab: Need<At<String>>,
        seed: Need<u64>,
        /// The lab's text, and those that it builds on.
        texts: Vec<SourceText>,
        current: Need<At<String>>,
        branches: Vec<BranchText>,
        /// What was moved by hand on the map.
        moved: Vec<MovedText>,
    }
}

section! {
    MovedText: "something moved on the map `(what: …, right: …, down: …)`" {
        what: Need<String>,
        right: Need<i32>,
        down: Need<i32>,
    }
}

section! {
    SourceText: "a text `(name: …, text: …)`" {
        name: Need<String>,
        text: Need<Verbatim>,
    }
}

section! {
    BranchText: "a branch `(name: …, now: …, journal: […])`" {
        name: Need<At<Name>>,
        from: Option<String>,
        began: Need<At<SimTime>>,
        now: Need<At<SimTime>>,
        steps: Need<u64>,
        /// How many entries of the journal are done at its present.
        done: Need<At<u32>>,
        journal: Vec<DeedText>,
        marks: Vec<MarkText>,
        trail: Option<At<TrailText>>,
    }
}

section! {
    TrailText: "a trail `(every: 1, prints: [\"…\"])`" {
        every: Need<u64>,
        /// How many of the first prints are those of the branch that it was taken from.
        shares: Option<u32>,
        prints: Vec<String>,
    }
}

section! {
    DeedText: "an entry of a journal `(at: …, after: …, change: …)`" {
        at: Need<At<SimTime>>,
        after: Need<At<u64>>,
        change: Option<At<ChangeText>>,
        inject: Option<At<OrderText>>,
        heal: Option<At<HealText>>,
    }
}

section! {
    OrderText: "a fault `(kind: link_down, of: \"dx-primary\", lasts: \"2h\")`" {
        kind: Need<At<FaultWord>>,
        of: Need<String>,
        amount: Option<String>,
        lasts: Option<Span>,
    }
}

section! {
    HealText: "a healing `(kind: link_down, of: \"dx-primary\", since: \"2h\", by: hand)`" {
        kind: Need<At<FaultWord>>,
        of: Need<String>,
        amount: Option<String>,
        lasts: Option<Span>,
        since: Need<At<SimTime>>,
        by: Need<HealedBy>,
    }
}

section! {
    MarkText: "a mark `(at: …, steps: …, done: …, records: …, hash: …)`" {
        at: Need<At<SimTime>>,
        steps: Need<u64>,
        done: Need<u32>,
        records: Need<u64>,
        hash: Need<String>,
    }
}

words! {
    HealedBy: "`hand` or `time`" {
        hand => Hand,
        time => Time,
    }
}

/// A text as it stands, however long.
#[derive(Debug, Clone)]
pub(in crate::scenario) struct Verbatim(pub(in crate::scenario) String);

impl Read for Verbatim {
    const EXPECTED: &'static str = "a text in quotes";
    fn read(node: &Node, problems: &mut Problems) -> Option<Self> {
        match &node.kind {
            Kind::Text(text) => Some(Self(text.clone())),
            _ => wrong_type(node, problems),
        }
    }
}
