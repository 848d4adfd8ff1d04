//! Changes that were found one by one, made such that all of them can be made at once.
//!
//! Each finding's change is sought on a copy of its own, which knows nothing of what another finding proposes. Two of them may
//! take the same free number of a network ACL, or write the same list anew, each with its own addition: made together, the
//! later would undo the earlier.

use std::collections::{BTreeMap, BTreeSet};

use ipnet::Ipv4Net;

use crate::aws::transit_gateway::TransitChange;
use crate::aws::{AclRule, Change, NetworkAcl, TlsInspection};
use crate::resource::{AttachmentId, NetworkAclId, VpcId};
use crate::verdict::Direction;
use crate::world::lever::Lever;
use crate::world::network::Network;

use super::super::fix::Fix;
use super::super::wording::acl_rule_text;
use super::{Check, Finding};

/// One list of numbered rules.
type List = (NetworkAclId, Direction);

/// What is proposed, over all findings.
#[derive(Debug, Default)]
struct Proposed {
    /// Rules of network ACLs by what they say, each with the lowest number at which it is proposed; such as are alike are
    /// one.
    rules: Vec<(List, AclRule)>,
    allowed: BTreeMap<AttachmentId, BTreeSet<Ipv4Net>>,
    exempt: BTreeMap<VpcId, BTreeSet<String>>,
}

/// Reconciles what the findings of all checks propose.
pub(super) fn reconcile(network: &Network, checks: &mut [Check]) {
    let mut proposed = Proposed::default();
    for fix in checks.iter_mut().flat_map(fixes_of) {
        fix.levers.iter().for_each(|lever| proposed.note(lever));
    }
    proposed.number(network);
    for fix in checks.iter_mut().flat_map(fixes_of) {
        proposed.amend(fix);
    }
}

fn fixes_of(check: &mut Check) -> impl Iterator<Item = &mut Fix> {
    let findings = check.finding.iter_mut().chain(&mut check.also);
    findings.filter_map(|finding: &mut Finding| finding.fix.as_mut())
}

/// The rule at another place.
const fn at(rule: AclRule, number: u16) -> AclRule {
    AclRule { number, ..rule }
}

/// Whether two rules say the same, wherever they stand.
fn are_alike(one: AclRule, other: AclRule) -> bool {
    at(one, other.number) == other
}

impl Proposed {
    fn note(&mut self, lever: &Lever) {
        let Lever::Network(change) = lever else { return };
        match change {
            Change::SetAclRule(acl, direction, rule) => {
                let list = (*acl, *direction);
                let mut known = self.rules.iter_mut();
                match known.find(|(of, it)| *of == list && are_alike(*it, *rule)) {
                    Some((_, it)) => it.number = it.number.min(rule.number),
                    None => self.rules.push((list, *rule)),
                }
            }
            Change::Transit(TransitChange::AllowedPrefixes(attachment, list)) => {
                self.allowed.entry(*attachment).or_default().extend(list);
            }
            Change::TlsInspection(vpc, TlsInspection::Inspected { exempt }) => {
                self.exempt
                    .entry(*vpc)
                    .or_default()
                    .extend(exempt.iter().cloned());
            }
            _ => {}
        }
    }

    /// Gives each rule a number of its own: the next lower one that is free, so that whatever a rule was to come before still
    /// comes after it.
    fn number(&mut self, network: &Network) {
        let mut taken: BTreeSet<(List, u16)> = BTreeSet::new();
        for (list, rule) in &mut self.rules {
            let (acl, direction) = *list;
            let written = network.cloud.network_acls.get(acl);
            let is_free = |number: &u16| {
                let has = |acl: &NetworkAcl| acl.rules(direction).iter().any(|it| it.number == *number);
                !taken.contains(&(*list, *number)) && !written.is_some_and(has)
            };
            if !is_free(&rule.number) {
                rule.number = (1..rule.number).rev().find(is_free).unwrap_or(rule.number);
            }
            taken.insert((*list, rule.number));
        }
    }

    fn amend(&self, fix: &mut Fix) {
        for lever in &mut fix.levers {
            let Lever::Network(change) = lever else { continue };
            match change {
                Change::SetAclRule(acl, direction, rule) => {
                    let list = (*acl, *direction);
                    let mut all = self.rules.iter();
                    if let Some((_, it)) = all.find(|(of, it)| *of == list && are_alike(*it, *rule)) {
                        let (old, new) = (acl_rule_text(*direction, rule), acl_rule_text(*direction, it));
                        fix.text = fix.text.replace(&old, &new);
                        *rule = *it;
                    }
                }
                Change::Transit(TransitChange::AllowedPrefixes(attachment, list)) => {
                    add_missing(list, self.allowed.get(attachment));
                }
                Change::TlsInspection(vpc, TlsInspection::Inspected { exempt }) => {
                    add_missing(exempt, self.exempt.get(vpc));
                }
                _ => {}
            }
        }
    }
}

/// What other findings add to the same list.
fn add_missing<T: Clone + PartialEq>(list: &mut Vec<T>, all: Option<&BTreeSet<T>>) {
    for item in all.into_iter().flatten() {
        if !list.contains(item) {
            list.push(item.clone());
        }
    }
}
