//! Computers: those that stand in the lab by themselves, and those of source servers.

use std::net::Ipv4Addr;

use crate::aws::{Attached, SourceDestinationCheck};
use crate::net::Protocol;
use crate::resource::{HostId, NetworkInterfaceId, SubnetId, VpcId, kind};
use crate::scenario::diagnostic::Code;
use crate::scenario::problem::{At, Place, Problem, Problems};
use crate::scenario::sections::{ClockText, FirewallRuleText, HostText, LabText, ListenText};
use crate::site::{
    Clock, FirewallRule, ForwardRule, Host, MacAddress, NameServer, OsFamily, Power, TrustStore,
};
use crate::units::BitRate;

use super::address::Wanted;
use super::cloud::Draft;
use super::endpoint::{MOST_GROUPS, domain_name};
use super::scope::{Rows, Scope};

/// What a host's interface carries where the lab does not say: what current small instances can
/// burst to.
const HOST_RATE: BitRate = BitRate::gbps(5);
/// Rules, ports and forwarders of one host.
const MOST_OF_A_HOST: usize = 200;

/// The hosts while they are being filled.
#[derive(Debug, Default)]
pub(super) struct Hosts {
    pub(super) rows: Rows<Host, kind::Host>,
    homes: std::collections::BTreeMap<HostId, (NetworkInterfaceId, VpcId)>,
}

impl Hosts {
    /// Where a host's interface is.
    pub(super) fn interface_of(&self, host: HostId) -> Option<(NetworkInterfaceId, VpcId)> {
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
    draft: &mut Draft,
    hosts: &mut Hosts,
    problems: &mut Problems,
) {
    for entry in &lab.hosts {
        let (Some(id), Some(text)) = (scope.hosts.get(&entry.name.value), &entry.body) else {
            continue;
        };
        let Some(home) = home(text, entry.name.place, scope, draft, problems) else {
            continue;
        };
        let member = Member {
            id,
            name: &entry.name.value,
            place: entry.name.place,
            address: text.address,
            default_os: OsFamily::Linux,
        };
        fill(&member, text, &home, draft, hosts);
    }
}

/// What all members of a fleet share, looked up once.
#[derive(Debug)]
pub(super) struct Home {
    subnet: SubnetId,
    vpc: VpcId,
    groups: Vec<crate::resource::SecurityGroupId>,
    firewall: Vec<FirewallRule>,
    listens: Vec<(Protocol, u16)>,
    name_server: Option<NameServer>,
}

/// Looks up what `text` names.
pub(super) fn home(
    text: &HostText,
    place: Place,
    scope: &Scope,
    draft: &Draft,
    problems: &mut Problems,
) -> Option<Home> {
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
        & problems.at_most(MOST_OF_A_HOST, n_forwards, place, "forwarders of a name server");
    if text.rate.is_some_and(|rate| rate.value.is_zero()) {
        problems.push(Problem::error(
            Code::BadValue,
            place,
            "a network interface that carries nothing is no interface",
        ));
    }
    let subnet = text
        .subnet
        .get()
        .and_then(|name| scope.subnets.find(name, problems));
    let mut groups = scope.security_groups.find_all(&text.security_groups, problems);
    let vpc = draft.subnets.get(subnet?)?.vpc;
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
    fits.then(|| Home {
        subnet: subnet.unwrap_or(SubnetId::from_index(0)),
        vpc,
        groups,
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
pub(super) fn fill(member: &Member<'_>, text: &HostText, home: &Home, draft: &mut Draft, hosts: &mut Hosts) {
    let interface = draft.interfaces.push(Wanted {
        name: member.name.to_owned(),
        subnet: home.subnet,
        address: member.address,
        public_address: text.public_address,
        security_groups: home.groups.clone(),
        attached: Attached::Host(member.id),
        source_destination_check: text
            .source_destination_check
            .unwrap_or(SourceDestinationCheck::On),
        place: member.place,
    });
    let row = Host {
        name: member.name.to_owned(),
        interface,
        os: text.os.unwrap_or(member.default_os),
        power: text.power.unwrap_or(Power::On),
        rate: text.rate.map_or(HOST_RATE, |rate| rate.value),
        clock: clock(text.clock.as_ref()),
        trust: text.trust.unwrap_or(TrustStore::AmazonRoots),
        mac: text.mac.unwrap_or(MacAddress::Stable),
        listens: home.listens.clone(),
        firewall: home.firewall.clone(),
        name_server: home.name_server.clone(),
    };
    hosts.rows.set(member.id, row);
    hosts.homes.insert(member.id, (interface, home.vpc));
}

/// How a clock stands; right where nothing is said.
pub(super) fn clock(text: Option<&ClockText>) -> Clock {
    match text {
        None | Some(ClockText::Synchronised) => Clock::Synchronised,
        Some(ClockText::Ahead(span)) => Clock::Ahead(*span),
        Some(ClockText::Behind(span)) => Clock::Behind(*span),
    }
}
