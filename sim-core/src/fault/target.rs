//! What faults are done to.

use crate::resource::ResourceRef;
use crate::world::blueprint::Blueprint;

/// A thing of the lab, or several that fail together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// What the lab calls it.
    pub name: String,
    /// The things; one for most kinds.
    pub things: Vec<ResourceRef>,
}

impl Target {
    pub(super) fn of(lab: &Blueprint, thing: impl Into<ResourceRef>) -> Self {
        let thing = thing.into();
        Self {
            name: lab.names.of(thing),
            things: vec![thing],
        }
    }
}
