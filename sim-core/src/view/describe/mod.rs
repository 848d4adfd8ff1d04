//! One sentence of plain English for every record, with names: what happened to the subject.
//!
//! The subject itself is not in the sentence; the log has a column for it. Every variant is decided
//! here, so a new kind of record does not compile before it has words.

mod command;
mod lever;
mod migration;
mod routing;
mod setting;

use crate::analysis::wording::{gateway_route_text, rule_text, thing_text, transit_route_text};
use crate::migrate::ground::{CallFailed, Remote, Stage};
use crate::migrate::mgn;
use crate::resource::VirtualGatewayId;
use crate::units::Span;
use crate::verdict::Refusal;
use crate::world::Happening;
use crate::world::names::Names;
use crate::world::network::{LinkRef, Network};
use crate::world::notice::Notability;
use crate::world::routing::{GatewayChange, IgpChange};

use super::Health;
use super::fleet::FailedLaunch;

pub(super) use command::{command_text, kind_text};
pub(super) use lever::{
    done_or_refused, endpoint as endpoint_state, lever_text, name_servers, on_off, peering as peering_state,
    private_dns_text,
};
pub(super) use migration::install as install_text;

/// What sentences are made from: names, and the network for the text of rules.
#[derive(Debug, Clone, Copy)]
pub(super) struct Words<'a> {
    pub(super) network: &'a Network,
    pub(super) names: &'a Names,
}

impl Words<'_> {
    /// Where and by which rule something was stopped: ` at security group sg-1: no inbound rule matches`.
    pub(super) fn stopped(&self, refusal: &Refusal) -> String {
        let at = thing_text(refusal.at, self.names);
        match refusal.rule {
            Some(rule) => format!("{at}: {}", rule_text(rule, self.network, self.names)),
            None => format!("{at}: {}", refusal.reason.meaning()),
        }
    }

    /// By which interface a router is active for a virtual gateway.
    pub(super) fn active_for(&self, gateway: VirtualGatewayId) -> String {
        let active = self.network.gateways.get(gateway).and_then(|row| row.active);
        active.map_or_else(|| "nobody active".to_owned(), |id| self.names.of(id))
    }

    /// What keeps a server from moving, where something does.
    pub(super) fn trouble(&self, server: &mgn::SourceServer) -> Option<String> {
        let stopped = |refusal: &Option<Refusal>| {
            refusal.as_ref().map_or(String::new(), |refusal| {
                format!("; stopped at {}", self.stopped(refusal))
            })
        };
        if let mgn::Agent::Failed(failure) = server.agent() {
            return Some(format!(
                "the installation fails: {}: {}{}",
                install_text(failure.step),
                mgn::install_text(failure, server.os()),
                stopped(&failure.stopped_by)
            ));
        }
        let failure = server.failure()?;
        Some(format!(
            "{}{}",
            mgn::raw_error(failure),
            stopped(&failure.stopped_by)
        ))
    }

    /// What a job's log says of a failure, and where it was stopped.
    pub(super) fn launch_error(&self, refusal: &Refusal) -> String {
        match mgn::launch_text(refusal.reason) {
            Some(text) => format!("{text}; {}", self.stopped(refusal)),
            None => format!("{}; {}", refusal.reason, self.stopped(refusal)),
        }
    }

    /// What of its latest launch keeps a server from being finalized, where something does.
    pub(super) fn launch_trouble(
        &self,
        server: &mgn::SourceServer,
        failed: Option<&FailedLaunch>,
    ) -> Option<String> {
        if let Some(FailedLaunch { initiator, failure }) = failed {
            let what = migration::job(*initiator);
            return Some(format!("the {what} fails: {}", self.launch_error(failure)));
        }
        match server.launched()?.post_launch() {
            mgn::PostLaunch::Unreachable(refusal) => Some(format!(
                "post-launch actions fail: {}; stopped at {}",
                refusal.reason,
                self.stopped(&refusal)
            )),
            mgn::PostLaunch::NotStarted
            | mgn::PostLaunch::Contacting(_)
            | mgn::PostLaunch::Running(_)
            | mgn::PostLaunch::Succeeded => None,
        }
    }

    /// What has a capacity, by the name that people know it by.
    pub(super) fn link_name(&self, link: LinkRef) -> String {
        match link {
            LinkRef::HostEgress(host) | LinkRef::HostIngress(host) => self.names.of(host),
            LinkRef::Peering { peering, .. } => self.names.of(peering),
            LinkRef::Endpoint { interface, .. } => self.names.of(interface),
            LinkRef::NatGateway { gateway, .. } => self.names.of(gateway),
            LinkRef::Link { link, .. } => self.names.of(link),
            LinkRef::SegmentPort { interface, .. } => self.names.of(interface),
        }
    }

    /// A flow's two ways, by the links in which they differ.
    fn rerouted(&self, from: &[LinkRef], to: &[LinkRef], stood_for: Span) -> String {
        let n_same = |pairs: &mut dyn Iterator<Item = (&LinkRef, &LinkRef)>| {
            pairs.take_while(|(from, to)| from == to).count()
        };
        let ahead = n_same(&mut from.iter().zip(to));
        let (from, to) = (&from[ahead..], &to[ahead..]);
        let behind = n_same(&mut from.iter().rev().zip(to.iter().rev()));
        let names = |links: &[LinkRef]| {
            let own = &links[..links.len() - behind];
            let names: Vec<String> = own.iter().map(|link| self.link_name(*link)).collect();
            names.join(", ")
        };
        let (from, to) = (names(from), names(to));
        let over = match (from.is_empty(), to.is_empty()) {
            (false, false) => format!("from {from} to {to}"),
            (true, _) => format!("over {to}, too"),
            (false, true) => format!("without {from}"),
        };
        if stood_for.is_zero() {
            format!("is re-routed {over}")
        } else {
            format!("is re-routed {over} after {} without a way", rounded(stood_for))
        }
    }

    fn failed(&self, failed: &CallFailed) -> String {
        let symptom = format!("{} while {}", failed.symptom, stage(failed.stage));
        match &failed.stopped_by {
            Some(refusal) => format!("{symptom}; stopped at {}", self.stopped(refusal)),
            None => format!("{symptom}: {}", failed.symptom.meaning()),
        }
    }

    /// What happened.
    pub(super) fn sentence(&self, what: &Happening) -> String {
        match what {
            Happening::Started { seed } => format!("begins with seed {seed}"),
            Happening::Lever(lever) => lever_text(lever, self),
            Happening::LeverRefused { lever, why } => done_or_refused(lever, Some(why.as_ref()), self),
            Happening::StepReady => "this step of the runbook has what it waits for".to_owned(),
            Happening::StepActed => "this step of the runbook begins".to_owned(),
            Happening::Dropped { packet, refusal } => {
                format!("drops {packet}: {}, {}", refusal.reason, self.stopped(refusal))
            }
            Happening::Overtaken {
                packet,
                refusal,
                spi,
                why,
            } => format!(
                "drops {packet} that came in by SPI {spi:08x}: {}, {why}; {}",
                refusal.reason,
                refusal.reason.look()
            ),
            Happening::Resolved { name, address } => format!("resolves {name} to {address}"),
            Happening::CallDone { to, done } => format!(
                "calls {}: {} answers in {}",
                remote(to),
                thing_text(done.remote, self.names),
                rounded(done.elapsed)
            ),
            Happening::CallFailed { to, failed } => {
                format!("cannot call {}: {}", remote(to), self.failed(failed))
            }
            Happening::HoldLost { to, failed } => {
                format!("loses its connection to {}: {}", remote(to), self.failed(failed))
            }
            Happening::HoldRestored { to } => format!("is connected to {} again", remote(to)),
            Happening::ProbeLost {
                name,
                to,
                since: _,
                failed,
            } => format!("cannot reach {to} (probe {name:?}): {}", self.failed(failed)),
            Happening::ProbeAnswered { name, to, lost_for } => {
                let lost_for = lost_for.to_the_millisecond();
                format!("reaches {to} again (probe {name:?}), after {lost_for}")
            }
            Happening::FlowOpened { from, to } => {
                format!("opens from {} to {}", self.names.of(*from), self.names.of(*to))
            }
            Happening::FlowRouted => "has a working way".to_owned(),
            Happening::FlowRerouted { from, to, stood_for } => self.rerouted(from, to, *stood_for),
            Happening::FlowBroken(refusal) => {
                format!("is cut off: {}, {}", refusal.reason, self.stopped(refusal))
            }
            Happening::FlowClosed { rate } => format!("closes; its last rate was {rate}"),
            Happening::Mgn(notice) => migration::sentence(notice, self),
            Happening::Bgp(notice) => routing::sentence(notice, self),
            Happening::Bfd(change) => format!("BFD {change}"),
            Happening::Ike(notice) => notice.to_string(),
            Happening::IkeSent(summary) => routing::ike_message(summary),
            Happening::TunnelProtected { suite, replaces } => {
                let again = if *replaces { "has new keys" } else { "is up" };
                format!("{again}: its packets are protected by {suite}")
            }
            Happening::TransitRoute { prefix, to, .. } => match to {
                Some(route) => format!("sends {prefix} {}", transit_route_text(route, self.names)),
                None => format!("has no route to {prefix} any more"),
            },
            Happening::DirectConnectRoute { prefix, to } => match to {
                Some(learned) => {
                    let exits: Vec<String> = learned.exits.iter().map(|exit| self.names.of(*exit)).collect();
                    format!("sends {prefix} → {}", exits.join(" and "))
                }
                None => format!("has no route to {prefix} any more"),
            },
            Happening::GatewayRoute { prefix, to } => match to {
                Some(route) => format!("sends {prefix} {}", gateway_route_text(route, self.names)),
                None => format!("has no route to {prefix} any more"),
            },
            Happening::TunnelBare { reason } => {
                format!("has no security association any more and carries nothing: {reason}")
            }
            Happening::Gateway(change) => routing::gateway_change(change, self),
            Happening::Igp(change) => routing::igp_change(change, self),
        }
    }
}

/// Where a call goes, as the caller wrote it.
pub(super) fn remote(to: &Remote) -> String {
    match to {
        Remote::Name(name) => name.to_string(),
        Remote::Address(address) => address.to_string(),
    }
}

const fn stage(stage: Stage) -> &'static str {
    match stage {
        Stage::Resolve => "resolving the name",
        Stage::Connect => "connecting",
        Stage::Tls => "agreeing on TLS",
        Stage::Request => "asking",
    }
}

/// A span without the digits that nobody reads: whole seconds from ten of them on, whole
/// milliseconds below.
pub(super) fn rounded(span: Span) -> Span {
    let step = if span >= Span::secs(10) {
        Span::secs(1)
    } else if span >= Span::millis(1) {
        Span::millis(1)
    } else {
        return span;
    };
    Span::nanos(span.as_nanos() / step.as_nanos() * step.as_nanos())
}

/// How good or bad the news is.
pub(super) fn health(what: &Happening) -> Health {
    match what {
        Happening::Mgn(notice) => migration::health(notice),
        Happening::Bgp(notice) => routing::health(notice),
        Happening::Bfd(change) if change.is_failure() => Health::Failed,
        Happening::Bfd(_) => Health::Working,
        Happening::Ike(_) => match what.notability() {
            Notability::Alarm => Health::Failed,
            Notability::Notable | Notability::Routine => Health::Working,
        },
        Happening::IkeSent(_) => Health::Idle,
        Happening::TunnelProtected { .. } => Health::Good,
        Happening::TunnelBare { .. }
        | Happening::TransitRoute { to: None, .. }
        | Happening::DirectConnectRoute { to: None, .. }
        | Happening::GatewayRoute { to: None, .. }
        | Happening::Gateway(GatewayChange::Silent { .. }) => Health::Failed,
        Happening::TransitRoute { .. }
        | Happening::DirectConnectRoute { .. }
        | Happening::GatewayRoute { .. } => Health::Working,
        Happening::Gateway(GatewayChange::Active { .. } | GatewayChange::Awake { .. }) => Health::Good,
        Happening::Igp(IgpChange::NeighborDown { .. }) => Health::Failed,
        Happening::Igp(IgpChange::NeighborUp { .. }) => Health::Good,
        Happening::Igp(IgpChange::Converged { .. }) => Health::Working,
        Happening::HoldRestored { .. } | Happening::ProbeAnswered { .. } | Happening::FlowRouted => {
            Health::Good
        }
        Happening::Lever(_) | Happening::LeverRefused { .. } => Health::Degraded,
        Happening::Dropped { .. } | Happening::Overtaken { .. } => Health::Degraded,
        Happening::StepActed | Happening::FlowOpened { .. } | Happening::FlowRerouted { .. } => {
            Health::Working
        }
        Happening::Started { .. }
        | Happening::StepReady
        | Happening::Resolved { .. }
        | Happening::CallDone { .. }
        | Happening::FlowClosed { .. } => Health::Idle,
        Happening::CallFailed { .. }
        | Happening::HoldLost { .. }
        | Happening::ProbeLost { .. }
        | Happening::FlowBroken(_) => Health::Failed,
    }
}

/// Whether a person who steps through the lab would want to stop here.
pub(super) fn notable(what: &Happening) -> bool {
    match what.notability() {
        Notability::Routine => false,
        Notability::Notable | Notability::Alarm => true,
    }
}
