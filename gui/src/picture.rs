//! From the rows of `view` to the picture that the canvas draws, and back from a place in it to the
//! thing that it stands for.

use std::collections::BTreeMap;

use sim_core::lab::ResourceRef;
use sim_core::units::{BitRate, Ppm};
use sim_core::view::{self, RouterPart, Server};

use crate::topology::{ContainerId, ContainerKind, Item, Line, NodeId, NodeKind, Place, Topology};

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
    let mut drawing = Drawing {
        topology: Topology::new(title),
        things: Things::default(),
        boxes: vec![None; rows.containers.len()],
        rows,
    };
    let mut grounds = drawing.sites();
    drawing.locations(&mut grounds);
    let cloud = drawing.cloud();
    let nodes = drawing.nodes(&grounds, cloud, servers);
    drawing.links(&nodes);
    (drawing.topology, drawing.things)
}

/// A picture in the making.
struct Drawing<'a> {
    topology: Topology,
    things: Things,
    /// The box of each container of the rows.
    boxes: Vec<Option<ContainerId>>,
    rows: &'a view::Topology,
}

/// The box in which each router stands, by its place among the rows.
type Grounds = BTreeMap<usize, ContainerId>;

impl Drawing<'_> {
    fn sites(&mut self) -> Grounds {
        let mut grounds = Grounds::new();
        let is_alone = self.rows.grounds.sites.len() == 1;
        for site in &self.rows.grounds.sites {
            let (name, note) = if is_alone {
                ("On premises", "")
            } else {
                (site.name.as_str(), "")
            };
            let id = self.topology.add_container(None, ContainerKind::Site, name, note);
            let routers = site.routers.iter().map(|place| (*place, id));
            grounds.extend(routers);
            for &segment in &site.segments {
                self.container(segment, Some(id));
            }
        }
        grounds
    }

    fn locations(&mut self, grounds: &mut Grounds) {
        for location in &self.rows.grounds.locations {
            let kind = ContainerKind::Location;
            let id = self.topology.add_container(None, kind, &location.name, "");
            grounds.extend(location.routers.iter().map(|place| (*place, id)));
        }
    }

    /// The boxes of the cloud, where anything is in it.
    fn cloud(&mut self) -> Option<ContainerId> {
        let has_region = self
            .rows
            .containers
            .iter()
            .any(|row| row.kind == view::ContainerKind::Region);
        let has_gateway = self.rows.nodes.iter().any(|row| is_of_no_region(row.kind));
        let cloud = (has_region || has_gateway)
            .then(|| self.topology.add_container(None, ContainerKind::Cloud, "", ""));
        let mut zones: BTreeMap<(usize, ResourceRef), ContainerId> = BTreeMap::new();
        for (place, row) in self.rows.containers.iter().enumerate() {
            let above = row
                .parent
                .and_then(|parent| self.boxes.get(parent))
                .copied()
                .flatten();
            let parent = match (row.kind, row.parent, self.rows.grounds.zones.get(&place)) {
                (view::ContainerKind::Segment, ..) => {
                    if self.boxes.get(place).copied().flatten().is_none() {
                        self.container(place, None);
                    }
                    continue;
                }
                (view::ContainerKind::Subnet, Some(vpc), Some((zone, name))) => {
                    let id = *zones.entry((vpc, (*zone).into())).or_insert_with(|| {
                        let id = self.topology.add_container(above, ContainerKind::Zone, name, "");
                        self.things.put(Item::Container(id), (*zone).into());
                        id
                    });
                    Some(id)
                }
                (view::ContainerKind::Region, ..) => cloud,
                (view::ContainerKind::Vpc | view::ContainerKind::Subnet, ..) => above,
            };
            self.container(place, parent);
        }
        cloud
    }

    fn container(&mut self, place: usize, parent: Option<ContainerId>) {
        let Some(row) = self.rows.containers.get(place) else {
            return;
        };
        let id = self
            .topology
            .add_container(parent, container_kind(row.kind), &row.name, &row.caption);
        if let Some(container) = self.topology.container_mut(id) {
            container.health = row.health;
        }
        if let Some(slot) = self.boxes.get_mut(place) {
            *slot = Some(id);
        }
        self.things.put(Item::Container(id), row.id);
    }

    fn nodes(&mut self, grounds: &Grounds, cloud: Option<ContainerId>, servers: &[Server]) -> Vec<NodeId> {
        let on_the_move: BTreeMap<ResourceRef, &Server> = servers
            .iter()
            .map(|server| (server.host.into(), server))
            .collect();
        let mut nodes = Vec::with_capacity(self.rows.nodes.len());
        for (place, row) in self.rows.nodes.iter().enumerate() {
            let part = self.rows.grounds.routers.get(&place).copied();
            let in_box = |at: Option<usize>| at.and_then(|at| self.boxes.get(at)).copied().flatten();
            let parent = match part {
                Some(RouterPart::TunnelEndpoint { region }) => in_box(region).or(cloud),
                Some(_) => grounds.get(&place).copied(),
                None if is_of_no_region(row.kind) => in_box(row.parent).or(cloud),
                None => in_box(row.parent),
            };
            let kind = part.map_or_else(|| node_kind(row.kind), router_kind);
            let id = self.topology.add_node(parent, kind, &row.name, &row.caption);
            let server = on_the_move.get(&row.id);
            if let Some(node) = self.topology.node_mut(id) {
                node.health = row.health;
                node.progress = server.map(|server| server.progress());
            }
            nodes.push(id);
            self.things.put(Item::Node(id), row.id);
            if let Some(server) = server {
                self.things.by_thing.insert(server.id.into(), Item::Node(id));
            }
        }
        self.topology.settle_health();
        nodes
    }

    fn links(&mut self, nodes: &[NodeId]) {
        for (at, row) in self.rows.links.iter().enumerate() {
            let place = |end: view::Place| match end {
                view::Place::Container(at) => self.boxes.get(at).copied().flatten().map(Place::Container),
                view::Place::Node(at) => nodes.get(at).copied().map(Place::Node),
            };
            let [Some(from), Some(to)] = row.ends.map(place) else {
                continue;
            };
            let id = self.topology.add_link([from, to], row.id.kind(), &row.name);
            let ends = self.rows.grounds.ends.get(&at).copied().unwrap_or_default();
            if let Some(link) = self.topology.link_mut(id) {
                link.health = row.health;
                link.load = row.utilisation;
                link.rate = row.rate;
                link.note = link_note(row);
                link.line = if ends.is_group {
                    Line::Relation
                } else {
                    line(row.id)
                };
                link.phases = ends.phases;
                link.addresses = ends
                    .addresses
                    .map(|address| address.map(|it| it.to_string()).unwrap_or_default());
            }
            self.things.put(Item::Link(id), row.id);
        }
    }
}

/// Whether a thing is AWS's and yet of no Region.
const fn is_of_no_region(kind: view::NodeKind) -> bool {
    matches!(
        kind,
        view::NodeKind::DirectConnectGateway | view::NodeKind::VirtualPrivateGateway
    )
}

const fn line(thing: ResourceRef) -> Line {
    match thing {
        ResourceRef::Link(_) | ResourceRef::RouterInterface(_) => Line::Wire,
        ResourceRef::Tunnel(_) => Line::Tunnel,
        _ => Line::Relation,
    }
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
        view::NodeKind::GatewayEndpoint => NodeKind::Gateway,
        view::NodeKind::InternetGateway => NodeKind::InternetGateway,
        view::NodeKind::NatGateway => NodeKind::NatGateway,
        view::NodeKind::VirtualGateway => NodeKind::VirtualGateway,
        view::NodeKind::TransitGateway => NodeKind::TransitGateway,
        view::NodeKind::VirtualPrivateGateway => NodeKind::VirtualPrivateGateway,
        view::NodeKind::DirectConnectGateway => NodeKind::DirectConnectGateway,
        view::NodeKind::Service => NodeKind::Service,
        view::NodeKind::Router => NodeKind::Router,
    }
}

const fn router_kind(part: RouterPart) -> NodeKind {
    match part {
        RouterPart::Customer => NodeKind::Router,
        RouterPart::Firewall => NodeKind::Firewall,
        RouterPart::Carrier => NodeKind::Carrier,
        RouterPart::Device => NodeKind::Device,
        RouterPart::VirtualInterface => NodeKind::VirtualInterface,
        RouterPart::TunnelEndpoint { .. } => NodeKind::TunnelEndpoint,
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

    /// A link aggregation group is no third cable beside the two that it is made of.
    #[test]
    fn a_group_of_links_is_drawn_as_what_it_is() {
        let (topology, _) = of_shipped("dx-lag");
        let between: Vec<(&str, Line)> = (topology.links().iter())
            .filter(|link| ["dx-1", "port-1", "port-2"].contains(&link.name.as_str()))
            .map(|link| (link.name.as_str(), link.line))
            .collect();
        let cables = between.iter().filter(|(_, line)| *line == Line::Wire).count();
        let groups = between.iter().filter(|(_, line)| *line == Line::Relation).count();
        assert_eq!((cables, groups), (2, 1), "{between:?}");
    }

    #[test]
    fn things_and_places_lead_to_each_other() {
        let (topology, things) = of_shipped("region-to-region");
        let boxes = topology.numbered_containers().map(|(id, _)| Item::Container(id));
        let nodes = topology.numbered_nodes().map(|(id, _)| Item::Node(id));
        let links = topology.numbered_links().map(|(id, _)| Item::Link(id));
        let all: Vec<Item> = boxes.chain(nodes).chain(links).collect();
        // The cloud, two Regions, three VPCs with a zone each, four subnets; two hosts, four endpoints; two peerings.
        assert_eq!(all.len(), 21);
        let mut n = 0;
        for item in all {
            let Some(thing) = things.thing(item) else {
                // Only the box around the cloud stands for nothing in the lab.
                n += 1;
                continue;
            };
            let back = things.item(thing).expect("it has a place");
            // A zone is drawn in each VPC that has subnets in it.
            assert!(
                back == item || matches!(thing, ResourceRef::Zone(_)),
                "{item:?} became {back:?}"
            );
            assert_eq!(things.thing(back), Some(thing));
        }
        assert_eq!(n, 1);
    }

    #[test]
    fn boxes_stand_in_each_other_as_on_the_diagrams_that_people_know() {
        let (topology, _) = of_shipped("onprem-to-aws");
        let around = |name: &str| -> Vec<String> {
            let mut nodes = topology.numbered_nodes();
            let (id, _) = nodes.find(|(_, it)| it.name == name).expect("it is there");
            let boxes = topology
                .ancestors(Place::Node(id))
                .filter_map(|id| topology.container(id));
            boxes
                .map(|it| format!("{} {}", it.kind.label(), it.name))
                .collect()
        };
        assert_eq!(
            around("mgn-endpoint"),
            [
                "Subnet shared-a",
                "Zone eu-central-1a",
                "VPC target",
                "Region eu-central-1",
                "AWS Cloud "
            ]
        );
        assert_eq!(around("db-1"), ["Segment servers", "Site On premises"]);
        assert_eq!(around("cgw-1"), ["Site On premises"]);
        assert_eq!(around("vif-primary"), ["Direct Connect location EqFR5"]);
        assert_eq!(around("vpn-1/1"), ["Region eu-central-1", "AWS Cloud "]);
        assert_eq!(around("dxgw"), ["AWS Cloud "]);
        assert_eq!(around("internet"), Vec::<String>::new());
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
