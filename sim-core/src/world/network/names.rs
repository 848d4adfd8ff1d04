//! Names resolved over the network: who is asked, what each resolver does with a question, and a
//! whole look-up walked through without waiting.
//!
//! The event loop asks [`resolve_at`] when a question has really arrived somewhere; traces and
//! preflight use [`look_up`], which asks the same of the same resolvers along the paths that the
//! packets would take. Simplified: a name server asks the whole public DNS in one question to
//! [`PUBLIC_DNS`]; look-ups here know no caches.

use std::net::Ipv4Addr;

use crate::aws::{AskedBy, EndpointDirection, NameServers, Ruling};
use crate::net::Protocol;
use crate::proto::dns::{Answer, Name, Response};
use crate::reason::Reason;
use crate::resource::{HostId, NetworkInterfaceId, ResolverEndpointId, ResolverRuleId, ResourceRef, VpcId};
use crate::site::{Authority, Host};
use crate::units::SimTime;
use crate::verdict::Refusal;

use super::{Header, Network, PUBLIC_DNS, Place, Recipient, RoundTrip, Tracking, round_trip};

/// DNS, over UDP and TCP (RFC 1035 §4.2).
pub const DNS_PORT: u16 = 53;

/// Name servers that pass a question on to each other more often than this go in a circle.
const MAX_FORWARDS: usize = 8;

/// Questions after which a look-up is given up, however many servers are left to try.
const MAX_QUESTIONS: usize = 64;

/// Somebody who answers questions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum Resolver {
    /// A VPC's own resolver, asked from inside.
    Vpc(VpcId),
    /// A Resolver inbound endpoint.
    Inbound(ResolverEndpointId),
    /// A name server of the customer's.
    NameServer(HostId),
    /// The public DNS.
    Public,
}

/// What a resolver does with a question.
#[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub enum Resolution {
    /// It answers.
    Answer(Answer),
    /// It asks these servers, in this order.
    Forward {
        /// The servers.
        to: Vec<Ipv4Addr>,
    },
    /// A Resolver rule has an outbound endpoint ask its targets.
    ByRule(ResolverRuleId),
    /// It asks the public DNS, at [`PUBLIC_DNS`].
    Recurse,
    /// It says no, or cannot: the reason is what the lab knows, NXDOMAIN or SERVFAIL what the
    /// asker sees.
    Failure(Refusal),
}

impl From<Response> for Resolution {
    fn from(response: Response) -> Self {
        match response {
            Ok(answer) => Self::Answer(answer),
            Err(refusal) => Self::Failure(refusal),
        }
    }
}

impl From<Ruling> for Resolution {
    fn from(ruling: Ruling) -> Self {
        match ruling {
            Ruling::Answer(response) => response.into(),
            Ruling::Forward(rule) => Self::ByRule(rule),
        }
    }
}

/// Who asks a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum Asker {
    /// A host: a caller, or a name server that passes a question on.
    Host(HostId),
    /// An interface of a Resolver outbound endpoint.
    Outbound(NetworkInterfaceId),
}

impl From<HostId> for Asker {
    fn from(host: HostId) -> Self {
        Self::Host(host)
    }
}

impl Asker {
    /// The place from which its questions start.
    #[must_use]
    pub const fn origin(self) -> Place {
        match self {
            Self::Host(host) => Place::HostEgress(host),
            Self::Outbound(interface) => Place::InterfaceEgress(interface),
        }
    }
    /// The asker as a thing of the lab.
    #[must_use]
    pub fn resource(self) -> ResourceRef {
        match self {
            Self::Host(host) => host.into(),
            Self::Outbound(interface) => interface.into(),
        }
    }
}

impl Network {
    /// The address that an asker's questions come from.
    #[must_use]
    pub fn address_of_asker(&self, asker: Asker) -> Option<Ipv4Addr> {
        match asker {
            Asker::Host(host) => self.address_of(host),
            Asker::Outbound(interface) => Some(self.cloud.interfaces.get(interface)?.address),
        }
    }

    /// Whom a host asks, in order.
    #[must_use]
    pub fn questions_of(&self, host: HostId, servers: &[Ipv4Addr]) -> Vec<(Asker, Ipv4Addr)> {
        servers
            .iter()
            .map(|server| (Asker::Host(host), *server))
            .collect()
    }

    /// Whom the targets of a rule are asked by, and which, in order.
    #[must_use]
    pub fn questions_by(&self, rule: ResolverRuleId) -> Vec<(Asker, Ipv4Addr)> {
        let questions = self.cloud.forwarded_questions(rule).into_iter();
        questions
            .map(|(interface, target)| (Asker::Outbound(interface), target))
            .collect()
    }

    /// The resolver that a packet to port 53 of `recipient` reaches, where one listens there.
    #[must_use]
    pub fn resolver_at(&self, recipient: Recipient) -> Option<Resolver> {
        match recipient {
            Recipient::VpcResolver(vpc) => Some(Resolver::Vpc(vpc)),
            Recipient::ResolverEndpoint { endpoint, .. } => {
                let direction = self.cloud.resolver_endpoints.get(endpoint)?.direction;
                (direction == EndpointDirection::Inbound).then_some(Resolver::Inbound(endpoint))
            }
            Recipient::PublicDns => Some(Resolver::Public),
            Recipient::Host(host) => {
                let serves = self.hosts.get(host)?.name_server.is_some();
                serves.then_some(Resolver::NameServer(host))
            }
            Recipient::InterfaceEndpoint { .. } | Recipient::Service { .. } | Recipient::Router(_) => None,
        }
    }

    /// The name servers that a host asks, in order: those of its VPC's DHCP options, or those that one on a segment
    /// was given.
    #[must_use]
    pub fn name_servers_of(&self, host: HostId) -> Vec<Ipv4Addr> {
        if let Some(port) = self.hosts.get(host).and_then(Host::segment_port) {
            return port.name_servers.clone();
        }
        let vpc = self.vpc_of(host).and_then(|vpc| self.cloud.vpcs.get(vpc));
        match vpc.map(|vpc| (&vpc.name_servers, vpc.resolver_address())) {
            Some((NameServers::AmazonProvided, address)) => address.into_iter().collect(),
            Some((NameServers::Custom(servers), _)) => servers.clone(),
            None => Vec::new(),
        }
    }
}

/// What `resolver` does with a question for `name`.
#[must_use]
pub fn resolve_at(network: &Network, resolver: Resolver, name: &Name) -> Resolution {
    let cloud = &network.cloud;
    match resolver {
        Resolver::Vpc(vpc) => cloud.rule_on(vpc, AskedBy::OwnVpc, name).into(),
        Resolver::Inbound(endpoint) => match cloud.resolver_endpoints.get(endpoint) {
            Some(row) => cloud.rule_on(row.vpc, AskedBy::InboundEndpoint, name).into(),
            None => Resolution::Failure(Refusal::at(Reason::BadState, endpoint)),
        },
        Resolver::NameServer(host) => {
            let server = network.hosts.get(host).and_then(|host| host.name_server.as_ref());
            match server.map(|server| server.authority_for(name)) {
                Some(Some(Authority::Own(zone))) => zone.answer(name, host).into(),
                Some(Some(Authority::Forwarded(rule))) => Resolution::Forward {
                    to: rule.targets.clone(),
                },
                Some(None) => Resolution::Recurse,
                None => Resolution::Failure(Refusal::at(Reason::DnsServFail, host)),
            }
        }
        Resolver::Public => cloud.resolve_publicly(name).into(),
    }
}

/// One server asked on the way to an answer.
#[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct Asked {
    /// Who asked.
    pub by: Asker,
    /// The address asked.
    pub server: Ipv4Addr,
    /// The way of the question and of the response.
    pub trip: RoundTrip,
    /// What the server did, where the question reached one.
    pub said: Option<Resolution>,
}

/// Why a look-up failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub struct LookUpFailure {
    /// What the asker sees: [`Reason::DnsTimeout`], [`Reason::DnsNxDomain`] or
    /// [`Reason::DnsServFail`].
    pub symptom: Reason,
    /// What really stopped it.
    pub stopped_by: Refusal,
}

/// A look-up from the first question to the outcome.
#[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct LookUp {
    /// Everybody who was asked, in order.
    pub asked: Vec<Asked>,
    /// How it ended for the host.
    pub outcome: Result<Answer, LookUpFailure>,
}

/// Resolves `name` as `host` would at `now`, over UDP or TCP.
///
/// Servers are tried in order; the next one is asked where one is silent or fails, not where it
/// says that the name does not exist.
#[must_use]
pub fn look_up(network: &Network, now: SimTime, host: HostId, name: &Name, transport: Protocol) -> LookUp {
    let mut walk = Walk {
        network,
        now,
        name,
        transport,
        asked: Vec::new(),
    };
    let questions = network.questions_of(host, &network.name_servers_of(host));
    let outcome = walk.ask_any(host.into(), &questions, 0);
    LookUp {
        asked: walk.asked,
        outcome,
    }
}

struct Walk<'a> {
    network: &'a Network,
    now: SimTime,
    name: &'a Name,
    transport: Protocol,
    asked: Vec<Asked>,
}

impl Walk<'_> {
    fn ask_any(
        &mut self,
        for_whom: ResourceRef,
        questions: &[(Asker, Ipv4Addr)],
        n_forwards: usize,
    ) -> Result<Answer, LookUpFailure> {
        let mut outcome = Err(LookUpFailure {
            symptom: Reason::DnsTimeout,
            stopped_by: Refusal::at(Reason::DnsTimeout, for_whom),
        });
        for &(by, server) in questions {
            outcome = self.ask(by, server, n_forwards);
            let try_next = outcome.as_ref().is_err_and(|failure| {
                failure.symptom != Reason::DnsNxDomain && failure.stopped_by.reason != Reason::DnsLoop
            });
            if !try_next {
                break;
            }
        }
        outcome
    }

    fn ask(&mut self, by: Asker, server: Ipv4Addr, n_forwards: usize) -> Result<Answer, LookUpFailure> {
        let trip = self.trip(by, server);
        let silent = |stopped_by| LookUpFailure {
            symptom: Reason::DnsTimeout,
            stopped_by,
        };
        let reached = trip.forward.delivered().map(|(to, _)| to);
        let resolver = reached.and_then(|to| self.network.resolver_at(to));
        let said = resolver.map(|resolver| resolve_at(self.network, resolver, self.name));
        let refusal = trip.refusal();
        self.asked.push(Asked {
            by,
            server,
            trip,
            said: said.clone(),
        });
        let (Some(said), Some(resolver)) = (said, resolver) else {
            let deaf = reached.map_or(by.resource(), Recipient::resource);
            return Err(silent(
                refusal.unwrap_or(Refusal::at(Reason::ConnectionRefused, deaf)),
            ));
        };
        if let Some(refusal) = refusal {
            return Err(silent(refusal));
        }
        let servers = match said {
            Resolution::Answer(answer) => return Ok(answer),
            Resolution::Failure(stopped_by) => {
                let symptom = seen(stopped_by.reason);
                return Err(LookUpFailure { symptom, stopped_by });
            }
            Resolution::ByRule(rule) => {
                let questions = self.network.questions_by(rule);
                let outcome = self.pass_on(rule.into(), &questions, n_forwards);
                return outcome.map_err(|failure| LookUpFailure {
                    stopped_by: (self.network.cloud).blamed_on_rule(rule, self.name, failure.stopped_by),
                    ..failure
                });
            }
            Resolution::Forward { to } => to,
            Resolution::Recurse => vec![PUBLIC_DNS],
        };
        match resolver {
            Resolver::NameServer(host) => {
                let questions = self.network.questions_of(host, &servers);
                self.pass_on(host.into(), &questions, n_forwards)
            }
            // These answer by themselves, or by a rule.
            Resolver::Vpc(_) | Resolver::Inbound(_) | Resolver::Public => Err(LookUpFailure {
                symptom: Reason::DnsServFail,
                stopped_by: Refusal::at(Reason::DnsServFail, by.resource()),
            }),
        }
    }

    /// What a name server hears becomes what it says: silence turns into SERVFAIL.
    fn pass_on(
        &mut self,
        who: ResourceRef,
        to: &[(Asker, Ipv4Addr)],
        n_forwards: usize,
    ) -> Result<Answer, LookUpFailure> {
        if n_forwards >= MAX_FORWARDS || self.asked.len() >= MAX_QUESTIONS {
            return Err(LookUpFailure {
                symptom: Reason::DnsServFail,
                stopped_by: Refusal::at(Reason::DnsLoop, who),
            });
        }
        self.ask_any(who, to, n_forwards + 1)
            .map_err(|failure| LookUpFailure {
                symptom: match failure.symptom {
                    Reason::DnsNxDomain => Reason::DnsNxDomain,
                    _ => Reason::DnsServFail,
                },
                ..failure
            })
    }

    fn trip(&self, by: Asker, server: Ipv4Addr) -> RoundTrip {
        let network = self.network;
        let source = network.address_of_asker(by).unwrap_or(Ipv4Addr::UNSPECIFIED);
        let header = Header::probe(source, server, self.transport, DNS_PORT);
        let mut tracking = Tracking::default();
        round_trip(network, &mut tracking, self.now, by.origin(), &header)
    }
}

/// What the asker sees of a resolver's failure.
#[must_use]
pub fn seen(reason: Reason) -> Reason {
    match reason {
        Reason::DnsNxDomain | Reason::DnsShadowed | Reason::DnsRuleOverridesZone => Reason::DnsNxDomain,
        _ => Reason::DnsServFail,
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{Lab, lab};
    use super::*;
    use crate::aws::fixture::{MGN_LABEL, ip, net, rule};
    use crate::aws::{Attached, ResolverEndpoint, RulePeer};
    use crate::net::PortRange;
    use crate::site::{ForwardRule, NameServer};

    const MGN: &str = "mgn.ap-south-1.amazonaws.com";

    fn ask(lab: &Lab, host: HostId, name: &str) -> LookUp {
        let name = name.parse().expect("a name");
        look_up(&lab.network, SimTime::START, host, &name, Protocol::Udp)
    }

    fn forward(domain: &str, to: &str) -> ForwardRule {
        ForwardRule {
            domain: domain.to_owned(),
            targets: vec![ip(to)],
        }
    }

    /// A name server of the customer's at 192.168.1.53 that all hosts of the source VPC ask.
    fn with_name_server(lab: &mut Lab, forwards: Vec<ForwardRule>) -> HostId {
        let server = lab.host(lab.aws.source_a, "192.168.1.53", lab.aws.source_group);
        lab.network.hosts[server].name_server = Some(NameServer {
            forwards,
            ..NameServer::default()
        });
        lab.network.cloud.security_groups[lab.aws.source_group]
            .ingress
            .push(rule(
                None,
                PortRange::single(DNS_PORT),
                RulePeer::Prefix(net("192.168.0.0/16")),
            ));
        lab.network.cloud.vpcs[lab.aws.source].name_servers = NameServers::Custom(vec![ip("192.168.1.53")]);
        server
    }

    /// A Resolver inbound endpoint of the staging VPC at 10.0.1.53 whose group allows DNS over UDP.
    fn with_inbound_endpoint(lab: &mut Lab) -> ResolverEndpointId {
        let id = lab.network.cloud.resolver_endpoints.next_id();
        let subnet = lab.aws.staging_a;
        let group = lab.aws.endpoint_group;
        let interface = (lab.network.cloud)
            .place_interface(subnet, vec![group], Attached::Resolver(id), Some(ip("10.0.1.53")))
            .expect("a free address");
        lab.network.cloud.security_groups[group].ingress.push(rule(
            Some(Protocol::Udp),
            PortRange::single(DNS_PORT),
            RulePeer::Prefix(net("192.168.0.0/16")),
        ));
        lab.network.cloud.resolver_endpoints.push(ResolverEndpoint {
            name: "inbound".to_owned(),
            direction: crate::aws::EndpointDirection::Inbound,
            vpc: lab.aws.staging,
            interfaces: vec![interface],
        })
    }

    #[test]
    fn an_isolated_host_resolves_public_names_through_its_vpc() {
        let lab = lab();
        let own = format!("{MGN_LABEL}.mgn.ap-south-1.vpce.amazonaws.com");
        let answer = ask(&lab, lab.source, &own).outcome.expect("an answer");
        assert_eq!(answer.addresses, [ip("10.0.1.5"), ip("10.0.2.5")]);
        assert!(ask(&lab, lab.source, MGN).outcome.is_ok());
        let unknown = ask(&lab, lab.source, "example.com")
            .outcome
            .expect_err("no such name");
        assert_eq!(unknown.symptom, Reason::DnsNxDomain);
    }

    #[test]
    fn a_vpc_without_dns_support_gives_no_answer() {
        let mut lab = lab();
        lab.network.cloud.vpcs[lab.aws.source].dns_support = crate::aws::DnsAttribute::Off;
        let failure = ask(&lab, lab.source, MGN).outcome.expect_err("nobody answers");
        assert_eq!(failure.symptom, Reason::DnsTimeout);
        assert_eq!(
            failure.stopped_by,
            Refusal::at(Reason::DnsDisabled, lab.aws.source)
        );
    }

    #[test]
    fn a_customers_name_server_forwards_to_the_inbound_endpoint() {
        let mut lab = lab();
        with_name_server(&mut lab, vec![forward("amazonaws.com", "10.0.1.53")]);
        with_inbound_endpoint(&mut lab);
        let look_up = ask(&lab, lab.source, MGN);
        let answer = look_up.outcome.expect("an answer");
        assert_eq!(
            answer.addresses,
            [ip("10.0.1.5"), ip("10.0.2.5")],
            "private DNS of the staging VPC"
        );
        let servers: Vec<_> = look_up.asked.iter().map(|asked| asked.server).collect();
        assert_eq!(servers, [ip("192.168.1.53"), ip("10.0.1.53")]);
    }

    #[test]
    fn the_inbound_endpoint_is_a_matter_of_security_groups_for_udp_and_tcp_alike() {
        let mut lab = lab();
        let server = with_name_server(&mut lab, vec![forward("", "10.0.1.53")]);
        with_inbound_endpoint(&mut lab);
        let name = MGN.parse().expect("a name");
        let failure = look_up(&lab.network, SimTime::START, server, &name, Protocol::Tcp)
            .outcome
            .expect_err("TCP 53 is closed");
        assert_eq!(failure.symptom, Reason::DnsServFail);
        assert_eq!(failure.stopped_by.reason, Reason::SecurityGroupMismatch);
        assert_eq!(failure.stopped_by.at, lab.aws.endpoint_group.into());
    }

    #[test]
    fn a_name_server_without_a_forwarder_needs_the_internet() {
        let mut lab = lab();
        let forwards = vec![forward("example.com", "10.0.1.53")];
        with_name_server(&mut lab, forwards);
        let failure = ask(&lab, lab.source, MGN).outcome.expect_err("no way out");
        assert_eq!(failure.symptom, Reason::DnsServFail);
        assert_eq!(failure.stopped_by.reason, Reason::NoRoute);
        assert_eq!(failure.stopped_by.at, lab.aws.source_table.into());
    }

    #[test]
    fn forwarding_in_a_circle_is_found() {
        let mut lab = lab();
        let one = with_name_server(&mut lab, vec![forward("", "192.168.1.54")]);
        let other = lab.host(lab.aws.source_a, "192.168.1.54", lab.aws.source_group);
        lab.network.hosts[other].name_server = Some(NameServer {
            forwards: vec![forward("", "192.168.1.53")],
            ..NameServer::default()
        });
        let look_up = ask(&lab, lab.source, MGN);
        let failure = look_up.outcome.expect_err("a circle");
        assert_eq!(
            (failure.symptom, failure.stopped_by.reason),
            (Reason::DnsServFail, Reason::DnsLoop)
        );
        assert!([one.into(), other.into()].contains(&failure.stopped_by.at));
        assert_eq!(look_up.asked.len(), MAX_FORWARDS + 1);
    }

    #[test]
    fn a_resolver_of_another_vpc_does_not_answer() {
        let mut lab = lab();
        lab.network.cloud.vpcs[lab.aws.source].name_servers = NameServers::Custom(vec![ip("10.0.0.2")]);
        let failure = ask(&lab, lab.source, MGN).outcome.expect_err("out of reach");
        assert_eq!(failure.symptom, Reason::DnsTimeout);
        assert_eq!(
            failure.stopped_by,
            Refusal::at(Reason::ResolverNotReachable, lab.aws.staging)
        );
    }
}
