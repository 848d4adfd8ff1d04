//! Policies of BGP sessions: lists of rules, of which the first that matches decides.

use std::net::Ipv4Addr;

use ipnet::Ipv4Net;

use crate::proto::bgp::policy::Action;
use crate::proto::bgp::{Community, LargeCommunity, Origin};
use crate::scenario::diagnostic::Code;
use crate::scenario::problem::{At, Problem, Problems};
use crate::scenario::read::{Fields, Read, choices, section, wrong_type};
use crate::scenario::syntax::{Kind, Node};

/// A policy by name, or spelled out.
#[derive(Debug, Clone)]
pub(in crate::scenario) enum PolicyText {
    Named(At<String>),
    Rules(RulesText),
}

impl Read for PolicyText {
    const EXPECTED: &'static str = "the name of a policy in quotes, or a list of rules in `[ ]`";
    fn read(node: &Node, problems: &mut Problems) -> Option<Self> {
        match &node.kind {
            Kind::Text(_) => At::read(node, problems).map(Self::Named),
            Kind::List(_) | Kind::Group { name: None, .. } => {
                RulesText::read(node, problems).map(Self::Rules)
            }
            _ => wrong_type(node, problems),
        }
    }
}

/// The rules, and what happens to a route that none of them matches: it is denied, as at the end of
/// a route map.
#[derive(Debug, Clone)]
pub(in crate::scenario) struct RulesText {
    pub(in crate::scenario) rules: Vec<At<RuleText>>,
    pub(in crate::scenario) default: Action,
}

section! {
    WholeText: "a policy `(rules: […], default: permit)`" {
        rules: Vec<At<RuleText>>,
        default: Option<Action>,
    }
}

impl Read for RulesText {
    const EXPECTED: &'static str = "a list of rules in `[ ]`, or (rules: […], default: permit)";
    fn read(node: &Node, problems: &mut Problems) -> Option<Self> {
        match &node.kind {
            Kind::List(_) => Vec::read(node, problems).map(|rules| Self {
                rules,
                default: Action::Deny,
            }),
            Kind::Group { name: None, .. } => WholeText::read(node, problems).map(|text| Self {
                rules: text.rules,
                default: text.default.unwrap_or(Action::Deny),
            }),
            _ => wrong_type(node, problems),
        }
    }
}

/// A rule. `match` is no name that the macro for sections could take.
#[derive(Debug, Clone)]
pub(in crate::scenario) struct RuleText {
    pub(in crate::scenario) condition: Option<MatchText>,
    pub(in crate::scenario) set: Option<SetText>,
    pub(in crate::scenario) action: Option<Action>,
}

impl Read for RuleText {
    const EXPECTED: &'static str = "a rule `(match: (…), set: (…), action: permit)`";
    fn read(node: &Node, problems: &mut Problems) -> Option<Self> {
        let fields = Fields::named::<Self>(node, &["match", "set", "action"], problems)?;
        let condition = fields.read("match", problems);
        let set = fields.read("set", problems);
        let action = fields.read("action", problems);
        Some(Self {
            condition: condition?,
            set: set?,
            action: action?,
        })
    }
}

section! {
    MatchText: "what a route must be `(prefix: [\"10.0.0.0/8 le 24\"], community: […])`" {
        prefix: Vec<PrefixText>,
        community: Vec<Community>,
        large_community: Vec<LargeCommunity>,
        as_path: Vec<PathText>,
        origin_as: Option<u32>,
        med: Option<u32>,
    }
}

/// A line of a prefix list: `"10.0.0.0/8"`, `"10.0.0.0/8 ge 16 le 24"`.
#[derive(Debug, Clone, Copy)]
pub(in crate::scenario) struct PrefixText {
    pub(in crate::scenario) prefix: Ipv4Net,
    pub(in crate::scenario) ge: Option<u8>,
    pub(in crate::scenario) le: Option<u8>,
}

impl PrefixText {
    fn parse(text: &str) -> Option<Self> {
        let mut words = text.split_whitespace();
        let prefix: Ipv4Net = words.next()?.parse().ok()?;
        let (mut ge, mut le) = (None, None);
        while let Some(word) = words.next() {
            let length: u8 = words.next()?.parse().ok()?;
            let bound = match word {
                "ge" => &mut ge,
                "le" => &mut le,
                _ => return None,
            };
            if bound.replace(length).is_some() {
                return None;
            }
        }
        let shortest = ge.unwrap_or(prefix.prefix_len());
        let longest = le.unwrap_or(32);
        let fits = prefix.prefix_len() <= shortest && shortest <= longest && longest <= 32;
        (fits && prefix.trunc() == prefix).then_some(Self { prefix, ge, le })
    }
}

impl Read for PrefixText {
    const EXPECTED: &'static str = "a prefix such as \"10.0.0.0/8\" or \"10.0.0.0/8 ge 16 le 24\"";
    fn read(node: &Node, problems: &mut Problems) -> Option<Self> {
        let Kind::Text(text) = &node.kind else {
            return wrong_type(node, problems);
        };
        let line = Self::parse(text);
        if line.is_none() {
            let message = format!("{} is not {}", node.kind.describe(), Self::EXPECTED);
            problems.push(
                Problem::error(Code::BadValue, node.place, message).help(
                    "the lengths are at least that of the prefix, `ge` not above `le`, and no bit is set beyond it",
                ),
            );
        }
        line
    }
}

choices! {
    PathText: "what holds of an AS_PATH, such as contains(65001)" {
        contains => Contains(u32),
        starts_with => StartsWith(Vec<u32>),
        ends_with => EndsWith(Vec<u32>),
        exactly => Exactly(Vec<u32>),
        at_least => AtLeast(u32),
        at_most => AtMost(u32),
    }
}

section! {
    SetText: "what a rule changes `(local_pref: 200, prepend: 2)`" {
        local_pref: Option<u32>,
        med: Option<u32>,
        origin: Option<Origin>,
        next_hop: Option<Ipv4Addr>,
        weight: Option<u32>,
        community_set: Option<Vec<Community>>,
        community_add: Vec<Community>,
        community_remove: Vec<Community>,
        large_community_add: Vec<LargeCommunity>,
        prepend: Option<PrependText>,
    }
}

/// What is put in front of AS_PATH: the own AS so many times, or a list.
#[derive(Debug, Clone)]
pub(in crate::scenario) enum PrependText {
    Own(At<u8>),
    Path(At<Vec<u32>>),
}

impl Read for PrependText {
    const EXPECTED: &'static str = "how often the own AS is prepended, or a list of AS numbers";
    fn read(node: &Node, problems: &mut Problems) -> Option<Self> {
        match &node.kind {
            Kind::Number(_) => At::read(node, problems).map(Self::Own),
            Kind::List(_) => At::read(node, problems).map(Self::Path),
            _ => wrong_type(node, problems),
        }
    }
}
