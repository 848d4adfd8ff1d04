//! Which edit of the network a failure follows from.
//!
//! A refusal names the place that refused, which says nothing of when that place became so: a name server without a
//! forwarder may never have had one, or have lost it an hour ago. So what an edit replaced is kept, and when something is
//! refused the edits are taken back on a copy, the latest first, until it would not have been: that edit brought it
//! about. Where none did, the lab was like that from the start.
//!
//! Simplified: the latest [`MOST`] edits are remembered; an edit of a link, of a segment or of a process has consequences of
//! its own, which lead back to it in other ways.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::aws::{
    Change, Cloud, GatewayEndpoint, HostedZone, InterfaceEndpoint, Interfaces, NetworkAcl, Peering,
    ResolverRule, RouteTable, SecurityGroup, Subnet, TransitGatewayRouteTable, Vpc, Zone,
};
use crate::kernel::{Arena, Digest, RecordId};
use crate::migrate::ground::{Call, CallFailed};
use crate::resource::{HostId, RouterId, kind};
use crate::site::{Host, PassRule, RouterChange, StaticRoute};
use crate::verdict::RouteSource;

use super::call::Software;
use super::lever::Lever;
use super::network::{self, Header, Network, Next, Place, Tracking};
use super::probe::Probe;
use super::routing::RoutingLever;
use super::run::World;
use super::terrain::Terrain;

/// How many edits are remembered.
const MOST: usize = 32;
/// How many answers are remembered until the next edit.
const MOST_KNOWN: usize = 4096;

/// What was edited, and what is known to follow from it.
#[derive(Debug, Clone, Default)]
pub(super) struct Edits {
    /// The latest last; branches share them.
    all: Arc<Vec<(RecordId, Before)>>,
    /// What was asked since the last edit, and what it followed from.
    known: BTreeMap<Digest, Option<RecordId>>,
}

impl Edits {
    /// An edit was made.
    pub(super) fn note(&mut self, record: RecordId, before: Before) {
        let all = Arc::make_mut(&mut self.all);
        if all.len() == MOST {
            all.remove(0);
        }
        all.push((record, before));
        self.known.clear();
    }
}

macro_rules! parts {
    ($($(#[$doc:meta])* $part:ident: $field:ident, $of:ty;)*) => {
        /// A part of the AWS side, as it was.
        #[derive(Debug, Clone)]
        pub(super) enum Part { $($(#[$doc])* $part($of),)* }

        /// Which part.
        #[derive(Debug, Clone, Copy)]
        enum Which { $($part,)* }

        impl Part {
            fn of(which: Which, cloud: &Cloud) -> Self {
                match which { $(Which::$part => Self::$part(cloud.$field.clone()),)* }
            }
            fn put_back(&self, cloud: &mut Cloud) {
                match self { $(Self::$part(it) => cloud.$field.clone_from(it),)* }
            }
        }
    };
}

parts! {
    Zones: zones, Arena<Zone, kind::Zone>;
    Vpcs: vpcs, Arena<Vpc, kind::Vpc>;
    Subnets: subnets, Arena<Subnet, kind::Subnet>;
    RouteTables: route_tables, Arena<RouteTable, kind::RouteTable>;
    SecurityGroups: security_groups, Arena<SecurityGroup, kind::SecurityGroup>;
    NetworkAcls: network_acls, Arena<NetworkAcl, kind::NetworkAcl>;
    Interfaces: interfaces, Interfaces;
    Peerings: peerings, Arena<Peering, kind::Peering>;
    Attachments: attachments, Arena<crate::aws::Attachment, kind::Attachment>;
    TransitTables: transit_gateway_route_tables, Arena<TransitGatewayRouteTable, kind::TransitGatewayRouteTable>;
    InterfaceEndpoints: interface_endpoints, Arena<InterfaceEndpoint, kind::InterfaceEndpoint>;
    GatewayEndpoints: gateway_endpoints, Arena<GatewayEndpoint, kind::GatewayEndpoint>;
    HostedZones: hosted_zones, Arena<HostedZone, kind::HostedZone>;
    ResolverRules: resolver_rules, Arena<ResolverRule, kind::ResolverRule>;
}

/// The parts that an edit may touch.
const fn touched(change: &Change) -> &'static [Which] {
    match change {
        Change::Peering(..)
        | Change::PeeringDelay(..)
        | Change::PeeringRate(..)
        | Change::PeeringLoss(..) => &[Which::Peerings],
        Change::AddRoute(..) | Change::RemoveRoute(..) | Change::Propagation(..) => &[Which::RouteTables],
        Change::AddGroupRule(..) | Change::RemoveGroupRule(..) => &[Which::SecurityGroups],
        Change::SetAclRule(..) | Change::RemoveAclRule(..) => &[Which::NetworkAcls],
        Change::DnsSupport(..)
        | Change::DnsHostnames(..)
        | Change::NameServers(..)
        | Change::TlsInspection(..) => &[Which::Vpcs],
        Change::AssociateRouteTable(..) | Change::AssociateAcl(..) => &[Which::Subnets],
        Change::InterfaceEndpoint(..) => &[Which::InterfaceEndpoints, Which::Interfaces],
        Change::InterfaceEndpointPolicy(..) | Change::PrivateDns(..) => &[Which::InterfaceEndpoints],
        Change::EndpointGroups(..)
        | Change::InterfaceGroups(..)
        | Change::InterfaceState(..)
        | Change::SourceDestinationCheck(..) => &[Which::Interfaces],
        Change::GatewayEndpointPolicy(..) => &[Which::GatewayEndpoints],
        Change::GatewayEndpoint(..)
        | Change::AssociateGatewayEndpoint(..)
        | Change::DisassociateGatewayEndpoint(..) => &[Which::GatewayEndpoints, Which::RouteTables],
        Change::AssociateZone(..)
        | Change::DissociateZone(..)
        | Change::SetZoneRecord(..)
        | Change::RemoveZoneRecord(..) => &[Which::HostedZones],
        Change::Zone(..) => &[Which::Zones],
        Change::Transit(_) => &[Which::Attachments, Which::TransitTables],
        Change::ResolverRule(..) => &[Which::ResolverRules],
    }
}

/// What an edit replaced.
#[derive(Debug, Clone)]
pub(super) enum Before {
    /// Parts of the AWS side.
    Cloud(Vec<Part>),
    /// A computer.
    Host(HostId, Box<Host>),
    /// The rules of a router's firewall.
    Firewall(RouterId, Option<Vec<PassRule>>),
    /// A router's static routes.
    StaticRoutes(RouterId, Vec<StaticRoute>),
}

impl Before {
    /// What `lever` is about to replace; none where it touches nothing that packets and names are refused by at once.
    pub(super) fn of(network: &Network, lever: &Lever) -> Option<Self> {
        match lever {
            Lever::Network(change) => {
                let parts = touched(change).iter();
                Some(Self::Cloud(
                    parts.map(|it| Part::of(*it, &network.cloud)).collect(),
                ))
            }
            Lever::Host { host, .. } => {
                let row = network.hosts.get(*host)?;
                Some(Self::Host(*host, Box::new(row.clone())))
            }
            Lever::Routing(RoutingLever::Router { router, change }) => {
                let row = network.routers.get(*router)?;
                match change {
                    RouterChange::AddFirewallRule(_) | RouterChange::RemoveFirewallRule(_) => {
                        Some(Self::Firewall(*router, row.firewall.clone()))
                    }
                    RouterChange::SetStaticRoute(_) | RouterChange::RemoveStaticRoute(_) => {
                        Some(Self::StaticRoutes(*router, row.static_routes.clone()))
                    }
                    RouterChange::Interface { .. }
                    | RouterChange::Running(_)
                    | RouterChange::Cost { .. }
                    | RouterChange::Mtu { .. }
                    | RouterChange::MssClamp { .. }
                    | RouterChange::IcmpErrors(_) => None,
                }
            }
            Lever::Routing(_) | Lever::Command(_) | Lever::Migration(_) => None,
        }
    }

    /// Takes the edit back on a copy.
    pub(super) fn put_back(&self, on: &mut Terrain) {
        let network = &mut on.network;
        match self {
            Self::Cloud(parts) => {
                for part in parts {
                    part.put_back(&mut network.cloud);
                }
            }
            Self::Host(host, before) => {
                if let Some(row) = network.hosts.get_mut(*host) {
                    row.clone_from(before);
                }
            }
            Self::Firewall(router, before) => {
                if let Some(row) = network.routers.get_mut(*router) {
                    Arc::make_mut(row).firewall.clone_from(before);
                }
            }
            Self::StaticRoutes(router, before) => {
                if let Some(row) = network.routers.get_mut(*router) {
                    let row = Arc::make_mut(row);
                    for route in core::mem::replace(&mut row.static_routes, before.clone()) {
                        row.fib.clear(route.prefix, RouteSource::Static);
                    }
                }
                on.refresh_routes(*router);
            }
        }
    }

    /// Whether gateways fill tables of theirs anew after it.
    pub(super) const fn moves_tables(&self) -> bool {
        matches!(self, Self::Cloud(_))
    }
}

impl Terrain {
    /// The latest edit before which `passes` would have held; none where it would not have held before any of them.
    fn edit_behind(&mut self, question: Digest, passes: impl FnMut(&mut Probe) -> bool) -> Option<RecordId> {
        if self.edits.all.is_empty() {
            return None;
        }
        if let Some(&known) = self.edits.known.get(&question) {
            return known;
        }
        let found = self.find_edit(passes);
        if self.edits.known.len() >= MOST_KNOWN {
            self.edits.known.clear();
        }
        self.edits.known.insert(question, found);
        found
    }

    fn find_edit(&self, mut passes: impl FnMut(&mut Probe) -> bool) -> Option<RecordId> {
        let mut copy = self.probe();
        let mut latest_first = self.edits.all.iter().rev();
        latest_first
            .find(|(_, before)| {
                copy.take_back(before);
                passes(&mut copy)
            })
            .map(|(record, _)| *record)
    }

    /// The edit without which a place would have let a packet pass.
    pub(super) fn edit_behind_drop(&mut self, place: Place, header: &Header) -> Option<RecordId> {
        let (now, asks) = (self.now(), header.flow);
        // Whoever asks again does so from another port.
        let question = Digest::of(&(
            place,
            asks.source,
            asks.destination,
            asks.protocol,
            asks.destination_port,
        ));
        self.edit_behind(question, |copy| {
            let passed = network::pass(copy.network(), &mut Tracking::default(), now, place, header);
            passed.is_ok_and(|it| !matches!(it.next, Next::Drop(_)))
        })
    }

    /// A call failed: where an edit made it fail, what comes of it follows from the edit.
    pub(super) fn blame_edit(&mut self, software: Software, call: &Call, failed: &CallFailed) {
        let edit = self.edit_behind(Digest::of(&(call, failed)), |copy| {
            match copy.call(software, call.clone()) {
                Ok(_) => true,
                Err(then) => then.stage > failed.stage,
            }
        });
        if edit.is_some() {
            self.cause = edit;
        }
    }
}

impl World {
    /// The latest edit of the network before which something would have held; none where it would not have held before
    /// any of them.
    pub fn edit_behind(&self, mut holds: impl FnMut(&Self) -> bool) -> Option<RecordId> {
        let mut copy = self.clone();
        let mut latest_first = self.terrain.edits.all.iter().rev();
        let found = latest_first.find(|(_, before)| {
            before.put_back(&mut copy.terrain);
            if before.moves_tables() {
                copy.terrain.refill_hubs();
            }
            holds(&copy)
        });
        found.map(|(record, _)| *record)
    }
}
