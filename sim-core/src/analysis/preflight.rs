//! Everything that the migration needs, tried before the weekend.
//!
//! The list comes from the migration itself ([`crate::migrate::mgn::Need`]): the very calls that
//! agents, replication servers, conversion servers and launched instances will make, from where
//! they will be. Each is made on a copy of the lab through its real DNS, forwarding, TCP, TLS and
//! policies, so that what passes here passes in the run at this instant.
//!
//! Calls that differ only in which of several like servers makes them are tried once and told for
//! each: same subnet, same security groups, same firewall, same name, same request.
//!
//! What it cannot know: what will be changed later. A path that is closed after the installation
//! passes now and bites then.

use std::collections::BTreeMap;

use crate::lab::Session;
use crate::migrate::ground::{Call, CallFailed, CallOutcome, Remote, Request, Stage};
use crate::migrate::mgn::{Condition, Mgn, Need};
use crate::net::Protocol;
use crate::reason::Reason;
use crate::resource::{HostId, RegionId, ResourceRef, SourceServerId, SubnetId};
use crate::units::SimTime;
use crate::verdict::{Refusal, Rule};
use crate::world::lever::Lever;
use crate::world::network::{Header, Network, Place, Tracking, round_trip};
use crate::world::{Probe, Software, World};

use super::fix::{self, Fix, Problem};
use super::wording::{rule_text, thing_text};

/// One thing that the migration needs, and whether it has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// What it is called: who, and what for.
    pub name: String,
    /// Who needs it.
    pub from: String,
    /// What it goes to: a host name, an address, or the setting that is looked at.
    pub to: String,
    /// The transport protocol; none for a setting.
    pub protocol: Option<Protocol>,
    /// The destination port; none for a setting.
    pub port: Option<u16>,
    /// What it is for.
    pub purpose: String,
    /// What is wrong; nothing where it passes.
    pub finding: Option<Finding>,
}

/// What is wrong, where, by which rule, and what mends it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The code of what stopped it.
    pub reason: Reason,
    /// The component that stopped it.
    pub at: ResourceRef,
    /// That component in words.
    pub at_text: String,
    /// The rule that decided, in words.
    pub rule: Option<String>,
    /// What the one who needs it will see.
    pub detail: String,
    /// The smallest change that mends it, where one change does.
    pub fix: Option<Fix>,
}

impl Check {
    /// Whether it passes.
    #[must_use]
    pub const fn ok(&self) -> bool {
        self.finding.is_none()
    }
}

/// All checks of a lab at one instant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preflight {
    /// The instant.
    pub at: SimTime,
    /// The checks, in the order in which the migration will need them.
    pub checks: Vec<Check>,
}

impl Preflight {
    /// Whether all pass.
    #[must_use]
    pub fn ok(&self) -> bool {
        self.checks.iter().all(Check::ok)
    }
    /// The changes that mend what is wrong, each once, in order.
    #[must_use]
    pub fn fixes(&self) -> Vec<Lever> {
        let mut levers: Vec<Lever> = Vec::new();
        for fix in self
            .checks
            .iter()
            .filter_map(|check| check.finding.as_ref()?.fix.as_ref())
        {
            for lever in &fix.levers {
                if !levers.contains(lever) {
                    levers.push(lever.clone());
                }
            }
        }
        levers
    }
}

/// Tries everything that the session's migration needs, at its present.
///
/// A lab without a migration needs nothing.
#[must_use]
pub fn preflight(session: &Session) -> Preflight {
    let world = session.world();
    let mut checker = Checker {
        world,
        probe: world.probe(),
        tried: BTreeMap::new(),
        checks: Vec::new(),
    };
    if let Some(mgn) = world.mgn() {
        checker.account(mgn);
        let staged = checker.staging(mgn);
        for (id, _) in mgn.servers() {
            checker.server(mgn, id, staged);
        }
    }
    Preflight {
        at: world.now(),
        checks: checker.checks,
    }
}

/// What makes two calls the same as far as the network can tell.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Likeness {
    /// Where the caller is, and what filters it: hosts of one fleet share these.
    subnet: SubnetId,
    groups: Vec<crate::resource::SecurityGroupId>,
    rest: String,
}

struct Checker<'a> {
    world: &'a World,
    probe: Probe,
    tried: BTreeMap<Likeness, CallOutcome>,
    checks: Vec<Check>,
}

/// A call to be tried, and in whose name.
struct Trial {
    from: String,
    software: Software,
    need: Need,
    region: Option<RegionId>,
}

impl Checker<'_> {
    fn account(&mut self, mgn: &Mgn) {
        for condition in mgn.account_conditions() {
            self.setting(condition, "MGN");
        }
    }

    /// The replication server that agents will connect to, and what it calls itself.
    fn staging(&mut self, mgn: &Mgn) -> Option<HostId> {
        let from = "replication server".to_owned();
        let spec = mgn.replication_server_spec(from.clone());
        let subnet = spec.subnet;
        let host = match self.probe.place(spec) {
            Ok(host) => host,
            Err(refusal) => {
                let finding = self.finding(refusal, None, "FAILED_TO_LAUNCH_REPLICATION_SERVER".to_owned());
                let name = format!("{from}: an address in the staging area subnet");
                let to = thing_text(subnet.into(), self.world.names());
                self.push(name, (from, to), "launch", Some(finding));
                return None;
            }
        };
        for need in mgn.replication_server_needs(host) {
            self.call(mgn, &from, Software::Replication, need);
        }
        if let Some((id, _)) = mgn.servers().next() {
            let from = "conversion server".to_owned();
            if let Ok(host) = self.probe.place(mgn.conversion_server_spec(id, from.clone())) {
                for need in mgn.conversion_server_needs(id, host) {
                    self.call(mgn, &from, Software::Replication, need);
                }
            }
        }
        Some(host)
    }

    fn server(&mut self, mgn: &Mgn, id: SourceServerId, staged: Option<HostId>) {
        let Some(server) = mgn.server(id) else { return };
        let name = server.config().name.clone();
        for condition in mgn.server_conditions(id, self.world.now()) {
            self.setting(condition, &name);
        }
        self.clock(server.host(), &name);
        for need in mgn.agent_needs(id) {
            self.call(mgn, &name, Software::Ordinary, need);
        }
        if let Some(staged) = staged {
            self.data(mgn, id, &name, staged);
        }
        self.launched(mgn, id, &name);
    }

    /// A signature is accepted only from a host whose clock is near enough to AWS's.
    fn clock(&mut self, host: HostId, name: &str) {
        let outcome = self.world.host_ready(host);
        let finding = outcome.err().map(|refusal| {
            let problem = Problem {
                refusal,
                flow: None,
                client: host,
                name: None,
                service: None,
                asked: None,
            };
            let fix = fix::propose(self.world.network(), self.world.names(), &problem);
            let mut finding = self.finding(refusal, None, refusal.reason.meaning().to_owned());
            finding.fix = fix;
            finding
        });
        let title = format!("{name}: a host that runs, with the right time");
        self.push(
            title,
            (name.to_owned(), "clock".to_owned()),
            "signatures of requests",
            finding,
        );
    }

    /// The agent's data connection, to the address that it will be handed.
    fn data(&mut self, mgn: &Mgn, id: SourceServerId, name: &str, staged: HostId) {
        let network = self.probe.network();
        let interface = network
            .hosts
            .get(staged)
            .and_then(|host| network.cloud.interfaces.get(host.interface));
        let handed = mgn.handed_address(
            interface.map(|it| it.address),
            interface.and_then(|it| it.public_address),
        );
        let routing = mgn.private_routing();
        if let Some(to) = handed {
            self.call(mgn, name, Software::Ordinary, mgn.data_need(id, to));
            // A public address that cannot be reached is no fault of the network's.
            if let (Some((text, change)), Some(check)) = (routing, self.checks.last_mut())
                && let Some(finding) = &mut check.finding
            {
                finding.reason = Reason::PublicDataRouting;
                finding.fix = Some(Fix {
                    text,
                    levers: vec![Lever::Migration(change)],
                });
            }
            return;
        }
        let refusal = Refusal::at(Reason::PublicDataRouting, id);
        let mut finding = self.finding(
            refusal,
            None,
            "FAILED_TO_CONNECT_AGENT_TO_REPLICATION_SERVER".to_owned(),
        );
        finding.rule = Some("dataPlaneRouting PUBLIC_IP".to_owned());
        finding.fix = routing.map(|(text, change)| Fix {
            text,
            levers: vec![Lever::Migration(change)],
        });
        let title = format!("{name}: replicated data");
        self.push(
            title,
            (name.to_owned(), "replication server".to_owned()),
            "replicated data",
            Some(finding),
        );
    }

    fn launched(&mut self, mgn: &Mgn, id: SourceServerId, name: &str) {
        let from = format!("{name} after launch");
        let Ok(spec) = mgn.launched_instance_spec(id, from.clone()) else {
            return;
        };
        match self.probe.place(spec) {
            Ok(host) => {
                for need in mgn.launched_instance_needs(id, host) {
                    self.call(mgn, &from, Software::Ordinary, need);
                }
            }
            Err(refusal) => {
                let finding = self.finding(refusal, None, "LAUNCH_FAILED".to_owned());
                let title = format!("{name}: an address to launch into");
                self.push(title, (from, "launch subnet".to_owned()), "launch", Some(finding));
            }
        }
    }

    fn setting(&mut self, condition: Condition, from: &str) {
        let finding = condition.outcome.err().map(|refusal| {
            let mut finding = self.finding(refusal, None, refusal.reason.meaning().to_owned());
            finding.rule = condition.rule;
            finding.fix = condition.remedy.map(|(text, change)| Fix {
                text,
                levers: vec![Lever::Migration(change)],
            });
            finding
        });
        let title = format!("{from}: {}", condition.what);
        let to = thing_text(condition.subject, self.world.names());
        self.push(title, (from.to_owned(), to), condition.what, finding);
    }

    fn push(&mut self, name: String, (from, to): (String, String), purpose: &str, finding: Option<Finding>) {
        let purpose = purpose.to_owned();
        self.checks.push(Check {
            name,
            from,
            to,
            protocol: None,
            port: None,
            purpose,
            finding,
        });
    }

    fn call(&mut self, mgn: &Mgn, from: &str, software: Software, need: Need) {
        let region = self.probe.network().cloud.region_named(mgn.region_name());
        let trial = Trial {
            from: from.to_owned(),
            software,
            need,
            region,
        };
        let outcome = self.outcome(&trial);
        let finding = outcome.err().map(|failed| self.explain(&trial, &failed));
        let call = &trial.need.call;
        self.checks.push(Check {
            name: format!("{from}: {}", trial.need.purpose),
            from: trial.from.clone(),
            to: remote_text(&call.to),
            protocol: Some(Protocol::Tcp),
            port: Some(call.port),
            purpose: trial.need.purpose.to_owned(),
            finding,
        });
    }

    fn outcome(&mut self, trial: &Trial) -> CallOutcome {
        let call = &trial.need.call;
        let likeness = likeness(self.probe.network(), call, trial.software);
        if let Some(outcome) = likeness.as_ref().and_then(|it| self.tried.get(it)) {
            return *outcome;
        }
        let outcome = self.probe.call(trial.software, call.clone());
        if let Some(likeness) = likeness {
            self.tried.insert(likeness, outcome);
        }
        outcome
    }

    fn explain(&self, trial: &Trial, failed: &CallFailed) -> Finding {
        let network = self.probe.network();
        let call = &trial.need.call;
        let refusal = failed
            .stopped_by
            .unwrap_or(Refusal::at(failed.symptom, call.from));
        let name = match &call.to {
            Remote::Name(name) => Some(name.to_string()),
            Remote::Address(_) => None,
        };
        let asked = match &call.request {
            Request::Api { action, resource, .. } => Some(((*action).to_owned(), resource.to_string())),
            Request::Connect | Request::PinnedTls => None,
        };
        let problem = Problem {
            refusal,
            flow: self.stopped_flow(network, call, failed, refusal),
            client: call.from,
            name,
            service: trial.need.service.zip(trial.region),
            asked,
        };
        let detail = format!("{} ({})", stage_text(failed), failed.symptom.meaning());
        let mut finding = self.finding(refusal, refusal.rule, detail);
        finding.fix = fix::propose(network, self.world.names(), &problem);
        // The name led outside although the VPC has an endpoint for the service: the route is right
        // to drop it, and the name is what is wrong.
        if let (Some(address), Remote::Name(_)) = (failed.address, &call.to)
            && crate::aws::is_public(address)
            && matches!(refusal.rule, Some(Rule::NoRoute { .. }))
            && finding.fix.as_ref().is_some_and(fixes_a_name)
        {
            finding.reason = Reason::DnsPublicAnswer;
        }
        finding
    }

    /// The packet that was stopped, as it was where it was stopped.
    fn stopped_flow(
        &self,
        network: &Network,
        call: &Call,
        failed: &CallFailed,
        refusal: Refusal,
    ) -> Option<crate::net::FiveTuple> {
        let host = network.hosts.get(call.from)?;
        let source = network.cloud.interfaces.get(host.interface)?.address;
        let now = self.world.now();
        let follow = |header: Header| {
            let trip = round_trip(
                network,
                &mut Tracking::default(),
                now,
                Place::HostEgress(call.from),
                &header,
            );
            (trip.refusal() == Some(refusal)).then(|| match trip.forward.delivered() {
                Some((_, arrived)) => arrived.reply().flow,
                None => header.flow,
            })
        };
        if let Some(address) = failed.address {
            return follow(Header::probe(source, address, Protocol::Tcp, call.port));
        }
        // No address: the question to the name server was stopped.
        [Protocol::Udp, Protocol::Tcp].into_iter().find_map(|protocol| {
            let server = *network.name_servers_of(call.from).first()?;
            follow(Header::probe(source, server, protocol, 53))
        })
    }

    fn finding(&self, refusal: Refusal, rule: Option<Rule>, detail: String) -> Finding {
        let (cloud, names) = (&self.probe.network().cloud, self.world.names());
        Finding {
            reason: refusal.reason,
            at: refusal.at,
            at_text: thing_text(refusal.at, names),
            rule: rule.map(|rule| rule_text(rule, cloud, names)),
            detail,
            fix: None,
        }
    }
}

fn fixes_a_name(fix: &Fix) -> bool {
    use crate::aws::Change;
    fix.levers.iter().any(|lever| {
        matches!(
            lever,
            Lever::Network(
                Change::PrivateDns(..)
                    | Change::DnsSupport(..)
                    | Change::DnsHostnames(..)
                    | Change::InterfaceEndpoint(..)
            )
        )
    })
}

fn remote_text(remote: &Remote) -> String {
    match remote {
        Remote::Name(name) => name.to_string(),
        Remote::Address(address) => address.to_string(),
    }
}

fn stage_text(failed: &CallFailed) -> String {
    let to = failed
        .address
        .map_or_else(String::new, |address| format!(" {address}"));
    match failed.stage {
        Stage::Resolve => "the name does not resolve".to_owned(),
        Stage::Connect => format!("cannot connect to{to}"),
        Stage::Tls => format!("TLS with{to} fails"),
        Stage::Request => format!("the request to{to} is refused"),
    }
}

/// `None` where the caller has something of its own that no other shares.
fn likeness(network: &Network, call: &Call, software: Software) -> Option<Likeness> {
    let host = network.hosts.get(call.from)?;
    let interface = network.cloud.interfaces.get(host.interface)?;
    if !host.firewall.is_empty() || host.name_server.is_some() || interface.public_address.is_some() {
        return None;
    }
    let rest = format!(
        "{:?} {:?} {:?} {:?} {} {:?} {software:?}",
        host.power, host.clock, host.trust, call.to, call.port, call.request
    );
    Some(Likeness {
        subnet: interface.subnet,
        groups: interface.security_groups.clone(),
        rest,
    })
}
