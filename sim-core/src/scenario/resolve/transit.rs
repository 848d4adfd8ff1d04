//! Transit Gateways, their attachments and route tables.

use ipnet::Ipv4Net;

use crate::aws::transit_gateway::{
    ApplianceMode, Attachment, AttachmentKind, DEFAULT_ASN, Overlay, TransitGateway,
    TransitGatewayRouteTable, TransitRoute, VpnEcmp, VpnRouting,
};
use crate::aws::{PeeringState, latency};
use crate::net::prefix_table::PrefixTable;
use crate::proto::bgp::Asn;
use crate::resource::{AttachmentId, RegionId, RouterId, TransitGatewayId, TransitGatewayRouteTableId};
use crate::scenario::diagnostic::Code;
use crate::scenario::problem::{At, Problem, Problems};
use crate::scenario::read::{Entries, Entry};
use crate::scenario::sections::{
    LabText, TransitGatewayText, TransitPeeringText, TransitRouteTableText, TransitTargetText,
    VpcAttachmentText,
};

use super::cloud::Draft;
use super::scope::Scope;
use super::transit_change::connect_route;
use super::virtual_private_gateway::own_asn;
use super::vpc::implied_name;

/// Transit Gateways of a lab; AWS starts at 5 in each Region ("Transit gateway quotas").
const MOST_GATEWAYS: usize = 100;
/// Route tables of a gateway (same page).
const MOST_TABLES: usize = 20;
/// Routes that somebody writes into a table (same page: 10 000 in all tables).
const MOST_ROUTES: usize = 10_000;

/// Declares gateways and attachments, so that route tables may lead to them, and fills all but the tables.
pub(super) fn declare(lab: &LabText, scope: &mut Scope, draft: &mut Draft, problems: &mut Problems) {
    let first = lab.transit_gateways.iter().next();
    let n_gateways = lab.transit_gateways.iter().len();
    if first.is_some_and(|it| !problems.at_most(MOST_GATEWAYS, n_gateways, it.name.place, "Transit Gateways"))
    {
        return;
    }
    for entry in &lab.transit_gateways {
        let id = scope.transit_gateways.declare(&entry.name, problems);
        let Some(text) = &entry.body else {
            problems.cut();
            continue;
        };
        if let Some(row) = gateway(entry, text, scope, problems) {
            draft.transit_gateways.set(id, row);
        }
        for attachment in &text.vpcs {
            vpc(attachment, id, scope, draft, problems);
        }
    }
    for entry in &lab.transit_gateway_peerings {
        peering(entry, scope, draft, problems);
    }
}

fn gateway(
    entry: &Entry<TransitGatewayText>,
    text: &TransitGatewayText,
    scope: &Scope,
    problems: &mut Problems,
) -> Option<TransitGateway> {
    if let Some(tables) = text.policy_tables {
        let message = "policy tables of a Transit Gateway are not modelled";
        let problem = Problem::error(Code::UnknownField, tables.place, message);
        problems.push(problem.help(
            "associate each attachment with a route table: with a policy table AWS drops what none of its rules matches, so \
             that one has to match everything (\"Transit gateway policy tables\", AWS Transit Gateways guide)",
        ));
    }
    let region = scope.regions.find(text.region.get()?, problems)?;
    Some(TransitGateway {
        name: entry.name.value.clone(),
        region,
        asn: Asn(text.asn.map_or(DEFAULT_ASN, |asn| {
            own_asn(asn, "Transit Gateway", problems);
            asn.value
        })),
        vpn_ecmp: text.vpn_ecmp.unwrap_or(VpnEcmp::On),
        cidrs: super::underlay::cidrs(text, problems),
        path_mtu_discovery: text.path_mtu_discovery.unwrap_or_default(),
    })
}

fn vpc(
    entry: &Entry<VpcAttachmentText>,
    gateway: TransitGatewayId,
    scope: &mut Scope,
    draft: &mut Draft,
    problems: &mut Problems,
) {
    let id = scope.attachments.declare(&entry.name, problems);
    let Some(text) = &entry.body else { return };
    let Some(name) = text.vpc.get() else { return };
    let Some(vpc) = scope.vpcs.find(name, problems) else {
        return;
    };
    let region_of = |draft: &Draft| {
        let gateway = draft.transit_gateways.get(gateway).map(|row| row.region);
        gateway.zip(draft.vpcs.get(vpc).map(|row| row.region))
    };
    if region_of(draft).is_some_and(|(own, other)| own != other) {
        let message = format!(
            "VPC `{}` is in another Region than the Transit Gateway",
            name.value
        );
        problems.push(
            Problem::error(Code::Refused, name.place, message)
                .help("attach it to a Transit Gateway of its own Region, and peer the two gateways"),
        );
    }
    if let Some((_, other)) = draft.attachments.iter().find(|(_, row)| row.joins(gateway, vpc)) {
        let message = format!(
            "VPC `{}` is attached to this gateway by `{}`",
            name.value, other.name
        );
        problems.push(Problem::error(Code::Refused, name.place, message));
    }
    let mut subnets = Vec::new();
    let mut zones = Vec::new();
    for subnet in &text.subnets {
        let Some(found) = scope.subnets.find(subnet, problems) else {
            continue;
        };
        let Some(row) = draft.subnets.get(found) else {
            continue;
        };
        if row.vpc != vpc {
            let message = format!("subnet `{}` is in another VPC", subnet.value);
            problems.push(Problem::error(Code::NotInside, subnet.place, message));
        }
        if zones.contains(&row.zone) {
            let message = format!("`{}` is the second subnet of its availability zone", subnet.value);
            problems.push(
                Problem::error(Code::Refused, subnet.place, message)
                    .help("an attachment has at most one subnet in each availability zone"),
            );
        }
        zones.push(row.zone);
        subnets.push(found);
    }
    if text.subnets.is_empty() {
        let message = format!("attachment `{}` has no subnet", entry.name.value);
        problems.push_lacking(
            Problem::error(Code::BadValue, entry.name.place, message)
                .help("name one subnet of the VPC in each availability zone that uses the gateway"),
        );
    }
    draft.attachments.set(
        id,
        Attachment {
            name: entry.name.value.clone(),
            gateway,
            kind: AttachmentKind::Vpc {
                vpc,
                subnets,
                appliance_mode: text.appliance_mode.unwrap_or(ApplianceMode::Disabled),
            },
            association: None,
            underlay: None,
        },
    );
}

fn peering(entry: &Entry<TransitPeeringText>, scope: &mut Scope, draft: &mut Draft, problems: &mut Problems) {
    let Some(text) = &entry.body else { return };
    let (Some(a), Some(b)) = (text.a.get(), text.b.get()) else {
        return;
    };
    let gateways = [a, b].map(|name| scope.transit_gateways.find(name, problems));
    let [Some(one), Some(other)] = gateways else {
        return;
    };
    if one == other {
        let message = format!(
            "peering `{}` joins a Transit Gateway with itself",
            entry.name.value
        );
        problems.push(Problem::error(Code::Refused, b.place, message));
        return;
    }
    let is_between = |row: &Attachment| match row.kind {
        AttachmentKind::Peering { peer, .. } => {
            let far = draft.attachments.get(peer).map(|row| row.gateway);
            row.gateway == one && far == Some(other)
        }
        _ => false,
    };
    if draft.attachments.iter().any(|(_, row)| is_between(row)) {
        let message = format!("`{}` and `{}` are peered already", a.value, b.value);
        let help = "two Transit Gateways have at most one peering attachment: \"Transit gateway quotas\", Amazon VPC Transit \
                    Gateways";
        problems.push(Problem::error(Code::TooMany, entry.name.place, message).help(help));
        return;
    }
    let halves = [a, b].map(|gateway| {
        let name = At {
            value: format!("{}/{}", entry.name.value, gateway.value),
            place: entry.name.place,
        };
        (scope.attachments.declare(&name, problems), name.value)
    });
    let region = |gateway| draft.transit_gateways.get(gateway).map(|row| row.region);
    let delay = text.delay.or_else(|| {
        let name = |region: RegionId| draft.region_name(region).to_owned();
        Some(latency::between(&name(region(one)?), &name(region(other)?)))
    });
    let ids = [halves[0].0, halves[1].0];
    for (place, (id, name)) in halves.into_iter().enumerate() {
        draft.attachments.set(
            id,
            Attachment {
                name,
                gateway: [one, other][place],
                kind: AttachmentKind::Peering {
                    peer: ids[1 - place],
                    state: text.state.unwrap_or(PeeringState::Active),
                    delay: delay.unwrap_or(latency::UNLISTED),
                },
                association: None,
                underlay: None,
            },
        );
    }
}

/// Declares the attachment of a VPN connection, or one whose tunnels are of GRE.
pub(super) fn vpn(
    name: &At<String>,
    gateway: TransitGatewayId,
    (endpoints, routing, overlay): (Vec<RouterId>, VpnRouting, Overlay),
    scope: &mut Scope,
    draft: &mut Draft,
    problems: &mut Problems,
) -> AttachmentId {
    let id = scope.attachments.declare(name, problems);
    draft.attachments.set(
        id,
        Attachment {
            name: name.value.clone(),
            gateway,
            kind: AttachmentKind::Vpn {
                endpoints,
                routing,
                overlay,
            },
            association: None,
            underlay: None,
        },
    );
    id
}

/// Fills the route tables, once all attachments are known.
pub(super) fn fill(lab: &LabText, scope: &mut Scope, draft: &mut Draft, problems: &mut Problems) {
    for entry in &lab.transit_gateways {
        let (Some(text), Some(gateway)) = (&entry.body, scope.transit_gateways.get(&entry.name.value)) else {
            continue;
        };
        match &text.route_tables {
            None => default_table(entry, gateway, scope, draft),
            Some(tables) => written_tables(entry, gateway, tables, scope, draft, problems),
        }
    }
}

/// AWS's default route table, with which everything is associated and into which everything propagates.
fn default_table(
    entry: &Entry<TransitGatewayText>,
    gateway: TransitGatewayId,
    scope: &mut Scope,
    draft: &mut Draft,
) {
    let name = implied_name(&entry.name.value);
    let id = scope.transit_gateway_route_tables.imply(name.clone());
    let own = attachments_of(gateway, draft);
    for &attachment in &own {
        if let Some(row) = draft.attachments.get_mut(attachment) {
            row.association = Some(id);
        }
    }
    draft
        .transit_gateway_route_tables
        .set(id, table(name, gateway, own, Vec::new()));
}

fn table(
    name: String,
    gateway: TransitGatewayId,
    propagations: Vec<AttachmentId>,
    fixed: Vec<TransitRoute>,
) -> TransitGatewayRouteTable {
    TransitGatewayRouteTable {
        name,
        gateway,
        fixed,
        propagations,
        installed: PrefixTable::default(),
    }
}

fn attachments_of(gateway: TransitGatewayId, draft: &Draft) -> Vec<AttachmentId> {
    let all = draft.attachments.iter();
    all.filter(|(_, row)| row.gateway == gateway)
        .map(|(id, _)| id)
        .collect()
}

fn written_tables(
    entry: &Entry<TransitGatewayText>,
    gateway: TransitGatewayId,
    tables: &Entries<TransitRouteTableText>,
    scope: &mut Scope,
    draft: &mut Draft,
    problems: &mut Problems,
) {
    let (place, n_tables) = (entry.name.place, tables.iter().len());
    if !problems.at_most(MOST_TABLES, n_tables, place, "route tables of a Transit Gateway") {
        return;
    }
    for entry in tables {
        let id = scope.transit_gateway_route_tables.declare(&entry.name, problems);
        let Some(text) = &entry.body else { continue };
        for name in &text.associations {
            if let Some(attachment) = own(name, gateway, scope, draft, problems) {
                associate(name, attachment, id, draft, problems);
            }
        }
        let propagations = propagations(text, gateway, scope, draft, problems);
        let fixed = fixed(entry, text, gateway, scope, draft, problems);
        draft
            .transit_gateway_route_tables
            .set(id, table(entry.name.value.clone(), gateway, propagations, fixed));
    }
}

fn associate(
    name: &At<String>,
    attachment: AttachmentId,
    table: TransitGatewayRouteTableId,
    draft: &mut Draft,
    problems: &mut Problems,
) {
    let Some(row) = draft.attachments.get_mut(attachment) else {
        return;
    };
    if row.association.replace(table).is_some() {
        let message = format!("attachment `{}` is associated twice", name.value);
        problems.push(
            Problem::error(Code::Refused, name.place, message)
                .help("an attachment is associated with one route table; it may propagate into many"),
        );
    }
}

fn propagations(
    text: &TransitRouteTableText,
    gateway: TransitGatewayId,
    scope: &Scope,
    draft: &Draft,
    problems: &mut Problems,
) -> Vec<AttachmentId> {
    let mut found = Vec::new();
    for name in &text.propagations {
        let Some(id) = own(name, gateway, scope, draft, problems) else {
            continue;
        };
        let kind = draft.attachments.get(id).map(|row| &row.kind);
        if let Some(AttachmentKind::Peering { .. }) = kind {
            let message = format!(
                "`{}` is a peering attachment, which propagates nothing",
                name.value
            );
            problems.push(
                Problem::error(Code::Refused, name.place, message)
                    .help("write the prefixes behind the peer gateway into `routes`"),
            );
        }
        found.push(id);
    }
    found
}

fn fixed(
    entry: &Entry<TransitRouteTableText>,
    text: &TransitRouteTableText,
    gateway: TransitGatewayId,
    scope: &Scope,
    draft: &Draft,
    problems: &mut Problems,
) -> Vec<TransitRoute> {
    let n_routes = text.routes.iter().len();
    if !problems.at_most(MOST_ROUTES, n_routes, entry.name.place, "routes of a table") {
        return Vec::new();
    }
    let mut routes = Vec::new();
    for route in &text.routes {
        let Ok(prefix) = route.name.value.parse::<Ipv4Net>() else {
            let message = format!("`{}` is no prefix", route.name.value);
            problems.push(
                Problem::error(Code::BadValue, route.name.place, message).help("for example \"10.0.0.0/8\""),
            );
            continue;
        };
        let to = match &route.body {
            None => continue,
            Some(TransitTargetText::Blackhole) => None,
            Some(TransitTargetText::Attachment(name)) => {
                let Some(id) = own(name, gateway, scope, draft, problems) else {
                    continue;
                };
                if draft.attachments.get(id).is_some_and(Attachment::is_connect) {
                    problems.push(connect_route(name));
                    continue;
                }
                Some(id)
            }
        };
        routes.push(TransitRoute {
            prefix: prefix.trunc(),
            to,
        });
    }
    routes
}

/// An attachment of this very gateway.
fn own(
    name: &At<String>,
    gateway: TransitGatewayId,
    scope: &Scope,
    draft: &Draft,
    problems: &mut Problems,
) -> Option<AttachmentId> {
    let id = scope.attachments.find(name, problems)?;
    if draft
        .attachments
        .get(id)
        .is_some_and(|row| row.gateway != gateway)
    {
        let message = format!("`{}` is attached to another Transit Gateway", name.value);
        problems.push(Problem::error(Code::NotInside, name.place, message));
        return None;
    }
    Some(id)
}
