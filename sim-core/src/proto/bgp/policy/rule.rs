//! Rules: what they look at, what they change, and which one decided.

use std::net::Ipv4Addr;

use ipnet::Ipv4Net;
use serde::{Deserialize, Serialize};

use crate::proto::bgp::attribute::{AsPath, Asn, Attributes, Community, LargeCommunity, Origin, SegmentKind};

/// A list of rules of which the first that matches decides.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Policy {
    /// The rules, in the order in which they are tried.
    pub rules: Vec<Rule>,
    /// What happens to a route that no rule matches.
    pub default: Action,
}

/// Whether a route goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// It goes on, changed by the rule.
    #[default]
    Permit,
    /// It ends here.
    Deny,
}

/// A condition, what is changed where it holds, and whether the route goes on.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Rule {
    /// When the rule decides.
    #[serde(rename = "match")]
    pub condition: Match,
    /// What it changes, if it permits.
    pub set: Set,
    /// What it decides.
    pub action: Action,
}

/// What a route must be; what is not asked for holds.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Match {
    /// The prefix is one of these; any, if there is none.
    pub prefix: Vec<PrefixMatch>,
    /// It carries one of these communities; any route, if there is none.
    pub community: Vec<Community>,
    /// It carries one of these large communities; any route, if there is none.
    pub large_community: Vec<LargeCommunity>,
    /// All of these hold of its AS_PATH.
    pub as_path: Vec<AsPathMatch>,
    /// The AS that stands last in its AS_PATH.
    pub origin_as: Option<Asn>,
    /// Its MED, a missing one being 0.
    pub med: Option<u32>,
}

/// A line of a prefix list.
///
/// Alone the prefix itself; with `ge` or `le` also those within it whose length is at least `ge` (its own, if not
/// given) and at most `le` (32, if not given).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PrefixMatch {
    /// What the prefix must be or lie in.
    pub prefix: Ipv4Net,
    /// The shortest length, in bits.
    #[serde(default)]
    pub ge: Option<u8>,
    /// The longest length, in bits.
    #[serde(default)]
    pub le: Option<u8>,
}

/// Something that may hold of an AS_PATH.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AsPathMatch {
    /// The AS stands somewhere in it.
    Contains(Asn),
    /// It begins with these, the neighbour first.
    StartsWith(Vec<Asn>),
    /// It ends with these, the origin last.
    EndsWith(Vec<Asn>),
    /// It is these and no others; none for routes of the own AS.
    Exactly(Vec<Asn>),
    /// It is at least this long, as the decision process counts.
    AtLeast(u32),
    /// It is at most this long, as the decision process counts.
    AtMost(u32),
}

/// What a rule changes; what is not given stays.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Set {
    /// LOCAL_PREF.
    pub local_pref: Option<u32>,
    /// MULTI_EXIT_DISC.
    pub med: Option<u32>,
    /// ORIGIN.
    pub origin: Option<Origin>,
    /// NEXT_HOP.
    pub next_hop: Option<Ipv4Addr>,
    /// The weight, which is known to this router alone.
    pub weight: Option<u32>,
    /// Communities in place of those that are there; done before the next two.
    pub community_set: Option<Vec<Community>>,
    /// Communities that come to those that are there.
    pub community_add: Vec<Community>,
    /// Communities that go; done last.
    pub community_remove: Vec<Community>,
    /// Large communities that come to those that are there.
    pub large_community_add: Vec<LargeCommunity>,
    /// What is put in front of AS_PATH.
    pub prepend: Option<Prepend>,
}

/// What is put in front of AS_PATH, besides what eBGP puts there.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Prepend {
    /// The own AS, this many times.
    Own(u16),
    /// These, the first leftmost.
    Path(Vec<Asn>),
}

/// What a policy decided, and by which rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Decided {
    /// The rule's place in the list; none where no rule matched and the default decided.
    pub rule: Option<u32>,
    /// What it decided.
    pub action: Action,
}

impl Policy {
    /// What becomes of a route.
    #[must_use]
    pub fn decide(&self, prefix: Ipv4Net, attributes: &Attributes) -> Decided {
        for (index, rule) in (0u32..).zip(&self.rules) {
            if rule.condition.holds(prefix, attributes) {
                let (rule, action) = (Some(index), rule.action);
                return Decided { rule, action };
            }
        }
        let (rule, action) = (None, self.default);
        Decided { rule, action }
    }
    /// What the rule that decided changes; nothing where none did.
    #[must_use]
    pub fn changes(&self, decided: Decided) -> Option<&Set> {
        let rule = self.rules.get(decided.rule? as usize)?;
        (rule.set != Set::default()).then_some(&rule.set)
    }
    /// Whether two routes that differ only in their prefix may fare differently.
    #[must_use]
    pub fn looks_at_prefix(&self) -> bool {
        self.rules.iter().any(|rule| !rule.condition.prefix.is_empty())
    }
}

impl Policy {
    /// Whether two routes that differ only in their AS_PATH may fare differently.
    #[must_use]
    pub fn looks_at_path(&self) -> bool {
        let mut conditions = self.rules.iter().map(|rule| &rule.condition);
        conditions.any(|it| !it.as_path.is_empty() || it.origin_as.is_some())
    }
}

impl Match {
    /// Whether a route is so.
    #[must_use]
    pub fn holds(&self, prefix: Ipv4Net, attributes: &Attributes) -> bool {
        let path = &attributes.as_path;
        (self.prefix.is_empty() || self.prefix.iter().any(|line| line.holds(prefix)))
            && (self.community.is_empty() || self.community.iter().any(|&tag| attributes.has(tag)))
            && (self.large_community.is_empty()
                || (self.large_community.iter()).any(|tag| attributes.large_communities.contains(tag)))
            && self.as_path.iter().all(|form| form.holds(path))
            && (self.origin_as.is_none() || self.origin_as == path.origin_as())
            && self.med.is_none_or(|med| med == attributes.med.unwrap_or(0))
    }
}

impl PrefixMatch {
    /// The prefix itself and no other.
    #[must_use]
    pub const fn exactly(prefix: Ipv4Net) -> Self {
        Self {
            prefix,
            ge: None,
            le: None,
        }
    }
    /// Whether `prefix` is so.
    #[must_use]
    pub fn holds(&self, prefix: Ipv4Net) -> bool {
        if self.ge.is_none() && self.le.is_none() {
            return self.prefix.trunc() == prefix;
        }
        let shortest = self.ge.unwrap_or(0).max(self.prefix.prefix_len());
        let longest = self.le.unwrap_or(Ipv4Addr::BITS as u8);
        (shortest..=longest).contains(&prefix.prefix_len()) && self.prefix.contains(&prefix)
    }
}

impl AsPathMatch {
    /// Whether `path` is so.
    #[must_use]
    pub fn holds(&self, path: &AsPath) -> bool {
        match self {
            Self::Contains(asn) => path.count(*asn) > 0,
            Self::StartsWith(front) => {
                let leading = path.segments().first();
                leading.map_or(front.is_empty(), |segment| {
                    segment.kind == SegmentKind::Sequence && segment.asns.starts_with(front)
                })
            }
            Self::EndsWith(end) => {
                let last = path.segments().last();
                last.map_or(end.is_empty(), |segment| {
                    segment.kind == SegmentKind::Sequence && segment.asns.ends_with(end)
                })
            }
            Self::Exactly(all) => {
                let sequences = path
                    .segments()
                    .iter()
                    .all(|segment| segment.kind == SegmentKind::Sequence);
                sequences && path.asns().eq(all.iter().copied())
            }
            Self::AtLeast(n) => path.n_hops() >= *n,
            Self::AtMost(n) => path.n_hops() <= *n,
        }
    }
}

impl Policy {
    /// The same, which prepends the own AS so often to all that it permits, in place of what it prepended; nothing for none.
    #[must_use]
    pub fn prepending(mut self, times: u8) -> Self {
        let prepend = (times > 0).then_some(Prepend::Own(times.into()));
        let permits = |rule: &&mut Rule| rule.action == Action::Permit;
        for rule in self.rules.iter_mut().filter(permits) {
            rule.set.prepend.clone_from(&prepend);
        }
        // What no rule matches goes on, too.
        let is_last = self
            .rules
            .last()
            .is_some_and(|rule| rule.condition == Match::default() && rule.action == Action::Permit);
        if self.default == Action::Permit && !is_last && prepend.is_some() {
            self.rules.push(Rule {
                set: Set {
                    prepend,
                    ..Set::default()
                },
                ..Rule::default()
            });
        }
        self
    }
}

impl Set {
    /// Changes a route's attributes; the weight is left to the caller, who alone keeps one.
    pub fn apply(&self, own_as: Asn, attributes: &mut Attributes) {
        if let Some(local_pref) = self.local_pref {
            attributes.local_pref = Some(local_pref);
        }
        if let Some(med) = self.med {
            attributes.med = Some(med);
        }
        if let Some(origin) = self.origin {
            attributes.origin = origin;
        }
        if let Some(next_hop) = self.next_hop {
            attributes.next_hop = next_hop;
        }
        self.apply_communities(attributes);
        match &self.prepend {
            None => {}
            Some(Prepend::Own(times)) => {
                attributes.as_path = attributes.as_path.prepended(own_as, usize::from(*times));
            }
            Some(Prepend::Path(asns)) => {
                for &asn in asns.iter().rev() {
                    attributes.as_path = attributes.as_path.prepended(asn, 1);
                }
            }
        }
    }

    fn apply_communities(&self, attributes: &mut Attributes) {
        let communities = &mut attributes.communities;
        if let Some(these) = &self.community_set {
            communities.clear();
            communities.extend_from_slice(these);
        }
        communities.extend_from_slice(&self.community_add);
        if self.community_set.is_some() || !self.community_add.is_empty() {
            communities.sort_unstable();
            communities.dedup();
        }
        if !self.community_remove.is_empty() {
            communities.retain(|tag| !self.community_remove.contains(tag));
        }
        if !self.large_community_add.is_empty() {
            let communities = &mut attributes.large_communities;
            communities.extend_from_slice(&self.large_community_add);
            communities.sort_unstable();
            communities.dedup();
        }
    }
}
