//! One call, tried, and what to say where it fails.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use crate::aws::{Change, Service, is_public};
use crate::kernel::Id;
use crate::migrate::ground::{Call, CallFailed, CallOutcome, Remote, Request, Stage};
use crate::migrate::mgn::{Mgn, Need};
use crate::net::{FiveTuple, Protocol};
use crate::reason::Reason;
use crate::resource::{ResourceRef, SecurityGroupId, SegmentId, SourceServerId, SubnetId};
use crate::site::{HostRoute, Port};
use crate::verdict::{Refusal, Rule};
use crate::world::lever::Lever;
use crate::world::network::{Asker, Header, Network, Path, Tracking, round_trip};
use crate::world::{Software, moves_tables};

use super::super::fix::{self, Fix, Problem};
use super::super::wording::thing_text;
use super::checker::Checker;
use super::{Finding, remedy};

/// Who calls.
#[derive(Debug, Clone)]
pub(super) struct Client {
    pub(super) name: String,
    pub(super) software: Software,
    /// The source server whose command line decides what is called, for agents.
    pub(super) agent: Option<SourceServerId>,
}

/// What makes two calls the same as far as the network can tell.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Likeness {
    home: Home,
    rest: String,
}

/// Where a caller is, and what filters it or leads its packets away: hosts of one fleet share these.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Home {
    Subnet(SubnetId, Vec<SecurityGroupId>),
    Segment {
        segment: SegmentId,
        gateway: Option<Ipv4Addr>,
        routes: Vec<HostRoute>,
        name_servers: Vec<Ipv4Addr>,
    },
}

/// What is asked of each service, by agents and by what runs in the Region.
#[derive(Debug, Clone, Default)]
pub(super) struct Asked {
    by_agents: BTreeMap<Service, Vec<(String, String)>>,
    by_staging: BTreeMap<Service, Vec<(String, String)>>,
}

impl Asked {
    pub(super) fn of(mgn: &Mgn) -> Self {
        let mut asked = Self::default();
        // The host does not change what is asked.
        let anybody = Id::from_index(0);
        for need in mgn.replication_server_needs(anybody) {
            note(&mut asked.by_staging, &need);
        }
        for (id, _) in mgn.servers() {
            for need in mgn.agent_needs(id) {
                note(&mut asked.by_agents, &need);
            }
            let after = mgn.launched_instance_needs(id, anybody);
            for need in mgn.conversion_server_needs(id, anybody).into_iter().chain(after) {
                note(&mut asked.by_staging, &need);
            }
        }
        asked
    }

    /// What will be asked of `service` through the endpoint whose policy is `rule`.
    fn through(&self, rule: Option<Rule>, service: Service) -> Vec<(String, String)> {
        let agents = self.by_agents.get(&service).into_iter().flatten();
        let staging = self.by_staging.get(&service).into_iter().flatten();
        // Agents are outside, where only the interface endpoint of S3 is; what is inside uses the
        // gateway endpoint.
        match (rule, service) {
            (Some(Rule::GatewayEndpointPolicy { .. }), _) => staging.cloned().collect(),
            (_, Service::S3) => agents.cloned().collect(),
            (_, _) => agents.chain(staging).cloned().collect(),
        }
    }
}

fn note(into: &mut BTreeMap<Service, Vec<(String, String)>>, need: &Need) {
    let (Some(service), Request::Api { action, resource, .. }) = (need.service, &need.call.request) else {
        return;
    };
    let list = into.entry(service).or_default();
    let asked = ((*action).to_owned(), resource.to_string());
    if !list.contains(&asked) {
        list.push(asked);
    }
}

impl Checker<'_> {
    /// Makes the call on the copy, or remembers how one like it went.
    pub(super) fn outcome(&mut self, software: Software, call: &Call) -> CallOutcome {
        let likeness = likeness(self.probe.network(), call, software);
        if let Some(outcome) = likeness.as_ref().and_then(|it| self.tried.get(it)) {
            return *outcome;
        }
        let outcome = self.probe.call(software, call.clone());
        if let Some(likeness) = likeness {
            self.tried.insert(likeness, outcome);
        }
        outcome
    }

    /// What stands in the call's way behind what was found. What stands in the way of one like it stands in its own, unless
    /// it is that one's own command line.
    pub(super) fn further_blockers(&mut self, client: &Client, need: &Need, first: &Finding) -> Vec<Finding> {
        let likeness = likeness(self.probe.network(), &need.call, client.software);
        if let Some(known) = likeness.as_ref().and_then(|it| self.behind.get(it)) {
            return known.clone();
        }
        let found = self.try_further(client, need, first);
        let is_own = |it: &Finding| matches!(it.at, ResourceRef::SourceServer(_));
        if let Some(likeness) = likeness.filter(|_| !is_own(first) && !found.iter().any(is_own)) {
            self.behind.insert(likeness, found.clone());
        }
        found
    }

    /// Each proposed change is made on the copy, and the call again.
    fn try_further(&mut self, client: &Client, need: &Need, first: &Finding) -> Vec<Finding> {
        let kept = self.probe.clone();
        let mut found: Vec<Finding> = Vec::new();
        let mut moved = false;
        for _ in 0..MOST_BLOCKERS {
            let fix = found.last().unwrap_or(first).fix.as_ref();
            let levers = fix.map_or(&[][..], |fix| &fix.levers);
            let made = levers.iter().all(|lever| self.probe.pull(lever));
            if levers.is_empty() || !made {
                break;
            }
            moved |= levers.iter().any(moves_tables);
            let Err(failed) = self.probe.call(client.software, need.call.clone()) else {
                break;
            };
            // A router that would be told of what a gateway has now.
            let rule = failed.stopped_by.and_then(|it| it.rule);
            if moved && matches!(rule, Some(Rule::NoFibRoute { .. })) {
                break;
            }
            let mut finding = self.explain(client, need, &failed);
            self.tell_setting(&mut finding, Some(need));
            self.keep_off_vpn(&mut finding, client.software, &need.call, &failed);
            let is_known =
                |it: &Finding| (it.reason, it.at, &it.rule) == (finding.reason, finding.at, &finding.rule);
            if is_known(first) || found.iter().any(is_known) {
                break;
            }
            found.push(finding);
        }
        self.probe = kept;
        found
    }

    pub(super) fn explain(&self, client: &Client, need: &Need, failed: &CallFailed) -> Finding {
        let network = self.probe.network();
        let call = &need.call;
        let refusal = failed
            .stopped_by
            .unwrap_or(Refusal::at(failed.symptom, call.from));
        let region = self
            .mgn
            .and_then(|mgn| network.cloud.region_named(mgn.region_name()));
        let problem = Problem {
            refusal,
            flow: self.stopped_flow(call, failed, refusal),
            client: call.from,
            name: match &call.to {
                Remote::Name(name) => Some(name.to_string()),
                Remote::Address(_) => None,
            },
            service: need.service.zip(region),
            asked: need
                .service
                .map_or_else(Vec::new, |it| self.asked.through(refusal.rule, it)),
        };
        let detail = format!("{} ({})", stage_text(failed), failed.symptom.meaning());
        let mut finding = self.finding(refusal, detail);
        finding.fix = fix::propose(network, self.world.names(), &problem);
        // A security group lets answers through to whom it saw ask: this one did not see the question.
        if refusal.reason == Reason::SecurityGroupMismatch
            && problem.flow.is_some_and(|flow| flow.source_port == call.port)
        {
            finding.reason = Reason::AsymmetricStateful;
            finding.fix = None;
            return finding;
        }
        if led_outside(failed, call, refusal) {
            if finding.fix.is_none() {
                finding.fix = remedy::endpoint_option(network, self.mgn, client.agent, need);
            }
            // The route is right to drop what should not have gone there: the name is what is wrong.
            let to_blame = finding
                .fix
                .as_ref()
                .filter(|fix| mends_a_name(fix))
                .and_then(|fix| fix.levers.first());
            if let Some(lever) = to_blame {
                let at = match client.agent {
                    Some(server) if lever.subject() == ResourceRef::Lab => server.into(),
                    _ => lever.subject(),
                };
                self.blame(&mut finding, at);
                finding.reason = Reason::DnsPublicAnswer;
            }
        }
        if failed.stage == Stage::Connect
            && let (Remote::Name(_), Some(service), Some(address)) = (&call.to, need.service, failed.address)
            && let Some((at, fix)) =
                remedy::wrong_endpoint(network, self.world.names(), (call.from, service), address)
        {
            self.blame(&mut finding, at);
            finding.reason = Reason::DnsWrongEndpoint;
            finding.fix = fix;
        }
        if finding.fix.is_none() {
            self.look_further((client, need), failed, refusal, &mut finding);
        }
        if finding.fix.is_none()
            && let Some(flow) = problem.flow
        {
            finding.fix = remedy::peering(network, self.world.names(), flow);
        }
        if finding.at == ResourceRef::Lab
            && let Some(lever) = first_lever(&finding)
        {
            // A name that does not exist is nobody's, until it is known who should own it.
            self.blame(&mut finding, lever.subject());
        }
        finding
    }

    /// Fixes that lie where the call was not stopped: in who forwards names, in the agent's
    /// options, and in what was never made.
    fn look_further(
        &self,
        (client, need): (&Client, &Need),
        failed: &CallFailed,
        refusal: Refusal,
        finding: &mut Finding,
    ) {
        let (network, names) = (self.probe.network(), self.world.names());
        let from = need.call.from;
        let option = || remedy::endpoint_option(network, self.mgn, client.agent, need);
        let missing = || match client.agent {
            None => remedy::missing_part(network, names, need, from),
            Some(_) => remedy::missing_endpoint(network, self.mgn, names, need),
        };
        if failed.stage == Stage::Resolve {
            finding.fix = remedy::forwarder(network, names, from);
            if let Some(lever) = first_lever(finding) {
                // The name server that does not forward is to blame, not where its own search ended.
                self.blame(finding, lever.subject());
                finding.reason = failed.symptom;
                return;
            }
            if failed.symptom != Reason::DnsNxDomain {
                return;
            }
            finding.fix = option();
            match client.agent {
                // The name is the agent's, and only it is wrong.
                Some(server) if finding.fix.is_some() => {
                    self.blame(finding, server.into());
                }
                Some(_) => finding.fix = missing(),
                None => {}
            }
        } else if failed.symptom == Reason::TlsNameMismatch {
            finding.fix = option();
        } else if led_outside(failed, &need.call, refusal) {
            finding.fix = missing();
            if finding.fix.is_some() {
                finding.reason = Reason::DnsPublicAnswer;
            }
        }
    }

    /// Says that something else than what stopped the packet is to blame.
    pub(super) fn blame(&self, finding: &mut Finding, at: ResourceRef) {
        if finding.at != at {
            finding.at = at;
            finding.at_text = thing_text(at, self.world.names());
            // The rule is that of the component that was blamed before.
            finding.rule = None;
        }
    }

    /// The packet that was stopped, as it was sent by whoever sent it: the caller, or on the way
    /// back the one who answered.
    fn stopped_flow(&self, call: &Call, failed: &CallFailed, refusal: Refusal) -> Option<FiveTuple> {
        let network = self.probe.network();
        let source = network.address_of(call.from)?;
        let now = self.world.now();
        let follow = |from: Asker, header: Header| {
            let at = from.origin();
            let trip = round_trip(network, &mut Tracking::default(), now, at, &header);
            (trip.refusal() == Some(refusal)).then(|| match trip.forward.delivered() {
                Some((_, arrived)) => arrived.reply().flow,
                // Who looks at it behind a router that hides senders sees the router.
                None => match hidden_at(network, &trip.forward).zip(refusal.rule) {
                    Some((source, rule)) if is_filter(rule) => FiveTuple {
                        source,
                        ..header.flow
                    },
                    Some(_) | None => header.flow,
                },
            })
        };
        if let Some(address) = failed.address {
            return follow(
                call.from.into(),
                Header::probe(source, address, Protocol::Tcp, call.port),
            );
        }
        // No address: a question to a name server was stopped, the caller's or a forwarded one.
        let asked = network
            .name_servers_of(call.from)
            .into_iter()
            .map(|server| (Asker::Host(call.from), source, server));
        asked
            .chain(forwarded_questions(network))
            .find_map(|(from, source, server)| {
                [Protocol::Udp, Protocol::Tcp]
                    .into_iter()
                    .find_map(|protocol| follow(from, Header::probe(source, server, protocol, DNS_PORT)))
            })
    }
}

/// The address behind which a router last hid who sent a packet.
fn hidden_at(network: &Network, path: &Path) -> Option<Ipv4Addr> {
    path.hops.iter().rev().find_map(|hop| {
        let (Some(Rule::SourceNat { .. }), Some(ResourceRef::RouterInterface(interface))) =
            (hop.rule, hop.egress)
        else {
            return None;
        };
        Some(network.router_interfaces.get(interface)?.address.addr())
    })
}

/// Whether a rule says who may send to whom.
const fn is_filter(rule: Rule) -> bool {
    matches!(
        rule,
        Rule::NoSecurityGroupRule { .. }
            | Rule::AclRule { .. }
            | Rule::AclDefault { .. }
            | Rule::HostFirewall { .. }
            | Rule::RouterFirewall { .. }
    )
}

/// The first change of what a finding proposes.
fn first_lever(finding: &Finding) -> Option<Lever> {
    finding.fix.as_ref()?.levers.first().cloned()
}

/// What one call may meet, one behind the other.
const MOST_BLOCKERS: usize = 8;
/// RFC 1035 §4.2.
const DNS_PORT: u16 = 53;

/// The questions that the customer's name servers pass on, and those that Resolver rules send away:
/// who, from which address, to whom.
fn forwarded_questions(network: &Network) -> impl Iterator<Item = (Asker, Ipv4Addr, Ipv4Addr)> {
    let by_servers = network.hosts.iter().flat_map(move |(id, host)| {
        let rules = host.name_server.iter().flat_map(|server| &server.forwards);
        rules.flat_map(move |rule| network.questions_of(id, &rule.targets))
    });
    let by_rules = network.cloud.resolver_rules.ids();
    let by_rules = by_rules.flat_map(move |rule| network.questions_by(rule));
    by_servers
        .chain(by_rules)
        .filter_map(move |(by, target)| Some((by, network.address_of_asker(by)?, target)))
}

/// Whether a name led to a public address for which there is no route.
fn led_outside(failed: &CallFailed, call: &Call, refusal: Refusal) -> bool {
    matches!(call.to, Remote::Name(_))
        && failed.address.is_some_and(is_public)
        && matches!(refusal.rule, Some(Rule::NoRoute { .. }))
}

/// Whether a fix makes a name lead somewhere else.
fn mends_a_name(fix: &Fix) -> bool {
    fix.levers.iter().any(|lever| {
        matches!(
            lever,
            Lever::Migration(_)
                | Lever::Network(
                    Change::PrivateDns(..)
                        | Change::DnsSupport(..)
                        | Change::DnsHostnames(..)
                        | Change::InterfaceEndpoint(..)
                )
        )
    })
}

pub(super) fn remote_text(remote: &Remote) -> String {
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
    if !host.firewall.is_empty() || host.name_server.is_some() {
        return None;
    }
    let home = match &host.port {
        Port::Vpc(interface) => {
            let row = network.cloud.interfaces.get(*interface)?;
            if row.public_address.is_some() {
                return None;
            }
            Home::Subnet(row.subnet, row.security_groups.clone())
        }
        // A router's firewall may tell them apart by their addresses.
        Port::Segment(_) if network.routers.rows().iter().any(|row| row.firewall.is_some()) => return None,
        Port::Segment(port) => Home::Segment {
            segment: port.segment,
            gateway: port.gateway,
            routes: port.routes.clone(),
            name_servers: port.name_servers.clone(),
        },
    };
    let rest = format!(
        "{:?} {:?} {:?} {:?} {} {:?} {software:?}",
        host.power, host.clock, host.trust, call.to, call.port, call.request
    );
    Some(Likeness { home, rest })
}
