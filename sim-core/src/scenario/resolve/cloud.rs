//! The rows of the AWS side while they are being filled, and what AWS itself brings: services,
//! their public addresses and its prefix lists.

use std::net::Ipv4Addr;

use ipnet::Ipv4Net;

use crate::aws::direct_connect::{DirectConnectGateway, VirtualInterface};
use crate::aws::quota::Quotas;
use crate::aws::{
    Attachment, Cloud, GatewayEndpoint, HostedZone, InterfaceEndpoint, InternetGateway, NatGateway,
    NetworkAcl, Peering, PrefixList, Region, ResolverEndpoint, ResolverRule, RouteTable, SecurityGroup,
    Service, ServiceEndpoint, Subnet, TransitGateway, TransitGatewayRouteTable, VirtualPrivateGateway, Vpc,
    Zone, ZoneState, region,
};
use crate::kernel::Arena;
use crate::migrate::mgn::InstanceType;
use crate::resource::{RegionId, kind};
use crate::scenario::diagnostic::Code;
use crate::scenario::problem::{Problem, Problems};
use crate::scenario::read::Entry;
use crate::scenario::sections::{LabText, RegionText};

use super::address::Requests;
use super::migration;
use super::scope::{Rows, Scope};

/// The AWS side while it is being filled.
#[derive(Debug, Default)]
pub(super) struct Draft {
    pub(super) regions: Rows<Region, kind::Region>,
    pub(super) zones: Rows<Zone, kind::Zone>,
    pub(super) vpcs: Rows<Vpc, kind::Vpc>,
    pub(super) subnets: Rows<Subnet, kind::Subnet>,
    pub(super) route_tables: Rows<RouteTable, kind::RouteTable>,
    pub(super) prefix_lists: Rows<PrefixList, kind::PrefixList>,
    pub(super) security_groups: Rows<SecurityGroup, kind::SecurityGroup>,
    pub(super) network_acls: Rows<NetworkAcl, kind::NetworkAcl>,
    pub(super) interfaces: Requests,
    pub(super) internet_gateways: Rows<InternetGateway, kind::InternetGateway>,
    pub(super) nat_gateways: Rows<NatGateway, kind::NatGateway>,
    pub(super) peerings: Rows<Peering, kind::Peering>,
    pub(super) transit_gateways: Rows<TransitGateway, kind::TransitGateway>,
    pub(super) attachments: Rows<Attachment, kind::Attachment>,
    pub(super) transit_gateway_route_tables: Rows<TransitGatewayRouteTable, kind::TransitGatewayRouteTable>,
    pub(super) virtual_private_gateways: Rows<VirtualPrivateGateway, kind::VirtualPrivateGateway>,
    pub(super) direct_connect_gateways: Rows<DirectConnectGateway, kind::DirectConnectGateway>,
    pub(super) virtual_interfaces: Rows<VirtualInterface, kind::VirtualInterface>,
    pub(super) interface_endpoints: Rows<InterfaceEndpoint, kind::InterfaceEndpoint>,
    pub(super) gateway_endpoints: Rows<GatewayEndpoint, kind::GatewayEndpoint>,
    pub(super) services: Arena<ServiceEndpoint, kind::ServiceEndpoint>,
    pub(super) hosted_zones: Arena<HostedZone, kind::HostedZone>,
    pub(super) resolver_endpoints: Rows<ResolverEndpoint, kind::ResolverEndpoint>,
    pub(super) resolver_rules: Rows<ResolverRule, kind::ResolverRule>,
}

impl Draft {
    /// The finished tables.
    pub(super) fn finish(self, quotas: Quotas, problems: &mut Problems) -> Cloud {
        let interfaces = self.interfaces.settle(&self.subnets, problems);
        Cloud {
            quotas,
            regions: self.regions.into_arena(),
            zones: self.zones.into_arena(),
            vpcs: self.vpcs.into_arena(),
            subnets: self.subnets.into_arena(),
            route_tables: self.route_tables.into_arena(),
            prefix_lists: self.prefix_lists.into_arena(),
            security_groups: self.security_groups.into_arena(),
            network_acls: self.network_acls.into_arena(),
            interfaces,
            internet_gateways: self.internet_gateways.into_arena(),
            nat_gateways: self.nat_gateways.into_arena(),
            peerings: self.peerings.into_arena(),
            transit_gateways: self.transit_gateways.into_arena(),
            attachments: self.attachments.into_arena(),
            transit_gateway_route_tables: self.transit_gateway_route_tables.into_arena(),
            virtual_private_gateways: self.virtual_private_gateways.into_arena(),
            direct_connect_gateways: self.direct_connect_gateways.into_arena(),
            virtual_interfaces: self.virtual_interfaces.into_arena(),
            interface_endpoints: self.interface_endpoints.into_arena(),
            gateway_endpoints: self.gateway_endpoints.into_arena(),
            services: self.services,
            hosted_zones: self.hosted_zones,
            resolver_endpoints: self.resolver_endpoints.into_arena(),
            resolver_rules: self.resolver_rules.into_arena(),
        }
    }
    /// The name of a Region.
    /// The Regions of the lab.
    pub(super) fn region_ids(&self) -> impl Iterator<Item = RegionId> + '_ {
        self.regions.iter().map(|(id, _)| id)
    }
    pub(super) fn region_name(&self, region: RegionId) -> &str {
        self.regions.get(region).map_or("", |region| region.name.as_str())
    }
}

/// The most Regions of a lab: the stand-in addresses have room for eight of each.
const MOST_REGIONS: usize = 32;

/// The name of AWS's own prefix list for a service.
pub(super) fn managed_list(service: Service, region: &str) -> String {
    format!("com.amazonaws.{region}.{service}")
}

/// The public addresses of a service in the lab's `index`th Region.
///
/// Stand-ins from the blocks that are set aside for documentation (RFC 5737): they are public to
/// every route table, collide with nobody's network, and are not Amazon's, so that nobody mistakes
/// them for something to put into a real rule. S3 and `DynamoDB` have a block each, because their
/// prefix lists name blocks.
fn stand_in(service: Service, index: u8) -> (Ipv4Addr, Ipv4Net) {
    let first = index.saturating_mul(8);
    let of = |block: [u8; 3], fourth: u8, length: u8| {
        let [a, b, c] = block;
        Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, fourth), length)
    };
    let block = match service {
        Service::S3 => of([192, 0, 2], first, 29),
        Service::DynamoDb => of([198, 51, 100], first, 29),
        Service::Mgn => of([203, 0, 113], first, 32),
        Service::Ec2 => of([203, 0, 113], first + 1, 32),
        Service::Ssm => of([203, 0, 113], first + 2, 32),
        Service::SsmMessages => of([203, 0, 113], first + 3, 32),
        Service::Ec2Messages => of([203, 0, 113], first + 4, 32),
        Service::SecretsManager => of([203, 0, 113], first + 5, 32),
        Service::Sts => of([203, 0, 113], first + 6, 32),
        Service::Kms => of([203, 0, 113], first + 7, 32),
    };
    (block.addr(), block)
}

/// Regions, zones, services and prefix lists.
pub(super) fn fill(lab: &LabText, scope: &mut Scope, draft: &mut Draft, problems: &mut Problems) {
    for (index, entry) in lab.regions.iter().enumerate() {
        if index >= MOST_REGIONS {
            let message = format!("a lab has at most {MOST_REGIONS} Regions");
            problems.push(Problem::error(Code::TooMany, entry.name.place, message));
            return;
        }
        let index = u8::try_from(index).unwrap_or(u8::MAX);
        let region = scope.regions.declare(&entry.name, problems);
        let name = &entry.name.value;
        draft.regions.set(region, Region { name: name.clone() });
        for service in Service::ALL.iter().copied() {
            let (address, block) = stand_in(service, index);
            draft.services.push(ServiceEndpoint {
                service,
                region,
                addresses: vec![address],
            });
            if matches!(service, Service::S3 | Service::DynamoDb) {
                let list = managed_list(service, name);
                let id = scope.prefix_lists.imply(list.clone());
                draft.prefix_lists.set(
                    id,
                    PrefixList {
                        name: list,
                        region,
                        service: Some(service),
                        prefixes: vec![block],
                    },
                );
            }
        }
        zones(entry, region, scope, draft, problems);
        check_names(entry, problems);
    }
    for entry in &lab.prefix_lists {
        let id = scope.prefix_lists.declare(&entry.name, problems);
        let Some(text) = &entry.body else { continue };
        let region = text
            .region
            .get()
            .and_then(|name| scope.regions.find(name, problems));
        let Some(region) = region else { continue };
        let list = PrefixList {
            name: entry.name.value.clone(),
            region,
            service: None,
            prefixes: text.prefixes.iter().map(|prefix| prefix.value).collect(),
        };
        draft.prefix_lists.set(id, list);
    }
}

fn zones(
    entry: &Entry<RegionText>,
    region: RegionId,
    scope: &mut Scope,
    draft: &mut Draft,
    problems: &mut Problems,
) {
    let Some(text) = &entry.body else {
        problems.cut();
        return;
    };
    if text.zones.is_empty() {
        let message = format!("Region `{}` has no availability zone", entry.name.value);
        problems.push_lacking(
            Problem::error(Code::BadValue, entry.name.place, message)
                .help(format!("for example zones: [\"{}a\"]", entry.name.value)),
        );
    }
    for zone in &text.zones {
        let id = scope.zones.declare(zone, problems);
        draft.zones.set(
            id,
            Zone {
                name: zone.value.clone(),
                region,
                not_offered: not_offered(text, &zone.value, problems),
                state: ZoneState::Available,
            },
        );
    }
    for entry in &text.not_offered {
        if text.zones.iter().all(|zone| zone.value != entry.name.value) {
            let message = format!("the Region has no availability zone named `{}`", entry.name.value);
            let options = text.zones.iter().map(|zone| zone.value.as_str());
            let problem = Problem::error(Code::UnknownName, entry.name.place, message);
            problems.push_mistyped(problem, &entry.name.value, options);
        }
    }
}

/// The instance types that a zone lacks.
fn not_offered(text: &RegionText, zone: &str, problems: &mut Problems) -> Vec<String> {
    let lists = text
        .not_offered
        .into_iter()
        .filter(|entry| entry.name.value == zone);
    let mut types = Vec::new();
    for name in lists.filter_map(|entry| entry.body.as_ref()).flatten() {
        if InstanceType::named(&name.value).is_none() {
            migration::unknown_type(name, problems);
        }
        types.push(name.value.clone());
    }
    types
}

/// Warns where AWS has no such Region, or names its zones otherwise.
///
/// No error: AWS opens Regions faster than anybody updates a table, and a lab about one that is
/// announced is a good lab.
fn check_names(entry: &Entry<RegionText>, problems: &mut Problems) {
    let region = &entry.name;
    if !region::NAMES.contains(&region.value.as_str()) {
        let message = format!("AWS has no Region named `{}`", region.value);
        let problem = Problem::warning(Code::UnknownRegion, region.place, message);
        problems.push_mistyped(problem, &region.value, region::NAMES.iter().copied());
        return;
    }
    for zone in entry.body.iter().flat_map(|text| &text.zones) {
        if !region::is_zone_of(&region.value, &zone.value) {
            let message = format!(
                "AWS has no availability zone named `{}` in {}",
                zone.value, region.value
            );
            problems.push(
                Problem::warning(Code::UnknownRegion, zone.place, message)
                    .help(format!("its zones are named {0}a, {0}b and so on", region.value)),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_services_share_an_address() {
        let mut addresses = Vec::new();
        for index in [0, 1, 31] {
            addresses.extend(Service::ALL.iter().map(|service| stand_in(*service, index)));
        }
        for (at, (address, block)) in addresses.iter().enumerate() {
            assert!(block.contains(address));
            for (_, other) in addresses.iter().skip(at + 1) {
                assert!(
                    !other.contains(address) && !block.contains(&other.addr()),
                    "{block} {other}"
                );
            }
        }
    }
}
