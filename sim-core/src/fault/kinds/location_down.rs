//! All devices at a location at once.

use crate::fault::{Deed, FaultKind, PlanError, Target};
use crate::resource::ResourceRef;
use crate::site::{RouterChange, Running};
use crate::world::blueprint::Blueprint;

use super::levers::router;

/// The kind.
pub(in crate::fault) const KIND: FaultKind = FaultKind {
    name: "location_down",
    title: "a Direct Connect location goes down",
    models: "A building without power, a flooded manhole in front of it: every device of AWS's in it is gone.",
    shows: "All connections at the location go down together; a second port in the same building is no help.",
    target: "a Direct Connect location",
    amount: None,
    candidates,
    plan,
};

fn candidates(lab: &Blueprint) -> Vec<Target> {
    let all = lab.places.iter().map(|place| Target {
        name: place.name.clone(),
        things: place.routers.iter().copied().map(ResourceRef::Router).collect(),
    });
    all.collect()
}

fn plan(_: &Blueprint, target: &Target, _: &str) -> Result<Deed, PlanError> {
    let routers = target.things.iter().filter_map(|thing| match thing {
        ResourceRef::Router(id) => Some(*id),
        _ => None,
    });
    let routers: Vec<_> = routers.collect();
    let running = |running| {
        let all = routers.iter();
        all.map(|&id| router(id, RouterChange::Running(running)))
            .collect()
    };
    Ok(Deed::lasting(running(Running::Off), running(Running::Running)))
}
