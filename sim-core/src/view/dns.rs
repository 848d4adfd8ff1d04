//! Who answers for which names: hosted zones, Resolver endpoints and rules, name servers; and what was answered last.

use std::net::Ipv4Addr;

use crate::aws::{DnsAttribute, EndpointDirection, RuleAction};
use crate::kernel::RecordId;
use crate::resource::{ResourceRef, VpcId};
use crate::units::SimTime;
use crate::world::notice::Happening;

use super::{Health, View};

/// What answers for names, or says who does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NameSource {
    /// A private hosted zone.
    Zone,
    /// A VPC's own resolver.
    Resolver,
    /// A Resolver endpoint.
    Endpoint,
    /// A Resolver rule.
    Rule,
    /// A name server of the customer's: a zone of its own or a conditional forwarder.
    NameServer,
}

impl NameSource {
    /// All, in the order in which a screen lists them.
    pub const ALL: [Self; 5] = [
        Self::Zone,
        Self::Resolver,
        Self::Endpoint,
        Self::Rule,
        Self::NameServer,
    ];
    /// The heading over several.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Zone => "Private hosted zones",
            Self::Resolver => "Resolvers of VPCs",
            Self::Endpoint => "Resolver endpoints",
            Self::Rule => "Resolver rules",
            Self::NameServer => "Name servers",
        }
    }
}

/// A row about one of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NameRow {
    /// What kind.
    pub source: NameSource,
    /// What can be looked at for more.
    pub id: ResourceRef,
    /// Its name.
    pub name: String,
    /// The names that it is for: a domain, or which way questions go.
    pub answers_for: String,
    /// What comes of a question.
    pub leads_to: String,
    /// For whom it is there.
    pub serves: String,
    /// How well it does.
    pub health: Health,
}

/// What came of a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NameAnswer {
    /// The record that tells it.
    pub record: RecordId,
    /// When.
    pub at: SimTime,
    /// Who asked.
    pub asked_by: String,
    /// For which name; empty where the record tells only what went wrong.
    pub name: String,
    /// What came of it.
    pub said: String,
    /// How well it went.
    pub health: Health,
}

/// Records that are looked through for answers at most: a screen shows the latest.
const LOOKED_THROUGH: usize = 20_000;

fn list(addresses: &[Ipv4Addr]) -> String {
    let texts: Vec<String> = addresses.iter().map(ToString::to_string).collect();
    texts.join(", ")
}

fn domain_text(domain: &str) -> String {
    if domain.is_empty() {
        "every name".to_owned()
    } else {
        domain.to_owned()
    }
}

impl View<'_> {
    /// Who answers for which names, by kind and in the order of the lab.
    #[must_use]
    pub fn name_rows(&self) -> Vec<NameRow> {
        let (network, names) = (self.world.network(), self.world.names());
        let cloud = &network.cloud;
        let vpcs = |all: &[VpcId]| {
            let all: Vec<String> = all.iter().map(|vpc| names.of(*vpc)).collect();
            all.join(", ")
        };
        let used = |all: &[VpcId]| {
            if all.is_empty() {
                Health::Degraded
            } else {
                Health::Good
            }
        };
        let mut rows = Vec::new();
        for (id, zone) in cloud.hosted_zones.iter() {
            rows.push(NameRow {
                source: NameSource::Zone,
                id: id.into(),
                name: names.of(id),
                answers_for: zone.domain.clone(),
                leads_to: own_records(zone.records.len()),
                serves: vpcs(&zone.vpcs),
                health: used(&zone.vpcs),
            });
        }
        for (id, vpc) in cloud.vpcs.iter() {
            let is_on = vpc.dns_support == DnsAttribute::On;
            rows.push(NameRow {
                source: NameSource::Resolver,
                id: id.into(),
                name: names.of(id),
                answers_for: "every name".to_owned(),
                leads_to: if is_on {
                    "the most specific of rules, zones and the public DNS".to_owned()
                } else {
                    "nobody: enableDnsSupport is off".to_owned()
                },
                serves: "hosts of the VPC".to_owned(),
                health: if is_on { Health::Good } else { Health::Failed },
            });
        }
        for (id, endpoint) in cloud.resolver_endpoints.iter() {
            let addresses = endpoint
                .interfaces
                .iter()
                .filter_map(|it| cloud.interfaces.get(*it));
            let addresses: Vec<Ipv4Addr> = addresses.map(|it| it.address).collect();
            let (answers_for, leads_to) = match endpoint.direction {
                EndpointDirection::Inbound => ("inbound", "the resolver of its VPC"),
                EndpointDirection::Outbound => ("outbound", "the targets of rules"),
            };
            rows.push(NameRow {
                source: NameSource::Endpoint,
                id: id.into(),
                name: names.of(id),
                answers_for: answers_for.to_owned(),
                leads_to: format!("{leads_to}, by {}", list(&addresses)),
                serves: names.of(endpoint.vpc),
                health: Health::Good,
            });
        }
        for (id, rule) in cloud.resolver_rules.iter() {
            rows.push(NameRow {
                source: NameSource::Rule,
                id: id.into(),
                name: names.of(id),
                answers_for: domain_text(&rule.domain),
                leads_to: match &rule.action {
                    RuleAction::Forward { endpoint, targets } => {
                        format!("{} through {}", list(targets), names.of(*endpoint))
                    }
                    RuleAction::System => "the resolver itself".to_owned(),
                },
                serves: vpcs(&rule.vpcs),
                health: used(&rule.vpcs),
            });
        }
        for (id, host) in network.hosts.iter() {
            let Some(server) = &host.name_server else { continue };
            let row = |domain: &str, leads_to: String| NameRow {
                source: NameSource::NameServer,
                id: id.into(),
                name: names.of(id),
                answers_for: domain_text(domain),
                leads_to,
                serves: "whoever asks it".to_owned(),
                health: Health::Good,
            };
            let zones = server.zones.iter();
            rows.extend(zones.map(|zone| row(&zone.domain, own_records(zone.records.len()))));
            let forwards = server.forwards.iter();
            rows.extend(
                forwards.map(|rule| row(&rule.domain, format!("forwards to {}", list(&rule.targets)))),
            );
        }
        rows
    }

    /// What came of the latest questions, the last first: of each host and name, and of what failed, the latest.
    #[must_use]
    pub fn name_answers(&self, most: usize) -> Vec<NameAnswer> {
        let names = self.world.names();
        let mut found: Vec<NameAnswer> = Vec::new();
        for record in self.world.trace().records().rev().take(LOOKED_THROUGH) {
            let (name, said, health) = match &record.what {
                Happening::Resolved { name, address } => {
                    (name.as_str().to_owned(), address.to_string(), Health::Good)
                }
                what => match what.reason() {
                    Some(reason) if reason.code().starts_with("DNS_") => {
                        (String::new(), self.words().sentence(what), Health::Failed)
                    }
                    _ => continue,
                },
            };
            let asked_by = names.of(record.subject);
            let is_known = |it: &NameAnswer| {
                it.asked_by == asked_by && it.name == name && (!name.is_empty() || it.said == said)
            };
            if found.iter().any(is_known) {
                continue;
            }
            found.push(NameAnswer {
                record: record.id,
                at: record.at,
                asked_by,
                name,
                said,
                health,
            });
            if found.len() >= most {
                break;
            }
        }
        found
    }
}

fn own_records(n: usize) -> String {
    format!("{n} {} of its own", if n == 1 { "record" } else { "records" })
}
