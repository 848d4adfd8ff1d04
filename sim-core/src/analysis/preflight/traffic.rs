//! What a lab wants of its network besides a migration: its probes, and what it expects at any time.

use std::sync::Arc;

use crate::migrate::ground::{Call, Remote, Request};
use crate::migrate::mgn::Need;
use crate::net::{Mtu, Protocol};
use crate::reason::Reason;
use crate::resource::ResourceRef;
use crate::units::Span;
use crate::verdict::{Refusal, Rule};
use crate::world::ExpectationResult;
use crate::world::blueprint::Blueprint;
use crate::world::prober::{ProbePlan, ProbeSeen};
use crate::world::reach::{Question, Sender, Target};
use crate::world::routing::RoutingExpected;
use crate::world::runbook::Expected;
use crate::world::{Software, World};

use super::super::fix::{self, Problem};
use super::super::wording::{rule_text, thing_text};
use super::Finding;
use super::checker::Checker;
use super::steering::Steering;
use super::trial::Client;

/// How long a call waits for its connection where the lab does not say.
const CONNECT_TIMEOUT: Span = Span::secs(5);

impl Checker<'_> {
    /// Each probe, as it is sent.
    pub(super) fn traffic(&mut self) {
        for (plan, _) in self.world.probes() {
            let need = Need {
                purpose: "a probe of the lab",
                call: Call {
                    from: plan.from,
                    to: plan.to.clone(),
                    port: plan.port,
                    request: plan.size.map_or(Request::Connect, Request::Echo),
                    connect_timeout: plan.timeout,
                },
                service: None,
            };
            let client = Client::ordinary(&self.world.names().of(plan.from));
            self.call_named(plan.name.to_string(), &client, &need);
        }
    }

    /// What the lab expects that is not about how its run goes. Ways and routes are those at its end, so that they are left
    /// out where it will be disturbed before.
    pub(super) fn expected(&mut self, lab: &Blueprint) {
        let is_quiet = lab.schedule.iter().all(|(at, _)| *at <= self.world.now());
        let results = self.world.expectations();
        for (place, (expectation, result)) in lab.expectations.iter().zip(results).enumerate() {
            let name = expectation.name.clone();
            match &expectation.what {
                Expected::Reach {
                    question,
                    refused: None,
                } => self.reached(name, question),
                _ if !is_quiet => {}
                Expected::Reach { question, .. } | Expected::Way { question, .. } => {
                    let ends = (question.from.resource(), question.to.text(self.world.names()));
                    self.stands(name, ends, "what the lab expects of the way", &result);
                    self.tell_decisions(question);
                    let by = match &expectation.what {
                        Expected::Way { by, .. } => by.as_slice(),
                        _ => &[],
                    };
                    if !self.way_off_vpn(place, question) {
                        self.steer(place, question, by);
                    }
                }
                Expected::Routing(routing) => {
                    let (at, what) = match routing {
                        // Whether they are up is looked at by themselves.
                        RoutingExpected::SessionEstablished { .. } | RoutingExpected::TunnelUp { .. } => {
                            continue;
                        }
                        RoutingExpected::Route { router, prefix, .. }
                        | RoutingExpected::NoRoute { router, prefix } => {
                            (ResourceRef::from(*router), prefix.to_string())
                        }
                        RoutingExpected::GatewayActive { gateway, .. } => {
                            ((*gateway).into(), "the active router".to_owned())
                        }
                    };
                    self.stands(name, (at, what), "what the lab expects of routes", &result);
                    if let RoutingExpected::Route { router, prefix, .. } = routing {
                        self.route_off_vpn(place, *router, *prefix);
                    }
                }
                Expected::LifeCycle { .. }
                | Expected::InitialSync { .. }
                | Expected::NoStall { .. }
                | Expected::LagBelow { .. }
                | Expected::RunbookDone
                | Expected::Probe { .. } => {}
            }
        }
    }
}

impl Checker<'_> {
    /// Somebody reaches somebody: by a call where it is a host's over TCP, else by following the packet and its answer.
    fn reached(&mut self, name: String, question: &Question) {
        let from = self.world.names().of(question.from.resource());
        let to = match &question.to {
            Target::Name(name) => Some(Remote::Name(Arc::from(name.to_string()))),
            Target::Address(address) => Some(Remote::Address(*address)),
            Target::Host(id) => self.probe.network().address_of(*id).map(Remote::Address),
            Target::Router(_) => None,
        };
        if let (Sender::Host(host), Protocol::Tcp, Some(to)) = (question.from, question.protocol, to) {
            let call = Call {
                from: host,
                to,
                port: question.port,
                request: question
                    .size_bytes
                    .map_or(Request::Connect, |size| Request::Echo(Mtu::documented(size))),
                connect_timeout: CONNECT_TIMEOUT,
            };
            let is_probe = |(plan, _): (&ProbePlan, &ProbeSeen)| {
                let asks = plan.size.map_or(Request::Connect, Request::Echo);
                (plan.from, &plan.to, plan.port, asks)
                    == (call.from, &call.to, call.port, call.request.clone())
            };
            if self.world.probes().any(is_probe) {
                return;
            }
            let need = Need {
                purpose: "what the lab expects to be reached",
                call,
                service: None,
            };
            return self.call_named(name, &Client::ordinary(&from), &need);
        }
        let refusal = self.world.refused(question);
        let finding = refusal.map(|refusal| {
            let mut finding = self.finding(refusal, refusal.reason.meaning().to_owned());
            if let Sender::Host(host) = question.from {
                let problem = Problem::of_host(refusal, host);
                finding.fix = fix::propose(self.probe.network(), self.world.names(), &problem);
            }
            finding
        });
        let to = question.to.text(self.world.names());
        self.push(name, (from, to), "what the lab expects to be reached", finding);
    }

    /// The routes that led what was found to go another way than expected, at whoever has a choice.
    fn tell_decisions(&mut self, question: &Question) {
        let (network, names) = (self.world.network(), self.world.names());
        let trip = self.world.trip(question);
        let hops = trip.iter().flat_map(|trip| &trip.forward.hops);
        let decided = hops.filter_map(|hop| {
            let rule = hop.rule.filter(|rule| {
                matches!(
                    rule,
                    Rule::TransitRoute { .. } | Rule::GatewayRoute { .. } | Rule::FibRoute { .. }
                )
            })?;
            let by = match rule {
                Rule::TransitRoute { table, .. } => table.into(),
                _ => hop.node,
            };
            Some((
                by,
                format!("{}: {}", names.of(by), rule_text(rule, network, names)),
            ))
        });
        let decided: Vec<(ResourceRef, String)> = decided.collect();
        if let Some(finding) = self.checks.last_mut().and_then(|check| check.finding.as_mut())
            && let Some((first, _)) = decided.first()
        {
            finding.at = *first;
            finding.at_text = thing_text(*first, names);
            let each: Vec<String> = decided.into_iter().map(|(_, text)| text).collect();
            finding.rule = Some(each.join("; "));
        }
    }

    /// What leads them there, of what could, as tried out.
    fn steer(&mut self, place: usize, question: &Question, by: &[ResourceRef]) {
        let Some(finding) = self.checks.last_mut().and_then(|check| check.finding.as_mut()) else {
            return;
        };
        let holds = |world: &World| world.expectations().get(place).is_some_and(|it| it.holds);
        let (session, rehearsals) = (self.session, &mut self.rehearsals);
        let fixes = Steering::of(self.world).towards(question, by);
        finding.fix = fixes
            .into_iter()
            .find(|fix| rehearsals.mend(session, &fix.levers, holds));
    }

    /// Where an answer comes to a firewall that has not seen the question: what leads it back by the one that has, as tried
    /// out.
    pub(super) fn lead_back(&mut self, mut finding: Finding, software: Software, call: &Call) -> Finding {
        let (Reason::AsymmetricStateful, ResourceRef::Router(blamed)) = (finding.reason, finding.at) else {
            return finding;
        };
        // What led others back by it leads this one.
        let mut alike = self.checks.iter().filter_map(|check| check.finding.as_ref());
        let alike = alike.find(|it| (it.reason, it.at) == (finding.reason, finding.at) && it.fix.is_some());
        if let Some(alike) = alike {
            finding.fix.clone_from(&alike.fix);
            return finding;
        }
        let comes_through = |world: &World| world.probe().call(software, call.clone()).is_ok();
        let (session, rehearsals) = (self.session, &mut self.rehearsals);
        let fixes = Steering::of(self.world).same_firewall(blamed);
        finding.fix = fixes
            .into_iter()
            .find(|fix| rehearsals.mend(session, &fix.levers, comes_through));
        finding
    }

    /// Where name servers ask each other round and round: which of them can stop, as tried out.
    pub(super) fn break_circle(&mut self, mut finding: Finding, software: Software, call: &Call) -> Finding {
        let (Reason::DnsLoop, ResourceRef::Host(_), Remote::Name(name)) =
            (finding.reason, finding.at, &call.to)
        else {
            return finding;
        };
        let comes_through = |world: &World| world.probe().call(software, call.clone()).is_ok();
        let (session, rehearsals) = (self.session, &mut self.rehearsals);
        let fixes = Steering::of(self.world).ends_of_circle(name);
        finding.fix = fixes
            .into_iter()
            .find(|fix| rehearsals.mend(session, &fix.levers, comes_through));
        finding
    }

    /// Something that is as the lab expects it, or not.
    fn stands(
        &mut self,
        name: String,
        (at, to): (ResourceRef, String),
        purpose: &str,
        result: &ExpectationResult,
    ) {
        let finding = (!result.holds).then(|| {
            let mut finding = self.finding(Refusal::at(Reason::NotAsExpected, at), result.detail.clone());
            finding.rule = Some(format!("the lab's expectation \"{name}\""));
            finding
        });
        let from = self.world.names().of(at);
        self.push(name, (from, to), purpose, finding);
    }
}
