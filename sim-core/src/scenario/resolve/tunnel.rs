//! IPsec tunnels: where their two ends are, and what their gateways negotiate.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::sync::Arc;

use ipnet::Ipv4Net;

use crate::kernel::Id;
use crate::net::MssClamp;
use crate::proto::ike::Connection;
use crate::proto::ike::config::{Action, Authentication};
use crate::proto::ike::identity::Identity;
use crate::resource::RouterId;
use crate::scenario::diagnostic::Code;
use crate::scenario::problem::{At, Place, Problem, Problems};
use crate::scenario::read::{Entries, Entry};
use crate::scenario::sections::{RouterText, Side, TunnelText, WrapText};
use crate::world::routing::{IkeProcess, Protected};

use super::negotiation;
use super::router::{Routers, at};
use super::scope::Scope;
use super::vpc::overlap;

/// Tunnels of a router.
const MOST_TUNNELS: usize = 200;

/// A tunnel of a router.
#[derive(Debug, Clone)]
pub(super) struct Bore {
    /// What the router calls it.
    pub(super) name: String,
    /// The address of its interface.
    pub(super) inside: Ipv4Net,
    /// The outer addresses of this end and of the peer.
    pub(super) outer: (Ipv4Addr, Ipv4Addr),
    /// Where the text gives the peer.
    place: Place,
    /// Whether this end calls of itself, when a packet comes, or not at all.
    start: Action,
    /// Whether there is nothing to call for.
    plain: bool,
}

/// Gives every router its tunnels and the IKE that keeps them.
pub(super) fn fill(
    all: &Entries<RouterText>,
    ids: &[RouterId],
    scope: &mut Scope,
    routers: &mut Routers,
    problems: &mut Problems,
) {
    for (entry, id) in all.iter().zip(ids) {
        let Some(text) = &entry.body else { continue };
        let n_tunnels = text.tunnels.iter().len();
        if n_tunnels == 0
            || !problems.at_most(MOST_TUNNELS, n_tunnels, entry.name.place, "tunnels of a router")
        {
            continue;
        }
        let mut process = IkeProcess {
            name: entry.name.value.clone(),
            connections: Vec::new(),
            tunnels: Vec::new(),
        };
        for tunnel in &text.tunnels {
            let called = at(
                &full_name(&entry.name.value, &tunnel.name.value),
                tunnel.name.place,
            );
            scope.tunnels.declare(&called, problems);
            add(tunnel, (entry, *id), &mut process, routers, problems);
        }
        if !process.tunnels.is_empty() {
            routers.routing.run_ike(*id, process);
        }
    }
}

/// A tunnel is called after its router; one without a name of its own is all that its router is there for.
fn full_name(router: &str, tunnel: &str) -> String {
    if tunnel.is_empty() {
        return router.to_owned();
    }
    format!("{router}/{tunnel}")
}

/// Adds one tunnel to its router and to the router's IKE.
fn add(
    tunnel: &Entry<TunnelText>,
    (router, id): (&Entry<RouterText>, RouterId),
    process: &mut IkeProcess,
    routers: &mut Routers,
    problems: &mut Problems,
) {
    let Some(text) = &tunnel.body else { return };
    let local = local(tunnel, text, (router, id), routers, problems);
    let connection = match text.kind {
        None | Some(WrapText::Ipsec) => {
            let to = text.to.get().map(|to| to.value);
            let [near, far] = [local, to].map(|end| end.unwrap_or(Ipv4Addr::UNSPECIFIED));
            let name = &tunnel.name.value;
            let Some(connection) = negotiation::connection(name, text, (near, far), problems) else {
                return;
            };
            Some(connection)
        }
        Some(WrapText::Gre) => {
            check_plain(tunnel, text, problems);
            None
        }
    };
    let (Some(to), Some(inside), Some(local)) = (text.to.get(), text.inside.get(), local) else {
        return;
    };
    check_peer(*to, (router, id), routers, problems);
    check_inside(tunnel, inside.value.0, (id, inside.place), routers, problems);
    routers.claim(id, inside.value.0.addr(), inside.place, problems);
    let bores = routers.bores.entry(id).or_default();
    if let Some(other) = bores.iter().find(|it| it.outer == (local, to.value)) {
        let message = format!(
            "tunnel `{}` runs between the same two addresses, {local} and {}",
            other.name, to.value
        );
        problems.push(
            Problem::error(Code::AddressTaken, to.place, message)
                .also(other.place, "the other tunnel")
                .help("IKE tells its peers apart by their addresses: give one of the two another `from` or `to`"),
        );
    }
    bores.push(Bore {
        name: tunnel.name.value.clone(),
        inside: inside.value.0,
        outer: (local, to.value),
        place: to.place,
        start: (connection.iter().flat_map(|it| &it.children))
            .map(|child| child.start_action)
            .find(|action| *action != Action::Clear)
            .unwrap_or(Action::Clear),
        plain: connection.is_none(),
    });
    let tunnel_id = routers.routing.add_tunnel(id, inside.value.0, (local, to.value));
    let router = &router.name.value;
    routers
        .names
        .insert(tunnel_id, full_name(router, &tunnel.name.value));
    if let Some(row) = routers.routing.tunnels.get(tunnel_id) {
        let interface = row.interface;
        if let Some(row) = routers.routing.interfaces.get_mut(interface) {
            row.mtu = text.mtu;
            // As AWS's sample configurations for customer gateway devices do.
            row.mss_clamp = text.mss_clamp.unwrap_or(MssClamp::ToMtu);
        }
        routers
            .names
            .insert(interface, format!("{router}:{}", tunnel.name.value));
    }
    let Some(connection) = connection else {
        return routers.routing.make_plain(tunnel_id);
    };
    process.tunnels.push(Protected {
        connection: Id::from_index(u32::try_from(process.connections.len()).unwrap_or(u32::MAX)),
        child: Id::from_index(0),
        tunnel: tunnel_id,
    });
    // AWS's ends are known by their outer addresses, whatever name they are called by.
    let local_id = match (text.side, &connection.authentication) {
        (Side::Aws | Side::AwsAccelerated, Authentication::SharedKey(_)) => Some(Identity::Address(local)),
        (Side::Aws | Side::AwsAccelerated | Side::Customer, _) => connection.local_id.clone(),
    };
    process.connections.push(Arc::new(Connection {
        local,
        remote: Some(to.value),
        local_id,
        ..connection
    }));
}

/// GRE negotiates nothing, so nothing can be said of it.
fn check_plain(tunnel: &Entry<TunnelText>, text: &TunnelText, problems: &mut Problems) {
    if text.terms.key.is_some() || text.terms.certificate.is_some() {
        let message = format!("tunnel `{}` is of GRE, which has no key", tunnel.name.value);
        problems.push(
            Problem::error(Code::BadValue, tunnel.name.place, message)
                .help("leave key and certificate out, or make it a tunnel of IPsec"),
        );
    }
}

/// The outer address of this end: said outright, that of a link, or the only one that there is.
fn local(
    tunnel: &Entry<TunnelText>,
    text: &TunnelText,
    (router, id): (&Entry<RouterText>, RouterId),
    routers: &Routers,
    problems: &mut Problems,
) -> Option<Ipv4Addr> {
    let ports = routers.ports(id);
    let Some(from) = &text.from else {
        if let [port] = ports {
            return Some(port.address.addr());
        }
        let message = format!("router `{}` has {} links", router.name.value, ports.len());
        problems.push(
            Problem::error(Code::MissingField, tunnel.name.place, message)
                .help("say by `from` which link the tunnel leaves by, or from which address"),
        );
        return None;
    };
    let Ok(address) = from.value.parse::<Ipv4Addr>() else {
        let port = ports.iter().find(|port| port.link == from.value);
        if port.is_none() {
            let message = format!(
                "`{}` is neither a link of router `{}` nor an address",
                from.value, router.name.value
            );
            let own = ports.iter().map(|port| port.link.as_str());
            problems.push_mistyped(
                Problem::error(Code::UnknownName, from.place, message),
                &from.value,
                own,
            );
        }
        return port.map(|port| port.address.addr());
    };
    if routers
        .owners
        .get(&address)
        .is_some_and(|(owner, _)| *owner == id)
    {
        return Some(address);
    }
    let message = format!("{address} is no address of router `{}`", router.name.value);
    problems.push(
        Problem::error(Code::NotInside, from.place, message)
            .help("name an address of its links or loopbacks, or a link"),
    );
    None
}

fn check_peer(
    to: At<Ipv4Addr>,
    (router, id): (&Entry<RouterText>, RouterId),
    routers: &Routers,
    problems: &mut Problems,
) {
    match routers.owners.get(&to.value) {
        Some((owner, _)) if *owner == id => {
            let message = format!("{} is an address of `{}` itself", to.value, router.name.value);
            problems.push(
                Problem::error(Code::BadValue, to.place, message)
                    .help("`to` is the outer address of the other gateway"),
            );
        }
        Some(_) | None => {}
    }
}

/// The inside prefix may overlap nothing else of the router: it could not tell which leads where.
fn check_inside(
    tunnel: &Entry<TunnelText>,
    net: Ipv4Net,
    (id, place): (RouterId, Place),
    routers: &Routers,
    problems: &mut Problems,
) {
    let ports = routers.connected(id).map(|(address, _, name)| (address, name));
    let bores = routers.bores.get(&id).into_iter().flatten();
    let mut others = ports.chain(bores.map(|bore| (bore.inside, bore.name.as_str())));
    let clash = others.find(|(other, _)| overlap(other.trunc(), net.trunc()) && other.addr() != net.addr());
    if let Some((other, name)) = clash {
        let message = format!(
            "the inside prefix {} of tunnel `{}` overlaps {} of `{name}` at the same router",
            net.trunc(),
            tunnel.name.value,
            other.trunc()
        );
        problems.push(Problem::error(Code::Overlap, place, message));
    }
}

/// A tunnel that no gateway answers is most likely a mistake.
pub(super) fn check_answered(routers: &Routers, problems: &mut Problems) {
    // Where something is wrong already, a tunnel that is missing is most likely a consequence.
    if problems.any_error() {
        return;
    }
    let all = routers.bores.values().flatten();
    let by_ends: BTreeMap<_, &Bore> = all.map(|bore| (bore.outer, bore)).collect();
    for bore in routers.bores.values().flatten() {
        let (local, remote) = bore.outer;
        let straight = by_ends.get(&(remote, local)).copied();
        match straight.or_else(|| behind_translation(bore, routers)) {
            Some(other) if other.inside.trunc() == bore.inside.trunc() => {
                // Told once, at the end with the higher address.
                let neither = bore.start == Action::Clear && other.start == Action::Clear;
                if neither && !bore.plain && local > remote {
                    problems.push(
                        Problem::warning(
                            Code::BothWait,
                            bore.place,
                            "both gateways of the tunnel wait to be called",
                        )
                        .also(other.place, "the other one")
                        .help("let one of them call: start: start, or trap to call when a packet comes"),
                    );
                }
            }
            Some(other) => {
                let message = format!(
                    "the other end has {} inside, which is not in {}",
                    other.inside,
                    bore.inside.trunc()
                );
                problems.push(
                    Problem::warning(Code::NotInside, bore.place, message)
                        .help("the two inside addresses of a tunnel are of one prefix"),
                );
            }
            None => {
                let message = match routers.owners.get(&remote) {
                    None => format!("no router has the address {remote}"),
                    Some((owner, _)) => format!(
                        "router `{}` has no tunnel back from {remote} to {local}",
                        routers.names.of(*owner)
                    ),
                };
                problems.push(Problem::warning(Code::NoPeer, bore.place, message).help(
                    "a tunnel comes up only where both gateways have it, each with the other's outer address",
                ));
            }
        }
    }
}

/// The tunnel whose interface has an address, where it waits for a packet, the other gateway for being called, and no
/// static route leads a packet into it: told by where the text gives its peer.
pub(super) fn idle_trap(inside: Ipv4Addr, routers: &Routers) -> Option<Place> {
    let mut all = routers
        .bores
        .iter()
        .flat_map(|(id, bores)| bores.iter().map(move |bore| (*id, bore)));
    let (id, bore) = all.find(|(_, bore)| bore.inside.addr() == inside && bore.start == Action::Trap)?;
    let mut others = routers.bores.values().flatten();
    let far = others.find(|other| other.outer == (bore.outer.1, bore.outer.0))?;
    let row = routers.routing.routers.get(id)?;
    let leads_in = |via: Option<Ipv4Addr>| via.is_some_and(|via| bore.inside.contains(&via));
    let has_route = row.static_routes.iter().any(|route| leads_in(route.via));
    (far.start == Action::Clear && !has_route).then_some(bore.place)
}

/// The other end of a tunnel, one end of which is behind a router's source NAT.
fn behind_translation<'a>(bore: &Bore, routers: &'a Routers) -> Option<&'a Bore> {
    let leads = |from: &Bore, to: &Bore| {
        let (hidden, visible) = (to.outer.0, from.outer.1);
        hidden == visible || shows_as(hidden, visible, routers)
    };
    let mut all = routers.bores.values().flatten();
    all.find(|other| {
        leads(bore, other)
            && leads(other, bore)
            && bore.inside.trunc() == other.inside.trunc()
            && !other.plain
    })
}

/// Whether who has an address is hidden behind another one.
fn shows_as(hidden: Ipv4Addr, visible: Ipv4Addr, routers: &Routers) -> bool {
    let row = |(id, _): &(RouterId, Place)| routers.routing.routers.get(*id);
    let Some(row) = routers.owners.get(&visible).and_then(row) else {
        return false;
    };
    let address = |interface| Some(routers.routing.interfaces.get(interface)?.address.addr());
    let mut all = row.nat.iter();
    all.any(|nat| nat.source.contains(&hidden) && address(nat.interface) == Some(visible))
}

impl Bore {
    /// The inside address of the other end: the other host of a /30 or /31, else what the other gateway has.
    pub(super) fn far(&self, routers: &Routers) -> Option<Ipv4Addr> {
        let (local, remote) = self.outer;
        let mut all = routers.bores.values().flatten();
        let mirror = all.find(|bore| bore.outer == (remote, local));
        let told = mirror.map(|bore| bore.inside.addr());
        let mut hosts = self.inside.hosts();
        let other = hosts.find(|host| *host != self.inside.addr());
        told.or(other.filter(|_| self.inside.prefix_len() >= 30))
    }
}
