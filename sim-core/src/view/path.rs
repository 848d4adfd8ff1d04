//! One path, hop by hop, there and back.

use std::net::Ipv4Addr;

use serde::Serialize;

use crate::analysis::wording::thing_text;
use crate::analysis::{HopRow, PathQuestion, Sender, WayMtu, path};
use crate::net::{Mtu, Protocol};
use crate::proto::dns::{Name, NameError};
use crate::reason::Reason;
use crate::resource::{HostId, ResourceRef};
use crate::site::Power;
use crate::units::SimTime;
use crate::verdict::{Refusal, Rule};
use crate::world::World;

use super::json;
use super::resolution::{self, Resolution};

/// Why a path cannot be asked about.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PathError {
    /// The sender has to be a host or a router.
    #[error("no host or router is called `{name}`{}", or_meant(near.as_deref()))]
    NoSuchSender {
        /// The name as written.
        name: String,
        /// The nearest name, where one is near.
        near: Option<String>,
    },
    /// The receiver has to have an address.
    #[error("`{name}` is no address, and no host, router or endpoint with one is called so{}", or_meant(near.as_deref()))]
    NoSuchTarget {
        /// The name as written.
        name: String,
        /// The nearest name, where one is near.
        near: Option<String>,
    },
    /// What looks like a DNS name has to be one.
    #[error("`{name}` is no address, no host or endpoint with one, and no DNS name: {error}")]
    NotAName {
        /// The name as written.
        name: String,
        /// What is wrong with it.
        error: NameError,
    },
}

pub(super) fn or_meant(near: Option<&str>) -> String {
    near.map_or(String::new(), |near| format!("; did you mean `{near}`?"))
}

/// A path and its verdict.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PathReport {
    /// The lab.
    pub lab: String,
    /// The instant.
    #[serde(rename = "at_s", serialize_with = "json::instant")]
    pub at_time: SimTime,
    /// The host or router that sends.
    pub from: String,
    /// What it sends to, as it was asked.
    pub to: String,
    /// The address that it sends to; none where a DNS name gave none.
    pub address: Option<Ipv4Addr>,
    /// How a DNS name was resolved by the sender; none where no name was asked about.
    pub resolution: Option<Resolution>,
    /// The transport protocol.
    pub proto: Protocol,
    /// The destination port; none for ICMP.
    pub port: Option<u16>,
    /// Whether the packet arrived, was answered, and the answer came back.
    pub ok: bool,
    /// What stopped it.
    pub reason: Option<Reason>,
    /// The component that stopped it.
    pub at: Option<String>,
    /// What mends it, with the names of the lab.
    pub look: Option<String>,
    /// How long a packet takes there and back, where both ways work.
    #[serde(rename = "round_trip_s", serialize_with = "json::span_or_null")]
    pub round_trip: Option<crate::units::Span>,
    /// There.
    pub forward: Vec<HopRow>,
    /// And back.
    #[serde(rename = "return")]
    pub back: Vec<HopRow>,
    /// How large the packets are that were asked about, in bytes; small ones where nothing was said.
    pub size_bytes: Option<u16>,
    /// How large the packets are that TCP sends once it hears that those are too large, in bytes; `at` is where they were.
    pub sent_again_bytes: Option<u16>,
    /// How large packets may be on the way there, where one arrives.
    pub forward_mtu: Option<WayMtu>,
    /// And on the way back.
    pub return_mtu: Option<WayMtu>,
}

/// What is asked, in words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PathWords<'a> {
    /// The host or router that sends, or its address.
    pub from: &'a str,
    /// A host, a router, an endpoint, an address, or a DNS name that the sender resolves.
    pub to: &'a str,
    /// The transport protocol; TCP where left out, ICMP between routers.
    pub proto: Option<Protocol>,
    /// The destination port; 443 where left out.
    pub port: Option<u16>,
    /// How large the packets are, in bytes, that may not be cut; small where left out.
    pub size: Option<Mtu>,
}

/// What a question is about, once its words are understood.
enum Target {
    Address(Ipv4Addr),
    Name(Resolution),
}

pub(super) fn report(lab: &str, world: &World, words: &PathWords<'_>) -> Result<PathReport, PathError> {
    let names = world.names();
    let unknown_host = || PathError::NoSuchSender {
        name: words.from.to_owned(),
        near: nearest(words.from, world, |thing| sender_of(thing, world).is_some()),
    };
    let from = sender(words.from, world).ok_or_else(unknown_host)?;
    let (address, resolution) = match target(from, world, words)? {
        Target::Address(address) => (Some(address), None),
        Target::Name(resolution) => {
            let question = |to| {
                let (protocol, port) = over(words, is_router(to, world));
                PathQuestion {
                    from,
                    to,
                    protocol,
                    port: port.unwrap_or(0),
                    size_bytes: None,
                }
            };
            let found = world.first_that_answers(&resolution.addresses, question);
            (found, Some(resolution))
        }
    };
    let (proto, port) = over(words, address.is_some_and(|address| is_router(address, world)));
    let mut report = PathReport {
        lab: lab.to_owned(),
        at_time: world.now(),
        from: words.from.to_owned(),
        to: words.to.to_owned(),
        address,
        proto,
        port,
        ok: false,
        reason: resolution.as_ref().and_then(|it| it.reason),
        at: resolution.as_ref().and_then(|it| it.at.clone()),
        look: resolution
            .as_ref()
            .and_then(|it| it.reason)
            .map(|reason| reason.look().to_owned()),
        resolution,
        round_trip: None,
        forward: Vec::new(),
        back: Vec::new(),
        size_bytes: words.size.map(Mtu::bytes),
        sent_again_bytes: None,
        forward_mtu: None,
        return_mtu: None,
    };
    let Some(to) = address else { return Ok(report) };
    let question = PathQuestion {
        from,
        to,
        protocol: proto,
        port: port.unwrap_or(0),
        size_bytes: report.size_bytes,
    };
    let found = path::trace(world, question).ok_or_else(unknown_host)?;
    report.ok = found.ok;
    report.sent_again_bytes = found.sent_again_bytes;
    report.at = found.refusal.map(|refusal| thing_text(refusal.at, names));
    let failed = found.refusal.filter(|_| !found.ok);
    report.reason = failed.map(|refusal| refusal.reason);
    report.look = failed.map(|refusal| look(&refusal, world));
    report.round_trip = found.round_trip;
    report.forward = found.forward;
    report.back = found.back;
    report.forward_mtu = found.forward_mtu;
    report.return_mtu = found.back_mtu;
    Ok(report)
}

/// What mends it: the reason's own advice, or more where the lab knows who is to do what.
fn look(refusal: &Refusal, world: &World) -> String {
    match refusal.rule {
        Some(Rule::NoFibRoute { router }) => format!(
            "give {} a route for the destination: a static one, or one that a neighbor announces and its policy takes",
            world.names().of(router)
        ),
        Some(Rule::NoWayToNextHop { router, prefix, .. }) => {
            let path = world.unusable_path(router, prefix);
            path.map_or_else(
                || refusal.reason.look().to_owned(),
                |path| world.way_to_next_hop(router, path.peer, path.next_hop),
            )
        }
        _ => refusal.reason.look().to_owned(),
    }
}

/// The protocol and port that are asked about. Only BGP and IKE listen on a router: asked for nothing
/// else, it is pinged.
fn over(words: &PathWords<'_>, to_router: bool) -> (Protocol, Option<u16>) {
    let proto = words.proto.unwrap_or(match (to_router, words.port) {
        (true, None) => Protocol::Icmp,
        (true, Some(_)) | (false, _) => Protocol::Tcp,
    });
    match proto {
        Protocol::Icmp => (proto, None),
        Protocol::Tcp | Protocol::Udp | Protocol::Esp | Protocol::Gre => {
            (proto, Some(words.port.unwrap_or(443)))
        }
    }
}

/// Whether an address is a router's, or one that routers share.
fn is_router(address: Ipv4Addr, world: &World) -> bool {
    let mut shared = world.network().gateways.rows().iter().map(|row| row.address);
    world.router_at(address).is_some() || shared.any(|it| it == address)
}

/// What sends: by its name, by what the migration calls it, or by an address that no other host or router has.
fn sender(word: &str, world: &World) -> Option<Sender> {
    let Ok(address) = word.parse::<Ipv4Addr>() else {
        let named = world.names().find(word);
        return named.iter().find_map(|thing| sender_of(*thing, world));
    };
    let network = world.network();
    let mut hosts = network
        .hosts
        .iter()
        .filter(|(_, host)| host.power != Power::Terminated && host.address(&network.cloud) == Some(address));
    match (hosts.next(), hosts.next(), world.router_at(address)) {
        (Some((id, _)), None, None) => Some(Sender::Host(id)),
        (None, _, Some(router)) => Some(Sender::Router(router)),
        // Networks that never meet may use the same addresses.
        _ => None,
    }
}

/// An address as it is, the address of what the lab calls so, or a DNS name as `from` resolves it.
fn target(from: Sender, world: &World, words: &PathWords<'_>) -> Result<Target, PathError> {
    if let Ok(address) = words.to.parse() {
        return Ok(Target::Address(address));
    }
    let named = world.names().find(words.to);
    if let Some(address) = named.iter().find_map(|thing| address_of(*thing, world)) {
        return Ok(Target::Address(address));
    }
    let nothing_near = |near| PathError::NoSuchTarget {
        name: words.to.to_owned(),
        near,
    };
    let near = nearest(words.to, world, |thing| address_of(thing, world).is_some());
    // Without a dot it is a name of the lab's, and dotted numbers are an address gone wrong.
    let dotted = words.to.contains('.');
    let numbers = |c: char| c.is_ascii_digit() || c == '.';
    let host = match from {
        Sender::Host(host) if dotted && !words.to.chars().all(numbers) => host,
        // A router asks no name server.
        Sender::Host(_) | Sender::Router(_) => return Err(nothing_near(near)),
    };
    let name: Name = words.to.parse().map_err(|error| PathError::NotAName {
        name: words.to.to_owned(),
        error,
    })?;
    let resolution = resolution::resolve(host, &name, world);
    match near {
        // Nothing answers to it, and it is nearly what the lab calls something.
        Some(near) if resolution.addresses.is_empty() => Err(nothing_near(Some(near))),
        _ => Ok(Target::Name(resolution)),
    }
}

/// What can send: a router, or a computer.
fn sender_of(thing: ResourceRef, world: &World) -> Option<Sender> {
    match thing {
        ResourceRef::Router(id) => Some(Sender::Router(id)),
        other => host_of(other, world).map(Sender::Host),
    }
}

/// The computer that a name means: a host, or the one behind what the migration calls so.
fn host_of(thing: ResourceRef, world: &World) -> Option<HostId> {
    match thing {
        ResourceRef::Host(id) => Some(id),
        ResourceRef::SourceServer(id) => Some(world.mgn()?.server(id)?.host()),
        ResourceRef::ReplicationServer(id) => world.mgn()?.replicator(id)?.host(),
        _ => None,
    }
}

/// The address of whatever has one.
fn address_of(thing: ResourceRef, world: &World) -> Option<Ipv4Addr> {
    let cloud = &world.network().cloud;
    let interface = match thing {
        ResourceRef::InterfaceEndpoint(id) => *cloud.interface_endpoints.get(id)?.interfaces.first()?,
        ResourceRef::ResolverEndpoint(id) => *cloud.resolver_endpoints.get(id)?.interfaces.first()?,
        ResourceRef::NatGateway(id) => cloud.nat_gateways.get(id)?.interface,
        ResourceRef::NetworkInterface(id) => id,
        ResourceRef::Router(id) => {
            let row = world.network().routers.get(id)?;
            return row.loopbacks.first().or_else(|| row.addresses.first()).copied();
        }
        ResourceRef::RouterInterface(id) => {
            return Some(world.network().router_interfaces.get(id)?.address.addr());
        }
        ResourceRef::VirtualGateway(id) => return Some(world.network().gateways.get(id)?.address),
        ResourceRef::ServiceEndpoint(id) => return cloud.services.get(id)?.addresses.first().copied(),
        other => return world.network().address_of(host_of(other, world)?),
    };
    Some(cloud.interfaces.get(interface)?.address)
}

/// The nearest name of a thing that would do, where one is near.
pub(super) fn nearest(wanted: &str, world: &World, would_do: impl Fn(ResourceRef) -> bool) -> Option<String> {
    world
        .names()
        .iter()
        .filter(|(thing, _)| would_do(*thing))
        .map(|(_, name)| (strsim::damerau_levenshtein(wanted, name), name))
        .filter(|(distance, _)| *distance <= 2)
        .min()
        .map(|(_, name)| name.to_owned())
}
