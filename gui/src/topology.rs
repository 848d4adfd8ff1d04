//! What the window draws: boxes in boxes, things in them, and links between them.
//!
//! Plain data in the order of the scenario, without positions, colours or any knowledge of how a lab
//! runs. Whoever opens the window fills it; [`crate::canvas`] lays it out and paints it.

use sim_core::units::{BitRate, Ppm};
pub use sim_core::view::{Health, PhaseState};

/// Number of a container within its topology.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContainerId(usize);

/// Number of a node within its topology.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(usize);

/// Number of a link within its topology.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LinkId(usize);

macro_rules! numbered {
    ($($id:ident),*) => {$(
        impl $id {
            /// Position in the order in which the topology was told of it.
            #[must_use]
            pub const fn index(self) -> usize {
                self.0
            }
        }
    )*};
}
numbered!(ContainerId, NodeId, LinkId);

/// Something with a place of its own: what a link may end at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// A box.
    Container(ContainerId),
    /// A thing in a box.
    Node(NodeId),
}

/// Anything that can be selected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Item {
    /// A box.
    Container(ContainerId),
    /// A thing in a box.
    Node(NodeId),
    /// A link.
    Link(LinkId),
}

impl From<Place> for Item {
    fn from(place: Place) -> Self {
        match place {
            Place::Container(id) => Self::Container(id),
            Place::Node(id) => Self::Node(id),
        }
    }
}

/// What kind of box.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ContainerKind {
    /// A site of the customer's.
    Site,
    /// A segment of a site of the customer's.
    Segment,
    /// A Direct Connect location.
    Location,
    /// All that is AWS's.
    Cloud,
    /// A Region of the cloud.
    Region,
    /// A virtual private cloud.
    Vpc,
    /// An availability zone.
    Zone,
    /// A subnet.
    Subnet,
}

impl ContainerKind {
    /// All kinds, outermost first.
    pub const ALL: [Self; 8] = [
        Self::Site,
        Self::Segment,
        Self::Location,
        Self::Cloud,
        Self::Region,
        Self::Vpc,
        Self::Zone,
        Self::Subnet,
    ];

    /// The word shown to people.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Site => "Site",
            Self::Segment => "Segment",
            Self::Location => "Direct Connect location",
            Self::Cloud => "AWS Cloud",
            Self::Region => "Region",
            Self::Vpc => "VPC",
            Self::Zone => "Zone",
            Self::Subnet => "Subnet",
        }
    }
}

/// What kind of thing; decides its symbol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NodeKind {
    /// A computer.
    Host,
    /// A computer that is on the move.
    SourceServer,
    /// A replication server of MGN.
    ReplicationServer,
    /// An instance that MGN launched.
    LaunchedInstance,
    /// Something that forwards between networks.
    Router,
    /// A router that remembers conversations.
    Firewall,
    /// A gateway address that routers share.
    VirtualGateway,
    /// A network in the middle: the internet or a carrier's.
    Carrier,
    /// A device of AWS's at a Direct Connect location.
    Device,
    /// AWS's end of a virtual interface.
    VirtualInterface,
    /// AWS's end of tunnels.
    TunnelEndpoint,
    /// A Direct Connect gateway.
    DirectConnectGateway,
    /// A Transit Gateway.
    TransitGateway,
    /// A virtual private gateway.
    VirtualPrivateGateway,
    /// An internet gateway.
    InternetGateway,
    /// A NAT gateway.
    NatGateway,
    /// A gateway endpoint.
    Gateway,
    /// A private door to a service.
    Endpoint,
    /// A name server.
    Resolver,
    /// A service of the cloud.
    Service,
}

impl NodeKind {
    /// All kinds.
    pub const ALL: [Self; 20] = [
        Self::Host,
        Self::SourceServer,
        Self::ReplicationServer,
        Self::LaunchedInstance,
        Self::Router,
        Self::Firewall,
        Self::VirtualGateway,
        Self::Carrier,
        Self::Device,
        Self::VirtualInterface,
        Self::TunnelEndpoint,
        Self::DirectConnectGateway,
        Self::TransitGateway,
        Self::VirtualPrivateGateway,
        Self::InternetGateway,
        Self::NatGateway,
        Self::Gateway,
        Self::Endpoint,
        Self::Resolver,
        Self::Service,
    ];

    /// The word shown to people.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Host => "Host",
            Self::SourceServer => "Source server",
            Self::ReplicationServer => "Replication server",
            Self::LaunchedInstance => "Launched instance",
            Self::Router => "Router",
            Self::Firewall => "Firewall",
            Self::VirtualGateway => "Virtual gateway",
            Self::Carrier => "Carrier network",
            Self::Device => "Direct Connect device",
            Self::VirtualInterface => "Virtual interface",
            Self::TunnelEndpoint => "Tunnel endpoint",
            Self::DirectConnectGateway => "Direct Connect gateway",
            Self::TransitGateway => "Transit Gateway",
            Self::VirtualPrivateGateway => "Virtual private gateway",
            Self::InternetGateway => "Internet gateway",
            Self::NatGateway => "NAT gateway",
            Self::Gateway => "Gateway endpoint",
            Self::Endpoint => "Endpoint",
            Self::Resolver => "Name server",
            Self::Service => "Service",
        }
    }
}

/// What a link is made of, which decides how it is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Line {
    /// A line with two ends: a cable, a circuit, a port on a segment.
    #[default]
    Wire,
    /// A tunnel over other links.
    Tunnel,
    /// A relation between things of the cloud: an attachment, an association, a peering.
    Relation,
}

/// A box that holds others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Container {
    /// Its name in the scenario.
    pub name: String,
    /// What kind of box.
    pub kind: ContainerKind,
    /// A few words beside the name, for example its prefix.
    pub note: String,
    /// The worst of what it holds.
    pub health: Health,
    parent: Option<ContainerId>,
    children: Vec<Place>,
}

impl Container {
    /// The box around this one.
    #[must_use]
    pub const fn parent(&self) -> Option<ContainerId> {
        self.parent
    }
    /// What stands in it, in the order of the scenario.
    #[must_use]
    pub fn children(&self) -> &[Place] {
        &self.children
    }
}

/// A thing in a box.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// Its name in the scenario.
    pub name: String,
    /// What kind of thing.
    pub kind: NodeKind,
    /// A few words below the name, for example its address.
    pub note: String,
    /// How it does.
    pub health: Health,
    /// How much of its work is done, where it has work that ends.
    pub progress: Option<Ppm>,
    parent: Option<ContainerId>,
}

impl Node {
    /// The box around it.
    #[must_use]
    pub const fn parent(&self) -> Option<ContainerId> {
        self.parent
    }
}

/// A line between two places.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// Its name in the scenario.
    pub name: String,
    /// What kind of link, in the field's own words.
    pub kind: String,
    /// A few words beside the name, for example what it carries.
    pub note: String,
    /// How it does.
    pub health: Health,
    /// The share of what it can carry that it carries.
    pub load: Ppm,
    /// What it can carry in each direction; nothing where it has no rate of its own.
    pub rate: BitRate,
    /// What it is made of.
    pub line: Line,
    /// Both phases, where it is a tunnel.
    pub phases: Option<[PhaseState; 2]>,
    /// The addresses of its ends; empty where they have none.
    pub addresses: [String; 2],
    ends: [Place; 2],
}

impl Link {
    /// The two places that it joins.
    #[must_use]
    pub const fn ends(&self) -> [Place; 2] {
        self.ends
    }
}

/// A whole picture: an ordered tree of boxes and the links across it.
///
/// Built from the outside in, so it is a tree by construction: a parent is named by the id that
/// adding it gave, and so are the ends of a link.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Topology {
    /// The lab's title.
    pub title: String,
    containers: Vec<Container>,
    nodes: Vec<Node>,
    links: Vec<Link>,
    top: Vec<Place>,
}

impl Topology {
    /// A topology with nothing in it.
    pub fn new(title: impl Into<String>) -> Self {
        Self {
            title: title.into(),
            ..Self::default()
        }
    }

    /// Adds a box within `parent`, or at the top.
    pub fn add_container(
        &mut self,
        parent: Option<ContainerId>,
        kind: ContainerKind,
        name: impl Into<String>,
        note: impl Into<String>,
    ) -> ContainerId {
        let id = ContainerId(self.containers.len());
        self.containers.push(Container {
            name: name.into(),
            kind,
            note: note.into(),
            health: Health::default(),
            parent,
            children: Vec::new(),
        });
        self.place(parent, Place::Container(id));
        id
    }

    /// Adds a thing within `parent`, or at the top.
    pub fn add_node(
        &mut self,
        parent: Option<ContainerId>,
        kind: NodeKind,
        name: impl Into<String>,
        note: impl Into<String>,
    ) -> NodeId {
        let id = NodeId(self.nodes.len());
        self.nodes.push(Node {
            name: name.into(),
            kind,
            note: note.into(),
            health: Health::default(),
            progress: None,
            parent,
        });
        self.place(parent, Place::Node(id));
        id
    }

    /// Adds a link between two places.
    pub fn add_link(&mut self, ends: [Place; 2], kind: impl Into<String>, name: impl Into<String>) -> LinkId {
        let id = LinkId(self.links.len());
        self.links.push(Link {
            name: name.into(),
            kind: kind.into(),
            note: String::new(),
            health: Health::default(),
            load: Ppm::ZERO,
            rate: BitRate::ZERO,
            line: Line::Wire,
            phases: None,
            addresses: [String::new(), String::new()],
            ends,
        });
        id
    }

    fn place(&mut self, parent: Option<ContainerId>, child: Place) {
        match parent.and_then(|id| self.containers.get_mut(id.0)) {
            Some(parent) => parent.children.push(child),
            None => self.top.push(child),
        }
    }

    /// What stands in no box, in the order of the scenario.
    #[must_use]
    pub fn top(&self) -> &[Place] {
        &self.top
    }
    /// Every box, outer ones before those they hold.
    #[must_use]
    pub fn containers(&self) -> &[Container] {
        &self.containers
    }
    /// Every thing.
    #[must_use]
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }
    /// Every link.
    #[must_use]
    pub fn links(&self) -> &[Link] {
        &self.links
    }
    /// Every box with its id.
    pub fn numbered_containers(&self) -> impl Iterator<Item = (ContainerId, &Container)> {
        self.containers
            .iter()
            .enumerate()
            .map(|(i, one)| (ContainerId(i), one))
    }
    /// Every thing with its id.
    pub fn numbered_nodes(&self) -> impl Iterator<Item = (NodeId, &Node)> {
        self.nodes.iter().enumerate().map(|(i, one)| (NodeId(i), one))
    }
    /// Every link with its id.
    pub fn numbered_links(&self) -> impl Iterator<Item = (LinkId, &Link)> {
        self.links.iter().enumerate().map(|(i, one)| (LinkId(i), one))
    }
    /// The box with this id.
    #[must_use]
    pub fn container(&self, id: ContainerId) -> Option<&Container> {
        self.containers.get(id.0)
    }
    /// The thing with this id.
    #[must_use]
    pub fn node(&self, id: NodeId) -> Option<&Node> {
        self.nodes.get(id.0)
    }
    /// The link with this id.
    #[must_use]
    pub fn link(&self, id: LinkId) -> Option<&Link> {
        self.links.get(id.0)
    }
    /// The box with this id, to be described further.
    pub fn container_mut(&mut self, id: ContainerId) -> Option<&mut Container> {
        self.containers.get_mut(id.0)
    }
    /// The thing with this id, to be described further.
    pub fn node_mut(&mut self, id: NodeId) -> Option<&mut Node> {
        self.nodes.get_mut(id.0)
    }
    /// The link with this id, to be described further.
    pub fn link_mut(&mut self, id: LinkId) -> Option<&mut Link> {
        self.links.get_mut(id.0)
    }
    /// Whether there is nothing to draw.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.top.is_empty()
    }

    /// The box around a place.
    #[must_use]
    pub fn parent(&self, place: Place) -> Option<ContainerId> {
        match place {
            Place::Container(id) => self.container(id)?.parent,
            Place::Node(id) => self.node(id)?.parent,
        }
    }

    /// The boxes around a place, innermost first.
    pub fn ancestors(&self, place: Place) -> impl Iterator<Item = ContainerId> + '_ {
        std::iter::successors(self.parent(place), |&id| self.parent(Place::Container(id)))
    }

    /// Lets every box be at least as unwell as the worst of what is in it.
    pub fn settle_health(&mut self) {
        for node in &self.nodes {
            if let Some(container) = node.parent.and_then(|parent| self.containers.get_mut(parent.0)) {
                container.health = container.health.max(node.health);
            }
        }
        // A box comes after the one that holds it, so from the last to the first each is final.
        for at in (0..self.containers.len()).rev() {
            let row = self.containers.get(at).map(|it| (it.health, it.parent));
            if let Some((health, Some(parent))) = row
                && let Some(parent) = self.containers.get_mut(parent.0)
            {
                parent.health = parent.health.max(health);
            }
        }
    }

    /// The name of anything in the picture.
    #[must_use]
    pub fn name(&self, item: Item) -> Option<&str> {
        Some(match item {
            Item::Container(id) => &self.container(id)?.name,
            Item::Node(id) => &self.node(id)?.name,
            Item::Link(id) => &self.link(id)?.name,
        })
    }

    /// Whether a layout of `other` fits this one too: the same places and links, however they do now.
    #[must_use]
    pub fn same_shape(&self, other: &Self) -> bool {
        self.top == other.top
            && self.nodes.len() == other.nodes.len()
            && self.containers.len() == other.containers.len()
            && self.links.len() == other.links.len()
            && self.containers.iter().zip(&other.containers).all(|(a, b)| {
                (a.kind, &a.name, &a.note, &a.children) == (b.kind, &b.name, &b.note, &b.children)
            })
            && self
                .nodes
                .iter()
                .zip(&other.nodes)
                .all(|(a, b)| (a.kind, &a.name, &a.note) == (b.kind, &b.name, &b.note))
            && self
                .links
                .iter()
                .zip(&other.links)
                .all(|(a, b)| (a.ends, &a.name) == (b.ends, &b.name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn two_boxes() -> (Topology, ContainerId, NodeId) {
        let mut topology = Topology::new("two boxes");
        let vpc = topology.add_container(None, ContainerKind::Vpc, "source", "192.168.0.0/16");
        let subnet = topology.add_container(Some(vpc), ContainerKind::Subnet, "servers", "192.168.1.0/24");
        let host = topology.add_node(Some(subnet), NodeKind::Host, "web-1", "192.168.1.10");
        (topology, vpc, host)
    }

    #[test]
    fn ancestors_run_from_the_inside_out() {
        let (topology, _, host) = two_boxes();
        let names: Vec<_> = topology
            .ancestors(Place::Node(host))
            .filter_map(|id| topology.name(Item::Container(id)))
            .collect();
        assert_eq!(names, ["servers", "source"]);
    }

    #[test]
    fn a_state_that_changes_keeps_the_shape_and_a_new_link_does_not() {
        let (before, vpc, host) = two_boxes();
        let mut after = before.clone();
        after.node_mut(host).expect("it was added").health = Health::Failed;
        assert!(after.same_shape(&before));
        after.add_link([Place::Node(host), Place::Container(vpc)], "peering", "pcx");
        assert!(!after.same_shape(&before));
    }
}
