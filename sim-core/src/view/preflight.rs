//! The connections that a migration needs, each with its verdict.

use serde::Serialize;

use crate::analysis;
use crate::lab::Session;
use crate::net::Protocol;
use crate::reason::Reason;
use crate::resource::ResourceRef;
use crate::scenario;
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
    /// The transport protocol; none where a setting is looked at.
    pub proto: Option<Protocol>,
    /// The port; none where a setting is looked at.
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
    /// That change as it is written under `changes:` of an overlay; nothing where none is proposed.
    pub changes: Vec<String>,
    /// The component that stops it, as something that can be selected.
    #[serde(skip)]
    pub about: Option<ResourceRef>,
}

impl Check {
    /// What it goes over: `tcp 443`, or that it is a setting.
    #[must_use]
    pub fn over(&self) -> String {
        match (self.proto, self.port) {
            (Some(proto), Some(port)) => format!("{proto} {port}"),
            (Some(proto), None) => proto.to_string(),
            (None, _) => "setting".to_owned(),
        }
    }
}

/// Tries everything that the session's migration needs, at its present.
pub(super) fn preflight(session: &Session) -> Preflight {
    let found = analysis::preflight(session);
    Preflight {
        lab: session.about().name.clone(),
        at: found.at,
        ok: found.ok(),
        checks: found
            .checks
            .into_iter()
            .map(|check| row(check, session))
            .collect(),
    }
}

fn row(check: analysis::Check, session: &Session) -> Check {
    let ok = check.ok();
    let finding = check.finding.as_ref();
    Check {
        ok,
        reason: finding.map(|finding| finding.reason),
        at: finding.map(|finding| finding.at_text.clone()),
        rule: finding.and_then(|finding| finding.rule.clone()),
        detail: finding.map_or_else(|| "works".to_owned(), |finding| finding.detail.clone()),
        fix: finding.and_then(|finding| Some(finding.fix.as_ref()?.text.clone())),
        changes: finding
            .and_then(|finding| finding.fix.as_ref())
            .map_or_else(Vec::new, |fix| {
                let migration = session.blueprint().migration.as_ref();
                let levers = fix.levers.iter();
                levers
                    .map(|lever| scenario::to_text(lever, session.names(), migration))
                    .collect()
            }),
        about: finding.map(|finding| finding.at),
        name: check.name,
        from: check.from,
        to: check.to,
        proto: check.protocol,
        port: check.port,
        purpose: check.purpose,
    }
}
