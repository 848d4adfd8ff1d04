//! One packet, one place further.

use std::net::Ipv4Addr;

use crate::aws::{
    Attached, DnsAttribute, EndpointState, InterfaceState, RouteOrigin, RouteTarget, SourceDestinationCheck,
    ZoneState,
};
use crate::aws::{latency, mtu};
use crate::net::Mtu;
use crate::reason::Reason;
use crate::resource::{NetworkInterfaceId, ResourceRef, ServiceEndpointId, SubnetId, VpcId};
use crate::site::Port;
use crate::units::{SimTime, Span};
use crate::verdict::{Direction, Refusal, Report, Rule};

use super::hop::{Hop, Next, Step};
use super::link::Crossing;
use super::mtu::{Excess, Limit, clamped, exceeded, fit};
use super::{Door, GatewaySide, Header, LinkRef, Network, Place, Recipient, Tracking};

/// The address at which the resolver of a VPC answers in every VPC ("DNS attributes for your VPC").
pub const RESOLVER_LINK_LOCAL: Ipv4Addr = Ipv4Addr::new(169, 254, 169, 253);

/// How a place passes a packet on.
#[derive(Debug, Clone, Copy)]
pub(in crate::world) struct Passed {
    pub(in crate::world) next: Next,
    pub(super) egress: Option<ResourceRef>,
    pub(super) rule: Option<Rule>,
    pub(in crate::world) crossing: Crossing,
    pub(super) mtu: Option<Mtu>,
}

impl Passed {
    pub(super) fn on(to: Place, header: &Header) -> Self {
        let header = *header;
        Self::with(Next::Forward { to, header })
    }
    pub(super) fn to(recipient: Recipient, header: &Header) -> Self {
        Self {
            egress: Some(recipient.resource()),
            ..Self::with(Next::Deliver {
                to: recipient,
                header: *header,
            })
        }
    }
    const fn with(next: Next) -> Self {
        Self {
            next,
            egress: None,
            rule: None,
            crossing: Crossing {
                delay: Span::ZERO,
                link: None,
            },
            mtu: None,
        }
    }
    pub(super) fn by(self, rule: impl Into<Option<Rule>>) -> Self {
        let rule = rule.into();
        Self { rule, ..self }
    }
    /// By this rule where no other decided.
    pub(super) fn or_by(self, rule: Option<Rule>) -> Self {
        let rule = self.rule.or(rule);
        Self { rule, ..self }
    }
    /// No larger packet would have passed.
    pub(super) fn within(self, mtu: Mtu) -> Self {
        let mtu = Some(self.mtu.map_or(mtu, |it| it.min(mtu)));
        Self { mtu, ..self }
    }
    pub(super) fn out(self, egress: impl Into<ResourceRef>) -> Self {
        let egress = Some(egress.into());
        Self { egress, ..self }
    }
    pub(super) const fn across(self, crossing: Crossing) -> Self {
        Self { crossing, ..self }
    }
}

/// What a place decides.
pub(in crate::world) type Outcome = Result<Passed, Refusal>;

/// Takes the packet one place further, by the tables as they are at `now`.
///
/// The only thing changed is `tracking`: what stateful filters and translations remember.
#[must_use]
pub fn step(network: &Network, tracking: &mut Tracking, now: SimTime, at: Place, header: &Header) -> Step {
    step_of(network, (tracking, now), at, header, Packet::Here)
}

/// As [`step`], for a packet that is somewhere or only followed there.
pub(super) fn step_of(
    network: &Network,
    (tracking, now): (&mut Tracking, SimTime),
    at: Place,
    header: &Header,
    packet: Packet,
) -> Step {
    let (node, ingress) = network.described(at);
    let outcome = decided(network, (tracking, now), at, header, packet);
    let (egress, rule, crossing, next, mtu) = match outcome {
        Ok(passed) => (
            passed.egress,
            passed.rule,
            passed.crossing,
            passed.next,
            passed.mtu,
        ),
        Err(refusal) => {
            let (crossing, mtu) = (Crossing::default(), exceeded(&refusal));
            (None, refusal.rule, crossing, Next::Drop(refusal), mtu)
        }
    };
    let table = match (at, rule) {
        (_, Some(Rule::Route { table, .. } | Rule::NoRoute { table })) => Some(table),
        (Place::Router(subnet), _) => network.cloud.subnets.get(subnet).map(|subnet| subnet.route_table),
        (_, _) => None,
    };
    let hop = Hop {
        node,
        ingress,
        egress,
        table,
        rule,
        delay: crossing.delay,
        link: crossing.link,
        mtu,
        tunnelled: header.inner.is_some(),
    };
    Step { hop, next }
}

/// As [`step`], for those who want no evidence: a packet on its way.
pub(in crate::world) fn pass(
    network: &Network,
    tracking: &mut Tracking,
    now: SimTime,
    at: Place,
    header: &Header,
) -> Outcome {
    decided(network, (tracking, now), at, header, Packet::Here)
}

fn decided(
    network: &Network,
    (tracking, now): (&mut Tracking, SimTime),
    at: Place,
    header: &Header,
    packet: Packet,
) -> Outcome {
    let mut ground = Ground {
        network,
        tracking,
        now,
        packet,
    };
    ground.decide(at, header)
}

impl Network {
    /// The thing that a place belongs to, and by what a packet comes in there.
    pub(in crate::world) fn described(&self, at: Place) -> (ResourceRef, Option<ResourceRef>) {
        let port_of = |host| {
            self.hosts.get(host).map(|host| match &host.port {
                Port::Vpc(interface) => ResourceRef::from(*interface),
                Port::Segment(port) => port.segment.into(),
            })
        };
        let vpc_of = |subnet: SubnetId| {
            let vpc = self.cloud.subnets.get(subnet).map(|subnet| subnet.vpc);
            vpc.map_or(ResourceRef::Subnet(subnet), ResourceRef::Vpc)
        };
        let owner_of = |interface| {
            let router = self.router_interfaces.get(interface).map(|row| row.router);
            router.map_or(ResourceRef::RouterInterface(interface), ResourceRef::Router)
        };
        match at {
            Place::HostEgress(host) => (host.into(), None),
            Place::HostIngress(host) => (host.into(), port_of(host)),
            Place::InterfaceEgress(interface) | Place::InterfaceIngress(interface) => {
                (interface.into(), None)
            }
            Place::SubnetEgress(subnet) => (subnet.into(), None),
            Place::SubnetIngress(interface) => match self.cloud.interfaces.get(interface) {
                Some(row) => (row.subnet.into(), Some(vpc_of(row.subnet))),
                None => (interface.into(), None),
            },
            Place::Router(subnet) => (vpc_of(subnet), Some(subnet.into())),
            Place::Peering { peering, towards } => {
                let row = self.cloud.peerings.get(peering);
                let from = row.and_then(|peering| peering.other_side(towards));
                (peering.into(), from.map(Into::into))
            }
            Place::TransitGateway { attachment, .. } => {
                let gateway = self.cloud.attachments.get(attachment).map(|row| row.gateway);
                let gateway = gateway.map_or(attachment.into(), ResourceRef::TransitGateway);
                (gateway, Some(attachment.into()))
            }
            Place::DirectConnectGateway { gateway, .. } => (gateway.into(), None),
            Place::VirtualPrivateGateway { gateway, .. } => (gateway.into(), None),
            Place::NatGateway(gateway) => (gateway.into(), None),
            Place::InternetGateway { gateway, .. } => (gateway.into(), None),
            Place::GatewayEndpoint { endpoint, .. } => (endpoint.into(), None),
            Place::Internet => (ResourceRef::Lab, None),
            Place::Resolver(vpc) => (vpc.into(), None),
            Place::RouterEgress(router) => (router.into(), None),
            Place::RouterIngress(interface) => match self.router_interfaces.get(interface) {
                Some(row) => (row.router.into(), Some(interface.into())),
                None => (interface.into(), None),
            },
            Place::Segment { segment, .. } => (segment.into(), None),
            Place::Firewall { from, to } => (owner_of(to.interface), Some(from.into())),
            Place::SourceNat { to } => (owner_of(to.interface), None),
        }
    }
}

/// What a decision is made on.
pub(super) struct Ground<'a> {
    pub(super) network: &'a Network,
    pub(super) tracking: &'a mut Tracking,
    pub(super) now: SimTime,
    pub(super) packet: Packet,
}

/// When a packet is where it is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Packet {
    /// Now.
    Here,
    /// Later: it is sent now and followed ahead of its time, so that what is on the same way already gets there before it.
    Ahead,
}

/// A packet is at something that the tables do not know: only a lab that did not pass
/// `aws::violations` holds such a reference.
pub(super) fn missing(thing: impl Into<ResourceRef>) -> Refusal {
    Refusal::at(Reason::BadState, thing)
}

/// A packet after one more router, NAT gateway or forwarding host; between two of these no packet
/// can go round in circles.
pub(super) fn aged(header: &Header, at: impl Into<ResourceRef>) -> Result<Header, Refusal> {
    match header.hop_limit.checked_sub(1) {
        Some(hop_limit) if hop_limit > 0 => Ok(Header { hop_limit, ..*header }),
        Some(_) | None => Err(Refusal::at(Reason::HopLimit, at)),
    }
}

impl Ground<'_> {
    fn decide(&mut self, at: Place, header: &Header) -> Outcome {
        match at {
            Place::HostEgress(host) => self.leave_host(host, header),
            Place::InterfaceEgress(interface) => self.leave_interface(interface, header),
            Place::SubnetEgress(subnet) => self.leave_subnet(subnet, header),
            Place::Router(subnet) => self.route(subnet, header),
            Place::Peering { peering, towards } => self.cross_peering(peering, towards, header),
            Place::TransitGateway { attachment, zone } => {
                self.cross_transit_gateway(attachment, zone, header)
            }
            Place::DirectConnectGateway { gateway, direction } => {
                self.cross_direct_connect(gateway, direction, header)
            }
            Place::VirtualPrivateGateway { gateway, from } => {
                self.cross_private_gateway(gateway, from, header)
            }
            Place::NatGateway(gateway) => self.translate(gateway, header),
            Place::InternetGateway {
                gateway,
                direction: Direction::Egress,
            } => self.leave_to_internet(gateway, header),
            Place::InternetGateway {
                gateway,
                direction: Direction::Ingress,
            } => self.enter_from_internet(gateway, header),
            Place::Internet => self.cross_internet(header),
            Place::GatewayEndpoint {
                endpoint,
                direction: Direction::Egress,
            } => self.leave_by_gateway_endpoint(endpoint, header),
            Place::GatewayEndpoint {
                endpoint,
                direction: Direction::Ingress,
            } => self.return_by_gateway_endpoint(endpoint, header),
            Place::Resolver(vpc) => self.answer_from_resolver(vpc, header),
            Place::SubnetIngress(interface) => self.enter_subnet(interface, header),
            Place::InterfaceIngress(interface) => self.enter_interface(interface, header),
            Place::HostIngress(host) => self.enter_host(host, header),
            Place::RouterEgress(router) => self.leave_router(router, header),
            Place::RouterIngress(interface) => self.enter_router(interface, header),
            Place::Segment { segment, to } => self.cross_segment(segment, to, header),
            Place::Firewall { from, to } => self.pass_router(from, to, header),
            Place::SourceNat { to } => self.hide_sender(to, header),
        }
    }

    /// Out of an interface: towards the VPC's resolver, within the subnet, or to the subnet's edge.
    fn leave_interface(&mut self, interface: NetworkInterfaceId, header: &Header) -> Outcome {
        let cloud = &self.network.cloud;
        let row = cloud.interfaces.get(interface).ok_or(missing(interface))?;
        let checked = row.source_destination_check == SourceDestinationCheck::On;
        if checked && header.flow.source != row.address {
            return Err(Refusal::at(Reason::SourceDestinationCheck, interface));
        }
        let subnet = cloud.subnets.get(row.subnet).ok_or(missing(row.subnet))?;
        let vpc = cloud.vpcs.get(subnet.vpc).ok_or(missing(subnet.vpc))?;
        self.works(interface, row.subnet)?;
        let destination = header.flow.destination;
        // Neither security groups nor network ACLs filter what goes to the VPC's own resolver
        // ("Control traffic to your AWS resources using security groups").
        if destination == RESOLVER_LINK_LOCAL || Some(destination) == vpc.resolver_address() {
            return self.reach_resolver(subnet.vpc, header);
        }
        let rule = self.pass_groups(interface, Direction::Egress, header)?;
        let is_endpoint = matches!(row.attached, Attached::Endpoint(_));
        let header = &if is_endpoint {
            endpoint_sized(interface, header)?
        } else {
            *header
        };
        let mut passed = self.out_of_subnet(row.subnet, header)?.by(rule);
        if is_endpoint {
            passed = passed.within(mtu::INTERFACE_ENDPOINT);
            passed.crossing.delay += latency::ENDPOINT;
            passed.crossing.link = Some(LinkRef::Endpoint {
                interface,
                direction: Direction::Egress,
            });
        }
        Ok(passed)
    }

    /// Whether an interface in a subnet sends or receives.
    fn works(&self, interface: NetworkInterfaceId, subnet: SubnetId) -> Result<(), Refusal> {
        let cloud = &self.network.cloud;
        if cloud.interfaces.state(interface) == InterfaceState::Failed {
            return Err(Refusal::at(Reason::InterfaceFailed, interface));
        }
        let zone = cloud.subnets.get(subnet).ok_or(missing(subnet))?.zone;
        match cloud.zones.get(zone).ok_or(missing(zone))?.state {
            ZoneState::Available => Ok(()),
            ZoneState::Lost => Err(Refusal::at(Reason::ZoneLost, zone)),
        }
    }

    /// Within the subnet straight to the receiver, otherwise to the subnet's edge: network ACLs do
    /// not apply within a subnet.
    pub(super) fn out_of_subnet(&self, subnet: SubnetId, header: &Header) -> Outcome {
        let cloud = &self.network.cloud;
        let row = cloud.subnets.get(subnet).ok_or(missing(subnet))?;
        if !row.cidr.contains(&header.flow.destination) {
            return Ok(Passed::on(Place::SubnetEgress(subnet), header).out(subnet));
        }
        match cloud.interfaces.at(subnet, header.flow.destination) {
            Some(to) => Ok(Passed::on(Place::InterfaceIngress(to), header)
                .out(to)
                .across(Crossing::of(latency::SAME_ZONE))),
            None => Err(Refusal::at(Reason::UnknownDestination, subnet)),
        }
    }

    /// The route table of the subnet that the packet comes from.
    fn route(&mut self, subnet: SubnetId, header: &Header) -> Outcome {
        let cloud = &self.network.cloud;
        let row = cloud.subnets.get(subnet).ok_or(missing(subnet))?;
        let header = &aged(header, row.vpc)?;
        let choice = cloud.route(row.route_table, header.flow.destination)?;
        let by_route =
            |to: Place, egress: ResourceRef| Ok(Passed::on(to, header).out(egress).by(choice.rule));
        match choice.target {
            RouteTarget::Local => {
                let vpc = cloud.vpcs.get(row.vpc).ok_or(missing(row.vpc))?;
                if !vpc.contains(header.flow.destination) {
                    return Err(Refusal::by(Reason::LocalRouteRestriction, choice.rule));
                }
                let to = self.find(row.vpc, header.flow.destination)?;
                Ok(self.towards(subnet, to, header).by(choice.rule))
            }
            RouteTarget::NetworkInterface(to) => Ok(self.towards(subnet, to, header).by(choice.rule)),
            RouteTarget::NatGateway(gateway) => {
                let nat = cloud.nat_gateways.get(gateway).ok_or(missing(gateway))?;
                let passed = self.towards(subnet, nat.interface, header);
                Ok(passed.out(gateway).by(choice.rule))
            }
            RouteTarget::Peering(peering) => {
                let other = cloud.peerings.get(peering).and_then(|p| p.other_side(row.vpc));
                let towards = other.ok_or(Refusal::by(Reason::BlackholeRoute, choice.rule))?;
                by_route(Place::Peering { peering, towards }, peering.into())
            }
            RouteTarget::TransitGateway(gateway) => {
                let zone = row.zone;
                let attachment = self.network.transit_attachment(gateway, row.vpc, zone)?;
                let to = Place::TransitGateway {
                    attachment,
                    zone: Some(zone),
                };
                by_route(to, attachment.into())
            }
            RouteTarget::VirtualPrivateGateway(gateway) => {
                let to = Place::VirtualPrivateGateway {
                    gateway,
                    from: GatewaySide::Vpc,
                };
                let propagated = self.is_propagated(choice.rule);
                let limit = Limit {
                    at: row.route_table.into(),
                    mtu: if propagated {
                        mtu::INSTANCE
                    } else {
                        mtu::STATIC_TO_PRIVATE_GATEWAY
                    },
                    excess: Excess::Cut(Report::Sent),
                };
                let passed = Passed::on(to, &fit(header, limit)?).out(gateway);
                Ok(passed.by(choice.rule).within(limit.mtu))
            }
            RouteTarget::InternetGateway(gateway) => {
                let direction = Direction::Egress;
                by_route(Place::InternetGateway { gateway, direction }, gateway.into())
            }
            RouteTarget::GatewayEndpoint(endpoint) => {
                let direction = Direction::Egress;
                by_route(Place::GatewayEndpoint { endpoint, direction }, endpoint.into())
            }
            RouteTarget::Gone => Err(Refusal::by(Reason::BlackholeRoute, choice.rule)),
        }
    }

    /// Whether a gateway wrote the route that decided.
    fn is_propagated(&self, rule: Rule) -> bool {
        let Rule::Route { table, destination } = rule else {
            return false;
        };
        let table = self.network.cloud.route_tables.get(table);
        let mut routes = table.into_iter().flat_map(|table| &table.routes);
        let is_it = |route: &&crate::aws::Route| route.destination == destination;
        routes
            .find(is_it)
            .is_none_or(|route| route.origin != RouteOrigin::Static)
    }

    /// From one subnet of a VPC to an interface in the same or another.
    fn towards(&self, from: SubnetId, to: NetworkInterfaceId, header: &Header) -> Passed {
        let cloud = &self.network.cloud;
        let zone = |subnet| cloud.subnets.get(subnet).map(|subnet| subnet.zone);
        let target = cloud.interfaces.get(to).map(|row| row.subnet);
        let delay = if target.and_then(zone) == zone(from) {
            latency::SAME_ZONE
        } else {
            latency::CROSS_ZONE
        };
        let place = if target == Some(from) {
            Place::InterfaceIngress(to)
        } else {
            Place::SubnetIngress(to)
        };
        let egress = target.map_or(ResourceRef::from(to), ResourceRef::from);
        Passed::on(place, header).out(egress).across(Crossing::of(delay))
    }

    /// The interface in a VPC that holds an address, for packets that enter the VPC or cross it.
    pub(super) fn find(&self, vpc: VpcId, address: Ipv4Addr) -> Result<NetworkInterfaceId, Refusal> {
        let cloud = &self.network.cloud;
        if let Some(interface) = cloud.interface_at(vpc, address) {
            return Ok(interface);
        }
        let resolver = cloud.vpcs.get(vpc).and_then(|vpc| vpc.resolver_address());
        Err(if resolver == Some(address) {
            Refusal::at(Reason::ResolverNotReachable, vpc)
        } else {
            Refusal::at(Reason::UnknownDestination, vpc)
        })
    }

    /// Into an interface: security groups, then whatever it belongs to.
    fn enter_interface(&mut self, interface: NetworkInterfaceId, header: &Header) -> Outcome {
        let cloud = &self.network.cloud;
        let row = cloud.interfaces.get(interface).ok_or(missing(interface))?;
        self.works(interface, row.subnet)?;
        let for_it = header.flow.destination == row.address;
        match row.attached {
            // NAT gateways have no security groups, and take what is for others.
            Attached::NatGateway(gateway) => Ok(Passed::on(Place::NatGateway(gateway), header).out(gateway)),
            Attached::Host(host) => {
                if !for_it && row.source_destination_check == SourceDestinationCheck::On {
                    return Err(Refusal::at(Reason::SourceDestinationCheck, interface));
                }
                let rule = self.pass_groups(interface, Direction::Ingress, header)?;
                Ok(Passed::on(Place::HostIngress(host), header).out(host).by(rule))
            }
            Attached::Endpoint(endpoint) if for_it => {
                let working = cloud
                    .interface_endpoints
                    .get(endpoint)
                    .is_some_and(|row| row.state == EndpointState::Available);
                if !working {
                    return Err(Refusal::at(Reason::BadState, endpoint));
                }
                let rule = self.pass_groups(interface, Direction::Ingress, header)?;
                let link = LinkRef::Endpoint {
                    interface,
                    direction: Direction::Ingress,
                };
                let to = Recipient::InterfaceEndpoint { endpoint, interface };
                let header = endpoint_sized(interface, header)?;
                Ok(Passed::to(to, &header)
                    .by(rule)
                    .within(mtu::INTERFACE_ENDPOINT)
                    .across(Crossing::over(link, latency::ENDPOINT)))
            }
            Attached::Resolver(endpoint) if for_it => {
                let rule = self.pass_groups(interface, Direction::Ingress, header)?;
                let to = Recipient::ResolverEndpoint { endpoint, interface };
                Ok(Passed::to(to, header).by(rule))
            }
            Attached::Endpoint(_) | Attached::Resolver(_) => {
                Err(Refusal::at(Reason::SourceDestinationCheck, interface))
            }
            Attached::Nothing => Err(Refusal::at(Reason::UnknownDestination, interface)),
        }
    }

    /// To the VPC's own resolver.
    fn reach_resolver(&self, vpc: VpcId, header: &Header) -> Outcome {
        let row = self.network.cloud.vpcs.get(vpc).ok_or(missing(vpc))?;
        match row.dns_support {
            DnsAttribute::On => {
                Ok(Passed::to(Recipient::VpcResolver(vpc), header).across(Crossing::of(latency::SAME_ZONE)))
            }
            DnsAttribute::Off => Err(Refusal::at(Reason::DnsDisabled, vpc)),
        }
    }

    /// Answers of the VPC's own resolver are not filtered on their way back, except by the host.
    fn answer_from_resolver(&self, vpc: VpcId, header: &Header) -> Outcome {
        let interface = self.find(vpc, header.flow.destination)?;
        match self
            .network
            .cloud
            .interfaces
            .get(interface)
            .map(|row| row.attached)
        {
            Some(Attached::Host(host)) => Ok(Passed::on(Place::HostIngress(host), header)
                .out(interface)
                .across(Crossing::of(latency::SAME_ZONE))),
            Some(
                Attached::Endpoint(_) | Attached::Resolver(_) | Attached::NatGateway(_) | Attached::Nothing,
            )
            | None => Err(Refusal::at(Reason::UnknownDestination, interface)),
        }
    }
}

/// An interface endpoint takes and sends no larger packet than it carries, and says so to TCP ("AWS PrivateLink quotas").
fn endpoint_sized(interface: NetworkInterfaceId, header: &Header) -> Result<Header, Refusal> {
    let limit = Limit {
        at: interface.into(),
        mtu: mtu::INTERFACE_ENDPOINT,
        excess: Excess::Drop(Report::Withheld),
    };
    fit(&clamped(header, Some(limit.mtu.mss())), limit)
}

/// The way by which a service was reached decides the way back.
pub(super) fn to_service(service: ServiceEndpointId, door: Door, header: &Header) -> Passed {
    Passed::to(Recipient::Service { service, door }, header)
}
