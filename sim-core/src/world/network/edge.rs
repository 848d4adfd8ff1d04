//! The ways out of a VPC: peering, internet gateway, NAT gateway, gateway endpoint.

use std::net::Ipv4Addr;

use crate::aws::nat::Translator;
use crate::aws::{Attached, EndpointState, NatConnectivity, PeeringState, is_public};
use crate::aws::{latency, mtu};
use crate::net::{FiveTuple, Protocol};
use crate::reason::Reason;
use crate::resource::{
    GatewayEndpointId, InternetGatewayId, NatGatewayId, NetworkInterfaceId, PeeringId, RegionId, ResourceRef,
    VpcId,
};
use crate::units::Span;
use crate::verdict::{Direction, Refusal, Report, Rule};

use super::link::Crossing;
use super::mtu::{Excess, Limit, fit};
use super::step::{Ground, Outcome, Passed, aged, missing, to_service};
use super::{Door, Header, LinkRef, Place, Recipient};

/// Where the public DNS is asked: stands for all its servers, and is that of `a.root-servers.net`.
pub const PUBLIC_DNS: Ipv4Addr = Ipv4Addr::new(198, 41, 0, 4);

fn internet_limit(gateway: InternetGatewayId) -> Limit {
    Limit {
        at: gateway.into(),
        mtu: mtu::INTERNET_GATEWAY,
        excess: Excess::Cut(Report::Sent),
    }
}

impl Ground<'_> {
    /// Over a peering connection, which carries only what goes from one of its VPCs to the other.
    pub(super) fn cross_peering(&mut self, peering: PeeringId, towards: VpcId, header: &Header) -> Outcome {
        let cloud = &self.network.cloud;
        let row = cloud.peerings.get(peering).ok_or(missing(peering))?;
        if row.state != PeeringState::Active {
            return Err(Refusal::at(Reason::PeeringNotActive, peering));
        }
        let holds = |vpc, address| cloud.vpcs.get(vpc).is_some_and(|vpc| vpc.contains(address));
        let from = row.other_side(towards).ok_or(missing(peering))?;
        if !holds(from, header.flow.source) || !holds(towards, header.flow.destination) {
            let rule = Rule::PeeringBoundary { peering };
            return Err(Refusal::by(Reason::PeeringAddressRestriction, rule));
        }
        let interface = self.find(towards, header.flow.destination)?;
        let limit = Limit {
            at: peering.into(),
            mtu: row.mtu,
            excess: Excess::Cut(Report::Sent),
        };
        let header = &fit(header, limit)?;
        let link = LinkRef::Peering { peering, towards };
        Ok(Passed::on(Place::SubnetIngress(interface), header)
            .out(towards)
            .within(limit.mtu)
            .across(Crossing::over(link, row.delay)))
    }

    /// Out to the internet: the private source becomes the interface's public address.
    pub(super) fn leave_to_internet(&mut self, gateway: InternetGatewayId, header: &Header) -> Outcome {
        let cloud = &self.network.cloud;
        let vpc = cloud.internet_gateways.get(gateway).ok_or(missing(gateway))?.vpc;
        if !is_public(header.flow.destination) {
            return Err(Refusal::at(Reason::PrivateDestinationAtInternetGateway, gateway));
        }
        let sender = cloud
            .interface_at(vpc, header.flow.source)
            .ok_or(Refusal::at(Reason::Spoofed, gateway))?;
        let source = self
            .public_address_of(sender)
            .ok_or(Refusal::at(Reason::NoPublicAddress, gateway))?;
        let flow = FiveTuple {
            source,
            ..header.flow
        };
        let header = fit(&Header { flow, ..*header }, internet_limit(gateway))?;
        Ok(Passed::on(Place::Internet, &header).within(mtu::INTERNET_GATEWAY))
    }

    /// In from the internet: the public destination becomes the interface's private address.
    pub(super) fn enter_from_internet(&mut self, gateway: InternetGatewayId, header: &Header) -> Outcome {
        let cloud = &self.network.cloud;
        let vpc = cloud.internet_gateways.get(gateway).ok_or(missing(gateway))?.vpc;
        let nobody = Refusal::at(Reason::IngressNeedsPublicAddress, gateway);
        let interface = self.holder_of_public(header.flow.destination).ok_or(nobody)?;
        if cloud.vpc_of(interface) != Some(vpc) {
            return Err(nobody);
        }
        let destination = cloud.interfaces.get(interface).ok_or(nobody)?.address;
        let flow = FiveTuple {
            destination,
            ..header.flow
        };
        let header = fit(&Header { flow, ..*header }, internet_limit(gateway))?;
        Ok(Passed::on(Place::SubnetIngress(interface), &header)
            .out(vpc)
            .within(mtu::INTERNET_GATEWAY))
    }

    /// Across the internet, to a service, the public DNS or the public address of an interface.
    pub(super) fn cross_internet(&mut self, header: &Header) -> Outcome {
        let cloud = &self.network.cloud;
        let FiveTuple {
            source, destination, ..
        } = header.flow;
        let here = self.region_at(source);
        if destination == PUBLIC_DNS {
            let crossing = Crossing::of(latency::INTERNET_SAME_REGION);
            return Ok(Passed::to(Recipient::PublicDns, header).across(crossing));
        }
        let crossing = Crossing::of(self.internet_delay(here, self.region_at(destination)));
        if let Some(service) = cloud.service_at(destination, None) {
            return Ok(to_service(service, Door::Internet, header).across(crossing));
        }
        let nobody = Refusal::at(Reason::UnknownDestination, ResourceRef::Lab);
        let interface = self.holder_of_public(destination).ok_or(nobody)?;
        let vpc = cloud.vpc_of(interface).ok_or(nobody)?;
        let (gateway, _) = cloud
            .internet_gateways
            .iter()
            .find(|(_, gateway)| gateway.vpc == vpc)
            .ok_or(nobody)?;
        let direction = Direction::Ingress;
        Ok(Passed::on(Place::InternetGateway { gateway, direction }, header)
            .out(gateway)
            .across(crossing))
    }

    /// Through a NAT gateway, out for the VPC's own sources or back to them.
    pub(super) fn translate(&mut self, gateway: NatGatewayId, header: &Header) -> Outcome {
        let cloud = &self.network.cloud;
        let header = &aged(header, gateway)?;
        let nat = cloud.nat_gateways.get(gateway).ok_or(missing(gateway))?;
        let interface = cloud.interfaces.get(nat.interface).ok_or(missing(gateway))?;
        let translations = &mut self.tracking.translations;
        let (flow, direction) = if header.flow.destination == interface.address {
            let flow = translations
                .inward(
                    Translator::Gateway(gateway),
                    &header.flow,
                    header.signal,
                    self.now,
                )
                .ok_or(Refusal::at(Reason::UnknownDestination, gateway))?;
            (flow, Direction::Ingress)
        } else {
            let vpc = cloud.vpc_of(nat.interface).and_then(|vpc| cloud.vpcs.get(vpc));
            if !vpc.is_some_and(|vpc| vpc.contains(header.flow.source)) {
                return Err(Refusal::at(Reason::NatRequiresSourceInVpc, gateway));
            }
            let flow = translations
                .outward(
                    Translator::Gateway(gateway),
                    interface.address,
                    &header.flow,
                    self.now,
                )
                .ok_or(Refusal::at(Reason::QuotaExceeded, gateway))?;
            (flow, Direction::Egress)
        };
        let link = LinkRef::NatGateway { gateway, direction };
        let passed = self.out_of_subnet(interface.subnet, &Header { flow, ..*header })?;
        let delay = passed.crossing.delay;
        Ok(passed.across(Crossing::over(link, delay)))
    }

    /// To the service's public addresses by a gateway endpoint.
    pub(super) fn leave_by_gateway_endpoint(
        &mut self,
        endpoint: GatewayEndpointId,
        header: &Header,
    ) -> Outcome {
        let cloud = &self.network.cloud;
        let row = cloud.gateway_endpoints.get(endpoint).ok_or(missing(endpoint))?;
        if row.state != EndpointState::Available {
            return Err(Refusal::at(Reason::BadState, endpoint));
        }
        let vpc = cloud.vpcs.get(row.vpc).ok_or(missing(endpoint))?;
        if !vpc.contains(header.flow.source) {
            return Err(Refusal::at(Reason::GatewayEndpointFromOutside, endpoint));
        }
        match header.flow.protocol {
            Protocol::Tcp | Protocol::Icmp => {}
            Protocol::Udp | Protocol::Esp | Protocol::Gre => {
                return Err(Refusal::at(Reason::GatewayEndpointProtocol, endpoint));
            }
        }
        let service = cloud
            .service_at(header.flow.destination, Some(row.region))
            .filter(|&service| {
                cloud
                    .services
                    .get(service)
                    .is_some_and(|s| s.service == row.service)
            })
            .ok_or(Refusal::at(Reason::UnknownDestination, endpoint))?;
        let door = Door::GatewayEndpoint(endpoint);
        Ok(to_service(service, door, header).across(Crossing::of(latency::CROSS_ZONE)))
    }

    /// Back from the service into the VPC by the gateway endpoint that the request came through.
    pub(super) fn return_by_gateway_endpoint(
        &mut self,
        endpoint: GatewayEndpointId,
        header: &Header,
    ) -> Outcome {
        let cloud = &self.network.cloud;
        let row = cloud.gateway_endpoints.get(endpoint).ok_or(missing(endpoint))?;
        if row.state != EndpointState::Available {
            return Err(Refusal::at(Reason::BadState, endpoint));
        }
        let interface = self.find(row.vpc, header.flow.destination)?;
        Ok(Passed::on(Place::SubnetIngress(interface), header)
            .out(row.vpc)
            .across(Crossing::of(latency::CROSS_ZONE)))
    }

    /// The public address behind which an interface stands, a NAT gateway's elastic one included.
    fn public_address_of(&self, interface: NetworkInterfaceId) -> Option<Ipv4Addr> {
        let cloud = &self.network.cloud;
        let row = cloud.interfaces.get(interface)?;
        match row.attached {
            Attached::NatGateway(gateway) => match cloud.nat_gateways.get(gateway)?.connectivity {
                NatConnectivity::Public(address) => Some(address),
                NatConnectivity::Private => None,
            },
            Attached::Host(_) | Attached::Endpoint(_) | Attached::Resolver(_) | Attached::Nothing => {
                row.public_address
            }
        }
    }

    fn holder_of_public(&self, address: Ipv4Addr) -> Option<NetworkInterfaceId> {
        let cloud = &self.network.cloud;
        let nat = || {
            cloud
                .nat_gateways
                .rows()
                .iter()
                .find(|nat| nat.connectivity == NatConnectivity::Public(address))
                .map(|nat| nat.interface)
        };
        cloud.interfaces.at_public(address).or_else(nat)
    }

    /// The Region in which a public address is.
    fn region_at(&self, address: Ipv4Addr) -> Option<RegionId> {
        let cloud = &self.network.cloud;
        if let Some(service) = cloud.service_at(address, None) {
            return cloud.services.get(service).map(|service| service.region);
        }
        let vpc = cloud.vpc_of(self.holder_of_public(address)?)?;
        cloud.vpcs.get(vpc).map(|vpc| vpc.region)
    }

    fn internet_delay(&self, from: Option<RegionId>, to: Option<RegionId>) -> Span {
        let name = |region| self.network.cloud.regions.get(region).map(|region| &region.name);
        match (from.and_then(name), to.and_then(name)) {
            (Some(from), Some(to)) if from != to => latency::between(from, to),
            _ => latency::INTERNET_SAME_REGION,
        }
    }
}
