//! The connections that a migration needs, each with its verdict.

use serde::Serialize;

use crate::reason::Reason;
use crate::resource::ResourceRef;
use crate::units::SimTime;

use super::json;

/// What preflight found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Preflight {
    /// The lab.
    pub lab: String,
    /// The instant at which it was looked at.
    #[serde(rename = "at_s", serialize_with = "json::instant")]
    pub at: SimTime,
    /// Whether every check passes.
    pub ok: bool,
    /// The checks, in the order in which a migration needs them.
    pub checks: Vec<Check>,
}

/// One connection that the migration needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    /// What it is called.
    pub name: String,
    /// Who connects.
    pub from: String,
    /// To what.
    pub to: String,
    /// The transport protocol.
    pub proto: String,
    /// The port; none where the check is not about one.
    pub port: Option<u16>,
    /// What it is needed for.
    pub purpose: String,
    /// Whether it works.
    pub ok: bool,
    /// Why not.
    pub reason: Option<Reason>,
    /// The component that stops it.
    pub at: Option<String>,
    /// The rule or route that decided.
    pub rule: Option<String>,
    /// What was found, in a sentence.
    pub detail: String,
    /// The smallest change that makes it work.
    pub fix: Option<String>,
    /// The component that stops it, as something that can be selected.
    #[serde(skip)]
    pub about: Option<ResourceRef>,
}
