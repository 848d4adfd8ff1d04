//! Fixes that need to know the migration: its command lines and its staging area.

use crate::aws::{Change, EndpointState};
use crate::migrate::mgn::{Mgn, Need, SettingChange, TemplateChange};
use crate::resource::{SourceServerId, SubnetId};
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
