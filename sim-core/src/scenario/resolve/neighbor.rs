//! Between which two addresses a BGP session runs.

use std::net::Ipv4Addr;

use ipnet::Ipv4Net;

use crate::resource::RouterId;
use crate::scenario::diagnostic::Code;
use crate::scenario::problem::{At, Problem, Problems};
use crate::scenario::read::Entry;
use crate::scenario::sections::{NeighborText, RouterText};

use super::router::{Port, Routers};
use super::scope::Scope;

/// The two addresses of a session, and the prefix of the link where it runs over one.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ends {
    pub(super) local: Ipv4Addr,
    pub(super) remote: Ipv4Addr,
    pub(super) subnet: Option<Ipv4Net>,
}

impl Ends {
    fn over(port: &Port) -> Self {
        Self {
            local: port.address.addr(),
            remote: port.far.1,
            subnet: Some(port.address.trunc()),
        }
    }
}

/// The two ends of a session; `None` where they cannot be told, which has then been reported.
pub(super) fn ends(
    neighbor: &Entry<NeighborText>,
    router: (&Entry<RouterText>, RouterId),
    scope: &Scope,
    routers: &Routers,
    problems: &mut Problems,
) -> Option<Ends> {
    let text = neighbor.body.as_ref()?;
    if let Some(tunnel) = &text.tunnel {
        let link = text.link.as_ref().map(|link| link.place);
        let other = link.or_else(|| Some(text.address.or(text.source)?.place));
        if let Some(other) = other {
            let message = "a neighbor is at the other end of a tunnel, of a link, or at an address";
            problems.push(
                Problem::error(Code::BadValue, other, message).also(tunnel.place, "the tunnel is here"),
            );
            return None;
        }
        return through_tunnel(tunnel, router, routers, problems);
    }
    if let (Some(link), Some(other)) = (&text.link, text.address.or(text.source)) {
        let message = "a neighbor is at the other end of a link or at an address, not both";
        problems
            .push(Problem::error(Code::BadValue, other.place, message).also(link.place, "the link is here"));
        return None;
    }
    match (&text.link, text.address) {
        (Some(link), _) => over_link(neighbor, link, router, (scope, routers), problems),
        (None, Some(address)) => at_address(text, address, router, routers, problems),
        (None, None) => by_name(neighbor, router, (scope, routers), problems),
    }
}

fn over_link(
    neighbor: &Entry<NeighborText>,
    link: &At<String>,
    (router, id): (&Entry<RouterText>, RouterId),
    (scope, routers): (&Scope, &Routers),
    problems: &mut Problems,
) -> Option<Ends> {
    scope.links.find(link, problems)?;
    let ports = routers.ports(id);
    let Some(port) = ports.iter().find(|port| port.link == link.value) else {
        // A link whose ends were wrong has been reported already.
        if routers.routing.links.len() == scope.links.len() {
            let message = format!(
                "router `{}` is at no end of link `{}`",
                router.name.value, link.value
            );
            let own = ports.iter().map(|port| port.link.as_str());
            problems.push_mistyped(
                Problem::error(Code::NotInside, link.place, message),
                &link.value,
                own,
            );
        }
        return None;
    };
    // A neighbor may be called anything; one that is called as a router is meant to be that router.
    let meant = scope.routers.get(&neighbor.name.value);
    if meant.is_some_and(|meant| meant != port.far.0) {
        let message = format!(
            "link `{}` leads to `{}`, not to `{}`",
            link.value,
            routers.names.of(port.far.0),
            neighbor.name.value
        );
        problems.push(
            Problem::error(Code::NotInside, link.place, message).also(neighbor.name.place, "the neighbor"),
        );
        return None;
    }
    Some(Ends::over(port))
}

fn through_tunnel(
    tunnel: &At<String>,
    (router, id): (&Entry<RouterText>, RouterId),
    routers: &Routers,
    problems: &mut Problems,
) -> Option<Ends> {
    let own = routers.bores.get(&id).map_or(&[][..], Vec::as_slice);
    let Some(bore) = own.iter().find(|bore| bore.name == tunnel.value) else {
        // One whose text was wrong has been reported already.
        let is_there = |text: &RouterText| text.tunnels.iter().any(|entry| entry.name.value == tunnel.value);
        if !router.body.as_ref().is_some_and(is_there) {
            let message = format!("router `{}` has no tunnel `{}`", router.name.value, tunnel.value);
            let names = own.iter().map(|bore| bore.name.as_str());
            problems.push_mistyped(
                Problem::error(Code::UnknownName, tunnel.place, message),
                &tunnel.value,
                names,
            );
        }
        return None;
    };
    let Some(remote) = bore.far(routers) else {
        let message = format!(
            "nobody says which address of {} the other end of tunnel `{}` has",
            bore.inside.trunc(),
            tunnel.value
        );
        problems.push(
            Problem::error(Code::MissingField, tunnel.place, message)
                .help("give the tunnel a /30 inside, or the other gateway its end of it"),
        );
        return None;
    };
    Some(Ends {
        local: bore.inside.addr(),
        remote,
        subnet: Some(bore.inside.trunc()),
    })
}

fn at_address(
    text: &NeighborText,
    address: At<Ipv4Addr>,
    (router, id): (&Entry<RouterText>, RouterId),
    routers: &Routers,
    problems: &mut Problems,
) -> Option<Ends> {
    let is_own = |address: Ipv4Addr| {
        routers
            .owners
            .get(&address)
            .is_some_and(|(owner, _)| *owner == id)
    };
    if is_own(address.value) {
        let message = format!(
            "{} is an address of `{}` itself",
            address.value, router.name.value
        );
        problems.push(Problem::error(Code::BadValue, address.place, message));
        return None;
    }
    let mut connected = routers.connected(id).map(|(own, _, _)| own);
    let near = connected.find(|own| own.contains(&address.value));
    let subnet = |local: Ipv4Addr| {
        let near = near.filter(|own| own.addr() == local)?;
        Some(near.trunc())
    };
    if let Some(source) = text.source {
        if !is_own(source.value) {
            let message = format!("{} is no address of router `{}`", source.value, router.name.value);
            problems.push(
                Problem::error(Code::NotInside, source.place, message)
                    .help("add it to the router's loopbacks, or name an address of its links"),
            );
            return None;
        }
        return Some(Ends {
            local: source.value,
            remote: address.value,
            subnet: subnet(source.value),
        });
    }
    let loopback = router.body.as_ref().and_then(|text| text.loopbacks.first());
    let local = near.map(|own| own.addr()).or(loopback.map(|it| it.value));
    let Some(local) = local else {
        let message = format!(
            "{} is on no link or segment of `{}`, which has no loopback address to speak from",
            address.value, router.name.value
        );
        problems.push(
            Problem::error(Code::NotInside, address.place, message)
                .help("give the router a loopback address, or say `source`"),
        );
        return None;
    };
    Some(Ends {
        local,
        remote: address.value,
        subnet: subnet(local),
    })
}

/// A neighbor of which nothing but a router's name is said: at the other end of the one link to it.
fn by_name(
    neighbor: &Entry<NeighborText>,
    (router, id): (&Entry<RouterText>, RouterId),
    (scope, routers): (&Scope, &Routers),
    problems: &mut Problems,
) -> Option<Ends> {
    let name = &neighbor.name;
    let far = scope.routers.find(name, problems)?;
    let between: Vec<&Port> = routers
        .ports(id)
        .iter()
        .filter(|port| port.far.0 == far)
        .collect();
    match between.as_slice() {
        [port] => Some(Ends::over(port)),
        [] => {
            let message = format!("no link joins `{}` and `{}`", router.name.value, name.value);
            problems.push(
                Problem::error(Code::MissingField, name.place, message)
                    .help("say at which `address` the neighbor is, or add a link"),
            );
            None
        }
        several => {
            let links: Vec<&str> = several.iter().map(|port| port.link.as_str()).collect();
            let message = format!("several links join `{}` and `{}`", router.name.value, name.value);
            problems.push(
                Problem::error(Code::MissingField, name.place, message)
                    .help(format!("say which `link` it is: {}", links.join(", "))),
            );
            None
        }
    }
}
