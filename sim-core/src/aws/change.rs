//! The closed set of edits that can be made to the AWS side while a lab runs.
//!
//! People, faults, overlays and proposed fixes all change the network by these and by nothing else,
//! so that every change can be recorded, replayed and told. An edit that AWS would refuse is
//! refused here too.
//!
//! # Fidelity
//! Simplified: AWS takes seconds to carry an edit to the data plane ("eventual consistency"), and
//! minutes to make an endpoint; here everything is there at once. Nothing can be made that the lab
//! did not begin with: things change their settings, are deleted, and come back with their old
//! names and addresses.

use crate::identity::Policy;
use crate::resource::{
    GatewayEndpointId, HostedZoneId, InterfaceEndpointId, NetworkAclId, NetworkInterfaceId, PeeringId,
    ResolverRuleId, ResourceRef, RouteTableId, SecurityGroupId, SubnetId, VirtualPrivateGatewayId, VpcId,
    ZoneId,
};
use crate::units::{BitRate, Ppm, Span};
use crate::verdict::{Destination, Direction};

use super::transit_gateway::TransitChange;
use super::{
    AclRule, Cloud, DnsAttribute, DnsRecord, EndpointState, GroupRule, InterfaceState, NameServers,
    PeeringState, PrivateDns, Route, RouteOrigin, RouteTarget, RuleChange, SourceDestinationCheck,
    TlsInspection, Violation, ZoneState, violations,
};

/// One edit of the AWS side.
#[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub enum Change {
    /// Moves a peering connection to another state.
    Peering(PeeringId, PeeringState),
    /// Changes the one-way delay of a peering connection.
    PeeringDelay(PeeringId, Span),
    /// Changes what a peering connection carries in each direction.
    PeeringRate(PeeringId, BitRate),
    /// Changes the share of packets that a peering connection loses.
    PeeringLoss(PeeringId, Ppm),
    /// Adds a route.
    AddRoute(RouteTableId, Route),
    /// Removes the route for a destination.
    RemoveRoute(RouteTableId, Destination),
    /// Begins to propagate the routes of the VPC's virtual private gateway into a route table, or ends it.
    Propagation(RouteTableId, Option<VirtualPrivateGatewayId>),
    /// Adds a rule to a security group.
    AddGroupRule(SecurityGroupId, Direction, GroupRule),
    /// Removes a rule from a security group.
    RemoveGroupRule(SecurityGroupId, Direction, GroupRule),
    /// Adds a numbered rule to a network ACL, or replaces the one of that number.
    SetAclRule(NetworkAclId, Direction, AclRule),
    /// Removes a numbered rule from a network ACL.
    RemoveAclRule(NetworkAclId, Direction, u16),
    /// Sets `enableDnsSupport`.
    DnsSupport(VpcId, DnsAttribute),
    /// Sets `enableDnsHostnames`.
    DnsHostnames(VpcId, DnsAttribute),
    /// Replaces the name servers of a VPC's DHCP options.
    NameServers(VpcId, NameServers),
    /// Changes what opens TLS on its way out of a VPC.
    TlsInspection(VpcId, TlsInspection),
    /// Associates a subnet with another route table.
    AssociateRouteTable(SubnetId, RouteTableId),
    /// Associates a subnet with another network ACL.
    AssociateAcl(SubnetId, NetworkAclId),
    /// Creates an interface endpoint again, or deletes it.
    InterfaceEndpoint(InterfaceEndpointId, EndpointState),
    /// Replaces an interface endpoint's policy.
    InterfaceEndpointPolicy(InterfaceEndpointId, Policy),
    /// Sets whether the public name resolves to an interface endpoint.
    PrivateDns(InterfaceEndpointId, PrivateDns),
    /// Replaces the security groups of all interfaces of an interface endpoint.
    EndpointGroups(InterfaceEndpointId, Vec<SecurityGroupId>),
    /// Replaces the security groups of one interface.
    InterfaceGroups(NetworkInterfaceId, Vec<SecurityGroupId>),
    /// Lets an interface fail, or work again.
    InterfaceState(NetworkInterfaceId, InterfaceState),
    /// Sets whether an interface refuses to forward.
    SourceDestinationCheck(NetworkInterfaceId, SourceDestinationCheck),
    /// Creates a gateway endpoint again, or deletes it.
    GatewayEndpoint(GatewayEndpointId, EndpointState),
    /// Replaces a gateway endpoint's policy.
    GatewayEndpointPolicy(GatewayEndpointId, Policy),
    /// Associates a gateway endpoint with a route table, which gets its prefix-list route.
    AssociateGatewayEndpoint(GatewayEndpointId, RouteTableId),
    /// Takes that association and its route away.
    DisassociateGatewayEndpoint(GatewayEndpointId, RouteTableId),
    /// Associates a private hosted zone with a VPC.
    AssociateZone(HostedZoneId, VpcId),
    /// Takes that association away.
    DissociateZone(HostedZoneId, VpcId),
    /// Adds a record to a private hosted zone, or replaces the one of that name.
    SetZoneRecord(HostedZoneId, DnsRecord),
    /// Removes a record from a private hosted zone.
    RemoveZoneRecord(HostedZoneId, String),
    /// Loses an availability zone, or has it back.
    Zone(ZoneId, ZoneState),
    /// Edits a Transit Gateway.
    Transit(TransitChange),
    /// Edits a Resolver rule.
    ResolverRule(ResolverRuleId, RuleChange),
}

/// Why an edit was refused; nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, Hash, thiserror::Error)]
pub enum ChangeError {
    /// The thing to be changed does not exist.
    #[error("there is no such {kind}")]
    NoSuchResource {
        /// What kind of thing.
        kind: &'static str,
    },
    /// The rule, route, record or association to be removed is not there.
    #[error("there is no such {what} to remove")]
    NotThere {
        /// What was to be removed.
        what: &'static str,
    },
    /// A route, rule or association of the same key is already there.
    #[error("such a {what} is already there")]
    AlreadyThere {
        /// What was to be added.
        what: &'static str,
    },
    /// The two things belong to different VPCs.
    #[error("the {kind} belongs to another VPC")]
    OtherVpc {
        /// The kind of the thing that is in the wrong VPC.
        kind: &'static str,
    },
    /// A Transit Gateway knows its own attachments alone.
    #[error("the attachment belongs to another Transit Gateway")]
    OtherTransitGateway,
    /// A peering attachment propagates nothing.
    #[error("a peering attachment propagates nothing; what is behind it needs static routes")]
    PeeringPropagates,
    /// A local route, or the route of a gateway endpoint, is not made or removed by hand.
    #[error("AWS manages this route; it cannot be added or removed by hand")]
    ManagedRoute,
    /// Private DNS cannot be turned on while one of the VPC's DNS attributes is off.
    #[error("private DNS needs enableDnsSupport and enableDnsHostnames")]
    NeedsDnsAttributes,
    /// The addresses of an endpoint that is to come back belong to others now.
    #[error("the endpoint's addresses are taken")]
    AddressesTaken,
    /// A SYSTEM rule asks nobody.
    #[error("the rule forwards nothing, so it has no targets")]
    ForwardsNothing,
    /// The result is something that AWS would refuse to create.
    #[error(transparent)]
    Refused(#[from] Violation),
    /// What is behind a Connect attachment is told by BGP alone.
    #[error("a Connect attachment takes no static routes; let it propagate what its peers announce")]
    ConnectRoute,
}

pub(super) type Outcome = Result<(), ChangeError>;

impl Change {
    /// What the edit is made to.
    #[must_use]
    pub fn subject(&self) -> ResourceRef {
        match self {
            Self::Peering(id, _)
            | Self::PeeringDelay(id, _)
            | Self::PeeringRate(id, _)
            | Self::PeeringLoss(id, _) => (*id).into(),
            Self::AddRoute(id, _) | Self::RemoveRoute(id, _) => (*id).into(),
            Self::AddGroupRule(id, ..) | Self::RemoveGroupRule(id, ..) => (*id).into(),
            Self::SetAclRule(id, ..) | Self::RemoveAclRule(id, ..) => (*id).into(),
            Self::Propagation(id, _) => (*id).into(),
            Self::DnsSupport(id, _)
            | Self::DnsHostnames(id, _)
            | Self::NameServers(id, _)
            | Self::TlsInspection(id, _) => (*id).into(),
            Self::AssociateRouteTable(id, _) | Self::AssociateAcl(id, _) => (*id).into(),
            Self::InterfaceEndpoint(id, _)
            | Self::InterfaceEndpointPolicy(id, _)
            | Self::PrivateDns(id, _)
            | Self::EndpointGroups(id, _) => (*id).into(),
            Self::InterfaceGroups(id, _)
            | Self::InterfaceState(id, _)
            | Self::SourceDestinationCheck(id, _) => (*id).into(),
            Self::GatewayEndpoint(id, _)
            | Self::GatewayEndpointPolicy(id, _)
            | Self::AssociateGatewayEndpoint(id, _)
            | Self::DisassociateGatewayEndpoint(id, _) => (*id).into(),
            Self::AssociateZone(id, _)
            | Self::DissociateZone(id, _)
            | Self::SetZoneRecord(id, _)
            | Self::RemoveZoneRecord(id, _) => (*id).into(),
            Self::Zone(id, _) => (*id).into(),
            Self::ResolverRule(id, _) => (*id).into(),
            Self::Transit(change) => change.subject(),
        }
    }
}

impl Change {
    /// Whether the edit cannot make the cloud one that AWS would refuse, so that it need not be
    /// looked over.
    const fn keeps_structure(&self) -> bool {
        match self {
            Self::PeeringDelay(..)
            | Self::PeeringRate(..)
            | Self::PeeringLoss(..)
            | Self::RemoveRoute(..)
            | Self::Propagation(_, None)
            | Self::RemoveGroupRule(..)
            | Self::RemoveAclRule(..)
            | Self::DnsSupport(..)
            | Self::DnsHostnames(..)
            | Self::NameServers(..)
            | Self::TlsInspection(..)
            | Self::InterfaceEndpointPolicy(..)
            | Self::GatewayEndpointPolicy(..)
            | Self::InterfaceState(..)
            | Self::SourceDestinationCheck(..)
            | Self::DissociateZone(..)
            | Self::RemoveZoneRecord(..)
            | Self::Zone(..)
            | Self::ResolverRule(_, RuleChange::Disassociate(_))
            | Self::Transit(_) => true,
            Self::Peering(..)
            | Self::AddRoute(..)
            | Self::Propagation(_, Some(_))
            | Self::AddGroupRule(..)
            | Self::SetAclRule(..)
            | Self::AssociateRouteTable(..)
            | Self::AssociateAcl(..)
            | Self::InterfaceEndpoint(..)
            | Self::PrivateDns(..)
            | Self::EndpointGroups(..)
            | Self::InterfaceGroups(..)
            | Self::GatewayEndpoint(..)
            | Self::AssociateGatewayEndpoint(..)
            | Self::DisassociateGatewayEndpoint(..)
            | Self::AssociateZone(..)
            | Self::SetZoneRecord(..)
            | Self::ResolverRule(_, RuleChange::Associate(_) | RuleChange::Targets(_)) => false,
        }
    }
}

impl Cloud {
    /// Makes an edit, whole or not at all. What was wrong with the cloud before is no reason to
    /// refuse an edit; what it would newly do wrong is.
    ///
    /// # Errors
    /// Where the edit speaks of something that is not there, is already so, or belongs elsewhere,
    /// and where AWS would refuse the result.
    pub fn apply(&mut self, change: &Change) -> Result<(), ChangeError> {
        if change.keeps_structure() {
            return self.edit(change);
        }
        let mut next = self.clone();
        next.edit(change)?;
        let before = violations(self);
        match violations(&next).into_iter().find(|it| !before.contains(it)) {
            None => {
                *self = next;
                Ok(())
            }
            Some(violation) => Err(violation.into()),
        }
    }

    fn edit(&mut self, change: &Change) -> Outcome {
        match change {
            Change::Peering(id, state) => {
                row(self.peerings.get_mut(*id), "VPC peering connection")?.state = *state
            }
            Change::Zone(id, state) => row(self.zones.get_mut(*id), "availability zone")?.state = *state,
            Change::PeeringDelay(id, delay) => {
                row(self.peerings.get_mut(*id), "VPC peering connection")?.delay = *delay;
            }
            Change::PeeringRate(id, rate) => {
                row(self.peerings.get_mut(*id), "VPC peering connection")?.rate = *rate
            }
            Change::PeeringLoss(id, loss) => {
                row(self.peerings.get_mut(*id), "VPC peering connection")?.loss = *loss
            }
            Change::AddRoute(id, route) => return self.add_route(*id, *route),
            Change::RemoveRoute(id, destination) => return self.remove_route(*id, *destination),
            Change::Propagation(id, to) => {
                let kind = "virtual private gateway";
                let vpc = to.map(|to| row(self.virtual_private_gateways.get(to), kind).map(|row| row.vpc));
                let table = row(self.route_tables.get_mut(*id), "route table")?;
                if vpc.transpose()?.is_some_and(|vpc| vpc != Some(table.vpc)) {
                    return Err(ChangeError::OtherVpc { kind });
                }
                let before = core::mem::replace(&mut table.propagation, *to);
                for gateway in before.iter().chain(to) {
                    self.propagate(*gateway);
                }
            }
            Change::AddGroupRule(id, direction, rule) => return self.add_group_rule(*id, *direction, *rule),
            Change::RemoveGroupRule(id, direction, rule) => {
                return self.remove_group_rule(*id, *direction, *rule);
            }
            Change::SetAclRule(id, direction, rule) => return self.set_acl_rule(*id, *direction, *rule),
            Change::RemoveAclRule(id, direction, number) => {
                return self.remove_acl_rule(*id, *direction, *number);
            }
            Change::DnsSupport(id, to) => row(self.vpcs.get_mut(*id), "VPC")?.dns_support = *to,
            Change::DnsHostnames(id, to) => row(self.vpcs.get_mut(*id), "VPC")?.dns_hostnames = *to,
            Change::NameServers(id, to) => row(self.vpcs.get_mut(*id), "VPC")?.name_servers = to.clone(),
            Change::TlsInspection(id, to) => row(self.vpcs.get_mut(*id), "VPC")?.tls_inspection = to.clone(),
            Change::AssociateRouteTable(subnet, table) => {
                let vpc = row(self.route_tables.get(*table), "route table")?.vpc;
                let subnet = row(self.subnets.get_mut(*subnet), "subnet")?;
                same_vpc(subnet.vpc, vpc, "route table")?;
                subnet.route_table = *table;
            }
            Change::AssociateAcl(subnet, acl) => {
                let vpc = row(self.network_acls.get(*acl), "network ACL")?.vpc;
                let subnet = row(self.subnets.get_mut(*subnet), "subnet")?;
                same_vpc(subnet.vpc, vpc, "network ACL")?;
                subnet.network_acl = *acl;
            }
            Change::InterfaceEndpoint(id, to) => {
                row(self.interface_endpoints.get_mut(*id), "interface endpoint")?.state = *to;
                if !self.maintain_endpoint_interfaces(*id) {
                    return Err(ChangeError::AddressesTaken);
                }
            }
            Change::InterfaceEndpointPolicy(id, to) => {
                row(self.interface_endpoints.get_mut(*id), "interface endpoint")?.policy = to.clone();
            }
            Change::PrivateDns(id, to) => {
                let endpoint = row(self.interface_endpoints.get_mut(*id), "interface endpoint")?;
                let vpc = row(self.vpcs.get(endpoint.vpc), "VPC")?;
                let attributes = [vpc.dns_support, vpc.dns_hostnames];
                if *to != PrivateDns::Off && attributes.contains(&DnsAttribute::Off) {
                    return Err(ChangeError::NeedsDnsAttributes);
                }
                endpoint.private_dns = *to;
            }
            Change::EndpointGroups(id, groups) => {
                let endpoint = row(self.interface_endpoints.get(*id), "interface endpoint")?;
                self.groups_of(endpoint.vpc, groups)?;
                for interface in endpoint.interfaces.clone() {
                    self.interfaces.set_security_groups(interface, groups.clone());
                }
            }
            Change::InterfaceGroups(id, groups) => {
                let vpc = row(self.vpc_of(*id), "network interface")?;
                self.groups_of(vpc, groups)?;
                self.interfaces.set_security_groups(*id, groups.clone());
            }
            Change::InterfaceState(id, to) => {
                row(self.interfaces.get(*id), "network interface")?;
                self.interfaces.set_state(*id, *to);
            }
            Change::SourceDestinationCheck(id, to) => {
                row(self.interfaces.get(*id), "network interface")?;
                self.interfaces.set_source_destination_check(*id, *to);
            }
            Change::GatewayEndpoint(id, to) => {
                row(self.gateway_endpoints.get_mut(*id), "gateway endpoint")?.state = *to;
                self.maintain_gateway_routes(*id);
            }
            Change::GatewayEndpointPolicy(id, to) => {
                row(self.gateway_endpoints.get_mut(*id), "gateway endpoint")?.policy = to.clone();
            }
            Change::AssociateGatewayEndpoint(id, table) => return self.associate_endpoint(*id, *table),
            Change::DisassociateGatewayEndpoint(id, table) => return self.disassociate_endpoint(*id, *table),
            Change::AssociateZone(id, vpc) => {
                row(self.vpcs.get(*vpc), "VPC")?;
                let zone = row(self.hosted_zones.get_mut(*id), "private hosted zone")?;
                if zone.vpcs.contains(vpc) {
                    return Err(ChangeError::AlreadyThere { what: "association" });
                }
                zone.vpcs.push(*vpc);
            }
            Change::DissociateZone(id, vpc) => {
                let zone = row(self.hosted_zones.get_mut(*id), "private hosted zone")?;
                take(&mut zone.vpcs, |it| it == vpc, "association")?;
            }
            Change::SetZoneRecord(id, record) => {
                let zone = row(self.hosted_zones.get_mut(*id), "private hosted zone")?;
                match zone.records.iter_mut().find(|it| it.name == record.name) {
                    Some(old) => *old = record.clone(),
                    None => zone.records.push(record.clone()),
                }
            }
            Change::RemoveZoneRecord(id, name) => {
                let zone = row(self.hosted_zones.get_mut(*id), "private hosted zone")?;
                take(&mut zone.records, |it| it.name == *name, "record")?;
            }
            Change::ResolverRule(id, change) => return self.edit_rule(*id, change),
            Change::Transit(change) => return self.edit_transit(change),
        }
        Ok(())
    }

    fn add_route(&mut self, table: RouteTableId, route: Route) -> Outcome {
        if route.origin != RouteOrigin::Static || matches!(route.target, RouteTarget::GatewayEndpoint(_)) {
            return Err(ChangeError::ManagedRoute);
        }
        let table = row(self.route_tables.get_mut(table), "route table")?;
        let taken = |it: &Route| it.destination == route.destination && it.origin == route.origin;
        if table.routes.iter().any(taken) {
            return Err(ChangeError::AlreadyThere { what: "route" });
        }
        // What is propagated stays last, so that the first route of a destination is the one that counts.
        let is_propagated = |it: &Route| it.origin == RouteOrigin::Propagated;
        let place = table.routes.iter().position(is_propagated);
        table.routes.insert(place.unwrap_or(table.routes.len()), route);
        Ok(())
    }

    fn remove_route(&mut self, table: RouteTableId, destination: Destination) -> Outcome {
        let table = row(self.route_tables.get_mut(table), "route table")?;
        let place = table.routes.iter().position(|it| it.destination == destination);
        let place = place.ok_or(ChangeError::NotThere { what: "route" })?;
        let managed = |it: &Route| {
            it.origin != RouteOrigin::Static || matches!(it.target, RouteTarget::GatewayEndpoint(_))
        };
        if table.routes.get(place).is_some_and(managed) {
            return Err(ChangeError::ManagedRoute);
        }
        table.routes.remove(place);
        Ok(())
    }

    fn add_group_rule(&mut self, group: SecurityGroupId, direction: Direction, rule: GroupRule) -> Outcome {
        let rules = row(self.security_groups.get_mut(group), "security group")?.rules_mut(direction);
        if rules.contains(&rule) {
            return Err(ChangeError::AlreadyThere { what: "rule" });
        }
        rules.push(rule);
        Ok(())
    }

    fn remove_group_rule(
        &mut self,
        group: SecurityGroupId,
        direction: Direction,
        rule: GroupRule,
    ) -> Outcome {
        let rules = row(self.security_groups.get_mut(group), "security group")?.rules_mut(direction);
        take(rules, |it| *it == rule, "rule")
    }

    fn set_acl_rule(&mut self, acl: NetworkAclId, direction: Direction, rule: AclRule) -> Outcome {
        let rules = row(self.network_acls.get_mut(acl), "network ACL")?.rules_mut(direction);
        match rules.binary_search_by_key(&rule.number, |it| it.number) {
            Ok(place) => {
                if let Some(old) = rules.get_mut(place) {
                    *old = rule;
                }
            }
            Err(place) => rules.insert(place, rule),
        }
        Ok(())
    }

    fn remove_acl_rule(&mut self, acl: NetworkAclId, direction: Direction, number: u16) -> Outcome {
        let rules = row(self.network_acls.get_mut(acl), "network ACL")?.rules_mut(direction);
        take(rules, |it| it.number == number, "rule")
    }

    fn associate_endpoint(&mut self, endpoint: GatewayEndpointId, table: RouteTableId) -> Outcome {
        let endpoint_row = row(self.gateway_endpoints.get_mut(endpoint), "gateway endpoint")?;
        let table_row = row(self.route_tables.get(table), "route table")?;
        same_vpc(endpoint_row.vpc, table_row.vpc, "route table")?;
        let destination = Destination::PrefixList(endpoint_row.prefix_list);
        let has_route = table_row.routes.iter().any(|it| it.destination == destination);
        if has_route || endpoint_row.route_tables.contains(&table) {
            return Err(ChangeError::AlreadyThere { what: "route" });
        }
        endpoint_row.route_tables.push(table);
        self.maintain_gateway_routes(endpoint);
        Ok(())
    }

    fn disassociate_endpoint(&mut self, endpoint: GatewayEndpointId, table: RouteTableId) -> Outcome {
        let endpoint_row = row(self.gateway_endpoints.get_mut(endpoint), "gateway endpoint")?;
        take(&mut endpoint_row.route_tables, |it| *it == table, "association")?;
        self.maintain_gateway_routes(endpoint);
        Ok(())
    }

    fn groups_of(&self, vpc: VpcId, groups: &[SecurityGroupId]) -> Outcome {
        for group in groups {
            let group = row(self.security_groups.get(*group), "security group")?;
            same_vpc(group.vpc, vpc, "security group")?;
        }
        if groups.is_empty() {
            return Err(ChangeError::NoSuchResource {
                kind: "security group",
            });
        }
        Ok(())
    }
}

pub(super) fn row<T>(row: Option<T>, kind: &'static str) -> Result<T, ChangeError> {
    row.ok_or(ChangeError::NoSuchResource { kind })
}

fn same_vpc(one: VpcId, other: VpcId, kind: &'static str) -> Outcome {
    if one == other {
        Ok(())
    } else {
        Err(ChangeError::OtherVpc { kind })
    }
}

pub(super) fn take<T>(list: &mut Vec<T>, is_it: impl Fn(&T) -> bool, what: &'static str) -> Outcome {
    let place = list
        .iter()
        .position(is_it)
        .ok_or(ChangeError::NotThere { what })?;
    list.remove(place);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::fixture::{net, route, tcp, two_regions};
    use crate::kernel::Id;

    #[test]
    fn a_rule_is_added_once_and_removed_once() {
        let mut cloud = two_regions().cloud;
        let group = Id::from_index(0);
        let rule = tcp(8443, "10.9.0.0/16");
        let add = Change::AddGroupRule(group, Direction::Ingress, rule);
        let remove = Change::RemoveGroupRule(group, Direction::Ingress, rule);
        assert_eq!(cloud.apply(&add), Ok(()));
        assert_eq!(cloud.apply(&add), Err(ChangeError::AlreadyThere { what: "rule" }));
        assert_eq!(cloud.apply(&remove), Ok(()));
        assert_eq!(cloud.apply(&remove), Err(ChangeError::NotThere { what: "rule" }));
    }

    #[test]
    fn routes_that_aws_manages_are_left_alone() {
        let mut cloud = two_regions().cloud;
        for (id, table) in cloud.route_tables.clone().iter() {
            for it in &table.routes {
                let managed =
                    it.origin == RouteOrigin::Local || matches!(it.target, RouteTarget::GatewayEndpoint(_));
                let outcome = cloud.apply(&Change::RemoveRoute(id, it.destination));
                assert_eq!(outcome.is_err(), managed, "{it:?}");
            }
        }
        let local = Route {
            origin: RouteOrigin::Local,
            ..route("10.1.0.0/24", RouteTarget::Local)
        };
        assert_eq!(
            cloud.apply(&Change::AddRoute(Id::from_index(0), local)),
            Err(ChangeError::ManagedRoute)
        );
    }

    #[test]
    fn an_endpoint_brings_its_route_and_takes_it_away() {
        let mut cloud = two_regions().cloud;
        let (endpoint, row) = cloud
            .gateway_endpoints
            .iter()
            .next()
            .expect("the fixture has a gateway endpoint");
        let table = *row.route_tables.first().expect("it is associated");
        let n_routes = cloud.route_tables[table].routes.len();
        assert_eq!(
            cloud.apply(&Change::DisassociateGatewayEndpoint(endpoint, table)),
            Ok(())
        );
        assert_eq!(cloud.route_tables[table].routes.len(), n_routes - 1);
        assert_eq!(
            cloud.apply(&Change::AssociateGatewayEndpoint(endpoint, table)),
            Ok(())
        );
        assert_eq!(cloud.route_tables[table].routes.len(), n_routes);
    }

    #[test]
    fn acl_rules_stay_in_order_of_their_numbers() {
        let mut cloud = two_regions().cloud;
        let acl = Id::from_index(0);
        let rule = |number| AclRule {
            number,
            action: crate::aws::AclAction::Deny,
            protocol: None,
            ports: crate::net::PortRange::ALL,
            peer: net("192.0.2.0/24"),
        };
        for number in [300, 50, 200, 50] {
            assert_eq!(
                cloud.apply(&Change::SetAclRule(acl, Direction::Ingress, rule(number))),
                Ok(())
            );
        }
        let numbers: Vec<_> = cloud.network_acls[acl]
            .ingress
            .iter()
            .map(|it| it.number)
            .collect();
        assert!(
            numbers.is_sorted() && numbers.windows(2).all(|pair| pair[0] != pair[1]),
            "{numbers:?}"
        );
    }

    #[test]
    fn things_of_another_vpc_are_refused() {
        let mut cloud = two_regions().cloud;
        let subnet = Id::from_index(0);
        let vpc = cloud.subnets[subnet].vpc;
        let other = cloud
            .route_tables
            .iter()
            .find(|(_, it)| it.vpc != vpc)
            .map(|(id, _)| id);
        let change = Change::AssociateRouteTable(subnet, other.expect("the fixture has two VPCs"));
        assert_eq!(
            cloud.apply(&change),
            Err(ChangeError::OtherVpc { kind: "route table" })
        );
    }

    #[test]
    fn what_aws_would_refuse_changes_nothing() {
        let fixture = two_regions();
        let mut cloud = fixture.cloud;
        let nearer = Change::AddRoute(
            fixture.staging_table,
            route("10.0.3.0/24", RouteTarget::Peering(fixture.peering)),
        );
        let refused = cloud.apply(&nearer).expect_err("inside the local route");
        assert!(
            matches!(refused, ChangeError::Refused(Violation::RouteWithinLocal { .. })),
            "{refused}"
        );
        assert_eq!(cloud.route_tables[fixture.staging_table].routes.len(), 3);
        cloud.gateway_endpoints[fixture.gateway].state = EndpointState::Deleted;
        let inbound = Change::PrivateDns(fixture.s3, PrivateDns::InboundResolverOnly);
        let refused = cloud.apply(&inbound).expect_err("no gateway endpoint");
        assert!(
            matches!(
                refused,
                ChangeError::Refused(Violation::InboundOnlyWithoutGateway { .. })
            ),
            "{refused}"
        );
        assert_eq!(cloud.interface_endpoints[fixture.s3].private_dns, PrivateDns::Off);
    }

    #[test]
    fn private_dns_needs_the_attributes_of_the_vpc() {
        let fixture = two_regions();
        let mut cloud = fixture.cloud;
        let off = DnsAttribute::Off;
        assert_eq!(cloud.apply(&Change::DnsHostnames(fixture.staging, off)), Ok(()));
        assert_eq!(
            cloud.apply(&Change::PrivateDns(fixture.mgn, PrivateDns::On)),
            Err(ChangeError::NeedsDnsAttributes)
        );
    }

    #[test]
    fn a_deleted_endpoint_gives_up_its_addresses_and_may_come_back() {
        let fixture = two_regions();
        let mut cloud = fixture.cloud;
        let set = |state| Change::InterfaceEndpoint(fixture.ec2, state);
        assert_eq!(cloud.apply(&set(EndpointState::Deleted)), Ok(()));
        let address = crate::aws::fixture::ip("10.0.1.6");
        assert_eq!(cloud.interface_at(fixture.staging, address), None);
        let mut taken = cloud.clone();
        assert_eq!(cloud.apply(&set(EndpointState::Available)), Ok(()));
        let interface = cloud.interface_endpoints[fixture.ec2].interfaces[0];
        assert_eq!(cloud.interface_at(fixture.staging, address), Some(interface));
        let host = crate::aws::Attached::Host(Id::from_index(0));
        taken
            .place_interface(fixture.staging_a, vec![], host, Some(address))
            .expect("the address is free");
        assert_eq!(
            taken.apply(&set(EndpointState::Available)),
            Err(ChangeError::AddressesTaken)
        );
    }

    #[test]
    fn a_deleted_gateway_endpoint_takes_its_routes_along() {
        let fixture = two_regions();
        let mut cloud = fixture.cloud;
        let has_route = |cloud: &Cloud| {
            let target = RouteTarget::GatewayEndpoint(fixture.gateway);
            let routes = &cloud.route_tables[fixture.staging_table].routes;
            routes.iter().any(|route| route.target == target)
        };
        let set = |state| Change::GatewayEndpoint(fixture.gateway, state);
        assert!(has_route(&cloud));
        assert_eq!(cloud.apply(&set(EndpointState::Deleted)), Ok(()));
        assert!(!has_route(&cloud));
        assert_eq!(cloud.apply(&set(EndpointState::Available)), Ok(()));
        assert!(has_route(&cloud));
    }
}
