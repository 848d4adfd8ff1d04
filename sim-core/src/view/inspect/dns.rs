//! Facts about hosted zones, Resolver endpoints and Resolver rules.

use crate::aws::{EndpointDirection, RuleAction};
use crate::resource::{HostedZoneId, ResolverEndpointId, ResolverRuleId, VpcId};
use crate::view::describe::Words;
use crate::view::facts::Facts;

pub(super) fn hosted_zone(id: HostedZoneId, words: &Words<'_>, facts: &mut Facts) {
    let Some(zone) = words.network.cloud.hosted_zones.get(id) else {
        return;
    };
    facts.add("domain", &zone.domain);
    for vpc in &zone.vpcs {
        facts.lead("VPC", words.names.of(*vpc), *vpc);
    }
    facts.section("Records");
    for record in &zone.records {
        let addresses: Vec<String> = record.addresses.iter().map(ToString::to_string).collect();
        facts.add(
            "A",
            format!("{} {} (TTL {})", record.name, addresses.join(", "), record.ttl),
        );
    }
}

pub(super) fn resolver_endpoint(id: ResolverEndpointId, words: &Words<'_>, facts: &mut Facts) {
    let cloud = &words.network.cloud;
    let Some(endpoint) = cloud.resolver_endpoints.get(id) else {
        return;
    };
    let direction = match endpoint.direction {
        EndpointDirection::Inbound => "inbound",
        EndpointDirection::Outbound => "outbound",
    };
    facts.add("direction", direction);
    facts.lead("VPC", words.names.of(endpoint.vpc), endpoint.vpc);
    for interface in &endpoint.interfaces {
        if let Some(config) = cloud.interfaces.get(*interface) {
            facts.add("address", config.address);
            for group in &config.security_groups {
                facts.lead("security group", words.names.of(*group), *group);
            }
        }
    }
    for (rule, row) in cloud.resolver_rules.iter() {
        if matches!(row.action, RuleAction::Forward { endpoint, .. } if endpoint == id) {
            facts.lead(
                "rule",
                format!("{} ({})", words.names.of(rule), domain(&row.domain)),
                rule,
            );
        }
    }
}

pub(super) fn resolver_rule(id: ResolverRuleId, words: &Words<'_>, facts: &mut Facts) {
    let Some(rule) = words.network.cloud.resolver_rules.get(id) else {
        return;
    };
    facts.add("domain", domain(&rule.domain));
    match &rule.action {
        RuleAction::System => facts.add("type", "SYSTEM: the VPC's resolver answers by itself"),
        RuleAction::Forward { endpoint, targets } => {
            facts.add("type", "FORWARD");
            facts.lead("endpoint", words.names.of(*endpoint), *endpoint);
            for target in targets {
                facts.add("target", target);
            }
        }
    }
    for vpc in &rule.vpcs {
        facts.lead("VPC", words.names.of(*vpc), *vpc);
    }
}

/// The rules that a VPC's resolver goes by.
pub(super) fn rules_of(vpc: VpcId, words: &Words<'_>, facts: &mut Facts) {
    for (rule, row) in words.network.cloud.resolver_rules.iter() {
        if row.vpcs.contains(&vpc) {
            let text = format!("{} ({})", words.names.of(rule), domain(&row.domain));
            facts.lead("Resolver rule", text, rule);
        }
    }
}

fn domain(domain: &str) -> &str {
    if domain.is_empty() { "every name" } else { domain }
}
