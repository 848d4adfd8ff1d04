//! Fixes that need to know the migration: its command lines and its staging area.

use std::net::Ipv4Addr;

use ipnet::Ipv4Net;

use crate::aws::{Attached, Change, EndpointState, Peering, PrivateDns, Service};
use crate::migrate::ground::Remote;
use crate::migrate::mgn::{InstanceType, Mgn, Need, ReplicationTemplate, SettingChange, TemplateChange};
use crate::net::FiveTuple;
use crate::resource::{HostId, ResourceRef, SourceServerId, SubnetId};
use crate::site::{ForwardRule, HostChange, NameServer, Port};
use crate::world::lever::Lever;
use crate::world::names::Names;
use crate::world::network::Network;

use super::super::fix::Fix;

/// Points the installer, or the agent, at an endpoint of the service that is wanted: what
/// `--endpoint`, `--s3-endpoint` and the rewritten URL are for.
pub(super) fn endpoint_option(
    network: &Network,
    mgn: Option<&Mgn>,
    agent: Option<SourceServerId>,
    need: &Need,
) -> Option<Fix> {
    let (service, mgn) = (need.service?, mgn?);
    let region = network.cloud.region_named(mgn.region_name())?;
    let called = match &need.call.to {
        Remote::Name(name) => name,
        Remote::Address(_) => return None,
    };
    // Of several, the one that the name that was called speaks of.
    let (id, _) = network
        .cloud
        .interface_endpoints
        .iter()
        .filter(|(_, it)| {
            it.service == service && it.region == region && it.state == EndpointState::Available
        })
        .min_by_key(|(id, it)| (!called.contains(it.label.as_str()), *id))?;
    let (mut text, change) = mgn.through_endpoint(agent?, need, &network.cloud.endpoint_name(id)?)?;
    if called.contains("://") && !text.contains("://") {
        text.push_str(", without https://");
    }
    Some(Fix {
        text,
        levers: vec![Lever::Migration(change)],
    })
}

/// What has to be made first, where the lab has no such thing: words only, for a change of the lab
/// can mend what is there and nothing else.
pub(super) fn missing_part(network: &Network, names: &Names, need: &Need, client: HostId) -> Option<Fix> {
    let cloud = &network.cloud;
    let interface = cloud
        .interfaces
        .get(network.hosts.get(client)?.vpc_interface()?)?;
    let subnet = cloud.subnets.get(interface.subnet)?;
    let vpc = names.of(subnet.vpc);
    let service = need.service?;
    let has_endpoint = cloud
        .interface_endpoints
        .rows()
        .iter()
        .any(|it| it.service == service);
    let has_gateway = cloud
        .gateway_endpoints
        .rows()
        .iter()
        .any(|it| it.vpc == subnet.vpc && it.service == service);
    let text = match service {
        Service::S3 if !has_gateway => format!(
            "create a gateway endpoint for s3 in VPC {vpc} and associate it with route table {}",
            names.of(subnet.route_table)
        ),
        Service::S3 => return None,
        _ if has_endpoint => return None,
        _ => format!(
            "create an interface endpoint for {service} in VPC {vpc} with private DNS, and let {} in on tcp 443",
            subnet.cidr
        ),
    };
    Some(Fix {
        text,
        levers: Vec::new(),
    })
}

/// Where `address` is an endpoint of another VPC although the client's own VPC has one for the same
/// service: who is to blame for that answer, and what leaves the name to one owner.
///
/// The private hosted zone that holds the address is; where there is none, a forwarding rule led
/// astray, and all that is known is the endpoint that it led to.
pub(super) fn wrong_endpoint(
    network: &Network,
    names: &Names,
    (client, service): (HostId, Service),
    address: Ipv4Addr,
) -> Option<(ResourceRef, Option<Fix>)> {
    let cloud = &network.cloud;
    let vpc = network.vpc_of(client)?;
    let (reached, _) = cloud.interface_endpoints.iter().find(|(_, it)| {
        let answers = |interface: &crate::resource::NetworkInterfaceId| {
            let row = cloud.interfaces.get(*interface);
            row.is_some_and(|row| row.address == address && row.attached != Attached::Nothing)
        };
        it.service == service && it.vpc != vpc && it.interfaces.iter().any(answers)
    })?;
    let (own, row) = cloud
        .interface_endpoints
        .iter()
        .find(|(_, it)| it.service == service && it.vpc == vpc && it.state == EndpointState::Available)?;
    if cloud.interface_at(vpc, address).is_some() {
        // Another VPC may have the same addresses; this one is the client's own.
        return None;
    }
    let Some((zone, _)) = cloud.hosted_zones.iter().find(|(_, zone)| {
        let holds = |record: &crate::aws::DnsRecord| record.addresses.contains(&address);
        zone.vpcs.contains(&vpc) && zone.records.iter().any(holds)
    }) else {
        return Some((reached.into(), None));
    };
    let mut text = format!(
        "dissociate private hosted zone {} from VPC {}",
        names.of(zone),
        names.of(vpc)
    );
    let mut levers = vec![Lever::Network(Change::DissociateZone(zone, vpc))];
    if row.private_dns != PrivateDns::On {
        text.push_str(&format!(
            ", and turn private DNS on for interface endpoint {}",
            names.of(own)
        ));
        levers.push(Lever::Network(Change::PrivateDns(own, PrivateDns::On)));
    }
    Some((zone.into(), Some(Fix { text, levers })))
}

/// The interface endpoint that agents need and that was never made: words only, as above.
pub(super) fn missing_endpoint(
    network: &Network,
    mgn: Option<&Mgn>,
    names: &Names,
    need: &Need,
) -> Option<Fix> {
    let cloud = &network.cloud;
    let (service, mgn) = (need.service?, mgn?);
    let region = cloud.region_named(mgn.region_name())?;
    let is_there = cloud
        .interface_endpoints
        .rows()
        .iter()
        .any(|it| it.service == service && it.region == region);
    if is_there {
        return None;
    }
    let option = match service {
        Service::Mgn => "--endpoint",
        Service::S3 => "--s3-endpoint and in the installer's URL",
        _ => return None,
    };
    let staging = cloud
        .subnets
        .get(mgn.replication_server_spec(String::new()).subnet)?;
    let client = block_of(network, need.call.from)?;
    let text = format!(
        "create an interface endpoint for {service} in VPC {}, let {} in on tcp 443, and give its DNS name \
         in {option}",
        names.of(staging.vpc),
        client
    );
    Some(Fix {
        text,
        levers: Vec::new(),
    })
}

/// The block of addresses that a host's is one of: its subnet's, or its segment's.
fn block_of(network: &Network, host: HostId) -> Option<Ipv4Net> {
    match &network.hosts.get(host)?.port {
        Port::Vpc(interface) => {
            let subnet = network.cloud.interfaces.get(*interface)?.subnet;
            Some(network.cloud.subnets.get(subnet)?.cidr)
        }
        Port::Segment(port) => Some(network.segments.get(port.segment)?.prefix),
    }
}

/// The peering connection that was never made between the VPCs of the two ends: words only, as
/// above.
pub(super) fn peering(network: &Network, names: &Names, flow: FiveTuple) -> Option<Fix> {
    let cloud = &network.cloud;
    let home_of = |address: Ipv4Addr| {
        let mut subnets = cloud.subnets.iter();
        subnets.find(|(id, _)| cloud.interfaces.at(*id, address).is_some())
    };
    let ((_, from), (_, to)) = (home_of(flow.source)?, home_of(flow.destination)?);
    let joins = |it: &Peering| it.other_side(from.vpc) == Some(to.vpc);
    if from.vpc == to.vpc || cloud.peerings.rows().iter().any(joins) {
        return None;
    }
    let (one, other) = (cloud.vpcs.get(from.vpc)?, cloud.vpcs.get(to.vpc)?);
    let (one_name, other_name) = (names.of(from.vpc), names.of(to.vpc));
    let overlap = |cidr: &Ipv4Net| {
        let meets = |it: &Ipv4Net| it.contains(cidr) || cidr.contains(it);
        other.cidrs.iter().any(meets)
    };
    let text = if one.cidrs.iter().any(overlap) {
        format!(
            "give VPC {one_name} or VPC {other_name} other addresses: theirs overlap, so they cannot be peered"
        )
    } else {
        let holds = |cidrs: &[Ipv4Net], address| cidrs.iter().find(|it| it.contains(&address)).copied();
        format!(
            "create a VPC peering connection between {one_name} and {other_name}, and route {} to it in \
             route table {} and {} in route table {}",
            holds(&other.cidrs, flow.destination)?,
            names.of(from.route_table),
            holds(&one.cidrs, flow.source)?,
            names.of(to.route_table)
        )
    };
    Some(Fix {
        text,
        levers: Vec::new(),
    })
}

/// Forwards AWS's names from the client's name server to a Resolver inbound endpoint.
pub(super) fn forwarder(network: &Network, names: &Names, client: HostId) -> Option<Fix> {
    let cloud = &network.cloud;
    let servers = network.name_servers_of(client);
    let (host, _) = network.hosts.iter().find(|(_, host)| {
        let address = host.address(cloud);
        host.name_server.is_some() && address.is_some_and(|it| servers.contains(&it))
    })?;
    let (endpoint, row) = cloud.resolver_endpoints.iter().next()?;
    let targets: Vec<_> = row
        .interfaces
        .iter()
        .filter_map(|id| Some(cloud.interfaces.get(*id)?.address))
        .collect();
    let text = format!(
        "forward amazonaws.com from the name server on {} to the Resolver inbound endpoint {}",
        names.of(host),
        names.of(endpoint)
    );
    let rule = ForwardRule {
        domain: "amazonaws.com".to_owned(),
        targets,
    };
    let forwards = |it: &NameServer| it.forwards.contains(&rule);
    if network
        .hosts
        .get(host)?
        .name_server
        .as_ref()
        .is_some_and(forwards)
    {
        return None;
    }
    Some(Fix::host(text, host, HostChange::SetForwarder(rule)))
}

/// The slowest known type that the zone offers and that is no worse than the template's.
pub(super) fn offered_type(
    network: &Network,
    template: &ReplicationTemplate,
    subnet: SubnetId,
) -> Option<Fix> {
    let now = &template.instance_type;
    let best = InstanceType::names()
        .filter_map(InstanceType::named)
        .filter(|it| it.network >= now.network && it.ebs >= now.ebs && it.max_volumes >= now.max_volumes)
        .filter(|it| network.cloud.offers(subnet, &it.name).is_ok())
        .min_by_key(|it| (it.network, it.ebs))?;
    Some(Fix {
        text: format!("use {} for replication servers", best.name),
        levers: vec![Lever::Migration(SettingChange::Template(
            TemplateChange::InstanceType(best),
        ))],
    })
}

/// Moves staging to a subnet of the same VPC that has room, with the routes that staging has now.
pub(super) fn larger_staging(network: &Network, names: &Names, full: SubnetId) -> Option<Fix> {
    let cloud = &network.cloud;
    let old = cloud.subnets.get(full)?;
    let roomiest = cloud
        .subnets
        .iter()
        .filter(|(id, it)| *id != full && it.vpc == old.vpc)
        .max_by_key(|(id, it)| (it.route_table == old.route_table, cloud.n_free_addresses(*id)))?;
    let (id, new) = roomiest;
    if cloud.n_free_addresses(id) == 0 {
        return None;
    }
    let mut text = format!("use subnet {} as the staging area subnet", names.of(id));
    let mut levers = vec![Lever::Migration(SettingChange::Template(
        TemplateChange::StagingSubnet(id),
    ))];
    if new.route_table != old.route_table {
        text.push_str(&format!(", with route table {}", names.of(old.route_table)));
        levers.push(Lever::Network(Change::AssociateRouteTable(id, old.route_table)));
    }
    Some(Fix { text, levers })
}
