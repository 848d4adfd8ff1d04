//! Direct Connect gateways, and what is behind them: Transit Gateways, or virtual private gateways.

use ipnet::Ipv4Net;

use crate::aws::direct_connect::{
    ALLOWED_PREFIXES, Association, DirectConnectGateway, PRIVATE_GATEWAYS, TRANSIT_GATEWAYS,
};
use crate::aws::transit_gateway::DEFAULT_ASN;
use crate::aws::virtual_private_gateway;
use crate::aws::{Attachment, AttachmentKind};
use crate::net::prefix_table::PrefixTable;
use crate::proto::bgp::Asn;
use crate::resource::DirectConnectGatewayId;
use crate::scenario::diagnostic::Code;
use crate::scenario::problem::{Place, Problem, Problems};
use crate::scenario::read::Entry;
use crate::scenario::sections::{AssociationText, DirectConnectGatewayText, LabText, PrivateAssociationText};

use super::cloud::Draft;
use super::scope::Scope;
use super::virtual_private_gateway::own_asn;

/// Declares the gateways, and joins what is behind them.
pub(super) fn declare(lab: &LabText, scope: &mut Scope, draft: &mut Draft, problems: &mut Problems) {
    for location in &lab.direct_connect_locations {
        if let Some(name) = location.body.as_ref().and_then(|text| text.region.get()) {
            scope.regions.find(name, problems);
        }
    }
    for entry in &lab.direct_connect_gateways {
        let id = scope.direct_connect_gateways.declare(&entry.name, problems);
        let Some(text) = &entry.body else { continue };
        let asn = text.asn.map_or(DEFAULT_ASN, |asn| {
            own_asn(asn, "Direct Connect gateway", problems);
            asn.value
        });
        draft.direct_connect_gateways.set(
            id,
            DirectConnectGateway {
                name: entry.name.value.clone(),
                asn: Asn(asn),
                installed: PrefixTable::default(),
            },
        );
        check_size(entry, text, problems);
        for association in &text.transit_gateways {
            associate(association, entry, (id, Asn(asn)), scope, draft, problems);
        }
        for association in &text.virtual_private_gateways {
            associate_private(association, id, scope, draft, problems);
        }
        check_overlaps(text, problems);
        check_blocks(id, text, scope, draft, problems);
    }
}

/// How many things of one kind a gateway may have behind it.
fn check_size(
    entry: &Entry<DirectConnectGatewayText>,
    text: &DirectConnectGatewayText,
    problems: &mut Problems,
) {
    let (transit, private) = (&text.transit_gateways, &text.virtual_private_gateways);
    let place = entry.name.place;
    problems.at_most(
        TRANSIT_GATEWAYS,
        transit.iter().len(),
        place,
        "Transit Gateways of a Direct Connect gateway",
    );
    problems.at_most(
        PRIVATE_GATEWAYS,
        private.iter().len(),
        place,
        "virtual private gateways of a Direct Connect gateway",
    );
    if let (Some(transit), Some(private)) = (transit.iter().next(), private.iter().next()) {
        let message = format!(
            "Direct Connect gateway `{}` has Transit Gateways and virtual private gateways",
            entry.name.value
        );
        problems.push(
            Problem::error(Code::Refused, private.name.place, message)
                .also(transit.name.place, "a Transit Gateway")
                .help("AWS takes one kind or the other: make a second Direct Connect gateway"),
        );
    }
}

fn associate(
    entry: &Entry<AssociationText>,
    gateway_entry: &Entry<DirectConnectGatewayText>,
    (gateway, asn): (DirectConnectGatewayId, Asn),
    scope: &mut Scope,
    draft: &mut Draft,
    problems: &mut Problems,
) {
    let id = scope.attachments.declare(&entry.name, problems);
    let Some(text) = &entry.body else { return };
    let Some(name) = text.transit_gateway.get() else {
        return;
    };
    let Some(transit) = scope.transit_gateways.find(name, problems) else {
        return;
    };
    if draft
        .transit_gateways
        .get(transit)
        .is_some_and(|row| row.asn == asn)
    {
        let message = format!(
            "Transit Gateway `{}` and Direct Connect gateway `{}` are both of {asn}",
            name.value, gateway_entry.name.value
        );
        problems.push(
            Problem::error(Code::Refused, name.place, message)
                .help("AWS refuses the association: give one of them another AS number"),
        );
    }
    if text.allowed_prefixes.is_empty() {
        let message = format!(
            "association `{}` allows no prefix, so the customer learns nothing",
            entry.name.value
        );
        problems.push(
            Problem::warning(Code::BadValue, entry.name.place, message)
                .help("for example allowed_prefixes: [\"10.0.0.0/16\"]"),
        );
    }
    if let Some(over) = text.allowed_prefixes.get(ALLOWED_PREFIXES) {
        let message = format!("more than {ALLOWED_PREFIXES} allowed prefixes");
        problems.push(Problem::error(Code::TooMany, over.place, message));
    }
    draft.attachments.set(
        id,
        Attachment {
            name: entry.name.value.clone(),
            gateway: transit,
            kind: AttachmentKind::DirectConnect(Association {
                gateway,
                allowed: text.allowed_prefixes.iter().map(|it| it.value.trunc()).collect(),
            }),
            association: None,
            underlay: None,
        },
    );
}

/// Prefixes of two Transit Gateways of one Direct Connect gateway must not overlap.
fn check_overlaps(text: &DirectConnectGatewayText, problems: &mut Problems) {
    let mut seen: Vec<(Ipv4Net, Place, &str)> = Vec::new();
    for entry in &text.transit_gateways {
        for prefix in entry.body.iter().flat_map(|it| &it.allowed_prefixes) {
            let clash = seen.iter().find(|(other, _, whose)| {
                *whose != entry.name.value && super::vpc::overlap(*other, prefix.value)
            });
            if let Some((other, place, whose)) = clash {
                let message = format!("{} overlaps {other} of `{whose}`", prefix.value);
                problems.push(
                    Problem::error(Code::Overlap, prefix.place, message)
                        .also(*place, "the other prefix")
                        .help("AWS refuses overlapping allowed prefixes of one Direct Connect gateway"),
                );
            }
            seen.push((prefix.value, prefix.place, &entry.name.value));
        }
    }
}

/// Puts a virtual private gateway behind a Direct Connect gateway.
fn associate_private(
    entry: &Entry<PrivateAssociationText>,
    gateway: DirectConnectGatewayId,
    scope: &Scope,
    draft: &mut Draft,
    problems: &mut Problems,
) {
    let Some(text) = &entry.body else { return };
    let Some(name) = text.virtual_private_gateway.get() else {
        return;
    };
    let found = scope.virtual_private_gateways.find(name, problems);
    let Some(row) = found.and_then(|id| draft.virtual_private_gateways.get_mut(id)) else {
        return;
    };
    if row.vpc.is_none() {
        let message = format!("virtual private gateway `{}` is attached to no VPC", name.value);
        problems.push(Problem::warning(Code::BadValue, name.place, message).help(
            "attach it to one: what comes by a Direct Connect gateway reaches its VPC and nothing else",
        ));
    }
    let association = virtual_private_gateway::Association {
        name: entry.name.value.clone(),
        gateway,
        allowed: (text.allowed_prefixes.as_ref())
            .map(|prefixes| prefixes.iter().map(|it| it.value.trunc()).collect()),
    };
    if let Some(other) = row.association.replace(association) {
        let message = format!(
            "virtual private gateway `{}` is behind a Direct Connect gateway already, by `{}`",
            name.value, other.name
        );
        problems.push(
            Problem::error(Code::Refused, name.place, message)
                .help("a virtual private gateway is associated with one Direct Connect gateway"),
        );
    }
}

/// The VPCs behind one gateway must not overlap, and an allowed prefix that is narrower than a VPC's block allows nothing.
fn check_blocks(
    id: DirectConnectGatewayId,
    text: &DirectConnectGatewayText,
    scope: &Scope,
    draft: &Draft,
    problems: &mut Problems,
) {
    let mut seen: Vec<(Ipv4Net, Place, &str)> = Vec::new();
    for entry in &text.virtual_private_gateways {
        let name = entry
            .body
            .as_ref()
            .and_then(|it| it.virtual_private_gateway.get());
        let gateway = name.and_then(|name| scope.virtual_private_gateways.get(&name.value));
        let row = gateway.and_then(|gateway| draft.virtual_private_gateways.get(gateway));
        let (Some(name), Some(row)) = (name, row) else {
            continue;
        };
        let Some(association) = row.association.as_ref().filter(|it| it.gateway == id) else {
            continue;
        };
        let vpc = row.vpc.and_then(|vpc| draft.vpcs.get(vpc));
        let blocks = vpc.map_or(&[] as &[Ipv4Net], |vpc| &vpc.cidrs);
        for block in blocks {
            if let Some((other, place, whose)) = seen.iter().find(|it| super::vpc::overlap(it.0, *block)) {
                let message = format!("{block} of `{}` overlaps {other} of `{whose}`", name.value);
                problems.push(
                    Problem::error(Code::Overlap, name.place, message)
                        .also(*place, "the other VPC's gateway")
                        .help("AWS refuses VPCs that overlap behind one Direct Connect gateway"),
                );
            }
            seen.push((*block, name.place, &name.value));
        }
        let allowed = association.allowed.as_deref().unwrap_or_default();
        let is_useless = |prefix: &Ipv4Net| !blocks.iter().any(|block| prefix.contains(block));
        let texts = entry
            .body
            .iter()
            .filter_map(|it| it.allowed_prefixes.as_ref())
            .flatten();
        for (prefix, text) in allowed.iter().zip(texts).filter(|(prefix, _)| is_useless(prefix)) {
            let message = format!(
                "{prefix} holds no block of the VPC of `{}`, so it allows nothing",
                name.value
            );
            problems.push(
                Problem::warning(Code::BadValue, text.place, message)
                    .help("an allowed prefix lets through the blocks that it equals or contains, whole"),
            );
        }
    }
}
