//! Text of an overlay that designs a part of the lab anew: other addresses, an attachment, an endpoint, an AS number.
//!
//! Somebody has to choose a number or a block that is free. What is proposed takes the first.

use std::net::Ipv4Addr;

use ipnet::Ipv4Net;

use crate::aws::transit_gateway::Attachment;
use crate::aws::{Attached, AttachmentKind, DnsAttribute, EndpointDirection, HostName, Service};
use crate::migrate::ground::{Call, Remote};
use crate::resource::{PeeringId, RouteTableId, RouterId, SubnetId, VpcId};
use crate::verdict::Destination;

use super::written::{Text, Told, words};

/// The private blocks that another VPC gets its addresses from (RFC 1918 §3).
const PRIVATE: Ipv4Net = Ipv4Net::new_assert(Ipv4Addr::new(10, 0, 0, 0), 8);
/// The last private AS number of two octets (RFC 6996 §5).
const LAST_PRIVATE_ASN: u32 = 65_534;

/// Names in quotes, one after the other.
fn quoted(names: impl Iterator<Item = String>) -> String {
    let all = names.map(|name| format!("{name:?}"));
    all.collect::<Vec<_>>().join(", ")
}

fn overlap(one: &Ipv4Net, other: &Ipv4Net) -> bool {
    one.contains(other) || other.contains(one)
}

fn vpc_of(row: &Attachment) -> Option<VpcId> {
    match row.kind {
        AttachmentKind::Vpc { vpc, .. } => Some(vpc),
        _ => None,
    }
}

impl Text<'_> {
    /// Of two VPCs with the same addresses a Transit Gateway knows the one that came first.
    pub(super) fn other_addresses(&self, reached: VpcId) -> Option<Told> {
        let (cloud, names) = (&self.0.network().cloud, self.0.names());
        let own = &cloud.vpcs.get(reached)?.cidrs;
        let mut attached = cloud.attachments.rows().iter().filter_map(vpc_of);
        let other = attached.find(|vpc| {
            let cidrs = cloud.vpcs.get(*vpc).map_or(&[][..], |row| &row.cidrs);
            let overlaps = |one: &Ipv4Net| own.iter().any(|it| overlap(it, one));
            *vpc != reached && cidrs.iter().any(overlaps)
        })?;
        let text = format!(
            "give VPC {} other addresses: they are those of VPC {}, whose attachment propagated them first, and of two that \
             overlap a Transit Gateway takes no second one",
            names.of(other),
            names.of(reached)
        );
        Some((words(text), self.moved(other)))
    }

    /// A VPC, its subnets and its hosts in the first block that nobody has; none where anything else has an address there.
    fn moved(&self, vpc: VpcId) -> Option<String> {
        let (network, names) = (self.0.network(), self.0.names());
        let cloud = &network.cloud;
        let [old] = cloud.vpcs.get(vpc)?.cidrs.as_slice() else {
            return None;
        };
        let new = self.free_block(old.prefix_len())?;
        let shifted = |address: Ipv4Addr| {
            let inside = address.to_bits() - old.network().to_bits();
            Ipv4Addr::from_bits(new.network().to_bits() + inside)
        };
        let (mut subnets, mut hosts) = (Vec::new(), Vec::new());
        for (id, row) in cloud.subnets.iter().filter(|(_, row)| row.vpc == vpc) {
            let block = Ipv4Net::new_assert(shifted(row.cidr.network()), row.cidr.prefix_len());
            subnets.push(format!("{:?}: (cidr: \"{block}\")", names.of(id)));
        }
        for (_, row) in cloud.interfaces.iter() {
            let is_there = cloud.subnets.get(row.subnet).is_some_and(|it| it.vpc == vpc);
            match row.attached {
                _ if !is_there => {}
                Attached::Host(host) => {
                    let address = shifted(row.address);
                    hosts.push(format!("{:?}: (address: \"{address}\")", names.of(host)));
                }
                _ => return None,
            }
        }
        Some(format!(
            "vpcs: {{{:?}: (cidrs: [\"{new}\"], subnets: {{{}}})}}, hosts: {{{}}}",
            names.of(vpc),
            subnets.join(", "),
            hosts.join(", ")
        ))
    }

    /// The first private block of a length that no VPC, segment or announcement of the customer's touches.
    fn free_block(&self, length: u8) -> Option<Ipv4Net> {
        let network = self.0.network();
        let of_vpcs = network
            .cloud
            .vpcs
            .rows()
            .iter()
            .flat_map(|row| row.cidrs.iter().copied());
        let of_segments = network.segments.rows().iter().map(|row| row.prefix);
        let routers = network.routers.ids().filter_map(|router| self.0.speaker(router));
        let announced =
            routers.flat_map(|(speaker, _)| speaker.config().originate.iter().map(|(prefix, _)| *prefix));
        let taken: Vec<Ipv4Net> = of_vpcs.chain(of_segments).chain(announced).collect();
        let mut blocks = PRIVATE.subnets(length).ok()?;
        blocks.find(|block| !taken.iter().any(|it| overlap(it, block)))
    }

    /// A VPC that wants to go through a peered one gets an attachment of its own to the Transit Gateway that is behind it.
    pub(super) fn attachment_for(&self, peering: PeeringId, call: &Call) -> Option<Told> {
        let (network, names) = (self.0.network(), self.0.names());
        let cloud = &network.cloud;
        let Remote::Address(to) = call.to else { return None };
        let own = network.vpc_of(call.from)?;
        let peered = cloud.peerings.get(peering)?.other_side(own)?;
        let mut attachments = cloud.attachments.rows().iter();
        let gateway = attachments.find(|row| row.joins(row.gateway, peered))?.gateway;
        let mut all = cloud.attachments.rows().iter();
        if all.any(|row| row.joins(gateway, own)) {
            return None;
        }
        let from = self.subnet_at(own, network.address_of(call.from)?)?;
        let table = cloud.subnets.get(from)?.route_table;
        let destination = self.route_to(table, to)?;
        let (vpc, name, table) = (names.of(own), names.of(gateway), names.of(table));
        let subnets = quoted(self.one_in_each_zone(own).into_iter().map(|id| names.of(id)));
        let text = format!(
            "attach VPC {vpc} to {name} and route {destination} to it in route table {table}: peering connection {} leads to \
             VPC {} and no further",
            names.of(peering),
            names.of(peered)
        );
        let attachment = format!("{vpc} attachment");
        let overlay = format!(
            "transit_gateways: {{{name:?}: (vpcs: {{{attachment:?}: (vpc: {vpc:?}, subnets: [{subnets}])}})}}, \
             vpcs: {{{vpc:?}: (route_tables: {{{table:?}: (routes: {{\"{destination}\": transit_gateway({name:?})}})}})}}"
        );
        Some((words(text), Some(overlay)))
    }

    /// The block by which a table leads to an address.
    fn route_to(&self, table: RouteTableId, to: Ipv4Addr) -> Option<Ipv4Net> {
        let routes = &self.0.network().cloud.route_tables.get(table)?.routes;
        let blocks = routes.iter().filter_map(|route| match route.destination {
            Destination::Prefix(block) if block.contains(&to) => Some(block),
            _ => None,
        });
        blocks.max_by_key(Ipv4Net::prefix_len)
    }

    /// The smallest subnet of a VPC in each of its zones.
    fn one_in_each_zone(&self, vpc: VpcId) -> Vec<SubnetId> {
        let cloud = &self.0.network().cloud;
        let mut own: Vec<_> = cloud.subnets.iter().filter(|(_, row)| row.vpc == vpc).collect();
        own.sort_by_key(|(id, row)| (row.zone, core::cmp::Reverse(row.cidr.prefix_len()), *id));
        own.dedup_by_key(|(_, row)| row.zone);
        own.into_iter().map(|(id, _)| id).collect()
    }

    /// From outside of a VPC a service is reached by an interface endpoint: a gateway endpoint is a route of its own VPC.
    pub(super) fn endpoint_for(&self, call: &Call) -> Option<Told> {
        let (network, names) = (self.0.network(), self.0.names());
        let cloud = &network.cloud;
        let Remote::Name(name) = &call.to else { return None };
        // Under the service's public name, for which there is no endpoint with private DNS.
        let service = HostName::parse(name).filter(|it| it.endpoint.is_none())?.service;
        let mut endpoints = cloud.interface_endpoints.rows().iter();
        if service != Service::S3 || endpoints.any(|it| it.service == service) {
            return None;
        }
        let segment = network.hosts.get(call.from)?.segment_port()?.segment;
        let caller = network.segments.get(segment)?.prefix;
        let (gateway, row) = cloud
            .gateway_endpoints
            .iter()
            .find(|(_, it)| it.service == service)?;
        let vpc = names.of(row.vpc);
        let text = format!(
            "create an interface endpoint for {service} with private DNS in VPC {vpc}: gateway endpoint {} is a route of that \
             VPC's own, and serves nobody who comes from outside",
            names.of(gateway)
        );
        // Where the questions of who is outside come in, the answers are near.
        let mut inbound = cloud.resolver_endpoints.rows().iter();
        let inbound = inbound.find(|it| it.vpc == row.vpc && it.direction == EndpointDirection::Inbound);
        let subnets: Vec<SubnetId> = match inbound {
            Some(inbound) => {
                let interfaces = inbound
                    .interfaces
                    .iter()
                    .filter_map(|id| cloud.interfaces.get(*id));
                interfaces.map(|it| it.subnet).collect()
            }
            None => self.one_in_each_zone(row.vpc),
        };
        let subnets = quoted(subnets.into_iter().map(|id| names.of(id)));
        let hostnames = match cloud.vpcs.get(row.vpc)?.dns_hostnames {
            DnsAttribute::On => "",
            DnsAttribute::Off => "enable_dns_hostnames: true, ",
        };
        let new = format!("{vpc}-{service}");
        let overlay = format!(
            "vpcs: {{{vpc:?}: ({hostnames}security_groups: {{{new:?}: (ingress: [(protocol: tcp, ports: \"443\", from: \
             \"{caller}\")])}}, interface_endpoints: {{{new:?}: (service: {service}, subnets: [{subnets}], security_groups: \
             [{new:?}], private_dns: inbound_resolver_only)}})}}"
        );
        Some((words(text), Some(overlay)))
    }

    /// Two sites of one AS number: either drops what holds its own.
    pub(super) fn own_as(&self, call: &Call) -> Option<Told> {
        let names = self.0.names();
        let (near, far, number) = self.same_as(call)?;
        let text = format!(
            "give {} an AS number of its own, and its customer gateway, too: {} is of AS {number} as well, and drops a path \
             that holds its own",
            names.of(far),
            names.of(near),
        );
        Some((words(text), self.renumbered(far, number)))
    }

    /// A router that has a virtual private gateway for a neighbour, with the next AS number that nobody has.
    fn renumbered(&self, router: RouterId, number: u32) -> Option<String> {
        let (network, names) = (self.0.network(), self.0.names());
        let speakers = || network.routers.ids().filter_map(|router| self.0.speaker(router));
        let is_free = |number: &u32| speakers().all(|(speaker, _)| speaker.config().rib.asn.0 != *number);
        let new = (number + 1..=LAST_PRIVATE_ASN).find(is_free)?;
        let sessions = self.0.bgp_sessions();
        let mut ends = sessions
            .filter(|(_, read)| read.row.router == router)
            .filter_map(|(_, read)| self.0.router_at(read.transport.remote));
        let gateways = network.cloud.virtual_private_gateways.rows();
        let customer = ends.find_map(|end| {
            let mut connections = gateways.iter().flat_map(|row| &row.connections);
            connections.find(|it| it.endpoints.contains(&end))
        })?;
        let (customer, router) = (&customer.customer_gateway, names.of(router));
        Some(format!(
            "customer_gateways: {{{customer:?}: (asn: {new})}}, routers: {{{router:?}: (asn: {new})}}"
        ))
    }
}
