//! Rules of Route 53 Resolver: which names a VPC's resolver asks somebody else for.
//!
//! Of all that a VPC's resolver knows, the most specific domain that holds the name decides: the
//! FORWARD and SYSTEM rules that are associated with the VPC, its private hosted zones, and the
//! names of its instances. Where a FORWARD rule and a hosted zone have the same domain, the rule
//! wins. A SYSTEM rule lets the resolver answer by itself for a part of what a FORWARD rule sends
//! away.
//!
//! # Fidelity
//! Simplified: DELEGATE and RECURSIVE rules, targets on other ports than 53, and DNS over HTTPS are
//! left out. Of the rules that AWS defines by itself those for private hosted zones, for private DNS
//! of endpoints and for the names of instances are there; those for reverse look-ups are not.
//!
//! Source: "Resolving DNS queries between VPCs and your network", Amazon Route 53 Developer Guide.

use std::net::Ipv4Addr;

use crate::proto::dns::{Name, most_specific};
use crate::resource::{NetworkInterfaceId, ResolverEndpointId, ResolverRuleId, VpcId};

use super::Cloud;
use super::change::{ChangeError, Outcome, row, take};

/// What a Resolver rule says of the names in its domain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RuleAction {
    /// They are asked for elsewhere.
    Forward {
        /// Through the interfaces of this outbound endpoint.
        endpoint: ResolverEndpointId,
        /// The name servers that are asked, in this order.
        targets: Vec<Ipv4Addr>,
    },
    /// The resolver answers by itself.
    System,
}

/// A rule of Route 53 Resolver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResolverRule {
    /// The lab's name for it.
    pub name: String,
    /// The domain that it is for, in lower case, without the closing dot; the empty domain holds
    /// every name.
    pub domain: String,
    /// What it says.
    pub action: RuleAction,
    /// The VPCs whose resolvers go by it.
    pub vpcs: Vec<VpcId>,
}

/// One edit of a Resolver rule.
#[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub enum RuleChange {
    /// Associates it with a VPC, whose resolver then goes by it.
    Associate(VpcId),
    /// Takes that association away.
    Disassociate(VpcId),
    /// Replaces the targets of a FORWARD rule.
    Targets(Vec<Ipv4Addr>),
}

impl Cloud {
    /// Makes an edit of a rule.
    pub(super) fn edit_rule(&mut self, id: ResolverRuleId, change: &RuleChange) -> Outcome {
        if let RuleChange::Associate(vpc) = change {
            row(self.vpcs.get(*vpc), "VPC")?;
        }
        let rule = row(self.resolver_rules.get_mut(id), "Resolver rule")?;
        match change {
            RuleChange::Associate(vpc) if rule.vpcs.contains(vpc) => {
                return Err(ChangeError::AlreadyThere { what: "association" });
            }
            RuleChange::Associate(vpc) => rule.vpcs.push(*vpc),
            RuleChange::Disassociate(vpc) => take(&mut rule.vpcs, |it| it == vpc, "association")?,
            RuleChange::Targets(to) => match &mut rule.action {
                RuleAction::Forward { targets, .. } => targets.clone_from(to),
                RuleAction::System => return Err(ChangeError::ForwardsNothing),
            },
        }
        Ok(())
    }

    /// The FORWARD rule by which the resolver of `vpc` asks somebody else for `name`; none where it
    /// answers by itself. `own` are the domains that it answers for of its own accord.
    pub(super) fn forward_rule<'o>(
        &'o self,
        vpc: VpcId,
        own: impl IntoIterator<Item = &'o str>,
        name: &Name,
    ) -> Option<ResolverRuleId> {
        let of_vpc = || {
            self.resolver_rules
                .iter()
                .filter(|(_, rule)| rule.vpcs.contains(&vpc))
        };
        let forwards = of_vpc().filter(|(_, rule)| matches!(rule.action, RuleAction::Forward { .. }));
        let (id, rule) = most_specific(forwards, |(_, rule)| rule.domain.as_str(), name)?;
        let system = of_vpc().filter(|(_, rule)| rule.action == RuleAction::System);
        let system = system.map(|(_, rule)| rule.domain.as_str());
        let nearer = most_specific(own.into_iter().chain(system), |domain| domain, name);
        let wins = nearer.is_none_or(|nearer| rule.domain.len() >= nearer.len());
        wins.then_some(id)
    }

    /// The questions by which a FORWARD rule is carried out, in order: from which interface, and
    /// whom. Each next one goes to the next target by the next interface, until all of both have
    /// had their turn.
    #[must_use]
    pub fn forwarded_questions(&self, rule: ResolverRuleId) -> Vec<(NetworkInterfaceId, Ipv4Addr)> {
        let Some(RuleAction::Forward { endpoint, targets }) =
            self.resolver_rules.get(rule).map(|it| &it.action)
        else {
            return Vec::new();
        };
        let interfaces = self
            .resolver_endpoints
            .get(*endpoint)
            .map_or(&[][..], |row| row.interfaces.as_slice());
        let n_questions = match (targets.len(), interfaces.len()) {
            (0, _) | (_, 0) => 0,
            (targets, interfaces) => targets.max(interfaces),
        };
        let pairs = interfaces.iter().cycle().zip(targets.iter().cycle());
        pairs
            .map(|(interface, target)| (*interface, *target))
            .take(n_questions)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{Fixture, ip, two_regions};
    use super::super::{AskedBy, DnsRecord, EndpointDirection, HostedZone, ResolverEndpoint, Ruling};
    use super::*;
    use crate::units::Span;

    fn outbound(fixture: &mut Fixture) -> ResolverEndpointId {
        fixture.cloud.resolver_endpoints.push(ResolverEndpoint {
            name: "outbound".to_owned(),
            direction: EndpointDirection::Outbound,
            vpc: fixture.staging,
            interfaces: vec![
                NetworkInterfaceId::from_index(3),
                NetworkInterfaceId::from_index(4),
            ],
        })
    }

    fn rule(fixture: &mut Fixture, domain: &str, targets: &[&str]) -> ResolverRuleId {
        let action = match targets {
            [] => RuleAction::System,
            targets => RuleAction::Forward {
                endpoint: outbound(fixture),
                targets: targets.iter().map(|it| ip(it)).collect(),
            },
        };
        fixture.cloud.resolver_rules.push(ResolverRule {
            name: domain.to_owned(),
            domain: domain.to_owned(),
            action,
            vpcs: vec![fixture.staging],
        })
    }

    fn zone(fixture: &mut Fixture, domain: &str) {
        fixture.cloud.hosted_zones.push(HostedZone {
            domain: domain.to_owned(),
            vpcs: vec![fixture.staging],
            records: vec![DnsRecord {
                name: format!("www.{domain}"),
                addresses: vec![ip("10.0.1.99")],
                ttl: Span::secs(60),
            }],
        });
    }

    #[track_caller]
    fn goes_by(fixture: &Fixture, name: &str, rule: Option<ResolverRuleId>) {
        let name = name.parse().expect("a name");
        let ruling = fixture.cloud.rule_on(fixture.staging, AskedBy::OwnVpc, &name);
        let by = match ruling {
            Ruling::Forward(rule) => Some(rule),
            Ruling::Answer(_) => None,
        };
        assert_eq!(by, rule, "{name}");
    }

    #[test]
    fn the_most_specific_domain_decides_and_a_rule_beats_a_zone_of_the_same() {
        let mut fixture = two_regions();
        let corp = rule(&mut fixture, "corp.example", &["192.168.1.53"]);
        zone(&mut fixture, "corp.example");
        zone(&mut fixture, "aws.corp.example");
        goes_by(&fixture, "www.corp.example", Some(corp));
        goes_by(&fixture, "corp.example", Some(corp));
        goes_by(&fixture, "www.aws.corp.example", None);
        goes_by(&fixture, "missing.aws.corp.example", None);
        goes_by(&fixture, "www.example", None);
        let narrow = rule(&mut fixture, "db.aws.corp.example", &["192.168.1.54"]);
        goes_by(&fixture, "one.db.aws.corp.example", Some(narrow));
    }

    #[test]
    fn a_rule_for_everything_leaves_what_is_defined_in_the_vpc() {
        let mut fixture = two_regions();
        let all = rule(&mut fixture, "", &["192.168.1.53"]);
        goes_by(&fixture, "example.com", Some(all));
        goes_by(&fixture, "s3.ap-south-1.amazonaws.com", Some(all));
        // Private DNS of an endpoint, and instances' names.
        goes_by(&fixture, "mgn.ap-south-1.amazonaws.com", None);
        goes_by(&fixture, "ip-10-0-1-20.ap-south-1.compute.internal", None);
        rule(&mut fixture, "amazonaws.com", &[]);
        goes_by(&fixture, "s3.ap-south-1.amazonaws.com", None);
        // Another VPC goes by none of them.
        let name = "example.com".parse().expect("a name");
        let ruling = fixture.cloud.rule_on(fixture.source, AskedBy::OwnVpc, &name);
        assert!(matches!(ruling, Ruling::Answer(Err(_))), "{ruling:?}");
    }

    #[test]
    fn targets_and_interfaces_take_turns() {
        let mut fixture = two_regions();
        let one = rule(&mut fixture, "one.example", &["192.168.1.53"]);
        let three = rule(
            &mut fixture,
            "three.example",
            &["192.168.1.1", "192.168.1.2", "192.168.1.3"],
        );
        let asked = |rule| {
            let questions = fixture.cloud.forwarded_questions(rule).into_iter();
            let texts = questions.map(|(by, whom)| format!("{} asks {whom}", by.index()));
            texts.collect::<Vec<_>>()
        };
        assert_eq!(asked(one), ["3 asks 192.168.1.53", "4 asks 192.168.1.53"]);
        assert_eq!(
            asked(three),
            ["3 asks 192.168.1.1", "4 asks 192.168.1.2", "3 asks 192.168.1.3"]
        );
    }

    #[test]
    fn a_rule_is_associated_once_and_a_system_rule_has_no_targets() {
        let mut fixture = two_regions();
        let system = rule(&mut fixture, "amazonaws.com", &[]);
        let edit = |fixture: &mut Fixture, change| fixture.cloud.edit_rule(system, &change);
        let staging = fixture.staging;
        let there = ChangeError::AlreadyThere { what: "association" };
        assert_eq!(edit(&mut fixture, RuleChange::Associate(staging)), Err(there));
        assert_eq!(edit(&mut fixture, RuleChange::Disassociate(staging)), Ok(()));
        let gone = ChangeError::NotThere { what: "association" };
        assert_eq!(edit(&mut fixture, RuleChange::Disassociate(staging)), Err(gone));
        let targets = RuleChange::Targets(vec![ip("192.168.1.53")]);
        assert_eq!(edit(&mut fixture, targets), Err(ChangeError::ForwardsNothing));
    }
}
