//! One path, hop by hop, there and back.

use std::net::Ipv4Addr;

use serde::Serialize;

use crate::analysis::wording::thing_text;
use crate::analysis::{HopRow, PathQuestion, Sender, path};
use crate::net::Protocol;
use crate::reason::Reason;
use crate::resource::ResourceRef;
use crate::units::SimTime;
use crate::world::World;

use super::json;

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
    /// The address that it sends to.
    pub address: Ipv4Addr,
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
    /// How long a packet takes there and back, where both ways work.
    #[serde(rename = "round_trip_s", serialize_with = "json::span_or_null")]
    pub round_trip: Option<crate::units::Span>,
    /// There.
    pub forward: Vec<HopRow>,
    /// And back.
    #[serde(rename = "return")]
    pub back: Vec<HopRow>,
}

/// What is asked, in words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PathWords<'a> {
    /// The host or router that sends.
    pub from: &'a str,
    /// A host, a router, an endpoint or an address.
    pub to: &'a str,
    /// The transport protocol; TCP where left out, ICMP between routers.
    pub proto: Option<Protocol>,
    /// The destination port; 443 where left out.
    pub port: Option<u16>,
}

pub(super) fn report(lab: &str, world: &World, words: &PathWords<'_>) -> Result<PathReport, PathError> {
    let names = world.names();
    let network = world.network();
    let unknown_host = || PathError::NoSuchSender {
        name: words.from.to_owned(),
        near: nearest(words.from, world, |thing| sender_of(thing, world).is_some()),
    };
    let from = names
        .find(words.from)
        .iter()
        .find_map(|thing| sender_of(*thing, world))
        .ok_or_else(unknown_host)?;
    let address: Ipv4Addr = match words.to.parse() {
        Ok(address) => address,
        Err(_) => {
            let found = names
                .find(words.to)
                .iter()
                .find_map(|thing| address_of(*thing, world));
            found.ok_or_else(|| PathError::NoSuchTarget {
                name: words.to.to_owned(),
                near: nearest(words.to, world, |thing| address_of(thing, world).is_some()),
            })?
        }
    };
    // Nothing but a routing protocol listens on a router: asked for nothing else, it is pinged.
    let to_router = world.router_at(address).is_some();
    let proto = words.proto.unwrap_or(match (to_router, words.port) {
        (true, None) => Protocol::Icmp,
        (true, Some(_)) | (false, _) => Protocol::Tcp,
    });
    let is_icmp = proto == Protocol::Icmp;
    let port = words.port.unwrap_or(443);
    let question = PathQuestion {
        from,
        to: address,
        protocol: proto,
        port: if is_icmp { 0 } else { port },
    };
    let found = path::trace(network, names, world.now(), question).ok_or_else(unknown_host)?;
    Ok(PathReport {
        lab: lab.to_owned(),
        at_time: world.now(),
        from: words.from.to_owned(),
        to: words.to.to_owned(),
        address,
        proto,
        port: (!is_icmp).then_some(port),
        ok: found.ok,
        reason: found.refusal.map(|refusal| refusal.reason),
        at: found.refusal.map(|refusal| thing_text(refusal.at, names)),
        round_trip: found.round_trip,
        forward: found.forward,
        back: found.back,
    })
}

/// What can send: a router, or a computer.
fn sender_of(thing: ResourceRef, world: &World) -> Option<Sender> {
    match thing {
        ResourceRef::Router(id) => Some(Sender::Router(id)),
        other => host_of(other, world).map(Sender::Host),
    }
}

/// The computer that a name means: a host, or the one behind what the migration calls so.
fn host_of(thing: ResourceRef, world: &World) -> Option<crate::resource::HostId> {
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
        ResourceRef::ServiceEndpoint(id) => return cloud.services.get(id)?.addresses.first().copied(),
        other => world.network().hosts.get(host_of(other, world)?)?.interface,
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
