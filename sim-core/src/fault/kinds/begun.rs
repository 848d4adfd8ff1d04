//! A lab as it begins: what an overlay changes is changed before.

use std::borrow::Cow;

use crate::aws::Cloud;
use crate::resource::HostId;
use crate::site::Host;
use crate::world::blueprint::Blueprint;
use crate::world::lever::Lever;

/// The AWS side.
pub(super) fn cloud(lab: &Blueprint) -> Cow<'_, Cloud> {
    let mut cloud = Cow::Borrowed(&lab.cloud);
    for lever in &lab.overlay {
        if let Lever::Network(change) = lever {
            // What does not fit is told where the lab is built.
            let _ = cloud.to_mut().apply(change);
        }
    }
    cloud
}

/// A host, where there is one.
pub(super) fn host(lab: &Blueprint, id: HostId) -> Option<Cow<'_, Host>> {
    let mut row = Cow::Borrowed(lab.hosts.get(id)?);
    for lever in &lab.overlay {
        if let Lever::Host { host, change } = lever
            && *host == id
        {
            let _ = row.to_mut().apply(change);
        }
    }
    Some(row)
}
