//! Interfaces that come and go, and what follows: connected and static routes, and who is told.

use std::sync::Arc;

use ipnet::Ipv4Net;

use crate::kernel::RecordId;
use crate::proto::bfd;
use crate::proto::bgp::rib::PeerId;
use crate::proto::bgp::{session, speaker};
use crate::resource::{LinkId, RouterId, RouterInterfaceId, SegmentId};
use crate::site::OperState;

use super::super::terrain::Terrain;
use super::control::peer_at;
use super::igp::Igp;

impl Terrain {
    /// Routes of every router for the interfaces that are up, before anything has happened.
    pub(in crate::world) fn raise_interfaces(&mut self, igp: &Igp) {
        let ids: Vec<RouterInterfaceId> = self.network.router_interfaces.ids().collect();
        for id in ids {
            self.look_at(id);
        }
        let routers: Vec<RouterId> = self.network.routers.ids().collect();
        for router in routers {
            self.refresh_routes(router);
        }
        self.elect_gateways();
        self.converge_areas(igp);
    }

    /// A link is not as it was.
    pub(super) fn link_changed(&mut self, link: LinkId, because: RecordId) {
        self.routers.causes.insert(link.into(), because);
        let Some(row) = self.network.links.get(link) else {
            return;
        };
        let mut ends = vec![row.a, row.b];
        ends.extend(self.network.links_over(link).flat_map(|row| [row.a, row.b]));
        self.look_at_interfaces(&ends);
    }

    /// A segment is not as it was.
    pub(super) fn segment_changed(&mut self, segment: SegmentId, because: RecordId) {
        self.routers.causes.insert(segment.into(), because);
        let on_it: Vec<RouterInterfaceId> = self.network.routers_on(segment).collect();
        self.look_at_interfaces(&on_it);
    }

    /// A router, or one of its interfaces, is not as it was: its neighbours see it too.
    pub(super) fn router_changed(&mut self, router: RouterId, because: RecordId) {
        let Some(row) = self.network.routers.get(router) else {
            return;
        };
        let mut touched = row.interfaces.clone();
        for interface in row.interfaces.clone() {
            if let Some((link, end)) = self.network.link_at(interface)
                && let Some(row) = self.network.links.get(link)
            {
                touched.push(row.interface(end.other()));
                touched.extend(self.network.links_over(link).flat_map(|row| [row.a, row.b]));
                self.routers.causes.insert(link.into(), because);
            }
        }
        self.look_at_interfaces(&touched);
    }

    /// Sees which of these interfaces have come or gone, and lets everybody know.
    pub(super) fn look_at_interfaces(&mut self, interfaces: &[RouterInterfaceId]) {
        self.look_at_each(interfaces);
        let rows = interfaces
            .iter()
            .filter_map(|id| self.network.router_interfaces.get(*id));
        let routers: Vec<RouterId> = rows.map(|row| row.router).collect();
        self.review_areas(routers);
    }

    fn look_at_each(&mut self, interfaces: &[RouterInterfaceId]) {
        let mut changed: Vec<RouterInterfaceId> = Vec::new();
        for &interface in interfaces {
            if self.look_at(interface) {
                changed.push(interface);
            }
        }
        if !changed.is_empty() {
            self.ways_changed();
            self.review_gateways(&changed);
        }
        let because = self.cause;
        let mut routers: Vec<RouterId> = Vec::new();
        for &interface in &changed {
            if let Some(row) = self.network.router_interfaces.get(interface)
                && !routers.contains(&row.router)
            {
                routers.push(row.router);
            }
        }
        for router in routers {
            self.cause = because;
            let routes_changed = self.refresh_routes(router);
            self.tell_sessions(router, &changed);
            // A session that went says better why the gateway behind acts.
            self.stir_behind(router);
            if routes_changed {
                self.cause = because;
                self.next_hops_changed(router);
            }
        }
        self.cause = because;
    }

    /// The sessions that speak from an interface's address learn of it.
    fn tell_sessions(&mut self, router: RouterId, changed: &[RouterInterfaceId]) {
        for &interface in changed {
            let Some(row) = self.network.router_interfaces.get(interface) else {
                continue;
            };
            if row.router != router {
                continue;
            }
            let (address, up) = (row.address.addr(), self.is_up(interface));
            let Some(bgp) = self.bgp_of(router) else {
                continue;
            };
            let peers: Vec<PeerId> = bgp
                .setup
                .transports
                .iter()
                .enumerate()
                .filter(|(_, transport)| transport.local == address)
                .map(|(place, _)| peer_at(place))
                .collect();
            let because = self.cause;
            for peer in peers {
                self.cause = because;
                let input = if up {
                    session::Input::InterfaceUp
                } else {
                    session::Input::InterfaceDown
                };
                self.note_interface_back(router, peer, because.filter(|_| up));
                self.tell_bgp(router, speaker::Input::Session(peer, input));
                if !up {
                    self.tell_bfd(router, peer, bfd::Input::PathDown);
                }
            }
            self.cause = because;
        }
    }

    /// A router forwards by other routes than before, to a prefix or altogether.
    pub(super) fn routes_changed(&mut self, router: RouterId, prefix: Option<Ipv4Net>) {
        self.routers.routes_changed_at = Some(self.now());
        self.way_changed_at(router, prefix);
        self.review_announced(router);
    }

    /// Connected and static routes follow the interfaces; true where that changed anything.
    pub(in crate::world) fn refresh_routes(&mut self, router: RouterId) -> bool {
        let Some(row) = self.network.routers.get(router) else {
            return false;
        };
        let all: Vec<(RouterInterfaceId, Ipv4Net)> = row
            .interfaces
            .iter()
            .filter_map(|&id| Some((id, self.network.router_interfaces.get(id)?.address)))
            .collect();
        let up: Vec<(RouterInterfaceId, Ipv4Net)> =
            all.iter().copied().filter(|&(id, _)| self.is_up(id)).collect();
        let prefixes: Vec<Ipv4Net> = all.iter().map(|(_, address)| *address).collect();
        let Some(row) = self.network.routers.get_mut(router) else {
            return false;
        };
        let changed = Arc::make_mut(row).refresh(&up, &prefixes);
        if changed {
            self.routes_changed(router, None);
        }
        changed
    }

    /// Whether an interface has come or gone since it was last looked at.
    fn look_at(&mut self, interface: RouterInterfaceId) -> bool {
        let oper = match self.network.interface_works(interface) {
            Ok(_) => OperState::Up,
            Err(_) => OperState::Down,
        };
        let Some(row) = self.network.router_interfaces.get_mut(interface) else {
            return false;
        };
        let was = core::mem::replace(&mut row.oper, oper);
        was != oper
    }

    pub(super) fn is_up(&self, interface: RouterInterfaceId) -> bool {
        let row = self.network.router_interfaces.get(interface);
        row.is_some_and(|row| row.oper == OperState::Up)
    }
}
