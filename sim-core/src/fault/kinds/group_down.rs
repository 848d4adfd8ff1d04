//! Things that share a fate.

use crate::fault::{Deed, FaultKind, PlanError, Target};
use crate::resource::ResourceRef;
use crate::world::blueprint::Blueprint;

use super::{
    endpoint_down, host_down, link_down, peering_down, router_down, segment_down, transit_peering_down,
    tunnel_down, zone_lost,
};

/// The kind.
pub(in crate::fault) const KIND: FaultKind = FaultKind {
    name: "group_down",
    title: "everything of a group goes down",
    models: "What looks independent and is not: two lines in one duct, a power feed for two racks, one provider behind two \
            contracts (a shared-risk link group).",
    shows: "All of it goes down at one instant, each as it would by itself; what was to take over is gone, too.",
    target: "a group of the lab",
    amount: None,
    candidates,
    plan,
};

fn candidates(lab: &Blueprint) -> Vec<Target> {
    let all = lab.groups.iter().map(|group| Target {
        name: group.name.clone(),
        things: group.members.clone(),
    });
    all.collect()
}

fn plan(lab: &Blueprint, target: &Target, _: &str) -> Result<Deed, PlanError> {
    let (mut breaks, mut heals) = (Vec::new(), Vec::new());
    for &thing in &target.things {
        let kind = taken_down_by(thing).ok_or(PlanError::Nothing("the group holds what does not go down"))?;
        let deed = kind.plan(lab, &Target::of(lab, thing), "")?;
        breaks.extend(deed.breaks);
        heals.extend(deed.heals.into_iter().flatten());
    }
    Ok(Deed::lasting(breaks, heals))
}

/// How things of a kind go down, where they do.
const fn taken_down_by(thing: ResourceRef) -> Option<&'static FaultKind> {
    match thing {
        ResourceRef::Link(_) => Some(&link_down::KIND),
        ResourceRef::Router(_) => Some(&router_down::KIND),
        ResourceRef::Segment(_) => Some(&segment_down::KIND),
        ResourceRef::Tunnel(_) => Some(&tunnel_down::KIND),
        ResourceRef::Zone(_) => Some(&zone_lost::KIND),
        ResourceRef::NetworkInterface(_) => Some(&endpoint_down::KIND),
        ResourceRef::Peering(_) => Some(&peering_down::KIND),
        ResourceRef::Attachment(_) => Some(&transit_peering_down::KIND),
        ResourceRef::Host(_) => Some(&host_down::KIND),
        _ => None,
    }
}
