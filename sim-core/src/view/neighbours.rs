//! What stands beside a thing, and what belongs to it.

use crate::resource::ResourceRef;
use crate::site::Attachment;

use super::topology::{Place, Topology};
use super::{Health, View};

/// A thing beside another one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Neighbour {
    /// The thing.
    pub id: ResourceRef,
    /// Its name.
    pub name: String,
    /// How the two are joined: by a link's name, or by standing in each other.
    pub by: String,
    /// How well what joins them does, or the neighbour where they stand in each other.
    pub health: Health,
}

impl Topology {
    /// Which thing stands at a place, its name and its health.
    #[must_use]
    pub fn thing(&self, place: Place) -> Option<(ResourceRef, &str, Health)> {
        match place {
            Place::Container(place) => {
                let it = self.containers.get(place)?;
                Some((it.id, &it.name, it.health))
            }
            Place::Node(place) => {
                let it = self.nodes.get(place)?;
                Some((it.id, &it.name, it.health))
            }
        }
    }
    /// Where a thing stands.
    #[must_use]
    pub fn place_of(&self, thing: ResourceRef) -> Option<Place> {
        let container = self.containers.iter().position(|it| it.id == thing);
        let node = || self.nodes.iter().position(|it| it.id == thing);
        container
            .map(Place::Container)
            .or_else(|| node().map(Place::Node))
    }

    /// What stands beside a thing: what links lead to, what holds it, what it holds; of a link its ends.
    #[must_use]
    pub fn neighbours(&self, thing: ResourceRef) -> Vec<Neighbour> {
        let mut all = Vec::new();
        let mut add = |place: Place, by: &str, health: Option<Health>| {
            if let Some((id, name, own)) = self.thing(place) {
                all.push(Neighbour {
                    id,
                    name: name.to_owned(),
                    by: by.to_owned(),
                    health: health.unwrap_or(own),
                });
            }
        };
        if let Some(link) = self.links.iter().find(|link| link.id == thing) {
            for end in link.ends {
                add(end, "an end of it", None);
            }
        }
        let Some(here) = self.place_of(thing) else {
            return all;
        };
        for link in &self.links {
            let far = match link.ends {
                [near, far] if near == here => far,
                [far, near] if near == here => far,
                _ => continue,
            };
            add(far, &link.name, Some(link.health));
        }
        let parent = match here {
            Place::Container(place) => self.containers.get(place).and_then(|it| it.parent),
            Place::Node(place) => self.nodes.get(place).and_then(|it| it.parent),
        };
        if let Some(parent) = parent {
            add(Place::Container(parent), "holds it", None);
        }
        if let Place::Container(place) = here {
            for (inner, _) in self.containers_in(Some(place)) {
                add(Place::Container(inner), "in it", None);
            }
            for (node, _) in self.nodes_in(Some(place)) {
                add(Place::Node(node), "in it", None);
            }
        }
        all
    }
}

impl View<'_> {
    /// A thing with what belongs to it, so that what happened to either happened to it: a router's interfaces, sessions
    /// and tunnels, a link's two ends, a source server's host, a virtual interface's end of AWS's, who sends a probe.
    #[must_use]
    pub fn parts_of(&self, thing: ResourceRef) -> Vec<ResourceRef> {
        let network = self.world.network();
        let mut all = vec![thing];
        let interfaces = network.router_interfaces.iter();
        match thing {
            ResourceRef::Router(id) => {
                let own = interfaces.filter(|(_, row)| row.router == id);
                all.extend(own.map(|(interface, _)| ResourceRef::from(interface)));
                let sessions = self.world.bgp_sessions().filter(|(_, it)| it.row.router == id);
                all.extend(sessions.map(|(session, _)| ResourceRef::from(session)));
                let tunnels = network.tunnels.iter().filter(|(_, row)| row.router == id);
                all.extend(tunnels.map(|(tunnel, _)| ResourceRef::from(tunnel)));
            }
            ResourceRef::Link(id) => {
                let ends = network.links.get(id).map(|row| [row.a, row.b]);
                all.extend(ends.into_iter().flatten().map(ResourceRef::from));
            }
            ResourceRef::Segment(id) => {
                let on =
                    interfaces.filter(|(_, row)| matches!(row.attached, Attachment::Segment(it) if it == id));
                all.extend(on.map(|(interface, _)| ResourceRef::from(interface)));
            }
            // What becomes of a probe is written down of who sends it.
            ResourceRef::Probe(id) => {
                let probe = self.world.probes().nth(id.index());
                all.extend(probe.map(|(plan, _)| ResourceRef::from(plan.from)));
            }
            ResourceRef::VirtualInterface(id) => {
                let row = network.cloud.virtual_interfaces.get(id);
                if let Some(row) = row {
                    all.push(row.connection.into());
                    all.extend(self.parts_of(row.endpoint.into()));
                    // The line from AWS's end of it to the customer's.
                    let is_own = |end| {
                        let interface = network.router_interfaces.get(end);
                        interface.is_some_and(|it| it.router == row.endpoint)
                    };
                    let links = network.links.iter();
                    let own = links.filter(|(_, link)| is_own(link.a) || is_own(link.b));
                    all.extend(own.map(|(link, _)| ResourceRef::from(link)));
                }
            }
            ResourceRef::SourceServer(id) => {
                let server = self.world.mgn().and_then(|mgn| mgn.server(id));
                all.extend(server.map(|server| ResourceRef::from(server.host())));
            }
            ResourceRef::Host(id) => {
                let servers = self.world.mgn().into_iter().flat_map(|mgn| mgn.servers());
                let on = servers.filter(|(_, server)| server.host() == id);
                all.extend(on.map(|(server, _)| ResourceRef::from(server)));
            }
            _ => {}
        }
        all
    }
}
