//! What of a lab faults can be done to.

use crate::fault::Target;
use crate::site::Wrap;
use crate::world::blueprint::Blueprint;

/// Links of their own: what runs as a VLAN over one fails with it.
pub(super) fn links(lab: &Blueprint) -> Vec<Target> {
    let all = lab.routing.links.iter().filter(|(_, row)| row.over.is_none());
    all.map(|(id, _)| Target::of(lab, id)).collect()
}
pub(super) fn routers(lab: &Blueprint) -> Vec<Target> {
    lab.routing.routers.ids().map(|id| Target::of(lab, id)).collect()
}
pub(super) fn interfaces(lab: &Blueprint) -> Vec<Target> {
    lab.routing
        .interfaces
        .ids()
        .map(|id| Target::of(lab, id))
        .collect()
}
pub(super) fn sessions(lab: &Blueprint) -> Vec<Target> {
    lab.routing.sessions.ids().map(|id| Target::of(lab, id)).collect()
}
pub(super) fn speakers(lab: &Blueprint) -> Vec<Target> {
    let all = lab.routing.bgp.iter().filter(|(_, process)| process.is_some());
    all.map(|(id, _)| Target::of(lab, id)).collect()
}
/// Tunnels for which IKE negotiates.
pub(super) fn tunnels(lab: &Blueprint) -> Vec<Target> {
    let all = lab.routing.tunnels.iter();
    let negotiated = all.filter(|(_, row)| row.wrap == Wrap::Ipsec);
    negotiated.map(|(id, _)| Target::of(lab, id)).collect()
}
pub(super) fn hosts(lab: &Blueprint) -> Vec<Target> {
    lab.hosts.ids().map(|id| Target::of(lab, id)).collect()
}
pub(super) fn interface_endpoints(lab: &Blueprint) -> Vec<Target> {
    let all = lab.cloud.interface_endpoints.ids();
    all.map(|id| Target::of(lab, id)).collect()
}
/// Hosts that run a name server.
pub(super) fn name_servers(lab: &Blueprint) -> Vec<Target> {
    let all = lab.hosts.iter().filter(|(_, row)| row.name_server.is_some());
    all.map(|(id, _)| Target::of(lab, id)).collect()
}
