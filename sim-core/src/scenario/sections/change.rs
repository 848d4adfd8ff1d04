//! Operations of the migration and changes of the lab, as they are typed.
//!
//! A change is the text form of a lever: what an overlay makes before the lab begins, what an event
//! makes while it runs, what preflight proposes as a fix.

use std::net::Ipv4Addr;

use crate::aws::{
    EndpointState, InterfaceState, PeeringState, PrivateDns, SourceDestinationCheck, ZoneState,
};
use crate::migrate::mgn::CommandKind;
use crate::net::Mtu;
use crate::scenario::diagnostic::Code;
use crate::scenario::problem::{At, Problem, Problems};
use crate::scenario::read::{Read, choices, section, unknown_word, wrong_type};
use crate::scenario::syntax::{Arguments, Kind, Node};
use crate::site::{MacAddress, Power, TrustStore};
use crate::units::{BitRate, Ppm, Span};

use super::host::{ClockText, FirewallRuleText};
use super::network::{
    AclInText, AclOutText, EgressText, IngressText, InspectionText, StatementText, TargetText,
};
use super::plan::SelectionText;
use super::routing_change::RoutingText;
use super::setting::{AccountText, ServerText, TemplateText};
use super::transit::TransitChangeText;

/// The words for the operations.
pub(in crate::scenario) const COMMANDS: &[(&str, CommandKind)] = &[
    ("install_agent", CommandKind::InstallAgent),
    ("start_test", CommandKind::StartTest),
    ("revert_to_ready_for_test", CommandKind::RevertToReadyForTest),
    ("mark_ready_for_cutover", CommandKind::MarkReadyForCutover),
    ("start_cutover", CommandKind::StartCutover),
    (
        "revert_to_ready_for_cutover",
        CommandKind::RevertToReadyForCutover,
    ),
    ("finalize_cutover", CommandKind::FinalizeCutover),
    (
        "terminate_target_instances",
        CommandKind::TerminateTargetInstances,
    ),
    ("pause_replication", CommandKind::PauseReplication),
    ("resume_replication", CommandKind::ResumeReplication),
    ("stop_replication", CommandKind::StopReplication),
    ("start_replication", CommandKind::StartReplication),
    ("retry_data_replication", CommandKind::RetryDataReplication),
    ("disconnect_from_service", CommandKind::DisconnectFromService),
    ("mark_as_archived", CommandKind::MarkAsArchived),
];

fn command_words() -> impl Iterator<Item = &'static str> {
    COMMANDS.iter().map(|(word, _)| *word)
}

fn command_of(word: &str) -> Option<CommandKind> {
    COMMANDS
        .iter()
        .find(|(name, _)| *name == word)
        .map(|(_, kind)| *kind)
}

/// An operation's word alone.
#[derive(Debug, Clone, Copy)]
pub(in crate::scenario) struct CommandKindText(pub(in crate::scenario) CommandKind);

impl Read for CommandKindText {
    const EXPECTED: &'static str = "an operation such as start_test";
    fn read(node: &Node, problems: &mut Problems) -> Option<Self> {
        let Kind::Word(word) = &node.kind else {
            return wrong_type(node, problems);
        };
        let found = command_of(word);
        if found.is_none() {
            unknown_word(Self::EXPECTED, word, node.place, command_words(), problems);
        }
        found.map(Self)
    }
}

/// An operation on servers: `start_test(all)`.
#[derive(Debug, Clone)]
pub(in crate::scenario) struct CommandText {
    pub(in crate::scenario) kind: CommandKind,
    pub(in crate::scenario) servers: At<SelectionText>,
}

impl Read for CommandText {
    const EXPECTED: &'static str = "an operation such as start_test(all)";
    fn read(node: &Node, problems: &mut Problems) -> Option<Self> {
        let (Kind::Group { name: Some(word), .. } | Kind::Word(word)) = &node.kind else {
            return wrong_type(node, problems);
        };
        let Some(kind) = command_of(word) else {
            unknown_word(Self::EXPECTED, word, node.place, command_words(), problems);
            return None;
        };
        let servers = At::read_payload(node, problems)?;
        Some(Self { kind, servers })
    }
}

/// Every word that begins a change, for documentation and completion.
pub fn change_words() -> impl Iterator<Item = &'static str> {
    [
        EditText::WORDS,
        TemplateText::WORDS,
        AccountText::WORDS,
        ServerText::WORDS,
        RoutingText::WORDS,
        TransitChangeText::WORDS,
    ]
    .into_iter()
    .flatten()
    .copied()
    .chain(command_words())
}

/// What is changed, by name, and what it becomes: `word("name", value)`.
#[derive(Debug, Clone)]
pub(in crate::scenario) struct Of<V> {
    pub(in crate::scenario) name: At<String>,
    pub(in crate::scenario) value: V,
}

impl<V: Read> Read for Of<V> {
    const EXPECTED: &'static str = "a name and what it becomes";
    fn read(node: &Node, problems: &mut Problems) -> Option<Self> {
        Self::read_payload(node, problems)
    }
    fn read_payload(node: &Node, problems: &mut Problems) -> Option<Self> {
        if let Kind::Group {
            arguments: Arguments::Positional(values),
            ..
        } = &node.kind
            && let [name, value] = values.as_slice()
        {
            let (name, value) = (At::read(name, problems), V::read(value, problems));
            return Some(Self {
                name: name?,
                value: value?,
            });
        }
        let message = format!(
            "expected a name in quotes and {}, found {}",
            V::EXPECTED,
            node.kind.describe()
        );
        problems.push(Problem::error(Code::WrongType, node.place, message));
        None
    }
}

section! {
    RouteText: "a route `(table: …, destination: …, target: …)`" {
        table: At<String>,
        destination: At<String>,
        target: TargetText,
    }
}

section! {
    ZoneRecordText: "a record `(zone: …, name: …, addresses: […])`" {
        zone: At<String>,
        name: String,
        addresses: Vec<Ipv4Addr>,
        ttl: Option<Span>,
    }
}

section! {
    ForwarderText: "a forwarder `(host: …, domain: …, targets: […])`" {
        host: At<String>,
        domain: String,
        targets: Vec<Ipv4Addr>,
    }
}

choices! {
    /// A change of network or hosts.
    EditText: "a change such as peering_state(\"name\", deleted)" {
        peering_state => PeeringState(Of<PeeringState>),
        peering_delay => PeeringDelay(Of<Span>),
        zone_state => ZoneState(Of<ZoneState>),
        peering_rate => PeeringRate(Of<At<BitRate>>),
        peering_loss => PeeringLoss(Of<Ppm>),
        add_route => AddRoute(RouteText),
        remove_route => RemoveRoute(Of<At<String>>),
        route_propagation => RoutePropagation(Of<At<String>>),
        no_route_propagation => NoRoutePropagation(At<String>),
        add_ingress_rule => AddIngressRule(Of<IngressText>),
        add_egress_rule => AddEgressRule(Of<EgressText>),
        remove_ingress_rule => RemoveIngressRule(Of<IngressText>),
        remove_egress_rule => RemoveEgressRule(Of<EgressText>),
        set_acl_ingress_rule => SetAclIngressRule(Of<AclInText>),
        set_acl_egress_rule => SetAclEgressRule(Of<AclOutText>),
        remove_acl_ingress_rule => RemoveAclIngressRule(Of<u16>),
        remove_acl_egress_rule => RemoveAclEgressRule(Of<u16>),
        enable_dns_support => EnableDnsSupport(Of<bool>),
        enable_dns_hostnames => EnableDnsHostnames(Of<bool>),
        name_servers => NameServers(Of<Vec<Ipv4Addr>>),
        tls_inspection => TlsInspection(Of<InspectionText>),
        no_tls_inspection => NoTlsInspection(At<String>),
        subnet_route_table => SubnetRouteTable(Of<At<String>>),
        subnet_network_acl => SubnetNetworkAcl(Of<At<String>>),
        interface_endpoint => InterfaceEndpoint(Of<EndpointState>),
        interface_endpoint_policy => InterfaceEndpointPolicy(Of<Vec<StatementText>>),
        private_dns => PrivateDns(Of<PrivateDns>),
        source_destination_check => SourceDestinationCheck(Of<SourceDestinationCheck>),
        endpoint_security_groups => EndpointSecurityGroups(Of<Vec<At<String>>>),
        eni_state => EniState(Of<InterfaceState>),
        interface_security_groups => InterfaceSecurityGroups(Of<Vec<At<String>>>),
        gateway_endpoint => GatewayEndpoint(Of<EndpointState>),
        gateway_endpoint_policy => GatewayEndpointPolicy(Of<Vec<StatementText>>),
        associate_gateway_endpoint => AssociateGatewayEndpoint(Of<At<String>>),
        disassociate_gateway_endpoint => DisassociateGatewayEndpoint(Of<At<String>>),
        associate_zone => AssociateZone(Of<At<String>>),
        dissociate_zone => DissociateZone(Of<At<String>>),
        associate_resolver_rule => AssociateResolverRule(Of<At<String>>),
        disassociate_resolver_rule => DisassociateResolverRule(Of<At<String>>),
        resolver_rule_targets => ResolverRuleTargets(Of<Vec<Ipv4Addr>>),
        set_zone_record => SetZoneRecord(ZoneRecordText),
        remove_zone_record => RemoveZoneRecord(Of<String>),
        host_power => HostPower(Of<Power>),
        host_reboot => HostReboot(At<String>),
        host_crash => HostCrash(At<String>),
        host_new_mac => HostNewMac(At<String>),
        host_clock => HostClock(Of<ClockText>),
        host_trust => HostTrust(Of<TrustStore>),
        host_mac => HostMac(Of<MacAddress>),
        host_rate => HostRate(Of<At<BitRate>>),
        host_mtu => HostMtu(Of<Mtu>),
        add_firewall_rule => AddFirewallRule(Of<FirewallRuleText>),
        remove_firewall_rule => RemoveFirewallRule(Of<FirewallRuleText>),
        set_forwarder => SetForwarder(ForwarderText),
        remove_forwarder => RemoveForwarder(Of<String>),
        host_gateway => HostGateway(Of<At<Ipv4Addr>>),
        no_host_gateway => NoHostGateway(At<String>),
        host_name_servers => HostNameServers(Of<Vec<Ipv4Addr>>),
    }
}

/// A change of the lab.
#[derive(Debug, Clone)]
pub(in crate::scenario) enum ChangeText {
    Command(CommandText),
    Edit(Box<EditText>),
    Template(Box<TemplateText>),
    Account(Box<AccountText>),
    Server(Box<ServerText>),
    Routing(Box<RoutingText>),
    Transit(Box<TransitChangeText>),
}

impl Read for ChangeText {
    const EXPECTED: &'static str = "a change such as peering_state(\"name\", deleted) or start_test(all)";
    fn read(node: &Node, problems: &mut Problems) -> Option<Self> {
        let (Kind::Group { name: Some(word), .. } | Kind::Word(word)) = &node.kind else {
            return wrong_type(node, problems);
        };
        if command_of(word).is_some() {
            return CommandText::read(node, problems).map(Self::Command);
        }
        let is_one_of = |words: &[&str]| words.contains(&word.as_str());
        if is_one_of(EditText::WORDS) {
            return Read::read(node, problems).map(Self::Edit);
        }
        if is_one_of(TemplateText::WORDS) {
            return Read::read(node, problems).map(Self::Template);
        }
        if is_one_of(AccountText::WORDS) {
            return Read::read(node, problems).map(Self::Account);
        }
        if is_one_of(ServerText::WORDS) {
            return Read::read(node, problems).map(Self::Server);
        }
        if is_one_of(RoutingText::WORDS) {
            return Read::read(node, problems).map(Self::Routing);
        }
        if is_one_of(TransitChangeText::WORDS) {
            return Read::read(node, problems).map(Self::Transit);
        }
        unknown_word("a change", word, node.place, change_words(), problems);
        None
    }
}
