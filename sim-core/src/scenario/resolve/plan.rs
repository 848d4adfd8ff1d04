//! The runbook and the expectations.

use crate::kernel::Arena;
use crate::net::{Mtu, Protocol};
use crate::resource::{ResourceRef, RunbookStepId, kind};
use crate::scenario::diagnostic::Code;
use crate::scenario::problem::{At, Problem, Problems};
use crate::scenario::read::Entries;
use crate::scenario::sections::{ConditionText, ExpectText, OverText, StepText};
use crate::units::{SimTime, Span};
use crate::world::reach::{Question, Sender, Target};
use crate::world::routing::RoutingExpected;
use crate::world::runbook::{Condition, Expectation, Expected, RunbookStep};

use super::change;
use super::scope::Scope;
use super::select::Groups;

/// Fills the runbook.
pub(super) fn runbook(
    text: &Entries<StepText>,
    scope: &mut Scope,
    groups: &mut Groups,
    problems: &mut Problems,
) -> Arena<RunbookStep, kind::RunbookStep> {
    for entry in text {
        scope.steps.declare(&entry.name, problems);
    }
    let mut steps = Arena::new();
    for entry in text {
        let Some(step) = &entry.body else { continue };
        let Some(run) = step.run.get() else { continue };
        let command = change::command(run, groups, problems);
        steps.push(RunbookStep {
            name: entry.name.value.clone(),
            when: trigger(step, scope, groups, problems),
            delay: step.delay.unwrap_or(Span::ZERO),
            command,
        });
    }
    circles(text, scope, problems);
    steps
}

/// What a step waits for: everything that it says, or nothing.
fn trigger(step: &StepText, scope: &Scope, groups: &mut Groups, problems: &mut Problems) -> Condition {
    let mut all = Vec::new();
    all.extend(step.at.map(Condition::At));
    let after = step
        .after
        .as_ref()
        .and_then(|name| scope.steps.find(name, problems));
    all.extend(after.map(Condition::Done));
    all.extend(step.when.as_ref().map(|when| condition(when, groups, problems)));
    match (all.pop(), all.is_empty()) {
        (None, _) => Condition::At(SimTime::START),
        (Some(only), true) => only,
        (Some(last), false) => {
            all.push(last);
            Condition::All(all)
        }
    }
}

fn condition(text: &ConditionText, groups: &mut Groups, problems: &mut Problems) -> Condition {
    match text {
        ConditionText::LifeCycle(text) => Condition::LifeCycle {
            servers: groups.select(&text.servers, problems),
            state: text.state,
        },
        ConditionText::Replication(text) => Condition::Replication {
            servers: groups.select(&text.servers, problems),
            state: text.state,
        },
        ConditionText::Launched(servers) => Condition::Launched {
            servers: groups.select(servers, problems),
        },
        ConditionText::Every(texts) => Condition::All(
            texts
                .iter()
                .map(|text| condition(text, groups, problems))
                .collect(),
        ),
    }
}

/// Reports steps that wait for each other in a circle: none of them would ever act.
fn circles(text: &Entries<StepText>, scope: &Scope, problems: &mut Problems) {
    let steps: Vec<(&At<String>, Option<RunbookStepId>)> = text
        .iter()
        .map(|entry| {
            let after = entry.body.as_ref().and_then(|step| step.after.as_ref());
            (&entry.name, after.and_then(|name| scope.steps.get(&name.value)))
        })
        .collect();
    // Each step waits for one other at most, so following them finds every circle.
    let mut seen = vec![None; steps.len()];
    for start in 0..steps.len() {
        let mut at = start;
        while seen.get(at).is_some_and(Option::is_none) {
            if let Some(mark) = seen.get_mut(at) {
                *mark = Some(start);
            }
            match steps.get(at).and_then(|(_, after)| *after) {
                Some(next) => at = next.index(),
                None => break,
            }
        }
        let Some((name, Some(after))) = steps.get(at) else {
            continue;
        };
        // Back at a step of this very walk, other than by stopping there for want of an `after`.
        if seen.get(at) == Some(&Some(start)) && walks_back(&steps, at) {
            let other = steps
                .get(after.index())
                .map_or("", |(name, _)| name.value.as_str());
            let message = format!("step `{}` waits for `{other}`, which waits for it", name.value);
            problems.push(Problem::error(Code::Circular, name.place, message));
        }
    }
}

/// Whether following `after` from `start` comes back to it.
fn walks_back(steps: &[(&At<String>, Option<RunbookStepId>)], start: usize) -> bool {
    let mut at = start;
    for _ in 0..steps.len() {
        match steps.get(at).and_then(|(_, after)| *after) {
            Some(next) => at = next.index(),
            None => return false,
        }
        if at == start {
            return true;
        }
    }
    false
}

/// Fills the expectations.
pub(super) fn expectations(
    text: &Entries<ExpectText>,
    duration: Span,
    (scope, groups): (&Scope, &mut Groups),
    problems: &mut Problems,
) -> Vec<Expectation> {
    let mut expectations = Vec::new();
    for entry in text {
        let Some(expect) = &entry.body else { continue };
        let what = expected(expect, duration, (scope, groups), problems);
        expectations.extend(what.map(|what| Expectation {
            name: entry.name.value.clone(),
            what,
        }));
    }
    expectations
}

/// What is expected; `None` where it speaks of something that is not there, which has been reported.
fn expected(
    text: &ExpectText,
    duration: Span,
    (scope, groups): (&Scope, &mut Groups),
    problems: &mut Problems,
) -> Option<Expected> {
    let checked = |by: At<SimTime>, problems: &mut Problems| {
        if by.value > SimTime::at(duration) {
            let message = format!("the lab ends after {duration}, before this can be checked");
            problems.push(
                Problem::warning(Code::AfterEnd, by.place, message).help("make the lab's duration longer"),
            );
        }
        by.value
    };
    Some(match text {
        ExpectText::LifeCycle(text) => Expected::LifeCycle {
            by: text.by.map(|by| checked(by, problems)),
            servers: groups.select(&text.servers, problems),
            state: text.state,
        },
        ExpectText::InitialSync(text) => Expected::InitialSync {
            by: checked(text.by, problems),
            servers: groups.select(&text.servers, problems),
        },
        ExpectText::NoStall(text) => Expected::NoStall {
            servers: groups.select(&text.servers, problems),
            error: text.error,
        },
        ExpectText::LagBelow(text) => Expected::LagBelow {
            servers: groups.select(&text.servers, problems),
            bound: text.bound,
        },
        ExpectText::RunbookDone => Expected::RunbookDone,
        ExpectText::SessionEstablished(text) => Expected::Routing(RoutingExpected::SessionEstablished {
            by: text.by.map(|by| checked(by, problems)),
            session: scope.sessions.find(&text.session, problems)?,
        }),
        ExpectText::TunnelUp(text) => Expected::Routing(RoutingExpected::TunnelUp {
            by: text.by.map(|by| checked(by, problems)),
            tunnel: scope.tunnels.find(&text.tunnel, problems)?,
        }),
        ExpectText::Route(text) => Expected::Routing(RoutingExpected::Route {
            router: scope.routers.find(&text.router, problems)?,
            prefix: text.prefix,
            via: match &text.via {
                Some(name) => Some(match scope.tunnels.get(&name.value) {
                    Some(tunnel) => tunnel.into(),
                    None => scope.links.find(name, problems)?.into(),
                }),
                None => None,
            },
            decided_by: text.decided_by,
        }),
        ExpectText::GatewayActive(text) => Expected::Routing(RoutingExpected::GatewayActive {
            gateway: scope.gateways.find(&text.gateway, problems)?,
            router: scope.routers.find(&text.router, problems)?,
        }),
        ExpectText::Reaches(text) => Expected::Reach {
            question: Question {
                size_bytes: text.size.map(Mtu::bytes),
                ..question(&text.from, &text.to, text.over.as_ref(), scope, problems)?
            },
            refused: None,
        },
        ExpectText::CannotReach(text) => Expected::Reach {
            question: Question {
                size_bytes: text.size.map(Mtu::bytes),
                ..question(&text.from, &text.to, Some(&text.over), scope, problems)?
            },
            refused: Some(text.reason),
        },
        ExpectText::GoesBy(text) => {
            let question = question(&text.from, &text.to, text.over.as_ref(), scope, problems);
            let by = passed(&text.by, scope, problems);
            Expected::Way {
                question: question?,
                by: by?,
            }
        }
        ExpectText::Answered(probe) => Expected::Probe {
            place: scope.probes.find(probe, problems)?.index(),
            bound: None,
        },
        ExpectText::OutageBelow(text) => Expected::Probe {
            place: scope.probes.find(&text.probe, problems)?.index(),
            bound: Some(text.bound),
        },
        ExpectText::NoRoute(text) => Expected::Routing(RoutingExpected::NoRoute {
            router: scope.routers.find(&text.router, problems)?,
            prefix: text.prefix,
        }),
    })
}

/// What packets can pass, by its name.
fn passed(name: &At<String>, scope: &Scope, problems: &mut Problems) -> Option<Vec<ResourceRef>> {
    macro_rules! named {
        ($($table:ident),*) => {
            [$(scope.$table.get(&name.value).map(ResourceRef::from)),*]
        };
    }
    let found = named!(links, routers, virtual_interfaces, attachments, peerings);
    let found: Vec<ResourceRef> = found.into_iter().flatten().collect();
    if found.is_empty() {
        let message = format!(
            "`{}` is no link, router, virtual interface, attachment or peering",
            name.value
        );
        let links = scope.links.iter().map(|(name, _)| name);
        let peerings = scope.peerings.iter().map(|(name, _)| name);
        let attachments = scope.attachments.iter().map(|(name, _)| name);
        let options = links
            .chain(attachments)
            .chain(peerings)
            .chain(scope.routers.iter().map(|(name, _)| name));
        problems.push_mistyped(
            Problem::error(Code::UnknownName, name.place, message),
            &name.value,
            options,
        );
    }
    (!found.is_empty()).then_some(found)
}

/// Who reaches whom, by what.
fn question(
    from: &At<String>,
    to: &At<String>,
    over: Option<&OverText>,
    scope: &Scope,
    problems: &mut Problems,
) -> Option<Question> {
    let (protocol, port) = match over {
        None | Some(OverText::Icmp) => (Protocol::Icmp, 0),
        Some(OverText::Tcp(port)) => (Protocol::Tcp, *port),
        Some(OverText::Udp(port)) => (Protocol::Udp, *port),
    };
    let host = scope.hosts.get(&from.value).map(Sender::Host);
    let router = || scope.routers.get(&from.value).map(Sender::Router);
    let sender = host.or_else(router);
    if sender.is_none() {
        unknown_end(from, "no host or router", scope, problems);
    }
    let to = target(to, scope, problems);
    Some(Question {
        from: sender?,
        to: to?,
        protocol,
        port,
        size_bytes: None,
    })
}

/// A host, a router, an address, or a name with a dot in it.
pub(super) fn target(to: &At<String>, scope: &Scope, problems: &mut Problems) -> Option<Target> {
    if let Some(host) = scope.hosts.get(&to.value) {
        return Some(Target::Host(host));
    }
    if let Some(router) = scope.routers.get(&to.value) {
        return Some(Target::Router(router));
    }
    if let Ok(address) = to.value.parse() {
        return Some(Target::Address(address));
    }
    match to.value.parse() {
        Ok(name) if to.value.contains('.') => Some(Target::Name(name)),
        _ => {
            unknown_end(to, "no host, router, address or DNS name", scope, problems);
            None
        }
    }
}

fn unknown_end(end: &At<String>, what: &str, scope: &Scope, problems: &mut Problems) {
    let message = format!("`{}` is {what}", end.value);
    let hosts = scope.hosts.iter().map(|(name, _)| name);
    let options = hosts.chain(scope.routers.iter().map(|(name, _)| name));
    problems.push_mistyped(
        Problem::error(Code::UnknownName, end.place, message),
        &end.value,
        options,
    );
}
