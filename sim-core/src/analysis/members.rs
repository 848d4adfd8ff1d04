//! Equal ways: among which ones a hop's flow was spread, and which it took.

use std::net::Ipv4Addr;

use crate::resource::ResourceRef;
use crate::verdict::Rule;
use crate::world::names::Names;
use crate::world::network::{Hop, Network};

use super::wording::thing_text;

/// One of several equal ways out of a place.
#[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Serialize)]
pub struct MemberRow {
    /// By what it leaves.
    pub egress: String,
    /// Whether the flow's hash falls on it.
    pub taken: bool,
}

/// The equal ways at a hop, where there are several; `towards` is what the packet is for.
pub(super) fn members(hop: &Hop, towards: Ipv4Addr, network: &Network, names: &Names) -> Vec<MemberRow> {
    let all = ways(hop, towards, network);
    if all.len() < 2 {
        return Vec::new();
    }
    let rows = all.into_iter().map(|(egress, leads_by)| MemberRow {
        egress: thing_text(egress, names),
        taken: hop.egress == Some(leads_by),
    });
    rows.collect()
}

/// Each way, and what a hop that takes it names as its egress.
fn ways(hop: &Hop, towards: Ipv4Addr, network: &Network) -> Vec<(ResourceRef, ResourceRef)> {
    let cloud = &network.cloud;
    let same = |thing: ResourceRef| (thing, thing);
    match (hop.rule, hop.node) {
        (
            Some(Rule::FibRoute {
                router,
                prefix,
                source,
            }),
            _,
        ) => {
            let routes = network.routers.get(router).map(|row| row.fib.routes(prefix));
            let mut routes = routes.unwrap_or_default().iter();
            let found = routes.find(|route| route.source == source);
            let hops = found.into_iter().flat_map(|route| &route.hops);
            hops.map(|hop| same(hop.interface.into())).collect()
        }
        (Some(Rule::TransitRoute { table, prefix }), _) => {
            let row = cloud.transit_gateway_route_tables.get(table);
            let installed = row.and_then(|row| row.installed.get(prefix));
            let exits = installed.into_iter().flat_map(|it| it.exits.iter());
            let by_tunnel = exits.map(|exit| {
                let attachment = exit.attachment.into();
                (exit.endpoint.map_or(attachment, ResourceRef::from), attachment)
            });
            by_tunnel.collect()
        }
        (Some(Rule::GatewayRoute { gateway, prefix }), _) => {
            use crate::aws::virtual_private_gateway::Exit;
            let row = cloud.virtual_private_gateways.get(gateway);
            let installed = row.and_then(|row| row.installed.get(prefix));
            let exits = installed.into_iter().flat_map(|it| it.exits.iter());
            let each = exits.map(|exit| match *exit {
                Exit::Vpc(vpc) => same(vpc.into()),
                Exit::Tunnel(endpoint) => same(endpoint.into()),
                Exit::Interface(interface) => same(interface.into()),
                Exit::DirectConnect(gateway) => same(gateway.into()),
            });
            each.collect()
        }
        (_, ResourceRef::DirectConnectGateway(gateway)) => {
            let row = cloud.direct_connect_gateways.get(gateway);
            let found = row.and_then(|row| row.installed.longest_match(towards));
            let exits = found.into_iter().flat_map(|(_, learned)| learned.exits.iter());
            exits.map(|exit| same((*exit).into())).collect()
        }
        (_, _) => Vec::new(),
    }
}
