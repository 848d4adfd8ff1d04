//! What the routers of an area know: who is next to whom, and who has which prefix.

use std::collections::{BTreeMap, BTreeSet};

use ipnet::Ipv4Net;

use crate::net::fib::FibRoute;
use crate::net::spf::{Edge, shortest_ways};
use crate::resource::{RouterId, RouterInterfaceId};
use crate::site::{Attachment, NextHop, Passage, Running};
use crate::verdict::RouteSource;

use super::super::super::network::Network;
use super::process::{Area, IgpProcess};

/// Two interfaces over which routers of an area hear each other, the lower id first.
pub(super) type Pair = (RouterInterfaceId, RouterInterfaceId);

/// What the routers of an area know.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::world::routing) struct Database {
    pub(super) adjacencies: BTreeSet<Pair>,
    /// What a step costs by the interface by which it leaves.
    pub(super) costs: BTreeMap<RouterInterfaceId, u32>,
    /// What each router announces, and what its last step costs.
    pub(super) prefixes: BTreeMap<RouterId, BTreeMap<Ipv4Net, u32>>,
}

/// How an adjacency that is gone was lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lost {
    /// A router that works sees that its interface does not.
    Seen,
    /// Nothing comes any more.
    Silent,
}

impl Database {
    /// What the routers of an area would know at present, were they told everything at once.
    ///
    /// What a router that is off has said stays: nobody takes it back.
    pub(super) fn survey(network: &Network, area: &Area, before: &Self) -> Self {
        let mut found = Self::default();
        for (&router, process) in &area.members {
            let Some(row) = network.routers.get(router) else {
                continue;
            };
            if row.running == Running::Off {
                let said = before.prefixes.get(&router).cloned();
                found.prefixes.insert(router, said.unwrap_or_default());
                let costs = row
                    .interfaces
                    .iter()
                    .filter_map(|id| Some((*id, *before.costs.get(id)?)));
                found.costs.extend(costs);
                continue;
            }
            let mut own: BTreeMap<Ipv4Net, u32> = BTreeMap::new();
            own.extend(row.loopbacks.iter().map(|&address| (Ipv4Net::from(address), 0)));
            let others = process.announce.iter().filter(|prefix| {
                let routes = row.fib.routes(**prefix);
                routes.iter().any(|route| route.source != RouteSource::Igp)
            });
            own.extend(others.map(|&prefix| (prefix, 0)));
            for &id in &row.interfaces {
                if let Some((prefix, cost)) = announced(network, area, id) {
                    own.insert(prefix, cost);
                }
                found
                    .costs
                    .extend(network.router_interfaces.get(id).map(|row| (id, row.cost)));
            }
            found.prefixes.insert(router, own);
        }
        found.adjacencies = pairs(network, area)
            .filter(|pair| hears(network, *pair))
            .collect();
        found
    }

    /// What a step by an interface costs.
    pub(super) fn cost(&self, out: RouterInterfaceId) -> u32 {
        self.costs.get(&out).copied().unwrap_or(super::COST)
    }

    /// The ways of a router to every prefix of its area that it does not have itself.
    pub(super) fn routes(&self, network: &Network, router: RouterId) -> BTreeMap<Ipv4Net, FibRoute<NextHop>> {
        let mut next: BTreeMap<RouterId, Vec<Edge<RouterId, NextHop>>> = BTreeMap::new();
        for &(a, b) in &self.adjacencies {
            for (out, to) in [(a, b), (b, a)] {
                let rows = (
                    network.router_interfaces.get(out),
                    network.router_interfaces.get(to),
                );
                if let (Some(near), Some(far)) = rows {
                    let hop = NextHop {
                        interface: out,
                        via: Some(far.address.addr()),
                    };
                    let edge = Edge {
                        to: far.router,
                        cost: self.cost(out),
                        hop,
                    };
                    next.entry(near.router).or_default().push(edge);
                }
            }
        }
        let ways = shortest_ways(router, |node| next.get(&node).into_iter().flatten().copied());
        let mut best: BTreeMap<Ipv4Net, (u32, BTreeSet<NextHop>)> = BTreeMap::new();
        for (owner, way) in &ways {
            for (&prefix, &last) in self.prefixes.get(owner).into_iter().flatten() {
                let cost = way.cost.saturating_add(last);
                match best.get_mut(&prefix) {
                    Some((least, _)) if *least < cost => {}
                    Some((least, hops)) if *least == cost => hops.extend(way.hops.iter().copied()),
                    Some(_) | None => {
                        best.insert(prefix, (cost, way.hops.iter().copied().collect()));
                    }
                }
            }
        }
        let own = self.prefixes.get(&router);
        best.retain(|prefix, _| own.is_none_or(|own| !own.contains_key(prefix)));
        let route = |(metric, hops): (u32, BTreeSet<NextHop>)| {
            let hops = hops.into_iter().collect();
            let source = RouteSource::Igp;
            FibRoute { source, metric, hops }
        };
        best.into_iter().map(|(prefix, it)| (prefix, route(it))).collect()
    }
}

/// The prefix that a router announces for an interface that works, and what the last step to it costs.
fn announced(network: &Network, area: &Area, id: RouterInterfaceId) -> Option<(Ipv4Net, u32)> {
    let row = network.interface_that_works(id).ok()?;
    let is_inner = match row.attached {
        Attachment::Segment(_) => true,
        Attachment::Link(_) => across(network, id).is_some_and(|far| area.owner_of(network, far).is_some()),
        Attachment::Tunnel(_) => false,
    };
    is_inner.then(|| (row.address.trunc(), row.cost))
}

/// The interface at the other end of a link.
fn across(network: &Network, id: RouterInterfaceId) -> Option<RouterInterfaceId> {
    let (link, end) = network.link_at(id)?;
    Some(network.links.get(link)?.interface(end.other()))
}

/// All pairs of interfaces over which routers of an area could hear each other.
fn pairs(network: &Network, area: &Area) -> impl Iterator<Item = Pair> {
    let interfaces = area.members.keys().flat_map(|router| {
        let row = network.routers.get(*router);
        row.into_iter().flat_map(|row| row.interfaces.iter().copied())
    });
    let active = |id: RouterInterfaceId| {
        let process = area.owner_of(network, id);
        process.is_some_and(|process| !process.passive.contains(&id))
    };
    interfaces.filter(move |id| active(*id)).flat_map(move |near| {
        let attached = network.router_interfaces.get(near).map(|row| row.attached);
        let others: Vec<RouterInterfaceId> = match attached {
            Some(Attachment::Link(_)) => across(network, near).into_iter().collect(),
            Some(Attachment::Segment(segment)) => network.routers_on(segment).collect(),
            Some(Attachment::Tunnel(_)) | None => Vec::new(),
        };
        let others = others.into_iter().filter(move |far| near < *far && active(*far));
        others.map(move |far| (near, far)).collect::<Vec<_>>()
    })
}

/// Whether two interfaces hear each other.
fn hears(network: &Network, (a, b): Pair) -> bool {
    let works = network.interface_works(a).is_ok() && network.interface_works(b).is_ok();
    let passes = match network.link_at(a).and_then(|(link, _)| network.links.get(link)) {
        Some(link) => link.from_a == Passage::Open && link.from_b == Passage::Open,
        None => true,
    };
    let awake = network.owner_awake(a).is_ok() && network.owner_awake(b).is_ok();
    works && passes && awake
}

/// How an adjacency was lost, as its ends see it.
pub(super) fn loss_of(network: &Network, (a, b): Pair) -> Lost {
    let sees = |id: RouterInterfaceId| {
        let router = network.router_interfaces.get(id).map(|row| row.router);
        let running = router
            .and_then(|router| network.routers.get(router))
            .map(|row| row.running);
        running.is_some_and(Running::has_power) && network.interface_works(id).is_err()
    };
    if sees(a) || sees(b) {
        Lost::Seen
    } else {
        Lost::Silent
    }
}

impl Area {
    /// The process of the router that an interface belongs to, where the router is of the area.
    pub(super) fn owner_of(&self, network: &Network, interface: RouterInterfaceId) -> Option<&IgpProcess> {
        self.members
            .get(&network.router_interfaces.get(interface)?.router)
            .map(AsRef::as_ref)
    }
}
