//! What the areas know, when they learn of a change, and when their routers forward by it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use ipnet::Ipv4Net;

use crate::net::fib::FibRoute;
use crate::resource::{RouterId, RouterInterfaceId};
use crate::site::NextHop;
use crate::units::{SimTime, Span};
use crate::verdict::RouteSource;

use super::super::super::event::Event;
use super::super::super::notice::Happening;
use super::super::super::terrain::Terrain;
use super::super::elision::Bound;
use super::DEAD_INTERVAL;
use super::database::{Database, Lost, Pair, loss_of};

/// The interior routing of one router, as a lab begins with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IgpProcess {
    /// The area, by its place among all.
    pub area: usize,
    /// How long after a change the router forwards by it.
    pub convergence: Span,
    /// Prefixes that it announces as long as it has a route for exactly them from somewhere else.
    pub announce: Vec<Ipv4Net>,
    /// Interfaces by which it hears nobody, though their prefixes are announced.
    pub passive: BTreeSet<RouterInterfaceId>,
}

/// The interior routing of a lab, as it begins.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Igp {
    /// The names of the areas.
    pub areas: Vec<String>,
    /// The routers that take part.
    pub processes: BTreeMap<RouterId, Arc<IgpProcess>>,
}

/// Something that happened in the interior routing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum IgpChange {
    /// An interface hears a neighbour.
    NeighborUp {
        /// The neighbour's interface.
        neighbor: RouterInterfaceId,
    },
    /// It does not any more.
    NeighborDown {
        /// The neighbour's interface.
        neighbor: RouterInterfaceId,
        /// How long nothing was heard; none where the loss was seen at once.
        silence: Option<Span>,
    },
    /// A router forwards by what its area knows now.
    Converged {
        /// How many of its routes are others than before.
        n_changed: u32,
    },
}

/// An area and what its routers know.
#[derive(Debug, Clone)]
pub(super) struct Area {
    pub(super) name: String,
    pub(super) members: BTreeMap<RouterId, Arc<IgpProcess>>,
    pub(super) known: Database,
    /// Adjacencies over which nothing comes, and since when.
    pub(super) silent: BTreeMap<Pair, SimTime>,
}

/// All areas, and the routes that their routers have by them.
#[derive(Debug, Clone, Default)]
pub(in crate::world::routing) struct State {
    areas: Vec<Area>,
    area_of: BTreeMap<RouterId, usize>,
    routes: BTreeMap<RouterId, BTreeMap<Ipv4Net, FibRoute<NextHop>>>,
}

impl State {
    /// The area that a router is of.
    pub(super) fn area_of(&self, router: RouterId) -> Option<&Area> {
        self.areas.get(*self.area_of.get(&router)?)
    }

    /// Of areas whose routers know nothing yet.
    fn new(igp: &Igp) -> Self {
        let mut areas: Vec<Area> = igp
            .areas
            .iter()
            .map(|name| Area {
                name: name.clone(),
                members: BTreeMap::new(),
                known: Database::default(),
                silent: BTreeMap::new(),
            })
            .collect();
        let mut area_of = BTreeMap::new();
        for (&router, process) in &igp.processes {
            if let Some(area) = areas.get_mut(process.area) {
                area.members.insert(router, process.clone());
                area_of.insert(router, process.area);
            }
        }
        Self {
            areas,
            area_of,
            routes: BTreeMap::new(),
        }
    }
}

impl Terrain {
    /// Every router forwards by the shortest ways, before anything has happened.
    pub(in crate::world) fn converge_areas(&mut self, igp: &Igp) {
        self.routers.igp = State::new(igp);
        for place in 0..self.routers.igp.areas.len() {
            let Some(area) = self.routers.igp.areas.get(place) else {
                continue;
            };
            let known = Database::survey(&self.network, area, &area.known);
            let members: Vec<RouterId> = area.members.keys().copied().collect();
            if let Some(area) = self.routers.igp.areas.get_mut(place) {
                area.known = known;
            }
            for router in members {
                self.forward_by_area(router);
            }
        }
    }

    /// Something about the interfaces of these routers, or their routes, is not as it was.
    pub(in crate::world::routing) fn review_areas(&mut self, routers: impl IntoIterator<Item = RouterId>) {
        if self.routers.igp.areas.is_empty() {
            return;
        }
        let places = routers
            .into_iter()
            .filter_map(|router| self.routers.igp.area_of.get(&router).copied());
        let places: BTreeSet<usize> = places.collect();
        let because = self.cause;
        for place in places {
            self.cause = because;
            self.review_area(place);
        }
        self.cause = because;
    }

    /// A router announces more or less than before, where it announces what others tell it.
    pub(in crate::world::routing) fn review_announced(&mut self, router: RouterId) {
        let area = self.routers.igp.area_of(router);
        let process = area.and_then(|area| area.members.get(&router));
        if process.is_some_and(|process| !process.announce.is_empty()) {
            self.review_areas([router]);
        }
    }

    fn review_area(&mut self, place: usize) {
        let now = self.now();
        let Some(area) = self.routers.igp.areas.get(place) else {
            return;
        };
        let found = Database::survey(&self.network, area, &area.known);
        let gone: Vec<Pair> = area
            .known
            .adjacencies
            .difference(&found.adjacencies)
            .copied()
            .collect();
        let mut known = found;
        let mut silent: BTreeMap<Pair, SimTime> = BTreeMap::new();
        let mut lost: Vec<(Pair, Option<Span>)> = Vec::new();
        for pair in gone {
            let since = area.silent.get(&pair).copied();
            match loss_of(&self.network, pair) {
                Lost::Seen => lost.push((pair, None)),
                Lost::Silent => {
                    let since = since.unwrap_or(now);
                    if now >= since + DEAD_INTERVAL {
                        lost.push((pair, Some(DEAD_INTERVAL)));
                    } else {
                        // Until somebody notices, everybody goes on as if it were there.
                        known.adjacencies.insert(pair);
                        silent.insert(pair, since);
                    }
                }
            }
        }
        let fresh: Vec<Pair> = known
            .adjacencies
            .difference(&area.known.adjacencies)
            .copied()
            .collect();
        let newly_silent = silent.keys().any(|pair| !area.silent.contains_key(pair));
        let is_news = known != area.known;
        if let Some(area) = self.routers.igp.areas.get_mut(place) {
            area.known = known;
            area.silent = silent;
        }
        if newly_silent {
            self.after(DEAD_INTERVAL, Event::Area(place));
        }
        self.tell_of_neighbors(&lost, &fresh);
        if is_news {
            self.plan_convergence(place);
        }
    }

    fn tell_of_neighbors(&mut self, lost: &[(Pair, Option<Span>)], fresh: &[Pair]) {
        let because = self.cause;
        let mut last = because;
        for &((a, b), silence) in lost {
            for (interface, neighbor) in [(a, b), (b, a)] {
                if self.is_running(interface) {
                    self.cause = because;
                    let change = IgpChange::NeighborDown { neighbor, silence };
                    last = Some(self.record(interface, Happening::Igp(change)));
                }
            }
        }
        for &(a, b) in fresh {
            for (interface, neighbor) in [(a, b), (b, a)] {
                self.cause = because;
                let change = IgpChange::NeighborUp { neighbor };
                last = Some(self.record(interface, Happening::Igp(change)));
            }
        }
        self.cause = last;
    }

    fn is_running(&self, interface: RouterInterfaceId) -> bool {
        let row = self.network.router_interfaces.get(interface);
        let router = row.and_then(|row| self.network.routers.get(row.router));
        router.is_some_and(|row| row.running.has_power())
    }

    /// Each router of an area forwards by what the area knows, when it has had its time.
    fn plan_convergence(&mut self, place: usize) {
        let Some(area) = self.routers.igp.areas.get(place) else {
            return;
        };
        let all: Vec<(RouterId, Span)> = area
            .members
            .iter()
            .map(|(id, it)| (*id, it.convergence))
            .collect();
        for (router, convergence) in all {
            self.after(convergence, Event::Igp(router));
        }
    }

    /// A silence has lasted for the dead interval, unless it has ended.
    pub(in crate::world) fn on_area(&mut self, place: usize) {
        self.review_area(place);
    }

    /// A router has had its time.
    pub(in crate::world) fn on_igp(&mut self, router: RouterId) {
        let n_changed = self.forward_by_area(router);
        if n_changed > 0 {
            self.record(router, Happening::Igp(IgpChange::Converged { n_changed }));
            self.routes_changed(router, None);
            self.refresh_routes(router);
            self.next_hops_changed(router);
        }
    }

    /// Puts the shortest ways of a router where packets meet them; tells how many are others than before.
    fn forward_by_area(&mut self, router: RouterId) -> u32 {
        let Some(area) = self.routers.igp.area_of(router) else {
            return 0;
        };
        let row = self.network.routers.get(router);
        let wanted = if row.is_some_and(|row| row.running.has_power()) {
            area.known.routes(&self.network, router)
        } else {
            BTreeMap::new()
        };
        self.put_igp_routes(router, wanted)
    }

    /// A router without power forgets its ways.
    pub(in crate::world::routing) fn forget_igp_routes(&mut self, router: RouterId) {
        self.put_igp_routes(router, BTreeMap::new());
    }

    fn put_igp_routes(&mut self, router: RouterId, wanted: BTreeMap<Ipv4Net, FibRoute<NextHop>>) -> u32 {
        let before = self.routers.igp.routes.get(&router).cloned().unwrap_or_default();
        if before == wanted {
            return 0;
        }
        self.rouse_across(router, Bound::Before);
        let mut n_changed = 0;
        if let Some(row) = self.network.routers.get_mut(router) {
            let fib = &mut Arc::make_mut(row).fib;
            for prefix in before.keys().filter(|prefix| !wanted.contains_key(*prefix)) {
                n_changed += u32::from(fib.clear(*prefix, RouteSource::Igp));
            }
            for (prefix, route) in &wanted {
                n_changed += u32::from(fib.set(*prefix, route.clone()));
            }
        }
        self.routers.igp.routes.insert(router, wanted);
        n_changed
    }
}
