//! What AWS refuses of Transit Gateways that are right by themselves, and what it takes and does not say.

use std::collections::BTreeMap;

use ipnet::Ipv4Net;

use crate::aws::transit_gateway::{AttachmentKind, GATEWAYS_PER_REGION, GATEWAYS_PER_VPC};
use crate::resource::{AttachmentId, RegionId, TransitGatewayRouteTableId, VpcId};
use crate::scenario::diagnostic::Code;
use crate::scenario::problem::{Place, Problem, Problems};
use crate::scenario::sections::LabText;

use super::cloud::Draft;
use super::scope::Scope;

/// Where AWS says how many.
const QUOTAS: &str = "\"Transit gateway quotas\", Amazon VPC Transit Gateways";

/// Looks at all gateways of a lab, once their tables are filled.
pub(super) fn check(lab: &LabText, scope: &Scope, draft: &Draft, problems: &mut Problems) {
    gateways(lab, scope, draft, problems);
    attachments(lab, scope, draft, problems);
    // What is broken on purpose needs no warning.
    if lab.breaks.is_none() {
        overlaps(lab, scope, draft, problems);
    }
}

fn refuse(place: Place, most: usize, what: &str, problems: &mut Problems) {
    let message = format!("at most {most} {what}");
    let help = format!("AWS has this quota: {QUOTAS}");
    problems.push(Problem::error(Code::TooMany, place, message).help(help));
}

fn gateways(lab: &LabText, scope: &Scope, draft: &Draft, problems: &mut Problems) {
    let mut counts: BTreeMap<RegionId, usize> = BTreeMap::new();
    for entry in &lab.transit_gateways {
        let id = scope.transit_gateways.get(&entry.name.value);
        let Some(region) = id.and_then(|id| Some(draft.transit_gateways.get(id)?.region)) else {
            continue;
        };
        let count = counts.entry(region).or_default();
        *count += 1;
        if *count == GATEWAYS_PER_REGION + 1 {
            let what = "Transit Gateways in one Region";
            refuse(entry.name.place, GATEWAYS_PER_REGION, what, problems);
        }
    }
}

fn attachments(lab: &LabText, scope: &Scope, draft: &Draft, problems: &mut Problems) {
    let mut counts: BTreeMap<VpcId, usize> = BTreeMap::new();
    let bodies = lab
        .transit_gateways
        .iter()
        .filter_map(|entry| entry.body.as_ref());
    for entry in bodies.flat_map(|text| &text.vpcs) {
        let id = scope.attachments.get(&entry.name.value);
        let Some((vpc, _)) = id.and_then(|id| vpc_of(id, draft)) else {
            continue;
        };
        let count = counts.entry(vpc).or_default();
        *count += 1;
        if *count == GATEWAYS_PER_VPC + 1 {
            let what = "Transit Gateways of one VPC";
            refuse(entry.name.place, GATEWAYS_PER_VPC, what, problems);
        }
    }
}

/// The VPC of an attachment, and its blocks.
fn vpc_of(attachment: AttachmentId, draft: &Draft) -> Option<(VpcId, &[Ipv4Net])> {
    match draft.attachments.get(attachment)?.kind {
        AttachmentKind::Vpc { vpc, .. } => Some((vpc, &draft.vpcs.get(vpc)?.cidrs)),
        _ => None,
    }
}

/// VPCs whose blocks overlap are attached without complaint, and one of them is not known.
fn overlaps(lab: &LabText, scope: &Scope, draft: &Draft, problems: &mut Problems) {
    let mut told: Vec<(AttachmentId, AttachmentId)> = Vec::new();
    let bodies = lab
        .transit_gateways
        .iter()
        .filter_map(|entry| entry.body.as_ref());
    let places: BTreeMap<AttachmentId, Place> = bodies
        .flat_map(|text| &text.vpcs)
        .filter_map(|entry| Some((scope.attachments.get(&entry.name.value)?, entry.name.place)))
        .collect();
    let tables = draft.transit_gateway_route_tables.iter();
    let tables: Vec<(TransitGatewayRouteTableId, &[AttachmentId])> = tables
        .map(|(id, row)| (id, row.propagations.as_slice()))
        .collect();
    for (_, propagations) in tables {
        for (n, &later) in propagations.iter().enumerate() {
            let clash = propagations.iter().take(n).find_map(|&first| {
                let (vpc, own) = vpc_of(later, draft)?;
                let (other, theirs) = vpc_of(first, draft)?;
                let blocks = own
                    .iter()
                    .flat_map(|one| theirs.iter().map(move |two| (*one, *two)));
                let mut blocks = blocks.filter(|(one, two)| one.contains(two) || two.contains(one));
                let (one, two) = blocks.next().filter(|_| vpc != other)?;
                Some((first, one, two))
            });
            let (Some((first, own, theirs)), Some(&place)) = (clash, places.get(&later)) else {
                continue;
            };
            if told.contains(&(first, later)) {
                continue;
            }
            told.push((first, later));
            let message =
                format!("{own} overlaps {theirs} of another VPC that propagates into the same route table");
            let mut problem = Problem::warning(Code::Overlap, place, message).help(
                "AWS attaches both, takes the block of the first, and leaves that of the second out without a word \
                 (\"Amazon VPC attachments in AWS Transit Gateway\", Amazon VPC Transit Gateways): give one another block, or \
                 let it propagate into another table",
            );
            if let Some(&at) = places.get(&first) {
                problem = problem.also(at, "the first");
            }
            problems.push(problem);
        }
    }
}
