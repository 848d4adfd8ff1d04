//! The smallest change that mends a refusal.
//!
//! A fix is made of levers, the same that people, faults and overlays use, so that applying
//! exactly what is proposed can be tested. Where no single change of the model would do (there is
//! no peering connection to route over, say), there is none, and the reason's own advice stands.

mod mtu;
mod names;
mod site;
mod transit;

use std::net::Ipv4Addr;

use ipnet::Ipv4Net;

use crate::aws::{
    AclAction, AclRule, Change, Cloud, DnsAttribute, EndpointState, GroupRule, NetworkAcl, PeeringState,
    PrivateDns, Route, RouteOrigin, RouteTarget, RulePeer, Service, TlsInspection, is_public,
};
use crate::identity::{Decision, Effect, Policy, Statement};
use crate::net::{FiveTuple, PortRange, Protocol};
use crate::reason::Reason;
use crate::resource::{HostId, NetworkAclId, RegionId, ResourceRef, RouteTableId, VpcId};
use crate::site::{Clock, HostChange, MacAddress, Power, TrustStore};
use crate::verdict::{Destination, Direction, Refusal, Rule};
use crate::world::lever::Lever;
use crate::world::names::Names;
use crate::world::network::Network;

pub use transit::allowing;

use super::wording::{acl_rule_text, destination_text, target_text};

/// Under which the names of all services and endpoints are.
const AWS_DOMAIN: &str = "amazonaws.com";

/// What went wrong, with as much as is known of what was tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// What stopped it.
    pub refusal: Refusal,
    /// The packet that was stopped, as it was sent.
    pub flow: Option<FiveTuple>,
    /// The host that tried.
    pub client: HostId,
    /// The host name that it called.
    pub name: Option<String>,
    /// The service and Region that it wanted.
    pub service: Option<(Service, RegionId)>,
    /// The actions and resources that are asked of that service: the one that was refused, and all
    /// others that will be.
    pub asked: Vec<(String, String)>,
}

impl Problem {
    /// A problem of a computer itself, without a packet.
    #[must_use]
    pub const fn of_host(refusal: Refusal, host: HostId) -> Self {
        Self {
            refusal,
            flow: None,
            client: host,
            name: None,
            service: None,
            asked: Vec::new(),
        }
    }
}

/// A change that mends it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fix {
    /// What to do, in words.
    pub text: String,
    /// What to do, exactly.
    pub levers: Vec<Lever>,
}

impl Fix {
    /// A fix by one edit of the AWS side.
    #[must_use]
    pub fn network(text: impl Into<String>, change: Change) -> Self {
        Self {
            text: text.into(),
            levers: vec![Lever::Network(change)],
        }
    }
    /// A fix by one edit of a computer.
    #[must_use]
    pub fn host(text: impl Into<String>, host: HostId, change: HostChange) -> Self {
        Self {
            text: text.into(),
            levers: vec![Lever::Host { host, change }],
        }
    }
}

/// Proposes the smallest change to network or hosts that mends `problem`.
#[must_use]
pub fn propose(network: &Network, names: &Names, problem: &Problem) -> Option<Fix> {
    let advisor = Advisor {
        network,
        cloud: &network.cloud,
        names,
        problem,
    };
    match problem.refusal.rule {
        Some(Rule::NoSecurityGroupRule { group, direction }) => advisor.open_group(group, direction),
        Some(Rule::AclRule {
            acl,
            direction,
            number,
        }) => advisor.open_acl(acl, direction, Some(number)),
        Some(Rule::AclDefault { acl, direction }) => advisor.open_acl(acl, direction, None),
        Some(Rule::NoRoute { table }) => advisor.add_route(table),
        Some(Rule::Route { table, destination }) => advisor.mend_route(table, destination),
        Some(Rule::NoTransitRoute { table }) => advisor.add_transit_route(table),
        Some(Rule::NoFibRoute { .. }) => advisor.announce_beyond(),
        Some(Rule::TransitRoute { table, prefix }) if problem.refusal.reason == Reason::TransitBlackhole => {
            advisor.mend_transit_route(table, prefix)
        }
        Some(Rule::HostFirewall { host, direction }) => advisor.open_firewall(host, direction),
        Some(Rule::RouterFirewall { router, .. }) => advisor.open_router(router),
        Some(Rule::NoHostRoute { host }) => advisor.give_gateway(host),
        Some(rule @ Rule::Mtu { .. }) => advisor.widen(rule),
        Some(Rule::InterfaceEndpointPolicy { endpoint, .. }) => {
            let policy = &network.cloud.interface_endpoints.get(endpoint)?.policy;
            let (policy, text) = advisor.allow_in(policy, names.of(endpoint))?;
            Some(Fix::network(
                text,
                Change::InterfaceEndpointPolicy(endpoint, policy),
            ))
        }
        Some(Rule::GatewayEndpointPolicy { endpoint, .. }) => {
            let policy = &network.cloud.gateway_endpoints.get(endpoint)?.policy;
            let (policy, text) = advisor.allow_in(policy, names.of(endpoint))?;
            Some(Fix::network(
                text,
                Change::GatewayEndpointPolicy(endpoint, policy),
            ))
        }
        Some(
            Rule::SecurityGroupRule { .. }
            | Rule::ConnectionTracked { .. }
            | Rule::PeeringBoundary { .. }
            | Rule::TransitRoute { .. }
            | Rule::GatewayRoute { .. }
            | Rule::NoGatewayRoute { .. }
            | Rule::FibRoute { .. }
            | Rule::NoWayToNextHop { .. }
            | Rule::HostRoute { .. }
            | Rule::VirtualGateway { .. }
            | Rule::RouterTracked { .. }
            | Rule::SourceNat { .. },
        )
        | None => advisor.by_reason(),
    }
}

struct Advisor<'a> {
    network: &'a Network,
    cloud: &'a Cloud,
    names: &'a Names,
    problem: &'a Problem,
}

impl Advisor<'_> {
    /// The prefix to name for an address: its subnet's, seen from `vpc` or a VPC that peers with it, else its segment's.
    fn prefix_of(&self, vpc: VpcId, address: Ipv4Addr) -> Ipv4Net {
        let near = |candidate: VpcId| {
            candidate == vpc
                || self
                    .cloud
                    .peerings
                    .rows()
                    .iter()
                    .any(|it| it.other_side(vpc) == Some(candidate))
        };
        self.cloud
            .subnets
            .rows()
            .iter()
            .find(|subnet| near(subnet.vpc) && subnet.cidr.contains(&address))
            .map_or_else(|| self.prefix_anywhere(address), |subnet| subnet.cidr)
    }

    /// The far side's address, seen from where a rule for `direction` is asked.
    fn far_side(&self, direction: Direction) -> Option<Ipv4Addr> {
        let flow = self.problem.flow?;
        Some(match direction {
            Direction::Ingress => flow.source,
            Direction::Egress => flow.destination,
        })
    }

    fn open_group(&self, group: crate::resource::SecurityGroupId, direction: Direction) -> Option<Fix> {
        let flow = self.problem.flow?;
        let vpc = self.cloud.security_groups.get(group)?.vpc;
        let far = self.far_side(direction)?;
        let list = self.cloud.prefix_lists.iter().find(|(_, list)| {
            list.service.is_some() && list.prefixes.iter().any(|prefix| prefix.contains(&far))
        });
        let peer = match list {
            Some((list, _)) => RulePeer::PrefixList(list),
            None => RulePeer::Prefix(self.prefix_of(vpc, far)),
        };
        let ports = PortRange::single(flow.destination_port);
        let rule = GroupRule {
            protocol: Some(flow.protocol),
            ports,
            peer,
        };
        let what = match peer {
            RulePeer::Prefix(prefix) => prefix.to_string(),
            RulePeer::PrefixList(list) => self.names.of(list),
            RulePeer::Group(group) => self.names.of(group),
        };
        let side = match direction {
            Direction::Ingress => "inbound",
            Direction::Egress => "outbound",
        };
        let text = format!(
            "add {what} on {} {} to the {side} rules of security group {}",
            flow.protocol,
            flow.destination_port,
            self.names.of(group)
        );
        Some(Fix::network(text, Change::AddGroupRule(group, direction, rule)))
    }

    fn open_acl(&self, acl: NetworkAclId, direction: Direction, denied_by: Option<u16>) -> Option<Fix> {
        let flow = self.problem.flow?;
        let row = self.cloud.network_acls.get(acl)?;
        let number = free_number(row, direction, denied_by)?;
        // An answer goes to whatever port the client drew, so the whole ephemeral run is opened.
        let ports = if flow.destination_port >= PortRange::EPHEMERAL.from
            && flow.source_port < flow.destination_port
        {
            PortRange::EPHEMERAL
        } else if flow.protocol == Protocol::Icmp {
            PortRange::ALL
        } else {
            PortRange::single(flow.destination_port)
        };
        let peer = self.prefix_of(row.vpc, self.far_side(direction)?);
        let peer = if is_public(peer.addr()) {
            Ipv4Net::default()
        } else {
            peer
        };
        let rule = AclRule {
            number,
            action: AclAction::Allow,
            protocol: Some(flow.protocol),
            ports,
            peer,
        };
        let side = match direction {
            Direction::Ingress => "inbound",
            Direction::Egress => "outbound",
        };
        let text = format!(
            "add {side} {} to network ACL {}",
            acl_rule_text(direction, &rule),
            self.names.of(acl)
        );
        Some(Fix::network(text, Change::SetAclRule(acl, direction, rule)))
    }

    fn add_route(&self, table: RouteTableId) -> Option<Fix> {
        let vpc = self.cloud.route_tables.get(table)?.vpc;
        let far = self.far_side(Direction::Egress)?;
        let name = self.names.of(table);
        if is_public(far) {
            return self.reach_public(vpc, table, far);
        }
        let peered = self.cloud.peerings.iter().find_map(|(id, peering)| {
            let other = self.cloud.vpcs.get(peering.other_side(vpc)?)?;
            let cidr = other.cidrs.iter().find(|cidr| cidr.contains(&far))?;
            Some((id, *cidr))
        });
        let Some((peering, cidr)) = peered else {
            return self
                .route_to_transit(vpc, table, far)
                .or_else(|| self.route_to_gateway(vpc, table, far));
        };
        let destination = Destination::Prefix(cidr);
        let target = RouteTarget::Peering(peering);
        let text = format!(
            "add route {cidr} → {} to route table {name}",
            self.names.of(peering)
        );
        let route = Route {
            destination,
            target,
            origin: RouteOrigin::Static,
        };
        Some(Fix::network(text, Change::AddRoute(table, route)))
    }

    /// A public address was wanted from a network without a way out: the gateway endpoint's route is
    /// missing, or a name should have led to an interface endpoint.
    fn reach_public(&self, vpc: VpcId, table: RouteTableId, far: Ipv4Addr) -> Option<Fix> {
        if let Some(fix) = self.private_name(vpc) {
            return Some(fix);
        }
        let service = self
            .cloud
            .service_at(far, None)
            .and_then(|id| self.cloud.services.get(id))?;
        let (id, endpoint) =
            self.cloud.gateway_endpoints.iter().find(|(_, it)| {
                it.vpc == vpc && it.service == service.service && it.region == service.region
            })?;
        let name = self.names.of(id);
        if endpoint.state == EndpointState::Deleted {
            let text = format!("create gateway endpoint {name} again");
            return Some(Fix::network(
                text,
                Change::GatewayEndpoint(id, EndpointState::Available),
            ));
        }
        let text = format!(
            "associate gateway endpoint {name} with route table {}",
            self.names.of(table)
        );
        Some(Fix::network(text, Change::AssociateGatewayEndpoint(id, table)))
    }

    /// What keeps a service's public name from leading to the VPC's interface endpoint.
    fn private_name(&self, vpc: VpcId) -> Option<Fix> {
        let (service, region) = self.problem.service?;
        let (id, endpoint) = self
            .cloud
            .interface_endpoints
            .iter()
            .find(|(_, it)| it.vpc == vpc && it.service == service && it.region == region)?;
        // S3 is reached by its gateway endpoint from within; its interface endpoint is for others.
        if service == Service::S3 && endpoint.private_dns != PrivateDns::On {
            return None;
        }
        let name = self.names.of(id);
        let row = self.cloud.vpcs.get(vpc)?;
        let vpc_name = self.names.of(vpc);
        if endpoint.state == EndpointState::Deleted {
            let text = format!("create interface endpoint {name} again");
            return Some(Fix::network(
                text,
                Change::InterfaceEndpoint(id, EndpointState::Available),
            ));
        }
        if endpoint.private_dns == PrivateDns::Off {
            let text = format!("turn private DNS on for interface endpoint {name}");
            return Some(Fix::network(text, Change::PrivateDns(id, PrivateDns::On)));
        }
        if row.dns_support == DnsAttribute::Off {
            let text = format!("turn enableDnsSupport on for VPC {vpc_name}");
            return Some(Fix::network(text, Change::DnsSupport(vpc, DnsAttribute::On)));
        }
        if row.dns_hostnames == DnsAttribute::Off {
            let text = format!("turn enableDnsHostnames on for VPC {vpc_name}");
            return Some(Fix::network(text, Change::DnsHostnames(vpc, DnsAttribute::On)));
        }
        None
    }

    fn mend_route(&self, table: RouteTableId, destination: Destination) -> Option<Fix> {
        let route = self
            .cloud
            .route_tables
            .get(table)?
            .routes
            .iter()
            .find(|it| it.destination == destination)?;
        match route.target {
            RouteTarget::Peering(peering)
                if self.cloud.peerings.get(peering)?.state != PeeringState::Active =>
            {
                self.activate(peering)
            }
            RouteTarget::GatewayEndpoint(endpoint) => {
                let text = format!("create gateway endpoint {} again", self.names.of(endpoint));
                Some(Fix::network(
                    text,
                    Change::GatewayEndpoint(endpoint, EndpointState::Available),
                ))
            }
            RouteTarget::Gone | RouteTarget::Peering(_) => self.replace_route(table, destination),
            RouteTarget::Local
            | RouteTarget::TransitGateway(_)
            | RouteTarget::VirtualPrivateGateway(_)
            | RouteTarget::InternetGateway(_)
            | RouteTarget::NatGateway(_)
            | RouteTarget::NetworkInterface(_) => None,
        }
    }

    fn replace_route(&self, table: RouteTableId, destination: Destination) -> Option<Fix> {
        let better = self.add_route(table)?;
        let text = format!(
            "remove route {} from route table {}, and {}",
            destination_text(destination, self.names),
            self.names.of(table),
            better.text
        );
        let mut levers = vec![Lever::Network(Change::RemoveRoute(table, destination))];
        levers.extend(better.levers);
        Some(Fix { text, levers })
    }

    fn activate(&self, peering: crate::resource::PeeringId) -> Option<Fix> {
        let verb = match self.cloud.peerings.get(peering)?.state {
            PeeringState::PendingAcceptance => "accept",
            PeeringState::Deleted | PeeringState::Failed => "create again",
            PeeringState::Active => return None,
        };
        let text = format!(
            "{verb} VPC peering connection {}",
            target_text(RouteTarget::Peering(peering), self.names)
        );
        Some(Fix::network(text, Change::Peering(peering, PeeringState::Active)))
    }

    /// The policy with everything allowed that will be asked for and is not, and how to say so.
    fn allow_in(&self, policy: &Policy, name: String) -> Option<(Policy, String)> {
        let denied = |(action, resource): &&(String, String)| {
            !matches!(policy.evaluate("*", action, resource), Decision::Allowed { .. })
        };
        let mut policy = policy.clone();
        let mut wanted: Vec<&(String, String)> = Vec::new();
        for asked in self.problem.asked.iter().filter(denied) {
            if !wanted.contains(&asked) {
                wanted.push(asked);
            }
        }
        let mut actions: Vec<String> = wanted.iter().map(|(action, _)| action.clone()).collect();
        actions.dedup();
        let mut texts = Vec::new();
        for action in actions {
            let resources: Vec<String> = wanted
                .iter()
                .filter(|it| it.0 == action)
                .map(|it| it.1.clone())
                .collect();
            texts.push(format!("allow {action} on {}", resources.join(", ")));
            policy
                .statements
                .retain(|it| it.effect == Effect::Allow || !it.actions.contains(&action));
            policy.statements.push(Statement {
                effect: Effect::Allow,
                principals: vec!["*".to_owned()],
                actions: vec![action],
                resources,
            });
        }
        (!texts.is_empty()).then(|| {
            (
                policy,
                format!("{} in the policy of endpoint {name}", texts.join(", and ")),
            )
        })
    }

    fn by_reason(&self) -> Option<Fix> {
        let client = self.problem.client;
        let vpc = self.network.vpc_of(client);
        let client_name = self.names.of(client);
        match self.problem.refusal.reason {
            Reason::HostDown => {
                let ResourceRef::Host(host) = self.problem.refusal.at else {
                    return None;
                };
                let text = format!("start host {}", self.names.of(host));
                Some(Fix::host(text, host, HostChange::Power(Power::On)))
            }
            Reason::ClockSkew => {
                let text = format!("synchronise the clock of host {client_name}");
                Some(Fix::host(text, client, HostChange::Clock(Clock::Synchronised)))
            }
            Reason::MacChanged => {
                let text = format!("keep the MAC address of host {client_name} across restarts");
                Some(Fix::host(text, client, HostChange::Mac(MacAddress::Stable)))
            }
            Reason::CertificateVerifyFailed => Some(self.trust(vpc)),
            Reason::TransitNoAssociation => match self.problem.refusal.at {
                ResourceRef::Attachment(attachment) => self.associate(attachment),
                _ => None,
            },
            Reason::AllowedPrefix => match self.problem.refusal.at {
                ResourceRef::DirectConnectGateway(gateway) => self.allow_prefix(gateway),
                _ => None,
            },
            Reason::NotProvisioned => match self.problem.refusal.at {
                ResourceRef::Link(link) => self.have_provided(link),
                _ => None,
            },
            Reason::PeeringNotActive => match self.problem.refusal.at {
                ResourceRef::Peering(peering) => self.activate(peering),
                ResourceRef::Attachment(attachment) => self.activate_transit(attachment),
                _ => None,
            },
            Reason::DnsDisabled => {
                let vpc = vpc?;
                let text = format!("turn enableDnsSupport on for VPC {}", self.names.of(vpc));
                Some(Fix::network(text, Change::DnsSupport(vpc, DnsAttribute::On)))
            }
            Reason::DnsPublicAnswer => self.private_name(vpc?),
            Reason::BadState => match self.problem.refusal.at {
                ResourceRef::GatewayEndpoint(id) => {
                    let text = format!("create gateway endpoint {} again", self.names.of(id));
                    Some(Fix::network(
                        text,
                        Change::GatewayEndpoint(id, EndpointState::Available),
                    ))
                }
                ResourceRef::InterfaceEndpoint(id) => Some(self.create_endpoint(id)),
                _ => None,
            },
            Reason::DnsNxDomain | Reason::DnsShadowed | Reason::DnsRuleOverridesZone | Reason::DnsLoop => {
                self.mend_name(vpc)
            }
            _ => None,
        }
    }

    fn create_endpoint(&self, id: crate::resource::InterfaceEndpointId) -> Fix {
        let text = format!("create interface endpoint {} again", self.names.of(id));
        Fix::network(text, Change::InterfaceEndpoint(id, EndpointState::Available))
    }

    /// A certificate was not trusted: something opens TLS on the way, or the roots are missing.
    fn trust(&self, vpc: Option<VpcId>) -> Fix {
        let client = self.problem.client;
        let row = vpc.and_then(|vpc| Some((vpc, self.cloud.vpcs.get(vpc)?)));
        if let Some((vpc, row)) = row
            && let (TlsInspection::Inspected { exempt }, Some(name)) =
                (&row.tls_inspection, &self.problem.name)
        {
            let covered = |it: &String| name == it || name.ends_with(&format!(".{it}"));
            if !exempt.iter().any(covered) {
                // All of AWS's names at once: the same inspection would open the next call too.
                let name = if name.ends_with(AWS_DOMAIN) {
                    AWS_DOMAIN
                } else {
                    name
                };
                let mut exempt = exempt.clone();
                exempt.push(name.to_owned());
                let text = format!(
                    "exempt {name} from the TLS inspection of VPC {}",
                    self.names.of(vpc)
                );
                return Fix::network(
                    text,
                    Change::TlsInspection(vpc, TlsInspection::Inspected { exempt }),
                );
            }
        }
        let text = format!(
            "install the Amazon root certificates on host {}",
            self.names.of(client)
        );
        Fix::host(text, client, HostChange::Trust(TrustStore::AmazonRoots))
    }
}

/// A number that no rule has yet and that is looked at before the rule that denied.
fn free_number(acl: &NetworkAcl, direction: Direction, denied_by: Option<u16>) -> Option<u16> {
    let rules = acl.rules(direction);
    let free = |number: &u16| !rules.iter().any(|rule| rule.number == *number);
    match denied_by {
        Some(number) => (1..number).rev().find(free),
        None => (1..=u16::MAX / 10)
            .map(|n| n.saturating_mul(10))
            .filter(|n| *n >= 100 && *n <= 32_766)
            .find(free),
    }
}
