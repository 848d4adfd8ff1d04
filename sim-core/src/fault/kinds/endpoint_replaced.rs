//! AWS's maintenance of a tunnel endpoint.

use crate::fault::{Deed, FaultKind, PlanError, Target};
use crate::site::Behind;
use crate::world::blueprint::Blueprint;
use crate::world::lever::Lever;
use crate::world::routing::{RoutingLever, Upkeep};

use super::levers::a_router;

/// The kind.
pub(in crate::fault) const KIND: FaultKind = FaultKind {
    name: "endpoint_replaced",
    title: "AWS replaces a tunnel endpoint",
    models: "Maintenance of one of the two endpoints of a VPN connection, which AWS announces or not.",
    shows: "Half a minute before, the other tunnel gets the lower MED; then the endpoint is away in silence for one to five \
            minutes, and comes back by itself.",
    target: "an endpoint of a VPN connection",
    amount: None,
    candidates,
    plan,
};

fn candidates(lab: &Blueprint) -> Vec<Target> {
    let routers = lab.routing.routers.iter();
    let endpoints = routers.filter(|(_, row)| {
        let is_gateway = matches!(
            row.behind,
            Some(Behind::TransitGateway(_) | Behind::VirtualPrivateGateway(_))
        );
        is_gateway
            && lab
                .routing
                .tunnels
                .iter()
                .any(|(_, tunnel)| row.interfaces.contains(&tunnel.interface))
    });
    endpoints.map(|(id, _)| Target::of(lab, id)).collect()
}

fn plan(_: &Blueprint, target: &Target, _: &str) -> Result<Deed, PlanError> {
    let endpoint = a_router(target)?;
    let lever = Lever::Routing(RoutingLever::Upkeep(Upkeep::ReplaceEndpoint(endpoint)));
    Ok(Deed::at_once(vec![lever]))
}
