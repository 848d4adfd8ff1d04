//! Boxes in boxes, things in them, and links between them.
//!
//! The order is that of the lab, so a screen that draws it twice draws the same. Places in the three
//! lists stand for ends and parents; they are good for one topology only.

use serde::Serialize;

use crate::resource::ResourceRef;
use crate::units::{BitRate, Ppm, Span};

use super::{Grounds, Health, json};

/// What kind of box.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ContainerKind {
    /// A Region of the cloud.
    Region,
    /// A virtual private cloud.
    Vpc,
    /// A subnet.
    Subnet,
    /// A segment of a site.
    Segment,
}

/// A box.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Container {
    /// What it stands for.
    pub id: ResourceRef,
    /// What kind of box.
    pub kind: ContainerKind,
    /// Its name.
    pub name: String,
    /// A few words beside the name: a subnet's block and zone.
    pub caption: String,
    /// The box that holds it, by its place in [`Topology::containers`]; always an earlier one.
    pub parent: Option<usize>,
    /// The worst of what is in it.
    pub health: Health,
}

/// What kind of thing; decides its symbol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NodeKind {
    /// A computer whose only task is to be there.
    Host,
    /// A computer that MGN moves.
    SourceServer,
    /// A replication server of MGN.
    ReplicationServer,
    /// An instance that MGN launched for a test or cutover.
    LaunchedInstance,
    /// An interface endpoint.
    InterfaceEndpoint,
    /// A gateway endpoint.
    GatewayEndpoint,
    /// A Resolver inbound endpoint.
    ResolverEndpoint,
    /// An internet gateway.
    InternetGateway,
    /// A NAT gateway.
    NatGateway,
    /// A service of the cloud.
    Service,
    /// A router.
    Router,
    /// A gateway address that routers share.
    VirtualGateway,
    /// A Transit Gateway.
    TransitGateway,
    /// A virtual private gateway.
    VirtualPrivateGateway,
    /// A Direct Connect gateway.
    DirectConnectGateway,
}

impl NodeKind {
    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Host => "host",
            Self::SourceServer => "source server",
            Self::ReplicationServer => "replication server",
            Self::LaunchedInstance => "launched instance",
            Self::InterfaceEndpoint => "interface endpoint",
            Self::GatewayEndpoint => "gateway endpoint",
            Self::ResolverEndpoint => "Resolver endpoint",
            Self::InternetGateway => "internet gateway",
            Self::NatGateway => "NAT gateway",
            Self::Service => "AWS service",
            Self::Router => "router",
            Self::VirtualGateway => "virtual gateway",
            Self::TransitGateway => "Transit Gateway",
            Self::VirtualPrivateGateway => "virtual private gateway",
            Self::DirectConnectGateway => "Direct Connect gateway",
        }
    }
}

/// A thing in a box.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Node {
    /// What it stands for.
    #[serde(skip)]
    pub id: ResourceRef,
    /// Its name.
    pub name: String,
    /// What kind of thing.
    #[serde(serialize_with = "kind_as_text")]
    pub kind: NodeKind,
    /// Its state in a word or two.
    pub state: String,
    /// A few words beside the name: its address.
    #[serde(skip)]
    pub caption: String,
    /// The box that holds it, by its place in [`Topology::containers`]; none for what stands by itself.
    #[serde(skip)]
    pub parent: Option<usize>,
    /// How well it does.
    pub health: Health,
}

fn kind_as_text<S: serde::Serializer>(kind: &NodeKind, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(kind.as_str())
}

/// What a link ends at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// A box, by its place in [`Topology::containers`].
    Container(usize),
    /// A thing, by its place in [`Topology::nodes`].
    Node(usize),
}

/// A link between two places.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Link {
    /// What it stands for.
    #[serde(skip)]
    pub id: ResourceRef,
    /// Its name.
    pub name: String,
    /// Its two ends.
    #[serde(skip)]
    pub ends: [Place; 2],
    /// Its state in a word.
    pub state: String,
    /// The busier direction's share of what it can carry.
    #[serde(serialize_with = "json::fraction")]
    pub utilisation: Ppm,
    /// What the busier direction carries.
    #[serde(rename = "load_bps", serialize_with = "json::rate")]
    pub load: BitRate,
    /// What it can carry in each direction.
    #[serde(rename = "rate_bps", serialize_with = "json::rate")]
    pub rate: BitRate,
    /// One-way delay.
    #[serde(rename = "delay_s", serialize_with = "json::span")]
    pub delay: Span,
    /// How well it does.
    pub health: Health,
}

impl Link {
    /// Whether a link has a row here. A tunnel has rows of its own, and what else has no rate is an end of a line that is here
    /// already.
    #[must_use]
    pub fn is_line(&self) -> bool {
        match self.id {
            ResourceRef::Tunnel(_) => false,
            ResourceRef::Attachment(_) => true,
            _ => !self.rate.is_zero(),
        }
    }
}

/// What there is, and where.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Topology {
    /// Boxes, each after the one that holds it.
    pub containers: Vec<Container>,
    /// Things.
    pub nodes: Vec<Node>,
    /// Links.
    pub links: Vec<Link>,
    /// Whose ground everything stands on.
    pub grounds: Grounds,
}

impl Topology {
    /// The boxes directly in `parent`, with their places.
    pub fn containers_in(&self, parent: Option<usize>) -> impl Iterator<Item = (usize, &Container)> {
        self.containers
            .iter()
            .enumerate()
            .filter(move |(_, container)| container.parent == parent)
    }
    /// The things directly in `container`, or in none, with their places.
    pub fn nodes_in(&self, container: Option<usize>) -> impl Iterator<Item = (usize, &Node)> {
        self.nodes
            .iter()
            .enumerate()
            .filter(move |(_, node)| node.parent == container)
    }
    /// Lets every box be as unwell as the worst of what is in it.
    pub(super) fn settle_health(&mut self) {
        for node in &self.nodes {
            if let Some(container) = node.parent.and_then(|parent| self.containers.get_mut(parent)) {
                container.health = container.health.max(node.health);
            }
        }
        // A box comes after the one that holds it, so from the last to the first each is final.
        for place in (0..self.containers.len()).rev() {
            let Some((health, Some(parent))) = self.containers.get(place).map(|c| (c.health, c.parent))
            else {
                continue;
            };
            if let Some(parent) = self.containers.get_mut(parent) {
                parent.health = parent.health.max(health);
            }
        }
    }
}
