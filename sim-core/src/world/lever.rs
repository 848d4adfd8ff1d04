//! The closed set of things that can be done to a running lab.
//!
//! Whatever disturbs a run is a lever: a scheduled event, a fault's plan, an overlay's change, a
//! fix that preflight proposes, a click on a screen. Each tier owns the changes of its own state.

use crate::aws;
use crate::migrate::mgn::Command;
use crate::resource::HostId;
use crate::site::HostChange;

/// One thing that can be done to a running lab.
#[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub enum Lever {
    /// An edit of the AWS side.
    Network(aws::Change),
    /// An edit of a computer.
    Host {
        /// The computer.
        host: HostId,
        /// The edit.
        change: HostChange,
    },
    /// An operation of the migration.
    Command(Command),
}
