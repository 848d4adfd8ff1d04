//! From the rows of `view` to the picture that the canvas draws, and back from a place in it to the
//! thing that it stands for.

use std::collections::BTreeMap;

use sim_core::lab::ResourceRef;
use sim_core::units::{BitRate, Ppm};
use sim_core::view::{self, Server};

use crate::topology::{ContainerKind, Item, NodeKind, Place, Topology};

/// What each item of a picture stands for, and where each thing is in it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Things {
    by_item: BTreeMap<Item, ResourceRef>,
    by_thing: BTreeMap<ResourceRef, Item>,
}

impl Things {
    /// What an item stands for.
    #[must_use]
    pub fn thing(&self, item: Item) -> Option<ResourceRef> {
        self.by_item.get(&item).copied()
    }
    /// Where a thing is in the picture, if it has a place there.
    #[must_use]
    pub fn item(&self, thing: ResourceRef) -> Option<Item> {
        self.by_thing.get(&thing).copied()
    }
    fn put(&mut self, item: Item, thing: ResourceRef) {
        self.by_item.insert(item, thing);
        self.by_thing.insert(thing, item);
    }
}

/// The picture of a lab called `title`.
#[must_use]
pub fn picture(title: &str, rows: &view::Topology, servers: &[Server]) -> (Topology, Things) {
    let mut topology = Topology::new(title);
    let mut things = Things::default();
    let mut boxes = Vec::with_capacity(rows.containers.len());
    for row in &rows.containers {
        let parent = row.parent.and_then(|parent| boxes.get(parent)).copied();
        let id = topology.add_container(parent, container_kind(row.kind), &row.name, &row.caption);
        if let Some(container) = topology.container_mut(id) {
            container.health = row.health;
        }
        boxes.push(id);
        things.put(Item::Container(id), row.id);
    }
    let on_the_move: BTreeMap<ResourceRef, &Server> = servers
        .iter()
        .map(|server| (server.host.into(), server))
        .collect();
    let mut nodes = Vec::with_capacity(rows.nodes.len());
    for row in &rows.nodes {
        let parent = row.parent.and_then(|parent| boxes.get(parent)).copied();
        let id = topology.add_node(parent, node_kind(row.kind), &row.name, &row.caption);
        let server = on_the_move.get(&row.id);
        if let Some(node) = topology.node_mut(id) {
            node.health = row.health;
            node.progress = server.map(|server| server.progress());
        }
        nodes.push(id);
        things.put(Item::Node(id), row.id);
        if let Some(server) = server {
            things.by_thing.insert(server.id.into(), Item::Node(id));
        }
    }
    let place = |end: view::Place| match end {
        view::Place::Container(at) => boxes.get(at).copied().map(Place::Container),
        view::Place::Node(at) => nodes.get(at).copied().map(Place::Node),
    };
    for row in &rows.links {
        let [Some(from), Some(to)] = row.ends.map(place) else {
            continue;
        };
        let id = topology.add_link([from, to], row.id.kind(), &row.name);
        if let Some(link) = topology.link_mut(id) {
            link.health = row.health;
            link.load = row.utilisation;
            link.note = link_note(row);
        }
        things.put(Item::Link(id), row.id);
    }
    (topology, things)
}

/// What a link carries, or why it carries nothing; nothing to say of one that merely waits.
fn link_note(row: &view::Link) -> String {
    if row.health > view::Health::Good {
        row.state.clone()
    } else if row.load > BitRate::ZERO {
        format!("{} · {}", row.load, share(row.utilisation))
    } else {
        String::new()
    }
}

/// A share in hundredths, as people read it.
#[must_use]
pub fn share(share: Ppm) -> String {
    match share.as_ppm() {
        0 => "0 %".to_owned(),
        1..10_000 => "< 1 %".to_owned(),
        ppm => format!("{} %", ppm / 10_000),
    }
}

const fn container_kind(kind: view::ContainerKind) -> ContainerKind {
    match kind {
        view::ContainerKind::Region => ContainerKind::Region,
        view::ContainerKind::Vpc => ContainerKind::Vpc,
        view::ContainerKind::Subnet => ContainerKind::Subnet,
        view::ContainerKind::Segment => ContainerKind::Segment,
    }
}

const fn node_kind(kind: view::NodeKind) -> NodeKind {
    match kind {
        view::NodeKind::Host => NodeKind::Host,
        view::NodeKind::SourceServer => NodeKind::SourceServer,
        view::NodeKind::ReplicationServer => NodeKind::ReplicationServer,
        view::NodeKind::LaunchedInstance => NodeKind::LaunchedInstance,
        view::NodeKind::InterfaceEndpoint => NodeKind::Endpoint,
        view::NodeKind::ResolverEndpoint => NodeKind::Resolver,
        view::NodeKind::GatewayEndpoint
        | view::NodeKind::InternetGateway
        | view::NodeKind::NatGateway
        | view::NodeKind::VirtualGateway
        | view::NodeKind::TransitGateway
        | view::NodeKind::VirtualPrivateGateway
        | view::NodeKind::DirectConnectGateway => NodeKind::Gateway,
        view::NodeKind::Service => NodeKind::Service,
        view::NodeKind::Router => NodeKind::Router,
    }
}

#[cfg(test)]
mod tests {
    use sim_core::lab::{Keep, Session};
    use sim_core::scenario::{load, shipped, shipped_base};
    use sim_core::view::View;

    use super::*;

    fn of_shipped(name: &str) -> (Topology, Things) {
        let (_, text) = shipped()
            .iter()
            .find(|(shipped, _)| *shipped == name)
            .expect("it ships");
        let lab = load(text, name, &shipped_base).expect("it is right");
        let session = Session::open(lab.blueprint, None, Keep::Nothing).expect("it can be built");
        let view = View::of(&session);
        picture(name, &view.topology(), &view.servers())
    }

    #[test]
    fn things_and_places_lead_to_each_other() {
        let (topology, things) = of_shipped("region-to-region");
        let boxes = topology.numbered_containers().map(|(id, _)| Item::Container(id));
        let nodes = topology.numbered_nodes().map(|(id, _)| Item::Node(id));
        let links = topology.numbered_links().map(|(id, _)| Item::Link(id));
        let all: Vec<Item> = boxes.chain(nodes).chain(links).collect();
        // Two Regions, three VPCs, four subnets; two hosts, four endpoints; two peerings.
        assert_eq!(all.len(), 17);
        for item in all {
            let thing = things.thing(item).expect("it stands for something");
            assert_eq!(things.item(thing), Some(item));
        }
    }

    #[test]
    fn a_link_that_does_not_work_says_why_and_one_that_waits_says_nothing() {
        let notes = |name: &str| -> Vec<(String, String)> {
            let (topology, _) = of_shipped(name);
            let links = topology.links().iter();
            links.map(|link| (link.name.clone(), link.note.clone())).collect()
        };
        let note = |link: &str, note: &str| (link.to_owned(), note.to_owned());
        assert_eq!(
            notes("region-to-region"),
            [note("source-target", ""), note("source-admin", "")]
        );
        assert_eq!(
            notes("r2r-peering-not-accepted"),
            [
                note("source-target", "pending-acceptance"),
                note("source-admin", "")
            ]
        );
    }

    #[test]
    fn little_is_told_from_nothing() {
        assert_eq!(share(Ppm::ZERO), "0 %");
        assert_eq!(share(Ppm::new(9_999)), "< 1 %");
        assert_eq!(share(Ppm::percent(1)), "1 %");
        assert_eq!(share(Ppm::ONE), "100 %");
    }
}
