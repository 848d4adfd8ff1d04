//! The topology of a lab: Regions, VPCs, subnets, what stands in them, and the links between them.

use std::collections::BTreeMap;

use crate::aws::{Attached, EndpointState, NetworkInterface, PeeringState};
use crate::resource::{HostId, PeeringId, ResourceRef};
use crate::site::Power;
use crate::units::{BitRate, Ppm};
use crate::world::names::Names;
use crate::world::network::Network;

use super::describe::{endpoint_state, peering_state};
use super::topology::{Container, ContainerKind, Link, Node, NodeKind, Place, Topology};
use super::{Health, migration};

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
}

impl Survey<'_> {
    pub(super) fn topology(&self) -> Topology {
        let mut topology = Topology::default();
        let mut places: BTreeMap<ResourceRef, usize> = BTreeMap::new();
        self.add_containers(&mut topology, &mut places);
        self.add_nodes(&mut topology, &places);
        self.add_links(&mut topology, &places);
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
            if let Some(node) = parent.and_then(|parent| self.attached(interface, parent)) {
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
                parent,
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
                parent,
                health: Health::Good,
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
            parent,
            health,
        };
        match interface.attached {
            Attached::Host(id) => {
                let power = self.network.hosts.get(id)?.power;
                // A terminated instance is no longer anywhere.
                if power == Power::Terminated {
                    return None;
                }
                let part = self.parts.get(&id).copied().unwrap_or(Part {
                    kind: NodeKind::Host,
                    health: Health::Good,
                });
                let health = match power {
                    Power::On => part.health,
                    Power::Off | Power::Terminated => Health::Failed,
                };
                Some(node(id.into(), part.kind, power_text(power), health))
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
    }
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
