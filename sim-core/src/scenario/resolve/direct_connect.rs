//! Direct Connect, told as the routers and links that it is.
//!
//! ```text
//!   cgw-1 ══dx-primary══ EqFR5-1        the connection: a port of a device, without addresses
//!   cgw-1 ───vif-1────── vif-1 ── Direct Connect gateway      a virtual interface: a VLAN on it, or on a group of them
//! ```
//!
//! AWS's end of each virtual interface is a router of its own, which goes down with the device. The customer's side is what
//! the lab's text says of the customer's router.

use ipnet::Ipv4Net;

use crate::aws::direct_connect::{
    BFD_INTERVAL, BFD_MULTIPLIER, PREFIXES, SiteLink, Terminus, VirtualInterface,
};
use crate::aws::mtu;
use crate::aws::transit_gateway::DEFAULT_ASN;
use crate::net::Mtu;
use crate::proto::bgp::session::ZeroHold;
use crate::resource::{LinkId, RegionId};
use crate::scenario::diagnostic::Code;
use crate::scenario::problem::{At, Problem, Problems};
use crate::scenario::read::{Brief, Entries, Entry, InterfaceAddress, Need, Read};
use crate::scenario::sections::{
    BfdText, ConnectionText, EndText, InterfaceKindText, LabText, LimitText, LinkText, LocationText,
    MaxPrefixText, NeighborText, RouterText, TimersText, VirtualInterfaceText,
};
use crate::site::{Behind, Carrier, End, UNNUMBERED};
use crate::units::Span;
use crate::world::routing::LinkSpec;

use super::cloud::Draft;
use super::direct_connect_quota;
use super::interface_options;
use super::lag;
use super::provisioning;
use super::public_interface;
use super::router::Routers;
use super::scope::Scope;
use super::vpn::{named, other_host};

/// The hold time that AWS proposes on a virtual interface ("Specific BGP settings").
const HOLD: Span = Span::secs(90);
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
    for (index, entry) in lab.virtual_interfaces.iter().enumerate() {
        let Some((mut router, link)) = interface(entry, lab, problems) else {
            continue;
        };
        links.push(link);
        if let Some(text) = entry.body.as_ref().filter(|text| public_interface::is_one(text)) {
            let body = router.body.take();
            let made = make_public(entry, (text, index), body, (lab, routers), problems);
            let Some((body, uplinks)) = made else { continue };
            router.body = Some(body);
            links.extend(uplinks);
        }
        routers.push(router);
    }
}

/// What AWS's end of a public virtual interface is besides that of any.
fn make_public(
    entry: &Entry<VirtualInterfaceText>,
    interface: (&VirtualInterfaceText, usize),
    body: Option<RouterText>,
    (lab, routers): (&LabText, &mut [Entry<RouterText>]),
    problems: &mut Problems,
) -> Option<(RouterText, Vec<Entry<LinkText>>)> {
    let neighbors = body?.neighbors;
    let customer = neighbors.iter().next()?;
    let towards = customer.body.clone()?;
    let made = public_interface::end(
        entry,
        interface,
        (&customer.name, towards),
        (lab, routers),
        problems,
    )?;
    Some((made.body, made.uplinks))
}

/// AWS's end of a virtual interface, and the link to it.
fn interface(
    entry: &Entry<VirtualInterfaceText>,
    lab: &LabText,
    problems: &mut Problems,
) -> Option<(Entry<RouterText>, Entry<LinkText>)> {
    let text = entry.body.as_ref()?;
    let place = entry.name.place;
    let carries = lag::find(text.connection.get()?, lab, problems)?;
    let router = carries.router.clone();
    let asn = asn_of_aws(text, lab)?;
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
            rate: carries.rate,
            mtu: jumbo(text, problems),
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

/// The AS number of AWS's end, where the text gives what it ends at one.
fn asn_of_aws(text: &VirtualInterfaceText, lab: &LabText) -> Option<Option<At<u32>>> {
    match (&text.gateway, &text.virtual_private_gateway) {
        _ if public_interface::is_one(text) => Some(None),
        (Some(name), None) => {
            let mut all = lab.direct_connect_gateways.iter();
            let found = all.find(|it| it.name.value == name.value)?;
            Some(found.body.as_ref()?.asn)
        }
        (None, Some(name)) => {
            let mut all = lab.virtual_private_gateways.iter();
            let found = all.find(|it| it.name.value == name.value)?;
            Some(found.body.as_ref()?.asn)
        }
        (None, None) | (Some(_), Some(_)) => None,
    }
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
    let mut ours = text.bfd.clone().unwrap_or_else(|| BfdText {
        check_control_plane_failure: None,
        ..theirs.clone()
    });
    // A router that asks for less is heard no sooner: the slower of both decides.
    if text.bfd.is_none() {
        if let Some(interval) = &mut ours.interval {
            interval.value = interval.value.max(BFD_INTERVAL);
        }
        if let Some(multiplier) = &mut ours.multiplier {
            multiplier.value = multiplier.value.max(BFD_MULTIPLIER);
        }
    }
    // AWS keeps the routes of a peer that may restart though BFD has failed ("BFD and failover on Direct Connect").
    ours.check_control_plane_failure.get_or_insert(true);
    Some(ours)
}

fn neighbor(
    entry: &Entry<VirtualInterfaceText>,
    text: &VirtualInterfaceText,
    bfd: Option<BfdText>,
    asn: At<u32>,
) -> Option<NeighborText> {
    let place = entry.name.place;
    let limit = LimitText::of_aws(At {
        value: text.allocated_prefixes.map_or(PREFIXES, |it| it.value),
        place,
    });
    let timers = text.timers.clone().or_else(|| {
        let timers = TimersText::empty()?;
        let hold = Some(At { value: HOLD, place });
        Some(TimersText { hold, ..timers })
    });
    // AWS refuses a peer that wants no hold time, whatever else is said ("Specific BGP settings").
    let timers = timers.map(|timers| TimersText {
        zero_hold: Some(ZeroHold::Refused),
        ..timers
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
    lag::connect(lab, scope, routers, problems);
    direct_connect_quota::check(lab, problems);
    for entry in &lab.virtual_interfaces {
        let id = scope.virtual_interfaces.declare(&entry.name, problems);
        let Some(text) = &entry.body else { continue };
        if let Some(row) = virtual_interface(entry, text, lab, (scope, draft), problems) {
            let (endpoint, connection) = (row.endpoint, row.connection);
            let link = scope.links.get(&entry.name.value);
            if row.ends_at == Terminus::PublicEdge {
                let sources: Vec<Ipv4Net> = text.prefixes.iter().map(|it| it.value.trunc()).collect();
                link.into_iter()
                    .for_each(|link| routers.routing.let_in(link, End::B, sources.clone()));
            } else {
                routers.routing.put_behind(endpoint, Behind::DirectConnect(id));
            }
            if let Some(link) = link {
                routers.routing.put_over(link, connection);
                if let Some(line) = routers.routing.links.get_mut(link) {
                    line.provisioning = provisioning::of_interface(text, row.ends_at, problems);
                }
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
        lag::check_rate(text, problems);
        rate.value
    });
    let spec = LinkSpec {
        delay: text.delay.unwrap_or(defaults.delay),
        jitter: text.jitter.unwrap_or(defaults.jitter),
        rate,
        loss: text.loss.unwrap_or(defaults.loss),
        // What may be larger on it than on Ethernet, the virtual interfaces say.
        mtu: Mtu::LARGEST,
    };
    let link = routers
        .routing
        .connect((router, UNNUMBERED), (device, UNNUMBERED), spec);
    if let Some(row) = routers.routing.links.get_mut(link) {
        row.carrier = text.state.unwrap_or(Carrier::Up);
        row.provisioning = provisioning::of_connection(text, problems);
    }
    super::router::name_link(&entry.name.value, link, routers);
}

/// The MTU of a virtual interface: there is one with jumbo frames and one without.
fn jumbo(text: &VirtualInterfaceText, problems: &mut Problems) -> Option<Mtu> {
    let mtu = text.mtu?;
    let larger = match text.kind.get()?.value {
        InterfaceKindText::Private => Some(mtu::PRIVATE_INTERFACE_JUMBO),
        InterfaceKindText::Transit => Some(mtu::TRANSIT_INTERFACE_JUMBO),
        InterfaceKindText::Public => None,
    };
    if mtu.value != mtu::VIRTUAL_INTERFACE && Some(mtu.value) != larger {
        let message = format!("a virtual interface of this kind has no MTU of {}", mtu.value);
        let help = match larger {
            Some(larger) => format!("write {}, or {larger} for jumbo frames", mtu::VIRTUAL_INTERFACE),
            None => format!("a public one has {}, always", mtu::VIRTUAL_INTERFACE),
        };
        problems.push(Problem::error(Code::Refused, mtu.place, message).help(help));
    }
    Some(mtu.value)
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
    (scope, draft): (&Scope, &Draft),
    problems: &mut Problems,
) -> Option<VirtualInterface> {
    let ends_at = end(entry, text, scope, problems)?;
    let name = text.connection.get()?;
    let connection: LinkId = scope.links.get(&name.value)?;
    let device = lag::find(name, lab, &mut Problems::default())?.device;
    let region: RegionId = region_of(device, lab, scope)?;
    check_kind(text.kind.get()?, lab, text, problems);
    interface_options::check(text, problems);
    check_region(ends_at, region, text, draft, problems);
    let vlan = text.vlan.get()?;
    if !VLANS.contains(&vlan.value) {
        let message = format!("{} is no VLAN", vlan.value);
        problems.push(Problem::error(Code::BadValue, vlan.place, message).help("VLANs are 1 to 4094"));
    }
    Some(VirtualInterface {
        name: entry.name.value.clone(),
        connection,
        region,
        ends_at,
        endpoint: scope.routers.get(&entry.name.value)?,
        vlan: vlan.value,
        site_link: site_link(ends_at, text, problems),
        testing: None,
    })
}

/// What a virtual interface ends at.
fn end(
    entry: &Entry<VirtualInterfaceText>,
    text: &VirtualInterfaceText,
    scope: &Scope,
    problems: &mut Problems,
) -> Option<Terminus> {
    match (&text.gateway, &text.virtual_private_gateway) {
        _ if public_interface::is_one(text) => Some(Terminus::PublicEdge),
        (Some(name), None) if scope.transit_gateways.get(&name.value).is_some() => {
            let message = "a virtual interface does not end at a Transit Gateway, and a private one leads to none at all, \
                           whatever course notes say";
            problems.push(Problem::error(Code::Refused, name.place, message).help(
                "kind: transit, and as `gateway` a Direct Connect gateway that is associated with the Transit Gateway",
            ));
            None
        }
        (Some(name), None) => {
            let id = scope.direct_connect_gateways.find(name, problems)?;
            Some(Terminus::DirectConnectGateway(id))
        }
        (None, Some(name)) => {
            let id = scope.virtual_private_gateways.find(name, problems)?;
            Some(Terminus::VirtualPrivateGateway(id))
        }
        (None, None) => {
            let message = format!("virtual interface `{}` ends nowhere", entry.name.value);
            let fields =
                "`gateway`, a Direct Connect gateway, or `virtual_private_gateway`, for a private one";
            problems.push_missing(entry.name.place, message, fields);
            None
        }
        (Some(first), Some(second)) => {
            let message = format!("virtual interface `{}` ends at two gateways", entry.name.value);
            problems.push(
                Problem::error(Code::Refused, second.place, message)
                    .also(first.place, "the other")
                    .help("leave one of the two out"),
            );
            None
        }
    }
}

/// Which kind leads where; course notes often have a private virtual interface end at a Transit Gateway.
fn check_kind(
    kind: &At<InterfaceKindText>,
    lab: &LabText,
    text: &VirtualInterfaceText,
    problems: &mut Problems,
) {
    let behind = text.gateway.as_ref().and_then(|name| {
        let mut all = lab.direct_connect_gateways.iter();
        all.find(|it| it.name.value == name.value)?.body.as_ref()
    });
    let has_transit = behind.is_some_and(|it| it.transit_gateways.iter().len() > 0);
    let has_private = behind.is_some_and(|it| it.virtual_private_gateways.iter().len() > 0);
    let (message, help) = match kind.value {
        InterfaceKindText::Transit if text.virtual_private_gateway.is_some() || has_private => (
            "a transit virtual interface cannot lead to a virtual private gateway",
            "what leads to a virtual private gateway is a private one: kind: private",
        ),
        InterfaceKindText::Private if has_transit => (
            "a private virtual interface cannot lead to a Transit Gateway, whatever course notes say",
            "what leads through a Direct Connect gateway to a Transit Gateway is a transit one: kind: transit",
        ),
        InterfaceKindText::Transit | InterfaceKindText::Private => {
            if let Some(prefix) = text.prefixes.first() {
                problems.push(
                    Problem::error(
                        Code::Refused,
                        prefix.place,
                        "only a public virtual interface has `prefixes`",
                    )
                    .help("over others the customer announces what it likes, as far as limits go"),
                );
            }
            return;
        }
        // Looked at where it is told as routers and links.
        InterfaceKindText::Public => return,
    };
    problems.push(Problem::error(Code::Refused, kind.place, message).help(help));
}

/// Sites are linked through a Direct Connect gateway.
fn site_link(end: Terminus, text: &VirtualInterfaceText, problems: &mut Problems) -> SiteLink {
    let Some(wanted) = text.site_link else {
        return SiteLink::Off;
    };
    if wanted.value == SiteLink::On && !matches!(end, Terminus::DirectConnectGateway(_)) {
        let message = "only what ends at a Direct Connect gateway has SiteLink";
        problems.push(
            Problem::error(Code::Refused, wanted.place, message).help(
                "let the virtual interface, a private or a transit one, end at a Direct Connect gateway",
            ),
        );
    }
    wanted.value
}

/// Without a Direct Connect gateway a virtual interface stays in the Region of its location.
fn check_region(
    end: Terminus,
    region: RegionId,
    text: &VirtualInterfaceText,
    draft: &Draft,
    problems: &mut Problems,
) {
    let Terminus::VirtualPrivateGateway(gateway) = end else {
        return;
    };
    let vpc = draft
        .virtual_private_gateways
        .get(gateway)
        .and_then(|row| row.vpc);
    let other = vpc.and_then(|vpc| draft.vpcs.get(vpc)).map(|vpc| vpc.region);
    if let (Some(name), true) = (
        &text.virtual_private_gateway,
        other.is_some_and(|other| other != region),
    ) {
        let message = format!("`{}` is in another Region than the location", name.value);
        problems.push(Problem::error(Code::Refused, name.place, message).help(
            "to reach a VPC of another Region, let the virtual interface end at a Direct Connect gateway",
        ));
    }
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
