//! What makes a name lead where it should: Resolver rules and private hosted zones.

use crate::aws::{Change, EndpointState, HostedZone, RuleAction, RuleChange};
use crate::proto::dns::Name;
use crate::reason::Reason;
use crate::resource::{HostedZoneId, ResolverRuleId, ResourceRef, VpcId};

use super::{Advisor, Fix};

impl Advisor<'_> {
    /// The name that was wanted does not exist where it was asked, or goes round in a circle.
    pub(super) fn mend_name(&self, client: Option<VpcId>) -> Option<Fix> {
        match (self.problem.refusal.reason, self.problem.refusal.at) {
            (Reason::DnsRuleOverridesZone, ResourceRef::ResolverRule(rule)) => {
                let zones = self.cloud.hosted_zones.rows();
                let row = self.cloud.resolver_rules.get(rule)?;
                let name = self.wanted_name()?;
                // Where a zone holds the name, the rule is there for others: the zone is to be the narrower one.
                let holds = |zone: &HostedZone| zone.records.iter().any(|it| it.name == name.as_str());
                if row.domain.parse() != Ok(name.clone()) && zones.iter().any(holds) {
                    return Some(Fix {
                        text: format!(
                            "give {name} a private hosted zone of its own, narrower than the rule's {}",
                            row.domain
                        ),
                        levers: Vec::new(),
                    });
                }
                let has_zone = |vpc: &&VpcId| {
                    let mut held = zones.iter().filter(|zone| zone.vpcs.contains(vpc));
                    held.any(|zone| name.is_within(&zone.domain))
                };
                Some(self.disassociate_rule(rule, *row.vpcs.iter().find(has_zone)?))
            }
            (Reason::DnsLoop, ResourceRef::ResolverRule(rule)) => {
                let vpcs = &self.cloud.resolver_rules.get(rule)?.vpcs;
                let own = client.filter(|vpc| vpcs.contains(vpc));
                Some(self.disassociate_rule(rule, own.or(vpcs.first().copied())?))
            }
            (Reason::DnsNxDomain, _) => self.wake_endpoint().or_else(|| self.associate_rule(client?)),
            (Reason::DnsShadowed, ResourceRef::HostedZone(zone)) => {
                let beside = self.record_beside(zone);
                beside.or_else(|| Some(self.dissociate_zone(zone, client?)))
            }
            _ => None,
        }
    }

    fn wanted_name(&self) -> Option<Name> {
        self.problem.name.as_deref()?.parse().ok()
    }

    fn wake_endpoint(&self) -> Option<Fix> {
        let wanted = self.problem.name.as_deref()?;
        let deleted = self
            .cloud
            .interface_endpoints
            .iter()
            .find(|(_, it)| it.state == EndpointState::Deleted && wanted.contains(it.label.as_str()))?;
        Some(self.create_endpoint(deleted.0))
    }

    /// A rule that would send the name away, and that the VPC does not go by.
    fn associate_rule(&self, vpc: VpcId) -> Option<Fix> {
        let name = self.wanted_name()?;
        let (rule, _) = self.cloud.resolver_rules.iter().find(|(_, rule)| {
            let forwards = matches!(rule.action, RuleAction::Forward { .. });
            forwards && name.is_within(&rule.domain) && !rule.vpcs.contains(&vpc)
        })?;
        let text = format!(
            "associate Resolver rule {} with VPC {}",
            self.names.of(rule),
            self.names.of(vpc)
        );
        Some(Fix::network(
            text,
            Change::ResolverRule(rule, RuleChange::Associate(vpc)),
        ))
    }

    fn disassociate_rule(&self, rule: ResolverRuleId, vpc: VpcId) -> Fix {
        let text = format!(
            "disassociate Resolver rule {} from VPC {}",
            self.names.of(rule),
            self.names.of(vpc)
        );
        Fix::network(text, Change::ResolverRule(rule, RuleChange::Disassociate(vpc)))
    }

    fn dissociate_zone(&self, zone: HostedZoneId, vpc: VpcId) -> Fix {
        let text = format!(
            "dissociate private hosted zone {} from VPC {}",
            self.names.of(zone),
            self.names.of(vpc)
        );
        Fix::network(text, Change::DissociateZone(zone, vpc))
    }

    /// A zone answers for all names below it: it gets the record that a wider one has.
    fn record_beside(&self, zone: HostedZoneId) -> Option<Fix> {
        let name = self.wanted_name()?;
        let mut records = self.cloud.hosted_zones.rows().iter().flat_map(|row| &row.records);
        let record = records.find(|record| record.name == name.as_str())?;
        let text = format!(
            "add the record of {name} to private hosted zone {}, which answers for all names below its own",
            self.names.of(zone)
        );
        Some(Fix::network(text, Change::SetZoneRecord(zone, record.clone())))
    }
}
