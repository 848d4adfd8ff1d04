//! Which setting of a component decided, where no rule of a filter, table or policy did.
//!
//! The texts are the settings themselves, as the console or the API names them, so that they belong
//! to the component that is to blame and can be found there.

use crate::analysis::wording::target_text;
use crate::aws::{
    AttachmentKind, Cloud, DnsAttribute, EndpointState, NameServers, PeeringState, PrivateDns, RuleAction,
    TlsInspection, ZoneState,
};
use crate::migrate::ground::Remote;
use crate::migrate::mgn::{Mgn, Need};
use crate::reason::Reason;
use crate::resource::{
    AttachmentId, HostId, HostedZoneId, InterfaceEndpointId, ResolverRuleId, ResourceRef, VpcId,
};
use crate::site::{Clock, MacAddress, Power, TrustStore};
use crate::world::names::Names;
use crate::world::network::Network;

use super::Finding;
use super::trial::remote_text;

/// What settings are read from.
#[derive(Clone, Copy)]
pub(super) struct Settings<'a> {
    pub(super) network: &'a Network,
    pub(super) names: &'a Names,
    pub(super) mgn: Option<&'a Mgn>,
}

impl Settings<'_> {
    /// The setting of the component to blame that decided; nothing where none did.
    pub(super) fn decisive(&self, finding: &Finding, need: Option<&Need>) -> Option<String> {
        let cloud = &self.network.cloud;
        match finding.at {
            ResourceRef::Host(id) => self.host(id, finding.reason, need),
            ResourceRef::Vpc(id) => vpc(cloud, id, finding.reason),
            ResourceRef::InterfaceEndpoint(id) => interface_endpoint(cloud, id, need),
            ResourceRef::GatewayEndpoint(id) => {
                let row = cloud.gateway_endpoints.get(id)?;
                (row.state == EndpointState::Deleted).then(|| "state deleted".to_owned())
            }
            ResourceRef::Peering(id) => Some(format!("state {}", state(cloud.peerings.get(id)?.state))),
            ResourceRef::Attachment(id) => self.attachment(id, finding.reason),
            ResourceRef::Subnet(id) => {
                let row = cloud.subnets.get(id)?;
                Some(format!(
                    "{} of {} addresses free",
                    cloud.n_free_addresses(id),
                    row.cidr
                ))
            }
            ResourceRef::Zone(id) => {
                let zone = cloud.zones.get(id)?;
                Some(match zone.state {
                    ZoneState::Lost => "lost".to_owned(),
                    ZoneState::Available => format!("does not offer {}", zone.not_offered.join(", ")),
                })
            }
            ResourceRef::HostedZone(id) => self.hosted_zone(id, need?),
            ResourceRef::RouteTable(id) => {
                // Blamed for what it lacks or leads to: its routes are the setting.
                let routes = &cloud.route_tables.get(id)?.routes;
                let targets = routes.iter().map(|it| target_text(it.target, self.names));
                Some(format!("routes to {}", targets.collect::<Vec<_>>().join(", ")))
            }
            ResourceRef::ResolverRule(id) => self.resolver_rule(id),
            ResourceRef::SourceServer(id) => self.mgn?.option_text(id, need?),
            ResourceRef::Router(_) if finding.reason == Reason::AsymmetricStateful => {
                Some("stateful firewall, which has not seen this conversation begin".to_owned())
            }
            _ => None,
        }
    }

    fn host(&self, id: HostId, reason: Reason, need: Option<&Need>) -> Option<String> {
        let host = self.network.hosts.get(id)?;
        if reason == Reason::HostDown {
            return (host.power != Power::On).then(|| "turned off".to_owned());
        }
        if let (Reason::ClockSkew, Clock::Ahead(by)) = (reason, host.clock) {
            return Some(format!("clock {by} ahead"));
        }
        if let (Reason::ClockSkew, Clock::Behind(by)) = (reason, host.clock) {
            return Some(format!("clock {by} behind"));
        }
        if reason == Reason::MacChanged && host.mac == MacAddress::NewAtStart {
            return Some("a new MAC address at each start".to_owned());
        }
        if reason == Reason::CertificateVerifyFailed && host.trust == TrustStore::Outdated {
            return Some("trust store without the Amazon root certificates".to_owned());
        }
        let forwards = &host.name_server.as_ref()?.forwards;
        let domains: Vec<&str> = forwards.iter().map(|rule| rule.domain.as_str()).collect();
        let asked = need.map_or_else(String::new, |need| format!(" for {}", remote_text(&need.call.to)));
        Some(match domains.as_slice() {
            [] => format!("no conditional forwarder{asked}"),
            domains => format!("conditional forwarders for {} alone", domains.join(", ")),
        })
    }

    fn resolver_rule(&self, id: ResolverRuleId) -> Option<String> {
        let row = self.network.cloud.resolver_rules.get(id)?;
        let domain = if row.domain.is_empty() {
            "."
        } else {
            row.domain.as_str()
        };
        let says = match &row.action {
            RuleAction::Forward { targets, .. } => {
                let targets: Vec<String> = targets.iter().map(ToString::to_string).collect();
                format!("{domain} → {}", targets.join(", "))
            }
            RuleAction::System => format!("{domain} → the resolver itself"),
        };
        let vpcs: Vec<String> = row.vpcs.iter().map(|vpc| self.names.of(*vpc)).collect();
        Some(match vpcs.as_slice() {
            [] => format!("{says}; associated with no VPC"),
            vpcs => format!("{says}; associated with {}", vpcs.join(", ")),
        })
    }

    fn attachment(&self, id: AttachmentId, reason: Reason) -> Option<String> {
        let row = self.network.cloud.attachments.get(id)?;
        match (&row.kind, reason) {
            (_, Reason::TransitNoAssociation) => Some("associated with no route table".to_owned()),
            (AttachmentKind::Vpc { subnets, .. }, Reason::TransitZone) => {
                let subnets: Vec<String> = subnets.iter().map(|subnet| self.names.of(*subnet)).collect();
                Some(format!("subnets {}", subnets.join(", ")))
            }
            (AttachmentKind::Peering { state: found, .. }, Reason::PeeringNotActive) => {
                Some(format!("state {}", state(*found)))
            }
            _ => None,
        }
    }

    fn hosted_zone(&self, id: HostedZoneId, need: &Need) -> Option<String> {
        let zone = self.network.cloud.hosted_zones.get(id)?;
        let Remote::Name(name) = &need.call.to else {
            return None;
        };
        let record = zone.records.iter().find(|it| it.name.as_str() == name.as_ref());
        Some(match record {
            Some(record) => {
                let addresses: Vec<String> = record.addresses.iter().map(ToString::to_string).collect();
                format!("record {} → {}", record.name, addresses.join(", "))
            }
            None => format!("no record for {name}"),
        })
    }
}

fn vpc(cloud: &Cloud, id: VpcId, reason: Reason) -> Option<String> {
    let vpc = cloud.vpcs.get(id)?;
    if reason == Reason::CertificateVerifyFailed {
        let TlsInspection::Inspected { exempt } = &vpc.tls_inspection else {
            return None;
        };
        return Some(match exempt.as_slice() {
            [] => "TLS inspection without exemptions".to_owned(),
            exempt => format!("TLS inspection of all but {}", exempt.join(", ")),
        });
    }
    if reason == Reason::UnknownDestination {
        let blocks: Vec<String> = vpc.cidrs.iter().map(ToString::to_string).collect();
        return Some(format!(
            "local route {}: no interface has the address",
            blocks.join(", ")
        ));
    }
    if vpc.dns_support == DnsAttribute::Off {
        return Some("enableDnsSupport false".to_owned());
    }
    if vpc.dns_hostnames == DnsAttribute::Off {
        return Some("enableDnsHostnames false".to_owned());
    }
    match &vpc.name_servers {
        NameServers::AmazonProvided => None,
        NameServers::Custom(servers) => {
            let servers: Vec<String> = servers.iter().map(ToString::to_string).collect();
            Some(format!("domain-name-servers {}", servers.join(", ")))
        }
    }
}

fn interface_endpoint(cloud: &Cloud, id: InterfaceEndpointId, need: Option<&Need>) -> Option<String> {
    let row = cloud.interface_endpoints.get(id)?;
    if row.state == EndpointState::Deleted {
        return Some("state deleted".to_owned());
    }
    if let Some(need) = need
        && let Remote::Name(name) = &need.call.to
        && let Ok(parsed) = name.parse()
        && cloud.endpoint_accepts_name(id, &parsed).is_err()
    {
        return Some(format!("certificate does not cover {name}"));
    }
    Some(
        match row.private_dns {
            PrivateDns::Off => "private DNS off",
            PrivateDns::On => "private DNS on",
            PrivateDns::InboundResolverOnly => "private DNS for the inbound Resolver endpoint only",
        }
        .to_owned(),
    )
}

const fn state(state: PeeringState) -> &'static str {
    match state {
        PeeringState::PendingAcceptance => "pending-acceptance",
        PeeringState::Active => "active",
        PeeringState::Deleted => "deleted",
        PeeringState::Failed => "failed",
    }
}
