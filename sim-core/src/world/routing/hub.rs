//! Transit Gateways as they learn: what their VPN connections' BGP hears goes into their route tables, and what is in
//! the tables is told to the VPN connections.
//!
//! ```text
//!   endpoint's Adj-RIB-In ─┐            ┌─▶ route table, by propagation ─▶ packets
//!   blocks of VPCs ────────┼─▶ gateway ─┤
//!   written routes ────────┘            └─▶ what endpoints announce, by association
//! ```
//!
//! # Fidelity
//! A gateway acts [`CONVERGENCE`] after something stirred it, on all that has come until then. An endpoint announces what
//! the table holds that its attachment is associated with, except what leads out by that very attachment.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use ipnet::Ipv4Net;
use prefix_trie::PrefixMap;

use crate::aws::AttachmentKind;
use crate::aws::transit_gateway::{CONVERGENCE, Candidate, Class, Exit, Installed, TransitRoute, VpnRouting};
use crate::proto::bgp::rib::{self, Source};
use crate::proto::bgp::{AsPath, Asn, speaker, wire};
use crate::resource::{AttachmentId, RouterId, TransitGatewayId, TransitGatewayRouteTableId};
use crate::site::Behind;

use super::super::event::Event;
use super::super::notice::Happening;
use super::super::terrain::Terrain;
use super::command::{Origination, SpeakerChange};

/// What the gateways of a lab have in mind.
#[derive(Debug, Clone, Default)]
pub(in crate::world) struct Hubs {
    /// Those that are going to act.
    stirred: BTreeSet<TransitGatewayId>,
    /// What each endpoint announces at present, with the path that it puts before its own.
    announced: BTreeMap<RouterId, BTreeMap<Ipv4Net, Vec<Asn>>>,
}

impl Terrain {
    /// Installs what is known when the lab begins, before anything has happened.
    pub(in crate::world) fn fill_hubs(&mut self) {
        let gateways: Vec<TransitGatewayId> = self.network.cloud.transit_gateways.ids().collect();
        for gateway in gateways {
            for (table, installed) in self.tables_of(gateway) {
                if let Some(row) = self.network.cloud.transit_gateway_route_tables.get_mut(table) {
                    row.installed = installed;
                }
            }
            self.announce(gateway);
        }
    }

    /// Something that gateways look at is not as it was.
    pub(in crate::world) fn stir_hubs(&mut self) {
        let gateways: Vec<TransitGatewayId> = self.network.cloud.transit_gateways.ids().collect();
        for gateway in gateways {
            self.stir(gateway);
        }
    }

    /// An endpoint is not as it was: the gateway behind it will act on that.
    pub(super) fn stir_behind(&mut self, router: RouterId) {
        let behind = self.network.routers.get(router).and_then(|row| row.behind);
        if let Some(Behind::TransitGateway(attachment)) = behind {
            let gateway = self.network.cloud.attachments.get(attachment).map(|row| row.gateway);
            if let Some(gateway) = gateway {
                self.stir(gateway);
            }
        }
    }

    fn stir(&mut self, gateway: TransitGatewayId) {
        if self.routers.hubs.stirred.insert(gateway) {
            self.after(CONVERGENCE, Event::Hub(gateway));
        }
    }

    /// A gateway acts on what it has learned.
    pub(in crate::world) fn on_hub(&mut self, gateway: TransitGatewayId) {
        self.routers.hubs.stirred.remove(&gateway);
        let because = self.cause;
        let mut last = because;
        for (table, installed) in self.tables_of(gateway) {
            let Some(row) = self.network.cloud.transit_gateway_route_tables.get_mut(table) else {
                continue;
            };
            let old = core::mem::replace(&mut row.installed, installed);
            for (prefix, to) in changes(&old, &row.installed) {
                self.cause = because;
                let from = old.get(&prefix).cloned();
                last = Some(self.record(table, Happening::TransitRoute { prefix, from, to }));
                self.note_routes_changed();
            }
        }
        self.cause = last;
        self.announce(gateway);
        self.cause = because;
    }

    /// What each table of a gateway should hold by now.
    fn tables_of(&self, gateway: TransitGatewayId) -> Vec<(TransitGatewayRouteTableId, PrefixMap<Ipv4Net, Installed>)> {
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
                for &attachment in &row.propagations {
                    for (prefix, candidate) in self.propagated(attachment) {
                        candidates.entry(prefix).or_default().push(candidate);
                    }
                }
                let mut installed: PrefixMap<Ipv4Net, Installed> = candidates
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
        let kind = self.network.cloud.attachments.get(attachment).map(|row| &row.kind);
        let endpoint = match kind {
            Some(AttachmentKind::Vpn { endpoints, .. }) => {
                let mut all = endpoints.iter();
                let up = all.find(|&&endpoint| self.network.endpoint_is_up(endpoint));
                up.or_else(|| endpoints.first()).copied()
            }
            Some(AttachmentKind::Vpc { .. } | AttachmentKind::Peering { .. }) | None => None,
        };
        Exit {
            attachment,
            endpoint,
        }
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
        if let AttachmentKind::Vpn { endpoints, .. } = &row.kind {
            for &endpoint in endpoints {
                all.extend(self.learned(attachment, endpoint));
            }
        }
        all
    }

    /// What an endpoint has learned by BGP and can use.
    fn learned(&self, attachment: AttachmentId, endpoint: RouterId) -> Vec<(Ipv4Net, Candidate)> {
        let Some(bgp) = self.bgp_of(endpoint) else {
            return Vec::new();
        };
        let rib = bgp.speaker.rib();
        let exit = Exit {
            attachment,
            endpoint: Some(endpoint),
        };
        let of_peers = |prefix| {
            let explained = rib.explain(prefix)?;
            let mut all = explained.candidates.into_iter();
            all.find(|it| matches!(it.source, Source::Peer(_)) && it.metric.is_some())
        };
        rib.prefixes()
            .filter_map(|prefix| {
                let path = of_peers(prefix)?;
                let attributes = &path.attributes;
                let candidate = Candidate {
                    exit,
                    class: Class::Vpn,
                    as_path: attributes.as_path.clone(),
                    med: attributes.med,
                    communities: attributes.communities.clone(),
                };
                Some((prefix, candidate))
            })
            .collect()
    }

    /// Endpoints announce what their tables hold by now.
    fn announce(&mut self, gateway: TransitGatewayId) {
        let cloud = &self.network.cloud;
        let mut wanted: Vec<(RouterId, BTreeMap<Ipv4Net, Vec<Asn>>)> = Vec::new();
        for (id, row) in cloud.attachments.iter().filter(|(_, row)| row.gateway == gateway) {
            let AttachmentKind::Vpn {
                endpoints,
                routing: VpnRouting::Bgp,
            } = &row.kind
            else {
                continue;
            };
            let table = row.association;
            let table = table.and_then(|table| cloud.transit_gateway_route_tables.get(table));
            let routes = table.into_iter().flat_map(|table| table.installed.iter());
            let told: BTreeMap<Ipv4Net, Vec<Asn>> = routes
                .filter(|(_, route)| !route.exits.is_empty() && !route.leads_by(id))
                .map(|(prefix, route)| (prefix, route.as_path.asns().collect()))
                .collect();
            wanted.extend(endpoints.iter().map(|&endpoint| (endpoint, told.clone())));
        }
        let because = self.cause;
        for (endpoint, told) in wanted {
            self.cause = because;
            self.announce_at(endpoint, told);
        }
        self.cause = because;
    }

    fn announce_at(&mut self, endpoint: RouterId, told: BTreeMap<Ipv4Net, Vec<Asn>>) {
        let before = self.routers.hubs.announced.entry(endpoint).or_default();
        let before = core::mem::replace(before, told.clone());
        let because = self.cause;
        let gone: Vec<Ipv4Net> = before.keys().filter(|it| !told.contains_key(it)).copied().collect();
        if !gone.is_empty() {
            self.change_speaker(endpoint, &SpeakerChange::Withdraw(gone));
        }
        for (prefix, path) in told {
            if before.get(&prefix) == Some(&path) {
                continue;
            }
            self.cause = because;
            let origination = Origination {
                path,
                ..Origination::new(prefix)
            };
            self.change_speaker(endpoint, &SpeakerChange::Originate(origination));
        }
        self.cause = because;
    }
}

/// Whether a process may have learned something of routes from what it was told. What its gateway has it announce is no news
/// to the gateway.
pub(super) fn is_news(input: &speaker::Input<'_>, out: &[speaker::Output]) -> bool {
    let tells = |it: &speaker::Output| matches!(it, speaker::Output::Notice(..) | speaker::Output::Fib(..));
    match input {
        speaker::Input::Octets { octets, .. } => !wire::is_keepalive(octets),
        speaker::Input::Session(..) | speaker::Input::Start | speaker::Input::Stop(_) => out.iter().any(tells),
        speaker::Input::Tables(input) => {
            let by_gateway = matches!(input, rib::Input::Originate(..) | rib::Input::Withdraw(_));
            !by_gateway && out.iter().any(tells)
        }
    }
}

/// The prefixes whose route is another one, with what it is now.
fn changes(
    old: &PrefixMap<Ipv4Net, Installed>,
    new: &PrefixMap<Ipv4Net, Installed>,
) -> Vec<(Ipv4Net, Option<Installed>)> {
    let gone = old.keys().filter(|prefix| new.get(prefix).is_none());
    let mut all: Vec<(Ipv4Net, Option<Installed>)> = gone.map(|prefix| (prefix, None)).collect();
    for (prefix, route) in new {
        if old.get(&prefix) != Some(route) {
            all.push((prefix, Some(route.clone())));
        }
    }
    all.sort_by_key(|(prefix, _)| *prefix);
    all
}
