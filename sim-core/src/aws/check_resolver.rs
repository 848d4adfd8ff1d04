//! What AWS refuses of Resolver endpoints and rules.
//!
//! # Fidelity
//! Simplified: quotas are those that a new account begins with, and a lab cannot raise them.
//!
//! Source: "Quotas", Amazon Route 53 Developer Guide.

use std::collections::BTreeMap;

use crate::resource::{NetworkInterfaceId, RegionId, ResolverEndpointId, ResolverRuleId};

use super::violation::Violation;
use super::{Cloud, EndpointDirection, ResolverRule, RuleAction, quota};

/// Checks all Resolver endpoints and rules.
pub(super) fn check(cloud: &Cloud, found: &mut Vec<Violation>) {
    let mut n_endpoints: BTreeMap<RegionId, usize> = BTreeMap::new();
    for (endpoint, row) in cloud.resolver_endpoints.iter() {
        let region = cloud.vpcs.get(row.vpc).map(|vpc| vpc.region);
        if let Some(n) = region.map(|region| n_endpoints.entry(region).or_default()) {
            *n += 1;
            if *n > quota::RESOLVER_ENDPOINTS_PER_REGION {
                found.push(Violation::ResolverEndpoints { endpoint });
            }
        }
        check_endpoint(cloud, endpoint, found);
    }
    let mut n_rules: BTreeMap<RegionId, (usize, usize)> = BTreeMap::new();
    for (rule, row) in cloud.resolver_rules.iter() {
        if let Some((rules, associations)) =
            region_of(cloud, row).map(|region| n_rules.entry(region).or_default())
        {
            *rules += 1;
            *associations += row.vpcs.len();
            if *rules > quota::RESOLVER_RULES_PER_REGION
                || *associations > quota::RESOLVER_RULE_ASSOCIATIONS_PER_REGION
            {
                found.push(Violation::ResolverRules { rule });
            }
        }
        check_rule(cloud, rule, row, found);
    }
    check_associations(cloud, found);
}

fn check_endpoint(cloud: &Cloud, endpoint: ResolverEndpointId, found: &mut Vec<Violation>) {
    let Some(row) = cloud.resolver_endpoints.get(endpoint) else {
        return;
    };
    let count = row.interfaces.len();
    if !(quota::RESOLVER_INTERFACES_AT_LEAST..=quota::RESOLVER_INTERFACES_AT_MOST).contains(&count) {
        found.push(Violation::ResolverInterfaces { endpoint, count });
    }
    let at_home = |&id: &NetworkInterfaceId| cloud.vpc_of(id) == Some(row.vpc);
    if !row.interfaces.iter().all(at_home) {
        found.push(Violation::ResolverElsewhere { endpoint });
    }
}

/// The Region of a rule: that of its endpoint, or of the first VPC that goes by it.
fn region_of(cloud: &Cloud, rule: &ResolverRule) -> Option<RegionId> {
    let vpc = match &rule.action {
        RuleAction::Forward { endpoint, .. } => cloud.resolver_endpoints.get(*endpoint)?.vpc,
        RuleAction::System => *rule.vpcs.first()?,
    };
    Some(cloud.vpcs.get(vpc)?.region)
}

fn check_rule(cloud: &Cloud, rule: ResolverRuleId, row: &ResolverRule, found: &mut Vec<Violation>) {
    if let RuleAction::Forward { endpoint, targets } = &row.action {
        let endpoint = cloud.resolver_endpoints.get(*endpoint);
        if endpoint.is_none_or(|endpoint| endpoint.direction != EndpointDirection::Outbound) {
            found.push(Violation::ResolverRuleInbound { rule });
        }
        let count = targets.len();
        if !(1..=quota::RESOLVER_TARGETS_AT_MOST).contains(&count) {
            found.push(Violation::ResolverTargets { rule, count });
        }
    }
    let region = region_of(cloud, row);
    let here = |vpc| cloud.vpcs.get(vpc).map(|vpc| vpc.region) == region;
    if !row.vpcs.iter().all(|&vpc| here(vpc)) {
        found.push(Violation::ResolverRuleElsewhere { rule });
    }
}

/// A VPC has one rule for each domain.
fn check_associations(cloud: &Cloud, found: &mut Vec<Violation>) {
    let mut owners = BTreeMap::new();
    for (rule, row) in cloud.resolver_rules.iter() {
        let owned = |vpc| owners.get(&(vpc, row.domain.as_str())).copied();
        if let Some(other) = row.vpcs.iter().find_map(|&vpc| owned(vpc)) {
            found.push(Violation::ResolverRulesTwice { rule, other });
        }
        for &vpc in &row.vpcs {
            owners.entry((vpc, row.domain.as_str())).or_insert(rule);
        }
    }
}
