//! A name server without power.

use crate::fault::FaultKind;

use super::host_down::plan;
use super::pick::name_servers as candidates;

/// The kind.
pub(in crate::fault) const KIND: FaultKind = FaultKind {
    name: "name_server_down",
    title: "a name server goes down",
    models: "The host of a name server is switched off.",
    shows: "Names no longer resolve once they are no longer remembered; what has its addresses goes on.",
    target: "a host with a name server",
    amount: None,
    candidates,
    plan,
};
