//! Route tables and prefix lists, and the choice among the routes that match an address.
//!
//! # Fidelity
//! Simplified: gateway route tables (edge associations) and IPv6 are left out. Which of several routes
//! of one prefix is propagated (Direct Connect, static VPN, VPN over BGP) the virtual private gateway
//! decides. Of overlapping prefix lists AWS takes any and keeps to it; here it is
//! always the one with the lowest id.
//!
//! Source: "Configure route tables" and "Route priority", Amazon VPC User Guide.

use std::cmp::Reverse;
use std::net::Ipv4Addr;

use ipnet::Ipv4Net;

use crate::reason::Reason;
use crate::resource::{
    GatewayEndpointId, InternetGatewayId, NatGatewayId, NetworkInterfaceId, PeeringId, RegionId,
    RouteTableId, TransitGatewayId, VirtualPrivateGatewayId, VpcId,
};
use crate::verdict::{Destination, Refusal, Rule};

use super::{Attached, Cloud, EndpointState, PeeringState, Service};

/// A list of prefixes that routes and rules name as one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrefixList {
    /// The name, for example `com.amazonaws.ap-south-1.s3` for AWS's own.
    pub name: String,
    /// The Region in which it can be named.
    pub region: RegionId,
    /// The service whose public addresses it holds, where AWS manages it.
    pub service: Option<Service>,
    /// The prefixes.
    pub prefixes: Vec<Ipv4Net>,
}

/// Where a route sends packets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum RouteTarget {
    /// Inside the VPC.
    Local,
    /// Over a peering connection.
    Peering(PeeringId),
    /// To a Transit Gateway.
    TransitGateway(TransitGatewayId),
    /// To the VPC's virtual private gateway.
    VirtualPrivateGateway(VirtualPrivateGatewayId),
    /// To the internet.
    InternetGateway(InternetGatewayId),
    /// Through address translation.
    NatGateway(NatGatewayId),
    /// To S3 or `DynamoDB` through a gateway endpoint.
    GatewayEndpoint(GatewayEndpointId),
    /// To an appliance.
    NetworkInterface(NetworkInterfaceId),
    /// To something that has been deleted: the route is a black hole.
    Gone,
}

/// How a route came into the table; static ones win over propagated ones of the same prefix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum RouteOrigin {
    /// The local route of a CIDR block (`CreateRouteTable`).
    Local,
    /// Made by a person (`CreateRoute`), or by associating a gateway endpoint.
    Static,
    /// Learned from a virtual private gateway (`EnableVgwRoutePropagation`).
    Propagated,
}

/// One route.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub struct Route {
    /// What it matches.
    pub destination: Destination,
    /// Where it leads.
    pub target: RouteTarget,
    /// How it came here.
    pub origin: RouteOrigin,
}

/// A route table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RouteTable {
    /// The lab's name for it.
    pub name: String,
    /// Its VPC.
    pub vpc: VpcId,
    /// The virtual private gateway whose routes go into it, where one's do ("route propagation").
    pub propagation: Option<VirtualPrivateGatewayId>,
    /// Its routes: the local ones first, then in the order they came, those that are propagated last.
    pub routes: Vec<Route>,
}

/// The route that a table chose for an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RouteChoice {
    /// The route as a rule, for evidence.
    pub rule: Rule,
    /// Where it leads.
    pub target: RouteTarget,
    /// The prefix that matched; of a prefix list, the longest of those that hold the address.
    pub matched: Ipv4Net,
}

/// How a route ranks among those that match; the greatest wins.
///
/// In this order ("Route priority"): the local route before every propagated one, even a more
/// specific one; the longest prefix; static before prefix list before propagated; the prefix list
/// with the lowest id. AWS chooses among overlapping prefix lists at random but keeps to its
/// choice; here the choice is the same in every run.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Rank {
    local_or_static: bool,
    prefix_length: u8,
    class: Class,
    earliest_list: Reverse<usize>,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Class {
    Propagated,
    PrefixList,
    Static,
}

impl Cloud {
    /// Chooses among the routes of `table` for `address`.
    ///
    /// # Errors
    /// [`Reason::NoRoute`] where no route matches, and [`Reason::BlackholeRoute`] where the route
    /// that wins leads to something that is gone or not active: a shorter prefix is not tried.
    pub fn route(&self, table: RouteTableId, address: Ipv4Addr) -> Result<RouteChoice, Refusal> {
        let no_route = Refusal::by(Reason::NoRoute, Rule::NoRoute { table });
        let routes = self.route_tables.get(table).ok_or(no_route)?.routes.as_slice();
        let local_matches = routes.iter().any(|route| {
            route.origin == RouteOrigin::Local && self.longest_match(route.destination, address).is_some()
        });
        let mut best: Option<(Rank, RouteChoice)> = None;
        for route in routes {
            let Some(matched) = self.longest_match(route.destination, address) else {
                continue;
            };
            let rank = Rank {
                // Only where the local route covers the address does it beat what is propagated.
                local_or_static: !local_matches || route.origin != RouteOrigin::Propagated,
                prefix_length: matched.prefix_len(),
                class: match (route.origin, route.destination) {
                    (RouteOrigin::Propagated, _) => Class::Propagated,
                    (RouteOrigin::Local | RouteOrigin::Static, Destination::PrefixList(_)) => {
                        Class::PrefixList
                    }
                    (RouteOrigin::Local | RouteOrigin::Static, Destination::Prefix(_)) => Class::Static,
                },
                earliest_list: Reverse(match route.destination {
                    Destination::PrefixList(list) => list.index(),
                    Destination::Prefix(_) => 0,
                }),
            };
            if best.as_ref().is_none_or(|(best, _)| rank > *best) {
                let rule = Rule::Route {
                    table,
                    destination: route.destination,
                };
                let target = route.target;
                best = Some((
                    rank,
                    RouteChoice {
                        rule,
                        target,
                        matched,
                    },
                ));
            }
        }
        let (_, choice) = best.ok_or(no_route)?;
        if self.target_works(choice.target) {
            Ok(choice)
        } else {
            Err(Refusal::by(Reason::BlackholeRoute, choice.rule))
        }
    }

    /// The longest prefix of a destination that holds `address`.
    fn longest_match(&self, destination: Destination, address: Ipv4Addr) -> Option<Ipv4Net> {
        match destination {
            Destination::Prefix(prefix) => prefix.contains(&address).then_some(prefix),
            Destination::PrefixList(list) => self
                .prefix_lists
                .get(list)?
                .prefixes
                .iter()
                .copied()
                .filter(|prefix| prefix.contains(&address))
                .max_by_key(Ipv4Net::prefix_len),
        }
    }

    /// Whether a route to `target` is active rather than a black hole.
    #[must_use]
    pub fn target_works(&self, target: RouteTarget) -> bool {
        let attached = |id| {
            self.interfaces
                .get(id)
                .is_some_and(|interface| interface.attached != Attached::Nothing)
        };
        match target {
            RouteTarget::Local => true,
            RouteTarget::Peering(id) => self
                .peerings
                .get(id)
                .is_some_and(|peering| peering.state == PeeringState::Active),
            RouteTarget::TransitGateway(id) => self.transit_gateways.get(id).is_some(),
            RouteTarget::VirtualPrivateGateway(id) => self
                .virtual_private_gateways
                .get(id)
                .is_some_and(|gateway| gateway.vpc.is_some()),
            RouteTarget::InternetGateway(id) => self.internet_gateways.get(id).is_some(),
            RouteTarget::NatGateway(id) => self
                .nat_gateways
                .get(id)
                .is_some_and(|nat| attached(nat.interface)),
            RouteTarget::GatewayEndpoint(id) => self
                .gateway_endpoints
                .get(id)
                .is_some_and(|endpoint| endpoint.state == EndpointState::Available),
            RouteTarget::NetworkInterface(id) => attached(id),
            RouteTarget::Gone => false,
        }
    }
}
