//! Direct Connect's quotas that a lab may run into.

use std::collections::BTreeMap;

use crate::aws::direct_connect::{
    GATEWAY_INTERFACES, GATEWAY_PREFIXES, INTERFACES, LAGS, LOCATION_CONNECTIONS, PREFIXES,
    PRIVATE_INTERFACES, TRANSIT_INTERFACES,
};
use crate::scenario::diagnostic::Code;
use crate::scenario::problem::{At, Place, Problem, Problems};
use crate::scenario::sections::{InterfaceKindText, LabText, VirtualInterfaceText};

use super::lag;

/// Where AWS says so.
const SOURCE: &str = "\"AWS Direct Connect quotas\", AWS Direct Connect User Guide";

/// Complains about the one that is too many.
fn refuse(place: Place, most: usize, what: &str, problems: &mut Problems) {
    let message = format!("at most {most} {what}");
    problems
        .push(Problem::error(Code::TooMany, place, message).help(format!("AWS has this quota: {SOURCE}")));
}

/// Complains where a lab has more than AWS allows.
pub(super) fn check(lab: &LabText, problems: &mut Problems) {
    locations(lab, problems);
    groups(lab, problems);
    interfaces(lab, problems);
}

fn locations(lab: &LabText, problems: &mut Problems) {
    for location in &lab.direct_connect_locations {
        let Some(text) = &location.body else { continue };
        let connections = lab.direct_connect_connections.iter();
        let mut here = connections.filter(|entry| {
            let device = entry.body.as_ref().and_then(|it| it.device.get());
            device.is_some_and(|device| text.devices.iter().any(|own| own.value == device.value))
        });
        if let Some(over) = here.nth(LOCATION_CONNECTIONS) {
            let what = "connections at one location";
            refuse(over.name.place, LOCATION_CONNECTIONS, what, problems);
        }
    }
}

fn groups(lab: &LabText, problems: &mut Problems) {
    let mut in_region: BTreeMap<&str, usize> = BTreeMap::new();
    for group in &lab.direct_connect_lags {
        let first = group.body.as_ref().and_then(|it| it.connections.first());
        let device = first.and_then(|name| lag::connection(&name.value, lab)?.device.get());
        let mut locations = lab
            .direct_connect_locations
            .iter()
            .filter_map(|it| it.body.as_ref());
        let location = locations.find(|it| {
            let mut devices = it.devices.iter();
            devices.any(|own| device.is_some_and(|device| own.value == device.value))
        });
        let Some(region) = location.and_then(|it| it.region.get()) else {
            continue;
        };
        let count = in_region.entry(&region.value).or_default();
        *count += 1;
        if *count == LAGS + 1 {
            refuse(
                group.name.place,
                LAGS,
                "link aggregation groups in one Region",
                problems,
            );
        }
    }
}

/// What is on one connection or group, or ends at one gateway.
#[derive(Default)]
struct Count {
    transit: usize,
    others: usize,
}

fn interfaces(lab: &LabText, problems: &mut Problems) {
    let mut on: BTreeMap<&str, Count> = BTreeMap::new();
    let mut at: BTreeMap<&str, usize> = BTreeMap::new();
    let mut allocated: BTreeMap<&str, u32> = BTreeMap::new();
    for entry in &lab.virtual_interfaces {
        let Some(text) = &entry.body else { continue };
        let place = entry.name.place;
        if let Some(gateway) = &text.gateway {
            let count = at.entry(&gateway.value).or_default();
            *count += 1;
            if *count == GATEWAY_INTERFACES + 1 {
                let what = "virtual interfaces of one Direct Connect gateway";
                refuse(place, GATEWAY_INTERFACES, what, problems);
            }
            let own = text.allocated_prefixes;
            let sum = allocated.entry(&gateway.value).or_default();
            *sum = sum.saturating_add(own.map_or(PREFIXES, |it| it.value));
            if let Some(own) = own.filter(|_| *sum > GATEWAY_PREFIXES) {
                let what = "prefixes allocated to the virtual interfaces of one Direct Connect gateway";
                refuse(own.place, GATEWAY_PREFIXES as usize, what, problems);
            }
        }
        let Some(connection) = text.connection.get() else {
            continue;
        };
        let count = on.entry(&connection.value).or_default();
        one_more(text, count);
        check_one(connection, count, place, lab, problems);
    }
}

fn one_more(text: &VirtualInterfaceText, count: &mut Count) {
    match text.kind.get().map(|kind| &kind.value) {
        Some(InterfaceKindText::Transit) => count.transit += 1,
        Some(InterfaceKindText::Private | InterfaceKindText::Public) | None => count.others += 1,
    }
}

/// Looks at a connection that has got one virtual interface more, and complains as it goes over.
fn check_one(connection: &At<String>, count: &Count, place: Place, lab: &LabText, problems: &mut Problems) {
    let all = count.transit + count.others;
    let mut groups = lab.direct_connect_lags.iter();
    let holds = |it: &&At<String>| it.value == connection.value;
    let group = groups.find(|it| it.body.iter().flat_map(|it| &it.connections).any(|it| holds(&it)));
    if let Some(group) = group {
        let message = format!("`{}` is in the group `{}`", connection.value, group.name.value);
        problems.push(
            Problem::error(Code::Refused, connection.place, message).help(format!(
                "its virtual interfaces are on the group: connection: \"{}\"",
                group.name.value
            )),
        );
    }
    if lag::connection(&connection.value, lab).is_some_and(lag::is_hosted) {
        if all == 2 {
            let message = format!(
                "hosted connection `{}` has a virtual interface already",
                connection.value
            );
            problems.push(
                Problem::error(Code::Refused, place, message).help(
                    "a hosted connection carries exactly one: order another, or a dedicated connection",
                ),
            );
        }
    } else if count.transit == TRANSIT_INTERFACES + 1 {
        let what = "transit virtual interfaces on one connection";
        refuse(place, TRANSIT_INTERFACES, what, problems);
    } else if count.others == PRIVATE_INTERFACES + 1 {
        let what = "private and public virtual interfaces on one connection";
        refuse(place, PRIVATE_INTERFACES, what, problems);
    } else if all == INTERFACES + 1 {
        refuse(
            place,
            INTERFACES,
            "virtual interfaces on one connection",
            problems,
        );
    }
}
