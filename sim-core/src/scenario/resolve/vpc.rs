//! VPCs, their subnets, and the peering connections between them.

use ipnet::Ipv4Net;

use crate::aws::mtu;
use crate::aws::{
    DnsAttribute, InternetGateway, NameServers, Peering, PeeringState, Subnet, TlsInspection, Vpc, latency,
};
use crate::resource::{NetworkAclId, RouteTableId, SecurityGroupId, VpcId};
use crate::scenario::diagnostic::Code;
use crate::scenario::problem::{At, Place, Problem, Problems};
use crate::scenario::read::Entry;
use crate::scenario::sections::{LabText, PeeringText, SubnetText, VpcText};
use crate::units::{BitRate, Ppm};

use super::change;
use super::cloud::Draft;
use super::scope::Scope;

/// The shortest and longest prefix of a VPC's or subnet's block ("VPC CIDR blocks", Amazon VPC User
/// Guide).
const BLOCK_LENGTHS: core::ops::RangeInclusive<u8> = 16..=28;

/// Blocks of a VPC, as far as the quota can be raised ("Amazon VPC quotas", Amazon VPC User Guide).
const MOST_BLOCKS: usize = 50;
/// Subnets of a VPC; AWS starts at 200 and raises on request.
const MOST_SUBNETS: usize = 500;
/// Peering connections of a lab.
const MOST_PEERINGS: usize = 1_000;

/// What a peering connection carries where the lab does not say: AWS states no limit, so this is
/// far above what instances can send.
const PEERING_RATE: BitRate = BitRate::gbps(100);

/// What AWS makes together with every VPC.
#[derive(Debug, Clone, Copy)]
pub(super) struct Implied {
    pub(super) vpc: VpcId,
    /// The main route table that the text names, or the one that comes with the VPC.
    pub(super) main_route_table: RouteTableId,
    pub(super) default_security_group: SecurityGroupId,
    pub(super) default_network_acl: NetworkAclId,
}

/// What the main route table, default group and default network ACL of a VPC are called.
pub(super) fn implied_name(vpc: &str) -> String {
    format!("{vpc} default")
}

/// Declares a VPC and all that it holds, so that everything may be named from everywhere.
pub(super) fn declare(entry: &Entry<VpcText>, scope: &mut Scope, problems: &mut Problems) -> Implied {
    let vpc = scope.vpcs.declare(&entry.name, problems);
    if let Some(text) = &entry.body {
        scope
            .subnets
            .declare_all(text.subnets.iter().map(|e| &e.name), problems);
        scope
            .route_tables
            .declare_all(text.route_tables.iter().map(|e| &e.name), problems);
        scope
            .security_groups
            .declare_all(text.security_groups.iter().map(|e| &e.name), problems);
        scope
            .network_acls
            .declare_all(text.network_acls.iter().map(|e| &e.name), problems);
        scope
            .internet_gateways
            .declare_all(text.internet_gateway.iter(), problems);
        scope
            .nat_gateways
            .declare_all(text.nat_gateways.iter().map(|e| &e.name), problems);
        scope
            .interface_endpoints
            .declare_all(text.interface_endpoints.iter().map(|e| &e.name), problems);
        scope
            .gateway_endpoints
            .declare_all(text.gateway_endpoints.iter().map(|e| &e.name), problems);
        scope
            .resolver_endpoints
            .declare_all(text.resolver_endpoints.iter().map(|e| &e.name), problems);
    } else {
        // Whatever it holds may be named from elsewhere.
        problems.cut();
    }
    let name = implied_name(&entry.name.value);
    let named_main = entry
        .body
        .as_ref()
        .and_then(|text| text.main_route_table.as_ref());
    let main_route_table = named_main
        .and_then(|main| scope.route_tables.find(main, problems))
        .unwrap_or_else(|| scope.route_tables.imply(name.clone()));
    Implied {
        vpc,
        main_route_table,
        default_security_group: scope.security_groups.imply(name.clone()),
        default_network_acl: scope.network_acls.imply(name),
    }
}

/// Fills the VPC's own row and its subnets.
pub(super) fn fill(
    entry: &Entry<VpcText>,
    implied: Implied,
    scope: &Scope,
    draft: &mut Draft,
    problems: &mut Problems,
) {
    let Some(text) = &entry.body else { return };
    let (place, n_subnets) = (entry.name.place, text.subnets.iter().len());
    if !problems.at_most(MOST_BLOCKS, text.cidrs.len(), place, "blocks in a VPC")
        || !problems.at_most(MOST_SUBNETS, n_subnets, place, "subnets in a VPC")
    {
        return;
    }
    blocks(&entry.name, &text.cidrs, problems);
    let region = text
        .region
        .get()
        .and_then(|name| scope.regions.find(name, problems));
    if let Some(region) = region {
        let attribute = |on: bool| if on { DnsAttribute::On } else { DnsAttribute::Off };
        let row = Vpc {
            name: entry.name.value.clone(),
            region,
            cidrs: text.cidrs.iter().map(|cidr| cidr.value).collect(),
            dns_support: attribute(text.enable_dns_support.unwrap_or(true)),
            // Off by default in every VPC but the default one.
            dns_hostnames: attribute(text.enable_dns_hostnames.unwrap_or(false)),
            name_servers: match text.name_servers.as_slice() {
                [] => NameServers::AmazonProvided,
                servers => NameServers::Custom(servers.to_vec()),
            },
            main_route_table: implied.main_route_table,
            default_security_group: implied.default_security_group,
            tls_inspection: match &text.tls_inspection {
                None => TlsInspection::None,
                Some(inspection) => change::inspected(inspection),
            },
        };
        draft.vpcs.set(implied.vpc, row);
    }
    if let Some(name) = &text.internet_gateway
        && let Some(id) = scope.internet_gateways.get(&name.value)
    {
        let name = name.value.clone();
        draft.internet_gateways.set(
            id,
            InternetGateway {
                name,
                vpc: implied.vpc,
            },
        );
    }
    let mut seen: Vec<(Ipv4Net, Place, &str)> = Vec::new();
    for subnet in &text.subnets {
        let Some(body) = &subnet.body else { continue };
        if let Some(cidr) = body.cidr.get() {
            if let Some((other, place, name)) = seen.iter().find(|(other, ..)| overlap(*other, cidr.value)) {
                let message = format!("{} overlaps {other} of subnet `{name}`", cidr.value);
                problems
                    .push(Problem::error(Code::Overlap, cidr.place, message).also(*place, "the other block"));
            }
            seen.push((cidr.value, cidr.place, &subnet.name.value));
        }
        fill_subnet(subnet, body, (text, implied), scope, draft, problems);
    }
}

pub(super) fn overlap(one: Ipv4Net, other: Ipv4Net) -> bool {
    one.contains(&other) || other.contains(&one)
}

fn blocks(vpc: &At<String>, cidrs: &[At<Ipv4Net>], problems: &mut Problems) {
    if cidrs.is_empty() {
        let message = format!("VPC `{}` has no block of addresses", vpc.value);
        problems.push_lacking(
            Problem::error(Code::BadValue, vpc.place, message).help("for example cidrs: [\"10.0.0.0/16\"]"),
        );
    }
    for (index, cidr) in cidrs.iter().enumerate() {
        length(*cidr, problems);
        if let Some(other) = cidrs
            .iter()
            .take(index)
            .find(|other| overlap(other.value, cidr.value))
        {
            let message = format!("{} overlaps {} of the same VPC", cidr.value, other.value);
            problems.push(
                Problem::error(Code::Overlap, cidr.place, message).also(other.place, "the other block"),
            );
        }
    }
}

fn length(cidr: At<Ipv4Net>, problems: &mut Problems) {
    if !BLOCK_LENGTHS.contains(&cidr.value.prefix_len()) {
        let message = format!("{} is not between /16 and /28, as AWS demands", cidr.value);
        problems.push(Problem::error(Code::BadValue, cidr.place, message));
    }
}

fn fill_subnet(
    entry: &Entry<SubnetText>,
    text: &SubnetText,
    (vpc, implied): (&VpcText, Implied),
    scope: &Scope,
    draft: &mut Draft,
    problems: &mut Problems,
) {
    let zone = text.zone.get().and_then(|name| {
        let zone = scope.zones.find(name, problems)?;
        let region = vpc
            .region
            .get()
            .and_then(|region| scope.regions.get(&region.value))?;
        if draft.zones.get(zone).is_some_and(|row| row.region != region) {
            let message = format!(
                "`{}` is not a zone of the VPC's Region `{}`",
                name.value,
                draft.region_name(region)
            );
            problems.push(Problem::error(Code::NotInside, name.place, message));
        }
        Some(zone)
    });
    let table = text.route_table.as_ref().map(|name| {
        own(
            name,
            vpc.route_tables.iter().map(|e| &e.name),
            "route table",
            problems,
        );
        scope.route_tables.get(&name.value)
    });
    let acl = text.network_acl.as_ref().map(|name| {
        own(
            name,
            vpc.network_acls.iter().map(|e| &e.name),
            "network ACL",
            problems,
        );
        scope.network_acls.get(&name.value)
    });
    let Some(cidr) = text.cidr.get() else { return };
    length(*cidr, problems);
    if !vpc.cidrs.is_empty() && !vpc.cidrs.iter().any(|block| block.value.contains(&cidr.value)) {
        let blocks: Vec<String> = vpc.cidrs.iter().map(|block| block.value.to_string()).collect();
        let message = format!(
            "{} of subnet `{}` is not inside the VPC's blocks ({})",
            cidr.value,
            entry.name.value,
            blocks.join(", ")
        );
        let problem = Problem::error(Code::NotInside, cidr.place, message);
        let first = vpc.cidrs.first().map_or(cidr.place, |block| block.place);
        problems.push(problem.also(first, "the VPC's blocks"));
    }
    let (Some(zone), Some(id)) = (zone, scope.subnets.get(&entry.name.value)) else {
        return;
    };
    let row = Subnet {
        name: entry.name.value.clone(),
        vpc: implied.vpc,
        zone,
        cidr: cidr.value,
        route_table: table.flatten().unwrap_or(implied.main_route_table),
        network_acl: acl.flatten().unwrap_or(implied.default_network_acl),
    };
    draft.subnets.set(id, row);
}

/// Complains where `name` is none of the VPC's own.
pub(super) fn own<'n>(
    name: &At<String>,
    names: impl Iterator<Item = &'n At<String>>,
    kind: &str,
    problems: &mut Problems,
) {
    let names: Vec<&str> = names.map(|name| name.value.as_str()).collect();
    if !names.contains(&name.value.as_str()) {
        let message = format!("the VPC has no {kind} named `{}`", name.value);
        problems.push_mistyped(
            Problem::error(Code::UnknownName, name.place, message),
            &name.value,
            names,
        );
    }
}

/// Declares the peering connections and fills their rows.
pub(super) fn peerings(lab: &LabText, scope: &mut Scope, draft: &mut Draft, problems: &mut Problems) {
    for (index, entry) in lab.peerings.iter().enumerate() {
        if index >= MOST_PEERINGS {
            problems.at_most(
                MOST_PEERINGS,
                lab.peerings.iter().len(),
                entry.name.place,
                "peering connections",
            );
            return;
        }
        let id = scope.peerings.declare(&entry.name, problems);
        let Some(text) = &entry.body else { continue };
        let end = |name: Option<&At<String>>, problems: &mut Problems| {
            name.and_then(|name| scope.vpcs.find(name, problems))
        };
        let requester = end(text.requester.get(), problems);
        let accepter = end(text.accepter.get(), problems);
        let (Some(requester), Some(accepter)) = (requester, accepter) else {
            continue;
        };
        check_peering(entry, (requester, accepter), lab, draft, problems);
        if let Some(row) = peering(entry, text, (requester, accepter), draft, problems) {
            draft.peerings.set(id, row);
        }
    }
}

/// What AWS refuses when a peering connection is asked for ("VPC peering basics", Amazon VPC
/// Peering Guide).
fn check_peering(
    entry: &Entry<PeeringText>,
    (requester, accepter): (VpcId, VpcId),
    lab: &LabText,
    draft: &Draft,
    problems: &mut Problems,
) {
    let place = entry.name.place;
    if requester == accepter {
        let message = format!(
            "peering connection `{}` joins a VPC with itself",
            entry.name.value
        );
        problems.push(Problem::error(Code::Refused, place, message));
        return;
    }
    let joins = |row: &Peering| {
        (row.requester, row.accepter) == (requester, accepter)
            || (row.accepter, row.requester) == (requester, accepter)
    };
    if let Some((_, other)) = draft.peerings.iter().find(|(_, row)| joins(row)) {
        let message = format!(
            "`{}` joins the same two VPCs as `{}`; AWS allows one",
            entry.name.value, other.name
        );
        problems.push(Problem::error(Code::Refused, place, message));
    }
    let (Some(one), Some(other)) = (draft.vpcs.get(requester), draft.vpcs.get(accepter)) else {
        return;
    };
    for a in &one.cidrs {
        for b in other.cidrs.iter().filter(|b| overlap(*a, **b)) {
            let message = format!(
                "{a} of VPC `{}` overlaps {b} of VPC `{}`, so AWS refuses to peer them",
                one.name, other.name
            );
            let mut problem = Problem::error(Code::Overlap, place, message).help(
                "give one of the VPCs another block; addresses cannot be translated on a peering connection",
            );
            for (vpc, block) in [(one, a), (other, b)] {
                if let Some(place) = place_of_block(lab, &vpc.name, *block) {
                    problem = problem.also(place, format!("the block of `{}`", vpc.name));
                }
            }
            problems.push(problem);
        }
    }
}

/// Where a VPC is given a block.
fn place_of_block(lab: &LabText, vpc: &str, block: Ipv4Net) -> Option<Place> {
    let entry = lab.vpcs.iter().find(|entry| entry.name.value == vpc)?;
    let mut cidrs = entry.body.as_ref()?.cidrs.iter();
    cidrs.find(|cidr| cidr.value == block).map(|cidr| cidr.place)
}

fn peering(
    entry: &Entry<PeeringText>,
    text: &PeeringText,
    (requester, accepter): (VpcId, VpcId),
    draft: &Draft,
    problems: &mut Problems,
) -> Option<Peering> {
    let region = |vpc| draft.vpcs.get(vpc).map(|row| draft.region_name(row.region));
    let (one, other) = (region(requester)?, region(accepter)?);
    if let Some(rate) = text.rate.filter(|rate| rate.value.is_zero()) {
        problems.push(
            Problem::error(
                Code::BadValue,
                rate.place,
                "a connection that carries nothing is no connection",
            )
            .help("to take it down, write state: deleted"),
        );
    }
    Some(Peering {
        name: entry.name.value.clone(),
        requester,
        accepter,
        state: text.state.unwrap_or(PeeringState::Active),
        delay: text.delay.unwrap_or_else(|| latency::between(one, other)),
        rate: text.rate.map_or(PEERING_RATE, |rate| rate.value),
        loss: text.loss.unwrap_or(Ppm::ZERO),
        mtu: text.mtu.unwrap_or(if one == other {
            mtu::PEERING
        } else {
            mtu::PEERING_BETWEEN_REGIONS
        }),
    })
}
