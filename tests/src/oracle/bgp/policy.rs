//! Policies as cases write them, and as the product takes them.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::sync::Arc;

use anyhow::{Context, bail};
use ipnet::Ipv4Net;
use serde::Deserialize;
use sim_core::proto::bgp::policy::{self, Action, AsPathMatch, Policy, PrefixMatch};
use sim_core::proto::bgp::{Asn, Community, Origin};

use super::case::Decision;

/// The lists that a case gives names.
pub(super) type Policies = BTreeMap<String, Vec<Rule>>;

/// A list of rules, or the name of one.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum RuleList {
    /// The name.
    Named(String),
    /// The rules.
    Rules(Vec<Rule>),
}

/// A rule.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Rule {
    /// When it decides.
    #[serde(rename = "match")]
    condition: Match,
    /// What it changes.
    set: Set,
    /// What it decides.
    action: Decision,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Match {
    prefix: Vec<PrefixLine>,
    community: Vec<String>,
    as_path_contains: Option<OneOrMore>,
    origin_as: Option<u32>,
    med: Option<u32>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
enum PrefixLine {
    Exact(Ipv4Net),
    Within {
        prefix: Ipv4Net,
        ge: Option<u8>,
        le: Option<u8>,
    },
}

#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
enum OneOrMore {
    One(u32),
    More(Vec<u32>),
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Set {
    local_pref: Option<u32>,
    med: Option<u32>,
    origin: Option<String>,
    community_set: Option<Vec<String>>,
    community_add: Vec<String>,
    community_remove: Vec<String>,
    large_community_add: Vec<String>,
    weight: Option<u32>,
    next_hop: Option<Ipv4Addr>,
    prepend: Option<Prepend>,
}

/// What comes in front of AS_PATH.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum Prepend {
    /// The own AS, so often.
    Times(u16),
    /// These, first one leftmost.
    Path(Vec<u32>),
}

impl Prepend {
    /// The AS numbers, for a router of AS `own`.
    #[must_use]
    pub fn path(&self, own: Asn) -> Vec<Asn> {
        match self {
            Self::Times(times) => vec![own; usize::from(*times)],
            Self::Path(asns) => asns.iter().copied().map(Asn).collect(),
        }
    }
}

/// A policy as the product takes it; none where none is attached.
///
/// # Errors
/// A name that the case does not give, a community that is none.
pub(super) fn policy(
    list: Option<&RuleList>,
    default: Option<Decision>,
    named: &Policies,
) -> anyhow::Result<Option<Arc<Policy>>> {
    let rules = match (list, default) {
        (Some(RuleList::Rules(rules)), _) => rules.as_slice(),
        (Some(RuleList::Named(name)), _) => named
            .get(name)
            .with_context(|| format!("there is no policy {name}"))?,
        // A default alone is a policy of no rules.
        (None, Some(_)) => &[],
        (None, None) => return Ok(None),
    };
    let rules: Vec<policy::Rule> = rules.iter().map(Rule::read).collect::<anyhow::Result<_>>()?;
    let default = action(default.unwrap_or_default());
    Ok(Some(Arc::new(Policy { rules, default })))
}

fn action(decision: Decision) -> Action {
    match decision {
        Decision::Permit => Action::Permit,
        Decision::Deny => Action::Deny,
    }
}

/// ORIGIN by its name.
///
/// # Errors
/// Another name than `igp`, `egp` and `incomplete`.
pub(super) fn origin(name: &str) -> anyhow::Result<Origin> {
    Ok(match name {
        "igp" => Origin::Igp,
        "egp" => Origin::Egp,
        "incomplete" => Origin::Incomplete,
        other => bail!("unknown origin {other:?}"),
    })
}

/// Communities by their text.
///
/// # Errors
/// A text that is none.
pub(super) fn communities(texts: &[String]) -> anyhow::Result<Vec<Community>> {
    let one = |text: &String| match text.to_ascii_lowercase().as_str() {
        // What FRR calls it.
        "local-as" => Ok(Community::NO_EXPORT_SUBCONFED),
        text => text.parse().context("failed to read a community"),
    };
    texts.iter().map(one).collect()
}

impl Rule {
    fn read(&self) -> anyhow::Result<policy::Rule> {
        Ok(policy::Rule {
            condition: self.condition.read()?,
            set: self.set.read()?,
            action: action(self.action),
        })
    }
}

impl Match {
    fn read(&self) -> anyhow::Result<policy::Match> {
        let contains = match &self.as_path_contains {
            None => &[][..],
            Some(OneOrMore::One(asn)) => std::slice::from_ref(asn),
            Some(OneOrMore::More(asns)) => asns,
        };
        let line = |line: &PrefixLine| match *line {
            PrefixLine::Exact(prefix) => PrefixMatch::exactly(prefix),
            PrefixLine::Within { prefix, ge, le } => PrefixMatch { prefix, ge, le },
        };
        Ok(policy::Match {
            prefix: self.prefix.iter().map(line).collect(),
            community: communities(&self.community)?,
            large_community: Vec::new(),
            as_path: contains
                .iter()
                .map(|&asn| AsPathMatch::Contains(Asn(asn)))
                .collect(),
            origin_as: self.origin_as.map(Asn),
            med: self.med,
        })
    }
}

impl Set {
    fn read(&self) -> anyhow::Result<policy::Set> {
        let large = |text: &String| text.parse().context("failed to read a large community");
        Ok(policy::Set {
            local_pref: self.local_pref,
            med: self.med,
            origin: self.origin.as_deref().map(origin).transpose()?,
            next_hop: self.next_hop,
            weight: self.weight,
            community_set: self.community_set.as_deref().map(communities).transpose()?,
            community_add: communities(&self.community_add)?,
            community_remove: communities(&self.community_remove)?,
            large_community_add: self
                .large_community_add
                .iter()
                .map(large)
                .collect::<anyhow::Result<_>>()?,
            prepend: self.prepend.as_ref().map(|prepend| match prepend {
                Prepend::Times(times) => policy::Prepend::Own(*times),
                Prepend::Path(asns) => policy::Prepend::Path(asns.iter().copied().map(Asn).collect()),
            }),
        })
    }
}
