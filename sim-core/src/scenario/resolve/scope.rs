//! Names to ids, and rows that may be missing while mistakes are still being collected.

use std::collections::BTreeMap;

use crate::kernel::{Arena, Id};
use crate::resource::{ResourceRef, kind};
use crate::scenario::diagnostic::Code;
use crate::scenario::problem::{At, Place, Problem, Problems};
use crate::world::names::Names;

/// The names of one kind of thing.
#[derive(Debug)]
pub(super) struct Table<K> {
    /// What a person calls one of them.
    kind: &'static str,
    ids: BTreeMap<String, (Id<K>, Option<Place>)>,
    next: u32,
}

impl<K> Table<K> {
    pub(super) fn new(kind: &'static str) -> Self {
        Self {
            kind,
            ids: BTreeMap::new(),
            next: 0,
        }
    }
    /// Gives the next id to `name`; names that are taken are reported.
    pub(super) fn declare(&mut self, name: &At<String>, problems: &mut Problems) -> Id<K> {
        let id = self.fresh();
        if let Some((_, first)) = self.ids.get(&name.value) {
            let message = format!("there is another {} named `{}`", self.kind, name.value);
            let mut problem = Problem::error(Code::DuplicateName, name.place, message);
            if let Some(first) = first {
                problem = problem.also(*first, "first here");
            }
            problems.push(problem);
            return id;
        }
        self.ids.insert(name.value.clone(), (id, Some(name.place)));
        id
    }
    /// Declares several names in a row.
    pub(super) fn declare_all<'n>(
        &mut self,
        names: impl Iterator<Item = &'n At<String>>,
        problems: &mut Problems,
    ) {
        for name in names {
            self.declare(name, problems);
        }
    }
    /// Gives the next id to something that the text does not spell out but may name.
    pub(super) fn imply(&mut self, name: String) -> Id<K> {
        let id = self.fresh();
        self.ids.entry(name).or_insert((id, None));
        id
    }
    fn fresh(&mut self) -> Id<K> {
        let id = Id::from_index(self.next);
        self.next = self.next.saturating_add(1);
        id
    }
    /// The id of that name; an unknown one is reported.
    pub(super) fn find(&self, name: &At<String>, problems: &mut Problems) -> Option<Id<K>> {
        let found = self.get(&name.value);
        if found.is_none() {
            let message = format!("there is no {} named `{}`", self.kind, name.value);
            let options = self.ids.keys().map(String::as_str);
            problems.push_mistyped(
                Problem::error(Code::UnknownName, name.place, message),
                &name.value,
                options,
            );
        }
        found
    }
    /// The ids of those names that are known; unknown ones are reported.
    pub(super) fn find_all(&self, names: &[At<String>], problems: &mut Problems) -> Vec<Id<K>> {
        names
            .iter()
            .filter_map(|name| self.find(name, problems))
            .collect()
    }
    /// The id of that name.
    pub(super) fn get(&self, name: &str) -> Option<Id<K>> {
        self.ids.get(name).map(|(id, _)| *id)
    }
    /// All names and ids, by name.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, Id<K>)> {
        self.ids.iter().map(|(name, (id, _))| (name.as_str(), *id))
    }
    /// Where the thing of that id is named.
    fn place(&self, id: Id<K>) -> Option<Place> {
        self.ids
            .values()
            .find(|(known, _)| *known == id)
            .and_then(|(_, place)| *place)
    }
    pub(super) fn len(&self) -> usize {
        self.next as usize
    }
}

/// Rows under ids that were given out beforehand.
#[derive(Debug)]
pub(super) struct Rows<T, K> {
    rows: BTreeMap<Id<K>, T>,
}

impl<T, K> Default for Rows<T, K> {
    fn default() -> Self {
        Self {
            rows: BTreeMap::new(),
        }
    }
}

impl<T, K> Rows<T, K> {
    pub(super) fn set(&mut self, id: Id<K>, row: T) {
        self.rows.insert(id, row);
    }
    pub(super) fn get(&self, id: Id<K>) -> Option<&T> {
        self.rows.get(&id)
    }
    pub(super) fn get_mut(&mut self, id: Id<K>) -> Option<&mut T> {
        self.rows.get_mut(&id)
    }
    pub(super) fn iter(&self) -> impl Iterator<Item = (Id<K>, &T)> {
        self.rows.iter().map(|(id, row)| (*id, row))
    }
    /// The dense table; ids hold only where no row is missing, that is, where nothing was wrong.
    pub(super) fn into_arena(self) -> Arena<T, K> {
        self.rows.into_values().collect()
    }
}

/// All names of a lab.
#[derive(Debug)]
pub(super) struct Scope {
    pub(super) regions: Table<kind::Region>,
    pub(super) zones: Table<kind::Zone>,
    pub(super) vpcs: Table<kind::Vpc>,
    pub(super) subnets: Table<kind::Subnet>,
    pub(super) route_tables: Table<kind::RouteTable>,
    pub(super) prefix_lists: Table<kind::PrefixList>,
    pub(super) security_groups: Table<kind::SecurityGroup>,
    pub(super) network_acls: Table<kind::NetworkAcl>,
    pub(super) internet_gateways: Table<kind::InternetGateway>,
    pub(super) nat_gateways: Table<kind::NatGateway>,
    pub(super) peerings: Table<kind::Peering>,
    pub(super) transit_gateways: Table<kind::TransitGateway>,
    pub(super) attachments: Table<kind::Attachment>,
    pub(super) transit_gateway_route_tables: Table<kind::TransitGatewayRouteTable>,
    pub(super) virtual_private_gateways: Table<kind::VirtualPrivateGateway>,
    pub(super) direct_connect_gateways: Table<kind::DirectConnectGateway>,
    pub(super) virtual_interfaces: Table<kind::VirtualInterface>,
    pub(super) interface_endpoints: Table<kind::InterfaceEndpoint>,
    pub(super) gateway_endpoints: Table<kind::GatewayEndpoint>,
    pub(super) resolver_endpoints: Table<kind::ResolverEndpoint>,
    pub(super) resolver_rules: Table<kind::ResolverRule>,
    pub(super) hosts: Table<kind::Host>,
    pub(super) routers: Table<kind::Router>,
    pub(super) links: Table<kind::Link>,
    pub(super) segments: Table<kind::Segment>,
    pub(super) gateways: Table<kind::VirtualGateway>,
    pub(super) probes: Table<kind::Probe>,
    pub(super) tunnels: Table<kind::Tunnel>,
    pub(super) sessions: Table<kind::BgpSession>,
    pub(super) keys: Table<Key>,
    pub(super) steps: Table<kind::RunbookStep>,
}

/// KMS keys have no ids of their own in the model: their place in the list names them.
#[derive(Debug, Clone, Copy)]
pub(super) enum Key {}

impl Scope {
    pub(super) fn new() -> Self {
        Self {
            regions: Table::new("Region"),
            zones: Table::new("availability zone"),
            vpcs: Table::new("VPC"),
            subnets: Table::new("subnet"),
            route_tables: Table::new("route table"),
            prefix_lists: Table::new("prefix list"),
            security_groups: Table::new("security group"),
            network_acls: Table::new("network ACL"),
            internet_gateways: Table::new("internet gateway"),
            nat_gateways: Table::new("NAT gateway"),
            peerings: Table::new("peering connection"),
            transit_gateways: Table::new("Transit Gateway"),
            attachments: Table::new("Transit Gateway attachment"),
            transit_gateway_route_tables: Table::new("Transit Gateway route table"),
            virtual_private_gateways: Table::new("virtual private gateway"),
            direct_connect_gateways: Table::new("Direct Connect gateway"),
            virtual_interfaces: Table::new("virtual interface"),
            interface_endpoints: Table::new("interface endpoint"),
            gateway_endpoints: Table::new("gateway endpoint"),
            resolver_endpoints: Table::new("Resolver endpoint"),
            resolver_rules: Table::new("Resolver rule"),
            hosts: Table::new("host"),
            routers: Table::new("router"),
            links: Table::new("link"),
            segments: Table::new("segment"),
            gateways: Table::new("virtual gateway"),
            probes: Table::new("probe"),
            tunnels: Table::new("tunnel"),
            sessions: Table::new("BGP session"),
            keys: Table::new("KMS key"),
            steps: Table::new("runbook step"),
        }
    }

    /// The names of all that the text declares.
    pub(super) fn names(&self) -> Names {
        let mut names = Names::default();
        macro_rules! named {
            ($($table:ident),* $(,)?) => {
                $(for (name, id) in self.$table.iter() {
                    names.insert(id, name);
                })*
            };
        }
        named!(
            regions,
            zones,
            vpcs,
            subnets,
            route_tables,
            prefix_lists,
            security_groups,
            network_acls,
            internet_gateways,
            nat_gateways,
            peerings,
            transit_gateways,
            attachments,
            transit_gateway_route_tables,
            virtual_private_gateways,
            direct_connect_gateways,
            virtual_interfaces,
            interface_endpoints,
            gateway_endpoints,
            resolver_endpoints,
            resolver_rules,
            hosts,
            routers,
            links,
            segments,
            sessions,
            steps,
        );
        names
    }

    /// Where something is named; nothing for what the text does not spell out.
    pub(super) fn place(&self, resource: ResourceRef) -> Option<Place> {
        match resource {
            ResourceRef::Region(id) => self.regions.place(id),
            ResourceRef::Zone(id) => self.zones.place(id),
            ResourceRef::Vpc(id) => self.vpcs.place(id),
            ResourceRef::Subnet(id) => self.subnets.place(id),
            ResourceRef::RouteTable(id) => self.route_tables.place(id),
            ResourceRef::PrefixList(id) => self.prefix_lists.place(id),
            ResourceRef::SecurityGroup(id) => self.security_groups.place(id),
            ResourceRef::NetworkAcl(id) => self.network_acls.place(id),
            ResourceRef::InternetGateway(id) => self.internet_gateways.place(id),
            ResourceRef::NatGateway(id) => self.nat_gateways.place(id),
            ResourceRef::Peering(id) => self.peerings.place(id),
            ResourceRef::TransitGateway(id) => self.transit_gateways.place(id),
            ResourceRef::Attachment(id) => self.attachments.place(id),
            ResourceRef::TransitGatewayRouteTable(id) => self.transit_gateway_route_tables.place(id),
            ResourceRef::VirtualPrivateGateway(id) => self.virtual_private_gateways.place(id),
            ResourceRef::DirectConnectGateway(id) => self.direct_connect_gateways.place(id),
            ResourceRef::VirtualInterface(id) => self.virtual_interfaces.place(id),
            ResourceRef::InterfaceEndpoint(id) => self.interface_endpoints.place(id),
            ResourceRef::GatewayEndpoint(id) => self.gateway_endpoints.place(id),
            ResourceRef::ResolverEndpoint(id) => self.resolver_endpoints.place(id),
            ResourceRef::ResolverRule(id) => self.resolver_rules.place(id),
            ResourceRef::Host(id) => self.hosts.place(id),
            ResourceRef::RunbookStep(id) => self.steps.place(id),
            ResourceRef::Router(id) => self.routers.place(id),
            ResourceRef::Link(id) => self.links.place(id),
            ResourceRef::Segment(id) => self.segments.place(id),
            ResourceRef::VirtualGateway(id) => self.gateways.place(id),
            ResourceRef::BgpSession(id) => self.sessions.place(id),
            ResourceRef::Tunnel(id) => self.tunnels.place(id),
            ResourceRef::Probe(id) => self.probes.place(id),
            ResourceRef::Lab
            | ResourceRef::NetworkInterface(_)
            | ResourceRef::ServiceEndpoint(_)
            | ResourceRef::HostedZone(_)
            | ResourceRef::SourceServer(_)
            | ResourceRef::ReplicationServer(_)
            | ResourceRef::Job(_)
            | ResourceRef::Wave(_)
            | ResourceRef::Flow(_)
            | ResourceRef::RouterInterface(_) => None,
        }
    }
}
