//! What virtual private gateways forward by, tell their sites, and propagate into route tables of their VPC.
//!
//! # Fidelity
//! Of several ways out that are equally good AWS takes any; here it is drawn once from the lab's seed, the same for every
//! prefix that has as many, and kept until it fails or a better one comes.

use std::collections::BTreeMap;

use ipnet::Ipv4Net;

use crate::aws::direct_connect::Terminus;
use crate::aws::transit_gateway::VpnRouting;
use crate::aws::virtual_private_gateway::{
    Candidate, Class, Connection, Exit, Installed, VirtualPrivateGateway, best,
};
use crate::net::prefix_table::PrefixTable;
use crate::resource::{RouterId, VirtualPrivateGatewayId};

use super::super::super::notice::Happening;
use super::super::super::terrain::Terrain;
use super::super::upkeep::PRIVATE_MEDS;
use super::{Announced, Told, changes, with_med};

impl Terrain {
    /// Installs what a gateway knows by now, and propagates it.
    pub(super) fn install_private(&mut self, gateway: VirtualPrivateGatewayId) {
        let installed = self.private_routes(gateway);
        let Some(row) = self.network.cloud.virtual_private_gateways.get_mut(gateway) else {
            return;
        };
        let old = core::mem::replace(&mut row.installed, installed);
        let changed = changes(&old, &row.installed);
        let because = self.cause;
        let mut last = because;
        for (prefix, to) in changed {
            self.cause = because;
            last = Some(self.record(gateway, Happening::GatewayRoute { prefix, to }));
            self.gateway_routes_changed(gateway, prefix);
        }
        self.cause = last;
        self.network.cloud.propagate(gateway);
    }

    /// What a gateway should forward by.
    pub(super) fn private_routes(&self, gateway: VirtualPrivateGatewayId) -> PrefixTable<Installed> {
        let Some(row) = self.network.cloud.virtual_private_gateways.get(gateway) else {
            return PrefixTable::default();
        };
        let candidates = self.private_candidates(gateway, row).into_iter();
        let chosen = candidates.filter_map(|(prefix, candidates)| {
            let before = row.installed.get(prefix);
            Some((prefix, self.choose_private(row, &candidates, before)?))
        });
        chosen.collect()
    }

    fn private_candidates(
        &self,
        gateway: VirtualPrivateGatewayId,
        row: &VirtualPrivateGateway,
    ) -> BTreeMap<Ipv4Net, Vec<Candidate>> {
        let cloud = &self.network.cloud;
        let mut all: BTreeMap<Ipv4Net, Vec<Candidate>> = BTreeMap::new();
        for &block in cloud.blocks_behind(row) {
            let into = row.vpc.map(|vpc| Candidate::plain(Exit::Vpc(vpc), Class::Vpc));
            all.entry(block).or_default().extend(into);
        }
        let end = Terminus::VirtualPrivateGateway(gateway);
        let region = row.vpc.and_then(|vpc| cloud.vpcs.get(vpc)).map(|vpc| vpc.region);
        let own = self.learned_over(end, region);
        let mut direct = |prefix, exits: Vec<Exit>, as_path, med| {
            let class = Class::DirectConnect;
            let candidate = Candidate {
                exits,
                class,
                as_path,
                med,
            };
            all.entry(prefix).or_default().push(candidate);
        };
        for (prefix, learned) in own.iter() {
            let exits = learned.exits.iter().map(|it| Exit::Interface(*it));
            direct(prefix, exits.collect(), learned.as_path.clone(), learned.med);
        }
        if let Some(association) = &row.association {
            let behind = cloud.direct_connect_gateways.get(association.gateway);
            for (prefix, learned) in behind.iter().flat_map(|it| it.installed.iter()) {
                let exits = vec![Exit::DirectConnect(association.gateway)];
                direct(prefix, exits, learned.as_path.clone(), learned.med);
            }
        }
        for connection in &row.connections {
            for (prefix, candidate) in self.over_connection(connection) {
                all.entry(prefix).or_default().push(candidate);
            }
        }
        all
    }

    /// What a VPN connection leads to, by each of its tunnels that is up.
    fn over_connection(&self, connection: &Connection) -> Vec<(Ipv4Net, Candidate)> {
        let mut all = Vec::new();
        for &endpoint in &connection.endpoints {
            match connection.routing {
                VpnRouting::Static if self.network.endpoint_is_up(endpoint) => {
                    let prefixes = connection.prefixes.iter();
                    let candidate = Candidate::plain(Exit::Tunnel(endpoint), Class::StaticVpn);
                    all.extend(prefixes.map(|prefix| (*prefix, candidate.clone())));
                }
                VpnRouting::Static => {}
                VpnRouting::Bgp => {
                    all.extend(self.heard(endpoint).into_iter().map(|(prefix, attributes)| {
                        let candidate = Candidate {
                            as_path: attributes.as_path.clone(),
                            med: attributes.med,
                            ..Candidate::plain(Exit::Tunnel(endpoint), Class::BgpVpn)
                        };
                        (prefix, candidate)
                    }));
                }
            }
        }
        all
    }

    /// The one that is taken: the one in use, where it is still as good as any, else one that is drawn.
    fn choose_private(
        &self,
        row: &VirtualPrivateGateway,
        candidates: &[Candidate],
        before: Option<&Installed>,
    ) -> Option<Installed> {
        let best: Vec<&Candidate> = best(candidates)
            .into_iter()
            .filter_map(|place| candidates.get(place))
            .collect();
        let used = best
            .iter()
            .find(|it| before.is_some_and(|before| before.exits.as_ref() == it.exits.as_slice()));
        let drawn = || match best.first()?.class {
            // What ends at the gateway itself stands before what comes by a Direct Connect gateway.
            Class::Vpc | Class::DirectConnect => best.first(),
            Class::StaticVpn | Class::BgpVpn => {
                let mut dice = self.streams.stream("egress tunnel", &row.name);
                best.get(dice.below(best.len() as u64) as usize)
            }
        };
        let chosen = used.or_else(drawn)?;
        Some(Installed {
            class: chosen.class,
            exits: chosen.exits.as_slice().into(),
            as_path: chosen.as_path.clone(),
        })
    }

    /// What each site is told: all that the gateway knows, except what is behind that very site. What somebody wrote down
    /// for a VPN connection, and what comes by a Direct Connect gateway, is for the VPC alone.
    pub(super) fn announced_by_private(
        &self,
        gateway: VirtualPrivateGatewayId,
    ) -> Vec<(RouterId, Announced)> {
        let cloud = &self.network.cloud;
        let Some(row) = cloud.virtual_private_gateways.get(gateway) else {
            return Vec::new();
        };
        let told = |leads_there: &dyn Fn(&Exit) -> bool| -> Announced {
            let routes = row.installed.iter();
            let is_told = |exit: &Exit| !matches!(exit, Exit::DirectConnect(_)) && !leads_there(exit);
            routes
                .filter(|(_, route)| route.class != Class::StaticVpn && route.exits.iter().all(is_told))
                .map(|(prefix, route)| (prefix, Told::of(&route.as_path)))
                .collect()
        };
        let mut wanted = Vec::new();
        for connection in row.connections.iter().filter(|it| it.routing == VpnRouting::Bgp) {
            let is_there =
                |exit: &Exit| matches!(exit, Exit::Tunnel(it) if connection.endpoints.contains(it));
            let told = told(&is_there);
            wanted.extend(connection.endpoints.iter().map(|&endpoint| {
                let med = self.med_of(endpoint, &connection.endpoints, PRIVATE_MEDS);
                (endpoint, with_med(&told, med))
            }));
        }
        for (interface, row) in cloud.interfaces_at(Terminus::VirtualPrivateGateway(gateway)) {
            let is_there = |exit: &Exit| *exit == Exit::Interface(interface);
            wanted.push((row.endpoint, told(&is_there)));
        }
        wanted
    }
}
