//! The topology of a lab: Regions, VPCs, subnets, what stands in them, and the links between them.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use crate::aws::{Attached, EndpointState, NetworkInterface, PeeringState, ZoneState};
use crate::resource::{
    HostId, LinkId, PeeringId, ResourceRef, RouterId, RouterInterfaceId, TunnelId, VirtualGatewayId,
};
use crate::site::{self, Attachment, Carrier, Passage, Power, Provisioning, Running};
use crate::units::{BitRate, Ppm, Span};
use crate::world::blueprint::Site;
use crate::world::names::Names;
use crate::world::network::{Network, Station};

use super::describe::{endpoint_state, peering_state};
use super::topology::{Container, ContainerKind, Link, Node, NodeKind, Place, Topology};
use super::{Gateway, Health, PhaseState, migration};

/// What a host is for, and how that goes, where it is more than a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) kind: NodeKind,
    pub(super) health: Health,
}

/// What the topology is made from.
pub(super) struct Survey<'a> {
    pub(super) network: &'a Network,
    pub(super) names: &'a Names,
    /// What hosts are for.
    pub(super) parts: BTreeMap<HostId, Part>,
    /// What the busier direction of a peering connection carries.
    pub(super) load: &'a dyn Fn(PeeringId) -> BitRate,
    /// What the busier direction of each link between routers carries.
    pub(super) line_loads: BTreeMap<LinkId, BitRate>,
    /// What the busier direction of each router's port on a segment carries.
    pub(super) port_loads: BTreeMap<RouterInterfaceId, BitRate>,
    /// Virtual gateways, and who is active for them.
    pub(super) gateways: &'a [Gateway],
    /// Direct Connect locations, with the devices in each.
    pub(super) locations: &'a [Site],
    /// IPsec tunnels between routers of the lab.
    pub(super) tunnels: Vec<TunnelLine>,
    /// How well each router's sessions do.
    pub(super) routers: BTreeMap<RouterId, Health>,
}

impl Survey<'_> {
    pub(super) fn topology(&self) -> Topology {
        let mut topology = Topology::default();
        let mut places: BTreeMap<ResourceRef, usize> = BTreeMap::new();
        self.add_containers(&mut topology, &mut places);
        self.add_nodes(&mut topology, &places);
        self.add_segments(&mut topology, &mut places);
        self.add_routers(&mut topology, &mut places);
        self.add_gateways(&mut topology, &mut places);
        self.add_links(&mut topology, &places);
        self.join_gateways(&mut topology, &places);
        self.add_grounds(&mut topology, &places);
        topology.settle_health();
        topology
    }

    /// Boxes in the order in which a tree lists them: each Region with its VPCs with their subnets.
    fn add_containers(&self, topology: &mut Topology, places: &mut BTreeMap<ResourceRef, usize>) {
        let cloud = &self.network.cloud;
        let mut add = |id: ResourceRef, kind, name: &str, caption: String, parent: Option<usize>| {
            let place = topology.containers.len();
            topology.containers.push(Container {
                id,
                kind,
                name: name.to_owned(),
                caption,
                parent,
                health: Health::Idle,
            });
            places.insert(id, place);
            place
        };
        for (region_id, region) in cloud.regions.iter() {
            let region_place = add(
                region_id.into(),
                ContainerKind::Region,
                &region.name,
                String::new(),
                None,
            );
            for (vpc_id, vpc) in cloud.vpcs.iter().filter(|(_, vpc)| vpc.region == region_id) {
                let blocks: Vec<String> = vpc.cidrs.iter().map(ToString::to_string).collect();
                let vpc_place = add(
                    vpc_id.into(),
                    ContainerKind::Vpc,
                    &vpc.name,
                    blocks.join(", "),
                    Some(region_place),
                );
                for (subnet_id, subnet) in cloud.subnets.iter().filter(|(_, subnet)| subnet.vpc == vpc_id) {
                    add(
                        subnet_id.into(),
                        ContainerKind::Subnet,
                        &subnet.name,
                        subnet.cidr.to_string(),
                        Some(vpc_place),
                    );
                }
            }
        }
    }

    fn add_nodes(&self, topology: &mut Topology, places: &BTreeMap<ResourceRef, usize>) {
        let cloud = &self.network.cloud;
        for (_, interface) in cloud.interfaces.iter() {
            let parent = places.get(&interface.subnet.into()).copied();
            if let Some(mut node) = parent.and_then(|parent| self.attached(interface, parent)) {
                if cloud.zone_state(interface.subnet) == Some(ZoneState::Lost) {
                    "zone lost".clone_into(&mut node.state);
                    node.health = Health::Failed;
                }
                topology.nodes.push(node);
            }
        }
        for (id, endpoint) in cloud.gateway_endpoints.iter() {
            let Some(parent) = places.get(&endpoint.vpc.into()).copied() else {
                continue;
            };
            topology.nodes.push(Node {
                id: id.into(),
                name: endpoint.name.clone(),
                kind: NodeKind::GatewayEndpoint,
                state: endpoint_state(endpoint.state).to_owned(),
                caption: endpoint.service.to_string(),
                parent: Some(parent),
                health: of_endpoint(endpoint.state),
            });
        }
        for (id, gateway) in cloud.internet_gateways.iter() {
            let Some(parent) = places.get(&gateway.vpc.into()).copied() else {
                continue;
            };
            topology.nodes.push(Node {
                id: id.into(),
                name: gateway.name.clone(),
                kind: NodeKind::InternetGateway,
                state: "attached".to_owned(),
                caption: String::new(),
                parent: Some(parent),
                health: Health::Good,
            });
        }
    }

    /// Segments are boxes with hosts in them, outside of every Region.
    fn add_segments(&self, topology: &mut Topology, places: &mut BTreeMap<ResourceRef, usize>) {
        for (id, segment) in self.network.segments.iter() {
            let place = topology.containers.len();
            let vlan = segment
                .vlan
                .map_or(String::new(), |vlan| format!(", VLAN {vlan}"));
            topology.containers.push(Container {
                id: id.into(),
                kind: ContainerKind::Segment,
                name: self.names.of(id),
                caption: format!("{}{vlan}", segment.prefix),
                parent: None,
                health: match segment.carrier {
                    Carrier::Up => Health::Idle,
                    Carrier::Down => Health::Failed,
                },
            });
            places.insert(id.into(), place);
            for (address, station) in self.network.stations.on(id) {
                let node = match station {
                    Station::Host(host) => {
                        let power = self.network.hosts.get(host).map(|row| row.power);
                        power.and_then(|power| self.host(host, power, address, place))
                    }
                    Station::Gateway(gateway) => self.gateway(gateway, place),
                    // Routers stand beside the boxes: they are on several.
                    Station::Router(_) => None,
                };
                topology.nodes.extend(node);
            }
        }
    }

    /// A virtual gateway in the box of its segment, with the router that is active.
    fn gateway(&self, id: VirtualGatewayId, parent: usize) -> Option<Node> {
        let read = self.gateways.iter().find(|it| it.id == id)?;
        let active = self.network.gateways.get(id)?.active;
        let router = active.and_then(|id| self.network.router_interfaces.get(id));
        Some(Node {
            id: id.into(),
            name: read.name.clone(),
            kind: NodeKind::VirtualGateway,
            state: match router {
                Some(row) => format!("{} active", self.names.of(row.router)),
                None => "nobody active".to_owned(),
            },
            caption: read.address.to_string(),
            parent: Some(parent),
            health: read.health,
        })
    }

    /// A host in its box; a terminated instance is no longer anywhere.
    fn host(&self, id: HostId, power: Power, address: Ipv4Addr, parent: usize) -> Option<Node> {
        if power == Power::Terminated {
            return None;
        }
        let part = self.parts.get(&id).copied().unwrap_or(Part {
            kind: NodeKind::Host,
            health: Health::Good,
        });
        Some(Node {
            id: id.into(),
            name: self.names.of(id),
            kind: part.kind,
            state: power_text(power).to_owned(),
            caption: address.to_string(),
            parent: Some(parent),
            health: match power {
                Power::On => part.health,
                Power::Off | Power::Terminated => Health::Failed,
            },
        })
    }

    /// Routers stand in no box: they are nobody's but the customer's.
    fn add_routers(&self, topology: &mut Topology, places: &mut BTreeMap<ResourceRef, usize>) {
        for (id, router) in self.network.routers.iter() {
            let addresses = router.loopbacks.iter().chain(&router.addresses);
            let (state, health) = match router.running {
                Running::Running => ("running", self.routers.get(&id).copied().unwrap_or(Health::Good)),
                Running::Off => ("off", Health::Failed),
                Running::Hung => ("hung", Health::Failed),
            };
            let (state, health) = match router.running {
                Running::Running if tested_end(self.network, id) => (TESTING, health.max(Health::Degraded)),
                Running::Running | Running::Off | Running::Hung => (state, health),
            };
            places.insert(id.into(), topology.nodes.len());
            topology.nodes.push(Node {
                id: id.into(),
                name: self.names.of(id),
                kind: NodeKind::Router,
                state: state.to_owned(),
                caption: addresses.take(1).map(ToString::to_string).collect(),
                parent: None,
                health,
            });
        }
    }

    /// What an interface belongs to, at the place of the interface.
    fn attached(&self, interface: &NetworkInterface, parent: usize) -> Option<Node> {
        let cloud = &self.network.cloud;
        let node = |id: ResourceRef, kind, state: &str, health| Node {
            id,
            name: self.names.of(id),
            kind,
            state: state.to_owned(),
            caption: interface.address.to_string(),
            parent: Some(parent),
            health,
        };
        match interface.attached {
            Attached::Host(id) => {
                let power = self.network.hosts.get(id)?.power;
                self.host(id, power, interface.address, parent)
            }
            Attached::Endpoint(id) => {
                let state = cloud.interface_endpoints.get(id)?.state;
                Some(node(
                    id.into(),
                    NodeKind::InterfaceEndpoint,
                    endpoint_state(state),
                    of_endpoint(state),
                ))
            }
            Attached::Resolver(id) => Some(node(
                id.into(),
                NodeKind::ResolverEndpoint,
                "operational",
                Health::Good,
            )),
            Attached::NatGateway(id) => {
                Some(node(id.into(), NodeKind::NatGateway, "available", Health::Good))
            }
            Attached::Nothing => None,
        }
    }

    fn add_links(&self, topology: &mut Topology, places: &BTreeMap<ResourceRef, usize>) {
        for (id, peering) in self.network.cloud.peerings.iter() {
            let end = |vpc: crate::resource::VpcId| places.get(&vpc.into()).copied().map(Place::Container);
            let (Some(requester), Some(accepter)) = (end(peering.requester), end(peering.accepter)) else {
                continue;
            };
            let load = (self.load)(id);
            topology.links.push(Link {
                id: id.into(),
                name: peering.name.clone(),
                ends: [requester, accepter],
                state: peering_state(peering.state).to_owned(),
                utilisation: utilisation(load, peering.rate),
                load,
                rate: peering.rate,
                delay: peering.delay,
                health: match peering.state {
                    PeeringState::Active if peering.loss.as_ppm() > 0 => Health::Degraded,
                    PeeringState::Active => Health::Good,
                    PeeringState::PendingAcceptance => Health::Degraded,
                    PeeringState::Deleted | PeeringState::Failed => Health::Failed,
                },
            });
        }
        for (id, link) in self.network.links.iter() {
            let end = |interface| {
                let router = self.network.router_interfaces.get(interface)?.router;
                places.get(&router.into()).copied().map(Place::Node)
            };
            let (Some(a), Some(b)) = (end(link.a), end(link.b)) else {
                continue;
            };
            let state = LinkState::of(self.network, link);
            let load = self.line_loads.get(&id).copied().unwrap_or(BitRate::ZERO);
            topology.links.push(Link {
                id: id.into(),
                name: self.names.of(id),
                ends: [a, b],
                state: state.as_str().to_owned(),
                utilisation: utilisation(load, link.rate),
                load,
                rate: link.rate,
                delay: link.delay,
                health: state.health(link),
            });
        }
        self.add_attachments(topology, places);
        for line in &self.tunnels {
            let [a, b] = line
                .ends
                .map(|router| places.get(&router.into()).copied().map(Place::Node));
            let (Some(a), Some(b)) = (a, b) else { continue };
            topology.links.push(Link {
                id: line.id.into(),
                name: self.names.of(line.id),
                ends: [a, b],
                state: line.state.to_owned(),
                // What goes through it is told of the links below.
                utilisation: Ppm::ZERO,
                load: BitRate::ZERO,
                rate: line.rate,
                delay: line.delay,
                health: line.health,
            });
        }
    }
}

impl Survey<'_> {
    /// What joins routers with the segments that they stand on.
    fn add_attachments(&self, topology: &mut Topology, places: &BTreeMap<ResourceRef, usize>) {
        for (id, interface) in self.network.router_interfaces.iter() {
            let Attachment::Segment(segment) = interface.attached else {
                continue;
            };
            let router = places.get(&interface.router.into()).copied().map(Place::Node);
            let box_of = places.get(&segment.into()).copied().map(Place::Container);
            let (Some(router), Some(box_of), Some(row)) =
                (router, box_of, self.network.segments.get(segment))
            else {
                continue;
            };
            let (state, health) = match self.network.interface_works(id) {
                Ok(_) => ("up", Health::Good),
                Err(_) => ("down", Health::Failed),
            };
            let load = self.port_loads.get(&id).copied().unwrap_or(BitRate::ZERO);
            topology.links.push(Link {
                id: id.into(),
                name: self.names.of(id),
                ends: [router, box_of],
                state: state.to_owned(),
                utilisation: utilisation(load, row.rate),
                load,
                rate: row.rate,
                delay: row.delay,
                health,
            });
        }
    }
}

/// An IPsec tunnel as a link between its two gateways.
#[derive(Debug, Clone)]
pub(super) struct TunnelLine {
    pub(super) id: TunnelId,
    pub(super) far: TunnelId,
    pub(super) ends: [RouterId; 2],
    pub(super) phases: [PhaseState; 2],
    pub(super) state: &'static str,
    pub(super) delay: Span,
    pub(super) rate: BitRate,
    pub(super) health: Health,
}

/// Whether a link carries anything, as one sees who looks from above.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LinkState {
    /// In both directions.
    Up,
    /// Both interfaces see that it does not.
    Down,
    /// Its provider has not made it available.
    Awaited(Provisioning),
    /// Its BGP peering is shut for a failover test, AWS's word for the state of such a virtual interface.
    Tested,
    /// In silence, in one direction or both.
    Blackhole(&'static str),
}

impl LinkState {
    pub(super) fn of(network: &Network, link: &site::Link) -> Self {
        let works = network.ends_work(link);
        if link.provisioning != Provisioning::Available {
            return Self::Awaited(link.provisioning);
        }
        match (works, link.from_a, link.from_b) {
            (false, _, _) => Self::Down,
            (true, Passage::Open, Passage::Open) if is_tested(network, link) => Self::Tested,
            (true, Passage::Open, Passage::Open) => Self::Up,
            (true, Passage::Blocked, Passage::Blocked) => Self::Blackhole("blackhole"),
            (true, Passage::Blocked, Passage::Open) => Self::Blackhole("blackhole from a"),
            (true, Passage::Open, Passage::Blocked) => Self::Blackhole("blackhole from b"),
        }
    }
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Down => "down",
            Self::Awaited(provisioning) => provisioning.as_str(),
            Self::Tested => TESTING,
            Self::Blackhole(word) => word,
        }
    }
    /// How well the link does: a silent one is as bad as one that is down.
    pub(super) fn health(self, link: &site::Link) -> Health {
        match self {
            Self::Up if link.loss == Ppm::ZERO => Health::Good,
            Self::Up | Self::Tested => Health::Degraded,
            Self::Awaited(_) => Health::Working,
            Self::Down | Self::Blackhole(_) => Health::Failed,
        }
    }
}

/// The state of a virtual interface while a failover test is on ("VirtualInterface", AWS Direct Connect API Reference).
const TESTING: &str = "testing";

/// Whether a router is AWS's end of a virtual interface whose failover is being tested.
fn tested_end(network: &Network, router: RouterId) -> bool {
    let mut interfaces = network.cloud.virtual_interfaces.rows().iter();
    interfaces.any(|row| row.endpoint == router && row.testing.is_some())
}

/// Whether a link is such a virtual interface: AWS's end of a public one has others, too.
fn is_tested(network: &Network, link: &site::Link) -> bool {
    let far = network.router_interfaces.get(link.b);
    link.over.is_some() && far.is_some_and(|far| tested_end(network, far.router))
}

/// The share of `rate` that `load` is; rates are shares just as sizes are.
pub(super) fn utilisation(load: BitRate, rate: BitRate) -> Ppm {
    migration::part_of(load.as_bps(), rate.as_bps())
}

const fn of_endpoint(state: EndpointState) -> Health {
    match state {
        EndpointState::Available => Health::Good,
        EndpointState::Deleted => Health::Failed,
    }
}

/// Whether a host runs, in EC2's words.
pub(super) const fn power_text(power: Power) -> &'static str {
    match power {
        Power::On => "running",
        Power::Off => "stopped",
        Power::Terminated => "terminated",
    }
}
