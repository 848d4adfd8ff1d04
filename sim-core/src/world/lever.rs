//! The closed set of things that can be done to a running lab.
//!
//! Whatever disturbs a run is a lever: a scheduled event, a fault's plan, an overlay's change, a
//! fix that preflight proposes, a click on a screen. Each tier owns the changes of its own state.

use crate::aws::{self, ChangeError};
use crate::migrate::mgn::{Command, SettingChange};
use crate::reason::Reason;
use crate::resource::{HostId, ResourceRef};
use crate::site::{HostChange, HostChangeError};

use super::routing::{RoutingLever, RoutingLeverError};

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
    /// A change of the migration's settings.
    Migration(SettingChange),
    /// An edit of routers, links and their processes.
    Routing(RoutingLever),
}

/// Why a lever could not be pulled; nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, Hash, thiserror::Error)]
pub enum LeverError {
    /// The AWS side refuses the edit.
    #[error(transparent)]
    Network(#[from] ChangeError),
    /// The computer refuses the edit.
    #[error(transparent)]
    Host(#[from] HostChangeError),
    /// A router, link or process refuses the edit.
    #[error(transparent)]
    Routing(#[from] RoutingLeverError),
    /// There is no such computer.
    #[error("there is no such host")]
    NoSuchHost,
    /// The lab has no migration.
    #[error("the lab has no migration")]
    NoMigration,
    /// MGN refuses the operation, for every server that it is for.
    #[error("MGN refuses it: {}: {}", reason.code(), crate::migrate::mgn::refusal_text(*reason))]
    MgnRefuses {
        /// Why, for the first of them.
        reason: Reason,
    },
}

impl Lever {
    /// What it is done to.
    #[must_use]
    pub fn subject(&self) -> ResourceRef {
        match self {
            Self::Network(change) => change.subject(),
            Self::Host { host, .. } => (*host).into(),
            Self::Command(command) => match command.servers.as_slice() {
                [server] => (*server).into(),
                _ => ResourceRef::Lab,
            },
            Self::Migration(_) => ResourceRef::Lab,
            Self::Routing(lever) => lever.subject(),
        }
    }
}
