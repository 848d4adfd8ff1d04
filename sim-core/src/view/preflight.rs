//! The connections that a lab needs, each with its verdict: its tunnels and sessions, its migration's calls, its probes.

use serde::Serialize;

use crate::analysis::{self, Finding, Fix};
use crate::lab::Session;
use crate::net::Protocol;
use crate::proto::bgp::PORT as BGP_PORT;
use crate::proto::ike::PORT as IKE_PORT;
use crate::reason::Reason;
use crate::resource::ResourceRef;
use crate::scenario;
use crate::units::SimTime;

use super::mend::Mending;
use super::{BgpSession, Health, Tunnel, View, json, outlook};

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
    /// Whether routers and gateways are still finding out what they reach: what fails meanwhile may work by itself.
    #[serde(skip)]
    pub converging: bool,
    /// The checks, in the order in which a migration needs them.
    pub checks: Vec<Check>,
    /// What works and could stand more.
    pub advice: Vec<Advice>,
}

/// Something that works as long as nothing fails.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Advice {
    /// What it is about.
    pub at: String,
    /// The setting that it comes from.
    pub rule: String,
    /// What it comes to, in a sentence.
    pub detail: String,
    /// What makes it better, where one thing does.
    pub fix: Option<String>,
    /// That change as it is written under `changes:` of an overlay; nothing where it is none of those.
    pub changes: Vec<String>,
    /// What an overlay says in its place, where no such change does it.
    pub overlay: Option<String>,
    /// The thing, to be selected.
    #[serde(skip)]
    pub about: ResourceRef,
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
    /// The smallest change that makes it work, else where to look for one.
    pub fix: Option<String>,
    /// That change as it is written under `changes:` of an overlay; nothing where none is proposed.
    pub changes: Vec<String>,
    /// What an overlay says in its place, where no such change does it.
    pub overlay: Option<String>,
    /// What stands in its way behind that, once that is mended.
    pub also: Vec<Blocker>,
    /// The component that stops it, or the tunnel or session itself, to be selected.
    #[serde(skip)]
    pub about: Option<ResourceRef>,
}

/// Something that stands in a connection's way behind something else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Blocker {
    /// Why.
    pub reason: Reason,
    /// The component that stops it.
    pub at: String,
    /// The rule or route that decided.
    pub rule: Option<String>,
    /// What was found, in a sentence.
    pub detail: String,
    /// The smallest change that makes it work.
    pub fix: Option<String>,
    /// That change as it is written under `changes:` of an overlay.
    pub changes: Vec<String>,
}

/// How a check stands in the preflight that it is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Standing {
    /// It passes.
    Passes,
    /// It fails, and routers and gateways are still finding out what they reach.
    Unsettled,
    /// It fails.
    Fails,
}

impl Preflight {
    /// How one of its checks stands.
    #[must_use]
    pub const fn standing(&self, check: &Check) -> Standing {
        match (check.ok, self.converging) {
            (true, _) => Standing::Passes,
            (false, true) => Standing::Unsettled,
            (false, false) => Standing::Fails,
        }
    }
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

/// Tries everything that the session's lab needs, at its present.
pub(super) fn preflight(view: &View<'_>) -> Preflight {
    let session = view.session;
    let found = analysis::preflight(session);
    let (tunnels, sessions) = (view.tunnels(), view.bgp_sessions());
    let later = outlook::of_tunnels(view, &tunnels);
    let advice = outlook::advice(view, &sessions).into_iter().map(|hint| Advice {
        at: session.names().of(hint.about),
        rule: hint.rule,
        detail: hint.detail,
        overlay: hint.overlay,
        changes: changes(hint.fix.as_ref(), session),
        fix: hint.fix.map(|fix| fix.text),
        about: hint.about,
    });
    let advice = advice.collect();
    let is_up = |health| matches!(health, Health::Good | Health::Idle);
    let converging = found.at < session.settled_at()
        && !(tunnels.iter().all(|it| is_up(it.health)) && sessions.iter().all(|it| is_up(it.health)));
    let tunnels = tunnels.into_iter().map(|tunnel| {
        let mending = view.tunnel_mending(tunnel.id);
        mended(of_tunnel(tunnel), mending, session)
    });
    let tunnels = tunnels.chain(later);
    let sessions = sessions.into_iter().map(|it| {
        let mending = view.session_mending(it.id);
        mended(of_session(it), mending, session)
    });
    let sessions: Vec<Check> = sessions.collect();
    let calls: Vec<Check> = found
        .checks
        .into_iter()
        .map(|check| {
            let is_untold = check.finding.as_ref().is_some_and(is_untold);
            let told_over = is_untold.then(|| told_over(view, &sessions, &check)).flatten();
            let row = row(check, session);
            Check {
                fix: told_over.or(row.fix),
                ..row
            }
        })
        .collect();
    let paths = outlook::unusable_paths(view);
    let checks: Vec<Check> = tunnels.chain(sessions).chain(paths).chain(calls).collect();
    Preflight {
        lab: session.about().name.clone(),
        at: found.at,
        ok: checks.iter().all(|check| check.ok),
        converging,
        checks,
        advice,
    }
}

/// Whether a route is missing that nothing is known to bring.
fn is_untold(finding: &Finding) -> bool {
    let lacks_route = matches!(finding.reason, Reason::NoRoute | Reason::TransitNoRoute);
    let has_change = finding.fix.as_ref().is_some_and(|fix| !fix.levers.is_empty());
    lacks_route && !has_change && finding.overlay.is_none()
}

/// What to do about a missing route where sessions are down that would tell of it: one of the router that has none, or else
/// the first.
fn told_over(view: &View<'_>, sessions: &[Check], check: &analysis::Check) -> Option<String> {
    let at = check.finding.as_ref()?.at;
    let is_of_it = |check: &&Check| match check.about {
        Some(ResourceRef::BgpSession(id)) => {
            let read = view.world.bgp_session(id);
            read.is_some_and(|read| ResourceRef::Router(read.row.router) == at)
        }
        _ => false,
    };
    let down = || sessions.iter().filter(|check| !check.ok);
    let behind = down().find(is_of_it).or_else(|| down().next())?;
    let fix = behind.fix.as_ref()?;
    Some(format!(
        "mend {} first, over which the route is told: {fix}",
        behind.name
    ))
}

/// A check that fails, with what mends it.
pub(super) fn mended(check: Check, mending: Mending, session: &Session) -> Check {
    if check.ok {
        return check;
    }
    let overlay = mending.overlay.clone();
    let fix = mending.told(String::new());
    Check {
        changes: changes(Some(&fix), session),
        overlay,
        ..check
    }
}

/// A tunnel should be up, or wait for a packet with nothing in its way.
fn of_tunnel(tunnel: Tunnel) -> Check {
    let ok = tunnel.reason.is_none();
    Check {
        name: format!("tunnel {}", tunnel.name),
        to: tunnel.peer,
        proto: Some(Protocol::Udp),
        port: Some(IKE_PORT),
        purpose: "a tunnel that is up".to_owned(),
        detail: tunnel.detail.unwrap_or_else(|| tunnel.state.as_str().to_owned()),
        rule: (!ok).then(|| {
            let (one, two) = (tunnel.phase1.as_str(), tunnel.phase2.as_str());
            format!("phase 1 {one}, phase 2 {two}")
        }),
        about: Some(tunnel.id.into()),
        ..base(tunnel.name, tunnel.reason, tunnel.fix)
    }
}

/// A session should be up, where it is wanted.
fn of_session(session: BgpSession) -> Check {
    let reason = session.reason.filter(|reason| *reason != Reason::BgpShutdown);
    Check {
        name: format!("BGP session {}", session.name),
        to: session.peer.to_string(),
        proto: Some(Protocol::Tcp),
        port: Some(BGP_PORT),
        purpose: "a session that is Established".to_owned(),
        detail: session.detail.unwrap_or_else(|| session.state.to_string()),
        rule: reason.map(|_| format!("neighbour {} remote AS {}", session.peer, session.peer_as)),
        about: Some(session.id.into()),
        ..base(session.name, reason, session.fix)
    }
}

/// What checks of tunnels and sessions have in common.
pub(super) fn base(from: String, reason: Option<Reason>, fix: Option<String>) -> Check {
    Check {
        name: String::new(),
        to: String::new(),
        proto: None,
        port: None,
        purpose: String::new(),
        ok: reason.is_none(),
        at: reason.map(|_| from.clone()),
        from,
        reason,
        rule: None,
        detail: String::new(),
        fix: fix.filter(|_| reason.is_some()),
        changes: Vec::new(),
        overlay: None,
        also: Vec::new(),
        about: None,
    }
}

fn changes(fix: Option<&Fix>, session: &Session) -> Vec<String> {
    let migration = session.blueprint().migration.as_ref();
    let levers = fix.into_iter().flat_map(|fix| &fix.levers);
    levers
        .map(|lever| scenario::to_text(lever, session.names(), migration))
        .collect()
}

/// The smallest change that mends it, else where to look for one.
fn cure(finding: &Finding) -> String {
    let proposed = finding.fix.as_ref().map(|fix| fix.text.clone());
    proposed.unwrap_or_else(|| finding.reason.look().to_owned())
}

fn blocker(finding: &Finding, session: &Session) -> Blocker {
    Blocker {
        reason: finding.reason,
        at: finding.at_text.clone(),
        rule: finding.rule.clone(),
        detail: finding.detail.clone(),
        fix: Some(cure(finding)),
        changes: changes(finding.fix.as_ref(), session),
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
        fix: finding.map(cure),
        changes: changes(finding.and_then(|finding| finding.fix.as_ref()), session),
        overlay: finding.and_then(|finding| finding.overlay.clone()),
        also: check
            .also
            .iter()
            .map(|finding| blocker(finding, session))
            .collect(),
        about: finding.map(|finding| finding.at),
        name: check.name,
        from: check.from,
        to: check.to,
        proto: check.protocol,
        port: check.port,
        purpose: check.purpose,
    }
}
