//! The gateways that join VPCs, sites and Regions, in the topology: Transit, virtual private and Direct Connect
//! gateways as things, and what is joined to them as links.

use std::collections::BTreeMap;

use crate::aws::PeeringState;
use crate::aws::direct_connect::Terminus;
use crate::aws::transit_gateway::{Attachment, AttachmentKind};
use crate::resource::{AttachmentId, ResourceRef, RouterId};
use crate::units::{BitRate, Ppm, Span};

use super::Health;
use super::describe::peering_state;
use super::places::Survey;
use super::topology::{Link, Node, NodeKind, Place, Topology};

/// A link of a gateway: it has no rate of its own, and carries what the links below it are told of.
struct Joint {
    id: ResourceRef,
    name: String,
    to: ResourceRef,
    state: &'static str,
    delay: Span,
    health: Health,
}

impl Survey<'_> {
    /// Transit Gateways stand in their Region, virtual private gateways in their VPC, and Direct Connect gateways in no
    /// box: they are of no Region.
    pub(super) fn add_gateways(&self, topology: &mut Topology, places: &mut BTreeMap<ResourceRef, usize>) {
        let cloud = &self.network.cloud;
        let mut add = |id: ResourceRef, kind, asn: String, within: Option<ResourceRef>| {
            let parent = within.and_then(|within| places.get(&within)).copied();
            places.insert(id, topology.nodes.len());
            topology.nodes.push(Node {
                id,
                name: self.names.of(id),
                kind,
                state: "available".to_owned(),
                caption: format!("AS {asn}"),
                parent,
                health: Health::Good,
            });
        };
        for (id, row) in cloud.transit_gateways.iter() {
            let region = Some(row.region.into());
            add(id.into(), NodeKind::TransitGateway, row.asn.to_string(), region);
        }
        for (id, row) in cloud.virtual_private_gateways.iter() {
            let vpc = row.vpc.map(ResourceRef::from);
            add(
                id.into(),
                NodeKind::VirtualPrivateGateway,
                row.asn.to_string(),
                vpc,
            );
        }
        for (id, row) in cloud.direct_connect_gateways.iter() {
            add(
                id.into(),
                NodeKind::DirectConnectGateway,
                row.asn.to_string(),
                None,
            );
        }
    }

    /// What is joined to those gateways: attachments, associations, virtual interfaces and tunnel endpoints.
    pub(super) fn join_gateways(&self, topology: &mut Topology, places: &BTreeMap<ResourceRef, usize>) {
        let cloud = &self.network.cloud;
        for (id, row) in cloud.attachments.iter() {
            for joint in self.attachment_joints(id, row) {
                join(topology, places, row.gateway.into(), joint);
            }
        }
        for (id, row) in cloud.virtual_private_gateways.iter() {
            let endpoints = row.connections.iter().flat_map(|it| &it.endpoints);
            for &endpoint in endpoints {
                join(
                    topology,
                    places,
                    id.into(),
                    self.endpoint_joint(endpoint.into(), endpoint),
                );
            }
            if let Some(association) = &row.association {
                let gateway = association.gateway;
                let joint = Joint {
                    id: id.into(),
                    name: format!("{} at {}", self.names.of(id), self.names.of(gateway)),
                    to: gateway.into(),
                    state: "associated",
                    delay: Span::ZERO,
                    health: Health::Good,
                };
                join(topology, places, id.into(), joint);
            }
        }
        for (id, row) in cloud.virtual_interfaces.iter() {
            let gateway: ResourceRef = match row.ends_at {
                Terminus::DirectConnectGateway(gateway) => gateway.into(),
                Terminus::VirtualPrivateGateway(gateway) => gateway.into(),
                Terminus::PublicEdge => continue,
            };
            let joint = self.endpoint_joint(id.into(), row.endpoint);
            join(topology, places, gateway, joint);
        }
    }

    /// A gateway and one of AWS's ends of tunnels and virtual interfaces, which speaks BGP for it.
    fn endpoint_joint(&self, id: ResourceRef, endpoint: RouterId) -> Joint {
        let health = self.routers.get(&endpoint).copied().unwrap_or(Health::Good);
        Joint {
            id,
            name: self.names.of(endpoint),
            to: endpoint.into(),
            state: match health {
                Health::Good | Health::Idle => "joined",
                Health::Working => "coming up",
                Health::Degraded | Health::Failed => "impaired",
            },
            delay: Span::ZERO,
            health,
        }
    }

    /// What an attachment joins to its gateway; a VPN connection by both of its tunnel endpoints. Of the two halves of a
    /// peering attachment the first stands for both.
    fn attachment_joints(&self, id: AttachmentId, row: &Attachment) -> Vec<Joint> {
        let one = |to: ResourceRef, state, delay, health| {
            vec![Joint {
                id: id.into(),
                name: self.names.of(id),
                to,
                state,
                delay,
                health,
            }]
        };
        let (state, health) = match row.association {
            Some(_) => ("associated", Health::Good),
            // Nothing that comes from it is forwarded.
            None => ("not associated", Health::Degraded),
        };
        match &row.kind {
            AttachmentKind::Vpc { vpc, .. } => one((*vpc).into(), state, Span::ZERO, health),
            AttachmentKind::DirectConnect(association) => {
                one(association.gateway.into(), state, Span::ZERO, health)
            }
            AttachmentKind::Vpn { endpoints, .. } => endpoints
                .iter()
                .map(|&endpoint| {
                    let joint = self.endpoint_joint(id.into(), endpoint);
                    if health > joint.health {
                        Joint {
                            state,
                            health,
                            ..joint
                        }
                    } else {
                        joint
                    }
                })
                .collect(),
            AttachmentKind::Peering { peer, state, delay } => {
                let Some(far) = self.network.cloud.attachments.get(*peer).filter(|_| id < *peer) else {
                    return Vec::new();
                };
                let health = match state {
                    PeeringState::Active => health,
                    PeeringState::PendingAcceptance => Health::Degraded,
                    PeeringState::Deleted | PeeringState::Failed => Health::Failed,
                };
                one(far.gateway.into(), peering_state(*state), *delay, health)
            }
        }
    }
}

/// Adds a link, where both of its ends are in the picture.
fn join(topology: &mut Topology, places: &BTreeMap<ResourceRef, usize>, gateway: ResourceRef, joint: Joint) {
    let place = |thing: ResourceRef| {
        let place = places.get(&thing).copied()?;
        Some(match thing {
            ResourceRef::Vpc(_) => Place::Container(place),
            _ => Place::Node(place),
        })
    };
    let (Some(from), Some(to)) = (place(gateway), place(joint.to)) else {
        return;
    };
    topology.links.push(Link {
        id: joint.id,
        name: joint.name,
        ends: [from, to],
        state: joint.state.to_owned(),
        utilisation: Ppm::ZERO,
        load: BitRate::ZERO,
        rate: BitRate::ZERO,
        delay: joint.delay,
        health: joint.health,
    });
}

#[cfg(test)]
mod tests {
    use crate::kernel::Keep;
    use crate::lab::Session;
    use crate::scenario::{load, parse_failure, shipped, shipped_base};
    use crate::units::{SimTime, Span};
    use crate::view::{NodeKind, Place, View};

    /// The gateways of a lab with what is joined to them, after a failure.
    fn told(lab: &str, failure: &str) -> String {
        let (_, text) = shipped()
            .iter()
            .find(|(name, _)| *name == lab)
            .expect("a shipped lab");
        let mut loaded = load(text, lab, &shipped_base).expect("a shipped lab is right");
        let levers = parse_failure(failure, &loaded.blueprint).expect("it can be read");
        loaded.blueprint.schedule.extend(levers);
        let mut session = Session::open(loaded.blueprint, None, Keep::Nothing).expect("a shipped lab opens");
        session.advance(SimTime::at(Span::minutes(10)), u64::MAX);
        let topology = View::of(&session).topology();
        let mut lines = Vec::new();
        for (place, node) in topology.nodes.iter().enumerate() {
            let is_gateway = matches!(
                node.kind,
                NodeKind::TransitGateway | NodeKind::VirtualPrivateGateway | NodeKind::DirectConnectGateway
            );
            if !is_gateway {
                continue;
            }
            let within = node.parent.and_then(|parent| topology.containers.get(parent));
            let within = within.map_or("nothing", |it| it.name.as_str());
            lines.push(format!(
                "{} {}, {} in {within}",
                node.kind.as_str(),
                node.name,
                node.caption
            ));
            for link in topology
                .links
                .iter()
                .filter(|link| link.ends[0] == Place::Node(place))
            {
                let far = match link.ends[1] {
                    Place::Container(place) => &topology.containers[place].name,
                    Place::Node(place) => &topology.nodes[place].name,
                };
                lines.push(format!(
                    "  {} → {far}: {} {:?}",
                    link.name, link.state, link.health
                ));
            }
        }
        lines.join("\n")
    }

    #[test]
    fn gateways_are_in_the_picture_with_what_is_joined_to_them() {
        insta::assert_snapshot!(told("dx-vpn-backup", "8m:link_down dx-primary"));
        insta::assert_snapshot!(told("cloudhub", "8m:tunnel_down vpn-berlin/1"));
        insta::assert_snapshot!(told(
            "transit-inter-region",
            "8m:transit_peering_down atlantic/tgw-frankfurt"
        ));
    }
}
