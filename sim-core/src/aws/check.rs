//! Checks a whole cloud for what AWS would refuse to create.
//!
//! The scenario reader asks once and shows everything; changes at run time ask for the part that
//! they touch.
//!
//! # Fidelity
//! Simplified: not checked are whether things work (a closed security group is no violation), ids
//! that lead nowhere, and limits per Region or account.
//!
//! Sources: "VPC CIDR blocks", "Subnets for your VPC", "Configure route tables" and "Amazon VPC
//! quotas", Amazon VPC User Guide; "VPC peering limitations", Amazon VPC Peering Guide; "Private
//! DNS for Amazon S3", Amazon S3 User Guide.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;

use ipnet::Ipv4Net;

use crate::proto::dns::is_within;
use crate::resource::{
    InterfaceEndpointId, NetworkAclId, NetworkInterfaceId, RouteTableId, SecurityGroupId, SubnetId, VpcId,
};
use crate::verdict::{Destination, Direction};

use super::{
    Attached, Cloud, EndpointState, PeeringState, PrivateDns, Route, RouteOrigin, RouteTarget, Service,
    Violation, quota, usable,
};

/// The smallest and the largest block of a VPC or subnet, by prefix length.
const BLOCK: std::ops::RangeInclusive<u8> = 16..=28;
/// Addresses that AWS keeps for its own services ("Configure route tables", considerations).
const FORBIDDEN: Ipv4Net = Ipv4Net::new_assert(Ipv4Addr::new(169, 254, 168, 0), 22);
/// The private ranges, of which a VPC uses one only (RFC 1918).
const PRIVATE: [Ipv4Net; 3] = [
    Ipv4Net::new_assert(Ipv4Addr::new(10, 0, 0, 0), 8),
    Ipv4Net::new_assert(Ipv4Addr::new(172, 16, 0, 0), 12),
    Ipv4Net::new_assert(Ipv4Addr::new(192, 168, 0, 0), 16),
];

/// Everything in `cloud` that AWS would refuse, by kind of resource and then in the lab's order.
///
/// Takes time proportional to the cloud's size, times its logarithm.
#[must_use]
pub fn violations(cloud: &Cloud) -> Vec<Violation> {
    let mut found = Vec::new();
    cloud.vpcs.ids().for_each(|id| check_vpc(cloud, id, &mut found));
    check_vpc_quotas(cloud, &mut found);
    cloud
        .subnets
        .ids()
        .for_each(|id| check_subnet(cloud, id, &mut found));
    check_subnet_overlaps(cloud, &mut found);
    check_addresses(cloud, &mut found);
    cloud
        .interfaces
        .ids()
        .for_each(|id| check_interface_groups(cloud, id, &mut found));
    cloud
        .security_groups
        .ids()
        .for_each(|id| check_group(cloud, id, &mut found));
    cloud
        .network_acls
        .ids()
        .for_each(|id| check_acl(cloud, id, &mut found));
    let subnets = cloud
        .subnets
        .rows()
        .iter()
        .map(|subnet| (subnet.vpc, subnet.cidr))
        .collect();
    cloud
        .route_tables
        .ids()
        .for_each(|id| check_table(cloud, &subnets, id, &mut found));
    check_peerings(cloud, &mut found);
    cloud
        .interface_endpoints
        .ids()
        .for_each(|id| check_endpoint(cloud, id, &mut found));
    check_private_dns(cloud, &mut found);
    check_gateways(cloud, &mut found);
    check_zones(cloud, &mut found);
    super::check_resolver::check(cloud, &mut found);
    found
}

fn overlap(one: Ipv4Net, other: Ipv4Net) -> bool {
    one.contains(&other) || other.contains(&one)
}

/// The blocks of a VPC, as many as it may have; more are a violation of their own.
fn blocks(cloud: &Cloud, vpc: VpcId) -> &[Ipv4Net] {
    let all = cloud.vpcs.get(vpc).map_or(&[][..], |vpc| vpc.cidrs.as_slice());
    all.get(..quota::CIDRS_PER_VPC).unwrap_or(all)
}

fn is_block(cidr: Ipv4Net) -> bool {
    BLOCK.contains(&cidr.prefix_len()) && cidr.addr() == cidr.network()
}

fn check_vpc(cloud: &Cloud, vpc: VpcId, found: &mut Vec<Violation>) {
    let Some(row) = cloud.vpcs.get(vpc) else { return };
    let count = row.cidrs.len();
    if count == 0 || count > quota::CIDRS_PER_VPC {
        found.push(Violation::VpcCidrCount { vpc, count });
    }
    let range_of = |cidr: &Ipv4Net| PRIVATE.iter().position(|range| range.contains(cidr));
    for (index, &cidr) in blocks(cloud, vpc).iter().enumerate() {
        if !is_block(cidr) {
            found.push(Violation::VpcCidrSize { vpc, cidr });
        }
        for &one in blocks(cloud, vpc).iter().take(index) {
            if overlap(one, cidr) {
                let other = cidr;
                found.push(Violation::VpcCidrsOverlap { vpc, one, other });
            }
        }
        if let Some(&primary) = row.cidrs.first()
            && let (Some(first), Some(this)) = (range_of(&primary), range_of(&cidr))
            && first != this
        {
            found.push(Violation::VpcCidrRange { vpc, primary, cidr });
        }
    }
}

fn check_vpc_quotas(cloud: &Cloud, found: &mut Vec<Violation>) {
    let mut n_peerings = BTreeMap::new();
    for peering in cloud.peerings.rows() {
        if peering.state == PeeringState::Active {
            for vpc in BTreeSet::from([peering.requester, peering.accepter]) {
                *n_peerings.entry(vpc).or_insert(0) += 1;
            }
        }
    }
    let mut n_endpoints = BTreeMap::new();
    for endpoint in cloud.interface_endpoints.rows() {
        if endpoint.state == EndpointState::Available {
            *n_endpoints.entry(endpoint.vpc).or_insert(0) += 1;
        }
    }
    for vpc in cloud.vpcs.ids() {
        let count = n_peerings.get(&vpc).copied().unwrap_or(0);
        let most = cloud.quotas.peerings_per_vpc;
        if count > most {
            found.push(Violation::Peerings { vpc, count, most });
        }
        let count = n_endpoints.get(&vpc).copied().unwrap_or(0);
        if count > quota::ENDPOINTS_PER_VPC {
            found.push(Violation::Endpoints { vpc, count });
        }
    }
}

fn check_subnet(cloud: &Cloud, subnet: SubnetId, found: &mut Vec<Violation>) {
    let Some(row) = cloud.subnets.get(subnet) else {
        return;
    };
    let cidr = row.cidr;
    if !is_block(cidr) {
        found.push(Violation::SubnetSize { subnet, cidr });
    }
    let Some(vpc) = cloud.vpcs.get(row.vpc) else {
        return;
    };
    if !blocks(cloud, row.vpc).iter().any(|block| block.contains(&cidr)) {
        found.push(Violation::SubnetOutsideVpc { subnet, cidr });
    }
    let zone = cloud.zones.get(row.zone).map(|zone| zone.region);
    let table = cloud.route_tables.get(row.route_table).map(|table| table.vpc);
    let acl = cloud.network_acls.get(row.network_acl).map(|acl| acl.vpc);
    let together = [
        (zone == Some(vpc.region), row.zone.into()),
        (table == Some(row.vpc), row.route_table.into()),
        (acl == Some(row.vpc), row.network_acl.into()),
    ];
    let apart = together.into_iter().filter(|(together, _)| !together);
    found.extend(apart.map(|(_, used)| Violation::SubnetElsewhere { subnet, used }));
}

/// In order of their blocks, a subnet overlaps one before it exactly where it begins before the
/// furthest end so far.
fn check_subnet_overlaps(cloud: &Cloud, found: &mut Vec<Violation>) {
    let mut blocks: Vec<_> = cloud
        .subnets
        .iter()
        .map(|(id, row)| (row.vpc, row.cidr, id))
        .collect();
    blocks.sort_unstable();
    let mut widest: Option<(VpcId, Ipv4Net, SubnetId)> = None;
    let mut overlaps = Vec::new();
    for block in blocks {
        match widest {
            Some(wide) if wide.0 == block.0 && wide.1.contains(&block.1) => {
                let (first, second) = if wide.2 < block.2 {
                    (wide, block)
                } else {
                    (block, wide)
                };
                overlaps.push((second.2, second.1, first.2, first.1));
            }
            Some(_) | None => widest = Some(block),
        }
    }
    overlaps.sort_unstable();
    found.extend(
        overlaps
            .into_iter()
            .map(|(subnet, cidr, other, other_cidr)| Violation::SubnetsOverlap {
                subnet,
                cidr,
                other,
                other_cidr,
            }),
    );
}

fn check_addresses(cloud: &Cloud, found: &mut Vec<Violation>) {
    let mut holders = BTreeMap::new();
    let attached = |(_, row): &(_, &super::NetworkInterface)| row.attached != Attached::Nothing;
    for (interface, row) in cloud.interfaces.iter().filter(attached) {
        let Some(subnet) = cloud.subnets.get(row.subnet) else {
            continue;
        };
        let (address, cidr) = (row.address, subnet.cidr);
        if !cidr.contains(&address) {
            found.push(Violation::AddressOutsideSubnet {
                interface,
                address,
                cidr,
            });
        } else if !usable(cidr).is_some_and(|(first, last)| first <= address && address <= last) {
            found.push(Violation::AddressReserved { interface, address });
        }
        let private = (Some(subnet.vpc), address);
        let public = row.public_address.map(|address| (None, address));
        for key in std::iter::once(private).chain(public) {
            if let Some(&other) = holders.get(&key) {
                let address = key.1;
                found.push(Violation::AddressTaken {
                    interface,
                    address,
                    other,
                });
            } else {
                holders.insert(key, interface);
            }
        }
    }
}

fn check_interface_groups(cloud: &Cloud, interface: NetworkInterfaceId, found: &mut Vec<Violation>) {
    let Some(row) = cloud.interfaces.get(interface) else {
        return;
    };
    let count = row.security_groups.len();
    let needs_one = match row.attached {
        Attached::Host(_) | Attached::Endpoint(_) | Attached::Resolver(_) => true,
        Attached::NatGateway(_) | Attached::Nothing => false,
    };
    if count > quota::GROUPS_PER_INTERFACE || (needs_one && count == 0) {
        found.push(Violation::GroupCount { interface, count });
    }
    let vpc = cloud.vpc_of(interface);
    for &group in &row.security_groups {
        if cloud.security_groups.get(group).map(|group| group.vpc) != vpc {
            found.push(Violation::GroupElsewhere { interface, group });
        }
    }
}

fn check_group(cloud: &Cloud, group: SecurityGroupId, found: &mut Vec<Violation>) {
    let Some(row) = cloud.security_groups.get(group) else {
        return;
    };
    for direction in [Direction::Ingress, Direction::Egress] {
        let count = row.rules(direction).len();
        if count > quota::RULES_PER_GROUP {
            found.push(Violation::GroupRules {
                group,
                direction,
                count,
            });
        }
    }
}

fn check_acl(cloud: &Cloud, acl: NetworkAclId, found: &mut Vec<Violation>) {
    let Some(row) = cloud.network_acls.get(acl) else {
        return;
    };
    for direction in [Direction::Ingress, Direction::Egress] {
        let rules = row.rules(direction);
        let count = rules.len();
        if count > quota::RULES_PER_ACL {
            found.push(Violation::AclRules {
                acl,
                direction,
                count,
            });
        }
        let mut numbers = BTreeSet::new();
        for number in rules.iter().map(|rule| rule.number) {
            if number == 0 || number > quota::ACL_NUMBER_AT_MOST {
                found.push(Violation::AclNumber {
                    acl,
                    direction,
                    number,
                });
            }
            if !numbers.insert(number) {
                found.push(Violation::AclNumberTwice {
                    acl,
                    direction,
                    number,
                });
            }
        }
    }
}

fn check_table(
    cloud: &Cloud,
    subnets: &BTreeSet<(VpcId, Ipv4Net)>,
    table: RouteTableId,
    found: &mut Vec<Violation>,
) {
    let Some(row) = cloud.route_tables.get(table) else {
        return;
    };
    let (propagated, made): (Vec<&Route>, Vec<_>) =
        (row.routes.iter()).partition(|route| route.origin == RouteOrigin::Propagated);
    let most = cloud.quotas.routes_per_table;
    if made.len() > most || propagated.len() > quota::PROPAGATED_ROUTES_PER_TABLE {
        let count = row.routes.len();
        found.push(Violation::Routes { table, count, most });
    }
    let mut destinations = BTreeSet::new();
    for route in made {
        let destination = route.destination;
        if !destinations.insert(destination) {
            found.push(Violation::RouteTwice { table, destination });
        }
        if !target_belongs(cloud, row.vpc, route.target) {
            found.push(Violation::RouteTargetElsewhere { table, destination });
        }
        let Destination::Prefix(prefix) = destination else {
            continue;
        };
        if FORBIDDEN.contains(&prefix) {
            found.push(Violation::RouteForbidden { table, destination });
        }
        let blocks = blocks(cloud, row.vpc);
        let inside = blocks
            .iter()
            .any(|block| block.contains(&prefix) && *block != prefix);
        let may_divert = is_appliance(route.target) && subnets.contains(&(row.vpc, prefix));
        if route.origin == RouteOrigin::Static && inside && !may_divert {
            found.push(Violation::RouteWithinLocal { table, destination });
        }
    }
}

/// Whether a route more specific than the local one may lead there. A target that is gone was
/// allowed when it was there.
fn is_appliance(target: RouteTarget) -> bool {
    match target {
        RouteTarget::NetworkInterface(_) | RouteTarget::NatGateway(_) | RouteTarget::Gone => true,
        RouteTarget::Local
        | RouteTarget::Peering(_)
        | RouteTarget::TransitGateway(_)
        | RouteTarget::VirtualPrivateGateway(_)
        | RouteTarget::InternetGateway(_)
        | RouteTarget::GatewayEndpoint(_) => false,
    }
}

/// Whether a route's target is of the table's own VPC.
fn target_belongs(cloud: &Cloud, vpc: VpcId, target: RouteTarget) -> bool {
    match target {
        RouteTarget::Local | RouteTarget::Gone => true,
        RouteTarget::Peering(id) => {
            let peering = cloud.peerings.get(id);
            peering.is_some_and(|peering| peering.other_side(vpc).is_some())
        }
        RouteTarget::TransitGateway(id) => {
            let (gateway, vpc) = (cloud.transit_gateways.get(id), cloud.vpcs.get(vpc));
            gateway
                .zip(vpc)
                .is_some_and(|(gateway, vpc)| gateway.region == vpc.region)
        }
        RouteTarget::VirtualPrivateGateway(id) => cloud
            .virtual_private_gateways
            .get(id)
            .is_some_and(|gateway| gateway.vpc == Some(vpc)),
        RouteTarget::InternetGateway(id) => cloud
            .internet_gateways
            .get(id)
            .is_some_and(|gateway| gateway.vpc == vpc),
        RouteTarget::NatGateway(id) => {
            let gateway = cloud.nat_gateways.get(id);
            gateway.is_some_and(|gateway| cloud.vpc_of(gateway.interface) == Some(vpc))
        }
        RouteTarget::GatewayEndpoint(id) => cloud
            .gateway_endpoints
            .get(id)
            .is_some_and(|endpoint| endpoint.vpc == vpc),
        RouteTarget::NetworkInterface(id) => cloud.vpc_of(id) == Some(vpc),
    }
}

/// A peering that failed or was deleted is no obstacle to another.
fn counts(state: PeeringState) -> bool {
    match state {
        PeeringState::PendingAcceptance | PeeringState::Active => true,
        PeeringState::Deleted | PeeringState::Failed => false,
    }
}

fn check_peerings(cloud: &Cloud, found: &mut Vec<Violation>) {
    let mut pairs = BTreeMap::new();
    for (peering, row) in cloud.peerings.iter().filter(|(_, row)| counts(row.state)) {
        let (one, other) = (row.requester.min(row.accepter), row.requester.max(row.accepter));
        if one == other {
            found.push(Violation::PeeringWithItself { peering });
            continue;
        }
        for &one in blocks(cloud, row.requester) {
            for &other in blocks(cloud, row.accepter) {
                if overlap(one, other) {
                    found.push(Violation::PeeringOverlap { peering, one, other });
                }
            }
        }
        match pairs.get(&(one, other)) {
            Some(&other) => found.push(Violation::PeeringTwice { peering, other }),
            None => {
                pairs.insert((one, other), peering);
            }
        }
    }
}

fn check_endpoint(cloud: &Cloud, endpoint: InterfaceEndpointId, found: &mut Vec<Violation>) {
    let Some(row) = cloud.interface_endpoints.get(endpoint) else {
        return;
    };
    if row.state == EndpointState::Deleted {
        return;
    }
    if cloud.vpcs.get(row.vpc).map(|vpc| vpc.region) != Some(row.region) {
        let endpoint = endpoint.into();
        found.push(Violation::EndpointRegion { endpoint });
    }
    let at_home = |&id: &NetworkInterfaceId| cloud.vpc_of(id) == Some(row.vpc);
    if row.interfaces.is_empty() || !row.interfaces.iter().all(at_home) {
        found.push(Violation::EndpointElsewhere { endpoint });
    }
    let mut zones = BTreeSet::new();
    for &id in &row.interfaces {
        let subnet = cloud
            .interfaces
            .get(id)
            .and_then(|row| cloud.subnets.get(row.subnet));
        if let Some(zone) = subnet.map(|subnet| subnet.zone)
            && !zones.insert(zone)
        {
            found.push(Violation::EndpointZoneTwice { endpoint, zone });
        }
    }
}

fn check_private_dns(cloud: &Cloud, found: &mut Vec<Violation>) {
    let mut owners = BTreeMap::new();
    for (zone, row) in cloud.hosted_zones.iter() {
        for &vpc in &row.vpcs {
            owners.entry((vpc, row.domain.clone())).or_insert(zone);
        }
    }
    let with_s3_gateway: BTreeSet<_> = (cloud.gateway_endpoints.rows().iter())
        .filter(|row| row.service == Service::S3 && row.state == EndpointState::Available)
        .map(|row| row.vpc)
        .collect();
    let mut claims = BTreeMap::new();
    for (endpoint, row) in cloud.interface_endpoints.iter() {
        if row.state == EndpointState::Deleted || row.private_dns == PrivateDns::Off {
            continue;
        }
        let region = cloud.regions.get(row.region);
        let domains = region
            .map(|region| row.service.private_domains(&region.name))
            .unwrap_or_default();
        for (index, domain) in domains.into_iter().enumerate() {
            let key = (row.vpc, domain.clone());
            if let Some(&zone) = owners.get(&key) {
                let domain = domain.clone();
                found.push(Violation::PrivateDnsZone {
                    endpoint,
                    zone,
                    domain,
                });
            }
            match claims.get(&key) {
                // S3 claims several domains; one complaint is enough.
                Some(&other) if index == 0 => found.push(Violation::PrivateDnsTwice {
                    endpoint,
                    other,
                    domain,
                }),
                Some(_) => {}
                None => {
                    claims.insert(key, endpoint);
                }
            }
        }
        if row.private_dns == PrivateDns::InboundResolverOnly {
            if row.service != Service::S3 {
                found.push(Violation::InboundOnlyService { endpoint });
            } else if !with_s3_gateway.contains(&row.vpc) {
                found.push(Violation::InboundOnlyWithoutGateway { endpoint });
            }
        }
    }
}

fn check_gateways(cloud: &Cloud, found: &mut Vec<Violation>) {
    let mut holders = BTreeMap::new();
    for (endpoint, row) in cloud.gateway_endpoints.iter() {
        if row.state == EndpointState::Deleted {
            continue;
        }
        if !matches!(row.service, Service::S3 | Service::DynamoDb) {
            found.push(Violation::GatewayService { endpoint });
        }
        if cloud.vpcs.get(row.vpc).map(|vpc| vpc.region) != Some(row.region) {
            let endpoint = endpoint.into();
            found.push(Violation::EndpointRegion { endpoint });
        }
        for &table in &row.route_tables {
            if cloud.route_tables.get(table).map(|table| table.vpc) != Some(row.vpc) {
                found.push(Violation::GatewayTableElsewhere { endpoint, table });
            }
            match holders.get(&(table, row.service)) {
                Some(&other) => found.push(Violation::GatewayTwice {
                    endpoint,
                    other,
                    table,
                }),
                None => {
                    holders.insert((table, row.service), endpoint);
                }
            }
        }
    }
}

fn check_zones(cloud: &Cloud, found: &mut Vec<Violation>) {
    let mut owners = BTreeMap::new();
    for (zone, row) in cloud.hosted_zones.iter() {
        let owned = |vpc: &VpcId| owners.get(&(*vpc, row.domain.as_str())).copied();
        if let Some(other) = row.vpcs.iter().find_map(owned) {
            found.push(Violation::ZonesTwice { zone, other });
        }
        for &vpc in &row.vpcs {
            owners.entry((vpc, row.domain.as_str())).or_insert(zone);
        }
        let mut names = BTreeSet::new();
        for record in &row.records {
            let name = record.name.clone();
            if !is_within(&name, &row.domain) {
                found.push(Violation::RecordOutsideZone { zone, name });
            } else if record.addresses.is_empty() || !names.insert(&record.name) {
                found.push(Violation::RecordShape { zone, name });
            }
        }
    }
}
