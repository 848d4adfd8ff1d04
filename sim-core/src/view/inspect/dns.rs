//! Facts about hosted zones and Resolver endpoints.

use crate::resource::{HostedZoneId, ResolverEndpointId};
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
    facts.lead("VPC", words.names.of(endpoint.vpc), endpoint.vpc);
    for interface in &endpoint.interfaces {
        if let Some(config) = cloud.interfaces.get(*interface) {
            facts.add("address", config.address);
            for group in &config.security_groups {
                facts.lead("security group", words.names.of(*group), *group);
            }
        }
    }
}
