//! What the resolver of a VPC answers, and what the public DNS knows of AWS.
//!
//! First a Resolver rule may send the question elsewhere. Of what the resolver answers by itself the
//! most specific private hosted zone decides, whether a person made it or an endpoint's private DNS
//! did; a zone that owns the name's domain and lacks the record hides the public name. After
//! that come the names of the VPC's own instances, then the public DNS, which AWS's resolver reaches
//! from the most isolated VPC: that is why the names of endpoints resolve where nothing else does.
//!
//! # Fidelity
//! Simplified: DNS Firewall, public host names of instances, split answers by availability zone, the
//! limit of 1,024 packets per second and interface, and everything in the public DNS that is not
//! AWS's are left out. An endpoint's names are there, and gone, the moment that it is.
//!
//! Sources: "DNS attributes for your VPC", Amazon VPC User Guide; "Considerations when working with
//! a private hosted zone", Amazon Route 53 Developer Guide.

use crate::proto::dns::{Answer, Name, Response, is_within, most_specific};
use crate::reason::Reason;
use crate::resource::{
    HostedZoneId, InterfaceEndpointId, NetworkInterfaceId, ResolverRuleId, ResourceRef, VpcId,
};
use crate::units::Span;
use crate::verdict::Refusal;

use super::host_name::{Api, HostName};
use super::{Attached, Cloud, DnsAttribute, EndpointState, HostedZone, PrivateDns, Service, Vpc};

/// How long AWS's own answers may be kept; what its name servers give for service and endpoint
/// names.
pub const AWS_TTL: Span = Span::secs(60);

/// How a question reached a VPC's resolver.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum AskedBy {
    /// From an interface of the VPC.
    OwnVpc,
    /// Through a Resolver inbound endpoint.
    InboundEndpoint,
}

/// A private zone that a VPC's resolver answers from.
enum Zone<'a> {
    Hosted(HostedZoneId, &'a HostedZone),
    /// Made by an endpoint's private DNS, and not shown in Route 53.
    Hidden(InterfaceEndpointId, String),
}

impl Zone<'_> {
    fn domain(&self) -> &str {
        match self {
            Self::Hosted(_, zone) => &zone.domain,
            Self::Hidden(_, domain) => domain,
        }
    }
}

/// What a VPC's resolver does with a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ruling {
    /// It answers by itself.
    Answer(Response),
    /// It asks whom this rule names, and says what they say.
    Forward(ResolverRuleId),
}

impl Cloud {
    /// What the resolver of `vpc` does with a question.
    #[must_use]
    pub fn rule_on(&self, vpc: VpcId, asked_by: AskedBy, name: &Name) -> Ruling {
        let Some(row) = self.vpcs.get(vpc) else {
            return Ruling::Answer(Err(Refusal::at(Reason::DnsDisabled, vpc)));
        };
        if row.dns_support == DnsAttribute::On && !self.resolver_rules.rows().is_empty() {
            let zones = self.zones_of(vpc, row, asked_by);
            let instances = self.instance_domain(row);
            let own = zones.iter().map(Zone::domain).chain(instances.as_deref());
            if let Some(rule) = self.forward_rule(vpc, own, name) {
                return Ruling::Forward(rule);
            }
        }
        Ruling::Answer(self.resolve(vpc, asked_by, name))
    }

    /// What the resolver of `vpc` answers by itself.
    ///
    /// # Errors
    /// [`Reason::DnsDisabled`] where the VPC has no resolver; [`Reason::DnsShadowed`] where a
    /// private zone owns the domain and lacks the name; [`Reason::DnsNxDomain`] otherwise.
    pub fn resolve(&self, vpc: VpcId, asked_by: AskedBy, name: &Name) -> Response {
        let disabled = Refusal::at(Reason::DnsDisabled, vpc);
        let row = self.vpcs.get(vpc).ok_or(disabled)?;
        if row.dns_support == DnsAttribute::Off {
            return Err(disabled);
        }
        let zones = self.zones_of(vpc, row, asked_by);
        if let Some(zone) = most_specific(zones, Zone::domain, name) {
            return self.answer_from(&zone, name);
        }
        match self.instance_name(vpc, row, name) {
            Some(response) => response,
            None => self.resolve_publicly(name),
        }
    }

    /// The refusal of whoever a rule led to, as the lab knows it: that the name does not exist there
    /// is the rule's doing where a private hosted zone of the VPC holds it.
    #[must_use]
    pub fn blamed_on_rule(&self, rule: ResolverRuleId, name: &Name, refusal: Refusal) -> Refusal {
        let holds = |zone: &HostedZone| {
            let row = self.resolver_rules.get(rule);
            let shared = row.is_some_and(|row| row.vpcs.iter().any(|vpc| zone.vpcs.contains(vpc)));
            shared && name.is_within(&zone.domain) && zone.find(name).is_some()
        };
        if refusal.reason == Reason::DnsNxDomain && self.hosted_zones.rows().iter().any(holds) {
            return Refusal::at(Reason::DnsRuleOverridesZone, rule);
        }
        refusal
    }

    /// What the public DNS answers: AWS's services at their public addresses, and interface
    /// endpoints by their own names at their private ones.
    ///
    /// # Errors
    /// [`Reason::DnsNxDomain`].
    pub fn resolve_publicly(&self, name: &Name) -> Response {
        let unknown = Refusal::at(Reason::DnsNxDomain, ResourceRef::Lab);
        let host = HostName::parse(name.as_str()).ok_or(unknown)?;
        let addresses = match host.endpoint {
            Some(_) => {
                let (_, interfaces) = self.endpoint_named(&host).ok_or(unknown)?;
                self.addresses_of(&interfaces)
            }
            None => {
                let region = self.region_named(host.region).ok_or(unknown)?;
                self.services
                    .rows()
                    .iter()
                    .filter(|service| service.service == host.service && service.region == region)
                    .flat_map(|service| service.addresses.iter().copied())
                    .collect()
            }
        };
        if addresses.is_empty() {
            return Err(unknown);
        }
        Ok(Answer {
            name: name.clone(),
            addresses,
            ttl: AWS_TTL,
        })
    }

    /// Private zones of either kind, which need both attributes of the VPC.
    fn zones_of(&self, vpc: VpcId, row: &Vpc, asked_by: AskedBy) -> Vec<Zone<'_>> {
        if row.dns_hostnames == DnsAttribute::Off {
            return Vec::new();
        }
        let hosted = self
            .hosted_zones
            .iter()
            .filter(|(_, zone)| zone.vpcs.contains(&vpc))
            .map(|(id, zone)| Zone::Hosted(id, zone));
        let hidden = self
            .interface_endpoints
            .iter()
            .filter(|(_, endpoint)| endpoint.vpc == vpc && endpoint.state == EndpointState::Available)
            .filter(|(_, endpoint)| match endpoint.private_dns {
                PrivateDns::Off => false,
                PrivateDns::On => true,
                PrivateDns::InboundResolverOnly => asked_by == AskedBy::InboundEndpoint,
            })
            .flat_map(|(id, endpoint)| {
                let region = self.regions.get(endpoint.region);
                region
                    .map(|region| endpoint.service.private_domains(&region.name))
                    .unwrap_or_default()
                    .into_iter()
                    .map(move |domain| Zone::Hidden(id, domain))
            });
        hosted.chain(hidden).collect()
    }

    fn answer_from(&self, zone: &Zone<'_>, name: &Name) -> Response {
        match zone {
            Zone::Hosted(id, zone) => {
                let record = zone.find(name).ok_or(Refusal::at(Reason::DnsShadowed, *id))?;
                Ok(Answer {
                    name: name.clone(),
                    addresses: record.addresses.clone(),
                    ttl: record.ttl,
                })
            }
            Zone::Hidden(id, domain) => {
                let shadowed = Refusal::at(Reason::DnsShadowed, *id);
                let row = self.interface_endpoints.get(*id).ok_or(shadowed)?;
                // Only S3's hidden zones hold names below their own: those of buckets.
                if name.as_str() != domain && row.service != Service::S3 {
                    return Err(shadowed);
                }
                let addresses = self.addresses_of(&row.interfaces);
                if addresses.is_empty() {
                    return Err(shadowed);
                }
                Ok(Answer {
                    name: name.clone(),
                    addresses,
                    ttl: AWS_TTL,
                })
            }
        }
    }

    /// The address in an instance's own private name, `ip-10-0-1-20.ap-south-1.compute.internal`
    /// ("Amazon EC2 instance hostnames"). `None` where the name is not of that kind.
    fn instance_name(&self, vpc: VpcId, row: &Vpc, name: &Name) -> Option<Response> {
        let domain = self.instance_domain(row)?;
        if !is_within(name.as_str(), &domain) {
            return None;
        }
        let address = || {
            let label = name.as_str().strip_suffix(&domain)?.strip_suffix('.')?;
            let address = label.strip_prefix("ip-")?.replace('-', ".").parse().ok()?;
            let interface = self.interfaces.get(self.interface_at(vpc, address)?)?;
            matches!(interface.attached, Attached::Host(_)).then_some(address)
        };
        Some(match address() {
            Some(address) => Ok(Answer {
                name: name.clone(),
                addresses: vec![address],
                ttl: AWS_TTL,
            }),
            None => Err(Refusal::at(Reason::DnsNxDomain, vpc)),
        })
    }

    /// The domain of the names of a VPC's instances.
    fn instance_domain(&self, row: &Vpc) -> Option<String> {
        let region = &self.regions.get(row.region)?.name;
        Some(match region.as_str() {
            "us-east-1" => "ec2.internal".to_owned(),
            region => format!("{region}.compute.internal"),
        })
    }

    fn addresses_of(&self, interfaces: &[NetworkInterfaceId]) -> Vec<std::net::Ipv4Addr> {
        interfaces
            .iter()
            .filter_map(|&id| self.interfaces.get(id))
            .filter(|interface| interface.attached != Attached::Nothing)
            .map(|interface| interface.address)
            .collect()
    }
}

impl HostedZone {
    /// The record for a name: its own, or the most specific `*` above it (RFC 4592).
    fn find(&self, name: &Name) -> Option<&super::DnsRecord> {
        let own = self.records.iter().find(|record| record.name == name.as_str());
        own.or_else(|| {
            self.records
                .iter()
                .filter(|record| {
                    record
                        .name
                        .strip_prefix("*.")
                        .is_some_and(|parent| name.as_str() != parent && name.is_within(parent))
                })
                .max_by_key(|record| record.name.len())
        })
    }
}

/// The bucket that a host name names, for those who ask S3 for an object.
#[must_use]
pub fn bucket_in(name: &Name) -> Option<&str> {
    match HostName::parse(name.as_str())?.api {
        Api::Bucket(bucket) => bucket,
        Api::Whole | Api::AccessPoint(_) | Api::Control(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{Fixture, MGN_LABEL, S3_LABEL, ip, two_regions};
    use super::super::{DnsRecord, HostedZone};
    use super::*;
    use crate::resource::HostId;

    fn ask(fixture: &Fixture, vpc: VpcId, asked_by: AskedBy, name: &str) -> Result<Vec<String>, Refusal> {
        let name: Name = name.parse().expect("a name");
        let answer = fixture.cloud.resolve(vpc, asked_by, &name)?;
        Ok(answer.addresses.iter().map(ToString::to_string).collect())
    }

    #[track_caller]
    fn check(fixture: &Fixture, vpc: VpcId, name: &str, addresses: &[&str]) {
        let got = ask(fixture, vpc, AskedBy::OwnVpc, name);
        let want = addresses.iter().map(|&address| address.to_owned()).collect();
        assert_eq!(got, Ok(want), "{name}");
    }

    const MGN: &str = "mgn.ap-south-1.amazonaws.com";

    #[test]
    fn private_dns_answers_inside_its_vpc_and_nowhere_else() {
        let fixture = two_regions();
        check(&fixture, fixture.staging, MGN, &["10.0.1.5", "10.0.2.5"]);
        check(&fixture, fixture.source, MGN, &["13.234.10.1"]);
        let s3 = "any-bucket.s3.ap-south-1.amazonaws.com";
        check(&fixture, fixture.staging, s3, &["52.219.64.10"]);
    }

    #[test]
    fn private_dns_needs_both_attributes_of_the_vpc() {
        let mut fixture = two_regions();
        fixture.cloud.vpcs[fixture.staging].dns_hostnames = DnsAttribute::Off;
        check(&fixture, fixture.staging, MGN, &["13.234.10.1"]);
        fixture.cloud.vpcs[fixture.staging].dns_support = DnsAttribute::Off;
        let disabled = Refusal::at(Reason::DnsDisabled, fixture.staging);
        assert_eq!(
            ask(&fixture, fixture.staging, AskedBy::OwnVpc, MGN),
            Err(disabled)
        );
    }

    #[test]
    fn endpoint_names_resolve_everywhere_to_private_addresses() {
        let fixture = two_regions();
        let mgn = format!("{MGN_LABEL}.mgn.ap-south-1.vpce.amazonaws.com");
        let zonal = format!("{MGN_LABEL}-ap-south-1b.mgn.ap-south-1.vpce.amazonaws.com");
        let s3 = format!("my-bucket.bucket.{S3_LABEL}.s3.ap-south-1.vpce.amazonaws.com");
        check(&fixture, fixture.source, &mgn, &["10.0.1.5", "10.0.2.5"]);
        check(&fixture, fixture.source, &zonal, &["10.0.2.5"]);
        check(&fixture, fixture.source, &s3, &["10.0.1.7"]);
        assert_eq!(bucket_in(&s3.parse().expect("a name")), Some("my-bucket"));
    }

    #[test]
    fn deleting_an_endpoint_takes_its_names_away() {
        let mut fixture = two_regions();
        fixture.cloud.interface_endpoints[fixture.mgn].state = EndpointState::Deleted;
        let own = format!("{MGN_LABEL}.mgn.ap-south-1.vpce.amazonaws.com");
        let unknown = Refusal::at(Reason::DnsNxDomain, ResourceRef::Lab);
        assert_eq!(ask(&fixture, fixture.source, AskedBy::OwnVpc, &own), Err(unknown));
        check(&fixture, fixture.staging, MGN, &["13.234.10.1"]);
    }

    #[test]
    fn s3_private_dns_can_be_for_the_inbound_endpoint_only() {
        let mut fixture = two_regions();
        fixture.cloud.interface_endpoints[fixture.s3].private_dns = PrivateDns::InboundResolverOnly;
        let bucket = "my-bucket.s3.ap-south-1.amazonaws.com";
        check(&fixture, fixture.staging, bucket, &["52.219.64.10"]);
        assert_eq!(
            ask(&fixture, fixture.staging, AskedBy::InboundEndpoint, bucket),
            Ok(vec!["10.0.1.7".to_owned()])
        );
    }

    #[test]
    fn a_hosted_zone_hides_what_it_does_not_hold_and_the_narrower_one_wins() {
        let mut fixture = two_regions();
        let record = |name: &str, address: &str| DnsRecord {
            name: name.to_owned(),
            addresses: vec![ip(address)],
            ttl: Span::secs(300),
        };
        let zone = fixture.cloud.hosted_zones.push(HostedZone {
            domain: "amazonaws.com".to_owned(),
            vpcs: vec![fixture.staging],
            records: vec![
                record("ssm.ap-south-1.amazonaws.com", "10.0.1.40"),
                record("*.files.amazonaws.com", "10.0.1.41"),
            ],
        });
        let staging = fixture.staging;
        check(&fixture, staging, "ssm.ap-south-1.amazonaws.com", &["10.0.1.40"]);
        check(&fixture, staging, "a.b.files.amazonaws.com", &["10.0.1.41"]);
        // The endpoint's hidden zone is narrower.
        check(&fixture, staging, MGN, &["10.0.1.5", "10.0.2.5"]);
        let shadowed = Refusal::at(Reason::DnsShadowed, zone);
        let ask = |vpc, name| ask(&fixture, vpc, AskedBy::OwnVpc, name);
        assert_eq!(ask(staging, "s3.ap-south-1.amazonaws.com"), Err(shadowed));
        assert_eq!(ask(staging, "files.amazonaws.com"), Err(shadowed));
        let below = Refusal::at(Reason::DnsShadowed, fixture.mgn);
        assert_eq!(ask(staging, "x.mgn.ap-south-1.amazonaws.com"), Err(below));
        check(
            &fixture,
            fixture.source,
            "s3.ap-south-1.amazonaws.com",
            &["52.219.64.10"],
        );
    }

    #[test]
    fn instances_have_names_in_their_own_vpc() {
        let mut fixture = two_regions();
        let attached = Attached::Host(HostId::from_index(0));
        fixture.interface(fixture.staging_a, "10.0.1.20", fixture.staging_group, attached);
        let name = "ip-10-0-1-20.ap-south-1.compute.internal";
        check(&fixture, fixture.staging, name, &["10.0.1.20"]);
        let ask = |vpc, name| ask(&fixture, vpc, AskedBy::OwnVpc, name);
        let unknown = |at: ResourceRef| Err(Refusal::at(Reason::DnsNxDomain, at));
        let nobody = "ip-10-0-1-99.ap-south-1.compute.internal";
        assert_eq!(ask(fixture.staging, nobody), unknown(fixture.staging.into()));
        assert_eq!(ask(fixture.source, name), unknown(ResourceRef::Lab));
        assert_eq!(ask(fixture.staging, "example.com"), unknown(ResourceRef::Lab));
    }
}
