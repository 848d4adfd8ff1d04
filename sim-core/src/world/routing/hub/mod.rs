//! Transit, Direct Connect and virtual private gateways as they learn: what the BGP of their endpoints hears goes into their tables, and
//! what is in the tables is told to the endpoints.
//!
//! ```text
//!   endpoint's Adj-RIB-In ─┐            ┌─▶ route table, by propagation ─▶ packets
//!   blocks of VPCs ────────┼─▶ gateway ─┤
//!   written routes ────────┘            └─▶ what endpoints announce, by association
//! ```
//!
//! # Fidelity
//! A gateway acts [`CONVERGENCE`] after something stirred it, on all that has come until then; those behind a Direct
//! Connect gateway act after that one. An endpoint of a VPN connection announces what the table holds that its
//! attachment is associated with, except what leads out by that very attachment; one of a virtual interface announces the
//! allowed prefixes, word for word, and the allowed blocks of VPCs.

mod news;
mod private;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use ipnet::Ipv4Net;

use crate::aws::AttachmentKind;
use crate::aws::direct_connect::{self, Learned, Preference, SiteLink, Terminus};
use crate::aws::transit_gateway::{
    CONVERGENCE, Candidate, Class, Exit, Installed, Overlay, TransitRoute, VpcBlocks, VpnRouting,
};
use crate::net::prefix_table::PrefixTable;
use crate::proto::bgp::rib::{self, Source};
use crate::proto::bgp::{AsPath, Asn, Attributes};
use crate::resource::{
    AttachmentId, DirectConnectGatewayId, RegionId, ResourceRef, RouterId, TransitGatewayId,
    TransitGatewayRouteTableId, VirtualInterfaceId, VirtualPrivateGatewayId,
};
use crate::site::Behind;

use news::changes;
pub(super) use news::is_news;

use super::super::event::Event;
use super::super::notice::Happening;
use super::super::terrain::Terrain;
use super::command::{Origination, SpeakerChange};
use super::control::{Bgp, Process};
use super::upkeep::TRANSIT_MEDS;

/// A gateway that learns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::world) enum Hub {
    Transit(TransitGatewayId),
    DirectConnect(DirectConnectGatewayId),
    Private(VirtualPrivateGatewayId),
}

/// What the gateways of a lab have in mind.
#[derive(Debug, Clone, Default)]
pub(in crate::world) struct Hubs {
    /// Those that are going to act.
    stirred: BTreeSet<Hub>,
    /// What each endpoint announces at present, with the path that it puts before its own.
    announced: BTreeMap<RouterId, Announced>,
}

/// What an endpoint announces.
type Announced = BTreeMap<Ipv4Net, Told>;

/// What an endpoint says of a prefix.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Told {
    /// The AS numbers that stand in its path already.
    path: Vec<Asn>,
    /// MULTI_EXIT_DISC.
    med: Option<u32>,
}

impl Told {
    fn of(path: &AsPath) -> Self {
        let path = path.asns().collect();
        Self { path, med: None }
    }
}

/// The same prefixes with this MED.
fn with_med(told: &Announced, med: Option<u32>) -> Announced {
    let all = told.iter();
    all.map(|(prefix, it)| {
        let path = it.path.clone();
        (*prefix, Told { path, med })
    })
    .collect()
}

impl Terrain {
    /// Installs what is known when the lab begins, before anything has happened.
    pub(in crate::world) fn fill_hubs(&mut self) {
        for hub in self.hubs() {
            self.fill_hub(hub);
            self.announce(hub);
        }
    }

    /// Installs what gateways will have installed once they have acted on the tables as they are now. Nobody is told of it.
    pub(in crate::world) fn refill_hubs(&mut self) {
        for hub in self.hubs() {
            self.fill_hub(hub);
        }
    }

    fn fill_hub(&mut self, hub: Hub) {
        match hub {
            Hub::Transit(gateway) => {
                for (table, installed) in self.tables_of(gateway) {
                    if let Some(row) = self.network.cloud.transit_gateway_route_tables.get_mut(table) {
                        row.installed = installed;
                    }
                }
            }
            Hub::Private(gateway) => {
                let installed = self.private_routes(gateway);
                if let Some(row) = self.network.cloud.virtual_private_gateways.get_mut(gateway) {
                    row.installed = installed;
                }
                self.network.cloud.propagate(gateway);
            }
            Hub::DirectConnect(_) => {}
        }
    }

    fn hubs(&self) -> Vec<Hub> {
        let cloud = &self.network.cloud;
        let direct = cloud.direct_connect_gateways.ids().map(Hub::DirectConnect);
        direct
            .chain(cloud.transit_gateways.ids().map(Hub::Transit))
            .chain(cloud.virtual_private_gateways.ids().map(Hub::Private))
            .collect()
    }

    /// Something that gateways look at is not as it was.
    pub(in crate::world) fn stir_hubs(&mut self) {
        for hub in self.hubs() {
            self.stir(hub);
        }
    }

    /// An endpoint is not as it was: the gateway behind it will act on that.
    pub(super) fn stir_behind(&mut self, router: RouterId) {
        let behind = self.network.behind(router);
        let cloud = &self.network.cloud;
        let hub = behind.and_then(|behind| match behind {
            Behind::TransitGateway(attachment) => cloud
                .attachments
                .get(attachment)
                .map(|row| Hub::Transit(row.gateway)),
            Behind::VirtualPrivateGateway(gateway) => Some(Hub::Private(gateway)),
            Behind::Transport(_) => None,
            Behind::DirectConnect(interface) => {
                let row = cloud.virtual_interfaces.get(interface)?;
                match row.ends_at {
                    Terminus::DirectConnectGateway(gateway) => Some(Hub::DirectConnect(gateway)),
                    Terminus::VirtualPrivateGateway(gateway) => Some(Hub::Private(gateway)),
                    Terminus::PublicEdge => None,
                }
            }
        });
        if let Some(hub) = hub {
            self.stir(hub);
        }
    }

    fn stir(&mut self, hub: Hub) {
        if self.routers.hubs.stirred.insert(hub) {
            self.after(CONVERGENCE, Event::Hub(hub));
        }
    }

    /// A gateway acts on what it has learned.
    pub(in crate::world) fn on_hub(&mut self, hub: Hub) {
        self.routers.hubs.stirred.remove(&hub);
        let because = self.cause;
        match hub {
            Hub::Transit(gateway) => self.install_transit(gateway),
            Hub::DirectConnect(gateway) => self.install_direct_connect(gateway),
            Hub::Private(gateway) => self.install_private(gateway),
        }
        self.announce(hub);
        self.cause = because;
    }

    fn gateway_routes_changed(&mut self, gateway: impl Into<ResourceRef>, prefix: Ipv4Net) {
        self.routers.routes_changed_at = Some(self.now());
        self.way_changed_at(gateway, Some(prefix));
    }

    fn install_transit(&mut self, gateway: TransitGatewayId) {
        let because = self.cause;
        let mut last = because;
        for (table, installed) in self.tables_of(gateway) {
            let Some(row) = self.network.cloud.transit_gateway_route_tables.get_mut(table) else {
                continue;
            };
            let old = core::mem::replace(&mut row.installed, installed);
            for (prefix, to) in changes(&old, &row.installed) {
                self.cause = because;
                let from = old.get(prefix).cloned();
                let record = self.record(table, Happening::TransitRoute { prefix, from, to });
                self.routers.rerouted.insert(table.into(), record);
                last = Some(record);
                self.gateway_routes_changed(gateway, prefix);
            }
        }
        self.cause = last;
    }

    fn install_direct_connect(&mut self, gateway: DirectConnectGatewayId) {
        let region = self.region_behind(gateway);
        let learned = self.learned_over(Terminus::DirectConnectGateway(gateway), region);
        let Some(row) = self.network.cloud.direct_connect_gateways.get_mut(gateway) else {
            return;
        };
        let old = core::mem::replace(&mut row.installed, learned);
        let changed = changes(&old, &row.installed);
        let because = self.cause;
        let mut last = because;
        for (prefix, to) in changed {
            self.cause = because;
            last = Some(self.record(gateway, Happening::DirectConnectRoute { prefix, to }));
            self.gateway_routes_changed(gateway, prefix);
        }
        if last != because {
            self.cause = last;
            let cloud = &self.network.cloud;
            let transit = cloud.associations_of(gateway).map(|(_, it, _)| Hub::Transit(it));
            let private = cloud.private_associations_of(gateway);
            let behind: Vec<Hub> = transit.chain(private.map(|(it, _)| Hub::Private(it))).collect();
            for hub in behind {
                self.stir(hub);
            }
        }
    }

    /// The Region of what is behind a Direct Connect gateway; of several, that of the first.
    fn region_behind(&self, gateway: DirectConnectGatewayId) -> Option<RegionId> {
        let cloud = &self.network.cloud;
        let transit = cloud.associations_of(gateway).find_map(|(_, transit, _)| {
            let transit = cloud.transit_gateways.get(transit)?;
            Some(transit.region)
        });
        let private = || {
            cloud.private_associations_of(gateway).find_map(|(id, _)| {
                let vpc = cloud.virtual_private_gateways.get(id)?.vpc?;
                Some(cloud.vpcs.get(vpc)?.region)
            })
        };
        transit.or_else(private)
    }

    /// What has been learned by now over the virtual interfaces that end somewhere, by somebody in a Region.
    fn learned_over(&self, end: Terminus, region: Option<RegionId>) -> PrefixTable<Learned> {
        let cloud = &self.network.cloud;
        let mut paths: BTreeMap<Ipv4Net, Vec<(VirtualInterfaceId, Preference, Arc<Attributes>)>> =
            BTreeMap::new();
        for (id, row) in cloud.interfaces_at(end) {
            // Where sites are linked, the Region of a location says nothing.
            let near = if Some(row.region) == region || row.site_link == SiteLink::On {
                Preference::Medium
            } else {
                Preference::Low
            };
            for (prefix, attributes) in self.heard(row.endpoint) {
                let preference = Preference::asked(&attributes.communities).unwrap_or(near);
                paths
                    .entry(prefix)
                    .or_default()
                    .push((id, preference, attributes));
            }
        }
        let learned = paths.into_iter().filter_map(|(prefix, paths)| {
            let ranked: Vec<_> = paths
                .iter()
                .map(|(_, preference, attributes)| (*preference, &attributes.as_path, attributes.med))
                .collect();
            let places = direct_connect::choose(&ranked);
            let (_, _, best) = paths.get(*places.first()?)?;
            let exits = places.iter().filter_map(|&place| Some(paths.get(place)?.0));
            Some((
                prefix,
                Learned {
                    exits: exits.collect(),
                    as_path: best.as_path.clone(),
                    med: best.med,
                },
            ))
        });
        learned.collect()
    }

    /// What each table of a gateway should hold by now.
    fn tables_of(
        &self,
        gateway: TransitGatewayId,
    ) -> Vec<(TransitGatewayRouteTableId, PrefixTable<Installed>)> {
        let cloud = &self.network.cloud;
        let ecmp = cloud.transit_gateways.get(gateway).map(|row| row.vpn_ecmp);
        let Some(ecmp) = ecmp else { return Vec::new() };
        let of_gateway = cloud
            .transit_gateway_route_tables
            .iter()
            .filter(|(_, row)| row.gateway == gateway);
        of_gateway
            .map(|(id, row)| {
                let mut candidates: BTreeMap<Ipv4Net, Vec<Candidate>> = BTreeMap::new();
                let mut blocks = VpcBlocks::default();
                for &attachment in &row.propagations {
                    let kind = cloud.attachments.get(attachment).map(|row| &row.kind);
                    let is_vpc = matches!(kind, Some(AttachmentKind::Vpc { .. }));
                    for (prefix, candidate) in self.propagated(attachment) {
                        if is_vpc && !blocks.takes(attachment, prefix) {
                            continue;
                        }
                        candidates.entry(prefix).or_default().push(candidate);
                    }
                }
                let mut installed: PrefixTable<Installed> = candidates
                    .into_iter()
                    .filter_map(|(prefix, all)| Some((prefix, Installed::of(&all, ecmp)?)))
                    .collect();
                for route in &row.fixed {
                    installed.insert(route.prefix, self.written(*route));
                }
                (id, installed)
            })
            .collect()
    }

    /// What somebody wrote into a table, as it is installed: a static route goes before all others of its prefix.
    fn written(&self, route: TransitRoute) -> Installed {
        let Some(attachment) = route.to else {
            return Installed::blackhole();
        };
        let exit = self.first_exit(attachment);
        Installed {
            class: Class::Static,
            exits: Arc::new([exit]),
            as_path: AsPath::default(),
        }
    }

    /// The way out by an attachment; by the first tunnel of a VPN connection that is up, where one is.
    fn first_exit(&self, attachment: AttachmentId) -> Exit {
        let kind = self
            .network
            .cloud
            .attachments
            .get(attachment)
            .map(|row| &row.kind);
        let endpoint = match kind {
            Some(AttachmentKind::Vpn { endpoints, .. }) => {
                let mut all = endpoints.iter();
                let up = all.find(|&&endpoint| self.network.endpoint_is_up(endpoint));
                up.or_else(|| endpoints.first()).copied()
            }
            Some(
                AttachmentKind::Vpc { .. }
                | AttachmentKind::DirectConnect(_)
                | AttachmentKind::Peering { .. },
            )
            | None => None,
        };
        Exit { attachment, endpoint }
    }

    /// The prefixes that an attachment propagates.
    fn propagated(&self, attachment: AttachmentId) -> Vec<(Ipv4Net, Candidate)> {
        let cloud = &self.network.cloud;
        let Some(row) = cloud.attachments.get(attachment) else {
            return Vec::new();
        };
        let exit = self.first_exit(attachment);
        let own = cloud.own_prefixes(row).iter();
        let mut all: Vec<(Ipv4Net, Candidate)> = own
            .map(|prefix| (*prefix, Candidate::plain(exit, row.class())))
            .collect();
        match &row.kind {
            AttachmentKind::Vpn { endpoints, .. } => {
                for &endpoint in endpoints {
                    all.extend(self.learned((attachment, row.class()), endpoint));
                }
            }
            AttachmentKind::DirectConnect(association) => {
                let gateway = cloud.direct_connect_gateways.get(association.gateway);
                let learned = gateway.into_iter().flat_map(|row| row.installed.iter());
                all.extend(learned.map(|(prefix, learned)| {
                    let candidate = Candidate {
                        as_path: learned.as_path.clone(),
                        med: learned.med,
                        ..Candidate::plain(exit, row.class())
                    };
                    (prefix, candidate)
                }));
            }
            AttachmentKind::Vpc { .. } | AttachmentKind::Peering { .. } => {}
        }
        all
    }

    /// What an endpoint of a VPN connection has learned by BGP and can use.
    fn learned(
        &self,
        (attachment, class): (AttachmentId, Class),
        endpoint: RouterId,
    ) -> Vec<(Ipv4Net, Candidate)> {
        let exit = Exit {
            attachment,
            endpoint: Some(endpoint),
        };
        let candidate = |attributes: Arc<Attributes>| Candidate {
            as_path: attributes.as_path.clone(),
            med: attributes.med,
            communities: attributes.communities.to_vec(),
            ..Candidate::plain(exit, class)
        };
        let heard = self.heard(endpoint).into_iter();
        heard
            .map(|(prefix, attributes)| (prefix, candidate(attributes)))
            .collect()
    }

    /// The paths that an endpoint has from its peer and can use.
    fn heard(&self, endpoint: RouterId) -> Vec<(Ipv4Net, Arc<Attributes>)> {
        // Who lost its power knows nothing, whatever its tables held.
        let works = |bgp: &&Bgp| bgp.process != Process::Stopped;
        let Some(bgp) = self.bgp_of(endpoint).filter(works) else {
            return Vec::new();
        };
        let rib = bgp.speaker.rib();
        let of_peer = |prefix| {
            let mut all = rib.explain(prefix)?.candidates.into_iter();
            let usable = |it: &rib::Candidate| matches!(it.source, Source::Peer(_)) && it.metric.is_some();
            all.find(usable).map(|it| it.attributes)
        };
        rib.prefixes()
            .filter_map(|prefix| Some((prefix, of_peer(prefix)?)))
            .collect()
    }

    /// Endpoints announce what their tables hold by now.
    fn announce(&mut self, hub: Hub) {
        let wanted = match hub {
            Hub::Transit(gateway) => self.announced_by_transit(gateway),
            Hub::DirectConnect(gateway) => self.announced_by_direct_connect(gateway),
            Hub::Private(gateway) => self.announced_by_private(gateway),
        };
        let because = self.cause;
        for (endpoint, told) in wanted {
            self.cause = because;
            self.announce_at(endpoint, told);
        }
        self.cause = because;
    }

    fn announced_by_transit(&self, gateway: TransitGatewayId) -> Vec<(RouterId, Announced)> {
        let cloud = &self.network.cloud;
        let mut wanted = Vec::new();
        for (id, row) in cloud.attachments.iter().filter(|(_, row)| row.gateway == gateway) {
            let AttachmentKind::Vpn {
                endpoints,
                routing: VpnRouting::Bgp,
                overlay,
            } = &row.kind
            else {
                continue;
            };
            let table = row.association;
            let table = table.and_then(|table| cloud.transit_gateway_route_tables.get(table));
            let routes = table.into_iter().flat_map(|table| table.installed.iter());
            let told: Announced = routes
                .filter(|(_, route)| !route.exits.is_empty() && !route.leads_by(id))
                .map(|(prefix, route)| (prefix, Told::of(&route.as_path)))
                .collect();
            wanted.extend(endpoints.iter().map(|&endpoint| {
                let med = match overlay {
                    Overlay::Connect { .. } => None,
                    Overlay::PublicVpn | Overlay::PrivateVpn { .. } => {
                        self.med_of(endpoint, endpoints, TRANSIT_MEDS)
                    }
                };
                (endpoint, with_med(&told, med))
            }));
        }
        wanted
    }

    fn announced_by_direct_connect(&self, gateway: DirectConnectGatewayId) -> Vec<(RouterId, Announced)> {
        let cloud = &self.network.cloud;
        let associations = cloud.associations_of(gateway);
        let allowed = associations.flat_map(|(_, _, it)| it.allowed.iter().copied());
        let blocks = cloud
            .private_associations_of(gateway)
            .flat_map(|(_, blocks)| blocks);
        let told: Announced = allowed
            .chain(blocks)
            .map(|prefix| (prefix, Told::of(&AsPath::default())))
            .collect();
        let interfaces = cloud.interfaces_at(Terminus::DirectConnectGateway(gateway));
        interfaces
            .map(|(id, row)| {
                let mut told = told.clone();
                for (prefix, path) in self.told_of_sites(gateway, id) {
                    told.entry(prefix).or_insert(path);
                }
                (row.endpoint, told)
            })
            .collect()
    }

    /// What the site behind a virtual interface is told of others that are linked with it (SiteLink).
    fn told_of_sites(
        &self,
        gateway: DirectConnectGatewayId,
        interface: VirtualInterfaceId,
    ) -> Vec<(Ipv4Net, Told)> {
        let cloud = &self.network.cloud;
        let is_linked = |id: VirtualInterfaceId| {
            let row = cloud.virtual_interfaces.get(id);
            row.is_some_and(|row| row.site_link == SiteLink::On)
        };
        if !is_linked(interface) {
            return Vec::new();
        }
        let row = cloud.direct_connect_gateways.get(gateway);
        let routes = row.into_iter().flat_map(|row| row.installed.iter());
        let of_others = routes.filter(|(_, learned)| {
            let mut exits = learned.exits.iter();
            !learned.exits.contains(&interface) && exits.any(|exit| is_linked(*exit))
        });
        of_others
            .map(|(prefix, learned)| (prefix, Told::of(&learned.as_path)))
            .collect()
    }

    /// A process begins anew and knows nothing of what its gateway had it announce.
    pub(super) fn announce_anew(&mut self, endpoint: RouterId) {
        self.routers.hubs.announced.remove(&endpoint);
        self.stir_behind(endpoint);
    }

    fn announce_at(&mut self, endpoint: RouterId, told: Announced) {
        // A process that hears nothing is told when it runs again.
        let process = self.bgp_of(endpoint).map(|bgp| bgp.process);
        if process != Some(Process::Running) {
            return;
        }
        let before = self.routers.hubs.announced.entry(endpoint).or_default();
        let before = core::mem::replace(before, told.clone());
        let because = self.cause;
        let gone: Vec<Ipv4Net> = before
            .keys()
            .filter(|it| !told.contains_key(it))
            .copied()
            .collect();
        if !gone.is_empty() {
            self.change_speaker(endpoint, &SpeakerChange::Withdraw(gone));
        }
        for (prefix, told) in told {
            if before.get(&prefix) == Some(&told) {
                continue;
            }
            let Told { path, med } = told;
            self.cause = because;
            let origination = Origination {
                path,
                med,
                ..Origination::new(prefix)
            };
            self.change_speaker(endpoint, &SpeakerChange::Originate(origination));
        }
        self.cause = because;
    }
}
