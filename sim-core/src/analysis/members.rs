//! Equal ways: among which ones a hop's flow was spread, and which it took.

use std::net::Ipv4Addr;

use crate::aws::transit_gateway::Exit;
use crate::aws::virtual_private_gateway::Exit as Way;
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
pub(super) fn members(
    (hop, next): (&Hop, Option<&Hop>),
    towards: Ipv4Addr,
    network: &Network,
    names: &Names,
) -> Vec<MemberRow> {
    let all = ways(hop, towards, network);
    if all.len() < 2 {
        return Vec::new();
    }
    // A hop that leaves a Transit Gateway by a tunnel names the attachment; where it gets to is the tunnel's end.
    let taken_by = |egress| hop.egress == Some(egress) || next.is_some_and(|next| next.node == egress);
    let rows = all.into_iter().map(|egress| MemberRow {
        egress: thing_text(egress, names),
        taken: taken_by(egress),
    });
    rows.collect()
}

/// By what each way leaves.
fn ways(hop: &Hop, towards: Ipv4Addr, network: &Network) -> Vec<ResourceRef> {
    let cloud = &network.cloud;
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
            hops.map(|hop| hop.interface.into()).collect()
        }
        (Some(Rule::TransitRoute { table, prefix }), _) => {
            let row = cloud.transit_gateway_route_tables.get(table);
            let installed = row.and_then(|row| row.installed.get(prefix));
            let exits = installed.into_iter().flat_map(|it| it.exits.iter());
            let leads = |exit: &Exit| exit.endpoint.map_or(exit.attachment.into(), ResourceRef::from);
            exits.map(leads).collect()
        }
        (Some(Rule::GatewayRoute { gateway, prefix }), _) => {
            let row = cloud.virtual_private_gateways.get(gateway);
            let installed = row.and_then(|row| row.installed.get(prefix));
            let exits = installed.into_iter().flat_map(|it| it.exits.iter());
            let each = exits.map(|exit| match *exit {
                Way::Vpc(vpc) => vpc.into(),
                Way::Tunnel(endpoint) => endpoint.into(),
                Way::Interface(interface) => interface.into(),
                Way::DirectConnect(gateway) => gateway.into(),
            });
            each.collect()
        }
        (_, ResourceRef::DirectConnectGateway(gateway)) => {
            let row = cloud.direct_connect_gateways.get(gateway);
            let found = row.and_then(|row| row.installed.longest_match(towards));
            let exits = found.into_iter().flat_map(|(_, learned)| learned.exits.iter());
            exits.map(|exit| (*exit).into()).collect()
        }
        (_, _) => Vec::new(),
    }
}
