//! Routers and the links between them.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::sync::Arc;

use ipnet::Ipv4Net;

use crate::resource::{LinkId, RouterId};
use crate::scenario::diagnostic::Code;
use crate::scenario::problem::{At, Place, Problem, Problems};
use crate::scenario::read::{Brief, Entries, Entry};
use crate::scenario::sections::{EndText, LinkText, RouterText, RulesText, StaticRouteText, ViaText};
use crate::site::{Carrier, StaticRoute};
use crate::world::names::Names;
use crate::world::routing::{LinkSpec, Routing};

use super::firewall;
use super::igp::{self, Steps};
use super::policy;
use super::scope::Scope;
use super::segment::Segments;
use super::session;
use super::tunnel::{self, Bore};
use super::vpc::overlap;
use super::vpn::Equipment;

/// Routers of a lab.
const MOST_ROUTERS: usize = 2_000;
/// Links of a lab.
const MOST_LINKS: usize = 10_000;
/// Links of one router.
const MOST_LINKS_OF_A_ROUTER: usize = 1_000;
/// Loopback addresses of a router.
const MOST_LOOPBACKS: usize = 64;
/// Static routes of a router.
const MOST_STATIC_ROUTES: usize = 5_000;

/// An interface of a router, by the link that it is on.
#[derive(Debug, Clone)]
pub(super) struct Port {
    pub(super) link: String,
    pub(super) address: Ipv4Net,
    /// The router at the other end, and its address.
    pub(super) far: (RouterId, Ipv4Addr),
}

/// An interface of a router, by the segment that it is on.
#[derive(Debug, Clone)]
pub(super) struct Lan {
    pub(super) segment: String,
    pub(super) address: Ipv4Net,
}

/// Routers and links while they are being filled.
#[derive(Debug, Default)]
pub(super) struct Routers {
    pub(super) routing: Routing,
    pub(super) names: Names,
    /// The interfaces of each router, in the order of the links.
    pub(super) ports: BTreeMap<RouterId, Vec<Port>>,
    /// The interfaces of each router on segments, by segment.
    pub(super) lans: BTreeMap<RouterId, Vec<Lan>>,
    /// Whose each address is, and where the text gives it.
    pub(super) owners: BTreeMap<Ipv4Addr, (RouterId, Place)>,
    /// What is said of the interior routing at links and segments.
    pub(super) steps: Steps,
    /// The tunnels of each router, in the order of the text.
    pub(super) bores: BTreeMap<RouterId, Vec<Bore>>,
}

impl Routers {
    pub(super) fn ports(&self, router: RouterId) -> &[Port] {
        self.ports.get(&router).map_or(&[], Vec::as_slice)
    }

    pub(super) fn lans(&self, router: RouterId) -> &[Lan] {
        self.lans.get(&router).map_or(&[], Vec::as_slice)
    }

    /// The addresses of a router's interfaces on links and segments, with what each is on.
    pub(super) fn connected(&self, router: RouterId) -> impl Iterator<Item = (Ipv4Net, &'static str, &str)> {
        let links = self.ports(router).iter();
        let links = links.map(|port| (port.address, "link", port.link.as_str()));
        let lans = self.lans(router).iter();
        links.chain(lans.map(|lan| (lan.address, "segment", lan.segment.as_str())))
    }

    /// Gives an address to a router; one that another has is reported.
    pub(super) fn claim(
        &mut self,
        router: RouterId,
        address: Ipv4Addr,
        place: Place,
        problems: &mut Problems,
    ) {
        match self.owners.get(&address) {
            None => {
                self.owners.insert(address, (router, place));
            }
            Some((other, first)) => {
                let whose = if *other == router {
                    "this router".to_owned()
                } else {
                    format!("router `{}`", self.names.of(*other))
                };
                let message = format!("{address} is already an address of {whose}");
                problems.push(Problem::error(Code::AddressTaken, place, message).also(*first, "first here"));
            }
        }
    }
}

/// Everything about routers: themselves, their links, and what runs on them.
pub(super) fn fill(
    policies: &Entries<RulesText>,
    equipment: &Equipment,
    scope: &mut Scope,
    mut segments: Segments,
    problems: &mut Problems,
) -> Routers {
    let mut routers = Routers::default();
    routers.routing.policies = policy::named(policies, problems);
    if !few_enough(equipment, problems) {
        routers.routing.segments = segments.finish(scope, &mut routers, problems);
        return routers;
    }
    let ids: Vec<RouterId> = equipment
        .routers
        .iter()
        .map(|entry| declare(entry, scope, &mut routers, problems))
        .collect();
    for entry in &equipment.links {
        link(entry, scope, &mut routers, problems);
    }
    for (entry, id) in equipment.routers.iter().zip(&ids) {
        segments.attach(entry, *id, (scope, &mut routers), problems);
    }
    routers.routing.segments = segments.finish(scope, &mut routers, problems);
    for (entry, id) in equipment.routers.iter().zip(&ids) {
        check_static_routes(entry, *id, &routers, problems);
    }
    igp::fill(&equipment.routers, &ids, &mut routers, problems);
    tunnel::fill(&equipment.routers, &ids, scope, &mut routers, problems);
    firewall::fill(&equipment.routers, &ids, &mut routers, problems);
    tunnel::check_answered(&routers, problems);
    session::fill(&equipment.routers, &ids, scope, &mut routers, problems);
    routers
}

fn few_enough(equipment: &Equipment, problems: &mut Problems) -> bool {
    let first_router = equipment.routers.iter().next().map(|entry| entry.name.place);
    let first_link = equipment.links.iter().next().map(|entry| entry.name.place);
    let routers = first_router
        .is_none_or(|place| problems.at_most(MOST_ROUTERS, equipment.routers.iter().len(), place, "routers"));
    let links = first_link
        .is_none_or(|place| problems.at_most(MOST_LINKS, equipment.links.iter().len(), place, "links"));
    routers && links
}

/// Declares a router with its loopbacks and static routes.
fn declare(
    entry: &Entry<RouterText>,
    scope: &mut Scope,
    routers: &mut Routers,
    problems: &mut Problems,
) -> RouterId {
    scope.routers.declare(&entry.name, problems);
    let name = &entry.name;
    let (mut loopbacks, mut routes) = (Vec::new(), Vec::new());
    if let Some(text) = &entry.body
        && problems.at_most(
            MOST_LOOPBACKS,
            text.loopbacks.len(),
            name.place,
            "loopback addresses",
        )
        && problems.at_most(
            MOST_STATIC_ROUTES,
            text.static_routes.len(),
            name.place,
            "static routes",
        )
    {
        loopbacks.extend(text.loopbacks.iter().map(|address| address.value));
        routes.extend(text.static_routes.iter().map(|Brief(text)| static_route(text)));
    }
    let id = routers.routing.add_router(loopbacks, routes);
    if let Some(errors) = entry.body.as_ref().and_then(|text| text.icmp_errors)
        && let Some(row) = routers.routing.routers.get_mut(id)
    {
        Arc::make_mut(row).icmp_errors = errors;
    }
    routers.names.insert(id, name.value.clone());
    for address in entry.body.iter().flat_map(|text| &text.loopbacks) {
        if address.value.is_unspecified() || address.value.is_multicast() || address.value.is_broadcast() {
            let message = format!("{} is no address that a router could have", address.value);
            problems.push(Problem::error(Code::BadValue, address.place, message));
        } else {
            routers.claim(id, address.value, address.place, problems);
        }
    }
    id
}

/// A static route as the router takes it.
pub(super) fn static_route(text: &StaticRouteText) -> StaticRoute {
    StaticRoute {
        prefix: text.prefix.value,
        via: match &text.via {
            ViaText::Address(address) => Some(address.value),
            ViaText::Discard => None,
        },
        metric: text.metric.unwrap_or(0),
    }
}

fn check_static_routes(entry: &Entry<RouterText>, id: RouterId, routers: &Routers, problems: &mut Problems) {
    // A second way to a prefix, or one that takes over, is another route; the same once more is a slip.
    let mut seen: BTreeMap<StaticRoute, Place> = BTreeMap::new();
    for Brief(text) in entry.body.iter().flat_map(|text| &text.static_routes) {
        let prefix = text.prefix;
        if let Some(first) = seen.insert(static_route(text), prefix.place) {
            let message = format!("there is the same static route for {} already", prefix.value);
            problems.push(
                Problem::error(Code::DuplicateName, prefix.place, message)
                    .also(first, "first here")
                    .help("give it another next hop, or another metric to have it take over"),
            );
        }
        let ViaText::Address(via) = &text.via else {
            continue;
        };
        if routers
            .owners
            .get(&via.value)
            .is_some_and(|(owner, _)| *owner == id)
        {
            let message = format!("{} is an address of `{}` itself", via.value, entry.name.value);
            problems.push(
                Problem::error(Code::BadValue, via.place, message).help("name the neighbour's address"),
            );
        }
    }
}

/// Declares a link and joins the two routers at its ends.
fn link(entry: &Entry<LinkText>, scope: &mut Scope, routers: &mut Routers, problems: &mut Problems) {
    scope.links.declare(&entry.name, problems);
    let Some(text) = &entry.body else { return };
    let (Some(Brief(a)), Some(Brief(b))) = (text.a.get(), text.b.get()) else {
        return;
    };
    let ids = (
        scope.routers.find(&a.router, problems),
        scope.routers.find(&b.router, problems),
    );
    let (Some(a_id), Some(b_id)) = ids else { return };
    if !check_ends(entry, (a, a_id), (b, b_id), problems) {
        return;
    }
    let rate = text.rate.map_or(LinkSpec::default().rate, |rate| {
        if rate.value.is_zero() {
            let message = "a link that carries nothing is no link";
            problems.push(
                Problem::error(Code::BadValue, rate.place, message)
                    .help("to take it down, write state: down"),
            );
        }
        rate.value
    });
    let defaults = LinkSpec::default();
    let spec = LinkSpec {
        delay: text.delay.unwrap_or(defaults.delay),
        jitter: text.jitter.unwrap_or(defaults.jitter),
        rate,
        loss: text.loss.unwrap_or(defaults.loss),
        mtu: text.mtu.unwrap_or(defaults.mtu),
    };
    let (a_net, b_net) = (a.address.value.0, b.address.value.0);
    for (id, end, net) in [(a_id, a, a_net), (b_id, b, b_net)] {
        check_port(id, end, net, routers, problems);
        routers.claim(id, net.addr(), end.address.place, problems);
    }
    let id = routers.routing.connect((a_id, a_net), (b_id, b_net), spec);
    if let Some(row) = routers.routing.links.get_mut(id) {
        row.carrier = text.state.unwrap_or(Carrier::Up);
    }
    if let Some(text) = text.cost {
        let cost = igp::cost(text, problems);
        let ends = routers.routing.links.get(id).map(|row| [row.a, row.b]);
        for interface in ends.into_iter().flatten() {
            if let Some(row) = routers.routing.interfaces.get_mut(interface) {
                row.cost = cost;
            }
        }
        routers.steps.said.push((vec![a_id, b_id], text.place));
    }
    name_link(&entry.name.value, id, routers);
    for (near, net, far) in [(a_id, a_net, (b_id, b_net)), (b_id, b_net, (a_id, a_net))] {
        routers.ports.entry(near).or_default().push(Port {
            link: entry.name.value.clone(),
            address: net,
            far: (far.0, far.1.addr()),
        });
    }
}

/// A link and its two interfaces, which are called after router and link.
pub(super) fn name_link(name: &str, id: LinkId, routers: &mut Routers) {
    routers.names.insert(id, name);
    let Some(row) = routers.routing.links.get(id).copied() else {
        return;
    };
    for interface in [row.a, row.b] {
        let router = routers.routing.interfaces.get(interface).map(|row| row.router);
        let router = router.map_or_else(String::new, |router| routers.names.of(router));
        routers.names.insert(interface, format!("{router}:{name}"));
    }
}

/// Whether the two ends can be joined at all.
fn check_ends(
    entry: &Entry<LinkText>,
    a: (&EndText, RouterId),
    b: (&EndText, RouterId),
    problems: &mut Problems,
) -> bool {
    if a.1 == b.1 {
        let message = format!("link `{}` joins a router with itself", entry.name.value);
        problems.push(Problem::error(Code::Refused, b.0.router.place, message));
        return false;
    }
    let (a_net, b_net) = (a.0.address.value.0, b.0.address.value.0);
    if a_net.trunc() != b_net.trunc() {
        let message = format!("{b_net} is not in the prefix of the other end, {}", a_net.trunc());
        problems.push(
            Problem::error(Code::NotInside, b.0.address.place, message)
                .also(a.0.address.place, "the other end")
                .help("the two ends of a link have addresses of one prefix, with the same length"),
        );
        return false;
    }
    true
}

/// A router refuses two interfaces whose prefixes overlap: it could not tell which leads where.
fn check_port(id: RouterId, end: &EndText, net: Ipv4Net, routers: &Routers, problems: &mut Problems) {
    let place = end.address.place;
    let others = routers.ports(id);
    if others.len() == MOST_LINKS_OF_A_ROUTER {
        problems.at_most(
            MOST_LINKS_OF_A_ROUTER,
            others.len() + 1,
            place,
            "links of one router",
        );
    }
    if others.len() >= MOST_LINKS_OF_A_ROUTER {
        return;
    }
    check_overlap(id, net, place, routers, problems);
}

/// Complains about a prefix that overlaps that of another interface of the router.
pub(super) fn check_overlap(
    id: RouterId,
    net: Ipv4Net,
    place: Place,
    routers: &Routers,
    problems: &mut Problems,
) {
    let mut others = routers.connected(id);
    if let Some((other, kind, name)) = others.find(|(other, _, _)| overlap(other.trunc(), net.trunc()))
        // The very same address is reported as taken.
        && other.addr() != net.addr()
    {
        let message = format!(
            "{} overlaps {} of {kind} `{name}` at the same router",
            net.trunc(),
            other.trunc(),
        );
        problems.push(Problem::error(Code::Overlap, place, message));
    }
}

/// The name in quotes, for a complaint that has no place of its own.
pub(super) fn at(name: &str, place: Place) -> At<String> {
    At {
        value: name.to_owned(),
        place,
    }
}
