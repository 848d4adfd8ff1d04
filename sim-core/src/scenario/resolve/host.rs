//! Computers: those that stand in the lab by themselves, and those of source servers.

use std::net::Ipv4Addr;

use crate::aws::mtu;
use crate::aws::{Attached, SourceDestinationCheck};
use crate::net::Protocol;
use crate::resource::{HostId, NetworkInterfaceId, SecurityGroupId, SubnetId, VpcId, kind};
use crate::scenario::diagnostic::Code;
use crate::scenario::problem::{At, Place, Problem, Problems};
use crate::scenario::read::{Brief, Entries, Entry, Read};
use crate::scenario::sections::{ClockText, FirewallRuleText, HostText, LabText, ListenText, NameServerText};
use crate::site::{
    Clock, FirewallRule, ForwardRule, Host, MacAddress, NameServer, OsFamily, OwnZone, Port, Power,
    TrustStore,
};
use crate::units::BitRate;

use super::address::Wanted;
use super::cloud::Draft;
use super::endpoint::{MOST_GROUPS, domain_name, records};
use super::scope::{Rows, Scope};
use super::segment::{Lodging, Segments};

/// What a host's interface carries where the lab does not say: what current small instances can
/// burst to.
const HOST_RATE: BitRate = BitRate::gbps(5);
/// Rules, ports and forwarders of one host.
const MOST_OF_A_HOST: usize = 200;

/// The hosts while they are being filled.
#[derive(Debug, Default)]
pub(super) struct Hosts {
    pub(super) rows: Rows<Host, kind::Host>,
    homes: std::collections::BTreeMap<HostId, Address>,
}

/// Where a host can be reached.
#[derive(Debug, Clone, Copy)]
pub(super) enum Address {
    /// At an interface in a VPC.
    Interface(NetworkInterfaceId, VpcId),
    /// On a segment of a site.
    Segment,
}

impl Hosts {
    /// Where a host can be reached; nothing is known of one that is wrong itself.
    pub(super) fn address_of(&self, host: HostId) -> Option<Address> {
        self.homes.get(&host).copied()
    }
}

/// One host to be filled: its name, its address where it has a certain one.
#[derive(Debug)]
pub(super) struct Member<'n> {
    pub(super) id: HostId,
    pub(super) name: &'n str,
    pub(super) place: Place,
    pub(super) address: Option<At<Ipv4Addr>>,
    pub(super) default_os: OsFamily,
}

/// Fills the hosts that stand in the lab by themselves.
pub(super) fn fill_all(
    lab: &LabText,
    scope: &Scope,
    (draft, segments, hosts): (&mut Draft, &mut Segments, &mut Hosts),
    problems: &mut Problems,
) {
    for entry in &lab.hosts {
        let (Some(id), Some(text)) = (scope.hosts.get(&entry.name.value), &entry.body) else {
            continue;
        };
        let Some(home) = home(text, entry.name.place, (scope, draft, segments), problems) else {
            continue;
        };
        let member = Member {
            id,
            name: &entry.name.value,
            place: entry.name.place,
            address: text.value.address,
            default_os: OsFamily::Linux,
        };
        fill(&member, &text.value, &home, (draft, segments, hosts));
    }
}

/// What all members of a fleet share, looked up once.
#[derive(Debug)]
pub(super) struct Home {
    stands: Stands,
    firewall: Vec<FirewallRule>,
    listens: Vec<(Protocol, u16)>,
    name_server: Option<NameServer>,
}

/// Where a host stands.
#[derive(Debug)]
enum Stands {
    Subnet {
        subnet: SubnetId,
        vpc: VpcId,
        groups: Vec<SecurityGroupId>,
    },
    Segment(Lodging),
}

/// Looks up what `text` names.
pub(super) fn home(
    text: &At<HostText>,
    place: Place,
    (scope, draft, segments): (&Scope, &Draft, &mut Segments),
    problems: &mut Problems,
) -> Option<Home> {
    let At {
        value: text,
        place: body,
    } = text;
    let n_forwards = text
        .name_server
        .as_ref()
        .map_or(0, |server| server.forwards.iter().len());
    let fits = problems.at_most(
        MOST_GROUPS,
        text.security_groups.len(),
        place,
        "security groups of an interface",
    ) & problems.at_most(
        MOST_OF_A_HOST,
        text.firewall.len(),
        place,
        "firewall rules of a host",
    ) & problems.at_most(MOST_OF_A_HOST, text.listens.len(), place, "ports of a host")
        & problems.at_most(MOST_OF_A_HOST, n_forwards, place, "forwarders of a name server")
        & problems.at_most(MOST_OF_A_HOST, text.routes.len(), place, "routes of a host");
    if text.rate.is_some_and(|rate| rate.value.is_zero()) {
        problems.push(Problem::error(
            Code::BadValue,
            place,
            "a network interface that carries nothing is no interface",
        ));
    }
    let stands = match (&text.subnet, &text.segment) {
        (Some(subnet), None) => {
            only_on_a_segment(text, problems);
            in_subnet(subnet, text, scope, draft, problems)
        }
        (None, Some(segment)) => segments
            .lodging(segment, text, place, scope, problems)
            .map(Stands::Segment),
        (Some(_), Some(segment)) => {
            let message = "a host stands in a subnet of a VPC or on a segment of a site, not in both";
            problems.push(Problem::error(Code::Refused, segment.place, message));
            None
        }
        (None, None) => {
            let message = format!("{} needs the field `subnet`, or `segment`", HostText::EXPECTED);
            problems.push_missing(*body, message, "a text in quotes");
            None
        }
    };
    fits.then_some(Home {
        stands: stands?,
        firewall: text.firewall.iter().map(firewall_rule).collect(),
        listens: text
            .listens
            .iter()
            .map(|listen| match listen {
                ListenText::Tcp(port) => (Protocol::Tcp, *port),
                ListenText::Udp(port) => (Protocol::Udp, *port),
            })
            .collect(),
        name_server: text.name_server.as_ref().map(|server| NameServer {
            zones: zones(server, problems),
            forwards: server
                .forwards
                .iter()
                .map(|entry| ForwardRule {
                    domain: if entry.name.value == "." {
                        String::new()
                    } else {
                        domain_name(&entry.name.value)
                    },
                    targets: entry.body.clone().unwrap_or_default(),
                })
                .collect(),
        }),
    })
}

/// The zones that a name server answers for by itself.
fn zones(text: &NameServerText, problems: &mut Problems) -> Vec<OwnZone> {
    let zone = |entry: &Entry<Entries<Vec<Ipv4Addr>>>| {
        let domain = domain_name(&entry.name.value);
        OwnZone {
            records: match &entry.body {
                Some(text) => records(&domain, text, None, problems),
                None => Vec::new(),
            },
            domain,
        }
    };
    text.zones.iter().map(zone).collect()
}

fn in_subnet(
    name: &At<String>,
    text: &HostText,
    scope: &Scope,
    draft: &Draft,
    problems: &mut Problems,
) -> Option<Stands> {
    let subnet = scope.subnets.find(name, problems);
    let mut groups = scope.security_groups.find_all(&text.security_groups, problems);
    let subnet = subnet?;
    let vpc = draft.subnets.get(subnet)?.vpc;
    for (name, group) in text.security_groups.iter().zip(&groups) {
        if groups.len() == text.security_groups.len()
            && draft
                .security_groups
                .get(*group)
                .is_some_and(|row| row.vpc != vpc)
        {
            let message = format!(
                "security group `{}` belongs to another VPC than the host's subnet",
                name.value
            );
            problems.push(Problem::error(Code::Refused, name.place, message));
        }
    }
    if text.security_groups.is_empty() {
        groups.push(draft.vpcs.get(vpc)?.default_security_group);
    }
    Some(Stands::Subnet { subnet, vpc, groups })
}

/// What is said of a host in a VPC that only one on a segment has.
fn only_on_a_segment(text: &HostText, problems: &mut Problems) {
    let mut refuse = |place, what: &str, instead: &str| {
        let message = format!("a host in a VPC has no {what} of its own");
        problems.push(Problem::error(Code::Refused, place, message).help(instead));
    };
    if let Some(gateway) = text.gateway {
        refuse(
            gateway.place,
            "gateway",
            "the subnet's route table says where its packets go",
        );
    }
    if let Some(Brief(route)) = text.routes.first() {
        let instead = "the subnet's route table says where its packets go";
        refuse(route.prefix.place, "routes", instead);
    }
    if let Some(servers) = &text.name_servers {
        refuse(
            servers.place,
            "name servers",
            "the VPC says which are asked: name_servers",
        );
    }
}

pub(super) fn firewall_rule(text: &FirewallRuleText) -> FirewallRule {
    FirewallRule {
        direction: text.direction,
        action: text.action,
        protocol: text.protocol.meant(),
        ports: text.ports,
        peer: text.peer.unwrap_or_default(),
    }
}

/// Fills one host.
pub(super) fn fill(
    member: &Member<'_>,
    text: &HostText,
    home: &Home,
    (draft, segments, hosts): (&mut Draft, &mut Segments, &mut Hosts),
) {
    let (port, mtu) = match &home.stands {
        Stands::Subnet { subnet, vpc, groups } => {
            let interface = draft.interfaces.push(Wanted {
                name: member.name.to_owned(),
                subnet: *subnet,
                address: member.address,
                public_address: text.public_address.map(|it| it.value),
                security_groups: groups.clone(),
                attached: Attached::Host(member.id),
                source_destination_check: text
                    .source_destination_check
                    .map_or(SourceDestinationCheck::On, |it| it.value),
                place: member.place,
            });
            let address = Address::Interface(interface, *vpc);
            hosts.homes.insert(member.id, address);
            (Port::Vpc(interface), mtu::INSTANCE)
        }
        Stands::Segment(lodging) => {
            hosts.homes.insert(member.id, Address::Segment);
            let mtu = segments.mtu(lodging);
            (Port::Segment(segments.move_in(lodging, member)), mtu)
        }
    };
    let row = Host {
        name: member.name.to_owned(),
        port,
        os: text.os.unwrap_or(member.default_os),
        power: text.power.unwrap_or(Power::On),
        rate: text.rate.map_or(HOST_RATE, |rate| rate.value),
        mtu: text.mtu.unwrap_or(mtu),
        clock: clock(text.clock.as_ref()),
        trust: text.trust.unwrap_or(TrustStore::AmazonRoots),
        mac: text.mac.unwrap_or(MacAddress::Stable),
        listens: home.listens.clone(),
        firewall: home.firewall.clone(),
        name_server: home.name_server.clone(),
    };
    hosts.rows.set(member.id, row);
}

/// How a clock stands; right where nothing is said.
pub(super) fn clock(text: Option<&ClockText>) -> Clock {
    match text {
        None | Some(ClockText::Synchronised) => Clock::Synchronised,
        Some(ClockText::Ahead(span)) => Clock::Ahead(*span),
        Some(ClockText::Behind(span)) => Clock::Behind(*span),
    }
}
