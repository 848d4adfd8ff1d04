//! Who needs what: the list of checks, from the account to the launched instance.

use std::collections::BTreeMap;

use crate::kernel::Arena;
use crate::lab::Session;
use crate::migrate::ground::CallOutcome;
use crate::migrate::mgn::{CommandKind, Condition, Mgn, Need};
use crate::net::Protocol;
use crate::reason::Reason;
use crate::resource::{HostId, SourceServerId, kind};
use crate::units::SimTime;
use crate::verdict::Refusal;
use crate::world::lever::Lever;
use crate::world::runbook::{Condition as RunsWhen, RunbookStep};
use crate::world::{Probe, Software, World};

use super::super::fix::{self, Fix, Problem};
use super::super::wording::{rule_text, thing_text};
use super::rehearsal::Rehearsals;
use super::setting::Settings;
use super::together::reconcile;
use super::trial::{Asked, Client, Likeness, remote_text};
use super::{Check, Finding, remedy};

pub(super) struct Checker<'a> {
    pub(super) session: &'a Session,
    pub(super) world: &'a World,
    pub(super) mgn: Option<&'a Mgn>,
    pub(super) probe: Probe,
    pub(super) tried: BTreeMap<Likeness, CallOutcome>,
    /// What was found behind what stops a call.
    pub(super) behind: BTreeMap<Likeness, Vec<Finding>>,
    pub(super) asked: Asked,
    pub(super) rehearsals: Rehearsals,
    runbook: &'a Arena<RunbookStep, kind::RunbookStep>,
    pub(super) checks: Vec<Check>,
}

/// Makes every check of the session's migration, and of what else its lab wants to be reached.
pub(super) fn run(session: &Session) -> Vec<Check> {
    let world = session.world();
    let mgn = world.mgn();
    let mut checker = Checker {
        session,
        rehearsals: Rehearsals::default(),
        world,
        mgn,
        probe: world.probe(),
        tried: BTreeMap::new(),
        behind: BTreeMap::new(),
        asked: mgn.map(Asked::of).unwrap_or_default(),
        runbook: &session.blueprint().runbook,
        checks: Vec::new(),
    };
    if let Some(mgn) = mgn {
        checker.migration(mgn);
    }
    checker.traffic();
    checker.expected(session.blueprint());
    reconcile(world.network(), &mut checker.checks);
    checker.checks
}

impl Checker<'_> {
    fn migration(&mut self, mgn: &Mgn) {
        for condition in mgn.account_conditions() {
            self.setting(condition, "MGN");
        }
        let staged = self.staging(mgn);
        for (id, _) in mgn.servers() {
            self.server(mgn, id, staged);
        }
    }

    /// What runs in the staging area subnet; the replication server that agents will connect to.
    fn staging(&mut self, mgn: &Mgn) -> Option<HostId> {
        let client = Client::staging("replication server");
        let spec = mgn.replication_server_spec(client.name.clone());
        let subnet = spec.subnet;
        let host = match self.probe.place(spec) {
            Ok(host) => host,
            Err(refusal) => {
                let mut finding = self.finding(refusal, "FAILED_TO_LAUNCH_REPLICATION_SERVER".to_owned());
                let (network, names) = (self.world.network(), self.world.names());
                finding.fix = if refusal.reason == Reason::UnsupportedInstanceType {
                    remedy::offered_type(network, mgn.template(), subnet)
                } else {
                    remedy::larger_staging(network, names, subnet)
                };
                let title = format!("{}: a place in the staging area subnet", client.name);
                let to = thing_text(subnet.into(), self.world.names());
                self.push(title, (client.name, to), "launch", Some(finding));
                return None;
            }
        };
        for need in mgn.replication_server_needs(host) {
            self.call(&client, need);
        }
        if let Some((id, _)) = mgn.servers().next() {
            let client = Client::staging("conversion server");
            let spec = mgn.conversion_server_spec(id, client.name.clone());
            if let Ok(host) = self.probe.place(spec) {
                for need in mgn.conversion_server_needs(id, host) {
                    self.call(&client, need);
                }
            }
        }
        Some(host)
    }

    fn server(&mut self, mgn: &Mgn, id: SourceServerId, staged: Option<HostId>) {
        let Some(server) = mgn.server(id) else { return };
        let client = Client::agent(&server.config().name, id);
        for condition in mgn.server_conditions(id, self.installed_at(id)) {
            self.setting(condition, &client.name);
        }
        self.computer(server.host(), &client);
        for need in mgn.agent_needs(id) {
            self.call(&client, need);
        }
        if let Some(staged) = staged {
            self.data(mgn, id, &client, staged);
        }
        self.launched(mgn, id, &client.name);
    }

    /// When the agent will be installed: the runbook's instant, where it names one, else now.
    fn installed_at(&self, id: SourceServerId) -> SimTime {
        let now = self.world.now();
        let planned = self.runbook.rows().iter().find_map(|step| {
            let installs =
                step.command.kind == CommandKind::InstallAgent && step.command.servers.contains(&id);
            match step.when {
                RunsWhen::At(at) if installs => Some(at + step.delay),
                _ => None,
            }
        });
        planned.map_or(now, |at| at.max(now))
    }

    /// The computer itself: it runs, its clock is right, its identity lasts.
    fn computer(&mut self, host: HostId, client: &Client) {
        let identity = self.world.identity_lasts(host);
        for (what, purpose, outcome) in [
            (
                "a host that runs, with the right time",
                "signatures of requests",
                self.world.host_ready(host),
            ),
            ("a MAC address that stays", "recognition by MGN", identity),
        ] {
            let finding = outcome.err().map(|refusal| {
                let problem = Problem::of_host(refusal, host);
                let mut finding = self.finding(refusal, refusal.reason.meaning().to_owned());
                finding.fix = fix::propose(self.world.network(), self.world.names(), &problem);
                finding
            });
            let title = format!("{}: {what}", client.name);
            let to = thing_text(host.into(), self.world.names());
            self.push(title, (client.name.clone(), to), purpose, finding);
        }
    }

    /// The agent's data connection, to the address that it will be handed.
    fn data(&mut self, mgn: &Mgn, id: SourceServerId, client: &Client, staged: HostId) {
        let network = self.probe.network();
        let interface = network
            .hosts
            .get(staged)
            .and_then(|host| network.cloud.interfaces.get(host.vpc_interface()?));
        let private = interface.map(|it| it.address);
        let public = interface.and_then(|it| it.public_address);
        let private_routing = mgn.private_routing().map(|(text, change)| Fix {
            text,
            levers: vec![Lever::Migration(change)],
        });
        if let Some(to) = mgn.handed_address(private, public) {
            self.call(client, mgn.data_need(id, to));
            // A public address that cannot be reached is no fault of the network's.
            let found = self.checks.last().and_then(|check| check.finding.clone());
            if let (Some(fix), Some(mut finding)) = (private_routing, found) {
                self.blame(&mut finding, id.into());
                finding.reason = Reason::PublicDataRouting;
                finding.rule = Some(PUBLIC_ROUTING.to_owned());
                finding.fix = Some(fix);
                if let Some(check) = self.checks.last_mut() {
                    check.finding = Some(finding);
                }
            }
            return;
        }
        let symptom = "FAILED_TO_CONNECT_AGENT_TO_REPLICATION_SERVER".to_owned();
        let mut finding = self.finding(Refusal::at(Reason::PublicDataRouting, id), symptom);
        finding.rule = Some(PUBLIC_ROUTING.to_owned());
        finding.fix = private_routing;
        let title = format!("{}: replicated data", client.name);
        let ends = (client.name.clone(), "replication server".to_owned());
        self.push(title, ends, "replicated data", Some(finding));
    }

    fn launched(&mut self, mgn: &Mgn, id: SourceServerId, name: &str) {
        let client = Client::ordinary(&format!("{name} after launch"));
        let Ok(spec) = mgn.launched_instance_spec(id, client.name.clone()) else {
            return;
        };
        match self.probe.place(spec) {
            Ok(host) => {
                for need in mgn.launched_instance_needs(id, host) {
                    self.call(&client, need);
                    self.spare_actions(mgn, id);
                }
            }
            Err(refusal) => {
                let finding = self.finding(refusal, "LAUNCH_FAILED".to_owned());
                let title = format!("{name}: an address to launch into");
                self.push(
                    title,
                    (client.name, "launch subnet".to_owned()),
                    "launch",
                    Some(finding),
                );
            }
        }
    }

    /// Where no single change opens the way for post-launch actions, doing without them does.
    fn spare_actions(&mut self, mgn: &Mgn, id: SourceServerId) {
        let Some((text, change)) = mgn.without_post_launch(id) else {
            return;
        };
        if let Some(finding) = self.checks.last_mut().and_then(|check| check.finding.as_mut())
            && finding.fix.as_ref().is_none_or(|fix| fix.levers.is_empty())
        {
            finding.fix = Some(Fix {
                text,
                levers: vec![Lever::Migration(change)],
            });
        }
    }

    fn setting(&mut self, condition: Condition, from: &str) {
        let finding = condition.outcome.err().map(|refusal| {
            let mut finding = self.finding(refusal, refusal.reason.meaning().to_owned());
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

    fn call(&mut self, client: &Client, need: Need) {
        let name = format!("{}: {}", client.name, need.purpose);
        self.call_named(name, client, &need);
    }

    pub(super) fn call_named(&mut self, name: String, client: &Client, need: &Need) {
        let outcome = self.outcome(client.software, &need.call);
        let finding = outcome.err().map(|failed| {
            let mut finding = self.explain(client, need, &failed);
            self.tell_setting(&mut finding, Some(need));
            self.keep_off_vpn(&mut finding, client.software, &need.call, &failed);
            finding
        });
        let finding = finding.map(|finding| {
            let finding = self.lead_back(finding, client.software, &need.call);
            let mut finding = self.break_circle(finding, client.software, &need.call);
            self.tell_text(&mut finding, Some(&need.call));
            finding
        });
        let also = match &finding {
            Some(finding) => self.further_blockers(client, need, finding),
            None => Vec::new(),
        };
        self.checks.push(Check {
            name,
            from: client.name.clone(),
            to: remote_text(&need.call.to),
            protocol: Some(Protocol::Tcp),
            port: Some(need.call.port),
            purpose: need.purpose.to_owned(),
            finding,
            also,
        });
    }

    /// Where no rule decided, the setting that did.
    pub(super) fn tell_setting(&self, finding: &mut Finding, need: Option<&Need>) {
        if finding.rule.is_none() {
            let settings = Settings {
                network: self.probe.network(),
                names: self.world.names(),
                mgn: self.mgn,
            };
            finding.rule = settings.decisive(finding, need);
        }
    }

    pub(super) fn push(
        &mut self,
        name: String,
        (from, to): (String, String),
        purpose: &str,
        mut finding: Option<Finding>,
    ) {
        if let Some(finding) = &mut finding {
            self.tell_setting(finding, None);
            self.tell_text(finding, None);
        }
        let purpose = purpose.to_owned();
        self.checks.push(Check {
            name,
            from,
            to,
            protocol: None,
            port: None,
            purpose,
            finding,
            also: Vec::new(),
        });
    }

    pub(super) fn finding(&self, refusal: Refusal, detail: String) -> Finding {
        let (network, names) = (self.probe.network(), self.world.names());
        Finding {
            reason: refusal.reason,
            at: refusal.at,
            at_text: thing_text(refusal.at, names),
            rule: refusal.rule.map(|rule| rule_text(rule, network, names)),
            detail,
            fix: None,
            overlay: None,
        }
    }
}

/// The setting that hands agents a public address.
const PUBLIC_ROUTING: &str = "dataPlaneRouting PUBLIC_IP";

impl Client {
    fn staging(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            software: Software::Replication,
            agent: None,
        }
    }
    pub(super) fn ordinary(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            software: Software::Ordinary,
            agent: None,
        }
    }
    fn agent(name: &str, server: SourceServerId) -> Self {
        Self {
            agent: Some(server),
            ..Self::ordinary(name)
        }
    }
}
