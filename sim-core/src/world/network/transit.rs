//! Transit Gateways: in by one attachment, out by another.

use crate::aws::direct_connect::{Terminus, VirtualInterface};
use crate::aws::latency;
use crate::aws::mtu::PathMtuDiscovery;
use crate::aws::transit_gateway::{self, ApplianceMode, Attachment};
use crate::aws::virtual_private_gateway::Exit;
use crate::aws::{AttachmentKind, PeeringState, ZoneState};
use crate::reason::Reason;
use crate::resource::{
    AttachmentId, DirectConnectGatewayId, RouterId, SubnetId, TransitGatewayId, VirtualInterfaceId,
    VirtualPrivateGatewayId, VpcId, ZoneId,
};
use crate::site::{self, Behind, OperState, RouterInterface};
use crate::verdict::{Direction, Refusal, Report};

use super::device::chosen;
use super::link::Crossing;
use super::mtu::{Excess, Limit, clamped, fit};
use super::step::{Ground, Outcome, Passed, aged, missing};
use super::{GatewaySide, Header, Network, Place};

impl Network {
    /// The attachment by which a VPC reaches a Transit Gateway from one of its availability zones.
    ///
    /// # Errors
    /// [`Reason::TransitNoAttachment`] where the VPC is not attached, [`Reason::TransitZone`] where the attachment has no
    /// subnet in the zone.
    pub(super) fn transit_attachment(
        &self,
        gateway: TransitGatewayId,
        vpc: VpcId,
        zone: ZoneId,
    ) -> Result<AttachmentId, Refusal> {
        let cloud = &self.cloud;
        let nowhere = Refusal::at(Reason::TransitNoAttachment, gateway);
        let id = cloud.attachment_of(gateway, vpc).ok_or(nowhere)?;
        let row = cloud.attachments.get(id).ok_or(missing(id))?;
        match &row.kind {
            AttachmentKind::Vpc { subnets, .. } if cloud.attachment_subnet(subnets, zone).is_some() => Ok(id),
            _ => Err(Refusal::at(Reason::TransitZone, id)),
        }
    }
    /// What stands behind an interface of a router of AWS's: all but its line to the internet.
    pub(super) fn behind_interface(&self, interface: &RouterInterface) -> Option<Behind> {
        let behind = self.behind(interface.router)?;
        match (behind, interface.attached) {
            (Behind::TransitGateway(_) | Behind::VirtualPrivateGateway(_), site::Attachment::Tunnel(_))
            | (Behind::DirectConnect(_) | Behind::Transport(_), site::Attachment::Link(_)) => Some(behind),
            (Behind::TransitGateway(_) | Behind::VirtualPrivateGateway(_), site::Attachment::Link(_))
            | (Behind::DirectConnect(_) | Behind::Transport(_), site::Attachment::Tunnel(_))
            | (_, site::Attachment::Segment(_)) => None,
        }
    }
    /// What stands behind a router of AWS's.
    #[must_use]
    pub fn behind(&self, router: RouterId) -> Option<Behind> {
        self.routers.get(router)?.behind
    }
    /// Whether a tunnel endpoint of AWS's has a tunnel that works.
    #[must_use]
    pub fn endpoint_is_up(&self, endpoint: RouterId) -> bool {
        let interfaces = self.routers.get(endpoint).map(|row| row.interfaces.as_slice());
        interfaces.unwrap_or_default().iter().any(|&id| {
            let row = self.router_interfaces.get(id);
            let is_tunnel = |it: &RouterInterface| {
                matches!(it.attached, site::Attachment::Tunnel(_)) && it.oper == OperState::Up
            };
            row.is_some_and(is_tunnel)
        })
    }
}

impl Ground<'_> {
    /// Out of a router of AWS's to what stands behind it.
    pub(super) fn leave_edge(&self, behind: Behind, header: &Header) -> Outcome {
        match behind {
            Behind::TransitGateway(attachment) => {
                let to = Place::TransitGateway {
                    attachment,
                    zone: None,
                };
                Ok(Passed::on(to, header).out(attachment))
            }
            Behind::VirtualPrivateGateway(gateway) => {
                let from = GatewaySide::Site;
                Ok(Passed::on(Place::VirtualPrivateGateway { gateway, from }, header).out(gateway))
            }
            // What a tunnel's end sends goes out by the attachment that the tunnel rides on, whatever any table says.
            Behind::Transport(attachment) => {
                let row = self.network.cloud.attachments.get(attachment);
                let exit = transit_gateway::Exit {
                    attachment,
                    endpoint: None,
                };
                self.leave_transit_gateway(exit, row.ok_or(missing(attachment))?, None, header)
            }
            Behind::DirectConnect(interface) => {
                let row = self.network.cloud.virtual_interfaces.get(interface);
                let row = row.ok_or(missing(interface))?;
                if let Some(passed) = self.cross_to_site(interface, header) {
                    return Ok(passed);
                }
                let to = match row.ends_at {
                    Terminus::DirectConnectGateway(gateway) => {
                        let direction = Direction::Ingress;
                        Place::DirectConnectGateway { gateway, direction }
                    }
                    Terminus::VirtualPrivateGateway(gateway) => {
                        let from = GatewaySide::Site;
                        Place::VirtualPrivateGateway { gateway, from }
                    }
                    Terminus::PublicEdge => Place::RouterEgress(row.endpoint),
                };
                Ok(Passed::on(to, header).out(interface))
            }
        }
    }

    /// From one location to another, without any Region between them (SiteLink).
    fn cross_to_site(&self, from: VirtualInterfaceId, header: &Header) -> Option<Passed> {
        let cloud = &self.network.cloud;
        let to = cloud.site_for(from, header.flow.destination)?;
        let rows = [from, to].map(|id| cloud.virtual_interfaces.get(id));
        let [Some(near), Some(far)] = rows else {
            return None;
        };
        let name = |row: &VirtualInterface| cloud.regions.get(row.region).map(|it| it.name.as_str());
        let delay = match (name(near), name(far)) {
            (Some(one), Some(other)) if one != other => latency::between(one, other),
            _ => latency::CROSS_ZONE,
        };
        let passed = Passed::on(Place::RouterEgress(far.endpoint), header);
        Some(passed.out(to).across(Crossing::of(delay)))
    }

    /// Through a Direct Connect gateway, which joins virtual interfaces with what is behind it and nothing else.
    pub(super) fn cross_direct_connect(
        &self,
        gateway: DirectConnectGatewayId,
        direction: Direction,
        header: &Header,
    ) -> Outcome {
        let cloud = &self.network.cloud;
        match direction {
            Direction::Ingress if let Some(to) = self.private_gateway_for(gateway, header) => {
                Ok(Passed::on(to, header))
            }
            Direction::Ingress => {
                let found = cloud.association_for(gateway, header.flow.destination);
                let attachment = found.ok_or(Refusal::at(Reason::AllowedPrefix, gateway))?;
                let to = Place::TransitGateway {
                    attachment,
                    zone: None,
                };
                Ok(Passed::on(to, header).out(attachment))
            }
            Direction::Egress => {
                let row = cloud
                    .direct_connect_gateways
                    .get(gateway)
                    .ok_or(missing(gateway))?;
                let found = row.installed.longest_match(header.flow.destination);
                let (_, learned) = found.ok_or(Refusal::at(Reason::NoRoute, gateway))?;
                // A customer that announces what covers several VPCs joins them: AWS's end knows the VPCs' blocks, too,
                // and turns the packet round.
                if let Some(to) = self.private_gateway_for(gateway, header) {
                    return Ok(Passed::on(to, header));
                }
                let exit = chosen(&learned.exits, &header.flow).ok_or(missing(gateway))?;
                let row = cloud.virtual_interfaces.get(exit).ok_or(missing(exit))?;
                Ok(Passed::on(Place::RouterEgress(row.endpoint), header).out(exit))
            }
        }
    }

    /// The virtual private gateway behind a Direct Connect gateway that a packet is for.
    fn private_gateway_for(&self, behind: DirectConnectGatewayId, header: &Header) -> Option<Place> {
        let cloud = &self.network.cloud;
        let gateway = cloud.private_association_for(behind, header.flow.destination)?;
        let from = GatewaySide::DirectConnect;
        Some(Place::VirtualPrivateGateway { gateway, from })
    }

    /// At a virtual private gateway: to the VPC, or from the VPC or a site to a site.
    pub(super) fn cross_private_gateway(
        &self,
        gateway: VirtualPrivateGatewayId,
        from: GatewaySide,
        header: &Header,
    ) -> Outcome {
        let cloud = &self.network.cloud;
        let header = &aged(header, gateway)?;
        let choice = cloud.private_route(gateway, header.flow.destination)?;
        let exit = chosen(&choice.installed.exits, &header.flow).ok_or(missing(gateway))?;
        let passed = match (exit, from) {
            (Exit::Vpc(vpc), _) => {
                let interface = self.find(vpc, header.flow.destination)?;
                let crossing = Crossing::of(latency::CROSS_ZONE);
                Passed::on(Place::SubnetIngress(interface), header)
                    .out(vpc)
                    .across(crossing)
            }
            (_, GatewaySide::DirectConnect) => return Err(Refusal::by(Reason::NoRoute, choice.rule)),
            (Exit::Tunnel(endpoint), _) if self.network.endpoint_is_up(endpoint) => {
                Passed::on(Place::RouterEgress(endpoint), header).out(endpoint)
            }
            (Exit::Tunnel(endpoint), _) => return Err(Refusal::at(Reason::GatewayVpnDown, endpoint)),
            (Exit::Interface(interface), _) => {
                let row = cloud
                    .virtual_interfaces
                    .get(interface)
                    .ok_or(missing(interface))?;
                Passed::on(Place::RouterEgress(row.endpoint), header).out(interface)
            }
            (Exit::DirectConnect(gateway), GatewaySide::Vpc) => {
                let direction = Direction::Egress;
                Passed::on(Place::DirectConnectGateway { gateway, direction }, header).out(gateway)
            }
            (Exit::DirectConnect(_), GatewaySide::Site) => {
                return Err(Refusal::by(Reason::NoRoute, choice.rule));
            }
        };
        Ok(passed.by(choice.rule))
    }

    /// At a Transit Gateway: the table that the attachment is associated with decides.
    pub(super) fn cross_transit_gateway(
        &self,
        from: AttachmentId,
        zone: Option<ZoneId>,
        header: &Header,
    ) -> Outcome {
        let cloud = &self.network.cloud;
        let row = cloud.attachments.get(from).ok_or(missing(from))?;
        let header = &aged(header, row.gateway)?;
        if let Some(underlay) = row.underlay
            && cloud.owns_address(row.gateway, header.flow.destination)
        {
            return Ok(Passed::on(Place::RouterEgress(underlay), header).out(from));
        }
        let table = row
            .association
            .ok_or(Refusal::at(Reason::TransitNoAssociation, from))?;
        let choice = cloud.transit_route(table, header.flow.destination)?;
        let exit = chosen(&choice.installed.exits, &header.flow)
            .ok_or(Refusal::by(Reason::TransitBlackhole, choice.rule))?;
        let out = cloud
            .attachments
            .get(exit.attachment)
            .ok_or(missing(exit.attachment))?;
        let mtu = row.mtu().min(out.mtu());
        let limit = Limit {
            at: row.gateway.into(),
            mtu,
            excess: Excess::Drop(self.transit_report(row)),
        };
        // A Transit Gateway clamps the MSS of every connection through it ("How transit gateways work").
        let header = &fit(&clamped(header, Some(mtu.mss())), limit)?;
        let passed = self.leave_transit_gateway(exit, out, zone, header)?;
        Ok(passed.by(choice.rule).within(mtu))
    }

    /// Whether a gateway tells the senders behind an attachment of packets that are too large.
    fn transit_report(&self, from: &Attachment) -> Report {
        let row = self.network.cloud.transit_gateways.get(from.gateway);
        match (row.map(|row| row.path_mtu_discovery), &from.kind) {
            (Some(PathMtuDiscovery::FromVpcs), AttachmentKind::Vpc { .. }) => Report::Sent,
            (Some(PathMtuDiscovery::FromVpcs | PathMtuDiscovery::Off) | None, _) => Report::Withheld,
        }
    }

    fn leave_transit_gateway(
        &self,
        exit: transit_gateway::Exit,
        row: &Attachment,
        zone: Option<ZoneId>,
        header: &Header,
    ) -> Outcome {
        let out = exit.attachment;
        match &row.kind {
            AttachmentKind::Vpc {
                subnets,
                appliance_mode,
                ..
            } => {
                let subnet = self.entrance(subnets, *appliance_mode, zone, header);
                let subnet = subnet.ok_or(Refusal::at(Reason::TransitNoAttachment, out))?;
                let passed = self.out_of_subnet(subnet, header)?;
                let delay = passed.crossing.delay + latency::TRANSIT_GATEWAY;
                Ok(passed.out(out).across(Crossing::of(delay)))
            }
            AttachmentKind::Vpn { .. } => {
                let endpoint = exit.endpoint.filter(|&it| self.network.endpoint_is_up(it));
                let endpoint = endpoint.ok_or(Refusal::at(Reason::VpnDown, out))?;
                let crossing = Crossing::of(latency::TRANSIT_GATEWAY);
                Ok(Passed::on(Place::RouterEgress(endpoint), header)
                    .out(out)
                    .across(crossing))
            }
            AttachmentKind::DirectConnect(association) => {
                let to = Place::DirectConnectGateway {
                    gateway: association.gateway,
                    direction: Direction::Egress,
                };
                let crossing = Crossing::of(latency::TRANSIT_GATEWAY);
                Ok(Passed::on(to, header).out(out).across(crossing))
            }
            AttachmentKind::Peering { peer, state, delay } => {
                if *state != PeeringState::Active {
                    return Err(Refusal::at(Reason::PeeringNotActive, out));
                }
                let to = Place::TransitGateway {
                    attachment: *peer,
                    zone: None,
                };
                Ok(Passed::on(to, header).out(out).across(Crossing::of(*delay)))
            }
        }
    }

    /// The subnet by which a packet enters a VPC: one for each flow in appliance mode, else that of the zone which the
    /// packet comes from, else that of the receiver's zone, else the first, lost zones apart.
    fn entrance(
        &self,
        subnets: &[SubnetId],
        mode: ApplianceMode,
        zone: Option<ZoneId>,
        header: &Header,
    ) -> Option<SubnetId> {
        let cloud = &self.network.cloud;
        if mode == ApplianceMode::Enabled {
            return chosen(subnets, &header.flow.undirected());
        }
        let works = |subnet: &SubnetId| cloud.zone_state(*subnet) == Some(ZoneState::Available);
        let stands_in = |zone| cloud.attachment_subnet(subnets, zone).filter(works);
        let of_receiver = || {
            let vpc = cloud.subnets.get(*subnets.first()?)?.vpc;
            let interface = cloud.interface_at(vpc, header.flow.destination)?;
            let subnet = cloud.interfaces.get(interface)?.subnet;
            stands_in(cloud.subnets.get(subnet)?.zone)
        };
        zone.and_then(stands_in)
            .or_else(of_receiver)
            .or_else(|| subnets.iter().find(|subnet| works(subnet)).copied())
            .or_else(|| subnets.first().copied())
    }
}
