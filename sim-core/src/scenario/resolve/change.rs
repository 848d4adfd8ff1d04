//! Changes of the lab: what is typed becomes a lever.

use std::net::Ipv4Addr;

use ipnet::Ipv4Net;

use crate::aws::{
    AclRule, Change, Cloud, DnsAttribute, DnsRecord, GroupRule, NameServers, Route, RouteOrigin, RouteTarget,
    RuleChange, RulePeer, TlsInspection,
};
use crate::kernel::{Arena, Id};
use crate::migrate::mgn::{self, Command, SettingChange};
use crate::net::PortRange;
use crate::resource::{ResourceRef, SourceServerId, kind};
use crate::scenario::diagnostic::Code;
use crate::scenario::problem::{At, Place, Problem, Problems};
use crate::scenario::sections::{
    ChangeText, CommandText, EditText, InspectionText, PeerText, ProtocolText, TargetText,
};
use crate::site::{ForwardRule, Host, HostChange, OsFamily};
use crate::units::BitRate;
use crate::verdict::{Destination, Direction};
use crate::world::blueprint::Blueprint;
use crate::world::lever::Lever;
use crate::world::names::Names;
use crate::world::routing::Routing;

use super::endpoint::{RECORD_TTL, domain_name, policy};
use super::host::{clock, firewall_rule};
use super::route;
use super::routing_change::{self, Trial};
use super::select::Groups;
use super::setting;
use super::transit_change;

/// Changes before the lab begins; each is tried on a copy of the whole.
const MOST_CHANGES: usize = 200;

/// How much of a lab is known to those that change it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Extent {
    /// The names that its text declares: there are mistakes in what they stand for.
    Declared,
    /// All of it.
    Whole,
}

/// What a change may name: everything in a finished lab.
pub(super) struct Known<'a> {
    pub(super) names: &'a Names,
    pub(super) groups: &'a mut Groups,
    pub(super) config: Option<&'a mgn::Config>,
    pub(super) hosts: &'a Arena<Host, kind::Host>,
    pub(super) cloud: &'a Cloud,
    pub(super) routing: &'a Routing,
    pub(super) extent: Extent,
}

/// Ids of one kind among all names.
pub(super) trait Named {
    const KIND: &'static str;
    /// From where on all names of the kind are known.
    const KNOWN: Extent;
    fn pick(resource: ResourceRef) -> Option<Id<Self>>
    where
        Self: Sized;
}

macro_rules! named {
    ($($kind:ident, $label:literal, $known:ident;)*) => {
        $(impl Named for kind::$kind {
            const KIND: &'static str = $label;
            const KNOWN: Extent = Extent::$known;
            fn pick(resource: ResourceRef) -> Option<Id<Self>> {
                match resource {
                    ResourceRef::$kind(id) => Some(id),
                    _ => None,
                }
            }
        })*
    };
}

named! {
    Vpc, "VPC", Declared;
    TransitGateway, "Transit Gateway", Declared;
    VirtualPrivateGateway, "virtual private gateway", Declared;
    VirtualInterface, "virtual interface", Declared;
    TransitGatewayRouteTable, "Transit Gateway route table", Whole;
    Attachment, "Transit Gateway attachment", Whole;
    Zone, "availability zone", Whole;
    Subnet, "subnet", Declared;
    RouteTable, "route table", Declared;
    PrefixList, "prefix list", Declared;
    SecurityGroup, "security group", Declared;
    NetworkAcl, "network ACL", Declared;
    NetworkInterface, "network interface", Whole;
    InternetGateway, "internet gateway", Declared;
    NatGateway, "NAT gateway", Declared;
    Peering, "peering connection", Declared;
    InterfaceEndpoint, "interface endpoint", Declared;
    GatewayEndpoint, "gateway endpoint", Declared;
    HostedZone, "private hosted zone", Whole;
    ResolverRule, "Resolver rule", Declared;
    Host, "host", Declared;
    Router, "router", Declared;
    RouterInterface, "router interface", Whole;
    Link, "link", Declared;
    Segment, "segment", Declared;
    BgpSession, "BGP session", Declared;
    Tunnel, "tunnel", Declared;
}

impl Known<'_> {
    /// The id of that name; an unknown one is reported.
    pub(super) fn find<K: Named>(&self, name: &At<String>, problems: &mut Problems) -> Option<Id<K>> {
        let found = self
            .names
            .find(&name.value)
            .iter()
            .find_map(|resource| K::pick(*resource));
        if found.is_none() && self.extent >= K::KNOWN {
            let message = format!("there is no {} named `{}`", K::KIND, name.value);
            let options = self
                .names
                .iter()
                .filter(|(resource, _)| K::pick(*resource).is_some())
                .map(|(_, name)| name);
            problems.push_mistyped(
                Problem::error(Code::UnknownName, name.place, message),
                &name.value,
                options,
            );
        }
        found
    }
    pub(super) fn find_all<K: Named>(
        &self,
        names: &[At<String>],
        problems: &mut Problems,
    ) -> Option<Vec<Id<K>>> {
        let found: Vec<_> = names
            .iter()
            .filter_map(|name| self.find(name, problems))
            .collect();
        (found.len() == names.len()).then_some(found)
    }
    /// The server of that name.
    pub(super) fn server(&self, name: &At<String>, problems: &mut Problems) -> Option<SourceServerId> {
        self.groups.servers.find(name, problems)
    }
    fn host_of(&self, server: SourceServerId) -> Option<&Host> {
        self.hosts.get(self.config?.servers.get(server)?.host)
    }
    /// The operating system of a server.
    pub(super) fn os(&self, server: SourceServerId) -> OsFamily {
        self.host_of(server).map_or(OsFamily::Linux, |host| host.os)
    }
    /// The private address of a server.
    pub(super) fn address(&self, server: SourceServerId) -> Option<Ipv4Addr> {
        self.host_of(server)?.address(self.cloud)
    }
}

/// The operation that is typed.
pub(super) fn command(text: &CommandText, groups: &mut Groups, problems: &mut Problems) -> Command {
    Command {
        kind: text.kind,
        servers: groups.select(&text.servers, problems),
    }
}

/// The lever that is typed, with the names of a finished lab.
pub(in crate::scenario) fn change_of(
    text: &ChangeText,
    lab: &Blueprint,
    problems: &mut Problems,
) -> Option<Lever> {
    let mut known = Known {
        names: &lab.names,
        groups: &mut Groups::of(lab.migration.as_ref()),
        config: lab.migration.as_ref(),
        hosts: &lab.hosts,
        cloud: &lab.cloud,
        routing: &lab.routing,
        extent: Extent::Whole,
    };
    lever(text, &mut known, problems)
}

/// The changes that are made before the lab begins, each tried on what the ones before it left, so
/// that one that cannot be made is reported here and not lost at the start of a run.
pub(super) fn before(
    texts: &[At<ChangeText>],
    known: &mut Known<'_>,
    problems: &mut Problems,
) -> Vec<(Lever, Place)> {
    let mut levers = Vec::new();
    let Some(first) = texts.first() else { return levers };
    if !problems.at_most(MOST_CHANGES, texts.len(), first.place, "changes") {
        return levers;
    }
    let (mut cloud, mut hosts) = (known.cloud.clone(), known.hosts.clone());
    let mut trial = Trial::of(known.routing);
    for text in texts {
        let Some(lever) = lever(&text.value, known, problems) else {
            continue;
        };
        let refused = match &lever {
            Lever::Network(change) => cloud.apply(change).err().map(|error| error.to_string()),
            Lever::Host { host, change } => hosts
                .get_mut(*host)
                .and_then(|host| host.apply(change).err())
                .map(|error| error.to_string()),
            Lever::Routing(lever) => trial.apply(lever),
            Lever::Command(_) | Lever::Migration(_) => known
                .config
                .is_none()
                .then(|| "the lab has no migration".to_owned()),
        };
        if let Some(why) = refused {
            let message = format!("this change cannot be made: {why}");
            problems.push(Problem::error(Code::Refused, text.place, message));
        }
        levers.push((lever, text.place));
    }
    levers
}

/// Looks at edits of a lab that has mistakes of its own, so that theirs are told in the same go. What
/// depends on more than declared names is left for when the lab is right.
pub(super) fn look_at<'t>(
    texts: impl IntoIterator<Item = &'t ChangeText>,
    known: &Known<'_>,
    problems: &mut Problems,
) {
    for text in texts {
        if let ChangeText::Edit(text) = text
            && let Some(Edit::Host(name, _)) = network(text, known, problems)
        {
            known.find::<kind::Host>(name, problems);
        }
    }
}

/// The lever that is typed.
pub(super) fn lever(text: &ChangeText, known: &mut Known<'_>, problems: &mut Problems) -> Option<Lever> {
    match text {
        ChangeText::Command(text) => Some(Lever::Command(command(text, known.groups, problems))),
        ChangeText::Template(text) => setting::template(text, known, problems)
            .map(|change| Lever::Migration(SettingChange::Template(change))),
        ChangeText::Account(text) => setting::account(text, known, problems).map(Lever::Migration),
        ChangeText::Server(text) => setting::server(text, known, problems)
            .map(|(server, change)| Lever::Migration(SettingChange::Server { server, change })),
        ChangeText::Routing(text) => routing_change::lever(text, known, problems).map(Lever::Routing),
        ChangeText::Transit(text) => transit_change::change(text, known, problems)
            .map(|change| Lever::Network(Change::Transit(change))),
        ChangeText::Edit(text) => match network(text, known, problems)? {
            Edit::Network(change) => Some(Lever::Network(change)),
            Edit::Host(name, change) => {
                let host = known.find(name, problems)?;
                Some(Lever::Host { host, change })
            }
        },
    }
}

/// A gateway has to be on the host's own segment.
fn check_gateway(name: &At<String>, to: At<Ipv4Addr>, known: &Known<'_>, problems: &mut Problems) {
    let mut hosts = known.names.find(&name.value).iter();
    let host = hosts.find_map(|thing| <kind::Host as Named>::pick(*thing));
    let segment = host.and_then(|host| known.hosts.get(host)?.segment_port().map(|port| port.segment));
    let Some(row) = segment.and_then(|segment| known.routing.segments.get(segment)) else {
        return;
    };
    if !row.prefix.contains(&to.value) {
        let message = format!(
            "{} is not in the prefix of the host's segment, {}",
            to.value, row.prefix
        );
        problems.push(
            Problem::error(Code::NotInside, to.place, message)
                .help("a gateway is on the host's own segment: nothing else can be handed a packet"),
        );
    }
}

/// An edit of one side or the other.
enum Edit<'t> {
    Network(Change),
    Host(&'t At<String>, HostChange),
}

fn network<'t>(text: &'t EditText, known: &Known<'_>, problems: &mut Problems) -> Option<Edit<'t>> {
    let attribute = |on: bool| if on { DnsAttribute::On } else { DnsAttribute::Off };
    Some(Edit::Network(match text {
        EditText::EniState(of) => Change::InterfaceState(known.find(&of.name, problems)?, of.value),
        EditText::ZoneState(of) => Change::Zone(known.find(&of.name, problems)?, of.value),
        EditText::PeeringState(of) => Change::Peering(known.find(&of.name, problems)?, of.value),
        EditText::PeeringDelay(of) => Change::PeeringDelay(known.find(&of.name, problems)?, of.value),
        EditText::PeeringRate(of) => {
            Change::PeeringRate(known.find(&of.name, problems)?, some_rate(of.value, problems)?)
        }
        EditText::PeeringLoss(of) => Change::PeeringLoss(known.find(&of.name, problems)?, of.value),
        EditText::AddRoute(text) => Change::AddRoute(
            known.find(&text.table, problems)?,
            Route {
                destination: destination(&text.destination, known, problems)?,
                target: target(&text.target, known, problems)?,
                origin: RouteOrigin::Static,
            },
        ),
        EditText::RemoveRoute(of) => Change::RemoveRoute(
            known.find(&of.name, problems)?,
            destination(&of.value, known, problems)?,
        ),
        EditText::RoutePropagation(of) => {
            let (table, gateway) = (known.find(&of.name, problems)?, known.find(&of.value, problems)?);
            Change::Propagation(table, Some(gateway))
        }
        EditText::NoRoutePropagation(name) => Change::Propagation(known.find(name, problems)?, None),
        EditText::AddIngressRule(of) => {
            let rule = group_rule(
                &of.value.protocol,
                of.value.ports,
                &of.value.from,
                known,
                problems,
            )?;
            Change::AddGroupRule(known.find(&of.name, problems)?, Direction::Ingress, rule)
        }
        EditText::AddEgressRule(of) => {
            let rule = group_rule(&of.value.protocol, of.value.ports, &of.value.to, known, problems)?;
            Change::AddGroupRule(known.find(&of.name, problems)?, Direction::Egress, rule)
        }
        EditText::RemoveIngressRule(of) => {
            let rule = group_rule(
                &of.value.protocol,
                of.value.ports,
                &of.value.from,
                known,
                problems,
            )?;
            Change::RemoveGroupRule(known.find(&of.name, problems)?, Direction::Ingress, rule)
        }
        EditText::RemoveEgressRule(of) => {
            let rule = group_rule(&of.value.protocol, of.value.ports, &of.value.to, known, problems)?;
            Change::RemoveGroupRule(known.find(&of.name, problems)?, Direction::Egress, rule)
        }
        EditText::SetAclIngressRule(of) => {
            let (rule, peer) = (&of.value, of.value.from);
            let rule = acl_rule(rule.number.value, rule.action, &rule.protocol, (rule.ports, peer));
            Change::SetAclRule(known.find(&of.name, problems)?, Direction::Ingress, rule)
        }
        EditText::SetAclEgressRule(of) => {
            let (rule, peer) = (&of.value, of.value.to);
            let rule = acl_rule(rule.number.value, rule.action, &rule.protocol, (rule.ports, peer));
            Change::SetAclRule(known.find(&of.name, problems)?, Direction::Egress, rule)
        }
        EditText::RemoveAclIngressRule(of) => {
            Change::RemoveAclRule(known.find(&of.name, problems)?, Direction::Ingress, of.value)
        }
        EditText::RemoveAclEgressRule(of) => {
            Change::RemoveAclRule(known.find(&of.name, problems)?, Direction::Egress, of.value)
        }
        EditText::EnableDnsSupport(of) => {
            Change::DnsSupport(known.find(&of.name, problems)?, attribute(of.value))
        }
        EditText::EnableDnsHostnames(of) => {
            Change::DnsHostnames(known.find(&of.name, problems)?, attribute(of.value))
        }
        EditText::NameServers(of) => Change::NameServers(
            known.find(&of.name, problems)?,
            match of.value.as_slice() {
                [] => NameServers::AmazonProvided,
                servers => NameServers::Custom(servers.to_vec()),
            },
        ),
        EditText::TlsInspection(of) => {
            Change::TlsInspection(known.find(&of.name, problems)?, inspected(&of.value))
        }
        EditText::NoTlsInspection(name) => {
            Change::TlsInspection(known.find(name, problems)?, TlsInspection::None)
        }
        EditText::SubnetRouteTable(of) => {
            Change::AssociateRouteTable(known.find(&of.name, problems)?, known.find(&of.value, problems)?)
        }
        EditText::SubnetNetworkAcl(of) => {
            Change::AssociateAcl(known.find(&of.name, problems)?, known.find(&of.value, problems)?)
        }
        EditText::InterfaceEndpoint(of) => {
            Change::InterfaceEndpoint(known.find(&of.name, problems)?, of.value)
        }
        EditText::InterfaceEndpointPolicy(of) => {
            Change::InterfaceEndpointPolicy(known.find(&of.name, problems)?, policy(Some(&of.value)))
        }
        EditText::PrivateDns(of) => Change::PrivateDns(known.find(&of.name, problems)?, of.value),
        EditText::SourceDestinationCheck(of) => {
            Change::SourceDestinationCheck(known.find(&of.name, problems)?, of.value)
        }
        EditText::EndpointSecurityGroups(of) => Change::EndpointGroups(
            known.find(&of.name, problems)?,
            known.find_all(&of.value, problems)?,
        ),
        EditText::InterfaceSecurityGroups(of) => Change::InterfaceGroups(
            known.find(&of.name, problems)?,
            known.find_all(&of.value, problems)?,
        ),
        EditText::GatewayEndpoint(of) => Change::GatewayEndpoint(known.find(&of.name, problems)?, of.value),
        EditText::GatewayEndpointPolicy(of) => {
            Change::GatewayEndpointPolicy(known.find(&of.name, problems)?, policy(Some(&of.value)))
        }
        EditText::AssociateGatewayEndpoint(of) => Change::AssociateGatewayEndpoint(
            known.find(&of.name, problems)?,
            known.find(&of.value, problems)?,
        ),
        EditText::DisassociateGatewayEndpoint(of) => Change::DisassociateGatewayEndpoint(
            known.find(&of.name, problems)?,
            known.find(&of.value, problems)?,
        ),
        EditText::AssociateZone(of) => {
            Change::AssociateZone(known.find(&of.name, problems)?, known.find(&of.value, problems)?)
        }
        EditText::DissociateZone(of) => {
            Change::DissociateZone(known.find(&of.name, problems)?, known.find(&of.value, problems)?)
        }
        EditText::AssociateResolverRule(of) => Change::ResolverRule(
            known.find(&of.name, problems)?,
            RuleChange::Associate(known.find(&of.value, problems)?),
        ),
        EditText::DisassociateResolverRule(of) => Change::ResolverRule(
            known.find(&of.name, problems)?,
            RuleChange::Disassociate(known.find(&of.value, problems)?),
        ),
        EditText::ResolverRuleTargets(of) => Change::ResolverRule(
            known.find(&of.name, problems)?,
            RuleChange::Targets(of.value.clone()),
        ),
        EditText::SetZoneRecord(text) => Change::SetZoneRecord(
            known.find(&text.zone, problems)?,
            DnsRecord {
                name: domain_name(&text.name),
                addresses: text.addresses.clone(),
                ttl: text.ttl.unwrap_or(RECORD_TTL),
            },
        ),
        EditText::RemoveZoneRecord(of) => {
            Change::RemoveZoneRecord(known.find(&of.name, problems)?, domain_name(&of.value))
        }
        EditText::HostPower(of) => return Some(Edit::Host(&of.name, HostChange::Power(of.value))),
        EditText::HostReboot(name) => return Some(Edit::Host(name, HostChange::Reboot)),
        EditText::HostCrash(name) => return Some(Edit::Host(name, HostChange::Crash)),
        EditText::HostNewMac(name) => return Some(Edit::Host(name, HostChange::NewMac)),
        EditText::HostClock(of) => {
            return Some(Edit::Host(&of.name, HostChange::Clock(clock(Some(&of.value)))));
        }
        EditText::HostMac(of) => return Some(Edit::Host(&of.name, HostChange::Mac(of.value))),
        EditText::HostTrust(of) => return Some(Edit::Host(&of.name, HostChange::Trust(of.value))),
        EditText::HostRate(of) => {
            return Some(Edit::Host(
                &of.name,
                HostChange::Rate(some_rate(of.value, problems)?),
            ));
        }
        EditText::HostMtu(of) => return Some(Edit::Host(&of.name, HostChange::Mtu(of.value))),
        EditText::HostGateway(of) => {
            check_gateway(&of.name, of.value, known, problems);
            return Some(Edit::Host(&of.name, HostChange::Gateway(Some(of.value.value))));
        }
        EditText::NoHostGateway(name) => return Some(Edit::Host(name, HostChange::Gateway(None))),
        EditText::HostNameServers(of) => {
            return Some(Edit::Host(&of.name, HostChange::NameServers(of.value.clone())));
        }
        EditText::AddFirewallRule(of) => {
            return Some(Edit::Host(
                &of.name,
                HostChange::AddFirewallRule(firewall_rule(&of.value)),
            ));
        }
        EditText::RemoveFirewallRule(of) => {
            return Some(Edit::Host(
                &of.name,
                HostChange::RemoveFirewallRule(firewall_rule(&of.value)),
            ));
        }
        EditText::SetForwarder(text) => {
            let rule = ForwardRule {
                domain: domain_name(&text.domain),
                targets: text.targets.clone(),
            };
            return Some(Edit::Host(&text.host, HostChange::SetForwarder(rule)));
        }
        EditText::RemoveForwarder(of) => {
            return Some(Edit::Host(
                &of.name,
                HostChange::RemoveForwarder(domain_name(&of.value)),
            ));
        }
    }))
}

pub(super) fn some_rate(rate: At<BitRate>, problems: &mut Problems) -> Option<BitRate> {
    if rate.value.is_zero() {
        problems.push(
            Problem::error(
                Code::BadValue,
                rate.place,
                "what carries nothing is down, not slow",
            )
            .help("use link_state(\"…\", down), segment_state(\"…\", down), peering_state(\"…\", deleted) or host_power(\"…\", off)"),
        );
        return None;
    }
    Some(rate.value)
}

/// What a middlebox opens.
pub(super) fn inspected(text: &InspectionText) -> TlsInspection {
    TlsInspection::Inspected {
        exempt: text.exempt.iter().map(|name| domain_name(name)).collect(),
    }
}

fn destination(text: &At<String>, known: &Known<'_>, problems: &mut Problems) -> Option<Destination> {
    route::destination(text, |name, problems| known.find(name, problems), problems)
}

fn target(text: &TargetText, known: &Known<'_>, problems: &mut Problems) -> Option<RouteTarget> {
    Some(match text {
        TargetText::Peering(name) => RouteTarget::Peering(known.find(name, problems)?),
        TargetText::TransitGateway(name) => RouteTarget::TransitGateway(known.find(name, problems)?),
        TargetText::VirtualPrivateGateway(name) => {
            RouteTarget::VirtualPrivateGateway(known.find(name, problems)?)
        }
        TargetText::InternetGateway(name) => RouteTarget::InternetGateway(known.find(name, problems)?),
        TargetText::NatGateway(name) => RouteTarget::NatGateway(known.find(name, problems)?),
        TargetText::Interface(name) => RouteTarget::NetworkInterface(known.find(name, problems)?),
        TargetText::GatewayEndpoint(name) => RouteTarget::GatewayEndpoint(known.find(name, problems)?),
        TargetText::Local => RouteTarget::Local,
        TargetText::Blackhole => RouteTarget::Gone,
    })
}

fn group_rule(
    protocol: &ProtocolText,
    ports: PortRange,
    peer: &PeerText,
    known: &Known<'_>,
    problems: &mut Problems,
) -> Option<GroupRule> {
    let peer = match peer {
        PeerText::Prefix(prefix) => RulePeer::Prefix(*prefix),
        PeerText::Group(name) => RulePeer::Group(known.find(name, problems)?),
        PeerText::PrefixList(name) => RulePeer::PrefixList(known.find(name, problems)?),
    };
    Some(GroupRule {
        protocol: protocol.meant(),
        ports,
        peer,
    })
}

fn acl_rule(
    number: u16,
    action: crate::aws::AclAction,
    protocol: &ProtocolText,
    (ports, peer): (PortRange, Ipv4Net),
) -> AclRule {
    AclRule {
        number,
        action,
        protocol: protocol.meant(),
        ports,
        peer,
    }
}
