//! Route tables and NAT gateways.

use std::net::Ipv4Addr;

use crate::aws::{
    Attached, NatConnectivity, NatGateway, Route, RouteOrigin, RouteTable, RouteTarget,
    SourceDestinationCheck,
};
use crate::resource::{HostId, PrefixListId, VirtualPrivateGatewayId, VpcId};
use crate::scenario::diagnostic::Code;
use crate::scenario::problem::{At, Problem, Problems};
use crate::scenario::read::Entry;
use crate::scenario::sections::{DestinationOf, TargetText, VpcText};
use crate::verdict::Destination;

use super::address::Wanted;
use super::cloud::Draft;
use super::host::Address;
use super::scope::Scope;
use super::vpc::{Implied, implied_name, own};

/// Routes of a table, as far as the quota can be raised ("Amazon VPC quotas", Amazon VPC User Guide).
const MOST_ROUTES: usize = 1_000;

/// NAT gateways of a VPC; AWS starts at five per zone.
const MOST_NAT_GATEWAYS: usize = 200;

/// Where hosts put their interfaces, for routes that lead to appliances.
pub(super) type AddressOf<'h> = dyn Fn(HostId) -> Option<Address> + 'h;

/// Fills the VPC's NAT gateways.
pub(super) fn fill_nat(
    entry: &Entry<VpcText>,
    implied: Implied,
    scope: &Scope,
    draft: &mut Draft,
    problems: &mut Problems,
) {
    let Some(text) = &entry.body else { return };
    let n_gateways = text.nat_gateways.iter().len();
    if !problems.at_most(
        MOST_NAT_GATEWAYS,
        n_gateways,
        entry.name.place,
        "NAT gateways in a VPC",
    ) {
        return;
    }
    for nat in &text.nat_gateways {
        let (Some(id), Some(body)) = (scope.nat_gateways.get(&nat.name.value), &nat.body) else {
            continue;
        };
        let Some(subnet) = body.subnet.get() else { continue };
        own(subnet, text.subnets.iter().map(|e| &e.name), "subnet", problems);
        let Some(subnet) = scope.subnets.get(&subnet.value) else {
            continue;
        };
        let interface = draft.interfaces.push(Wanted {
            name: nat.name.value.clone(),
            subnet,
            address: body.address,
            public_address: body.public_address,
            // A NAT gateway has no groups of its own; the field is never empty, and nothing asks it.
            security_groups: vec![implied.default_security_group],
            attached: Attached::NatGateway(id),
            source_destination_check: SourceDestinationCheck::Off,
            place: nat.name.place,
        });
        let row = NatGateway {
            name: nat.name.value.clone(),
            interface,
            connectivity: body
                .public_address
                .map_or(NatConnectivity::Private, NatConnectivity::Public),
        };
        draft.nat_gateways.set(id, row);
    }
}

/// Fills the VPC's route tables; those of gateway endpoints are added by the endpoints.
pub(super) fn fill(
    entry: &Entry<VpcText>,
    implied: Implied,
    (scope, address_of): (&Scope, &AddressOf<'_>),
    draft: &mut Draft,
    problems: &mut Problems,
) {
    let Some(text) = &entry.body else { return };
    let local: Vec<Route> = text
        .cidrs
        .iter()
        .map(|cidr| Route {
            destination: Destination::Prefix(cidr.value),
            target: RouteTarget::Local,
            origin: RouteOrigin::Local,
        })
        .collect();
    let empty = RouteTable {
        name: implied_name(&entry.name.value),
        vpc: implied.vpc,
        propagation: None,
        routes: local,
    };
    if text.main_route_table.is_none() {
        draft.route_tables.set(implied.main_route_table, empty.clone());
    }
    for table in &text.route_tables {
        let (Some(id), Some(body)) = (scope.route_tables.get(&table.name.value), &table.body) else {
            continue;
        };
        let mut row = RouteTable {
            name: table.name.value.clone(),
            propagation: body.propagation.as_ref().and_then(|name| {
                let id = scope.virtual_private_gateways.find(name, problems)?;
                check_attached(name, id, implied.vpc, draft, problems);
                Some(id)
            }),
            ..empty.clone()
        };
        if !problems.at_most(
            MOST_ROUTES,
            body.routes.iter().len(),
            table.name.place,
            "routes in a table",
        ) {
            continue;
        }
        for route in &body.routes {
            let destination = destination(
                &route.name,
                |name, problems| scope.prefix_lists.find(name, problems),
                problems,
            );
            let target = route
                .body
                .as_ref()
                .and_then(|target| resolve_target(target, implied.vpc, (scope, address_of), draft, problems));
            let (Some(destination), Some(target)) = (destination, target) else {
                continue;
            };
            if row.routes.iter().any(|other| other.destination == destination) {
                let message = format!("the table already has a route for {}", route.name.value);
                let mut problem = Problem::error(Code::Refused, route.name.place, message)
                    .help("the VPC's own blocks are routed by the local route, which every table has");
                let is_own = |cidr: &&At<_>| Destination::Prefix(cidr.value) == destination;
                if let Some(cidr) = text.cidrs.iter().find(is_own) {
                    problem = problem.also(cidr.place, "the VPC's own block");
                }
                problems.push(problem);
                continue;
            }
            row.routes.push(Route {
                destination,
                target,
                origin: RouteOrigin::Static,
            });
        }
        draft.route_tables.set(id, row);
    }
}

/// What a route matches.
pub(super) fn destination(
    text: &At<String>,
    prefix_list: impl Fn(&At<String>, &mut Problems) -> Option<PrefixListId>,
    problems: &mut Problems,
) -> Option<Destination> {
    match DestinationOf::parse(&text.value) {
        DestinationOf::Prefix(net) if net.trunc() == net => Some(Destination::Prefix(net)),
        DestinationOf::Prefix(net) => {
            let message = format!("{net} has bits set beyond its length");
            let help = format!("the block that holds it is {:?}", net.trunc().to_string());
            problems.push(Problem::error(Code::BadValue, text.place, message).help(help));
            None
        }
        DestinationOf::PrefixList(name) if name.parse::<Ipv4Addr>().is_ok() => {
            let message = format!("{name} is an address, not a block");
            problems.push(
                Problem::error(Code::BadValue, text.place, message)
                    .help("add its length: /32 for one address"),
            );
            None
        }
        DestinationOf::PrefixList(_) => prefix_list(text, problems).map(Destination::PrefixList),
    }
}

/// Where a route of `vpc` leads.
pub(super) fn resolve_target(
    text: &At<TargetText>,
    vpc: VpcId,
    (scope, address_of): (&Scope, &AddressOf<'_>),
    draft: &Draft,
    problems: &mut Problems,
) -> Option<RouteTarget> {
    match &text.value {
        TargetText::Peering(name) => {
            let id = scope.peerings.find(name, problems)?;
            if let Some(row) = draft.peerings.get(id)
                && row.requester != vpc
                && row.accepter != vpc
            {
                elsewhere(name, problems, "does not join this VPC with another");
            }
            Some(RouteTarget::Peering(id))
        }
        TargetText::TransitGateway(name) => {
            let id = scope.transit_gateways.find(name, problems)?;
            if !draft.attachments.iter().any(|(_, row)| row.joins(id, vpc)) {
                elsewhere(name, problems, "has no attachment of this VPC");
            }
            Some(RouteTarget::TransitGateway(id))
        }
        TargetText::VirtualPrivateGateway(name) => {
            let id = scope.virtual_private_gateways.find(name, problems)?;
            check_attached(name, id, vpc, draft, problems);
            Some(RouteTarget::VirtualPrivateGateway(id))
        }
        TargetText::InternetGateway(name) => {
            let id = scope.internet_gateways.find(name, problems)?;
            if draft.internet_gateways.get(id).is_some_and(|row| row.vpc != vpc) {
                elsewhere(name, problems, "is attached to another VPC");
            }
            Some(RouteTarget::InternetGateway(id))
        }
        TargetText::NatGateway(name) => scope
            .nat_gateways
            .find(name, problems)
            .map(RouteTarget::NatGateway),
        TargetText::Interface(name) => {
            let host = scope.hosts.find(name, problems)?;
            match address_of(host)? {
                Address::Interface(interface, home) => {
                    if home != vpc {
                        elsewhere(name, problems, "is in another VPC");
                    }
                    Some(RouteTarget::NetworkInterface(interface))
                }
                Address::Segment => {
                    elsewhere(name, problems, "is on a segment, outside of every VPC");
                    None
                }
            }
        }
        TargetText::GatewayEndpoint(name) => {
            elsewhere(
                name,
                problems,
                "is a gateway endpoint: name the table in its route_tables instead",
            );
            None
        }
        TargetText::Local => {
            let message = "local routes come with the VPC's blocks and cannot be added";
            problems.push(Problem::error(Code::Refused, text.place, message));
            None
        }
        TargetText::Blackhole => Some(RouteTarget::Gone),
    }
}

/// A VPC's route tables know no virtual private gateway but its own.
fn check_attached(
    name: &At<String>,
    gateway: VirtualPrivateGatewayId,
    vpc: VpcId,
    draft: &Draft,
    problems: &mut Problems,
) {
    let row = draft.virtual_private_gateways.get(gateway);
    if row.is_some_and(|row| row.vpc != Some(vpc)) {
        elsewhere(name, problems, "is not attached to this VPC");
    }
}

fn elsewhere(name: &At<String>, problems: &mut Problems, what: &str) {
    let message = format!("`{}` {what}", name.value);
    problems.push(Problem::error(Code::Refused, name.place, message).label("AWS refuses such a route"));
}
