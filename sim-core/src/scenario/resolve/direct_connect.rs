//! Direct Connect, told as the routers and links that it is.
//!
//! ```text
//!   cgw-1 ══dx-primary══ EqFR5-1        the connection: a port of a device, without addresses
//!   cgw-1 ───vif-1────── vif-1 ── Direct Connect gateway      a virtual interface: a VLAN on it
//! ```
//!
//! AWS's end of each virtual interface is a router of its own, which goes down with the device. The customer's side is what
//! the lab's text says of the customer's router.

use ipnet::Ipv4Net;

use crate::aws::direct_connect::{
    ALLOWED_PREFIXES, Association, DEDICATED_GBPS, DirectConnectGateway, PREFIXES, VirtualInterface,
};
use crate::aws::transit_gateway::{ASNS, DEFAULT_ASN};
use crate::aws::{Attachment, AttachmentKind};
use crate::net::prefix_table::PrefixTable;
use crate::proto::bgp::Asn;
use crate::resource::{DirectConnectGatewayId, LinkId, RegionId};
use crate::scenario::diagnostic::Code;
use crate::scenario::problem::{At, Place, Problem, Problems};
use crate::scenario::read::{Brief, Entries, Entry, InterfaceAddress, Need, Read};
use crate::scenario::sections::{
    AssociationText, BfdText, ConnectionText, DirectConnectGatewayText, EndText, InterfaceKindText, LabText,
    LimitText, LinkText, LocationText, MaxPrefixText, NeighborText, RouterText, TimersText,
    VirtualInterfaceText,
};
use crate::site::{Behind, Carrier, UNNUMBERED};
use crate::units::{BitRate, Span};
use crate::world::routing::LinkSpec;

use super::cloud::Draft;
use super::router::Routers;
use super::scope::Scope;
use super::vpn::{named, other_host};

/// The hold time that AWS proposes on a virtual interface ("Specific BGP settings").
const HOLD: Span = Span::secs(90);
/// Speeds of hosted connections, in Mbps ("Hosted connections").
const HOSTED_MBPS: [u64; 11] = [50, 100, 200, 300, 400, 500, 1_000, 2_000, 5_000, 10_000, 25_000];
/// VLANs of IEEE 802.1Q that a virtual interface may have.
const VLANS: core::ops::RangeInclusive<u16> = 1..=4_094;
/// Connections of a lab; AWS starts at ten in each location.
const MOST_CONNECTIONS: usize = 500;
/// Virtual interfaces of a lab.
const MOST_INTERFACES: usize = 2_000;

/// Tells devices as routers, and virtual interfaces as routers and links.
pub(super) fn equipment(
    lab: &LabText,
    routers: &mut Vec<Entry<RouterText>>,
    links: &mut Vec<Entry<LinkText>>,
    problems: &mut Problems,
) {
    for location in &lab.direct_connect_locations {
        let Some(text) = &location.body else { continue };
        let devices = text.devices.iter();
        routers.extend(devices.map(|device| named(&device.value, device.place, RouterText::empty())));
    }
    let first = lab.virtual_interfaces.iter().next().map(|entry| entry.name.place);
    let n_interfaces = lab.virtual_interfaces.iter().len();
    if first
        .is_some_and(|place| !problems.at_most(MOST_INTERFACES, n_interfaces, place, "virtual interfaces"))
    {
        return;
    }
    for entry in &lab.virtual_interfaces {
        if let Some((router, link)) = interface(entry, lab, problems) {
            routers.push(router);
            links.push(link);
        }
    }
}

/// AWS's end of a virtual interface, and the link to it.
fn interface(
    entry: &Entry<VirtualInterfaceText>,
    lab: &LabText,
    problems: &mut Problems,
) -> Option<(Entry<RouterText>, Entry<LinkText>)> {
    let text = entry.body.as_ref()?;
    let place = entry.name.place;
    let connection = find(text.connection.get()?, lab, problems)?;
    let router = connection.router.get()?.clone();
    let gateway = text.gateway.get()?;
    let gateway = lab
        .direct_connect_gateways
        .iter()
        .find(|it| it.name.value == gateway.value);
    let asn = gateway?.body.as_ref()?.asn;
    let address = *text.address.get()?;
    let net = address.value.0;
    let Some(own) = other_host(net) else {
        let message = format!("{net} has room for more than two");
        problems.push(
            Problem::error(Code::BadValue, address.place, message)
                .help("a virtual interface has a /30 or /31: the other host of it is AWS's"),
        );
        return None;
    };
    let own = At {
        value: InterfaceAddress(Ipv4Net::new_assert(own, net.prefix_len())),
        place: address.place,
    };
    let end = |router, address| Need::of(Brief(EndText { router, address }));
    let link = Entry {
        name: entry.name.clone(),
        body: LinkText::empty().map(|link| LinkText {
            a: end(router.clone(), address),
            b: end(entry.name.clone(), own),
            delay: Some(Span::ZERO),
            rate: connection.rate,
            ..link
        }),
    };
    let neighbor = neighbor(entry, text, bfd(entry, text, &router, lab), *text.asn.get()?);
    let neighbors = vec![named(&router.value, place, neighbor)];
    let body = RouterText {
        asn: Some(asn.unwrap_or(At {
            value: DEFAULT_ASN,
            place,
        })),
        neighbors: Entries::of(neighbors),
        ..RouterText::empty()?
    };
    let name = entry.name.clone();
    Some((
        Entry {
            name,
            body: Some(body),
        },
        link,
    ))
}

/// AWS answers BFD where the customer's router speaks it, so that is looked for there.
fn bfd(
    entry: &Entry<VirtualInterfaceText>,
    text: &VirtualInterfaceText,
    router: &At<String>,
    lab: &LabText,
) -> Option<BfdText> {
    let router = lab.routers.iter().find(|it| it.name.value == router.value);
    let neighbors = router?.body.as_ref()?.neighbors.iter();
    let over_it = |it: &NeighborText| {
        it.link
            .as_ref()
            .is_some_and(|link| link.value == entry.name.value)
    };
    let mut bodies = neighbors.filter_map(|it| it.body.as_ref());
    let theirs = bodies.find(|it| over_it(it))?.bfd.as_ref()?;
    Some(text.bfd.clone().unwrap_or_else(|| theirs.clone()))
}

fn neighbor(
    entry: &Entry<VirtualInterfaceText>,
    text: &VirtualInterfaceText,
    bfd: Option<BfdText>,
    asn: At<u32>,
) -> Option<NeighborText> {
    let place = entry.name.place;
    let limit = LimitText {
        limit: At {
            value: PREFIXES,
            place,
        },
        action: None,
    };
    let timers = text.timers.clone().or_else(|| {
        let timers = TimersText::empty()?;
        let hold = Some(At { value: HOLD, place });
        Some(TimersText { hold, ..timers })
    });
    Some(NeighborText {
        remote_as: Need::of(asn),
        link: Some(entry.name.clone()),
        password: text.key.clone(),
        timers,
        bfd,
        max_prefix: Some(MaxPrefixText(limit)),
        ..NeighborText::empty()?
    })
}

fn find<'l>(name: &At<String>, lab: &'l LabText, problems: &mut Problems) -> Option<&'l ConnectionText> {
    let found = lab
        .direct_connect_connections
        .iter()
        .find(|it| it.name.value == name.value);
    if found.is_none() {
        let message = format!("there is no Direct Connect connection named `{}`", name.value);
        let options = lab.direct_connect_connections.iter();
        let options = options.map(|it| it.name.value.as_str());
        let problem = Problem::error(Code::UnknownName, name.place, message);
        problems.push_mistyped(problem, &name.value, options);
    }
    found?.body.as_ref()
}

/// Joins routers and devices by the connections, and lays the virtual interfaces over them.
pub(super) fn connect(
    lab: &LabText,
    (scope, draft): (&mut Scope, &mut Draft),
    routers: &mut Routers,
    problems: &mut Problems,
) {
    let first = lab
        .direct_connect_connections
        .iter()
        .next()
        .map(|entry| entry.name.place);
    let n_connections = lab.direct_connect_connections.iter().len();
    if first.is_some_and(|place| !problems.at_most(MOST_CONNECTIONS, n_connections, place, "connections")) {
        return;
    }
    for entry in &lab.direct_connect_connections {
        connection(entry, lab, scope, routers, problems);
    }
    for entry in &lab.virtual_interfaces {
        let id = scope.virtual_interfaces.declare(&entry.name, problems);
        let Some(text) = &entry.body else { continue };
        if let Some(row) = virtual_interface(entry, text, lab, scope, problems) {
            let (endpoint, connection) = (row.endpoint, row.connection);
            routers.routing.put_behind(endpoint, Behind::DirectConnect(id));
            if let Some(link) = scope.links.get(&entry.name.value) {
                routers.routing.put_over(link, connection);
            }
            check_vlan(entry, &row, draft, problems);
            draft.virtual_interfaces.set(id, row);
        }
    }
}

fn connection(
    entry: &Entry<ConnectionText>,
    lab: &LabText,
    scope: &mut Scope,
    routers: &mut Routers,
    problems: &mut Problems,
) {
    scope.links.declare(&entry.name, problems);
    let Some(text) = &entry.body else { return };
    let (Some(device), Some(router)) = (text.device.get(), text.router.get()) else {
        return;
    };
    location_of(device, lab, problems);
    let ends = [router, device].map(|name| scope.routers.find(name, problems));
    let [Some(router), Some(device)] = ends else {
        return;
    };
    let defaults = LinkSpec::default();
    let rate = text.rate.map_or(defaults.rate, |rate| {
        check_rate(rate, problems);
        rate.value
    });
    let spec = LinkSpec {
        delay: text.delay.unwrap_or(defaults.delay),
        rate,
        loss: text.loss.unwrap_or(defaults.loss),
    };
    let link = routers
        .routing
        .connect((router, UNNUMBERED), (device, UNNUMBERED), spec);
    if let Some(row) = routers.routing.links.get_mut(link) {
        row.carrier = text.state.unwrap_or(Carrier::Up);
    }
    super::router::name_link(&entry.name.value, link, routers);
}

fn check_rate(rate: At<BitRate>, problems: &mut Problems) {
    let dedicated = DEDICATED_GBPS.map(BitRate::gbps);
    let hosted = HOSTED_MBPS.map(BitRate::mbps);
    if !dedicated.contains(&rate.value) && !hosted.contains(&rate.value) {
        let message = format!("AWS has no connection of {}", rate.value);
        problems.push(Problem::error(Code::Refused, rate.place, message).help(
            "dedicated ones carry 1, 10, 100 or 400 Gbps; hosted ones 50 to 500 Mbps, 1, 2, 5, 10 or 25 Gbps",
        ));
    }
}

/// The location that a device stands at.
fn location_of<'l>(
    device: &At<String>,
    lab: &'l LabText,
    problems: &mut Problems,
) -> Option<&'l LocationText> {
    let bodies = || {
        lab.direct_connect_locations
            .iter()
            .filter_map(|it| it.body.as_ref())
    };
    let has = |it: &&LocationText| it.devices.iter().any(|own| own.value == device.value);
    let found = bodies().find(has);
    if found.is_none() {
        let message = format!("no Direct Connect location has a device named `{}`", device.value);
        let devices = bodies().flat_map(|it| it.devices.iter().map(|own| own.value.as_str()));
        let problem = Problem::error(Code::UnknownName, device.place, message);
        problems.push_mistyped(problem, &device.value, devices);
    }
    found
}

fn virtual_interface(
    entry: &Entry<VirtualInterfaceText>,
    text: &VirtualInterfaceText,
    lab: &LabText,
    scope: &Scope,
    problems: &mut Problems,
) -> Option<VirtualInterface> {
    let gateway = scope
        .direct_connect_gateways
        .find(text.gateway.get()?, problems)?;
    let name = text.connection.get()?;
    let connection: LinkId = scope.links.get(&name.value)?;
    let device = find(name, lab, &mut Problems::default())?.device.get()?;
    let region: RegionId = region_of(device, lab, scope)?;
    check_kind(text.kind.get()?, problems);
    let vlan = text.vlan.get()?;
    if !VLANS.contains(&vlan.value) {
        let message = format!("{} is no VLAN", vlan.value);
        problems.push(Problem::error(Code::BadValue, vlan.place, message).help("VLANs are 1 to 4094"));
    }
    Some(VirtualInterface {
        name: entry.name.value.clone(),
        connection,
        region,
        gateway,
        endpoint: scope.routers.get(&entry.name.value)?,
        vlan: vlan.value,
    })
}

/// Only what ends at a Transit Gateway is modelled; course notes often have a private virtual interface end there.
fn check_kind(kind: &At<InterfaceKindText>, problems: &mut Problems) {
    let message = match kind.value {
        InterfaceKindText::Transit => return,
        InterfaceKindText::Private => "a private virtual interface cannot lead to a Transit Gateway",
        InterfaceKindText::Public => {
            "a public virtual interface leads to AWS's public addresses and to no gateway"
        }
    };
    problems.push(Problem::error(Code::Refused, kind.place, message).help(
        "what leads through a Direct Connect gateway to a Transit Gateway is a transit one: kind: transit",
    ));
}

fn region_of(device: &At<String>, lab: &LabText, scope: &Scope) -> Option<RegionId> {
    let location = location_of(device, lab, &mut Problems::default())?;
    scope.regions.get(&location.region.get()?.value)
}

/// A VLAN names one virtual interface of its connection.
fn check_vlan(
    entry: &Entry<VirtualInterfaceText>,
    row: &VirtualInterface,
    draft: &Draft,
    problems: &mut Problems,
) {
    let same = |it: &VirtualInterface| it.connection == row.connection && it.vlan == row.vlan;
    if let Some((_, other)) = draft.virtual_interfaces.iter().find(|(_, it)| same(it)) {
        let message = format!("VLAN {} of the connection is that of `{}`", row.vlan, other.name);
        problems.push(Problem::error(Code::Refused, entry.name.place, message));
    }
}

/// Declares the gateways, and the attachments by which Transit Gateways are behind them.
pub(super) fn gateways(lab: &LabText, scope: &mut Scope, draft: &mut Draft, problems: &mut Problems) {
    for location in &lab.direct_connect_locations {
        if let Some(name) = location.body.as_ref().and_then(|text| text.region.get()) {
            scope.regions.find(name, problems);
        }
    }
    for entry in &lab.direct_connect_gateways {
        let id = scope.direct_connect_gateways.declare(&entry.name, problems);
        let Some(text) = &entry.body else { continue };
        let asn = text.asn.map_or(DEFAULT_ASN, |asn| {
            if !ASNS.iter().any(|range| range.contains(&asn.value)) {
                let message = format!("AWS gives no Direct Connect gateway the AS number {}", asn.value);
                problems.push(
                    Problem::error(Code::Refused, asn.place, message)
                        .help("take one of 64512 to 65534 or 4200000000 to 4294967294"),
                );
            }
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
        for association in &text.transit_gateways {
            associate(association, entry, (id, Asn(asn)), scope, draft, problems);
        }
        check_overlaps(text, problems);
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
