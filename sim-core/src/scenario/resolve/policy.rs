//! Policies of BGP sessions: rules as they are typed become rules as the tables apply them.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::proto::bgp::Asn;
use crate::proto::bgp::policy::{Action, AsPathMatch, Match, Policy, PrefixMatch, Prepend, Rule, Set};
use crate::scenario::diagnostic::Code;
use crate::scenario::problem::{At, Problem, Problems};
use crate::scenario::read::Entries;
use crate::scenario::sections::{MatchText, PathText, PolicyText, PrependText, RuleText, RulesText, SetText};

/// Policies by name.
pub(super) type Policies = BTreeMap<String, Arc<Policy>>;

/// Policies of a lab.
const MOST_POLICIES: usize = 1_000;
/// Rules of a policy.
const MOST_RULES: usize = 1_000;
/// AS numbers that one rule puts in front of a path; FRR takes as many.
pub(super) const MOST_PREPENDED: usize = 10;

/// The policies that have names.
pub(super) fn named(texts: &Entries<RulesText>, problems: &mut Problems) -> Policies {
    let mut policies = Policies::new();
    let Some(first) = texts.iter().next() else {
        return policies;
    };
    if !problems.at_most(MOST_POLICIES, texts.iter().len(), first.name.place, "policies") {
        return policies;
    }
    for entry in texts {
        let policy = entry.body.as_ref().and_then(|text| rules(text, problems));
        policies.insert(entry.name.value.clone(), Arc::new(policy.unwrap_or_default()));
    }
    policies
}

/// A policy by name, or spelled out; `None` where it is wrong, which has then been reported.
pub(super) fn policy(text: &PolicyText, named: &Policies, problems: &mut Problems) -> Option<Arc<Policy>> {
    match text {
        PolicyText::Rules(text) => rules(text, problems).map(Arc::new),
        PolicyText::Named(name) => {
            let found = named.get(&name.value).cloned();
            if found.is_none() {
                let message = format!("there is no policy named `{}`", name.value);
                let problem = Problem::error(Code::UnknownName, name.place, message);
                problems.push_mistyped(problem, &name.value, named.keys().map(String::as_str));
            }
            found
        }
    }
}

fn rules(text: &RulesText, problems: &mut Problems) -> Option<Policy> {
    if let Some(first) = text.rules.first()
        && !problems.at_most(MOST_RULES, text.rules.len(), first.place, "rules in a policy")
    {
        return None;
    }
    let rules = text.rules.iter().map(|text| rule(text, problems)).collect();
    Some(Policy {
        rules,
        default: text.default,
    })
}

fn rule(text: &At<RuleText>, problems: &mut Problems) -> Rule {
    let RuleText {
        condition,
        set: changes,
        action,
    } = &text.value;
    let action = action.unwrap_or(Action::Permit);
    if action == Action::Deny && changes.is_some() {
        let message = "a rule that denies changes nothing";
        problems.push(Problem::error(Code::BadValue, text.place, message).help("leave out `set`, or permit"));
    }
    Rule {
        condition: condition.as_ref().map(matched).unwrap_or_default(),
        set: changes
            .as_ref()
            .map(|text| set(text, problems))
            .unwrap_or_default(),
        action,
    }
}

fn matched(text: &MatchText) -> Match {
    let asns = |numbers: &[u32]| numbers.iter().copied().map(Asn).collect();
    let line = |line: &crate::scenario::sections::PrefixText| PrefixMatch {
        prefix: line.prefix,
        ge: line.ge,
        le: line.le,
    };
    let form = |form: &PathText| match form {
        PathText::Contains(asn) => AsPathMatch::Contains(Asn(*asn)),
        PathText::StartsWith(front) => AsPathMatch::StartsWith(asns(front)),
        PathText::EndsWith(end) => AsPathMatch::EndsWith(asns(end)),
        PathText::Exactly(all) => AsPathMatch::Exactly(asns(all)),
        PathText::AtLeast(n) => AsPathMatch::AtLeast(*n),
        PathText::AtMost(n) => AsPathMatch::AtMost(*n),
    };
    Match {
        prefix: text.prefix.iter().map(line).collect(),
        community: text.community.clone(),
        large_community: text.large_community.clone(),
        as_path: text.as_path.iter().map(form).collect(),
        origin_as: text.origin_as.map(Asn),
        med: text.med,
    }
}

fn set(text: &SetText, problems: &mut Problems) -> Set {
    let prepend = text.prepend.as_ref().map(|prepend| match prepend {
        PrependText::Own(times) => {
            if !(1..=MOST_PREPENDED).contains(&usize::from(times.value)) {
                let message = format!("the own AS is prepended once to {MOST_PREPENDED} times");
                problems.push(Problem::error(Code::BadValue, times.place, message));
            }
            Prepend::Own(u16::from(times.value))
        }
        PrependText::Path(asns) => {
            problems.at_most(
                MOST_PREPENDED,
                asns.value.len(),
                asns.place,
                "AS numbers to prepend",
            );
            Prepend::Path(asns.value.iter().copied().map(Asn).collect())
        }
    });
    Set {
        local_pref: text.local_pref,
        med: text.med,
        origin: text.origin,
        next_hop: text.next_hop,
        weight: text.weight,
        community_set: text.community_set.clone(),
        community_add: text.community_add.clone(),
        community_remove: text.community_remove.clone(),
        large_community_add: text.large_community_add.clone(),
        prepend,
    }
}
