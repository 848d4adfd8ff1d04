//! Fixes that need to know the migration: its command lines and its staging area.

use crate::aws::{Change, EndpointState, Service};
use crate::migrate::mgn::{Mgn, Need, SettingChange, TemplateChange};
use crate::resource::{HostId, SourceServerId, SubnetId};
use crate::site::{ForwardRule, HostChange};
use crate::world::lever::Lever;
use crate::world::names::Names;
use crate::world::network::Network;

use super::super::fix::Fix;

/// Points the installer, or the agent, at an endpoint of the service that is wanted: what
/// `--endpoint`, `--s3-endpoint` and the rewritten URL are for.
pub(super) fn endpoint_option(
    network: &Network,
    mgn: &Mgn,
    agent: Option<SourceServerId>,
    need: &Need,
) -> Option<Fix> {
    let service = need.service?;
    let region = network.cloud.region_named(mgn.region_name())?;
    let (id, _) = network.cloud.interface_endpoints.iter().find(|(_, it)| {
        it.service == service && it.region == region && it.state == EndpointState::Available
    })?;
    let (text, change) = mgn.through_endpoint(agent?, need, &network.cloud.endpoint_name(id)?)?;
    Some(Fix {
        text,
        levers: vec![Lever::Migration(change)],
    })
}

/// What has to be made first, where the lab has no such thing: words only, for a change of the lab
/// can mend what is there and nothing else.
pub(super) fn missing_part(network: &Network, names: &Names, need: &Need, client: HostId) -> Option<Fix> {
    let cloud = &network.cloud;
    let interface = cloud.interfaces.get(network.hosts.get(client)?.interface)?;
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

/// Forwards AWS's names from the client's name server to a Resolver inbound endpoint.
pub(super) fn forwarder(network: &Network, names: &Names, client: HostId) -> Option<Fix> {
    let cloud = &network.cloud;
    let servers = network.name_servers_of(client);
    let (host, _) = network.hosts.iter().find(|(_, host)| {
        let address = cloud.interfaces.get(host.interface).map(|it| it.address);
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
    Some(Fix::host(text, host, HostChange::SetForwarder(rule)))
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
