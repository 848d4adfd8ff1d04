//! What AWS refuses of VPN connections that are right by themselves: quotas, AS numbers, inside prefixes given twice.

use std::collections::{BTreeMap, BTreeSet};

use ipnet::Ipv4Net;

use crate::aws::vpn::{
    REFUSED_ASNS, REGION_ACCELERATED, REGION_CONNECTIONS, REGION_CUSTOMER_GATEWAYS, REGION_GATEWAYS,
};
use crate::resource::RegionId;
use crate::scenario::diagnostic::Code;
use crate::scenario::problem::{Place, Problem, Problems};
use crate::scenario::sections::{LabText, VpnText};

use super::acceleration;
use super::cloud::Draft;
use super::scope::Scope;

/// Where AWS says how many.
const SOURCE: &str = "\"Site-to-Site VPN quotas\", AWS Site-to-Site VPN User Guide";

/// Looks at all connections and gateways of a lab.
pub(super) fn check(lab: &LabText, scope: &Scope, draft: &Draft, problems: &mut Problems) {
    let mut gateways: BTreeMap<RegionId, usize> = BTreeMap::new();
    for entry in &lab.virtual_private_gateways {
        if let Some(region) = region_of_private(&entry.name.value, scope, draft) {
            let what = "virtual private gateways in one Region";
            one_more(
                &mut gateways,
                region,
                (REGION_GATEWAYS, what),
                entry.name.place,
                problems,
            );
        }
    }
    let mut connections: BTreeMap<RegionId, usize> = BTreeMap::new();
    let mut accelerated: BTreeMap<RegionId, usize> = BTreeMap::new();
    let mut customers: BTreeMap<RegionId, usize> = BTreeMap::new();
    let mut seen: BTreeSet<(RegionId, &str)> = BTreeSet::new();
    let most_customers = (REGION_CUSTOMER_GATEWAYS, "customer gateways in one Region");
    let mut told = BTreeSet::new();
    let mut inside: BTreeMap<(&str, Ipv4Net), Place> = BTreeMap::new();
    for entry in &lab.vpn_connections {
        let Some(text) = &entry.body else { continue };
        let region = region_of(text, scope, draft);
        if let Some(region) = region {
            let what = "VPN connections in one Region";
            one_more(
                &mut connections,
                region,
                (REGION_CONNECTIONS, what),
                entry.name.place,
                problems,
            );
        }
        // A customer gateway is of a Region; the text tells which by the connections that it is for.
        if let Some(region) = region
            && let Some(name) = text.customer_gateway.get()
            && seen.insert((region, &name.value))
        {
            one_more(&mut customers, region, most_customers, name.place, problems);
        }
        if let Some(region) = region
            && acceleration::is_accelerated(text)
        {
            let what = "accelerated VPN connections in one Region";
            let most = (REGION_ACCELERATED, what);
            one_more(&mut accelerated, region, most, entry.name.place, problems);
        }
        let region = region.map(|region| draft.region_name(region));
        if let Some(problem) = refused_asn(text, region, lab)
            && text
                .customer_gateway
                .get()
                .is_some_and(|name| told.insert(&name.value))
        {
            problems.push(problem);
        }
        let Some(gateway) = &text.virtual_private_gateway else {
            continue;
        };
        for prefix in text.tunnels.iter().filter_map(|tunnel| tunnel.inside.get()) {
            let key = (gateway.value.as_str(), prefix.value.trunc());
            let Some(first) = inside.insert(key, prefix.place) else {
                continue;
            };
            let message = format!(
                "another tunnel to `{}` has {} inside",
                gateway.value, prefix.value
            );
            problems.push(
                Problem::error(Code::AddressTaken, prefix.place, message)
                    .also(first, "the other tunnel")
                    .help(
                        "inside prefixes of one virtual private gateway differ, over all its VPN connections",
                    ),
            );
        }
    }
    // One that no connection is for counts all the same: in the Region that has the most room for it.
    let used: BTreeSet<&str> = seen.iter().map(|(_, name)| *name).collect();
    let unused = lab.customer_gateways.iter();
    for entry in unused.filter(|entry| !used.contains(entry.name.value.as_str())) {
        let regions = draft.region_ids();
        let roomiest = regions.min_by_key(|region| customers.get(region).copied().unwrap_or_default());
        if let Some(region) = roomiest {
            one_more(&mut customers, region, most_customers, entry.name.place, problems);
        }
    }
}

fn one_more(
    counts: &mut BTreeMap<RegionId, usize>,
    region: RegionId,
    (most, what): (usize, &str),
    place: Place,
    problems: &mut Problems,
) {
    let count = counts.entry(region).or_default();
    *count += 1;
    if *count == most + 1 {
        let message = format!("at most {most} {what}");
        let help = format!("AWS has this quota: {SOURCE}");
        problems.push(Problem::error(Code::TooMany, place, message).help(help));
    }
}

fn region_of(text: &VpnText, scope: &Scope, draft: &Draft) -> Option<RegionId> {
    if let Some(name) = &text.transit_gateway {
        let gateway = scope.transit_gateways.get(&name.value)?;
        return Some(draft.transit_gateways.get(gateway)?.region);
    }
    region_of_private(&text.virtual_private_gateway.as_ref()?.value, scope, draft)
}

fn region_of_private(gateway: &str, scope: &Scope, draft: &Draft) -> Option<RegionId> {
    let gateway = scope.virtual_private_gateways.get(gateway)?;
    let vpc = draft.virtual_private_gateways.get(gateway)?.vpc?;
    Some(draft.vpcs.get(vpc)?.region)
}

/// AWS keeps some AS numbers for itself: the complaint about one of them.
fn refused_asn(text: &VpnText, region: Option<&str>, lab: &LabText) -> Option<Problem> {
    let name = text.customer_gateway.get()?;
    let mut all = lab.customer_gateways.iter();
    let found = all.find(|it| it.name.value == name.value);
    let asn = found?.body.as_ref()?.asn?;
    let is_refused = |(number, only): &(u32, Option<&str>)| {
        *number == asn.value && only.is_none_or(|only| Some(only) == region)
    };
    let (_, only) = REFUSED_ASNS.iter().find(|it| is_refused(it))?;
    let message = match only {
        None => format!("AWS takes no customer gateway of AS {}", asn.value),
        Some(region) => format!("AWS takes no customer gateway of AS {} in {region}", asn.value),
    };
    let help = "it is AWS's own: take the AS number of your network, or a private one such as 65000 (\"Customer gateway \
                options\", AWS Site-to-Site VPN User Guide)";
    Some(Problem::error(Code::Refused, asn.place, message).help(help))
}
