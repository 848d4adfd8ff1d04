//! Link aggregation groups, and what carries virtual interfaces: a connection, or such a group.

use crate::aws::direct_connect::{DEDICATED_GBPS, HOSTED_MBPS, LAG_MEMBERS, LARGE_LAG_MEMBERS, LARGE_PORT};
use crate::net::Mtu;
use crate::scenario::diagnostic::Code;
use crate::scenario::problem::{At, Problem, Problems};
use crate::scenario::read::Entry;
use crate::scenario::sections::{ConnectionKindText, ConnectionText, LabText, LagText};
use crate::site::UNNUMBERED;
use crate::units::{BitRate, Span};
use crate::world::routing::LinkSpec;

use super::router::{Routers, name_link};
use super::scope::Scope;

/// What carries a virtual interface.
#[derive(Debug, Clone, Copy)]
pub(super) struct Carries<'l> {
    pub(super) router: &'l At<String>,
    pub(super) device: &'l At<String>,
    pub(super) rate: Option<At<BitRate>>,
}

fn carried_by(text: &ConnectionText) -> Option<Carries<'_>> {
    Some(Carries {
        router: text.router.get()?,
        device: text.device.get()?,
        rate: text.rate,
    })
}

/// The connection of that name.
pub(super) fn connection<'l>(name: &str, lab: &'l LabText) -> Option<&'l ConnectionText> {
    let mut all = lab.direct_connect_connections.iter();
    all.find(|it| it.name.value == name)?.body.as_ref()
}

/// The connection or group of that name; an unknown one is reported.
pub(super) fn find<'l>(name: &At<String>, lab: &'l LabText, problems: &mut Problems) -> Option<Carries<'l>> {
    let connections = || lab.direct_connect_connections.iter();
    let groups = || lab.direct_connect_lags.iter();
    if let Some(found) = connections().find(|it| it.name.value == name.value) {
        return carried_by(found.body.as_ref()?);
    }
    let Some(group) = groups().find(|it| it.name.value == name.value) else {
        let message = format!(
            "there is no Direct Connect connection or link aggregation group named `{}`",
            name.value
        );
        let options = connections().map(|it| it.name.value.as_str());
        let options = options.chain(groups().map(|it| it.name.value.as_str()));
        let problem = Problem::error(Code::UnknownName, name.place, message);
        problems.push_mistyped(problem, &name.value, options);
        return None;
    };
    let members = &group.body.as_ref()?.connections;
    carried_by(connection(&members.first()?.value, lab)?)
}

/// Whether a connection is hosted by a partner. Where nothing is said the speed tells: a dedicated one is a whole port.
pub(super) fn is_hosted(text: &ConnectionText) -> bool {
    match text.kind.as_ref().map(|kind| &kind.value) {
        Some(ConnectionKindText::Hosted) => true,
        Some(ConnectionKindText::Dedicated) => false,
        None => text
            .rate
            .is_some_and(|rate| !dedicated_rates().contains(&rate.value)),
    }
}

fn dedicated_rates() -> [BitRate; DEDICATED_GBPS.len()] {
    DEDICATED_GBPS.map(BitRate::gbps)
}

/// Complains about a speed that AWS does not have for such a connection.
pub(super) fn check_rate(text: &ConnectionText, problems: &mut Problems) {
    let Some(rate) = text.rate else { return };
    let hosted = HOSTED_MBPS.map(BitRate::mbps);
    let (known, what) = match text.kind.as_ref().map(|kind| &kind.value) {
        Some(ConnectionKindText::Hosted) => (hosted.contains(&rate.value), "hosted connection"),
        Some(ConnectionKindText::Dedicated) => {
            (dedicated_rates().contains(&rate.value), "dedicated connection")
        }
        None => (
            dedicated_rates().contains(&rate.value) || hosted.contains(&rate.value),
            "connection",
        ),
    };
    if !known {
        let message = format!("AWS has no {what} of {}", rate.value);
        problems.push(Problem::error(Code::Refused, rate.place, message).help(
            "dedicated ones carry 1, 10, 100 or 400 Gbps; hosted ones 50 to 500 Mbps, 1, 2, 5, 10 or 25 Gbps",
        ));
    }
}

/// Makes bundles of connections.
pub(super) fn connect(lab: &LabText, scope: &mut Scope, routers: &mut Routers, problems: &mut Problems) {
    for entry in &lab.direct_connect_lags {
        scope.links.declare(&entry.name, problems);
        let Some(text) = &entry.body else { continue };
        check(entry, text, lab, problems);
        let members: Vec<_> = text
            .connections
            .iter()
            .filter_map(|name| scope.links.find(name, problems))
            .collect();
        let first = text
            .connections
            .first()
            .and_then(|name| connection(&name.value, lab));
        let Some(line) = first.and_then(carried_by) else {
            continue;
        };
        let ends = [line.router, line.device].map(|name| scope.routers.get(&name.value));
        let [Some(router), Some(device)] = ends else {
            continue;
        };
        let one = line.rate.map_or(LinkSpec::default().rate, |rate| rate.value);
        let rate = BitRate::bps(one.as_bps().saturating_mul(members.len() as u64));
        let spec = LinkSpec {
            delay: Span::ZERO,
            rate,
            mtu: Mtu::LARGEST,
            ..LinkSpec::default()
        };
        let link = routers
            .routing
            .connect((router, UNNUMBERED), (device, UNNUMBERED), spec);
        let min_links = text.min_links.map_or(0, |it| it.value);
        routers.routing.bundle(link, &members, min_links);
        name_link(&entry.name.value, link, routers);
    }
}

/// What AWS refuses of a group.
fn check(entry: &Entry<LagText>, text: &LagText, lab: &LabText, problems: &mut Problems) {
    if text.connections.is_empty() {
        let message = format!("link aggregation group `{}` has no connection", entry.name.value);
        problems.push_lacking(
            Problem::error(Code::BadValue, entry.name.place, message)
                .help("for example connections: [\"dx-1\", \"dx-2\"]"),
        );
    }
    let members = || {
        let names = text.connections.iter();
        names.filter_map(|name| Some((name, connection(&name.value, lab)?)))
    };
    let refuse = |place, message: String, help: &str, problems: &mut Problems| {
        problems.push(Problem::error(Code::Refused, place, message).help(help.to_owned()));
    };
    let large = members().any(|(_, it)| it.rate.is_some_and(|rate| rate.value >= LARGE_PORT));
    let most = if large { LARGE_LAG_MEMBERS } else { LAG_MEMBERS };
    if let Some(over) = text.connections.get(most) {
        let message = format!("a link aggregation group of such ports has at most {most} connections");
        let help = "4 below 100 Gbps, 2 of 100 or 400 Gbps (\"AWS Direct Connect quotas\")";
        refuse(over.place, message, help, problems);
    }
    if let Some(least) = text
        .min_links
        .filter(|it| usize::from(it.value) > text.connections.len())
    {
        let message = format!(
            "the group has {} connections, of which {} can never work",
            text.connections.len(),
            least.value
        );
        let help = "`min_links` is at most the number of connections; below it the whole group is down";
        refuse(least.place, message, help, problems);
    }
    let first = members().next();
    for (name, member) in members() {
        if is_hosted(member) {
            let message = format!("`{}` is a hosted connection", name.value);
            let help = "a link aggregation group is made of dedicated connections";
            refuse(name.place, message, help, problems);
        }
        let others = lab.direct_connect_lags.iter();
        let mut before = others.take_while(|other| other.name.place != entry.name.place);
        let is_in = |other: &Entry<LagText>| {
            let names = other.body.iter().flat_map(|it| &it.connections);
            names.into_iter().any(|it| it.value == name.value)
        };
        if let Some(other) = before.find(|it| is_in(it)) {
            let message = format!("`{}` is in the group `{}`", name.value, other.name.value);
            refuse(
                name.place,
                message,
                "a connection is in one group at most",
                problems,
            );
        }
        let Some((_, first)) = first else { continue };
        let rate = |it: &ConnectionText| it.rate.map_or(LinkSpec::default().rate, |rate| rate.value);
        if rate(member) != rate(first) {
            let message = format!("`{}` has another speed than the first connection", name.value);
            let help = "all connections of a group have the same speed";
            refuse(name.place, message, help, problems);
        }
        let device = |it: &ConnectionText| it.device.get().map(|it| it.value.clone());
        let router = |it: &ConnectionText| it.router.get().map(|it| it.value.clone());
        if device(member) != device(first) {
            let message = format!("`{}` ends at another device of AWS's", name.value);
            let help =
                "a group ends at one device, so it adds capacity and not resilience: for resilience use two";
            refuse(name.place, message, help, problems);
        } else if router(member) != router(first) {
            let message = format!("`{}` begins at another router", name.value);
            let help = "a group joins one router with one device";
            refuse(name.place, message, help, problems);
        }
    }
}
