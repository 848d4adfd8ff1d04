//! Facts about VPCs, subnets, route tables, gateways, peering connections and endpoints.

use crate::analysis::wording::{destination_text, target_text};
use crate::aws::{NatConnectivity, RouteOrigin, SourceDestinationCheck, TlsInspection, ZoneState};
use crate::resource::{
    GatewayEndpointId, InterfaceEndpointId, InternetGatewayId, NatGatewayId, NetworkInterfaceId, PeeringId,
    PrefixListId, RegionId, RouteTableId, ServiceEndpointId, SubnetId, VpcId, ZoneId,
};
use crate::units::BitRate;
use crate::view::Health;
use crate::view::describe::{Words, endpoint_state, name_servers, on_off, peering_state, private_dns_text};
use crate::view::facts::Facts;
use crate::view::places::utilisation;

pub(super) fn region(id: RegionId, words: &Words<'_>, facts: &mut Facts) {
    let cloud = &words.network.cloud;
    for (zone, _) in cloud.zones.iter().filter(|(_, zone)| zone.region == id) {
        facts.lead("zone", words.names.of(zone), zone);
    }
    facts.section("VPCs");
    for (vpc, _) in cloud.vpcs.iter().filter(|(_, vpc)| vpc.region == id) {
        facts.lead("VPC", words.names.of(vpc), vpc);
    }
}

pub(super) fn zone(id: ZoneId, words: &Words<'_>, facts: &mut Facts) {
    let cloud = &words.network.cloud;
    if let Some(zone) = cloud.zones.get(id) {
        facts.lead("Region", words.names.of(zone.region), zone.region);
        match zone.state {
            ZoneState::Available => facts.judge("state", "available", Health::Good),
            ZoneState::Lost => facts.judge("state", "lost", Health::Failed),
        }
    }
    for (subnet, _) in cloud.subnets.iter().filter(|(_, subnet)| subnet.zone == id) {
        facts.lead("subnet", words.names.of(subnet), subnet);
    }
}

pub(super) fn vpc(id: VpcId, words: &Words<'_>, facts: &mut Facts) {
    let (cloud, names) = (&words.network.cloud, words.names);
    let Some(vpc) = cloud.vpcs.get(id) else { return };
    facts.lead("Region", names.of(vpc.region), vpc.region);
    for cidr in &vpc.cidrs {
        facts.add("CIDR block", cidr);
    }
    facts.lead("main table", names.of(vpc.main_route_table), vpc.main_route_table);
    facts.section("DNS");
    facts.add("DnsSupport", on_off(vpc.dns_support));
    facts.add("DnsHostnames", on_off(vpc.dns_hostnames));
    facts.add("name servers", name_servers(&vpc.name_servers));
    super::dns::rules_of(id, words, facts);
    if let Some(address) = vpc.resolver_address() {
        facts.add("resolver", address);
    }
    if let TlsInspection::Inspected { exempt } = &vpc.tls_inspection {
        facts.section("TLS inspection");
        facts.judge("opens TLS", "everything that is not exempt", Health::Degraded);
        for domain in exempt {
            facts.add("exempt", domain);
        }
    }
    facts.section("Subnets");
    for (subnet, config) in cloud.subnets.iter().filter(|(_, subnet)| subnet.vpc == id) {
        facts.lead("subnet", format!("{}  {}", config.name, config.cidr), subnet);
    }
    facts.section("Connected to");
    if let Some(gateway) = cloud.virtual_private_gateway_of(id) {
        facts.lead("virtual private gateway", names.of(gateway), gateway);
    }
    for (peering, config) in cloud.peerings.iter() {
        if config.requester == id || config.accepter == id {
            facts.lead(
                "peering",
                format!("{}  {}", config.name, peering_state(config.state)),
                peering,
            );
        }
    }
    for (endpoint, config) in cloud.interface_endpoints.iter().filter(|(_, it)| it.vpc == id) {
        facts.lead(
            "endpoint",
            format!("{}  {}", config.name, config.service),
            endpoint,
        );
    }
    for (endpoint, config) in cloud.gateway_endpoints.iter().filter(|(_, it)| it.vpc == id) {
        facts.lead(
            "gateway endpoint",
            format!("{}  {}", config.name, config.service),
            endpoint,
        );
    }
}

pub(super) fn subnet(id: SubnetId, words: &Words<'_>, facts: &mut Facts) {
    let (cloud, names) = (&words.network.cloud, words.names);
    let Some(subnet) = cloud.subnets.get(id) else {
        return;
    };
    facts.lead("VPC", names.of(subnet.vpc), subnet.vpc);
    facts.lead("zone", names.of(subnet.zone), subnet.zone);
    facts.add("CIDR block", subnet.cidr);
    facts.lead("network ACL", names.of(subnet.network_acl), subnet.network_acl);
    facts.lead("route table", names.of(subnet.route_table), subnet.route_table);
    facts.section("Routes");
    routes(subnet.route_table, words, facts);
}

pub(super) fn route_table(id: RouteTableId, words: &Words<'_>, facts: &mut Facts) {
    let (cloud, names) = (&words.network.cloud, words.names);
    let Some(table) = cloud.route_tables.get(id) else {
        return;
    };
    facts.lead("VPC", names.of(table.vpc), table.vpc);
    facts.section("Routes");
    routes(id, words, facts);
    facts.section("Used by");
    for (subnet, _) in cloud
        .subnets
        .iter()
        .filter(|(_, subnet)| subnet.route_table == id)
    {
        facts.lead("subnet", names.of(subnet), subnet);
    }
}

fn routes(id: RouteTableId, words: &Words<'_>, facts: &mut Facts) {
    let Some(table) = words.network.cloud.route_tables.get(id) else {
        return;
    };
    for route in &table.routes {
        let origin = match route.origin {
            RouteOrigin::Local => "local",
            RouteOrigin::Static => "static",
            RouteOrigin::Propagated => "propagated",
        };
        let text = format!(
            "{} → {}",
            destination_text(route.destination, words.names),
            target_text(route.target, words.names)
        );
        facts.add(origin, text);
    }
}

pub(super) fn prefix_list(id: PrefixListId, words: &Words<'_>, facts: &mut Facts) {
    let Some(list) = words.network.cloud.prefix_lists.get(id) else {
        return;
    };
    facts.lead("Region", words.names.of(list.region), list.region);
    for prefix in &list.prefixes {
        facts.add("prefix", prefix);
    }
}

pub(super) fn interface(id: NetworkInterfaceId, words: &Words<'_>, facts: &mut Facts) {
    let (cloud, names) = (&words.network.cloud, words.names);
    let Some(interface) = cloud.interfaces.get(id) else {
        return;
    };
    facts.add("address", interface.address);
    if let Some(address) = interface.public_address {
        facts.add("public address", address);
    }
    facts.lead("subnet", names.of(interface.subnet), interface.subnet);
    for group in &interface.security_groups {
        facts.lead("security group", names.of(*group), *group);
    }
    if interface.source_destination_check == SourceDestinationCheck::Off {
        facts.add("source check", "off");
    }
}

pub(super) fn internet_gateway(id: InternetGatewayId, words: &Words<'_>, facts: &mut Facts) {
    let Some(gateway) = words.network.cloud.internet_gateways.get(id) else {
        return;
    };
    facts.lead("VPC", words.names.of(gateway.vpc), gateway.vpc);
}

pub(super) fn nat_gateway(id: NatGatewayId, words: &Words<'_>, facts: &mut Facts) {
    let Some(gateway) = words.network.cloud.nat_gateways.get(id) else {
        return;
    };
    match gateway.connectivity {
        NatConnectivity::Public(address) => facts.add("public address", address),
        NatConnectivity::Private => facts.add("connectivity", "private"),
    }
    interface(gateway.interface, words, facts);
}

/// The load comes from whoever knows the flows.
pub(super) fn peering(id: PeeringId, load: BitRate, words: &Words<'_>, facts: &mut Facts) {
    let (cloud, names) = (&words.network.cloud, words.names);
    let Some(peering) = cloud.peerings.get(id) else {
        return;
    };
    facts.add("state", peering_state(peering.state));
    facts.lead("requester", names.of(peering.requester), peering.requester);
    facts.lead("accepter", names.of(peering.accepter), peering.accepter);
    facts.section("Carries");
    facts.add("rate", peering.rate);
    facts.add("load", format!("{load}, {}", utilisation(load, peering.rate)));
    facts.add("one-way delay", peering.delay);
    if peering.loss.as_ppm() > 0 {
        facts.judge("loss", peering.loss, Health::Degraded);
    }
}

pub(super) fn interface_endpoint(id: InterfaceEndpointId, words: &Words<'_>, facts: &mut Facts) {
    let (cloud, names) = (&words.network.cloud, words.names);
    let Some(endpoint) = cloud.interface_endpoints.get(id) else {
        return;
    };
    facts.add("state", endpoint_state(endpoint.state));
    facts.add("service", endpoint.service);
    facts.lead("Region", names.of(endpoint.region), endpoint.region);
    facts.lead("VPC", names.of(endpoint.vpc), endpoint.vpc);
    facts.add("private DNS", private_dns_text(endpoint.private_dns));
    facts.add("name", &endpoint.label);
    for interface in &endpoint.interfaces {
        let Some(config) = cloud.interfaces.get(*interface) else {
            continue;
        };
        facts.section("Interface");
        facts.add("address", config.address);
        facts.lead("subnet", names.of(config.subnet), config.subnet);
        for group in &config.security_groups {
            facts.lead("security group", names.of(*group), *group);
        }
    }
}

pub(super) fn gateway_endpoint(id: GatewayEndpointId, words: &Words<'_>, facts: &mut Facts) {
    let (cloud, names) = (&words.network.cloud, words.names);
    let Some(endpoint) = cloud.gateway_endpoints.get(id) else {
        return;
    };
    facts.add("state", endpoint_state(endpoint.state));
    facts.add("service", endpoint.service);
    facts.lead("VPC", names.of(endpoint.vpc), endpoint.vpc);
    facts.lead(
        "prefix list",
        names.of(endpoint.prefix_list),
        endpoint.prefix_list,
    );
    for table in &endpoint.route_tables {
        facts.lead("route table", names.of(*table), *table);
    }
}

pub(super) fn service(id: ServiceEndpointId, words: &Words<'_>, facts: &mut Facts) {
    let Some(service) = words.network.cloud.services.get(id) else {
        return;
    };
    facts.add("service", service.service);
    facts.lead("Region", words.names.of(service.region), service.region);
    for address in &service.addresses {
        facts.add("address", address);
    }
}
